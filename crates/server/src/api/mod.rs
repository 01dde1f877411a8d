//! The HTTP interface: thin handlers that check who asks, call the deployment, and answer with a view.

pub mod accounts;
pub mod assigning;
pub mod attachments;
pub mod board;
pub mod break_glass;
pub mod calendar;
pub mod capacity;
pub mod cases;
pub mod deployments;
pub mod diseases;
pub mod duties;
pub mod events;
pub mod facts;
pub mod headquarters;
pub mod imports;
pub mod inspections;
pub mod ledger;
pub mod letters;
pub mod levels;
pub mod orders;
pub mod paths;
pub mod people;
pub mod places;
pub mod reads;
pub mod recording;
pub mod reports;
pub mod rosters;
pub mod second_factor;
pub mod sessions;
pub mod single_sign_on;
pub mod situation;
pub mod tracing;
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
        .routes(routes!(sessions::second_step))
        .routes(routes!(sessions::change_password))
        .routes(routes!(sessions::own_sessions))
        .routes(routes!(sessions::end_own_session))
        .routes(routes!(accounts::accounts))
        .routes(routes!(accounts::invite))
        .routes(routes!(accounts::look))
        .routes(routes!(accounts::accept))
        .routes(routes!(accounts::disable))
        .routes(routes!(accounts::enable))
        .routes(routes!(accounts::move_to))
        .routes(routes!(accounts::invite_again))
        .routes(routes!(accounts::sessions, accounts::end_sessions))
        .routes(routes!(second_factor::second_factor))
        .routes(routes!(second_factor::enrol))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(second_factor::renew))
        .routes(routes!(second_factor::remove))
        .routes(routes!(single_sign_on::begin, single_sign_on::unlink))
        .routes(routes!(single_sign_on::callback))
        .routes(routes!(break_glass::break_glass, break_glass::list))
        .routes(routes!(break_glass::close))
        .routes(routes!(break_glass::review))
        .routes(routes!(reads::reads))
        .routes(routes!(reads::bursts_of_looks))
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
        .routes(routes!(tracing::screening_flags))
        .routes(routes!(tracing::screening_flags_csv))
        .routes(routes!(tracing::hypothetical_contacts))
        .routes(routes!(tracing::traces))
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
        .routes(routes!(board::board, board::give))
        .routes(routes!(board::mine))
        .routes(routes!(board::duty))
        .routes(routes!(board::act))
        .routes(routes!(board::crossings))
        .routes(routes!(attachments::attach))
        .routes(routes!(attachments::picture))
        .routes(routes!(attachments::text))
        .routes(routes!(orders::meetings, orders::call))
        .routes(routes!(orders::meeting))
        .routes(routes!(orders::attendance))
        .routes(routes!(orders::decision))
        .routes(routes!(orders::orders, orders::give))
        .routes(routes!(orders::order))
        .routes(routes!(orders::spot_check))
        .routes(routes!(orders::withdraw))
        .routes(routes!(inspections::findings, inspections::find))
        .routes(routes!(inspections::finding))
        .routes(routes!(inspections::recheck))
        .routes(routes!(inspections::cases, inspections::open_case))
        .routes(routes!(inspections::conclude))
        .routes(routes!(ledger::ledger))
        .routes(routes!(ledger::behind))
        .routes(routes!(ledger::samples, ledger::sample))
        .routes(routes!(ledger::drawn))
        .routes(routes!(ledger::verify))
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
        .routes(routes!(deployments::own))
        .routes(routes!(deployments::list, deployments::add))
        .routes(routes!(deployments::revoke))
        .routes(routes!(deployments::mail))
        .routes(routes!(letters::list, letters::write))
        .routes(routes!(letters::outbox))
        .routes(routes!(letters::inbox, letters::take).layer(DefaultBodyLimit::max(letters::FILE_BYTES_MAX)))
        .routes(routes!(letters::files).layer(DefaultBodyLimit::max(letters::FILE_BYTES_MAX)))
        .routes(routes!(letters::letter))
        .routes(routes!(letters::answer))
        .routes(routes!(letters::hand_on))
        .routes(routes!(letters::send_back))
        .routes(routes!(letters::withdraw))
        .routes(routes!(letters::file))
        .routes(routes!(headquarters::list, headquarters::establish))
        .routes(routes!(headquarters::templates))
        .routes(routes!(headquarters::one))
        .routes(routes!(headquarters::task_forces, headquarters::form))
        .routes(routes!(headquarters::hold))
        .routes(routes!(headquarters::on_now))
        .routes(routes!(headquarters::reach))
        .routes(routes!(rosters::week, rosters::propose))
        .routes(routes!(rosters::rotation))
        .routes(routes!(rosters::substitute))
        .routes(routes!(rosters::free))
        .routes(routes!(rosters::leave))
        .routes(routes!(rosters::swap))
        .routes(routes!(rosters::answer_swap))
        .routes(routes!(rosters::write_note))
        .routes(routes!(rosters::note))
        .routes(routes!(rosters::acknowledge_note))
        .routes(routes!(rosters::mine))
        .routes(routes!(calendar::state, calendar::open, calendar::close))
        .routes(routes!(calendar::feed))
        .routes(routes!(reports::list, reports::confirm))
        .routes(routes!(reports::kinds))
        .routes(routes!(reports::draft))
        .routes(routes!(reports::chase))
        .routes(routes!(reports::roll_up))
        .routes(routes!(reports::roll_up_csv))
        .routes(routes!(reports::cases, reports::report_case))
        .routes(routes!(reports::one))
        .routes(routes!(reports::amend))
        .routes(routes!(levels::level, levels::sign))
        .routes(routes!(levels::preview))
        .routes(routes!(levels::review))
        .routes(routes!(capacity::capacity, capacity::state))
        .routes(routes!(capacity::resources))
        .routes(routes!(capacity::statements))
        .routes(routes!(capacity::shortfalls))
        .routes(routes!(capacity::aid, capacity::ask))
        .routes(routes!(capacity::answer))
        .routes(routes!(capacity::arrived))
        .routes(routes!(capacity::returned))
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
