//! Facts about levels (平急转换): the signed switches between peace, alert and emergency.

use serde::{Deserialize, Serialize};

use crate::bytes::Hex;
use crate::commitment::Commitment;
use crate::jurisdiction::Jurisdiction;

/// How far the headquarters is wound up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseLevel {
    /// 平时
    Peace,
    /// 战备、预警
    Alert,
    /// 急时、应急
    Emergency,
}

impl ResponseLevel {
    /// All, lowest first.
    pub const ALL: [Self; 3] = [Self::Peace, Self::Alert, Self::Emergency];
}

/// What was decided about a level. Signed by the fact's actor; in force from when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LevelFact {
    /// A jurisdiction, with everything within it, is at a level from now on.
    Switched {
        /// Which.
        jurisdiction: Jurisdiction,
        /// The level.
        level: ResponseLevel,
        /// SHA-256 of the list of what changes, as it was shown to whoever signed.
        signed: Hex<32>,
        /// The criteria that were met, by their codes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        met: Vec<String>,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// The level of a jurisdiction was looked at again and kept.
    Reviewed {
        /// Which.
        jurisdiction: Jurisdiction,
        /// The level that is kept.
        level: ResponseLevel,
        /// The criteria that were met, by their codes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        met: Vec<String>,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
}

impl LevelFact {
    /// Whose level it is about.
    pub fn jurisdiction(&self) -> Jurisdiction {
        match self {
            Self::Switched { jurisdiction, .. } | Self::Reviewed { jurisdiction, .. } => *jurisdiction,
        }
    }
}
