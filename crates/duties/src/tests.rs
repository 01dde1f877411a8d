//! Small stories of duties: given, read, paused, handed on, done, opened again; and when each is heard of.

use std::collections::BTreeSet;

use facts::{
    Act, ActorId, Commitment, DutyId, FactId, Hex, Item, Jurisdiction, Ladder, Parties, Reason, TextId, Timestamp,
    UnitId,
};
use jiff::tz::{Offset, TimeZone};

use super::*;

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_second(hour * 3600).unwrap()
}

fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

const LADDER: Ladder = Ladder {
    remind_before_minutes: Some(60),
    acknowledge_within_minutes: Some(30),
    escalate_every_minutes: Some(120),
    flat: false,
};

/// Legs of one duty, and the acts upon them, an act an hour mark.
struct Story {
    legs: Vec<Duty>,
    facts: u64,
}

impl Story {
    /// A task that the county 390102 received at hour 0 from its city, due at hour 10.
    fn task() -> Self {
        let about = About::Task { given: FactId::new(1), party: 0, occurrence: 0 };
        let owner = Parties::of(code("390102"));
        let mut duty = Duty::new(DutyId::new(7), about, owner, hour(0), hour(10), LADDER);
        duty.owed_to = Some(code("390100"));
        Self { legs: vec![duty], facts: 1 }
    }

    fn act(&mut self, at: i64, act: Act) -> Result<(), NotDone> {
        let leg = self.last().id;
        self.act_on(leg, at, act)
    }

    fn act_on(&mut self, leg: DutyId, at: i64, act: Act) -> Result<(), NotDone> {
        self.facts += 1;
        let done = Done { occurred: hour(at), recorded: hour(at), by: ActorId::new(3), fact: FactId::new(self.facts) };
        super::act(&mut self.legs, leg, &act, done)
    }

    fn last(&self) -> &Duty {
        self.legs.last().unwrap()
    }

    fn rungs(&self) -> Vec<(&'static str, i64, String)> {
        let rungs = ladder(self.last());
        rungs.iter().map(|rung| (rung.rung.name(), rung.at.as_second() / 60, rung.to.to_string())).collect()
    }
}

fn hand_over(to: &str) -> Act {
    Act::HandOver { to: code(to), reason: Reason::NotHere, words: None }
}

fn answer(accepted: bool) -> Act {
    Act::Answer { accepted, words: None }
}

fn hand_back() -> Act {
    Act::HandBack { reason: Reason::NotHere, words: None }
}

fn pause(until: i64) -> Act {
    Act::Pause { until: hour(until), reason: Reason::Weather, words: None }
}

fn reopen(due: i64) -> Act {
    Act::Reopen { due: hour(due), reason: Reason::NotDone, words: None }
}

const DONE: Act = Act::Complete { evidence: None };

#[test]
fn a_duty_is_heard_before_it_is_due_and_then_level_by_level() {
    let story = Story::task();
    let expected = [
        ("acknowledgement", 30, "390102"),
        ("reminder", 9 * 60, "390102"),
        ("due", 10 * 60, "390102"),
        ("escalation", 12 * 60, "390100"),
        ("escalation", 14 * 60, "390000"),
    ];
    assert_eq!(story.rungs(), expected.map(|(rung, at, to)| (rung, at, to.to_owned())));
}

#[test]
fn under_flat_command_the_province_hears_of_it_next() {
    let mut story = Story::task();
    story.legs[0].ladder.flat = true;
    let escalations: Vec<_> = story.rungs().into_iter().filter(|(rung, ..)| *rung == "escalation").collect();
    assert_eq!(escalations, [("escalation", 12 * 60, "390000".to_owned())]);
}

#[test]
fn what_is_done_in_time_is_never_heard_of_again() {
    let mut story = Story::task();
    story.act(8, DONE).unwrap();
    assert_eq!(story.rungs(), [("acknowledgement", 30, "390102".to_owned())], "it was read only when it was done");
    assert_eq!(story.last().closed, Some(Closed { at: hour(8), by: ClosedBy::Done }));
    assert!(!story.last().is_late(hour(100)));
}

#[test]
fn what_was_read_in_time_is_not_asked_for() {
    let mut story = Story::task();
    story.act(0, Act::Acknowledge).unwrap();
    assert!(story.rungs().iter().all(|(rung, ..)| *rung != "acknowledgement"));
}

#[test]
fn a_pause_moves_what_is_still_to_come_and_nothing_else() {
    let mut story = Story::task();
    story.act(2, pause(5)).unwrap();
    assert_eq!(story.last().deadline(), hour(13));
    assert_eq!(story.last().standing(hour(3)), Standing::Paused);
    assert_eq!(story.last().standing(hour(5)), Standing::Open, "a pause ends of itself");
    assert!(story.rungs().contains(&("acknowledgement", 30, "390102".to_owned())), "that had been missed before");
    assert!(story.rungs().contains(&("reminder", 12 * 60, "390102".to_owned())));
    story.act(4, Act::Resume).unwrap();
    assert_eq!(story.last().deadline(), hour(12));
    assert_eq!(story.last().paused(hour(20)).as_hours(), 2);
}

#[test]
fn nobody_pauses_twice_or_once_it_is_late() {
    let mut story = Story::task();
    assert_eq!(story.act(1, Act::Resume), Err(NotDone::NotPaused));
    story.act(2, pause(5)).unwrap();
    assert_eq!(story.act(3, pause(9)), Err(NotDone::Paused));
    assert_eq!(story.act(14, pause(20)), Err(NotDone::Overdue));
}

#[test]
fn a_hand_over_leaves_the_deadline_where_it_was() {
    let mut story = Story::task();
    story.act(1, Act::Assign { to: Some(ActorId::new(9)) }).unwrap();
    story.act(2, hand_over("390104")).unwrap();
    assert_eq!(story.legs.len(), 1, "asking alone moves nothing");
    story.act(3, answer(true)).unwrap();
    let (first, second) = (&story.legs[0], &story.legs[1]);
    assert_eq!(first.closed, Some(Closed { at: hour(3), by: ClosedBy::HandedOver }));
    assert_eq!((second.owner.territory, second.received, second.due), (code("390104"), hour(3), hour(10)));
    assert_eq!(second.opened, hour(0), "the first clock runs on");
    assert_eq!(second.owner.individual, None, "the new owner decides anew");
    assert_ne!(first.id, second.id);
}

#[test]
fn who_receives_what_is_late_already_has_as_long_as_it_was() {
    let mut story = Story::task();
    story.act(11, hand_over("390104")).unwrap();
    story.act(12, answer(true)).unwrap();
    assert_eq!(story.last().due, hour(22));
    assert!(story.legs[0].is_late(hour(100)), "and who had it was late");
}

#[test]
fn a_circle_is_refused_and_named() {
    let mut story = Story::task();
    story.act(1, hand_over("390104")).unwrap();
    story.act(2, answer(true)).unwrap();
    assert_eq!(story.act(3, hand_over("390102")), Err(NotDone::Circle));
    assert!(story.last().circle);
    story.act(4, hand_over("390106")).unwrap();
    story.act(5, answer(true)).unwrap();
    for back in ["390102", "390104", "390106"] {
        assert_eq!(story.act(6, hand_over(back)), Err(NotDone::Circle), "to {back}");
    }
}

#[test]
fn it_goes_back_to_who_handed_it_over_and_to_nobody_else() {
    let mut story = Story::task();
    assert_eq!(story.act(1, hand_back()), Err(NotDone::NotHanded));
    story.act(1, hand_over("390104")).unwrap();
    story.act(2, answer(true)).unwrap();
    story.act(3, hand_back()).unwrap();
    assert_eq!(story.last().owner.territory, code("390102"));
    assert_eq!(story.legs[1].closed.unwrap().by, ClosedBy::HandedBack);
    assert_eq!(story.act(4, hand_over("390104")), Err(NotDone::Circle), "not to and fro");
}

#[test]
fn who_refuses_is_released_only_by_who_gave_it() {
    let mut story = Story::task();
    assert_eq!(story.act(1, answer(true)), Err(NotDone::NoQuestion));
    story.act(1, Act::Refuse { reason: Reason::NotOurs, words: None }).unwrap();
    assert_eq!(story.last().waiting().unwrap().to, code("390100"));
    assert_eq!(story.act(2, hand_over("390104")), Err(NotDone::AlreadyAsked));
    story.act(3, answer(false)).unwrap();
    assert!(story.last().is_open(hour(4)), "it stays theirs");
    story.act(5, Act::Refuse { reason: Reason::NoCapacity, words: None }).unwrap();
    story.act(6, answer(true)).unwrap();
    assert_eq!(story.last().closed, Some(Closed { at: hour(6), by: ClosedBy::Released }));
}

#[test]
fn what_needs_evidence_is_not_done_without() {
    let mut story = Story::task();
    story.legs[0].evidence_required = true;
    assert_eq!(story.act(1, DONE), Err(NotDone::EvidenceMissing));
    let shown = Commitment::new(TextId::new(1), &Hex([0; 32]), b"photo");
    story.act(2, Act::Evidence { evidence: shown }).unwrap();
    story.act(3, DONE).unwrap();
    story.act(4, reopen(8)).unwrap();
    assert_eq!(story.act(5, DONE), Err(NotDone::EvidenceMissing), "the old picture shows nothing new");
    story.act(6, Act::Complete { evidence: Some(shown) }).unwrap();
}

#[test]
fn opened_again_it_has_its_ladder_anew_and_is_late_by_its_first_deadline() {
    let mut story = Story::task();
    story.act(1, pause(2)).unwrap();
    story.act(4, DONE).unwrap();
    assert_eq!(story.act(5, DONE), Err(NotDone::Closed));
    story.act(6, reopen(30)).unwrap();
    assert_eq!(story.last().deadline(), hour(30), "the deadline is a time of the day, whatever was paused before");
    let due: Vec<_> = ladder(story.last()).into_iter().filter(|rung| rung.rung == Rung::Due).collect();
    assert_eq!((due[0].at, due[0].round), (hour(30), 1));
    story.act(20, DONE).unwrap();
    assert!(!story.last().is_overdue(hour(100)));
    assert!(story.last().is_late(hour(100)), "it was to be done by hour 11, and was not");
    assert_eq!(story.last().reopened.len(), 1);
}

#[test]
fn a_cohort_is_one_duty_and_its_exceptions() {
    let mut story = Story::task();
    story.legs[0].cohort = Some(Cohort { members: 1_000_000, exceptions: Default::default() });
    let units = |numbers: &[u64]| -> BTreeSet<Item> { numbers.iter().map(|&n| Item::Unit(UnitId::new(n))).collect() };
    story.act(1, Act::Exceptions { items: units(&[1, 2, 3]), words: None }).unwrap();
    story.act(2, Act::Resolve { items: units(&[1, 2]) }).unwrap();
    assert_eq!(story.act(3, DONE), Err(NotDone::ExceptionsOpen));
    story.act(4, Act::Exceptions { items: units(&[1]), words: None }).unwrap();
    assert_eq!(story.last().cohort.as_ref().unwrap().open(), 2, "an exception again");
    story.act(5, Act::Resolve { items: units(&[1, 3]) }).unwrap();
    story.act(6, DONE).unwrap();
}

#[test]
fn a_report_is_done_by_its_report_and_its_clock_never_stands_still() {
    let mut story = Story::task();
    let period = facts::Span::new(hour(-24), hour(0)).unwrap();
    story.legs[0].about = About::Report { report: "daily".to_owned(), period };
    assert_eq!(story.act(1, DONE), Err(NotDone::NotForThisKind));
    assert_eq!(story.act(1, pause(4)), Err(NotDone::NotForThisKind));
    assert_eq!(story.act(1, hand_over("390104")), Err(NotDone::NotForThisKind));
    story.act(1, Act::Assign { to: Some(ActorId::new(9)) }).unwrap();
}

#[test]
fn what_lapses_is_heard_once_more_and_then_nothing_is_owed() {
    let mut story = Story::task();
    story.legs[0].lapses = hour(11);
    let last = story.rungs().pop().unwrap();
    assert_eq!(last, ("lapse", 11 * 60, "390102".to_owned()), "no escalation at hour 12");
    assert_eq!(story.last().standing(hour(11)), Standing::Ended);
    assert_eq!(story.act(11, DONE), Err(NotDone::Closed));
}

#[test]
fn an_act_on_a_leg_that_is_gone_changes_nothing() {
    let mut story = Story::task();
    let first = story.last().id;
    story.act(1, hand_over("390104")).unwrap();
    story.act(2, answer(true)).unwrap();
    assert_eq!(story.act_on(first, 3, DONE), Err(NotDone::Closed));
    assert_eq!(story.act_on(DutyId::new(99), 3, DONE), Err(NotDone::NotFound));
}

#[test]
fn kinds_have_names_that_lead_back_to_them() {
    let names: BTreeSet<&str> = DutyKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), DutyKind::ALL.len());
    assert!(DutyKind::ALL.iter().all(|kind| DutyKind::named(kind.name()) == Some(*kind)));
}

fn office() -> Calendar {
    Calendar {
        zone: TimeZone::fixed(Offset::constant(8)),
        hours: (9, 17),
        days: BTreeSet::from([1, 2, 3, 4, 5]),
        holidays: BTreeSet::from(["2022-10-03".parse().unwrap()]),
        make_up_days: BTreeSet::from(["2022-10-08".parse().unwrap()]),
    }
}

#[test]
fn a_working_clock_runs_in_working_hours_only() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let office = office();
    for (from, minutes, expected) in [
        // Within a day.
        ("2022-09-29T10:00:00+08", 120, "2022-09-29T12:00:00+08"),
        // Before opening time it stands still.
        ("2022-09-29T03:00:00+08", 60, "2022-09-29T10:00:00+08"),
        // To the minute at closing time.
        ("2022-09-29T16:00:00+08", 60, "2022-09-29T17:00:00+08"),
        // Over a week-end and a holiday on Monday.
        ("2022-09-30T16:30:00+08", 60, "2022-10-04T09:30:00+08"),
        // A Saturday that is worked.
        ("2022-10-07T16:30:00+08", 60, "2022-10-08T09:30:00+08"),
        // Ten working days.
        ("2022-11-07T09:00:00+08", 10 * 8 * 60, "2022-11-18T17:00:00+08"),
    ] {
        assert_eq!(office.after(at(from), minutes), Some(at(expected)), "{minutes} minutes from {from}");
    }
}

#[test]
fn a_calendar_without_working_days_never_ends_a_wait() {
    let nobody = Calendar { days: BTreeSet::new(), make_up_days: BTreeSet::new(), ..office() };
    assert_eq!(nobody.after(hour(0), 1), None);
}
