//! Who someone is, and by what they are found.

use facts::{Jurisdiction, PersonId};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// What identifies someone; each part may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The name.
    #[serde(default)]
    pub name: Option<Secret<String>>,
    /// The number of the identity card or passport.
    #[serde(default)]
    pub id_number: Option<Secret<String>>,
    /// The telephone number.
    #[serde(default)]
    pub phone: Option<Secret<String>>,
    /// The address.
    #[serde(default)]
    pub address: Option<Secret<String>>,
}

/// Someone to be registered.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The pseudonym that facts will use, drawn at random.
    pub person: PersonId,
    /// Who they are.
    pub identity: Identity,
    /// Where they live.
    pub jurisdiction: Jurisdiction,
    /// The name of a source, and what that source calls them.
    pub external: Option<(String, Secret<String>)>,
}

/// What became of someone to be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// They are new, under the id that was given.
    New(PersonId),
    /// Their source had named them before, and this is who they are.
    Known(PersonId),
}

impl Registered {
    /// The person, new or known.
    pub fn person(self) -> PersonId {
        match self {
            Self::New(person) | Self::Known(person) => person,
        }
    }
}

/// An exact value to find people by, however it is written.
#[derive(Debug, Clone)]
pub enum By {
    /// The number of an identity card or passport.
    IdNumber(Secret<String>),
    /// A telephone number.
    Phone(Secret<String>),
    /// A whole name.
    Name(Secret<String>),
    /// The name of a source, and what that source calls someone.
    External(String, Secret<String>),
}

/// Someone who was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Their pseudonym.
    pub person: PersonId,
    /// Where they live.
    pub jurisdiction: Jurisdiction,
}
