//! A stay: one person in one unit for one span of time.

use facts::{FactId, PersonId, UnitId, VisitRow};

/// Seconds since 1970-01-01T00:00Z, or since any other zero that a file of offsets uses.
pub type Seconds = i64;

/// A half-open window of time, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// The first second inside.
    pub from: Seconds,
    /// The first second after.
    pub until: Seconds,
}

impl Window {
    /// All of time.
    pub const ALWAYS: Self = Self { from: Seconds::MIN, until: Seconds::MAX };

    /// The part that both share, when it is longer than nothing.
    #[inline]
    pub fn overlap(self, other: Self) -> Option<Self> {
        let shared = Self { from: self.from.max(other.from), until: self.until.min(other.until) };
        (shared.from < shared.until).then_some(shared)
    }

    /// Its length in seconds.
    #[inline]
    pub fn seconds(self) -> i64 {
        self.until.saturating_sub(self.from)
    }
}

/// Where the record of a stay can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A fact of its own: an interview, a ticket, a correction.
    Fact(FactId),
    /// A row of a sealed batch, by the fact that journalled the batch.
    Batch(FactId, u32),
    /// A row that is acknowledged and not yet batched, by its number in the intake log.
    Intake(u64, u32),
}

/// One person in one unit for one span of time, and where that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stay {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub unit: UnitId,
    /// When.
    pub window: Window,
    /// Whether the end is assumed, because only the entry was recorded.
    pub assumed_end: bool,
    /// The row of seats, in a vehicle.
    pub seat_row: Option<u16>,
    /// Where it is recorded.
    pub origin: Origin,
}

impl Stay {
    /// The stay that a row records; one without an end lasts `assumed_dwell_minutes`.
    pub fn of_row(row: &VisitRow, assumed_dwell_minutes: u32, origin: Origin) -> Self {
        let from = row.start.as_second();
        let assumed = from + Seconds::from(assumed_dwell_minutes) * 60;
        Self {
            person: row.person,
            unit: row.unit,
            window: Window { from, until: row.end.map_or(assumed, |end| end.as_second()) },
            assumed_end: row.end.is_none(),
            seat_row: row.seat_row,
            origin,
        }
    }
}
