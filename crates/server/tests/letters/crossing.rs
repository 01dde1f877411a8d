//! Letters that cross, are sent back, and are handed on.

use facts::PersonId;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::province::{Officer, Province, SOUTH, Time, WEST, agreed, settle, shared, traveller};

/// How many open duties there are to find someone.
async fn duties_about(province: &Province, officer: &Officer, person: PersonId) -> usize {
    let duties = province.get(officer, "/duties").await.ok();
    duties["rows"].as_array().unwrap().iter().filter(|duty| duty["person"] == json!(person)).count()
}

async fn side_by_side() -> (Province, Province) {
    let mut north = Province::with_travellers(2).await;
    let mut south = Province::empty(SOUTH, false).await;
    north.line_opens().await;
    south.line_opens().await;
    north.trusts(&south, Some(south.address())).await;
    south.trusts(&north, Some(north.address())).await;
    (north, south)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_that_cross_are_one_search() {
    let time = Time::begins().await;
    let (north, south) = side_by_side().await;
    // Each has found the same man positive, and asks the other for him before either letter arrives.
    let there = south.knows(0..1).await[0];
    north.finds(traveller(0)).await;
    south.finds(there).await;
    assert_eq!(north.asks(&south, &[traveller(0)]).await.ok()["people"], json!(1));
    assert_eq!(south.asks(&north, &[there]).await.ok()["people"], json!(1));
    settle(&[&north, &south]).await;
    for province in [&north, &south] {
        for letter in province.letters("all").await {
            assert_eq!((&letter["crossing"], &letter["people"][0]["crossing"]), (&json!(1), &json!(true)), "{letter}");
        }
        let desk = province.officer(Role::Desk).await;
        let him = if std::ptr::eq(province, &north) { traveller(0) } else { there };
        assert_eq!(duties_about(province, &desk, him).await, 1, "one man is one duty");
    }
    let keys = |letters: &[Value]| letters.iter().map(|letter| letter["people"][0]["key"].clone()).collect::<Vec<_>>();
    let (ours, theirs) = (north.letters("all").await, south.letters("all").await);
    assert!(keys(&ours).iter().all(|key| *key == keys(&theirs)[0]), "both call him the same");

    // Whoever finds him finds him for both.
    time.wait(10);
    let desk = south.officer(Role::Desk).await;
    let received = south.letters("in").await[0]["id"].as_str().unwrap().to_owned();
    let found = json!({ "all": true, "steps": ["identity", "location", "control"], "key": "found" });
    south.post(&desk, &format!("/letters/{received}/answer"), found).await.ok();
    settle(&[&north, &south]).await;
    for direction in ["out", "in"] {
        let other = if direction == "out" { "in" } else { "out" };
        let (ours, theirs) = (north.letters(direction).await, south.letters(other).await);
        assert_eq!(ours[0]["closed"], json!(1), "{direction}");
        assert_eq!((agreed(&ours[0]), shared(&ours[0])), (agreed(&theirs[0]), shared(&theirs[0])));
    }
    // Nothing is said back to whoever said it.
    assert_eq!(north.facts_of("follow-up"), 3);
    assert_eq!(south.facts_of("follow-up"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_is_sent_back_with_where_they_were_seen_last() {
    let time = Time::begins().await;
    let (north, south) = side_by_side().await;
    north.finds(traveller(0)).await;
    north.finds(traveller(1)).await;
    north.asks(&south, &[traveller(0), traveller(1)]).await.ok();
    settle(&[&north, &south]).await;
    time.wait(30);
    let desk = south.officer(Role::Desk).await;
    let letter = south.letter().await;
    let (id, person) = (letter["id"].as_str().unwrap().to_owned(), letter["people"][0]["person"].clone());
    let back = json!({
        "people": [{ "person": person, "last_seen": { "jurisdiction": WEST, "place": "长途汽车站", "at": time.now() } }],
        "key": "back",
    });
    south.post(&desk, &format!("/letters/{id}/send-back"), back.clone()).await.ok();
    south.post(&desk, &format!("/letters/{id}/send-back"), back).await.ok();
    settle(&[&north, &south]).await;
    let (ours, theirs) = (north.letter().await, south.letter().await);
    assert_eq!((&ours["sent_back"], &ours["to_find"]), (&json!(1), &json!(1)), "{}", agreed(&ours));
    assert_eq!(shared(&ours), shared(&theirs));
    let person = shared(&ours).into_iter().find(|person| person["state"] == "sent-back").unwrap();
    assert_eq!(person["last_seen"]["jurisdiction"], json!(WEST));
    let open = south.get(&desk, "/duties").await.ok();
    assert_eq!(open["total"], json!(1), "the south looks for the other one only");
    let sent: Vec<&Value> =
        ours["parts"].as_array().unwrap().iter().filter(|part| part["part"] == "send-back").collect();
    assert_eq!(sent.len(), 1, "asked twice, said once");
    let northern = north.officer(Role::Desk).await;
    for number in [0, 1] {
        assert_eq!(duties_about(&north, &northern, traveller(number)).await, 1, "and the north for both, as before");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_handed_on_and_its_answer_comes_back_and_it_never_goes_round() {
    let time = Time::begins().await;
    let (north, south) = side_by_side().await;
    let mut west = Province::empty(WEST, false).await;
    west.line_opens().await;
    west.trusts(&south, Some(south.address())).await;
    west.trusts(&north, Some(north.address())).await;
    south.trusts(&west, Some(west.address())).await;
    north.finds(traveller(0)).await;
    north.asks(&south, &[traveller(0)]).await.ok();
    settle(&[&north, &south, &west]).await;

    let desk = south.officer(Role::Desk).await;
    let letter = south.letter().await;
    let (id, person) = (letter["id"].as_str().unwrap().to_owned(), letter["people"][0]["person"].clone());
    let on = |to: &Province| json!({ "people": [person], "deployment": to.fingerprint(), "key": "on" });
    let round = south.post(&desk, &format!("/letters/{id}/hand-on"), on(&north)).await;
    assert_eq!((round.refused(), &round.body["field"]), ((422, "invalid"), &json!("deployment")));
    time.wait(20);
    let handed = south.post(&desk, &format!("/letters/{id}/hand-on"), on(&west)).await.ok();
    assert_eq!(handed["people"], json!(1), "{handed}");
    settle(&[&north, &south, &west]).await;
    let ours = north.letter().await;
    assert_eq!(
        (&ours["handed_on"], &ours["people"][0]["handed_on_to"]["jurisdiction"]),
        (&json!(1), &json!(WEST)),
        "{ours}"
    );
    let theirs = west.letter().await;
    assert_eq!(
        theirs["people"][0]["positive_recorded"], ours["people"][0]["positive_recorded"],
        "the first clock runs on"
    );
    assert_eq!(south.get(&desk, "/duties").await.ok()["total"], json!(0));

    // The west must not send it round to the north, which had it first.
    let western = west.officer(Role::Desk).await;
    let there = theirs["id"].as_str().unwrap().to_owned();
    let round = json!({ "people": [theirs["people"][0]["person"]], "deployment": north.fingerprint(), "key": "round" });
    let round = west.post(&western, &format!("/letters/{there}/hand-on"), round).await;
    assert_eq!(round.refused(), (422, "invalid"));

    // What the west finds, the north hears of.
    time.wait(20);
    let found = json!({ "all": true, "steps": ["identity", "location", "control"], "key": "found" });
    west.post(&western, &format!("/letters/{there}/answer"), found).await.ok();
    settle(&[&north, &south, &west]).await;
    let (ours, theirs) = (north.letter().await, west.letter().await);
    assert_eq!((&ours["closed"], &theirs["closed"]), (&json!(1), &json!(1)), "{}", agreed(&ours));

    // And what the north takes back, the west lets go.
    let ground = {
        let situation = north.deployment.situation();
        situation.world().ledger.all().find(|fact| fact.body().kind() == "test-result").map(|fact| fact.id)
    };
    let ground = ground.unwrap();
    let investigator = north.officer(Role::Investigator).await;
    north.post(&investigator, &format!("/facts/{ground}/withdraw"), json!({ "key": "wrong" })).await.ok();
    settle(&[&north, &south, &west]).await;
    assert_eq!(west.letter().await["withdrawn"], json!(1));
}
