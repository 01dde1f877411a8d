//! Letters between deployments (协查函): people to find, sent to where they are, and what was answered.
//!
//! A letter and everything that is said about it later are *parts*. Each part is numbered per writer and reader,
//! signed by its writer and sealed to its reader: [`Envelope`], whose form is in `docs/formats/letter.md`. Taken
//! in by number, each once, parts become the same facts on both sides, and [`Book`] makes of those facts who is
//! sought, by which of two clocks, and who is late. It depends on the facts of each side and not on how the two
//! sides' parts crossed, so that both have the same.
//!
//! Nothing here opens a file or a connection, reads a clock, or draws an unseeded number.

pub mod book;
pub mod card;
pub mod clocks;
pub mod envelope;
pub mod error;
pub mod keys;
pub mod order;
pub mod part;
#[cfg(test)]
mod tests;

pub use book::{Book, Correspondence, Item, Passing, Standing, State, Trust};
pub use card::Card;
pub use clocks::{Clock, Ledger, Rung};
pub use envelope::{Envelope, FILE_BYTES_MAX, Head, Verified};
pub use error::LettersError;
pub use keys::{Keys, Pair, PublicKeys};
pub use order::{Place, place};
pub use part::{Answer, Identity, LastKnown, Letter, NotHereAny, Part, Private, Wanted};
