//! A subscription to a broker: every message is acknowledged to it only once it is durable here.
//!
//! The broker keeps what is published while nobody is connected, and sends again what was not acknowledged. So
//! nothing is lost, and what comes twice is known by its key: the sender's own, or else a digest of the message.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use facts::Timestamp;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS, TlsConfiguration, Transport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::payload::{Payload, Refused};
use crate::rejected::{Letter, Rejected};

/// The port of MQTT, and that of MQTT over TLS.
const PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
/// How often a sign of life is sent, in seconds.
const KEEP_ALIVE_SECONDS: u64 = 20;
/// The largest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// Acknowledgements that may wait to be sent; the protocol has fewer messages on their way at once.
const REQUESTS_MAX: usize = 1 << 17;
/// Messages that are made durable together.
const GROUP_MAX: usize = 1_000;
/// How long to wait after a failure: at first, and at most, in seconds.
const PAUSE_SECONDS: (u64, u64) = (1, 60);

/// Where messages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted (`mqtts`), and the broker shows a certificate.
    pub tls: bool,
    /// The topic to subscribe to; `+` and `#` stand for any.
    pub topic: String,
}

/// Text that names no broker.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected mqtts://HOST:PORT/TOPIC, or mqtt:// in the clear, such as mqtt://127.0.0.1:1883/visits/#")]
pub struct NoBroker;

impl FromStr for Broker {
    type Err = NoBroker;

    fn from_str(text: &str) -> Result<Self, NoBroker> {
        let (scheme, rest) = text.split_once("://").ok_or(NoBroker)?;
        let (tls, usual) = match scheme {
            "mqtt" => (false, PORT),
            "mqtts" => (true, TLS_PORT),
            _ => return Err(NoBroker),
        };
        let (server, topic) = rest.split_once('/').ok_or(NoBroker)?;
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| NoBroker)?),
            None => (server, usual),
        };
        let broker = Self { host: host.to_owned(), port, tls, topic: topic.to_owned() };
        if host.is_empty() || topic.is_empty() || host.contains('@') { Err(NoBroker) } else { Ok(broker) }
    }
}

/// Who makes messages durable.
pub trait Sink: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Makes messages durable, in their order, all or none. Each has a key. What fails is tried again.
    fn take(&self, messages: Vec<Payload>) -> impl Future<Output = Result<(), String>> + Send;
}

/// How to sign in to the broker.
pub struct SignIn {
    /// Under which name the broker keeps what was published meanwhile. Only one may be connected at a time.
    pub client: String,
    /// Name and password, where the broker asks for them.
    pub account: Option<(String, String)>,
    /// Who vouches for the broker, where the connection is encrypted.
    pub authorities: Option<Authorities>,
}

/// Whose word is taken for who a broker is.
#[derive(Clone)]
pub struct Authorities(Arc<ClientConfig>);

/// A file that names no authority.
#[derive(Debug, Error)]
pub enum NoAuthority {
    /// It holds no certificate.
    #[error("it holds no certificate; give the certificate of the authority, or of the broker itself, as PEM")]
    Empty,
    /// A certificate in it cannot be read.
    #[error("its {number}. certificate cannot be read; give certificates as PEM")]
    Unreadable {
        /// Which, from 1.
        number: usize,
    },
    /// Encryption could not be set up.
    #[error("encryption could not be set up")]
    Tls(#[from] rustls::Error),
}

impl Authorities {
    /// The authorities of a file of certificates, in PEM.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NoAuthority> {
        let mut trusted = RootCertStore::empty();
        for (certificate, number) in CertificateDer::pem_slice_iter(pem).zip(1..) {
            let certificate = certificate.map_err(|_| NoAuthority::Unreadable { number })?;
            trusted.add(certificate).map_err(|_| NoAuthority::Unreadable { number })?;
        }
        if trusted.is_empty() {
            return Err(NoAuthority::Empty);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(Self(Arc::new(versions.with_root_certificates(trusted).with_no_client_auth())))
    }
}

/// A message, and the connection it came by: on another one its acknowledgement means nothing.
struct Arrived {
    connection: u64,
    publish: Publish,
}

/// Follows a broker until the process ends. Messages that cannot be read go to a file in `rejected`.
///
/// An encrypted connection is made only where authorities are given.
pub async fn follow(broker: Broker, sign_in: SignIn, rejected: PathBuf, sink: impl Sink) {
    let mut options = MqttOptions::new(sign_in.client, broker.host, broker.port);
    options.set_keep_alive(Duration::from_secs(KEEP_ALIVE_SECONDS));
    options.set_clean_session(false);
    options.set_manual_acks(true);
    options.set_max_packet_size(MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX);
    if let Some(Authorities(config)) = sign_in.authorities.filter(|_| broker.tls) {
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(config)));
    } else if broker.tls {
        tracing::error!("nobody vouches for the broker, so that it is not connected to; name its authority");
        return;
    }
    if let Some((name, password)) = sign_in.account {
        options.set_credentials(name, password);
    }
    let (client, events) = AsyncClient::new(options, REQUESTS_MAX);
    let connection = Arc::new(AtomicU64::new(0));
    // The broker limits how many messages are on their way, and so what is in here.
    let (arrived, arrivals) = unbounded_channel();
    let receiving = receive(client.clone(), events, broker.topic, connection.clone(), arrived);
    let working = work(client, connection, Rejected::in_folder(&rejected), sink, arrivals);
    tokio::join!(receiving, working);
}

/// Keeps the connection, and the subscription whenever it is new.
async fn receive(
    client: AsyncClient,
    mut events: EventLoop,
    topic: String,
    connection: Arc<AtomicU64>,
    arrived: UnboundedSender<Arrived>,
) {
    let mut pause = PAUSE_SECONDS.0;
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                pause = PAUSE_SECONDS.0;
                connection.fetch_add(1, Ordering::SeqCst);
                if let Err(error) = client.try_subscribe(&topic, QoS::AtLeastOnce) {
                    tracing::warn!(%error, "the broker could not be asked for messages");
                }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let connection = connection.load(Ordering::SeqCst);
                if arrived.send(Arrived { connection, publish }).is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, seconds = pause, "the connection to the broker failed; it is tried again");
                tokio::time::sleep(Duration::from_secs(pause)).await;
                pause = (pause * 2).min(PAUSE_SECONDS.1);
            }
        }
    }
}

/// Makes what arrives durable, group by group, and acknowledges it.
async fn work(
    client: AsyncClient,
    connection: Arc<AtomicU64>,
    mut rejected: Rejected,
    sink: impl Sink,
    mut arrivals: UnboundedReceiver<Arrived>,
) {
    while let Some(first) = arrivals.recv().await {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(next) = arrivals.try_recv()
        {
            group.push(next);
        }
        let (mut messages, mut letters) = (Vec::with_capacity(group.len()), Vec::new());
        for Arrived { publish, .. } in &group {
            read(publish, sink.now(), &mut messages, &mut letters);
        }
        let mut pause = PAUSE_SECONDS.0;
        loop {
            let kept = rejected.keep(&letters, sink.now()).map_err(|error| error.to_string());
            letters.truncate(if kept.is_ok() { 0 } else { letters.len() });
            let taken = match kept {
                Ok(()) if messages.is_empty() => Ok(()),
                Ok(()) => sink.take(messages.clone()).await,
                failed => failed,
            };
            let Err(error) = taken else { break };
            tracing::error!(%error, seconds = pause, "messages could not be made durable; it is tried again");
            tokio::time::sleep(Duration::from_secs(pause)).await;
            pause = (pause * 2).min(PAUSE_SECONDS.1);
        }
        let now = connection.load(Ordering::SeqCst);
        for Arrived { publish, .. } in group.iter().filter(|arrived| arrived.connection == now) {
            if let Err(error) = client.ack(publish).await {
                tracing::warn!(%error, "an acknowledgement could not be sent; the message will come again");
            }
        }
    }
}

/// Reads one message, or puts it where it can be corrected.
fn read(publish: &Publish, now: Timestamp, messages: &mut Vec<Payload>, letters: &mut Vec<Letter>) {
    let bytes = &publish.payload;
    let mut letter = |problem: String, payload: Vec<u8>| {
        letters.push(Letter { topic: publish.topic.clone(), problem, payload });
    };
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let read = if is_json {
        Payload::from_json(bytes, now)
    } else {
        Payload::from_table("message.csv", bytes.to_vec(), Some(digest(bytes)), None, now)
    };
    match read {
        Err(refused) => {
            let Refused { field, .. } = &refused;
            letter(format!("{field}: {refused}"), bytes.to_vec());
        }
        Ok(mut payload) => {
            if let Some(first) = payload.problems.first() {
                let column = first.column.as_deref().unwrap_or_default();
                let problem =
                    format!("{} rows, first row {}, {column}: {}", payload.rejected, first.row, first.expected);
                letter(problem, bytes.to_vec());
            }
            payload.source_key.get_or_insert_with(|| digest(bytes));
            if !payload.visits.is_empty() || payload.rejected == 0 {
                messages.push(payload);
            }
        }
    }
}

/// The name of a message that has none: the same bytes say the same.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_named_by_host_port_and_topic() {
        let broker =
            |host: &str, port, topic: &str| Broker { host: host.into(), port, tls: false, topic: topic.into() };
        assert_eq!("mqtt://127.0.0.1:2883/visits/#".parse(), Ok(broker("127.0.0.1", 2883, "visits/#")));
        assert_eq!("mqtt://broker/visits".parse(), Ok(broker("broker", 1883, "visits")));
        assert_eq!("mqtts://broker/visits".parse(), Ok(Broker { tls: true, ..broker("broker", 8883, "visits") }));
        for wrong in
            ["http://broker/visits", "mqtt://broker", "mqtt://broker:x/visits", "mqtt:///visits", "mqtt://a@b/c"]
        {
            assert_eq!(wrong.parse::<Broker>(), Err(NoBroker), "{wrong}");
        }
    }

    #[test]
    fn a_file_without_certificates_vouches_for_nobody() {
        assert!(matches!(Authorities::from_pem(b"").err(), Some(NoAuthority::Empty)));
        let torn = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Authorities::from_pem(torn).err(), Some(NoAuthority::Unreadable { number: 1 })));
    }

    fn publish(payload: &str) -> Publish {
        Publish::new("visits/gate7", QoS::AtLeastOnce, payload)
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_the_rest_is_taken() {
        let now = "2022-07-10T04:00:00Z".parse().unwrap();
        let (mut messages, mut letters) = (Vec::new(), Vec::new());
        let good =
            r#"{"visits":[{"person":"per-0000000000001","unit":"unit-0000000000002","start":"2022-07-10T01:00:00Z"}]}"#;
        let table = "person,unit,start\n1,2,2022-07-10T01:00:00Z\nnobody,2,2022-07-10T01:00:00Z\n";
        for payload in [good, "{", table, good] {
            read(&publish(payload), now, &mut messages, &mut letters);
        }
        let keys: Vec<&String> = messages.iter().filter_map(|message| message.source_key.as_ref()).collect();
        assert_eq!(keys.len(), 3);
        assert_eq!(keys[0], keys[2], "the same bytes are one message");
        assert_ne!(keys[0], keys[1]);
        let said: Vec<(&str, &[u8])> = letters.iter().map(|l| (l.problem.as_str(), l.payload.as_slice())).collect();
        assert_eq!(said.len(), 2);
        assert!(said[0].0.starts_with("body: ") && said[0].1 == b"{", "{said:?}");
        assert!(said[1].0.starts_with("1 rows, first row 3, person") && said[1].1 == table.as_bytes(), "{said:?}");
    }
}
