//! What machines send of who was where: read, and followed as a stream.
//!
//! The format is in `docs/formats/visits-feed.md`. This crate reads messages and brings them from a broker to
//! whoever makes them durable; it holds no visit itself.

pub mod mqtt;
pub mod payload;
mod rejected;

pub use mqtt::{Authorities, Broker, NoAuthority, Sink, follow};
pub use payload::{Payload, Refused, RowProblem};
pub use rejected::RejectedError;
