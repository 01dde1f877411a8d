//! Signing in, in one step or two, and out; one's own sessions and password; the first-run ceremony.

use access::Side;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use facts::{Hex, Jurisdiction, Timestamp};
use plan::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{account, checked_password};
use crate::accounts::{OpenGlass, Role, SecondStep, SessionRow, Stage};
use crate::gate::{At, Caller};
use crate::refusal::{Problem, Refusal};
use crate::session::{App, COOKIE, SignedIn, token};
use crate::views::WordsView;

/// The longest name that an account has, in characters.
pub const NAME_CHARACTERS_MAX: usize = 64;

/// Who is signed in, and to what.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// `setup`, `signed-out`, `second-factor` (a code is still asked for) or `signed-in`.
    pub state: &'static str,
    /// Whether everything here is an exercise.
    pub exercise: bool,
    /// What the deployment is called.
    pub deployment: WordsView,
    /// The server's clock.
    #[schema(value_type = String)]
    pub now: Timestamp,
    /// With whom one may sign on as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_sign_on: Option<ProviderView>,
    /// Who is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// A provider of single sign-on.
#[derive(Serialize, ToSchema)]
pub struct ProviderView {
    /// What people call it.
    pub name: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub struct User {
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// For which jurisdiction.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// What it is called.
    pub jurisdiction_name: WordsView,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// The glass they have broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glass: Option<OpenGlassView>,
}

/// Glass that is broken now.
#[derive(Serialize, ToSchema)]
pub struct OpenGlassView {
    /// Which.
    pub id: String,
    /// Until when.
    #[schema(value_type = String)]
    pub until: Timestamp,
}

impl From<OpenGlass> for OpenGlassView {
    fn from(OpenGlass { id, until }: OpenGlass) -> Self {
        Self { id, until }
    }
}

/// The session of a token, if it lasts.
async fn session_of(app: &App, token: Option<&str>) -> Result<Session, Refusal> {
    let deployment = &app.deployment;
    let profile = deployment.profile();
    let open = match token {
        Some(token) => deployment.accounts.session(token, deployment.now()).await?,
        None => None,
    };
    let state = match &open {
        Some(open) if open.stage == Stage::Open => "signed-in",
        Some(_) => "second-factor",
        None if deployment.accounts.is_empty().await? => "setup",
        None => "signed-out",
    };
    let user = open.filter(|open| open.stage == Stage::Open).map(|open| User {
        jurisdiction_name: deployment.geography().name(open.account.jurisdiction).into(),
        name: open.account.name,
        role: open.account.role,
        jurisdiction: open.account.jurisdiction,
        second_factor: open.second_factor,
        glass: open.glass.map(OpenGlassView::from),
    });
    Ok(Session {
        state,
        exercise: profile.exercise,
        deployment: profile.name.into(),
        now: deployment.now(),
        single_sign_on: app.gate.provider().map(|provider| ProviderView { name: provider.name().to_owned() }),
        user,
    })
}

/// A new token of a session.
pub fn new_token(app: &App) -> String {
    Hex(app.deployment.chance.bytes::<32>()).to_string()
}

/// Gives a browser its session: a cookie for the session, and, once someone is signed in, one by which the browser
/// is known again.
pub fn give_cookies(
    app: &App,
    caller: &Caller,
    name: &str,
    stage: Stage,
    token: &str,
    mut response: Response,
) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    let cookie = app.gate.cookie(COOKIE, token, "SameSite=Strict; Path=/")?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    if stage == Stage::Open {
        let known = caller.known(&app.gate, deployment.accounts.seal(), name, deployment.chance.bytes())?;
        if let Some(cookie) = known {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

/// The answer to whoever has come a step further.
pub async fn come_further(
    app: &App,
    caller: &Caller,
    name: &str,
    stage: Stage,
    token: &str,
) -> Result<Response, Refusal> {
    let session = Json(session_of(app, Some(token)).await?).into_response();
    give_cookies(app, caller, name, stage, token, session)
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", responses((status = 200, body = Session)))]
pub async fn session(State(app): State<App>, headers: HeaderMap) -> Result<Json<Session>, Refusal> {
    Ok(Json(session_of(&app, token(&headers).as_deref()).await?))
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    name: String,
    password: String,
}

/// Sign in. The state of the answer is `second-factor` where a code is asked for as well.
#[utoipa::path(post, path = "/session", responses((status = 200, body = Session), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub async fn sign_in(
    State(app): State<App>,
    caller: Caller,
    Json(given): Json<Credentials>,
) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    let wrong = || Refusal::invalid("password", "the name or the password is wrong");
    let name = given.name.trim();
    if name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(wrong());
    }
    let sides = caller.sides(deployment.accounts.seal(), At::Password(name));
    let guess = app.gate.guess(sides, deployment.now())?;
    let token = new_token(&app);
    let address = &caller.address;
    let opened = deployment.accounts.sign_in(name, &given.password, &token, address, deployment.now()).await?;
    let (account, stage) = opened.ok_or_else(wrong)?;
    guess.right();
    come_further(&app, &caller, &account.name, stage, &token).await
}

/// A code of a second factor, or one for when the telephone is lost.
#[derive(Deserialize, ToSchema)]
pub struct CodeGiven {
    code: String,
}

/// The second step of signing in.
#[utoipa::path(post, path = "/session/second-factor", responses((status = 200, body = Session),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn second_step(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(given): Json<CodeGiven>,
) -> Result<Response, Refusal> {
    let accounts = &app.deployment.accounts;
    let now = app.deployment.now();
    let waiting = token(&headers).ok_or(Refusal::SignedOut)?;
    let open = accounts.session(&waiting, now).await?.filter(|open| open.stage == Stage::SecondFactor);
    let name = open.ok_or(Refusal::SignedOut)?.account.name;
    let guess = app.gate.guess(caller.sides(accounts.seal(), At::Code(&name)), now)?;
    let token = new_token(&app);
    match accounts.second_step(&waiting, &given.code, &token, now).await? {
        SecondStep::SignedOut => Err(Refusal::SignedOut),
        SecondStep::Wrong => Err(Refusal::invalid("code", "is wrong, or was used before")),
        SecondStep::Passed(account) => {
            guess.right();
            come_further(&app, &caller, &account.name, Stage::Open, &token).await
        }
    }
}

/// Sign out.
#[utoipa::path(delete, path = "/session", responses((status = 204)))]
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, Refusal> {
    if let Some(token) = token(&headers) {
        app.deployment.accounts.sign_out(&token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Makes sure that it is still the holder of the account who sits there.
pub async fn prove(app: &App, asking: &SignedIn, password: &str, field: &'static str) -> Result<(), Refusal> {
    let (name, browser) = (asking.account.name.clone(), format!("session {}", asking.session));
    let guess = app.gate.guess(vec![Side::Known { name, browser }], app.deployment.now())?;
    let whose = app.deployment.accounts.whose(&asking.account.name, password).await?;
    whose.ok_or_else(|| Refusal::invalid(field, "is not the password of this account"))?;
    guess.right();
    Ok(())
}

/// A new password in place of the present one.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    current: String,
    password: String,
}

/// Change one's password. One's other sessions end.
#[utoipa::path(post, path = "/session/password", responses((status = 204), (status = 422, body = Problem)))]
pub async fn change_password(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<NewPassword>,
) -> Result<StatusCode, Refusal> {
    let deployment = &app.deployment;
    checked_password(&given.password)?;
    prove(&app, &asking, &given.current, "current").await?;
    let salt = deployment.chance.bytes();
    deployment.accounts.change_password(&asking.account.name, &given.password, salt, &asking.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A session in a list.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// Which; it opens nothing.
    pub id: String,
    /// Since when.
    #[schema(value_type = String)]
    pub opened: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    pub expires: Timestamp,
    /// From where.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// `password`, `single-sign-on` or `invitation`.
    pub by: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionView {
    /// A row, as the holder of one of the sessions sees it.
    pub fn of(row: SessionRow, asking: &SignedIn) -> Self {
        let current = row.id == asking.session;
        Self { id: row.id, opened: row.opened, expires: row.expires, address: row.address, by: row.means, current }
    }
}

/// One's own sessions, newest first.
#[utoipa::path(get, path = "/sessions", responses((status = 200, body = Vec<SessionView>)))]
pub async fn own_sessions(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<SessionView>>, Refusal> {
    let rows = app.deployment.accounts.sessions_of(&asking.account.name, app.deployment.now()).await?;
    Ok(Json(rows.into_iter().map(|row| SessionView::of(row, &asking)).collect()))
}

/// End one of one's own sessions.
#[utoipa::path(delete, path = "/sessions/{id}", params(("id" = String, Path)), responses((status = 204)))]
pub async fn end_own_session(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let ended = app.deployment.accounts.end_session(&asking.account.name, &id).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NotFound) }
}

/// What the first-run ceremony asks.
#[derive(Deserialize, ToSchema)]
pub struct Setup {
    /// The code that the server printed where it was started.
    code: String,
    /// The first administrator.
    name: String,
    /// Their password.
    password: String,
    /// What the deployment is called.
    #[schema(value_type = WordsView)]
    deployment: Words,
    /// The jurisdiction it serves.
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
}

/// The first-run ceremony: whoever can read the server's terminal names the deployment and its first account.
#[utoipa::path(post, path = "/setup", responses((status = 200, body = Session), (status = 422, body = Problem)))]
pub async fn setup(State(app): State<App>, caller: Caller, Json(given): Json<Setup>) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    if !deployment.accounts.is_empty().await? {
        return Err(Refusal::Conflict("this deployment has its first account; ask for an invitation"));
    }
    let guess = app.gate.guess(vec![Side::Address(caller.address.clone())], deployment.now())?;
    if given.code.trim() != &*app.setup_code {
        return Err(Refusal::invalid("code", "this is not the code that the server printed when it started"));
    }
    guess.right();
    checked_password(&given.password)?;
    let account = account(&app, &given.name, Role::Admin, given.jurisdiction)?;
    // The account comes last: until it is there, a ceremony that was cut short can be done again.
    deployment.found(given.deployment, given.jurisdiction, account.actor).await?;
    if !deployment.accounts.add(&account, &given.password, deployment.chance.bytes()).await? {
        return Err(Refusal::invalid("name", "is taken; choose another"));
    }
    let token = new_token(&app);
    let address = &caller.address;
    deployment.accounts.sign_in(&account.name, &given.password, &token, address, deployment.now()).await?;
    come_further(&app, &caller, &account.name, Stage::Open, &token).await
}
