//! Sessions: who is signed in, since when, from where, and how that ends.

use database::at;
use facts::{Hex, Timestamp};
use jiff::ToSpan;
use sha2::{Digest, Sha256};

use super::{Account, Accounts, OpenGlass, account, get, time};
use crate::error::ServerError;

/// How long a session lasts, in hours: one long shift.
const SESSION_HOURS: i64 = 12;
/// How long the second step may take, in minutes.
const SECOND_STEP_MINUTES: i64 = 5;
/// Bytes of the digest of a token that name its session; they open nothing.
const ID_BYTES: usize = 8;

/// How far signing in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; the second factor is still asked for. Nothing else is answered.
    SecondFactor,
    /// Signed in.
    Open,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SecondFactor => "second-factor",
            Self::Open => "open",
        }
    }

    pub(super) fn of(second_factor: bool) -> Self {
        if second_factor { Self::SecondFactor } else { Self::Open }
    }
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// By a password.
    Password,
    /// By an account at the provider.
    SingleSignOn,
    /// By accepting an invitation.
    Invitation,
}

impl Means {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SingleSignOn => "single-sign-on",
            Self::Invitation => "invitation",
        }
    }
}

/// A session that lasts.
#[derive(Debug, Clone)]
pub struct Open {
    /// Whose.
    pub account: Account,
    /// Which, for lists; it opens nothing.
    pub id: String,
    /// How far it has come.
    pub stage: Stage,
    /// Whether the account has a second factor.
    pub second_factor: bool,
    /// The glass that its holder has broken.
    pub glass: Option<OpenGlass>,
}

/// A session, as its holder sees it in a list.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Which; it opens nothing.
    pub id: String,
    /// Since when.
    pub opened: Timestamp,
    /// Until when.
    pub expires: Timestamp,
    /// From where; empty where that is not known.
    pub address: String,
    /// How: `password`, `single-sign-on` or `invitation`.
    pub means: String,
}

pub(super) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn id(digest: &[u8; 32]) -> String {
    let mut id = [0; ID_BYTES];
    id.copy_from_slice(&digest[..ID_BYTES]);
    Hex(id).to_string()
}

fn hours(from: Timestamp, hours: i64) -> i64 {
    from.checked_add(hours.hours()).unwrap_or(from).as_second()
}

impl Accounts {
    /// Opens a session for whoever knows the password; none for anybody else.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        token: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<Option<(Account, Stage)>, ServerError> {
        let Some((account, second_factor)) = self.whose(name, password).await? else { return Ok(None) };
        let stage = Stage::of(second_factor);
        self.open_session(&account, stage, Means::Password, token, address, now).await?;
        Ok(Some((account, stage)))
    }

    /// Opens a session for someone who has proved who they are. The token is kept only as a digest.
    pub async fn open_session(
        &self,
        account: &Account,
        stage: Stage,
        means: Means,
        token: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<(), ServerError> {
        const DOING: &str = "opening a session";
        let expires = match stage {
            Stage::Open => hours(now, SESSION_HOURS),
            Stage::SecondFactor => now.checked_add(SECOND_STEP_MINUTES.minutes()).unwrap_or(now).as_second(),
        };
        let digest = digest(token);
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        sqlx::query("DELETE FROM sessions WHERE expires < $1")
            .bind(now.as_second())
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        sqlx::query(
            "INSERT INTO sessions (token, id, name, stage, means, address, opened, expires, tries)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
        )
        .bind(digest.to_vec())
        .bind(id(&digest))
        .bind(&account.name)
        .bind(stage.name())
        .bind(means.name())
        .bind(address)
        .bind(now.as_second())
        .bind(expires)
        .execute(&mut *connection)
        .await
        .map_err(at(DOING))?;
        if stage == Stage::Open {
            signed_in(connection, &account.name, now).await?;
        }
        Ok(turn.commit().await?)
    }

    /// Whose session a token is, while it lasts and the account is not disabled.
    pub async fn session(&self, token: &str, now: Timestamp) -> Result<Option<Open>, ServerError> {
        const DOING: &str = "reading a session";
        let sql = "SELECT a.name, a.actor, a.role, a.jurisdiction, s.id, s.stage, a.second_factor_since, g.id, g.until \
                   FROM sessions s JOIN accounts a ON a.name = s.name \
                   LEFT JOIN glass g ON g.name = a.name AND g.closed IS NULL AND g.until > $1 \
                   WHERE s.token = $2 AND s.expires > $3 AND a.disabled IS NULL";
        let row = sqlx::query(sql)
            .bind(now.as_second())
            .bind(digest(token).to_vec())
            .bind(now.as_second())
            .fetch_optional(self.database.pool())
            .await
            .map_err(at(DOING))?;
        let Some(row) = row else { return Ok(None) };
        let stage: String = get(&row, 5, DOING)?;
        let glass = get::<Option<String>>(&row, 7, DOING)?.zip(time(&row, 8, DOING)?);
        Ok(Some(Open {
            account: account(&row)?,
            id: get(&row, 4, DOING)?,
            stage: if stage == Stage::Open.name() { Stage::Open } else { Stage::SecondFactor },
            second_factor: get::<Option<i64>>(&row, 6, DOING)?.is_some(),
            glass: glass.map(|(id, until)| OpenGlass { id, until }),
        }))
    }

    /// The open sessions of an account, newest first.
    pub async fn sessions_of(&self, name: &str, now: Timestamp) -> Result<Vec<SessionRow>, ServerError> {
        const DOING: &str = "reading sessions";
        let sql = "SELECT id, opened, expires, address, means FROM sessions \
                   WHERE name = $1 AND expires > $2 AND stage = 'open' ORDER BY opened DESC, id";
        let query = sqlx::query(sql).bind(name).bind(now.as_second());
        let rows = query.fetch_all(self.database.pool()).await.map_err(at(DOING))?;
        let mut sessions = Vec::new();
        for row in rows {
            sessions.push(SessionRow {
                id: get(&row, 0, DOING)?,
                opened: time(&row, 1, DOING)?.unwrap_or(Timestamp::UNIX_EPOCH),
                expires: time(&row, 2, DOING)?.unwrap_or(Timestamp::UNIX_EPOCH),
                address: get(&row, 3, DOING)?,
                means: get(&row, 4, DOING)?,
            });
        }
        Ok(sessions)
    }

    /// Ends one session of an account; `false` where there is none.
    pub async fn end_session(&self, name: &str, id: &str) -> Result<bool, ServerError> {
        let mut turn = self.database.turn().await?;
        let query = sqlx::query("DELETE FROM sessions WHERE name = $1 AND id = $2").bind(name).bind(id);
        let ended = query.execute(turn.connection()).await.map_err(at("ending a session"))?;
        turn.commit().await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends every session of an account.
    pub async fn end_sessions(&self, name: &str) -> Result<(), ServerError> {
        let mut turn = self.database.turn().await?;
        let query = sqlx::query("DELETE FROM sessions WHERE name = $1").bind(name);
        query.execute(turn.connection()).await.map_err(at("ending sessions"))?;
        Ok(turn.commit().await?)
    }

    /// Ends the session of a token.
    pub async fn sign_out(&self, token: &str) -> Result<(), ServerError> {
        let mut turn = self.database.turn().await?;
        sqlx::query("DELETE FROM sessions WHERE token = $1")
            .bind(digest(token).to_vec())
            .execute(turn.connection())
            .await
            .map_err(at("signing out"))?;
        Ok(turn.commit().await?)
    }
}

/// Makes a session that waited for the second step an open one, under another token.
pub(super) async fn promote(
    connection: &mut sqlx::AnyConnection,
    from: &str,
    to: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), ServerError> {
    let new = digest(to);
    sqlx::query("UPDATE sessions SET token = $1, id = $2, stage = 'open', expires = $3 WHERE token = $4")
        .bind(new.to_vec())
        .bind(id(&new))
        .bind(hours(now, SESSION_HOURS))
        .bind(digest(from).to_vec())
        .execute(&mut *connection)
        .await
        .map_err(at("signing in"))?;
    signed_in(connection, name, now).await
}

async fn signed_in(connection: &mut sqlx::AnyConnection, name: &str, now: Timestamp) -> Result<(), ServerError> {
    sqlx::query("UPDATE accounts SET signed_in = $1 WHERE name = $2")
        .bind(now.as_second())
        .bind(name)
        .execute(connection)
        .await
        .map_err(at("signing in"))?;
    Ok(())
}
