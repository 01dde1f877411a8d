//! Visits as machines send them, and what the index holds of them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use facts::{ActorId, Channel, Date, Source, Timestamp};
use feeds::{Payload, Refused};
use journal::Fate;
use serde::{Deserialize, Serialize};
use tokio::task::block_in_place;
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Action;
use crate::deployment::Deployment;
use crate::deployment::intake::{Acknowledged, Sent};
use crate::error::ServerError;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::overview::{index_version, sealed_up_to, traced_up_to};

/// The largest message, in bytes.
pub const VISITS_BYTES_MAX: usize = 64 << 20;

/// What a table cannot say of itself.
#[derive(Deserialize, IntoParams)]
pub struct TableQuery {
    /// The sender's own name for the message.
    source_key: Option<String>,
    /// How long a stay without an end is assumed to last, in minutes.
    assumed_dwell_minutes: Option<u32>,
}

/// A message of visits. Only described here; what is wrong with one is found row by row.
#[derive(ToSchema)]
#[allow(dead_code)] // the description of what `feeds::Payload` reads
pub struct VisitsMessage {
    /// The sender's own name for the message, such as 32 hexadecimal digits. Sent again it is one message; with
    /// other visits it corrects; with none it is taken back.
    source_key: Option<String>,
    /// How long a stay without an end is assumed to last, in minutes.
    assumed_dwell_minutes: Option<u32>,
    /// The visits.
    visits: Vec<VisitSent>,
}

/// One visit.
#[derive(ToSchema)]
#[allow(dead_code)] // likewise
pub struct VisitSent {
    person: String,
    unit: String,
    start: String,
    end: Option<String>,
    seat_row: Option<u16>,
}

/// What is wrong with a row of a table.
#[derive(Serialize, ToSchema)]
pub struct VisitProblem {
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    code: &'static str,
    expected: String,
}

/// A message that is durable and traceable.
#[derive(Serialize, ToSchema)]
pub struct VisitsReceived {
    /// Its number; that of the first one when it was sent again.
    intake: u64,
    /// How many visits it brought.
    accepted: usize,
    /// Whether the same had been sent before under the same key.
    duplicate: bool,
    /// How many earlier visits it takes the place of.
    corrected: u64,
    /// People of whom nothing was required before and something is now.
    contacts_new: u64,
    /// When the last visits were received.
    #[schema(value_type = Option<String>)]
    traced_up_to: Option<Timestamp>,
    /// Rows of a table that were left out.
    rejected: u64,
    /// What is wrong with them: the first 200.
    errors: Vec<VisitProblem>,
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::invalid(refused.field, refused.to_string())
    }
}

/// The messages of one feed on their way in. A key counts within its feed, so that no feed corrects another's.
pub fn from_feed(deployment: &Deployment, feed: &str, actor: ActorId, payload: Payload) -> Sent {
    let Payload { source_key, assumed_dwell_minutes, visits, .. } = payload;
    let key = source_key.map(|key| deployment.registry.secret_source_key(&format!("visits {feed} {key}")));
    Sent { visits, source: Source { actor, channel: Channel::Feed, key }, assumed_dwell_minutes }
}

/// Send visits: JSON, CSV or Parquet. They are durable and traceable when the answer comes.
#[utoipa::path(post, path = "/visits", params(TableQuery), request_body(content(
        (VisitsMessage = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.apache.parquet"),
    )), responses((status = 200, body = VisitsReceived)))]
pub async fn send(
    State(app): State<App>,
    asking: SignedIn,
    Query(table): Query<TableQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<VisitsReceived>, Refusal> {
    asking.may(Action::SendVisits)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let now = app.deployment.now();
    let read_table = |name| {
        let TableQuery { source_key, assumed_dwell_minutes } = &table;
        Payload::from_table(name, body.to_vec(), source_key.clone(), *assumed_dwell_minutes, now)
    };
    let mut payload = block_in_place(|| match kind.as_str() {
        "application/json" => Payload::from_json(&body, now).map_err(Refusal::from),
        "text/csv" => read_table("visits.csv").map_err(Refusal::from),
        "application/vnd.apache.parquet" => read_table("visits.parquet").map_err(Refusal::from),
        _ => Err(Refusal::invalid(
            "content-type",
            "expected application/json, text/csv or application/vnd.apache.parquet",
        )),
    })?;
    let (accepted, rejected, problems) =
        (payload.visits.len(), payload.rejected, std::mem::take(&mut payload.problems));
    if accepted == 0 && rejected > 0 {
        let first = problems.first().map_or_else(String::new, |problem| {
            let column = problem.column.as_deref().unwrap_or_default();
            format!("; row {}, {column}: expected {}", problem.row, problem.expected)
        });
        return Err(Refusal::invalid("visits", format!("none of {rejected} rows can be read{first}")));
    }
    let actor = asking.account.actor;
    let sent = from_feed(&app.deployment, &actor.to_string(), actor, payload);
    // As a task of its own: a client that hangs up must not cut short what others wait for as well.
    let deployment = app.deployment.clone();
    let taken = tokio::spawn(async move { deployment.take_in(vec![sent], now).await });
    let acknowledged = taken.await.map_err(|_| ServerError::CutShort)??;
    let Acknowledged { intake, fate, contacts_new, .. } =
        acknowledged.into_iter().next().ok_or(ServerError::CutShort)?;
    let corrected = if let Fate::Corrects { visits } = fate { visits } else { 0 };
    let errors = problems.into_iter().map(|problem| {
        let feeds::RowProblem { row, column, code, expected } = problem;
        VisitProblem { row, column, code, expected }
    });
    Ok(Json(VisitsReceived {
        intake,
        accepted,
        duplicate: fate == Fate::Known,
        corrected,
        contacts_new,
        traced_up_to: traced_up_to(&app.deployment.situation()),
        rejected,
        errors: errors.collect(),
    }))
}

/// A day's stays, packed.
#[derive(Serialize, ToSchema)]
pub struct SegmentView {
    /// The day of the earliest stay.
    #[schema(value_type = String)]
    day: Date,
    stays: usize,
    bytes: usize,
}

/// Stays that are in no segment yet.
#[derive(Serialize, ToSchema)]
pub struct LiveView {
    stays: usize,
    /// When the oldest message was received that no batch holds yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    oldest: Option<Timestamp>,
}

/// What the visit index holds.
#[derive(Serialize, ToSchema)]
pub struct IndexView {
    /// Another one whenever something else may be found.
    version: String,
    segments: Vec<SegmentView>,
    live: LiveView,
    /// When the last visits were received that a batch holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sealed_up_to: Option<Timestamp>,
    /// When the last visits were received.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    traced_up_to: Option<Timestamp>,
    /// What the segments take.
    bytes: usize,
    /// How many stays there are, segments and live ones together.
    stays: usize,
}

/// What the visit index holds, and how far it has come.
#[utoipa::path(get, path = "/index", responses((status = 200, body = IndexView)))]
pub async fn index(State(app): State<App>, asking: SignedIn) -> Result<Json<IndexView>, Refusal> {
    asking.may(Action::SeeIndex)?;
    let situation = app.deployment.situation();
    let (world, zone) = (situation.world(), &situation.settings().zone);
    let segments = world.visits.segments().iter().filter_map(|segment| {
        let began = Timestamp::from_second(segment.window().from).ok()?;
        let bytes = segment.bytes().as_ref().as_ref().len();
        Some(SegmentView { day: zone.to_datetime(began).date(), stays: segment.len(), bytes })
    });
    let mut segments: Vec<SegmentView> = segments.collect();
    segments.sort_by_key(|segment| segment.day);
    let live = LiveView { stays: world.visits.live_len(), oldest: world.intake.values().min().copied() };
    Ok(Json(IndexView {
        version: index_version(&situation),
        bytes: segments.iter().map(|segment| segment.bytes).sum(),
        segments,
        live,
        sealed_up_to: sealed_up_to(&situation),
        traced_up_to: traced_up_to(&situation),
        stays: world.visits.len(),
    }))
}
