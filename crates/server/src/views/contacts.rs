//! The contacts of a case: ranked, filtered and counted, one page at a time or all of them as a file.
//!
//! Rank orders and never hides: every answer says how many there are in all.

use std::collections::BTreeMap;

use contacts::{Exposure, Ring, Rings};
use duties::{Search, State};
use facts::{ActorId, DutyId, Jurisdiction, Level, PersonId, Step, Timestamp, UnitId};
use plan::{ContactClass, Plan};
use serde::{Deserialize, Serialize};
use situation::Situation;
use status::Case;
use utoipa::{IntoParams, ToSchema};

use super::Masked;
use super::case::{duty, members};
use super::evidence::{EvidenceView, RuleRef, of_exposure};
use super::overview::{index_version, traced_up_to};
use super::wave::scores_of;
use crate::table::{Table, cell};

/// One page of contacts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contacts {
    /// How many fit.
    pub total: usize,
    /// How many there are.
    pub unfiltered_total: usize,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
    /// How many there are of each kind.
    pub facets: Facets,
    /// One page of them.
    pub rows: Vec<ContactRow>,
}

/// How many contacts there are of each kind. Each count leaves out its own filter and keeps the others, so
/// that it says what choosing another value would show.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Facets {
    /// By ring.
    pub ring: BTreeMap<&'static str, usize>,
    /// By class.
    pub class: BTreeMap<&'static str, usize>,
    /// By where finding them stands.
    pub state: BTreeMap<&'static str, usize>,
    /// By kind of space.
    pub setting: BTreeMap<&'static str, usize>,
    /// By the officer to whom the duty was given; without a name, to nobody.
    pub assigned: Vec<AssignedCount>,
    /// By the county that owes the duty.
    pub jurisdiction: Vec<JurisdictionCount>,
    /// Whose duty is open past its deadline.
    pub overdue: usize,
}

/// How many duties one officer was given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssignedCount {
    /// Whom they were given to; absent for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip)]
    officer: Option<ActorId>,
    /// How many.
    pub n: usize,
}

/// How many there are in one jurisdiction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JurisdictionCount {
    /// Which.
    #[schema(value_type = String)]
    pub code: Jurisdiction,
    /// How many.
    pub n: usize,
}

/// One contact of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactRow {
    /// Their place in the whole list, from 1.
    pub rank: usize,
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// 1 or 2.
    pub ring: u8,
    /// Close, secondary or general.
    pub class: &'static str,
    /// Through whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub via: Option<PersonId>,
    /// How many different people exposed them.
    pub sources: usize,
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
    /// What the score of the strongest meeting is made of.
    pub score_parts: ScoreParts,
    /// Where finding them stands.
    pub state: &'static str,
    /// The duty to find them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub duty: Option<DutyId>,
    /// When the duty to find them was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub received: Option<Timestamp>,
    /// By when they are to be controlled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub due: Option<Timestamp>,
    /// Whether the duty is open past its deadline.
    pub overdue: bool,
    /// Whose duty that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// The officer it was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    #[serde(skip)]
    officer: Option<ActorId>,
    /// What shows it.
    pub evidence: Vec<EvidenceView>,
}

/// The factors of a score; what is not known is absent and lowers nothing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScoreParts {
    /// The chance of a day in one household with one other person.
    pub household_day: f64,
    /// The weight of the rule, relative to an hour in a household; may be above 1.
    pub setting_weight: f64,
    /// How long they met on the strongest day, as a share of the day.
    pub strength: f64,
    /// What the number of others in the room left of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crowd: Option<f64>,
    /// Where they sat, relative to a seat that is not known; may be above 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<f64>,
    /// How infectious the case was on the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infectiousness: Option<f64>,
    /// What masks left of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masks: Option<f64>,
    /// What the air of the space left of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ventilation: Option<f64>,
    /// All days of the meeting together.
    pub chance: f64,
}

impl From<contacts::ScoreParts> for ScoreParts {
    fn from(parts: contacts::ScoreParts) -> Self {
        Self {
            household_day: parts.household_day,
            setting_weight: parts.setting_weight,
            strength: parts.strength,
            crowd: parts.crowd,
            seats: parts.seats,
            infectiousness: parts.infectiousness,
            masks: parts.masks,
            ventilation: parts.ventilation,
            chance: parts.chance,
        }
    }
}

/// Which contacts of a case are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(default)]
pub struct ContactFilter {
    /// 1 or 2.
    pub ring: Option<u8>,
    /// `close`, `secondary` or `general`.
    pub class: Option<String>,
    /// Where finding them stands: `to-find`, `found`, `controlled`, `closed` or `none`.
    pub state: Option<String>,
    /// In what kind of space they met most.
    pub setting: Option<String>,
    /// In which unit they met most.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// In which place, by its name.
    pub place: Option<String>,
    /// Whose duty they are.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// To whom the duty was given: `me`, `none` or the name of an account.
    pub assigned: Option<String>,
    /// Only those whose duty is open past its deadline.
    pub overdue: Option<bool>,
    /// Part of the name of the place, or of the id of the person. Names of people are sealed.
    pub q: Option<String>,
}

/// How a list is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Likeliest infected first.
    #[default]
    Rank,
    /// Least time left first.
    Due,
}

/// One filter each, so that a contact that misses only one is still counted for it.
mod misses {
    pub const RING: u8 = 1;
    pub const CLASS: u8 = 1 << 1;
    pub const STATE: u8 = 1 << 2;
    pub const SETTING: u8 = 1 << 3;
    pub const ASSIGNED: u8 = 1 << 4;
    pub const JURISDICTION: u8 = 1 << 5;
    pub const OVERDUE: u8 = 1 << 6;
    /// What no facet counts: the unit, the place, the words looked for.
    pub const PLACE: u8 = 1 << 7;
}

/// A contact with what lists filter and order by; nothing is spelled out yet.
pub struct Listed<'a> {
    /// Their place in the whole list, from 1.
    pub rank: usize,
    /// What makes them a contact.
    pub exposure: &'a Exposure,
    /// Orders the list: the score of the exposure, with what is known by now of others who were there.
    pub score: f64,
    /// The current duty about them because of the case.
    pub duty: Option<&'a Search>,
}

impl Listed<'_> {
    fn ring(&self) -> &'static str {
        if self.exposure.ring == Ring::First { "1" } else { "2" }
    }

    fn is_overdue(&self, at: Timestamp) -> bool {
        self.duty.is_some_and(|duty| duty.is_open(at) && duty.is_overdue(at))
    }
}

/// Close, secondary or general.
pub fn class_of(exposure: &Exposure) -> &'static str {
    match (exposure.class, exposure.ring) {
        (ContactClass::General, _) => "general",
        (ContactClass::Close, Ring::First) => "close",
        (ContactClass::Close, Ring::Second) => "secondary",
    }
}

/// Where finding someone stands.
pub fn state_of(duty: Option<&Search>, at: Timestamp) -> &'static str {
    let Some(duty) = duty else { return "none" };
    match duty.state(at) {
        State::ToFind => "to-find",
        State::Located => "found",
        State::Closed if duty.about.steps.contains_key(&Step::Control) => "controlled",
        State::Closed | State::Ended => "closed",
    }
}

/// In what kind of space the strongest meeting was.
pub fn setting_of(exposure: &Exposure) -> &'static str {
    exposure.meetings.first().map_or("other", |meeting| meeting.setting.name())
}

/// In which unit the strongest meeting was, when it was in one.
pub fn unit_of(exposure: &Exposure) -> Option<UnitId> {
    exposure.meetings.first().and_then(|meeting| match meeting.evidence {
        contacts::Evidence::SameUnit { unit, .. } | contacts::Evidence::SameHousehold { unit, .. } => Some(unit),
        _ => None,
    })
}

fn place_name<'a>(situation: &'a Situation, exposure: &Exposure) -> Option<&'a str> {
    situation.world().unit(unit_of(exposure)?)?.name.as_deref()
}

/// Each contact of a case once, by what counts of them, in no particular order.
pub fn exposures(rings: &Rings) -> impl Iterator<Item = &Exposure> {
    let second = rings.second.keys().filter(|person| !rings.first.contains_key(person));
    rings.first.keys().chain(second).filter_map(|&person| rings.exposure_of(person))
}

/// All contacts of a case, ranked.
pub fn listed<'a>(situation: &'a Situation, case: &Case) -> Vec<Listed<'a>> {
    let all: Vec<&Exposure> = members(situation, case).into_iter().flat_map(exposures).collect();
    let plan = situation.plan(&case.disease);
    let scores = plan.map(|plan| scores_of(situation, plan, case, all.iter().copied())).unwrap_or_default();
    let score = |exposure: &Exposure| scores.get(&exposure.contact).copied().unwrap_or(exposure.score);
    let mut ranked: Vec<(&Exposure, f64)> = all.into_iter().map(|exposure| (exposure, score(exposure))).collect();
    ranked.sort_by_cached_key(|(exposure, score)| exposure.rank_with(*score));
    let numbered = ranked.into_iter().zip(1..);
    let listed = |((exposure, score), rank): ((&'a Exposure, f64), usize)| Listed {
        rank,
        exposure,
        score,
        duty: duty(situation, exposure.contact, case.id),
    };
    numbered.map(listed).collect()
}

/// What is asked for, with the officer already found.
pub struct Wanted<'a> {
    /// The filter.
    pub filter: &'a ContactFilter,
    /// The officer, or nobody, when the filter names either.
    pub assigned: Option<Option<ActorId>>,
    /// At what time.
    pub at: Timestamp,
}

impl Wanted<'_> {
    /// The filters that a contact misses, as bits.
    fn misses(&self, situation: &Situation, listed: &Listed<'_>) -> u8 {
        let Self { filter, at, .. } = self;
        let Listed { exposure, duty, .. } = listed;
        let is = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        let looked_for = |part: &str| {
            place_name(situation, exposure).is_some_and(|name| name.contains(part))
                || exposure.contact.to_string().contains(part)
        };
        let bit = |fits: bool, bit: u8| if fits { 0 } else { bit };
        let ring = if exposure.ring == Ring::First { 1 } else { 2 };
        let place = filter.unit.is_none_or(|unit| unit_of(exposure) == Some(unit))
            && filter.place.as_deref().is_none_or(|place| place_name(situation, exposure) == Some(place))
            && filter.q.as_deref().map(str::trim).is_none_or(|part| part.is_empty() || looked_for(part));
        let within = |jurisdiction: Jurisdiction| duty.is_some_and(|duty| jurisdiction.contains(duty.owner.territory));
        bit(filter.ring.is_none_or(|wanted| wanted == ring), misses::RING)
            | bit(is(&filter.class, class_of(exposure)), misses::CLASS)
            | bit(is(&filter.state, state_of(*duty, *at)), misses::STATE)
            | bit(is(&filter.setting, setting_of(exposure)), misses::SETTING)
            | bit(
                self.assigned.is_none_or(|wanted| duty.is_some_and(|duty| duty.owner.individual == wanted)),
                misses::ASSIGNED,
            )
            | bit(filter.jurisdiction.is_none_or(within), misses::JURISDICTION)
            | bit(filter.overdue.is_none_or(|wanted| wanted == listed.is_overdue(*at)), misses::OVERDUE)
            | bit(place, misses::PLACE)
    }

    /// The contacts that fit, in the order asked for.
    pub fn of<'a>(&self, situation: &Situation, all: Vec<Listed<'a>>, order: Order) -> Vec<Listed<'a>> {
        self.with_facets(situation, all, order).0
    }

    fn with_facets<'a>(&self, situation: &Situation, all: Vec<Listed<'a>>, order: Order) -> (Vec<Listed<'a>>, Facets) {
        let mut facets = Facets::default();
        let mut assigned: BTreeMap<Option<ActorId>, usize> = BTreeMap::new();
        let mut counties: BTreeMap<Jurisdiction, usize> = BTreeMap::new();
        let mut fitting = Vec::new();
        for listed in all {
            let missed = self.misses(situation, &listed);
            let counts = |bit: u8| missed & !bit == 0;
            let state = state_of(listed.duty, self.at);
            for (bit, facet, value) in [
                (misses::RING, &mut facets.ring, listed.ring()),
                (misses::CLASS, &mut facets.class, class_of(listed.exposure)),
                (misses::STATE, &mut facets.state, state),
                (misses::SETTING, &mut facets.setting, setting_of(listed.exposure)),
            ] {
                if counts(bit) {
                    *facet.entry(value).or_default() += 1;
                }
            }
            if let Some(duty) = listed.duty {
                if counts(misses::ASSIGNED) {
                    *assigned.entry(duty.owner.individual).or_default() += 1;
                }
                if counts(misses::JURISDICTION) {
                    *counties.entry(duty.owner.territory.at(Level::County)).or_default() += 1;
                }
            }
            facets.overdue += usize::from(counts(misses::OVERDUE) && listed.is_overdue(self.at));
            if missed == 0 {
                fitting.push(listed);
            }
        }
        facets.assigned = assigned.into_iter().map(|(officer, n)| AssignedCount { name: None, officer, n }).collect();
        facets.jurisdiction = counties.into_iter().map(|(code, n)| JurisdictionCount { code, n }).collect();
        if order == Order::Due {
            let due = |listed: &Listed<'_>| listed.duty.filter(|duty| duty.is_open(self.at)).map(|duty| duty.due);
            fitting.sort_by_key(|listed| (due(listed).is_none(), due(listed), listed.rank));
        }
        (fitting, facets)
    }
}

impl Contacts {
    /// One page of the contacts of a case that are wanted.
    pub fn of(
        situation: &Situation,
        case: &Case,
        wanted: &Wanted<'_>,
        order: Order,
        offset: usize,
        limit: usize,
    ) -> Self {
        let all = listed(situation, case);
        let unfiltered_total = all.len();
        let (fitting, facets) = wanted.with_facets(situation, all, order);
        let plan = situation.plan(&case.disease);
        let page = fitting.iter().skip(offset).take(limit);
        Self {
            total: fitting.len(),
            unfiltered_total,
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
            facets,
            rows: plan
                .map(|plan| page.map(|listed| ContactRow::of(situation, plan, listed, wanted.at)).collect())
                .unwrap_or_default(),
        }
    }

    /// The same rows as a file.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&[
            "rank",
            "person",
            "masked_name",
            "ring",
            "class",
            "via",
            "sources",
            "rule",
            "setting",
            "unit",
            "place_name",
            "first",
            "last",
            "minutes",
            "score",
            "state",
            "duty",
            "received",
            "due",
            "overdue",
            "jurisdiction",
            "assigned_to",
            "facts",
        ]);
        for row in &self.rows {
            let facts: Vec<String> =
                row.evidence.iter().flat_map(|evidence| &evidence.facts).map(ToString::to_string).collect();
            table.row([
                row.rank.to_string(),
                row.person.to_string(),
                row.masked_name.clone(),
                row.ring.to_string(),
                row.class.to_owned(),
                cell(row.via),
                row.sources.to_string(),
                row.rule.path.clone(),
                row.setting.to_owned(),
                cell(row.unit),
                cell(row.place_name.as_ref()),
                cell(row.first),
                cell(row.last),
                row.minutes.to_string(),
                row.score.to_string(),
                row.state.to_owned(),
                cell(row.duty),
                cell(row.received),
                cell(row.due),
                row.overdue.to_string(),
                cell(row.jurisdiction),
                cell(row.assigned_to.as_ref()),
                facts.join(" "),
            ]);
        }
        table
    }
}

impl ContactRow {
    fn of(situation: &Situation, plan: &Plan, listed: &Listed<'_>, at: Timestamp) -> Self {
        let &Listed { rank, exposure, score, duty } = listed;
        Self {
            rank,
            person: exposure.contact,
            masked_name: String::new(),
            ring: if exposure.ring == Ring::First { 1 } else { 2 },
            class: class_of(exposure),
            via: exposure.via,
            sources: exposure.sources,
            rule: RuleRef::contact(plan, exposure.rule),
            setting: setting_of(exposure),
            unit: unit_of(exposure),
            place_name: place_name(situation, exposure).map(str::to_owned),
            first: Timestamp::from_second(exposure.first).ok(),
            last: Timestamp::from_second(exposure.last).ok(),
            minutes: exposure.seconds / 60,
            score,
            score_parts: exposure.parts.into(),
            state: state_of(duty, at),
            duty: duty.map(|duty| duty.id),
            received: duty.map(|duty| duty.received),
            due: duty.map(|duty| duty.due),
            overdue: listed.is_overdue(at),
            jurisdiction: duty.map(|duty| duty.owner.territory),
            assigned_to: None,
            officer: duty.and_then(|duty| duty.owner.individual),
            evidence: of_exposure(situation, exposure),
        }
    }
}

impl Masked for Contacts {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for row in &mut self.rows {
            put(row.person, &mut row.masked_name);
            row.evidence.each_name(put);
        }
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        let counts = self.facets.assigned.iter_mut().map(|count| (count.officer, &mut count.name));
        let rows = self.rows.iter_mut().map(|row| (row.officer, &mut row.assigned_to));
        counts.chain(rows).for_each(|(officer, name)| officer.into_iter().for_each(|officer| put(officer, &mut *name)));
    }
}
