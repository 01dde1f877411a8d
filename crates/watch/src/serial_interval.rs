//! How many steps lie between the onsets of a case and of those it infects.

use crate::chance::Chance;
use crate::distributions::gamma_cdf;
use crate::error::WatchError;

/// The probability of each lag, from 0 steps on.
#[derive(Debug, Clone, PartialEq)]
pub struct SerialInterval {
    probability: Vec<f64>,
}

impl SerialInterval {
    /// Probabilities of lags 0, 1, 2… They are taken as they are, so they have to add up to 1 within a thousandth,
    /// and nobody infects on the day of their own onset.
    pub fn new(probability: Vec<f64>) -> Result<Self, WatchError> {
        let refused = |why: String| WatchError::Estimate {
            what: "a serial interval",
            why,
            remedy: "give the probability of each lag from 0 steps on, 0 for the first, adding up to 1",
        };
        if let Some(at) = probability.iter().position(|share| !(0.0..=1.0).contains(share)) {
            return Err(refused(format!("lag {at} has probability {}", probability[at])));
        }
        if probability.first().is_some_and(|share| *share > 0.0) {
            return Err(refused(format!("lag 0 has probability {}", probability[0])));
        }
        let total: f64 = probability.iter().sum();
        if (total - 1.0).abs() > 1e-3 {
            return Err(refused(format!("the probabilities add up to {total}")));
        }
        Ok(Self { probability })
    }

    /// A gamma distribution of that mean and standard deviation, moved by one step and made whole: both onsets
    /// happen at any time of their steps (Cori 2013). Lags below `lags` are kept.
    pub fn gamma(mean: f64, sd: f64, lags: usize) -> Result<Self, WatchError> {
        if !(mean > 1.0 && sd > 0.0 && mean.is_finite() && sd.is_finite()) {
            return Err(WatchError::Estimate {
                what: "a serial interval",
                why: format!("its mean is {mean} and its standard deviation {sd}"),
                remedy: "give a mean above 1 and a standard deviation above 0, in steps of the counts",
            });
        }
        let (shape, scale) = (((mean - 1.0) / sd).powi(2), sd * sd / (mean - 1.0));
        let probability = (0..lags).map(|lag| {
            let lag = lag as f64;
            let [here, one, two] = [lag, lag - 1.0, lag - 2.0].map(|at| gamma_cdf(shape, at / scale));
            let [here1, one1, two1] = [lag, lag - 1.0, lag - 2.0].map(|at| gamma_cdf(shape + 1.0, at / scale));
            let share =
                lag * here + (lag - 2.0) * two - 2.0 * (lag - 1.0) * one + shape * scale * (2.0 * one1 - two1 - here1);
            share.max(0.0)
        });
        Ok(Self { probability: probability.collect() })
    }

    /// The probability of each lag.
    pub fn probability(&self) -> &[f64] {
        &self.probability
    }

    /// Its mean, in steps.
    pub fn mean(&self) -> f64 {
        self.probability.iter().enumerate().map(|(lag, share)| lag as f64 * share).sum()
    }
}

/// A gamma serial interval of which mean and standard deviation are not known exactly: each normal, cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uncertain {
    /// Mean, in steps: the middle, its standard deviation, the least and the most.
    pub mean: [f64; 4],
    /// Standard deviation, in steps: the middle, its standard deviation, the least and the most.
    pub sd: [f64; 4],
}

impl Uncertain {
    /// Draws intervals.
    pub fn draw(&self, intervals: usize, lags: usize, seed: u64) -> Result<Vec<SerialInterval>, WatchError> {
        for [middle, sd, least, most] in [self.mean, self.sd] {
            if !(sd > 0.0 && least < most && (least..=most).contains(&middle)) {
                return Err(WatchError::Estimate {
                    what: "an uncertain serial interval",
                    why: format!("{middle} with standard deviation {sd} does not lie between {least} and {most}"),
                    remedy: "give a least below the most, the middle between them, and a standard deviation above 0",
                });
            }
        }
        let mut chance = Chance::new(seed, 0);
        let mut draw = |[middle, sd, least, most]: [f64; 4]| loop {
            let drawn = middle + sd * chance.normal();
            if (least..=most).contains(&drawn) {
                return drawn;
            }
        };
        (0..intervals).map(|_| SerialInterval::gamma(draw(self.mean), draw(self.sd), lags)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gamma_interval_has_its_mean() {
        let interval = SerialInterval::gamma(8.4, 3.8, 60).unwrap();
        assert!((interval.mean() - 8.4).abs() < 1e-6, "{}", interval.mean());
        assert!((interval.probability().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(interval.probability()[0], 0.0);
    }

    #[test]
    fn what_is_no_distribution_is_refused_with_the_reason() {
        for (weights, why) in [(vec![0.0, 0.5], "add up to 0.5"), (vec![0.1, 0.9], "lag 0"), (vec![0.0, 2.0], "lag 1")]
        {
            let message = SerialInterval::new(weights).unwrap_err().to_string();
            assert!(message.contains(why), "{message}");
        }
        assert!(SerialInterval::gamma(1.0, 1.0, 9).is_err());
    }

    #[test]
    fn uncertain_intervals_stay_within_their_bounds() {
        let uncertain = Uncertain { mean: [2.6, 1.0, 1.5, 4.2], sd: [1.5, 0.5, 0.5, 2.5] };
        let drawn = uncertain.draw(200, 60, 1).unwrap();
        assert!(drawn.iter().all(|interval| (1.49..4.21).contains(&interval.mean())));
        assert_eq!(drawn, uncertain.draw(200, 60, 1).unwrap());
        assert!(Uncertain { mean: [2.0, 1.0, 3.0, 4.0], ..uncertain }.draw(1, 9, 1).is_err());
    }
}
