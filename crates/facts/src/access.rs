//! Who may see what, and what for. No function that returns a person goes without both.

use serde::{Deserialize, Serialize};

use crate::id::ActorId;
use crate::jurisdiction::Jurisdiction;

/// Why someone looks at a person. Recorded with every identified read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Taking a case from report to source, contacts and end.
    Investigation,
    /// Finding someone who has to be found.
    Locating,
    /// Caring for or releasing someone under a requirement.
    FollowUp,
    /// Bringing records in.
    Import,
    /// Answering the person themselves.
    Subject,
    /// Deciding an appeal.
    Appeal,
    /// Checking how the system was used.
    Audit,
    /// Running the headquarters: orders, posts, reports. About no person in need.
    Command,
}

/// What part of the world an actor acts for. Everything outside it does not exist for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Who acts.
    pub actor: ActorId,
    /// The jurisdiction they act for.
    pub jurisdiction: Jurisdiction,
}

impl Scope {
    /// Whether something of `jurisdiction` is theirs to see.
    pub fn covers(&self, jurisdiction: Jurisdiction) -> bool {
        self.jurisdiction.contains(jurisdiction)
    }
}
