//! Facts and rules, opened from any conclusion.

use axum::Json;
use axum::extract::{Path, Query, State};
use facts::{Channel, FactId, Purpose, Timestamp};
use plan::Stated;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::accounts::{Action, Role};
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::{WordsView, sees_fact};

/// A fact, opened.
#[derive(Serialize, ToSchema)]
pub struct FactView {
    /// Its name.
    #[schema(value_type = String)]
    id: FactId,
    /// Where in the journal.
    position: u64,
    /// When it was true.
    #[schema(value_type = String)]
    occurred: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String)]
    recorded: Timestamp,
    /// Who recorded it.
    actor: ActorView,
    /// By what way it came.
    #[schema(value_type = String)]
    channel: Channel,
    /// What it was collected for.
    #[schema(value_type = String)]
    purpose: Purpose,
    /// What kind of fact.
    kind: &'static str,
    /// What it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    supersedes: Option<FactId>,
    /// What replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    superseded_by: Option<FactId>,
    /// What it says.
    #[schema(value_type = Object)]
    body: Value,
}

/// Who recorded a fact; no name for a machine.
#[derive(Serialize, ToSchema)]
pub struct ActorView {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

/// A fact.
#[utoipa::path(get, path = "/facts/{id}", params(("id" = String, Path)), responses((status = 200, body = FactView)))]
pub async fn fact(State(app): State<App>, asking: SignedIn, Path(id): Path<FactId>) -> Result<Json<FactView>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let accounts = app.deployment.accounts.all().await?;
    let situation = app.deployment.situation();
    let ledger = &situation.world().ledger;
    let fact = ledger.get(id).ok_or(Refusal::NotFound)?;
    let concerned = app.deployment.commanding().command.concerns(fact);
    let is_concerned = concerned.into_iter().any(|place| scope.covers(place));
    if !is_concerned && !sees_fact(&situation, &scope, fact) {
        return Err(Refusal::NotFound);
    }
    let recorder = accounts.iter().find(|account| account.actor == fact.draft.source.actor);
    let body = serde_json::to_value(fact.body()).unwrap_or(Value::Null);
    Ok(Json(FactView {
        id,
        position: ledger.position(id).unwrap_or_default(),
        occurred: fact.occurred(),
        recorded: fact.recorded,
        actor: ActorView {
            name: recorder.map(|account| account.name.clone()),
            role: recorder.map(|account| account.role),
        },
        channel: fact.draft.source.channel,
        purpose: fact.draft.purpose,
        kind: fact.body().kind(),
        supersedes: fact.draft.supersedes,
        superseded_by: ledger.superseders(id).iter().copied().find(|&later| ledger.stands(later)),
        body,
    }))
}

/// A plan as data.
#[utoipa::path(get, path = "/plans/{id}", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub async fn plan(State(app): State<App>, asking: SignedIn, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let _ = asking;
    let situation = app.deployment.situation();
    let (_, plan) = situation.settings().plans.get(&id).ok_or(Refusal::NotFound)?;
    Ok(Json(serde_json::to_value(plan.as_ref()).unwrap_or(Value::Null)))
}

/// A rule of a plan, opened.
#[derive(Serialize, ToSchema)]
pub struct RuleView {
    path: String,
    name: WordsView,
    /// Its values, each with unit, sources and how sure it is.
    #[schema(value_type = Vec<Object>)]
    parameters: Vec<ParameterView>,
}

/// A value of a rule.
#[derive(Serialize)]
pub struct ParameterView {
    name: String,
    value: Value,
    unit: Value,
    source: Vec<String>,
    confidence: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    quotation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<plan::Words>,
}

impl From<Stated> for ParameterView {
    fn from(stated: Stated) -> Self {
        let text = |value: Option<Value>| value.unwrap_or(Value::Null);
        Self {
            unit: text(stated.unit.and_then(|unit| serde_json::to_value(unit).ok())),
            confidence: text(stated.confidence.and_then(|confidence| serde_json::to_value(confidence).ok())),
            name: stated.name,
            value: stated.value,
            source: stated.sources,
            quotation: stated.quotation,
            note: stated.note,
        }
    }
}

/// Which rule.
#[derive(Deserialize, IntoParams)]
pub struct RuleQuery {
    /// For instance `contact_rules.same-household`.
    path: String,
}

/// The rule behind a conclusion.
#[utoipa::path(get, path = "/plans/{id}/rule", params(("id" = String, Path), RuleQuery),
    responses((status = 200, body = RuleView)))]
pub async fn rule(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<String>,
    Query(query): Query<RuleQuery>,
) -> Result<Json<RuleView>, Refusal> {
    let _ = asking;
    let situation = app.deployment.situation();
    let (_, plan) = situation.settings().plans.get(&id).ok_or(Refusal::NotFound)?;
    let parameters: Vec<ParameterView> =
        plan::parameter_at(plan, &query.path).into_iter().map(ParameterView::from).collect();
    if parameters.is_empty() {
        return Err(Refusal::NotFound);
    }
    let rule = query.path.strip_prefix("contact_rules.").and_then(|id| plan.contact_rules.iter().find(|r| r.id == id));
    let name = rule.map_or_else(|| plan.name.clone(), |rule| rule.name.clone());
    Ok(Json(RuleView { path: query.path, name: name.into(), parameters }))
}
