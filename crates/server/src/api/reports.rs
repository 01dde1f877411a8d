//! Reports over HTTP: what is due, drafts, confirmations, amendments, sums, and the four reports about each case.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use command::posts::Headquarters;
use command::reports::Period;
use command::routine::Routine;
use command::templates::ReportKind;
use facts::{
    Body, CaseId, CaseReport, Count, Date, FactId, Jurisdiction, Level, PersonId, ReportFact, Span, Timestamp,
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::headquarters::{drafted, kept, read};
use super::situation::Within;
use crate::accounts::Action;
use crate::measuring::Measured;
use crate::officers::Officers;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::table::{Table, cell};
use crate::views::board::OfficerView;
use crate::views::reports::{PeriodView, ReportDetail, ReportRow, RolledUpRow, TotalView, VersionView};
use crate::views::{Masked, WordsView, with_names};

/// The most days of reports that are shown at once.
const DAYS_MAX: i64 = 62;
/// The most rows that are shown at once.
const ROWS_MAX: usize = 1_000;

/// A report as the template has it.
#[derive(Serialize, ToSchema)]
pub struct KindView {
    code: String,
    name: WordsView,
    items: Vec<ItemView>,
    /// Who owes it.
    #[schema(value_type = Vec<String>)]
    levels: Vec<Level>,
    cadence: Vec<CadenceView>,
}

/// A number of a report.
#[derive(Serialize, ToSchema)]
pub struct ItemView {
    code: String,
    name: WordsView,
    unit: WordsView,
    /// Whether it is drafted from the facts.
    drafted: bool,
}

/// How often, at a level.
#[derive(Serialize, ToSchema)]
pub struct CadenceView {
    #[schema(value_type = String)]
    response: facts::ResponseLevel,
    every_hours: u32,
    due_after_hours: u32,
}

/// The reports that there are.
#[utoipa::path(get, path = "/reports/kinds", responses((status = 200, body = Vec<KindView>)))]
pub async fn kinds(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<KindView>>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let Some(template) = routine.template(scope.jurisdiction, app.deployment.now()) else {
        return Ok(Json(Vec::new()));
    };
    let kind = |kind: &ReportKind| KindView {
        code: kind.code.clone(),
        name: kind.name.clone().into(),
        items: kind
            .items
            .iter()
            .map(|item| ItemView {
                code: item.code.clone(),
                name: item.name.clone().into(),
                unit: item.unit.clone().into(),
                drafted: item.measure.is_some(),
            })
            .collect(),
        levels: kind.levels.iter().copied().collect(),
        cadence: facts::ResponseLevel::ALL
            .into_iter()
            .filter_map(|response| {
                let cadence = kind.cadence.at(response)?;
                let (every_hours, due_after_hours) = (cadence.every_hours, cadence.due_after_hours);
                Some(CadenceView { response, every_hours, due_after_hours })
            })
            .collect(),
    };
    Ok(Json(template.reports.iter().map(kind).collect()))
}

/// Which reports.
#[derive(Deserialize, IntoParams)]
pub struct ReportQuery {
    /// A jurisdiction at or below one's own: its reports and those of the level below.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    kind: Option<String>,
    /// The first day; the day before yesterday unless given.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// The last day; today unless given.
    #[param(value_type = Option<String>)]
    to: Option<Date>,
}

/// Reports.
#[derive(Serialize, ToSchema)]
pub struct ReportList {
    rows: Vec<ReportRow>,
}

/// The reports of a jurisdiction and of those that report to it.
#[utoipa::path(get, path = "/reports", params(ReportQuery), responses((status = 200, body = ReportList)))]
pub async fn list(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<ReportQuery>,
) -> Result<Json<ReportList>, Refusal> {
    let within = Within { jurisdiction: query.jurisdiction }.of(&asking.may(Action::SeeCommand)?)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let (geography, now) = (deployment.geography(), deployment.now());
    let zone = crate::deployment::zone();
    let today = zone.to_datetime(now).date();
    let from = query.from.unwrap_or_else(|| today.checked_sub(2.days()).unwrap_or(today));
    let to = query.to.unwrap_or(today);
    let beyond = || Refusal::invalid("from", "expected a day before `to`, and 62 days at most");
    let start = zone.to_timestamp(from.at(0, 0, 0, 0)).map_err(|_| beyond())?;
    let end = to.tomorrow().and_then(|day| zone.to_timestamp(day.at(0, 0, 0, 0))).map_err(|_| beyond())?;
    let span = Span::new(start, end).map_err(|_| beyond())?;
    if span.minutes() > DAYS_MAX * 24 * 60 {
        return Err(beyond());
    }
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let own = routine.posts.headquarters(within, now);
    let mut rows = Vec::new();
    for headquarters in own.into_iter().chain(routine.posts.below(within, now)) {
        for kind in &headquarters.template.reports {
            if query.kind.as_ref().is_some_and(|wanted| *wanted != kind.code) {
                continue;
            }
            for period in routine.periods(headquarters, kind, span) {
                rows.push(ReportRow::of(routine, &geography, &officers, (headquarters, kind, &period), now));
            }
        }
    }
    rows.sort_by(|one, other| (other.period.start, one.jurisdiction).cmp(&(one.period.start, other.jurisdiction)));
    Ok(Json(ReportList { rows }))
}

/// Which report.
#[derive(Deserialize, IntoParams)]
pub struct OneReport {
    #[param(value_type = String)]
    jurisdiction: Jurisdiction,
    kind: String,
    /// When its period begins.
    #[param(value_type = String)]
    start: Timestamp,
}

/// A report that is owed: by which headquarters, of which kind and period.
fn owed<'a>(
    routine: &'a Routine,
    whose: Jurisdiction,
    kind: &str,
    start: Timestamp,
    at: Timestamp,
) -> Result<(&'a Headquarters, &'a ReportKind, Period), Refusal> {
    let headquarters = routine.posts.headquarters(whose, at).ok_or(Refusal::NotFound)?;
    let unknown = || Refusal::invalid("kind", "is no report of this headquarters' template");
    let kind = headquarters.template.report(kind).ok_or_else(unknown)?;
    let none = || Refusal::invalid("start", "no period of this report begins then; see GET /reports");
    let period = routine.period(headquarters, kind, start).ok_or_else(none)?;
    Ok((headquarters, kind, period))
}

/// A number as it would be reported.
#[derive(Serialize, ToSchema)]
pub struct DraftItem {
    code: String,
    name: WordsView,
    unit: WordsView,
    /// From the facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    drafted: Option<u64>,
    /// The sum of what those below confirmed, with of how many it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<TotalView>,
}

/// A report before anybody confirmed it.
#[derive(Serialize, ToSchema)]
pub struct DraftView {
    kind: String,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    period: PeriodView,
    #[schema(value_type = String)]
    due: Timestamp,
    items: Vec<DraftItem>,
    #[schema(value_type = String)]
    as_of: Timestamp,
    position: u64,
}

/// What is drafted from the facts, by item.
fn measured(
    measured: &Measured,
    situation: &::situation::Situation,
    whose: Jurisdiction,
    kind: &ReportKind,
    period: Span,
) -> BTreeMap<String, u64> {
    let measures = measured.for_report(situation, whose, period);
    let item = |item: &command::templates::ReportItem| {
        let number = measures.get(&item.measure?)?;
        Some((item.code.clone(), *number as u64))
    };
    kind.items.iter().filter_map(item).collect()
}

/// Those below a headquarters who owe the same report of the same period.
fn below(
    routine: &Routine,
    whose: Jurisdiction,
    kind: &ReportKind,
    start: Timestamp,
    at: Timestamp,
) -> Vec<Jurisdiction> {
    let owe = routine.posts.below(whose, at).filter(|headquarters| routine.period(headquarters, kind, start).is_some());
    owe.map(|headquarters| headquarters.jurisdiction).collect()
}

/// A report drafted from the facts and from what those below confirmed.
#[utoipa::path(get, path = "/reports/draft", params(OneReport), responses((status = 200, body = DraftView)))]
pub async fn draft(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<OneReport>,
) -> Result<Json<DraftView>, Refusal> {
    if !asking.may(Action::FileReport)?.covers(query.jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    let now = deployment.now();
    let situation = deployment.situation();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let (headquarters, kind, period) = owed(routine, query.jurisdiction, &query.kind, query.start, now)?;
    let whose = headquarters.jurisdiction;
    let drafted = measured(&Measured::of(&situation, routine, now), &situation, whose, kind, period.span);
    let who = below(routine, whose, kind, query.start, now);
    let mut totals = if who.is_empty() { Vec::new() } else { TotalView::all(routine, kind, &who, query.start) };
    totals.reverse();
    let items = kind.items.iter().map(|item| DraftItem {
        code: item.code.clone(),
        name: item.name.clone().into(),
        unit: item.unit.clone().into(),
        drafted: drafted.get(&item.code).copied(),
        below: totals.pop(),
    });
    Ok(Json(DraftView {
        kind: kind.code.clone(),
        jurisdiction: whose,
        period: PeriodView { start: period.span.start(), end: period.span.end() },
        due: period.due,
        items: items.collect(),
        as_of: now,
        position: situation.position(),
    }))
}

/// One number.
#[derive(Deserialize, ToSchema)]
pub struct GivenValue {
    item: String,
    /// The number, or null: not known, and said to be.
    #[serde(deserialize_with = "Option::deserialize")]
    number: Option<u64>,
}

/// A report that a person vouches for.
#[derive(Deserialize, ToSchema)]
pub struct GivenReport {
    kind: String,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    /// When its period begins.
    #[schema(value_type = String)]
    start: Timestamp,
    /// One for each item.
    values: Vec<GivenValue>,
    key: String,
}

/// Every item must be there, and no other.
fn values_of(kind: &ReportKind, given: &[GivenValue]) -> Result<BTreeMap<String, Count>, Refusal> {
    let values: BTreeMap<String, Count> =
        given.iter().map(|value| (value.item.clone(), Count::from(value.number))).collect();
    let missing = kind.items.iter().find(|item| !values.contains_key(&item.code));
    if let Some(missing) = missing {
        let detail = format!("{} is missing; give its number, or null when it is not known", missing.code);
        return Err(Refusal::invalid("values", detail));
    }
    if let Some(odd) = values.keys().find(|code| kind.items.iter().all(|item| item.code != **code)) {
        return Err(Refusal::invalid("values", format!("{odd} is no item of this report")));
    }
    Ok(values)
}

/// A report with everything that was vouched for.
async fn detail(
    app: &App,
    asking: &SignedIn,
    (whose, kind, start): (Jurisdiction, String, Timestamp),
) -> Result<Json<ReportDetail>, Refusal> {
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let now = deployment.now();
    let (mut detail, reasons) = {
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let (headquarters, kind, period) = owed(routine, whose, &kind, start, now)?;
        let geography = deployment.geography();
        let versions = routine.reports.versions(whose, &kind.code, start);
        let reasons: Vec<_> = versions.iter().map(|version| version.reason).collect();
        let versions: Vec<VersionView> =
            versions.iter().map(|version| VersionView::of(&officers, kind, version)).collect();
        let row = ReportRow::of(routine, &geography, &officers, (headquarters, kind, &period), now);
        let values = versions.last().map(|last| last.values.clone()).unwrap_or_default();
        (ReportDetail { row, values, versions }, reasons)
    };
    for (version, reason) in detail.versions.iter_mut().zip(reasons) {
        if let Some(reason) = reason {
            version.reason = read(app, asking, reason).await?;
        }
    }
    Ok(Json(detail))
}

/// Confirm a report. One that comes late is taken, and stays late.
#[utoipa::path(post, path = "/reports", responses((status = 200, body = ReportDetail)))]
pub async fn confirm(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<GivenReport>,
) -> Result<Json<ReportDetail>, Refusal> {
    if !asking.may(Action::FileReport)?.covers(given.jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    let now = deployment.now();
    let request = format!("report {} {} {}", given.kind, given.jurisdiction, given.start);
    let draft = {
        let situation = deployment.situation();
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let (_, kind, period) = owed(routine, given.jurisdiction, &given.kind, given.start, now)?;
        if now < period.span.end() {
            return Err(Refusal::Conflict("the period of this report is not over"));
        }
        let drafted_now = Measured::of(&situation, routine, now);
        let body = Body::Report(ReportFact::Confirmed {
            report: given.kind.clone(),
            jurisdiction: given.jurisdiction,
            period: period.span,
            values: values_of(kind, &given.values)?,
            drafted: measured(&drafted_now, &situation, given.jurisdiction, kind, period.span),
            reason: None,
        });
        let draft = drafted(&app, &asking, &request, &given.key, body);
        let made = crate::deployment::request_fact(&draft.source);
        let again = made.is_some_and(|made| situation.world().ledger.get(made).is_some());
        if !again && !routine.reports.versions(given.jurisdiction, &given.kind, given.start).is_empty() {
            return Err(Refusal::Conflict("this report was confirmed before; amend it"));
        }
        draft
    };
    deployment.record(vec![draft]).await?;
    detail(&app, &asking, (given.jurisdiction, given.kind, given.start)).await
}

/// Which report a fact confirmed, when that is theirs.
fn confirmed_by(
    app: &App,
    asking: &SignedIn,
    fact: FactId,
    action: Action,
) -> Result<(Jurisdiction, String, Timestamp), Refusal> {
    let scope = asking.may(action)?;
    let commanding = app.deployment.commanding();
    let known = commanding.command.routine.reports.by_fact(fact).ok_or(Refusal::NotFound)?;
    let (whose, kind, start) = known;
    if scope.covers(whose) { Ok((whose, kind.to_owned(), start)) } else { Err(Refusal::NotFound) }
}

/// One report, with its versions.
#[utoipa::path(get, path = "/reports/{fact}", params(("fact" = String, Path)),
    responses((status = 200, body = ReportDetail)))]
pub async fn one(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
) -> Result<Json<ReportDetail>, Refusal> {
    let known = confirmed_by(&app, &asking, fact, Action::SeeCommand)?;
    detail(&app, &asking, known).await
}

/// A report that was wrong.
#[derive(Deserialize, ToSchema)]
pub struct Amendment {
    /// One for each item.
    values: Vec<GivenValue>,
    /// Why; erasable.
    reason: String,
    key: String,
}

/// Amend a report. Both versions stay visible.
#[utoipa::path(post, path = "/reports/{fact}/amend", params(("fact" = String, Path)),
    responses((status = 200, body = ReportDetail)))]
pub async fn amend(
    State(app): State<App>,
    asking: SignedIn,
    Path(fact): Path<FactId>,
    Json(given): Json<Amendment>,
) -> Result<Json<ReportDetail>, Refusal> {
    let (whose, kind_code, start) = confirmed_by(&app, &asking, fact, Action::FileReport)?;
    let deployment = &app.deployment;
    let now = deployment.now();
    let (last, period, values, drafted_now) = {
        let situation = deployment.situation();
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let (_, kind, period) = owed(routine, whose, &kind_code, start, now)?;
        let last = routine.reports.versions(whose, &kind_code, start).last().map(|last| last.fact);
        let measures = Measured::of(&situation, routine, now);
        let drafted_now = measured(&measures, &situation, whose, kind, period.span);
        (last.ok_or(Refusal::NotFound)?, period, values_of(kind, &given.values)?, drafted_now)
    };
    let body = |reason| {
        let (report, values, drafted) = (kind_code.clone(), values.clone(), drafted_now.clone());
        Body::Report(ReportFact::Confirmed {
            report,
            jurisdiction: whose,
            period: period.span,
            values,
            drafted,
            reason,
        })
    };
    let request = format!("amend {fact}");
    let again = super::headquarters::was_made(&app, &drafted(&app, &asking, &request, &given.key, body(None)));
    if again.is_none() {
        let reason = kept(&app, &asking, Some(&given.reason)).await?;
        let reason = reason.ok_or_else(|| Refusal::invalid("reason", "say why it is amended"))?;
        let mut draft = drafted(&app, &asking, &request, &given.key, body(Some(reason)));
        draft.supersedes = Some(last);
        deployment.record(vec![draft]).await?;
    }
    detail(&app, &asking, (whose, kind_code, start)).await
}

/// A report that is waited for.
#[derive(Deserialize, ToSchema)]
pub struct Chase {
    kind: String,
    /// Whose report.
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    #[schema(value_type = String)]
    start: Timestamp,
    key: String,
}

/// Ask for a report that is missing.
#[utoipa::path(post, path = "/reports/chase", responses((status = 200, body = ReportRow)))]
pub async fn chase(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Chase>,
) -> Result<Json<ReportRow>, Refusal> {
    if !asking.may(Action::KeepPosts)?.covers(given.jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let now = deployment.now();
    let period = {
        let commanding = deployment.commanding();
        owed(&commanding.command.routine, given.jurisdiction, &given.kind, given.start, now)?.2
    };
    let (report, jurisdiction) = (given.kind.clone(), given.jurisdiction);
    let body = Body::Report(ReportFact::Chased { report, jurisdiction, period: period.span });
    let request = format!("chase {} {} {}", given.kind, given.jurisdiction, given.start);
    deployment.record(vec![drafted(&app, &asking, &request, &given.key, body)]).await?;
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let (headquarters, kind, period) = owed(routine, given.jurisdiction, &given.kind, given.start, now)?;
    let geography = deployment.geography();
    Ok(Json(ReportRow::of(routine, &geography, &officers, (headquarters, kind, &period), now)))
}

/// Which sum.
#[derive(Deserialize, IntoParams)]
pub struct RollUpQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    kind: String,
    /// When the period begins.
    #[param(value_type = String)]
    start: Timestamp,
    /// Over whom: `city` or `county`; those who report to it unless given.
    #[param(value_type = Option<String>)]
    level: Option<Level>,
}

/// The reports of many, and their sums.
#[derive(Serialize, ToSchema)]
pub struct RollUpView {
    kind: String,
    kind_name: WordsView,
    period: PeriodView,
    totals: Vec<TotalView>,
    /// Whose report is missing: no zero.
    missing: Vec<NamedView>,
    /// Whose came late.
    late: Vec<NamedView>,
    rows: Vec<RolledUpRow>,
}

/// A jurisdiction and its name.
#[derive(Serialize, ToSchema)]
pub struct NamedView {
    #[schema(value_type = String)]
    code: Jurisdiction,
    name: WordsView,
}

async fn rolled_up(app: &App, asking: &SignedIn, query: RollUpQuery) -> Result<RollUpView, Refusal> {
    let within = Within { jurisdiction: query.jurisdiction }.of(&asking.may(Action::SeeCommand)?)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let (geography, now) = (deployment.geography(), deployment.now());
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let template = routine.template(within, now).ok_or(Refusal::NotFound)?;
    let unknown = || Refusal::invalid("kind", "is no report of this headquarters' template");
    let kind = template.report(&query.kind).ok_or_else(unknown)?;
    let who: Vec<Jurisdiction> = match query.level {
        Some(level) => {
            let of_level = routine.posts.within(within, now).map(|headquarters| headquarters.jurisdiction);
            of_level.filter(|place| place.level() == level).collect()
        }
        None => routine.posts.below(within, now).map(|headquarters| headquarters.jurisdiction).collect(),
    };
    let mut rows = Vec::new();
    for place in who {
        let Ok((headquarters, kind, period)) = owed(routine, place, &query.kind, query.start, now) else { continue };
        let row = ReportRow::of(routine, &geography, &officers, (headquarters, kind, &period), now);
        let last = routine.reports.versions(place, &kind.code, query.start).last();
        let values = last.map(|last| last.values.iter().map(|(item, count)| (item.clone(), count.known())).collect());
        rows.push(RolledUpRow { row, values: values.unwrap_or_default() });
    }
    let named = |rows: &[RolledUpRow], fits: fn(&RolledUpRow) -> bool| {
        let those = rows.iter().filter(|row| fits(row)).map(|row| row.row.jurisdiction);
        those.map(|code| NamedView { code, name: geography.name(code).into() }).collect::<Vec<_>>()
    };
    let owing: Vec<Jurisdiction> = rows.iter().map(|row| row.row.jurisdiction).collect();
    let period = rows.first().map(|row| row.row.period);
    Ok(RollUpView {
        kind: kind.code.clone(),
        kind_name: kind.name.clone().into(),
        period: period.unwrap_or(PeriodView { start: query.start, end: query.start }),
        totals: TotalView::all(routine, kind, &owing, query.start),
        missing: named(&rows, |row| row.row.fact.is_none()),
        late: named(&rows, |row| row.row.fact.is_some() && row.row.late),
        rows,
    })
}

/// The reports of those below, with sums that say of how many they are made.
#[utoipa::path(get, path = "/reports/roll-up", params(RollUpQuery), responses((status = 200, body = RollUpView)))]
pub async fn roll_up(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<RollUpQuery>,
) -> Result<Json<RollUpView>, Refusal> {
    Ok(Json(rolled_up(&app, &asking, query).await?))
}

/// The same as a file. An empty cell was not reported; `not known` was.
#[utoipa::path(get, path = "/reports/roll-up.csv", params(RollUpQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn roll_up_csv(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<RollUpQuery>,
) -> Result<Response, Refusal> {
    let view = rolled_up(&app, &asking, query).await?;
    let items: Vec<&str> = view.totals.iter().map(|total| total.item.as_str()).collect();
    let columns: Vec<&str> =
        ["jurisdiction", "name", "state", "confirmed_at"].into_iter().chain(items.iter().copied()).collect();
    let mut table = Table::new(&columns);
    for row in &view.rows {
        let number = |item: &&str| match row.values.get(*item) {
            Some(Some(number)) => number.to_string(),
            Some(None) => "not known".to_owned(),
            None => String::new(),
        };
        let head = [row.row.jurisdiction.to_string(), row.row.name.zh.clone(), row.row.state.to_owned()];
        let head = head.into_iter().chain([cell(row.row.confirmed_at)]);
        table.row(head.chain(items.iter().map(number)));
    }
    Ok(table.download(&format!("{}-{}", view.kind, view.period.start.strftime("%Y%m%d"))))
}

/// Which reports about cases.
#[derive(Deserialize, IntoParams)]
pub struct CaseReportQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// `open`, `overdue`, `done` or `all`; open unless given.
    state: Option<String>,
}

/// A report about a case.
#[derive(Serialize, ToSchema)]
pub struct CaseReportRow {
    #[schema(value_type = String)]
    case: CaseId,
    #[serde(skip)]
    person: PersonId,
    masked_name: String,
    disease: String,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    /// `case-report`, `verification`, `core-information` or `closing`.
    #[schema(value_type = String)]
    kind: CaseReport,
    /// When it could be made first; absent while it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    opened: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    due: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    done_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done_by: Option<OfficerView>,
    /// Whether it went over the head of the next level.
    skips_level: bool,
    /// `not-yet`, `open`, `overdue`, `done` or `late`.
    state: &'static str,
}

impl Masked for CaseReportRow {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        put(self.person, &mut self.masked_name);
    }
}

/// Reports about cases.
#[derive(Serialize, ToSchema)]
pub struct CaseReportList {
    total: usize,
    rows: Vec<CaseReportRow>,
}

/// The four reports about each case, least time left first.
#[utoipa::path(get, path = "/reports/cases", params(CaseReportQuery), responses((status = 200, body = CaseReportList)))]
pub async fn cases(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<CaseReportQuery>,
) -> Result<Json<CaseReportList>, Refusal> {
    let within = Within { jurisdiction: query.jurisdiction }.of(&asking.may(Action::SeePerson)?)?;
    let wanted = query.state.as_deref().unwrap_or("open");
    if !["open", "overdue", "done", "all"].contains(&wanted) {
        return Err(Refusal::invalid("state", "expected open, overdue, done or all"));
    }
    let officers = Officers::of(&app.deployment).await?;
    let mut rows = case_rows(&app, &officers, within, None);
    rows.retain(|row| match wanted {
        "open" => matches!(row.state, "open" | "overdue"),
        "overdue" => row.state == "overdue",
        "done" => matches!(row.state, "done" | "late"),
        _ => true,
    });
    rows.sort_by_key(|row| (row.due.unwrap_or(Timestamp::MAX), row.case, row.kind));
    let total = rows.len();
    rows.truncate(ROWS_MAX);
    Ok(Json(CaseReportList { total, rows: with_names(rows, &app.deployment).await? }))
}

/// The reports about the cases of a jurisdiction, or about one of them.
fn case_rows(app: &App, officers: &Officers, within: Jurisdiction, only: Option<CaseId>) -> Vec<CaseReportRow> {
    let deployment = &app.deployment;
    let now = deployment.now();
    let situation = deployment.situation();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let measured = Measured::of(&situation, routine, now);
    let mut rows = Vec::new();
    for clock in &measured.known.cases {
        let Some(case) = situation.derived().case(clock.case) else { continue };
        if !within.contains(clock.jurisdiction) || only.is_some_and(|only| only != clock.case) {
            continue;
        }
        let Some(template) = routine.template(clock.jurisdiction.at(Level::County), now) else { continue };
        for owed in routine.reports.about(clock, &template.case_reports) {
            let is_late = |at: Timestamp| owed.due.is_some_and(|due| at > due);
            rows.push(CaseReportRow {
                case: clock.case,
                person: case.person,
                masked_name: String::new(),
                disease: case.disease.0.clone(),
                jurisdiction: clock.jurisdiction,
                kind: owed.report,
                opened: owed.opened,
                due: owed.due,
                done_at: owed.made.map(|made| made.at),
                done_by: owed.made.map(|made| officers.view(made.by)),
                skips_level: owed.made.is_some_and(|made| made.skips_level),
                state: match (owed.made, owed.opened) {
                    (Some(made), _) if is_late(made.at) => "late",
                    (Some(_), _) => "done",
                    (None, None) => "not-yet",
                    (None, Some(_)) if is_late(now) => "overdue",
                    (None, Some(_)) => "open",
                },
            });
        }
    }
    rows
}

/// A report about a case that was made.
#[derive(Deserialize, ToSchema)]
pub struct GivenCaseReport {
    #[schema(value_type = String)]
    case: CaseId,
    /// `case-report`, `verification`, `core-information` or `closing`.
    #[schema(value_type = String)]
    kind: CaseReport,
    /// Whether it goes over the head of the next level, as the law allows.
    #[serde(default)]
    skips_level: bool,
    key: String,
}

/// Say that a report about a case was made.
#[utoipa::path(post, path = "/reports/cases", responses((status = 200, body = CaseReportRow)))]
pub async fn report_case(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<GivenCaseReport>,
) -> Result<Json<CaseReportRow>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    let officers = Officers::of(&app.deployment).await?;
    let find = || {
        let rows = case_rows(&app, &officers, scope.jurisdiction, Some(given.case));
        rows.into_iter().find(|row| row.kind == given.kind)
    };
    let row = find().ok_or(Refusal::NotFound)?;
    if row.opened.is_none() {
        return Err(Refusal::Conflict("this report cannot be made yet; the one before it is missing"));
    }
    let (case, report, skips_level) = (given.case, given.kind, given.skips_level);
    let body = Body::Report(ReportFact::Case { case, report, skips_level });
    let request = format!("case-report {case} {}", report.code());
    app.deployment.record(vec![drafted(&app, &asking, &request, &given.key, body)]).await?;
    let row = find().ok_or(Refusal::NotFound)?;
    Ok(Json(with_names(vec![row], &app.deployment).await?.remove(0)))
}
