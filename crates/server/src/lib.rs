//! The server: a deployment behind HTTP, with the web app inside.
//!
//! This is the only crate that knows HTTP. It holds no conclusion of its own: it records facts, asks the
//! situation, and shows what is there to whoever may see it.

pub mod accounts;
pub mod api;
pub mod chance;
pub mod clock;
pub mod deployment;
pub mod error;
pub mod gate;
pub mod geography;
pub mod importing;
pub mod letters;
mod mappings;
pub mod measuring;
pub mod officers;
pub mod refusal;
pub mod sealing;
pub mod session;
mod table;
mod ui;
pub mod views;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use hyper_util::rt::TokioTimer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use deployment::{Deployment, Location, Profile};
pub use error::ServerError;
pub use gate::{Gate, GateSettings, SingleSignOn};
pub use geography::{Division, Geography};
pub use sealing::Sealing;
pub use session::App;

/// The largest request that is no upload, in bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// How long a client may take to send the head of a request.
const HEADER_READ_SECONDS: u64 = 10;

/// How often a server looks whether another process recorded something.
const FOLLOW_SECONDS: u64 = 2;

/// The whole site: the interface under `/api/v1`, the web app everywhere else.
pub fn site(app: App) -> Router {
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::overriding(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    let (api, _) = api::routes();
    let no_store = SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    api.layer(middleware::from_fn(api::own_pages_only))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::map_response(refusal::as_problem))
        .layer(no_store)
        .with_state(app)
        .fallback(ui::file)
        .layer(CompressionLayer::new())
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "no-referrer"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header(
            "content-security-policy",
            "default-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
             worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ))
}

/// What every handler can reach, behind a plain gate; see [`App::behind`].
pub fn app(deployment: Arc<Deployment>, setup_code: &str) -> App {
    App { deployment, setup_code: setup_code.into(), imports: Arc::default(), gate: Arc::default() }
}

/// Serves the site until the process ends. Calls `listening` once, with the address that was taken.
pub async fn serve(app: App, address: SocketAddr, listening: impl FnOnce(SocketAddr)) -> Result<(), ServerError> {
    let failed = |source| ServerError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    listening(listener.local_addr().map_err(failed)?);
    let followed = app.deployment.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(FOLLOW_SECONDS));
        loop {
            ticks.tick().await;
            if let Err(error) = followed.follow().await {
                tracing::error!(%error, "what others recorded could not be taken in");
            }
        }
    });
    tokio::spawn(letters::looking::run(app.deployment.clone()));
    let mut server = axum_server::from_tcp(listener).map_err(failed)?;
    // A client that dribbles its headers must not hold a connection for ever.
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEADER_READ_SECONDS));
    server.serve(site(app).into_make_service_with_connect_info::<SocketAddr>()).await.map_err(failed)
}
