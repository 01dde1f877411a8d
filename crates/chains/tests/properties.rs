//! What holds for any outbreak.

use std::collections::BTreeMap;

use chains::{CaseInfo, Evidence, Link, Options, Period, Source, candidates, tree};
use facts::{Date, Setting};
use plan::{Confidence, Delay, Delays, Family};
use proptest::prelude::*;

fn delays(family: Family) -> Delays {
    let delay = |family, mean_days, sd_days| Delay {
        family,
        mean_days,
        sd_days,
        maximum_days: None,
        source: Vec::new(),
        confidence: Confidence::Assumption,
        note: None,
    };
    Delays {
        incubation: delay(Family::Gamma, 5.0, 2.5),
        serial_interval: Some(delay(family, 4.5, 3.5)),
        generation_time: None,
    }
}

fn family() -> impl Strategy<Value = Family> {
    prop::sample::select(vec![Family::Gamma, Family::Lognormal, Family::Weibull, Family::Normal])
}

fn day() -> impl Strategy<Value = Date> {
    (1_i8..=28).prop_map(|day| Date::constant(2026, 2, day))
}

fn period() -> impl Strategy<Value = Period> {
    (prop::option::of(day()), prop::option::of(day())).prop_map(|(from, until)| Period { from, until })
}

fn case(id: u32) -> impl Strategy<Value = CaseInfo<u32>> {
    let history = (prop::option::of(period()), prop::option::of(day()), prop::option::of(period()));
    (prop::option::of(period()), prop::option::of(day()), history, prop::option::of(0_u64..4)).prop_map(
        move |(onset, found, (exposed, infectious_until, import), household)| CaseInfo {
            onset,
            found,
            exposed,
            infectious_until,
            import,
            shared: household.map(|number| (Evidence::Setting(Setting::Home), number)).into_iter().collect(),
            ..CaseInfo::new(id)
        },
    )
}

fn outbreak() -> impl Strategy<Value = (Vec<CaseInfo<u32>>, Vec<Link<u32>>)> {
    (1_u32..12).prop_flat_map(|number| {
        let cases: Vec<_> = (0..number).map(case).collect();
        let link = (0..number, 0..number, 0.0..=1.0, period()).prop_map(|(a, b, strength, period)| Link {
            a,
            b,
            evidence: Evidence::Interview,
            strength,
            period,
        });
        (cases, prop::collection::vec(link, 0..8))
    })
}

proptest! {
    #[test]
    fn probabilities_sum_to_one_and_nobody_is_their_own_source((cases, links) in outbreak(), family in family()) {
        for of in candidates(&cases, &links, &delays(family), &Options::default()).unwrap() {
            let people: f64 = of.candidates.iter().map(|candidate| candidate.probability).sum();
            prop_assert!((people + of.others + of.imported + of.unknown - 1.0).abs() < 1e-9);
            prop_assert!(of.unknown > 0.0 && of.entropy_bits >= 0.0);
            prop_assert!(of.candidates.iter().all(|candidate| candidate.infector != of.case));
            let in_order = of.candidates.windows(2).all(|pair| pair[0].probability >= pair[1].probability);
            prop_assert!(in_order);
        }
    }

    #[test]
    fn the_tree_has_every_case_once_and_no_circle((cases, links) in outbreak(), family in family()) {
        let sources = candidates(&cases, &links, &delays(family), &Options::default()).unwrap();
        let tree = tree(&sources);
        let order: Vec<u32> = tree.edges.iter().map(|edge| edge.case).collect();
        prop_assert_eq!(order, cases.iter().map(|case| case.id).collect::<Vec<_>>());
        let edges: BTreeMap<u32, _> = tree.edges.iter().map(|edge| (edge.case, edge)).collect();
        for edge in &tree.edges {
            match edge.source {
                // A case stands one further along its chain than its source, so that no circle can close.
                Source::Case(infector) => prop_assert_eq!(edge.generation, edges[&infector].generation + 1),
                _ => prop_assert_eq!(edge.generation, 0),
            }
        }
    }

    #[test]
    fn the_order_of_cases_and_links_changes_nothing((cases, links) in outbreak()) {
        let delays = delays(Family::Normal);
        let mut there = candidates(&cases, &links, &delays, &Options::default()).unwrap();
        let (mut cases, mut links) = (cases, links);
        cases.reverse();
        links.reverse();
        let mut back = candidates(&cases, &links, &delays, &Options::default()).unwrap();
        there.sort_by_key(|of| of.case);
        back.sort_by_key(|of| of.case);
        for (one, other) in there.iter().zip(&back) {
            prop_assert!((one.unknown - other.unknown).abs() < 1e-9);
            for candidate in &one.candidates {
                // Who is at the edge of being listed may be on one list only.
                let same = other.candidates.iter().find(|same| same.infector == candidate.infector);
                let theirs = same.map_or(5e-3, |same| same.probability);
                prop_assert!((candidate.probability - theirs).abs() < 1e-9);
            }
        }
    }
}
