//! Duties as rows of a board, with both clocks.

use duties::{ClosedBy, Search, State};
use facts::{ActorId, DutyId, FactId, Jurisdiction, NotFound, PersonId, Step, Timestamp};
use serde::Serialize;
use situation::Situation;
use utoipa::ToSchema;
use visits::Window;

use super::evidence::{EvidenceView, RuleRef, ground_name, of_exposure, of_fact};
use super::{Masked, WordsView};
use crate::geography::Geography;

/// A duty to locate and control someone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DutyRow {
    /// Its name.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// What is owed.
    pub kind: &'static str,
    /// About whom.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// Because of which disease.
    pub disease: String,
    /// Whose duty it is.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// The responsible parties.
    pub owner: OwnerView,
    /// When it opened.
    #[schema(value_type = String)]
    pub opened: Timestamp,
    /// When this owner received it: the second clock.
    #[schema(value_type = String)]
    pub received: Timestamp,
    /// By when they must be controlled.
    #[schema(value_type = String)]
    pub due: Timestamp,
    /// When the positive was recorded: the first clock.
    #[schema(value_type = String)]
    pub positive_recorded: Timestamp,
    /// When the clock stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub closed: Option<Timestamp>,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<&'static str>,
    /// What has been done.
    pub steps: StepsView,
    /// Where they were seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_place: Option<LastPlace>,
    /// Why.
    pub because: Vec<EvidenceView>,
    /// By which rule: the deadlines of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleRef>,
    /// On which ground.
    pub reason: &'static str,
    /// A hand-over that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOverView>,
    /// The last attempt that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<&'static str>,
    /// The officer it was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    #[serde(skip)]
    officer: Option<ActorId>,
}

/// The responsible parties of a duty.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnerView {
    /// The territory.
    pub territory: WordsView,
}

/// When each step was recorded.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct StepsView {
    /// It is them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub identity: Option<Timestamp>,
    /// They are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub location: Option<Timestamp>,
    /// They are under care.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub control: Option<Timestamp>,
}

/// Where someone was seen last.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastPlace {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// When they were there.
    #[schema(value_type = String)]
    pub at: Timestamp,
}

/// A hand-over and its answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandOverView {
    /// Who is asked.
    #[schema(value_type = String)]
    pub to: Jurisdiction,
    /// What they said.
    pub state: &'static str,
}

/// Duties, counted and listed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Duties {
    /// How many fit.
    pub total: usize,
    /// How many there are in each state.
    pub counts: Counts,
    /// One page of them.
    pub rows: Vec<DutyRow>,
}

/// Duties by state.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct Counts {
    /// Nobody has found them.
    pub to_find: usize,
    /// Found and not under control.
    pub located: usize,
    /// Under control.
    pub controlled: usize,
    /// Closed in another way, or ended of themselves.
    pub closed: usize,
    /// Past their deadline and still open.
    pub overdue: usize,
}

impl Counts {
    /// Counts one more duty.
    pub fn add(&mut self, duty: &Search, at: Timestamp) {
        match (duty.state(at), duty.closed.map(|closed| closed.by)) {
            (State::ToFind, _) => self.to_find += 1,
            (State::Located, _) => self.located += 1,
            (_, Some(ClosedBy::Controlled)) => self.controlled += 1,
            _ => self.closed += 1,
        }
        self.overdue += usize::from(duty.is_open(at) && duty.is_overdue(at));
    }
}

impl DutyRow {
    /// The row of a duty as it stands.
    pub fn of(situation: &Situation, geography: &Geography, duty: &Search, at: Timestamp) -> Self {
        let done = |step: Step| duty.about.steps.get(&step).map(|done| done.recorded);
        let ended = duty.state(at) == State::Ended;
        Self {
            id: duty.id,
            kind: "locate-and-control",
            person: duty.about.person,
            masked_name: String::new(),
            disease: duty.about.disease.0.clone(),
            jurisdiction: duty.owner.territory,
            owner: OwnerView { territory: geography.name(duty.owner.territory).into() },
            opened: duty.received,
            received: duty.received,
            due: duty.due,
            positive_recorded: duty.opened,
            closed: duty.closed.map(|closed| closed.at).or(ended.then_some(duty.lapses)),
            closed_by: duty.closed.map(|closed| closed.by.name()).or(ended.then_some("ended")),
            steps: StepsView {
                identity: done(Step::Identity),
                location: done(Step::Location),
                control: done(Step::Control),
            },
            last_place: last_place(situation, duty.about.person, at),
            because: because(situation, duty),
            rule: situation.plan(&duty.about.disease).map(|plan| RuleRef::deadlines(plan.as_ref())),
            reason: ground_name(duty.about.ground),
            hand_over: duty.hand_over.map(|asked| HandOverView {
                to: asked.to,
                state: match asked.answer {
                    None => "waiting",
                    Some(true) => "accepted",
                    Some(false) => "refused",
                },
            }),
            last_outcome: duty.about.last_outcome.map(|outcome| match outcome {
                NotFound::Unreachable => "unreachable",
                NotFound::WrongIdentity => "wrong-identity",
                NotFound::MovedOn => "moved-on",
            }),
            assigned_to: None,
            officer: duty.owner.individual,
        }
    }
}

fn because(situation: &Situation, duty: &Search) -> Vec<EvidenceView> {
    let derived = situation.derived();
    duty.about
        .cases
        .iter()
        .flat_map(|&case| {
            let own = derived.case(case).filter(|case| case.person == duty.about.person);
            let grounds = own.iter().flat_map(|case| &case.grounds).filter_map(|&fact| of_fact(situation, fact));
            let exposure = derived.rings.get(&case).and_then(|rings| rings.exposure_of(duty.about.person));
            let exposed = exposure.into_iter().flat_map(|exposure| of_exposure(situation, exposure)).take(3);
            // Where a letter asks, there is no case of ours, and its fact stands for one.
            let letter = derived.case(case).is_none().then(|| of_fact(situation, FactId::new(case.number())));
            grounds.chain(exposed).chain(letter.flatten()).collect::<Vec<_>>()
        })
        .take(6)
        .collect()
}

/// How far back the last place is looked for, in seconds: as long as visits matter to any tracing here.
const LOOK_BACK_SECONDS: i64 = 14 * 86_400;

fn last_place(situation: &Situation, person: PersonId, at: Timestamp) -> Option<LastPlace> {
    let now = at.as_second();
    let window = Window { from: now - LOOK_BACK_SECONDS, until: now + 1 };
    let world = situation.world();
    let stay = world.stays_of(person, window).into_iter().max_by_key(|stay| stay.window.from)?;
    let unit = world.unit(stay.unit)?;
    Some(LastPlace {
        name: unit.name.clone(),
        jurisdiction: unit.jurisdiction,
        at: Timestamp::from_second(stay.window.from).ok()?,
    })
}

impl Masked for DutyRow {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        put(self.person, &mut self.masked_name);
        self.because.each_name(put);
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.officer.into_iter().for_each(|officer| put(officer, &mut self.assigned_to));
    }
}

impl Masked for Duties {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.rows.each_name(put);
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.rows.each_officer(put);
    }
}
