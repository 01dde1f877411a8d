//! Dates and times in the forms in which offices write them.
//!
//! A form that reads two ways is settled by the whole column ([`OrderSurvey`]), never value by value. What
//! cannot be read is said with what was expected; nothing is guessed from context.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::ExchangeError;
use crate::text;

/// Which of day and month comes first in dates such as 02-01-2020.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// 31/01/2020
    DayMonth,
    /// 01/31/2020
    MonthDay,
}

impl FromStr for Order {
    type Err = ExchangeError;

    fn from_str(text: &str) -> Result<Self, ExchangeError> {
        match text {
            "day-month" => Ok(Self::DayMonth),
            "month-day" => Ok(Self::MonthDay),
            other => Err(ExchangeError::DateOrder(other.to_owned())),
        }
    }
}

/// How the dates of one column are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Which of day and month comes first.
    pub order: Order,
    /// The year of dates without one; absent when such dates are errors.
    pub assumed_year: Option<i16>,
    /// The length of one step of whole-number times, in seconds; absent when they are not offsets.
    pub unit_seconds: Option<u32>,
    /// What offset 0 stands for.
    pub origin: Timestamp,
    /// The offset from UTC of the clocks that the office reads.
    pub zone: Offset,
}

/// A day, with the time of day when it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The day.
    pub date: Date,
    /// The time of day, on the office's clock.
    pub time: Option<Time>,
}

impl Stamp {
    /// Whether the stamp certainly lies before `other`; unknown times of day decide nothing.
    pub fn precedes(self, other: Self) -> bool {
        self.date < other.date
            || (self.date == other.date && self.time.zip(other.time).is_some_and(|(mine, theirs)| mine < theirs))
    }

    /// The first instant that the stamp can mean.
    pub fn earliest(self, zone: Offset) -> Timestamp {
        instant(self.date.to_datetime(self.time.unwrap_or(Time::midnight())), zone)
    }

    /// The first instant after the last that it can mean: the next midnight when only the day is known.
    pub fn latest(self, zone: Offset) -> Timestamp {
        match self.time {
            Some(time) => instant(self.date.to_datetime(time), zone),
            None => instant(self.date.tomorrow().unwrap_or(Date::MAX).to_datetime(Time::midnight()), zone),
        }
    }
}

fn instant(moment: DateTime, zone: Offset) -> Timestamp {
    zone.to_timestamp(moment).unwrap_or(if moment.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
}

/// What one value says: a day or moment, or a range of them with its end as written (the last day inclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The start.
    pub start: Stamp,
    /// The end of a range.
    pub end: Option<Stamp>,
    /// A part of the day was given in words only and is not kept.
    pub vague: bool,
}

/// Why a value is no date: what was expected and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Whether it contradicts the column's order of day and month.
    pub against_order: bool,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub remedy: String,
}

fn unreadable(expected: &str, remedy: &str) -> Unreadable {
    Unreadable { against_order: false, expected: expected.into(), remedy: remedy.into() }
}

fn no_date() -> Unreadable {
    unreadable("a date such as 2020-01-15, 2020年1月15日 or 15.01.2020", "write the date in full")
}

/// What the numbers of a column say about the order of day and month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderSurvey {
    /// Dates that read only with the day first.
    pub day_first: u64,
    /// Dates that read only with the month first.
    pub month_first: u64,
    /// Dates that read both ways and differ.
    pub either: u64,
}

impl OrderSurvey {
    /// Takes one value into account.
    pub fn see(&mut self, value: &str) {
        if let Some((first, second)) = trailing_year(value) {
            match (first > 12, second > 12) {
                (true, false) => self.day_first += 1,
                (false, true) => self.month_first += 1,
                (false, false) if first != second => self.either += 1,
                _ => {}
            }
        }
    }

    /// The order that most of the column shows; the day first when nothing shows it.
    pub fn order(&self) -> Order {
        if self.month_first > self.day_first { Order::MonthDay } else { Order::DayMonth }
    }

    /// Whether dates of both orders occur.
    pub fn is_mixed(&self) -> bool {
        self.day_first > 0 && self.month_first > 0
    }

    /// Whether dates occur that read both ways and none that shows which is meant.
    pub fn is_ambiguous(&self) -> bool {
        self.either > 0 && self.day_first == 0 && self.month_first == 0
    }
}

/// The first two numbers of a value that starts like `15.01.2020`.
fn trailing_year(value: &str) -> Option<(u32, u32)> {
    let value = value.trim_start();
    let mut parts = value.splitn(3, ['.', '/', '-']);
    let (first, second, third) = (parts.next()?.trim(), parts.next()?.trim(), parts.next()?.trim_start());
    let short = |part: &str| (1..=2).contains(&part.len()).then(|| part.parse().ok()).flatten();
    let year = third.len() >= 4 && third.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    Some((short(first)?, short(second)?)).filter(|_| year)
}

/// Whether some reading makes a date of the value.
pub fn looks_like_date(value: &str) -> bool {
    [Order::DayMonth, Order::MonthDay].into_iter().any(|order| {
        let reading = Reading {
            order,
            assumed_year: Some(2020),
            unit_seconds: None,
            origin: Timestamp::UNIX_EPOCH,
            zone: Offset::UTC,
        };
        read(value, &reading).is_ok()
    })
}

/// Reads one value.
pub fn read(value: &str, reading: &Reading) -> Result<Period, Unreadable> {
    let single = |start| Period { start, end: None, vague: false };
    if let Some(stamp) = iso(value.as_bytes()) {
        return Ok(single(stamp));
    }
    let text = tidy(value);
    if let Ok(number) = text.parse::<f64>() {
        return number_as_date(&text, number, reading).map(single);
    }
    let (left, right) = halves(&text);
    let start = part(left, reading)?;
    let Some(right) = right else {
        return Ok(Period { start: start.complete(None, reading)?, end: None, vague: start.vague });
    };
    let end = part(right, reading)?;
    // `18日至20日`: the second date has what it leaves out from the first.
    let opened = start.complete(None, reading)?;
    let closed = end.complete(Some(opened), reading)?;
    Ok(Period { start: opened, end: Some(closed), vague: start.vague || end.vague })
}

/// The form that machines write, read without allocating: `2020-01-15`, with ` 14:30` or `T14:30:05` behind it.
fn iso(bytes: &[u8]) -> Option<Stamp> {
    let number = |range: std::ops::Range<usize>| {
        bytes
            .get(range)?
            .iter()
            .try_fold(0i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
    };
    if !matches!(bytes.len(), 10 | 16 | 19) || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let date = Date::new(number(0..4)?, number(5..7)? as i8, number(8..10)? as i8).ok()?;
    if bytes.len() == 10 {
        return Some(Stamp { date, time: None });
    }
    if !matches!(bytes[10], b' ' | b'T') || bytes[13] != b':' || bytes.get(16).is_some_and(|&byte| byte != b':') {
        return None;
    }
    let second = if bytes.len() == 19 { number(17..19)? } else { 0 };
    let time = Time::new(number(11..13)? as i8, number(14..16)? as i8, second as i8, 0).ok()?;
    Some(Stamp { date, time: Some(time) })
}

fn tidy(value: &str) -> String {
    let mut text = text::half_width(value).to_lowercase();
    for (from, to) in [
        ("号", "日"),
        ("點", "点"),
        ("点钟", "点"),
        ("，", ","),
        ("～", "~"),
        ("—", "~"),
        ("–", "~"),
        ("至", "~"),
        ("到", "~"),
    ] {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    text
}

/// The two sides of a range.
fn halves(text: &str) -> (&str, Option<&str>) {
    let cut =
        |at: usize, width: usize| (text[..at].trim(), Some(text[at + width..].trim_start_matches(['~', '-']).trim()));
    if let Some(at) = text.find('~') {
        return cut(at, 1);
    }
    if let Some(at) = text.find(" - ").or_else(|| text.find(" -")).or_else(|| text.find("- ")) {
        return cut(at, 2);
    }
    // A hyphen divides a range only where it is not part of the date itself.
    let divides = text.contains(['月', '日']) || text.matches('/').count() == 4 || text.matches('.').count() == 4;
    match text.find('-') {
        Some(at) if divides => cut(at, 1),
        _ => (text, None),
    }
}

fn number_as_date(text: &str, number: f64, reading: &Reading) -> Result<Stamp, Unreadable> {
    let whole = text.bytes().all(|byte| byte.is_ascii_digit());
    if let (Some(unit), Ok(steps)) = (reading.unit_seconds, text.parse::<i64>()) {
        let seconds = steps.checked_mul(i64::from(unit)).map(SignedDuration::from_secs);
        let moment = seconds.and_then(|offset| reading.origin.checked_add(offset).ok());
        let moment = moment.map(|moment| reading.zone.to_datetime(moment));
        return moment
            .map(|moment| Stamp { date: moment.date(), time: Some(moment.time()) })
            .ok_or_else(|| unreadable("an offset within the calendar", "check the column's time unit"));
    }
    if whole && matches!(text.len(), 8 | 12 | 14) {
        let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i16>().ok()).unwrap_or(0);
        let date = Date::new(part(0, 4), part(4, 6) as i8, part(6, 8) as i8).map_err(|_| no_date())?;
        let time = match text.len() {
            8 => None,
            _ => Some(Time::new(part(8, 10) as i8, part(10, 12) as i8, part(12, 14) as i8, 0).map_err(|_| no_date())?),
        };
        return Ok(Stamp { date, time });
    }
    // Excel counts days from 1899-12-30; outside these bounds (1954 to 2119) a number is something else.
    if (20_000.0..80_000.0).contains(&number) && (text.len() == 5 || text.contains('.')) {
        let seconds = (number * 86_400.0).round() as i64;
        let day = jiff::civil::date(1899, 12, 30).to_datetime(Time::midnight());
        let moment = day.checked_add(SignedDuration::from_secs(seconds)).map_err(|_| no_date())?;
        let time = (number.fract() != 0.0).then(|| moment.time());
        return Ok(Stamp { date: moment.date(), time });
    }
    let remedy = "write the date in full, or say how long one step is with --time-unit minutes";
    Err(unreadable("a date, or an offset with its time unit", remedy))
}

/// What one side of a value gives; the rest it takes from the side before it.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    vague: bool,
}

impl Part {
    fn complete(&self, before: Option<Stamp>, reading: &Reading) -> Result<Stamp, Unreadable> {
        let day_missing =
            || unreadable("a date with its day and month", "write the date in full; other rows do not complete it");
        let day = self
            .day
            .or_else(|| before.filter(|_| self.time.is_some()).map(|b| b.date.day()))
            .ok_or_else(day_missing)?;
        let month = self.month.or(before.map(|before| before.date.month())).ok_or_else(day_missing)?;
        let year = match (self.year, before) {
            (Some(year), _) => year,
            // A range over New Year without years.
            (None, Some(before)) if month < before.date.month() => before.date.year() + 1,
            (None, Some(before)) => before.date.year(),
            (None, None) => reading.assumed_year.ok_or_else(|| {
                unreadable("a date with its year", "add the year, or say which is meant with --assumed-year")
            })?,
        };
        let date =
            Date::new(year, month, day).map_err(|_| unreadable("a day that the month has", "correct the date"))?;
        Ok(Stamp { date, time: self.time })
    }
}

fn part(text: &str, reading: &Reading) -> Result<Part, Unreadable> {
    if text.is_empty() {
        return Err(unreadable("a range with both ends", "give both dates, or one"));
    }
    if text.contains(['年', '月', '日', '点', '时']) || is_part_of_day(text) {
        return chinese(text);
    }
    western(text, reading)
}

/// Words for parts of the day, and whether an hour below twelve with it lies after noon.
const PARTS_OF_DAY: &[(&str, bool)] = &[
    ("凌晨", false),
    ("清晨", false),
    ("早上", false),
    ("早晨", false),
    ("上午", false),
    ("早", false),
    ("中午", true),
    ("下午", true),
    ("傍晚", true),
    ("晚上", true),
    ("晚间", true),
    ("夜间", true),
    ("晚", true),
];

fn is_part_of_day(text: &str) -> bool {
    PARTS_OF_DAY.iter().any(|(word, _)| text.starts_with(word))
}

/// `2020年1月15日下午2时30分` and whatever of it is given.
fn chinese(text: &str) -> Result<Part, Unreadable> {
    let mut found = Part::default();
    let mut rest = text.trim();
    let (mut hour, mut minute, mut second, mut part_of_day) = (None, None, None, None);
    while !rest.is_empty() {
        if let Some(word) = PARTS_OF_DAY.iter().find(|(word, _)| rest.starts_with(word)) {
            part_of_day = Some(*word);
            rest = rest[word.0.len()..].trim_start();
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || digits > 4 {
            return Err(no_date());
        }
        let number: i16 = rest[..digits].parse().map_err(|_| no_date())?;
        let unit = rest[digits..].chars().next();
        rest = &rest[digits + unit.map_or(0, char::len_utf8)..];
        if unit == Some('年') && found.year.is_none() && digits == 4 {
            found.year = Some(number);
            continue;
        }
        let number = i8::try_from(number).map_err(|_| no_date())?;
        match unit {
            Some('月') if found.month.is_none() && found.day.is_none() => found.month = Some(number),
            Some('日') if found.day.is_none() => found.day = Some(number),
            None if found.month.is_some() && found.day.is_none() && hour.is_none() => found.day = Some(number),
            Some('时' | '点' | ':') if hour.is_none() => {
                hour = Some(number);
                if let Some(after) = rest.strip_prefix('半') {
                    (minute, rest) = (Some(30), after);
                }
            }
            Some('分' | ':') | None if hour.is_some() && minute.is_none() => {
                minute = Some(number);
                rest = rest.strip_prefix('钟').unwrap_or(rest);
            }
            Some('秒') | None if minute.is_some() && second.is_none() => second = Some(number),
            _ => return Err(no_date()),
        }
        rest = rest.trim_start_matches([' ', ',']);
    }
    let Some(hour) = hour else {
        found.vague = part_of_day.is_some();
        return Ok(found);
    };
    let hour = match (part_of_day, hour) {
        (Some(("凌晨", _)), 12) => 0,
        // Twelve at night is either midnight; which day's is not said.
        (Some(("晚上" | "晚间" | "夜间" | "晚", _)), 12) => -1,
        (Some(("中午", _)), 10 | 11) => hour,
        (Some((_, true)), 1..12) => hour + 12,
        _ => hour,
    };
    let time = Time::new(hour, minute.unwrap_or(0), second.unwrap_or(0), 0);
    found.time = Some(time.map_err(|_| unreadable("a time of day from 0时 to 23时59分", "correct the time"))?);
    Ok(found)
}

/// `2020/1/2 14:30`, `15.01.2020`, `15 Jan 2020`, `2020-01-15T14:30:05.123+08:00`.
fn western(text: &str, reading: &Reading) -> Result<Part, Unreadable> {
    let (day_text, clock) = match text.find(':') {
        None => (text, None),
        Some(colon) => {
            let split = text[..colon].rfind([' ', 't', ',']).ok_or_else(no_date)?;
            (text[..split].trim_end_matches([' ', ',']), Some(text[split + 1..].trim()))
        }
    };
    let date = match named_month(day_text) {
        Some(date) => date?,
        None => numbers(day_text, reading)?,
    };
    let mut found =
        Part { year: Some(date.year()), month: Some(date.month()), day: Some(date.day()), ..Part::default() };
    if let Some(clock) = clock {
        let (time, offset) = clock_time(clock)
            .ok_or_else(|| unreadable("a time such as 14:30 or 14:30:05", "write the time with hours from 0 to 23"))?;
        found.time = Some(time);
        if let Some(offset) = offset {
            let local = reading.zone.to_datetime(instant(date.to_datetime(time), offset));
            found = Part {
                year: Some(local.year()),
                month: Some(local.month()),
                day: Some(local.day()),
                time: Some(local.time()),
                vague: false,
            };
        }
    }
    Ok(found)
}

fn numbers(text: &str, reading: &Reading) -> Result<Date, Unreadable> {
    let separator = ['.', '/', '-'].into_iter().find(|&separator| text.contains(separator)).ok_or_else(no_date)?;
    let parts: Vec<&str> = text.trim_end_matches('.').split(separator).map(str::trim).collect();
    let [first, second, third] = parts.as_slice() else { return Err(no_date()) };
    let number = |part: &str| part.parse::<i16>().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
    let (Some(one), Some(two), Some(three)) = (number(first), number(second), number(third)) else {
        return Err(no_date());
    };
    let date = |year: i16, month: i16, day: i16| {
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else { return None };
        Date::new(year, month, day).ok()
    };
    let impossible = || unreadable("a day that the calendar has", "correct the date");
    match (first.len(), third.len()) {
        (4, 1 | 2) => date(one, two, three).ok_or_else(impossible),
        (1 | 2, 4) => {
            let (straight, turned) = match reading.order {
                Order::DayMonth => (date(three, two, one), date(three, one, two)),
                Order::MonthDay => (date(three, one, two), date(three, two, one)),
            };
            let order = match reading.order {
                Order::DayMonth => "the day first, as in the rest of the column",
                Order::MonthDay => "the month first, as in the rest of the column",
            };
            straight.ok_or_else(|| match turned {
                Some(_) => Unreadable {
                    against_order: true,
                    expected: order.into(),
                    remedy: "write this date as year-month-day".into(),
                },
                None => impossible(),
            })
        }
        _ => Err(unreadable("a year with four digits", "write the date as year-month-day")),
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `15 Jan 2020`, `15-january-2020`, `Jan 15, 2020`; nothing when no month is named.
fn named_month(text: &str) -> Option<Result<Date, Unreadable>> {
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = [words.next()?, words.next()?, words.next()?, words.next().unwrap_or("")];
    let named = words.iter().position(|word| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    let month = MONTHS.iter().position(|month| words[named].starts_with(month))?;
    let numbers: Vec<i16> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let date = match numbers.as_slice() {
        [day, year] if *year >= 1000 && words[3].is_empty() => {
            Date::new(*year, month as i8 + 1, i8::try_from(*day).unwrap_or(0)).ok()
        }
        _ => None,
    };
    Some(date.ok_or_else(no_date))
}

/// `14:30`, `14:30:05.123`, `2:30 pm`, with `z` or `+08:00` behind it.
fn clock_time(text: &str) -> Option<(Time, Option<Offset>)> {
    let (text, offset) = match text.strip_suffix('z') {
        Some(before) => (before, Some(Offset::UTC)),
        None => match text.rfind(['+', '-']) {
            None => (text, None),
            Some(at) => {
                let digits: String = text[at + 1..].chars().filter(|&c| c != ':').collect();
                if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                let hours: i32 = digits[..2].parse().ok()?;
                let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
                let seconds = (hours * 60 + minutes) * 60 * if text.as_bytes()[at] == b'-' { -1 } else { 1 };
                (&text[..at], Some(Offset::from_seconds(seconds).ok()?))
            }
        },
    };
    let (text, half) = match (text.trim_end().strip_suffix("am"), text.trim_end().strip_suffix("pm")) {
        (Some(before), _) => (before, Some(0)),
        (_, Some(before)) => (before, Some(12)),
        _ => (text, None),
    };
    let mut parts = text.trim().split(':');
    let mut hour: i8 = parts.next()?.trim().parse().ok()?;
    if let Some(half) = half {
        hour = (1..=12).contains(&hour).then_some(hour % 12 + half)?;
    }
    let minute: i8 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next().map_or(Some(0.0), |part| part.parse().ok())?;
    if parts.next().is_some() || !(0.0..60.0).contains(&second) {
        return None;
    }
    Some((Time::new(hour, minute, second as i8, 0).ok()?, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading() -> Reading {
        Reading {
            order: Order::DayMonth,
            assumed_year: Some(2020),
            unit_seconds: None,
            origin: Timestamp::UNIX_EPOCH,
            zone: Offset::constant(8),
        }
    }

    /// The value as `start` or `start..end`, or `error`.
    fn shown(value: &str, reading: &Reading) -> String {
        let stamp = |stamp: Stamp| match stamp.time {
            None => stamp.date.to_string(),
            Some(time) => format!("{} {:02}:{:02}", stamp.date, time.hour(), time.minute()),
        };
        match read(value, reading) {
            Err(_) => "error".into(),
            Ok(Period { start, end: None, .. }) => stamp(start),
            Ok(Period { start, end: Some(end), .. }) => format!("{}..{}", stamp(start), stamp(end)),
        }
    }

    #[test]
    fn the_usual_forms_read() {
        for (value, expected) in [
            ("2020-01-15", "2020-01-15"),
            ("2020/1/2", "2020-01-02"),
            ("2020.1.2", "2020-01-02"),
            ("2.1.2020", "2020-01-02"),
            ("02-01-2020", "2020-01-02"),
            ("20200115", "2020-01-15"),
            ("20200115143000", "2020-01-15 14:30"),
            ("2020-01-15T14:30:05", "2020-01-15 14:30"),
            ("2020-01-15 14:30", "2020-01-15 14:30"),
            ("2020/1/15 9:05", "2020-01-15 09:05"),
            ("2020-01-15T14:30:05.250Z", "2020-01-15 22:30"),
            ("2020-01-15T14:30:00+08:00", "2020-01-15 14:30"),
            ("15/01/2020 2:30 PM", "2020-01-15 14:30"),
            ("15 Jan 2020", "2020-01-15"),
            ("Jan 15, 2020", "2020-01-15"),
            ("1月15日", "2020-01-15"),
            ("1月25", "2020-01-25"),
            ("1月18号", "2020-01-18"),
            ("2019年12月28日", "2019-12-28"),
            ("２０２０年１月１５日", "2020-01-15"),
            ("1月15日14时30分", "2020-01-15 14:30"),
            ("1月19日下午2点半", "2020-01-19 14:30"),
            ("1月19日下午14时30分", "2020-01-19 14:30"),
            ("1月19日中午12点20分", "2020-01-19 12:20"),
            ("2020年1月15日 14:30", "2020-01-15 14:30"),
            ("43845", "2020-01-15"),
            ("43845.604166667", "2020-01-15 14:30"),
        ] {
            assert_eq!(shown(value, &reading()), expected, "{value}");
        }
    }

    #[test]
    fn ranges_have_a_start_and_an_end() {
        for (value, expected) in [
            ("1月18-20日", "2020-01-18..2020-01-20"),
            ("1月22日-23日", "2020-01-22..2020-01-23"),
            ("1月23日-2月1日", "2020-01-23..2020-02-01"),
            ("1月29日至2月11日", "2020-01-29..2020-02-11"),
            ("1月24日到2月1日", "2020-01-24..2020-02-01"),
            ("1月31-2月5日", "2020-01-31..2020-02-05"),
            ("2019年12月28日-1月3日", "2019-12-28..2020-01-03"),
            ("1月20日14时至16时30分", "2020-01-20 14:00..2020-01-20 16:30"),
            ("10.01.2020 - 12.01.2020", "2020-01-10..2020-01-12"),
            ("16.01.2020-22.01.2020", "2020-01-16..2020-01-22"),
            ("13.01.2020 -15.01.2020", "2020-01-13..2020-01-15"),
            ("2020-01-10 - 2020-01-12", "2020-01-10..2020-01-12"),
            ("2020/1/10-2020/1/12", "2020-01-10..2020-01-12"),
        ] {
            assert_eq!(shown(value, &reading()), expected, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_an_error() {
        for value in [
            "15日",
            "当晚",
            "17时",
            "上午",
            "春节",
            "1月20月",
            "1月2日日",
            "1月16日起",
            "2小时",
            "2月30日",
            "31.02.2020",
            "1.2.20",
            "none",
            "end of December 2019",
            "- 03.02.2020",
            "25.01.2020 - ",
            "20,01,2020",
            "5743",
            "3.5",
            "1月24日25时",
        ] {
            assert_eq!(shown(value, &reading()), "error", "{value}");
        }
    }

    #[test]
    fn a_date_without_a_year_needs_one_assumed() {
        let strict = Reading { assumed_year: None, ..reading() };
        assert_eq!(shown("1月15日", &strict), "error");
        let error = read("1月15日", &strict).unwrap_err();
        assert!(error.remedy.contains("assumed-year"));
    }

    #[test]
    fn a_part_of_the_day_in_words_is_marked_as_lost() {
        assert!(read("1月26日晚", &reading()).unwrap().vague);
        assert!(!read("1月26日晚8点", &reading()).unwrap().vague);
    }

    #[test]
    fn offsets_count_from_the_origin_in_their_unit() {
        let minutes = Reading { unit_seconds: Some(60), zone: Offset::UTC, ..reading() };
        assert_eq!(shown("90", &minutes), "1970-01-01 01:30");
        let steps = Reading { unit_seconds: Some(300), ..minutes };
        assert_eq!(shown("12", &steps), "1970-01-01 01:00");
        assert_eq!(shown("9223372036854775807", &minutes), "error");
    }

    fn survey(values: &[&str]) -> OrderSurvey {
        let mut survey = OrderSurvey::default();
        values.iter().for_each(|value| survey.see(value));
        survey
    }

    #[test]
    fn the_column_decides_which_of_day_and_month_comes_first() {
        assert_eq!(survey(&["02/01/2020", "31/01/2020"]).order(), Order::DayMonth);
        assert_eq!(survey(&["02/01/2020", "01/31/2020"]).order(), Order::MonthDay);
        assert!(survey(&["02/01/2020", "03/04/2020"]).is_ambiguous());
        assert!(!survey(&["02/02/2020", "2020-03-04", ""]).is_ambiguous());
        assert!(survey(&["31/01/2020", "01/31/2020"]).is_mixed());
    }

    #[test]
    fn a_date_against_the_columns_order_says_so() {
        let error = read("01/31/2020", &reading()).unwrap_err();
        assert!(error.against_order && error.expected.contains("day first"));
        assert!(!read("32/31/2020", &reading()).unwrap_err().against_order);
    }

    #[test]
    fn a_day_lasts_until_the_next_midnight_of_the_office() {
        let day = read("2020-01-15", &reading()).unwrap().start;
        assert_eq!(day.earliest(Offset::constant(8)).to_string(), "2020-01-14T16:00:00Z");
        assert_eq!(day.latest(Offset::constant(8)).to_string(), "2020-01-15T16:00:00Z");
    }

    proptest! {
        #[test]
        fn every_day_reads_back_in_every_form(year in 1900i16..2100, month in 1i8..=12, day in 1i8..=28) {
            let date = Date::new(year, month, day).unwrap();
            for text in [
                date.to_string(),
                format!("{year}/{month}/{day}"),
                format!("{day}.{month}.{year}"),
                format!("{year}年{month}月{day}日"),
                format!("{year}{month:02}{day:02}"),
            ] {
                let read = read(&text, &reading()).unwrap();
                prop_assert_eq!((read.start.date, read.end), (date, None), "{}", text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = read(&text, &reading());
        }

        #[test]
        fn no_text_of_dates_makes_it_panic(text in "[0-9年月日时点分~至到 :.,/zt+a半晚-]{0,24}") {
            let _ = read(&text, &reading());
        }
    }
}
