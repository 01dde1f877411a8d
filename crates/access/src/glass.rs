//! Breaking the glass (紧急授权): for how long, and by when somebody else has to have looked at it.

use facts::Timestamp;
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why somebody has to see people beyond their jurisdiction at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// Somebody is in danger.
    LifeAtRisk,
    /// Who would have to do it cannot be reached.
    OfficerAbsent,
    /// Someone crossed the border of two jurisdictions, and has to be found now.
    CrossBorder,
    /// The system keeps somebody from their work.
    SystemFault,
    /// Something else; the words say what.
    Other,
}

/// What whoever looked at it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It had to be.
    Justified,
    /// It had not.
    NotJustified,
}

/// When glass was broken, and when it is whole again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlassTimes {
    /// When it was broken.
    pub opened: Timestamp,
    /// When it is whole again by itself.
    pub until: Timestamp,
    /// When its breaker ended it earlier.
    pub closed: Option<Timestamp>,
    /// When somebody else looked at it.
    pub reviewed: Option<Timestamp>,
}

impl GlassTimes {
    /// The shortest and the longest time it may be asked for, in minutes.
    pub const MINUTES: std::ops::RangeInclusive<u32> = 15..=240;
    /// By when after its end it has to be reviewed, in hours.
    pub const REVIEW_HOURS: i64 = 24;
    /// How much the reason has to say, in characters.
    pub const REASON_CHARACTERS_MIN: usize = 10;

    /// Broken at a time for so many minutes; none when that is too short or too long.
    pub fn broken(at: Timestamp, minutes: u32) -> Option<Self> {
        let minutes = Self::MINUTES.contains(&minutes).then_some(minutes)?;
        let until = at.checked_add(i64::from(minutes).minutes()).ok()?;
        Some(Self { opened: at, until, closed: None, reviewed: None })
    }

    /// When it ends, or ended.
    pub fn end(&self) -> Timestamp {
        self.closed.map_or(self.until, |closed| closed.min(self.until))
    }

    /// Whether it is broken at a time.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.opened <= at && at < self.end()
    }

    /// By when somebody else has to have looked at it.
    pub fn review_due(&self) -> Timestamp {
        self.end().checked_add(Self::REVIEW_HOURS.hours()).unwrap_or(Timestamp::MAX)
    }

    /// Whether nobody has looked at it in time.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        self.reviewed.is_none() && self.review_due() <= at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_657_414_800 + minute * 60).unwrap()
    }

    #[test]
    fn it_ends_by_itself() {
        let glass = GlassTimes::broken(at(0), 60).unwrap();
        assert!(glass.is_open(at(0)) && glass.is_open(at(59)));
        assert!(!glass.is_open(at(60)) && !glass.is_open(at(-1)));
    }

    #[test]
    fn it_may_end_earlier_and_never_later() {
        let glass = GlassTimes { closed: Some(at(10)), ..GlassTimes::broken(at(0), 60).unwrap() };
        assert!(glass.is_open(at(9)) && !glass.is_open(at(10)));
        assert_eq!(GlassTimes { closed: Some(at(90)), ..glass }.end(), at(60));
    }

    #[test]
    fn nobody_breaks_it_for_a_moment_or_for_a_day() {
        for minutes in [0, 14, 241, u32::MAX] {
            assert_eq!(GlassTimes::broken(at(0), minutes), None, "{minutes}");
        }
    }

    #[test]
    fn it_is_reviewed_within_a_day_of_its_end() {
        let glass = GlassTimes { closed: Some(at(10)), ..GlassTimes::broken(at(0), 60).unwrap() };
        assert!(!glass.is_overdue(at(10 + 24 * 60 - 1)));
        assert!(glass.is_overdue(at(10 + 24 * 60)));
        assert!(!GlassTimes { reviewed: Some(at(20)), ..glass }.is_overdue(at(100_000)));
    }
}
