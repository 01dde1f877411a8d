//! An outbreak of 5,000 cases, fifty a day.

#![allow(clippy::disallowed_methods)] // a duration is what this measures

use chains::{CaseInfo, Evidence, Options, candidates, tree};
use facts::{Date, Setting};

#[test]
fn five_thousand_cases_are_derived_while_one_waits() {
    let plan = plan::shipped("covid19-cn-8").unwrap();
    let cases: Vec<CaseInfo<u32>> = (0..5_000_u32)
        .map(|id| {
            let day =
                Date::constant(2026, 1, 1).checked_add(std::time::Duration::from_secs(86_400 * u64::from(id / 50)));
            CaseInfo {
                shared: vec![(Evidence::Setting(Setting::Home), u64::from(id % 1_700))],
                ..CaseInfo::new(id).with_onset(day.unwrap())
            }
        })
        .collect();
    let begun = std::time::Instant::now();
    let sources = candidates(&cases, &[], &plan.delays, &Options::of(&plan)).unwrap();
    let derived = begun.elapsed();
    let tree = tree(&sources);
    let all = begun.elapsed();
    let pairs: usize = sources.iter().map(|of| of.candidates.len()).sum();
    eprintln!("{pairs} pairs in {derived:?}, tree in {:?}", all - derived);
    assert_eq!(tree.edges.len(), 5_000);
    assert!(pairs > 10_000, "{pairs}");
    // Under a second on an idle core; the bound leaves room for a machine that is busy with other tests.
    assert!(all.as_secs_f64() < 5.0, "{all:?}");
}
