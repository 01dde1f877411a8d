//! Who may see who someone is, and what is kept of the look.

use facts::{PersonId, Purpose, Scope};
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, COUNTY, OTHER_COUNTY, PROVINCE, SUN, Story, WANG, code, with};

async fn looks(story: &Story, person: PersonId) -> Vec<registry::Access> {
    let scope = Scope { actor: facts::ActorId::new(0), jurisdiction: code(PROVINCE) };
    story.deployment.registry.accesses(&scope, person).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn seeing_who_someone_is_takes_a_purpose_and_is_recorded() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let reveal = format!("/people/{WANG}/reveal");
    let without = story.post(&officer, &reveal, json!({})).await;
    assert_eq!(without.refused(), (422, "invalid", Some("request")));
    assert!(without.text.contains("purpose"), "{}", without.text);
    let others = story.post(&officer, &reveal, json!({ "purpose": "audit" })).await;
    assert_eq!(others.refused(), (422, "invalid", Some("purpose")));
    assert_eq!(looks(&story, WANG).await, []);

    let identity = story.post(&officer, &reveal, json!({ "purpose": "investigation" })).await.ok();
    assert_eq!(identity["name"], "王晓明");
    let looks = looks(&story, WANG).await;
    assert_eq!((looks.len(), looks[0].actor, looks[0].purpose), (1, officer.actor, Purpose::Investigation));
    assert_eq!(looks[0].columns, "name id_number phone address");
}

#[tokio::test(flavor = "multi_thread")]
async fn contact_details_are_for_whoever_owes_an_open_duty() {
    let (story, investigator, _) = Story::with_a_case().await;
    let details = format!("/people/{CHEN}/contact-details?purpose=locating");
    assert_eq!(story.get(&investigator, &details).await.status, 404, "the case is theirs, the contact is not");
    let owner = story.officer(Role::Community, OTHER_COUNTY).await;
    assert_eq!(story.get(&owner, &format!("/people/{CHEN}/contact-details")).await.status, 422);
    let shown = story.get(&owner, &details).await.ok();
    assert_eq!(shown, json!({ "name": "陈建国", "phone": "13800000103", "address": "金河路103号" }));
    assert_eq!(looks(&story, CHEN).await.len(), 1);
    assert_eq!(story.get(&owner, &format!("/people/{SUN}/contact-details?purpose=locating")).await.status, 404);

    let duty = story.duty(&owner, CHEN).await;
    let done = json!({ "steps": ["control"], "key": "k" });
    story.post(&owner, &format!("/duties/{}/steps", duty["id"].as_str().unwrap()), done).await.ok();
    assert_eq!(story.get(&owner, &details).await.status, 404, "the duty is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_people_of_ones_own_jurisdiction_only() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let search = |by: &str, value: &str| json!({ "by": by, "value": value, "purpose": "investigation" });
    for (by, own, other) in [("phone", "13800000101", "13800000103"), ("name", "王晓明", "陈建国")] {
        let found = story.post(&officer, "/people/search", search(by, own)).await.ok();
        assert_eq!(found, json!([{ "person": WANG, "masked_name": "王*", "jurisdiction": COUNTY }]));
        let found = story.post(&officer, "/people/search", search(by, other)).await.ok();
        let nobody = story.post(&officer, "/people/search", search(by, "nobody")).await.ok();
        assert_eq!((&found, &nobody), (&json!([]), &json!([])));
    }
    assert_eq!(looks(&story, CHEN).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_registered_where_the_officer_is_and_found_again() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let given = json!({ "name": "周杰", "id_number": "11010519491231002X", "jurisdiction": COUNTY });
    let person = story.post(&officer, "/people", given.clone()).await.ok()["person"].clone();
    let search = json!({ "by": "id-number", "value": "11010519491231002x", "purpose": "investigation" });
    assert_eq!(story.post(&officer, "/people/search", search).await.ok()[0]["person"], person);
    let slip = with(given.clone(), "id_number", "110105194912310021");
    assert_eq!(story.post(&officer, "/people", slip).await.refused(), (422, "invalid", Some("id_number")));
    let elsewhere = with(given, "jurisdiction", OTHER_COUNTY);
    assert_eq!(story.post(&officer, "/people", elsewhere).await.refused(), (422, "invalid", Some("jurisdiction")));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_entries_with_one_telephone_are_proposed_until_someone_decides() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let given = json!({ "name": "王小明", "phone": "138 0000 0101", "jurisdiction": COUNTY });
    let newcomer = story.post(&officer, "/people", given).await.ok()["person"].clone();
    let proposed = story.get(&officer, "/duplicates").await.ok();
    assert_eq!((proposed.as_array().unwrap().len(), &proposed[0]["reasons"]), (1, &json!(["same-phone"])));
    let elsewhere = story.officer(Role::Investigator, OTHER_COUNTY).await;
    assert_eq!(story.get(&elsewhere, "/duplicates").await.ok(), json!([]));
    story.post(&officer, "/people/split", json!({ "person": WANG, "with": newcomer })).await.ok();
    assert_eq!(story.get(&officer, "/duplicates").await.ok(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_about_someone_is_erased_with_them() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let stated = json!({
        "person": WANG, "with": SUN, "start": "2022-07-09T12:00:00Z", "end": "2022-07-09T13:00:00Z",
        "setting": "meal", "statement": "一起吃饭",
    });
    let stated = story.post(&officer, "/contacts-stated", stated).await.ok()["recorded"].clone();
    let withdraw = format!("/facts/{}/withdraw", recorded["recorded"].as_str().unwrap());
    let withdrawn = story.post(&officer, &withdraw, json!({ "reason": "误报" })).await.ok()["recorded"].clone();
    let scope = Scope { actor: officer.actor, jurisdiction: code(PROVINCE) };
    let registry = &story.deployment.registry;
    let mut texts = Vec::new();
    for (fact, field) in [(stated, "statement"), (withdrawn, "reason")] {
        let body = story.get(&officer, &format!("/facts/{}", fact.as_str().unwrap())).await.ok()["body"].clone();
        texts.push(body[field]["text"].as_str().unwrap().parse().unwrap());
    }
    for &text in &texts {
        assert!(registry.text(&scope, Purpose::Subject, text, story.now()).await.unwrap().is_some());
    }
    registry.erase(&scope, Purpose::Subject, WANG, story.now()).await.unwrap().unwrap();
    for &text in &texts {
        assert!(registry.text(&scope, Purpose::Subject, text, story.now()).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_masked_names_and_never_whole_ones() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let case = recorded["case"].as_str().unwrap();
    for path in [
        "/situation".to_owned(),
        "/cases".to_owned(),
        format!("/cases/{case}"),
        format!("/cases/{case}/contacts"),
        "/duties?state=all".to_owned(),
        format!("/people/{WANG}"),
    ] {
        let answer = story.get(&officer, &path).await;
        assert!(answer.text.contains("王*") || answer.text.contains("陈*"), "{path}: {}", answer.text);
        for (.., name, phone) in crate::harness::PEOPLE {
            assert!(!answer.text.contains(name) && !answer.text.contains(phone), "{path} shows {name}");
        }
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_contact_someone_is_shows_only_to_who_answers_for_the_case() {
    let (story, officer, _) = Story::with_a_case().await;
    let owner = story.officer(Role::Investigator, OTHER_COUNTY).await;
    let theirs = story.get(&owner, &format!("/people/{CHEN}")).await.ok();
    assert_eq!(theirs["status"]["colour"], "red");
    assert_eq!(theirs["exposures_of"], json!([]));
    assert!(!theirs.to_string().contains(&WANG.to_string()));
    let case: &Value = &theirs["status"]["requirements"][0]["case"];
    assert_eq!(story.get(&owner, &format!("/cases/{}", case.as_str().unwrap())).await.status, 404);
    let above = story.officer(Role::Investigator, PROVINCE).await;
    assert_eq!(story.get(&above, &format!("/people/{CHEN}")).await.ok()["exposures_of"].as_array().unwrap().len(), 1);
    drop(officer);
}
