//! Orders: from a meeting to done, as those who give and those who get them meet it.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CITY, COUNTY, NEXT_COUNTY, OTHER_CITY, OTHER_COUNTY, Officer, PROVINCE, Story, TOWNSHIP};

async fn order(story: &Story, by: &Officer, to: &[&str], meeting: Option<&Value>, key: &str) -> Value {
    let order = json!({ "to": to, "text": "排查冷链", "due_hours": 24, "meeting": meeting, "key": key });
    story.post(by, "/orders", order).await.ok()["order"].clone()
}

fn path(of: &str, fact: &Value) -> String {
    format!("/{of}/{}", fact.as_str().unwrap())
}

fn addressee<'a>(order: &'a Value, code: &str) -> &'a Value {
    order["addressees"].as_array().unwrap().iter().find(|it| it["jurisdiction"] == code).unwrap()
}

async fn act(story: &Story, by: &Officer, duty: &Value, what: Value, key: &str) -> Value {
    story.post(by, "/board/act", json!({ "ids": [duty], "act": what, "key": key })).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_to_every_level_below_and_is_read_at_each() {
    let story = Story::begins().await;
    let province = story.officer(Role::Command, PROVINCE).await;
    let (city, county) = (story.officer(Role::Command, CITY).await, story.officer(Role::Command, COUNTY).await);
    let given = json!({ "levels": ["city", "county"], "text": "排查冷链", "due_hours": 24, "key": "a" });
    let mut preview = given.clone();
    preview["preview"] = json!(true);
    let before = story.facts().await;
    let foreseen = story.post(&province, "/orders", preview).await.ok();
    let to: Vec<&str> =
        foreseen["addressees"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(to, [CITY, COUNTY, NEXT_COUNTY, OTHER_CITY, OTHER_COUNTY]);
    assert_eq!(foreseen["no_headquarters"].as_array().unwrap().len(), 5, "nobody was set up to wait for orders");
    assert_eq!(story.facts().await, before);

    let given = story.post(&province, "/orders", given).await.ok()["order"].clone();
    assert_eq!((&given["progress"]["of"], &given["state"]), (&json!(5), &json!("open")));
    assert_eq!(addressee(&given, COUNTY)["above"], CITY, "the county answers to its city");
    assert_eq!(addressee(&given, CITY)["above"], PROVINCE);

    let received = story.get(&county, "/orders?direction=received").await.ok();
    assert_eq!((&received["total"], &received["rows"][0]["addressed"]), (&json!(1), &json!(1)), "their own part");
    let text = format!("/texts/{}", received["rows"][0]["text"].as_str().unwrap());
    assert_eq!(story.get(&county, &text).await.ok()["text"], "排查冷链");
    act(&story, &county, &addressee(&given, COUNTY)["duty"], json!({ "do": "acknowledge" }), "b").await;
    act(&story, &city, &addressee(&given, CITY)["duty"], json!({ "do": "acknowledge" }), "c").await;
    let seen = story.get(&province, &path("orders", &given["order"])).await.ok();
    let levels = |level: &str| {
        let all = seen["by_level"].as_array().unwrap();
        all.iter().find(|it| it["level"] == level).map(|it| (it["of"].clone(), it["acknowledged"].clone())).unwrap()
    };
    assert_eq!((levels("city"), levels("county")), ((json!(2), json!(1)), (json!(3), json!(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_nowhere_is_refused_with_what_to_do() {
    let story = Story::begins().await;
    let city = story.officer(Role::Command, CITY).await;
    for (field, order, says) in [
        ("to", json!({ "to": ["390199"] }), "390199 is no division here"),
        ("to", json!({ "to": [OTHER_COUNTY] }), "does not lie below 390100"),
        ("to", json!({ "to": [CITY] }), "an order goes down"),
        ("levels", json!({ "levels": ["city"] }), "there is no city within 390100 here"),
        ("levels", json!({ "levels": ["community"] }), "add its divisions"),
        ("levels", json!({ "levels": ["village"] }), "village is no level"),
        ("within", json!({ "levels": ["county"], "within": OTHER_CITY }), "does not lie within 390100"),
        ("to", json!({}), "name divisions, or levels"),
        ("from", json!({ "from": PROVINCE, "to": [COUNTY] }), "within your jurisdiction"),
    ] {
        let mut order = order;
        order["text"] = json!("排查");
        order["due_hours"] = json!(8);
        order["key"] = json!("k");
        let answer = story.post(&city, "/orders", order.clone()).await;
        assert_eq!(answer.refused(), (422, "invalid", Some(field)), "{order}");
        assert!(answer.text.contains(says), "{order}: {}", answer.text);
    }
    let desk = story.officer(Role::Desk, CITY).await;
    let order = json!({ "to": [COUNTY], "text": "排查", "due_hours": 8, "key": "k" });
    assert_eq!(story.post(&desk, "/orders", order).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_down_done_and_looked_at() {
    let story = Story::begins().await;
    let city = story.officer(Role::Command, CITY).await;
    let county = story.officer(Role::Command, COUNTY).await;
    let given = order(&story, &city, &[COUNTY], None, "a").await;
    let duty = addressee(&given, COUNTY)["duty"].clone();
    let parts = json!({
        "parties": [{ "territory": TOWNSHIP }], "text": "查冷库", "due_hours": 8,
        "part_of": duty, "order": given["order"], "key": "b",
    });
    let part = story.post(&county, "/board", parts).await.ok()["ids"][0].clone();
    assert_eq!(act(&story, &county, &duty, json!({ "do": "complete" }), "c").await["refused"][0]["code"], "parts-open");
    act(&story, &county, &part, json!({ "do": "complete" }), "d").await;
    act(&story, &county, &duty, json!({ "do": "complete", "text": "全部完成" }), "e").await;
    let done = story.get(&city, &path("orders", &given["order"])).await.ok();
    assert_eq!((&done["state"], &done["nine_parts"]), (&json!("done"), &json!({ "done": 2, "of": 2 })));

    let check = json!({ "jurisdiction": COUNTY, "held": false, "text": "两处未查", "key": "f" });
    let spot = path("orders", &given["order"]) + "/spot-checks";
    assert_eq!(
        story.post(&county, &spot, check.clone()).await.refused(),
        (409, "conflict", None),
        "no one checks their own"
    );
    let checked = story.post(&city, &spot, check).await.ok();
    assert_eq!(checked["state"], "open");
    assert_eq!(addressee(&checked, COUNTY)["spot_checks"][0]["by"]["name"], city.name);
    let row = story.get(&county, "/board").await.ok()["rows"][0].clone();
    assert_eq!((&row["id"], &row["reopened"]), (&duty, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_opens_on_what_its_predecessor_left_undone() {
    let story = Story::begins().await;
    let province = story.officer(Role::Command, PROVINCE).await;
    let city = story.officer(Role::Command, CITY).await;
    let meeting = |starts: &str, key: &str| {
        json!({
            "jurisdiction": PROVINCE, "starts": starts, "title": "第十二次调度会", "number": 12,
            "agenda": ["冷链", "值守"], "branches": [CITY, OTHER_CITY], "key": key,
        })
    };
    let first = story.post(&province, "/meetings", meeting("2022-07-10T03:00:00Z", "a")).await.ok();
    assert_eq!(first["attendance"][1]["branch"], CITY);
    assert!(first["attendance"][1].get("present").is_none(), "not said is not zero");
    let at = path("meetings", &first["meeting"]);
    let came = json!({ "branch": CITY, "invited": 12, "present": 0, "key": "b" });
    let seen = story.post(&city, &(at.clone() + "/attendance"), came).await.ok();
    assert_eq!(seen["attendance"][1]["present"], 0);
    let away = json!({ "branch": OTHER_CITY, "invited": 12, "present": 11, "key": "c" });
    assert_eq!(
        story.post(&city, &(at.clone() + "/attendance"), away).await.refused(),
        (422, "invalid", Some("branch"))
    );
    let decided = json!({ "text": "三日内排查完毕", "agenda": 1, "key": "d" });
    let decided = story.post(&province, &(at.clone() + "/decisions"), decided).await.ok();
    let decision = decided["decision_rows"][0]["fact"].clone();
    let order = json!({
        "to": [CITY, OTHER_CITY], "text": "排查冷链", "due_hours": 24,
        "meeting": first["meeting"], "decision": decision, "key": "e",
    });
    let given = story.post(&province, "/orders", order).await.ok()["order"].clone();
    act(&story, &city, &addressee(&given, CITY)["duty"], json!({ "do": "complete" }), "f").await;

    story.wait(3 * 24 * 60);
    let province = story.officer(Role::Command, PROVINCE).await;
    let city = story.officer(Role::Command, CITY).await;
    let second = story.post(&province, "/meetings", meeting("2022-07-13T03:00:00Z", "g")).await.ok();
    assert_eq!(second["after"], first["meeting"], "the latest of the jurisdiction, unless said");
    let undone = second["left_undone_rows"].as_array().unwrap();
    assert_eq!(undone.len(), 1);
    assert_eq!((&undone[0]["parties"]["territory"], &undone[0]["overdue"]), (&json!(OTHER_CITY), &json!(true)));
    let own = story.get(&city, &path("meetings", &second["meeting"])).await.ok();
    assert_eq!(own["left_undone"], 0, "the other city's arrears are the other city's");
    let county = story.officer(Role::Command, OTHER_COUNTY).await;
    assert_eq!(story.get(&county, &path("meetings", &second["meeting"])).await.status, 404, "it has no venue there");
    assert_eq!(story.get(&province, "/meetings").await.ok()["rows"][1]["orders_open"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_order_is_owed_by_nobody() {
    let story = Story::begins().await;
    let (city, county) = (story.officer(Role::Command, CITY).await, story.officer(Role::Command, COUNTY).await);
    let given = order(&story, &city, &[COUNTY], None, "a").await;
    let withdraw = json!({ "reason": "superseded", "text": "另行部署", "key": "b" });
    let at = path("orders", &given["order"]) + "/withdraw";
    assert_eq!(story.post(&county, &at, withdraw.clone()).await.status, 404);
    assert_eq!(story.post(&city, &at, withdraw).await.ok()["state"], "withdrawn");
    assert_eq!(story.get(&county, "/board").await.ok()["total"], 0);
}
