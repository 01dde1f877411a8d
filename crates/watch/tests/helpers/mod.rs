//! Published data beside the workspace.
#![allow(dead_code)] // each test uses what it needs

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file of the published data; none, loudly, where it is not there.
pub fn published(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("\n*** SKIPPED: {} is absent, so nothing was compared with it ***\n", path.display());
    None
}

/// All rows of a CSV file, by column.
pub fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let name = |name: &str| name.trim_start_matches('\u{feff}').to_owned();
    let row = |row: csv::StringRecord| {
        header.iter().map(name).zip(row.iter().map(str::to_owned)).collect::<BTreeMap<String, String>>()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}
