//! What is measured: an engine that holds a city's visits and traces cases.
//!
//! The one file that knows Firebreak's index; the rest of this crate knows only the traits.

use std::path::{Path, PathBuf};

use crate::arrays::Arrays;
use crate::city::{City, DayVisits};
use crate::error::BenchError;
use crate::rules::RuleTable;
use crate::store::Store;

/// A case to trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Case {
    /// Who.
    pub person: u32,
    /// From when they could infect, in minutes since 1970-01-01T00:00Z.
    pub from_minute: i64,
    /// Until when, not included.
    pub until_minute: i64,
}

/// Whom a trace found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The first ring, each once, in any order.
    pub first: Vec<u32>,
    /// The second ring, each once, in any order; empty when it was not asked for.
    pub second: Vec<u32>,
    /// How many visits of others were looked at, wherever the engine counts them.
    pub touched: u64,
}

/// Holds visits.
pub trait Engine {
    /// What it is called in tables, with its version.
    fn name(&self) -> String;

    /// How many visits it holds.
    fn visits(&self) -> u64;

    /// Bytes of everything it needs to answer, dictionaries included.
    fn bytes(&self) -> u64;

    /// A tracer by these rules. Making one may take time; tracing is what is measured.
    fn tracer<'a>(&'a self, rules: &RuleTable) -> Result<Box<dyn Tracer + 'a>, BenchError>;

    /// The files that it reads, when it answers from files and not from memory.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Lets go of its files and opens them again, so that what the system dropped from its cache is cold.
    fn reopen(&mut self) -> Result<(), BenchError> {
        Ok(())
    }

    /// Takes visits in, in any order: when it returns, they are on disk and can be traced.
    fn ingest(&mut self, _visits: &DayVisits) -> Result<(), BenchError> {
        Err(BenchError::Engine(format!("{} takes nothing in", self.name())))
    }
}

/// Traces cases.
pub trait Tracer {
    /// Everyone who met the case.
    fn first_ring(&mut self, case: Case) -> Found;

    /// Both rings of the case.
    fn both_rings(&mut self, case: Case) -> Found;

    /// How many are in either ring of each of many cases; whoever can do better than one by one does.
    fn wave(&mut self, cases: &[Case]) -> Vec<(u32, u32)> {
        let sizes = |found: Found| (found.first.len() as u32, found.second.len() as u32);
        cases.iter().map(|&case| sizes(self.both_rings(case))).collect()
    }
}

/// Builds what is measured from a city's files; whatever it keeps on disk goes below `folder`.
pub fn build(city: &City, _store: &Store, _folder: &Path) -> Result<Box<dyn Engine>, BenchError> {
    Ok(Box::new(Arrays::build(city)))
}
