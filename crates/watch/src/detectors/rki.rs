//! The Robert Koch Institute's three systems: mean plus two standard deviations, or a Poisson interval.

use std::ops::Range;

use super::{Detector, deviation, mean, reference};
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// Upper limits of the 95 % interval of a Poisson mean after 0, 1, 2… cases (Crow and Gardner 1959).
const UPPER_LIMITS: [f64; 21] = [
    3.285, 5.323, 6.686, 8.102, 9.598, 11.177, 12.817, 13.765, 14.921, 16.768, 17.633, 19.050, 20.335, 21.364, 22.945,
    23.762, 25.400, 26.306, 27.735, 28.966, 30.017,
];

/// Compares with the mean of recent counts, of those around the same time of earlier years, or of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rki {
    /// `b`: how many earlier years.
    years: usize,
    /// `w`: how many steps before, and how many to either side in earlier years.
    half: usize,
    /// `actY`: whether recent counts are compared with.
    current: bool,
}

impl Rki {
    /// The first system: six recent counts.
    pub const ONE: Self = Self { years: 0, half: 6, current: true };
    /// The second: six recent counts and thirteen of last year.
    pub const TWO: Self = Self { years: 1, half: 6, current: true };
    /// The third: nine counts of each of two years.
    pub const THREE: Self = Self { years: 2, half: 4, current: false };

    /// Reads `b`, `w` and `actY`.
    pub fn from_parameters(system: Self, given: &mut Parameters) -> Result<Self, WatchError> {
        let read = Self {
            years: given.whole("b", system.years, 0..=50)?,
            half: given.whole("w", system.half, 1..=500)?,
            current: given.flag("actY", system.current)?,
        };
        reference::some(read.years, read.current)?;
        Ok(read)
    }

    fn at(&self, series: &Series, at: usize) -> Outcome {
        let Some(observed) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
        let windows = reference::by_steps(at, series.freq(), self.years, self.half, self.current);
        let Some(values) = windows.into_iter().flatten().map(|at| series.count(at)).collect::<Option<Vec<f64>>>()
        else {
            return Outcome::Silent(Silence::MissingBaseline);
        };
        let mean = mean(&values);
        let bound = if mean > 20.0 { mean + 2.0 * deviation(&values) } else { UPPER_LIMITS[mean.floor() as usize] };
        Outcome::judged(Some(mean), bound, observed > bound)
    }
}

impl Detector for Rki {
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

    fn judge(counts: &[u32]) -> Outcome {
        let series = Series::new(52, counts.iter().copied().map(Some).collect()).unwrap();
        Rki::ONE.judge(&series, counts.len() - 1..counts.len())[0]
    }

    #[test]
    fn few_cases_are_held_to_a_poisson_interval_and_many_to_their_deviation() {
        assert_eq!(judge(&[0, 0, 0, 0, 0, 1, 4]), Outcome::judged(Some(1.0 / 6.0), 3.285, true));
        let many = judge(&[20, 22, 24, 20, 22, 24, 26]);
        let bound = 22.0 + 2.0 * (16.0_f64 / 5.0).sqrt();
        assert_eq!(many, Outcome::judged(Some(22.0), bound, true));
    }

    #[test]
    fn to_compare_with_nothing_is_refused() {
        let given = &mut Parameters::new([("b", "0"), ("actY", "FALSE")]);
        assert!(Rki::from_parameters(Rki::ONE, given).unwrap_err().to_string().contains("actY"));
    }
}
