//! The mailbox on either engine: what was written goes out in order until it is acknowledged, what came is kept once.

use facts::{Hex, LetterId, Timestamp};
use server::letters::mailbox::{Mailbox, NewOutgoing, Opened, SendError};
use testkit::Fresh;

testkit::on_both_engines! {
    what_was_written_goes_out_in_order_until_it_is_acknowledged,
    a_request_writes_one_part,
    what_came_is_kept_once_and_taken_in_its_turn,
    a_failure_is_remembered_until_something_arrives,
}

const OTHER: Hex<16> = Hex([7; 16]);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn letter(number: u64) -> LetterId {
    LetterId(Hex([number as u8; 16]))
}

async fn mailbox(fresh: &Fresh) -> Mailbox {
    let mailbox = Mailbox::open(fresh.url()).await.unwrap();
    mailbox.meet(OTHER, ("甲", "A"), Some("http://127.0.0.1:1")).await.unwrap();
    mailbox
}

async fn write(mailbox: &Mailbox, number: u64, request: Option<&str>) -> bool {
    let content = format!("part {number}");
    let new = NewOutgoing {
        deployment: OTHER,
        number,
        part: "letter",
        letter: letter(number),
        request,
        content: &content,
        drafts: &[],
        written: at(number as i64),
    };
    mailbox.add(new).await.is_ok()
}

async fn to_send(mailbox: &Mailbox) -> Vec<u64> {
    let acknowledged = mailbox.correspondent(OTHER).await.unwrap().unwrap().acknowledged;
    mailbox.to_send(OTHER, acknowledged, 10).await.unwrap().into_iter().map(|(number, _)| number).collect()
}

async fn what_was_written_goes_out_in_order_until_it_is_acknowledged(fresh: Fresh) {
    let mailbox = mailbox(&fresh).await;
    for number in 1..=3 {
        assert!(write(&mailbox, number, None).await);
    }
    assert!(!write(&mailbox, 3, None).await, "a number is written once");
    assert!(to_send(&mailbox).await.is_empty(), "nothing goes out before its facts are recorded");
    for (deployment, number, drafts) in mailbox.unreleased().await.unwrap() {
        assert!(drafts.is_empty());
        mailbox.release(deployment, number).await.unwrap();
    }
    assert_eq!(to_send(&mailbox).await, [1, 2, 3]);
    mailbox.acknowledged(OTHER, 2, false).await.unwrap();
    mailbox.acknowledged(OTHER, 1, false).await.unwrap();
    assert_eq!(to_send(&mailbox).await, [3], "an old acknowledgement takes nothing back");
    mailbox.acknowledged(OTHER, 9, true).await.unwrap();
    assert_eq!(to_send(&mailbox).await, [3], "nobody has what was never written");
    mailbox.acknowledged(OTHER, 1, true).await.unwrap();
    assert_eq!(to_send(&mailbox).await, [2, 3], "whoever says that they lost parts gets them again");
    assert_eq!(
        mailbox.outbox().await.unwrap().iter().map(|part| (part.number, part.bytes)).collect::<Vec<_>>(),
        [(3, 6), (2, 6), (1, 6)]
    );
    assert_eq!(mailbox.letter(letter(2)).await.unwrap().as_deref(), Some("part 2"));
}

async fn a_request_writes_one_part(fresh: Fresh) {
    let mailbox = mailbox(&fresh).await;
    assert_eq!(mailbox.of_request("asked").await.unwrap(), None);
    assert!(write(&mailbox, 1, Some("asked")).await);
    assert!(!write(&mailbox, 2, Some("asked")).await);
    assert_eq!(mailbox.of_request("asked").await.unwrap(), Some(letter(1)));
    assert_eq!(mailbox.correspondent(OTHER).await.unwrap().unwrap().written, 1, "all or nothing");
}

async fn what_came_is_kept_once_and_taken_in_its_turn(fresh: Fresh) {
    let mailbox = mailbox(&fresh).await;
    let digest = Hex([1; 32]);
    mailbox.keep(OTHER, 2, ("second", digest), at(5)).await.unwrap();
    assert!(mailbox.keep(OTHER, 2, ("other", Hex([2; 32])), at(6)).await.is_err());
    assert_eq!(mailbox.kept(OTHER, 2).await.unwrap(), Some(digest));
    assert_eq!(mailbox.waiting(OTHER, 1).await.unwrap(), None);
    mailbox.keep(OTHER, 1, ("first", digest), at(7)).await.unwrap();
    let opened = Opened { part: Some("letter"), letter: Some(letter(1)), problem: None };
    mailbox.taken(OTHER, 1, opened).await.unwrap();
    let opened = Opened { part: None, letter: None, problem: Some(("letter-not-asked", "ask first".into())) };
    mailbox.taken(OTHER, 2, opened).await.unwrap();
    assert_eq!(mailbox.waiting(OTHER, 2).await.unwrap(), None);
    let inbox = mailbox.inbox().await.unwrap();
    assert_eq!(
        inbox.iter().map(|part| (part.number, part.state.as_str())).collect::<Vec<_>>(),
        [(1, "taken"), (2, "void")]
    );
    assert_eq!(inbox[1].problem, Some(("letter-not-asked".into(), "ask first".into())));
    let correspondent = mailbox.correspondent(OTHER).await.unwrap().unwrap();
    assert_eq!((correspondent.taken, correspondent.last_received), (2, Some(at(7))));
}

async fn a_failure_is_remembered_until_something_arrives(fresh: Fresh) {
    let mailbox = mailbox(&fresh).await;
    write(&mailbox, 1, None).await;
    for failures in 1..=2 {
        let error = SendError { code: "letter-unreachable".into(), detail: "no answer".into(), at: at(10) };
        mailbox.tried(OTHER, 1, Err((error, at(12)))).await.unwrap();
        let known = mailbox.correspondent(OTHER).await.unwrap().unwrap();
        assert_eq!((known.failures, known.next_try), (failures, Some(at(12))));
        assert_eq!(known.error.unwrap().code, "letter-unreachable");
    }
    mailbox.tried(OTHER, 1, Ok(at(20))).await.unwrap();
    let known = mailbox.correspondent(OTHER).await.unwrap().unwrap();
    assert_eq!((known.failures, known.next_try, known.last_sent), (0, None, Some(at(20))));
    assert!(known.error.is_none());
    // Another address is tried at once; what passed stays.
    mailbox.meet(OTHER, ("乙", "B"), None).await.unwrap();
    let known = mailbox.correspondent(OTHER).await.unwrap().unwrap();
    assert_eq!((known.name_zh.as_str(), known.address, known.written), ("乙", None, 1));
    assert_eq!(mailbox.outbox().await.unwrap()[0].attempts, 3);
}
