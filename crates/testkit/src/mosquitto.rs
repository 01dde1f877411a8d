//! A temporary MQTT broker, Mosquitto from the system's own package.

use std::fs::Permissions;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// How long the broker may take to answer, in tenths of a second.
const PATIENCE_TENTHS: u32 = 100;
/// Where the package puts the program, and where else it may be.
const PROGRAMS: [&str; 3] = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"];

/// What `openssl` is asked for: a key and a certificate of its own for 127.0.0.1, good for a day.
#[rustfmt::skip] // a command line
const CERTIFICATE: [&str; 16] = [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
    "-subj", "/CN=broker of a test", "-addext", "subjectAltName=IP:127.0.0.1",
    "-addext", "basicConstraints=critical,CA:FALSE", "-batch",
];

/// A running broker that listens on 127.0.0.1 only and forgets everything when it is dropped.
pub struct Mosquitto {
    port: u16,
    broker: Child,
    encrypted: bool,
    folder: TempDir,
}

impl Mosquitto {
    /// Starts a broker of its own. None where Mosquitto is not installed, which is said loudly, and which fails
    /// the test where the environment says `CI=true`.
    ///
    /// # Panics
    /// When Mosquitto is there and does not start, or is missing under `CI=true`.
    pub fn start() -> Option<Self> {
        Self::start_as(false)
    }

    /// Starts a broker that speaks TLS only, with a certificate of its own making. None as with [`Self::start`],
    /// and where `openssl` is missing.
    ///
    /// # Panics
    /// As [`Self::start`] does.
    pub fn start_encrypted() -> Option<Self> {
        Self::start_as(true)
    }

    fn start_as(encrypted: bool) -> Option<Self> {
        let Some(program) = PROGRAMS.iter().map(PathBuf::from).find(|program| program.exists()) else {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "Mosquitto is not installed, and CI=true allows no skipping: install the package mosquitto"
            );
            // Written past the test harness, which would hide it in a test that passes.
            let said = std::io::stderr()
                .write_all(b"\nSKIPPED with a broker: install mosquitto to run the tests of the stream of visits\n");
            drop(said);
            return None;
        };
        let folder = TempDir::new().expect("the system's folder for temporary files takes a new folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a port is free").port();
        let settings = folder.path().join("mosquitto.conf");
        let mut text =
            format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n");
        let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
        if encrypted {
            let mut openssl = Command::new("openssl");
            openssl.args(CERTIFICATE).arg("-keyout").arg(&key).arg("-out").arg(&certificate);
            let made = openssl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            if !made.is_ok_and(|status| status.success()) {
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "openssl made no certificate, and CI=true allows no skipping: install the package openssl"
                );
                let said = std::io::stderr().write_all(b"\nSKIPPED with an encrypted broker: install openssl\n");
                drop(said);
                return None;
            }
            // A broker that root starts becomes another user, who has to read them too.
            open_to_all(folder.path());
            open_to_all(&key);
            text.push_str(&format!("certfile {}\nkeyfile {}\n", certificate.display(), key.display()));
        }
        std::fs::write(&settings, text).expect("the new folder takes a file");
        let broker = Command::new(program)
            .arg("-c")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Mosquitto starts");
        let mosquitto = Self { port, broker, encrypted, folder };
        for _ in 0..PATIENCE_TENTHS {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(mosquitto);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("Mosquitto did not answer within {} s", PATIENCE_TENTHS / 10);
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a topic.
    pub fn url(&self, topic: &str) -> String {
        format!("{}://127.0.0.1:{}/{topic}", if self.encrypted { "mqtts" } else { "mqtt" }, self.port)
    }

    /// The file of the broker's certificate, in PEM; none where it speaks in the clear.
    pub fn certificate(&self) -> Option<PathBuf> {
        self.encrypted.then(|| self.folder.path().join("certificate.pem"))
    }
}

fn open_to_all(path: &Path) {
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("one's own file can be opened to others");
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}
