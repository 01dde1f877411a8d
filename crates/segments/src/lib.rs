//! The visit index on disk: a folder of segments, the ids they number, and a list of what belongs together.
//!
//! A cache. Whatever is missing, damaged or of another version is named and left out, and whoever opened the
//! folder builds it again from the batches. A start maps files instead of reading every batch.

pub mod folder;
mod ids;
mod map;

pub use folder::{Check, Fault, Folder, SegmentsError};

#[cfg(test)]
mod tests;
