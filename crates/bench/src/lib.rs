//! The benchmarks behind the figures that the documents quote.
//!
//! Firebreak and the systems that people would otherwise use answer the same questions on the same files in
//! the same run: a generated city's visits. What is heavy or optional stays in this crate.

pub mod arrays;
pub mod chance;
pub mod city;
pub mod clock;
pub mod engine;
pub mod error;
pub mod machine;
pub mod naive;
pub mod plot;
pub mod report;
pub mod rivals;
pub mod rules;
pub mod store;
pub mod trace;

pub use city::{City, DayVisits};
pub use engine::{Case, Engine, Found, Tracer};
pub use error::BenchError;
pub use rules::{RuleTable, SettingRule};
pub use store::Store;
