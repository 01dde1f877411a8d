//! One story, every kind of fact, and the same situation: kept up to date or from scratch, on both engines.

use std::collections::BTreeSet;

use facts::{
    ActorId, BatchId, Body, CaseId, Channel, Commitment, Disease, Draft, FactId, Jurisdiction, NotFound, PersonId,
    PlaceId, Purpose, ResidentRow, Setting, Source, Span, SpecimenId, Step, TestOutcome, TextId, Timestamp, UnitId,
    UnitRow, VisitRow,
};
use jiff::ToSpan;
use journal::{Message, Rows};
use server::deployment::plans_in_force;
use server::{Deployment, Location};
use testkit::Fresh;

fn now() -> Timestamp {
    "2022-07-20T00:00:00Z".parse().unwrap()
}

/// Hours after midnight of 10 July 2022, in the province.
fn hour(hours: i64) -> Timestamp {
    "2022-07-09T16:00:00Z".parse::<Timestamp>().unwrap().checked_add(hours.hours()).unwrap()
}

fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

fn person(number: u64) -> PersonId {
    PersonId::new(number)
}

fn source(actor: u64, channel: Channel) -> Source {
    Source { actor: ActorId::new(actor), channel, key: None }
}

/// What happens, in order; facts are numbered from 1 000 on as they come.
#[allow(clippy::large_enum_variant)] // a test has a dozen of them
enum Event {
    Units(Vec<UnitRow>),
    Residents(Vec<ResidentRow>),
    Visits(Vec<VisitRow>),
    /// Recorded at an hour, by an actor, in place of an earlier event.
    Said(i64, u64, Option<usize>, Body),
    /// Visits that are acknowledged and not batched yet.
    TakenIn(Vec<VisitRow>),
    /// What was taken in is batched.
    Sealed,
    /// The batch before is deleted.
    Deleted,
}
use Event::{Deleted, Residents, Said, Sealed, TakenIn, Units, Visits};

fn fact(event: usize) -> FactId {
    FactId::new(1_000 + event as u64)
}

fn visit(who: u64, unit: u64, from: i64, until: Option<i64>) -> VisitRow {
    VisitRow { person: person(who), unit: UnitId::new(unit), start: hour(from), end: until.map(hour), seat_row: None }
}

fn residents(people: &[(u64, u64, &str)]) -> Vec<ResidentRow> {
    let resident = |&(who, home, place): &(u64, u64, &str)| ResidentRow {
        person: person(who),
        home: Some(UnitId::new(home)),
        jurisdiction: code(place),
        birth_year: Some(1980),
    };
    people.iter().map(resident).collect()
}

fn units() -> Vec<UnitRow> {
    let settings = [(11, Setting::Office), (12, Setting::Meal), (13, Setting::Market)];
    let unit = |(number, setting)| UnitRow {
        unit: UnitId::new(number),
        place: PlaceId::new(number),
        setting,
        jurisdiction: code("390102"),
        position: Some((113.6, 34.7)),
        ventilation: None,
        name: Some(format!("地点{number}")),
    };
    settings.into_iter().map(unit).collect()
}

fn positive(who: u64, at: i64) -> Body {
    Body::TestResult {
        person: person(who),
        disease: covid(),
        specimen: Some(SpecimenId::new(7_000 + who)),
        collected: hour(at - 1),
        result: TestOutcome::Positive,
    }
}

fn covid() -> Disease {
    Disease::named("covid-19")
}

fn text(number: u64) -> Option<Commitment> {
    Some(Commitment::new(TextId::new(number), &facts::Hex([7; 32]), b"said"))
}

fn follow_up(who: u64, step: Step) -> Body {
    Body::FollowUp { person: person(who), disease: covid(), step }
}

/// The story: 1 lives with 2, works with 3, who dines with 4; 5 is 1 by another id; 6 to 9 come in one by one.
fn story() -> Vec<Event> {
    let span = |from, until| Span::new(hour(from), hour(until)).unwrap();
    let (office, table) = (11, 12);
    let disease = covid();
    let mut events: Vec<Event> =
        plans_in_force(ActorId::new(1), hour(-400)).into_iter().map(|draft| Said(-400, 1, None, draft.body)).collect();
    let plans = events.len();
    events.extend([
        Units(units()),
        Residents(residents(&[
            (1, 1, "390102"),
            (2, 1, "390102"),
            (3, 2, "390202"),
            (4, 3, "390103"),
            (6, 4, "390202"),
        ])),
        Visits(vec![
            visit(1, office, -15, Some(-7)),
            visit(3, office, -14, Some(-7)),
            visit(3, table, -6, Some(-5)),
            visit(4, table, -6, None),
            visit(6, 13, -20, Some(-18)),
            visit(1, 13, -20, Some(-18)),
        ]),
        // 3: the case, and what the county does about it
        Said(10, 1, None, positive(1, 10)),
        Said(
            11,
            1,
            None,
            Body::Symptoms {
                person: person(1),
                disease: covid(),
                onset: "2022-07-08".parse().unwrap(),
                signs: ["fever".to_owned()].into(),
            },
        ),
        Said(12, 2, None, follow_up(1, Step::Identity)),
        Said(13, 2, None, follow_up(1, Step::Control)),
        Said(
            13,
            2,
            None,
            Body::NotFound {
                person: person(3),
                disease: disease.clone(),
                outcome: NotFound::MovedOn,
                to: Some(code("390103")),
            },
        ),
        // 8: a duty passes on
        Said(
            14,
            3,
            None,
            Body::HandOver {
                person: person(3),
                disease: disease.clone(),
                from: code("390202"),
                to: code("390103"),
                reason: text(1),
            },
        ),
        Said(15, 4, None, Body::HandOverAnswer { of: fact(plans + 8), accepted: true, reason: text(2) }),
        Said(16, 4, None, follow_up(3, Step::Location)),
        // 11: what people say
        Said(
            17,
            1,
            None,
            Body::ContactStated {
                person: person(1),
                with: person(7),
                span: span(-10, -9),
                setting: Setting::Meal,
                masked: None,
                statement: text(3),
            },
        ),
        Said(18, 2, None, Body::Confirmation { of: fact(plans + 11) }),
        Said(
            18,
            1,
            None,
            Body::Visit { person: person(8), unit: UnitId::new(office), span: span(-12, -10), seat_row: Some(3) },
        ),
        Said(
            19,
            1,
            None,
            Body::Residence { person: person(8), home: Some(UnitId::new(5)), jurisdiction: code("390103") },
        ),
        // 15: one human being, two ids, and a place likewise
        Said(20, 1, None, positive(5, 20)),
        Said(21, 1, None, Body::SamePerson { person: person(1), with: person(5) }),
        Said(22, 1, None, Body::SamePerson { person: person(2), with: person(6) }),
        Said(23, 1, None, Body::NotSamePerson { person: person(2), with: person(6) }),
        Said(23, 1, None, Body::SamePlace { place: PlaceId::new(11), with: PlaceId::new(12) }),
        Said(23, 1, None, Body::NotSamePlace { place: PlaceId::new(11), with: PlaceId::new(12) }),
        // 21: a diagnosis, a link, and how things end
        Said(24, 1, None, Body::Diagnosis { person: person(9), disease: Disease::named("measles") }),
        Said(25, 1, None, Body::EpidemiologicalLink { person: person(4), disease: covid(), to: Some(person(1)) }),
        Said(
            26,
            2,
            None,
            Body::ListReconciled {
                case: CaseId::new(fact(plans + 3).number()),
                jurisdiction: code("390102"),
                number: 2,
            },
        ),
        Said(30, 1, None, Body::Death { person: person(7) }),
        Said(31, 1, None, positive(4, 31)),
        // 26: a slip, its correction, and the correction taken back
        Said(32, 1, Some(plans + 25), positive(6, 32)),
        Said(33, 1, Some(plans + 26), Body::Withdrawn { reason: text(4) }),
        Said(34, 1, None, Body::Assigned { person: person(6), disease: covid(), to: Some(ActorId::new(2)) }),
        Said(200, 1, None, Body::Recovery { person: person(1), disease }),
        TakenIn(vec![visit(9, table, -6, Some(-5))]),
        Sealed,
        // What was sealed is corrected.
        TakenIn(vec![visit(2, table, 34, Some(36)), visit(9, table, 34, None)]),
        Visits(vec![visit(4, 13, 20, Some(22)), visit(2, 13, 21, Some(23))]),
        Visits(vec![visit(9, 13, -800, Some(-799))]),
        Deleted,
    ]);
    events
}

async fn open(fresh: &Fresh, engine: &str) -> Deployment {
    let folder = fresh.folder().join("data");
    let journal_url = (engine == "postgres").then(|| fresh.url().to_owned());
    Deployment::open(Location { folder, journal_url, registry_url: None }, false, now).await.unwrap()
}

/// Tells the story with the same ids every time, and lets the situation follow after each event.
async fn tell(deployment: &Deployment) -> BTreeSet<&'static str> {
    let mut kinds = BTreeSet::new();
    let mut last = hour(-400);
    for (number, event) in story().into_iter().enumerate() {
        let rows = match &event {
            Units(rows) => Some(Rows::Units(rows)),
            Residents(rows) => Some(Rows::Residents(rows)),
            Visits(rows) => Some(Rows::Visits(rows)),
            _ => None,
        };
        if let Some(rows) = rows {
            let (batch, from) = (BatchId::new(500 + number as u64), source(1, Channel::Feed));
            let journal = &deployment.journal;
            let purpose = Purpose::Investigation;
            journal.append_batch(rows, batch, fact(number), from, purpose, Some(45), last).await.unwrap();
            kinds.insert("batch");
        }
        match event {
            Said(at, actor, supersedes, body) => {
                last = hour(at);
                kinds.insert(body.kind());
                let from = source(actor, Channel::Entry);
                let supersedes = supersedes.map(fact);
                let draft = Draft { occurred: last, source: from, purpose: Purpose::Investigation, supersedes, body };
                deployment.journal.append(vec![(fact(number), draft)], last).await.unwrap();
            }
            TakenIn(visits) => {
                let source = Source { key: Some(facts::Hex([8; 16])), ..source(1, Channel::Feed) };
                let message = Message { visits, source, assumed_dwell_minutes: None, withdrawal: fact(number) };
                deployment.journal.take_in(&[message], last).await.unwrap();
            }
            Sealed => {
                let to_seal = deployment.journal.to_seal(1_000).await.unwrap().unwrap();
                let (batch, by) = (BatchId::new(500 + number as u64), ActorId::new(1));
                deployment.journal.seal(to_seal, batch, fact(number), by, hour(240)).await.unwrap().unwrap();
            }
            Deleted => {
                let batch = [(fact(number - 1), fact(number))];
                deployment.journal.delete(&batch, ActorId::new(1), 30, hour(240)).await.unwrap();
                kinds.extend(["visits-withdrawn", "deleted"]);
            }
            _ => {}
        }
        // Nothing more to record: the situation takes in what the journal has.
        deployment.record(Vec::new()).await.unwrap();
    }
    kinds
}

/// Every kind of fact there is.
const KINDS: [&str; 25] = [
    "visits-withdrawn",
    "deleted",
    "residence",
    "test-result",
    "symptoms",
    "diagnosis",
    "epidemiological-link",
    "death",
    "recovery",
    "visit",
    "contact-stated",
    "confirmation",
    "same-person",
    "not-same-person",
    "same-place",
    "not-same-place",
    "follow-up",
    "not-found",
    "hand-over",
    "hand-over-answer",
    "list-reconciled",
    "plan-in-force",
    "batch",
    "withdrawn",
    "assigned",
];

/// The conclusions on one engine, after finding them the same however they were derived.
async fn conclusions(fresh: &Fresh, engine: &str) -> (String, journal::TreeHead) {
    let deployment = open(fresh, engine).await;
    assert_eq!(tell(&deployment).await, KINDS.into());
    let live = deployment.situation().derived().conclusions();
    assert!(live.contains("HandedOver") && live.contains("Second") && live.contains("Deceased"), "a thin story");
    let from_scratch = deployment.derive_from_scratch(None, None).await.unwrap().derived().conclusions();
    assert!(from_scratch == live, "from scratch differs on {engine}: {}", first_difference(&live, &from_scratch));
    let stepwise = deployment.derive_step_by_step().await.unwrap().derived().conclusions();
    assert!(stepwise == live, "step by step differs on {engine}: {}", first_difference(&live, &stepwise));
    let head = deployment.journal.head().await.unwrap();
    drop(deployment);
    let reopened = open(fresh, engine).await.situation().derived().conclusions();
    assert!(reopened == live, "opened again differs on {engine}: {}", first_difference(&live, &reopened));
    (live, head)
}

fn first_difference(one: &str, other: &str) -> String {
    let mut lines = one.lines().zip(other.lines()).enumerate();
    lines.find(|(_, (a, b))| a != b).map_or_else(|| "length".to_owned(), |(line, (a, b))| format!("{line}: {a} | {b}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_facts_make_the_same_journal_and_situation_on_both_engines() {
    let (on_sqlite, sqlite_head) = conclusions(&Fresh::sqlite(), "sqlite").await;
    let Some(fresh) = Fresh::postgres() else { return };
    let (on_postgres, postgres_head) = conclusions(&fresh, "postgres").await;
    assert!(on_postgres == on_sqlite, "engines differ: {}", first_difference(&on_sqlite, &on_postgres));
    // Batch files hold the same rows, and so the journals have the same leaves.
    assert_eq!(postgres_head, sqlite_head);
}
