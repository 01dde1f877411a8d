//! Where the run of each dense number begins and ends, in two reads.
//!
//! Numbers lie in groups of 64. A group's head says which of them are there, where the first run begins and
//! where the ends of all its runs are packed. About a byte and a quarter for each number that is there.

use std::ops::Range;

use crate::bits::{self, Writer};

/// Numbers of a group.
const GROUP: usize = 64;
/// Bytes of a group's head: which are there, where the first run begins, where its ends are.
const HEAD: usize = 16;

/// Where a directory lies in some bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory {
    heads: usize,
    groups: usize,
    ends: usize,
}

/// The head of a group, and the width of its ends.
struct Group {
    there: u64,
    base: u32,
    first_bit: usize,
    width: u32,
}

impl Directory {
    /// Writes rising numbers, each with where its run ends; the first begins at 0, each other where the one
    /// before ends.
    pub(crate) fn write(numbers: &[u32], ends: &[u32]) -> Vec<u8> {
        let groups = numbers.last().map_or(0, |&last| last as usize / GROUP + 1);
        let mut bytes = Vec::with_capacity(8 + groups * HEAD);
        bytes.extend_from_slice(&(groups as u64).to_le_bytes());
        let mut packed = Vec::new();
        let (mut at, mut base) = (0, 0);
        for group in 0..groups {
            let after = numbers[at..].iter().take_while(|&&number| number as usize / GROUP == group).count() + at;
            let there = numbers[at..after].iter().fold(0u64, |there, number| there | 1 << (number % GROUP as u32));
            bytes.extend_from_slice(&there.to_le_bytes());
            bytes.extend_from_slice(&u32::to_le_bytes(base));
            bytes.extend_from_slice(&(packed.len() as u32).to_le_bytes());
            if let Some(&last) = ends[at..after].last() {
                let width = bits::width(u64::from(last - base));
                let mut writer = Writer::default();
                writer.put(u64::from(width), 8);
                ends[at..after].iter().for_each(|&end| writer.put(u64::from(end - base), width));
                let used = (8 + (after - at) * width as usize).div_ceil(8);
                packed.extend_from_slice(&writer.finish()[..used]);
                base = last;
            }
            at = after;
        }
        bytes.extend_from_slice(&packed);
        bytes.resize(bytes.len() + bits::SLACK, 0);
        bytes
    }

    /// A directory that fills a range of some bytes; none when it cannot be one.
    pub(crate) fn open(bytes: &[u8], range: Range<usize>) -> Option<Self> {
        let count = bytes.get(range.clone())?.first_chunk().map(|&count| u64::from_le_bytes(count))?;
        let groups = usize::try_from(count).ok()?;
        let heads = range.start + 8;
        let ends = groups.checked_mul(HEAD)?.checked_add(heads)?;
        (ends + bits::SLACK <= range.end).then_some(Self { heads, groups, ends })
    }

    #[inline]
    fn group(&self, bytes: &[u8], group: usize) -> Group {
        let head = &bytes[self.heads + group * HEAD..][..HEAD];
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let at = self.ends + word(12) as usize;
        Group {
            there: u64::from(word(0)) | u64::from(word(4)) << 32,
            base: word(8),
            first_bit: (at + 1) * 8,
            width: u32::from(bytes[at]),
        }
    }

    /// The run of a number, when it has one.
    #[inline]
    pub(crate) fn run(&self, bytes: &[u8], number: u32) -> Option<Range<usize>> {
        let (group, bit) = (number as usize / GROUP, number % GROUP as u32);
        if group >= self.groups {
            return None;
        }
        let group = self.group(bytes, group);
        if group.there >> bit & 1 == 0 {
            return None;
        }
        let before = (group.there & bits::mask(bit)).count_ones() as usize;
        let start = if before == 0 { group.base } else { group.end(bytes, before - 1) };
        Some(start as usize..group.end(bytes, before) as usize)
    }

    /// Reads what a look-up of a number will read, so that the waits of many overlap; what it gives means nothing.
    #[inline]
    pub(crate) fn touch(&self, bytes: &[u8], number: u32) -> u8 {
        let group = number as usize / GROUP;
        if group < self.groups { bytes[self.group(bytes, group).first_bit / 8] } else { 0 }
    }

    /// The number, from one that is there on, whose run holds a position.
    #[inline]
    pub(crate) fn holder(&self, bytes: &[u8], from: u32, position: usize) -> Option<u32> {
        (from as usize / GROUP..self.groups).find_map(|number| {
            let group = self.group(bytes, number);
            let (mut before, mut after) = (0, group.there.count_ones() as usize);
            if after == 0 || group.end(bytes, after - 1) as usize <= position {
                return None;
            }
            while before < after {
                let middle = before.midpoint(after);
                if group.end(bytes, middle) as usize <= position { before = middle + 1 } else { after = middle }
            }
            let left = (0..before).fold(group.there, |left, _| left & (left - 1));
            Some((number * GROUP) as u32 + left.trailing_zeros())
        })
    }

    /// Every number from one on that is there, with its run.
    #[inline]
    pub(crate) fn runs<'a>(&'a self, bytes: &'a [u8], from: u32) -> impl Iterator<Item = (u32, Range<usize>)> + 'a {
        (from as usize / GROUP..self.groups).flat_map(move |number| {
            let group = self.group(bytes, number);
            let first = if number == from as usize / GROUP { from % GROUP as u32 } else { 0 };
            let mut left = group.there & !bits::mask(first);
            let mut before = (group.there & bits::mask(first)).count_ones() as usize;
            let mut start = if before == 0 { group.base } else { group.end(bytes, before - 1) };
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros();
                left &= left - 1;
                let end = group.end(bytes, before);
                before += 1;
                let run = start as usize..end as usize;
                start = end;
                Some(((number * GROUP) as u32 + bit, run))
            })
        })
    }
}

impl Group {
    #[inline]
    fn end(&self, bytes: &[u8], at: usize) -> u32 {
        self.base + bits::get(bytes, self.first_bit + at * self.width as usize, self.width) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_run_is_found_again(lengths in prop::collection::btree_map(0..2_000u32, 1..9_000u32, 0..300), sparse in 1..50u32) {
            let numbers: Vec<u32> = lengths.keys().map(|number| number * sparse).collect();
            let ends: Vec<u32> = lengths.values().scan(0, |end, length| { *end += length; Some(*end) }).collect();
            let bytes = Directory::write(&numbers, &ends);
            let directory = Directory::open(&bytes, 0..bytes.len()).unwrap();
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let plain: Vec<(u32, Range<usize>)> = numbers.iter().copied()
                .zip(starts.zip(&ends).map(|(start, &end)| start as usize..end as usize)).collect();
            prop_assert_eq!(directory.runs(&bytes, 0).collect::<Vec<_>>(), plain.clone());
            for number in 0..2_000 * sparse.min(3) {
                let run = plain.iter().find(|(there, _)| *there == number).map(|(_, run)| run.clone());
                prop_assert_eq!(directory.run(&bytes, number), run);
            }
            for (at, (number, run)) in plain.iter().enumerate() {
                prop_assert_eq!(directory.holder(&bytes, plain[at.saturating_sub(at % 90)].0, run.end - 1), Some(*number));
            }
        }

        #[test]
        fn any_bytes_open_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Directory::open(&bytes, 0..bytes.len());
        }
    }
}
