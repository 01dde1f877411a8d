//! How fast it is: `cargo test --release -p journal --test rates -- --ignored --nocapture`.
#![allow(missing_docs)]
#![allow(clippy::disallowed_methods)] // durations are measured here

mod examples;

use std::time::Instant;

use examples::*;
use facts::{BatchId, FactId, PersonId, Purpose, Timestamp, UnitId, VisitRow};
use journal::Rows;
use testkit::Fresh;

fn rate(what: &str, number: usize, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what}: {number} in {seconds:.2} s, {:.0}/s", number as f64 / seconds);
}

async fn facts_per_second(name: &str, fresh: Fresh) {
    const CALLS: u64 = 20;
    const CALL: u64 = 10_000;
    let journal = open(&fresh).await;
    // Ids are random in use; a multiplier that is odd visits them all, far apart.
    let id = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let calls: Vec<Vec<_>> = (0..CALLS)
        .map(|call| {
            let drafts = (0..CALL).map(|number| {
                let number = id(call * CALL + number + 1);
                let mut key = [0; 16];
                key[..8].copy_from_slice(&number.to_be_bytes());
                let mut draft = draft(positive(number, 1), None);
                draft.source.key = Some(facts::Hex(key));
                (FactId::new(number), draft)
            });
            drafts.collect()
        })
        .collect();
    let started = Instant::now();
    for call in calls {
        journal.append(call, noon()).await.unwrap();
    }
    rate(&format!("{name}: facts appended"), (CALLS * CALL) as usize, started);
    let started = Instant::now();
    let read = journal.read(1, u64::MAX).await.unwrap();
    rate(&format!("{name}: facts read"), read.len(), started);
    let started = Instant::now();
    let verification = journal.verify().await.unwrap();
    rate(&format!("{name}: facts verified"), verification.facts as usize, started);
    assert!(verification.problems.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn facts_on_sqlite() {
    facts_per_second("SQLite", Fresh::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn facts_on_postgres() {
    if let Some(fresh) = Fresh::postgres() {
        facts_per_second("PostgreSQL", fresh).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures"]
async fn visits_in_batches() {
    let fresh = Fresh::sqlite();
    let journal = open(&fresh).await;
    let rows: Vec<VisitRow> = (0..2_000_000u64)
        .map(|number| VisitRow {
            person: PersonId::new(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            unit: UnitId::new((number % 5_000).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            start: Timestamp::from_second(1_667_000_000 + number as i64 / 20).unwrap(),
            end: None,
            seat_row: None,
        })
        .collect();
    let (batch, fact) = (BatchId::new(1), FactId::new(1));
    let started = Instant::now();
    journal.append_batch(Rows::Visits(&rows), batch, fact, source(None), Purpose::Import, None, noon()).await.unwrap();
    rate("visits appended as a batch", rows.len(), started);
    let started = Instant::now();
    assert_eq!(journal.visits(batch).await.unwrap().len(), rows.len());
    rate("visits read from a batch", rows.len(), started);
    let started = Instant::now();
    for chunk in rows.chunks(100_000) {
        journal.take_in(&[message(chunk, None, None)], noon()).await.unwrap();
    }
    rate("visits taken in, 100,000 in a message", rows.len(), started);
    let started = Instant::now();
    for chunk in rows[..1_000_000].chunks(10_000) {
        journal.take_in(&[message(chunk, None, None)], noon()).await.unwrap();
    }
    rate("visits taken in, 10,000 in a message", 1_000_000, started);
    let started = Instant::now();
    while let Some(to_seal) = journal.to_seal(1_000_000).await.unwrap() {
        let number = journal.head().await.unwrap().size + 1;
        let (batch, fact) = (BatchId::new(number), FactId::new(number));
        journal.seal(to_seal, batch, fact, facts::ActorId::new(1), noon()).await.unwrap().unwrap();
    }
    rate("visits sealed", 3_000_000, started);
}
