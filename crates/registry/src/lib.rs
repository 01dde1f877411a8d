//! The registry: who people are, apart from the facts and erasable.
//!
//! Facts know people by random ids. Names, id numbers, phones, addresses and free texts live here, each
//! field encrypted, found again only by a keyed digest of the exact value. Whoever looks at someone says
//! for what, and the look is recorded.

mod cipher;
mod duplicates;
mod error;
pub mod id_number;
mod identity;
mod keys;
mod looks;
mod people;
mod registry;
mod secret;
mod texts;

pub use duplicates::LikelyDuplicate;
pub use error::RegistryError;
pub use identity::{By, Found, Identity, NewPerson, Registered};
pub use keys::Keys;
pub use registry::{Access, Receipt, Registry};
pub use secret::Secret;
