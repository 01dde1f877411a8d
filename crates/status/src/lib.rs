//! From facts to cases, and from cases and exposures to what is required of a person.
//!
//! Nothing here can be set: a [`Case`] comes from facts and a definition, a [`Requirement`] from a case or
//! an exposure and the plan, a [`Colour`] from the requirements in force.

pub mod case;
pub mod colour;
pub mod requirement;

pub use case::{Case, Known, WindowStart, case};
pub use colour::Colour;
pub use requirement::{DatedPhase, Requirement, of_case, of_contact};
