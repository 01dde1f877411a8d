//! Text that names a person or may do so.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// Text about a person. It shows itself where it is asked to and never in debug output, so that no log
/// holds a name because somebody logged a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(pub String);

impl Deref for Private {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl PartialEq<str> for Private {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Private {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_reach_debug_output() {
        assert_eq!(format!("{:?}", Private::from("王小明")), "…");
        assert_eq!(Private::from("王小明").to_string(), "王小明");
    }
}
