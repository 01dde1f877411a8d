//! Every row of the published alarms of R's `surveillance` 1.20.3, judged again.

mod helpers;

use std::collections::BTreeMap;

use helpers::{published, rows};
use watch::{Method, Outcome, Parameters, Series, Silence};

/// How the reference's algorithms and parameters are written here.
fn method(algorithm: &str, parameters: &str, first: usize, last: usize) -> Method {
    let name = match algorithm {
        "cusum_rossi" => "cusum",
        "farringtonFlexible_original" => "farringtonFlexible",
        other => other,
    };
    let mut given = vec![("range".to_owned(), format!("{first}:{last}"))];
    for pair in parameters.split(';') {
        match pair.split_once('=') {
            Some((name, value)) => given.push((name.to_owned(), value.to_owned())),
            None => assert!(pair.contains("package defaults"), "{pair}"),
        }
    }
    // Prose of the reference, not parameters: what is the default here too.
    given.retain(|(name, _)| {
        !name.contains(' ') || {
            assert!(name.starts_with("mu0 S"), "{name}");
            false
        }
    });
    for (_, value) in &mut given {
        *value = value.trim_end_matches(", package defaults").to_owned();
    }
    Method::named(name, Parameters::new(given)).unwrap()
}

fn series(name: &str) -> Series {
    let file = published(&format!("surveillance_series/{name}.csv")).unwrap();
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    let mut freq = 0;
    for row in rows(&file) {
        // Of several units, such as districts, the sum.
        *counts.entry(row["t"].parse().unwrap()).or_default() += row["observed"].parse::<u32>().unwrap();
        freq = row["freq"].parse().unwrap();
    }
    Series::new(freq, counts.into_values().map(Some).collect()).unwrap()
}

#[test]
fn every_published_row_is_reproduced() {
    let Some(file) = published("surveillance_alarms_ref/alarms.csv") else { return };
    let mut groups: BTreeMap<(String, String, String), Vec<BTreeMap<String, String>>> = BTreeMap::new();
    for row in rows(&file) {
        let key = (row["series"].clone(), row["algorithm"].clone(), row["params"].clone());
        groups.entry(key).or_default().push(row);
    }
    let mut differences = Vec::new();
    let (mut compared, mut bounds) = (0, 0);
    for ((name, algorithm, parameters), expected) in groups {
        let series = series(&name);
        let step = |row: &BTreeMap<String, String>| row["t"].parse::<usize>().unwrap();
        let (first, last) = (step(&expected[0]), step(&expected[expected.len() - 1]));
        let points = method(&algorithm, &parameters, first, last).run(&series);
        assert_eq!(points.len(), expected.len(), "{name} {algorithm}");
        for (point, row) in points.iter().zip(&expected) {
            assert_eq!(point.at + 1, step(row));
            assert_eq!(series.count(point.at), row["observed"].parse().ok());
            compared += 1;
            let (bound, alarm) = match point.outcome {
                Outcome::Judged(judgement) => (judgement.upper_bound, Some(judgement.alarm)),
                // The reference leaves both empty where it divides by a standard deviation of zero.
                Outcome::Silent(Silence::NoVariation) => (None, None),
                Outcome::Silent(_) => (Some(f64::NAN), None),
            };
            let expected_bound: Option<f64> = row["upperbound"].parse().ok();
            let expected_alarm = row["alarm"].parse::<u8>().ok().map(|alarm| alarm == 1);
            let near = match (bound, expected_bound) {
                (Some(found), Some(expected)) => {
                    bounds += 1;
                    // Half of the last digit that is printed, and a millionth.
                    (found - expected).abs() <= 5e-7 + 1e-6 * expected.abs()
                }
                (found, expected) => found == expected,
            };
            let mean = match (
                point.outcome.judgement().and_then(|judgement| judgement.expected),
                row["expected"].parse::<f64>(),
            ) {
                (Some(found), Ok(expected)) => (found - expected).abs() <= 5e-7 + 1e-6 * expected,
                _ => true,
            };
            if !near || alarm != expected_alarm || !mean {
                differences.push(format!(
                    "{name} {algorithm} t {}: {:?}, expected {} {} {}",
                    row["t"], point.outcome, row["expected"], row["upperbound"], row["alarm"]
                ));
            }
        }
    }
    println!("{compared} rows, {bounds} bounds compared");
    let shown: Vec<&String> = differences.iter().take(40).collect();
    assert!(differences.is_empty(), "{} of {compared} rows differ: {shown:#?}", differences.len());
    assert!(compared > 15_000 && bounds > 14_000, "{compared} rows, {bounds} bounds");
}
