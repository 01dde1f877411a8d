//! Proving a journal intact, on a copy and without a network as well.

use std::collections::{BTreeMap, BTreeSet};

use facts::{BatchKind, Body, Fact, FactId, Hex, ResidentRow, Span, UnitRow};
use futures::TryStreamExt;
use sqlx::Row as _;
use thiserror::Error;

use crate::batch::{file_name, off_the_reactor};
use crate::error::{JournalError, StoreError};
use crate::journal::{Journal, TreeHead};
use crate::merkle::{self, Frontier};
use crate::rows::{self, ReceivedVisit, Row};
use crate::writer::{Head, READ_HEAD, batch_of};
use database::at;

/// What was looked at and what is wrong with it.
#[derive(Debug)]
pub struct Verification {
    /// What the journal says it comes to.
    pub head: TreeHead,
    /// Facts that were read.
    pub facts: u64,
    /// Batch files that were read.
    pub batches: u64,
    /// Entries of the intake log that were read.
    pub intake: u64,
    /// What does not fit; empty for an intact journal.
    pub problems: Vec<Problem>,
}

/// One thing that does not fit.
#[derive(Debug, Error)]
pub enum Problem {
    /// Positions are not 1, 2, 3 …
    #[error("position {expected} is missing; the next one is {found}")]
    Gap {
        /// The position that should have come.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// The bytes of a fact are not those that were hashed.
    #[error("position {position}: the fact's text does not have the leaf hash that stands beside it")]
    Leaf {
        /// Where.
        position: u64,
    },
    /// The bytes are no fact.
    #[error("position {position}: {problem}")]
    Unreadable {
        /// Where.
        position: u64,
        /// Why not.
        problem: String,
    },
    /// A column for looking up disagrees with the fact.
    #[error("position {position}: the column {column} is not what the fact says")]
    Column {
        /// Where.
        position: u64,
        /// Which column.
        column: &'static str,
    },
    /// The time of recording goes back.
    #[error("position {position}: was recorded before the fact in front of it")]
    Order {
        /// Where.
        position: u64,
    },
    /// The tree over the facts is not the one that the head states.
    #[error(
        "the facts come to {} with root {}, the head says {} with root {}",
        computed.size, computed.root, stated.size, stated.root
    )]
    Root {
        /// What the head says.
        stated: TreeHead,
        /// What the facts come to.
        computed: TreeHead,
    },
    /// The head cannot be read.
    #[error("{0}")]
    Head(JournalError),
    /// A batch file is missing, changed or unreadable.
    #[error("position {position}: {source}")]
    BatchFile {
        /// The position of the batch's fact.
        position: u64,
        /// What is wrong.
        source: StoreError,
    },
    /// A batch file does not hold what its fact says.
    #[error(
        "position {position}: the batch has {found_rows} rows within {found_span:?}, \
         the fact says {rows} within {span:?}"
    )]
    Batch {
        /// The position of the batch's fact.
        position: u64,
        /// Rows by the fact.
        rows: u64,
        /// Rows in the file.
        found_rows: u64,
        /// The span by the fact.
        span: Option<Span>,
        /// The span of the file's rows.
        found_span: Option<Span>,
    },
    /// The runs of a batch's rows are not in order, or do not begin with its first row.
    #[error("position {position}: the runs that say when the batch's rows were received are out of order")]
    Received {
        /// The position of the batch's fact.
        position: u64,
    },
    /// A withdrawal names no rows.
    #[error("position {position}: withdraws message {message}, of which no row is in the batch of {of}")]
    Withdrawal {
        /// Where.
        position: u64,
        /// The fact of the batch that it names.
        of: FactId,
        /// The message that it names.
        message: u64,
    },
    /// The receipt of a deletion is about no batch, or about another one than it says.
    #[error("position {position}: is the receipt of a deletion, and supersedes no fact of that batch")]
    Receipt {
        /// Where.
        position: u64,
    },
    /// A batch has the receipt of its deletion and is still there.
    #[error(
        "position {position}: the batch has the receipt of its deletion, and its file is still there; \
             run retention again"
    )]
    StillThere {
        /// The position of the batch's fact.
        position: u64,
    },
    /// An entry of the intake log cannot be read.
    #[error("{0}")]
    Intake(JournalError),
}

/// A batch that a fact vouches for.
struct Vouched {
    position: u64,
    fact: Fact,
}

impl Journal {
    /// Reads everything again: every leaf and the root from the facts' bytes, positions, columns, batch
    /// files with their digests, rows and spans, and the intake log.
    ///
    /// The file of a batch may be gone when a later batch supersedes it, since erasing someone rewrites batches,
    /// and must be gone when the receipt of its deletion does.
    pub async fn verify(&self) -> Result<Verification, JournalError> {
        let mut problems = Vec::new();
        let mut snapshot = self.database.snapshot().await?;
        let doing = at("verifying facts");
        let row = sqlx::query(READ_HEAD).fetch_one(&mut *snapshot).await.map_err(&doing)?;
        let stated = match Head::from_row(&row) {
            Ok(head) => Some(head.tree_head()),
            Err(error) => {
                problems.push(Problem::Head(error));
                None
            }
        };
        let mut tree = Frontier::default();
        let mut rewritten = BTreeSet::new();
        let mut receipts = BTreeMap::new();
        let mut withdrawals = Vec::new();
        let mut batches = Vec::new();
        let mut expected = 1;
        let mut last_recorded = None;
        let mut rows = sqlx::query("SELECT position, leaf, fact, id, source_key, batch FROM facts ORDER BY position")
            .fetch(&mut *snapshot);
        while let Some(row) = rows.try_next().await.map_err(&doing)? {
            let position = row.try_get::<i64, _>(0).map_err(&doing)?.cast_unsigned();
            let leaf: &str = row.try_get(1).map_err(&doing)?;
            let json: &str = row.try_get(2).map_err(&doing)?;
            let id: i64 = row.try_get(3).map_err(&doing)?;
            let key: Option<&[u8]> = row.try_get(4).map_err(&doing)?;
            let batch: Option<i64> = row.try_get(5).map_err(&doing)?;
            if position != expected {
                problems.push(Problem::Gap { expected, found: position });
            }
            expected = position + 1;
            let computed = merkle::leaf(json.as_bytes());
            tree.push(computed);
            if Hex::parse(leaf) != Some(computed) {
                problems.push(Problem::Leaf { position });
            }
            let fact = match Fact::from_json(json.as_bytes()) {
                Ok(fact) => fact,
                Err(error) => {
                    problems.push(Problem::Unreadable { position, problem: error.to_string() });
                    continue;
                }
            };
            let columns = [
                ("id", id.cast_unsigned() == fact.id.number()),
                ("source_key", key == fact.draft.source.key.as_ref().map(|key| key.0.as_slice())),
                ("batch", batch.map(i64::cast_unsigned) == batch_of(&fact)),
            ];
            let wrong = columns.into_iter().filter(|(_, agrees)| !agrees);
            problems.extend(wrong.map(|(column, _)| Problem::Column { position, column }));
            if last_recorded.is_some_and(|last| fact.recorded < last) {
                problems.push(Problem::Order { position });
            }
            last_recorded = Some(fact.recorded);
            match (fact.body(), fact.draft.supersedes) {
                (Body::Batch { .. }, Some(batch)) => drop(rewritten.insert(batch)),
                (Body::Deleted { batch: name, .. }, Some(batch)) => drop(receipts.insert(batch, (position, *name))),
                (&Body::VisitsWithdrawn { of, message }, _) => withdrawals.push((position, of, message)),
                _ => {}
            }
            if batch_of(&fact).is_some() {
                batches.push(Vouched { position, fact });
            }
        }
        drop(rows);
        drop(snapshot);
        let computed = TreeHead { size: tree.size(), root: tree.root() };
        if let Some(stated) = stated.filter(|&stated| stated != computed) {
            problems.push(Problem::Root { stated, computed });
        }
        let mut files = 0;
        for vouched in &batches {
            let receipt = receipts.remove(&vouched.fact.id);
            if let Some((position, batch)) = receipt
                && batch_of(&vouched.fact) != Some(batch.number())
            {
                problems.push(Problem::Receipt { position });
            }
            let is_gone = |error: &StoreError| match error {
                StoreError::File { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
                _ => false,
            };
            match off_the_reactor(|| self.check_file(vouched)) {
                _ if receipt.is_some() && self.has_file(vouched) => {
                    problems.push(Problem::StillThere { position: vouched.position });
                }
                Ok(found) => {
                    files += 1;
                    problems.extend(found);
                }
                Err(error) if is_gone(&error) && (receipt.is_some() || rewritten.contains(&vouched.fact.id)) => {}
                Err(source) => problems.push(Problem::BatchFile { position: vouched.position, source }),
            }
        }
        problems.extend(receipts.into_values().map(|(position, _)| Problem::Receipt { position }));
        for (position, of, message) in withdrawals {
            if !self.holds_message(&batches, of, message).await? {
                problems.push(Problem::Withdrawal { position, of, message });
            }
        }
        let (intake, unreadable) = self.check_intake().await?;
        problems.extend(unreadable.into_iter().map(Problem::Intake));
        Ok(Verification { head: stated.unwrap_or(computed), facts: tree.size(), batches: files, intake, problems })
    }

    fn has_file(&self, vouched: &Vouched) -> bool {
        let &Body::Batch { rows_are, batch, .. } = vouched.fact.body() else { return false };
        self.store.path(&file_name(rows_are, batch)).exists()
    }

    /// Whether a batch has rows of a message. What is deleted, or is found damaged anyway, counts as having them.
    async fn holds_message(&self, batches: &[Vouched], of: FactId, message: u64) -> Result<bool, JournalError> {
        let Some(vouched) = batches.iter().find(|vouched| vouched.fact.id == of) else { return Ok(false) };
        match self.visits_of_message(of, message).await {
            Ok(found) => Ok(!found.is_empty() || !self.has_file(vouched)),
            Err(JournalError::Store(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn check_file(&self, vouched: &Vouched) -> Result<Option<Problem>, StoreError> {
        let Body::Batch { rows_are, .. } = vouched.fact.body() else { return Ok(None) };
        match rows_are {
            BatchKind::Visits => self.check_rows::<ReceivedVisit>(vouched),
            BatchKind::Residents => self.check_rows::<ResidentRow>(vouched),
            BatchKind::Units => self.check_rows::<UnitRow>(vouched),
        }
    }

    fn check_rows<R: Row>(&self, vouched: &Vouched) -> Result<Option<Problem>, StoreError> {
        let Body::Batch { batch, rows, span, digest, assumed_dwell_minutes, received, .. } = vouched.fact.body() else {
            return Ok(None);
        };
        let (&batch, &rows, &span, &digest) = (batch, rows, span, digest);
        let assumed_dwell_minutes = *assumed_dwell_minutes;
        let begins = received.first().is_none_or(|run| run.row == 0);
        let ordered = received.windows(2).all(|runs| runs[0].row < runs[1].row && runs[0].received < runs[1].received);
        if !begins || !ordered || received.last().is_some_and(|run| run.row >= rows) {
            return Ok(Some(Problem::Received { position: vouched.position }));
        }
        let (mut found_rows, mut found_times) = (0, None);
        for group in self.open_rows::<R>(batch, digest)? {
            let group = group?;
            found_rows += group.len() as u64;
            for row in &group {
                row.check().map_err(|problem| StoreError::Format {
                    path: self.store.path(&file_name(R::KIND, batch)),
                    problem: problem.to_owned(),
                })?;
            }
            rows::widen(&mut found_times, &group, assumed_dwell_minutes);
        }
        let found_span = rows::to_span(found_times);
        let fits = found_rows == rows && found_span == span;
        Ok((!fits).then_some(Problem::Batch { position: vouched.position, rows, found_rows, span, found_span }))
    }
}
