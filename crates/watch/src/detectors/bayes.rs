//! The Bayes system of Riebler (2004): the predictive distribution of a Poisson count whose mean has Jeffreys'
//! prior.

use std::ops::Range;

use super::{Detector, reference};
use crate::distributions::negative_binomial_quantile;
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// Compares with recent counts, with those around the same time of earlier years, or with both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bayes {
    /// `b`: how many earlier years.
    years: usize,
    /// `w`: how many steps before, and how many to either side in earlier years.
    half: usize,
    /// `actY`: whether recent counts are compared with.
    current: bool,
    /// `alpha`: how likely a count above the bound is.
    alpha: f64,
}

impl Bayes {
    /// The first system: six recent counts.
    pub const ONE: Self = Self { years: 0, half: 6, current: true, alpha: 0.05 };
    /// The second: six recent counts and thirteen of last year.
    pub const TWO: Self = Self { years: 1, ..Self::ONE };
    /// The third: nine counts of each of two years.
    pub const THREE: Self = Self { years: 2, half: 4, current: false, alpha: 0.05 };

    /// Reads `b`, `w`, `actY` and `alpha`.
    pub fn from_parameters(system: Self, given: &mut Parameters) -> Result<Self, WatchError> {
        let read = Self {
            years: given.whole("b", system.years, 0..=50)?,
            half: given.whole("w", system.half, 1..=500)?,
            current: given.flag("actY", system.current)?,
            alpha: given.probability("alpha", system.alpha)?,
        };
        reference::some(read.years, read.current)?;
        Ok(read)
    }

    fn at(&self, series: &Series, at: usize) -> Outcome {
        let Some(observed) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
        let windows = reference::by_steps(at, series.freq(), self.years, self.half, self.current);
        // What is missing is left out, and the interval grows by it.
        let values: Vec<f64> = windows.into_iter().flatten().filter_map(|at| series.count(at)).collect();
        if values.is_empty() {
            return Outcome::Silent(Silence::MissingBaseline);
        }
        let (sum, steps) = (values.iter().sum::<f64>(), values.len() as f64);
        let bound = negative_binomial_quantile(1.0 - self.alpha, sum + 0.5, steps / (steps + 1.0));
        Outcome::judged(Some((sum + 0.5) / steps), bound, observed > bound)
    }
}

impl Detector for Bayes {
    fn needs(&self, freq: usize) -> usize {
        self.years * freq + self.half
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        stretch.map(|at| self.at(series, at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_widens_the_bound_and_is_no_zero() {
        let bound = |counts: Vec<Option<u32>>| {
            let series = Series::new(52, counts).unwrap();
            Bayes::ONE.judge(&series, 6..7)[0]
        };
        let full = bound(vec![Some(2), Some(2), Some(2), Some(2), Some(2), Some(2), Some(6)]);
        assert_eq!(full, Outcome::judged(Some(12.5 / 6.0), 5.0, true));
        let gaps = bound(vec![None, Some(2), None, None, Some(2), None, Some(6)]);
        assert_eq!(gaps, Outcome::judged(Some(4.5 / 2.0), 6.0, false));
        let none = bound(vec![None, None, None, None, None, None, Some(6)]);
        assert_eq!(none, Outcome::Silent(Silence::MissingBaseline));
    }
}
