//! Reproduction numbers against those that `EpiEstim` computes.

mod helpers;

use std::collections::BTreeMap;
use std::path::Path;

use helpers::{published, rows};
use watch::SerialInterval;
use watch::rt::{Estimate, Incidence, Prior, Windowed, cori, sliding, wallinga_teunis};

type Row = BTreeMap<String, String>;

fn column(path: &Path, name: &str) -> Vec<Option<u32>> {
    rows(path).iter().map(|row| row[name].parse().ok()).collect()
}

fn weights(path: &Path) -> SerialInterval {
    SerialInterval::new(rows(path).iter().map(|row| row["prob"].parse().unwrap()).collect()).unwrap()
}

const QUANTILES: [(&str, usize); 7] = [
    ("Quantile.0.025.R.", 0),
    ("Quantile.0.05.R.", 1),
    ("Quantile.0.25.R.", 2),
    ("Median.R.", 3),
    ("Quantile.0.75.R.", 4),
    ("Quantile.0.95.R.", 5),
    ("Quantile.0.975.R.", 6),
];

fn compare(found: &[Windowed], expected: &[Row], what: &str) -> usize {
    let estimates: BTreeMap<(usize, usize), Estimate> =
        found.iter().filter_map(|window| Some(((window.start + 1, window.end + 1), window.outcome.ok()?))).collect();
    assert_eq!(estimates.len(), expected.len(), "{what}: windows with an estimate");
    for row in expected {
        let window: (usize, usize) = (row["t_start"].parse().unwrap(), row["t_end"].parse().unwrap());
        let estimate = estimates.get(&window).unwrap_or_else(|| panic!("{what}: no estimate for {window:?}"));
        let near = |name: &str, found: f64| {
            let Some(expected) = row.get(name).and_then(|value| value.parse::<f64>().ok()) else { return };
            assert!(
                (found - expected).abs() <= 1e-9 * expected,
                "{what} {window:?} {name}: {found} and not {expected}"
            );
        };
        near("Mean.R.", estimate.mean);
        near("Std.R.", estimate.sd);
        QUANTILES.iter().for_each(|(name, at)| near(name, estimate.quantiles[*at]));
    }
    expected.len()
}

#[test]
fn known_outbreaks_have_the_numbers_of_the_reference() {
    let Some(folder) = published("rt_epiestim") else { return };
    let mut compared = 0;
    for name in ["Flu1918", "Flu2009", "Smallpox1972"] {
        let counts = column(&folder.join(format!("{name}_incidence.csv")), "I");
        let weights = weights(&folder.join(format!("{name}_si.csv")));
        let mut groups: BTreeMap<(String, String, String, String), Vec<Row>> = BTreeMap::new();
        for row in rows(&folder.join(format!("{name}_R.csv"))) {
            let key = ["method", "window", "mean_si", "std_si"].map(|column| row[column].clone());
            groups.entry(key.into()).or_default().push(row);
        }
        for ((method, window, mean, sd), expected) in groups {
            let interval = match method.as_str() {
                "parametric_si" => {
                    SerialInterval::gamma(mean.parse().unwrap(), sd.parse().unwrap(), counts.len()).unwrap()
                }
                _ => weights.clone(),
            };
            let windows = sliding(counts.len(), window.parse().unwrap());
            let all = cori(&Incidence::new(counts.clone()), &interval, Prior::default(), &windows).unwrap();
            // The reference gives the 35 windows of smallpox that end after the first month.
            let found = &all[all.len() - expected.len()..];
            assert_eq!(found[0].start + 1, expected[0]["t_start"].parse::<usize>().unwrap());
            compared += compare(found, &expected, &format!("{name} {method} {window}"));
        }
    }
    assert!(compared > 800, "{compared}");
}

#[test]
fn deaths_and_imported_cases_too() {
    let Some(folder) = published("rt_epiestim") else { return };
    let deaths = column(&folder.join("covid_deaths_2020_uk_incidence.csv"), "Incidence");
    let interval = weights(&folder.join("covid_deaths_2020_uk_si.csv"));
    let windows = sliding(deaths.len(), 7);
    let found = cori(&Incidence::new(deaths), &interval, Prior::default(), &windows).unwrap();
    compare(&found, &rows(&folder.join("covid_deaths_2020_uk_R_window7.csv")), "covid deaths");

    let file = folder.join("mers_2014_15_local_imported.csv");
    let (local, imported) = (column(&file, "local"), column(&file, "imported"));
    let interval = SerialInterval::gamma(6.8, 4.1, local.len()).unwrap();
    let windows = sliding(local.len(), 7);
    let found = cori(&Incidence::with_imported(local, imported), &interval, Prior::default(), &windows).unwrap();
    compare(&found, &rows(&folder.join("mers_2014_15_R_window7_si6.8_4.1.csv")), "mers");
}

#[test]
fn the_examples_of_the_reference_come_out() {
    let Some(folder) = published("rt_epiestim") else { return };
    let expected = rows(&folder.join("package_expected_output_examples1-3.csv"));
    let of = |example: &str| expected.iter().filter(|row| row["example"] == example).cloned().collect::<Vec<Row>>();
    let flu = Incidence::new(column(&folder.join("Flu2009_incidence.csv"), "I"));
    let windows = sliding(flu.len(), 7);
    let prior = Prior::default();
    let first = cori(&flu, &weights(&folder.join("Flu2009_si.csv")), prior, &windows).unwrap();
    compare(&first, &of("1"), "example 1");

    let file = folder.join("example2_incidence_local_imported.csv");
    let second = Incidence::with_imported(column(&file, "local"), column(&file, "imported"));
    let interval = SerialInterval::gamma(2.6, 1.5, second.len()).unwrap();
    let found = cori(&second, &interval, prior, &sliding(second.len(), 7)).unwrap();
    compare(&found[..of("2").len()], &of("2"), "example 2");

    let third = cori(&flu, &SerialInterval::gamma(2.6, 1.5, flu.len()).unwrap(), prior, &windows).unwrap();
    compare(&third, &of("3"), "example 3");
}

#[test]
fn serial_intervals_are_made_whole_as_in_the_reference() {
    let Some(folder) = published("rt_epiestim") else { return };
    let expected = rows(&folder.join("discr_si_reference.csv"));
    for row in &expected {
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        let lag = number("k") as usize;
        let interval = SerialInterval::gamma(number("mean_si"), number("std_si"), lag + 1).unwrap();
        let (found, expected) = (interval.probability()[lag], number("w"));
        assert!((found - expected).abs() <= 1e-9 * expected.max(1e-3), "{row:?}: {found}");
    }
    assert!(expected.len() > 250);
}

#[test]
fn wallinga_and_teunis_agree_in_the_mean() {
    let Some(folder) = published("rt_epiestim") else { return };
    for name in ["Flu1918", "Flu2009"] {
        let incidence = Incidence::new(column(&folder.join(format!("{name}_incidence.csv")), "I"));
        let interval = weights(&folder.join(format!("{name}_si.csv")));
        let windows = sliding(incidence.len(), 7);
        let found = wallinga_teunis(&incidence, &interval, &windows, 100, 1).unwrap();
        let expected = rows(&folder.join(format!("{name}_wallinga_teunis_mean_window7.csv")));
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            let (estimate, mean) = (found.outcome.unwrap(), expected["Mean.R."].parse::<f64>().unwrap());
            assert_eq!(found.start + 1, expected["t_start"].parse::<usize>().unwrap());
            assert!((estimate.mean - mean).abs() <= 1e-9 * mean, "{name}: {} and not {mean}", estimate.mean);
            // The simulated trees lie around it.
            assert!((estimate.quantiles[3] - mean).abs() <= 3.0 * estimate.sd + 1e-9, "{name}: {estimate:?}");
        }
    }
}
