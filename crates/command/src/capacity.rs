//! Capability (能力): what there is, what is asked of it, and for how long it lasts.
//!
//! What a jurisdiction has is what somebody stated. A statement that is missing, or too old to say anything, is
//! no zero and no plenty: what depends on it is unknown.

use std::collections::BTreeMap;

use facts::{ActorId, CapacityFact, Commitment, Fact, FactId, Jurisdiction, Timestamp};
use jiff::ToSpan;

use crate::templates::{CapacityRules, Resource};

/// What somebody stated about one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The fact.
    pub fact: FactId,
    /// As of when it was true.
    pub as_of: Timestamp,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Who stated it.
    pub by: ActorId,
    /// How much in all.
    pub available: u64,
    /// How much of it is taken already, where that is counted.
    pub in_use: Option<u64>,
    /// How much can be had on order.
    pub reserve: Option<u64>,
    /// From receipt to result, in hours.
    pub turnaround_hours: Option<u32>,
}

impl Statement {
    /// Whether it still says something about the present.
    pub fn is_fresh(&self, rules: &CapacityRules, at: Timestamp) -> bool {
        let hours = i64::from(rules.stale_after_hours.value);
        self.as_of.checked_add(hours.hours()).is_ok_and(|stale| at < stale)
    }
}

/// A request for help between jurisdictions (支援), and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aid {
    /// The request.
    pub fact: FactId,
    /// Who asks.
    pub from: Jurisdiction,
    /// Who is asked.
    pub of: Jurisdiction,
    /// For what.
    pub resource: String,
    /// How much.
    pub amount: u64,
    /// By when.
    pub needed_by: Timestamp,
    /// When it was asked.
    pub asked: Timestamp,
    /// Why.
    pub reason: Option<Commitment>,
    /// How much was offered, when, and by which fact; nothing offered is a refusal.
    pub answered: Option<(u64, Timestamp, FactId)>,
    /// How much arrived in all.
    pub arrived: u64,
    /// When all that was offered had arrived, and by which fact.
    pub complete: Option<(Timestamp, FactId)>,
    /// When it went back, or was not wanted any more.
    pub ended: Option<(Timestamp, FactId)>,
}

/// Where a request for help stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AidState {
    /// Nobody answered yet.
    Asked,
    /// Something was offered and is to come.
    Offered,
    /// Nothing was offered.
    Refused,
    /// A part of what was offered is there.
    InPart,
    /// All that was offered is there.
    Arrived,
    /// It is over.
    Closed,
}

impl Aid {
    /// Where it stands.
    pub fn state(&self) -> AidState {
        match (&self.answered, self.arrived) {
            _ if self.ended.is_some() => AidState::Closed,
            (None, _) => AidState::Asked,
            (Some((0, ..)), _) => AidState::Refused,
            (Some(_), 0) => AidState::Offered,
            (Some(_), _) if self.complete.is_none() => AidState::InPart,
            _ => AidState::Arrived,
        }
    }

    /// What is offered and not there yet.
    pub fn coming(&self) -> u64 {
        match (self.ended, self.answered) {
            (None, Some((offered, ..))) => offered.saturating_sub(self.arrived),
            _ => 0,
        }
    }
}

/// Every statement and request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capacity {
    statements: BTreeMap<(String, Jurisdiction), Vec<Statement>>,
    aid: BTreeMap<FactId, Aid>,
}

/// What is available of a resource over many who have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Available {
    /// The sum of what is stated and fresh; none when nothing is.
    pub sum: Option<u64>,
    /// The sum of what is taken, of those that count it.
    pub in_use: Option<u64>,
    /// How many stated it lately.
    pub reported: usize,
    /// How many should.
    pub of: usize,
    /// Those without a fresh statement.
    pub missing: Vec<Jurisdiction>,
    /// When the oldest of those counted was true.
    pub oldest: Option<Timestamp>,
    /// The longest turnaround of those counted, in hours.
    pub turnaround_hours: Option<u32>,
    /// The facts behind it.
    pub because: Vec<FactId>,
}

/// What is asked of a resource.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// In the resource's unit; of one that is used up, a day.
    pub amount: f64,
    /// By how much that changes in an hour.
    pub change_per_hour: f64,
}

/// For how long a resource lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Saturation {
    /// More is asked than there is; by so much.
    Over(f64),
    /// If nothing changes, it will be exhausted in so many hours.
    InHours(f64),
    /// At this rate it lasts.
    NotAtThisRate,
    /// It cannot be said, because nobody stated what there is.
    UnknownAvailable,
    /// It cannot be said, because what is asked is not known.
    UnknownDemand,
}

impl Saturation {
    /// Whether something is to be done about it.
    pub fn is_shortfall(self, rules: &CapacityRules) -> bool {
        match self {
            Self::Over(_) => true,
            Self::InHours(hours) => hours <= f64::from(rules.warn_within_hours.value),
            _ => false,
        }
    }
}

/// For how long what is available meets a demand.
pub fn saturation(resource: &Resource, available: Option<u64>, demand: Option<Demand>) -> Saturation {
    let Some(available) = available else { return Saturation::UnknownAvailable };
    let Some(demand) = demand else { return Saturation::UnknownDemand };
    // Far below what a mantissa holds.
    let available = available as f64;
    if resource.used_up {
        return match (available > 0.0, demand.amount > 0.0) {
            (_, false) => Saturation::NotAtThisRate,
            (true, true) => Saturation::InHours(available / demand.amount * 24.0),
            (false, true) => Saturation::Over(demand.amount),
        };
    }
    let left = available - demand.amount;
    if left < 0.0 {
        Saturation::Over(-left)
    } else if demand.change_per_hour > 0.0 {
        Saturation::InHours(left / demand.change_per_hour)
    } else {
        Saturation::NotAtThisRate
    }
}

impl Capacity {
    pub(crate) fn apply(&mut self, fact: &Fact, said: &CapacityFact) {
        match said {
            CapacityFact::Stated { jurisdiction, resource, available, in_use, reserve, turnaround_hours } => {
                let statement = Statement {
                    fact: fact.id,
                    as_of: fact.occurred(),
                    recorded: fact.recorded,
                    by: fact.draft.source.actor,
                    available: *available,
                    in_use: *in_use,
                    reserve: *reserve,
                    turnaround_hours: *turnaround_hours,
                };
                self.statements.entry((resource.clone(), *jurisdiction)).or_default().push(statement);
            }
            CapacityFact::AidAsked { from, of, resource, amount, needed_by, reason } => {
                let aid = Aid {
                    fact: fact.id,
                    from: *from,
                    of: *of,
                    resource: resource.clone(),
                    amount: *amount,
                    needed_by: *needed_by,
                    asked: fact.recorded,
                    reason: *reason,
                    answered: None,
                    arrived: 0,
                    complete: None,
                    ended: None,
                };
                self.aid.insert(fact.id, aid);
            }
            CapacityFact::AidAnswered { of, offered, .. } => {
                if let Some(aid) = self.aid.get_mut(of) {
                    aid.answered.get_or_insert((*offered, fact.recorded, fact.id));
                }
            }
            CapacityFact::AidArrived { of, amount } => {
                if let Some(aid) = self.aid.get_mut(of) {
                    aid.arrived = aid.arrived.saturating_add(*amount);
                    if aid.answered.is_some_and(|(offered, ..)| aid.arrived >= offered) {
                        aid.complete.get_or_insert((fact.recorded, fact.id));
                    }
                }
            }
            CapacityFact::AidEnded { of } => {
                if let Some(aid) = self.aid.get_mut(of) {
                    aid.ended.get_or_insert((fact.recorded, fact.id));
                }
            }
        }
    }

    /// What a jurisdiction itself stated last about a resource. The latest to be true counts, whenever it was
    /// recorded.
    pub fn last(&self, of: Jurisdiction, resource: &str) -> Option<&Statement> {
        self.statements(of, resource).iter().max_by_key(|statement| (statement.as_of, statement.recorded))
    }

    /// Everything that a jurisdiction stated about a resource, as it was recorded.
    pub fn statements(&self, of: Jurisdiction, resource: &str) -> &[Statement] {
        self.statements.get(&(resource.to_owned(), of)).map_or(&[], Vec::as_slice)
    }

    /// What is available of a resource over those who should state it.
    pub fn available(
        &self,
        who: impl IntoIterator<Item = Jurisdiction>,
        resource: &str,
        rules: &CapacityRules,
        at: Timestamp,
    ) -> Available {
        let mut available = Available::default();
        for of in who {
            available.of += 1;
            let Some(last) = self.last(of, resource).filter(|last| last.is_fresh(rules, at)) else {
                available.missing.push(of);
                continue;
            };
            available.reported += 1;
            available.sum = Some(available.sum.unwrap_or_default().saturating_add(last.available));
            if let Some(in_use) = last.in_use {
                available.in_use = Some(available.in_use.unwrap_or_default().saturating_add(in_use));
            }
            available.oldest = Some(available.oldest.map_or(last.as_of, |oldest| oldest.min(last.as_of)));
            available.turnaround_hours = available.turnaround_hours.max(last.turnaround_hours);
            available.because.push(last.fact);
        }
        available
    }

    /// A request for help.
    pub fn aid(&self, of: FactId) -> Option<&Aid> {
        self.aid.get(&of)
    }

    /// Every request for help, in no order of time.
    pub fn all_aid(&self) -> impl Iterator<Item = &Aid> {
        self.aid.values()
    }

    /// How much of a resource is on its way to a jurisdiction or into it.
    pub fn coming(&self, to: Jurisdiction, resource: &str) -> u64 {
        let aid = self.aid.values().filter(|aid| to.contains(aid.from) && !to.contains(aid.of));
        aid.filter(|aid| aid.resource == resource).map(Aid::coming).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::{STANDARD, Template};
    use facts::{Body, Channel, Draft, Purpose, Source};

    fn code(text: &str) -> Jurisdiction {
        text.parse().unwrap()
    }

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[derive(Default)]
    struct Story {
        capacity: Capacity,
        facts: u64,
    }

    impl Story {
        fn record(&mut self, at: i64, said: CapacityFact) -> FactId {
            self.facts += 1;
            let source = Source { actor: ActorId::new(1), channel: Channel::Entry, key: None };
            let (occurred, purpose, body) = (hour(at), Purpose::FollowUp, Body::Capacity(said.clone()));
            let draft = Draft { occurred, source, purpose, supersedes: None, body };
            let fact = draft.recorded(FactId::new(self.facts), hour(at));
            self.capacity.apply(&fact, &said);
            fact.id
        }

        fn state(&mut self, at: i64, who: &str, available: u64) {
            let said = CapacityFact::Stated {
                jurisdiction: code(who),
                resource: "isolation-rooms".to_owned(),
                available,
                in_use: None,
                reserve: None,
                turnaround_hours: None,
            };
            self.record(at, said);
        }

        fn ask(&mut self, at: i64) -> FactId {
            let (from, of) = (code("390102"), code("390202"));
            let resource = "isolation-rooms".to_owned();
            self.record(
                at,
                CapacityFact::AidAsked { from, of, resource, amount: 50, needed_by: hour(24), reason: None },
            )
        }
    }

    fn resource(code: &str) -> Resource {
        Template::from_toml(STANDARD).unwrap().resource(code).unwrap().clone()
    }

    fn demand(amount: f64, change_per_hour: f64) -> Option<Demand> {
        Some(Demand { amount, change_per_hour })
    }

    #[test]
    fn a_statement_that_is_missing_or_old_is_no_zero() {
        let rules = Template::from_toml(STANDARD).unwrap().capacity;
        let mut story = Story::default();
        let counties = ["390102", "390103", "390104"].map(code);
        let available = |story: &Story, at| story.capacity.available(counties, "isolation-rooms", &rules, hour(at));
        assert_eq!(available(&story, 1).sum, None);
        story.state(0, "390102", 30);
        story.state(40, "390103", 0);
        let both = available(&story, 41);
        assert_eq!((both.sum, both.reported, both.of, both.missing), (Some(30), 2, 3, vec![code("390104")]));
        let later = available(&story, 60);
        assert_eq!((later.sum, later.missing), (Some(0), vec![code("390102"), code("390104")]));
    }

    #[test]
    fn hours_to_saturation_follow_from_what_is_left_and_how_fast_it_goes() {
        let rooms = resource("isolation-rooms");
        assert_eq!(saturation(&rooms, Some(100), demand(40.0, 5.0)), Saturation::InHours(12.0));
        assert_eq!(saturation(&rooms, Some(100), demand(40.0, -5.0)), Saturation::NotAtThisRate);
        assert_eq!(saturation(&rooms, Some(100), demand(130.0, -5.0)), Saturation::Over(30.0));
        assert_eq!(saturation(&rooms, None, demand(130.0, 0.0)), Saturation::UnknownAvailable);
        assert_eq!(saturation(&rooms, Some(100), None), Saturation::UnknownDemand);
    }

    #[test]
    fn stocks_are_used_up_and_rooms_are_given_back() {
        let suits = resource("protective-suits");
        assert_eq!(saturation(&suits, Some(300), demand(100.0, 0.0)), Saturation::InHours(72.0));
        assert_eq!(saturation(&suits, Some(0), demand(100.0, 0.0)), Saturation::Over(100.0));
        assert_eq!(saturation(&suits, Some(0), demand(0.0, 0.0)), Saturation::NotAtThisRate);
    }

    #[test]
    fn what_cannot_be_said_is_no_shortfall_and_no_comfort() {
        let rules = Template::from_toml(STANDARD).unwrap().capacity;
        assert!(Saturation::InHours(24.0).is_shortfall(&rules));
        assert!(!Saturation::InHours(24.5).is_shortfall(&rules));
        assert!(!Saturation::UnknownAvailable.is_shortfall(&rules));
    }

    #[test]
    fn help_is_asked_offered_in_part_and_arrives_in_parts() {
        let mut story = Story::default();
        let asked = story.ask(0);
        let state = |story: &Story| story.capacity.aid(asked).unwrap().state();
        assert_eq!(state(&story), AidState::Asked);
        story.record(1, CapacityFact::AidAnswered { of: asked, offered: 30, reason: None });
        assert_eq!((state(&story), story.capacity.coming(code("390100"), "isolation-rooms")), (AidState::Offered, 30));
        story.record(5, CapacityFact::AidArrived { of: asked, amount: 20 });
        assert_eq!((state(&story), story.capacity.coming(code("390102"), "isolation-rooms")), (AidState::InPart, 10));
        story.record(6, CapacityFact::AidArrived { of: asked, amount: 10 });
        assert_eq!(state(&story), AidState::Arrived);
        story.record(90, CapacityFact::AidEnded { of: asked });
        assert_eq!(state(&story), AidState::Closed);
    }

    #[test]
    fn help_within_the_province_is_not_coming_to_the_province() {
        let mut story = Story::default();
        let asked = story.ask(0);
        story.record(1, CapacityFact::AidAnswered { of: asked, offered: 30, reason: None });
        assert_eq!(story.capacity.coming(code("390000"), "isolation-rooms"), 0);
    }

    #[test]
    fn an_offer_of_nothing_is_a_refusal() {
        let mut story = Story::default();
        let asked = story.ask(0);
        story.record(1, CapacityFact::AidAnswered { of: asked, offered: 0, reason: None });
        assert_eq!(story.capacity.aid(asked).unwrap().state(), AidState::Refused);
    }
}
