//! An immutable segment of stays as bytes: written once, mapped from disk, searched in place.
//!
//! Stays lie by unit and start in blocks of 128, packed; people point at groups of stays in that order.
//! `docs/formats/visit-segment.md` has the grammar. A reader touches one directory, one block and no tree.

use std::ops::Range;
use std::sync::Arc;

use facts::FactId;
use xxhash_rust::xxh3::xxh3_64;

use crate::bits;
use crate::directory::Directory;
use crate::stay::{Seconds, Window};

/// The first bytes of every segment.
pub(crate) const MAGIC: &[u8; 8] = b"FBVISITS";
/// The version of the format.
pub(crate) const VERSION: u32 = 2;
/// Stays in a block.
pub(crate) const BLOCK: usize = 128;
/// A longer run within a block is searched by halves instead of from its first stay on.
const SEARCHED_FROM: usize = 24;
/// Bytes of a block's header.
pub(crate) const HEADER: usize = 36;
/// Bytes before the list of batches.
pub(crate) const FIXED: usize = 80;
/// Parts of a segment, in order.
pub(crate) const SECTIONS: usize = 5;
/// Bytes of one entry of the table of sections.
pub(crate) const ENTRY: usize = 24;

/// Bytes that can be shared: a vector, or a file mapped by whoever opened it.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Bytes that are no segment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// They begin otherwise.
    #[error("it does not begin as a visit segment does")]
    Foreign,
    /// It was written by another version of the program.
    #[error("it is of format {found}, and this program reads {VERSION}")]
    Version {
        /// The version it says.
        found: u32,
    },
    /// It ends too early.
    #[error("it is cut short: {length} bytes")]
    Short {
        /// How many bytes there are.
        length: usize,
    },
    /// A part of it is not what was written.
    #[error("its part {part:?} is not what was written")]
    Changed {
        /// Which part.
        part: &'static str,
    },
}

/// Names of the parts, for whoever has to say which one is damaged.
const PARTS: [&str; SECTIONS] = ["units", "block headers", "stays", "people", "groups"];

/// The stays of one day, or the long ones, of one batch or of several.
#[derive(Clone)]
pub struct Segment {
    bytes: Bytes,
    batches: Vec<FactId>,
    base: Seconds,
    resolution: Seconds,
    window: Window,
    slot: i64,
    stays: usize,
    group_bits: u32,
    group_width: u32,
    units: Directory,
    headers: usize,
    records: usize,
    people: Directory,
    groups: usize,
}

/// One stay, as far as the fast path needs it; numbers are those of the index's dictionaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) person: u32,
    pub(crate) unit: u32,
    pub(crate) window: Window,
    pub(crate) position: u32,
}

/// What the fast path does not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) batch: FactId,
    pub(crate) row: u32,
    pub(crate) seat_row: Option<u16>,
    pub(crate) assumed_end: bool,
}

/// A block's header, read.
struct Block {
    first_bit: usize,
    stays: usize,
    person_base: u32,
    start_base: u32,
    length_base: u32,
    row_base: u32,
    max_end: u32,
    first_unit: u32,
    widths: [u32; 7],
}

/// Room for the stays of a block that count: who, from when, how long, and where in the block.
pub(crate) type Picked = [(u32, u32, u32, u32); BLOCK];

/// A window in a segment's own units of time: stays with `start < until` and `end > from` reach into it.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    until: i64,
}

impl Segment {
    /// Reads the frame of a segment, and checks it; the parts are checked by [`Segment::check`].
    pub fn open(bytes: Bytes) -> Result<Self, Damage> {
        let all: &[u8] = (*bytes).as_ref();
        let length = all.len();
        if length < FIXED {
            return Err(if all.starts_with(MAGIC) { Damage::Short { length } } else { Damage::Foreign });
        }
        if !all.starts_with(MAGIC) {
            return Err(Damage::Foreign);
        }
        let version = word32(all, 8);
        if version != VERSION {
            return Err(Damage::Version { found: version });
        }
        let batch_count = word32(all, 12) as usize;
        let table = FIXED + batch_count * 8;
        let head = table + SECTIONS * ENTRY;
        if length < head + 8 {
            return Err(Damage::Short { length });
        }
        if xxh3_64(&all[..head]) != word64(all, head) {
            return Err(Damage::Changed { part: "head" });
        }
        let section = |number: usize| -> Result<Range<usize>, Damage> {
            let at = table + number * ENTRY;
            let (from, size) = (word64(all, at) as usize, word64(all, at + 8) as usize);
            let until = from.checked_add(size).filter(|&until| until <= length).ok_or(Damage::Short { length })?;
            Ok(from..until)
        };
        let list = |number: usize| -> Result<Directory, Damage> {
            Directory::open(all, section(number)?).ok_or(Damage::Changed { part: PARTS[number] })
        };
        let stays = word64(all, 56) as usize;
        let segment = Self {
            batches: (0..batch_count).map(|n| FactId::new(word64(all, FIXED + n * 8))).collect(),
            base: word64(all, 16).cast_signed(),
            resolution: word64(all, 24).cast_signed(),
            window: Window { from: word64(all, 32).cast_signed(), until: word64(all, 40).cast_signed() },
            slot: word64(all, 48).cast_signed(),
            stays,
            group_bits: word32(all, 64),
            group_width: word32(all, 68),
            units: list(0)?,
            headers: section(1)?.start,
            records: section(2)?.start,
            people: list(3)?,
            groups: section(4)?.start,
            bytes: bytes.clone(),
        };
        Ok(segment)
    }

    /// Reads every byte, and names the part that is not what was written.
    pub fn check(&self) -> Result<(), Damage> {
        let all = self.all();
        for (number, part) in PARTS.iter().enumerate() {
            let at = FIXED + self.batches.len() * 8 + number * ENTRY;
            let (from, size) = (word64(all, at) as usize, word64(all, at + 8) as usize);
            if xxh3_64(&all[from..from + size]) != word64(all, at + 16) {
                return Err(Damage::Changed { part });
            }
        }
        Ok(())
    }

    /// A hash that stands for all it holds: that of its head, which has those of its parts.
    pub fn digest(&self) -> u64 {
        word64(self.all(), FIXED + self.batches.len() * 8 + SECTIONS * ENTRY)
    }

    /// Its bytes, to write them to a file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The facts that journalled the batches whose stays it holds.
    pub fn batches(&self) -> &[FactId] {
        &self.batches
    }

    /// The day on which its stays start, as days since 1970-01-01; or [`crate::build::LONG`].
    pub fn slot(&self) -> i64 {
        self.slot
    }

    /// From the first start to the last end.
    #[inline]
    pub fn window(&self) -> Window {
        self.window
    }

    /// How many stays it holds.
    pub fn len(&self) -> usize {
        self.stays
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.stays == 0
    }

    #[inline]
    fn all(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    #[inline]
    fn span(&self, window: Window) -> Span {
        let (from, until) = (window.from.saturating_sub(self.base), window.until.saturating_sub(self.base));
        let up = until.div_euclid(self.resolution) + i64::from(until.rem_euclid(self.resolution) != 0);
        Span { from: from.div_euclid(self.resolution), until: up }
    }

    #[inline]
    fn block(&self, all: &[u8], number: usize) -> Block {
        let head = &all[self.headers + number * HEADER..][..HEADER];
        let field = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Block {
            first_bit: self.records * 8 + field(0) as usize * 64,
            stays: (self.stays - number * BLOCK).min(BLOCK),
            person_base: field(4),
            start_base: field(8),
            length_base: field(12),
            row_base: field(16),
            max_end: field(20),
            first_unit: field(24),
            widths: std::array::from_fn(|n| u32::from(head[28 + n])),
        }
    }

    #[inline]
    fn seconds(&self, start: u32, length: u32) -> Window {
        let from = self.base + i64::from(start) * self.resolution;
        Window { from, until: from + i64::from(length) * self.resolution }
    }

    /// Where a unit's stays lie, when it has any.
    #[inline]
    pub(crate) fn run_of(&self, unit: u32) -> Option<Range<u32>> {
        self.units.run(self.all(), unit).map(|run| run.start as u32..run.end as u32)
    }

    /// Reads what [`Segment::each_in_run`] will read first, so that the waits of many look-ups overlap; what it
    /// gives means nothing.
    #[inline]
    pub(crate) fn touch_run(&self, run: &Range<u32>) -> u8 {
        let all = self.all();
        let first = run.start as usize;
        all[self.block(all, first / BLOCK).records(all).byte(first % BLOCK)]
    }

    /// Calls `each` for every stay in a unit's run that reaches into the window and is at least so long, in
    /// seconds; gives how many were looked at.
    #[inline]
    pub(crate) fn each_in_run(
        &self,
        run: Range<u32>,
        unit: u32,
        window: Window,
        shortest: Seconds,
        picked: &mut Picked,
        mut each: impl FnMut(Packed),
    ) -> u64 {
        let all = self.all();
        let (first, end) = (run.start as usize, run.end as usize);
        let span = self.span(window);
        let shortest = shortest.div_euclid(self.resolution) + i64::from(shortest.rem_euclid(self.resolution) != 0);
        let mut touched = 0;
        for number in first / BLOCK..=(end - 1) / BLOCK {
            let block = self.block(all, number);
            let here = number * BLOCK;
            // Only where the whole block is of this unit does its first start say when the rest begins.
            if here >= first && i64::from(block.start_base) >= span.until {
                break;
            }
            if i64::from(block.max_end) <= span.from {
                continue;
            }
            let (from, until) = (first.max(here) - here, end.min(here + block.stays) - here);
            let records = block.records(all);
            let (from, until) = if until - from > SEARCHED_FROM {
                (records.first_after(from, until, span.from), records.first_from(from, until, span.until))
            } else {
                (from, until)
            };
            // Which stays count is hard to foresee, so that they are picked without a branch.
            let mut count = 0;
            for at in from..until {
                let (person, start, length) = records.get(at);
                let (begins, lasts) = (i64::from(start), i64::from(length));
                picked[count % BLOCK] = (person, start, length, at as u32);
                count += usize::from((lasts >= shortest) & (begins < span.until) & (begins + lasts > span.from));
            }
            touched += until.saturating_sub(from) as u64;
            for &(person, start, length, at) in &picked[..count] {
                each(Packed { person, unit, window: self.seconds(start, length), position: here as u32 + at });
            }
        }
        touched
    }

    /// The groups of stays in which a person's lie.
    #[inline]
    pub(crate) fn groups_of(&self, person: u32) -> impl Iterator<Item = u32> + '_ {
        let all = self.all();
        let entries = self.people.run(all, person).unwrap_or_default();
        entries.map(move |entry| {
            bits::get(all, self.groups * 8 + entry * self.group_width as usize, self.group_width) as u32
        })
    }

    /// Reads what [`Segment::each_in_group`] will read; what it gives means nothing.
    #[inline]
    pub(crate) fn touch_group(&self, group: u32) -> u8 {
        let all = self.all();
        let from = (group as usize) << self.group_bits;
        let block = self.block(all, from / BLOCK);
        all[block.records(all).byte(from % BLOCK)] ^ self.units.touch(all, block.first_unit)
    }

    /// Calls `each` for every stay of a person in a group that reaches into the window; gives how many were looked
    /// at.
    #[inline]
    pub(crate) fn each_in_group(&self, group: u32, person: u32, window: Window, mut each: impl FnMut(Packed)) -> u64 {
        let all = self.all();
        let span = self.span(window);
        let from = (group as usize) << self.group_bits;
        let block = self.block(all, from / BLOCK);
        let here = from - from % BLOCK;
        let records = block.records(all);
        let until = (from - here + (1 << self.group_bits)).min(block.stays);
        for at in from - here..until {
            let (who, start, length) = records.get(at);
            let reaches = i64::from(start) < span.until && i64::from(start) + i64::from(length) > span.from;
            if who == person && reaches {
                let unit = self.unit_at(all, &block, here + at);
                each(Packed { person, unit, window: self.seconds(start, length), position: (here + at) as u32 });
            }
        }
        (until - (from - here)) as u64
    }

    /// The unit of the stay at a position, counted on from the first unit of its block.
    #[inline]
    fn unit_at(&self, all: &[u8], block: &Block, position: usize) -> u32 {
        self.units.holder(all, block.first_unit, position).unwrap_or(block.first_unit)
    }

    /// Where a stay is recorded, and what was recorded beside it.
    pub(crate) fn detail(&self, position: u32) -> Detail {
        let all = self.all();
        let at = position as usize % BLOCK;
        let block = self.block(all, position as usize / BLOCK);
        let [person, start, length, row, seat, batch, assumed] = block.widths;
        let cold = (seat + batch + assumed) as usize;
        let first_cold = block.first_bit + block.stays * (person + start + length) as usize;
        let mut record = bits::load(all, first_cold + at * cold);
        let mut take = |width: u32| {
            let field = record as u64 & bits::mask(width);
            record >>= width;
            field
        };
        let (seat, batch, assumed) = (take(seat), take(batch), take(assumed));
        Detail {
            row: block.row_base + row_of(all, first_cold + block.stays * cold, block.stays, row, at),
            seat_row: (seat > 0).then(|| (seat - 1) as u16),
            batch: self.batches[batch as usize],
            assumed_end: assumed == 1,
        }
    }

    /// Every stay, in order.
    pub(crate) fn each(&self, mut each: impl FnMut(Packed)) {
        let all = self.all();
        let mut records = None;
        for (unit, run) in self.units.runs(all, 0) {
            for position in run {
                if position % BLOCK == 0 {
                    records = None;
                }
                let records = records.get_or_insert_with(|| self.block(all, position / BLOCK).records(all));
                let (person, start, length) = records.get(position % BLOCK);
                let window = self.seconds(start, length);
                each(Packed { person, unit, window, position: position as u32 });
            }
        }
    }
}

/// The row of the stay at a place of its block, less the block's base. Along a unit rows follow one another as
/// they do in a batch, so that only the first of each such run is written, behind a bit a stay that says which.
fn row_of(all: &[u8], first_bit: usize, stays: usize, width: u32, at: usize) -> u32 {
    if width == 0 {
        return at as u32;
    }
    let word = |from: usize| u128::from(bits::load(all, first_bit + from) as u64);
    let begins = (word(0) | word(64) << 64) & (u128::MAX >> (BLOCK - 1 - at));
    let run = begins.count_ones() as usize - 1;
    let begun = begins.ilog2() as usize;
    let row = bits::get(all, first_bit + stays + run * width as usize, width);
    row as u32 + (at - begun) as u32
}

/// The hot part of a block, its widths at hand.
struct Records<'a> {
    all: &'a [u8],
    first_bit: usize,
    bits: usize,
    start_shift: u32,
    length_shift: u32,
    masks: [u64; 3],
    bases: [u32; 3],
}

impl Block {
    #[inline(always)]
    fn records<'a>(&self, all: &'a [u8]) -> Records<'a> {
        let [person, start, length, ..] = self.widths;
        Records {
            all,
            first_bit: self.first_bit,
            bits: (person + start + length) as usize,
            start_shift: person,
            length_shift: person + start,
            masks: [bits::mask(person), bits::mask(start), bits::mask(length)],
            bases: [self.person_base, self.start_base, self.length_base],
        }
    }
}

impl Records<'_> {
    /// The first record of a unit's run that starts late enough to reach beyond a time, as long as any of the
    /// block lasts.
    #[inline]
    fn first_after(&self, mut from: usize, mut until: usize, time: i64) -> usize {
        let longest = i64::from(self.bases[2]) + self.masks[2] as i64;
        while from < until {
            let middle = from.midpoint(until);
            if i64::from(self.get(middle).1) + longest <= time { from = middle + 1 } else { until = middle }
        }
        from
    }

    /// The first record of a unit's run that starts at a time or later.
    #[inline]
    fn first_from(&self, mut from: usize, mut until: usize, time: i64) -> usize {
        while from < until {
            let middle = from.midpoint(until);
            if i64::from(self.get(middle).1) < time { from = middle + 1 } else { until = middle }
        }
        from
    }

    /// Where the record at a place begins.
    #[inline(always)]
    fn byte(&self, at: usize) -> usize {
        (self.first_bit + at * self.bits) / 8
    }

    /// Who, from when and how long.
    #[inline(always)]
    fn get(&self, at: usize) -> (u32, u32, u32) {
        let bit = self.first_bit + at * self.bits;
        let [person, start, length] = self.masks;
        let (who, from, long) = if self.bits <= 57 {
            // One load holds the whole record.
            let record = bits::get(self.all, bit, 57);
            (record & person, record >> self.start_shift & start, record >> self.length_shift & length)
        } else {
            let record = bits::load(self.all, bit);
            let field = |shift: u32, mask: u64| (record >> shift) as u64 & mask;
            (field(0, person), field(self.start_shift, start), field(self.length_shift, length))
        };
        let [person, start, length] = self.bases;
        (person + who as u32, start + from as u32, length + long as u32)
    }
}

fn word32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap_or_default())
}

fn word64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap_or_default())
}
