//! The ids behind the dense numbers, as a file: magic, how many, their hash, and eight bytes each.

use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"FBIDS001";
const HEAD: usize = 24;

pub(crate) fn write(ids: impl Iterator<Item = u64>) -> Vec<u8> {
    let body: Vec<u8> = ids.flat_map(u64::to_le_bytes).collect();
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(body.len() as u64 / 8).to_le_bytes());
    bytes.extend_from_slice(&xxh3_64(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// The ids of a file; none when it is anything else than what was written.
pub(crate) fn read(bytes: &[u8]) -> Option<Vec<u64>> {
    let word = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let body = bytes.get(HEAD..)?;
    let written = bytes.starts_with(MAGIC) && word(8)? as usize * 8 == body.len() && word(16)? == xxh3_64(body);
    written.then(|| body.as_chunks().0.iter().map(|&id| u64::from_le_bytes(id)).collect())
}
