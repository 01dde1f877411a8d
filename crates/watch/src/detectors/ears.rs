//! EARS C1, C2 and C3 (Hutwagner 2003, Fricker 2008): a week's baseline, no history of years.

use std::ops::Range;

use super::{Detector, deviation, mean};
use crate::distributions::normal_quantile;
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The baseline ends just before the count.
    C1,
    /// Two steps are left out between, so that a slow start does not raise the baseline.
    C2,
    /// As C2, with what the two steps before were above theirs added up.
    C3,
}

/// One of the three detectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Ears {
    variant: Variant,
    /// `baseline`: how many counts are compared with.
    baseline: usize,
    /// `minSigma`: a standard deviation below which the baseline's is not taken.
    min_sigma: f64,
    /// The normal quantile of 1 − `alpha`.
    z: f64,
}

impl Ears {
    /// Reads `baseline`, `minSigma` and `alpha`.
    pub fn from_parameters(variant: Variant, given: &mut Parameters) -> Result<Self, WatchError> {
        let alpha = if variant == Variant::C3 { 0.025 } else { 0.001 };
        Ok(Self {
            variant,
            baseline: given.whole("baseline", 7, 3..=1000)?,
            min_sigma: given.number("minSigma", 0.0, 0.0..=f64::MAX)?,
            z: normal_quantile(1.0 - given.probability("alpha", alpha)?),
        })
    }

    /// Mean and standard deviation of the baseline of a step.
    fn baseline_of(&self, series: &Series, at: usize) -> Option<(f64, f64)> {
        let gap = if self.variant == Variant::C1 { 0 } else { 2 };
        let values = series.whole(at - gap - self.baseline..at - gap)?;
        Some((mean(&values), deviation(&values).max(self.min_sigma)))
    }

    fn at(&self, series: &Series, at: usize) -> Outcome {
        let Some(observed) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
        let Some((mean, sd)) = self.baseline_of(series, at) else { return Outcome::Silent(Silence::MissingBaseline) };
        if self.variant != Variant::C3 {
            let bound = mean + self.z * sd;
            return Outcome::judged(Some(mean), bound, observed > bound);
        }
        let mut carried = 0.0;
        for earlier in [at - 2, at - 1] {
            let Some(count) = series.count(earlier) else { return Outcome::Silent(Silence::MissingBaseline) };
            let Some((mean, sd)) = self.baseline_of(series, earlier) else {
                return Outcome::Silent(Silence::MissingBaseline);
            };
            let excess = (count - mean) / sd - 1.0;
            carried += if excess < 0.0 { 0.0 } else { excess };
        }
        // A count above a baseline that does not vary is infinitely above it; one equal to it says nothing.
        let bound = observed + sd * (self.z - carried);
        if bound.is_nan() {
            return Outcome::Silent(Silence::NoVariation);
        }
        Outcome::judged(Some(mean), bound.max(0.0), observed > bound.max(0.0))
    }
}

impl Detector for Ears {
    fn needs(&self, _: usize) -> usize {
        self.baseline
            + match self.variant {
                Variant::C1 => 0,
                Variant::C2 => 2,
                Variant::C3 => 4,
            }
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        stretch.map(|at| self.at(series, at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(variant: Variant, counts: &[u32]) -> Outcome {
        let series = Series::new(365, counts.iter().copied().map(Some).collect()).unwrap();
        let ears = Ears::from_parameters(variant, &mut Parameters::default()).unwrap();
        ears.judge(&series, counts.len() - 1..counts.len())[0]
    }

    #[test]
    fn a_sudden_rise_is_seen_at_once_and_a_slow_one_by_c2_only() {
        let sudden = [2, 3, 1, 2, 3, 2, 1, 2, 3, 9];
        assert!(last(Variant::C1, &sudden).is_alarm() && last(Variant::C2, &sudden).is_alarm());
        let slow = [2, 3, 1, 2, 3, 2, 1, 6, 7, 8];
        assert!(!last(Variant::C1, &slow).is_alarm() && last(Variant::C2, &slow).is_alarm());
    }

    #[test]
    fn c3_adds_up_the_days_before() {
        let creeping = [3, 1, 2, 3, 2, 1, 2, 3, 2, 5, 5, 4];
        assert!(last(Variant::C3, &creeping).is_alarm() && !last(Variant::C2, &creeping).is_alarm());
    }

    #[test]
    fn a_baseline_without_variation_says_so_where_it_has_no_scale() {
        assert_eq!(last(Variant::C3, &[4; 12]), Outcome::Silent(Silence::NoVariation));
        assert_eq!(last(Variant::C1, &[4; 8]), Outcome::judged(Some(4.0), 4.0, false));
    }
}
