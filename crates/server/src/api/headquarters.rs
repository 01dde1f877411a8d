//! Headquarters and their posts: the tree, who holds what, who answers now and how they are reached.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use command::posts::may_have_headquarters;
use command::templates::{DepartmentKind, HEADQUARTERS_LEVELS};
use facts::{Body, Commitment, Draft, Hex, Jurisdiction, PostFact, PostId, Purpose, ResponseLevel, Scope, Timestamp};
use plan::Confidence;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::recording::draft;
use super::situation::Within;
use crate::accounts::Action;
use crate::deployment::{Deployment, request_fact};
use crate::officers::Officers;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::WordsView;
use crate::views::headquarters::{HeadquartersRow, HeadquartersView, OnNowView, PostRow};
use registry::Secret;

/// A draft about the headquarters. The key counts within one kind of request, so that one sent again is one.
pub(super) fn drafted(app: &App, asking: &SignedIn, request: &str, key: &str, body: Body) -> Draft {
    draft(app, asking, Some(&format!("{request} {key}")), Purpose::Command, body)
}

/// Whether a request with this key was recorded before.
pub(super) fn was_made(app: &App, draft: &Draft) -> Option<facts::FactId> {
    let made = request_fact(&draft.source)?;
    app.deployment.situation().world().ledger.get(made).map(|fact| fact.id)
}

/// A text of the headquarters that can be erased, and the promise about it that the journal keeps.
pub(super) async fn kept(app: &App, asking: &SignedIn, text: Option<&str>) -> Result<Option<Commitment>, Refusal> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let deployment = &app.deployment;
    let content = Secret::new(text.to_owned());
    Ok(Some(
        deployment.registry.put_text(&everywhere(deployment, asking), deployment.chance.id(), None, &content).await?,
    ))
}

/// The scope of the whole deployment, for texts of the headquarters: who may read one is asked before.
fn everywhere(deployment: &Deployment, asking: &SignedIn) -> Scope {
    let scope = asking.scope();
    Scope { jurisdiction: deployment.profile().jurisdiction.unwrap_or(scope.jurisdiction), ..scope }
}

/// A text of the headquarters, unless it was erased.
pub(super) async fn read(app: &App, asking: &SignedIn, of: Commitment) -> Result<Option<String>, Refusal> {
    let deployment = &app.deployment;
    let scope = everywhere(deployment, asking);
    let found = deployment.registry.text(&scope, Purpose::Command, of.text, deployment.now()).await?;
    Ok(found.map(|(_, text)| text.expose().clone()))
}

/// Says of each post how whoever answers is reached.
async fn fill_in_reach<'a>(
    app: &App,
    asking: &SignedIn,
    posts: impl Iterator<Item = &'a mut OnNowView>,
) -> Result<(), Refusal> {
    for post in posts {
        let said = {
            let commanding = app.deployment.commanding();
            post.answers.and_then(|officer| commanding.command.routine.posts.reach(officer))
        };
        if let Some(said) = said {
            post.reach = read(app, asking, said).await?;
        }
    }
    Ok(())
}

/// Headquarters.
#[derive(Serialize, ToSchema)]
pub struct HeadquartersList {
    rows: Vec<HeadquartersRow>,
}

/// Every division down to the county, with its headquarters where it has one.
#[utoipa::path(get, path = "/headquarters", params(Within), responses((status = 200, body = HeadquartersList)))]
pub async fn list(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<HeadquartersList>, Refusal> {
    let within = within.of(&asking.may(Action::SeeCommand)?)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let (geography, now) = (deployment.geography(), deployment.now());
    let commanding = deployment.commanding();
    let routine = &commanding.command.routine;
    let divisions = geography.within(within).map(|division| division.code);
    let divisions = divisions.filter(|code| HEADQUARTERS_LEVELS.contains(&code.level()));
    let mut codes: Vec<Jurisdiction> = divisions.collect();
    codes.extend(routine.posts.within(within, now).map(|headquarters| headquarters.jurisdiction));
    codes.sort();
    codes.dedup();
    let rows = codes.into_iter().map(|code| HeadquartersRow::of(routine, &geography, &officers, code, now));
    Ok(Json(HeadquartersList { rows: rows.collect() }))
}

/// A template.
#[derive(Serialize, ToSchema)]
pub struct TemplateView {
    id: String,
    name: WordsView,
    departments: usize,
    posts: usize,
    /// What the template was drawn from.
    source: Vec<String>,
    /// The least sure of its numbers.
    #[schema(value_type = String)]
    confidence: Confidence,
}

/// By what headquarters can be set up.
#[utoipa::path(get, path = "/headquarters/templates", responses((status = 200, body = Vec<TemplateView>)))]
pub async fn templates(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<TemplateView>>, Refusal> {
    asking.may(Action::SeeCommand)?;
    let commanding = app.deployment.commanding();
    let templates = commanding.command.routine.templates().all().map(|template| TemplateView {
        id: template.id.clone(),
        name: template.name.clone().into(),
        departments: template.departments.len(),
        posts: template.departments.iter().map(|department| department.posts.len()).sum(),
        source: template.sources.values().cloned().collect(),
        confidence: template
            .criteria
            .iter()
            .map(|criterion| criterion.threshold.confidence)
            .min()
            .unwrap_or(Confidence::Assumption),
    });
    Ok(Json(templates.collect()))
}

/// A headquarters, with how those who answer are reached.
async fn view(app: &App, asking: &SignedIn, code: Jurisdiction) -> Result<Json<HeadquartersView>, Refusal> {
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let now = deployment.now();
    let mut view = {
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let headquarters = routine.posts.headquarters(code, now).ok_or(Refusal::NotFound)?;
        HeadquartersView::of(routine, &deployment.geography(), &officers, headquarters, now)
    };
    fill_in_reach(app, asking, view.posts_mut().map(|post| &mut post.on_now)).await?;
    Ok(Json(view))
}

/// One headquarters, whole.
#[utoipa::path(get, path = "/headquarters/{code}", params(("code" = String, Path)),
    responses((status = 200, body = HeadquartersView)))]
pub async fn one(
    State(app): State<App>,
    asking: SignedIn,
    Path(code): Path<Jurisdiction>,
) -> Result<Json<HeadquartersView>, Refusal> {
    if !asking.may(Action::SeeCommand)?.covers(code) {
        return Err(Refusal::NotFound);
    }
    view(&app, &asking, code).await
}

/// Headquarters to be set up.
#[derive(Deserialize, ToSchema)]
pub struct Establishment {
    /// Whose, at most 1,000.
    #[schema(value_type = Vec<String>)]
    jurisdictions: Vec<Jurisdiction>,
    /// By which template.
    template: String,
    #[serde(default)]
    preview: bool,
    key: String,
}

/// Headquarters that were set up.
#[derive(Serialize, ToSchema)]
pub struct Established {
    #[schema(value_type = Vec<String>)]
    established: Vec<Jurisdiction>,
    /// Those that worked by this template before.
    #[schema(value_type = Vec<String>)]
    unchanged: Vec<Jurisdiction>,
    /// How many posts they have.
    posts: usize,
    preview: bool,
}

/// The most headquarters that are set up at once.
const ESTABLISHED_MAX: usize = 1_000;

/// Set up headquarters by a template.
#[utoipa::path(post, path = "/headquarters", responses((status = 200, body = Established)))]
pub async fn establish(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Establishment>,
) -> Result<Json<Established>, Refusal> {
    let scope = asking.may(Action::KeepPosts)?;
    let deployment = &app.deployment;
    let geography = deployment.geography();
    if given.jurisdictions.is_empty() || given.jurisdictions.len() > ESTABLISHED_MAX {
        return Err(Refusal::invalid("jurisdictions", "name one at least and 1,000 at most"));
    }
    for &code in &given.jurisdictions {
        if !scope.covers(code) {
            return Err(Refusal::invalid("jurisdictions", format!("{code} is no jurisdiction of yours")));
        }
        if !geography.is_empty() && !geography.knows(code) {
            // A county that was merged answers under another code.
            let today = crate::deployment::zone().to_datetime(deployment.now()).date();
            let answering: Vec<String> = geography.answering(code, today).iter().map(ToString::to_string).collect();
            let detail = format!("{code} is no jurisdiction today; look at {}", answering.join(", "));
            return Err(Refusal::invalid("jurisdictions", detail));
        }
        if !may_have_headquarters(code) {
            return Err(Refusal::invalid("jurisdictions", format!("{code} lies below the county")));
        }
    }
    let now = deployment.now();
    let mut done = Established { established: vec![], unchanged: vec![], posts: 0, preview: given.preview };
    let mut drafts = Vec::new();
    {
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let (digest, template) = routine
            .templates()
            .get(&given.template)
            .map_err(|error| Refusal::invalid("template", error.to_string()))?;
        for &headquarters in &given.jurisdictions {
            let level = headquarters.level();
            let departments = template.departments.iter().filter(|department| department.levels.contains(&level));
            done.posts += departments.map(|department| department.posts.len()).sum::<usize>();
            let known = routine.posts.headquarters(headquarters, now);
            if known.is_some_and(|known| known.template == *template) {
                done.unchanged.push(headquarters);
                continue;
            }
            done.established.push(headquarters);
            let (template, digest): (String, Hex<32>) = (given.template.clone(), *digest);
            let body = Body::Post(PostFact::Established { headquarters, template, digest });
            drafts.push(drafted(&app, &asking, &format!("establish {headquarters}"), &given.key, body));
        }
    }
    if !given.preview {
        deployment.record(drafts).await?;
    }
    Ok(Json(done))
}

/// A task force that can be formed.
#[derive(Serialize, ToSchema)]
pub struct TaskForceRow {
    code: String,
    #[schema(value_type = String)]
    kind: DepartmentKind,
    name: WordsView,
    /// Whether it works now.
    active: bool,
    /// Whether it was formed by hand.
    formed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    active_from: Option<ResponseLevel>,
}

/// The task forces that a headquarters can form.
#[utoipa::path(get, path = "/headquarters/{code}/task-forces", params(("code" = String, Path)),
    responses((status = 200, body = Vec<TaskForceRow>)))]
pub async fn task_forces(
    State(app): State<App>,
    asking: SignedIn,
    Path(code): Path<Jurisdiction>,
) -> Result<Json<Vec<TaskForceRow>>, Refusal> {
    if !asking.may(Action::SeeCommand)?.covers(code) {
        return Err(Refusal::NotFound);
    }
    let now = app.deployment.now();
    let commanding = app.deployment.commanding();
    let routine = &commanding.command.routine;
    let headquarters = routine.posts.headquarters(code, now).ok_or(Refusal::NotFound)?;
    let level = routine.level(code, now).level;
    let rows = headquarters.departments().filter(|it| it.kind.is_task_force()).map(|department| TaskForceRow {
        code: department.code.clone(),
        kind: department.kind,
        name: department.name.clone().into(),
        active: headquarters.is_active(department, level),
        formed: headquarters.formed(&department.code).is_some(),
        active_from: department.active_from,
    });
    Ok(Json(rows.collect()))
}

/// A task force to be formed or dissolved.
#[derive(Deserialize, ToSchema)]
pub struct Forming {
    /// Its code.
    task_force: String,
    /// Formed, or dissolved.
    formed: bool,
    key: String,
}

/// Form a task force, or dissolve it.
#[utoipa::path(post, path = "/headquarters/{code}/task-forces", params(("code" = String, Path)),
    responses((status = 200, body = HeadquartersView)))]
pub async fn form(
    State(app): State<App>,
    asking: SignedIn,
    Path(code): Path<Jurisdiction>,
    Json(given): Json<Forming>,
) -> Result<Json<HeadquartersView>, Refusal> {
    if !asking.may(Action::KeepPosts)?.covers(code) {
        return Err(Refusal::NotFound);
    }
    let deployment = &app.deployment;
    {
        let commanding = deployment.commanding();
        let posts = &commanding.command.routine.posts;
        let headquarters = posts.headquarters(code, deployment.now()).ok_or(Refusal::NotFound)?;
        let known = headquarters.departments().find(|department| department.code == given.task_force);
        if !known.is_some_and(|department| department.kind.is_task_force()) {
            return Err(Refusal::invalid("task_force", "is no task force of this headquarters' template"));
        }
    }
    let (headquarters, task_force, formed) = (code, given.task_force, given.formed);
    let request = format!("task-force {code} {task_force} {formed}");
    let body = Body::Post(PostFact::TaskForce { headquarters, task_force, formed });
    deployment.record(vec![drafted(&app, &asking, &request, &given.key, body)]).await?;
    view(&app, &asking, code).await
}

/// Whose post it is, when that is theirs.
pub(super) fn post_of(app: &App, scope: &Scope, post: PostId) -> Result<Jurisdiction, Refusal> {
    let commanding = app.deployment.commanding();
    let post = commanding.command.routine.posts.post(post).ok_or(Refusal::NotFound)?;
    let whose = post.headquarters.jurisdiction;
    if scope.covers(whose) { Ok(whose) } else { Err(Refusal::NotFound) }
}

/// Who holds a post from now on.
#[derive(Deserialize, ToSchema)]
pub struct Holding {
    /// The name of an account, or null for nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    primary: Option<String>,
    /// The name of another account, or null for nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    deputy: Option<String>,
    key: String,
}

/// Appoint who holds a post.
#[utoipa::path(post, path = "/posts/{post}/holders", params(("post" = String, Path)),
    responses((status = 200, body = PostRow)))]
pub async fn hold(
    State(app): State<App>,
    asking: SignedIn,
    Path(post): Path<PostId>,
    Json(given): Json<Holding>,
) -> Result<Json<PostRow>, Refusal> {
    let headquarters = post_of(&app, &asking.may(Action::KeepPosts)?, post)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let named = |field, name: Option<&String>| match name {
        None => Ok(None),
        Some(name) => officers.named(field, name, headquarters).map(Some),
    };
    let primary = named("primary", given.primary.as_ref())?;
    let deputy = named("deputy", given.deputy.as_ref())?;
    let body = Body::Post(PostFact::Held { post, primary, deputy });
    deployment.record(vec![drafted(&app, &asking, &format!("hold {post}"), &given.key, body)]).await?;
    let mut row = {
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let post = routine.posts.post(post).ok_or(Refusal::NotFound)?;
        PostRow::of(routine, &officers, &post, deployment.now())
    };
    fill_in_reach(&app, &asking, std::iter::once(&mut row.on_now)).await?;
    Ok(Json(row))
}

/// Of which headquarters.
#[derive(Deserialize, IntoParams)]
pub struct OnNowQuery {
    /// A jurisdiction at or below one's own; one's own, or the next above that has a headquarters, unless given.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// Also of all below.
    #[serde(default)]
    below: bool,
}

/// Who answers now.
#[derive(Serialize, ToSchema)]
pub struct OnNowList {
    #[schema(value_type = String)]
    as_of: Timestamp,
    rows: Vec<OnNowRow>,
}

/// A post that is to be filled, and who answers for it.
#[derive(Serialize, ToSchema)]
pub struct OnNowRow {
    #[schema(value_type = String)]
    headquarters: Jurisdiction,
    headquarters_name: WordsView,
    #[serde(flatten)]
    post: PostRow,
}

/// Who is on now, and how to reach them.
#[utoipa::path(get, path = "/posts/on-now", params(OnNowQuery), responses((status = 200, body = OnNowList)))]
pub async fn on_now(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<OnNowQuery>,
) -> Result<Json<OnNowList>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let deployment = &app.deployment;
    let officers = Officers::of(deployment).await?;
    let (geography, now) = (deployment.geography(), deployment.now());
    let (asked, mut rows) = {
        let commanding = deployment.commanding();
        let routine = &commanding.command.routine;
        let asked = match query.jurisdiction {
            Some(asked) if !scope.covers(asked) => return Err(Refusal::NotFound),
            Some(asked) => asked,
            // Whoever works below a headquarters calls the one above them.
            None => match routine.posts.headquarters(scope.jurisdiction, now) {
                Some(_) => scope.jurisdiction,
                None => routine.posts.above(scope.jurisdiction, now).unwrap_or(scope.jurisdiction),
            },
        };
        let mut rows = Vec::new();
        for headquarters in routine.posts.within(asked, now) {
            let code = headquarters.jurisdiction;
            if code != asked && !query.below {
                continue;
            }
            let level = routine.level(code, now).level;
            rows.extend(headquarters.posts().filter(|post| post.is_active(level)).map(|post| OnNowRow {
                headquarters: code,
                headquarters_name: geography.name(code).into(),
                post: PostRow::of(routine, &officers, &post, now),
            }));
        }
        (asked, rows)
    };
    // Those of the headquarters that was asked for; every number that is given out is recorded as a look.
    let own = rows.iter_mut().filter(|row| row.headquarters == asked).map(|row| &mut row.post.on_now);
    fill_in_reach(&app, &asking, own).await?;
    Ok(Json(OnNowList { as_of: now, rows }))
}

/// How I am reached on duty.
#[derive(Deserialize, ToSchema)]
pub struct Reach {
    /// A telephone number; erasable, and in no fact.
    telephone: String,
    key: String,
}

/// Say how one is reached on duty.
#[utoipa::path(put, path = "/officers/me/reach", responses((status = 204)))]
pub async fn reach(State(app): State<App>, asking: SignedIn, Json(given): Json<Reach>) -> Result<StatusCode, Refusal> {
    asking.may(Action::HoldPost)?;
    let telephone = given.telephone.trim();
    let digits = telephone.chars().filter(char::is_ascii_digit).count();
    let fits = telephone.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c));
    if !fits || !(3..=20).contains(&digits) {
        return Err(Refusal::invalid("telephone", "is no telephone number; give 3 to 20 digits"));
    }
    let officer = asking.account.actor;
    let by = kept(&app, &asking, Some(telephone)).await?.ok_or(Refusal::NotFound)?;
    let body = Body::Post(PostFact::Reachable { officer, by });
    app.deployment.record(vec![drafted(&app, &asking, "reach", &given.key, body)]).await?;
    Ok(StatusCode::NO_CONTENT)
}
