//! Other deployments: which are trusted, by their keys, and how far we have come with each.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use facts::{DeploymentKey, Hex, Jurisdiction};
use letters::{Card, Trust};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::WordsView;
use crate::views::letters::DeploymentView;

/// The longest address, in characters.
const ADDRESS_CHARACTERS_MAX: usize = 200;

/// This deployment, as another one adds it.
#[derive(Serialize, ToSchema)]
pub struct OwnDeployment {
    /// What people compare over the telephone.
    #[schema(value_type = String)]
    fingerprint: DeploymentKey,
    /// What the other side pastes.
    card: String,
    /// Where it listens, when that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What it is called.
    name: WordsView,
    /// The jurisdiction that it serves.
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
}

/// Whoever sees letters, or decides whom to trust.
fn sees_deployments(asking: &SignedIn) -> Result<(), Refusal> {
    asking.may(Action::SeeCommand).or_else(|_| asking.may(Action::TrustDeployment)).map(drop)
}

/// This deployment's card and fingerprint.
#[utoipa::path(get, path = "/deployments/own", responses((status = 200, body = OwnDeployment)))]
pub async fn own(State(app): State<App>, asking: SignedIn) -> Result<Json<OwnDeployment>, Refusal> {
    sees_deployments(&asking)?;
    let deployment = &app.deployment;
    let profile = deployment.profile();
    let jurisdiction = profile.jurisdiction.ok_or(Refusal::NotFound)?;
    let address = app.gate.public_url();
    let (fingerprint, card) = (deployment.letters.own().fingerprint(), deployment.card(address)?);
    let (name, address) = (profile.name.into(), address.map(str::to_owned));
    Ok(Json(OwnDeployment { fingerprint, card, address, name, jurisdiction }))
}

/// Every deployment that was trusted once.
async fn views(app: &App) -> Result<Vec<DeploymentView>, Refusal> {
    let deployment = &app.deployment;
    let mailbox = &deployment.letters.mailbox;
    let mut correspondents = mailbox.correspondents().await?;
    let (outbox, inbox) = (mailbox.outbox().await?, mailbox.inbox().await?);
    let trusted: Vec<_> = deployment.book(|book| book.deployments().map(|(key, trust)| (key, trust.clone())).collect());
    let view = |(key, trust): (DeploymentKey, Trust)| {
        let correspondent = correspondents.remove(&key)?;
        let unacknowledged = |part: &&crate::letters::mailbox::Outgoing| {
            part.deployment == key && part.number > correspondent.acknowledged
        };
        let oldest = outbox.iter().filter(unacknowledged).map(|part| part.written).min();
        let waits = inbox.iter().filter(|part| part.deployment == key && part.state == "waiting");
        let mut waiting: Vec<u64> = waits.map(|part| part.number).collect();
        waiting.sort_unstable();
        Some(DeploymentView::of(key, &trust, correspondent, oldest, waiting))
    };
    Ok(trusted.into_iter().filter_map(view).collect())
}

async fn view(app: &App, key: DeploymentKey) -> Result<Json<DeploymentView>, Refusal> {
    views(app).await?.into_iter().find(|view| view.fingerprint == key).map(Json).ok_or(Refusal::NotFound)
}

/// Other deployments, and how far we have come with each.
#[utoipa::path(get, path = "/deployments", responses((status = 200, body = Vec<DeploymentView>)))]
pub async fn list(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<DeploymentView>>, Refusal> {
    sees_deployments(&asking)?;
    Ok(Json(views(&app).await?))
}

/// A deployment to trust.
#[derive(Deserialize, ToSchema)]
pub struct Trusted {
    /// Its card.
    card: String,
    /// Its fingerprint, as it was read out over the telephone.
    fingerprint: String,
    /// Where it listens, when that is not what its card says.
    #[serde(default)]
    address: Option<String>,
}

/// Trust another deployment, whose fingerprint was compared; or give one that is trusted another address.
#[utoipa::path(post, path = "/deployments", responses((status = 200, body = DeploymentView)))]
pub async fn add(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Trusted>,
) -> Result<Json<DeploymentView>, Refusal> {
    let scope = asking.may(Action::TrustDeployment)?;
    let text = given.card.replace("\r\n", "\n");
    let card = Card::read(&text).map_err(|error| Refusal::invalid("card", error.to_string()))?;
    let fingerprint: String = given.fingerprint.split_whitespace().collect::<String>().to_lowercase();
    let key = card.keys.fingerprint();
    if fingerprint != key.to_string() {
        let detail =
            "is not that of this card; ask for the card again, and read the fingerprint out over the telephone";
        return Err(Refusal::invalid("fingerprint", detail));
    }
    if key == app.deployment.letters.own().fingerprint() {
        return Err(Refusal::invalid("card", "is this deployment's own"));
    }
    let address = given.address.as_deref().map(str::trim).filter(|address| !address.is_empty());
    for address in address.into_iter().chain(card.address.as_deref()) {
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        if !is_web || address.chars().count() > ADDRESS_CHARACTERS_MAX || address.contains(['@', '?', '#', ' ']) {
            return Err(Refusal::invalid("address", "expected https:// and a name, without user, query or fragment"));
        }
    }
    app.deployment.trust(&card, address, scope.actor).await?;
    view(&app, key).await
}

/// Which deployment.
fn named(text: &str) -> Result<DeploymentKey, Refusal> {
    Hex::parse(text).ok_or(Refusal::NotFound)
}

/// Trust another deployment no more. What it sent stays; nothing more is taken from it or sent to it.
#[utoipa::path(post, path = "/deployments/{id}/revoke", params(("id" = String, Path)),
    responses((status = 200, body = DeploymentView)))]
pub async fn revoke(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<DeploymentView>, Refusal> {
    let scope = asking.may(Action::TrustDeployment)?;
    let key = named(&id)?;
    app.deployment.book(|book| book.deployment(key).is_some()).then_some(()).ok_or(Refusal::NotFound)?;
    app.deployment.revoke(key, scope.actor).await?;
    view(&app, key).await
}

/// Everything that another deployment has not acknowledged, as a file to carry.
#[utoipa::path(get, path = "/deployments/{id}/mail", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/plain")))]
pub async fn mail(State(app): State<App>, asking: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    asking.may(Action::SendLetter)?;
    let key = named(&id)?;
    app.deployment.book(|book| book.deployment(key).is_some()).then_some(()).ok_or(Refusal::NotFound)?;
    Ok(attachment(&format!("letters-for-{key}.txt"), app.deployment.mail_for(key).await?))
}

/// A text file to download.
pub fn attachment(name: &str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, text).into_response()
}
