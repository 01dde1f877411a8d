//! Live news: a position whenever something was recorded. What it means, each screen asks for itself.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{Stream, StreamExt};
use tokio_stream::wrappers::BroadcastStream;

use crate::session::{App, SignedIn};

/// News of the situation, as server-sent events.
#[utoipa::path(get, path = "/events", responses((status = 200, content_type = "text/event-stream")))]
pub async fn events(State(app): State<App>, asking: SignedIn) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let _ = asking;
    let now = app.deployment.situation().position();
    let first = futures::stream::once(async move { now });
    // Whoever missed some news is told the latest by the next; screens ask for the whole anyway.
    let news = BroadcastStream::new(app.deployment.news()).filter_map(|position| async move { position.ok() });
    let event = |position| Ok(Event::default().event("situation").data(format!("{{\"position\":{position}}}")));
    Sse::new(first.chain(news).map(event)).keep_alive(KeepAlive::default())
}
