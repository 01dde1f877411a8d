//! How many people each case infects: Cori (2013), looking at those infected now, and Wallinga and Teunis (2004),
//! looking at those who infected.

use crate::chance::Chance;
use crate::distributions::{gamma_cdf, gamma_quantile, root, sample_quantile};
use crate::error::WatchError;
use crate::outcome::Silence;
use crate::serial_interval::SerialInterval;

/// New cases by step of time, apart by where they were infected.
#[derive(Debug, Clone, PartialEq)]
pub struct Incidence {
    local: Vec<Option<u32>>,
    imported: Vec<Option<u32>>,
}

impl Incidence {
    /// All infected here, but for those of the first step, whom nobody before can have infected.
    pub fn new(counts: Vec<Option<u32>>) -> Self {
        let nobody = vec![Some(0); counts.len()];
        Self::with_imported(counts, nobody)
    }

    /// Apart: infected here, infected elsewhere. Both have one count a step; of the first, all are imported.
    pub fn with_imported(mut local: Vec<Option<u32>>, mut imported: Vec<Option<u32>>) -> Self {
        let steps = local.len().min(imported.len());
        local.truncate(steps);
        imported.truncate(steps);
        if let (Some(here), Some(elsewhere)) = (local.first_mut(), imported.first_mut()) {
            *elsewhere = here.zip(*elsewhere).map(|(here, elsewhere)| here + elsewhere);
            *here = here.map(|_| 0);
        }
        Self { local, imported }
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.local.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.local.is_empty()
    }

    /// All cases of a step.
    pub fn total(&self, at: usize) -> Option<f64> {
        Some(f64::from(self.local[at]?) + f64::from(self.imported[at]?))
    }

    /// How infectious the cases up to a step are during it: each weighed by its lag. None when counts are missing
    /// whose lags are more than [`NEGLIGIBLE`] together.
    pub fn infectiousness(&self, interval: &SerialInterval, at: usize) -> Option<f64> {
        let (mut infectious, mut missing) = (0.0, 0.0);
        for (lag, share) in interval.probability().iter().take(at + 1).enumerate() {
            match self.total(at - lag) {
                Some(count) => infectious += share * count,
                None => missing += share,
            }
        }
        (missing <= NEGLIGIBLE).then_some(infectious)
    }
}

/// A missing count is passed over where its lag is rarer than this: a fitted serial interval has no longest lag,
/// and one day without a count would silence all that follow.
pub const NEGLIGIBLE: f64 = 0.01;

/// What is assumed of the reproduction number before anything is seen: a gamma distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
}

impl Default for Prior {
    fn default() -> Self {
        Self { mean: 5.0, sd: 5.0 }
    }
}

/// Of which probabilities the quantiles of an [`Estimate`] are.
pub const PROBABILITIES: [f64; 7] = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975];

/// The reproduction number over a window of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Its quantiles, by [`PROBABILITIES`].
    pub quantiles: [f64; 7],
}

/// A window, both ends included, and what was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Windowed {
    /// The first step, from 0.
    pub start: usize,
    /// The last.
    pub end: usize,
    /// The estimate, or why there is none.
    pub outcome: Result<Estimate, Silence>,
}

/// Windows of so many steps that slide by one, from the second step on.
pub fn sliding(steps: usize, width: usize) -> Vec<(usize, usize)> {
    if width == 0 {
        Vec::new()
    } else {
        (1..).map(|start| (start, start + width - 1)).take_while(|w| w.1 < steps).collect()
    }
}

/// Cori's estimate with a known serial interval.
pub fn cori(
    incidence: &Incidence,
    interval: &SerialInterval,
    prior: Prior,
    windows: &[(usize, usize)],
) -> Result<Vec<Windowed>, WatchError> {
    cori_uncertain(incidence, std::slice::from_ref(interval), prior, windows)
}

/// Cori's estimate where the serial interval is one of several, all as likely: the mixture of their posterior
/// distributions, exactly. The reference draws from each instead.
pub fn cori_uncertain(
    incidence: &Incidence,
    intervals: &[SerialInterval],
    prior: Prior,
    windows: &[(usize, usize)],
) -> Result<Vec<Windowed>, WatchError> {
    if !(prior.mean > 0.0 && prior.sd > 0.0 && prior.mean.is_finite() && prior.sd.is_finite()) {
        return Err(WatchError::Estimate {
            what: "the reproduction number",
            why: format!("the prior has mean {} and standard deviation {}", prior.mean, prior.sd),
            remedy: "give both as numbers above 0",
        });
    }
    check_windows(windows, incidence.len())?;
    let (shape, scale) = ((prior.mean / prior.sd).powi(2), prior.sd * prior.sd / prior.mean);
    let means: Vec<f64> = intervals.iter().map(SerialInterval::mean).collect();
    let infectiousness: Vec<Vec<Option<f64>>> = intervals
        .iter()
        .map(|interval| (0..incidence.len()).map(|at| incidence.infectiousness(interval, at)).collect())
        .collect();
    let posterior = |start: usize, end: usize| -> Result<Estimate, Silence> {
        let infected: Option<f64> = incidence.local[start..=end].iter().map(|count| count.map(f64::from)).sum();
        let infected = infected.ok_or(Silence::Missing)?;
        let mut scales = Vec::with_capacity(intervals.len());
        for (mean, by_step) in means.iter().zip(&infectiousness) {
            // Before one mean interval has passed, most infections have not shown yet.
            if (end + 1) as f64 > *mean {
                let infectious: Option<f64> = by_step[start..=end].iter().copied().sum();
                scales.push(1.0 / (1.0 / scale + infectious.ok_or(Silence::MissingBaseline)?));
            }
        }
        let needs = means.iter().copied().fold(f64::INFINITY, f64::min).floor() as usize;
        if scales.is_empty() {
            Err(Silence::NotEnoughHistory { needs, has: end })
        } else {
            Ok(mixture(shape + infected, &scales))
        }
    };
    Ok(windows.iter().map(|&(start, end)| Windowed { start, end, outcome: posterior(start, end) }).collect())
}

/// Gamma distributions of one shape and several scales, all as likely.
fn mixture(shape: f64, scales: &[f64]) -> Estimate {
    let count = scales.len() as f64;
    let scale = scales.iter().sum::<f64>() / count;
    let squares = scales.iter().map(|scale| scale * scale).sum::<f64>() / count;
    let mean = shape * scale;
    let variance = shape * squares + shape * shape * (squares - scale * scale).max(0.0);
    let quantile = |probability: f64| {
        let single = gamma_quantile(probability, shape);
        if scales.len() == 1 {
            return single * scale;
        }
        let log_gamma = statrs::function::gamma::ln_gamma(shape);
        let below = |x: f64| scales.iter().map(|scale| gamma_cdf(shape, x / scale)).sum::<f64>() / count - probability;
        let density = |x: f64| {
            let part = |scale: &f64| ((shape - 1.0) * (x / scale).ln() - x / scale - log_gamma).exp() / scale;
            scales.iter().map(part).sum::<f64>() / count
        };
        root(single * scale, below, density, |_| 0.0)
    };
    Estimate { mean, sd: variance.sqrt(), quantiles: PROBABILITIES.map(quantile) }
}

fn check_windows(windows: &[(usize, usize)], steps: usize) -> Result<(), WatchError> {
    match windows.iter().find(|(start, end)| *start == 0 || start > end || *end >= steps) {
        None => Ok(()),
        Some((start, end)) => Err(WatchError::Estimate {
            what: "the reproduction number",
            why: format!("the window from step {} to {} does not lie within steps 2 to {steps}", start + 1, end + 1),
            remedy: "give windows that begin at the second step or later and end within the counts",
        }),
    }
}

/// Wallinga and Teunis: how many each case of a window infects, whoever they were infected by. The interval comes
/// from so many simulated infection trees; quantiles other than the ends and the middle are theirs too. Recent
/// windows are too low, since those infected have not all shown.
pub fn wallinga_teunis(
    incidence: &Incidence,
    interval: &SerialInterval,
    windows: &[(usize, usize)],
    simulations: usize,
    seed: u64,
) -> Result<Vec<Windowed>, WatchError> {
    check_windows(windows, incidence.len())?;
    let cases: Option<Vec<f64>> = (0..incidence.len()).map(|at| incidence.total(at)).collect();
    let Some(cases) = cases else {
        let missing = (0..incidence.len()).filter(|at| incidence.total(*at).is_none()).count();
        return Err(WatchError::Estimate {
            what: "the reproduction number by case",
            why: format!("{missing} of {} counts are missing", incidence.len()),
            remedy: "complete them, or use the method of Cori, which leaves out what they touch",
        });
    };
    // Of each step with cases, the earlier steps that can have infected them, with how likely each did.
    let sources: Vec<Vec<(usize, f64)>> = (0..cases.len())
        .map(|at| {
            let lags = interval.probability().iter().take(at + 1).enumerate();
            let weights: Vec<(usize, f64)> = lags
                .map(|(lag, share)| (at - lag, share * cases[at - lag]))
                .filter(|(_, weight)| *weight > 0.0)
                .collect();
            let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
            weights.into_iter().map(|(source, weight)| (source, weight / total)).collect()
        })
        .collect();
    let mut infected = vec![0.0; cases.len()];
    for (at, sources) in sources.iter().enumerate() {
        for (source, share) in sources {
            infected[*source] += cases[at] * share;
        }
    }
    let mut trees: Vec<Vec<f64>> = Vec::with_capacity(simulations);
    let mut chance = Chance::new(seed, 0);
    for _ in 0..simulations {
        let mut children = vec![0.0; cases.len()];
        for (at, sources) in sources.iter().enumerate().filter(|(_, sources)| !sources.is_empty()) {
            for _ in 0..cases[at] as u64 {
                let mut left = chance.uniform();
                let drawn = sources.iter().find(|(_, share)| {
                    left -= share;
                    left <= 0.0
                });
                children[drawn.unwrap_or(&sources[sources.len() - 1]).0] += 1.0;
            }
        }
        trees.push(children);
    }
    let first_case = cases.iter().position(|cases| *cases > 0.0).unwrap_or(cases.len());
    let judge = |start: usize, end: usize| -> Result<Estimate, Silence> {
        if start <= first_case {
            return Err(Silence::NotEnoughHistory { needs: first_case + 1, has: start });
        }
        let of_window: f64 = cases[start..=end].iter().sum();
        if of_window == 0.0 {
            return Err(Silence::NoVariation);
        }
        let by_case = |infected: &[f64]| infected[start..=end].iter().sum::<f64>() / of_window;
        let mut drawn: Vec<f64> = trees.iter().map(|children| by_case(children)).collect();
        drawn.sort_by(f64::total_cmp);
        let drawn_mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let squares: f64 = drawn.iter().map(|value| (value - drawn_mean).powi(2)).sum();
        let quantiles = PROBABILITIES.map(|probability| sample_quantile(&drawn, probability));
        Ok(Estimate { mean: by_case(&infected), sd: (squares / (drawn.len() as f64 - 1.0)).sqrt(), quantiles })
    };
    Ok(windows.iter().map(|&(start, end)| Windowed { start, end, outcome: judge(start, end) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(counts: &[u32]) -> Incidence {
        Incidence::new(counts.iter().copied().map(Some).collect())
    }

    #[test]
    fn cases_that_double_with_each_generation_have_a_number_of_two() {
        let interval = SerialInterval::new(vec![0.0, 0.0, 1.0]).unwrap();
        let counts: Vec<u32> = (0..20).map(|step| 1000 << (step / 2)).collect();
        let found = cori(&known(&counts), &interval, Prior::default(), &sliding(20, 4)).unwrap();
        let last = found.last().unwrap().outcome.unwrap();
        assert!((last.mean - 2.0).abs() < 0.01 && last.quantiles[0] < 2.0 && last.quantiles[6] > 1.99, "{last:?}");
        let by_case = wallinga_teunis(&known(&counts), &interval, &[(4, 9)], 50, 1).unwrap();
        assert!((by_case[0].outcome.unwrap().mean - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_missing_count_silences_the_windows_that_it_touches_and_no_other() {
        let interval = SerialInterval::new(vec![0.0, 0.5, 0.5]).unwrap();
        let mut counts = vec![Some(10); 20];
        counts[10] = None;
        let found = cori(&Incidence::new(counts.clone()), &interval, Prior::default(), &sliding(20, 2)).unwrap();
        let silent: Vec<usize> =
            found.iter().filter(|window| window.outcome.is_err()).map(|window| window.start).collect();
        assert_eq!(silent, [9, 10, 11, 12]);
        let refused = wallinga_teunis(&Incidence::new(counts), &interval, &[(4, 9)], 5, 1).unwrap_err();
        assert!(refused.to_string().contains("1 of 20 counts are missing"), "{refused}");
    }

    #[test]
    fn a_missing_count_is_passed_over_once_its_lag_is_rare() {
        let interval = SerialInterval::gamma(3.0, 1.0, 40).unwrap();
        let mut counts = vec![Some(10); 40];
        counts[10] = None;
        let found = cori(&Incidence::new(counts), &interval, Prior::default(), &sliding(40, 2)).unwrap();
        let last_silent = found.iter().rposition(|window| window.outcome.is_err()).unwrap();
        assert!((11..18).contains(&found[last_silent].start), "{:?}", found[last_silent]);
    }

    #[test]
    fn several_intervals_widen_the_estimate() {
        let counts: Vec<u32> = (0..30).map(|step| 20 + 3 * step).collect();
        let one = SerialInterval::gamma(6.0, 2.0, 30).unwrap();
        let others = [4.0, 6.0, 8.0].map(|mean| SerialInterval::gamma(mean, 2.0, 30).unwrap());
        let windows = [(20, 26)];
        let of = |intervals: &[SerialInterval]| {
            cori_uncertain(&known(&counts), intervals, Prior::default(), &windows).unwrap()[0].outcome.unwrap()
        };
        let (certain, uncertain) = (of(&[one]), of(&others));
        let width = |estimate: &Estimate| estimate.quantiles[6] - estimate.quantiles[0];
        assert!(width(&uncertain) > 1.5 * width(&certain), "{certain:?} {uncertain:?}");
    }

    #[test]
    fn windows_outside_of_the_counts_are_refused() {
        let interval = SerialInterval::new(vec![0.0, 1.0]).unwrap();
        for window in [(0, 3), (5, 4), (2, 10)] {
            assert!(cori(&known(&[1; 10]), &interval, Prior::default(), &[window]).is_err());
        }
        assert!(sliding(3, 7).is_empty() && sliding(9, 0).is_empty());
    }
}
