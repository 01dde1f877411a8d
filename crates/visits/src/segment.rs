//! An immutable run of stays that came together, sorted once and searched for ever.
//!
//! Stays lie by unit and start; a permutation gives them by person and start. Both directions have an
//! offset for each dense number, so that a look-up is one step to the run and a binary search in it.

use facts::{FactId, VisitRow};

use crate::dictionary::Dictionary;
use crate::stay::{Origin, Seconds, Stay, Window};

#[derive(Clone, Copy)]
struct Packed {
    start: Seconds,
    length: u32,
    person: u32,
    unit: u32,
    row: u32,
    /// Row of seats plus one; zero for none.
    seat: u16,
    assumed_end: bool,
}

impl Packed {
    fn window(&self) -> Window {
        Window { from: self.start, until: self.start + Seconds::from(self.length) }
    }
}

/// The stays of one batch.
pub struct Segment {
    batch: FactId,
    stays: Vec<Packed>,
    unit_runs: Runs,
    by_person: Vec<u32>,
    person_runs: Runs,
    /// The longest stay in each unit: how far before a window a stay that reaches into it can start.
    longest_in_unit: Vec<u32>,
}

/// Where the run of each dense number begins and ends.
struct Runs(Vec<u32>);

impl Runs {
    fn new(numbers: impl Iterator<Item = u32>, count: usize) -> Self {
        let mut ends = vec![0u32; count + 1];
        for number in numbers {
            ends[number as usize + 1] += 1;
        }
        for at in 0..count {
            ends[at + 1] += ends[at];
        }
        Self(ends)
    }

    fn of(&self, number: u32) -> std::ops::Range<usize> {
        let number = number as usize;
        if number + 1 < self.0.len() { self.0[number] as usize..self.0[number + 1] as usize } else { 0..0 }
    }
}

/// A stay that the index cannot hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VisitError {
    /// A row that ends before it starts, or lasts longer than 136 years.
    #[error("row {row} of batch {batch} does not end after it starts; correct it and seal the batch again")]
    Row {
        /// The fact that journalled the batch.
        batch: FactId,
        /// The row, from 0.
        row: usize,
    },
}

impl Segment {
    /// Sorts the rows of a batch. A row without an end lasts `assumed_dwell_minutes`.
    pub fn new(
        batch: FactId,
        rows: &[VisitRow],
        assumed_dwell_minutes: u32,
        people: &mut Dictionary<facts::id::Person>,
        units: &mut Dictionary<facts::id::Unit>,
    ) -> Result<Self, VisitError> {
        let mut stays = Vec::with_capacity(rows.len());
        for (row, visit) in rows.iter().enumerate() {
            let start = visit.start.as_second();
            let length = match visit.end {
                Some(end) => end.as_second() - start,
                None => Seconds::from(assumed_dwell_minutes) * 60,
            };
            stays.push(Packed {
                start,
                length: u32::try_from(length).ok().filter(|&s| s > 0).ok_or(VisitError::Row { batch, row })?,
                person: people.number(visit.person),
                unit: units.number(visit.unit),
                row: row as u32,
                seat: visit.seat_row.map_or(0, |seat| seat.saturating_add(1)),
                assumed_end: visit.end.is_none(),
            });
        }
        stays.sort_unstable_by_key(|stay| (stay.unit, stay.start, stay.row));
        let unit_count = stays.last().map_or(0, |stay| stay.unit as usize + 1);
        let person_count = stays.iter().map(|stay| stay.person as usize + 1).max().unwrap_or(0);
        let unit_runs = Runs::new(stays.iter().map(|stay| stay.unit), unit_count);
        let person_runs = Runs::new(stays.iter().map(|stay| stay.person), person_count);
        let mut longest_in_unit = vec![0; unit_count];
        for stay in &stays {
            let longest: &mut u32 = &mut longest_in_unit[stay.unit as usize];
            *longest = (*longest).max(stay.length);
        }
        let mut by_person: Vec<u32> = (0..stays.len() as u32).collect();
        by_person.sort_unstable_by_key(|&at| (stays[at as usize].person, stays[at as usize].start, at));
        Ok(Self { batch, stays, unit_runs, by_person, person_runs, longest_in_unit })
    }

    /// The fact that journalled the batch.
    pub fn batch(&self) -> FactId {
        self.batch
    }

    /// How many stays it holds.
    pub fn len(&self) -> usize {
        self.stays.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.stays.is_empty()
    }

    fn in_unit(&self, unit: u32, window: Window) -> impl Iterator<Item = &Packed> {
        let run = &self.stays[self.unit_runs.of(unit)];
        let longest = self.longest_in_unit.get(unit as usize).copied().unwrap_or(0);
        let earliest = window.from.saturating_sub(Seconds::from(longest));
        let from = run.partition_point(|stay| stay.start <= earliest);
        run[from..]
            .iter()
            .take_while(move |stay| stay.start < window.until)
            .filter(move |stay| stay.window().overlap(window).is_some())
    }

    fn of_person(&self, person: u32, window: Window) -> impl Iterator<Item = &Packed> {
        self.by_person[self.person_runs.of(person)]
            .iter()
            .map(|&at| &self.stays[at as usize])
            .take_while(move |stay| stay.start < window.until)
            .filter(move |stay| stay.window().overlap(window).is_some())
    }

    fn unpack(
        &self,
        stay: &Packed,
        people: &Dictionary<facts::id::Person>,
        units: &Dictionary<facts::id::Unit>,
    ) -> Stay {
        Stay {
            person: people.id(stay.person),
            unit: units.id(stay.unit),
            window: stay.window(),
            assumed_end: stay.assumed_end,
            seat_row: stay.seat.checked_sub(1),
            origin: Origin::Batch(self.batch, stay.row),
        }
    }

    /// Calls `each` for every stay in a unit that reaches into the window.
    pub(crate) fn each_in_unit(
        &self,
        unit: u32,
        window: Window,
        people: &Dictionary<facts::id::Person>,
        units: &Dictionary<facts::id::Unit>,
        each: &mut dyn FnMut(Stay),
    ) {
        self.in_unit(unit, window).for_each(|stay| each(self.unpack(stay, people, units)));
    }

    /// Calls `each` for every stay of a person that reaches into the window.
    pub(crate) fn each_of_person(
        &self,
        person: u32,
        window: Window,
        people: &Dictionary<facts::id::Person>,
        units: &Dictionary<facts::id::Unit>,
        each: &mut dyn FnMut(Stay),
    ) {
        self.of_person(person, window).for_each(|stay| each(self.unpack(stay, people, units)));
    }
}
