//! `firebreak bench watch`: how long the last step of many series takes to be judged, by every method.

use std::fmt::Write;
use std::thread;

use anyhow::Context;
use bench::clock::{seconds, timed};
use watch::chance::Chance;
use watch::distributions::poisson_quantile;
use watch::{Method, Parameters, Series};

/// Six years of weeks, so that every method has what it needs.
const WEEKS: usize = 320;

/// Every method, as it would be run daily: the flexible detector as its authors set it, charts with a window.
const METHODS: &[(&str, &str)] = &[
    ("event-rule", ""),
    ("ears-c1", ""),
    ("ears-c2", ""),
    ("ears-c3", ""),
    ("cusum", ""),
    ("cusum", "trans=rossi"),
    ("moving-percentile", ""),
    ("rki3", ""),
    ("bayes2", ""),
    ("farrington", "b=5"),
    ("farrington-flexible", "b=5;noPeriods=10;pastWeeksNotIncluded=26;pThresholdTrend=1;thresholdMethod=nbPlugin"),
    ("glr-pois", "M=26;ret=value;range=261"),
    ("glr-nb", "M=12;ret=value;range=261"),
];

/// Judges the last step of so many series and returns the table, in Markdown.
pub fn run(count: usize, seed: u64) -> anyhow::Result<String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let series: Vec<Series> = (0..count).map(|number| weeks(seed, number as u64)).collect::<Result<_, _>>()?;
    let mut text = format!("{count} series of {WEEKS} weeks, their last judged, on {cores} cores\n\n");
    writeln!(text, "| method | parameters | seconds | µs a series and core | alarms |\n|---|---|---:|---:|---:|")?;
    let mut total = 0.0;
    for (name, parameters) in METHODS {
        let given = parameters.split(';').filter_map(|pair| pair.split_once('='));
        let method = Method::named(name, Parameters::new(given))?;
        let (alarms, taken) = timed(|| alarms(&method, &series, cores));
        let taken = seconds(taken);
        total += taken;
        let each = taken * cores as f64 / count.max(1) as f64 * 1e6;
        writeln!(text, "| {name} | {} | {taken:.2} | {each:.1} | {} |", parameters.replace(';', " "), alarms?)?;
    }
    writeln!(text, "| **all** | | **{total:.2}** | | |")?;
    Ok(text)
}

fn alarms(method: &Method, series: &[Series], cores: usize) -> anyhow::Result<usize> {
    let judge = |series: &&Series| method.latest(series).is_some_and(|point| point.outcome.is_alarm());
    thread::scope(|scope| {
        let share = series.len().div_ceil(cores).max(1);
        let parts: Vec<_> =
            series.chunks(share).map(|part| scope.spawn(move || part.iter().filter(judge).count())).collect();
        parts.into_iter().map(|part| part.join().ok().context("a fault in the program while judging")).sum()
    })
}

/// Counts with a season and a level of their own, from a few a week to hundreds, and an outbreak here and there.
fn weeks(seed: u64, number: u64) -> Result<Series, watch::WatchError> {
    let mut chance = Chance::new(seed, number);
    let level = 0.5 * 600_f64.powf(chance.uniform());
    let wave = 0.6 * chance.uniform();
    let outbreak = chance.below(4 * WEEKS);
    let counts = (0..WEEKS).map(|week| {
        let season = wave * (std::f64::consts::TAU * week as f64 / 52.0).cos();
        let excess = if (outbreak..outbreak + 4).contains(&week) { 3.0 } else { 1.0 };
        let scatter = (0.2 * chance.normal()).exp();
        Some(poisson_quantile(chance.uniform(), level * season.exp() * excess * scatter) as u32)
    });
    Series::new(52, counts.collect())
}
