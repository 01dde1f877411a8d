//! Meetings and orders: from what was decided to what was done.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use command::orders::Order;
use duties::{Duty, ladder};
use facts::{
    Body, Department, DutyId, FactId, Jurisdiction, OrderFact, Parties, Purpose, Reason, Scope, TextId, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::attachments::attached;
use super::board::{due_from, known_division, look};
use super::cases::ROWS_MAX;
use super::recording::{draft, erasable};
use super::situation::Within;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::board::{RungView, Seen, level_name, level_named};
use crate::views::orders::{MeetingRow, MeetingView, OrderRow, OrderView, seen_by, sees_meeting};
use crate::views::{WordsView, with_names};

/// Which page.
#[derive(Deserialize, IntoParams)]
pub struct Page {
    /// How many rows, at most 1,000.
    pub(super) limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    pub(super) offset: usize,
}

impl Page {
    /// The rows of this page.
    pub fn of<T>(&self, rows: Vec<T>) -> Vec<T> {
        rows.into_iter().skip(self.offset).take(self.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX)).collect()
    }
}

/// Meetings.
#[derive(Serialize, ToSchema)]
pub struct Meetings {
    /// How many there are.
    total: usize,
    /// One page of them, latest first.
    rows: Vec<MeetingRow>,
}

/// The meetings of my jurisdiction, and those that it has a venue of.
#[utoipa::path(get, path = "/meetings", params(Within, Page), responses((status = 200, body = Meetings)))]
pub async fn meetings(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
    Query(page): Query<Page>,
) -> Result<Json<Meetings>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let scope = Scope { jurisdiction: within.of(&scope)?, ..scope };
    Ok(Json(look(&app, &asking, |seen| {
        let meetings = seen.command.orders().meetings();
        let mut found: Vec<_> = meetings.filter(|meeting| sees_meeting(meeting, &scope)).collect();
        found.sort_by_key(|meeting| std::cmp::Reverse((meeting.starts, meeting.fact)));
        let total = found.len();
        let rows = page.of(found).into_iter().map(|meeting| MeetingRow::of(seen, meeting, &scope)).collect();
        Meetings { total, rows }
    })))
}

async fn meeting_view(app: &App, asking: &SignedIn, id: FactId) -> Result<Json<MeetingView>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let view = look(app, asking, |seen| {
        let meeting = seen.command.orders().meeting(id).filter(|meeting| sees_meeting(meeting, &scope));
        meeting.map(|meeting| MeetingView::of(seen, meeting, &scope))
    });
    Ok(Json(with_names(view.ok_or(Refusal::NotFound)?, &app.deployment).await?))
}

/// A meeting, opened on what its predecessors left undone.
#[utoipa::path(get, path = "/meetings/{fact}", params(("fact" = String, Path)),
    responses((status = 200, body = MeetingView)))]
pub async fn meeting(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
) -> Result<Json<MeetingView>, Refusal> {
    meeting_view(&app, &asking, id).await
}

/// A meeting to come, or that was.
#[derive(Deserialize, ToSchema)]
pub struct MeetingGiven {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    #[schema(value_type = String)]
    starts: Timestamp,
    title: String,
    #[serde(default)]
    number: Option<u32>,
    #[serde(default)]
    agenda: Vec<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    branches: BTreeSet<Jurisdiction>,
    /// The meeting before; the latest of the jurisdiction unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    after: Option<FactId>,
    key: String,
}

/// The most points of an agenda.
const AGENDA_MAX: usize = 100;

/// Call a meeting.
#[utoipa::path(post, path = "/meetings", responses((status = 200, body = MeetingView)))]
pub async fn call(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<MeetingGiven>,
) -> Result<Json<MeetingView>, Refusal> {
    let scope = asking.may(Action::GiveOrder)?;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "does not lie within your jurisdiction"));
    }
    for &branch in &given.branches {
        known_division(&app, "branches", branch)?;
        if !given.jurisdiction.contains(branch) {
            return Err(Refusal::invalid("branches", format!("{branch} does not lie within {}", given.jurisdiction)));
        }
    }
    if given.agenda.len() > AGENDA_MAX {
        return Err(Refusal::invalid("agenda", format!("has more than {AGENDA_MAX} points")));
    }
    let title = erasable(&app, &asking, None, Some(&given.title)).await?;
    let title = title.ok_or_else(|| Refusal::invalid("title", "say what the meeting is called"))?;
    let mut agenda = Vec::with_capacity(given.agenda.len());
    for point in &given.agenda {
        agenda.extend(erasable(&app, &asking, None, Some(point)).await?);
    }
    let after = look(&app, &asking, |seen| {
        let orders = seen.command.orders();
        match given.after {
            Some(after) => {
                orders.meeting(after).filter(|it| it.jurisdiction == given.jurisdiction).map(|it| Some(it.fact))
            }
            None => Some(orders.meeting_before(given.jurisdiction, given.starts).map(|it| it.fact)),
        }
    });
    let after = after.ok_or_else(|| Refusal::invalid("after", "is no meeting of this jurisdiction"))?;
    let MeetingGiven { jurisdiction, starts, number, branches, key, .. } = given;
    let body = OrderFact::Meeting { jurisdiction, starts, number, title, agenda, branches, after };
    let fact = record(&app, &asking, &key, body).await?;
    meeting_view(&app, &asking, fact).await
}

async fn record(app: &App, asking: &SignedIn, key: &str, said: OrderFact) -> Result<FactId, Refusal> {
    let draft = draft(app, asking, Some(key), Purpose::FollowUp, Body::Order(said));
    app.deployment.record(vec![draft]).await?.facts.first().copied().ok_or(Refusal::NotFound)
}

/// Who came to a venue.
#[derive(Deserialize, ToSchema)]
pub struct AttendanceGiven {
    #[schema(value_type = String)]
    branch: Jurisdiction,
    invited: u32,
    present: u32,
    key: String,
}

/// Say who came to one of its venues.
#[utoipa::path(post, path = "/meetings/{fact}/attendance", params(("fact" = String, Path)),
    responses((status = 200, body = MeetingView)))]
pub async fn attendance(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<AttendanceGiven>,
) -> Result<Json<MeetingView>, Refusal> {
    let scope = asking.may(Action::AnswerOrder)?;
    let is_venue = look(&app, &asking, |seen| {
        let meeting = seen.command.orders().meeting(id).filter(|meeting| sees_meeting(meeting, &scope));
        meeting.map(|meeting| meeting.jurisdiction == given.branch || meeting.branches.contains(&given.branch))
    });
    if !is_venue.ok_or(Refusal::NotFound)? || !scope.covers(given.branch) {
        return Err(Refusal::invalid("branch", "is no venue of this meeting that is yours to speak for"));
    }
    let AttendanceGiven { branch, invited, present, key } = given;
    record(&app, &asking, &key, OrderFact::Attendance { meeting: id, branch, invited, present }).await?;
    meeting_view(&app, &asking, id).await
}

/// What was decided.
#[derive(Deserialize, ToSchema)]
pub struct DecisionGiven {
    text: String,
    /// The point of the agenda, from 1.
    #[serde(default)]
    agenda: Option<u32>,
    key: String,
}

/// Record what a meeting decided.
#[utoipa::path(post, path = "/meetings/{fact}/decisions", params(("fact" = String, Path)),
    responses((status = 200, body = MeetingView)))]
pub async fn decision(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<DecisionGiven>,
) -> Result<Json<MeetingView>, Refusal> {
    let scope = asking.may(Action::GiveOrder)?;
    let points = look(&app, &asking, |seen| {
        let meeting = seen.command.orders().meeting(id).filter(|meeting| scope.covers(meeting.jurisdiction));
        meeting.map(|meeting| meeting.agenda.len())
    });
    let points = points.ok_or(Refusal::NotFound)?;
    if given.agenda.is_some_and(|point| point == 0 || point as usize > points) {
        return Err(Refusal::invalid("agenda", format!("the agenda has the points 1 to {points}")));
    }
    let text = erasable(&app, &asking, None, Some(&given.text)).await?;
    let text = text.ok_or_else(|| Refusal::invalid("text", "say what was decided"))?;
    record(&app, &asking, &given.key, OrderFact::Decision { meeting: id, text, agenda: given.agenda }).await?;
    meeting_view(&app, &asking, id).await
}

/// Which orders.
#[derive(Deserialize, IntoParams)]
pub struct OrderQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// `open`, `overdue`, `done` or `all`; open unless given.
    state: Option<String>,
    /// `given` by the jurisdiction, `received` by it, or `all`; all unless given.
    direction: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// Orders.
#[derive(Serialize, ToSchema)]
pub struct Orders {
    /// How many fit.
    total: usize,
    /// One page of them, least time left first.
    rows: Vec<OrderRow>,
}

/// The orders that my jurisdiction gave or received.
#[utoipa::path(get, path = "/orders", params(OrderQuery), responses((status = 200, body = Orders)))]
pub async fn orders(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<OrderQuery>,
) -> Result<Json<Orders>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let scope = Scope { jurisdiction: Within { jurisdiction: query.jurisdiction }.of(&scope)?, ..scope };
    let state = query.state.as_deref().unwrap_or("open");
    if !["open", "overdue", "done", "all"].contains(&state) {
        return Err(Refusal::invalid("state", "expected open, overdue, done or all"));
    }
    let direction = query.direction.as_deref().unwrap_or("all");
    if !["given", "received", "all"].contains(&direction) {
        return Err(Refusal::invalid("direction", "expected given, received or all"));
    }
    Ok(Json(look(&app, &asking, |seen| {
        let goes = |order: &&Order| match direction {
            "given" => scope.covers(order.from),
            "received" => order.duties.keys().any(|to| scope.covers(*to)),
            _ => true,
        };
        let own = seen.command.orders().orders().filter(goes).filter_map(|order| seen_by(order, &scope));
        let rows = own.map(|order| OrderRow::of(seen, &order)).filter(|row| match state {
            "overdue" => row.progress.overdue > 0,
            "done" => row.state != "open",
            "all" => true,
            _ => row.state == "open",
        });
        let mut rows: Vec<OrderRow> = rows.collect();
        rows.sort_by_key(|row| (row.state != "open", row.due, row.order));
        let total = rows.len();
        Orders { total, rows: Page { limit: query.limit, offset: query.offset }.of(rows) }
    })))
}

async fn order_view(app: &App, asking: &SignedIn, id: FactId) -> Result<OrderView, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let view = look(app, asking, |seen| {
        let order = seen.command.orders().order(id).and_then(|order| seen_by(order, &scope));
        order.map(|order| OrderView::of(seen, &order))
    });
    with_names(view.ok_or(Refusal::NotFound)?, &app.deployment).await
}

/// An order: who read it, who did it, what it was broken into.
#[utoipa::path(get, path = "/orders/{fact}", params(("fact" = String, Path)), responses((status = 200, body = OrderView)))]
pub async fn order(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
) -> Result<Json<OrderView>, Refusal> {
    Ok(Json(order_view(&app, &asking, id).await?))
}

/// An order to divisions below.
#[derive(Deserialize, ToSchema)]
pub struct OrderGiven {
    /// Who orders; one's own jurisdiction unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<Jurisdiction>,
    /// Divisions by name.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    to: BTreeSet<Jurisdiction>,
    /// And every division of these levels.
    #[serde(default)]
    levels: Vec<String>,
    /// Within this jurisdiction; within `from` unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    within: Option<Jurisdiction>,
    text: String,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    due: Option<Timestamp>,
    #[serde(default)]
    due_hours: Option<u32>,
    #[serde(default)]
    due_working_hours: Option<u32>,
    /// It has to be read within so many hours; as the template has it unless given.
    #[serde(default)]
    acknowledge_hours: Option<u32>,
    #[serde(default)]
    evidence_required: bool,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    meeting: Option<FactId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    decision: Option<FactId>,
    /// Which department of each, by its code.
    #[serde(default)]
    department: Option<String>,
    /// Only say what would follow.
    #[serde(default)]
    preview: bool,
    key: String,
}

/// A division that an order goes to.
#[derive(Serialize, ToSchema)]
pub struct Addressed {
    #[schema(value_type = String)]
    code: Jurisdiction,
    name: WordsView,
    level: &'static str,
}

/// What an order comes to.
#[derive(Serialize, ToSchema)]
pub struct Ordered {
    /// Whether this is only what would follow.
    preview: bool,
    /// Where it goes.
    addressees: Vec<Addressed>,
    /// By when.
    #[schema(value_type = String)]
    due: Timestamp,
    /// When it makes itself heard at the first of them.
    ladder: Vec<RungView>,
    /// Those of them that have no headquarters yet: nobody there waits for orders.
    #[schema(value_type = Vec<String>)]
    no_headquarters: Vec<Jurisdiction>,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderView>,
}

/// Where an order goes: the divisions that were named, and those of the levels that were.
fn addressees(app: &App, given: &OrderGiven, from: Jurisdiction) -> Result<BTreeSet<Jurisdiction>, Refusal> {
    let mut to = given.to.clone();
    for &code in &to {
        known_division(app, "to", code)?;
        if code == from || !from.contains(code) {
            let detail =
                format!("{code} does not lie below {from}; an order goes down, and others are asked by letter");
            return Err(Refusal::invalid("to", detail));
        }
    }
    let within = given.within.unwrap_or(from);
    if !from.contains(within) {
        return Err(Refusal::invalid("within", format!("does not lie within {from}")));
    }
    let geography = app.deployment.geography();
    for name in &given.levels {
        let level = level_named(name).ok_or_else(|| {
            Refusal::invalid("levels", format!("{name} is no level; expected city, county, township or community"))
        })?;
        let before = to.len();
        let below = geography.within(within).filter(|division| division.level == level && division.code != from);
        to.extend(below.map(|division| division.code));
        if to.len() == before {
            let detail = format!(
                "there is no {name} within {within} here; choose a level that there is, or add its divisions to the \
                 list of jurisdictions"
            );
            return Err(Refusal::invalid("levels", detail));
        }
    }
    if to.is_empty() {
        return Err(Refusal::invalid("to", "name divisions, or levels"));
    }
    Ok(to)
}

/// Give an order.
#[utoipa::path(post, path = "/orders", responses((status = 200, body = Ordered)))]
pub async fn give(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<OrderGiven>,
) -> Result<Json<Ordered>, Refusal> {
    let scope = asking.may(Action::GiveOrder)?;
    let from = given.from.unwrap_or(scope.jurisdiction);
    if !scope.covers(from) {
        return Err(Refusal::invalid("from", "does not lie within your jurisdiction"));
    }
    let to = addressees(&app, &given, from)?;
    let department = given.department.as_deref().map(Department::named).transpose()?;
    if given.text.trim().is_empty() {
        return Err(Refusal::invalid("text", "say what is ordered"));
    }
    let (due, numbers, mut ordered) = look(&app, &asking, |seen| {
        let orders = seen.command.orders();
        let meeting = given.meeting.map(|meeting| {
            let found = orders.meeting(meeting).filter(|meeting| meeting.jurisdiction == from);
            found.ok_or_else(|| Refusal::invalid("meeting", format!("is no meeting of {from}")))
        });
        let meeting = meeting.transpose()?;
        if let Some(decision) = given.decision {
            let decided = meeting.is_some_and(|meeting| meeting.decisions.iter().any(|it| it.fact == decision));
            if !decided {
                return Err(Refusal::invalid("decision", "is no decision of that meeting"));
            }
        }
        let due = due_from(seen, from, given.due, given.due_hours, given.due_working_hours)?;
        let routine = &seen.command.routine;
        let read = given.acknowledge_hours.or_else(|| routine.hours("acknowledge-order", from, seen.at));
        let mut numbers = routine.ladder(from, seen.at);
        numbers.acknowledge_within_minutes = read.map(|hours| hours.saturating_mul(60));
        let example = to.first().map(|&to| Duty::new(DutyId::new(0), (), Parties::of(to), seen.at, due, numbers));
        let rungs = example.iter().flat_map(ladder);
        let no_headquarters = to.iter().copied().filter(|to| routine.posts.headquarters(*to, seen.at).is_none());
        let ordered = Ordered {
            preview: given.preview,
            addressees: to.iter().map(|&code| addressed(seen, code)).collect(),
            due,
            ladder: rungs.map(|rung| RungView::of(seen.geography, &rung, seen.at)).collect(),
            no_headquarters: no_headquarters.collect(),
            order: None,
        };
        Ok((due, numbers, ordered))
    })?;
    if given.preview {
        return Ok(Json(ordered));
    }
    let text = erasable(&app, &asking, None, Some(&given.text)).await?;
    let text = text.ok_or_else(|| Refusal::invalid("text", "say what is ordered"))?;
    let OrderGiven { evidence_required, meeting, decision, key, .. } = given;
    let ladder = numbers;
    let body = OrderFact::Given { from, to, department, text, due, ladder, evidence_required, meeting, decision };
    let fact = record(&app, &asking, &key, body).await?;
    ordered.order = Some(order_view(&app, &asking, fact).await?);
    Ok(Json(ordered))
}

fn addressed(seen: &Seen<'_>, code: Jurisdiction) -> Addressed {
    Addressed { code, name: seen.geography.name(code).into(), level: level_name(code.level()) }
}

/// A look at whether an order is carried out.
#[derive(Deserialize, ToSchema)]
pub struct SpotCheckGiven {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    held: bool,
    /// By when it has to be, where it is not; as the template has it unless given.
    #[serde(default)]
    due_hours: Option<u32>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    attachment: Option<TextId>,
    key: String,
}

/// How long there is to do again what was only said to be done, where neither request nor template says, in hours.
const REDO_HOURS: u32 = 24;

/// By when something is to be done again.
pub fn redo_by(seen: &Seen<'_>, place: Jurisdiction, hours: Option<u32>) -> Timestamp {
    let hours = hours.or_else(|| seen.command.routine.hours("redo", place, seen.at)).unwrap_or(REDO_HOURS);
    duties::later(seen.at, hours.saturating_mul(60).max(1))
}

/// Look whether an order is carried out; what was only said to be done is owed again.
#[utoipa::path(post, path = "/orders/{fact}/spot-checks", params(("fact" = String, Path)),
    responses((status = 200, body = OrderView)))]
pub async fn spot_check(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<SpotCheckGiven>,
) -> Result<Json<OrderView>, Refusal> {
    let scope = match asking.may(Action::GiveOrder) {
        Ok(scope) => scope,
        Err(_) => asking.may(Action::Inspect)?,
    };
    let due = look(&app, &asking, |seen| {
        let order =
            seen.command.orders().order(id).and_then(|order| seen_by(order, &scope)).ok_or(Refusal::NotFound)?;
        let duty = order.duties.get(&given.jurisdiction).filter(|_| scope.covers(given.jurisdiction));
        let duty =
            duty.ok_or_else(|| Refusal::invalid("jurisdiction", "did not get this order, or is not yours to check"))?;
        if seen.command.board().hands(*duty).contains(&scope.actor) {
            return Err(Refusal::Conflict("you had a part in this duty; someone else has to check it"));
        }
        Ok((!given.held).then(|| redo_by(seen, given.jurisdiction, given.due_hours)))
    })?;
    let text = erasable(&app, &asking, None, given.text.as_deref()).await?;
    let photo = attached(&app, &asking, given.attachment).await?;
    let SpotCheckGiven { jurisdiction, held, key, .. } = given;
    record(&app, &asking, &key, OrderFact::SpotCheck { order: id, jurisdiction, held, due, text, photo }).await?;
    Ok(Json(order_view(&app, &asking, id).await?))
}

/// Why an order does not stand any more.
#[derive(Deserialize, ToSchema)]
pub struct WithdrawalGiven {
    #[schema(value_type = String)]
    reason: Reason,
    #[serde(default)]
    text: Option<String>,
    key: String,
}

/// Withdraw an order: nobody owes it any more, nor what it was broken into.
#[utoipa::path(post, path = "/orders/{fact}/withdraw", params(("fact" = String, Path)),
    responses((status = 200, body = OrderView)))]
pub async fn withdraw(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<WithdrawalGiven>,
) -> Result<Json<OrderView>, Refusal> {
    let scope = asking.may(Action::GiveOrder)?;
    let is_theirs =
        look(&app, &asking, |seen| seen.command.orders().order(id).is_some_and(|order| scope.covers(order.from)));
    if !is_theirs {
        return Err(Refusal::NotFound);
    }
    let words = erasable(&app, &asking, None, given.text.as_deref()).await?;
    record(&app, &asking, &given.key, OrderFact::Withdrawn { order: id, reason: given.reason, words }).await?;
    Ok(Json(order_view(&app, &asking, id).await?))
}
