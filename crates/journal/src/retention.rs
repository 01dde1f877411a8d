//! Deleting batches that were kept for as long as they may be: a receipt first, then the file.

use facts::{ActorId, Body, Channel, Draft, FactId, Hex, Purpose, Source, Timestamp};
use sha2::{Digest, Sha256};

use crate::batch::{file_name, off_the_reactor};
use crate::error::JournalError;
use crate::journal::Journal;
use crate::writer::Writer;

/// The key under which the receipt of a batch's deletion is found. There is one receipt for each batch.
fn receipt_key(batch: FactId) -> Hex<16> {
    let digest = Sha256::digest(format!("deletion of {batch}"));
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Hex(key)
}

impl Journal {
    /// Journals a receipt for each batch, by its fact and the receipt's id, and then removes their files. What is
    /// no batch, or has its receipt, is passed over. A crash in between leaves receipts whose files are still
    /// there, which `verify` names; deleting again ends it.
    pub async fn delete(
        &self,
        batches: &[(FactId, FactId)],
        actor: ActorId,
        kept_days: u32,
        recorded: Timestamp,
    ) -> Result<(), JournalError> {
        let mut drafts = Vec::with_capacity(batches.len());
        let mut files = Vec::with_capacity(batches.len());
        for &(fact, receipt) in batches {
            let Some(known) = self.fact(fact).await? else { continue };
            let &Body::Batch { batch, rows_are, .. } = known.fact.body() else { continue };
            files.push(file_name(rows_are, batch));
            let source = Source { actor, channel: Channel::Feed, key: Some(receipt_key(fact)) };
            let body = Body::Deleted { batch, kept_days };
            let (purpose, supersedes) = (Purpose::Audit, Some(fact));
            drafts.push((receipt, Draft { occurred: recorded, source, purpose, supersedes, body }));
        }
        let mut writer = Writer::begin(&self.database).await?;
        let known = writer.latest(drafts.iter().filter_map(|(_, draft)| draft.source.key).collect()).await?;
        drafts.retain(|(_, draft)| draft.source.key.is_some_and(|key| !known.contains_key(&key)));
        writer.append(drafts, recorded).await?;
        writer.commit().await?;
        off_the_reactor(|| files.iter().try_for_each(|file| self.store.remove(file).map(drop)))?;
        Ok(())
    }

    /// Whether a batch, by its fact, was deleted with a receipt.
    pub async fn deleted(&self, batch: FactId) -> Result<bool, JournalError> {
        let row = sqlx::query("SELECT position FROM facts WHERE source_key = $1")
            .bind(receipt_key(batch).0.to_vec())
            .fetch_optional(self.database.pool())
            .await
            .map_err(database::at("looking for the receipt of a deletion"))?;
        Ok(row.is_some())
    }
}
