//! Accounts: invitations, and what an administrator does about accounts within their own jurisdiction.

use access::{Code, Side};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use facts::{Jurisdiction, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sessions::{NAME_CHARACTERS_MAX, Session, SessionView, come_further, new_token};
use crate::accounts::{Account, Action, Means, PASSWORD_CHARACTERS_MIN, Role, Standing};
use crate::gate::Caller;
use crate::refusal::{Problem, Refusal};
use crate::session::{App, SignedIn};
use crate::views::WordsView;

/// An account as it would be, when it may be.
pub fn account(app: &App, name: &str, role: Role, jurisdiction: Jurisdiction) -> Result<Account, Refusal> {
    let name = name.trim().to_owned();
    match name.chars().count() {
        0 => Err(Refusal::invalid("name", "is empty")),
        1..=NAME_CHARACTERS_MAX => Ok(Account { name, actor: app.deployment.chance.id(), role, jurisdiction }),
        _ => Err(Refusal::invalid("name", format!("has more than {NAME_CHARACTERS_MAX} characters"))),
    }
}

/// Refuses a password that is too short.
pub fn checked_password(password: &str) -> Result<(), Refusal> {
    if password.chars().count() >= PASSWORD_CHARACTERS_MIN {
        return Ok(());
    }
    Err(Refusal::invalid("password", format!("needs at least {PASSWORD_CHARACTERS_MIN} characters")))
}

/// An account, as colleagues see it.
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

/// An account, as its administrator sees it; nothing secret is in it.
#[derive(Serialize, ToSchema)]
pub struct AccountRow {
    #[serde(flatten)]
    account: AccountView,
    /// `invited` (without a password yet), `active` or `disabled`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    disabled_since: Option<Timestamp>,
    second_factor: bool,
    single_sign_on: bool,
    /// Sessions that are open.
    sessions: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_signed_in: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    invitation_expires: Option<Timestamp>,
}

impl From<Standing> for AccountRow {
    fn from(standing: Standing) -> Self {
        let state = match (standing.disabled, standing.has_password) {
            (Some(_), _) => "disabled",
            (None, true) => "active",
            (None, false) => "invited",
        };
        Self {
            account: standing.account.into(),
            state,
            disabled_since: standing.disabled,
            second_factor: standing.second_factor,
            single_sign_on: standing.single_sign_on,
            sessions: standing.sessions,
            last_signed_in: standing.signed_in,
            invitation_expires: standing.invitation_expires,
        }
    }
}

/// Who may sign in.
#[utoipa::path(get, path = "/accounts", responses((status = 200, body = Vec<AccountRow>)))]
pub async fn accounts(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<AccountRow>>, Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    let all = app.deployment.accounts.standings(app.deployment.now()).await?;
    let theirs = all.into_iter().filter(|standing| scope.covers(standing.account.jurisdiction));
    Ok(Json(theirs.map(AccountRow::from).collect()))
}

/// How an account of the scope stands.
async fn standing(app: &App, scope: &Scope, name: &str) -> Result<Standing, Refusal> {
    let all = app.deployment.accounts.standings(app.deployment.now()).await?;
    let theirs = |standing: &Standing| standing.account.name == name && scope.covers(standing.account.jurisdiction);
    all.into_iter().find(theirs).ok_or(Refusal::NotFound)
}

/// An account of the scope that is not the asker's own.
async fn other(app: &App, asking: &SignedIn, name: &str) -> Result<(Scope, Standing), Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    let standing = standing(app, &scope, name).await?;
    if standing.account.name == asking.account.name {
        return Err(Refusal::Conflict("this is your own account; another administrator has to do it"));
    }
    Ok((scope, standing))
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
pub struct Invitation {
    name: String,
    role: Role,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
}

/// An invitation, with its code, which is shown this once.
#[derive(Serialize, ToSchema)]
pub struct Invited {
    #[serde(flatten)]
    account: AccountView,
    code: String,
    #[schema(value_type = String)]
    expires: Timestamp,
}

/// Invite someone. They choose their password themselves.
#[utoipa::path(post, path = "/invitations", responses((status = 200, body = Invited), (status = 422, body = Problem)))]
pub async fn invite(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Invitation>,
) -> Result<Json<Invited>, Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "lies outside your own"));
    }
    let deployment = &app.deployment;
    let account = account(&app, &given.name, given.role, given.jurisdiction)?;
    let code = Code::new(deployment.chance.bytes());
    let expires = deployment.accounts.invite(&account, &code, deployment.now()).await?;
    let expires = expires.ok_or_else(|| Refusal::invalid("name", "is taken; choose another"))?;
    Ok(Json(Invited { account: account.into(), code: code.shown(), expires }))
}

/// The code of an invitation.
#[derive(Deserialize, ToSchema)]
pub struct InvitationCode {
    code: String,
}

/// What an invitation is to.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    #[serde(flatten)]
    account: AccountView,
    jurisdiction_name: WordsView,
    #[schema(value_type = String)]
    expires: Timestamp,
    /// Whether the account was in use before: it gets a new password.
    again: bool,
}

/// Finds the invitation of a code. Codes are too many to be guessed; whoever tries is slowed down all the same.
async fn invited(app: &App, caller: &Caller, code: &str) -> Result<(Code, crate::accounts::Invited), Refusal> {
    let deployment = &app.deployment;
    let guess = app.gate.guess(vec![Side::Address(caller.address.clone())], deployment.now())?;
    let code = Code::typed(code).ok_or(Refusal::NotFound)?;
    let invited = deployment.accounts.invitation(&code, deployment.now()).await?.ok_or(Refusal::NotFound)?;
    guess.right();
    Ok((code, invited))
}

/// See what an invitation is to.
#[utoipa::path(post, path = "/invitations/look", responses((status = 200, body = InvitationView)))]
pub async fn look(
    State(app): State<App>,
    caller: Caller,
    Json(given): Json<InvitationCode>,
) -> Result<Json<InvitationView>, Refusal> {
    let (_, invited) = invited(&app, &caller, &given.code).await?;
    Ok(Json(InvitationView {
        jurisdiction_name: app.deployment.geography().name(invited.account.jurisdiction).into(),
        account: invited.account.into(),
        expires: invited.expires,
        again: invited.again,
    }))
}

/// The code of an invitation, and the password that its bearer chooses.
#[derive(Deserialize, ToSchema)]
pub struct Acceptance {
    code: String,
    password: String,
}

/// Accept an invitation: choose a password, and be signed in.
#[utoipa::path(post, path = "/invitations/accept", responses((status = 200, body = Session),
    (status = 422, body = Problem)))]
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    Json(given): Json<Acceptance>,
) -> Result<Response, Refusal> {
    let (deployment, now) = (&app.deployment, app.deployment.now());
    let (code, _) = invited(&app, &caller, &given.code).await?;
    checked_password(&given.password)?;
    let accepted = deployment.accounts.accept(&code, &given.password, deployment.chance.bytes(), now).await?;
    let (account, stage) = accepted.ok_or(Refusal::NotFound)?;
    let token = new_token(&app);
    deployment.accounts.open_session(&account, stage, Means::Invitation, &token, &caller.address, now).await?;
    come_further(&app, &caller, &account.name, stage, &token).await
}

/// Disable an account: its sessions end now, and nobody signs in with it.
#[utoipa::path(post, path = "/accounts/{name}/disable", params(("name" = String, Path)),
    responses((status = 200, body = AccountRow)))]
pub async fn disable(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<AccountRow>, Refusal> {
    let (scope, _) = other(&app, &asking, &name).await?;
    app.deployment.accounts.set_disabled(&name, Some(app.deployment.now())).await?;
    Ok(Json(standing(&app, &scope, &name).await?.into()))
}

/// Enable an account again.
#[utoipa::path(post, path = "/accounts/{name}/enable", params(("name" = String, Path)),
    responses((status = 200, body = AccountRow)))]
pub async fn enable(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<AccountRow>, Refusal> {
    let (scope, _) = other(&app, &asking, &name).await?;
    app.deployment.accounts.set_disabled(&name, None).await?;
    Ok(Json(standing(&app, &scope, &name).await?.into()))
}

/// Where an account moves to.
#[derive(Deserialize, ToSchema)]
pub struct Move {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    role: Role,
}

/// Move an account to another jurisdiction or role: its sessions end now.
#[utoipa::path(post, path = "/accounts/{name}/move", params(("name" = String, Path)),
    responses((status = 200, body = AccountRow), (status = 422, body = Problem)))]
pub async fn move_to(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
    Json(given): Json<Move>,
) -> Result<Json<AccountRow>, Refusal> {
    let (scope, _) = other(&app, &asking, &name).await?;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "lies outside your own"));
    }
    app.deployment.accounts.move_to(&name, given.jurisdiction, given.role).await?;
    Ok(Json(standing(&app, &scope, &name).await?.into()))
}

/// What is lost.
#[derive(Deserialize, ToSchema)]
pub struct Lost {
    /// Whether the second factor is lost too: it is removed.
    #[serde(default)]
    second_factor: bool,
}

/// Invite someone again who lost their password: the old one and their sessions end now.
#[utoipa::path(post, path = "/accounts/{name}/invite-again", params(("name" = String, Path)),
    responses((status = 200, body = Invited)))]
pub async fn invite_again(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
    Json(lost): Json<Lost>,
) -> Result<Json<Invited>, Refusal> {
    let (_, standing) = other(&app, &asking, &name).await?;
    let deployment = &app.deployment;
    let code = Code::new(deployment.chance.bytes());
    let expires = deployment.accounts.invite_again(&name, &code, lost.second_factor, deployment.now()).await?;
    Ok(Json(Invited { account: standing.account.into(), code: code.shown(), expires }))
}

/// The open sessions of an account, newest first.
#[utoipa::path(get, path = "/accounts/{name}/sessions", params(("name" = String, Path)),
    responses((status = 200, body = Vec<SessionView>)))]
pub async fn sessions(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Vec<SessionView>>, Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    standing(&app, &scope, &name).await?;
    let rows = app.deployment.accounts.sessions_of(&name, app.deployment.now()).await?;
    Ok(Json(rows.into_iter().map(|row| SessionView::of(row, &asking)).collect()))
}

/// End every session of an account.
#[utoipa::path(delete, path = "/accounts/{name}/sessions", params(("name" = String, Path)),
    responses((status = 204)))]
pub async fn end_sessions(
    State(app): State<App>,
    asking: SignedIn,
    Path(name): Path<String>,
) -> Result<StatusCode, Refusal> {
    let scope = asking.may(Action::ManageAccounts)?;
    standing(&app, &scope, &name).await?;
    app.deployment.accounts.end_sessions(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
