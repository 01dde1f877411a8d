//! `firebreak detect`: which counts of a file are more than was to be expected.
//!
//! Every step of every series gets a row: judged, with the bound that it was held to, or not judged, and why.
//! `docs/methods` has a page on each family of methods.

use std::path::PathBuf;
use std::thread;

use anyhow::Context;
use clap::Args;
use watch::{METHODS, Method, Outcome, Parameters, Point, Series, Silence};

use crate::counts::{self, Counts, Wanted};
use crate::output::{Cell, Output};
use crate::trace;

/// Which counts are more than was to be expected.
#[derive(Args)]
pub struct Detect {
    /// Counts: series, unit, t, date, freq, observed; all but observed and one of t and date may be absent. CSV,
    /// XLSX or Parquet, or - for standard input.
    file: PathBuf,
    /// The method, such as farrington-flexible; `list` for all.
    #[arg(long)]
    method: String,
    /// A parameter of the method as the reference names it, such as b=5 or thresholdMethod=nbPlugin; repeat it for
    /// several. range=160:312 judges those steps, counted from 1 within each series.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// Only the last step of each series.
    #[arg(long)]
    latest: bool,
    /// How many counts make a year, where the file does not say: 365, 52 or 12.
    #[arg(long)]
    freq: Option<u16>,
    /// Which column is what, such as observed=cases,date=day.
    #[arg(long)]
    map: Option<String>,
    #[command(flatten)]
    output: Output,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is not of the form NAME=VALUE, such as b=5"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

const COLUMNS: [&str; 11] =
    ["series", "unit", "method", "t", "date", "observed", "expected", "upperbound", "alarm", "outcome", "reason"];

impl Detect {
    /// Judges and writes.
    pub fn run(self) -> anyhow::Result<()> {
        if self.method == "list" {
            let names: Vec<Vec<Cell>> = METHODS.iter().map(|(name, _)| vec![Cell::from(*name)]).collect();
            return self.output.write(&["method"], &names);
        }
        let method = Method::named(&self.method, Parameters::new(self.parameters.iter().cloned()))?;
        let source = trace::source(&self.file)?;
        let wanted =
            Wanted { values: &[&["observed", "count", "cases", "n"]], map: self.map.as_deref(), freq: self.freq };
        let read = counts::read(&source, &wanted)?;
        counts::say(&read.problems);
        let judged = judge_all(&method, &read.series, self.latest)?;
        summarise(&method, &judged, read.problems.len());
        let rows: Vec<Vec<Cell>> = read
            .series
            .iter()
            .zip(&judged)
            .flat_map(|(counts, points)| points.iter().map(|point| row(method.name, counts, point)))
            .collect();
        self.output.write(&COLUMNS, &rows)
    }
}

/// Series in parallel, as many at a time as the machine has cores.
fn judge_all(method: &Method, all: &[Counts], latest: bool) -> anyhow::Result<Vec<Vec<Point>>> {
    let series: Vec<Series> = all
        .iter()
        .map(|counts| {
            let series = Series::new(counts.freq, counts.values[0].clone())?;
            match &counts.dates {
                Some(dates) => series.with_dates(dates.clone()),
                None => Ok(series),
            }
        })
        .collect::<Result<_, _>>()?;
    let judge = |series: &Series| if latest { method.latest(series).into_iter().collect() } else { method.run(series) };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = series.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> =
            series.chunks(share).map(|part| scope.spawn(move || part.iter().map(judge).collect::<Vec<_>>())).collect();
        let mut judged = Vec::with_capacity(series.len());
        for part in parts {
            judged.extend(part.join().ok().context("a fault in the program while judging; please report it")?);
        }
        Ok(judged)
    })
}

fn row(method: &str, counts: &Counts, point: &Point) -> Vec<Cell> {
    let (alarm, outcome, reason) = match point.outcome {
        Outcome::Judged(judgement) => {
            let outcome = if judgement.too_few { "too-few-cases" } else { "judged" };
            (Cell::Whole(i64::from(judgement.alarm)), outcome, Cell::Empty)
        }
        Outcome::Silent(silence) => (Cell::Empty, silence.code(), Cell::Text(silence.to_string())),
    };
    let judgement = point.outcome.judgement();
    vec![
        counts.series.as_str().into(),
        counts.unit.as_str().into(),
        method.into(),
        Cell::Whole(counts.number(point.at)),
        counts.dates.as_ref().map(|dates| dates[point.at].to_string()).into(),
        counts.values[0][point.at].map(i64::from).into(),
        judgement.and_then(|judgement| judgement.expected).into(),
        judgement.and_then(|judgement| judgement.upper_bound).into(),
        alarm,
        outcome.into(),
        reason,
    ]
}

fn summarise(method: &Method, judged: &[Vec<Point>], problems: usize) {
    let points = || judged.iter().flatten();
    let alarms = points().filter(|point| point.outcome.is_alarm()).count();
    let count = |code: &str| {
        let silent = |point: &&Point| matches!(point.outcome, Outcome::Silent(silence) if silence.code() == code);
        points().filter(silent).count()
    };
    let mut said = format!("{}: {} series, {} steps, {alarms} alarms", method.name, judged.len(), points().count());
    for code in Silence::CODES {
        match count(code) {
            0 => {}
            steps => said += &format!(", {steps} {code}"),
        }
    }
    if problems > 0 {
        said += &format!("; {problems} problems in the file");
    }
    eprintln!("{said}");
}
