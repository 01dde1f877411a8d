//! The facts of letters as the first version wrote them: read for ever, and written the same.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use facts::{Body, Fact, LetterFact};

/// Does not compile until a new thing that is said is listed here, and then fails until the golden file has it.
fn what(said: &LetterFact) -> usize {
    match said {
        LetterFact::Trusted { .. } => 0,
        LetterFact::Revoked { .. } => 1,
        LetterFact::Sent { .. } => 2,
        LetterFact::Received { .. } => 3,
        LetterFact::Acknowledged { .. } => 4,
        LetterFact::Answered { .. } => 5,
        LetterFact::HandedOn { .. } => 6,
        LetterFact::SentBack { .. } => 7,
        LetterFact::Withdrawn { .. } => 8,
        LetterFact::Escalated { .. } => 9,
    }
}

#[test]
fn facts_of_letters_are_read_and_written_as_they_were() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/facts-letters-v1.jsonl");
    let mut found = BTreeSet::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let fact = Fact::from_json(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(String::from_utf8(fact.to_json()).unwrap(), line);
        let Body::Letter(said) = fact.body() else { panic!("not of a letter: {line}") };
        found.insert(what(said));
    }
    assert_eq!(found.len(), 10, "a line for each");
}
