//! What is wrong with one row or value, said so that the person who keeps the file can put it right.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::private::Private;

/// What became of the row because of the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The row was not imported.
    Rejected,
    /// The row waits for a person to decide; others are not held up.
    Queued,
    /// The row was imported without this value.
    DroppedValue,
    /// The row was imported as it stands; it is possible but strange.
    Oddity,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What kind of problem it is; its text is stable, so that scripts may rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// The stable text.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// A row has more or fewer cells than the header.
    Ragged = "ragged",
    /// A quotation mark that is not closed has taken the rows below into its cell.
    OpenQuote = "open-quote",
    /// A value that the row cannot do without is missing.
    Missing = "missing",
    /// Not a date.
    BadDate = "bad-date",
    /// A date against the order of day and month that the rest of its column shows.
    DateOrder = "date-order",
    /// Every date of a column reads both ways.
    AmbiguousDateOrder = "ambiguous-date-order",
    /// A column holds dates in both orders.
    MixedDateOrder = "mixed-date-order",
    /// A time of day in words, of which only the day was kept.
    VagueTime = "vague-time",
    /// A range of days where one day belongs; its first day was taken.
    DateRange = "date-range",
    /// An end before its start.
    EndBeforeStart = "end-before-start",
    /// An end equal to its start.
    NoDuration = "no-duration",
    /// Dates in an order that is possible but strange.
    StrangeOrder = "strange-order",
    /// A date after the day the file was made.
    Future = "future",
    /// Not a sex.
    BadSex = "bad-sex",
    /// Not an age, or an impossible one.
    BadAge = "bad-age",
    /// Not a test result.
    BadResult = "bad-result",
    /// Not an outcome of illness.
    BadOutcome = "bad-outcome",
    /// Not a number.
    BadNumber = "bad-number",
    /// Not a division code.
    BadDivision = "bad-division",
    /// A division code that no division of the list bears.
    UnknownDivision = "unknown-division",
    /// An id number that fails the check.
    BadIdNumber = "bad-id-number",
    /// A person as their own contact.
    SamePerson = "same-person",
    /// An id that an earlier row bears with other content.
    Duplicate = "duplicate",
    /// A geocode outside the division it should lie in.
    GeocodeOutside = "geocode-outside",
    /// Rows above the header.
    RowsAboveHeader = "rows-above-header",
    /// Two columns of one name.
    DuplicateColumn = "duplicate-column",
    /// A workbook has further sheets with content.
    OtherSheets = "other-sheets",
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The row as a person sees it: the line of a text file, the row of a sheet, the row of a Parquet file.
    /// Absent when it concerns a column or the file.
    pub row: Option<u64>,
    /// The column, as the file names it.
    pub column: Option<String>,
    /// What kind of problem.
    pub code: Code,
    /// The value as it stands in the file.
    pub value: Private,
    /// What was expected.
    pub expected: String,
    /// What to do about it.
    pub remedy: String,
    /// What became of the row.
    pub severity: Severity,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}, ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "column {column:?}, ")?;
        }
        write!(f, "{}", self.code.name())?;
        if !self.value.is_empty() {
            write!(f, ": found {:?}", &*self.value)?;
        }
        write!(f, "; expected {}; {}", self.expected, self.remedy)
    }
}
