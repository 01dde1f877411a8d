//! The one place of this crate that measures time.

/// The result of some work and how many nanoseconds it took.
#[allow(clippy::disallowed_methods)] // measuring durations is what a benchmark is for
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let began = std::time::Instant::now();
    let result = work();
    (result, u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX))
}

/// Nanoseconds as seconds.
pub fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}
