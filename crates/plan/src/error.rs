//! What can be wrong with the text of a plan, before its content is looked at.

use thiserror::Error;

/// A plan that cannot be read, or that is not shipped.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum PlanError {
    /// The text is not a plan: not TOML, or a value that is missing, unknown or of another form.
    #[error("plan, line {line}, column {column}, at {path}: {problem}; {remedy}")]
    Form {
        /// The innermost key around the fault, for instance `deadlines.report_hours.unit`.
        path: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What stands there and what was expected.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No plan of that name comes with this version.
    #[error("no plan named {id:?} comes with this version; there are {known}")]
    Unknown {
        /// The name that was asked for.
        id: String,
        /// The names there are, separated by commas.
        known: String,
    },
}
