//! Building segments: ids numbered, stays sorted, columns packed.

#[allow(clippy::disallowed_types)] // only counted in; sorted before its order is seen
use std::collections::HashMap;
use std::sync::Arc;

use facts::{FactId, VisitRow};
use xxhash_rust::xxh3::xxh3_64;

use crate::bits::{self, Writer};
use crate::dictionary::Dictionary;
use crate::directory::Directory;
use crate::segment::{BLOCK, FIXED, MAGIC, SECTIONS, Segment, VERSION};
use crate::stay::Seconds;

/// The slot of stays that last so long that they would make a whole day's segment be searched for weeks.
pub const LONG: i64 = i64::MAX;
/// How long a stay of a day's segment lasts at most.
const LONGEST: u32 = 36 * 3600;
/// Two to the power of this many stays are one group, which the entry of a person points at.
const GROUP_BITS: u32 = 4;
const DAY: Seconds = 86_400;

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

/// A stay with its ids numbered, on its way into a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    pub(crate) start: Seconds,
    pub(crate) unit: u32,
    pub(crate) person: u32,
    pub(crate) length: u32,
    pub(crate) row: u32,
    /// Which of the segment's batches it is from.
    pub(crate) batch: u16,
    /// Row of seats plus one; zero for none.
    pub(crate) seat: u32,
    pub(crate) assumed_end: bool,
}

impl Numbered {
    /// The segment it belongs to: the day on which it starts, or [`LONG`].
    pub fn slot(&self) -> i64 {
        if self.length > LONGEST { LONG } else { self.start.div_euclid(DAY) }
    }

    fn order(&self) -> (u32, Seconds, u32, u16, u32) {
        (self.unit, self.start, self.person, self.batch, self.row)
    }
}

/// Both dictionaries of an index.
#[derive(Clone, Default)]
pub struct Dictionaries {
    /// Of people.
    pub people: Dictionary<facts::id::Person>,
    /// Of units.
    pub units: Dictionary<facts::id::Unit>,
}

/// The length of a stay in seconds; a row without an end lasts `assumed_dwell_minutes`.
pub(crate) fn length(visit: &VisitRow, assumed_dwell_minutes: u32) -> Option<u32> {
    let seconds = match visit.end {
        Some(end) => end.as_second() - visit.start.as_second(),
        None => Seconds::from(assumed_dwell_minutes) * 60,
    };
    u32::try_from(seconds).ok().filter(|&seconds| seconds > 0)
}

impl Dictionaries {
    /// Numbers the ids of a batch's rows and sorts them as segments want them.
    ///
    /// `first_row` is the row of the batch that the first of these is, where a batch comes in pieces. New units
    /// are numbered smallest first and new people as those units have them, so that a household's members and
    /// the households are neighbours, and take few bits.
    pub fn number(
        &mut self,
        batch: FactId,
        rows: &[VisitRow],
        first_row: u32,
        assumed_dwell_minutes: u32,
    ) -> Result<Vec<Numbered>, VisitError> {
        self.number_units(rows);
        let mut numbered = Vec::with_capacity(rows.len());
        let mut last = None;
        for (at, visit) in rows.iter().enumerate() {
            let unit = match last {
                Some((unit, number)) if unit == visit.unit => number,
                _ => self.units.number(visit.unit),
            };
            last = Some((visit.unit, unit));
            let row = first_row + at as u32;
            numbered.push(Numbered {
                start: visit.start.as_second(),
                unit,
                person: 0,
                length: length(visit, assumed_dwell_minutes).ok_or(VisitError::Row { batch, row: row as usize })?,
                row,
                batch: 0,
                seat: visit.seat_row.map_or(0, |seat| u32::from(seat) + 1),
                assumed_end: visit.end.is_none(),
            });
        }
        if !numbered.is_sorted_by_key(|stay| (stay.unit, stay.start)) {
            numbered.sort_unstable_by_key(|stay| (stay.unit, stay.start, stay.row));
        }
        for stay in &mut numbered {
            stay.person = self.people.number(rows[(stay.row - first_row) as usize].person);
        }
        Ok(numbered)
    }

    #[allow(clippy::disallowed_types)] // only counted in; sorted before its order is seen
    fn number_units(&mut self, rows: &[VisitRow]) {
        let mut sizes: HashMap<u64, u32> = HashMap::new();
        for run in rows.chunk_by(|one, next| one.unit == next.unit) {
            if self.units.find(run[0].unit).is_none() {
                *sizes.entry(run[0].unit.number()).or_default() += run.len() as u32;
            }
        }
        let mut new: Vec<(u32, u64)> = sizes.into_iter().map(|(unit, size)| (size, unit)).collect();
        new.sort_unstable();
        for (_, unit) in new {
            self.units.number(facts::UnitId::new(unit));
        }
    }
}

/// Parts numbered stays by the segment they belong to, keeping their order.
pub fn by_slot(stays: Vec<Numbered>) -> Vec<(i64, Vec<Numbered>)> {
    let mut slots: std::collections::BTreeMap<i64, Vec<Numbered>> = std::collections::BTreeMap::new();
    let mut last = stays.first().map(Numbered::slot);
    if last.is_some() && stays.iter().all(|stay| Some(stay.slot()) == last) {
        return vec![(last.take().unwrap_or_default(), stays)];
    }
    for stay in stays {
        slots.entry(stay.slot()).or_default().push(stay);
    }
    slots.into_iter().collect()
}

/// Packs the stays of one slot into a segment. `batches` are named by the stays' own `batch`.
pub fn build(slot: i64, batches: &[FactId], mut stays: Vec<Numbered>) -> Segment {
    if !stays.is_sorted_by_key(Numbered::order) {
        stays.sort_unstable_by_key(Numbered::order);
    }
    let bytes = pack(slot, batches, &stays);
    let opened = Segment::open(Arc::new(bytes));
    opened.expect("a segment opens as it was packed; the tests of this module hold it to that")
}

/// The stays of several segments of one slot as one, without those of batches that are gone.
pub fn merge(slot: i64, segments: &[Arc<Segment>], gone: impl Fn(FactId) -> bool) -> Option<Segment> {
    let mut batches: Vec<FactId> = segments.iter().flat_map(|segment| segment.batches()).copied().collect();
    batches.retain(|&batch| !gone(batch));
    batches.sort_unstable();
    batches.dedup();
    let mut stays = Vec::with_capacity(segments.iter().map(|segment| segment.len()).sum());
    for segment in segments {
        segment.each(|stay| {
            let detail = segment.detail(stay.position);
            if let Ok(batch) = batches.binary_search(&detail.batch) {
                stays.push(Numbered {
                    start: stay.window.from,
                    unit: stay.unit,
                    person: stay.person,
                    length: stay.window.seconds() as u32,
                    row: detail.row,
                    batch: batch as u16,
                    seat: detail.seat_row.map_or(0, |seat| u32::from(seat) + 1),
                    assumed_end: detail.assumed_end,
                });
            }
        });
    }
    (!stays.is_empty()).then(|| build(slot, &batches, stays))
}

fn pack(slot: i64, batches: &[FactId], stays: &[Numbered]) -> Vec<u8> {
    let first = stays.iter().map(|stay| stay.start).min().unwrap_or(0);
    let last = stays.iter().map(|stay| stay.start + Seconds::from(stay.length)).max().unwrap_or(0);
    let whole = |stay: &Numbered| (stay.start - first) % 60 == 0 && stay.length.is_multiple_of(60);
    let resolution: Seconds = if stays.iter().all(whole) { 60 } else { 1 };
    let (units, unit_ends) = runs(stays);
    let (headers, records) = blocks(stays, first, resolution);
    let people = people(stays);
    let sections: [Vec<u8>; SECTIONS] = [
        Directory::write(&units, &unit_ends),
        headers,
        records,
        Directory::write(&people.numbers, &people.ends),
        people.groups,
    ];
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(batches.len() as u32).to_le_bytes());
    for word in [first, resolution, first, last, slot, stays.len() as i64] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(&GROUP_BITS.to_le_bytes());
    bytes.extend_from_slice(&people.group_width.to_le_bytes());
    bytes.resize(FIXED, 0);
    batches.iter().for_each(|batch| bytes.extend_from_slice(&batch.number().to_le_bytes()));
    let mut at = bytes.len() + SECTIONS * crate::segment::ENTRY + 8;
    for section in &sections {
        for word in [at as u64, section.len() as u64, xxh3_64(section)] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        at += section.len();
    }
    let seal = xxh3_64(&bytes);
    bytes.extend_from_slice(&seal.to_le_bytes());
    bytes.reserve_exact(at - bytes.len());
    sections.iter().for_each(|section| bytes.extend_from_slice(section));
    bytes
}

/// The units that there are, and where the run of each ends.
fn runs(stays: &[Numbered]) -> (Vec<u32>, Vec<u32>) {
    let (mut units, mut ends) = (Vec::new(), Vec::new());
    for run in stays.chunk_by(|one, next| one.unit == next.unit) {
        units.push(run[0].unit);
        ends.push(ends.last().copied().unwrap_or(0) + run.len() as u32);
    }
    (units, ends)
}

fn blocks(stays: &[Numbered], base: Seconds, resolution: Seconds) -> (Vec<u8>, Vec<u8>) {
    let mut headers = Vec::with_capacity(stays.len().div_ceil(BLOCK) * crate::segment::HEADER);
    let mut records = Writer::default();
    for block in stays.chunks(BLOCK) {
        let start = |stay: &Numbered| ((stay.start - base) / resolution) as u32;
        let length = |stay: &Numbered| stay.length / resolution as u32;
        let range = |field: &dyn Fn(&Numbered) -> u32| {
            let (least, most) = block.iter().map(field).fold((u32::MAX, 0), |(a, b), f| (a.min(f), b.max(f)));
            (least, bits::width(u64::from(most - least)))
        };
        let (person_base, person_width) = range(&|stay| stay.person);
        let (start_base, start_width) = range(&start);
        let (length_base, length_width) = range(&length);
        let begins = |at: usize| at == 0 || block[at].row != block[at - 1].row.wrapping_add(1);
        let runs = || (0..block.len()).filter(|&at| begins(at)).map(|at| block[at].row);
        let row_base = runs().min().unwrap_or(0);
        // No width says that there is one run, and so nothing is written.
        let row_width = match runs().count() {
            1 => 0,
            _ => bits::width(u64::from(runs().max().unwrap_or(0) - row_base)).max(1),
        };
        let most = |field: &dyn Fn(&Numbered) -> u64| bits::width(block.iter().map(field).max().unwrap_or(0));
        let seat_width = most(&|stay| u64::from(stay.seat));
        let batch_width = most(&|stay| u64::from(stay.batch));
        let assumed_width = most(&|stay| u64::from(stay.assumed_end));
        let max_end = block.iter().map(|stay| start(stay) + length(stay)).max().unwrap_or(0);
        let offset = records.align() as u32;
        for word in [offset, person_base, start_base, length_base, row_base, max_end, block[0].unit] {
            headers.extend_from_slice(&word.to_le_bytes());
        }
        let widths = [person_width, start_width, length_width, row_width, seat_width, batch_width, assumed_width];
        headers.extend(widths.iter().map(|&width| width as u8));
        headers.push(0);
        for stay in block {
            records.put(u64::from(stay.person - person_base), person_width);
            records.put(u64::from(start(stay) - start_base), start_width);
            records.put(u64::from(length(stay) - length_base), length_width);
        }
        for stay in block {
            records.put(u64::from(stay.seat), seat_width);
            records.put(u64::from(stay.batch), batch_width);
            records.put(u64::from(stay.assumed_end), assumed_width);
        }
        if row_width > 0 {
            (0..block.len()).for_each(|at| records.put(u64::from(begins(at)), 1));
            runs().for_each(|row| records.put(u64::from(row - row_base), row_width));
        }
    }
    (headers, records.finish())
}

struct People {
    numbers: Vec<u32>,
    ends: Vec<u32>,
    groups: Vec<u8>,
    group_width: u32,
}

/// For each person, the groups that hold their stays, each once.
fn people(stays: &[Numbered]) -> People {
    const NOWHERE: u32 = u32::MAX;
    let count = stays.iter().map(|stay| stay.person as usize + 1).max().unwrap_or(0);
    // First how many groups each person needs, then where each person's begin, then the groups themselves.
    let mut last_group = vec![NOWHERE; count];
    let mut ends = vec![0u32; count];
    for (at, stay) in stays.iter().enumerate() {
        let (person, group) = (stay.person as usize, (at >> GROUP_BITS) as u32);
        if last_group[person] != group {
            last_group[person] = group;
            ends[person] += 1;
        }
    }
    let (mut numbers, mut run_ends) = (Vec::new(), Vec::new());
    let mut total = 0;
    for (person, end) in ends.iter_mut().enumerate() {
        let begins = total;
        total += *end;
        if *end > 0 {
            numbers.push(person as u32);
            run_ends.push(total);
        }
        *end = begins;
    }
    let mut groups = vec![0u32; total as usize];
    last_group.fill(NOWHERE);
    for (at, stay) in stays.iter().enumerate() {
        let (person, group) = (stay.person as usize, (at >> GROUP_BITS) as u32);
        if last_group[person] != group {
            last_group[person] = group;
            groups[ends[person] as usize] = group;
            ends[person] += 1;
        }
    }
    let group_width = bits::width((stays.len() >> GROUP_BITS) as u64);
    let mut writer = Writer::default();
    groups.iter().for_each(|&group| writer.put(u64::from(group), group_width));
    People { numbers, ends: run_ends, groups: writer.finish(), group_width }
}
