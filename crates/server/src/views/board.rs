//! Everything owed, of every kind, as rows of one board.

use std::collections::BTreeMap;

use command::{Command, PartsDone};
use duties::{About, Asked, Duty, DutyKind, Rung, Search, Standing, Subject, ladder};
use facts::{
    ActorId, Body, DutyFact, DutyId, FactId, Item, Jurisdiction, Level, OrderFact, Parties, PersonId, PostId, Scope,
    Step, TextId, Timestamp, UnitId,
};
use serde::Serialize;
use situation::Situation;
use utoipa::ToSchema;

use super::{Masked, WordsView};
use crate::geography::Geography;

/// An officer: who they are in facts, and the name of their account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficerView {
    /// Who.
    #[schema(value_type = String)]
    pub officer: ActorId,
    /// The name of the account; a dash when it is gone.
    pub name: Option<String>,
}

impl OfficerView {
    /// An officer whose name is filled in later.
    pub fn of(officer: ActorId) -> Self {
        Self { officer, name: None }
    }

    /// Fills in the name.
    pub fn each(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        put(self.officer, &mut self.name);
    }
}

/// The four responsible parties; who is absent has not been named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartiesView {
    /// The territory.
    #[schema(value_type = String)]
    pub territory: Jurisdiction,
    /// What it is called.
    pub territory_name: WordsView,
    /// The department, by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_name: Option<WordsView>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    /// The individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual: Option<OfficerView>,
}

impl PartiesView {
    /// The parties, with their names.
    pub fn of(seen: &Seen<'_>, parties: &Parties) -> Self {
        let unit = parties.unit.and_then(|unit| seen.situation.world().unit(unit));
        let department = parties.department.as_ref().map(|department| department.code());
        let template = seen.command.routine.template(parties.territory, seen.at);
        let named = template
            .zip(department)
            .and_then(|(template, code)| template.departments.iter().find(|department| department.code == code));
        Self {
            territory: parties.territory,
            territory_name: seen.geography.name(parties.territory).into(),
            department: department.map(str::to_owned),
            department_name: named.map(|department| department.name.clone().into()),
            unit: parties.unit,
            unit_name: unit.and_then(|unit| unit.name.clone()),
            individual: parties.individual.map(OfficerView::of),
        }
    }

    /// Fills in the name of the individual.
    pub fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.individual.iter_mut().for_each(|officer| officer.each(put));
    }
}

/// What rows are made from.
pub struct Seen<'a> {
    /// The situation.
    pub situation: &'a Situation,
    /// The command.
    pub command: &'a Command,
    /// What the routine owes.
    pub routine: &'a [Duty],
    /// What jurisdictions are called.
    pub geography: &'a Geography,
    /// The present.
    pub at: Timestamp,
    /// Whether they may see people.
    pub people: bool,
}

/// A duty where it is kept.
#[derive(Clone, Copy)]
pub enum Owed<'a> {
    /// A search, of the situation.
    Search(&'a Search),
    /// Any other.
    Other(&'a Duty),
}

impl Owed<'_> {
    /// The duty among duties of every kind.
    pub fn general(self) -> Duty {
        match self {
            Self::Search(search) => search.general(),
            Self::Other(duty) => duty.clone(),
        }
    }
}

impl<'a> Seen<'a> {
    /// Everything owed.
    pub fn all(&self) -> impl Iterator<Item = Owed<'a>> {
        let searches = self.situation.derived().people.values().flat_map(|person| &person.duties).map(Owed::Search);
        searches.chain(self.command.board().all().map(Owed::Other)).chain(self.routine.iter().map(Owed::Other))
    }

    /// A duty by its name.
    pub fn get(&self, id: DutyId) -> Option<Owed<'a>> {
        let derived = self.situation.derived();
        let known = derived.duty_about(id).and_then(|person| derived.people.get(&person));
        let search = known.and_then(|known| known.duties.iter().find(|duty| duty.id == id)).map(Owed::Search);
        let other = || self.command.board().get(id).or_else(|| self.routine.iter().find(|duty| duty.id == id));
        search.or_else(|| other().map(Owed::Other))
    }

    /// The legs of a duty.
    pub fn legs(&self, id: DutyId) -> Vec<Duty> {
        let legs = self.command.board().legs(id);
        if !legs.is_empty() {
            return legs.to_vec();
        }
        match self.get(id) {
            Some(Owed::Search(search)) => {
                let known = self.situation.derived().people.get(&search.about.person);
                let same = |duty: &&Search| duty.about.disease == search.about.disease && duty.lapses == search.lapses;
                known.into_iter().flat_map(|known| known.duties.iter().filter(same)).map(Search::general).collect()
            }
            Some(Owed::Other(duty)) => vec![duty.clone()],
            None => Vec::new(),
        }
    }
}

/// What a board is told apart by, of any duty.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its name.
    pub id: DutyId,
    /// What is owed.
    pub kind: DutyKind,
    /// Who owes it.
    pub owner: &'a Parties,
    /// To whom.
    pub owed_to: Option<Jurisdiction>,
    /// The order that it carries out.
    pub order: Option<FactId>,
    /// The duty that it is a part of.
    pub part_of: Option<DutyId>,
    /// When it was received.
    pub received: Timestamp,
    /// By when it is due.
    pub deadline: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// Whether it is owed and past its deadline.
    pub is_overdue: bool,
    /// Whether it was opened again.
    pub is_reopened: bool,
    /// Whether it has gone up a level.
    pub is_escalated: bool,
    /// Whose answer it waits for.
    pub waits_for: Option<Jurisdiction>,
}

fn head<A: Subject>(duty: &Duty<A>, at: Timestamp) -> Head<'_> {
    let (deadline, is_open) = (duty.deadline(), duty.is_open(at));
    let is_overdue = is_open && at > deadline;
    let every = duty.ladder.escalate_every_minutes;
    Head {
        id: duty.id,
        kind: duty.kind(),
        owner: &duty.owner,
        owed_to: duty.owed_to,
        order: duty.order,
        part_of: duty.part_of,
        received: duty.received,
        deadline,
        standing: duty.standing(at),
        is_overdue,
        is_reopened: !duty.reopened.is_empty(),
        is_escalated: is_overdue && every.is_some_and(|minutes| duties::later(deadline, minutes) <= at),
        waits_for: duty.waiting().map(|asked| asked.to),
    }
}

impl<'a> Owed<'a> {
    /// What a board is told apart by.
    pub fn head(self, at: Timestamp) -> Head<'a> {
        match self {
            Self::Search(search) => head(search, at),
            Self::Other(duty) => head(duty, at),
        }
    }
}

impl Head<'_> {
    /// Whether it is owed now.
    pub fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open | Standing::Paused)
    }

    /// Whether it is theirs to see: owed within their jurisdiction, given to them, or put to them as a question.
    pub fn is_seen_by(&self, scope: &Scope) -> bool {
        scope.covers(self.owner.territory)
            || self.owner.individual == Some(scope.actor)
            || self.waits_for.is_some_and(|to| scope.covers(to))
    }
}

/// What a duty is about; only what its kind has.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AboutView {
    /// Someone to be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub person: Option<PersonId>,
    /// Their masked name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_name: Option<String>,
    /// Because of which disease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disease: Option<String>,
    /// The fact that it follows from: an order, a finding, a request, a note.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub fact: Option<FactId>,
    /// The duty to be verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub duty: Option<DutyId>,
    /// The case to be reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The report, resource or letter, by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The post.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub post: Option<PostId>,
    /// When the period or the shift begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub start: Option<Timestamp>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub end: Option<Timestamp>,
    /// The how-manieth time, from 0, of what recurs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<u32>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<WordsView>,
}

impl AboutView {
    fn of(seen: &Seen<'_>, duty: &Duty) -> Self {
        let none = Self::default();
        let fact = |fact: FactId| Self { fact: Some(fact), ..Self::default() };
        match &duty.about {
            About::Sought(sought) if seen.people => Self {
                person: Some(sought.person),
                masked_name: Some(String::new()),
                disease: Some(sought.disease.0.clone()),
                ..none
            },
            About::Sought(sought) => Self { disease: Some(sought.disease.0.clone()), ..none },
            About::Task { given, occurrence, .. } => Self { occurrence: Some(*occurrence), ..fact(*given) },
            About::Order { order: of }
            | About::Finding { finding: of }
            | About::Recheck { finding: of }
            | About::Accountability { case: of }
            | About::Note { note: of }
            | About::Aid { request: of }
            | About::Alarm { alarm: of } => fact(*of),
            About::Verification { sample, duty } => Self { duty: Some(*duty), ..fact(*sample) },
            About::Report { report, period } => {
                let template = seen.command.routine.template(duty.owner.territory, seen.at);
                let kind = template.and_then(|template| template.report(report));
                Self {
                    code: Some(report.clone()),
                    start: Some(period.start()),
                    end: Some(period.end()),
                    title: kind.map(|kind| kind.name.clone().into()),
                    ..none
                }
            }
            About::CaseReport { case, report } => {
                Self { case: Some(case.to_string()), code: Some(report.code().to_owned()), ..none }
            }
            About::Shift { post, span } => {
                let named = seen.command.routine.posts.post(*post);
                Self {
                    post: Some(*post),
                    start: Some(span.start()),
                    end: Some(span.end()),
                    title: named.map(|post| post.kind.name.clone().into()),
                    ..none
                }
            }
            About::Shortfall { resource } => {
                let template = seen.command.routine.template(duty.owner.territory, seen.at);
                let named = template.and_then(|template| template.resource(resource));
                let title = named.map(|resource| resource.name.clone().into());
                Self { code: Some(resource.clone()), title, ..none }
            }
            About::Letter { letter } => Self { code: Some(letter.to_string()), ..none },
            About::LevelReview => none,
        }
    }
}

/// When each step was recorded.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct BoardSteps {
    /// It was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub acknowledgement: Option<Timestamp>,
    /// Work began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub start: Option<Timestamp>,
    /// Something shows the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub evidence: Option<Timestamp>,
    /// It was said to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub completion: Option<Timestamp>,
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

impl BoardSteps {
    fn of(duty: &Duty) -> Self {
        let step = |step: Step| match &duty.about {
            About::Sought(sought) => sought.steps.get(&step).map(|done| done.recorded),
            _ => None,
        };
        Self {
            acknowledgement: duty.acknowledged.map(|done| done.recorded),
            start: duty.started.map(|done| done.recorded),
            evidence: duty.evidence.last().map(|done| done.recorded),
            completion: duty.completed.map(|done| done.recorded),
            identity: step(Step::Identity),
            location: step(Step::Location),
            control: step(Step::Control),
        }
    }
}

/// How far the parts of a duty are.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct PartsView {
    /// How many there are.
    pub total: usize,
    /// Those that nobody owes any more.
    pub closed: usize,
    /// Those that are owed and late.
    pub overdue: usize,
}

impl From<PartsDone> for PartsView {
    fn from(parts: PartsDone) -> Self {
        Self { total: parts.of, closed: parts.closed, overdue: parts.overdue }
    }
}

/// A cohort in numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CohortView {
    /// Whom it covers.
    pub members: u64,
    /// Those that were not as they had to be.
    pub exceptions: usize,
    /// Those of them that are.
    pub resolved: usize,
}

/// How often something is owed again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecursView {
    /// `day` or `week`.
    pub every: &'static str,
    /// The how-manieth time this is, from 1.
    pub number: u32,
    /// Nothing opens from then on.
    #[schema(value_type = String)]
    pub until: Timestamp,
}

/// A rung of a ladder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RungView {
    /// `reminder`, `acknowledgement`, `due`, `escalation` or `lapse`.
    pub rung: &'static str,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Who hears of it.
    #[schema(value_type = String)]
    pub to: Jurisdiction,
    /// What they are called.
    pub to_name: WordsView,
    /// Whether it has come.
    pub passed: bool,
}

/// A question that waits for an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AskedView {
    /// `hand-over` or `refusal`.
    pub act: &'static str,
    /// The question.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// Who is asked.
    #[schema(value_type = String)]
    pub to: Jurisdiction,
    /// What they are called.
    pub to_name: WordsView,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<facts::Reason>,
}

/// A duty of any kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardRow {
    /// Its name.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// What is owed.
    pub kind: &'static str,
    /// What it is about.
    pub about: AboutView,
    /// Who owes it.
    pub parties: PartiesView,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub owed_to: Option<Jurisdiction>,
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed_to_name: Option<WordsView>,
    /// The first clock.
    #[schema(value_type = String)]
    pub opened: Timestamp,
    /// The second clock.
    #[schema(value_type = String)]
    pub received: Timestamp,
    /// By when, pauses counted in.
    #[schema(value_type = String)]
    pub due: Timestamp,
    /// When it ends of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub lapses: Option<Timestamp>,
    /// `open`, `paused`, `closed` or `ended`.
    pub state: &'static str,
    /// Whether it is owed and past its deadline.
    pub overdue: bool,
    /// When the clock stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub closed: Option<Timestamp>,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<&'static str>,
    /// What has been done.
    pub steps: BoardSteps,
    /// Whether it is done only with something that shows it.
    pub evidence_required: bool,
    /// What, in words, kept as an erasable text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<TextId>,
    /// The order that it carries out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub order: Option<FactId>,
    /// The duty that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub part_of: Option<DutyId>,
    /// How far its parts are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<PartsView>,
    /// Whom it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohort: Option<CohortView>,
    /// How often it is owed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurs: Option<RecursView>,
    /// How far up it has gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub escalated_to: Option<Jurisdiction>,
    /// What comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<RungView>,
    /// A question that waits for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<AskedView>,
    /// Whether it was handed, or was to be handed, in a circle.
    pub circle: bool,
    /// How often it was handed on before.
    pub hand_overs: usize,
    /// How often it was opened again.
    pub reopened: usize,
    /// For how long its clock stood still, in minutes.
    pub paused_minutes: i64,
}

/// The name of a standing, as the interface has it.
pub const fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Paused => "paused",
        Standing::Closed => "closed",
        Standing::Ended => "ended",
    }
}

impl RungView {
    /// A rung.
    pub fn of(geography: &Geography, rung: &duties::RungAt, at: Timestamp) -> Self {
        let to_name = geography.name(rung.to).into();
        Self { rung: rung.rung.name(), at: rung.at, to: rung.to, to_name, passed: rung.at <= at }
    }
}

impl BoardRow {
    /// The row of a duty as it stands.
    pub fn of(seen: &Seen<'_>, owed: Owed<'_>) -> Self {
        let duty = &owed.general();
        let (at, geography) = (seen.at, seen.geography);
        let rungs = ladder(duty);
        let escalated = rungs.iter().rev().find(|rung| matches!(rung.rung, Rung::Escalation(_)) && rung.at <= at);
        let is_open = duty.is_open(at);
        let next = rungs.iter().find(|rung| rung.at > at).filter(|_| is_open);
        let asked = |act, asked: &Asked| AskedView {
            act,
            fact: asked.fact,
            to: asked.to,
            to_name: geography.name(asked.to).into(),
            reason: asked.reason,
        };
        let waiting = |of: &Option<Asked>| of.filter(|asked| asked.answer.is_none() && is_open);
        let hand_over = waiting(&duty.hand_over).map(|it| asked("hand-over", &it));
        let parts = PartsDone::of(seen.command.board().parts(duty.id), at);
        let standing = duty.standing(at);
        let ended = standing == Standing::Ended;
        Self {
            id: duty.id,
            kind: duty.kind().name(),
            about: AboutView::of(seen, duty),
            parties: PartiesView::of(seen, &duty.owner),
            owed_to: duty.owed_to,
            owed_to_name: duty.owed_to.map(|to| geography.name(to).into()),
            opened: duty.opened,
            received: duty.received,
            due: duty.deadline(),
            lapses: (duty.lapses < Timestamp::MAX).then_some(duty.lapses),
            state: standing_name(standing),
            overdue: is_open && duty.is_overdue(at),
            closed: duty.closed.map(|closed| closed.at).or(ended.then_some(duty.lapses)),
            closed_by: duty.closed.map(|closed| closed.by.name()).or(ended.then_some("ended")),
            steps: BoardSteps::of(duty),
            evidence_required: duty.evidence_required,
            text: duty.text.map(|text| text.text),
            order: duty.order,
            part_of: duty.part_of,
            parts: (parts.of > 0).then(|| parts.into()),
            cohort: duty.cohort.as_ref().map(|cohort| CohortView {
                members: cohort.members,
                exceptions: cohort.exceptions.len(),
                resolved: cohort.exceptions.len() - cohort.open(),
            }),
            recurs: recurs(seen, duty),
            escalated_to: escalated.filter(|_| is_open).map(|rung| rung.to),
            next: next.map(|rung| RungView::of(geography, rung, at)),
            asked: hand_over.or_else(|| waiting(&duty.refusal).map(|it| asked("refusal", &it))),
            circle: duty.circle,
            hand_overs: duty.held_before.len(),
            reopened: duty.reopened.len(),
            paused_minutes: duty.paused(at).as_mins(),
        }
    }
}

fn recurs(seen: &Seen<'_>, duty: &Duty) -> Option<RecursView> {
    let About::Task { given, occurrence, .. } = &duty.about else { return None };
    let fact = seen.situation.world().ledger.get(*given)?;
    let Body::Duty(DutyFact::Given { recurs: Some(recurs), .. }) = fact.body() else { return None };
    let every = match recurs.every {
        facts::Every::Day => "day",
        facts::Every::Week => "week",
    };
    Some(RecursView { every, number: occurrence + 1, until: recurs.until })
}

impl Masked for BoardRow {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        if let (Some(person), Some(name)) = (self.about.person, self.about.masked_name.as_mut()) {
            put(person, name);
        }
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.parties.each_officer(put);
    }
}

/// Duties counted by where they stand.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct BoardCounts {
    /// Owed.
    pub open: usize,
    /// Owed and late.
    pub overdue: usize,
    /// Owed, with a clock that stands still.
    pub paused: usize,
    /// Closed.
    pub closed: usize,
    /// Ended of themselves.
    pub ended: usize,
    /// Opened again.
    pub reopened: usize,
    /// Owed, late, and gone up a level.
    pub escalated: usize,
}

impl BoardCounts {
    /// Counts one more duty.
    pub fn add(&mut self, head: &Head<'_>) {
        self.open += usize::from(head.is_open());
        self.overdue += usize::from(head.is_overdue);
        self.paused += usize::from(head.standing == Standing::Paused);
        self.closed += usize::from(head.standing == Standing::Closed);
        self.ended += usize::from(head.standing == Standing::Ended);
        self.reopened += usize::from(head.is_reopened);
        self.escalated += usize::from(head.is_escalated);
    }
}

/// How many have a department, an officer or a jurisdiction.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Facet {
    /// Its code; absent for those that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<WordsView>,
    /// How many.
    pub n: usize,
}

/// How many have been given to an officer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OfficerFacet {
    /// The name of the account; absent for those that were given to nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many.
    pub n: usize,
    #[serde(skip)]
    pub(crate) officer: Option<ActorId>,
}

/// What the filters leave, told apart.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct BoardFacets {
    /// By kind.
    pub kind: BTreeMap<&'static str, usize>,
    /// By where they stand.
    pub state: BTreeMap<&'static str, usize>,
    /// By level.
    pub level: BTreeMap<&'static str, usize>,
    /// By department.
    pub department: Vec<Facet>,
    /// By jurisdiction, one level below the one asked.
    pub jurisdiction: Vec<Facet>,
    /// By officer.
    pub assigned: Vec<OfficerFacet>,
}

/// The name of a level, as the interface has it.
pub const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Nation => "nation",
        Level::Province => "province",
        Level::City => "city",
        Level::County => "county",
        Level::Township => "township",
        Level::Community => "community",
    }
}

/// The level of that name.
pub fn level_named(name: &str) -> Option<Level> {
    use Level::*;
    [Nation, Province, City, County, Township, Community].into_iter().find(|level| level_name(*level) == name)
}

/// A page of the board.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardView {
    /// When this is.
    #[schema(value_type = String)]
    pub as_of: Timestamp,
    /// How many fit.
    pub total: usize,
    /// Where all that are theirs stand.
    pub counts: BoardCounts,
    /// What the filters leave.
    pub facets: BoardFacets,
    /// One page.
    pub rows: Vec<BoardRow>,
}

impl Masked for BoardView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.rows.each_name(put);
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.rows.each_officer(put);
        for facet in &mut self.facets.assigned {
            if let Some(officer) = facet.officer {
                put(officer, &mut facet.name);
            }
        }
    }
}

/// Something that was done about a duty.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryRow {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When the server recorded it.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// What.
    pub act: &'static str,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<facts::Reason>,
    /// In words or a picture, kept as an erasable text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<TextId>,
    /// To whom it was handed or given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// One owner's part of a duty.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LegView {
    /// Its name.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// Whose.
    #[schema(value_type = String)]
    pub territory: Jurisdiction,
    /// What they are called.
    pub territory_name: WordsView,
    /// When they received it.
    #[schema(value_type = String)]
    pub received: Timestamp,
    /// When their clock stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub closed: Option<Timestamp>,
    /// What stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<&'static str>,
}

/// A member of a cohort that was not as it had to be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExceptionView {
    /// Who or what: an id, or a division code.
    pub item: String,
    /// Since when.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// Since when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub resolved: Option<Timestamp>,
    /// In words, kept as an erasable text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<TextId>,
}

/// A time during which a clock stood still.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PauseView {
    /// From when.
    #[schema(value_type = String)]
    pub from: Timestamp,
    /// Until when at the latest.
    #[schema(value_type = String)]
    pub until: Timestamp,
    /// When it ran again before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ended: Option<Timestamp>,
    /// Why.
    #[schema(value_type = String)]
    pub reason: facts::Reason,
}

/// A duty, opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardDetail {
    /// The row.
    #[serde(flatten)]
    pub row: BoardRow,
    /// Its ladder.
    pub ladder: Vec<RungView>,
    /// What was done about it.
    pub history: Vec<HistoryRow>,
    /// Its parts.
    pub parts_rows: Vec<BoardRow>,
    /// Its owners, in order.
    pub legs: Vec<LegView>,
    /// Members of its cohort that were not as they had to be.
    pub exceptions: Vec<ExceptionView>,
    /// Because of which facts.
    #[schema(value_type = Vec<String>)]
    pub because: Vec<FactId>,
    /// When its clock stood still.
    pub pauses: Vec<PauseView>,
}

impl BoardDetail {
    /// Everything about a duty.
    pub fn of(seen: &Seen<'_>, owed: Owed<'_>) -> Self {
        let duty = &owed.general();
        let board = seen.command.board();
        let item = |item: &Item| match item {
            Item::Person(person) => person.to_string(),
            Item::Unit(unit) => unit.to_string(),
            Item::Post(post) => post.to_string(),
            Item::Jurisdiction(jurisdiction) => jurisdiction.to_string(),
        };
        let cohort = duty.cohort.iter().flat_map(|cohort| &cohort.exceptions);
        Self {
            row: BoardRow::of(seen, owed),
            ladder: ladder(duty).iter().map(|rung| RungView::of(seen.geography, rung, seen.at)).collect(),
            history: board.history(duty.id).iter().filter_map(|entry| history_row(seen, entry.fact)).collect(),
            parts_rows: board.parts(duty.id).map(|part| BoardRow::of(seen, Owed::Other(part))).collect(),
            legs: seen.legs(duty.id).iter().map(|leg| LegView::of(seen, leg)).collect(),
            exceptions: cohort
                .map(|(which, exception)| ExceptionView {
                    item: item(which),
                    since: exception.since.recorded,
                    resolved: exception.resolved.map(|done| done.recorded),
                    text: exception.words.map(|words| words.text),
                })
                .collect(),
            because: duty.because.clone(),
            pauses: duty
                .pauses
                .iter()
                .map(|pause| PauseView {
                    from: pause.from,
                    until: pause.until,
                    ended: pause.resumed,
                    reason: pause.reason,
                })
                .collect(),
        }
    }
}

impl LegView {
    fn of(seen: &Seen<'_>, leg: &Duty) -> Self {
        Self {
            id: leg.id,
            territory: leg.owner.territory,
            territory_name: seen.geography.name(leg.owner.territory).into(),
            received: leg.received,
            closed: leg.closed.map(|closed| closed.at),
            closed_by: leg.closed.map(|closed| closed.by.name()),
        }
    }
}

fn history_row(seen: &Seen<'_>, id: FactId) -> Option<HistoryRow> {
    let fact = seen.situation.world().ledger.get(id)?;
    let (act, reason, text, to) = match fact.body() {
        Body::Duty(DutyFact::Acted { act, .. }) => {
            let to = match act {
                facts::Act::HandOver { to, .. } => Some(to.to_string()),
                _ => None,
            };
            (act.name(), act.reason(), act.words(), to)
        }
        Body::Order(OrderFact::SpotCheck { text, photo, .. }) => ("spot-check", None, photo.or(*text), None),
        Body::Order(OrderFact::Withdrawn { reason, words, .. }) => ("withdraw", Some(*reason), *words, None),
        Body::Inspection(facts::InspectionFact::Rechecked { text, photo, .. }) => {
            ("recheck", None, photo.or(*text), None)
        }
        Body::Inspection(facts::InspectionFact::Verified { text, photo, .. }) => {
            ("verify", None, photo.or(*text), None)
        }
        _ => return None,
    };
    Some(HistoryRow {
        fact: id,
        at: fact.recorded,
        by: OfficerView::of(fact.draft.source.actor),
        act,
        reason,
        text: text.map(|text| text.text),
        to,
    })
}

impl Masked for BoardDetail {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.row.each_name(put);
        self.parts_rows.each_name(put);
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.row.each_officer(put);
        self.parts_rows.each_officer(put);
        self.history.iter_mut().for_each(|row| row.by.each(put));
    }
}
