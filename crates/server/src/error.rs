//! What can go wrong when a deployment is opened or used.

use std::path::PathBuf;

use thiserror::Error;

/// A failure of the deployment, not of a request.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] registry::RegistryError),
    /// A table of the server's own.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// The visit index on disk.
    #[error(transparent)]
    Segments(#[from] segments::SegmentsError),
    /// Deriving the situation.
    #[error(transparent)]
    Situation(#[from] situation::SituationError),
    /// Deriving who infected whom.
    #[error(transparent)]
    Chains(#[from] chains::ChainsError),
    /// A template of a headquarters.
    #[error(transparent)]
    Command(#[from] command::error::CommandError),
    /// A plan file.
    #[error(transparent)]
    Plan(#[from] plan::PlanError),
    /// A draft that may not become a fact.
    #[error(transparent)]
    Facts(#[from] facts::FactsError),
    /// A letter between deployments.
    #[error(transparent)]
    Letters(#[from] letters::LettersError),
    /// The mailbox.
    #[error("the mailbox holds a {0} that is none; take it from the backup")]
    Mailbox(&'static str),
    /// The client that sends letters.
    #[error("letters cannot be sent: {0}")]
    Client(String),
    /// A deployment that serves no jurisdiction yet.
    #[error("this deployment serves no jurisdiction yet; set it up first")]
    NotFounded,
    /// A disease of which no plan is in force.
    #[error("no plan is in force for {0}; put one in force first")]
    NoPlan(facts::Disease),
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is not what it should be.
    #[error("{} cannot be read: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A real deployment was asked to record at a time of somebody's choosing.
    #[error("only an exercise chooses its own time; in a real deployment the clock does")]
    NotAnExercise,
    /// A request with a key that made another fact before.
    #[error("the key of this request was used for something else before")]
    KeyUsed,
    /// Visits that were not acknowledged, for a reason that is not theirs.
    #[error("nothing of what came at the same time was acknowledged: {0}; send it again")]
    TogetherWithOthers(std::sync::Arc<ServerError>),
    /// Visits whose taking in was cut short.
    #[error("taking visits in was cut short; send them again with the same key")]
    CutShort,
    /// Who someone is, or what they may do.
    #[error(transparent)]
    Access(#[from] access::AccessError),
    /// A row of the accounts that this version cannot read.
    #[error("the {what} of an account cannot be read; was the database written by another version?")]
    Account {
        /// What of it.
        what: &'static str,
    },
    /// A provider of single sign-on without an address for it to send people back to.
    #[error("single sign-on needs the address that people type in; give --public-url")]
    NoPublicUrl,
    /// A password that cannot be hashed.
    #[error("the password could not be hashed")]
    Password,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}
