//! The colour of a person: a projection of requirements for display, and nothing else.
//!
//! Architecture invariant: no function here or anywhere takes a colour and gives it to a person. The only
//! way to a [`Colour`] is [`Colour::of`], from the requirements in force.

use facts::Timestamp;
use plan::PhaseColour;
use serde::Serialize;

use crate::requirement::Requirement;

/// 绿、黄、红. It can be shown and compared; it cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Colour(PhaseColour);

impl Colour {
    /// The strictest phase that any requirement has running.
    pub fn of<'a>(requirements: impl IntoIterator<Item = &'a Requirement>, at: Timestamp) -> Self {
        let running = requirements.into_iter().filter_map(|requirement| requirement.phase(at));
        Self(running.map(|phase| phase.colour).max().unwrap_or(PhaseColour::Green))
    }

    /// What to show.
    pub fn shown(self) -> PhaseColour {
        self.0
    }
}
