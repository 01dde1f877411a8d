//! The ledger: every number opens to exactly its duties.
#![allow(missing_docs)]

mod helpers;

use command::ledger::{By, Key, Ledger, Number};
use duties::Duty;
use facts::{Act, Reason, Timestamp};
use helpers::*;

fn ledger(story: &Story, by: By, at: Timestamp) -> Ledger {
    let mut ledger = Ledger::new(by);
    story.board().all().for_each(|duty| ledger.add(duty, at));
    ledger.finished()
}

/// Five tasks of one county: in time, late, not done, opened again, handed over.
fn five() -> Story {
    let mut story = Story::default();
    let task = |story: &mut Story| story.task(hour(0), "390102", hour(10));
    let (in_time, late, _, again, handed) =
        (task(&mut story), task(&mut story), task(&mut story), task(&mut story), task(&mut story));
    story.act(BOB, hour(2), in_time, Act::Pause { until: hour(4), reason: Reason::Weather, words: None });
    story.act(BOB, hour(3), handed, hand_over("390202"));
    story.act(CAROL, hour(4), handed, ACCEPT);
    story.act(BOB, hour(5), again, DONE);
    story.act(BOB, hour(6), in_time, DONE);
    story.act(ALICE, hour(7), again, Act::Reopen { due: hour(20), reason: Reason::NotDone, words: None });
    story.act(BOB, hour(12), late, DONE);
    story.act(BOB, hour(18), again, DONE);
    story
}

#[test]
fn the_lines_say_who_was_late_and_what_is_fair_to_know_beside_it() {
    let story = five();
    let ledger = ledger(&story, By::Territory(code("390000")), hour(30));
    let line = &ledger.lines[&Key::Territory(code("390100"))];
    let numbers = |numbers: &[Number]| numbers.iter().map(|&number| line.number(number)).collect::<Vec<_>>();
    assert_eq!(numbers(&[Number::Given, Number::Closed, Number::OnTime, Number::Late]), [5, 3, 1, 3]);
    assert_eq!(numbers(&[Number::Open, Number::OverdueNow, Number::Reopened]), [1, 1, 1]);
    assert_eq!(numbers(&[Number::HandedOver, Number::HandedBack, Number::Paused]), [1, 0, 1]);
    assert_eq!(line.on_time_share(), Some(0.25));
    assert_eq!(line.took(0.5).unwrap().as_hours(), 12, "4 without the pause, 12, 18");
    assert_eq!(line.took(0.9).unwrap().as_hours(), 18);
    assert_eq!(line.paused.as_hours(), 2);
    let other = &ledger.lines[&Key::Territory(code("390200"))];
    assert_eq!((other.number(Number::Given), other.number(Number::OverdueNow)), (1, 1), "who took it over owes it");
}

#[test]
fn every_number_is_the_number_of_the_duties_behind_it() {
    let story = five();
    for by in [By::Territory(code("390000")), By::Level, By::Department, By::Unit, By::Individual, By::Kind] {
        let ledger = ledger(&story, by, hour(30));
        for (key, line) in &ledger.lines {
            for number in Number::ALL {
                let behind = |duty: &&Duty| by.key(*duty) == *key && number.counts(duty, hour(30));
                let opened = story.board().all().filter(behind).count() as u64;
                assert_eq!(line.number(number), opened, "{key:?} {number:?}");
            }
        }
        let given: u64 = ledger.lines.values().map(|line| line.number(Number::Given)).sum();
        assert_eq!(given, ledger.total.number(Number::Given));
    }
}

#[test]
fn nothing_decided_is_no_share() {
    let mut story = Story::default();
    story.task(hour(0), "390102", hour(10));
    let early = ledger(&story, By::Level, hour(1));
    assert_eq!(early.total.on_time_share(), None);
    assert_eq!(early.total.took(0.5), None);
    let late = ledger(&story, By::Level, hour(11));
    assert_eq!(late.total.on_time_share(), Some(0.0), "it is due, and not done");
}

#[test]
fn names_lead_back_to_numbers() {
    assert!(Number::ALL.iter().all(|number| Number::named(number.name()) == Some(*number)));
}
