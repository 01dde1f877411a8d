//! Reports: where each stands, its versions, and sums that say of how many they are made.

use std::collections::BTreeMap;

use command::posts::Headquarters;
use command::reports::{Period, State, Version};
use command::routine::Routine;
use command::templates::ReportKind;
use facts::{FactId, Jurisdiction, Level, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::WordsView;
use super::board::OfficerView;
use crate::geography::Geography;
use crate::officers::Officers;

/// A span of time.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PeriodView {
    /// From when.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// To when.
    #[schema(value_type = String)]
    pub end: Timestamp,
}

/// A report was asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChasedView {
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// By whom.
    pub by: OfficerView,
}

/// The report of one headquarters and period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportRow {
    /// Its code in the template.
    pub kind: String,
    /// What it is called.
    pub kind_name: WordsView,
    /// Whose.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// What that is called.
    pub name: WordsView,
    /// Its level.
    #[schema(value_type = String)]
    pub level: Level,
    /// Of which period.
    pub period: PeriodView,
    /// By when.
    #[schema(value_type = String)]
    pub due: Timestamp,
    /// `not-due`, `due`, `missing` (no zero), `confirmed`, `late` or `amended`.
    pub state: &'static str,
    /// Whether it came, or still has to come, after it was due; stays so when amended.
    pub late: bool,
    /// When it was first confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub confirmed_at: Option<Timestamp>,
    /// By whom, last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<OfficerView>,
    /// The last version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub fact: Option<FactId>,
    /// How often it was amended.
    pub amendments: usize,
    /// When it was asked for, beyond its clock.
    pub chased: Vec<ChasedView>,
}

impl ReportRow {
    /// A report as it stands.
    pub fn of(
        routine: &Routine,
        geography: &Geography,
        officers: &Officers,
        (headquarters, kind, period): (&Headquarters, &ReportKind, &Period),
        at: Timestamp,
    ) -> Self {
        let place = headquarters.jurisdiction;
        let start = period.span.start();
        let versions = routine.reports.versions(place, &kind.code, start);
        let late = routine.reports.is_late(place, &kind.code, period, at);
        let chased = routine.reports.chased(place, &kind.code, start).iter();
        Self {
            kind: kind.code.clone(),
            kind_name: kind.name.clone().into(),
            jurisdiction: place,
            name: geography.name(place).into(),
            level: place.level(),
            period: PeriodView { start, end: period.span.end() },
            due: period.due,
            state: match routine.reports.state(place, &kind.code, period, at) {
                State::NotDue => "not-due",
                State::Due => "due",
                State::Missing => "missing",
                State::Confirmed if versions.len() > 1 => "amended",
                State::Confirmed if late => "late",
                State::Confirmed => "confirmed",
            },
            late,
            confirmed_at: versions.first().map(|first| first.at),
            confirmed_by: versions.last().map(|last| officers.view(last.by)),
            fact: versions.last().map(|last| last.fact),
            amendments: versions.len().saturating_sub(1),
            chased: chased.map(|chased| ChasedView { at: chased.at, by: officers.view(chased.by) }).collect(),
        }
    }
}

/// One number of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ValueView {
    /// Its code.
    pub item: String,
    /// What it is called.
    pub name: WordsView,
    /// In what it is counted.
    pub unit: WordsView,
    /// The number; null when it was reported as not known.
    pub number: Option<u64>,
    /// What had been drafted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drafted: Option<u64>,
    /// Whether a person reported another number than was drafted.
    pub differs: bool,
}

/// A version of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VersionView {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When it was confirmed.
    #[schema(value_type = String)]
    pub confirmed_at: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// Why the one before was amended; erasable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its numbers.
    pub values: Vec<ValueView>,
}

impl VersionView {
    /// A version as it was.
    pub fn of(officers: &Officers, kind: &ReportKind, version: &Version) -> Self {
        // One that was reported as not known is there, with null; one that a later template added is not.
        let value = |item: &command::templates::ReportItem| {
            let number = version.values.get(&item.code)?.known();
            let drafted = version.drafted.get(&item.code).copied();
            Some(ValueView {
                item: item.code.clone(),
                name: item.name.clone().into(),
                unit: item.unit.clone().into(),
                number,
                drafted,
                differs: drafted.is_some() && drafted != number,
            })
        };
        Self {
            fact: version.fact,
            confirmed_at: version.at,
            by: officers.view(version.by),
            reason: None,
            values: kind.items.iter().filter_map(value).collect(),
        }
    }
}

/// A report with everything that was ever vouched for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportDetail {
    /// Where it stands.
    #[serde(flatten)]
    pub row: ReportRow,
    /// The numbers that stand.
    pub values: Vec<ValueView>,
    /// Every version, first to last.
    pub versions: Vec<VersionView>,
}

/// A sum that says of how many it is made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TotalView {
    /// The item.
    pub item: String,
    /// What it is called.
    pub name: WordsView,
    /// In what it is counted.
    pub unit: WordsView,
    /// The sum of what is known; null when nothing is.
    pub total: Option<u64>,
    /// How many reported.
    pub reported: usize,
    /// How many owe it.
    pub of: usize,
    /// How many reported that the number is not known.
    pub unknown: usize,
    /// Whose report is missing.
    #[schema(value_type = Vec<String>)]
    pub missing: Vec<Jurisdiction>,
}

impl TotalView {
    /// The sums of a report over those who owe it.
    pub fn all(routine: &Routine, kind: &ReportKind, who: &[Jurisdiction], start: Timestamp) -> Vec<Self> {
        let total = |item: &command::templates::ReportItem| {
            let total = routine.reports.total(who.iter().copied(), &kind.code, start, &item.code);
            Self {
                item: item.code.clone(),
                name: item.name.clone().into(),
                unit: item.unit.clone().into(),
                total: total.sum,
                reported: total.reported,
                of: total.of,
                unknown: total.not_known.len(),
                missing: total.missing,
            }
        };
        kind.items.iter().map(total).collect()
    }
}

/// One row of a roll-up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RolledUpRow {
    /// Where it stands.
    #[serde(flatten)]
    pub row: ReportRow,
    /// Its numbers by item; null was reported as not known, and what is absent was not reported.
    pub values: BTreeMap<String, Option<u64>>,
}
