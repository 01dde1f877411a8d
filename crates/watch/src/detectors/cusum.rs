//! Cumulative sums of transformed counts (Rossi 1999): many small excesses add up to an alarm.

use std::ops::Range;

use super::{Detector, mean, season};
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// How a count is made nearly standard normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transformation {
    Standard,
    Rossi,
    Anscombe,
    AnscombeSecond,
    PearsonNegativeBinomial,
    AnscombeNegativeBinomial,
    None,
}

/// Where the mean while nothing happens comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mean {
    /// All counts before the range.
    Earlier,
    /// A number.
    Given(f64),
    /// A yearly wave fitted to all counts before the range.
    Season,
}

/// The detector. The sum is not set back by an alarm; it falls when counts do.
#[derive(Debug, Clone, PartialEq)]
pub struct Cusum {
    /// `k`: how much of each excess is forgiven, in standard deviations.
    k: f64,
    /// `h`: the sum that alarms.
    h: f64,
    /// `m`.
    mean: Mean,
    /// `trans`.
    transformation: Transformation,
    /// `alpha`: how much more counts vary than Poisson, for the negative binomial transformations.
    alpha: f64,
}

impl Cusum {
    /// Reads `k`, `h`, `m` (a number, `glm`, or nothing for the mean of what came before), `trans` and `alpha`.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        let mean = match given.text("m") {
            None => Mean::Earlier,
            Some(word) if word == "glm" => Mean::Season,
            Some(number) => match number.trim().parse() {
                Ok(mean) if mean > 0.0 => Mean::Given(mean),
                _ => {
                    let expected = "a number above 0, or glm".to_owned();
                    return Err(WatchError::Parameter { name: "m".to_owned(), value: number, expected });
                }
            },
        };
        Ok(Self {
            k: given.number("k", 1.04, 0.0..=1e6)?,
            h: given.number("h", 2.26, 0.0..=1e6)?,
            mean,
            transformation: given.choice(
                "trans",
                &[
                    ("standard", Transformation::Standard),
                    ("rossi", Transformation::Rossi),
                    ("anscombe", Transformation::Anscombe),
                    ("anscombe2nd", Transformation::AnscombeSecond),
                    ("pearsonNegBin", Transformation::PearsonNegativeBinomial),
                    ("anscombeNegBin", Transformation::AnscombeNegativeBinomial),
                    ("none", Transformation::None),
                ],
            )?,
            alpha: given.number("alpha", 0.1, 0.0..=1e6)?,
        })
    }

    fn transformed(&self, count: f64, m: f64) -> f64 {
        let third = |value: f64| value.powf(2.0 / 3.0);
        match self.transformation {
            Transformation::Standard => (count - m) / m.sqrt(),
            Transformation::Rossi => (count - 3.0 * m + 2.0 * (count * m).sqrt()) / (2.0 * m.sqrt()),
            Transformation::Anscombe => 1.5 * (third(count) - third(m)) / m.powf(1.0 / 6.0),
            Transformation::AnscombeSecond => {
                (third(count) - (third(m) - m.powf(-1.0 / 3.0) / 9.0)) / (2.0 / 3.0 * m.powf(1.0 / 6.0))
            }
            Transformation::PearsonNegativeBinomial => (count - m) / (m + self.alpha * m * m).sqrt(),
            Transformation::AnscombeNegativeBinomial => {
                (self.stabilised(count) - self.stabilised(m)) / (m + self.alpha * m * m).powf(1.0 / 6.0)
            }
            Transformation::None => count,
        }
    }

    /// The integral of (t + alpha t²)^(−1/3) from 0 to a count, by Simpson's rule over s = t^(2/3).
    fn stabilised(&self, count: f64) -> f64 {
        const PANELS: usize = 400;
        let top = count.powf(2.0 / 3.0);
        let height = |s: f64| (1.0 + self.alpha * s.powf(1.5)).powf(-1.0 / 3.0);
        let inner = (1..PANELS).map(|panel| {
            let weight = if panel % 2 == 1 { 4.0 } else { 2.0 };
            weight * height(top * panel as f64 / PANELS as f64)
        });
        1.5 * top / (3 * PANELS) as f64 * (height(0.0) + inner.sum::<f64>() + height(top))
    }

    /// The count at which the sum would alarm, given the sum before; for two transformations the distance of
    /// the sum to `h`, as the reference gives it.
    fn bound(&self, m: f64, before: f64, after: f64) -> f64 {
        let room = self.h + self.k - before;
        let root = m.sqrt();
        let sixth = m.powf(1.0 / 6.0);
        let power = |base: f64| if base < 0.0 { 0.0 } else { base.powf(1.5) };
        let bound = match self.transformation {
            Transformation::Standard => (root * room + m).ceil(),
            Transformation::Rossi => {
                2.0 * root * room + 5.0 * m - 2.0 * (4.0 * m * m + 2.0 * m.powf(1.5) * room).sqrt()
            }
            Transformation::Anscombe => power(2.0 / 3.0 * sixth * room + m.powf(2.0 / 3.0)),
            Transformation::AnscombeSecond => {
                power(2.0 / 3.0 * sixth * room + (m.powf(2.0 / 3.0) - m.powf(1.0 / 3.0) / 9.0))
            }
            Transformation::PearsonNegativeBinomial => (m + self.alpha * m * m).sqrt() * room + m,
            Transformation::AnscombeNegativeBinomial | Transformation::None => self.h - after,
        };
        if bound > 0.0 { bound } else { 0.0 }
    }
}

impl Detector for Cusum {
    fn needs(&self, freq: usize) -> usize {
        match self.mean {
            Mean::Given(_) => 0,
            Mean::Earlier => 1,
            Mean::Season => freq,
        }
    }

    /// After one year.
    fn starts(&self, freq: usize) -> usize {
        if matches!(self.mean, Mean::Given(_)) { 0 } else { freq }
    }

    fn remembers(&self) -> bool {
        true
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        let season = season::Season { waves: 1, trend: false };
        let means: Vec<f64> = match self.mean {
            Mean::Given(mean) => vec![mean; stretch.len()],
            Mean::Earlier => {
                let earlier: Vec<f64> = (0..stretch.start).filter_map(|at| series.count(at)).collect();
                vec![mean(&earlier); stretch.len()]
            }
            Mean::Season => match season.means(series, stretch.clone(), 0.0) {
                Some(means) => means,
                None => return vec![Outcome::Silent(Silence::NotFitted); stretch.len()],
            },
        };
        let mut sum = 0.0_f64;
        let judge = |(at, m): (usize, f64)| {
            // A step without a count adds nothing to the sum and takes nothing from it.
            let Some(count) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
            if m.is_nan() {
                return Outcome::Silent(Silence::MissingBaseline);
            }
            if m <= 0.0 {
                return Outcome::Silent(Silence::NoVariation);
            }
            let before = sum;
            sum = (sum + self.transformed(count, m) - self.k).max(0.0);
            Outcome::judged(Some(m), self.bound(m, before, sum), sum >= self.h)
        };
        stretch.zip(means).map(judge).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(parameters: &[(&str, &str)], counts: &[u32], from: usize) -> Vec<Outcome> {
        let series = Series::new(52, counts.iter().copied().map(Some).collect()).unwrap();
        let cusum = Cusum::from_parameters(&mut Parameters::new(parameters.iter().copied())).unwrap();
        cusum.judge(&series, from..counts.len())
    }

    #[test]
    fn small_excesses_add_up() {
        let counts = [4, 4, 4, 4, 8, 8, 8, 8];
        let alarms: Vec<bool> = run(&[], &counts, 4).iter().map(Outcome::is_alarm).collect();
        assert_eq!(alarms, [false, false, true, true]);
    }

    #[test]
    fn transformations_agree_with_the_reference() {
        // R surveillance 1.20.3, algo.cusum on 4 5 3 6 2 4 9 12 with range 7:8.
        let counts = [4, 5, 3, 6, 2, 4, 9, 12];
        let reference = [
            ("standard", [11.0, 8.0]),
            ("rossi", [11.5851902622299, 8.6176597131951]),
            ("anscombe", [12.1727564667991, 9.09864534579116]),
            ("anscombe2nd", [11.5692566567538, 8.33813902031276]),
            ("pearsonNegBin", [11.8092253136915, 9.27031450346093]),
            ("none", [0.0, 0.0]),
        ];
        for (name, bounds) in reference {
            let found = run(&[("trans", name)], &counts, 6);
            for (outcome, bound) in found.iter().zip(bounds) {
                let upper = outcome.judgement().unwrap().upper_bound.unwrap();
                assert!((upper - bound).abs() < 2e-6 * bound.max(1.0), "{name}: {upper} and not {bound}");
            }
        }
    }

    #[test]
    fn the_negative_binomial_transformation_is_integrated_and_not_looked_up() {
        // The reference interpolates a table: 1.5719, 0.0727.
        let found = run(&[("trans", "anscombeNegBin")], &[4, 5, 3, 6, 2, 4, 9, 12], 6);
        for (outcome, bound) in found.iter().zip([1.571_923, 0.072_676]) {
            assert!((outcome.judgement().unwrap().upper_bound.unwrap() - bound).abs() < 5e-3, "{outcome:?}");
        }
    }

    #[test]
    fn nothing_before_but_zeros_has_no_scale() {
        assert_eq!(run(&[], &[0, 0, 0, 5], 3), [Outcome::Silent(Silence::NoVariation)]);
        assert!(run(&[("m", "1")], &[0, 0, 0, 9], 0)[3].is_alarm());
    }
}
