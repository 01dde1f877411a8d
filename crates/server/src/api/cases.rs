//! Cases and their contacts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use contacts::Ring;
use facts::{Body, CaseId, Jurisdiction, Level, Scope, Setting};
use serde::Deserialize;
use situation::Situation;
use status::Case;
use utoipa::{IntoParams, ToSchema};

use super::assigning::officer_wanted;
use super::recording::draft;
use super::situation::Within;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::case::home_of;
use crate::views::contacts::{ContactFilter, Order, Wanted};
use crate::views::graph::ContactGraph;
use crate::views::spillover::{ROWS_SHOWN, Spillover};
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
/// What a contact can be.
pub const CONTACT_CLASSES: [&str; 3] = ["close", "secondary", "general"];

/// Refuses a filter that names what there is not.
pub fn check(filter: &ContactFilter) -> Result<(), Refusal> {
    let known = |field, value: &Option<String>, known: &[&str]| match value.as_deref() {
        Some(value) if !known.contains(&value) => {
            Err(Refusal::invalid(field, format!("expected one of {}", known.join(", "))))
        }
        _ => Ok(()),
    };
    if filter.ring.is_some_and(|ring| !(1..=2).contains(&ring)) {
        return Err(Refusal::invalid("ring", "expected 1 or 2"));
    }
    known("state", &filter.state, &CONTACT_STATES)?;
    known("class", &filter.class, &CONTACT_CLASSES)?;
    let settings: Vec<&str> = Setting::ALL.iter().map(|setting| setting.name()).collect();
    known("setting", &filter.setting, &settings)
}

/// Which page, in which order.
#[derive(Deserialize, IntoParams)]
pub struct Page {
    /// `rank`, likeliest infected first, or `due`, least time left first; rank unless given.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    sort: Order,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

async fn contacts_of(
    app: &App,
    asking: &SignedIn,
    id: CaseId,
    filter: &ContactFilter,
    (order, offset, limit): (Order, usize, usize),
) -> Result<Contacts, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    check(filter)?;
    let deployment = &app.deployment;
    let assigned = officer_wanted(app, asking, filter.assigned.as_deref()).await?;
    let view = {
        let situation = deployment.situation();
        let case = visible(&situation, &scope, id)?;
        let wanted = Wanted { filter, assigned, at: deployment.now() };
        Contacts::of(&situation, &case, &wanted, order, offset, limit)
    };
    with_names(view, deployment).await
}

/// The ranked contacts of a case. Rank orders and never hides: `total` counts them all.
#[utoipa::path(get, path = "/cases/{id}/contacts", params(("id" = String, Path), ContactFilter, Page),
    responses((status = 200, body = Contacts)))]
pub async fn contacts(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(filter): Query<ContactFilter>,
    Query(page): Query<Page>,
) -> Result<Json<Contacts>, Refusal> {
    let page = (page.sort, page.offset, page.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX));
    Ok(Json(contacts_of(&app, &asking, id, &filter, page).await?))
}

/// The same contacts as a file, all of them.
#[utoipa::path(get, path = "/cases/{id}/contacts.csv", params(("id" = String, Path), ContactFilter, Page),
    responses((status = 200, content_type = "text/csv")))]
pub async fn contacts_csv(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(filter): Query<ContactFilter>,
    Query(page): Query<Page>,
) -> Result<Response, Refusal> {
    let all = contacts_of(&app, &asking, id, &filter, (page.sort, 0, usize::MAX)).await?;
    Ok(all.table().download("contacts"))
}

/// Which ring.
#[derive(Deserialize, IntoParams)]
pub struct GraphQuery {
    /// 1 or 2; 1 unless given.
    ring: Option<u8>,
}

/// The contacts of a case by where they met, for a picture. Its members are the contacts of a setting and unit.
#[utoipa::path(get, path = "/cases/{id}/graph", params(("id" = String, Path), GraphQuery),
    responses((status = 200, body = ContactGraph)))]
pub async fn graph(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(query): Query<GraphQuery>,
) -> Result<Json<ContactGraph>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let ring = match query.ring {
        None | Some(1) => Ring::First,
        Some(2) => Ring::Second,
        _ => return Err(Refusal::invalid("ring", "expected 1 or 2")),
    };
    let situation = app.deployment.situation();
    let case = visible(&situation, &scope, id)?;
    Ok(Json(ContactGraph::of(&situation, &case, ring, app.deployment.now())))
}

/// What counts as elsewhere.
#[derive(Deserialize, IntoParams)]
pub struct SpilloverQuery {
    /// `county` or `city`; county unless given.
    #[param(value_type = Option<String>)]
    pub level: Option<Level>,
}

impl SpilloverQuery {
    /// The level that is asked for.
    pub fn level(&self) -> Result<Level, Refusal> {
        match self.level {
            None | Some(Level::County) => Ok(Level::County),
            Some(Level::City) => Ok(Level::City),
            _ => Err(Refusal::invalid("level", "expected county or city")),
        }
    }
}

async fn spillover_of(
    app: &App,
    asking: &SignedIn,
    id: CaseId,
    query: &SpilloverQuery,
    rows: usize,
) -> Result<Spillover, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let level = query.level()?;
    let deployment = &app.deployment;
    let view = {
        let situation = deployment.situation();
        let case = visible(&situation, &scope, id)?;
        Spillover::of(&situation, &[case], level, rows, deployment.now())
    };
    with_names(view, deployment).await
}

/// The contacts of a case who are elsewhere now.
#[utoipa::path(get, path = "/cases/{id}/spillover", params(("id" = String, Path), SpilloverQuery),
    responses((status = 200, body = Spillover)))]
pub async fn spillover(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(query): Query<SpilloverQuery>,
) -> Result<Json<Spillover>, Refusal> {
    Ok(Json(spillover_of(&app, &asking, id, &query, ROWS_SHOWN).await?))
}

/// The same people as a file, all of them.
#[utoipa::path(get, path = "/cases/{id}/spillover.csv", params(("id" = String, Path), SpilloverQuery),
    responses((status = 200, content_type = "text/csv")))]
pub async fn spillover_csv(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(query): Query<SpilloverQuery>,
) -> Result<Response, Refusal> {
    Ok(spillover_of(&app, &asking, id, &query, usize::MAX).await?.table().download("spillover"))
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
