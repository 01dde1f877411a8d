//! The one place where the server reads the clock.

use facts::Timestamp;

/// Where the present comes from. Tests and drills bring their own.
pub type Clock = fn() -> Timestamp;

/// The machine's clock.
#[allow(clippy::disallowed_methods)] // the one place
pub fn machine() -> Timestamp {
    Timestamp::now()
}
