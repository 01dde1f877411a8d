//! Parts in their order: each is taken once, and what comes too early waits.

use facts::Hex;

use crate::error::LettersError;

/// What to do with a part that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It is the next one: take it, and then whatever waited for it.
    Next,
    /// An earlier one is missing: keep it until that one comes.
    Waits,
    /// It came before, the same: nothing is to be done, and the writer is told again that it arrived.
    Known,
}

/// Where a part stands among those of its writer. `taken` is the number of the last part that was taken, and
/// `kept` the digest of what was taken or waits under its number.
pub fn place(number: u64, digest: Hex<32>, taken: u64, kept: Option<Hex<32>>) -> Result<Place, LettersError> {
    match kept {
        Some(kept) if kept == digest => Ok(Place::Known),
        Some(_) => Err(LettersError::NumberUsed { number, taken }),
        None if number <= taken => Err(LettersError::NumberUsed { number, taken }),
        None if number == taken + 1 => Ok(Place::Next),
        None => Ok(Place::Waits),
    }
}
