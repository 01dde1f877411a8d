//! What is measured: an engine that holds a city's visits and traces cases.
//!
//! The one file that knows Firebreak's index; the rest of this crate knows only the traits.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use contacts::{UnitRule, UnitRules};
use facts::{ActorId, Channel, FactId, PersonId, Setting, Source, Timestamp, UnitId, VisitRow};
use segments::{Check, Folder};
use visits::build::Numbered;
use visits::{Origin, Segment, Stay, VisitIndex, Window};

use crate::city::{City, DAYS, DayVisits};
use crate::error::BenchError;
use crate::rules::{RuleTable, SettingRule};
use crate::store::Store;

/// A case to trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Case {
    /// Who.
    pub person: u32,
    /// From when they could infect, in minutes since 1970-01-01T00:00Z.
    pub from_minute: i64,
    /// Until when, not included.
    pub until_minute: i64,
}

/// Whom a trace found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The first ring, each once, in any order.
    pub first: Vec<u32>,
    /// The second ring, each once, in any order; empty when it was not asked for.
    pub second: Vec<u32>,
    /// How many visits of others were looked at, wherever the engine counts them.
    pub touched: u64,
}

/// How many people a wave of cases exposed, the cases themselves left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaveFound {
    /// In the first ring of any of them.
    pub first: u64,
    /// In the second ring of any of them, and in no first.
    pub second: u64,
}

/// Holds visits.
pub trait Engine {
    /// What it is called in tables, with its version.
    fn name(&self) -> String;

    /// How many visits it holds.
    fn visits(&self) -> u64;

    /// Bytes of everything it needs to answer, dictionaries included.
    fn bytes(&self) -> u64;

    /// A tracer by these rules. Making one may take time; tracing is what is measured.
    fn tracer<'a>(&'a self, rules: &RuleTable) -> Result<Box<dyn Tracer + 'a>, BenchError>;

    /// The files that it reads, when it answers from files and not from memory.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Lets go of its files and opens them again, so that what the system dropped from its cache is cold.
    fn reopen(&mut self) -> Result<(), BenchError> {
        Ok(())
    }

    /// Takes visits in, in any order: when it returns, they are on disk and can be traced.
    fn ingest(&mut self, _visits: &DayVisits) -> Result<(), BenchError> {
        Err(BenchError::Engine(format!("{} takes nothing in", self.name())))
    }
}

/// Traces cases.
pub trait Tracer {
    /// Everyone who met the case.
    fn first_ring(&mut self, case: Case) -> Found;

    /// Both rings of the case.
    fn both_rings(&mut self, case: Case) -> Found;

    /// How many people many cases exposed, each counted once.
    fn wave(&mut self, cases: &[Case]) -> WaveFound {
        let mut first = BTreeSet::new();
        let mut second = BTreeSet::new();
        for &case in cases {
            let found = self.both_rings(case);
            first.extend(found.first);
            second.extend(found.second);
        }
        let known: BTreeSet<u32> = cases.iter().map(|case| case.person).collect();
        first.retain(|person| !known.contains(person));
        second.retain(|person| !known.contains(person) && !first.contains(person));
        WaveFound { first: first.len() as u64, second: second.len() as u64 }
    }
}

/// Builds what is measured from a city's files; whatever it keeps on disk goes below `folder`.
pub fn build(city: &City, store: &Store, folder: &Path) -> Result<Box<dyn Engine>, BenchError> {
    Ok(Box::new(Firebreak::build(city, store, &folder.join("index"))?))
}

/// Firebreak's own visit index, mapped from its files, and its journal for what is taken in.
pub struct Firebreak {
    index: VisitIndex,
    folder: PathBuf,
    settings: Vec<(u32, Setting)>,
    intake: Option<Intake>,
}

/// Where visits are made durable before they are acknowledged.
struct Intake {
    runtime: tokio::runtime::Runtime,
    journal: journal::Journal,
    messages: u64,
}

impl Firebreak {
    fn build(city: &City, store: &Store, folder: &Path) -> Result<Self, BenchError> {
        let mut index = VisitIndex::default();
        let mut segments = Vec::new();
        // One day is packed while the next is read and numbered.
        std::thread::scope(|scope| -> Result<(), BenchError> {
            let mut packing: Option<std::thread::ScopedJoinHandle<'_, Vec<Segment>>> = None;
            for day in 0..DAYS {
                let stays = numbered(&mut index, store, day)?;
                if let Some(packed) = packing.take() {
                    segments.extend(packed.join().unwrap_or_default());
                }
                packing = Some(scope.spawn(move || {
                    let pack = |(slot, stays)| visits::build::build(slot, &[batch_of(day)], stays);
                    visits::build::by_slot(stays).into_iter().map(pack).collect()
                }));
            }
            segments.extend(packing.and_then(|packed| packed.join().ok()).unwrap_or_default());
            Ok(())
        })?;
        index.add_segments(segments);
        let files = Folder::at(folder);
        let moved = files.save(&index).map_err(|problem| BenchError::Engine(problem.to_string()))?;
        moved.into_iter().for_each(|(segment, mapped)| index.relocate(&segment, mapped));
        let mut engine = Self { index, folder: folder.to_owned(), settings: city.settings(), intake: None };
        engine.reopen()?;
        Ok(engine)
    }

    fn setting(&self, unit: UnitId) -> Setting {
        let after = self.settings.partition_point(|&(first, _)| u64::from(first) <= unit.number());
        self.settings[after.saturating_sub(1)].1
    }
}

fn batch_of(day: u32) -> FactId {
    FactId::new(u64::from(day))
}

/// Reads a day's rows and numbers them.
fn numbered(index: &mut VisitIndex, store: &Store, day: u32) -> Result<Vec<Numbered>, BenchError> {
    let mut stays = Vec::new();
    let mut first_row = 0;
    let mut refused = None;
    store.read_day(day, |visits| {
        let rows: Vec<VisitRow> = (0..visits.len()).map(|row| visit(visits, row)).collect();
        match index.ids_mut().number(batch_of(day), &rows, first_row, 0) {
            Ok(numbered) => stays.extend(numbered),
            Err(problem) => refused = Some(problem),
        }
        first_row += rows.len() as u32;
    })?;
    refused.map_or(Ok(stays), |problem| Err(BenchError::Engine(problem.to_string())))
}

fn visit(visits: &DayVisits, row: usize) -> VisitRow {
    let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap_or(Timestamp::MAX);
    let start = visits.start_minute[row];
    VisitRow {
        person: PersonId::new(u64::from(visits.person[row])),
        unit: UnitId::new(u64::from(visits.unit[row])),
        start: at(start),
        end: Some(at(start + i64::from(visits.minutes[row]))),
        seat_row: Some(visits.seat_row[row]).filter(|&seat| seat > 0),
    }
}

impl Engine for Firebreak {
    fn name(&self) -> String {
        format!("Firebreak {}", env!("CARGO_PKG_VERSION"))
    }

    fn visits(&self) -> u64 {
        self.index.len() as u64
    }

    fn bytes(&self) -> u64 {
        let segments: usize = self.index.segments().iter().map(|segment| (**segment.bytes()).as_ref().len()).sum();
        (segments + self.index.ids().people.bytes() + self.index.ids().units.bytes()) as u64
    }

    fn tracer<'a>(&'a self, rules: &RuleTable) -> Result<Box<dyn Tracer + 'a>, BenchError> {
        let minutes = |minutes: u32| i64::from(minutes) * 60;
        let rule = |rule: &SettingRule| UnitRule {
            class: rule.class,
            leads_on: rule.leads_on,
            minimum_seconds: minutes(rule.minimum_minutes),
            lingering_seconds: minutes(rule.tail_minutes),
            cap_seconds: rule.cap_minutes.map(minutes),
            seat_rows: rule.seat_rows,
        };
        // The rule of a setting is at the place of the settings before it that have one.
        let place =
            |setting: Setting| rules.of(setting).map(|_| rules.by_setting[..setting as usize].iter().flatten().count());
        let laid_out = rules.by_setting.iter().flatten().map(rule).collect();
        let rules = UnitRules::new(&self.index, laid_out, |unit| place(self.setting(unit)));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Box::new(Fast { index: &self.index, tracer: contacts::Tracer::new(&self.index, rules, threads) }))
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    fn reopen(&mut self) -> Result<(), BenchError> {
        self.index = VisitIndex::default();
        let (index, faults) = Folder::at(&self.folder).open(Check::Heads);
        match faults.first() {
            Some(fault) => Err(BenchError::Engine(format!("{}: {}", fault.file.display(), fault.problem))),
            None => {
                self.index = index;
                Ok(())
            }
        }
    }

    fn ingest(&mut self, visits: &DayVisits) -> Result<(), BenchError> {
        let failed = |problem: &dyn std::fmt::Display| BenchError::Engine(problem.to_string());
        if self.intake.is_none() {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| failed(&e))?;
            let folder = self.folder.with_file_name("intake");
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).map_err(|problem| BenchError::file(&folder, problem))?;
            let url = format!("sqlite://{}", folder.join("journal.sqlite").display());
            let marker = journal::Marker { deployment: 1, exercise: true };
            let opened = runtime.block_on(journal::Journal::open(&url, &folder.join("store"), marker));
            self.intake = Some(Intake { journal: opened.map_err(|e| failed(&e))?, runtime, messages: 0 });
        }
        let Some(intake) = &mut self.intake else { return Ok(()) };
        let rows: Vec<VisitRow> = (0..visits.len()).map(|row| visit(visits, row)).collect();
        intake.messages += 1;
        let message = journal::Message {
            visits: rows,
            source: Source { actor: ActorId::new(1), channel: Channel::Feed, key: None },
            assumed_dwell_minutes: None,
            withdrawal: FactId::new(intake.messages),
        };
        let messages = [message];
        let taken = intake.runtime.block_on(intake.journal.take_in(&messages, Timestamp::UNIX_EPOCH));
        let taken = taken.map_err(|e| failed(&e))?;
        let stays = messages[0]
            .visits
            .iter()
            .enumerate()
            .map(|(number, row)| Stay::of_row(row, 0, Origin::Intake(taken[0].id.0, number as u32)));
        self.index.add_live_all(stays);
        Ok(())
    }
}

struct Fast<'a> {
    index: &'a VisitIndex,
    tracer: contacts::Tracer<'a>,
}

impl Fast<'_> {
    fn find(&self, case: Case) -> Option<(u32, Window)> {
        let number = self.index.ids().people.find(PersonId::new(u64::from(case.person)))?;
        Some((number, Window { from: case.from_minute * 60, until: case.until_minute * 60 }))
    }

    fn found(&self, traced: contacts::Traced) -> Found {
        let ids = |hits: Vec<contacts::Hit>| {
            hits.into_iter().map(|hit| self.index.ids().people.id(hit.person).number() as u32).collect()
        };
        Found { first: ids(traced.first), second: ids(traced.second), touched: traced.touched }
    }
}

impl Tracer for Fast<'_> {
    fn first_ring(&mut self, case: Case) -> Found {
        let Some((person, window)) = self.find(case) else { return Found::default() };
        let traced = self.tracer.first_ring(person, window);
        self.found(traced)
    }

    fn both_rings(&mut self, case: Case) -> Found {
        let Some((person, window)) = self.find(case) else { return Found::default() };
        let traced = self.tracer.both_rings(person, window);
        self.found(traced)
    }

    fn wave(&mut self, cases: &[Case]) -> WaveFound {
        let cases: Vec<(u32, Window)> = cases.iter().filter_map(|&case| self.find(case)).collect();
        let exposed = contacts::wave(&mut self.tracer, &cases);
        let first = exposed.values().filter(|exposed| exposed.ring == contacts::Ring::First).count();
        WaveFound { first: first as u64, second: (exposed.len() - first) as u64 }
    }
}
