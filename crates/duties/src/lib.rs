//! Duties (责任): what follows for those who answer for others.
//!
//! One shape for everything owed; one rule a file says when a duty opens, what its steps are and what
//! stops its clock. A duty is never a ground for a status.

pub mod duty;
pub mod locate;

pub use duty::{Closed, ClosedBy, Done, Duty, DutyKind, HandOver, Owner, State};
pub use locate::{Basis, locate_and_control};
