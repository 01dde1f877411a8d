//! A fact on its way into the journal: drafted, then recorded. Only the journal records.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Purpose;
use crate::body::Body;
use crate::bytes::Hex;
use crate::error::FactsError;
use crate::id::{ActorId, CaseId, FactId};

/// The version of the JSON form that this code writes.
pub const FORMAT: u32 = 1;

/// By what way a fact came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Typed in by the actor.
    Entry,
    /// Read from a file by the actor.
    Import,
    /// Sent by a machine: a laboratory, a scanner.
    Feed,
    /// Drawn by the simulator.
    Simulation,
    /// Said by another deployment, in a signed letter.
    Letter,
}

/// Who says so, and how it reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// Who recorded it.
    pub actor: ActorId,
    /// By what way.
    pub channel: Channel,
    /// A keyed digest of the source's own name for the record, so that the same record sent twice is
    /// one fact, and a changed one supersedes. Keyed, because the source's name may identify a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Hex<16>>,
}

/// A fact that has been checked and not yet recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// When it was true in the world.
    pub occurred: Timestamp,
    /// Who says so.
    pub source: Source,
    /// What it was collected for.
    pub purpose: Purpose,
    /// The fact that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<FactId>,
    /// What it says.
    pub body: Body,
}

impl Draft {
    /// Refuses what no journal may hold, whatever the situation: checked before writing and after reading.
    pub fn check(&self) -> Result<(), FactsError> {
        let problem = |field, problem: &str| Err(FactsError::Draft { field, problem: problem.to_owned() });
        match &self.body {
            Body::SamePerson { person, with } | Body::NotSamePerson { person, with } if person == with => {
                problem("with", "names the same id twice; two different ids are needed")
            }
            Body::SamePlace { place, with } | Body::NotSamePlace { place, with } if place == with => {
                problem("with", "names the same id twice; two different ids are needed")
            }
            Body::ContactStated { person, with, .. } if person == with => {
                problem("with", "a person is no contact of themselves")
            }
            Body::HandOver { from, to, .. } if from == to => {
                problem("to", "hands over to the jurisdiction it comes from")
            }
            Body::Withdrawn { .. } if self.supersedes.is_none() => {
                problem("supersedes", "a withdrawal must say which fact it withdraws")
            }
            Body::Deleted { .. } if self.supersedes.is_none() => {
                problem("supersedes", "the receipt of a deletion must say which batch's fact it is about")
            }
            Body::TestResult { collected, .. } if *collected > self.occurred => {
                problem("collected", "lies after the result; a specimen is taken before it is tested")
            }
            Body::Duty(fact) => fact.check(self.occurred),
            Body::Order(fact) => fact.check(self.occurred),
            Body::Inspection(fact) => fact.check(self.occurred),
            Body::Post(fact) => fact.check(),
            Body::Report(fact) => fact.check(),
            Body::Capacity(fact) => fact.check(),
            _ => Ok(()),
        }
    }

    /// The fact, once the journal has given it an id and the time of recording.
    pub fn recorded(self, id: FactId, recorded: Timestamp) -> Fact {
        Fact { format: FORMAT, id, recorded, draft: self }
    }
}

/// A fact as the journal holds it. Never changed; a correction is a new fact that supersedes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Fact {
    /// The version of the JSON form.
    pub format: u32,
    /// Its name.
    pub id: FactId,
    /// When the server recorded it.
    pub recorded: Timestamp,
    /// What was recorded.
    pub draft: Draft,
}

/// The JSON form of a fact: one flat object around the body.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    id: FactId,
    recorded: Timestamp,
    occurred: Timestamp,
    source: Source,
    purpose: Purpose,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supersedes: Option<FactId>,
    body: Body,
}

impl From<Written> for Fact {
    fn from(written: Written) -> Self {
        let Written { format, id, recorded, occurred, source, purpose, supersedes, body } = written;
        Self { format, id, recorded, draft: Draft { occurred, source, purpose, supersedes, body } }
    }
}

impl From<Fact> for Written {
    fn from(fact: Fact) -> Self {
        let Draft { occurred, source, purpose, supersedes, body } = fact.draft;
        Self { format: fact.format, id: fact.id, recorded: fact.recorded, occurred, source, purpose, supersedes, body }
    }
}

impl Fact {
    /// The JSON form: the bytes that the journal stores and the Merkle tree covers.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self).expect("a fact has only string keys and finite numbers")
    }

    /// Reads the JSON form of any format up to this version's.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FactsError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let unreadable = |error: serde_json::Error| FactsError::Json(error.to_string());
        let fact: Self = match serde_json::from_slice::<Self>(bytes) {
            Ok(fact) if fact.format == FORMAT => fact,
            Ok(fact) => return Err(FactsError::Format(fact.format)),
            Err(error) => {
                let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
                return Err(if head.format > FORMAT { FactsError::Format(head.format) } else { unreadable(error) });
            }
        };
        fact.draft.check()?;
        Ok(fact)
    }

    /// The case that this fact opens when it is the first ground of an episode.
    pub fn opens_case(&self) -> CaseId {
        CaseId::new(self.id.number())
    }

    /// What the fact says.
    pub fn body(&self) -> &Body {
        &self.draft.body
    }

    /// When it was true in the world.
    pub fn occurred(&self) -> Timestamp {
        self.draft.occurred
    }

    /// When a row of a batch became known: when it was received, or else when the batch was recorded.
    pub fn row_known(&self, row: u64) -> Timestamp {
        let Body::Batch { received, .. } = &self.draft.body else { return self.recorded };
        let begun = received.partition_point(|run| run.row <= row);
        begun.checked_sub(1).and_then(|at| received.get(at)).map_or(self.recorded, |run| run.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PersonId;

    fn draft(body: Body) -> Draft {
        Draft {
            occurred: Timestamp::UNIX_EPOCH,
            source: Source { actor: ActorId::new(1), channel: Channel::Entry, key: None },
            purpose: Purpose::Investigation,
            supersedes: None,
            body,
        }
    }

    #[test]
    fn nobody_is_merged_with_themselves() {
        let person = PersonId::new(3);
        assert!(draft(Body::SamePerson { person, with: person }).check().is_err());
    }

    #[test]
    fn a_withdrawal_names_what_it_withdraws() {
        let withdrawal = draft(Body::Withdrawn { reason: None });
        assert!(withdrawal.check().is_err());
        assert!(Draft { supersedes: Some(FactId::new(1)), ..withdrawal }.check().is_ok());
    }

    #[test]
    fn a_row_is_known_since_its_message_was_received() {
        let minute = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let batch = |received| Body::Batch {
            batch: crate::id::BatchId::new(1),
            rows_are: crate::body::BatchKind::Visits,
            rows: 9,
            span: None,
            digest: Hex([0; 32]),
            assumed_dwell_minutes: None,
            received,
        };
        let run = |row, at| crate::body::Run { row, received: minute(at) };
        let sealed = draft(batch(vec![run(0, 3), run(4, 5)])).recorded(FactId::new(1), minute(9));
        assert_eq!([0, 3, 4, 8].map(|row| sealed.row_known(row)), [3, 3, 5, 5].map(minute));
        let imported = draft(batch(Vec::new())).recorded(FactId::new(1), minute(9));
        assert_eq!(imported.row_known(4), minute(9));
    }

    #[test]
    fn a_later_format_is_named_and_not_guessed_at() {
        let fact = draft(Body::Death { person: PersonId::new(3) }).recorded(FactId::new(1), Timestamp::UNIX_EPOCH);
        let later = String::from_utf8(fact.to_json()).unwrap().replace("\"format\":1", "\"format\":2");
        assert_eq!(Fact::from_json(later.as_bytes()), Err(FactsError::Format(2)));
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        let fact = draft(Body::Death { person: PersonId::new(3) }).recorded(FactId::new(1), Timestamp::UNIX_EPOCH);
        let odd = String::from_utf8(fact.to_json()).unwrap().replace("\"death\"", "\"red-code\"");
        assert!(matches!(Fact::from_json(odd.as_bytes()), Err(FactsError::Json(_))));
    }
}
