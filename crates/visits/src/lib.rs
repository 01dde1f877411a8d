//! Who was in which unit when: the visit index.
//!
//! Pure over rows. Batches become immutable segments; what is not yet batched is live. The two
//! questions it answers, in both directions, are all that tracing asks: where was this person, and who
//! was in this unit.

pub mod dictionary;
pub mod index;
pub mod segment;
pub mod stay;

pub use index::VisitIndex;
pub use segment::{Segment, VisitError};
pub use stay::{Origin, Seconds, Stay, Window};

#[cfg(test)]
mod tests;
