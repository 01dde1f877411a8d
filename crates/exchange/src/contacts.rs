//! Contact lists: one link between two people a row.

use facts::Setting;
use serde::Serialize;

use crate::dates::Stamp;
use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::Code;
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;
use crate::values;

/// A link as somebody stated it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactRow {
    /// The case or source, by the id that its list gives.
    pub from: Private,
    /// The person exposed.
    pub to: Private,
    /// The kind of exposure, in the file's words.
    pub exposure: Option<String>,
    /// The kind of space that those words point to.
    pub setting: Option<Setting>,
    /// The first contact, or its beginning.
    pub start: Option<Stamp>,
    /// The last contact, or its end.
    pub end: Option<Stamp>,
    /// What was said about it.
    pub statement: Option<Private>,
}

impl Record for ContactRow {
    const KIND: Kind = Kind::Contacts;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let (from, to) = (cells.required("from"), cells.required("to"));
        let (start, last) = (cells.period("start"), cells.period("end"));
        let (from, to) = (from?, to?);
        if from == to {
            let expected = "two different people";
            cells.reject("to", Code::SamePerson, expected, "correct one of the two ids");
        }
        // A range in the column of the last contact says when contact began, too.
        let began = start.map(|period| period.start);
        let ended = last.map(|period| period.end.unwrap_or(period.start)).or(start.and_then(|period| period.end));
        let began = began.or(last.filter(|period| period.end.is_some()).map(|period| period.start));
        if let (Some(began), Some(ended)) = (began, ended)
            && ended.precedes(began)
        {
            cells.reject("end", Code::EndBeforeStart, "a last contact after the first", "correct the dates");
        }
        let exposure = cells.text("exposure");
        Some(Self {
            from: Private(from),
            to: Private(to),
            setting: exposure.as_deref().map(values::setting),
            exposure,
            start: began,
            end: ended,
            statement: cells.private("statement"),
        })
    }
}

/// Reads a contact list.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<ContactRow>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::records::{Fate, Read};
    use facts::Date;

    fn rows(text: &str) -> Vec<Read<ContactRow>> {
        let source = Source::bytes("contacts.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::Contacts, &table.columns, &table.rows);
        read(&source, &mapping, &Options::default()).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn links_read_with_the_setting_that_their_words_point_to() {
        let read = rows("from,to,exposure\nSK_14,SK_113,Emergency room\n");
        let Fate::Accepted(row) = &read[0].fate else { panic!("{read:?}") };
        assert_eq!((&*row.from, &*row.to, row.setting), ("SK_14", "SK_113", Some(Setting::Clinic)));
    }

    #[test]
    fn nobody_is_their_own_contact() {
        let read = rows("from,to\na,a\n,b\n");
        assert_eq!(read[0].problems[0].code, Code::SamePerson);
        assert_eq!(read[1].problems[0].code, Code::Missing);
        assert!(read.iter().all(|read| read.fate == Fate::Rejected));
    }

    #[test]
    fn an_end_before_the_start_rejects_the_link() {
        let read = rows("from,to,首次接触日期,末次接触日期\na,b,2020-01-05,2020-01-04\na,b,2020-01-04,2020-01-05\n");
        assert_eq!(read[0].problems[0].code, Code::EndBeforeStart);
        assert!(matches!(read[1].fate, Fate::Accepted(_)));
    }

    #[test]
    fn a_range_of_last_contact_gives_both_ends() {
        let read = rows("from,to,接触日期\na,b,2020年1月4日-6日\n");
        let Fate::Accepted(row) = &read[0].fate else { panic!("{read:?}") };
        assert_eq!(row.start.unwrap().date, Date::constant(2020, 1, 4));
        assert_eq!(row.end.unwrap().date, Date::constant(2020, 1, 6));
    }
}
