//! The ladder (逐级督办): when a duty makes itself heard, and where. It goes up the tree until someone acts.

use facts::{Jurisdiction, Level, Timestamp};

use crate::duty::{Duty, later};

/// A rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// It will be due.
    Reminder,
    /// It ought to have been acknowledged by now.
    Acknowledgement,
    /// It is due, and not done.
    Due,
    /// It is overdue and goes so many levels up, from 1.
    Escalation(u8),
    /// It ends of itself.
    Lapse,
}

impl Rung {
    /// The name that the interface uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Acknowledgement => "acknowledgement",
            Self::Due => "due",
            Self::Escalation(_) => "escalation",
            Self::Lapse => "lapse",
        }
    }
}

/// A rung, when it comes, and who hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RungAt {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub rung: Rung,
    /// How often the duty had been opened again by then: each time it has its ladder anew.
    pub round: u16,
    /// Who hears of it.
    pub to: Jurisdiction,
}

/// The jurisdictions that a duty goes up to, nearest first. Under flat command, from the county to the province.
pub fn above(territory: Jurisdiction, flat: bool) -> impl Iterator<Item = Jurisdiction> {
    let up = move |here: &Jurisdiction| {
        let parent = here.parent()?;
        if flat && here.level() == Level::County { parent.parent() } else { Some(parent) }
    };
    std::iter::successors(up(&territory), up)
}

/// The rungs of a duty that come while it is owed, in order, as far as is known now.
pub fn ladder<A>(duty: &Duty<A>) -> Vec<RungAt> {
    let territory = duty.owner.territory;
    let round = u16::try_from(duty.reopened.len()).unwrap_or(u16::MAX);
    let began = duty.reopened.last().map_or(duty.received, |reopened| reopened.at);
    let numbers = duty.ladder;
    let rung = |rung, clock, to| RungAt { at: duty.with_pauses(clock), rung, round, to };
    let mut rungs = vec![rung(Rung::Due, duty.due, territory)];
    if let Some(minutes) = numbers.remind_before_minutes {
        let before = duty.due.checked_sub(jiff::SignedDuration::from_mins(i64::from(minutes)));
        let reminder = rung(Rung::Reminder, before.unwrap_or(Timestamp::MIN), territory);
        // Who has less time than that from the start needs no reminder.
        rungs.extend(Some(reminder).filter(|reminder| reminder.at > began));
    }
    if let Some(minutes) = numbers.acknowledge_within_minutes {
        let wanted = rung(Rung::Acknowledgement, later(duty.received, minutes), territory);
        let is_read = duty.acknowledged.is_some_and(|read| read.recorded <= wanted.at);
        rungs.extend(Some(wanted).filter(|_| !is_read && round == 0));
    }
    if let Some(minutes) = numbers.escalate_every_minutes {
        rungs.extend(above(territory, numbers.flat).zip(1u8..).map(|(to, number)| {
            let at = later(duty.due, minutes.saturating_mul(u32::from(number)));
            rung(Rung::Escalation(number), at, to)
        }));
    }
    if duty.lapses < Timestamp::MAX {
        rungs.push(RungAt { at: duty.lapses, rung: Rung::Lapse, round, to: territory });
    }
    let closed = duty.closed.map_or(Timestamp::MAX, |closed| closed.at);
    let is_owed = |rung: &RungAt| {
        let until = if rung.rung == Rung::Lapse { Timestamp::MAX } else { duty.lapses };
        rung.at < closed && rung.at < until
    };
    rungs.retain(is_owed);
    rungs.sort();
    rungs
}
