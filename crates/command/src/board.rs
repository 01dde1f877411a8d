//! Every duty of the command, leg by leg, as the facts so far have it.

use std::collections::{BTreeMap, BTreeSet};

use duties::{About, Closed, Done, Duty, NotDone, act};
use facts::{Act, ActorId, DutyId, FactId, Timestamp};

/// What follows for duties from a fact, or from a time that came.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Something is owed from now on. One that is there already stays as it is.
    Open(Box<Duty>),
    /// What was owed is done, or not wanted any more. The name is that of the first leg.
    Close(DutyId, Closed),
    /// What was said to be done is owed again, by another time. The name is that of the first leg.
    Reopen(DutyId, Timestamp, Done),
    /// Something was done about it. The name is that of a leg.
    Act(DutyId, Act, Done),
}

/// What was done about a duty: the fact, and to which leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The fact.
    pub fact: FactId,
    /// The leg that it was about.
    pub leg: DutyId,
}

/// How far the parts of a duty are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PartsDone {
    /// How many there are.
    pub of: usize,
    /// Those that nobody owes any more.
    pub closed: usize,
    /// Those that somebody owes and is late with.
    pub overdue: usize,
}

impl PartsDone {
    /// Counts parts as they stand.
    pub fn of<'a>(parts: impl Iterator<Item = &'a Duty>, at: Timestamp) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            of: sum.of + 1,
            closed: sum.closed + usize::from(!part.is_open(at)),
            overdue: sum.overdue + usize::from(part.is_open(at) && part.is_overdue(at)),
        })
    }
}

/// The duties, by the name of their first leg.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Board {
    legs: BTreeMap<DutyId, Vec<Duty>>,
    first_of: BTreeMap<DutyId, DutyId>,
    parts: BTreeMap<DutyId, Vec<DutyId>>,
    history: BTreeMap<DutyId, Vec<Entry>>,
    changed: BTreeSet<DutyId>,
}

impl Board {
    /// The first leg of the duty that a leg belongs to.
    fn first(&self, leg: DutyId) -> DutyId {
        self.first_of.get(&leg).copied().unwrap_or(leg)
    }

    /// A leg.
    pub fn get(&self, leg: DutyId) -> Option<&Duty> {
        self.legs(leg).iter().find(|duty| duty.id == leg)
    }

    /// The legs of the duty that a leg belongs to, in order.
    pub fn legs(&self, leg: DutyId) -> &[Duty] {
        self.legs.get(&self.first(leg)).map_or(&[], Vec::as_slice)
    }

    /// The leg that is owed now, or was owed last.
    pub fn last(&self, leg: DutyId) -> Option<&Duty> {
        self.legs(leg).last()
    }

    /// Every leg of every duty.
    pub fn all(&self) -> impl Iterator<Item = &Duty> {
        self.legs.values().flatten()
    }

    /// The duties that are parts of the one that a leg belongs to, each by its last leg.
    pub fn parts(&self, leg: DutyId) -> impl Iterator<Item = &Duty> {
        self.parts.get(&self.first(leg)).into_iter().flatten().filter_map(|&part| self.last(part))
    }

    /// Whether any part of a duty is still owed.
    pub fn has_open_parts(&self, leg: DutyId, at: Timestamp) -> bool {
        self.parts(leg).any(|part| part.is_open(at))
    }

    /// What was done about a duty, in order.
    pub fn history(&self, leg: DutyId) -> &[Entry] {
        self.history.get(&self.first(leg)).map_or(&[], Vec::as_slice)
    }

    /// Who had a hand in a duty: whoever it was given to, and whoever did anything about it.
    pub fn hands(&self, leg: DutyId) -> BTreeSet<ActorId> {
        hands(self.legs(leg))
    }

    /// What an act on a leg would come to, without doing it.
    pub fn would(&self, leg: DutyId, wanted: &Act, done: Done) -> Result<(), NotDone> {
        act(&mut self.legs(leg).to_vec(), leg, wanted, done)
    }

    /// Takes in what follows.
    pub(crate) fn take_in(&mut self, change: Change) -> Result<(), NotDone> {
        match change {
            Change::Open(duty) => {
                let id = duty.id;
                if self.legs.contains_key(&id) {
                    return Ok(());
                }
                if let Some(whole) = duty.part_of {
                    let whole = self.first(whole);
                    self.parts.entry(whole).or_default().push(id);
                }
                self.legs.insert(id, vec![*duty]);
                self.changed.insert(id);
            }
            Change::Close(id, closed) => {
                let last = self.legs.get_mut(&id).and_then(|legs| legs.last_mut()).ok_or(NotDone::NotFound)?;
                if !last.is_open(closed.at) {
                    return Err(NotDone::Closed);
                }
                act::close(last, closed.at, closed.by);
                self.changed.insert(id);
            }
            Change::Reopen(id, due, done) => {
                let last = self.legs.get_mut(&id).and_then(|legs| legs.last_mut()).ok_or(NotDone::NotFound)?;
                let was = last.closed.filter(|was| was.by.is_fulfilled()).ok_or(NotDone::Open)?;
                act::reopen(last, was, due, done);
                self.history.entry(id).or_default().push(Entry { fact: done.fact, leg: id });
                self.changed.insert(id);
            }
            Change::Act(leg, wanted, done) => self.act(leg, &wanted, done)?,
        }
        Ok(())
    }

    fn act(&mut self, leg: DutyId, wanted: &Act, done: Done) -> Result<(), NotDone> {
        let first = self.first(leg);
        let legs = self.legs.get_mut(&first).ok_or(NotDone::NotFound)?;
        let before = legs.len();
        let outcome = act(legs, leg, wanted, done);
        // Even an act that changes nothing else may have named a circle.
        self.changed.insert(first);
        let new: Vec<DutyId> = legs[before..].iter().map(|duty| duty.id).collect();
        self.first_of.extend(new.into_iter().map(|id| (id, first)));
        outcome?;
        self.history.entry(first).or_default().push(Entry { fact: done.fact, leg });
        if matches!(wanted, Act::Withdraw { .. }) {
            // What a whole does not need any more, nobody owes a part of.
            let parts: Vec<DutyId> = self.parts(first).map(|part| part.id).collect();
            for part in parts {
                let _ = self.act(part, wanted, done);
            }
        }
        Ok(())
    }

    /// The legs of the duties that changed since this was last asked.
    pub(crate) fn take_changed(&mut self) -> Vec<DutyId> {
        std::mem::take(&mut self.changed).into_iter().collect()
    }
}

/// Who had a hand in the legs of a duty.
pub fn hands(legs: &[Duty]) -> BTreeSet<ActorId> {
    let of = |duty: &Duty| -> Vec<ActorId> {
        let steps = match &duty.about {
            About::Sought(sought) => sought.steps.values().collect(),
            _ => Vec::new(),
        };
        let done = [&duty.acknowledged, &duty.started, &duty.completed].into_iter().flatten().chain(&duty.evidence);
        duty.owner.individual.into_iter().chain(done.chain(steps).map(|done| done.by)).collect()
    };
    legs.iter().flat_map(of).collect()
}
