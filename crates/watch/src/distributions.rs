//! Quantiles and tails that estimators share.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

/// The standard normal quantile.
pub fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// How likely Student's t is to be as far from 0 on either side. NaN where it has no degrees of freedom.
pub fn student_two_sided(value: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::NAN, |student| 2.0 * student.cdf(-value.abs()))
}

/// The smallest count that a Poisson variable of that mean reaches with that probability.
pub fn poisson_quantile(probability: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    smallest_reaching(probability, -mean, mean, |count| mean / (count + 1.0))
}

/// The smallest count that a negative binomial variable reaches with that probability: number of failures
/// before `size` successes of probability `success`; its mean is `size * (1 - success) / success`.
pub fn negative_binomial_quantile(probability: f64, size: f64, success: f64) -> f64 {
    if size <= 0.0 {
        return 0.0;
    }
    let failure = 1.0 - success;
    let mean = size * failure / success;
    smallest_reaching(probability, size * success.ln(), mean, |count| (size + count) / (count + 1.0) * failure)
}

/// Adds up probabilities from 0 on, each from the one before. The terms are kept relative to one that can be
/// represented, since the first may be too small to be.
fn smallest_reaching(probability: f64, log_of_zero: f64, mean: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    // A cumulative probability that differs in the last digits only counts as reached.
    let log_goal = (probability * (1.0 - 1e-13)).ln();
    let (big, log_big) = (1e250_f64, 250.0 * std::f64::consts::LN_10);
    let (mut term, mut sum, mut log_scale, mut count) = (1.0_f64, 1.0_f64, log_of_zero, 0.0_f64);
    let mut goal = (log_goal - log_scale).exp();
    while sum < goal {
        term *= ratio(count);
        sum += term;
        count += 1.0;
        if sum > big {
            (term, sum, log_scale) = (term / big, sum / big, log_scale + log_big);
            goal = (log_goal - log_scale).exp();
        }
        if count > mean && term < sum * 1e-18 {
            break;
        }
    }
    count
}

/// How likely a gamma variable of that shape and scale 1 is to be below.
pub fn gamma_cdf(shape: f64, value: f64) -> f64 {
    if value <= 0.0 {
        0.0
    } else if value.is_infinite() {
        1.0
    } else {
        gamma_lr(shape, value)
    }
}

/// The quantile of a gamma variable of that shape and scale 1.
pub fn gamma_quantile(probability: f64, shape: f64) -> f64 {
    if probability <= 0.0 {
        return 0.0;
    }
    let log_gamma = ln_gamma(shape);
    let start = {
        let third = 1.0 / (9.0 * shape);
        let cubed = (1.0 - third + normal_quantile(probability) * third.sqrt()).powi(3);
        // In the lower tail the density is nearly a power.
        let power = ((probability.ln() + (shape).ln() + log_gamma) / shape).exp();
        if cubed > 0.1 && shape > 0.5 { shape * cubed } else { power }
    };
    let upper = probability > 0.5;
    // Above the median the upper tail has the digits.
    let excess = |x: f64| {
        if upper { (1.0 - probability) - gamma_ur(shape, x) } else { gamma_lr(shape, x) - probability }
    };
    let density = |x: f64| ((shape - 1.0) * x.ln() - x - log_gamma).exp();
    root(start, excess, density, |x| (shape - 1.0) / x - 1.0)
}

/// Where an increasing function of a positive number is 0: Halley's steps, kept between what was seen below
/// and above. `bend` is the second derivative over the first.
pub(crate) fn root(
    start: f64,
    value: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
    bend: impl Fn(f64) -> f64,
) -> f64 {
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut x = if start.is_finite() && start > 0.0 { start } else { 1.0 };
    for _ in 0..200 {
        let here = value(x);
        if here == 0.0 {
            return x;
        }
        if here < 0.0 {
            low = x
        } else {
            high = x
        }
        let newton = here / slope(x);
        // Far from the root the correction would make steps tiny, so that it is kept small.
        let step = newton / (1.0 - 0.5 * newton * bend(x)).clamp(0.5, 2.0);
        if step.abs() <= 4e-16 * x {
            return x;
        }
        let mut next = x - step;
        if !(next > low && next < high) {
            next = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * x };
        }
        if (next - x).abs() <= 4e-16 * x {
            return next;
        }
        x = next;
    }
    x
}

/// The quantile of a sorted sample, between neighbours in proportion (the seventh of Hyndman and Fan). NaN
/// for no sample.
pub fn sample_quantile(sorted: &[f64], probability: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = probability.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs(), "{found} and not {expected}");
    }

    #[test]
    fn normal_and_student_have_their_tabled_values() {
        close(normal_quantile(0.999), 3.090232306167813);
        close(normal_quantile(0.975), 1.959963984540054);
        close(normal_quantile(0.05), -1.6448536269514729);
        close(student_two_sided(2.1, 19.0), 0.049314398243273425);
        assert!(student_two_sided(1.0, 0.0).is_nan());
    }

    #[test]
    fn counts_are_the_smallest_that_reach_the_probability() {
        assert_eq!(poisson_quantile(0.95, 3.2), 6.0);
        assert_eq!(poisson_quantile(0.99, 2000.0), 2105.0);
        assert_eq!(poisson_quantile(0.99, 0.0), 0.0);
        assert_eq!(negative_binomial_quantile(0.95, 4.5, 6.0 / 7.0), 3.0);
        // Beyond what the first term can be represented in, and nearly Poisson.
        assert_eq!(negative_binomial_quantile(0.99, 50.0, 0.01), 6731.0);
        assert_eq!(negative_binomial_quantile(0.95, 3.2e9, 1.0 / (1.0 + 1e-9)), 6.0);
    }

    #[test]
    fn gamma_quantiles_are_exact_from_tiny_to_large_shapes() {
        for (probability, shape, expected) in [
            (0.025, 1.0, 0.025317807984289876),
            (0.5, 0.1, 0.0005933911044602256),
            (0.975, 3.0, 7.224_687_667_723_958),
            (0.5, 120.0, 119.66683177688653),
            (0.5, 6000.5, 6000.166669958774),
            (0.05, 6000.5, 5_873.655_919_641_333),
            (0.975, 6000.5, 6_153.269_404_789_687),
        ] {
            let found = gamma_quantile(probability, shape);
            assert!((gamma_lr(shape, found) - probability).abs() < 1e-12, "{shape} {probability}");
            assert!((found - expected).abs() <= 1e-11 * expected, "{shape} {probability}: {found}");
        }
    }

    #[test]
    fn sample_quantiles_lie_between_neighbours() {
        assert_eq!(sample_quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!(sample_quantile(&[7.0], 0.9), 7.0);
        assert!(sample_quantile(&[], 0.5).is_nan());
    }
}
