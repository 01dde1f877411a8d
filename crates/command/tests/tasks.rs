//! Tasks: given, recurring, broken into parts, withdrawn.
#![allow(missing_docs)]

mod helpers;

use duties::{ClosedBy, Standing};
use facts::{Act, Body, DutyFact, Every, Reason, Recurrence};
use helpers::*;

#[test]
fn ten_thousand_tasks_are_one_fact_and_as_many_duties() {
    let mut story = Story::default();
    let counties: Vec<String> = (0..10_000).map(|n| format!("39{:02}{:02}", n / 99 % 99 + 1, n % 99 + 1)).collect();
    let counties: Vec<&str> = counties.iter().map(String::as_str).collect();
    let given = story.record(ALICE, minute(0), Task::to(&counties, hour(24)).body());
    let all: std::collections::BTreeSet<_> = (0..10_000).map(|n| command::tasks::task_id(given, n, 0)).collect();
    assert_eq!(story.board().all().count(), 10_000);
    story.record(BOB, hour(1), Body::Duty(DutyFact::Acted { duties: all, act: DONE }));
    assert!(story.board().all().all(|duty| duty.closed.is_some()));
    story.check();
}

fn daily(until: i64) -> Body {
    let recurs = Some(Recurrence { every: Every::Day, until: hour(until) });
    Task { recurs, ..Task::to(&["390102"], hour(8)) }.body()
}

#[test]
fn what_recurs_opens_every_day_whoever_looks_and_whenever() {
    let mut often = Story::default();
    often.record(ALICE, minute(0), daily(24 * 5));
    let mut seldom = Story::default();
    seldom.record(ALICE, minute(0), daily(24 * 5));
    (0..200).for_each(|hours| often.command.advance(hour(hours)));
    seldom.command.advance(hour(199));
    assert_eq!(often.board(), seldom.board());
    assert_eq!(often.command.queue(), seldom.command.queue());
    let mut days: Vec<_> = often.board().all().map(|duty| (duty.received, duty.due)).collect();
    days.sort();
    assert_eq!(days, (0..5).map(|day| (hour(24 * day), hour(24 * day + 8))).collect::<Vec<_>>());
}

#[test]
fn withdrawing_one_day_ends_the_days_to_come_and_leaves_those_before() {
    let mut story = Story::default();
    let given = story.record(ALICE, minute(0), daily(24 * 5));
    story.act(BOB, hour(2), command::tasks::task_id(given, 0, 0), DONE);
    let withdraw = Act::Withdraw { reason: Reason::Superseded, words: None };
    story.act(ALICE, hour(25), command::tasks::task_id(given, 0, 1), withdraw);
    story.command.advance(hour(100));
    let closed: Vec<_> = story.board().all().map(|duty| duty.closed.unwrap().by).collect();
    assert_eq!(closed.len(), 2);
    assert!(closed.contains(&ClosedBy::Done) && closed.contains(&ClosedBy::Withdrawn));
    story.check();
}

#[test]
fn a_whole_that_nobody_wants_takes_its_parts_along() {
    let mut story = Story::default();
    let whole = story.task(minute(0), "390102", hour(24));
    let body = Task { part_of: Some(whole), ..Task::to(&["390102001", "390102002"], hour(20)) }.body();
    let given = story.record(BOB, hour(1), body);
    let (one, other) = (command::tasks::task_id(given, 0, 0), command::tasks::task_id(given, 1, 0));
    assert!(story.board().has_open_parts(whole, hour(2)));
    story.act(CAROL, hour(2), one, DONE);
    story.act(ALICE, hour(3), whole, Act::Withdraw { reason: Reason::Mistaken, words: None });
    assert_eq!(story.duty(one).closed.unwrap().by, ClosedBy::Done, "what is done stays done");
    assert_eq!(story.duty(other).closed.unwrap().by, ClosedBy::Withdrawn);
    assert_eq!(story.duty(whole).standing(hour(4)), Standing::Closed);
    story.check();
}

#[test]
fn a_fact_that_is_withdrawn_never_was() {
    let mut story = Story::default();
    let duty = story.task(minute(0), "390102", hour(24));
    let slip = story.act(BOB, hour(1), duty, DONE);
    let undo = story.correct(BOB, hour(2), Body::Withdrawn { reason: None }, Some(slip));
    assert!(story.duty(duty).is_open(hour(3)));
    story.check();
    story.correct(BOB, hour(3), Body::Withdrawn { reason: None }, Some(undo));
    assert!(!story.duty(duty).is_open(hour(4)), "withdrawing the withdrawal brings it back");
    story.check();
}

#[test]
fn handed_on_from_county_to_county_every_leg_is_kept() {
    let mut story = Story::default();
    let first = story.task(minute(0), "390102", hour(24));
    story.act(BOB, hour(1), first, hand_over("390104"));
    story.act(CAROL, hour(2), first, ACCEPT);
    let second = story.duty(first).id;
    assert_ne!(first, second);
    story.act(CAROL, hour(3), second, hand_over("390106"));
    story.act(CAROL, hour(4), second, ACCEPT);
    let held: Vec<String> = story.board().legs(first).iter().map(|leg| leg.owner.territory.to_string()).collect();
    assert_eq!(held, ["390102", "390104", "390106"]);
    let third = story.duty(second).id;
    story.act(CAROL, hour(5), third, hand_over("390102"));
    assert!(story.duty(third).circle, "it would have come round");
    assert!(story.duty(third).hand_over.is_none());
    assert_eq!(story.board().history(first).len(), 4, "what changed nothing is not in the history");
    story.check();
}
