//! One message of visits: JSON, or a table in CSV or Parquet.

use std::str::FromStr;

use exchange::{Kind, Options, Problem, Source};
use facts::{PersonId, Timestamp, UnitId, VisitRow};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// The most visits of one message: they are acknowledged together and held in memory together.
pub const VISITS_MAX: usize = 1_000_000;
/// How far ahead of ours a sender's clock may be, in minutes.
const MINUTES_AHEAD_MAX: i64 = 15;
/// How far back a visit may lie, in days. Older, and the year is a slip.
const DAYS_BACK_MAX: i64 = 2 * 366;
/// The longest stay, in days.
const STAY_DAYS_MAX: i64 = 366;
/// The longest assumed stay, in minutes: a week.
const DWELL_MINUTES_MAX: u32 = 7 * 24 * 60;
/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;
/// How many rows of a table are said to be wrong, one by one.
const PROBLEMS_SHOWN: usize = 200;

/// A message of visits, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The sender's own name for the message. Sent again it is one message; with other visits it corrects.
    pub source_key: Option<String>,
    /// How long a stay without an end is assumed to last, in minutes.
    pub assumed_dwell_minutes: Option<u32>,
    /// The visits.
    pub visits: Vec<VisitRow>,
    /// How many rows of a table were left out because of what is wrong with them.
    pub rejected: u64,
    /// What is wrong with them: the first 200.
    pub problems: Vec<RowProblem>,
}

/// Why a message is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}expected {expected}", row.map_or(String::new(), |row| format!("row {row}: ")))]
pub struct Refused {
    /// The row, from 1; none when it concerns the message.
    pub row: Option<u64>,
    /// The field.
    pub field: &'static str,
    /// What would be right.
    pub expected: String,
}

impl Refused {
    fn message(field: &'static str, expected: impl Into<String>) -> Self {
        Self { row: None, field, expected: expected.into() }
    }
}

/// What is wrong with one row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The row as a person sees it: the line of a text file.
    pub row: u64,
    /// The column.
    pub column: Option<String>,
    /// What kind of problem; stable.
    pub code: &'static str,
    /// What would be right.
    pub expected: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    #[serde(default)]
    source_key: Option<String>,
    #[serde(default)]
    assumed_dwell_minutes: Option<u32>,
    visits: Vec<Visit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    person: PersonId,
    unit: UnitId,
    start: Timestamp,
    #[serde(default)]
    end: Option<Timestamp>,
    #[serde(default)]
    seat_row: Option<u16>,
}

const PERSON: &str = "a person's id such as per-0000000000007";
const UNIT: &str = "a unit's id such as unit-0000000000007";
const TIME: &str = "a time with its offset such as 2022-07-10T09:00:00+08:00";
const SEAT_ROW: &str = "the number of the row of seats";
const VISITS: &str = "a list of objects with person, unit, start and, when they are known, end and seat_row";

/// What a visit must keep, whatever it came in: the field at fault and what would be right.
fn check(visit: &VisitRow, now: Timestamp) -> Result<(), (&'static str, &'static str)> {
    let shifted = |minutes| now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(now);
    if visit.start > shifted(MINUTES_AHEAD_MAX) {
        return Err(("start", "a time that is not in the future; look at the sender's clock and time zone"));
    }
    if visit.start < shifted(-DAYS_BACK_MAX * 24 * 60) {
        return Err(("start", "a time of the last two years; look at the year"));
    }
    match visit.end.map(|end| end.as_second() - visit.start.as_second()) {
        Some(seconds) if seconds <= 0 => {
            Err(("end", "an end after the start; leave it out when only the entry is known"))
        }
        Some(seconds) if seconds > STAY_DAYS_MAX * 86_400 => Err(("end", "an end within a year of the start")),
        _ => Ok(()),
    }
}

/// What a message must keep as a whole.
fn check_message(source_key: Option<&str>, dwell: Option<u32>, visits: usize) -> Result<(), Refused> {
    if source_key.is_some_and(|key| key.is_empty() || key.len() > KEY_BYTES_MAX) {
        return Err(Refused::message("source_key", format!("1 to {KEY_BYTES_MAX} bytes of text")));
    }
    if dwell.is_some_and(|minutes| !(1..=DWELL_MINUTES_MAX).contains(&minutes)) {
        return Err(Refused::message("assumed_dwell_minutes", format!("1 to {DWELL_MINUTES_MAX} minutes")));
    }
    if visits > VISITS_MAX {
        return Err(Refused::message("visits", format!("at most {VISITS_MAX} visits in a message; send several")));
    }
    if visits == 0 && source_key.is_none() {
        return Err(Refused::message("visits", "a visit, or the source_key of a message to take back"));
    }
    Ok(())
}

impl Payload {
    /// Reads JSON: all of the visits or none, since a message is acknowledged as one.
    pub fn from_json(bytes: &[u8], now: Timestamp) -> Result<Self, Refused> {
        let Message { source_key, assumed_dwell_minutes, visits } =
            serde_json::from_slice(bytes).map_err(|_| what_is_wrong(bytes))?;
        check_message(source_key.as_deref(), assumed_dwell_minutes, visits.len())?;
        let visits: Vec<VisitRow> = visits
            .into_iter()
            .map(|Visit { person, unit, start, end, seat_row }| VisitRow { person, unit, start, end, seat_row })
            .collect();
        for (row, visit) in (1..).zip(&visits) {
            check(visit, now).map_err(|(field, expected)| Refused {
                row: Some(row),
                field,
                expected: expected.to_owned(),
            })?;
        }
        Ok(Self { source_key, assumed_dwell_minutes, visits, rejected: 0, problems: Vec::new() })
    }

    /// Reads a table with the columns person, unit, start, end and seat_row. Rows that cannot be read are left
    /// out and said; the others count. `name` says by its ending which format it is.
    pub fn from_table(
        name: &str,
        bytes: Vec<u8>,
        source_key: Option<String>,
        assumed_dwell_minutes: Option<u32>,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let unreadable = |error: exchange::ExchangeError| Refused::message("file", error.to_string());
        let source = Source::bytes(name, bytes);
        let sample = source.sample(1).map_err(unreadable)?;
        let own_name = |field: &'static str| {
            let column = sample.columns.iter().find(|column| column.eq_ignore_ascii_case(field));
            column.map(|column| (field.to_owned(), column.clone()))
        };
        let columns = ["person", "unit", "start", "end", "seat_row"].into_iter().filter_map(own_name).collect();
        let mapping = exchange::Mapping::confirmed(Kind::Visits, columns);
        let records = exchange::visits::read(&source, &mapping, &Options::default()).map_err(unreadable)?;
        let mut payload =
            Self { source_key, assumed_dwell_minutes, visits: Vec::new(), rejected: 0, problems: Vec::new() };
        for read in records {
            let read = read.map_err(unreadable)?;
            let row = read.row_number;
            let problem = match read.fate {
                exchange::Fate::Accepted(text) => match visit(&text, now) {
                    Ok(visit) => {
                        payload.visits.push(visit);
                        continue;
                    }
                    Err((field, expected)) => {
                        let (column, expected) = (Some(field.to_owned()), expected.to_owned());
                        RowProblem { row, column, code: "invalid", expected }
                    }
                },
                _ => row_problem(row, read.problems.first()),
            };
            payload.rejected += 1;
            if payload.problems.len() < PROBLEMS_SHOWN {
                payload.problems.push(problem);
            }
        }
        let rows = payload.visits.len() + payload.rejected as usize;
        check_message(payload.source_key.as_deref(), assumed_dwell_minutes, rows)?;
        Ok(payload)
    }
}

fn row_problem(row: u64, problem: Option<&Problem>) -> RowProblem {
    RowProblem {
        row,
        column: problem.and_then(|problem| problem.column.clone()),
        code: problem.map_or("invalid", |problem| problem.code.name()),
        expected: problem.map_or_else(String::new, |problem| problem.expected.clone()),
    }
}

/// An id as text, or its number, as batch files have it.
fn id<I: FromStr>(text: &str, of_number: fn(u64) -> I) -> Option<I> {
    text.parse().ok().or_else(|| text.parse().ok().map(of_number))
}

fn visit(text: &exchange::visits::VisitRowText, now: Timestamp) -> Result<VisitRow, (&'static str, &'static str)> {
    let visit = VisitRow {
        person: id(&text.person, PersonId::new).ok_or(("person", PERSON))?,
        unit: id(&text.unit, UnitId::new).ok_or(("unit", UNIT))?,
        start: text.start,
        end: text.end,
        seat_row: text.seat_row,
    };
    check(&visit, now).map(|()| visit)
}

/// Which row and field of a JSON message is at fault; looked for only once something is.
fn what_is_wrong(bytes: &[u8]) -> Refused {
    let shape = "a JSON object with visits and, if wanted, source_key and assumed_dwell_minutes";
    let Ok(Value::Object(message)) = serde_json::from_slice(bytes) else { return Refused::message("body", shape) };
    let Some(Value::Array(visits)) = message.get("visits") else { return Refused::message("visits", VISITS) };
    for (row, visit) in (1..).zip(visits) {
        let refused = |field, expected: &str| Refused { row: Some(row), field, expected: expected.to_owned() };
        let Value::Object(visit) = visit else { return refused("visits", VISITS) };
        let text = |field: &str| visit.get(field).and_then(Value::as_str);
        let absent = |field: &str| visit.get(field).is_none_or(Value::is_null);
        let is_time = |field: &str| text(field).is_some_and(|text| text.parse::<Timestamp>().is_ok());
        if text("person").and_then(|text| text.parse::<PersonId>().ok()).is_none() {
            return refused("person", PERSON);
        }
        if text("unit").and_then(|text| text.parse::<UnitId>().ok()).is_none() {
            return refused("unit", UNIT);
        }
        if !is_time("start") {
            return refused("start", TIME);
        }
        if !absent("end") && !is_time("end") {
            return refused("end", TIME);
        }
        let seat_row = visit.get("seat_row").and_then(Value::as_u64).is_some_and(|row| u16::try_from(row).is_ok());
        if !absent("seat_row") && !seat_row {
            return refused("seat_row", SEAT_ROW);
        }
        let known = |field: &String| ["person", "unit", "start", "end", "seat_row"].contains(&field.as_str());
        if !visit.keys().all(known) {
            return refused("visits", "no other field than person, unit, start, end and seat_row");
        }
    }
    Refused::message("body", shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2022-07-10T04:00:00Z".parse().unwrap()
    }

    fn json(text: &str) -> Result<Payload, Refused> {
        Payload::from_json(text.as_bytes(), now())
    }

    fn refusal(visit: &str) -> (Option<u64>, &'static str) {
        let good = r#"{"person":"per-0000000000001","unit":"unit-0000000000002","start":"2022-07-10T09:00:00+08:00"}"#;
        let refused = json(&format!(r#"{{"visits":[{good},{visit}]}}"#)).unwrap_err();
        (refused.row, refused.field)
    }

    #[test]
    fn a_message_is_read() {
        let read = json(
            r#"{"source_key":"gate 7/41","assumed_dwell_minutes":45,"visits":[
            {"person":"per-0000000000001","unit":"unit-0000000000002","start":"2022-07-10T09:00:00+08:00",
             "end":"2022-07-10T02:00:00Z","seat_row":14},
            {"person":"per-0000000000003","unit":"unit-0000000000002","start":"2022-07-10T01:30:00Z"}]}"#,
        );
        let read = read.unwrap();
        assert_eq!((read.source_key.as_deref(), read.assumed_dwell_minutes), (Some("gate 7/41"), Some(45)));
        let [first, second] = read.visits[..] else { panic!("{read:?}") };
        assert_eq!((first.person, first.unit, first.seat_row), (PersonId::new(1), UnitId::new(2), Some(14)));
        assert_eq!(first.start, "2022-07-10T01:00:00Z".parse().unwrap());
        assert_eq!((second.end, second.seat_row), (None, None));
    }

    #[test]
    fn what_is_wrong_is_named_by_row_and_field() {
        let with = |fields: &str| {
            format!(
                r#"{{"person":"per-0000000000001","unit":"unit-0000000000002","start":"2022-07-10T01:00:00Z"{fields}}}"#
            )
        };
        assert_eq!(refusal(r#"{"unit":"unit-0000000000002","start":"2022-07-10T01:00:00Z"}"#), (Some(2), "person"));
        assert_eq!(
            refusal(r#"{"person":"per-0000000000001","unit":7,"start":"2022-07-10T01:00:00Z"}"#),
            (Some(2), "unit")
        );
        assert_eq!(
            refusal(r#"{"person":"per-0000000000001","unit":"unit-0000000000002","start":"2022-07-10 09:00"}"#),
            (Some(2), "start")
        );
        assert_eq!(refusal(&with(r#","end":"soon""#)), (Some(2), "end"));
        assert_eq!(refusal(&with(r#","end":"2022-07-10T01:00:00.5Z""#)), (Some(2), "end"));
        assert_eq!(refusal(&with(r#","end":"2024-07-10T01:00:00Z""#)), (Some(2), "end"));
        assert_eq!(refusal(&with(r#","seat_row":70000"#)), (Some(2), "seat_row"));
        assert_eq!(refusal(&with(r#","colour":"red""#)), (Some(2), "visits"));
        assert_eq!(json("[]").unwrap_err().field, "body");
        assert_eq!(json(r#"{"visits":7}"#).unwrap_err().field, "visits");
        assert_eq!(json(r#"{"visits":[]}"#).unwrap_err().field, "visits");
        assert_eq!(json(r#"{"visits":[],"source_key":"gate 7/41"}"#).unwrap().visits, []);
        assert_eq!(json(r#"{"visits":[],"source_key":""}"#).unwrap_err().field, "source_key");
        let of_zero = json(r#"{"visits":[],"source_key":"a","assumed_dwell_minutes":0}"#).unwrap_err();
        assert_eq!(of_zero.field, "assumed_dwell_minutes");
    }

    #[test]
    fn a_time_that_cannot_be_is_refused() {
        let at = |start: &str| {
            refusal(&format!(r#"{{"person":"per-0000000000001","unit":"unit-0000000000002","start":"{start}"}}"#))
        };
        assert_eq!(at("2022-07-10T05:00:00Z"), (Some(2), "start"));
        assert_eq!(at("0022-07-10T04:00:00Z"), (Some(2), "start"));
    }

    #[test]
    fn a_table_keeps_its_good_rows_and_says_the_others() {
        let text = "person,unit,start,end,seat_row\n\
                    per-0000000000001,unit-0000000000002,2022-07-10T09:00:00+08:00,2022-07-10T10:00:00+08:00,3\n\
                    3,2,2022-07-10 09:30,,\n\
                    nobody,unit-0000000000002,2022-07-10 09:30,,\n\
                    per-0000000000001,unit-0000000000002,never,,\n";
        let read = Payload::from_table("visits.csv", text.into(), Some("a".into()), None, now()).unwrap();
        assert_eq!(read.visits.len(), 2);
        assert_eq!(read.visits[0].start, "2022-07-10T01:00:00Z".parse().unwrap());
        assert_eq!((read.visits[0].seat_row, read.visits[1].person), (Some(3), PersonId::new(3)));
        assert_eq!(read.rejected, 2);
        let said: Vec<_> = read.problems.iter().map(|problem| (problem.row, problem.column.as_deref())).collect();
        assert_eq!(said, [(4, Some("person")), (5, Some("start"))]);
        let other = Payload::from_table("visits.csv", "a,b\n1,2\n".into(), None, None, now());
        assert_eq!(other.unwrap_err().field, "file");
    }
}
