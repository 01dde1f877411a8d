//! One's own shifts as a calendar (iCalendar, RFC 5545), open to whoever has a token, until it is revoked.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use facts::{Body, Hex, PostFact, PostRole, Span, Timestamp};
use icalendar::{Calendar, Component, Event};
use jiff::ToSpan;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::headquarters::drafted;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};

/// How far back and ahead the calendar reaches, in days.
const DAYS: i64 = 62;

/// Whether one's calendar is open.
#[derive(Serialize, ToSchema)]
pub struct CalendarState {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    created: Option<Timestamp>,
}

/// Whether one's calendar is open to whoever has the token.
#[utoipa::path(get, path = "/calendar", responses((status = 200, body = CalendarState)))]
pub async fn state(State(app): State<App>, asking: SignedIn) -> Result<Json<CalendarState>, Refusal> {
    asking.may(Action::HoldPost)?;
    let commanding = app.deployment.commanding();
    let created = commanding.command.routine.rosters.calendar_since(asking.account.actor);
    Ok(Json(CalendarState { active: created.is_some(), created }))
}

/// Where one's calendar is. Shown once.
#[derive(Serialize, ToSchema)]
pub struct CalendarOpened {
    path: String,
}

/// Open one's calendar under a new token; an earlier one ends.
#[utoipa::path(post, path = "/calendar", responses((status = 200, body = CalendarOpened)))]
pub async fn open(State(app): State<App>, asking: SignedIn) -> Result<Json<CalendarOpened>, Refusal> {
    asking.may(Action::HoldPost)?;
    let deployment = &app.deployment;
    let token = Hex(deployment.chance.bytes::<32>()).to_string();
    let body = Body::Post(PostFact::CalendarOpened { officer: asking.account.actor, token: digest(&token) });
    // Each request makes a token of its own.
    let key = Hex(deployment.chance.bytes::<16>()).to_string();
    deployment.record(vec![drafted(&app, &asking, "calendar", &key, body)]).await?;
    Ok(Json(CalendarOpened { path: format!("/api/v1/calendar/{token}.ics") }))
}

/// Close one's calendar: the token opens nothing any more.
#[utoipa::path(delete, path = "/calendar", responses((status = 204)))]
pub async fn close(State(app): State<App>, asking: SignedIn) -> Result<StatusCode, Refusal> {
    asking.may(Action::HoldPost)?;
    let deployment = &app.deployment;
    let officer = asking.account.actor;
    if deployment.commanding().command.routine.rosters.calendar_since(officer).is_some() {
        let key = Hex(deployment.chance.bytes::<16>()).to_string();
        let body = Body::Post(PostFact::CalendarClosed { officer });
        deployment.record(vec![drafted(&app, &asking, "calendar-close", &key, body)]).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn digest(token: &str) -> Hex<32> {
    Hex(Sha256::digest(token.as_bytes()).into())
}

/// A time as calendars write it: in UTC, so that no table of zones is needed to read it.
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The shifts of whoever opened this calendar. Without a session: the token is what opens it.
#[utoipa::path(get, path = "/calendar/{token}", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/calendar")))]
pub async fn feed(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    let token = digest(token.strip_suffix(".ics").unwrap_or(&token));
    let officer = deployment.commanding().command.routine.rosters.calendar_of(&token).ok_or(Refusal::NotFound)?;
    // Whoever may not sign in any more has no calendar either.
    let working = deployment.accounts.working().await?;
    let works = working.iter().any(|account| account.actor == officer && account.role.may(Action::HoldPost));
    if !works {
        return Err(Refusal::NotFound);
    }
    let now = deployment.now();
    let reach = (DAYS * 24).hours();
    let from = now.checked_sub(reach).unwrap_or(now);
    let within = Span::new(from, now.checked_add(reach).unwrap_or(Timestamp::MAX)).map_err(|_| Refusal::NotFound)?;
    let geography = deployment.geography();
    let mut calendar = Calendar::new();
    calendar.name("值班 Duty roster");
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    for (post, role, rostered) in routine.rosters.turns(officer, within) {
        let Some(post) = routine.posts.post(post) else { continue };
        let span = rostered.shift.span;
        let place = geography.name(post.headquarters.jurisdiction);
        let (zh, en) = match role {
            PostRole::Primary => ("A角", "primary"),
            PostRole::Deputy => ("B角", "deputy"),
        };
        let name = &post.kind.name;
        let event = Event::new()
            .uid(&format!("{}-{}@firebreak", post.id, span.start().as_second()))
            .summary(&format!("{}{} {zh}", place.zh, name.zh))
            .description(&format!("{}, {}, {en}", place.en, name.en))
            .add_property("DTSTAMP", utc(rostered.recorded))
            .add_property("DTSTART", utc(span.start()))
            .add_property("DTEND", utc(span.end()))
            .done();
        calendar.push(event);
    }
    let headers = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
    Ok((headers, calendar.to_string()).into_response())
}
