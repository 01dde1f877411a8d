//! A folder that keeps a visit index.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use visits::dictionary::Dictionary;
use visits::{Damage, Dictionaries, Segment, VisitIndex};
use xxhash_rust::xxh3::xxh3_64;

use crate::{ids, map};

/// The list of what belongs together; replaced as a whole, last.
const LIST: &str = "index.json";
/// What files are called until they are complete.
const PART: &str = "part";

/// What can go wrong with the folder itself.
#[derive(Debug, thiserror::Error)]
pub enum SegmentsError {
    /// A file could not be written or read.
    #[error("{path}: {source}; the batches are whole, and the index is built from them at the next start")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A file of the folder that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

/// How much is read before a segment is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Every byte, which also brings it into memory.
    Everything,
    /// What each file says of itself: for measuring from a cold start.
    Heads,
}

#[derive(Serialize, Deserialize)]
struct List {
    people: String,
    units: String,
    segments: Vec<String>,
}

/// A folder of segments.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at a path, which need not be there yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Opens what the folder holds, and names what it had to leave out.
    ///
    /// Where anything is damaged the whole index is left out: a batch is in it whole or not at all, and which
    /// batches a damaged segment held only its own head says.
    pub fn open(&self, check: Check) -> (VisitIndex, Vec<Fault>) {
        let mut faults = Vec::new();
        let index = self.read(check, &mut faults).unwrap_or_default();
        (index, faults)
    }

    fn read(&self, check: Check, faults: &mut Vec<Fault>) -> Option<VisitIndex> {
        let mut fault = |file: &Path, problem: &dyn std::fmt::Display| {
            faults.push(Fault { file: file.to_owned(), problem: problem.to_string() });
        };
        let path = self.path.join(LIST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                fault(&path, &error);
                return None;
            }
        };
        let list: List = serde_json::from_slice(&text).map_err(|error| fault(&path, &error)).ok()?;
        let mut ids_of = |name: &str| {
            let path = self.path.join(name);
            let bytes = fs::read(&path).map_err(|error| fault(&path, &error)).ok()?;
            let ids = ids::read(&bytes);
            if ids.is_none() {
                fault(&path, &"its ids are not what was written");
            }
            ids
        };
        let ids = Dictionaries {
            people: Dictionary::from_ids(ids_of(&list.people)?),
            units: Dictionary::from_ids(ids_of(&list.units)?),
        };
        let mut segments = Vec::new();
        let mut whole = true;
        for name in &list.segments {
            let path = self.path.join(name);
            let opened = map::map(&path).map_err(|error| error.to_string()).and_then(|bytes| {
                let checked = |segment: Segment| match check {
                    Check::Everything => segment.check().map(|()| segment),
                    Check::Heads => Ok(segment),
                };
                Segment::open(bytes).and_then(checked).map_err(|damage: Damage| damage.to_string())
            });
            match opened {
                Ok(segment) => segments.push(segment),
                Err(problem) => {
                    fault(&path, &problem);
                    whole = false;
                }
            }
        }
        if !whole {
            return None;
        }
        let mut index = VisitIndex::with_ids(ids);
        index.add_segments(segments);
        Some(index)
    }

    /// Writes what the folder does not hold yet, lets go of what the index no longer has, and gives each new
    /// segment as mapped from its file, by its place in memory until now.
    pub fn save(&self, index: &VisitIndex) -> Result<Vec<(Arc<Segment>, Segment)>, SegmentsError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SegmentsError::File { path, source }
        };
        fs::create_dir_all(&self.path).map_err(failed(&self.path))?;
        let mut moved = Vec::new();
        let mut names = BTreeMap::new();
        for segment in index.segments() {
            let bytes: &[u8] = (**segment.bytes()).as_ref();
            let name = format!("{:016x}.segment", segment.digest());
            let path = self.path.join(&name);
            if !path.exists() {
                write_whole(&path, bytes).map_err(failed(&path))?;
                let mapped = map::map(&path).map_err(failed(&path))?;
                // What was just written is what is in memory; were it not, the next start would say so.
                if let Ok(mapped) = Segment::open(mapped) {
                    moved.push((segment.clone(), mapped));
                }
            }
            names.insert(name, ());
        }
        let ids_file = |kind: &str, bytes: Vec<u8>| {
            let name = format!("{kind}-{:016x}.ids", xxh3_64(&bytes));
            let path = self.path.join(&name);
            if !path.exists() {
                write_whole(&path, &bytes).map_err(failed(&path))?;
            }
            Ok(name)
        };
        let list = List {
            people: ids_file("people", ids::write(index.ids().people.ids()))?,
            units: ids_file("units", ids::write(index.ids().units.ids()))?,
            segments: names.into_keys().collect(),
        };
        let path = self.path.join(LIST);
        let text = serde_json::to_vec_pretty(&list).map_err(|error| failed(&path)(error.into()))?;
        write_whole(&path, &text).map_err(failed(&path))?;
        self.sweep(&list).map_err(failed(&self.path))?;
        Ok(moved)
    }

    /// Unlinks files that the list does not name: merged away, expired, or left by a crash.
    fn sweep(&self, list: &List) -> io::Result<()> {
        let kept: BTreeSet<&str> =
            list.segments.iter().chain([&list.people, &list.units]).map(String::as_str).collect();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let ours = [".segment", ".ids", ".part"].iter().any(|end| name.ends_with(end));
            if ours && !kept.contains(name.as_ref()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Writes a file under another name and renames it once it is on disk: whoever is cut short leaves no half.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension(PART);
    let mut file = File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    File::open(path.parent().unwrap_or(path))?.sync_all()
}
