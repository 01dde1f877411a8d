//! Locate and control (定位管控): the duty that follows from a requirement to find someone.
//!
//! Requirements of one disease that touch or overlap are one episode, and one duty. A hand-over that is
//! accepted closes the duty of the one and opens the next leg for the other.

use facts::{Body, Disease, DutyId, Fact, FactId, Jurisdiction, Ladder, Parties, PersonId, Step, Timestamp};
use jiff::ToSpan;
use plan::Deadlines;
use status::Requirement;

use crate::about::{DutyKind, Sought};
use crate::duty::{self, Asked, Closed, ClosedBy, Done, Duty, Search};

/// What the duty about one person follows from.
pub struct Basis<'a> {
    /// About whom.
    pub person: PersonId,
    /// Because of which disease.
    pub disease: &'a Disease,
    /// What is required of them, of that disease.
    pub requirements: &'a [&'a Requirement],
    /// The facts about them that stand, and the answers to their hand-overs, in journal order.
    pub facts: &'a [&'a Fact],
    /// Who answers for them before any hand-over.
    pub residence: Jurisdiction,
    /// By when things are due.
    pub deadlines: &'a Deadlines,
    /// When it makes itself heard.
    pub ladder: Ladder,
}

/// A run of requirements without a gap.
struct Episode {
    from: Timestamp,
    until: Timestamp,
    members: Vec<usize>,
}

fn episodes(requirements: &[&Requirement]) -> Vec<Episode> {
    let mut order: Vec<usize> = (0..requirements.len()).filter(|&at| requirements[at].locate).collect();
    order.sort_by_key(|&at| (requirements[at].from, requirements[at].sought_until));
    let mut episodes: Vec<Episode> = Vec::new();
    for at in order {
        let requirement = requirements[at];
        match episodes.last_mut() {
            Some(episode) if requirement.from <= episode.until => {
                episode.until = episode.until.max(requirement.sought_until);
                episode.members.push(at);
            }
            _ => episodes.push(Episode { from: requirement.from, until: requirement.sought_until, members: vec![at] }),
        }
    }
    episodes
}

/// The duties about one person because of one disease, legs in order.
pub fn locate_and_control(basis: &Basis<'_>) -> Vec<Search> {
    let episodes = episodes(basis.requirements);
    let mut duties = Vec::new();
    for (number, episode) in episodes.iter().enumerate() {
        // People are often controlled hours before the record that makes them a contact arrives, so a step
        // counts from the exposure on; but what was done in an earlier episode says nothing about this one.
        let behind_since = episode.members.iter().map(|&at| basis.requirements[at].behind_since).min();
        let earlier = number.checked_sub(1).map_or(Timestamp::MIN, |before| episodes[before].until);
        let steps_from = behind_since.unwrap_or(episode.from).max(earlier);
        legs(basis, episode, number, steps_from, &mut duties);
    }
    duties
}

fn legs(basis: &Basis<'_>, episode: &Episode, number: usize, steps_from: Timestamp, duties: &mut Vec<Search>) {
    let Some(ground) = episode.members.iter().map(|&at| basis.requirements[at].ground).min() else { return };
    let mut cases: Vec<_> = episode.members.iter().map(|&at| basis.requirements[at].case).collect();
    cases.sort();
    cases.dedup();
    let known = episode.members.iter().map(|&at| basis.requirements[at].case_known).min().unwrap_or(episode.from);
    let after = |from: Timestamp, hours: u32| from.checked_add(i64::from(hours).hours()).unwrap_or(Timestamp::MAX);
    // Whoever asks by letter says by when; our own plan is kept as well.
    let asked = || episode.members.iter().filter_map(|&at| Some(basis.requirements[at].by_letter?.hours));
    let locate_hours = asked().map(|hours| hours.locate).chain([basis.deadlines.locate_hours.value]).min();
    let control_hours = asked().map(|hours| hours.isolate).chain([basis.deadlines.control_hours.value]).min();
    let leg = |leg: usize, territory: Jurisdiction, received: Timestamp| {
        let sought = Sought {
            person: basis.person,
            disease: basis.disease.clone(),
            ground,
            cases: cases.clone(),
            locate_due: after(received, locate_hours.unwrap_or_default()),
            steps: Default::default(),
            last_outcome: None,
        };
        let due = after(received, control_hours.unwrap_or_default());
        let id = name(basis, number, leg);
        let mut duty = Duty::new(id, sought, Parties::of(territory), received, due, basis.ladder);
        duty.because = cases.iter().map(|case| FactId::new(case.number())).collect();
        duty.opened = known;
        duty.lapses = episode.until;
        duty
    };
    let mut current = leg(0, basis.residence, episode.from);
    let mut leg_number = 0;
    for fact in basis.facts.iter().copied() {
        if current.closed.is_some() {
            break;
        }
        let counts = steps_from <= fact.occurred() && fact.occurred() < episode.until;
        match fact.body() {
            Body::FollowUp { disease, step, .. } if disease == basis.disease && counts => {
                current.about.steps.entry(*step).or_insert(Done::of(fact));
                if *step == Step::Control {
                    // Nobody is late for what was done before they were asked.
                    let at = fact.recorded.max(current.received);
                    current.closed = Some(Closed { at, by: ClosedBy::Controlled });
                }
            }
            Body::NotFound { disease, outcome, .. } if disease == basis.disease && counts => {
                current.about.last_outcome = Some(*outcome);
            }
            Body::Death { .. } => {
                let at = fact.recorded.max(current.received);
                current.closed = Some(Closed { at, by: ClosedBy::Deceased });
            }
            // What was decided before this owner received the duty was decided about another.
            Body::Assigned { disease, to, .. } if disease == basis.disease && fact.recorded >= current.received => {
                current.owner.individual = *to;
            }
            Body::HandOver { disease, from, to, .. }
                if disease == basis.disease
                    && *from == current.owner.territory
                    && fact.recorded >= current.received =>
            {
                current.hand_over = Some(Asked { fact: fact.id, to: *to, reason: None, answer: None });
            }
            Body::HandOverAnswer { of, accepted, .. } => {
                let Some(asked) = current.hand_over.as_mut().filter(|asked| asked.fact == *of) else { continue };
                asked.answer = Some(*accepted);
                if *accepted {
                    let to = asked.to;
                    leg_number += 1;
                    current.closed = Some(Closed { at: fact.recorded, by: ClosedBy::HandedOver });
                    let mut next = leg(leg_number, to, fact.recorded);
                    next.about.steps = current.about.steps.clone();
                    next.held_before = current.held_before.clone();
                    next.held_before.push(current.owner.territory);
                    // Whoever is sought may really have come back; a circle is named, and the search goes on.
                    next.circle = next.held_before.contains(&to);
                    duties.push(std::mem::replace(&mut current, next));
                }
            }
            _ => {}
        }
    }
    duties.push(current);
}

fn name(basis: &Basis<'_>, episode: usize, leg: usize) -> DutyId {
    let parts: [&[u8]; 4] = [
        &basis.person.number().to_be_bytes(),
        basis.disease.0.as_bytes(),
        &(episode as u32).to_be_bytes(),
        &(leg as u32).to_be_bytes(),
    ];
    duty::name(DutyKind::LocateAndControl, &parts)
}
