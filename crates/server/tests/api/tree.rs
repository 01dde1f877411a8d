//! Who infected whom: what connects cases, what speaks for infection elsewhere, and what nobody explains.

use facts::{Body, Channel, Disease, Draft, PersonId, Purpose, Source};
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CHEN, COUNTY, Officer, PROVINCE, SUN, Story, WANG, positive, with};

/// A positive with a day of onset.
async fn fell_ill(story: &Story, officer: &Officer, person: PersonId, onset: &str) -> Value {
    story.post(officer, "/test-results", with(positive(person), "onset", onset)).await.ok()["case"].clone()
}

async fn say(story: &Story, body: Body) {
    let source = Source { actor: story.deployment.chance.id(), channel: Channel::Feed, key: None };
    let draft = Draft { occurred: story.now(), source, purpose: Purpose::Investigation, supersedes: None, body };
    story.deployment.record(vec![draft]).await.unwrap();
}

fn case<'a>(tree: &'a Value, id: &Value) -> &'a Value {
    tree["cases"].as_array().unwrap().iter().find(|case| &case["id"] == id).unwrap()
}

fn edge<'a>(tree: &'a Value, to: &Value) -> &'a Value {
    tree["edges"].as_array().unwrap().iter().find(|edge| &edge["to"] == to).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_fell_ill_after_a_day_together_is_the_likeliest_source_and_nothing_explains_a_stranger() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, PROVINCE).await;
    let wangs = fell_ill(&story, &officer, WANG, "2022-07-07").await;
    let chens = fell_ill(&story, &officer, CHEN, "2022-07-10").await;
    let suns = fell_ill(&story, &officer, SUN, "2022-06-20").await;

    let tree = story.get(&officer, "/diseases/covid-19/tree").await.ok();
    assert_eq!(tree["cases"].as_array().unwrap().len(), 3);
    let chen = case(&tree, &chens);
    let likeliest = &chen["candidates"][0];
    assert_eq!((&likeliest["case"], &likeliest["kind"]), (&wangs, &json!("probable")), "{chen}");
    assert_eq!(likeliest["serial_days"], 3);
    assert_eq!(likeliest["evidence"][0]["params"]["place_name"], "河畔办公室");
    let shares: f64 =
        chen["candidates"].as_array().unwrap().iter().map(|one| one["probability"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    assert_eq!((&edge(&tree, &chens)["from"], &edge(&tree, &chens)["generation"]), (&wangs, &json!(1)));
    // Sun fell ill weeks before and met nobody.
    assert_eq!((&case(&tree, &suns)["unexplained"], &case(&tree, &suns)["imported"]), (&json!(true), &json!("no")));
    assert_eq!((&edge(&tree, &suns)["channel"], edge(&tree, &suns).get("from")), (&json!("unknown"), None));

    let file = story.get(&officer, "/diseases/covid-19/tree.csv").await.text;
    let row = format!("{},{WANG},", wangs.as_str().unwrap());
    assert!(file.lines().any(|line| line.starts_with(&row)), "{file}");
    let chosen = format!(",{},,", wangs.as_str().unwrap());
    assert!(file.lines().any(|line| line.contains(&chosen) && line.contains(",probable,true,")), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_names_the_source_confirms_and_one_that_names_nobody_may_be_an_import() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, PROVINCE).await;
    let wangs = fell_ill(&story, &officer, WANG, "2022-07-06").await;
    let suns = fell_ill(&story, &officer, SUN, "2022-07-09").await;
    let disease = Disease::named("covid-19");
    let before = story.get(&officer, "/diseases/covid-19/tree").await.ok();
    let to_wang = |tree: &Value| -> Value {
        let candidates = case(tree, &suns)["candidates"].as_array().unwrap().clone();
        candidates.into_iter().find(|candidate| candidate["case"] == wangs).unwrap()
    };
    assert_eq!(to_wang(&before)["kind"], "possible", "nothing but the days connects them");
    say(&story, Body::EpidemiologicalLink { person: SUN, disease: disease.clone(), to: Some(WANG) }).await;
    let after = story.get(&officer, "/diseases/covid-19/tree").await.ok();
    assert_eq!(to_wang(&after)["kind"], "confirmed");
    assert_eq!(to_wang(&after)["evidence"][0]["code"], "epidemiological-link");
    let probability = |of: Value| of["probability"].as_f64().unwrap();
    assert!(probability(to_wang(&after)) > probability(to_wang(&before)));

    assert_eq!(case(&after, &wangs)["imported"], "no");
    say(&story, Body::EpidemiologicalLink { person: WANG, disease, to: None }).await;
    let abroad = story.get(&officer, "/diseases/covid-19/tree").await.ok();
    assert_eq!(case(&abroad, &wangs)["imported"], "possible");
    assert_eq!(case(&abroad, &wangs)["candidates"][0]["channel"], "imported");
    assert_eq!(edge(&abroad, &wangs)["channel"], "imported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_in_another_county_counts_and_is_not_named() {
    let story = Story::begins().await;
    let above = story.officer(Role::Investigator, PROVINCE).await;
    let suns = fell_ill(&story, &above, SUN, "2022-07-06").await;
    let wangs = fell_ill(&story, &above, WANG, "2022-07-09").await;
    say(&story, Body::EpidemiologicalLink { person: WANG, disease: Disease::named("covid-19"), to: Some(SUN) }).await;
    let county = story.officer(Role::Investigator, COUNTY).await;
    let tree = story.get(&county, "/diseases/covid-19/tree").await;
    assert!(!tree.text.contains(suns.as_str().unwrap()) && !tree.text.contains(&SUN.to_string()));
    let tree = tree.ok();
    assert_eq!(tree["cases"].as_array().unwrap().len(), 1);
    assert_eq!(case(&tree, &wangs)["candidates"][0]["channel"], "out-of-scope");
    assert_eq!(edge(&tree, &wangs)["channel"], "out-of-scope");
    let whole = story.get(&above, "/diseases/covid-19/tree").await.ok();
    assert_eq!(edge(&whole, &wangs)["from"], suns);
    assert_eq!(edge(&whole, &wangs)["probability"], edge(&tree, &wangs)["probability"], "derived from every case");
}
