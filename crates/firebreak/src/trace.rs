//! `firebreak trace`: both rings around one or more people, from a plain file.
//!
//! Stays are half-open `[start, end)`. Co-presence is `min(end) - max(start)`; a co-presence counts when it
//! is positive and at least `--min-overlap`. The second ring counts co-presence from the start of that
//! contact's own first counted exposure on, and leaves out the index person and the first ring.

use std::collections::BTreeMap;
#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use contacts::{CoPresence, Encounter, Encounters, Evidence, Exposure, Infectious, Presence, Rings, rings};
use exchange::{Fate, Kind, Mapping, Options, Report, Source};
use facts::{FactId, PersonId, Timestamp, UnitId, VisitRow};
use visits::{Origin, VisitIndex, Window};

use crate::output::{Cell, Output};
use crate::progress;

/// Who met a person, and who met those.
#[derive(Args)]
pub struct Trace {
    /// Stays: person, unit, start and perhaps end; CSV, XLSX or Parquet, or - for standard input.
    #[arg(long, conflicts_with = "encounters", required_unless_present = "encounters")]
    visits: Option<PathBuf>,
    /// Pairs who were near each other: a, b, start and perhaps end and distance.
    #[arg(long)]
    encounters: Option<PathBuf>,
    /// Whose contacts; several with commas or by repeating it; `all` for everyone in the file.
    #[arg(long, required = true, num_args = 1..)]
    index: Vec<String>,
    /// Only what happened from this time on.
    #[arg(long, allow_hyphen_values = true)]
    from: Option<String>,
    /// Only what happened before this time.
    #[arg(long, allow_hyphen_values = true)]
    to: Option<String>,
    /// 1 for contacts, 2 for contacts of contacts as well.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
    rings: u8,
    /// The shortest single co-presence that counts, such as 15m.
    #[arg(long, default_value = "0m", value_parser = seconds)]
    min_overlap: i64,
    /// How long an entry without an end is taken to last, such as 60m. One step of time for encounters,
    /// an hour for stays, unless given.
    #[arg(long, value_parser = dwell_seconds)]
    dwell: Option<i64>,
    /// The largest distance that counts, in metres, where distances are recorded.
    #[arg(long)]
    max_distance: Option<f64>,
    /// Which column is what, such as person=user_id,unit=venue_id,start=minute_offset.
    #[arg(long)]
    map: Option<String>,
    /// What one step of a whole-number time is: minutes, seconds, or a multiple such as 5m.
    #[arg(long)]
    time_unit: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A length of time such as 15m, 1h, 90s; a bare number is minutes.
fn seconds(text: &str) -> Result<i64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: i64 =
        digits.trim().parse().map_err(|_| format!("{text:?} is no length of time; expected such as 15m"))?;
    let unit = match text[digits.len()..].trim() {
        "s" | "sec" | "seconds" => 1,
        "" | "m" | "min" | "minutes" => 60,
        "h" | "hours" => 3_600,
        "d" | "days" => 86_400,
        other => return Err(format!("{other:?} is no unit of time; expected s, m, h or d")),
    };
    if number < 0 {
        return Err("a length of time is not negative".to_owned());
    }
    number.checked_mul(unit).ok_or_else(|| format!("{text:?} is longer than time is counted"))
}

/// A length of time that someone can stay.
fn dwell_seconds(text: &str) -> Result<i64, String> {
    let seconds = seconds(text)?;
    let year = 366 * 86_400;
    if (1..=year).contains(&seconds) { Ok(seconds) } else { Err("expected from 1s to 366d".to_owned()) }
}

/// Gives whole numbers to the names of a file, in the order in which they come.
#[derive(Default)]
struct Names {
    #[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
    numbers: HashMap<String, u64>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u64 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u64;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    fn name(&self, number: u64) -> &str {
        &self.names[number as usize]
    }
}

/// A file that was read, ready to be traced.
struct World {
    people: Names,
    units: Names,
    places: BTreeMap<u64, String>,
    rows: Vec<u64>,
    /// Seconds of one step of whole-number times; none when times are dates.
    step_seconds: Option<i64>,
}

const COLUMNS: [&str; 15] = [
    "index",
    "ring",
    "person",
    "via",
    "unit",
    "place",
    "start",
    "end",
    "minutes",
    "longest_minutes",
    "meetings",
    "sources",
    "score",
    "rule",
    "rows",
];

impl Trace {
    /// Traces and writes.
    pub fn run(self) -> anyhow::Result<()> {
        let rows = match &self.encounters {
            Some(path) => {
                let (world, encounters) = self.read_encounters(path)?;
                self.trace(&world, &encounters)?
            }
            None => {
                let path = self.visits.as_ref().context("give --visits FILE or --encounters FILE")?;
                let (world, index) = self.read_visits(path)?;
                self.trace(&world, &index)?
            }
        };
        self.output.write(&COLUMNS, &rows)
    }

    fn trace(&self, world: &World, presence: &impl Presence) -> anyhow::Result<Vec<Vec<Cell>>> {
        // Several with commas, unless the file has someone of that very name.
        let known = |name: &str| world.people.numbers.contains_key(name);
        let apart = |given: &'_ String| -> Vec<String> {
            if known(given) {
                vec![given.clone()]
            } else {
                given.split(',').map(|name| name.trim().to_owned()).collect()
            }
        };
        let asked: Vec<String> = self.index.iter().flat_map(apart).collect();
        let all = asked.iter().any(|name| name == "all") && !known("all");
        let names: &[String] = if all { &world.people.names } else { &asked };
        let window = Window {
            from: self.from.as_ref().map_or(Ok(i64::MIN), |text| moment(text, world.step_seconds))?,
            until: self.to.as_ref().map_or(Ok(i64::MAX), |text| moment(text, world.step_seconds))?,
        };
        let bar = progress::bar(names.len() as u64, "tracing");
        let mut rows = Vec::new();
        for name in names {
            let Some(number) = world.people.numbers.get(name) else {
                bail!("{name:?} is not in the file; --index takes ids as the file has them");
            };
            let case = Infectious { person: PersonId::new(*number), window, onset: None };
            let rules = CoPresence { minimum_seconds: self.min_overlap };
            // What lies outside the asked time is not there, for either ring.
            let found =
                rings(presence, &rules, case, self.rings, |_: &Exposure| self.to.as_ref().map(|_| window.until));
            write_rings(world, name, &found, &mut rows);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(rows)
    }

    fn mapping(&self, source: &Source, kind: Kind) -> anyhow::Result<Mapping> {
        let sample = source.sample(100)?;
        let mut mapping = exchange::guess(kind, &sample.columns, &sample.rows);
        if let Some(map) = &self.map {
            mapping = mapping.with(map)?;
        }
        if let Some(unit) = &self.time_unit {
            mapping = mapping.with_time_unit(unit)?;
        }
        let start =
            mapping.columns.get("start").and_then(|name| sample.columns.iter().position(|column| column == name));
        let is_whole =
            |row: &exchange::Row| start.and_then(|at| row.cells.get(at)?.trim().parse::<i64>().ok()).is_some();
        if mapping.unit_seconds.is_none() && !sample.rows.is_empty() && sample.rows.iter().all(is_whole) {
            eprintln!("whole-number times are taken as minutes (--time-unit)");
            mapping = mapping.with_time_unit("minutes")?;
        }
        Ok(mapping)
    }

    fn read_visits(&self, path: &std::path::Path) -> anyhow::Result<(World, VisitIndex)> {
        let source = source(path)?;
        let mapping = self.mapping(&source, Kind::Visits)?;
        let mut world = World::new(&mapping);
        let mut visits: Vec<VisitRow> = Vec::new();
        let mut records = exchange::visits::read(&source, &mapping, &Options::default())?;
        let bar = progress::counter("reading stays");
        let report = Report::of(&mut records, None, |read| {
            if let Fate::Accepted(row) = read.fate {
                let unit = world.units.number(&row.unit);
                if let Some(place) = &row.place {
                    world.places.insert(unit, place.clone());
                }
                let person = PersonId::new(world.people.number(&row.person));
                visits.push(VisitRow {
                    person,
                    unit: UnitId::new(unit),
                    start: row.start,
                    end: row.end,
                    seat_row: row.seat_row,
                });
                world.rows.push(read.row_number);
                bar.inc(1);
            }
            anyhow::Ok(())
        })?;
        bar.finish_and_clear();
        say(&report, &mapping);
        if report.accepted == 0 {
            bail!("no row of the file could be used");
        }
        let entries_only = visits.iter().filter(|visit| visit.end.is_none()).count();
        let dwell = self.dwell.unwrap_or(3_600);
        if entries_only > 0 {
            eprintln!("{entries_only} entries without an end are taken to last {} minutes (--dwell)", dwell / 60);
        }
        for visit in &mut visits {
            // The index takes whole minutes of dwell; a file may say seconds.
            visit.end = visit.end.or_else(|| visit.start.checked_add(jiff::SignedDuration::from_secs(dwell)).ok());
        }
        let mut index = VisitIndex::default();
        index.add_batch(FactId::new(0), &visits, 0)?;
        Ok((world, index))
    }

    fn read_encounters(&self, path: &std::path::Path) -> anyhow::Result<(World, Encounters)> {
        let source = source(path)?;
        let mapping = self.mapping(&source, Kind::Encounters)?;
        let mut world = World::new(&mapping);
        let dwell = self.dwell.or(world.step_seconds).unwrap_or(60);
        let mut encounters = Vec::new();
        let mut without_end = 0;
        let mut records = exchange::encounters::read(&source, &mapping, &Options::default())?;
        let report = Report::of(&mut records, None, |read| {
            if let Fate::Accepted(row) = read.fate
                && self.max_distance.is_none_or(|most| row.distance_metres.is_none_or(|distance| distance <= most))
            {
                let from = row.start.as_second();
                without_end += usize::from(row.end.is_none());
                encounters.push(Encounter {
                    a: PersonId::new(world.people.number(&row.a)),
                    b: PersonId::new(world.people.number(&row.b)),
                    window: Window { from, until: row.end.map_or(from + dwell, |end| end.as_second()) },
                    distance_metres: row.distance_metres,
                    row: read.row_number,
                });
            }
            anyhow::Ok(())
        })?;
        say(&report, &mapping);
        if report.accepted == 0 {
            bail!("no row of the file could be used");
        }
        if without_end > 0 {
            eprintln!("{without_end} encounters without an end are taken to last {dwell} seconds (--dwell)");
        }
        Ok((world, encounters.into_iter().collect()))
    }
}

impl World {
    fn new(mapping: &Mapping) -> Self {
        Self {
            people: Names::default(),
            units: Names::default(),
            places: BTreeMap::new(),
            rows: Vec::new(),
            step_seconds: mapping.unit_seconds.map(i64::from),
        }
    }

    /// A time as the file writes it.
    fn time(&self, seconds: i64) -> Cell {
        match self.step_seconds {
            Some(step) if seconds % step == 0 => Cell::Whole(seconds / step),
            Some(step) => Cell::Real(seconds as f64 / step as f64),
            None => Cell::from(Timestamp::from_second(seconds).ok().map(|time| time.to_string())),
        }
    }

    fn row(&self, origin: Origin) -> Option<u64> {
        match origin {
            Origin::Batch(_, row) => self.rows.get(row as usize).copied(),
            _ => None,
        }
    }
}

/// The file, or standard input for -.
pub fn source(path: &std::path::Path) -> anyhow::Result<Source> {
    if path.as_os_str() != "-" {
        return Ok(Source::path(path));
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).context("cannot read standard input")?;
    Ok(Source::bytes("standard input", bytes))
}

/// What was wrong with the file goes to standard error, so that results stay clean.
pub fn say(report: &Report, mapping: &Mapping) {
    let used: Vec<String> = mapping.columns.iter().map(|(field, column)| format!("{field}={column}")).collect();
    eprintln!("columns: {}", used.join(", "));
    if !report.is_clean() {
        eprint!("{report}");
    }
}

fn moment(text: &str, step_seconds: Option<i64>) -> anyhow::Result<i64> {
    if let (Some(step), Ok(number)) = (step_seconds, text.parse::<i64>()) {
        // A bound beyond all of time bounds nothing.
        return Ok(number.saturating_mul(step));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_second());
    }
    // A date, or a time without an offset, is on the province's clock.
    let local = text.parse::<jiff::civil::DateTime>().with_context(|| {
        format!(
            "{text:?} is no time; expected ISO 8601 such as 2022-03-10T08:00:00+08:00, or a number in a file of numbers"
        )
    })?;
    Ok(exchange::Options::default().zone.to_timestamp(local)?.as_second())
}

fn write_rings(world: &World, index: &str, found: &Rings, rows: &mut Vec<Vec<Cell>>) {
    for (ring, members) in [(1, &found.first), (2, &found.second)] {
        let mut members: Vec<&Exposure> = members.values().collect();
        members.sort_by_cached_key(|exposure| exposure.rank());
        for exposure in members {
            let strongest = exposure.meetings.first().map(|meeting| &meeting.evidence);
            let unit = match strongest {
                Some(Evidence::SameUnit { unit, .. }) => Some(unit.number()),
                _ => None,
            };
            let evidence = exposure.meetings.iter().map(|meeting| match meeting.evidence {
                Evidence::SameUnit { own, theirs, .. } => {
                    let row = |origin| world.row(origin).map_or(String::new(), |row| row.to_string());
                    format!("{}+{}", row(own), row(theirs))
                }
                Evidence::Encounter { row, .. } => row.to_string(),
                _ => String::new(),
            });
            rows.push(vec![
                index.into(),
                Cell::Whole(ring),
                world.people.name(exposure.contact.number()).into(),
                exposure.via.map(|via| world.people.name(via.number())).into(),
                unit.map(|unit| world.units.name(unit)).into(),
                unit.and_then(|unit| world.places.get(&unit).cloned()).into(),
                world.time(exposure.first),
                world.time(exposure.last),
                Cell::Whole(exposure.seconds / 60),
                Cell::Whole(exposure.longest_seconds / 60),
                Cell::Whole(exposure.meetings_counted as i64),
                Cell::Whole(exposure.sources as i64),
                Cell::Real((exposure.score * 1e6).round() / 1e6),
                "co-presence".into(),
                evidence.collect::<Vec<_>>().join(";").into(),
            ]);
        }
    }
}
