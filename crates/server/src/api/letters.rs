//! Letters between deployments (协查函): written, answered, handed on, sent back; and what comes of others.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use facts::letter::Way;
use facts::{
    Body, CaseId, DeploymentKey, Disease, Draft, Jurisdiction, LetterId, Level, PersonId, PersonKey, Purpose, Scope,
    Step, Timestamp,
};
use letters::{Correspondence, Envelope, LastKnown, NotHereAny, Part, Private};
use serde::{Deserialize, Serialize};
use situation::Situation;
use utoipa::{IntoParams, ToSchema};

use super::cases::{ROWS_MAX, visible};
use super::deployments::attachment;
use super::recording::{draft, plausible};
use crate::accounts::Action;
use crate::letters::composing::{Asked, Asking};
use crate::letters::sending::Handed;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::letters::{Beside, ErrorView, LetterCounts, LetterDetail, LetterRow, LettersView};
use crate::views::spillover::Spillover;
use crate::views::{WordsView, sees_person, with_names};

/// The largest file of letters that is taken, in bytes.
pub const FILE_BYTES_MAX: usize = letters::FILE_BYTES_MAX;

/// Which letters.
#[derive(Deserialize, IntoParams)]
pub struct LetterQuery {
    /// `out`, `in` or `all`; all unless given.
    direction: Option<String>,
    /// `open`, `overdue`, `closed` or `all`; all unless given.
    state: Option<String>,
    /// With which deployment.
    #[param(value_type = Option<String>)]
    deployment: Option<DeploymentKey>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// What the other deployment is called.
fn name_of(names: &Names, deployment: DeploymentKey) -> WordsView {
    names
        .get(&deployment)
        .cloned()
        .unwrap_or_else(|| WordsView { zh: deployment.to_string(), en: deployment.to_string() })
}

type Names = std::collections::BTreeMap<DeploymentKey, WordsView>;

async fn names(app: &App) -> Result<Names, Refusal> {
    let known = app.deployment.letters.mailbox.correspondents().await?;
    let name = |(key, one): (DeploymentKey, crate::letters::mailbox::Correspondent)| {
        (key, WordsView { zh: one.name_zh, en: one.name_en })
    };
    Ok(known.into_iter().map(name).collect())
}

/// Whether a letter is theirs to see: their jurisdiction is our side of it or above it, or they see someone of it.
fn sees_letter(situation: &Situation, scope: &Scope, letter: &Correspondence) -> bool {
    scope.covers(letter.ours()) || letter.people.values().any(|item| sees_person(situation, scope, item.sought.person))
}

/// A letter that is theirs to see.
fn one(app: &App, scope: &Scope, id: LetterId) -> Result<Correspondence, Refusal> {
    let letter = app
        .deployment
        .book_beside(|book, situation| book.letter(id).filter(|letter| sees_letter(situation, scope, letter)).cloned());
    letter.ok_or(Refusal::NotFound)
}

/// Letters, least time left first.
#[utoipa::path(get, path = "/letters", params(LetterQuery), responses((status = 200, body = LettersView)))]
pub async fn list(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<LetterQuery>,
) -> Result<Json<LettersView>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let direction = query.direction.as_deref().unwrap_or("all");
    if !["out", "in", "all"].contains(&direction) {
        return Err(Refusal::invalid("direction", "expected out, in or all"));
    }
    let state = query.state.as_deref().unwrap_or("all");
    if !["open", "overdue", "closed", "all"].contains(&state) {
        return Err(Refusal::invalid("state", "expected open, overdue, closed or all"));
    }
    let names = names(&app).await?;
    let now = app.deployment.now();
    let mut rows: Vec<LetterRow> = app.deployment.book_beside(|book, situation| {
        let row = |letter: &Correspondence| LetterRow::of(book, letter, name_of(&names, letter.with), now);
        book.letters().filter(|letter| sees_letter(situation, &scope, letter)).map(row).collect()
    });
    rows.retain(|row| {
        let way = direction == "all" || row.direction == direction;
        let with = query.deployment.is_none_or(|deployment| row.deployment == deployment);
        let stands = match state {
            "open" => row.is_open(),
            "closed" => !row.is_open(),
            "overdue" => row.counts.overdue > 0,
            _ => true,
        };
        way && with && stands
    });
    rows.sort_by_key(|row| (row.next_due.is_none(), row.next_due, std::cmp::Reverse(row.written), row.id));
    let mut counts = LetterCounts::default();
    rows.iter().for_each(|row| counts.include(&row.counts));
    let (total, limit) = (rows.len(), query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX));
    Ok(Json(LettersView { total, counts, rows: rows.into_iter().skip(query.offset).take(limit).collect() }))
}

/// Which rows.
#[derive(Deserialize, IntoParams, Default)]
pub struct Page {
    /// How many rows, at most 1,000; 500 unless given.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

async fn detail(app: &App, asking: &SignedIn, id: LetterId, page: Page) -> Result<Json<LetterDetail>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let letter = one(app, &scope, id)?;
    let names = names(app).await?;
    let deployment = &app.deployment;
    let inside = deployment.letter_inside(id).await?;
    let acknowledged = deployment.letters.mailbox.correspondent(letter.with).await?;
    let name = name_of(&names, letter.with);
    let (at, sees_people) = (deployment.now(), asking.may(Action::SeePerson).is_ok());
    let acknowledged = acknowledged.map_or(0, |one| one.acknowledged);
    let rows = (page.offset, page.limit.unwrap_or(500).min(ROWS_MAX));
    let view = deployment.book_beside(|book, situation| {
        let inside = inside.as_ref();
        let beside = Beside { situation, scope: &scope, sees_people, inside, acknowledged, at };
        // The letter again, since it may have moved on between two looks.
        book.letter(id).map(|letter| LetterDetail::of(book, letter, name, &beside, rows))
    });
    let view = view.ok_or(Refusal::NotFound)?;
    Ok(Json(with_names(view, deployment).await?))
}

/// A letter, whole, with those of its people who are theirs to see.
#[utoipa::path(get, path = "/letters/{id}", params(("id" = String, Path), Page),
    responses((status = 200, body = LetterDetail)))]
pub async fn letter(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<LetterId>,
    Query(page): Query<Page>,
) -> Result<Json<LetterDetail>, Refusal> {
    detail(&app, &asking, id, page).await
}

/// Whom to ask for.
#[derive(Deserialize, ToSchema)]
pub struct NewLetter {
    /// Whom to ask.
    #[schema(value_type = String)]
    deployment: DeploymentKey,
    /// Everyone of a case's spillover who is where the other deployment is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    case: Option<CaseId>,
    /// Of these, only those in one jurisdiction.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// Or these people, because of a disease.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    people: Option<Vec<PersonId>>,
    /// Because of which disease.
    #[serde(default)]
    disease: Option<String>,
    /// Who is asked; whom the other deployment serves unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    to: Option<Jurisdiction>,
    /// Only say what the letter would hold.
    #[serde(default)]
    preview: bool,
    key: String,
}

/// What a letter came to.
#[derive(Serialize, ToSchema)]
pub struct Written {
    /// The letter, once it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    letter: Option<LetterId>,
    /// About how many people.
    people: usize,
    /// How many were asked for before, and are still sought.
    already: usize,
    /// How many are sent without a name, since the registry has none.
    nobody_to_name: usize,
    /// Who is not in it, and why.
    refused: Vec<NotWritten>,
    /// Whether this is only what the letter would hold.
    preview: bool,
}

/// Someone who is not in a letter.
#[derive(Serialize, ToSchema)]
pub struct NotWritten {
    #[schema(value_type = String)]
    person: PersonId,
    /// `not-found` or `nothing-required`.
    code: &'static str,
}

impl Written {
    fn of(asked: Asked, not_found: Vec<PersonId>, preview: bool) -> Self {
        let refused = |code| move |person| NotWritten { person, code };
        let nothing = asked.nothing_required.into_iter().map(refused("nothing-required"));
        Self {
            letter: asked.letter,
            people: asked.people,
            already: asked.already,
            nobody_to_name: asked.nobody_to_name,
            refused: not_found.into_iter().map(refused("not-found")).chain(nothing).collect(),
            preview,
        }
    }
}

/// The key of a request, so that the same request is done once.
fn request_of(app: &App, asking: &SignedIn, what: &str, key: &str) -> String {
    let actor = asking.account.actor;
    app.deployment.registry.secret_source_key(&format!("{what} {actor} {key}")).to_string()
}

/// Everyone of a case's spillover within a jurisdiction.
fn spilled_over(
    app: &App,
    scope: &Scope,
    case: CaseId,
    there: Jurisdiction,
) -> Result<(Disease, Vec<PersonId>), Refusal> {
    let situation = app.deployment.situation();
    let case = visible(&situation, scope, case)?;
    let disease = case.disease.clone();
    let spillover = Spillover::of(&situation, &[case], Level::County, usize::MAX, app.deployment.now());
    let groups = spillover.groups.iter().filter(|group| there.contains(group.jurisdiction));
    let people: BTreeSet<PersonId> = groups.flat_map(|group| group.rows.iter().map(|row| row.person)).collect();
    Ok((disease, people.into_iter().collect()))
}

/// Whether they may ask for someone: they see them, or a case that exposed them.
fn may_ask_for(app: &App, scope: &Scope, person: PersonId) -> bool {
    let situation = app.deployment.situation();
    let canonical = situation.world().aliases.of(person);
    let derived = situation.derived();
    let mut cases = derived.cases_exposing(canonical).filter_map(|case| derived.case(case));
    sees_person(&situation, scope, person) || cases.any(|case| sees_person(&situation, scope, case.person))
}

/// Write a letter: everyone of a case who is over there, or people by name.
///
/// The same request again answers with the same letter.
#[utoipa::path(post, path = "/letters", responses((status = 200, body = Written)))]
pub async fn write(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<NewLetter>,
) -> Result<Json<Written>, Refusal> {
    let scope = asking.may(Action::SendLetter)?;
    let theirs = app.deployment.book(|book| book.deployment(given.deployment).map(|known| known.jurisdiction));
    let theirs = theirs.ok_or_else(|| Refusal::invalid("deployment", "is none that is trusted here"))?;
    let (disease, people, not_found) = match (given.case, given.people, given.disease) {
        (Some(case), None, _) => {
            let there = given.jurisdiction.unwrap_or(theirs);
            let (disease, people) = spilled_over(&app, &scope, case, there)?;
            (disease, people, Vec::new())
        }
        (None, Some(people), Some(disease)) => {
            let (people, not_found) = people.into_iter().partition(|&person| may_ask_for(&app, &scope, person));
            (Disease(disease), people, not_found)
        }
        _ => return Err(Refusal::invalid("people", "name a case, or people and a disease")),
    };
    let asked = Asking {
        with: given.deployment,
        scope,
        to: given.to.unwrap_or(theirs),
        disease: &disease,
        people: &people,
        origin: None,
    };
    let request = request_of(&app, &asking, "letter", &given.key);
    let asked = app.deployment.ask_by_letter(&asked, Some(&request), given.preview).await?;
    Ok(Json(Written::of(asked, not_found, given.preview)))
}

/// The people of a letter that a request names, as the two deployments call them.
fn keys_of(letter: &Correspondence, people: &[PersonId]) -> Result<Vec<PersonKey>, Refusal> {
    let key = |person: &PersonId| {
        let item = letter.people.values().find(|item| item.sought.person == *person);
        item.map(|item| item.sought.key)
    };
    let keys: Option<BTreeSet<PersonKey>> = people.iter().map(key).collect();
    let keys = keys.filter(|keys| !keys.is_empty());
    keys.map(|keys| keys.into_iter().collect()).ok_or_else(|| Refusal::invalid("people", "name people of this letter"))
}

/// A letter of the direction that a request is about.
fn of_direction(app: &App, scope: &Scope, id: LetterId, way: Way) -> Result<Correspondence, Refusal> {
    let letter = one(app, scope, id)?;
    match (letter.way == way, way) {
        (true, _) => Ok(letter),
        (false, Way::In) => Err(Refusal::Conflict("this letter is ours; they answer it")),
        (false, Way::Out) => Err(Refusal::Conflict("this letter is theirs; they take it back")),
    }
}

/// What was done about people of a letter.
#[derive(Deserialize, ToSchema)]
pub struct Answered {
    /// Whom; all of them with `all`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    people: Option<Vec<PersonId>>,
    /// All of them.
    #[serde(default)]
    all: bool,
    /// Steps that are done.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    steps: Vec<Step>,
    /// When, in the world; now unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
    /// How many people are on our list.
    #[serde(default)]
    reconciled: Option<u32>,
    key: String,
}

/// Record what was done about people of a letter, and say so to whoever asked.
#[utoipa::path(post, path = "/letters/{id}/answer", params(("id" = String, Path)),
    responses((status = 200, body = LetterDetail)))]
pub async fn answer(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<LetterId>,
    Json(given): Json<Answered>,
) -> Result<Json<LetterDetail>, Refusal> {
    let scope = asking.may(Action::SendLetter)?;
    let letter = of_direction(&app, &scope, id, Way::In)?;
    let deployment = &app.deployment;
    let now = deployment.now();
    given.at.map_or(Ok(()), |at| plausible("at", at, now))?;
    let people: Vec<PersonId> = match (given.people, given.all) {
        (Some(people), false) => {
            keys_of(&letter, &people)?;
            people
        }
        (None, true) => letter.people.values().map(|item| item.sought.person).collect(),
        (None, false) if given.reconciled.is_some() => Vec::new(),
        _ => return Err(Refusal::invalid("people", "name people of this letter, or all of them")),
    };
    if given.steps.is_empty() && given.reconciled.is_none() {
        return Err(Refusal::invalid("steps", "name at least one of identity, location and control"));
    }
    {
        let situation = deployment.situation();
        if people.iter().any(|&person| !sees_person(&situation, &scope, person)) {
            return Err(Refusal::NotFound);
        }
    }
    let drafts = people.iter().flat_map(|&person| given.steps.iter().map(move |&step| (person, step)));
    let drafts: Vec<Draft> = drafts
        .map(|(person, step)| {
            let body = Body::FollowUp { person, disease: letter.disease.clone(), step };
            let key = format!("{} {person} {step:?}", given.key);
            Draft { occurred: given.at.unwrap_or(now), ..draft(&app, &asking, Some(&key), Purpose::Locating, body) }
        })
        .collect();
    if !drafts.is_empty() {
        deployment.record(drafts).await?;
    }
    if let Some(number) = given.reconciled {
        let part = Part::Answer { letter: id, reconciled: Some(number), answers: Vec::new() };
        once(&app, &asking, &part, &given.key).await?;
    }
    deployment.look_at_letters().await?;
    detail(&app, &asking, id, Page::default()).await
}

/// Writes a part of a request, once.
async fn once(app: &App, asking: &SignedIn, part: &Part, key: &str) -> Result<(), Refusal> {
    let deployment = &app.deployment;
    let request = request_of(app, asking, part.name(), &format!("{} {key}", part.letter()));
    let turn = deployment.letters_turn().await;
    if deployment.letters.mailbox.of_request(&request).await?.is_none() {
        deployment.write_about(&turn, part, asking.account.actor, Some(&request)).await?;
    }
    Ok(())
}

/// Whom to hand on, and to whom.
#[derive(Deserialize, ToSchema)]
pub struct HandedOn {
    #[schema(value_type = Vec<String>)]
    people: Vec<PersonId>,
    /// Whom to ask.
    #[schema(value_type = String)]
    deployment: DeploymentKey,
    /// Who is asked; whom the other deployment serves unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    to: Option<Jurisdiction>,
    key: String,
}

/// Ask another deployment for people of a letter that came. What it answers is passed on.
#[utoipa::path(post, path = "/letters/{id}/hand-on", params(("id" = String, Path)),
    responses((status = 200, body = Written)))]
pub async fn hand_on(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<LetterId>,
    Json(given): Json<HandedOn>,
) -> Result<Json<Written>, Refusal> {
    let scope = asking.may(Action::SendLetter)?;
    let letter = of_direction(&app, &scope, id, Way::In)?;
    let keys = keys_of(&letter, &given.people)?;
    let theirs = app.deployment.book(|book| book.deployment(given.deployment).map(|known| known.jurisdiction));
    let theirs = theirs.ok_or_else(|| Refusal::invalid("deployment", "is none that is trusted here"))?;
    if given.deployment == letter.with || letter.via.contains(&given.deployment) {
        return Err(Refusal::invalid("deployment", "had this letter before; send the people back instead"));
    }
    let to = given.to.unwrap_or(theirs);
    let asked = Asking {
        with: given.deployment,
        scope,
        to,
        disease: &letter.disease,
        people: &given.people,
        origin: Some(&letter),
    };
    let request = request_of(&app, &asking, "hand on", &format!("{id} {}", given.key));
    let asked = app.deployment.ask_by_letter(&asked, Some(&request), false).await?;
    if asked.letter.is_some() {
        let part = Part::HandOn { letter: id, people: keys, deployment: given.deployment, to };
        once(&app, &asking, &part, &given.key).await?;
    }
    Ok(Json(Written::of(asked, Vec::new(), false)))
}

/// Where someone was seen last.
#[derive(Deserialize, ToSchema)]
pub struct LastSeen {
    /// The jurisdiction.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// The place, in words.
    #[serde(default)]
    place: Option<String>,
    /// When.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    at: Option<Timestamp>,
}

/// Someone who is not here.
#[derive(Deserialize, ToSchema)]
pub struct NotHereRow {
    #[schema(value_type = String)]
    person: PersonId,
    #[serde(default)]
    last_seen: Option<LastSeen>,
}

/// Who is not here.
#[derive(Deserialize, ToSchema)]
pub struct SentBack {
    people: Vec<NotHereRow>,
    key: String,
}

/// The longest place in words, in characters.
const PLACE_CHARACTERS_MAX: usize = 200;

/// Send people of a letter back: they are not here, and were seen last elsewhere.
#[utoipa::path(post, path = "/letters/{id}/send-back", params(("id" = String, Path)),
    responses((status = 200, body = LetterDetail)))]
pub async fn send_back(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<LetterId>,
    Json(given): Json<SentBack>,
) -> Result<Json<LetterDetail>, Refusal> {
    let scope = asking.may(Action::SendLetter)?;
    let letter = of_direction(&app, &scope, id, Way::In)?;
    let now = app.deployment.now();
    let mut people = Vec::new();
    for row in given.people {
        let key = keys_of(&letter, &[row.person])?[0];
        let last_seen = match row.last_seen {
            Some(LastSeen { jurisdiction, place, at }) => {
                at.map_or(Ok(()), |at| plausible("at", at, now))?;
                let place = place.map(|place| place.chars().take(PLACE_CHARACTERS_MAX).collect()).map(Private);
                Some(LastKnown { jurisdiction, place, at })
            }
            None => None,
        };
        people.push(NotHereAny { key, last_seen });
    }
    if people.is_empty() {
        return Err(Refusal::invalid("people", "name people of this letter"));
    }
    once(&app, &asking, &Part::SendBack { letter: id, people }, &given.key).await?;
    detail(&app, &asking, id, Page::default()).await
}

/// Whom to take back.
#[derive(Deserialize, ToSchema)]
pub struct TakenBack {
    /// Whom; everyone unless given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    people: Option<Vec<PersonId>>,
    key: String,
}

/// Take people of a letter of ours back: they need not be found any more.
#[utoipa::path(post, path = "/letters/{id}/withdraw", params(("id" = String, Path)),
    responses((status = 200, body = LetterDetail)))]
pub async fn withdraw(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<LetterId>,
    Json(given): Json<TakenBack>,
) -> Result<Json<LetterDetail>, Refusal> {
    let scope = asking.may(Action::SendLetter)?;
    let letter = of_direction(&app, &scope, id, Way::Out)?;
    let people = match given.people {
        Some(people) => keys_of(&letter, &people)?,
        None => letter.people.keys().copied().collect(),
    };
    once(&app, &asking, &Part::Withdrawal { letter: id, people }, &given.key).await?;
    detail(&app, &asking, id, Page::default()).await
}

/// A letter as it was signed, to be kept or carried.
#[utoipa::path(get, path = "/letters/{id}/file", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/plain")))]
pub async fn file(State(app): State<App>, asking: SignedIn, Path(id): Path<LetterId>) -> Result<Response, Refusal> {
    let scope = asking.may(Action::SendLetter)?;
    one(&app, &scope, id)?;
    let text = app.deployment.letters.mailbox.letter(id).await?.ok_or(Refusal::NotFound)?;
    Ok(attachment(&format!("{id}.txt"), text))
}

/// Which parts.
#[derive(Deserialize, IntoParams)]
pub struct MailQuery {
    /// With which deployment.
    #[param(value_type = Option<String>)]
    deployment: Option<DeploymentKey>,
    /// `waiting`, `void` (of what came) or `all`; all unless given.
    state: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// A part that we wrote.
#[derive(Serialize, ToSchema)]
pub struct OutgoingRow {
    #[schema(value_type = String)]
    deployment: DeploymentKey,
    sequence: u64,
    part: String,
    letter: String,
    #[schema(value_type = String)]
    written: Timestamp,
    bytes: usize,
    attempts: u32,
    acknowledged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<ErrorView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next_try: Option<Timestamp>,
}

/// Parts that we wrote, newest first.
#[derive(Serialize, ToSchema)]
pub struct Outbox {
    total: usize,
    rows: Vec<OutgoingRow>,
}

/// What goes out, and what of it is acknowledged.
#[utoipa::path(get, path = "/letters/outbox", params(MailQuery), responses((status = 200, body = Outbox)))]
pub async fn outbox(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<MailQuery>,
) -> Result<Json<Outbox>, Refusal> {
    asking.may(Action::SendLetter)?;
    let mailbox = &app.deployment.letters.mailbox;
    let correspondents = mailbox.correspondents().await?;
    let mut rows: Vec<OutgoingRow> = Vec::new();
    for part in mailbox.outbox().await? {
        let Some(with) = correspondents.get(&part.deployment) else { continue };
        let acknowledged = part.number <= with.acknowledged;
        let waits = query.state.as_deref() != Some("waiting") || !acknowledged;
        if waits && query.deployment.is_none_or(|deployment| deployment == part.deployment) {
            rows.push(OutgoingRow {
                deployment: part.deployment,
                sequence: part.number,
                part: part.part,
                letter: part.letter,
                written: part.written,
                bytes: part.bytes,
                attempts: part.attempts,
                acknowledged,
                last_error: with.error.clone().map(ErrorView::from).filter(|_| !acknowledged),
                next_try: with.next_try.filter(|_| !acknowledged),
            });
        }
    }
    let (total, limit) = (rows.len(), query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX));
    Ok(Json(Outbox { total, rows: rows.into_iter().skip(query.offset).take(limit).collect() }))
}

/// A part that came.
#[derive(Serialize, ToSchema)]
pub struct IncomingRow {
    #[schema(value_type = String)]
    deployment: DeploymentKey,
    sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<String>,
    #[schema(value_type = String)]
    received: Timestamp,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ErrorView>,
}

/// Parts that came, newest first.
#[derive(Serialize, ToSchema)]
pub struct Inbox {
    total: usize,
    rows: Vec<IncomingRow>,
}

/// What came, and what waits for an earlier part.
#[utoipa::path(get, path = "/letters/inbox", params(MailQuery), responses((status = 200, body = Inbox)))]
pub async fn inbox(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<MailQuery>,
) -> Result<Json<Inbox>, Refusal> {
    asking.may(Action::SendLetter)?;
    let state = query.state.as_deref().filter(|&state| state != "all");
    let rows = app.deployment.letters.mailbox.inbox().await?.into_iter().filter(|part| {
        let with = query.deployment.is_none_or(|deployment| deployment == part.deployment);
        with && state.is_none_or(|state| part.state == state)
    });
    let rows: Vec<IncomingRow> = rows
        .map(|part| IncomingRow {
            deployment: part.deployment,
            sequence: part.number,
            part: part.part,
            letter: part.letter,
            received: part.received,
            state: part.state,
            problem: part.problem.map(|(code, detail)| ErrorView { code, detail, at: None }),
        })
        .collect();
    let (total, limit) = (rows.len(), query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX));
    Ok(Json(Inbox { total, rows: rows.into_iter().skip(query.offset).take(limit).collect() }))
}

/// What became of one envelope of a file.
#[derive(Serialize, ToSchema)]
pub struct EnvelopeFate {
    /// From whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    deployment: Option<DeploymentKey>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    /// `taken`, `waiting`, `known`, `acknowledgement` or `refused`.
    outcome: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ErrorView>,
}

/// What became of a file.
#[derive(Serialize, ToSchema)]
pub struct FileFate {
    /// Its envelopes, in order.
    envelopes: Vec<EnvelopeFate>,
}

/// Take in a file of letters that was carried here.
#[utoipa::path(post, path = "/letters/files", request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = FileFate)))]
pub async fn files(State(app): State<App>, asking: SignedIn, file: String) -> Result<Json<FileFate>, Refusal> {
    asking.may(Action::SendLetter)?;
    let fates = app.deployment.take_file(&file).await?;
    let envelopes = fates.into_iter().map(|Handed { head, fate }| {
        let (outcome, problem) = match fate {
            Ok(fate) => (fate.name(), None),
            Err(refused) => {
                let problem = ErrorView { code: refused.code().to_owned(), detail: refused.to_string(), at: None };
                ("refused", Some(problem))
            }
        };
        EnvelopeFate {
            deployment: head.map(|head| head.from),
            sequence: head.map(|head| head.number),
            outcome,
            problem,
        }
    });
    Ok(Json(FileFate { envelopes: envelopes.collect() }))
}

/// A part of another deployment's. Nobody signs in for it: the signature says who wrote it, and nothing is done for
/// whoever is not trusted.
#[utoipa::path(post, path = "/letters/inbox", request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn take(State(app): State<App>, text: String) -> Result<Response, Refusal> {
    let deployment = app.deployment.clone();
    let envelope = Envelope::read(&text)?;
    let from = envelope.head.from;
    // Whoever hangs up must not leave a part half taken in.
    let taken = tokio::spawn(async move {
        deployment.take_letter(&envelope).await?;
        deployment.acknowledgement(from).await
    });
    let acknowledgement = taken.await.map_err(|_| crate::error::ServerError::CutShort)??;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], acknowledgement).into_response())
}
