//! `firebreak import`: published and broken files into a deployment, nothing lost and nothing twice.

mod helpers;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use facts::{Body, TestOutcome};
use helpers::{Ran, facts_of, kinds_of, number_after, number_before, published, run_in};

/// A fresh folder to import in; the deployment goes to `deployment` within it.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn import(folder: &Path, kind: &str, file: &str, more: &[&str]) -> Ran {
    let to = ["--data", "deployment"];
    run_in(folder, &[&["import", kind, file], &to[..], more].concat())
}

/// Imports for Henan's command.
fn for_henan(folder: &Path, kind: &str, file: &str, more: &[&str]) -> Ran {
    import(folder, kind, file, &[more, &["--jurisdiction", "410000"]].concat())
}

/// Verifies the deployment; how many cases it has.
fn verified(folder: &Path) -> u64 {
    let ran = run_in(folder, &["verify", "--data", "deployment"]).good();
    assert_eq!(number_after(&ran.out, "journal: "), facts_of(&folder.join("deployment")).len() as u64);
    number_after(&ran.out, "situation: ")
}

/// How many rows were accepted, merged, queued and rejected; they have to add up.
fn fates(out: &str) -> [u64; 4] {
    let fates = [" accepted", " merged", " queued", " rejected"].map(|fate| number_before(out, fate));
    assert_eq!(fates.iter().sum::<u64>(), number_before(out, " rows: "), "{out}");
    fates
}

const MERS: [&str; 2] = ["outbreaks/mers_korea_2015_linelist.csv", "outbreaks/mers_korea_2015_contacts.csv"];

#[test]
fn mers_in_korea_comes_in_with_its_cases_its_links_and_its_odd_dates_once() {
    let (Some(cases), Some(links)) = (published(MERS[0]), published(MERS[1])) else { return };
    let (cases, links) = (cases.to_str().unwrap(), links.to_str().unwrap());
    let folder = folder();
    let mers = |kind, file| for_henan(folder.path(), kind, file, &["--disease", "mers"]).good().out;
    let out = mers("linelist", cases);
    assert_eq!(fates(&out), [162, 0, 0, 0]);
    assert_eq!((number_after(&out, "cases: "), number_before(&out, " oddities")), (162, 3));
    for row in ["row 3, column \"dt_end_exp\"", "row 39, column \"dt_end_exp\"", "row 41, column \"dt_end_exp\""] {
        assert!(out.contains(row), "{row} is missing in\n{out}");
    }
    let out = mers("contacts", links);
    assert_eq!(fates(&out), [98, 0, 0, 0]);
    assert_eq!((number_after(&out, "facts: "), number_after(&out, "cases: ")), (98, 162));
    let before = kinds_of(&folder.path().join("deployment"));
    assert_eq!((before["epidemiological-link"], before["diagnosis"], before["death"]), (98, 162, 19));

    assert!(mers("linelist", cases).contains("facts: 0 new"));
    assert!(mers("contacts", links).contains("facts: 0 new, 98 there already"));
    assert_eq!(kinds_of(&folder.path().join("deployment")), before);
    assert_eq!(verified(folder.path()), 162);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["deployment"], "files without rows to correct leave nothing behind");
}

#[test]
fn a_deployment_of_the_whole_nation_takes_a_second_file() {
    let folder = folder();
    std::fs::write(folder.path().join("a.csv"), "case_id,onset\n1,2022-03-01\n2,2022-03-02\n").unwrap();
    import(folder.path(), "line-list", "a.csv", &[]).good();
    let again = import(folder.path(), "line-list", "a.csv", &[]).good();
    assert!(again.out.contains("facts: 0 new"), "{}", again.out);
}

#[test]
fn simulated_ebola_comes_in_whole() {
    let Some(cases) = published("outbreaks/ebola_sim_linelist.csv") else { return };
    let folder = folder();
    let out = for_henan(folder.path(), "linelist", cases.to_str().unwrap(), &["--disease", "ebola"]).good().out;
    assert_eq!(fates(&out), [5_888, 0, 0, 0]);
    assert_eq!((number_after(&out, "cases: "), number_before(&out, " oddities")), (5_888, 200));
    // Ends without a date are ends as well.
    let kinds = kinds_of(&folder.path().join("deployment"));
    assert_eq!((kinds["death"], kinds["recovery"]), (2_160 + 422, 1_680 + 303));
    assert_eq!(verified(folder.path()), 5_888);
}

/// The rows of Henan, as a file of that name in the folder.
fn of_henan(folder: &Path, published: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(published).unwrap();
    let header = reader.headers().unwrap().clone();
    let mut writer = csv::Writer::from_path(folder.join(name)).unwrap();
    writer.write_record(&header).unwrap();
    let mut rows = Vec::new();
    for row in reader.records().map(Result::unwrap).filter(|row| row[0].starts_with("河南省")) {
        writer.write_record(&row).unwrap();
        rows.push(header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect());
    }
    writer.flush().unwrap();
    rows
}

#[test]
fn henans_trajectories_come_in_with_every_bad_date_and_geocode_reported_and_come_back_corrected() {
    let (Some(cases), Some(tracks)) =
        (published("china_covid_trajectories_bdbc/cases.csv"), published("china_covid_trajectories_bdbc/tracks.csv"))
    else {
        return;
    };
    let folder = folder();
    let path = folder.path();
    assert_eq!(of_henan(path, &cases, "cases.csv").len(), 536);
    let out = for_henan(path, "linelist", "cases.csv", &["--assumed-year", "2020"]).good().out;
    assert_eq!((fates(&out), number_after(&out, "cases: ")), ([536, 0, 0, 0], 536));

    let rows = of_henan(path, &tracks, "tracks.csv");
    let of_tracks = |file| for_henan(path, "trajectories", file, &["--assumed-year", "2020"]).good().out;
    let out = of_tracks("tracks.csv");
    let [accepted, _, _, rejected] = fates(&out);
    assert_eq!((accepted + rejected, rejected), (rows.len() as u64, 87));
    assert_eq!(number_after(&out, "bad-date: "), 87);
    assert_eq!(number_after(&out, "geocode-outside: "), number_before(&out, " oddities"));
    assert!(number_after(&out, "geocode-outside: ") > 300, "{out}");
    assert!(out.contains("87 rows to correct are in tracks.to-correct.csv"), "{out}");

    // Every row is accounted for: recorded, said to state nothing that can be recorded, or to be corrected.
    let mut bad = csv::Reader::from_path(path.join("tracks.to-correct.csv")).unwrap();
    let bad: Vec<BTreeMap<String, String>> = bad.deserialize().map(Result::unwrap).collect();
    assert_eq!(bad.len(), 87);
    assert!(bad.iter().all(|row| row["error_problem"].contains("bad-date") && !row["error_remedy"].is_empty()));
    let without_place =
        |rows: &[BTreeMap<String, String>]| rows.iter().filter(|row| row["place"].is_empty()).count() as u64;
    let nowhere = without_place(&rows) - without_place(&bad);
    assert_eq!(number_before(&out, " accepted rows say nothing"), nowhere, "{out}");
    let facts = number_after(&out, "facts: ") + number_before(&out, " there already");
    assert_eq!(facts + nowhere, accepted, "{out}");
    assert!(of_tracks("tracks.csv").contains("facts: 0 new"));

    let text = std::fs::read_to_string(path.join("tracks.to-correct.csv")).unwrap();
    let mut corrected = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = corrected.headers().unwrap().clone();
    let time = header.iter().position(|column| column == "time_raw").unwrap();
    let mut writer = csv::Writer::from_path(path.join("tracks.to-correct.csv")).unwrap();
    writer.write_record(&header).unwrap();
    for (number, row) in corrected.records().enumerate() {
        let row = row.unwrap();
        let still_bad = number == 5;
        let cell =
            |(at, cell): (usize, &str)| if at == time && !still_bad { "1月24日".into() } else { cell.to_owned() };
        writer.write_record(row.iter().enumerate().map(cell)).unwrap();
    }
    writer.flush().unwrap();
    // The rows that are still wrong may go where the file itself is.
    let again = ["--assumed-year", "2020", "--rejected", "tracks.to-correct.csv"];
    let out = for_henan(path, "trajectories", "tracks.to-correct.csv", &again).good().out;
    assert_eq!(fates(&out), [86, 0, 0, 1], "{out}");
    assert!(number_after(&out, "facts: ") > 0, "{out}");
    let left = csv::Reader::from_path(path.join("tracks.to-correct.csv")).unwrap().records().count();
    assert_eq!(left, 1);
    assert_eq!(verified(path), 536);
}

#[test]
fn a_file_in_gbk_reads_with_its_chinese_columns() {
    let folder = folder();
    let text = "病例编号,姓名,性别,发病日期,确诊日期\n甲-1,王小明,男,2022-03-01,2022-03-03\n甲-2,李红,女,2022-03-02,2022-03-03\n";
    let (bytes, _, lossy) = encoding_rs::GBK.encode(text);
    assert!(!lossy && std::str::from_utf8(&bytes).is_err());
    std::fs::write(folder.path().join("病例.csv"), bytes).unwrap();
    let out = for_henan(folder.path(), "line-list", "病例.csv", &[]).good().out;
    assert!(out.contains("name=姓名") && out.contains("external_id=病例编号"), "{out}");
    assert!(out.to_lowercase().contains("read as gb"), "{out}");
    assert_eq!((fates(&out), number_after(&out, "cases: ")), ([2, 0, 0, 0], 2));
}

#[test]
fn a_workbook_that_unpacks_to_far_too_much_is_refused_and_leaves_nothing() {
    let folder = folder();
    let file = std::fs::File::create(folder.path().join("bomb.xlsx")).unwrap();
    let mut archive = zip::ZipWriter::new(file);
    archive.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let blank = vec![b' '; 1 << 20];
    (0..40).for_each(|_| archive.write_all(&blank).unwrap());
    archive.finish().unwrap();
    let message = for_henan(folder.path(), "line-list", "bomb.xlsx", &[]).refused();
    assert!(message.contains("XLSX bomb") && message.contains("save the sheet as CSV"), "{message}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the bomb is there");
}

#[test]
fn files_that_cannot_be_imported_say_what_to_do_and_leave_nothing() {
    let folder = folder();
    for (name, text, said) in [
        ("empty.csv", "", "export it again"),
        ("header.csv", "case_id,onset\n", "nothing was imported"),
        ("other.csv", "colour,size\nred,3\n", "--map external_id=COLUMN"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
        let message = for_henan(folder.path(), "line-list", name, &[]).refused();
        assert!(message.contains(name) && message.contains(said), "{message}");
    }
    for left in ["other.to-correct.csv", "other.to-correct.csv.part"] {
        assert!(!folder.path().join(left).exists(), "{left}");
    }
}

#[test]
fn only_reading_a_file_makes_no_deployment() {
    let folder = folder();
    std::fs::write(folder.path().join("a.csv"), "case_id,onset\n1,2022-03-01\n1,2022-03-05\n,2022-03-02\n").unwrap();
    let out = for_henan(folder.path(), "line-list", "a.csv", &["--dry-run"]).good().out;
    assert_eq!(fates(&out), [1, 0, 1, 1]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_has_no_date_is_said_once_however_often_it_is_imported() {
    let folder = folder();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("cases.csv", "case_id,sex,outcome\n1,F,died\n2,M,\n");
    write("links.csv", "from,to,exposure\n1,2,ward\n1,2,lift\n");
    write("roster.csv", "id,unit,jurisdiction\n2,Ward 3,410100\n");
    for (kind, file, facts) in
        [("line-list", "cases.csv", 3), ("contacts", "links.csv", 1), ("roster", "roster.csv", 1)]
    {
        let first = for_henan(folder.path(), kind, file, &[]).good().out;
        assert_eq!(number_after(&first, "facts: "), facts, "{first}");
        let again = for_henan(folder.path(), kind, file, &[]).good().out;
        assert_eq!(number_after(&again, "facts: "), 0, "{again}");
    }
    assert_eq!(verified(folder.path()), 2);
}

#[test]
fn a_corrected_row_replaces_what_it_said_before() {
    let folder = folder();
    let write = |onset: &str| {
        let text = format!("case_id,onset,diagnosed\n1,{onset},2022-03-04\n2,2022-03-02,2022-03-04\n");
        std::fs::write(folder.path().join("a.csv"), text).unwrap();
    };
    write("2022-03-01");
    for_henan(folder.path(), "line-list", "a.csv", &[]).good();
    write("2022-02-27");
    let out = for_henan(folder.path(), "line-list", "a.csv", &[]).good().out;
    assert!(out.contains("facts: 1 new, 3 there already") && out.contains("cases: 2"), "{out}");
    let facts = facts_of(&folder.path().join("deployment"));
    let last = facts.last().unwrap();
    assert!(matches!(last.body(), Body::Symptoms { onset, .. } if onset.to_string() == "2022-02-27"));
    assert!(facts.iter().any(|fact| Some(fact.id) == last.draft.supersedes));
    assert_eq!(verified(folder.path()), 2);
}

#[test]
fn one_specimen_tested_for_two_diseases_has_two_results() {
    let folder = folder();
    for (file, result, disease) in [("a.csv", "positive", "covid-19"), ("b.csv", "negative", "measles")] {
        let text = format!("person,specimen,collected,result\na,S1,2022-03-01 08:00,{result}\n");
        std::fs::write(folder.path().join(file), text).unwrap();
        let lab = || for_henan(folder.path(), "lab-results", file, &["--disease", disease]).good().out;
        assert!(lab().contains("facts: 1 new"));
        let again = lab();
        assert!(again.contains("facts: 0 new") && again.contains("cases: 1"), "{again}");
    }
    let facts = facts_of(&folder.path().join("deployment"));
    assert!(facts.iter().all(|fact| fact.draft.supersedes.is_none()));
    let positive = |body: &Body| matches!(body, Body::TestResult { result: TestOutcome::Positive, .. });
    assert_eq!(facts.iter().filter(|fact| positive(fact.body())).count(), 1);
}

#[test]
fn links_between_ids_with_spaces_stay_apart() {
    let folder = folder();
    std::fs::write(folder.path().join("links.csv"), "from,to\nLi,Wei Min\nLi Wei,Min\n").unwrap();
    let out = for_henan(folder.path(), "contacts", "links.csv", &[]).good().out;
    assert!(out.contains("facts: 2 new"), "{out}");
    let facts = facts_of(&folder.path().join("deployment"));
    assert!(facts.iter().all(|fact| fact.draft.supersedes.is_none()));
}

#[test]
fn visits_come_in_as_one_batch_and_once() {
    let folder = folder();
    let mut text = String::from("person,unit,start,end\n");
    (0..5_000)
        .for_each(|row| text.push_str(&format!("p{},u{},2022-03-0{} 10:00,\n", row % 700, row % 90, 1 + row % 9)));
    std::fs::write(folder.path().join("visits.csv"), text).unwrap();
    let out = for_henan(folder.path(), "visits", "visits.csv", &[]).good().out;
    assert_eq!(fates(&out), [5_000, 0, 0, 0]);
    let before = kinds_of(&folder.path().join("deployment"));
    assert_eq!(before["batch"], 2, "units and visits");
    assert!(for_henan(folder.path(), "visits", "visits.csv", &[]).good().out.contains("facts: 0 new, 1 there already"));
    assert_eq!(kinds_of(&folder.path().join("deployment")), before);
    verified(folder.path());
}
