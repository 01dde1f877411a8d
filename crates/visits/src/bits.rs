//! Numbers of any width, one after the other, in bytes.

/// Bytes that must follow the last number, so that every read is one load.
pub(crate) const SLACK: usize = 16;

/// How many bits a number needs.
pub(crate) fn width(largest: u64) -> u32 {
    u64::BITS - largest.leading_zeros()
}

/// Bits from a position on, at most 120 of them meaningful: shift and mask what is needed.
#[inline]
pub(crate) fn load(bytes: &[u8], bit: usize) -> u128 {
    let at = bit >> 3;
    let chunk: [u8; 16] = bytes[at..at + 16].try_into().unwrap_or_default();
    u128::from_le_bytes(chunk) >> (bit & 7)
}

/// A number of at most 57 bits.
#[inline]
pub(crate) fn get(bytes: &[u8], bit: usize, width: u32) -> u64 {
    let at = bit >> 3;
    let chunk: [u8; 8] = bytes[at..at + 8].try_into().unwrap_or_default();
    (u64::from_le_bytes(chunk) >> (bit & 7)) & mask(width)
}

/// The lowest bits set.
#[inline]
pub(crate) fn mask(width: u32) -> u64 {
    if width >= u64::BITS { u64::MAX } else { (1 << width) - 1 }
}

/// Appends numbers bit by bit.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    pending: u128,
    filled: u32,
}

impl Writer {
    /// Appends the lowest `width` bits of a number, at most 64.
    #[inline]
    pub(crate) fn put(&mut self, number: u64, width: u32) {
        self.pending |= u128::from(number & mask(width)) << self.filled;
        self.filled += width;
        if self.filled >= u64::BITS {
            self.bytes.extend_from_slice(&(self.pending as u64).to_le_bytes());
            self.pending >>= u64::BITS;
            self.filled -= u64::BITS;
        }
    }

    /// Goes on at the next multiple of eight bytes, whose number it gives.
    pub(crate) fn align(&mut self) -> usize {
        if self.filled > 0 {
            self.bytes.extend_from_slice(&(self.pending as u64).to_le_bytes());
            (self.pending, self.filled) = (0, 0);
        }
        self.bytes.len() / 8
    }

    /// What was written, with the slack that reads need.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.align();
        self.bytes.resize(self.bytes.len() + SLACK, 0);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_got(numbers in prop::collection::vec((any::<u64>(), 0..=57u32), 0..200)) {
            let mut writer = Writer::default();
            for &(number, width) in &numbers {
                writer.put(number, width);
            }
            let bytes = writer.finish();
            let mut bit = 0;
            for (number, width) in numbers {
                prop_assert_eq!(get(&bytes, bit, width), number & mask(width));
                prop_assert_eq!(load(&bytes, bit) as u64 & mask(width), number & mask(width));
                bit += width as usize;
            }
        }
    }
}
