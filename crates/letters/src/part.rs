//! What is sealed inside: a letter, or what is said about one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use facts::letter::{AnswerAbout, Asked, DoneAt, Named, NotHere, Passed, Sought, SoughtAs, Stage, StageHours, Way};
use facts::{
    DeploymentKey, Disease, Hex, Jurisdiction, LetterFact, LetterId, PersonId, PersonKey, Setting, Step, Timestamp,
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};

use crate::envelope::Head;
use crate::error::LettersError;

/// The most people of one letter; larger lists go in several.
pub const PEOPLE_MAX: usize = 2_000;
/// The longest text about someone, in characters.
const TEXT_CHARACTERS_MAX: usize = 300;
/// The most hours that a stage may have: a month.
const HOURS_MAX: u32 = 24 * 31;
/// How far two deployments' clocks may be apart, in minutes.
const CLOCKS_APART_MINUTES: i64 = 60;

/// A text that identifies someone: it is sealed and sent, and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(pub String);

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

/// One part of a correspondence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Part {
    /// Find these people.
    Letter(Letter),
    /// We have the letter since then.
    Receipt {
        /// Which letter.
        letter: LetterId,
        /// When the reader's server recorded it.
        received: Timestamp,
    },
    /// So far this was done.
    Answer {
        /// Which letter.
        letter: LetterId,
        /// How many people we count on the list, once counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reconciled: Option<u32>,
        /// About whom, and what.
        answers: Vec<Answer>,
    },
    /// We asked another deployment to find them, and go on answering to you.
    HandOn {
        /// Which letter.
        letter: LetterId,
        /// Whom.
        people: Vec<PersonKey>,
        /// Whom we asked.
        deployment: DeploymentKey,
        /// Where.
        to: Jurisdiction,
    },
    /// They are not here.
    SendBack {
        /// Which letter.
        letter: LetterId,
        /// Whom, and where they were seen last.
        people: Vec<NotHereAny>,
    },
    /// Forget it: what it rested on was withdrawn.
    Withdrawal {
        /// Which letter.
        letter: LetterId,
        /// Whom.
        people: Vec<PersonKey>,
    },
    /// These are overdue; one more level is told.
    Escalation {
        /// Which letter.
        letter: LetterId,
        /// What is overdue.
        stage: Stage,
        /// How many levels up.
        levels: u8,
        /// How many people.
        people: u32,
    },
}

/// A letter (协查函).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Its name.
    pub letter: LetterId,
    /// Because of which disease.
    pub disease: Disease,
    /// Who asks.
    pub from: Jurisdiction,
    /// Who is asked.
    pub to: Jurisdiction,
    /// By which plan of the writer.
    pub plan: String,
    /// By when.
    pub hours: StageHours,
    /// The letter that it hands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<LetterId>,
    /// Who had it before, first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<DeploymentKey>,
    /// Whom to find.
    pub people: Vec<Wanted>,
}

/// Someone to find: who, why, and where to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What the two deployments call them.
    pub key: PersonKey,
    /// Who they are.
    pub identity: Identity,
    /// On what ground.
    pub ground: SoughtAs,
    /// When the first exposure began, or being infectious.
    pub since: Timestamp,
    /// When the last exposure ended.
    pub last: Timestamp,
    /// Minutes of exposure, where that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// In what kind of space they were exposed longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<Setting>,
    /// Whether the writer, too, has it from one person's word alone.
    pub one_word: bool,
    /// When the positive behind it was recorded: the first clock.
    pub positive_recorded: Timestamp,
    /// Where they were seen last, or live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_known: Option<LastKnown>,
}

/// What is needed to find someone; each part may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// The number of the identity card or passport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_number: Option<Private>,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Private>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Private>,
}

/// Where someone was seen last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastKnown {
    /// The jurisdiction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<Jurisdiction>,
    /// The place, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Private>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What was done about someone so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// About whom.
    pub key: PersonKey,
    /// Steps that are done.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<Step, DoneAt>,
    /// That they died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deceased: Option<DoneAt>,
}

/// Someone who is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotHereAny {
    /// Whom.
    pub key: PersonKey,
    /// Where they were seen last, or went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<LastKnown>,
}

impl Part {
    /// What it is, as files and screens call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Letter(_) => "letter",
            Self::Receipt { .. } => "receipt",
            Self::Answer { .. } => "answer",
            Self::HandOn { .. } => "hand-on",
            Self::SendBack { .. } => "send-back",
            Self::Withdrawal { .. } => "withdrawal",
            Self::Escalation { .. } => "escalation",
        }
    }

    /// The letter that it is about.
    pub fn letter(&self) -> LetterId {
        match self {
            Self::Letter(letter) => letter.letter,
            Self::Receipt { letter, .. }
            | Self::Answer { letter, .. }
            | Self::HandOn { letter, .. }
            | Self::SendBack { letter, .. }
            | Self::Withdrawal { letter, .. }
            | Self::Escalation { letter, .. } => *letter,
        }
    }

    /// The people that it names.
    pub fn people(&self) -> Vec<PersonKey> {
        match self {
            Self::Letter(letter) => letter.people.iter().map(|wanted| wanted.key).collect(),
            Self::Receipt { .. } | Self::Escalation { .. } => Vec::new(),
            Self::Answer { answers, .. } => answers.iter().map(|answer| answer.key).collect(),
            Self::HandOn { people, .. } | Self::Withdrawal { people, .. } => people.clone(),
            Self::SendBack { people, .. } => people.iter().map(|person| person.key).collect(),
        }
    }

    /// Refuses what no part may say, whatever was said before.
    pub(crate) fn check(&self, head: &Head) -> Result<(), LettersError> {
        let altered = |problem: &str| {
            Err(LettersError::Altered { number: head.number, problem: format!("{problem}, which no letter says") })
        };
        let latest = head.written.checked_add(CLOCKS_APART_MINUTES.minutes()).unwrap_or(Timestamp::MAX);
        let people = self.people();
        if people.len() > PEOPLE_MAX {
            return Err(LettersError::TooLarge { what: "the list of people", size: people.len(), limit: PEOPLE_MAX });
        }
        if people.iter().collect::<BTreeSet<_>>().len() < people.len() {
            return altered("it names someone twice");
        }
        match self {
            Self::Letter(letter) => {
                let StageHours { locate, isolate, close } = letter.hours;
                if !(1 <= locate && locate <= isolate && isolate <= close && close <= HOURS_MAX) {
                    return altered("its hours do not grow from stage to stage");
                }
                if letter.people.is_empty() {
                    return altered("it names nobody");
                }
                for wanted in &letter.people {
                    if wanted.since > wanted.last || wanted.last > latest || wanted.positive_recorded > latest {
                        return altered("someone's times are out of order or lie in the future");
                    }
                    let Identity { name, id_number, phone, address } = &wanted.identity;
                    let place = wanted.last_known.as_ref().and_then(|known| known.place.as_ref());
                    let texts = [name.as_ref(), id_number.as_ref(), phone.as_ref(), address.as_ref(), place];
                    if texts.into_iter().flatten().any(|text| text.0.chars().count() > TEXT_CHARACTERS_MAX) {
                        return altered("a text about someone is too long");
                    }
                }
            }
            Self::Receipt { received, .. } if *received > latest => return altered("it was received in the future"),
            Self::Answer { answers, .. } => {
                let done = |answer: &Answer| answer.steps.values().copied().chain(answer.deceased).collect::<Vec<_>>();
                if answers.iter().flat_map(done).any(|done| done.recorded > latest || done.occurred > latest) {
                    return altered("a step was done in the future");
                }
            }
            Self::Receipt { .. }
            | Self::HandOn { .. }
            | Self::SendBack { .. }
            | Self::Withdrawal { .. }
            | Self::Escalation { .. } => {}
        }
        Ok(())
    }

    /// The part as a fact, the same on both sides but for the pseudonyms and the way it went. People whom
    /// `person` does not know are left out.
    pub fn fact(&self, passed: Passed, person: impl Fn(PersonKey) -> Option<PersonId>) -> LetterFact {
        let named = |keys: &[PersonKey]| {
            let named = |&key: &PersonKey| Some(Named { person: person(key)?, key });
            keys.iter().filter_map(named).collect()
        };
        match self {
            Self::Letter(letter) => {
                let sought = |wanted: &Wanted| {
                    let Wanted { key, ground, since, last, positive_recorded, .. } = *wanted;
                    let last_known = wanted.last_known.as_ref().and_then(|known| known.jurisdiction);
                    Some(Sought { person: person(key)?, key, ground, since, last, positive_recorded, last_known })
                };
                let asked = Asked {
                    letter: letter.letter,
                    disease: letter.disease.clone(),
                    from: letter.from,
                    to: letter.to,
                    hours: letter.hours,
                    origin: letter.origin,
                    via: letter.via.clone(),
                    people: letter.people.iter().filter_map(sought).collect(),
                };
                match passed.way {
                    Way::Out => LetterFact::Sent { passed, asked },
                    Way::In => LetterFact::Received { passed, asked },
                }
            }
            Self::Receipt { letter, received } => {
                LetterFact::Acknowledged { passed, letter: *letter, received: *received }
            }
            Self::Answer { letter, reconciled, answers } => {
                let about = |answer: &Answer| {
                    let Answer { key, steps, deceased } = answer.clone();
                    Some(AnswerAbout { person: person(key)?, key, steps, deceased })
                };
                let answers = answers.iter().filter_map(about).collect();
                LetterFact::Answered { passed, letter: *letter, reconciled: *reconciled, answers }
            }
            Self::HandOn { letter, people, deployment, to } => LetterFact::HandedOn {
                passed,
                letter: *letter,
                people: named(people),
                deployment: *deployment,
                to: *to,
            },
            Self::SendBack { letter, people } => {
                let not_here = |back: &NotHereAny| {
                    let seen = back.last_seen.as_ref();
                    Some(NotHere {
                        person: person(back.key)?,
                        key: back.key,
                        last_seen: seen.and_then(|seen| seen.jurisdiction),
                        seen: seen.and_then(|seen| seen.at),
                    })
                };
                LetterFact::SentBack { passed, letter: *letter, people: people.iter().filter_map(not_here).collect() }
            }
            Self::Withdrawal { letter, people } => {
                LetterFact::Withdrawn { passed, letter: *letter, people: named(people) }
            }
            Self::Escalation { letter, stage, levels, people } => {
                LetterFact::Escalated { passed, letter: *letter, stage: *stage, levels: *levels, people: *people }
            }
        }
    }
}

/// A key for someone of whom too little is known to compute one: letters about them never meet.
pub fn random_key(random: &mut dyn rand::CryptoRng) -> PersonKey {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    Hex(bytes)
}
