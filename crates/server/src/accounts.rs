//! Who may sign in. No account exists until the first-run ceremony; every later one is by invitation, and nobody
//! but its holder ever knows its password.

mod glass;
mod invitations;
mod second_factor;
mod sessions;
mod single_sign_on;

pub use access::{Action, Role};
pub use glass::{Glass, GlassAsked, OpenGlass, Review};
pub use invitations::Invited;
pub use second_factor::{RECOVERY_CODES, SecondFactorState, SecondStep};
pub use sessions::{Means, Open, SessionRow, Stage};
pub use single_sign_on::Linked;

use access::Seal;
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use database::{Database, DatabaseError, at};
use facts::{ActorId, Hex, Jurisdiction, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{Any, Decode, Row, Type};
use tokio::sync::Semaphore;

use crate::error::ServerError;

/// From one version of the schema to the next. Only ever add to the end. Times are seconds from 1970.
const STEPS: &[&str] = &[
    "
    CREATE TABLE accounts (
        name TEXT PRIMARY KEY,
        actor BIGINT NOT NULL,
        role TEXT NOT NULL,
        jurisdiction TEXT NOT NULL,
        password TEXT NOT NULL
    );
    CREATE TABLE sessions (
        token {bytes} PRIMARY KEY,
        name TEXT NOT NULL,
        expires BIGINT NOT NULL
    );
",
    // An empty password is none yet. Sessions begin anew, since they know more now.
    "
    ALTER TABLE accounts ADD COLUMN disabled BIGINT;
    ALTER TABLE accounts ADD COLUMN signed_in BIGINT;
    ALTER TABLE accounts ADD COLUMN second_factor {bytes};
    ALTER TABLE accounts ADD COLUMN second_factor_since BIGINT;
    ALTER TABLE accounts ADD COLUMN second_factor_step BIGINT;
    ALTER TABLE accounts ADD COLUMN issuer TEXT;
    ALTER TABLE accounts ADD COLUMN subject TEXT;
    CREATE UNIQUE INDEX accounts_subject ON accounts (issuer, subject);
    DROP TABLE sessions;
    CREATE TABLE sessions (
        token {bytes} PRIMARY KEY,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        stage TEXT NOT NULL,
        means TEXT NOT NULL,
        address TEXT NOT NULL,
        opened BIGINT NOT NULL,
        expires BIGINT NOT NULL,
        tries BIGINT NOT NULL
    );
    CREATE INDEX sessions_name ON sessions (name);
    CREATE TABLE invitations (
        name TEXT PRIMARY KEY,
        code {bytes} NOT NULL,
        expires BIGINT NOT NULL
    );
    CREATE TABLE recovery_codes (
        code {bytes} PRIMARY KEY,
        name TEXT NOT NULL
    );
    CREATE TABLE glass (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        actor BIGINT NOT NULL,
        role TEXT NOT NULL,
        jurisdiction TEXT NOT NULL,
        reason_code TEXT NOT NULL,
        reason {bytes} NOT NULL,
        opened BIGINT NOT NULL,
        until BIGINT NOT NULL,
        closed BIGINT,
        reviewed BIGINT,
        reviewer TEXT,
        verdict TEXT,
        note {bytes}
    );
    CREATE INDEX glass_name ON glass (name);
",
];

/// The shortest password, in characters.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Passwords that are hashed at once: each takes 19 MiB and a processor, and anybody may ask for it.
const HASHING_AT_ONCE: usize = 2;
/// A hash that no password has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Someone who may sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name they sign in with.
    pub name: String,
    /// Who they are in facts.
    pub actor: ActorId,
    /// What they do.
    pub role: Role,
    /// For which jurisdiction.
    pub jurisdiction: Jurisdiction,
}

/// How an account stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The account.
    pub account: Account,
    /// Whether its holder has chosen a password.
    pub has_password: bool,
    /// Since when it is disabled.
    pub disabled: Option<Timestamp>,
    /// Whether signing in takes a second factor.
    pub second_factor: bool,
    /// Whether it is joined to an account at the provider of single sign-on.
    pub single_sign_on: bool,
    /// When its holder signed in last.
    pub signed_in: Option<Timestamp>,
    /// Until when its invitation can be accepted.
    pub invitation_expires: Option<Timestamp>,
    /// Sessions that are open.
    pub sessions: u64,
}

/// The accounts of a deployment.
pub struct Accounts {
    database: Database,
    hashing: Semaphore,
    seal: Seal,
}

impl Accounts {
    /// Opens the table at a URL. The key seals second factors and reasons; nothing else may use it.
    pub async fn open(url: &str, key: &Hex<32>) -> Result<Self, ServerError> {
        let database = Database::open(url, "accounts", STEPS).await?;
        Ok(Self { database, hashing: Semaphore::new(HASHING_AT_ONCE), seal: Seal::new(key) })
    }

    /// What seals, for marks that browsers keep.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Hashes a password without keeping other requests waiting.
    async fn hashing<T: Send + 'static>(&self, hash: impl FnOnce() -> T + Send + 'static) -> Result<T, ServerError> {
        let _turn = self.hashing.acquire().await.map_err(|_| ServerError::Password)?;
        tokio::task::spawn_blocking(hash).await.map_err(|_| ServerError::Password)
    }

    async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, ServerError> {
        let password = password.to_owned();
        let hash = self.hashing(move || {
            let salt = SaltString::encode_b64(&salt).ok()?;
            Some(Argon2::default().hash_password(password.as_bytes(), &salt).ok()?.to_string())
        });
        hash.await?.ok_or(ServerError::Password)
    }

    /// Whether nobody may sign in yet.
    pub async fn is_empty(&self) -> Result<bool, ServerError> {
        Ok(self.all().await?.is_empty())
    }

    /// Adds an account that has its password: the first, and those of a demo. `false` when the name is taken.
    pub async fn add(&self, account: &Account, password: &str, salt: [u8; 16]) -> Result<bool, ServerError> {
        let hash = self.hash(password, salt).await?;
        let mut turn = self.database.turn().await?;
        let added = insert(account, &hash).execute(turn.connection()).await.map_err(at("adding an account"))?;
        turn.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    /// Every account, by name; also of people who no longer sign in, since facts name them.
    pub async fn all(&self) -> Result<Vec<Account>, ServerError> {
        let rows = sqlx::query("SELECT name, actor, role, jurisdiction FROM accounts ORDER BY name")
            .fetch_all(self.database.pool())
            .await
            .map_err(at("reading accounts"))?;
        rows.iter().map(account).collect()
    }

    /// The accounts that work can be given to, by name.
    pub async fn working(&self) -> Result<Vec<Account>, ServerError> {
        let sql = "SELECT name, actor, role, jurisdiction FROM accounts WHERE disabled IS NULL ORDER BY name";
        let rows = sqlx::query(sql).fetch_all(self.database.pool()).await.map_err(at("reading accounts"))?;
        rows.iter().map(account).collect()
    }

    /// How every account stands, by name.
    pub async fn standings(&self, now: Timestamp) -> Result<Vec<Standing>, ServerError> {
        const DOING: &str = "reading accounts";
        let sql = "SELECT a.name, a.actor, a.role, a.jurisdiction, a.password, a.disabled, a.second_factor_since, \
                   a.subject, a.signed_in, i.expires, \
                   (SELECT COUNT(*) FROM sessions s WHERE s.name = a.name AND s.stage = 'open' AND s.expires > $1) \
                   FROM accounts a LEFT JOIN invitations i ON i.name = a.name ORDER BY a.name";
        let rows = sqlx::query(sql).bind(now.as_second()).fetch_all(self.database.pool()).await.map_err(at(DOING))?;
        let standing = |row: &AnyRow| -> Result<Standing, ServerError> {
            Ok(Standing {
                account: account(row)?,
                has_password: !get::<String>(row, 4, DOING)?.is_empty(),
                disabled: time(row, 5, DOING)?,
                second_factor: get::<Option<i64>>(row, 6, DOING)?.is_some(),
                single_sign_on: get::<Option<String>>(row, 7, DOING)?.is_some(),
                signed_in: time(row, 8, DOING)?,
                invitation_expires: time(row, 9, DOING)?,
                sessions: get::<i64>(row, 10, DOING)?.cast_unsigned(),
            })
        };
        rows.iter().map(standing).collect()
    }

    /// Whose name and password these are, and whether they have a second factor. An unknown name, and one that is
    /// disabled, costs as much time as a wrong password.
    pub async fn whose(&self, name: &str, password: &str) -> Result<Option<(Account, bool)>, ServerError> {
        const DOING: &str = "comparing a password";
        let sql = "SELECT name, actor, role, jurisdiction, password, second_factor_since FROM accounts \
                   WHERE name = $1 AND disabled IS NULL AND password <> ''";
        let row = sqlx::query(sql).bind(name).fetch_optional(self.database.pool()).await.map_err(at(DOING))?;
        let stored = match &row {
            Some(row) => get::<String>(row, 4, DOING)?,
            None => NOBODY.to_owned(),
        };
        let password = password.to_owned();
        let right = self.hashing(move || {
            let hash = PasswordHash::new(&stored).ok()?;
            Some(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        let right = right.await?.ok_or(ServerError::Password)?;
        let Some(row) = row.filter(|_| right) else { return Ok(None) };
        Ok(Some((account(&row)?, get::<Option<i64>>(&row, 5, DOING)?.is_some())))
    }

    /// Changes a password and ends the other sessions of the account.
    pub async fn change_password(
        &self,
        name: &str,
        password: &str,
        salt: [u8; 16],
        keep: &str,
    ) -> Result<(), ServerError> {
        const DOING: &str = "changing a password";
        let hash = self.hash(password, salt).await?;
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        sqlx::query("UPDATE accounts SET password = $1 WHERE name = $2")
            .bind(hash)
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        sqlx::query("DELETE FROM sessions WHERE name = $1 AND id <> $2")
            .bind(name)
            .bind(keep)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        Ok(turn.commit().await?)
    }

    /// Disables an account from now on, or enables it. Its sessions end with it, and no invitation brings it back.
    pub async fn set_disabled(&self, name: &str, since: Option<Timestamp>) -> Result<(), ServerError> {
        const DOING: &str = "disabling an account";
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        match since {
            // Who is disabled stays so since they first were.
            Some(since) => {
                sqlx::query("UPDATE accounts SET disabled = $1 WHERE name = $2 AND disabled IS NULL")
                    .bind(since.as_second())
                    .bind(name)
                    .execute(&mut *connection)
                    .await
                    .map_err(at(DOING))?;
                for sql in ["DELETE FROM sessions WHERE name = $1", "DELETE FROM invitations WHERE name = $1"] {
                    sqlx::query(sql).bind(name).execute(&mut *connection).await.map_err(at(DOING))?;
                }
            }
            None => {
                sqlx::query("UPDATE accounts SET disabled = NULL WHERE name = $1")
                    .bind(name)
                    .execute(&mut *connection)
                    .await
                    .map_err(at(DOING))?;
            }
        }
        Ok(turn.commit().await?)
    }

    /// Gives an account another jurisdiction and role, and ends its sessions: what is open on a screen was opened
    /// by someone else.
    pub async fn move_to(&self, name: &str, jurisdiction: Jurisdiction, role: Role) -> Result<(), ServerError> {
        const DOING: &str = "moving an account";
        let mut turn = self.database.turn().await?;
        let connection = turn.connection();
        sqlx::query("UPDATE accounts SET jurisdiction = $1, role = $2 WHERE name = $3")
            .bind(jurisdiction.to_string())
            .bind(role.name())
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        sqlx::query("DELETE FROM sessions WHERE name = $1")
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        Ok(turn.commit().await?)
    }
}

type Query = sqlx::query::Query<'static, Any, sqlx::any::AnyArguments>;

fn insert(account: &Account, hash: &str) -> Query {
    sqlx::query(
        "INSERT INTO accounts (name, actor, role, jurisdiction, password) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(&account.name)
    .bind(account.actor.number().cast_signed())
    .bind(account.role.name())
    .bind(account.jurisdiction.to_string())
    .bind(hash)
}

fn get<'r, T: Decode<'r, Any> + Type<Any>>(
    row: &'r AnyRow,
    column: usize,
    doing: &'static str,
) -> Result<T, DatabaseError> {
    row.try_get(column).map_err(at(doing))
}

/// A time that may be absent.
fn time(row: &AnyRow, column: usize, doing: &'static str) -> Result<Option<Timestamp>, ServerError> {
    Ok(get::<Option<i64>>(row, column, doing)?.and_then(|second| Timestamp::from_second(second).ok()))
}

/// The account of a row that begins with name, actor, role and jurisdiction.
fn account(row: &AnyRow) -> Result<Account, ServerError> {
    const DOING: &str = "reading an account";
    let role: String = get(row, 2, DOING)?;
    let name: String = get(row, 0, DOING)?;
    let unreadable = |what: &'static str| ServerError::Account { what };
    Ok(Account {
        actor: ActorId::new(get::<i64>(row, 1, DOING)?.cast_unsigned()),
        role: Role::named(&role).ok_or_else(|| unreadable("role"))?,
        jurisdiction: get::<String>(row, 3, DOING)?.parse().map_err(|_| unreadable("jurisdiction"))?,
        name,
    })
}
