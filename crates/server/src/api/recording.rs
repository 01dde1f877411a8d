//! What officers record, and what it would cause.

use axum::Json;
use axum::extract::{Path, State};
use facts::{
    Body, Channel, Commitment, Date, Disease, Draft, FactId, Masked, PersonId, Purpose, Scope, Setting, Source, Span,
    SpecimenId, TestOutcome, Timestamp, UnitId,
};
use jiff::ToSpan;
use registry::{RegistryError, Secret};
use serde::Deserialize;
use situation::Situation;
use utoipa::ToSchema;
use visits::Window;

use crate::accounts::Action;
use crate::deployment::request_fact;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::{Consequence, sees_person};

/// A draft by whoever is signed in. The client's key makes a repeated request one fact.
pub fn draft(app: &App, asking: &SignedIn, key: Option<&str>, purpose: Purpose, body: Body) -> Draft {
    let actor = asking.account.actor;
    let key = key.map(|key| {
        let kind = body.kind();
        app.deployment.registry.secret_source_key(&format!("request {actor} {kind} {key}"))
    });
    let source = Source { actor, channel: Channel::Entry, key };
    Draft { occurred: app.deployment.now(), source, purpose, supersedes: None, body }
}

/// Records drafts, or only says what they would cause.
pub async fn record_or_preview(app: &App, drafts: Vec<Draft>, preview: bool) -> Result<Json<Consequence>, Refusal> {
    let deployment = &app.deployment;
    let began = deployment.now();
    let (changes, recorded) = if preview {
        (deployment.preview(drafts)?, None)
    } else {
        let done = deployment.record(drafts).await?;
        (done.changes, done.facts.last().copied())
    };
    let now = deployment.now();
    let elapsed_ms = now.duration_since(began).as_millis().max(0) as u64;
    Ok(Json(Consequence { preview, recorded, elapsed_ms, ..Consequence::of(&changes, now) }))
}

/// How far back what an officer records may lie, in days. Older, and the year is a slip.
const DAYS_BACK_MAX: i64 = 2 * 366;

/// Refuses a time in the future, and one so long ago that it can only be a slip.
pub fn plausible(field: &'static str, at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if at > now {
        return Err(Refusal::invalid(field, "lies in the future"));
    }
    if at < now.checked_sub((DAYS_BACK_MAX * 24).hours()).unwrap_or(Timestamp::MIN) {
        return Err(Refusal::invalid(field, format!("lies more than {DAYS_BACK_MAX} days back; look at the year")));
    }
    Ok(())
}

/// A time together or in one place, that has been.
fn been(start: Timestamp, end: Timestamp, now: Timestamp) -> Result<Span, Refusal> {
    plausible("start", start, now)?;
    plausible("end", end, now)?;
    Span::new(start, end).map_err(|error| Refusal::invalid("end", error.to_string()))
}

/// A person that is theirs to act on.
pub fn visible(app: &App, scope: &Scope, person: PersonId) -> Result<(), Refusal> {
    if sees_person(&app.deployment.situation(), scope, person) { Ok(()) } else { Err(Refusal::NotFound) }
}

/// A text that can be erased, and the promise about it that the journal keeps.
///
/// It is erased with the person it is about, wherever they live; someone whom the registry does not know has
/// texts that are about nobody.
pub async fn erasable(
    app: &App,
    asking: &SignedIn,
    about: Option<PersonId>,
    text: Option<&str>,
) -> Result<Option<Commitment>, Refusal> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let deployment = &app.deployment;
    let scope = asking.scope();
    let lent = Scope { jurisdiction: deployment.profile().jurisdiction.unwrap_or(scope.jurisdiction), ..scope };
    let content = Secret::new(text.to_owned());
    let text = deployment.chance.id();
    let put = match about {
        Some(_) => deployment.registry.put_text(&lent, text, about, &content).await,
        None => deployment.registry.put_text(&scope, text, None, &content).await,
    };
    Ok(Some(match put {
        Err(RegistryError::NoPerson(_)) => deployment.registry.put_text(&scope, text, None, &content).await?,
        put => put?,
    }))
}

/// A laboratory's result.
#[derive(Deserialize, ToSchema)]
pub struct TestResult {
    #[schema(value_type = String)]
    person: PersonId,
    disease: String,
    #[schema(value_type = String)]
    result: TestOutcome,
    /// When the specimen was taken.
    #[schema(value_type = String)]
    collected: Timestamp,
    /// The laboratory's number of the specimen. Without it the result is one person's word and restricts
    /// for a day at most.
    #[serde(default)]
    specimen: Option<String>,
    /// The day of onset, when there are symptoms.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    onset: Option<Date>,
    /// Only say what would follow.
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    key: Option<String>,
}

/// Record a test result.
#[utoipa::path(post, path = "/test-results", responses((status = 200, body = Consequence)))]
pub async fn test_result(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<TestResult>,
) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::RecordResult)?;
    visible(&app, &scope, given.person)?;
    let deployment = &app.deployment;
    let disease = Disease::named(&given.disease);
    if deployment.situation().plan(&disease).is_none() {
        return Err(Refusal::invalid("disease", "no plan is in force for this disease"));
    }
    plausible("collected", given.collected, deployment.now())?;
    if let Some(onset) = given.onset {
        // A laboratory says what it found in a specimen, and nothing else.
        asking.may(Action::Investigate)?;
        let midnight = crate::deployment::zone().to_timestamp(onset.at(0, 0, 0, 0));
        plausible("onset", midnight.unwrap_or(Timestamp::MIN), deployment.now())?;
    }
    let specimen = given.specimen.as_deref().map(str::trim).filter(|number| !number.is_empty()).map(|number| {
        let digest = deployment.registry.secret_source_key(&format!("specimen {number}"));
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest.0[..8]);
        SpecimenId::new(u64::from_be_bytes(bytes))
    });
    let mut drafts = Vec::new();
    if let Some(onset) = given.onset {
        if given.result != TestOutcome::Positive {
            return Err(Refusal::invalid("onset", "goes with a positive result only"));
        }
        let body = Body::Symptoms { person: given.person, disease: disease.clone(), onset, signs: Default::default() };
        drafts.push(draft(&app, &asking, given.key.as_deref(), Purpose::Investigation, body));
    }
    let body =
        Body::TestResult { person: given.person, disease, specimen, collected: given.collected, result: given.result };
    drafts.push(draft(&app, &asking, given.key.as_deref(), Purpose::Investigation, body));
    record_or_preview(&app, drafts, given.preview).await
}

/// Where someone was, by interview, ticket or correction.
#[derive(Deserialize, ToSchema)]
pub struct Stay {
    #[schema(value_type = String)]
    person: PersonId,
    #[schema(value_type = String)]
    unit: UnitId,
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    end: Timestamp,
    #[serde(default)]
    seat_row: Option<u16>,
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    key: Option<String>,
}

/// Record where someone was.
#[utoipa::path(post, path = "/stays", responses((status = 200, body = Consequence)))]
pub async fn stay(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Stay>,
) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    visible(&app, &scope, given.person)?;
    let span = been(given.start, given.end, app.deployment.now())?;
    if app.deployment.situation().world().unit(given.unit).is_none() {
        return Err(Refusal::invalid("unit", "is no place that is known here; find it under /places"));
    }
    let body = Body::Visit { person: given.person, unit: given.unit, span, seat_row: given.seat_row };
    let draft = draft(&app, &asking, given.key.as_deref(), Purpose::Investigation, body);
    record_or_preview(&app, vec![draft], given.preview).await
}

/// Whether anything at all is known of someone: where they live, where they were, or a fact.
fn is_known(situation: &Situation, person: PersonId) -> bool {
    let world = situation.world();
    let ever = Window { from: 0, until: i64::MAX };
    situation.residence(person).is_some()
        || !world.ledger.about(&world.aliases.all(person)).is_empty()
        || !world.stays_of(person, ever).is_empty()
}

/// What someone said about who they were with.
#[derive(Deserialize, ToSchema)]
pub struct ContactStated {
    #[schema(value_type = String)]
    person: PersonId,
    #[schema(value_type = String)]
    with: PersonId,
    #[schema(value_type = String)]
    start: Timestamp,
    #[schema(value_type = String)]
    end: Timestamp,
    #[schema(value_type = String)]
    setting: Setting,
    /// Who wore a mask: `both`, `one` or `neither`; left out when nobody said.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    masked: Option<Masked>,
    /// What was said, in words; erasable.
    #[serde(default)]
    statement: Option<String>,
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    key: Option<String>,
}

/// Record a stated contact.
#[utoipa::path(post, path = "/contacts-stated", responses((status = 200, body = Consequence)))]
pub async fn contact_stated(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<ContactStated>,
) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    visible(&app, &scope, given.person)?;
    let span = been(given.start, given.end, app.deployment.now())?;
    if !is_known(&app.deployment.situation(), given.with) {
        return Err(Refusal::invalid("with", "is nobody known here; register them first"));
    }
    let statement = if given.preview {
        None
    } else {
        erasable(&app, &asking, Some(given.person), given.statement.as_deref()).await?
    };
    let body = Body::ContactStated {
        person: given.person,
        with: given.with,
        span,
        setting: given.setting,
        masked: given.masked,
        statement,
    };
    let draft = draft(&app, &asking, given.key.as_deref(), Purpose::Investigation, body);
    record_or_preview(&app, vec![draft], given.preview).await
}

/// A key that makes a repeated request one.
#[derive(Deserialize, ToSchema)]
pub struct Keyed {
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    key: Option<String>,
    /// Why, in words; erasable.
    #[serde(default)]
    reason: Option<String>,
}

/// Who a fact names must be theirs to see.
fn visible_fact(app: &App, scope: &Scope, id: FactId) -> Result<(), Refusal> {
    let situation = app.deployment.situation();
    let fact = situation.world().ledger.get(id).ok_or(Refusal::NotFound)?;
    let people = fact.body().people();
    let is_seen = people.iter().any(|&person| sees_person(&situation, scope, person));
    if is_seen && matches!(fact.body(), Body::Letter(_)) {
        return Err(Refusal::Conflict("this was said to another deployment; take it back, or send it back, by letter"));
    }
    if is_seen { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Vouch, as a second officer, for what one person asserted.
#[utoipa::path(post, path = "/facts/{id}/confirm", params(("id" = String, Path)),
    responses((status = 200, body = Consequence)))]
pub async fn confirm(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<Keyed>,
) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    visible_fact(&app, &scope, id)?;
    let own = {
        let situation = app.deployment.situation();
        situation.world().ledger.get(id).is_some_and(|fact| fact.draft.source.actor == asking.account.actor)
    };
    if own {
        return Err(Refusal::Conflict("you recorded this yourself; it takes a second officer"));
    }
    let body = Body::Confirmation { of: id };
    let draft = draft(&app, &asking, given.key.as_deref(), Purpose::Investigation, body);
    record_or_preview(&app, vec![draft], given.preview).await
}

/// Take a fact back: it was wrong, and nothing takes its place.
#[utoipa::path(post, path = "/facts/{id}/withdraw", params(("id" = String, Path)),
    responses((status = 200, body = Consequence)))]
pub async fn withdraw(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<Keyed>,
) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    visible_fact(&app, &scope, id)?;
    let body = Body::Withdrawn { reason: None };
    let draft = draft(&app, &asking, given.key.as_deref(), Purpose::Investigation, body);
    let about;
    let again = {
        let situation = app.deployment.situation();
        let ledger = &situation.world().ledger;
        about = ledger.get(id).and_then(|fact| fact.body().people().first().copied());
        let made = request_fact(&draft.source).and_then(|made| ledger.get(made));
        let again = made.is_some_and(|made| made.draft.supersedes == Some(id));
        if !again && !ledger.stands(id) {
            return Err(Refusal::Conflict("this fact was corrected or withdrawn before"));
        }
        again
    };
    let wanted = given.reason.as_deref().filter(|_| !given.preview && !again);
    let body = Body::Withdrawn { reason: erasable(&app, &asking, about, wanted).await? };
    record_or_preview(&app, vec![Draft { supersedes: Some(id), body, ..draft }], given.preview).await
}
