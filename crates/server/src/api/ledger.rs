//! The ledger, whose every number opens to its duties; and closed duties drawn to be verified.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use command::board::hands;
use command::inspections::Sample;
use command::ledger::{By, Key, Ledger, Line, Number};
use command::sampling::draw;
use duties::{ClosedBy, DutyKind};
use facts::{
    ActorId, Body, DutyId, FactId, Hex, InspectionFact, Jurisdiction, PersonId, Purpose, Scope, TextId, Timestamp,
};
use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::attachments::attached;
use super::board::look;
use super::orders::{Page, redo_by};
use super::recording::{draft, erasable};
use super::situation::Within;
use crate::accounts::Action;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::board::{BoardRow, Owed, Seen, level_name};
use crate::views::inspections::{RateView, SampleRow, SampleView};
use crate::views::{Masked, WordsView, with_names};

/// How far back the ledger looks unless it is said, in days.
const DAYS_SHOWN: i64 = 30;
/// The most duties that one sample draws.
const SAMPLE_MAX: usize = 500;

/// Which part of the ledger.
#[derive(Deserialize, IntoParams)]
pub struct LedgerQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// `territory`, `level`, `department`, `unit`, `individual` or `kind`; territory unless given.
    by: Option<String>,
    /// Of which kind of duty.
    kind: Option<String>,
    /// Received from then on; thirty days before the end unless given.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// And before then; now unless given.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// Which line, where duties are asked for: its key, `none` for those who have none; every line unless given.
    key: Option<String>,
    /// Which number, where duties are asked for; `given` unless given.
    number: Option<String>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// A question that was understood.
struct Wanted {
    within: Jurisdiction,
    by: By,
    kind: Option<DutyKind>,
    from: Timestamp,
    to: Timestamp,
}

impl LedgerQuery {
    fn wanted(&self, scope: &Scope, now: Timestamp) -> Result<Wanted, Refusal> {
        let within = Within { jurisdiction: self.jurisdiction }.of(scope)?;
        let by = match self.by.as_deref() {
            None | Some("territory") => By::Territory(within),
            Some("level") => By::Level,
            Some("department") => By::Department,
            Some("unit") => By::Unit,
            Some("individual") => By::Individual,
            Some("kind") => By::Kind,
            Some(_) => {
                return Err(Refusal::invalid("by", "expected territory, level, department, unit, individual or kind"));
            }
        };
        let kind = kind_named(self.kind.as_deref())?;
        let to = self.to.unwrap_or_else(|| now.checked_add(1.second()).unwrap_or(Timestamp::MAX));
        let from = self.from.unwrap_or_else(|| to.checked_sub((DAYS_SHOWN * 24).hours()).unwrap_or(Timestamp::MIN));
        if from >= to {
            return Err(Refusal::invalid("to", "lies before the start"));
        }
        Ok(Wanted { within, by, kind, from, to })
    }
}

fn kind_named(kind: Option<&str>) -> Result<Option<DutyKind>, Refusal> {
    kind.map(|kind| DutyKind::named(kind).ok_or_else(|| Refusal::invalid("kind", "is no kind of duty"))).transpose()
}

impl Wanted {
    fn fits(&self, owed: Owed<'_>, at: Timestamp) -> bool {
        let head = owed.head(at);
        self.within.contains(head.owner.territory)
            && self.from <= head.received
            && head.received < self.to
            && self.kind.is_none_or(|kind| head.kind == kind)
    }

    fn key(&self, owed: Owed<'_>) -> Key {
        match owed {
            Owed::Search(search) => self.by.key(search),
            Owed::Other(duty) => self.by.key(duty),
        }
    }
}

/// A key as the interface has it; none for those who have none.
fn key_text(key: &Key) -> Option<String> {
    match key {
        Key::Territory(territory) => Some(territory.to_string()),
        Key::Level(level) => Some(level_name(*level).to_owned()),
        Key::Department(department) => department.as_ref().map(|department| department.code().to_owned()),
        Key::Unit(unit) => unit.map(|unit| unit.to_string()),
        Key::Individual(individual) => individual.map(|individual| individual.to_string()),
        Key::Kind(kind) => Some(kind.name().to_owned()),
    }
}

/// One line of the ledger. Shares and times that nothing stands behind are absent.
#[derive(Serialize, ToSchema)]
pub struct LedgerRow {
    /// Which; absent for those who have no such party, and for the total.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// What it is called, where it has a name in both languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<WordsView>,
    /// The name of the account, of an individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The name of the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_name: Option<String>,
    given: u64,
    closed: u64,
    on_time: u64,
    late: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_time_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_hours: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90_hours: Option<f64>,
    open: u64,
    overdue_now: u64,
    reopened: u64,
    handed_over: u64,
    handed_back: u64,
    released: u64,
    paused: u64,
    paused_hours: f64,
    /// What verifying closed duties again showed; absent where none was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<RateView>,
    #[serde(skip)]
    individual: Option<ActorId>,
}

fn hours(time: SignedDuration) -> f64 {
    time.as_secs_f64() / 3600.0
}

/// What was drawn, verified and found not to be done, of one line.
#[derive(Default, Clone, Copy)]
struct Checked {
    drawn: u64,
    verified: u64,
    not_done: u64,
}

impl LedgerRow {
    fn of(seen: &Seen<'_>, key: Option<&Key>, line: &Line, checked: Option<Checked>) -> Self {
        let number = |number: Number| line.number(number);
        let unit = match key {
            Some(Key::Unit(Some(unit))) => seen.situation.world().unit(*unit),
            _ => None,
        };
        Self {
            key: key.and_then(key_text),
            name: match key {
                Some(Key::Territory(territory)) => Some(seen.geography.name(*territory).into()),
                _ => None,
            },
            account: None,
            unit_name: unit.and_then(|unit| unit.name.clone()),
            given: number(Number::Given),
            closed: number(Number::Closed),
            on_time: number(Number::OnTime),
            late: number(Number::Late),
            on_time_share: line.on_time_share(),
            median_hours: line.took(0.5).map(hours),
            p90_hours: line.took(0.9).map(hours),
            open: number(Number::Open),
            overdue_now: number(Number::OverdueNow),
            reopened: number(Number::Reopened),
            handed_over: number(Number::HandedOver),
            handed_back: number(Number::HandedBack),
            released: number(Number::Released),
            paused: number(Number::Paused),
            paused_hours: hours(line.paused),
            checked: checked.map(|it| RateView::of(it.drawn, it.verified, it.not_done)),
            individual: match key {
                Some(Key::Individual(individual)) => *individual,
                _ => None,
            },
        }
    }
}

/// The ledger.
#[derive(Serialize, ToSchema)]
pub struct LedgerView {
    #[schema(value_type = String)]
    as_of: Timestamp,
    #[schema(value_type = String)]
    from: Timestamp,
    #[schema(value_type = String)]
    to: Timestamp,
    by: &'static str,
    rows: Vec<LedgerRow>,
    total: LedgerRow,
}

impl Masked for LedgerView {
    fn each_name(&mut self, _: &mut dyn FnMut(PersonId, &mut String)) {}

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        for row in &mut self.rows {
            if let Some(individual) = row.individual {
                put(individual, &mut row.account);
            }
        }
    }
}

/// Who was on time, who was late, and what is fair to know beside it.
#[utoipa::path(get, path = "/ledger", params(LedgerQuery), responses((status = 200, body = LedgerView)))]
pub async fn ledger(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<LedgerQuery>,
) -> Result<Json<LedgerView>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let wanted = query.wanted(&scope, app.deployment.now())?;
    let view = look(&app, &asking, |seen| {
        let mut ledger = Ledger::new(wanted.by);
        for owed in seen.all().filter(|owed| wanted.fits(*owed, seen.at)) {
            match owed {
                Owed::Search(search) => ledger.add(search, seen.at),
                Owed::Other(duty) => ledger.add(duty, seen.at),
            }
        }
        let ledger = ledger.finished();
        let mut checked: BTreeMap<Key, Checked> = BTreeMap::new();
        let mut all = Checked::default();
        let drawn = seen.command.inspections().samples().flat_map(|sample| &sample.drawn);
        for (&duty, drawn) in drawn {
            let Some(owed) = seen.get(duty).filter(|owed| wanted.fits(*owed, seen.at)) else { continue };
            for line in [checked.entry(wanted.key(owed)).or_default(), &mut all] {
                line.drawn += 1;
                line.verified += u64::from(drawn.verified.is_some());
                line.not_done += u64::from(drawn.verified.is_some_and(|check| !check.held));
            }
        }
        let lines = ledger.lines.iter();
        LedgerView {
            as_of: seen.at,
            from: wanted.from,
            to: wanted.to,
            by: match wanted.by {
                By::Territory(_) => "territory",
                By::Level => "level",
                By::Department => "department",
                By::Unit => "unit",
                By::Individual => "individual",
                By::Kind => "kind",
            },
            rows: lines.map(|(key, line)| LedgerRow::of(seen, Some(key), line, checked.get(key).copied())).collect(),
            total: LedgerRow::of(seen, None, &ledger.total, Some(all).filter(|all| all.drawn > 0)),
        }
    });
    Ok(Json(with_names(view, &app.deployment).await?))
}

/// The duties behind a number.
#[derive(Serialize, ToSchema)]
pub struct Behind {
    /// How many: the number.
    total: usize,
    /// One page of them.
    rows: Vec<BoardRow>,
}

/// The duties behind a number of the ledger: exactly those that it counts.
#[utoipa::path(get, path = "/ledger/duties", params(LedgerQuery), responses((status = 200, body = Behind)))]
pub async fn behind(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<LedgerQuery>,
) -> Result<Json<Behind>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let wanted = query.wanted(&scope, app.deployment.now())?;
    let number = Number::named(query.number.as_deref().unwrap_or("given"))
        .ok_or_else(|| Refusal::invalid("number", "expected a number of the ledger, such as late or overdue-now"))?;
    let (total, rows) = look(&app, &asking, |seen| {
        let counts = |owed: Owed<'_>| match owed {
            Owed::Search(search) => number.counts(search, seen.at),
            Owed::Other(duty) => number.counts(duty, seen.at),
        };
        let of_line = |owed: Owed<'_>| {
            query.key.as_deref().is_none_or(|key| key_text(&wanted.key(owed)).as_deref().unwrap_or("none") == key)
        };
        let all = seen.all().filter(|owed| wanted.fits(*owed, seen.at) && counts(*owed) && of_line(*owed));
        let mut found: Vec<_> = all.map(|owed| (owed.head(seen.at), owed)).collect();
        found.sort_unstable_by_key(|(head, _)| (head.deadline, head.id));
        let page = Page { limit: query.limit, offset: query.offset };
        let total = found.len();
        (total, page.of(found).into_iter().map(|(_, owed)| BoardRow::of(seen, owed)).collect::<Vec<_>>())
    });
    Ok(Json(Behind { total, rows: with_names(rows, &app.deployment).await? }))
}

/// Samples.
#[derive(Serialize, ToSchema)]
pub struct Samples {
    /// Latest first.
    rows: Vec<SampleRow>,
}

/// The samples that were drawn in my jurisdiction.
#[utoipa::path(get, path = "/samples", params(Within), responses((status = 200, body = Samples)))]
pub async fn samples(
    State(app): State<App>,
    asking: SignedIn,
    Query(within): Query<Within>,
) -> Result<Json<Samples>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let within = within.of(&scope)?;
    let rows: Vec<SampleRow> = look(&app, &asking, |seen| {
        let all = seen.command.inspections().samples();
        let mut own: Vec<&Sample> = all.filter(|sample| within.contains(sample.jurisdiction)).collect();
        own.sort_by_key(|sample| std::cmp::Reverse((sample.done.recorded, sample.fact)));
        own.into_iter().map(|sample| SampleRow::of(seen, sample)).collect()
    });
    Ok(Json(Samples { rows: with_names(rows, &app.deployment).await? }))
}

/// What is to be drawn.
#[derive(Deserialize, ToSchema)]
pub struct SampleGiven {
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    /// Closed from then on.
    #[schema(value_type = String)]
    from: Timestamp,
    /// And before then.
    #[schema(value_type = String)]
    to: Timestamp,
    #[serde(default)]
    kind: Option<String>,
    /// How many, from 1 to 500; all where there are fewer.
    size: usize,
    /// By when they are verified.
    due_hours: u32,
    key: String,
}

async fn sample_view(app: &App, asking: &SignedIn, id: FactId) -> Result<Json<SampleView>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let view = look(app, asking, |seen| {
        let sample = seen.command.inspections().sample(id).filter(|sample| scope.covers(sample.jurisdiction));
        sample.map(|sample| SampleView::of(seen, sample))
    });
    Ok(Json(with_names(view.ok_or(Refusal::NotFound)?, &app.deployment).await?))
}

/// Draw closed duties at random, to be verified by someone who had no part in them.
///
/// The seed is drawn by the server and recorded: who asks for a sample cannot choose what is in it.
#[utoipa::path(post, path = "/samples", responses((status = 200, body = SampleView)))]
pub async fn sample(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<SampleGiven>,
) -> Result<Json<SampleView>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "does not lie within your jurisdiction"));
    }
    if given.size == 0 || given.size > SAMPLE_MAX {
        return Err(Refusal::invalid("size", format!("draw between 1 and {SAMPLE_MAX}")));
    }
    if given.from >= given.to {
        return Err(Refusal::invalid("to", "lies before the start"));
    }
    let kind = kind_named(given.kind.as_deref())?;
    let seed = Hex(app.deployment.chance.bytes());
    let (population, drawn, ladder, due) = look(&app, &asking, |seen| {
        let was_done = |owed: &Owed<'_>| {
            let closed = match owed {
                Owed::Search(search) => search.closed,
                Owed::Other(duty) => duty.closed,
            };
            // That someone died is no claim of work done.
            let closed = closed.filter(|closed| closed.by.is_fulfilled() && closed.by != ClosedBy::Deceased);
            let head = owed.head(seen.at);
            given.jurisdiction.contains(head.owner.territory)
                && head.kind != DutyKind::Verification
                && kind.is_none_or(|kind| head.kind == kind)
                && closed.is_some_and(|closed| given.from <= closed.at && closed.at < given.to)
        };
        let all: Vec<DutyId> = seen.all().filter(was_done).map(|owed| owed.head(seen.at).id).collect();
        let ladder = seen.command.routine.ladder(given.jurisdiction, seen.at);
        let due = duties::later(seen.at, given.due_hours.saturating_mul(60));
        (all.len() as u64, draw(seed, all, given.size), ladder, due)
    });
    if drawn.is_empty() {
        return Err(Refusal::invalid("from", "nothing was closed there then; there is nothing to draw from"));
    }
    let SampleGiven { jurisdiction, from, to, key, .. } = given;
    let of_kind = kind.map(|kind| kind.name().to_owned());
    let duties = drawn.into_iter().collect();
    let body = InspectionFact::Sampled { jurisdiction, seed, from, to, of_kind, population, duties, due, ladder };
    let draft = draft(&app, &asking, Some(&key), Purpose::Audit, Body::Inspection(body));
    let recorded = app.deployment.record(vec![draft]).await?;
    sample_view(&app, &asking, recorded.facts.first().copied().ok_or(Refusal::NotFound)?).await
}

/// A sample, opened.
#[utoipa::path(get, path = "/samples/{fact}", params(("fact" = String, Path)), responses((status = 200, body = SampleView)))]
pub async fn drawn(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
) -> Result<Json<SampleView>, Refusal> {
    sample_view(&app, &asking, id).await
}

/// What verifying a duty showed.
#[derive(Deserialize, ToSchema)]
pub struct VerificationGiven {
    #[schema(value_type = String)]
    duty: DutyId,
    held: bool,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    attachment: Option<TextId>,
    key: String,
}

/// Say whether a duty that was drawn was done. Nobody verifies what they had a part in.
#[utoipa::path(post, path = "/samples/{fact}/verify", params(("fact" = String, Path)),
    responses((status = 200, body = SampleView)))]
pub async fn verify(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<FactId>,
    Json(given): Json<VerificationGiven>,
) -> Result<Json<SampleView>, Refusal> {
    let scope = asking.may(Action::Inspect)?;
    let due = look(&app, &asking, |seen| {
        let sample = seen.command.inspections().sample(id).filter(|sample| scope.covers(sample.jurisdiction));
        if !sample.ok_or(Refusal::NotFound)?.drawn.contains_key(&given.duty) {
            return Err(Refusal::invalid("duty", "was not drawn in this sample"));
        }
        if hands(&seen.legs(given.duty)).contains(&scope.actor) {
            return Err(Refusal::Conflict("you had a part in this duty; someone else has to verify it"));
        }
        // Of someone who was sought, facts about them say whether the duty is open again.
        Ok(match seen.get(given.duty) {
            Some(Owed::Other(duty)) if !given.held => Some(redo_by(seen, duty.owner.territory, None)),
            _ => None,
        })
    })?;
    let text = erasable(&app, &asking, None, given.text.as_deref()).await?;
    let photo = attached(&app, &asking, given.attachment).await?;
    let VerificationGiven { duty, held, key, .. } = given;
    let body = InspectionFact::Verified { sample: id, duty, held, due, text, photo };
    let draft = draft(&app, &asking, Some(&key), Purpose::Audit, Body::Inspection(body));
    app.deployment.record(vec![draft]).await?;
    sample_view(&app, &asking, id).await
}
