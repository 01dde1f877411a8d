//! Encounters: pairs of people who were close at a time, from devices or simulations.

use facts::Timestamp;
use serde::Serialize;

use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::Code;
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;
use crate::visits;

/// Two people close to each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EncounterRow {
    /// One of them, by the file's id.
    pub a: Private,
    /// The other.
    pub b: Private,
    /// From when.
    pub start: Timestamp,
    /// Until when; absent when the file gives one time only.
    pub end: Option<Timestamp>,
    /// How far apart, in metres; absent when not measured.
    pub distance_metres: Option<f64>,
}

impl Record for EncounterRow {
    const KIND: Kind = Kind::Encounters;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let (a, b) = (cells.required("a"), cells.required("b"));
        let (start, end) = (cells.required_period("start"), cells.period("end"));
        let (a, b) = (a?, b?);
        if a == b {
            cells.reject("b", Code::SamePerson, "two different people", "correct one of the two ids");
        }
        let (start, end) = visits::span(cells, start?, end)?;
        let distance = cells.number("distance", "a distance in metres");
        if distance.is_some_and(|metres: f64| !metres.is_finite() || metres < 0.0) {
            cells.reject("distance", Code::BadNumber, "a distance of 0 metres or more", "correct the distance");
        }
        Some(Self { a: Private(a), b: Private(b), start, end, distance_metres: distance })
    }
}

/// Reads encounters.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<EncounterRow>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::records::Fate;

    #[test]
    fn steps_of_five_minutes_read_as_times() {
        let text = "timestep,user_a,user_b,distance_m\n12,1,390,17\n12,2,2,9\n12,3,4,-1\n";
        let source = Source::bytes("encounters.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::Encounters, &table.columns, &table.rows).with_time_unit("5m").unwrap();
        let read: Vec<_> = read(&source, &mapping, &Options::default()).unwrap().collect::<Result<_, _>>().unwrap();
        let Fate::Accepted(row) = &read[0].fate else { panic!("{read:?}") };
        assert_eq!((&*row.a, &*row.b, row.distance_metres), ("1", "390", Some(17.0)));
        assert_eq!(row.start.to_string(), "1970-01-01T01:00:00Z");
        assert_eq!(read[1].problems[0].code, Code::SamePerson);
        assert_eq!(read[2].problems[0].code, Code::BadNumber);
    }
}
