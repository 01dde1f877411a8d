//! Tracing beyond what is concluded: many cases at once, another plan or window, and screening flags. Read only.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use facts::{CaseId, Disease, Jurisdiction, PersonId, Purpose, Scope, Timestamp};
use plan::Plan;
use serde::Deserialize;
use situation::Situation;
use utoipa::{IntoParams, ToSchema};

use super::cases::{CONTACT_CLASSES, ROWS_MAX, visible};
use super::people::officers;
use crate::accounts::Action;
use crate::deployment::{Deployment, off_the_reactor};
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::case::home_of;
use crate::views::hypothetical::{self, Difference, HypotheticalContacts};
use crate::views::screening::ScreeningFlags;
use crate::views::wave::{self, Wave, Within};
use crate::views::with_names;

/// The most cases of one wave.
const CASES_MAX: usize = 10_000;
/// The longest window of one's own choosing, in seconds.
const WINDOW_SECONDS_MAX: i64 = 31 * 86_400;

/// What for, and which page.
#[derive(Deserialize, IntoParams)]
pub struct Why {
    /// What it is looked at for; it is recorded.
    #[param(value_type = String)]
    purpose: Purpose,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

impl Why {
    fn page(&self) -> (usize, usize) {
        (self.offset, self.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX))
    }
}

async fn recorded(
    deployment: &Deployment,
    scope: &Scope,
    purpose: Purpose,
    shown: BTreeSet<PersonId>,
    what: &str,
) -> Result<(), Refusal> {
    let looks: Vec<(PersonId, Jurisdiction)> = {
        let situation = deployment.situation();
        shown.into_iter().map(|person| (person, home_of(&situation, person))).collect()
    };
    deployment.registry.record_looks(scope, purpose, &looks, what, deployment.now()).await?;
    Ok(())
}

async fn flags_of(
    app: &App,
    asking: &SignedIn,
    id: CaseId,
    purpose: Purpose,
    (offset, limit): (usize, usize),
) -> Result<ScreeningFlags, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let purpose = officers(purpose)?;
    let view = off_the_reactor(|| {
        let situation = app.deployment.situation();
        let case = visible(&situation, &scope, id)?;
        let plan = situation.plan(&case.disease).ok_or(Refusal::NotFound)?;
        Ok::<_, Refusal>(ScreeningFlags::of(&situation, plan, &case, offset, limit))
    })?;
    let shown = view.rows.iter().map(|row| row.person).collect();
    recorded(&app.deployment, &scope, purpose, shown, "screening-flags").await?;
    with_names(view, &app.deployment).await
}

/// Who shared a space too wide to meet in with a case (时空伴随). None of them is a contact for it: a flag has no
/// class, no ring, no score, no duty and no colour. Each look is recorded.
#[utoipa::path(get, path = "/cases/{id}/screening-flags", params(("id" = String, Path), Why),
    responses((status = 200, body = ScreeningFlags)))]
pub async fn screening_flags(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(why): Query<Why>,
) -> Result<Json<ScreeningFlags>, Refusal> {
    Ok(Json(flags_of(&app, &asking, id, why.purpose, why.page()).await?))
}

/// The same people as a file, all of them.
#[utoipa::path(get, path = "/cases/{id}/screening-flags.csv", params(("id" = String, Path), Why),
    responses((status = 200, content_type = "text/csv")))]
pub async fn screening_flags_csv(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(why): Query<Why>,
) -> Result<Response, Refusal> {
    Ok(flags_of(&app, &asking, id, why.purpose, (0, usize::MAX)).await?.table().download("screening-flags"))
}

/// By which plan, and in which window.
#[derive(Default, Deserialize, IntoParams, ToSchema)]
pub struct Otherwise {
    /// A plan at hand for the same disease; the one in force unless given.
    plan: Option<String>,
    /// Not before this; the plan's own for the case unless given.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Not from this on; the plan's own for the case unless given.
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    to: Option<Timestamp>,
}

impl Otherwise {
    fn is_given(&self) -> bool {
        self.plan.is_some() || self.from.is_some() || self.to.is_some()
    }

    fn within(&self) -> Result<Within, Refusal> {
        let (from, until) = (self.from.map(|at| at.as_second()), self.to.map(|at| at.as_second()));
        if let (Some(from), Some(until)) = (from, until) {
            if from >= until {
                return Err(Refusal::invalid("to", "expected a time after `from`"));
            }
            if until - from > WINDOW_SECONDS_MAX {
                return Err(Refusal::invalid("to", "expected at most 31 days"));
            }
        }
        Ok(Within { from, until })
    }

    fn plan(&self, situation: &Situation, disease: &Disease) -> Result<Arc<Plan>, Refusal> {
        let Some(id) = &self.plan else {
            let in_force = situation.plan(disease).cloned();
            return in_force.ok_or_else(|| Refusal::invalid("plan", "no plan is in force for this disease"));
        };
        let known = situation.settings().plans.get(id).map(|(_, plan)| plan);
        let fits = known.filter(|plan| &plan.disease == disease).cloned();
        fits.ok_or_else(|| Refusal::invalid("plan", "expected a plan at hand for the disease of the case"))
    }
}

/// Which people.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    /// 1 or 2.
    ring: Option<u8>,
    /// `close`, `secondary` or `general`.
    class: Option<String>,
    /// `gained`, `lost`, `changed` or `same`; all unless given.
    #[param(value_type = Option<String>)]
    change: Option<Difference>,
}

fn check(ring: Option<u8>, class: Option<&str>) -> Result<(), Refusal> {
    if ring.is_some_and(|ring| !(1..=2).contains(&ring)) {
        return Err(Refusal::invalid("ring", "expected 1 or 2"));
    }
    match class {
        Some(class) if !CONTACT_CLASSES.contains(&class) => {
            Err(Refusal::invalid("class", format!("expected one of {}", CONTACT_CLASSES.join(", "))))
        }
        _ => Ok(()),
    }
}

/// What another plan, or another window, would have made of the contacts of a case. Nothing follows from it, and
/// each look is recorded.
#[utoipa::path(get, path = "/cases/{id}/contacts/hypothetical",
    params(("id" = String, Path), Otherwise, Which, Why), responses((status = 200, body = HypotheticalContacts)))]
pub async fn hypothetical_contacts(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<CaseId>,
    Query(otherwise): Query<Otherwise>,
    Query(which): Query<Which>,
    Query(why): Query<Why>,
) -> Result<Json<HypotheticalContacts>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let purpose = officers(why.purpose)?;
    check(which.ring, which.class.as_deref())?;
    let within = otherwise.within()?;
    let view = off_the_reactor(|| {
        let situation = app.deployment.situation();
        let case = visible(&situation, &scope, id)?;
        if !otherwise.is_given() {
            return Err(Refusal::invalid("plan", "expected a plan, a window, or both"));
        }
        let plan = otherwise.plan(&situation, &case.disease)?;
        let found = situation.hypothesis(id, &plan, within.from, within.until);
        let wanted = hypothetical::Wanted { ring: which.ring, class: which.class.as_deref(), change: which.change };
        Ok(HypotheticalContacts::of(&situation, &case, &plan, &found, wanted, why.page()))
    })?;
    recorded(&app.deployment, &scope, purpose, view.people(), "hypothetical-contacts").await?;
    Ok(Json(with_names(view, &app.deployment).await?))
}

/// Which cases, and what of their contacts.
#[derive(Deserialize, ToSchema)]
pub struct WaveAsked {
    /// These cases, of one disease.
    #[schema(value_type = Option<Vec<String>>)]
    cases: Option<Vec<CaseId>>,
    /// Or all cases of a disease.
    disease: Option<String>,
    /// Within a jurisdiction; their own unless given.
    #[schema(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// Another plan or window.
    #[serde(flatten)]
    otherwise: Otherwise,
    /// 1 or 2.
    ring: Option<u8>,
    /// `close`, `secondary` or `general`.
    class: Option<String>,
    /// What it is looked at for; it is recorded.
    #[schema(value_type = String)]
    purpose: Purpose,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// Everyone who has to be found because of any of many cases, each once. Reads only; each look is recorded.
#[utoipa::path(post, path = "/traces", responses((status = 200, body = Wave)))]
pub async fn traces(
    State(app): State<App>,
    asking: SignedIn,
    Json(asked): Json<WaveAsked>,
) -> Result<Json<Wave>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let purpose = officers(asked.purpose)?;
    check(asked.ring, asked.class.as_deref())?;
    let within = asked.otherwise.within()?;
    let view = off_the_reactor(|| {
        let situation = app.deployment.situation();
        let (cases, refused) = cases_asked(&situation, &scope, &asked)?;
        let disease = match (cases.first(), &asked.disease) {
            (Some(case), _) => case.disease.clone(),
            (None, Some(disease)) => Disease::named(disease),
            (None, None) => return Err(Refusal::NotFound),
        };
        if cases.iter().any(|case| case.disease != disease) {
            return Err(Refusal::invalid("cases", "expected cases of one disease"));
        }
        let plan = asked.otherwise.plan(&situation, &disease)?;
        let limit = asked.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX);
        let wanted = wave::Wanted { ring: asked.ring, class: asked.class.as_deref(), offset: asked.offset, limit };
        let view = if asked.otherwise.is_given() {
            Wave::of_visits(&situation, &plan, &cases, within, wanted)
        } else {
            Wave::concluded(&situation, &plan, &cases, wanted)
        };
        Ok(Wave { refused, ..view })
    })?;
    recorded(&app.deployment, &scope, purpose, view.people(), "wave").await?;
    Ok(Json(with_names(view, &app.deployment).await?))
}

type Cases = Vec<Arc<status::Case>>;

/// The cases asked for that are theirs to see, each once, and the others.
fn cases_asked(situation: &Situation, scope: &Scope, asked: &WaveAsked) -> Result<(Cases, Vec<CaseId>), Refusal> {
    let too_many = || Refusal::invalid("cases", format!("expected at most {CASES_MAX} cases"));
    match (&asked.cases, &asked.disease) {
        (Some(ids), None) => {
            let ids: BTreeSet<CaseId> = ids.iter().copied().collect();
            if ids.len() > CASES_MAX {
                return Err(too_many());
            }
            let (mut cases, mut refused) = (Vec::new(), Vec::new());
            for id in ids {
                match visible(situation, scope, id) {
                    Ok(case) => cases.push(case),
                    Err(_) => refused.push(id),
                }
            }
            Ok((cases, refused))
        }
        (None, Some(disease)) => {
            let within = asked.jurisdiction.unwrap_or(scope.jurisdiction);
            if !scope.covers(within) {
                return Err(Refusal::NotFound);
            }
            let disease = Disease::named(disease);
            let of_it = situation.derived().cases.values().filter(|case| case.disease == disease);
            let here = of_it.filter(|case| within.contains(home_of(situation, case.person)));
            let cases: Cases = here.cloned().collect();
            if cases.len() > CASES_MAX { Err(too_many()) } else { Ok((cases, Vec::new())) }
        }
        _ => Err(Refusal::invalid("cases", "expected either cases or a disease")),
    }
}
