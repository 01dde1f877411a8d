//! Single sign-on with an OpenID Connect provider. Only an account that its holder has joined to one at the provider
//! signs in so; nobody gets an account by it.

use access::{Keeper, SignOn};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use facts::{Hex, Timestamp};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::sessions::{give_cookies, new_token};
use crate::accounts::{Linked, Means, Stage};
use crate::gate::{Caller, cookie};
use crate::refusal::{Problem, Refusal};
use crate::session::{App, SignedIn};

/// The cookie that knows an attempt again. It has to come back with the provider's redirect, so that it is the one
/// cookie which a link on another site sends; it opens nothing.
const COOKIE: &str = "firebreak-sign-on";
/// How long signing on may take, in minutes.
const MINUTES: i64 = 10;
/// What seals the attempt in the browser.
const KEEPER: Keeper = Keeper { what: "attempt to sign on", whose: "" };

/// An attempt, as the browser keeps it, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    attempt: SignOn,
    until: Timestamp,
    /// The account to join, and by which of its sessions it was asked.
    link: Option<(String, String)>,
}

impl Kept {
    fn sealed(&self, app: &App) -> String {
        // Texts and a time are always JSON.
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = app.deployment.accounts.seal().seal(KEEPER, &plain, app.deployment.chance.bytes());
        sealed.into_iter().map(|byte| Hex([byte]).to_string()).collect()
    }

    fn read(app: &App, headers: &HeaderMap) -> Option<Self> {
        let text = cookie(headers, COOKIE)?;
        let pairs = text.as_bytes().chunks(2).map(|pair| Some(Hex::<1>::parse(std::str::from_utf8(pair).ok()?)?.0[0]));
        let sealed: Option<Vec<u8>> = pairs.collect();
        let plain = app.deployment.accounts.seal().open(KEEPER, &sealed?).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// What signing on is for.
#[derive(Deserialize, ToSchema)]
pub struct SignOnGiven {
    /// Whether to join one's own account to the provider's.
    #[serde(default)]
    link: bool,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub struct SignOnAddress {
    /// The provider's page.
    url: String,
}

/// Begin to sign on.
#[utoipa::path(post, path = "/single-sign-on", responses((status = 200, body = SignOnAddress),
    (status = 404, body = Problem)))]
pub async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    Json(given): Json<SignOnGiven>,
) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    let provider = app.gate.provider().ok_or(Refusal::NotFound)?;
    let link = if given.link {
        let asking = SignedIn::by(&app, &headers).await?;
        Some((asking.account.name, asking.session))
    } else {
        None
    };
    let attempt = SignOn::new(deployment.chance.bytes());
    let url = provider.address(&attempt).await?;
    let now = deployment.now();
    let kept = Kept { attempt, until: now.checked_add(MINUTES.minutes()).unwrap_or(now), link };
    let rest = format!("SameSite=Lax; Path=/api/v1/single-sign-on; Max-Age={}", MINUTES * 60);
    let cookie = app.gate.cookie(COOKIE, &kept.sealed(&app), &rest)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(SignOnAddress { url })).into_response())
}

/// What the provider says.
#[derive(Deserialize, IntoParams)]
pub struct Answer {
    /// A code, where someone signed on.
    #[serde(default)]
    code: Option<String>,
    /// What we sent.
    #[serde(default)]
    state: Option<String>,
}

/// How someone came back.
enum Back {
    SignedIn { name: String, stage: Stage, token: String },
    Linked,
    Problem(&'static str),
}

async fn come_back(app: &App, caller: &Caller, headers: &HeaderMap, answer: Answer) -> Result<Back, Refusal> {
    let accounts = &app.deployment.accounts;
    let now = app.deployment.now();
    let Some(provider) = app.gate.provider() else { return Ok(Back::Problem("refused")) };
    let Some(kept) = Kept::read(app, headers).filter(|kept| now < kept.until) else {
        return Ok(Back::Problem("expired"));
    };
    let (Some(code), Some(state)) = (answer.code, answer.state) else { return Ok(Back::Problem("refused")) };
    if !kept.attempt.is(&state) {
        return Ok(Back::Problem("refused"));
    }
    let subject = match provider.subject(&kept.attempt, &code).await {
        Ok(subject) => subject,
        Err(error) => {
            tracing::warn!(%error, "someone could not sign on");
            return Ok(Back::Problem("refused"));
        }
    };
    if let Some((name, session)) = kept.link {
        // Whoever was signed out or disabled meanwhile joins nothing.
        let asked = accounts.sessions_of(&name, now).await?.into_iter().any(|row| row.id == session);
        return Ok(match asked && accounts.link(&name, &subject).await? {
            true => Back::Linked,
            false => Back::Problem("refused"),
        });
    }
    Ok(match accounts.linked(&subject).await? {
        Linked::Nobody => Back::Problem("not-linked"),
        Linked::Disabled => Back::Problem("disabled"),
        Linked::Account(account, stage) => {
            let token = new_token(app);
            accounts.open_session(&account, stage, Means::SingleSignOn, &token, &caller.address, now).await?;
            Back::SignedIn { name: account.name, stage, token }
        }
    })
}

/// Come back from the provider. The answer is a page of the web app, whatever happened.
#[utoipa::path(get, path = "/single-sign-on/callback", params(Answer), responses((status = 303)))]
pub async fn callback(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Refusal> {
    let back = come_back(&app, &caller, &headers, answer).await?;
    let mut response = match &back {
        Back::SignedIn { stage: Stage::Open, .. } => Redirect::to("/#/"),
        Back::SignedIn { stage: Stage::SecondFactor, .. } => Redirect::to("/#/sign-in"),
        Back::Linked => Redirect::to("/#/account?linked=1"),
        Back::Problem(problem) => Redirect::to(&format!("/#/sign-in?problem={problem}")),
    }
    .into_response();
    // An attempt is answered once.
    let gone = app.gate.cookie(COOKIE, "", "SameSite=Lax; Path=/api/v1/single-sign-on; Max-Age=0")?;
    response.headers_mut().append(header::SET_COOKIE, gone);
    match back {
        Back::SignedIn { name, stage, token } => give_cookies(&app, &caller, &name, stage, &token, response),
        Back::Linked | Back::Problem(_) => Ok(response),
    }
}

/// Take one's own account and the provider's apart.
#[utoipa::path(delete, path = "/single-sign-on", responses((status = 204)))]
pub async fn unlink(State(app): State<App>, asking: SignedIn) -> Result<StatusCode, Refusal> {
    app.deployment.accounts.unlink(&asking.account.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
