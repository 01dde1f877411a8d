//! What is given to be done, and what was done about it.
//!
//! One act may be about ten thousand duties at once: it is one decision, and so one fact. People who have to
//! be found have facts of their own; everything else that is owed is acted upon by these.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::commitment::Commitment;
use crate::error::FactsError;
use crate::id::{ActorId, DutyId, FactId, PersonId, PostId, UnitId};
use crate::jurisdiction::Jurisdiction;

/// The most duties that one act is about, and the most that are given at once.
pub const DUTIES_AT_ONCE_MAX: usize = 10_000;

/// The four responsible parties (四方责任). Who is absent has not been named yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parties {
    /// The territory (属地).
    pub territory: Jurisdiction,
    /// The department (部门).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<Department>,
    /// The unit (单位).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The individual (个人).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub individual: Option<ActorId>,
}

impl Parties {
    /// The territory alone: nobody else is named yet.
    pub const fn of(territory: Jurisdiction) -> Self {
        Self { territory, department: None, unit: None, individual: None }
    }
}

/// A department of a headquarters by its code, for instance `office`: lower-case letters, digits, hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Department(String);

/// The longest code of a department, in characters.
const DEPARTMENT_CHARACTERS_MAX: usize = 40;

impl Department {
    /// The department of that code.
    pub fn named(code: &str) -> Result<Self, FactsError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if code.is_empty() || code.len() > DEPARTMENT_CHARACTERS_MAX || !code.chars().all(fits) {
            let problem = "expected at most 40 lower-case letters, digits and hyphens".to_owned();
            return Err(FactsError::Draft { field: "department", problem });
        }
        Ok(Self(code.to_owned()))
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Department {
    type Error = FactsError;
    fn try_from(code: String) -> Result<Self, FactsError> {
        Self::named(&code)
    }
}

impl From<Department> for String {
    fn from(department: Department) -> Self {
        department.0
    }
}

impl fmt::Display for Department {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When a duty makes itself heard, and how far up: numbers of a plan, as they stood when the duty was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// A reminder goes to who owes it so long before it is due, in minutes; none without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_before_minutes: Option<u32>,
    /// It has to be acknowledged within so long of being received, in minutes; none without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge_within_minutes: Option<u32>,
    /// Overdue, it goes one level up each time so long has passed, in minutes; nowhere without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_every_minutes: Option<u32>,
    /// Whether command is flat (扁平化): from the county it goes to the province in one step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flat: bool,
}

/// How often something is owed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// Every 24 hours.
    Day,
    /// Every 7 times 24 hours.
    Week,
}

impl Every {
    /// The time that lies `number` times further on; none beyond the end of time.
    pub fn after(self, from: Timestamp, number: u32) -> Option<Timestamp> {
        let hours = match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
        };
        from.checked_add((hours * i64::from(number)).hours()).ok()
    }
}

/// A duty that is owed again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// How often.
    pub every: Every,
    /// Nothing opens from then on.
    pub until: Timestamp,
}

/// One member of a cohort that is not as it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A person.
    Person(PersonId),
    /// A unit.
    Unit(UnitId),
    /// A post.
    Post(PostId),
    /// A jurisdiction, for instance one whose report is missing.
    Jurisdiction(Jurisdiction),
}

/// Why, as far as a code can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// What it is about is not here.
    NotHere,
    /// It is somebody else's business.
    NotOurs,
    /// What it is about went elsewhere.
    Moved,
    /// There is nobody or nothing to do it with.
    NoCapacity,
    /// Somebody else is needed for it.
    NeedsOther,
    /// It waits for others.
    WaitingForOthers,
    /// The weather does not let it be done.
    Weather,
    /// It is not safe.
    Unsafe,
    /// It was given by mistake.
    Mistaken,
    /// Something else takes its place.
    Superseded,
    /// It was said to be done and is not.
    NotDone,
    /// Something else; the words say what.
    Other,
}

/// What was done about duties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// Whoever owes it has read it.
    Acknowledge,
    /// Work on it began.
    Start,
    /// Something that shows the work; erasable.
    Evidence {
        /// A text or a picture.
        evidence: Commitment,
    },
    /// It is done.
    Complete {
        /// What shows it; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Commitment>,
    },
    /// It was given to one officer, or taken back from whoever had it.
    Assign {
        /// Who is to do it; absent when it is given to nobody in particular.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<ActorId>,
    },
    /// Another jurisdiction is asked to take it over; the clock runs on until it accepts.
    HandOver {
        /// Who is asked.
        to: Jurisdiction,
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// It goes back to whoever handed it over.
    HandBack {
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// Whoever owes it asks whoever gave it to release them; the clock runs on until they do.
    Refuse {
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// The answer to the hand-over or the refusal that waits for one.
    Answer {
        /// Whether it was accepted.
        accepted: bool,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// The clock stands still, for a time that ends.
    Pause {
        /// When it runs again at the latest.
        until: Timestamp,
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// The clock runs again.
    Resume,
    /// It was said to be done and is not, or is needed again.
    Reopen {
        /// By when now.
        due: Timestamp,
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// Whoever gave it does not want it any more.
    Withdraw {
        /// Why.
        reason: Reason,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// Members of the cohort that are not as they have to be.
    Exceptions {
        /// Which.
        items: BTreeSet<Item>,
        /// In words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Commitment>,
    },
    /// Members of the cohort that are as they have to be now.
    Resolve {
        /// Which.
        items: BTreeSet<Item>,
    },
}

impl Act {
    /// The name of the act, as the JSON form has it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Start => "start",
            Self::Evidence { .. } => "evidence",
            Self::Complete { .. } => "complete",
            Self::Assign { .. } => "assign",
            Self::HandOver { .. } => "hand-over",
            Self::HandBack { .. } => "hand-back",
            Self::Refuse { .. } => "refuse",
            Self::Answer { .. } => "answer",
            Self::Pause { .. } => "pause",
            Self::Resume => "resume",
            Self::Reopen { .. } => "reopen",
            Self::Withdraw { .. } => "withdraw",
            Self::Exceptions { .. } => "exceptions",
            Self::Resolve { .. } => "resolve",
        }
    }

    /// Why, where a code says so.
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::HandOver { reason, .. }
            | Self::HandBack { reason, .. }
            | Self::Refuse { reason, .. }
            | Self::Pause { reason, .. }
            | Self::Reopen { reason, .. }
            | Self::Withdraw { reason, .. } => Some(*reason),
            _ => None,
        }
    }

    /// The words or the picture that came with it.
    pub const fn words(&self) -> Option<Commitment> {
        match self {
            Self::Evidence { evidence } => Some(*evidence),
            Self::Complete { evidence } => *evidence,
            Self::HandOver { words, .. }
            | Self::HandBack { words, .. }
            | Self::Refuse { words, .. }
            | Self::Answer { words, .. }
            | Self::Pause { words, .. }
            | Self::Reopen { words, .. }
            | Self::Withdraw { words, .. }
            | Self::Exceptions { words, .. } => *words,
            _ => None,
        }
    }
}

/// What is given to be done, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DutyFact {
    /// The same was given to one or many, each of whom owes it alone.
    Given {
        /// To whom.
        parties: Vec<Parties>,
        /// To whom they owe it.
        owed_to: Jurisdiction,
        /// What, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Commitment>,
        /// By when.
        due: Timestamp,
        /// When it makes itself heard.
        ladder: Ladder,
        /// The duty that this is a part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part_of: Option<DutyId>,
        /// The order that it carries out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<FactId>,
        /// How many people, units or posts it covers, when one duty stands for a cohort.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<u64>,
        /// How often it is owed again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recurs: Option<Recurrence>,
        /// Whether it is done only with something that shows it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        evidence_required: bool,
    },
    /// Something was done about duties.
    Acted {
        /// Which.
        duties: BTreeSet<DutyId>,
        /// What.
        act: Act,
    },
}

impl DutyFact {
    /// The people that it names.
    pub fn people(&self) -> Vec<PersonId> {
        let Self::Acted { act: Act::Exceptions { items, .. } | Act::Resolve { items }, .. } = self else {
            return Vec::new();
        };
        let person = |item: &Item| if let Item::Person(person) = item { Some(*person) } else { None };
        items.iter().filter_map(person).collect()
    }

    /// Refuses what no journal may hold.
    pub(crate) fn check(&self, occurred: Timestamp) -> Result<(), FactsError> {
        let problem = |field, problem: String| Err(FactsError::Draft { field, problem });
        let too_many = |number: usize| format!("{number} are more than the {DUTIES_AT_ONCE_MAX} of one fact");
        match self {
            Self::Given { parties, .. } if parties.is_empty() => problem("parties", "name at least one".to_owned()),
            Self::Given { parties, .. } if parties.len() > DUTIES_AT_ONCE_MAX => {
                problem("parties", too_many(parties.len()))
            }
            Self::Given { due, .. } if *due <= occurred => {
                problem("due", "lies before it was given; give a time that is left".to_owned())
            }
            Self::Given { members: Some(0), .. } => problem("members", "a cohort of nobody owes nothing".to_owned()),
            Self::Acted { duties, .. } if duties.is_empty() => problem("duties", "name at least one".to_owned()),
            Self::Acted { duties, .. } if duties.len() > DUTIES_AT_ONCE_MAX => {
                problem("duties", too_many(duties.len()))
            }
            Self::Acted { act: Act::Pause { until, .. }, .. } if *until <= occurred => {
                problem("until", "a pause ends after it begins".to_owned())
            }
            Self::Acted { act: Act::Reopen { due, .. }, .. } if *due <= occurred => {
                problem("due", "lies before it is opened again; give a time that is left".to_owned())
            }
            Self::Acted { act: Act::Exceptions { items, .. } | Act::Resolve { items }, .. } if items.is_empty() => {
                problem("items", "name at least one".to_owned())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_has_a_code_and_no_free_text() {
        assert!(Department::named("isolation-2").is_ok());
        for code in ["", "Office", "office ", "王某", "a_b", &"x".repeat(41)] {
            assert!(Department::named(code).is_err(), "{code} was accepted");
        }
        assert!(serde_json::from_str::<Department>("\"Zhang San\"").is_err());
    }

    #[test]
    fn an_act_is_about_some_duties_and_a_pause_ends() {
        let now = Timestamp::UNIX_EPOCH;
        let some = BTreeSet::from([DutyId::new(1)]);
        assert!(DutyFact::Acted { duties: BTreeSet::new(), act: Act::Start }.check(now).is_err());
        assert!(DutyFact::Acted { duties: some.clone(), act: Act::Start }.check(now).is_ok());
        let pause = Act::Pause { until: now, reason: Reason::Weather, words: None };
        assert!(DutyFact::Acted { duties: some, act: pause }.check(now).is_err());
    }

    #[test]
    fn the_json_form_reads_back() {
        let items = BTreeSet::from([Item::Person(PersonId::new(3)), Item::Post(PostId::new(4))]);
        let act = Act::Exceptions { items, words: None };
        let fact = DutyFact::Acted { duties: BTreeSet::from([DutyId::new(1)]), act };
        let json = serde_json::to_string(&fact).unwrap();
        assert!(json.starts_with(r#"{"what":"acted","duties":["duty-"#), "{json}");
        assert!(json.contains(r#""do":"exceptions""#), "{json}");
        assert_eq!(serde_json::from_str::<DutyFact>(&json).unwrap(), fact);
        assert_eq!(fact.people(), [PersonId::new(3)]);
    }
}
