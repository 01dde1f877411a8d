//! The ledger: on time or late, by unit, department, level; each number opens to exactly its duties.
//!
//! [`Number::counts`] is the one rule for both: what a number is, and which duties stand behind it.

use std::collections::BTreeMap;

use duties::{ClosedBy, Duty, DutyKind, Subject};
use facts::{ActorId, Department, Jurisdiction, Level, Timestamp, UnitId};
use jiff::SignedDuration;

/// A number of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Received in the time asked about.
    Given,
    /// Done, whenever.
    Closed,
    /// Done by the deadline that it was first given with.
    OnTime,
    /// Past that deadline: done later, or not done yet.
    Late,
    /// Still owed.
    Open,
    /// Still owed, past its deadline of now.
    OverdueNow,
    /// Said to be done, and opened again.
    Reopened,
    /// Handed over to another.
    HandedOver,
    /// Handed back.
    HandedBack,
    /// Released, or not wanted any more.
    Released,
    /// With a clock that stood still for a time.
    Paused,
}

impl Number {
    /// Every number.
    pub const ALL: [Self; 11] = [
        Self::Given,
        Self::Closed,
        Self::OnTime,
        Self::Late,
        Self::Open,
        Self::OverdueNow,
        Self::Reopened,
        Self::HandedOver,
        Self::HandedBack,
        Self::Released,
        Self::Paused,
    ];

    /// The name that the interface uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Closed => "closed",
            Self::OnTime => "on-time",
            Self::Late => "late",
            Self::Open => "open",
            Self::OverdueNow => "overdue-now",
            Self::Reopened => "reopened",
            Self::HandedOver => "handed-over",
            Self::HandedBack => "handed-back",
            Self::Released => "released",
            Self::Paused => "paused",
        }
    }

    /// The number of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|number| number.name() == name)
    }

    /// Whether a duty, of those received in the time asked about, counts towards this number.
    pub fn counts<A>(self, duty: &Duty<A>, at: Timestamp) -> bool {
        let by = duty.closed.map(|closed| closed.by);
        let is_done = by.is_some_and(ClosedBy::is_fulfilled);
        let is_released = matches!(by, Some(ClosedBy::Released | ClosedBy::Withdrawn));
        match self {
            Self::Given => true,
            Self::Closed => is_done,
            Self::OnTime => is_done && !duty.is_late(at),
            // Of what nobody wants any more it is not asked whether it was on time.
            Self::Late => duty.is_late(at) && !is_released,
            Self::Open => duty.is_open(at),
            Self::OverdueNow => duty.is_open(at) && duty.is_overdue(at),
            Self::Reopened => !duty.reopened.is_empty(),
            Self::HandedOver => by == Some(ClosedBy::HandedOver),
            Self::HandedBack => by == Some(ClosedBy::HandedBack),
            Self::Released => is_released,
            Self::Paused => duty.paused(at) > SignedDuration::ZERO,
        }
    }
}

/// By what the ledger is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Territory, as seen from a jurisdiction: itself, and those one level below with all within them.
    Territory(Jurisdiction),
    /// Level of the territory.
    Level,
    /// Department.
    Department,
    /// Unit.
    Unit,
    /// Individual.
    Individual,
    /// Kind of duty.
    Kind,
}

/// A line's key; none of a party stands for those who have not named it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A territory.
    Territory(Jurisdiction),
    /// A level.
    Level(Level),
    /// A department.
    Department(Option<Department>),
    /// A unit.
    Unit(Option<UnitId>),
    /// An individual.
    Individual(Option<ActorId>),
    /// A kind.
    Kind(DutyKind),
}

/// The level below, where territories are told apart.
fn below(level: Level) -> Level {
    match level {
        Level::Nation => Level::Province,
        Level::Province => Level::City,
        Level::City => Level::County,
        Level::County => Level::Township,
        Level::Township | Level::Community => Level::Community,
    }
}

impl By {
    /// The line that a duty belongs to.
    pub fn key<A: Subject>(self, duty: &Duty<A>) -> Key {
        let owner = &duty.owner;
        match self {
            Self::Territory(seen_from) if owner.territory == seen_from => Key::Territory(seen_from),
            Self::Territory(seen_from) => Key::Territory(owner.territory.at(below(seen_from.level()))),
            Self::Level => Key::Level(owner.territory.level()),
            Self::Department => Key::Department(owner.department.clone()),
            Self::Unit => Key::Unit(owner.unit),
            Self::Individual => Key::Individual(owner.individual),
            Self::Kind => Key::Kind(duty.kind()),
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    numbers: BTreeMap<Number, u64>,
    /// How long what was done took, pauses not counted, in order once [`Line::finish`] was called.
    took: Vec<SignedDuration>,
    /// For how long clocks stood still.
    pub paused: SignedDuration,
}

impl Line {
    /// Adds a duty.
    pub fn add<A>(&mut self, duty: &Duty<A>, at: Timestamp) {
        for number in Number::ALL {
            *self.numbers.entry(number).or_default() += u64::from(number.counts(duty, at));
        }
        if Number::Closed.counts(duty, at) {
            self.took.extend(duty.took());
        }
        self.paused = self.paused.saturating_add(duty.paused(at));
    }

    fn finish(&mut self) {
        self.took.sort_unstable();
    }

    /// How many duties stand behind a number.
    pub fn number(&self, number: Number) -> u64 {
        self.numbers.get(&number).copied().unwrap_or_default()
    }

    /// The share of what was decided that was on time; none when nothing was decided, which is not zero.
    pub fn on_time_share(&self) -> Option<f64> {
        let (on_time, late) = (self.number(Number::OnTime), self.number(Number::Late));
        (on_time + late > 0).then(|| on_time as f64 / (on_time + late) as f64)
    }

    /// How long what was done took: the time that `share` of it kept within; none when nothing was done.
    pub fn took(&self, share: f64) -> Option<SignedDuration> {
        let rank = (share * self.took.len() as f64).ceil() as usize;
        self.took.get(rank.saturating_sub(1)).copied()
    }
}

/// Lines by key, and all of them together.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// The lines.
    pub lines: BTreeMap<Key, Line>,
    /// All of them together.
    pub total: Line,
    by: By,
}

impl Ledger {
    /// A ledger without duties.
    pub fn new(by: By) -> Self {
        Self { lines: BTreeMap::new(), total: Line::default(), by }
    }

    /// Adds a duty.
    pub fn add<A: Subject>(&mut self, duty: &Duty<A>, at: Timestamp) {
        self.lines.entry(self.by.key(duty)).or_default().add(duty, at);
        self.total.add(duty, at);
    }

    /// The ledger once every duty was added.
    pub fn finished(mut self) -> Self {
        self.lines.values_mut().for_each(Line::finish);
        self.total.finish();
        self
    }
}
