//! The systems that people would otherwise use, each driven by a small program in a process of its own.
//!
//! A program reads one JSON request a line and answers with one. Whoever is missing is skipped, loudly.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::city::{City, FIRST_MINUTE, LONGEST_MINUTES};
use crate::engine::Case;
use crate::error::BenchError;
use crate::rules::RuleTable;
use crate::store::Store;

/// What is installed where no interpreter is named; these versions are the ones that were measured.
const PACKAGES: [&str; 6] =
    ["duckdb==2.0.0", "chdb==4.4.0", "psycopg[binary]==3.3.9", "numpy==2.4.6", "pandas==3.1.1", "pyarrow==26.0.1"];

const COMMON: &str = include_str!("../rivals/common.py");

/// A system to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RivalKind {
    /// DuckDB on the Parquet files.
    DuckDb,
    /// DuckDB with two sorted tables of small integers.
    DuckDbSorted,
    /// ClickHouse with two sorted tables.
    ClickHouse,
    /// PostgreSQL with B-trees and GiST, all in memory.
    PostgreSql,
}

impl RivalKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::DuckDb, Self::DuckDbSorted, Self::ClickHouse, Self::PostgreSql];

    /// The name that the command line has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::DuckDbSorted => "duckdb-sorted",
            Self::ClickHouse => "clickhouse",
            Self::PostgreSql => "postgresql",
        }
    }

    /// What tables call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::DuckDb => "the same Parquet files",
            Self::DuckDbSorted => "two sorted tables",
            Self::ClickHouse => "two sorted tables",
            Self::PostgreSql => "indexed, in memory",
        }
    }

    /// The most visits that it is given; more would not fit.
    pub fn most_visits(self) -> u64 {
        match self {
            Self::DuckDb | Self::DuckDbSorted => u64::MAX,
            Self::ClickHouse => 200_000_000,
            Self::PostgreSql => 20_000_000,
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::DuckDb | Self::DuckDbSorted => include_str!("../rivals/duckdb_rival.py"),
            Self::ClickHouse => include_str!("../rivals/clickhouse_rival.py"),
            Self::PostgreSql => include_str!("../rivals/postgresql_rival.py"),
        }
    }
}

/// A set of people, as every side reports it: how many, and the SHA-256 of their sorted 32-bit numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SetDigest {
    /// How many.
    pub count: u64,
    /// In hexadecimal digits.
    pub digest: String,
}

impl SetDigest {
    /// The digest of a set, each member once and in any order.
    pub fn of(people: &[u32]) -> Self {
        use sha2::Digest as _;
        let mut sorted = people.to_vec();
        sorted.sort_unstable();
        let mut hash = sha2::Sha256::new();
        sorted.iter().for_each(|person| hash.update(person.to_le_bytes()));
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { count: sorted.len() as u64, digest }
    }
}

/// What opening a rival said.
#[derive(Debug, Clone, Deserialize)]
pub struct Opened {
    /// Its name and version.
    pub version: String,
    /// How long loading took, in seconds.
    pub load_seconds: f64,
    /// Bytes of its data.
    pub bytes: u64,
    /// The forms of the query that it offers.
    pub forms: Vec<String>,
}

/// One traced case.
#[derive(Debug, Clone, Deserialize)]
pub struct Traced {
    /// The time that counts, in nanoseconds: the server's own where the server tells it.
    pub ns: u64,
    /// The time that the client saw, in nanoseconds, where that is another.
    pub client_ns: Option<u64>,
    /// The first ring.
    pub first: SetDigest,
    /// The second ring.
    pub second: SetDigest,
}

/// Both rings of one case, when many were asked for at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rings {
    /// The first ring.
    pub first: SetDigest,
    /// The second ring.
    pub second: SetDigest,
}

/// How fast rows were taken in.
#[derive(Debug, Clone, Deserialize)]
pub struct Ingested {
    /// How many rows.
    pub rows: u64,
    /// In how many seconds.
    pub seconds: f64,
}

/// A rival's process.
pub struct Rival {
    /// Which.
    pub kind: RivalKind,
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Rival {
    /// Starts a rival's program.
    pub fn start(kind: RivalKind, python: &Path, work: &Path) -> Result<Self, BenchError> {
        let path = work.join(format!("{}-rival.py", kind.name()));
        std::fs::write(&path, format!("{COMMON}\n{}", kind.program())).map_err(|e| BenchError::file(&path, e))?;
        let mut child = Command::new(python)
            .args(["-u", "-W", "ignore"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|problem| BenchError::rival(kind.name(), format!("{}: {problem}", python.display())))?;
        let requests = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| BenchError::rival(kind.name(), "has no standard output"))?;
        Ok(Self { kind, child, requests, answers: BufReader::new(answers) })
    }

    fn ask<T: DeserializeOwned>(&mut self, request: Value) -> Result<T, BenchError> {
        let failed = |problem: &dyn std::fmt::Display| BenchError::rival(self.kind.name(), problem);
        let requests = self.requests.as_mut().ok_or_else(|| failed(&"is closed"))?;
        writeln!(requests, "{request}").map_err(|problem| failed(&problem))?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|problem| failed(&problem))?;
        let answer: Value = serde_json::from_str(&line)
            .map_err(|_| failed(&"ended without an answer; what it printed above says why"))?;
        if let Some(problem) = answer.get("problem") {
            return Err(failed(problem));
        }
        serde_json::from_value(answer).map_err(|problem| failed(&problem))
    }

    /// Loads a city's files.
    pub fn open(&mut self, city: &City, store: &Store, work: &Path, memory_gb: u64) -> Result<Opened, BenchError> {
        let area = city.settings().into_iter().find(|(_, setting)| *setting == facts::Setting::Area);
        let programs = (self.kind == RivalKind::PostgreSql).then(postgresql_programs);
        if programs == Some(None) {
            return Err(BenchError::rival(self.kind.name(), "is not installed; install the package postgresql"));
        }
        self.ask(json!({
            "do": "open",
            "variant": if self.kind == RivalKind::DuckDbSorted { "sorted" } else { "files" },
            "data": store.folder(),
            "work": work,
            "programs": programs.flatten(),
            "memory_gb": memory_gb,
            "first_minute": FIRST_MINUTE,
            "longest": LONGEST_MINUTES,
            "area_from": area.map_or(city.units(), |(first_unit, _)| first_unit),
        }))
    }

    /// Traces one case by plain fifteen minutes, in one of its forms.
    pub fn trace(&mut self, form: &str, rings: u8, case: Case) -> Result<Traced, BenchError> {
        self.ask(json!({
            "do": "trace", "form": form, "rings": rings,
            "person": case.person, "from": case.from_minute, "until": case.until_minute,
        }))
    }

    /// Both rings of many cases at once, by any table; only DuckDB's sorted tables answer this.
    pub fn check(&mut self, city: &City, table: &RuleTable, cases: &[Case]) -> Result<Vec<Rings>, BenchError> {
        #[derive(Deserialize)]
        struct Answer {
            found: Vec<Rings>,
        }
        let settings = city.settings();
        let ends = settings.iter().skip(1).map(|(first_unit, _)| *first_unit).chain([city.units()]);
        let rules: Vec<Value> = settings
            .iter()
            .zip(ends)
            .filter_map(|(&(first_unit, setting), end)| {
                let rule = table.of(setting)?;
                let cap = rule.cap_minutes.unwrap_or(LONGEST_MINUTES);
                Some(json!([
                    first_unit,
                    end,
                    rule.class as u8,
                    rule.leads_on,
                    rule.minimum_minutes,
                    rule.tail_minutes,
                    cap,
                    rule.seat_rows
                ]))
            })
            .collect();
        let cases: Vec<Value> = cases
            .iter()
            .map(|case| json!({ "person": case.person, "from": case.from_minute, "until": case.until_minute }))
            .collect();
        let answer: Answer = self.ask(json!({ "do": "check", "rules": rules, "cases": cases }))?;
        Ok(answer.found)
    }

    /// Takes rows of a CSV file in, 10,000 to a transaction, each on disk before the next.
    pub fn ingest(&mut self, csv: &Path, rows: u64, indexed: bool) -> Result<Ingested, BenchError> {
        self.ask(json!({ "do": "ingest", "csv": csv, "rows": rows, "indexed": indexed }))
    }

    /// Closes its data and opens it again, so that it holds nothing in memory; only DuckDB can.
    pub fn reopen(&mut self) -> Result<(), BenchError> {
        self.ask::<Value>(json!({ "do": "reopen" })).map(drop)
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        // The program ends when its requests do; nothing is left to do for one that cannot be waited for.
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}

/// An interpreter with the rivals' packages: the one that is named, or one made in the folder.
pub fn python(named: Option<&Path>, folder: &Path, say: &dyn Fn(&str)) -> Result<PathBuf, BenchError> {
    if let Some(python) = named {
        return Ok(python.to_owned());
    }
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    if python.exists() {
        return Ok(python);
    }
    say("installing the rivals' packages into an environment of their own");
    let run = |command: &mut Command| {
        let problem = |problem: &dyn std::fmt::Display| BenchError::rival("python", problem);
        let done = command.stdout(Stdio::null()).status().map_err(|error| problem(&error))?;
        if done.success() { Ok(()) } else { Err(problem(&"could not install its packages; name one by --python")) }
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let installed = run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES));
    if installed.is_err() {
        // Half an environment would be taken for a whole one the next time.
        let _ = std::fs::remove_dir_all(&environment);
    }
    installed.map(|()| python)
}

/// The folder of the newest installed PostgreSQL server's programs.
fn postgresql_programs() -> Option<PathBuf> {
    let version = |folder: &Path| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    packaged
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .max_by_key(|folder| version(folder))
}
