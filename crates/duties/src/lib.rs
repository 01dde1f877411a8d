//! Duties (责任): what follows for those who answer for others.
//!
//! One shape for everything owed, whatever it is about; one rule a file says when a duty opens, what is done
//! about it and what stops its clock. A duty is never a ground for a status.

pub mod about;
pub mod act;
pub mod calendar;
pub mod duty;
pub mod ladder;
pub mod locate;

pub use about::{About, DutyKind, Sought, Subject};
pub use act::{NotDone, act};
pub use calendar::Calendar;
pub use duty::{
    Asked, Closed, ClosedBy, Cohort, Done, Duty, Exception, Pause, Reopened, Search, Standing, State, later, name,
};
pub use ladder::{Rung, RungAt, ladder};
pub use locate::{Basis, locate_and_control};

#[cfg(test)]
mod tests;
