//! Delays in days against published ones (EpiEstim's `discr_si`, in ../shared/data where that is present).

use chains::Lags;
use plan::{Confidence, Delay, Family};

#[test]
fn days_agree_with_epiestim() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/rt_epiestim/discr_si_reference.csv");
    let Ok(mut table) = csv::Reader::from_path(file) else {
        eprintln!("SKIPPED: days_agree_with_epiestim needs {file}, which is not on this machine");
        return;
    };
    let mut compared = 0;
    for row in table.deserialize() {
        let (mean_days, sd_days, days, share): (f64, f64, i32, f64) = row.unwrap();
        // EpiEstim's gamma begins at one day; ours at none, a day earlier.
        let shifted = Delay {
            family: Family::Gamma,
            mean_days: mean_days - 1.0,
            sd_days,
            maximum_days: None,
            source: Vec::new(),
            confidence: Confidence::Assumption,
            note: None,
        };
        let lags = Lags::of(&shifted, "serial_interval").unwrap();
        let ours = lags.on(days - 1);
        assert!((ours - share).abs() < 1e-4, "mean {mean_days}, sd {sd_days}, day {days}: {ours}, not {share}");
        compared += 1;
    }
    assert!(compared > 20, "{compared} rows compared");
}
