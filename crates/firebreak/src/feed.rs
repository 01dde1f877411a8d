//! The broker that a server follows.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use facts::{ActorId, Timestamp};
use feeds::mqtt::SignIn;
use feeds::{Authorities, Broker, Payload, Sink};
use server::Deployment;
use server::api::visits::from_feed;

/// Which stream of visits to follow.
#[derive(Args)]
pub struct Feed {
    /// Take in the visits that are published on a broker, such as mqtts://broker.example/visits/#; mqtt:// is in
    /// the clear.
    #[arg(long, value_name = "mqtts://HOST:PORT/TOPIC")]
    mqtt: Option<Broker>,
    /// The certificate of whoever vouches for the broker, or the broker's own, in PEM. Needed for mqtts://.
    #[arg(long, requires = "mqtt", value_name = "FILE")]
    mqtt_authority: Option<PathBuf>,
    /// The name to sign in with at the broker.
    #[arg(long, requires = "mqtt")]
    mqtt_user: Option<String>,
    /// The password to sign in with at the broker.
    #[arg(long, requires = "mqtt_user", env = "FIREBREAK_MQTT_PASSWORD", hide_env_values = true)]
    mqtt_password: Option<String>,
}

/// Whoever publishes on the broker. Its keys count apart from those that come over HTTP.
const PUBLISHERS: ActorId = ActorId::new(2);

/// Makes what a broker sends durable in a deployment.
struct Taker(Arc<Deployment>);

impl Sink for Taker {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn take(&self, messages: Vec<Payload>) -> Result<(), String> {
        let sent = messages.into_iter().map(|payload| from_feed(&self.0, "mqtt", PUBLISHERS, payload)).collect();
        self.0.take_in(sent, self.0.now()).await.map(drop).map_err(|error| error.to_string())
    }
}

impl Feed {
    /// Follows the broker until the process ends, if there is one.
    pub fn start(self, deployment: &Arc<Deployment>) -> anyhow::Result<()> {
        let Some(broker) = self.mqtt else { return Ok(()) };
        let authorities = match self.mqtt_authority {
            Some(path) => {
                let pem = std::fs::read(&path).with_context(|| path.display().to_string())?;
                Some(Authorities::from_pem(&pem).with_context(|| path.display().to_string())?)
            }
            None if broker.tls => anyhow::bail!("mqtts:// needs --mqtt-authority, the certificate that vouches for it"),
            None => None,
        };
        let client = format!("firebreak-{:016x}", deployment.profile().deployment);
        let account = self.mqtt_user.map(|user| (user, self.mqtt_password.unwrap_or_default()));
        let rejected = deployment.folder().join("rejected");
        let how = if broker.tls { "encrypted" } else { "in the clear" };
        eprintln!("Visits are taken in from {}:{}, topic {}, {how}", broker.host, broker.port, broker.topic);
        let sign_in = SignIn { client, account, authorities };
        tokio::spawn(feeds::follow(broker, sign_in, rejected, Taker(deployment.clone())));
        Ok(())
    }
}
