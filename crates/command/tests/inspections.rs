//! Inspections: found, put right, looked at again; samples; who answers.
#![allow(missing_docs)]

mod helpers;

use std::collections::BTreeSet;

use duties::{ClosedBy, DutyKind};
use facts::{
    AccountabilityGround, AccountabilityOutcome, Body, DutyId, FactId, Hex, InspectionFact, Parties, Subject, Timestamp,
};
use helpers::*;

fn finding(at: &str, subject: Subject, due: Timestamp) -> Body {
    Body::Inspection(InspectionFact::Finding {
        by: code("390000"),
        parties: Parties::of(code(at)),
        subject,
        text: words(1),
        photo: Some(words(2)),
        due,
        ladder: LADDER,
        recheck_within_minutes: 60 * 48,
    })
}

fn rechecked(finding: FactId, held: bool, due: Option<Timestamp>) -> Body {
    Body::Inspection(InspectionFact::Rechecked { finding, held, due, text: None, photo: Some(words(3)) })
}

fn kinds_open(story: &Story, at: Timestamp) -> Vec<DutyKind> {
    story.board().all().filter(|duty| duty.is_open(at)).map(|duty| duty.kind()).collect()
}

#[test]
fn a_finding_is_closed_by_who_looks_again_and_not_by_who_put_it_right() {
    let mut story = Story::default();
    let found = story.record(ALICE, hour(0), finding("390102", Subject::Rosters, hour(24)));
    let duty = story.command.inspections().finding(found).unwrap().duty;
    story.act(BOB, hour(1), duty, DONE);
    assert_eq!(kinds_open(&story, hour(2)), [DutyKind::Finding], "nothing shows it");
    story.act(BOB, hour(2), duty, shown(5));
    assert_eq!(kinds_open(&story, hour(3)), [DutyKind::Recheck]);
    let recheck = story.command.inspections().finding(found).unwrap().recheck.unwrap();
    assert_eq!(story.duty(recheck).deadline(), hour(50));
    story.record(BOB, hour(4), rechecked(found, true, None));
    assert_eq!(kinds_open(&story, hour(5)), [DutyKind::Recheck], "nobody vouches for their own work");
    story.record(ALICE, hour(6), rechecked(found, true, None));
    assert!(kinds_open(&story, hour(7)).is_empty());
    story.check();
}

#[test]
fn what_is_not_put_right_is_owed_again_and_looked_at_again() {
    let mut story = Story::default();
    let found = story.record(ALICE, hour(0), finding("390102", Subject::Rosters, hour(24)));
    let duty = story.command.inspections().finding(found).unwrap().duty;
    story.act(BOB, hour(2), duty, shown(5));
    story.record(ALICE, hour(6), rechecked(found, false, Some(hour(30))));
    assert_eq!(kinds_open(&story, hour(7)), [DutyKind::Finding]);
    story.act(BOB, hour(8), duty, shown(6));
    story.record(ALICE, hour(9), rechecked(found, true, None));
    let finding = story.command.inspections().finding(found).unwrap();
    assert_eq!(finding.checks.iter().map(|check| check.held).collect::<Vec<_>>(), [false, true]);
    assert_eq!(finding.rectifications.len(), 2);
    assert_eq!(story.duty(duty).reopened.len(), 1);
    assert!(kinds_open(&story, hour(10)).is_empty());
    story.check();
}

#[test]
fn the_same_subject_at_the_same_party_is_a_repeat_for_ninety_days() {
    let mut story = Story::default();
    let day = 24;
    let first = story.record(ALICE, hour(0), finding("390102", Subject::Rosters, hour(24)));
    story.record(ALICE, hour(1), finding("390102", Subject::Reports, hour(24)));
    story.record(ALICE, hour(2), finding("390104", Subject::Rosters, hour(24)));
    let second = story.record(ALICE, hour(60 * day), finding("390102", Subject::Rosters, hour(61 * day)));
    let third = story.record(ALICE, hour(100 * day), finding("390102", Subject::Rosters, hour(101 * day)));
    let inspections = story.command.inspections();
    let repeats = |fact| inspections.repeats(inspections.finding(fact).unwrap());
    assert_eq!(repeats(second), [first]);
    assert_eq!(repeats(third), [second], "the first lies further back than ninety days");
    assert!(repeats(first).is_empty());
}

#[test]
fn a_case_of_accountability_is_owed_until_it_is_concluded() {
    let mut story = Story::default();
    let found = story.record(ALICE, hour(0), finding("390102", Subject::Rosters, hour(24)));
    let case = InspectionFact::Accountability {
        by: code("390000"),
        parties: Parties::of(code("390102")),
        ground: AccountabilityGround::WorkNotReal,
        text: words(7),
        findings: BTreeSet::from([found]),
        duties: BTreeSet::new(),
        due: hour(100),
        ladder: LADDER,
    };
    let case = story.record(ALICE, hour(1), Body::Inspection(case));
    let duty = story.command.inspections().case(case).unwrap().duty;
    assert_eq!(story.duty(duty).owner.territory, code("390000"), "who asks has to conclude");
    let concluded = |outcome| Body::Inspection(InspectionFact::Concluded { of: case, outcome, text: words(8) });
    story.record(ALICE, hour(2), concluded(AccountabilityOutcome::Upheld));
    story.record(ALICE, hour(3), concluded(AccountabilityOutcome::NotUpheld));
    let concluded = story.command.inspections().case(case).unwrap().concluded.unwrap();
    assert_eq!((concluded.0, concluded.2.recorded), (AccountabilityOutcome::Upheld, hour(2)), "once");
    assert_eq!(story.duty(duty).closed.unwrap().by, ClosedBy::Done);
    story.check();
}

#[test]
fn a_sample_counts_false_closures_and_opens_them_again() {
    let mut story = Story::default();
    let duties: Vec<DutyId> = (0..4).map(|_| story.task(hour(0), "390102", hour(24))).collect();
    for &duty in &duties {
        story.act(BOB, hour(1), duty, DONE);
    }
    let sampled = InspectionFact::Sampled {
        jurisdiction: code("390100"),
        seed: Hex([7; 8]),
        from: hour(0),
        to: hour(2),
        of_kind: Some("task".to_owned()),
        population: 4,
        duties: duties[..3].iter().copied().collect(),
        due: hour(48),
        ladder: LADDER,
    };
    let sample = story.record(ALICE, hour(3), Body::Inspection(sampled));
    let verified = |duty, held: bool| {
        let due = (!held).then(|| hour(60));
        Body::Inspection(InspectionFact::Verified { sample, duty, held, due, text: None, photo: None })
    };
    story.record(CAROL, hour(4), verified(duties[0], true));
    story.record(CAROL, hour(5), verified(duties[1], false));
    story.record(CAROL, hour(6), verified(duties[1], true));
    story.record(CAROL, hour(6), verified(duties[3], false));
    let sample = story.command.inspections().sample(sample).unwrap();
    assert_eq!(sample.verified(), (2, 1), "a second look and one that was not drawn count nothing");
    assert!(story.duty(duties[1]).is_open(hour(7)), "owed again");
    assert!(!story.duty(duties[3]).is_open(hour(7)));
    assert_eq!(kinds_open(&story, hour(7)).iter().filter(|kind| **kind == DutyKind::Verification).count(), 1);
    story.check();
}
