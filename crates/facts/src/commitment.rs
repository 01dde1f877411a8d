//! Salted commitments to text that can be erased.
//!
//! The journal holds the commitment, the text lives elsewhere under its id. When the text and its salt
//! are erased, the journal still verifies and nothing about the text can be guessed from it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bytes::Hex;
use crate::id::TextId;

/// A salt, drawn at random for each text.
pub type Salt = Hex<32>;

/// SHA-256 over the salt and the text: a promise about a text that is kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Commitment {
    /// Where the text lives while it lives.
    pub text: TextId,
    /// SHA-256 of the salt followed by the text.
    pub digest: Hex<32>,
}

impl Commitment {
    /// Commits to `content` under `salt`.
    pub fn new(text: TextId, salt: &Salt, content: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(salt.0).chain_update(content).finalize();
        Self { text, digest: Hex(digest.into()) }
    }

    /// Whether this is the text that was committed to.
    pub fn holds(&self, salt: &Salt, content: &[u8]) -> bool {
        *self == Self::new(self.text, salt, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_holds_for_its_text_and_salt_only() {
        let salt = Hex([7; 32]);
        let commitment = Commitment::new(TextId::new(1), &salt, "与王某同桌".as_bytes());
        assert!(commitment.holds(&salt, "与王某同桌".as_bytes()));
        assert!(!commitment.holds(&salt, "与李某同桌".as_bytes()));
        assert!(!commitment.holds(&Hex([8; 32]), "与王某同桌".as_bytes()));
    }
}
