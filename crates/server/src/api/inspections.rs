//! Inspection and accountability: findings, re-checks, cases.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use command::inspections::Finding;
use facts::{
    AccountabilityGround, AccountabilityOutcome, Body, DutyId, FactId, InspectionFact, Jurisdiction, Purpose, Scope,
    Subject, TextId, Timestamp,
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::attachments::attached;
use super::board::{PartiesGiven, due_from, look};
use super::orders::Page;
use super::recording::{draft, erasable};
use super::situation::Within;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::inspections::{AccountabilityRow, FindingRow, FindingView};
use crate::views::with_names;

/// How long a re-check may take where no template says, in hours.
const RECHECK_HOURS: u32 = 48;
/// How long a case of accountability may take where neither request nor template says, in hours.
const CONCLUDE_HOURS: u32 = 720;

/// Which findings.
#[derive(Deserialize, IntoParams)]
pub struct FindingQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// What they are about.
    #[param(value_type = Option<String>)]
    subject: Option<Subject>,
    /// `open`, `overdue`, `rectified`, `closed`, `repeat` or `all`; all unless given.
    state: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// Findings counted by where they stand.
#[derive(Default, Serialize, ToSchema)]
pub struct FindingCounts {
    /// To be put right, late or not.
    open: usize,
    /// To be put right, and late.
    overdue: usize,
    /// Said to be put right, and to be looked at again.
    rectified: usize,
    /// Put right.
    closed: usize,
    /// Found before at the same party.
    repeat: usize,
}

/// Findings.
#[derive(Serialize, ToSchema)]
pub struct Findings {
    /// How many fit.
    total: usize,
    /// Where all that are theirs stand.
    counts: FindingCounts,
    /// One page of them.
    rows: Vec<FindingRow>,
}

fn sees(finding: &Finding, scope: &Scope) -> bool {
    scope.covers(finding.by) || scope.covers(finding.parties.territory)
}

/// Findings at, or by, my jurisdiction: those with the least time left first.
#[utoipa::path(get, path = "/findings", params(FindingQuery), responses((status = 200, body = Findings)))]
pub async fn findings(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<FindingQuery>,
) -> Result<Json<Findings>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let scope = Scope { jurisdiction: Within { jurisdiction: query.jurisdiction }.of(&scope)?, ..scope };
    let state = query.state.as_deref().unwrap_or("all");
    if !["open", "overdue", "rectified", "closed", "repeat", "all"].contains(&state) {
        return Err(Refusal::invalid("state", "expected open, overdue, rectified, closed, repeat or all"));
    }
    let (total, counts, rows) = look(&app, &asking, |seen| {
        let own = seen.command.inspections().findings().filter(|finding| sees(finding, &scope));
        let of_subject = own.filter(|finding| query.subject.is_none_or(|subject| finding.subject == subject));
        let mut counts = FindingCounts::default();
        let mut rows = Vec::new();
        for row in of_subject.map(|finding| FindingRow::of(seen, finding)) {
            counts.open += usize::from(matches!(row.state, "open" | "overdue"));
            counts.overdue += usize::from(row.state == "overdue");
            counts.rectified += usize::from(row.state == "rectified");
            counts.closed += usize::from(row.state == "closed");
            counts.repeat += usize::from(!row.repeats.is_empty());
            let fits = match state {
                "all" => true,
                "repeat" => !row.repeats.is_empty(),
                "open" => matches!(row.state, "open" | "overdue"),
                state => row.state == state,
            };
            if fits {
                rows.push(row);
            }
        }
        rows.sort_by_key(|row| (row.state == "closed", row.due, row.finding));
        (rows.len(), counts, Page { limit: query.limit, offset: query.offset }.of(rows))
    });
    Ok(Json(Findings { total, counts, rows: with_names(rows, &app.deployment).await? }))
}

/// Something that is not as it has to be.
#[derive(Deserialize, ToSchema)]
pub struct FindingGiven {
    parties: PartiesGiven,
    #[schema(value_type = String)]
    subject: Subject,
    text: String,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    attachment: Option<TextId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    due: Option<Timestamp>,
    #[serde(default)]
    due_hours: Option<u32>,
    #[serde(default)]
    due_working_hours: Option<u32>,
    key: String,
}

async fn record(app: &App, asking: &SignedIn, key: &str, said: InspectionFact) -> Result<FactId, Refusal> {
    let draft = draft(app, asking, Some(key), Purpose::Audit, Body::Inspection(said));
    app.deployment.record(vec![draft]).await?.facts.first().copied().ok_or(Refusal::NotFound)
}

async fn finding_view(app: &App, asking: &SignedIn, id: FactId) -> Result<Json<FindingView>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let view = look(app, asking, |seen| {
        let finding = seen.command.inspections().finding(id).filter(|finding| sees(finding, &scope));
        finding.map(|finding| FindingView::of(seen, finding, |case| scope.covers(case.by)))
    });
    Ok(Json(with_names(view.ok_or(Refusal::NotFound)?, &app.deployment).await?))
}

/// Record a finding: whoever is named has to put it right.
#[utoipa::path(post, path = "/findings", responses((status = 200, body = FindingView)))]
pub async fn find(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<FindingGiven>,
) -> Result<Json<FindingView>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    let by = scope.jurisdiction;
    let accounts = app.deployment.accounts.all().await?;
    let parties = given.parties.parties(&app, &scope, &accounts)?;
    let (due, ladder, recheck_hours) = look(&app, &asking, |seen| {
        let routine = &seen.command.routine;
        let due = due_from(seen, by, given.due, given.due_hours, given.due_working_hours)?;
        Ok::<_, Refusal>((due, routine.ladder(by, seen.at), routine.hours("recheck", by, seen.at)))
    })?;
    let text = erasable(&app, &asking, None, Some(&given.text)).await?;
    let text = text.ok_or_else(|| Refusal::invalid("text", "say what is not as it has to be"))?;
    let photo = attached(&app, &asking, given.attachment).await?;
    let recheck_within_minutes = recheck_hours.unwrap_or(RECHECK_HOURS).saturating_mul(60);
    let subject = given.subject;
    let body = InspectionFact::Finding { by, parties, subject, text, photo, due, ladder, recheck_within_minutes };
    let fact = record(&app, &asking, &given.key, body).await?;
    finding_view(&app, &asking, fact).await
}

/// A finding, opened.
#[utoipa::path(get, path = "/findings/{fact}", params(("fact" = String, Path)),
    responses((status = 200, body = FindingView)))]
pub async fn finding(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
) -> Result<Json<FindingView>, Refusal> {
    finding_view(&app, &asking, id).await
}

/// What looking again showed.
#[derive(Deserialize, ToSchema)]
pub struct RecheckGiven {
    held: bool,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    attachment: Option<TextId>,
    /// By when it has to be put right, where it is not; one of the two is needed then.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    due: Option<Timestamp>,
    #[serde(default)]
    due_hours: Option<u32>,
    key: String,
}

/// Look again whether a finding was put right: someone else than who said so.
#[utoipa::path(post, path = "/findings/{fact}/recheck", params(("fact" = String, Path)),
    responses((status = 200, body = FindingView)))]
pub async fn recheck(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<RecheckGiven>,
) -> Result<Json<FindingView>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    let due = look(&app, &asking, |seen| {
        let finding = seen.command.inspections().finding(id).filter(|finding| scope.covers(finding.by));
        let finding = finding.ok_or(Refusal::NotFound)?;
        if finding.rectified.is_some_and(|rectified| rectified.by == scope.actor) {
            return Err(Refusal::Conflict("you put this right yourself; someone else has to look again"));
        }
        if given.held { Ok(None) } else { due_from(seen, finding.by, given.due, given.due_hours, None).map(Some) }
    })?;
    let waits = look(&app, &asking, |seen| {
        seen.command.inspections().finding(id).is_some_and(|finding| finding.recheck.is_some())
    });
    let text = erasable(&app, &asking, None, given.text.as_deref()).await?;
    let photo = attached(&app, &asking, given.attachment).await?;
    let body = InspectionFact::Rechecked { finding: id, held: given.held, due, text, photo };
    let fact = draft(&app, &asking, Some(&given.key), Purpose::Audit, Body::Inspection(body));
    // The same request again finds nothing that waits, and answers as it did.
    let made = crate::deployment::request_fact(&fact.source);
    let is_known = made.is_some_and(|made| app.deployment.situation().world().ledger.get(made).is_some());
    if !waits && !is_known {
        return Err(Refusal::Conflict("nothing waits to be looked at again: it was not said to be put right"));
    }
    app.deployment.record(vec![fact]).await?;
    finding_view(&app, &asking, id).await
}

/// Cases of accountability.
#[derive(Serialize, ToSchema)]
pub struct AccountabilityCases {
    /// How many fit.
    total: usize,
    /// One page of them, latest first.
    rows: Vec<AccountabilityRow>,
}

/// Which cases.
#[derive(Deserialize, IntoParams)]
pub struct CaseQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// `open`, `concluded` or `all`; all unless given.
    state: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// The cases of accountability that my jurisdiction opened, or those below it.
#[utoipa::path(get, path = "/accountability", params(CaseQuery), responses((status = 200, body = AccountabilityCases)))]
pub async fn cases(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<CaseQuery>,
) -> Result<Json<AccountabilityCases>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    let within = Within { jurisdiction: query.jurisdiction }.of(&scope)?;
    let state = query.state.as_deref().unwrap_or("all");
    if !["open", "concluded", "all"].contains(&state) {
        return Err(Refusal::invalid("state", "expected open, concluded or all"));
    }
    let rows: Vec<AccountabilityRow> = look(&app, &asking, |seen| {
        let own = seen.command.inspections().cases().filter(|case| within.contains(case.by));
        let mut fitting: Vec<_> = own
            .filter(|case| match state {
                "open" => case.concluded.is_none(),
                "concluded" => case.concluded.is_some(),
                _ => true,
            })
            .collect();
        fitting.sort_by_key(|case| std::cmp::Reverse((case.opened.recorded, case.fact)));
        fitting.into_iter().map(|case| AccountabilityRow::of(seen, case)).collect()
    });
    let total = rows.len();
    let rows = Page { limit: query.limit, offset: query.offset }.of(rows);
    Ok(Json(AccountabilityCases { total, rows: with_names(rows, &app.deployment).await? }))
}

/// Someone who has to answer for something.
#[derive(Deserialize, ToSchema)]
pub struct CaseGiven {
    parties: PartiesGiven,
    /// `work-not-real`, `measures-not-in-place`, `response-not-swift` or `handling-not-decisive`.
    #[schema(value_type = String)]
    ground: AccountabilityGround,
    text: String,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    findings: BTreeSet<FactId>,
    /// Duties that it rests on.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    ids: BTreeSet<DutyId>,
    #[serde(default)]
    due_hours: Option<u32>,
    key: String,
}

async fn case_view(app: &App, asking: &SignedIn, id: FactId) -> Result<Json<AccountabilityRow>, Refusal> {
    let row =
        look(app, asking, |seen| seen.command.inspections().case(id).map(|case| AccountabilityRow::of(seen, case)));
    Ok(Json(with_names(row.ok_or(Refusal::NotFound)?, &app.deployment).await?))
}

/// Open a case of accountability, on one of the four grounds.
#[utoipa::path(post, path = "/accountability", responses((status = 200, body = AccountabilityRow)))]
pub async fn open_case(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<CaseGiven>,
) -> Result<Json<AccountabilityRow>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    let by = scope.jurisdiction;
    let accounts = app.deployment.accounts.all().await?;
    let parties = given.parties.parties(&app, &scope, &accounts)?;
    let (due, ladder) = look(&app, &asking, |seen| {
        let inspections = seen.command.inspections();
        let is_finding = |of: &FactId| inspections.finding(*of).is_some_and(|finding| sees(finding, &scope));
        if !given.findings.iter().all(is_finding) {
            return Err(Refusal::invalid("findings", "one of them is no finding of yours"));
        }
        let is_duty = |of: &DutyId| seen.get(*of).is_some_and(|owed| owed.head(seen.at).is_seen_by(&scope));
        if !given.ids.iter().all(is_duty) {
            return Err(Refusal::invalid("ids", "one of them is no duty of yours to see"));
        }
        let routine = &seen.command.routine;
        let hours = given.due_hours.or_else(|| routine.hours("conclude-case", by, seen.at));
        let hours = i64::from(hours.unwrap_or(CONCLUDE_HOURS));
        let due = seen.at.checked_add(hours.hours()).unwrap_or(Timestamp::MAX);
        Ok((due, routine.ladder(by, seen.at)))
    })?;
    let text = erasable(&app, &asking, None, Some(&given.text)).await?;
    let text = text.ok_or_else(|| Refusal::invalid("text", "say what they have to answer for"))?;
    let CaseGiven { ground, findings, ids: duties, key, .. } = given;
    let body = InspectionFact::Accountability { by, parties, ground, text, findings, duties, due, ladder };
    let fact = record(&app, &asking, &key, body).await?;
    case_view(&app, &asking, fact).await
}

/// What a case came to.
#[derive(Deserialize, ToSchema)]
pub struct ConclusionGiven {
    /// `upheld` or `not-upheld`.
    #[schema(value_type = String)]
    outcome: AccountabilityOutcome,
    text: String,
    key: String,
}

/// Conclude a case of accountability.
#[utoipa::path(post, path = "/accountability/{fact}/conclude", params(("fact" = String, Path)),
    responses((status = 200, body = AccountabilityRow)))]
pub async fn conclude(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<ConclusionGiven>,
) -> Result<Json<AccountabilityRow>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    let is_theirs =
        look(&app, &asking, |seen| seen.command.inspections().case(id).is_some_and(|case| scope.covers(case.by)));
    if !is_theirs {
        return Err(Refusal::NotFound);
    }
    let text = erasable(&app, &asking, None, Some(&given.text)).await?;
    let text = text.ok_or_else(|| Refusal::invalid("text", "say why"))?;
    record(&app, &asking, &given.key, InspectionFact::Concluded { of: id, outcome: given.outcome, text }).await?;
    case_view(&app, &asking, id).await
}
