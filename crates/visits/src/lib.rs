//! Who was in which unit when: the visit index.
//!
//! Pure over bytes. Batches become immutable packed segments, one for each day; what is not yet in one is
//! live. The two questions it answers, in both directions, are all that tracing asks: where was this person,
//! and who was in this unit. Files are mapped by whoever calls it; `segments` does.

mod bits;
pub mod build;
pub mod dictionary;
mod directory;
pub mod index;
mod live;
pub mod segment;
pub mod stay;

pub use build::{Dictionaries, VisitError};
pub use index::{Found, Room, VisitIndex};
pub use segment::{Bytes, Damage, Segment};
pub use stay::{Origin, Seconds, Stay, Window};

#[cfg(test)]
mod tests;
