//! People who may be one: they share a value that two people seldom share.

use facts::{PersonId, Scope};
use journal::database::at;
use sqlx::Row;

use crate::error::RegistryError;
use crate::people::person;
use crate::registry::{Registry, jurisdiction};

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
    /// Pairs of whom at least one lives within the scope, those with one id number first.
    pub async fn likely_duplicates(&self, scope: &Scope) -> Result<Vec<LikelyDuplicate>, RegistryError> {
        let doing = at("looking for duplicates");
        let mut pairs: Vec<LikelyDuplicate> = Vec::new();
        for (sql, same_id_number) in [
            (
                "SELECT a.person, b.person, a.jurisdiction, b.jurisdiction FROM people a JOIN people b \
                 ON a.id_number_index = b.id_number_index AND a.person < b.person ORDER BY a.person LIMIT $1",
                true,
            ),
            (
                "SELECT a.person, b.person, a.jurisdiction, b.jurisdiction FROM people a JOIN people b \
                 ON a.phone_index = b.phone_index AND a.person < b.person ORDER BY a.person LIMIT $1",
                false,
            ),
        ] {
            let rows = sqlx::query(sql).bind(PAIRS_MAX).fetch_all(self.database.pool()).await.map_err(&doing)?;
            for row in rows {
                let lives = |column| -> Result<_, RegistryError> {
                    jurisdiction(row.try_get(column).map_err(at("looking for duplicates"))?)
                };
                let (a, b) = (person(&row, 0)?, person(&row, 1)?);
                let known = pairs.iter().any(|pair| (pair.a, pair.b) == (a, b));
                if !known && (scope.covers(lives(2)?) || scope.covers(lives(3)?)) {
                    pairs.push(LikelyDuplicate { a, b, same_id_number });
                }
            }
        }
        Ok(pairs)
    }
}
