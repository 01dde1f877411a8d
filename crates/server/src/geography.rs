//! Jurisdictions by name, and their boundaries: files that the operator supplies, not facts.

use std::collections::BTreeMap;
use std::path::Path;

use facts::{Jurisdiction, Level};
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

/// The jurisdictions of a deployment.
#[derive(Default, Clone)]
pub struct Geography {
    divisions: BTreeMap<Jurisdiction, Division>,
    boundaries: Option<String>,
}

const DIVISIONS: &str = "divisions.json";
const BOUNDARIES: &str = "boundaries.geojson";

impl Geography {
    /// Reads the folder; a folder without files is a deployment whose jurisdictions have only codes.
    pub fn load(folder: &Path) -> Result<Self, ServerError> {
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
        Ok(Self::new(divisions, read(BOUNDARIES)?))
    }

    /// From divisions and the GeoJSON of their boundaries.
    pub fn new(divisions: Vec<Division>, boundaries: Option<String>) -> Self {
        let divisions = divisions.into_iter().map(|division| (division.code, division)).collect();
        Self { divisions, boundaries }
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

    /// What a jurisdiction is called; its code when it has no name here.
    pub fn name(&self, code: Jurisdiction) -> Words {
        match self.divisions.get(&code) {
            Some(division) => division.name.clone(),
            None => Words { zh: code.to_string(), en: code.to_string() },
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
