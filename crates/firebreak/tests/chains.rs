//! `firebreak chains` on plain files.

mod helpers;

use std::io::Write;
use std::process::Stdio;

use helpers::{firebreak, published, run_in};

/// A household with three of a school class after a traveller, and one whom nobody explains.
const CASES: &str = "id,date_onset,household,class,arrived\n\
    A,2026-03-10,1,,2026-03-05\n\
    B,2026-03-21,1,2,\n\
    C,2026-04-02,2,2,\n\
    D,2026-04-01,1,,\n\
    E,2026-06-20,9,,\n";

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn each_case_gets_its_source_and_the_circle_of_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cases.csv"), CASES).unwrap();
    let arguments = ["chains", "--linelist", "cases.csv", "--plan", "measles", "--imported", "arrived", "--tree"];
    let ran = run_in(folder.path(), &arguments).good();
    let found: Vec<(String, String, String, String)> = rows(&ran.out)
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone(), row[5].clone()))
        .collect();
    let expected = [
        ("A", "imported", "", "0"),
        ("B", "case", "A", "1"),
        ("C", "case", "B", "2"),
        ("D", "case", "B", "2"),
        ("E", "unexplained", "", "0"),
    ];
    let expected = expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned()));
    assert_eq!(found, expected, "{}", ran.out);
    assert!(ran.err.contains("3 with a source among them, 1 imported, 0 open, 1 unexplained"), "{}", ran.err);
    assert!(ran.err.contains("shared: home=household, classroom=class"), "{}", ran.err);
}

#[test]
fn candidates_are_ranked_with_their_reasons() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cases.csv"), CASES).unwrap();
    let ran = run_in(folder.path(), &["chains", "--linelist", "cases.csv", "--plan", "measles", "-o", "json"]).good();
    let all: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let of_b: Vec<_> = all.as_array().unwrap().iter().filter(|row| row["case"] == "B").collect();
    assert_eq!(
        (&of_b[0]["infector"], &of_b[0]["evidence"], &of_b[0]["in_tree"]),
        (&"A".into(), &"home 1".into(), &"yes".into())
    );
    assert_eq!((of_b[0]["rank"].as_i64(), of_b[0]["lag_days"].as_i64()), (Some(1), Some(11)));
    let sum: f64 = of_b.iter().map(|row| row["probability"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    assert_eq!(of_b.last().unwrap()["source"], "unknown");
}

#[test]
fn a_link_turns_the_ranking_and_strangers_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cases.csv"), "id,date_onset\n1,2026-03-01\n2,2026-03-03\n3,2026-03-13\n")
        .unwrap();
    std::fs::write(folder.path().join("links.csv"), "from,to,exposure,score\n3,2,household,0.9\n3,99,household,\n")
        .unwrap();
    let first = |arguments: &[&str]| {
        let ran = run_in(folder.path(), arguments).good();
        let row = rows(&ran.out).into_iter().find(|row| row[0] == "3").unwrap();
        (row[3].clone(), ran.err)
    };
    let (unlinked, _) = first(&["chains", "--linelist", "cases.csv", "--plan", "measles", "--top", "1"]);
    let linked = ["chains", "--linelist", "cases.csv", "--plan", "measles", "--top", "1", "--contacts", "links.csv"];
    let (linked, said) = first(&linked);
    assert_eq!((unlinked.as_str(), linked.as_str()), ("", "2"));
    assert!(said.contains("1 links with someone who is not on the line list"), "{said}");
}

#[test]
fn standard_input_and_parquet_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = firebreak(&["chains", "--linelist", "-", "--plan", "covid19-cn-9", "--out", "chains.parquet"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(CASES.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let table = exchange::Source::path(folder.path().join("chains.parquet")).table().unwrap();
    assert_eq!(&table.columns[..4], ["case", "rank", "source", "infector"]);
}

#[test]
fn what_is_wrong_is_said_with_file_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("cases.csv", "id,date_onset,isolated,x,y\n1,2026-03-01,soon,1,2\n2,2026-03-03,,a,2\n");
    write("dateless.csv", "id,sex\n1,F\n");
    write("links.csv", "from,to,score\n1,2,7\n");
    let refused = |more: &[&str]| {
        let arguments: Vec<&str> = ["chains", "--plan", "measles"].iter().chain(more).copied().collect();
        run_in(folder.path(), &arguments).refused()
    };
    let said = refused(&["--linelist", "cases.csv", "--isolated", "isolated"]);
    assert!(said.contains("cases.csv, row 2, column \"isolated\"") && said.contains("expected a date"), "{said}");
    let said = refused(&["--linelist", "cases.csv", "--position", "x,y"]);
    assert!(said.contains("cases.csv, row 3, column \"x\"") && said.contains("metres"), "{said}");
    let said = refused(&["--linelist", "cases.csv", "--contacts", "links.csv"]);
    assert!(said.contains("links.csv, row 2, column \"score\"") && said.contains("from 0 to 1"), "{said}");
    let said = refused(&["--linelist", "cases.csv", "--same", "hotel=x"]);
    assert!(said.contains("no kind \"hotel\""), "{said}");
    let said = refused(&["--linelist", "cases.csv", "--same", "home=flat"]);
    assert!(said.contains("no column \"flat\""), "{said}");
    let said = refused(&["--linelist", "dateless.csv"]);
    assert!(said.contains("no case has a day of onset"), "{said}");
    let said = refused(&["--linelist", "-", "--contacts", "-"]);
    assert!(said.contains("standard input"), "{said}");
}

#[test]
fn the_published_hagelloch_list_reads_as_it_is() {
    let Some(file) = published("outbreaks/measles_hagelloch_1861.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = file.to_str().unwrap();
    let arguments =
        ["chains", "--linelist", file, "--plan", "measles", "--same", "home=family_ID", "--position", "x_loc,y_loc"];
    let ran = run_in(folder.path(), &arguments).good();
    let cases: std::collections::BTreeSet<String> = rows(&ran.out).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(cases.len(), 188);
}
