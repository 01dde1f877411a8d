//! Any sequence of calls gives the same journal on SQLite, on PostgreSQL and in a list in memory.
#![allow(missing_docs)]

mod examples;

use examples::*;
use facts::{Draft, Fact, FactId, Timestamp};
use journal::merkle::{Frontier, leaf};
use journal::{Outcome, Recorded, TreeHead};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::Fresh;

/// One draft: its person and the key of its source.
type Told = (u64, Option<u8>);

#[derive(Default)]
struct Model {
    facts: Vec<Fact>,
}

impl Model {
    fn append(&mut self, drafts: Vec<(FactId, Draft)>, recorded: Timestamp) -> Vec<Option<FactId>> {
        let recorded = self.facts.last().map_or(recorded, |last| last.recorded.max(recorded));
        let mut unchanged = Vec::new();
        for (id, mut draft) in drafts {
            let same_key = |fact: &&Fact| draft.source.key.is_some() && fact.draft.source.key == draft.source.key;
            let known = self.facts.iter().rev().find(same_key);
            match known {
                Some(known) if known.draft.body == draft.body => unchanged.push(Some(known.id)),
                known => {
                    draft.supersedes = known.map(|known| known.id);
                    self.facts.push(draft.recorded(id, recorded));
                    unchanged.push(None);
                }
            }
        }
        unchanged
    }

    fn head(&self) -> TreeHead {
        let mut tree = Frontier::default();
        self.facts.iter().for_each(|fact| tree.push(leaf(&fact.to_json())));
        TreeHead { size: tree.size(), root: tree.root() }
    }
}

async fn compare(fresh: Fresh, calls: &[(Vec<Told>, i64)]) {
    let journal = open(&fresh).await;
    let mut model = Model::default();
    let mut id = 0;
    for (told, seconds) in calls {
        let recorded = Timestamp::from_second(1_667_000_000 + seconds).unwrap();
        let drafts: Vec<_> = told
            .iter()
            .map(|&(person, key)| {
                id += 1;
                (FactId::new(id), draft(death(person), key))
            })
            .collect();
        let outcomes = journal.append(drafts.clone(), recorded).await.unwrap();
        let unchanged: Vec<_> = outcomes
            .iter()
            .map(|outcome| match outcome {
                Outcome::Unchanged(known) => Some(*known),
                Outcome::Appended(_) => None,
            })
            .collect();
        assert_eq!(unchanged, model.append(drafts, recorded));
        assert_eq!(journal.head().await.unwrap(), model.head());
    }
    let read = journal.read(1, u64::MAX).await.unwrap();
    assert!(read.iter().map(|Recorded { fact, .. }| fact.as_ref()).eq(&model.facts));
    assert!(journal.verify().await.unwrap().problems.is_empty());
    journal.close().await;
}

fn any_calls(cases: u32, fresh: impl Fn() -> Option<Fresh>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let told = (1..4u64, prop::option::of(0..4u8));
    let calls = prop::collection::vec((prop::collection::vec(told, 0..12), 0..100i64), 0..6);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let checked = TestRunner::new(config).run(&calls, |calls| {
        if let Some(fresh) = fresh() {
            runtime.block_on(compare(fresh, &calls));
        }
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn sqlite_agrees_with_a_list() {
    any_calls(48, || Some(Fresh::sqlite()));
}

#[test]
fn postgres_agrees_with_a_list() {
    if testkit::Postgres::shared().is_some() {
        any_calls(24, Fresh::postgres);
    }
}
