//! An open registry, its record of who looked at whom, and its receipts of what was erased.

use std::sync::{Mutex, PoisonError};

use database::{Database, Turn, at};
use facts::{ActorId, Hex, Jurisdiction, PersonId, Purpose, Scope, Timestamp};
use rand::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::cipher::{At, Cipher};
use crate::error::RegistryError;
use crate::keys::Keys;

/// From one version of the schema to the next. Only ever add to the end.
const STEPS: &[&str] = &[
    "
    CREATE TABLE people (
        person {position} PRIMARY KEY,
        jurisdiction BIGINT NOT NULL,
        name {bytes},
        id_number {bytes},
        phone {bytes},
        address {bytes},
        name_index {bytes},
        id_number_index {bytes},
        phone_index {bytes}
    );
    CREATE INDEX people_name ON people (name_index) WHERE name_index IS NOT NULL;
    CREATE INDEX people_id_number ON people (id_number_index) WHERE id_number_index IS NOT NULL;
    CREATE INDEX people_phone ON people (phone_index) WHERE phone_index IS NOT NULL;
    CREATE TABLE external (
        external_index {bytes} PRIMARY KEY,
        person BIGINT NOT NULL
    );
    CREATE INDEX external_person ON external (person);
    CREATE TABLE texts (
        text {position} PRIMARY KEY,
        person BIGINT,
        jurisdiction BIGINT NOT NULL,
        content {bytes} NOT NULL
    );
    CREATE INDEX texts_person ON texts (person) WHERE person IS NOT NULL;
    CREATE TABLE access_log (
        looked TEXT NOT NULL,
        actor BIGINT NOT NULL,
        person BIGINT,
        jurisdiction BIGINT NOT NULL,
        purpose TEXT NOT NULL,
        columns TEXT NOT NULL
    );
    CREATE INDEX access_log_person ON access_log (person);
    CREATE TABLE receipts (
        subject TEXT NOT NULL,
        erased TEXT NOT NULL,
        actor BIGINT NOT NULL,
        jurisdiction BIGINT NOT NULL,
        purpose TEXT NOT NULL,
        digest {bytes} NOT NULL
    );
    CREATE INDEX receipts_subject ON receipts (subject);
    CREATE TABLE keys (
        fingerprint {bytes} NOT NULL
    );
",
    "
    CREATE INDEX access_log_looked ON access_log (looked);
",
];

/// One look at someone, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// When.
    pub looked: Timestamp,
    /// By whom.
    pub actor: ActorId,
    /// At whom; absent for a text that is about nobody in particular.
    pub person: Option<PersonId>,
    /// What for.
    pub purpose: Purpose,
    /// At what, for instance `name phone`; a look-up says by what, for instance `by-phone`.
    pub columns: String,
}

/// The proof that something was erased: what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the person or text.
    pub subject: String,
    /// When it was erased.
    pub erased: Timestamp,
    /// By whom.
    pub actor: ActorId,
    /// What for.
    pub purpose: Purpose,
    /// SHA-256 of the sealed row that was erased.
    pub digest: Hex<32>,
}

/// An open registry.
pub struct Registry {
    pub(crate) database: Database,
    pub(crate) cipher: Cipher,
    random: Mutex<Box<dyn CryptoRng + Send>>,
}

/// A value by the name that JSON has for it.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(crate) fn from_word<T: DeserializeOwned>(word: &str, column: &'static str) -> Result<T, RegistryError> {
    serde_json::from_value(word.into()).map_err(|_| RegistryError::Unreadable(column))
}

pub(crate) fn jurisdiction(number: i64) -> Result<Jurisdiction, RegistryError> {
    Jurisdiction::from_number(number.cast_unsigned()).map_err(|_| RegistryError::Unreadable("jurisdiction"))
}

/// A recorded look, on its way into the log.
pub(crate) struct Look {
    pub(crate) person: Option<PersonId>,
    pub(crate) jurisdiction: Jurisdiction,
    pub(crate) columns: String,
}

impl Registry {
    /// Opens the registry at `url`, or creates it for these keys. Nonces and salts are drawn from `random`.
    pub async fn open(url: &str, keys: &Keys, random: Box<dyn CryptoRng + Send>) -> Result<Self, RegistryError> {
        let database = Database::open(url, "registry", STEPS).await?;
        let cipher = Cipher::new(keys);
        let fingerprint = cipher.fingerprint(keys);
        let mut turn = database.turn().await?;
        let doing = at("comparing the keys");
        let row =
            sqlx::query("SELECT fingerprint FROM keys").fetch_optional(turn.connection()).await.map_err(&doing)?;
        match row {
            Some(row) if row.try_get::<&[u8], _>(0).map_err(&doing)? != fingerprint => {
                return Err(RegistryError::OtherKeys);
            }
            Some(_) => drop(turn),
            None => {
                sqlx::query("INSERT INTO keys (fingerprint) VALUES ($1)")
                    .bind(fingerprint)
                    .execute(turn.connection())
                    .await
                    .map_err(&doing)?;
                turn.commit().await?;
            }
        }
        Ok(Self { database, cipher, random: Mutex::new(random) })
    }

    /// Closes the registry, so that its files can be copied.
    pub async fn close(self) {
        self.database.close().await;
    }

    /// The keyed digest of a source's own name for a record, for [`facts::Source::key`].
    pub fn secret_source_key(&self, name: &str) -> Hex<16> {
        self.cipher.source_key(name)
    }

    /// Lends the random source.
    pub(crate) fn with_random<T>(&self, work: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        // A panic elsewhere leaves a random source as good as it was.
        work(&mut **self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn open_field(&self, at: At, sealed: &[u8], owner: impl ToString) -> Result<Vec<u8>, RegistryError> {
        let opened = self.cipher.open(at, sealed);
        opened.ok_or_else(|| RegistryError::Sealed { column: at.column, owner: owner.to_string() })
    }

    /// Records looks, durably, before what was looked at is given out.
    pub(crate) async fn log(
        &self,
        scope: &Scope,
        purpose: Purpose,
        looked: Timestamp,
        looks: &[Look],
    ) -> Result<(), RegistryError> {
        if looks.is_empty() {
            return Ok(());
        }
        let mut turn = self.database.turn().await?;
        for look in looks {
            let sql = "INSERT INTO access_log (looked, actor, person, jurisdiction, purpose, columns) \
                       VALUES ($1, $2, $3, $4, $5, $6)";
            sqlx::query(sql)
                .bind(looked.to_string())
                .bind(scope.actor.number().cast_signed())
                .bind(look.person.map(|person| person.number().cast_signed()))
                .bind(look.jurisdiction.number().cast_signed())
                .bind(word(&purpose))
                .bind(look.columns.as_str())
                .execute(turn.connection())
                .await
                .map_err(at("recording who looked"))?;
        }
        Ok(turn.commit().await?)
    }

    /// Records that someone looked where people were, or whom they met, without learning who they are; durable
    /// before it is given out. `columns` says at what.
    pub async fn record_looks(
        &self,
        scope: &Scope,
        purpose: Purpose,
        people: &[(PersonId, Jurisdiction)],
        columns: &str,
        looked: Timestamp,
    ) -> Result<(), RegistryError> {
        let look = |&(person, jurisdiction): &(PersonId, Jurisdiction)| Look {
            person: Some(person),
            jurisdiction,
            columns: columns.to_owned(),
        };
        self.log(scope, purpose, looked, &people.iter().map(look).collect::<Vec<_>>()).await
    }

    /// Who looked at someone, in order; looks that were made while they lived outside the scope are left out.
    pub async fn accesses(&self, scope: &Scope, person: PersonId) -> Result<Vec<Access>, RegistryError> {
        let doing = at("reading who looked");
        let sql = "SELECT looked, actor, person, jurisdiction, purpose, columns FROM access_log \
                   WHERE person = $1";
        let rows = sqlx::query(sql)
            .bind(person.number().cast_signed())
            .fetch_all(self.database.pool())
            .await
            .map_err(&doing)?;
        let mut accesses = Vec::new();
        for row in rows {
            if scope.covers(jurisdiction(row.try_get(3).map_err(&doing)?)?) {
                accesses.push(Access {
                    looked: time(&row, 0)?,
                    actor: ActorId::new(row.try_get::<i64, _>(1).map_err(&doing)?.cast_unsigned()),
                    person: row
                        .try_get::<Option<i64>, _>(2)
                        .map_err(&doing)?
                        .map(|person| PersonId::new(person.cast_unsigned())),
                    purpose: from_word(row.try_get(4).map_err(&doing)?, "purpose")?,
                    columns: row.try_get(5).map_err(&doing)?,
                });
            }
        }
        accesses.sort_by_key(|access| access.looked);
        Ok(accesses)
    }

    /// Keeps what is left of something that is erased in the same transaction.
    pub(crate) async fn keep_receipt(
        turn: &mut Turn<'_>,
        scope: &Scope,
        receipt: &Receipt,
        jurisdiction: Jurisdiction,
    ) -> Result<(), RegistryError> {
        let sql = "INSERT INTO receipts (subject, erased, actor, jurisdiction, purpose, digest) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(sql)
            .bind(receipt.subject.as_str())
            .bind(receipt.erased.to_string())
            .bind(scope.actor.number().cast_signed())
            .bind(jurisdiction.number().cast_signed())
            .bind(word(&receipt.purpose))
            .bind(receipt.digest.0.to_vec())
            .execute(turn.connection())
            .await
            .map_err(at("writing the receipt"))?;
        Ok(())
    }

    /// The receipts for what was erased under the id of a person or text.
    pub async fn receipts(&self, scope: &Scope, subject: &str) -> Result<Vec<Receipt>, RegistryError> {
        let doing = at("reading receipts");
        let sql = "SELECT subject, erased, actor, jurisdiction, purpose, digest FROM receipts \
                   WHERE subject = $1";
        let rows = sqlx::query(sql).bind(subject).fetch_all(self.database.pool()).await.map_err(&doing)?;
        let mut receipts = Vec::new();
        for row in rows {
            if scope.covers(jurisdiction(row.try_get(3).map_err(&doing)?)?) {
                let digest: &[u8] = row.try_get(5).map_err(&doing)?;
                receipts.push(Receipt {
                    subject: row.try_get(0).map_err(&doing)?,
                    erased: time(&row, 1)?,
                    actor: ActorId::new(row.try_get::<i64, _>(2).map_err(&doing)?.cast_unsigned()),
                    purpose: from_word(row.try_get(4).map_err(&doing)?, "purpose")?,
                    digest: Hex(digest.try_into().map_err(|_| RegistryError::Unreadable("digest"))?),
                });
            }
        }
        receipts.sort_by_key(|receipt| receipt.erased);
        Ok(receipts)
    }
}

pub(crate) fn time(row: &AnyRow, column: usize) -> Result<Timestamp, RegistryError> {
    let text: &str = row.try_get(column).map_err(at("reading a time"))?;
    text.parse().map_err(|_| RegistryError::Unreadable("time"))
}
