//! The detector of Farrington (1996): the same weeks of earlier years, earlier outbreaks weighed down.

use std::ops::Range;

use super::Detector;
use super::reference::{Step, by_calendar, by_steps};
use crate::distributions::{normal_quantile, student_two_sided};
use crate::error::WatchError;
use crate::outcome::{Judgement, Outcome, Silence};
use crate::parameters::Parameters;
use crate::regression::{Fit, Row, fit};
use crate::series::Series;

/// The scale on which the distribution of a count is taken for normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    TwoThirds,
    Half,
    One,
}

impl Power {
    pub const CHOICES: &[(&str, Self)] = &[("2/3", Self::TwoThirds), ("1/2", Self::Half), ("none", Self::One)];

    /// The upper bound of a count, from its mean, the standard error of that, the dispersion and a normal
    /// quantile.
    pub fn upper_bound(self, mean: f64, standard_error: f64, dispersion: f64, z: f64) -> f64 {
        let tau = dispersion + standard_error * standard_error / mean;
        let (variance, exponent) = match self {
            Self::TwoThirds => (4.0 / 9.0 * mean.cbrt() * tau, 2.0 / 3.0),
            Self::Half => (0.25 * tau, 0.5),
            Self::One => (mean * tau, 1.0),
        };
        (mean.powf(exponent) + z * variance.sqrt()).powf(1.0 / exponent)
    }
}

/// A fit, its dispersion, and the weights by which past outbreaks count less.
pub(super) struct Weighed {
    pub fit: Fit,
    /// Never below 1.
    pub dispersion: f64,
    pub weights: Option<Vec<f64>>,
}

/// Fits, and where `threshold` is given fits again with less weight for counts whose Anscombe residual exceeds
/// it. When no fit with a trend ends, it is left out.
pub(super) fn weighed(rows: &[Row], groups: usize, trend: bool, threshold: Option<f64>) -> Option<Weighed> {
    let (first, trend) = match fit(rows, groups, trend, None) {
        Some(first) => (first, trend),
        None if trend => (fit(rows, groups, false, None)?, false),
        None => return None,
    };
    let dispersion = at_least_one(first.dispersion(rows, &first.weights))?;
    let Some(threshold) = threshold else { return Some(Weighed { fit: first, dispersion, weights: None }) };
    let residuals: Vec<f64> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let mean = first.means[at];
            let sixth = mean.powf(1.0 / 6.0);
            let residual = 1.5 * (row.response.powf(2.0 / 3.0) / sixth - mean.sqrt());
            residual / (dispersion * (1.0 - first.leverage(row, at))).sqrt()
        })
        .collect();
    let raw: Vec<f64> = residuals.iter().map(|s| if *s > threshold { s.powi(-2) } else { 1.0 }).collect();
    let scale = rows.len() as f64 / raw.iter().sum::<f64>();
    let weights: Vec<f64> = raw.into_iter().map(|weight| scale * weight).collect();
    let second = fit(rows, groups, trend, Some(&weights))?;
    let dispersion = at_least_one(second.dispersion(rows, &second.weights))?;
    Some(Weighed { fit: second, dispersion, weights: Some(weights) })
}

fn at_least_one(dispersion: f64) -> Option<f64> {
    dispersion.is_finite().then(|| dispersion.max(1.0))
}

/// Whether the counts of the last steps reach the least number of cases; none when missing ones could decide.
pub(super) fn enough_cases(series: &Series, at: usize, (cases, steps): (usize, usize)) -> Option<bool> {
    let window = (at + 1).saturating_sub(steps)..at + 1;
    let known: f64 = window.clone().filter_map(|at| series.count(at)).sum();
    if known >= cases as f64 {
        return Some(true);
    }
    series.whole(window).map(|_| false)
}

/// The original detector.
#[derive(Debug, Clone, PartialEq)]
pub struct Farrington {
    /// `b`: how many earlier years.
    years: usize,
    /// `w`: how many steps to either side.
    half: usize,
    /// `reweight`: whether past outbreaks count less.
    reweight: bool,
    /// The normal quantile of 1 − `alpha` / 2.
    z: f64,
    /// `trend`: whether a trend is tried.
    trend: bool,
    /// `limit54`: no alarm with fewer cases in so many steps.
    least: (usize, usize),
    /// `powertrans`.
    power: Power,
}

impl Farrington {
    /// Reads `b`, `w`, `reweight`, `alpha`, `trend`, `limit54` and `powertrans`.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        Ok(Self {
            years: given.whole("b", 5, 1..=50)?,
            half: given.whole("w", 3, 0..=100)?,
            reweight: given.flag("reweight", true)?,
            z: normal_quantile(1.0 - given.probability("alpha", 0.05)? / 2.0),
            trend: given.flag("trend", true)?,
            least: given.pair("limit54", (5, 4))?,
            power: given.choice("powertrans", Power::CHOICES)?,
        })
    }

    fn at(&self, series: &Series, at: usize) -> Outcome {
        let Some(observed) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
        let places = match (Step::of(series), series.dates()) {
            (Some(step), Some(dates)) => {
                let (places, absent) = by_calendar(dates, step, at, self.years, self.half);
                if absent > 0 {
                    let needs = at + absent;
                    return Outcome::Silent(Silence::NotEnoughHistory { needs, has: at });
                }
                places
            }
            _ => by_steps(at, series.freq(), self.years, self.half, false).into_iter().flatten().collect(),
        };
        let row = |place: usize| Some(Row { response: series.count(place)?, time: (place + 1) as f64, group: 0 });
        let rows: Vec<Row> = places.into_iter().filter_map(row).collect();
        if rows.is_empty() {
            return Outcome::Silent(Silence::MissingBaseline);
        }
        let now = (at + 1) as f64;
        let threshold = self.reweight.then_some(1.0);
        let Some(mut model) = weighed(&rows, 1, self.trend, threshold) else {
            return Outcome::Silent(Silence::NotFitted);
        };
        let spread = model.fit.dispersion(&rows, &model.fit.weights);
        if let Some((_, t)) = model.fit.slope(spread) {
            let significant = student_two_sided(t, model.fit.degrees) < 0.05;
            let most = rows.iter().map(|row| row.response).fold(0.0, f64::max);
            // A trend that is not sure, or that leads beyond all that was seen, is left out.
            if !(self.years >= 3 && significant && model.fit.log_mean(0, now).exp() <= most) {
                match weighed(&rows, 1, false, threshold) {
                    Some(without) => model = without,
                    None => return Outcome::Silent(Silence::NotFitted),
                }
            }
        }
        let mean = model.fit.log_mean(0, now).exp();
        let standard_error = (model.dispersion * model.fit.variance(0, now)).sqrt() * mean;
        let bound = self.power.upper_bound(mean, standard_error, model.dispersion, self.z);
        match enough_cases(series, at, self.least) {
            Some(true) => Outcome::judged(Some(mean), bound, (observed - mean) / (bound - mean) > 1.0),
            // The reference gives a bound of 0 here, and never alarms.
            Some(false) => {
                let upper_bound = Some(0.0);
                Outcome::Judged(Judgement { expected: Some(mean), upper_bound, alarm: false, too_few: true })
            }
            None => Outcome::Silent(Silence::MissingBaseline),
        }
    }
}

impl Detector for Farrington {
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

    /// Weeks of a mild winter wave, with an outbreak two years ago.
    fn weeks(last: u32) -> Series {
        let wave = |week: u32| 10 + [0, 1, 3, 1, 0, 2, 1][(week % 7) as usize] + if week % 52 < 12 { 8 } else { 0 };
        let mut counts: Vec<Option<u32>> = (0..52 * 5 + 10).map(|week| Some(wave(week))).collect();
        counts[52 * 3 + 5..52 * 3 + 9].fill(Some(70));
        let end = counts.len() - 1;
        counts[end] = Some(last);
        Series::new(52, counts).unwrap()
    }

    fn judged(parameters: &[(&str, &str)], series: &Series) -> Judgement {
        let farrington = Farrington::from_parameters(&mut Parameters::new(parameters.iter().copied())).unwrap();
        *farrington.judge(series, series.len() - 1..series.len())[0].judgement().unwrap()
    }

    #[test]
    fn an_outbreak_years_ago_hides_nothing() {
        let (with, without) = ([("b", "4")], [("b", "4"), ("reweight", "FALSE")]);
        let series = weeks(40);
        assert!(judged(&with, &series).alarm && !judged(&without, &series).alarm);
        assert!(!judged(&with, &weeks(20)).alarm);
    }

    #[test]
    fn a_handful_of_cases_is_no_outbreak_by_its_rule_of_minimum() {
        let mut counts = vec![Some(0); 270];
        counts[269] = Some(4);
        let series = Series::new(52, counts).unwrap();
        let strict = judged(&[], &series);
        assert!(strict.too_few && !strict.alarm);
        assert!(judged(&[("limit54", "4,4")], &series).alarm);
    }
}
