//! From a case to someone else, meeting by meeting.

use facts::{Channel, PersonId, Purpose, Scope, Source, UnitId, VisitRow};
use journal::Rows;
use serde_json::json;
use server::accounts::Role;

use crate::harness::{CHEN, LIU, Officer, PROVINCE, SUN, Story, TABLE, WANG, ZHAO, code};

async fn with_a_case() -> (Story, Officer) {
    let (story, ..) = Story::with_a_case().await;
    let officer = story.officer(Role::Investigator, PROVINCE).await;
    (story, officer)
}

fn between(from: PersonId, to: PersonId) -> String {
    format!("/paths?from={from}&to={to}&disease=covid-19&purpose=investigation")
}

async fn seen(story: &Story, person: PersonId, unit: UnitId, start: &str, end: &str) {
    let (start, end) = (start.parse().unwrap(), Some(end.parse().unwrap()));
    let source = Source { actor: story.deployment.chance.id(), channel: Channel::Feed, key: None };
    let rows = [VisitRow { person, unit, start, end, seat_row: None }];
    story.deployment.record_batch(Rows::Visits(&rows), source, Purpose::Investigation, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_goes_through_the_colleague_to_whom_they_dined_with() {
    let (story, officer) = with_a_case().await;
    let path = story.get(&officer, &between(WANG, ZHAO)).await.ok();
    assert_eq!((&path["found"], &path["complete"]), (&json!(true), &json!(true)));
    let hops = path["hops"].as_array().unwrap();
    let way: Vec<_> = hops.iter().map(|hop| (hop["from"].clone(), hop["to"].clone())).collect();
    assert_eq!(way, [(json!(WANG), json!(CHEN)), (json!(CHEN), json!(ZHAO))]);
    assert_eq!((&hops[0]["masked_from"], &hops[0]["masked_to"]), (&json!("王*"), &json!("陈*")));
    assert_eq!(
        (&hops[0]["meeting"]["place_name"], &hops[0]["meeting"]["minutes"]),
        (&json!("河畔办公室"), &json!(420))
    );
    assert_eq!(hops[1]["meeting"]["setting"], "meal");
    assert!(!hops[1]["evidence"][0]["facts"].as_array().unwrap().is_empty());
    let everywhere = Scope { actor: officer.actor, jurisdiction: code(PROVINCE) };
    for person in [WANG, CHEN, ZHAO] {
        let looks = story.deployment.registry.accesses(&everywhere, person).await.unwrap();
        assert_eq!(looks.iter().map(|look| look.columns.as_str()).collect::<Vec<_>>(), ["meetings"], "{person}");
    }
    assert!(story.deployment.registry.accesses(&everywhere, LIU).await.unwrap().is_empty(), "not on the way");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_passes_on_what_they_did_not_have_yet_nor_once_they_are_under_control() {
    let (story, officer) = with_a_case().await;
    // Sun met Zhao on the morning of the day on whose evening Zhao met Chen.
    seen(&story, SUN, TABLE, "2022-07-09T01:00:00Z", "2022-07-09T02:00:00Z").await;
    seen(&story, ZHAO, TABLE, "2022-07-09T01:00:00Z", "2022-07-09T02:00:00Z").await;
    let none = story.get(&officer, &between(WANG, SUN)).await.ok();
    assert_eq!((&none["found"], &none["complete"], &none["hops"]), (&json!(false), &json!(true), &json!([])));
    // They met again on the next morning.
    for person in [SUN, ZHAO] {
        seen(&story, person, TABLE, "2022-07-10T01:00:00Z", "2022-07-10T02:00:00Z").await;
    }
    let three = story.get(&officer, &between(WANG, SUN)).await.ok();
    assert_eq!(three["hops"].as_array().unwrap().len(), 3);
    assert_eq!(three["hops"][2]["meeting"]["start"], "2022-07-10T01:00:00Z");

    let duty = story.duty(&officer, ZHAO).await;
    let done = json!({ "steps": ["control"], "at": "2022-07-09T20:00:00Z", "key": "k" });
    story.post(&officer, &format!("/duties/{}/steps", duty["id"].as_str().unwrap()), done).await.ok();
    assert_eq!(story.get(&officer, &between(WANG, SUN)).await.ok()["found"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_begins_with_a_case_and_is_looked_for_with_a_purpose() {
    let (story, officer) = with_a_case().await;
    let from_a_contact = story.get(&officer, &between(CHEN, ZHAO)).await;
    assert_eq!(from_a_contact.refused(), (422, "invalid", Some("from")));
    let turned = story.get(&officer, &between(ZHAO, WANG)).await.ok();
    assert_eq!((&turned["hops"][0]["from"], &turned["hops"][1]["to"]), (&json!(WANG), &json!(ZHAO)));
    let plague = format!("/paths?from={WANG}&to={ZHAO}&disease=plague&purpose=investigation");
    assert_eq!(story.get(&officer, &plague).await.refused(), (422, "invalid", Some("disease")));
    let without = format!("/paths?from={WANG}&to={ZHAO}&disease=covid-19");
    assert_eq!(story.get(&officer, &without).await.refused(), (422, "invalid", Some("request")));
    let oneself = story.get(&officer, &between(WANG, WANG)).await.ok();
    assert_eq!((&oneself["found"], &oneself["hops"]), (&json!(true), &json!([])));
}
