//! Both rings against the plain definition: every pair of rows, compared.

use std::collections::{BTreeMap, BTreeSet};

use facts::{FactId, PersonId, Timestamp, UnitId, VisitRow};
use proptest::prelude::*;
use visits::{VisitIndex, Window};

use crate::{CoPresence, Encounter, Encounters, Infectious, rings};

/// (person, unit, start, end) in minutes.
type Row = (u64, u64, i64, i64);

fn index(rows: &[Row]) -> VisitIndex {
    let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
    let rows: Vec<VisitRow> = rows
        .iter()
        .map(|&(person, unit, start, end)| VisitRow {
            person: PersonId::new(person),
            unit: UnitId::new(unit),
            start: at(start),
            end: Some(at(end)),
            seat_row: None,
        })
        .collect();
    let mut index = VisitIndex::default();
    index.add_batch(FactId::new(1), &rows, 60).unwrap();
    index
}

fn traced(rows: &[Row], person: u64, window: Window, minimum_minutes: i64) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let case = Infectious { person: PersonId::new(person), window, onset: None };
    let rules = CoPresence { minimum_seconds: minimum_minutes * 60 };
    let rings = rings(&index(rows), &rules, case, 2, |_| None);
    let numbers = |ring: BTreeMap<PersonId, _>| ring.keys().map(|person| person.number()).collect();
    (numbers(rings.first), numbers(rings.second))
}

/// The definition, word for word, over all pairs of rows.
fn brute_force(rows: &[Row], person: u64, window: Window, minimum_minutes: i64) -> (BTreeSet<u64>, BTreeSet<u64>) {
    let overlaps = |of: u64, from: i64, until: i64| -> Vec<(u64, i64, i64)> {
        let mut found = Vec::new();
        for &(own, unit, start, end) in rows.iter().filter(|row| row.0 == of) {
            for &(other, other_unit, other_start, other_end) in rows {
                let (shared_start, shared_end) = (start.max(other_start).max(from), end.min(other_end).min(until));
                let long_enough = shared_end > shared_start && shared_end - shared_start >= minimum_minutes;
                if other != own && unit == other_unit && long_enough {
                    found.push((other, shared_start, shared_end));
                }
            }
        }
        found
    };
    let minutes = |seconds: i64| if seconds.unsigned_abs() > 1 << 40 { seconds } else { seconds / 60 };
    let mut first: BTreeMap<u64, i64> = BTreeMap::new();
    for (other, start, _) in overlaps(person, minutes(window.from), minutes(window.until)) {
        let earliest = first.entry(other).or_insert(start);
        *earliest = start.min(*earliest);
    }
    let mut second = BTreeSet::new();
    for (&contact, &since) in &first {
        second.extend(overlaps(contact, since, i64::MAX).into_iter().map(|(other, _, _)| other));
    }
    second.retain(|other| *other != person && !first.contains_key(other));
    (first.into_keys().collect(), second)
}

#[test]
fn who_left_before_the_case_came_is_no_contact() {
    let rows = [(1, 1, 60, 120), (2, 1, 0, 60), (3, 1, 119, 200), (4, 2, 60, 120)];
    assert_eq!(traced(&rows, 1, Window::ALWAYS, 0), ([3].into(), [].into()));
}

#[test]
fn the_second_ring_starts_with_the_contact_s_own_exposure() {
    // 2 meets 3 before meeting the case, and 4 after.
    let rows = [(1, 1, 100, 160), (2, 1, 100, 160), (2, 2, 0, 50), (3, 2, 0, 50), (2, 3, 200, 300), (4, 3, 200, 300)];
    assert_eq!(traced(&rows, 1, Window::ALWAYS, 0), ([2].into(), [4].into()));
}

#[test]
fn a_contact_under_control_exposes_nobody() {
    let rows = [(1, 1, 0, 60), (2, 1, 0, 60), (2, 2, 200, 300), (3, 2, 200, 300)];
    let case = Infectious { person: PersonId::new(1), window: Window::ALWAYS, onset: None };
    let rules = CoPresence { minimum_seconds: 0 };
    let controlled_at = |minute: i64| move |_: &crate::Exposure| Some(minute * 60);
    assert!(rings(&index(&rows), &rules, case, 2, controlled_at(150)).second.is_empty());
    assert_eq!(rings(&index(&rows), &rules, case, 2, controlled_at(250)).second.len(), 1);
}

#[test]
fn short_meetings_do_not_add_up_to_a_long_one() {
    let rows = [(1, 1, 0, 10), (2, 1, 0, 10), (1, 1, 20, 30), (2, 1, 20, 30)];
    assert_eq!(traced(&rows, 1, Window::ALWAYS, 15), ([].into(), [].into()));
    assert_eq!(traced(&rows, 1, Window::ALWAYS, 10), ([2].into(), [].into()));
}

#[test]
fn encounters_trace_like_visits() {
    let encounter = |a, b, from, until| Encounter {
        a: PersonId::new(a),
        b: PersonId::new(b),
        window: Window { from, until },
        distance_metres: Some(2.0),
        row: 1,
    };
    let encounters: Encounters =
        [encounter(1, 2, 10, 20), encounter(3, 2, 0, 5), encounter(2, 4, 15, 30), encounter(5, 5, 0, 9)]
            .into_iter()
            .collect();
    let case = Infectious { person: PersonId::new(1), window: Window::ALWAYS, onset: None };
    let rings = rings(&encounters, &CoPresence { minimum_seconds: 0 }, case, 2, |_| None);
    assert_eq!(rings.first.into_keys().collect::<Vec<_>>(), [PersonId::new(2)]);
    assert_eq!(rings.second.into_keys().collect::<Vec<_>>(), [PersonId::new(4)]);
}

proptest! {
    #[test]
    fn both_rings_equal_brute_force(
        rows in prop::collection::vec((0..15u64, 0..6u64, 0..300i64, 1..120i64), 0..60),
        person in 0..15u64,
        window in prop_oneof![Just(None), (0..200i64, 1..200i64).prop_map(Some)],
        minimum_minutes in prop_oneof![Just(0), 1..60i64],
    ) {
        let rows: Vec<Row> = rows.into_iter().map(|(p, u, start, length)| (p, u, start, start + length)).collect();
        let window = window.map_or(Window::ALWAYS, |(from, length)| Window { from: from * 60, until: (from + length) * 60 });
        prop_assert_eq!(
            traced(&rows, person, window, minimum_minutes),
            brute_force(&rows, person, window, minimum_minutes)
        );
    }
}
