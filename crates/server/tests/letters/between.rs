//! Five hundred people across a province border, and an hour without a line.

use std::collections::BTreeSet;

use facts::{Body, Channel, Step};
use serde_json::{Value, json};
use server::accounts::Role;

use crate::province::{Province, SOUTH, SOUTH_COUNTY, Time, agreed, settle, shared};

const PEOPLE: u64 = 500;

fn people_of(letter: &Value) -> Vec<String> {
    letter["people"].as_array().unwrap().iter().map(|person| person["person"].as_str().unwrap().to_owned()).collect()
}

/// Steps that a deployment has about people, and by what way they came.
fn steps(province: &Province, channel: Channel) -> Vec<(facts::PersonId, Step)> {
    let situation = province.deployment.situation();
    let step = |fact: &std::sync::Arc<facts::Fact>| match fact.body() {
        Body::FollowUp { person, step, .. } if fact.draft.source.channel == channel => Some((*person, *step)),
        _ => None,
    };
    situation.world().ledger.all().filter_map(step).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_people_are_found_across_a_border_and_both_sides_see_the_same() {
    let time = Time::begins().await;
    let mut north = Province::with_travellers(PEOPLE).await;
    let mut south = Province::empty(SOUTH, false).await;
    let known = south.knows(0..20).await;
    north.line_opens().await;
    south.line_opens().await;
    north.trusts(&south, Some(south.address())).await;
    south.trusts(&north, Some(north.address())).await;

    // The line is cut when the letter is written: it waits, and says why.
    south.line_is_cut().await;
    let case = north.finds_wang().await["case"].clone();
    time.wait(30);
    let desk = north.officer(Role::Desk).await;
    let given = json!({ "deployment": south.fingerprint(), "case": case, "key": "letter" });
    let preview = north
        .post(
            &desk,
            "/letters",
            json!({ "preview": true, "deployment": south.fingerprint(), "case": case, "key": "letter" }),
        )
        .await
        .ok();
    assert_eq!((&preview["people"], &preview["letter"]), (&json!(PEOPLE), &Value::Null), "{preview}");
    let written = north.post(&desk, "/letters", given.clone()).await.ok();
    assert_eq!((&written["people"], &written["nobody_to_name"]), (&json!(PEOPLE), &json!(0)), "{written}");
    assert_eq!(
        north.post(&desk, "/letters", given.clone()).await.ok()["letter"],
        written["letter"],
        "the same request again"
    );
    let again = json!({ "deployment": south.fingerprint(), "case": case, "key": "another" });
    let again = north.post(&desk, "/letters", again).await.ok();
    assert_eq!((&again["people"], &again["already"]), (&json!(0), &json!(PEOPLE)), "nobody is asked for twice");
    assert_eq!(north.looks().await, 0);
    let waiting = north.get(&desk, "/deployments").await.ok()[0]["outgoing"].clone();
    assert_eq!(
        (&waiting["waiting"], &waiting["last_error"]["code"]),
        (&json!(1), &json!("letter-unreachable")),
        "{waiting}"
    );
    let unreceived = north.letter().await;
    assert_eq!((&unreceived["received"], &unreceived["to_find"]), (&Value::Null, &json!(PEOPLE)));

    // An hour later it is restored: the letter arrives, once.
    time.wait(60);
    south.line_opens().await;
    settle(&[&north, &south]).await;
    let received = time.now();
    let (ours, theirs) = (north.letter().await, south.letter().await);
    assert_eq!((&ours["direction"], &theirs["direction"]), (&json!("out"), &json!("in")));
    assert_eq!(theirs["received"], json!(received));
    assert_eq!(agreed(&ours), agreed(&theirs));
    assert_eq!(shared(&ours), shared(&theirs));
    assert_eq!(theirs["people"].as_array().unwrap().len(), PEOPLE as usize);
    let person = &theirs["people"][0];
    assert_eq!((&person["place"], &person["jurisdiction"]), (&json!("云阳客栈"), &json!(SOUTH_COUNTY)), "{person}");
    assert_eq!(person["masked_name"], json!("赵*"));
    let hours = |from: &Value, hours: i64| {
        let from: facts::Timestamp = from.as_str().unwrap().parse().unwrap();
        json!(facts::Timestamp::from_second(from.as_second() + hours * 3600).unwrap())
    };
    assert_eq!(person["due"]["by_positive"]["locate"], hours(&person["positive_recorded"], 2));
    assert_eq!(person["due"]["by_receipt"]["isolate"], hours(&theirs["received"], 8));
    // Whom the south knew by their id number keep their pseudonyms.
    let there: BTreeSet<String> = people_of(&theirs).into_iter().collect();
    assert!(known.iter().all(|person| there.contains(&person.to_string())));

    // Each is a duty of the south with its own clock from the receipt, and restricted for a day at most.
    let southern = south.officer(Role::Desk).await;
    let duties = south.get(&southern, "/duties?limit=1000").await.ok();
    assert_eq!(duties["total"], json!(PEOPLE));
    let duty = &duties["rows"][0];
    assert_eq!((&duty["received"], &duty["due"]), (&json!(received), &hours(&theirs["received"], 8)), "{duty}");
    assert_eq!(duty["positive_recorded"], person["positive_recorded"]);
    assert_eq!((&duty["because"][0]["code"], &duty["reason"]), (&json!("letter"), &json!("close-contact")));
    let someone = people_of(&theirs)[0].clone();
    let status = south.get(&southern, &format!("/people/{someone}")).await.ok()["status"].clone();
    assert_eq!((&status["provisional"], &status["until"]), (&json!(true), &hours(&theirs["received"], 24)), "{status}");

    // Half are found in time. Then the line to the north is cut for an hour, and the south goes on.
    let everyone = people_of(&theirs);
    let letter = theirs["id"].as_str().unwrap().to_owned();
    let answer = |people: &[String], steps: &[&str], key: &str| json!({ "people": people, "steps": steps, "key": key });
    time.wait(60);
    let found = answer(&everyone[..250], &["identity", "location"], "half");
    south.post(&southern, &format!("/letters/{letter}/answer"), found).await.ok();
    settle(&[&north, &south]).await;
    assert_eq!(north.letter().await["located"], json!(250));
    north.line_is_cut().await;
    for part in 0..4 {
        time.wait(15);
        let people = &everyone[part * 50..(part + 1) * 50];
        let controlled = answer(people, &["control"], &format!("part {part}"));
        south.post(&southern, &format!("/letters/{letter}/answer"), controlled).await.ok();
        south.looks().await;
    }
    time.wait(5);
    let southern_view = south.letter().await;
    assert_eq!(
        (&southern_view["closed"], &southern_view["overdue"]),
        (&json!(200), &json!(250)),
        "{}",
        agreed(&southern_view)
    );
    assert_eq!(southern_view["rung"], json!("overdue"));
    // Duties on the board climb as well.
    assert_eq!(north.letter().await["closed"], json!(0), "the north has not heard yet");
    let error = south.get(&southern, "/deployments").await.ok()[0]["outgoing"].clone();
    assert_eq!((&error["waiting"], &error["last_error"]["code"]), (&json!(4), &json!("letter-unreachable")), "{error}");

    // Restored: nothing is lost, nothing doubled, and both ledgers say the same.
    time.wait(60);
    north.line_opens().await;
    settle(&[&north, &south]).await;
    let (ours, theirs) = (north.letter().await, south.letter().await);
    assert_eq!(agreed(&ours), agreed(&theirs));
    assert_eq!(shared(&ours), shared(&theirs));
    assert_eq!((&ours["closed"], &ours["located"], &ours["to_find"]), (&json!(200), &json!(50), &json!(250)));
    assert_eq!(ours["rung"], json!("raised"), "{}", agreed(&ours));
    let ledger = &ours["ledger"];
    assert_eq!(
        (&ledger["on_time"]["locate"], &ledger["overdue_now"]["locate"]),
        (&json!(250), &json!(250)),
        "{ledger}"
    );
    let escalations =
        |letter: &Value| letter["parts"].as_array().unwrap().iter().filter(|part| part["part"] == "escalation").count();
    assert!(escalations(&ours) > 0);
    assert_eq!(escalations(&ours), escalations(&theirs));
    let (said, heard) = (steps(&south, Channel::Entry), steps(&north, Channel::Letter));
    assert_eq!((said.len(), heard.len()), (700, 700), "250 identities, 250 locations and 200 controls, each once");
    assert_eq!(heard.iter().collect::<BTreeSet<_>>().len(), 700);
    let northern = north.get(&desk, "/duties?state=done&limit=1000").await.ok();
    assert_eq!(northern["total"], json!(200), "what the south controls, the north need not look for");

    // The positive turns out wrong: what it caused over there is taken back.
    let investigator = north.officer(Role::Investigator).await;
    let grounds = north.get(&investigator, &format!("/cases/{}", case.as_str().unwrap())).await.ok();
    let positive = grounds["grounds"][0]["facts"][0].as_str().unwrap().to_owned();
    let taken_back = json!({ "reason": "标本混淆", "key": "wrong" });
    north.post(&investigator, &format!("/facts/{positive}/withdraw"), taken_back).await.ok();
    settle(&[&north, &south]).await;
    let (ours, theirs) = (north.letter().await, south.letter().await);
    assert_eq!((&ours["withdrawn"], &ours["overdue"]), (&json!(PEOPLE), &json!(0)));
    assert_eq!(shared(&ours), shared(&theirs));
    let southern = south.officer(Role::Desk).await;
    assert_eq!(south.get(&southern, "/duties?state=all").await.ok()["total"], json!(0));
    let gone = south.get(&southern, &format!("/people/{someone}")).await;
    assert_eq!(gone.refused(), (404, "not-found"), "nobody is required of anything, and nobody's business");
    assert!(south.deployment.situation().derived().people.is_empty());

    // Nothing of it was kept beside the journal: everything is derived again the same.
    for province in [&north, &south] {
        let kept = province.deployment.situation().derived().conclusions();
        let again = province.deployment.derive_from_scratch(None, None).await.unwrap();
        assert_eq!(again.derived().conclusions(), kept);
    }
}
