//! What happens when: reminders, deadlines, escalations, each once.
//!
//! A queue of times at which a duty makes itself heard. It crosses them in order, however late it is looked
//! at, and remembers each by duty and rung; so hours switched off change nothing of what was crossed.

use std::collections::{BTreeMap, BTreeSet};

use duties::{DutyKind, Rung, RungAt, Subject, ladder};
use facts::{DutyId, Jurisdiction, Timestamp};

/// A rung of a duty's ladder that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crossing {
    /// When it was reached, whenever anybody looked.
    pub at: Timestamp,
    /// The duty.
    pub duty: DutyId,
    /// How often it had been opened again by then.
    pub round: u16,
    /// Which rung.
    pub rung: Rung,
    /// Who hears of it.
    pub to: Jurisdiction,
    /// Who owes it.
    pub territory: Jurisdiction,
    /// What is owed.
    pub kind: DutyKind,
}

/// The queue, and what it crossed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Boundaries {
    waiting: BTreeSet<Crossing>,
    /// The times at which each duty waits.
    of: BTreeMap<DutyId, Vec<Crossing>>,
    crossed: BTreeMap<DutyId, BTreeSet<(u16, Rung)>>,
    log: BTreeSet<Crossing>,
}

impl Boundaries {
    /// Looks at a duty as it stands now, in place of how it stood.
    pub fn set<A: Subject>(&mut self, duty: &duties::Duty<A>) {
        self.forget(duty.id);
        let crossed = self.crossed.get(&duty.id);
        let is_new = |rung: &RungAt| !crossed.is_some_and(|crossed| crossed.contains(&(rung.round, rung.rung)));
        let crossing = |rung: RungAt| Crossing {
            at: rung.at,
            duty: duty.id,
            round: rung.round,
            rung: rung.rung,
            to: rung.to,
            territory: duty.owner.territory,
            kind: duty.kind(),
        };
        let waiting: Vec<Crossing> = ladder(duty).into_iter().filter(is_new).map(crossing).collect();
        if !waiting.is_empty() {
            self.waiting.extend(&waiting);
            self.of.insert(duty.id, waiting);
        }
    }

    /// Leaves a duty that there is no more. What was crossed was crossed.
    pub fn forget(&mut self, duty: DutyId) {
        for crossing in self.of.remove(&duty).unwrap_or_default() {
            self.waiting.remove(&crossing);
        }
    }

    /// Goes on to a time. Returns what was crossed on the way, in order.
    pub fn advance(&mut self, to: Timestamp) -> Vec<Crossing> {
        let mut crossed = Vec::new();
        while let Some(first) = self.waiting.first().copied().filter(|first| first.at <= to) {
            self.waiting.remove(&first);
            if let Some(waiting) = self.of.get_mut(&first.duty) {
                waiting.retain(|crossing| *crossing != first);
            }
            self.crossed.entry(first.duty).or_default().insert((first.round, first.rung));
            self.log.insert(first);
            crossed.push(first);
        }
        crossed
    }

    /// When the next is, if nothing changes.
    pub fn next(&self) -> Option<Timestamp> {
        self.waiting.first().map(|crossing| crossing.at)
    }

    /// What was crossed, in order of time.
    pub fn log(&self) -> &BTreeSet<Crossing> {
        &self.log
    }

    /// What was crossed of a duty.
    pub fn crossed(&self, duty: DutyId) -> impl Iterator<Item = (u16, Rung)> {
        self.crossed.get(&duty).into_iter().flatten().copied()
    }
}
