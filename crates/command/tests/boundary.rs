//! What makes itself heard does so once and at its minute, however often and however late anybody looks.
#![allow(missing_docs)]

mod helpers;

use std::collections::BTreeSet;

use command::{Command, Crossing};
use duties::{Rung, ladder::above};
use facts::{Act, DutyId, Reason, Timestamp};
use helpers::*;
use proptest::prelude::*;

/// Something that happens some minutes after what happened before, to one of the duties there are.
#[derive(Debug, Clone, Copy)]
struct Event {
    minutes: i64,
    what: u8,
    which: usize,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (0i64..400, 0u8..10, 0usize..8).prop_map(|(minutes, what, which)| Event { minutes, what, which });
    proptest::collection::vec(event, 1..40)
}

const COUNTIES: [&str; 4] = ["390102", "390104", "390202", "390204"];
/// Long enough after the last event for every ladder to end, in minutes.
const AFTERWARDS: i64 = 3000;

/// Tells the story, going on to the present before each event where `looks` says that the machine was on.
/// Returns it with the facts; `minutely` is called at every minute before what happens then.
fn tell(events: &[Event], looks: &[bool], minutely: &mut dyn FnMut(&Command, Timestamp)) -> Story {
    let mut story = Story::default();
    let mut duties: Vec<DutyId> = Vec::new();
    let mut now = 0;
    let is_on = |number: usize| looks.is_empty() || looks[number % looks.len()];
    for (number, event) in events.iter().enumerate() {
        for passing in now + 1..=now + event.minutes {
            if is_on(passing as usize) {
                story.command.advance(minute(passing));
                minutely(&story.command, minute(passing));
            }
        }
        now += event.minutes;
        let at = minute(now);
        if event.what < 3 || duties.is_empty() {
            let county = COUNTIES[event.which % COUNTIES.len()];
            duties.push(story.task(at, county, minute(now + 100 + 40 * event.which as i64)));
            continue;
        }
        let root = duties[event.which % duties.len()];
        let leg = story.duty(root).id;
        let act = match event.what {
            3 => Act::Acknowledge,
            4 => Act::Pause { until: minute(now + 90), reason: Reason::Weather, words: None },
            5 => Act::Resume,
            6 => hand_over(COUNTIES[number % COUNTIES.len()]),
            7 => ACCEPT,
            8 => DONE,
            _ => Act::Reopen { due: minute(now + 130), reason: Reason::NotDone, words: None },
        };
        story.act(BOB, at, leg, act);
    }
    for passing in now + 1..=now + AFTERWARDS {
        if is_on(passing as usize) || passing == now + AFTERWARDS {
            story.command.advance(minute(passing));
            minutely(&story.command, minute(passing));
        }
    }
    story
}

fn log(command: &Command) -> &BTreeSet<Crossing> {
    command.queue().log()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hours_switched_off_change_nothing_of_what_was_heard(
        events in events(),
        looks in proptest::collection::vec(any::<bool>(), 1..200),
    ) {
        let always = tell(&events, &[true], &mut |_, _| {});
        let at_times = tell(&events, &looks, &mut |_, _| {});
        let never = tell(&events, &[false], &mut |_, _| {});
        prop_assert_eq!(log(&always.command), log(&at_times.command));
        prop_assert_eq!(log(&always.command), log(&never.command));
        let again = always.again();
        prop_assert_eq!(log(&always.command), log(&again));
    }

    /// The definition, minute by minute: whoever owes something now and is due now is heard of now.
    #[test]
    fn what_is_due_is_heard_of_at_its_minute_and_at_no_other(events in events()) {
        let mut expected: BTreeSet<(Timestamp, DutyId, Rung)> = BTreeSet::new();
        let story = tell(&events, &[true], &mut |command, now| {
            for duty in command.board().all().filter(|duty| duty.received < now && duty.is_open(now)) {
                let late = now.duration_since(duty.deadline()).as_mins();
                if late == 0 {
                    expected.insert((now, duty.id, Rung::Due));
                }
                let levels = above(duty.owner.territory, false).count() as i64;
                if late > 0 && late % 120 == 0 && late / 120 <= levels {
                    expected.insert((now, duty.id, Rung::Escalation((late / 120) as u8)));
                }
            }
        });
        let heard: BTreeSet<_> = log(&story.command)
            .iter()
            .filter(|crossing| matches!(crossing.rung, Rung::Due | Rung::Escalation(_)))
            .map(|crossing| (crossing.at, crossing.duty, crossing.rung))
            .collect();
        prop_assert_eq!(heard, expected);
    }

    #[test]
    fn step_by_step_is_what_the_facts_say_from_the_beginning(events in events()) {
        tell(&events, &[true, false, false], &mut |_, _| {}).check();
    }
}

#[test]
fn nothing_is_heard_twice() {
    let mut story = Story::default();
    let duty = story.task(minute(0), "390102", hour(10));
    for hours in 0..40 {
        story.command.advance(hour(hours));
        story.command.advance(hour(hours / 2));
    }
    let heard: Vec<_> =
        story.command.queue().log().iter().map(|crossing| (crossing.rung.name(), crossing.at)).collect();
    let expected = [("acknowledgement", 2), ("reminder", 9), ("due", 10), ("escalation", 12), ("escalation", 14)];
    assert_eq!(heard, expected.map(|(rung, at)| (rung, hour(at))));
    assert_eq!(story.command.queue().crossed(duty).count(), 5);
    assert_eq!(story.command.queue().next(), None);
}

#[test]
fn a_pause_after_the_reminder_brings_no_second_one() {
    let mut story = Story::default();
    let duty = story.task(minute(0), "390102", hour(10));
    story.act(BOB, minute(9 * 60 + 30), duty, Act::Pause { until: hour(20), reason: Reason::Unsafe, words: None });
    story.command.advance(hour(100));
    let reminders = story.command.queue().log().iter().filter(|crossing| crossing.rung == Rung::Reminder).count();
    assert_eq!(reminders, 1);
    let due = story.command.queue().log().iter().find(|crossing| crossing.rung == Rung::Due).unwrap();
    assert_eq!(due.at, minute(20 * 60 + 30));
}
