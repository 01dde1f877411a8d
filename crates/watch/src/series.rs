//! Counts at equal steps of time.

use facts::Date;

use crate::error::WatchError;

/// The counts of one place and syndrome, one a step of time. A count that nobody reported is none, never zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    freq: u16,
    counts: Vec<Option<u32>>,
    dates: Option<Vec<Date>>,
}

impl Series {
    /// Counts of which `freq` make a year: 365 for days, 52 for weeks, 12 for months.
    pub fn new(freq: u16, counts: Vec<Option<u32>>) -> Result<Self, WatchError> {
        if freq == 0 {
            let what = "a series has 0 counts a year".to_owned();
            return Err(WatchError::Series { what, remedy: "give freq as 365, 52, 12 or what it is" });
        }
        Ok(Self { freq, counts, dates: None })
    }

    /// The same with the day on which each step begins. Detectors that compare with the same season of earlier
    /// years then go by the calendar.
    pub fn with_dates(mut self, dates: Vec<Date>) -> Result<Self, WatchError> {
        if dates.len() != self.counts.len() {
            let what = format!("a series has {} counts and {} dates", self.counts.len(), dates.len());
            return Err(WatchError::Series { what, remedy: "give a date for every count, or for none" });
        }
        if let Some(pair) = dates.windows(2).find(|pair| pair[0] >= pair[1]) {
            let what = format!("the date {} does not come after {}", pair[1], pair[0]);
            return Err(WatchError::Series { what, remedy: "order the rows by time, each date once" });
        }
        self.dates = Some(dates);
        Ok(self)
    }

    /// How many counts make a year.
    pub fn freq(&self) -> usize {
        usize::from(self.freq)
    }

    /// How many steps of time it has, counted or not.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether it has no step at all.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The counts.
    pub fn counts(&self) -> &[Option<u32>] {
        &self.counts
    }

    /// The count at a step, from 0.
    pub fn count(&self, at: usize) -> Option<f64> {
        self.counts.get(at).copied().flatten().map(f64::from)
    }

    /// The days on which the steps begin, where they are known.
    pub fn dates(&self) -> Option<&[Date]> {
        self.dates.as_deref()
    }

    /// All counts of a stretch; none when one of them is missing.
    pub(crate) fn whole(&self, stretch: std::ops::Range<usize>) -> Option<Vec<f64>> {
        stretch.map(|at| self.count(at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_stretch_with_a_missing_count_is_no_stretch() {
        let series = Series::new(52, vec![Some(1), None, Some(0)]).unwrap();
        assert_eq!((series.whole(0..1), series.whole(0..2)), (Some(vec![1.0]), None));
        assert_eq!((series.count(2), series.count(3)), (Some(0.0), None));
    }

    #[test]
    fn dates_are_refused_unless_there_is_one_for_each_count_in_order() {
        let series = || Series::new(52, vec![Some(1), Some(2)]).unwrap();
        let day = date(2026, 1, 5);
        assert!(series().with_dates(vec![day]).unwrap_err().to_string().contains("2 counts and 1 dates"));
        assert!(series().with_dates(vec![day, day]).unwrap_err().to_string().contains("does not come after"));
        assert!(Series::new(0, vec![]).is_err());
    }
}
