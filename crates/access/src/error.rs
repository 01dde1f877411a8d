//! What can go wrong while it is found out who someone is and what they may do.

use std::fmt::Display;

use thiserror::Error;

/// A failure; none of them repeats a secret.
#[derive(Debug, Error)]
pub enum AccessError {
    /// A policy cannot be read or evaluated.
    #[error("policies: {place}: {problem}")]
    Policy {
        /// The file, or what was made from it.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A secret that was kept cannot be opened.
    #[error("the {what} of an account cannot be opened; was the file of keys replaced?")]
    Sealed {
        /// What it is.
        what: &'static str,
    },
    /// The provider of single sign-on, or how it is set up.
    #[error("single sign-on: {doing}: {problem}")]
    Provider {
        /// What was being done.
        doing: &'static str,
        /// What went wrong.
        problem: String,
    },
}

impl AccessError {
    pub(crate) fn policy(place: &str, problem: impl Display) -> Self {
        Self::Policy { place: place.to_owned(), problem: problem.to_string() }
    }

    pub(crate) fn provider<E: std::error::Error>(doing: &'static str) -> impl Fn(E) -> Self {
        move |error| {
            let mut problem = error.to_string();
            let mut cause = error.source();
            while let Some(inner) = cause {
                problem = format!("{problem}: {inner}");
                cause = inner.source();
            }
            Self::Provider { doing, problem }
        }
    }
}
