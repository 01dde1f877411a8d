//! What a letter of another deployment opens, and for how long.

use facts::letter::{Asked, LetterId, Named, NotHere, Passed, Sought, SoughtAs, StageHours, Way};
use facts::{LetterFact, PersonKey};

use super::*;

fn passed(number: u64, way: Way) -> Passed {
    Passed { with: Hex([9; 16]), way, number, written: minute(0), digest: Hex([number as u8; 32]) }
}

fn called(who: u64) -> PersonKey {
    Hex([who as u8; 16])
}

fn name_of(who: u64) -> LetterId {
    LetterId(Hex([who as u8; 16]))
}

/// A letter about one person, exposed from noon to two o'clock on the day before, of a case that was found there
/// two hours before the story's midnight.
pub(super) fn received(who: u64) -> Body {
    let sought = Sought {
        person: person(who),
        key: called(who),
        ground: SoughtAs::CloseContact,
        since: minute(-720),
        last: minute(-600),
        positive_recorded: minute(-120),
        last_known: Some(code("390305")),
    };
    let asked = Asked {
        letter: name_of(who),
        disease: covid(),
        from: code("410000"),
        to: code("390000"),
        hours: StageHours { locate: 2, isolate: 8, close: 24 },
        origin: None,
        via: Vec::new(),
        people: vec![sought],
    };
    Body::Letter(LetterFact::Received { passed: passed(who, Way::In), asked })
}

pub(super) fn taken_back(who: u64) -> Body {
    let people = vec![Named { person: person(who), key: called(who) }];
    Body::Letter(LetterFact::Withdrawn { passed: passed(100 + who, Way::In), letter: name_of(who), people })
}

pub(super) fn sent_back(who: u64) -> Body {
    let people = vec![NotHere { person: person(who), key: called(who), last_seen: None, seen: None }];
    Body::Letter(LetterFact::SentBack { passed: passed(100 + who, Way::Out), letter: name_of(who), people })
}

fn told(story: &mut Story, at: i64, body: Body) {
    story.record(at, Channel::Letter, None, body, Bulk::None);
}

#[test]
fn a_letter_opens_a_search_with_both_clocks_and_restricts_for_a_day_at_most() {
    let mut story = Story::begins();
    told(&mut story, 30, received(7));
    let requirement = &story.of(7).requirements[0];
    assert_eq!((requirement.ground, requirement.provisional), (GroundKind::CloseContact, true));
    assert_eq!((requirement.from, requirement.until), (minute(30), minute(30 + DAY)));
    assert_ne!(story.colour(7, 31), PhaseColour::Green);
    assert_eq!(story.colour(7, 30 + DAY), PhaseColour::Green);

    let duty = story.duty(7);
    assert_eq!((duty.opened, duty.received), (minute(-120), minute(30)), "the positive there, the receipt here");
    assert_eq!((duty.about.locate_due, duty.due), (minute(30 + 2 * 60), minute(30 + 8 * 60)), "as the letter asks");
    assert_eq!(duty.owner.territory, code("390305"), "where they were seen last");
    assert!(duty.is_open(minute(30 + 2 * DAY)), "the authority is asked for longer than the person is restricted");
    assert_eq!(duty.state(minute(60 * DAY)), State::Ended);
}

#[test]
fn a_letter_cannot_be_confirmed_into_a_status_that_lasts() {
    let mut story = Story::begins();
    told(&mut story, 30, received(7));
    let letter = story.entries.last().unwrap().0.fact.id;
    story.actor = ActorId::new(2);
    story.typed_in(40, Body::Confirmation { of: letter });
    assert_eq!(story.colour(7, 30 + DAY), PhaseColour::Green);
}

#[test]
fn what_we_know_ourselves_lasts_as_long_as_it_does_without_the_letter() {
    let mut story = three_places();
    story.positive(0, 1);
    let until = story.of(2).requirements[0].until;
    told(&mut story, 30, received(2));
    assert_eq!(story.of(2).requirements.iter().map(|requirement| requirement.until).max(), Some(until));
    assert_eq!(story.of(2).duties.len(), 1, "one person is one search");
    assert_eq!(story.duty(2).received, minute(0), "and it began when we knew");
}

#[test]
fn a_letter_that_is_taken_back_leaves_no_trace() {
    let mut story = three_places();
    let before = story.situation.derived().conclusions();
    told(&mut story, 30, received(7));
    assert_ne!(story.situation.derived().conclusions(), before);
    told(&mut story, 60, taken_back(7));
    assert_eq!(story.situation.derived().conclusions(), before);
}

#[test]
fn who_is_sent_back_is_sought_and_restricted_here_no_more() {
    let mut story = Story::begins();
    told(&mut story, 30, received(7));
    told(&mut story, 90, sent_back(7));
    assert_ne!(story.colour(7, 89), PhaseColour::Green);
    assert_eq!(story.colour(7, 90), PhaseColour::Green);
    assert!(!story.duty(7).is_open(minute(91)));
}

#[test]
fn a_letter_about_an_exposure_long_past_asks_nothing_of_anybody() {
    let mut story = Story::begins();
    told(&mut story, 60 * DAY, received(7));
    assert!(story.of(7).requirements.is_empty());
}
