//! Signing in and out, and how the first account comes to be.

use axum::http::header;
use serde_json::{Value, json};
use server::GateSettings;
use server::accounts::Role;

use crate::harness::{Answer, COUNTY, PASSWORD, PROVINCE, SETUP_CODE, Story, request};

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

/// A sign-in from a browser that keeps its cookies, and the answer.
async fn from_browser(story: &Story, cookies: &str, name: &str, password: &str) -> Answer {
    let body = credentials(name, password).unwrap().to_string().into_bytes();
    let mut request = request(None, "POST", "/session", Some(("application/json", body)));
    if !cookies.is_empty() {
        request.headers_mut().insert(header::COOKIE, cookies.parse().unwrap());
    }
    story.send(request).await
}

/// The cookies that an answer sets, as a browser sends them back.
fn kept(answer: &Answer) -> String {
    let set = answer.headers.get_all(header::SET_COOKIE).iter();
    set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned()).collect::<Vec<_>>().join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits_and_says_how_long() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    for _ in 0..6 {
        let wrong = from_browser(&story, "", &officer.name, "wrong password").await;
        assert_eq!(wrong.refused(), (422, "invalid", Some("password")));
    }
    let early = from_browser(&story, "", &officer.name, PASSWORD).await;
    assert_eq!(early.refused(), (429, "wait", None));
    assert_eq!((&early.body["seconds"], early.headers[header::RETRY_AFTER].to_str().unwrap()), (&json!(2), "2"));
    story.wait(1);
    from_browser(&story, "", &officer.name, PASSWORD).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_guesses_keeps_an_officer_out_of_where_they_signed_in_before() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let hers = kept(&from_browser(&story, "", &officer.name, PASSWORD).await);
    assert!(hers.contains("firebreak-browser="), "{hers}");
    let mut refused = 0;
    for _ in 0..20 {
        refused += u32::from(from_browser(&story, "", &officer.name, "guess").await.status == 429);
    }
    assert_eq!(refused, 14);
    from_browser(&story, &hers, &officer.name, PASSWORD).await.ok();
    let others = story.officer(Role::Desk, COUNTY).await;
    let theirs = kept(&from_browser(&story, "", &others.name, PASSWORD).await);
    assert_eq!(from_browser(&story, &theirs, &officer.name, PASSWORD).await.status, 429, "known for somebody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_marked_secure_where_people_come_by_https() {
    let set = |answer: &Answer| -> Vec<String> {
        answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
    };
    let plain = Story::begins().await;
    let officer = plain.officer(Role::Desk, COUNTY).await;
    let cookies = set(&from_browser(&plain, "", &officer.name, PASSWORD).await);
    assert_eq!(cookies.len(), 2);
    assert!(cookies.iter().all(|cookie| cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains("Secure")));
    let url = Some("https://firebreak.example".to_owned());
    let https = plain.behind(GateSettings { public_url: url, single_sign_on: None });
    let cookies = set(&from_browser(&https, "", &officer.name, PASSWORD).await);
    assert!(cookies.iter().all(|cookie| cookie.ends_with("; Secure")), "{cookies:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions_and_the_old_password() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let elsewhere = kept(&from_browser(&story, "", &officer.name, PASSWORD).await);
    let change = |current: &str, password: &str| json!({ "current": current, "password": password });
    let new = "another horse battery";
    let wrong = story.post(&officer, "/session/password", change("not this one", new)).await;
    assert_eq!(wrong.refused(), (422, "invalid", Some("current")));
    let short = story.post(&officer, "/session/password", change(PASSWORD, "short")).await;
    assert_eq!(short.refused(), (422, "invalid", Some("password")));
    assert_eq!(story.post(&officer, "/session/password", change(PASSWORD, new)).await.status, 204);
    story.get(&officer, "/duties/mine").await.ok();
    let mut other = request(None, "GET", "/duties/mine", None);
    other.headers_mut().insert(header::COOKIE, elsewhere.parse().unwrap());
    assert_eq!(story.send(other).await.refused(), (401, "signed-out", None));
    assert_eq!(from_browser(&story, "", &officer.name, PASSWORD).await.status, 422);
    from_browser(&story, "", &officer.name, new).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sits_at_an_open_session_cannot_guess_its_password() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let guess = json!({ "current": "guess", "password": "a password of mine" });
    for _ in 0..6 {
        assert_eq!(story.post(&officer, "/session/password", guess.clone()).await.status, 422);
    }
    assert_eq!(story.post(&officer, "/session/password", guess).await.status, 429);
    from_browser(&story, "", &officer.name, PASSWORD).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_sessions_are_listed_and_ended_one_by_one() {
    let story = Story::begins().await;
    let (officer, other) = (story.officer(Role::Desk, COUNTY).await, story.officer(Role::Desk, COUNTY).await);
    story.wait(1);
    let second = kept(&from_browser(&story, "", &officer.name, PASSWORD).await);
    let listed = story.get(&officer, "/sessions").await.ok();
    let current: Vec<bool> = listed.as_array().unwrap().iter().map(|row| row["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, true]);
    let newest = format!("/sessions/{}", listed[0]["id"].as_str().unwrap());
    assert_eq!(story.ask(Some(&other), "DELETE", &newest, None).await.status, 404, "it is not theirs");
    assert_eq!(story.ask(Some(&officer), "DELETE", &newest, None).await.status, 204);
    let mut gone = request(None, "GET", "/duties/mine", None);
    gone.headers_mut().insert(header::COOKIE, second.parse().unwrap());
    assert_eq!(story.send(gone).await.status, 401);
    story.get(&officer, "/duties/mine").await.ok();
}
