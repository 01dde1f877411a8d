//! Who is asking: every handler that is not for everyone takes a [`SignedIn`].

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use facts::Scope;

use crate::accounts::{Account, Action};
use crate::deployment::Deployment;
use crate::refusal::Refusal;

/// The name of the session cookie.
pub const COOKIE: &str = "firebreak-session";

/// What every handler can reach.
#[derive(Clone)]
pub struct App {
    /// The deployment.
    pub deployment: Arc<Deployment>,
    /// The code that the first-run ceremony asks for; it is printed where the server was started.
    pub setup_code: Arc<str>,
    /// Files that are being imported.
    pub imports: Arc<crate::importing::Desk>,
}

/// Proof that someone is signed in. Only a valid session makes one.
pub struct SignedIn {
    /// Who.
    pub account: Account,
}

impl SignedIn {
    /// What part of the world they act for.
    pub fn scope(&self) -> Scope {
        Scope { actor: self.account.actor, jurisdiction: self.account.jurisdiction }
    }

    /// Refuses what their role does not do.
    pub fn may(&self, action: Action) -> Result<Scope, Refusal> {
        if self.account.role.may(action) { Ok(self.scope()) } else { Err(Refusal::NotAllowed) }
    }
}

/// The session token of a request, if it has one.
pub fn token(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE).then(|| value.to_owned())
    })
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = token(parts).ok_or(Refusal::SignedOut)?;
        let deployment = &app.deployment;
        let account = deployment.accounts.session(&token, deployment.now()).await?.ok_or(Refusal::SignedOut)?;
        Ok(Self { account })
    }
}
