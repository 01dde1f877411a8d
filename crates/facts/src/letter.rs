//! What passed between deployments (协查): letters with people to find, and what was answered.
//!
//! Each part of a correspondence is one fact on either side, and both facts say the same: times are those that
//! the part states, by the clock of whoever wrote it. The people are pseudonyms of this journal; `key` is what
//! both sides call them. Who they are travels sealed in the part itself, of which the fact has the digest.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::body::Step;
use crate::bytes::Hex;
use crate::disease::Disease;
use crate::error::FactsError;
use crate::id::PersonId;
use crate::jurisdiction::Jurisdiction;

/// A deployment by the fingerprint of its keys.
pub type DeploymentKey = Hex<16>;

/// Someone as two deployments call them between themselves; nobody else can compute or guess it.
pub type PersonKey = Hex<16>;

/// A letter, by 128 random bits drawn by whoever wrote it; the same on both sides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId(pub Hex<16>);

const LETTER_PREFIX: &str = "let-";

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LETTER_PREFIX}{}", self.0)
    }
}

impl fmt::Debug for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LetterId {
    type Err = FactsError;

    fn from_str(text: &str) -> Result<Self, FactsError> {
        let digits = text.strip_prefix(LETTER_PREFIX).and_then(Hex::parse);
        digits.map(Self).ok_or_else(|| FactsError::Letter(text.to_owned()))
    }
}

impl Serialize for LetterId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LetterId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What another deployment and we decided or said to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LetterFact {
    /// Someone compared the fingerprint of another deployment, and its letters are taken from now on.
    Trusted {
        /// Which deployment.
        deployment: DeploymentKey,
        /// What it signs with: an Ed25519 public key.
        signing: Hex<32>,
        /// What is sealed to it: an X25519 public key.
        sealing: Hex<32>,
        /// The jurisdiction that it serves.
        jurisdiction: Jurisdiction,
    },
    /// Nothing more is taken from, or sent to, another deployment.
    Revoked {
        /// Which deployment.
        deployment: DeploymentKey,
    },
    /// We asked another deployment to find people.
    Sent {
        /// The part.
        passed: Passed,
        /// The letter.
        asked: Asked,
    },
    /// Another deployment asked us to find people.
    Received {
        /// The part.
        passed: Passed,
        /// The letter.
        asked: Asked,
    },
    /// Whoever was asked said when they received a letter: from here their clock runs.
    Acknowledged {
        /// The part.
        passed: Passed,
        /// The letter.
        letter: LetterId,
        /// When they recorded it.
        received: Timestamp,
    },
    /// Whoever was asked said what was done so far.
    Answered {
        /// The part.
        passed: Passed,
        /// The letter.
        letter: LetterId,
        /// How many people they count on the list, once they counted (四清).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reconciled: Option<u32>,
        /// About whom, and what.
        answers: Vec<AnswerAbout>,
    },
    /// Whoever was asked asked another deployment in turn, and goes on answering for it.
    HandedOn {
        /// The part.
        passed: Passed,
        /// The letter.
        letter: LetterId,
        /// Whom.
        people: Vec<Named>,
        /// To which deployment.
        deployment: DeploymentKey,
        /// Where.
        to: Jurisdiction,
    },
    /// Whoever was asked does not have them: not here, last seen elsewhere.
    SentBack {
        /// The part.
        passed: Passed,
        /// The letter.
        letter: LetterId,
        /// Whom, and where they were seen last.
        people: Vec<NotHere>,
    },
    /// Whoever asked takes it back: what it rested on was withdrawn.
    Withdrawn {
        /// The part.
        passed: Passed,
        /// The letter.
        letter: LetterId,
        /// Whom.
        people: Vec<Named>,
    },
    /// Whoever asked said that people are overdue, one more step up the ladder.
    Escalated {
        /// The part.
        passed: Passed,
        /// The letter.
        letter: LetterId,
        /// What is overdue.
        stage: Stage,
        /// How many levels up: 0 is the desk that was asked.
        levels: u8,
        /// How many people it is about.
        people: u32,
    },
}

/// Which way a part went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// We wrote it.
    Out,
    /// They did.
    In,
}

impl Way {
    /// The same part as the other side has it.
    pub fn reversed(self) -> Self {
        match self {
            Self::Out => Self::In,
            Self::In => Self::Out,
        }
    }
}

/// One part of a correspondence on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// The other deployment.
    pub with: DeploymentKey,
    /// Which way it went.
    pub way: Way,
    /// Its number among the parts of its writer to its reader, from 1 and without gaps.
    pub number: u64,
    /// When it was written, by the writer's clock.
    pub written: Timestamp,
    /// SHA-256 of its bytes, as they were signed.
    pub digest: Hex<32>,
}

/// A letter, without what identifies anyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name.
    pub letter: LetterId,
    /// Because of which disease.
    pub disease: Disease,
    /// Who asks.
    pub from: Jurisdiction,
    /// Who is asked.
    pub to: Jurisdiction,
    /// By when, counted from either clock.
    pub hours: StageHours,
    /// The letter that this one hands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<LetterId>,
    /// Who had it before the writer, first first; nobody is asked twice in one chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<DeploymentKey>,
    /// Whom to find.
    pub people: Vec<Sought>,
}

/// What is to be done about each person of a letter, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// They are located.
    Locate,
    /// They are under control.
    Isolate,
    /// Identity, location and control are all clear and answered.
    Close,
}

impl Stage {
    /// The stages, in order.
    pub const ALL: [Self; 3] = [Self::Locate, Self::Isolate, Self::Close];
}

/// Hours for each stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageHours {
    /// To locate.
    pub locate: u32,
    /// To isolate.
    pub isolate: u32,
    /// To close.
    pub close: u32,
}

impl StageHours {
    /// The hours of one stage.
    pub fn of(&self, stage: Stage) -> u32 {
        match stage {
            Stage::Locate => self.locate,
            Stage::Isolate => self.isolate,
            Stage::Close => self.close,
        }
    }
}

/// On what ground someone is sought, as whoever asks concluded it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoughtAs {
    /// A case (阳性).
    Case,
    /// A close contact (密接).
    CloseContact,
    /// A contact of a close contact (次密接).
    SecondaryContact,
    /// A general contact (一般接触者).
    GeneralContact,
}

impl SoughtAs {
    /// The name that the JSON form uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::CloseContact => "close-contact",
            Self::SecondaryContact => "secondary-contact",
            Self::GeneralContact => "general-contact",
        }
    }
}

/// Someone to find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sought {
    /// Who, in this journal.
    pub person: PersonId,
    /// Who, between the two deployments.
    pub key: PersonKey,
    /// On what ground.
    pub ground: SoughtAs,
    /// When what is behind it began: the first exposure, or the start of being infectious.
    pub since: Timestamp,
    /// When the last exposure ended; from here the plan counts its days.
    pub last: Timestamp,
    /// When the positive behind it was recorded: the first clock.
    pub positive_recorded: Timestamp,
    /// Where they were seen last, or live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_known: Option<Jurisdiction>,
}

/// Someone of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Who, in this journal.
    pub person: PersonId,
    /// Who, between the two deployments.
    pub key: PersonKey,
}

/// What was done about someone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerAbout {
    /// Who, in this journal.
    pub person: PersonId,
    /// Who, between the two deployments.
    pub key: PersonKey,
    /// Steps that are done.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub steps: BTreeMap<Step, DoneAt>,
    /// That they died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deceased: Option<DoneAt>,
}

/// When something was done, by the clock of whoever did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoneAt {
    /// When their server recorded it; clocks run on this.
    pub recorded: Timestamp,
    /// When it was true in the world.
    pub occurred: Timestamp,
}

/// Someone who is not where they were sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotHere {
    /// Who, in this journal.
    pub person: PersonId,
    /// Who, between the two deployments.
    pub key: PersonKey,
    /// Where they were seen last, or went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Jurisdiction>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Timestamp>,
}

impl LetterFact {
    /// The people that it names.
    pub fn people(&self) -> Vec<PersonId> {
        match self {
            Self::Trusted { .. } | Self::Revoked { .. } | Self::Acknowledged { .. } | Self::Escalated { .. } => {
                Vec::new()
            }
            Self::Sent { asked, .. } | Self::Received { asked, .. } => {
                asked.people.iter().map(|sought| sought.person).collect()
            }
            Self::Answered { answers, .. } => answers.iter().map(|answer| answer.person).collect(),
            Self::HandedOn { people, .. } | Self::Withdrawn { people, .. } => {
                people.iter().map(|named| named.person).collect()
            }
            Self::SentBack { people, .. } => people.iter().map(|named| named.person).collect(),
        }
    }

    /// The part that it records; none for decisions about whom to trust.
    pub fn passed(&self) -> Option<&Passed> {
        match self {
            Self::Trusted { .. } | Self::Revoked { .. } => None,
            Self::Sent { passed, .. }
            | Self::Received { passed, .. }
            | Self::Acknowledged { passed, .. }
            | Self::Answered { passed, .. }
            | Self::HandedOn { passed, .. }
            | Self::SentBack { passed, .. }
            | Self::Withdrawn { passed, .. }
            | Self::Escalated { passed, .. } => Some(passed),
        }
    }

    /// The letter that it is about.
    pub fn letter(&self) -> Option<LetterId> {
        match self {
            Self::Trusted { .. } | Self::Revoked { .. } => None,
            Self::Sent { asked, .. } | Self::Received { asked, .. } => Some(asked.letter),
            Self::Acknowledged { letter, .. }
            | Self::Answered { letter, .. }
            | Self::HandedOn { letter, .. }
            | Self::SentBack { letter, .. }
            | Self::Withdrawn { letter, .. }
            | Self::Escalated { letter, .. } => Some(*letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letters_name_reads_back_and_nothing_else_is_one() {
        let letter = LetterId(Hex([7; 16]));
        assert_eq!(letter.to_string().parse(), Ok(letter));
        for text in ["", "let-", "per-0000000000007", &letter.to_string().to_uppercase(), &format!("{letter}0")] {
            assert!(text.parse::<LetterId>().is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn an_unknown_word_of_a_correspondence_is_refused() {
        let revoked = LetterFact::Revoked { deployment: Hex([1; 16]) };
        let json = serde_json::to_string(&revoked).unwrap();
        assert_eq!(serde_json::from_str::<LetterFact>(&json).unwrap(), revoked);
        assert!(serde_json::from_str::<LetterFact>(&json.replace("revoked", "coloured")).is_err());
    }
}
