//! Latency against the number of visits, as a small picture.

use std::fmt::Write as _;

use crate::report::{Report, duration};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 280.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Colours that stay apart for people who see few of them (Okabe and Ito).
const COLOURS: [&str; 6] = ["#d55e00", "#999999", "#0072b2", "#56b4e9", "#e69f00", "#009e73"];

/// Draws the medians of one profile, both axes logarithmic; none when nothing was measured.
pub fn latencies(report: &Report, profile: &str) -> Option<String> {
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for scale in &report.scales {
        for latency in scale.profiles.iter().filter(|known| known.name == profile).flat_map(|found| &found.latencies) {
            let system = latency.what().to_owned();
            let Some(median) = latency.quantile(0.5) else { continue };
            let point = ((scale.visits as f64).log10(), (median as f64).log10());
            match lines.iter_mut().find(|(known, _)| *known == system) {
                Some((_, points)) => points.push(point),
                None => lines.push((system, vec![point])),
            }
        }
    }
    let all = || lines.iter().flat_map(|(_, points)| points);
    let lowest = |of: fn(&(f64, f64)) -> f64| all().map(of).fold(f64::INFINITY, f64::min).floor();
    let highest = |of: fn(&(f64, f64)) -> f64| all().map(of).fold(f64::NEG_INFINITY, f64::max).ceil();
    all().next()?;
    let (from_x, to_x) = (lowest(|point| point.0 + 0.05), highest(|point| point.0 - 0.05));
    let (from_y, to_y) = (lowest(|point| point.1), highest(|point| point.1));
    let x = |value: f64| LEFT + (value - from_x) / (to_x - from_x).max(1.0) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - from_y) / (to_y - from_y).max(1.0) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"14\">Median time of one case: {profile}</text>\n"
    );
    // Writing to a string does not fail.
    for power in from_y as i32..=to_y as i32 {
        let (at, label) = (y(power.into()), duration(10u64.pow(power.max(0) as u32)));
        let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#dddddd\"/>", WIDTH - RIGHT);
        let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>", LEFT - 6.0, at + 4.0);
    }
    for power in from_x as i32..=to_x as i32 {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">10<tspan dy=\"-5\" font-size=\"9\">{power}</tspan></text>",
            x(power.into()),
            HEIGHT - BOTTOM + 20.0
        );
    }
    let middle = (LEFT + WIDTH - RIGHT) / 2.0;
    let _ = writeln!(svg, "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">visits</text>", HEIGHT - 8.0);
    // Names stand at the right, in the order of the last points, far enough apart to read.
    let mut order: Vec<usize> = (0..lines.len()).collect();
    let last = |line: usize| lines[line].1.last().map_or(0.0, |point| y(point.1));
    order.sort_by(|&a, &b| last(a).total_cmp(&last(b)));
    let mut free = TOP;
    for line in order {
        let (system, points) = &lines[line];
        let colour = COLOURS[line % COLOURS.len()];
        let path: Vec<String> = points.iter().map(|point| format!("{:.1} {:.1}", x(point.0), y(point.1))).collect();
        let _ = writeln!(svg, "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join("L"));
        for point in points {
            let _ =
                writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(point.0), y(point.1));
        }
        let at = free.max(last(line) + 4.0);
        free = at + 16.0;
        let _ =
            writeln!(svg, "<text x=\"{:.1}\" y=\"{at:.1}\" fill=\"{colour}\">{system}</text>", WIDTH - RIGHT + 10.0);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}
