//! Orders: from a meeting to done, level by level.
#![allow(missing_docs)]

mod helpers;

use std::collections::BTreeSet;

use duties::ClosedBy;
use facts::{Act, Body, FactId, Level, OrderFact, Reason, Timestamp};
use helpers::*;

fn meeting(starts: Timestamp, after: Option<FactId>) -> Body {
    Body::Order(OrderFact::Meeting {
        jurisdiction: code("390000"),
        starts,
        number: Some(12),
        title: words(1),
        agenda: vec![words(2), words(3)],
        branches: BTreeSet::from([code("390100"), code("390200")]),
        after,
    })
}

fn order(to: &[&str], due: Timestamp, meeting: Option<FactId>) -> Body {
    Body::Order(OrderFact::Given {
        from: code("390000"),
        to: to.iter().map(|to| code(to)).collect(),
        department: None,
        text: words(4),
        due,
        ladder: LADDER,
        evidence_required: true,
        meeting,
        decision: None,
    })
}

#[test]
fn each_level_answers_to_the_next_above_that_got_the_order() {
    let mut story = Story::default();
    let given = story.record(ALICE, minute(0), order(&["390100", "390102", "390202"], hour(24), None));
    let duties = story.command.orders().order(given).unwrap().duties.clone();
    let of = |to: &str| story.duty(duties[&code(to)]);
    assert_eq!(of("390100").owed_to, Some(code("390000")));
    assert_eq!((of("390102").owed_to, of("390102").part_of), (Some(code("390100")), Some(of("390100").id)));
    assert_eq!((of("390202").owed_to, of("390202").part_of), (Some(code("390000")), None), "its city did not get it");
    story.check();
}

#[test]
fn progress_rolls_up_by_level_and_counts_the_parts() {
    let mut story = Story::default();
    let given = story.record(ALICE, minute(0), order(&["390100", "390102", "390104"], hour(24), None));
    let duties = story.command.orders().order(given).unwrap().duties.clone();
    let (city, one, other) = (duties[&code("390100")], duties[&code("390102")], duties[&code("390104")]);
    story.act(BOB, hour(1), city, Act::Acknowledge);
    // The county breaks it into three tasks and does two.
    let parts = Task::to(&["390102001", "390102002", "390102003"], hour(20));
    let parts = story.record(BOB, hour(2), Task { part_of: Some(one), order: Some(given), ..parts }.body());
    for number in 0..2 {
        story.act(CAROL, hour(3), command::tasks::task_id(parts, number, 0), DONE);
    }
    story.act(BOB, hour(4), other, shown(9));
    let orders = story.command.orders();
    let (sum, by_level) = orders.progress(story.board(), orders.order(given).unwrap(), hour(30));
    assert_eq!((sum.of, sum.acknowledged, sum.done, sum.open, sum.overdue), (3, 2, 1, 2, 2));
    assert_eq!((sum.parts.of, sum.parts.closed, sum.parts.overdue), (3, 2, 1));
    assert_eq!((by_level[&Level::City].of, by_level[&Level::City].acknowledged), (1, 1));
    assert_eq!((by_level[&Level::County].of, by_level[&Level::County].done), (2, 1));
    story.check();
}

#[test]
fn a_meeting_opens_on_what_its_predecessors_left_undone() {
    let mut story = Story::default();
    let first = story.record(ALICE, hour(0), meeting(hour(1), None));
    let early = story.record(ALICE, hour(2), order(&["390100", "390200"], hour(20), Some(first)));
    let duties = story.command.orders().order(early).unwrap().duties.clone();
    story.act(BOB, hour(10), duties[&code("390100")], shown(9));
    let second = story.record(ALICE, hour(23), meeting(hour(24), Some(first)));
    story.record(ALICE, hour(25), order(&["390100"], hour(40), Some(second)));
    // Done after the meeting began: the meeting opened on it all the same.
    story.act(BOB, hour(26), duties[&code("390200")], shown(9));
    let orders = story.command.orders();
    let undone = orders.left_undone(story.board(), orders.meeting(second).unwrap(), hour(50));
    assert_eq!(undone.iter().map(|duty| duty.owner.territory).collect::<Vec<_>>(), [code("390200")]);
    assert_eq!(orders.meeting_before(code("390000"), hour(24)).unwrap().fact, first);
    assert!(orders.left_undone(story.board(), orders.meeting(first).unwrap(), hour(50)).is_empty());
    story.check();
}

#[test]
fn a_spot_check_opens_again_what_was_only_said_to_be_done() {
    let mut story = Story::default();
    let given = story.record(ALICE, minute(0), order(&["390100"], hour(24), None));
    let duty = story.command.orders().order(given).unwrap().duties[&code("390100")];
    let check = |held, due| {
        let jurisdiction = code("390100");
        Body::Order(OrderFact::SpotCheck { order: given, jurisdiction, held, due, text: None, photo: Some(words(5)) })
    };
    story.act(BOB, hour(1), duty, DONE);
    assert!(story.duty(duty).is_open(hour(2)), "without evidence it is not done");
    story.act(BOB, hour(2), duty, shown(9));
    story.record(CAROL, hour(3), check(true, None));
    assert!(!story.duty(duty).is_open(hour(4)));
    story.record(CAROL, hour(5), check(false, Some(hour(30))));
    assert!(story.duty(duty).is_open(hour(6)));
    assert_eq!((story.duty(duty).reopened.len(), story.duty(duty).deadline()), (1, hour(30)));
    assert_eq!(story.command.orders().order(given).unwrap().spot_checks.len(), 2);
    story.check();
}

#[test]
fn a_withdrawn_order_is_owed_by_nobody() {
    let mut story = Story::default();
    let given = story.record(ALICE, minute(0), order(&["390100", "390102"], hour(24), None));
    let withdrawn = OrderFact::Withdrawn { order: given, reason: Reason::Superseded, words: None };
    story.record(ALICE, hour(1), Body::Order(withdrawn));
    assert!(story.board().all().all(|duty| duty.closed.unwrap().by == ClosedBy::Withdrawn));
    story.command.advance(hour(100));
    assert!(story.command.queue().log().is_empty(), "and nobody hears of it");
    story.check();
}

#[test]
fn a_venue_that_said_nothing_is_absent_and_not_zero() {
    let mut story = Story::default();
    let first = story.record(ALICE, hour(0), meeting(hour(1), None));
    let attendance = OrderFact::Attendance { meeting: first, branch: code("390100"), invited: 30, present: 0 };
    story.record(BOB, hour(1), Body::Order(attendance));
    let attended = &story.command.orders().meeting(first).unwrap().attendance;
    assert_eq!(attended[&code("390100")].present, 0);
    assert!(!attended.contains_key(&code("390200")));
}
