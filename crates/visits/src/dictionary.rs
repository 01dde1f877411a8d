//! Dense numbers for sparse ids, so that segments can be arrays.

use std::marker::PhantomData;
use std::sync::Arc;

use facts::Id;

/// No number: an empty place of a table.
const NONE: u32 = u32::MAX;
/// How many new ids are kept apart at least, before they join the others.
const FRESH: usize = 65_536;

/// Numbers ids in the order in which they were first seen.
///
/// Eight bytes for each id and, in a table that is half to three quarters full, six to eight for its number.
/// New ids are kept apart until they are many, so that a clone, which a preview makes, is small.
pub struct Dictionary<K> {
    settled: Arc<Numbers>,
    fresh: Numbers,
    kind: PhantomData<fn() -> K>,
}

/// Ids by number, and numbers by id.
#[derive(Clone, Default)]
struct Numbers {
    ids: Vec<u64>,
    /// Open addressing: the place of an id in `ids` is at the first free place from its hash on.
    table: Vec<u32>,
}

impl Numbers {
    /// The place where an id is sought first.
    #[inline]
    fn home(&self, id: u64) -> usize {
        // The upper half of a product spreads ids that are close together (Fibonacci hashing, Knuth 6.4).
        let hash = (id ^ (id >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((u128::from(hash) * self.table.len() as u128) >> 64) as usize
    }

    #[inline]
    fn place(&self, id: u64) -> usize {
        let mut at = self.home(id);
        loop {
            let number = self.table[at];
            if number == NONE || self.ids[number as usize] == id {
                return at;
            }
            at += 1;
            if at == self.table.len() {
                at = 0;
            }
        }
    }

    #[inline]
    fn find(&self, id: u64) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let number = self.table[self.place(id)];
        (number != NONE).then_some(number)
    }

    /// Reads what [`Numbers::find`] will read unless places are taken; what it gives means nothing.
    #[inline]
    fn touch(&self, id: u64) -> u64 {
        let number = self.table.get(self.home(id)).copied().unwrap_or(NONE);
        self.ids.get(number as usize).copied().unwrap_or_default()
    }

    fn resize(&mut self, places: usize) {
        self.table = vec![NONE; places.max(16)];
        for number in 0..self.ids.len() {
            let at = self.place(self.ids[number]);
            self.table[at] = number as u32;
        }
    }

    /// Adds an id that is not there.
    fn push(&mut self, id: u64) {
        if self.ids.len() * 4 >= self.table.len() * 3 {
            self.resize(self.ids.len() * 2);
        }
        let at = self.place(id);
        self.table[at] = self.ids.len() as u32;
        self.ids.push(id);
    }
}

impl<K> Clone for Dictionary<K> {
    fn clone(&self) -> Self {
        Self { settled: self.settled.clone(), fresh: self.fresh.clone(), kind: PhantomData }
    }
}

impl<K> Default for Dictionary<K> {
    fn default() -> Self {
        Self { settled: Arc::default(), fresh: Numbers::default(), kind: PhantomData }
    }
}

impl<K> Dictionary<K> {
    /// A dictionary of ids in the order of their numbers; none twice.
    pub fn from_ids(ids: Vec<u64>) -> Self {
        let mut numbers = Numbers { ids, table: Vec::new() };
        numbers.resize(numbers.ids.len() * 3 / 2);
        Self { settled: Arc::new(numbers), fresh: Numbers::default(), kind: PhantomData }
    }

    /// The ids in the order of their numbers.
    pub fn ids(&self) -> impl Iterator<Item = u64> {
        self.settled.ids.iter().chain(&self.fresh.ids).copied()
    }

    /// How many ids have a number.
    pub fn len(&self) -> usize {
        self.settled.ids.len() + self.fresh.ids.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.len() * 8 + (self.settled.table.len() + self.fresh.table.len()) * 4
    }

    /// Reads what look-ups of some ids will read, so that their waits for memory overlap. Changes nothing.
    pub fn prepare(&self, ids: impl Iterator<Item = Id<K>>) {
        let touch = |read, id: Id<K>| read ^ self.settled.touch(id.number()) ^ self.fresh.touch(id.number());
        std::hint::black_box(ids.fold(0, touch));
    }

    /// The number of an id, given to it now if it has none.
    ///
    /// # Panics
    /// Beyond 2³² - 1 ids, which no single index holds.
    pub fn number(&mut self, id: Id<K>) -> u32 {
        if let Some(number) = self.find(id) {
            return number;
        }
        let next = u32::try_from(self.len()).ok().filter(|&next| next != NONE);
        let next = next.expect("more than 2^32 ids in one visit index");
        self.fresh.push(id.number());
        if self.fresh.ids.len() >= FRESH.max(self.settled.ids.len() / 16) {
            let settled = Arc::make_mut(&mut self.settled);
            std::mem::take(&mut self.fresh).ids.into_iter().for_each(|id| settled.push(id));
        }
        next
    }

    /// The number of an id that was seen.
    #[inline]
    pub fn find(&self, id: Id<K>) -> Option<u32> {
        let fresh = || self.fresh.find(id.number()).map(|number| number + self.settled.ids.len() as u32);
        self.settled.find(id.number()).or_else(fresh)
    }

    /// The id behind a number that this dictionary gave.
    #[inline]
    pub fn id(&self, number: u32) -> Id<K> {
        let number = number as usize;
        let settled = self.settled.ids.len();
        Id::new(if number < settled { self.settled.ids[number] } else { self.fresh.ids[number - settled] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use facts::PersonId;

    #[test]
    fn ids_keep_the_number_that_they_were_given_first() {
        let mut dictionary = Dictionary::default();
        let ids = (0..200_000u64).map(|n| PersonId::new(n.wrapping_mul(n) ^ (n << 40)));
        let numbers: Vec<u32> = ids.clone().map(|id| dictionary.number(id)).collect();
        let again = Dictionary::from_ids(dictionary.ids().collect());
        for (id, number) in ids.zip(numbers) {
            assert_eq!((dictionary.find(id), again.find(id)), (Some(number), Some(number)));
            assert_eq!(dictionary.id(number), id);
        }
        assert_eq!(dictionary.find(PersonId::new(u64::MAX)), None);
    }
}
