//! Jurisdictions by their GB/T 2260 division codes, townships and villages below them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FactsError;

/// The level of a jurisdiction in the command hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 全国: everything, for deployments that no province owns.
    Nation,
    /// 省
    Province,
    /// 市
    City,
    /// 县、区
    County,
    /// 乡、街道
    Township,
    /// 村、社区
    Community,
}

/// A division code, held as the twelve digits of the statistical code.
///
/// Written with 6 digits down to the county, 9 for a township, 12 for a community.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction(u64);

const PROVINCE: u64 = 10_000_000_000;
const CITY: u64 = 100_000_000;
const COUNTY: u64 = 1_000_000;
const TOWNSHIP: u64 = 1_000;

/// How many units of the code one division of a level spans.
fn span_of(level: Level) -> u64 {
    match level {
        Level::Nation => u64::MAX,
        Level::Province => PROVINCE,
        Level::City => CITY,
        Level::County => COUNTY,
        Level::Township => TOWNSHIP,
        Level::Community => 1,
    }
}

impl Jurisdiction {
    /// The whole nation, written `000000`: contains every other.
    pub const NATION: Self = Self(0);

    /// From the first `digits` digits of a code, padded with zeros on the right.
    fn from_digits(text: &str) -> Option<Self> {
        if !matches!(text.len(), 2 | 4 | 6 | 9 | 12) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number: u64 = text.parse().ok()?;
        let code = Self(number * 10u64.pow(12 - text.len() as u32));
        // A division below a province that does not exist is not a division; six zeros are the nation.
        (code.0 >= PROVINCE || text == "000000").then_some(code)
    }

    /// The twelve-digit code as a number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// From the twelve-digit code as a number.
    pub fn from_number(number: u64) -> Result<Self, FactsError> {
        if number == 0 {
            return Ok(Self::NATION);
        }
        Self::from_digits(&format!("{number:012}")).ok_or_else(|| FactsError::Jurisdiction(number.to_string()))
    }

    /// How many units of the code one step of its level spans.
    fn span(self) -> u64 {
        span_of(self.level())
    }

    /// The level, read off the trailing zeros.
    pub fn level(self) -> Level {
        match self.0 {
            0 => Level::Nation,
            n if n % PROVINCE == 0 => Level::Province,
            n if n % CITY == 0 => Level::City,
            n if n % COUNTY == 0 => Level::County,
            n if n % TOWNSHIP == 0 => Level::Township,
            _ => Level::Community,
        }
    }

    /// The jurisdiction of `level` that contains this one; itself when it is not below that level.
    pub fn at(self, level: Level) -> Self {
        let span = span_of(level);
        if self.level() <= level { self } else { Self(self.0 / span * span) }
    }

    /// The first and the last code, as numbers, of the divisions within, itself included.
    pub fn numbers(self) -> std::ops::RangeInclusive<u64> {
        self.0..=self.0.saturating_add(self.span() - 1)
    }

    /// The jurisdiction one level up; none above a province.
    pub fn parent(self) -> Option<Self> {
        let level = match self.level() {
            Level::Nation | Level::Province => return None,
            Level::City => Level::Province,
            Level::County => Level::City,
            Level::Township => Level::County,
            Level::Community => Level::Township,
        };
        Some(self.at(level))
    }

    /// Whether `other` is this jurisdiction or lies within it.
    pub fn contains(self, other: Self) -> bool {
        other.0 / self.span() == self.0 / self.span()
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level() {
            Level::Nation | Level::Province | Level::City | Level::County => write!(f, "{:06}", self.0 / COUNTY),
            Level::Township => write!(f, "{:09}", self.0 / TOWNSHIP),
            Level::Community => write!(f, "{:012}", self.0),
        }
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Jurisdiction {
    type Err = FactsError;

    fn from_str(text: &str) -> Result<Self, FactsError> {
        Self::from_digits(text.trim()).ok_or_else(|| FactsError::Jurisdiction(text.to_owned()))
    }
}

impl Serialize for Jurisdiction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Jurisdiction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Jurisdiction {
        text.parse().unwrap()
    }

    #[test]
    fn levels_are_read_off_the_code() {
        assert_eq!(code("41").level(), Level::Province);
        assert_eq!(code("410000").level(), Level::Province);
        assert_eq!(code("410100").level(), Level::City);
        assert_eq!(code("410102").level(), Level::County);
        assert_eq!(code("410102001").level(), Level::Township);
        assert_eq!(code("410102001002").level(), Level::Community);
    }

    #[test]
    fn a_city_contains_its_counties_and_not_its_neighbours() {
        assert!(code("410100").contains(code("410102001")));
        assert!(code("410100").contains(code("410100")));
        assert!(!code("410100").contains(code("410202")));
        assert!(!code("410102").contains(code("410100")));
    }

    #[test]
    fn the_numbers_of_a_division_are_those_it_contains() {
        for (within, inside, outside) in [("410100", "410102001", "410202"), ("410000", "410000", "420000")] {
            assert!(code(within).numbers().contains(&code(inside).number()));
            assert!(!code(within).numbers().contains(&code(outside).number()));
        }
        assert!(Jurisdiction::NATION.numbers().contains(&code("659012").number()));
    }

    #[test]
    fn parents_lead_to_the_province() {
        let mut here = code("410102001002");
        let mut path = vec![here.to_string()];
        while let Some(parent) = here.parent() {
            here = parent;
            path.push(here.to_string());
        }
        assert_eq!(path, ["410102001002", "410102001", "410102", "410100", "410000"]);
    }

    #[test]
    fn the_nation_contains_every_province_and_no_province_contains_it() {
        assert_eq!(code("000000"), Jurisdiction::NATION);
        assert!(Jurisdiction::NATION.contains(code("410102001")));
        assert!(!code("410000").contains(Jurisdiction::NATION));
        assert_eq!(Jurisdiction::from_number(0), Ok(Jurisdiction::NATION));
        assert_eq!(code("410102").at(Level::Nation), Jurisdiction::NATION);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "4", "00", "000102", "41010", "4101021", "41010x", "4101020010021"] {
            assert!(text.parse::<Jurisdiction>().is_err(), "{text} was accepted");
        }
    }
}
