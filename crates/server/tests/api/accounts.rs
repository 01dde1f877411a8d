//! Invitations, and what an administrator does about accounts.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{Answer, CITY, COUNTY, NEXT_COUNTY, OTHER_COUNTY, Officer, PASSWORD, PROVINCE, Story};

fn invitation(name: &str, jurisdiction: &str) -> Value {
    json!({ "name": name, "role": "community", "jurisdiction": jurisdiction })
}

async fn invited(story: &Story, admin: &Officer, name: &str) -> String {
    let answer = story.post(admin, "/invitations", invitation(name, COUNTY)).await.ok();
    answer["code"].as_str().unwrap().to_owned()
}

async fn accept(story: &Story, code: &str, password: &str) -> Answer {
    story.ask(None, "POST", "/invitations/accept", Some(json!({ "code": code, "password": password }))).await
}

async fn sign_in(story: &Story, name: &str, password: &str) -> u16 {
    story.ask(None, "POST", "/session", Some(json!({ "name": name, "password": password }))).await.status
}

async fn row(story: &Story, admin: &Officer, name: &str) -> Value {
    let rows = story.get(admin, "/accounts").await.ok();
    rows.as_array().unwrap().iter().find(|row| row["name"] == name).cloned().unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_chooses_their_password_and_nobody_else_knows_it() {
    let story = Story::begins().await;
    let admin = story.officer(Role::Admin, COUNTY).await;
    let code = invited(&story, &admin, "grid").await;
    assert_eq!(row(&story, &admin, "grid").await["state"], "invited");
    assert_eq!(sign_in(&story, "grid", "").await, 422, "no password is not the empty password");

    let look = story.ask(None, "POST", "/invitations/look", Some(json!({ "code": code.to_lowercase() }))).await.ok();
    assert_eq!((&look["name"], &look["role"], &look["again"]), (&json!("grid"), &json!("community"), &json!(false)));
    let short = accept(&story, &code, "short").await;
    assert_eq!(short.refused(), (422, "invalid", Some("password")));
    let session = accept(&story, &code, PASSWORD).await.ok();
    assert_eq!((&session["state"], &session["user"]["jurisdiction"]), (&json!("signed-in"), &json!(COUNTY)));

    let state = row(&story, &admin, "grid").await;
    assert_eq!((&state["state"], &state["sessions"]), (&json!("active"), &json!(1)));
    assert_eq!(sign_in(&story, "grid", PASSWORD).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_works_once_and_for_three_days() {
    let story = Story::begins().await;
    let admin = story.officer(Role::Admin, COUNTY).await;
    let code = invited(&story, &admin, "once").await;
    accept(&story, &code, PASSWORD).await.ok();
    assert_eq!(accept(&story, &code, "a password of a thief").await.refused(), (404, "not-found", None));
    assert_eq!(sign_in(&story, "once", PASSWORD).await, 200);

    let late = invited(&story, &admin, "late").await;
    story.wait(72 * 60);
    assert_eq!(accept(&story, &late, PASSWORD).await.refused(), (404, "not-found", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_invites_within_their_own_jurisdiction() {
    let story = Story::begins().await;
    let admin = story.officer(Role::Admin, COUNTY).await;
    invited(&story, &admin, "grid").await;
    let taken = story.post(&admin, "/invitations", invitation("grid", COUNTY)).await;
    assert_eq!(taken.refused(), (422, "invalid", Some("name")));
    let outside = story.post(&admin, "/invitations", invitation("above", PROVINCE)).await;
    assert_eq!(outside.refused(), (422, "invalid", Some("jurisdiction")));
    let long = story.post(&admin, "/invitations", invitation(&"n".repeat(65), COUNTY)).await;
    assert_eq!(long.refused(), (422, "invalid", Some("name")));
    let listed = story.get(&admin, "/accounts").await;
    assert!(listed.text.contains("grid") && !listed.text.contains("argon2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_is_refused_at_its_next_request() {
    let story = Story::begins().await;
    let (admin, officer) = (story.officer(Role::Admin, CITY).await, story.officer(Role::Investigator, COUNTY).await);
    story.get(&officer, "/duties/mine").await.ok();
    let disabled = story.post(&admin, &format!("/accounts/{}/disable", officer.name), json!({})).await.ok();
    assert_eq!((&disabled["state"], &disabled["sessions"]), (&json!("disabled"), &json!(0)));
    assert_eq!(story.get(&officer, "/duties/mine").await.refused(), (401, "signed-out", None));
    assert_eq!(sign_in(&story, &officer.name, PASSWORD).await, 422);

    let enabled = story.post(&admin, &format!("/accounts/{}/enable", officer.name), json!({})).await.ok();
    assert_eq!(enabled["state"], "active");
    assert_eq!(story.get(&officer, "/duties/mine").await.status, 401, "the old session stays ended");
    assert_eq!(sign_in(&story, &officer.name, PASSWORD).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_invitation_brings_a_disabled_account_back() {
    let story = Story::begins().await;
    let admin = story.officer(Role::Admin, COUNTY).await;
    let code = invited(&story, &admin, "gone").await;
    story.post(&admin, "/accounts/gone/disable", json!({})).await.ok();
    assert_eq!(accept(&story, &code, PASSWORD).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_not_given_to_a_disabled_account() {
    let story = Story::begins().await;
    let (admin, desk) = (story.officer(Role::Admin, COUNTY).await, story.officer(Role::Desk, COUNTY).await);
    let colleague = story.officer(Role::Community, COUNTY).await;
    let assignable = format!("/accounts/assignable?jurisdiction={COUNTY}");
    assert!(story.get(&desk, &assignable).await.text.contains(&colleague.name));
    story.post(&admin, &format!("/accounts/{}/disable", colleague.name), json!({})).await.ok();
    assert!(!story.get(&desk, &assignable).await.text.contains(&colleague.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_to_another_county_mid_shift_signs_in_again_and_sees_the_new_one() {
    let story = Story::begins().await;
    let (admin, officer) = (story.officer(Role::Admin, CITY).await, story.officer(Role::Investigator, COUNTY).await);
    let to = |jurisdiction: &str| json!({ "jurisdiction": jurisdiction, "role": "desk" });
    let path = format!("/accounts/{}/move", officer.name);
    let outside = story.post(&admin, &path, to(OTHER_COUNTY)).await;
    assert_eq!(outside.refused(), (422, "invalid", Some("jurisdiction")));
    story.post(&admin, &path, to(NEXT_COUNTY)).await.ok();
    assert_eq!(story.get(&officer, "/duties/mine").await.refused(), (401, "signed-out", None));
    let body = Some(json!({ "name": officer.name, "password": PASSWORD }));
    let session = story.ask(None, "POST", "/session", body).await.ok();
    assert_eq!((&session["user"]["jurisdiction"], &session["user"]["role"]), (&json!(NEXT_COUNTY), &json!("desk")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_their_password_is_invited_again_and_the_old_one_is_gone_at_once() {
    let story = Story::begins().await;
    let (admin, officer) = (story.officer(Role::Admin, COUNTY).await, story.officer(Role::Desk, COUNTY).await);
    let again = story.post(&admin, &format!("/accounts/{}/invite-again", officer.name), json!({})).await.ok();
    assert_eq!(story.get(&officer, "/duties/mine").await.status, 401);
    assert_eq!(sign_in(&story, &officer.name, PASSWORD).await, 422);
    let code = again["code"].as_str().unwrap();
    let look = story.ask(None, "POST", "/invitations/look", Some(json!({ "code": code }))).await.ok();
    assert_eq!(look["again"], true);
    accept(&story, code, "another horse battery").await.ok();
    assert_eq!(sign_in(&story, &officer.name, "another horse battery").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_disables_or_moves_themselves_or_whom_they_do_not_administer() {
    let story = Story::begins().await;
    let admin = story.officer(Role::Admin, COUNTY).await;
    let elsewhere = story.officer(Role::Desk, OTHER_COUNTY).await;
    let above = story.officer(Role::Admin, CITY).await;
    let own = story.post(&admin, &format!("/accounts/{}/disable", admin.name), json!({})).await;
    assert_eq!(own.refused(), (409, "conflict", None));
    for name in [&elsewhere.name, &above.name, &"nobody".to_owned()] {
        let answer = story.post(&admin, &format!("/accounts/{name}/disable"), json!({})).await;
        assert_eq!(answer.refused(), (404, "not-found", None), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_and_ends_the_sessions_of_an_account() {
    let story = Story::begins().await;
    let (admin, officer) = (story.officer(Role::Admin, COUNTY).await, story.officer(Role::Desk, COUNTY).await);
    assert_eq!(sign_in(&story, &officer.name, PASSWORD).await, 200);
    let path = format!("/accounts/{}/sessions", officer.name);
    let listed = story.get(&admin, &path).await.ok();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(listed.as_array().unwrap().iter().all(|row| row["by"] == "password" && row["current"] == false));
    assert_eq!(story.ask(Some(&admin), "DELETE", &path, None).await.status, 204);
    assert_eq!(story.get(&officer, "/duties/mine").await.status, 401);
    assert_eq!(story.get(&admin, &path).await.ok(), json!([]));
}
