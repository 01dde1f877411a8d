//! What a detector says about one count.

use std::fmt;

/// A judgement, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// The count was judged.
    Judged(Judgement),
    /// It was not, and that is no all-clear.
    Silent(Silence),
}

impl Outcome {
    /// The judgement, if there is one.
    pub fn judgement(&self) -> Option<&Judgement> {
        match self {
            Self::Judged(judgement) => Some(judgement),
            Self::Silent(_) => None,
        }
    }

    /// Whether the count was judged to be an alarm.
    pub fn is_alarm(&self) -> bool {
        self.judgement().is_some_and(|judgement| judgement.alarm)
    }

    pub(crate) fn judged(expected: Option<f64>, upper_bound: f64, alarm: bool) -> Self {
        Self::Judged(Judgement { expected, upper_bound: Some(upper_bound), alarm, too_few: false })
    }
}

/// What a detector found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// How many were to be expected, where the method says so.
    pub expected: Option<f64>,
    /// The bound in the method's own scale: mostly the count above which it alarms. None where the method
    /// decides without one.
    pub upper_bound: Option<f64>,
    /// Whether it alarms.
    pub alarm: bool,
    /// Whether it cannot alarm because there were too few cases in the last steps for its rule of minimum.
    pub too_few: bool,
}

/// Why a count was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Earlier counts than the series has are needed.
    NotEnoughHistory {
        /// How many counts must come before.
        needs: usize,
        /// How many do.
        has: usize,
    },
    /// Nobody reported the count itself.
    Missing,
    /// Counts that it would be compared with are missing.
    MissingBaseline,
    /// The counts that it would be compared with do not vary, or are all zero, so that there is no scale.
    NoVariation,
    /// No model could be fitted to the counts that it would be compared with.
    NotFitted,
}

impl Silence {
    /// All codes.
    pub const CODES: [&str; 5] = ["not-enough-history", "missing", "missing-baseline", "no-variation", "not-fitted"];

    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotEnoughHistory { .. } => "not-enough-history",
            Self::Missing => "missing",
            Self::MissingBaseline => "missing-baseline",
            Self::NoVariation => "no-variation",
            Self::NotFitted => "not-fitted",
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnoughHistory { needs, has } => write!(f, "needs {needs} counts before this one, has {has}"),
            Self::Missing => f.write_str("this count is missing"),
            Self::MissingBaseline => f.write_str("counts to compare with are missing"),
            Self::NoVariation => f.write_str("the counts to compare with do not vary or are all zero"),
            Self::NotFitted => f.write_str("no model fits the counts to compare with"),
        }
    }
}
