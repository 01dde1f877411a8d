//! What concerns all cases of one disease together.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use facts::{Disease, Jurisdiction};
use situation::Situation;
use status::Case;

use super::cases::SpilloverQuery;
use super::situation::Within;
use crate::accounts::Action;
use crate::deployment::off_the_reactor;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::case::home_of;
use crate::views::spillover::{ROWS_SHOWN, Spillover};
use crate::views::tree::TransmissionTree;
use crate::views::with_names;

/// The cases of a disease within a jurisdiction; not found when no plan for it is in force.
fn cases_of(situation: &Situation, disease: &Disease, within: Jurisdiction) -> Result<Vec<Arc<Case>>, Refusal> {
    situation.plan(disease).ok_or(Refusal::NotFound)?;
    let cases = situation.derived().cases.values().filter(|case| &case.disease == disease);
    Ok(cases.filter(|case| within.contains(home_of(situation, case.person))).cloned().collect())
}

async fn spillover_of(
    app: &App,
    asking: &SignedIn,
    disease: &str,
    within: &Within,
    query: &SpilloverQuery,
    rows: usize,
) -> Result<Spillover, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let within = within.of(&scope)?;
    let level = query.level()?;
    let deployment = &app.deployment;
    let view = {
        let situation = deployment.situation();
        let cases = cases_of(&situation, &Disease::named(disease), within)?;
        Spillover::of(&situation, &cases, level, rows, deployment.now())
    };
    with_names(view, deployment).await
}

/// Everyone who was exposed here and is elsewhere now.
#[utoipa::path(get, path = "/diseases/{disease}/spillover", params(("disease" = String, Path), Within, SpilloverQuery),
    responses((status = 200, body = Spillover)))]
pub async fn spillover(
    State(app): State<App>,
    asking: SignedIn,
    Path(disease): Path<String>,
    Query(within): Query<Within>,
    Query(query): Query<SpilloverQuery>,
) -> Result<Json<Spillover>, Refusal> {
    Ok(Json(spillover_of(&app, &asking, &disease, &within, &query, ROWS_SHOWN).await?))
}

/// The same people as a file, all of them.
#[utoipa::path(get, path = "/diseases/{disease}/spillover.csv",
    params(("disease" = String, Path), Within, SpilloverQuery),
    responses((status = 200, content_type = "text/csv")))]
pub async fn spillover_csv(
    State(app): State<App>,
    asking: SignedIn,
    Path(disease): Path<String>,
    Query(within): Query<Within>,
    Query(query): Query<SpilloverQuery>,
) -> Result<Response, Refusal> {
    let all = spillover_of(&app, &asking, &disease, &within, &query, usize::MAX).await?;
    Ok(all.table().download("spillover"))
}

async fn tree_of(app: &App, asking: &SignedIn, disease: &str, within: &Within) -> Result<TransmissionTree, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let within = within.of(&scope)?;
    let deployment = &app.deployment;
    // Thousands of cases take most of a second.
    let view = off_the_reactor(|| {
        let situation = deployment.situation();
        let plan = situation.plan(&Disease::named(disease)).ok_or(Refusal::NotFound)?;
        TransmissionTree::of(&situation, &scope, plan, within).map_err(Refusal::from)
    })?;
    with_names(view, deployment).await
}

/// Who may have infected whom, and how likely.
#[utoipa::path(get, path = "/diseases/{disease}/tree", params(("disease" = String, Path), Within),
    responses((status = 200, body = TransmissionTree)))]
pub async fn tree(
    State(app): State<App>,
    asking: SignedIn,
    Path(disease): Path<String>,
    Query(within): Query<Within>,
) -> Result<Json<TransmissionTree>, Refusal> {
    Ok(Json(tree_of(&app, &asking, &disease, &within).await?))
}

/// The possible sources as a file, one row each.
#[utoipa::path(get, path = "/diseases/{disease}/tree.csv", params(("disease" = String, Path), Within),
    responses((status = 200, content_type = "text/csv")))]
pub async fn tree_csv(
    State(app): State<App>,
    asking: SignedIn,
    Path(disease): Path<String>,
    Query(within): Query<Within>,
) -> Result<Response, Refusal> {
    Ok(tree_of(&app, &asking, &disease, &within).await?.table().download("sources"))
}
