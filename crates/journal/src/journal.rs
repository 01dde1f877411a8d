//! Opening a journal, appending to it and reading it.

use std::path::Path;
use std::sync::Arc;

use facts::{BatchId, Body, Draft, Fact, FactId, FactsError, Hex, Timestamp};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::error::JournalError;
use crate::merkle;
use crate::store::Store;
use crate::writer::{Head, READ_HEAD, Writer};
use database::{Database, at};

/// From one version of the schema to the next. Only ever add to the end.
const STEPS: &[&str] = &[
    "
    CREATE TABLE facts (
        position {position} PRIMARY KEY,
        id BIGINT NOT NULL,
        source_key {bytes},
        batch BIGINT,
        leaf TEXT NOT NULL,
        fact TEXT NOT NULL
    );
    CREATE UNIQUE INDEX facts_id ON facts (id);
    CREATE INDEX facts_source_key ON facts (source_key, position) WHERE source_key IS NOT NULL;
    CREATE UNIQUE INDEX facts_batch ON facts (batch) WHERE batch IS NOT NULL;
    CREATE TABLE head (
        deployment BIGINT NOT NULL,
        exercise BIGINT NOT NULL,
        size BIGINT NOT NULL,
        frontier {bytes} NOT NULL,
        recorded TEXT,
        intake BIGINT NOT NULL
    );
    CREATE TABLE intake (
        id {position} PRIMARY KEY,
        received TEXT NOT NULL,
        source TEXT NOT NULL,
        assumed_dwell_minutes BIGINT,
        digest {bytes} NOT NULL,
        visits {bytes} NOT NULL
    );
    CREATE TABLE taken_in (
        source_key {bytes} PRIMARY KEY,
        intake BIGINT NOT NULL,
        assumed_dwell_minutes BIGINT,
        digest {bytes} NOT NULL
    );
",
    "
    ALTER TABLE head ADD COLUMN intake_removed BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE taken_in ADD COLUMN visits BIGINT NOT NULL DEFAULT 0;
    CREATE TABLE sealed (
        assumed_dwell_minutes BIGINT NOT NULL,
        last BIGINT NOT NULL,
        fact BIGINT NOT NULL,
        PRIMARY KEY (assumed_dwell_minutes, last)
    );
",
];

/// Facts that are fetched together.
const PAGE_FACTS: u64 = 256;
/// Pages that are on their way at once.
const PAGES_AT_ONCE: usize = 4;

/// Whose journal it is and whether it is an exercise: written at creation, compared at every opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    /// The deployment.
    pub deployment: u64,
    /// Whether everything in the journal is an exercise.
    pub exercise: bool,
}

/// A fact at its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Where in the journal, from 1, without gaps.
    pub position: u64,
    /// The fact.
    pub fact: Arc<Fact>,
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is a fact now.
    Appended(Recorded),
    /// Its source had said so before, with this fact.
    Unchanged(FactId),
}

/// What the journal comes to: two journals with equal heads are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many facts there are.
    pub size: u64,
    /// The root of the RFC 6962 tree over them.
    pub root: Hex<32>,
}

/// An open journal.
pub struct Journal {
    pub(crate) database: Database,
    pub(crate) store: Store,
}

impl Recorded {
    /// From the columns position, leaf and fact, when they belong together.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, JournalError> {
        let doing = at("reading facts");
        let position: i64 = row.try_get(0).map_err(&doing)?;
        let (leaf, json) = (row.try_get(1).map_err(&doing)?, row.try_get(2).map_err(&doing)?);
        Self::checked(position.cast_unsigned(), leaf, json)
    }

    fn checked(position: u64, leaf: &str, json: &str) -> Result<Self, JournalError> {
        if Hex::parse(leaf) != Some(merkle::leaf(json.as_bytes())) {
            let problem = "its text does not have its leaf hash".to_owned();
            return Err(JournalError::Tampered { position, problem });
        }
        let fact = Fact::from_json(json.as_bytes())
            .map_err(|error| JournalError::Tampered { position, problem: error.to_string() })?;
        Ok(Self { position, fact: Arc::new(fact) })
    }
}

/// The facts of a page when every one is there and is what was recorded.
fn intact_page(row: &AnyRow, first: u64, end: u64) -> Option<Vec<Recorded>> {
    let number: i64 = row.try_get(0).ok()?;
    let lowest: i64 = row.try_get(1).ok()?;
    let (leaves, facts): (&str, &str) = (row.try_get(2).ok()?, row.try_get(3).ok()?);
    // As many different positions within as few places leave no gap.
    let whole = number.cast_unsigned() == end - first && lowest.cast_unsigned() == first;
    let lines = leaves.lines().count() == facts.lines().count() && facts.lines().count() as u64 == end - first;
    let facts = (first..end).zip(leaves.lines()).zip(facts.lines());
    let page = facts.map(|((position, leaf), json)| Recorded::checked(position, leaf, json).ok());
    if whole && lines { page.collect() } else { None }
}

fn exercise(exercise: bool) -> &'static str {
    if exercise { "an exercise" } else { "the real thing" }
}

impl Journal {
    /// Opens the journal at `url`, or creates it for `marker`; batch files live in the folder `store`.
    ///
    /// `url` is `sqlite:///path/file.sqlite` or `postgres://…`.
    pub async fn open(url: &str, store: &Path, marker: Marker) -> Result<Self, JournalError> {
        let database = Database::open(url, "journal", STEPS).await?;
        let mut turn = database.turn().await?;
        let row = sqlx::query("SELECT deployment, exercise FROM head")
            .fetch_optional(turn.connection())
            .await
            .map_err(at("reading the marker"))?;
        match row {
            Some(row) => {
                let number = |column: usize| row.try_get::<i64, _>(column).map_err(at("reading the marker"));
                let found = Marker { deployment: number(0)?.cast_unsigned(), exercise: number(1)? != 0 };
                if found.exercise != marker.exercise {
                    let (found, wanted) = (exercise(found.exercise), exercise(marker.exercise));
                    return Err(JournalError::Exercise { found, wanted });
                }
                if found.deployment != marker.deployment {
                    let (found, wanted) = (found.deployment, marker.deployment);
                    return Err(JournalError::Deployment { found, wanted });
                }
                drop(turn);
            }
            None => {
                let sql = "INSERT INTO head (deployment, exercise, size, frontier, intake) VALUES ($1, $2, 0, $3, 0)";
                sqlx::query(sql)
                    .bind(marker.deployment.cast_signed())
                    .bind(i64::from(marker.exercise))
                    .bind(Vec::new())
                    .execute(turn.connection())
                    .await
                    .map_err(at("writing the marker"))?;
                turn.commit().await?;
            }
        }
        Ok(Self { database, store: Store::open(store)? })
    }

    /// Appends drafts in their order, all or none.
    ///
    /// A draft whose source key was seen before is `Unchanged` when it says the same as the latest fact of
    /// that key, and supersedes that fact otherwise. `recorded` gives way to the last time of recording when
    /// that is later.
    pub async fn append(
        &self,
        drafts: Vec<(FactId, Draft)>,
        recorded: Timestamp,
    ) -> Result<Vec<Outcome>, JournalError> {
        let not_alone =
            |body: &Body| matches!(body, Body::Batch { .. } | Body::VisitsWithdrawn { .. } | Body::Deleted { .. });
        if let Some(index) = drafts.iter().position(|(_, draft)| not_alone(&draft.body)) {
            let problem = "comes with rows or files, by append_batch, take_in, seal or delete".to_owned();
            return Err(JournalError::Refused { index, source: FactsError::Draft { field: "body", problem } });
        }
        let mut writer = Writer::begin(&self.database).await?;
        let outcomes = writer.append(drafts, recorded).await?;
        writer.commit().await?;
        Ok(outcomes)
    }

    /// Up to `limit` facts from position `from` on, each compared with its leaf hash.
    pub async fn read(&self, from: u64, limit: u64) -> Result<Vec<Recorded>, JournalError> {
        let from = from.max(1);
        let end = from.saturating_add(limit).min(self.head().await?.size + 1);
        let pages = (from..end).step_by(PAGE_FACTS as usize);
        let pages = pages.map(|first| self.read_page(first, end.min(first + PAGE_FACTS)));
        stream::iter(pages).buffered(PAGES_AT_ONCE).try_concat().await
    }

    /// The facts of the positions from `first` to before `end`, fetched as one row: a row each takes longer
    /// to hand over than to read.
    async fn read_page(&self, first: u64, end: u64) -> Result<Vec<Recorded>, JournalError> {
        let row = sqlx::query(
            "SELECT COUNT(*), MIN(position), STRING_AGG(leaf, '\n' ORDER BY position), \
             STRING_AGG(fact, '\n' ORDER BY position) FROM facts WHERE position >= $1 AND position < $2",
        )
        .bind(first.cast_signed())
        .bind(end.cast_signed())
        .fetch_one(self.database.pool())
        .await
        .map_err(at("reading facts"))?;
        let parsed = tokio::task::spawn_blocking(move || intact_page(&row, first, end)).await;
        match parsed.expect("parsing does not panic") {
            Some(page) => Ok(page),
            None => self.read_one_by_one(first, end).await,
        }
    }

    /// The same, one by one, for saying which fact is not what was recorded.
    async fn read_one_by_one(&self, first: u64, end: u64) -> Result<Vec<Recorded>, JournalError> {
        let sql = "SELECT position, leaf, fact FROM facts WHERE position >= $1 AND position < $2 ORDER BY position";
        let rows = sqlx::query(sql)
            .bind(first.cast_signed())
            .bind(end.cast_signed())
            .fetch_all(self.database.pool())
            .await
            .map_err(at("reading facts"))?;
        let mut rows = rows.iter();
        let missing = |position| JournalError::Tampered { position, problem: "it is missing".to_owned() };
        (first..end)
            .map(|position| {
                let recorded = Recorded::from_row(rows.next().ok_or_else(|| missing(position))?)?;
                if recorded.position == position { Ok(recorded) } else { Err(missing(position)) }
            })
            .collect()
    }

    /// The fact of that id.
    pub async fn fact(&self, id: FactId) -> Result<Option<Recorded>, JournalError> {
        let row = sqlx::query("SELECT position, leaf, fact FROM facts WHERE id = $1")
            .bind(id.number().cast_signed())
            .fetch_optional(self.database.pool())
            .await
            .map_err(at("reading a fact"))?;
        row.as_ref().map(Recorded::from_row).transpose()
    }

    /// The fact that vouches for a batch.
    pub async fn batch(&self, batch: BatchId) -> Result<Option<Recorded>, JournalError> {
        let row = sqlx::query("SELECT position, leaf, fact FROM facts WHERE batch = $1")
            .bind(batch.number().cast_signed())
            .fetch_optional(self.database.pool())
            .await
            .map_err(at("reading a batch's fact"))?;
        row.as_ref().map(Recorded::from_row).transpose()
    }

    /// What the journal comes to.
    pub async fn head(&self) -> Result<TreeHead, JournalError> {
        let row = sqlx::query(READ_HEAD).fetch_one(self.database.pool()).await.map_err(at("reading the head"))?;
        Ok(Head::from_row(&row)?.tree_head())
    }

    /// Closes the journal, so that its files can be copied.
    pub async fn close(self) {
        self.database.close().await;
    }
}
