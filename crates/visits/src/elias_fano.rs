//! Rising numbers in little more than two bits each, any of them at once (Elias 1974, Fano 1971).
//!
//! The low bits of each number lie packed; the high bits are unary: the i-th number sets bit `high + i`.
//! Every 128th one and every 128th zero has its position noted, from where a look-up counts on.

use std::ops::Range;

use crate::bits::{self, Writer};

/// Ones, or zeros, between noted positions.
const SAMPLE: usize = 128;

/// Where a list of rising numbers lies in some bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EliasFano {
    count: usize,
    buckets: usize,
    low_bits: u32,
    lows: usize,
    highs: usize,
    ones: usize,
    zeros: usize,
}

fn words(bits: usize) -> usize {
    bits.div_ceil(64)
}

impl EliasFano {
    fn lay_out(count: usize, largest: u64) -> Self {
        let low_bits = if count == 0 { 0 } else { bits::width(largest / count as u64).saturating_sub(1) };
        let buckets = (largest >> low_bits) as usize + 1;
        let highs = words(count * low_bits as usize) * 8;
        let ones = highs + words(count + buckets) * 8;
        let zeros = ones + count.div_ceil(SAMPLE) * 4;
        Self { count, buckets, low_bits, lows: 0, highs, ones, zeros }
    }

    fn length(&self) -> usize {
        (self.zeros + self.buckets.div_ceil(SAMPLE) * 4).next_multiple_of(8) + bits::SLACK
    }

    /// Writes rising numbers, none above `largest`, behind a header of two words.
    pub(crate) fn write(numbers: impl Iterator<Item = u64> + Clone, count: usize, largest: u64) -> Vec<u8> {
        let layout = Self::lay_out(count, largest);
        let mut bytes = Vec::with_capacity(16 + layout.length());
        bytes.extend_from_slice(&(count as u64).to_le_bytes());
        bytes.extend_from_slice(&largest.to_le_bytes());
        let mut lows = Writer::default();
        let mut highs = vec![0u64; words(count + layout.buckets)];
        for (at, number) in numbers.enumerate() {
            lows.put(number, layout.low_bits);
            let bit = (number >> layout.low_bits) as usize + at;
            highs[bit / 64] |= 1 << (bit % 64);
        }
        lows.align();
        let lows = lows.finish();
        bytes.extend_from_slice(&lows[..layout.highs]);
        highs.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        let (mut ones, mut zeros) = (Vec::new(), Vec::new());
        let (mut seen_ones, mut seen_zeros) = (0usize, 0usize);
        for (at, &word) in highs.iter().enumerate() {
            let (set, clear) = (word.count_ones() as usize, word.count_zeros() as usize);
            note(&mut ones, &mut seen_ones, set, word, at);
            note(&mut zeros, &mut seen_zeros, clear, !word, at);
        }
        ones.truncate(count.div_ceil(SAMPLE));
        zeros.truncate(layout.buckets.div_ceil(SAMPLE));
        ones.iter().chain(&zeros).for_each(|position: &u32| bytes.extend_from_slice(&position.to_le_bytes()));
        bytes.resize(16 + layout.length(), 0);
        bytes
    }

    /// Reads the header of a list that starts at `at` and reaches no farther than `end`; none when it does not fit.
    pub(crate) fn open(bytes: &[u8], range: Range<usize>) -> Option<Self> {
        let word = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let (count, largest) = (word(range.start)?, word(range.start + 8)?);
        let held = range.len() as u64;
        // A list cannot have more numbers, nor more buckets, than its bytes have bits.
        if count > held * 8 || (count == 0 && largest > held * 8) {
            return None;
        }
        let mut layout = Self::lay_out(count as usize, largest);
        if layout.buckets as u64 > held * 8 || 16 + layout.length() != range.len() {
            return None;
        }
        for offset in [&mut layout.lows, &mut layout.highs, &mut layout.ones, &mut layout.zeros] {
            *offset += range.start + 16;
        }
        Some(layout)
    }

    /// How many numbers there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    #[inline]
    fn word(&self, bytes: &[u8], number: usize) -> u64 {
        let at = self.highs + number * 8;
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap_or_default())
    }

    #[inline]
    fn noted(&self, bytes: &[u8], samples: usize, number: usize) -> usize {
        let at = samples + number / SAMPLE * 4;
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap_or_default()) as usize
    }

    /// The position of the i-th one, or of the i-th zero when `flip` is all ones.
    #[inline]
    fn select(&self, bytes: &[u8], samples: usize, number: usize, flip: u64) -> usize {
        let from = self.noted(bytes, samples, number);
        let mut left = number % SAMPLE;
        let mut at = from / 64;
        let mut word = (self.word(bytes, at) ^ flip) & (u64::MAX << (from % 64));
        loop {
            let here = word.count_ones() as usize;
            if left < here {
                return at * 64 + nth_one(word, left);
            }
            left -= here;
            at += 1;
            word = self.word(bytes, at) ^ flip;
        }
    }

    #[inline]
    fn low(&self, bytes: &[u8], number: usize) -> u64 {
        bits::get(bytes, self.lows * 8 + number * self.low_bits as usize, self.low_bits)
    }

    /// The i-th number.
    #[inline]
    pub(crate) fn get(&self, bytes: &[u8], number: usize) -> u64 {
        let high = self.select(bytes, self.ones, number, 0) - number;
        (high as u64) << self.low_bits | self.low(bytes, number)
    }

    /// The i-th number and the one after it.
    #[inline]
    pub(crate) fn pair(&self, bytes: &[u8], number: usize) -> (u64, u64) {
        let position = self.select(bytes, self.ones, number, 0);
        let next = self.next_one(bytes, position + 1);
        let number_at =
            |position: usize, number: usize| ((position - number) as u64) << self.low_bits | self.low(bytes, number);
        (number_at(position, number), number_at(next, number + 1))
    }

    #[inline]
    fn next_one(&self, bytes: &[u8], from: usize) -> usize {
        let mut at = from / 64;
        let mut word = self.word(bytes, at) & (u64::MAX << (from % 64));
        while word == 0 {
            at += 1;
            word = self.word(bytes, at);
        }
        at * 64 + word.trailing_zeros() as usize
    }

    /// Where a number is in the list, when it is.
    #[inline]
    pub(crate) fn position(&self, bytes: &[u8], sought: u64) -> Option<usize> {
        let high = (sought >> self.low_bits) as usize;
        if high >= self.buckets {
            return None;
        }
        let low = sought & bits::mask(self.low_bits);
        let mut bit = if high == 0 { 0 } else { self.select(bytes, self.zeros, high - 1, u64::MAX) + 1 };
        loop {
            let number = bit - high;
            let set = number < self.count && self.word(bytes, bit / 64) >> (bit % 64) & 1 == 1;
            if !set {
                return None;
            }
            match self.low(bytes, number).cmp(&low) {
                std::cmp::Ordering::Less => bit += 1,
                std::cmp::Ordering::Equal => return Some(number),
                std::cmp::Ordering::Greater => return None,
            }
        }
    }

    /// The numbers from the i-th on, one after the other.
    #[inline]
    pub(crate) fn from<'a>(&'a self, bytes: &'a [u8], number: usize) -> impl Iterator<Item = u64> + 'a {
        let mut next = number;
        let mut position = if number < self.count { self.select(bytes, self.ones, number, 0) } else { 0 };
        std::iter::from_fn(move || {
            if next >= self.count {
                return None;
            }
            if next > number {
                position = self.next_one(bytes, position + 1);
            }
            let value = ((position - next) as u64) << self.low_bits | self.low(bytes, next);
            next += 1;
            Some(value)
        })
    }
}

/// Notes the position of every 128th set bit.
fn note(samples: &mut Vec<u32>, seen: &mut usize, here: usize, word: u64, at: usize) {
    let next = samples.len() * SAMPLE;
    if *seen <= next && next < *seen + here {
        samples.push((at * 64 + nth_one(word, next - *seen)) as u32);
    }
    *seen += here;
}

/// The position of the n-th set bit of a word.
#[inline]
fn nth_one(mut word: u64, n: usize) -> usize {
    for _ in 0..n {
        word &= word.wrapping_sub(1);
    }
    word.trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_number_is_found_again(mut numbers in prop::collection::vec(0..5_000u64, 0..700), beyond in 0..9_000u64) {
            numbers.sort_unstable();
            let largest = numbers.last().copied().unwrap_or(0) + beyond;
            let bytes = EliasFano::write(numbers.iter().copied(), numbers.len(), largest);
            let list = EliasFano::open(&bytes, 0..bytes.len()).unwrap();
            prop_assert_eq!(list.count(), numbers.len());
            prop_assert_eq!(list.from(&bytes, 0).collect::<Vec<_>>(), numbers.clone());
            for (at, &number) in numbers.iter().enumerate() {
                prop_assert_eq!(list.get(&bytes, at), number);
                if let Some(&next) = numbers.get(at + 1) {
                    prop_assert_eq!(list.pair(&bytes, at), (number, next));
                }
            }
            for sought in 0..largest + 2 {
                let first = numbers.iter().position(|&number| number == sought);
                prop_assert_eq!(list.position(&bytes, sought), first);
            }
        }

        #[test]
        fn any_bytes_open_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = EliasFano::open(&bytes, 0..bytes.len());
        }
    }
}
