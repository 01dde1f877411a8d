//! The command beside the situation: fed by the same facts, in the same order, and gone on with the clock.

use std::sync::{Arc, Mutex as Lock, PoisonError, RwLockReadGuard};

use command::templates::Templates;
use command::{Boundaries, Command, Crossing};
use duties::Duty;
use facts::{Fact, Timestamp};
use jiff::ToSpan;
use situation::{Changes, Situation};

use super::Deployment;
use crate::error::ServerError;
use crate::measuring::Measured;

/// For how long what the routine owed is looked back upon, in days.
const ROUTINE_DAYS: i64 = 31;

/// The routine's duties as of a position of the journal and a minute.
type Routine = (u64, i64, Arc<Vec<Duty>>);

/// The command, and what made itself heard of the duties that it does not hold.
pub struct Commanding {
    /// The command.
    pub command: Command,
    /// Searches, which follow from the situation.
    searches: Boundaries,
    /// Reports, shifts and the like, which follow from the routine.
    routine: Boundaries,
    known: Lock<Option<Routine>>,
}

impl Commanding {
    /// A command and the searches of a situation, as they are now.
    pub(super) fn of(command: Command, situation: &Situation, now: Timestamp) -> Self {
        let mut searches = Boundaries::default();
        let people = situation.derived().people.values();
        people.flat_map(|person| &person.duties).for_each(|search| searches.set(search));
        searches.advance(now);
        Self { command, searches, routine: Boundaries::default(), known: Lock::default() }
    }

    /// A command without facts.
    pub(super) fn empty() -> Result<Self, ServerError> {
        let command = empty()?;
        Ok(Self { command, searches: Boundaries::default(), routine: Boundaries::default(), known: Lock::default() })
    }

    /// Takes in a fact, after whatever made itself heard until then.
    pub(super) fn take_in(&mut self, fact: &Arc<Fact>) {
        self.searches.advance(fact.recorded);
        self.command.apply(fact);
    }

    /// After conclusions about people changed.
    pub(super) fn follow(&mut self, changes: &Changes) {
        for change in &changes.people {
            for gone in change.before.iter().flat_map(|before| &before.duties) {
                self.searches.forget(gone.id);
            }
            change.after.iter().flat_map(|after| &after.duties).for_each(|search| self.searches.set(search));
        }
    }

    /// Goes on to a time. Returns whether anything made itself heard on the way.
    fn go_on(&mut self, situation: &Situation, now: Timestamp) -> bool {
        let before = self.command.queue().log().len();
        self.command.advance(now);
        let searches = self.searches.advance(now).len();
        let duties = self.routine_duties(situation, now);
        duties.iter().for_each(|duty| self.routine.set(duty));
        let routine = self.routine.advance(now).len();
        self.command.queue().log().len() + searches + routine > before
    }

    /// What the routine owes, or owed lately.
    pub fn routine_duties(&self, situation: &Situation, now: Timestamp) -> Arc<Vec<Duty>> {
        let minute = now.as_second().div_euclid(60);
        let mut kept = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((position, at, duties)) = &*kept
            && (*position, *at) == (situation.position(), minute)
        {
            return duties.clone();
        }
        let known = Measured::of(situation, &self.command.routine, now).known;
        let since = now.checked_sub((ROUTINE_DAYS * 24).hours()).unwrap_or(Timestamp::MIN);
        let duties = Arc::new(self.command.routine_duties(&known, since, now));
        *kept = Some((situation.position(), minute, duties.clone()));
        duties
    }

    /// Everything that made itself heard between two times, of every kind of duty, in order.
    pub fn crossings(&self, from: Timestamp, to: Timestamp) -> Vec<Crossing> {
        let logs = [self.command.queue().log(), self.searches.log(), self.routine.log()];
        let all = logs.into_iter().flat_map(|log| log.iter().rev().take_while(|crossing| crossing.at >= from));
        let mut all: Vec<Crossing> = all.filter(|crossing| crossing.at < to).copied().collect();
        all.sort_unstable();
        all
    }
}

/// A command without facts, with the templates that come with the program.
pub(super) fn empty() -> Result<Command, ServerError> {
    Ok(Command::new(Templates::shipped()?, super::zone()))
}

impl Deployment {
    /// The command as of the last fact. Whoever needs the situation as well asks for that first.
    pub fn commanding(&self) -> RwLockReadGuard<'_, Commanding> {
        self.commanding.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on to the present: what recurs opens, what is due makes itself heard. Tells listeners when it did.
    pub fn go_on(&self) {
        let heard = {
            let situation = self.situation();
            let mut commanding = self.commanding.write().unwrap_or_else(PoisonError::into_inner);
            commanding.go_on(&situation, self.now())
        };
        if heard {
            // Nobody listening is no failure.
            let _ = self.news.send(self.situation().position());
        }
    }
}
