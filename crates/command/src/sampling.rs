//! Closed duties verified again: a seeded sample and its false-closure rate. See docs/methods/false-closure.md.
//!
//! A ticked box is not work done. Who draws cannot choose: the draw follows from a seed that is recorded, and
//! anyone can repeat it.

use facts::{DutyId, Hex};
use sha2::{Digest, Sha256};

/// The quantile of the normal distribution that a two-sided interval of 95 % needs.
const Z_95: f64 = 1.959_963_984_540_054;

/// Draws up to `size` of some duties without replacement: those whose digest with the seed is smallest. Any
/// order of the duties gives the same draw, and every subset of that size is as likely.
pub fn draw(seed: Hex<8>, duties: impl IntoIterator<Item = DutyId>, size: usize) -> Vec<DutyId> {
    let rank = |duty: DutyId| -> [u8; 32] {
        Sha256::new().chain_update(seed.0).chain_update(duty.number().to_be_bytes()).finalize().into()
    };
    let mut ranked: Vec<([u8; 32], DutyId)> = duties.into_iter().map(|duty| (rank(duty), duty)).collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.truncate(size);
    ranked.into_iter().map(|(_, duty)| duty).collect()
}

/// A share of what was verified, and the interval of 95 % that it leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The share, from 0 to 1.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How many of `verified` duties were not done, of which `false_ones` were not; none when nothing was verified,
/// which is not a rate of zero. The interval is Wilson's.
pub fn false_closure_rate(false_ones: u64, verified: u64) -> Option<Rate> {
    if verified == 0 || false_ones > verified {
        return None;
    }
    let (n, share) = (verified as f64, false_ones as f64 / verified as f64);
    let z2 = Z_95 * Z_95;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    // Rounding must not say that something is certain, nor leave the share outside.
    let low = if false_ones == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if false_ones == verified { 1.0 } else { (centre + half).min(1.0) };
    Some(Rate { share, low, high })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn duties(number: u64) -> Vec<DutyId> {
        (1..=number).map(DutyId::new).collect()
    }

    #[test]
    fn a_draw_can_be_repeated_and_does_not_depend_on_the_order() {
        let all = duties(1000);
        let reversed: Vec<DutyId> = all.iter().rev().copied().collect();
        let drawn = draw(Hex([1; 8]), all.clone(), 30);
        assert_eq!(drawn.len(), 30);
        assert_eq!(drawn, draw(Hex([1; 8]), reversed, 30));
        assert_ne!(drawn, draw(Hex([2; 8]), all, 30));
        assert_eq!(draw(Hex([1; 8]), duties(3), 30).len(), 3, "no more than there are");
    }

    #[test]
    fn every_duty_is_drawn_about_as_often() {
        let mut times: BTreeMap<DutyId, u32> = BTreeMap::new();
        for seed in 0..2000u64 {
            for duty in draw(Hex(seed.to_be_bytes()), duties(20), 5) {
                *times.entry(duty).or_default() += 1;
            }
        }
        // 500 times each on average; five standard deviations of a binomial are about 97.
        assert!(times.values().all(|&times| (403..=597).contains(&times)), "{times:?}");
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81/263, 15/148, 0/20, 1/29.
        for (false_ones, verified, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let rate = false_closure_rate(false_ones, verified).unwrap();
            assert!((rate.low - low).abs() < 5e-5 && (rate.high - high).abs() < 5e-5, "{rate:?}");
            assert!(rate.low <= rate.share && rate.share <= rate.high);
        }
    }

    #[test]
    fn nothing_verified_is_no_rate() {
        assert_eq!(false_closure_rate(0, 0), None);
        assert_eq!(false_closure_rate(5, 5).unwrap().high, 1.0);
    }
}
