//! Killed with -9 at random moments: whatever was acknowledged is there, and nothing is there twice.
//!
//! Every kill is followed by a full `firebreak verify`, which reads the whole journal again and compares the
//! situation derived from scratch with the one kept up to date fact by fact.

mod helpers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use helpers::{Chance, Client, Server, facts_of, firebreak, kinds_of, number_after, run_in};
use jiff::ToSpan;
use serde_json::{Value, json};

/// FIREBREAK_TEST_SEED repeats a run; without it every run has the same moments, as far as the machine does.
fn chance(test: &str) -> Chance {
    let seed = std::env::var("FIREBREAK_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_220_310);
    println!("{test}: FIREBREAK_TEST_SEED={seed}");
    Chance(seed)
}

/// FIREBREAK_TEST_KILLS says how often; by default so often that every continuous run can afford it.
fn kills_asked() -> usize {
    std::env::var("FIREBREAK_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12)
}

const ROWS: usize = 20_000;
/// How many kills have to leave an import half done at least, however often it is killed.
const HALVES: usize = 5;

/// Ends a process with -9 after a while; whether it was still running.
fn kill_after(process: &mut Child, seconds: f64) -> bool {
    std::thread::sleep(Duration::from_secs_f64(seconds));
    let running = process.try_wait().unwrap().is_none();
    process.kill().unwrap();
    process.wait().unwrap();
    running
}

/// How many seconds something takes on this machine, which bounds when it is killed.
fn measured(work: impl FnOnce()) -> f64 {
    #[allow(clippy::disallowed_methods)] // a measurement
    let began = std::time::Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

fn line_list(path: &Path, rows: usize) {
    let mut text = String::from("case_id,name,sex,onset,diagnosed\n");
    for row in 0..rows {
        let (sex, day) = (["F", "M"][row % 2], 1 + row % 27);
        text.push_str(&format!("C{row},Person {row},{sex},2022-02-{day:02},2022-02-{:02}\n", day + 1));
    }
    std::fs::write(path, text).unwrap();
}

fn import_arguments<'a>(file: &'a str, data: &'a str) -> Vec<&'a str> {
    vec!["import", "line-list", file, "--data", data, "--jurisdiction", "410000"]
}

/// Verifies, which has to succeed; how many facts and how many cases there are.
fn verified(folder: &Path, data: &str) -> (u64, u64) {
    let ran = run_in(folder, &["verify", "--data", data]).good();
    (number_after(&ran.out, "journal: "), number_after(&ran.out, "situation: "))
}

#[test]
fn an_import_killed_again_and_again_ends_as_one_that_was_not() {
    let (mut chance, asked) = (chance("import"), kills_asked());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    line_list(&folder.join("cases.csv"), ROWS);
    line_list(&folder.join("first.csv"), 1);
    let whole_seconds = measured(|| {
        let whole = run_in(folder, &import_arguments("cases.csv", "whole")).good();
        assert_eq!(number_after(&whole.out, "cases: "), ROWS as u64);
    });

    run_in(folder, &import_arguments("first.csv", "killed")).good();
    let (mut kills, mut halfway, mut known) = (0, 0, Vec::new());
    // An import that has little left to do may end before it is killed; that is an attempt and no kill.
    for attempt in 1..=asked {
        let mut process = firebreak(&import_arguments("cases.csv", "killed"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Later kills come later, so that each is somewhere about where the one before stopped the writing.
        let seconds = whole_seconds * ((attempt - 1) as f64 + 2.0 * chance.fraction()) / asked as f64;
        kills += usize::from(kill_after(&mut process, seconds));
        let (size, cases) = verified(folder, "killed");
        let now: Vec<_> = facts_of(&folder.join("killed")).into_iter().map(|fact| fact.id).collect();
        assert_eq!(now.len() as u64, size);
        assert!(now.starts_with(&known), "kill {attempt}: facts that were there are gone or moved");
        halfway += usize::from(now.len() > known.len() && cases < ROWS as u64);
        known = now;
        // What a writer may leave behind does not stop the next one.
        std::fs::write(folder.join(format!("killed/store/{attempt}-0.part")), b"PAR1").unwrap();
        std::fs::write(folder.join("killed/store/visits-bat-0000000000007.parquet"), b"PAR1 torn").unwrap();
    }
    println!("{asked} attempts, {kills} kills, {halfway} of them with something and not everything newly recorded");
    assert!(kills >= asked / 2, "only {kills} of {asked} imports were still running");
    // An import goes on where the one before was stopped, so that there are only so many halves to be cut at.
    assert!(halfway >= (asked / 8).min(HALVES), "only {halfway} kills came while the file was being written");

    let ended = run_in(folder, &import_arguments("cases.csv", "killed")).good();
    assert_eq!(number_after(&ended.out, "cases: "), ROWS as u64);
    let again = run_in(folder, &import_arguments("cases.csv", "killed")).good();
    assert!(again.out.contains("facts: 0 new"), "{}", again.out);
    // Ids are drawn at random, so what is compared is how many facts of each kind and how many cases.
    assert_eq!(kinds_of(&folder.join("killed")), kinds_of(&folder.join("whole")));
    assert_eq!(verified(folder, "killed"), verified(folder, "whole"));
    assert_eq!(about_whom(folder, "killed"), about_whom(folder, "whole"));
}

/// How many people have how many facts: a person registered twice would show.
fn about_whom(folder: &Path, data: &str) -> BTreeMap<usize, usize> {
    let mut facts = BTreeMap::new();
    for person in facts_of(&folder.join(data)).iter().flat_map(|fact| fact.body().people()) {
        *facts.entry(person).or_insert(0) += 1;
    }
    let mut people = BTreeMap::new();
    facts.into_values().for_each(|facts| *people.entry(facts).or_insert(0) += 1);
    people
}

#[test]
fn a_kill_while_the_folder_is_made_stops_no_later_import() {
    let (mut chance, asked) = (chance("folder"), kills_asked());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    line_list(&folder.join("cases.csv"), 50);
    let whole_seconds = measured(|| {
        run_in(folder, &import_arguments("cases.csv", "whole")).good();
    });
    let mut stuck = Vec::new();
    for number in 0..asked {
        let data = format!("fresh{number}");
        let mut process = firebreak(&import_arguments("cases.csv", &data))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let seconds = whole_seconds * (number as f64 + chance.fraction()) / asked as f64;
        kill_after(&mut process, seconds);
        let ran = run_in(folder, &import_arguments("cases.csv", &data));
        if ran.code != Some(0) || number_after(&ran.out, "cases: ") != 50 {
            stuck.push(format!("killed after {:.0} ms: {}{}", seconds * 1e3, ran.out, ran.err));
        }
    }
    assert!(stuck.is_empty(), "{} of {asked}:\n{}", stuck.len(), stuck.join("\n"));
}

#[test]
fn a_batch_file_that_is_torn_after_all_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut text = String::from("person,unit,start,end\n");
    (0..3_000).for_each(|row| text.push_str(&format!("p{row},u{},2022-03-01 10:00,2022-03-01 11:00\n", row % 50)));
    std::fs::write(folder.join("visits.csv"), text).unwrap();
    run_in(folder, &["import", "visits", "visits.csv", "--data", "torn", "--jurisdiction", "410000"]).good();
    let files = std::fs::read_dir(folder.join("torn/store")).unwrap().map(|file| file.unwrap().path());
    let batch = files.into_iter().find(|file| file.to_str().unwrap().contains("/visits-")).unwrap();
    let bytes = std::fs::read(&batch).unwrap();

    // A copy that no fact names, cut in half, and a file that never got its name: both are passed over.
    std::fs::write(folder.join("torn/store/visits-bat-0000000000007.parquet"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(folder.join("torn/store/1-0.part"), &bytes[..bytes.len() / 3]).unwrap();
    verified(folder, "torn");
    Server::start(&folder.join("torn")).kill();

    std::fs::write(&batch, &bytes[..bytes.len() / 2]).unwrap();
    let ran = run_in(folder, &["verify", "--data", "torn"]);
    let said = format!("{}{}", ran.out, ran.err);
    ran.refused();
    assert!(said.contains(batch.file_name().unwrap().to_str().unwrap()), "{said}");
    std::fs::write(&batch, &bytes).unwrap();
    verified(folder, "torn");
}

const PASSWORD: &str = "a long enough password";

/// What the first-run ceremony of a server is told.
fn setup(server: &Server) -> Value {
    json!({
        "code": server.code, "name": "admin", "password": PASSWORD, "jurisdiction": "410000",
        "deployment": {"zh": "防线", "en": "Firebreak"},
    })
}

fn signed_in(server: &Server, name: &str) -> Client {
    let mut client = server.client("");
    let (status, answer) = client.post("/api/v1/session", &json!({"name": name, "password": PASSWORD})).unwrap();
    assert_eq!(status, 200, "{answer}");
    client
}

fn invite(server: &Server, admin: &mut Client, name: &str) {
    let account = json!({"name": name, "role": "investigator", "jurisdiction": "410000"});
    let (status, invitation) = admin.post("/api/v1/invitations", &account).unwrap();
    assert_eq!(status, 200, "{invitation}");
    let chosen = json!({"code": invitation["code"], "password": PASSWORD});
    let (status, answer) = server.client("").post("/api/v1/invitations/accept", &chosen).unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// A test result of a specimen taken yesterday.
fn result(person: &str, result: &str, specimen: &str) -> Value {
    let collected = server::clock::machine() - 24.hours();
    json!({
        "person": person, "disease": "covid-19", "result": result, "collected": collected.to_string(),
        "specimen": specimen, "key": specimen,
    })
}

fn newcomer(name: &str) -> Value {
    json!({"name": name, "jurisdiction": "410100"})
}

#[test]
fn a_first_run_ceremony_that_is_cut_short_can_be_finished() {
    let mut chance = chance("ceremony");
    let folder = tempfile::tempdir().unwrap();
    let mut stuck = Vec::new();
    let mut whole_seconds = 0.0;
    const CEREMONIES: usize = 20;
    for number in 0..=CEREMONIES {
        let data = folder.path().join(format!("new{number}"));
        let mut server = Server::start(&data);
        let told = setup(&server);
        let mut client = server.client("");
        if number == 0 {
            whole_seconds = measured(|| assert_eq!(client.post("/api/v1/setup", &told).unwrap().0, 200));
            continue;
        }
        std::thread::scope(|scope| {
            scope.spawn(|| client.post("/api/v1/setup", &told));
            // The first half goes into hashing the password, and changes nothing.
            let share = 0.4 + 0.6 * (number as f64 - chance.fraction()) / CEREMONIES as f64;
            std::thread::sleep(Duration::from_secs_f64(whole_seconds * share));
            server.kill();
        });
        let server = Server::start(&data);
        if server.code.is_some() {
            let (status, answer) = server.client("").post("/api/v1/setup", &setup(&server)).unwrap();
            assert_eq!(status, 200, "{answer}");
        }
        invite(&server, &mut signed_in(&server, "admin"), "officer");
        let mut officer = signed_in(&server, "officer");
        let (status, person) = officer.post("/api/v1/people", &newcomer("Person")).unwrap();
        assert_eq!(status, 200, "{person}");
        let positive = result(person["person"].as_str().unwrap(), "positive", "S1");
        let (status, answer) = officer.post("/api/v1/test-results", &positive).unwrap();
        if (status, &answer["cases_opened"]) != (200, &json!(1)) {
            stuck.push(format!("ceremony {number}: {status} {answer}"));
        }
    }
    assert!(stuck.is_empty(), "{} of {CEREMONIES}:\n{}", stuck.len(), stuck.join("\n"));
}

/// What an officer did, and which of it was acknowledged.
#[derive(Default)]
struct Officer {
    cookie: String,
    number: u64,
    people: Vec<String>,
    /// Ids of facts whose answer was read in full.
    acknowledged: BTreeSet<String>,
    /// The request whose answer never came.
    waiting: Option<Value>,
}

impl Officer {
    /// Registers people and records their test results until the server is gone.
    fn work(&mut self, server: &str, officer: usize) {
        let mut client = Client::to(server, &self.cookie);
        loop {
            self.number += 1;
            let known = self.people.last().filter(|_| self.number % 3 != 1).cloned();
            let Some(person) = known else {
                let person = newcomer(&format!("Person {officer}-{}", self.number));
                let Some((status, answer)) = client.post("/api/v1/people", &person) else { return };
                assert_eq!(status, 200, "{answer}");
                self.people.push(answer["person"].as_str().unwrap().to_owned());
                continue;
            };
            let outcome = if self.number.is_multiple_of(2) { "negative" } else { "positive" };
            let request = result(&person, outcome, &format!("{officer}-{}", self.number));
            self.waiting = Some(request.clone());
            let Some((status, answer)) = client.post("/api/v1/test-results", &request) else { return };
            assert_eq!(status, 200, "{answer}");
            self.acknowledge(&answer);
        }
    }

    fn acknowledge(&mut self, answer: &Value) {
        let id = answer["recorded"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        assert!(self.acknowledged.insert(id), "two requests made one fact");
        self.waiting = None;
    }
}

#[test]
fn what_the_server_acknowledged_is_there_after_every_kill() {
    let (mut chance, asked) = (chance("server"), kills_asked());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = folder.join("served");
    let mut server = Server::start(&data);
    let (status, answer) = server.client("").post("/api/v1/setup", &setup(&server)).unwrap();
    assert_eq!((status, &answer["state"]), (200, &json!("signed-in")), "{answer}");
    let mut admin = signed_in(&server, "admin");
    let mut officers: Vec<Officer> = Vec::new();
    for name in ["first", "second"] {
        invite(&server, &mut admin, name);
        officers.push(Officer { cookie: signed_in(&server, name).cookie, ..Officer::default() });
    }

    for kill in 1..=asked {
        let address = server.address.clone();
        std::thread::scope(|scope| {
            for (number, officer) in officers.iter_mut().enumerate() {
                let address = &address;
                scope.spawn(move || officer.work(address, number));
            }
            std::thread::sleep(Duration::from_secs_f64(0.02 + 0.25 * chance.fraction()));
            server.kill();
        });
        // The orphans of a batch that was being written.
        std::fs::create_dir_all(data.join("store")).unwrap();
        std::fs::write(data.join(format!("store/{kill}-0.part")), b"PAR1").unwrap();
        std::fs::write(data.join("store/visits-bat-0000000000007.parquet"), b"PAR1 torn").unwrap();
        verified(folder, "served");
        server = Server::start(&data);
        assert_eq!(server.code, None, "kill {kill}: the deployment forgot that it was set up");
        for officer in &mut officers {
            let mut client = server.client(&officer.cookie);
            for id in &officer.acknowledged {
                let (status, fact) = client.get(&format!("/api/v1/facts/{id}")).unwrap();
                assert_eq!((status, &fact["kind"]), (200, &json!("test-result")), "kill {kill}, {id}: {fact}");
            }
            if let Some(person) = officer.people.last() {
                assert_eq!(client.get(&format!("/api/v1/people/{person}")).unwrap().0, 200, "kill {kill}, {person}");
            }
            // A request without an answer is asked again; whether it was recorded or not, it is recorded once.
            if let Some(request) = officer.waiting.take() {
                let (status, answer) = client.post("/api/v1/test-results", &request).unwrap();
                assert_eq!(status, 200, "kill {kill}: {answer}");
                officer.acknowledge(&answer);
            }
        }
    }
    server.kill();
    let acknowledged: BTreeSet<String> =
        officers.iter().flat_map(|officer| officer.acknowledged.iter().cloned()).collect();
    let facts = facts_of(&data);
    let results: BTreeSet<String> =
        facts.iter().filter(|fact| fact.body().kind() == "test-result").map(|fact| fact.id.to_string()).collect();
    println!("{asked} kills, {} results acknowledged", acknowledged.len());
    assert_eq!(results, acknowledged, "every result was acknowledged, and every acknowledged one is there, once");
    assert!(acknowledged.len() > 2 * asked, "only {} results were recorded", acknowledged.len());
    assert_eq!(verified(folder, "served").0, facts.len() as u64);
}
