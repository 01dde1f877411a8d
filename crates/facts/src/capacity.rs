//! Facts about capability (能力): what a jurisdiction says it has, and what it asks of others.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::commitment::Commitment;
use crate::error::FactsError;
use crate::id::FactId;
use crate::jurisdiction::Jurisdiction;

/// What was said about capacity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CapacityFact {
    /// What a jurisdiction has of a resource, as of when the fact occurred.
    Stated {
        /// Who has it.
        jurisdiction: Jurisdiction,
        /// Which resource, by its code in the template.
        resource: String,
        /// How much in all, in the resource's unit.
        available: u64,
        /// How much of it is taken already, where that is counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_use: Option<u64>,
        /// How much more is in reserve and can be had on order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reserve: Option<u64>,
        /// From receipt to result, in hours, for laboratories.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turnaround_hours: Option<u32>,
    },
    /// One jurisdiction asks another for help (支援).
    AidAsked {
        /// Who asks.
        from: Jurisdiction,
        /// Who is asked.
        of: Jurisdiction,
        /// For which resource.
        resource: String,
        /// How much, in the resource's unit.
        amount: u64,
        /// By when it is needed.
        needed_by: Timestamp,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// The answer to a request: how much is offered, nothing being a refusal.
    AidAnswered {
        /// The request.
        of: FactId,
        /// How much.
        offered: u64,
        /// Why not all of it, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// Help arrived.
    AidArrived {
        /// The request.
        of: FactId,
        /// How much of it.
        amount: u64,
    },
    /// What had come as help went back, or the request was taken back.
    AidEnded {
        /// The request.
        of: FactId,
    },
}

impl CapacityFact {
    /// Refuses what no journal may hold.
    pub(crate) fn check(&self) -> Result<(), FactsError> {
        let problem = |field, problem: &str| Err(FactsError::Draft { field, problem: problem.to_owned() });
        match self {
            Self::AidAsked { from, of, .. } if from == of => problem("of", "is who asks; ask another jurisdiction"),
            Self::AidAsked { amount: 0, .. } => problem("amount", "is 0; ask for something"),
            _ => Ok(()),
        }
    }
}
