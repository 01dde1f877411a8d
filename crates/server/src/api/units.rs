//! Units: what happened in one, in numbers; and for a purpose, who was there.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use facts::{Disease, PersonId, Purpose, Scope, Timestamp, UnitId, UnitRow};
use jiff::ToSpan;
use serde::Deserialize;
use situation::Situation;
use utoipa::IntoParams;

use super::cases::ROWS_MAX;
use super::people::officers;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::venue::{Asked, Present, Venue, sees_unit};
use crate::views::with_names;

/// How far back a unit is shown unless it is said, in days.
const DAYS_SHOWN: i64 = 7;
/// The longest time that one question covers, in days.
const DAYS_MAX: i64 = 31;
/// The most stays that one file holds: each is recorded as a look.
const FILE_ROWS_MAX: usize = 50_000;

/// Which time, and which disease.
#[derive(Deserialize, IntoParams)]
pub struct When {
    /// From when; seven days before the end unless given.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Until when; now unless given. At most 31 days later.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// Cases and contacts of which disease; of any unless given.
    disease: Option<String>,
}

impl When {
    fn span(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Refusal> {
        let to = self.to.unwrap_or(now);
        let days = |days: i64| to.checked_sub((days * 24).hours()).unwrap_or(Timestamp::MIN);
        let from = self.from.unwrap_or_else(|| days(DAYS_SHOWN));
        if from >= to {
            return Err(Refusal::invalid("to", "lies before the start"));
        }
        if from < days(DAYS_MAX) {
            return Err(Refusal::invalid("from", format!("lies more than {DAYS_MAX} days before the end")));
        }
        Ok((from, to))
    }

    fn disease(&self) -> Option<Disease> {
        self.disease.as_deref().map(Disease::named)
    }
}

/// A unit that is theirs to look at.
fn visible<'a>(situation: &'a Situation, scope: &Scope, id: UnitId) -> Result<&'a UnitRow, Refusal> {
    let unit = situation.world().unit(id).ok_or(Refusal::NotFound)?;
    if sees_unit(situation, scope, unit) { Ok(unit) } else { Err(Refusal::NotFound) }
}

/// A unit, and who was there in numbers.
#[utoipa::path(get, path = "/units/{id}", params(("id" = String, Path), When), responses((status = 200, body = Venue)))]
pub async fn unit(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<UnitId>,
    Query(when): Query<When>,
) -> Result<Json<Venue>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let (from, to) = when.span(app.deployment.now())?;
    let disease = when.disease();
    let situation = app.deployment.situation();
    let unit = visible(&situation, &scope, id)?;
    Ok(Json(Venue::of(&situation, &Asked { unit, from, to, disease: disease.as_ref() })))
}

/// What for, and which page.
#[derive(Deserialize, IntoParams)]
pub struct Why {
    /// What it is looked at for; it is recorded.
    #[param(value_type = String)]
    purpose: Purpose,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

async fn present_in(
    app: &App,
    asking: &SignedIn,
    id: UnitId,
    when: &When,
    purpose: Purpose,
    (offset, limit): (usize, usize),
) -> Result<Present, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let purpose = officers(purpose)?;
    let deployment = &app.deployment;
    let (from, to) = when.span(deployment.now())?;
    let disease = when.disease();
    let (view, looks) = {
        let situation = deployment.situation();
        let unit = visible(&situation, &scope, id)?;
        let asked = Asked { unit, from, to, disease: disease.as_ref() };
        let view = Present::of(&situation, &scope, &asked, offset, limit);
        // Someone whose residence nobody knows is looked at where they were.
        let looks: Vec<(PersonId, _)> = view
            .people()
            .into_iter()
            .map(|person| (person, situation.residence(person).unwrap_or(unit.jurisdiction)))
            .collect();
        (view, looks)
    };
    deployment.registry.record_looks(&scope, purpose, &looks, "present-in-unit", deployment.now()).await?;
    with_names(view, deployment).await
}

/// Who was in a unit, of those who are theirs to see; the others are counted. Each look is recorded.
#[utoipa::path(get, path = "/units/{id}/present", params(("id" = String, Path), When, Why),
    responses((status = 200, body = Present)))]
pub async fn present(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<UnitId>,
    Query(when): Query<When>,
    Query(why): Query<Why>,
) -> Result<Json<Present>, Refusal> {
    let page = (why.offset, why.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX));
    Ok(Json(present_in(&app, &asking, id, &when, why.purpose, page).await?))
}

/// The same stays as a file.
#[utoipa::path(get, path = "/units/{id}/present.csv", params(("id" = String, Path), When, Why),
    responses((status = 200, content_type = "text/csv")))]
pub async fn present_csv(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<UnitId>,
    Query(when): Query<When>,
    Query(why): Query<Why>,
) -> Result<Response, Refusal> {
    let all = present_in(&app, &asking, id, &when, why.purpose, (0, FILE_ROWS_MAX)).await?;
    if all.total > FILE_ROWS_MAX {
        let detail = format!("{} stays are more than the {FILE_ROWS_MAX} of one file; ask for less time", all.total);
        return Err(Refusal::invalid("from", detail));
    }
    Ok(all.table().download("present"))
}
