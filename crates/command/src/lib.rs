//! Command (指挥): what the headquarters owes and is owed, kept up to date fact by fact.
//!
//! Duties, posts and facts, and no second mechanism. A pure function of facts, plans and a time.

pub mod board;
pub mod boundary;
pub mod capacity;
pub mod command;
pub mod divisions;
pub mod error;
pub mod inspections;
pub mod ledger;
pub mod levels;
pub mod orders;
pub mod posts;
pub mod reports;
pub mod rosters;
pub mod routine;
pub mod sampling;
pub mod tasks;
pub mod templates;

pub use board::{Board, Change, PartsDone};
pub use boundary::{Boundaries, Crossing};
pub use command::Command;
