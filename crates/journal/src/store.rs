//! Where batch files live: a local folder. An object store would take this module's place.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use facts::Hex;
use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// A folder of files that are written once and known by their digest.
pub(crate) struct Store {
    folder: PathBuf,
}

/// A file that is written and durable, and does not have its name yet. Removed unless placed.
pub(crate) struct Staged {
    temporary: PathBuf,
    placed: bool,
    /// SHA-256 of the file.
    pub(crate) digest: Hex<32>,
}

/// Passes bytes on and hashes them on the way.
struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |source| StoreError::File { path: path.to_owned(), source }
}

fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

impl Store {
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where the file of that name is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file under a temporary name and makes it durable.
    pub(crate) fn stage(
        &self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), String>,
    ) -> Result<Staged, StoreError> {
        static STAGED: AtomicU64 = AtomicU64::new(0);
        let number = STAGED.fetch_add(1, Ordering::Relaxed);
        let temporary = self.folder.join(format!("{}-{number}.part", std::process::id()));
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).open(&temporary).map_err(failed(&temporary))?;
        let mut staged = Staged { temporary: temporary.clone(), placed: false, digest: Hex([0; 32]) };
        let mut writer = Hashing { to: BufWriter::new(file), hash: Sha256::new() };
        write(&mut writer).map_err(|problem| StoreError::Format { path: temporary.clone(), problem })?;
        let file = writer.to.into_inner().map_err(|error| failed(&temporary)(error.into_error()))?;
        file.sync_all().map_err(failed(&temporary))?;
        staged.digest = Hex(writer.hash.finalize().into());
        Ok(staged)
    }

    /// Gives a staged file its name, replacing an orphan of the same name.
    pub(crate) fn place(&self, mut staged: Staged, name: &str) -> Result<(), StoreError> {
        let path = self.path(name);
        std::fs::rename(&staged.temporary, &path).map_err(failed(&path))?;
        staged.placed = true;
        sync_folder(&self.folder)
    }

    /// Removes a file, for good; whether it was there.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, StoreError> {
        let path = self.path(name);
        match std::fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.folder).map(|()| true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed(&path)(error)),
        }
    }

    /// The file, once its digest has been found right.
    pub(crate) fn read(&self, name: &str, digest: Hex<32>) -> Result<File, StoreError> {
        let path = self.path(name);
        let file = File::open(&path).map_err(failed(&path))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match reader.read(&mut buffer).map_err(failed(&path))? {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
        if Hex(hash.finalize().into()) != digest {
            return Err(StoreError::Digest { path });
        }
        let mut file = reader.into_inner();
        file.rewind().map_err(failed(&path))?;
        Ok(file)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.placed {
            // A file that stays behind is harmless: no fact names it.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
