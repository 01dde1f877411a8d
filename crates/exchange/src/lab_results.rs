//! Laboratory results: one specimen a row.

use std::collections::BTreeMap;

use facts::TestOutcome;
use serde::Serialize;

use crate::dates::Stamp;
use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::Code;
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;

/// One result as the laboratory reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabRow {
    /// The person, by the id that another list gives.
    pub person: Option<Private>,
    /// Name.
    pub name: Option<Private>,
    /// Resident id number, as text.
    pub id_number: Option<Private>,
    /// Telephone.
    pub phone: Option<Private>,
    /// The specimen's number.
    pub specimen: Option<String>,
    /// When the specimen was taken.
    pub collected: Stamp,
    /// When the result was known.
    pub resulted: Option<Stamp>,
    /// What was found.
    pub result: TestOutcome,
    /// For what was tested, in the file's words.
    pub disease: Option<String>,
    /// Which laboratory.
    pub laboratory: Option<String>,
    /// What the file says beyond this, by column.
    pub other: BTreeMap<String, Private>,
}

impl Record for LabRow {
    const KIND: Kind = Kind::LabResults;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let (person, name) = (cells.private("person"), cells.private("name"));
        let (id_number, phone) = (cells.id_number("id_number"), cells.private("phone"));
        if person.is_none() && id_number.is_none() && name.is_none() {
            let remedy = "fill in one of person, id_number or name, or map its column";
            cells.reject("id_number", Code::Missing, "whose specimen it is", remedy);
        }
        let collected = cells.required_period("collected").map(|period| period.start);
        let resulted = cells.stamp("resulted");
        let result = cells.required_result("result");
        let collected = collected?;
        cells.strange_unless(
            resulted.is_none_or(|resulted| !resulted.precedes(collected)),
            "resulted",
            "a result after the specimen was taken",
        );
        Some(Self {
            person,
            name,
            id_number,
            phone,
            specimen: cells.text("specimen"),
            collected,
            resulted,
            result: result?,
            disease: cells.text("disease"),
            laboratory: cells.text("laboratory"),
            other: cells.other(),
        })
    }

    fn own_id(&self) -> Option<&str> {
        self.specimen.as_deref()
    }
}

/// Reads laboratory results.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<LabRow>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::records::{Fate, Read};

    fn rows(text: &str) -> Vec<Read<LabRow>> {
        let source = Source::bytes("lab.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::LabResults, &table.columns, &table.rows);
        read(&source, &mapping, &Options::default()).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_chinese_result_list_reads() {
        let read = rows(
            "条码,姓名,身份证号,采样时间,检测时间,检测结果\nS1,王某,4101,2020-01-15 08:00,2020-01-15 20:00,阳性\n",
        );
        let Fate::Accepted(row) = &read[0].fate else { panic!("{read:?}") };
        assert_eq!((row.specimen.as_deref(), row.result), (Some("S1"), TestOutcome::Positive));
        assert_eq!(row.collected.date, facts::Date::constant(2020, 1, 15));
    }

    #[test]
    fn a_result_that_is_no_result_is_rejected_and_never_negative() {
        let read = rows(
            "id_card,sampled,result\n1,2020-01-15,阴性\n1,2020-01-15,done\n1,2020-01-15,\n1,,阳性\n,2020-01-15,阳性\n",
        );
        let codes: Vec<_> = read.iter().map(|read| read.problems.first().map(|problem| problem.code)).collect();
        assert_eq!(codes, [None, Some(Code::BadResult), Some(Code::Missing), Some(Code::Missing), Some(Code::Missing)]);
    }

    #[test]
    fn one_specimen_with_two_results_is_queued_and_holds_nobody_up() {
        let read =
            rows("barcode,id_card,sampled,result\nS1,1,2020-01-15,阴性\nS1,1,2020-01-15,阳性\nS2,2,2020-01-15,阴性\n");
        assert!(matches!(read[1].fate, Fate::Queued { first_row: 2, .. }));
        assert!(matches!(read[2].fate, Fate::Accepted(_)));
    }

    #[test]
    fn a_result_before_its_specimen_is_listed() {
        let read = rows("id_card,sampled,resulted,result\n1,2020-01-15,2020-01-14,阴性\n");
        assert_eq!(read[0].problems[0].code, Code::StrangeOrder);
        assert!(matches!(read[0].fate, Fate::Accepted(_)));
    }
}
