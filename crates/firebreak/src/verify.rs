//! `firebreak verify`: the journal proved intact, offline; the situation rebuilt and compared.

use anyhow::bail;
use clap::Args;
use sha2::{Digest, Sha256};
use situation::Situation;

use crate::serve::Data;

/// Prove a deployment intact.
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    data: Data,
}

impl Verify {
    /// Verifies and says what it found.
    pub async fn run(self) -> anyhow::Result<()> {
        let deployment = self.data.open(false).await?;
        let found = deployment.journal.verify().await?;
        for problem in &found.problems {
            println!("{problem}");
        }
        if !found.problems.is_empty() {
            bail!("{} problems; this journal is not what was recorded", found.problems.len());
        }
        let head = deployment.journal.head().await?;
        println!("journal: {} facts, root {}", head.size, head.root);
        let step_by_step = deployment.derive_step_by_step().await?;
        let (kept, rebuilt) = (digest(&step_by_step), digest(&deployment.situation()));
        if kept != rebuilt {
            bail!("the situation kept up to date ({kept}) is not the one derived from scratch ({rebuilt})");
        }
        println!("situation: {} cases, digest {rebuilt}", step_by_step.derived().cases.len());
        Ok(())
    }
}

/// One number for all conclusions.
pub fn digest(situation: &Situation) -> String {
    let digest = Sha256::digest(situation.derived().conclusions());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
