//! The moving percentile method of China's automated warning system (CIDARS): a percentile of the same weeks of
//! earlier years.

use std::ops::Range;

use super::Detector;
use crate::distributions::sample_quantile;
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// The detector. Days are added up by the week, up to the day that is judged; weeks and months are taken as they
/// are.
#[derive(Debug, Clone, PartialEq)]
pub struct MovingPercentile {
    /// `b`: how many earlier years.
    years: usize,
    /// `w`: how many weeks to either side.
    half: usize,
    /// `percentile`: from 0 to 1.
    percentile: f64,
}

impl MovingPercentile {
    /// Reads `b`, `w` and `percentile`.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        Ok(Self {
            years: given.whole("b", 5, 1..=50)?,
            half: given.whole("w", 2, 0..=26)?,
            percentile: given.probability("percentile", 0.9)?,
        })
    }

    /// How many steps one total has.
    fn steps(freq: usize) -> usize {
        if freq >= 365 { 7 } else { 1 }
    }

    fn at(&self, series: &Series, at: usize) -> Outcome {
        if series.count(at).is_none() {
            return Outcome::Silent(Silence::Missing);
        }
        let steps = Self::steps(series.freq());
        let total = |end: usize| series.whole(end + 1 - steps..end + 1).map(|counts| counts.iter().sum::<f64>());
        let Some(observed) = total(at) else { return Outcome::Silent(Silence::MissingBaseline) };
        let ends = (1..=self.years).flat_map(|year| {
            let first = at - year * series.freq() - self.half * steps;
            (0..=2 * self.half).map(move |week| first + week * steps)
        });
        let mut totals: Vec<f64> = ends.filter_map(total).collect();
        // With fewer than half of the weeks the percentile is that of other seasons.
        if 2 * totals.len() < self.years * (2 * self.half + 1) {
            return Outcome::Silent(Silence::MissingBaseline);
        }
        totals.sort_by(f64::total_cmp);
        let bound = sample_quantile(&totals, self.percentile);
        Outcome::judged(Some(sample_quantile(&totals, 0.5)), bound, observed > bound)
    }
}

impl Detector for MovingPercentile {
    fn needs(&self, freq: usize) -> usize {
        let steps = Self::steps(freq);
        self.years * freq + self.half * steps + steps - 1
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        stretch.map(|at| self.at(series, at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(freq: u16, counts: Vec<Option<u32>>) -> Outcome {
        let detector = MovingPercentile::from_parameters(&mut Parameters::default()).unwrap();
        let series = Series::new(freq, counts).unwrap();
        assert!(series.len() > detector.needs(series.freq()));
        detector.judge(&series, series.len() - 1..series.len())[0]
    }

    #[test]
    fn a_week_is_held_to_the_same_weeks_of_five_years() {
        let mut counts: Vec<Option<u32>> = (0..52 * 5 + 11).map(|week| Some(week % 52)).collect();
        let last = counts.len() - 1;
        // Weeks 8 to 12 of five years: the 0.9 quantile of 5 × {8, 9, 10, 11, 12} is 12.
        counts[last] = Some(12);
        assert_eq!(judge(52, counts.clone()), Outcome::judged(Some(10.0), 12.0, false));
        counts[last] = Some(13);
        assert!(judge(52, counts).is_alarm());
    }

    #[test]
    fn days_are_added_up_by_the_week() {
        let mut counts = vec![Some(2); 365 * 5 + 30];
        let last = counts.len() - 1;
        assert_eq!(judge(365, counts.clone()), Outcome::judged(Some(14.0), 14.0, false));
        counts[last] = Some(3);
        assert!(judge(365, counts.clone()).is_alarm());
        counts[last - 3] = None;
        assert_eq!(judge(365, counts), Outcome::Silent(Silence::MissingBaseline));
    }
}
