//! The board: everything owed, of every kind; giving tasks; and what is done about duties, one or ten thousand.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, Query, State};
use duties::{Done, Duty, DutyKind, NotDone, Search, Standing, ladder};
use facts::{
    Act, ActorId, Body, Commitment, Department, Draft, DutyFact, DutyId, Every, FactId, Item, Jurisdiction, Level,
    Parties, Purpose, Reason, Recurrence, Scope, Step, TextId, Timestamp, UnitId,
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::assigning::{AT_ONCE_MAX, is_assignable, officer_wanted, works_in};
use super::attachments::attached;
use super::cases::ROWS_MAX;
use super::recording::{draft, erasable};
use super::situation::Within;
use crate::accounts::{Account, Action};
use crate::deployment::{off_the_reactor, request_fact};
use crate::error::ServerError;
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::board::{
    BoardCounts, BoardDetail, BoardFacets, BoardRow, BoardView, Facet, Head, OfficerFacet, Owed, RungView, Seen,
    level_name, level_named, standing_name,
};
use crate::views::{WordsView, with_names};

/// The most ids that an answer about many tasks lists.
const IDS_SHOWN: usize = 100;
/// How far back what made itself heard is shown unless it is said, in hours.
const CROSSINGS_HOURS: i64 = 24;

/// Looks at everything owed, with the eyes of whoever asks.
pub fn look<T>(app: &App, asking: &SignedIn, of: impl FnOnce(&Seen<'_>) -> T) -> T {
    off_the_reactor(|| {
        let deployment = &app.deployment;
        let situation = deployment.situation();
        let commanding = deployment.commanding();
        let at = deployment.now();
        let routine = commanding.routine_duties(&situation, at);
        let geography = deployment.geography();
        let people = asking.account.role.may(Action::SeePerson);
        let command = &commanding.command;
        of(&Seen { situation: &situation, command, routine: &routine, geography: &geography, at, people })
    })
}

/// Which duties.
#[derive(Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BoardQuery {
    /// A jurisdiction at or below one's own.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// What is owed.
    #[serde(default)]
    kind: Option<String>,
    /// `open`, `overdue`, `paused`, `done` or `all`; open unless given.
    #[serde(default)]
    state: Option<String>,
    /// A department by its code, or `none`.
    #[serde(default)]
    department: Option<String>,
    /// A unit.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    unit: Option<UnitId>,
    /// To whom it was given: `me`, `none` or the name of an account.
    #[serde(default)]
    assigned: Option<String>,
    /// The order that it carries out.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    order: Option<FactId>,
    /// The duty that it is a part of.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    part_of: Option<DutyId>,
    /// The level of who owes it.
    #[serde(default)]
    level: Option<String>,
    /// To whom it is owed.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    owed_to: Option<Jurisdiction>,
    /// Due before a time.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    due_before: Option<Timestamp>,
    /// How many rows, at most 1,000.
    #[serde(default)]
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// A question that was understood.
struct Wanted<'a> {
    query: &'a BoardQuery,
    within: Jurisdiction,
    kind: Option<DutyKind>,
    level: Option<Level>,
    assigned: Option<Option<ActorId>>,
    scope: Scope,
}

/// Filters that a facet leaves out, one bit each.
mod fails {
    pub const KIND: u8 = 1;
    pub const STATE: u8 = 2;
    pub const LEVEL: u8 = 4;
    pub const DEPARTMENT: u8 = 8;
    pub const ASSIGNED: u8 = 16;
    pub const REST: u8 = 32;
}

impl<'a> Wanted<'a> {
    async fn of(app: &App, asking: &SignedIn, scope: Scope, query: &'a BoardQuery) -> Result<Self, Refusal> {
        let within = Within { jurisdiction: query.jurisdiction }.of(&scope)?;
        let states = ["open", "overdue", "paused", "done", "all"];
        if query.state.as_deref().is_some_and(|state| !states.contains(&state)) {
            return Err(Refusal::invalid("state", "expected open, overdue, paused, done or all"));
        }
        let kind = query
            .kind
            .as_deref()
            .map(|kind| DutyKind::named(kind).ok_or_else(|| Refusal::invalid("kind", "is no kind of duty")));
        let level = query.level.as_deref().map(|level| {
            level_named(level).ok_or_else(|| Refusal::invalid("level", "expected province, city, county, …"))
        });
        let assigned = officer_wanted(app, asking, query.assigned.as_deref()).await?;
        Ok(Self { query, within, kind: kind.transpose()?, level: level.transpose()?, assigned, scope })
    }

    /// Whether a duty belongs to the board at all.
    fn is_on_board(&self, head: &Head<'_>) -> bool {
        if self.query.jurisdiction.is_some() {
            return self.within.contains(head.owner.territory)
                || head.waits_for.is_some_and(|to| self.within.contains(to));
        }
        head.is_seen_by(&self.scope)
    }

    /// The filters that a duty does not pass.
    fn fails(&self, head: &Head<'_>) -> u8 {
        let query = self.query;
        let is_in_state = match query.state.as_deref() {
            Some("overdue") => head.is_overdue,
            Some("paused") => head.standing == Standing::Paused,
            Some("done") => !head.is_open(),
            Some("all") => true,
            _ => head.is_open(),
        };
        let code = head.owner.department.as_ref().map_or("none", |department| department.code());
        let is_rest = query.unit.is_none_or(|unit| head.owner.unit == Some(unit))
            && query.order.is_none_or(|order| head.order == Some(order))
            && query.part_of.is_none_or(|whole| head.part_of == Some(whole))
            && query.owed_to.is_none_or(|to| head.owed_to == Some(to))
            && query.due_before.is_none_or(|before| head.deadline < before);
        let bit = |fits: bool, bit: u8| if fits { 0 } else { bit };
        bit(self.kind.is_none_or(|kind| head.kind == kind), fails::KIND)
            | bit(is_in_state, fails::STATE)
            | bit(self.level.is_none_or(|level| head.owner.territory.level() == level), fails::LEVEL)
            | bit(query.department.as_deref().is_none_or(|wanted| wanted == code), fails::DEPARTMENT)
            | bit(self.assigned.is_none_or(|officer| head.owner.individual == officer), fails::ASSIGNED)
            | bit(is_rest, fails::REST)
    }

    /// Everything that fits, least time left first.
    fn fitting<'s>(&self, seen: &Seen<'s>) -> Vec<(Head<'s>, Owed<'s>)> {
        let heads = seen.all().map(|owed| (owed.head(seen.at), owed));
        let mut found: Vec<_> = heads.filter(|(head, _)| self.is_on_board(head) && self.fails(head) == 0).collect();
        found.sort_unstable_by_key(|(head, _)| (!head.is_open(), head.deadline, head.id));
        found
    }
}

/// What the filters leave, being counted.
#[derive(Default)]
struct Counted<'a> {
    kind: BTreeMap<DutyKind, usize>,
    state: BTreeMap<&'static str, usize>,
    level: BTreeMap<Level, usize>,
    department: BTreeMap<Option<&'a Department>, usize>,
    jurisdiction: BTreeMap<Jurisdiction, usize>,
    assigned: BTreeMap<Option<ActorId>, usize>,
}

impl<'a> Counted<'a> {
    fn add(&mut self, head: &Head<'a>, fails: u8, within: Jurisdiction) {
        let only = |bit: u8| fails & !bit == 0;
        if only(fails::KIND) {
            *self.kind.entry(head.kind).or_default() += 1;
        }
        if only(fails::STATE) {
            *self.state.entry(standing_name(head.standing)).or_default() += 1;
            if head.is_overdue {
                *self.state.entry("overdue").or_default() += 1;
            }
        }
        if only(fails::LEVEL) {
            *self.level.entry(head.owner.territory.level()).or_default() += 1;
        }
        if only(fails::DEPARTMENT) {
            *self.department.entry(head.owner.department.as_ref()).or_default() += 1;
        }
        if only(fails::ASSIGNED) {
            *self.assigned.entry(head.owner.individual).or_default() += 1;
        }
        if fails == 0 {
            *self.jurisdiction.entry(one_below(head.owner.territory, within)).or_default() += 1;
        }
    }

    fn finished(self, seen: &Seen<'_>) -> BoardFacets {
        let facet = |(code, n): (Jurisdiction, usize)| Facet {
            code: Some(code.to_string()),
            name: Some(WordsView::from(seen.geography.name(code))),
            n,
        };
        let department = |(department, n): (Option<&Department>, usize)| Facet {
            code: department.map(|department| department.code().to_owned()),
            name: None,
            n,
        };
        let officer = |(officer, n): (Option<ActorId>, usize)| OfficerFacet { name: None, n, officer };
        BoardFacets {
            kind: self.kind.into_iter().map(|(kind, n)| (kind.name(), n)).collect(),
            state: self.state,
            level: self.level.into_iter().map(|(level, n)| (level_name(level), n)).collect(),
            department: self.department.into_iter().map(department).collect(),
            jurisdiction: self.jurisdiction.into_iter().map(facet).collect(),
            assigned: self.assigned.into_iter().map(officer).collect(),
        }
    }
}

/// The jurisdiction that a territory belongs to, seen from one above: itself, or one level below.
fn one_below(territory: Jurisdiction, seen_from: Jurisdiction) -> Jurisdiction {
    let below = match seen_from.level() {
        Level::Nation => Level::Province,
        Level::Province => Level::City,
        Level::City => Level::County,
        Level::County => Level::Township,
        Level::Township | Level::Community => Level::Community,
    };
    if territory == seen_from { territory } else { territory.at(below) }
}

/// The board: those with the least time left first.
#[utoipa::path(get, path = "/board", params(BoardQuery), responses((status = 200, body = BoardView)))]
pub async fn board(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<BoardQuery>,
) -> Result<Json<BoardView>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let wanted = Wanted::of(&app, &asking, scope, &query).await?;
    let limit = query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX);
    let view = look(&app, &asking, |seen| {
        let (mut counts, mut facets) = (BoardCounts::default(), Counted::default());
        let mut found = Vec::new();
        for owed in seen.all() {
            let head = owed.head(seen.at);
            if !wanted.is_on_board(&head) {
                continue;
            }
            counts.add(&head);
            let fails = wanted.fails(&head);
            facets.add(&head, fails, wanted.within);
            if fails == 0 {
                found.push(((!head.is_open(), head.deadline, head.id), owed));
            }
        }
        found.sort_unstable_by_key(|(key, _)| *key);
        let page = found.iter().skip(query.offset).take(limit);
        BoardView {
            as_of: seen.at,
            total: found.len(),
            counts,
            facets: facets.finished(seen),
            rows: page.map(|(_, owed)| BoardRow::of(seen, *owed)).collect(),
        }
    });
    Ok(Json(with_names(view, &app.deployment).await?))
}

/// One's own open duties.
#[derive(Serialize, ToSchema)]
pub struct MyBoard {
    /// Those given to me first, then those given to nobody in my jurisdiction; in each, least time left first.
    rows: Vec<BoardRow>,
    /// When the first of them is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next_due: Option<Timestamp>,
}

/// What I have to do, of every kind, and by when.
#[utoipa::path(get, path = "/board/mine", responses((status = 200, body = MyBoard)))]
pub async fn mine(State(app): State<App>, asking: SignedIn) -> Result<Json<MyBoard>, Refusal> {
    let scope = asking.may(Action::HoldPost)?;
    let rows: Vec<BoardRow> = look(&app, &asking, |seen| {
        let mut mine: Vec<_> = seen
            .all()
            .map(|owed| (owed.head(seen.at), owed))
            .filter(|(head, _)| {
                let own = head.owner.individual == Some(scope.actor);
                let ours = head.owner.individual.is_none() && scope.jurisdiction == head.owner.territory;
                let asked = head.waits_for == Some(scope.jurisdiction);
                head.is_open() && (own || ours || asked)
            })
            .collect();
        mine.sort_unstable_by_key(|(head, _)| (head.owner.individual.is_none(), head.deadline, head.id));
        mine.into_iter().take(ROWS_MAX).map(|(_, owed)| BoardRow::of(seen, owed)).collect()
    });
    let next_due = rows.iter().map(|row| row.due).min();
    Ok(Json(MyBoard { rows: with_names(rows, &app.deployment).await?, next_due }))
}

/// A duty of any kind, opened.
#[utoipa::path(get, path = "/board/{id}", params(("id" = String, Path)), responses((status = 200, body = BoardDetail)))]
pub async fn duty(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<DutyId>,
) -> Result<Json<BoardDetail>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let view = look(&app, &asking, |seen| {
        let owed = seen.get(id).filter(|owed| owed.head(seen.at).is_seen_by(&scope));
        owed.map(|owed| BoardDetail::of(seen, owed))
    });
    Ok(Json(with_names(view.ok_or(Refusal::NotFound)?, &app.deployment).await?))
}

/// Who should do something.
#[derive(Clone, Deserialize, ToSchema)]
pub struct PartiesGiven {
    /// The territory.
    #[schema(value_type = String)]
    territory: Jurisdiction,
    /// A department by its code.
    #[serde(default)]
    department: Option<String>,
    /// A unit.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    unit: Option<UnitId>,
    /// The name of an account.
    #[serde(default)]
    individual: Option<String>,
}

impl PartiesGiven {
    /// The parties, which must be there and within a scope.
    pub fn parties(&self, app: &App, scope: &Scope, accounts: &[Account]) -> Result<Parties, Refusal> {
        let territory = self.territory;
        known_division(app, "parties", territory)?;
        if !scope.covers(territory) {
            return Err(Refusal::invalid("parties", format!("{territory} does not lie within your jurisdiction")));
        }
        let individual = self.individual.as_deref().map(|name| {
            let account = accounts.iter().find(|account| account.name == name && works_in(account, territory));
            account.map(|account| account.actor).ok_or_else(|| {
                Refusal::invalid(
                    "individual",
                    format!("is no account that works in {territory}; leave it out or name another"),
                )
            })
        });
        let department = self.department.as_deref().map(Department::named).transpose()?;
        Ok(Parties { territory, department, unit: self.unit, individual: individual.transpose()? })
    }
}

/// Refuses a division that is not one of this deployment's, and says what to do.
pub fn known_division(app: &App, field: &'static str, code: Jurisdiction) -> Result<(), Refusal> {
    let geography = app.deployment.geography();
    // Where no list of divisions was supplied, any code may be one.
    if geography.is_empty() || geography.knows(code) {
        return Ok(());
    }
    let detail = format!("{code} is no division here; take one of the list of jurisdictions, or add it to the list");
    Err(Refusal::invalid(field, detail))
}

/// One, or many.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(PartiesGiven),
    /// Many, each of whom owes it alone.
    Many(Vec<PartiesGiven>),
}

/// How often.
#[derive(Deserialize, ToSchema)]
pub struct RecursGiven {
    /// `day` or `week`.
    #[schema(value_type = String)]
    every: Every,
    /// Nothing opens from then on.
    #[schema(value_type = String)]
    until: Timestamp,
}

/// Whom a cohort duty covers.
#[derive(Deserialize, ToSchema)]
pub struct CohortGiven {
    /// How many.
    members: u64,
}

/// Something to be done.
#[derive(Deserialize, ToSchema)]
pub struct TaskGiven {
    /// Who should do it: one, or at most 10,000.
    parties: OneOrMany,
    /// What.
    text: String,
    /// By when; one of the three.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    due: Option<Timestamp>,
    /// Or within so many hours.
    #[serde(default)]
    due_hours: Option<u32>,
    /// Or within so many working hours, where the template of the headquarters has any.
    #[serde(default)]
    due_working_hours: Option<u32>,
    /// To whom it is owed; whoever gives it unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    owed_to: Option<Jurisdiction>,
    /// The duty that it is a part of.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    part_of: Option<DutyId>,
    /// The order that it carries out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    order: Option<FactId>,
    /// Whom it covers, when one duty stands for many.
    #[serde(default)]
    cohort: Option<CohortGiven>,
    /// How often.
    #[serde(default)]
    recurs: Option<RecursGiven>,
    /// It has to be acknowledged within so many hours.
    #[serde(default)]
    acknowledge_hours: Option<u32>,
    /// Whether it is done only with something that shows it.
    #[serde(default)]
    evidence_required: bool,
    /// Only say what would follow.
    #[serde(default)]
    preview: bool,
    key: String,
}

/// What was given.
#[derive(Serialize, ToSchema)]
pub struct TasksOpened {
    /// Whether this is only what would follow.
    preview: bool,
    /// How many duties opened.
    opened: usize,
    /// Their names, at most 100.
    #[schema(value_type = Vec<String>)]
    ids: Vec<DutyId>,
    /// By when.
    #[schema(value_type = String)]
    due: Timestamp,
    /// When the first of them makes itself heard.
    ladder: Vec<RungView>,
    /// The duty, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<BoardRow>,
}

/// When something is due that is given as a time, as hours, or as working hours.
pub fn due_from(
    seen: &Seen<'_>,
    place: Jurisdiction,
    due: Option<Timestamp>,
    hours: Option<u32>,
    working_hours: Option<u32>,
) -> Result<Timestamp, Refusal> {
    let found = match (due, hours, working_hours) {
        (Some(due), None, None) => Some(due),
        (None, Some(hours), None) => seen.at.checked_add(i64::from(hours).hours()).ok(),
        (None, None, Some(hours)) => {
            let calendar = seen.command.routine.calendar(place, seen.at).ok_or_else(|| {
                Refusal::invalid("due_working_hours", "the template here has no working hours; give due or due_hours")
            })?;
            calendar.after(seen.at, hours.saturating_mul(60))
        }
        _ => return Err(Refusal::invalid("due", "give one of due, due_hours and due_working_hours")),
    };
    found
        .filter(|due| *due > seen.at)
        .ok_or_else(|| Refusal::invalid("due", "lies in the past; give a time that is left"))
}

/// Give something to be done, to one or to many.
#[utoipa::path(post, path = "/board", responses((status = 200, body = TasksOpened)))]
pub async fn give(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<TaskGiven>,
) -> Result<Json<TasksOpened>, Refusal> {
    let scope = asking.may(Action::AnswerOrder)?;
    let deployment = &app.deployment;
    let accounts = deployment.accounts.all().await?;
    let named = match given.parties {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    };
    let parties = named.iter().map(|one| one.parties(&app, &scope, &accounts)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = parties.first().cloned() else {
        return Err(Refusal::invalid("parties", "name at least one"));
    };
    if given.text.trim().is_empty() {
        return Err(Refusal::invalid("text", "say what is to be done"));
    }
    let owed_to = given.owed_to.unwrap_or(scope.jurisdiction);
    if !scope.covers(owed_to) {
        return Err(Refusal::invalid("owed_to", "does not lie within your jurisdiction"));
    }
    let (due, mut ladder_numbers, now) = look(&app, &asking, |seen| {
        // A whole is broken down by whoever owes it.
        let whole = given.part_of.map(|whole| seen.get(whole).ok_or(Refusal::NotFound)).transpose()?;
        if let Some(whole) = whole.map(|whole| whole.head(seen.at)) {
            if !whole.is_seen_by(&scope) {
                return Err(Refusal::NotFound);
            }
            if !scope.covers(whole.owner.territory) {
                return Err(Refusal::invalid("part_of", "is owed by another jurisdiction, which breaks it down"));
            }
        }
        if given.order.is_some_and(|order| seen.command.orders().order(order).is_none()) {
            return Err(Refusal::invalid("order", "is no order"));
        }
        let due = due_from(seen, owed_to, given.due, given.due_hours, given.due_working_hours)?;
        Ok((due, seen.command.routine.ladder(owed_to, seen.at), seen.at))
    })?;
    ladder_numbers.acknowledge_within_minutes = given.acknowledge_hours.map(|hours| hours.saturating_mul(60));
    let example = Duty::new(DutyId::new(0), (), first, now, due, ladder_numbers);
    let geography = deployment.geography();
    let rungs: Vec<RungView> = ladder(&example).iter().map(|rung| RungView::of(&geography, rung, now)).collect();
    let mut opened =
        TasksOpened { preview: given.preview, opened: parties.len(), ids: Vec::new(), due, ladder: rungs, row: None };
    if given.preview {
        return Ok(Json(opened));
    }
    let number = parties.len();
    let recurs = given.recurs.map(|recurs| Recurrence { every: recurs.every, until: recurs.until });
    let body = |text| {
        Body::Duty(DutyFact::Given {
            parties,
            owed_to,
            text,
            due,
            ladder: ladder_numbers,
            part_of: given.part_of,
            order: given.order,
            members: given.cohort.map(|cohort| cohort.members),
            recurs,
            evidence_required: given.evidence_required,
        })
    };
    let text = erasable(&app, &asking, None, Some(&given.text)).await?;
    let draft = draft(&app, &asking, Some(&given.key), Purpose::FollowUp, body(text));
    let recorded = deployment.record(vec![draft]).await?;
    let Some(&fact) = recorded.facts.first() else { return Err(Refusal::NotFound) };
    let ids = (0..number as u32).map(|party| command::tasks::task_id(fact, party, 0));
    opened.ids = ids.take(IDS_SHOWN).collect();
    if let [only] = opened.ids[..]
        && number == 1
    {
        let row = look(&app, &asking, |seen| seen.get(only).map(|owed| BoardRow::of(seen, owed)));
        opened.row = Some(with_names(row.ok_or(Refusal::NotFound)?, deployment).await?);
    }
    Ok(Json(opened))
}

/// What was done.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)] // as in facts::Act
pub enum ActGiven {
    Acknowledge,
    Start,
    Evidence {
        text: Option<String>,
        #[schema(value_type = Option<String>)]
        attachment: Option<TextId>,
    },
    Complete {
        text: Option<String>,
        #[schema(value_type = Option<String>)]
        attachment: Option<TextId>,
    },
    Assign {
        to: Option<String>,
    },
    HandOver {
        #[schema(value_type = String)]
        to: Jurisdiction,
        #[schema(value_type = String)]
        reason: Reason,
        text: Option<String>,
    },
    HandBack {
        #[schema(value_type = String)]
        reason: Reason,
        text: Option<String>,
    },
    Refuse {
        #[schema(value_type = String)]
        reason: Reason,
        text: Option<String>,
    },
    Answer {
        accepted: bool,
        text: Option<String>,
    },
    Pause {
        #[schema(value_type = String)]
        until: Timestamp,
        #[schema(value_type = String)]
        reason: Reason,
        text: Option<String>,
    },
    Resume,
    Reopen {
        #[schema(value_type = String)]
        due: Timestamp,
        #[schema(value_type = String)]
        reason: Reason,
        text: Option<String>,
    },
    Withdraw {
        #[schema(value_type = String)]
        reason: Reason,
        text: Option<String>,
    },
    Exceptions {
        #[schema(value_type = Vec<Object>)]
        items: BTreeSet<Item>,
        text: Option<String>,
    },
    Resolve {
        #[schema(value_type = Vec<Object>)]
        items: BTreeSet<Item>,
    },
}

impl ActGiven {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Evidence { text, .. }
            | Self::Complete { text, .. }
            | Self::HandOver { text, .. }
            | Self::HandBack { text, .. }
            | Self::Refuse { text, .. }
            | Self::Answer { text, .. }
            | Self::Pause { text, .. }
            | Self::Reopen { text, .. }
            | Self::Withdraw { text, .. }
            | Self::Exceptions { text, .. } => text.as_deref(),
            _ => None,
        }
    }

    fn attachment(&self) -> Option<TextId> {
        match self {
            Self::Evidence { attachment, .. } | Self::Complete { attachment, .. } => *attachment,
            _ => None,
        }
    }

    /// The act, with what was said and what was shown as promises about erasable texts.
    fn act(
        &self,
        officer: Option<&Account>,
        words: Option<Commitment>,
        shown: Option<Commitment>,
    ) -> Result<Act, Refusal> {
        Ok(match self {
            Self::Acknowledge => Act::Acknowledge,
            Self::Start => Act::Start,
            Self::Evidence { .. } => Act::Evidence {
                evidence: shown.or(words).ok_or_else(|| Refusal::invalid("text", "give a text or an attachment"))?,
            },
            Self::Complete { .. } => Act::Complete { evidence: shown.or(words) },
            Self::Assign { .. } => Act::Assign { to: officer.map(|officer| officer.actor) },
            Self::HandOver { to, reason, .. } => Act::HandOver { to: *to, reason: *reason, words },
            Self::HandBack { reason, .. } => Act::HandBack { reason: *reason, words },
            Self::Refuse { reason, .. } => Act::Refuse { reason: *reason, words },
            Self::Answer { accepted, .. } => Act::Answer { accepted: *accepted, words },
            Self::Pause { until, reason, .. } => Act::Pause { until: *until, reason: *reason, words },
            Self::Resume => Act::Resume,
            Self::Reopen { due, reason, .. } => Act::Reopen { due: *due, reason: *reason, words },
            Self::Withdraw { reason, .. } => Act::Withdraw { reason: *reason, words },
            Self::Exceptions { items, .. } => Act::Exceptions { items: items.clone(), words },
            Self::Resolve { items } => Act::Resolve { items: items.clone() },
        })
    }
}

/// What was done about which duties.
#[derive(Deserialize, ToSchema)]
pub struct ActOn {
    /// The duties, at most 10,000.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    ids: Option<Vec<DutyId>>,
    /// Or those of the board that fit a filter.
    #[serde(default)]
    filter: Option<BoardQuery>,
    act: ActGiven,
    /// Only say what would follow.
    #[serde(default)]
    preview: bool,
    key: String,
}

/// What became of it.
#[derive(Default, Serialize, ToSchema)]
pub struct ActedOn {
    /// How many duties were meant.
    matched: usize,
    /// About how many it was recorded.
    done: usize,
    /// How many were so already.
    unchanged: usize,
    /// Those about which it was not recorded, and why.
    refused: Vec<NotActed>,
    /// Whether this is only what would follow.
    preview: bool,
}

/// A duty about which an act was not recorded.
#[derive(Serialize, ToSchema)]
pub struct NotActed {
    #[schema(value_type = String)]
    duty: DutyId,
    /// Why; the screens have a sentence for each.
    code: &'static str,
}

/// Whether someone may do this about a duty, going by whose it is. Who owes it acts; who gave it decides when
/// its clock stands still, whether it is opened again, and whether it is wanted.
fn may(
    role_answers: bool,
    scope: &Scope,
    head: &Head<'_>,
    act: &Act,
    waits_as_hand_over: bool,
) -> Result<(), &'static str> {
    if !head.is_seen_by(scope) {
        return Err("not-found");
    }
    let own = head.owner.individual == Some(scope.actor);
    let owns = role_answers && scope.covers(head.owner.territory);
    let gave = role_answers && scope.covers(head.owed_to.unwrap_or(head.owner.territory));
    let owner = |may: bool| if may { Ok(()) } else { Err("not-owner") };
    let giver = |may: bool| if may { Ok(()) } else { Err("not-giver") };
    match act {
        Act::Acknowledge
        | Act::Start
        | Act::Evidence { .. }
        | Act::Complete { .. }
        | Act::Exceptions { .. }
        | Act::Resolve { .. } => owner(own || owns),
        Act::Assign { .. } | Act::HandOver { .. } | Act::HandBack { .. } | Act::Refuse { .. } => owner(owns),
        Act::Resume => owner(own || owns || gave),
        Act::Pause { .. } | Act::Reopen { .. } | Act::Withdraw { .. } => giver(gave),
        Act::Answer { .. } => {
            let asked = role_answers && head.waits_for.is_none_or(|to| scope.covers(to));
            if waits_as_hand_over { owner(asked) } else { giver(asked) }
        }
    }
}

/// The body of the fact that does this about someone who is sought, or why there is none.
fn about_search(role: crate::accounts::Role, search: &Search, act: &Act, at: Timestamp) -> Result<Body, &'static str> {
    let allowed = match act {
        Act::Assign { .. } => role.may(Action::AssignDuty),
        _ => role.may(Action::FulfilDuty),
    };
    if !allowed {
        return Err("not-owner");
    }
    if !search.is_open(at) {
        return Err("closed");
    }
    let (person, disease) = (search.about.person, search.about.disease.clone());
    match act {
        Act::Assign { to } => Ok(Body::Assigned { person, disease, to: *to }),
        Act::Complete { .. } => Ok(Body::FollowUp { person, disease, step: Step::Control }),
        Act::HandOver { to, .. } if *to == search.owner.territory => Err("circle"),
        Act::HandOver { to, words, .. } => {
            Ok(Body::HandOver { person, disease, from: search.owner.territory, to: *to, reason: *words })
        }
        Act::Answer { accepted, words } => {
            let asked = search.hand_over.filter(|asked| asked.answer.is_none()).ok_or("no-question")?;
            Ok(Body::HandOverAnswer { of: asked.fact, accepted: *accepted, reason: *words })
        }
        _ => Err("not-for-this-kind"),
    }
}

/// Say what was done about duties, one or ten thousand at once.
///
/// The same request again answers the same and records nothing twice.
#[utoipa::path(post, path = "/board/act", responses((status = 200, body = ActedOn)))]
pub async fn act(State(app): State<App>, asking: SignedIn, Json(given): Json<ActOn>) -> Result<Json<ActedOn>, Refusal> {
    let scope = asking.may(Action::HoldPost)?;
    let deployment = &app.deployment;
    let role = asking.account.role;
    let officer = match &given.act {
        ActGiven::Assign { to: Some(name) } => {
            let accounts = deployment.accounts.all().await?;
            let fits = |account: &Account| account.name == *name && scope.covers(account.jurisdiction);
            let account = accounts.into_iter().find(fits);
            Some(account.ok_or_else(|| Refusal::invalid("to", "is no account that can be given duties here"))?)
        }
        _ => None,
    };
    if let ActGiven::HandOver { to, .. } = &given.act {
        known_division(&app, "to", *to)?;
    }
    // What was said is kept once the act is known to be possible; whether it is does not hang on the words.
    let shown = attached(&app, &asking, given.act.attachment()).await?;
    let promised = Commitment::new(TextId::new(0), &facts::Hex([0; 32]), b"");
    let probe_words = given.act.text().map(str::trim).filter(|text| !text.is_empty()).map(|_| promised);
    let probe = given.act.act(officer.as_ref(), probe_words, shown)?;
    let body = Body::Duty(DutyFact::Acted { duties: BTreeSet::from([DutyId::new(0)]), act: probe.clone() });
    let source = draft(&app, &asking, Some(&given.key), Purpose::FollowUp, body.clone()).source;
    Draft { occurred: deployment.now(), source, purpose: Purpose::FollowUp, supersedes: None, body }.check()?;

    let wanted = match &given.filter {
        Some(filter) => Some(Wanted::of(&app, &asking, scope, filter).await?),
        None => None,
    };
    let mut acted = ActedOn { preview: given.preview, ..ActedOn::default() };
    let mut general: BTreeSet<DutyId> = BTreeSet::new();
    let mut searches: Vec<(DutyId, Body)> = Vec::new();
    let made = look(&app, &asking, |seen| {
        let ids: BTreeSet<DutyId> = match (&given.ids, &wanted) {
            (Some(ids), None) => ids.iter().copied().collect(),
            (None, Some(wanted)) => wanted.fitting(seen).into_iter().map(|(head, _)| head.id).collect(),
            _ => return Err(Refusal::invalid("ids", "name duties, or a filter")),
        };
        if ids.len() > AT_ONCE_MAX {
            let detail = format!("{} duties are more than the {AT_ONCE_MAX} that one request acts upon", ids.len());
            return Err(Refusal::invalid("ids", detail));
        }
        acted.matched = ids.len();
        let ledger = &seen.situation.world().ledger;
        let made = request_fact(&source).and_then(|made| ledger.get(made));
        let made = match made.map(|made| made.body()) {
            Some(Body::Duty(DutyFact::Acted { duties, act })) if act.name() == probe.name() => Some(duties.clone()),
            Some(_) => return Err(ServerError::KeyUsed.into()),
            None => None,
        };
        let now = seen.at;
        let done = Done { occurred: now, recorded: now, by: scope.actor, fact: FactId::new(0) };
        for id in ids {
            if made.as_ref().is_some_and(|made| made.contains(&id)) {
                acted.done += 1;
                continue;
            }
            match possible(seen, &scope, role, officer.as_ref(), id, &probe, done) {
                Ok(Possible::Unchanged) => acted.unchanged += 1,
                Ok(Possible::Yes) => {
                    acted.done += 1;
                    general.insert(id);
                }
                Ok(Possible::Search(body)) => {
                    acted.done += 1;
                    searches.push((id, *body));
                }
                Err(code) => acted.refused.push(NotActed { duty: id, code }),
            }
        }
        Ok(made)
    })?;
    if given.preview || (general.is_empty() && searches.is_empty()) {
        return Ok(Json(acted));
    }
    if made.is_some() && !general.is_empty() {
        return Err(ServerError::KeyUsed.into());
    }
    let words = erasable(&app, &asking, None, given.act.text()).await?;
    let mut drafts = Vec::new();
    if !general.is_empty() {
        let of = |key: &str, act| {
            let body = Body::Duty(DutyFact::Acted { duties: general.clone(), act });
            draft(&app, &asking, Some(key), Purpose::FollowUp, body)
        };
        // Words and a picture are two things that show the work.
        if let (Some(words), Some(_), ActGiven::Complete { .. } | ActGiven::Evidence { .. }) =
            (words, shown, &given.act)
        {
            drafts.push(of(&format!("{} words", given.key), Act::Evidence { evidence: words }));
        }
        drafts.push(of(&given.key, given.act.act(officer.as_ref(), words, shown)?));
    }
    for (id, body) in searches {
        let body = match body {
            Body::HandOver { person, disease, from, to, .. } => {
                Body::HandOver { person, disease, from, to, reason: words }
            }
            Body::HandOverAnswer { of, accepted, .. } => Body::HandOverAnswer { of, accepted, reason: words },
            other => other,
        };
        drafts.push(draft(&app, &asking, Some(&format!("{} {id}", given.key)), Purpose::Locating, body));
    }
    deployment.record(drafts).await?;
    Ok(Json(acted))
}

enum Possible {
    Yes,
    Search(Box<Body>),
    Unchanged,
}

fn possible(
    seen: &Seen<'_>,
    scope: &Scope,
    role: crate::accounts::Role,
    officer: Option<&Account>,
    id: DutyId,
    act: &Act,
    done: Done,
) -> Result<Possible, &'static str> {
    let owed = seen.get(id).ok_or("not-found")?;
    let head = owed.head(seen.at);
    let waits_as_hand_over = match owed {
        Owed::Search(_) => true,
        Owed::Other(duty) => duty.hand_over.is_some_and(|asked| asked.answer.is_none()),
    };
    let role_answers = match owed {
        Owed::Search(_) => true,
        Owed::Other(_) => role.may(Action::AnswerOrder),
    };
    may(role_answers, scope, &head, act, waits_as_hand_over)?;
    if let Some(officer) = officer {
        let fits = match owed {
            Owed::Search(_) => is_assignable(officer, scope),
            Owed::Other(_) => officer.role.may(Action::HoldPost),
        };
        if !fits || !works_in(officer, head.owner.territory) {
            return Err("elsewhere");
        }
    }
    let unchanged = match act {
        Act::Assign { to } => head.owner.individual == *to && head.is_open(),
        Act::Acknowledge => matches!(owed, Owed::Other(duty) if duty.acknowledged.is_some() && head.is_open()),
        _ => false,
    };
    if unchanged {
        return Ok(Possible::Unchanged);
    }
    match owed {
        Owed::Search(search) => about_search(role, search, act, seen.at).map(|body| Possible::Search(Box::new(body))),
        Owed::Other(_) => {
            if matches!(act, Act::Complete { .. }) && seen.command.board().has_open_parts(id, seen.at) {
                return Err("parts-open");
            }
            seen.command.would(seen.routine, id, act, done).map_err(NotDone::code)?;
            Ok(Possible::Yes)
        }
    }
}

/// What made itself heard when.
#[derive(Deserialize, IntoParams)]
pub struct CrossingQuery {
    /// A jurisdiction at or below one's own.
    #[param(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
    /// From when; a day before the end unless given.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Until when; now unless given.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// How many rows, at most 1,000.
    limit: Option<usize>,
    /// From which row.
    #[serde(default)]
    offset: usize,
}

/// A rung that was reached.
#[derive(Serialize, ToSchema)]
pub struct CrossingRow {
    /// The duty.
    #[schema(value_type = String)]
    duty: DutyId,
    /// What is owed.
    kind: &'static str,
    /// Which rung.
    rung: &'static str,
    /// When it was reached.
    #[schema(value_type = String)]
    at: Timestamp,
    /// Who hears of it.
    #[schema(value_type = String)]
    to: Jurisdiction,
    /// What they are called.
    to_name: WordsView,
    /// Who owes it.
    #[schema(value_type = String)]
    territory: Jurisdiction,
    /// What they are called.
    territory_name: WordsView,
}

/// What made itself heard, newest first.
#[derive(Serialize, ToSchema)]
pub struct Crossings {
    /// How many there were.
    total: usize,
    /// One page of them.
    rows: Vec<CrossingRow>,
}

/// What the ladder said when, about what my jurisdiction owes and to my jurisdiction: newest first.
#[utoipa::path(get, path = "/crossings", params(CrossingQuery), responses((status = 200, body = Crossings)))]
pub async fn crossings(
    State(app): State<App>,
    asking: SignedIn,
    Query(query): Query<CrossingQuery>,
) -> Result<Json<Crossings>, Refusal> {
    let scope = asking.may(Action::SeeCommand)?;
    let within = Within { jurisdiction: query.jurisdiction }.of(&scope)?;
    let deployment = &app.deployment;
    deployment.go_on();
    // What was reached this very moment is shown.
    let to = query.to.unwrap_or_else(|| deployment.now().checked_add(1.second()).unwrap_or(Timestamp::MAX));
    let from = query.from.unwrap_or_else(|| to.checked_sub(CROSSINGS_HOURS.hours()).unwrap_or(Timestamp::MIN));
    let mut heard = deployment.commanding().crossings(from, to);
    heard.retain(|crossing| within.contains(crossing.to) || within.contains(crossing.territory));
    let geography = deployment.geography();
    let page = heard.iter().rev().skip(query.offset).take(query.limit.unwrap_or(ROWS_MAX).min(ROWS_MAX));
    let rows = page.map(|crossing| CrossingRow {
        duty: crossing.duty,
        kind: crossing.kind.name(),
        rung: crossing.rung.name(),
        at: crossing.at,
        to: crossing.to,
        to_name: geography.name(crossing.to).into(),
        territory: crossing.territory,
        territory_name: geography.name(crossing.territory).into(),
    });
    Ok(Json(Crossings { total: heard.len(), rows: rows.collect() }))
}
