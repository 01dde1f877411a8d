//! The book of letters: who is sought between whom, and how it stands, made of facts.
//!
//! A person's standing depends on the parts of each side in the order of that side, and not on how the two
//! sides' parts crossed; so both books say the same once both sides have every part. Letters about one person
//! and disease between the same two deployments, in whichever direction, are one search: what is done for one
//! is done for all.

use std::collections::{BTreeMap, BTreeSet};

use facts::letter::{DoneAt, Passed, Sought, Stage, StageHours, Way};
use facts::{
    Body, DeploymentKey, Disease, Fact, FactId, Hex, Jurisdiction, LetterFact, LetterId, PersonId, PersonKey, Step,
    Timestamp,
};

use crate::clocks::{Ledger, Rung};
use crate::keys::PublicKeys;
use crate::part::{Answer, Part};

/// Another deployment, as somebody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Its keys.
    pub keys: PublicKeys,
    /// The jurisdiction that it serves.
    pub jurisdiction: Jurisdiction,
    /// Since when it is trusted.
    pub since: Timestamp,
    /// When that was taken back.
    pub revoked: Option<Timestamp>,
}

/// A letter and what was said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondence {
    /// The letter.
    pub letter: LetterId,
    /// The other deployment.
    pub with: DeploymentKey,
    /// Who asked: we, when it went out.
    pub way: Way,
    /// Because of which disease.
    pub disease: Disease,
    /// Who asks.
    pub from: Jurisdiction,
    /// Who is asked.
    pub to: Jurisdiction,
    /// By when.
    pub hours: StageHours,
    /// The letter that it hands on.
    pub origin: Option<LetterId>,
    /// Who had it before its writer.
    pub via: Vec<DeploymentKey>,
    /// When it was written.
    pub written: Timestamp,
    /// SHA-256 of its text.
    pub digest: Hex<32>,
    /// When whoever was asked received it; absent until they say so.
    pub received: Option<Timestamp>,
    /// How many people whoever was asked counts on the list.
    pub reconciled: Option<u32>,
    /// Whom it is about.
    pub people: BTreeMap<PersonKey, Item>,
    /// What was said to be overdue, and when: stage and levels.
    pub escalated: BTreeMap<(Stage, u8), Timestamp>,
    /// Every part, in the order in which this side recorded them.
    pub parts: Vec<Passing>,
}

/// A part that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passing {
    /// The part.
    pub passed: Passed,
    /// What it was.
    pub part: &'static str,
    /// How many people it was about.
    pub people: usize,
    /// When this side recorded it.
    pub recorded: Timestamp,
    /// The fact.
    pub fact: FactId,
}

/// Someone of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Who, and why.
    pub sought: Sought,
    /// When whoever asked took it back.
    pub withdrawn: Option<Timestamp>,
    /// When whoever was asked sent them back, and where they were seen last.
    pub sent_back: Option<(Timestamp, Option<Jurisdiction>, Option<Timestamp>)>,
    /// When whoever was asked asked another, and whom.
    pub handed_on: Option<(Timestamp, DeploymentKey, Jurisdiction)>,
}

/// Everything that was said about one person and disease between us and one other deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Search {
    asked_in: BTreeSet<(LetterId, Way)>,
    steps: BTreeMap<Step, BTreeSet<DoneAt>>,
    deceased: BTreeSet<DoneAt>,
}

type SearchKey = (DeploymentKey, PersonKey, Disease);

/// Where someone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nobody has found them yet.
    ToFind,
    /// Whoever was asked has asked another.
    HandedOn,
    /// They are located.
    Located,
    /// They are under control.
    Isolated,
    /// Not here; it is for whoever asked to say where next.
    SentBack,
    /// All is clear and answered.
    Closed,
    /// Taken back by whoever asked.
    Withdrawn,
}

/// How someone of a letter stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// In a word.
    pub state: State,
    /// The first of each step that counts.
    pub steps: BTreeMap<Step, DoneAt>,
    /// That they died.
    pub deceased: Option<DoneAt>,
    /// When nothing was left to be done without it being done: withdrawn or sent back.
    pub ended: Option<Timestamp>,
    /// Whether both sides wrote about them.
    pub crossing: bool,
}

impl Standing {
    /// When a stage was done, by the clock of whoever did it.
    pub fn done(&self, stage: Stage) -> Option<Timestamp> {
        let step = |step: Step| self.steps.get(&step).map(|done| done.recorded);
        let by_steps = match stage {
            // Whoever is under control is located.
            Stage::Locate => step(Step::Location).into_iter().chain(step(Step::Control)).min(),
            Stage::Isolate => step(Step::Control),
            Stage::Close => {
                let clear = [Step::Identity, Step::Location, Step::Control].map(step);
                clear.into_iter().collect::<Option<Vec<_>>>().and_then(|clear| clear.into_iter().max())
            }
        };
        by_steps.or(self.deceased.map(|died| died.recorded))
    }

    /// Whether a stage is still to be done.
    pub fn is_open(&self, stage: Stage) -> bool {
        self.ended.is_none() && self.done(stage).is_none()
    }
}

impl Correspondence {
    /// Who of us wrote it, or was asked.
    pub fn ours(&self) -> Jurisdiction {
        match self.way {
            Way::Out => self.from,
            Way::In => self.to,
        }
    }
}

/// The book of one deployment.
#[derive(Debug, Clone, Default)]
pub struct Book {
    trusted: BTreeMap<DeploymentKey, Trust>,
    letters: BTreeMap<LetterId, Correspondence>,
    searches: BTreeMap<SearchKey, Search>,
    /// What people are called between us and others.
    keys: BTreeMap<(DeploymentKey, PersonId), PersonKey>,
}

impl Book {
    /// Takes in one more fact; facts about other things change nothing.
    pub fn apply(&mut self, fact: &Fact) {
        let Body::Letter(said) = fact.body() else { return };
        match said {
            LetterFact::Trusted { deployment, signing, sealing, jurisdiction } => {
                let keys = PublicKeys { signing: *signing, sealing: *sealing };
                let trust = Trust { keys, jurisdiction: *jurisdiction, since: fact.recorded, revoked: None };
                self.trusted.insert(*deployment, trust);
            }
            LetterFact::Revoked { deployment } => {
                if let Some(trust) = self.trusted.get_mut(deployment) {
                    trust.revoked.get_or_insert(fact.recorded);
                }
            }
            LetterFact::Sent { passed, asked } | LetterFact::Received { passed, asked } => {
                let with = passed.with;
                let item = |sought: &Sought| Item {
                    sought: sought.clone(),
                    withdrawn: None,
                    sent_back: None,
                    handed_on: None,
                };
                for sought in &asked.people {
                    self.keys.insert((with, sought.person), sought.key);
                    let search = self.searches.entry((with, sought.key, asked.disease.clone())).or_default();
                    search.asked_in.insert((asked.letter, passed.way));
                }
                self.letters.entry(asked.letter).or_insert_with(|| Correspondence {
                    letter: asked.letter,
                    with,
                    way: passed.way,
                    disease: asked.disease.clone(),
                    from: asked.from,
                    to: asked.to,
                    hours: asked.hours,
                    origin: asked.origin,
                    via: asked.via.clone(),
                    written: passed.written,
                    digest: passed.digest,
                    received: None,
                    reconciled: None,
                    people: asked.people.iter().map(|sought| (sought.key, item(sought))).collect(),
                    escalated: BTreeMap::new(),
                    parts: Vec::new(),
                });
            }
            LetterFact::Acknowledged { received, letter, .. } => {
                if let Some(letter) = self.letters.get_mut(letter) {
                    letter.received.get_or_insert(*received);
                }
            }
            LetterFact::Answered { letter, reconciled, answers, .. } => {
                let Some(letter) = self.letters.get_mut(letter) else { return };
                letter.reconciled = reconciled.or(letter.reconciled);
                for answer in answers {
                    let key = (letter.with, answer.key, letter.disease.clone());
                    let search = self.searches.entry(key).or_default();
                    for (step, done) in &answer.steps {
                        search.steps.entry(*step).or_default().insert(*done);
                    }
                    search.deceased.extend(answer.deceased);
                }
            }
            LetterFact::HandedOn { passed, letter, people, deployment, to } => {
                let letter = self.letters.get_mut(letter);
                for item in letter.into_iter().flat_map(|letter| items(letter, people.iter().map(|named| named.key))) {
                    item.handed_on = Some((passed.written, *deployment, *to));
                }
            }
            LetterFact::SentBack { passed, letter, people } => {
                let Some(letter) = self.letters.get_mut(letter) else { return };
                for back in people {
                    if let Some(item) = letter.people.get_mut(&back.key) {
                        item.sent_back.get_or_insert((passed.written, back.last_seen, back.seen));
                    }
                }
            }
            LetterFact::Withdrawn { passed, letter, people } => {
                let letter = self.letters.get_mut(letter);
                for item in letter.into_iter().flat_map(|letter| items(letter, people.iter().map(|named| named.key))) {
                    item.withdrawn.get_or_insert(passed.written);
                }
            }
            LetterFact::Escalated { passed, letter, stage, levels, .. } => {
                if let Some(letter) = self.letters.get_mut(letter) {
                    letter.escalated.entry((*stage, *levels)).or_insert(passed.written);
                }
            }
        }
        if let (Some(passed), Some(letter)) = (said.passed(), said.letter())
            && let Some(letter) = self.letters.get_mut(&letter)
        {
            let people = match said {
                LetterFact::Escalated { people, .. } => *people as usize,
                said => said.people().len(),
            };
            let part = part_name(said);
            letter.parts.push(Passing { passed: *passed, part, people, recorded: fact.recorded, fact: fact.id });
        }
    }

    /// The deployments that somebody trusted once.
    pub fn deployments(&self) -> impl Iterator<Item = (DeploymentKey, &Trust)> {
        self.trusted.iter().map(|(deployment, trust)| (*deployment, trust))
    }

    /// Another deployment.
    pub fn deployment(&self, deployment: DeploymentKey) -> Option<&Trust> {
        self.trusted.get(&deployment)
    }

    /// Every letter, by name.
    pub fn letters(&self) -> impl Iterator<Item = &Correspondence> {
        self.letters.values()
    }

    /// One letter.
    pub fn letter(&self, letter: LetterId) -> Option<&Correspondence> {
        self.letters.get(&letter)
    }

    /// What someone is called between us and another deployment, once either wrote about them.
    pub fn key_of(&self, with: DeploymentKey, person: PersonId) -> Option<PersonKey> {
        self.keys.get(&(with, person)).copied()
    }

    /// Who is called so between us and another deployment.
    pub fn person_of(&self, with: DeploymentKey, key: PersonKey) -> Option<PersonId> {
        let search = self.searches.range((with, key, Disease(String::new()))..).next();
        let ((of, called, _), search) = search?;
        let (letter, _) = search.asked_in.first().filter(|_| *of == with && *called == key)?;
        Some(self.letters.get(letter)?.people.get(&key)?.sought.person)
    }

    /// How someone of a letter stands.
    pub fn standing(&self, letter: &Correspondence, item: &Item) -> Standing {
        let search = self.searches.get(&(letter.with, item.sought.key, letter.disease.clone()));
        // What was done before the exposure began says nothing about it.
        let first = |done: &BTreeSet<DoneAt>| done.iter().find(|done| done.occurred >= item.sought.since).copied();
        let steps: BTreeMap<Step, DoneAt> = search
            .into_iter()
            .flat_map(|search| &search.steps)
            .filter_map(|(step, done)| Some((*step, first(done)?)))
            .collect();
        let deceased = search.and_then(|search| first(&search.deceased));
        let crossing = search.is_some_and(|search| search.asked_in.iter().any(|(_, way)| *way != letter.way));
        let mut standing = Standing { state: State::ToFind, steps, deceased, ended: None, crossing };
        let closed = standing.done(Stage::Close).is_some();
        let sent_back = item.sent_back.map(|(at, ..)| at);
        standing.ended = item.withdrawn.into_iter().chain(sent_back.filter(|_| !closed)).min();
        standing.state = if item.withdrawn.is_some() {
            State::Withdrawn
        } else if closed {
            State::Closed
        } else if sent_back.is_some() {
            State::SentBack
        } else if standing.done(Stage::Isolate).is_some() {
            State::Isolated
        } else if standing.done(Stage::Locate).is_some() {
            State::Located
        } else if item.handed_on.is_some() {
            State::HandedOn
        } else {
            State::ToFind
        };
        standing
    }

    /// Everyone of a letter and how they stand.
    pub fn people<'a>(&'a self, letter: &'a Correspondence) -> impl Iterator<Item = (&'a Item, Standing)> {
        letter.people.values().map(|item| (item, self.standing(letter, item)))
    }

    /// Who was late.
    pub fn ledger(&self, letter: &Correspondence, at: Timestamp) -> Ledger {
        Ledger::of(letter, self.people(letter), at)
    }

    /// Whether we asked another deployment for someone, and are still waiting.
    pub fn is_asked(&self, with: DeploymentKey, person: PersonId, disease: &Disease) -> bool {
        let Some(key) = self.key_of(with, person) else { return false };
        let search = self.searches.get(&(with, key, disease.clone()));
        search.into_iter().flat_map(|search| &search.asked_in).any(|(letter, way)| {
            *way == Way::Out
                && self.letters.get(letter).is_some_and(|letter| {
                    letter.people.get(&key).is_some_and(|item| self.standing(letter, item).is_open(Stage::Close))
                })
        })
    }

    /// What is done about the people of a letter that we received and have not said yet. `done` has the first of
    /// each step that this side knows of someone, other than from whoever asked.
    pub fn unsaid(&self, letter: &Correspondence, done: impl Fn(&Sought) -> Answer) -> Vec<Answer> {
        let mut unsaid = Vec::new();
        for item in letter.people.values().filter(|item| item.withdrawn.is_none() && letter.way == Way::In) {
            let search = self.searches.get(&(letter.with, item.sought.key, letter.disease.clone()));
            let Answer { key, mut steps, mut deceased } = done(&item.sought);
            let said = |step: &Step, done: &DoneAt| {
                search.and_then(|search| search.steps.get(step)).is_some_and(|said| said.contains(done))
            };
            steps.retain(|step, done| !said(step, done));
            deceased = deceased.filter(|died| !search.is_some_and(|search| search.deceased.contains(died)));
            if !steps.is_empty() || deceased.is_some() {
                unsaid.push(Answer { key, steps, deceased });
            }
        }
        unsaid
    }

    /// The people of a letter that we wrote for whom nothing is required any more, as `is_required` says: what
    /// it rested on was withdrawn. Who was closed stays closed.
    pub fn groundless(&self, letter: &Correspondence, is_required: impl Fn(&Sought) -> bool) -> Vec<PersonKey> {
        let mine = letter.people.values().filter(|item| letter.way == Way::Out && item.withdrawn.is_none());
        mine.filter(|item| !is_required(&item.sought)).map(|item| item.sought.key).collect()
    }

    /// What is to be said about people of a letter that we wrote who are overdue, and was not said yet.
    pub fn unescalated(&self, letter: &Correspondence, at: Timestamp) -> Vec<Part> {
        if letter.way == Way::In {
            return Vec::new();
        }
        let mut overdue: BTreeMap<(Stage, u8), u32> = BTreeMap::new();
        for (item, standing) in self.people(letter) {
            for stage in Stage::ALL {
                let levels = match letter.rung_of(item, &standing, stage, at) {
                    Rung::None | Rung::Reminder => continue,
                    Rung::Overdue => 0,
                    Rung::Raised(levels) => levels,
                };
                *overdue.entry((stage, levels)).or_default() += 1;
            }
        }
        let new = overdue.into_iter().filter(|(rung, _)| !letter.escalated.contains_key(rung));
        let part = |((stage, levels), people)| Part::Escalation { letter: letter.letter, stage, levels, people };
        new.map(part).collect()
    }
}

fn items(letter: &mut Correspondence, keys: impl Iterator<Item = PersonKey>) -> impl Iterator<Item = &mut Item> {
    let keys: BTreeSet<PersonKey> = keys.collect();
    letter.people.iter_mut().filter(move |(key, _)| keys.contains(key)).map(|(_, item)| item)
}

fn part_name(said: &LetterFact) -> &'static str {
    match said {
        LetterFact::Trusted { .. } | LetterFact::Revoked { .. } => "trust",
        LetterFact::Sent { .. } | LetterFact::Received { .. } => "letter",
        LetterFact::Acknowledged { .. } => "receipt",
        LetterFact::Answered { .. } => "answer",
        LetterFact::HandedOn { .. } => "hand-on",
        LetterFact::SentBack { .. } => "send-back",
        LetterFact::Withdrawn { .. } => "withdrawal",
        LetterFact::Escalated { .. } => "escalation",
    }
}
