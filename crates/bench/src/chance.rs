//! Chance as a function: the same numbers for the same key, in any order and on any thread.

/// Mixes 64 bits so that each bit of the result hangs on all of them.
pub fn mix(bits: u64) -> u64 {
    let a = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    b ^ (b >> 31)
}

/// Draws 64 bits for a key and two numbers.
pub fn draw(key: u64, a: u64, b: u64) -> u64 {
    mix(key ^ a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xD1B5_4A32_D192_ED03).rotate_left(32))
}

/// A number below `bound` from sixteen bits of a draw, the `piece`-th of four.
pub fn below(bits: u64, piece: u32, bound: u32) -> u32 {
    let sixteen = (bits >> (16 * piece)) & 0xFFFF;
    ((sixteen * u64::from(bound)) >> 16) as u32
}

/// A permutation of `0..count` that needs no memory: multiply, add and fold within the smallest power of
/// two that holds the count, again and again until the result is inside.
#[derive(Debug, Clone, Copy)]
pub struct Shuffle {
    count: u32,
    mask: u32,
    fold: u32,
    factors: [u32; 3],
    summands: [u32; 3],
}

impl Shuffle {
    /// The permutation of `0..count` that belongs to the key; the count is at least 1.
    pub fn new(key: u64, count: u32) -> Self {
        let bits = 32 - count.saturating_sub(1).leading_zeros();
        let mask = if bits == 0 { 0 } else { u32::MAX >> (32 - bits) };
        let drawn = [mix(key ^ 1), mix(key ^ 2), mix(key ^ 3)];
        Self {
            count,
            mask,
            fold: (bits / 2).max(1),
            factors: drawn.map(|bits| bits as u32 | 1),
            summands: drawn.map(|bits| (bits >> 32) as u32),
        }
    }

    /// Where `index` goes; `index` is below the count.
    pub fn at(&self, index: u32) -> u32 {
        let mut at = index;
        loop {
            for (factor, summand) in self.factors.iter().zip(self.summands) {
                at = at.wrapping_mul(*factor).wrapping_add(summand) & self.mask;
                at ^= at >> self.fold;
            }
            if at < self.count {
                return at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_gives_each_number_once() {
        for count in [1, 2, 3, 52, 1000, 4097] {
            let shuffle = Shuffle::new(7, count);
            let mut seen: Vec<u32> = (0..count).map(|index| shuffle.at(index)).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..count), "{count}");
        }
    }

    #[test]
    fn another_key_gives_another_order() {
        let order = |key| (0..100).map(|index| Shuffle::new(key, 100).at(index)).collect::<Vec<_>>();
        assert_ne!(order(1), order(2));
    }
}
