//! The keys of a registry, and the file they are kept in.

use std::fmt;
use std::io::Write;
use std::path::Path;

use facts::Hex;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::cipher::{digest, keyed};
use crate::error::RegistryError;

/// The version of the key file that this code writes.
const FORMAT: u32 = 1;

/// Every key of a registry. Without them it is unreadable, and nobody can be found in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    format: u32,
    /// Which generation of keys this is, counted from 1.
    pub(crate) version: u32,
    pub(crate) encryption: Hex<32>,
    pub(crate) name: Hex<32>,
    pub(crate) id_number: Hex<32>,
    pub(crate) phone: Hex<32>,
    pub(crate) external: Hex<32>,
    pub(crate) source: Hex<32>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(version {}, not shown)", self.version)
    }
}

impl Keys {
    /// Draws new keys.
    pub fn generate(random: &mut dyn CryptoRng) -> Self {
        let mut draw = || {
            let mut key = [0; 32];
            random.fill_bytes(&mut key);
            Hex(key)
        };
        Self {
            format: FORMAT,
            version: 1,
            encryption: draw(),
            name: draw(),
            id_number: draw(),
            phone: draw(),
            external: draw(),
            source: draw(),
        }
    }

    /// A key for something that is kept elsewhere, by its purpose. It gives nothing of the registry's away.
    pub fn derived(&self, purpose: &str) -> Hex<32> {
        Hex(digest(&keyed(&self.encryption), format!("firebreak key for {purpose}").as_bytes()))
    }

    /// Reads a key file, unless others than its owner can read it too.
    pub fn load(path: &Path) -> Result<Self, RegistryError> {
        let failed = |source| RegistryError::KeyFile { path: path.to_owned(), source };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(RegistryError::KeyFileOpen { path: path.to_owned(), mode });
            }
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        // What the parser says could repeat a part of a key, so it is left out.
        let keys: Option<Self> = serde_json::from_slice(&bytes).ok();
        keys.filter(|keys| keys.format == FORMAT).ok_or_else(|| RegistryError::KeyFileForm { path: path.to_owned() })
    }

    /// Writes a new key file that only its owner can read; never over an old one.
    pub fn save(&self, path: &Path) -> Result<(), RegistryError> {
        let failed = |source| RegistryError::KeyFile { path: path.to_owned(), source };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        // Under another name until it is whole; a link never replaces keys that are there.
        let part = path.with_extension("part");
        match std::fs::remove_file(&part) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut file = options.open(&part).map_err(failed)?;
        let text = serde_json::to_string_pretty(self).expect("keys have only string keys");
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::hard_link(&part, path).and_then(|()| std::fs::remove_file(&part)).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::os::unix::fs::PermissionsExt;

    fn keys(seed: u64) -> Keys {
        Keys::generate(&mut ChaCha20Rng::seed_from_u64(seed))
    }

    #[test]
    fn a_key_file_reads_back_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keys(1).save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Keys::load(&path).unwrap(), keys(1));
        assert!(keys(2).save(&path).is_err(), "an old key file was overwritten");
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        keys(1).save(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keys::load(&path).unwrap_err();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_derived_key_is_of_its_purpose_and_its_keys() {
        assert_eq!(keys(1).derived("accounts"), keys(1).derived("accounts"));
        assert_ne!(keys(1).derived("accounts"), keys(1).derived("letters"));
        assert_ne!(keys(1).derived("accounts"), keys(2).derived("accounts"));
    }

    #[test]
    fn no_error_and_no_debug_shows_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let text = serde_json::to_string(&keys(1)).unwrap().replace("\"format\":1", "\"format\":9");
        std::fs::write(&path, &text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let shown = format!("{:?} {:?}", Keys::load(&path), keys(1));
        assert!(!shown.contains(&keys(1).encryption.to_string()), "{shown}");
    }
}
