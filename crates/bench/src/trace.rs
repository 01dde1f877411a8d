//! The benchmark of tracing: Firebreak and its rivals on the same files, in turns, in one run.

use std::path::{Path, PathBuf};

use crate::arrays::Arrays;
use crate::chance::draw;
use crate::city::{City, DAY_MINUTES, DAYS, DayVisits, FIRST_MINUTE};
use crate::clock::{seconds, timed};
use crate::engine::{self, Case, Engine, Found, Tracer};
use crate::error::BenchError;
use crate::machine::drop_page_cache;
use crate::report::{Check, Cold, Holding, Ingest, Latency, Profile, Scale, Wave};
use crate::rivals::{self, Rival, RivalKind, SetDigest};
use crate::rules::RuleTable;
use crate::store::Store;

/// Cases are measured in so many turns, so that whatever else the machine does meets all systems alike.
const TURNS: usize = 5;
/// A system that takes longer than this for one case, in seconds, is given three cases only.
const PATIENCE_SECONDS: f64 = 60.0;
/// A system gets no new case after so many seconds with one profile.
const PROFILE_SECONDS: f64 = 240.0;
/// The cases of a turn are asked a first time, which does not count, for so many seconds at most.
const FIRST_PASS_SECONDS: f64 = 90.0;
/// The most visits that uncompressed arrays are built for.
const ARRAYS_VISITS: u64 = 200_000_000;
/// Rows of one commit where systems take rows in.
const COMMIT_ROWS: usize = 10_000;
/// Cases of one statement where sets are compared.
const CHECKED_AT_ONCE: usize = 100;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many visits, one run for each.
    pub visits: Vec<u64>,
    /// The city's seed.
    pub seed: u64,
    /// Where files go, and are found again.
    pub folder: PathBuf,
    /// An interpreter that has the rivals' packages; without it one is made in the folder.
    pub python: Option<PathBuf>,
    /// Whom to compare with.
    pub rivals: Vec<RivalKind>,
    /// How many cases Firebreak traces in each profile.
    pub cases: usize,
    /// How many cases each rival traces in each profile, at most.
    pub rival_cases: usize,
    /// How many cases to compare sets of contacts for, under every table of rules; by scale when not given.
    pub check: Option<usize>,
    /// How many cases a wave has.
    pub wave: usize,
    /// How many cases to trace from a cold start; 0 for none.
    pub cold: usize,
    /// How many rows to take in; 0 for none.
    pub ingest: usize,
}

/// A profile: whose contacts are traced.
struct Cases {
    name: &'static str,
    rings: u8,
    cases: Vec<Case>,
}

/// What one system answered for one case.
struct Answer {
    nanoseconds: u64,
    client_nanoseconds: Option<u64>,
    rings: (SetDigest, SetDigest),
    touched: u64,
}

/// How a system traces one case.
type Ask<'a> = Box<dyn FnMut(Case, u8) -> Result<Answer, BenchError> + 'a>;

fn whole(person: u32) -> Case {
    let until_minute = FIRST_MINUTE + i64::from(DAYS + 1) * DAY_MINUTES;
    Case { person, from_minute: FIRST_MINUTE, until_minute }
}

/// A case whose window begins and ends anywhere.
fn anywhere(person: u32) -> Case {
    let bits = draw(0xE0, u64::from(person), 1);
    let from_minute = FIRST_MINUTE + (bits % (10 * DAY_MINUTES as u64)) as i64;
    Case { person, from_minute, until_minute: from_minute + 1 + ((bits >> 32) % (5 * DAY_MINUTES as u64)) as i64 }
}

/// Measures at every scale that is asked for.
pub fn run(settings: &Settings, say: &dyn Fn(&str)) -> Result<Vec<Scale>, BenchError> {
    std::fs::create_dir_all(&settings.folder).map_err(|problem| BenchError::file(&settings.folder, problem))?;
    let python = if settings.rivals.is_empty() {
        None
    } else {
        rivals::python(settings.python.as_deref(), &settings.folder, say)
            .inspect_err(|problem| say(&format!("NO RIVALS: {problem}")))
            .ok()
    };
    settings.visits.iter().map(|&visits| Run { settings, say, python: python.as_deref() }.at(visits)).collect()
}

struct Run<'a> {
    settings: &'a Settings,
    say: &'a dyn Fn(&str),
    python: Option<&'a Path>,
}

impl Run<'_> {
    fn at(&self, visits: u64) -> Result<Scale, BenchError> {
        let (city, store) = self.files(visits)?;
        let mut scale = Scale {
            asked: visits,
            visits: store.manifest.visits,
            people: store.manifest.people,
            units: store.manifest.units,
            parquet_bytes: store.manifest.bytes,
            ..Scale::default()
        };
        let (built, nanoseconds) = timed(|| engine::build(&city, &store, store.folder()));
        let mut engine = built?;
        scale.systems.push(holding(&*engine, seconds(nanoseconds)));
        self.said(&scale);
        let arrays = (visits <= ARRAYS_VISITS).then(|| timed(|| Arrays::build(&city)));
        if let Some((arrays, nanoseconds)) = &arrays {
            scale.systems.push(holding(arrays, seconds(*nanoseconds)));
            self.said(&scale);
        }
        let mut rivals = self.open_rivals(&city, &store, &mut scale);
        let plain = RuleTable::plain();
        {
            let mut names = vec![engine.name()];
            let mut tracers = vec![engine.tracer(&plain)?];
            if let Some((arrays, _)) = &arrays {
                names.push(arrays.name());
                tracers.push(arrays.tracer(&plain)?);
            }
            for profile in self.profiles(&city) {
                if profile.cases.is_empty() {
                    (self.say)(&format!("NOT MEASURED: this city is too small for {}", profile.name));
                    continue;
                }
                let mut systems: Vec<(String, usize, Ask)> = Vec::new();
                for (name, tracer) in names.iter().zip(&mut tracers) {
                    systems.push((name.clone(), profile.cases.len(), ask_tracer(&mut **tracer)));
                }
                for (name, forms, rival) in &mut rivals {
                    let form = self.best_form(name, forms, rival, &profile);
                    let title = if forms.len() > 1 { format!("{name}; {form}") } else { name.clone() };
                    let cases = self.settings.rival_cases.min(profile.cases.len());
                    systems.push((title, cases, ask_rival(rival, form)));
                }
                scale.profiles.push(self.profile(&profile, systems));
            }
            if self.settings.wave > 0 {
                scale.wave = Some(self.wave(&city, &mut *tracers[0]));
            }
        }
        self.check(&city, &*engine, &mut rivals, &mut scale)?;
        if self.settings.cold > 0 {
            self.cold(&city, &mut *engine, &mut rivals, &mut scale)?;
        }
        if self.settings.ingest > 0 {
            self.ingest(&city, &mut *engine, &mut rivals, &store, &mut scale)?;
        }
        Ok(scale)
    }

    fn files(&self, visits: u64) -> Result<(City, Store), BenchError> {
        (self.say)(&format!("{visits} visits: files below {}", self.settings.folder.display()));
        let city = City::new(self.settings.seed, visits);
        let (store, nanoseconds) = timed(|| Store::open(&self.settings.folder, &city, visits));
        let store = store?;
        let how = if store.reused { "found".to_owned() } else { format!("written in {:.1} s", seconds(nanoseconds)) };
        (self.say)(&format!("{} visits of {} people, {how}", store.manifest.visits, store.manifest.people));
        Ok((city, store))
    }

    fn said(&self, scale: &Scale) {
        if let Some(held) = scale.systems.last() {
            let each = held.bytes as f64 / scale.visits as f64;
            (self.say)(&format!("{}: built in {:.1} s, {each:.1} bytes a visit", held.system, held.build_seconds));
        }
    }

    /// Starts and loads every rival that is there; whoever is not is named.
    fn open_rivals(&self, city: &City, store: &Store, scale: &mut Scale) -> Vec<(String, Vec<String>, Rival)> {
        let mut rivals = Vec::new();
        let Some(python) = self.python else { return rivals };
        let work = self.settings.folder.join("rivals");
        for &kind in &self.settings.rivals {
            let skip = |why: &str| (self.say)(&format!("SKIPPED {}: {why}", kind.name()));
            if store.manifest.visits > kind.most_visits() {
                skip(&format!("it is given {} visits at most", kind.most_visits()));
                continue;
            }
            let opened = std::fs::create_dir_all(&work)
                .map_err(|problem| BenchError::file(&work, problem))
                .and_then(|()| Rival::start(kind, python, &work))
                .and_then(|mut rival| Ok((rival.open(city, store, &work, memory_gb(store.manifest.visits))?, rival)));
            match opened {
                Ok((opened, rival)) => {
                    let system = format!("{}, {}", opened.version, kind.title());
                    scale.systems.push(Holding {
                        system: system.clone(),
                        build_seconds: opened.load_seconds,
                        bytes: opened.bytes,
                    });
                    self.said(scale);
                    rivals.push((system, opened.forms, rival));
                }
                Err(problem) => skip(&problem.to_string()),
            }
        }
        rivals
    }

    fn profiles(&self, city: &City) -> Vec<Cases> {
        let cases = |people: Vec<u32>| people.into_iter().map(whole).collect::<Vec<_>>();
        let ordinary = cases(city.ordinary_people(self.settings.cases, 0));
        vec![
            Cases { name: "ordinary person, first ring", rings: 1, cases: ordinary.clone() },
            Cases {
                name: "works in a market hall, first ring",
                rings: 1,
                cases: cases(city.hall_workers(self.settings.cases, 0)),
            },
            Cases { name: "ordinary person, both rings", rings: 2, cases: ordinary },
        ]
    }

    /// The form of a rival's query that is fastest on up to three cases other than those that are measured.
    fn best_form(&self, name: &str, forms: &[String], rival: &mut Rival, profile: &Cases) -> String {
        let mut best = (f64::INFINITY, forms.first().cloned().unwrap_or_default());
        if forms.len() < 2 {
            return best.1;
        }
        for form in forms {
            let mut times = Vec::new();
            for &case in profile.cases.iter().rev().take(3) {
                match rival.trace(form, profile.rings, case) {
                    Ok(traced) => times.push(seconds(traced.ns)),
                    Err(problem) => {
                        (self.say)(&format!("{name}, {form}: {problem}"));
                        break;
                    }
                }
                // One is enough to tell slow forms apart.
                if times.last().is_some_and(|&time| time > 10.0) {
                    break;
                }
            }
            times.sort_by(f64::total_cmp);
            if let Some(&median) = times.get(times.len() / 2).filter(|&&median| median < best.0) {
                best = (median, form.clone());
            }
        }
        best.1
    }

    /// Traces a profile's cases with every system in turns, and holds every answer to the engine's.
    fn profile(&self, profile: &Cases, mut systems: Vec<(String, usize, Ask)>) -> Profile {
        let mut latencies: Vec<Latency> =
            systems.iter().map(|(system, _, _)| Latency { system: system.clone(), ..Latency::default() }).collect();
        let mut engine_answers: Vec<Option<(SetDigest, SetDigest)>> = vec![None; profile.cases.len()];
        for turn in 0..TURNS {
            for (at, ((system, cases, ask), latency)) in systems.iter_mut().zip(&mut latencies).enumerate() {
                let of_turn = |cases: usize| cases * turn / TURNS..cases * (turn + 1) / TURNS;
                let spent = |latency: &Latency| seconds(latency.nanoseconds.iter().sum());
                // A pass that is not counted, so that what is measured is memory and not the first touch.
                let mut first_pass = 0.0;
                for &case in &profile.cases[of_turn(*cases)] {
                    let Ok(answer) = ask(case, profile.rings) else { break };
                    first_pass += seconds(answer.nanoseconds);
                    if first_pass > FIRST_PASS_SECONDS {
                        break;
                    }
                }
                for number in of_turn(*cases) {
                    let very_slow = latency.nanoseconds.iter().any(|&time| seconds(time) > PATIENCE_SECONDS);
                    if (very_slow && latency.nanoseconds.len() >= 3) || spent(latency) > PROFILE_SECONDS {
                        break;
                    }
                    match ask(profile.cases[number], profile.rings) {
                        Ok(answer) => {
                            latency.nanoseconds.push(answer.nanoseconds);
                            latency.client_nanoseconds.extend(answer.client_nanoseconds);
                            latency.contacts += answer.rings.0.count + answer.rings.1.count;
                            latency.touched += answer.touched;
                            if at == 0 {
                                engine_answers[number] = Some(answer.rings);
                            } else if let Some(expected) = &engine_answers[number] {
                                latency.compared += 1;
                                latency.different += usize::from(*expected != answer.rings);
                            }
                        }
                        Err(problem) => {
                            (self.say)(&format!("{system}: {problem}"));
                            *cases = 0;
                            break;
                        }
                    }
                }
            }
        }
        for latency in &mut latencies {
            latency.nanoseconds.sort_unstable();
            latency.client_nanoseconds.sort_unstable();
            (self.say)(&format!("{}: {}", profile.name, latency.line()));
        }
        Profile { name: profile.name.to_owned(), rings: profile.rings, latencies }
    }

    fn wave(&self, city: &City, tracer: &mut dyn Tracer) -> Wave {
        let cases: Vec<Case> = city.ordinary_people(self.settings.wave, 7).into_iter().map(whole).collect();
        let (found, nanoseconds) = timed(|| tracer.wave(&cases));
        let wave = Wave { cases: cases.len(), seconds: seconds(nanoseconds), first: found.first, second: found.second };
        (self.say)(&format!("a wave of {} cases, both rings: {:.2} s", wave.cases, wave.seconds));
        wave
    }

    /// Compares both rings of many cases with plain SQL, under every table of rules.
    fn check(
        &self,
        city: &City,
        engine: &dyn Engine,
        rivals: &mut [(String, Vec<String>, Rival)],
        scale: &mut Scale,
    ) -> Result<(), BenchError> {
        let count = self.settings.check.unwrap_or(match scale.asked {
            0..=20_000_000 => 10_000,
            20_000_001..=200_000_000 => 200,
            _ => 20,
        });
        if count == 0 {
            return Ok(());
        }
        let Some((_, _, sql)) = rivals.iter_mut().find(|(_, _, rival)| rival.kind == RivalKind::DuckDbSorted) else {
            (self.say)("SETS NOT COMPARED: that needs the rival duckdb-sorted");
            return Ok(());
        };
        // One in fifty works in a hall: whoever meets thousands is where mistakes would hide.
        let mut people = city.ordinary_people(count - count / 50, 3);
        people.extend(city.hall_workers(count / 50, 3));
        let cases: Vec<Case> = people.into_iter().map(anywhere).collect();
        for table in RuleTable::all()? {
            let mut tracer = engine.tracer(&table)?;
            let mut check = Check { rules: table.name.to_owned(), ..Check::default() };
            for some in cases.chunks(CHECKED_AT_ONCE) {
                let (expected, nanoseconds) = timed(|| sql.check(city, &table, some));
                check.sql_seconds += seconds(nanoseconds);
                for (&case, expected) in some.iter().zip(expected?) {
                    let found = tracer.both_rings(case);
                    let first = SetDigest::of(&found.first) == expected.first;
                    let second = SetDigest::of(&found.second) == expected.second;
                    check.cases += 1;
                    check.contacts += expected.first.count + expected.second.count;
                    if !(first && second) {
                        check.different += 1;
                        (self.say)(&format!(
                            "DIFFERENT under {}: {case:?} has {} and {} contacts, SQL finds {} and {}",
                            table.name,
                            found.first.len(),
                            found.second.len(),
                            expected.first.count,
                            expected.second.count
                        ));
                    }
                }
            }
            (self.say)(&format!(
                "{}: {} of {} cases have the same sets as SQL",
                check.rules,
                check.cases - check.different,
                check.cases
            ));
            scale.checks.push(check);
        }
        Ok(())
    }

    /// Traces cases each of which begins with nothing in the system's cache of files.
    fn cold(
        &self,
        city: &City,
        engine: &mut dyn Engine,
        rivals: &mut [(String, Vec<String>, Rival)],
        scale: &mut Scale,
    ) -> Result<(), BenchError> {
        if !drop_page_cache() {
            (self.say)("COLD NOT MEASURED: the system's cache of files cannot be dropped here");
            return Ok(());
        }
        let plain = RuleTable::plain();
        let people = city.ordinary_people(self.settings.cold, 5);
        let mut latency = Latency { system: engine.name(), ..Latency::default() };
        if engine.files().is_empty() {
            (self.say)(&format!("COLD NOT MEASURED for {}: it is in memory", engine.name()));
        } else {
            for &person in &people {
                engine.reopen()?;
                let mut tracer = engine.tracer(&plain)?;
                drop_page_cache();
                let (found, nanoseconds) = timed(|| tracer.first_ring(whole(person)));
                latency.nanoseconds.push(nanoseconds);
                latency.contacts += found.first.len() as u64;
            }
            scale.cold.push(Cold { latency });
        }
        let of_duckdb = |kind| matches!(kind, RivalKind::DuckDb | RivalKind::DuckDbSorted);
        for (name, forms, rival) in rivals.iter_mut().filter(|(_, _, rival)| of_duckdb(rival.kind)) {
            let Some(form) = forms.first() else { continue };
            let mut latency = Latency { system: name.clone(), ..Latency::default() };
            for &person in people.iter().take(10) {
                rival.reopen()?;
                drop_page_cache();
                let traced = rival.trace(form, 1, whole(person))?;
                latency.nanoseconds.push(traced.ns);
                latency.contacts += traced.first.count;
            }
            scale.cold.push(Cold { latency });
        }
        for cold in &mut scale.cold {
            cold.latency.nanoseconds.sort_unstable();
            (self.say)(&format!("cold, first ring: {}", cold.latency.line()));
        }
        Ok(())
    }

    /// Takes rows in as they would arrive, by time, with every system that can.
    fn ingest(
        &self,
        city: &City,
        engine: &mut dyn Engine,
        rivals: &mut [(String, Vec<String>, Rival)],
        store: &Store,
        scale: &mut Scale,
    ) -> Result<(), BenchError> {
        let mut arriving = DayVisits::default();
        for day in 0..DAYS {
            if arriving.len() < self.settings.ingest {
                city.fill(day, 0..city.units(), &mut arriving);
            }
        }
        let mut order: Vec<usize> = (0..arriving.len()).collect();
        order.sort_by_key(|&row| (arriving.start_minute[row], draw(1, arriving.person[row].into(), row as u64)));
        order.truncate(self.settings.ingest);
        arriving = arriving.rows(&order);
        let (taken, nanoseconds) = timed(|| {
            let commits = order.len().div_ceil(COMMIT_ROWS);
            (0..commits).try_for_each(|commit| {
                let rows: Vec<usize> = (commit * COMMIT_ROWS..order.len().min((commit + 1) * COMMIT_ROWS)).collect();
                engine.ingest(&arriving.rows(&rows))
            })
        });
        let mut push = |ingest: Ingest| {
            let per_second = ingest.rows as f64 / ingest.seconds;
            (self.say)(&format!("{}: takes in {per_second:.0} rows a second", ingest.system));
            scale.ingest.push(ingest);
        };
        let rows = order.len() as u64;
        match taken {
            Ok(()) => push(Ingest { system: engine.name(), rows, seconds: seconds(nanoseconds) }),
            Err(problem) => (self.say)(&format!("INGEST NOT MEASURED for {}: {problem}", engine.name())),
        }
        let csv = store.folder().join("arriving.csv");
        let mut text = String::new();
        for row in 0..arriving.len() {
            use std::fmt::Write as _;
            let start = arriving.start_minute[row] - FIRST_MINUTE;
            let end = start + i64::from(arriving.minutes[row]);
            // Writing to a string does not fail.
            let _ = writeln!(text, "{},{},{start},{end}", arriving.person[row], arriving.unit[row]);
        }
        std::fs::write(&csv, text).map_err(|problem| BenchError::file(&csv, problem))?;
        for (name, _, rival) in rivals {
            let ways: &[(bool, &str)] = match rival.kind {
                RivalKind::DuckDbSorted => &[(false, "no index"), (true, "two indexes")],
                RivalKind::PostgreSql => &[(true, "two indexes")],
                _ => &[],
            };
            for &(indexed, way) in ways {
                match rival.ingest(&csv, rows, indexed) {
                    Ok(done) => {
                        push(Ingest { system: format!("{name}; {way}"), rows: done.rows, seconds: done.seconds })
                    }
                    Err(problem) => (self.say)(&format!("INGEST NOT MEASURED for {name}: {problem}")),
                }
            }
        }
        Ok(())
    }
}

/// Memory that each rival may use, in gigabytes.
fn memory_gb(visits: u64) -> u64 {
    if visits > 200_000_000 { 6 } else { 4 }
}

fn holding(engine: &dyn Engine, build_seconds: f64) -> Holding {
    Holding { system: engine.name(), build_seconds, bytes: engine.bytes() }
}

fn ask_tracer<'a>(tracer: &'a mut dyn Tracer) -> Ask<'a> {
    Box::new(|case, rings| {
        let (found, nanoseconds): (Found, u64) =
            timed(|| if rings == 1 { tracer.first_ring(case) } else { tracer.both_rings(case) });
        let rings = (SetDigest::of(&found.first), SetDigest::of(&found.second));
        Ok(Answer { nanoseconds, client_nanoseconds: None, rings, touched: found.touched })
    })
}

fn ask_rival(rival: &mut Rival, form: String) -> Ask<'_> {
    Box::new(move |case, rings| {
        let traced = rival.trace(&form, rings, case)?;
        let rings = (traced.first, traced.second);
        Ok(Answer { nanoseconds: traced.ns, client_nanoseconds: traced.client_ns, rings, touched: 0 })
    })
}
