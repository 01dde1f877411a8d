//! Invitations: a code that works once, within three days, and lets its bearer choose the password of an account.

use access::Code;
use database::at;
use facts::Timestamp;
use jiff::ToSpan;

use super::second_factor::forget;
use super::sessions::Stage;
use super::{Account, Accounts, account, get, insert, time};
use crate::error::ServerError;

/// How long an invitation can be accepted, in hours.
const INVITATION_HOURS: i64 = 72;

/// An invitation that can be accepted.
#[derive(Debug, Clone)]
pub struct Invited {
    /// Whose.
    pub account: Account,
    /// Until when.
    pub expires: Timestamp,
    /// Whether the account was in use before: it gets a new password.
    pub again: bool,
}

fn expires(now: Timestamp) -> Timestamp {
    now.checked_add(INVITATION_HOURS.hours()).unwrap_or(now)
}

async fn keep(
    connection: &mut sqlx::AnyConnection,
    name: &str,
    code: &Code,
    expires: Timestamp,
) -> Result<(), ServerError> {
    sqlx::query(
        "INSERT INTO invitations (name, code, expires) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET code = excluded.code, expires = excluded.expires",
    )
    .bind(name)
    .bind(code.digest().0.to_vec())
    .bind(expires.as_second())
    .execute(connection)
    .await
    .map_err(at("keeping an invitation"))?;
    Ok(())
}

impl Accounts {
    /// Makes an account without a password, and an invitation to it. None when the name is taken.
    pub async fn invite(
        &self,
        account: &Account,
        code: &Code,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ServerError> {
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        let added = insert(account, "").execute(&mut *connection).await.map_err(at("adding an account"))?;
        if added.rows_affected() == 0 {
            return Ok(None);
        }
        keep(connection, &account.name, code, expires(now)).await?;
        turn.commit().await?;
        Ok(Some(expires(now)))
    }

    /// Invites someone to choose a new password: the old one and every session end now, and, when asked for, the
    /// second factor.
    pub async fn invite_again(
        &self,
        name: &str,
        code: &Code,
        forget_second_factor: bool,
        now: Timestamp,
    ) -> Result<Timestamp, ServerError> {
        const DOING: &str = "inviting someone again";
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        for sql in ["UPDATE accounts SET password = '' WHERE name = $1", "DELETE FROM sessions WHERE name = $1"] {
            sqlx::query(sql).bind(name).execute(&mut *connection).await.map_err(at(DOING))?;
        }
        if forget_second_factor {
            forget(connection, name).await?;
        }
        keep(connection, name, code, expires(now)).await?;
        turn.commit().await?;
        Ok(expires(now))
    }

    /// What a code invites to, while it does.
    pub async fn invitation(&self, code: &Code, now: Timestamp) -> Result<Option<Invited>, ServerError> {
        const DOING: &str = "reading an invitation";
        let sql = "SELECT a.name, a.actor, a.role, a.jurisdiction, i.expires, a.signed_in \
                   FROM invitations i JOIN accounts a ON a.name = i.name \
                   WHERE i.code = $1 AND i.expires > $2 AND a.disabled IS NULL";
        let row = sqlx::query(sql)
            .bind(code.digest().0.to_vec())
            .bind(now.as_second())
            .fetch_optional(self.database.pool())
            .await
            .map_err(at(DOING))?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Invited {
            account: account(&row)?,
            expires: time(&row, 4, DOING)?.unwrap_or(now),
            again: get::<Option<i64>>(&row, 5, DOING)?.is_some(),
        }))
    }

    /// Gives the account of a code its password and uses the code up. None when it was used meanwhile.
    pub async fn accept(
        &self,
        code: &Code,
        password: &str,
        salt: [u8; 16],
        now: Timestamp,
    ) -> Result<Option<(Account, Stage)>, ServerError> {
        const DOING: &str = "accepting an invitation";
        let hash = self.hash(password, salt).await?;
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        let sql = "SELECT a.name, a.actor, a.role, a.jurisdiction, a.second_factor_since \
                   FROM invitations i JOIN accounts a ON a.name = i.name \
                   WHERE i.code = $1 AND i.expires > $2 AND a.disabled IS NULL";
        let row = sqlx::query(sql)
            .bind(code.digest().0.to_vec())
            .bind(now.as_second())
            .fetch_optional(&mut *connection)
            .await
            .map_err(at(DOING))?;
        let Some(row) = row else { return Ok(None) };
        let account = account(&row)?;
        let stage = Stage::of(get::<Option<i64>>(&row, 4, DOING)?.is_some());
        sqlx::query("UPDATE accounts SET password = $1 WHERE name = $2")
            .bind(hash)
            .bind(&account.name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        sqlx::query("DELETE FROM invitations WHERE name = $1")
            .bind(&account.name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        turn.commit().await?;
        Ok(Some((account, stage)))
    }
}
