//! `firebreak detect` and `firebreak rt` on plain files, good and bad.

mod helpers;

use std::collections::BTreeMap;
use std::fmt::Write;

use helpers::{Ran, published, run_in};

type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn detect(file: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("counts.csv"), file).unwrap();
    run_in(folder.path(), &[&["detect", "counts.csv"], arguments].concat())
}

/// Weeks of a count, the last of them higher.
fn weeks(unit: &str, count: u32, last: u32) -> String {
    let mut text = String::new();
    for t in 1..=40 {
        let observed = if t == 40 { last } else { count + t % 3 };
        writeln!(text, "measles,{unit},{t},,52,{observed}").unwrap();
    }
    text
}

const HEADER: &str = "series,unit,t,date,freq,observed\n";

#[test]
fn a_rise_alarms_and_what_cannot_be_judged_says_why() {
    let file = format!("{HEADER}{}{}", weeks("north", 5, 30), weeks("south", 5, 6));
    let ran = detect(&file, &["--method", "ears-c1", "--param", "baseline=7"]).good();
    let found = rows(&ran.out);
    assert_eq!(found.len(), 80);
    let at = |unit: &str, t: &str| found.iter().find(|row| row["unit"] == unit && row["t"] == t).unwrap();
    assert_eq!((at("north", "40")["alarm"].as_str(), at("north", "40")["outcome"].as_str()), ("1", "judged"));
    assert_eq!(at("south", "40")["alarm"], "0");
    let early = at("north", "3");
    assert_eq!((early["alarm"].as_str(), early["outcome"].as_str()), ("", "not-enough-history"));
    assert!(early["reason"].contains("needs 7 counts before this one, has 2"), "{early:?}");
    assert!(ran.err.contains("ears-c1: 2 series, 80 steps, 1 alarms, 14 not-enough-history"), "{}", ran.err);

    let latest = detect(&file, &["--method", "ears-c1", "--latest"]).good();
    assert_eq!(rows(&latest.out).iter().map(|row| row["alarm"].as_str()).collect::<Vec<_>>(), ["1", "0"]);
}

#[test]
fn bad_rows_are_told_and_never_read_as_zero_and_good_series_are_judged() {
    let bad = weeks("south", 5, 30)
        .replace("south,12,,52,5", "south,12,,52,-3")
        .replace("south,13,,52,6", "south,13,,52,lots");
    let huge = weeks("west", 5, 1_000_000);
    let gap: String =
        weeks("east", 5, 6).lines().filter(|line| !line.contains(",20,,")).map(|line| format!("{line}\n")).collect();
    let file = format!("{HEADER}{}{bad}{huge}{gap}measles,north,x,,52,3\n", weeks("north", 5, 30));
    let ran = detect(&file, &["--method", "ears-c1"]).good();
    let found = rows(&ran.out);
    let at = |unit: &str, t: &str| found.iter().find(|row| row["unit"] == unit && row["t"] == t).unwrap();
    assert_eq!(at("north", "40")["alarm"], "1");
    assert_eq!((at("south", "12")["outcome"].as_str(), at("south", "12")["observed"].as_str()), ("missing", ""));
    assert_eq!(at("south", "14")["outcome"], "missing-baseline");
    assert_eq!((at("west", "40")["alarm"].as_str(), at("west", "40")["observed"].as_str()), ("1", "1000000"));
    assert_eq!(at("east", "20")["outcome"], "missing");
    for said in [
        "row 53, column \"observed\": found \"-3\"; expected a whole number from 0",
        "row 54, column \"observed\": found \"lots\"",
        "column \"t\": found \"x\"; expected a whole number",
    ] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
}

#[test]
fn a_step_that_is_given_twice_is_trusted_only_where_both_agree() {
    let file = format!("{HEADER}{}measles,north,39,,52,99\nmeasles,north,38,,52,7\n", weeks("north", 5, 6));
    let ran = detect(&file, &["--method", "ears-c1"]).good();
    let found = rows(&ran.out);
    assert_eq!((found[38]["outcome"].as_str(), found[37]["observed"].as_str()), ("missing", "7"));
    assert!(ran.err.contains("found step 39 twice") && ran.err.contains("found step 38 twice"), "{}", ran.err);
}

#[test]
fn what_cannot_be_done_is_refused_with_what_to_do() {
    let file = format!("{HEADER}{}", weeks("north", 5, 6));
    for (arguments, said) in [
        (vec!["--method", "magic"], "there is no method \"magic\"; expected one of ears-c1"),
        (vec!["--method", "ears-c1", "--param", "b=5"], "it has alpha, baseline, minSigma, range"),
        (vec!["--method", "farrington-flexible", "--param", "alpha=2"], "the parameter alpha is \"2\""),
        (vec!["--method", "ears-c1", "--map", "observed=nothing"], "no column \"nothing\""),
    ] {
        let refused = detect(&file, &arguments).refused();
        assert!(refused.contains(said), "{refused}");
    }
    let refused = detect("series,t,freq\na,1,52\n", &["--method", "ears-c1"]).refused();
    assert!(refused.contains("no column observed"), "{refused}");
    let refused = detect("t,observed\n1,5\n2,6\n", &["--method", "ears-c1"]).refused();
    assert!(refused.contains("no freq") && refused.contains("--freq"), "{refused}");
    assert!(!detect("", &["--method", "ears-c1"]).refused().is_empty());
}

#[test]
fn days_without_steps_are_placed_by_their_dates() {
    let mut file = "date,cases\n".to_owned();
    for day in (1..=28).filter(|day| *day != 20) {
        writeln!(file, "2026-02-{day:02},{}", if day == 28 { 40 } else { 3 + day % 2 }).unwrap();
    }
    let ran = detect(&file, &["--method", "earsC2", "--freq", "365", "-o", "json"]).good();
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let found = found.as_array().unwrap();
    assert_eq!((found.len(), &found[19]["date"], &found[19]["outcome"]), (28, &"2026-02-20".into(), &"missing".into()));
    assert_eq!((&found[27]["date"], found[27]["outcome"].as_str()), (&"2026-02-28".into(), Some("missing-baseline")));
    assert!(found[19]["observed"].is_null() && found[27]["alarm"].is_null());
}

#[test]
fn the_published_series_give_the_published_alarms() {
    let Some(file) = published("surveillance_series/salmonella.agona.csv") else { return };
    let Some(alarms) = published("surveillance_alarms_ref/alarms.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let parameters = [
        "b=3",
        "w=3",
        "noPeriods=10",
        "weightsThreshold=2.58",
        "pastWeeksNotIncluded=26",
        "pThresholdTrend=1",
        "trend=TRUE",
        "thresholdMethod=nbPlugin",
        "alpha=0.01",
        "limit54=5,4",
        "range=160:312",
    ];
    let mut arguments = vec!["detect", file.to_str().unwrap(), "--method", "farrington-flexible"];
    parameters.iter().for_each(|parameter| arguments.extend(["--param", parameter]));
    let found = rows(&run_in(folder.path(), &arguments).good().out);
    let expected: Vec<Row> = rows(&std::fs::read_to_string(alarms).unwrap())
        .into_iter()
        .filter(|row| row["series"] == "salmonella.agona" && row["algorithm"] == "farringtonFlexible")
        .collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        for column in ["t", "observed", "upperbound", "alarm"] {
            assert_eq!(found[column], expected[column], "{column} of {found:?}");
        }
    }
}

#[test]
fn reproduction_numbers_are_those_of_the_reference() {
    let Some(file) = published("rt_epiestim/Flu2009_incidence.csv") else { return };
    let Some(expected) = published("rt_epiestim/package_expected_output_examples1-3.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["rt", file.to_str().unwrap(), "--si-mean", "2.6", "--si-sd", "1.5"];
    let found = rows(&run_in(folder.path(), &arguments).good().out);
    let expected = rows(&std::fs::read_to_string(expected).unwrap());
    let third: Vec<&Row> = expected.iter().filter(|row| row["example"] == "3").collect();
    assert_eq!(found.len(), third.len());
    for (found, expected) in found.iter().zip(third) {
        assert_eq!(found["t_end"], expected["t_end"]);
        for (mine, theirs) in [("mean", "Mean.R."), ("q0.025", "Quantile.0.025.R."), ("median", "Median.R.")] {
            let [mine, theirs] = [&found[mine], &expected[theirs]].map(|text| text.parse::<f64>().unwrap());
            assert!((mine - theirs).abs() <= 1e-9 * theirs, "{mine} and not {theirs}");
        }
    }
    assert_eq!(found[0]["date_start"], "2009-04-28");
}

#[test]
fn an_uncertain_interval_and_a_missing_day_are_told_apart_from_zero() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = "date,I\n".to_owned();
    for day in 1..=28 {
        let count = if day == 15 { String::new() } else { (10 + day).to_string() };
        writeln!(file, "2026-02-{day:02},{count}").unwrap();
    }
    std::fs::write(folder.path().join("i.csv"), file).unwrap();
    let run = |arguments: &[&str]| run_in(folder.path(), &[&["rt", "i.csv", "--window", "3"], arguments].concat());
    let certain = ["--si-mean", "2.6", "--si-sd", "0.6"];
    let found = rows(&run(&certain).good().out);
    assert!(found.iter().any(|row| row["outcome"] == "missing" && row["mean"].is_empty()));
    assert_eq!(found[3]["outcome"], "estimated");
    let ranges = ["--si-mean-range", "1,1.5,4.2", "--si-sd-range", "0.3,0.3,1.2", "--draws", "50"];
    let uncertain = rows(&run(&[&certain[..], &ranges[..]].concat()).good().out);
    let width = |row: &Row| row["q0.975"].parse::<f64>().unwrap() - row["q0.025"].parse::<f64>().unwrap();
    assert!(width(&uncertain[5]) > width(&found[5]));
    assert_eq!(uncertain, rows(&run(&[&certain[..], &ranges[..]].concat()).good().out));

    assert!(run(&[]).refused().contains("no serial interval; give --si-mean and --si-sd"));
    assert!(run(&["--si-mean", "0.5", "--si-sd", "1"]).refused().contains("mean above 1"));
    let refused = run(&["--method", "wallinga-teunis", "--si-mean", "2.6", "--si-sd", "1.5"]).refused();
    assert!(refused.contains("1 of 28 counts are missing"), "{refused}");
}
