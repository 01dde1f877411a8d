//! Named random streams: each is the seed and a name, so that adding a draw to one disturbs no other.
//!
//! Only integer arithmetic and exactly rounded floating point are used here and downstream (no `ln`,
//! `sin` or `powf`, which differ between machines), so a seed means the same province everywhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Where all streams of one province come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streams(pub(crate) u64);

impl Streams {
    /// The stream of that name.
    pub(crate) fn named(self, name: &str) -> Stream {
        let name = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let mut key = [0; 32];
        for (lane, bytes) in key.chunks_exact_mut(8).enumerate() {
            bytes.copy_from_slice(&mix(self.0 ^ mix(name.wrapping_add(lane as u64))).to_le_bytes());
        }
        Stream(ChaCha8Rng::from_seed(key))
    }
}

/// A source of draws.
#[derive(Debug, Clone)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// Moves to the start of the sub-stream of `index`: one per household, so that each is independent.
    pub(crate) fn at(&mut self, index: u64) -> &mut Self {
        self.0.set_stream(index);
        self.0.set_word_pos(0);
        self
    }

    /// Sixty-four random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Uniform in `0..bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u64::from(self.0.next_u32()) * bound as u64) >> 32) as usize
    }

    /// Uniform in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    /// A heavy-tailed rank in `0..bound`: the density falls as one over the square root of the rank.
    pub(crate) fn popular(&mut self, bound: usize) -> usize {
        let share = self.share();
        (share * share * bound as f64) as usize
    }

    /// One of several, alike.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The index of a weight, drawn in proportion to it.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.share() * weights.iter().sum::<f64>();
        weights
            .iter()
            .position(|weight| {
                rest -= weight;
                rest < 0.0
            })
            .unwrap_or(weights.len() - 1)
    }

    /// Any order, all alike.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    /// A value from its quantiles at equal steps of probability, linear between them.
    pub(crate) fn quantile(&mut self, quantiles: &[f64]) -> f64 {
        let position = self.share() * (quantiles.len() - 1) as f64;
        let below = position as usize;
        quantiles[below] + (quantiles[below + 1] - quantiles[below]) * (position - below as f64)
    }
}

/// Scrambles the bits of a number; a bijection.
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A secret order of all 64-bit numbers: random-looking ids that are unique and lead back to their index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbering([u64; 4]);

impl Numbering {
    /// The numbering of one kind of id.
    pub(crate) fn new(streams: Streams, kind: &str) -> Self {
        let mut stream = streams.named(kind);
        Self(std::array::from_fn(|_| stream.bits()))
    }

    /// The number of an index: a Feistel network, which is a bijection whatever its round function is.
    pub(crate) fn number(&self, index: usize) -> u64 {
        let (mut high, mut low) = halves(index as u64);
        for key in self.0 {
            (high, low) = (low, high ^ round(key, low));
        }
        u64::from(high) << 32 | u64::from(low)
    }

    /// The index behind a number.
    pub(crate) fn index(&self, number: u64) -> u64 {
        let (mut high, mut low) = halves(number);
        for key in self.0.into_iter().rev() {
            (high, low) = (low ^ round(key, high), high);
        }
        u64::from(high) << 32 | u64::from(low)
    }
}

fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

fn round(key: u64, half: u32) -> u32 {
    (mix(key ^ u64::from(half)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_other_names_or_seeds_differ() {
        let draw = |seed, name| Streams(seed).named(name).bits();
        assert_eq!(draw(1, "ages"), draw(1, "ages"));
        assert_ne!(draw(1, "ages"), draw(1, "names"));
        assert_ne!(draw(1, "ages"), draw(2, "ages"));
    }

    #[test]
    fn a_number_leads_back_to_its_index() {
        let numbering = Numbering::new(Streams(7), "person");
        for index in [0, 1, 2, 999_999] {
            assert_eq!(numbering.index(numbering.number(index)), index as u64);
        }
        assert_ne!(numbering.number(1).wrapping_sub(numbering.number(0)), 1);
    }
}
