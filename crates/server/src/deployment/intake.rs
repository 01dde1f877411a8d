//! The live day: visits acknowledged as they come, traceable at once, sealed later, deleted in the end.
//!
//! Whoever holds the turn to write takes in everything that waits by then, in one transaction; so single
//! messages that come at once cost one commit together.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use facts::{ActorId, BatchKind, Body, FactId, Source, Timestamp, VisitRow};
use jiff::ToSpan;
use journal::{Fate, Intake, Message, Standing, TakenIn};
use situation::Changes;
use tokio::sync::oneshot;

use super::{Deployment, off_the_reactor};
use crate::error::ServerError;

/// Who seals and deletes: the server itself.
const SERVER: ActorId = ActorId::new(0);

/// Visits that were sent together.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The visits; none takes back what the source's key said before.
    pub visits: Vec<VisitRow>,
    /// Who sent them.
    pub source: Source,
    /// How long a stay without an end is assumed to last, in minutes.
    pub assumed_dwell_minutes: Option<u32>,
}

/// What is said of a message once it is durable and traceable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// Its number in the intake log.
    pub intake: u64,
    /// What became of it.
    pub fate: Fate,
    /// People of whom nothing was required before and something is now.
    pub contacts_new: u64,
    /// When it was received.
    pub received: Timestamp,
}

/// Messages that wait for a turn to be taken in, and who waits for the answer.
pub(super) struct Waiting {
    messages: Vec<Message>,
    received: Timestamp,
    answer: oneshot::Sender<Result<Vec<Acknowledged>, ServerError>>,
}

impl Deployment {
    /// Acknowledges messages, in their order: durable and traceable when this returns.
    ///
    /// A row that no batch may hold refuses the call and nothing else. What waits together counts as received when
    /// the last of it was. Callers that may be dropped while they
    /// wait, such as requests, run this as a task of its own: it may be doing the work of others.
    pub async fn take_in(&self, sent: Vec<Sent>, received: Timestamp) -> Result<Vec<Acknowledged>, ServerError> {
        let message = |Sent { visits, source, assumed_dwell_minutes }| Message {
            visits,
            source,
            assumed_dwell_minutes,
            withdrawal: self.chance.id(),
        };
        let messages: Vec<Message> = sent.into_iter().map(message).collect();
        messages.iter().try_for_each(Message::check)?;
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { messages, received, answer });
        tokio::select! {
            biased;
            answer = &mut answered => return answer.unwrap_or(Err(ServerError::CutShort)),
            _turn = self.writing.lock() => self.take_in_waiting().await,
        }
        answered.await.unwrap_or(Err(ServerError::CutShort))
    }

    /// Takes in everything that waits, and answers.
    async fn take_in_waiting(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut messages, mut answers) = (Vec::new(), Vec::new());
        let mut received = Timestamp::MIN;
        for mut waiting in waiting {
            received = received.max(waiting.received);
            answers.push((waiting.messages.len(), waiting.answer));
            messages.append(&mut waiting.messages);
        }
        if messages.is_empty() {
            answers.into_iter().for_each(|(_, answer)| drop(answer.send(Ok(Vec::new()))));
            return;
        }
        // Nobody who stopped waiting is missed: what they sent is durable all the same.
        match self.take_in_together(messages, received).await {
            Ok(acknowledged) => {
                let mut acknowledged = acknowledged.into_iter();
                for (number, answer) in answers {
                    let _ = answer.send(Ok(acknowledged.by_ref().take(number).collect()));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for (_, answer) in answers {
                    let _ = answer.send(Err(ServerError::TogetherWithOthers(error.clone())));
                }
            }
        }
    }

    async fn take_in_together(
        &self,
        messages: Vec<Message>,
        received: Timestamp,
    ) -> Result<Vec<Acknowledged>, ServerError> {
        let taken = self.journal.take_in(&messages, received).await?;
        let entry = |(message, taken): (Message, &TakenIn)| {
            let Message { visits, source, assumed_dwell_minutes, .. } = message;
            Intake { id: taken.id, received, source, assumed_dwell_minutes, visits }
        };
        let new = messages.into_iter().zip(&taken).filter(|(_, taken)| taken.fate != Fate::Known);
        let own = new.map(entry).filter(|entry| !entry.visits.is_empty()).collect();
        let caught_up = self.catch_up_with(own).await?;
        let contacts_new = |taken: &TakenIn| caught_up.contacts_new.get(&taken.id.0).copied().unwrap_or_default();
        let acknowledged = taken.iter().map(|taken| Acknowledged {
            intake: taken.id.0,
            fate: taken.fate,
            contacts_new: contacts_new(taken),
            received,
        });
        Ok(acknowledged.collect())
    }

    /// Puts up to so many of the oldest visits of the intake log into a batch; how many they were. None left,
    /// or none that stayed the same while they were written, is zero.
    pub async fn seal(&self, visits_max: u64) -> Result<u64, ServerError> {
        // The file is written before the turn is taken, so that nobody waits for it.
        let Some(to_seal) = self.journal.to_seal(visits_max).await? else { return Ok(0) };
        let visits = to_seal.visits();
        let _turn = self.writing.lock().await;
        let (batch, fact) = (self.chance.id(), self.chance.id());
        let sealed = self.journal.seal(to_seal, batch, fact, SERVER, self.now()).await?;
        self.catch_up().await?;
        Ok(if sealed.is_some() { visits } else { 0 })
    }

    /// Deletes batches of visits that were kept for so many days since they ended, or since they were recorded
    /// where that was later; how many. Each leaves its receipt in the journal. A batch that reaches over the
    /// limit is kept until it is wholly past it.
    pub async fn delete_older_than(&self, days: u32) -> Result<usize, ServerError> {
        let now = self.now();
        let limit = now.checked_sub((i64::from(days) * 24).hours()).unwrap_or(Timestamp::MIN);
        let (expired, with_receipt): (Vec<FactId>, Vec<FactId>) = {
            let situation = self.situation();
            let ledger = &situation.world().ledger;
            let expired = ledger.all().filter(|fact| match fact.body() {
                Body::Batch { rows_are: BatchKind::Visits, span, .. } => {
                    let ended = span.map_or(fact.recorded, |span| span.end().max(fact.recorded));
                    ended < limit && ledger.stands(fact.id)
                }
                _ => false,
            });
            // A crash may have left the file of a batch that has its receipt.
            let receipts = ledger.all().filter(|fact| matches!(fact.body(), Body::Deleted { .. }));
            let with_receipt = receipts.filter_map(|fact| fact.draft.supersedes).collect();
            (expired.map(|fact| fact.id).collect(), with_receipt)
        };
        let batches: Vec<(FactId, FactId)> =
            expired.iter().chain(&with_receipt).map(|&fact| (fact, self.chance.id())).collect();
        let _turn = self.writing.lock().await;
        self.journal.delete(&batches, SERVER, days, now).await?;
        self.catch_up().await?;
        off_the_reactor(|| self.situation.write().unwrap_or_else(PoisonError::into_inner).purge_visits());
        self.save_index().await?;
        Ok(expired.len())
    }

    /// How much the intake log holds that was not sealed yet, and since when.
    pub async fn waiting_to_be_sealed(&self) -> Result<(u64, Option<Timestamp>), ServerError> {
        Ok(self.journal.waiting().await?)
    }

    /// How far the journal was taken in.
    pub(super) fn seen(&self) -> Standing {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What catching up with the journal came to.
#[derive(Default)]
pub(super) struct CaughtUp {
    /// What each new fact changed.
    pub(super) facts: Vec<Changes>,
    /// By entry of the intake log: people of whom nothing was required before and something is now.
    pub(super) contacts_new: BTreeMap<u64, u64>,
}

/// How many people something is newly required of.
pub(super) fn newly_required(changes: &Changes) -> u64 {
    let required = |known: &Option<Arc<situation::PersonSituation>>| {
        known.as_ref().is_some_and(|known| !known.requirements.is_empty())
    };
    changes.people.iter().filter(|change| !required(&change.before) && required(&change.after)).count() as u64
}
