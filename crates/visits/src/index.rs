//! Who was in which unit when, in both directions.

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{FactId, PersonId, UnitId, VisitRow};

use crate::dictionary::Dictionary;
use crate::segment::{Segment, VisitError};
use crate::stay::{Origin, Stay, Window};

/// The visit index: sealed segments and the live stays that no batch holds yet.
///
/// A cache: everything in it can be built again from batches, facts and the intake log.
#[derive(Clone, Default)]
pub struct VisitIndex {
    people: Arc<Dictionary<facts::id::Person>>,
    units: Arc<Dictionary<facts::id::Unit>>,
    segments: Vec<Arc<Segment>>,
    live_by_person: BTreeMap<PersonId, Vec<Stay>>,
    live_by_unit: BTreeMap<UnitId, Vec<Stay>>,
}

impl VisitIndex {
    /// Adds a sealed batch.
    pub fn add_batch(
        &mut self,
        batch: FactId,
        rows: &[VisitRow],
        assumed_dwell_minutes: u32,
    ) -> Result<(), VisitError> {
        let people = Arc::make_mut(&mut self.people);
        let units = Arc::make_mut(&mut self.units);
        self.segments.push(Arc::new(Segment::new(batch, rows, assumed_dwell_minutes, people, units)?));
        Ok(())
    }

    /// Unlinks a batch: it expired, or was superseded.
    pub fn remove_batch(&mut self, batch: FactId) {
        self.segments.retain(|segment| segment.batch() != batch);
    }

    /// Adds a stay that no batch holds. It is found from now on.
    pub fn add_live(&mut self, stay: Stay) {
        self.live_by_person.entry(stay.person).or_default().push(stay);
        self.live_by_unit.entry(stay.unit).or_default().push(stay);
    }

    /// Takes live stays out again: superseded, or sealed into a batch.
    pub fn remove_live(&mut self, gone: impl Fn(Origin) -> bool) {
        fn prune<K: Ord>(stays: &mut BTreeMap<K, Vec<Stay>>, gone: &impl Fn(Origin) -> bool) {
            stays.retain(|_, stays| {
                stays.retain(|stay| !gone(stay.origin));
                !stays.is_empty()
            });
        }
        prune(&mut self.live_by_person, &gone);
        prune(&mut self.live_by_unit, &gone);
    }

    /// Every stay of a person that reaches into the window, by start.
    pub fn stays_of(&self, person: PersonId, window: Window) -> Vec<Stay> {
        let mut found = Vec::new();
        if let Some(number) = self.people.find(person) {
            for segment in &self.segments {
                segment.each_of_person(number, window, &self.people, &self.units, &mut |stay| found.push(stay));
            }
        }
        Self::push_live(self.live_by_person.get(&person), window, &mut found);
        found.sort_unstable_by_key(|stay| (stay.window, stay.unit, stay.origin));
        found
    }

    /// Every stay in a unit that reaches into the window, by start.
    pub fn present_in(&self, unit: UnitId, window: Window) -> Vec<Stay> {
        let mut found = Vec::new();
        if let Some(number) = self.units.find(unit) {
            for segment in &self.segments {
                segment.each_in_unit(number, window, &self.people, &self.units, &mut |stay| found.push(stay));
            }
        }
        Self::push_live(self.live_by_unit.get(&unit), window, &mut found);
        found.sort_unstable_by_key(|stay| (stay.window, stay.person, stay.origin));
        found
    }

    fn push_live(stays: Option<&Vec<Stay>>, window: Window, found: &mut Vec<Stay>) {
        let within = stays.into_iter().flatten().filter(|stay| stay.window.overlap(window).is_some());
        found.extend(within.copied());
    }

    /// How many stays it holds.
    pub fn len(&self) -> usize {
        let sealed: usize = self.segments.iter().map(|segment| segment.len()).sum();
        sealed + self.live_by_person.values().map(Vec::len).sum::<usize>()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
