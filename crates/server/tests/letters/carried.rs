//! Letters that are carried as files, where no line connects two deployments.

use facts::Timestamp;
use letters::Envelope;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::province::{Officer, Province, SOUTH, Time, agreed, shared, traveller};

/// What is to be carried from one to another.
async fn mail(from: &Province, officer: &Officer, to: &Province) -> String {
    from.looks().await;
    let answer = from.get(officer, &format!("/deployments/{}/mail", to.fingerprint())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

/// Takes a file in, and says what became of each part.
async fn hand(to: &Province, officer: &Officer, file: &str) -> Vec<String> {
    let taken = to.hand(Some(officer), "/letters/files", file).await.ok();
    let outcome = |envelope: &Value| envelope["outcome"].as_str().unwrap().to_owned();
    taken["envelopes"].as_array().unwrap().iter().map(outcome).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carried_letter_is_as_good_as_a_sent_one() {
    let time = Time::begins().await;
    let north = Province::with_travellers(3).await;
    let south = Province::empty(SOUTH, false).await;
    north.trusts(&south, None).await;
    south.trusts(&north, None).await;
    let (ours, theirs) = (north.officer(Role::Desk).await, south.officer(Role::Desk).await);
    for number in 0..3 {
        north.finds(traveller(number)).await;
    }
    north.asks(&south, &[traveller(0)]).await.ok();
    north.asks(&south, &[traveller(1)]).await.ok();
    north.asks(&south, &[traveller(2)]).await.ok();
    let file = mail(&north, &ours, &south).await;
    let parts: Vec<&str> = Envelope::split(&file).unwrap();
    assert_eq!(parts.len(), 4, "three letters and an acknowledgement");

    // The third comes first, through an editor that ends lines in its own way, and waits.
    assert_eq!(hand(&south, &theirs, &parts[2].replace('\n', "\r\n")).await, ["waiting"]);
    assert_eq!(south.letters("in").await.len(), 0);
    let deployments = south.get(&theirs, "/deployments").await.ok();
    assert_eq!(deployments[0]["incoming"]["waiting"], json!([3]));
    time.wait(45);
    // The whole file brings the others, and the one that waited has its turn.
    assert_eq!(hand(&south, &theirs, &file).await, ["taken", "taken", "known", "acknowledgement"]);
    assert_eq!(south.letters("in").await.len(), 3);
    assert_eq!(hand(&south, &theirs, &file).await, ["known", "known", "known", "acknowledgement"]);
    assert_eq!(south.facts_of("letter"), 4, "a trust and three letters");

    // The answer goes back the same way, and then nothing is left to carry.
    let back = mail(&south, &theirs, &north).await;
    assert_eq!(hand(&north, &ours, &back).await, ["taken", "taken", "taken", "acknowledgement"]);
    let waiting = north.get(&ours, "/deployments").await.ok()[0]["outgoing"]["waiting"].clone();
    assert_eq!(waiting, json!(0));
    let rest = mail(&north, &ours, &south).await;
    assert_eq!(hand(&south, &theirs, &rest).await, ["acknowledgement"]);
    let (mut sent, mut received) = (north.letters("out").await, south.letters("in").await);
    for letters in [&mut sent, &mut received] {
        letters.sort_by_key(|letter| letter["id"].as_str().unwrap().to_owned());
    }
    for (sent, received) in sent.iter().zip(&received) {
        assert_eq!((agreed(sent), shared(sent)), (agreed(received), shared(received)));
        let at: Timestamp = received["received"].as_str().unwrap().parse().unwrap();
        assert_eq!(at, time.now(), "the second clock runs from when it was taken in");
    }
    // The letter itself can be kept as it was signed.
    let id = sent[0]["id"].as_str().unwrap();
    let kept = north.get(&ours, &format!("/letters/{id}/file")).await;
    assert_eq!(kept.text, south.get(&theirs, &format!("/letters/{id}/file")).await.text);
    assert!(Envelope::read(&kept.text).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_between_two_steps_goes_on_where_it_was() {
    let _time = Time::begins().await;
    let mut north = Province::with_travellers(1).await;
    let mut south = Province::empty(SOUTH, false).await;
    north.line_opens().await;
    south.line_opens().await;
    north.trusts(&south, Some(south.address())).await;
    south.trusts(&north, Some(north.address())).await;
    north.finds(traveller(0)).await;
    north.asks(&south, &[traveller(0)]).await.ok();
    // The acknowledgement is lost on its way back: the part arrived, and the north does not know.
    let mailbox = &north.deployment.letters.mailbox;
    let with = south.deployment.letters.own().fingerprint();
    let (number, text) = mailbox.to_send(with, 0, 1).await.unwrap().remove(0);
    assert_eq!(number, 1);
    assert_eq!(south.hand(None, "/letters/inbox", &text).await.status, 200);
    let facts = south.facts_of("letter");
    // Sent again, it is known, and acknowledged again.
    crate::province::settle(&[&north, &south]).await;
    assert_eq!(south.facts_of("letter"), facts + 1, "the receipt and nothing else");
    assert_eq!(mailbox.correspondent(with).await.unwrap().unwrap().acknowledged, 1);
    // The whole book is in the journal: another process on the same data has it.
    assert_eq!(north.letter().await["received"], south.letter().await["received"]);
}
