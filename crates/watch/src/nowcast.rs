//! How many have happened, given that some are reported late: the chain ladder, with an interval.

use crate::distributions::{negative_binomial_quantile, poisson_quantile};
use crate::error::WatchError;
use crate::outcome::Silence;

/// Counts by the step in which something happened and by how many steps later it was reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Triangle {
    /// `counts[step][delay]`; of a step so many steps ago, only the delays until now are read.
    counts: Vec<Vec<u32>>,
    longest: usize,
}

/// What one step comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nowcast {
    /// How many are reported.
    pub reported: u32,
    /// How many there are likely to be in the end, or why nothing can be said.
    pub outcome: Result<Estimate, Silence>,
}

/// How many there are in the end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The lower end of the interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
    /// Which part is reported by now on average.
    pub reported_share: f64,
}

impl Triangle {
    /// From rows: of `steps` steps, the happening, the delay, how many. What lies after the last step is not
    /// known yet and is left out; delays beyond `longest` count as the longest.
    pub fn new(steps: usize, longest: usize, rows: impl IntoIterator<Item = (usize, usize, u32)>) -> Self {
        let mut counts = vec![vec![0; longest + 1]; steps];
        for (step, delay, count) in rows {
            if step + delay < steps {
                counts[step][delay.min(longest)] += count;
            }
        }
        Self { counts, longest }
    }

    fn known(&self, step: usize) -> &[u32] {
        let known = (self.counts.len() - 1 - step).min(self.longest);
        &self.counts[step][..=known]
    }

    /// The nowcast of each step. Delays are learnt from the last `window` steps of each; `confidence` is that of
    /// the interval, such as 0.9.
    pub fn nowcast(&self, window: usize, confidence: f64) -> Result<Vec<Nowcast>, WatchError> {
        if window == 0 || !(0.0..1.0).contains(&confidence) || self.counts.is_empty() {
            return Err(WatchError::Estimate {
                what: "a nowcast",
                why: format!("there are {} steps, window {window}, confidence {confidence}", self.counts.len()),
                remedy: "give a step or more, a window of a step or more, and a confidence from 0 to below 1",
            });
        }
        let steps = self.counts.len();
        // Of all reported within a delay, the part reported exactly then, from the steps that reach it.
        let mut last_part = vec![0.0; self.longest + 1];
        let mut at_risk = vec![0.0; self.longest + 1];
        let mut surprise = (0.0, 0.0);
        for delay in (1..=self.longest.min(steps - 1)).rev() {
            let last = steps - delay;
            let rows = || (last.saturating_sub(window)..last).map(|step| self.known(step));
            let within = |row: &[u32]| row[..=delay].iter().map(|count| f64::from(*count)).sum::<f64>();
            let all: f64 = rows().map(within).sum();
            let then: f64 = rows().map(|row| f64::from(row[delay])).sum();
            at_risk[delay] = all;
            if all > 0.0 {
                last_part[delay] = then / all;
            }
            let part = last_part[delay];
            if part > 0.0 && part < 1.0 {
                for row in rows() {
                    let expected = within(row) * part;
                    if expected > 0.0 {
                        surprise.0 += (f64::from(row[delay]) - expected).powi(2) / (expected * (1.0 - part));
                        surprise.1 += 1.0;
                    }
                }
                surprise.1 -= 1.0;
            }
        }
        let dispersion = if surprise.1 > 0.0 { f64::max(surprise.0 / surprise.1, 1.0) } else { 1.0 };
        let tail = 0.5 * (1.0 - confidence);
        let judge = |step: usize| {
            let row = self.known(step);
            let reported: u32 = row.iter().sum();
            let beyond = row.len()..=self.longest;
            // A delay that no step has reached yet is not known to be impossible.
            if beyond.clone().any(|delay| delay >= steps || at_risk[delay] == 0.0) {
                let needs = self.longest + 1;
                return Nowcast { reported, outcome: Err(Silence::NotEnoughHistory { needs, has: steps - 1 }) };
            }
            let share: f64 = beyond.clone().map(|delay| 1.0 - last_part[delay]).product();
            if share <= 0.0 {
                return Nowcast { reported, outcome: Err(Silence::NoVariation) };
            }
            // What follows from the reported ones, whose mean has Jeffreys' prior, and from how well the share
            // is known.
            let basis = f64::from(reported) + 0.5;
            let missing = basis * (1.0 - share) / share;
            let relative: f64 =
                beyond.map(|delay| last_part[delay] / ((1.0 - last_part[delay]) * at_risk[delay])).sum();
            let variance = dispersion * (missing / share + (basis / share).powi(2) * relative);
            let quantile = |probability: f64| {
                if variance > missing * (1.0 + 1e-9) {
                    negative_binomial_quantile(
                        probability,
                        missing * missing / (variance - missing),
                        missing / variance,
                    )
                } else {
                    poisson_quantile(probability, missing)
                }
            };
            let total = |unreported: f64| f64::from(reported) + unreported;
            let (lower, upper) = if missing > 0.0 { (quantile(tail), quantile(1.0 - tail)) } else { (0.0, 0.0) };
            Nowcast {
                reported,
                outcome: Ok(Estimate {
                    mean: total(missing),
                    lower: total(lower),
                    upper: total(upper),
                    reported_share: share,
                }),
            }
        };
        Ok((0..steps).map(judge).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half reported at once, a third a step later, a sixth two steps later.
    fn triangle(steps: usize) -> Triangle {
        Triangle::new(steps, 2, (0..steps).flat_map(|step| [(step, 0, 60), (step, 1, 40), (step, 2, 20)]))
    }

    #[test]
    fn what_is_not_reported_yet_is_added() {
        let found = triangle(20).nowcast(10, 0.9).unwrap();
        let estimate = |step: usize| found[step].outcome.unwrap();
        assert_eq!((found[17].reported, estimate(17).mean, estimate(17).upper), (120, 120.0, 120.0));
        assert_eq!((found[18].reported, found[19].reported), (100, 60));
        assert!((estimate(18).mean - 120.1).abs() < 0.01 && (estimate(19).mean - 120.5).abs() < 0.01);
        assert!((estimate(19).reported_share - 0.5).abs() < 1e-9);
        assert!(estimate(19).lower < 115.0 && estimate(19).upper > 125.0);
    }

    #[test]
    fn a_step_without_a_report_is_not_taken_for_none() {
        let mut rows: Vec<(usize, usize, u32)> =
            (0..20).flat_map(|step| [(step, 0, 2), (step, 1, 10)]).filter(|row| row.0 < 19).collect();
        rows.push((19, 0, 0));
        let found = Triangle::new(20, 1, rows).nowcast(10, 0.9).unwrap()[19];
        let estimate = found.outcome.unwrap();
        assert!(found.reported == 0 && estimate.mean > 2.0 && estimate.upper >= 8.0, "{estimate:?}");
    }

    #[test]
    fn delays_that_nobody_saw_yet_are_said_to_be_unknown() {
        let found = Triangle::new(2, 5, [(0, 0, 9), (1, 0, 9)]).nowcast(10, 0.9).unwrap();
        assert_eq!(found[1].outcome, Err(Silence::NotEnoughHistory { needs: 6, has: 1 }));
        assert!(triangle(5).nowcast(0, 0.9).is_err());
    }
}
