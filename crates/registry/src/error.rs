//! What can go wrong with a registry. No message repeats anything about a person.

use std::path::PathBuf;

use database::DatabaseError;
use facts::PersonId;
use thiserror::Error;

/// Why the registry refused, or what is wrong with it.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// The database refused or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The keys are not those that the registry was made with.
    #[error(
        "these keys are not the ones this registry was made with, and nothing could be found or read with them: \
         give the right key file"
    )]
    OtherKeys,
    /// A field cannot be decrypted where it stands.
    #[error("{column} of {owner} cannot be decrypted where it stands; it was changed or moved: restore it from a copy")]
    Sealed {
        /// The column.
        column: &'static str,
        /// Whose, by pseudonym.
        owner: String,
    },
    /// The id of a new person is already someone's.
    #[error("an id given to a new person is already someone's; draw another id and register again")]
    PersonTaken,
    /// A text was put about someone who is not there.
    #[error("{0} is not in the registry")]
    NoPerson(PersonId),
    /// A text of that id is there already.
    #[error("a text of that id is there already; draw another id")]
    TextTaken,
    /// A stored value is of a form that this version does not write.
    #[error(
        "the registry holds a value that this version cannot read in {0}; upgrade the program or restore from a copy"
    )]
    Unreadable(&'static str),
    /// The key file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    KeyFile {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file can be read by others than its owner.
    #[error(
        "{path} can be read by others (mode {mode:o}); run chmod 600 on it, and replace the keys if \
         others may have read them",
        path = path.display()
    )]
    KeyFileOpen {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file is not one.
    #[error("{path} is not a key file of format 1", path = path.display())]
    KeyFileForm {
        /// Which file.
        path: PathBuf,
    },
}
