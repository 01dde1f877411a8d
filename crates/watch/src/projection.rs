//! A short look ahead: new cases if the reproduction number stays as it is.

use crate::chance::Chance;
use crate::distributions::{negative_binomial_quantile, poisson_quantile, sample_quantile};
use crate::error::WatchError;
use crate::rt::Incidence;
use crate::serial_interval::SerialInterval;

/// Of which probabilities the quantiles of a fan are.
pub const FAN: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What is assumed of the days to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumed {
    /// The mean of the reproduction number.
    pub mean: f64,
    /// Its standard deviation: how well it is known.
    pub sd: f64,
    /// How unequally cases infect: the size of a negative binomial; infinite where all infect alike.
    pub offspring_size: f64,
}

/// One step ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    /// The mean of new cases.
    pub mean: f64,
    /// Their quantiles, by [`FAN`].
    pub quantiles: [f64; 5],
}

/// Follows `paths` possible courses for some steps. Each draws a reproduction number and keeps it.
pub fn project(
    incidence: &Incidence,
    interval: &SerialInterval,
    assumed: Assumed,
    steps: usize,
    paths: usize,
    seed: u64,
) -> Result<Vec<Ahead>, WatchError> {
    let refused = |why: String, remedy| WatchError::Estimate { what: "a projection", why, remedy };
    let Assumed { mean, sd, offspring_size } = assumed;
    if !(mean > 0.0 && sd >= 0.0 && offspring_size > 0.0 && mean.is_finite() && sd.is_finite()) || paths == 0 {
        let why = format!("the reproduction number is {mean} ± {sd}, the size {offspring_size}, the paths {paths}");
        return Err(refused(why, "give a mean and a size above 0, a deviation of 0 or more, and a path or more"));
    }
    let needed = interval.probability().len().min(incidence.len());
    let history: Option<Vec<f64>> = (incidence.len() - needed..incidence.len()).map(|at| incidence.total(at)).collect();
    let Some(history) = history else {
        return Err(refused(
            format!("one of the last {needed} counts is missing"),
            "complete it, or project from the nowcast",
        ));
    };
    let mut drawn = vec![Vec::with_capacity(paths); steps];
    for path in 0..paths {
        let mut chance = Chance::new(seed, path as u64);
        let number = if sd > 0.0 {
            let (shape, scale) = ((mean / sd).powi(2), sd * sd / mean);
            crate::distributions::gamma_quantile(chance.uniform(), shape) * scale
        } else {
            mean
        };
        let mut counts = history.clone();
        for day in &mut drawn {
            let now = counts.len();
            let lags = interval.probability().iter().enumerate().skip(1).take_while(|(lag, _)| *lag <= now);
            let infectious: f64 = lags.map(|(lag, share)| share * counts[now - lag]).sum();
            let expected = number * infectious;
            // The cases that infect add up, and with them the size of the negative binomial.
            let size = offspring_size * infectious;
            let new = if expected <= 0.0 {
                0.0
            } else if size.is_finite() {
                negative_binomial_quantile(chance.uniform(), size, size / (size + expected))
            } else {
                poisson_quantile(chance.uniform(), expected)
            };
            counts.push(new);
            day.push(new);
        }
    }
    let sum_up = |mut day: Vec<f64>| {
        day.sort_by(f64::total_cmp);
        let mean = day.iter().sum::<f64>() / day.len() as f64;
        Ahead { mean, quantiles: FAN.map(|probability| sample_quantile(&day, probability)) }
    };
    Ok(drawn.into_iter().map(sum_up).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead(sd: f64, offspring_size: f64) -> Vec<Ahead> {
        let incidence = Incidence::new(vec![Some(50); 20]);
        let interval = SerialInterval::gamma(4.0, 1.5, 15).unwrap();
        project(&incidence, &interval, Assumed { mean: 1.3, sd, offspring_size }, 10, 400, 1).unwrap()
    }

    #[test]
    fn the_fan_opens_with_time_and_with_what_is_not_known() {
        let width = |ahead: &Ahead| ahead.quantiles[4] - ahead.quantiles[0];
        let (sure, unsure, unequal) = (ahead(0.0, f64::INFINITY), ahead(0.3, f64::INFINITY), ahead(0.0, 0.2));
        assert!(width(&sure[9]) > 1.3 * width(&sure[0]));
        assert!(width(&unsure[9]) > 1.5 * width(&sure[9]) && width(&unequal[9]) > 1.5 * width(&sure[9]));
        assert!((sure[0].mean - 65.0).abs() < 2.0 && sure[9].mean > 80.0, "{sure:?}");
        assert_eq!(sure, ahead(0.0, f64::INFINITY));
    }

    #[test]
    fn a_missing_count_is_not_projected_from() {
        let mut counts = vec![Some(5); 20];
        counts[18] = None;
        let interval = SerialInterval::gamma(4.0, 1.5, 15).unwrap();
        let assumed = Assumed { mean: 1.0, sd: 0.1, offspring_size: 1.0 };
        let refused = project(&Incidence::new(counts), &interval, assumed, 3, 10, 1).unwrap_err();
        assert!(refused.to_string().contains("is missing"), "{refused}");
    }
}
