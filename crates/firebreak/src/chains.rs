//! `firebreak chains`: who may have infected whom, from a plain line list.
//!
//! Every case gets its possible sources, with probabilities that sum to 1: other cases, infection elsewhere, and
//! someone who is on no list. A case whom nobody fits is named unexplained. `docs/methods/source-tracing.md` has
//! the formula and what it cannot do.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ::chains::{CaseInfo, Evidence, Link, Options, Period, Position, Reason, Source, Sources, Tree};
use anyhow::{Context, bail};
use clap::Args;
use exchange::{ContactRow, Fate, Kind, LineListRow, Report, dates};
use facts::{Date, Setting};

use crate::output::{Cell, Output};
use crate::{plans, trace};

/// Who may have infected whom.
#[derive(Args)]
pub struct Chains {
    /// Cases, one a row, with onset; CSV, XLSX or Parquet, or - for standard input.
    #[arg(long)]
    linelist: PathBuf,
    /// Links between cases: from, to and perhaps dates, kind and score. Which of the two infected the other is
    /// for the days to say.
    #[arg(long)]
    contacts: Option<PathBuf>,
    /// The plan whose delays hold: a file, or the name of a shipped plan.
    #[arg(long)]
    plan: String,
    /// The most likely chains, one source per case and no circle, instead of all that is possible.
    #[arg(long)]
    tree: bool,
    /// How many candidates of a case are written.
    #[arg(long, default_value_t = 3)]
    top: usize,
    /// Which column of the line list is what, such as external_id=id,onset=dt_onset.
    #[arg(long)]
    map: Option<String>,
    /// Which column of the contacts is what, such as from=case,to=contact.
    #[arg(long)]
    contacts_map: Option<String>,
    /// What cases share, such as home=family_ID,classroom=class,institution=hospital. Columns with names such as
    /// household, class and cluster are taken unless this is given.
    #[arg(long)]
    same: Option<String>,
    /// The column with what could have been infection elsewhere: the day of arrival, or words for a history
    /// without a date. Nothing, no, none, 否 and 无 are none.
    #[arg(long)]
    imported: Option<String>,
    /// The column with the day from which a case could infect nobody. Without it: diagnosis, recovery or death,
    /// whichever came first.
    #[arg(long)]
    isolated: Option<String>,
    /// Two columns of where cases live, to the east and to the north in metres, such as x_loc,y_loc.
    #[arg(long)]
    position: Option<String>,
    #[command(flatten)]
    output: Output,
}

const CANDIDATES: [&str; 10] =
    ["case", "rank", "source", "infector", "probability", "lag_days", "timing", "evidence", "in_tree", "entropy_bits"];
const TREE: [&str; 8] =
    ["case", "source", "infector", "probability", "lag_days", "generation", "evidence", "entropy_bits"];

/// Columns that are taken for what cases share, as they are named.
const SHARED: &[(&str, Evidence)] = &[
    ("household", Evidence::Setting(Setting::Home)),
    ("household_id", Evidence::Setting(Setting::Home)),
    ("family", Evidence::Setting(Setting::Home)),
    ("family_id", Evidence::Setting(Setting::Home)),
    ("户号", Evidence::Setting(Setting::Home)),
    ("家庭编号", Evidence::Setting(Setting::Home)),
    ("dormitory", Evidence::Setting(Setting::Dormitory)),
    ("宿舍", Evidence::Setting(Setting::Dormitory)),
    ("class", Evidence::Setting(Setting::Classroom)),
    ("班级", Evidence::Setting(Setting::Classroom)),
    ("ward", Evidence::Setting(Setting::Ward)),
    ("病区", Evidence::Setting(Setting::Ward)),
    ("病房", Evidence::Setting(Setting::Ward)),
    ("school", Evidence::Institution),
    ("学校", Evidence::Institution),
    ("cluster", Evidence::Cluster),
    ("cluster_id", Evidence::Cluster),
    ("village", Evidence::Locality),
    ("小区", Evidence::Locality),
    ("村", Evidence::Locality),
];

/// One row of the line list, with its cells.
struct Listed {
    number: u64,
    row: LineListRow,
    cells: Vec<exchange::Private>,
}

/// A line list that was read, and where its columns stand.
struct LineList {
    file: String,
    columns: Vec<String>,
    rows: Vec<Listed>,
}

impl Chains {
    /// Derives and writes.
    pub fn run(self) -> anyhow::Result<()> {
        if self.linelist.as_os_str() == "-" && self.contacts.as_ref().is_some_and(|path| path.as_os_str() == "-") {
            bail!("--linelist and --contacts both read standard input; give one of them as a file");
        }
        let plan = plans::open(&self.plan)?;
        let list = self.read_line_list()?;
        let names: Vec<String> = list.rows.iter().map(|listed| listed.row.external_id.to_string()).collect();
        let cases = self.cases(&list)?;
        let links = match &self.contacts {
            Some(path) => self.read_links(path, &names)?,
            None => Vec::new(),
        };
        let sources = ::chains::candidates(&cases, &links, &plan.delays, &Options::of(&plan))?;
        let tree = ::chains::tree(&sources);
        summarise(&cases, &sources, &tree);
        if self.tree {
            self.output.write(&TREE, &tree_rows(&names, &sources, &tree))
        } else {
            self.output.write(&CANDIDATES, &self.candidate_rows(&names, &sources, &tree))
        }
    }

    fn read_line_list(&self) -> anyhow::Result<LineList> {
        let source = trace::source(&self.linelist)?;
        let sample = source.sample(100)?;
        let mut mapping = exchange::guess(Kind::LineList, &sample.columns, &sample.rows);
        if let Some(map) = &self.map {
            mapping = mapping.with(map)?;
        }
        let mut records = exchange::line_list::read(&source, &mapping, &exchange::Options::default())?;
        let columns = records.columns().to_vec();
        let mut rows = Vec::new();
        let report = Report::of(&mut records, None, |read| {
            if let Fate::Accepted(row) = read.fate {
                rows.push(Listed { number: read.row_number, row, cells: read.cells });
            }
            anyhow::Ok(())
        })?;
        trace::say(&report, &mapping);
        if rows.is_empty() {
            bail!("no row of the file could be used");
        }
        Ok(LineList { file: source.name().to_owned(), columns, rows })
    }

    fn cases(&self, list: &LineList) -> anyhow::Result<Vec<CaseInfo<usize>>> {
        let shared = self.shared(list)?;
        let imported = self.imported.as_ref().map(|column| list.dates(column, true)).transpose()?;
        let isolated = self.isolated.as_ref().map(|column| list.dates(column, false)).transpose()?;
        let positions = self.position.as_ref().map(|columns| list.positions(columns)).transpose()?;
        let mut cases = Vec::with_capacity(list.rows.len());
        for (at, Listed { row, .. }) in list.rows.iter().enumerate() {
            let day = |stamp: Option<exchange::Stamp>| stamp.map(|stamp| stamp.date);
            let found = [day(row.sampled), day(row.diagnosed), day(row.hospitalised), day(row.reported)];
            let over = [day(row.diagnosed), row.died, row.ended].into_iter().flatten().min();
            let exposed = Period::new(row.exposed_from, row.exposed_until);
            let said = |column: &Vec<Option<Said>>| column[at];
            cases.push(CaseInfo {
                onset: row.onset.map(|onset| Period::new(Some(onset), Some(row.onset_latest.unwrap_or(onset)))),
                found: found.into_iter().flatten().min(),
                exposed: (!exposed.is_open()).then_some(exposed),
                infectious_until: match &isolated {
                    Some(column) => said(column).and_then(Said::day),
                    None => over,
                },
                import: imported.as_ref().and_then(said).map(|said| Period::new(None, said.day())),
                shared: shared.iter().filter_map(|(evidence, units)| Some((*evidence, units[at]?))).collect(),
                position: positions.as_ref().and_then(|positions| positions[at]),
                ..CaseInfo::new(at)
            });
        }
        if cases.iter().all(|case| case.onset.is_none() && case.found.is_none()) {
            bail!(
                "{}: no case has a day of onset, specimen, diagnosis or report; name the column with --map",
                list.file
            );
        }
        Ok(cases)
    }

    /// What cases share: of each kind the number of the unit, by case.
    fn shared(&self, list: &LineList) -> anyhow::Result<Vec<(Evidence, Vec<Option<u64>>)>> {
        let mut wanted: Vec<(Evidence, String)> = Vec::new();
        match &self.same {
            Some(same) => {
                for pair in same.split(',') {
                    let (kind, column) = pair.split_once('=').with_context(|| {
                        format!("--same: {pair:?} is not of the form kind=column, such as home=household_id")
                    })?;
                    let evidence = Evidence::named(kind.trim()).with_context(|| {
                        format!(
                            "--same: no kind {:?}; expected institution, cluster, locality, or a setting such as home, \
                             classroom, ward",
                            kind.trim()
                        )
                    })?;
                    wanted.push((evidence, column.trim().to_owned()));
                }
            }
            None => {
                for column in &list.columns {
                    let name = column.to_lowercase();
                    if let Some((_, evidence)) = SHARED.iter().find(|(known, _)| *known == name) {
                        wanted.push((*evidence, column.clone()));
                    }
                }
                if !wanted.is_empty() {
                    let taken: Vec<String> =
                        wanted.iter().map(|(evidence, column)| format!("{}={column}", evidence.name())).collect();
                    eprintln!("shared: {} (--same)", taken.join(", "));
                }
            }
        }
        let mut shared = Vec::new();
        for (evidence, column) in wanted {
            let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
            let mut units = Vec::with_capacity(list.rows.len());
            for (_, value) in list.column(&column)? {
                let next = numbers.len() as u64;
                units.push(value.map(|value| *numbers.entry(value).or_insert(next)));
            }
            shared.push((evidence, units));
        }
        Ok(shared)
    }

    fn read_links(&self, path: &std::path::Path, names: &[String]) -> anyhow::Result<Vec<Link<usize>>> {
        let known: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let source = trace::source(path)?;
        let sample = source.sample(100)?;
        let mut mapping = exchange::guess(Kind::Contacts, &sample.columns, &sample.rows);
        if let Some(map) = &self.contacts_map {
            mapping = mapping.with(map)?;
        }
        let mut records = exchange::contacts::read(&source, &mapping, &exchange::Options::default())?;
        let score = records.columns().iter().position(|name| ["score", "strength"].contains(&&*name.to_lowercase()));
        let (mut links, mut strangers) = (Vec::new(), 0);
        let report = Report::of(&mut records, None, |read| {
            let Fate::Accepted(row) = read.fate else { return anyhow::Ok(()) };
            let (Some(&a), Some(&b)) = (known.get(&*row.from), known.get(&*row.to)) else {
                strangers += 1;
                return Ok(());
            };
            let evidence = evidence(&row);
            let stated =
                score.and_then(|at| read.cells.get(at)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
            let strength = match stated {
                Some(text) => text.parse().ok().filter(|score| (0.0..=1.0).contains(score)).with_context(|| {
                    format!(
                        "{}, row {}, column \"score\": found {text:?}; expected a number from 0 to 1",
                        source.name(),
                        read.row_number
                    )
                })?,
                None => evidence.strength(),
            };
            let period = Period::new(row.start.map(|start| start.date), row.end.map(|end| end.date));
            links.push(Link { a, b, evidence, strength, period });
            Ok(())
        })?;
        trace::say(&report, &mapping);
        if strangers > 0 {
            eprintln!("{strangers} links with someone who is not on the line list are left out");
        }
        Ok(links)
    }

    fn candidate_rows(&self, names: &[String], sources: &[Sources<usize>], tree: &Tree<usize>) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for (of, edge) in sources.iter().zip(&tree.edges) {
            let mut found: Vec<Row<'_>> = of
                .candidates
                .iter()
                .take(self.top)
                .map(|candidate| Row {
                    source: Source::Case(candidate.infector),
                    probability: candidate.probability,
                    lag_days: candidate.lag_days,
                    timing: Some(candidate.timing),
                    reasons: &candidate.reasons,
                })
                .collect();
            let elsewhere = [(Source::Imported, of.imported), (Source::Unknown, of.unknown)];
            for (source, probability) in elsewhere.into_iter().filter(|(_, probability)| *probability > 0.0) {
                found.push(Row { source, probability, lag_days: None, timing: None, reasons: &[] });
            }
            found.sort_by(|a, b| b.probability.total_cmp(&a.probability));
            for (rank, row) in found.iter().enumerate() {
                rows.push(vec![
                    names[of.case].as_str().into(),
                    Cell::Whole(rank as i64 + 1),
                    kind(row.source).into(),
                    infector(row.source, names),
                    rounded(row.probability),
                    row.lag_days.map(i64::from).into(),
                    row.timing.map_or(Cell::Empty, rounded),
                    words(row.reasons).into(),
                    if edge.source == row.source { "yes" } else { "no" }.into(),
                    rounded(of.entropy_bits),
                ]);
            }
        }
        rows
    }
}

/// One possible source of a case.
struct Row<'a> {
    source: Source<usize>,
    probability: f64,
    lag_days: Option<i32>,
    timing: Option<f64>,
    reasons: &'a [Reason],
}

fn tree_rows(names: &[String], sources: &[Sources<usize>], tree: &Tree<usize>) -> Vec<Vec<Cell>> {
    let rows = sources.iter().zip(&tree.edges).map(|(of, edge)| {
        let is_source = |candidate: &&::chains::Candidate<usize>| edge.source == Source::Case(candidate.infector);
        let candidate = of.candidates.iter().find(is_source);
        vec![
            names[edge.case].as_str().into(),
            word(of, edge.source).into(),
            infector(edge.source, names),
            rounded(edge.probability),
            candidate.and_then(|candidate| candidate.lag_days).map(i64::from).into(),
            Cell::Whole(edge.generation.into()),
            candidate.map(|candidate| words(&candidate.reasons)).into(),
            rounded(of.entropy_bits),
        ]
    });
    rows.collect()
}

/// What the tree says of a case, in a word.
fn word(of: &Sources<usize>, source: Source<usize>) -> &'static str {
    match source {
        Source::Case(_) => "case",
        Source::Imported => "imported",
        Source::Unknown if of.is_unexplained() => "unexplained",
        // Several fit, and none of them better than someone unknown.
        Source::Unknown => "open",
    }
}

fn summarise(cases: &[CaseInfo<usize>], sources: &[Sources<usize>], tree: &Tree<usize>) {
    let undated = cases.iter().filter(|case| case.onset.is_none() && case.found.is_none()).count();
    let words: Vec<&str> = sources.iter().zip(&tree.edges).map(|(of, edge)| word(of, edge.source)).collect();
    let count = |asked: &str| words.iter().filter(|word| **word == asked).count();
    eprintln!(
        "{} cases: {} with a source among them, {} imported, {} open, {} unexplained",
        cases.len(),
        count("case"),
        count("imported"),
        count("open"),
        count("unexplained"),
    );
    if undated > 0 {
        eprintln!("{undated} cases have no date at all: nothing can be said of them, and they are nobody's source");
    }
}

/// What a link says, by the words of its kind.
fn evidence(row: &ContactRow) -> Evidence {
    match row.setting {
        Some(setting) if setting != Setting::Other => Evidence::Setting(setting),
        // Somebody named the pair, and the words say no more.
        _ => Evidence::Interview,
    }
}

fn kind(source: Source<usize>) -> &'static str {
    match source {
        Source::Case(_) => "case",
        Source::Imported => "imported",
        Source::Unknown => "unknown",
    }
}

fn infector(source: Source<usize>, names: &[String]) -> Cell {
    match source {
        Source::Case(at) => names[at].as_str().into(),
        _ => Cell::Empty,
    }
}

fn words(reasons: &[Reason]) -> String {
    let words = reasons.iter().map(|reason| {
        // Three digits say as much as the strengths mean.
        format!("{} {}", reason.evidence.name(), (reason.strength * 1e3).round() / 1e3)
    });
    words.collect::<Vec<_>>().join("; ")
}

fn rounded(number: f64) -> Cell {
    Cell::Real((number * 1e6).round() / 1e6)
}

/// What a cell of a column of dates says.
#[derive(Debug, Clone, Copy)]
enum Said {
    /// A day.
    Day(Date),
    /// That there is one, in other words.
    SomeDay,
}

impl Said {
    fn day(self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            Self::SomeDay => None,
        }
    }
}

impl LineList {
    /// The row numbers and values of a column; nothing where a value is missing.
    fn column(&self, name: &str) -> anyhow::Result<impl Iterator<Item = (u64, Option<&str>)>> {
        let at = self.columns.iter().position(|column| column == name).with_context(|| {
            format!("{}: no column {name:?}; the columns are: {}", self.file, self.columns.join(", "))
        })?;
        Ok(self.rows.iter().map(move |listed| {
            let value = listed.cells.get(at).map(|cell| cell.trim());
            (listed.number, value.filter(|value| !exchange::values::is_missing(value)))
        }))
    }

    /// The days of a column, the last of a range; in words too where that is allowed.
    fn dates(&self, name: &str, in_words: bool) -> anyhow::Result<Vec<Option<Said>>> {
        let mut survey = dates::OrderSurvey::default();
        self.column(name)?.filter_map(|(_, value)| value).for_each(|value| survey.see(value));
        let defaults = exchange::Options::default();
        let reading = dates::Reading {
            order: survey.order(),
            assumed_year: defaults.assumed_year,
            unit_seconds: None,
            origin: defaults.origin,
            zone: defaults.zone,
        };
        let mut said = Vec::with_capacity(self.rows.len());
        for (row, value) in self.column(name)? {
            said.push(match value {
                None => None,
                Some(value) if in_words && is_no(value) => None,
                Some(value) if in_words && !dates::looks_like_date(value) => Some(Said::SomeDay),
                Some(value) => {
                    let period = dates::read(value, &reading).map_err(|unreadable| {
                        let expected = unreadable.expected;
                        anyhow::anyhow!(
                            "{}, row {row}, column {name:?}: found {value:?}; expected {expected}",
                            self.file
                        )
                    })?;
                    Some(Said::Day(period.end.unwrap_or(period.start).date))
                }
            });
        }
        Ok(said)
    }

    fn positions(&self, names: &str) -> anyhow::Result<Vec<Option<Position>>> {
        let (east, north) = names
            .split_once(',')
            .with_context(|| format!("--position: {names:?} is not two columns such as x_loc,y_loc"))?;
        let numbers = |name: &str| -> anyhow::Result<Vec<Option<f64>>> {
            let mut numbers = Vec::with_capacity(self.rows.len());
            for (row, value) in self.column(name)? {
                let number = value.map(|value| value.parse::<f64>().ok().filter(|metres| metres.is_finite()));
                if number == Some(None) {
                    bail!("{}, row {row}, column {name:?}: found {value:?}; expected a number of metres", self.file);
                }
                numbers.push(number.flatten());
            }
            Ok(numbers)
        };
        let (east, north) = (numbers(east.trim())?, numbers(north.trim())?);
        let both = east.into_iter().zip(north);
        Ok(both.map(|(east, north)| Some(Position { east_metres: east?, north_metres: north? })).collect())
    }
}

fn is_no(value: &str) -> bool {
    ["no", "none", "0", "false", "否", "无", "没有"].contains(&value.to_lowercase().as_str())
}
