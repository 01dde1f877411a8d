//! Shared by this crate's tests: meetings by hand, with person 1 as the one whose contacts are sought.

use facts::{FactId, PersonId, Setting, Timestamp, UnitId};
use plan::Plan;
use visits::{Origin, Window};

use crate::meeting::{Evidence, Meeting};
use crate::rings::Presence;

/// A minute in seconds.
pub const MINUTE: i64 = 60;

/// A shipped plan.
pub fn plan(id: &str) -> Plan {
    plan::shipped(id).unwrap()
}

/// A meeting of person 1 with another, from a second on, for so many seconds.
pub fn met(with: u64, setting: Setting, from: i64, seconds: i64) -> Meeting {
    Meeting {
        of: PersonId::new(1),
        with: PersonId::new(with),
        window: Window { from, until: from + seconds },
        setting,
        masked: None,
        ventilation: None,
        others: None,
        evidence: Evidence::SameUnit {
            unit: UnitId::new(10),
            own: Origin::Fact(FactId::new(1)),
            theirs: Origin::Fact(FactId::new(with)),
            assumed_end: false,
            rows_apart: None,
            asserted: None,
        },
        known: Timestamp::UNIX_EPOCH,
        through_one_word: false,
    }
}

/// The same meeting with so many rows of seats between the two.
pub fn rows_apart(mut meeting: Meeting, rows: u16) -> Meeting {
    if let Evidence::SameUnit { rows_apart, .. } = &mut meeting.evidence {
        *rows_apart = Some(rows);
    }
    meeting
}

impl Presence for Vec<Meeting> {
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
        let own = self.iter().filter(|meeting| meeting.of == person);
        own.filter_map(|meeting| Some(Meeting { window: meeting.window.overlap(window)?, ..meeting.clone() })).collect()
    }
}
