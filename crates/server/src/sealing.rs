//! The background of the live day: the intake log sealed into batches, and old visits deleted.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::deployment::Deployment;
use crate::error::ServerError;

/// How often it is looked whether something is due, in seconds.
const LOOK_SECONDS: u64 = 5;
/// How often it is looked whether visits are to be deleted, in looks: once an hour.
const LOOKS_BETWEEN_DELETIONS: u64 = 720;

/// When visits are sealed and deleted.
#[derive(Debug, Clone, Copy)]
pub struct Sealing {
    /// So many visits of the intake log are sealed at once; a batch holds about as many.
    pub visits_max: u64,
    /// What waits longer is sealed, in minutes.
    pub minutes_max: u32,
    /// For how many days visits are kept; for ever when absent.
    pub keep_days: Option<u32>,
}

impl Default for Sealing {
    fn default() -> Self {
        Self { visits_max: 1_000_000, minutes_max: 10, keep_days: None }
    }
}

/// Seals and deletes what is due until the process ends. What fails is tried again at the next look.
pub async fn run(deployment: Arc<Deployment>, sealing: Sealing) {
    let mut looks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for look in 0u64.. {
        looks.tick().await;
        if let Err(error) = seal_what_is_due(&deployment, &sealing).await {
            tracing::error!(%error, "visits could not be sealed");
        }
        if let Err(error) = deployment.save_index().await {
            tracing::error!(%error, "the visit index could not be kept");
        }
        if let Some(days) = sealing.keep_days.filter(|_| look.is_multiple_of(LOOKS_BETWEEN_DELETIONS)) {
            match deployment.delete_older_than(days).await {
                Ok(0) => {}
                Ok(batches) => tracing::info!(batches, days, "visits were deleted"),
                Err(error) => tracing::error!(%error, "old visits could not be deleted"),
            }
        }
    }
}

/// Seals the intake log when it holds enough, or something that has waited long enough; how many visits.
pub async fn seal_what_is_due(deployment: &Deployment, sealing: &Sealing) -> Result<u64, ServerError> {
    let mut sealed = 0;
    loop {
        let (visits, oldest) = deployment.waiting_to_be_sealed().await?;
        let Some(oldest) = oldest else { return Ok(sealed) };
        let waited = deployment.now().duration_since(oldest);
        if visits < sealing.visits_max && waited < SignedDuration::from_mins(i64::from(sealing.minutes_max)) {
            return Ok(sealed);
        }
        match deployment.seal(sealing.visits_max).await? {
            // Another server was faster, or a source corrected something: look again later.
            0 => return Ok(sealed),
            visits => sealed += visits,
        }
    }
}
