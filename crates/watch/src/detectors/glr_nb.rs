//! Generalised likelihood ratio charts for counts that vary more than Poisson (Höhle and Paul 2008).

use std::ops::Range;

use super::Detector;
use super::glr_pois::{Chart, Direction, Segment, poisson_statistic};
use super::season::Season;
use crate::error::WatchError;
use crate::outcome::Outcome;
use crate::parameters::Parameters;
use crate::series::Series;

/// Below this, counts vary as Poisson counts do.
const ALPHA_OF_POISSON: f64 = 1e-8;

/// The chart for negative binomial counts, of variance `mean + alpha * mean²`.
#[derive(Debug, Clone, PartialEq)]
pub struct GlrNegativeBinomial {
    chart: Chart,
    /// `alpha`; none where it is estimated from what came before.
    alpha: Option<f64>,
}

impl GlrNegativeBinomial {
    /// Reads `alpha` and what `glr-pois` has.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        let alpha = given.number("alpha", -1.0, 0.0..=1e6)?;
        Ok(Self { chart: Chart::from_parameters(given)?, alpha: (alpha >= 0.0).then_some(alpha) })
    }
}

/// The likeliest `alpha` beside the likeliest mean, of all counts before a step.
fn estimated_alpha(season: &Season, series: &Series, before: usize) -> Option<f64> {
    let design = season.design(series, before)?;
    let mut alpha = 0.0;
    for _ in 0..60 {
        let means = design.means(&design.fit(alpha)?);
        let next = alpha_given_means(&design.counts, &means);
        if (next - alpha).abs() <= 1e-7 * next.max(1e-9) {
            return Some(next);
        }
        alpha = next;
    }
    Some(alpha)
}

/// Newton's steps for `theta = 1 / alpha`; 0 where the counts vary no more than Poisson counts.
fn alpha_given_means(counts: &[f64], means: &[f64]) -> f64 {
    let excess: f64 = counts.iter().zip(means).map(|(count, mean)| (count / mean - 1.0).powi(2)).sum();
    let mut theta = counts.len() as f64 / excess;
    for _ in 0..100 {
        let (mut score, mut information) = (0.0, 0.0);
        for (count, mean) in counts.iter().zip(means) {
            // Differences of digamma and trigamma over whole numbers are finite sums.
            let (mut first, mut second) = (0.0, 0.0);
            for below in 0..*count as u64 {
                let term = 1.0 / (theta + below as f64);
                first += term;
                second += term * term;
            }
            let sum = theta + mean;
            score += first + theta.ln() + 1.0 - sum.ln() - (count + theta) / sum;
            information += second - 1.0 / theta + 2.0 / sum - (count + theta) / (sum * sum);
        }
        let step = score / information;
        let next = if information > 0.0 && theta + step > 0.0 { theta + step } else { 2.0 * theta };
        if next > 1e9 || !next.is_finite() {
            return 0.0;
        }
        if (next - theta).abs() <= 1e-12 * theta {
            return 1.0 / next;
        }
        theta = next;
    }
    1.0 / theta
}

/// The greatest log likelihood ratio over all steps since which the mean may have changed.
fn statistic(chart: &Chart, segment: &mut Segment) -> f64 {
    let alpha = segment.alpha;
    if alpha < ALPHA_OF_POISSON {
        return poisson_statistic(chart, segment);
    }
    let ratio = |count: f64, mean: f64, change: f64| {
        change * count + (count + 1.0 / alpha) * ((1.0 + alpha * mean) / (1.0 + alpha * mean * change.exp())).ln()
    };
    if let Some(change) = chart.change {
        let pairs = segment.counts.iter().zip(segment.means);
        return pairs.fold(0.0, |sum: f64, (count, mean)| (sum + ratio(*count, *mean, change)).max(0.0));
    }
    let last = segment.counts.len() - 1;
    let earliest = chart.window.map_or(0, |window| last.saturating_sub(window));
    let latest = (last + 1).saturating_sub(chart.least);
    let (mut greatest, mut factor) = (f64::NEG_INFINITY, 1.5_f64);
    for first in earliest..=latest {
        let pairs = || segment.counts[first..].iter().zip(&segment.means[first..]);
        factor = likeliest_factor(pairs, alpha, factor);
        let change = match chart.direction {
            Direction::Up => factor.ln().max(0.0),
            Direction::Down => factor.ln().min(0.0),
        };
        // Without any case the likeliest mean is 0, and the ratio that of seeing none.
        let value: f64 = match change == f64::NEG_INFINITY {
            true => pairs().map(|(_, mean)| (1.0 + alpha * mean).ln() / alpha).sum(),
            false => pairs().map(|(count, mean)| ratio(*count, *mean, change)).sum(),
        };
        greatest = greatest.max(value);
    }
    greatest
}

/// By which factor of all means the counts are likeliest.
fn likeliest_factor<'a>(
    pairs: impl Fn() -> std::iter::Zip<std::slice::Iter<'a, f64>, std::slice::Iter<'a, f64>>,
    alpha: f64,
    start: f64,
) -> f64 {
    if pairs().all(|(count, _)| *count == 0.0) {
        return 0.0;
    }
    let mut log = if start > 0.0 { start.ln() } else { 0.0 };
    for _ in 0..100 {
        let factor = log.exp();
        let (mut score, mut information) = (0.0, 0.0);
        for (count, mean) in pairs() {
            let inflated = 1.0 + alpha * factor * mean;
            score += (count - factor * mean) / inflated;
            information += factor * mean * (alpha * count + 1.0) / (inflated * inflated);
        }
        let step = (score / information).clamp(-2.0, 2.0);
        log += step;
        if step.abs() < 1e-9 {
            break;
        }
    }
    log.exp()
}

impl Detector for GlrNegativeBinomial {
    fn needs(&self, freq: usize) -> usize {
        self.chart.needs(freq)
    }

    fn starts(&self, freq: usize) -> usize {
        self.chart.starts(freq)
    }

    fn remembers(&self) -> bool {
        true
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        let alpha = |season: &Season, series: &Series, before: usize| match self.alpha {
            Some(alpha) => Some(alpha),
            None => estimated_alpha(season, series, before),
        };
        self.chart.judge(series, stretch, alpha, statistic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(steps: usize) -> Vec<u32> {
        let burst = |at: usize| if at % 17 == 3 { 14 } else { 0 };
        (0..steps).map(|at| (if at % 52 < 13 { 9 } else { 3 } + (at * 7) % 11 / 2 + burst(at)) as u32).collect()
    }

    fn values(parameters: &[(&str, &str)], counts: &[u32], from: usize) -> Vec<f64> {
        let series = Series::new(52, counts.iter().copied().map(Some).collect()).unwrap();
        let chart = GlrNegativeBinomial::from_parameters(&mut Parameters::new(parameters.iter().copied())).unwrap();
        let outcomes = chart.judge(&series, from..counts.len());
        // Where a chart has too few counts yet, the reference says 0.
        outcomes.iter().map(|outcome| outcome.judgement().map_or(0.0, |j| j.upper_bound.unwrap())).collect()
    }

    #[test]
    fn statistics_are_those_of_the_reference() {
        // R surveillance 1.20.3, algo.glrnb on 160 counts, range 151:160, ret value.
        let tail = [1.8345380547525, 1.5871546790803, 1.2149907447156];
        let up = |burst: f64, [a, b, c]: [f64; 3]| [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, burst, a, b, c];
        let down = [
            0.277373110496205,
            1.140673211442627,
            0.988059322375642,
            1.412487366523208,
            2.381356566212188,
            2.651694294557476,
            0.380571930628967,
            0.144869943727932,
            0.079665795361632,
            0.082029570130077,
        ];
        let two_waves = up(2.1507326796005, [1.9788880321127, 1.6110964336775, 1.1253296077179]);
        type Control<'a> = &'a [(&'a str, &'a str)];
        let reference: [(Control, [f64; 10]); 6] = [
            (&[("alpha", "0.2")], up(1.939660061878, tail)),
            (&[], up(2.8506624458174, [2.6618366696821, 2.280544577423, 1.7267163775227])),
            (&[("alpha", "0.2"), ("M", "4"), ("Mtilde", "2")], up(0.71625324886136, tail)),
            (
                &[("alpha", "0.2"), ("theta", "0.4")],
                up(1.3996924934762, [1.5906656174141, 1.5248597787456, 1.2143049992198]),
            ),
            (&[("alpha", "0.2"), ("S", "2"), ("trend", "TRUE")], two_waves),
            (&[("alpha", "0.2"), ("dir", "dec")], down),
        ];
        for (parameters, expected) in reference {
            let given: Vec<(&str, &str)> = parameters.iter().copied().chain([("ret", "value")]).collect();
            for (found, expected) in values(&given, &counts(160), 150).into_iter().zip(expected) {
                assert!((found - expected).abs() <= 1e-5 * expected.max(10.0), "{given:?}: {found} and not {expected}");
            }
        }
    }

    #[test]
    fn a_scatter_that_is_known_alarms_less_than_poisson() {
        let all = |alpha: &str| values(&[("mu0", "6"), ("alpha", alpha), ("ret", "cases")], &[6, 5, 9, 7, 6], 0);
        assert!(all("0.5").iter().zip(all("0")).all(|(wide, narrow)| *wide > narrow));
    }
}
