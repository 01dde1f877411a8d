//! A generated, fictional province (金河省) with people, visits and an outbreak that has just begun.
//!
//! Seed and size in, rows out: no clock, no files, no unseeded randomness. The same seed gives the same
//! province on every machine. How it is drawn, and which of its numbers are assumptions, is in
//! `docs/methods/demo-province.md`.

mod borders;
mod identity;
mod land;
mod meetings;
mod names;
mod noise;
mod outbreak;
mod people;
mod province;
mod rank_trial;
mod stream;
mod units;
mod visits;

pub use identity::Identity;
pub use outbreak::{DemoJurisdictions, Infection, Outbreak, jurisdictions_for_demo_accounts, outbreak};
pub use province::{JurisdictionRow, Province, Size, province};
pub use rank_trial::{Order, RankTrial, Scene, Spread, rank_trial};
pub use visits::is_entry_only;
