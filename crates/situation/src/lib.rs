//! The situation (态势): the only place where conclusions are drawn.
//!
//! A pure function of facts and plans. Deleting it loses nothing; deriving it again gives the same.

pub mod aliases;
pub mod bulk;
pub mod derived;
pub mod error;
pub mod homes;
pub mod ledger;
pub mod situation;
pub mod world;

pub use bulk::Bulk;
pub use derived::{Derived, PersonSituation};
pub use error::{Problem, SituationError};
pub use homes::Residence;
pub use ledger::Ledger;
pub use situation::{Change, Changes, Entry, Hypothesis, Settings, Situation};
pub use world::World;

#[cfg(test)]
mod tests;
