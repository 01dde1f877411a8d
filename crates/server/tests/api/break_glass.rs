//! Breaking the glass: what it opens, for how long, and who looks at it afterwards.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CITY, COUNTY, OTHER_COUNTY, Officer, PROVINCE, SUN, Story};

fn asked(minutes: u32) -> Value {
    json!({ "reason_code": "life-at-risk", "reason": "孙某在异地病重，需立即联系", "minutes": minutes })
}

async fn broken(story: &Story, officer: &Officer, minutes: u32) -> String {
    let glass = story.post(officer, "/break-glass", asked(minutes)).await.ok();
    glass["id"].as_str().unwrap().to_owned()
}

async fn reveal(story: &Story, officer: &Officer) -> u16 {
    story.post(officer, &format!("/people/{SUN}/reveal"), json!({ "purpose": "locating" })).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn it_opens_people_elsewhere_for_its_time_and_not_longer() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    assert_eq!(reveal(&story, &officer).await, 404);
    let id = broken(&story, &officer, 30).await;
    assert_eq!(reveal(&story, &officer).await, 200);
    story.get(&officer, &format!("/people/{SUN}")).await.ok();
    let session = story.get(&officer, "/session").await.ok();
    assert_eq!(session["user"]["glass"]["id"], id);
    story.wait(29);
    assert_eq!(reveal(&story, &officer).await, 200);
    story.wait(1);
    assert_eq!(reveal(&story, &officer).await, 404);
    assert_eq!(story.get(&officer, "/session").await.ok()["user"]["glass"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_widens_where_one_sees_and_never_what_one_does() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    broken(&story, &officer, 30).await;
    let result = crate::harness::positive(SUN);
    assert_eq!(story.post(&officer, "/test-results", result.clone()).await.status, 403, "a desk records no result");
    let investigator = story.officer(Role::Investigator, COUNTY).await;
    broken(&story, &investigator, 30).await;
    assert_eq!(
        story.post(&investigator, "/test-results", result).await.status,
        404,
        "they see Sun, and record nothing"
    );
    for role in [Role::Command, Role::Community, Role::Admin, Role::Auditor] {
        let other = story.officer(role, COUNTY).await;
        assert_eq!(story.post(&other, "/break-glass", asked(30)).await.status, 403, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_a_reason_and_a_time_and_one_at_once_is_enough() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let silent = json!({ "reason_code": "other", "reason": "  急  ", "minutes": 30 });
    assert_eq!(story.post(&officer, "/break-glass", silent).await.refused(), (422, "invalid", Some("reason")));
    for minutes in [0, 14, 241] {
        let answer = story.post(&officer, "/break-glass", asked(minutes)).await;
        assert_eq!(answer.refused(), (422, "invalid", Some("minutes")));
    }
    let id = broken(&story, &officer, 30).await;
    assert_eq!(story.post(&officer, "/break-glass", asked(30)).await.refused(), (409, "conflict", None));
    let closed = story.post(&officer, &format!("/break-glass/{id}/close"), json!({})).await.ok();
    assert_eq!(closed["open"], false);
    assert_eq!(reveal(&story, &officer).await, 404);
    broken(&story, &officer, 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_look_meanwhile_is_counted_to_it_and_somebody_else_reviews_it() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let command = story.officer(Role::Command, CITY).await;
    let id = broken(&story, &officer, 30).await;
    reveal(&story, &officer).await;
    reveal(&story, &officer).await;
    let review = json!({ "verdict": "justified", "note": "已核实" });
    let path = format!("/break-glass/{id}/review");
    assert_eq!(story.post(&command, &path, review.clone()).await.refused(), (409, "conflict", None), "not yet ended");
    story.wait(31);
    let listed = story.get(&command, "/break-glass?state=to-review").await.ok();
    assert_eq!((&listed["total"], &listed["to_review"], &listed["overdue"]), (&json!(1), &json!(1), &json!(0)));
    let row = &listed["rows"][0];
    assert_eq!((&row["looks"], &row["people"], &row["reason_code"]), (&json!(2), &json!(1), &json!("life-at-risk")));
    assert_eq!((&row["account"], &row["reason"]), (&json!(officer.name), &json!("孙某在异地病重，需立即联系")));

    story.wait(24 * 60);
    // A day is longer than a session.
    let (command, officer) = (story.officer(Role::Command, CITY).await, story.signed_in_again(&officer).await);
    assert_eq!(story.get(&command, "/break-glass").await.ok()["overdue"], 1);
    assert_eq!(story.post(&officer, &path, review.clone()).await.status, 403, "not by whoever broke it");
    let elsewhere = story.officer(Role::Command, OTHER_COUNTY).await;
    assert_eq!(story.post(&elsewhere, &path, review.clone()).await.status, 404);
    let reviewed = story.post(&command, &path, review.clone()).await.ok();
    assert_eq!(reviewed["review"]["reviewer"], command.name);
    assert_eq!((&reviewed["review"]["verdict"], &reviewed["overdue"]), (&json!("justified"), &json!(false)));
    assert_eq!(story.post(&command, &path, review).await.refused(), (409, "conflict", None), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_ones_own_and_a_reviewer_those_of_the_jurisdiction() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let colleague = story.officer(Role::Desk, COUNTY).await;
    broken(&story, &officer, 30).await;
    assert_eq!(story.get(&officer, "/break-glass").await.ok()["total"], 1);
    assert_eq!(story.get(&colleague, "/break-glass").await.ok()["total"], 0);
    for (place, total) in [(PROVINCE, 1), (COUNTY, 1), (OTHER_COUNTY, 0)] {
        let auditor = story.officer(Role::Auditor, place).await;
        assert_eq!(story.get(&auditor, "/break-glass?state=open").await.ok()["total"], total, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_stands_in_no_file_in_the_clear() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    broken(&story, &officer, 30).await;
    for entry in std::fs::read_dir(story.deployment.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let reason = "孙某在异地病重".as_bytes();
            assert!(!bytes.windows(reason.len()).any(|window| window == reason), "{}", path.display());
        }
    }
}
