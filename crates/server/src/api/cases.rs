//! Cases and their contacts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use facts::{Body, CaseId, Jurisdiction, Scope};
use serde::Deserialize;
use situation::Situation;
use status::Case;
use utoipa::{IntoParams, ToSchema};

use super::recording::draft;
use super::situation::Within;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::case::{ContactFilter, contacts as contacts_of, home_of};
use crate::views::overview::traced_up_to;
use crate::views::{CaseDetail, CaseRow, Consequence, Contacts, sees_person, with_names};

/// The most rows that one answer holds.
pub const ROWS_MAX: usize = 1_000;

/// A case that is theirs to see.
pub fn visible(situation: &Situation, scope: &Scope, id: CaseId) -> Result<Arc<Case>, Refusal> {
    let case = situation.derived().case(id).ok_or(Refusal::NotFound)?;
    if sees_person(situation, scope, case.person) { Ok(case.clone()) } else { Err(Refusal::NotFound) }
}

/// Cases, latest first.
#[utoipa::path(get, path = "/cases", params(Within), responses((status = 200, body = Vec<CaseRow>)))]
pub async fn list(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<Vec<CaseRow>>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let within = within.of(&scope)?;
    let deployment = &app.deployment;
    let now = deployment.now();
    let rows: Vec<CaseRow> = {
        let situation = deployment.situation();
        let mut cases: Vec<&Arc<Case>> = situation
            .derived()
            .cases
            .values()
            .filter(|case| within.contains(home_of(&situation, case.person)))
            .collect();
        cases.sort_by_key(|case| (std::cmp::Reverse(case.known), case.id));
        cases.into_iter().map(|case| CaseRow::of(&situation, case, now)).collect()
    };
    Ok(Json(with_names(rows, deployment).await?))
}

/// A case, whole.
#[utoipa::path(get, path = "/cases/{id}", params(("id" = String, Path)), responses((status = 200, body = CaseDetail)))]
pub async fn case(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
) -> Result<Json<CaseDetail>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let deployment = &app.deployment;
    let view = {
        let situation = deployment.situation();
        let case = visible(&situation, &scope, id)?;
        CaseDetail::of(&situation, &case, deployment.now()).ok_or(Refusal::NotFound)?
    };
    Ok(Json(with_names(view, deployment).await?))
}

/// Where finding a contact can stand.
const CONTACT_STATES: [&str; 5] = ["to-find", "found", "controlled", "closed", "none"];

/// Which contacts.
#[derive(Deserialize, IntoParams)]
pub struct ContactQuery {
    /// 1 or 2.
    ring: Option<u8>,
    /// Where finding them stands.
    state: Option<String>,
    /// Whose duty they are.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// In what kind of space they met most.
    setting: Option<String>,
    /// In which place, by its name.
    place: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// The ranked contacts of a case. Rank orders and never hides: `total` counts them all.
#[utoipa::path(get, path = "/cases/{id}/contacts", params(("id" = String, Path), ContactQuery),
    responses((status = 200, body = Contacts)))]
pub async fn contacts(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(query): Query<ContactQuery>,
) -> Result<Json<Contacts>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    if query.ring.is_some_and(|ring| !(1..=2).contains(&ring)) {
        return Err(Refusal::invalid("ring", "expected 1 or 2"));
    }
    if query.state.as_deref().is_some_and(|state| !CONTACT_STATES.contains(&state)) {
        return Err(Refusal::invalid("state", format!("expected one of {}", CONTACT_STATES.join(", "))));
    }
    let deployment = &app.deployment;
    let filter = ContactFilter {
        ring: query.ring,
        state: query.state,
        jurisdiction: query.jurisdiction,
        setting: query.setting,
        place: query.place,
    };
    let view = {
        let situation = deployment.situation();
        let case = visible(&situation, &scope, id)?;
        let limit = query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX);
        let (total, rows) = contacts_of(&situation, &case, &filter, query.offset, limit, deployment.now());
        Contacts { total, traced_up_to: traced_up_to(&situation), rows }
    };
    Ok(Json(with_names(view, deployment).await?))
}

/// How many people a county counted on its list.
#[derive(Deserialize, ToSchema)]
pub struct Count {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    number: u32,
    key: String,
}

/// Reconcile the number on a county's list, the first of the four clears.
#[utoipa::path(post, path = "/cases/{id}/lists", params(("id" = String, Path)),
    responses((status = 200, body = Consequence)))]
pub async fn reconcile(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Json(given): Json<Count>,
) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::FulfilDuty)?;
    visible(&app.deployment.situation(), &scope, id)?;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "lies outside your own"));
    }
    let body = Body::ListReconciled { case: id, jurisdiction: given.jurisdiction, number: given.number };
    let draft = draft(&app, &asking, Some(&given.key), facts::Purpose::Locating, body);
    super::recording::record_or_preview(&app, vec![draft], false).await
}
