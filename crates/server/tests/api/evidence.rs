//! Every conclusion opens: to the facts it rests on and to the rule that made it.

use std::time::Duration;

use facts::{ActorId, Body, Channel, Disease, Draft, PersonId, Purpose, Source};
use futures::StreamExt;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{COUNTY, PROVINCE, SUN, Story, WANG, positive};

fn facts_of(evidence: &Value) -> Vec<String> {
    let facts = evidence["facts"].as_array().into_iter().flatten();
    facts.map(|fact| fact.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_opens_to_the_facts_behind_it() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let case = format!("/cases/{}", recorded["case"].as_str().unwrap());
    let detail = story.get(&officer, &case).await.ok();
    let grounds = facts_of(&detail["grounds"][0]);
    assert_eq!(grounds, [recorded["recorded"].as_str().unwrap()]);
    let fact = story.get(&officer, &format!("/facts/{}", grounds[0])).await.ok();
    assert_eq!((&fact["kind"], &fact["actor"]["name"]), (&json!("test-result"), &json!(officer.name)));
    assert_eq!(fact["body"]["result"], "positive");

    let contacts = story.get(&officer, &format!("{case}/contacts")).await.ok();
    for row in contacts["rows"].as_array().unwrap() {
        let evidence = row["evidence"].as_array().unwrap();
        assert!(!evidence.is_empty());
        for fact in evidence.iter().flat_map(facts_of) {
            assert_eq!(story.get(&officer, &format!("/facts/{fact}")).await.ok()["kind"], "batch");
        }
    }
    for stay in detail["trajectory"].as_array().unwrap() {
        assert!(stay["evidence"]["batch"]["row"].is_u64(), "{stay}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_fact_still_opens_and_says_what_took_its_place() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let fact = format!("/facts/{}", recorded["recorded"].as_str().unwrap());
    let withdrawn = story.post(&officer, &format!("{fact}/withdraw"), json!({})).await.ok();
    assert_eq!(story.get(&officer, &fact).await.ok()["superseded_by"], withdrawn["recorded"]);
    let later = format!("/facts/{}", withdrawn["recorded"].as_str().unwrap());
    assert_eq!(story.get(&officer, &later).await.ok()["kind"], "withdrawn");
    let elsewhere = story.officer(Role::Investigator, crate::harness::OTHER_COUNTY).await;
    assert_eq!(story.get(&elsewhere, &later).await.status, 404, "it concerns whom the withdrawn fact concerns");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_opens_to_values_with_their_sources() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let case = format!("/cases/{}", recorded["case"].as_str().unwrap());
    let above = story.officer(Role::Command, PROVINCE).await;
    let mut rules = vec![story.get(&officer, &case).await.ok()["rule"].clone()];
    let contacts = story.get(&officer, &format!("{case}/contacts")).await.ok();
    rules.extend(contacts["rows"].as_array().unwrap().iter().map(|row| row["rule"].clone()));
    for (person, ..) in crate::harness::PEOPLE {
        let view = story.get(&above, &format!("/people/{person}")).await.ok();
        let requirements = view["status"]["requirements"].as_array().unwrap().clone();
        rules.extend(requirements.into_iter().map(|requirement| requirement["rule"].clone()));
    }
    assert_eq!(rules.len(), 1 + 3 + 4);
    for rule in rules {
        let (plan, path) = (rule["plan"].as_str().unwrap(), rule["path"].as_str().unwrap());
        let opened = story.get(&officer, &format!("/plans/{plan}/rule?path={path}")).await.ok();
        let parameters = opened["parameters"].as_array().unwrap();
        assert!(!parameters.is_empty(), "{path} has no parameters");
        let numbers = parameters.iter().filter(|parameter| !parameter["unit"].is_null());
        for parameter in numbers {
            assert!(!parameter["source"].as_array().unwrap().is_empty(), "{path} {parameter}");
        }
        story.get(&officer, &format!("/plans/{plan}")).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_a_new_position_arrives_while_one_listens() {
    let story = Story::begins().await;
    let listener = story.officer(Role::Command, PROVINCE).await;
    let officer = story.officer(Role::Investigator, crate::harness::OTHER_COUNTY).await;
    let response = story.open(&listener, "/events").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut news = response.into_body().into_data_stream();
    let mut next = async || {
        let chunk = tokio::time::timeout(Duration::from_secs(10), news.next()).await.expect("news in time");
        String::from_utf8(chunk.unwrap().unwrap().to_vec()).unwrap()
    };
    let position = |text: &str| -> u64 {
        let (_, data) = text.split_once("{\"position\":").unwrap();
        data.split_once('}').unwrap().0.parse().unwrap()
    };
    let first = next().await;
    assert!(first.contains("event: situation"), "{first}");
    story.post(&officer, "/test-results", positive(SUN)).await.ok();
    assert_eq!(position(&next().await), position(&first) + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_situation_adds_up_and_names_its_time() {
    let (story, officer, _) = Story::with_a_case().await;
    let above = story.officer(Role::Command, PROVINCE).await;
    let view = story.get(&above, "/situation").await.ok();
    assert_eq!(view["as_of"], story.now().to_string());
    let numbers = &view["numbers"];
    assert_eq!(
        (&numbers["cases"], &numbers["close_contacts"], &numbers["secondary_contacts"]),
        (&json!(1), &json!(2), &json!(1))
    );
    let rows = view["by_jurisdiction"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "every city has a row");
    assert_eq!(
        rows.iter().map(|row| row["to_find"].as_u64().unwrap()).sum::<u64>(),
        numbers["to_find"].as_u64().unwrap()
    );
    let own = story.get(&officer, "/situation").await.ok();
    assert_eq!(own["numbers"]["to_find"], 2);
    assert_eq!(own["queue"].as_array().unwrap().len(), 2);
    let found = story.get(&officer, &format!("/cases?jurisdiction={COUNTY}")).await.ok();
    assert_eq!(found[0]["person"], WANG.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disease_without_a_plan_is_shown_and_not_passed_over() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Command, PROVINCE).await;
    let before = story.get(&officer, "/situation").await.ok();
    assert_eq!(before["problems"], Value::Null);
    let source = Source { actor: ActorId::new(1), channel: Channel::Feed, key: None };
    let body = Body::Diagnosis { person: PersonId::new(77), disease: Disease::named("plague") };
    let (occurred, purpose) = (story.now(), Purpose::Investigation);
    story.deployment.record(vec![Draft { occurred, source, purpose, supersedes: None, body }]).await.unwrap();
    let after = story.get(&officer, "/situation").await.ok();
    assert_eq!(after["problems"], json!([{ "code": "no-plan", "about": "plague" }]));
}
