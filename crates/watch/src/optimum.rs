//! Where a function of two numbers is smallest, and how sharply.

/// Nelder and Mead's simplex.
pub(crate) fn smallest(start: [f64; 2], step: f64, value: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    let judged = |point: [f64; 2]| {
        let value = value(point);
        (point, if value.is_nan() { f64::INFINITY } else { value })
    };
    let mut corners = [judged(start), judged([start[0] + step, start[1]]), judged([start[0], start[1] + step])];
    for _ in 0..500 {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let [best, middle, worst] = corners;
        if (worst.1 - best.1).abs() <= 1e-11 * (1.0 + best.1.abs()) {
            break;
        }
        let centre = [0, 1].map(|i| 0.5 * (best.0[i] + middle.0[i]));
        let along = |factor: f64| judged([0, 1].map(|i| centre[i] + factor * (worst.0[i] - centre[i])));
        let mirrored = along(-1.0);
        corners[2] = if mirrored.1 < best.1 {
            let further = along(-2.0);
            if further.1 < mirrored.1 { further } else { mirrored }
        } else if mirrored.1 < middle.1 {
            mirrored
        } else {
            let inside = along(if mirrored.1 < worst.1 { -0.5 } else { 0.5 });
            if inside.1 < worst.1.min(mirrored.1) {
                inside
            } else {
                corners[1] = judged([0, 1].map(|i| 0.5 * (best.0[i] + middle.0[i])));
                judged([0, 1].map(|i| 0.5 * (best.0[i] + worst.0[i])))
            }
        };
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners[0].0
}

/// The standard errors of two numbers at the smallest negative log likelihood: from its curvature. None where it
/// does not curve upwards.
pub(crate) fn standard_errors(at: [f64; 2], value: impl Fn([f64; 2]) -> f64) -> Option<[f64; 2]> {
    let h = 1e-3;
    let moved = |a: f64, b: f64| value([at[0] + a * h, at[1] + b * h]);
    let here = value(at);
    let first = (moved(1.0, 0.0) - 2.0 * here + moved(-1.0, 0.0)) / (h * h);
    let second = (moved(0.0, 1.0) - 2.0 * here + moved(0.0, -1.0)) / (h * h);
    let mixed = (moved(1.0, 1.0) - moved(1.0, -1.0) - moved(-1.0, 1.0) + moved(-1.0, -1.0)) / (4.0 * h * h);
    let determinant = first * second - mixed * mixed;
    (first > 0.0 && determinant > 0.0).then(|| [(second / determinant).sqrt(), (first / determinant).sqrt()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valley_is_found_with_its_width() {
        let valley = |[x, y]: [f64; 2]| 0.5 * ((x - 3.0) / 2.0).powi(2) + 0.5 * ((y + 1.0) / 0.5).powi(2) + 7.0;
        let found = smallest([0.0, 0.0], 1.0, valley);
        assert!((found[0] - 3.0).abs() < 1e-4 && (found[1] + 1.0).abs() < 1e-4, "{found:?}");
        let errors = standard_errors(found, valley).unwrap();
        assert!((errors[0] - 2.0).abs() < 1e-3 && (errors[1] - 0.5).abs() < 1e-3, "{errors:?}");
        assert_eq!(standard_errors([0.0, 0.0], |[x, _]| -x * x), None);
    }
}
