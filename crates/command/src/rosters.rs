//! Duty rosters (值守): every post has a primary and a deputy (AB角), round the clock where it must.
//!
//! What would leave a gap or stand in two places at once is refused, and the refusal says with what it clashes.
//! Falling ill is not refused: the deputy answers, and filling the gap is owed.

use std::collections::{BTreeMap, BTreeSet};

use facts::{
    ActorId, Commitment, Date, Fact, FactId, Hex, PostFact, PostId, PostRole, Shift, ShiftName, Span, Timestamp, Turn,
};
use jiff::ToSpan;
use jiff::tz::TimeZone;

use crate::templates::RosterRules;

/// A shift as it stands after whatever was exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rostered {
    /// When, and who.
    pub shift: Shift,
    /// The facts that made it so.
    pub because: Vec<FactId>,
    /// When it was rostered.
    pub recorded: Timestamp,
}

/// An officer is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// From when to when.
    pub span: Span,
    /// Whether it was arranged beforehand.
    pub planned: bool,
    /// The fact.
    pub fact: FactId,
    /// When it was recorded.
    pub recorded: Timestamp,
}

/// A request to exchange turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// Who asks.
    pub asker: ActorId,
    /// Who is asked.
    pub asked: ActorId,
    /// The turn that is offered.
    pub mine: Turn,
    /// The turn that is wanted.
    pub theirs: Turn,
    /// When it was asked.
    pub at: Timestamp,
    /// What was answered.
    pub answer: Option<bool>,
}

/// What one shift left to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The fact.
    pub fact: FactId,
    /// The note.
    pub text: Commitment,
    /// Who wrote it.
    pub by: ActorId,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who read it, when, and the fact that says so.
    pub acknowledged: Option<(ActorId, Timestamp, FactId)>,
}

/// Every shift, leave, swap and note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rosters {
    shifts: BTreeMap<PostId, BTreeMap<Timestamp, Rostered>>,
    /// The turns of each officer, by start.
    turns: BTreeMap<ActorId, BTreeSet<(Timestamp, PostId, PostRole)>>,
    leave: BTreeMap<ActorId, Vec<Leave>>,
    swaps: BTreeMap<FactId, Swap>,
    notes: BTreeMap<ShiftName, Note>,
    vacancies: BTreeMap<(FactId, Turn), Vacancy>,
    calendars: BTreeMap<ActorId, (Hex<32>, Timestamp)>,
}

/// A turn that somebody fell ill for, until somebody else stands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vacancy {
    /// The turn.
    pub turn: Turn,
    /// When it was to be stood.
    pub span: Span,
    /// The leave.
    pub leave: FactId,
    /// When the leave was recorded.
    pub since: Timestamp,
    /// What filled it, and when.
    pub filled: Option<(FactId, Timestamp)>,
}

/// Why a turn is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// They stand another shift at the same time.
    DoubleBooked,
    /// They are away.
    OnLeave,
    /// Primary and deputy are one person.
    SamePerson,
    /// The post has another shift at that time.
    Overlaps,
    /// The shift is longer than rosters may have them.
    TooLong,
    /// Too little time lies between two shifts that they are primary of.
    TooLittleRest,
    /// The shift is over.
    InThePast,
    /// Nobody would answer for the post.
    LeavesAGap,
    /// There is no such shift.
    NoShift,
    /// The turn has begun, or somebody else stands it by now.
    Lapsed,
}

impl Why {
    /// The name that the interface uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoubleBooked => "double-booked",
            Self::OnLeave => "on-leave",
            Self::SamePerson => "same-person",
            Self::Overlaps => "overlaps",
            Self::TooLong => "too-long",
            Self::TooLittleRest => "too-little-rest",
            Self::InThePast => "in-the-past",
            Self::LeavesAGap => "leaves-a-gap",
            Self::NoShift => "no-shift",
            Self::Lapsed => "lapsed",
        }
    }
}

/// A refusal, with what it clashes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    /// What was wanted.
    pub post: PostId,
    /// When it was to begin; for a gap, when that begins.
    pub start: Timestamp,
    /// In which role.
    pub role: Option<PostRole>,
    /// Whom it is about.
    pub officer: Option<ActorId>,
    /// Why not.
    pub why: Why,
    /// The other shift, the leave or the gap.
    pub with: Option<(Option<PostId>, Span)>,
}

/// Who answers for a post at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnNow {
    /// The shift; none for a post that is not stood in shifts.
    pub shift: Option<Shift>,
    /// A角
    pub primary: Option<ActorId>,
    /// B角
    pub deputy: Option<ActorId>,
    /// Who answers: the primary, or the deputy while the primary is away.
    pub acting: Option<PostRole>,
}

impl Rosters {
    pub(crate) fn apply(&mut self, fact: &Fact, said: &PostFact) {
        match said {
            PostFact::Rostered { post, shifts } => {
                for &shift in shifts {
                    let rostered = Rostered { shift, because: vec![fact.id], recorded: fact.recorded };
                    let name = ShiftName { post: *post, start: shift.span.start() };
                    if let Some(replaced) = self.shifts.entry(*post).or_default().insert(name.start, rostered) {
                        self.forget(*post, &replaced.shift);
                    }
                    self.note_turns(*post, &shift);
                }
            }
            PostFact::Substituted { turn, officer } => self.stand(*turn, *officer, fact),
            PostFact::Leave { officer, span, planned } => {
                let leave = Leave { span: *span, planned: *planned, fact: fact.id, recorded: fact.recorded };
                self.leave.entry(*officer).or_default().push(leave);
                let vacant = self.turns(*officer, *span).map(|(post, role, rostered)| {
                    let span = rostered.shift.span;
                    let turn = Turn { shift: ShiftName { post, start: span.start() }, role };
                    Vacancy { turn, span, leave: fact.id, since: fact.recorded, filled: None }
                });
                let vacant: Vec<Vacancy> = vacant.filter(|vacancy| vacancy.span.end() > fact.recorded).collect();
                self.vacancies.extend(vacant.into_iter().map(|vacancy| ((fact.id, vacancy.turn), vacancy)));
            }
            PostFact::SwapAsked { mine, theirs } => {
                let (Some(asker), Some(asked)) = (self.officer(*mine), self.officer(*theirs)) else { return };
                let swap = Swap { asker, asked, mine: *mine, theirs: *theirs, at: fact.recorded, answer: None };
                self.swaps.insert(fact.id, swap);
            }
            PostFact::SwapAnswered { of, accepted } => {
                let Some(swap) = self.swaps.get_mut(of).filter(|swap| swap.answer.is_none()) else { return };
                swap.answer = Some(*accepted);
                let Swap { asker, asked, mine, theirs, .. } = *swap;
                if *accepted && self.officer(mine) == Some(asker) && self.officer(theirs) == Some(asked) {
                    self.stand(mine, asked, fact);
                    self.stand(theirs, asker, fact);
                }
            }
            PostFact::HandOverNote { shift, note } => {
                let (by, at) = (fact.draft.source.actor, fact.recorded);
                self.notes.insert(*shift, Note { fact: fact.id, text: *note, by, at, acknowledged: None });
            }
            PostFact::CalendarOpened { officer, token } => {
                self.calendars.insert(*officer, (*token, fact.recorded));
            }
            PostFact::CalendarClosed { officer } => {
                self.calendars.remove(officer);
            }
            PostFact::NoteAcknowledged { of } => {
                if let Some(note) = self.notes.values_mut().find(|note| note.fact == *of) {
                    note.acknowledged.get_or_insert((fact.draft.source.actor, fact.recorded, fact.id));
                }
            }
            _ => {}
        }
    }

    fn note_turns(&mut self, post: PostId, shift: &Shift) {
        for role in PostRole::BOTH {
            self.turns.entry(shift.officer(role)).or_default().insert((shift.span.start(), post, role));
        }
    }

    fn forget(&mut self, post: PostId, shift: &Shift) {
        for role in PostRole::BOTH {
            if let Some(turns) = self.turns.get_mut(&shift.officer(role)) {
                turns.remove(&(shift.span.start(), post, role));
            }
        }
    }

    fn stand(&mut self, turn: Turn, officer: ActorId, because: &Fact) {
        let Turn { shift: ShiftName { post, start }, role } = turn;
        let Some(rostered) = self.shifts.get_mut(&post).and_then(|shifts| shifts.get_mut(&start)) else { return };
        let before = rostered.shift;
        match role {
            PostRole::Primary => rostered.shift.primary = officer,
            PostRole::Deputy => rostered.shift.deputy = officer,
        }
        rostered.because.push(because.id);
        let after = rostered.shift;
        self.forget(post, &before);
        self.note_turns(post, &after);
        if self.leave(officer, after.span).next().is_none() {
            for vacancy in self.vacancies.values_mut().filter(|vacancy| vacancy.turn == turn) {
                vacancy.filled.get_or_insert((because.id, because.recorded));
            }
        }
    }

    /// The turns that somebody fell ill for, filled or not.
    pub fn vacancies(&self) -> impl Iterator<Item = &Vacancy> {
        self.vacancies.values()
    }

    /// Whose calendar is open to whoever has a token, by the token's digest.
    pub fn calendar_of(&self, token: &Hex<32>) -> Option<ActorId> {
        self.calendars.iter().find(|(_, (digest, _))| digest == token).map(|(&officer, _)| officer)
    }

    /// Since when an officer's calendar is open.
    pub fn calendar_since(&self, officer: ActorId) -> Option<Timestamp> {
        self.calendars.get(&officer).map(|(_, since)| *since)
    }

    /// Who stands a turn.
    pub fn officer(&self, turn: Turn) -> Option<ActorId> {
        self.shift(turn.shift).map(|rostered| rostered.shift.officer(turn.role))
    }

    /// A shift by its name.
    pub fn shift(&self, name: ShiftName) -> Option<&Rostered> {
        self.shifts.get(&name.post)?.get(&name.start)
    }

    /// The shifts of a post that lie, wholly or partly, within a span, in order.
    pub fn shifts(&self, post: PostId, within: Span) -> impl Iterator<Item = &Rostered> {
        // No journal holds a shift longer than two days, so that the one that runs into the span begins after this.
        let reach = within.start().checked_sub(48.hours()).unwrap_or(Timestamp::MIN);
        let shifts = self.shifts.get(&post).into_iter().flat_map(move |shifts| shifts.range(reach..within.end()));
        shifts.map(|(_, rostered)| rostered).filter(move |rostered| rostered.shift.span.end() > within.start())
    }

    /// The turns of an officer within a span, in order.
    pub fn turns(&self, officer: ActorId, within: Span) -> impl Iterator<Item = (PostId, PostRole, &Rostered)> {
        let turns = self.turns.get(&officer).into_iter().flatten();
        let shifts =
            turns.filter_map(|&(start, post, role)| Some((post, role, self.shift(ShiftName { post, start })?)));
        shifts.filter(move |(_, _, rostered)| rostered.shift.span.overlap(&within).is_some())
    }

    /// The shift of a post that runs at a time.
    pub fn running(&self, post: PostId, at: Timestamp) -> Option<&Rostered> {
        let (_, rostered) = self.shifts.get(&post)?.range(..=at).next_back()?;
        (at < rostered.shift.span.end()).then_some(rostered)
    }

    /// When the last shift of a post that began by a time ends, or ended.
    pub fn last_end(&self, post: PostId, at: Timestamp) -> Option<Timestamp> {
        self.shifts.get(&post)?.range(..=at).next_back().map(|(_, rostered)| rostered.shift.span.end())
    }

    /// The shift of a post that follows another.
    pub fn next(&self, after: ShiftName) -> Option<&Rostered> {
        let later = (std::ops::Bound::Excluded(after.start), std::ops::Bound::Unbounded);
        self.shifts.get(&after.post)?.range(later).next().map(|(_, rostered)| rostered)
    }

    /// The leave that an officer is on at a time.
    pub fn leave_at(&self, officer: ActorId, at: Timestamp) -> Option<&Leave> {
        self.leave.get(&officer)?.iter().find(|leave| leave.span.start() <= at && at < leave.span.end())
    }

    /// The leave of an officer that touches a span.
    pub fn leave(&self, officer: ActorId, within: Span) -> impl Iterator<Item = &Leave> {
        let leave = self.leave.get(&officer).into_iter().flatten();
        leave.filter(move |leave| leave.span.overlap(&within).is_some())
    }

    /// Who answers for a post at a time, by its roster or else by who holds it.
    pub fn on_now(&self, post: PostId, around_the_clock: bool, held: [Option<ActorId>; 2], at: Timestamp) -> OnNow {
        let shift = self.running(post, at).map(|rostered| rostered.shift);
        let [primary, deputy] = match shift {
            Some(shift) => [Some(shift.primary), Some(shift.deputy)],
            None if around_the_clock => [None, None],
            None => held,
        };
        let present = |officer: Option<ActorId>| officer.is_some_and(|officer| self.leave_at(officer, at).is_none());
        let acting = if present(primary) {
            Some(PostRole::Primary)
        } else if present(deputy) {
            Some(PostRole::Deputy)
        } else {
            None
        };
        OnNow { shift, primary, deputy, acting }
    }

    /// When nobody stands a post, in either role, within a span: no shift, or away.
    pub fn gaps(&self, post: PostId, within: Span) -> Vec<(PostRole, Span)> {
        let mut gaps = Vec::new();
        for role in PostRole::BOTH {
            let mut covered = Vec::new();
            for rostered in self.shifts(post, within) {
                let Shift { span, .. } = rostered.shift;
                let away = self.leave(rostered.shift.officer(role), span).map(|leave| leave.span);
                covered.extend(without(span, &mut away.collect::<Vec<_>>()));
            }
            gaps.extend(without(within, &mut covered).into_iter().map(|gap| (role, gap)));
        }
        gaps.sort_by_key(|(role, gap)| (gap.start(), *role));
        gaps
    }

    /// A swap.
    pub fn swap(&self, of: FactId) -> Option<&Swap> {
        self.swaps.get(&of)
    }

    /// Every swap, by the fact that asked.
    pub fn swaps(&self) -> impl Iterator<Item = (FactId, &Swap)> {
        self.swaps.iter().map(|(&fact, swap)| (fact, swap))
    }

    /// The note that a shift left.
    pub fn note(&self, of: ShiftName) -> Option<&Note> {
        self.notes.get(&of)
    }

    /// A note by its fact, with the shift that left it.
    pub fn note_by_fact(&self, of: FactId) -> Option<(ShiftName, &Note)> {
        self.notes.iter().find(|(_, note)| note.fact == of).map(|(&shift, note)| (shift, note))
    }

    /// Whether someone could stand a turn: why not, with what it clashes. `except` are turns that they give up.
    fn turn_clashes(
        &self,
        rules: &RosterRules,
        post: PostId,
        span: Span,
        (role, officer): (PostRole, ActorId),
        except: &BTreeSet<Turn>,
    ) -> Vec<Clash> {
        let clash =
            |why, with| Clash { post, start: span.start(), role: Some(role), officer: Some(officer), why, with };
        let mut clashes: Vec<Clash> =
            self.leave(officer, span).map(|leave| clash(Why::OnLeave, Some((None, leave.span)))).collect();
        let rest = i64::from(rules.rest_hours_min.value).hours();
        let from = span.start().checked_sub(rest).unwrap_or(Timestamp::MIN);
        let to = span.end().checked_add(rest).unwrap_or(Timestamp::MAX);
        let Ok(around) = Span::new(from, to) else { return clashes };
        for (other_post, other_role, other) in self.turns(officer, around) {
            let other = other.shift.span;
            let turn = Turn { shift: ShiftName { post: other_post, start: other.start() }, role: other_role };
            if except.contains(&turn) || (other_post == post && other.start() == span.start()) {
                continue;
            }
            if other.overlap(&span).is_some() {
                clashes.push(clash(Why::DoubleBooked, Some((Some(other_post), other))));
            } else if role == PostRole::Primary && other_role == PostRole::Primary {
                clashes.push(clash(Why::TooLittleRest, Some((Some(other_post), other))));
            }
        }
        clashes
    }

    /// Why shifts of a post cannot be rostered as they are, each clash once; nothing when they can.
    pub fn propose(
        &self,
        rules: &RosterRules,
        post: PostId,
        around_the_clock: bool,
        shifts: &[Shift],
        now: Timestamp,
    ) -> Vec<Clash> {
        let mut clashes = BTreeSet::new();
        // Each is held against what is rostered and against those that are proposed with it.
        let mut together = self.clone();
        let longest = i64::from(rules.shift_hours_max.value).hours();
        let mut shifts = shifts.to_vec();
        shifts.sort();
        for shift in &shifts {
            let (start, span) = (shift.span.start(), shift.span);
            let clash = |why, with| Clash { post, start, role: None, officer: None, why, with };
            if span.end() <= now {
                clashes.insert(clash(Why::InThePast, None));
                continue;
            }
            if start.checked_add(longest).is_ok_and(|longest| span.end() > longest) {
                clashes.insert(clash(Why::TooLong, None));
            }
            if shift.primary == shift.deputy {
                let whom = (Some(PostRole::Deputy), Some(shift.deputy));
                clashes.insert(Clash { role: whom.0, officer: whom.1, ..clash(Why::SamePerson, None) });
            }
            let overlapped: Vec<Span> = together.shifts(post, span).map(|other| other.shift.span).collect();
            clashes.extend(overlapped.iter().map(|&other| clash(Why::Overlaps, Some((Some(post), other)))));
            for role in PostRole::BOTH {
                clashes.extend(together.turn_clashes(rules, post, span, (role, shift.officer(role)), &BTreeSet::new()));
            }
            if overlapped.is_empty() {
                let rostered = Rostered { shift: *shift, because: Vec::new(), recorded: now };
                together.shifts.entry(post).or_default().insert(start, rostered);
                together.note_turns(post, shift);
            }
        }
        if around_the_clock {
            let before = self.holes(post, now);
            let made = together
                .holes(post, now)
                .into_iter()
                .filter(|hole| !before.iter().any(|known| known.start() <= hole.start() && hole.end() <= known.end()));
            clashes.extend(made.map(|hole| Clash {
                post,
                start: hole.start(),
                role: None,
                officer: None,
                why: Why::LeavesAGap,
                with: Some((None, hole)),
            }));
        }
        clashes.into_iter().collect()
    }

    /// The times between two shifts of a post that no shift covers, from a time on.
    fn holes(&self, post: PostId, from: Timestamp) -> Vec<Span> {
        let Some(shifts) = self.shifts.get(&post) else { return Vec::new() };
        let ahead: Vec<Span> =
            shifts.values().map(|rostered| rostered.shift.span).filter(|span| span.end() > from).collect();
        let holes = ahead.windows(2).filter_map(|two| Span::new(two[0].end(), two[1].start()).ok());
        holes.collect()
    }

    /// Why somebody else cannot stand a turn.
    pub fn substitute(&self, rules: &RosterRules, turn: Turn, officer: ActorId, now: Timestamp) -> Vec<Clash> {
        let refused = |why| {
            let Turn { shift, role } = turn;
            let officer = Some(officer);
            vec![Clash { post: shift.post, start: shift.start, role: Some(role), officer, why, with: None }]
        };
        let Some(rostered) = self.shift(turn.shift) else { return refused(Why::NoShift) };
        if rostered.shift.span.end() <= now {
            return refused(Why::InThePast);
        }
        if rostered.shift.officer(turn.role.other()) == officer {
            return refused(Why::SamePerson);
        }
        self.turn_clashes(rules, turn.shift.post, rostered.shift.span, (turn.role, officer), &BTreeSet::new())
    }

    /// Why two turns cannot be exchanged.
    pub fn exchange(&self, rules: &RosterRules, mine: Turn, theirs: Turn, now: Timestamp) -> Vec<Clash> {
        let refused = |turn: Turn, why| {
            let Turn { shift, role } = turn;
            let officer = self.officer(turn);
            vec![Clash { post: shift.post, start: shift.start, role: Some(role), officer, why, with: None }]
        };
        let (Some(asker), Some(asked)) = (self.officer(mine), self.officer(theirs)) else {
            let missing = if self.officer(mine).is_none() { mine } else { theirs };
            return refused(missing, Why::NoShift);
        };
        let given_up = BTreeSet::from([mine, theirs]);
        let mut clashes = Vec::new();
        for (turn, officer) in [(mine, asked), (theirs, asker)] {
            let Some(rostered) = self.shift(turn.shift) else { continue };
            if rostered.shift.span.start() <= now {
                clashes.extend(refused(turn, Why::Lapsed));
            }
            // Of one shift, the two may exchange their roles.
            if rostered.shift.officer(turn.role.other()) == officer && mine.shift != theirs.shift {
                clashes.extend(refused(turn, Why::SamePerson));
            }
            let span = rostered.shift.span;
            clashes.extend(self.turn_clashes(rules, turn.shift.post, span, (turn.role, officer), &given_up));
        }
        clashes
    }

    /// Why planned leave cannot be taken: the turns that nobody would stand. `substitutes` are those that do.
    pub fn leaves_gaps(&self, officer: ActorId, span: Span, substitutes: &BTreeSet<Turn>) -> Vec<Clash> {
        let uncovered = self.turns(officer, span).filter_map(|(post, role, rostered)| {
            let shift = rostered.shift.span;
            let turn = Turn { shift: ShiftName { post, start: shift.start() }, role };
            (!substitutes.contains(&turn)).then_some(Clash {
                post,
                start: shift.start(),
                role: Some(role),
                officer: Some(officer),
                why: Why::LeavesAGap,
                with: Some((Some(post), shift)),
            })
        });
        uncovered.collect()
    }

    /// How many hours of shifts an officer stands within a span.
    pub fn hours(&self, officer: ActorId, within: Span) -> i64 {
        let minutes = self.turns(officer, within).filter_map(|(_, _, rostered)| rostered.shift.span.overlap(&within));
        minutes.map(|part| part.minutes()).sum::<i64>() / 60
    }
}

/// What is left of a span when parts are taken out of it.
fn without(span: Span, parts: &mut [Span]) -> Vec<Span> {
    parts.sort();
    let mut left = Vec::new();
    let mut from = span.start();
    for part in parts {
        if let Ok(gap) = Span::new(from, part.start().min(span.end())) {
            left.push(gap);
        }
        from = from.max(part.end());
    }
    left.extend(Span::new(from, span.end()));
    left
}

/// A rotation: who stands when, if a team takes turns. Whoever is deputy of one shift is primary of the next.
///
/// Shifts begin at the same hours of the clock every day. Where the clocks are put forward or back one shift is an
/// hour shorter or longer, and there is neither a gap nor an overlap.
pub fn rotate(
    team: &[ActorId],
    from: Date,
    days: u16,
    shift_hours: u8,
    first_hour: u8,
    zone: &TimeZone,
) -> Result<Vec<Shift>, RotationError> {
    if team.iter().collect::<BTreeSet<_>>().len() < 2 {
        return Err(RotationError::Team);
    }
    if !matches!(shift_hours, 8 | 12 | 24) {
        return Err(RotationError::Hours(shift_hours));
    }
    if first_hour > 23 {
        return Err(RotationError::FirstHour(first_hour));
    }
    let a_day = i64::from(24 / shift_hours);
    let begins = |number: i64| {
        let hours = (number % a_day * i64::from(shift_hours)).hours();
        let first = from.at(first_hour as i8, 0, 0, 0);
        let day = first.checked_add((number / a_day).days()).and_then(|day| day.checked_add(hours));
        day.and_then(|begins| zone.to_timestamp(begins)).map_err(|_| RotationError::TooLate)
    };
    let mut shifts = Vec::new();
    for number in 0..i64::from(days) * a_day {
        let span = Span::new(begins(number)?, begins(number + 1)?).map_err(|_| RotationError::TooLate)?;
        let member = |ahead: i64| team[((number + ahead) as usize) % team.len()];
        let (primary, deputy) = (member(0), member(1));
        shifts.push(Shift { span, primary, deputy });
    }
    Ok(shifts)
}

/// Why a rotation cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// Too few people.
    #[error("a rotation needs two different people at least")]
    Team,
    /// Shifts of another length.
    #[error("shifts of {0} hours do not make up a day; give 8, 12 or 24")]
    Hours(u8),
    /// No hour of the day.
    #[error("{0} is no hour of the day; give 0 to 23")]
    FirstHour(u8),
    /// Beyond what a calendar holds.
    #[error("the rotation leads beyond the calendar")]
    TooLate,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::{STANDARD, Template};
    use facts::{Body, Channel, Draft, Purpose, Source};
    use jiff::tz::Offset;

    const LI: ActorId = ActorId::new(1);
    const ZHAO: ActorId = ActorId::new(2);
    const WANG: ActorId = ActorId::new(3);
    const SUN: ActorId = ActorId::new(4);
    const DESK: PostId = PostId::new(10);
    const OFFICE: PostId = PostId::new(11);

    fn rules() -> RosterRules {
        Template::from_toml(STANDARD).unwrap().roster
    }

    /// An hour of 9 July 2022 by the clock of the province; 24 and more are the days after.
    fn hour(hour: i64) -> Timestamp {
        let midnight: Timestamp = "2022-07-08T16:00:00Z".parse().unwrap();
        midnight.checked_add(hour.hours()).unwrap()
    }

    fn span(from: i64, to: i64) -> Span {
        Span::new(hour(from), hour(to)).unwrap()
    }

    fn shift(from: i64, to: i64, primary: ActorId, deputy: ActorId) -> Shift {
        Shift { span: span(from, to), primary, deputy }
    }

    fn turn(post: PostId, start: i64, role: PostRole) -> Turn {
        Turn { shift: ShiftName { post, start: hour(start) }, role }
    }

    /// Rosters, fact by fact.
    #[derive(Default)]
    struct Story {
        rosters: Rosters,
        facts: u64,
    }

    impl Story {
        fn record(&mut self, at: i64, by: ActorId, said: PostFact) -> FactId {
            self.facts += 1;
            let source = Source { actor: by, channel: Channel::Entry, key: None };
            let purpose = Purpose::FollowUp;
            let draft = Draft { occurred: hour(at), source, purpose, supersedes: None, body: Body::Post(said.clone()) };
            let fact = draft.recorded(FactId::new(self.facts), hour(at));
            self.rosters.apply(&fact, &said);
            fact.id
        }

        fn roster(&mut self, post: PostId, shifts: Vec<Shift>) {
            self.record(0, LI, PostFact::Rostered { post, shifts });
        }

        fn propose(&self, post: PostId, shifts: &[Shift]) -> Vec<Why> {
            self.rosters.propose(&rules(), post, true, shifts, hour(0)).into_iter().map(|clash| clash.why).collect()
        }
    }

    #[test]
    fn nobody_stands_in_two_places_at_once_and_the_refusal_names_the_other_shift() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO)]);
        let clashes = story.rosters.propose(&rules(), OFFICE, true, &[shift(15, 23, WANG, ZHAO)], hour(0));
        assert_eq!(clashes.len(), 1);
        assert_eq!((clashes[0].why, clashes[0].officer), (Why::DoubleBooked, Some(ZHAO)));
        assert_eq!(clashes[0].with, Some((Some(DESK), span(8, 16))));
    }

    #[test]
    fn one_proposal_is_held_against_itself() {
        let story = Story::default();
        assert_eq!(story.propose(DESK, &[shift(8, 16, LI, ZHAO), shift(15, 20, WANG, SUN)]), [Why::Overlaps]);
        let long = [shift(8, 16, LI, ZHAO), shift(16, 24, LI, SUN)];
        assert!(story.propose(DESK, &long).contains(&Why::TooLittleRest));
        assert_eq!(story.propose(DESK, &[shift(8, 16, LI, LI)]), [Why::SamePerson]);
        assert_eq!(story.propose(DESK, &[shift(8, 34, LI, ZHAO)]), [Why::TooLong]);
    }

    #[test]
    fn a_gap_between_shifts_is_refused_and_filling_a_part_of_an_old_one_is_not() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO)]);
        assert_eq!(story.propose(DESK, &[shift(18, 26, WANG, SUN)]), [Why::LeavesAGap]);
        assert_eq!(story.propose(DESK, &[shift(16, 24, WANG, SUN)]), []);
        // A gap that is there, by whatever way it came to be.
        story.roster(DESK, vec![shift(32, 40, LI, ZHAO)]);
        assert_eq!(story.propose(DESK, &[shift(16, 24, WANG, SUN)]), []);
    }

    #[test]
    fn a_shift_across_midnight_is_one_shift() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(20, 32, LI, ZHAO)]);
        let at_one = story.rosters.on_now(DESK, true, [None, None], hour(25));
        assert_eq!((at_one.primary, at_one.acting), (Some(LI), Some(PostRole::Primary)));
        assert_eq!(story.propose(OFFICE, &[shift(24, 30, LI, WANG)]), [Why::DoubleBooked]);
        assert_eq!(story.rosters.gaps(DESK, span(20, 32)), []);
    }

    #[test]
    fn planned_leave_needs_substitutes_for_every_turn() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO), shift(16, 24, ZHAO, LI)]);
        let gaps = story.rosters.leaves_gaps(LI, span(7, 30), &BTreeSet::new());
        assert_eq!(gaps.len(), 2);
        let one = BTreeSet::from([turn(DESK, 8, PostRole::Primary)]);
        let gaps = story.rosters.leaves_gaps(LI, span(7, 30), &one);
        assert_eq!((gaps.len(), gaps[0].start), (1, hour(16)));
        assert!(story.rosters.substitute(&rules(), turn(DESK, 8, PostRole::Primary), WANG, hour(0)).is_empty());
    }

    #[test]
    fn who_falls_ill_is_away_the_deputy_answers_and_the_gap_is_shown() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO)]);
        story.record(10, LI, PostFact::Leave { officer: LI, span: span(10, 30), planned: false });
        let acting = |at| story.rosters.on_now(DESK, true, [None, None], hour(at)).acting;
        assert_eq!(acting(9), Some(PostRole::Primary));
        assert_eq!(acting(11), Some(PostRole::Deputy));
        assert_eq!(story.rosters.gaps(DESK, span(8, 16)), [(PostRole::Primary, span(10, 16))]);
        let clashes = story.rosters.propose(&rules(), DESK, true, &[shift(16, 24, LI, WANG)], hour(11));
        assert_eq!((clashes[0].why, clashes[0].with), (Why::OnLeave, Some((None, span(10, 30)))));
    }

    #[test]
    fn a_turn_that_somebody_fell_ill_for_is_vacant_until_somebody_who_is_there_stands_it() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO)]);
        story.record(1, WANG, PostFact::Leave { officer: WANG, span: span(0, 30), planned: true });
        story.record(7, LI, PostFact::Leave { officer: LI, span: span(7, 30), planned: false });
        let filled = |story: &Story| story.rosters.vacancies().map(|it| it.filled.is_some()).collect::<Vec<_>>();
        assert_eq!(filled(&story), [false]);
        let turn = turn(DESK, 8, PostRole::Primary);
        story.record(8, ZHAO, PostFact::Substituted { turn, officer: WANG });
        assert_eq!(filled(&story), [false], "Wang is away too");
        story.record(9, ZHAO, PostFact::Substituted { turn, officer: SUN });
        assert_eq!(filled(&story), [true]);
        assert_eq!(story.rosters.gaps(DESK, span(8, 16)), []);
    }

    #[test]
    fn without_a_roster_nobody_answers_for_a_post_that_is_stood_day_and_night() {
        let story = Story::default();
        let held = [Some(LI), Some(ZHAO)];
        assert_eq!(story.rosters.on_now(DESK, true, held, hour(9)).acting, None);
        assert_eq!(story.rosters.on_now(DESK, false, held, hour(9)).acting, Some(PostRole::Primary));
    }

    #[test]
    fn a_swap_exchanges_turns_once_it_is_accepted() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO), shift(16, 24, WANG, SUN)]);
        let (mine, theirs) = (turn(DESK, 8, PostRole::Primary), turn(DESK, 16, PostRole::Primary));
        assert!(story.rosters.exchange(&rules(), mine, theirs, hour(1)).is_empty());
        let asked = story.record(1, LI, PostFact::SwapAsked { mine, theirs });
        assert_eq!(story.rosters.officer(mine), Some(LI));
        story.record(2, WANG, PostFact::SwapAnswered { of: asked, accepted: true });
        assert_eq!((story.rosters.officer(mine), story.rosters.officer(theirs)), (Some(WANG), Some(LI)));
        // The index follows: Wang is busy in the morning now.
        assert_eq!(story.propose(OFFICE, &[shift(9, 12, WANG, ActorId::new(9))]), [Why::DoubleBooked]);
    }

    #[test]
    fn a_swap_that_would_double_book_someone_is_refused() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO)]);
        story.roster(OFFICE, vec![shift(16, 24, WANG, SUN), shift(24, 32, SUN, WANG)]);
        let (mine, theirs) = (turn(DESK, 8, PostRole::Primary), turn(OFFICE, 24, PostRole::Deputy));
        assert!(story.rosters.exchange(&rules(), mine, theirs, hour(1)).iter().any(|it| it.why == Why::TooLittleRest));
        assert!(story.rosters.exchange(&rules(), mine, theirs, hour(9)).iter().any(|it| it.why == Why::Lapsed));
    }

    #[test]
    fn a_swap_lapses_when_somebody_else_stands_the_turn_by_then() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO), shift(16, 24, WANG, SUN)]);
        let (mine, theirs) = (turn(DESK, 8, PostRole::Primary), turn(DESK, 16, PostRole::Primary));
        let asked = story.record(1, LI, PostFact::SwapAsked { mine, theirs });
        story.record(2, ZHAO, PostFact::Substituted { turn: theirs, officer: LI });
        story.record(3, WANG, PostFact::SwapAnswered { of: asked, accepted: true });
        assert_eq!((story.rosters.officer(mine), story.rosters.officer(theirs)), (Some(LI), Some(LI)));
    }

    #[test]
    fn a_note_is_acknowledged_once() {
        let mut story = Story::default();
        story.roster(DESK, vec![shift(8, 16, LI, ZHAO), shift(16, 24, WANG, SUN)]);
        let shift = ShiftName { post: DESK, start: hour(8) };
        let text = Commitment::new(facts::TextId::new(1), &Hex([1; 32]), "三人未找到".as_bytes());
        let note = story.record(16, LI, PostFact::HandOverNote { shift, note: text });
        assert_eq!(story.rosters.note(shift).unwrap().acknowledged, None);
        let read = story.record(17, WANG, PostFact::NoteAcknowledged { of: note });
        story.record(18, SUN, PostFact::NoteAcknowledged { of: note });
        assert_eq!(story.rosters.note(shift).unwrap().acknowledged, Some((WANG, hour(17), read)));
    }

    #[test]
    fn a_rotation_covers_every_hour_and_each_deputy_is_the_next_primary() {
        let zone = TimeZone::fixed(Offset::constant(8));
        let shifts = rotate(&[LI, ZHAO, WANG], "2022-07-09".parse().unwrap(), 3, 8, 8, &zone).unwrap();
        assert_eq!(shifts.len(), 9);
        assert_eq!(shifts[0].span, span(8, 16));
        assert!(shifts.windows(2).all(|two| two[0].span.end() == two[1].span.start()));
        assert!(shifts.windows(2).all(|two| two[0].deputy == two[1].primary));
        assert_eq!(Story::default().propose(DESK, &shifts), []);
    }

    #[test]
    fn clocks_that_are_put_forward_or_back_make_a_shorter_or_a_longer_shift_and_no_gap() {
        // Central European rules, written out so that no table of zones is needed.
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        for (day, night_hours) in [("2022-03-26", 11), ("2022-10-29", 13), ("2022-07-09", 12)] {
            let shifts = rotate(&[LI, ZHAO, WANG], day.parse().unwrap(), 2, 12, 8, &zone).unwrap();
            assert!(shifts.windows(2).all(|two| two[0].span.end() == two[1].span.start()), "{day}");
            assert_eq!(shifts[1].span.minutes(), night_hours * 60, "the night of {day}");
        }
    }

    #[test]
    fn a_rotation_of_one_or_of_odd_hours_is_refused() {
        let zone = TimeZone::UTC;
        let day = "2022-07-09".parse().unwrap();
        assert_eq!(rotate(&[LI, LI], day, 1, 8, 8, &zone), Err(RotationError::Team));
        assert_eq!(rotate(&[LI, ZHAO], day, 1, 7, 8, &zone), Err(RotationError::Hours(7)));
        assert_eq!(rotate(&[LI, ZHAO], day, 1, 8, 24, &zone), Err(RotationError::FirstHour(24)));
    }
}
