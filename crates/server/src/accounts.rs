//! Who may sign in. No account exists until the first-run ceremony; every later one is by invitation.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use database::{Database, at};
use facts::{ActorId, Jurisdiction, Timestamp};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::error::ServerError;

const STEPS: &[&str] = &["
    CREATE TABLE accounts (
        name TEXT PRIMARY KEY,
        actor BIGINT NOT NULL,
        role TEXT NOT NULL,
        jurisdiction TEXT NOT NULL,
        password TEXT NOT NULL
    );
    CREATE TABLE sessions (
        token {bytes} PRIMARY KEY,
        name TEXT NOT NULL,
        expires BIGINT NOT NULL
    );
"];

/// How long a session lasts, in hours: one long shift.
const SESSION_HOURS: i64 = 12;
/// The shortest password, in characters.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;

/// What someone does; [`Role::may`] says what that allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 指挥
    Command,
    /// 流调员
    Investigator,
    /// 协查专班
    Desk,
    /// 社区网格员
    Community,
    /// Manages accounts, and sees no person.
    Admin,
    /// A machine that sends visits, and sees nothing.
    Feed,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See numbers and duties within scope.
    SeeSituation,
    /// See a person's status and why.
    SeePerson,
    /// See who a person is.
    RevealIdentity,
    /// Record what an investigation found.
    Investigate,
    /// Record what was done about a duty.
    FulfilDuty,
    /// Give duties to officers.
    AssignDuty,
    /// Bring in files.
    Import,
    /// Send visits as a machine does.
    SendVisits,
    /// See how much the visit index holds.
    SeeIndex,
    /// Invite people.
    ManageAccounts,
}

impl Role {
    /// Whether the role allows it; jurisdiction is a second question.
    pub fn may(self, action: Action) -> bool {
        use Action::*;
        match self {
            Self::Admin => matches!(action, ManageAccounts | SendVisits | SeeIndex),
            Self::Command => matches!(action, SeeSituation | SeePerson | AssignDuty | SeeIndex),
            Self::Investigator => !matches!(action, ManageAccounts | SendVisits | SeeIndex),
            Self::Desk => !matches!(action, ManageAccounts | Investigate | SendVisits | SeeIndex),
            Self::Feed => action == SendVisits,
            Self::Community => matches!(action, SeeSituation | SeePerson | RevealIdentity | FulfilDuty),
        }
    }

    /// The name that the database uses.
    fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Investigator => "investigator",
            Self::Desk => "desk",
            Self::Community => "community",
            Self::Admin => "admin",
            Self::Feed => "feed",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Command, Self::Investigator, Self::Desk, Self::Community, Self::Admin, Self::Feed]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// Someone who may sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name they sign in with.
    pub name: String,
    /// Who they are in facts.
    pub actor: ActorId,
    /// What they do.
    pub role: Role,
    /// For which jurisdiction.
    pub jurisdiction: Jurisdiction,
}

/// The accounts of a deployment.
pub struct Accounts {
    database: Database,
    hashing: Semaphore,
}

/// Passwords that are hashed at once: each takes 19 MiB and a processor, and anybody may ask for it.
const HASHING_AT_ONCE: usize = 2;

impl Accounts {
    /// Opens the table at a URL.
    pub async fn open(url: &str) -> Result<Self, ServerError> {
        let database = Database::open(url, "accounts", STEPS).await?;
        Ok(Self { database, hashing: Semaphore::new(HASHING_AT_ONCE) })
    }

    /// Hashes a password without keeping other requests waiting.
    async fn hashing<T: Send + 'static>(&self, hash: impl FnOnce() -> T + Send + 'static) -> Result<T, ServerError> {
        let _turn = self.hashing.acquire().await.map_err(|_| ServerError::Password)?;
        tokio::task::spawn_blocking(hash).await.map_err(|_| ServerError::Password)
    }

    /// Whether nobody may sign in yet.
    pub async fn is_empty(&self) -> Result<bool, ServerError> {
        Ok(self.all().await?.is_empty())
    }

    /// Adds an account. `false` when the name is taken.
    pub async fn add(&self, account: &Account, password: &str, salt: [u8; 16]) -> Result<bool, ServerError> {
        let password = password.to_owned();
        let hash = self.hashing(move || {
            let salt = SaltString::encode_b64(&salt).ok()?;
            Some(Argon2::default().hash_password(password.as_bytes(), &salt).ok()?.to_string())
        });
        let hash = hash.await?.ok_or(ServerError::Password)?;
        let mut turn = self.database.turn().await?;
        let added = sqlx::query(
            "INSERT INTO accounts (name, actor, role, jurisdiction, password) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&account.name)
        .bind(account.actor.number().cast_signed())
        .bind(account.role.name())
        .bind(account.jurisdiction.to_string())
        .bind(hash)
        .execute(turn.connection())
        .await
        .map_err(at("adding an account"))?;
        turn.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    /// Every account, by name.
    pub async fn all(&self) -> Result<Vec<Account>, ServerError> {
        let rows = sqlx::query("SELECT name, actor, role, jurisdiction FROM accounts ORDER BY name")
            .fetch_all(self.database.pool())
            .await
            .map_err(at("reading accounts"))?;
        Ok(rows.iter().filter_map(from_row).collect())
    }

    /// Opens a session for whoever knows the password. The token is returned once and kept only as a digest.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, ServerError> {
        let row = sqlx::query("SELECT name, actor, role, jurisdiction, password FROM accounts WHERE name = $1")
            .bind(name)
            .fetch_optional(self.database.pool())
            .await
            .map_err(at("signing in"))?;
        // An unknown name costs as much time as a wrong password.
        let stored: String = match &row {
            Some(row) => row.try_get(4).map_err(at("signing in"))?,
            None => NOBODY.to_owned(),
        };
        let password = password.to_owned();
        let right = self.hashing(move || {
            let hash = PasswordHash::new(&stored).ok()?;
            Some(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        let right = right.await?.ok_or(ServerError::Password)?;
        let Some(account) = row.as_ref().and_then(from_row).filter(|_| right) else { return Ok(None) };
        let expires = now.checked_add(SESSION_HOURS.hours()).unwrap_or(now);
        let mut turn = self.database.turn().await?;
        sqlx::query("DELETE FROM sessions WHERE expires < $1")
            .bind(now.as_second())
            .execute(turn.connection())
            .await
            .map_err(at("signing in"))?;
        sqlx::query("INSERT INTO sessions (token, name, expires) VALUES ($1, $2, $3)")
            .bind(digest(token))
            .bind(name)
            .bind(expires.as_second())
            .execute(turn.connection())
            .await
            .map_err(at("signing in"))?;
        turn.commit().await?;
        Ok(Some(account))
    }

    /// Whose session a token is, while it lasts.
    pub async fn session(&self, token: &str, now: Timestamp) -> Result<Option<Account>, ServerError> {
        let row = sqlx::query(
            "SELECT a.name, a.actor, a.role, a.jurisdiction FROM sessions s JOIN accounts a ON a.name = s.name
             WHERE s.token = $1 AND s.expires > $2",
        )
        .bind(digest(token))
        .bind(now.as_second())
        .fetch_optional(self.database.pool())
        .await
        .map_err(at("reading a session"))?;
        Ok(row.as_ref().and_then(from_row))
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), ServerError> {
        let mut turn = self.database.turn().await?;
        sqlx::query("DELETE FROM sessions WHERE token = $1")
            .bind(digest(token))
            .execute(turn.connection())
            .await
            .map_err(at("signing out"))?;
        Ok(turn.commit().await?)
    }
}

/// A hash that no password has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn from_row(row: &sqlx::any::AnyRow) -> Option<Account> {
    let actor: i64 = row.try_get(1).ok()?;
    let role: &str = row.try_get(2).ok()?;
    let jurisdiction: &str = row.try_get(3).ok()?;
    Some(Account {
        name: row.try_get(0).ok()?,
        actor: ActorId::new(actor.cast_unsigned()),
        role: Role::named(role)?,
        jurisdiction: jurisdiction.parse().ok()?,
    })
}
