//! What an act does to a duty, and when it does nothing.
//!
//! The one place where it is decided whether a duty can be paused, handed over, done. A fact whose act does not
//! fit changes nothing; who would record one is told why first.

use facts::{Act, DutyId, Jurisdiction, Parties, Timestamp};
use jiff::SignedDuration;

use crate::about::DutyKind;
use crate::duty::{Asked, Closed, ClosedBy, Done, Duty, Exception, Pause, Reopened, leg_name};

/// Why an act does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotDone {
    /// There is no such duty.
    NotFound,
    /// It is not owed any more.
    Closed,
    /// It is still owed.
    Open,
    /// Duties of this kind are not acted upon like that.
    NotForThisKind,
    /// Something that shows the work is wanted.
    EvidenceMissing,
    /// Members of the cohort are not as they have to be.
    ExceptionsOpen,
    /// Whoever would get it had it before, or has it.
    Circle,
    /// A question waits for its answer already.
    AlreadyAsked,
    /// No question waits for an answer.
    NoQuestion,
    /// Nobody had handed it over.
    NotHanded,
    /// Its clock stands still already.
    Paused,
    /// Its clock runs.
    NotPaused,
    /// It is past its deadline, which a pause would hide.
    Overdue,
}

impl NotDone {
    /// The code that the interface uses.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::NotForThisKind => "not-for-this-kind",
            Self::EvidenceMissing => "evidence-missing",
            Self::ExceptionsOpen => "exceptions-open",
            Self::Circle => "circle",
            Self::AlreadyAsked => "already-asked",
            Self::NoQuestion => "no-question",
            Self::NotHanded => "not-handed",
            Self::Paused => "paused",
            Self::NotPaused => "not-paused",
            Self::Overdue => "overdue",
        }
    }
}

/// Whether a person says that such a duty is done; of the others a fact of their own does, such as a report.
fn is_done_by_hand(kind: DutyKind) -> bool {
    matches!(kind, DutyKind::Task | DutyKind::Order | DutyKind::Finding | DutyKind::Shortfall)
}

/// Whether the clock of such a duty may stand still: not where somebody's health or another's clock hangs on it.
fn can_be_paused(kind: DutyKind) -> bool {
    matches!(kind, DutyKind::Task | DutyKind::Order | DutyKind::Finding | DutyKind::Shortfall)
}

/// Whether another jurisdiction can owe it: not where it was put to this one by name.
fn can_be_handed_over(kind: DutyKind) -> bool {
    matches!(kind, DutyKind::Task | DutyKind::Shortfall | DutyKind::Alarm)
}

/// Acts upon the leg of that name, among the legs of its duty in order. A hand-over adds a leg.
pub fn act(legs: &mut Vec<Duty>, leg: DutyId, act: &Act, done: Done) -> Result<(), NotDone> {
    let at = done.recorded;
    let current = legs.iter_mut().find(|duty| duty.id == leg).ok_or(NotDone::NotFound)?;
    let kind = current.kind();
    let is_open = current.is_open(at);
    match act {
        Act::Reopen { .. } => {}
        _ if !is_open => return Err(NotDone::Closed),
        _ => {}
    }
    let only = |fits: bool| if fits { Ok(()) } else { Err(NotDone::NotForThisKind) };
    match act {
        Act::Acknowledge => {
            current.acknowledged.get_or_insert(done);
        }
        Act::Start => {
            current.acknowledged.get_or_insert(done);
            current.started.get_or_insert(done);
        }
        Act::Evidence { .. } => {
            current.acknowledged.get_or_insert(done);
            current.evidence.push(done);
        }
        Act::Complete { evidence } => {
            only(is_done_by_hand(kind))?;
            let since = current.reopened.last().map_or(current.received, |reopened| reopened.at);
            let is_shown = evidence.is_some() || current.evidence.iter().any(|shown| shown.recorded >= since);
            if current.evidence_required && !is_shown {
                return Err(NotDone::EvidenceMissing);
            }
            if current.cohort.as_ref().is_some_and(|cohort| cohort.open() > 0) {
                return Err(NotDone::ExceptionsOpen);
            }
            current.acknowledged.get_or_insert(done);
            current.completed = Some(done);
            if evidence.is_some() {
                current.evidence.push(done);
            }
            close(current, at, ClosedBy::Done);
        }
        Act::Assign { to } => current.owner.individual = *to,
        Act::HandOver { to, reason, .. } => {
            only(can_be_handed_over(kind))?;
            if current.waiting().is_some() {
                return Err(NotDone::AlreadyAsked);
            }
            if *to == current.owner.territory || current.held_before.contains(to) {
                current.circle = true;
                return Err(NotDone::Circle);
            }
            current.hand_over = Some(Asked { fact: done.fact, to: *to, reason: Some(*reason), answer: None });
        }
        Act::HandBack { .. } => {
            let to = *current.held_before.last().ok_or(NotDone::NotHanded)?;
            hand_on(legs, leg, to, at, ClosedBy::HandedBack);
        }
        Act::Refuse { reason, .. } => {
            only(kind != DutyKind::LocateAndControl)?;
            let to = current.owed_to.ok_or(NotDone::NotForThisKind)?;
            if current.waiting().is_some() {
                return Err(NotDone::AlreadyAsked);
            }
            current.refusal = Some(Asked { fact: done.fact, to, reason: Some(*reason), answer: None });
        }
        Act::Answer { accepted, .. } => answer(legs, leg, *accepted, at)?,
        Act::Pause { until, reason, .. } => {
            only(can_be_paused(kind))?;
            if current.pause_at(at).is_some() {
                return Err(NotDone::Paused);
            }
            if at >= current.deadline() {
                return Err(NotDone::Overdue);
            }
            current.pauses.push(Pause { from: at, until: *until, resumed: None, reason: *reason, fact: done.fact });
        }
        Act::Resume => resume(current, at)?,
        Act::Reopen { due, .. } => {
            only(is_done_by_hand(kind))?;
            match current.closed {
                Some(was) if was.by == ClosedBy::Done => reopen(current, was, *due, done),
                Some(_) => return Err(NotDone::Closed),
                None => return Err(NotDone::Open),
            }
        }
        Act::Withdraw { .. } => close(current, at, ClosedBy::Withdrawn),
        Act::Exceptions { items, words } => {
            let cohort = current.cohort.as_mut().ok_or(NotDone::NotForThisKind)?;
            for item in items {
                let standing = cohort.exceptions.get(item).is_some_and(|known| known.resolved.is_none());
                if !standing {
                    cohort.exceptions.insert(*item, Exception { since: done, resolved: None, words: *words });
                }
            }
        }
        Act::Resolve { items } => {
            let cohort = current.cohort.as_mut().ok_or(NotDone::NotForThisKind)?;
            for item in items {
                if let Some(exception) = cohort.exceptions.get_mut(item) {
                    exception.resolved.get_or_insert(done);
                }
            }
        }
    }
    Ok(())
}

/// Stops the clock; one that stood still is not counted as standing still any longer.
pub fn close(duty: &mut Duty, at: Timestamp, by: ClosedBy) {
    // It may stand still no longer: the error that it did not is no error here.
    let _ = resume(duty, at);
    duty.closed = Some(Closed { at, by });
}

/// Opens again what had been said to be done, to be done by another time.
pub fn reopen(duty: &mut Duty, was: Closed, due: Timestamp, done: Done) {
    duty.reopened.push(Reopened { fact: done.fact, at: done.recorded, was });
    duty.closed = None;
    duty.completed = None;
    // The new deadline is a time of the day; on the duty's own clock it lies earlier by every pause so far.
    let paused = duty.pauses.iter().fold(SignedDuration::ZERO, |sum, pause| sum + pause.length(done.recorded));
    duty.due = due.checked_sub(paused).unwrap_or(due);
}

fn resume(duty: &mut Duty, at: Timestamp) -> Result<(), NotDone> {
    let running = duty.pauses.iter_mut().find(|pause| pause.from <= at && at < pause.end());
    running.ok_or(NotDone::NotPaused)?.resumed = Some(at);
    Ok(())
}

fn answer(legs: &mut Vec<Duty>, leg: DutyId, accepted: bool, at: Timestamp) -> Result<(), NotDone> {
    let current = legs.iter_mut().find(|duty| duty.id == leg).ok_or(NotDone::NotFound)?;
    if let Some(asked) = current.hand_over.as_mut().filter(|asked| asked.answer.is_none()) {
        asked.answer = Some(accepted);
        let to = asked.to;
        if accepted {
            hand_on(legs, leg, to, at, ClosedBy::HandedOver);
        }
        return Ok(());
    }
    let asked = current.refusal.as_mut().filter(|asked| asked.answer.is_none()).ok_or(NotDone::NoQuestion)?;
    asked.answer = Some(accepted);
    if accepted {
        close(current, at, ClosedBy::Released);
    }
    Ok(())
}

/// Closes a leg and opens the next, for another owner, who decides anew who does it.
fn hand_on(legs: &mut Vec<Duty>, leg: DutyId, to: Jurisdiction, at: Timestamp, by: ClosedBy) {
    let number = legs.len() as u32;
    let Some(root) = legs.first().map(|first| first.id) else { return };
    let Some(current) = legs.iter_mut().find(|duty| duty.id == leg) else { return };
    let deadline = current.deadline();
    // The time that its giver set holds for whoever has it; who receives it too late has as long as it was.
    let whole = current.due_first.duration_since(current.received);
    let due = if deadline > at { deadline } else { at.checked_add(whole).unwrap_or(Timestamp::MAX) };
    let mut next = Duty::new(leg_name(root, number), current.about.clone(), Parties::of(to), at, due, current.ladder);
    next.owed_to = current.owed_to;
    next.because = current.because.clone();
    next.opened = current.opened;
    next.lapses = current.lapses;
    next.evidence_required = current.evidence_required;
    next.text = current.text;
    next.part_of = current.part_of;
    next.order = current.order;
    next.cohort = current.cohort.clone();
    next.started = current.started;
    next.held_before = current.held_before.clone();
    next.held_before.push(current.owner.territory);
    close(current, at, by);
    legs.push(next);
}
