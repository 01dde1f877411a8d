//! The rows of bulk facts, as batches hold them.

use jiff::Timestamp;

use crate::circumstance::Ventilation;
use crate::id::{PersonId, PlaceId, UnitId};
use crate::jurisdiction::Jurisdiction;
use crate::setting::Setting;

/// Who was in which unit when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitRow {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub unit: UnitId,
    /// From when.
    pub start: Timestamp,
    /// Until when; absent when only the entry was scanned.
    pub end: Option<Timestamp>,
    /// The row of seats, in a vehicle.
    pub seat_row: Option<u16>,
}

/// Who lives where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentRow {
    /// Who.
    pub person: PersonId,
    /// Their home; everyone of the same home is a household.
    pub home: Option<UnitId>,
    /// The community, township or county that answers for them.
    pub jurisdiction: Jurisdiction,
    /// Year of birth, for coverage and age rules.
    pub birth_year: Option<i16>,
}

/// What a unit is and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitRow {
    /// The unit.
    pub unit: UnitId,
    /// The place that it is part of.
    pub place: PlaceId,
    /// What kind of space it is.
    pub setting: Setting,
    /// Where it stands.
    pub jurisdiction: Jurisdiction,
    /// Longitude and latitude in degrees, WGS 84.
    pub position: Option<(f64, f64)>,
    /// How well it is aired, when that is known.
    pub ventilation: Option<Ventilation>,
    /// What people call it. Homes have none: an address is identity and lives in the registry.
    pub name: Option<String>,
}
