//! How fast counts grow, and in what time they double or halve.

use crate::distributions::normal_quantile;
use crate::error::WatchError;
use crate::regression::{Row, fit};

/// The growth of counts over some steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// By how much the logarithm grows with a step.
    pub rate: f64,
    /// The interval of the rate.
    pub interval: (f64, f64),
    /// How much more the counts vary than Poisson counts; never below 1.
    pub dispersion: f64,
}

/// A time with its interval, in steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    /// The likeliest.
    pub steps: f64,
    /// The shortest.
    pub shortest: f64,
    /// The longest.
    pub longest: f64,
}

/// What a growth comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubling {
    /// Counts double in this time.
    Doubles(Time),
    /// Counts halve in this time.
    Halves(Time),
    /// They may grow or fall; no time is given, since its interval would have no end.
    Unclear,
}

impl Growth {
    /// Fits a straight line to the logarithm of the mean of counts (quasi-Poisson). Missing counts are left out.
    /// `confidence` is that of the interval, such as 0.95.
    pub fn of(counts: &[Option<u32>], confidence: f64) -> Result<Self, WatchError> {
        let row = |(at, count): (usize, &Option<u32>)| {
            Some(Row { response: f64::from((*count)?), time: at as f64, group: 0 })
        };
        let rows: Vec<Row> = counts.iter().enumerate().filter_map(row).collect();
        let refused = |why: String| WatchError::Estimate {
            what: "growth",
            why,
            remedy: "take a longer stretch, with cases in several of its steps",
        };
        if rows.len() < 3 {
            return Err(refused(format!("of {} counts {} are known", counts.len(), rows.len())));
        }
        if rows.iter().filter(|row| row.response > 0.0).count() < 2 {
            return Err(refused("fewer than two counts are above 0".to_owned()));
        }
        let fit = fit(&rows, 1, true, None).ok_or_else(|| refused("no line fits".to_owned()))?;
        let dispersion = fit.dispersion(&rows, &fit.weights).max(1.0);
        let (rate, ratio) = fit.slope(dispersion).ok_or_else(|| refused("no line fits".to_owned()))?;
        let reach = normal_quantile(0.5 + 0.5 * confidence.clamp(0.0, 0.999_999)) * (rate / ratio).abs();
        Ok(Self { rate, interval: (rate - reach, rate + reach), dispersion })
    }

    /// In what time counts double or halve.
    pub fn doubling(&self) -> Doubling {
        let time = |rate: f64| std::f64::consts::LN_2 / rate.abs();
        let (low, high) = self.interval;
        if low > 0.0 {
            Doubling::Doubles(Time { steps: time(self.rate), shortest: time(high), longest: time(low) })
        } else if high < 0.0 {
            Doubling::Halves(Time { steps: time(self.rate), shortest: time(low), longest: time(high) })
        } else {
            Doubling::Unclear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(counts: &[u32]) -> Growth {
        Growth::of(&counts.iter().copied().map(Some).collect::<Vec<_>>(), 0.95).unwrap()
    }

    #[test]
    fn counts_that_double_every_three_days_are_seen_to() {
        let counts: Vec<u32> = (0..15).map(|day| (20.0 * 2_f64.powf(f64::from(day) / 3.0)).round() as u32).collect();
        let Doubling::Doubles(time) = growth(&counts).doubling() else { panic!() };
        assert!((time.steps - 3.0).abs() < 0.01 && time.shortest < 3.0 && time.longest > 3.0, "{time:?}");
        let falling: Vec<u32> = counts.into_iter().rev().collect();
        assert!(matches!(growth(&falling).doubling(), Doubling::Halves(_)));
    }

    #[test]
    fn what_may_go_either_way_has_no_doubling_time() {
        assert_eq!(growth(&[9, 12, 8, 11, 10, 9, 11]).doubling(), Doubling::Unclear);
    }

    #[test]
    fn gaps_are_left_out_and_are_no_zeros() {
        let counts: Vec<Option<u32>> =
            (0..12).map(|day| if day % 3 == 1 { None } else { Some(10 << (day / 2)) }).collect();
        let growth = Growth::of(&counts, 0.95).unwrap();
        assert!((growth.rate - 0.35).abs() < 0.05, "{growth:?}");
        assert!(Growth::of(&[Some(1), None, None, Some(2)], 0.95).is_err());
        assert!(Growth::of(&[Some(0), Some(0), Some(5)], 0.95).is_err());
    }
}
