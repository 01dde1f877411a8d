//! Duties: what stops their clocks, and how they pass from one owner to another.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, COUNTY, NEXT_COUNTY, OTHER_COUNTY, Officer, Story, WANG};

/// The story with Chen's duty, and its owner.
async fn chens_duty() -> (Story, Officer, String) {
    let (story, ..) = Story::with_a_case().await;
    let owner = story.officer(Role::Desk, OTHER_COUNTY).await;
    let duty = story.duty(&owner, CHEN).await;
    let path = format!("/duties/{}", duty["id"].as_str().unwrap());
    (story, owner, path)
}

/// Whether someone sees Chen, and the duty on their board.
async fn sees(story: &Story, officer: &Officer) -> (bool, bool) {
    let person = story.get(officer, &format!("/people/{CHEN}")).await.status == 200;
    let board = story.get(officer, "/duties?state=open").await.ok();
    (person, board["rows"].as_array().unwrap().iter().any(|row| row["person"] == CHEN.to_string()))
}

fn steps(steps: &[&str], key: &str) -> Value {
    json!({ "steps": steps, "key": key })
}

#[tokio::test(flavor = "multi_thread")]
async fn locating_goes_on_the_clock_and_controlling_stops_it() {
    let (story, owner, path) = chens_duty().await;
    let located = story.post(&owner, &format!("{path}/steps"), steps(&["identity", "location"], "a")).await.ok();
    assert!(located.get("closed").is_none());
    assert!(located["steps"].get("location").is_some());
    story.wait(30);
    let controlled = story.post(&owner, &format!("{path}/steps"), steps(&["control"], "b")).await.ok();
    assert_eq!(controlled["closed_by"], "controlled");
    assert_eq!(controlled["closed"], story.now().to_string());
    let mine = story.get(&owner, "/duties/mine").await.ok();
    assert_eq!(mine["rows"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_arrives_twice_keeps_its_first_time() {
    let (story, owner, path) = chens_duty().await;
    let given = steps(&["location", "control"], "k");
    let first = story.post(&owner, &format!("{path}/steps"), given.clone()).await.ok();
    let facts = story.facts().await;
    story.wait(200);
    let second = story.post(&owner, &format!("{path}/steps"), given).await.ok();
    assert_eq!((&second["closed"], &second["steps"]), (&first["closed"], &first["steps"]));
    assert_eq!(story.facts().await, facts);
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_unreachable_is_still_to_be_found() {
    let (story, owner, path) = chens_duty().await;
    let answer = json!({ "outcome": "unreachable", "key": "k" });
    let duty = story.post(&owner, &format!("{path}/outcome"), answer).await.ok();
    assert_eq!(duty["last_outcome"], "unreachable");
    assert!(duty.get("closed").is_none());
    let odd = story.post(&owner, &format!("{path}/outcome"), json!({ "outcome": "fine", "key": "l" })).await;
    assert_eq!(odd.refused(), (422, "invalid", Some("outcome")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_hand_over_gives_the_duty_a_new_owner_and_a_new_clock() {
    let (story, owner, path) = chens_duty().await;
    let asked = story.officer(Role::Desk, NEXT_COUNTY).await;
    assert_eq!(sees(&story, &asked).await, (false, false));
    let hand_over = json!({ "to": NEXT_COUNTY, "reason": "已搬走", "key": "h" });
    let row = story.post(&owner, &format!("{path}/hand-over"), hand_over.clone()).await.ok();
    assert_eq!(row["hand_over"], json!({ "to": NEXT_COUNTY, "state": "waiting" }));
    assert_eq!((sees(&story, &owner).await, sees(&story, &asked).await), ((true, true), (true, true)));

    story.wait(30);
    let not_theirs =
        story.post(&owner, &format!("{path}/hand-over/answer"), json!({ "accepted": true, "key": "x" })).await;
    assert_eq!(not_theirs.status, 404);
    let answer = json!({ "accepted": true, "key": "a" });
    let row = story.post(&asked, &format!("{path}/hand-over/answer"), answer.clone()).await.ok();
    assert_eq!(row["closed_by"], "handed-over");
    let leg = story.duty(&asked, CHEN).await;
    assert_eq!((&leg["jurisdiction"], &leg["received"]), (&json!(NEXT_COUNTY), &json!(story.now().to_string())));
    assert_eq!((sees(&story, &owner).await.1, sees(&story, &asked).await), (false, (true, true)));

    // Both halves of the bargain may arrive twice, and the old owner stops no clock that is not theirs.
    let facts = story.facts().await;
    story.post(&owner, &format!("{path}/hand-over"), hand_over).await.ok();
    story.post(&asked, &format!("{path}/hand-over/answer"), answer).await.ok();
    let late = story.post(&owner, &format!("{path}/steps"), steps(&["control"], "late")).await;
    assert_eq!(late.refused(), (409, "conflict", None));
    assert_eq!(story.facts().await, facts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_hand_over_needs_a_reason_and_leaves_the_duty_where_it_was() {
    let (story, owner, path) = chens_duty().await;
    let asked = story.officer(Role::Desk, NEXT_COUNTY).await;
    let due = story.duty(&owner, CHEN).await["due"].clone();
    story.post(&owner, &format!("{path}/hand-over"), json!({ "to": NEXT_COUNTY, "key": "h" })).await.ok();
    let answer = format!("{path}/hand-over/answer");
    let without = story.post(&asked, &answer, json!({ "accepted": false, "reason": " ", "key": "r" })).await;
    assert_eq!(without.refused(), (422, "invalid", Some("reason")));
    story.post(&asked, &answer, json!({ "accepted": false, "reason": "查无此人", "key": "r" })).await.ok();
    assert_eq!((sees(&story, &owner).await, sees(&story, &asked).await), ((true, true), (false, false)));
    let duty = story.duty(&owner, CHEN).await;
    assert_eq!((&duty["due"], &duty["hand_over"]["state"]), (&due, &json!("refused")));
    // Who refused has nothing to do with it any more.
    assert_eq!(story.post(&asked, &format!("{path}/steps"), steps(&["control"], "s")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_answers_key_opens_no_other_duty() {
    let (story, owner, path) = chens_duty().await;
    let asked = story.officer(Role::Desk, NEXT_COUNTY).await;
    story.post(&owner, &format!("{path}/hand-over"), json!({ "to": NEXT_COUNTY, "key": "h" })).await.ok();
    let answer = json!({ "accepted": true, "key": "a" });
    story.post(&asked, &format!("{path}/hand-over/answer"), answer.clone()).await.ok();
    let county = story.officer(Role::Desk, COUNTY).await;
    let wangs = story.duty(&county, WANG).await;
    let other = format!("/duties/{}/hand-over/answer", wangs["id"].as_str().unwrap());
    assert_eq!(story.post(&asked, &other, answer).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duty_is_handed_over_to_a_jurisdiction_that_is_there_and_another() {
    let (story, owner, path) = chens_duty().await;
    for to in ["460000", OTHER_COUNTY] {
        let answer = story.post(&owner, &format!("{path}/hand-over"), json!({ "to": to, "key": to })).await;
        assert_eq!(answer.refused(), (422, "invalid", Some("to")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_reconciles_the_number_on_its_list() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let case = format!("/cases/{}", recorded["case"].as_str().unwrap());
    let list = |view: &Value| {
        view["lists"].as_array().unwrap().iter().find(|list| list["jurisdiction"] == COUNTY).unwrap().clone()
    };
    let before = list(&story.get(&officer, &case).await.ok());
    assert_eq!((&before["listed"], before.get("reconciled")), (&json!(2), None));
    let count = |jurisdiction: &str| json!({ "jurisdiction": jurisdiction, "number": 2, "key": "n" });
    story.post(&officer, &format!("{case}/lists"), count(COUNTY)).await.ok();
    assert_eq!(list(&story.get(&officer, &case).await.ok())["reconciled"], 2);
    let others = story.post(&officer, &format!("{case}/lists"), count(OTHER_COUNTY)).await;
    assert_eq!(others.refused(), (422, "invalid", Some("jurisdiction")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_does_not_exist_is_refused_and_not_taken_for_nothing() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let case = recorded["case"].as_str().unwrap();
    for (path, field) in [
        ("/duties?state=lost".to_owned(), Some("state")),
        ("/duties?stage=lost".to_owned(), Some("request")),
        (format!("/cases/{case}/contacts?state=lost"), Some("state")),
        (format!("/cases/{case}/contacts?ring=3"), Some("ring")),
    ] {
        assert_eq!(story.get(&officer, &path).await.refused(), (422, "invalid", field), "{path}");
    }
}
