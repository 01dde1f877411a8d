//! Facts and rows that the tests share.
#![allow(dead_code, missing_docs)] // each test file uses its own part

use facts::{
    ActorId, Body, Channel, Disease, Draft, FactId, Hex, PersonId, Purpose, ResidentRow, Setting, Source, TestOutcome,
    Timestamp, UnitId, UnitRow, VisitRow,
};
use journal::{Journal, Marker, Message};
use testkit::Fresh;

pub const REAL: Marker = Marker { deployment: 7, exercise: false };

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn noon() -> Timestamp {
    at("2022-11-01T04:00:00Z")
}

pub async fn open(fresh: &Fresh) -> Journal {
    Journal::open(fresh.url(), &fresh.folder().join("batches"), REAL).await.unwrap()
}

pub fn source(key: Option<u8>) -> Source {
    Source { actor: ActorId::new(5), channel: Channel::Import, key: key.map(|key| Hex([key; 16])) }
}

pub fn draft(body: Body, key: Option<u8>) -> Draft {
    Draft { occurred: noon(), source: source(key), purpose: Purpose::Investigation, supersedes: None, body }
}

pub fn death(person: u64) -> Body {
    Body::Death { person: PersonId::new(person) }
}

pub fn positive(person: u64, hour: i8) -> Body {
    Body::TestResult {
        person: PersonId::new(person),
        disease: Disease::named("covid-19"),
        specimen: None,
        collected: at(&format!("2022-11-01T{hour:02}:00:00Z")),
        result: TestOutcome::Positive,
    }
}

pub fn new(id: u64, body: Body) -> (FactId, Draft) {
    (FactId::new(id), draft(body, None))
}

pub fn keyed(id: u64, body: Body, key: u8) -> (FactId, Draft) {
    (FactId::new(id), draft(body, Some(key)))
}

pub fn visits() -> Vec<VisitRow> {
    let visit = |person, unit, start: &str, end: Option<&str>, seat_row| VisitRow {
        person: PersonId::new(person),
        unit: UnitId::new(unit),
        start: at(start),
        end: end.map(at),
        seat_row,
    };
    vec![
        visit(1, 10, "2022-10-30T01:00:00Z", Some("2022-10-30T02:30:00Z"), None),
        visit(u64::MAX, 11, "2022-10-31T11:15:30.250Z", None, None),
        visit(2, u64::MAX, "2022-10-31T08:00:00Z", Some("2022-10-31T12:00:00Z"), Some(14)),
    ]
}

/// A message of visits. The id of the fact that may withdraw what it corrects is `100`, for one correction.
pub fn message(visits: &[VisitRow], key: Option<u8>, assumed_dwell_minutes: Option<u32>) -> Message {
    let (visits, withdrawal) = (visits.to_vec(), FactId::new(100));
    Message { visits, source: source(key), assumed_dwell_minutes, withdrawal }
}

pub fn residents() -> Vec<ResidentRow> {
    let resident = |person, home: Option<u64>, jurisdiction: &str, birth_year| ResidentRow {
        person: PersonId::new(person),
        home: home.map(UnitId::new),
        jurisdiction: jurisdiction.parse().unwrap(),
        birth_year,
    };
    vec![resident(1, Some(20), "410102001002", Some(1957)), resident(2, None, "410102", None)]
}

pub fn units() -> Vec<UnitRow> {
    let unit = |unit, setting, position, name: Option<&str>| UnitRow {
        unit: UnitId::new(unit),
        place: facts::PlaceId::new(unit / 10),
        setting,
        jurisdiction: "410102".parse().unwrap(),
        position,
        ventilation: None,
        name: name.map(str::to_owned),
    };
    vec![
        unit(10, Setting::Market, Some((113.625, 34.75)), Some("东方红市场 2 号厅")),
        unit(20, Setting::Home, None, None),
    ]
}

/// Changes the database behind the journal's back.
pub async fn tamper(fresh: &Fresh, statement: &'static str) {
    let pool = sqlx::AnyPool::connect(fresh.url()).await.unwrap();
    let changed = sqlx::query(statement).execute(&pool).await.unwrap();
    assert_eq!(changed.rows_affected(), 1, "{statement} changes one row");
    pool.close().await;
}
