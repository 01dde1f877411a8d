//! Recording what a look at the command allows, with nobody recording in between: two who roster the same
//! officer at the same moment do not both succeed.

use command::routine::Routine;
use facts::Draft;

use super::{Deployment, RecordedNow};
use crate::error::ServerError;

impl Deployment {
    /// Looks at the routine while nobody else can write, and records what that look allows.
    pub async fn record_if<E>(
        &self,
        look: impl FnOnce(&Routine) -> Result<Vec<Draft>, E>,
    ) -> Result<Result<RecordedNow, E>, ServerError> {
        let _turn = self.writing.lock().await;
        // What others recorded in the same journal counts as well.
        self.catch_up().await?;
        let allowed = look(&self.commanding().command.routine);
        match allowed {
            Ok(drafts) => Ok(Ok(self.append_in_turn(drafts, self.now()).await?)),
            Err(refused) => Ok(Err(refused)),
        }
    }
}
