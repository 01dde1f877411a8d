//! The web app, built by Vite and carried inside the program.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::refusal::Refusal;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
#[allow_missing = true]
struct Files;

/// A file of the web app; its one page for every other path, which the app then routes itself.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Refusal::NotFound.into_response();
    }
    let (name, found) = match Files::get(path).filter(|_| !path.is_empty()) {
        Some(found) => (path, found),
        None => match Files::get("index.html") {
            Some(page) => ("index.html", page),
            None => return (StatusCode::NOT_FOUND, "the web app is not built in; run: make ui").into_response(),
        },
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    // Names of assets carry a digest of their content; the page itself may change with the program.
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], found.data).into_response()
}
