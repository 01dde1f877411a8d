//! Line lists: one case a row.

use std::collections::BTreeMap;

use facts::{Date, Jurisdiction};
use serde::Serialize;

use crate::dates::Stamp;
use crate::error::ExchangeError;
use crate::fields::{Kind, Mapping};
use crate::private::Private;
use crate::problem::{Code, Severity};
use crate::records::{Cells, Options, Record, Records};
use crate::table::Source;
use crate::values::{Age, Outcome, Sex};

/// One case as its office lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineListRow {
    /// The id that the office gave.
    pub external_id: Private,
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
    /// The division that answers for the case.
    pub jurisdiction: Option<Jurisdiction>,
    /// The day of onset; the first possible when a range was given.
    pub onset: Option<Date>,
    /// The last possible day of onset, when a range was given.
    pub onset_latest: Option<Date>,
    /// When the case was reported.
    pub reported: Option<Stamp>,
    /// When the specimen was taken.
    pub sampled: Option<Stamp>,
    /// When the case was diagnosed or confirmed.
    pub diagnosed: Option<Stamp>,
    /// When the case went into hospital.
    pub hospitalised: Option<Stamp>,
    /// The day of death.
    pub died: Option<Date>,
    /// The day on which the illness ended, by recovery or death.
    pub ended: Option<Date>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Where the case was infected, in words.
    pub place_exposed: Option<Private>,
    /// The first day of exposure.
    pub exposed_from: Option<Date>,
    /// The last day of exposure.
    pub exposed_until: Option<Date>,
    /// The facility that reported or treats the case.
    pub facility: Option<String>,
    /// What the file says beyond this, by column.
    pub other: BTreeMap<String, Private>,
}

impl Record for LineListRow {
    const KIND: Kind = Kind::LineList;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let external_id = cells.required("external_id").map(Private);
        let onset = cells.period("onset");
        let exposure = cells.period("exposed_from");
        let mut row = Self {
            name: cells.private("name"),
            id_number: cells.id_number("id_number"),
            phone: cells.private("phone"),
            address: cells.private("address"),
            sex: cells.sex("sex"),
            age: cells.age("age"),
            jurisdiction: cells.division("jurisdiction"),
            onset: onset.map(|onset| onset.start.date),
            onset_latest: onset.and_then(|onset| onset.end).map(|end| end.date),
            reported: cells.stamp("reported"),
            sampled: cells.stamp("sampled"),
            diagnosed: cells.stamp("diagnosed"),
            hospitalised: cells.stamp("hospitalised"),
            died: cells.day("died"),
            ended: cells.day("ended"),
            outcome: cells.outcome("outcome"),
            place_exposed: cells.private("place_exposed"),
            exposed_from: exposure.map(|exposure| exposure.start.date),
            exposed_until: cells.day("exposed_until").or(exposure.and_then(|e| e.end).map(|end| end.date)),
            facility: cells.text("facility"),
            other: cells.other(),
            // Last, so that a row without an id still has its other problems listed.
            external_id: external_id?,
        };
        if row.outcome == Some(Outcome::Died) {
            row.died = row.died.or(row.ended);
        }
        row.check(cells);
        Some(row)
    }

    fn own_id(&self) -> Option<&str> {
        Some(&*self.external_id)
    }
}

impl LineListRow {
    /// Lists dates whose order is possible but strange.
    fn check(&self, cells: &mut Cells<'_>) {
        // Whatever is not known cannot be out of order.
        let in_order = |before: Option<Date>, after: Option<Date>| before.zip(after).is_none_or(|(b, a)| b <= a);
        if !in_order(self.exposed_from, self.exposed_until) {
            let remedy = "correct the exposure's dates";
            cells.note(
                Severity::Rejected,
                "exposed_until",
                Code::EndBeforeStart,
                "an end of exposure after its start",
                remedy,
            );
        }
        let reported = self.reported.map(|reported| reported.date);
        let hospitalised = self.hospitalised.map(|hospitalised| hospitalised.date);
        cells.strange_unless(in_order(self.onset, reported), "reported", "a report on or after the day of onset");
        cells.strange_unless(in_order(self.onset, self.died), "died", "a death on or after the day of onset");
        if !in_order(self.onset, self.ended) {
            cells.strange_unless(self.died == self.ended, "ended", "an end on or after the day of onset");
        } else {
            cells.strange_unless(
                in_order(hospitalised, self.ended),
                "ended",
                "an end on or after the admission to hospital",
            );
        }
        cells.strange_unless(
            in_order(self.exposed_from, self.onset),
            "onset",
            "an onset on or after the first exposure",
        );
        let latest = self.onset_latest.or(self.onset);
        cells.strange_unless(
            in_order(self.exposed_until, latest),
            "exposed_until",
            "an exposure that ends by the day of onset",
        );
    }
}

/// Reads a line list.
pub fn read(source: &Source, mapping: &Mapping, options: &Options) -> Result<Records<LineListRow>, ExchangeError> {
    Records::open(source, mapping, options)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fields;
    use crate::records::{Divisions, Fate, Read};
    use facts::Date;

    fn read_with(text: &str, options: &Options) -> Vec<Read<LineListRow>> {
        let source = Source::bytes("cases.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::LineList, &table.columns, &table.rows);
        read(&source, &mapping, options).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn rows(text: &str) -> Vec<Read<LineListRow>> {
        read_with(text, &Options::default())
    }

    fn codes(read: &Read<LineListRow>) -> Vec<(Code, Severity)> {
        read.problems.iter().map(|problem| (problem.code, problem.severity)).collect()
    }

    fn accepted(read: &Read<LineListRow>) -> &LineListRow {
        match &read.fate {
            Fate::Accepted(row) => row,
            other => panic!("{other:?}: {:?}", read.problems),
        }
    }

    #[test]
    fn a_chinese_line_list_reads_whole() {
        let read = rows(
            "病例编号,姓名,性别,年龄,身份证号,手机号,发病日期,报告时间,备注\n\
            A1,王某,男,3个月,410102199001011234,13800000000,2020年1月15日,2020-01-16 14:30,发热\n",
        );
        let row = accepted(&read[0]);
        assert_eq!((&*row.external_id, row.sex, row.age), ("A1", Some(Sex::Male), Some(Age::Months(3))));
        assert_eq!(row.id_number.as_ref().unwrap(), &"410102199001011234");
        assert_eq!(row.onset, Some(jiff::civil::date(2020, 1, 15)));
        assert_eq!(row.reported.unwrap().time, Some(jiff::civil::time(14, 30, 0, 0)));
        assert_eq!(row.other["备注"], "发热");
        assert!(read[0].problems.is_empty());
    }

    #[test]
    fn an_impossible_age_or_sex_costs_the_value_and_not_the_row() {
        let read = rows("id,sex,age\n1,F,130\n2,50-59,-1\n3,1,40\n");
        assert_eq!(codes(&read[0]), [(Code::BadAge, Severity::DroppedValue)]);
        assert_eq!(accepted(&read[0]).age, None);
        assert_eq!(codes(&read[1]), [(Code::BadSex, Severity::DroppedValue), (Code::BadAge, Severity::DroppedValue)]);
        assert_eq!(read[1].problems[0].value, "50-59");
        assert_eq!(accepted(&read[2]).sex, Some(Sex::Male));
    }

    #[test]
    fn an_unreadable_date_rejects_the_row_and_says_where() {
        let read = rows("id,date_onset\n1,2020-02-30\n2,2020-02-28\n3,0220-02-28\n");
        assert_eq!(codes(&read[2]), [(Code::BadDate, Severity::Rejected)]);
        assert_eq!(read[0].fate, Fate::Rejected);
        let problem = &read[0].problems[0];
        assert_eq!((problem.row, problem.column.as_deref()), (Some(2), Some("date_onset")));
        assert_eq!((problem.code, &problem.value), (Code::BadDate, &Private::from("2020-02-30")));
        accepted(&read[1]);
    }

    #[test]
    fn the_order_of_day_and_month_is_the_columns() {
        let read = rows("id,date_onset,date_report\n1,02/01/2020,02/01/2020\n2,31/01/2020,01/31/2020\n");
        let row = accepted(&read[0]);
        assert_eq!(row.onset, Some(jiff::civil::date(2020, 1, 2)));
        assert_eq!(row.reported.unwrap().date, jiff::civil::date(2020, 2, 1));
    }

    #[test]
    fn rows_against_the_columns_order_are_rejected() {
        let text = "id,date_onset\n1,13/01/2020\n2,14/01/2020\n3,01/15/2020\n4,03/04/2020\n";
        let read = rows(text);
        assert_eq!(codes(&read[2]), [(Code::DateOrder, Severity::Rejected)]);
        assert_eq!(read.iter().filter(|read| read.fate == Fate::Rejected).count(), 1);
        let source = Source::bytes("cases.csv", text.as_bytes().to_vec());
        let mapping = Mapping::empty(Kind::LineList).with("external_id=id,onset=date_onset").unwrap();
        let records = super::read(&source, &mapping, &Options::default()).unwrap();
        assert_eq!(records.notices()[0].code, Code::MixedDateOrder);
    }

    #[test]
    fn a_column_that_reads_both_ways_is_listed_unless_the_order_is_given() {
        let source = Source::bytes("cases.csv", b"id,date_onset\n1,02/01/2020\n2,03/04/2020\n".to_vec());
        let mut mapping = Mapping::empty(Kind::LineList).with("external_id=id,onset=date_onset").unwrap();
        let records = super::read(&source, &mapping, &Options::default()).unwrap();
        assert_eq!(records.notices()[0].code, Code::AmbiguousDateOrder);
        assert_eq!(records.notices()[0].row, Some(2));
        mapping.order = Some(crate::dates::Order::MonthDay);
        let mut records = super::read(&source, &mapping, &Options::default()).unwrap();
        assert!(records.notices().is_empty());
        let first = records.next().unwrap().unwrap();
        assert_eq!(accepted(&first).onset, Some(jiff::civil::date(2020, 2, 1)));
    }

    #[test]
    fn strange_dates_are_listed_and_the_row_kept() {
        let options = Options { as_of: Some(Date::constant(2020, 3, 1)), ..Options::default() };
        let read = read_with(
            "id,date_onset,date_report,date_death\n1,2020-02-05,2020-02-04,\n2,2020-02-05,,2020-02-01\n3,2020-04-01,,\n",
            &options,
        );
        assert_eq!(codes(&read[0]), [(Code::StrangeOrder, Severity::Oddity)]);
        assert_eq!(codes(&read[1]), [(Code::StrangeOrder, Severity::Oddity)]);
        assert_eq!(codes(&read[2]), [(Code::Future, Severity::Oddity)]);
        for read in &read {
            accepted(read);
        }
    }

    #[test]
    fn the_same_row_again_is_merged_and_another_under_its_id_is_queued() {
        let read = rows("id,sex\n1,F\n2,M\n1,female\n1,M\n3,F\n");
        assert_eq!(read[2].fate, Fate::Merged { first_row: 2 });
        assert!(matches!(read[3].fate, Fate::Queued { first_row: 2, .. }));
        assert_eq!(codes(&read[3]), [(Code::Duplicate, Severity::Queued)]);
        accepted(&read[4]);
    }

    #[test]
    fn a_range_of_onset_keeps_both_ends() {
        let read = rows("id,date_onset\n1,10.01.2020 - 12.01.2020\n2,12.01.2020 - 10.01.2020\n3,13.01.2020\n");
        let row = accepted(&read[0]);
        assert_eq!(
            (row.onset, row.onset_latest),
            (Some(Date::constant(2020, 1, 10)), Some(Date::constant(2020, 1, 12)))
        );
        assert_eq!(codes(&read[1]), [(Code::EndBeforeStart, Severity::Rejected)]);
    }

    #[test]
    fn division_codes_are_held_to_the_list_and_names_are_looked_up() {
        let zhengzhou: Jurisdiction = "410100".parse().unwrap();
        let divisions = Divisions {
            within: "410000".parse().unwrap(),
            codes: BTreeSet::from([zhengzhou]),
            names: BTreeMap::from([("郑州市".to_owned(), zhengzhou)]),
        };
        let options = Options { divisions: Some(divisions), ..Options::default() };
        let read = read_with("id,division_code\n1,410100\n2,410199\n3,郑州市\n4,41x\n5,320100\n", &options);
        assert_eq!(accepted(&read[0]).jurisdiction, Some(zhengzhou));
        assert_eq!(codes(&read[1]), [(Code::UnknownDivision, Severity::Rejected)]);
        assert_eq!(accepted(&read[2]).jurisdiction, Some(zhengzhou));
        assert_eq!(codes(&read[3]), [(Code::BadDivision, Severity::Rejected)]);
        assert_eq!(accepted(&read[4]).jurisdiction, "320100".parse().ok(), "another province's list is not at hand");
    }

    #[test]
    fn an_id_number_that_a_spreadsheet_rounded_is_dropped() {
        let checked = Options { id_number_is_valid: Some(|text| text.len() == 18), ..Options::default() };
        let read = read_with("id,身份证号\n1,4.10102E+17\n2,4101\n3,410102199001011234\n", &checked);
        assert_eq!(codes(&read[0]), [(Code::BadIdNumber, Severity::DroppedValue)]);
        assert_eq!(codes(&read[1]), [(Code::BadIdNumber, Severity::DroppedValue)]);
        assert!(accepted(&read[2]).id_number.is_some());
    }

    #[test]
    fn ragged_rows_are_rejected_with_their_line() {
        let read = rows("id,sex,age\n1,F,30\n2,F\n3,F,30,x\n4,F,30,\n");
        assert_eq!(codes(&read[1]), [(Code::Ragged, Severity::Rejected)]);
        assert_eq!((read[2].problems[0].row, &read[2].fate), (Some(4), &Fate::Rejected));
        accepted(&read[3]);
    }

    #[test]
    fn rows_that_an_open_quotation_mark_took_in_are_not_lost_silently() {
        let read = rows("id,sex,note\n1,F,\"open\n2,M,x\n3,F,y\n");
        assert_eq!(read.len(), 1);
        assert_eq!(codes(&read[0]), [(Code::OpenQuote, Severity::Rejected)]);
        let read = rows("id,sex,note\n1,F,\"two\nlines, really\"\n2,M,x\n");
        assert_eq!(read.iter().map(codes).collect::<Vec<_>>(), [vec![], vec![]]);
    }

    #[test]
    fn a_case_without_an_id_is_rejected_with_all_that_is_wrong_with_it() {
        let read = rows("id,sex,age\n,F,200\n");
        assert_eq!(codes(&read[0]), [(Code::Missing, Severity::Rejected), (Code::BadAge, Severity::DroppedValue)]);
        assert_eq!(read[0].fate, Fate::Rejected);
    }

    #[test]
    fn no_name_or_number_reaches_debug_output() {
        let read = rows("id,姓名,身份证号,age\nA1,王小明,410102199001011234,130\n");
        let debug = format!("{read:?}");
        assert!(!debug.contains("王小明") && !debug.contains("4101021990"), "{debug}");
    }
}
