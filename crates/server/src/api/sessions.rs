//! Signing in and out, the first-run ceremony, and invitations.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use facts::{Hex, Jurisdiction, Timestamp};
use plan::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{Account, Action, PASSWORD_CHARACTERS_MIN, Role};
use crate::refusal::{Problem, Refusal};
use crate::session::{App, COOKIE, SignedIn, token};
use crate::views::WordsView;

/// Who is signed in, and to what.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// `setup`, `signed-out` or `signed-in`.
    pub state: &'static str,
    /// Whether everything here is an exercise.
    pub exercise: bool,
    /// What the deployment is called.
    pub deployment: WordsView,
    /// The server's clock.
    #[schema(value_type = String)]
    pub now: Timestamp,
    /// Who is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
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
}

async fn session_of(app: &App, account: Option<Account>) -> Result<Session, Refusal> {
    let deployment = &app.deployment;
    let profile = deployment.profile();
    let state = match &account {
        Some(_) => "signed-in",
        None if deployment.accounts.is_empty().await? => "setup",
        None => "signed-out",
    };
    Ok(Session {
        state,
        exercise: profile.exercise,
        deployment: profile.name.into(),
        now: deployment.now(),
        user: account.map(|account| User {
            jurisdiction_name: deployment.geography().name(account.jurisdiction).into(),
            name: account.name,
            role: account.role,
            jurisdiction: account.jurisdiction,
        }),
    })
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", responses((status = 200, body = Session)))]
pub async fn session(State(app): State<App>, parts: Parts) -> Result<Json<Session>, Refusal> {
    let deployment = &app.deployment;
    let account = match token(&parts) {
        Some(token) => deployment.accounts.session(&token, deployment.now()).await?,
        None => None,
    };
    Ok(Json(session_of(&app, account).await?))
}

/// A name and a password.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    name: String,
    password: String,
}

/// Sign in.
#[utoipa::path(post, path = "/session", responses((status = 200, body = Session), (status = 422, body = Problem)))]
pub async fn sign_in(State(app): State<App>, Json(given): Json<Credentials>) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    let token = Hex(deployment.chance.bytes::<32>()).to_string();
    let account = deployment.accounts.sign_in(given.name.trim(), &given.password, &token, deployment.now()).await?;
    let account = account.ok_or_else(|| Refusal::invalid("password", "the name or the password is wrong"))?;
    with_cookie(session_of(&app, Some(account)).await?, &token)
}

/// Sign out.
#[utoipa::path(delete, path = "/session", responses((status = 204)))]
pub async fn sign_out(State(app): State<App>, parts: Parts) -> Result<StatusCode, Refusal> {
    if let Some(token) = token(&parts) {
        app.deployment.accounts.sign_out(&token).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

fn with_cookie(session: Session, token: &str) -> Result<Response, Refusal> {
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Refusal::SignedOut)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(session)).into_response())
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
pub async fn setup(State(app): State<App>, Json(given): Json<Setup>) -> Result<Response, Refusal> {
    let deployment = &app.deployment;
    if !deployment.accounts.is_empty().await? {
        return Err(Refusal::Conflict("this deployment has its first account; ask for an invitation"));
    }
    if given.code.trim() != &*app.setup_code {
        return Err(Refusal::invalid("code", "this is not the code that the server printed when it started"));
    }
    let (role, jurisdiction) = (Role::Admin, given.jurisdiction);
    let account = account(&app, &given.name, &given.password, role, jurisdiction)?;
    // The account comes last: until it is there, a ceremony that was cut short can be done again.
    deployment.found(given.deployment, given.jurisdiction, account.actor).await?;
    add(&app, &account, &given.password).await?;
    let token = Hex(deployment.chance.bytes::<32>()).to_string();
    deployment.accounts.sign_in(&account.name, &given.password, &token, deployment.now()).await?;
    with_cookie(session_of(&app, Some(account)).await?, &token)
}

/// An account, without anything secret.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    /// The name they sign in with.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// For which jurisdiction.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self { name: account.name, role: account.role, jurisdiction: account.jurisdiction }
    }
}

/// Who may sign in.
#[utoipa::path(get, path = "/accounts", responses((status = 200, body = Vec<AccountView>)))]
pub async fn accounts(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<AccountView>>, Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    let accounts =
        app.deployment.accounts.all().await?.into_iter().filter(|account| scope.covers(account.jurisdiction));
    Ok(Json(accounts.map(AccountView::from).collect()))
}

/// An invitation.
#[derive(Deserialize, ToSchema)]
pub struct Invitation {
    name: String,
    password: String,
    role: Role,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
}

/// Invite someone.
#[utoipa::path(post, path = "/accounts", responses((status = 200, body = AccountView), (status = 422, body = Problem)))]
pub async fn invite(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Invitation>,
) -> Result<Json<AccountView>, Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "lies outside your own"));
    }
    let account = account(&app, &given.name, &given.password, given.role, given.jurisdiction)?;
    add(&app, &account, &given.password).await?;
    Ok(Json(account.into()))
}

/// An account as it would be, when it may be.
fn account(app: &App, name: &str, password: &str, role: Role, jurisdiction: Jurisdiction) -> Result<Account, Refusal> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(Refusal::invalid("name", "is empty"));
    }
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(Refusal::invalid("password", format!("needs at least {PASSWORD_CHARACTERS_MIN} characters")));
    }
    Ok(Account { name, actor: app.deployment.chance.id(), role, jurisdiction })
}

async fn add(app: &App, account: &Account, password: &str) -> Result<(), Refusal> {
    let deployment = &app.deployment;
    if deployment.accounts.add(account, password, deployment.chance.bytes()).await? {
        Ok(())
    } else {
        Err(Refusal::invalid("name", "is taken; choose another"))
    }
}
