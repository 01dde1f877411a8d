//! The keys of a deployment: what it signs with, what is sealed to it, and what it calls people.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use facts::{DeploymentKey, Hex, PersonKey};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::part::Identity;

/// The secret keys of a deployment.
pub struct Keys {
    signing: SigningKey,
    sealing: StaticSecret,
}

/// What others know of a deployment's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKeys {
    /// Ed25519, for signatures.
    pub signing: Hex<32>,
    /// X25519, to seal to.
    pub sealing: Hex<32>,
}

impl PublicKeys {
    /// What people compare: 128 bits of SHA-256 over both keys.
    pub fn fingerprint(&self) -> DeploymentKey {
        let digest = Sha256::new()
            .chain_update(b"firebreak deployment 1\n")
            .chain_update(self.signing.0)
            .chain_update(self.sealing.0)
            .finalize();
        let mut fingerprint = [0; 16];
        fingerprint.copy_from_slice(&digest[..16]);
        Hex(fingerprint)
    }

    /// Whether a signature over a message is this deployment's.
    pub fn signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        // Strict: a signature has one form only, and weak keys sign nothing.
        VerifyingKey::from_bytes(&self.signing.0)
            .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
    }
}

impl Keys {
    /// The keys of two secret seeds, which nobody else has.
    pub fn from_seeds(signing: &Hex<32>, sealing: &Hex<32>) -> Self {
        Self { signing: SigningKey::from_bytes(&signing.0), sealing: StaticSecret::from(sealing.0) }
    }

    /// What others may know.
    pub fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: Hex(self.signing.verifying_key().to_bytes()),
            sealing: Hex(PublicKey::from(&self.sealing).to_bytes()),
        }
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// The secret that seals are opened with.
    pub(crate) fn sealing(&self) -> [u8; 32] {
        self.sealing.to_bytes()
    }

    /// What two deployments share without ever sending it.
    pub fn pair(&self, with: &PublicKeys) -> Pair {
        let shared = self.sealing.diffie_hellman(&PublicKey::from(with.sealing.0));
        let digest = Sha256::new().chain_update(b"firebreak person key 1\n").chain_update(shared.as_bytes());
        Pair(digest.finalize().into())
    }
}

/// A secret of two deployments, the same on both sides.
pub struct Pair([u8; 32]);

impl Pair {
    /// What the two deployments call someone: the same for the same id number, or else for the same name and
    /// phone, so that letters about one person meet. None when too little is known to tell people apart.
    pub fn person_key(&self, identity: &Identity) -> Option<PersonKey> {
        let plain = |value: &Option<crate::Private>| {
            let value = value.as_ref()?.0.chars().filter(|character| character.is_alphanumeric());
            let normal: String = value.flat_map(char::to_uppercase).collect();
            (!normal.is_empty()).then_some(normal)
        };
        let said = match (plain(&identity.id_number), plain(&identity.name), plain(&identity.phone)) {
            (Some(number), ..) => format!("id {number}"),
            (None, Some(name), Some(phone)) => format!("name {name} phone {phone}"),
            _ => return None,
        };
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.0).ok()?;
        mac.update(said.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Some(Hex(key))
    }
}
