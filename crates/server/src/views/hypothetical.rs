//! What another plan, or another window, would have said of a case. Nothing follows from it.

use std::collections::{BTreeMap, BTreeSet};

use contacts::{Exposure, Ring, Rings};
use facts::{PersonId, Timestamp, UnitId};
use plan::Plan;
use serde::{Deserialize, Serialize};
use situation::{Hypothesis, Situation};
use status::Case;
use utoipa::ToSchema;

use super::Masked;
use super::case::{PlanName, members};
use super::contacts::{class_of, exposures, setting_of, unit_of};
use super::evidence::{EvidenceView, RuleRef, of_exposure};
use super::overview::{index_version, traced_up_to};

/// How a hypothetical contact differs from what is concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// Would be a contact and is none.
    Gained,
    /// Is a contact and would be none.
    Lost,
    /// Would be a contact of another ring or class.
    Changed,
    /// Would be what they are.
    Same,
}

/// One page of hypothetical contacts, beside those that are concluded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HypotheticalContacts {
    /// Always true: nothing here is concluded, and nobody owes anything for it.
    pub hypothetical: bool,
    /// By which plan.
    pub plan: PlanName,
    /// When the case could have infected others; absent where it would be no case whose contacts are traced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// Until when; absent while that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub to: Option<Timestamp>,
    /// How many fit what is asked for.
    pub total: usize,
    /// How many there are of each kind.
    pub counts: DifferenceCounts,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// One page of them: those who would be contacts by rank, then those who would not.
    pub rows: Vec<HypotheticalRow>,
}

/// How many people a hypothesis is about.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct DifferenceCounts {
    /// Who would be contacts.
    pub hypothetical: usize,
    /// Who are.
    pub concluded: usize,
    /// Who would be and are not.
    pub gained: usize,
    /// Who are and would not be.
    pub lost: usize,
    /// Whose ring or class would be another.
    pub changed: usize,
    /// For whom nothing would be different.
    pub same: usize,
}

/// Ring and class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Membership {
    /// 1 or 2.
    pub ring: u8,
    /// Close, secondary or general.
    pub class: &'static str,
}

/// One person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HypotheticalRow {
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// How it differs from what is concluded.
    pub change: Difference,
    /// What they would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_be: Option<WouldBe>,
    /// What they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Membership>,
    /// What shows it: the hypothetical exposure, or where there is none, the concluded one.
    pub evidence: Vec<EvidenceView>,
}

/// What someone would be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WouldBe {
    /// Ring and class.
    #[serde(flatten)]
    pub membership: Membership,
    /// By which rule.
    pub rule: RuleRef,
    /// In what kind of space.
    pub setting: &'static str,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// When they first met.
    #[schema(value_type = Option<String>)]
    pub first: Option<Timestamp>,
    /// When they last parted.
    #[schema(value_type = Option<String>)]
    pub last: Option<Timestamp>,
    /// Minutes together.
    pub minutes: i64,
    /// Orders the list.
    pub score: f64,
    /// How many different people would have exposed them.
    pub sources: usize,
}

/// Which people are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of which ring, as they would be, or as they are where they would be none.
    pub ring: Option<u8>,
    /// Of which class, likewise.
    pub class: Option<&'a str>,
    /// Who differs in which way.
    pub change: Option<Difference>,
}

fn membership(exposure: &Exposure) -> Membership {
    Membership { ring: if exposure.ring == Ring::First { 1 } else { 2 }, class: class_of(exposure) }
}

fn change(would_be: Option<Membership>, is: Option<Membership>) -> Difference {
    match (would_be, is) {
        (Some(_), None) => Difference::Gained,
        (None, _) => Difference::Lost,
        (would_be, is) if would_be == is => Difference::Same,
        _ => Difference::Changed,
    }
}

impl HypotheticalContacts {
    /// Some of the people that a hypothesis about a case is about.
    pub fn of(
        situation: &Situation,
        case: &Case,
        plan: &Plan,
        hypothesis: &Hypothesis,
        wanted: Wanted<'_>,
        (offset, limit): (usize, usize),
    ) -> Self {
        let by_person = |rings: &Rings| -> BTreeMap<PersonId, Exposure> {
            exposures(rings).map(|exposure| (exposure.contact, exposure.clone())).collect()
        };
        let would_be = by_person(&hypothesis.rings);
        let are = members(situation, case).map(by_person).unwrap_or_default();
        let everyone: BTreeSet<PersonId> = would_be.keys().chain(are.keys()).copied().collect();
        let mut counts =
            DifferenceCounts { hypothetical: would_be.len(), concluded: are.len(), ..DifferenceCounts::default() };
        let mut fitting = Vec::new();
        for person in everyone {
            let (then, now) = (would_be.get(&person), are.get(&person));
            let change = change(then.map(membership), now.map(membership));
            *match change {
                Difference::Gained => &mut counts.gained,
                Difference::Lost => &mut counts.lost,
                Difference::Changed => &mut counts.changed,
                Difference::Same => &mut counts.same,
            } += 1;
            let Some(shown) = then.or(now) else { continue };
            let Membership { ring, class } = membership(shown);
            if wanted.ring.is_none_or(|wanted| wanted == ring)
                && wanted.class.is_none_or(|wanted| wanted == class)
                && wanted.change.is_none_or(|wanted| wanted == change)
            {
                fitting.push((then, now, shown, change));
            }
        }
        fitting.sort_by_cached_key(|(then, _, shown, _)| (then.is_none(), shown.rank()));
        let row = |&(then, now, shown, change): &(Option<&Exposure>, Option<&Exposure>, &Exposure, Difference)| {
            HypotheticalRow {
                person: shown.contact,
                masked_name: String::new(),
                change,
                would_be: then.map(|exposure| WouldBe::of(situation, plan, exposure)),
                is: now.map(membership),
                evidence: of_exposure(situation, shown),
            }
        };
        let window = hypothesis.infectious;
        Self {
            hypothetical: true,
            plan: PlanName::of(plan),
            from: window.and_then(|window| Timestamp::from_second(window.from).ok()),
            to: window.and_then(|window| Timestamp::from_second(window.until).ok()),
            total: fitting.len(),
            counts,
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            rows: fitting.iter().skip(offset).take(limit).map(row).collect(),
        }
    }

    /// Everyone on this page.
    pub fn people(&self) -> BTreeSet<PersonId> {
        self.rows.iter().map(|row| row.person).collect()
    }
}

impl WouldBe {
    fn of(situation: &Situation, plan: &Plan, exposure: &Exposure) -> Self {
        let unit = unit_of(exposure);
        Self {
            membership: membership(exposure),
            rule: RuleRef::contact(plan, exposure.rule),
            setting: setting_of(exposure),
            unit,
            place_name: unit.and_then(|unit| situation.world().unit(unit)?.name.clone()),
            first: Timestamp::from_second(exposure.first).ok(),
            last: Timestamp::from_second(exposure.last).ok(),
            minutes: exposure.seconds / 60,
            score: exposure.score,
            sources: exposure.sources,
        }
    }
}

impl Masked for HypotheticalContacts {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for row in &mut self.rows {
            put(row.person, &mut row.masked_name);
            row.evidence.each_name(put);
        }
    }
}
