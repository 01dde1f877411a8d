//! Divisions with dates (GB/T 2260 and below): which codes are in force on a day, and what became of the others.
//!
//! A table is a CSV file with the columns `code,name_zh,name_en,parent,from,to,successors`. `from` is the first
//! day and `to` the first day no more; `successors` are codes with spaces between. Only code and name_zh must
//! be there. A code may have several lines, for periods that do not overlap.

use std::collections::{BTreeMap, BTreeSet};

use facts::{Date, Jurisdiction, Level};
use plan::Words;
use serde::{Deserialize, Serialize};

use crate::error::CommandError;

/// One code in one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedDivision {
    /// The code.
    pub code: Jurisdiction,
    /// What it is called.
    pub name: Words,
    /// The division it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Jurisdiction>,
    /// The first day; absent when it is older than the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The first day on which it is no more; absent while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Who answers for it from then on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<Jurisdiction>,
}

impl DatedDivision {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

/// A table of divisions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Divisions(BTreeMap<Jurisdiction, Vec<DatedDivision>>);

#[derive(Deserialize)]
struct Line {
    code: String,
    name_zh: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    successors: String,
}

impl Divisions {
    /// Reads a table; the whole of it or nothing.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, CommandError> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let headers = reader.headers().map_err(|error| CommandError::DivisionsCsv(error.to_string()))?.clone();
        let mut table = Self::default();
        let mut lines: BTreeMap<Jurisdiction, u64> = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| CommandError::DivisionsCsv(error.to_string()))?;
            let number = record.position().map_or(0, csv::Position::line);
            let line: Line =
                record.deserialize(Some(&headers)).map_err(|error| CommandError::DivisionsCsv(error.to_string()))?;
            let division = division(number, line)?;
            lines.insert(division.code, number);
            let periods = table.0.entry(division.code).or_default();
            let overlaps = |other: &DatedDivision| {
                let begins_before = |one: &DatedDivision, other: &DatedDivision| match (one.from, other.to) {
                    (Some(from), Some(to)) => from < to,
                    _ => true,
                };
                begins_before(other, &division) && begins_before(&division, other)
            };
            if periods.iter().any(overlaps) {
                let problem =
                    format!("{} has an earlier line for the same days; give the periods dates", division.code);
                return Err(CommandError::Divisions { line: number, column: "from", problem });
            }
            periods.push(division);
            periods.sort_by_key(|period| period.from);
        }
        table.check(&lines)?;
        Ok(table)
    }

    /// Every parent and successor must be in the table, and no code may be its own successor's successor.
    fn check(&self, lines: &BTreeMap<Jurisdiction, u64>) -> Result<(), CommandError> {
        for period in self.0.values().flatten() {
            let wrong = |column, problem: String| {
                let line = lines.get(&period.code).copied().unwrap_or_default();
                Err(CommandError::Divisions { line, column, problem })
            };
            if let Some(parent) = period.parent.filter(|parent| !self.0.contains_key(parent)) {
                return wrong("parent", format!("{parent} is no code of this table; add its line"));
            }
            for successor in &period.successors {
                if !self.0.contains_key(successor) {
                    return wrong("successors", format!("{successor} is no code of this table; add its line"));
                }
            }
            if let Some(to) = period.to
                && !period.successors.is_empty()
                && self.answering(period.code, to).is_empty()
            {
                let problem =
                    format!("nobody answers for {} from {to} on; its successors lead in a circle", period.code);
                return wrong("successors", problem);
            }
        }
        Ok(())
    }

    /// A code as it was on a day, or none.
    pub fn on(&self, code: Jurisdiction, day: Date) -> Option<&DatedDivision> {
        self.0.get(&code)?.iter().find(|period| period.is_in_force(day))
    }

    /// The periods of a code, in order; empty for one that the table does not have.
    pub fn periods(&self, code: Jurisdiction) -> &[DatedDivision] {
        self.0.get(&code).map_or(&[], Vec::as_slice)
    }

    /// Everything that was in force on a day, by code.
    pub fn in_force(&self, day: Date) -> impl Iterator<Item = &DatedDivision> {
        self.0.values().flatten().filter(move |period| period.is_in_force(day))
    }

    /// Every line.
    pub fn all(&self) -> impl Iterator<Item = &DatedDivision> {
        self.0.values().flatten()
    }

    /// Who answers for a code on a day: itself while it is in force, then its successors, and theirs. Empty for
    /// a code that the table does not have, or that ended without a successor.
    pub fn answering(&self, code: Jurisdiction, day: Date) -> BTreeSet<Jurisdiction> {
        let mut answering = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![code];
        while let Some(code) = open.pop() {
            if !seen.insert(code) {
                continue;
            }
            if self.on(code, day).is_some() {
                answering.insert(code);
                continue;
            }
            let mut ended =
                self.0.get(&code).into_iter().flatten().filter(|period| period.to.is_some_and(|to| to <= day));
            open.extend(ended.next_back().into_iter().flat_map(|last| last.successors.iter().copied()));
        }
        answering
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn division(number: u64, line: Line) -> Result<DatedDivision, CommandError> {
    let wrong = |column, problem: String| CommandError::Divisions { line: number, column, problem };
    let code = |column, text: &str| {
        text.parse::<Jurisdiction>()
            .map_err(|_| wrong(column, format!("{text:?} is no division code; expected 2, 4, 6, 9 or 12 digits")))
    };
    let day = |column, text: &str| match text {
        "" => Ok(None),
        text => text
            .parse::<Date>()
            .map(Some)
            .map_err(|_| wrong(column, format!("{text:?} is no day; expected the form 2021-03-18"))),
    };
    if line.name_zh.is_empty() {
        return Err(wrong("name_zh", "is empty; every division has a name".to_owned()));
    }
    let own = code("code", &line.code)?;
    let parent = match line.parent.as_str() {
        "" => own.parent().filter(|_| own.level() != Level::Province),
        text => Some(code("parent", text)?),
    };
    let (from, to) = (day("from", &line.from)?, day("to", &line.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        return Err(wrong("to", format!("{to} is not after {from}, when it begins")));
    }
    let successors =
        line.successors.split_whitespace().map(|text| code("successors", text)).collect::<Result<Vec<_>, _>>()?;
    if to.is_none() && !successors.is_empty() {
        return Err(wrong("successors", "has successors and no day on which it ends; give `to`".to_owned()));
    }
    let en = if line.name_en.is_empty() { line.name_zh.clone() } else { line.name_en };
    Ok(DatedDivision { code: own, name: Words { zh: line.name_zh, en }, parent, from, to, successors })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
code,name_zh,name_en,parent,from,to,successors
390000,金河省,Jinhe Province,,,,
390100,金河市,Jinhe,,,,
390102,东关区,Dongguan,,,,
390121,云阳县,Yunyang County,,,2021-03-18,390103
390103,云阳区,Yunyang District,,2021-03-18,,
390122,石桥县,Shiqiao County,,,2019-01-01,390102 390121
390001,独山市,Dushan,390000,,,
";

    fn table() -> Divisions {
        Divisions::from_csv(TABLE.as_bytes()).unwrap()
    }

    fn code(text: &str) -> Jurisdiction {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn answering(of: &str, on: &str) -> Vec<String> {
        table().answering(code(of), day(on)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_county_that_became_a_district_answers_under_its_new_code_from_that_day() {
        assert_eq!(answering("390121", "2021-03-17"), ["390121"]);
        assert_eq!(answering("390121", "2021-03-18"), ["390103"]);
        assert!(table().on(code("390103"), day("2021-03-17")).is_none());
    }

    #[test]
    fn successors_of_successors_are_followed_and_a_split_has_several() {
        assert_eq!(answering("390122", "2020-01-01"), ["390102", "390121"]);
        assert_eq!(answering("390122", "2022-01-01"), ["390102", "390103"]);
    }

    #[test]
    fn what_the_table_does_not_have_nobody_answers_for() {
        assert!(answering("390199", "2022-01-01").is_empty());
    }

    #[test]
    fn a_county_may_belong_to_the_province_itself() {
        assert_eq!(table().on(code("390001"), day("2022-01-01")).unwrap().parent, Some(code("390000")));
    }

    #[test]
    fn a_bad_line_is_named_with_its_number_and_what_to_do() {
        let refused = |line: &str| Divisions::from_csv(format!("{TABLE}{line}\n").as_bytes()).unwrap_err().to_string();
        for (line, words) in [
            ("39010,丙县,,,,,", &["line 9", "code", "digits"] as &[&str]),
            ("390104,,,,,,", &["line 9", "name_zh"]),
            ("390104,丙县,,,18/3/2021,,", &["line 9", "from", "2021-03-18"]),
            ("390104,丙县,,,2021-03-18,2021-03-18,", &["line 9", "to"]),
            ("390104,丙县,,,,,390102", &["line 9", "successors", "`to`"]),
            ("390104,丙县,,,,2021-01-01,390199", &["successors", "390199"]),
            ("390102,东关区,,,,,", &["line 9", "390102", "earlier line"]),
            ("390104,丙县,,390300,,,", &["parent", "390300"]),
        ] {
            let message = refused(line);
            assert!(words.iter().all(|word| message.contains(word)), "{line}: {message}");
        }
        let circle = "code,name_zh,from,to,successors\n39,省,,,\n3901,市,,,\n390101,甲,,2020-01-01,390102\n\
                      390102,乙,,2020-01-01,390101\n";
        let message = Divisions::from_csv(circle.as_bytes()).unwrap_err().to_string();
        assert!(message.contains("circle"), "{message}");
        let message = Divisions::from_csv(b"code,to\n39,2020-01-01\n").unwrap_err().to_string();
        assert!(message.contains("name_zh"), "{message}");
    }

    /// The list of 2023 as published by others; present on some machines only and never part of the project.
    #[test]
    fn the_published_counties_are_read_as_a_table() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/geo_henan");
        let Ok(counties) = std::fs::read_to_string(format!("{folder}/henan_counties.csv")) else {
            eprintln!("SKIPPED: {folder} is not there, so the published list of divisions was not read");
            return;
        };
        let cities = std::fs::read_to_string(format!("{folder}/henan_cities.csv")).unwrap();
        let row = |line: &str| line.split(',').take(2).map(str::to_owned).collect::<Vec<_>>().join(",") + "\n";
        let rows: String = cities.lines().skip(1).chain(counties.lines().skip(1)).map(row).collect();
        let table = Divisions::from_csv(format!("code,name_zh\n41,河南省\n{rows}").as_bytes()).unwrap();
        assert_eq!(table.len(), 1 + 18 + 181);
    }
}
