//! The one ordered writer: the only code that adds rows to the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{Body, Draft, Fact, FactId, FactsError, Hex, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use crate::error::JournalError;
use crate::intake::Standing;
use crate::journal::{Outcome, Recorded, TreeHead};
use crate::merkle::{self, Frontier};
use database::{Database, DatabaseError, Turn, at, in_statements};

/// What is known of the journal without reading it.
pub(crate) struct Head {
    pub(crate) tree: Frontier,
    /// When the last fact was recorded.
    pub(crate) recorded: Option<Timestamp>,
    /// The last number given in the intake log.
    pub(crate) intake: u64,
    /// How many entries were taken out of the intake log: sealed or corrected.
    pub(crate) intake_removed: u64,
}

pub(crate) const READ_HEAD: &str = "SELECT size, frontier, recorded, intake, intake_removed FROM head";

impl Head {
    pub(crate) fn from_row(row: &sqlx::any::AnyRow) -> Result<Self, JournalError> {
        let doing = at("reading the head");
        let size: i64 = row.try_get(0).map_err(&doing)?;
        let frontier: &[u8] = row.try_get(1).map_err(&doing)?;
        let recorded: Option<&str> = row.try_get(2).map_err(&doing)?;
        let intake: i64 = row.try_get(3).map_err(&doing)?;
        let removed: i64 = row.try_get(4).map_err(&doing)?;
        let tree = Frontier::from_bytes(size.cast_unsigned(), frontier)
            .ok_or(JournalError::Head("its size and its hashes do not belong together"))?;
        let recorded = recorded
            .map(|text| text.parse().map_err(|_| JournalError::Head("its time of recording is no time")))
            .transpose()?;
        Ok(Self { tree, recorded, intake: intake.cast_unsigned(), intake_removed: removed.cast_unsigned() })
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing { size: self.tree.size(), intake: self.intake, removed: self.intake_removed }
    }

    pub(crate) fn tree_head(&self) -> TreeHead {
        TreeHead { size: self.tree.size(), root: self.tree.root() }
    }
}

/// A transaction that holds the right to write; nothing is kept unless it is committed.
pub(crate) struct Writer<'a> {
    turn: Turn<'a>,
    pub(crate) head: Head,
}

struct NewRow {
    recorded: Recorded,
    leaf: merkle::Hash,
    json: String,
}

impl<'a> Writer<'a> {
    pub(crate) async fn begin(database: &'a Database) -> Result<Self, JournalError> {
        let mut turn = database.turn().await?;
        let row = sqlx::query(READ_HEAD).fetch_one(turn.connection()).await.map_err(at("reading the head"))?;
        Ok(Self { head: Head::from_row(&row)?, turn })
    }

    /// See [`database::Database::placeholders`].
    pub(crate) fn placeholders(&self, columns: usize, rows: usize) -> String {
        self.turn.placeholders(columns, rows)
    }

    pub(crate) fn connection(&mut self) -> &mut sqlx::AnyConnection {
        self.turn.connection()
    }

    pub(crate) async fn commit(mut self) -> Result<(), JournalError> {
        sqlx::query("UPDATE head SET size = $1, frontier = $2, recorded = $3, intake = $4, intake_removed = $5")
            .bind(self.head.tree.size().cast_signed())
            .bind(self.head.tree.to_bytes())
            .bind(self.head.recorded.map(|recorded| recorded.to_string()))
            .bind(self.head.intake.cast_signed())
            .bind(self.head.intake_removed.cast_signed())
            .execute(self.turn.connection())
            .await
            .map_err(at("writing the head"))?;
        Ok(self.turn.commit().await?)
    }

    /// Appends drafts in their order; what a source already said is not said again.
    pub(crate) async fn append(
        &mut self,
        drafts: Vec<(FactId, Draft)>,
        recorded: Timestamp,
    ) -> Result<Vec<Outcome>, JournalError> {
        // Clocks go back; the order of the journal does not.
        let recorded = self.head.recorded.map_or(recorded, |last| last.max(recorded));
        let keys = drafts.iter().filter_map(|(_, draft)| draft.source.key).collect();
        let mut latest = self.latest(keys).await?;
        let mut outcomes = Vec::with_capacity(drafts.len());
        let mut rows = Vec::with_capacity(drafts.len());
        for (index, (id, mut draft)) in drafts.into_iter().enumerate() {
            let refused = |source| JournalError::Refused { index, source };
            draft.check().map_err(refused)?;
            if draft.supersedes == Some(id) {
                let problem = "names the fact itself; a fact supersedes another one".to_owned();
                return Err(refused(FactsError::Draft { field: "supersedes", problem }));
            }
            let known = draft.source.key.and_then(|key| latest.get(&key));
            if let Some(known) = known.filter(|known| says_the_same(&known.fact.draft, &draft)) {
                outcomes.push(Outcome::Unchanged(known.fact.id));
                continue;
            }
            draft.supersedes = draft.supersedes.or(known.map(|known| known.fact.id));
            let key = draft.source.key;
            let fact = Arc::new(draft.recorded(id, recorded));
            let json = String::from_utf8(fact.to_json()).expect("JSON is written in UTF-8");
            let leaf = merkle::leaf(json.as_bytes());
            self.head.tree.push(leaf);
            let recorded = Recorded { position: self.head.tree.size(), fact };
            if let Some(key) = key {
                latest.insert(key, recorded.clone());
            }
            outcomes.push(Outcome::Appended(recorded.clone()));
            rows.push(NewRow { recorded, leaf, json });
        }
        if !rows.is_empty() {
            self.head.recorded = Some(recorded);
            self.insert(rows).await?;
        }
        Ok(outcomes)
    }

    /// The latest fact of each key that the journal has seen.
    pub(crate) async fn latest(&mut self, keys: Vec<Hex<16>>) -> Result<BTreeMap<Hex<16>, Recorded>, JournalError> {
        let doing = at("looking up what the sources said before");
        let mut latest = BTreeMap::new();
        for keys in in_statements(&keys) {
            let sql = format!(
                "SELECT position, leaf, fact FROM facts WHERE position IN \
                 (SELECT MAX(position) FROM facts WHERE source_key IN {} GROUP BY source_key)",
                self.turn.placeholders(keys.len(), 1)
            );
            let query = keys.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, key| query.bind(key.0.to_vec()));
            for row in query.fetch_all(self.turn.connection()).await.map_err(&doing)? {
                let recorded = Recorded::from_row(&row)?;
                if let Some(key) = recorded.fact.draft.source.key {
                    latest.insert(key, recorded);
                }
            }
        }
        Ok(latest)
    }

    async fn insert(&mut self, rows: Vec<NewRow>) -> Result<(), JournalError> {
        const COLUMNS: usize = 6;
        for rows in in_statements(&rows) {
            let sql = format!(
                "INSERT INTO facts (position, id, source_key, batch, leaf, fact) VALUES {}",
                self.turn.placeholders(COLUMNS, rows.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for NewRow { recorded, leaf, json } in rows {
                query = query
                    .bind(recorded.position.cast_signed())
                    .bind(recorded.fact.id.number().cast_signed())
                    .bind(recorded.fact.draft.source.key.map(|key| key.0.to_vec()))
                    .bind(batch_of(&recorded.fact).map(u64::cast_signed))
                    .bind(leaf.to_string())
                    .bind(json.as_str());
            }
            query.execute(self.turn.connection()).await.map_err(at("appending facts")).map_err(taken)?;
        }
        Ok(())
    }
}

fn taken(error: DatabaseError) -> JournalError {
    if error.is_taken() { JournalError::IdTaken } else { error.into() }
}

/// Whether a source repeats itself: a draft that names no other fact to supersede, with the same content.
fn says_the_same(known: &Draft, draft: &Draft) -> bool {
    known.body == draft.body
        && known.occurred == draft.occurred
        && (draft.supersedes.is_none() || draft.supersedes == known.supersedes)
}

/// The batch that a fact vouches for.
pub(crate) fn batch_of(fact: &Fact) -> Option<u64> {
    match fact.body() {
        Body::Batch { batch, .. } => Some(batch.number()),
        _ => None,
    }
}
