//! Breaking the glass (紧急授权): seeing people beyond one's jurisdiction for a while, for a reason, and how somebody
//! else looks at it afterwards.

use std::collections::BTreeSet;

use access::{GlassTimes, ReasonCode, Verdict};
use axum::Json;
use axum::extract::{Path, Query, State};
use facts::{Hex, Jurisdiction, PersonId, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::{Action, Glass, GlassAsked, Review, Role};
use crate::refusal::{Problem, Refusal};
use crate::session::{App, SignedIn};

/// Rows of a list, unless asked otherwise, and at most.
const ROWS: usize = 50;
const ROWS_MAX: usize = 500;

/// Glass that was broken.
#[derive(Serialize, ToSchema)]
pub struct GlassView {
    id: String,
    account: String,
    role: Role,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    reason_code: ReasonCode,
    reason: String,
    #[schema(value_type = String)]
    opened: Timestamp,
    #[schema(value_type = String)]
    until: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    closed: Option<Timestamp>,
    open: bool,
    #[schema(value_type = String)]
    review_due: Timestamp,
    overdue: bool,
    /// How often its breaker looked at someone meanwhile.
    looks: usize,
    /// How many people they looked at.
    people: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<ReviewView>,
}

/// What somebody else found.
#[derive(Serialize, ToSchema)]
pub struct ReviewView {
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    reviewer: String,
    #[schema(value_type = String)]
    at: Timestamp,
}

impl From<Review> for ReviewView {
    fn from(Review { verdict, note, reviewer, at }: Review) -> Self {
        Self { verdict, note, reviewer, at }
    }
}

async fn view(app: &App, scope: &Scope, glass: Glass) -> Result<GlassView, Refusal> {
    let now = app.deployment.now();
    let Glass { id, account, reason_code, reason, times, review } = glass;
    // What they looked at themselves, wherever it was.
    let looks = app
        .deployment
        .registry
        .looks(scope, &BTreeSet::from([account.actor]), times.opened, times.end().min(now.max(times.opened)))
        .await?;
    let theirs = || looks.iter().filter(|look| look.actor == account.actor);
    let people: BTreeSet<PersonId> = theirs().filter_map(|look| look.person).collect();
    Ok(GlassView {
        looks: theirs().count(),
        people: people.len(),
        id,
        account: account.name,
        role: account.role,
        jurisdiction: account.jurisdiction,
        reason_code,
        reason,
        opened: times.opened,
        until: times.until,
        closed: times.closed,
        open: times.is_open(now),
        review_due: times.review_due(),
        overdue: times.is_overdue(now),
        review: review.map(ReviewView::from),
    })
}

/// Why, and for how long.
#[derive(Deserialize, ToSchema)]
pub struct GlassGiven {
    reason_code: ReasonCode,
    /// In words, at least ten characters.
    reason: String,
    /// 15 to 240.
    minutes: u32,
}

/// Break the glass: see people of the whole deployment for a while. What one may do stays what it is.
#[utoipa::path(post, path = "/break-glass", responses((status = 200, body = GlassView), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub async fn break_glass(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<GlassGiven>,
) -> Result<Json<GlassView>, Refusal> {
    let scope = asking.may(Action::BreakGlass)?;
    let deployment = &app.deployment;
    let reason = given.reason.trim();
    if reason.chars().count() < GlassTimes::REASON_CHARACTERS_MIN {
        let least = GlassTimes::REASON_CHARACTERS_MIN;
        return Err(Refusal::invalid("reason", format!("says too little: at least {least} characters")));
    }
    let times = GlassTimes::broken(deployment.now(), given.minutes).ok_or_else(|| {
        let (least, most) = (GlassTimes::MINUTES.start(), GlassTimes::MINUTES.end());
        Refusal::invalid("minutes", format!("expected {least} to {most}"))
    })?;
    let id = Hex(deployment.chance.bytes::<8>()).to_string();
    let (account, reason_code) = (&asking.account, given.reason_code);
    let asked = GlassAsked { id: id.clone(), account, reason_code, reason, times };
    if !deployment.accounts.break_glass(asked, deployment.chance.bytes()).await? {
        return Err(Refusal::Conflict("you have broken it already; close that first, or go on with it"));
    }
    tracing::warn!(glass = id, "somebody broke the glass");
    Ok(Json(view(&app, &scope, theirs(&app, &asking, &id).await?).await?))
}

/// What one broke oneself.
async fn theirs(app: &App, asking: &SignedIn, id: &str) -> Result<Glass, Refusal> {
    let all = app.deployment.accounts.glasses().await?;
    all.into_iter().find(|glass| glass.id == id && glass.account.actor == asking.account.actor).ok_or(Refusal::NotFound)
}

/// End what one broke.
#[utoipa::path(post, path = "/break-glass/{id}/close", params(("id" = String, Path)),
    responses((status = 200, body = GlassView)))]
pub async fn close(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<GlassView>, Refusal> {
    let scope = asking.may(Action::BreakGlass)?;
    theirs(&app, &asking, &id).await?;
    // Once it has ended by itself there is nothing left to end, and nothing wrong with asking.
    app.deployment.accounts.close_glass(&asking.account.name, &id, app.deployment.now()).await?;
    Ok(Json(view(&app, &scope, theirs(&app, &asking, &id).await?).await?))
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
pub struct GlassWanted {
    /// `open`, `to-review`, `reviewed` or `all`.
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    offset: usize,
}

/// Glass that was broken, newest first.
#[derive(Serialize, ToSchema)]
pub struct Glasses {
    total: usize,
    /// Of all that are theirs to see, how many wait for a review.
    to_review: usize,
    /// How many of those wait too long.
    overdue: usize,
    rows: Vec<GlassView>,
}

/// What was broken: to reviewers that of their jurisdiction, to the others their own.
#[utoipa::path(get, path = "/break-glass", params(GlassWanted), responses((status = 200, body = Glasses)))]
pub async fn list(
    State(app): State<App>,
    asking: SignedIn,
    Query(wanted): Query<GlassWanted>,
) -> Result<Json<Glasses>, Refusal> {
    let reviews = asking.may(Action::ReviewGlass);
    let scope = reviews.as_ref().copied().or_else(|_| asking.may(Action::BreakGlass))?;
    let now = app.deployment.now();
    let mut all = app.deployment.accounts.glasses().await?;
    all.retain(|glass| match &reviews {
        Ok(scope) => scope.covers(glass.account.jurisdiction),
        Err(_) => glass.account.actor == asking.account.actor,
    });
    let waits = |glass: &Glass| glass.review.is_none() && !glass.times.is_open(now);
    let to_review = all.iter().filter(|glass| waits(glass)).count();
    let overdue = all.iter().filter(|glass| glass.times.is_overdue(now)).count();
    match wanted.state.as_deref() {
        None | Some("all") => {}
        Some("open") => all.retain(|glass| glass.times.is_open(now)),
        Some("to-review") => all.retain(waits),
        Some("reviewed") => all.retain(|glass| glass.review.is_some()),
        Some(_) => return Err(Refusal::invalid("state", "expected open, to-review, reviewed or all")),
    }
    let total = all.len();
    let mut rows = Vec::new();
    for glass in all.into_iter().skip(wanted.offset).take(wanted.limit.unwrap_or(ROWS).min(ROWS_MAX)) {
        rows.push(view(&app, &scope, glass).await?);
    }
    Ok(Json(Glasses { total, to_review, overdue, rows }))
}

/// What was found.
#[derive(Deserialize, ToSchema)]
pub struct ReviewGiven {
    verdict: Verdict,
    #[serde(default)]
    note: Option<String>,
}

/// Say whether it had to be. Not about what one broke oneself, and not before it has ended.
#[utoipa::path(post, path = "/break-glass/{id}/review", params(("id" = String, Path)),
    responses((status = 200, body = GlassView), (status = 409, body = Problem)))]
pub async fn review(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<String>,
    Json(given): Json<ReviewGiven>,
) -> Result<Json<GlassView>, Refusal> {
    let scope = asking.may(Action::ReviewGlass)?;
    let deployment = &app.deployment;
    let now = deployment.now();
    let found = async || {
        let all = deployment.accounts.glasses().await?;
        let seen = all.into_iter().find(|glass| glass.id == id && scope.covers(glass.account.jurisdiction));
        seen.ok_or(Refusal::NotFound)
    };
    let glass = found().await?;
    if glass.account.actor == asking.account.actor {
        return Err(Refusal::Conflict("you broke it yourself; somebody else has to look at it"));
    }
    if glass.times.is_open(now) {
        return Err(Refusal::Conflict("it has not ended yet"));
    }
    let note = given.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let review = Review { verdict: given.verdict, note, reviewer: asking.account.name.clone(), at: now };
    if !deployment.accounts.review_glass(&id, &review, deployment.chance.bytes()).await? {
        return Err(Refusal::Conflict("somebody looked at it before"));
    }
    Ok(Json(view(&app, &scope, found().await?).await?))
}
