//! `firebreak retention`: visits that were kept for as long as they may be are deleted, with receipts.

use clap::Args;

use crate::serve::Data;

/// For how many days visits are kept unless something else is said.
pub const DAYS: u32 = 30;

/// Delete old visits.
#[derive(Args)]
pub struct Retention {
    #[command(flatten)]
    data: Data,
    /// For how many days visits are kept, since they ended or since they were recorded where that was later.
    #[arg(long, default_value_t = DAYS)]
    days: u32,
}

impl Retention {
    /// Deletes, and says how much.
    pub async fn run(self) -> anyhow::Result<()> {
        let deployment = self.data.open(false).await?;
        let batches = deployment.delete_older_than(self.days).await?;
        println!("{batches} batches of visits were deleted; each left its receipt in the journal");
        Ok(())
    }
}
