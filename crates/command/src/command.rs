//! The command as of the last fact: what is owed, what was ordered and inspected, and the routine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::{About, Done, Duty, NotDone, act};
use facts::{
    Act, Body, Commitment, DutyFact, DutyId, Fact, FactId, InspectionFact, Jurisdiction, OrderFact, TextId, Timestamp,
};
use jiff::tz::TimeZone;

use crate::board::{Board, Change};
use crate::boundary::Boundaries;
use crate::inspections::Inspections;
use crate::orders::Orders;
use crate::routine::{Known, Routine};
use crate::tasks::Tasks;
use crate::templates::Templates;

/// The command of a deployment. [`Command::from_scratch`] is the definition; [`Command::apply`] equals it after
/// every fact.
#[derive(Debug, Clone)]
pub struct Command {
    /// Posts, rosters, levels, reports, capacity.
    pub routine: Routine,
    facts: Vec<Arc<Fact>>,
    known: BTreeSet<FactId>,
    board: Board,
    queue: Boundaries,
    tasks: Tasks,
    orders: Orders,
    inspections: Inspections,
    /// What was done about duties that the board does not hold, since they follow from the routine.
    elsewhere: BTreeMap<DutyId, Vec<(Act, Done)>>,
    /// The fact that promises each text.
    texts: BTreeMap<TextId, FactId>,
    now: Timestamp,
}

impl Command {
    /// Before any fact. Days begin by the clock of a zone.
    pub fn new(templates: Templates, zone: TimeZone) -> Self {
        Self {
            routine: Routine::new(templates, zone),
            facts: Vec::new(),
            known: BTreeSet::new(),
            board: Board::default(),
            queue: Boundaries::default(),
            tasks: Tasks::default(),
            orders: Orders::default(),
            inspections: Inspections::default(),
            elsewhere: BTreeMap::new(),
            texts: BTreeMap::new(),
            now: Timestamp::MIN,
        }
    }

    /// From facts in journal order.
    pub fn from_scratch<'a>(
        templates: Templates,
        zone: TimeZone,
        facts: impl IntoIterator<Item = &'a Arc<Fact>>,
    ) -> Self {
        let mut command = Self::new(templates, zone);
        facts.into_iter().for_each(|fact| command.apply(fact));
        command
    }

    /// Takes in one more fact, after going on to the time when it was recorded: what made itself heard before
    /// somebody acted was heard, whether or not anybody looked then.
    pub fn apply(&mut self, fact: &Arc<Fact>) {
        self.advance(fact.recorded);
        self.routine.apply(fact);
        let supersedes = fact.draft.supersedes.is_some_and(|of| self.known.contains(&of));
        if is_own(fact) || supersedes {
            self.known.insert(fact.id);
            self.facts.push(fact.clone());
            self.texts.extend(promised(fact).into_iter().map(|promise| (promise.text, fact.id)));
            // These facts are many, and corrections among them few.
            if supersedes { self.derive() } else { self.take_in(fact) }
        }
        self.advance(fact.recorded);
    }

    /// Goes on to a time: what recurs opens, and what is due makes itself heard.
    pub fn advance(&mut self, to: Timestamp) {
        let opened = self.tasks.advance(to);
        self.change(opened);
        self.queue.advance(to);
        self.now = self.now.max(to);
    }

    /// Derives everything again from the facts that stand.
    fn derive(&mut self) {
        let facts = std::mem::take(&mut self.facts);
        let now = self.now;
        self.board = Board::default();
        self.queue = Boundaries::default();
        self.tasks = Tasks::default();
        self.orders = Orders::default();
        self.inspections = Inspections::default();
        self.elsewhere = BTreeMap::new();
        for fact in standing(&facts) {
            self.advance(fact.recorded);
            self.take_in(fact);
        }
        self.facts = facts;
        self.advance(now);
    }

    fn take_in(&mut self, fact: &Arc<Fact>) {
        let changes = match fact.body() {
            Body::Duty(given @ DutyFact::Given { .. }) => self.tasks.apply(fact, given),
            Body::Duty(DutyFact::Acted { duties, act }) => {
                let done = Done::of(fact);
                duties.iter().for_each(|&duty| self.act(duty, act, done));
                Vec::new()
            }
            Body::Order(_) => self.orders.apply(fact),
            Body::Inspection(_) => self.inspections.apply(fact),
            _ => Vec::new(),
        };
        self.change(changes);
    }

    fn act(&mut self, leg: DutyId, wanted: &Act, done: Done) {
        if self.board.get(leg).is_none() {
            self.elsewhere.entry(leg).or_default().push((wanted.clone(), done));
            return;
        }
        let outcome = self.board.take_in(Change::Act(leg, wanted.clone(), done));
        self.queue_changed();
        let Some(duty) = self.board.get(leg).filter(|_| outcome.is_ok()) else { return };
        match (wanted, &duty.about) {
            (Act::Complete { .. }, About::Finding { .. }) => {
                let changes = self.inspections.completed(leg, done);
                self.change(changes);
            }
            (Act::Withdraw { .. }, About::Task { given, party, .. }) => self.tasks.stop(*given, *party),
            _ => {}
        }
    }

    fn change(&mut self, changes: Vec<Change>) {
        for change in changes {
            // A fact that does not fit changes nothing; who recorded it was told so first.
            let _ = self.board.take_in(change);
        }
        self.queue_changed();
    }

    fn queue_changed(&mut self) {
        for first in self.board.take_changed() {
            self.board.legs(first).iter().for_each(|leg| self.queue.set(leg));
        }
    }

    /// The duties that follow from facts of their own: tasks, orders, findings, samples.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// What made itself heard of those, and what will.
    pub fn queue(&self) -> &Boundaries {
        &self.queue
    }

    /// Meetings and orders.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Findings, cases of accountability, samples.
    pub fn inspections(&self) -> &Inspections {
        &self.inspections
    }

    /// The fact that promises a text.
    pub fn text_of(&self, text: TextId) -> Option<FactId> {
        self.texts.get(&text).copied()
    }

    /// The jurisdictions that a fact of the command concerns: who said it to whom, and about whom.
    pub fn concerns(&self, fact: &Fact) -> BTreeSet<Jurisdiction> {
        let legs = |duty: &DutyId| {
            let legs = self.board.legs(*duty).iter();
            legs.flat_map(|leg| std::iter::once(leg.owner.territory).chain(leg.owed_to)).collect::<Vec<_>>()
        };
        let order = |order: &FactId| {
            let order = self.orders.order(*order).into_iter();
            order.flat_map(|order| order.duties.keys().copied().chain([order.from])).collect()
        };
        let meeting = |meeting: &FactId| {
            let meeting = self.orders.meeting(*meeting).into_iter();
            meeting.flat_map(|it| it.branches.iter().copied().chain([it.jurisdiction])).collect()
        };
        let finding = |finding: &FactId| {
            let finding = self.inspections.finding(*finding).into_iter();
            finding.flat_map(|it| [it.by, it.parties.territory]).collect()
        };
        match fact.body() {
            Body::Duty(DutyFact::Given { parties, owed_to, .. }) => {
                parties.iter().map(|parties| parties.territory).chain([*owed_to]).collect()
            }
            Body::Duty(DutyFact::Acted { duties, .. }) => duties.iter().flat_map(legs).collect(),
            Body::Order(said) => match said {
                OrderFact::Meeting { jurisdiction, branches, .. } => {
                    branches.iter().copied().chain([*jurisdiction]).collect()
                }
                OrderFact::Attendance { meeting: of, .. } | OrderFact::Decision { meeting: of, .. } => meeting(of),
                OrderFact::Given { from, to, .. } => to.iter().copied().chain([*from]).collect(),
                OrderFact::SpotCheck { order: of, .. } | OrderFact::Withdrawn { order: of, .. } => order(of),
            },
            Body::Inspection(said) => match said {
                InspectionFact::Finding { by, parties, .. } => BTreeSet::from([*by, parties.territory]),
                // Who has to answer hears of it from people, and not by coming upon it.
                InspectionFact::Accountability { by, .. } => BTreeSet::from([*by]),
                InspectionFact::Rechecked { finding: of, .. } => finding(of),
                InspectionFact::Concluded { of, .. } => {
                    self.inspections.case(*of).map(|case| case.by).into_iter().collect()
                }
                InspectionFact::Sampled { jurisdiction, .. } => BTreeSet::from([*jurisdiction]),
                InspectionFact::Verified { sample, .. } => {
                    self.inspections.sample(*sample).map(|sample| sample.jurisdiction).into_iter().collect()
                }
            },
            _ => BTreeSet::new(),
        }
    }

    /// The time that was gone on to.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What the routine owes or owed since a time, with what was done about it, leg by leg.
    pub fn routine_duties(&self, known: &Known, since: Timestamp, at: Timestamp) -> Vec<Duty> {
        let duties = self.routine.duties(known, since, at);
        let mut all = Vec::with_capacity(duties.len());
        for mut duty in duties {
            let closed = duty.closed;
            let first = duty.id;
            // What stopped its clock is taken away while that was still to come.
            if self.elsewhere.contains_key(&first) {
                duty.closed = None;
            }
            let mut legs = vec![duty];
            let mut number = 0;
            while let Some(leg) = legs.get(number).map(|leg| leg.id) {
                for (wanted, done) in self.elsewhere.get(&leg).into_iter().flatten() {
                    if closed.is_none_or(|closed| done.recorded < closed.at) {
                        let _ = act(&mut legs, leg, wanted, *done);
                    }
                }
                number += 1;
            }
            if let Some((last, closed)) = legs.last_mut().zip(closed).filter(|(last, _)| last.closed.is_none()) {
                last.closed = Some(closed);
            }
            all.append(&mut legs);
        }
        all
    }

    /// What an act on a leg would come to, without doing it; of the routine's duties where the board has none.
    pub fn would(&self, routine: &[Duty], leg: DutyId, wanted: &Act, done: Done) -> Result<(), NotDone> {
        if self.board.get(leg).is_some() {
            return self.board.would(leg, wanted, done);
        }
        let duty = routine.iter().find(|duty| duty.id == leg).ok_or(NotDone::NotFound)?;
        act(&mut vec![duty.clone()], leg, wanted, done)
    }
}

/// The texts that a fact promises.
fn promised(fact: &Fact) -> Vec<Commitment> {
    match fact.body() {
        Body::Duty(DutyFact::Given { text, .. }) => text.iter().copied().collect(),
        Body::Duty(DutyFact::Acted { act, .. }) => act.words().into_iter().collect(),
        Body::Order(said) => match said {
            OrderFact::Meeting { title, agenda, .. } => agenda.iter().copied().chain([*title]).collect(),
            OrderFact::Attendance { .. } => Vec::new(),
            OrderFact::Decision { text, .. } | OrderFact::Given { text, .. } => vec![*text],
            OrderFact::SpotCheck { text, photo, .. } => text.iter().chain(photo).copied().collect(),
            OrderFact::Withdrawn { words, .. } => words.iter().copied().collect(),
        },
        Body::Inspection(said) => match said {
            InspectionFact::Finding { text, photo, .. } => photo.iter().copied().chain([*text]).collect(),
            InspectionFact::Accountability { text, .. } | InspectionFact::Concluded { text, .. } => vec![*text],
            InspectionFact::Sampled { .. } => Vec::new(),
            InspectionFact::Rechecked { text, photo, .. } | InspectionFact::Verified { text, photo, .. } => {
                text.iter().chain(photo).copied().collect()
            }
        },
        _ => Vec::new(),
    }
}

/// Whether a fact is one that this module takes in.
fn is_own(fact: &Fact) -> bool {
    matches!(fact.body(), Body::Duty(_) | Body::Order(_) | Body::Inspection(_))
}

/// The facts that are neither corrected nor withdrawn, in order.
fn standing(facts: &[Arc<Fact>]) -> Vec<&Arc<Fact>> {
    let mut undone: BTreeSet<FactId> = BTreeSet::new();
    // From the last to the first, so that whatever undoes a fact was looked at before it.
    for fact in facts.iter().rev() {
        let superseded = fact.draft.supersedes.filter(|_| !undone.contains(&fact.id));
        undone.extend(superseded);
    }
    facts.iter().filter(|fact| !undone.contains(&fact.id) && is_own(fact)).collect()
}
