//! Jurisdictions by name, and their boundaries: files that the operator supplies, not facts.

use std::collections::BTreeMap;
use std::path::Path;

use command::divisions::{DatedDivision, Divisions};
use facts::{Date, Jurisdiction, Level};
use plan::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ServerError;

/// One jurisdiction as people know it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Division {
    /// Its division code.
    #[schema(value_type = String)]
    pub code: Jurisdiction,
    /// The code one level up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub parent: Option<Jurisdiction>,
    /// Its level.
    #[schema(value_type = String)]
    pub level: Level,
    /// Its name.
    #[schema(value_type = crate::views::WordsView)]
    pub name: Words,
    /// Residents, when they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<u64>,
    /// Longitude and latitude in degrees, WGS 84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<(f64, f64)>,
}

/// A jurisdiction with the dates of its code, where the operator's table has them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dated {
    /// The jurisdiction.
    #[serde(flatten)]
    pub division: Division,
    /// The first day of its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Date>,
    /// The first day on which its code is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub to: Option<Date>,
    /// Who answers for it from then on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub successors: Vec<Jurisdiction>,
}

/// The jurisdictions of a deployment.
#[derive(Default, Clone)]
pub struct Geography {
    divisions: BTreeMap<Jurisdiction, Division>,
    boundaries: Option<String>,
    /// The operator's table of codes with dates; empty when there is none.
    table: Divisions,
}

const DIVISIONS: &str = "divisions.json";
/// A table of codes with dates, where the operator supplies one; `command::divisions` has its form.
const TABLE: &str = "divisions.csv";
const BOUNDARIES: &str = "boundaries.geojson";

impl Geography {
    /// Reads the folder as it stands on a day; a folder without files is a deployment whose jurisdictions have only
    /// codes.
    pub fn load(folder: &Path, today: Date) -> Result<Self, ServerError> {
        let read = |name: &str| match std::fs::read_to_string(folder.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ServerError::File { path: folder.join(name), source: error }),
        };
        let divisions: Vec<Division> = match read(DIVISIONS)? {
            Some(text) => serde_json::from_str(&text)
                .map_err(|error| ServerError::Malformed { path: folder.join(DIVISIONS), problem: error.to_string() })?,
            None => Vec::new(),
        };
        let table = match read(TABLE)? {
            Some(text) => Divisions::from_csv(text.as_bytes())
                .map_err(|error| ServerError::Malformed { path: folder.join(TABLE), problem: error.to_string() })?,
            None => Divisions::default(),
        };
        Ok(Self::new(divisions, read(BOUNDARIES)?).with_table(table, today))
    }

    /// The same, with a table of codes with dates, as it stands on a day: what it says of a code goes before
    /// anything else, and codes that are not in force then are no jurisdictions of the present.
    pub fn with_table(mut self, table: Divisions, today: Date) -> Self {
        self.divisions.retain(|&code, _| table.periods(code).is_empty() || table.on(code, today).is_some());
        for period in table.in_force(today) {
            let division = self.division(period);
            self.divisions.insert(period.code, division);
        }
        Self { table, ..self }
    }

    /// A line of the table as a division, with what is known of it besides.
    fn division(&self, period: &DatedDivision) -> Division {
        let known = self.divisions.get(&period.code);
        Division {
            code: period.code,
            parent: period.parent,
            level: period.code.level(),
            name: period.name.clone(),
            population: known.and_then(|known| known.population),
            centre: known.and_then(|known| known.centre),
        }
    }

    /// The jurisdictions of the present or, where the operator's table has dates, of another day.
    pub fn on(&self, day: Option<Date>) -> Vec<Dated> {
        let dated = |division: Division, period: Option<&DatedDivision>| Dated {
            division,
            from: period.and_then(|period| period.from),
            to: period.and_then(|period| period.to),
            successors: period.map(|period| period.successors.clone()).unwrap_or_default(),
        };
        let present = |division: &Division| {
            let period = self.table.periods(division.code).iter().find(|period| period.name == division.name);
            dated(division.clone(), period)
        };
        let Some(day) = day else { return self.divisions.values().map(present).collect() };
        let untold = self.divisions.values().filter(|division| self.table.periods(division.code).is_empty());
        let told = self.table.in_force(day).map(|period| dated(self.division(period), Some(period)));
        let mut rows: Vec<Dated> = told.chain(untold.map(present)).collect();
        rows.sort_by_key(|row| row.division.code);
        rows
    }

    /// Who answers for a code on a day: itself, or those that took its place. Itself where there is no table.
    pub fn answering(&self, code: Jurisdiction, day: Date) -> Vec<Jurisdiction> {
        let answering: Vec<Jurisdiction> = self.table.answering(code, day).into_iter().collect();
        if answering.is_empty() { vec![code] } else { answering }
    }

    /// From divisions and the GeoJSON of their boundaries.
    pub fn new(divisions: Vec<Division>, boundaries: Option<String>) -> Self {
        let divisions = divisions.into_iter().map(|division| (division.code, division)).collect();
        Self { divisions, boundaries, table: Divisions::default() }
    }

    /// Writes the folder that [`Geography::load`] reads.
    pub fn save(&self, folder: &Path) -> Result<(), ServerError> {
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(|source| ServerError::File { path, source })
        };
        std::fs::create_dir_all(folder).map_err(|source| ServerError::File { path: folder.to_owned(), source })?;
        let divisions: Vec<&Division> = self.divisions.values().collect();
        let text = serde_json::to_string(&divisions)
            .map_err(|error| ServerError::Malformed { path: folder.join(DIVISIONS), problem: error.to_string() })?;
        write(DIVISIONS, &text)?;
        self.boundaries.as_deref().map_or(Ok(()), |boundaries| write(BOUNDARIES, boundaries))
    }

    /// The jurisdictions at or below one.
    pub fn within(&self, scope: Jurisdiction) -> impl Iterator<Item = &Division> {
        self.divisions.values().filter(move |division| scope.contains(division.code))
    }

    /// The jurisdictions one level below, for a table that has a row for each.
    pub fn children(&self, of: Jurisdiction) -> impl Iterator<Item = &Division> {
        self.divisions.values().filter(move |division| division.parent == Some(of))
    }

    /// The jurisdiction that one belongs to.
    pub fn parent(&self, code: Jurisdiction) -> Option<Jurisdiction> {
        self.divisions.get(&code).and_then(|division| division.parent)
    }

    /// What a jurisdiction is called; its code when it has no name here.
    pub fn name(&self, code: Jurisdiction) -> Words {
        match self.divisions.get(&code) {
            Some(division) => division.name.clone(),
            // A code that is no more keeps the name that it had last.
            None => match self.table.periods(code).last() {
                Some(last) => last.name.clone(),
                None => Words { zh: code.to_string(), en: code.to_string() },
            },
        }
    }

    /// Whether a code is one of this deployment's.
    pub fn knows(&self, code: Jurisdiction) -> bool {
        self.divisions.contains_key(&code)
    }

    /// What an import can hold division codes and names to; nothing when the operator supplied no list.
    pub fn for_imports(&self, within: Jurisdiction) -> Option<exchange::Divisions> {
        let mut names: BTreeMap<String, Option<Jurisdiction>> = BTreeMap::new();
        for division in self.within(within) {
            // A name that two divisions bear says neither.
            names.entry(division.name.zh.clone()).and_modify(|code| *code = None).or_insert(Some(division.code));
        }
        let names = names.into_iter().filter_map(|(name, code)| Some((name, code?))).collect();
        let codes = self.within(within).map(|division| division.code).collect();
        (!self.is_empty()).then_some(exchange::Divisions { within, codes, names })
    }

    /// Whether there is anything here at all.
    pub fn is_empty(&self) -> bool {
        self.divisions.is_empty()
    }

    /// The boundaries as GeoJSON, when there are any.
    pub fn boundaries(&self) -> Option<&str> {
        self.boundaries.as_deref()
    }
}
