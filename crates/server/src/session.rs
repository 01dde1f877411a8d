//! Who is asking: every handler that is not for everyone takes a [`SignedIn`].

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use facts::{Jurisdiction, Scope};

use crate::accounts::{Account, Action, OpenGlass, Stage};
use crate::deployment::Deployment;
use crate::gate::{Gate, cookie};
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
    /// How the server is reached.
    pub gate: Arc<Gate>,
}

impl App {
    /// The same, reached in another way.
    pub fn behind(self, gate: Gate) -> Self {
        Self { gate: Arc::new(gate), ..self }
    }
}

/// Proof that someone is signed in. Only a valid session makes one.
pub struct SignedIn {
    /// Who.
    pub account: Account,
    /// Which of their sessions this is.
    pub session: String,
    /// The glass they have broken, with the jurisdiction that they see people of meanwhile.
    glass: Option<(OpenGlass, Jurisdiction)>,
}

impl SignedIn {
    /// What part of the world they act for.
    pub fn scope(&self) -> Scope {
        Scope { actor: self.account.actor, jurisdiction: self.account.jurisdiction }
    }

    /// Refuses what their role does not do. Where it does, the scope is their own; broken glass widens it, for what
    /// the policies name.
    pub fn may(&self, action: Action) -> Result<Scope, Refusal> {
        let role = self.account.role;
        if !role.may(action) {
            return Err(Refusal::NotAllowed);
        }
        match &self.glass {
            Some((_, jurisdiction)) if role.may_beyond(action) => {
                Ok(Scope { jurisdiction: *jurisdiction, ..self.scope() })
            }
            _ => Ok(self.scope()),
        }
    }
}

/// The session token of a request, if it has one.
pub fn token(headers: &HeaderMap) -> Option<String> {
    cookie(headers, COOKIE)
}

impl SignedIn {
    /// Who sends a request with these headers.
    pub async fn by(app: &App, headers: &HeaderMap) -> Result<Self, Refusal> {
        let token = token(headers).ok_or(Refusal::SignedOut)?;
        let deployment = &app.deployment;
        let open = deployment.accounts.session(&token, deployment.now()).await?;
        let open = open.filter(|open| open.stage == Stage::Open).ok_or(Refusal::SignedOut)?;
        let glass = open.glass.zip(deployment.profile().jurisdiction);
        Ok(Self { account: open.account, session: open.id, glass })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Self::by(app, &parts.headers).await
    }
}
