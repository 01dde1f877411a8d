//! Where people live, and with whom.

#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
use std::collections::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use facts::{Body, FactId, Jurisdiction, PersonId, ResidentRow, Timestamp, UnitId};

use crate::ledger::Ledger;

/// Where one person lives, and since when that is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Residence {
    /// Their home, when it is known.
    pub home: Option<UnitId>,
    /// Who answers for them.
    pub jurisdiction: Jurisdiction,
    /// When that was recorded.
    pub recorded: Timestamp,
    /// The fact, or the roster, that says so.
    pub said_by: FactId,
}

#[derive(Clone, Default)]
#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
struct Roster {
    residence: HashMap<PersonId, Residence>,
    residents: HashMap<UnitId, Vec<PersonId>>,
}

/// Residences from rosters, and from facts about single people, which come before any roster.
#[derive(Clone, Default)]
pub struct Homes {
    roster: Arc<Roster>,
    moves: BTreeMap<PersonId, Vec<FactId>>,
    moved_into: BTreeMap<UnitId, BTreeSet<PersonId>>,
}

impl Homes {
    /// Adds a roster. Who is on an earlier one moves.
    pub fn add_roster(&mut self, roster_fact: FactId, rows: &[ResidentRow], recorded: Timestamp) {
        let roster = Arc::make_mut(&mut self.roster);
        for row in rows {
            let residence =
                Residence { home: row.home, jurisdiction: row.jurisdiction, recorded, said_by: roster_fact };
            roster.residence.insert(row.person, residence);
            if let Some(home) = row.home {
                let residents = roster.residents.entry(home).or_default();
                if !residents.contains(&row.person) {
                    residents.push(row.person);
                }
            }
        }
    }

    /// Takes note of a residence fact.
    pub fn note(&mut self, person: PersonId, home: Option<UnitId>, fact: FactId) {
        let moves = self.moves.entry(person).or_default();
        if !moves.contains(&fact) {
            moves.push(fact);
        }
        if let Some(home) = home {
            self.moved_into.entry(home).or_default().insert(person);
        }
    }

    /// Where someone lives.
    pub fn of(&self, person: PersonId, ledger: &Ledger) -> Option<Residence> {
        let moved =
            self.moves.get(&person).into_iter().flatten().rev().filter(|&&id| ledger.stands(id)).find_map(|&id| {
                let fact = ledger.get(id)?;
                match fact.body() {
                    Body::Residence { home, jurisdiction, .. } => {
                        let (home, jurisdiction) = (*home, *jurisdiction);
                        Some(Residence { home, jurisdiction, recorded: fact.recorded, said_by: fact.id })
                    }
                    _ => None,
                }
            });
        moved.or_else(|| self.roster.residence.get(&person).copied())
    }

    /// Who lives in a home.
    pub fn residents(&self, home: UnitId, ledger: &Ledger) -> Vec<(PersonId, Residence)> {
        let rostered = self.roster.residents.get(&home).into_iter().flatten();
        let moved = self.moved_into.get(&home).into_iter().flatten();
        let people: BTreeSet<PersonId> = rostered.chain(moved).copied().collect();
        people
            .into_iter()
            .filter_map(|person| Some((person, self.of(person, ledger)?)))
            .filter(|(_, residence)| residence.home == Some(home))
            .collect()
    }
}
