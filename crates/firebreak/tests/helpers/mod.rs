//! What the tests of the command line share: running it, published data, chance, reading a journal, plain HTTP.
#![allow(dead_code)] // each file of tests uses some of it

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use facts::{BatchKind, Body, Fact, VisitRow};
use journal::{Journal, Marker};
use serde_json::Value;
use server::{Deployment, Location};

/// The program under test, away from any deployment that the environment names.
pub fn firebreak(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firebreak"));
    command
        .args(arguments)
        .env_remove("FIREBREAK_JOURNAL_URL")
        .env_remove("FIREBREAK_REGISTRY_URL")
        .env_remove("RUST_LOG");
    command
}

/// What a run of the program came to.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    /// The run, which has to have succeeded.
    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self
    }

    /// What it said, of a run that has to have failed in order: with the code 1 and not by a panic.
    pub fn refused(self) -> String {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

/// Runs the program in a folder.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Ran {
    firebreak(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap().into()
}

/// A published file, or nothing and a loud line where the data is not here.
pub fn published(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: {} is not present; this test reads published data that is not part of the project",
        path.display()
    );
    None
}

/// Numbers that look random and are the same for the same seed (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1.
    pub fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Every fact of a deployment that nobody serves, in the order of the journal.
pub fn facts_of(folder: &Path) -> Vec<Fact> {
    let profile = Deployment::profile_at(&Location::folder(folder)).unwrap();
    let marker = Marker { deployment: profile.deployment, exercise: profile.exercise };
    let url = format!("sqlite://{}", folder.join("journal.sqlite").display());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::open(&url, &folder.join("store"), marker).await.unwrap();
        let mut facts = Vec::new();
        loop {
            let page = journal.read(facts.len() as u64 + 1, 10_000).await.unwrap();
            if page.is_empty() {
                break;
            }
            facts.extend(page.into_iter().map(|recorded| Fact::clone(&recorded.fact)));
        }
        journal.close().await;
        facts
    })
}

/// Every visit that counts in a deployment that nobody serves: in batches and not taken back, or in the log.
pub fn visits_of(folder: &Path) -> Vec<VisitRow> {
    let profile = Deployment::profile_at(&Location::folder(folder)).unwrap();
    let marker = Marker { deployment: profile.deployment, exercise: profile.exercise };
    let url = format!("sqlite://{}", folder.join("journal.sqlite").display());
    let facts = facts_of(folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::open(&url, &folder.join("store"), marker).await.unwrap();
        let mut gone = BTreeSet::new();
        for fact in &facts {
            if let Body::VisitsWithdrawn { of, message } = fact.body() {
                let rows = journal.visits_of_message(*of, *message).await.unwrap();
                gone.extend(rows.into_iter().map(|(row, _)| (*of, row)));
            }
        }
        let mut visits = Vec::new();
        for fact in &facts {
            if let Body::Batch { batch, rows_are: BatchKind::Visits, .. } = fact.body() {
                let rows = (0..).zip(journal.visits(*batch).await.unwrap());
                visits.extend(rows.filter(|(row, _)| !gone.contains(&(fact.id, *row))).map(|(_, visit)| visit));
            }
        }
        visits.extend(journal.intake().await.unwrap().into_iter().flat_map(|entry| entry.visits));
        journal.close().await;
        visits
    })
}

/// How many facts of each kind a deployment has.
pub fn kinds_of(folder: &Path) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for fact in facts_of(folder) {
        *kinds.entry(fact.body().kind()).or_insert(0) += 1;
    }
    kinds
}

/// The whole number in front of which `before` stands.
pub fn number_after(text: &str, before: &str) -> u64 {
    let at = text.find(before).unwrap_or_else(|| panic!("{before:?} is not in\n{text}")) + before.len();
    let digits: String = text[at..].trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number after {before:?} in\n{text}"))
}

/// The whole number behind which `after` stands.
pub fn number_before(text: &str, after: &str) -> u64 {
    let at = text.find(after).unwrap_or_else(|| panic!("{after:?} is not in\n{text}"));
    let digits: Vec<char> = text[..at].trim_end().chars().rev().take_while(char::is_ascii_digit).collect();
    digits
        .into_iter()
        .rev()
        .collect::<String>()
        .parse()
        .unwrap_or_else(|_| panic!("no number before {after:?} in\n{text}"))
}

/// `firebreak serve` on a folder, until it is killed.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: String,
    /// The code of the first-run ceremony, while nobody may sign in.
    pub code: Option<String>,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    pub fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let folder = folder.to_str().unwrap();
        let mut command = firebreak(&["serve", "--data", folder, "--address", "127.0.0.1:0"]);
        command.args(arguments);
        Self::of(command, folder)
    }

    /// The server on a folder that takes no file larger than so many bytes: to its programs, a full disk.
    pub fn start_on_a_full_disk(folder: &Path, bytes: u64) -> Self {
        let folder = folder.to_str().unwrap();
        let mut command = Command::new("bash");
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", bytes / 1_024);
        command.args(["-c", &limited, "firebreak", env!("CARGO_BIN_EXE_firebreak"), "serve", "--data", folder]);
        command.args(["--address", "127.0.0.1:0"]).env("RUST_LOG", "error").stderr(Stdio::piped());
        Self::of(command, folder)
    }

    fn of(mut command: Command, folder: &str) -> Self {
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first =
            lines.next().unwrap_or_else(|| panic!("the server on {folder} stopped before it listened")).unwrap();
        let address = first.split("http://").nth(1).unwrap().trim().to_owned();
        let deployment_is_new =
            Client::to(&address, "").get("/api/v1/session").is_some_and(|(_, session)| session["state"] == "setup");
        let code = deployment_is_new.then(|| {
            let line = lines.next().unwrap().unwrap();
            line.rsplit(' ').next().unwrap().to_owned()
        });
        Self { process, address, code }
    }

    /// Ends it, and gives what it said on standard error.
    pub fn last_words(mut self) -> String {
        self.kill();
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn client(&self, cookie: &str) -> Client {
        Client::to(&self.address, cookie)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A plain HTTP/1.1 client that keeps its connection.
pub struct Client {
    stream: Option<BufReader<TcpStream>>,
    address: String,
    /// The session cookie, as a request sends it.
    pub cookie: String,
}

impl Client {
    pub fn to(address: &str, cookie: &str) -> Self {
        Self { stream: None, address: address.to_owned(), cookie: cookie.to_owned() }
    }

    pub fn get(&mut self, path: &str) -> Option<(u16, Value)> {
        self.request("GET", path, None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.request("POST", path, Some(body))
    }

    /// The status and the body of an answer that was read in full; nothing when the connection broke before.
    pub fn request(&mut self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let answer = self.exchange(method, path, body);
        if answer.is_none() {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut()?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nx-firebreak: 1\r\ncookie: {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            self.cookie,
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes()).ok()?;
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
            if header.starts_with("set-cookie:") {
                let cookie = line.split_once(':')?.1.trim().split(';').next()?;
                let name = cookie.split('=').next()?;
                let others = self.cookie.split("; ").filter(|known| !known.is_empty() && !known.starts_with(name));
                self.cookie = others.chain([cookie]).collect::<Vec<_>>().join("; ");
            }
        }
        let mut bytes = vec![0; length];
        if chunked {
            bytes = read_chunks(stream)?;
        } else {
            stream.read_exact(&mut bytes).ok()?;
        }
        Some((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }
}

fn read_chunks(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).ok()?;
        if length == 0 {
            return Some(bytes);
        }
        bytes.extend_from_slice(&chunk[..length]);
    }
}
