//! The live day, with everything that goes wrong in it: killed with -9, a full disk, a flipped bit, a broker
//! whose subscriber dies. What was acknowledged is there once, whatever happens.

mod helpers;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use facts::{PersonId, Timestamp, UnitId};
use helpers::{Chance, Client, Server, firebreak, kinds_of, run_in, visits_of};
use jiff::ToSpan;
use rumqttc::{Client as Publisher, Event, MqttOptions, Outgoing, Packet, QoS, Transport};
use serde_json::{Value, json};
use testkit::Mosquitto;

const PASSWORD: &str = "a long enough password";
/// Visits of one message.
const VISITS: u64 = 40;

/// FIREBREAK_TEST_KILLS says how often; by default so often that every continuous run can afford it.
fn kills() -> usize {
    std::env::var("FIREBREAK_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12)
}

/// Someone who may send visits and see the index.
fn set_up(server: &Server) -> Client {
    let mut client = server.client("");
    let told = json!({
        "code": server.code, "name": "admin", "password": PASSWORD, "jurisdiction": "410000",
        "deployment": {"zh": "防线", "en": "Firebreak"},
    });
    let (status, answer) = client.post("/api/v1/setup", &told).unwrap();
    assert_eq!(status, 200, "{answer}");
    client
}

fn yesterday() -> Timestamp {
    let hours = 24.hours();
    Timestamp::from_second((server::clock::machine() - hours).as_second()).unwrap()
}

/// A message of visits that only it has: everyone in it bears its number.
fn message(key: u64, first_person: u64, visits: u64, start: Timestamp) -> Value {
    let visit = |number: u64| {
        let (person, unit) = (PersonId::new(first_person + number), UnitId::new(1 + number % 7));
        json!({ "person": person, "unit": unit, "start": start.to_string() })
    };
    json!({ "source_key": format!("{key:032x}"), "visits": (0..visits).map(visit).collect::<Vec<_>>() })
}

/// What a machine sent, and what it knows of it.
#[derive(Default)]
struct Sender {
    number: u64,
    /// By key: the people of the message that stands.
    said: BTreeMap<u64, u64>,
    /// The key and people of the message whose answer never came.
    waiting: Option<(u64, u64)>,
}

impl Sender {
    /// Sends until the server is gone: new messages, and now and then a correction of an earlier one.
    fn work(&mut self, server: &str, cookie: &str, sender: u64, start: Timestamp) {
        let mut client = Client::to(server, cookie);
        loop {
            let (key, people) = self.waiting.unwrap_or_else(|| {
                self.number += 1;
                let key =
                    sender * 1_000_000 + if self.number.is_multiple_of(5) { self.number / 2 } else { self.number };
                (key, (sender * 1_000_000 + self.number) * 100)
            });
            self.waiting = Some((key, people));
            let Some((status, answer)) = client.post("/api/v1/visits", &message(key, people, VISITS, start)) else {
                return;
            };
            assert_eq!(status, 200, "{answer}");
            self.said.insert(key, people);
            self.waiting = None;
        }
    }
}

fn verified(folder: &Path, data: &str) {
    run_in(folder, &["verify", "--data", data]).good();
}

#[test]
fn what_machines_sent_is_there_once_after_every_kill_while_it_is_sealed() {
    let mut chance = Chance(20_220_310);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = folder.join("live");
    // Whatever waits is sealed at every start, while the next messages come.
    let sealing = ["--seal-minutes", "0", "--seal-visits", "500"];
    let mut server = Server::start_with(&data, &sealing);
    let cookie = set_up(&server).cookie;
    let start = yesterday();
    let mut senders = [Sender::default(), Sender::default(), Sender::default()];
    let kills = kills();
    for kill in 1..=kills {
        let address = server.address.clone();
        std::thread::scope(|scope| {
            for (number, sender) in (1..).zip(&mut senders) {
                let (address, cookie) = (&address, &cookie);
                scope.spawn(move || sender.work(address, cookie, number, start));
            }
            std::thread::sleep(Duration::from_secs_f64(0.02 + 0.4 * chance.fraction()));
            server.kill();
        });
        // Verification reads everything again: in a long run, now and then is enough.
        if kills <= 25 || kill % 10 == 0 {
            verified(folder, "live");
        }
        server = Server::start_with(&data, &sealing);
    }
    // What was never answered is sent again, under its key.
    let mut client = server.client(&cookie);
    for sender in &mut senders {
        if let Some((key, people)) = sender.waiting.take() {
            let (status, answer) = client.post("/api/v1/visits", &message(key, people, VISITS, start)).unwrap();
            assert_eq!(status, 200, "{answer}");
            sender.said.insert(key, people);
        }
    }
    server.kill();
    verified(folder, "live");
    let mut expected: Vec<u64> = Vec::new();
    for people in senders.iter().flat_map(|sender| sender.said.values()) {
        expected.extend((0..VISITS).map(|number| people + number));
    }
    let mut found: Vec<u64> = visits_of(&data).iter().map(|visit| visit.person.number()).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert!(found == expected, "{} visits were acknowledged, {} are there", expected.len(), found.len());
    let kinds = kinds_of(&data);
    println!("{} visits, facts {kinds:?}", found.len());
    assert!(kinds["batch"] > 1 && kinds.contains_key("visits-withdrawn"), "nothing was sealed or corrected: {kinds:?}");
    flipped_bit(folder, &data);
}

/// A bit of a sealed batch flips: verification names the file.
fn flipped_bit(folder: &Path, data: &Path) {
    let mut files = std::fs::read_dir(data.join("store")).unwrap().map(|file| file.unwrap().path());
    let batch = files.find(|file| file.to_str().unwrap().contains("/visits-")).unwrap();
    let mut bytes = std::fs::read(&batch).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&batch, &bytes).unwrap();
    let ran = run_in(folder, &["verify", "--data", "live"]);
    let said = format!("{}{}", ran.out, ran.err);
    ran.refused();
    assert!(said.contains(batch.file_name().unwrap().to_str().unwrap()), "{said}");
}

#[test]
fn a_full_disk_is_said_and_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = folder.join("full");
    let mut server = Server::start(&data);
    let cookie = set_up(&server).cookie;
    server.kill();
    let start = yesterday();
    let server = Server::start_on_a_full_disk(&data, 3 << 20);
    let mut client = server.client(&cookie);
    let mut acknowledged = 0;
    let refused = loop {
        let (status, answer) =
            client.post("/api/v1/visits", &message(acknowledged, acknowledged * 5_000 + 1, 5_000, start)).unwrap();
        if status != 200 {
            break (status, answer);
        }
        acknowledged += 1;
        assert!(acknowledged < 100, "3 MiB took {acknowledged} messages of 5,000 visits");
    };
    assert_eq!((refused.0, &refused.1["code"]), (500, &json!("failed")), "{}", refused.1);
    // It goes on answering, and still knows what it knew.
    let (status, index) = client.get("/api/v1/index").unwrap();
    assert_eq!((status, &index["stays"]), (200, &json!(acknowledged * 5_000)), "{index}");
    let said = server.last_words();
    assert!(said.contains("disk") || said.contains("full") || said.contains("I/O"), "{said}");

    let server = Server::start(&data);
    let mut client = server.client(&cookie);
    let (status, again) =
        client.post("/api/v1/visits", &message(acknowledged, acknowledged * 5_000 + 1, 5_000, start)).unwrap();
    assert_eq!((status, &again["accepted"]), (200, &json!(5_000)), "{again}");
    drop(server);
    verified(folder, "full");
    assert_eq!(visits_of(&data).len() as u64, (acknowledged + 1) * 5_000);
}

#[test]
fn old_visits_are_deleted_by_command_and_the_deployment_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut text = String::from("person,unit,start,end\n");
    (0..3_000).for_each(|row| text.push_str(&format!("p{row},u{},2022-03-01 10:00,2022-03-01 11:00\n", row % 50)));
    std::fs::write(folder.join("visits.csv"), text).unwrap();
    run_in(folder, &["import", "visits", "visits.csv", "--data", "old", "--jurisdiction", "410000"]).good();
    let kept = run_in(folder, &["retention", "--data", "old"]).good();
    assert!(kept.out.starts_with("0 batches"), "they were recorded today: {}", kept.out);
    let deleted = run_in(folder, &["retention", "--data", "old", "--days", "0"]).good();
    assert!(deleted.out.starts_with("1 batches"), "{}", deleted.out);
    verified(folder, "old");
    assert_eq!(kinds_of(&folder.join("old")).get("deleted"), Some(&1));
    let left = std::fs::read_dir(folder.join("old/store")).unwrap().map(|file| file.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_str().unwrap().starts_with("visits-")));
}

/// Publishes each payload and waits until the broker has it.
fn publish(broker: &Mosquitto, name: &str, payloads: impl IntoIterator<Item = String>) {
    let mut options = MqttOptions::new(name, "127.0.0.1", broker.port());
    if let Some(certificate) = broker.certificate() {
        options.set_transport(Transport::tls(std::fs::read(certificate).unwrap(), None, None));
    }
    let (publisher, mut events) = Publisher::new(options, 100);
    let payloads: Vec<String> = payloads.into_iter().collect();
    let number = payloads.len();
    let sending = std::thread::spawn(move || {
        for (number, payload) in (1..).zip(payloads) {
            // Slowly enough for something to happen in the middle.
            if number % 20 == 0 {
                std::thread::sleep(Duration::from_millis(20));
            }
            publisher.publish("visits/gate7", QoS::AtLeastOnce, false, payload).unwrap();
        }
        publisher
    });
    let mut acknowledged = 0;
    for event in events.iter() {
        match event.unwrap() {
            Event::Incoming(Packet::PubAck(_)) => acknowledged += 1,
            Event::Outgoing(Outgoing::Disconnect) => break,
            _ => {}
        }
        if acknowledged == number {
            break;
        }
    }
    drop(sending.join().unwrap());
}

fn stays(client: &mut Client) -> u64 {
    let (status, index) = client.get("/api/v1/index").unwrap();
    assert_eq!(status, 200, "{index}");
    index["stays"].as_u64().unwrap()
}

/// Waits until the index holds at least so many stays.
fn wait_for(client: &mut Client, wanted: u64) {
    for _ in 0..6_000 {
        if stays(client) >= wanted {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} of {wanted} stays came within a minute", stays(client));
}

#[test]
fn a_thousand_messages_come_once_each_though_the_subscriber_is_killed() {
    const MESSAGES: u64 = 1_000;
    let Some(broker) = Mosquitto::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("stream");
    let url = broker.url("visits/#");
    let follow = ["--mqtt", url.as_str()];
    let mut server = Server::start_with(&data, &follow);
    let mut client = set_up(&server);
    let cookie = client.cookie.clone();
    let start = yesterday();
    let of_key = |key: u64| message(key, key, 1, start).to_string();
    // The broker keeps what comes from the first subscription on.
    let mut tries = 0;
    while stays(&mut client) == 0 {
        publish(&broker, "probe", [of_key(1)]);
        std::thread::sleep(Duration::from_millis(200));
        tries += 1;
        assert!(tries < 100, "no message came through");
    }

    std::thread::scope(|scope| {
        scope.spawn(|| publish(&broker, "gate7", (1..=MESSAGES).map(of_key)));
        wait_for(&mut client, 50);
        server.kill();
    });
    let there = visits_of(&data).len() as u64;
    println!("{there} of {MESSAGES} were durable when the subscriber was killed");
    assert!((50..MESSAGES).contains(&there), "it was not killed in the middle");
    server = Server::start_with(&data, &follow);
    let mut client = server.client(&cookie);
    wait_for(&mut client, MESSAGES);

    // Again, every one of them; among them one that cannot be read, and one that nobody gave a key.
    let unkeyed = format!("person,unit,start\n{0},7,{start}\nnobody,7,{start}\n", MESSAGES + 1);
    let others = ["{\"visits\":[{}]}".to_owned(), unkeyed.clone(), unkeyed];
    publish(&broker, "gate7", (1..=MESSAGES).map(of_key).chain(others));
    wait_for(&mut client, MESSAGES + 1);
    let rejected = data.join("rejected/visits-feed.jsonl");
    for _ in 0..100 {
        if std::fs::read_to_string(&rejected).is_ok_and(|text| text.lines().count() == 3) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    server.kill();
    let mut people: Vec<u64> = visits_of(&data).iter().map(|visit| visit.person.number()).collect();
    people.sort_unstable();
    assert_eq!(people, (1..=MESSAGES + 1).collect::<Vec<_>>());
    let rejected = std::fs::read_to_string(rejected).unwrap();
    let rejected: Vec<Value> = rejected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rejected.len(), 3, "{rejected:?}");
    assert_eq!((&rejected[0]["topic"], &rejected[0]["payload"]), (&json!("visits/gate7"), &json!("{\"visits\":[{}]}")));
    verified(folder.path(), "stream");
    let refused = firebreak(&["serve", "--data", "x", "--mqtt", "http://127.0.0.1/visits"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("mqtts://HOST:PORT/TOPIC"));
}

#[test]
fn an_encrypted_broker_is_followed_when_it_shows_the_certificate_that_was_named_and_no_other() {
    let (Some(broker), Some(other)) = (Mosquitto::start_encrypted(), Mosquitto::start_encrypted()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = broker.url("visits/#");
    let named = |broker: &Mosquitto| broker.certificate().unwrap().display().to_string();
    let (right, wrong) = (named(&broker), named(&other));
    let start = yesterday();
    let follow = |data: &str, authority: &str| {
        let server = Server::start_with(&folder.path().join(data), &["--mqtt", &url, "--mqtt-authority", authority]);
        let client = set_up(&server);
        (server, client)
    };
    let (trusting, mut client) = follow("trusting", &right);
    let (wary, mut wary_client) = follow("wary", &wrong);
    let mut tries = 0;
    while stays(&mut client) == 0 {
        publish(&broker, "gate7", [message(1, 1, 1, start).to_string()]);
        std::thread::sleep(Duration::from_millis(200));
        tries += 1;
        assert!(tries < 100, "no message came through");
    }
    assert_eq!(stays(&mut wary_client), 0, "the broker is not whom it trusts");
    drop((trusting, wary));
    let nobody = firebreak(&["serve", "--data", "x", "--mqtt", &url]).current_dir(folder.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("--mqtt-authority"), "{nobody:?}");
}
