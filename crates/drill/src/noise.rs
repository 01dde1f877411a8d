//! Smooth noise over the plane, a pure function of a key and a point.

use crate::stream::mix;

/// A value in `[-1, 1)` for each point of the integer lattice.
fn lattice(key: u64, column: i64, row: i64) -> f64 {
    let bits = mix(key ^ mix(column as u64 ^ mix(row as u64)));
    (bits >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// Smooth noise of wavelength 1.
pub(crate) fn smooth(key: u64, x: f64, y: f64) -> f64 {
    let (column, row) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (across, along) = (ease(x - column), ease(y - row));
    let (column, row) = (column as i64, row as i64);
    let side = |row| {
        let (left, right) = (lattice(key, column, row), lattice(key, column + 1, row));
        left + (right - left) * across
    };
    let (low, high) = (side(row), side(row + 1));
    low + (high - low) * along
}

/// Noise over several octaves, each half as wide and `roughness` as high as the one before.
pub(crate) fn fractal(key: u64, x: f64, y: f64, octaves: u32, roughness: f64) -> f64 {
    let (mut sum, mut scale, mut height) = (0.0, 1.0, 1.0);
    for octave in 0..octaves {
        sum += height * smooth(key.wrapping_add(u64::from(octave)), x * scale, y * scale);
        scale *= 2.0;
        height *= roughness;
    }
    sum
}
