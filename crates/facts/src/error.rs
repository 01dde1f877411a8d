//! What can be wrong with the vocabulary itself.

use thiserror::Error;

/// A value that is not of the form it claims.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum FactsError {
    /// An identifier of the wrong kind or shape.
    #[error("{found:?} is not an id: expected {expected}- and 13 characters")]
    Id {
        /// The prefix that was expected.
        expected: &'static str,
        /// What stood there.
        found: String,
    },
    /// A jurisdiction code that does not follow GB/T 2260 (2, 4, 6, 9 or 12 digits).
    #[error("{0:?} is not a division code: expected 2, 4, 6, 9 or 12 digits")]
    Jurisdiction(String),
    /// Something other than a letter's name.
    #[error("{0:?} is not a letter: expected let- and 32 hexadecimal digits")]
    Letter(String),
    /// A span whose end does not lie after its start.
    #[error("the span ends at {end}, which is not after its start {start}")]
    Span {
        /// Start of the span.
        start: jiff::Timestamp,
        /// End of the span.
        end: jiff::Timestamp,
    },
    /// A fact of a format that this version cannot read.
    #[error("fact format {0} is not known to this version; upgrade before reading this journal")]
    Format(u32),
    /// A draft that may not enter the journal.
    #[error("{field}: {problem}")]
    Draft {
        /// The field at fault.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Bytes that are not a fact.
    #[error("not a fact: {0}")]
    Json(String),
}
