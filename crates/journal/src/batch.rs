//! Batches of bulk facts: a Parquet file each, and the fact that vouches for it.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use facts::{BatchId, BatchKind, Body, Draft, FactId, Purpose, ResidentRow, Run, Source, Timestamp, UnitRow, VisitRow};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::error::{JournalError, StoreError};
use crate::journal::{Journal, Outcome, Recorded};
use crate::rows::{self, Row, Rows};
use crate::store::Staged;
use crate::writer::Writer;

/// Runs work on files without keeping other tasks waiting, where the runtime allows.
pub(crate) fn off_the_reactor<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The file of a batch, below the store's folder.
pub(crate) fn file_name(kind: BatchKind, batch: BatchId) -> String {
    format!("{}-{batch}.parquet", rows::name(kind))
}

/// What a new batch is, besides its rows.
pub(crate) struct NewBatch<'a> {
    pub(crate) batch: BatchId,
    pub(crate) fact: FactId,
    pub(crate) rows: Rows<'a>,
    pub(crate) source: Source,
    pub(crate) purpose: Purpose,
    pub(crate) assumed_dwell_minutes: Option<u32>,
    pub(crate) received: Vec<Run>,
}

impl Journal {
    /// Writes rows as a batch file and appends the fact that vouches for it. Visits are put in the order of
    /// unit, start and person; others stay in theirs.
    ///
    /// When the source's key is known with an equal file, the fact that stands is given back and nothing is
    /// written; with a different file, the new batch supersedes. Times are kept to the microsecond. A stay
    /// without an end is taken to last `assumed_dwell_minutes`.
    #[allow(clippy::too_many_arguments)] // each is a field of the fact
    pub async fn append_batch(
        &self,
        rows: Rows<'_>,
        batch: BatchId,
        fact: FactId,
        source: Source,
        purpose: Purpose,
        assumed_dwell_minutes: Option<u32>,
        recorded: Timestamp,
    ) -> Result<Recorded, JournalError> {
        let new = NewBatch { batch, fact, rows, source, purpose, assumed_dwell_minutes, received: Vec::new() };
        let staged = self.stage(rows, assumed_dwell_minutes)?;
        let mut writer = Writer::begin(&self.database).await?;
        let recorded = self.place(&mut writer, staged, new, recorded).await?;
        writer.commit().await?;
        Ok(recorded)
    }

    /// Writes rows into a durable file that has no name yet.
    fn stage(&self, rows: Rows<'_>, assumed_dwell_minutes: Option<u32>) -> Result<Staged, JournalError> {
        rows.check(assumed_dwell_minutes).map_err(|(row, problem)| JournalError::Row { row, problem })?;
        Ok(off_the_reactor(|| self.store.stage(|to| rows.write(to)))?)
    }

    /// Names a staged file and appends its fact, under the writer's transaction: a crash in between leaves a
    /// file that no fact names.
    pub(crate) async fn place(
        &self,
        writer: &mut Writer<'_>,
        staged: Staged,
        new: NewBatch<'_>,
        recorded: Timestamp,
    ) -> Result<Recorded, JournalError> {
        let NewBatch { batch, fact, rows, source, purpose, assumed_dwell_minutes, received } = new;
        if let Some(key) = source.key
            && let Some(known) = writer.latest(vec![key]).await?.remove(&key)
            && let &Body::Batch { rows_are, digest, assumed_dwell_minutes: assumed, .. } = known.fact.body()
            && (rows_are, digest, assumed) == (rows.kind(), staged.digest, assumed_dwell_minutes)
        {
            return Ok(known);
        }
        let taken = sqlx::query("SELECT position FROM facts WHERE batch = $1")
            .bind(batch.number().cast_signed())
            .fetch_optional(writer.connection())
            .await
            .map_err(database::at("looking for the batch"))?;
        if taken.is_some() {
            return Err(JournalError::BatchTaken(batch));
        }
        let body = Body::Batch {
            batch,
            rows_are: rows.kind(),
            rows: rows.number(),
            span: rows.span(assumed_dwell_minutes),
            digest: staged.digest,
            assumed_dwell_minutes,
            received,
        };
        off_the_reactor(|| self.store.place(staged, &file_name(rows.kind(), batch)))?;
        let draft = Draft { occurred: recorded, source, purpose, supersedes: None, body };
        match writer.append(vec![(fact, draft)], recorded).await?.pop() {
            Some(Outcome::Appended(recorded)) => Ok(recorded),
            // A new batch id makes a new body, so a known key cannot make the draft unchanged.
            _ => Err(JournalError::BatchTaken(batch)),
        }
    }

    /// The visits of a batch, in their order, once the file's digest has been found right.
    pub async fn visits(&self, batch: BatchId) -> Result<Vec<VisitRow>, JournalError> {
        self.rows(batch).await
    }

    /// The residents of a batch, likewise.
    pub async fn residents(&self, batch: BatchId) -> Result<Vec<ResidentRow>, JournalError> {
        self.rows(batch).await
    }

    /// The units of a batch, likewise.
    pub async fn units(&self, batch: BatchId) -> Result<Vec<UnitRow>, JournalError> {
        self.rows(batch).await
    }

    async fn rows<R: Row>(&self, batch: BatchId) -> Result<Vec<R>, JournalError> {
        let groups = self.rows_in_groups::<R>(batch).await?;
        Ok(off_the_reactor(|| groups.all())?)
    }

    /// The rows of a batch group by group, for batches that need not be in memory whole.
    pub async fn rows_in_groups<R: Row>(&self, batch: BatchId) -> Result<RowsInGroups<R>, JournalError> {
        let known = self.batch(batch).await?.ok_or(JournalError::NoBatch(batch))?;
        let &Body::Batch { rows_are, digest, .. } = known.fact.body() else {
            return Err(JournalError::NoBatch(batch));
        };
        if rows_are != R::KIND {
            let (found, wanted) = (rows::name(rows_are), rows::name(R::KIND));
            return Err(JournalError::RowsAre { batch, found, wanted });
        }
        match self.open_rows(batch, digest) {
            Err(StoreError::File { source, .. })
                if source.kind() == ErrorKind::NotFound && self.deleted(known.fact.id).await? =>
            {
                Err(JournalError::Deleted(batch))
            }
            opened => Ok(opened?),
        }
    }

    pub(crate) fn open_rows<R: Row>(
        &self,
        batch: BatchId,
        digest: facts::Hex<32>,
    ) -> Result<RowsInGroups<R>, StoreError> {
        let name = file_name(R::KIND, batch);
        let file = off_the_reactor(|| self.store.read(&name, digest))?;
        RowsInGroups::open(self.store.path(&name), file)
    }
}

/// The rows of a batch file that no journal vouches for.
pub fn read_rows<R: Row>(path: &Path) -> Result<Vec<R>, StoreError> {
    let file = File::open(path).map_err(|source| StoreError::File { path: path.to_owned(), source })?;
    RowsInGroups::open(path.to_owned(), file)?.all()
}

/// The rows of a batch, group by group, in their order.
pub struct RowsInGroups<R> {
    groups: rows::Groups<R>,
    path: PathBuf,
}

impl<R: Row> RowsInGroups<R> {
    fn open(path: PathBuf, file: File) -> Result<Self, StoreError> {
        match rows::read(file) {
            Ok(groups) => Ok(Self { groups, path }),
            Err(problem) => Err(StoreError::Format { path, problem }),
        }
    }

    fn all(self) -> Result<Vec<R>, StoreError> {
        let mut rows = Vec::new();
        for group in self {
            rows.append(&mut group?);
        }
        Ok(rows)
    }
}

impl<R: Row> Iterator for RowsInGroups<R> {
    type Item = Result<Vec<R>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let failed = |problem| StoreError::Format { path: self.path.clone(), problem };
        self.groups.next().map(|group| group.map_err(failed))
    }
}
