//! One's own second factor: enrolled with a telephone's app, confirmed with its first code, removed with another.

use access::{Code, SecondFactor, Side, squares};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use facts::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sessions::prove;
use crate::accounts::RECOVERY_CODES;
use crate::gate::Guess;
use crate::refusal::{Problem, Refusal};
use crate::session::{App, SignedIn};

/// How one's second factor stands.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorView {
    enrolled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    since: Option<Timestamp>,
    recovery_codes_left: u64,
}

/// How one's second factor stands.
#[utoipa::path(get, path = "/second-factor", responses((status = 200, body = SecondFactorView)))]
pub async fn second_factor(State(app): State<App>, asking: SignedIn) -> Result<Json<SecondFactorView>, Refusal> {
    let state = app.deployment.accounts.second_factor(&asking.account.name).await?;
    let (enrolled, since) = (state.since.is_some(), state.since);
    Ok(Json(SecondFactorView { enrolled, since, recovery_codes_left: state.recovery_codes }))
}

/// One's password, once more.
#[derive(Deserialize, ToSchema)]
pub struct PasswordGiven {
    password: String,
}

/// A secret for an app, which is shown this once.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// To type into the app.
    secret: String,
    /// To open with the app, on the same telephone.
    uri: String,
    /// The same as a QR code: a text of 0 and 1 for each row.
    qr: Vec<String>,
}

/// Begin to use a second factor. It counts once its first code is confirmed.
#[utoipa::path(post, path = "/second-factor/enrol", responses((status = 200, body = Enrolment),
    (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn enrol(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<PasswordGiven>,
) -> Result<Json<Enrolment>, Refusal> {
    prove(&app, &asking, &given.password, "password").await?;
    let deployment = &app.deployment;
    let name = &asking.account.name;
    let secret = deployment.chance.bytes();
    if !deployment.accounts.enrol(name, secret, deployment.chance.bytes()).await? {
        return Err(Refusal::Conflict("there is a second factor already; remove it first"));
    }
    let factor = SecondFactor::new(secret, name, &deployment.profile().name.zh);
    let uri = factor.uri();
    Ok(Json(Enrolment { secret: factor.typed_secret(), qr: squares(&uri), uri }))
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
pub struct FirstCode {
    code: String,
}

/// Codes for when the telephone is lost, which are shown this once. Each works once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

fn recovery_codes(app: &App) -> Vec<Code> {
    std::iter::repeat_with(|| Code::new(app.deployment.chance.bytes())).take(RECOVERY_CODES).collect()
}

fn shown(codes: &[Code]) -> Json<RecoveryCodes> {
    Json(RecoveryCodes { recovery_codes: codes.iter().map(Code::shown).collect() })
}

/// A code is a guess too, for whoever sits at a session that is not theirs.
fn guess<'a>(app: &'a App, asking: &SignedIn) -> Result<Guess<'a>, Refusal> {
    let name = format!("the code of {}", asking.account.name);
    app.gate.guess(vec![Side::Known { name, browser: format!("session {}", asking.session) }], app.deployment.now())
}

fn wrong() -> Refusal {
    Refusal::invalid("code", "is wrong, or was used before")
}

/// Confirm the first code: from now on signing in takes one.
#[utoipa::path(post, path = "/second-factor/confirm", responses((status = 200, body = RecoveryCodes),
    (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn confirm(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<FirstCode>,
) -> Result<Json<RecoveryCodes>, Refusal> {
    let deployment = &app.deployment;
    let codes = recovery_codes(&app);
    let guess = guess(&app, &asking)?;
    match deployment.accounts.confirm(&asking.account.name, &given.code, &codes, deployment.now()).await? {
        None => Err(Refusal::Conflict("nothing waits to be confirmed; enrol first")),
        Some(false) => Err(Refusal::invalid("code", "is not what the app shows now; is the telephone's clock right?")),
        Some(true) => {
            guess.right();
            Ok(shown(&codes))
        }
    }
}

/// One's password and a code.
#[derive(Deserialize, ToSchema)]
pub struct Both {
    password: String,
    code: String,
}

/// Make new recovery codes; the old ones stop working.
#[utoipa::path(post, path = "/second-factor/recovery-codes", responses((status = 200, body = RecoveryCodes),
    (status = 422, body = Problem)))]
pub async fn renew(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Both>,
) -> Result<Json<RecoveryCodes>, Refusal> {
    prove(&app, &asking, &given.password, "password").await?;
    let deployment = &app.deployment;
    let codes = recovery_codes(&app);
    let guess = guess(&app, &asking)?;
    let renewed =
        deployment.accounts.renew_recovery(&asking.account.name, &given.code, &codes, deployment.now()).await?;
    if !renewed {
        return Err(wrong());
    }
    guess.right();
    Ok(shown(&codes))
}

/// Sign in without a second factor from now on.
#[utoipa::path(post, path = "/second-factor/remove", responses((status = 204), (status = 422, body = Problem)))]
pub async fn remove(State(app): State<App>, asking: SignedIn, Json(given): Json<Both>) -> Result<StatusCode, Refusal> {
    prove(&app, &asking, &given.password, "password").await?;
    let deployment = &app.deployment;
    let guess = guess(&app, &asking)?;
    if !deployment.accounts.remove_second_factor(&asking.account.name, &given.code, deployment.now()).await? {
        return Err(wrong());
    }
    guess.right();
    Ok(StatusCode::NO_CONTENT)
}
