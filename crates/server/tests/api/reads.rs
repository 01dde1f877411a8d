//! Who looked at whom, for whoever watches over it.

use facts::{PersonId, Purpose, Scope};
use registry::{Identity, NewPerson, Secret};
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, CITY, COUNTY, LIU, OTHER_COUNTY, Officer, PROVINCE, Story, WANG, code};

async fn reveal(story: &Story, officer: &Officer, person: PersonId, purpose: &str) {
    story.post(officer, &format!("/people/{person}/reveal"), json!({ "purpose": purpose })).await.ok();
}

fn told(reads: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = reads["rows"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["account"]), text(&row["person"]), text(&row["purpose"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_who_looked_at_whom_and_why_newest_first() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let command = story.officer(Role::Command, CITY).await;
    reveal(&story, &officer, WANG, "investigation").await;
    story.wait(1);
    reveal(&story, &officer, LIU, "follow-up").await;
    let reads = story.get(&command, "/reads").await.ok();
    let row = |person: PersonId, purpose: &str| (officer.name.clone(), person.to_string(), purpose.to_owned());
    assert_eq!(told(&reads), [row(LIU, "follow-up"), row(WANG, "investigation")]);
    assert_eq!(reads["rows"][1]["masked_name"], "王*");
    assert_eq!(reads["rows"][1]["columns"], json!(["name", "id_number", "phone", "address"]));
    let of = story.get(&command, &format!("/reads?person={WANG}&purpose=investigation")).await.ok();
    assert_eq!((&of["total"], told(&of)), (&json!(1), vec![row(WANG, "investigation")]));
    assert_eq!(story.get(&command, "/reads?account=nobody").await.ok()["total"], 0);
    story.wait(24 * 60 + 1);
    // A day is longer than a session.
    let command = story.signed_in_again(&command).await;
    assert_eq!(story.get(&command, "/reads").await.ok()["total"], 0, "a day unless asked otherwise");
    assert_eq!(story.get(&command, "/reads?from=2022-07-09T00:00:00Z").await.ok()["total"], 2);
    let long = story.get(&command, "/reads?from=2022-01-01T00:00:00Z").await;
    assert_eq!(long.refused(), (422, "invalid", Some("from")));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_the_looks_of_ones_own_officers_and_at_ones_own_people() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let glass = json!({ "reason_code": "cross-border", "reason": "陈某跨区流动，需立即寻找", "minutes": 60 });
    let glass = story.post(&officer, "/break-glass", glass).await.ok();
    reveal(&story, &officer, CHEN, "locating").await;
    for (place, total) in [(PROVINCE, 1), (COUNTY, 1), (OTHER_COUNTY, 1), ("390103", 0)] {
        let auditor = story.officer(Role::Auditor, place).await;
        let reads = story.get(&auditor, "/reads").await.ok();
        assert_eq!(reads["total"], total, "{place}");
        if total == 1 {
            assert_eq!(reads["rows"][0]["glass"], glass["id"], "{place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_people_in_a_minute_are_shown_to_the_supervisor() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let (command, elsewhere) =
        (story.officer(Role::Command, COUNTY).await, story.officer(Role::Command, OTHER_COUNTY).await);
    let person = |number: u64| NewPerson {
        person: PersonId::new(10_000 + number),
        identity: Identity { name: Some(Secret::new(format!("某{number}"))), ..Identity::default() },
        jurisdiction: code(COUNTY),
        external: None,
    };
    let scope = Scope { actor: officer.actor, jurisdiction: code(PROVINCE) };
    let registry = &story.deployment.registry;
    registry.register(&scope, Purpose::Import, (0..200).map(person).collect(), story.now()).await.unwrap();
    let bursts = async |of: &Officer| story.get(of, "/reads/bursts").await.ok()["rows"].as_array().unwrap().clone();
    for number in 0..199 {
        let person = PersonId::new(10_000 + number);
        registry.reveal(&scope, Purpose::Locating, person, story.now()).await.unwrap();
    }
    assert!(bursts(&command).await.is_empty(), "a hundred and ninety-nine are a busy minute");
    registry.reveal(&scope, Purpose::Investigation, PersonId::new(10_199), story.now()).await.unwrap();
    let shown = bursts(&command).await;
    assert_eq!((shown.len(), &shown[0]["account"], &shown[0]["people"]), (1, &json!(officer.name), &json!(200)));
    assert_eq!(shown[0]["purposes"], json!(["locating", "investigation"]));
    assert!(bursts(&elsewhere).await.is_empty());
}
