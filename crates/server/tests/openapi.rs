//! The description of the interface, as it is checked in.

use std::path::Path;

#[test]
fn the_description_that_is_checked_in_is_that_of_the_routes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let (_, description) = server::api::routes();
    // By way of a value, whose keys are in order, so that only changes of the interface change the file.
    let value = serde_json::to_value(&description).unwrap();
    let generated = serde_json::to_string_pretty(&value).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
    let line = generated.lines().zip(checked_in.lines()).position(|(one, other)| one != other);
    assert!(
        generated == checked_in,
        "docs/openapi.json differs from the routes at line {}; look at the change and regenerate it with\n\
         UPDATE_OPENAPI=1 cargo test --release -p server --test openapi",
        line.unwrap_or_else(|| generated.lines().count().min(checked_in.lines().count())) + 1,
    );
}
