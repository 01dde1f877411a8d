//! What can go wrong in a benchmark.

use std::path::PathBuf;

/// A benchmark that could not go on.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file or folder.
    #[error("{path}: {problem}; name a folder with enough room by --folder")]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        problem: String,
    },
    /// A rival's program.
    #[error("{rival}: {problem}")]
    Rival {
        /// Which.
        rival: String,
        /// What happened.
        problem: String,
    },
    /// The engine under test.
    #[error("the engine: {0}")]
    Engine(String),
    /// A plan that does not read.
    #[error(transparent)]
    Plan(#[from] plan::PlanError),
}

impl BenchError {
    /// A problem with a file.
    pub(crate) fn file(path: impl Into<PathBuf>, problem: impl ToString) -> Self {
        Self::File { path: path.into(), problem: problem.to_string() }
    }

    /// A problem with a rival.
    pub(crate) fn rival(rival: &str, problem: impl ToString) -> Self {
        Self::Rival { rival: rival.to_owned(), problem: problem.to_string() }
    }
}
