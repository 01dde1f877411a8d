//! What the situation concludes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contacts::Rings;
use duties::Search;
use facts::{CaseId, Disease, DutyId, PersonId, Timestamp, UnitId};
use status::{Case, Colour, Requirement};
use visits::Window;

/// Conclusions about one person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonSituation {
    /// What is, was or will be required of them.
    pub requirements: Vec<Requirement>,
    /// Who owes what about them.
    pub duties: Vec<Search>,
}

impl PersonSituation {
    /// The colour to show; it cannot be set.
    pub fn colour(&self, at: Timestamp) -> Colour {
        Colour::of(&self.requirements, at)
    }

    /// The requirements in force.
    pub fn in_force(&self, at: Timestamp) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(move |requirement| requirement.in_force(at))
    }

    fn is_empty(&self) -> bool {
        self.requirements.is_empty() && self.duties.is_empty()
    }
}

/// All conclusions. Every part can be derived again from the facts.
#[derive(Clone, Default)]
pub struct Derived {
    /// Cases by person and disease.
    pub cases: BTreeMap<(PersonId, Disease), Arc<Case>>,
    /// Both rings of each case that is traced.
    pub rings: BTreeMap<CaseId, Arc<Rings>>,
    /// Conclusions by person, by the id that stands for them; only who has any.
    pub people: BTreeMap<PersonId, Arc<PersonSituation>>,
    by_case: BTreeMap<CaseId, (PersonId, Disease)>,
    member_of: BTreeMap<PersonId, BTreeSet<CaseId>>,
    by_duty: BTreeMap<DutyId, PersonId>,
    footprints: BTreeMap<UnitId, Vec<(Window, CaseId)>>,
    prints_of: BTreeMap<CaseId, Vec<UnitId>>,
}

/// Everyone in the old or the new rings of a case.
pub(crate) struct Members {
    /// All of them.
    pub all: BTreeSet<PersonId>,
    /// Those whose exposure is another than before.
    pub changed: BTreeSet<PersonId>,
}

impl Derived {
    /// The case of that name.
    pub fn case(&self, id: CaseId) -> Option<&Arc<Case>> {
        self.cases.get(self.by_case.get(&id)?)
    }

    /// The cases in one of whose rings a person is.
    pub fn cases_exposing(&self, person: PersonId) -> impl Iterator<Item = CaseId> {
        self.member_of.get(&person).into_iter().flatten().copied()
    }

    /// The cases that a person is.
    pub fn cases_of(&self, person: PersonId) -> impl Iterator<Item = &Arc<Case>> {
        let from = (person, Disease(String::new()));
        self.cases.range(from..).take_while(move |((who, _), _)| *who == person).map(|(_, case)| case)
    }

    /// About whom a duty is.
    pub fn duty_about(&self, duty: DutyId) -> Option<PersonId> {
        self.by_duty.get(&duty).copied()
    }

    /// The open cases whose people were in a unit while it mattered.
    pub fn footprints_in(&self, unit: UnitId, window: Window) -> impl Iterator<Item = CaseId> {
        let prints = self.footprints.get(&unit).into_iter().flatten();
        prints.filter(move |(print, _)| print.overlap(window).is_some()).map(|(_, case)| *case)
    }

    /// Puts the case of a person in place of the one there was.
    ///
    /// A merge moves a case from one id to another, so an id is forgotten only where it still points here.
    pub(crate) fn set_case(&mut self, key: (PersonId, Disease), case: Option<Arc<Case>>) {
        if let Some(old) = self.cases.remove(&key)
            && self.by_case.get(&old.id) == Some(&key)
        {
            self.by_case.remove(&old.id);
        }
        if let Some(case) = case {
            self.by_case.insert(case.id, key.clone());
            self.cases.insert(key, case);
        }
    }

    /// Puts the rings of a case and its footprints in place.
    pub(crate) fn set_rings(&mut self, case: CaseId, rings: Option<Rings>, prints: Vec<(UnitId, Window)>) -> Members {
        let old = match rings {
            Some(rings) => self.rings.insert(case, Arc::new(rings)),
            None => self.rings.remove(&case),
        };
        let mut all: BTreeSet<PersonId> = old.iter().flat_map(|rings| rings.members()).collect();
        for person in &all {
            if let Some(cases) = self.member_of.get_mut(person) {
                cases.remove(&case);
                if cases.is_empty() {
                    self.member_of.remove(person);
                }
            }
        }
        for unit in self.prints_of.remove(&case).unwrap_or_default() {
            if let Some(prints) = self.footprints.get_mut(&unit) {
                prints.retain(|(_, of)| *of != case);
                if prints.is_empty() {
                    self.footprints.remove(&unit);
                }
            }
        }
        if let Some(rings) = self.rings.get(&case) {
            for person in rings.members() {
                self.member_of.entry(person).or_default().insert(case);
                all.insert(person);
            }
        }
        let now = self.rings.get(&case);
        let differs = |person: &PersonId| {
            let before = old.as_ref().and_then(|rings| rings.exposure_of(*person));
            before != now.and_then(|rings| rings.exposure_of(*person))
        };
        let changed = all.iter().copied().filter(differs).collect();
        for (unit, window) in prints {
            self.footprints.entry(unit).or_default().push((window, case));
            self.prints_of.entry(case).or_default().push(unit);
        }
        Members { all, changed }
    }

    /// Puts the conclusions about a person in place. Returns what there was.
    pub(crate) fn set_person(&mut self, person: PersonId, now: PersonSituation) -> Option<Arc<PersonSituation>> {
        for duty in &now.duties {
            self.by_duty.insert(duty.id, person);
        }
        let kept: BTreeSet<DutyId> = now.duties.iter().map(|duty| duty.id).collect();
        let before =
            if now.is_empty() { self.people.remove(&person) } else { self.people.insert(person, Arc::new(now)) };
        for duty in before.iter().flat_map(|before| &before.duties).filter(|duty| !kept.contains(&duty.id)) {
            self.by_duty.remove(&duty.id);
        }
        before
    }

    /// The conclusions in a form that two derivations can be compared in.
    pub fn conclusions(&self) -> String {
        format!("{:#?}\n{:#?}\n{:#?}", self.cases, self.rings, self.people)
    }
}
