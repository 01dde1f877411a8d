//! Texts and pictures that the journal only promises: kept where they can be erased, read by who sees the fact.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use duties::Duty;
use facts::{Commitment, Purpose, Scope, TextId};
use registry::Secret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};

/// The largest picture, in bytes: what a phone makes when it is told to make it small.
const PICTURE_BYTES_MAX: usize = 700 << 10;
/// How a picture begins among the texts.
const DATA: &str = "data:";

/// What a picture is, by how it begins.
fn media_type(picture: &[u8]) -> Option<&'static str> {
    match picture {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A picture that was kept.
#[derive(Serialize, ToSchema)]
pub struct Attached {
    /// Its name among the erasable texts.
    #[schema(value_type = String)]
    attachment: TextId,
}

/// Keep a picture, to be named in what is recorded next.
#[utoipa::path(post, path = "/attachments", request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Attached)))]
pub async fn attach(State(app): State<App>, asking: SignedIn, picture: Bytes) -> Result<Json<Attached>, Refusal> {
    let scope = asking.may(Action::HoldPost)?;
    let kind =
        media_type(&picture).ok_or_else(|| Refusal::invalid("request", "expected a JPEG, PNG or WebP picture"))?;
    if picture.len() > PICTURE_BYTES_MAX {
        let detail = format!("{} bytes are more than {PICTURE_BYTES_MAX}; make the picture smaller", picture.len());
        return Err(Refusal::invalid("request", detail));
    }
    let attachment = app.deployment.chance.id();
    let text = Secret::new(format!("{DATA}{kind};base64,{}", STANDARD.encode(&picture)));
    app.deployment.registry.put_text(&scope, attachment, None, &text).await?;
    Ok(Json(Attached { attachment }))
}

/// The scope in which a text is read whose fact was found to be theirs to see.
fn lent(app: &App, scope: Scope) -> Scope {
    Scope { jurisdiction: app.deployment.profile().jurisdiction.unwrap_or(scope.jurisdiction), ..scope }
}

/// The promise about a picture that whoever asks has kept.
pub async fn attached(app: &App, asking: &SignedIn, attachment: Option<TextId>) -> Result<Option<Commitment>, Refusal> {
    let Some(attachment) = attachment else { return Ok(None) };
    let registry = &app.deployment.registry;
    let kept = registry.text(&asking.scope(), Purpose::FollowUp, attachment, app.deployment.now()).await?;
    let (salt, content) = kept.ok_or_else(|| Refusal::invalid("attachment", "is no picture that you have kept"))?;
    Ok(Some(Commitment::new(attachment, &salt, content.expose().as_bytes())))
}

async fn read(app: &App, asking: &SignedIn, text: TextId) -> Result<Secret<String>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let sees = {
        let situation = app.deployment.situation();
        let commanding = app.deployment.commanding();
        let command = &commanding.command;
        let fact = command.text_of(text).and_then(|fact| situation.world().ledger.get(fact));
        let concerned = fact.map(|fact| command.concerns(fact)).unwrap_or_default();
        // Whoever was given a duty reads what it is, wherever they sit.
        let was_given = || {
            let is_it = |duty: &Duty| duty.text.is_some_and(|promise| promise.text == text);
            command.board().all().any(|duty| duty.owner.individual == Some(scope.actor) && is_it(duty))
        };
        concerned.into_iter().any(|place| scope.covers(place)) || was_given()
    };
    if !sees {
        return Err(Refusal::NotFound);
    }
    let kept = app.deployment.registry.text(&lent(app, scope), Purpose::FollowUp, text, app.deployment.now()).await?;
    kept.map(|(_, content)| content).ok_or(Refusal::NotFound)
}

/// What was said.
#[derive(Serialize, ToSchema)]
pub struct TextView {
    /// The words.
    text: String,
}

/// The words of an order, a task, a finding or an act. Not found once they were erased.
#[utoipa::path(get, path = "/texts/{id}", params(("id" = String, Path)), responses((status = 200, body = TextView)))]
pub async fn text(State(app): State<App>, asking: SignedIn, Path(id): Path<TextId>) -> Result<Json<TextView>, Refusal> {
    let content = read(&app, &asking, id).await?;
    if content.expose().starts_with(DATA) {
        return Err(Refusal::NotFound);
    }
    Ok(Json(TextView { text: content.expose().clone() }))
}

/// A picture. Not found once it was erased.
#[utoipa::path(get, path = "/attachments/{id}", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg")))]
pub async fn picture(State(app): State<App>, asking: SignedIn, Path(id): Path<TextId>) -> Result<Response, Refusal> {
    let content = read(&app, &asking, id).await?;
    let parsed = content.expose().strip_prefix(DATA).and_then(|rest| rest.split_once(";base64,"));
    let (kind, encoded) = parsed.ok_or(Refusal::NotFound)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| Refusal::NotFound)?;
    // Never run as anything but the picture that it was taken for.
    let disposition = (header::CONTENT_DISPOSITION, "inline".to_owned());
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), disposition], bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins() {
        assert_eq!(media_type(&[0xff, 0xd8, 0xff, 0xe0]), Some("image/jpeg"));
        assert_eq!(media_type(b"<svg onload=alert(1)>"), None);
    }
}
