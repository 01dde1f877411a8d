//! How fields are sealed and how they are found again without being read.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use facts::Hex;
use hmac::{Hmac, Mac};
use rand::CryptoRng;
use sha2::Sha256;

use crate::keys::Keys;

/// Bytes of the random number that is drawn for each sealed field and stored in front of it.
const NONCE_BYTES: usize = 12;

/// What a value can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Index {
    Name,
    IdNumber,
    Phone,
    External,
}

/// Where a sealed field stands; it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) table: &'static str,
    pub(crate) owner: u64,
    pub(crate) column: &'static str,
}

/// The keys, made ready for use.
pub(crate) struct Cipher {
    version: u32,
    encryption: Aes256Gcm,
    name: Hmac<Sha256>,
    id_number: Hmac<Sha256>,
    phone: Hmac<Sha256>,
    external: Hmac<Sha256>,
    source: Hmac<Sha256>,
}

pub(crate) fn keyed(key: &Hex<32>) -> Hmac<Sha256> {
    <Hmac<Sha256> as Mac>::new_from_slice(&key.0).expect("HMAC takes keys of any length")
}

pub(crate) fn digest(hmac: &Hmac<Sha256>, value: &[u8]) -> [u8; 32] {
    hmac.clone().chain_update(value).finalize().into_bytes().into()
}

fn short(digest: [u8; 32]) -> Hex<16> {
    Hex(*digest.first_chunk().expect("16 of 32 bytes"))
}

impl Cipher {
    pub(crate) fn new(keys: &Keys) -> Self {
        Self {
            version: keys.version,
            encryption: Aes256Gcm::new(&keys.encryption.0.into()),
            name: keyed(&keys.name),
            id_number: keyed(&keys.id_number),
            phone: keyed(&keys.phone),
            external: keyed(&keys.external),
            source: keyed(&keys.source),
        }
    }

    /// A value that only these keys have, and that gives none of them away.
    pub(crate) fn fingerprint(&self, keys: &Keys) -> Vec<u8> {
        let all = [&keys.encryption, &keys.name, &keys.id_number, &keys.phone, &keys.external, &keys.source];
        all.into_iter().flat_map(|key| short(digest(&keyed(key), b"firebreak key check")).0).collect()
    }

    fn context(&self, at: At) -> Vec<u8> {
        let parts = [at.table.as_bytes(), &[0], &at.owner.to_be_bytes(), at.column.as_bytes(), &[0]];
        [parts.concat(), self.version.to_be_bytes().to_vec()].concat()
    }

    /// Nonce, ciphertext and tag of a field.
    pub(crate) fn seal(&self, at: At, plain: &[u8], random: &mut dyn CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        random.fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: &self.context(at) };
        let sealed = self.encryption.encrypt(Nonce::from_slice(&nonce), payload).expect("fields are short of 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// The field, when it was sealed for this place with these keys.
    pub(crate) fn open(&self, at: At, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: &self.context(at) };
        self.encryption.decrypt(Nonce::from_slice(nonce), payload).ok()
    }

    /// What a normalised value is found by.
    pub(crate) fn index(&self, index: Index, normal: &str) -> Hex<16> {
        let key = match index {
            Index::Name => &self.name,
            Index::IdNumber => &self.id_number,
            Index::Phone => &self.phone,
            Index::External => &self.external,
        };
        short(digest(key, normal.as_bytes()))
    }

    /// The key that stands for a source's own name of a record.
    pub(crate) fn source_key(&self, name: &str) -> Hex<16> {
        short(digest(&self.source, name.as_bytes()))
    }
}

/// The form of a value under which it is found: equal values that are written differently become one.
pub(crate) fn normal(index: Index, value: &str) -> String {
    match index {
        Index::Name => value.chars().filter(|character| !character.is_whitespace()).collect(),
        Index::IdNumber => value.trim().to_uppercase(),
        Index::Phone => {
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            // A mobile number is eleven digits from 1 on, with or without the country's code in front.
            let national = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
            let national = national.filter(|rest| rest.len() == 11 && rest.starts_with('1')).map(str::to_owned);
            national.unwrap_or(digits)
        }
        Index::External => value.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn cipher(seed: u64) -> Cipher {
        Cipher::new(&Keys::generate(&mut ChaCha20Rng::seed_from_u64(seed)))
    }

    const HERE: At = At { table: "people", owner: 7, column: "name" };

    #[test]
    fn a_field_opens_where_it_was_sealed_and_nowhere_else() {
        let random = &mut ChaCha20Rng::seed_from_u64(9);
        let sealed = cipher(1).seal(HERE, "王小明".as_bytes(), random);
        assert_eq!(cipher(1).open(HERE, &sealed), Some("王小明".as_bytes().to_vec()));
        assert_eq!(cipher(2).open(HERE, &sealed), None);
        for elsewhere in [At { table: "texts", ..HERE }, At { owner: 8, ..HERE }, At { column: "phone", ..HERE }] {
            assert_eq!(cipher(1).open(elsewhere, &sealed), None, "opened at {elsewhere:?}");
        }
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(cipher(1).open(HERE, &changed), None, "opened with byte {byte} changed");
        }
        assert_eq!(cipher(1).open(HERE, &sealed[..5]), None);
    }

    #[test]
    fn equal_fields_are_sealed_differently() {
        let random = &mut ChaCha20Rng::seed_from_u64(9);
        assert_ne!(cipher(1).seal(HERE, b"same", random), cipher(1).seal(HERE, b"same", random));
    }

    #[test]
    fn an_index_depends_on_the_key_and_the_column() {
        let one = cipher(1).index(Index::Phone, "13800138000");
        assert_eq!(one, cipher(1).index(Index::Phone, "13800138000"));
        assert_ne!(one, cipher(1).index(Index::IdNumber, "13800138000"));
        assert_ne!(one, cipher(2).index(Index::Phone, "13800138000"));
    }

    #[test]
    fn values_are_found_however_they_are_written() {
        for (index, written, wanted) in [
            (Index::IdNumber, " 11010519491231002x ", "11010519491231002X"),
            (Index::Phone, "+86 138-0013-8000", "13800138000"),
            (Index::Phone, "(0371) 6596 1234", "037165961234"),
            (Index::Name, "王 小　明", "王小明"),
        ] {
            assert_eq!(normal(index, written), wanted);
        }
    }
}
