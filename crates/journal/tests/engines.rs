//! What a journal promises, on SQLite and on PostgreSQL.
#![allow(missing_docs)]

mod examples;

use std::sync::Arc;

use examples::*;
use facts::{ActorId, BatchId, BatchKind, Body, FactId, PersonId, Purpose, Run, Timestamp, UnitId, VisitRow};
use journal::{Fate, IntakeId, Journal, JournalError, Marker, Message, Outcome, Problem, Recorded, Rows};
use testkit::Fresh;

testkit::on_both_engines! {
    what_is_appended_is_read_back,
    a_call_is_recorded_whole_or_not_at_all,
    a_source_that_repeats_itself_adds_nothing,
    a_source_that_corrects_itself_supersedes,
    a_withdrawn_record_stays_withdrawn_when_it_is_sent_again,
    an_id_is_given_once,
    time_of_recording_never_goes_back,
    an_exercise_is_never_opened_as_the_real_thing,
    another_deployments_journal_is_refused,
    a_later_schema_is_refused,
    batches_of_every_kind_are_read_back,
    rows_that_no_batch_may_hold_are_refused,
    a_batch_sent_twice_is_one,
    a_batch_file_that_was_changed_is_not_read,
    visits_taken_in_are_sealed_by_assumed_dwell,
    sealed_visits_lie_by_minute_and_place_and_bear_their_message,
    a_key_taken_in_counts_after_sealing_too,
    messages_of_one_call_are_one_transaction,
    a_correction_replaces_what_is_still_in_the_log,
    a_correction_withdraws_what_is_sealed,
    a_message_taken_back_leaves_nothing,
    what_was_corrected_meanwhile_is_not_sealed,
    standing_moves_with_everything_that_happens,
    a_deleted_batch_leaves_its_receipt,
    a_batch_that_is_gone_without_a_receipt_is_found,
    a_withdrawal_of_nothing_is_found,
    a_crash_before_the_commit_leaves_an_orphan_that_harms_nothing,
    two_writers_keep_one_order,
    an_intact_journal_verifies,
    a_changed_fact_is_found,
    a_changed_fact_with_its_leaf_made_to_fit_is_found,
    a_removed_fact_is_found,
    a_changed_look_up_column_is_found,
    a_changed_head_is_found,
    a_missing_batch_file_is_found_unless_rewritten,
    a_changed_intake_entry_is_found,
}

fn appended(outcomes: &[Outcome]) -> Vec<Recorded> {
    let appended = |outcome: &Outcome| match outcome {
        Outcome::Appended(recorded) => Some(recorded.clone()),
        Outcome::Unchanged(_) => None,
    };
    outcomes.iter().filter_map(appended).collect()
}

async fn append_visits(journal: &Journal, batch: u64, key: Option<u8>, rows: &[VisitRow]) -> Recorded {
    let (batch, fact) = (BatchId::new(batch), FactId::new(batch));
    journal.append_batch(Rows::Visits(rows), batch, fact, source(key), Purpose::Import, Some(60), noon()).await.unwrap()
}

fn batch_file(fresh: &Fresh, batch: u64) -> std::path::PathBuf {
    fresh.folder().join("batches").join(format!("visits-{}.parquet", BatchId::new(batch)))
}

async fn what_is_appended_is_read_back(fresh: Fresh) {
    let journal = open(&fresh).await;
    let first = appended(&journal.append(vec![new(1, death(1)), new(2, positive(2, 1))], noon()).await.unwrap());
    // More than one multi-row statement of each size.
    let many = (3..1_200).map(|number| new(number, death(number))).collect();
    journal.append(many, noon()).await.unwrap();
    journal.close().await;

    let journal = open(&fresh).await;
    let read = journal.read(1, u64::MAX).await.unwrap();
    assert_eq!(read.len(), 1_199);
    assert_eq!(read[..2], first);
    assert!(read.iter().zip(1..).all(|(recorded, position)| recorded.position == position));
    assert!(read.iter().zip(1..).all(|(recorded, number)| recorded.fact.id == FactId::new(number)));
    assert_eq!(journal.read(1_199, 10).await.unwrap(), read[1_198..]);
    assert_eq!(journal.read(1_200, 10).await.unwrap(), []);
    assert_eq!(journal.fact(FactId::new(2)).await.unwrap(), Some(read[1].clone()));
    assert_eq!(journal.fact(FactId::new(9_999)).await.unwrap(), None);
    assert_eq!(journal.head().await.unwrap().size, 1_199);
}

async fn a_call_is_recorded_whole_or_not_at_all(fresh: Fresh) {
    let journal = open(&fresh).await;
    let before = journal.head().await.unwrap();
    let refused = journal.append(vec![new(1, death(1)), new(2, Body::Withdrawn { reason: None })], noon()).await;
    assert!(matches!(refused, Err(JournalError::Refused { index: 1, .. })), "{refused:?}");
    assert_eq!(journal.head().await.unwrap(), before);
    assert_eq!(journal.read(1, 10).await.unwrap(), []);
}

async fn a_source_that_repeats_itself_adds_nothing(fresh: Fresh) {
    let journal = open(&fresh).await;
    journal.append(vec![keyed(1, death(1), 9)], noon()).await.unwrap();
    let again = journal.append(vec![keyed(2, death(1), 9), keyed(3, death(1), 9)], noon()).await.unwrap();
    assert_eq!(again, [Outcome::Unchanged(FactId::new(1)), Outcome::Unchanged(FactId::new(1))]);
    assert_eq!(journal.head().await.unwrap().size, 1);
}

async fn a_source_that_corrects_itself_supersedes(fresh: Fresh) {
    let journal = open(&fresh).await;
    journal.append(vec![keyed(1, positive(1, 1), 9)], noon()).await.unwrap();
    let corrected = vec![keyed(2, positive(1, 2), 9), keyed(3, positive(1, 3), 9), keyed(4, positive(1, 3), 8)];
    let outcomes = appended(&journal.append(corrected, noon()).await.unwrap());
    let superseded: Vec<_> = outcomes.iter().map(|recorded| recorded.fact.draft.supersedes).collect();
    assert_eq!(superseded, [Some(FactId::new(1)), Some(FactId::new(2)), None]);
}

async fn a_withdrawn_record_stays_withdrawn_when_it_is_sent_again(fresh: Fresh) {
    let journal = open(&fresh).await;
    journal.append(vec![keyed(1, death(1), 9)], noon()).await.unwrap();
    let (id, mut withdrawal) = new(2, Body::Withdrawn { reason: None });
    withdrawal.supersedes = Some(FactId::new(1));
    journal.append(vec![(id, withdrawal)], noon()).await.unwrap();
    let again = journal.append(vec![keyed(3, death(1), 9)], noon()).await.unwrap();
    assert_eq!(again, [Outcome::Unchanged(FactId::new(1))]);
}

async fn an_id_is_given_once(fresh: Fresh) {
    let journal = open(&fresh).await;
    journal.append(vec![new(1, death(1))], noon()).await.unwrap();
    let taken = journal.append(vec![new(2, death(2)), new(1, death(3))], noon()).await;
    assert!(matches!(taken, Err(JournalError::IdTaken)), "{taken:?}");
    assert_eq!(journal.head().await.unwrap().size, 1);
}

async fn time_of_recording_never_goes_back(fresh: Fresh) {
    let journal = open(&fresh).await;
    journal.append(vec![new(1, death(1))], noon()).await.unwrap();
    let earlier = at("2022-10-31T00:00:00Z");
    let outcome = appended(&journal.append(vec![new(2, death(2))], earlier).await.unwrap());
    assert_eq!(outcome[0].fact.recorded, noon());
}

async fn an_exercise_is_never_opened_as_the_real_thing(fresh: Fresh) {
    let store = fresh.folder().join("batches");
    open(&fresh).await.close().await;
    let refused = Journal::open(fresh.url(), &store, Marker { exercise: true, ..REAL }).await.err().unwrap();
    assert!(matches!(refused, JournalError::Exercise { .. }));
    assert!(refused.to_string().contains("this journal is the real thing and was to be opened as an exercise"));
}

async fn another_deployments_journal_is_refused(fresh: Fresh) {
    open(&fresh).await.close().await;
    let marker = Marker { deployment: 8, ..REAL };
    let refused = Journal::open(fresh.url(), &fresh.folder().join("batches"), marker).await.err().unwrap();
    assert!(matches!(refused, JournalError::Deployment { found: 7, wanted: 8 }));
}

async fn a_later_schema_is_refused(fresh: Fresh) {
    open(&fresh).await.close().await;
    tamper(&fresh, "UPDATE schema SET version = 99").await;
    let refused = Journal::open(fresh.url(), &fresh.folder().join("batches"), REAL).await.err().unwrap();
    assert!(refused.to_string().contains("upgrade the program"), "{refused}");
}

async fn batches_of_every_kind_are_read_back(fresh: Fresh) {
    let journal = open(&fresh).await;
    let recorded = append_visits(&journal, 1, None, &visits()).await;
    let Body::Batch { rows_are, rows, span, assumed_dwell_minutes, .. } = recorded.fact.body() else { panic!() };
    assert_eq!((*rows_are, *rows, *assumed_dwell_minutes), (BatchKind::Visits, 3, Some(60)));
    let span = span.unwrap();
    assert_eq!((span.start(), span.end()), (at("2022-10-30T01:00:00Z"), at("2022-10-31T12:15:30.250Z")));
    let (two, three) = (BatchId::new(2), BatchId::new(3));
    let (residents, units) = (residents(), units());
    let append = |rows, batch, fact| {
        journal.append_batch(rows, batch, FactId::new(fact), source(None), Purpose::Import, None, noon())
    };
    append(Rows::Residents(&residents), two, 2).await.unwrap();
    append(Rows::Units(&units), three, 3).await.unwrap();

    assert_eq!(journal.visits(BatchId::new(1)).await.unwrap(), visits(), "they are in order of unit already");
    assert_eq!(journal.residents(two).await.unwrap(), residents);
    assert_eq!(journal.units(three).await.unwrap(), units);
    assert!(matches!(journal.visits(two).await, Err(JournalError::RowsAre { .. })));
    assert!(matches!(journal.visits(BatchId::new(4)).await, Err(JournalError::NoBatch(_))));
    let taken = append(Rows::Residents(&residents), two, 9).await;
    assert!(matches!(taken, Err(JournalError::BatchTaken(_))), "{taken:?}");
    assert!(journal.verify().await.unwrap().problems.is_empty());
}

async fn rows_that_no_batch_may_hold_are_refused(fresh: Fresh) {
    let journal = open(&fresh).await;
    let mut backwards = visits();
    backwards[2].end = Some(backwards[2].start);
    let mut named_home = units();
    named_home[1].name = Some("1 号楼 2 单元".to_owned());
    for (rows, row) in [(Rows::Visits(&backwards), 2), (Rows::Units(&named_home), 1)] {
        let batch = BatchId::new(1);
        let refused =
            journal.append_batch(rows, batch, FactId::new(1), source(None), Purpose::Import, None, noon()).await;
        assert!(matches!(refused, Err(JournalError::Row { row: found, .. }) if found == row), "{refused:?}");
    }
    assert!(journal.take_in(&[message(&backwards, None, None)], noon()).await.is_err());
    let of_no_time = journal.take_in(&[message(&visits(), None, Some(0))], noon()).await;
    assert!(matches!(of_no_time, Err(JournalError::Row { row: 1, .. })), "{of_no_time:?}");
    let (id, batch) = new(1, append_visits(&journal, 1, None, &visits()).await.fact.body().clone());
    assert!(journal.append(vec![(id, batch)], noon()).await.is_err(), "a batch fact came without its rows");
}

async fn a_batch_sent_twice_is_one(fresh: Fresh) {
    let journal = open(&fresh).await;
    let first = append_visits(&journal, 1, Some(4), &visits()).await;
    assert_eq!(append_visits(&journal, 2, Some(4), &visits()).await, first);
    assert!(!batch_file(&fresh, 2).exists());
    let corrected = append_visits(&journal, 3, Some(4), &visits()[..2]).await;
    assert_eq!(corrected.fact.draft.supersedes, Some(first.fact.id));
    let left: Vec<_> = std::fs::read_dir(fresh.folder().join("batches")).unwrap().collect();
    assert_eq!(left.len(), 2, "no temporary file stays behind");
}

fn flip_a_byte(path: &std::path::Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

async fn a_batch_file_that_was_changed_is_not_read(fresh: Fresh) {
    let journal = open(&fresh).await;
    append_visits(&journal, 1, None, &visits()).await;
    flip_a_byte(&batch_file(&fresh, 1));
    let refused = journal.visits(BatchId::new(1)).await;
    assert!(matches!(refused, Err(JournalError::Store(_))), "{refused:?}");
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::BatchFile { position: 1, .. }]), "{problems:?}");
}

/// Takes one message in.
async fn take_in(journal: &Journal, visits: &[VisitRow], key: Option<u8>, dwell: Option<u32>) -> (IntakeId, Fate) {
    let taken = journal.take_in(&[message(visits, key, dwell)], noon()).await.unwrap();
    (taken[0].id, taken[0].fate)
}

/// Seals what assumes the same dwell as the oldest message.
async fn seal(journal: &Journal, number: u64) -> Option<Recorded> {
    let to_seal = journal.to_seal(u64::MAX).await.unwrap()?;
    let (batch, fact) = (BatchId::new(number), FactId::new(number));
    journal.seal(to_seal, batch, fact, ActorId::new(5), noon()).await.unwrap()
}

async fn visits_taken_in_are_sealed_by_assumed_dwell(fresh: Fresh) {
    let journal = open(&fresh).await;
    let rows = visits();
    let (first, _) = take_in(&journal, &rows[..1], None, Some(30)).await;
    let (second, _) = take_in(&journal, &rows[1..2], Some(1), None).await;
    let (third, _) = take_in(&journal, &rows[2..], None, Some(30)).await;
    journal.close().await;

    let journal = open(&fresh).await;
    let log = journal.intake().await.unwrap();
    assert_eq!(log.iter().map(|entry| entry.id).collect::<Vec<_>>(), [first, second, third]);
    assert_eq!((log[1].assumed_dwell_minutes, log[1].source), (None, source(Some(1))));
    assert_eq!(log.iter().flat_map(|entry| entry.visits.clone()).collect::<Vec<_>>(), rows);
    assert_eq!(journal.waiting().await.unwrap(), (3, Some(noon())));

    assert!(seal(&journal, 1).await.is_some());
    assert_eq!(journal.visits(BatchId::new(1)).await.unwrap(), [rows[0], rows[2]]);
    assert_eq!(journal.intake().await.unwrap().len(), 1);
    assert!(seal(&journal, 2).await.is_some());
    assert_eq!(journal.visits(BatchId::new(2)).await.unwrap(), [rows[1]]);
    assert!(seal(&journal, 3).await.is_none());
    assert_eq!(journal.waiting().await.unwrap(), (0, None));
    let (fourth, _) = take_in(&journal, &rows, None, None).await;
    assert!(fourth > third, "a number of the log is never given twice");
    assert!(journal.verify().await.unwrap().problems.is_empty());
}

fn visit(person: u64, unit: u64, hour: i64) -> VisitRow {
    let start = Timestamp::from_second(noon().as_second() + hour * 3_600).unwrap();
    VisitRow { person: PersonId::new(person), unit: UnitId::new(unit), start, end: None, seat_row: None }
}

async fn sealed_visits_lie_by_minute_and_place_and_bear_their_message(fresh: Fresh) {
    let journal = open(&fresh).await;
    let received = ["2022-11-01T04:00:20Z", "2022-11-01T04:00:50Z", "2022-11-01T04:02:00Z"].map(at);
    let sent = [vec![visit(1, 20, 0), visit(1, 10, 1)], vec![visit(2, 10, 0)], vec![visit(3, 5, 0)]];
    for (visits, received) in sent.iter().zip(received) {
        journal.take_in(&[message(visits, None, None)], received).await.unwrap();
    }
    let known: Vec<_> = journal.intake().await.unwrap().iter().map(|entry| entry.known()).collect();
    let [first, later] = ["2022-11-01T04:00:00Z", "2022-11-01T04:02:00Z"].map(at);
    assert_eq!(known, [first, first, later]);
    let fact = seal(&journal, 1).await.unwrap().fact;
    let Body::Batch { received, .. } = fact.body() else { panic!() };
    assert_eq!(received[..], [Run { row: 0, received: first }, Run { row: 3, received: later }]);
    let sorted = [visit(2, 10, 0), visit(1, 10, 1), visit(1, 20, 0), visit(3, 5, 0)];
    assert_eq!(journal.visits(BatchId::new(1)).await.unwrap(), sorted);
    let of_first = journal.visits_of_message(FactId::new(1), 1).await.unwrap();
    assert_eq!(of_first, [(1, visit(1, 10, 1)), (2, visit(1, 20, 0))]);
    assert_eq!(journal.visits_of_message(FactId::new(1), 9).await.unwrap(), []);
    assert!(journal.verify().await.unwrap().problems.is_empty());
}

async fn a_key_taken_in_counts_after_sealing_too(fresh: Fresh) {
    let journal = open(&fresh).await;
    let first = take_in(&journal, &visits(), Some(1), None).await;
    let again = (first.0, Fate::Known);
    assert_eq!(take_in(&journal, &visits(), Some(1), None).await, again);
    assert_eq!(journal.intake().await.unwrap().len(), 1);
    seal(&journal, 1).await.unwrap();
    assert_eq!(take_in(&journal, &visits(), Some(1), None).await, again);
    assert_eq!(journal.intake().await.unwrap(), []);
}

async fn messages_of_one_call_are_one_transaction(fresh: Fresh) {
    let journal = open(&fresh).await;
    let keyed = |key: u8, person: u64| message(&[visit(person, 1, 0)], Some(key), None);
    let mut backwards = visits();
    backwards[2].end = Some(backwards[2].start);
    let refused = journal.take_in(&[keyed(1, 1), message(&backwards, None, None)], noon()).await;
    assert!(matches!(refused, Err(JournalError::Row { row: 2, .. })), "{refused:?}");
    assert_eq!(journal.intake().await.unwrap(), []);

    // More than one multi-row statement; one key three times, the last time corrected.
    let mut sent: Vec<Message> = (0..600).map(|person| message(&[visit(person, 1, 0)], None, None)).collect();
    sent.extend([keyed(1, 7), keyed(1, 7), keyed(1, 8)]);
    let fates: Vec<Fate> = journal.take_in(&sent, noon()).await.unwrap().iter().map(|taken| taken.fate).collect();
    assert_eq!(fates[600..], [Fate::New, Fate::Known, Fate::Corrects { visits: 1 }]);
    let log = journal.intake().await.unwrap();
    assert_eq!(log.len(), 601);
    assert_eq!(log.last().unwrap().visits, [visit(8, 1, 0)]);
}

async fn a_correction_replaces_what_is_still_in_the_log(fresh: Fresh) {
    let journal = open(&fresh).await;
    let (first, _) = take_in(&journal, &visits(), Some(1), None).await;
    let (second, fate) = take_in(&journal, &visits()[..1], Some(1), None).await;
    assert_eq!(fate, Fate::Corrects { visits: 3 });
    assert!(second > first);
    let log = journal.intake().await.unwrap();
    assert_eq!((log.len(), log[0].id, &log[0].visits[..]), (1, second, &visits()[..1]));
    assert_eq!(journal.head().await.unwrap().size, 0, "what no batch held leaves no fact");
    // The same visits with another assumption are another message.
    let (_, fate) = take_in(&journal, &visits()[..1], Some(1), Some(20)).await;
    assert_eq!(fate, Fate::Corrects { visits: 1 });
}

async fn a_correction_withdraws_what_is_sealed(fresh: Fresh) {
    let journal = open(&fresh).await;
    take_in(&journal, &[visit(1, 1, 0)], None, None).await;
    let (first, _) = take_in(&journal, &visits(), Some(1), None).await;
    seal(&journal, 1).await.unwrap();
    take_in(&journal, &[visit(2, 2, 0)], None, None).await;
    seal(&journal, 2).await.unwrap();
    let (_, fate) = take_in(&journal, &visits()[..1], Some(1), None).await;
    assert_eq!(fate, Fate::Corrects { visits: 3 });
    let withdrawal = journal.fact(FactId::new(100)).await.unwrap().unwrap();
    assert_eq!(withdrawal.fact.body(), &Body::VisitsWithdrawn { of: FactId::new(1), message: first.0 });
    assert_eq!(journal.visits_of_message(FactId::new(1), first.0).await.unwrap().len(), 3);
    assert_eq!(journal.intake().await.unwrap().len(), 1);

    // And the correction of the correction, once that is sealed too.
    seal(&journal, 3).await.unwrap();
    let mut third = message(&visits()[1..], Some(1), None);
    third.withdrawal = FactId::new(101);
    journal.take_in(&[third], noon()).await.unwrap();
    let withdrawal = journal.fact(FactId::new(101)).await.unwrap().unwrap();
    assert!(matches!(withdrawal.fact.body(), Body::VisitsWithdrawn { of, .. } if *of == FactId::new(3)));
    assert_eq!(withdrawal.fact.draft.supersedes, None, "the first withdrawal stands");
    assert!(journal.verify().await.unwrap().problems.is_empty());
}

async fn a_message_taken_back_leaves_nothing(fresh: Fresh) {
    let journal = open(&fresh).await;
    take_in(&journal, &visits(), Some(1), None).await;
    assert_eq!(take_in(&journal, &[], Some(1), None).await.1, Fate::Corrects { visits: 3 });
    assert_eq!(journal.intake().await.unwrap(), []);
    assert!(seal(&journal, 1).await.is_none());
    assert_eq!(take_in(&journal, &visits(), Some(1), None).await.1, Fate::Corrects { visits: 0 });
    assert_eq!(journal.intake().await.unwrap().len(), 1);
    assert_eq!(journal.head().await.unwrap().size, 0);
}

async fn what_was_corrected_meanwhile_is_not_sealed(fresh: Fresh) {
    let journal = open(&fresh).await;
    take_in(&journal, &visits(), Some(1), None).await;
    let to_seal = journal.to_seal(u64::MAX).await.unwrap().unwrap();
    take_in(&journal, &visits()[..2], Some(1), None).await;
    let (batch, fact) = (BatchId::new(1), FactId::new(1));
    assert_eq!(journal.seal(to_seal, batch, fact, ActorId::new(5), noon()).await.unwrap(), None);
    assert_eq!(journal.intake().await.unwrap().len(), 1);
    let left: Vec<_> = std::fs::read_dir(fresh.folder().join("batches")).unwrap().collect();
    assert!(left.is_empty(), "no temporary file stays behind");
    seal(&journal, 2).await.unwrap();
    assert_eq!(journal.visits(BatchId::new(2)).await.unwrap(), visits()[..2]);
}

async fn standing_moves_with_everything_that_happens(fresh: Fresh) {
    let journal = open(&fresh).await;
    let mut seen = vec![journal.standing().await.unwrap()];
    take_in(&journal, &visits(), Some(1), None).await;
    seen.push(journal.standing().await.unwrap());
    take_in(&journal, &visits()[1..], Some(1), None).await;
    seen.push(journal.standing().await.unwrap());
    take_in(&journal, &[], Some(1), None).await;
    seen.push(journal.standing().await.unwrap());
    take_in(&journal, &visits(), None, None).await;
    seal(&journal, 1).await.unwrap();
    seen.push(journal.standing().await.unwrap());
    assert!(seen.windows(2).all(|two| two[0] != two[1]), "{seen:?}");
    assert_eq!((seen[4].size, seen[4].intake, seen[4].removed), (1, 4, 3));
    let log = journal.log(3).await.unwrap();
    assert_eq!((log.standing, log.entries.len(), log.read.len()), (seen[4], 0, 0));
}

async fn a_deleted_batch_leaves_its_receipt(fresh: Fresh) {
    let journal = open(&fresh).await;
    let (message, _) = take_in(&journal, &visits(), Some(1), None).await;
    seal(&journal, 1).await.unwrap();
    append_visits(&journal, 2, None, &visits()).await;
    let expired = [(FactId::new(1), FactId::new(50))];
    let delete = || journal.delete(&expired, ActorId::new(5), 30, noon());
    delete().await.unwrap();
    assert!(!batch_file(&fresh, 1).exists());
    let receipt = journal.fact(FactId::new(50)).await.unwrap().unwrap().fact;
    assert_eq!(receipt.body(), &Body::Deleted { batch: BatchId::new(1), kept_days: 30 });
    assert_eq!(receipt.draft.supersedes, Some(FactId::new(1)));
    let gone = journal.visits(BatchId::new(1)).await;
    assert!(matches!(gone, Err(JournalError::Deleted(_))), "{gone:?}");
    assert_eq!(journal.visits(BatchId::new(2)).await.unwrap(), visits());
    // Again: one receipt is enough. A correction of what is gone still counts.
    delete().await.unwrap();
    assert_eq!(journal.head().await.unwrap().size, 3);
    take_in(&journal, &visits()[..1], Some(1), None).await;
    assert_eq!(journal.visits_of_message(FactId::new(1), message.0).await.unwrap(), []);
    let verification = journal.verify().await.unwrap();
    assert!(verification.problems.is_empty(), "{:?}", verification.problems);
    assert_eq!(verification.batches, 1);

    // A crash between receipt and file leaves the file, which is said.
    std::fs::copy(batch_file(&fresh, 2), batch_file(&fresh, 1)).unwrap();
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::StillThere { position: 1 }]), "{problems:?}");
    delete().await.unwrap();
    assert!(journal.verify().await.unwrap().problems.is_empty());
}

async fn a_batch_that_is_gone_without_a_receipt_is_found(fresh: Fresh) {
    let journal = open(&fresh).await;
    append_visits(&journal, 1, None, &visits()).await;
    let (id, mut withdrawal) = new(2, Body::Withdrawn { reason: None });
    withdrawal.supersedes = Some(FactId::new(1));
    journal.append(vec![(id, withdrawal)], noon()).await.unwrap();
    std::fs::remove_file(batch_file(&fresh, 1)).unwrap();
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::BatchFile { position: 1, .. }]), "{problems:?}");
    let forged = journal.append(vec![new(3, Body::VisitsWithdrawn { of: FactId::new(1), message: 1 })], noon()).await;
    assert!(matches!(forged, Err(JournalError::Refused { index: 0, .. })), "{forged:?}");
}

async fn a_withdrawal_of_nothing_is_found(fresh: Fresh) {
    let journal = open(&fresh).await;
    take_in(&journal, &visits(), Some(1), None).await;
    seal(&journal, 1).await.unwrap();
    // The look-up table leads to a batch without the message.
    append_visits(&journal, 2, None, &visits()).await;
    tamper(&fresh, "UPDATE sealed SET fact = 2").await;
    take_in(&journal, &[], Some(1), None).await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Withdrawal { position: 3, message: 1, .. }]), "{problems:?}");
}

async fn a_crash_before_the_commit_leaves_an_orphan_that_harms_nothing(fresh: Fresh) {
    let journal = open(&fresh).await;
    journal.append(vec![new(1, death(1))], noon()).await.unwrap();
    take_in(&journal, &visits(), None, None).await;
    // The fact's id is taken, so the transaction fails after the file got its name: what a crash would leave.
    let to_seal = journal.to_seal(u64::MAX).await.unwrap().unwrap();
    let failed = journal.seal(to_seal, BatchId::new(1), FactId::new(1), ActorId::new(5), noon()).await;
    assert!(matches!(failed, Err(JournalError::IdTaken)), "{failed:?}");
    assert!(batch_file(&fresh, 1).exists());
    assert_eq!(journal.intake().await.unwrap().len(), 1, "what was acknowledged is still there");
    assert!(matches!(journal.visits(BatchId::new(1)).await, Err(JournalError::NoBatch(_))));
    assert!(journal.verify().await.unwrap().problems.is_empty());
    let to_seal = journal.to_seal(u64::MAX).await.unwrap().unwrap();
    journal.seal(to_seal, BatchId::new(1), FactId::new(2), ActorId::new(5), noon()).await.unwrap().unwrap();
    assert_eq!(journal.visits(BatchId::new(1)).await.unwrap(), visits());
}

async fn two_writers_keep_one_order(fresh: Fresh) {
    const CALLS: u64 = 30;
    // Two openings, as two processes would have them, each with two tasks.
    let journals = [Arc::new(open(&fresh).await), Arc::new(open(&fresh).await)];
    let tasks: Vec<_> = (0..4u64)
        .map(|task| {
            let journal = journals[task as usize % 2].clone();
            tokio::spawn(async move {
                for call in 0..CALLS {
                    let id = task * 1_000 + call * 2 + 1;
                    journal.append(vec![new(id, death(id)), new(id + 1, death(id))], noon()).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let read = journals[0].read(1, u64::MAX).await.unwrap();
    assert_eq!(read.len() as u64, 4 * CALLS * 2);
    for task in 0..4 {
        let ids: Vec<u64> = read.iter().map(|r| r.fact.id.number()).filter(|id| id / 1_000 == task).collect();
        assert!(ids.is_sorted(), "the facts of task {task} are not in the order of its calls");
    }
    assert!(journals[1].verify().await.unwrap().problems.is_empty());
}

/// Two facts, a batch and an entry of the intake log.
async fn a_small_journal(fresh: &Fresh) -> Journal {
    let journal = open(fresh).await;
    journal.append(vec![keyed(1, death(1), 9), new(2, death(2))], noon()).await.unwrap();
    append_visits(&journal, 3, None, &visits()).await;
    take_in(&journal, &visits(), None, None).await;
    journal
}

async fn an_intact_journal_verifies(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    let verification = journal.verify().await.unwrap();
    assert_eq!((verification.facts, verification.batches, verification.intake), (3, 1, 1));
    assert_eq!(verification.head, journal.head().await.unwrap());
    assert!(verification.problems.is_empty(), "{:?}", verification.problems);
}

const CHANGE_FACT: &str =
    "UPDATE facts SET fact = REPLACE(fact, 'per-0000000000002', 'per-0000000000003') WHERE position = 2";

async fn a_changed_fact_is_found(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    tamper(&fresh, CHANGE_FACT).await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Leaf { position: 2 }, Problem::Root { .. }]), "{problems:?}");
    let refused = journal.read(1, 10).await;
    assert!(matches!(refused, Err(JournalError::Tampered { position: 2, .. })), "{refused:?}");
}

async fn a_changed_fact_with_its_leaf_made_to_fit_is_found(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    tamper(&fresh, CHANGE_FACT).await;
    let pool = sqlx::AnyPool::connect(fresh.url()).await.unwrap();
    let changed: String =
        sqlx::query_scalar("SELECT fact FROM facts WHERE position = 2").fetch_one(&pool).await.unwrap();
    let leaf = journal::merkle::leaf(changed.as_bytes());
    let sql = "UPDATE facts SET leaf = $1 WHERE position = 2";
    sqlx::query(sql).bind(leaf.to_string()).execute(&pool).await.unwrap();
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Root { .. }]), "{problems:?}");
}

async fn a_removed_fact_is_found(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    tamper(&fresh, "DELETE FROM facts WHERE position = 2").await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Gap { expected: 2, found: 3 }, Problem::Root { .. }]), "{problems:?}");
    assert!(matches!(journal.read(1, 10).await, Err(JournalError::Tampered { position: 2, .. })));
}

async fn a_changed_look_up_column_is_found(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    tamper(&fresh, "UPDATE facts SET source_key = NULL WHERE position = 1").await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Column { position: 1, column: "source_key" }]), "{problems:?}");
}

async fn a_changed_head_is_found(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    tamper(&fresh, "UPDATE head SET size = 5").await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Root { .. }]), "{problems:?}");
    tamper(&fresh, "UPDATE head SET size = 4").await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Head(_)]), "{problems:?}");
}

async fn a_missing_batch_file_is_found_unless_rewritten(fresh: Fresh) {
    let journal = open(&fresh).await;
    append_visits(&journal, 1, Some(4), &visits()).await;
    std::fs::remove_file(batch_file(&fresh, 1)).unwrap();
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::BatchFile { position: 1, .. }]), "{problems:?}");
    // Rewritten without a person who was erased: the old file may go.
    append_visits(&journal, 2, Some(4), &visits()[1..]).await;
    assert!(journal.verify().await.unwrap().problems.is_empty());
}

async fn a_changed_intake_entry_is_found(fresh: Fresh) {
    let journal = a_small_journal(&fresh).await;
    tamper(&fresh, "UPDATE intake SET digest = visits").await;
    let problems = journal.verify().await.unwrap().problems;
    assert!(matches!(problems[..], [Problem::Intake(_)]), "{problems:?}");
    assert!(journal.intake().await.is_err());
}
