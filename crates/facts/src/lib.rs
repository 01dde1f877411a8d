//! The vocabulary of Firebreak: facts, typed ids, times, jurisdictions, purposes.
//!
//! A fact is something that happened in the world or a decision that a named person took. It has two
//! times: when it was true (`occurred`) and when the server recorded it (`recorded`). This crate can
//! neither open a file nor read a clock.

pub mod access;
pub mod body;
pub mod bytes;
pub mod circumstance;
pub mod commitment;
pub mod disease;
pub mod error;
pub mod fact;
pub mod id;
pub mod jurisdiction;
pub mod rows;
pub mod setting;
pub mod span;

pub use access::{Purpose, Scope};
pub use body::{BatchKind, Body, NotFound, Run, Step, TestOutcome};
pub use bytes::Hex;
pub use circumstance::{Masked, Ventilation};
pub use commitment::{Commitment, Salt};
pub use disease::Disease;
pub use error::FactsError;
pub use fact::{Channel, Draft, FORMAT, Fact, Source};
pub use id::{
    ActorId, BatchId, CaseId, DutyId, FactId, Id, Kind, PersonId, PlaceId, PostId, SpecimenId, TextId, UnitId, ZoneId,
};
pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use jurisdiction::{Jurisdiction, Level};
pub use rows::{ResidentRow, UnitRow, VisitRow};
pub use setting::Setting;
pub use span::Span;
