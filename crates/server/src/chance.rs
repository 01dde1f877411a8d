//! Random numbers for ids, tokens and salts.

use std::sync::{Mutex, PoisonError};

use facts::Id;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

/// A source of random numbers that several threads share.
pub struct Chance(Mutex<StdRng>);

impl Chance {
    /// Seeded by the operating system.
    pub fn from_system() -> Self {
        Self(Mutex::new(StdRng::from_os_rng()))
    }

    /// An id of any kind. Never zero, which no id uses.
    pub fn id<K>(&self) -> Id<K> {
        Id::new(self.with(|rng| rng.next_u64()).max(1))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.with(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    /// Another source, seeded from this one.
    pub fn fork(&self) -> StdRng {
        StdRng::from_seed(self.bytes())
    }

    /// Runs something that draws.
    pub fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
