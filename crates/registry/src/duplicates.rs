//! People who may be one: they share a value that two people seldom share.

use database::at;
use facts::{PersonId, Scope};
use sqlx::AssertSqlSafe;

use crate::error::RegistryError;
use crate::people::person;
use crate::registry::Registry;

/// Two people who share an id number or a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LikelyDuplicate {
    /// The one with the smaller id.
    pub a: PersonId,
    /// The other.
    pub b: PersonId,
    /// Whether it is the id number that they share; else it is the phone.
    pub same_id_number: bool,
}

/// The most pairs that one answer holds.
const PAIRS_MAX: i64 = 500;

impl Registry {
    /// Pairs of people who both live within the scope, those with one id number first. Not recorded: no
    /// identity is shown.
    pub async fn likely_duplicates(&self, scope: &Scope) -> Result<Vec<LikelyDuplicate>, RegistryError> {
        let doing = at("looking for duplicates");
        let within = scope.jurisdiction.numbers();
        let mut pairs: Vec<LikelyDuplicate> = Vec::new();
        for (sql, same_id_number) in [(by("id_number_index"), true), (by("phone_index"), false)] {
            let rows = sqlx::query(AssertSqlSafe(sql))
                .bind(within.start().cast_signed())
                .bind(i64::try_from(*within.end()).unwrap_or(i64::MAX))
                .bind(PAIRS_MAX)
                .fetch_all(self.database.pool())
                .await
                .map_err(&doing)?;
            for row in rows {
                let (a, b) = (person(&row, 0)?, person(&row, 1)?);
                if !pairs.iter().any(|pair| (pair.a, pair.b) == (a, b)) {
                    pairs.push(LikelyDuplicate { a, b, same_id_number });
                }
            }
        }
        Ok(pairs)
    }
}

/// Pairs that share the value of one index.
fn by(column: &str) -> String {
    format!(
        "SELECT a.person, b.person FROM people a JOIN people b ON a.{column} = b.{column} AND a.person < b.person \
         WHERE a.jurisdiction BETWEEN $1 AND $2 AND b.jurisdiction BETWEEN $1 AND $2 ORDER BY a.person, b.person LIMIT $3"
    )
}
