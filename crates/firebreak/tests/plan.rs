//! `firebreak plan`: listed, checked, compared.

mod helpers;

use std::path::Path;

use helpers::{Ran, run_in};

fn plan(arguments: &[&str]) -> Ran {
    run_in(Path::new("."), &[&["plan"], arguments].concat())
}

const SHIPPED: [&str; 6] = ["covid19-cn-8", "covid19-cn-9", "covid19-cn-20", "measles", "ebola", "mers"];

#[test]
fn the_plans_that_come_with_the_program_are_listed_with_their_disease() {
    let listed = plan(&["list"]).good().out;
    let names: Vec<&str> = listed.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, SHIPPED);
    assert!(listed.lines().any(|line| line.starts_with("covid19-cn-9 ") && line.contains(" covid-19 ")), "{listed}");
}

#[test]
fn every_plan_that_comes_with_the_program_holds_together() {
    for name in SHIPPED {
        let ran = plan(&["check", name]).good();
        assert!(ran.out.contains(&format!("{name}: holds together")), "{}", ran.out);
    }
}

#[test]
fn from_the_8th_to_the_9th_edition_the_days_of_contacts_shorten() {
    let out = plan(&["diff", "covid19-cn-8", "covid19-cn-9"]).good().out;
    for line in [
        "requirements.close-contact.phases.1.days: 14 days (high) → 7 days (high)",
        "requirements.close-contact.phases.2.days: 7 days (high) → 3 days (high)",
        "requirements.secondary-contact.phases.1.place: central-quarantine → home-quarantine",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}\nis not in\n{out}");
    }
    assert_eq!(plan(&["diff", "mers", "mers"]).good().out, "");
}

/// The text of the 9th edition as a file, with `from` replaced by `to`.
fn changed(folder: &Path, from: &str, to: &str) -> usize {
    let (_, text) = plan::library().into_iter().find(|(name, _)| *name == "covid19-cn-9").unwrap();
    let at = text.find(from).unwrap_or_else(|| panic!("{from} is not in the plan any more"));
    std::fs::write(folder.join("ours.toml"), text.replacen(from, to, 1)).unwrap();
    text[..at].matches('\n').count() + 1
}

#[test]
fn a_broken_file_is_refused_with_line_path_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let line = changed(folder.path(), "report_hours = { value = 2,", "report_hours = { value = \"two\",");
    let message = run_in(folder.path(), &["plan", "check", "ours.toml"]).refused();
    for part in ["ours.toml", &format!("line {line},"), "deadlines.report_hours.value", "write the value as expected"] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    let message = run_in(folder.path(), &["plan", "diff", "covid19-cn-9", "ours.toml"]).refused();
    assert!(message.contains("deadlines.report_hours.value"), "{message}");
}

#[test]
fn a_plan_that_breaks_a_ceiling_of_the_plan_above_cannot_be_put_in_force() {
    let folder = tempfile::tempdir().unwrap();
    changed(folder.path(), "days = { value = 7,", "days = { value = 70,");
    let ran = run_in(folder.path(), &["plan", "check", "ours.toml", "--above", "covid19-cn-9"]);
    let out = ran.out.clone();
    let message = ran.refused();
    assert!(message.contains("cannot be put in force"), "{message}");
    assert!(out.contains("requirements.") && out.contains("70"), "{out}");
}

#[test]
fn a_plan_that_is_not_there_is_refused_with_the_names_there_are() {
    let message = plan(&["check", "covid19-cn-10"]).refused();
    assert!(message.contains("covid19-cn-10") && message.contains("covid19-cn-9"), "{message}");
}

#[test]
fn a_reader_who_stops_early_is_no_failure() {
    use std::process::Stdio;
    let mut process = helpers::firebreak(&["plan", "diff", "covid19-cn-8", "measles"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    Ran::from(process.wait_with_output().unwrap()).good();
}
