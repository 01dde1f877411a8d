//! A duty (责任): who owes what about whom, by when, because of what.

use std::collections::BTreeMap;

use facts::{ActorId, Commitment, DutyId, Fact, FactId, Item, Jurisdiction, Ladder, Parties, Reason, Step, Timestamp};
use jiff::{SignedDuration, ToSpan};
use sha2::{Digest, Sha256};

use crate::about::{About, DutyKind, Sought, Subject};

/// A duty, or one leg of it where it was handed over. What it is about is a type of its own where every duty
/// at hand is of one kind; [`About`] holds any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty<A = About> {
    /// Its name: the same for the same thing owed and leg, however often it is derived.
    pub id: DutyId,
    /// What it is about.
    pub about: A,
    /// Who owes it: the four responsible parties.
    pub owner: Parties,
    /// To whom; absent where nobody in particular gave it.
    pub owed_to: Option<Jurisdiction>,
    /// Because of which facts.
    pub because: Vec<FactId>,
    /// The first clock: when it began to matter, whoever owed it then.
    pub opened: Timestamp,
    /// The second clock: when this owner received it.
    pub received: Timestamp,
    /// By when, before pauses. [`Duty::deadline`] has them in.
    pub due: Timestamp,
    /// By when it was first to be done, before pauses: what the ledger calls on time.
    pub due_first: Timestamp,
    /// When it ends of itself, because nobody needs it any more; the end of time when it does not.
    pub lapses: Timestamp,
    /// When it makes itself heard.
    pub ladder: Ladder,
    /// Whether it is done only with something that shows it.
    pub evidence_required: bool,
    /// What, in words; erasable.
    pub text: Option<Commitment>,
    /// The duty that it is a part of.
    pub part_of: Option<DutyId>,
    /// The order that it carries out.
    pub order: Option<FactId>,
    /// Whom it covers, when it stands for a cohort.
    pub cohort: Option<Cohort>,
    /// When its owner had read it.
    pub acknowledged: Option<Done>,
    /// When work began.
    pub started: Option<Done>,
    /// When it was last said to be done.
    pub completed: Option<Done>,
    /// What shows the work.
    pub evidence: Vec<Done>,
    /// When its clock stood still.
    pub pauses: Vec<Pause>,
    /// The last hand-over that this owner asked for.
    pub hand_over: Option<Asked>,
    /// The last time that this owner asked to be released.
    pub refusal: Option<Asked>,
    /// Who had it before, in order.
    pub held_before: Vec<Jurisdiction>,
    /// Whether it was handed, or was to be handed, to someone who had had it before: in a circle.
    pub circle: bool,
    /// When it was opened again.
    pub reopened: Vec<Reopened>,
    /// What stopped the clock.
    pub closed: Option<Closed>,
}

/// The duty to find someone.
pub type Search = Duty<Sought>;

/// Whom a cohort duty covers: many at once, of whom only the exceptions are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// How many.
    pub members: u64,
    /// Those that were not as they had to be.
    pub exceptions: BTreeMap<Item, Exception>,
}

/// A member of a cohort that was not as it had to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exception {
    /// Since when.
    pub since: Done,
    /// Since when it is.
    pub resolved: Option<Done>,
    /// In words; erasable.
    pub words: Option<Commitment>,
}

impl Cohort {
    /// How many are not as they have to be now.
    pub fn open(&self) -> usize {
        self.exceptions.values().filter(|exception| exception.resolved.is_none()).count()
    }
}

/// A time during which a clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From when.
    pub from: Timestamp,
    /// Until when at the latest.
    pub until: Timestamp,
    /// When it ran again before that.
    pub resumed: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// The fact.
    pub fact: FactId,
}

impl Pause {
    /// When the clock runs again.
    pub fn end(&self) -> Timestamp {
        self.resumed.map_or(self.until, |resumed| resumed.min(self.until))
    }

    /// For how long it stood still by a time.
    pub fn length(&self, at: Timestamp) -> SignedDuration {
        self.end().min(at).duration_since(self.from).max(SignedDuration::ZERO)
    }
}

/// A duty was opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reopened {
    /// By which fact.
    pub fact: FactId,
    /// When.
    pub at: Timestamp,
    /// What had been said to be done, when.
    pub was: Closed,
}

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// When, in the world.
    pub occurred: Timestamp,
    /// When the server recorded it; clocks run on this.
    pub recorded: Timestamp,
    /// By whom.
    pub by: ActorId,
    /// The fact.
    pub fact: FactId,
}

impl Done {
    /// What a fact says was done.
    pub fn of(fact: &Fact) -> Self {
        Self { occurred: fact.occurred(), recorded: fact.recorded, by: fact.draft.source.actor, fact: fact.id }
    }
}

/// What stopped a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// When the server recorded it.
    pub at: Timestamp,
    /// What.
    pub by: ClosedBy,
}

/// The only things that stop a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedBy {
    /// The person is under control.
    Controlled,
    /// The person died.
    Deceased,
    /// Another jurisdiction accepted the duty.
    HandedOver,
    /// It went back to who had handed it over.
    HandedBack,
    /// It was done.
    Done,
    /// Who had given it released them of it.
    Released,
    /// Who had given it does not want it any more.
    Withdrawn,
}

impl ClosedBy {
    /// The name that the interface uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Controlled => "controlled",
            Self::Deceased => "deceased",
            Self::HandedOver => "handed-over",
            Self::HandedBack => "handed-back",
            Self::Done => "done",
            Self::Released => "released",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether what was owed was done, rather than nobody's or another's from then on.
    pub const fn is_fulfilled(self) -> bool {
        matches!(self, Self::Controlled | Self::Deceased | Self::Done)
    }
}

/// A question about a duty, and its answer: to take it over, or to release who owes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub fact: FactId,
    /// Who is asked.
    pub to: Jurisdiction,
    /// Why, where a code says so.
    pub reason: Option<Reason>,
    /// What they answered.
    pub answer: Option<bool>,
}

/// Where a duty to find someone stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nobody has found them yet.
    ToFind,
    /// They are located and not yet controlled.
    Located,
    /// The clock was stopped.
    Closed,
    /// Nothing is required of the person any more, and it was never stopped.
    Ended,
}

/// Where any duty stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Its clock runs.
    Open,
    /// Its clock stands still, and it is still owed.
    Paused,
    /// Its clock was stopped.
    Closed,
    /// It ended of itself.
    Ended,
}

/// A time so many minutes further on, or the end of time.
pub fn later(from: Timestamp, minutes: u32) -> Timestamp {
    from.checked_add(i64::from(minutes).minutes()).unwrap_or(Timestamp::MAX)
}

impl<A> Duty<A> {
    /// A duty that someone owes from now on, and nothing was done about.
    pub fn new(id: DutyId, about: A, owner: Parties, received: Timestamp, due: Timestamp, ladder: Ladder) -> Self {
        Self {
            id,
            about,
            owner,
            owed_to: None,
            because: Vec::new(),
            opened: received,
            received,
            due,
            due_first: due,
            lapses: Timestamp::MAX,
            ladder,
            evidence_required: false,
            text: None,
            part_of: None,
            order: None,
            cohort: None,
            acknowledged: None,
            started: None,
            completed: None,
            evidence: Vec::new(),
            pauses: Vec::new(),
            hand_over: None,
            refusal: None,
            held_before: Vec::new(),
            circle: false,
            reopened: Vec::new(),
            closed: None,
        }
    }

    /// Where it stands.
    pub fn standing(&self, at: Timestamp) -> Standing {
        if self.closed.is_some() {
            Standing::Closed
        } else if at >= self.lapses {
            Standing::Ended
        } else if self.pause_at(at).is_some() {
            Standing::Paused
        } else {
            Standing::Open
        }
    }

    /// Whether someone still owes it.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.closed.is_none() && at < self.lapses
    }

    /// Whether someone owed it at a time that may be past.
    pub fn was_open(&self, at: Timestamp) -> bool {
        let closings = self.reopened.iter().map(|reopened| (reopened.was.at, reopened.at));
        let is_done_meanwhile = |(closed, opened): (Timestamp, Timestamp)| closed <= at && at < opened;
        let is_over = self.closed.is_some_and(|closed| closed.at <= at) || self.lapses <= at;
        self.received <= at && !is_over && !closings.into_iter().any(is_done_meanwhile)
    }

    /// The pause that a time lies in.
    pub fn pause_at(&self, at: Timestamp) -> Option<&Pause> {
        self.pauses.iter().find(|pause| pause.from <= at && at < pause.end())
    }

    /// A time of this duty's clock as the time of the day that it falls on: later by every pause before it.
    pub fn with_pauses(&self, clock: Timestamp) -> Timestamp {
        self.pauses.iter().filter(|pause| pause.from < pause.end()).fold(clock, |moved, pause| {
            let stood_still = if pause.from < moved { pause.length(Timestamp::MAX) } else { SignedDuration::ZERO };
            moved.checked_add(stood_still).unwrap_or(Timestamp::MAX)
        })
    }

    /// By when it is due, pauses counted in.
    pub fn deadline(&self) -> Timestamp {
        self.with_pauses(self.due)
    }

    /// When its clock stopped, or where it stands now.
    fn stopped(&self, at: Timestamp) -> Timestamp {
        self.closed.map_or(at.min(self.lapses), |closed| closed.at)
    }

    /// Whether it is, or was when its clock stopped, past its deadline.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        self.stopped(at) > self.deadline()
    }

    /// Whether it is, or was when its clock stopped, past the deadline that it was first given with. What was
    /// said to be done, was not, and was opened again is late if that deadline passed meanwhile.
    pub fn is_late(&self, at: Timestamp) -> bool {
        self.stopped(at) > self.with_pauses(self.due_first)
    }

    /// For how long its clock stood still by a time.
    pub fn paused(&self, at: Timestamp) -> SignedDuration {
        let at = self.stopped(at);
        self.pauses.iter().fold(SignedDuration::ZERO, |sum, pause| sum.saturating_add(pause.length(at)))
    }

    /// How long it took from being received until its clock stopped, pauses not counted; none while it is owed.
    pub fn took(&self) -> Option<SignedDuration> {
        let closed = self.closed?;
        Some(closed.at.duration_since(self.received).saturating_sub(self.paused(closed.at)))
    }

    /// The question that waits for an answer.
    pub fn waiting(&self) -> Option<&Asked> {
        self.hand_over.iter().chain(&self.refusal).find(|asked| asked.answer.is_none())
    }
}

impl<A: Subject> Duty<A> {
    /// What is owed.
    pub fn kind(&self) -> DutyKind {
        self.about.kind()
    }
}

impl Duty<Sought> {
    /// Where it stands.
    pub fn state(&self, at: Timestamp) -> State {
        if self.closed.is_some() {
            State::Closed
        } else if at >= self.lapses {
            State::Ended
        } else if self.about.steps.contains_key(&Step::Location) {
            State::Located
        } else {
            State::ToFind
        }
    }

    /// The same duty among duties of every kind.
    pub fn general(&self) -> Duty {
        let mut general = Duty::new(
            self.id,
            About::Sought(self.about.clone()),
            self.owner.clone(),
            self.received,
            self.due,
            self.ladder,
        );
        general.owed_to = self.owed_to;
        general.because = self.because.clone();
        general.opened = self.opened;
        general.lapses = self.lapses;
        general.hand_over = self.hand_over;
        general.held_before = self.held_before.clone();
        general.circle = self.circle;
        general.closed = self.closed;
        general
    }
}

/// The name of a duty: of its kind, and of what makes it this one and no other.
pub fn name(kind: DutyKind, parts: &[&[u8]]) -> DutyId {
    let mut digest = Sha256::new().chain_update(kind.name().as_bytes());
    for part in parts {
        digest.update(part);
    }
    first_bytes(digest)
}

/// The name of a later leg of a duty.
pub(crate) fn leg_name(root: DutyId, leg: u32) -> DutyId {
    let digest = Sha256::new().chain_update(b"leg").chain_update(root.number().to_be_bytes());
    first_bytes(digest.chain_update(leg.to_be_bytes()))
}

fn first_bytes(digest: Sha256) -> DutyId {
    let digest = digest.finalize();
    let mut number = [0; 8];
    number.copy_from_slice(&digest[..8]);
    DutyId::new(u64::from_be_bytes(number))
}
