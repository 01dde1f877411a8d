//! Generalised likelihood ratio charts for Poisson counts (Höhle and Paul 2008): has the mean risen since some
//! step, however long ago and by whatever factor?

use std::ops::Range;

use super::Detector;
use super::season::Season;
use crate::error::WatchError;
use crate::outcome::{Judgement, Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// Which way a change goes that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// What both charts are set with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chart {
    /// `c.ARL`: the statistic that alarms.
    limit: f64,
    /// `mu0`, if it is given as a number.
    mean: Option<f64>,
    /// `S` and `trend` of the model of the mean.
    season: Season,
    /// `refit`: whether the mean is estimated again after an alarm, from all that came before.
    refit: bool,
    /// `Mtilde`: how many counts a change must have lasted.
    pub least: usize,
    /// `M`: how far back a change can lie; none for as far as there are counts.
    pub window: Option<usize>,
    /// `theta`: the change that is looked for, as a difference of logarithms; none for any.
    pub change: Option<f64>,
    /// `dir`.
    pub direction: Direction,
    /// `ret`: whether the bound is a count, or else the statistic is given.
    cases: bool,
}

/// A part of a series since the last alarm: counts, their means, and what the chart needs beside them.
pub(super) struct Segment<'a> {
    pub counts: &'a mut Vec<f64>,
    pub means: &'a [f64],
    pub alpha: f64,
}

impl Chart {
    /// Reads `c.ARL`, `mu0`, `S`, `trend`, `refit`, `Mtilde`, `M`, `change`, `theta`, `dir` and `ret`.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        given.choice("change", &[("intercept", ())])?;
        let window = match given.text("M").as_deref().map(str::trim) {
            None | Some("-1") => None,
            Some(text) => match text.parse() {
                Ok(window) if window >= 1 => Some(window),
                _ => {
                    let expected = "a whole number of 1 or more, or -1 for no window".to_owned();
                    return Err(WatchError::Parameter { name: "M".to_owned(), value: text.to_owned(), expected });
                }
            },
        };
        let optional = |value: f64| (!value.is_nan()).then_some(value);
        let mean = match given.text("mu0") {
            None => f64::NAN,
            Some(text) => match text.trim().parse() {
                Ok(mean) if mean > 0.0 => mean,
                _ => {
                    let expected = "a number above 0, or nothing for a model of what came before".to_owned();
                    return Err(WatchError::Parameter { name: "mu0".to_owned(), value: text, expected });
                }
            },
        };
        Ok(Self {
            limit: given.number("c.ARL", 5.0, 1e-9..=1e9)?,
            mean: optional(mean),
            season: Season { waves: given.whole("S", 1, 0..=20)?, trend: given.flag("trend", false)? },
            refit: given.flag("refit", false)?,
            least: given.whole("Mtilde", 1, 1..=10_000)?,
            window,
            change: match given.number("theta", 0.0, -10.0..=10.0)? {
                0.0 => None,
                change => Some(change),
            },
            direction: given.choice("dir", &[("inc", Direction::Up), ("dec", Direction::Down)])?,
            cases: given.choice("ret", &[("cases", true), ("value", false)])?,
        })
    }

    pub fn needs(&self, freq: usize) -> usize {
        // The wave of a year is told from chance by a year.
        if self.mean.is_some() { 0 } else { freq.max(self.season.parameters() + 1) }
    }

    /// After two years.
    pub fn starts(&self, freq: usize) -> usize {
        if self.mean.is_some() { 0 } else { self.needs(2 * freq) }
    }

    /// How many counts a segment needs before its statistic can be computed.
    fn warm_up(&self) -> usize {
        if self.change.is_some() { 1 } else { self.least }
    }

    /// Follows the chart, from one alarm to the next. `alpha_of` estimates how much more than Poisson the counts
    /// before a step vary; `statistic` says what the segment amounts to at its end.
    pub fn judge(
        &self,
        series: &Series,
        stretch: Range<usize>,
        alpha_of: impl Fn(&Season, &Series, usize) -> Option<f64>,
        statistic: impl Fn(&Self, &mut Segment) -> f64,
    ) -> Vec<Outcome> {
        let expected_from = |from: usize| -> Option<(Vec<f64>, f64)> {
            let alpha = alpha_of(&self.season, series, from)?;
            let means = match self.mean {
                Some(mean) => vec![mean; stretch.end - from],
                None => self.season.means(series, from..stretch.end, alpha)?,
            };
            Some((means, alpha))
        };
        let Some((mut expected, mut alpha)) = expected_from(stretch.start) else {
            return vec![Outcome::Silent(Silence::NotFitted); stretch.len()];
        };
        let mut start = stretch.start;
        let (mut counts, mut means) = (Vec::new(), Vec::new());
        let mut outcomes = Vec::with_capacity(stretch.len());
        for at in stretch.clone() {
            // A step without a count is no part of the segment.
            let Some(count) = series.count(at) else {
                outcomes.push(Outcome::Silent(Silence::Missing));
                continue;
            };
            let mean = expected[at - start];
            counts.push(count);
            means.push(mean);
            if counts.len() < self.warm_up() {
                let (needs, has) = (self.warm_up() - 1, counts.len() - 1);
                outcomes.push(Outcome::Silent(Silence::NotEnoughHistory { needs, has }));
                continue;
            }
            let mut segment = Segment { counts: &mut counts, means: &means, alpha };
            let value = statistic(self, &mut segment);
            let alarm = if self.change.is_some() { value > self.limit } else { value >= self.limit };
            let bound = if self.cases { self.count_that_alarms(&mut segment, &statistic) } else { Some(value) };
            outcomes.push(match value.is_nan() {
                true => Outcome::Silent(Silence::NoVariation),
                false => Outcome::Judged(Judgement { expected: Some(mean), upper_bound: bound, alarm, too_few: false }),
            });
            if alarm {
                counts.clear();
                means.clear();
                if self.refit && at + 1 < stretch.end {
                    // Where the longer past cannot be fitted, the earlier model stands.
                    if let Some(again) = expected_from(at + 1) {
                        (expected, alpha) = again;
                        start = at + 1;
                    }
                }
            }
        }
        outcomes
    }

    /// The smallest count at the end of a segment with which it alarms; downwards, with which it no longer does
    /// by more than the limit. None where no count does.
    fn count_that_alarms(&self, segment: &mut Segment, statistic: &impl Fn(&Self, &mut Segment) -> f64) -> Option<f64> {
        let last = segment.counts.len() - 1;
        let real = segment.counts[last];
        let mut reached = |count: f64| {
            segment.counts[last] = count;
            let value = statistic(self, segment);
            match self.direction {
                Direction::Up => value >= self.limit,
                Direction::Down => value <= self.limit,
            }
        };
        let mut found = None;
        if reached(0.0) {
            found = Some(0.0);
        } else {
            let (mut low, mut high) = (0.0, 1.0);
            while !reached(high) && high < 1e9 {
                (low, high) = (high, 2.0 * high);
            }
            if high < 1e9 {
                while high - low > 1.0 {
                    let middle = f64::floor(0.5 * (low + high));
                    if reached(middle) { high = middle } else { low = middle }
                }
                found = Some(high);
            }
        }
        segment.counts[last] = real;
        found
    }
}

/// The chart for Poisson counts. After an alarm it begins anew.
#[derive(Debug, Clone, PartialEq)]
pub struct GlrPoisson(Chart);

impl GlrPoisson {
    /// Reads `c.ARL`, `mu0`, `S`, `trend`, `refit`, `Mtilde`, `M`, `change`, `theta`, `dir` and `ret`.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        let mut chart = Chart::from_parameters(given)?;
        // In a window the reference asks one count more of a change than it says.
        chart.least += usize::from(chart.window.is_some());
        Ok(Self(chart))
    }
}

/// The greatest log likelihood ratio over all steps since which the mean may have changed.
pub(super) fn poisson_statistic(chart: &Chart, segment: &mut Segment) -> f64 {
    let pairs = segment.counts.iter().zip(segment.means);
    if let Some(change) = chart.change {
        // A known change: the sum that is kept above 0.
        return pairs
            .fold(0.0, |sum: f64, (count, mean)| (sum + change * count + (1.0 - change.exp()) * mean).max(0.0));
    }
    // A change that must have lasted some counts is only looked for in windows; as the reference has it.
    let (longest, shortest) = match chart.window {
        Some(window) => (window + 1, chart.least),
        None => (usize::MAX, 1),
    };
    let (mut sum, mut expected, mut greatest) = (0.0, 0.0, f64::NEG_INFINITY);
    for (before, (count, mean)) in pairs.rev().enumerate().take_while(|(before, _)| *before < longest) {
        sum += count;
        expected += mean;
        if before + 1 >= shortest {
            greatest = f64::max(greatest, poisson_ratio(sum, expected, chart.direction));
        }
    }
    greatest
}

/// The log likelihood ratio of a sum of counts, at the likeliest change in the direction that matters.
fn poisson_ratio(sum: f64, expected: f64, direction: Direction) -> f64 {
    let matters = match direction {
        Direction::Up => sum > expected,
        Direction::Down => sum < expected,
    };
    if !matters {
        return 0.0;
    }
    let by_counts = if sum > 0.0 { sum * (sum / expected).ln() } else { 0.0 };
    by_counts + expected - sum
}

impl Detector for GlrPoisson {
    fn needs(&self, freq: usize) -> usize {
        self.0.needs(freq)
    }

    fn starts(&self, freq: usize) -> usize {
        self.0.starts(freq)
    }

    fn remembers(&self) -> bool {
        true
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        self.0.judge(series, stretch, |_, _, _| Some(0.0), poisson_statistic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(parameters: &[(&str, &str)], counts: &[u32]) -> Vec<(f64, bool)> {
        let series = Series::new(52, counts.iter().copied().map(Some).collect()).unwrap();
        let chart = GlrPoisson::from_parameters(&mut Parameters::new(parameters.iter().copied())).unwrap();
        let outcomes = chart.judge(&series, 0..counts.len());
        outcomes.iter().map(|outcome| outcome.judgement().unwrap()).map(|j| (j.upper_bound.unwrap(), j.alarm)).collect()
    }

    #[test]
    fn a_lasting_rise_alarms_and_the_chart_begins_anew() {
        let found = run(&[("mu0", "2")], &[2, 1, 5, 5, 6, 2, 2]);
        let alarms: Vec<bool> = found.iter().map(|(_, alarm)| *alarm).collect();
        assert_eq!(alarms, [false, false, false, false, true, false, false]);
        // Each bound is the smallest count with which that step would have alarmed.
        assert_eq!((found[0].0, found[4].0, found[5].0), (8.0, 6.0, 8.0));
    }

    #[test]
    fn no_case_at_all_is_the_greatest_fall() {
        // The reference takes the logarithm of 0 here and leaves such stretches out.
        assert_eq!(run(&[("mu0", "2"), ("dir", "dec"), ("ret", "value")], &[0, 0])[1], (4.0, false));
    }

    #[test]
    fn statistics_are_those_of_the_reference() {
        // R surveillance 1.20.3, algo.glrpois with mu0 2, ret value; windowed; theta 0.5; downwards.
        let counts = [2, 1, 5, 5, 2, 1, 1];
        let (two, four, five) = (3.16290731874155, 2.31776616671934, 1.31160160516211);
        let known =
            [0.0, 0.0, 1.20255745859974, 2.40511491719949, 2.10767237579923, 1.31022983439897, 0.51278729299872];
        for (parameter, expected) in [
            (("M", "-1"), [0.0, 0.0, 1.58145365937078, two, four, five, 0.71061131269698]),
            (("M", "3"), [0.0, 0.0, 0.43279064864899, two, four, five, 0.060047320907451]),
            (("theta", "0.5"), known),
            (("dir", "dec"), [0.0, 0.30685281944005, 0.0, 0.0, 0.0, 0.30685281944005, 0.61370563888011]),
        ] {
            let given = [parameter, ("mu0", "2"), ("ret", "value")];
            let series = Series::new(52, counts.iter().copied().map(Some).collect()).unwrap();
            let chart = GlrPoisson::from_parameters(&mut Parameters::new(given.iter().copied())).unwrap();
            for (outcome, expected) in chart.judge(&series, 0..7).iter().zip(expected) {
                let found = outcome.judgement().map_or(0.0, |judgement| judgement.upper_bound.unwrap());
                assert!((found - expected).abs() < 1e-9, "{given:?}: {found} and not {expected}");
            }
        }
    }
}
