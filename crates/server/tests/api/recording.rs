//! What officers record and what follows from it.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, CITY, COUNTY, LIU, OFFICE, OTHER_COUNTY, PROVINCE, SUN, Story, WANG, ZHAO, positive, with};

/// What a consequence says, without what names or times it.
fn numbers(consequence: &Value) -> Value {
    let mut numbers = consequence.clone();
    for name in ["recorded", "preview", "elapsed_ms", "case"] {
        numbers.as_object_mut().unwrap().remove(name);
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_positive_makes_both_rings_their_statuses_and_their_duties() {
    let (story, officer, recorded) = Story::with_a_case().await;
    assert_eq!((&recorded["cases_opened"], &recorded["duties_opened"]), (&json!(1), &json!(4)));
    assert_eq!(recorded["people_restricted"], 4);
    let case = recorded["case"].as_str().unwrap();
    let contacts = story.get(&officer, &format!("/cases/{case}/contacts")).await.ok();
    let mut found: Vec<(String, u64)> = contacts["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["person"].as_str().unwrap().to_owned(), row["ring"].as_u64().unwrap()))
        .collect();
    found.sort();
    assert_eq!(found, [(LIU.to_string(), 1), (CHEN.to_string(), 1), (ZHAO.to_string(), 2)]);
    let colours = [WANG, LIU, CHEN, ZHAO, SUN].map(|person| story.colour(person));
    assert_eq!(colours, ["red", "red", "red", "yellow", "green"]);

    let above = story.officer(Role::Command, PROVINCE).await;
    let duties = story.get(&above, "/duties").await.ok();
    assert_eq!(duties["counts"]["to_find"], 4);
    let chens =
        duties["rows"].as_array().unwrap().iter().find(|row| row["person"] == CHEN.to_string()).unwrap().clone();
    assert_eq!((&chens["jurisdiction"], &chens["reason"]), (&json!(OTHER_COUNTY), &json!("close-contact")));
    assert_eq!(chens["due"], "2022-07-11T02:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_of_a_positive_is_what_then_happens() {
    for onset in [None, Some("2022-07-07")] {
        let story = Story::begins().await;
        let officer = story.officer(Role::Investigator, COUNTY).await;
        let given = onset.map_or_else(|| positive(WANG), |onset| with(positive(WANG), "onset", onset));
        let facts = story.facts().await;
        let preview = story.post(&officer, "/test-results", with(given.clone(), "preview", true)).await.ok();
        assert_eq!(story.facts().await, facts, "a preview was recorded");
        assert_eq!(preview["preview"], true);
        let recorded = story.post(&officer, "/test-results", given).await.ok();
        assert_eq!(numbers(&preview), numbers(&recorded));
        assert_eq!(recorded["duties_opened"], 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawing_a_positive_takes_back_exactly_what_it_caused() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let suns = story.officer(Role::Investigator, OTHER_COUNTY).await;
    story.post(&suns, "/test-results", positive(SUN)).await.ok();
    let before = story.conclusions();
    let recorded = story.post(&officer, "/test-results", positive(WANG)).await.ok();
    assert_ne!(story.conclusions(), before);

    let withdraw = format!("/facts/{}/withdraw", recorded["recorded"].as_str().unwrap());
    let preview = story.post(&officer, &withdraw, json!({ "preview": true })).await.ok();
    let withdrawn = story.post(&officer, &withdraw, json!({ "reason": "标本混淆", "key": "w" })).await.ok();
    assert_eq!(numbers(&preview), numbers(&withdrawn));
    assert_eq!((&withdrawn["people_released"], &withdrawn["duties_closed"]), (&json!(4), &json!(4)));
    assert_eq!(story.conclusions(), before);

    let again = story.post(&officer, &withdraw, json!({ "key": "another" })).await;
    assert_eq!(again.refused(), (409, "conflict", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ids_are_merged_and_split_and_nothing_remains_of_it() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let newcomer = story.post(&officer, "/people", json!({ "name": "王晓明", "jurisdiction": COUNTY })).await.ok();
    let newcomer = newcomer["person"].as_str().unwrap().parse().unwrap();
    story.post(&officer, "/test-results", positive(newcomer)).await.ok();
    let apart = story.conclusions();

    let pair = json!({ "person": newcomer, "with": WANG });
    let preview = story.post(&officer, "/people/merge", with(pair.clone(), "preview", true)).await.ok();
    let merged = story.post(&officer, "/people/merge", pair.clone()).await.ok();
    assert_eq!(numbers(&preview), numbers(&merged));
    assert_eq!(story.colour(LIU), "red", "who lives with one of the ids lives with both");
    let view = story.get(&officer, &format!("/people/{newcomer}")).await.ok();
    assert_eq!(view["aliases"].as_array().unwrap().len(), 1);

    story.post(&officer, "/people/split", pair).await.ok();
    assert_eq!(story.conclusions(), apart);
    assert_eq!(story.colour(LIU), "green");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_merged_with_themselves() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    for preview in [true, false] {
        let pair = json!({ "person": WANG, "with": WANG, "preview": preview });
        assert_eq!(story.post(&officer, "/people/merge", pair).await.refused(), (422, "invalid", Some("with")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_sent_again_later_is_the_same_fact() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let facts = story.facts().await;
    let conclusions = story.conclusions();
    story.wait(45);
    let again = story.post(&officer, "/test-results", positive(WANG)).await.ok();
    assert_eq!(again["recorded"], recorded["recorded"]);
    assert_eq!(again["duties_opened"], 0);
    assert_eq!((story.facts().await, story.conclusions()), (facts, conclusions));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_sent_twice_at_once_is_one_fact() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let facts = story.facts().await;
    let send = || story.post(&officer, "/test-results", positive(WANG));
    let (one, other) = tokio::join!(send(), send());
    assert_eq!(one.ok()["recorded"], other.ok()["recorded"]);
    assert_eq!(story.facts().await, facts + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_sent_again_is_one_withdrawal() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let withdraw = format!("/facts/{}/withdraw", recorded["recorded"].as_str().unwrap());
    let given = json!({ "reason": "误报", "key": "once" });
    let first = story.post(&officer, &withdraw, given.clone()).await.ok();
    let facts = story.facts().await;
    story.wait(5);
    let second = story.post(&officer, &withdraw, given).await.ok();
    assert_eq!((&second["recorded"], story.facts().await), (&first["recorded"], facts));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_for_somebody_else_is_a_conflict() {
    let (story, officer, _) = Story::with_a_case().await;
    let facts = story.facts().await;
    let other = with(positive(LIU), "key", positive(WANG)["key"].clone());
    assert_eq!(story.post(&officer, "/test-results", other).await.refused(), (409, "conflict", None));
    assert_eq!(story.facts().await, facts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_one_officer_states_is_provisional_until_a_second_vouches() {
    let (story, officer, _) = Story::with_a_case().await;
    let stated = json!({
        "person": WANG, "with": SUN, "start": "2022-07-09T12:00:00Z", "end": "2022-07-09T13:00:00Z",
        "setting": "meal", "statement": "一起吃饭", "key": "stated",
    });
    let recorded = story.post(&officer, "/contacts-stated", stated).await.ok();
    let above = story.officer(Role::Command, PROVINCE).await;
    let sun = format!("/people/{SUN}");
    let status = story.get(&above, &sun).await.ok()["status"].clone();
    assert_eq!((&status["provisional"], &status["colour"]), (&json!(true), &json!("red")));
    let lapses: facts::Timestamp = status["until"].as_str().unwrap().parse().unwrap();
    assert_eq!(lapses.duration_since(story.now()).as_hours(), 24);

    let confirm = format!("/facts/{}/confirm", recorded["recorded"].as_str().unwrap());
    assert_eq!(story.post(&officer, &confirm, json!({})).await.refused(), (409, "conflict", None));
    let second = story.officer(Role::Investigator, CITY).await;
    story.post(&second, &confirm, json!({ "key": "vouched" })).await.ok();
    let status = story.get(&above, &sun).await.ok()["status"].clone();
    assert_eq!(status["provisional"], false);
    let until: facts::Timestamp = status["until"].as_str().unwrap().parse().unwrap();
    assert!(until > lapses);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_positive_without_a_specimen_restricts_for_a_day_and_no_longer() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let mut word = positive(WANG);
    word.as_object_mut().unwrap().remove("specimen");
    story.post(&officer, "/test-results", word).await.ok();
    assert_eq!([WANG, CHEN].map(|person| story.colour(person)), ["red", "red"]);
    story.wait(24 * 60);
    assert_eq!([WANG, LIU, CHEN, ZHAO].map(|person| story.colour(person)), ["green"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stay_that_is_recorded_later_finds_who_was_there() {
    let (story, officer, _) = Story::with_a_case().await;
    assert_eq!(story.colour(SUN), "green");
    let suns = story.officer(Role::Investigator, OTHER_COUNTY).await;
    let stay = json!({
        "person": SUN, "unit": OFFICE, "start": "2022-07-09T03:00:00Z", "end": "2022-07-09T05:00:00Z", "key": "s",
    });
    assert_eq!(story.post(&officer, "/stays", stay.clone()).await.status, 404);
    let recorded = story.post(&suns, "/stays", stay).await.ok();
    assert_eq!(recorded["people_restricted"], 1);
    assert_eq!(story.colour(SUN), "red");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_have_been_is_refused_and_harms_nothing() {
    let (story, officer, _) = Story::with_a_case().await;
    let facts = story.facts().await;
    let ages_ago = "-009000-01-01T00:00:00Z";
    let stay = |start: &str, end: &str, unit: u64| json!({ "person": WANG, "unit": facts::UnitId::new(unit), "start": start, "end": end });
    let stated = |start: &str, whom: u64| {
        let end = "2022-07-09T06:00:00Z";
        json!({ "person": WANG, "with": facts::PersonId::new(whom), "start": start, "end": end, "setting": "meal" })
    };
    let result = |field: &str, value: &str| with(positive(LIU), field, value);
    for (path, body, field) in [
        ("/test-results", result("collected", ages_ago), "collected"),
        ("/test-results", result("collected", "2022-07-11T00:00:00Z"), "collected"),
        ("/test-results", result("onset", "-009999-01-01"), "onset"),
        ("/test-results", result("onset", "2022-07-12"), "onset"),
        ("/test-results", result("disease", "the-plague"), "disease"),
        (
            "/contacts-stated",
            with(stay("2022-07-09T05:00:00Z", "2022-07-09T06:00:00Z", 11), "with", "per-000000000000z"),
            "request",
        ),
        ("/contacts-stated", stated("2022-07-09T05:00:00Z", 9_999), "with"),
        ("/contacts-stated", stated("2022-07-09T05:00:00Z", 101), "with"),
        ("/contacts-stated", stated(ages_ago, 102), "start"),
        ("/stays", stay(ages_ago, "2022-07-09T05:00:00Z", 11), "start"),
        ("/stays", stay("2022-07-09T05:00:00Z", "9999-01-01T00:00:00Z", 11), "end"),
        ("/stays", stay("2022-07-09T05:00:00Z", "2022-07-09T05:00:00Z", 11), "end"),
        ("/stays", stay("2022-07-09T05:00:00Z", "2022-07-09T06:00:00Z", 99), "unit"),
    ] {
        for preview in [true, false] {
            let answer = story.post(&officer, path, with(body.clone(), "preview", preview)).await;
            assert_eq!(answer.refused(), (422, "invalid", Some(field)), "{body}");
        }
    }
    assert_eq!(story.facts().await, facts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_again_concludes_the_same() {
    let (story, officer, recorded) = Story::with_a_case().await;
    story.post(&officer, "/people/merge", json!({ "person": WANG, "with": LIU })).await.ok();
    let withdraw = format!("/facts/{}/withdraw", recorded["recorded"].as_str().unwrap());
    story.post(&officer, &withdraw, json!({})).await.ok();
    story.post(&officer, "/test-results", with(positive(LIU), "key", "second")).await.ok();
    let live = story.conclusions();
    story.deployment.rebuild().await.unwrap();
    assert_eq!(story.conclusions(), live);
}
