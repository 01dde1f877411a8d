//! What became known of others in a room says something of whoever else was in it.
//!
//! Cases differ in how many they infect, and rooms in how well they pass it on, by far. Nobody can measure
//! either beforehand; but where some of those who were in the room have fallen ill, both are likely to be high,
//! and so is the chance of the rest. With infections spread as a gamma distribution says, of mean 1 and
//! shape `k`, the expected rate after `m` cases where `E` were expected is `(k + m) / (k + E)` times what it was.

use std::collections::BTreeMap;

use facts::{PersonId, Setting, UnitId};

use crate::exposure::Exposure;
use crate::meeting::Evidence;

/// The scores of the contacts of one case, with what is known by now of others who met it in the same place.
///
/// `dispersion` is the shape `k`: the smaller, the more a few cases infect most. It only ever raises a score:
/// who has not fallen ill may yet, so that a room without cases reassures nobody.
pub fn scores_with_clusters<'a>(
    exposures: impl Iterator<Item = &'a Exposure> + Clone,
    dispersion: f64,
    is_case: impl Fn(PersonId) -> bool,
) -> BTreeMap<PersonId, f64> {
    let mut places: BTreeMap<(Setting, Option<UnitId>), Place> = BTreeMap::new();
    for exposure in exposures.clone() {
        let place = places.entry(place(exposure)).or_default();
        place.expected += exposure.score;
        place.cases += usize::from(is_case(exposure.contact));
    }
    let raised = |exposure: &Exposure| {
        let place = &places[&place(exposure)];
        // Nobody is evidence about themselves.
        let own = is_case(exposure.contact);
        let (cases, expected) = (place.cases - usize::from(own), place.expected - exposure.score);
        let factor = ((dispersion + cases as f64) / (dispersion + expected)).max(1.0);
        1.0 - (1.0 - exposure.score).powf(factor)
    };
    exposures.map(|exposure| (exposure.contact, raised(exposure))).collect()
}

#[derive(Default)]
struct Place {
    expected: f64,
    cases: usize,
}

/// Where someone met the case most.
fn place(exposure: &Exposure) -> (Setting, Option<UnitId>) {
    let Some(strongest) = exposure.meetings.first() else { return (Setting::Other, None) };
    let unit = match strongest.evidence {
        Evidence::SameUnit { unit, .. } | Evidence::SameHousehold { unit, .. } => Some(unit),
        Evidence::Stated { .. } | Evidence::Encounter { .. } => None,
    };
    (strongest.setting, unit)
}

#[cfg(test)]
mod tests {
    use visits::Window;

    use super::*;
    use crate::meeting::Meeting;
    use crate::rings::{Infectious, rings};
    use crate::testing::{MINUTE, met, plan};

    /// Three people in one office, and one at a table.
    fn scores(cases: &[u64]) -> BTreeMap<u64, f64> {
        let office = |with| met(with, Setting::Office, 0, 480 * MINUTE);
        let meetings: Vec<Meeting> = vec![office(2), office(3), office(4), met(5, Setting::Meal, 0, 30 * MINUTE)];
        let case = Infectious { person: PersonId::new(1), window: Window::ALWAYS, onset: None };
        let found = rings(&meetings, &plan("covid19-cn-9"), case, 1, |_| None).first;
        let is_case = |person: PersonId| cases.contains(&person.number());
        let scores = scores_with_clusters(found.values(), 0.43, is_case);
        scores.into_iter().map(|(person, score)| (person.number(), score)).collect()
    }

    #[test]
    fn who_shared_a_room_with_one_who_fell_ill_ranks_higher_and_nobody_else_does() {
        let (before, after) = (scores(&[]), scores(&[2]));
        assert!(after[&3] > 1.5 * before[&3] && after[&3] == after[&4]);
        assert_eq!((after[&5], after[&2]), (before[&5], before[&2]), "another room; and oneself");
        assert!(scores(&[2, 3])[&4] > after[&4]);
    }

    #[test]
    fn a_room_without_cases_lowers_nothing() {
        let case = Infectious { person: PersonId::new(1), window: Window::ALWAYS, onset: None };
        let meetings = vec![met(2, Setting::Home, 0, 1_440 * MINUTE), met(3, Setting::Home, 0, 1_440 * MINUTE)];
        let found = rings(&meetings, &plan("covid19-cn-9"), case, 1, |_| None).first;
        let scores = scores_with_clusters(found.values(), 0.43, |_| false);
        assert!(found.values().all(|exposure| scores[&exposure.contact] == exposure.score));
    }

    #[test]
    fn a_score_stays_a_score() {
        assert!(scores(&[2, 3, 4, 5]).values().all(|score| (0.0..1.0).contains(score)));
    }
}
