//! The index against the plain definition: a list of stays, filtered.

use facts::{FactId, PersonId, Timestamp, UnitId, VisitRow};
use proptest::prelude::*;

use crate::{Dictionaries, Origin, Segment, Stay, VisitError, VisitIndex, Window, build};

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

/// Stays of ten days, by the second or the minute, some of them longer than a day's segment takes.
fn rows(most: usize) -> impl Strategy<Value = Vec<VisitRow>> {
    let second = prop_oneof![3 => (0..14_400i64).prop_map(|minute| minute * 60), 1 => 0..864_000i64];
    let length = prop_oneof![
        3 => (1..700i64).prop_map(|minutes| Some(minutes * 60)),
        1 => (1..40_000i64).prop_map(Some),
        1 => (100_000..400_000i64).prop_map(Some),
        1 => Just(None)
    ];
    // Few people and units, one of them crowded: ties, runs of many blocks, several stays in one block.
    let unit = prop_oneof![1 => Just(0u64), 1 => 0..40u64];
    let row = (0..30u64, unit, second, length, prop::option::of(prop_oneof![4 => 0..40u16, 1 => Just(u16::MAX)]))
        .prop_map(|(person, unit, start, length, seat)| {
            let at = |second: i64| Timestamp::from_second(second).unwrap();
            VisitRow {
                person: PersonId::new(person.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                unit: UnitId::new(unit),
                start: at(start),
                end: length.map(|length| at(start + length)),
                seat_row: seat,
            }
        });
    prop::collection::vec(row, 0..most)
}

/// The plain definition: stays in a list.
#[derive(Default)]
struct Plain(Vec<Stay>);

impl Plain {
    fn add(&mut self, batch: u64, rows: &[VisitRow], dwell: u32) {
        let origin = |number: usize| Origin::Batch(FactId::new(batch), number as u32);
        self.0.extend(rows.iter().enumerate().map(|(number, row)| Stay::of_row(row, dwell, origin(number))));
    }

    fn found(&self, window: Window, keep: impl Fn(&Stay) -> bool) -> Vec<Stay> {
        let reaches = |stay: &&Stay| keep(stay) && stay.window.overlap(window).is_some();
        let mut stays: Vec<Stay> = self.0.iter().filter(reaches).copied().collect();
        stays.sort();
        stays
    }

    fn assert_equal(&self, index: &VisitIndex, window: Window) {
        for person in (0..30u64).map(|number| PersonId::new(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))) {
            let mut found = index.stays_of(person, window);
            found.sort();
            assert_eq!(found, self.found(window, |stay| stay.person == person));
        }
        for unit in (0..40).map(UnitId::new) {
            let mut found = index.present_in(unit, window);
            found.sort();
            assert_eq!(found, self.found(window, |stay| stay.unit == unit));
        }
    }
}

fn span() -> impl Strategy<Value = Window> {
    (0..900_000i64, 0..500_000i64).prop_map(|(from, length)| Window { from, until: from + length })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn both_directions_equal_a_filtered_list(batches in prop::collection::vec(rows(900), 1..9), windows in prop::collection::vec(span(), 3)) {
        let (mut index, mut plain) = (VisitIndex::default(), Plain::default());
        for (number, rows) in batches.iter().enumerate() {
            index.add_batch(FactId::new(number as u64), rows, 15 + number as u32).unwrap();
            plain.add(number as u64, rows, 15 + number as u32);
        }
        windows.into_iter().chain([Window::ALWAYS]).for_each(|window| plain.assert_equal(&index, window));
    }

    #[test]
    fn what_is_removed_withdrawn_or_live_is_as_in_a_list(
        batches in prop::collection::vec(rows(200), 8),
        live in rows(60),
        removed in 0..8u64,
        withdrawn in prop::collection::vec((0..8usize, 0..200usize), 0..30),
        window in span(),
    ) {
        let (mut index, mut plain) = (VisitIndex::default(), Plain::default());
        for (number, rows) in batches.iter().enumerate() {
            index.add_batch(FactId::new(number as u64), rows, 60).unwrap();
            plain.add(number as u64, rows, 60);
        }
        for (batch, row) in withdrawn {
            let origin = Origin::Batch(FactId::new(batch as u64), row as u32);
            index.withdraw(FactId::new(batch as u64), [row as u32]);
            plain.0.retain(|stay| stay.origin != origin);
        }
        let before = index.version();
        for (number, row) in live.iter().enumerate() {
            let stay = Stay::of_row(row, 60, Origin::Intake(number as u64 / 2, number as u32 % 2));
            index.add_live(stay);
            plain.0.push(stay);
        }
        index.remove_batch(FactId::new(removed));
        plain.0.retain(|stay| !matches!(stay.origin, Origin::Batch(from, _) if from == FactId::new(removed)));
        plain.assert_equal(&index, window);
        index.purge();
        plain.assert_equal(&index, window);
        prop_assert!(index.segments().iter().all(|segment| !segment.batches().contains(&FactId::new(removed))));
        index.remove_live(|origin| matches!(origin, Origin::Intake(..)));
        plain.0.retain(|stay| !matches!(stay.origin, Origin::Intake(..)));
        plain.assert_equal(&index, Window::ALWAYS);
        index.add_batch(FactId::new(removed + 100), &[], 60).unwrap();
        prop_assert_ne!(index.version(), before);
    }

    #[test]
    fn a_flipped_bit_is_named_and_never_read(rows in rows(300), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        prop_assume!(!rows.is_empty());
        let stays = Dictionaries::default().number(FactId::new(1), &rows, 0, 60).unwrap();
        let (slot, stays) = build::by_slot(stays).swap_remove(0);
        let segment = build::build(slot, &[FactId::new(1)], stays);
        let mut bytes = (**segment.bytes()).as_ref().to_vec();
        prop_assert_eq!(segment.check(), Ok(()));
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let opened = Segment::open(std::sync::Arc::new(bytes.clone()));
        prop_assert!(opened.and_then(|segment| segment.check()).is_err(), "byte {} was not missed", at);
        bytes[at] ^= 1 << bit;
        bytes.truncate(at);
        prop_assert!(Segment::open(std::sync::Arc::new(bytes)).is_err(), "cut at {} was not missed", at);
    }
}

#[test]
fn every_stay_names_its_row_whatever_order_the_batch_was_in() {
    // By unit; by person, so that hardly any row follows the one before; and one unit after another, backwards.
    let mut rows: Vec<VisitRow> = (0..3_000u64).map(|n| row(n % 700, n / 9, (n % 9) as i64 * 60, Some(30))).collect();
    for order in 0..3 {
        match order {
            0 => {}
            1 => rows.sort_by_key(|row| (row.person, row.start)),
            _ => rows.sort_by_key(|row| (std::cmp::Reverse(row.unit), row.start)),
        }
        let index = index(&rows);
        let mut named = std::collections::BTreeSet::new();
        for unit in (0..334).map(UnitId::new) {
            for stay in index.present_in(unit, window(0, 10_000)) {
                let Origin::Batch(_, at) = stay.origin else { panic!("{:?} is no row", stay.origin) };
                let at = at as usize;
                assert_eq!((rows[at].person, rows[at].unit), (stay.person, stay.unit), "order {order}, row {at}");
                named.insert(at);
            }
        }
        assert_eq!(named.len(), rows.len());
    }
}

#[test]
fn a_unit_that_fills_many_blocks_is_searched_where_the_window_is() {
    let rows: Vec<VisitRow> =
        (0..20_000).map(|n| row(n, 1 + u64::from(n % 100 == 0), n as i64 / 20, Some(10))).collect();
    let index = index(&rows);
    let unit = index.ids().units.find(UnitId::new(1)).unwrap();
    let mut found = 0;
    let touched = index.each_in_unit(unit, window(500, 501), |_| found += 1);
    assert_eq!(found, 198, "twenty a minute for ten minutes, less the two who were elsewhere");
    assert!(touched < 600, "{touched} of 19,800 records were looked at");
}

/// A segment of the present version of the format, as it was first written; `UPDATE_GOLDEN=1` writes it anew
/// when there is a new version.
#[test]
fn a_segment_of_version_2_is_written_and_reads_as_ever() {
    let rows = [row(3, 7, 60, Some(45)), row(4, 7, 70, None), row(3, 8, 200, Some(5))];
    let mut ids = Dictionaries::default();
    let stays = ids.number(FactId::new(5), &rows, 0, 30).unwrap();
    let (slot, stays) = build::by_slot(stays).swap_remove(0);
    let written = build::build(slot, &[FactId::new(5)], stays);
    let written = (**written.bytes()).as_ref();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/segment-v2.bin");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, written).unwrap();
    }
    let golden = std::fs::read(path).unwrap();
    assert_eq!(written, golden, "a change of the bytes is a new version of the format");
    let mut index = VisitIndex::with_ids(ids);
    index.add_segments([Segment::open(std::sync::Arc::new(golden)).unwrap()]);
    let people: Vec<u64> =
        index.present_in(UnitId::new(7), window(60, 80)).iter().map(|stay| stay.person.number()).collect();
    assert_eq!(people, [3, 4]);
}
