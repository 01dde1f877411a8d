//! Requirements that rest on another deployment's word: a letter with people to find.
//!
//! One foreign key is one word. It opens a search, and restricts nobody for longer than one person's word does;
//! the search outlives that, since it asks something of the authority and nothing of the person.

use facts::letter::{Asked, Sought, SoughtAs, StageHours};
use facts::{Body, CaseId, Disease, Fact, FactId, Jurisdiction, LetterFact, PersonId, Timestamp};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use plan::{GroundKind, Plan};

use crate::requirement::{Requirement, dated};

/// The letter that a requirement rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByLetter {
    /// The fact that received it.
    pub fact: FactId,
    /// By when whoever asked wants it done.
    pub hours: StageHours,
    /// Where to look first.
    pub to: Jurisdiction,
}

/// What the letters about someone require of them. `about` are the facts about them that stand.
pub fn of_letters<'p>(
    is_them: impl Fn(PersonId) -> bool,
    about: &[&Fact],
    plan: impl Fn(&Disease) -> Option<&'p Plan>,
    zone: &TimeZone,
) -> Vec<Requirement> {
    let mut requirements = Vec::new();
    for fact in about {
        let Body::Letter(LetterFact::Received { asked, .. }) = fact.body() else { continue };
        let Some(plan) = plan(&asked.disease) else { continue };
        for sought in asked.people.iter().filter(|sought| is_them(sought.person)) {
            let requirement = match said_since(about, asked, sought) {
                Since::Withdrawn => None,
                Since::Nothing => of_letter(fact, asked, sought, plan, zone),
                Since::Ended(at) => of_letter(fact, asked, sought, plan, zone).and_then(|it| it.ending_by(at)),
            };
            requirements.extend(requirement);
        }
    }
    requirements
}

/// What was said about someone of a letter after it came.
enum Since {
    Nothing,
    /// Whoever asked took it back, as if it had never been said.
    Withdrawn,
    /// We sent them back, or asked another deployment.
    Ended(Timestamp),
}

fn said_since(about: &[&Fact], asked: &Asked, sought: &Sought) -> Since {
    let mut since = Since::Nothing;
    for fact in about {
        let Body::Letter(said) = fact.body() else { continue };
        if said.letter() != Some(asked.letter) {
            continue;
        }
        match said {
            LetterFact::Withdrawn { people, .. } if people.iter().any(|named| named.key == sought.key) => {
                return Since::Withdrawn;
            }
            LetterFact::SentBack { people, .. } if people.iter().any(|named| named.key == sought.key) => {
                since = Since::Ended(fact.recorded);
            }
            LetterFact::HandedOn { people, .. } if people.iter().any(|named| named.key == sought.key) => {
                since = Since::Ended(fact.recorded);
            }
            _ => {}
        }
    }
    since
}

fn of_letter(fact: &Fact, asked: &Asked, sought: &Sought, plan: &Plan, zone: &TimeZone) -> Option<Requirement> {
    let ground = match sought.ground {
        SoughtAs::Case => GroundKind::Case,
        SoughtAs::CloseContact => GroundKind::CloseContact,
        SoughtAs::SecondaryContact => GroundKind::SecondaryContact,
        SoughtAs::GeneralContact => GroundKind::GeneralContact,
    };
    // As for our own contacts: an exposure that ends at midnight ended on the day before.
    let day_zero = zone.to_datetime(sought.last.checked_sub(1.second()).unwrap_or(sought.last)).date();
    let known = fact.recorded;
    let case = CaseId::new(fact.id.number());
    let known_there = sought.positive_recorded;
    let for_good = dated(sought.person, ground, (case, known_there), day_zero, known, None, plan, zone)?;
    let mut requirement = dated(sought.person, ground, (case, known_there), day_zero, known, Some(known), plan, zone)?;
    requirement.behind_since = sought.since;
    requirement.sought_until = for_good.until;
    let to = sought.last_known.filter(|last| asked.to.contains(*last)).unwrap_or(asked.to);
    requirement.by_letter = Some(ByLetter { fact: fact.id, hours: asked.hours, to });
    Some(requirement)
}
