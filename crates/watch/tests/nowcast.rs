//! Nowcasts of salmonellosis in Germany, as they would have been made, against what became of them.

mod helpers;

use helpers::{published, rows};
use watch::nowcast::Triangle;

#[test]
fn ninety_percent_intervals_cover_what_became() {
    let Some(file) = published("surveillance_series/salmAllOnset_reporting_triangle.csv") else { return };
    let all: Vec<(usize, usize, u32)> = rows(&file)
        .iter()
        .map(|row| {
            let number = |name: &str| row[name].parse::<usize>().unwrap();
            (number("onset_week_index") - 1, number("delay_weeks"), number("n") as u32)
        })
        .collect();
    let weeks = all.iter().map(|row| row.0).max().unwrap() + 1;
    let mut became = vec![0_u32; weeks];
    all.iter().for_each(|(week, _, count)| became[*week] += count);
    // Every fifth week as now; weeks of which at least a tenth is reported on average.
    let (mut judged, mut covered, mut error, mut plain) = (0, 0, 0.0, 0.0);
    for now in (60..weeks - 11).step_by(5) {
        let triangle = Triangle::new(now + 1, 10, all.iter().copied());
        let found = triangle.nowcast(26, 0.9).unwrap();
        for week in now - 9..=now {
            let truth = f64::from(became[week]);
            let estimate = found[week].outcome.unwrap();
            if estimate.reported_share < 0.1 {
                continue;
            }
            judged += 1;
            covered += usize::from((estimate.lower..=estimate.upper).contains(&truth));
            error += (estimate.mean - truth).abs();
            plain += truth - f64::from(found[week].reported);
        }
    }
    let coverage = covered as f64 / judged as f64;
    println!(
        "{judged} nowcasts, {coverage:.3} covered, mean error {:.1}, left as reported {:.1}",
        error / judged as f64,
        plain / judged as f64
    );
    assert!(judged > 800 && (0.80..=0.97).contains(&coverage), "{covered} of {judged}");
    assert!(error < 0.5 * plain, "{error} against {plain}");
}
