//! Two clocks, three stages, one ladder; and the ledger of who was late. The same on both sides, as both count
//! with what the parts say and the hours of the letter.

use std::collections::BTreeMap;

use facts::Timestamp;
use facts::letter::Stage;
use jiff::{SignedDuration, ToSpan};
use serde::Serialize;

use crate::book::{Correspondence, Item, Standing};

/// From when hours are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// From when the positive behind it was recorded: how long it took in all.
    Positive,
    /// From when the letter was received: what whoever was asked answers for.
    Receipt,
}

/// How far up it is known that someone is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// There is time, or nothing is left to do.
    None,
    /// Three quarters of the stage's time are over.
    Reminder,
    /// The stage is overdue.
    Overdue,
    /// It has been for so many halves of its hours: so many levels up are told.
    Raised(u8),
}

/// The most levels that a rung can climb: from a county to the nation.
const LEVELS_MAX: i64 = 3;

impl Correspondence {
    /// From when the hours of someone are counted by a clock; none for the receipt's while there is none.
    pub fn counted_from(&self, item: &Item, clock: Clock) -> Option<Timestamp> {
        match clock {
            Clock::Positive => Some(item.sought.positive_recorded),
            Clock::Receipt => self.received,
        }
    }

    /// When a stage is due by a clock.
    pub fn due(&self, item: &Item, stage: Stage, clock: Clock) -> Option<Timestamp> {
        let from = self.counted_from(item, clock)?;
        from.checked_add(i64::from(self.hours.of(stage)).hours()).ok()
    }

    /// The clock that says who is late: the receipt's, and until the letter is received the positive's.
    fn telling(&self) -> Clock {
        if self.received.is_some() { Clock::Receipt } else { Clock::Positive }
    }

    /// The first stage that is still open for someone.
    pub fn next_stage(&self, item: &Item, standing: &Standing) -> Option<(Stage, Timestamp)> {
        let open = Stage::ALL.into_iter().find(|&stage| standing.is_open(stage))?;
        Some((open, self.due(item, open, self.telling())?))
    }

    /// The stages that are open and overdue.
    pub fn overdue(&self, item: &Item, standing: &Standing, at: Timestamp) -> Vec<Stage> {
        let late = |&stage: &Stage| {
            standing.is_open(stage) && self.due(item, stage, self.telling()).is_some_and(|due| at > due)
        };
        Stage::ALL.into_iter().filter(late).collect()
    }

    /// How far up a stage of someone has climbed.
    pub fn rung_of(&self, item: &Item, standing: &Standing, stage: Stage, at: Timestamp) -> Rung {
        let Some(due) = self.due(item, stage, self.telling()).filter(|_| standing.is_open(stage)) else {
            return Rung::None;
        };
        let whole = SignedDuration::from_hours(i64::from(self.hours.of(stage)));
        let over = at.duration_since(due);
        if over.is_zero() || over.is_negative() {
            let in_the_last_quarter = -over <= whole / 4;
            return if in_the_last_quarter { Rung::Reminder } else { Rung::None };
        }
        let halves = over.as_secs() * 2 / whole.as_secs().max(1);
        match halves.min(LEVELS_MAX) {
            0 => Rung::Overdue,
            levels => Rung::Raised(levels as u8),
        }
    }

    /// The highest rung that any stage of someone has climbed.
    pub fn rung(&self, item: &Item, standing: &Standing, at: Timestamp) -> Rung {
        Stage::ALL.into_iter().map(|stage| self.rung_of(item, standing, stage, at)).max().unwrap_or(Rung::None)
    }
}

/// Who was late, by stage, by the receipt's clock. Both sides of a letter count the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// How many people the letter is about, of whom it was neither withdrawn nor sent back.
    pub people: usize,
    /// Done within the hours.
    pub on_time: BTreeMap<Stage, usize>,
    /// Done later.
    pub late: BTreeMap<Stage, usize>,
    /// Not done yet.
    pub open: BTreeMap<Stage, usize>,
    /// Of these, past their hours.
    pub overdue_now: BTreeMap<Stage, usize>,
    /// Minutes from receipt to done, the median; absent while nobody is done.
    pub median_minutes: BTreeMap<Stage, i64>,
    /// The ninetieth percentile.
    pub p90_minutes: BTreeMap<Stage, i64>,
}

impl Ledger {
    /// Counts, as they stand at a time.
    pub fn of<'a>(
        letter: &Correspondence,
        people: impl IntoIterator<Item = (&'a Item, Standing)>,
        at: Timestamp,
    ) -> Self {
        let mut ledger = Self::default();
        let mut minutes: BTreeMap<Stage, Vec<i64>> = BTreeMap::new();
        for (item, standing) in people {
            if standing.ended.is_some() && standing.done(Stage::Close).is_none() {
                continue;
            }
            ledger.people += 1;
            let overdue = letter.overdue(item, &standing, at);
            for stage in Stage::ALL {
                let Some(done) = standing.done(stage) else {
                    *ledger.open.entry(stage).or_default() += 1;
                    *ledger.overdue_now.entry(stage).or_default() += usize::from(overdue.contains(&stage));
                    continue;
                };
                // Nobody is late for what was done before they were asked.
                let from = letter.received.unwrap_or(done);
                let late = letter.due(item, stage, Clock::Receipt).is_some_and(|due| done > due);
                let counted = if late { &mut ledger.late } else { &mut ledger.on_time };
                *counted.entry(stage).or_default() += 1;
                minutes.entry(stage).or_default().push(done.duration_since(from).as_mins().max(0));
            }
        }
        for (stage, mut minutes) in minutes {
            minutes.sort_unstable();
            // The nearest rank: a value that someone had.
            let rank = |percent: usize| minutes[(minutes.len() * percent).div_ceil(100).max(1) - 1];
            ledger.median_minutes.insert(stage, rank(50));
            ledger.p90_minutes.insert(stage, rank(90));
        }
        ledger
    }
}
