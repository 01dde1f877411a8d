//! What follows by itself: receipts, answers, withdrawals, escalations; and sending.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use facts::letter::{DoneAt, Sought, Way};
use facts::{Body, DeploymentKey, Disease, LetterFact, Timestamp};
use jiff::SignedDuration;
use letters::{Answer, Book, Correspondence, Part};
use situation::Situation;

use super::SERVER;
use super::taking::is_said_by;
use crate::deployment::Deployment;
use crate::error::ServerError;

/// How often it is looked whether something is to be said or sent, in seconds.
const LOOK_SECONDS: u64 = 1;
/// How often it is looked even when nothing was recorded, in seconds: for what time alone makes overdue.
const LOOK_AGAIN_SECONDS: i64 = 15;

/// Says and sends what is due until the process ends. What fails is tried again at the next look.
pub async fn run(deployment: Arc<Deployment>) {
    let mut looks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Err(error) = deployment.look_at_letters().await {
            tracing::error!(%error, "what is to be said about letters could not be said");
        }
        if let Err(error) = deployment.send_letters().await {
            tracing::error!(%error, "letters could not be sent");
        }
    }
}

impl Deployment {
    /// Writes every part that follows by itself from what is known now, and says how many.
    pub async fn look_at_letters(&self) -> Result<usize, ServerError> {
        let turn = self.letters_turn().await;
        self.release_all(&turn).await?;
        for deployment in self.letters.mailbox.correspondents().await?.into_keys() {
            self.take_waiting(&turn, deployment).await?;
        }
        let now = self.now();
        let seen = self.situation().position();
        let looked = *self.letters.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let recently = |at: Timestamp| now.duration_since(at) < SignedDuration::from_secs(LOOK_AGAIN_SECONDS);
        if looked.is_some_and(|(position, at)| position == seen && recently(at)) {
            return Ok(0);
        }
        let parts = self.due(now);
        for part in &parts {
            self.write_about(&turn, part, SERVER, None).await?;
        }
        let seen = self.situation().position();
        *self.letters.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some((seen, now));
        Ok(parts.len())
    }

    /// The parts that follow by themselves.
    fn due(&self, now: Timestamp) -> Vec<Part> {
        self.book_beside(|book, situation| {
            let is_trusted =
                |letter: &&Correspondence| book.deployment(letter.with).is_some_and(|known| known.revoked.is_none());
            book.letters().filter(is_trusted).flat_map(|letter| due_about(book, situation, letter, now)).collect()
        })
    }
}

/// The parts that follow about one letter.
fn due_about(book: &Book, situation: &Situation, letter: &Correspondence, now: Timestamp) -> Vec<Part> {
    let id = letter.letter;
    let mut parts = Vec::new();
    if letter.way == Way::In
        && letter.received.is_none()
        && let Some(received) = recorded(situation, letter)
    {
        parts.push(Part::Receipt { letter: id, received });
    }
    let answers = book.unsaid(letter, |sought| done_about(situation, sought, &letter.disease, letter.with));
    if !answers.is_empty() {
        parts.push(Part::Answer { letter: id, reconciled: None, answers });
    }
    let people = book.groundless(letter, |sought| is_required(situation, sought, letter));
    if !people.is_empty() {
        parts.push(Part::Withdrawal { letter: id, people });
    }
    parts.extend(book.unescalated(letter, now));
    parts
}

/// When we recorded a letter that came.
fn recorded(situation: &Situation, letter: &Correspondence) -> Option<Timestamp> {
    let fact = letter.parts.iter().find(|part| part.part == "letter")?.fact;
    let fact = situation.world().ledger.get(fact)?;
    matches!(fact.body(), Body::Letter(LetterFact::Received { .. })).then_some(fact.recorded)
}

/// The first of each step that we know of someone, other than from whoever asked.
fn done_about(situation: &Situation, sought: &Sought, disease: &Disease, asker: DeploymentKey) -> Answer {
    let world = situation.world();
    let mut answer = Answer { key: sought.key, steps: Default::default(), deceased: None };
    for fact in world.ledger.about(&world.aliases.all(sought.person)) {
        if fact.occurred() < sought.since || is_said_by(fact, asker) {
            continue;
        }
        let done = DoneAt { recorded: fact.recorded, occurred: fact.occurred() };
        match fact.body() {
            Body::FollowUp { disease: of, step, .. } if of == disease => {
                answer.steps.entry(*step).or_insert(done);
            }
            Body::Death { .. } => {
                answer.deceased.get_or_insert(done);
            }
            _ => {}
        }
    }
    answer
}

/// Whether what someone was asked for still stands, other than by a letter of those whom we asked.
fn is_required(situation: &Situation, sought: &Sought, letter: &Correspondence) -> bool {
    let world = situation.world();
    let Some(known) = situation.derived().people.get(&world.aliases.of(sought.person)) else { return false };
    known.requirements.iter().any(|requirement| {
        let by_them = || {
            let fact = requirement.by_letter.and_then(|by| world.ledger.get(by.fact));
            fact.is_some_and(|fact| is_said_by(fact, letter.with))
        };
        requirement.disease == letter.disease && !by_them()
    })
}
