//! The situation at a glance.

use axum::Json;
use axum::extract::{Query, State};
use facts::Jurisdiction;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::{Overview, with_names};

/// Of which part.
#[derive(Deserialize, IntoParams)]
pub struct Within {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
}

impl Within {
    /// The jurisdiction that is asked for, or one's own; not found when it is out of scope.
    pub fn of(&self, scope: &facts::Scope) -> Result<Jurisdiction, Refusal> {
        let wanted = self.jurisdiction.unwrap_or(scope.jurisdiction);
        if scope.covers(wanted) { Ok(wanted) } else { Err(Refusal::NotFound) }
    }
}

/// The situation now.
#[utoipa::path(get, path = "/situation", params(Within), responses((status = 200, body = Overview)))]
pub async fn situation(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<Overview>, Refusal> {
    let scope = asking.may(Action::SeeSituation)?;
    let within = within.of(&scope)?;
    let deployment = &app.deployment;
    let view = Overview::of(&deployment.situation(), &deployment.geography(), within, deployment.now());
    Ok(Json(with_names(view, deployment).await?))
}
