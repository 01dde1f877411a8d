//! Secrets of accounts that have to be read again, sealed; and marks that only this deployment can have made.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use facts::Hex;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::error::AccessError;

/// Bytes of the random number in front of what is sealed.
const NONCE_BYTES: usize = 12;

/// The key of the accounts, made ready for use.
pub struct Seal {
    cipher: Aes256Gcm,
    marks: Hmac<Sha256>,
}

/// Where a secret is kept; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Keeper<'a> {
    /// What it is, for instance `second factor`.
    pub what: &'static str,
    /// Whose it is.
    pub whose: &'a str,
}

impl Keeper<'_> {
    fn context(&self) -> Vec<u8> {
        [self.what.as_bytes(), &[0], self.whose.as_bytes()].concat()
    }
}

impl Seal {
    /// With a key of its own: no other thing uses it.
    pub fn new(key: &Hex<32>) -> Self {
        let keyed =
            |purpose: &[u8]| <Hmac<Sha256> as Mac>::new_from_slice(&key.0).map(|hmac| hmac.chain_update(purpose));
        // One key for sealing, one for marks, so that neither says anything about the other.
        let sealing = keyed(b"sealing").expect("HMAC takes keys of any length").finalize().into_bytes();
        let marks = keyed(b"marks").expect("HMAC takes keys of any length").finalize().into_bytes();
        let marks = <Hmac<Sha256> as Mac>::new_from_slice(&marks).expect("HMAC takes keys of any length");
        Self { cipher: Aes256Gcm::new(&sealing), marks }
    }

    /// A secret, sealed with random bytes that are never used again.
    pub fn seal(&self, keeper: Keeper, plain: &[u8], nonce: [u8; NONCE_BYTES]) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: &keeper.context() };
        let sealed = self.cipher.encrypt(Nonce::from_slice(&nonce), payload).expect("secrets are short of 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// A secret that was sealed for this keeper.
    pub fn open(&self, keeper: Keeper, sealed: &[u8]) -> Result<Vec<u8>, AccessError> {
        let failed = AccessError::Sealed { what: keeper.what };
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_BYTES>() else { return Err(failed) };
        let payload = Payload { msg: sealed, aad: &keeper.context() };
        self.cipher.decrypt(Nonce::from_slice(nonce), payload).map_err(|_| failed)
    }

    /// A mark under something, which nobody else can make.
    pub fn mark(&self, keeper: Keeper, value: &[u8]) -> Hex<32> {
        Hex(self.marked(keeper, value).finalize().into_bytes().into())
    }

    /// Whether a mark is ours; takes as long for a wrong one as for a right one.
    pub fn is_marked(&self, keeper: Keeper, value: &[u8], mark: &Hex<32>) -> bool {
        self.marked(keeper, value).verify_slice(&mark.0).is_ok()
    }

    fn marked(&self, keeper: Keeper, value: &[u8]) -> Hmac<Sha256> {
        self.marks.clone().chain_update(keeper.context()).chain_update([0]).chain_update(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERS: Keeper = Keeper { what: "second factor", whose: "wang" };

    #[test]
    fn a_secret_opens_for_whom_it_was_sealed_and_for_nobody_else() {
        let seal = Seal::new(&Hex([7; 32]));
        let sealed = seal.seal(HERS, b"secret", [1; NONCE_BYTES]);
        assert_eq!(seal.open(HERS, &sealed).unwrap(), b"secret");
        assert!(seal.open(Keeper { whose: "liu", ..HERS }, &sealed).is_err());
        assert!(seal.open(Keeper { what: "reason", ..HERS }, &sealed).is_err());
        assert!(Seal::new(&Hex([8; 32])).open(HERS, &sealed).is_err());
        assert!(seal.open(HERS, &sealed[..8]).is_err());
    }

    #[test]
    fn a_mark_is_made_for_one_keeper_by_one_key() {
        let seal = Seal::new(&Hex([7; 32]));
        let mark = seal.mark(HERS, b"browser");
        assert!(seal.is_marked(HERS, b"browser", &mark));
        assert!(!seal.is_marked(HERS, b"another", &mark));
        assert!(!seal.is_marked(Keeper { whose: "liu", ..HERS }, b"browser", &mark));
        assert!(!Seal::new(&Hex([8; 32])).is_marked(HERS, b"browser", &mark));
    }
}
