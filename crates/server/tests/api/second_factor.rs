//! A second factor, from its first code to the recovery codes.

use access::SecondFactor;
use axum::http::header;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{Answer, COUNTY, Officer, PASSWORD, Story, request};

/// The app on somebody's telephone.
fn app(secret: &str) -> SecondFactor {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|one| format!("{:05b}", ALPHABET.find(one).unwrap())).collect();
    let bytes = (0..20).map(|byte| u8::from_str_radix(&bits[byte * 8..byte * 8 + 8], 2).unwrap());
    SecondFactor::new(bytes.collect::<Vec<_>>().try_into().unwrap(), "app", "app")
}

/// Someone who has enrolled: their app and their recovery codes. The code of this minute is used up.
async fn enrolled(story: &Story, officer: &Officer) -> (SecondFactor, Vec<String>) {
    let enrolment = story.post(officer, "/second-factor/enrol", json!({ "password": PASSWORD })).await.ok();
    let app = app(enrolment["secret"].as_str().unwrap());
    let code = app.code(story.now());
    let confirmed = story.post(officer, "/second-factor/confirm", json!({ "code": code })).await.ok();
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    (app, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

async fn first_step(story: &Story, officer: &Officer) -> Answer {
    let body = json!({ "name": officer.name, "password": PASSWORD });
    story.ask(None, "POST", "/session", Some(body)).await
}

/// The session cookie that an answer sets.
fn session(answer: &Answer) -> String {
    let set = answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    set.filter_map(|cookie| cookie.split(';').next())
        .find(|cookie| cookie.starts_with("firebreak-session="))
        .unwrap()
        .to_owned()
}

async fn with_cookie(story: &Story, cookie: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    let content = body.map(|body| ("application/json", body.to_string().into_bytes()));
    let mut request = request(None, method, path, content);
    request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    story.send(request).await
}

async fn second_step(story: &Story, cookie: &str, code: &str) -> Answer {
    with_cookie(story, cookie, "POST", "/session/second-factor", Some(json!({ "code": code }))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_takes_two_steps_and_nothing_is_answered_in_between() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let (app, _) = enrolled(&story, &officer).await;
    story.wait(1);
    let first = first_step(&story, &officer).await;
    let half = session(&first);
    let first = first.ok();
    assert_eq!((&first["state"], &first["user"]), (&json!("second-factor"), &Value::Null));
    assert_eq!(with_cookie(&story, &half, "GET", "/session", None).await.ok()["state"], "second-factor");
    for path in ["/duties/mine", "/second-factor", "/sessions", "/events"] {
        assert_eq!(with_cookie(&story, &half, "GET", path, None).await.refused(), (401, "signed-out", None), "{path}");
    }
    let second = second_step(&story, &half, &app.code(story.now())).await;
    let whole = session(&second);
    assert_eq!(second.ok()["user"]["second_factor"], true);
    with_cookie(&story, &whole, "GET", "/duties/mine", None).await.ok();
    assert_ne!(half, whole);
    assert_eq!(with_cookie(&story, &half, "GET", "/duties/mine", None).await.status, 401, "the half-way token is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_used_once_also_by_whoever_saw_it_typed() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let (app, _) = enrolled(&story, &officer).await;
    story.wait(1);
    let code = app.code(story.now());
    let one = session(&first_step(&story, &officer).await);
    second_step(&story, &one, &code).await.ok();
    let other = session(&first_step(&story, &officer).await);
    assert_eq!(second_step(&story, &other, &code).await.refused(), (422, "invalid", Some("code")));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_wrong_codes_or_five_minutes_the_first_step_is_done_again() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let (app, _) = enrolled(&story, &officer).await;
    story.wait(1);
    let half = session(&first_step(&story, &officer).await);
    for _ in 0..5 {
        assert_eq!(second_step(&story, &half, "000000").await.refused(), (422, "invalid", Some("code")));
    }
    let right = app.code(story.now());
    assert_eq!(second_step(&story, &half, &right).await.refused(), (401, "signed-out", None));

    let slow = session(&first_step(&story, &officer).await);
    story.wait(5);
    assert_eq!(second_step(&story, &slow, &app.code(story.now())).await.refused(), (401, "signed-out", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_the_password_cannot_guess_codes_by_beginning_again_and_again() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    enrolled(&story, &officer).await;
    story.wait(1);
    let mut tried = 0;
    for _ in 0..4 {
        let half = session(&first_step(&story, &officer).await);
        for _ in 0..5 {
            tried += u32::from(second_step(&story, &half, "000000").await.status == 422);
        }
    }
    assert_eq!(tried, 6, "each time the password was right, and the codes were counted on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_helps_once_when_the_telephone_is_lost() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let (_, codes) = enrolled(&story, &officer).await;
    assert_eq!(codes.len(), 10);
    story.wait(1);
    let one = session(&first_step(&story, &officer).await);
    second_step(&story, &one, &codes[3].to_lowercase().replace('-', " ")).await.ok();
    let again = session(&first_step(&story, &officer).await);
    assert_eq!(second_step(&story, &again, &codes[3]).await.status, 422);
    second_step(&story, &again, &codes[4]).await.ok();
    assert_eq!(story.get(&officer, "/second-factor").await.ok()["recovery_codes_left"], 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_replace_the_old_ones() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let (app, old) = enrolled(&story, &officer).await;
    story.wait(1);
    let both = json!({ "password": PASSWORD, "code": app.code(story.now()) });
    let new = story.post(&officer, "/second-factor/recovery-codes", both).await.ok();
    assert_eq!(new["recovery_codes"].as_array().unwrap().len(), 10);
    let half = session(&first_step(&story, &officer).await);
    assert_eq!(second_step(&story, &half, &old[0]).await.status, 422);
    second_step(&story, &half, new["recovery_codes"][0].as_str().unwrap()).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolling_takes_the_password_and_counts_from_the_first_code_on() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let wrong = story.post(&officer, "/second-factor/enrol", json!({ "password": "not this one" })).await;
    assert_eq!(wrong.refused(), (422, "invalid", Some("password")));
    let enrolment = story.post(&officer, "/second-factor/enrol", json!({ "password": PASSWORD })).await.ok();
    assert!(enrolment["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
    assert!(enrolment["qr"].as_array().unwrap().len() > 20);
    let wrong = story.post(&officer, "/second-factor/confirm", json!({ "code": "000000" })).await;
    assert_eq!(wrong.refused(), (422, "invalid", Some("code")));
    assert_eq!(first_step(&story, &officer).await.ok()["state"], "signed-in", "what is not confirmed is not asked for");
    // Whoever began and lost the app begins again with another secret.
    enrolled(&story, &officer).await;
    let again = story.post(&officer, "/second-factor/enrol", json!({ "password": PASSWORD })).await;
    assert_eq!(again.refused(), (409, "conflict", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_it_takes_the_password_and_a_code() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let (app, _) = enrolled(&story, &officer).await;
    story.wait(1);
    let both = |code: &str| json!({ "password": PASSWORD, "code": code });
    let wrong = story.post(&officer, "/second-factor/remove", both("000000")).await;
    assert_eq!(wrong.refused(), (422, "invalid", Some("code")));
    assert_eq!(story.post(&officer, "/second-factor/remove", both(&app.code(story.now()))).await.status, 204);
    assert_eq!(first_step(&story, &officer).await.ok()["state"], "signed-in");
    let state = story.get(&officer, "/second-factor").await.ok();
    assert_eq!(state, json!({ "enrolled": false, "recovery_codes_left": 0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_removes_it_by_inviting_again_and_not_by_a_new_password_alone() {
    let story = Story::begins().await;
    let (admin, officer) = (story.officer(Role::Admin, COUNTY).await, story.officer(Role::Desk, COUNTY).await);
    enrolled(&story, &officer).await;
    let path = format!("/accounts/{}/invite-again", officer.name);
    for (lost, state) in [(json!({}), "second-factor"), (json!({ "second_factor": true }), "signed-in")] {
        let code = story.post(&admin, &path, lost).await.ok()["code"].clone();
        let accepted = json!({ "code": code, "password": PASSWORD });
        let session = story.ask(None, "POST", "/invitations/accept", Some(accepted)).await.ok();
        assert_eq!(session["state"], state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_stands_in_no_file_in_the_clear() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let enrolment = story.post(&officer, "/second-factor/enrol", json!({ "password": PASSWORD })).await.ok();
    let app = app(enrolment["secret"].as_str().unwrap());
    let secret: Vec<u8> = {
        let bits: String = app
            .typed_secret()
            .chars()
            .map(|one| format!("{:05b}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(one).unwrap()))
            .collect();
        (0..20).map(|byte| u8::from_str_radix(&bits[byte * 8..byte * 8 + 8], 2).unwrap()).collect()
    };
    for entry in std::fs::read_dir(story.deployment.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", path.display());
        }
    }
}
