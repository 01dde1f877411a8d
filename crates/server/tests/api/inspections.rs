//! Inspections, samples and the ledger as their users meet them.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CITY, COUNTY, NEXT_COUNTY, Officer, PROVINCE, Story, TOWNSHIP, WANG};

async fn find(story: &Story, by: &Officer, at: &str, key: &str) -> Value {
    let finding = json!({
        "parties": { "territory": at, "department": "office" }, "subject": "rosters", "text": "夜间无人值守",
        "due_hours": 24, "key": key,
    });
    story.post(by, "/findings", finding).await.ok()
}

async fn act(story: &Story, by: &Officer, duty: &Value, what: Value, key: &str) -> Value {
    story.post(by, "/board/act", json!({ "ids": [duty], "act": what, "key": key })).await.ok()
}

fn at(of: &str, fact: &Value, then: &str) -> String {
    format!("/{of}/{}{then}", fact.as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn found_put_right_and_looked_at_again_by_somebody_else() {
    let story = Story::begins().await;
    let inspector = story.officer(Role::Inspector, PROVINCE).await;
    let county = story.officer(Role::Command, COUNTY).await;
    let finding = find(&story, &inspector, COUNTY, "a").await;
    assert_eq!((&finding["state"], &finding["parties"]["department"]), (&json!("open"), &json!("office")));
    let early = json!({ "held": true, "key": "b" });
    let recheck = at("findings", &finding["finding"], "/recheck");
    assert_eq!(story.post(&inspector, &recheck, early).await.refused(), (409, "conflict", None), "nothing to look at");

    let refused = act(&story, &county, &finding["duty"], json!({ "do": "complete" }), "c").await;
    assert_eq!(refused["refused"][0]["code"], "evidence-missing");
    act(&story, &county, &finding["duty"], json!({ "do": "complete", "text": "已排班" }), "d").await;
    let waits = story.get(&inspector, "/findings?state=rectified").await.ok();
    assert_eq!((&waits["total"], &waits["counts"]["rectified"]), (&json!(1), &json!(1)));
    assert_eq!(story.get(&inspector, "/board/mine").await.ok()["rows"][0]["kind"], "recheck");

    let without = json!({ "held": false, "key": "e" });
    assert_eq!(story.post(&inspector, &recheck, without).await.refused(), (422, "invalid", Some("due")));
    let again = story.post(&inspector, &recheck, json!({ "held": false, "due_hours": 12, "key": "f" })).await.ok();
    assert_eq!((&again["state"], &again["reopened"]), (&json!("open"), &json!(1)));
    act(&story, &county, &finding["duty"], json!({ "do": "complete", "text": "已补班" }), "g").await;
    let held = json!({ "held": true, "text": "现场查看", "key": "h" });
    let closed = story.post(&inspector, &recheck, held.clone()).await.ok();
    assert_eq!((&closed["state"], closed["checks"].as_array().unwrap().len()), (&json!("closed"), 2));
    assert_eq!(closed["rectifications"].as_array().unwrap().len(), 2);
    assert_eq!(story.post(&inspector, &recheck, held).await.ok(), closed, "the same request again");

    story.wait(24 * 60);
    let inspector = story.officer(Role::Inspector, PROVINCE).await;
    let repeat = find(&story, &inspector, COUNTY, "i").await;
    assert_eq!(repeat["repeats"], json!([finding["finding"]]));
    assert_eq!(story.get(&inspector, "/findings?state=repeat").await.ok()["total"], 1);
    let neighbour = story.officer(Role::Command, NEXT_COUNTY).await;
    assert_eq!(story.get(&neighbour, &at("findings", &finding["finding"], "")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn accountability_names_one_of_four_grounds_and_what_it_rests_on() {
    let story = Story::begins().await;
    let inspector = story.officer(Role::Inspector, PROVINCE).await;
    let finding = find(&story, &inspector, COUNTY, "a").await;
    let case = |ground: &str, findings: Value| json!({ "parties": { "territory": COUNTY }, "ground": ground, "text": "台账与现场不符", "findings": findings, "key": "b" });
    let other = story.post(&inspector, "/accountability", case("bad-luck", json!([finding["finding"]]))).await;
    assert_eq!(other.refused(), (422, "invalid", Some("request")));
    let nothing = story.post(&inspector, "/accountability", case("work-not-real", json!([]))).await;
    assert_eq!(nothing.refused(), (422, "invalid", Some("findings")));
    let opened =
        story.post(&inspector, "/accountability", case("work-not-real", json!([finding["finding"]]))).await.ok();
    assert_eq!((&opened["ground"], &opened["findings"][0]), (&json!("work-not-real"), &finding["finding"]));
    let county = story.officer(Role::Command, COUNTY).await;
    assert_eq!(story.get(&county, "/accountability").await.status, 403);
    assert_eq!(story.get(&county, &at("texts", &opened["text"], "")).await.status, 404, "they are told by people");
    let said = json!({ "outcome": "upheld", "text": "属实", "key": "c" });
    let concluded = story.post(&inspector, &at("accountability", &opened["case"], "/conclude"), said).await.ok();
    assert_eq!(concluded["outcome"], "upheld");
    assert_eq!(story.get(&inspector, "/accountability?state=open").await.ok()["total"], 0);
    let shown = story.get(&inspector, &at("findings", &finding["finding"], "")).await.ok();
    assert_eq!(shown["cases"][0]["case"], opened["case"]);
}

/// Four tasks of a county, three of them done: on time, late, and on time by the inspector's own hand.
async fn four_tasks(story: &Story) -> (Officer, Officer, Vec<Value>) {
    let inspector = story.officer(Role::Inspector, CITY).await;
    let county = story.officer(Role::Command, COUNTY).await;
    let mut tasks = Vec::new();
    for (number, hours) in [(0, 8), (1, 2), (2, 8), (3, 2)] {
        let task = json!({ "parties": { "territory": TOWNSHIP }, "text": "入户", "due_hours": hours, "key": format!("t{number}") });
        tasks.push(story.post(&county, "/board", task).await.ok()["row"]["id"].clone());
    }
    story.wait(4 * 60);
    for (number, task) in tasks.iter().enumerate().take(3) {
        act(story, &county, task, json!({ "do": "complete" }), &format!("d{number}")).await;
    }
    (inspector, county, tasks)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_the_ledger_opens_to_its_duties() {
    let story = Story::begins().await;
    let (_, county, _) = four_tasks(&story).await;
    for by in ["territory", "level", "department", "unit", "individual", "kind"] {
        let ledger = story.get(&county, &format!("/ledger?by={by}")).await.ok();
        let row = &ledger["rows"][0];
        assert_eq!((&row["given"], &row["closed"], &row["on_time"]), (&json!(4), &json!(3), &json!(2)), "{by}");
        assert_eq!((&row["late"], &row["overdue_now"], &row["on_time_share"]), (&json!(2), &json!(1), &json!(0.5)));
        assert_eq!((&row["median_hours"], &row["p90_hours"]), (&json!(4.0), &json!(4.0)));
        let key = row["key"].as_str().unwrap_or("none");
        for (number, field) in [
            ("given", "given"),
            ("closed", "closed"),
            ("on-time", "on_time"),
            ("late", "late"),
            ("open", "open"),
            ("overdue-now", "overdue_now"),
            ("reopened", "reopened"),
            ("paused", "paused"),
        ] {
            let behind = story.get(&county, &format!("/ledger/duties?by={by}&key={key}&number={number}")).await.ok();
            assert_eq!(behind["total"], row[field], "{by} {number}");
            assert_eq!(behind["rows"].as_array().unwrap().len() as u64, row[field].as_u64().unwrap());
        }
    }
    let early = story.get(&county, "/ledger?to=2022-07-09T00:00:00Z").await.ok();
    assert!(early["total"].get("on_time_share").is_none(), "nothing decided is no share");
    assert_eq!(early["total"]["given"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_shows_what_was_only_ticked_off() {
    let story = Story::begins().await;
    let (inspector, county, tasks) = four_tasks(&story).await;
    story.wait(1);
    let wanted = json!({
        "jurisdiction": COUNTY, "from": "2022-07-10T00:00:00Z", "to": "2022-07-11T00:00:00Z", "kind": "task",
        "size": 500, "due_hours": 24, "key": "s",
    });
    let sample = story.post(&inspector, "/samples", wanted.clone()).await.ok();
    assert_eq!((&sample["population"], &sample["drawn"], &sample["verified"]), (&json!(3), &json!(3), &json!(0)));
    assert!(sample.get("rate").is_none(), "nothing verified is no rate");
    assert_eq!(story.post(&inspector, "/samples", wanted).await.ok()["seed"], sample["seed"], "the same request again");

    let verify = at("samples", &sample["sample"], "/verify");
    let said =
        |duty: &Value, held: bool, key: &str| json!({ "duty": duty, "held": held, "text": "现场查看", "key": key });
    assert_eq!(
        story.post(&inspector, &verify, said(&tasks[3], false, "x")).await.refused(),
        (422, "invalid", Some("duty"))
    );
    story.post(&inspector, &verify, said(&tasks[0], true, "v0")).await.ok();
    let seen = story.post(&inspector, &verify, said(&tasks[1], false, "v1")).await.ok();
    assert_eq!((&seen["verified"], &seen["false"], &seen["rate"]), (&json!(2), &json!(1), &json!(0.5)));
    assert!(seen["low"].as_f64().unwrap() < 0.1 && seen["high"].as_f64().unwrap() > 0.9, "two say little");
    let reopened = story.get(&county, &at("board", &tasks[1], "")).await.ok();
    assert_eq!((&reopened["state"], &reopened["reopened"]), (&json!("open"), &json!(1)));
    let ledger = story.get(&county, "/ledger").await.ok();
    let row = ledger["rows"].as_array().unwrap().iter().find(|row| row["key"] == TOWNSHIP).unwrap();
    assert_eq!(row["checked"]["verified"], 2);

    let nothing = json!({
        "jurisdiction": COUNTY, "from": "2022-06-10T00:00:00Z", "to": "2022-06-11T00:00:00Z", "size": 5, "due_hours": 24, "key": "n",
    });
    assert_eq!(story.post(&inspector, "/samples", nothing).await.refused(), (422, "invalid", Some("from")));
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_found_can_be_drawn_and_is_not_opened_again_by_it() {
    let (story, officer, _) = Story::with_a_case().await;
    let inspector = story.officer(Role::Inspector, PROVINCE).await;
    let duty = story.duty(&officer, WANG).await["id"].clone();
    story.post(&officer, &at("duties", &duty, "/steps"), json!({ "steps": ["control"], "key": "s" })).await.ok();
    story.wait(1);
    let wanted = json!({
        "jurisdiction": COUNTY, "from": "2022-07-10T00:00:00Z", "to": "2022-07-11T00:00:00Z", "size": 5, "due_hours": 24, "key": "s",
    });
    let sample = story.post(&inspector, "/samples", wanted).await.ok();
    assert!(sample["rows"][0]["duty"]["about"].get("person").is_none(), "an inspector is shown no person");
    let said = json!({ "duty": duty, "held": false, "key": "v" });
    let seen = story.post(&inspector, &at("samples", &sample["sample"], "/verify"), said).await.ok();
    assert_eq!(seen["false"], 1);
    assert_eq!(story.duty(&officer, WANG).await["closed_by"], "controlled", "facts about the person decide");
}
