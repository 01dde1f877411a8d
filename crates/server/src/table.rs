//! Answers as files: CSV in UTF-8 with a mark, so that Excel opens it as it is.

use std::fmt::Display;

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// What makes a spreadsheet take a cell for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A table on its way out.
pub struct Table {
    text: String,
}

/// A cell that may be empty.
pub fn cell(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[&str]) -> Self {
        let mut table = Self { text: "\u{feff}".to_owned() };
        table.row(columns.iter().map(|&column| column.to_owned()));
        table
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        for (number, mut cell) in cells.into_iter().enumerate() {
            if number > 0 {
                self.text.push(',');
            }
            // Numbers may begin with a minus; names of places that people typed in may not run as formulas.
            if cell.starts_with(FORMULA) && cell.parse::<f64>().is_err() {
                cell.insert(0, '\'');
            }
            if cell.contains([',', '"', '\n', '\r']) {
                self.text.push('"');
                self.text.push_str(&cell.replace('"', "\"\""));
                self.text.push('"');
            } else {
                self.text.push_str(&cell);
            }
        }
        self.text.push_str("\r\n");
    }

    /// The answer to a request, kept under a name.
    pub fn download(self, name: &str) -> Response {
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        let headers =
            [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
        (headers, self.text).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_run_as_no_formula() {
        let mut table = Table::new(&["a", "b"]);
        table.row(["五号桌, \"东\"".to_owned(), "=1+1".to_owned()]);
        table.row(["-3.5".to_owned(), "-x".to_owned()]);
        assert_eq!(table.text, "\u{feff}a,b\r\n\"五号桌, \"\"东\"\"\",'=1+1\r\n-3.5,'-x\r\n");
    }
}
