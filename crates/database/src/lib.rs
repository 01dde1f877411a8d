//! One database on SQLite or PostgreSQL: how it is opened, upgraded, and written by one writer at a time.
//!
//! Statements are the same text on both engines and keep to text, 64-bit integers and bytes.

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor, Row, Transaction, raw_sql};
use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard};

/// Connections kept at most; readers share them, the writer uses one.
const CONNECTIONS: u32 = 8;
/// Any fixed number, the same in every process: it orders the writers of one PostgreSQL database.
const WRITER_LOCK: i64 = 0x4649_5245;

/// Readers never wait for the writer; what was committed survives a power cut; what was deleted is overwritten.
/// The cache (128 MiB at most) and temporary data in memory keep large transactions off the disk until the end.
const SQLITE_SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
     PRAGMA busy_timeout = 30000; PRAGMA wal_autocheckpoint = 8192; \
     PRAGMA cache_size = -131072; PRAGMA temp_store = MEMORY;";

/// What can go wrong with a database.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The URL names neither engine. It is not repeated, since it may hold a password.
    #[error("the database URL begins neither with sqlite:// nor with postgres://; give one that does")]
    Url,
    /// The engine refused or failed.
    #[error("{doing}: {source}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        source: sqlx::Error,
    },
    /// The database belongs to something else.
    #[error("this database holds a {found} and not a {expected}; give each its own URL")]
    Other {
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
    /// The database was written by a later version.
    #[error("this {name} has schema {found} and this version knows up to {known}; upgrade the program")]
    Later {
        /// What the database holds.
        name: &'static str,
        /// The schema it has.
        found: i64,
        /// The latest schema that this version knows.
        known: i64,
    },
}

impl DatabaseError {
    /// Whether a row was refused because one of its unique values is there already.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Engine { source: sqlx::Error::Database(error), .. } if error.is_unique_violation())
    }
}

/// Names what was being done when the engine failed.
pub fn at(doing: &'static str) -> impl Fn(sqlx::Error) -> DatabaseError {
    move |source| DatabaseError::Engine { doing, source }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    fn placeholders(self, columns: usize, rows: usize) -> String {
        let place = |number: usize| match self {
            // SQLite looks a numbered one up from the first one on, which takes long where there are thousands.
            Self::Sqlite => "?".to_owned(),
            Self::Postgres => format!("${number}"),
        };
        let row = |row: usize| {
            let places: Vec<String> = (1..=columns).map(|column| place(row * columns + column)).collect();
            format!("({})", places.join(","))
        };
        (0..rows).map(row).collect::<Vec<_>>().join(",")
    }
}

/// An open database.
pub struct Database {
    engine: Engine,
    pool: AnyPool,
    turn: Mutex<()>,
}

/// The right to write, for the length of one transaction; rolled back unless committed.
pub struct Turn<'a> {
    // Dropped first, so that the transaction is given up before the next writer may begin.
    transaction: Transaction<'static, Any>,
    engine: Engine,
    _turn: MutexGuard<'a, ()>,
}

impl Turn<'_> {
    /// Where the statements of this transaction run.
    pub fn connection(&mut self) -> &mut sqlx::AnyConnection {
        &mut self.transaction
    }

    /// See [`Database::placeholders`].
    pub fn placeholders(&self, columns: usize, rows: usize) -> String {
        self.engine.placeholders(columns, rows)
    }

    /// Makes what was written durable.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        self.transaction.commit().await.map_err(at("committing"))
    }
}

impl Database {
    /// Opens the database of `name` at `url`, creates it when it is new, and brings it up to date.
    ///
    /// `steps` are the statements that lead from one version of the schema to the next; they only ever grow.
    /// In them `{position}` stands for the type of a 64-bit primary key and `{bytes}` for that of bytes.
    pub async fn open(url: &str, name: &'static str, steps: &[&str]) -> Result<Self, DatabaseError> {
        install_default_drivers();
        let (engine, url) = if url.starts_with("sqlite:") {
            let mode = match url {
                url if url.contains("mode=") => "",
                url if url.contains('?') => "&mode=rwc",
                _ => "?mode=rwc",
            };
            (Engine::Sqlite, format!("{url}{mode}"))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            (Engine::Postgres, url.to_owned())
        } else {
            return Err(DatabaseError::Url);
        };
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        connection.execute(raw_sql(SQLITE_SETTINGS)).await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await
            .map_err(at("opening the database"))?;
        let database = Self { engine, pool, turn: Mutex::new(()) };
        database.upgrade(name, steps).await?;
        Ok(database)
    }

    async fn upgrade(&self, name: &'static str, steps: &[&str]) -> Result<(), DatabaseError> {
        const DOING: &str = "bringing the schema up to date";
        let mut turn = self.turn().await?;
        let connection = turn.connection();
        sqlx::query("CREATE TABLE IF NOT EXISTS schema (name TEXT NOT NULL, version BIGINT NOT NULL)")
            .execute(&mut *connection)
            .await
            .map_err(at(DOING))?;
        let row = sqlx::query("SELECT name, version FROM schema")
            .fetch_optional(&mut *connection)
            .await
            .map_err(at(DOING))?;
        let known = steps.len() as i64;
        let version: i64 = match row {
            Some(row) => {
                let found: String = row.try_get(0).map_err(at(DOING))?;
                if found != name {
                    return Err(DatabaseError::Other { expected: name, found });
                }
                row.try_get(1).map_err(at(DOING))?
            }
            None => {
                sqlx::query("INSERT INTO schema (name, version) VALUES ($1, 0)")
                    .bind(name)
                    .execute(&mut *connection)
                    .await
                    .map_err(at(DOING))?;
                0
            }
        };
        if version > known {
            return Err(DatabaseError::Later { name, found: version, known });
        }
        if version == known {
            return Ok(());
        }
        let (position, bytes) = match self.engine {
            Engine::Sqlite => ("INTEGER", "BLOB"),
            Engine::Postgres => ("BIGINT", "BYTEA"),
        };
        for step in &steps[version as usize..] {
            let step = step.replace("{position}", position).replace("{bytes}", bytes);
            connection.execute(raw_sql(AssertSqlSafe(step))).await.map_err(at(DOING))?;
        }
        sqlx::query("UPDATE schema SET version = $1").bind(known).execute(&mut *connection).await.map_err(at(DOING))?;
        turn.commit().await
    }

    /// Waits for the right to write and begins a transaction with it.
    pub async fn turn(&self) -> Result<Turn<'_>, DatabaseError> {
        const DOING: &str = "waiting for the right to write";
        let turn = self.turn.lock().await;
        let transaction = match self.engine {
            Engine::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(at(DOING))?,
            Engine::Postgres => {
                // Each statement sees what was committed before it, so those after the lock see the last writer's.
                let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
                let mut transaction = self.pool.begin_with(begin).await.map_err(at(DOING))?;
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(WRITER_LOCK)
                    .execute(&mut *transaction)
                    .await
                    .map_err(at(DOING))?;
                transaction
            }
        };
        Ok(Turn { transaction, engine: self.engine, _turn: turn })
    }

    /// A transaction that only reads, and sees one state whatever is written meanwhile.
    pub async fn snapshot(&self) -> Result<Transaction<'static, Any>, DatabaseError> {
        let begin = match self.engine {
            // SQLite's readers see one state from their first statement on.
            Engine::Sqlite => "BEGIN DEFERRED",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.pool.begin_with(begin).await.map_err(at("beginning to read"))
    }

    /// `rows` rows of `columns` placeholders each, for instance `($1,$2),($3,$4)`.
    pub fn placeholders(&self, columns: usize, rows: usize) -> String {
        self.engine.placeholders(columns, rows)
    }

    /// Where statements run that only read.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Closes every connection, so that the files can be copied or moved.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Sizes of multi-row statements, largest first: few, so that each is prepared once.
const STATEMENT_ROWS: [usize; 4] = [512, 64, 8, 1];

/// Cuts rows into the sizes that multi-row statements come in.
pub fn in_statements<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = STATEMENT_ROWS.into_iter().find(|&size| size <= rows.len())?;
        let (now, later) = rows.split_at(size);
        rows = later;
        Some(now)
    })
}
