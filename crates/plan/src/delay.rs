//! How long things take in the disease: incubation, serial interval, generation time.

use serde::{Deserialize, Serialize};

use crate::parameter::{Confidence, Words};

/// The family of a delay distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Gamma.
    Gamma,
    /// Lognormal.
    Lognormal,
    /// Weibull.
    Weibull,
    /// Normal; the only one that allows negative delays.
    Normal,
}

/// A delay distribution by mean and standard deviation in days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Its family.
    pub family: Family,
    /// Its mean.
    pub mean_days: f64,
    /// Its standard deviation.
    pub sd_days: f64,
    /// The longest delay that is taken to occur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_days: Option<f64>,
    /// Keys into the plan's `[sources]`.
    pub source: Vec<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// What to know before relying on it: setting, phase, conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

/// The delays of a disease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delays {
    /// Infection to onset.
    pub incubation: Delay,
    /// Onset to onset of who was infected; may be negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_interval: Option<Delay>,
    /// Infection to infection; never negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_time: Option<Delay>,
}
