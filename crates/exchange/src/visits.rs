//! Visits: who was in which unit when. Files of tens of millions of rows read in bounded memory.

use facts::Timestamp;
use jiff::SignedDuration;
use serde::Serialize;

use crate::dates::Period;
use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::Code;
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;

/// One visit, people and places by the names that the file has for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitRowText {
    /// Who, by the file's id, telephone or document number.
    pub person: Private,
    /// Where, by the file's code.
    pub unit: String,
    /// From when.
    pub start: Timestamp,
    /// Until when; absent when only the entry was scanned.
    pub end: Option<Timestamp>,
    /// What the place is called.
    pub place: Option<String>,
    /// The row of seats, in a vehicle.
    pub seat_row: Option<u16>,
}

impl Record for VisitRowText {
    const KIND: Kind = Kind::Visits;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let (person, unit) = (cells.required("person"), cells.required("unit"));
        let (start, end) = (cells.required_period("start"), cells.period("end"));
        let (start, end) = span(cells, start?, end)?;
        Some(Self {
            person: Private(person?),
            unit: unit?,
            start,
            end,
            place: cells.text("place"),
            seat_row: cells.number("seat_row", "the number of the row of seats"),
        })
    }
}

/// The instants of a stay. Days stand for all of their hours; an entry and exit in one minute for that minute.
pub(crate) fn span(
    cells: &mut Cells<'_>,
    start: Period,
    end: Option<Period>,
) -> Option<(Timestamp, Option<Timestamp>)> {
    let zone = cells.zone();
    let from = start.start.earliest(zone);
    let until = match (end, start.end) {
        (Some(end), _) => Some(end.end.unwrap_or(end.start).latest(zone)),
        (None, Some(end)) => Some(end.latest(zone)),
        (None, None) => start.start.time.is_none().then(|| start.start.latest(zone)),
    };
    if start.start.time.is_none() && start.end.is_none() && end.is_none() {
        cells.oddity("start", Code::VagueTime, "a time of day; the visit counts as the whole day");
    }
    match until {
        Some(until) if until < from => {
            cells.reject("end", Code::EndBeforeStart, "an end after the start", "correct the times");
            None
        }
        Some(until) if until == from => {
            cells.oddity("end", Code::NoDuration, "an end after the start; the visit counts as one minute");
            Some((from, Some(from.saturating_add(SignedDuration::from_mins(1)).unwrap_or(until))))
        }
        until => Some((from, until)),
    }
}

/// Reads visits.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<VisitRowText>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::records::{Fate, Read};

    fn rows(text: &str) -> Vec<Read<VisitRowText>> {
        let source = Source::bytes("visits.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::Visits, &table.columns, &table.rows);
        read(&source, &mapping, &Options::default()).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn stay(read: &Read<VisitRowText>) -> (String, String) {
        let Fate::Accepted(row) = &read.fate else { panic!("{read:?}") };
        (row.start.to_string(), row.end.map_or("open".into(), |end| end.to_string()))
    }

    #[test]
    fn scans_in_chinese_columns_read_on_the_offices_clock() {
        let read =
            rows("手机号,场所编号,场所名称,进入时间,离开时间\n138,M1,东市场,2020-01-15 14:30,2020-01-15 15:00\n");
        assert_eq!(stay(&read[0]), ("2020-01-15T06:30:00Z".into(), "2020-01-15T07:00:00Z".into()));
        let Fate::Accepted(row) = &read[0].fate else { unreachable!() };
        assert_eq!((row.unit.as_str(), row.place.as_deref()), ("M1", Some("东市场")));
    }

    #[test]
    fn minute_offsets_count_from_the_origin() {
        let read = rows("user_id,venue_id,minute_offset\n1,3601,90\n");
        assert_eq!(stay(&read[0]), ("1970-01-01T01:30:00Z".into(), "open".into()));
    }

    #[test]
    fn whole_numbers_without_a_unit_are_not_taken_for_times() {
        let read = rows("user_id,venue_id,time\n1,3601,90\n");
        assert_eq!(read[0].fate, Fate::Rejected);
        assert!(read[0].problems[0].remedy.contains("--time-unit"));
    }

    #[test]
    fn an_end_before_the_start_is_an_error_and_an_equal_one_is_a_minute() {
        let read = rows(
            "person,unit,start,end\na,u,2020-01-15 10:00,2020-01-15 09:00\na,u,2020-01-15 10:00,2020-01-15 10:00\n",
        );
        assert_eq!(read[0].problems[0].code, Code::EndBeforeStart);
        assert_eq!(stay(&read[1]), ("2020-01-15T02:00:00Z".into(), "2020-01-15T02:01:00Z".into()));
        assert_eq!(read[1].problems[0].code, Code::NoDuration);
    }

    #[test]
    fn a_day_without_a_time_is_the_whole_day_and_listed() {
        let read = rows("person,unit,date\na,u,2020-01-15\n");
        assert_eq!(stay(&read[0]), ("2020-01-14T16:00:00Z".into(), "2020-01-15T16:00:00Z".into()));
        assert_eq!(read[0].problems[0].code, Code::VagueTime);
    }

    #[test]
    fn a_seat_row_that_is_no_number_costs_only_itself() {
        let read = rows("person,unit,start,seat_row\na,u,2020-01-15 10:00,12\nb,u,2020-01-15 10:00,A\n");
        let Fate::Accepted(row) = &read[0].fate else { panic!() };
        assert_eq!(row.seat_row, Some(12));
        assert_eq!(read[1].problems[0].code, Code::BadNumber);
    }
}
