//! Giving duties to officers: what follows, what is refused, and what a repeated request does.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, CITY, COUNTY, LIU, NEXT_COUNTY, OTHER_COUNTY, Officer, PROVINCE, Story, WANG};

async fn duty_of(story: &Story, officer: &Officer, person: facts::PersonId) -> Value {
    story.duty(officer, person).await["id"].clone()
}

fn give(ids: &[&Value], to: impl Into<Value>, key: &str) -> Value {
    json!({ "ids": ids, "to": to.into(), "key": key })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_to_me_comes_first_and_shows_my_name() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let colleague = story.officer(Role::Community, COUNTY).await;
    let (wangs, lius) = (duty_of(&story, &officer, WANG).await, duty_of(&story, &officer, LIU).await);
    story.post(&officer, "/duties/assign", give(&[&wangs], colleague.name.as_str(), "a")).await.ok();
    let done = story.post(&officer, "/duties/assign", give(&[&lius], officer.name.as_str(), "b")).await.ok();
    assert_eq!(done, json!({ "matched": 1, "assigned": 1, "unchanged": 0, "refused": [], "preview": false }));

    let order = |view: Value| -> Vec<(Value, Value)> {
        let rows = view["rows"].as_array().unwrap().clone();
        rows.into_iter().map(|row| (row["id"].clone(), row["assigned_to"].clone())).collect()
    };
    let (mine, theirs) = (json!(officer.name), json!(colleague.name));
    let (lius_given, wangs_given) = ((lius, mine.clone()), (wangs, theirs.clone()));
    assert_eq!(order(story.get(&officer, "/duties/mine").await.ok()), [lius_given.clone(), wangs_given.clone()]);
    assert_eq!(order(story.get(&colleague, "/duties/mine").await.ok()), [wangs_given.clone(), lius_given.clone()]);
    assert_eq!(order(story.get(&officer, "/duties?assigned=me").await.ok()), std::slice::from_ref(&lius_given));
    let named = format!("/duties?assigned={}", colleague.name);
    assert_eq!(order(story.get(&officer, &named).await.ok()), std::slice::from_ref(&wangs_given));
    assert_eq!(story.get(&officer, "/duties?assigned=none").await.ok()["rows"], json!([]));

    let contacts = format!("/cases/{}/contacts", recorded["case"].as_str().unwrap());
    let list = story.get(&officer, &contacts).await.ok();
    assert_eq!((&list["rows"][0]["assigned_to"], &list["rows"][0]["duty"]), (&mine, &lius_given.0));
    assert_eq!(list["facets"]["assigned"], json!([{ "n": 2 }, { "name": mine, "n": 1 }]));
    assert_eq!(story.get(&officer, &format!("{contacts}?assigned=me")).await.ok()["total"], 1);

    story.post(&officer, "/duties/assign", give(&[&lius_given.0], Value::Null, "c")).await.ok();
    assert_eq!(story.get(&officer, "/duties?assigned=me").await.ok()["rows"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_answers_the_same_and_records_nothing() {
    let (story, officer, _) = Story::with_a_case().await;
    let (wangs, lius) = (duty_of(&story, &officer, WANG).await, duty_of(&story, &officer, LIU).await);
    let given = give(&[&wangs, &lius], officer.name.as_str(), "k");
    let mut preview = given.clone();
    preview["preview"] = json!(true);
    let before = story.facts().await;
    let foreseen = story.post(&officer, "/duties/assign", preview).await.ok();
    assert_eq!((&foreseen["assigned"], story.facts().await), (&json!(2), before), "a preview records nothing");
    let first = story.post(&officer, "/duties/assign", given.clone()).await.ok();
    assert_eq!(story.facts().await, before + 2);
    let again = story.post(&officer, "/duties/assign", given).await.ok();
    assert_eq!((again, story.facts().await), (first, before + 2));
    let other = story.post(&officer, "/duties/assign", give(&[&wangs], Value::Null, "k")).await;
    assert_eq!(other.refused(), (409, "conflict", None), "the key was for another assignment");
    let known = story.post(&officer, "/duties/assign", give(&[&wangs], officer.name.as_str(), "l")).await.ok();
    assert_eq!((&known["unchanged"], &known["assigned"], story.facts().await), (&json!(1), &json!(0), before + 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_given_is_listed_with_its_reason_and_the_rest_is_given() {
    let (story, officer, _) = Story::with_a_case().await;
    let above = story.officer(Role::Desk, PROVINCE).await;
    let (wangs, lius) = (duty_of(&story, &officer, WANG).await, duty_of(&story, &officer, LIU).await);
    let chens = duty_of(&story, &above, CHEN).await;
    let path = format!("/duties/{}/steps", wangs.as_str().unwrap());
    story.post(&officer, &path, json!({ "steps": ["control"], "key": "s" })).await.ok();

    let refused = |done: &Value| -> Vec<(Value, Value)> {
        let refused = done["refused"].as_array().unwrap().clone();
        refused.into_iter().map(|one| (one["duty"].clone(), one["code"].clone())).collect()
    };
    let all = give(&[&wangs, &lius, &chens], officer.name.as_str(), "k");
    let done = story.post(&officer, "/duties/assign", all).await.ok();
    assert_eq!((&done["matched"], &done["assigned"]), (&json!(3), &json!(1)));
    let mut expected = vec![(wangs.clone(), json!("closed")), (chens.clone(), json!("not-found"))];
    expected.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(refused(&done), expected, "Chen is another county's, who does not exist for this one");
    let elsewhere = give(&[&chens], officer.name.as_str(), "k");
    let done = story.post(&above, "/duties/assign", elsewhere).await.ok();
    assert_eq!(refused(&done), [(chens.clone(), json!("elsewhere"))]);

    let command = story.officer(Role::Command, COUNTY).await;
    let neighbour = story.officer(Role::Desk, NEXT_COUNTY).await;
    for to in [command.name.as_str(), neighbour.name.as_str(), "nobody-such"] {
        let answer = story.post(&officer, "/duties/assign", give(&[&lius], to, "m")).await;
        assert_eq!(answer.refused(), (422, "invalid", Some("to")), "{to}");
    }
    let neither = story.post(&officer, "/duties/assign", json!({ "to": null, "key": "n" })).await;
    assert_eq!(neither.refused(), (422, "invalid", Some("ids")));
    let whom = story.post(&officer, "/duties/assign", json!({ "ids": [lius], "key": "n" })).await;
    assert_eq!(whom.refused(), (422, "invalid", Some("request")), "leaving out whom is no way to take a duty back");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_given_a_duty_sees_the_person_and_can_do_it_until_it_is_handed_over() {
    let (story, ..) = Story::with_a_case().await;
    let desk = story.officer(Role::Desk, OTHER_COUNTY).await;
    let street = story.officer(Role::Community, "390202001").await;
    let chens = duty_of(&story, &desk, CHEN).await;
    let (person, path) = (format!("/people/{CHEN}"), format!("/duties/{}", chens.as_str().unwrap()));
    assert_eq!(story.get(&street, &person).await.status, 404);
    story.post(&desk, "/duties/assign", give(&[&chens], street.name.as_str(), "k")).await.ok();
    assert_eq!(story.get(&street, &person).await.status, 200);
    assert_eq!(story.get(&street, "/duties/mine").await.ok()["rows"][0]["id"], chens);
    let details = story.get(&street, &format!("{person}/contact-details?purpose=locating")).await.ok();
    assert_eq!(details["phone"], "13800000103");
    story.post(&street, &format!("{path}/steps"), json!({ "steps": ["location"], "key": "s" })).await.ok();
    let away = json!({ "to": NEXT_COUNTY, "key": "h" });
    assert_eq!(story.post(&street, &format!("{path}/hand-over"), away.clone()).await.status, 404, "the county's to do");

    story.post(&desk, &format!("{path}/hand-over"), away).await.ok();
    let asked = story.officer(Role::Desk, NEXT_COUNTY).await;
    let answer = json!({ "accepted": true, "key": "a" });
    story.post(&asked, &format!("{path}/hand-over/answer"), answer).await.ok();
    let leg = story.duty(&asked, CHEN).await;
    assert_eq!(leg.get("assigned_to"), None, "a new owner decides anew");
    assert_eq!(story.get(&street, "/duties/mine").await.ok()["rows"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_can_be_given_duties_do_them_and_are_of_the_place() {
    let (story, officer, _) = Story::with_a_case().await;
    let city = story.officer(Role::Desk, CITY).await;
    let neighbour = story.officer(Role::Community, NEXT_COUNTY).await;
    story.officer(Role::Command, COUNTY).await;
    let names = |view: Value| -> Vec<String> {
        view.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let county = story.get(&city, &format!("/accounts/assignable?jurisdiction={COUNTY}")).await.ok();
    let mut expected = vec![officer.name.clone(), city.name.clone()];
    expected.sort();
    assert_eq!(names(county), expected, "neither the neighbour nor the command");
    expected.push(neighbour.name.clone());
    expected.sort();
    assert_eq!(names(story.get(&city, "/accounts/assignable").await.ok()), expected);
    assert_eq!(names(story.get(&officer, "/accounts/assignable").await.ok()), [officer.name], "within one's own");
}
