//! Delays in whole days.

use plan::{Delay, Delays, Family};
use statrs::distribution::{ContinuousCDF, Gamma, LogNormal, Normal, Weibull};
use statrs::function::gamma::gamma;

use crate::error::ChainsError;

/// What lies beyond this on either side is taken not to occur.
const TAIL: f64 = 1e-7;
/// Nothing about an infection takes longer, in days.
const LONGEST_DAYS: i32 = 400;

/// How likely each number of days is between two events of which only the days are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Lags {
    first: i32,
    probability: Vec<f64>,
    /// `until[n]`: how likely fewer than `first + n` days are.
    until: Vec<f64>,
}

impl Lags {
    /// A delay of the plan, in whole days: both events happen at any time of their days, so that lag `k` has
    /// the delay's density under a triangle from `k - 1` to `k + 1`. `what` is the delay's name in the plan.
    pub fn of(delay: &Delay, what: &'static str) -> Result<Self, ChainsError> {
        let refused = || ChainsError::Delay {
            what,
            family: format!("{:?}", delay.family).to_lowercase(),
            mean_days: delay.mean_days,
            sd_days: delay.sd_days,
        };
        let cumulative = cumulative(delay).ok_or_else(refused)?;
        let (mean, sd) = (delay.mean_days, delay.sd_days);
        let first = if delay.family == Family::Normal { (mean - 8.0 * sd).floor().max(-400.0) as i32 } else { 0 };
        let longest = delay.maximum_days.map_or(LONGEST_DAYS, |days| days.clamp(1.0, 400.0).floor() as i32);
        let mut probability = Vec::new();
        let mut before = mean_over_day(&*cumulative, first - 1);
        for lag in first..=longest {
            let here = mean_over_day(&*cumulative, lag);
            probability.push((here - before).max(0.0));
            before = here;
            if f64::from(lag) > mean && 1.0 - here < TAIL {
                break;
            }
        }
        Self::from_parts(first, probability).ok_or_else(refused)
    }

    /// Onset to onset: the plan's serial interval; or else its generation time with one incubation more and
    /// one less; or else its incubation, as if everyone infected on the day of their own onset.
    pub fn onset_to_onset(delays: &Delays) -> Result<Self, ChainsError> {
        let incubation = Self::of(&delays.incubation, "incubation")?;
        match (&delays.serial_interval, &delays.generation_time) {
            (Some(interval), _) => Self::of(interval, "serial_interval"),
            (None, Some(time)) => Ok(Self::of(time, "generation_time")?.plus(&incubation).plus(&incubation.reversed())),
            (None, None) => Ok(incubation),
        }
    }

    fn from_parts(first: i32, mut probability: Vec<f64>) -> Option<Self> {
        while probability.last().is_some_and(|share| *share < TAIL) {
            probability.pop();
        }
        let rare = probability.iter().take_while(|share| **share < TAIL).count();
        probability.drain(..rare);
        let total: f64 = probability.iter().sum();
        if !(total.is_finite() && total > 0.0) {
            return None;
        }
        probability.iter_mut().for_each(|share| *share /= total);
        let until = running(&probability);
        Some(Self { first: first + rare as i32, probability, until })
    }

    /// The shortest that occurs, in days.
    pub fn shortest(&self) -> i32 {
        self.first
    }

    /// The longest that occurs, in days.
    pub fn longest(&self) -> i32 {
        self.first + self.probability.len() as i32 - 1
    }

    /// How likely it is to be so many days.
    pub fn on(&self, days: i32) -> f64 {
        let at = i64::from(days) - i64::from(self.first);
        usize::try_from(at).ok().and_then(|at| self.probability.get(at)).copied().unwrap_or(0.0)
    }

    /// How likely it is to be from so many to so many days, both included.
    pub fn between(&self, from: i32, to: i32) -> f64 {
        if from > to {
            return 0.0;
        }
        let below = |days: i64| {
            let at = (days - i64::from(self.first)).clamp(0, self.probability.len() as i64);
            self.until[at as usize]
        };
        (below(i64::from(to) + 1) - below(i64::from(from))).max(0.0)
    }

    /// Its mean, in days.
    pub fn mean(&self) -> f64 {
        self.probability.iter().enumerate().map(|(n, share)| share * f64::from(self.first + n as i32)).sum()
    }

    /// How likely the lag of a true pair is on average: what someone unknown of typical timing is given.
    pub fn typical(&self) -> f64 {
        self.probability.iter().map(|share| share * share).sum()
    }

    fn plus(&self, other: &Self) -> Self {
        let mut probability = vec![0.0; self.probability.len() + other.probability.len() - 1];
        for (n, mine) in self.probability.iter().enumerate() {
            for (m, theirs) in other.probability.iter().enumerate() {
                probability[n + m] += mine * theirs;
            }
        }
        let until = running(&probability);
        Self { first: self.first + other.first, probability, until }
    }

    fn reversed(&self) -> Self {
        let probability: Vec<f64> = self.probability.iter().rev().copied().collect();
        let until = running(&probability);
        Self { first: -self.longest(), probability, until }
    }
}

/// The sums of the first 0, 1, 2... shares.
fn running(probability: &[f64]) -> Vec<f64> {
    let sums = probability.iter().scan(0.0, |sum, share| {
        *sum += share;
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// The share of delays up to so many days; none when the numbers make no such distribution.
fn cumulative(delay: &Delay) -> Option<Box<dyn Fn(f64) -> f64>> {
    fn of(distribution: impl ContinuousCDF<f64, f64> + 'static) -> Box<dyn Fn(f64) -> f64> {
        Box::new(move |days| distribution.cdf(days))
    }
    let (mean, sd) = (delay.mean_days, delay.sd_days);
    if !(mean.is_finite() && sd.is_finite() && sd > 0.0) || (delay.family != Family::Normal && mean <= 0.0) {
        return None;
    }
    let variation = sd / mean;
    Some(match delay.family {
        Family::Normal => of(Normal::new(mean, sd).ok()?),
        Family::Gamma => of(Gamma::new(variation.powi(-2), mean / (sd * sd)).ok()?),
        Family::Lognormal => {
            let variance = (variation * variation).ln_1p();
            of(LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt()).ok()?)
        }
        Family::Weibull => {
            let shape = weibull_shape(variation);
            of(Weibull::new(shape, mean / gamma(1.0 + 1.0 / shape)).ok()?)
        }
    })
}

/// The shape of the Weibull distribution whose sd is `variation` times its mean, by halving.
fn weibull_shape(variation: f64) -> f64 {
    let variation_of = |shape: f64| {
        let mean = gamma(1.0 + 1.0 / shape);
        (gamma(1.0 + 2.0 / shape) / (mean * mean) - 1.0).max(0.0).sqrt()
    };
    // Variation falls as the shape grows.
    let (mut low, mut high) = (0.1, 100.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if variation_of(middle) > variation { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The mean of a function from one day to the next, by Simpson's rule.
fn mean_over_day(function: &dyn Fn(f64) -> f64, day: i32) -> f64 {
    const PANELS: i32 = 32;
    let at = |n: i32| function(f64::from(day) + f64::from(n) / f64::from(PANELS));
    let weight = |n: i32| if n == 0 || n == PANELS { 1.0 } else { f64::from(2 + 2 * (n % 2)) };
    (0..=PANELS).map(|n| weight(n) * at(n)).sum::<f64>() / f64::from(3 * PANELS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan::Confidence;

    fn delay(family: Family, mean_days: f64, sd_days: f64) -> Delay {
        Delay {
            family,
            mean_days,
            sd_days,
            maximum_days: None,
            source: Vec::new(),
            confidence: Confidence::Assumption,
            note: None,
        }
    }

    fn lags(family: Family, mean: f64, sd: f64) -> Lags {
        Lags::of(&delay(family, mean, sd), "incubation").unwrap()
    }

    fn sd(lags: &Lags) -> f64 {
        let days = lags.shortest()..=lags.longest();
        days.map(|day| lags.on(day) * (f64::from(day) - lags.mean()).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn every_family_keeps_its_mean_and_gains_the_spread_of_two_days() {
        for family in [Family::Gamma, Family::Lognormal, Family::Weibull, Family::Normal] {
            let lags = lags(family, 11.7, 2.7);
            assert!((lags.mean() - 11.7).abs() < 0.01, "{family:?}: {}", lags.mean());
            // Each event lies anywhere in its day, which adds a variance of 1/12 twice.
            let expected = (2.7_f64.powi(2) + 1.0 / 6.0).sqrt();
            assert!((sd(&lags) - expected).abs() < 0.02, "{family:?}: {}", sd(&lags));
            assert!((lags.between(lags.shortest(), lags.longest()) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn only_a_normal_delay_can_be_negative() {
        assert!(lags(Family::Normal, 3.78, 4.4).on(-3) > 0.01);
        for family in [Family::Gamma, Family::Lognormal, Family::Weibull] {
            let lags = lags(family, 3.78, 4.4);
            assert!(lags.shortest() >= 0 && lags.on(-1) == 0.0 && lags.on(0) > 0.0, "{family:?}");
        }
    }

    #[test]
    fn days_between_are_the_sum_of_the_days_on() {
        let lags = lags(Family::Normal, 2.0, 3.0);
        let sum: f64 = (-4..=5).map(|day| lags.on(day)).sum();
        assert!((lags.between(-4, 5) - sum).abs() < 1e-12);
        assert_eq!((lags.between(5, 4), lags.on(i32::MAX), lags.between(i32::MIN, -200)), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_maximum_cuts_off_and_the_rest_is_certain() {
        let cut = Delay { maximum_days: Some(6.0), ..delay(Family::Gamma, 5.0, 3.0) };
        let lags = Lags::of(&cut, "incubation").unwrap();
        assert_eq!((lags.longest(), lags.on(7)), (6, 0.0));
        assert!((lags.between(0, 6) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn without_a_serial_interval_the_generation_time_and_two_incubations_stand_in() {
        let delays = Delays {
            incubation: delay(Family::Gamma, 5.0, 2.0),
            serial_interval: None,
            generation_time: Some(delay(Family::Gamma, 4.0, 1.0)),
        };
        let lags = Lags::onset_to_onset(&delays).unwrap();
        assert!((lags.mean() - 4.0).abs() < 0.01 && lags.on(-1) > 0.0, "{}", lags.mean());
        let only_incubation = Delays { generation_time: None, ..delays };
        assert!((Lags::onset_to_onset(&only_incubation).unwrap().mean() - 5.0).abs() < 0.01);
    }

    #[test]
    fn numbers_that_make_no_distribution_are_refused_by_name() {
        let bad = [(Family::Gamma, -1.0, 2.0), (Family::Normal, 3.0, 0.0), (Family::Weibull, f64::NAN, 1.0)];
        for (family, mean, sd) in bad {
            let message = Lags::of(&delay(family, mean, sd), "serial_interval").unwrap_err().to_string();
            assert!(message.contains("delays.serial_interval"), "{message}");
        }
    }
}
