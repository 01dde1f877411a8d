//! Tasks (交办): what one person gives others to do, once or again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::{About, Cohort, Duty, DutyKind, name};
use facts::{DutyFact, DutyId, Fact, FactId, Parties, Timestamp};

use crate::board::Change;

/// The tasks that recur, when each opens next, and for whom it was stopped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tasks {
    recurring: BTreeMap<(Timestamp, FactId, u32), Arc<Fact>>,
    stopped: BTreeSet<(FactId, u32)>,
}

/// The name of a task: of the fact that gave it, the party among those it was given to, and the occurrence.
pub fn task_id(given: FactId, party: u32, occurrence: u32) -> DutyId {
    let parts: [&[u8]; 3] = [&given.number().to_be_bytes(), &party.to_be_bytes(), &occurrence.to_be_bytes()];
    name(DutyKind::Task, &parts)
}

impl Tasks {
    pub(crate) fn apply(&mut self, fact: &Arc<Fact>, given: &DutyFact) -> Vec<Change> {
        let changes = self.open(fact, given, 0);
        self.wait_for(fact, given, 1);
        changes
    }

    /// Opens what recurs by a time.
    pub(crate) fn advance(&mut self, to: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        while let Some((&(at, _, occurrence), _)) = self.recurring.first_key_value() {
            if at > to {
                break;
            }
            let Some((_, fact)) = self.recurring.pop_first() else { break };
            let facts::Body::Duty(given) = fact.body() else { continue };
            changes.extend(self.open(&fact, given, occurrence));
            self.wait_for(&fact, given, occurrence + 1);
        }
        changes
    }

    fn wait_for(&mut self, fact: &Arc<Fact>, given: &DutyFact, occurrence: u32) {
        let DutyFact::Given { recurs: Some(recurs), .. } = given else { return };
        let next = recurs.every.after(fact.recorded, occurrence).filter(|next| *next < recurs.until);
        if let Some(next) = next {
            self.recurring.insert((next, fact.id, occurrence), fact.clone());
        }
    }

    /// One party does not owe a task again; withdrawing one occurrence withdraws those to come.
    pub(crate) fn stop(&mut self, given: FactId, party: u32) {
        self.stopped.insert((given, party));
    }

    fn open(&self, fact: &Arc<Fact>, given: &DutyFact, occurrence: u32) -> Vec<Change> {
        let DutyFact::Given { parties, owed_to, text, due, ladder, part_of, order, members, recurs, evidence_required } =
            given
        else {
            return Vec::new();
        };
        // Times beyond the end of time are left out: nothing opens there.
        let shifted = |time: Timestamp| recurs.map_or(Some(time), |recurs| recurs.every.after(time, occurrence));
        let (Some(received), Some(due)) = (shifted(fact.recorded), shifted(*due)) else { return Vec::new() };
        let duty = |(party, owner): (u32, &Parties)| {
            let about = About::Task { given: fact.id, party, occurrence };
            let id = task_id(fact.id, party, occurrence);
            let mut duty = Duty::new(id, about, owner.clone(), received, due, *ladder);
            duty.owed_to = Some(*owed_to);
            duty.because = vec![fact.id];
            duty.evidence_required = *evidence_required;
            duty.text = *text;
            duty.part_of = *part_of;
            duty.order = *order;
            duty.cohort = members.map(|members| Cohort { members, exceptions: BTreeMap::new() });
            Change::Open(Box::new(duty))
        };
        let owing = (0..).zip(parties).filter(|(party, _)| !self.stopped.contains(&(fact.id, *party)));
        owing.map(duty).collect()
    }
}
