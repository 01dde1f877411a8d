//! What cannot be derived, and what to do about it.

use thiserror::Error;

/// Why no sources were derived. Cases and links are named by their place in what was given, from 0: ids may
/// be people's.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ChainsError {
    /// A delay whose numbers make no distribution.
    #[error(
        "the plan's {what} has mean {mean_days} and sd {sd_days} days, which no {family} distribution has; \
         correct delays.{what} in the plan"
    )]
    Delay {
        /// Which delay, as the plan names it.
        what: &'static str,
        /// Its family.
        family: String,
        /// Its mean.
        mean_days: f64,
        /// Its standard deviation.
        sd_days: f64,
    },
    /// Two cases with one id.
    #[error("case {second} has the id of case {first}; give each case once")]
    SameCase {
        /// The place of the one.
        first: usize,
        /// The place of the other.
        second: usize,
    },
    /// A strength that is none.
    #[error("link {link} has strength {strength}; expected a number from 0 to 1")]
    Strength {
        /// The link's place.
        link: usize,
        /// What it has.
        strength: f64,
    },
    /// A link of someone who is not among the cases.
    #[error("link {link} names someone who is not among the cases; leave it out, or give that case too")]
    Stranger {
        /// The link's place.
        link: usize,
    },
    /// An option that is no usable weight.
    #[error("the option {name} is {value}; expected {expected}")]
    Option {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
}
