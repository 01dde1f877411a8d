//! What can go wrong with a journal.

use std::path::PathBuf;

use facts::{BatchId, FactsError};
use thiserror::Error;

use database::DatabaseError;

/// Why the journal refused, or what is wrong with it.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The database refused or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The folder of batch files refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An exercise was about to be opened as the real thing, or the reverse.
    #[error(
        "this journal is {found} and was to be opened as {wanted}; an exercise and the real thing are never mixed: \
         check the database URL"
    )]
    Exercise {
        /// What the journal is.
        found: &'static str,
        /// What it was opened as.
        wanted: &'static str,
    },
    /// The journal belongs to another deployment.
    #[error(
        "this journal belongs to deployment {found:016x} and was to be opened for {wanted:016x}: \
         check the database URL"
    )]
    Deployment {
        /// Whose the journal is.
        found: u64,
        /// For whom it was opened.
        wanted: u64,
    },
    /// A draft that no journal may hold. Nothing of the call was recorded.
    #[error("draft {index} of the call is refused, and with it the whole call: {source}")]
    Refused {
        /// Which draft, from 0.
        index: usize,
        /// What is wrong with it.
        source: FactsError,
    },
    /// The id of a new fact is already a fact's.
    #[error("an id given to a new fact is already in the journal; draw another id and append again")]
    IdTaken,
    /// The id of a new batch is already a batch's.
    #[error("{0} is already in the journal; draw another batch id and append again")]
    BatchTaken(BatchId),
    /// There is no such batch.
    #[error("{0} is not in the journal")]
    NoBatch(BatchId),
    /// The batch holds rows of another kind.
    #[error("{batch} holds {found}, not {wanted}")]
    RowsAre {
        /// The batch.
        batch: BatchId,
        /// What it holds.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A row that no batch may hold. Nothing of the call was recorded.
    #[error("row {row} of the call is refused, and with it the whole call: {problem}")]
    Row {
        /// Which row, from 0.
        row: usize,
        /// What is wrong and what would be right.
        problem: &'static str,
    },
    /// The batch was kept for as long as it may be, and deleted with a receipt.
    #[error("{0} was deleted when it had been kept for as long as it may be; its receipt is in the journal")]
    Deleted(BatchId),
    /// What is stored at a position is not what was recorded there.
    #[error("position {position} was changed after it was recorded ({problem}); run verify and restore from a copy")]
    Tampered {
        /// Where.
        position: u64,
        /// What does not fit.
        problem: String,
    },
    /// The head row is not one that this journal could have written.
    #[error("the journal's head was changed after it was written ({0}); run verify and restore from a copy")]
    Head(&'static str),
    /// An entry of the intake log is not what was taken in.
    #[error("entry {id} of the intake log was changed after it was taken in ({problem})")]
    Intake {
        /// Which entry.
        id: u64,
        /// What does not fit.
        problem: &'static str,
    },
}

/// What can go wrong with a batch file.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not the one that was journalled.
    #[error(
        "{path} is not the file that was journalled: its SHA-256 differs; restore it from a copy",
        path = path.display()
    )]
    Digest {
        /// Which file.
        path: PathBuf,
    },
    /// The file is as journalled and cannot be read or written as rows.
    #[error("{path}: {problem}", path = path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
}
