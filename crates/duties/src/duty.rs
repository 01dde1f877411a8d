//! A duty (责任): who owes what about whom, by when, because of what.

use std::collections::BTreeMap;

use facts::{ActorId, CaseId, Disease, DutyId, FactId, Jurisdiction, NotFound, PersonId, Step, Timestamp};
use plan::GroundKind;

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutyKind {
    /// Find someone and see that they are under care (定位管控).
    LocateAndControl,
}

/// A duty, or one leg of it where it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Its name: the same for the same person, disease, episode and leg, however often it is derived.
    pub id: DutyId,
    /// What is owed.
    pub kind: DutyKind,
    /// About whom.
    pub person: PersonId,
    /// Because of which disease.
    pub disease: Disease,
    /// On the strictest of which grounds.
    pub ground: GroundKind,
    /// Because of which cases.
    pub cases: Vec<CaseId>,
    /// Who owes it.
    pub owner: Owner,
    /// When the earliest case behind it was recorded: the first clock.
    pub positive_recorded: Timestamp,
    /// When this owner received it: the second clock.
    pub received: Timestamp,
    /// By when they must be located.
    pub locate_due: Timestamp,
    /// By when they must be controlled.
    pub due: Timestamp,
    /// When it ends of itself, because nothing is required of the person any more.
    pub lapses: Timestamp,
    /// What has been done.
    pub steps: BTreeMap<Step, Done>,
    /// What stopped the clock.
    pub closed: Option<Closed>,
    /// The last hand-over that this owner asked for.
    pub hand_over: Option<HandOver>,
    /// The last attempt that failed.
    pub last_outcome: Option<NotFound>,
    /// The officer it was given to; a new owner decides anew.
    pub assigned_to: Option<ActorId>,
}

/// The four responsible parties (四方责任); below the territory they come with the rosters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The territory (属地).
    pub territory: Jurisdiction,
}

/// A step that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// When, in the world.
    pub occurred: Timestamp,
    /// When the server recorded it; clocks run on this.
    pub recorded: Timestamp,
    /// The fact.
    pub fact: FactId,
}

/// What stopped a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// When the server recorded it.
    pub at: Timestamp,
    /// What.
    pub by: ClosedBy,
}

/// The only three things that stop a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedBy {
    /// The person is under control.
    Controlled,
    /// The person died.
    Deceased,
    /// Another jurisdiction accepted the duty.
    HandedOver,
}

/// A hand-over and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandOver {
    /// The request.
    pub fact: FactId,
    /// Who is asked.
    pub to: Jurisdiction,
    /// What they answered.
    pub answer: Option<bool>,
}

/// Where a duty stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nobody has found them yet.
    ToFind,
    /// They are located and not yet controlled.
    Located,
    /// The clock was stopped.
    Closed,
    /// Nothing is required of the person any more, and it was never stopped.
    Ended,
}

impl Duty {
    /// Where it stands.
    pub fn state(&self, at: Timestamp) -> State {
        if self.closed.is_some() {
            State::Closed
        } else if at >= self.lapses {
            State::Ended
        } else if self.steps.contains_key(&Step::Location) {
            State::Located
        } else {
            State::ToFind
        }
    }

    /// Whether someone still owes it.
    pub fn is_open(&self, at: Timestamp) -> bool {
        matches!(self.state(at), State::ToFind | State::Located)
    }

    /// Whether it is, or was when its clock stopped, past its deadline.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        let stopped = self.closed.map_or(at.min(self.lapses), |closed| closed.at);
        stopped > self.due
    }
}
