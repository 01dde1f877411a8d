//! Half-open spans of time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::FactsError;

/// `[start, end)`, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Span {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
struct Written {
    start: Timestamp,
    end: Timestamp,
}

impl TryFrom<Written> for Span {
    type Error = FactsError;
    fn try_from(written: Written) -> Result<Self, FactsError> {
        Self::new(written.start, written.end)
    }
}

impl Span {
    /// A span, refused when it would be empty or backwards.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, FactsError> {
        if start < end { Ok(Self { start, end }) } else { Err(FactsError::Span { start, end }) }
    }

    /// The first instant inside.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// The part that both share.
    pub fn overlap(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// Whole minutes, rounded down.
    pub fn minutes(&self) -> i64 {
        (self.end.as_second() - self.start.as_second()) / 60
    }
}
