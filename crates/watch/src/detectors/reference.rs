//! Which earlier counts a count is compared with: windows around the same time of earlier years.

use std::ops::Range;

use facts::Date;
use jiff::SignedDuration;

use crate::error::WatchError;
use crate::series::Series;

/// Refuses to compare with neither earlier years nor recent counts.
pub(super) fn some(years: usize, current: bool) -> Result<(), WatchError> {
    if years > 0 || current {
        return Ok(());
    }
    let (name, value) = ("actY".to_owned(), "FALSE".to_owned());
    Err(WatchError::Parameter { name, value, expected: "TRUE where b is 0, or nothing is compared with".to_owned() })
}

/// The steps before `at` (where `current` says so) and those around it in each of `years` earlier years,
/// counted in steps; `half` steps to either side. As a plain calendar of `freq` steps a year has them.
pub(super) fn by_steps(at: usize, freq: usize, years: usize, half: usize, current: bool) -> Vec<Range<usize>> {
    let recent = current.then(|| at - half..at);
    let earlier = (1..=years).map(|year| at - year * freq - half..at - year * freq + half + 1);
    recent.into_iter().chain(earlier).collect()
}

/// How the steps of a dated series follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Day,
    Week,
    Month,
}

impl Step {
    /// None for series that follow no calendar.
    pub fn of(series: &Series) -> Option<Self> {
        series.dates()?;
        match series.freq() {
            365 | 366 => Some(Self::Day),
            52 | 53 => Some(Self::Week),
            12 => Some(Self::Month),
            _ => None,
        }
    }

    fn along(self, from: Date, steps: i64) -> Option<Date> {
        match self {
            Self::Day => plus_days(from, steps),
            Self::Week => plus_days(from, 7 * steps),
            Self::Month => {
                let months = i64::from(from.year()) * 12 + i64::from(from.month()) - 1 + steps;
                overflowing(months.div_euclid(12), months.rem_euclid(12) + 1, from.day())
            }
        }
    }
}

/// The same day so many years earlier; 29 February becomes 1 March.
pub(super) fn years_before(day: Date, years: i64) -> Option<Date> {
    overflowing(i64::from(day.year()) - years, i64::from(day.month()), day.day())
}

/// The nearest day with the weekday of `like`.
pub(super) fn same_weekday(day: Date, like: Date) -> Option<Date> {
    let offset = |day: Date| i64::from(day.weekday().to_monday_zero_offset());
    let behind = (offset(day) - offset(like)).rem_euclid(7);
    plus_days(day, if behind <= 3 { -behind } else { 7 - behind })
}

/// The steps whose dates lie `half` steps around the same day of earlier years, the farthest year first. Dates
/// that the series does not have are left out; the second number counts them.
pub(super) fn by_calendar(dates: &[Date], step: Step, at: usize, years: usize, half: usize) -> (Vec<usize>, usize) {
    let today = dates[at];
    let (mut found, mut absent) = (Vec::new(), 0);
    for year in (1..=years as i64).rev() {
        for offset in -(half as i64)..=half as i64 {
            let day = years_before(today, year).and_then(|day| step.along(day, offset)).and_then(|day| match step {
                Step::Day => Some(day),
                Step::Week => same_weekday(day, today),
                Step::Month => plus_days(day, i64::from(today.day()) - i64::from(day.day())),
            });
            match day.and_then(|day| dates.binary_search(&day).ok()) {
                Some(place) => found.push(place),
                None => absent += 1,
            }
        }
    }
    (found, absent)
}

fn plus_days(day: Date, days: i64) -> Option<Date> {
    day.checked_add(SignedDuration::from_hours(24 * days)).ok()
}

/// A day that its month does not have runs over into the next.
fn overflowing(year: i64, month: i64, day: i8) -> Option<Date> {
    let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    plus_days(first, i64::from(day) - 1)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn windows_lie_around_the_same_step_of_earlier_years() {
        assert_eq!(by_steps(120, 52, 2, 1, false), [67..70, 15..18]);
        assert_eq!(by_steps(120, 52, 0, 6, true), std::iter::once(114..120).collect::<Vec<_>>());
    }

    #[test]
    fn days_that_do_not_exist_run_over() {
        assert_eq!(years_before(date(2024, 2, 29), 1), Some(date(2023, 3, 1)));
        assert_eq!(Step::Month.along(date(2023, 1, 31), 1), Some(date(2023, 3, 3)));
        assert_eq!(Step::Month.along(date(2023, 1, 15), -1), Some(date(2022, 12, 15)));
    }

    #[test]
    fn weeks_are_matched_to_the_nearest_same_weekday() {
        let monday = date(2026, 3, 9);
        assert_eq!(same_weekday(date(2025, 3, 9), monday), Some(date(2025, 3, 10)));
        assert_eq!(same_weekday(date(2025, 3, 13), monday), Some(date(2025, 3, 10)));
        assert_eq!(same_weekday(date(2025, 3, 14), monday), Some(date(2025, 3, 17)));
    }
}
