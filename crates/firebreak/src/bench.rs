//! `firebreak bench`: the benchmarks behind the figures that the documents quote.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bench::machine::Machine;
use bench::report::Report;
use bench::rivals::RivalKind;
use clap::{Args, Subcommand};

/// Whose latency the picture shows.
const PICTURED: &str = "ordinary person, first ring";

/// Benchmarks; each prints its table, and how to repeat it.
#[allow(clippy::large_enum_variant)] // there is one, for the time of the program
#[derive(Subcommand)]
pub enum Bench {
    /// Contact tracing against DuckDB, ClickHouse and PostgreSQL on a generated city.
    Trace(Trace),
    /// Sources put in on chains of real outbreaks, against what was known.
    Chains {
        /// The folder of the outbreaks' files.
        #[arg(long)]
        data: PathBuf,
    },
    /// How many of the infected a ranked list of contacts puts on top.
    Rank,
    /// How long the last step of many series takes to be judged, by every method.
    Watch {
        /// How many series.
        #[arg(long, default_value_t = 100_000)]
        series: usize,
        /// The seed of the counts.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

/// Options of the tracing benchmark.
#[derive(Args)]
pub struct Trace {
    /// How many visits; several, separated by commas, are measured one after another.
    #[arg(long, value_delimiter = ',', default_value = "1000000")]
    visits: Vec<u64>,
    /// The seed of the city and of the cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where files go, and are found again the next time; about 60 bytes a visit with all rivals.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Whom to compare with; `none` for nobody.
    #[arg(long, value_delimiter = ',', default_value = "duckdb,duckdb-sorted,clickhouse,postgresql")]
    rivals: Vec<String>,
    /// A Python that has the rivals' packages; without it one is made in the folder.
    #[arg(long)]
    python: Option<PathBuf>,
    /// How many cases Firebreak traces in each profile.
    #[arg(long, default_value_t = 1_000)]
    cases: usize,
    /// How many of them each rival traces, unless it takes too long.
    #[arg(long, default_value_t = 50)]
    rival_cases: usize,
    /// For how many cases to compare sets of contacts with SQL, under every table of rules; without it,
    /// 10,000 up to 20 million visits, 200 up to 200 million, 20 above.
    #[arg(long)]
    check: Option<usize>,
    /// How many cases to trace at once; 0 for no wave.
    #[arg(long, default_value_t = 10_000)]
    wave: usize,
    /// How many cases to trace from a cold start; 0 for none.
    #[arg(long, default_value_t = 50)]
    cold: usize,
    /// How many visits to take in; 0 for none.
    #[arg(long, default_value_t = 500_000)]
    ingest: usize,
    /// The day that the page bears; without it, today's.
    #[arg(long)]
    date: Option<String>,
    /// Where the page goes, in Markdown; the figures go beside it as JSON, and those of other numbers of
    /// visits that are there already stay.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where the picture goes, as SVG.
    #[arg(long)]
    picture: Option<PathBuf>,
}

impl Bench {
    /// Runs the benchmark and prints its table.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Trace(trace) => trace.run(),
            Self::Chains { data } => {
                print!("{}", crate::bench_chains::run(&data)?);
                Ok(())
            }
            Self::Rank => {
                print!("{}", crate::bench_rank::run()?);
                Ok(())
            }
            Self::Watch { series, seed } => {
                print!("{}", crate::bench_watch::run(series, seed)?);
                Ok(())
            }
        }
    }
}

impl Trace {
    fn run(self) -> anyhow::Result<()> {
        let settings = bench::trace::Settings {
            visits: self.visits.clone(),
            seed: self.seed,
            folder: self.folder.clone().unwrap_or_else(|| std::env::temp_dir().join("firebreak-bench")),
            python: self.python.clone(),
            rivals: rivals(&self.rivals)?,
            cases: self.cases,
            rival_cases: self.rival_cases,
            check: self.check,
            wave: self.wave,
            cold: self.cold,
            ingest: self.ingest,
        };
        let scales = bench::trace::run(&settings, &|line| eprintln!("{line}"))?;
        let today = || server::clock::machine().strftime("%Y-%m-%d").to_string();
        let mut report = Report {
            date: self.date.clone().unwrap_or_else(today),
            machine: Machine::here(),
            command: self.command(),
            scales,
        };
        if let Some(out) = &self.out {
            let figures = out.with_extension("json");
            if let Ok(text) = std::fs::read(&figures) {
                let earlier: Report = serde_json::from_slice(&text).with_context(|| {
                    format!("{} holds no figures of this benchmark; move it away", figures.display())
                })?;
                report.merge(earlier);
            }
            write(&figures, &serde_json::to_string(&report)?)?;
            write(out, &report.page())?;
        } else {
            print!("{}", report.page());
        }
        if let (Some(picture), Some(drawn)) = (&self.picture, bench::plot::latencies(&report, PICTURED)) {
            write(picture, &drawn)?;
        }
        Ok(())
    }

    /// The command that measures the same again, wherever its files are.
    fn command(&self) -> String {
        let visits: Vec<String> = self.visits.iter().map(u64::to_string).collect();
        let mut command = format!(
            "firebreak bench trace --visits {} --seed {} --rivals {} --cases {} --rival-cases {} --wave {} --cold {} \
             --ingest {}",
            visits.join(","),
            self.seed,
            self.rivals.join(","),
            self.cases,
            self.rival_cases,
            self.wave,
            self.cold,
            self.ingest
        );
        if let Some(check) = self.check {
            command.push_str(&format!(" --check {check}"));
        }
        command
    }
}

fn rivals(names: &[String]) -> anyhow::Result<Vec<RivalKind>> {
    let known = |name: &String| {
        RivalKind::ALL.into_iter().find(|kind| kind.name() == name).with_context(|| {
            let names: Vec<_> = RivalKind::ALL.map(RivalKind::name).into();
            format!("no rival is called {name:?}; there are {}, and none", names.join(", "))
        })
    };
    names.iter().filter(|name| *name != "none").map(known).collect()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} could not be written", path.display()))
}
