//! The parts on their way: what was written and is not acknowledged, and what came, as it came.
//!
//! Texts are sealed to their readers, so that what we wrote can be read by nobody here. Whatever follows from a
//! part stands in the journal; this table can be lost at the price of what was still on its way.

use std::collections::BTreeMap;

use database::{Database, Turn, at};
use facts::{DeploymentKey, Draft, Hex, LetterId, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::error::ServerError;

/// From one version of the schema to the next. Only ever add to the end.
const STEPS: &[&str] = &["
    CREATE TABLE correspondents (
        deployment TEXT PRIMARY KEY,
        name_zh TEXT NOT NULL,
        name_en TEXT NOT NULL,
        address TEXT,
        written BIGINT NOT NULL,
        acknowledged BIGINT NOT NULL,
        taken BIGINT NOT NULL,
        failures BIGINT NOT NULL,
        last_sent TEXT,
        last_received TEXT,
        next_try TEXT,
        error_code TEXT,
        error_detail TEXT,
        error_at TEXT
    );
    CREATE TABLE outgoing (
        deployment TEXT NOT NULL,
        number BIGINT NOT NULL,
        part TEXT NOT NULL,
        letter TEXT NOT NULL,
        request TEXT,
        content TEXT NOT NULL,
        drafts TEXT NOT NULL,
        released BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        written TEXT NOT NULL,
        PRIMARY KEY (deployment, number)
    );
    CREATE UNIQUE INDEX outgoing_request ON outgoing (request);
    CREATE TABLE incoming (
        deployment TEXT NOT NULL,
        number BIGINT NOT NULL,
        digest TEXT NOT NULL,
        content TEXT NOT NULL,
        received TEXT NOT NULL,
        state TEXT NOT NULL,
        part TEXT,
        letter TEXT,
        problem_code TEXT,
        problem_detail TEXT,
        PRIMARY KEY (deployment, number)
    );
    CREATE INDEX incoming_letter ON incoming (letter);
"];

/// What is known of another deployment besides its keys, and how far the two have come.
#[derive(Debug, Clone)]
pub struct Correspondent {
    /// Which deployment.
    pub deployment: DeploymentKey,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// Where it listens; absent when parts are carried as files.
    pub address: Option<String>,
    /// The number of the last part that we wrote.
    pub written: u64,
    /// They have our parts up to this number.
    pub acknowledged: u64,
    /// We have taken theirs up to this number.
    pub taken: u64,
    /// How often in a row sending failed.
    pub failures: u32,
    /// When something of ours arrived last.
    pub last_sent: Option<Timestamp>,
    /// When something of theirs arrived last.
    pub last_received: Option<Timestamp>,
    /// Not before then is sending tried again.
    pub next_try: Option<Timestamp>,
    /// Why sending failed last, unless it went well since.
    pub error: Option<SendError>,
}

/// Why something did not arrive.
#[derive(Debug, Clone)]
pub struct SendError {
    /// A stable code.
    pub code: String,
    /// What it was and what to do.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// A part that we wrote.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// To whom.
    pub deployment: DeploymentKey,
    /// Its number.
    pub number: u64,
    /// What it is.
    pub part: String,
    /// About which letter.
    pub letter: String,
    /// How many bytes it has.
    pub bytes: usize,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was written.
    pub written: Timestamp,
}

/// A part on its way into the outbox.
pub struct NewOutgoing<'a> {
    /// To whom.
    pub deployment: DeploymentKey,
    /// Its number.
    pub number: u64,
    /// What it is.
    pub part: &'static str,
    /// About which letter.
    pub letter: LetterId,
    /// The request that made it, so that the same request makes it once.
    pub request: Option<&'a str>,
    /// Its text.
    pub content: &'a str,
    /// The facts to record before it goes out.
    pub drafts: &'a [Draft],
    /// When it was written.
    pub written: Timestamp,
}

/// A part that came.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// From whom.
    pub deployment: DeploymentKey,
    /// Its number.
    pub number: u64,
    /// When it came.
    pub received: Timestamp,
    /// `taken`, `waiting` for an earlier one, or `void`: taken, and nothing followed from it.
    pub state: String,
    /// What it is, once it was opened.
    pub part: Option<String>,
    /// About which letter.
    pub letter: Option<String>,
    /// Why nothing followed: a code and what to do.
    pub problem: Option<(String, String)>,
}

/// What became of a part that was opened in its turn.
pub struct Opened<'a> {
    /// What it is.
    pub part: Option<&'static str>,
    /// About which letter.
    pub letter: Option<LetterId>,
    /// Why nothing follows from it.
    pub problem: Option<(&'a str, String)>,
}

/// The mailbox of a deployment.
pub struct Mailbox {
    database: Database,
}

fn unreadable(column: &'static str) -> ServerError {
    ServerError::Mailbox(column)
}

fn text(row: &AnyRow, column: usize) -> Result<String, ServerError> {
    Ok(row.try_get::<String, _>(column).map_err(at("reading the mailbox"))?)
}

fn optional(row: &AnyRow, column: usize) -> Result<Option<String>, ServerError> {
    Ok(row.try_get::<Option<String>, _>(column).map_err(at("reading the mailbox"))?)
}

fn number(row: &AnyRow, column: usize) -> Result<u64, ServerError> {
    let number: i64 = row.try_get(column).map_err(at("reading the mailbox"))?;
    Ok(number.cast_unsigned())
}

fn key(row: &AnyRow, column: usize) -> Result<DeploymentKey, ServerError> {
    Hex::parse(&text(row, column)?).ok_or_else(|| unreadable("deployment"))
}

fn time(row: &AnyRow, column: usize) -> Result<Timestamp, ServerError> {
    text(row, column)?.parse().map_err(|_| unreadable("time"))
}

fn optional_time(row: &AnyRow, column: usize) -> Result<Option<Timestamp>, ServerError> {
    let time = optional(row, column)?.map(|text| text.parse());
    time.transpose().map_err(|_| unreadable("time"))
}

const CORRESPONDENT: &str = "SELECT deployment, name_zh, name_en, address, written, acknowledged, taken, failures, \
     last_sent, last_received, next_try, error_code, error_detail, error_at FROM correspondents";

fn correspondent(row: &AnyRow) -> Result<Correspondent, ServerError> {
    let error = match (optional(row, 11)?, optional(row, 12)?, optional_time(row, 13)?) {
        (Some(code), Some(detail), Some(at)) => Some(SendError { code, detail, at }),
        _ => None,
    };
    Ok(Correspondent {
        deployment: key(row, 0)?,
        name_zh: text(row, 1)?,
        name_en: text(row, 2)?,
        address: optional(row, 3)?,
        written: number(row, 4)?,
        acknowledged: number(row, 5)?,
        taken: number(row, 6)?,
        failures: u32::try_from(number(row, 7)?).unwrap_or(u32::MAX),
        last_sent: optional_time(row, 8)?,
        last_received: optional_time(row, 9)?,
        next_try: optional_time(row, 10)?,
        error,
    })
}

/// Runs one statement in a turn.
macro_rules! execute {
    ($turn:expr, $doing:literal, $sql:expr $(, $value:expr)* $(,)?) => {
        sqlx::query($sql)$(.bind($value))*.execute($turn.connection()).await.map_err(at($doing))?
    };
}

impl Mailbox {
    /// Opens the tables at a URL, or creates them.
    pub async fn open(url: &str) -> Result<Self, ServerError> {
        Ok(Self { database: Database::open(url, "letters", STEPS).await? })
    }

    async fn rows(&self, sql: &'static str, values: &[String]) -> Result<Vec<AnyRow>, ServerError> {
        let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(value.as_str()));
        Ok(query.fetch_all(self.database.pool()).await.map_err(at("reading the mailbox"))?)
    }

    async fn turn(&self) -> Result<Turn<'_>, ServerError> {
        Ok(self.database.turn().await?)
    }

    /// Every correspondent, by its key.
    pub async fn correspondents(&self) -> Result<BTreeMap<DeploymentKey, Correspondent>, ServerError> {
        let rows = self.rows(CORRESPONDENT, &[]).await?;
        rows.iter().map(|row| correspondent(row).map(|one| (one.deployment, one))).collect()
    }

    /// One correspondent.
    pub async fn correspondent(&self, deployment: DeploymentKey) -> Result<Option<Correspondent>, ServerError> {
        Ok(self.correspondents().await?.remove(&deployment))
    }

    /// Takes note of a correspondent, or of another name or address of one.
    pub async fn meet(
        &self,
        deployment: DeploymentKey,
        (name_zh, name_en): (&str, &str),
        address: Option<&str>,
    ) -> Result<(), ServerError> {
        let mut turn = self.turn().await?;
        execute!(
            turn,
            "adding a deployment",
            "INSERT INTO correspondents (deployment, name_zh, name_en, address, written, acknowledged, taken, failures) \
             VALUES ($1, $2, $3, $4, 0, 0, 0, 0) ON CONFLICT (deployment) DO UPDATE \
             SET name_zh = excluded.name_zh, name_en = excluded.name_en, address = excluded.address, next_try = NULL",
            deployment.to_string(),
            name_zh,
            name_en,
            address,
        );
        Ok(turn.commit().await?)
    }

    // ---- outgoing ----

    /// Keeps a part that was written. It goes out once its facts are recorded.
    pub async fn add(&self, new: NewOutgoing<'_>) -> Result<(), ServerError> {
        let drafts = serde_json::to_string(new.drafts).map_err(|_| unreadable("drafts"))?;
        let mut turn = self.turn().await?;
        execute!(
            turn,
            "writing a part",
            "INSERT INTO outgoing (deployment, number, part, letter, request, content, drafts, released, attempts, written) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)",
            new.deployment.to_string(),
            new.number.cast_signed(),
            new.part,
            new.letter.to_string(),
            new.request,
            new.content,
            drafts,
            new.written.to_string(),
        );
        execute!(
            turn,
            "writing a part",
            "UPDATE correspondents SET written = $1 WHERE deployment = $2",
            new.number.cast_signed(),
            new.deployment.to_string(),
        );
        Ok(turn.commit().await?)
    }

    /// Parts whose facts may not be recorded yet, with these facts.
    pub async fn unreleased(&self) -> Result<Vec<(DeploymentKey, u64, Vec<Draft>)>, ServerError> {
        let sql = "SELECT deployment, number, drafts FROM outgoing WHERE released = 0 ORDER BY deployment, number";
        let rows = self.rows(sql, &[]).await?;
        let drafts = |row: &AnyRow| serde_json::from_str(&text(row, 2)?).map_err(|_| unreadable("drafts"));
        rows.iter().map(|row| Ok((key(row, 0)?, number(row, 1)?, drafts(row)?))).collect()
    }

    /// Lets a part go out: its facts are recorded.
    pub async fn release(&self, deployment: DeploymentKey, number: u64) -> Result<(), ServerError> {
        let mut turn = self.turn().await?;
        execute!(
            turn,
            "releasing a part",
            "UPDATE outgoing SET released = 1, drafts = '[]' WHERE deployment = $1 AND number = $2",
            deployment.to_string(),
            number.cast_signed(),
        );
        Ok(turn.commit().await?)
    }

    /// The letter that a request made, when it came before.
    pub async fn of_request(&self, request: &str) -> Result<Option<LetterId>, ServerError> {
        let rows = self.rows("SELECT letter FROM outgoing WHERE request = $1", &[request.to_owned()]).await?;
        let letter = rows.first().map(|row| text(row, 0)).transpose()?;
        Ok(letter.and_then(|letter| letter.parse().ok()))
    }

    /// The first parts after a number that may go out, in order.
    pub async fn to_send(
        &self,
        deployment: DeploymentKey,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, ServerError> {
        let sql = "SELECT number, content FROM outgoing \
                   WHERE deployment = $1 AND number > $2 AND released = 1 ORDER BY number LIMIT $3";
        let query = sqlx::query(sql).bind(deployment.to_string()).bind(after.cast_signed()).bind(i64::from(limit));
        let rows = query.fetch_all(self.database.pool()).await.map_err(at("reading the outbox"))?;
        rows.iter().map(|row| Ok((number(row, 0)?, text(row, 1)?))).collect()
    }

    /// They have our parts up to a number. Said to our face it counts as it is, so that whoever lost parts is
    /// sent them again; in a file, which may be old, it only ever counts up.
    pub async fn acknowledged(&self, deployment: DeploymentKey, up_to: u64, now: bool) -> Result<(), ServerError> {
        let sql = if now {
            "UPDATE correspondents SET acknowledged = $1 WHERE deployment = $2 AND $1 <= written"
        } else {
            "UPDATE correspondents SET acknowledged = $1 WHERE deployment = $2 AND $1 <= written AND acknowledged < $1"
        };
        let mut turn = self.turn().await?;
        execute!(turn, "noting what arrived", sql, up_to.cast_signed(), deployment.to_string());
        Ok(turn.commit().await?)
    }

    /// Notes how sending one part went; what went well ends the failures before it.
    pub async fn tried(
        &self,
        deployment: DeploymentKey,
        number: u64,
        went: Result<Timestamp, (SendError, Timestamp)>,
    ) -> Result<(), ServerError> {
        let mut turn = self.turn().await?;
        execute!(
            turn,
            "noting what was sent",
            "UPDATE outgoing SET attempts = attempts + 1 WHERE deployment = $1 AND number = $2",
            deployment.to_string(),
            number.cast_signed(),
        );
        match went {
            Ok(now) => execute!(
                turn,
                "noting what was sent",
                "UPDATE correspondents SET last_sent = $1, failures = 0, next_try = NULL, error_code = NULL, \
                 error_detail = NULL, error_at = NULL WHERE deployment = $2",
                now.to_string(),
                deployment.to_string(),
            ),
            Err((error, next_try)) => execute!(
                turn,
                "noting what was not sent",
                "UPDATE correspondents SET failures = failures + 1, next_try = $1, error_code = $2, \
                 error_detail = $3, error_at = $4 WHERE deployment = $5",
                next_try.to_string(),
                error.code,
                error.detail,
                error.at.to_string(),
                deployment.to_string(),
            ),
        };
        Ok(turn.commit().await?)
    }

    /// Everything that we wrote, newest first.
    pub async fn outbox(&self) -> Result<Vec<Outgoing>, ServerError> {
        let sql = "SELECT deployment, number, part, letter, CAST(length(content) AS BIGINT), attempts, written FROM outgoing \
                   ORDER BY written DESC, deployment, number DESC";
        let rows = self.rows(sql, &[]).await?;
        let row = |row: &AnyRow| {
            Ok(Outgoing {
                deployment: key(row, 0)?,
                number: number(row, 1)?,
                part: text(row, 2)?,
                letter: text(row, 3)?,
                bytes: usize::try_from(number(row, 4)?).unwrap_or_default(),
                attempts: u32::try_from(number(row, 5)?).unwrap_or(u32::MAX),
                written: time(row, 6)?,
            })
        };
        rows.iter().map(row).collect()
    }

    // ---- incoming ----

    /// The digest of what came under a number.
    pub async fn kept(&self, deployment: DeploymentKey, number: u64) -> Result<Option<Hex<32>>, ServerError> {
        let sql = "SELECT digest FROM incoming WHERE deployment = $1 AND number = $2";
        let query = sqlx::query(sql).bind(deployment.to_string()).bind(number.cast_signed());
        let row = query.fetch_optional(self.database.pool()).await.map_err(at("reading the inbox"))?;
        let digest = row.as_ref().map(|row| text(row, 0)).transpose()?;
        digest.map(|digest| Hex::parse(&digest).ok_or_else(|| unreadable("digest"))).transpose()
    }

    /// Keeps what came, durably, before it is acknowledged.
    pub async fn keep(
        &self,
        deployment: DeploymentKey,
        number: u64,
        (content, digest): (&str, Hex<32>),
        received: Timestamp,
    ) -> Result<(), ServerError> {
        let mut turn = self.turn().await?;
        execute!(
            turn,
            "keeping a part that came",
            "INSERT INTO incoming (deployment, number, digest, content, received, state) \
             VALUES ($1, $2, $3, $4, $5, 'waiting')",
            deployment.to_string(),
            number.cast_signed(),
            digest.to_string(),
            content,
            received.to_string(),
        );
        execute!(
            turn,
            "keeping a part that came",
            "UPDATE correspondents SET last_received = $1 WHERE deployment = $2",
            received.to_string(),
            deployment.to_string(),
        );
        Ok(turn.commit().await?)
    }

    /// The text that waits under a number, and when it came.
    pub async fn waiting(
        &self,
        deployment: DeploymentKey,
        number: u64,
    ) -> Result<Option<(String, Timestamp)>, ServerError> {
        let sql = "SELECT content, received FROM incoming WHERE deployment = $1 AND number = $2 AND state = 'waiting'";
        let query = sqlx::query(sql).bind(deployment.to_string()).bind(number.cast_signed());
        let row = query.fetch_optional(self.database.pool()).await.map_err(at("reading the inbox"))?;
        row.as_ref().map(|row| Ok((text(row, 0)?, time(row, 1)?))).transpose()
    }

    /// A part had its turn: everything that follows from it is recorded.
    pub async fn taken(&self, deployment: DeploymentKey, number: u64, opened: Opened<'_>) -> Result<(), ServerError> {
        let state = if opened.problem.is_some() { "void" } else { "taken" };
        let (code, detail) = opened.problem.unzip();
        let mut turn = self.turn().await?;
        execute!(
            turn,
            "taking a part",
            "UPDATE incoming SET state = $1, part = $2, letter = $3, problem_code = $4, problem_detail = $5 \
             WHERE deployment = $6 AND number = $7",
            state,
            opened.part,
            opened.letter.map(|letter| letter.to_string()),
            code,
            detail,
            deployment.to_string(),
            number.cast_signed(),
        );
        execute!(
            turn,
            "taking a part",
            "UPDATE correspondents SET taken = $1 WHERE deployment = $2",
            number.cast_signed(),
            deployment.to_string(),
        );
        Ok(turn.commit().await?)
    }

    /// Everything that came, newest first.
    pub async fn inbox(&self) -> Result<Vec<Incoming>, ServerError> {
        let sql = "SELECT deployment, number, received, state, part, letter, problem_code, problem_detail FROM incoming \
                   ORDER BY received DESC, deployment, number DESC";
        let rows = self.rows(sql, &[]).await?;
        let row = |row: &AnyRow| {
            Ok(Incoming {
                deployment: key(row, 0)?,
                number: number(row, 1)?,
                received: time(row, 2)?,
                state: text(row, 3)?,
                part: optional(row, 4)?,
                letter: optional(row, 5)?,
                problem: optional(row, 6)?.zip(optional(row, 7)?),
            })
        };
        rows.iter().map(row).collect()
    }

    /// The text of a letter, as we wrote it or as it came.
    pub async fn letter(&self, letter: LetterId) -> Result<Option<String>, ServerError> {
        for sql in [
            "SELECT content FROM incoming WHERE letter = $1 AND part = 'letter'",
            "SELECT content FROM outgoing WHERE letter = $1 AND part = 'letter'",
        ] {
            if let Some(row) = self.rows(sql, &[letter.to_string()]).await?.first() {
                return Ok(Some(text(row, 0)?));
            }
        }
        Ok(None)
    }
}
