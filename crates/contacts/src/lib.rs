//! From being in one room to being a contact.
//!
//! A [`Meeting`] is two people in one space for one span, with what shows it. [`Rules`] say which meetings
//! count and as what. [`rings`] sums them up into both rings around a case, every contact with its
//! evidence and a score that orders lists and decides nothing.

pub mod clusters;
pub mod exposure;
pub mod meeting;
pub mod rings;
pub mod rule;
pub mod score;
pub mod screening;
pub mod sources;
pub mod tracer;
pub mod wave;

pub use clusters::scores_with_clusters;
pub use exposure::{EVIDENCE_SHOWN, Exposure, Ring};
pub use meeting::{Evidence, Meeting};
pub use rings::{Infectious, Presence, Rings, rings};
pub use rule::{CoPresence, Judgement, Rules};
pub use score::ScoreParts;
pub use screening::{ScreeningFlag, screening_flags};
pub use sources::{Encounter, Encounters};
pub use tracer::{Hit, Traced, Tracer, UnitRule, UnitRules};
pub use wave::{Exposed, wave};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
