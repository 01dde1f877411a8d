//! Glass that was broken: by whom, why, for how long, and what somebody else found.

use access::{GlassTimes, Keeper, ReasonCode, Verdict};
use database::at;
use facts::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;

use super::{Account, Accounts, account, get, time};
use crate::error::ServerError;

const COLUMNS: &str = "name, actor, role, jurisdiction, id, reason_code, reason, opened, until, closed, \
                       reviewed, reviewer, verdict, note";
const REASON: &str = "reason";
const NOTE: &str = "note";

/// Glass that is broken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGlass {
    /// Which.
    pub id: String,
    /// Until when.
    pub until: Timestamp,
}

/// What somebody asks who breaks it.
pub struct GlassAsked<'a> {
    /// Which it will be.
    pub id: String,
    /// Who, with the role and the jurisdiction they have now.
    pub account: &'a Account,
    /// Why.
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub reason: &'a str,
    /// When.
    pub times: GlassTimes,
}

/// What somebody else found.
#[derive(Debug, Clone)]
pub struct Review {
    /// What.
    pub verdict: Verdict,
    /// In words.
    pub note: Option<String>,
    /// Who.
    pub reviewer: String,
    /// When.
    pub at: Timestamp,
}

/// Glass that was broken.
#[derive(Debug, Clone)]
pub struct Glass {
    /// Which.
    pub id: String,
    /// By whom, with the role and the jurisdiction they had.
    pub account: Account,
    /// Why.
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub times: GlassTimes,
    /// What somebody else found.
    pub review: Option<Review>,
}

fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn from_word<T: DeserializeOwned>(word: String, what: &'static str) -> Result<T, ServerError> {
    serde_json::from_value(word.into()).map_err(|_| ServerError::Account { what })
}

impl Accounts {
    /// Breaks the glass; `false` when it is broken by the same account already.
    pub async fn break_glass(&self, asked: GlassAsked<'_>, nonce: [u8; 12]) -> Result<bool, ServerError> {
        const DOING: &str = "breaking the glass";
        let GlassAsked { id, account, reason_code, reason, times } = asked;
        let sealed = self.seal.seal(Keeper { what: REASON, whose: &id }, reason.as_bytes(), nonce);
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        let open = sqlx::query("SELECT id FROM glass WHERE name = $1 AND closed IS NULL AND until > $2")
            .bind(&account.name)
            .bind(times.opened.as_second())
            .fetch_optional(&mut *connection)
            .await
            .map_err(at(DOING))?;
        if open.is_some() {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO glass (id, name, actor, role, jurisdiction, reason_code, reason, opened, until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(&account.name)
        .bind(account.actor.number().cast_signed())
        .bind(account.role.name())
        .bind(account.jurisdiction.to_string())
        .bind(word(&reason_code))
        .bind(sealed)
        .bind(times.opened.as_second())
        .bind(times.until.as_second())
        .execute(&mut *connection)
        .await
        .map_err(at(DOING))?;
        turn.commit().await?;
        Ok(true)
    }

    /// Ends what one broke; `false` where nothing of that id is theirs and open.
    pub async fn close_glass(&self, name: &str, id: &str, now: Timestamp) -> Result<bool, ServerError> {
        let mut turn = self.database.turn().await?;
        let sql = "UPDATE glass SET closed = $1 WHERE id = $2 AND name = $3 AND closed IS NULL AND until > $4";
        let closed = sqlx::query(sql)
            .bind(now.as_second())
            .bind(id)
            .bind(name)
            .bind(now.as_second())
            .execute(turn.connection())
            .await
            .map_err(at("ending broken glass"))?;
        turn.commit().await?;
        Ok(closed.rows_affected() == 1)
    }

    /// Keeps what somebody found; `false` when somebody did before.
    pub async fn review_glass(&self, id: &str, review: &Review, nonce: [u8; 12]) -> Result<bool, ServerError> {
        let note =
            review.note.as_ref().map(|note| self.seal.seal(Keeper { what: NOTE, whose: id }, note.as_bytes(), nonce));
        let mut turn = self.database.turn().await?;
        let sql = "UPDATE glass SET reviewed = $1, reviewer = $2, verdict = $3, note = $4 \
                   WHERE id = $5 AND reviewed IS NULL";
        let kept = sqlx::query(sql)
            .bind(review.at.as_second())
            .bind(&review.reviewer)
            .bind(word(&review.verdict))
            .bind(note)
            .bind(id)
            .execute(turn.connection())
            .await
            .map_err(at("keeping a review"))?;
        turn.commit().await?;
        Ok(kept.rows_affected() == 1)
    }

    /// All glass that was ever broken, newest first.
    pub async fn glasses(&self) -> Result<Vec<Glass>, ServerError> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM glass ORDER BY opened DESC, id"));
        let rows = sqlx::query(sql).fetch_all(self.database.pool()).await.map_err(at("reading broken glass"))?;
        rows.iter().map(|row| self.glass(row)).collect()
    }

    fn glass(&self, row: &AnyRow) -> Result<Glass, ServerError> {
        const DOING: &str = "reading broken glass";
        let id: String = get(row, 4, DOING)?;
        let text = |what: &'static str, sealed: Vec<u8>| -> Result<String, ServerError> {
            let plain = self.seal.open(Keeper { what, whose: &id }, &sealed)?;
            String::from_utf8(plain).map_err(|_| ServerError::Account { what })
        };
        let instant = |column| -> Result<Timestamp, ServerError> {
            time(row, column, DOING)?.ok_or(ServerError::Account { what: "time" })
        };
        let reviewed = time(row, 10, DOING)?;
        let verdict = get::<Option<String>>(row, 12, DOING)?;
        let note = get::<Option<Vec<u8>>>(row, 13, DOING)?.map(|sealed| text(NOTE, sealed)).transpose()?;
        let review = match (reviewed, get::<Option<String>>(row, 11, DOING)?, verdict) {
            (Some(at), Some(reviewer), Some(verdict)) => {
                Some(Review { verdict: from_word(verdict, "verdict")?, note, reviewer, at })
            }
            _ => None,
        };
        Ok(Glass {
            account: account(row)?,
            reason_code: from_word(get(row, 5, DOING)?, "reason")?,
            reason: text(REASON, get(row, 6, DOING)?)?,
            times: GlassTimes { opened: instant(7)?, until: instant(8)?, closed: time(row, 9, DOING)?, reviewed },
            review,
            id,
        })
    }
}
