//! `firebreak serve`: the server on real data.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use server::{Deployment, Gate, GateSettings, Location, Sealing, ServerError, SingleSignOn};

use crate::feed::Feed;

/// The server on real data.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    data: Data,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    #[command(flatten)]
    front: Front,
    #[command(flatten)]
    feed: Feed,
    /// Seal the visits that came in live once there are so many.
    #[arg(long, default_value_t = Sealing::default().visits_max, value_parser = clap::value_parser!(u64).range(1..))]
    seal_visits: u64,
    /// Seal them at the latest after so many minutes.
    #[arg(long, default_value_t = Sealing::default().minutes_max)]
    seal_minutes: u32,
    /// Delete visits after so many days; 0 keeps them for ever.
    #[arg(long, default_value_t = crate::retention::DAYS)]
    keep_days: u32,
}

/// How people reach the server, and with whom they may sign on.
#[derive(Args)]
struct Front {
    /// The address that people type in. With https://, a reverse proxy in front has the certificate: cookies are
    /// then sent over HTTPS only, and the last address in X-Forwarded-For is the client's.
    #[arg(long, env = "FIREBREAK_PUBLIC_URL")]
    public_url: Option<String>,
    /// The address of an OpenID Connect provider; it sends people back to /api/v1/single-sign-on/callback.
    #[arg(long, requires_all = ["public_url", "sign_on_client"])]
    sign_on_issuer: Option<String>,
    /// What the provider calls this deployment (client_id).
    #[arg(long)]
    sign_on_client: Option<String>,
    /// What this deployment proves that with (client_secret).
    #[arg(long, env = "FIREBREAK_SIGN_ON_SECRET", hide_env_values = true)]
    sign_on_secret: Option<String>,
    /// What people call the provider.
    #[arg(long, default_value = "统一身份认证")]
    sign_on_name: String,
}

impl Front {
    fn gate(self) -> Result<Gate, ServerError> {
        let (secret, name) = (self.sign_on_secret, self.sign_on_name);
        let single_sign_on = self.sign_on_issuer.zip(self.sign_on_client);
        let single_sign_on = single_sign_on.map(|(issuer, client)| SingleSignOn { issuer, client, secret, name });
        Gate::new(GateSettings { public_url: self.public_url, single_sign_on })
    }
}

/// Where a deployment keeps its data.
#[derive(Args, Clone)]
pub struct Data {
    /// The folder of the deployment.
    #[arg(long, default_value = "firebreak-data")]
    pub data: PathBuf,
    /// The journal's database; SQLite in the folder unless given (postgres://… for PostgreSQL).
    #[arg(long, env = "FIREBREAK_JOURNAL_URL", hide_env_values = true)]
    pub journal_url: Option<String>,
    /// The registry's database; SQLite in the folder unless given.
    #[arg(long, env = "FIREBREAK_REGISTRY_URL", hide_env_values = true)]
    pub registry_url: Option<String>,
}

impl Data {
    /// Where that is.
    pub fn location(&self) -> Location {
        Location {
            folder: self.data.clone(),
            journal_url: self.journal_url.clone(),
            registry_url: self.registry_url.clone(),
        }
    }

    /// Opens what is there, as what it is: real or an exercise. With `create`, makes a real one where none is.
    pub async fn open(&self, create: bool) -> anyhow::Result<Deployment> {
        let location = self.location();
        let exercise = if Deployment::is_at(&location) {
            Deployment::profile_at(&location)?.exercise
        } else if create {
            false
        } else {
            anyhow::bail!("there is no deployment in {}; name one with --data", self.data.display());
        };
        Ok(Deployment::open(location, exercise, server::clock::machine).await?)
    }
}

/// Letters and digits that nobody mistakes for one another.
const CODE_ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// A code to be read off one screen and typed on another.
pub fn spoken_code(deployment: &Deployment, characters: usize) -> String {
    let bytes = deployment.chance.bytes::<32>();
    bytes.iter().take(characters).map(|byte| CODE_ALPHABET[*byte as usize % CODE_ALPHABET.len()] as char).collect()
}

impl Serve {
    /// Opens the deployment and serves it.
    pub async fn run(self) -> anyhow::Result<()> {
        let gate = self.front.gate()?;
        let deployment = Arc::new(self.data.open(true).await?);
        let code = spoken_code(&deployment, 10);
        let fresh = deployment.accounts.is_empty().await?;
        let keep_days = Some(self.keep_days).filter(|&days| days > 0);
        let sealing = Sealing { visits_max: self.seal_visits, minutes_max: self.seal_minutes, keep_days };
        tokio::spawn(server::sealing::run(deployment.clone(), sealing));
        self.feed.start(&deployment)?;
        let app = server::app(deployment, &code).behind(gate);
        server::serve(app, self.address, |address| {
            println!("Firebreak listens on http://{address}");
            if fresh {
                println!("Nobody may sign in yet. Open the address and set it up with this code: {code}");
            }
        })
        .await?;
        Ok(())
    }
}
