//! A meeting: two people in one space for one span, and what shows it.

use facts::{ActorId, FactId, Masked, PersonId, Setting, Timestamp, UnitId, Ventilation};
use visits::{Origin, Stay, Window};

/// Two people together, as one pair of records shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Meeting {
    /// Whose contacts are sought.
    pub of: PersonId,
    /// Whom they met.
    pub with: PersonId,
    /// How long, `min(end) - max(start)`; never empty.
    pub window: Window,
    /// In what kind of space.
    pub setting: Setting,
    /// Who wore a mask, when it is known.
    pub masked: Option<Masked>,
    /// How well the space is aired, when it is known.
    pub ventilation: Option<Ventilation>,
    /// How many other people were recorded there, on average over the stay of the one whose contacts are
    /// sought; in a home, how many others live there. Absent where nothing says.
    pub others: Option<f64>,
    /// What shows it.
    pub evidence: Evidence,
    /// When the later of the records behind it was recorded.
    pub known: Timestamp,
    /// Whether the one whose contacts are sought is a contact on one person's word alone, so that whatever
    /// follows from it is, too.
    pub through_one_word: bool,
}

/// What shows that two people met.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Both were recorded in one unit.
    SameUnit {
        /// The unit.
        unit: UnitId,
        /// The record of the one whose contacts are sought.
        own: Origin,
        /// The record of the contact.
        theirs: Origin,
        /// Whether an end is assumed, because only an entry was recorded.
        assumed_end: bool,
        /// How many rows of seats lay between them, when both seats are known.
        rows_apart: Option<u16>,
        /// A record of the two that rests on one person's word, and that nobody confirmed.
        asserted: Option<FactId>,
    },
    /// Both live in one home.
    SameHousehold {
        /// The home.
        unit: UnitId,
        /// What says where the one lives whose contacts are sought.
        own: FactId,
        /// What says where the contact lives.
        theirs: FactId,
    },
    /// Somebody said so.
    Stated {
        /// The statement.
        fact: FactId,
        /// Who recorded it.
        by: ActorId,
        /// Whether anyone else vouches for it.
        confirmed: bool,
    },
    /// A device recorded that they were near each other.
    Encounter {
        /// The row of the file, as a person counts it.
        row: u64,
        /// How near, in metres.
        distance_metres: Option<f64>,
    },
}

impl Meeting {
    /// The meeting of two stays in one unit, when they overlap and are of two people.
    pub fn of_stays(own: &Stay, theirs: &Stay, setting: Setting, known: Timestamp) -> Option<Self> {
        if own.person == theirs.person {
            return None;
        }
        Some(Self {
            of: own.person,
            with: theirs.person,
            window: own.window.overlap(theirs.window)?,
            setting,
            masked: None,
            ventilation: None,
            others: None,
            evidence: Evidence::SameUnit {
                unit: own.unit,
                own: own.origin,
                theirs: theirs.origin,
                assumed_end: own.assumed_end || theirs.assumed_end,
                rows_apart: own.seat_row.zip(theirs.seat_row).map(|(own, theirs)| own.abs_diff(theirs)),
                asserted: None,
            },
            known,
            through_one_word: false,
        })
    }

    /// Whether it rests on one person's word alone.
    pub fn is_one_word(&self) -> bool {
        let itself = matches!(
            self.evidence,
            Evidence::Stated { confirmed: false, .. } | Evidence::SameUnit { asserted: Some(_), .. }
        );
        itself || self.through_one_word
    }

    /// Whole minutes together, rounded down.
    pub fn minutes(&self) -> i64 {
        self.window.seconds() / 60
    }
}
