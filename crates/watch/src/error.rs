//! What cannot be judged or estimated, and what to do about it.

use thiserror::Error;

/// Why nothing was judged or estimated.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum WatchError {
    /// A method that is not known.
    #[error("there is no method {name:?}; expected one of {known}")]
    Method {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A parameter with a value that it cannot have.
    #[error("the parameter {name} is {value:?}; expected {expected}")]
    Parameter {
        /// Its name.
        name: String,
        /// What was given.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// A parameter that the method does not have.
    #[error("{method} has no parameter {name:?}; it has {known}")]
    UnknownParameter {
        /// The method.
        method: String,
        /// What was given.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// A series that is none.
    #[error("{what}; {remedy}")]
    Series {
        /// What is wrong with it.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Numbers from which nothing can be estimated.
    #[error("{what} cannot be estimated: {why}; {remedy}")]
    Estimate {
        /// What should have been estimated.
        what: &'static str,
        /// Why it cannot be.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
}
