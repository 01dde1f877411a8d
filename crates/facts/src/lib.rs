//! The vocabulary of Firebreak: facts, typed ids, times, jurisdictions, purposes.
//!
//! A fact is something that happened in the world or a decision that a named person took. It has two
//! times: when it was true (`occurred`) and when the server recorded it (`recorded`). This crate can
//! neither open a file nor read a clock.

pub mod access;
pub mod body;
pub mod bytes;
pub mod capacity;
pub mod circumstance;
pub mod commitment;
pub mod disease;
pub mod duty_fact;
pub mod error;
pub mod fact;
pub mod id;
pub mod inspection;
pub mod jurisdiction;
pub mod letter;
pub mod level;
pub mod order;
pub mod post;
pub mod report;
pub mod rows;
pub mod setting;
pub mod span;

pub use access::{Purpose, Scope};
pub use body::{BatchKind, Body, NotFound, Run, Step, TestOutcome};
pub use bytes::Hex;
pub use capacity::CapacityFact;
pub use circumstance::{Masked, Ventilation};
pub use commitment::{Commitment, Salt};
pub use disease::Disease;
pub use duty_fact::{Act, DUTIES_AT_ONCE_MAX, Department, DutyFact, Every, Item, Ladder, Parties, Reason, Recurrence};
pub use error::FactsError;
pub use fact::{Channel, Draft, FORMAT, Fact, Source};
pub use id::{
    ActorId, BatchId, CaseId, DutyId, FactId, Id, Kind, PersonId, PlaceId, PostId, SpecimenId, TextId, UnitId, ZoneId,
};
pub use inspection::{AccountabilityGround, AccountabilityOutcome, InspectionFact, Subject};
pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use jurisdiction::{Jurisdiction, Level};
pub use letter::{DeploymentKey, LetterFact, LetterId, PersonKey};
pub use level::{LevelFact, ResponseLevel};
pub use order::OrderFact;
pub use post::{PostFact, PostRole, Shift, ShiftName, Turn};
pub use report::{CaseReport, Count, ReportFact};
pub use rows::{ResidentRow, UnitRow, VisitRow};
pub use setting::Setting;
pub use span::Span;
