//! The board: given, read, shown, done; handed on, refused, paused; and what makes itself heard.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{
    CHEN, CITY, COUNTY, LIU, NEXT_COUNTY, OTHER_COUNTY, Officer, PROVINCE, Story, TOWNSHIP, WANG, request,
};

/// The county gives its township something to do, due in so many hours.
async fn give(story: &Story, by: &Officer, to: &str, hours: u32, key: &str) -> Value {
    let task = json!({ "parties": { "territory": to }, "text": "核查返乡人员", "due_hours": hours, "key": key });
    story.post(by, "/board", task).await.ok()["row"].clone()
}

async fn act(story: &Story, by: &Officer, duty: &Value, what: Value, key: &str) -> Value {
    story.post(by, "/board/act", json!({ "ids": [duty["id"]], "act": what, "key": key })).await.ok()
}

/// Why an act on one duty was refused.
fn code_of(acted: &Value) -> &str {
    acted["refused"][0]["code"].as_str().unwrap_or("done")
}

async fn detail(story: &Story, by: &Officer, duty: &Value) -> Value {
    story.get(by, &format!("/board/{}", duty["id"].as_str().unwrap())).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_given_read_shown_and_done() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let street = story.officer(Role::Community, TOWNSHIP).await;
    let task = give(&story, &county, TOWNSHIP, 8, "a").await;
    assert_eq!((&task["kind"], &task["state"], &task["overdue"]), (&json!("task"), &json!("open"), &json!(false)));
    assert_eq!(task["parties"]["territory"], TOWNSHIP);
    assert!(task["parties"].get("individual").is_none(), "nobody was named, and nobody is shown");
    assert_eq!(task["owed_to"], COUNTY);

    let mine = story.get(&street, "/board/mine").await.ok();
    assert_eq!((&mine["rows"][0]["id"], &mine["next_due"]), (&task["id"], &task["due"]));
    let text = format!("/texts/{}", task["text"].as_str().unwrap());
    assert_eq!(story.get(&street, &text).await.ok()["text"], "核查返乡人员");

    story.wait(10);
    act(&story, &street, &task, json!({ "do": "acknowledge" }), "b").await;
    act(&story, &street, &task, json!({ "do": "evidence", "text": "已入户32户" }), "c").await;
    let done = act(&story, &street, &task, json!({ "do": "complete" }), "d").await;
    assert_eq!(done, json!({ "matched": 1, "done": 1, "unchanged": 0, "refused": [], "preview": false }));
    let opened = detail(&story, &county, &task).await;
    assert_eq!((&opened["state"], &opened["closed_by"]), (&json!("closed"), &json!("done")));
    let acts: Vec<&str> = opened["history"].as_array().unwrap().iter().map(|it| it["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["acknowledge", "evidence", "complete"]);
    assert_eq!(opened["history"][0]["by"]["name"], street.name);
    let shown = format!("/texts/{}", opened["history"][1]["text"].as_str().unwrap());
    assert_eq!(story.get(&county, &shown).await.ok()["text"], "已入户32户");
    assert_eq!(code_of(&act(&story, &street, &task, json!({ "do": "complete" }), "e").await), "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_not_there() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let task = give(&story, &county, TOWNSHIP, 8, "a").await;
    let neighbour = story.officer(Role::Command, NEXT_COUNTY).await;
    let path = format!("/board/{}", task["id"].as_str().unwrap());
    assert_eq!(story.get(&neighbour, &path).await.status, 404);
    assert_eq!(story.get(&neighbour, &format!("/texts/{}", task["text"].as_str().unwrap())).await.status, 404);
    assert_eq!(code_of(&act(&story, &neighbour, &task, json!({ "do": "complete" }), "b").await), "not-found");
    assert_eq!(story.get(&neighbour, "/board?state=all").await.ok()["total"], 0);
    assert_eq!(story.get(&neighbour, &format!("/board?jurisdiction={COUNTY}")).await.status, 404);
    let elsewhere = json!({ "parties": { "territory": COUNTY }, "text": "x", "due_hours": 1, "key": "k" });
    assert_eq!(story.post(&neighbour, "/board", elsewhere).await.refused(), (422, "invalid", Some("parties")));
    let nowhere = json!({ "parties": { "territory": "390199" }, "text": "x", "due_hours": 1, "key": "k" });
    let city = story.officer(Role::Command, CITY).await;
    let answer = story.post(&city, "/board", nowhere).await;
    assert_eq!(answer.refused(), (422, "invalid", Some("parties")));
    assert!(answer.text.contains("390199 is no division here"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_records_nothing_and_answers_the_same() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let task = give(&story, &county, TOWNSHIP, 8, "a").await;
    let before = story.facts().await;
    assert_eq!(give(&story, &county, TOWNSHIP, 8, "a").await["id"], task["id"]);
    assert_eq!(story.facts().await, before);

    let closing = json!({ "ids": [task["id"]], "act": { "do": "complete" }, "key": "b" });
    let mut preview = closing.clone();
    preview["preview"] = json!(true);
    assert_eq!(story.post(&county, "/board/act", preview).await.ok()["done"], 1);
    assert_eq!(story.facts().await, before, "a preview records nothing");
    let first = story.post(&county, "/board/act", closing.clone()).await.ok();
    let again = story.post(&county, "/board/act", closing).await.ok();
    assert_eq!((first, story.facts().await), (again, before + 1));
    let other = json!({ "ids": [task["id"]], "act": { "do": "start" }, "key": "b" });
    assert_eq!(story.post(&county, "/board/act", other).await.refused(), (409, "conflict", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn handed_over_it_waits_for_an_answer_and_never_goes_round() {
    let story = Story::begins().await;
    let city = story.officer(Role::Command, CITY).await;
    let (county, next) = (story.officer(Role::Command, COUNTY).await, story.officer(Role::Desk, NEXT_COUNTY).await);
    let task = give(&story, &city, COUNTY, 8, "a").await;
    let over = |to: &str| json!({ "do": "hand-over", "to": to, "reason": "not-here", "text": "已离开本县" });
    assert_eq!(code_of(&act(&story, &county, &task, over(COUNTY), "b").await), "circle");
    act(&story, &county, &task, over(NEXT_COUNTY), "c").await;
    assert_eq!(code_of(&act(&story, &county, &task, over(OTHER_COUNTY), "d").await), "already-asked");

    let asked = story.get(&next, "/board/mine").await.ok()["rows"][0].clone();
    assert_eq!((&asked["id"], &asked["asked"]["act"]), (&task["id"], &json!("hand-over")));
    story.wait(30);
    act(&story, &next, &task, json!({ "do": "answer", "accepted": true }), "e").await;
    let taken = story.get(&next, "/board").await.ok()["rows"][0].clone();
    assert_eq!((&taken["hand_overs"], &taken["opened"], &taken["due"]), (&json!(1), &task["opened"], &task["due"]));
    assert_ne!(taken["received"], task["received"]);
    let opened = detail(&story, &city, &taken).await;
    assert_eq!(opened["legs"].as_array().unwrap().len(), 2);
    assert_eq!(code_of(&act(&story, &next, &taken, over(COUNTY), "f").await), "circle");
    assert_eq!(code_of(&act(&story, &county, &task, json!({ "do": "complete" }), "g").await), "closed");
    act(&story, &next, &taken, json!({ "do": "hand-back", "reason": "not-ours" }), "h").await;
    assert_eq!(story.get(&county, "/board").await.ok()["rows"][0]["hand_overs"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owes_it_refuses_and_only_who_gave_it_releases_or_pauses() {
    let story = Story::begins().await;
    let (city, county) = (story.officer(Role::Command, CITY).await, story.officer(Role::Command, COUNTY).await);
    let task = give(&story, &city, COUNTY, 8, "a").await;
    let until = story.now().checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
    let pause = json!({ "do": "pause", "until": until, "reason": "weather" });
    assert_eq!(code_of(&act(&story, &county, &task, pause.clone(), "b").await), "not-giver");
    act(&story, &city, &task, pause, "c").await;
    let paused = detail(&story, &county, &task).await;
    assert_eq!((&paused["state"], &paused["pauses"][0]["reason"]), (&json!("paused"), &json!("weather")));
    let hours = |row: &Value| row["due"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second() / 3600;
    assert_eq!(hours(&paused) - hours(&task), 2);

    act(&story, &county, &task, json!({ "do": "refuse", "reason": "no-capacity" }), "d").await;
    assert_eq!(
        code_of(&act(&story, &county, &task, json!({ "do": "answer", "accepted": true }), "e").await),
        "not-giver"
    );
    act(&story, &city, &task, json!({ "do": "answer", "accepted": true }), "f").await;
    assert_eq!(detail(&story, &city, &task).await["closed_by"], "released");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_late_goes_up_at_its_minute_however_late_anybody_looks() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let task = give(&story, &county, TOWNSHIP, 8, "a").await;
    let ladder = detail(&story, &county, &task).await["ladder"].clone();
    let rungs: Vec<&str> = ladder.as_array().unwrap().iter().map(|it| it["rung"].as_str().unwrap()).collect();
    assert_eq!(rungs, ["reminder", "due", "escalation", "escalation", "escalation"]);
    assert_eq!(ladder[2]["to"], COUNTY, "the level above the township hears of it first");

    // Nobody looks for four days.
    story.wait(4 * 24 * 60);
    let province = story.officer(Role::Command, PROVINCE).await;
    let week = "from=2022-07-10T00:00:00Z&to=2022-07-20T00:00:00Z";
    let heard = story.get(&province, &format!("/crossings?{week}")).await.ok();
    let of_task: Vec<(&Value, &Value)> = heard["rows"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .filter(|row| row["duty"] == task["id"])
        .map(|row| (&row["rung"], &row["at"]))
        .collect();
    let expected: Vec<(&Value, &Value)> =
        ladder.as_array().unwrap().iter().map(|rung| (&rung["rung"], &rung["at"])).collect();
    assert_eq!(of_task, expected);
    let row = story.get(&province, "/board?state=overdue").await.ok()["rows"][0].clone();
    assert_eq!((&row["id"], &row["escalated_to"]), (&task["id"], &json!(PROVINCE)));

    // Another server that starts now has heard the same.
    let follower = story.follower().await;
    follower.go_on();
    let from = "2022-07-10T00:00:00Z".parse().unwrap();
    assert_eq!(follower.commanding().crossings(from, story.now()).len(), heard["total"].as_u64().unwrap() as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_is_broken_into_parts_and_done_when_they_are() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let whole = give(&story, &county, COUNTY, 24, "a").await;
    let parts = json!({
        "parties": [{ "territory": TOWNSHIP }, { "territory": COUNTY, "department": "office" }],
        "text": "分头落实", "due_hours": 8, "part_of": whole["id"], "key": "b",
    });
    let opened = story.post(&county, "/board", parts).await.ok();
    assert_eq!((&opened["opened"], opened["ids"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(code_of(&act(&story, &county, &whole, json!({ "do": "complete" }), "c").await), "parts-open");
    let all = json!({ "filter": { "part_of": whole["id"] }, "act": { "do": "complete" }, "key": "d" });
    assert_eq!(story.post(&county, "/board/act", all).await.ok()["done"], 2);
    let whole = detail(&story, &county, &whole).await;
    assert_eq!(whole["parts"], json!({ "total": 2, "closed": 2, "overdue": 0 }));
    assert_eq!(act(&story, &county, &whole, json!({ "do": "complete" }), "e").await["done"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cohort_is_done_when_its_exceptions_are_resolved() {
    let story = Story::begins().await;
    let county = story.officer(Role::Desk, COUNTY).await;
    let task = json!({
        "parties": { "territory": COUNTY }, "text": "高风险岗位每日检测", "due_hours": 8,
        "cohort": { "members": 1_000_000 }, "key": "a",
    });
    let task = story.post(&county, "/board", task).await.ok()["row"].clone();
    let items = json!([{ "person": WANG }, { "person": LIU }]);
    act(&story, &county, &task, json!({ "do": "exceptions", "items": items, "text": "未检测" }), "b").await;
    assert_eq!(code_of(&act(&story, &county, &task, json!({ "do": "complete" }), "c").await), "exceptions-open");
    act(&story, &county, &task, json!({ "do": "resolve", "items": items }), "d").await;
    assert_eq!(act(&story, &county, &task, json!({ "do": "complete" }), "e").await["done"], 1);
    let opened = detail(&story, &county, &task).await;
    assert_eq!(opened["cohort"], json!({ "members": 1_000_000, "exceptions": 2, "resolved": 2 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn working_hours_run_on_working_days() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    // It is Sunday, 10 July 2022; eight working hours end on Monday at 17:00.
    let task = json!({
        "parties": { "territory": COUNTY }, "text": "审批", "due_working_hours": 8, "preview": true, "key": "a",
    });
    assert_eq!(story.post(&county, "/board", task).await.ok()["due"], "2022-07-11T09:00:00Z");
    let both =
        json!({ "parties": { "territory": COUNTY }, "text": "x", "due_hours": 1, "due_working_hours": 8, "key": "b" });
    assert_eq!(story.post(&county, "/board", both).await.refused(), (422, "invalid", Some("due")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_recurs_opens_every_day_without_anybody() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let until = story.now().checked_add(jiff::SignedDuration::from_hours(72)).unwrap();
    let task = json!({
        "parties": { "territory": COUNTY }, "text": "每日巡查", "due_hours": 8,
        "recurs": { "every": "day", "until": until }, "key": "a",
    });
    let row = story.post(&county, "/board", task).await.ok()["row"].clone();
    assert_eq!(row["recurs"]["number"], 1);
    story.wait(5 * 24 * 60);
    story.deployment.go_on();
    let county = story.officer(Role::Command, COUNTY).await;
    let board = story.get(&county, "/board").await.ok();
    assert_eq!((&board["total"], &board["counts"]["overdue"]), (&json!(3), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_to_find_are_on_the_same_board_and_acted_upon_in_bulk() {
    let (story, officer, _) = Story::with_a_case().await;
    give(&story, &story.officer(Role::Command, COUNTY).await, TOWNSHIP, 8, "a").await;
    let board = story.get(&officer, "/board").await.ok();
    assert_eq!(board["facets"]["kind"], json!({ "locate-and-control": 2, "task": 1 }));
    let person = board["rows"].as_array().unwrap().iter().find(|row| row["about"]["person"] == json!(WANG)).unwrap();
    assert_eq!(person["about"]["masked_name"], "王*");
    let inspector = story.officer(Role::Inspector, COUNTY).await;
    let seen = story.get(&inspector, "/board?kind=locate-and-control").await.ok();
    assert!(seen["rows"][0]["about"].get("person").is_none(), "an inspector is shown no person");

    let given = json!({
        "filter": { "kind": "locate-and-control" }, "act": { "do": "assign", "to": officer.name }, "key": "b",
    });
    let done = story.post(&officer, "/board/act", given).await.ok();
    assert_eq!((&done["matched"], &done["done"]), (&json!(2), &json!(2)));
    assert_eq!(story.get(&officer, "/duties?assigned=me").await.ok()["total"], 2);
    let found = json!({ "filter": { "kind": "locate-and-control" }, "act": { "do": "complete" }, "key": "c" });
    assert_eq!(story.post(&officer, "/board/act", found).await.ok()["done"], 2);
    assert_eq!(story.duty(&officer, WANG).await["closed_by"], "controlled");
    let pause = json!({ "ids": [story.duty(&officer, LIU).await["id"]], "act": { "do": "start" }, "key": "d" });
    assert_eq!(code_of(&story.post(&officer, "/board/act", pause).await.ok()), "closed");
    let desk = story.officer(Role::Desk, OTHER_COUNTY).await;
    let chens = story.duty(&desk, CHEN).await;
    assert_eq!(code_of(&act(&story, &desk, &chens, json!({ "do": "start" }), "e").await), "not-for-this-kind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_shows_the_work_and_only_a_picture_is_one() {
    let story = Story::begins().await;
    let county = story.officer(Role::Command, COUNTY).await;
    let task = json!({
        "parties": { "territory": COUNTY }, "text": "张贴提示", "due_hours": 8, "evidence_required": true, "key": "a",
    });
    let task = story.post(&county, "/board", task).await.ok()["row"].clone();
    assert_eq!(code_of(&act(&story, &county, &task, json!({ "do": "complete" }), "b").await), "evidence-missing");

    let send = async |bytes: &[u8]| {
        let content = Some(("application/octet-stream", bytes.to_vec()));
        story.send(request(Some(county.token()), "POST", "/attachments", content)).await
    };
    assert_eq!(send(b"<script>alert(1)</script>").await.refused(), (422, "invalid", Some("request")));
    let jpeg = [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];
    let kept = send(&jpeg).await.ok()["attachment"].clone();
    let neighbour = story.officer(Role::Command, NEXT_COUNTY).await;
    let stolen = json!({ "do": "evidence", "attachment": kept });
    let answer = story.post(&neighbour, "/board/act", json!({ "ids": [task["id"]], "act": stolen, "key": "x" })).await;
    assert_eq!(answer.refused(), (422, "invalid", Some("attachment")), "a picture of somebody else's is none");
    act(&story, &county, &task, json!({ "do": "complete", "attachment": kept, "text": "已张贴" }), "c").await;
    assert_eq!(detail(&story, &county, &task).await["state"], "closed");
    let picture = story.get(&county, &format!("/attachments/{}", kept.as_str().unwrap())).await;
    assert_eq!((picture.status, &picture.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(story.get(&neighbour, &format!("/attachments/{}", kept.as_str().unwrap())).await.status, 404);
}
