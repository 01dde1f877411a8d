//! `firebreak replay`: what was known when, and what another plan would have said.

mod helpers;

use std::collections::BTreeMap;
use std::path::Path;

use facts::Timestamp;
use helpers::run_in;
use jiff::ToSpan;

/// The requirements in force by a replay, each by its columns.
fn replay(folder: &Path, more: &[&str]) -> Vec<BTreeMap<String, String>> {
    let ran = run_in(folder, &[&["replay", "--data", "deployment"], more].concat()).good();
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert!(ran.err.contains(&format!("{} requirements in force", rows.len())), "{}", ran.err);
    rows
}

fn import(folder: &Path, kind: &str, file: &str, text: &str) {
    std::fs::write(folder.join(file), text).unwrap();
    run_in(folder, &["import", kind, file, "--data", "deployment", "--jurisdiction", "410000"]).good();
}

/// A market where two people were for an hour, the day before; one of them is found positive, and then it was
/// a mistake. Gives the times after each of the three files.
fn market(folder: &Path) -> [String; 3] {
    let now = server::clock::machine;
    let yesterday: Timestamp = now() - 24.hours();
    let (arrived, left) = (yesterday - 2.hours(), yesterday - 1.hours());
    import(
        folder,
        "visits",
        "visits.csv",
        &format!("person,unit,start,end\na,market,{arrived},{left}\nb,market,{arrived},{left}\n"),
    );
    let met = now();
    let result = |result: &str| format!("person,specimen,collected,result\na,S1,{yesterday},{result}\n");
    import(folder, "lab-results", "lab.csv", &result("positive"));
    let positive = now();
    import(folder, "lab-results", "lab.csv", &result("negative"));
    [met, positive, now()].map(|time| time.to_string())
}

/// From the start to the end of a requirement, in hours.
fn hours(row: &BTreeMap<String, String>) -> i64 {
    let time = |column: &str| row[column].parse::<Timestamp>().unwrap();
    time("until").duration_since(time("from")).as_hours()
}

#[test]
fn a_positive_changes_what_is_required_from_when_it_was_known_until_it_was_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let [met, positive, corrected] = market(folder.path());
    assert!(replay(folder.path(), &["--at", &met]).is_empty());
    let known = replay(folder.path(), &["--at", &positive]);
    let grounds: Vec<&str> = known.iter().map(|row| row["ground"].as_str()).collect();
    assert_eq!(known.len(), 2, "{known:?}");
    assert!(grounds.contains(&"case") && grounds.contains(&"general-contact"), "{grounds:?}");
    assert!(known.iter().all(|row| row["plan"] == "covid19-cn-9" && row["disease"] == "covid-19"), "{known:?}");
    assert!(replay(folder.path(), &["--at", &corrected]).is_empty(), "the specimen was negative after all");

    // The same moment, by what was known before and after it.
    assert!(replay(folder.path(), &["--at", &positive, "--known-by", &met]).is_empty());
    assert!(replay(folder.path(), &["--at", &positive, "--known-by", &corrected]).is_empty());
    let long_ago = replay(folder.path(), &["--at", "2020-01-01T00:00:00Z"]);
    assert!(long_ago.is_empty(), "{long_ago:?}");
}

#[test]
fn by_the_8th_edition_the_same_facts_restrict_longer() {
    let folder = tempfile::tempdir().unwrap();
    let [_, positive, _] = market(folder.path());
    let ninth = replay(folder.path(), &["--at", &positive]);
    let eighth = replay(folder.path(), &["--at", &positive, "--plan", "covid19-cn-8"]);
    let by_person = |rows: &[BTreeMap<String, String>]| -> BTreeMap<(String, String), i64> {
        rows.iter().map(|row| ((row["person"].clone(), row["ground"].clone()), hours(row))).collect()
    };
    assert!(eighth.iter().all(|row| row["plan"] == "covid19-cn-8"), "{eighth:?}");
    let (ninth, eighth) = (by_person(&ninth), by_person(&eighth));
    assert_eq!(ninth.len(), 2, "{ninth:?}");
    assert_eq!(ninth.keys().collect::<Vec<_>>(), eighth.keys().collect::<Vec<_>>());
    for (about, hours) in &ninth {
        assert!(eighth[about] >= hours + 3 * 24, "{about:?}: {hours} hours, and {} by the 8th", eighth[about]);
    }
}

#[test]
fn a_replay_records_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [_, positive, _] = market(folder.path());
    let before = helpers::facts_of(&folder.path().join("deployment")).len();
    replay(folder.path(), &["--at", &positive, "--plan", "covid19-cn-8"]);
    assert_eq!(helpers::facts_of(&folder.path().join("deployment")).len(), before);
    let ran = run_in(folder.path(), &["verify", "--data", "deployment"]).good();
    assert!(ran.out.contains("situation: 0 cases"), "{}", ran.out);
}

#[test]
fn what_cannot_be_replayed_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let now = ["--at", "2022-03-10T00:00:00Z"];
    let ran = run_in(folder.path(), &[&["replay", "--data", "nowhere"], &now[..]].concat());
    assert!(ran.refused().contains("there is no deployment in nowhere; name one with --data"));
    assert!(!folder.path().join("nowhere").exists(), "looking makes no deployment");
    let verify = run_in(folder.path(), &["verify", "--data", "nowhere"]);
    assert!(verify.refused().contains("there is no deployment in nowhere"));
    market(folder.path());
    let ran = run_in(folder.path(), &[&["replay", "--data", "deployment", "--plan", "no-plan"], &now[..]].concat());
    assert!(ran.refused().contains("no plan named \"no-plan\""));
    let ran = run_in(folder.path(), &["replay", "--data", "deployment", "--at", "yesterday"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}
