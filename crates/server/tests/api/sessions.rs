//! Signing in and out, and how the first account comes to be.

use axum::http::header;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{COUNTY, PASSWORD, PROVINCE, SETUP_CODE, Story, request};

fn ceremony(code: &str) -> Value {
    json!({
        "code": code, "name": "first", "password": PASSWORD, "jurisdiction": PROVINCE,
        "deployment": { "zh": "金河省防指", "en": "Jinhe Province Command" },
    })
}

fn credentials(name: &str, password: &str) -> Option<Value> {
    Some(json!({ "name": name, "password": password }))
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_run_ceremony_nobody_can_sign_in() {
    let story = Story::unfounded().await;
    let session = story.ask(None, "GET", "/session", None).await.ok();
    assert_eq!(session["state"], "setup");
    assert!(story.deployment.accounts.is_empty().await.unwrap());
    let answer = story.ask(None, "POST", "/session", credentials("first", PASSWORD)).await;
    assert_eq!(answer.refused(), (422, "invalid", Some("password")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ceremony_takes_the_code_from_the_terminal_and_a_long_password() {
    let story = Story::unfounded().await;
    let answer = story.ask(None, "POST", "/setup", Some(ceremony("GUESSED234"))).await;
    assert_eq!(answer.refused(), (422, "invalid", Some("code")));
    let short = json!({ "password": "too short" });
    let mut wrong = ceremony(SETUP_CODE);
    wrong["password"] = short["password"].clone();
    let answer = story.ask(None, "POST", "/setup", Some(wrong)).await;
    assert_eq!(answer.refused(), (422, "invalid", Some("password")));
    assert!(story.deployment.accounts.is_empty().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ceremony_happens_once_and_puts_plans_in_force() {
    let story = Story::unfounded().await;
    let answer = story.ask(None, "POST", "/setup", Some(ceremony(SETUP_CODE))).await;
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().contains("HttpOnly; SameSite=Strict"));
    let session = answer.ok();
    assert_eq!((&session["state"], &session["user"]["role"]), (&json!("signed-in"), &json!("admin")));
    assert!(story.deployment.situation().plan(&facts::Disease::named("covid-19")).is_some());

    let answer = story.ask(None, "POST", "/setup", Some(ceremony(SETUP_CODE))).await;
    assert_eq!(answer.refused(), (409, "conflict", None));
    assert_eq!(story.deployment.accounts.all().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let wrong = story.ask(None, "POST", "/session", credentials(&officer.name, "wrong password")).await;
    let unknown = story.ask(None, "POST", "/session", credentials("nobody", "wrong password")).await;
    assert_eq!(wrong.refused(), (422, "invalid", Some("password")));
    assert_eq!(wrong.text, unknown.text);
    assert!(wrong.headers.get(header::SET_COOKIE).is_none());
    let right = story.ask(None, "POST", "/session", credentials(&officer.name, PASSWORD)).await.ok();
    assert_eq!(right["user"]["jurisdiction"], COUNTY);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    story.get(&officer, "/duties/mine").await.ok();
    assert_eq!(story.ask(Some(&officer), "DELETE", "/session", None).await.status, 204);
    assert_eq!(story.get(&officer, "/duties/mine").await.refused(), (401, "signed-out", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lasts_one_long_shift() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    story.wait(12 * 60 - 1);
    story.get(&officer, "/duties/mine").await.ok();
    story.wait(2);
    assert_eq!(story.get(&officer, "/duties/mine").await.refused(), (401, "signed-out", None));
    assert_eq!(story.get(&officer, "/session").await.ok()["state"], "signed-out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_our_own_header_is_refused() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let mut forged = request(None, "DELETE", "/session", None);
    forged.headers_mut().remove("x-firebreak");
    let cookie = format!("{}=token-of-{}", server::session::COOKIE, officer.name);
    forged.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    assert_eq!(story.send(forged).await.refused(), (403, "foreign-page", None));
    story.get(&officer, "/duties/mine").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_invites_within_their_own_jurisdiction() {
    let story = Story::begins().await;
    let admin = story.officer(Role::Admin, COUNTY).await;
    let invitation = |name: &str, jurisdiction: &str| json!({ "name": name, "password": PASSWORD, "role": "community", "jurisdiction": jurisdiction });
    story.post(&admin, "/accounts", invitation("grid", COUNTY)).await.ok();
    let taken = story.post(&admin, "/accounts", invitation("grid", COUNTY)).await;
    assert_eq!(taken.refused(), (422, "invalid", Some("name")));
    let outside = story.post(&admin, "/accounts", invitation("above", PROVINCE)).await;
    assert_eq!(outside.refused(), (422, "invalid", Some("jurisdiction")));
    let listed = story.get(&admin, "/accounts").await;
    assert!(listed.text.contains("grid") && !listed.text.contains("argon2"));
}
