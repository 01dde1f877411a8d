//! From a table to typed rows: what every kind of import has in common.
//!
//! Each row of the file has one [`Fate`], so that the counts add up; its problems say why.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Date, Jurisdiction, TestOutcome, Timestamp};
use jiff::tz::Offset;

use crate::dates::{self, Order, OrderSurvey, Period, Reading, Stamp};
use crate::error::ExchangeError;
use crate::fields::{Form, Kind, Mapping};
use crate::private::Private;
use crate::problem::{Code, Problem, Severity};
use crate::table::{Row, Source, TableReader};
use crate::values::{self, Age, Outcome, Sex};

/// A year before this is a slip such as 0220 for 2020; published line lists go back to the 19th century.
const FIRST_YEAR: i16 = 1800;

/// The divisions that exist, and what they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divisions {
    /// What the list covers; codes outside it are taken as they are.
    pub within: Jurisdiction,
    /// Their codes.
    pub codes: BTreeSet<Jurisdiction>,
    /// Codes by name, for files that write names; a name that several bear is left out by the caller.
    pub names: BTreeMap<String, Jurisdiction>,
}

/// What reading a file depends on beside the file.
#[derive(Debug, Clone)]
pub struct Options {
    /// The year of dates without one; absent when such dates are errors.
    pub assumed_year: Option<i16>,
    /// The day on which the file was made; dates after it are listed as strange.
    pub as_of: Option<Date>,
    /// The offset from UTC of the clocks that the office reads; China's by default.
    pub zone: Offset,
    /// What offset 0 of whole-number times stands for; 1970-01-01T00:00:00Z by default.
    pub origin: Timestamp,
    /// The divisions that exist; absent when only the form of a code can be checked.
    pub divisions: Option<Divisions>,
    /// Checks a resident id number; absent when any text passes.
    pub id_number_is_valid: Option<fn(&str) -> bool>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            assumed_year: None,
            as_of: None,
            zone: Offset::constant(8),
            origin: Timestamp::UNIX_EPOCH,
            divisions: None,
            id_number_is_valid: None,
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate<R> {
    /// It is imported.
    Accepted(R),
    /// It waits for a person: an earlier row bears its id with other content.
    Queued {
        /// The row.
        record: R,
        /// The row of the file that came first.
        first_row: u64,
    },
    /// An earlier row says the same.
    Merged {
        /// The row of the file that came first.
        first_row: u64,
    },
    /// It cannot be imported; its problems say why.
    Rejected,
}

/// One row of a file, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<R> {
    /// The row as a person sees it.
    pub row_number: u64,
    /// Its cells as they stand in the file.
    pub cells: Vec<Private>,
    /// What became of it.
    pub fate: Fate<R>,
    /// What is wrong or strange about it.
    pub problems: Vec<Problem>,
}

/// A typed row of one kind of import.
pub trait Record: Sized + Clone + PartialEq {
    /// Of which kind.
    const KIND: Kind;

    /// Reads one row. Nothing when it is rejected, which a problem in `cells` then says.
    fn read(cells: &mut Cells<'_>) -> Option<Self>;

    /// The id that a file gives to one row only; absent for kinds whose rows may repeat.
    fn own_id(&self) -> Option<&str> {
        None
    }
}

/// The mapped columns and how to read their dates.
struct Layout {
    columns: Vec<String>,
    positions: BTreeMap<&'static str, usize>,
    unmapped: Vec<usize>,
    orders: BTreeMap<&'static str, Order>,
    unit_seconds: Option<u32>,
    options: Options,
}

/// The typed rows of one file, read as they are asked for.
pub struct Records<R> {
    file: String,
    reader: TableReader,
    layout: Layout,
    notices: Vec<Problem>,
    #[allow(clippy::disallowed_types)] // only looked up, never listed
    seen: std::collections::HashMap<String, (u64, R)>,
    ended: bool,
}

impl<R: Record> Records<R> {
    /// Opens the file, checks the mapping against it and reads its dated columns once for the order of day
    /// and month.
    pub fn open(source: &Source, mapping: &Mapping, options: &Options) -> Result<Self, ExchangeError> {
        let reader = source.open()?;
        let columns = reader.columns.clone();
        let positions = mapping.positions(source.name(), &columns)?;
        let dated: Vec<(&'static str, usize)> = R::KIND
            .fields()
            .iter()
            .filter(|field| matches!(field.form, Form::Day | Form::Moment))
            .filter_map(|field| positions.get(field.name).map(|&position| (field.name, position)))
            .collect();
        let mut notices = reader.notices.clone();
        let orders = match mapping.order {
            Some(order) => dated.iter().map(|&(field, _)| (field, order)).collect(),
            None => surveyed(source, &dated, &columns, &mut notices)?,
        };
        let unmapped = (0..columns.len()).filter(|at| !positions.values().any(|mapped| mapped == at)).collect();
        let layout = Layout {
            columns,
            positions,
            unmapped,
            orders,
            unit_seconds: mapping.unit_seconds,
            options: options.clone(),
        };
        #[allow(clippy::disallowed_types)] // only looked up, never listed
        let seen = std::collections::HashMap::new();
        Ok(Self { file: source.name().to_owned(), reader, layout, notices, seen, ended: false })
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The file's columns.
    pub fn columns(&self) -> &[String] {
        &self.layout.columns
    }

    /// What was noticed about the file and its columns as a whole.
    pub fn notices(&self) -> &[Problem] {
        &self.notices
    }

    /// The encoding of a text file.
    pub fn encoding(&self) -> Option<&'static str> {
        self.reader.encoding()
    }

    /// How many rows without any content were passed over so far.
    pub fn blank_rows(&self) -> u64 {
        self.reader.blank_rows()
    }

    fn read(&mut self, row: Row) -> Read<R> {
        let mut cells = Cells { row: &row, layout: &self.layout, problems: Vec::new() };
        let record = if cells.is_whole() { R::read(&mut cells) } else { None };
        let mut problems = cells.problems;
        let rejected = problems.iter().any(|problem| problem.severity == Severity::Rejected);
        let fate = match record.filter(|_| !rejected) {
            None => Fate::Rejected,
            Some(record) => self.settle(record, row.number, &mut problems),
        };
        let cells = row.cells.into_iter().map(Private).collect();
        Read { row_number: row.number, cells, fate, problems }
    }

    /// The first row of an id is accepted; the same again is merged; another under that id waits for a person.
    fn settle(&mut self, record: R, row: u64, problems: &mut Vec<Problem>) -> Fate<R> {
        let Some(id) = record.own_id() else { return Fate::Accepted(record) };
        match self.seen.get(id) {
            None => {
                self.seen.insert(id.to_owned(), (row, record.clone()));
                Fate::Accepted(record)
            }
            Some((first_row, first)) if *first == record => Fate::Merged { first_row: *first_row },
            Some((first_row, _)) => {
                problems.push(Problem {
                    row: Some(row),
                    column: None,
                    code: Code::Duplicate,
                    value: id.into(),
                    expected: "one row for each id".into(),
                    remedy: format!("row {first_row} has this id with other content; say which is right"),
                    severity: Severity::Queued,
                });
                Fate::Queued { record, first_row: *first_row }
            }
        }
    }
}

impl<R: Record> Iterator for Records<R> {
    type Item = Result<Read<R>, ExchangeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.reader.next();
        self.ended = !matches!(row, Some(Ok(_)));
        Some(row?.map(|row| self.read(row)))
    }
}

fn surveyed(
    source: &Source,
    dated: &[(&'static str, usize)],
    columns: &[String],
    notices: &mut Vec<Problem>,
) -> Result<BTreeMap<&'static str, Order>, ExchangeError> {
    let mut surveys = vec![OrderSurvey::default(); dated.len()];
    let mut examples = vec![None; dated.len()];
    if !dated.is_empty() {
        for row in source.open()? {
            let row = row?;
            for (at, &(_, position)) in dated.iter().enumerate() {
                let Some(value) = row.cells.get(position) else { continue };
                let before = surveys[at].either;
                surveys[at].see(value);
                if surveys[at].either > before && examples[at].is_none() {
                    examples[at] = Some((row.number, value.clone()));
                }
            }
        }
    }
    let mut orders = BTreeMap::new();
    for ((&(field, position), survey), example) in dated.iter().zip(&surveys).zip(examples) {
        let order = survey.order();
        orders.insert(field, order);
        let first = if order == Order::DayMonth { "day" } else { "month" };
        let example = example.map_or((None, String::new()), |(row, value)| (Some(row), value));
        let notice = |code, (row, value), expected: String, remedy: String| Problem {
            row,
            column: Some(columns[position].clone()),
            code,
            value: Private(value),
            expected,
            remedy,
            severity: Severity::Oddity,
        };
        if survey.is_ambiguous() {
            notices.push(notice(
                Code::AmbiguousDateOrder,
                example,
                "at least one date that shows whether day or month comes first".into(),
                format!("{} dates were read with the {first} first; say --date-order if they are not", survey.either),
            ));
        }
        if survey.is_mixed() {
            notices.push(notice(
                Code::MixedDateOrder,
                (None, String::new()),
                format!("one order of day and month ({} show the day first, {} the month)", survey.day_first, survey.month_first),
                format!(
                    "the column was read with the {first} first; rows that contradict are rejected, and {} that read both ways need checking",
                    survey.either
                ),
            ));
        }
    }
    Ok(orders)
}

/// One row while it is read: gives typed values and collects problems.
pub struct Cells<'a> {
    row: &'a Row,
    layout: &'a Layout,
    problems: Vec<Problem>,
}

impl Cells<'_> {
    fn is_whole(&mut self) -> bool {
        if self.row.swallows_rows {
            self.problems.push(Problem {
                row: Some(self.row.number),
                column: None,
                code: Code::OpenQuote,
                value: Private(String::new()),
                expected: "a quotation mark that is closed in its cell; rows below have been taken into this one"
                    .into(),
                remedy: "close or remove the quotation mark, or the line breaks if the cell is one text".into(),
                severity: Severity::Rejected,
            });
            return false;
        }
        let (found, expected) = (self.row.cells.len(), self.layout.columns.len());
        let surplus = self.row.cells.iter().skip(expected).filter(|cell| !cell.is_empty()).count();
        if found >= expected && surplus == 0 {
            return true;
        }
        self.problems.push(Problem {
            row: Some(self.row.number),
            column: None,
            code: Code::Ragged,
            value: Private(format!("{found} cells")),
            expected: format!("{expected} cells, as the header has"),
            remedy: "look for a missing or surplus delimiter, or a quotation mark that is not closed".into(),
            severity: Severity::Rejected,
        });
        false
    }

    /// Notes a problem of this row; `field` may be one that is not mapped.
    pub fn note(&mut self, severity: Severity, field: &str, code: Code, expected: &str, remedy: &str) {
        let position = self.layout.positions.get(field);
        self.problems.push(Problem {
            row: Some(self.row.number),
            column: position.map(|&position| self.layout.columns[position].clone()),
            code,
            value: Private(position.and_then(|&position| self.row.cells.get(position)).cloned().unwrap_or_default()),
            expected: expected.to_owned(),
            remedy: remedy.to_owned(),
            severity,
        });
    }

    /// Notes that the row cannot be imported.
    pub fn reject(&mut self, field: &str, code: Code, expected: &str, remedy: &str) {
        self.note(Severity::Rejected, field, code, expected, remedy);
    }

    /// Notes something possible but strange.
    pub fn oddity(&mut self, field: &str, code: Code, expected: &str) {
        self.note(Severity::Oddity, field, code, expected, "check with the source; the row is kept as it stands");
    }

    fn drop_value(&mut self, field: &str, code: Code, expected: &str) {
        self.note(Severity::DroppedValue, field, code, expected, "the row is kept without this value; correct it");
    }

    /// The offset from UTC of the office's clocks.
    pub fn zone(&self) -> Offset {
        self.layout.options.zone
    }

    /// The value of a field as it stands; absent when the cell says that nothing is known.
    pub fn value(&self, field: &str) -> Option<&str> {
        let value = self.row.cells.get(*self.layout.positions.get(field)?)?;
        (!values::is_missing(value)).then_some(value)
    }

    /// A text.
    pub fn text(&self, field: &str) -> Option<String> {
        self.value(field).map(str::to_owned)
    }

    /// A text about a person.
    pub fn private(&self, field: &str) -> Option<Private> {
        self.text(field).map(Private)
    }

    /// A text that the row cannot do without.
    pub fn required(&mut self, field: &str) -> Option<String> {
        let value = self.text(field);
        if value.is_none() {
            let remedy = format!("fill it in, or map a column that is filled with --map {field}=COLUMN");
            self.reject(field, Code::Missing, &format!("a value for {field}"), &remedy);
        }
        value
    }

    /// A resident id number. One that a spreadsheet rounded or that fails the check is dropped.
    pub fn id_number(&mut self, field: &str) -> Option<Private> {
        let value = self.private(field)?;
        let rounded = value.parse::<f64>().is_ok() && value.contains(['E', 'e']);
        if rounded {
            let expected = "all digits; the spreadsheet has rounded this number, so format the column as text";
            self.drop_value(field, Code::BadIdNumber, expected);
            return None;
        }
        if self.layout.options.id_number_is_valid.is_some_and(|is_valid| !is_valid(&value)) {
            self.drop_value(field, Code::BadIdNumber, "17 digits and a check character that fits them");
            return None;
        }
        Some(value)
    }

    /// A day, moment or range. The row is rejected when it does not read: windows hang on dates.
    pub fn period(&mut self, field: &'static str) -> Option<Period> {
        let value = self.value(field)?;
        let options = &self.layout.options;
        let reading = Reading {
            order: self.layout.orders.get(field).copied().unwrap_or(Order::DayMonth),
            assumed_year: options.assumed_year,
            unit_seconds: self.layout.unit_seconds,
            origin: options.origin,
            zone: options.zone,
        };
        let period = match dates::read(value, &reading) {
            Ok(period) => period,
            Err(error) => {
                let code = if error.against_order { Code::DateOrder } else { Code::BadDate };
                self.reject(field, code, &error.expected, &error.remedy);
                return None;
            }
        };
        if period.start.date.year() < FIRST_YEAR {
            self.reject(field, Code::BadDate, &format!("a year from {FIRST_YEAR} on"), "correct the year");
            return None;
        }
        if period.vague {
            self.oddity(field, Code::VagueTime, "a time of day in figures; only the day is kept");
        }
        if let Some(end) = period.end
            && end.precedes(period.start)
        {
            self.reject(field, Code::EndBeforeStart, "a range whose end follows its start", "correct the range");
            return None;
        }
        if let Some(as_of) = options.as_of
            && period.end.unwrap_or(period.start).date > as_of
        {
            self.oddity(field, Code::Future, &format!("a date up to {as_of}"));
        }
        Some(period)
    }

    /// A day or moment; of a range the first day, which is listed.
    pub fn stamp(&mut self, field: &'static str) -> Option<Stamp> {
        let period = self.period(field)?;
        if period.end.is_some() {
            self.oddity(field, Code::DateRange, "one date; the first of the range is taken");
        }
        Some(period.start)
    }

    /// A day; of a range the first, which is listed.
    pub fn day(&mut self, field: &'static str) -> Option<Date> {
        self.stamp(field).map(|stamp| stamp.date)
    }

    /// A day or moment that the row cannot do without.
    pub fn required_period(&mut self, field: &'static str) -> Option<Period> {
        self.required(field)?;
        self.period(field)
    }

    /// Lists two dates whose order is possible but strange.
    pub fn strange_unless(&mut self, fine: bool, field: &str, expected: &str) {
        if !fine {
            self.oddity(field, Code::StrangeOrder, expected);
        }
    }

    /// A sex.
    pub fn sex(&mut self, field: &str) -> Option<Sex> {
        let read = values::sex(self.value(field).filter(|value| *value != "0" && *value != "9")?);
        if read.is_none() {
            self.drop_value(field, Code::BadSex, "female, male, 女, 男, or 1 (male) and 2 (female)");
        }
        read
    }

    /// An age; one that cannot be is dropped and the row kept, for a case without an age is still a case.
    pub fn age(&mut self, field: &str) -> Option<Age> {
        match values::age(self.value(field)?) {
            Ok(age) => Some(age),
            Err(expected) => {
                self.drop_value(field, Code::BadAge, expected);
                None
            }
        }
    }

    /// How an illness ended.
    pub fn outcome(&mut self, field: &str) -> Option<Outcome> {
        let read = values::outcome(self.value(field)?);
        if read.is_none() {
            self.drop_value(field, Code::BadOutcome, "alive, recovered, discharged, died, 治愈, 出院, 死亡");
        }
        read
    }

    /// A laboratory's finding, which the row cannot do without.
    pub fn required_result(&mut self, field: &str) -> Option<TestOutcome> {
        let read = values::test_result(&self.required(field)?);
        if read.is_none() {
            self.reject(field, Code::BadResult, "positive, negative, inconclusive, 阳性, 阴性", "write one of these");
        }
        read
    }

    /// A number of any kind; dropped when it does not read.
    pub fn number<N: std::str::FromStr>(&mut self, field: &str, expected: &str) -> Option<N> {
        let read = self.value(field)?.parse().ok();
        if read.is_none() {
            self.drop_value(field, Code::BadNumber, expected);
        }
        read
    }

    /// A division, by code or by name; the row is rejected when there is none such, as nobody would answer
    /// for it.
    pub fn division(&mut self, field: &str) -> Option<Jurisdiction> {
        let value = self.value(field)?;
        let known = self.layout.options.divisions.as_ref();
        if let Some(&named) = known.and_then(|known| known.names.get(value)) {
            return Some(named);
        }
        let Some(code) = values::division(value) else {
            self.reject(field, Code::BadDivision, "a division code of 2, 4, 6, 9 or 12 digits", "look the code up");
            return None;
        };
        if known.is_some_and(|known| known.within.contains(code) && !known.codes.contains(&code)) {
            let expected = "a known division; this is an unknown division code";
            self.reject(field, Code::UnknownDivision, expected, "look up whether the code has changed");
            return None;
        }
        Some(code)
    }

    /// What the columns say that are mapped to no field.
    pub fn other(&self) -> BTreeMap<String, Private> {
        let filled = |&&position: &&usize| self.row.cells.get(position).is_some_and(|cell| !cell.is_empty());
        let named =
            |&position: &usize| (self.layout.columns[position].clone(), Private(self.row.cells[position].clone()));
        self.layout.unmapped.iter().filter(filled).map(named).collect()
    }
}
