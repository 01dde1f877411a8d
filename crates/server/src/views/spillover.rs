//! Spillover (外溢): people who were exposed here and are, or live, somewhere else.
//!
//! Someone is elsewhere in a jurisdiction that is neither where they were exposed nor the case's own, and
//! where a record after the exposure, or their residence, puts them. Of whom nothing says where they went
//! is counted as unknown and never as having stayed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contacts::{Evidence, Exposure, Ring};
use duties::State;
use facts::{Jurisdiction, Level, PersonId, Setting, Timestamp};
use plan::ContactClass;
use serde::Serialize;
use serde_json::json;
use situation::Situation;
use status::Case;
use utoipa::ToSchema;
use visits::{Stay, Window};

use super::Masked;
use super::case::{duty, home_of, members};
use super::contacts::{class_of, exposures};
use super::evidence::{EvidenceView, of_stay};
use super::overview::{index_version, traced_up_to};
use crate::table::{Table, cell};

/// How many people a group shows; the file has them all.
pub const ROWS_SHOWN: usize = 50;

/// Exposed people who are elsewhere, by where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Spillover {
    /// How many people, each once.
    pub total: usize,
    /// Of how many exposed people nothing says where they are.
    pub unknown: usize,
    /// Of how many exposed people in all.
    pub exposed: usize,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// One for each destination, most people first.
    pub groups: Vec<SpilloverGroup>,
}

/// The people in one destination.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SpilloverGroup {
    /// Where.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// How many.
    pub people: usize,
    /// Of which close contacts.
    pub close: usize,
    /// Of which contacts of close contacts.
    pub secondary: usize,
    /// Of which general contacts.
    pub general: usize,
    /// Of which are to be found.
    pub to_find: usize,
    /// The first of them, likeliest infected first.
    pub rows: Vec<SpilloverRow>,
}

/// One person in one destination.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SpilloverRow {
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// 1 or 2.
    pub ring: u8,
    /// Close, secondary or general.
    pub class: &'static str,
    /// When they were seen there last; absent when they only live there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub seen_at: Option<Timestamp>,
    /// In which place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// What says so: a `visit`, a vehicle's `manifest`, or their `residence`.
    pub via: &'static str,
    /// The record.
    pub evidence: EvidenceView,
}

/// What puts someone in a destination, strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Via {
    Visit,
    Manifest,
    Residence,
}

/// Someone elsewhere, with nothing spelled out.
struct Elsewhere<'a> {
    exposure: &'a Exposure,
    to_find: bool,
    via: Via,
    stay: Option<Stay>,
}

/// Whether a jurisdiction is certainly another: neither contains the other.
fn is_elsewhere(there: Jurisdiction, here: Jurisdiction) -> bool {
    !there.contains(here) && !here.contains(there)
}

/// Where someone was exposed: where the unit of their strongest meeting stands.
fn exposed_in(situation: &Situation, exposure: &Exposure) -> Option<Jurisdiction> {
    exposure.meetings.iter().find_map(|meeting| match meeting.evidence {
        Evidence::SameUnit { unit, .. } => situation.world().unit(unit).map(|unit| unit.jurisdiction),
        _ => None,
    })
}

/// The destinations of one exposed person, each with the best record; none at all when nothing is known.
fn destinations(
    situation: &Situation,
    exposure: &Exposure,
    here: Jurisdiction,
    level: Level,
) -> Option<BTreeMap<Jurisdiction, (Via, Option<Stay>)>> {
    let world = situation.world();
    let after = Window { from: exposure.first, until: i64::MAX };
    let mut found: BTreeMap<Jurisdiction, (Via, Option<Stay>)> = BTreeMap::new();
    let mut anything = false;
    for stay in world.stays_of(exposure.contact, after) {
        let Some(unit) = world.unit(stay.unit).filter(|_| stay.window.from > exposure.first) else { continue };
        anything = true;
        let rode = matches!(unit.setting, Setting::Vehicle | Setting::Carriage | Setting::Aircraft);
        let via = if rode { Via::Manifest } else { Via::Visit };
        let best = found.entry(unit.jurisdiction.at(level)).or_insert((via, Some(stay)));
        // The latest of the strongest kind; stays come by start.
        if via <= best.0 {
            *best = (via, Some(stay));
        }
    }
    if let Some(residence) = situation.residence(exposure.contact) {
        anything = true;
        found.entry(residence.at(level)).or_insert((Via::Residence, None));
    }
    let exposed = exposed_in(situation, exposure).unwrap_or(here).at(level);
    found.retain(|&there, _| is_elsewhere(there, here.at(level)) && is_elsewhere(there, exposed));
    anything.then_some(found)
}

impl Spillover {
    /// The spillover of some cases of one disease, so many rows a group.
    pub fn of(situation: &Situation, cases: &[Arc<Case>], level: Level, rows: usize, at: Timestamp) -> Self {
        let mut groups: BTreeMap<Jurisdiction, BTreeMap<PersonId, Elsewhere<'_>>> = BTreeMap::new();
        let mut exposed: BTreeSet<PersonId> = BTreeSet::new();
        let mut placed: BTreeSet<PersonId> = BTreeSet::new();
        for case in cases {
            let here = home_of(situation, case.person);
            for exposure in members(situation, case).into_iter().flat_map(exposures) {
                exposed.insert(exposure.contact);
                let Some(found) = destinations(situation, exposure, here, level) else { continue };
                placed.insert(exposure.contact);
                let duty = duty(situation, exposure.contact, case.id);
                let to_find = duty.is_some_and(|duty| duty.state(at) == State::ToFind);
                for (there, (via, stay)) in found {
                    let elsewhere = Elsewhere { exposure, to_find, via, stay };
                    let people = groups.entry(there).or_default();
                    let known = people.get(&exposure.contact);
                    if known.is_none_or(|known| exposure.rank() < known.exposure.rank()) {
                        people.insert(exposure.contact, elsewhere);
                    }
                }
            }
        }
        let total: BTreeSet<PersonId> = groups.values().flat_map(|people| people.keys().copied()).collect();
        let mut groups: Vec<SpilloverGroup> =
            groups.into_iter().map(|(there, people)| group(situation, there, people, rows)).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.people), group.jurisdiction));
        Self {
            total: total.len(),
            unknown: exposed.difference(&placed).count(),
            exposed: exposed.len(),
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            groups,
        }
    }

    /// The rows as a file.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "jurisdiction",
            "person",
            "masked_name",
            "ring",
            "class",
            "seen_at",
            "place_name",
            "via",
            "facts",
        ]);
        for group in &self.groups {
            for row in &group.rows {
                let facts: Vec<String> = row.evidence.facts.iter().map(ToString::to_string).collect();
                table.row([
                    group.jurisdiction.to_string(),
                    row.person.to_string(),
                    row.masked_name.clone(),
                    row.ring.to_string(),
                    row.class.to_owned(),
                    cell(row.seen_at),
                    cell(row.place_name.as_ref()),
                    row.via.to_owned(),
                    facts.join(" "),
                ]);
            }
        }
        table
    }
}

fn group(
    situation: &Situation,
    jurisdiction: Jurisdiction,
    people: BTreeMap<PersonId, Elsewhere<'_>>,
    rows: usize,
) -> SpilloverGroup {
    let mut people: Vec<Elsewhere<'_>> = people.into_values().collect();
    people.sort_by_cached_key(|elsewhere| elsewhere.exposure.rank());
    let count = |fits: &dyn Fn(&Exposure) -> bool| people.iter().filter(|there| fits(there.exposure)).count();
    let is_close = |exposure: &Exposure| exposure.class == ContactClass::Close;
    SpilloverGroup {
        jurisdiction,
        people: people.len(),
        close: count(&|exposure| is_close(exposure) && exposure.ring == Ring::First),
        secondary: count(&|exposure| is_close(exposure) && exposure.ring == Ring::Second),
        general: count(&|exposure| !is_close(exposure)),
        to_find: people.iter().filter(|there| there.to_find).count(),
        rows: people.iter().take(rows).map(|there| row(situation, there)).collect(),
    }
}

fn row(situation: &Situation, there: &Elsewhere<'_>) -> SpilloverRow {
    let exposure = there.exposure;
    let world = situation.world();
    let lives_by = || {
        let ids = world.aliases.all(exposure.contact);
        ids.into_iter().find_map(|id| world.homes.of(id, &world.ledger)).map(|residence| residence.said_by)
    };
    SpilloverRow {
        person: exposure.contact,
        masked_name: String::new(),
        ring: if exposure.ring == Ring::First { 1 } else { 2 },
        class: class_of(exposure),
        seen_at: there.stay.and_then(|stay| Timestamp::from_second(stay.window.from).ok()),
        place_name: there.stay.and_then(|stay| world.unit(stay.unit)?.name.clone()),
        via: match there.via {
            Via::Visit => "visit",
            Via::Manifest => "manifest",
            Via::Residence => "residence",
        },
        evidence: match there.stay {
            Some(stay) => of_stay(stay.origin),
            None => EvidenceView {
                code: "residence",
                params: json!({}),
                facts: lives_by().into_iter().collect(),
                batch: None,
            },
        },
    }
}

impl Masked for Spillover {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for row in self.groups.iter_mut().flat_map(|group| &mut group.rows) {
            put(row.person, &mut row.masked_name);
        }
    }
}
