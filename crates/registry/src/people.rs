//! Registering people, finding them, reading who they are, erasing them.

use std::collections::BTreeMap;

use database::{Turn, at, in_statements};
use facts::{Hex, Jurisdiction, PersonId, Purpose, Scope, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::cipher::{At, Index, normal};
use crate::error::RegistryError;
use crate::identity::{By, Found, Identity, NewPerson, Registered};
use crate::registry::{Look, Receipt, Registry, jurisdiction};
use crate::secret::Secret;

/// The encrypted columns, in the order of the table.
const COLUMNS: [&str; 4] = ["name", "id_number", "phone", "address"];
/// The columns of a whole row, in the order of [`Sealed`].
const ROW: &str = "person, jurisdiction, name, id_number, phone, address, name_index, id_number_index, phone_index";
/// How many columns that are.
const ROW_COLUMNS: usize = 9;

/// A row of the table of people, as it is stored.
struct Sealed {
    person: PersonId,
    jurisdiction: Jurisdiction,
    fields: [Option<Vec<u8>>; 4],
    indexes: [Option<Vec<u8>>; 3],
}

fn field(person: PersonId, column: &'static str) -> At {
    At { table: "people", owner: person.number(), column }
}

impl Identity {
    fn fields(&self) -> [Option<&str>; 4] {
        [&self.name, &self.id_number, &self.phone, &self.address]
            .map(|value| value.as_ref().map(|value| value.expose().trim()).filter(|value| !value.is_empty()))
    }
}

impl Sealed {
    fn from_row(row: &AnyRow) -> Result<Self, RegistryError> {
        let doing = at("reading a person");
        let bytes = |column: usize| row.try_get::<Option<Vec<u8>>, _>(column).map_err(&doing);
        Ok(Self {
            person: person(row, 0)?,
            jurisdiction: jurisdiction(row.try_get(1).map_err(&doing)?)?,
            fields: [bytes(2)?, bytes(3)?, bytes(4)?, bytes(5)?],
            indexes: [bytes(6)?, bytes(7)?, bytes(8)?],
        })
    }

    /// SHA-256 over everything that is stored of someone.
    fn digest(&self) -> Hex<32> {
        let mut digest = Sha256::new();
        digest.update(self.person.number().to_be_bytes());
        digest.update(self.jurisdiction.number().to_be_bytes());
        for bytes in self.fields.iter().chain(&self.indexes) {
            let length = bytes.as_ref().map_or(u64::MAX, |bytes| bytes.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(bytes.as_deref().unwrap_or_default());
        }
        Hex(digest.finalize().into())
    }
}

pub(crate) fn person(row: &AnyRow, column: usize) -> Result<PersonId, RegistryError> {
    let number: i64 = row.try_get(column).map_err(at("reading a person"))?;
    Ok(PersonId::new(number.cast_unsigned()))
}

impl Registry {
    fn seal(&self, person: PersonId, identity: &Identity, jurisdiction: Jurisdiction) -> Sealed {
        let [name, id_number, phone, address] = identity.fields();
        let index = |index, value: Option<&str>| {
            let normal = value.map(|value| normal(index, value)).filter(|normal| !normal.is_empty());
            normal.map(|normal| self.cipher.index(index, &normal).0.to_vec())
        };
        let mut columns = COLUMNS.into_iter();
        let fields = [name, id_number, phone, address].map(|value| {
            let place = field(person, columns.next().unwrap_or_default());
            value.map(|value| self.with_random(|random| self.cipher.seal(place, value.as_bytes(), random)))
        });
        let indexes = [index(Index::Name, name), index(Index::IdNumber, id_number), index(Index::Phone, phone)];
        Sealed { person, jurisdiction, fields, indexes }
    }

    fn unseal(&self, sealed: &Sealed) -> Result<Identity, RegistryError> {
        let mut opened = [const { None }; 4];
        for ((opened, column), bytes) in opened.iter_mut().zip(COLUMNS).zip(&sealed.fields) {
            if let Some(bytes) = bytes {
                let plain = self.open_field(field(sealed.person, column), bytes, sealed.person)?;
                let text = String::from_utf8(plain).map_err(|_| RegistryError::Unreadable(column))?;
                *opened = Some(Secret::new(text));
            }
        }
        let [name, id_number, phone, address] = opened;
        Ok(Identity { name, id_number, phone, address })
    }

    fn external_index(&self, source: &str, id: &str) -> Hex<16> {
        // The length keeps `a` + `bc` and `ab` + `c` apart.
        self.cipher.index(Index::External, &format!("{}:{source}{}", source.len(), normal(Index::External, id)))
    }

    /// Registers people, all or none, and says who is new.
    ///
    /// Someone whom a source named before keeps their id; what is given of their identity replaces what was
    /// known when they live within the scope, and nothing changes when they do not. A new person may live
    /// anywhere.
    pub async fn register(
        &self,
        scope: &Scope,
        _: Purpose,
        people: Vec<NewPerson>,
        _: Timestamp,
    ) -> Result<Vec<Registered>, RegistryError> {
        let externals: Vec<Option<Hex<16>>> = people
            .iter()
            .map(|new| new.external.as_ref().map(|(source, id)| self.external_index(source, id.expose())))
            .collect();
        let mut turn = self.database.turn().await?;
        let stored = known_externals(&mut turn, externals.iter().flatten().copied().collect()).await?;
        let mut known = stored.clone();
        let mut registered = Vec::with_capacity(people.len());
        let mut added = Vec::new();
        let mut named = Vec::new();
        let mut repeated = Vec::new();
        for (new, external) in people.into_iter().zip(externals) {
            let before = external.and_then(|external| known.get(&external).copied());
            match before {
                Some(person) => {
                    registered.push(Registered::Known(person));
                    repeated.push((person, new.identity));
                }
                None => {
                    registered.push(Registered::New(new.person));
                    if let Some(external) = external {
                        known.insert(external, new.person);
                        named.push((external, new.person));
                    }
                    added.push(new);
                }
            }
        }
        // In the order of their keys, neighbours share a page of the database.
        added.sort_by_key(|new| new.person.number().cast_signed());
        named.sort_by_key(|&(external, _)| external);
        // Rows are sealed while the database takes the ones before.
        let mut chunks = in_statements(&added);
        let seal = |chunk: &[NewPerson]| -> Vec<Sealed> {
            chunk.iter().map(|new| self.seal(new.person, &new.identity, new.jurisdiction)).collect()
        };
        let mut ready = chunks.next().map(seal);
        while let Some(rows) = ready {
            let next = async { chunks.next().map(seal) };
            let inserted;
            (inserted, ready) = tokio::join!(insert_people(&mut turn, rows), next);
            inserted?;
        }
        insert_externals(&mut turn, &named).await?;
        for (person, identity) in repeated {
            self.correct(&mut turn, scope, person, identity).await?;
        }
        turn.commit().await?;
        Ok(registered)
    }

    /// Replaces what is known of someone by what is given and differs.
    async fn correct(
        &self,
        turn: &mut Turn<'_>,
        scope: &Scope,
        person: PersonId,
        given: Identity,
    ) -> Result<(), RegistryError> {
        let Some(sealed) = self.row(turn, person).await?.filter(|row| scope.covers(row.jurisdiction)) else {
            return Ok(());
        };
        let known = self.unseal(&sealed)?;
        let merged = Identity {
            name: given.name.or_else(|| known.name.clone()),
            id_number: given.id_number.or_else(|| known.id_number.clone()),
            phone: given.phone.or_else(|| known.phone.clone()),
            address: given.address.or_else(|| known.address.clone()),
        };
        if merged.fields() == known.fields() {
            return Ok(());
        }
        let Sealed { fields, indexes, .. } = self.seal(person, &merged, sealed.jurisdiction);
        let sql = "UPDATE people SET name = $1, id_number = $2, phone = $3, address = $4, \
                   name_index = $5, id_number_index = $6, phone_index = $7 WHERE person = $8";
        let query = fields.into_iter().chain(indexes).fold(sqlx::query(sql), |query, bytes| query.bind(bytes));
        let query = query.bind(person.number().cast_signed());
        query.execute(turn.connection()).await.map_err(at("correcting a person"))?;
        Ok(())
    }

    async fn row(&self, turn: &mut Turn<'_>, person: PersonId) -> Result<Option<Sealed>, RegistryError> {
        let sql = format!("SELECT {ROW} FROM people WHERE person = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(person.number().cast_signed())
            .fetch_optional(turn.connection())
            .await
            .map_err(at("reading a person"))?;
        row.as_ref().map(Sealed::from_row).transpose()
    }

    /// The people within the scope who have exactly this value. Each is recorded as looked up.
    pub async fn find(
        &self,
        scope: &Scope,
        purpose: Purpose,
        by: By,
        looked: Timestamp,
    ) -> Result<Vec<Found>, RegistryError> {
        let with = |column: &str| format!("SELECT person, jurisdiction FROM people WHERE {column} = $1");
        let plain = |index, value: &Secret<String>| self.cipher.index(index, &normal(index, value.expose()));
        let (sql, index, columns) = match &by {
            By::IdNumber(value) => (with("id_number_index"), plain(Index::IdNumber, value), "by-id-number"),
            By::Phone(value) => (with("phone_index"), plain(Index::Phone, value), "by-phone"),
            By::Name(value) => (with("name_index"), plain(Index::Name, value), "by-name"),
            By::External(source, id) => (
                "SELECT people.person, jurisdiction FROM people JOIN external ON external.person = people.person \
                 WHERE external_index = $1"
                    .to_owned(),
                self.external_index(source, id.expose()),
                "by-external",
            ),
        };
        let doing = at("finding people");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(index.0.to_vec())
            .fetch_all(self.database.pool())
            .await
            .map_err(&doing)?;
        let mut found = Vec::new();
        for row in rows {
            let jurisdiction = jurisdiction(row.try_get(1).map_err(&doing)?)?;
            if scope.covers(jurisdiction) {
                found.push(Found { person: person(&row, 0)?, jurisdiction });
            }
        }
        found.sort_by_key(|found| found.person);
        let look = |found: &Found| Look {
            person: Some(found.person),
            jurisdiction: found.jurisdiction,
            columns: columns.to_owned(),
        };
        self.log(scope, purpose, looked, &found.iter().map(look).collect::<Vec<_>>()).await?;
        Ok(found)
    }

    /// Who someone is; none when they are outside the scope or nowhere. Recorded before it is given out.
    pub async fn reveal(
        &self,
        scope: &Scope,
        purpose: Purpose,
        person: PersonId,
        looked: Timestamp,
    ) -> Result<Option<Identity>, RegistryError> {
        let sql = format!("SELECT {ROW} FROM people WHERE person = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(person.number().cast_signed())
            .fetch_optional(self.database.pool())
            .await
            .map_err(at("reading a person"))?;
        let sealed = row.as_ref().map(Sealed::from_row).transpose()?;
        let Some(sealed) = sealed.filter(|sealed| scope.covers(sealed.jurisdiction)) else { return Ok(None) };
        let identity = self.unseal(&sealed)?;
        let present = COLUMNS.into_iter().zip(&sealed.fields).filter(|(_, bytes)| bytes.is_some());
        let columns: Vec<&str> = present.map(|(column, _)| column).collect();
        let look = Look { person: Some(person), jurisdiction: sealed.jurisdiction, columns: columns.join(" ") };
        self.log(scope, purpose, looked, &[look]).await?;
        Ok(Some(identity))
    }

    /// Who several people are, of those within the scope. Recorded before any of it is given out.
    pub async fn reveal_all(
        &self,
        scope: &Scope,
        purpose: Purpose,
        people: &[PersonId],
        looked: Timestamp,
    ) -> Result<BTreeMap<PersonId, Identity>, RegistryError> {
        let doing = at("reading people");
        let (mut identities, mut looks) = (BTreeMap::new(), Vec::new());
        for people in in_statements(people) {
            let places = self.database.placeholders(people.len(), 1);
            let sql = format!("SELECT {ROW} FROM people WHERE person IN {places}");
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = people.iter().fold(query, |query, person| query.bind(person.number().cast_signed()));
            for row in query.fetch_all(self.database.pool()).await.map_err(&doing)? {
                let sealed = Sealed::from_row(&row)?;
                if scope.covers(sealed.jurisdiction) {
                    let present = COLUMNS.into_iter().zip(&sealed.fields).filter(|(_, bytes)| bytes.is_some());
                    let columns: Vec<&str> = present.map(|(column, _)| column).collect();
                    let (person, jurisdiction) = (sealed.person, sealed.jurisdiction);
                    looks.push(Look { person: Some(person), jurisdiction, columns: columns.join(" ") });
                    identities.insert(person, self.unseal(&sealed)?);
                }
            }
        }
        self.log(scope, purpose, looked, &looks).await?;
        Ok(identities)
    }

    /// Names with only their first character, of those within the scope whose name is known. Not recorded:
    /// nobody is identified by them.
    pub async fn masked_names(
        &self,
        scope: &Scope,
        people: &[PersonId],
    ) -> Result<BTreeMap<PersonId, String>, RegistryError> {
        let doing = at("reading names");
        let mut names = BTreeMap::new();
        for people in in_statements(people) {
            let sql = format!(
                "SELECT person, jurisdiction, name FROM people WHERE name IS NOT NULL AND person IN {}",
                self.database.placeholders(people.len(), 1)
            );
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = people.iter().fold(query, |query, person| query.bind(person.number().cast_signed()));
            for row in query.fetch_all(self.database.pool()).await.map_err(&doing)? {
                if scope.covers(jurisdiction(row.try_get(1).map_err(&doing)?)?) {
                    let person = person(&row, 0)?;
                    let sealed: &[u8] = row.try_get(2).map_err(&doing)?;
                    let name = self.open_field(field(person, "name"), sealed, person)?;
                    let name = String::from_utf8(name).map_err(|_| RegistryError::Unreadable("name"))?;
                    names.insert(person, masked(&name));
                }
            }
        }
        Ok(names)
    }

    /// Where people live, of those within the scope.
    pub async fn residences(
        &self,
        scope: &Scope,
        people: &[PersonId],
    ) -> Result<BTreeMap<PersonId, Jurisdiction>, RegistryError> {
        let doing = at("reading residences");
        let mut residences = BTreeMap::new();
        for people in in_statements(people) {
            let places = self.database.placeholders(people.len(), 1);
            let sql = format!("SELECT person, jurisdiction FROM people WHERE person IN {places}");
            let query = sqlx::query(AssertSqlSafe(sql));
            let query = people.iter().fold(query, |query, person| query.bind(person.number().cast_signed()));
            for row in query.fetch_all(self.database.pool()).await.map_err(&doing)? {
                let jurisdiction = jurisdiction(row.try_get(1).map_err(&doing)?)?;
                if scope.covers(jurisdiction) {
                    residences.insert(person(&row, 0)?, jurisdiction);
                }
            }
        }
        Ok(residences)
    }

    /// Records that someone within the scope lives elsewhere now; says whether there was such a person.
    pub async fn move_to(&self, scope: &Scope, person: PersonId, to: Jurisdiction) -> Result<bool, RegistryError> {
        let mut turn = self.database.turn().await?;
        if !self.row(&mut turn, person).await?.is_some_and(|row| scope.covers(row.jurisdiction)) {
            return Ok(false);
        }
        sqlx::query("UPDATE people SET jurisdiction = $1 WHERE person = $2")
            .bind(to.number().cast_signed())
            .bind(person.number().cast_signed())
            .execute(turn.connection())
            .await
            .map_err(at("moving a person"))?;
        turn.commit().await?;
        Ok(true)
    }

    /// Erases someone within the scope: who they are, what sources call them, every text about them.
    ///
    /// What remains is the receipt and the record of who looked, both under the pseudonym.
    pub async fn erase(
        &self,
        scope: &Scope,
        purpose: Purpose,
        person: PersonId,
        erased: Timestamp,
    ) -> Result<Option<Receipt>, RegistryError> {
        let mut turn = self.database.turn().await?;
        let sealed = self.row(&mut turn, person).await?.filter(|row| scope.covers(row.jurisdiction));
        let Some(sealed) = sealed else { return Ok(None) };
        for statement in [
            "DELETE FROM people WHERE person = $1",
            "DELETE FROM external WHERE person = $1",
            "DELETE FROM texts WHERE person = $1",
        ] {
            sqlx::query(statement)
                .bind(person.number().cast_signed())
                .execute(turn.connection())
                .await
                .map_err(at("erasing a person"))?;
        }
        let digest = sealed.digest();
        let receipt = Receipt { subject: person.to_string(), erased, actor: scope.actor, purpose, digest };
        Self::keep_receipt(&mut turn, scope, &receipt, sealed.jurisdiction).await?;
        turn.commit().await?;
        Ok(Some(receipt))
    }
}

/// The first character of a name and a star for the rest.
fn masked(name: &str) -> String {
    name.trim().chars().take(1).chain(['*']).collect()
}

async fn known_externals(
    turn: &mut Turn<'_>,
    externals: Vec<Hex<16>>,
) -> Result<BTreeMap<Hex<16>, PersonId>, RegistryError> {
    let doing = at("looking for people whom sources named before");
    let mut known = BTreeMap::new();
    for externals in in_statements(&externals) {
        let places = turn.placeholders(externals.len(), 1);
        let sql = format!("SELECT external_index, person FROM external WHERE external_index IN {places}");
        let query = sqlx::query(AssertSqlSafe(sql));
        let query = externals.iter().fold(query, |query, external| query.bind(external.0.to_vec()));
        for row in query.fetch_all(turn.connection()).await.map_err(&doing)? {
            let external: &[u8] = row.try_get(0).map_err(&doing)?;
            let external = external.try_into().map_err(|_| RegistryError::Unreadable("external_index"))?;
            known.insert(Hex(external), person(&row, 1)?);
        }
    }
    Ok(known)
}

async fn insert_people(turn: &mut Turn<'_>, rows: Vec<Sealed>) -> Result<(), RegistryError> {
    let places = turn.placeholders(ROW_COLUMNS, rows.len());
    let mut query = sqlx::query(AssertSqlSafe(format!("INSERT INTO people ({ROW}) VALUES {places}")));
    for Sealed { person, jurisdiction, fields, indexes } in rows {
        query = query.bind(person.number().cast_signed()).bind(jurisdiction.number().cast_signed());
        query = fields.into_iter().chain(indexes).fold(query, |query, bytes| query.bind(bytes));
    }
    match query.execute(turn.connection()).await.map_err(at("registering people")) {
        Ok(_) => Ok(()),
        Err(error) if error.is_taken() => Err(RegistryError::PersonTaken),
        Err(error) => Err(error.into()),
    }
}

async fn insert_externals(turn: &mut Turn<'_>, named: &[(Hex<16>, PersonId)]) -> Result<(), RegistryError> {
    for named in in_statements(named) {
        let places = turn.placeholders(2, named.len());
        let mut query =
            sqlx::query(AssertSqlSafe(format!("INSERT INTO external (external_index, person) VALUES {places}")));
        for (external, person) in named {
            query = query.bind(external.0.to_vec()).bind(person.number().cast_signed());
        }
        query.execute(turn.connection()).await.map_err(at("registering what sources call people"))?;
    }
    Ok(())
}
