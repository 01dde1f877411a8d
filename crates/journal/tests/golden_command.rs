//! The facts of the command as the first version wrote them: read for ever, and written the same.
#![allow(missing_docs)]

use facts::Fact;

#[test]
fn facts_of_the_command_are_read_and_written_as_they_were() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/facts-command-v1.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    for line in text.lines() {
        let fact = Fact::from_json(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(String::from_utf8(fact.to_json()).unwrap(), line);
    }
    assert!(text.lines().count() >= 30, "a line for each kind of fact and of act");
}
