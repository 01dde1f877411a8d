//! The live day: visits that machines send, traceable at once, corrected, sealed, deleted in the end.

use facts::{BatchKind, Body, PersonId};
use futures::StreamExt;
use serde_json::{Value, json};
use server::accounts::Role::{Admin, Command, Feed, Investigator};
use server::sealing::{Sealing, seal_what_is_due};

use crate::harness::{Answer, COUNTY, OFFICE, Officer, PROVINCE, SUN, Story, TABLE, request};

/// A message of one visit of Sun's to Wang's office, on the day before Wang's positive.
fn sun_at_the_office(key: Option<&str>) -> Value {
    let visit =
        json!({ "person": SUN, "unit": OFFICE, "start": "2022-07-09T03:00:00Z", "end": "2022-07-09T08:00:00Z" });
    let mut message = json!({ "visits": [visit] });
    if let Some(key) = key {
        message["source_key"] = key.into();
    }
    message
}

fn sun_elsewhere(key: &str) -> Value {
    let visit = json!({ "person": SUN, "unit": TABLE, "start": "2022-07-08T03:00:00Z", "end": "2022-07-08T04:00:00Z" });
    json!({ "source_key": key, "visits": [visit] })
}

async fn send(story: &Story, feed: &Officer, kind: &str, query: &str, body: &[u8]) -> Answer {
    story.send(request(Some(feed.token()), "POST", &format!("/visits{query}"), Some((kind, body.to_vec())))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_six_hours_after_its_case_was_traced_makes_the_contact_the_status_and_the_duty() {
    let (story, _, _) = Story::with_a_case().await;
    let feed = story.officer(Feed, PROVINCE).await;
    assert_eq!(story.colour(SUN), "green");
    story.wait(6 * 60);
    let received = story.now();
    let mut news = story.open(&feed, "/events").await.into_body().into_data_stream();
    let first = news.next().await.unwrap().unwrap();

    let answer = story.post(&feed, "/visits", sun_at_the_office(None)).await.ok();
    assert_eq!(
        (&answer["accepted"], &answer["duplicate"], &answer["corrected"]),
        (&json!(1), &json!(false), &json!(0))
    );
    assert_eq!((&answer["contacts_new"], &answer["traced_up_to"]), (&json!(1), &json!(received.to_string())));
    assert_ne!(story.colour(SUN), "green");
    let there = story.officer(Investigator, PROVINCE).await;
    let duty = story.duty(&there, SUN).await;
    assert_eq!((&duty["received"], &duty["reason"]), (&json!(received.to_string()), &json!("close-contact")));
    let next = news.next().await.unwrap().unwrap();
    assert!(next.starts_with(b"event: situation") && first.starts_with(b"event: situation"), "{next:?}");

    // Sealing changes no conclusion: the duty does not begin anew, and the evidence is there to open.
    story.wait(20);
    let before = story.get(&there, &format!("/people/{SUN}")).await.ok();
    assert_eq!(seal_what_is_due(&story.deployment, &Sealing::default()).await.unwrap(), 1);
    let after = story.get(&there, &format!("/people/{SUN}")).await.ok();
    for clock in ["opened", "received", "due", "steps"] {
        assert_eq!(after["duties"][0][clock], before["duties"][0][clock], "{clock}");
    }
    let because = |view: &Value| view["duties"][0]["because"][0].clone();
    assert_eq!(because(&before)["batch"], Value::Null);
    assert_eq!(because(&after)["batch"]["row"], json!(0), "the evidence opens to a row of the batch");
    assert_eq!(because(&after)["params"], because(&before)["params"]);
    assert_eq!(after["status"]["requirements"][0]["from"], before["status"]["requirements"][0]["from"]);
    let index = story.get(&story.officer(Command, PROVINCE).await, "/index").await.ok();
    assert_eq!((&index["traced_up_to"], &index["sealed_up_to"]), (&json!(received), &json!(received)));
    assert_eq!((&index["live"]["oldest"], &index["stays"]), (&Value::Null, &json!(5)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_twice_counts_once_and_a_corrected_one_takes_its_place() {
    let (story, _, _) = Story::with_a_case().await;
    let (feed, other) = (story.officer(Feed, PROVINCE).await, story.officer(Feed, PROVINCE).await);
    let first = story.post(&feed, "/visits", sun_at_the_office(Some("gate 7/41"))).await.ok();
    let again = story.post(&feed, "/visits", sun_at_the_office(Some("gate 7/41"))).await.ok();
    assert_eq!(
        (&again["intake"], &again["duplicate"], &again["contacts_new"]),
        (&first["intake"], &json!(true), &json!(0))
    );
    let red = story.conclusions();
    assert_ne!(story.colour(SUN), "green");

    // While it is in the log, and once it is sealed.
    for sealed in [false, true] {
        if sealed {
            assert!(story.deployment.seal(1_000).await.unwrap() > 0);
        }
        // Another feed's key of the same name is another key.
        let others = story.post(&other, "/visits", json!({ "source_key": "gate 7/41", "visits": [] })).await.ok();
        assert_eq!(others["corrected"], 0);
        let corrected = story.post(&feed, "/visits", sun_elsewhere("gate 7/41")).await.ok();
        assert_eq!((&corrected["corrected"], &corrected["duplicate"]), (&json!(1), &json!(false)));
        assert_eq!(story.colour(SUN), "green", "sealed: {sealed}");
        let taken_back = story.post(&feed, "/visits", json!({ "source_key": "gate 7/41", "visits": [] })).await.ok();
        assert_eq!((&taken_back["corrected"], &taken_back["accepted"]), (&json!(1), &json!(0)));
        let back = story.post(&feed, "/visits", sun_at_the_office(Some("gate 7/41"))).await.ok();
        assert_eq!((&back["corrected"], &back["contacts_new"]), (&json!(0), &json!(1)));
    }
    assert_eq!(story.conclusions().len(), red.len());
    // A server that starts anew knows the same.
    let live = story.conclusions();
    story.deployment.rebuild().await.unwrap();
    assert_eq!(story.conclusions(), live);
    assert!(story.deployment.journal.verify().await.unwrap().problems.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_with_a_wrong_row_is_refused_whole_and_a_table_keeps_its_good_rows() {
    let story = Story::begins().await;
    let feed = story.officer(Feed, COUNTY).await;
    let mut message = sun_at_the_office(None);
    message["visits"].as_array_mut().unwrap().push(json!({ "person": SUN, "unit": OFFICE, "start": "yesterday" }));
    let refused = story.post(&feed, "/visits", message).await;
    assert_eq!(refused.refused(), (422, "invalid", Some("start")));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("row 2: expected a time with its offset"), "{detail}");

    let table = format!(
        "person,unit,start,end,seat_row\n{SUN},{OFFICE},2022-07-09T02:00:00Z,,\n{SUN},{OFFICE},yesterday,,\n\
         {SUN},{OFFICE},2022-07-09T05:00:00Z,2022-07-09T04:00:00Z,\n"
    );
    let answer = send(&story, &feed, "text/csv", "?source_key=a&assumed_dwell_minutes=30", table.as_bytes()).await.ok();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(2)));
    let said: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| (&e["row"], &e["column"])).collect();
    assert_eq!(said, [(&json!(3), &json!("start")), (&json!(4), &json!("end"))]);
    let log = story.deployment.journal.intake().await.unwrap();
    assert_eq!((log.len(), log[0].visits.len(), log[0].assumed_dwell_minutes), (1, 1, Some(30)));

    let nothing = send(&story, &feed, "text/csv", "", b"person,unit,start\nnobody,nowhere,never\n").await;
    assert_eq!(nothing.refused(), (422, "invalid", Some("visits")));
    assert!(nothing.body["detail"].as_str().unwrap().contains("row 2"), "{}", nothing.text);
    let binary = send(&story, &feed, "application/octet-stream", "", b"?").await;
    assert_eq!(binary.refused(), (422, "invalid", Some("content-type")));
    let broken = send(&story, &feed, "application/vnd.apache.parquet", "", b"PAR1").await;
    assert_eq!(broken.refused(), (422, "invalid", Some("file")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_batch_file_can_be_sent_as_it_is() {
    let story = Story::begins().await;
    let feed = story.officer(Admin, PROVINCE).await;
    story.post(&feed, "/visits", sun_at_the_office(None)).await.ok();
    story.deployment.seal(1_000).await.unwrap();
    let files = std::fs::read_dir(story.deployment.folder().join("store")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap()).collect();
    files.retain(|file| file.file_name().to_string_lossy().starts_with("visits-"));
    files.sort_by_key(|file| file.metadata().unwrap().modified().unwrap());
    let bytes = std::fs::read(files.last().unwrap().path()).unwrap();
    let answer = send(&story, &feed, "application/vnd.apache.parquet", "", &bytes).await.ok();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(1), &json!(0)), "{answer}");
    let log = story.deployment.journal.intake().await.unwrap();
    assert_eq!(log[0].visits[0].person, SUN);
    assert_eq!(log[0].visits[0].start, "2022-07-09T03:00:00Z".parse().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_send_at_once_are_all_acknowledged_and_none_is_doubled() {
    let story = Story::begins().await;
    let before = story.deployment.situation().world().visits.len();
    let sender = |number: u64| {
        let (deployment, now) = (story.deployment.clone(), story.now());
        tokio::spawn(async move {
            let visit = facts::VisitRow {
                person: PersonId::new(1_000 + number / 2),
                unit: OFFICE,
                start: "2022-07-09T03:00:00Z".parse().unwrap(),
                end: None,
                seat_row: None,
            };
            // Each message twice, by two senders.
            let key = facts::Hex([(number / 2) as u8; 16]);
            let source = facts::Source { actor: facts::ActorId::new(1), channel: facts::Channel::Feed, key: Some(key) };
            let sent = server::deployment::intake::Sent { visits: vec![visit], source, assumed_dwell_minutes: None };
            deployment.take_in(vec![sent], now).await.unwrap()[0]
        })
    };
    let senders: Vec<_> = (0..200).map(sender).collect();
    let mut new = 0;
    for sender in senders {
        new += usize::from(sender.await.unwrap().fate == journal::Fate::New);
    }
    assert_eq!(new, 100);
    assert_eq!(story.deployment.journal.intake().await.unwrap().len(), 100);
    assert_eq!(story.deployment.situation().world().visits.len(), before + 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visits_are_deleted_with_a_receipt_once_their_time_is_over() {
    let (story, _, _) = Story::with_a_case().await;
    assert_eq!(story.deployment.delete_older_than(30).await.unwrap(), 0);
    story.wait(29 * 24 * 60);
    assert_eq!(story.deployment.delete_older_than(30).await.unwrap(), 0, "not one day too early");
    story.wait(2 * 24 * 60);
    let feed = story.officer(Feed, PROVINCE).await;
    // What came later is kept for as long since it came.
    story.post(&feed, "/visits", sun_elsewhere("late")).await.ok();
    story.deployment.seal(1_000).await.unwrap();
    let batches = |story: &Story| {
        let situation = story.deployment.situation();
        let ledger = &situation.world().ledger;
        let visits = ledger.all().filter(|fact| matches!(fact.body(), Body::Batch { rows_are: BatchKind::Visits, .. }));
        visits.filter(|fact| ledger.stands(fact.id)).count()
    };
    assert_eq!(batches(&story), 2);
    assert_eq!(story.deployment.delete_older_than(30).await.unwrap(), 1);
    assert_eq!(batches(&story), 1);
    assert_eq!(story.deployment.situation().world().visits.len(), 1, "the index has what was sealed last");
    assert_eq!(story.deployment.delete_older_than(30).await.unwrap(), 0);
    let receipt = {
        let situation = story.deployment.situation();
        let mut facts = situation.world().ledger.all();
        facts.find(|fact| matches!(fact.body(), Body::Deleted { .. })).unwrap().id
    };
    let officer = story.officer(Investigator, COUNTY).await;
    assert_eq!(story.get(&officer, &format!("/facts/{receipt}")).await.ok()["kind"], "deleted");
    let live = story.conclusions();
    story.deployment.rebuild().await.unwrap();
    assert_eq!(story.conclusions(), live);
    assert!(story.deployment.journal.verify().await.unwrap().problems.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_follows_sees_what_another_takes_in_corrects_and_seals() {
    let (story, _, _) = Story::with_a_case().await;
    let feed = story.officer(Feed, PROVINCE).await;
    let follower = story.follower().await;
    let same = async |what: &str| {
        follower.follow().await.unwrap();
        let (own, others) = (follower.situation(), story.deployment.situation());
        assert_eq!(own.derived().conclusions(), others.derived().conclusions(), "{what}");
        assert_eq!(own.world().visits.len(), others.world().visits.len(), "{what}");
        assert_eq!(own.world().intake, others.world().intake, "{what}");
    };
    story.post(&feed, "/visits", sun_at_the_office(Some("a"))).await.ok();
    same("taken in").await;
    story.post(&feed, "/visits", sun_elsewhere("a")).await.ok();
    same("corrected").await;
    story.deployment.seal(1_000).await.unwrap();
    same("sealed").await;
    // Taken in and sealed between two looks.
    story.post(&feed, "/visits", sun_at_the_office(Some("b"))).await.ok();
    story.deployment.seal(1_000).await.unwrap();
    same("taken in and sealed").await;
    assert_ne!(story.colour(SUN), "green");
    story.post(&feed, "/visits", json!({ "source_key": "b", "visits": [] })).await.ok();
    same("withdrawn").await;
    assert_eq!(story.colour(SUN), "green");
    // The follower seals what the other took in.
    story.post(&feed, "/visits", sun_at_the_office(Some("c"))).await.ok();
    assert_eq!(follower.seal(1_000).await.unwrap(), 1);
    story.deployment.follow().await.unwrap();
    same("sealed by the other").await;
    assert!(story.deployment.situation().world().intake.is_empty());
}
