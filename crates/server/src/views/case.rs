//! Cases as rows and whole.

use std::collections::BTreeMap;

use contacts::Rings;
use duties::{Search, State};
use facts::{Body, CaseId, Date, FactId, Jurisdiction, Level, PersonId, Step, Timestamp, UnitId};
use plan::{CaseClass, ContactClass};
use serde::Serialize;
use serde_json::json;
use situation::Situation;
use status::{Case, WindowStart};
use utoipa::ToSchema;
use visits::Window;

use super::evidence::{EvidenceView, RuleRef, of_fact, of_stay};
use super::{Masked, WordsView};
use facts::PlaceId;

/// A case as a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseRow {
    /// Its name.
    #[schema(value_type = String)]
    pub id: CaseId,
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// Of what.
    pub disease: String,
    /// How certain.
    #[schema(value_type = String)]
    pub class: CaseClass,
    /// Who answers for them.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// The day of onset.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub onset: Option<Date>,
    /// When the first positive specimen was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub first_positive: Option<Timestamp>,
    /// When we came to know.
    #[schema(value_type = String)]
    pub recorded: Timestamp,
    /// Close contacts.
    pub close_contacts: usize,
    /// Contacts of close contacts.
    pub secondary_contacts: usize,
    /// Of all these, who is not found yet.
    pub to_find: usize,
    /// Of all these, who is not controlled and overdue.
    pub overdue: usize,
}

/// A case, whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseDetail {
    /// What a list shows of it.
    #[serde(flatten)]
    pub row: CaseRow,
    /// The plan in force.
    pub plan: PlanName,
    /// The definition that decided.
    pub rule: RuleRef,
    /// The facts that made it a case.
    pub grounds: Vec<EvidenceView>,
    /// When they could infect others.
    pub infectious: InfectiousView,
    /// What happened and when we knew.
    pub timeline: Vec<TimelineRow>,
    /// Where they were.
    pub trajectory: Vec<StayView>,
    /// The list of each county, and how far it is.
    pub lists: Vec<ListView>,
}

/// What a plan is called.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanName {
    /// Its id.
    pub id: String,
    /// Its edition.
    pub edition: String,
    /// Its name.
    pub name: WordsView,
}

impl PlanName {
    /// What a plan is called.
    pub fn of(plan: &plan::Plan) -> Self {
        Self { id: plan.id.clone(), edition: plan.edition.clone(), name: plan.name.clone().into() }
    }
}

/// When a case could infect others.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InfectiousView {
    /// From when.
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// Until when; open while they are not under control.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// What the start is counted from.
    pub because: EvidenceView,
}

/// A fact on a timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineRow {
    /// When it was true.
    #[schema(value_type = String)]
    pub occurred: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String)]
    pub recorded: Timestamp,
    /// What kind of fact.
    pub kind: &'static str,
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
}

impl TimelineRow {
    /// The row of a fact.
    pub fn of(fact: &facts::Fact) -> Self {
        Self { occurred: fact.occurred(), recorded: fact.recorded, kind: fact.body().kind(), fact: fact.id }
    }
}

/// A stay on a trajectory.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StayView {
    /// From when.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    pub end: Timestamp,
    /// Where.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// In which place.
    #[schema(value_type = Option<String>)]
    pub place: Option<PlaceId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of space.
    pub setting: &'static str,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// Longitude and latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<(f64, f64)>,
    /// Whether the end is assumed.
    pub assumed_end: bool,
    /// The record.
    pub evidence: EvidenceView,
}

/// One county's list of people to find for a case: the four clears (四清).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListView {
    /// The county.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// How many people the system puts on the list.
    pub listed: usize,
    /// How many the county counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconciled: Option<u32>,
    /// Identity confirmed.
    pub identity: usize,
    /// Located.
    pub location: usize,
    /// Controlled.
    pub control: usize,
    /// Overdue.
    pub overdue: usize,
}

/// The current duty about someone because of a case.
pub fn duty(situation: &Situation, person: PersonId, case: CaseId) -> Option<&Search> {
    situation.derived().people.get(&person)?.duties.iter().rev().find(|duty| duty.about.cases.contains(&case))
}

/// Both rings of a case, when it is traced.
pub fn members<'a>(situation: &'a Situation, case: &Case) -> Option<&'a Rings> {
    situation.derived().rings.get(&case.id).map(|rings| rings.as_ref())
}

impl CaseRow {
    /// The row of a case.
    pub fn of(situation: &Situation, case: &Case, at: Timestamp) -> Self {
        let rings = members(situation, case);
        let close = rings
            .map_or(0, |rings| rings.first.values().filter(|exposure| exposure.class == ContactClass::Close).count());
        let duties = || {
            let people = rings.into_iter().flat_map(|rings| rings.members()).chain([case.person]);
            people.filter_map(|person| duty(situation, person, case.id))
        };
        Self {
            id: case.id,
            person: case.person,
            masked_name: String::new(),
            disease: case.disease.0.clone(),
            class: case.class,
            jurisdiction: home_of(situation, case.person),
            onset: case.onset,
            first_positive: case.first_positive,
            recorded: case.known,
            close_contacts: close,
            secondary_contacts: rings.map_or(0, |rings| rings.second.len()),
            to_find: duties().filter(|duty| duty.state(at) == State::ToFind).count(),
            overdue: duties().filter(|duty| duty.is_open(at) && duty.is_overdue(at)).count(),
        }
    }
}

/// Who answers for a case: where it lives, or whoever holds the duty about it.
pub fn home_of(situation: &Situation, person: PersonId) -> Jurisdiction {
    situation.residence(person).unwrap_or_else(|| {
        let known = situation.derived().people.get(&person);
        let duty = known.and_then(|known| known.duties.last());
        duty.map_or(situation.settings().fallback, |duty| duty.owner.territory)
    })
}

impl CaseDetail {
    /// A case, whole; none when its plan is not at hand.
    pub fn of(situation: &Situation, case: &Case, at: Timestamp) -> Option<Self> {
        let plan = situation.plan(&case.disease)?;
        let world = situation.world();
        let about = world.ledger.about(&world.aliases.all(case.person));
        // The trajectory from when it can matter: the infectious window, and an incubation before it.
        let look_back = plan.delays.incubation.maximum_days.unwrap_or(14.0) as i64 * 86_400;
        let window = Window { from: case.infectious.from.saturating_sub(look_back), until: i64::MAX };
        let infectious_from = case.infectious.from;
        Some(Self {
            row: CaseRow::of(situation, case, at),
            plan: PlanName::of(plan),
            rule: RuleRef::definition(plan, case.definition),
            grounds: case.grounds.iter().filter_map(|&fact| of_fact(situation, fact)).collect(),
            infectious: InfectiousView {
                from: Timestamp::from_second(infectious_from).ok(),
                until: Timestamp::from_second(case.infectious.until).ok().filter(|_| case.infectious.until != i64::MAX),
                because: window_reason(case, plan),
            },
            timeline: about.iter().map(|fact| TimelineRow::of(fact)).collect(),
            trajectory: world
                .stays_of(case.person, window)
                .into_iter()
                .filter_map(|stay| {
                    let unit = world.unit(stay.unit);
                    Some(StayView {
                        start: Timestamp::from_second(stay.window.from).ok()?,
                        end: Timestamp::from_second(stay.window.until).ok()?,
                        unit: stay.unit,
                        place: unit.map(|unit| unit.place),
                        name: unit.and_then(|unit| unit.name.clone()),
                        setting: unit.map_or("other", |unit| unit.setting.name()),
                        jurisdiction: unit.map(|unit| unit.jurisdiction),
                        position: unit.and_then(|unit| unit.position),
                        assumed_end: stay.assumed_end,
                        evidence: of_stay(stay.origin),
                    })
                })
                .collect(),
            lists: lists(situation, case, at),
        })
    }
}

fn window_reason(case: &Case, plan: &plan::Plan) -> EvidenceView {
    let rule = &plan.infectious;
    let (code, days) = match case.infectious_from {
        WindowStart::Onset => ("before-onset", Some(rule.from_days_before_onset.value)),
        WindowStart::Sampling => ("before-sampling", Some(rule.from_days_before_sampling.value)),
        WindowStart::LastNegative => ("since-last-negative", None),
        WindowStart::Found => ("before-found", Some(rule.from_days_before_sampling.value)),
    };
    EvidenceView { code, params: json!({ "days": days }), facts: Vec::new(), batch: None }
}

fn lists(situation: &Situation, case: &Case, at: Timestamp) -> Vec<ListView> {
    let mut lists: BTreeMap<Jurisdiction, ListView> = BTreeMap::new();
    let people = members(situation, case).into_iter().flat_map(|rings| rings.members()).chain([case.person]);
    for duty in people.filter_map(|person| duty(situation, person, case.id)) {
        let jurisdiction = duty.owner.territory.at(Level::County);
        let list = lists.entry(jurisdiction).or_insert(ListView {
            jurisdiction,
            listed: 0,
            reconciled: None,
            identity: 0,
            location: 0,
            control: 0,
            overdue: 0,
        });
        list.listed += 1;
        let done = |step| usize::from(duty.about.steps.contains_key(&step));
        list.identity += done(Step::Identity);
        list.location += done(Step::Location);
        list.control += done(Step::Control);
        list.overdue += usize::from(duty.is_open(at) && duty.is_overdue(at));
    }
    let ledger = &situation.world().ledger;
    let mut counts: Vec<_> = ledger
        .all()
        .filter(|fact| ledger.stands(fact.id))
        .filter_map(|fact| match fact.body() {
            Body::ListReconciled { case: of, jurisdiction, number } if *of == case.id => {
                Some((fact.recorded, *jurisdiction, *number))
            }
            _ => None,
        })
        .collect();
    counts.sort();
    for (_, jurisdiction, number) in counts {
        if let Some(list) = lists.get_mut(&jurisdiction) {
            list.reconciled = Some(number);
        }
    }
    lists.into_values().collect()
}

impl Masked for CaseRow {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        put(self.person, &mut self.masked_name);
    }
}

impl Masked for CaseDetail {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.row.each_name(put);
    }
}
