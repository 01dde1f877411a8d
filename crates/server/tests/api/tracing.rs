//! The contacts of a case: the list, the picture of it, and who of them is elsewhere.

use facts::{Channel, PersonId, Purpose, Source, UnitId, VisitRow};
use journal::Rows;
use serde_json::{Value, json};

use crate::harness::{CHEN, COUNTY, LIU, NEXT_COUNTY, OFFICE, OTHER_CITY, OTHER_COUNTY, Story, TABLE, WANG, ZHAO};

fn case_path(recorded: &Value) -> String {
    format!("/cases/{}", recorded["case"].as_str().unwrap())
}

fn people(list: &Value) -> Vec<String> {
    let rows = list["rows"].as_array().unwrap().iter();
    rows.map(|row| row["person"].as_str().unwrap().to_owned()).collect()
}

fn ids(people: &[PersonId]) -> Vec<String> {
    people.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_hides_rows_and_changes_neither_their_rank_nor_what_other_values_would_show() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let contacts = format!("{}/contacts", case_path(&recorded));
    let all = story.get(&officer, &contacts).await.ok();
    assert_eq!(people(&all), ids(&[LIU, CHEN, ZHAO]));
    assert_eq!((&all["total"], &all["unfiltered_total"]), (&json!(3), &json!(3)));
    assert_eq!(all["facets"]["ring"], json!({ "1": 2, "2": 1 }));
    assert_eq!(all["facets"]["class"], json!({ "close": 2, "secondary": 1 }));
    assert_eq!(all["facets"]["setting"], json!({ "home": 1, "office": 1, "meal": 1 }));
    let counties =
        json!([{ "code": COUNTY, "n": 1 }, { "code": NEXT_COUNTY, "n": 1 }, { "code": OTHER_COUNTY, "n": 1 }]);
    assert_eq!(all["facets"]["jurisdiction"], counties);
    assert!(all["traced_up_to"].is_string() && all["index_version"].is_string());

    let office = story.get(&officer, &format!("{contacts}?setting=office")).await.ok();
    assert_eq!((people(&office), &office["rows"][0]["rank"]), (ids(&[CHEN]), &json!(2)));
    assert_eq!((&office["total"], &office["unfiltered_total"]), (&json!(1), &json!(3)));
    assert_eq!(office["facets"]["setting"], all["facets"]["setting"], "what choosing another setting would show");
    assert_eq!(office["facets"]["ring"], json!({ "1": 1 }), "how many there are in this setting");

    for (filter, expected) in [
        ("ring=2", ids(&[ZHAO])),
        ("class=secondary", ids(&[ZHAO])),
        ("class=general", ids(&[])),
        ("state=to-find", ids(&[LIU, CHEN, ZHAO])),
        (&format!("unit={OFFICE}"), ids(&[CHEN])),
        (&format!("jurisdiction={OTHER_CITY}"), ids(&[CHEN])),
        ("q=五号", ids(&[ZHAO])),
        (&format!("q={LIU}"), ids(&[LIU])),
        ("assigned=none&limit=2", ids(&[LIU, CHEN])),
        ("assigned=me", ids(&[])),
        ("offset=2", ids(&[ZHAO])),
        ("overdue=true", ids(&[])),
    ] {
        assert_eq!(people(&story.get(&officer, &format!("{contacts}?{filter}")).await.ok()), expected, "{filter}");
    }
    for (filter, field) in [("class=odd", "class"), ("setting=odd", "setting"), ("assigned=nobody-such", "assigned")] {
        let refused = story.get(&officer, &format!("{contacts}?{filter}")).await;
        assert_eq!(refused.refused(), (422, "invalid", Some(field)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_overdue_is_counted_and_least_time_left_comes_first() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let contacts = format!("{}/contacts", case_path(&recorded));
    story.wait(25 * 60);
    let chens_owner = story.officer(server::accounts::Role::Desk, OTHER_COUNTY).await;
    let chens = story.duty(&chens_owner, CHEN).await;
    let done = json!({ "steps": ["control"], "key": "k" });
    story.post(&chens_owner, &format!("/duties/{}/steps", chens["id"].as_str().unwrap()), done).await.ok();
    // The session of the first officer is over by now.
    let officer = story.officer(officer.role, officer.jurisdiction).await;
    let late = story.get(&officer, &format!("{contacts}?overdue=true")).await.ok();
    assert_eq!((people(&late), &late["facets"]["overdue"]), (ids(&[LIU, ZHAO]), &json!(2)));
    let by_due = story.get(&officer, &format!("{contacts}?sort=due")).await.ok();
    assert_eq!(people(&by_due), ids(&[LIU, ZHAO, CHEN]), "nothing is left to do about Chen");
    assert_eq!(by_due["facets"]["state"], json!({ "to-find": 2, "controlled": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_has_the_rows_of_the_list() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let path = case_path(&recorded);
    let file = story.get(&officer, &format!("{path}/contacts.csv?class=close&limit=1")).await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.text.strip_prefix('\u{feff}').unwrap().lines().collect();
    assert_eq!(lines.len(), 3, "the header and both, whatever the page: {lines:?}");
    assert!(lines[0].starts_with("rank,person,masked_name,ring,class,"));
    assert!(lines[1].starts_with(&format!("1,{LIU},刘*,1,close,")), "{}", lines[1]);
    assert!(lines[2].contains("same-office") && lines[2].contains("河畔办公室"), "{}", lines[2]);
    let batch = story.get(&officer, &format!("{path}/contacts?setting=office")).await.ok();
    let fact = batch["rows"][0]["evidence"][0]["facts"][0].as_str().unwrap();
    assert!(lines[2].ends_with(fact), "{} ends with {fact}", lines[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_has_one_mark_a_place_and_its_numbers_are_those_of_the_list() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let path = case_path(&recorded);
    let first = story.get(&officer, &format!("{path}/graph?ring=1")).await.ok();
    let groups = first["groups"].as_array().unwrap();
    let of = |setting: &str| groups.iter().find(|group| group["setting"] == setting).unwrap();
    assert_eq!((&first["contacts"], groups.len()), (&json!(2), 2));
    let office = of("office");
    assert_eq!((&office["unit"], &office["place_name"]), (&json!(OFFICE), &json!("河畔办公室")));
    assert_eq!((&office["contacts"], &office["close"], &office["second_ring"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!((&of("home")["units"], of("home").get("unit")), (&json!(1), None), "a home has no name to show");
    for group in groups {
        let unit = group["unit"].as_str().map(|unit| format!("&unit={unit}")).unwrap_or_default();
        let filter = format!("ring=1&setting={}{unit}", group["setting"].as_str().unwrap());
        let members = story.get(&officer, &format!("{path}/contacts?{filter}")).await.ok();
        assert_eq!(members["total"], group["contacts"], "{filter}");
    }
    let second = story.get(&officer, &format!("{path}/graph?ring=2")).await.ok();
    assert_eq!((&second["contacts"], &second["groups"][0]["setting"]), (&json!(1), &json!("meal")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_went_or_lives_elsewhere_is_listed_by_where_and_the_unknown_are_counted() {
    let story = Story::begins().await;
    // A stranger, of whom nothing else is known, was at the office; so was Sun, who was elsewhere before.
    let at = |person: u64, unit: UnitId, start: &str, end: &str| VisitRow {
        person: PersonId::new(person),
        unit,
        start: start.parse().unwrap(),
        end: Some(end.parse().unwrap()),
        seat_row: None,
    };
    let visits = [
        at(900, OFFICE, "2022-07-09T03:00:00Z", "2022-07-09T05:00:00Z"),
        at(900, TABLE, "2022-07-08T03:00:00Z", "2022-07-08T05:00:00Z"),
    ];
    let source = Source { actor: story.deployment.chance.id(), channel: Channel::Feed, key: None };
    story.deployment.record_batch(Rows::Visits(&visits), source, Purpose::Investigation, None).await.unwrap();
    let officer = story.officer(server::accounts::Role::Investigator, COUNTY).await;
    let recorded = story.post(&officer, "/test-results", crate::harness::positive(WANG)).await.ok();
    let path = case_path(&recorded);

    let view = story.get(&officer, &format!("{path}/spillover")).await.ok();
    assert_eq!((&view["total"], &view["unknown"], &view["exposed"]), (&json!(2), &json!(1), &json!(4)));
    let groups: Vec<(&Value, &Value, &Value)> = view["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (&group["jurisdiction"], &group["rows"][0]["person"], &group["rows"][0]["via"]))
        .collect();
    // Zhao was exposed at the table in 390202, and went home to a county that is not the case's.
    let (next, other) = (json!(NEXT_COUNTY), json!(OTHER_COUNTY));
    let (zhao, chen) = (json!(ZHAO), json!(CHEN));
    assert_eq!(groups, [(&next, &zhao, &json!("residence")), (&other, &chen, &json!("visit"))]);
    let chens = &view["groups"][1]["rows"][0];
    assert_eq!((&chens["place_name"], &chens["seen_at"]), (&json!("五号桌"), &json!("2022-07-09T10:00:00Z")));
    assert_eq!(view["groups"][1]["to_find"], 1);

    let cities = story.get(&officer, &format!("{path}/spillover?level=city")).await.ok();
    assert_eq!((&cities["total"], &cities["groups"][0]["jurisdiction"]), (&json!(1), &json!(OTHER_CITY)));
    let whole = story.get(&officer, "/diseases/covid-19/spillover").await.ok();
    assert_eq!(whole["groups"], view["groups"], "there is one case");
    let file = story.get(&officer, &format!("{path}/spillover.csv")).await.text;
    assert_eq!(file.lines().count(), 3);
    assert!(file.contains(&format!("{OTHER_COUNTY},{CHEN},陈*,1,close,2022-07-09T10:00:00Z,五号桌,visit,")), "{file}");
    let odd = story.get(&officer, &format!("{path}/spillover?level=township")).await;
    assert_eq!(odd.refused(), (422, "invalid", Some("level")));
    assert_eq!(story.get(&officer, "/diseases/plague/spillover").await.status, 404);
}
