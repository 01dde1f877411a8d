//! One unit: who was there in numbers, and for a purpose one by one.

use facts::{PersonId, Purpose, Scope};
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, COUNTY, OFFICE, OTHER_COUNTY, PROVINCE, Story, TABLE, WANG, code};

const DAY: &str = "from=2022-07-09T00:00:00Z&to=2022-07-10T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_shows_how_many_were_there_hour_by_hour() {
    let (story, officer, _) = Story::with_a_case().await;
    let view = story.get(&officer, &format!("/units/{OFFICE}?{DAY}")).await.ok();
    assert_eq!(
        (&view["name"], &view["setting"], &view["jurisdiction"]),
        (&json!("河畔办公室"), &json!("office"), &json!(COUNTY))
    );
    assert_eq!(view["rule"]["path"], "contact_rules.same-office");
    let numbers = [&view["stays"], &view["people"], &view["cases"], &view["contacts"]];
    assert_eq!(numbers, [2, 2, 1, 1]);
    // Wang was there from 01:00, Chen from 02:00, both until 09:00.
    let hours: Vec<(u64, u64)> = view["by_hour"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hour| (hour["present"].as_u64().unwrap(), hour["cases"].as_u64().unwrap()))
        .collect();
    assert_eq!(hours.len(), 24);
    assert_eq!(hours[..3], [(0, 0), (1, 1), (2, 1)]);
    assert_eq!(hours[8..10], [(2, 1), (0, 0)]);
    let measles = story.get(&officer, &format!("/units/{OFFICE}?{DAY}&disease=measles")).await.ok();
    assert_eq!((&measles["people"], &measles["cases"], &measles["contacts"]), (&json!(2), &json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_there_is_shown_for_a_purpose_and_the_look_is_recorded() {
    let (story, officer, _) = Story::with_a_case().await;
    let path = format!("/units/{OFFICE}/present?{DAY}");
    assert_eq!(story.get(&officer, &path).await.refused(), (422, "invalid", Some("request")));
    let audit = story.get(&officer, &format!("{path}&purpose=audit")).await;
    assert_eq!(audit.refused(), (422, "invalid", Some("purpose")));
    let looks = async |person: PersonId| {
        let everywhere = Scope { actor: officer.actor, jurisdiction: code(PROVINCE) };
        story.deployment.registry.accesses(&everywhere, person).await.unwrap()
    };
    assert!(looks(WANG).await.is_empty());

    let view = story.get(&officer, &format!("{path}&purpose=investigation")).await.ok();
    assert_eq!((&view["total"], &view["out_of_scope"]), (&json!(1), &json!(1)), "Chen is counted and not shown");
    let row = &view["rows"][0];
    assert_eq!((&row["person"], &row["masked_name"], &row["flag"]), (&json!(WANG), &json!("王*"), &json!("case")));
    assert!(row["evidence"]["batch"]["row"].is_u64());
    let recorded = looks(WANG).await;
    assert_eq!(recorded.len(), 1);
    assert_eq!((recorded[0].actor, recorded[0].purpose), (officer.actor, Purpose::Investigation));
    assert_eq!(recorded[0].columns, "present-in-unit");
    assert!(looks(CHEN).await.is_empty(), "nobody looked at Chen");

    let above = story.officer(Role::Investigator, PROVINCE).await;
    let view = story.get(&above, &format!("{path}&purpose=locating&offset=1")).await.ok();
    assert_eq!((&view["total"], &view["out_of_scope"]), (&json!(2), &json!(0)));
    assert_eq!(view["rows"][0]["flag"], "close-contact");
    let file = story.get(&above, &format!("/units/{OFFICE}/present.csv?{DAY}&purpose=locating")).await.text;
    assert_eq!(file.lines().count(), 3);
    assert!(
        file.contains(&format!("{CHEN},陈*,2022-07-09T02:00:00Z,2022-07-09T09:00:00Z,false,,close-contact,")),
        "{file}"
    );
    assert_eq!(looks(CHEN).await.len(), 2, "the page and the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_elsewhere_is_theirs_to_look_at_once_their_case_was_there() {
    let (story, officer, _) = Story::with_a_case().await;
    let unit = format!("/units/{TABLE}");
    assert_eq!(story.get(&officer, &unit).await.status, 404);
    let owner = story.officer(Role::Command, OTHER_COUNTY).await;
    assert_eq!(story.get(&owner, &unit).await.ok()["people"], 2);
    let stay = json!({
        "person": WANG, "unit": TABLE, "start": "2022-07-09T10:00:00Z", "end": "2022-07-09T10:30:00Z", "key": "k",
    });
    story.post(&officer, "/stays", stay).await.ok();
    let view: Value = story.get(&officer, &unit).await.ok();
    assert_eq!((&view["people"], &view["cases"]), (&json!(3), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_ends_before_it_begins_or_never_ends_is_refused() {
    let (story, officer, _) = Story::with_a_case().await;
    for (when, field) in [
        ("from=2022-07-10T00:00:00Z&to=2022-07-09T00:00:00Z", "to"),
        ("from=2022-05-10T00:00:00Z&to=2022-07-09T00:00:00Z", "from"),
    ] {
        let answer = story.get(&officer, &format!("/units/{OFFICE}?{when}")).await;
        assert_eq!(answer.refused(), (422, "invalid", Some(field)));
    }
}
