//! The facts, in journal order, and which of them stand.
//!
//! A fact stands unless a later one supersedes it. A correction of a correction leaves the first fact
//! superseded; withdrawing a correction brings back what it corrected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use facts::{Body, Fact, FactId, PersonId};

/// Every fact of the journal, with what finds it.
#[derive(Clone, Default)]
pub struct Ledger {
    facts: BTreeMap<FactId, (u64, Arc<Fact>)>,
    superseders: BTreeMap<FactId, Vec<FactId>>,
    by_person: BTreeMap<PersonId, Vec<FactId>>,
    confirmations: BTreeMap<FactId, Vec<FactId>>,
    answers: BTreeMap<FactId, Vec<FactId>>,
}

impl Ledger {
    /// Adds a fact. Returns the facts whose standing it changed, itself among them.
    pub fn add(&mut self, position: u64, fact: Arc<Fact>) -> Vec<FactId> {
        for person in fact.body().people() {
            self.by_person.entry(person).or_default().push(fact.id);
        }
        match fact.body() {
            Body::Confirmation { of } => self.confirmations.entry(*of).or_default().push(fact.id),
            Body::HandOverAnswer { of, .. } => self.answers.entry(*of).or_default().push(fact.id),
            _ => {}
        }
        let mut changed = vec![fact.id];
        let mut earlier = fact.draft.supersedes;
        if let Some(superseded) = earlier {
            self.superseders.entry(superseded).or_default().push(fact.id);
        }
        // Down the chain: withdrawing a correction changes the standing of what it had corrected.
        while let Some(id) = earlier.filter(|id| !changed.contains(id)) {
            changed.push(id);
            earlier = self.get(id).and_then(|fact| fact.draft.supersedes);
        }
        self.facts.insert(fact.id, (position, fact));
        changed
    }

    /// The fact of that name.
    pub fn get(&self, id: FactId) -> Option<&Arc<Fact>> {
        self.facts.get(&id).map(|(_, fact)| fact)
    }

    /// Where in the journal a fact is.
    pub fn position(&self, id: FactId) -> Option<u64> {
        self.facts.get(&id).map(|(position, _)| *position)
    }

    /// The facts that supersede a fact, whether or not they stand.
    pub fn superseders(&self, id: FactId) -> &[FactId] {
        self.superseders.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether a fact is neither corrected nor withdrawn.
    pub fn stands(&self, id: FactId) -> bool {
        self.superseders(id).iter().all(|&later| self.is_undone(later))
    }

    /// Whether a superseding fact was itself withdrawn, so that it never was.
    fn is_undone(&self, id: FactId) -> bool {
        self.superseders(id).iter().any(|&later| {
            self.get(later).is_some_and(|fact| matches!(fact.body(), Body::Withdrawn { .. })) && !self.is_undone(later)
        })
    }

    /// The facts that stand about any of some ids, and the answers to their hand-overs, in journal order.
    pub fn about(&self, people: &[PersonId]) -> Vec<&Fact> {
        let own = people.iter().flat_map(|person| self.by_person.get(person).into_iter().flatten());
        let ids: BTreeSet<FactId> = own
            .flat_map(|id| std::iter::once(id).chain(self.answers.get(id).into_iter().flatten()))
            .copied()
            .filter(|&id| self.stands(id))
            .collect();
        let mut facts: Vec<(u64, &Fact)> =
            ids.iter().filter_map(|id| self.facts.get(id)).map(|(position, fact)| (*position, fact.as_ref())).collect();
        facts.sort_by_key(|(position, _)| *position);
        facts.into_iter().map(|(_, fact)| fact).collect()
    }

    /// Whether someone other than who recorded it vouches for a fact.
    pub fn is_confirmed(&self, id: FactId) -> bool {
        let Some(fact) = self.get(id) else { return false };
        self.confirmations.get(&id).into_iter().flatten().any(|&confirmation| {
            self.stands(confirmation)
                && self.get(confirmation).is_some_and(|by| by.draft.source.actor != fact.draft.source.actor)
        })
    }

    /// Everyone that any fact names.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        self.by_person.keys().copied()
    }

    /// Every fact, in no particular order of time.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Fact>> {
        self.facts.values().map(|(_, fact)| fact)
    }

    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }
}
