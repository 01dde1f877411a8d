//! Orders (部署落实): from a meeting to done. One part deployment, nine parts follow-through (一分部署,九分落实).

use std::collections::{BTreeMap, BTreeSet};

use duties::{About, Done, Duty, DutyKind, name};
use facts::{Act, Body, Commitment, DutyId, Fact, FactId, Jurisdiction, Level, OrderFact, Parties, Timestamp};

use crate::board::{Board, Change, PartsDone};

/// A meeting of a headquarters.
#[derive(Debug, Clone, PartialEq)]
pub struct Meeting {
    /// Its fact.
    pub fact: FactId,
    /// Whose.
    pub jurisdiction: Jurisdiction,
    /// When it begins.
    pub starts: Timestamp,
    /// The how-manieth.
    pub number: Option<u32>,
    /// What it is called.
    pub title: Commitment,
    /// What it is about, in order.
    pub agenda: Vec<Commitment>,
    /// The branch venues.
    pub branches: BTreeSet<Jurisdiction>,
    /// The meeting before.
    pub after: Option<FactId>,
    /// Who came, by venue; a venue that is absent has not said.
    pub attendance: BTreeMap<Jurisdiction, Attendance>,
    /// What it decided.
    pub decisions: Vec<Decision>,
    /// What was ordered from it.
    pub orders: Vec<FactId>,
}

/// Who came to a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attendance {
    /// How many people should have come.
    pub invited: u32,
    /// How many people came.
    pub present: u32,
    /// When it was said.
    pub at: Timestamp,
}

/// What a meeting decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Its fact.
    pub fact: FactId,
    /// What.
    pub text: Commitment,
    /// The point of the agenda, from 1.
    pub agenda: Option<u32>,
}

/// An order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its fact.
    pub fact: FactId,
    /// Who ordered.
    pub from: Jurisdiction,
    /// When.
    pub given: Timestamp,
    /// What.
    pub text: Commitment,
    /// By when.
    pub due: Timestamp,
    /// The meeting that it came from.
    pub meeting: Option<FactId>,
    /// The decision that it carries out.
    pub decision: Option<FactId>,
    /// The duty of each division that it went to.
    pub duties: BTreeMap<Jurisdiction, DutyId>,
    /// Whether it was withdrawn.
    pub withdrawn: Option<Done>,
    /// Looks at whether it is carried out.
    pub spot_checks: Vec<SpotCheck>,
}

/// A look at whether an order is carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct SpotCheck {
    /// Where.
    pub jurisdiction: Jurisdiction,
    /// Whether it is.
    pub held: bool,
    /// By whom and when.
    pub done: Done,
    /// In words.
    pub text: Option<Commitment>,
    /// A picture.
    pub photo: Option<Commitment>,
}

/// How far an order is, in duties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
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
    pub parts: PartsDone,
}

impl Progress {
    fn add(&mut self, duty: &Duty, parts: PartsDone, at: Timestamp) {
        self.of += 1;
        self.acknowledged += usize::from(duty.acknowledged.is_some());
        self.done += usize::from(duty.closed.is_some_and(|closed| closed.by.is_fulfilled()));
        self.open += usize::from(duty.is_open(at));
        self.overdue += usize::from(duty.is_open(at) && duty.is_overdue(at));
        self.parts.of += parts.of;
        self.parts.closed += parts.closed;
        self.parts.overdue += parts.overdue;
    }
}

/// Meetings and orders by their facts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Orders {
    meetings: BTreeMap<FactId, Meeting>,
    orders: BTreeMap<FactId, Order>,
}

/// The name of the duty that an order is to a division.
pub fn order_duty(order: FactId, to: Jurisdiction) -> DutyId {
    name(DutyKind::Order, &[&order.number().to_be_bytes(), &to.number().to_be_bytes()])
}

impl Orders {
    /// A meeting.
    pub fn meeting(&self, fact: FactId) -> Option<&Meeting> {
        self.meetings.get(&fact)
    }

    /// Every meeting.
    pub fn meetings(&self) -> impl Iterator<Item = &Meeting> {
        self.meetings.values()
    }

    /// The last meeting of a jurisdiction that began before a time.
    pub fn meeting_before(&self, jurisdiction: Jurisdiction, before: Timestamp) -> Option<&Meeting> {
        let of = self.meetings.values().filter(|it| it.jurisdiction == jurisdiction && it.starts < before);
        of.max_by_key(|it| (it.starts, it.fact))
    }

    /// An order.
    pub fn order(&self, fact: FactId) -> Option<&Order> {
        self.orders.get(&fact)
    }

    /// Every order.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub(crate) fn apply(&mut self, fact: &Fact) -> Vec<Change> {
        let Body::Order(said) = fact.body() else { return Vec::new() };
        let done = Done::of(fact);
        match said {
            OrderFact::Meeting { jurisdiction, starts, number, title, agenda, branches, after } => {
                let meeting = Meeting {
                    fact: fact.id,
                    jurisdiction: *jurisdiction,
                    starts: *starts,
                    number: *number,
                    title: *title,
                    agenda: agenda.clone(),
                    branches: branches.clone(),
                    after: *after,
                    attendance: BTreeMap::new(),
                    decisions: Vec::new(),
                    orders: Vec::new(),
                };
                self.meetings.insert(fact.id, meeting);
                Vec::new()
            }
            OrderFact::Attendance { meeting, branch, invited, present } => {
                let came = Attendance { invited: *invited, present: *present, at: fact.recorded };
                if let Some(meeting) = self.meetings.get_mut(meeting) {
                    meeting.attendance.insert(*branch, came);
                }
                Vec::new()
            }
            OrderFact::Decision { meeting, text, agenda } => {
                if let Some(meeting) = self.meetings.get_mut(meeting) {
                    meeting.decisions.push(Decision { fact: fact.id, text: *text, agenda: *agenda });
                }
                Vec::new()
            }
            OrderFact::Given { .. } => self.given(fact, said),
            OrderFact::SpotCheck { order, jurisdiction, held, due, text, photo } => {
                let Some(order) = self.orders.get_mut(order) else { return Vec::new() };
                let (jurisdiction, text, photo) = (*jurisdiction, *text, *photo);
                order.spot_checks.push(SpotCheck { jurisdiction, held: *held, done, text, photo });
                // What was said to be done and is not is owed again; what was not said to be done is owed anyway.
                let duty = order.duties.get(&jurisdiction).filter(|_| !held);
                duty.zip(*due).map(|(&duty, due)| Change::Reopen(duty, due, done)).into_iter().collect()
            }
            OrderFact::Withdrawn { order, reason, words } => {
                let Some(order) = self.orders.get_mut(order) else { return Vec::new() };
                order.withdrawn = Some(done);
                let withdraw = Act::Withdraw { reason: *reason, words: *words };
                order.duties.values().map(|&duty| Change::Act(duty, withdraw.clone(), done)).collect()
            }
        }
    }

    fn given(&mut self, fact: &Fact, said: &OrderFact) -> Vec<Change> {
        let OrderFact::Given { from, to, department, text, due, ladder, evidence_required, meeting, decision } = said
        else {
            return Vec::new();
        };
        if let Some(meeting) = meeting.and_then(|meeting| self.meetings.get_mut(&meeting)) {
            meeting.orders.push(fact.id);
        }
        let duties: BTreeMap<Jurisdiction, DutyId> = to.iter().map(|&to| (to, order_duty(fact.id, to))).collect();
        let open = |(&to, &id): (&Jurisdiction, &DutyId)| {
            let owner = Parties { department: department.clone(), ..Parties::of(to) };
            let mut duty = Duty::new(id, About::Order { order: fact.id }, owner, fact.recorded, *due, *ladder);
            // Each level answers to the next above that got the order as well, and that one for it.
            let superior = duties::ladder::above(to, false).find(|above| duties.contains_key(above));
            duty.owed_to = Some(superior.unwrap_or(*from));
            duty.part_of = superior.and_then(|superior| duties.get(&superior)).copied();
            duty.because = vec![fact.id];
            duty.evidence_required = *evidence_required;
            duty.text = Some(*text);
            duty.order = Some(fact.id);
            Change::Open(Box::new(duty))
        };
        let changes = duties.iter().map(open).collect();
        let order = Order {
            fact: fact.id,
            from: *from,
            given: fact.recorded,
            text: *text,
            due: *due,
            meeting: *meeting,
            decision: *decision,
            duties,
            withdrawn: None,
            spot_checks: Vec::new(),
        };
        self.orders.insert(fact.id, order);
        changes
    }

    /// What meetings of a jurisdiction before this one ordered and was still owed when it began, or is now when
    /// it has not begun; most overdue first.
    pub fn left_undone<'a>(&self, board: &'a Board, meeting: &Meeting, now: Timestamp) -> Vec<&'a Duty> {
        let at = meeting.starts.min(now);
        let earlier = |order: &&Order| {
            let of = order.meeting.and_then(|of| self.meetings.get(&of));
            of.is_some_and(|of| of.jurisdiction == meeting.jurisdiction && of.starts < meeting.starts)
        };
        let orders = self.orders.values().filter(earlier);
        let duties = orders.flat_map(|order| order.duties.values()).flat_map(|&duty| board.legs(duty));
        let mut undone: Vec<&Duty> = duties.filter(|duty| duty.was_open(at)).collect();
        undone.sort_by_key(|duty| (duty.deadline(), duty.id));
        undone
    }

    /// How far an order is in all, and by level.
    pub fn progress(&self, board: &Board, order: &Order, at: Timestamp) -> (Progress, BTreeMap<Level, Progress>) {
        let mut sum = Progress::default();
        let mut by_level: BTreeMap<Level, Progress> = BTreeMap::new();
        for (to, duty) in order.duties.iter().filter_map(|(to, &duty)| Some((to, board.last(duty)?))) {
            // The duties of lower divisions are parts as well, and are counted as divisions.
            let parts = PartsDone::of(board.parts(duty.id).filter(|part| part.kind() != DutyKind::Order), at);
            sum.add(duty, parts, at);
            by_level.entry(to.level()).or_default().add(duty, parts, at);
        }
        (sum, by_level)
    }
}
