//! What a request can be refused with: RFC 9457 problems with a stable code.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use facts::FactsError;
use journal::JournalError;
use letters::LettersError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ServerError;

/// Why a request was not done.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody is signed in.
    SignedOut,
    /// There is no such thing, or it is not theirs to see: the two look the same.
    NotFound,
    /// Their role does not do this.
    NotAllowed,
    /// The world has moved on.
    Conflict(&'static str),
    /// A value that cannot be taken.
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong and what would be right.
        detail: String,
    },
    /// A change that another site may have made a browser ask for.
    ForeignPage,
    /// More than one request may hold.
    TooLarge,
    /// Too many guesses were wrong; the next may come after so many seconds.
    Wait(u32),
    /// A letter between deployments that is not taken, or cannot be written.
    Letter(LettersError),
    /// A failure of ours.
    Failed(ServerError),
}

/// The body of a refusal.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// A stable address of the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code that the screens have words for.
    pub code: String,
    /// A short title, in English.
    pub title: String,
    /// What is wrong here.
    pub detail: String,
    /// The field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// After how many seconds to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
}

impl<E: Into<ServerError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        match error.into() {
            ServerError::Facts(FactsError::Draft { field, problem })
            | ServerError::Journal(JournalError::Refused { source: FactsError::Draft { field, problem }, .. }) => {
                Self::Invalid { field, detail: problem }
            }
            ServerError::KeyUsed => Self::Conflict("this key was used for something else; send it with a new key"),
            ServerError::Letters(error) => Self::Letter(error),
            ServerError::NotFounded => Self::Conflict("this deployment serves no jurisdiction yet; set it up first"),
            ServerError::NoPlan(_) => Self::invalid("disease", "no plan is in force for this disease"),
            error => Self::Failed(error),
        }
    }
}

impl Refusal {
    /// A value that cannot be taken.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { field, detail: detail.into() }
    }
}

/// What the framework refuses by itself, as a problem like any other. Its words are left out, since they
/// repeat what was sent, except the name of a field that is missing.
pub async fn as_problem(response: Response) -> Response {
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    let status = response.status();
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let refusal = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Refusal::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
        _ => {
            let said = axum::body::to_bytes(response.into_body(), SAID_BYTES_MAX).await.unwrap_or_default();
            let said = String::from_utf8_lossy(&said);
            let missing = said.split_once("missing field `").and_then(|(_, rest)| rest.split_once('`'));
            Refusal::invalid(
                "request",
                match missing {
                    Some((field, _)) => format!("the field {field} is missing"),
                    None => "an id, parameter or field is not of the form that the interface describes".to_owned(),
                },
            )
        }
    };
    refusal.into_response()
}

fn letter_status(error: &LettersError) -> StatusCode {
    match error {
        LettersError::UnknownDeployment(_) | LettersError::Revoked(_) | LettersError::Forged(_) => {
            StatusCode::FORBIDDEN
        }
        LettersError::NumberUsed { .. } | LettersError::Circle(_) | LettersError::Exercise { .. } => {
            StatusCode::CONFLICT
        }
        LettersError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        LettersError::NotAsked => StatusCode::NOT_FOUND,
        LettersError::Unreadable { .. }
        | LettersError::Version(_)
        | LettersError::WrongReceiver { .. }
        | LettersError::Altered { .. }
        | LettersError::Keys => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The media type of RFC 9457.
const PROBLEM: &str = "application/problem+json";
/// More than the framework ever says, in bytes.
const SAID_BYTES_MAX: usize = 16 << 10;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, title) = match &self {
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed-out", "Sign in first"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::NotAllowed => (StatusCode::FORBIDDEN, "not-allowed", "Your role does not do this"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict", "Something changed meanwhile"),
            Self::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "A value cannot be taken"),
            Self::ForeignPage => (StatusCode::FORBIDDEN, "foreign-page", "A change needs the header x-firebreak"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "More than one request may hold"),
            Self::Wait(_) => (StatusCode::TOO_MANY_REQUESTS, "wait", "Too many guesses were wrong; wait a little"),
            Self::Letter(error) => (letter_status(error), error.code(), "The letter is not taken"),
            Self::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed", "It did not work; nothing was changed"),
        };
        let seconds = if let Self::Wait(seconds) = &self { Some(*seconds) } else { None };
        let (detail, field) = match self {
            Self::Conflict(detail) => (detail.to_owned(), None),
            Self::Invalid { field, detail } => (detail, Some(field.to_owned())),
            Self::Letter(error) => (error.to_string(), None),
            Self::Failed(error) => {
                tracing::error!(%error, "a request failed");
                (String::new(), None)
            }
            _ => (String::new(), None),
        };
        let problem = Problem {
            kind: format!("/problems/{code}"),
            code: code.to_owned(),
            title: title.to_owned(),
            detail,
            field,
            seconds,
        };
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM)], Json(problem)).into_response();
        if let Some(seconds) = seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
