//! Chance that a seed decides: the same seed draws the same.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::distributions::normal_quantile;

/// A stream of draws.
#[derive(Debug, Clone)]
pub struct Chance(ChaCha12Rng);

impl Chance {
    /// The stream of a seed. Streams of one seed with different numbers are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut source = ChaCha12Rng::seed_from_u64(seed);
        source.set_stream(stream);
        Self(source)
    }

    /// A number between 0 and 1, neither of them.
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A whole number below `end`, which is above 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The bias is below one in 2^32 for anything that fits in memory.
        ((u128::from(self.0.next_u64()) * end as u128) >> 64) as usize
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// Puts values into a random order.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for end in (2..=values.len()).rev() {
            values.swap(end - 1, self.below(end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_and_another_stream_something_else() {
        let draw = |seed, stream| -> Vec<usize> {
            let mut chance = Chance::new(seed, stream);
            (0..20).map(|_| chance.below(1000)).collect()
        };
        assert_eq!(draw(1, 0), draw(1, 0));
        assert!(draw(1, 0) != draw(1, 1) && draw(1, 0) != draw(2, 0));
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut chance = Chance::new(7, 0);
        let mut firsts = [0; 3];
        for _ in 0..3000 {
            let mut values = [0, 1, 2];
            chance.shuffle(&mut values);
            firsts[values[0]] += 1;
        }
        assert!(firsts.iter().all(|count| (900..1100).contains(count)), "{firsts:?}");
    }
}
