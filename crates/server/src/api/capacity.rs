//! Capability (能力) over HTTP: statements, demand, hours to saturation, shortfalls, and aid between jurisdictions.

use axum::Json;
use axum::extract::{Path, Query, State};
use command::capacity::{Aid, AidState, Saturation};
use command::routine::Routine;
use command::templates::{Resource, ResourceGroup, Template};
use duties::About;
use facts::{Body, CapacityFact, DutyId, FactId, Jurisdiction, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::headquarters::{drafted, kept, was_made};
use super::recording::plausible;
use super::situation::Within;
use crate::accounts::Action;
use crate::geography::Geography;
use crate::measuring::Measured;
use crate::officers::Officers;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::WordsView;
use crate::views::board::OfficerView;

/// A resource that capacity is stated of.
#[derive(Serialize, ToSchema)]
pub struct ResourceView {
    code: String,
    name: WordsView,
    #[schema(value_type = String)]
    group: ResourceGroup,
    unit: WordsView,
    /// `held`: demand occupies it and gives it back; `used-up`: a day's demand is gone.
    kind: &'static str,
}

impl From<&Resource> for ResourceView {
    fn from(resource: &Resource) -> Self {
        Self {
            code: resource.code.clone(),
            name: resource.name.clone().into(),
            group: resource.group,
            unit: resource.unit.clone().into(),
            kind: if resource.used_up { "used-up" } else { "held" },
        }
    }
}

/// What capacity is stated of.
#[utoipa::path(get, path = "/capacity/resources", responses((status = 200, body = Vec<ResourceView>)))]
pub async fn resources(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<ResourceView>>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let commanding = app.deployment.commanding();
    let template = commanding.command.routine.template(scope.jurisdiction, app.deployment.now());
    let resources = template.into_iter().flat_map(|template| &template.resources);
    Ok(Json(resources.map(ResourceView::from).collect()))
}

/// Of how many a sum is made.
#[derive(Serialize, ToSchema)]
pub struct StatedBy {
    reported: usize,
    of: usize,
    /// Without a fresh statement: no zero.
    #[schema(value_type = Vec<String>)]
    missing: Vec<Jurisdiction>,
}

/// For how long a resource lasts.
#[derive(Serialize, ToSchema)]
pub struct SaturationView {
    /// `over`, `in-hours`, `not-at-this-rate` or `unknown`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short: Option<f64>,
    /// What is missing for an answer: `available` or `demand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    lacking: Option<&'static str>,
}

impl From<Saturation> for SaturationView {
    fn from(saturation: Saturation) -> Self {
        let view = |state| Self { state, hours: None, short: None, lacking: None };
        match saturation {
            Saturation::Over(short) => Self { short: Some(short), ..view("over") },
            Saturation::InHours(hours) => Self { hours: Some(hours), ..view("in-hours") },
            Saturation::NotAtThisRate => view("not-at-this-rate"),
            Saturation::UnknownAvailable => Self { lacking: Some("available"), ..view("unknown") },
            Saturation::UnknownDemand => Self { lacking: Some("demand"), ..view("unknown") },
        }
    }
}

/// A resource in a jurisdiction.
#[derive(Serialize, ToSchema)]
pub struct CapacityRow {
    #[serde(flatten)]
    resource: ResourceView,
    /// The sum of what was stated and is fresh; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_use: Option<u64>,
    stated_by: StatedBy,
    /// When the oldest of those counted was true.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    oldest: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turnaround_hours: Option<u32>,
    /// What is asked of it, in its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    demand: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_per_hour: Option<f64>,
    saturation: SaturationView,
    /// Whether something is to be done about it.
    shortfall: bool,
    /// Help that is offered and not there yet.
    aid_coming: u64,
    #[schema(value_type = Vec<String>)]
    because: Vec<FactId>,
}

impl CapacityRow {
    fn of(
        routine: &Routine,
        template: &Template,
        measured: &Measured,
        place: Jurisdiction,
        resource: &Resource,
        at: Timestamp,
    ) -> Self {
        let (available, demand, saturation) = routine.resource(place, template, resource, &measured.known, at);
        Self {
            resource: resource.into(),
            available: available.sum,
            in_use: available.in_use,
            stated_by: StatedBy { reported: available.reported, of: available.of, missing: available.missing },
            oldest: available.oldest,
            turnaround_hours: available.turnaround_hours,
            demand: demand.map(|demand| demand.amount),
            change_per_hour: demand.map(|demand| demand.change_per_hour),
            shortfall: saturation.is_shortfall(&template.capacity),
            saturation: saturation.into(),
            aid_coming: routine.capacity.coming(place, &resource.code),
            because: available.because,
        }
    }
}

/// The resource of a jurisdiction that is exhausted first.
#[derive(Serialize, ToSchema)]
pub struct WorstView {
    resource: String,
    saturation: SaturationView,
}

/// A jurisdiction one level down.
#[derive(Serialize, ToSchema)]
pub struct PlaceCapacity {
    #[schema(value_type = String)]
    code: Jurisdiction,
    name: WordsView,
    /// Whether everyone there stated everything lately.
    stated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<WorstView>,
}

/// What a jurisdiction has, what is asked of it, and for how long it lasts.
#[derive(Serialize, ToSchema)]
pub struct CapacityView {
    #[schema(value_type = String)]
    as_of: Timestamp,
    rows: Vec<CapacityRow>,
    by_jurisdiction: Vec<PlaceCapacity>,
}

/// How bad it is, the worst first.
fn order(saturation: Saturation) -> (u8, f64) {
    match saturation {
        Saturation::Over(short) => (0, -short),
        Saturation::InHours(hours) => (1, hours),
        Saturation::UnknownAvailable | Saturation::UnknownDemand => (2, 0.0),
        Saturation::NotAtThisRate => (3, 0.0),
    }
}

/// Capacity against demand.
#[utoipa::path(get, path = "/capacity", params(Within), responses((status = 200, body = CapacityView)))]
pub async fn capacity(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<CapacityView>, Refusal> {
    let place = within.of(&asking.may(Action::SeeCommand)?)?;
    let deployment = &app.deployment;
    let (geography, now) = (deployment.geography(), deployment.now());
    let situation = deployment.situation();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let measured = Measured::of(&situation, routine, now);
    let Some(template) = routine.template(place, now) else {
        return Ok(Json(CapacityView { as_of: now, rows: vec![], by_jurisdiction: vec![] }));
    };
    let row = |resource| CapacityRow::of(routine, template, &measured, place, resource, now);
    let below = routine.posts.below(place, now).map(|headquarters| {
        let code = headquarters.jurisdiction;
        let all: Vec<_> = template
            .resources
            .iter()
            .map(|resource| (resource, routine.resource(code, template, resource, &measured.known, now)))
            .collect();
        let worst = all.iter().min_by(|(_, one), (_, other)| {
            order(one.2).partial_cmp(&order(other.2)).unwrap_or(std::cmp::Ordering::Equal)
        });
        PlaceCapacity {
            code,
            name: geography.name(code).into(),
            stated: all.iter().all(|(_, (available, ..))| available.missing.is_empty()),
            worst: worst.map(|(resource, (.., saturation))| WorstView {
                resource: resource.code.clone(),
                saturation: (*saturation).into(),
            }),
        }
    });
    Ok(Json(CapacityView {
        as_of: now,
        by_jurisdiction: below.collect(),
        rows: template.resources.iter().map(row).collect(),
    }))
}

/// What a jurisdiction has.
#[derive(Deserialize, ToSchema)]
pub struct GivenCapacity {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    resource: String,
    available: u64,
    #[serde(default)]
    in_use: Option<u64>,
    #[serde(default)]
    reserve: Option<u64>,
    /// From receipt to result, for laboratories.
    #[serde(default)]
    turnaround_hours: Option<u32>,
    /// As of when; now unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
    key: String,
}

/// State what one has.
#[utoipa::path(post, path = "/capacity", responses((status = 200, body = CapacityRow)))]
pub async fn state(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<GivenCapacity>,
) -> Result<Json<CapacityRow>, Refusal> {
    if !asking.may(Action::StateCapacity)?.covers(given.jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    let now = deployment.now();
    given.at.map_or(Ok(()), |at| plausible("at", at, now))?;
    resource_of(&app, given.jurisdiction, &given.resource)?;
    let body = Body::Capacity(CapacityFact::Stated {
        jurisdiction: given.jurisdiction,
        resource: given.resource.clone(),
        available: given.available,
        in_use: given.in_use,
        reserve: given.reserve,
        turnaround_hours: given.turnaround_hours,
    });
    let mut draft =
        drafted(&app, &asking, &format!("capacity {} {}", given.jurisdiction, given.resource), &given.key, body);
    draft.occurred = given.at.unwrap_or(now);
    deployment.record(vec![draft]).await?;
    let situation = deployment.situation();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let measured = Measured::of(&situation, routine, now);
    let template = routine.template(given.jurisdiction, now).ok_or(Refusal::NotFound)?;
    let resource = template.resource(&given.resource).ok_or(Refusal::NotFound)?;
    Ok(Json(CapacityRow::of(routine, template, &measured, given.jurisdiction, resource, now)))
}

/// A resource that the template of a jurisdiction knows.
fn resource_of(app: &App, place: Jurisdiction, code: &str) -> Result<Resource, Refusal> {
    let commanding = app.deployment.commanding();
    let template = commanding.command.routine.template(place, app.deployment.now());
    let template = template.ok_or(Refusal::Conflict("this jurisdiction has no headquarters; set one up first"))?;
    let unknown = || Refusal::invalid("resource", "is no resource of the template; see GET /capacity/resources");
    template.resource(code).cloned().ok_or_else(unknown)
}

/// Which statements.
#[derive(Deserialize, IntoParams)]
pub struct StatementQuery {
    #[param(value_type = String)]
    jurisdiction: Jurisdiction,
    resource: String,
}

/// A statement.
#[derive(Serialize, ToSchema)]
pub struct StatementRow {
    #[schema(value_type = String)]
    fact: FactId,
    #[schema(value_type = String)]
    at: Timestamp,
    by: OfficerView,
    available: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_use: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserve: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turnaround_hours: Option<u32>,
}

/// What a jurisdiction itself stated, last first.
#[utoipa::path(get, path = "/capacity/statements", params(StatementQuery),
    responses((status = 200, body = Vec<StatementRow>)))]
pub async fn statements(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<StatementQuery>,
) -> Result<Json<Vec<StatementRow>>, Refusal> {
    if !asking.may(Action::SeeCommand)?.covers(query.jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let officers = Officers::of(&app.deployment).await?;
    let commanding = app.deployment.commanding();
    let statements = commanding.command.routine.capacity.statements(query.jurisdiction, &query.resource);
    let row = |statement: &command::capacity::Statement| StatementRow {
        fact: statement.fact,
        at: statement.as_of,
        by: officers.view(statement.by),
        available: statement.available,
        in_use: statement.in_use,
        reserve: statement.reserve,
        turnaround_hours: statement.turnaround_hours,
    };
    Ok(Json(statements.iter().rev().map(row).collect()))
}

/// Too little of something.
#[derive(Serialize, ToSchema)]
pub struct ShortfallRow {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    name: WordsView,
    resource: String,
    resource_name: WordsView,
    /// When the last number behind it was recorded.
    #[schema(value_type = String)]
    since: Timestamp,
    #[schema(value_type = String)]
    due: Timestamp,
    saturation: SaturationView,
    /// The duty to make up for it.
    #[schema(value_type = String)]
    duty: DutyId,
    /// A request for help that is on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    aid: Option<FactId>,
}

/// What there is too little of, and the duty to make up for it.
#[utoipa::path(get, path = "/capacity/shortfalls", params(Within), responses((status = 200, body = Vec<ShortfallRow>)))]
pub async fn shortfalls(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<Vec<ShortfallRow>>, Refusal> {
    let within = within.of(&asking.may(Action::SeeCommand)?)?;
    let deployment = &app.deployment;
    let (geography, now) = (deployment.geography(), deployment.now());
    let situation = deployment.situation();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let measured = Measured::of(&situation, routine, now);
    let owed = routine.duties(&measured.known, now, now);
    let mut rows = Vec::new();
    for duty in &owed {
        let About::Shortfall { resource } = &duty.about else { continue };
        let place = duty.owner.territory;
        let Some(template) = routine.template(place, now).filter(|_| within.contains(place)) else { continue };
        let Some(known) = template.resource(resource) else { continue };
        let (.., saturation) = routine.resource(place, template, known, &measured.known, now);
        let asked = routine.capacity.all_aid().filter(|aid| {
            aid.from == place
                && aid.resource == *resource
                && !matches!(aid.state(), AidState::Closed | AidState::Refused)
        });
        rows.push(ShortfallRow {
            jurisdiction: place,
            name: geography.name(place).into(),
            resource: resource.clone(),
            resource_name: known.name.clone().into(),
            since: duty.opened,
            due: duty.due,
            saturation: saturation.into(),
            duty: duty.id,
            aid: asked.max_by_key(|aid| aid.asked).map(|aid| aid.fact),
        });
    }
    rows.sort_by_key(|row| (row.due, row.jurisdiction));
    Ok(Json(rows))
}

/// A request for help.
#[derive(Serialize, ToSchema)]
pub struct AidRow {
    #[schema(value_type = String)]
    aid: FactId,
    /// Who asks.
    #[schema(value_type = String)]
    from: Jurisdiction,
    from_name: WordsView,
    /// Who is asked.
    #[schema(value_type = String)]
    of: Jurisdiction,
    of_name: WordsView,
    resource: String,
    resource_name: WordsView,
    amount: u64,
    #[schema(value_type = String)]
    needed_by: Timestamp,
    #[schema(value_type = String)]
    asked: Timestamp,
    /// By when it is to be answered; absent where the level has no such deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    answer_due: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    answered: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offered: Option<u64>,
    arrived: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    arrived_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    ended: Option<Timestamp>,
    /// `asked`, `offered`, `refused`, `in-part`, `arrived` or `closed`.
    state: &'static str,
    /// Whether an answer or an arrival is late now.
    overdue: bool,
}

impl AidRow {
    fn of(routine: &Routine, geography: &Geography, aid: &Aid, at: Timestamp) -> Self {
        let level = routine.level(aid.of, aid.asked).level;
        let template = routine.template(aid.of, aid.asked);
        let hours = template.and_then(|template| template.hours("answer-aid", level));
        let answer_due = hours.map(|hours| ::duties::later(aid.asked, hours.saturating_mul(60)));
        let name = template.and_then(|template| template.resource(&aid.resource)).map(|it| it.name.clone());
        let code = || plan::Words { zh: aid.resource.clone(), en: aid.resource.clone() };
        let state = aid.state();
        let late = match state {
            AidState::Asked => answer_due.is_some_and(|due| at > due),
            AidState::Offered | AidState::InPart => at > aid.needed_by,
            _ => false,
        };
        Self {
            aid: aid.fact,
            from: aid.from,
            from_name: geography.name(aid.from).into(),
            of: aid.of,
            of_name: geography.name(aid.of).into(),
            resource: aid.resource.clone(),
            resource_name: name.unwrap_or_else(code).into(),
            amount: aid.amount,
            needed_by: aid.needed_by,
            asked: aid.asked,
            answer_due,
            answered: aid.answered.map(|(_, at, _)| at),
            offered: aid.answered.map(|(offered, ..)| offered),
            arrived: aid.arrived,
            arrived_at: aid.complete.map(|(at, _)| at),
            ended: aid.ended.map(|(at, _)| at),
            state: match state {
                AidState::Asked => "asked",
                AidState::Offered => "offered",
                AidState::Refused => "refused",
                AidState::InPart => "in-part",
                AidState::Arrived => "arrived",
                AidState::Closed => "closed",
            },
            overdue: late,
        }
    }
}

/// Requests for help.
#[derive(Serialize, ToSchema)]
pub struct AidList {
    rows: Vec<AidRow>,
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
pub struct AidQuery {
    /// A jurisdiction at or below one's own, that asks or is asked.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// `open` or `all`; open unless given.
    state: Option<String>,
}

/// Requests for help that a jurisdiction made or received, the earliest needed first.
#[utoipa::path(get, path = "/aid", params(AidQuery), responses((status = 200, body = AidList)))]
pub async fn aid(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<AidQuery>,
) -> Result<Json<AidList>, Refusal> {
    let within = Within { jurisdiction: query.jurisdiction }.of(&asking.may(Action::SeeCommand)?)?;
    let all = query.state.as_deref() == Some("all");
    let (geography, now) = (app.deployment.geography(), app.deployment.now());
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let mut those: Vec<&Aid> = routine
        .capacity
        .all_aid()
        .filter(|aid| within.contains(aid.from) || within.contains(aid.of))
        .filter(|aid| all || !matches!(aid.state(), AidState::Closed | AidState::Refused))
        .collect();
    those.sort_by_key(|aid| (aid.needed_by, aid.fact));
    Ok(Json(AidList { rows: those.into_iter().map(|aid| AidRow::of(routine, &geography, aid, now)).collect() }))
}

/// A request for help.
#[derive(Deserialize, ToSchema)]
pub struct AidAsked {
    /// Who asks.
    #[schema(value_type = String)]
    from: Jurisdiction,
    /// Who is asked.
    #[schema(value_type = String)]
    of: Jurisdiction,
    resource: String,
    amount: u64,
    #[schema(value_type = String)]
    needed_by: Timestamp,
    /// Why; erasable.
    #[serde(default)]
    reason: Option<String>,
    key: String,
}

fn row(app: &App, fact: FactId) -> Result<Json<AidRow>, Refusal> {
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let aid = routine.capacity.aid(fact).ok_or(Refusal::NotFound)?;
    Ok(Json(AidRow::of(routine, &app.deployment.geography(), aid, app.deployment.now())))
}

/// Ask another jurisdiction for help.
#[utoipa::path(post, path = "/aid", responses((status = 200, body = AidRow)))]
pub async fn ask(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<AidAsked>,
) -> Result<Json<AidRow>, Refusal> {
    if !asking.may(Action::StateCapacity)?.covers(given.from) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    resource_of(&app, given.from, &given.resource)?;
    let now = deployment.now();
    let known = deployment.commanding().command.routine.posts.headquarters(given.of, now).is_some();
    if !known {
        return Err(Refusal::invalid("of", "has no headquarters that could answer"));
    }
    let body = |reason| {
        let (from, of, amount, needed_by) = (given.from, given.of, given.amount, given.needed_by);
        Body::Capacity(CapacityFact::AidAsked { from, of, resource: given.resource.clone(), amount, needed_by, reason })
    };
    let request = format!("aid {} {} {}", given.from, given.of, given.resource);
    if let Some(made) = was_made(&app, &drafted(&app, &asking, &request, &given.key, body(None))) {
        return row(&app, made);
    }
    if given.needed_by <= now {
        return Err(Refusal::invalid("needed_by", "lies in the past"));
    }
    let draft = drafted(&app, &asking, &request, &given.key, body(None));
    draft.check()?;
    let reason = kept(&app, &asking, given.reason.as_deref()).await?;
    let done = deployment.record(vec![drafted(&app, &asking, &request, &given.key, body(reason))]).await?;
    row(&app, *done.facts.last().ok_or(Refusal::NotFound)?)
}

/// A request that someone answers for: whoever is asked, or whoever asks.
fn aid_of(app: &App, asking: &SignedIn, fact: FactId, whose: fn(&Aid) -> Jurisdiction) -> Result<Aid, Refusal> {
    let scope = asking.may(Action::StateCapacity)?;
    let commanding = app.deployment.commanding();
    let aid = commanding.command.routine.capacity.aid(fact).ok_or(Refusal::NotFound)?;
    if scope.covers(whose(aid)) { Ok(aid.clone()) } else { Err(Refusal::NotFound) }
}

/// An answer to a request.
#[derive(Deserialize, ToSchema)]
pub struct AidAnswer {
    /// How much; 0 refuses.
    offered: u64,
    /// Why not all of it; erasable. A refusal needs one.
    #[serde(default)]
    reason: Option<String>,
    key: String,
}

/// Offer help, or refuse it with a reason.
#[utoipa::path(post, path = "/aid/{fact}/answer", params(("fact" = String, Path)),
    responses((status = 200, body = AidRow)))]
pub async fn answer(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
    Json(given): Json<AidAnswer>,
) -> Result<Json<AidRow>, Refusal> {
    let aid = aid_of(&app, &asking, fact, |aid| aid.of)?;
    let body = |reason| Body::Capacity(CapacityFact::AidAnswered { of: fact, offered: given.offered, reason });
    let request = format!("aid-answer {fact}");
    if was_made(&app, &drafted(&app, &asking, &request, &given.key, body(None))).is_some() {
        return row(&app, fact);
    }
    if aid.answered.is_some() || aid.ended.is_some() {
        return Err(Refusal::Conflict("this request was answered or taken back before"));
    }
    let reason = kept(&app, &asking, given.reason.as_deref()).await?;
    if given.offered == 0 && reason.is_none() {
        return Err(Refusal::invalid("reason", "say why nothing can be offered"));
    }
    app.deployment.record(vec![drafted(&app, &asking, &request, &given.key, body(reason))]).await?;
    row(&app, fact)
}

/// Help that arrived.
#[derive(Deserialize, ToSchema)]
pub struct AidArrived {
    amount: u64,
    key: String,
}

/// Say that help arrived, all of it or a part.
#[utoipa::path(post, path = "/aid/{fact}/arrived", params(("fact" = String, Path)),
    responses((status = 200, body = AidRow)))]
pub async fn arrived(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
    Json(given): Json<AidArrived>,
) -> Result<Json<AidRow>, Refusal> {
    let aid = aid_of(&app, &asking, fact, |aid| aid.from)?;
    if aid.answered.is_none_or(|(offered, ..)| offered == 0) {
        return Err(Refusal::Conflict("nothing was offered that could arrive"));
    }
    let body = Body::Capacity(CapacityFact::AidArrived { of: fact, amount: given.amount });
    app.deployment.record(vec![drafted(&app, &asking, &format!("aid-arrived {fact}"), &given.key, body)]).await?;
    row(&app, fact)
}

/// A key that makes a repeated request one.
#[derive(Deserialize, ToSchema)]
pub struct AidEnded {
    key: String,
}

/// Say that what had come went back, or that nothing is needed any more.
#[utoipa::path(post, path = "/aid/{fact}/returned", params(("fact" = String, Path)),
    responses((status = 200, body = AidRow)))]
pub async fn returned(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
    Json(given): Json<AidEnded>,
) -> Result<Json<AidRow>, Refusal> {
    aid_of(&app, &asking, fact, |aid| aid.from)?;
    let body = Body::Capacity(CapacityFact::AidEnded { of: fact });
    app.deployment.record(vec![drafted(&app, &asking, &format!("aid-returned {fact}"), &given.key, body)]).await?;
    row(&app, fact)
}
