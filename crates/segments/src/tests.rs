//! What is saved opens the same; what is damaged is named, and never read.

use std::fs;
use std::path::PathBuf;

use facts::{FactId, PersonId, Timestamp, UnitId, VisitRow};
use visits::{VisitIndex, Window};

use crate::{Check, Folder};

fn rows(many: u64) -> Vec<VisitRow> {
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let row = |n: u64| VisitRow {
        person: PersonId::new(n % 977 + (1 << 40)),
        unit: UnitId::new(n % 131),
        start: at(n as i64 * 7 % 400_000),
        end: Some(at(n as i64 * 7 % 400_000 + 900)),
        seat_row: None,
    };
    (0..many).map(row).collect()
}

fn index() -> VisitIndex {
    let mut index = VisitIndex::default();
    index.add_batch(FactId::new(1), &rows(40_000), 60).unwrap();
    index.add_batch(FactId::new(2), &rows(20_000), 60).unwrap();
    index
}

fn files(folder: &std::path::Path, end: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(end));
    files.sort();
    files
}

#[test]
fn an_index_opens_as_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut saved = index();
    for (segment, mapped) in Folder::at(folder.path()).save(&saved).unwrap() {
        saved.relocate(&segment, mapped);
    }
    let (opened, faults) = Folder::at(folder.path()).open(Check::Everything);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(opened.version(), saved.version());
    for unit in (0..131).map(UnitId::new) {
        let window = Window { from: 50_000, until: 90_000 };
        assert_eq!(opened.present_in(unit, window), saved.present_in(unit, window));
        assert_eq!(saved.present_in(unit, window), index().present_in(unit, window));
    }
}

#[test]
fn a_batch_that_went_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = index();
    Folder::at(folder.path()).save(&index).unwrap();
    let before = files(folder.path(), ".segment").len();
    fs::write(folder.path().join("left-by-a-crash.part"), b"half").unwrap();
    index.remove_batch(FactId::new(2));
    Folder::at(folder.path()).save(&index).unwrap();
    assert!(files(folder.path(), ".segment").len() < before);
    assert_eq!(files(folder.path(), ".part").len(), 0);
    assert_eq!(Folder::at(folder.path()).open(Check::Everything).0.batches().collect::<Vec<_>>(), [FactId::new(1)]);
}

#[test]
fn nothing_there_is_an_empty_index_and_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let (index, faults) = Folder::at(folder.path().join("not-yet")).open(Check::Everything);
    assert!(index.is_empty() && faults.is_empty());
}

#[test]
fn a_flipped_bit_a_torn_end_or_a_missing_file_is_named_and_nothing_of_it_is_read() {
    let spoil: [&dyn Fn(&PathBuf); 3] = [
        &|path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            fs::write(path, bytes).unwrap();
        },
        &|path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 100]).unwrap();
        },
        &|path| fs::remove_file(path).unwrap(),
    ];
    for spoil in spoil {
        for end in [".segment", ".ids"] {
            let folder = tempfile::tempdir().unwrap();
            Folder::at(folder.path()).save(&index()).unwrap();
            let file = files(folder.path(), end).swap_remove(0);
            spoil(&file);
            let (opened, faults) = Folder::at(folder.path()).open(Check::Everything);
            assert!(opened.is_empty(), "a damaged index was read");
            assert_eq!(faults.iter().map(|fault| &fault.file).collect::<Vec<_>>(), [&file]);
        }
    }
}
