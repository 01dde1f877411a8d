//! Levels (平急转换) over HTTP: the level and its criteria, what a switch would change, and signing it.

use axum::Json;
use axum::extract::{Query, State};
use command::levels::{BeforeAfter, Changes, advise, judge};
use command::routine::Routine;
use command::templates::{Comparison, Measure, Side};
use facts::{Body, FactId, Hex, Jurisdiction, LevelFact, PostId, ResponseLevel, Timestamp};
use plan::{Confidence, Unit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::headquarters::{drafted, kept, was_made};
use super::situation::Within;
use crate::accounts::Action;
use crate::geography::Geography;
use crate::measuring::Measured;
use crate::officers::Officers;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::WordsView;
use crate::views::board::OfficerView;

/// A criterion and what came of it.
#[derive(Serialize, ToSchema)]
pub struct CriterionView {
    code: String,
    name: WordsView,
    /// Of which level: `alert` or `emergency`.
    #[schema(value_type = String)]
    level: ResponseLevel,
    /// `entry`: one is enough; `exit`: all are needed.
    #[schema(value_type = String)]
    side: Side,
    #[schema(value_type = String)]
    measure: Measure,
    #[schema(value_type = String)]
    comparison: Comparison,
    threshold: f64,
    #[schema(value_type = String)]
    unit: Unit,
    /// Absent when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    /// Absent when it is not known; what is not known is never taken as met.
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
    source: Vec<String>,
    #[schema(value_type = String)]
    confidence: Confidence,
}

/// The level that holds.
#[derive(Serialize, ToSchema)]
pub struct CurrentView {
    #[schema(value_type = String)]
    level: ResponseLevel,
    /// What this jurisdiction declared itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    own: Option<ResponseLevel>,
    /// Where the level that holds was declared, when that was above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    inherited_from: Option<Jurisdiction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<OfficerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    fact: Option<FactId>,
}

/// What the criteria advise. It switches nothing.
#[derive(Serialize, ToSchema)]
pub struct AdviceView {
    #[schema(value_type = String)]
    level: ResponseLevel,
    /// The codes of the criteria that say so.
    because: Vec<String>,
}

/// A switch that was signed.
#[derive(Serialize, ToSchema)]
pub struct SwitchRow {
    #[schema(value_type = String)]
    level: ResponseLevel,
    #[schema(value_type = String)]
    from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    to: Option<Timestamp>,
    signed_by: OfficerView,
    #[schema(value_type = String)]
    fact: FactId,
    /// The criteria that were met then.
    met: Vec<String>,
}

/// The level of a jurisdiction.
#[derive(Serialize, ToSchema)]
pub struct LevelView {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    name: WordsView,
    current: CurrentView,
    advised: AdviceView,
    criteria: Vec<CriterionView>,
    /// When the level was last looked at, and by when it is to be looked at again, above peace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reviewed: Option<Timestamp>,
    history: Vec<SwitchRow>,
}

async fn view(app: &App, place: Jurisdiction) -> Result<Json<LevelView>, Refusal> {
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let now = deployment.now();
    let situation = deployment.situation();
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let template = routine.template(place, now).ok_or(Refusal::NotFound)?;
    let effective = routine.level(place, now);
    let measures = Measured::of(&situation, routine, now).in_place(place);
    let judged = judge(template, &measures);
    let (advised, because) = advise(&judged, effective.level);
    let criteria = judged.iter().map(|judged| CriterionView {
        code: judged.criterion.code.clone(),
        name: judged.criterion.name.clone().into(),
        level: judged.criterion.level,
        side: judged.criterion.side,
        measure: judged.criterion.measure,
        comparison: judged.criterion.comparison,
        threshold: judged.criterion.threshold.value,
        unit: judged.criterion.threshold.unit,
        value: judged.value,
        met: judged.met,
        source: judged
            .criterion
            .threshold
            .source
            .iter()
            .filter_map(|source| template.sources.get(source).cloned())
            .collect(),
        confidence: judged.criterion.threshold.confidence,
    });
    let history = routine.levels.history(place);
    let ends = history.iter().skip(1).map(|next| Some(next.at)).chain([None]);
    let rows = history.iter().zip(ends).map(|(switch, to)| SwitchRow {
        level: switch.level,
        from: switch.at,
        to,
        signed_by: officers.view(switch.by),
        fact: switch.fact,
        met: switch.met.clone(),
    });
    Ok(Json(LevelView {
        jurisdiction: place,
        name: deployment.geography().name(place).into(),
        current: CurrentView {
            level: effective.level,
            own: routine.levels.own(place, now).map(|switch| switch.level),
            inherited_from: effective.declared.map(|(from, _)| from).filter(|from| *from != place),
            since: effective.declared.map(|(_, switch)| switch.at),
            signed_by: effective.declared.map(|(_, switch)| officers.view(switch.by)),
            fact: effective.declared.map(|(_, switch)| switch.fact),
        },
        advised: AdviceView { level: advised, because },
        criteria: criteria.collect(),
        reviewed: routine.levels.looks(place).last().map(|(at, _)| *at),
        history: rows.collect(),
    }))
}

/// The level of a jurisdiction, its criteria and what they advise.
#[utoipa::path(get, path = "/levels", params(Within), responses((status = 200, body = LevelView)))]
pub async fn level(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<LevelView>, Refusal> {
    let place = within.of(&asking.may(Action::SeeCommand)?)?;
    view(&app, place).await
}

/// Which switch.
#[derive(Deserialize, IntoParams)]
pub struct PreviewQuery {
    #[param(value_type = String)]
    jurisdiction: Jurisdiction,
    /// `peace`, `alert` or `emergency`.
    #[param(value_type = String)]
    level: ResponseLevel,
}

/// A post that a switch opens or releases.
#[derive(Serialize, ToSchema)]
pub struct PlacedPost {
    #[schema(value_type = String)]
    headquarters: Jurisdiction,
    headquarters_name: WordsView,
    #[schema(value_type = String)]
    post: PostId,
    name: WordsView,
}

/// A task force that a switch opens or releases.
#[derive(Serialize, ToSchema)]
pub struct PlacedTaskForce {
    #[schema(value_type = String)]
    headquarters: Jurisdiction,
    headquarters_name: WordsView,
    code: String,
    name: WordsView,
}

/// The rhythm of a report before and after.
#[derive(Serialize, ToSchema)]
pub struct ReportChange {
    kind: String,
    name: WordsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    every_hours_before: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every_hours_after: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_after_hours_before: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_after_hours_after: Option<u32>,
}

/// A deadline before and after.
#[derive(Serialize, ToSchema)]
pub struct DeadlineChange {
    code: String,
    name: WordsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_before: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_after: Option<u32>,
}

/// Whether command is flat, before and after.
#[derive(Serialize, ToSchema)]
pub struct FlatChange {
    before: bool,
    after: bool,
}

/// All that a switch would change.
#[derive(Serialize, ToSchema)]
pub struct SwitchPreview {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    /// The level that holds now.
    #[schema(value_type = String)]
    from: ResponseLevel,
    /// The level that would hold: not the one declared, where a higher one holds above.
    #[schema(value_type = String)]
    to: ResponseLevel,
    #[schema(value_type = String)]
    declared: ResponseLevel,
    /// Sign this: it stands for the list as it is.
    digest: String,
    headquarters: usize,
    posts_opened: Vec<PlacedPost>,
    posts_released: Vec<PlacedPost>,
    /// Of the opened posts, how many nobody holds.
    unfilled_posts: usize,
    task_forces_opened: Vec<PlacedTaskForce>,
    task_forces_released: Vec<PlacedTaskForce>,
    reports: Vec<ReportChange>,
    deadlines: Vec<DeadlineChange>,
    flat: FlatChange,
}

impl SwitchPreview {
    fn of(routine: &Routine, geography: &Geography, changes: &Changes, at: Timestamp) -> Option<Self> {
        let template = routine.template(changes.jurisdiction, at)?;
        let name = |place| WordsView::from(geography.name(place));
        let posts = |placed: &[command::levels::Placed<PostId>]| -> Vec<PlacedPost> {
            let post = |placed: &command::levels::Placed<PostId>| {
                let post = routine.posts.post(placed.what)?;
                let headquarters = placed.headquarters;
                let post_name = post.kind.name.clone().into();
                Some(PlacedPost { headquarters, headquarters_name: name(headquarters), post: post.id, name: post_name })
            };
            placed.iter().filter_map(post).collect()
        };
        let forces = |placed: &[command::levels::Placed<String>]| -> Vec<PlacedTaskForce> {
            let force = |placed: &command::levels::Placed<String>| {
                let department = template.department(&placed.what)?;
                Some(PlacedTaskForce {
                    headquarters: placed.headquarters,
                    headquarters_name: name(placed.headquarters),
                    code: placed.what.clone(),
                    name: department.name.clone().into(),
                })
            };
            placed.iter().filter_map(force).collect()
        };
        let reports = changes.reports.iter().filter_map(|(kind, BeforeAfter { before, after })| {
            Some(ReportChange {
                kind: kind.clone(),
                name: template.report(kind)?.name.clone().into(),
                every_hours_before: before.map(|cadence| cadence.every_hours),
                every_hours_after: after.map(|cadence| cadence.every_hours),
                due_after_hours_before: before.map(|cadence| cadence.due_after_hours),
                due_after_hours_after: after.map(|cadence| cadence.due_after_hours),
            })
        });
        let deadlines = changes.deadlines.iter().filter_map(|(code, BeforeAfter { before, after })| {
            let name = template.deadlines.get(code)?.name.clone().into();
            Some(DeadlineChange { code: code.clone(), name, hours_before: *before, hours_after: *after })
        });
        Some(Self {
            jurisdiction: changes.jurisdiction,
            from: changes.from,
            to: changes.to,
            declared: changes.declared,
            digest: changes.digest().to_string(),
            headquarters: changes.headquarters,
            posts_opened: posts(&changes.posts_opened),
            posts_released: posts(&changes.posts_released),
            unfilled_posts: changes.posts_unheld,
            task_forces_opened: forces(&changes.task_forces_opened),
            task_forces_released: forces(&changes.task_forces_released),
            reports: reports.collect(),
            deadlines: deadlines.collect(),
            flat: FlatChange {
                before: changes.flat.before.unwrap_or_default(),
                after: changes.flat.after.unwrap_or_default(),
            },
        })
    }
}

/// What declaring a level would change. It switches nothing.
#[utoipa::path(get, path = "/levels/preview", params(PreviewQuery), responses((status = 200, body = SwitchPreview)))]
pub async fn preview(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<SwitchPreview>, Refusal> {
    if !asking.may(Action::SeeCommand)?.covers(query.jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let now = app.deployment.now();
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let changes = routine.preview(query.jurisdiction, query.level, now).ok_or(Refusal::NotFound)?;
    let geography = app.deployment.geography();
    Ok(Json(SwitchPreview::of(routine, &geography, &changes, now).ok_or(Refusal::NotFound)?))
}

/// A switch to be signed.
#[derive(Deserialize, ToSchema)]
pub struct Signing {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    /// `peace`, `alert` or `emergency`.
    #[schema(value_type = String)]
    level: ResponseLevel,
    /// The digest of the preview that was shown.
    digest: String,
    /// Why; erasable.
    #[serde(default)]
    reason: Option<String>,
    key: String,
}

/// Sign a switch. What is signed is what was shown: when the list has changed meanwhile, it is shown again.
#[utoipa::path(post, path = "/levels", responses((status = 200, body = LevelView)))]
pub async fn sign(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Signing>,
) -> Result<Json<LevelView>, Refusal> {
    let (jurisdiction, level) = (given.jurisdiction, given.level);
    if !asking.may(Action::SwitchLevel)?.covers(jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    let request = format!("level {jurisdiction} {level:?}");
    let switched = |signed: Hex<32>, met: Vec<String>, reason| {
        let body = Body::Level(LevelFact::Switched { jurisdiction, level, signed, met, reason });
        drafted(&app, &asking, &request, &given.key, body)
    };
    if was_made(&app, &switched(Hex([0; 32]), vec![], None)).is_some() {
        return view(&app, jurisdiction).await;
    }
    let now = deployment.now();
    let met = {
        let situation = deployment.situation();
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let template = routine.template(jurisdiction, now).ok_or(Refusal::NotFound)?;
        let measures = Measured::of(&situation, routine, now).in_place(jurisdiction);
        let judged = judge(template, &measures);
        let met = judged.iter().filter(|judged| judged.met == Some(true));
        met.map(|judged| judged.criterion.code.clone()).collect::<Vec<_>>()
    };
    let moved = || Refusal::Conflict("what this switch would change is another list by now; look at it again");
    // Looked at before the reason is kept, so that a refusal leaves nothing behind, and again when it is recorded.
    let changes = deployment.commanding().command.routine.preview(jurisdiction, level, now).ok_or(Refusal::NotFound)?;
    if changes.digest().to_string() != given.digest {
        return Err(moved());
    }
    if changes.from == changes.to
        && deployment.commanding().command.routine.levels.own(jurisdiction, now).is_some_and(|own| own.level == level)
    {
        return Err(Refusal::Conflict("this level was declared before; it stands"));
    }
    let reason = kept(&app, &asking, given.reason.as_deref()).await?;
    let done = deployment.record_if(|routine| match routine.preview(jurisdiction, level, now) {
        Some(changes) if changes.digest().to_string() == given.digest => {
            Ok(vec![switched(changes.digest(), met, reason)])
        }
        _ => Err(moved()),
    });
    done.await??;
    view(&app, jurisdiction).await
}

/// A level that is kept.
#[derive(Deserialize, ToSchema)]
pub struct ReviewGiven {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    /// Why; erasable.
    #[serde(default)]
    reason: Option<String>,
    key: String,
}

/// Look at one's level again and keep it.
#[utoipa::path(post, path = "/levels/review", responses((status = 200, body = LevelView)))]
pub async fn review(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<ReviewGiven>,
) -> Result<Json<LevelView>, Refusal> {
    let jurisdiction = given.jurisdiction;
    if !asking.may(Action::SwitchLevel)?.covers(jurisdiction) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    let now = deployment.now();
    let own = deployment.commanding().command.routine.levels.own(jurisdiction, now).map(|own| own.level);
    let level = own.ok_or(Refusal::Conflict("no level was declared here; there is none to keep"))?;
    let met = {
        let situation = deployment.situation();
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let template = routine.template(jurisdiction, now).ok_or(Refusal::NotFound)?;
        let measures = Measured::of(&situation, routine, now).in_place(jurisdiction);
        let judged = judge(template, &measures);
        judged.iter().filter(|it| it.met == Some(true)).map(|it| it.criterion.code.clone()).collect::<Vec<_>>()
    };
    let request = format!("level-review {jurisdiction}");
    let reviewed = |reason, met| {
        let body = Body::Level(LevelFact::Reviewed { jurisdiction, level, met, reason });
        drafted(&app, &asking, &request, &given.key, body)
    };
    if was_made(&app, &reviewed(None, vec![])).is_none() {
        let reason = kept(&app, &asking, given.reason.as_deref()).await?;
        deployment.record(vec![reviewed(reason, met)]).await?;
    }
    view(&app, jurisdiction).await
}
