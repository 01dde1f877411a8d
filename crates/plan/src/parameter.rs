//! A number that says what it is, where it comes from and how sure that is.

use serde::{Deserialize, Serialize};

/// Words for people, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// How sure a number is, in the terms of the plans' evidence page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// No text says so; chosen by us, and said to be.
    Assumption,
    /// Anonymous, machine-translated, single-city or derived.
    Low,
    /// One repost, or official press.
    Medium,
    /// Official site, statute text, or several agreeing verbatim reposts.
    High,
}

/// The unit of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Days.
    Days,
    /// Hours.
    Hours,
    /// Minutes.
    Minutes,
    /// Metres.
    Metres,
    /// Rows of seats.
    Rows,
    /// People or cases.
    People,
    /// Days of an observation, counted from the last exposure, which is day 0.
    DayNumbers,
    /// A share between 0 and 1.
    Share,
    /// A cycle threshold.
    Cycles,
    /// A pure number.
    Number,
    /// Yes or no.
    YesNo,
}

/// One value of a plan with its unit, its sources and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter<T> {
    /// The value, in `unit`.
    pub value: T,
    /// The unit.
    pub unit: Unit,
    /// Keys into the plan's `[sources]`.
    pub source: Vec<String>,
    /// How sure the value is.
    pub confidence: Confidence,
    /// What the source says, word for word, when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotation: Option<String>,
    /// What to know before relying on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}
