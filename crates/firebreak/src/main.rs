//! Firebreak.
fn main() {}
