//! Who looked at whom, and why, for whoever watches over it; and looks that are too many to be work.

use std::collections::{BTreeMap, BTreeSet};

use access::{Look, bursts};
use axum::Json;
use axum::extract::{Query, State};
use facts::{ActorId, Jurisdiction, PersonId, Purpose, Scope, Timestamp};
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::{Account, Action, Role};
use crate::refusal::{Problem, Refusal};
use crate::session::{App, SignedIn};
use crate::views::{Masked, NO_NAME, with_names};

/// Rows of a list, unless asked otherwise, and at most.
const ROWS: usize = 100;
const ROWS_MAX: usize = 1_000;
/// How far back a list goes unless asked otherwise, in hours.
const HOURS: i64 = 24;
/// How far back bursts go unless asked otherwise, in hours: a week.
const BURSTS_HOURS: i64 = 7 * 24;
/// The longest stretch that may be asked for, in hours: a month.
const HOURS_MAX: i64 = 31 * 24;

/// So many different people within so many seconds are a burst.
const BURST_PEOPLE: usize = 200;
const BURST_SECONDS: i64 = 60;
/// Looks that show masked names only: at who was in a place, at whom someone met.
const MASKED: [&str; 2] = ["present-in-unit", "meetings"];

/// The stretch of time that is asked for.
fn stretch(
    app: &App,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    hours: i64,
) -> Result<(Timestamp, Timestamp), Refusal> {
    // What happens in this very second is asked for too.
    let now = app.deployment.now();
    let to = to.unwrap_or_else(|| now.checked_add(1.second()).unwrap_or(now));
    let from = from.unwrap_or_else(|| to.checked_sub(hours.hours()).unwrap_or(Timestamp::MIN));
    if to <= from || to.duration_since(from) > SignedDuration::from_hours(HOURS_MAX) + SignedDuration::from_secs(1) {
        return Err(Refusal::invalid("from", "has to lie before `to`, by 31 days at most"));
    }
    Ok((from, to))
}

/// Every account by its actor, and who of them works in the scope.
async fn officers(app: &App, scope: &Scope) -> Result<(BTreeMap<ActorId, Account>, BTreeSet<ActorId>), Refusal> {
    let accounts = app.deployment.accounts.all().await?;
    let theirs = accounts.iter().filter(|account| scope.covers(account.jurisdiction)).map(|account| account.actor);
    let theirs = theirs.collect();
    Ok((accounts.into_iter().map(|account| (account.actor, account)).collect(), theirs))
}

/// Which looks.
#[derive(Deserialize, IntoParams)]
pub struct ReadsWanted {
    /// At whom.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    person: Option<PersonId>,
    /// By whom.
    #[serde(default)]
    account: Option<String>,
    /// What for.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    purpose: Option<Purpose>,
    /// Since when; the last day unless given.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Until before when.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    offset: usize,
}

/// A look at someone.
#[derive(Serialize, ToSchema)]
pub struct Read {
    #[schema(value_type = String)]
    at: Timestamp,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    person: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    masked_name: Option<String>,
    #[schema(value_type = String)]
    purpose: Purpose,
    /// At what: fields of an identity, or how they were found.
    columns: Vec<String>,
    /// The glass that was broken meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    glass: Option<String>,
}

/// Looks, newest first.
#[derive(Serialize, ToSchema)]
pub struct Reads {
    total: usize,
    rows: Vec<Read>,
}

impl Masked for Reads {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for row in &mut self.rows {
            if let (Some(person), Some(name)) = (row.person, &mut row.masked_name) {
                put(person, name);
            }
        }
    }
}

/// Who looked at whom: looks by officers of one's jurisdiction, and at people who lived there.
#[utoipa::path(get, path = "/reads", params(ReadsWanted), responses((status = 200, body = Reads),
    (status = 422, body = Problem)))]
pub async fn reads(
    State(app): State<App>,
    asking: SignedIn,
    Query(wanted): Query<ReadsWanted>,
) -> Result<Json<Reads>, Refusal> {
    let scope = asking.may(Action::SeeReads)?;
    let deployment = &app.deployment;
    let (from, to) = stretch(&app, wanted.from, wanted.to, HOURS)?;
    let (accounts, theirs) = officers(&app, &scope).await?;
    let ids: Option<BTreeSet<PersonId>> =
        wanted.person.map(|person| deployment.situation().world().aliases.all(person).into_iter().collect());
    let mut looks = deployment.registry.looks(&scope, &theirs, from, to).await?;
    looks.retain(|look| {
        let name = accounts.get(&look.actor).map(|account| account.name.as_str());
        ids.as_ref().is_none_or(|ids| look.person.is_some_and(|person| ids.contains(&person)))
            && wanted.account.as_deref().is_none_or(|wanted| name == Some(wanted))
            && wanted.purpose.is_none_or(|purpose| look.purpose == purpose)
    });
    let glasses = deployment.accounts.glasses().await?;
    let total = looks.len();
    let limit = wanted.limit.unwrap_or(ROWS).min(ROWS_MAX);
    let rows = looks.into_iter().rev().skip(wanted.offset).take(limit).map(|look| {
        let account = accounts.get(&look.actor);
        let meanwhile =
            |glass: &&crate::accounts::Glass| glass.account.actor == look.actor && glass.times.is_open(look.looked);
        Read {
            at: look.looked,
            account: account.map_or_else(|| NO_NAME.to_owned(), |account| account.name.clone()),
            role: account.map(|account| account.role),
            person: look.person,
            masked_name: look.person.map(|_| String::new()),
            purpose: look.purpose,
            columns: look.columns.split_whitespace().map(str::to_owned).collect(),
            glass: glasses.iter().find(meanwhile).map(|glass| glass.id.clone()),
        }
    });
    let reads = Reads { total, rows: rows.collect() };
    Ok(Json(with_names(reads, deployment).await?))
}

/// Since when.
#[derive(Deserialize, IntoParams)]
pub struct BurstsWanted {
    /// Since when; the last week unless given.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Until before when.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

/// What counts as a burst.
#[derive(Serialize, ToSchema)]
pub struct BurstRule {
    /// So many different people,
    people: usize,
    /// within so many seconds.
    seconds: i64,
}

/// Many people looked at within a short time.
#[derive(Serialize, ToSchema)]
pub struct BurstRow {
    account: String,
    role: Role,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    #[schema(value_type = String)]
    from: Timestamp,
    #[schema(value_type = String)]
    to: Timestamp,
    people: usize,
    looks: usize,
    #[schema(value_type = Vec<String>)]
    purposes: Vec<Purpose>,
}

/// Bursts, newest first.
#[derive(Serialize, ToSchema)]
pub struct Bursts {
    rule: BurstRule,
    rows: Vec<BurstRow>,
}

/// Looks by officers of one's jurisdiction that are too many to be work. Records that are brought in by a file are
/// compared with the registry one by one, and are no looks of a person's.
#[utoipa::path(get, path = "/reads/bursts", params(BurstsWanted), responses((status = 200, body = Bursts),
    (status = 422, body = Problem)))]
pub async fn bursts_of_looks(
    State(app): State<App>,
    asking: SignedIn,
    Query(wanted): Query<BurstsWanted>,
) -> Result<Json<Bursts>, Refusal> {
    let scope = asking.may(Action::SeeReads)?;
    let (from, to) = stretch(&app, wanted.from, wanted.to, BURSTS_HOURS)?;
    let (accounts, theirs) = officers(&app, &scope).await?;
    let looks = app.deployment.registry.looks(&scope, &theirs, from, to).await?;
    let mut by_officer: BTreeMap<ActorId, Vec<(Look, Purpose)>> = BTreeMap::new();
    for look in looks {
        let Some(person) = look.person.filter(|_| theirs.contains(&look.actor)) else { continue };
        if look.purpose != Purpose::Import && !MASKED.contains(&look.columns.as_str()) {
            by_officer.entry(look.actor).or_default().push((Look { at: look.looked, person }, look.purpose));
        }
    }
    let mut rows = Vec::new();
    for (actor, looks) in by_officer {
        let Some(account) = accounts.get(&actor) else { continue };
        let only: Vec<Look> = looks.iter().map(|(look, _)| *look).collect();
        for burst in bursts(&only, BURST_PEOPLE, SignedDuration::from_secs(BURST_SECONDS)) {
            let of = looks.iter().filter(|(look, _)| burst.from <= look.at && look.at <= burst.to);
            let mut purposes: Vec<Purpose> = Vec::new();
            for (_, purpose) in of {
                if !purposes.contains(purpose) {
                    purposes.push(*purpose);
                }
            }
            rows.push(BurstRow {
                account: account.name.clone(),
                role: account.role,
                jurisdiction: account.jurisdiction,
                from: burst.from,
                to: burst.to,
                people: burst.people,
                looks: burst.looks,
                purposes,
            });
        }
    }
    rows.sort_by(|one, other| other.from.cmp(&one.from).then_with(|| one.account.cmp(&other.account)));
    Ok(Json(Bursts { rule: BurstRule { people: BURST_PEOPLE, seconds: BURST_SECONDS }, rows }))
}
