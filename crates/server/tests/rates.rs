//! How fast visits are taken in: `cargo test --release -p server --test rates -- --ignored --nocapture`.
#![allow(missing_docs)]
#![allow(clippy::disallowed_methods)] // durations are measured here

use std::sync::Arc;
use std::time::Instant;

use facts::{ActorId, Channel, Hex, PersonId, Source, Timestamp, UnitId, VisitRow};
use server::deployment::intake::Sent;
use server::{Deployment, Location};

fn now() -> Timestamp {
    "2022-07-20T00:00:00Z".parse().unwrap()
}

/// Callers that send at once, each waiting for its answer.
const CALLERS: u64 = 64;

fn sent(message: u64, visits: u64) -> Sent {
    let visit = |number: u64| VisitRow {
        person: PersonId::new(1 + (message * visits + number) % 1_000_000),
        unit: UnitId::new(1 + number % 5_000),
        start: Timestamp::from_second(1_658_000_000 + (message * 7 % 80_000) as i64).unwrap(),
        end: None,
        seat_row: None,
    };
    let mut key = [0; 16];
    key[..8].copy_from_slice(&message.to_be_bytes());
    let source = Source { actor: ActorId::new(1), channel: Channel::Feed, key: Some(Hex(key)) };
    Sent { visits: (0..visits).map(visit).collect(), source, assumed_dwell_minutes: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn visits_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = Arc::new(Deployment::open(Location::folder(folder.path()), false, now).await.unwrap());
    let mut messages = 0..;
    let began = Instant::now();
    for _ in 0..100 {
        deployment.take_in(vec![sent(messages.next().unwrap(), 10_000)], now()).await.unwrap();
    }
    let rate = |number: u64, began: Instant| number as f64 / began.elapsed().as_secs_f64();
    println!("visits durable and traceable, 10,000 in a message: {:.0}/s", rate(1_000_000, began));
    let began = Instant::now();
    let mut sealed = 0;
    while let visits @ 1.. = deployment.seal(1_000_000).await.unwrap() {
        sealed += visits;
    }
    println!("visits sealed: {:.0}/s", rate(sealed, began));
    let began = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let deployment = deployment.clone();
        tokio::spawn(async move {
            for message in 0..200 {
                let number = 1_000_000 + caller * 1_000 + message;
                deployment.take_in(vec![sent(number, 1)], now()).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    println!("messages of one visit by {CALLERS} callers at once: {:.0}/s", rate(CALLERS * 200, began));
}
