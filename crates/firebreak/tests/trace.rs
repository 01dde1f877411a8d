//! `firebreak trace` against the plain definition: every pair of rows, compared.

mod helpers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use arrow_array::{Array, Float64Array, Int64Array, StringArray};
use helpers::{Ran, firebreak, published, run_in};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

/// Two people together, in seconds; of whom is where it is kept.
#[derive(Clone, Copy)]
struct Together {
    with: usize,
    from: i64,
    until: i64,
}

/// What a file says, by the definition: who was together with whom when.
#[derive(Default)]
struct Definition {
    numbers: BTreeMap<String, usize>,
    names: Vec<String>,
    together: Vec<Vec<Together>>,
}

/// What there is to say about a contact; times in seconds.
#[derive(Debug, Default, PartialEq)]
struct Contact {
    first: i64,
    last: i64,
    minutes: i64,
    longest_minutes: i64,
    meetings: i64,
    sources: i64,
}

/// Both rings of everyone: the index person, the ring, the contact.
type Contacts = BTreeMap<(String, u8, String), Contact>;

impl Definition {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.numbers.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.together.push(Vec::new());
        self.names.len() - 1
    }

    /// Of stays `(person, unit, start, end)`: everyone whose half-open stay in the same unit overlaps.
    fn of_stays(stays: &[(String, String, i64, i64)]) -> Self {
        let mut definition = Self::default();
        let mut units: BTreeMap<&str, Vec<(usize, i64, i64)>> = BTreeMap::new();
        for (person, unit, start, end) in stays {
            let person = definition.number(person);
            units.entry(unit).or_default().push((person, *start, *end));
        }
        for stays in units.values() {
            for &(own, own_start, own_end) in stays {
                for &(with, start, end) in stays {
                    let (from, until) = (own_start.max(start), own_end.min(end));
                    if own != with && until > from {
                        definition.together[own].push(Together { with, from, until });
                    }
                }
            }
        }
        definition
    }

    /// Of encounters `(a, b, start, end)`.
    fn of_encounters(encounters: &[(String, String, i64, i64)]) -> Self {
        let mut definition = Self::default();
        for (a, b, from, until) in encounters {
            let (a, b, from, until) = (definition.number(a), definition.number(b), *from, *until);
            definition.together[a].push(Together { with: b, from, until });
            definition.together[b].push(Together { with: a, from, until });
        }
        definition
    }

    /// Who was together with `person` within the window, for at least so long at a time.
    fn counted(&self, person: usize, from: i64, until: i64, minimum: i64) -> impl Iterator<Item = Together> {
        self.together[person].iter().filter_map(move |together| {
            let (from, until) = (together.from.max(from), together.until.min(until));
            (until > from && until - from >= minimum).then_some(Together { with: together.with, from, until })
        })
    }

    fn contacts(&self, from: i64, until: i64, minimum: i64) -> Contacts {
        (0..self.names.len()).flat_map(|index| self.contacts_of(index, from, until, minimum)).collect()
    }

    fn contacts_of(&self, index: usize, from: i64, until: i64, minimum: i64) -> Contacts {
        let mut first: BTreeMap<usize, Vec<(usize, Together)>> = BTreeMap::new();
        for together in self.counted(index, from, until, minimum) {
            first.entry(together.with).or_default().push((index, together));
        }
        let mut second: BTreeMap<usize, Vec<(usize, Together)>> = BTreeMap::new();
        for (&contact, exposures) in &first {
            let since = exposures.iter().map(|(_, together)| together.from).min().unwrap();
            for together in self.counted(contact, since, until, minimum) {
                if together.with != index && !first.contains_key(&together.with) {
                    second.entry(together.with).or_default().push((contact, together));
                }
            }
        }
        let summed = |ring: u8, members: BTreeMap<usize, Vec<(usize, Together)>>| {
            members.into_iter().map(move |(contact, of)| {
                let length = |(_, together): &(usize, Together)| together.until - together.from;
                let contact = (self.names[index].clone(), ring, self.names[contact].clone());
                (
                    contact,
                    Contact {
                        first: of.iter().map(|(_, together)| together.from).min().unwrap(),
                        last: of.iter().map(|(_, together)| together.until).max().unwrap(),
                        minutes: of.iter().map(length).sum::<i64>() / 60,
                        longest_minutes: of.iter().map(length).max().unwrap() / 60,
                        meetings: of.len() as i64,
                        sources: of.iter().map(|(source, _)| source).collect::<BTreeSet<_>>().len() as i64,
                    },
                )
            })
        };
        summed(1, first).chain(summed(2, second)).collect()
    }
}

/// The rows of a CSV file by column.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// The output of a trace, with times in steps of so many seconds.
fn contacts(text: &str, step_seconds: i64) -> Contacts {
    let mut found = Contacts::new();
    for row in rows(text) {
        let seconds = |column: &str| (row[column].parse::<f64>().unwrap() * step_seconds as f64).round() as i64;
        let whole = |column: &str| row[column].parse::<i64>().unwrap();
        let contact = Contact {
            first: seconds("start"),
            last: seconds("end"),
            minutes: whole("minutes"),
            longest_minutes: whole("longest_minutes"),
            meetings: whole("meetings"),
            sources: whole("sources"),
        };
        let key = (row["index"].clone(), row["ring"].parse().unwrap(), row["person"].clone());
        assert!(found.insert(key.clone(), contact).is_none(), "{key:?} has two rows");
    }
    found
}

/// Says what differs, instead of printing a hundred thousand contacts.
fn assert_same(found: &Contacts, expected: &Contacts) {
    let missing = expected.iter().find(|(contact, _)| !found.contains_key(*contact));
    assert!(missing.is_none(), "missing: {missing:?}");
    let surplus = found.iter().find(|(contact, _)| !expected.contains_key(*contact));
    assert!(surplus.is_none(), "surplus: {surplus:?}");
    let other = found.iter().find(|(contact, about)| expected[*contact] != **about);
    assert!(other.is_none(), "{other:?} should be {:?}", expected[other.unwrap().0]);
}

fn trace(arguments: &[&str]) -> Ran {
    run_in(Path::new("."), &[&["trace"], arguments].concat())
}

const CHECK_INS: &str = "checkins_foursquare_nyc/checkins.csv";

#[test]
fn both_rings_of_everyone_in_new_york_equal_the_definition() {
    let Some(file) = published(CHECK_INS) else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    let read = |line: &str| -> (String, String, i64, i64) {
        let cells: Vec<&str> = line.split(',').collect();
        let start = cells[2].trim().parse::<i64>().unwrap() * 60;
        (cells[0].to_owned(), cells[1].to_owned(), start, start + 3_600)
    };
    let stays: Vec<_> = text.lines().skip(1).map(read).collect();
    assert_eq!(stays.len(), 147_938);
    let map = "person=user_id,unit=venue_id,start=minute_offset";
    let arguments = ["--visits", file.to_str().unwrap(), "--dwell", "60m", "--map", map, "--time-unit", "minutes"];
    let whole = trace(&[&arguments[..], &["--index", "all"]].concat()).good();
    let definition = Definition::of_stays(&stays);
    assert_eq!(definition.names.len(), 1_083);
    let expected = definition.contacts(i64::MIN, i64::MAX, 0);
    assert_same(&contacts(&whole.out, 60), &expected);
    println!("{} contacts of {} people", expected.len(), definition.names.len());

    let long =
        trace(&[&arguments[..], &["--index", "all", "--min-overlap", "45m", "--from", "100000"]].concat()).good();
    assert_same(&contacts(&long.out, 60), &definition.contacts(100_000 * 60, i64::MAX, 45 * 60));

    // Every row of the file that a contact is shown with is of the two people, in one venue, at one time.
    for row in rows(&whole.out) {
        for pair in row["rows"].split(';') {
            let (own, theirs) = pair.split_once('+').unwrap();
            let stay = |line: &str| &stays[line.parse::<usize>().unwrap() - 2];
            let (own, theirs) = (stay(own), stay(theirs));
            assert_eq!((&theirs.0, &own.1), (&row["person"], &theirs.1), "{row:?}");
            assert!(own.2.max(theirs.2) < own.3.min(theirs.3), "{row:?}");
            let via = (row["index"].clone(), 1, own.0.clone());
            assert!(if row["ring"] == "1" { own.0 == row["index"] } else { expected.contains_key(&via) }, "{row:?}");
        }
    }
}

#[test]
fn both_rings_of_everyone_in_haslemere_equal_the_definition() {
    let Some(file) = published("haslemere_bbc_pandemic/encounters.csv") else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    for (unit, step) in [(None, 60), (Some("5m"), 300)] {
        let read = |line: &str| -> (String, String, i64, i64) {
            let cells: Vec<&str> = line.split(',').collect();
            let start = cells[0].parse::<i64>().unwrap() * step;
            (cells[1].to_owned(), cells[2].to_owned(), start, start + step)
        };
        let encounters: Vec<_> = text.lines().skip(1).map(read).collect();
        assert_eq!(encounters.len(), 102_831);
        let mut arguments = vec!["--encounters", file.to_str().unwrap(), "--index", "all"];
        arguments.extend(unit.map(|unit| ["--time-unit", unit]).into_iter().flatten());
        let ran = trace(&arguments).good();
        let definition = Definition::of_encounters(&encounters);
        assert_eq!(definition.names.len(), 469);
        assert_same(&contacts(&ran.out, step), &definition.contacts(i64::MIN, i64::MAX, 0));
    }
}

/// A random file of stays: (person, unit, start in minutes, length in minutes unless only an entry was scanned).
fn stays() -> impl Strategy<Value = Vec<(u8, u8, i64, Option<i64>)>> {
    prop::collection::vec((0..9u8, 0..4u8, 0..300i64, prop::option::weighted(0.7, 1..120i64)), 1..60)
}

proptest! {
    // Each case starts the program once.
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_files_trace_as_defined(
        stays in stays(),
        // Whole minutes meet the lengths of the stays exactly.
        dwell_seconds in prop_oneof![(1..90i64).prop_map(|minutes| minutes * 60), 30..5_400i64],
        minimum_seconds in prop_oneof![Just(0), (1..40i64).prop_map(|minutes| minutes * 60), 1..3_600i64],
        from in prop::option::of(-20..300i64),
        to in prop::option::of(0..420i64),
        encounters: bool,
    ) {
        let header = if encounters { "a,b,start,end\n" } else { "person,unit,start,end\n" };
        let mut text = String::from(header);
        let mut read = Vec::new();
        for &(person, unit, start, minutes) in &stays {
            let second = if encounters { format!("p{}", 10 + unit) } else { format!("u{unit}") };
            let end = minutes.map(|minutes| (start + minutes).to_string()).unwrap_or_default();
            text.push_str(&format!("p{person},{second},{start},{end}\n"));
            let end = minutes.map_or(start * 60 + dwell_seconds, |minutes| (start + minutes) * 60);
            read.push((format!("p{person}"), second, start * 60, end));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file.csv");
        std::fs::write(&file, text).unwrap();
        let (dwell, minimum) = (format!("{dwell_seconds}s"), format!("{minimum_seconds}s"));
        let kind = if encounters { "--encounters" } else { "--visits" };
        let mut arguments = vec![kind, file.to_str().unwrap(), "--time-unit", "minutes", "--index", "all"];
        arguments.extend(["--dwell", &dwell, "--min-overlap", &minimum]);
        let (from_text, to_text) = (from.map(|at| at.to_string()), to.map(|at| at.to_string()));
        arguments.extend(from_text.iter().flat_map(|at| ["--from", at]));
        arguments.extend(to_text.iter().flat_map(|at| ["--to", at]));
        let ran = trace(&arguments).good();
        let definition = if encounters { Definition::of_encounters(&read) } else { Definition::of_stays(&read) };
        let (from, to) = (from.map_or(i64::MIN, |at| at * 60), to.map_or(i64::MAX, |at| at * 60));
        prop_assert_eq!(contacts(&ran.out, 60), definition.contacts(from, to, minimum_seconds));
    }
}

const SCANS: &str = "person,unit,place,start,end\n\
    wang,u1,East market,2022-03-10T08:00:00+08:00,2022-03-10T09:00:00+08:00\n\
    li,u1,East market,2022-03-10 08:30,2022-03-10 09:30\n\
    zhao,u2,School,2022-03-10T00:45:00Z,2022-03-10T02:00:00Z\n\
    li,u2,School,2022-03-10 09:40,2022-03-10 10:00\n\
    \"sun, jun\",u3,Bank,2022-03-11 10:00,2022-03-11 11:00\n";

/// A folder with the scans in it.
fn scans() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scans.csv"), SCANS).unwrap();
    folder
}

#[test]
fn the_columns_begin_with_index_ring_and_person_and_times_are_iso() {
    let folder = scans();
    let ran = run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", "wang"]).good();
    assert!(ran.out.starts_with("index,ring,person,"), "{}", ran.out);
    let rows = rows(&ran.out);
    let shown: Vec<[&str; 7]> = rows
        .iter()
        .map(|row| ["ring", "person", "via", "place", "start", "end", "minutes"].map(|column| row[column].as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ["1", "li", "", "East market", "2022-03-10T00:30:00Z", "2022-03-10T01:00:00Z", "30"],
            ["2", "zhao", "li", "School", "2022-03-10T01:40:00Z", "2022-03-10T02:00:00Z", "20"],
        ]
    );
    let one = run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", "wang", "--rings", "1"]).good();
    assert_eq!(one.out.lines().count(), 2, "{}", one.out);
}

#[test]
fn times_asked_for_are_read_on_the_provinces_clock_unless_they_say_otherwise() {
    let folder = scans();
    let at = |from: &str, to: &str| {
        let arguments = ["trace", "--visits", "scans.csv", "--index", "wang", "--from", from, "--to", to];
        run_in(folder.path(), &arguments).good().out.lines().count() - 1
    };
    assert_eq!(at("2022-03-10", "2022-03-11"), 2);
    assert_eq!(at("2022-03-10T08:00:00", "2022-03-10T09:30:00"), 1, "zhao was met later");
    assert_eq!(at("2022-03-10T00:00:00Z", "2022-03-10T01:30:00Z"), 1);
    assert_eq!(at("2022-03-10T09:00:00+08:00", "2022-03-11"), 0, "wang had left");
    let arguments = ["trace", "--visits", "scans.csv", "--index", "wang", "--from", "last week"];
    let message = run_in(folder.path(), &arguments).refused();
    assert!(message.contains("last week") && message.contains("ISO 8601"), "{message}");
}

/// A table as text, numbers in one form.
fn in_one_form(cell: &str) -> String {
    cell.parse::<f64>().map_or_else(|_| cell.to_owned(), |number| number.to_string())
}

#[test]
fn json_and_parquet_have_the_rows_of_the_csv() {
    let folder = scans();
    let asked = ["trace", "--visits", "scans.csv", "--index", "wang,li", "--index", "zhao"];
    let with = |more: &[&str]| run_in(folder.path(), &[&asked[..], more].concat()).good();
    let csv = with(&[]);
    let mut reader = csv::Reader::from_reader(csv.out.as_bytes());
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let expected: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(in_one_form).collect()).collect();
    assert!(expected.len() >= 5, "{}", csv.out);

    let json: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&with(&["-o", "json"]).out).unwrap();
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => in_one_form(text),
        other => in_one_form(&other.to_string()),
    };
    let found: Vec<Vec<String>> =
        json.iter().map(|row| columns.iter().map(|column| cell(&row[column])).collect()).collect();
    assert_eq!(found, expected);
    assert!(json.iter().all(|row| row.len() == columns.len()));

    // By the ending of the file, without -o.
    with(&["--out", "rings.parquet"]);
    let file = File::open(folder.path().join("rings.parquet")).unwrap();
    let mut found: Vec<Vec<String>> = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, columns);
        for row in 0..batch.num_rows() {
            let cell = |column: &std::sync::Arc<dyn Array>| {
                let any = column.as_any();
                if column.is_null(row) {
                    String::new()
                } else if let Some(text) = any.downcast_ref::<StringArray>() {
                    in_one_form(text.value(row))
                } else if let Some(whole) = any.downcast_ref::<Int64Array>() {
                    whole.value(row).to_string()
                } else {
                    any.downcast_ref::<Float64Array>().unwrap().value(row).to_string()
                }
            };
            found.push(batch.columns().iter().map(cell).collect());
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn standard_input_reads_like_the_file() {
    let folder = scans();
    let file = run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", "all"]).good();
    let mut process = firebreak(&["trace", "--visits", "-", "--index", "all"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(SCANS.as_bytes()).unwrap();
    let piped = Ran::from(process.wait_with_output().unwrap()).good();
    assert_eq!(piped.out, file.out);
}

#[test]
fn all_means_everyone_and_each_as_if_asked_for_alone() {
    let folder = scans();
    let of = |index: &str| run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", index]).good().out;
    let together: String =
        ["wang", "li", "zhao"].map(|name| of(name).lines().skip(1).collect::<Vec<_>>().join("\n")).join("\n");
    assert_eq!(of("all").lines().skip(1).collect::<Vec<_>>().join("\n"), together);
    assert_eq!(of("wang,li,zhao"), of("all"), "nobody met the fourth");
}

#[test]
fn someone_who_is_not_in_the_file_is_an_error_and_not_an_empty_list() {
    let folder = scans();
    let message = run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", "wang,nobody"]).refused();
    assert!(message.contains("\"nobody\" is not in the file") && message.contains("--index"), "{message}");
    let ran = run_in(folder.path(), &["trace", "--visits", "nowhere.csv", "--index", "wang"]);
    assert!(ran.out.is_empty());
    assert!(ran.refused().contains("nowhere.csv"));
}

#[test]
fn someone_whose_name_has_a_comma_can_be_asked_for() {
    let folder = scans();
    let extra = "qian,u3,Bank,2022-03-11 10:30,2022-03-11 11:00\n";
    std::fs::write(folder.path().join("scans.csv"), format!("{SCANS}{extra}")).unwrap();
    let met = |index: &str| {
        let ran = run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", index, "--rings", "1"]).good();
        rows(&ran.out).into_iter().map(|row| (row["index"].clone(), row["person"].clone())).collect::<Vec<_>>()
    };
    let pair = |index: &str, person: &str| (index.to_owned(), person.to_owned());
    assert_eq!(met("sun, jun"), [pair("sun, jun", "qian")]);
    assert_eq!(met("qian, wang"), [pair("qian", "sun, jun"), pair("wang", "li")]);
}

#[test]
fn lengths_and_bounds_that_cannot_be_are_refused_or_bound_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "person,unit,start\na,u,10\nb,u,20\n").unwrap();
    let with = |more: &[&str]| {
        let asked = ["trace", "--visits", "a.csv", "--index", "a", "--time-unit", "minutes"];
        run_in(folder.path(), &[&asked[..], more].concat())
    };
    for dwell in ["0m", "367d", "-5m", "9223372036854775807h", "long"] {
        let ran = with(&[&format!("--dwell={dwell}")]);
        assert_eq!(ran.code, Some(2), "{dwell}: {}", ran.err);
        assert!(ran.err.contains("--dwell"), "{}", ran.err);
    }
    let everything = with(&[]).good().out;
    assert_eq!(everything.lines().count(), 2);
    let bounds = ["--from", "-9223372036854775808", "--to", "9223372036854775807"];
    assert_eq!(with(&bounds).good().out, everything);
    assert_eq!(with(&["--from", "40", "--to", "30"]).good().out.lines().count(), 1, "an empty time has only a header");
}

#[test]
fn encounters_further_apart_than_asked_for_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let text = "a,b,start,distance\n1,2,3,5\n1,3,3,50\n1,4,3,\n2,5,9,10\n";
    std::fs::write(folder.path().join("pairs.csv"), text).unwrap();
    let asked = ["trace", "--encounters", "pairs.csv", "--index", "1", "--time-unit", "minutes"];
    let met = |more: &[&str]| -> Vec<String> {
        let ran = run_in(folder.path(), &[&asked[..], more].concat()).good();
        rows(&ran.out).into_iter().map(|row| row["ring"].clone() + " " + &row["person"]).collect()
    };
    assert_eq!(met(&[]), ["1 2", "1 3", "1 4", "2 5"]);
    assert_eq!(met(&["--max-distance", "10"]), ["1 2", "1 4", "2 5"], "a distance that was not measured is not far");
}

#[test]
fn broken_rows_are_reported_and_the_others_used() {
    let folder = scans();
    let broken = "zhang,u1,,2022-03-10 08:10,2022-03-10 08:00\n\
        ,u1,,2022-03-10 08:10,2022-03-10 08:20\n\
        chen,u1,,yesterday,\n\
        zhou,u1\n";
    std::fs::write(folder.path().join("scans.csv"), format!("{SCANS}{broken}")).unwrap();
    let ran = run_in(folder.path(), &["trace", "--visits", "scans.csv", "--index", "wang"]).good();
    assert_eq!(rows(&ran.out).iter().map(|row| row["person"].as_str()).collect::<Vec<_>>(), ["li", "zhao"]);
    assert!(ran.err.contains("9 rows: 5 accepted") && ran.err.contains("4 rejected"), "{}", ran.err);
    for part in ["row 7", "end-before-start", "row 8", "missing", "row 9", "bad-date", "row 10", "ragged"] {
        assert!(ran.err.contains(part), "{part} is missing in\n{}", ran.err);
    }

    std::fs::write(folder.path().join("none.csv"), format!("person,unit,place,start,end\n{broken}")).unwrap();
    let message = run_in(folder.path(), &["trace", "--visits", "none.csv", "--index", "zhang"]).refused();
    assert!(message.contains("no row of the file could be used") && message.contains("row 2"), "{message}");
}
