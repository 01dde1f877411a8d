//! A wave: everyone who has to be found because of any of many cases, each once.
//!
//! By default it is the union of what is concluded. By another plan or in another window it comes straight from
//! the visit index, by the fast path: quick, and of visits alone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contacts::{Exposed, Exposure, Ring, Tracer, UnitRules, scores_with_clusters, wave};
use facts::{CaseId, Disease, PersonId, Timestamp, UnitId};
use plan::{ContactClass, Plan};
use serde::Serialize;
use situation::Situation;
use status::Case;
use utoipa::ToSchema;
use visits::{Seconds, Window};

use super::Masked;
use super::case::{PlanName, members};
use super::contacts::{exposures, setting_of, unit_of};
use super::evidence::{EvidenceView, of_exposure};
use super::overview::{index_version, traced_up_to};

/// One page of a wave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Wave {
    /// How many cases it is of.
    pub cases: usize,
    /// Cases that were asked for and are not there, or not theirs to see.
    #[schema(value_type = Vec<String>)]
    pub refused: Vec<CaseId>,
    /// `concluded`, or `visits`: from visits alone, without homes, statements and control.
    pub basis: &'static str,
    /// Whether it is by another plan or in another window than what is concluded.
    pub hypothetical: bool,
    /// By which plan.
    pub plan: PlanName,
    /// How many fit.
    pub total: usize,
    /// How many there are of each kind.
    pub counts: WaveCounts,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// One page of them.
    pub rows: Vec<WaveRow>,
}

/// How many people there are in a wave.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct WaveCounts {
    /// Who met a case.
    pub first: usize,
    /// Who met only contacts of cases.
    pub second: usize,
    /// Close contacts.
    pub close: usize,
    /// Contacts of close contacts.
    pub secondary: usize,
    /// General contacts.
    pub general: usize,
    /// Whom more than one of the cases reaches.
    pub several: usize,
}

/// Someone in a wave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WaveRow {
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// 1 or 2, by the strongest exposure.
    pub ring: u8,
    /// Close, secondary or general.
    pub class: &'static str,
    /// When they were first exposed.
    #[schema(value_type = Option<String>)]
    pub first: Option<Timestamp>,
    /// How many of the cases reach them; where only visits were looked at, how many they met themselves.
    pub cases: usize,
    /// The case of the strongest exposure; absent where only visits were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// Orders the list: the exposures to all cases together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// In what kind of space, by the strongest exposure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<&'static str>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// What shows it; absent where only visits were looked at.
    pub evidence: Vec<EvidenceView>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of which ring.
    pub ring: Option<u8>,
    /// Of which class.
    pub class: Option<&'a str>,
    /// From which row.
    pub offset: usize,
    /// How many rows.
    pub limit: usize,
}

/// Another window than the plan's own, open on either side.
#[derive(Debug, Clone, Copy, Default)]
pub struct Within {
    /// Not before.
    pub from: Option<Seconds>,
    /// Not from here on.
    pub until: Option<Seconds>,
}

/// Someone in a wave, before it is spelled out.
struct Reached<'a> {
    person: PersonId,
    ring: Ring,
    class: ContactClass,
    first: Seconds,
    cases: usize,
    /// The strongest exposure, and the case.
    best: Option<(&'a Exposure, CaseId)>,
    /// The chance of having escaped all of them.
    escape: f64,
}

impl Reached<'_> {
    fn ring(&self) -> u8 {
        if self.ring == Ring::First { 1 } else { 2 }
    }

    fn class(&self) -> &'static str {
        match (self.class, self.ring) {
            (ContactClass::General, _) => "general",
            (ContactClass::Close, Ring::First) => "close",
            (ContactClass::Close, Ring::Second) => "secondary",
        }
    }
}

impl Wave {
    /// The union of what is concluded of some cases of one disease.
    pub fn concluded(situation: &Situation, plan: &Plan, cases: &[Arc<Case>], wanted: Wanted<'_>) -> Self {
        let own: BTreeSet<PersonId> = cases.iter().map(|case| case.person).collect();
        let mut reached: BTreeMap<PersonId, Reached<'_>> = BTreeMap::new();
        for case in cases {
            let Some(rings) = members(situation, case) else { continue };
            let all: Vec<&Exposure> = exposures(rings).collect();
            let scores = scores_of(situation, plan, case, all.iter().copied());
            for exposure in all.into_iter().filter(|exposure| !own.contains(&exposure.contact)) {
                let score = scores.get(&exposure.contact).copied().unwrap_or(exposure.score);
                let new = || Reached {
                    person: exposure.contact,
                    ring: exposure.ring,
                    class: exposure.class,
                    first: exposure.first,
                    cases: 0,
                    best: Some((exposure, case.id)),
                    escape: 1.0,
                };
                let known = reached.entry(exposure.contact).or_insert_with(new);
                known.cases += 1;
                known.escape *= 1.0 - score;
                known.first = known.first.min(exposure.first);
                if known.best.is_none_or(|(best, _)| exposure.rank() < best.rank()) {
                    (known.ring, known.class) = (exposure.ring, exposure.class);
                    known.best = Some((exposure, case.id));
                }
            }
        }
        let reached = reached.into_values().collect();
        Self::page(situation, plan, cases.len(), "concluded", reached, wanted)
    }

    /// Whom the visits of some cases of one disease reach, by a plan and in a window that may be others.
    pub fn of_visits(
        situation: &Situation,
        plan: &Plan,
        cases: &[Arc<Case>],
        within: Within,
        wanted: Wanted<'_>,
    ) -> Self {
        let world = situation.world();
        let index = &world.visits;
        let rules = UnitRules::of_plan(index, plan, |unit| world.setting(unit));
        let mut tracer = Tracer::new(index, rules, 1);
        let numbers = |case: &Case, window: Window| -> Vec<(u32, Window)> {
            let ids = world.aliases.all(case.person).into_iter();
            ids.filter_map(|id| Some((index.ids().people.find(id)?, window))).collect()
        };
        // Whoever is known under several ids is one case: those are traced one by one, and everyone else at once.
        let (mut single, mut several) = (Vec::new(), Vec::new());
        for case in cases {
            let Some(own) = situation.window_by(case.id, plan) else { continue };
            let window = Window { from: within.from.unwrap_or(own.from), until: within.until.unwrap_or(own.until) };
            let mut own = numbers(case, window);
            match own.len() {
                0 => {}
                1 => single.append(&mut own),
                _ => several.push(own),
            }
        }
        let own: BTreeSet<PersonId> = cases.iter().map(|case| case.person).collect();
        let mut reached: BTreeMap<PersonId, Reached<'_>> = BTreeMap::new();
        let mut add = |found: BTreeMap<u32, Exposed>, is_one_case: bool| {
            for (number, exposed) in found {
                let person = world.aliases.of(index.ids().people.id(number));
                if own.contains(&person) {
                    continue;
                }
                let Exposed { hit, ring, cases } = exposed;
                let new =
                    || Reached { person, ring, class: hit.class, first: hit.first, cases: 0, best: None, escape: 1.0 };
                let known = reached.entry(person).or_insert_with(new);
                known.cases += (if is_one_case { cases.min(1) } else { cases }) as usize;
                known.first = known.first.min(hit.first);
                (known.class, known.ring) = (known.class, known.ring).min((hit.class, ring));
            }
        };
        add(wave(&mut tracer, &single), false);
        for own in several {
            add(wave(&mut tracer, &own), true);
        }
        let reached = reached.into_values().collect();
        Self::page(situation, plan, cases.len(), "visits", reached, wanted)
    }

    fn page(
        situation: &Situation,
        plan: &Plan,
        cases: usize,
        basis: &'static str,
        mut reached: Vec<Reached<'_>>,
        wanted: Wanted<'_>,
    ) -> Self {
        let mut counts = WaveCounts::default();
        for one in &reached {
            *if one.ring == Ring::First { &mut counts.first } else { &mut counts.second } += 1;
            *match one.class() {
                "general" => &mut counts.general,
                "secondary" => &mut counts.secondary,
                _ => &mut counts.close,
            } += 1;
            counts.several += usize::from(one.cases > 1);
        }
        reached.retain(|one| {
            wanted.ring.is_none_or(|ring| ring == one.ring()) && wanted.class.is_none_or(|class| class == one.class())
        });
        reached
            .sort_by_cached_key(|one| (one.ring, (one.escape * 1e9) as u64, one.class, Reverse(one.cases), one.person));
        let row = |one: &Reached<'_>| {
            let unit = one.best.and_then(|(exposure, _)| unit_of(exposure));
            WaveRow {
                person: one.person,
                masked_name: String::new(),
                ring: one.ring(),
                class: one.class(),
                first: Timestamp::from_second(one.first).ok(),
                cases: one.cases,
                case: one.best.map(|(_, case)| case),
                score: one.best.map(|_| 1.0 - one.escape),
                setting: one.best.map(|(exposure, _)| setting_of(exposure)),
                unit,
                place_name: unit.and_then(|unit| situation.world().unit(unit)?.name.clone()),
                evidence: one.best.map(|(exposure, _)| of_exposure(situation, exposure)).unwrap_or_default(),
            }
        };
        Self {
            cases,
            refused: Vec::new(),
            basis,
            hypothetical: basis == "visits",
            plan: PlanName::of(plan),
            total: reached.len(),
            counts,
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            rows: reached.iter().skip(wanted.offset).take(wanted.limit).map(row).collect(),
        }
    }

    /// Everyone on this page.
    pub fn people(&self) -> BTreeSet<PersonId> {
        self.rows.iter().map(|row| row.person).collect()
    }
}

/// The scores of contacts of a case, with what is known by now of others who met it in the same place.
pub fn scores_of<'a>(
    situation: &Situation,
    plan: &Plan,
    case: &Case,
    exposures: impl Iterator<Item = &'a Exposure> + Clone,
) -> BTreeMap<PersonId, f64> {
    let Some(dispersion) = plan.score.as_ref().and_then(|score| score.dispersion.as_ref()) else {
        return BTreeMap::new();
    };
    let is_case = |person: PersonId| has_case(situation, person, &case.disease);
    scores_with_clusters(exposures, dispersion.value, is_case)
}

fn has_case(situation: &Situation, person: PersonId, disease: &Disease) -> bool {
    situation.derived().cases_of(person).any(|case| &case.disease == disease)
}

impl Masked for Wave {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for row in &mut self.rows {
            put(row.person, &mut row.masked_name);
            row.evidence.each_name(put);
        }
    }
}
