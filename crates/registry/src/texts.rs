//! Free texts that can be erased. The journal holds a commitment to each and never the text.

use database::{Turn, at};
use facts::{Commitment, Hex, Jurisdiction, PersonId, Purpose, Salt, Scope, TextId, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::cipher::At;
use crate::error::RegistryError;
use crate::registry::{Look, Receipt, Registry, jurisdiction};
use crate::secret::Secret;

const SALT_BYTES: usize = 32;

/// A stored text, sealed, with the jurisdiction that may see it.
struct Stored {
    person: Option<PersonId>,
    jurisdiction: Jurisdiction,
    sealed: Vec<u8>,
}

fn place(text: TextId) -> At {
    At { table: "texts", owner: text.number(), column: "content" }
}

impl Registry {
    /// Keeps a text, about someone within the scope or about nobody in particular, and commits to it.
    ///
    /// It is seen where the person lives, or else in the jurisdiction of whoever put it.
    pub async fn put_text(
        &self,
        scope: &Scope,
        text: TextId,
        about: Option<PersonId>,
        content: &Secret<String>,
    ) -> Result<Commitment, RegistryError> {
        let doing = at("keeping a text");
        let mut turn = self.database.turn().await?;
        if let Some(person) = about {
            let row = sqlx::query("SELECT jurisdiction FROM people WHERE person = $1")
                .bind(person.number().cast_signed())
                .fetch_optional(turn.connection())
                .await
                .map_err(&doing)?;
            let lives = row.map(|row| row.try_get(0)).transpose().map_err(&doing)?.map(jurisdiction).transpose()?;
            if !lives.is_some_and(|lives| scope.covers(lives)) {
                return Err(RegistryError::NoPerson(person));
            }
        }
        let (salt, sealed) = self.with_random(|random| {
            let mut salt: Salt = Hex([0; SALT_BYTES]);
            random.fill_bytes(&mut salt.0);
            let plain = [salt.0.as_slice(), content.expose().as_bytes()].concat();
            (salt, self.cipher.seal(place(text), &plain, random))
        });
        let sql = "INSERT INTO texts (text, person, jurisdiction, content) VALUES ($1, $2, $3, $4)";
        let inserted = sqlx::query(sql)
            .bind(text.number().cast_signed())
            .bind(about.map(|person| person.number().cast_signed()))
            .bind(scope.jurisdiction.number().cast_signed())
            .bind(sealed)
            .execute(turn.connection())
            .await
            .map_err(&doing);
        match inserted {
            Err(error) if error.is_taken() => return Err(RegistryError::TextTaken),
            inserted => inserted?,
        };
        turn.commit().await?;
        Ok(Commitment::new(text, &salt, content.expose().as_bytes()))
    }

    /// A text within the scope and its salt. Recorded before it is given out.
    pub async fn text(
        &self,
        scope: &Scope,
        purpose: Purpose,
        text: TextId,
        looked: Timestamp,
    ) -> Result<Option<(Salt, Secret<String>)>, RegistryError> {
        let mut turn = self.database.turn().await?;
        let stored = stored(&mut turn, scope, text).await?;
        drop(turn);
        let Some(Stored { person, jurisdiction, sealed }) = stored else { return Ok(None) };
        let plain = self.open_field(place(text), &sealed, text)?;
        let (salt, content) = plain.split_first_chunk().ok_or(RegistryError::Unreadable("content"))?;
        let content = String::from_utf8(content.to_vec()).map_err(|_| RegistryError::Unreadable("content"))?;
        let look = Look { person, jurisdiction, columns: text.to_string() };
        self.log(scope, purpose, looked, &[look]).await?;
        Ok(Some((Hex(*salt), Secret::new(content))))
    }

    /// Erases a text within the scope, and its salt with it.
    pub async fn erase_text(
        &self,
        scope: &Scope,
        purpose: Purpose,
        text: TextId,
        erased: Timestamp,
    ) -> Result<Option<Receipt>, RegistryError> {
        let mut turn = self.database.turn().await?;
        let Some(stored) = stored(&mut turn, scope, text).await? else { return Ok(None) };
        sqlx::query("DELETE FROM texts WHERE text = $1")
            .bind(text.number().cast_signed())
            .execute(turn.connection())
            .await
            .map_err(at("erasing a text"))?;
        let digest = Hex(Sha256::digest(&stored.sealed).into());
        let receipt = Receipt { subject: text.to_string(), erased, actor: scope.actor, purpose, digest };
        Self::keep_receipt(&mut turn, scope, &receipt, stored.jurisdiction).await?;
        turn.commit().await?;
        Ok(Some(receipt))
    }
}

async fn stored(turn: &mut Turn<'_>, scope: &Scope, text: TextId) -> Result<Option<Stored>, RegistryError> {
    let doing = at("reading a text");
    let sql = "SELECT texts.person, COALESCE(people.jurisdiction, texts.jurisdiction), content \
               FROM texts LEFT JOIN people ON people.person = texts.person WHERE text = $1";
    let row =
        sqlx::query(sql).bind(text.number().cast_signed()).fetch_optional(turn.connection()).await.map_err(&doing)?;
    let Some(row) = row else { return Ok(None) };
    let person: Option<i64> = row.try_get(0).map_err(&doing)?;
    let stored = Stored {
        person: person.map(|person| PersonId::new(person.cast_unsigned())),
        jurisdiction: jurisdiction(row.try_get(1).map_err(&doing)?)?,
        sealed: row.try_get(2).map_err(&doing)?,
    };
    Ok(Some(stored).filter(|stored| scope.covers(stored.jurisdiction)))
}
