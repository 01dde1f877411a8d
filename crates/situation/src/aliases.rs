//! People who turn out to be one: which id stands for which others.

use std::collections::BTreeMap;

use facts::{Body, FactId, PersonId};

use crate::ledger::Ledger;

/// Ids that belong to one human being, grouped. The smallest id stands for its group.
#[derive(Clone, Default)]
pub struct Aliases {
    /// What was said about each pair, in journal order.
    said: BTreeMap<(PersonId, PersonId), Vec<FactId>>,
    canonical: BTreeMap<PersonId, PersonId>,
    groups: BTreeMap<PersonId, Vec<PersonId>>,
}

impl Aliases {
    /// Takes note of a same-person or not-same-person fact.
    pub fn note(&mut self, a: PersonId, b: PersonId, fact: FactId) {
        let said = self.said.entry((a.min(b), a.max(b))).or_default();
        if !said.contains(&fact) {
            said.push(fact);
        }
    }

    /// Groups the ids anew, by the last word that stands on each pair.
    pub fn regroup(&mut self, ledger: &Ledger) {
        self.canonical.clear();
        self.groups.clear();
        for (&(a, b), said) in &self.said {
            let last = said.iter().rev().filter(|&&id| ledger.stands(id)).find_map(|&id| ledger.get(id));
            if !last.is_some_and(|fact| matches!(fact.body(), Body::SamePerson { .. })) {
                continue;
            }
            let (one, other) = (self.of(a), self.of(b));
            if one != other {
                let (keep, gone) = (one.min(other), one.max(other));
                let joining = self.groups.remove(&gone).unwrap_or_else(|| vec![gone]);
                for &member in &joining {
                    self.canonical.insert(member, keep);
                }
                let group = self.groups.entry(keep).or_insert_with(|| vec![keep]);
                group.extend(joining);
                group.sort();
            }
        }
    }

    /// Whether anyone has said of two ids whether they are one person.
    pub fn is_decided(&self, a: PersonId, b: PersonId) -> bool {
        self.said.contains_key(&(a.min(b), a.max(b))) || self.of(a) == self.of(b)
    }

    /// The id that stands for a person.
    pub fn of(&self, person: PersonId) -> PersonId {
        self.canonical.get(&person).copied().unwrap_or(person)
    }

    /// Every id of a person.
    pub fn all(&self, person: PersonId) -> Vec<PersonId> {
        let canonical = self.of(person);
        self.groups.get(&canonical).cloned().unwrap_or_else(|| vec![canonical])
    }
}
