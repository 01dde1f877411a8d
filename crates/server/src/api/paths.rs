//! How someone is connected with a case.

use axum::Json;
use axum::extract::{Query, State};
use facts::{Disease, PersonId, Purpose};
use serde::Deserialize;
use utoipa::IntoParams;

use super::people::officers;
use crate::accounts::Action;
use crate::deployment::off_the_reactor;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::case::home_of;
use crate::views::paths::PathView;
use crate::views::{sees_person, with_names};

/// Between whom, and what for.
#[derive(Deserialize, IntoParams)]
pub struct PathQuery {
    /// One of them; at least one is a case of the disease.
    #[param(value_type = String)]
    from: PersonId,
    /// The other.
    #[param(value_type = String)]
    to: PersonId,
    /// Of which disease.
    disease: String,
    /// What it is looked at for; it is recorded.
    #[param(value_type = String)]
    purpose: Purpose,
}

/// The shortest chain of meetings from a case to someone, at most four, none over before the one before began.
///
/// It begins with a case, the first that is named of the two, so that nobody's acquaintances are laid open
/// without an illness. Whoever stands on the chain is recorded as looked at.
#[utoipa::path(get, path = "/paths", params(PathQuery), responses((status = 200, body = PathView)))]
pub async fn path(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<PathQuery>,
) -> Result<Json<PathView>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let purpose = officers(query.purpose)?;
    let deployment = &app.deployment;
    let disease = Disease::named(&query.disease);
    let (view, looks) = off_the_reactor(|| {
        let situation = deployment.situation();
        if ![query.from, query.to].into_iter().all(|person| sees_person(&situation, &scope, person)) {
            return Err(Refusal::NotFound);
        }
        let plan = situation.plan(&disease);
        let plan = plan.ok_or_else(|| Refusal::invalid("disease", "no plan is in force for this disease"))?;
        let case_of = |person: PersonId| {
            let person = situation.world().aliases.of(person);
            situation.derived().cases_of(person).find(|case| case.disease == disease)
        };
        let neither = || Refusal::invalid("from", "neither is a case of this disease; a chain begins with one");
        let (case, to) = match (case_of(query.from), case_of(query.to)) {
            (Some(case), _) => (case, query.to),
            (None, Some(case)) => (case, query.from),
            (None, None) => return Err(neither()),
        };
        let view = PathView::of(&situation, plan, case, to);
        let looks: Vec<_> = view.everyone().into_iter().map(|person| (person, home_of(&situation, person))).collect();
        Ok((view, looks))
    })?;
    deployment.registry.record_looks(&scope, purpose, &looks, "meetings", deployment.now()).await?;
    Ok(Json(with_names(view, deployment).await?))
}
