//! Taking in what came: over the line, or carried as a file.

use std::collections::BTreeMap;

use facts::letter::{Passed, Way};
use facts::{
    Body, Channel, DeploymentKey, Draft, Fact, Hex, Jurisdiction, LetterFact, LetterId, PersonId, PersonKey, Purpose,
    Scope, Source, Timestamp,
};
use letters::{Envelope, Identity, Letter, LettersError, Part, Place, Private, Wanted, place};
use registry::{By, NewPerson, Secret};

use super::mailbox::Opened;
use super::{LettersTurn, actor_of, fact_key};
use crate::deployment::Deployment;
use crate::error::ServerError;

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its part had its turn.
    Taken,
    /// An earlier part is missing.
    Waiting,
    /// It came before.
    Known,
    /// It held nothing but an acknowledgement.
    Acknowledgement,
}

impl Fate {
    /// The name that the interface uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Waiting => "waiting",
            Self::Known => "known",
            Self::Acknowledgement => "acknowledgement",
        }
    }
}

impl Deployment {
    /// Takes an envelope in; what is not refused is durable when this returns.
    pub async fn take_letter(&self, envelope: &Envelope) -> Result<Fate, ServerError> {
        let head = envelope.head;
        let writer = self.trusted(head.from)?;
        let own = self.letters.own().fingerprint();
        let verified = envelope.verify(&writer, own, self.profile().exercise)?;
        let turn = self.letters_turn().await;
        let mailbox = &self.letters.mailbox;
        // It may be old, however it comes, so that it only ever counts up.
        mailbox.acknowledged(head.from, head.taken, false).await?;
        if head.number == 0 {
            return Ok(Fate::Acknowledgement);
        }
        let (taken, digest) = (self.correspondent(head.from).await?.taken, envelope.digest());
        match place(head.number, digest, taken, mailbox.kept(head.from, head.number).await?)? {
            Place::Known => return Ok(Fate::Known),
            Place::Next | Place::Waits => {
                // What cannot be opened is not acknowledged, so that it is sent again.
                verified.open(&self.letters.keys)?;
                mailbox.keep(head.from, head.number, (&envelope.to_text(), digest), self.now()).await?;
            }
        }
        self.take_waiting(&turn, head.from).await?;
        let taken = self.correspondent(head.from).await?.taken;
        Ok(if head.number <= taken { Fate::Taken } else { Fate::Waiting })
    }

    /// Takes in whatever is next of another deployment's parts, one after the other.
    pub(super) async fn take_waiting(&self, turn: &LettersTurn<'_>, from: DeploymentKey) -> Result<(), ServerError> {
        loop {
            let number = self.correspondent(from).await?.taken + 1;
            let Some((text, _)) = self.letters.mailbox.waiting(from, number).await? else { return Ok(()) };
            let opened = self.opened(from, &text);
            let (part, letter, refused) = match opened {
                Ok((part, passed)) => {
                    let name = (Some(part.name()), Some(part.letter()));
                    match self.take_part(turn, &part, passed).await {
                        Ok(()) => (name.0, name.1, None),
                        // Nothing follows, and what comes after it is not kept waiting.
                        Err(ServerError::Letters(refused)) => (name.0, name.1, Some(refused)),
                        Err(failed) => return Err(failed),
                    }
                }
                Err(refused) => (None, None, Some(refused)),
            };
            let problem = refused.as_ref().map(|refused| (refused.code(), refused.to_string()));
            self.letters.mailbox.taken(from, number, Opened { part, letter, problem }).await?;
        }
    }

    /// Opens a text that was verified when it came.
    fn opened(&self, from: DeploymentKey, text: &str) -> Result<(Part, Passed), LettersError> {
        let envelope = Envelope::read(text)?;
        let writer = self.book(|book| book.deployment(from).map(|known| known.keys));
        let writer = writer.ok_or(LettersError::UnknownDeployment(from))?;
        let own = self.letters.own().fingerprint();
        let part = envelope.verify(&writer, own, self.profile().exercise)?.open(&self.letters.keys)?;
        let part = part.ok_or(LettersError::NotAsked)?;
        let (number, written, digest) = (envelope.head.number, envelope.head.written, envelope.digest());
        Ok((part, Passed { with: from, way: Way::In, number, written, digest }))
    }

    /// The letter as its writer wrote it, with what identifies people; none for letters of our own, which are
    /// sealed to others.
    pub async fn letter_inside(&self, letter: LetterId) -> Result<Option<Letter>, ServerError> {
        let Some(with) = self.book(|book| Some(book.letter(letter).filter(|it| it.way == Way::In)?.with)) else {
            return Ok(None);
        };
        let Some(text) = self.letters.mailbox.letter(letter).await? else { return Ok(None) };
        Ok(match self.opened(with, &text)?.0 {
            Part::Letter(inside) => Some(inside),
            _ => None,
        })
    }

    /// Records what follows from a part. Done twice, it records nothing twice.
    async fn take_part(&self, _turn: &LettersTurn<'_>, part: &Part, passed: Passed) -> Result<(), ServerError> {
        let people = match part {
            Part::Letter(letter) => self.register_wanted(letter, passed.with).await?,
            // Only about a letter between the two of us, and only what its writer's side of it can say.
            part => self
                .book(|book| {
                    let of_asked = !matches!(part, Part::Withdrawal { .. } | Part::Escalation { .. });
                    let way = if of_asked { Way::Out } else { Way::In };
                    let letter = book.letter(part.letter()).filter(|it| it.with == passed.with && it.way == way);
                    let people = letter?.people.iter().map(|(key, item)| (*key, item.sought.person));
                    Some(people.collect::<BTreeMap<PersonKey, PersonId>>())
                })
                .ok_or(LettersError::NotAsked)?,
        };
        let fact = part.fact(passed, |key| people.get(&key).copied());
        let mut drafts = Vec::new();
        if let LetterFact::Answered { letter, answers, .. } = &fact {
            let disease = self.book(|book| book.letter(*letter).map(|letter| letter.disease.clone()));
            let disease = disease.ok_or(LettersError::NotAsked)?;
            for answer in answers {
                for (&step, done) in &answer.steps {
                    let body = Body::FollowUp { person: answer.person, disease: disease.clone(), step };
                    drafts.push(said(passed, &format!("{} {step:?}", answer.key), done.occurred, body));
                }
                if let Some(died) = answer.deceased {
                    let body = Body::Death { person: answer.person };
                    drafts.push(said(passed, &format!("{} died", answer.key), died.occurred, body));
                }
            }
        }
        drafts.push(said(passed, "", passed.written, Body::Letter(fact)));
        self.record(drafts).await.map(drop)
    }

    /// Gives everyone of a letter the pseudonym that they have here: the one of an earlier letter, of the same id
    /// number, or a new one.
    async fn register_wanted(
        &self,
        letter: &Letter,
        from: DeploymentKey,
    ) -> Result<BTreeMap<PersonKey, PersonId>, ServerError> {
        let own = self.letters.own().fingerprint();
        if letter.via.contains(&own) {
            return Err(LettersError::Circle(own).into());
        }
        // A name that another letter has is no letter's.
        if self.book(|book| book.letter(letter.letter).is_some_and(|known| known.with != from || known.way == Way::Out))
        {
            return Err(LettersError::NotAsked.into());
        }
        let home = self.profile().jurisdiction.ok_or(ServerError::NotFounded)?;
        let scope = Scope { actor: actor_of(from), jurisdiction: home };
        let now = self.now();
        let mut people = BTreeMap::new();
        let mut new: Vec<(PersonKey, NewPerson)> = Vec::new();
        for wanted in &letter.people {
            let known = match self.book(|book| book.person_of(from, wanted.key)) {
                Some(person) => Some(person),
                None => self.resident(&scope, wanted, now).await?,
            };
            match known {
                Some(person) => {
                    people.insert(wanted.key, person);
                }
                None => {
                    let person = NewPerson {
                        person: self.chance.id(),
                        identity: kept(&wanted.identity),
                        jurisdiction: begins_in(wanted, letter, home),
                        external: Some((format!("deployment {from}"), Secret::new(wanted.key.to_string()))),
                    };
                    new.push((wanted.key, person));
                }
            }
        }
        let (keys, new): (Vec<PersonKey>, Vec<NewPerson>) = new.into_iter().unzip();
        let registered = self.registry.register(&scope, Purpose::Locating, new, now).await?;
        people.extend(keys.into_iter().zip(registered.into_iter().map(|registered| registered.person())));
        Ok(people)
    }

    /// Someone of ours with the same id number, if it is one person.
    async fn resident(&self, scope: &Scope, wanted: &Wanted, now: Timestamp) -> Result<Option<PersonId>, ServerError> {
        let Some(number) = &wanted.identity.id_number else { return Ok(None) };
        let by = By::IdNumber(Secret::new(number.0.clone()));
        let found = self.registry.find(scope, Purpose::Locating, by, now).await?;
        let situation = self.situation();
        let mut people: Vec<PersonId> = found.iter().map(|found| situation.world().aliases.of(found.person)).collect();
        people.dedup();
        Ok(people.first().copied().filter(|_| people.len() == 1))
    }
}

/// Where the search begins: where they were seen last, if that is ours, or where the letter is addressed.
fn begins_in(wanted: &Wanted, letter: &Letter, home: Jurisdiction) -> Jurisdiction {
    let last = wanted.last_known.as_ref().and_then(|known| known.jurisdiction);
    [last, Some(letter.to)].into_iter().flatten().find(|&place| home.contains(place)).unwrap_or(home)
}

fn kept(identity: &Identity) -> registry::Identity {
    let secret = |value: &Option<Private>| value.as_ref().map(|value| Secret::new(value.0.clone()));
    registry::Identity {
        name: secret(&identity.name),
        id_number: secret(&identity.id_number),
        phone: secret(&identity.phone),
        address: secret(&identity.address),
    }
}

/// A fact that another deployment says, in a part.
fn said(passed: Passed, more: &str, occurred: Timestamp, body: Body) -> Draft {
    let key: Hex<16> = fact_key(passed.digest, more);
    let source = Source { actor: actor_of(passed.with), channel: Channel::Letter, key: Some(key) };
    Draft { occurred, source, purpose: Purpose::Locating, supersedes: None, body }
}

/// Whether a fact was said by another deployment.
pub(super) fn is_said_by(fact: &Fact, deployment: DeploymentKey) -> bool {
    fact.draft.source.channel == Channel::Letter && fact.draft.source.actor == actor_of(deployment)
}
