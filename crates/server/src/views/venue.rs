//! One unit: who was there when, in numbers; and for a purpose, one by one.

use std::collections::{BTreeMap, BTreeSet};

use contacts::Ring;
use facts::{Disease, Jurisdiction, PersonId, PlaceId, Scope, Timestamp, UnitId, UnitRow};
use plan::ContactClass;
use serde::Serialize;
use situation::Situation;
use utoipa::ToSchema;
use visits::{Stay, Window};

use super::evidence::{EvidenceView, RuleRef, of_stay};
use super::overview::{index_version, traced_up_to};
use super::{Masked, sees_person};
use crate::table::{Table, cell};

const HOUR_SECONDS: i64 = 3_600;

/// A unit and who was there, in numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Venue {
    /// The unit.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// The place that it is part of.
    #[schema(value_type = String)]
    pub place: PlaceId,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of space.
    pub setting: &'static str,
    /// Where it stands.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// Longitude and latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<(f64, f64)>,
    /// What the plan makes of being there together; absent when it decides nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleRef>,
    /// From when.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    pub to: Timestamp,
    /// How many stays.
    pub stays: usize,
    /// Of how many people.
    pub people: usize,
    /// Of whom cases now.
    pub cases: usize,
    /// Of whom on the list of a case now.
    pub contacts: usize,
    /// Hour by hour.
    pub by_hour: Vec<HourPresent>,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
}

/// How many people were there in one hour.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HourPresent {
    /// When it began.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// People, each once.
    pub present: usize,
    /// Of whom cases now.
    pub cases: usize,
}

/// Who was there, one by one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Present {
    /// How many stays are theirs to see.
    pub total: usize,
    /// How many people were there who are not; they are counted and never shown.
    pub out_of_scope: usize,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// One page of the stays, by start.
    pub rows: Vec<PresentRow>,
}

/// One stay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresentRow {
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// From when.
    #[schema(value_type = Option<String>)]
    pub start: Option<Timestamp>,
    /// Until when.
    #[schema(value_type = Option<String>)]
    pub end: Option<Timestamp>,
    /// Whether the end is assumed.
    pub assumed_end: bool,
    /// The row of seats, in a vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat_row: Option<u16>,
    /// What they are now.
    #[schema(value_type = String)]
    pub flag: Flag,
    /// The record.
    pub evidence: EvidenceView,
}

/// What someone is now, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// A case.
    Case,
    /// In the first ring of one, and close.
    CloseContact,
    /// In the second ring of one.
    SecondaryContact,
    /// In the first ring of one, in passing.
    GeneralContact,
    /// None of these.
    None,
}

impl Flag {
    fn of(situation: &Situation, person: PersonId, disease: Option<&Disease>) -> Self {
        let derived = situation.derived();
        let wanted = |of: &Disease| disease.is_none_or(|disease| disease == of);
        if derived.cases_of(person).any(|case| wanted(&case.disease)) {
            return Self::Case;
        }
        let exposures = derived.cases_exposing(person).filter_map(|id| {
            derived.case(id).filter(|case| wanted(&case.disease))?;
            derived.rings.get(&id)?.exposure_of(person)
        });
        let flags = exposures.map(|exposure| match (exposure.class, exposure.ring) {
            (ContactClass::General, _) => Self::GeneralContact,
            (ContactClass::Close, Ring::First) => Self::CloseContact,
            (ContactClass::Close, Ring::Second) => Self::SecondaryContact,
        });
        flags.min().unwrap_or(Self::None)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::CloseContact => "close-contact",
            Self::SecondaryContact => "secondary-contact",
            Self::GeneralContact => "general-contact",
            Self::None => "none",
        }
    }
}

/// The stays in a unit that reach into a time, each by the id that stands for the person.
fn stays_in(situation: &Situation, unit: UnitId, window: Window) -> Vec<Stay> {
    let world = situation.world();
    let mut stays = world.visits.present_in(unit, window);
    stays.iter_mut().for_each(|stay| stay.person = world.aliases.of(stay.person));
    stays
}

/// Whether a unit is theirs to look at: it stands within their scope, or a case that is theirs was there.
pub fn sees_unit(situation: &Situation, scope: &Scope, unit: &UnitRow) -> bool {
    let derived = situation.derived();
    let own_case_was_there = || {
        let mut cases = derived.cases.values().filter(|case| sees_person(situation, scope, case.person));
        cases.any(|case| {
            let stays = situation.world().stays_of(case.person, case.infectious);
            stays.iter().any(|stay| stay.unit == unit.unit)
        })
    };
    scope.covers(unit.jurisdiction) || own_case_was_there()
}

/// What is asked about a unit.
pub struct Asked<'a> {
    /// Which.
    pub unit: &'a UnitRow,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Cases and contacts of which disease; of any when absent.
    pub disease: Option<&'a Disease>,
}

impl Asked<'_> {
    fn window(&self) -> Window {
        Window { from: self.from.as_second(), until: self.to.as_second() }
    }
}

impl Venue {
    /// A unit in a time, in numbers.
    pub fn of(situation: &Situation, asked: &Asked<'_>) -> Self {
        let row = asked.unit;
        let mut stays = stays_in(situation, row.unit, asked.window());
        stays.sort_unstable_by_key(|stay| (stay.person, stay.window));
        let mut flags: BTreeMap<PersonId, Flag> = BTreeMap::new();
        for stay in &stays {
            flags.entry(stay.person).or_insert_with(|| Flag::of(situation, stay.person, asked.disease));
        }
        let disease = match asked.disease {
            Some(disease) => Some(disease),
            None => {
                let planned = situation.settings().plans.values().map(|(_, plan)| &plan.disease);
                planned.filter(|disease| situation.plan(disease).is_some()).min()
            }
        };
        let rule = disease.and_then(|disease| situation.plan(disease)).and_then(|plan| {
            let rule = plan.contact_rules.iter().position(|rule| rule.settings.contains(&row.setting))?;
            Some(RuleRef::contact(plan, rule))
        });
        let count = |fits: fn(Flag) -> bool| flags.values().filter(|&&flag| fits(flag)).count();
        Self {
            unit: row.unit,
            place: row.place,
            name: row.name.clone(),
            setting: row.setting.name(),
            jurisdiction: row.jurisdiction,
            position: row.position,
            rule,
            from: asked.from,
            to: asked.to,
            stays: stays.len(),
            people: flags.len(),
            cases: count(|flag| flag == Flag::Case),
            contacts: count(|flag| !matches!(flag, Flag::Case | Flag::None)),
            by_hour: by_hour(&stays, &flags, asked.window()),
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
        }
    }
}

/// How many people were there in each hour, from stays by person and start.
fn by_hour(stays: &[Stay], flags: &BTreeMap<PersonId, Flag>, window: Window) -> Vec<HourPresent> {
    let first = window.from.div_euclid(HOUR_SECONDS);
    let hours = (window.until + HOUR_SECONDS - 1).div_euclid(HOUR_SECONDS) - first;
    let mut counts = vec![(0, 0); usize::try_from(hours).unwrap_or(0)];
    let mut counted: Option<(PersonId, usize)> = None;
    for stay in stays {
        let Some(within) = stay.window.overlap(window) else { continue };
        let hour = |second: i64| usize::try_from(second.div_euclid(HOUR_SECONDS) - first).unwrap_or(0);
        // Someone who comes twice within an hour was there once in it.
        let not_yet = counted.filter(|(person, _)| *person == stay.person).map_or(0, |(_, next)| next);
        let until = hour(within.until - 1) + 1;
        let is_case = flags.get(&stay.person) == Some(&Flag::Case);
        for count in counts.iter_mut().take(until).skip(hour(within.from).max(not_yet)) {
            count.0 += 1;
            count.1 += usize::from(is_case);
        }
        counted = Some((stay.person, until.max(not_yet)));
    }
    let hour = |(number, (present, cases)): (usize, (usize, usize))| {
        let start = Timestamp::from_second((first + number as i64) * HOUR_SECONDS).ok()?;
        Some(HourPresent { start, present, cases })
    };
    counts.into_iter().enumerate().filter_map(hour).collect()
}

impl Present {
    /// One page of the stays that are theirs to see.
    pub fn of(situation: &Situation, scope: &Scope, asked: &Asked<'_>, offset: usize, limit: usize) -> Self {
        let stays = stays_in(situation, asked.unit.unit, asked.window());
        let mut seen: BTreeMap<PersonId, bool> = BTreeMap::new();
        for stay in &stays {
            seen.entry(stay.person).or_insert_with(|| sees_person(situation, scope, stay.person));
        }
        let shown: Vec<&Stay> = stays.iter().filter(|stay| seen.get(&stay.person) == Some(&true)).collect();
        let rows = shown.iter().skip(offset).take(limit).map(|stay| PresentRow {
            person: stay.person,
            masked_name: String::new(),
            start: Timestamp::from_second(stay.window.from).ok(),
            end: Timestamp::from_second(stay.window.until).ok(),
            assumed_end: stay.assumed_end,
            seat_row: stay.seat_row,
            flag: Flag::of(situation, stay.person, asked.disease),
            evidence: of_stay(stay.origin),
        });
        Self {
            total: shown.len(),
            out_of_scope: seen.values().filter(|&&seen| !seen).count(),
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            rows: rows.collect(),
        }
    }

    /// The people on the page, each once.
    pub fn people(&self) -> BTreeSet<PersonId> {
        self.rows.iter().map(|row| row.person).collect()
    }

    /// The rows as a file.
    pub fn table(&self) -> Table {
        let mut table =
            Table::new(&["person", "masked_name", "start", "end", "assumed_end", "seat_row", "flag", "facts", "row"]);
        for row in &self.rows {
            let facts: Vec<String> = row.evidence.facts.iter().map(ToString::to_string).collect();
            table.row([
                row.person.to_string(),
                row.masked_name.clone(),
                cell(row.start),
                cell(row.end),
                row.assumed_end.to_string(),
                cell(row.seat_row),
                row.flag.name().to_owned(),
                facts.join(" "),
                cell(row.evidence.batch.as_ref().map(|batch| batch.row)),
            ]);
        }
        table
    }
}

impl Masked for Present {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.rows.iter_mut().for_each(|row| put(row.person, &mut row.masked_name));
    }
}
