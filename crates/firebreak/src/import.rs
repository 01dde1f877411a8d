//! `firebreak import`: a file into a deployment.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use exchange::{Kind, Mapping, Options, Report, Source};
use facts::{ActorId, Disease, Jurisdiction, Scope, Setting};
use plan::Words;
use server::Deployment;
use server::importing::{Imported, Terms, check, id_number_may_stand, import};

use crate::progress;
use crate::serve::Data;

/// Bring a file in.
#[derive(Args)]
pub struct Import {
    /// line-list, contacts, visits, lab-results, roster or trajectories.
    #[arg(value_parser = kind)]
    kind: Kind,
    /// A CSV, XLSX or Parquet file.
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Which column is what, such as external_id=case_no,onset=发病日期. Columns are guessed and shown.
    #[arg(long)]
    map: Option<String>,
    /// A mapping that an earlier import saved.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Save the mapping for next time.
    #[arg(long)]
    save_mapping: Option<PathBuf>,
    /// What one step of a whole-number time is: minutes, seconds, or a multiple such as 5m.
    #[arg(long)]
    time_unit: Option<String>,
    /// The order in dates such as 02-01-2020: day-month or month-day.
    #[arg(long)]
    date_order: Option<String>,
    /// The year of dates without one.
    #[arg(long)]
    assumed_year: Option<i16>,
    /// The day on which the file was made; dates after it are listed as strange.
    #[arg(long)]
    as_of: Option<jiff::civil::Date>,
    /// The sheet of a workbook.
    #[arg(long)]
    sheet: Option<String>,
    /// Of which disease, where the file does not say.
    #[arg(long, default_value = "covid-19")]
    disease: String,
    /// Whose ids the file uses: files of one source name the same people by the same ids.
    #[arg(long, default_value = "file")]
    source: String,
    /// How long an entry without an end is taken to last, in minutes.
    #[arg(long, default_value_t = 60)]
    dwell_minutes: u32,
    /// What kind of space the places of a file of visits are, such as meal, classroom or market: the plan's
    /// contact rules go by it.
    #[arg(long, default_value = "other", value_parser = setting)]
    setting: Setting,
    /// The jurisdiction that a new deployment serves.
    #[arg(long, default_value = "000000")]
    jurisdiction: Jurisdiction,
    /// Where rows go that have to be corrected; FILE.to-correct.csv in the current folder unless given.
    #[arg(long)]
    rejected: Option<PathBuf>,
    /// Only read and report; import nothing.
    #[arg(long)]
    dry_run: bool,
}

fn setting(text: &str) -> Result<Setting, String> {
    let names = || Setting::ALL.iter().map(|setting| setting.name()).collect::<Vec<_>>().join(", ");
    Setting::named(text).ok_or_else(|| format!("expected one of {}", names()))
}

fn kind(text: &str) -> Result<Kind, String> {
    let name = match text {
        "linelist" | "line_list" => "line-list",
        "lab" | "lab_results" => "lab-results",
        other => other,
    };
    let found = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
    found
        .ok_or_else(|| format!("expected one of {}", Kind::ALL.iter().map(|k| k.name()).collect::<Vec<_>>().join(", ")))
}

impl Import {
    /// Reads, reports and imports.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut source = Source::path(&self.file);
        if let Some(sheet) = &self.sheet {
            source = source.with_sheet(sheet);
        }
        let mapping = self.mapping(&source)?;
        // A file that cannot be read leaves no deployment behind.
        mapping.positions(source.name(), &source.sample(1)?.columns)?;
        let used: Vec<String> = mapping.columns.iter().map(|(field, column)| format!("{field}={column}")).collect();
        println!("columns: {}", used.join(", "));
        if let Some(path) = &self.save_mapping {
            std::fs::write(path, mapping.to_toml()?).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let options = Options {
            assumed_year: self.assumed_year,
            as_of: self.as_of,
            id_number_is_valid: Some(id_number_may_stand),
            ..Options::default()
        };
        let terms = |scope| Terms {
            scope,
            source: self.source.clone(),
            disease: Disease::named(&self.disease),
            assumed_dwell_minutes: self.dwell_minutes,
            setting: self.setting,
            options: options.clone(),
        };
        if self.dry_run {
            let scope = Scope { actor: operator(), jurisdiction: self.jurisdiction };
            print!("{}", check(&terms(scope), &source, &mapping)?);
            return Ok(());
        }
        let deployment = self.data.open(true).await?;
        // Founding that was cut short has named the jurisdiction and put no plan in force.
        if deployment.profile().jurisdiction.is_none() || deployment.journal.head().await?.size == 0 {
            let name = Words { zh: "防线".into(), en: "Firebreak".into() };
            deployment.found(name, self.jurisdiction, operator()).await?;
        }
        let jurisdiction = deployment.profile().jurisdiction.unwrap_or(self.jurisdiction);
        let mut terms = terms(Scope { actor: operator(), jurisdiction });
        terms.options.divisions = deployment.divisions_for_imports();
        let rejected = self.rejected.clone().unwrap_or_else(|| to_correct(&self.file));
        // Under another name at first: it may be the very file that is being imported, corrected.
        let part = PathBuf::from(format!("{}.part", rejected.display()));
        let file = File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
        let bar = progress::counter("importing");
        let mut advance = |rows| bar.set_position(rows);
        let done = import(&deployment, &terms, &source, &mapping, BufWriter::new(file), &mut advance).await;
        bar.finish_and_clear();
        let to_correct = done.as_ref().map_or(0, |done| done.report.rejected + done.report.queued);
        let kept = if to_correct > 0 { std::fs::rename(&part, &rejected) } else { std::fs::remove_file(&part) };
        self.say(&deployment, &done?);
        kept.with_context(|| format!("cannot finish {}", rejected.display()))?;
        if to_correct > 0 {
            println!("{to_correct} rows to correct are in {}", rejected.display());
        }
        Ok(())
    }

    fn mapping(&self, source: &Source) -> anyhow::Result<Mapping> {
        let mut mapping = match &self.mapping {
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                let mapping = Mapping::from_toml(&text)?;
                if mapping.kind != self.kind {
                    bail!("{} maps {} files and not {}", path.display(), mapping.kind, self.kind);
                }
                mapping
            }
            None => {
                let sample = source.sample(100)?;
                exchange::guess(self.kind, &sample.columns, &sample.rows)
            }
        };
        if let Some(map) = &self.map {
            mapping = mapping.with(map)?;
        }
        if let Some(unit) = &self.time_unit {
            mapping = mapping.with_time_unit(unit)?;
        }
        if let Some(order) = &self.date_order {
            mapping.order = Some(order.parse()?);
        }
        Ok(mapping)
    }

    fn say(&self, deployment: &Deployment, done: &Imported) {
        let report: &Report = &done.report;
        print!("{report}");
        if done.rows_without_fact > 0 {
            println!("{} accepted rows say nothing that is recorded, such as no place", done.rows_without_fact);
        }
        println!("facts: {} new, {} there already", done.facts_new, done.facts_unchanged);
        let situation = deployment.situation();
        println!("cases: {}", situation.derived().cases.len());
        for problem in situation.problems() {
            println!("not derived: {problem:?}");
        }
    }
}

/// Who acts at the command line: whoever may read the deployment's files.
fn operator() -> ActorId {
    ActorId::new(1)
}

fn to_correct(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    PathBuf::from(format!("{stem}.to-correct.csv"))
}
