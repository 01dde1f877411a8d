//! The HTTP interface: thin handlers that check who asks, call the deployment, and answer with a view.

pub mod assigning;
pub mod cases;
pub mod diseases;
pub mod duties;
pub mod events;
pub mod facts;
pub mod imports;
pub mod paths;
pub mod people;
pub mod places;
pub mod recording;
pub mod sessions;
pub mod situation;
pub mod units;
pub mod visits;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::refusal::Refusal;
use crate::session::App;

/// The description of the interface, without the routes, which describe themselves.
#[derive(OpenApi)]
#[openapi(info(
    title = "Firebreak",
    description = "Facts in, a plan in force, a situation out, duties owed. \
                   No route takes a status or a colour: both are derived."
))]
struct Description;

/// Every route under `/api/v1`, and the description of them all.
pub fn routes() -> (Router<App>, utoipa::openapi::OpenApi) {
    let api = OpenApiRouter::new()
        .routes(routes!(sessions::session, sessions::sign_in, sessions::sign_out))
        .routes(routes!(sessions::setup))
        .routes(routes!(sessions::accounts, sessions::invite))
        .routes(routes!(assigning::assignable))
        .routes(routes!(places::jurisdictions))
        .routes(routes!(places::boundaries))
        .routes(routes!(places::places))
        .routes(routes!(situation::situation))
        .routes(routes!(cases::list))
        .routes(routes!(cases::case))
        .routes(routes!(cases::contacts))
        .routes(routes!(cases::contacts_csv))
        .routes(routes!(cases::graph))
        .routes(routes!(cases::spillover))
        .routes(routes!(cases::spillover_csv))
        .routes(routes!(cases::reconcile))
        .routes(routes!(diseases::spillover))
        .routes(routes!(diseases::spillover_csv))
        .routes(routes!(diseases::tree))
        .routes(routes!(diseases::tree_csv))
        .routes(routes!(paths::path))
        .routes(routes!(units::unit))
        .routes(routes!(units::present))
        .routes(routes!(units::present_csv))
        .routes(routes!(people::register))
        .routes(routes!(people::search))
        .routes(routes!(people::person))
        .routes(routes!(people::reveal))
        .routes(routes!(people::contact_details))
        .routes(routes!(people::merge))
        .routes(routes!(people::split))
        .routes(routes!(people::duplicates))
        .routes(routes!(duties::list))
        .routes(routes!(duties::mine))
        .routes(routes!(assigning::assign))
        .routes(routes!(duties::steps))
        .routes(routes!(duties::outcome))
        .routes(routes!(duties::hand_over))
        .routes(routes!(duties::answer))
        .routes(routes!(recording::test_result))
        .routes(routes!(recording::stay))
        .routes(routes!(recording::contact_stated))
        .routes(routes!(recording::confirm))
        .routes(routes!(recording::withdraw))
        .routes(routes!(facts::fact))
        .routes(routes!(facts::plan))
        .routes(routes!(facts::rule))
        .routes(routes!(imports::upload).layer(DefaultBodyLimit::max(imports::UPLOAD_BYTES_MAX)))
        .routes(routes!(imports::check))
        .routes(routes!(imports::run))
        .routes(routes!(imports::errors))
        .routes(routes!(visits::send).layer(DefaultBodyLimit::max(visits::VISITS_BYTES_MAX)))
        .routes(routes!(visits::index))
        .routes(routes!(events::events));
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", api).split_for_parts()
}

/// Another site can make a browser send a form; it cannot make it send this header.
pub async fn own_pages_only(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || request.headers().contains_key("x-firebreak") {
        next.run(request).await
    } else {
        Refusal::ForeignPage.into_response()
    }
}
