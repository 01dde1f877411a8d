//! What makes a whole file unreadable. What is wrong with one row is a [`crate::Problem`].

use thiserror::Error;

/// A file that cannot be read, or a mapping that does not fit it. Each message says what and what to do.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// The file could not be opened or read.
    #[error("{file}: cannot be read ({source}); check that it exists, is closed in other programs and may be read")]
    Io {
        /// The file's name.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// No content.
    #[error("{file}: the file is empty; export it again and check that the sheet has rows")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// A header and nothing below it.
    #[error(
        "{file}: row {row} is a header and no row follows; a missing list is not an empty one, so nothing was imported"
    )]
    HeaderOnly {
        /// The file's name.
        file: String,
        /// The header's row.
        row: u64,
    },
    /// Bytes in no encoding that this version reads.
    #[error(
        "{file}: the text is neither UTF-8, UTF-16 nor GB18030 (first unreadable text on line {row}); save it as \"CSV UTF-8\""
    )]
    Encoding {
        /// The file's name.
        file: String,
        /// The line of the first byte that does not decode.
        row: u64,
    },
    /// Delimited text that is no table.
    #[error("{file}, row {row}: {problem}")]
    Text {
        /// The file's name.
        file: String,
        /// The line.
        row: u64,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A workbook that unpacks to far more than it should.
    #[error(
        "{file}: XLSX bomb: {problem}; it was not opened; save the sheet as CSV, or ask the sender where the file comes from"
    )]
    XlsxBomb {
        /// The file's name.
        file: String,
        /// Which limit it exceeds.
        problem: String,
    },
    /// A workbook that cannot be read.
    #[error(
        "{file}: cannot be read as an Excel workbook ({problem}); open it in Excel and save it again as .xlsx or CSV"
    )]
    Xlsx {
        /// The file's name.
        file: String,
        /// Why.
        problem: String,
    },
    /// A workbook of the format before 2007.
    #[error("{file}: a workbook of the old .xls format; open it and save it as .xlsx or CSV UTF-8")]
    OldXls {
        /// The file's name.
        file: String,
    },
    /// A Parquet file that is cut off or damaged.
    #[error(
        "{file}: the Parquet file is cut off or damaged ({problem}); copy or export it again and compare the file sizes"
    )]
    Parquet {
        /// The file's name.
        file: String,
        /// What the format's reader says.
        problem: String,
    },
    /// A mapping names a column that is not there.
    #[error("{file}: no column {column:?} for {field}; the columns are: {columns}")]
    NoColumn {
        /// The file's name.
        file: String,
        /// The field that was mapped.
        field: String,
        /// The column that was named.
        column: String,
        /// What there is.
        columns: String,
    },
    /// Fields that the kind needs and that no column gives.
    #[error("{file}: no column found for {fields}; say which with --map {example}=COLUMN; the columns are: {columns}")]
    MissingFields {
        /// The file's name.
        file: String,
        /// The fields without a column.
        fields: String,
        /// The first of them.
        example: &'static str,
        /// What there is.
        columns: String,
    },
    /// A mapping names a field that the kind does not have.
    #[error("no field {field:?} in {kind}; the fields are: {fields}")]
    NoField {
        /// The name that was given.
        field: String,
        /// The kind of import.
        kind: &'static str,
        /// What there is.
        fields: String,
    },
    /// A mapping that is not of the form `field=column,field=column`.
    #[error("--map: {found:?} is not of the form field=column,field=column")]
    MapSyntax {
        /// What was given.
        found: String,
    },
    /// A saved mapping that does not read.
    #[error("the saved mapping does not read ({0}); remove it and let the columns be guessed again")]
    SavedMapping(String),
    /// A length of a time step that does not read.
    #[error("{0:?} is not a time unit; expected minutes, seconds, hours, days or for instance 5m, 20s")]
    TimeUnit(String),
    /// An order of day and month that does not read.
    #[error("{0:?} is not an order of day and month; expected day-month or month-day")]
    DateOrder(String),
    /// A kind of import that does not exist.
    #[error("no import kind {found:?}; the kinds are: {kinds}")]
    NoKind {
        /// What was given.
        found: String,
        /// What there is.
        kinds: String,
    },
    /// Writing the file of rejected rows failed.
    #[error("the file of rejected rows cannot be written ({0}); check the disk and the folder")]
    Write(#[from] csv::Error),
}
