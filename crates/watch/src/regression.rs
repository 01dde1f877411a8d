//! Log-linear Poisson regressions, fitted by iterated weighted least squares as R's `glm` does: the same start,
//! the same steps and the same end, since a season without any case has no estimate but where the steps end.
//!
//! Two shapes are all that detectors need: a level for each group of counts with perhaps one slope in time, for
//! which the equations solve themselves group by group; and a few columns, solved by Cholesky.

/// When the deviance changes by less than this part of itself, the fit is done.
const TOLERANCE: f64 = 1e-8;
/// A fit that takes more steps has not converged.
const STEPS_AT_MOST: usize = 25;

/// One count to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    /// The count.
    pub response: f64,
    /// Its time, in steps.
    pub time: f64,
    /// Which level it has.
    pub group: usize,
}

/// What one group adds up to, under the weights of the last step.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    weight: f64,
    mean_time: f64,
    level: f64,
}

/// A level for each group, and perhaps a slope.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    groups: Vec<Group>,
    slope: Option<f64>,
    spread_of_time: f64,
    /// The fitted means.
    pub means: Vec<f64>,
    /// The weights of the last step, which are those of the means before it.
    pub weights: Vec<f64>,
    /// Counts less parameters.
    pub degrees: f64,
}

/// Fits rows; none when the steps do not end or a group is empty. `prior` weighs the rows.
pub(crate) fn fit(rows: &[Row], groups: usize, trend: bool, prior: Option<&[f64]>) -> Option<Fit> {
    let prior_of = |at: usize| prior.map_or(1.0, |prior| prior[at]);
    let log_response: Vec<f64> = rows.iter().map(|row| row.response.max(f64::MIN_POSITIVE).ln()).collect();
    let deviance = |means: &[f64], logs: &[f64]| -> f64 {
        let parts = rows.iter().enumerate().map(|(at, row)| {
            let surprise = if row.response > 0.0 { row.response * (log_response[at] - logs[at]) } else { 0.0 };
            prior_of(at) * (surprise - (row.response - means[at]))
        });
        2.0 * parts.sum::<f64>()
    };
    let mut means: Vec<f64> = rows.iter().map(|row| row.response + 0.1).collect();
    let mut logs: Vec<f64> = means.iter().map(|mean| mean.ln()).collect();
    let mut before = deviance(&means, &logs);
    let mut weights = vec![0.0; rows.len()];
    let mut working = vec![0.0; rows.len()];
    for _ in 0..STEPS_AT_MOST {
        let mut sums = vec![Group::default(); groups];
        for (at, row) in rows.iter().enumerate() {
            weights[at] = prior_of(at) * means[at];
            working[at] = logs[at] + (row.response - means[at]) / means[at];
            let group = &mut sums[row.group];
            group.weight += weights[at];
            group.mean_time += weights[at] * row.time;
            group.level += weights[at] * working[at];
        }
        for group in &mut sums {
            if group.weight.is_nan() || group.weight <= 0.0 {
                return None;
            }
            group.mean_time /= group.weight;
            group.level /= group.weight;
        }
        let (mut spread, mut along) = (0.0, 0.0);
        if trend {
            for (at, row) in rows.iter().enumerate() {
                let group = sums[row.group];
                let time = row.time - group.mean_time;
                spread += weights[at] * time * time;
                along += weights[at] * time * (working[at] - group.level);
            }
            if spread.is_nan() || spread <= 0.0 {
                return None;
            }
        }
        let slope = if trend { along / spread } else { 0.0 };
        for (at, row) in rows.iter().enumerate() {
            let group = sums[row.group];
            logs[at] = group.level + slope * (row.time - group.mean_time);
            means[at] = logs[at].exp().max(f64::EPSILON);
        }
        let now = deviance(&means, &logs);
        if !now.is_finite() {
            return None;
        }
        if (now - before).abs() / (now.abs() + 0.1) < TOLERANCE {
            let counted = (0..rows.len()).filter(|at| prior_of(*at) != 0.0).count();
            let degrees = counted as f64 - groups as f64 - if trend { 1.0 } else { 0.0 };
            let slope = trend.then_some(slope);
            return Some(Fit { groups: sums, slope, spread_of_time: spread, means, weights, degrees });
        }
        before = now;
    }
    None
}

impl Fit {
    /// The slope in time and its t value under a dispersion.
    pub fn slope(&self, dispersion: f64) -> Option<(f64, f64)> {
        self.slope.map(|slope| (slope, slope / (dispersion / self.spread_of_time).sqrt()))
    }

    /// How much more the counts vary than Poisson counts would, with these weights of the rows.
    pub fn dispersion(&self, rows: &[Row], weights: &[f64]) -> f64 {
        let squares = rows.iter().zip(&self.means).zip(weights).map(|((row, mean), weight)| {
            let residual = (row.response - mean) / mean;
            weight * residual * residual
        });
        squares.sum::<f64>() / self.degrees
    }

    /// How much a count pulls the fit towards itself, from 0 to 1.
    pub fn leverage(&self, row: &Row, at: usize) -> f64 {
        let leverage = self.weights[at] * self.variance(row.group, row.time);
        if leverage > 1.0 - 10.0 * f64::EPSILON { 1.0 } else { leverage }
    }

    /// The logarithm of the mean at a time, for a group.
    pub fn log_mean(&self, group: usize, time: f64) -> f64 {
        let group = self.groups[group];
        group.level + self.slope.unwrap_or(0.0) * (time - group.mean_time)
    }

    /// The variance of [`Self::log_mean`] under dispersion 1.
    pub fn variance(&self, group: usize, time: f64) -> f64 {
        let group = self.groups[group];
        let from_mean = time - group.mean_time;
        let by_slope = if self.slope.is_some() { from_mean * from_mean / self.spread_of_time } else { 0.0 };
        1.0 / group.weight + by_slope
    }
}

/// A few columns: the coefficients of a log-linear model whose variance is `mean + alpha * mean²`. None when the
/// steps do not end or the columns are not independent.
pub(crate) fn fit_columns(responses: &[f64], columns: &[Vec<f64>], alpha: f64) -> Option<Vec<f64>> {
    let deviance = |means: &[f64]| -> f64 {
        let parts = responses.iter().zip(means).map(|(y, mean)| {
            let surprise = if *y > 0.0 { y * (y / mean).ln() } else { 0.0 };
            if alpha > 0.0 {
                surprise - (y + 1.0 / alpha) * ((1.0 + alpha * y) / (1.0 + alpha * mean)).ln()
            } else {
                surprise - (y - mean)
            }
        });
        2.0 * parts.sum::<f64>()
    };
    // As R starts: near the counts, for the negative binomial only where they are zero.
    let start = |y: &f64| match alpha > 0.0 {
        false => y + 0.1,
        true if *y > 0.0 => *y,
        true => 1.0 / 6.0,
    };
    let mut means: Vec<f64> = responses.iter().map(start).collect();
    let mut logs: Vec<f64> = means.iter().map(|mean| mean.ln()).collect();
    let mut before = deviance(&means);
    for _ in 0..STEPS_AT_MOST {
        let size = columns.len();
        let mut matrix = vec![vec![0.0; size]; size];
        let mut right = vec![0.0; size];
        for (at, response) in responses.iter().enumerate() {
            let weight = means[at] / (1.0 + alpha * means[at]);
            let working = logs[at] + (response - means[at]) / means[at];
            for (i, column) in columns.iter().enumerate() {
                right[i] += weight * column[at] * working;
                for (cell, other) in matrix[i].iter_mut().zip(columns).take(i + 1) {
                    *cell += weight * column[at] * other[at];
                }
            }
        }
        let coefficients = solve(matrix, right)?;
        for (at, mean) in means.iter_mut().enumerate() {
            logs[at] = coefficients.iter().zip(columns).map(|(coefficient, column)| coefficient * column[at]).sum();
            *mean = logs[at].exp().max(f64::EPSILON);
        }
        let now = deviance(&means);
        if !now.is_finite() {
            return None;
        }
        if (now - before).abs() / (now.abs() + 0.1) < TOLERANCE {
            return Some(coefficients);
        }
        before = now;
    }
    None
}

/// Solves a symmetric positive system, of which the lower triangle is given, by Cholesky.
#[allow(clippy::needless_range_loop)] // the indices are those of the formula
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for i in 0..size {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i == j {
                // What remains of a column that others explain is rounding.
                if rest.is_nan() || rest <= 1e-13 * matrix[i][i].abs() {
                    return None;
                }
                matrix[i][i] = rest.sqrt();
            } else {
                matrix[i][j] = rest / matrix[j][j];
            }
        }
    }
    for i in 0..size {
        let known: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i][i];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[(f64, usize)]) -> Vec<Row> {
        let row = |(at, (response, group)): (usize, &(f64, usize))| Row {
            response: *response,
            time: (at + 1) as f64,
            group: *group,
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn levels_alone_are_the_means_of_their_groups() {
        let rows = rows(&[(2.0, 0), (4.0, 0), (9.0, 1), (11.0, 1)]);
        let fit = fit(&rows, 2, false, None).unwrap();
        assert!((fit.log_mean(0, 9.0).exp() - 3.0).abs() < 1e-9 && (fit.log_mean(1, 9.0).exp() - 10.0).abs() < 1e-9);
        assert_eq!(fit.degrees, 2.0);
        assert!((fit.leverage(&rows[0], 0) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_slope_beside_levels_is_the_one_that_r_finds() {
        // R: glm(c(2,4,5,9,3,8,9,14) ~ t + factor(g), quasipoisson), t = 1..8, g = 0,0,0,0,1,1,1,1
        let rows = rows(&[(2., 0), (4., 0), (5., 0), (9., 0), (3., 1), (8., 1), (9., 1), (14., 1)]);
        let fit = fit(&rows, 2, true, None).unwrap();
        let dispersion = fit.dispersion(&rows, &fit.weights);
        let (slope, t) = fit.slope(dispersion).unwrap();
        assert!((slope - 0.436_831_589_976_080_6).abs() < 1e-8, "{slope}");
        assert!((t - 7.312_244_540_154_855).abs() < 1e-5, "{t}");
        assert!((dispersion - 0.206_112_918_704_379_84).abs() < 1e-6, "{dispersion}");
    }

    #[test]
    fn counts_that_are_all_zero_end_where_r_ends() {
        // R: coef(glm(rep(0, 21) ~ 1, quasipoisson))
        let fit = fit(&rows(&[(0.0, 0); 21]), 1, false, None).unwrap();
        assert!((fit.log_mean(0, 1.0) + 25.302_585_092_994_043).abs() < 1e-9, "{}", fit.log_mean(0, 1.0));
        assert!(super::fit(&rows(&[(0.0, 0); 400]), 1, false, None).is_none());
    }

    #[test]
    fn columns_and_groups_give_one_answer() {
        let rows = rows(&[(2., 0), (4., 0), (5., 0), (9., 0), (3., 1), (8., 1), (9., 1), (14., 1)]);
        let by_groups = fit(&rows, 2, true, None).unwrap();
        let responses: Vec<f64> = rows.iter().map(|row| row.response).collect();
        let column = |of: fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
        let columns = [column(|_| 1.0), column(|row| row.time), column(|row| row.group as f64)];
        let by_columns = fit_columns(&responses, &columns, 0.0).unwrap();
        assert!((by_columns[1] - by_groups.slope.unwrap()).abs() < 1e-9);
        let twice = [column(|_| 1.0), column(|_| 2.0)];
        assert_eq!(fit_columns(&responses, &twice, 0.0), None);
    }
}
