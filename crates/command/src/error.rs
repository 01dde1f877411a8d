//! What can be wrong with the files that describe a headquarters.

use thiserror::Error;

/// A file that cannot be used as it is.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// A template that is not of the form that templates have.
    #[error("the template cannot be read: {0}")]
    Template(String),
    /// A template that contradicts itself.
    #[error("template {template}, {at}: {problem}")]
    TemplateRule {
        /// The template's name.
        template: String,
        /// Where in it.
        at: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A template that does not come with the program and was not given to it.
    #[error("no template is called {id:?}; there are: {known}")]
    UnknownTemplate {
        /// The name.
        id: String,
        /// The names there are.
        known: String,
    },
    /// A table of divisions with a line that cannot be used.
    #[error("divisions, line {line}, {column}: {problem}")]
    Divisions {
        /// The line, the header being 1.
        line: u64,
        /// The column at fault.
        column: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A table of divisions that is no table.
    #[error(
        "the divisions cannot be read as CSV: {0}; \
         expected the columns code,name_zh,name_en,parent,from,to,successors"
    )]
    DivisionsCsv(String),
}
