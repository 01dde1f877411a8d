//! What an import did, in numbers that add up and in words for a terminal.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::error::ExchangeError;
use crate::errors_file::ErrorsFile;
use crate::problem::{Code, Problem, Severity};
use crate::records::{Fate, Read, Record, Records};

/// How many problems of one code a report keeps in full; the rest are counted, and rejected rows are all in
/// the file of rejected rows.
pub const EXAMPLES_PER_CODE: usize = 100;
/// How many of them the text shows.
const SHOWN_PER_CODE: usize = 3;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The file's name.
    pub file: String,
    /// The encoding of a text file.
    pub encoding: Option<String>,
    /// Rows with content below the header: `accepted + merged + queued + rejected`.
    pub rows: u64,
    /// Rows imported.
    pub accepted: u64,
    /// Rows that say what an earlier row says.
    pub merged: u64,
    /// Rows that wait for a person.
    pub queued: u64,
    /// Rows that cannot be imported.
    pub rejected: u64,
    /// Rows without content.
    pub blank: u64,
    /// Problems of imported rows that are possible but strange.
    pub oddities: u64,
    /// Values that imported rows go without.
    pub dropped_values: u64,
    /// What was noticed about the file and its columns as a whole.
    pub notices: Vec<Problem>,
    /// How often each kind of problem occurred.
    pub counts: BTreeMap<Code, u64>,
    /// The first problems of each kind, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Reads every row, hands each accepted or queued record to `take` and writes rejected rows to `errors`.
    pub fn of<R: Record, E: From<ExchangeError>>(
        records: &mut Records<R>,
        mut errors: Option<&mut ErrorsFile<'_>>,
        mut take: impl FnMut(Read<R>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut report = Self {
            file: records.file().to_owned(),
            encoding: records.encoding().map(str::to_owned),
            notices: records.notices().to_vec(),
            ..Self::default()
        };
        for read in records.by_ref() {
            let read = read?;
            report.count(&read);
            match (&read.fate, &mut errors) {
                (Fate::Rejected, Some(errors)) => errors.write(read.row_number, &read.cells, &read.problems)?,
                (Fate::Rejected | Fate::Merged { .. }, _) => {}
                (Fate::Accepted(_) | Fate::Queued { .. }, _) => take(read)?,
            }
        }
        report.blank = records.blank_rows();
        Ok(report)
    }

    /// Takes one row into account.
    pub fn count<R>(&mut self, read: &Read<R>) {
        self.rows += 1;
        *match read.fate {
            Fate::Accepted(_) => &mut self.accepted,
            Fate::Queued { .. } => &mut self.queued,
            Fate::Merged { .. } => &mut self.merged,
            Fate::Rejected => &mut self.rejected,
        } += 1;
        let imported = matches!(read.fate, Fate::Accepted(_) | Fate::Queued { .. });
        for problem in &read.problems {
            self.oddities += u64::from(imported && problem.severity == Severity::Oddity);
            self.dropped_values += u64::from(imported && problem.severity == Severity::DroppedValue);
            let count = self.counts.entry(problem.code).or_insert(0);
            *count += 1;
            if *count <= EXAMPLES_PER_CODE as u64 {
                self.problems.push(problem.clone());
            }
        }
    }

    /// Whether every row was imported without a problem.
    pub fn is_clean(&self) -> bool {
        self.rejected == 0 && self.queued == 0 && self.counts.is_empty() && self.notices.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, rows, accepted, merged, queued, rejected, .. } = self;
        write!(f, "{file}: {rows} rows: {accepted} accepted, {merged} merged, {queued} queued, {rejected} rejected")?;
        if self.oddities + self.dropped_values > 0 {
            write!(f, "; {} oddities, {} values dropped", self.oddities, self.dropped_values)?;
        }
        if self.blank > 0 {
            write!(f, "; {} rows without content", self.blank)?;
        }
        if let Some(encoding) = self.encoding.as_ref().filter(|encoding| !encoding.eq_ignore_ascii_case("utf-8")) {
            write!(f, "; read as {encoding}")?;
        }
        writeln!(f)?;
        for notice in &self.notices {
            writeln!(f, "  {notice}")?;
        }
        for (&code, &count) in &self.counts {
            writeln!(f, "  {}: {count}", code.name())?;
            let examples = self.problems.iter().filter(|problem| problem.code == code);
            for problem in examples.take(SHOWN_PER_CODE) {
                writeln!(f, "    {problem}")?;
            }
            if count > SHOWN_PER_CODE as u64 {
                writeln!(f, "    and {} more", count - SHOWN_PER_CODE as u64)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{self, Kind};
    use crate::line_list;
    use crate::records::Options;
    use crate::table::Source;

    fn report(text: &str) -> Report {
        let source = Source::bytes("cases.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::LineList, &table.columns, &table.rows);
        let mut records = line_list::read(&source, &mapping, &Options::default()).unwrap();
        Report::of(&mut records, None, |_| Ok::<_, ExchangeError>(())).unwrap()
    }

    #[test]
    fn the_text_says_which_file_row_column_and_what_to_do() {
        let text = report("id,date_onset\n1,2020-02-30\n2,2020-02-28\n").to_string();
        for part in ["cases.csv: 2 rows", "1 accepted", "1 rejected", "row 2", "date_onset", "2020-02-30", "correct"] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }

    #[test]
    fn many_problems_of_a_kind_are_counted_and_only_the_first_kept() {
        let mut text = String::from("id,age\n");
        (0..500).for_each(|id| text.push_str(&format!("{id},200\n")));
        text.push_str("x,30\n");
        let report = report(&text.replace("id,age\n", "id,age\ny,30\n"));
        assert_eq!((report.counts[&Code::BadAge], report.dropped_values), (500, 500));
        assert_eq!(report.problems.len(), EXAMPLES_PER_CODE);
        assert!(report.to_string().contains("and 497 more"));
    }

    #[test]
    fn a_file_without_problems_is_clean() {
        assert!(report("id,age\n1,30\n").is_clean());
    }
}
