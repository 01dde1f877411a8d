//! One person: what is required of them, why, until when, and how it ends.

use facts::{ActorId, CaseId, Date, Jurisdiction, PersonId, Scope, Timestamp};
use plan::{PhaseColour, PhasePlace};
use serde::Serialize;
use situation::Situation;
use status::{Colour, Requirement};
use utoipa::ToSchema;

use super::case::TimelineRow;
use super::duty::DutyRow;
use super::evidence::{EvidenceView, RuleRef, ground_name, of_exposure, of_fact};
use super::{Masked, WordsView};
use crate::geography::Geography;

/// Everything about one person that is not identity.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonView {
    /// The id that stands for them.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their other ids.
    #[schema(value_type = Vec<String>)]
    pub aliases: Vec<PersonId>,
    /// Their masked name.
    pub masked_name: String,
    /// Who answers for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// What is required of them now.
    pub status: StatusView,
    /// Who owes what about them.
    pub duties: Vec<DutyRow>,
    /// The facts about them that stand.
    pub facts: Vec<FactRow>,
    /// The cases that they were exposed to.
    pub exposures_of: Vec<ExposedTo>,
}

/// A fact as a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FactRow {
    /// The fact.
    #[schema(value_type = String)]
    pub id: facts::FactId,
    /// When it was true.
    #[schema(value_type = String)]
    pub occurred: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String)]
    pub recorded: Timestamp,
    /// What kind of fact.
    pub kind: &'static str,
}

/// What is required of a person now. The colour is a projection; there is no way to write one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatusView {
    /// For display.
    #[schema(value_type = String)]
    pub colour: Colour,
    /// Whether all that restricts them rests on one person's word, and lapses soon.
    pub provisional: bool,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// Until when, at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// Each requirement in force, with its reasons.
    pub requirements: Vec<RequirementView>,
}

/// A requirement in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RequirementView {
    /// On what ground.
    pub ground: &'static str,
    /// Because of which case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// By which plan.
    pub plan: String,
    /// By which rule.
    pub rule: RuleRef,
    /// From when.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// When it lapses unless someone else confirms it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub provisional_until: Option<Timestamp>,
    /// Its phases.
    pub phases: Vec<PhaseView>,
    /// How it ends.
    pub release: WordsView,
    /// Why.
    pub because: Vec<EvidenceView>,
}

/// A phase in time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhaseView {
    /// Where it is spent.
    #[schema(value_type = String)]
    pub place: PhasePlace,
    /// From when.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// How it is shown.
    #[schema(value_type = String)]
    pub colour: PhaseColour,
    /// Test days.
    #[schema(value_type = Vec<String>)]
    pub test_dates: Vec<Date>,
}

/// A case that someone was exposed to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExposedTo {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// Whose, masked.
    pub masked_name: String,
    /// Who.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// In which ring.
    pub ring: u8,
}

impl PersonView {
    /// A person as they stand.
    pub fn of(situation: &Situation, geography: &Geography, scope: &Scope, person: PersonId, at: Timestamp) -> Self {
        let world = situation.world();
        let canonical = world.aliases.of(person);
        let known = situation.derived().people.get(&canonical).cloned().unwrap_or_default();
        let in_force: Vec<&Requirement> = known.in_force(at).collect();
        let exposures = situation.derived().cases_exposing(canonical).filter_map(|id| {
            let case = situation.derived().case(id)?;
            let exposure = situation.derived().rings.get(&id)?.exposure_of(canonical)?;
            // Whose contact someone is is shown only to who answers for the case as well.
            super::sees_person(situation, scope, case.person).then(|| ExposedTo {
                case: id,
                masked_name: String::new(),
                person: case.person,
                ring: if exposure.ring == contacts::Ring::First { 1 } else { 2 },
            })
        });
        Self {
            person: canonical,
            aliases: world.aliases.all(canonical).into_iter().filter(|&id| id != canonical).collect(),
            masked_name: String::new(),
            jurisdiction: situation.residence(canonical),
            status: StatusView {
                colour: known.colour(at),
                provisional: !in_force.is_empty() && in_force.iter().all(|requirement| requirement.provisional),
                from: in_force.iter().map(|requirement| requirement.from).min(),
                until: in_force.iter().map(|requirement| requirement.until).max(),
                requirements: in_force.iter().filter_map(|requirement| view(situation, requirement)).collect(),
            },
            duties: known.duties.iter().map(|duty| DutyRow::of(situation, geography, duty, at)).collect(),
            facts: world
                .ledger
                .about(&world.aliases.all(canonical))
                .into_iter()
                .map(TimelineRow::of)
                .map(|row| FactRow { id: row.fact, occurred: row.occurred, recorded: row.recorded, kind: row.kind })
                .collect(),
            exposures_of: exposures.collect(),
        }
    }
}

fn view(situation: &Situation, requirement: &Requirement) -> Option<RequirementView> {
    let plan = situation.plan(&requirement.disease)?;
    let derived = situation.derived();
    let case = derived.case(requirement.case);
    let exposure = derived.rings.get(&requirement.case).and_then(|rings| rings.exposure_of(requirement.person));
    let because = if let Some(letter) = requirement.by_letter {
        of_fact(situation, letter.fact).into_iter().collect()
    } else if requirement.ground == plan::GroundKind::Case {
        case?.grounds.iter().filter_map(|&fact| of_fact(situation, fact)).collect()
    } else {
        exposure.map(|exposure| of_exposure(situation, exposure)).unwrap_or_default()
    };
    // The rule that opens is the one that made someone a contact, or else what is required of a case.
    let rule = match exposure.filter(|_| requirement.ground != plan::GroundKind::Case) {
        Some(exposure) => RuleRef::contact(plan, exposure.rule),
        None => RuleRef::requirement(plan, requirement.ground),
    };
    Some(RequirementView {
        ground: ground_name(requirement.ground),
        case: requirement.case,
        plan: requirement.plan.clone(),
        rule,
        from: requirement.from,
        until: requirement.until,
        provisional_until: requirement.provisional.then_some(requirement.until),
        phases: requirement
            .phases
            .iter()
            .map(|phase| PhaseView {
                place: phase.place,
                from: phase.from,
                until: phase.until,
                colour: phase.colour,
                test_dates: phase.test_dates.clone(),
            })
            .collect(),
        release: plan.requirement(requirement.ground)?.release.clone().into(),
        because,
    })
}

impl Masked for PersonView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        put(self.person, &mut self.masked_name);
        self.duties.each_name(put);
        for requirement in &mut self.status.requirements {
            requirement.because.each_name(put);
        }
        for exposed in &mut self.exposures_of {
            put(exposed.person, &mut exposed.masked_name);
        }
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.duties.each_officer(put);
    }
}
