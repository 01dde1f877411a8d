//! Messages that cannot be read, kept to be corrected.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use facts::Timestamp;
use serde_json::json;
use thiserror::Error;

/// The file cannot be written.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
pub struct RejectedError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: std::io::Error,
}

/// A file with one JSON object on each line: when, on which topic, what is wrong, and what was sent.
pub(crate) struct Rejected {
    path: PathBuf,
    number: u64,
}

impl Rejected {
    /// The file in a folder; neither has to be there yet.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join("visits-feed.jsonl"), number: 0 }
    }

    /// Keeps messages, durably.
    pub(crate) fn keep(&mut self, letters: &[Letter], received: Timestamp) -> Result<(), RejectedError> {
        if letters.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for Letter { topic, problem, payload } in letters {
            let payload = String::from_utf8_lossy(payload);
            let line =
                json!({ "received": received.to_string(), "topic": topic, "problem": problem, "payload": payload });
            lines.push_str(&format!("{line}\n"));
        }
        let failed = |source| RejectedError { path: self.path.clone(), source };
        self.append(&lines).map_err(failed)?;
        self.number += letters.len() as u64;
        tracing::warn!(now = letters.len(), since_start = self.number, "messages could not be read; they are kept");
        Ok(())
    }

    fn append(&self, lines: &str) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

/// A message that cannot be read.
pub(crate) struct Letter {
    /// Where it was published.
    pub(crate) topic: String,
    /// What is wrong with it.
    pub(crate) problem: String,
    /// What was sent, or the part of it that is wrong.
    pub(crate) payload: Vec<u8>,
}
