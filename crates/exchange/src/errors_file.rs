//! The file of rejected rows: the original columns, what is wrong, what to do. Corrected, it imports again.

use std::io::Write;

use crate::error::ExchangeError;
use crate::private::Private;
use crate::problem::{Problem, Severity};

/// The columns that the file has beyond the original ones; reading it again passes them over.
pub const ADDED: [&str; 4] = ["error_row", "error_column", "error_problem", "error_remedy"];

/// Whether these are the columns of a file of rejected rows.
pub(crate) fn is_errors_file(columns: &[String]) -> bool {
    ADDED.iter().all(|added| columns.iter().any(|column| column == added))
}

pub(crate) fn is_added(column: &str) -> bool {
    ADDED.contains(&column)
}

/// What makes a spreadsheet take a cell for a formula. The apostrophe is among them so that a guarded cell
/// and one that began with an apostrophe stay apart.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// The cell with an apostrophe before it where a spreadsheet would run it as a formula.
fn guarded(cell: &str) -> String {
    if cell.starts_with(GUARDED) { format!("'{cell}") } else { cell.to_owned() }
}

/// Takes the apostrophe away again.
pub(crate) fn unguard(cell: &mut String) {
    if cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(GUARDED)) {
        cell.remove(0);
    }
}

/// Writes rejected rows as CSV in UTF-8 with a mark, so that Excel opens it as it is.
pub struct ErrorsFile<'a> {
    writer: csv::Writer<Box<dyn Write + Send + 'a>>,
    columns: usize,
    rows: u64,
}

impl<'a> ErrorsFile<'a> {
    /// Begins the file with the header.
    pub fn new(mut writer: impl Write + Send + 'a, columns: &[String]) -> Result<Self, ExchangeError> {
        writer.write_all("\u{feff}".as_bytes()).map_err(csv::Error::from)?;
        let writer: Box<dyn Write + Send + 'a> = Box::new(writer);
        let mut writer = csv::Writer::from_writer(writer);
        let header = columns.iter().map(|column| guarded(column)).chain(ADDED.map(str::to_owned));
        writer.write_record(header)?;
        Ok(Self { writer, columns: columns.len(), rows: 0 })
    }

    /// Adds a rejected row with everything that is wrong with it.
    pub fn write(&mut self, row_number: u64, cells: &[Private], problems: &[Problem]) -> Result<(), ExchangeError> {
        let wrong: Vec<&Problem> = problems.iter().filter(|problem| problem.severity != Severity::Oddity).collect();
        let joined = |part: &dyn Fn(&Problem) -> String| {
            wrong.iter().map(|problem| part(problem)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
        };
        let mut problem = joined(&|problem| format!("{}: expected {}", problem.code.name(), problem.expected));
        // Cells beyond the header have no column of their own and must not push the others aside.
        let surplus: Vec<&str> = cells.iter().skip(self.columns).map(|cell| &**cell).collect();
        if !surplus.is_empty() {
            problem.push_str(&format!("; cells beyond the header: {}", surplus.join(" | ")));
        }
        let original = (0..self.columns).map(|at| cells.get(at).map(|cell| &**cell).unwrap_or_default());
        let added = [
            row_number.to_string(),
            joined(&|problem| problem.column.clone().unwrap_or_default()),
            problem,
            joined(&|problem| problem.remedy.clone()),
        ];
        let added: Vec<String> = added.iter().map(|cell| guarded(cell)).collect();
        self.writer.write_record(original.map(guarded).chain(added))?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file; how many rows it holds.
    pub fn finish(mut self) -> Result<u64, ExchangeError> {
        self.writer.flush().map_err(csv::Error::from)?;
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{self, Kind};
    use crate::line_list;
    use crate::records::{Fate, Options};
    use crate::report::Report;
    use crate::table::Source;
    use proptest::prelude::*;

    /// The report of an import and its file of rejected rows.
    fn import(text: &str) -> (Report, String) {
        let source = Source::bytes("cases.csv", text.as_bytes().to_vec());
        let table = source.table().unwrap();
        let mapping = fields::guess(Kind::LineList, &table.columns, &table.rows);
        let mut records = line_list::read(&source, &mapping, &Options::default()).unwrap();
        let mut bytes = Vec::new();
        let mut errors = ErrorsFile::new(&mut bytes, records.columns()).unwrap();
        let report = Report::of(&mut records, Some(&mut errors), |_| Ok::<_, ExchangeError>(())).unwrap();
        errors.finish().unwrap();
        (report, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn rejected_rows_come_back_corrected() {
        let (report, errors) = import("id,date_onset,note\n1,2020-01-02,\n2,2020-02-30,=1+1\n");
        assert_eq!((report.accepted, report.rejected), (1, 1));
        assert!(errors.starts_with('\u{feff}') && errors.contains("'=1+1"), "{errors}");
        assert!(errors.contains("bad-date") && errors.contains(",3,date_onset,"), "{errors}");
        let (report, _) = import(&errors.replace("2020-02-30", "2020-02-28"));
        assert_eq!((report.accepted, report.rejected), (1, 0));
    }

    #[test]
    fn a_corrected_file_gives_the_cells_as_they_were() {
        let (_, errors) = import("id,date_onset,note\n1,x,=1+1\n2,x,'quoted\n3,x,-5\n");
        let table = Source::bytes("errors.csv", errors.into_bytes()).table().unwrap();
        assert_eq!(table.columns, ["id", "date_onset", "note"]);
        let notes: Vec<&str> = table.rows.iter().map(|row| row.cells[2].as_str()).collect();
        assert_eq!(notes, ["=1+1", "'quoted", "-5"]);
    }

    #[test]
    fn an_ordinary_file_keeps_its_apostrophes() {
        let table = Source::bytes("a.csv", b"id,note\n1,'=x\n".to_vec()).table().unwrap();
        assert_eq!(table.rows[0].cells[1], "'=x");
    }

    #[test]
    fn a_row_with_surplus_cells_keeps_its_columns_in_place() {
        let (_, errors) = import("id,date_onset\n1,2020-01-02\n2,2020-01-03,surplus\n");
        let line = errors.lines().nth(1).unwrap();
        assert!(line.starts_with("2,2020-01-03,3,") && line.contains("surplus"), "{line}");
    }

    proptest! {
        #[test]
        fn guarding_is_undone_exactly(cell in "['=+@\\-\ta-z]{0,6}") {
            let mut back = guarded(&cell);
            prop_assert!(!back.starts_with(['=', '+', '-', '@', '\t']));
            unguard(&mut back);
            prop_assert_eq!(back, cell);
        }

        #[test]
        fn counts_add_up_whatever_the_file_holds(
            rows in prop::collection::vec(("[1-3]?", "[mfx]?", "[0-9]{0,3}", "2020-0[1-2]-(28|30)|x|", "(,y)?"), 1..40)
        ) {
            let mut text = String::from("id,sex,age,date_onset\n");
            for (id, sex, age, onset, surplus) in &rows {
                text.push_str(&format!("{id},{sex},{age},{onset}{surplus}\n"));
            }
            if rows.iter().any(|(id, sex, age, onset, surplus)| [id, sex, age, onset, surplus].iter().any(|c| !c.is_empty())) {
                let (report, errors) = import(&text);
                prop_assert_eq!(report.accepted + report.merged + report.queued + report.rejected, report.rows);
                prop_assert_eq!(report.rows + report.blank, rows.len() as u64);
                prop_assert_eq!(errors.lines().count() as u64, report.rejected + 1);
            }
        }
    }

    #[test]
    fn fates_are_counted_each_once() {
        let (report, _) = import("id,sex\n1,F\n1,F\n1,M\n,F\n");
        assert_eq!([report.accepted, report.merged, report.queued, report.rejected], [1; 4]);
        let _: Fate<()> = Fate::Rejected;
    }
}
