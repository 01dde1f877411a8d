//! The journal: the sole truth of a deployment, append-only and tamper-evident.
//!
//! Facts are rows of a database, SQLite or PostgreSQL; each is a leaf of an RFC 6962 tree. Bulk facts are
//! Parquet files, each vouched for by one fact. What was acknowledged and not yet put into a batch waits in
//! the intake log. How all of it is written is in `docs/formats/journal.md`.

mod batch;
mod error;
mod intake;
mod journal;
pub mod merkle;
mod retention;
mod rows;
mod store;
mod verify;
mod writer;

pub use batch::{RowsInGroups, read_rows};
pub use error::{JournalError, StoreError};
pub use intake::{Fate, Intake, IntakeId, Log, Message, Standing, TakenIn, ToSeal};
pub use journal::{Journal, Marker, Outcome, Recorded, TreeHead};
pub use rows::{ReceivedVisit, Row, Rows};
pub use verify::{Problem, Verification};
