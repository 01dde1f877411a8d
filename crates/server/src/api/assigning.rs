//! Giving duties to officers, one or ten thousand at once.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Query, State};
use duties::Search;
use facts::{ActorId, Body, CaseId, Disease, Draft, DutyId, Jurisdiction, PersonId, Purpose, Scope};
use serde::{Deserialize, Serialize};
use situation::Situation;
use utoipa::ToSchema;

use super::accounts::AccountView;
use super::cases::{check, visible};
use super::recording::draft;
use super::situation::Within;
use crate::accounts::{Account, Action};
use crate::deployment::request_fact;
use crate::error::ServerError;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::contacts::{ContactFilter, Order, Wanted, listed};
use crate::views::sees_person;

/// The most duties that one request gives away.
pub(super) const AT_ONCE_MAX: usize = 10_000;

/// The officer that a filter names: `me`, `none` for nobody, or the name of an account.
pub async fn officer_wanted(
    app: &App,
    asking: &SignedIn,
    wanted: Option<&str>,
) -> Result<Option<Option<ActorId>>, Refusal> {
    Ok(match wanted {
        None => None,
        Some("me") => Some(Some(asking.account.actor)),
        Some("none") => Some(None),
        Some(name) => {
            let accounts = app.deployment.accounts.all().await?;
            let account = accounts.into_iter().find(|account| account.name == name);
            Some(Some(account.ok_or_else(|| Refusal::invalid("assigned", "expected me, none or an account"))?.actor))
        }
    })
}

/// Whether an account can be given the duties of a jurisdiction: it works above it, in it or below it.
pub(super) fn works_in(account: &Account, territory: Jurisdiction) -> bool {
    account.jurisdiction.contains(territory) || territory.contains(account.jurisdiction)
}

/// Whether an account can be given any duty by whoever asks.
pub(super) fn is_assignable(account: &Account, scope: &Scope) -> bool {
    account.role.may(Action::FulfilDuty) && scope.covers(account.jurisdiction)
}

/// To whom the duties of a jurisdiction can be given.
#[utoipa::path(get, path = "/accounts/assignable", params(Within), responses((status = 200, body = Vec<AccountView>)))]
pub async fn assignable(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<Vec<AccountView>>, Refusal> {
    let scope = asking.may(Action::AssignDuty)?;
    let territory = within.of(&scope)?;
    let accounts = app.deployment.accounts.working().await?;
    let those = accounts.into_iter().filter(|account| is_assignable(account, &scope) && works_in(account, territory));
    Ok(Json(those.map(AccountView::from).collect()))
}

/// Which duties, and to whom.
#[derive(Deserialize, ToSchema)]
pub struct Assignment {
    /// The duties, at most 10,000.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    ids: Option<Vec<DutyId>>,
    /// Or the open duties about the contacts of a case that fit a filter.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    case: Option<CaseId>,
    /// Which contacts; all unless given.
    #[serde(default)]
    filter: ContactFilter,
    /// The name of an account, or null to take them back from whoever has them.
    #[serde(deserialize_with = "Option::deserialize")]
    to: Option<String>,
    /// Only say what would follow.
    #[serde(default)]
    preview: bool,
    key: String,
}

/// What became of an assignment.
#[derive(Default, Serialize, ToSchema)]
pub struct Assigned {
    /// How many duties were meant.
    matched: usize,
    /// How many were given.
    assigned: usize,
    /// How many were theirs already.
    unchanged: usize,
    /// Those that could not be given, and why.
    refused: Vec<NotAssigned>,
    /// Whether this is only what would follow.
    preview: bool,
}

/// A duty that was not given.
#[derive(Serialize, ToSchema)]
pub struct NotAssigned {
    #[schema(value_type = String)]
    duty: DutyId,
    /// `not-found`, `not-owner`, `closed` or `elsewhere`; the screens have a sentence for each.
    code: &'static str,
}

/// Give duties to an officer, or take them back.
///
/// The same request again answers the same and records nothing twice.
#[utoipa::path(post, path = "/duties/assign", responses((status = 200, body = Assigned)))]
pub async fn assign(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Assignment>,
) -> Result<Json<Assigned>, Refusal> {
    let scope = asking.may(Action::AssignDuty)?;
    let officer = match given.to.as_deref() {
        None => None,
        Some(name) => {
            let accounts = app.deployment.accounts.working().await?;
            let account = accounts.into_iter().find(|account| account.name == name && is_assignable(account, &scope));
            Some(account.ok_or_else(|| Refusal::invalid("to", "is no account that can be given duties here"))?)
        }
    };
    let assigned_wanted = officer_wanted(&app, &asking, given.filter.assigned.as_deref()).await?;
    let mut done = Assigned { preview: given.preview, ..Assigned::default() };
    let mut drafts = Vec::new();
    {
        let situation = app.deployment.situation();
        let meant = match (&given.ids, given.case) {
            (Some(ids), None) => ids.iter().copied().collect(),
            (None, Some(case)) => open_duties(&app, &situation, &scope, case, &given.filter, assigned_wanted)?,
            _ => return Err(Refusal::invalid("ids", "name duties, or a case")),
        };
        if meant.len() > AT_ONCE_MAX {
            let detail = format!("{} duties are more than the {AT_ONCE_MAX} that one request gives", meant.len());
            return Err(Refusal::invalid("ids", detail));
        }
        done.matched = meant.len();
        // One fact gives both, when someone has two duties because of one disease.
        let mut drafted: BTreeSet<(PersonId, &Disease)> = BTreeSet::new();
        for id in meant {
            let duty = match assignable_duty(&app, &situation, &scope, officer.as_ref(), id) {
                Ok(duty) => duty,
                Err(code) => {
                    done.refused.push(NotAssigned { duty: id, code });
                    continue;
                }
            };
            let draft = assignment(&app, &asking, &given.key, duty, officer.as_ref());
            let made = request_fact(&draft.source).and_then(|made| situation.world().ledger.get(made));
            if made.is_some_and(|made| made.body() != &draft.body) {
                return Err(ServerError::KeyUsed.into());
            }
            if made.is_some() {
                done.assigned += 1;
            } else if duty.owner.individual == officer.as_ref().map(|officer| officer.actor) {
                done.unchanged += 1;
            } else {
                done.assigned += 1;
                if drafted.insert((duty.about.person, &duty.about.disease)) {
                    drafts.push(draft);
                }
            }
        }
    }
    if !given.preview && !drafts.is_empty() {
        app.deployment.record(drafts).await?;
    }
    Ok(Json(done))
}

/// The fact that gives a duty to someone; its key is that of the request and of whom it is about.
fn assignment(app: &App, asking: &SignedIn, key: &str, duty: &Search, officer: Option<&Account>) -> Draft {
    let to = officer.map(|officer| officer.actor);
    let body = Body::Assigned { person: duty.about.person, disease: duty.about.disease.clone(), to };
    let key = format!("{key} {} {}", duty.about.person, duty.about.disease.0);
    draft(app, asking, Some(&key), Purpose::Locating, body)
}

/// A duty that can be given to someone, or why it cannot.
fn assignable_duty<'a>(
    app: &App,
    situation: &'a Situation,
    scope: &Scope,
    officer: Option<&Account>,
    id: DutyId,
) -> Result<&'a Search, &'static str> {
    let derived = situation.derived();
    let known = derived.duty_about(id).and_then(|person| derived.people.get(&person)).ok_or("not-found")?;
    let duty = known.duties.iter().find(|duty| duty.id == id).ok_or("not-found")?;
    if !scope.covers(duty.owner.territory) {
        return Err(if sees_person(situation, scope, duty.about.person) { "not-owner" } else { "not-found" });
    }
    if !duty.is_open(app.deployment.now()) {
        return Err("closed");
    }
    if officer.is_some_and(|officer| !works_in(officer, duty.owner.territory)) {
        return Err("elsewhere");
    }
    Ok(duty)
}

/// The open duties about the contacts of a case that fit.
fn open_duties(
    app: &App,
    situation: &Situation,
    scope: &Scope,
    case: CaseId,
    filter: &ContactFilter,
    assigned: Option<Option<ActorId>>,
) -> Result<BTreeSet<DutyId>, Refusal> {
    check(filter)?;
    let case = visible(situation, scope, case)?;
    let at = app.deployment.now();
    let fitting = Wanted { filter, assigned, at }.of(situation, listed(situation, &case), Order::Rank);
    let duties = fitting.iter().filter_map(|listed| listed.duty);
    Ok(duties.filter(|duty| duty.is_open(at)).map(|duty| duty.id).collect())
}
