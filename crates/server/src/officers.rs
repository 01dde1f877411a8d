//! Officers by their accounts: who is who, and who may be called upon where.

use std::collections::BTreeMap;

use facts::{ActorId, Jurisdiction};

use crate::accounts::{Account, Action};
use crate::deployment::Deployment;
use crate::refusal::Refusal;
use crate::views::NO_NAME;
use crate::views::board::OfficerView;

/// Every officer of a deployment as of now.
pub struct Officers {
    accounts: BTreeMap<ActorId, Account>,
    working: BTreeMap<ActorId, Account>,
}

impl Officers {
    /// Those of a deployment.
    pub async fn of(deployment: &Deployment) -> Result<Self, Refusal> {
        let by_actor = |accounts: Vec<Account>| accounts.into_iter().map(|account| (account.actor, account)).collect();
        Ok(Self {
            accounts: by_actor(deployment.accounts.all().await?),
            working: by_actor(deployment.accounts.working().await?),
        })
    }

    /// An officer as screens show them.
    pub fn view(&self, officer: ActorId) -> OfficerView {
        let name = self.accounts.get(&officer).map_or(NO_NAME, |account| account.name.as_str());
        OfficerView { officer, name: Some(name.to_owned()) }
    }

    /// Whether an officer can hold a post of a headquarters: their account works, holds posts, and belongs there,
    /// above or below. Who was moved elsewhere stands there no more, whatever a roster says.
    pub fn serves(&self, officer: ActorId, headquarters: Jurisdiction) -> bool {
        self.working.get(&officer).is_some_and(|account| belongs(account, headquarters))
    }

    /// The officer of that name who can hold a post of a headquarters.
    pub fn named(&self, field: &'static str, name: &str, headquarters: Jurisdiction) -> Result<ActorId, Refusal> {
        let account = self.working.values().find(|account| account.name == name);
        let fits = account.filter(|account| belongs(account, headquarters));
        fits.map(|account| account.actor)
            .ok_or_else(|| Refusal::invalid(field, "is no account that can hold a post of this headquarters"))
    }

    /// Whether an officer works at or below a jurisdiction, so that those who keep its posts may act for them.
    pub fn works_within(&self, officer: ActorId, jurisdiction: Jurisdiction) -> bool {
        self.working.get(&officer).is_some_and(|account| jurisdiction.contains(account.jurisdiction))
    }

    /// Those who can hold a post of a headquarters, by name.
    pub fn available(&self, headquarters: Jurisdiction) -> Vec<&Account> {
        let mut available: Vec<&Account> =
            self.working.values().filter(|account| belongs(account, headquarters)).collect();
        available.sort_by(|one, other| one.name.cmp(&other.name));
        available
    }
}

fn belongs(account: &Account, headquarters: Jurisdiction) -> bool {
    let there = account.jurisdiction.contains(headquarters) || headquarters.contains(account.jurisdiction);
    there && account.role.may(Action::HoldPost)
}
