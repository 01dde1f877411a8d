//! Beyond what is concluded: many cases at once, another plan or window, and screening flags.

use facts::{Channel, PersonId, PlaceId, Purpose, Scope, Setting, Source, UnitId, UnitRow, VisitRow};
use journal::Rows;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{
    CHEN, COUNTY, LIU, OFFICE, OTHER_COUNTY, Officer, PROVINCE, SUN, Story, WANG, ZHAO, code, positive,
};

const CELL: UnitId = UnitId::new(90);
const WHY: &str = "purpose=investigation";

async fn seen(story: &Story, rows: &[(PersonId, UnitId, &str, &str)]) {
    let source = Source { actor: story.deployment.chance.id(), channel: Channel::Feed, key: None };
    let row = |&(person, unit, start, end): &(PersonId, UnitId, &str, &str)| {
        let (start, end): (facts::Timestamp, facts::Timestamp) = (start.parse().unwrap(), end.parse().unwrap());
        VisitRow { person, unit, start, end: Some(end), seat_row: None }
    };
    let rows: Vec<VisitRow> = rows.iter().map(row).collect();
    story.deployment.record_batch(Rows::Visits(&rows), source, Purpose::Investigation, None).await.unwrap();
}

/// Wang's case, and Wang and Sun in one cell of a phone mast for 40 minutes.
async fn with_a_cell() -> (Story, Officer, String) {
    let (story, officer, recorded) = Story::with_a_case().await;
    let cell = UnitRow {
        unit: CELL,
        place: PlaceId::new(90),
        setting: Setting::Area,
        jurisdiction: code(COUNTY),
        position: None,
        ventilation: None,
        name: Some("七号基站".to_owned()),
    };
    let source = Source { actor: story.deployment.chance.id(), channel: Channel::Feed, key: None };
    story.deployment.record_batch(Rows::Units(&[cell]), source, Purpose::Investigation, None).await.unwrap();
    let (start, end) = ("2022-07-09T12:00:00Z", "2022-07-09T12:40:00Z");
    seen(&story, &[(WANG, CELL, start, end), (SUN, CELL, start, end)]).await;
    (story, officer, format!("/cases/{}", recorded["case"].as_str().unwrap()))
}

fn people(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| row["person"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screening_flag_is_shown_apart_and_makes_nobody_a_contact() {
    let (story, officer, case) = with_a_cell().await;
    let before = story.conclusions();
    let flags = story.get(&officer, &format!("{case}/screening-flags?{WHY}")).await.ok();
    assert_eq!((people(&flags), &flags["is_contact"]), (vec![SUN.to_string()], &json!(false)));
    let row = &flags["rows"][0];
    assert_eq!(
        (&row["masked_name"], &row["place_name"], &row["longest_minutes"]),
        (&json!("孙*"), &json!("七号基站"), &json!(40))
    );
    assert_eq!((&row["contact"], &row["rule"]["path"]), (&Value::Null, &json!("screening_rules.same-area")));
    for conclusion in ["class", "ring", "score", "duty", "colour", "due"] {
        assert!(row.get(conclusion).is_none(), "a flag has no {conclusion}");
    }
    let contacts = story.get(&officer, &format!("{case}/contacts")).await.ok();
    assert!(!people(&contacts).contains(&SUN.to_string()));
    assert_eq!(story.colour(SUN), "green");
    assert_eq!(story.conclusions(), before);
    let everywhere = Scope { actor: officer.actor, jurisdiction: code(PROVINCE) };
    let looks = story.deployment.registry.accesses(&everywhere, SUN).await.unwrap();
    assert_eq!(looks.iter().map(|look| look.columns.as_str()).collect::<Vec<_>>(), ["screening-flags"]);
    let refused = story.get(&officer, &format!("{case}/screening-flags?purpose=import")).await;
    assert_eq!(refused.refused(), (422, "invalid", Some("purpose")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hypothesis_is_named_as_one_and_moves_nothing() {
    let (story, officer, case) = with_a_cell().await;
    let before = story.conclusions();
    let ask = async |what: &str| story.get(&officer, &format!("{case}/contacts/hypothetical?{WHY}{what}")).await;
    assert_eq!(ask("").await.refused(), (422, "invalid", Some("plan")));
    assert_eq!(ask("&plan=measles").await.refused(), (422, "invalid", Some("plan")));
    let same = ask("&plan=covid19-cn-9").await.ok();
    assert_eq!((&same["hypothetical"], &same["counts"]["same"]), (&json!(true), &same["counts"]["concluded"]));
    assert_eq!((&same["counts"]["gained"], &same["counts"]["lost"]), (&json!(0), &json!(0)));
    // Before noon of the day before, Wang had not been at the office with Chen for a minute.
    let early = ask("&to=2022-07-09T02:00:00Z").await.ok();
    assert_eq!(early["counts"]["lost"], 2, "Chen, and Zhao through Chen: {early}");
    let lost = ask("&to=2022-07-09T02:00:00Z&change=lost").await.ok();
    assert_eq!(lost["total"], 2);
    assert!(
        lost["rows"].as_array().unwrap().iter().all(|row| row.get("would_be").is_none() && row["is"]["ring"].is_u64())
    );
    let backwards = ask("&from=2022-07-09T02:00:00Z&to=2022-07-09T01:00:00Z").await;
    assert_eq!(backwards.refused(), (422, "invalid", Some("to")));
    assert_eq!(story.conclusions(), before, "nothing follows from a hypothesis");
    let elsewhere = story.officer(Role::Investigator, OTHER_COUNTY).await;
    let path = format!("{case}/contacts/hypothetical?{WHY}&plan=covid19-cn-8");
    assert_eq!(story.get(&elsewhere, &path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_names_everyone_once_with_how_many_cases_reach_them() {
    let (story, _, recorded) = Story::with_a_case().await;
    let above = story.officer(Role::Investigator, PROVINCE).await;
    let first = recorded["case"].as_str().unwrap().to_owned();
    // Zhao falls ill as well, and met Chen, whom Wang met.
    let second = story.post(&above, "/test-results", positive(ZHAO)).await.ok();
    let second = second["case"].as_str().unwrap().to_owned();
    story.wait(1);
    let body = json!({ "disease": "covid-19", "purpose": "investigation" });
    let wave = story.post(&above, "/traces", body.clone()).await.ok();
    assert_eq!(
        (&wave["cases"], &wave["basis"], &wave["hypothetical"]),
        (&json!(2), &json!("concluded"), &json!(false))
    );
    let mut found = people(&wave);
    let rows = wave["rows"].as_array().unwrap();
    let chen = rows.iter().find(|row| row["person"] == CHEN.to_string()).expect("both met Chen");
    assert_eq!(chen["cases"], 2);
    assert!(!chen["evidence"].as_array().unwrap().is_empty());
    let several = rows.iter().filter(|row| row["cases"].as_u64() > Some(1)).count();
    assert_eq!(wave["counts"]["several"], several);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), wave["total"], "each once");
    assert!(!found.contains(&WANG.to_string()) && !found.contains(&ZHAO.to_string()), "the cases are found");

    // Straight from the visits nobody who only lives with a case is known.
    let visits = story.post(
        &above,
        "/traces",
        json!({
            "cases": [first, second, "case-0000000000001"], "plan": "covid19-cn-9", "purpose": "investigation",
        }),
    );
    let visits = visits.await.ok();
    assert_eq!((&visits["basis"], &visits["hypothetical"]), (&json!("visits"), &json!(true)));
    assert_eq!(visits["refused"].as_array().unwrap().len(), 1);
    assert!(people(&visits).contains(&CHEN.to_string()) && !people(&visits).contains(&LIU.to_string()));
    assert_eq!(visits["rows"][0]["cases"], 2);

    let both = json!({ "cases": [], "disease": "covid-19", "purpose": "investigation" });
    assert_eq!(story.post(&above, "/traces", both).await.refused(), (422, "invalid", Some("cases")));
    let elsewhere = story.officer(Role::Investigator, OTHER_COUNTY).await;
    let foreign = json!({ "cases": [first], "purpose": "investigation" });
    assert_eq!(story.post(&elsewhere, "/traces", foreign).await.status, 404);
    let own = story.post(&elsewhere, "/traces", body).await.ok();
    assert_eq!(own["cases"], 0, "no case lives there");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shared_a_room_with_others_who_fell_ill_moves_up_the_list() {
    let (story, officer, case) = with_a_cell().await;
    let (start, end) = ("2022-07-09T02:00:00Z", "2022-07-09T09:00:00Z");
    seen(&story, &[(SUN, OFFICE, start, end)]).await;
    let score = async |person: PersonId| {
        let rows = story.get(&officer, &format!("{case}/contacts")).await.ok()["rows"].clone();
        let row = rows.as_array().unwrap().iter().find(|row| row["person"] == json!(person)).unwrap().clone();
        row["score"].as_f64().unwrap()
    };
    let before = score(SUN).await;
    let above = story.officer(Role::Investigator, PROVINCE).await;
    story.post(&above, "/test-results", positive(CHEN)).await.ok();
    story.wait(1);
    assert!(score(SUN).await > 1.2 * before, "Chen was at that office too");
}
