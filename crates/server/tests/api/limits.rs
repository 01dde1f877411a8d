//! What the site does with requests that nobody's screen sends.

use serde_json::json;
use server::accounts::Role;

use crate::harness::{COUNTY, Story, WANG, request};

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_a_problem_and_none_repeats_what_was_sent() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let token = format!("token-of-{}", officer.name);
    let json_content = |text: &str| Some(("application/json", text.as_bytes().to_vec()));
    for (method, path, content, status) in [
        ("GET", "/people/%E7%8E%8B%E6%99%93%E6%98%8E", None, 422),
        ("GET", "/nowhere", None, 404),
        ("DELETE", "/situation", None, 404),
        ("POST", "/people", json_content("{\"name\":13812345678,\"jurisdiction\":\"390102\"}"), 422),
        ("POST", "/people", json_content("{\"name\":\"王晓明\""), 422),
        ("POST", "/people", json_content("{\"name\":\"甲\",\"jurisdiction\":\"王晓明\"}"), 422),
        ("POST", "/people", Some(("text/plain", "王晓明".into())), 422),
        ("POST", "/test-results", json_content(&json!({ "person": WANG, "result": "王晓明" }).to_string()), 422),
        ("GET", "/duties?jurisdiction=%E7%8E%8B%E6%99%93%E6%98%8E", None, 422),
        ("GET", "/plans/..%2F..%2Fkeys", None, 404),
    ] {
        let answer = story.send(request(Some(&token), method, path, content)).await;
        assert_eq!(answer.refused().0, status, "{method} {path}: {}", answer.text);
        assert!(!answer.text.contains("王晓明") && !answer.text.contains("13812345678"), "{path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_no_upload_stays_small() {
    let story = Story::begins().await;
    let body = json!({ "name": "n".repeat(2 << 20), "password": "p" });
    let answer = story.ask(None, "POST", "/session", Some(body)).await;
    assert_eq!(answer.refused(), (413, "too-large", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_may_only_load_what_is_ours() {
    let story = Story::begins().await;
    let answer = story.ask(None, "GET", "/session", None).await;
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'self'"));
    assert_eq!(answer.headers["cache-control"], "no-store");
}
