//! Working hours: a clock that runs on working days only, for what a plan gives working hours for.

use std::collections::BTreeSet;

use facts::{Date, Timestamp};
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

/// The longest time that a calendar looks ahead, in days: one without any working hours ends there.
const DAYS_MAX: usize = 3660;

/// When people are at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Where days begin.
    pub zone: TimeZone,
    /// Hours of the day, from and until.
    pub hours: (i8, i8),
    /// Days of the week, Monday being 1.
    pub days: BTreeSet<i8>,
    /// Days that are free all the same.
    pub holidays: BTreeSet<Date>,
    /// Days that are worked all the same (调休).
    pub make_up_days: BTreeSet<Date>,
}

impl Calendar {
    /// Whether a day is worked.
    pub fn is_worked(&self, day: Date) -> bool {
        let weekday = day.weekday().since(Weekday::Monday) + 1;
        let regular = self.days.contains(&weekday) && !self.holidays.contains(&day);
        regular || self.make_up_days.contains(&day)
    }

    /// The time when so many minutes were worked; none when nobody works for ten years.
    pub fn after(&self, from: Timestamp, minutes: u32) -> Option<Timestamp> {
        let mut left = SignedDuration::from_mins(i64::from(minutes));
        let mut day = self.zone.to_datetime(from).date();
        for _ in 0..DAYS_MAX {
            if self.is_worked(day) {
                let hour = |hour: i8| self.zone.to_timestamp(day.to_datetime(Time::new(hour, 0, 0, 0).ok()?)).ok();
                let (opens, closes) = (hour(self.hours.0)?.max(from), hour(self.hours.1)?);
                let worked = closes.duration_since(opens).max(SignedDuration::ZERO);
                if worked >= left && worked > SignedDuration::ZERO {
                    return opens.checked_add(left).ok();
                }
                left = left.saturating_sub(worked);
            }
            day = day.checked_add(1.day()).ok()?;
        }
        None
    }
}
