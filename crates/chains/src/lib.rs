//! Source tracing (溯源): who may have infected whom, and how likely each of them is.
//!
//! Pure: no file, no clock, no chance. [`candidates`] gives the possible sources of every case with their
//! probabilities; [`tree`] the most likely chains among them, without a circle. The formula, what it rests
//! on and what it cannot do are in `docs/methods/source-tracing.md`.
//!
//! What it never does is to give a case a poor infector for want of a better one: someone unknown, and
//! infection elsewhere, are sources like any other, and a case whom nobody fits is named unexplained.

pub mod branching;
pub mod case;
pub mod error;
pub mod evidence;
pub mod lags;
pub mod options;
pub mod sources;
pub mod tree;

pub use case::{CaseInfo, Link, Period, Position};
pub use error::ChainsError;
pub use evidence::Evidence;
pub use lags::Lags;
pub use options::Options;
pub use sources::{Candidate, Reason, Source, Sources, candidates};
pub use tree::{Edge, Tree, tree};
