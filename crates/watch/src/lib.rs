//! Watch (监测预警): notice the spark, and say how fast it grows.
//!
//! Pure: no file, no clock, no unseeded chance. [`Method`] judges the counts of a [`Series`], one outcome a
//! time point, by the detectors in [`detectors`]; [`scan`] looks for clusters in space and time. Then what is
//! estimated: [`rt`], [`nowcast`], [`growth`], [`delays`], [`projection`] and [`intervals`].
//!
//! Who cannot judge says so: too little history, a count that is missing, a baseline without variation are
//! each an [`Outcome`] of its own. None of them is read as zero, and none as "no alarm".
//!
//! Each method has a page in `docs/methods`: formula, assumptions, limits, source.

pub mod chance;
pub mod delays;
pub mod detectors;
pub mod distributions;
pub mod error;
pub mod growth;
pub mod intervals;
pub mod method;
pub mod nowcast;
pub mod outcome;
pub mod parameters;
pub mod projection;
pub mod rt;
pub mod scan;
pub mod serial_interval;
pub mod series;

mod optimum;
mod regression;

pub use detectors::Detector;
pub use error::WatchError;
pub use method::{METHODS, Method, Point};
pub use outcome::{Judgement, Outcome, Silence};
pub use parameters::Parameters;
pub use serial_interval::SerialInterval;
pub use series::Series;
