//! Diseases by name; which rules apply to one is the plan's affair.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A disease by its short name in lower case and hyphens, for instance `covid-19` or `measles`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Disease(pub String);

impl Disease {
    /// The disease of that short name.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Disease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
