//! A temporary PostgreSQL server from the system's own package, for one test process.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;

/// How long the server may take to answer, in tenths of a second.
const PATIENCE_TENTHS: u32 = 300;

/// Starts the server, waits until its standard input closes, and stops it: so the server ends with the
/// process that started it, however that process ends.
const GUARD: &str = r#"
"$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c fsync=off \
    -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
"#;

/// A running server that listens on 127.0.0.1 only and forgets everything when it stops.
pub struct Postgres {
    programs: PathBuf,
    port: u16,
    guard: Child,
    databases: AtomicU32,
    folder: TempDir,
}

impl Postgres {
    /// Starts a server of its own. None where PostgreSQL is not installed, which is said loudly, and which
    /// fails the test where the environment says `CI=true`.
    ///
    /// # Panics
    /// When PostgreSQL is there and does not start, or is missing under `CI=true`.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "PostgreSQL is not installed, and CI=true allows no skipping: install the package postgresql"
            );
            // Written past the test harness, which would hide it in a test that passes.
            let said = std::io::stderr().write_all(
                b"\nSKIPPED on PostgreSQL: it is not installed here; install postgresql to run these tests on it\n",
            );
            drop(said);
            return None;
        };
        let folder = TempDir::new().expect("the system's folder for temporary files takes a new folder");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let data = folder.path().join("data");
        run(as_postgres(&programs.join("initdb"))
            .current_dir(folder.path())
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data));
        let port = free_port();
        let guard = as_postgres(Path::new("/bin/sh"))
            .current_dir(folder.path())
            .args(["-c", GUARD, "guard"])
            .arg(&programs)
            .arg(folder.path())
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the shell starts");
        let server = Self { programs, port, guard, databases: AtomicU32::new(1), folder };
        server.wait_until_ready();
        Some(server)
    }

    /// The one server that all tests of this process share.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A number that no other caller of this server gets, for naming databases.
    pub fn next_number(&self) -> u32 {
        self.databases.fetch_add(1, Ordering::Relaxed)
    }

    /// Creates the empty database `database` and gives its URL.
    ///
    /// # Panics
    /// When a database of that name is there already.
    pub fn url(&self, database: &str) -> String {
        run(self.client().args(["-d", "postgres", "-c"]).arg(format!("CREATE DATABASE \"{database}\"")));
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn client(&self) -> Command {
        let mut client = Command::new(self.programs.join("psql"));
        client.args(["-X", "-q", "-h", "127.0.0.1", "-U", "postgres", "-p"]).arg(self.port.to_string());
        client
    }

    fn wait_until_ready(&self) {
        for _ in 0..PATIENCE_TENTHS {
            let answer = self.client().args(["-d", "postgres", "-c", "SELECT 1"]).output();
            if answer.is_ok_and(|answer| answer.status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL did not answer within {} s; its log says:\n{log}", PATIENCE_TENTHS / 10);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // Nothing is left to do for a server that could not be waited for.
        let _ = self.guard.wait();
    }
}

/// The folder of the newest installed server's programs.
fn programs() -> Option<PathBuf> {
    let version = |folder: &Path| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    packaged
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .max_by_key(|folder| version(folder))
        .or_else(|| {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path)
                .find(|folder| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists()))
        })
}

/// PostgreSQL refuses to run as root.
fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").output();
    answer.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("127.0.0.1 has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    assert!(output.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(server: &Postgres, database: &str, statement: &str) -> bool {
        let output = server.client().args(["-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]).output();
        output.unwrap().status.success()
    }

    #[test]
    fn each_database_is_empty_and_its_own() {
        let Some(server) = Postgres::start() else { return };
        assert!(server.url("one").ends_with("/one"));
        server.url("two");
        assert!(answers(&server, "one", "CREATE TABLE seen (number BIGINT)"));
        assert!(answers(&server, "one", "SELECT * FROM seen"));
        assert!(!answers(&server, "two", "SELECT * FROM seen"));
    }

    #[test]
    fn a_dropped_server_is_gone() {
        let Some(server) = Postgres::start() else { return };
        let (port, folder) = (server.port, server.folder.path().to_owned());
        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!folder.exists());
    }
}
