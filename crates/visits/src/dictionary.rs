//! Dense numbers for sparse ids, so that segments can be arrays.

#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
use std::collections::HashMap;

use facts::Id;

/// Numbers ids in the order in which they were first seen.
#[derive(Clone)]
#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
pub struct Dictionary<K> {
    dense: HashMap<u64, u32>,
    ids: Vec<Id<K>>,
}

impl<K> Default for Dictionary<K> {
    fn default() -> Self {
        Self { dense: Default::default(), ids: Vec::new() }
    }
}

impl<K> Dictionary<K> {
    /// The number of an id, given to it now if it has none.
    ///
    /// # Panics
    /// Beyond 2³² ids, which no single index holds.
    pub fn number(&mut self, id: Id<K>) -> u32 {
        let next = u32::try_from(self.ids.len()).expect("more than 2^32 ids in one visit index");
        *self.dense.entry(id.number()).or_insert_with(|| {
            self.ids.push(id);
            next
        })
    }

    /// The number of an id that was seen.
    pub fn find(&self, id: Id<K>) -> Option<u32> {
        self.dense.get(&id.number()).copied()
    }

    /// The id behind a number that this dictionary gave.
    pub fn id(&self, number: u32) -> Id<K> {
        self.ids[number as usize]
    }
}
