//! Files that the first version wrote are read for ever.
//!
//! The files in `testdata` are never changed. A new format gets new files beside them.
#![allow(missing_docs)]

mod examples;

use std::collections::BTreeSet;
use std::path::PathBuf;

use examples::*;
use facts::{
    ActorId, BatchId, BatchKind, Body, CaseId, Commitment, Disease, Fact, FactId, Hex, NotFound, PersonId, PlaceId,
    Purpose, ResidentRow, Run, Setting, Span, SpecimenId, Step, TestOutcome, TextId, UnitId, UnitRow, Ventilation,
    VisitRow,
};
use journal::{ReceivedVisit, Rows, read_rows};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use testkit::Fresh;

macro_rules! kinds {
    ($($kind:ident,)*) => {
        const KINDS: &[&str] = &[$(stringify!($kind),)*];
        /// Does not compile until a new kind is listed, and then fails until the golden file has it.
        fn kind(body: &Body) -> &'static str {
            match body { $(Body::$kind { .. } => stringify!($kind),)* }
        }
    };
}

kinds! {
    Residence, TestResult, Symptoms, Diagnosis, EpidemiologicalLink, Death, Recovery, Visit, ContactStated,
    Confirmation, SamePerson, NotSamePerson, SamePlace, NotSamePlace, FollowUp, NotFound, HandOver, HandOverAnswer,
    ListReconciled, PlanInForce, Batch, Withdrawn, Assigned, VisitsWithdrawn,
    Deleted,
    // With files of their own: facts-*-v1.jsonl.
    Duty, Order, Inspection, Post, Level, Report, Capacity, Letter,
}

fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// One fact of every kind, as the golden file has them.
fn one_of_each() -> Vec<Fact> {
    let (person, with) = (PersonId::new(1), PersonId::new(2));
    let (place, other_place) = (PlaceId::new(1), PlaceId::new(2));
    let disease = || Disease::named("covid-19");
    let county = || "410102".parse().unwrap();
    let city = || "410200".parse().unwrap();
    let span = || Span::new(at("2022-10-30T01:00:00Z"), at("2022-10-30T02:30:00Z")).unwrap();
    let words = || Some(Commitment::new(TextId::new(1), &Hex([3; 32]), "同桌吃饭".as_bytes()));
    let bodies = vec![
        Body::Residence { person, home: Some(UnitId::new(20)), jurisdiction: "410102001002".parse().unwrap() },
        Body::TestResult {
            person,
            disease: disease(),
            specimen: Some(SpecimenId::new(8)),
            collected: at("2022-11-01T01:00:00Z"),
            result: TestOutcome::Positive,
        },
        Body::Symptoms {
            person,
            disease: disease(),
            onset: "2022-10-31".parse().unwrap(),
            signs: BTreeSet::from(["cough".to_owned(), "fever".to_owned()]),
        },
        Body::Diagnosis { person, disease: disease() },
        Body::EpidemiologicalLink { person, disease: disease(), to: Some(with) },
        Body::Death { person },
        Body::Recovery { person, disease: disease() },
        Body::Visit { person, unit: UnitId::new(10), span: span(), seat_row: Some(14) },
        Body::ContactStated { person, with, span: span(), setting: Setting::Meal, masked: None, statement: words() },
        Body::Confirmation { of: FactId::new(9) },
        Body::SamePerson { person, with },
        Body::NotSamePerson { person, with },
        Body::SamePlace { place, with: other_place },
        Body::NotSamePlace { place, with: other_place },
        Body::FollowUp { person, disease: disease(), step: Step::Control },
        Body::NotFound { person, disease: disease(), outcome: NotFound::MovedOn, to: Some(city()) },
        Body::HandOver { person, disease: disease(), from: county(), to: city(), reason: words() },
        Body::HandOverAnswer { of: FactId::new(17), accepted: true, reason: None },
        Body::ListReconciled { case: CaseId::new(2), jurisdiction: county(), number: 250 },
        Body::PlanInForce { disease: disease(), plan: "covid19-cn-9".to_owned(), digest: Hex([5; 32]) },
        Body::Batch {
            batch: BatchId::new(1),
            rows_are: BatchKind::Visits,
            rows: 3,
            span: Some(span()),
            digest: Hex([6; 32]),
            assumed_dwell_minutes: Some(60),
            received: Vec::new(),
        },
        Body::Withdrawn { reason: words() },
        Body::Assigned { person, disease: disease(), to: Some(ActorId::new(6)) },
        Body::VisitsWithdrawn { of: FactId::new(21), message: 7 },
        Body::Deleted { batch: BatchId::new(1), kept_days: 30 },
        Body::Batch {
            batch: BatchId::new(2),
            rows_are: BatchKind::Visits,
            rows: 9,
            span: None,
            digest: Hex([6; 32]),
            assumed_dwell_minutes: None,
            received: vec![Run { row: 0, received: noon() }, Run { row: 4, received: at("2022-11-01T04:01:00Z") }],
        },
    ];
    let fact = |(body, number): (Body, u64)| {
        let mut draft = draft(body, (number % 2 == 0).then_some(number as u8));
        draft.supersedes = matches!(draft.body, Body::Withdrawn { .. } | Body::Deleted { .. }).then(|| FactId::new(6));
        draft.recorded(FactId::new(number), at("2022-11-01T04:00:00.123456789Z"))
    };
    bodies.into_iter().zip(1..).map(fact).collect()
}

fn golden_facts() -> Vec<Fact> {
    let text = std::fs::read_to_string(testdata("facts-v1.jsonl")).unwrap();
    text.lines().map(|line| Fact::from_json(line.as_bytes()).unwrap()).collect()
}

#[test]
fn the_golden_facts_are_read_as_they_were_meant() {
    assert_eq!(golden_facts(), one_of_each());
}

#[test]
fn the_golden_facts_are_written_as_they_were() {
    let text = std::fs::read_to_string(testdata("facts-v1.jsonl")).unwrap();
    let written: Vec<String> = one_of_each().iter().map(|fact| String::from_utf8(fact.to_json()).unwrap()).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), written);
}

#[test]
fn the_golden_facts_have_every_kind() {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for file in std::fs::read_dir(testdata("")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(text.lines().map(|line| kind(Fact::from_json(line.as_bytes()).unwrap().body())));
        }
    }
    let missing: Vec<&&str> = KINDS.iter().filter(|kind| !found.contains(*kind)).collect();
    assert!(missing.is_empty(), "no file testdata/facts-*.jsonl has {missing:?}: add a line for each");
}

#[test]
fn the_golden_batches_are_read_as_they_were_meant() {
    assert_eq!(read_rows::<VisitRow>(&testdata("visits-v1.parquet")).unwrap(), visits());
    assert_eq!(read_rows::<ResidentRow>(&testdata("residents-v1.parquet")).unwrap(), residents());
    assert_eq!(read_rows::<UnitRow>(&testdata("units-v1.parquet")).unwrap(), units());
}

#[test]
fn columns_that_came_later_are_absent_in_the_first_files_and_nothing_is_assumed_for_them() {
    let columns = |name: &str| {
        let file = std::fs::File::open(testdata(name)).unwrap();
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().schema().fields().len()
    };
    assert_eq!((columns("visits-v1.parquet"), columns("units-v1.parquet")), (5, 7));
    let visits = read_rows::<ReceivedVisit>(&testdata("visits-v1.parquet")).unwrap();
    assert!(visits.iter().all(|row| row.message.is_none()));
    let units = read_rows::<UnitRow>(&testdata("units-v1.parquet")).unwrap();
    assert!(units.iter().all(|unit| unit.ventilation.is_none()));
}

#[tokio::test]
async fn a_ventilation_that_is_stated_is_kept_and_one_that_is_not_stays_unknown() {
    let fresh = Fresh::sqlite();
    let journal = open(&fresh).await;
    let mut units = units();
    units[0].ventilation = Some(Ventilation::Poor);
    let (batch, fact) = (BatchId::new(1), FactId::new(1));
    journal.append_batch(Rows::Units(&units), batch, fact, source(None), Purpose::Import, None, noon()).await.unwrap();
    let written = fresh.folder().join("batches").join(format!("units-{batch}.parquet"));
    assert_eq!(read_rows::<UnitRow>(&written).unwrap(), units);
}

#[test]
fn a_batch_of_another_kind_is_named() {
    let refused = read_rows::<UnitRow>(&testdata("visits-v1.parquet")).unwrap_err();
    assert!(refused.to_string().contains("holds \"visits\" and not units"), "{refused}");
}

/// Wrote the golden files, once. A new kind of fact is a new line at the end of `facts-v1.jsonl`.
#[tokio::test]
#[ignore = "writes the golden files anew"]
async fn write_golden_files() {
    let lines: Vec<String> = one_of_each().iter().map(|f| String::from_utf8(f.to_json()).unwrap() + "\n").collect();
    std::fs::write(testdata("facts-v1.jsonl"), lines.concat()).unwrap();
    let fresh = Fresh::sqlite();
    let journal = open(&fresh).await;
    let (visits, residents, units) = (visits(), residents(), units());
    for (rows, number) in [Rows::Visits(&visits), Rows::Residents(&residents), Rows::Units(&units)].into_iter().zip(1..)
    {
        let (batch, fact) = (BatchId::new(number), FactId::new(number));
        journal.append_batch(rows, batch, fact, source(None), Purpose::Import, None, noon()).await.unwrap();
        let name = serde_json::to_value(rows.kind()).unwrap().as_str().unwrap().to_owned();
        let written = fresh.folder().join("batches").join(format!("{name}-{batch}.parquet"));
        std::fs::copy(written, testdata(&format!("{name}-v1.parquet"))).unwrap();
    }
}
