//! The command routine's facts, as the first version wrote them: read for ever.
#![allow(missing_docs)]

mod examples;

use std::collections::BTreeMap;
use std::path::PathBuf;

use examples::{at, draft};
use facts::{
    ActorId, Body, CapacityFact, CaseId, CaseReport, Commitment, Count, Fact, FactId, Hex, Jurisdiction, LevelFact,
    PostFact, PostId, PostRole, ReportFact, ResponseLevel, Shift, ShiftName, Span, TextId, Turn,
};

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/facts-routine-v1.jsonl")
}

/// One fact of each thing that the routine says.
fn one_of_each() -> Vec<Fact> {
    let county: Jurisdiction = "410102".parse().unwrap();
    let other: Jurisdiction = "410202".parse().unwrap();
    let (post, officer, deputy) = (PostId::new(3), ActorId::new(6), ActorId::new(7));
    let words = Commitment::new(TextId::new(1), &Hex([3; 32]), "交班".as_bytes());
    let night = Span::new(at("2022-11-01T12:00:00Z"), at("2022-11-02T00:00:00Z")).unwrap();
    let shift = ShiftName { post, start: night.start() };
    let turn = |role| Turn { shift, role };
    let resource = || "isolation-rooms".to_owned();
    let of = FactId::new(9);
    let bodies = vec![
        Body::Post(PostFact::Established {
            headquarters: county,
            template: "standard".to_owned(),
            digest: Hex([5; 32]),
        }),
        Body::Post(PostFact::Dissolved { headquarters: county }),
        Body::Post(PostFact::TaskForce { headquarters: county, task_force: "schools".to_owned(), formed: true }),
        Body::Post(PostFact::Held { post, primary: Some(officer), deputy: None }),
        Body::Post(PostFact::Rostered { post, shifts: vec![Shift { span: night, primary: officer, deputy }] }),
        Body::Post(PostFact::Substituted { turn: turn(PostRole::Deputy), officer }),
        Body::Post(PostFact::Leave { officer, span: night, planned: false }),
        Body::Post(PostFact::SwapAsked { mine: turn(PostRole::Primary), theirs: turn(PostRole::Deputy) }),
        Body::Post(PostFact::SwapAnswered { of, accepted: true }),
        Body::Post(PostFact::HandOverNote { shift, note: words }),
        Body::Post(PostFact::NoteAcknowledged { of }),
        Body::Post(PostFact::Reachable { officer, by: words }),
        Body::Post(PostFact::CalendarOpened { officer, token: Hex([8; 32]) }),
        Body::Post(PostFact::CalendarClosed { officer }),
        Body::Level(LevelFact::Switched {
            jurisdiction: county,
            level: ResponseLevel::Emergency,
            signed: Hex([7; 32]),
            met: vec!["ten-cases-7-days".to_owned()],
            reason: Some(words),
        }),
        Body::Level(LevelFact::Reviewed {
            jurisdiction: county,
            level: ResponseLevel::Alert,
            met: vec![],
            reason: None,
        }),
        Body::Report(ReportFact::Confirmed {
            report: "daily".to_owned(),
            jurisdiction: county,
            period: night,
            values: BTreeMap::from([
                ("new-cases".to_owned(), Count::Known(0)),
                ("fever-visits".to_owned(), Count::NotKnown),
            ]),
            drafted: BTreeMap::from([("new-cases".to_owned(), 0)]),
            reason: Some(words),
        }),
        Body::Report(ReportFact::Chased { report: "daily".to_owned(), jurisdiction: county, period: night }),
        Body::Report(ReportFact::Case { case: CaseId::new(2), report: CaseReport::CoreInformation, skips_level: true }),
        Body::Capacity(CapacityFact::Stated {
            jurisdiction: county,
            resource: resource(),
            available: 120,
            in_use: Some(40),
            reserve: None,
            turnaround_hours: Some(12),
        }),
        Body::Capacity(CapacityFact::AidAsked {
            from: county,
            of: other,
            resource: resource(),
            amount: 50,
            needed_by: night.end(),
            reason: Some(words),
        }),
        Body::Capacity(CapacityFact::AidAnswered { of, offered: 30, reason: None }),
        Body::Capacity(CapacityFact::AidArrived { of, amount: 30 }),
        Body::Capacity(CapacityFact::AidEnded { of }),
    ];
    let fact = |(body, number): (Body, u64)| {
        let draft = draft(body, None);
        draft.check().unwrap();
        draft.recorded(FactId::new(number), at("2022-11-01T04:00:00.123456789Z"))
    };
    bodies.into_iter().zip(1..).map(fact).collect()
}

fn written() -> Vec<String> {
    one_of_each().iter().map(|fact| String::from_utf8(fact.to_json()).unwrap()).collect()
}

#[test]
fn the_facts_of_the_routine_are_read_as_they_were_meant_and_written_as_they_were() {
    let text = std::fs::read_to_string(file()).unwrap();
    let read: Vec<Fact> = text.lines().map(|line| Fact::from_json(line.as_bytes()).unwrap()).collect();
    assert_eq!(read, one_of_each());
    assert_eq!(text.lines().collect::<Vec<_>>(), written());
}

#[test]
fn a_field_that_the_routine_does_not_know_is_refused() {
    let odd = written()[0].replace("\"template\"", "\"colour\":\"red\",\"template\"");
    assert!(Fact::from_json(odd.as_bytes()).is_err());
}

/// Wrote the file, once. What is new is a new line at its end.
#[test]
#[ignore = "writes the file anew"]
fn write_routine_facts() {
    std::fs::write(file(), written().join("\n") + "\n").unwrap();
}
