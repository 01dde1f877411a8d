//! Typed identifiers: random, pseudonymous, and impossible to mix up.
//!
//! An id says nothing about its bearer. Its text form is a prefix that names the kind and thirteen
//! characters of Crockford base 32, for instance `per-0000000000007`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FactsError;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_DIGITS: usize = 13;

/// What an id identifies; implemented only by the kinds below.
pub trait Kind {
    /// The prefix of the text form.
    const PREFIX: &'static str;
}

/// An identifier of one kind. Sixty-four random bits, unique within a deployment.
pub struct Id<K>(u64, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// Wraps a number that a random source or an index gave.
    pub const fn new(number: u64) -> Self {
        Self(number, PhantomData)
    }

    /// The number behind the id.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl<K> Copy for Id<K> {}
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [b'0'; TEXT_DIGITS];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        f.write_str(K::PREFIX)?;
        f.write_str("-")?;
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = FactsError;

    fn from_str(text: &str) -> Result<Self, FactsError> {
        let malformed = || FactsError::Id { expected: K::PREFIX, found: text.to_owned() };
        let digits = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('-'))
            .filter(|digits| digits.len() == TEXT_DIGITS)
            .ok_or_else(malformed)?;
        let mut number: u64 = 0;
        for character in digits.bytes() {
            let digit = ALPHABET.iter().position(|&known| known == character).ok_or_else(malformed)?;
            number =
                number.checked_mul(32).and_then(|shifted| shifted.checked_add(digit as u64)).ok_or_else(malformed)?;
        }
        Ok(Self::new(number))
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $alias:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// One entry of the journal.
    FactKind, FactId, "fact";
    /// A human being, known to the facts only by this.
    Person, PersonId, "per";
    /// A place: a building, a market, a school, a train.
    Place, PlaceId, "plc";
    /// The smallest space that a plan can reason about: a room, a carriage, a table, a ward, a home.
    Unit, UnitId, "unit";
    /// One episode of one disease in one person.
    Case, CaseId, "case";
    /// Who recorded something: an officer, an import, a device.
    Actor, ActorId, "act";
    /// A team or post that owes duties.
    Post, PostId, "post";
    /// A batch of bulk facts.
    Batch, BatchId, "bat";
    /// A duty that somebody owes.
    Duty, DutyId, "duty";
    /// A closed, controlled or watched area.
    Zone, ZoneId, "zone";
    /// A specimen that a laboratory tests.
    Specimen, SpecimenId, "spec";
    /// An erasable text or attachment, kept outside the journal.
    Text, TextId, "text";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let person = PersonId::new(7).to_string();
        assert_eq!(person, "per-0000000000007");
        assert!(person.parse::<UnitId>().is_err());
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in ["", "per-", "per-000000000000", "per-00000000000000", "per-000000000000u", "per-zzzzzzzzzzzzz"] {
            assert!(text.parse::<PersonId>().is_err(), "{text} was accepted");
        }
    }

    proptest! {
        #[test]
        fn the_text_form_reads_back(number: u64) {
            let id = PersonId::new(number);
            prop_assert_eq!(id.to_string().parse::<PersonId>().unwrap(), id);
        }
    }
}
