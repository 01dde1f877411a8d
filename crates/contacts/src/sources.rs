//! Plain sources of meetings: a visit index alone, or pairs that devices recorded.

use std::collections::BTreeMap;

use facts::{PersonId, Setting, Timestamp};
use visits::{VisitIndex, Window};

use crate::meeting::{Evidence, Meeting};
use crate::rings::Presence;

/// A visit index without homes, statements or aliases: every unit is of an unknown kind.
impl Presence for VisitIndex {
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
        let mut meetings = Vec::new();
        for mut own in self.stays_of(person, window) {
            let Some(within) = own.window.overlap(window) else { continue };
            own.window = within;
            for theirs in self.present_in(own.unit, within) {
                meetings.extend(Meeting::of_stays(&own, &theirs, Setting::Other, Timestamp::UNIX_EPOCH));
            }
        }
        meetings
    }
}

/// Two people near each other, as a device or an observer recorded it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Encounter {
    /// One of them.
    pub a: PersonId,
    /// The other.
    pub b: PersonId,
    /// From when to when.
    pub window: Window,
    /// How near, in metres, when it was measured.
    pub distance_metres: Option<f64>,
    /// The row of the file, as a person counts it.
    pub row: u64,
}

/// Encounters by person.
#[derive(Debug, Clone, Default)]
pub struct Encounters {
    by_person: BTreeMap<PersonId, Vec<Encounter>>,
}

impl FromIterator<Encounter> for Encounters {
    fn from_iter<I: IntoIterator<Item = Encounter>>(encounters: I) -> Self {
        let mut by_person: BTreeMap<PersonId, Vec<Encounter>> = BTreeMap::new();
        for encounter in encounters {
            let Encounter { a, b, .. } = encounter;
            if a != b {
                by_person.entry(a).or_default().push(encounter);
                by_person.entry(b).or_default().push(Encounter { a: b, b: a, ..encounter });
            }
        }
        Self { by_person }
    }
}

impl Presence for Encounters {
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
        let near = self.by_person.get(&person).into_iter().flatten();
        near.filter_map(|encounter| {
            Some(Meeting {
                of: encounter.a,
                with: encounter.b,
                window: encounter.window.overlap(window)?,
                setting: Setting::Other,
                masked: None,
                ventilation: None,
                others: None,
                evidence: Evidence::Encounter { row: encounter.row, distance_metres: encounter.distance_metres },
                known: Timestamp::UNIX_EPOCH,
                through_one_word: false,
            })
        })
        .collect()
    }
}
