//! What tests share: fresh databases on both engines. Never part of the program.

mod fresh;
mod postgres;

pub use fresh::Fresh;
pub use postgres::Postgres;
