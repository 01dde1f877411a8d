//! What made a meeting more or less dangerous, when it is known. Not known is its own answer: it is neither
//! "without masks" nor "well aired".

use serde::{Deserialize, Serialize};

/// Who of two people wore a mask while they were together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masked {
    /// Both did, all the time.
    Both,
    /// One of them did, or either only at times.
    One,
    /// Neither did.
    Neither,
}

/// How well a space is aired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ventilation {
    /// It is in the open air.
    Open,
    /// Open windows, or fresh air by machine.
    Good,
    /// Closed, crowded, or air that only goes round.
    Poor,
}

impl Ventilation {
    /// Every answer, best first.
    pub const ALL: &'static [Self] = &[Self::Open, Self::Good, Self::Poor];

    /// The name that files and the API use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Good => "good",
            Self::Poor => "poor",
        }
    }

    /// The ventilation of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|ventilation| ventilation.name() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_with_the_json_form() {
        for &ventilation in Ventilation::ALL {
            assert_eq!(serde_json::to_string(&ventilation).unwrap(), format!("{:?}", ventilation.name()));
            assert_eq!(Ventilation::named(ventilation.name()), Some(ventilation));
        }
    }
}
