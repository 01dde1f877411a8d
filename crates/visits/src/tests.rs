//! The index against the plain definition: a list of stays, filtered.

use facts::{FactId, PersonId, Timestamp, UnitId, VisitRow};
use proptest::prelude::*;

use crate::{Origin, Stay, VisitError, VisitIndex, Window};

const MINUTE: i64 = 60;

fn row(person: u64, unit: u64, start_minute: i64, minutes: Option<i64>) -> VisitRow {
    let at = |minute: i64| Timestamp::from_second(minute * MINUTE).unwrap();
    VisitRow {
        person: PersonId::new(person),
        unit: UnitId::new(unit),
        start: at(start_minute),
        end: minutes.map(|minutes| at(start_minute + minutes)),
        seat_row: None,
    }
}

fn window(from_minute: i64, until_minute: i64) -> Window {
    Window { from: from_minute * MINUTE, until: until_minute * MINUTE }
}

fn index(rows: &[VisitRow]) -> VisitIndex {
    let mut index = VisitIndex::default();
    index.add_batch(FactId::new(1), rows, 60).unwrap();
    index
}

#[test]
fn a_stay_that_began_long_before_the_window_is_found() {
    let index = index(&[row(1, 1, 0, Some(600)), row(2, 1, 500, Some(10)), row(3, 1, 590, Some(5))]);
    let people: Vec<u64> =
        index.present_in(UnitId::new(1), window(591, 592)).iter().map(|stay| stay.person.number()).collect();
    assert_eq!(people, [1, 3]);
}

#[test]
fn stays_are_half_open() {
    let index = index(&[row(1, 1, 0, Some(10))]);
    assert!(index.present_in(UnitId::new(1), window(10, 20)).is_empty());
    assert_eq!(index.present_in(UnitId::new(1), window(9, 20)).len(), 1);
}

#[test]
fn an_entry_without_an_end_lasts_the_assumed_dwell_and_says_so() {
    let index = index(&[row(1, 1, 0, None)]);
    let stays = index.stays_of(PersonId::new(1), Window::ALWAYS);
    assert_eq!(stays[0].window, window(0, 60));
    assert!(stays[0].assumed_end);
}

#[test]
fn a_row_that_ends_before_it_starts_is_refused_with_its_number() {
    let mut index = VisitIndex::default();
    let rows = [row(1, 1, 0, Some(5)), row(2, 1, 9, Some(-3))];
    assert_eq!(index.add_batch(FactId::new(1), &rows, 60), Err(VisitError::Row { batch: FactId::new(1), row: 1 }));
}

#[test]
fn an_unlinked_batch_is_gone_and_live_stays_come_and_go() {
    let mut index = index(&[row(1, 1, 0, Some(10))]);
    index.add_live(Stay {
        person: PersonId::new(2),
        unit: UnitId::new(1),
        window: window(0, 10),
        assumed_end: false,
        seat_row: None,
        origin: Origin::Fact(FactId::new(9)),
    });
    assert_eq!(index.present_in(UnitId::new(1), Window::ALWAYS).len(), 2);
    index.remove_batch(FactId::new(1));
    assert_eq!(index.present_in(UnitId::new(1), Window::ALWAYS).len(), 1);
    index.remove_live(|origin| origin == Origin::Fact(FactId::new(9)));
    assert!(index.is_empty());
}

fn rows() -> impl Strategy<Value = Vec<VisitRow>> {
    let row = (0..12u64, 0..6u64, 0..300i64, prop_oneof![Just(None), (1..200i64).prop_map(Some)])
        .prop_map(|(person, unit, start, minutes)| row(person, unit, start, minutes));
    prop::collection::vec(row, 0..80)
}

proptest! {
    #[test]
    fn both_directions_equal_a_filtered_list(first in rows(), second in rows(), from in 0..400i64, length in 0..200i64) {
        let mut index = index(&first);
        index.add_batch(FactId::new(2), &second, 15).unwrap();
        let window = window(from, from + length);
        let plain = |batch: u64, rows: &[VisitRow], dwell: i64| -> Vec<Stay> {
            rows.iter().enumerate().map(|(number, row)| {
                let from = row.start.as_second();
                let until = row.end.map_or(from + dwell * MINUTE, |end| end.as_second());
                Stay {
                    person: row.person,
                    unit: row.unit,
                    window: Window { from, until },
                    assumed_end: row.end.is_none(),
                    seat_row: None,
                    origin: Origin::Batch(FactId::new(batch), number as u32),
                }
            }).collect()
        };
        let all: Vec<Stay> = plain(1, &first, 60).into_iter().chain(plain(2, &second, 15)).collect();
        let expected = |keep: &dyn Fn(&Stay) -> bool| {
            let mut stays: Vec<Stay> =
                all.iter().filter(|stay| keep(stay) && stay.window.overlap(window).is_some()).copied().collect();
            stays.sort();
            stays
        };
        for number in 0..12 {
            let mut found = index.stays_of(PersonId::new(number), window);
            found.sort();
            prop_assert_eq!(found, expected(&|stay| stay.person == PersonId::new(number)));
        }
        for number in 0..6 {
            let mut found = index.present_in(UnitId::new(number), window);
            found.sort();
            prop_assert_eq!(found, expected(&|stay| stay.unit == UnitId::new(number)));
        }
    }
}
