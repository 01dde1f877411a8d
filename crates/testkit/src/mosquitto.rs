//! A temporary MQTT broker, Mosquitto from the system's own package.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// How long the broker may take to answer, in tenths of a second.
const PATIENCE_TENTHS: u32 = 100;
/// Where the package puts the program, and where else it may be.
const PROGRAMS: [&str; 3] = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"];

/// A running broker that listens on 127.0.0.1 only and forgets everything when it is dropped.
pub struct Mosquitto {
    port: u16,
    broker: Child,
    _folder: TempDir,
}

impl Mosquitto {
    /// Starts a broker of its own. None where Mosquitto is not installed, which is said loudly, and which fails
    /// the test where the environment says `CI=true`.
    ///
    /// # Panics
    /// When Mosquitto is there and does not start, or is missing under `CI=true`.
    pub fn start() -> Option<Self> {
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
        let text =
            format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n");
        std::fs::write(&settings, text).expect("the new folder takes a file");
        let broker = Command::new(program)
            .arg("-c")
            .arg(&settings)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Mosquitto starts");
        let mosquitto = Self { port, broker, _folder: folder };
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
        format!("mqtt://127.0.0.1:{}/{topic}", self.port)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}
