//! The SQL that engines are compared with, held to the definition.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bench::chance::draw;
use bench::city::{DAY_MINUTES, DAYS, FIRST_MINUTE};
use bench::rivals::{Rings, Rival, RivalKind, SetDigest};
use bench::{Case, City, DayVisits, RuleTable, Store, naive};

/// A Python that has DuckDB: the one that `FIREBREAK_BENCH_PYTHON` names, or the system's.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("FIREBREAK_BENCH_PYTHON").unwrap_or_else(|| "python3".into()));
    let has_it = Command::new(&python)
        .args(["-c", "import duckdb, numpy, pyarrow"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_it {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "no Python with duckdb, numpy and pyarrow, and CI=true allows no skipping: run make setup"
        );
        // Written past the test harness, which would hide it in a test that passes.
        let said = std::io::stderr()
            .write_all(b"\nSKIPPED: no Python with duckdb, numpy and pyarrow; name one in FIREBREAK_BENCH_PYTHON\n");
        drop(said);
    }
    has_it.then_some(python)
}

#[test]
fn plain_sql_finds_exactly_whom_the_definition_finds() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let city = City::new(11, 10_000);
    let store = Store::open(folder.path(), &city, 10_000).unwrap();
    let mut visits = DayVisits::default();
    (0..DAYS).for_each(|day| city.fill(day, 0..city.units(), &mut visits));
    let window = |person: u32| {
        let bits = draw(2, u64::from(person), 0);
        let from_minute = FIRST_MINUTE + (bits % 12_000) as i64;
        Case { person, from_minute, until_minute: from_minute + 1 + (bits >> 32) as i64 % (5 * DAY_MINUTES) }
    };
    let cases: Vec<Case> = city.ordinary_people(40, 1).into_iter().map(window).collect();

    let mut sql = Rival::start(RivalKind::DuckDbSorted, &python, folder.path()).unwrap();
    let opened = sql.open(&city, &store, folder.path(), 1).unwrap();
    for table in RuleTable::all().unwrap() {
        let rules = table.by_unit(&city);
        let found = sql.check(&city, &table, &cases).unwrap();
        for (&case, found) in cases.iter().zip(found) {
            let (first, second) = naive::both_rings(&visits, &rules, case);
            let expected = Rings { first: SetDigest::of(&first), second: SetDigest::of(&second) };
            assert_eq!(found, expected, "{}: {case:?}", table.name);
        }
    }

    // The statements that are timed say the same, in each form and on both kinds of tables.
    let mut files = Rival::start(RivalKind::DuckDb, &python, folder.path()).unwrap();
    files.open(&city, &store, folder.path(), 1).unwrap();
    let rules = RuleTable::plain().by_unit(&city);
    for case in cases.into_iter().take(5) {
        let (first, second) = naive::both_rings(&visits, &rules, case);
        for rival in [&mut sql, &mut files] {
            for form in &opened.forms {
                let traced = rival.trace(form, 2, case).unwrap();
                let expected = (SetDigest::of(&first), SetDigest::of(&second));
                assert_eq!((traced.first, traced.second), expected, "{form}: {case:?}");
                assert_eq!(rival.trace(form, 1, case).unwrap().first, SetDigest::of(&first), "{form}: {case:?}");
            }
        }
    }
}
