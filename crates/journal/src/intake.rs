//! The intake log: visits that were acknowledged and are not yet in a batch.
//!
//! A message is the unit of acknowledgement. It is one entry of the log until it is sealed, together with
//! others, into a batch whose rows bear its number. A message whose key is known with other content corrects
//! the earlier one: its entry is replaced while it is in the log, and its rows are withdrawn by a fact once
//! they are sealed.

use std::collections::{BTreeMap, BTreeSet};

use facts::{
    ActorId, BatchId, Body, Channel, Draft, FactId, Hex, PersonId, Purpose, Run, Source, Timestamp, UnitId, VisitRow,
};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::batch::{NewBatch, off_the_reactor};
use crate::error::{JournalError, StoreError};
use crate::journal::{Journal, Outcome, Recorded};
use crate::rows::{ReceivedVisit, Rows, place_in_batch};
use crate::store::Staged;
use crate::writer::{Head, READ_HEAD, Writer};
use database::{at, in_statements};

/// The number of an entry of the intake log; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntakeId(pub u64);

/// Visits that come together and are acknowledged together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What was sent. None takes back what the key said before.
    pub visits: Vec<VisitRow>,
    /// Who sent it.
    pub source: Source,
    /// How long a stay without an end is assumed to last, in minutes.
    pub assumed_dwell_minutes: Option<u32>,
    /// The id of the fact that withdraws what the key said before, where that is sealed by now.
    pub withdrawal: FactId,
}

impl Message {
    /// The first visit that cannot be taken in, and why.
    pub fn check(&self) -> Result<(), JournalError> {
        let dwell = self.assumed_dwell_minutes;
        Rows::Visits(&self.visits).check(dwell).map_err(|(row, problem)| JournalError::Row { row, problem })
    }
}

/// A message that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenIn {
    /// Its number; that of the first one when it was sent again.
    pub id: IntakeId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was taken in.
    New,
    /// It had been taken in before.
    Known,
    /// It was taken in, in place of what the same key had said.
    Corrects {
        /// How many visits that had been.
        visits: u64,
    },
}

/// An entry of the intake log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Its number.
    pub id: IntakeId,
    /// When it was received.
    pub received: Timestamp,
    /// Who sent it.
    pub source: Source,
    /// How long a stay without an end is assumed to last, in minutes.
    pub assumed_dwell_minutes: Option<u32>,
    /// What was sent.
    pub visits: Vec<VisitRow>,
}

impl Intake {
    /// Since when its visits count as known: the minute in which they were received, before and after sealing.
    pub fn known(&self) -> Timestamp {
        minute_of(self.received)
    }
}

/// The minute that a time is in, by its beginning.
fn minute_of(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second().div_euclid(60) * 60).unwrap_or(time)
}

/// How far facts and intake have come: whoever has seen this much has missed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// How many facts there are.
    pub size: u64,
    /// The last number given in the intake log.
    pub intake: u64,
    /// How many entries were taken out of the intake log.
    pub removed: u64,
}

/// The intake log at one moment.
pub struct Log {
    /// The moment.
    pub standing: Standing,
    /// The entries that are in it.
    pub entries: BTreeSet<u64>,
    /// Those of them that were asked for, in the order of arrival.
    pub read: Vec<Intake>,
}

/// Entries of the log in a batch file that has no name yet.
pub struct ToSeal {
    entries: u64,
    last: u64,
    rows: Vec<ReceivedVisit>,
    received: Vec<Run>,
    assumed_dwell_minutes: Option<u32>,
    staged: Staged,
}

impl ToSeal {
    /// How many visits they hold.
    pub fn visits(&self) -> u64 {
        self.rows.len() as u64
    }
}

/// Bytes of one visit in the log.
const ROW_BYTES: usize = 36;
/// What stands for an end that was not recorded.
const NO_END: i64 = i64::MIN;
/// What stands for a seat row that was not recorded.
const NO_SEAT_ROW: i32 = -1;
/// What stands for an assumed dwell that was not given.
const NO_DWELL: i64 = -1;
/// Bytes of visits that are handed to the database together.
const STATEMENT_BYTES: usize = 4 << 20;

/// Visits as fixed-width rows, little-endian.
fn encode(visits: &[VisitRow]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(visits.len() * ROW_BYTES);
    for visit in visits {
        let mut row = [0; ROW_BYTES];
        row[..8].copy_from_slice(&visit.person.number().to_le_bytes());
        row[8..16].copy_from_slice(&visit.unit.number().to_le_bytes());
        row[16..24].copy_from_slice(&visit.start.as_microsecond().to_le_bytes());
        row[24..32].copy_from_slice(&visit.end.map_or(NO_END, Timestamp::as_microsecond).to_le_bytes());
        row[32..].copy_from_slice(&visit.seat_row.map_or(NO_SEAT_ROW, i32::from).to_le_bytes());
        bytes.extend_from_slice(&row);
    }
    bytes
}

/// The visits of [`encode`]; none when the bytes are anything else.
fn decode(bytes: &[u8]) -> Option<Vec<VisitRow>> {
    let (rows, rest) = bytes.as_chunks::<ROW_BYTES>();
    let word = |row: &[u8; ROW_BYTES], at: usize| row[at..].first_chunk().copied();
    let visit = |row: &[u8; ROW_BYTES]| {
        let time = |at| word(row, at).map(i64::from_le_bytes);
        let end = match time(24)? {
            NO_END => None,
            microseconds => Some(Timestamp::from_microsecond(microseconds).ok()?),
        };
        let seat_row = match row.last_chunk().copied().map(i32::from_le_bytes)? {
            NO_SEAT_ROW => None,
            number => Some(u16::try_from(number).ok()?),
        };
        Some(VisitRow {
            person: PersonId::new(word(row, 0).map(u64::from_le_bytes)?),
            unit: UnitId::new(word(row, 8).map(u64::from_le_bytes)?),
            start: Timestamp::from_microsecond(time(16)?).ok()?,
            end,
            seat_row,
        })
    };
    rest.is_empty().then(|| rows.iter().map(visit).collect())?
}

const READ_INTAKE: &str = "SELECT id, received, source, assumed_dwell_minutes, digest, visits FROM intake ORDER BY id";
const READ_INTAKE_FROM: &str =
    "SELECT id, received, source, assumed_dwell_minutes, digest, visits FROM intake WHERE id > $1 ORDER BY id";
/// The entries that share the assumed dwell of the oldest one.
const READ_OLDEST: &str = "SELECT id, received, source, assumed_dwell_minutes, digest, visits FROM intake \
     WHERE COALESCE(assumed_dwell_minutes, -1) = \
     (SELECT COALESCE(assumed_dwell_minutes, -1) FROM intake ORDER BY id LIMIT 1) ORDER BY id";

impl Intake {
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, JournalError> {
        let doing = at("reading the intake log");
        let id: i64 = row.try_get(0).map_err(&doing)?;
        let received: &str = row.try_get(1).map_err(&doing)?;
        let source: &str = row.try_get(2).map_err(&doing)?;
        let assumed_dwell_minutes: Option<i64> = row.try_get(3).map_err(&doing)?;
        let digest: &[u8] = row.try_get(4).map_err(&doing)?;
        let visits: &[u8] = row.try_get(5).map_err(&doing)?;
        let id = id.cast_unsigned();
        let changed = |problem| JournalError::Intake { id, problem };
        if Sha256::digest(visits).as_slice() != digest {
            return Err(changed("its visits do not have its digest"));
        }
        Ok(Self {
            id: IntakeId(id),
            received: received.parse().map_err(|_| changed("its time is no time"))?,
            source: serde_json::from_str(source).map_err(|_| changed("its source is no source"))?,
            assumed_dwell_minutes: assumed_dwell_minutes
                .map(|minutes| u32::try_from(minutes).map_err(|_| changed("its assumed dwell is no number of minutes")))
                .transpose()?,
            visits: decode(visits).ok_or_else(|| changed("its visits are no visits"))?,
        })
    }
}

/// What the latest message of a key was.
#[derive(Clone, Copy)]
struct Said {
    intake: u64,
    dwell: Option<i64>,
    digest: Hex<32>,
    visits: u64,
}

/// Entries on their way into the log.
struct NewEntries {
    received: String,
    rows: Vec<NewEntry>,
    bytes: usize,
}

struct NewEntry {
    id: u64,
    source: String,
    dwell: Option<i64>,
    digest: Hex<32>,
    visits: Vec<u8>,
}

impl NewEntries {
    /// Puts what waits into the log.
    async fn flush(&mut self, writer: &mut Writer<'_>) -> Result<(), JournalError> {
        const COLUMNS: usize = 6;
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        for rows in in_statements(&rows) {
            let sql = format!(
                "INSERT INTO intake (id, received, source, assumed_dwell_minutes, digest, visits) VALUES {}",
                writer.placeholders(COLUMNS, rows.len())
            );
            let query = rows.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, row| {
                query
                    .bind(row.id.cast_signed())
                    .bind(self.received.as_str())
                    .bind(row.source.as_str())
                    .bind(row.dwell)
                    .bind(row.digest.0.as_slice())
                    .bind(row.visits.as_slice())
            });
            query.execute(writer.connection()).await.map_err(at("taking visits in"))?;
        }
        Ok(())
    }
}

impl Journal {
    /// Acknowledges messages: all of them are durable once this returns, in one transaction.
    ///
    /// A key with content that it brought before is one message. With other content it corrects: what it said
    /// before counts no longer. A row that no batch may hold refuses the whole call; see [`Message::check`].
    pub async fn take_in(&self, messages: &[Message], received: Timestamp) -> Result<Vec<TakenIn>, JournalError> {
        messages.iter().try_for_each(Message::check)?;
        let encoded: Vec<(Hex<32>, Vec<u8>)> = off_the_reactor(|| {
            let encoded = messages.iter().map(|message| encode(&message.visits));
            encoded.map(|bytes| (Hex(Sha256::digest(&bytes).into()), bytes)).collect()
        });
        let mut writer = Writer::begin(&self.database).await?;
        let keys: BTreeSet<Hex<16>> = messages.iter().filter_map(|message| message.source.key).collect();
        let mut said = said(&mut writer, &keys.into_iter().collect::<Vec<_>>()).await?;
        let mut changed = BTreeMap::new();
        let mut new = NewEntries { received: received.to_string(), rows: Vec::new(), bytes: 0 };
        let mut taken = Vec::with_capacity(messages.len());
        for (message, (digest, bytes)) in messages.iter().zip(encoded) {
            let dwell = message.assumed_dwell_minutes.map(i64::from);
            let before = message.source.key.and_then(|key| said.get(&key).copied());
            if let Some(known) = before.filter(|before| (before.dwell, before.digest) == (dwell, digest)) {
                taken.push(TakenIn { id: IntakeId(known.intake), fate: Fate::Known });
                continue;
            }
            if let Some(before) = before {
                // What it corrects may be waiting in this very call.
                new.flush(&mut writer).await?;
                take_back(&mut writer, before, message, received).await?;
            }
            writer.head.intake += 1;
            let id = writer.head.intake;
            let fate = before.map_or(Fate::New, |before| Fate::Corrects { visits: before.visits });
            taken.push(TakenIn { id: IntakeId(id), fate });
            if let Some(key) = message.source.key {
                let now = Said { intake: id, dwell, digest, visits: message.visits.len() as u64 };
                said.insert(key, now);
                changed.insert(key, now);
            }
            if message.visits.is_empty() {
                continue;
            }
            new.bytes += bytes.len();
            let source = serde_json::to_string(&message.source).expect("a source has only string keys");
            new.rows.push(NewEntry { id, source, dwell, digest, visits: bytes });
            if new.bytes > STATEMENT_BYTES {
                new.flush(&mut writer).await?;
            }
        }
        new.flush(&mut writer).await?;
        remember(&mut writer, &changed.into_iter().collect::<Vec<_>>()).await?;
        writer.commit().await?;
        Ok(taken)
    }

    /// How far facts and intake have come.
    pub async fn standing(&self) -> Result<Standing, JournalError> {
        let row = sqlx::query(READ_HEAD).fetch_one(self.database.pool()).await.map_err(at("reading the head"))?;
        Ok(Head::from_row(&row)?.standing())
    }

    /// The log at one moment, with every entry after number `seen` read.
    pub async fn log(&self, seen: u64) -> Result<Log, JournalError> {
        let doing = at("reading the intake log");
        let mut snapshot = self.database.snapshot().await?;
        let row = sqlx::query(READ_HEAD).fetch_one(&mut *snapshot).await.map_err(&doing)?;
        let standing = Head::from_row(&row)?.standing();
        let ids = sqlx::query("SELECT id FROM intake").fetch_all(&mut *snapshot).await.map_err(&doing)?;
        let ids: Result<BTreeSet<u64>, _> = ids.iter().map(|row| row.try_get(0).map(i64::cast_unsigned)).collect();
        let rows = sqlx::query(READ_INTAKE_FROM).bind(seen.cast_signed()).fetch_all(&mut *snapshot).await;
        let read: Result<Vec<Intake>, _> = rows.map_err(&doing)?.iter().map(Intake::from_row).collect();
        Ok(Log { standing, entries: ids.map_err(&doing)?, read: read? })
    }

    /// What was taken in and is not yet in a batch, in the order of arrival.
    pub async fn intake(&self) -> Result<Vec<Intake>, JournalError> {
        Ok(self.log(0).await?.read)
    }

    /// How many visits the log holds, and when the oldest entry was received.
    pub async fn waiting(&self) -> Result<(u64, Option<Timestamp>), JournalError> {
        let doing = at("looking how much there is to seal");
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(LENGTH(visits)), 0) AS BIGINT), \
             (SELECT received FROM intake ORDER BY id LIMIT 1) FROM intake",
        )
        .fetch_one(self.database.pool())
        .await
        .map_err(&doing)?;
        let bytes: i64 = row.try_get(0).map_err(&doing)?;
        let oldest: Option<&str> = row.try_get(1).map_err(&doing)?;
        Ok((bytes.cast_unsigned() / ROW_BYTES as u64, oldest.and_then(|received| received.parse().ok())))
    }

    /// Each entry of the log that cannot be read, and how many can.
    pub(crate) async fn check_intake(&self) -> Result<(u64, Vec<JournalError>), JournalError> {
        let (mut entries, mut problems) = (0, Vec::new());
        let mut rows = sqlx::query(READ_INTAKE).fetch(self.database.pool());
        while let Some(row) = rows.try_next().await.map_err(at("reading the intake log"))? {
            match Intake::from_row(&row) {
                Ok(_) => entries += 1,
                Err(problem) => problems.push(problem),
            }
        }
        Ok((entries, problems))
    }

    /// Writes the oldest entries of the log that assume the same dwell into a batch file without a name, until
    /// it has `visits_max`; none when the log is empty. Changes nothing yet: [`Journal::seal`] does.
    pub async fn to_seal(&self, visits_max: u64) -> Result<Option<ToSeal>, JournalError> {
        let (mut entries, mut last, mut assumed_dwell_minutes) = (0, 0, None);
        let mut visits: Vec<(Timestamp, ReceivedVisit)> = Vec::new();
        {
            let mut rows = sqlx::query(READ_OLDEST).fetch(self.database.pool());
            while (visits.len() as u64) < visits_max
                && let Some(row) = rows.try_next().await.map_err(at("reading the intake log"))?
            {
                let entry = Intake::from_row(&row)?;
                (entries, last, assumed_dwell_minutes) = (entries + 1, entry.id.0, entry.assumed_dwell_minutes);
                let (known, message) = (entry.known(), Some(last));
                visits.extend(entry.visits.into_iter().map(|visit| (known, ReceivedVisit { visit, message })));
            }
        }
        if entries == 0 {
            return Ok(None);
        }
        let (rows, received, staged) = off_the_reactor(|| {
            visits.sort_unstable_by_key(|(known, row)| (*known, place_in_batch(&row.visit), row.message));
            let starts = visits.iter().enumerate().filter(|&(at, (known, _))| at == 0 || visits[at - 1].0 != *known);
            let received = starts.map(|(at, (known, _))| Run { row: at as u64, received: *known }).collect();
            let rows: Vec<ReceivedVisit> = visits.into_iter().map(|(_, row)| row).collect();
            let staged = self.store.stage(|to| Rows::Received(&rows).write(to))?;
            Ok::<_, StoreError>((rows, received, staged))
        })?;
        Ok(Some(ToSeal { entries, last, rows, received, assumed_dwell_minutes, staged }))
    }

    /// Gives the batch its name, journals it and takes its entries out of the log, in one transaction: a crash
    /// at any moment leaves either the entries or the batch. None, and nothing done, when the entries are no
    /// longer those that were written: another process sealed some, or a source corrected one.
    pub async fn seal(
        &self,
        to_seal: ToSeal,
        batch: BatchId,
        fact: FactId,
        actor: ActorId,
        recorded: Timestamp,
    ) -> Result<Option<Recorded>, JournalError> {
        let ToSeal { entries, last, rows, received, assumed_dwell_minutes, staged } = to_seal;
        let dwell = assumed_dwell_minutes.map_or(NO_DWELL, i64::from);
        let mut writer = Writer::begin(&self.database).await?;
        let sealed = sqlx::query("DELETE FROM intake WHERE id <= $1 AND COALESCE(assumed_dwell_minutes, -1) = $2")
            .bind(last.cast_signed())
            .bind(dwell)
            .execute(writer.connection())
            .await
            .map_err(at("emptying the intake log"))?;
        if sealed.rows_affected() != entries {
            return Ok(None);
        }
        writer.head.intake_removed += entries;
        sqlx::query("INSERT INTO sealed (assumed_dwell_minutes, last, fact) VALUES ($1, $2, $3)")
            .bind(dwell)
            .bind(last.cast_signed())
            .bind(fact.number().cast_signed())
            .execute(writer.connection())
            .await
            .map_err(at("noting what was sealed"))?;
        let source = Source { actor, channel: Channel::Feed, key: None };
        let (purpose, rows) = (Purpose::Import, Rows::Received(&rows));
        let new = NewBatch { batch, fact, rows, source, purpose, assumed_dwell_minutes, received };
        let recorded = self.place(&mut writer, staged, new, recorded).await?;
        writer.commit().await?;
        Ok(Some(recorded))
    }

    /// The visits of a batch that came in one message, each with its row; none once the batch is deleted.
    pub async fn visits_of_message(&self, batch: FactId, message: u64) -> Result<Vec<(u32, VisitRow)>, JournalError> {
        let Some(Body::Batch { batch, .. }) = self.fact(batch).await?.map(|known| known.fact.body().clone()) else {
            return Ok(Vec::new());
        };
        let groups = match self.rows_in_groups::<ReceivedVisit>(batch).await {
            Err(JournalError::Deleted(_)) => return Ok(Vec::new()),
            groups => groups?,
        };
        Ok(off_the_reactor(|| of_message(groups, message))?)
    }
}

/// The rows of one message among those of its batch.
fn of_message(
    groups: impl Iterator<Item = Result<Vec<ReceivedVisit>, StoreError>>,
    message: u64,
) -> Result<Vec<(u32, VisitRow)>, StoreError> {
    let (mut found, mut number) = (Vec::new(), 0);
    for group in groups {
        for row in group? {
            if row.message == Some(message) {
                found.push((number, row.visit));
            }
            number += 1;
        }
    }
    Ok(found)
}

/// What the keys of some sources said last.
async fn said(writer: &mut Writer<'_>, keys: &[Hex<16>]) -> Result<BTreeMap<Hex<16>, Said>, JournalError> {
    let doing = at("looking for the sources' keys");
    let mut said = BTreeMap::new();
    for keys in in_statements(keys) {
        let sql = format!(
            "SELECT source_key, intake, assumed_dwell_minutes, digest, visits FROM taken_in WHERE source_key IN {}",
            writer.placeholders(keys.len(), 1)
        );
        let query = keys.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, key| query.bind(key.0.to_vec()));
        for row in query.fetch_all(writer.connection()).await.map_err(&doing)? {
            let key: &[u8] = row.try_get(0).map_err(&doing)?;
            let digest: &[u8] = row.try_get(3).map_err(&doing)?;
            let number = |column| row.try_get::<i64, _>(column).map(i64::cast_unsigned).map_err(&doing);
            let (intake, visits) = (number(1)?, number(4)?);
            let dwell = row.try_get(2).map_err(&doing)?;
            let changed = JournalError::Intake { id: intake, problem: "what is kept of its key is not what was kept" };
            let (Ok(key), Ok(digest)) = (key.try_into(), digest.try_into()) else { return Err(changed) };
            said.insert(Hex(key), Said { intake, dwell, digest: Hex(digest), visits });
        }
    }
    Ok(said)
}

/// Keeps what keys said last.
async fn remember(writer: &mut Writer<'_>, said: &[(Hex<16>, Said)]) -> Result<(), JournalError> {
    const COLUMNS: usize = 5;
    for said in in_statements(said) {
        let sql = format!(
            "INSERT INTO taken_in (source_key, intake, assumed_dwell_minutes, digest, visits) VALUES {} \
             ON CONFLICT (source_key) DO UPDATE SET intake = excluded.intake, digest = excluded.digest, \
             assumed_dwell_minutes = excluded.assumed_dwell_minutes, visits = excluded.visits",
            writer.placeholders(COLUMNS, said.len())
        );
        let query = said.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, (key, said)| {
            query
                .bind(key.0.as_slice())
                .bind(said.intake.cast_signed())
                .bind(said.dwell)
                .bind(said.digest.0.as_slice())
                .bind(said.visits.cast_signed())
        });
        query.execute(writer.connection()).await.map_err(at("keeping the sources' keys"))?;
    }
    Ok(())
}

/// Takes back what a key said before: out of the log, or by a fact where it is sealed.
async fn take_back(
    writer: &mut Writer<'_>,
    before: Said,
    correction: &Message,
    recorded: Timestamp,
) -> Result<(), JournalError> {
    if before.visits == 0 {
        return Ok(());
    }
    let doing = at("taking back what a source corrected");
    let removed = sqlx::query("DELETE FROM intake WHERE id = $1")
        .bind(before.intake.cast_signed())
        .execute(writer.connection())
        .await
        .map_err(&doing)?;
    writer.head.intake_removed += removed.rows_affected();
    if removed.rows_affected() > 0 {
        return Ok(());
    }
    let batch =
        sqlx::query("SELECT fact FROM sealed WHERE assumed_dwell_minutes = $1 AND last >= $2 ORDER BY last LIMIT 1")
            .bind(before.dwell.unwrap_or(NO_DWELL))
            .bind(before.intake.cast_signed())
            .fetch_optional(writer.connection())
            .await
            .map_err(&doing)?;
    let nowhere = JournalError::Intake { id: before.intake, problem: "it is neither in the log nor in a batch" };
    let batch: i64 = batch.ok_or(nowhere)?.try_get(0).map_err(&doing)?;
    let body = Body::VisitsWithdrawn { of: FactId::new(batch.cast_unsigned()), message: before.intake };
    // Without the key: each correction withdraws another message, and none takes the place of the one before.
    let source = Source { key: None, ..correction.source };
    let draft = Draft { occurred: recorded, source, purpose: Purpose::Import, supersedes: None, body };
    match writer.append(vec![(correction.withdrawal, draft)], recorded).await?.first() {
        Some(Outcome::Appended(_)) => Ok(()),
        // Without a key nothing is unchanged.
        _ => Err(JournalError::IdTaken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_read_back_from_the_log() {
        let visit = |number: i64, end: Option<i64>, seat_row| VisitRow {
            person: PersonId::new(u64::MAX - number.cast_unsigned()),
            unit: UnitId::new(7),
            start: Timestamp::from_microsecond(-number).unwrap(),
            end: end.map(|end| Timestamp::from_microsecond(end).unwrap()),
            seat_row,
        };
        let visits = [visit(1, None, None), visit(2, Some(5), Some(0)), visit(3, None, Some(u16::MAX))];
        let bytes = encode(&visits);
        assert_eq!(decode(&bytes), Some(visits.to_vec()));
        assert_eq!(decode(&bytes[1..]), None);
    }
}
