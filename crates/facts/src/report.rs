//! Facts about reports: what a person vouches for, and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::commitment::Commitment;
use crate::error::FactsError;
use crate::id::CaseId;
use crate::jurisdiction::Jurisdiction;
use crate::span::Span;

/// The most items of one report.
const ITEMS_MAX: usize = 100;

/// A number that a person vouches for, or their word that it is not known.
///
/// Never zero for want of a number: there is no default, and sums go through totals that say what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Option<u64>", into = "Option<u64>")]
pub enum Count {
    /// The number, which may be zero.
    Known(u64),
    /// Nobody knows, and that is what is reported.
    NotKnown,
}

impl Count {
    /// The number, when it is known.
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Known(number) => Some(number),
            Self::NotKnown => None,
        }
    }
}

impl From<Option<u64>> for Count {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::NotKnown, Self::Known)
    }
}

impl From<Count> for Option<u64> {
    fn from(count: Count) -> Self {
        count.known()
    }
}

/// The reports about one case, in the order of their clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseReport {
    /// 网络直报: the case is reported.
    CaseReport,
    /// 审核: the report is verified.
    Verification,
    /// 核心信息: who, where, when, with whom.
    CoreInformation,
    /// 结案报告: the case is closed.
    Closing,
}

impl CaseReport {
    /// All four, in order.
    pub const ALL: [Self; 4] = [Self::CaseReport, Self::Verification, Self::CoreInformation, Self::Closing];

    /// The name that its JSON form has.
    pub fn code(self) -> &'static str {
        match self {
            Self::CaseReport => "case-report",
            Self::Verification => "verification",
            Self::CoreInformation => "core-information",
            Self::Closing => "closing",
        }
    }
}

/// What was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReportFact {
    /// A person vouches for the report of a period (日报告零报告). One that supersedes another amends it.
    Confirmed {
        /// Which report, by its code in the template.
        report: String,
        /// Whose.
        jurisdiction: Jurisdiction,
        /// Of which period.
        period: Span,
        /// What is reported, by item.
        values: BTreeMap<String, Count>,
        /// What was drafted from the facts, where it was.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        drafted: BTreeMap<String, u64>,
        /// Why an earlier version is amended, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// Whoever waits for a report asked for it.
    Chased {
        /// Which report.
        report: String,
        /// Whose.
        jurisdiction: Jurisdiction,
        /// Of which period.
        period: Span,
    },
    /// One of the four reports about a case was made.
    Case {
        /// The case.
        case: CaseId,
        /// Which report.
        report: CaseReport,
        /// Whether it went over the head of the next level, as the law allows (越级上报).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        skips_level: bool,
    },
}

impl ReportFact {
    /// Refuses what no journal may hold.
    pub(crate) fn check(&self) -> Result<(), FactsError> {
        match self {
            Self::Confirmed { values, .. } if values.is_empty() || values.len() > ITEMS_MAX => {
                let problem = format!("must have one item at least and {ITEMS_MAX} at most");
                Err(FactsError::Draft { field: "values", problem })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_known_is_written_as_null_and_zero_as_zero() {
        let counts = [Count::Known(0), Count::NotKnown, Count::Known(7)];
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, "[0,null,7]");
        assert_eq!(serde_json::from_str::<[Count; 3]>(&text).unwrap(), counts);
    }
}
