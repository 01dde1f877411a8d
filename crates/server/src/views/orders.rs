//! Meetings and orders as screens show them.

use std::collections::BTreeMap;

use command::PartsDone;
use command::orders::{Meeting, Order, Progress};
use duties::{Duty, DutyKind, later};
use facts::{ActorId, DutyId, FactId, Jurisdiction, Level, PersonId, Scope, TextId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::board::{BoardRow, OfficerView, Owed, PartsView, Seen, level_name};
use super::{Masked, WordsView};

/// How far an order is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ProgressView {
    /// The divisions it went to.
    pub of: usize,
    /// Those that read it.
    pub acknowledged: usize,
    /// Those that did it.
    pub done: usize,
    /// Those that owe it.
    pub open: usize,
    /// Those that owe it and are late.
    pub overdue: usize,
    /// The duties that it was broken into.
    pub parts_of: usize,
    /// Those of them that nobody owes any more.
    pub parts_done: usize,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let Progress { of, acknowledged, done, open, overdue, parts } = progress;
        Self { of, acknowledged, done, open, overdue, parts_of: parts.of, parts_done: parts.closed }
    }
}

/// The nine parts that are follow-through: of everything that an order makes owed, what is done.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct NineParts {
    /// What is done.
    pub done: usize,
    /// Of how much.
    pub of: usize,
}

/// An order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderRow {
    /// Its fact.
    #[schema(value_type = String)]
    pub order: FactId,
    /// Who ordered.
    #[schema(value_type = String)]
    pub from: Jurisdiction,
    /// What they are called.
    pub from_name: WordsView,
    /// When.
    #[schema(value_type = String)]
    pub given: Timestamp,
    /// By when.
    #[schema(value_type = String)]
    pub due: Timestamp,
    /// By when it has to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub acknowledge_by: Option<Timestamp>,
    /// What, kept as an erasable text.
    #[schema(value_type = String)]
    pub text: TextId,
    /// The meeting that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub meeting: Option<FactId>,
    /// The decision that it carries out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub decision: Option<FactId>,
    /// How many divisions it went to, of those that are theirs to see.
    pub addressed: usize,
    /// `open`, `done` or `withdrawn`.
    pub state: &'static str,
    /// How far it is.
    pub progress: ProgressView,
    /// What is done of everything that it makes owed.
    pub nine_parts: NineParts,
}

/// An order as whoever asks may see it: whole for who gave it, and otherwise what went to them and below them.
pub fn seen_by(order: &Order, scope: &Scope) -> Option<Order> {
    if scope.covers(order.from) {
        return Some(order.clone());
    }
    let mut own = order.clone();
    own.duties.retain(|to, _| scope.covers(*to));
    own.spot_checks.retain(|check| scope.covers(check.jurisdiction));
    (!own.duties.is_empty()).then_some(own)
}

impl OrderRow {
    /// The row of an order, as cut down by [`seen_by`].
    pub fn of(seen: &Seen<'_>, order: &Order) -> Self {
        let (progress, _) = seen.command.orders().progress(seen.command.board(), order, seen.at);
        let duty = order.duties.values().next().and_then(|&duty| seen.command.board().get(duty));
        let acknowledge = duty.and_then(|duty| duty.ladder.acknowledge_within_minutes);
        Self {
            order: order.fact,
            from: order.from,
            from_name: seen.geography.name(order.from).into(),
            given: order.given,
            due: order.due,
            acknowledge_by: acknowledge.map(|minutes| later(order.given, minutes)),
            text: order.text.text,
            meeting: order.meeting,
            decision: order.decision,
            addressed: order.duties.len(),
            state: match (order.withdrawn, progress.open) {
                (Some(_), _) => "withdrawn",
                (None, 0) => "done",
                (None, _) => "open",
            },
            progress: progress.into(),
            nine_parts: NineParts { done: progress.done + progress.parts.closed, of: progress.of + progress.parts.of },
        }
    }
}

/// A look at whether an order is carried out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SpotCheckView {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// Whether it is.
    pub held: bool,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<TextId>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub attachment: Option<TextId>,
}

/// A division that an order went to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddresseeView {
    /// Its duty.
    #[schema(value_type = String)]
    pub duty: DutyId,
    /// Which.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// What it is called.
    pub name: WordsView,
    /// Its level.
    pub level: &'static str,
    /// To whom it answers: the next level above that got the order as well, or who gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub above: Option<Jurisdiction>,
    /// When it read the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub acknowledged: Option<Timestamp>,
    /// When it did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub done: Option<Timestamp>,
    /// Whether it owes it and is late.
    pub overdue: bool,
    /// `open`, `paused`, `closed` or `ended`.
    pub state: &'static str,
    /// How many things show the work.
    pub evidence: usize,
    /// The duties that it was broken into here.
    pub parts: PartsView,
    /// Looks at whether it is carried out here.
    pub spot_checks: Vec<SpotCheckView>,
}

/// An order at one level.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LevelProgress {
    /// Which.
    pub level: &'static str,
    /// How far it is there.
    #[serde(flatten)]
    pub progress: ProgressView,
}

/// An order, opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderView {
    /// The row.
    #[serde(flatten)]
    pub row: OrderRow,
    /// The divisions that it went to.
    pub addressees: Vec<AddresseeView>,
    /// How far it is, level by level.
    pub by_level: Vec<LevelProgress>,
}

impl OrderView {
    /// An order, as cut down by [`seen_by`].
    pub fn of(seen: &Seen<'_>, order: &Order) -> Self {
        let board = seen.command.board();
        let (_, by_level): (_, BTreeMap<Level, Progress>) = seen.command.orders().progress(board, order, seen.at);
        let addressee = |(to, duty): (&Jurisdiction, &Duty)| {
            let parts = board.parts(duty.id).filter(|part| part.kind() != DutyKind::Order);
            AddresseeView {
                duty: duty.id,
                jurisdiction: *to,
                name: seen.geography.name(*to).into(),
                level: level_name(to.level()),
                above: duty.owed_to,
                acknowledged: duty.acknowledged.map(|done| done.recorded),
                done: duty.closed.filter(|closed| closed.by.is_fulfilled()).map(|closed| closed.at),
                overdue: duty.is_open(seen.at) && duty.is_overdue(seen.at),
                state: super::board::standing_name(duty.standing(seen.at)),
                evidence: duty.evidence.len(),
                parts: PartsDone::of(parts, seen.at).into(),
                spot_checks: order
                    .spot_checks
                    .iter()
                    .filter(|check| check.jurisdiction == *to)
                    .map(|check| SpotCheckView {
                        fact: check.done.fact,
                        at: check.done.recorded,
                        by: OfficerView::of(check.done.by),
                        held: check.held,
                        text: check.text.map(|text| text.text),
                        attachment: check.photo.map(|photo| photo.text),
                    })
                    .collect(),
            }
        };
        let duties = order.duties.iter().filter_map(|(to, &duty)| Some((to, board.last(duty)?)));
        Self {
            row: OrderRow::of(seen, order),
            addressees: duties.map(addressee).collect(),
            by_level: by_level
                .into_iter()
                .map(|(level, progress)| LevelProgress { level: level_name(level), progress: progress.into() })
                .collect(),
        }
    }
}

impl Masked for OrderView {
    fn each_name(&mut self, _: &mut dyn FnMut(PersonId, &mut String)) {}

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        let checks = self.addressees.iter_mut().flat_map(|addressee| &mut addressee.spot_checks);
        checks.for_each(|check| check.by.each(put));
    }
}

/// A meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingRow {
    /// Its fact.
    #[schema(value_type = String)]
    pub meeting: FactId,
    /// Whose.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// What they are called.
    pub jurisdiction_name: WordsView,
    /// The how-manieth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// When it begins.
    #[schema(value_type = String)]
    pub starts: Timestamp,
    /// What it is called, kept as an erasable text.
    #[schema(value_type = String)]
    pub title: TextId,
    /// How many branch venues there are.
    pub branches: usize,
    /// How many venues have said who came.
    pub attended: usize,
    /// How many points the agenda has.
    pub agenda: usize,
    /// How many decisions were taken.
    pub decisions: usize,
    /// How many orders were given.
    pub orders: usize,
    /// How many of them are not done.
    pub orders_open: usize,
    /// How many duties of earlier meetings it opens on.
    pub left_undone: usize,
}

/// Whether a meeting is theirs to see: of their jurisdiction, or one of its venues is.
pub fn sees_meeting(meeting: &Meeting, scope: &Scope) -> bool {
    scope.covers(meeting.jurisdiction) || meeting.branches.iter().any(|branch| scope.covers(*branch))
}

/// What a meeting opens on, of what is theirs to see.
fn left_undone<'a>(seen: &Seen<'a>, meeting: &Meeting, scope: &Scope) -> Vec<&'a Duty> {
    let mut undone = seen.command.orders().left_undone(seen.command.board(), meeting, seen.at);
    undone.retain(|duty| scope.covers(duty.owner.territory));
    undone
}

impl MeetingRow {
    /// The row of a meeting.
    pub fn of(seen: &Seen<'_>, meeting: &Meeting, scope: &Scope) -> Self {
        let orders = meeting.orders.iter().filter_map(|&order| seen.command.orders().order(order));
        let open = orders.filter(|order| OrderRow::of(seen, order).state == "open").count();
        Self {
            meeting: meeting.fact,
            jurisdiction: meeting.jurisdiction,
            jurisdiction_name: seen.geography.name(meeting.jurisdiction).into(),
            number: meeting.number,
            starts: meeting.starts,
            title: meeting.title.text,
            branches: meeting.branches.len(),
            attended: meeting.attendance.len(),
            agenda: meeting.agenda.len(),
            decisions: meeting.decisions.len(),
            orders: meeting.orders.len(),
            orders_open: open,
            left_undone: left_undone(seen, meeting, scope).len(),
        }
    }
}

/// A point of an agenda.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgendaView {
    /// Its number, from 1.
    pub number: usize,
    /// What, kept as an erasable text.
    #[schema(value_type = String)]
    pub text: TextId,
}

/// Who came to a venue; absent numbers were not stated, which is not zero.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttendanceView {
    /// The venue.
    #[schema(value_type = String)]
    pub branch: Jurisdiction,
    /// What it is called.
    pub name: WordsView,
    /// How many people should have come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited: Option<u32>,
    /// How many people came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<u32>,
    /// When it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
}

/// What a meeting decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionView {
    /// Its fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// Its number, from 1.
    pub number: usize,
    /// What, kept as an erasable text.
    #[schema(value_type = String)]
    pub text: TextId,
    /// The point of the agenda.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agenda: Option<u32>,
    /// What was ordered because of it.
    #[schema(value_type = Vec<String>)]
    pub orders: Vec<FactId>,
}

/// A meeting, opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingView {
    /// The row.
    #[serde(flatten)]
    pub row: MeetingRow,
    /// The meeting before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub after: Option<FactId>,
    /// The points of its agenda.
    pub agenda_rows: Vec<AgendaView>,
    /// What earlier meetings ordered and was still owed when it began, most overdue first.
    pub left_undone_rows: Vec<BoardRow>,
    /// Who came.
    pub attendance: Vec<AttendanceView>,
    /// What it decided.
    pub decision_rows: Vec<DecisionView>,
    /// What was ordered from it.
    pub order_rows: Vec<OrderRow>,
}

impl MeetingView {
    /// A meeting.
    pub fn of(seen: &Seen<'_>, meeting: &Meeting, scope: &Scope) -> Self {
        let orders = seen.command.orders();
        let of_decision = |decision: FactId| {
            let carries_out = |order: &&FactId| orders.order(**order).is_some_and(|it| it.decision == Some(decision));
            meeting.orders.iter().filter(carries_out).copied().collect()
        };
        let mut venues = meeting.branches.clone();
        venues.insert(meeting.jurisdiction);
        Self {
            row: MeetingRow::of(seen, meeting, scope),
            after: meeting.after,
            agenda_rows: (1..)
                .zip(&meeting.agenda)
                .map(|(number, text)| AgendaView { number, text: text.text })
                .collect(),
            left_undone_rows: left_undone(seen, meeting, scope)
                .into_iter()
                .map(|duty| BoardRow::of(seen, Owed::Other(duty)))
                .collect(),
            attendance: venues
                .into_iter()
                .map(|branch| {
                    let came = meeting.attendance.get(&branch);
                    AttendanceView {
                        branch,
                        name: seen.geography.name(branch).into(),
                        invited: came.map(|came| came.invited),
                        present: came.map(|came| came.present),
                        at: came.map(|came| came.at),
                    }
                })
                .collect(),
            decision_rows: (1..)
                .zip(&meeting.decisions)
                .map(|(number, decision)| DecisionView {
                    fact: decision.fact,
                    number,
                    text: decision.text.text,
                    agenda: decision.agenda,
                    orders: of_decision(decision.fact),
                })
                .collect(),
            order_rows: meeting
                .orders
                .iter()
                .filter_map(|&order| Some(OrderRow::of(seen, &seen_by(orders.order(order)?, scope)?)))
                .collect(),
        }
    }
}

impl Masked for MeetingView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.left_undone_rows.each_name(put);
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.left_undone_rows.each_officer(put);
    }
}
