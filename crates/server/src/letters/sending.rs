//! Sending what is not acknowledged, over and over, each part in its order.

use std::time::Duration;

use facts::DeploymentKey;
use jiff::ToSpan;
use letters::{Envelope, Head, LettersError};
use serde::Deserialize;

use super::mailbox::{Correspondent, SendError};
use super::taking::Fate;
use crate::deployment::Deployment;
use crate::error::ServerError;

/// How long another deployment may take to answer, in seconds.
const ANSWER_SECONDS: u64 = 60;
/// How long it may take to be reached, in seconds.
const CONNECT_SECONDS: u64 = 5;
/// The wait after the first failure, in seconds; each further one doubles it.
const FIRST_WAIT_SECONDS: i64 = 2;
/// The longest wait, in seconds.
const WAIT_SECONDS_MAX: i64 = 5 * 60;
/// Parts read from the outbox at a time.
const AT_ONCE: u32 = 16;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// The client that sends. It follows no redirection: a letter goes where its address says, or nowhere.
pub fn client() -> Result<reqwest::Client, ServerError> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
        .timeout(Duration::from_secs(ANSWER_SECONDS))
        .user_agent("firebreak")
        .build()
        .map_err(|error| ServerError::Client(error.to_string()))
}

/// What became of one envelope of a file.
pub struct Handed {
    /// Its outside, when it could be read.
    pub head: Option<Head>,
    /// What became of it, or why it is not taken.
    pub fate: Result<Fate, LettersError>,
}

/// A refusal, as the other side words it.
#[derive(Deserialize)]
struct Refused {
    code: String,
    #[serde(default)]
    detail: String,
}

impl Deployment {
    /// Sends what is due to everyone, and says how many parts arrived.
    pub async fn send_letters(&self) -> Result<usize, ServerError> {
        let _one = self.letters.sending.lock().await;
        let now = self.now();
        let mut arrived = 0;
        for correspondent in self.letters.mailbox.correspondents().await?.into_values() {
            let due = correspondent.next_try.is_none_or(|next| next <= now);
            let waits = correspondent.acknowledged < correspondent.written;
            if due && waits && self.trusted(correspondent.deployment).is_ok() {
                arrived += self.send_to(correspondent).await?;
            }
        }
        Ok(arrived)
    }

    async fn send_to(&self, correspondent: Correspondent) -> Result<usize, ServerError> {
        let Some(address) = &correspondent.address else { return Ok(0) };
        let (deployment, mailbox) = (correspondent.deployment, &self.letters.mailbox);
        let (mut after, mut arrived) = (correspondent.acknowledged, 0);
        loop {
            let parts = mailbox.to_send(deployment, after, AT_ONCE).await?;
            if parts.is_empty() {
                return Ok(arrived);
            }
            for (number, text) in parts {
                match self.send_one(deployment, address, text).await {
                    Ok(taken) => {
                        mailbox.tried(deployment, number, Ok(self.now())).await?;
                        mailbox.acknowledged(deployment, taken, true).await?;
                        // What they lost is sent again from there; what they keep out of turn is not.
                        if taken < after {
                            return Ok(arrived);
                        }
                        after = number;
                        arrived += 1;
                    }
                    Err((code, detail)) => {
                        let failures = correspondent.failures.min(16);
                        let seconds = (FIRST_WAIT_SECONDS << failures).min(WAIT_SECONDS_MAX);
                        let at = self.now();
                        let next_try = at.checked_add(seconds.seconds()).unwrap_or(at);
                        tracing::warn!(deployment = %deployment, number, code, "a part of a letter did not arrive");
                        mailbox.tried(deployment, number, Err((SendError { code, detail, at }, next_try))).await?;
                        return Ok(arrived);
                    }
                }
            }
        }
    }

    /// Sends one part; up to where the other side has taken our parts, or a code and what to do.
    async fn send_one(&self, deployment: DeploymentKey, address: &str, text: String) -> Result<u64, (String, String)> {
        let unreachable = |error: reqwest::Error| {
            let detail = "the other deployment does not answer; it is tried again, and the clocks run on";
            tracing::debug!(error = %error.without_url(), "sending failed");
            ("letter-unreachable".to_owned(), detail.to_owned())
        };
        let url = format!("{}/api/v1/letters/inbox", address.trim_end_matches('/'));
        let request = self.letters.client.post(url).header("x-firebreak", "1");
        let request = request.header("content-type", "text/plain; charset=utf-8").body(text);
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(unreachable)? {
            answer.extend_from_slice(&piece);
            if answer.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        if !status.is_success() {
            return Err(match serde_json::from_slice::<Refused>(&answer) {
                Ok(Refused { code, detail }) => (code, detail.chars().take(500).collect()),
                Err(_) => {
                    let detail = format!("the address answered {status} and is no deployment; look at the address");
                    ("letter-no-deployment".to_owned(), detail)
                }
            });
        }
        let acknowledged = |text: &str| -> Result<u64, LettersError> {
            let envelope = Envelope::read(text)?;
            if envelope.head.from != deployment {
                return Err(LettersError::Forged(deployment));
            }
            let own = self.letters.own().fingerprint();
            envelope.verify(&self.trusted(deployment)?, own, self.profile().exercise)?;
            Ok(envelope.head.taken)
        };
        acknowledged(&String::from_utf8_lossy(&answer)).map_err(|error| (error.code().to_owned(), error.to_string()))
    }

    /// Our acknowledgement of another deployment's parts, as of now.
    pub async fn acknowledgement(&self, deployment: DeploymentKey) -> Result<String, ServerError> {
        let correspondent = self.correspondent(deployment).await?;
        let head = Head {
            from: self.letters.own().fingerprint(),
            to: deployment,
            number: 0,
            taken: correspondent.taken,
            written: self.now(),
            exercise: self.profile().exercise,
        };
        Ok(Envelope::acknowledge(head, &self.letters.keys).to_text())
    }

    /// Everything that another deployment has not acknowledged, and our acknowledgement: a file to carry.
    pub async fn mail_for(&self, deployment: DeploymentKey) -> Result<String, ServerError> {
        self.trusted(deployment)?;
        let correspondent = self.correspondent(deployment).await?;
        let (mut file, mut after) = (String::new(), correspondent.acknowledged);
        'parts: loop {
            let parts = self.letters.mailbox.to_send(deployment, after, AT_ONCE).await?;
            if parts.is_empty() {
                break;
            }
            for (number, text) in parts {
                // The rest goes with the next file, once this one is acknowledged.
                if !file.is_empty() && file.len() + text.len() > letters::FILE_BYTES_MAX / 2 {
                    break 'parts;
                }
                file.push_str(&text);
                after = number;
            }
        }
        file.push_str(&self.acknowledgement(deployment).await?);
        Ok(file)
    }

    /// Takes in a file that was carried: what became of each envelope, in order.
    pub async fn take_file(&self, file: &str) -> Result<Vec<Handed>, ServerError> {
        // Whoever carries a file may have changed how its lines end.
        let file = file.replace("\r\n", "\n");
        let mut fates = Vec::new();
        for text in Envelope::split(&file)? {
            let envelope = match Envelope::read(text) {
                Ok(envelope) => envelope,
                Err(refused) => {
                    fates.push(Handed { head: None, fate: Err(refused) });
                    continue;
                }
            };
            let fate = match self.take_letter(&envelope).await {
                Ok(fate) => Ok(fate),
                Err(ServerError::Letters(refused)) => Err(refused),
                Err(failed) => return Err(failed),
            };
            fates.push(Handed { head: Some(envelope.head), fate });
        }
        Ok(fates)
    }
}
