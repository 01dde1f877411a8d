//! Files that real offices have, in; typed, checked rows and a list of problems, out.
//!
//! Pure over bytes and paths: no database, no registry, no clock. Nothing is dropped silently: of every
//! file, `accepted + merged + queued + rejected` equals the number of its rows.
//!
//! The way of a file: [`Source`] opens it as a table, [`fields::guess`] proposes a [`Mapping`] of its
//! columns for a person to confirm, a reader of its kind (for instance [`line_list::read`]) gives one
//! [`Read`] per row, a [`Report`] counts them and an [`ErrorsFile`] takes the rejected ones for correction.

pub mod contacts;
pub mod dates;
pub mod encounters;
pub mod error;
pub mod errors_file;
pub mod fields;
pub mod lab_results;
pub mod line_list;
pub mod private;
pub mod problem;
pub mod records;
pub mod report;
pub mod roster;
pub mod table;
pub mod trajectories;
pub mod values;
pub mod visits;

mod text;
mod xlsx;

pub use contacts::ContactRow;
pub use dates::{Order, Stamp};
pub use encounters::EncounterRow;
pub use error::ExchangeError;
pub use errors_file::ErrorsFile;
pub use fields::{Field, Kind, Mapping, guess};
pub use lab_results::LabRow;
pub use line_list::LineListRow;
pub use private::Private;
pub use problem::{Code, Problem, Severity};
pub use records::{Divisions, Fate, Options, Read, Records};
pub use report::Report;
pub use roster::RosterRow;
pub use table::{Row, Source, Table, TableReader};
pub use trajectories::TrajectoryRow;
pub use visits::VisitRowText;
