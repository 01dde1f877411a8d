//! Jurisdictions, their boundaries, and the places that stays are recorded in.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use facts::{Date, Jurisdiction, PlaceId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Action;
use crate::geography::Dated;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};

/// How many places one search shows.
const PLACES_SHOWN: usize = 20;

/// On which day.
#[derive(Deserialize, IntoParams)]
pub struct OnDay {
    /// Codes change: as they were on this day, where the operator's table has dates; the present unless given.
    #[param(value_type = Option<String>)]
    on: Option<Date>,
}

/// Every jurisdiction; names are needed beyond one's own, to hand over.
#[utoipa::path(get, path = "/jurisdictions", params(OnDay), responses((status = 200, body = Vec<Dated>)))]
pub async fn jurisdictions(
    State(app): State<App>,
    asking: SignedIn,
    Query(day): Query<OnDay>,
) -> Result<Json<Vec<Dated>>, Refusal> {
    let _ = asking;
    let Some(all) = app.deployment.profile().jurisdiction else { return Ok(Json(Vec::new())) };
    let mut rows = app.deployment.geography().on(day.on);
    rows.retain(|row| all.contains(row.division.code));
    Ok(Json(rows))
}

/// The boundaries as GeoJSON; an empty collection when the operator supplied none.
#[utoipa::path(get, path = "/boundaries", responses((status = 200, content_type = "application/geo+json")))]
pub async fn boundaries(State(app): State<App>, asking: SignedIn) -> Response {
    let _ = asking;
    let geography = app.deployment.geography();
    let text = geography.boundaries().unwrap_or(r#"{"type":"FeatureCollection","features":[]}"#).to_owned();
    ([(header::CONTENT_TYPE, "application/geo+json")], text).into_response()
}

/// A unit that a stay can be recorded in.
#[derive(Serialize, ToSchema)]
pub struct PlaceView {
    /// The unit.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// Its place.
    #[schema(value_type = String)]
    pub place: PlaceId,
    /// What it is called.
    pub name: String,
    /// What kind of space.
    pub setting: &'static str,
    /// Where it stands.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
pub struct PlaceQuery {
    /// Part of the name.
    #[serde(default)]
    q: String,
}

/// Places by name.
#[utoipa::path(get, path = "/places", params(PlaceQuery), responses((status = 200, body = Vec<PlaceView>)))]
pub async fn places(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<PlaceQuery>,
) -> Result<Json<Vec<PlaceView>>, Refusal> {
    asking.may(Action::SeePerson)?;
    let wanted = query.q.trim();
    if wanted.is_empty() {
        return Ok(Json(Vec::new()));
    }
    let situation = app.deployment.situation();
    let named = situation.world().units.values().filter_map(|unit| {
        let name = unit.name.as_ref().filter(|name| name.contains(wanted))?;
        Some(PlaceView {
            unit: unit.unit,
            place: unit.place,
            name: name.clone(),
            setting: unit.setting.name(),
            jurisdiction: unit.jurisdiction,
        })
    });
    let mut found: Vec<PlaceView> = named.collect();
    found.sort_by(|a, b| (a.name.len(), &a.name, a.unit).cmp(&(b.name.len(), &b.name, b.unit)));
    found.truncate(PLACES_SHOWN);
    Ok(Json(found))
}
