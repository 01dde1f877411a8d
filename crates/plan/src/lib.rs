//! Plans (防控方案): the rules in force, as data.
//!
//! Windows, thresholds, test days, deadlines, each number with its unit, its source and how sure that
//! is. A plan is read from a file in `plans/`; nothing in the code knows a number of any plan.

pub mod check;
pub mod delay;
pub mod diff;
mod entry;
pub mod error;
pub mod library;
pub mod parameter;
pub mod plan;
mod read;
mod rules;
pub mod values;

pub use check::{Finding, Severity, check};
pub use delay::{Delay, Delays, Family};
pub use diff::{Change, diff};
pub use error::PlanError;
pub use library::{library, shipped};
pub use parameter::{Confidence, Parameter, Unit, Words};
pub use plan::{
    AirFactors, CaseClass, CaseDefinition, ContactClass, ContactRule, Criterion, Deadlines, Effective, EndOfOutbreak,
    GroundKind, Infectious, InfectiousnessByDay, LetterDeadlines, MaskFactors, Phase, PhaseColour, PhasePlace, Plan,
    Requirement, Rings, Score, ScreeningRule, SeatFactors,
};
pub use values::{Stated, parameter_at};
