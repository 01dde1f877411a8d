//! Counts by step of time, from a plain file: one row a step, or one a step and unit.
//!
//! A row that cannot be read is told with its number, what stands there and what to do; its step counts as
//! missing, never as zero, and all other series are read on.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::bail;
use exchange::{Source, values};
use facts::Date;
use jiff::ToSpan;

/// How many steps a series may span: 2,700 years of days. More is a slip in a step's number.
const STEPS_AT_MOST: i64 = 1_000_000;

/// The columns that a command wants.
pub struct Wanted<'a> {
    /// Of each value the headers that it goes by.
    pub values: &'a [&'a [&'a str]],
    /// What was given with --map.
    pub map: Option<&'a str>,
    /// How many counts make a year, where the file does not say.
    pub freq: Option<u16>,
}

/// One series of a file. All its lists have an entry for each step from the first to the last.
pub struct Counts {
    /// Its name; empty where the file has one series only.
    pub series: String,
    /// Its unit, such as a district.
    pub unit: String,
    /// How many counts make a year.
    pub freq: u16,
    /// The number of its first step; 1 where the file has dates alone.
    pub first: i64,
    /// The values by step, in the order of [`Wanted::values`].
    pub values: Vec<Vec<Option<u32>>>,
    /// The days on which the steps begin, where the file gives them all and they are in order.
    pub dates: Option<Vec<Date>>,
}

impl Counts {
    /// The number of a step, of which the place among the values is given.
    pub fn number(&self, at: usize) -> i64 {
        self.first + at as i64
    }
}

/// A file that was read.
pub struct Read {
    /// The series, in the order in which they come.
    pub series: Vec<Counts>,
    /// What was wrong, of a row or a series.
    pub problems: Vec<Problem>,
}

/// What is wrong, where, and what to do.
pub struct Problem {
    place: String,
    found: String,
    expected: &'static str,
    consequence: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, found, expected, consequence } = self;
        write!(f, "{place}: found {found}; expected {expected}; {consequence}")
    }
}

struct Columns {
    series: Option<usize>,
    unit: Option<usize>,
    step: Option<usize>,
    date: Option<usize>,
    freq: Option<usize>,
    values: Vec<usize>,
}

/// One step while it is being read. Two rows of one step that disagree leave it without a value.
#[derive(Clone)]
struct Step {
    values: Vec<Option<u32>>,
    date: Option<Date>,
    row: u64,
}

#[derive(Default)]
struct Building {
    steps: BTreeMap<i64, Step>,
    freq: Option<u16>,
    /// Whether a row has another frequency than those before.
    mixed: bool,
}

/// Reads a file.
pub fn read(source: &Source, wanted: &Wanted) -> anyhow::Result<Read> {
    let reader = source.open()?;
    let columns = columns(source.name(), &reader.columns, wanted)?;
    let header = reader.columns.clone();
    let mut problems = Vec::new();
    let mut order: Vec<(String, String)> = Vec::new();
    let mut building: BTreeMap<(String, String), Building> = BTreeMap::new();
    for row in reader {
        let row = row?;
        if row.swallows_rows || row.cells.len() != header.len() {
            problems.push(Problem {
                place: format!("row {}", row.number),
                found: format!("{} cells", row.cells.len()),
                expected: "as many cells as the header has, and no quotation mark left open",
                consequence: "the row is left out; correct it and run again",
            });
            continue;
        }
        let cell = |at: usize| row.cells.get(at).map_or("", String::as_str);
        let place = |at: usize| format!("row {}, column {:?}", row.number, header[at]);
        let text = |at: Option<usize>| at.map_or("", cell).to_owned();
        let key = (text(columns.series), text(columns.unit));
        let series = building.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            Building::default()
        });
        let freq = match columns.freq {
            None => wanted.freq,
            Some(at) => match cell(at).parse::<u16>().ok().filter(|freq| *freq > 0) {
                Some(freq) => Some(freq),
                None => {
                    problems.push(Problem {
                        place: place(at),
                        found: format!("{:?}", cell(at)),
                        expected: "how many counts make a year, such as 365, 52 or 12",
                        consequence: "the row is left out; correct it and run again",
                    });
                    continue;
                }
            },
        };
        series.mixed |= series.freq.is_some() && series.freq != freq;
        series.freq = series.freq.or(freq);
        let date = match columns.date.map(|at| (at, cell(at))) {
            None => None,
            Some((_, text)) if values::is_missing(text) => None,
            Some((at, text)) => match day(text) {
                Some(day) => Some(day),
                None => {
                    problems.push(Problem {
                        place: place(at),
                        found: format!("{text:?}"),
                        expected: "a day such as 2026-03-09, or nothing",
                        consequence: "the row is read without it; correct it and run again",
                    });
                    None
                }
            },
        };
        let step = match columns.step {
            Some(at) => cell(at).parse::<i64>().map_err(|_| (at, "a whole number, one higher with each step")),
            None => match (date, columns.date) {
                (Some(day), Some(at)) => {
                    step_of(day, freq).ok_or((at, "days, weeks or months that freq 365, 52 or 12 announces"))
                }
                (_, at) => Err((at.unwrap_or(0), "a day such as 2026-03-09, since there are no steps")),
            },
        };
        let step = match step {
            Ok(step) => step,
            Err((at, expected)) => {
                problems.push(Problem {
                    place: place(at),
                    found: format!("{:?}", cell(at)),
                    expected,
                    consequence: "the row is left out; correct it and run again",
                });
                continue;
            }
        };
        let mut values = Vec::with_capacity(columns.values.len());
        for &at in &columns.values {
            let text = cell(at);
            let value = if values::is_missing(text) { None } else { count(text) };
            if value.is_none() && !values::is_missing(text) {
                problems.push(Problem {
                    place: place(at),
                    found: format!("{text:?}"),
                    expected: "a whole number from 0 to 4294967295",
                    consequence: "the step counts as missing; correct it and run again",
                });
            }
            values.push(value);
        }
        let read = Step { values, date, row: row.number };
        match series.steps.get_mut(&step) {
            None => {
                series.steps.insert(step, read);
            }
            Some(before) => {
                problems.push(Problem {
                    place: format!("rows {} and {}", before.row, row.number),
                    found: format!("step {step} twice"),
                    expected: "one row for each step, series and unit",
                    consequence: "where the two differ the step counts as missing; keep the right one and run again",
                });
                for (mine, theirs) in before.values.iter_mut().zip(read.values) {
                    if *mine != theirs {
                        *mine = None;
                    }
                }
            }
        }
    }
    let mut series = Vec::new();
    for key in order {
        if let Some(built) = building.remove(&key) {
            series.extend(built.finish(key, &columns, &mut problems));
        }
    }
    if series.is_empty() {
        problems.iter().take(20).for_each(|problem| eprintln!("{problem}"));
        bail!("{}: no series could be read", source.name());
    }
    Ok(Read { series, problems })
}

impl Building {
    fn finish(
        self,
        (series, unit): (String, String),
        columns: &Columns,
        problems: &mut Vec<Problem>,
    ) -> Option<Counts> {
        let place = || match (series.as_str(), unit.as_str()) {
            ("", "") => "the series".to_owned(),
            (series, "") => format!("series {series:?}"),
            (series, unit) => format!("series {series:?}, unit {unit:?}"),
        };
        let left_out = "the series is left out; correct it and run again";
        let (&first, &last) = (self.steps.keys().next()?, self.steps.keys().next_back()?);
        let mut refuse = |found: String, expected, consequence| {
            problems.push(Problem { place: place(), found, expected, consequence });
        };
        if last.saturating_sub(first) >= STEPS_AT_MOST {
            refuse(format!("steps from {first} to {last}"), "at most a million steps in one series", left_out);
            return None;
        }
        let Some(freq) = self.freq.filter(|_| !self.mixed) else {
            let found = if self.mixed { "more than one freq" } else { "no freq" };
            refuse(found.to_owned(), "one freq for the whole series, in its column or with --freq", left_out);
            return None;
        };
        let steps = (last - first + 1) as usize;
        let mut lists = vec![vec![None; steps]; columns.values.len()];
        for (step, read) in &self.steps {
            for (list, value) in lists.iter_mut().zip(&read.values) {
                list[(step - first) as usize] = *value;
            }
        }
        let dated = self.steps.values().filter(|step| step.date.is_some()).count();
        let dates = if dated == self.steps.len() { self.dates(freq, first, steps) } else { None };
        if dates.is_none() && dated > 0 {
            refuse(
                format!("{dated} dates for {} rows", self.steps.len()),
                "a date in each row, each later than the one before, none between two rows left out",
                "the series is read by its steps alone; correct the dates to go by the calendar",
            );
        }
        let first = if columns.step.is_some() { first } else { 1 };
        Some(Counts { series, unit, freq, first, values: lists, dates })
    }

    /// A date for each step; steps without a row get theirs from the calendar. None when that does not come out.
    fn dates(&self, freq: u16, first: i64, steps: usize) -> Option<Vec<Date>> {
        let mut dates: Vec<Date> = Vec::with_capacity(steps);
        for (step, read) in &self.steps {
            let date = read.date?;
            while (dates.len() as i64) < step - first {
                let next = along(*dates.last()?, freq)?;
                dates.push(next);
            }
            if dates.last().is_some_and(|before| *before >= date) {
                return None;
            }
            dates.push(date);
        }
        Some(dates)
    }
}

fn columns(file: &str, header: &[String], wanted: &Wanted) -> anyhow::Result<Columns> {
    let mut mapped: BTreeMap<String, &str> = BTreeMap::new();
    for pair in wanted.map.into_iter().flat_map(|map| map.split(',')) {
        match pair.split_once('=') {
            Some((field, column)) => mapped.insert(field.trim().to_owned(), column.trim()),
            None => bail!("--map: {pair:?} is not of the form field=column, such as observed=cases"),
        };
    }
    let find =
        |names: &[&str]| header.iter().position(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)));
    let mut column = |names: &[&str]| -> anyhow::Result<Option<usize>> {
        let Some(named) = names.iter().find_map(|name| mapped.remove(*name)) else { return Ok(find(names)) };
        match header.iter().position(|column| column == named) {
            Some(at) => Ok(Some(at)),
            None => bail!("--map: {file} has no column {named:?}; it has {}", header.join(", ")),
        }
    };
    let (series, unit) = (column(&["series"])?, column(&["unit"])?);
    let (step, date) = (column(&["t", "step"])?, column(&["date", "dates", "日期"])?);
    let freq = column(&["freq"])?;
    let mut values = Vec::new();
    for names in wanted.values {
        match column(names)? {
            Some(at) => values.push(at),
            None => bail!(
                "{file}: no column {}; it has {}; name one with --map {}=COLUMN",
                names.join(" or "),
                header.join(", "),
                names[0]
            ),
        }
    }
    if let Some(field) = mapped.keys().next() {
        bail!(
            "--map: no field {field:?}; expected series, unit, t, date, freq or {}",
            wanted.values.concat().join(", ")
        );
    }
    if step.is_none() && date.is_none() {
        bail!("{file}: neither a column t, the number of the step, nor a column date; it has {}", header.join(", "));
    }
    Ok(Columns { series, unit, step, date, freq, values })
}

/// Whether a file has a column of that name.
pub fn has_column(source: &Source, name: &str) -> anyhow::Result<bool> {
    Ok(source.open()?.columns.iter().any(|column| column.eq_ignore_ascii_case(name)))
}

/// A count. Tables that know numbers only write 3 as 3.0.
fn count(text: &str) -> Option<u32> {
    text.parse().ok().or_else(|| {
        let whole = text.strip_suffix('0')?.trim_end_matches('0').strip_suffix('.')?;
        whole.parse().ok()
    })
}

fn day(text: &str) -> Option<Date> {
    let order = exchange::Options::default();
    let reading = exchange::dates::Reading {
        order: exchange::Order::DayMonth,
        assumed_year: None,
        unit_seconds: None,
        origin: facts::Timestamp::UNIX_EPOCH,
        zone: order.zone,
    };
    let read = exchange::dates::read(text, &reading).ok()?;
    read.end.is_none().then_some(read.start.date)
}

/// The step of a day, where no step is given.
fn step_of(day: Date, freq: Option<u16>) -> Option<i64> {
    let days = day.duration_since(Date::constant(1970, 1, 5)).as_hours() / 24;
    match freq? {
        365 | 366 => Some(days),
        52 | 53 => Some(days.div_euclid(7)),
        12 => Some(i64::from(day.year()) * 12 + i64::from(day.month()) - 1),
        _ => None,
    }
}

fn along(day: Date, freq: u16) -> Option<Date> {
    let span = match freq {
        365 | 366 => 1.day(),
        52 | 53 => 7.days(),
        12 => 1.month(),
        _ => return None,
    };
    day.checked_add(span).ok()
}

/// What was wrong goes to standard error, so that results stay clean.
pub fn say(problems: &[Problem]) {
    const SHOWN: usize = 50;
    problems.iter().take(SHOWN).for_each(|problem| eprintln!("{problem}"));
    if problems.len() > SHOWN {
        eprintln!("... and {} more", problems.len() - SHOWN);
    }
}
