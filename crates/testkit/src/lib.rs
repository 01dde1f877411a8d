//! What tests share: fresh databases on both engines, and a broker. Never part of the program.

mod fresh;
mod mosquitto;
mod postgres;

pub use fresh::Fresh;
pub use mosquitto::Mosquitto;
pub use postgres::Postgres;
