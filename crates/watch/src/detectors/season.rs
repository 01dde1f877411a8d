//! The mean while nothing happens, with its yearly waves.

use std::f64::consts::TAU;
use std::ops::Range;

use crate::regression::fit_columns;
use crate::series::Series;

/// A level with waves of a year and its parts, and perhaps a trend, on the scale of logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Season {
    /// How many waves: 1 for a year, 2 for a year and half a year…
    pub waves: usize,
    /// Whether the level grows or falls steadily.
    pub trend: bool,
}

impl Season {
    /// How many numbers are estimated.
    pub fn parameters(self) -> usize {
        1 + 2 * self.waves + usize::from(self.trend)
    }

    /// Fits all counts before a stretch and says what is expected within. `alpha` as in [`fit_columns`].
    pub fn means(self, series: &Series, stretch: Range<usize>, alpha: f64) -> Option<Vec<f64>> {
        let fitted = self.design(series, stretch.start)?.fit(alpha)?;
        Some(fitted.over(stretch))
    }

    /// What all counts before a step are fitted to; none when they are too few.
    pub fn design(self, series: &Series, before: usize) -> Option<Design> {
        let fitted = Fitted { season: self, freq: series.freq() as f64, coefficients: Vec::new() };
        let mut columns = vec![Vec::with_capacity(before); self.parameters()];
        let mut counts = Vec::with_capacity(before);
        for at in 0..before {
            // A step without a count is left out.
            if let Some(count) = series.count(at) {
                counts.push(count);
                columns.iter_mut().zip(fitted.columns(at)).for_each(|(column, value)| column.push(value));
            }
        }
        (counts.len() > self.parameters()).then_some(Design { fitted, columns, counts })
    }
}

/// Counts, and the columns that explain them.
pub(super) struct Design {
    fitted: Fitted,
    columns: Vec<Vec<f64>>,
    /// The counts that are known.
    pub counts: Vec<f64>,
}

impl Design {
    /// Fits the counts.
    pub fn fit(&self, alpha: f64) -> Option<Fitted> {
        let coefficients = fit_columns(&self.counts, &self.columns, alpha)?;
        Some(Fitted { coefficients, ..self.fitted.clone() })
    }

    /// The mean of each count.
    pub fn means(&self, fitted: &Fitted) -> Vec<f64> {
        let log = |at: usize| self.columns.iter().zip(&fitted.coefficients).map(|(x, b)| x[at] * b).sum::<f64>();
        (0..self.counts.len()).map(|at| log(at).exp()).collect()
    }
}

/// A season that was fitted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    season: Season,
    freq: f64,
    coefficients: Vec<f64>,
}

impl Fitted {
    fn columns(&self, at: usize) -> Vec<f64> {
        let time = (at + 1) as f64;
        let mut columns = vec![1.0];
        if self.season.trend {
            // In years, so that the columns are of one size.
            columns.push(time / self.freq);
        }
        for wave in 1..=self.season.waves {
            let (sine, cosine) = (TAU * wave as f64 * time / self.freq).sin_cos();
            columns.extend([cosine, sine]);
        }
        columns
    }

    /// What is expected at each step.
    pub fn over(&self, steps: Range<usize>) -> Vec<f64> {
        let mean =
            |at| -> f64 { self.columns(at).iter().zip(&self.coefficients).map(|(x, b)| x * b).sum::<f64>().exp() };
        steps.map(mean).collect()
    }
}
