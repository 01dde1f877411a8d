//! Delay distributions from dates: both ends known to the day only, and the latest not seen yet.

use statrs::distribution::{Continuous, ContinuousCDF, Gamma, LogNormal, Weibull};
use statrs::function::gamma::gamma;

use crate::distributions::normal_quantile;
use crate::error::WatchError;
use crate::optimum::{smallest, standard_errors};

/// One delay: from something within one stretch of time to something within another, in days on one scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// When the first happened: from, to.
    pub first: (f64, f64),
    /// When the second happened: from, to.
    pub second: (f64, f64),
    /// Until when it could have been seen; none when everything has been.
    pub seen_until: Option<f64>,
}

impl Observed {
    /// Both ends known to the day, what happened until the end of `seen_until` seen.
    pub fn days(first: i32, second: i32, seen_until: Option<i32>) -> Self {
        let day = |day: i32| (f64::from(day), f64::from(day) + 1.0);
        Self { first: day(first), second: day(second), seen_until: seen_until.map(|last| f64::from(last) + 1.0) }
    }
}

/// A family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Gamma.
    Gamma,
    /// Lognormal.
    LogNormal,
    /// Weibull.
    Weibull,
}

/// A delay that was fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// Its family.
    pub family: Family,
    /// Its mean, in days.
    pub mean_days: f64,
    /// Its standard deviation, in days.
    pub sd_days: f64,
    /// The 95 % interval of the mean; none where the delays do not narrow it down.
    pub mean_interval: Option<(f64, f64)>,
    /// The 95 % interval of the standard deviation.
    pub sd_interval: Option<(f64, f64)>,
    /// Akaike's criterion: of several families the smallest fits best.
    pub aic: f64,
}

/// Over how many moments of its stretch the first event is spread.
const MOMENTS: usize = 24;

/// Fits one family by greatest likelihood. The first event is taken to be as likely at any moment of its stretch.
pub fn fit(family: Family, observed: &[Observed]) -> Result<Delay, WatchError> {
    let refused = |why: String| WatchError::Estimate {
        what: "a delay",
        why,
        remedy: "give ten delays or more, each with its second event after the beginning of its first",
    };
    if observed.len() < 2 {
        return Err(refused(format!("there are {}", observed.len())));
    }
    let wrong = |one: &Observed| {
        let (first, second) = (one.first, one.second);
        let ordered = first.0 <= first.1 && second.0 < second.1 && second.1 > first.0;
        !ordered || one.seen_until.is_some_and(|until| until < second.1)
    };
    if let Some(at) = observed.iter().position(wrong) {
        return Err(refused(format!("delay {} is backwards or ends after it could have been seen", at + 1)));
    }
    // Delays known to the day come in few shapes: each is computed once.
    let mut shapes: Vec<(Observed, f64)> = Vec::new();
    for one in observed {
        let origin = one.first.0;
        let moved = Observed {
            first: (0.0, one.first.1 - origin),
            second: (one.second.0 - origin, one.second.1 - origin),
            seen_until: one.seen_until.map(|until| until - origin),
        };
        match shapes.iter_mut().find(|(shape, _)| *shape == moved) {
            Some((_, count)) => *count += 1.0,
            None => shapes.push((moved, 1.0)),
        }
    }
    let surprise = |[log_mean, log_sd]: [f64; 2]| -> f64 {
        let Some(below) = cumulative(family, log_mean.exp(), log_sd.exp()) else { return f64::INFINITY };
        shapes.iter().map(|(shape, count)| -count * shape.likelihood(&*below).max(1e-300).ln()).sum()
    };
    let middle = |one: &Observed| (0.5 * (one.second.0 + one.second.1 - one.first.0 - one.first.1)).max(0.25);
    let mean = observed.iter().map(middle).sum::<f64>() / observed.len() as f64;
    let spread = observed.iter().map(|one| (middle(one) - mean).powi(2)).sum::<f64>() / observed.len() as f64;
    let found = smallest([mean.ln(), 0.5 * spread.max(0.05).ln()], 0.3, surprise);
    let least = surprise(found);
    if !least.is_finite() || found.iter().any(|value| value.abs() > 12.0) {
        return Err(refused("no distribution of this family fits".to_owned()));
    }
    let errors = standard_errors(found, surprise);
    let interval = |which: usize| {
        let reach = normal_quantile(0.975) * errors?[which];
        Some(((found[which] - reach).exp(), (found[which] + reach).exp()))
    };
    Ok(Delay {
        family,
        mean_days: found[0].exp(),
        sd_days: found[1].exp(),
        mean_interval: interval(0),
        sd_interval: interval(1),
        aic: 4.0 + 2.0 * least,
    })
}

/// The family that fits best.
pub fn best(observed: &[Observed]) -> Result<Delay, WatchError> {
    let mut best = fit(Family::Gamma, observed)?;
    for family in [Family::LogNormal, Family::Weibull] {
        if let Ok(other) = fit(family, observed)
            && other.aic < best.aic
        {
            best = other;
        }
    }
    Ok(best)
}

impl Observed {
    fn likelihood(&self, below: &dyn Fn(f64) -> f64) -> f64 {
        let (width, moments) = (self.first.1 - self.first.0, if self.first.1 > self.first.0 { MOMENTS } else { 1 });
        let (mut inside, mut seen) = (0.0, 0.0);
        for moment in 0..moments {
            let start = self.first.0 + width * (moment as f64 + 0.5) / moments as f64;
            inside += below(self.second.1 - start) - below(self.second.0 - start);
            seen += self.seen_until.map_or(1.0, |until| below(until - start));
        }
        inside / seen
    }
}

/// The distribution function of a family by its mean and standard deviation.
fn cumulative(family: Family, mean: f64, sd: f64) -> Option<Box<dyn Fn(f64) -> f64>> {
    fn positive<D: ContinuousCDF<f64, f64> + Continuous<f64, f64> + 'static>(of: D) -> Box<dyn Fn(f64) -> f64> {
        Box::new(move |value| if value > 0.0 { of.cdf(value) } else { 0.0 })
    }
    let ratio = sd / mean;
    Some(match family {
        Family::Gamma => positive(Gamma::new(ratio.powi(-2), mean / (sd * sd)).ok()?),
        Family::LogNormal => {
            let variance = (1.0 + ratio * ratio).ln();
            positive(LogNormal::new(mean.ln() - 0.5 * variance, variance.sqrt()).ok()?)
        }
        Family::Weibull => {
            // The coefficient of variation falls with the shape: halve the stretch in which it lies.
            let variation = |shape: f64| gamma(1.0 + 2.0 / shape) / gamma(1.0 + 1.0 / shape).powi(2) - 1.0;
            let (mut low, mut high) = (0.08_f64, 80.0_f64);
            for _ in 0..60 {
                let middle = (low * high).sqrt();
                if variation(middle) > ratio * ratio { low = middle } else { high = middle }
            }
            positive(Weibull::new(low, mean / gamma(1.0 + 1.0 / low)).ok()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::distributions::gamma_quantile;

    /// Delays of mean 6 and standard deviation 3 after events that double every five days, known to the day.
    fn outbreak(seen_until: i32, tell: bool) -> Vec<Observed> {
        let mut chance = Chance::new(11, 0);
        let mut delays = Vec::new();
        for day in 0..30 {
            for _ in 0..(4.0 * 2_f64.powf(f64::from(day) / 5.0)) as usize {
                let start = f64::from(day) + chance.uniform();
                let end = start + gamma_quantile(chance.uniform(), 4.0) * 1.5;
                if end < f64::from(seen_until) + 1.0 {
                    delays.push(Observed::days(day, end.floor() as i32, tell.then_some(seen_until)));
                }
            }
        }
        delays
    }

    #[test]
    fn what_has_not_shown_yet_is_allowed_for() {
        let naive = fit(Family::Gamma, &outbreak(29, false)).unwrap();
        let told = fit(Family::Gamma, &outbreak(29, true)).unwrap();
        assert!(naive.mean_days < 5.0, "{naive:?}");
        let (low, high) = told.mean_interval.unwrap();
        assert!(low < 6.0 && 6.0 < high && (told.mean_days - 6.0).abs() < 0.8, "{told:?}");
    }

    #[test]
    fn days_do_not_lengthen_short_delays() {
        let complete = fit(Family::Gamma, &outbreak(400, false)).unwrap();
        assert!((complete.mean_days - 6.0).abs() < 0.25 && (complete.sd_days - 3.0).abs() < 0.25, "{complete:?}");
    }

    #[test]
    fn the_family_that_made_them_is_chosen() {
        let mut chance = Chance::new(3, 0);
        let delays: Vec<Observed> =
            (0..2000).map(|_| Observed::days(0, (1.5 + 0.9 * chance.normal()).exp().floor() as i32, None)).collect();
        assert_eq!(best(&delays).unwrap().family, Family::LogNormal);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let backwards = [Observed::days(3, 5, None), Observed::days(9, 5, None)];
        let message = fit(Family::Gamma, &backwards).unwrap_err().to_string();
        assert!(message.contains("delay 2 is backwards"), "{message}");
        assert!(fit(Family::Gamma, &backwards[..1]).is_err());
    }
}
