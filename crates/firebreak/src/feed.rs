//! The broker that a server follows.

use std::sync::Arc;

use clap::Args;
use facts::{ActorId, Timestamp};
use feeds::mqtt::SignIn;
use feeds::{Broker, Payload, Sink};
use server::Deployment;
use server::api::visits::from_feed;

/// Which stream of visits to follow.
#[derive(Args)]
pub struct Feed {
    /// Take in the visits that are published on a broker, such as mqtt://127.0.0.1:1883/visits/#.
    #[arg(long, value_name = "mqtt://HOST:PORT/TOPIC")]
    mqtt: Option<Broker>,
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
    pub fn start(self, deployment: &Arc<Deployment>) {
        let Some(broker) = self.mqtt else { return };
        let client = format!("firebreak-{:016x}", deployment.profile().deployment);
        let account = self.mqtt_user.map(|user| (user, self.mqtt_password.unwrap_or_default()));
        let rejected = deployment.folder().join("rejected");
        eprintln!("Visits are taken in from {}:{}, topic {}", broker.host, broker.port, broker.topic);
        tokio::spawn(feeds::follow(broker, SignIn { client, account }, rejected, Taker(deployment.clone())));
    }
}
