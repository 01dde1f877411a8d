//! Rosters: who belongs to a unit: staff, pupils, residents, guests.

use std::collections::BTreeMap;

use facts::{Date, Jurisdiction};
use serde::Serialize;

use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::Code;
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;
use crate::values::{Age, Sex};

/// One person on a unit's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RosterRow {
    /// The id that the unit gave.
    pub external_id: Option<Private>,
    /// Name.
    pub name: Option<Private>,
    /// Resident id number, as text.
    pub id_number: Option<Private>,
    /// Telephone.
    pub phone: Option<Private>,
    /// Address.
    pub address: Option<Private>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Age, as exactly as given.
    pub age: Option<Age>,
    /// The division that answers for the person.
    pub jurisdiction: Option<Jurisdiction>,
    /// The unit: a school, class, firm, ward.
    pub unit: String,
    /// What they do there.
    pub post: Option<String>,
    /// The first day on the list.
    pub since: Option<Date>,
    /// The last day on the list.
    pub until: Option<Date>,
    /// What the file says beyond this, by column.
    pub other: BTreeMap<String, Private>,
}

impl Record for RosterRow {
    const KIND: Kind = Kind::Roster;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let (external_id, name) = (cells.private("external_id"), cells.private("name"));
        let id_number = cells.id_number("id_number");
        if external_id.is_none() && name.is_none() && id_number.is_none() {
            let remedy = "fill in one of external_id, name or id_number, or map its column";
            cells.reject("name", Code::Missing, "who it is", remedy);
        }
        let unit = cells.required("unit");
        let (since, until) = (cells.day("since"), cells.day("until"));
        if since.zip(until).is_some_and(|(since, until)| until < since) {
            cells.reject("until", Code::EndBeforeStart, "a last day on or after the first", "correct the dates");
        }
        Some(Self {
            external_id,
            name,
            id_number,
            phone: cells.private("phone"),
            address: cells.private("address"),
            sex: cells.sex("sex"),
            age: cells.age("age"),
            jurisdiction: cells.division("jurisdiction"),
            unit: unit?,
            post: cells.text("post"),
            since,
            until,
            other: cells.other(),
        })
    }

    fn own_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
}

/// Reads a roster.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<RosterRow>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::records::{Fate, Read};

    fn rows(text: &str) -> Vec<Read<RosterRow>> {
        let source = Source::bytes("roster.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::Roster, &table.columns, &table.rows);
        read(&source, &mapping, &Options::default()).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_schools_list_reads() {
        let read = rows("学号,姓名,性别,年龄,班级,住址\nX1,甲,女,9,三年级二班,某路\n");
        let Fate::Accepted(row) = &read[0].fate else { panic!("{read:?}") };
        assert_eq!((row.unit.as_str(), row.sex, row.age), ("三年级二班", Some(Sex::Female), Some(Age::Years(9))));
    }

    #[test]
    fn nobody_without_a_name_or_number_and_no_time_backwards() {
        let read =
            rows("姓名,单位,入职日期,离职日期\n,冷库,,\n甲,,,\n乙,冷库,2020-02-01,2020-01-01\n丙,冷库,2020-01-01,\n");
        let codes: Vec<_> = read.iter().map(|read| read.problems.first().map(|problem| problem.code)).collect();
        assert_eq!(codes, [Some(Code::Missing), Some(Code::Missing), Some(Code::EndBeforeStart), None]);
    }

    #[test]
    fn the_same_person_twice_is_merged() {
        let read = rows("工号,姓名,单位\n1,甲,冷库\n1,甲,冷库\n");
        assert_eq!(read[1].fate, Fate::Merged { first_row: 2 });
    }
}
