//! Detectors, one a file. Each judges a stretch of a series and declares how much must come before it.

pub mod bayes;
pub mod cusum;
pub mod ears;
pub mod event_rules;
pub mod farrington;
pub mod farrington_flexible;
pub mod glr_nb;
pub mod glr_pois;
pub mod moving_percentile;
pub mod rki;

mod reference;
mod season;

use std::fmt;
use std::ops::Range;

use crate::outcome::Outcome;
use crate::series::Series;

/// What judges counts.
pub trait Detector: Send + Sync + fmt::Debug {
    /// How many counts must come before one that is judged, in a series with so many counts a year.
    fn needs(&self, freq: usize) -> usize;

    /// Where judging begins unless the user says where: as soon as it can.
    fn starts(&self, freq: usize) -> usize {
        self.needs(freq)
    }

    /// Whether what it says of a count depends on what it said of those before, as sums do.
    fn remembers(&self) -> bool {
        false
    }

    /// One outcome for each step of the stretch, which begins no earlier than [`Self::needs`].
    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome>;
}

/// The mean.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of a sample.
fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}
