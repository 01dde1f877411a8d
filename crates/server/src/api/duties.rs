//! Duties: the board, one's own, and what was done about them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use duties::{ClosedBy, Search};
use facts::{Body, Draft, DutyId, Fact, FactId, Jurisdiction, NotFound, Purpose, Step, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::assigning::officer_wanted;
use super::cases::ROWS_MAX;
use super::recording::{draft, erasable, plausible};
use super::situation::Within;
use crate::accounts::Action;
use crate::deployment::request_fact;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::duty::Counts;
use crate::views::{Duties, DutyRow, is_offered_to, is_theirs, with_names};

/// Which duties.
#[derive(Deserialize, IntoParams)]
pub struct DutyQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// `open`, `overdue`, `done` or `all`; open unless given.
    state: Option<String>,
    /// The step that comes next: `identity`, `location` or `control`.
    #[param(value_type = Option<String>)]
    stage: Option<Step>,
    /// To whom it was given: `me`, `none` or the name of an account.
    assigned: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

fn fits(duty: &Search, state: &str, stage: Option<Step>, at: Timestamp) -> bool {
    let wanted = match state {
        "overdue" => duty.is_open(at) && duty.is_overdue(at),
        "done" => !duty.is_open(at),
        "all" => true,
        _ => duty.is_open(at),
    };
    let next =
        [Step::Identity, Step::Location, Step::Control].into_iter().find(|step| !duty.about.steps.contains_key(step));
    wanted && stage.is_none_or(|stage| next == Some(stage))
}

/// The board: those with the least time left first.
#[utoipa::path(get, path = "/duties", params(DutyQuery), responses((status = 200, body = Duties)))]
pub async fn list(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<DutyQuery>,
) -> Result<Json<Duties>, Refusal> {
    let scope = asking.may(Action::SeeSituation)?;
    let within = Within { jurisdiction: query.jurisdiction }.of(&scope)?;
    if query.state.as_deref().is_some_and(|state| !["open", "overdue", "done", "all"].contains(&state)) {
        return Err(Refusal::invalid("state", "expected open, overdue, done or all"));
    }
    let limit = query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX);
    let assigned = officer_wanted(&app, &asking, query.assigned.as_deref()).await?;
    let deployment = &app.deployment;
    let now = deployment.now();
    let view = {
        let situation = deployment.situation();
        let geography = deployment.geography();
        let mut counts = Counts::default();
        let mut found: Vec<&Search> = Vec::new();
        for duty in situation.derived().people.values().flat_map(|person| &person.duties) {
            let asked = duty.hand_over.is_some_and(|asked| asked.answer.is_none() && within.contains(asked.to));
            if within.contains(duty.owner.territory) || asked {
                counts.add(duty, now);
                let given = assigned.is_none_or(|officer| duty.owner.individual == officer);
                if given && fits(duty, query.state.as_deref().unwrap_or("open"), query.stage, now) {
                    found.push(duty);
                }
            }
        }
        found.sort_by_key(|duty| (!duty.is_open(now), duty.due, duty.id));
        let rows = found.iter().skip(query.offset).take(limit);
        Duties {
            total: found.len(),
            counts,
            rows: rows.map(|duty| DutyRow::of(&situation, &geography, duty, now)).collect(),
        }
    };
    Ok(Json(with_names(view, deployment).await?))
}

/// One's own open duties.
#[derive(Serialize, ToSchema)]
pub struct Mine {
    /// Those given to me first, then those given to nobody; in each, least time left first.
    rows: Vec<DutyRow>,
    /// When the first of them is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next_due: Option<Timestamp>,
}

/// What I have to do, and by when.
#[utoipa::path(get, path = "/duties/mine", responses((status = 200, body = Mine)))]
pub async fn mine(State(app): State<App>, asking: SignedIn) -> Result<Json<Mine>, Refusal> {
    let scope = asking.may(Action::FulfilDuty)?;
    let deployment = &app.deployment;
    let now = deployment.now();
    let rows: Vec<DutyRow> = {
        let situation = deployment.situation();
        let geography = deployment.geography();
        let duties = situation.derived().people.values().flat_map(|person| &person.duties);
        let mut mine: Vec<&Search> = duties.filter(|duty| duty.is_open(now) && is_theirs(duty, &scope)).collect();
        let whose = |duty: &Search| match duty.owner.individual {
            Some(officer) if officer == scope.actor => 0,
            None => 1,
            Some(_) => 2,
        };
        mine.sort_by_key(|duty| (whose(duty), duty.due, duty.id));
        mine.into_iter().take(ROWS_MAX).map(|duty| DutyRow::of(&situation, &geography, duty, now)).collect()
    };
    let next_due = rows.iter().map(|row| row.due).min();
    Ok(Json(Mine { rows: with_names(rows, deployment).await?, next_due }))
}

/// A duty as it stands, which must be owed by, or offered to, whoever asks.
fn owed(app: &App, asking: &SignedIn, id: DutyId) -> Result<Search, Refusal> {
    let scope = asking.may(Action::FulfilDuty)?;
    let duty = any(app, id).ok_or(Refusal::NotFound)?;
    if is_theirs(&duty, &scope) || is_offered_to(&duty, &scope) { Ok(duty) } else { Err(Refusal::NotFound) }
}

/// Refuses to work on a duty that is another's now.
fn still_theirs(duty: &Search) -> Result<(), Refusal> {
    if duty.closed.is_some_and(|closed| closed.by == ClosedBy::HandedOver) {
        return Err(Refusal::Conflict("this duty was handed over; whoever took it records what is done"));
    }
    Ok(())
}

/// What a request with this key made when it came before.
fn made_before(app: &App, draft: &Draft) -> Option<Arc<Fact>> {
    let situation = app.deployment.situation();
    request_fact(&draft.source).and_then(|made| situation.world().ledger.get(made)).cloned()
}

/// A duty as it stands, whoever owes it.
fn any(app: &App, id: DutyId) -> Option<Search> {
    let situation = app.deployment.situation();
    let known = situation.derived().people.get(&situation.derived().duty_about(id)?)?;
    known.duties.iter().find(|duty| duty.id == id).cloned()
}

/// The row of a duty after something was recorded about it.
async fn record(app: &App, drafts: Vec<Draft>, id: DutyId) -> Result<Json<DutyRow>, Refusal> {
    let deployment = &app.deployment;
    deployment.record(drafts).await?;
    let row = {
        let situation = deployment.situation();
        let person = situation.derived().duty_about(id).ok_or(Refusal::NotFound)?;
        let known = situation.derived().people.get(&person).ok_or(Refusal::NotFound)?;
        let duty = known.duties.iter().find(|duty| duty.id == id).ok_or(Refusal::NotFound)?;
        DutyRow::of(&situation, &deployment.geography(), duty, deployment.now())
    };
    Ok(Json(with_names(row, deployment).await?))
}

/// Steps that were done.
#[derive(Deserialize, ToSchema)]
pub struct StepsDone {
    #[schema(value_type = Vec<String>)]
    steps: Vec<Step>,
    /// When, in the world; now unless given. The clock stops when the server records it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
    key: String,
}

/// Say that steps of a duty are done.
#[utoipa::path(post, path = "/duties/{id}/steps", params(("id" = String, Path)), responses((status = 200, body = DutyRow)))]
pub async fn steps(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<DutyId>,
    Json(given): Json<StepsDone>,
) -> Result<Json<DutyRow>, Refusal> {
    let duty = owed(&app, &asking, id)?;
    still_theirs(&duty)?;
    let now = app.deployment.now();
    given.at.map_or(Ok(()), |at| plausible("at", at, now))?;
    if given.steps.is_empty() {
        return Err(Refusal::invalid("steps", "name at least one of identity, location and control"));
    }
    let drafts = given.steps.into_iter().map(|step| {
        let body = Body::FollowUp { person: duty.about.person, disease: duty.about.disease.clone(), step };
        let key = format!("{} {step:?}", given.key);
        Draft { occurred: given.at.unwrap_or(now), ..draft(&app, &asking, Some(&key), Purpose::Locating, body) }
    });
    record(&app, drafts.collect(), id).await
}

/// What turned out instead.
#[derive(Deserialize, ToSchema)]
pub struct TurnedOut {
    /// `unreachable`, `wrong-identity`, `moved-on` or `deceased`.
    outcome: String,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    to: Option<Jurisdiction>,
    key: String,
}

/// Say that someone was not found as expected.
#[utoipa::path(post, path = "/duties/{id}/outcome", params(("id" = String, Path)), responses((status = 200, body = DutyRow)))]
pub async fn outcome(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<DutyId>,
    Json(given): Json<TurnedOut>,
) -> Result<Json<DutyRow>, Refusal> {
    let duty = owed(&app, &asking, id)?;
    still_theirs(&duty)?;
    let (person, disease) = (duty.about.person, duty.about.disease);
    let body = match given.outcome.as_str() {
        "unreachable" => Body::NotFound { person, disease, outcome: NotFound::Unreachable, to: None },
        "wrong-identity" => Body::NotFound { person, disease, outcome: NotFound::WrongIdentity, to: None },
        "moved-on" => Body::NotFound { person, disease, outcome: NotFound::MovedOn, to: given.to },
        "deceased" => Body::Death { person },
        _ => return Err(Refusal::invalid("outcome", "expected unreachable, wrong-identity, moved-on or deceased")),
    };
    record(&app, vec![draft(&app, &asking, Some(&given.key), Purpose::Locating, body)], id).await
}

/// To whom and why.
#[derive(Deserialize, ToSchema)]
pub struct Asked {
    #[schema(value_type = String)]
    to: Jurisdiction,
    #[serde(default)]
    reason: Option<String>,
    key: String,
}

/// Ask another jurisdiction to take a duty over. The clock runs on until it accepts.
#[utoipa::path(post, path = "/duties/{id}/hand-over", params(("id" = String, Path)), responses((status = 200, body = DutyRow)))]
pub async fn hand_over(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<DutyId>,
    Json(given): Json<Asked>,
) -> Result<Json<DutyRow>, Refusal> {
    let duty = owed(&app, &asking, id)?;
    if !asking.scope().covers(duty.owner.territory) {
        return Err(Refusal::NotFound);
    }
    let (person, disease, from) = (duty.about.person, duty.about.disease.clone(), duty.owner.territory);
    let body = |reason| Body::HandOver { person, disease: disease.clone(), from, to: given.to, reason };
    let asked = draft(&app, &asking, Some(&given.key), Purpose::Locating, body(None));
    if made_before(&app, &asked).is_some() {
        return record(&app, vec![asked], id).await;
    }
    if !duty.is_open(app.deployment.now()) {
        return Err(Refusal::Conflict("this duty is closed; nothing is left to hand over"));
    }
    if !app.deployment.geography().knows(given.to) {
        return Err(Refusal::invalid("to", "is no jurisdiction of this deployment"));
    }
    let reason = erasable(&app, &asking, Some(duty.about.person), given.reason.as_deref()).await?;
    record(&app, vec![Draft { body: body(reason), ..asked }], id).await
}

/// An answer.
#[derive(Deserialize, ToSchema)]
pub struct Answered {
    accepted: bool,
    #[serde(default)]
    reason: Option<String>,
    key: String,
}

/// Accept or refuse a duty that someone hands over.
#[utoipa::path(post, path = "/duties/{id}/hand-over/answer", params(("id" = String, Path)), responses((status = 200, body = DutyRow)))]
pub async fn answer(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<DutyId>,
    Json(given): Json<Answered>,
) -> Result<Json<DutyRow>, Refusal> {
    let body = Body::HandOverAnswer { of: FactId::new(0), accepted: given.accepted, reason: None };
    let answered = draft(&app, &asking, Some(&given.key), Purpose::Locating, body);
    // Whoever accepted or refused owes this leg no longer, and may not have heard that their answer arrived.
    if let Some(Body::HandOverAnswer { of, .. }) = made_before(&app, &answered).map(|made| made.body().clone())
        && any(&app, id).and_then(|duty| duty.hand_over).is_some_and(|asked| asked.fact == of)
    {
        return record(&app, vec![answered], id).await;
    }
    let duty = owed(&app, &asking, id)?;
    let asked = duty.hand_over.filter(|asked| asked.answer.is_none());
    let asked = asked.ok_or(Refusal::Conflict("nobody is waiting for an answer on this duty"))?;
    if !asking.scope().covers(asked.to) {
        return Err(Refusal::NotFound);
    }
    if !given.accepted && given.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Refusal::invalid("reason", "say why you refuse"));
    }
    let reason = erasable(&app, &asking, Some(duty.about.person), given.reason.as_deref()).await?;
    let body = Body::HandOverAnswer { of: asked.fact, accepted: given.accepted, reason };
    record(&app, vec![Draft { body, ..answered }], id).await
}
