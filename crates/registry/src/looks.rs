//! The record of looks, for whoever watches over it.

use std::collections::BTreeSet;

use database::at;
use facts::{ActorId, PersonId, Scope, Timestamp};
use sqlx::Row;

use crate::error::RegistryError;
use crate::registry::{Access, Registry, from_word, jurisdiction, time};

impl Registry {
    /// Looks from one time until before another, in order: those by these officers, and those at people who lived
    /// within the scope then.
    pub async fn looks(
        &self,
        scope: &Scope,
        officers: &BTreeSet<ActorId>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Access>, RegistryError> {
        let doing = at("reading who looked");
        // Times are kept as text, with as many decimals as they need, so that their order is right to the second.
        let text = |time: Timestamp, seconds: i64| {
            let second = Timestamp::from_second(time.as_second().saturating_add(seconds)).unwrap_or(time);
            second.to_string().trim_end_matches('Z').to_owned()
        };
        let sql = "SELECT looked, actor, person, jurisdiction, purpose, columns FROM access_log \
                   WHERE looked >= $1 AND looked < $2";
        let rows = sqlx::query(sql)
            .bind(text(from, -1))
            .bind(text(until, 2))
            .fetch_all(self.database.pool())
            .await
            .map_err(&doing)?;
        let mut looks = Vec::new();
        for row in rows {
            let looked = time(&row, 0)?;
            let actor = ActorId::new(row.try_get::<i64, _>(1).map_err(&doing)?.cast_unsigned());
            let lived = jurisdiction(row.try_get(3).map_err(&doing)?)?;
            if looked < from || looked >= until || !(officers.contains(&actor) || scope.covers(lived)) {
                continue;
            }
            let person = row.try_get::<Option<i64>, _>(2).map_err(&doing)?;
            looks.push(Access {
                looked,
                actor,
                person: person.map(|person| PersonId::new(person.cast_unsigned())),
                purpose: from_word(row.try_get(4).map_err(&doing)?, "purpose")?,
                columns: row.try_get(5).map_err(&doing)?,
            });
        }
        looks.sort_by_key(|look| look.looked);
        Ok(looks)
    }
}
