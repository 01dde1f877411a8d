//! What others send that is not as it should be: refused, each with its own reason, and nothing changes.

use facts::Hex;
use letters::{Card, Envelope, Head, Keys};
use serde_json::json;
use server::accounts::Role;

use crate::province::{NORTH, Province, SOUTH, Time, WEST, code, settle, traveller};

/// A letter of the north on its way to the south, not sent yet.
async fn on_its_way(north: &Province, south: &Province) -> String {
    north.finds(traveller(0)).await;
    north.asks(south, &[traveller(0)]).await.ok();
    let with = south.deployment.letters.own().fingerprint();
    let parts = north.deployment.letters.mailbox.to_send(with, 0, 10).await.unwrap();
    parts.into_iter().next_back().unwrap().1
}

async fn two() -> (Province, Province) {
    let mut north = Province::with_travellers(2).await;
    let mut south = Province::empty(SOUTH, false).await;
    north.line_opens().await;
    south.line_opens().await;
    (north, south)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_whom_somebody_trusts_is_heard() {
    let _time = Time::begins().await;
    let (north, south) = two().await;
    north.trusts(&south, Some(south.address())).await;
    let text = on_its_way(&north, &south).await;
    let facts = south.deployment.journal.head().await.unwrap().size;
    let refused = south.hand(None, "/letters/inbox", &text).await;
    assert_eq!(refused.refused(), (403, "letter-unknown-deployment"));
    assert!(refused.body["detail"].as_str().unwrap().contains("compare the fingerprint"), "{}", refused.text);
    // The north sees why, keeps the letter, and tries again.
    north.looks().await;
    let desk = north.officer(Role::Desk).await;
    let outgoing = north.get(&desk, "/deployments").await.ok()[0]["outgoing"].clone();
    assert_eq!(outgoing["last_error"]["code"], json!("letter-unknown-deployment"), "{outgoing}");
    assert_eq!(south.deployment.journal.head().await.unwrap().size, facts, "nothing was recorded");

    // Once the south trusts the north, it arrives; once it does not, nothing does.
    south.trusts(&north, Some(north.address())).await;
    assert_eq!(south.hand(None, "/letters/inbox", &text).await.status, 200);
    assert_eq!(south.letters("in").await.len(), 1);
    let admin = south.officer(Role::Admin).await;
    let revoked =
        south.post(&admin, &format!("/deployments/{}/revoke", north.fingerprint()), json!({ "key": "no" })).await.ok();
    assert!(revoked["revoked"].is_string(), "{revoked}");
    assert_eq!(south.hand(None, "/letters/inbox", &text).await.refused(), (403, "letter-revoked"));
    assert_eq!(south.letters("in").await.len(), 1, "what it sent stays");
    let answer = south.post(&admin, "/deployments", json!({ "card": "hello", "fingerprint": "", "key": "k" })).await;
    assert_eq!((answer.refused(), &answer.body["field"]), ((422, "invalid"), &json!("card")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_of_someone_in_between_is_not_trusted() {
    let _time = Time::begins().await;
    let (north, south) = two().await;
    let admin = south.officer(Role::Admin).await;
    let between = Keys::from_seeds(&Hex([7; 32]), &Hex([8; 32]));
    let card = Card {
        name_zh: "金河省防指".into(),
        name_en: "Command".into(),
        jurisdiction: code(NORTH),
        keys: between.public(),
        exercise: false,
        address: None,
    };
    // The telephone says another fingerprint than the card has.
    let given = json!({ "card": card.write(&between), "fingerprint": north.fingerprint(), "key": "k" });
    let refused = south.post(&admin, "/deployments", given).await;
    assert_eq!((refused.refused(), &refused.body["field"]), ((422, "invalid"), &json!("fingerprint")));
    let drill = Card { exercise: true, ..card.clone() };
    let given = json!({ "card": drill.write(&between), "fingerprint": between.public().fingerprint(), "key": "k" });
    assert_eq!(south.post(&admin, "/deployments", given).await.refused(), (409, "letter-exercise"));
    let file = Card { address: Some("file:///etc/passwd".into()), ..card };
    let given = json!({ "card": file.write(&between), "fingerprint": between.public().fingerprint(), "key": "k" });
    let refused = south.post(&admin, "/deployments", given).await;
    assert_eq!(refused.body["field"], json!("address"), "{}", refused.text);
    // And nobody but an administrator decides it.
    for role in [Role::Command, Role::Investigator, Role::Desk, Role::Community] {
        let officer = south.officer(role).await;
        assert_eq!(
            south.post(&officer, "/deployments", json!({ "card": "", "fingerprint": "", "key": "k" })).await.status,
            403
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_altered_replayed_and_misdirected_parts_change_nothing() {
    let _time = Time::begins().await;
    let (north, south) = two().await;
    let west = Province::empty(WEST, false).await;
    north.trusts(&south, Some(south.address())).await;
    south.trusts(&north, Some(north.address())).await;
    west.trusts(&north, Some(north.address())).await;
    let text = on_its_way(&north, &south).await;
    assert_eq!(south.hand(None, "/letters/inbox", &text).await.status, 200);
    let facts = south.deployment.journal.head().await.unwrap().size;

    let refused = async |to: &Province, text: &str| {
        let answer = to.hand(None, "/letters/inbox", text).await;
        let (status, code) = answer.refused();
        assert!(!answer.body["detail"].as_str().unwrap().is_empty(), "{}", answer.text);
        (status, code.to_owned())
    };
    let number = |text: &str, number: u64| text.replacen("number 1\n", &format!("number {number}\n"), 1);
    assert_eq!(refused(&south, &number(&text, 2)).await, (403, "letter-forged".into()));
    assert_eq!(refused(&south, &text[..text.len() / 2]).await, (422, "letter-unreadable".into()));
    assert_eq!(refused(&south, "hello").await, (422, "letter-unreadable".into()));
    let later = text.replacen("firebreak-letter 1", "firebreak-letter 2", 1);
    assert_eq!(refused(&south, &later).await, (422, "letter-version".into()));
    assert_eq!(refused(&west, &text).await, (422, "letter-wrong-receiver".into()));
    // The same letter again is known, and acknowledged again.
    let again = south.hand(None, "/letters/inbox", &text).await;
    assert_eq!(again.status, 200);
    assert_eq!(Envelope::read(&again.text).unwrap().head.taken, 1);

    // The north's own key under a number that was used: a copy of the north that runs beside it, say.
    let head = Envelope::read(&text).unwrap().head;
    let part = letters::Part::Withdrawal { letter: facts::LetterId(Hex([5; 16])), people: Vec::new() };
    let seal = |head: Head| {
        let keys = north.keys();
        north.deployment.chance.with(|random| {
            Envelope::seal(head, &part, &keys, &south.deployment.letters.own(), random).unwrap().to_text()
        })
    };
    assert_eq!(refused(&south, &seal(head)).await, (409, "letter-number-used".into()));
    assert_eq!(south.deployment.journal.head().await.unwrap().size, facts, "nothing was recorded");

    // About a letter that was never written: taken, and nothing follows; what comes after is not kept waiting.
    assert_eq!(south.hand(None, "/letters/inbox", &seal(Head { number: 2, ..head })).await.status, 200);
    let desk = south.officer(Role::Desk).await;
    let void = south.get(&desk, "/letters/inbox?state=void").await.ok();
    assert_eq!(
        (&void["total"], &void["rows"][0]["problem"]["code"]),
        (&json!(1), &json!("letter-not-asked")),
        "{void}"
    );
    assert_eq!(south.deployment.journal.head().await.unwrap().size, facts);

    // An answer from whoever was asked nothing.
    let letter = north.letter().await["id"].as_str().unwrap().to_owned();
    let northern = north.officer(Role::Desk).await;
    let answer = json!({ "all": true, "steps": ["control"], "key": "own" });
    assert_eq!(north.post(&northern, &format!("/letters/{letter}/answer"), answer).await.refused(), (409, "conflict"));
    let withdraw = south.post(&desk, &format!("/letters/{letter}/withdraw"), json!({ "key": "not ours" })).await;
    assert_eq!(withdraw.refused(), (409, "conflict"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_restricts_nobody_for_longer_than_one_word_and_cannot_be_confirmed() {
    let time = Time::begins().await;
    let (north, south) = two().await;
    north.trusts(&south, Some(south.address())).await;
    south.trusts(&north, Some(north.address())).await;
    north.finds(traveller(0)).await;
    north.asks(&south, &[traveller(0)]).await.ok();
    settle(&[&north, &south]).await;
    let letter = south.letter().await;
    let person = letter["people"][0]["person"].as_str().unwrap().to_owned();
    let received = letter["parts"][0]["fact"].as_str().unwrap().to_owned();
    let investigator = south.officer(Role::Investigator).await;
    let confirmed = south.post(&investigator, &format!("/facts/{received}/confirm"), json!({ "key": "c" })).await;
    assert_eq!(confirmed.refused(), (409, "conflict"));
    let withdrawn = south.post(&investigator, &format!("/facts/{received}/withdraw"), json!({ "key": "w" })).await;
    assert_eq!(withdrawn.refused(), (409, "conflict"), "what was received cannot be unsaid here");

    let status = async |province: &Province| {
        let officer = province.officer(Role::Investigator).await;
        province.get(&officer, &format!("/people/{person}")).await.ok()
    };
    let before = status(&south).await;
    assert_ne!(before["status"]["colour"], json!("green"));
    assert_eq!(before["status"]["requirements"][0]["because"][0]["code"], json!("letter"), "{before}");
    time.wait(24 * 60 + 1);
    let after = status(&south).await;
    assert_eq!(after["status"]["colour"], json!("green"), "{}", after["status"]);
    // The authority is still asked.
    assert_eq!(after["duties"][0]["closed"], serde_json::Value::Null, "{}", after["duties"]);
    assert_eq!(south.letter().await["overdue"], json!(1));
}
