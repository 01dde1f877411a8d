//! Both rings around one case.
//!
//! First ring: whoever met the case while it could infect. Second ring: whoever met a contact from that
//! contact's own first counted exposure on, and is neither the case nor in the first ring. Membership is
//! never bounded; only what is shown is.

use std::collections::BTreeMap;

use facts::PersonId;
use plan::ContactClass;
use visits::{Seconds, Window};

use crate::exposure::{Exposure, Judged, Ring};
use crate::meeting::Meeting;
use crate::rule::Rules;

/// Whom a person met. Implementations resolve aliases: no meeting of a person with themselves.
pub trait Presence {
    /// Every meeting of `person` that overlaps the window, cut to it.
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting>;
}

/// A case as the tracing sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Infectious {
    /// Who.
    pub person: PersonId,
    /// When they could infect others.
    pub window: Window,
    /// When the day of onset began, or that of the first positive specimen; orders contacts and nothing else.
    pub onset: Option<Seconds>,
}

/// Both rings of one case, by contact.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rings {
    /// Who met the case.
    pub first: BTreeMap<PersonId, Exposure>,
    /// Who met one of those.
    pub second: BTreeMap<PersonId, Exposure>,
}

impl Rings {
    /// Everyone in either ring.
    pub fn members(&self) -> impl Iterator<Item = PersonId> {
        self.first.keys().chain(self.second.keys()).copied()
    }

    /// The exposure of one person, in whichever ring they are.
    pub fn exposure_of(&self, person: PersonId) -> Option<&Exposure> {
        match (self.first.get(&person), self.second.get(&person)) {
            // Someone who met the case only in passing and a contact of it closely is the latter's contact.
            (Some(first), Some(second)) if first.class == ContactClass::General => Some(second),
            (first, second) => first.or(second),
        }
    }
}

/// Traces one case to the given depth, 1 or 2.
///
/// `contact_ends` says when a contact stopped meeting people, because they were controlled.
pub fn rings(
    presence: &impl Presence,
    rules: &impl Rules,
    case: Infectious,
    depth: u8,
    contact_ends: impl Fn(&Exposure) -> Option<Seconds>,
) -> Rings {
    let first = gather(Ring::First, rules, presence.meetings(case.person, case.window), case.onset);
    let mut second = Vec::new();
    if depth >= 2 {
        for contact in first.values().filter(|exposure| exposure.class == ContactClass::Close && exposure.leads_on) {
            let until = contact_ends(contact).unwrap_or(Seconds::MAX);
            let window = Window { from: contact.first, until };
            if window.from >= window.until {
                continue;
            }
            for meeting in presence.meetings(contact.contact, window) {
                let is_close = |known: &Exposure| known.class == ContactClass::Close;
                if meeting.with != case.person && !first.get(&meeting.with).is_some_and(is_close) {
                    // Nobody could know of it before the contact was known, nor more surely.
                    second.push(Meeting {
                        known: meeting.known.max(contact.known),
                        through_one_word: contact.confirmed.is_none(),
                        ..meeting
                    });
                }
            }
        }
    }
    // When a contact would fall ill nobody knows.
    let mut second = gather(Ring::Second, rules, second, None);
    // Meeting a contact in passing is no ground for anything.
    second.retain(|_, exposure| exposure.class == ContactClass::Close);
    Rings { first, second }
}

fn gather(
    ring: Ring,
    rules: &impl Rules,
    meetings: Vec<Meeting>,
    onset: Option<Seconds>,
) -> BTreeMap<PersonId, Exposure> {
    let mut by_contact: BTreeMap<PersonId, Vec<Judged>> = BTreeMap::new();
    for meeting in meetings {
        if let Some(judgement) = rules.judge(&meeting) {
            let parts = rules.parts(&meeting, &judgement, onset);
            by_contact.entry(meeting.with).or_default().push(Judged { meeting, judgement, parts });
        }
    }
    by_contact.into_iter().filter_map(|(contact, judged)| Some((contact, Exposure::sum_up(ring, judged)?))).collect()
}
