//! Both rings straight from the visit index, by its dense numbers: the fast path.
//!
//! The definition is that of [`crate::rings`], for visits alone: no homes, statements or aliases, and no
//! evidence, which is asked for once somebody is looked at. A plan's rules are laid out by unit beforehand.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use facts::{Setting, UnitId};
use plan::{ContactClass, Plan};
use visits::{Found, Room, Seconds, VisitIndex, Window};

/// What sharing a unit makes of someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitRule {
    /// The class of the contact.
    pub class: ContactClass,
    /// Whether contacts of such a contact are sought.
    pub leads_on: bool,
    /// The shortest single meeting that counts, in seconds; 0 takes any that is positive.
    pub minimum_seconds: Seconds,
    /// How much longer the air of one who could infect counts, in seconds.
    pub lingering_seconds: Seconds,
    /// The longest that a stay counts, in seconds.
    pub cap_seconds: Option<Seconds>,
    /// How many rows of seats apart two people may sit, where both seats are known.
    pub seat_rows: Option<u16>,
}

impl UnitRule {
    #[inline]
    fn capped(&self, stay: Window) -> Window {
        let until = self.cap_seconds.map_or(stay.until, |cap| stay.until.min(stay.from.saturating_add(cap)));
        Window { until, ..stay }
    }
}

/// The rule of every unit of an index, by the unit's number.
pub struct UnitRules {
    rules: Vec<UnitRule>,
    /// Which rule, plus one; 0 where sharing the unit makes nobody a contact.
    by_unit: Vec<u8>,
}

impl UnitRules {
    /// Lays out rules; `of` says which of them a unit has.
    ///
    /// # Panics
    /// With more than 255 rules, which no plan has.
    pub fn new(index: &VisitIndex, rules: Vec<UnitRule>, of: impl Fn(UnitId) -> Option<usize>) -> Self {
        assert!(rules.len() < usize::from(u8::MAX), "a plan has at most one rule for each setting");
        let number = |id| of(UnitId::new(id)).map_or(0, |rule| rule as u8 + 1);
        Self { by_unit: index.ids().units.ids().map(number).collect(), rules }
    }

    /// The rules of a plan; `setting` says what kind of space a unit is.
    pub fn of_plan(index: &VisitIndex, plan: &Plan, setting: impl Fn(UnitId) -> Setting) -> Self {
        let minutes = |minutes: u32| Seconds::from(minutes) * 60;
        let rule = |rule: &plan::ContactRule| UnitRule {
            class: rule.class,
            leads_on: rule.leads_to_second_ring,
            minimum_seconds: minutes(rule.minimum_minutes.value),
            lingering_seconds: rule.lingering_minutes.as_ref().map_or(0, |lingering| minutes(lingering.value)),
            cap_seconds: rule.cap_minutes.as_ref().map(|cap| minutes(cap.value)),
            seat_rows: rule.seat_rows.as_ref().map(|rows| rows.value),
        };
        let of = |unit| plan.contact_rules.iter().position(|rule| rule.settings.contains(&setting(unit)));
        Self::new(index, plan.contact_rules.iter().map(rule).collect(), of)
    }

    #[inline]
    fn of(&self, unit: u32) -> Option<&UnitRule> {
        let rule = self.by_unit.get(unit as usize).copied()?.checked_sub(1)?;
        self.rules.get(usize::from(rule))
    }
}

/// Someone who was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Their number in the index.
    pub person: u32,
    /// The best class that any of their meetings makes; only meetings of that class count further.
    pub class: ContactClass,
    /// Whether their contacts are sought.
    pub leads_on: bool,
    /// When the first of their meetings began.
    pub first: Seconds,
}

/// Whom a trace found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traced {
    /// Who met the case.
    pub first: Vec<Hit>,
    /// Who met one of those, as a close contact.
    pub second: Vec<Hit>,
    /// How many records of others were looked at.
    pub touched: u64,
}

/// Whom was met so far: a table by person, open to the next place where one is taken.
struct Met {
    places: Vec<Hit>,
    /// The places that are taken, in order of first meeting.
    taken: Vec<u32>,
    /// Meetings that are not in the table yet.
    waiting: Vec<Hit>,
}

/// Nobody: an empty place.
const NOBODY: u32 = u32::MAX;
/// Places of a table that was never full; a power of two.
const PLACES_MIN: usize = 1024;
/// So many meetings are entered at once: the waits for their places overlap.
const ENTERED_AT_ONCE: usize = 64;

impl Default for Met {
    fn default() -> Self {
        let waiting = Vec::with_capacity(ENTERED_AT_ONCE);
        Self { places: vec![Self::FREE; PLACES_MIN], taken: Vec::new(), waiting }
    }
}

impl Met {
    const FREE: Hit = Hit { person: NOBODY, class: ContactClass::General, leads_on: false, first: 0 };

    fn clear(&mut self) {
        // A table that one large ring left behind is slow to look up in for all the small ones.
        if self.places.len() > PLACES_MIN.max(self.taken.len() * 8) {
            *self = Self::default();
        }
        for place in self.taken.drain(..) {
            self.places[place as usize] = Self::FREE;
        }
    }

    /// Whom was met, once everything is entered.
    fn hits(&self) -> impl Iterator<Item = &Hit> {
        self.taken.iter().map(|&place| &self.places[place as usize])
    }

    /// Where someone is sought first.
    #[inline]
    fn home(&self, person: u32) -> usize {
        // The upper bits of a product spread numbers that are close together (Fibonacci hashing, Knuth 6.4).
        let shift = u64::BITS - self.places.len().trailing_zeros();
        (u64::from(person).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
    }

    /// Where someone is, or would be.
    #[inline]
    fn place(&self, person: u32) -> usize {
        let mut at = self.home(person);
        while self.places[at].person != person && self.places[at].person != NOBODY {
            at = (at + 1) & (self.places.len() - 1);
        }
        at
    }

    fn get(&self, person: u32) -> Option<&Hit> {
        Some(&self.places[self.place(person)]).filter(|hit| hit.person != NOBODY)
    }

    #[inline]
    fn note(&mut self, hit: Hit) {
        self.waiting.push(hit);
        if self.waiting.len() == ENTERED_AT_ONCE {
            self.enter();
        }
    }

    /// Enters what waits.
    fn enter(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        std::hint::black_box(waiting.iter().fold(0, |read, hit| read ^ self.places[self.home(hit.person)].person));
        waiting.iter().for_each(|&hit| self.enter_one(hit));
        self.waiting = waiting;
        self.waiting.clear();
    }

    #[inline]
    fn enter_one(&mut self, new: Hit) {
        let at = self.place(new.person);
        let hit = &mut self.places[at];
        if hit.person == NOBODY {
            *hit = new;
            self.taken.push(at as u32);
            if self.taken.len() * 2 > self.places.len() {
                self.grow();
            }
        } else {
            match new.class.cmp(&hit.class) {
                Less => *hit = new,
                Equal => {
                    hit.leads_on |= new.leads_on;
                    hit.first = hit.first.min(new.first);
                }
                Greater => {}
            }
        }
    }

    fn grow(&mut self) {
        let hits: Vec<Hit> = self.hits().copied().collect();
        self.places = vec![Self::FREE; self.places.len() * 4];
        self.taken.clear();
        hits.into_iter().for_each(|hit| self.enter_one(hit));
    }
}

/// Where someone who could infect was, as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    own: Found,
    /// Cut to the rule's cap and the window, and with what lingers.
    reach: Window,
}

/// Stays of sources in one unit without a gap between them: whoever was there meanwhile is read once.
struct Gathering {
    unit: u32,
    hull: Window,
    /// By the beginning of their reach.
    sources: Range<usize>,
}

/// Finds the gatherings of sources that lie by unit and beginning.
fn gatherings(sources: &[Source]) -> Vec<Gathering> {
    let mut gatherings: Vec<Gathering> = Vec::with_capacity(sources.len());
    for (at, source) in sources.iter().enumerate() {
        match gatherings.last_mut() {
            Some(last) if last.unit == source.own.unit && source.reach.from <= last.hull.until => {
                last.hull.until = last.hull.until.max(source.reach.until);
                last.sources.end = at + 1;
            }
            _ => gatherings.push(Gathering { unit: source.own.unit, hull: source.reach, sources: at..at + 1 }),
        }
    }
    gatherings
}

/// Traces case after case; what it needs on the way is kept for the next.
pub struct Tracer<'a> {
    index: &'a VisitIndex,
    rules: UnitRules,
    /// Kept apart: the first ring's stays small, and so quick to look up in.
    met_first: Met,
    /// One for each thread that seeks the second ring.
    met_second: Vec<Met>,
}

/// Fewer contacts than this are not worth a second thread.
const SHARED_FROM: usize = if cfg!(test) { 2 } else { 32 };
/// So many gatherings a thread takes at a time.
const TAKEN_AT_ONCE: usize = if cfg!(test) { 3 } else { 64 };

impl<'a> Tracer<'a> {
    /// A tracer by these rules, which were laid out for this index. It seeks second rings with so many threads.
    pub fn new(index: &'a VisitIndex, rules: UnitRules, threads: usize) -> Self {
        let met_second = (0..threads.max(1)).map(|_| Met::default()).collect();
        Self { index, rules, met_first: Met::default(), met_second }
    }

    /// Everyone who met a person in the window.
    pub fn first_ring(&mut self, person: u32, window: Window) -> Traced {
        self.met_first.clear();
        let sources = sources(self.index, &self.rules, &[(person, window)]);
        let touched = meet(self.index, &self.rules, &sources, &gatherings(&sources), &mut self.met_first);
        Traced { first: self.met_first.hits().copied().collect(), second: Vec::new(), touched }
    }

    /// Both rings of a person in the window.
    pub fn both_rings(&mut self, person: u32, window: Window) -> Traced {
        let mut traced = self.first_ring(person, window);
        let leading = traced.first.iter().filter(|hit| hit.class == ContactClass::Close && hit.leads_on);
        let contacts: Vec<_> = leading.map(|hit| (hit.person, Window { from: hit.first, ..window })).collect();
        traced.touched += self.second_ring(&contacts);
        let met = &self.met_first;
        let close = |hit: &Hit| hit.class == ContactClass::Close;
        let known = |hit: &Hit| hit.person == person || met.get(hit.person).is_some_and(close);
        traced.second = self.met_second().filter(|hit| close(hit) && !known(hit)).copied().collect();
        traced
    }

    /// Whom the last second ring found, of any class, and whoever else is known among them.
    pub(crate) fn met_second(&self) -> impl Iterator<Item = &Hit> {
        self.met_second[0].hits()
    }

    /// Seeks whoever met one of these people in their window; gives how many records were looked at.
    pub(crate) fn second_ring(&mut self, people: &[(u32, Window)]) -> u64 {
        self.met_second.iter_mut().for_each(Met::clear);
        let (index, rules, threads) = (self.index, &self.rules, self.met_second.len());
        if people.len() < SHARED_FROM || threads == 1 {
            let sources = sources(index, rules, people);
            return meet(index, rules, &sources, &gatherings(&sources), &mut self.met_second[0]);
        }
        let share = people.len().div_ceil(threads);
        let found = std::thread::scope(|scope| {
            let sought: Vec<_> =
                people.chunks(share).map(|people| scope.spawn(move || sources(index, rules, people))).collect();
            sought.into_iter().flat_map(joined).collect()
        });
        let touched = self.meet_shared(found);
        self.join_met();
        touched
    }

    /// The same, for so many people that it is quicker to read every stay once than to look each person up. The
    /// windows of one person lie together.
    pub(crate) fn second_ring_of_many(&mut self, people: &[(u32, Window)]) {
        self.met_second.iter_mut().for_each(Met::clear);
        let mut first_window = vec![NOBODY; self.index.ids().people.len()];
        for (at, &(person, _)) in people.iter().enumerate().rev() {
            first_window[person as usize] = at as u32;
        }
        for part in 0..self.index.parts() {
            let mut found = Vec::new();
            self.index.each_in_part(part, |own| {
                let windows = people.get(first_window[own.person as usize] as usize..).unwrap_or_default();
                let theirs = windows.iter().take_while(|(person, _)| *person == own.person);
                found.extend(theirs.filter_map(|&(_, window)| source(&self.rules, own, window)));
            });
            self.meet_shared(found);
        }
        self.join_met();
    }

    /// Notes whoever met one of the sources, with every thread.
    fn meet_shared(&mut self, mut sources: Vec<Source>) -> u64 {
        // They lie in runs that are in order, which this sort makes use of.
        sources.sort_by_key(|source| (source.own.unit, source.reach.from));
        let (index, rules, met) = (self.index, &self.rules, &mut self.met_second);
        let gatherings = gatherings(&sources);
        // Halls take long and lie together, so that threads take some gatherings at a time.
        let next = AtomicUsize::new(0);
        let (sources, gatherings, next) = (&sources, &gatherings, &next);
        let some = || gatherings.chunks(TAKEN_AT_ONCE).nth(next.fetch_add(1, Ordering::Relaxed));
        std::thread::scope(|scope| {
            let meet_some = |met: &'_ mut Met| -> u64 {
                std::iter::from_fn(some).map(|some| meet(index, rules, sources, some, &mut *met)).sum()
            };
            let sought: Vec<_> = met.iter_mut().map(|met| scope.spawn(move || meet_some(met))).collect();
            sought.into_iter().map(joined).sum()
        })
    }

    /// Puts what the threads noted into the first one's table.
    fn join_met(&mut self) {
        let (all, others) = self.met_second.split_at_mut(1);
        others.iter().flat_map(Met::hits).for_each(|&hit| all[0].note(hit));
        all[0].enter();
    }
}

/// What a thread found; a panic in it goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A stay as it counts in a window.
#[inline]
fn source(rules: &UnitRules, own: Found, window: Window) -> Option<Source> {
    let rule = rules.of(own.unit)?;
    let within = rule.capped(own.window).overlap(window)?;
    let until = within.until.saturating_add(rule.lingering_seconds);
    Some(Source { own, reach: Window { until, ..within } })
}

/// Where people were in their windows, as it counts, by unit and beginning.
fn sources(index: &VisitIndex, rules: &UnitRules, people: &[(u32, Window)]) -> Vec<Source> {
    let mut sources = Vec::with_capacity(people.len() * 64);
    index.each_of_people(people, |at, own| {
        sources.extend(source(rules, own, people[at].1));
    });
    sources.sort_unstable_by_key(|source| (source.own.unit, source.reach.from));
    sources
}

/// Notes whoever met one of the sources where they gathered; gives how many records were looked at.
fn meet(index: &VisitIndex, rules: &UnitRules, sources: &[Source], gatherings: &[Gathering], met: &mut Met) -> u64 {
    let apart = |own: &Source, theirs: &Found, rows: u16| match (index.seat_row(&own.own), index.seat_row(theirs)) {
        (Some(own), Some(theirs)) => own.abs_diff(theirs) > rows,
        _ => false,
    };
    let known = gatherings.iter().filter_map(|gathering| Some((gathering, *rules.of(gathering.unit)?)));
    let room = |(gathering, rule): (&Gathering, UnitRule)| Room {
        unit: gathering.unit,
        window: gathering.hull,
        shortest: rule.minimum_seconds,
    };
    let Some(mut rule) = gatherings.first().and_then(|gathering| rules.of(gathering.unit)) else { return 0 };
    // Of this gathering; those before the first had all left when the last visitor came.
    let (mut gathering, mut present, mut first, mut came) = (usize::MAX, &sources[..0], 0, Seconds::MIN);
    let touched = index.each_in_units(known.map(room), |place, theirs| {
        if place != gathering {
            (gathering, present, first) = (place, &sources[gatherings[place].sources.clone()], 0);
            rule = rules.of(theirs.unit).unwrap_or(rule);
        } else if theirs.window.from < came {
            first = 0;
        }
        came = theirs.window.from;
        let stay = rule.capped(theirs.window);
        while present.get(first).is_some_and(|source| source.reach.until <= stay.from) {
            first += 1;
        }
        // The earliest source that counts gives the earliest meeting.
        for source in &present[first..] {
            if source.reach.from >= stay.until {
                break;
            }
            let Some(shared) = stay.overlap(source.reach) else { continue };
            if shared.seconds() < rule.minimum_seconds
                || theirs.person == source.own.person
                || rule.seat_rows.is_some_and(|rows| apart(source, &theirs, rows))
            {
                continue;
            }
            let &UnitRule { class, leads_on, .. } = rule;
            met.note(Hit { person: theirs.person, class, leads_on, first: shared.from });
            return;
        }
    });
    met.enter();
    touched
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use facts::{FactId, PersonId, Timestamp, VisitRow};
    use proptest::prelude::*;
    use visits::{Origin, Stay};

    use super::*;
    use crate::exposure::Ring;
    use crate::meeting::Meeting;
    use crate::rings::{Infectious, Presence, rings};
    use crate::rule::Rules;
    use crate::testing::plan;
    use crate::wave::wave;

    fn setting(unit: UnitId) -> Setting {
        Setting::ALL[unit.number() as usize % Setting::ALL.len()]
    }

    /// Stays in a list, and the plan's rules applied to every pair of them.
    struct Plain<'a> {
        stays: Vec<Stay>,
        plan: &'a Plan,
    }

    impl Presence for Plain<'_> {
        fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
            let mut meetings = Vec::new();
            for own in self.stays.iter().filter(|stay| stay.person == person) {
                let setting = setting(own.unit);
                let Some(within) = self.plan.capped(setting, own.window).overlap(window) else { continue };
                let own = Stay { window: self.plan.with_lingering(setting, within), ..*own };
                for theirs in self.stays.iter().filter(|stay| stay.unit == own.unit) {
                    let theirs = Stay { window: self.plan.capped(setting, theirs.window), ..*theirs };
                    meetings.extend(Meeting::of_stays(&own, &theirs, setting, Timestamp::UNIX_EPOCH));
                }
            }
            meetings
        }
    }

    fn rows() -> impl Strategy<Value = Vec<VisitRow>> {
        let row = (0..14u64, 0..40u64, 0..6_000i64, 1..2_500i64, prop::option::of(0..9u16));
        let row = row.prop_map(|(person, unit, start, minutes, seat_row)| {
            let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
            let (person, unit) = (PersonId::new(person), UnitId::new(unit));
            VisitRow { person, unit, start: at(start), end: Some(at(start + minutes)), seat_row }
        });
        prop::collection::vec(row, 0..120)
    }

    fn people(index: &VisitIndex, hits: &[Hit]) -> BTreeMap<PersonId, (ContactClass, bool, Seconds)> {
        hits.iter().map(|hit| (index.ids().people.id(hit.person), (hit.class, hit.leads_on, hit.first))).collect()
    }

    proptest! {
        #[test]
        fn the_fast_path_finds_whom_the_rings_find_under_every_plan(rows in rows(), from in 0..5_000i64, minutes in 1..6_000i64) {
            let mut index = VisitIndex::default();
            index.add_batch(FactId::new(1), &rows, 60).unwrap();
            let stays: Vec<Stay> = rows.iter().map(|row| Stay::of_row(row, 60, Origin::Fact(FactId::new(1)))).collect();
            let window = Window { from: from * 60, until: (from + minutes) * 60 };
            for (id, _) in plan::library() {
                let plan = plan(id);
                let plain = Plain { stays: stays.clone(), plan: &plan };
                let mut tracer = Tracer::new(&index, UnitRules::of_plan(&index, &plan, setting), 2);
                let mut union: BTreeMap<PersonId, BTreeSet<Ring>> = BTreeMap::new();
                let mut cases = Vec::new();
                for person in (0..4).map(PersonId::new) {
                    let Some(number) = index.ids().people.find(person) else { continue };
                    cases.push((number, window));
                    let traced = tracer.both_rings(number, window);
                    // The fast path cuts every stay to the window of the case, as the rings do with this end.
                    let expected = rings(&plain, &plan, Infectious { person, window, onset: None }, 2, |_| Some(window.until));
                    let told = |ring: &BTreeMap<PersonId, crate::Exposure>| -> BTreeMap<PersonId, _> {
                        ring.iter().map(|(person, exposure)| (*person, (exposure.class, exposure.leads_on, exposure.first))).collect()
                    };
                    prop_assert_eq!(people(&index, &traced.first), told(&expected.first));
                    prop_assert_eq!(people(&index, &traced.second), told(&expected.second));
                    for member in expected.members() {
                        union.entry(member).or_default().insert(expected.exposure_of(member).unwrap().ring);
                    }
                }
                cases.iter().for_each(|(case, _)| { union.remove(&index.ids().people.id(*case)); });
                let wave = wave(&mut tracer, &cases);
                let exposed: BTreeSet<PersonId> = wave.keys().map(|&person| index.ids().people.id(person)).collect();
                prop_assert_eq!(exposed, union.keys().copied().collect::<BTreeSet<_>>());
                for (person, exposed) in wave {
                    prop_assert!(union[&index.ids().people.id(person)].contains(&exposed.ring));
                    let met = |ring: &[Hit]| ring.iter().any(|hit| hit.person == person);
                    let direct = cases.iter().filter(|(case, window)| met(&tracer.first_ring(*case, *window).first));
                    prop_assert_eq!(exposed.cases as usize, direct.count());
                }
            }
        }
    }
}
