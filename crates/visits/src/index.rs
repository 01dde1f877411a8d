//! Who was in which unit when, in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use facts::{FactId, PersonId, UnitId, VisitRow};

use crate::build::{self, Dictionaries, VisitError};
use crate::live::{Live, LiveStay};
use crate::segment::{BLOCK, Packed, Segment};
use crate::stay::{Origin, Seconds, Stay, Window};

/// A batch of fewer rows stays with the live ones until there are enough to be worth a segment.
const SMALL: usize = if cfg!(test) { 20 } else { 16_384 };
/// So many rows of small batches are packed into segments.
const FLUSHED_FROM: usize = if cfg!(test) { 60 } else { 1 << 20 };
/// For so many people at once the places of their stays are found before they are read.
const PEOPLE_AT_ONCE: usize = 16;
/// So many live stays are prepared before they are added.
const ADDED_AT_ONCE: usize = 64;
/// For so many units at once it is found where their stays begin before they are read.
const UNITS_AT_ONCE: usize = 32;
/// So many segments of one slot are merged into one.
const MERGED_FROM: usize = 6;

/// The visit index: sealed segments and the live stays that no segment holds yet.
///
/// A cache: everything in it can be built again from batches, facts and the intake log.
#[derive(Clone, Default)]
pub struct VisitIndex {
    ids: Dictionaries,
    segments: Vec<Arc<Segment>>,
    /// The windows of the segments, close together: most look-ups pass most segments by.
    windows: Vec<Window>,
    /// Rows of the intake log and of small batches.
    live: Arc<Live>,
    /// Stays that are facts of their own: few, and what a preview adds.
    said: Live,
    gone: Arc<Gone>,
    /// How many of the live rows are of small batches.
    small_rows: usize,
    version: u64,
}

/// A segment numbers its batches in sixteen bits.
const BATCHES_MAX: usize = u16::MAX as usize;

/// What segments still hold and nobody may find.
#[derive(Clone, Default)]
struct Gone {
    batches: BTreeSet<FactId>,
    rows: BTreeMap<FactId, BTreeSet<u32>>,
}

impl Gone {
    fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.rows.is_empty()
    }

    fn holds(&self, batch: FactId, row: u32) -> bool {
        self.batches.contains(&batch) || self.rows.get(&batch).is_some_and(|rows| rows.contains(&row))
    }
}

/// A stay by the dense numbers of the index: all that the fast path needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The person's number.
    pub person: u32,
    /// The unit's number.
    pub unit: u32,
    /// When.
    pub window: Window,
    at: At,
}

/// A unit meanwhile: who was in it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The unit's number.
    pub unit: u32,
    /// Only stays that reach into this.
    pub window: Window,
    /// Only stays at least so long.
    pub shortest: Seconds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Segment { segment: u32, position: u32 },
    Live(u32),
    Said(u32),
}

impl VisitIndex {
    /// An empty index that numbers ids as segments elsewhere do.
    pub fn with_ids(ids: Dictionaries) -> Self {
        Self { ids, ..Self::default() }
    }

    // ---- what changes it ----

    /// Adds a sealed batch.
    pub fn add_batch(
        &mut self,
        batch: FactId,
        rows: &[VisitRow],
        assumed_dwell_minutes: u32,
    ) -> Result<(), VisitError> {
        let lengths = rows.iter().map(|row| build::length(row, assumed_dwell_minutes));
        if let Some(row) = lengths.into_iter().position(|length| length.is_none()) {
            return Err(VisitError::Row { batch, row });
        }
        self.version ^= fingerprint(1, batch.number());
        if rows.len() < SMALL {
            let live = Arc::make_mut(&mut self.live);
            for (number, row) in rows.iter().enumerate() {
                let stay = Stay::of_row(row, assumed_dwell_minutes, Origin::Batch(batch, number as u32));
                live.push(numbered(&mut self.ids, &stay));
            }
            self.small_rows += rows.len();
            if self.small_rows >= FLUSHED_FROM {
                self.flush();
            }
            return Ok(());
        }
        let stays = self.ids.number(batch, rows, 0, assumed_dwell_minutes)?;
        for (slot, stays) in build::by_slot(stays) {
            self.segments.push(Arc::new(build::build(slot, &[batch], stays)));
            self.merge_slot(slot);
        }
        self.note_windows();
        Ok(())
    }

    /// Adds stays that the caller numbered, sorted and packed with this index's dictionaries.
    pub fn add_segments(&mut self, segments: impl IntoIterator<Item = Segment>) {
        for segment in segments {
            let known: BTreeSet<FactId> = self.batches().collect();
            let new = segment.batches().iter().filter(|batch| !known.contains(batch));
            self.version ^= new.map(|batch| fingerprint(1, batch.number())).fold(0, |a, b| a ^ b);
            self.segments.push(Arc::new(segment));
        }
        self.note_windows();
    }

    /// Packs the rows of small batches into segments.
    fn flush(&mut self) {
        let live = Arc::make_mut(&mut self.live);
        let mut batches: Vec<FactId> = live.stays().iter().filter_map(LiveStay::batch).collect();
        batches.sort_unstable();
        batches.dedup();
        batches.truncate(BATCHES_MAX);
        let number = |stay: &LiveStay| stay.batch().and_then(|batch| batches.binary_search(&batch).ok());
        let packed = live.stays().iter().filter_map(|stay| Some(stay.numbered(number(stay)? as u16))).collect();
        live.retain(|stay| number(stay).is_none());
        self.small_rows = live.stays().iter().filter(|stay| stay.batch().is_some()).count();
        let mut slots = Vec::new();
        for (slot, stays) in build::by_slot(packed) {
            self.segments.push(Arc::new(build::build(slot, &batches, stays)));
            slots.push(slot);
        }
        slots.into_iter().for_each(|slot| self.merge_slot(slot));
        self.note_windows();
    }

    fn note_windows(&mut self) {
        self.windows = self.segments.iter().map(|segment| segment.window()).collect();
    }

    fn merge_slot(&mut self, slot: i64) {
        let of_slot = || self.segments.iter().filter(|segment| segment.slot() == slot);
        let batches: BTreeSet<FactId> = of_slot().flat_map(|segment| segment.batches()).copied().collect();
        if of_slot().count() < MERGED_FROM || batches.len() > BATCHES_MAX {
            return;
        }
        let (of_slot, others): (Vec<_>, Vec<_>) = self.segments.drain(..).partition(|segment| segment.slot() == slot);
        self.segments = others;
        let gone = &self.gone.batches;
        self.segments.extend(build::merge(slot, &of_slot, |batch| gone.contains(&batch)).map(Arc::new));
    }

    /// Unlinks a batch: it expired, or was superseded. Nobody finds its stays from now on; what segments hold
    /// of it beside other batches goes with [`VisitIndex::purge`].
    pub fn remove_batch(&mut self, batch: FactId) {
        self.version ^= fingerprint(1, batch.number());
        self.segments.retain(|segment| segment.batches() != [batch]);
        self.note_windows();
        if let Some(rows) = Arc::make_mut(&mut self.gone).rows.remove(&batch) {
            self.version ^= rows.into_iter().fold(0, |sum, row| sum ^ row_fingerprint(batch, row));
        }
        if self.segments.iter().any(|segment| segment.batches().contains(&batch)) {
            Arc::make_mut(&mut self.gone).batches.insert(batch);
        }
        if self.live.stays().iter().any(|stay| stay.batch() == Some(batch)) {
            Arc::make_mut(&mut self.live).retain(|stay| stay.batch() != Some(batch));
            self.small_rows = self.live.stays().iter().filter(|stay| stay.batch().is_some()).count();
        }
    }

    /// Packs the segments anew that still hold stays of unlinked batches, so that no byte of those is left.
    pub fn purge(&mut self) {
        let gone = std::mem::take(&mut Arc::make_mut(&mut self.gone).batches);
        if gone.is_empty() {
            return;
        }
        let kept = |segment: Arc<Segment>| {
            if segment.batches().iter().any(|batch| gone.contains(batch)) {
                let slot = segment.slot();
                build::merge(slot, &[segment], |batch| gone.contains(&batch)).map(Arc::new)
            } else {
                Some(segment)
            }
        };
        self.segments = std::mem::take(&mut self.segments).into_iter().filter_map(kept).collect();
        self.note_windows();
    }

    /// Takes back single rows of a batch: their source corrected them.
    pub fn withdraw(&mut self, batch: FactId, rows: impl IntoIterator<Item = u32>) {
        let gone = Arc::make_mut(&mut self.gone).rows.entry(batch).or_default();
        for row in rows {
            if gone.insert(row) {
                self.version ^= row_fingerprint(batch, row);
            }
        }
    }

    /// Adds a stay that no batch holds. It is found from now on.
    pub fn add_live(&mut self, stay: Stay) {
        let live = match stay.origin {
            Origin::Fact(fact) => {
                self.version ^= fingerprint(2, fact.number());
                &mut self.said
            }
            Origin::Intake(..) | Origin::Batch(..) => return self.add_live_all(std::iter::once(stay)),
        };
        live.push(numbered(&mut self.ids, &stay));
    }

    /// Adds stays of the intake log. They are found from now on.
    pub fn add_live_all(&mut self, stays: impl Iterator<Item = Stay>) {
        let live = Arc::make_mut(&mut self.live);
        let mut stays = stays.fuse();
        let mut some: Vec<Stay> = Vec::with_capacity(ADDED_AT_ONCE);
        loop {
            some.clear();
            some.extend(stays.by_ref().take(ADDED_AT_ONCE));
            if some.is_empty() {
                return;
            }
            self.ids.people.prepare(some.iter().map(|stay| stay.person));
            self.ids.units.prepare(some.iter().map(|stay| stay.unit));
            for stay in &some {
                if let Origin::Intake(intake, 0) = stay.origin {
                    self.version ^= fingerprint(4, intake);
                }
                live.push(numbered(&mut self.ids, stay));
            }
        }
    }

    /// The live stays of some origins.
    pub fn live_stays(&self, of: impl Fn(Origin) -> bool) -> Vec<Stay> {
        let places = |live: &Live| (0..live.len() as u32).filter(|&at| of(live.get(at).origin)).collect::<Vec<u32>>();
        let found = |live: &Live, at: u32, place: At| {
            let stay = live.get(at);
            self.stay(&Found { person: stay.person, unit: stay.unit, window: stay.window, at: place })
        };
        let live = places(&self.live).into_iter().map(|at| found(&self.live, at, At::Live(at)));
        live.chain(places(&self.said).into_iter().map(|at| found(&self.said, at, At::Said(at)))).collect()
    }

    /// Takes live stays out again: superseded, or sealed into a batch.
    pub fn remove_live(&mut self, gone: impl Fn(Origin) -> bool) {
        let version = &mut self.version;
        let mut prune = |live: &mut Live| {
            for stay in live.stays().iter().filter(|stay| gone(stay.origin)) {
                *version ^= match stay.origin {
                    Origin::Fact(fact) => fingerprint(2, fact.number()),
                    Origin::Intake(intake, 0) => fingerprint(4, intake),
                    Origin::Intake(..) | Origin::Batch(..) => 0,
                };
            }
            live.retain(|stay| !gone(stay.origin));
        };
        prune(&mut self.said);
        if self.live.stays().iter().any(|stay| gone(stay.origin)) {
            prune(Arc::make_mut(&mut self.live));
        }
    }

    // ---- what it says of itself ----

    /// A fingerprint of what it holds, whatever way it came to hold it.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its segments.
    pub fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Replaces a segment by the same one elsewhere, for instance mapped from the file that it was written to.
    pub fn relocate(&mut self, segment: &Arc<Segment>, elsewhere: Segment) {
        if let Some(place) = self.segments.iter_mut().find(|known| Arc::ptr_eq(known, segment)) {
            *place = Arc::new(elsewhere);
        }
    }

    /// The batches that its segments hold.
    pub fn batches(&self) -> impl Iterator<Item = FactId> {
        let held: BTreeSet<FactId> = self.segments.iter().flat_map(|segment| segment.batches()).copied().collect();
        held.into_iter().filter(|batch| !self.gone.batches.contains(batch))
    }

    /// The numbers of people and units.
    pub fn ids(&self) -> &Dictionaries {
        &self.ids
    }

    /// The numbers of people and units, to number the stays of segments that are built outside.
    pub fn ids_mut(&mut self) -> &mut Dictionaries {
        &mut self.ids
    }

    /// How many stays no segment holds.
    pub fn live_len(&self) -> usize {
        self.live.len() + self.said.len()
    }

    /// How many stays it holds, taken-back rows among them.
    pub fn len(&self) -> usize {
        self.segments.iter().map(|segment| segment.len()).sum::<usize>() + self.live_len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // ---- the two questions, by number ----

    /// Calls `each` for every stay of a person that reaches into the window, in no order; gives how many
    /// records were looked at.
    #[inline]
    pub fn each_of_person(&self, person: u32, window: Window, mut each: impl FnMut(Found)) -> u64 {
        self.each_of_people(&[(person, window)], |_, found| each(found))
    }

    /// Calls `each` with the place in the list and the stay, for every stay of one of many people that reaches
    /// into their window, in no order; gives how many records were looked at.
    ///
    /// Where their stays lie is found first, for some at a time, and read next: each step waits for memory, and
    /// the waits of different people overlap.
    pub fn each_of_people(&self, people: &[(u32, Window)], mut each: impl FnMut(usize, Found)) -> u64 {
        let mut touched = 0;
        let mut groups: Vec<(usize, u32, u32)> = Vec::with_capacity(128);
        for (chunk, some) in people.chunks(PEOPLE_AT_ONCE).enumerate() {
            groups.clear();
            for (at, &(person, window)) in some.iter().enumerate() {
                for (number, reach) in self.windows.iter().enumerate() {
                    if reach.overlap(window).is_some() {
                        let place = chunk * PEOPLE_AT_ONCE + at;
                        groups
                            .extend(self.segments[number].groups_of(person).map(|group| (place, number as u32, group)));
                    }
                }
            }
            let touch = |&(_, number, group): &(usize, u32, u32)| self.segments[number as usize].touch_group(group);
            std::hint::black_box(groups.iter().fold(0, |read, group| read ^ touch(group)));
            for &(place, segment, group) in &groups {
                let (person, window) = people[place];
                touched += self.segments[segment as usize].each_in_group(group, person, window, |stay| {
                    if let Some(found) = self.found(segment, stay) {
                        each(place, found);
                    }
                });
            }
        }
        if self.live.is_empty() && self.said.is_empty() {
            return touched;
        }
        for (place, &(person, window)) in people.iter().enumerate() {
            let each = &mut |found| each(place, found);
            touched += self.live.each_of_person(person, window, |at, stay| self.pass_live(At::Live(at), stay, each));
            touched += self.said.each_of_person(person, window, |at, stay| self.pass_live(At::Said(at), stay, each));
        }
        touched
    }

    /// In how many parts all stays can be read.
    pub fn parts(&self) -> usize {
        self.segments.len() + 1
    }

    /// Calls `each` for every stay of a part; in all parts but the last they come by unit and start.
    pub fn each_in_part(&self, part: usize, mut each: impl FnMut(Found)) {
        if let Some(segment) = self.segments.get(part) {
            segment.each(|stay| {
                if let Some(found) = self.found(part as u32, stay) {
                    each(found);
                }
            });
            return;
        }
        for (at, stay) in self.live.stays().iter().enumerate() {
            self.pass_live(At::Live(at as u32), stay, &mut each);
        }
        for (at, stay) in self.said.stays().iter().enumerate() {
            self.pass_live(At::Said(at as u32), stay, &mut each);
        }
    }

    /// Calls `each` for every stay in a unit that reaches into the window, in no order; gives how many
    /// records were looked at.
    #[inline]
    pub fn each_in_unit(&self, unit: u32, window: Window, mut each: impl FnMut(Found)) -> u64 {
        self.each_in_units(std::iter::once(Room { unit, window, shortest: 0 }), |_, found| each(found))
    }

    /// Calls `each` with the place in the list and the stay, for every stay that is in one of many rooms, in no
    /// order but room by room; gives how many records were looked at.
    pub fn each_in_units(&self, rooms: impl Iterator<Item = Room>, mut each: impl FnMut(usize, Found)) -> u64 {
        let mut touched = 0;
        let mut rooms = rooms.fuse();
        let mut some: Vec<Room> = Vec::with_capacity(UNITS_AT_ONCE);
        let mut runs: Vec<(u32, u32, Range<u32>)> = Vec::with_capacity(3 * UNITS_AT_ONCE);
        let mut picked = [(0, 0, 0, 0); BLOCK];
        let all_stand = self.gone.is_empty();
        for chunk in 0.. {
            some.clear();
            some.extend(rooms.by_ref().take(UNITS_AT_ONCE));
            if some.is_empty() {
                break;
            }
            runs.clear();
            for (at, room) in some.iter().enumerate() {
                for (number, reach) in self.windows.iter().enumerate() {
                    if reach.overlap(room.window).is_some()
                        && let Some(run) = self.segments[number].run_of(room.unit)
                    {
                        runs.push((at as u32, number as u32, run));
                    }
                }
            }
            let touch = |(_, number, run): &(u32, u32, Range<u32>)| self.segments[*number as usize].touch_run(run);
            std::hint::black_box(runs.iter().fold(0, |read, run| read ^ touch(run)));
            let mut runs = runs.drain(..).peekable();
            for (at, &Room { unit, window, shortest }) in some.iter().enumerate() {
                let place = chunk * UNITS_AT_ONCE + at;
                while let Some((_, segment, run)) = runs.next_if(|run| run.0 as usize == at) {
                    let number = segment as usize;
                    touched += self.segments[number].each_in_run(run, unit, window, shortest, &mut picked, |stay| {
                        if all_stand || self.stands(number, stay.position) {
                            let Packed { person, unit, window, position } = stay;
                            each(place, Found { person, unit, window, at: At::Segment { segment, position } });
                        }
                    });
                }
                if self.live.is_empty() && self.said.is_empty() {
                    continue;
                }
                let each = &mut |found: Found| {
                    if found.window.seconds() >= shortest {
                        each(place, found);
                    }
                };
                touched += self.live.each_in_unit(unit, window, |at, stay| self.pass_live(At::Live(at), stay, each));
                touched += self.said.each_in_unit(unit, window, |at, stay| self.pass_live(At::Said(at), stay, each));
            }
        }
        touched
    }

    /// A stay of a segment as it is found, unless it was taken back.
    #[inline]
    fn found(&self, segment: u32, stay: Packed) -> Option<Found> {
        let Packed { person, unit, window, position } = stay;
        let stands = self.gone.is_empty() || self.stands(segment as usize, position);
        stands.then_some(Found { person, unit, window, at: At::Segment { segment, position } })
    }

    #[cold]
    fn stands(&self, segment: usize, position: u32) -> bool {
        let detail = self.segments[segment].detail(position);
        !self.gone.holds(detail.batch, detail.row)
    }

    #[inline]
    fn pass_live(&self, at: At, stay: &LiveStay, each: &mut impl FnMut(Found)) {
        let &LiveStay { person, unit, window, origin, .. } = stay;
        if let Origin::Batch(batch, row) = origin
            && !self.gone.is_empty()
            && self.gone.holds(batch, row)
        {
            return;
        }
        each(Found { person, unit, window, at });
    }

    /// The row of seats of a stay that was found.
    pub fn seat_row(&self, found: &Found) -> Option<u16> {
        match found.at {
            At::Segment { segment, position } => self.segments[segment as usize].detail(position).seat_row,
            At::Live(at) => self.live.get(at).seat_row,
            At::Said(at) => self.said.get(at).seat_row,
        }
    }

    /// A stay that was found, whole.
    pub fn stay(&self, found: &Found) -> Stay {
        let (origin, seat_row, assumed_end) = match found.at {
            At::Segment { segment, position } => {
                let detail = self.segments[segment as usize].detail(position);
                (Origin::Batch(detail.batch, detail.row), detail.seat_row, detail.assumed_end)
            }
            At::Live(at) => {
                let stay = self.live.get(at);
                (stay.origin, stay.seat_row, stay.assumed_end)
            }
            At::Said(at) => {
                let stay = self.said.get(at);
                (stay.origin, stay.seat_row, stay.assumed_end)
            }
        };
        let (person, unit) = (self.ids.people.id(found.person), self.ids.units.id(found.unit));
        Stay { person, unit, window: found.window, assumed_end, seat_row, origin }
    }

    // ---- the two questions, by id ----

    /// Every stay of a person that reaches into the window, by start.
    pub fn stays_of(&self, person: PersonId, window: Window) -> Vec<Stay> {
        let mut found = Vec::new();
        if let Some(number) = self.ids.people.find(person) {
            self.each_of_person(number, window, |stay| found.push(self.stay(&stay)));
        }
        found.sort_unstable_by_key(|stay| (stay.window, stay.unit, stay.origin));
        found
    }

    /// Every stay in a unit that reaches into the window, by start.
    pub fn present_in(&self, unit: UnitId, window: Window) -> Vec<Stay> {
        let mut found = Vec::new();
        if let Some(number) = self.ids.units.find(unit) {
            self.each_in_unit(number, window, |stay| found.push(self.stay(&stay)));
        }
        found.sort_unstable_by_key(|stay| (stay.window, stay.person, stay.origin));
        found
    }
}

fn numbered(ids: &mut Dictionaries, stay: &Stay) -> LiveStay {
    LiveStay {
        person: ids.people.number(stay.person),
        unit: ids.units.number(stay.unit),
        window: stay.window,
        origin: stay.origin,
        seat_row: stay.seat_row,
        assumed_end: stay.assumed_end,
    }
}

fn row_fingerprint(batch: FactId, row: u32) -> u64 {
    fingerprint(3, batch.number() ^ u64::from(row).rotate_left(32))
}

/// Spreads a number so that the fingerprints of a set can be added up in any order (SplitMix64).
fn fingerprint(kind: u64, number: u64) -> u64 {
    let mut z = number.wrapping_add(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
