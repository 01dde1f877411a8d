//! From being in one room to being a contact.
//!
//! A [`Meeting`] is two people in one space for one span, with what shows it. [`Rules`] say which meetings
//! count and as what. [`rings`] sums them up into both rings around a case, every contact with its
//! evidence and a score that orders lists and decides nothing.

pub mod exposure;
pub mod meeting;
pub mod rings;
pub mod rule;
pub mod sources;

pub use exposure::{EVIDENCE_SHOWN, Exposure, Ring};
pub use meeting::{Evidence, Meeting};
pub use rings::{Infectious, Presence, Rings, rings};
pub use rule::{CoPresence, Judgement, Rules};
pub use sources::{Encounter, Encounters};

#[cfg(test)]
mod tests;
