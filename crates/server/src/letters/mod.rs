//! Letters between this deployment and others: written, sent, taken in, answered.
//!
//! A part that we write is kept with its facts, its facts are recorded, and then it goes out, over and over until
//! it is acknowledged. A part that comes is checked, kept, acknowledged, and taken in when its turn comes. Each of
//! these steps can be cut short and done again. What both sides know follows from the facts alone: [`letters::Book`].

pub mod composing;
pub mod looking;
pub mod mailbox;
pub mod sending;
pub mod taking;

use std::collections::BTreeMap;
use std::sync::{Mutex as Lock, PoisonError};

use facts::letter::{Passed, Way};
use facts::{
    ActorId, Body, Channel, DeploymentKey, Draft, Hex, LetterFact, LetterId, PersonId, PersonKey, Purpose, Source,
    Timestamp,
};
use letters::{Book, Card, Envelope, Head, Keys, LettersError, Part, PublicKeys};
use situation::Situation;
use tokio::sync::{Mutex, MutexGuard};

use crate::deployment::Deployment;
use crate::error::ServerError;
use mailbox::{Correspondent, Mailbox, NewOutgoing};

/// Who writes what follows by itself: receipts, answers, withdrawals, escalations.
const SERVER: ActorId = ActorId::new(0);

/// What a deployment needs to correspond with others.
pub struct Letters {
    pub(crate) keys: Keys,
    /// The parts on their way.
    pub mailbox: Mailbox,
    book: Lock<Kept>,
    /// One part is written or taken in at a time.
    turn: Mutex<()>,
    /// One task sends at a time.
    sending: Mutex<()>,
    /// What was last looked at: the position of the journal, and when.
    looked: Lock<Option<(u64, Timestamp)>>,
    client: reqwest::Client,
}

/// The book, and how many of the facts about letters are in it.
#[derive(Default)]
struct Kept {
    facts: usize,
    book: Book,
}

/// The right to write or take in parts. [`Deployment::letters_turn`] gives it.
pub struct LettersTurn<'a> {
    _held: MutexGuard<'a, ()>,
}

impl Letters {
    /// Opens the mailbox at a URL, for keys that are derived from the deployment's own.
    pub async fn open(url: &str, keys: &registry::Keys) -> Result<Self, ServerError> {
        Ok(Self {
            keys: Keys::from_seeds(&keys.derived("signing letters"), &keys.derived("sealing letters")),
            mailbox: Mailbox::open(url).await?,
            book: Lock::default(),
            turn: Mutex::default(),
            sending: Mutex::default(),
            looked: Lock::default(),
            client: sending::client()?,
        })
    }

    /// The public keys of this deployment.
    pub fn own(&self) -> PublicKeys {
        self.keys.public()
    }
}

/// Who a deployment is in facts.
pub fn actor_of(deployment: DeploymentKey) -> ActorId {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&deployment.0[..8]);
    ActorId::new(u64::from_be_bytes(bytes))
}

/// A key for a fact that follows from a part, so that it is recorded once however often that is tried.
fn fact_key(digest: Hex<32>, more: &str) -> Hex<16> {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new().chain_update(digest.0).chain_update(more.as_bytes()).finalize();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Hex(key)
}

impl Deployment {
    /// Waits for the right to write or take in parts.
    pub async fn letters_turn(&self) -> LettersTurn<'_> {
        LettersTurn { _held: self.letters.turn.lock().await }
    }

    /// Asks the book of letters, which has every fact that is derived.
    pub fn book<T>(&self, ask: impl FnOnce(&Book) -> T) -> T {
        self.book_beside(|book, _| ask(book))
    }

    /// Asks the book of letters and the situation, both as of the same fact.
    pub fn book_beside<T>(&self, ask: impl FnOnce(&Book, &Situation) -> T) -> T {
        let situation = self.situation();
        let world = situation.world();
        let mut kept = self.letters.book.lock().unwrap_or_else(PoisonError::into_inner);
        for &id in world.letters.get(kept.facts..).unwrap_or_default() {
            if let Some(fact) = world.ledger.get(id) {
                kept.book.apply(fact);
            }
        }
        kept.facts = world.letters.len();
        ask(&kept.book, &situation)
    }

    /// The card of this deployment, with the address under which others reach it.
    pub fn card(&self, address: Option<&str>) -> Result<String, ServerError> {
        let profile = self.profile();
        let jurisdiction = profile.jurisdiction.ok_or(ServerError::NotFounded)?;
        let card = Card {
            name_zh: profile.name.zh,
            name_en: profile.name.en,
            jurisdiction,
            keys: self.letters.own(),
            exercise: profile.exercise,
            address: address.map(str::to_owned),
        };
        Ok(card.write(&self.letters.keys))
    }

    /// Trusts another deployment, whose fingerprint somebody compared.
    pub async fn trust(&self, card: &Card, address: Option<&str>, actor: ActorId) -> Result<(), ServerError> {
        if card.exercise != self.profile().exercise {
            return Err(LettersError::Exercise { exercise: card.exercise }.into());
        }
        let deployment = card.keys.fingerprint();
        let address = address.or(card.address.as_deref());
        self.letters.mailbox.meet(deployment, (&card.name_zh, &card.name_en), address).await?;
        let known = self.book(|book| book.deployment(deployment).cloned());
        if known.is_some_and(|known| known.revoked.is_none() && known.jurisdiction == card.jurisdiction) {
            return Ok(());
        }
        let PublicKeys { signing, sealing } = card.keys;
        let said = LetterFact::Trusted { deployment, signing, sealing, jurisdiction: card.jurisdiction };
        self.decide(said, actor).await
    }

    /// Trusts another deployment no more.
    pub async fn revoke(&self, deployment: DeploymentKey, actor: ActorId) -> Result<(), ServerError> {
        match self.book(|book| book.deployment(deployment).map(|known| known.revoked.is_some())) {
            None => Err(LettersError::UnknownDeployment(deployment).into()),
            Some(true) => Ok(()),
            Some(false) => self.decide(LetterFact::Revoked { deployment }, actor).await,
        }
    }

    async fn decide(&self, said: LetterFact, actor: ActorId) -> Result<(), ServerError> {
        let source = Source { actor, channel: Channel::Entry, key: None };
        let (occurred, body) = (self.now(), Body::Letter(said));
        let draft = Draft { occurred, source, purpose: Purpose::Locating, supersedes: None, body };
        self.record(vec![draft]).await.map(drop)
    }

    /// The keys of a deployment that is trusted now.
    pub(crate) fn trusted(&self, deployment: DeploymentKey) -> Result<PublicKeys, LettersError> {
        self.book(|book| match book.deployment(deployment) {
            None => Err(LettersError::UnknownDeployment(deployment)),
            Some(known) if known.revoked.is_some() => Err(LettersError::Revoked(deployment)),
            Some(known) => Ok(known.keys),
        })
    }

    pub(crate) async fn correspondent(&self, deployment: DeploymentKey) -> Result<Correspondent, ServerError> {
        let known = self.letters.mailbox.correspondent(deployment).await?;
        known.ok_or_else(|| LettersError::UnknownDeployment(deployment).into())
    }

    /// Writes a part: kept with its facts, recorded, and then let out. Whoever calls holds the turn.
    pub(crate) async fn write_part(
        &self,
        _turn: &LettersTurn<'_>,
        with: DeploymentKey,
        part: &Part,
        (actor, request): (ActorId, Option<&str>),
        person: impl Fn(PersonKey) -> Option<PersonId>,
    ) -> Result<(), ServerError> {
        let reader = self.trusted(with)?;
        let correspondent = self.correspondent(with).await?;
        let head = Head {
            from: self.letters.own().fingerprint(),
            to: with,
            number: correspondent.written + 1,
            taken: correspondent.taken,
            written: self.now(),
            exercise: self.profile().exercise,
        };
        let envelope = self.chance.with(|random| Envelope::seal(head, part, &self.letters.keys, &reader, random))?;
        let (digest, content) = (envelope.digest(), envelope.to_text());
        let passed = Passed { with, way: Way::Out, number: head.number, written: head.written, digest };
        let source = Source { actor, channel: Channel::Letter, key: Some(fact_key(digest, "")) };
        let draft = Draft {
            occurred: head.written,
            source,
            purpose: Purpose::Locating,
            supersedes: None,
            body: Body::Letter(part.fact(passed, person)),
        };
        let new = NewOutgoing {
            deployment: with,
            number: head.number,
            part: part.name(),
            letter: part.letter(),
            request,
            content: &content,
            drafts: std::slice::from_ref(&draft),
            written: head.written,
        };
        self.letters.mailbox.add(new).await?;
        self.record(vec![draft]).await?;
        self.letters.mailbox.release(with, head.number).await
    }

    /// Writes a part about a letter that is in the book.
    pub(crate) async fn write_about(
        &self,
        turn: &LettersTurn<'_>,
        part: &Part,
        actor: ActorId,
        request: Option<&str>,
    ) -> Result<(), ServerError> {
        let id: LetterId = part.letter();
        let known = self.book(|book| {
            let letter = book.letter(id)?;
            let people = letter.people.iter().map(|(key, item)| (*key, item.sought.person));
            Some((letter.with, people.collect::<BTreeMap<PersonKey, PersonId>>()))
        });
        let (with, people) = known.ok_or(LettersError::NotAsked)?;
        self.write_part(turn, with, part, (actor, request), |key| people.get(&key).copied()).await
    }

    /// Records what was written before the server stopped, and lets it out.
    async fn release_all(&self, _turn: &LettersTurn<'_>) -> Result<(), ServerError> {
        for (deployment, number, drafts) in self.letters.mailbox.unreleased().await? {
            self.record(drafts).await?;
            self.letters.mailbox.release(deployment, number).await?;
        }
        Ok(())
    }
}
