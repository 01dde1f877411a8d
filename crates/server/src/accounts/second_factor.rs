//! The second factor of an account, and the codes that help when the telephone is lost.

use access::{Code, Keeper, SecondFactor};
use database::at;
use facts::Timestamp;

use super::sessions::{Stage, digest, promote};
use super::{Account, Accounts, account, get, time};
use crate::error::ServerError;

/// Codes that are given out at once.
pub const RECOVERY_CODES: usize = 10;
/// Wrong codes after which the first step has to be done again.
const TRIES_MAX: i64 = 5;
const WHAT: &str = "second factor";

/// How the second factor of an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorState {
    /// Since when signing in takes it; none where it does not.
    pub since: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_codes: u64,
}

/// What the second step of signing in came to.
#[derive(Debug)]
pub enum SecondStep {
    /// There was no first step, it was too long ago, or too many codes were wrong.
    SignedOut,
    /// The code is wrong, or was used before.
    Wrong,
    /// Signed in.
    Passed(Account),
}

/// What is kept of a second factor.
struct Kept {
    factor: SecondFactor,
    since: Option<Timestamp>,
    used: Option<u64>,
}

impl Accounts {
    /// Keeps a secret that its holder has yet to confirm; `false` when a second factor is there already.
    pub async fn enrol(&self, name: &str, secret: [u8; 20], nonce: [u8; 12]) -> Result<bool, ServerError> {
        let sealed = self.seal.seal(Keeper { what: WHAT, whose: name }, &secret, nonce);
        let mut turn = self.database.turn().await?;
        let kept =
            sqlx::query("UPDATE accounts SET second_factor = $1 WHERE name = $2 AND second_factor_since IS NULL")
                .bind(sealed)
                .bind(name)
                .execute(turn.connection())
                .await
                .map_err(at("keeping a second factor"))?;
        turn.commit().await?;
        Ok(kept.rows_affected() == 1)
    }

    /// How the second factor of an account stands.
    pub async fn second_factor(&self, name: &str) -> Result<SecondFactorState, ServerError> {
        const DOING: &str = "reading a second factor";
        let sql = "SELECT second_factor_since, (SELECT COUNT(*) FROM recovery_codes r WHERE r.name = a.name) \
                   FROM accounts a WHERE a.name = $1";
        let row = sqlx::query(sql).bind(name).fetch_one(self.database.pool()).await.map_err(at(DOING))?;
        let recovery_codes = get::<i64>(&row, 1, DOING)?.cast_unsigned();
        Ok(SecondFactorState { since: time(&row, 0, DOING)?, recovery_codes })
    }

    async fn kept(&self, connection: &mut sqlx::AnyConnection, name: &str) -> Result<Option<Kept>, ServerError> {
        const DOING: &str = "reading a second factor";
        let sql = "SELECT second_factor, second_factor_since, second_factor_step FROM accounts WHERE name = $1";
        let row = sqlx::query(sql).bind(name).fetch_optional(connection).await.map_err(at(DOING))?;
        let Some(row) = row else { return Ok(None) };
        let Some(sealed) = get::<Option<Vec<u8>>>(&row, 0, DOING)? else { return Ok(None) };
        let secret = self.seal.open(Keeper { what: WHAT, whose: name }, &sealed)?;
        let secret = secret.try_into().map_err(|_| access::AccessError::Sealed { what: WHAT })?;
        Ok(Some(Kept {
            // No name is needed to compare codes.
            factor: SecondFactor::new(secret, "", ""),
            since: time(&row, 1, DOING)?,
            used: get::<Option<i64>>(&row, 2, DOING)?.map(i64::cast_unsigned),
        }))
    }

    /// Takes a second factor into use with its first code, and gives recovery codes to it. None when the code is
    /// wrong; an error is a refusal of the database only.
    pub async fn confirm(
        &self,
        name: &str,
        code: &str,
        recovery: &[Code],
        now: Timestamp,
    ) -> Result<Option<bool>, ServerError> {
        const DOING: &str = "taking a second factor into use";
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        let Some(kept) = self.kept(connection, name).await?.filter(|kept| kept.since.is_none()) else {
            return Ok(None);
        };
        let Some(step) = kept.factor.check(code, now, None) else { return Ok(Some(false)) };
        sqlx::query("UPDATE accounts SET second_factor_since = $1, second_factor_step = $2 WHERE name = $3")
            .bind(now.as_second())
            .bind(step.cast_signed())
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        keep_recovery(connection, name, recovery).await?;
        turn.commit().await?;
        Ok(Some(true))
    }

    /// Whether a code is right for an account that has a second factor; if so it is used up.
    async fn use_up(
        &self,
        connection: &mut sqlx::AnyConnection,
        name: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, ServerError> {
        const DOING: &str = "comparing a code";
        let kept = self.kept(&mut *connection, name).await?.filter(|kept| kept.since.is_some());
        let Some(kept) = kept else { return Ok(false) };
        if let Some(step) = kept.factor.check(code, now, kept.used) {
            sqlx::query("UPDATE accounts SET second_factor_step = $1 WHERE name = $2")
                .bind(step.cast_signed())
                .bind(name)
                .execute(&mut *connection)
                .await
                .map_err(at(DOING))?;
            return Ok(true);
        }
        let Some(code) = Code::typed(code) else { return Ok(false) };
        let used = sqlx::query("DELETE FROM recovery_codes WHERE code = $1 AND name = $2")
            .bind(code.digest().0.to_vec())
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        Ok(used.rows_affected() == 1)
    }

    /// The second step of signing in: the session of `token` becomes an open one under `new_token`.
    pub async fn second_step(
        &self,
        token: &str,
        code: &str,
        new_token: &str,
        now: Timestamp,
    ) -> Result<SecondStep, ServerError> {
        const DOING: &str = "signing in";
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        let sql = "SELECT a.name, a.actor, a.role, a.jurisdiction FROM sessions s JOIN accounts a ON a.name = s.name \
                   WHERE s.token = $1 AND s.stage = $2 AND s.expires > $3 AND s.tries < $4 AND a.disabled IS NULL";
        let row = sqlx::query(sql)
            .bind(digest(token).to_vec())
            .bind(Stage::SecondFactor.name())
            .bind(now.as_second())
            .bind(TRIES_MAX)
            .fetch_optional(&mut *connection)
            .await
            .map_err(at(DOING))?;
        let Some(row) = row else { return Ok(SecondStep::SignedOut) };
        let account = account(&row)?;
        if self.use_up(&mut *connection, &account.name, code, now).await? {
            promote(connection, token, new_token, &account.name, now).await?;
            turn.commit().await?;
            return Ok(SecondStep::Passed(account));
        }
        sqlx::query("UPDATE sessions SET tries = tries + 1 WHERE token = $1")
            .bind(digest(token).to_vec())
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        turn.commit().await?;
        Ok(SecondStep::Wrong)
    }

    /// Gives new recovery codes to an account in place of the old ones, for a code; `false` when it is wrong.
    pub async fn renew_recovery(
        &self,
        name: &str,
        code: &str,
        recovery: &[Code],
        now: Timestamp,
    ) -> Result<bool, ServerError> {
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        if !self.use_up(&mut *connection, name, code, now).await? {
            return Ok(false);
        }
        keep_recovery(connection, name, recovery).await?;
        turn.commit().await?;
        Ok(true)
    }

    /// Removes the second factor of an account, for a code; `false` when it is wrong.
    pub async fn remove_second_factor(&self, name: &str, code: &str, now: Timestamp) -> Result<bool, ServerError> {
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        if !self.use_up(&mut *connection, name, code, now).await? {
            return Ok(false);
        }
        forget(connection, name).await?;
        turn.commit().await?;
        Ok(true)
    }
}

/// Forgets a second factor and its recovery codes.
pub(super) async fn forget(connection: &mut sqlx::AnyConnection, name: &str) -> Result<(), ServerError> {
    const DOING: &str = "removing a second factor";
    for sql in [
        "UPDATE accounts SET second_factor = NULL, second_factor_since = NULL, second_factor_step = NULL WHERE name = $1",
        "DELETE FROM recovery_codes WHERE name = $1",
    ] {
        sqlx::query(sql).bind(name).execute(&mut *connection).await.map_err(at(DOING))?;
    }
    Ok(())
}

async fn keep_recovery(connection: &mut sqlx::AnyConnection, name: &str, recovery: &[Code]) -> Result<(), ServerError> {
    const DOING: &str = "keeping recovery codes";
    sqlx::query("DELETE FROM recovery_codes WHERE name = $1")
        .bind(name)
        .execute(&mut *connection)
        .await
        .map_err(at(DOING))?;
    for code in recovery {
        sqlx::query("INSERT INTO recovery_codes (code, name) VALUES ($1, $2)")
            .bind(code.digest().0.to_vec())
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
    }
    Ok(())
}
