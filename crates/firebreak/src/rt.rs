//! `firebreak rt`: how many people each case infects, over sliding windows, from a plain file of counts.
//!
//! `docs/methods/rt.md` has the formulas and what they cannot do.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use watch::SerialInterval;
use watch::rt::{Incidence, PROBABILITIES, Prior, Windowed, cori_uncertain, sliding, wallinga_teunis};
use watch::serial_interval::Uncertain;

use crate::counts::{self, Counts, Wanted};
use crate::output::{Cell, Output};
use crate::{plans, trace};

/// How many people each case infects.
#[derive(Args)]
pub struct Rt {
    /// New cases: I, or local and imported, by date or t; CSV, XLSX or Parquet, or - for standard input.
    file: PathBuf,
    /// Looking at those infected now, or at those who infect.
    #[arg(long, value_enum, default_value_t = Approach::Cori)]
    method: Approach,
    /// The probability of each serial interval: a file with lag and prob.
    #[arg(long, conflicts_with_all = ["plan", "si_mean"])]
    si: Option<PathBuf>,
    /// The plan whose serial interval, or else generation time, holds: a file, or the name of a shipped plan.
    #[arg(long, conflicts_with = "si_mean")]
    plan: Option<String>,
    /// The mean serial interval, in steps of the counts.
    #[arg(long, requires = "si_sd")]
    si_mean: Option<f64>,
    /// Its standard deviation.
    #[arg(long, requires = "si_mean")]
    si_sd: Option<f64>,
    /// How sure the mean is: standard deviation, least, most, such as 1,1.1,4.2. Makes the interval uncertain.
    #[arg(long, requires_all = ["si_mean", "si_sd_range"], value_parser = three)]
    si_mean_range: Option<[f64; 3]>,
    /// How sure the standard deviation is, in the same way.
    #[arg(long, requires = "si_mean_range", value_parser = three)]
    si_sd_range: Option<[f64; 3]>,
    /// How many serial intervals are drawn where it is uncertain.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    draws: u32,
    /// The length of a window, in steps.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    window: u32,
    /// What is assumed of the number before anything is seen: its mean.
    #[arg(long, default_value_t = 5.0)]
    prior_mean: f64,
    /// Its standard deviation.
    #[arg(long, default_value_t = 5.0)]
    prior_sd: f64,
    /// How many infection trees are simulated for the interval of wallinga-teunis.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    simulations: u32,
    /// Decides what is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which column is what, such as I=cases,date=day.
    #[arg(long)]
    map: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Which of the two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Approach {
    /// Cori 2013.
    Cori,
    /// Wallinga and Teunis 2004.
    WallingaTeunis,
}

fn three(text: &str) -> Result<[f64; 3], String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    numbers
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(|| format!("{text:?} is not three numbers: standard deviation, least and most, such as 1,1.1,4.2"))
}

const COLUMNS: [&str; 17] = [
    "series",
    "unit",
    "t_start",
    "t_end",
    "date_start",
    "date_end",
    "mean",
    "std",
    "q0.025",
    "q0.05",
    "q0.25",
    "median",
    "q0.75",
    "q0.95",
    "q0.975",
    "outcome",
    "reason",
];

impl Rt {
    /// Estimates and writes.
    pub fn run(self) -> anyhow::Result<()> {
        let source = trace::source(&self.file)?;
        let apart = counts::has_column(&source, "local")? && counts::has_column(&source, "imported")?;
        let values: &[&[&str]] = if apart {
            &[&["local"], &["imported"]]
        } else {
            &[&["I", "incidence", "observed", "confirm", "count", "cases", "n"]]
        };
        // Windows and serial intervals are in steps; without a word on it, steps are days.
        let read = counts::read(&source, &Wanted { values, map: self.map.as_deref(), freq: Some(365) })?;
        counts::say(&read.problems);
        let mut rows = Vec::new();
        let mut estimated = 0;
        for counts in &read.series {
            let found = self.estimate(counts)?;
            estimated += found.iter().filter(|window| window.outcome.is_ok()).count();
            rows.extend(found.iter().map(|window| row(counts, window)));
        }
        eprintln!("{} series, {estimated} of {} windows estimated", read.series.len(), rows.len());
        self.output.write(&COLUMNS, &rows)
    }

    fn estimate(&self, counts: &Counts) -> anyhow::Result<Vec<Windowed>> {
        let incidence = match counts.values.as_slice() {
            [local, imported] => Incidence::with_imported(local.clone(), imported.clone()),
            values => Incidence::new(values.first().cloned().unwrap_or_default()),
        };
        let intervals = self.intervals(incidence.len())?;
        let windows = sliding(incidence.len(), self.window as usize);
        Ok(match self.method {
            Approach::Cori => {
                let prior = Prior { mean: self.prior_mean, sd: self.prior_sd };
                cori_uncertain(&incidence, &intervals, prior, &windows)?
            }
            Approach::WallingaTeunis => {
                let [interval] = intervals.as_slice() else {
                    bail!("wallinga-teunis takes one serial interval; leave out --si-mean-range and --si-sd-range");
                };
                wallinga_teunis(&incidence, interval, &windows, self.simulations as usize, self.seed)?
            }
        })
    }

    /// One serial interval, or several where it is uncertain.
    fn intervals(&self, steps: usize) -> anyhow::Result<Vec<SerialInterval>> {
        if let Some(path) = &self.si {
            return Ok(vec![weights(path)?]);
        }
        let (mean, sd) = match (&self.plan, self.si_mean, self.si_sd) {
            (Some(name), ..) => {
                let delays = plans::open(name)?.delays;
                let delay = delays.serial_interval.or(delays.generation_time).with_context(|| {
                    format!("the plan {name} has no serial interval and no generation time; give --si-mean and --si-sd")
                })?;
                (delay.mean_days, delay.sd_days)
            }
            (None, Some(mean), Some(sd)) => (mean, sd),
            _ => bail!("no serial interval; give --si-mean and --si-sd, or --si FILE, or --plan NAME"),
        };
        match (self.si_mean_range, self.si_sd_range) {
            (Some([mean_sd, mean_least, mean_most]), Some([sd_sd, sd_least, sd_most])) => {
                let mean = [mean, mean_sd, mean_least, mean_most];
                let uncertain = Uncertain { mean, sd: [sd, sd_sd, sd_least, sd_most] };
                Ok(uncertain.draw(self.draws as usize, steps, self.seed)?)
            }
            _ => Ok(vec![SerialInterval::gamma(mean, sd, steps)?]),
        }
    }
}

/// The probabilities of a file, by lag.
fn weights(path: &std::path::Path) -> anyhow::Result<SerialInterval> {
    let table = trace::source(path)?.table()?;
    let file = path.display();
    let column = |names: &[&str]| {
        let found = table.columns.iter().position(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)));
        found.with_context(|| format!("{file}: no column {}; it has {}", names.join(" or "), table.columns.join(", ")))
    };
    let (lag, share) = (column(&["lag", "k", "delay"])?, column(&["prob", "probability", "w"])?);
    let mut weights: Vec<f64> = Vec::new();
    for row in &table.rows {
        let cell = |at: usize| row.cells.get(at).map_or("", String::as_str);
        let expected = || {
            format!(
                "{file}: row {}: found lag {:?}, probability {:?}; expected lags from 0 on, one a row, each with its \
                 probability",
                row.number,
                cell(lag),
                cell(share)
            )
        };
        if cell(lag).parse() != Ok(weights.len()) {
            bail!(expected());
        }
        weights.push(cell(share).parse().ok().with_context(expected)?);
    }
    SerialInterval::new(weights).with_context(|| file.to_string())
}

fn row(counts: &Counts, window: &Windowed) -> Vec<Cell> {
    let date = |at: usize| -> Cell { counts.dates.as_ref().map(|dates| dates[at].to_string()).into() };
    let mut cells: Vec<Cell> = vec![
        counts.series.as_str().into(),
        counts.unit.as_str().into(),
        Cell::Whole(counts.number(window.start)),
        Cell::Whole(counts.number(window.end)),
        date(window.start),
        date(window.end),
    ];
    match window.outcome {
        Ok(estimate) => {
            cells.extend([Cell::Real(estimate.mean), Cell::Real(estimate.sd)]);
            cells.extend(estimate.quantiles.map(Cell::Real));
            cells.extend([Cell::from("estimated"), Cell::Empty]);
        }
        Err(silence) => {
            cells.extend(vec![Cell::Empty; 2 + PROBABILITIES.len()]);
            cells.extend([Cell::from(silence.code()), Cell::Text(silence.to_string())]);
        }
    }
    cells
}
