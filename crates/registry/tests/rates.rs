//! How fast it is: `cargo test --release -p registry --test rates -- --ignored --nocapture`.
#![allow(missing_docs)]
#![allow(clippy::disallowed_methods)] // durations are measured here

use std::time::Instant;

use facts::{ActorId, PersonId, Purpose, Scope, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use registry::{Identity, Keys, NewPerson, Registry, Secret};
use testkit::Fresh;

const PEOPLE: u64 = 300_000;

async fn people_per_second(name: &str, fresh: Fresh, external: bool) {
    let keys = Keys::generate(&mut ChaCha20Rng::seed_from_u64(1));
    let registry = Registry::open(fresh.url(), &keys, Box::new(ChaCha20Rng::seed_from_u64(2))).await.unwrap();
    let scope = Scope { actor: ActorId::new(5), jurisdiction: "410000".parse().unwrap() };
    let secret = |text: String| Some(Secret::new(text));
    let person = |number: u64| NewPerson {
        // Ids are random in use; a multiplier that is odd visits them all, far apart.
        person: PersonId::new(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        identity: Identity {
            name: secret(format!("王{number}")),
            id_number: secret(format!("{number:018}")),
            phone: secret(format!("{:011}", 13_000_000_000 + number)),
            address: secret(format!("桐柏路 {number} 号院 3 号楼 2 单元")),
        },
        jurisdiction: "410102".parse().unwrap(),
        external: external.then(|| ("list".to_owned(), Secret::new(number.to_string()))),
    };
    let people: Vec<_> = (0..PEOPLE).map(person).collect();
    let ids: Vec<_> = people.iter().map(|person| person.person).collect();
    let started = Instant::now();
    registry.register(&scope, Purpose::Import, people, Timestamp::UNIX_EPOCH).await.unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!("{name}: {PEOPLE} people registered in {seconds:.2} s, {:.0}/s", PEOPLE as f64 / seconds);
    let started = Instant::now();
    let names = registry.masked_names(&scope, &ids[..10_000]).await.unwrap();
    println!("{name}: {} masked names in {:.3} s", names.len(), started.elapsed().as_secs_f64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn people_on_sqlite() {
    people_per_second("SQLite", Fresh::sqlite(), false).await;
    people_per_second("SQLite with external ids", Fresh::sqlite(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn people_on_postgres() {
    if let Some(fresh) = Fresh::postgres() {
        people_per_second("PostgreSQL", fresh, false).await;
    }
}
