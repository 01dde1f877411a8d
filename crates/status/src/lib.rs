//! From facts to cases, and from cases and exposures to what is required of a person.
//!
//! Nothing here can be set: a [`Case`] comes from facts and a definition, a [`Requirement`] from a case, an
//! exposure or a letter of another deployment and the plan, a [`Colour`] from the requirements in force.

pub mod case;
pub mod colour;
pub mod letter;
pub mod requirement;

pub use case::{Case, Known, WindowStart, case};
pub use colour::Colour;
pub use letter::{ByLetter, of_letters};
pub use requirement::{DatedPhase, Requirement, of_case, of_contact};
