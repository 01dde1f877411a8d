//! The intake log: visits that were acknowledged and are not yet in a batch.

use facts::{ActorId, BatchId, Channel, FactId, Hex, PersonId, Purpose, Source, Timestamp, UnitId, VisitRow};
use sha2::{Digest, Sha256};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::batch::NewBatch;
use crate::error::JournalError;
use crate::journal::{Journal, Recorded};
use crate::rows::Rows;
use crate::writer::Writer;
use database::at;

/// The number of an entry of the intake log; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntakeId(pub u64);

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

/// Bytes of one visit in the log.
const ROW_BYTES: usize = 36;
/// What stands for an end that was not recorded.
const NO_END: i64 = i64::MIN;
/// What stands for a seat row that was not recorded.
const NO_SEAT_ROW: i32 = -1;

/// Visits as fixed-width rows, little-endian.
fn encode(visits: &[VisitRow]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(visits.len() * ROW_BYTES);
    for visit in visits {
        bytes.extend(visit.person.number().to_le_bytes());
        bytes.extend(visit.unit.number().to_le_bytes());
        bytes.extend(visit.start.as_microsecond().to_le_bytes());
        bytes.extend(visit.end.map_or(NO_END, Timestamp::as_microsecond).to_le_bytes());
        bytes.extend(visit.seat_row.map_or(NO_SEAT_ROW, i32::from).to_le_bytes());
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

impl Journal {
    /// Acknowledges visits: durable once this returns. The same source's key twice is one entry.
    pub async fn take_in(
        &self,
        visits: &[VisitRow],
        source: Source,
        assumed_dwell_minutes: Option<u32>,
        received: Timestamp,
    ) -> Result<IntakeId, JournalError> {
        Rows::Visits(visits).check().map_err(|(row, problem)| JournalError::Row { row, problem })?;
        let bytes = encode(visits);
        let digest = Hex(Sha256::digest(&bytes).into());
        let dwell = assumed_dwell_minutes.map(i64::from);
        let mut writer = Writer::begin(&self.database).await?;
        if let Some(key) = source.key
            && let Some(known) = taken_in(&mut writer, key, digest, dwell).await?
        {
            return Ok(known);
        }
        writer.head.intake += 1;
        let id = writer.head.intake;
        let doing = at("taking visits in");
        let sql = "INSERT INTO intake (id, received, source, assumed_dwell_minutes, digest, visits) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(sql)
            .bind(id.cast_signed())
            .bind(received.to_string())
            .bind(serde_json::to_string(&source).expect("a source has only string keys"))
            .bind(dwell)
            .bind(digest.0.to_vec())
            .bind(bytes)
            .execute(writer.connection())
            .await
            .map_err(&doing)?;
        if let Some(key) = source.key {
            let sql =
                "INSERT INTO taken_in (source_key, intake, assumed_dwell_minutes, digest) VALUES ($1, $2, $3, $4)";
            sqlx::query(sql)
                .bind(key.0.to_vec())
                .bind(id.cast_signed())
                .bind(dwell)
                .bind(digest.0.to_vec())
                .execute(writer.connection())
                .await
                .map_err(&doing)?;
        }
        writer.commit().await?;
        Ok(IntakeId(id))
    }

    /// What was taken in and is not yet in a batch, in the order of arrival.
    pub async fn intake(&self) -> Result<Vec<Intake>, JournalError> {
        let rows =
            sqlx::query(READ_INTAKE).fetch_all(self.database.pool()).await.map_err(at("reading the intake log"))?;
        rows.iter().map(Intake::from_row).collect()
    }

    /// Each entry of the log that cannot be read, and how many can.
    pub(crate) async fn check_intake(&self) -> Result<(u64, Vec<JournalError>), JournalError> {
        let rows =
            sqlx::query(READ_INTAKE).fetch_all(self.database.pool()).await.map_err(at("reading the intake log"))?;
        let problems: Vec<JournalError> = rows.iter().filter_map(|row| Intake::from_row(row).err()).collect();
        Ok((rows.len() as u64 - problems.len() as u64, problems))
    }

    /// Puts the oldest entries of the log that assume the same dwell into one batch; none when the log is empty.
    ///
    /// Call again until there are none. A crash at any moment leaves either the entries or the batch.
    pub async fn seal(
        &self,
        batch: BatchId,
        fact: FactId,
        actor: ActorId,
        recorded: Timestamp,
    ) -> Result<Option<Recorded>, JournalError> {
        loop {
            let mut entries = self.intake().await?;
            let Some(assumed_dwell_minutes) = entries.first().map(|entry| entry.assumed_dwell_minutes) else {
                return Ok(None);
            };
            entries.retain(|entry| entry.assumed_dwell_minutes == assumed_dwell_minutes);
            let last = entries.last().map_or(0, |entry| entry.id.0);
            let visits: Vec<VisitRow> = entries.iter().flat_map(|entry| entry.visits.iter().copied()).collect();
            let staged = self.stage(Rows::Visits(&visits))?;
            let mut writer = Writer::begin(&self.database).await?;
            let sealed = sqlx::query("DELETE FROM intake WHERE id <= $1 AND COALESCE(assumed_dwell_minutes, -1) = $2")
                .bind(last.cast_signed())
                .bind(assumed_dwell_minutes.map_or(-1, i64::from))
                .execute(writer.connection())
                .await
                .map_err(at("emptying the intake log"))?;
            if sealed.rows_affected() != entries.len() as u64 {
                // Another process sealed some of them first: look again.
                continue;
            }
            let source = Source { actor, channel: Channel::Feed, key: None };
            let purpose = Purpose::Import;
            let new = NewBatch { batch, fact, rows: Rows::Visits(&visits), source, purpose, assumed_dwell_minutes };
            let recorded = self.place(&mut writer, staged, new, recorded).await?;
            writer.commit().await?;
            return Ok(Some(recorded));
        }
    }
}

/// The entry that a key already stands for.
async fn taken_in(
    writer: &mut Writer<'_>,
    key: Hex<16>,
    digest: Hex<32>,
    dwell: Option<i64>,
) -> Result<Option<IntakeId>, JournalError> {
    let doing = at("looking for the source's key");
    let row = sqlx::query("SELECT intake, assumed_dwell_minutes, digest FROM taken_in WHERE source_key = $1")
        .bind(key.0.to_vec())
        .fetch_optional(writer.connection())
        .await
        .map_err(&doing)?;
    let Some(row) = row else { return Ok(None) };
    let intake: i64 = row.try_get(0).map_err(&doing)?;
    let known: (Option<i64>, &[u8]) = (row.try_get(1).map_err(&doing)?, row.try_get(2).map_err(&doing)?);
    if known != (dwell, digest.0.as_slice()) {
        return Err(JournalError::KeyReused);
    }
    Ok(Some(IntakeId(intake.cast_unsigned())))
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
