//! Stays that are in no segment yet: found from the moment they are added.
//!
//! Each row names the row before it of the same person, and of the same unit; the newest is in a table.

use facts::FactId;

use crate::build::Numbered;
use crate::stay::{Origin, Window};

/// No row before.
const NONE: u32 = u32::MAX;

/// Numbers of a page.
const PAGE: usize = 1024;

/// The newest row of each number, in pages: numbers are dense, and those of live rows often few.
#[derive(Clone, Default)]
struct Newest {
    pages: Vec<Option<Box<[u32; PAGE]>>>,
}

impl Newest {
    #[inline]
    fn get(&self, number: u32) -> u32 {
        let number = number as usize;
        self.pages.get(number / PAGE).and_then(Option::as_ref).map_or(NONE, |page| page[number % PAGE])
    }

    /// Puts a row in the place of the one before, which it gives.
    fn replace(&mut self, number: u32, row: u32) -> u32 {
        let (page, at) = (number as usize / PAGE, number as usize % PAGE);
        if self.pages.len() <= page {
            self.pages.resize(page + 1, None);
        }
        let page = self.pages[page].get_or_insert_with(|| Box::new([NONE; PAGE]));
        std::mem::replace(&mut page[at], row)
    }
}

/// One live stay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LiveStay {
    pub(crate) person: u32,
    pub(crate) unit: u32,
    pub(crate) window: Window,
    pub(crate) origin: Origin,
    pub(crate) seat_row: Option<u16>,
    pub(crate) assumed_end: bool,
}

impl LiveStay {
    /// The batch it is a row of.
    pub(crate) fn batch(&self) -> Option<FactId> {
        match self.origin {
            Origin::Batch(batch, _) => Some(batch),
            Origin::Fact(_) | Origin::Intake(..) => None,
        }
    }

    /// As segments take it, from a batch of this number.
    pub(crate) fn numbered(&self, batch: u16) -> Numbered {
        let row = match self.origin {
            Origin::Batch(_, row) | Origin::Intake(_, row) => row,
            Origin::Fact(_) => 0,
        };
        Numbered {
            start: self.window.from,
            unit: self.unit,
            person: self.person,
            length: self.window.seconds() as u32,
            row,
            batch,
            seat: self.seat_row.map_or(0, |seat| u32::from(seat) + 1),
            assumed_end: self.assumed_end,
        }
    }
}

/// Live stays, by person and by unit.
#[derive(Clone, Default)]
pub(crate) struct Live {
    stays: Vec<LiveStay>,
    /// The row before, of the same person and of the same unit.
    before: Vec<(u32, u32)>,
    of_person: Newest,
    in_unit: Newest,
}

impl Live {
    pub(crate) fn push(&mut self, stay: LiveStay) {
        let at = self.stays.len() as u32;
        let of_person = self.of_person.replace(stay.person, at);
        let in_unit = self.in_unit.replace(stay.unit, at);
        self.before.push((of_person, in_unit));
        self.stays.push(stay);
    }

    pub(crate) fn len(&self) -> usize {
        self.stays.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.stays.is_empty()
    }

    pub(crate) fn get(&self, at: u32) -> &LiveStay {
        &self.stays[at as usize]
    }

    pub(crate) fn stays(&self) -> &[LiveStay] {
        &self.stays
    }

    /// Keeps only some.
    pub(crate) fn retain(&mut self, keep: impl Fn(&LiveStay) -> bool) {
        if !self.stays.iter().all(&keep) {
            let kept = std::mem::take(self).stays.into_iter().filter(keep);
            kept.for_each(|stay| self.push(stay));
        }
    }

    #[inline]
    pub(crate) fn each_of_person(&self, person: u32, window: Window, each: impl FnMut(u32, &LiveStay)) -> u64 {
        self.walk(self.of_person.get(person), |before| before.0, window, each)
    }

    #[inline]
    pub(crate) fn each_in_unit(&self, unit: u32, window: Window, each: impl FnMut(u32, &LiveStay)) -> u64 {
        self.walk(self.in_unit.get(unit), |before| before.1, window, each)
    }

    fn walk(
        &self,
        newest: u32,
        before: impl Fn((u32, u32)) -> u32,
        window: Window,
        mut each: impl FnMut(u32, &LiveStay),
    ) -> u64 {
        let mut at = newest;
        let mut touched = 0;
        while at != NONE {
            let stay = &self.stays[at as usize];
            touched += 1;
            if stay.window.overlap(window).is_some() {
                each(at, stay);
            }
            at = before(self.before[at as usize]);
        }
        touched
    }
}
