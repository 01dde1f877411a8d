//! Screening flags (时空伴随): who shared a space too wide to meet in with a case.
//!
//! A flag says whom a screening might begin with. It is no contact: it has no class, no ring, no score and no
//! duty, and no colour follows from it.

use std::cmp::Reverse;

use contacts::ScreeningFlag;
use facts::{PersonId, Timestamp, UnitId};
use plan::Plan;
use serde::Serialize;
use situation::Situation;
use status::Case;
use utoipa::ToSchema;

use super::Masked;
use super::case::members;
use super::contacts::class_of;
use super::evidence::RuleRef;
use super::overview::{index_version, traced_up_to};
use crate::table::{Table, cell};

/// One page of screening flags.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreeningFlags {
    /// How many people are flagged.
    pub total: usize,
    /// Always false: a flag makes nobody a contact.
    pub is_contact: bool,
    /// The plan's screening rules; without any nobody is flagged.
    pub rules: Vec<RuleRef>,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// One page of them, most often together first.
    pub rows: Vec<FlagRow>,
}

/// Someone who is flagged.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagRow {
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// By which screening rule.
    pub rule: RuleRef,
    /// In what kind of space.
    pub setting: &'static str,
    /// Where they were together longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// When they were first there together.
    #[schema(value_type = Option<String>)]
    pub first: Option<Timestamp>,
    /// When they last were.
    #[schema(value_type = Option<String>)]
    pub last: Option<Timestamp>,
    /// The longest time together, in minutes.
    pub longest_minutes: i64,
    /// How many times.
    pub times: usize,
    /// What they are because of another meeting: close, secondary or general; absent for most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<&'static str>,
}

impl ScreeningFlags {
    /// Some of the flags of a case.
    pub fn of(situation: &Situation, plan: &Plan, case: &Case, offset: usize, limit: usize) -> Self {
        let mut flags: Vec<ScreeningFlag> = situation.screening_flags(case.id).into_values().collect();
        flags.sort_by_key(|flag| (Reverse((flag.times, flag.longest_seconds)), flag.person));
        let row = |flag: &ScreeningFlag| {
            let unit = situation.world().unit(flag.unit);
            let exposure = members(situation, case).and_then(|rings| rings.exposure_of(flag.person));
            FlagRow {
                person: flag.person,
                masked_name: String::new(),
                rule: RuleRef::screening(plan, flag.rule),
                setting: situation.world().setting(flag.unit).name(),
                unit: Some(flag.unit),
                place_name: unit.and_then(|unit| unit.name.clone()),
                first: Timestamp::from_second(flag.first).ok(),
                last: Timestamp::from_second(flag.last).ok(),
                longest_minutes: flag.longest_seconds / 60,
                times: flag.times,
                contact: exposure.map(class_of),
            }
        };
        Self {
            total: flags.len(),
            is_contact: false,
            rules: (0..plan.screening_rules.len()).map(|rule| RuleRef::screening(plan, rule)).collect(),
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            rows: flags.iter().skip(offset).take(limit).map(row).collect(),
        }
    }

    /// The same rows as a file.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "person",
            "masked_name",
            "is_contact",
            "rule",
            "setting",
            "unit",
            "place_name",
            "first",
            "last",
            "longest_minutes",
            "times",
        ]);
        for row in &self.rows {
            table.row([
                row.person.to_string(),
                row.masked_name.clone(),
                self.is_contact.to_string(),
                row.rule.path.clone(),
                row.setting.to_owned(),
                cell(row.unit),
                cell(row.place_name.as_ref()),
                cell(row.first),
                cell(row.last),
                row.longest_minutes.to_string(),
                row.times.to_string(),
            ]);
        }
        table
    }
}

impl Masked for ScreeningFlags {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.rows.iter_mut().for_each(|row| put(row.person, &mut row.masked_name));
    }
}
