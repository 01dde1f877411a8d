//! Mapping a file: the one unsafe step.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use visits::Bytes;

/// A file as bytes, read when they are looked at.
#[allow(unsafe_code)] // see SAFETY
pub(crate) fn map(path: &Path) -> io::Result<Bytes> {
    let file = File::open(path)?;
    // SAFETY: the files of the folder are written under another name, renamed once complete and never changed
    // after that; unlinking one leaves its pages to whoever has mapped it.
    let mapped = unsafe { memmap2::Mmap::map(&file)? };
    Ok(Arc::new(mapped))
}
