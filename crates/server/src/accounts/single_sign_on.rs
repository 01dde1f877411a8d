//! Accounts that are joined to an account at the provider of single sign-on.

use access::Subject;
use database::at;

use super::sessions::Stage;
use super::{Account, Accounts, account, get};
use crate::error::ServerError;

/// Whom a provider's account belongs to here.
#[derive(Debug)]
pub enum Linked {
    /// Nobody: an account here is by invitation only.
    Nobody,
    /// Someone who may not sign in.
    Disabled,
    /// Someone, and what is still to be asked.
    Account(Account, Stage),
}

impl Accounts {
    /// Joins an account to one at the provider; `false` when somebody else has that one.
    pub async fn link(&self, name: &str, subject: &Subject) -> Result<bool, ServerError> {
        const DOING: &str = "joining an account to the provider's";
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        let taken = sqlx::query("SELECT name FROM accounts WHERE issuer = $1 AND subject = $2 AND name <> $3")
            .bind(&subject.issuer)
            .bind(&subject.subject)
            .bind(name)
            .fetch_optional(&mut *connection)
            .await
            .map_err(at(DOING))?;
        if taken.is_some() {
            return Ok(false);
        }
        let joined = sqlx::query("UPDATE accounts SET issuer = $1, subject = $2 WHERE name = $3 AND disabled IS NULL")
            .bind(&subject.issuer)
            .bind(&subject.subject)
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        turn.commit().await?;
        Ok(joined.rows_affected() == 1)
    }

    /// Takes an account and the provider's apart again.
    pub async fn unlink(&self, name: &str) -> Result<(), ServerError> {
        let mut turn = self.database.turn().await?;
        let query = sqlx::query("UPDATE accounts SET issuer = NULL, subject = NULL WHERE name = $1").bind(name);
        query.execute(turn.connection()).await.map_err(at("taking an account and the provider's apart"))?;
        Ok(turn.commit().await?)
    }

    /// Whose account here a provider's account is.
    pub async fn linked(&self, subject: &Subject) -> Result<Linked, ServerError> {
        const DOING: &str = "reading whose account the provider's is";
        let sql = "SELECT name, actor, role, jurisdiction, disabled, second_factor_since FROM accounts \
                   WHERE issuer = $1 AND subject = $2";
        let row = sqlx::query(sql)
            .bind(&subject.issuer)
            .bind(&subject.subject)
            .fetch_optional(self.database.pool())
            .await
            .map_err(at(DOING))?;
        let Some(row) = row else { return Ok(Linked::Nobody) };
        if get::<Option<i64>>(&row, 4, DOING)?.is_some() {
            return Ok(Linked::Disabled);
        }
        let stage = Stage::of(get::<Option<i64>>(&row, 5, DOING)?.is_some());
        Ok(Linked::Account(account(&row)?, stage))
    }
}
