//! Both rings straight from the visit index, by its dense numbers: the fast path.
//!
//! The definition is that of [`crate::rings`], for visits alone: no homes, statements or aliases, and no
//! evidence, which is asked for once somebody is looked at. A plan's rules are laid out by unit beforehand.

#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
use std::collections::HashMap;

use facts::{Setting, UnitId};
use plan::{ContactClass, Plan};
use visits::{Found, Seconds, Spread, VisitIndex, Window};

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

/// Traces case after case; what it needs on the way is kept for the next.
pub struct Tracer<'a> {
    index: &'a VisitIndex,
    rules: UnitRules,
    own: Vec<Found>,
    /// Kept apart: the first ring's stays small, and so quick to clear and to look up in.
    met_first: Met,
    met_second: Met,
}

/// Whom was met so far.
#[derive(Default)]
#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
struct Met {
    place: HashMap<u32, u32, Spread>,
    hits: Vec<Hit>,
}

impl Met {
    fn clear(&mut self) {
        self.place.clear();
        self.hits.clear();
    }

    fn get(&self, person: u32) -> Option<&Hit> {
        self.place.get(&person).map(|&place| &self.hits[place as usize])
    }

    #[inline]
    fn note(&mut self, person: u32, rule: &UnitRule, began: Seconds) {
        let new = Hit { person, class: rule.class, leads_on: rule.leads_on, first: began };
        let place = *self.place.entry(person).or_insert_with(|| {
            self.hits.push(new);
            self.hits.len() as u32 - 1
        });
        let hit = &mut self.hits[place as usize];
        match rule.class.cmp(&hit.class) {
            std::cmp::Ordering::Less => *hit = new,
            std::cmp::Ordering::Equal => {
                hit.leads_on |= rule.leads_on;
                hit.first = hit.first.min(began);
            }
            std::cmp::Ordering::Greater => {}
        }
    }
}

/// Where someone who could infect was, as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    own: Found,
    /// Cut to the rule's cap and the window, and with what lingers.
    reach: Window,
}

impl<'a> Tracer<'a> {
    /// A tracer by these rules, which were laid out for this index.
    pub fn new(index: &'a VisitIndex, rules: UnitRules) -> Self {
        Self { index, rules, own: Vec::new(), met_first: Met::default(), met_second: Met::default() }
    }

    /// Everyone who met a person in the window.
    pub fn first_ring(&mut self, person: u32, window: Window) -> Traced {
        let mut sources = Vec::new();
        self.sources(person, window, &mut sources);
        self.met_first.clear();
        let touched = sources.iter().map(|source| meet_at(self.index, &self.rules, source, &mut self.met_first)).sum();
        Traced { first: self.met_first.hits.clone(), second: Vec::new(), touched }
    }

    /// Both rings of a person in the window.
    pub fn both_rings(&mut self, person: u32, window: Window) -> Traced {
        let mut traced = self.first_ring(person, window);
        let mut sources = Vec::new();
        for contact in traced.first.iter().filter(|hit| hit.class == ContactClass::Close && hit.leads_on) {
            self.sources(contact.person, Window { from: contact.first, ..window }, &mut sources);
        }
        // Look-ups of one unit come one after the other, so that its blocks are read while they are at hand.
        sources.sort_unstable_by_key(|source| (source.own.unit, source.reach));
        self.met_second.clear();
        for source in &sources {
            traced.touched += meet_at(self.index, &self.rules, source, &mut self.met_second);
        }
        let met = &self.met_first;
        let known =
            |hit: &Hit| hit.person == person || met.get(hit.person).is_some_and(|hit| hit.class == ContactClass::Close);
        let second = self.met_second.hits.iter().filter(|hit| hit.class == ContactClass::Close && !known(hit));
        traced.second = second.copied().collect();
        traced
    }

    /// Where a person was in the window, as it counts.
    fn sources(&mut self, person: u32, window: Window, sources: &mut Vec<Source>) {
        self.own.clear();
        let own = &mut self.own;
        self.index.each_of_person(person, window, |stay| own.push(stay));
        for &own in &self.own {
            let Some(rule) = self.rules.of(own.unit) else { continue };
            let Some(within) = rule.capped(own.window).overlap(window) else { continue };
            let until = within.until.saturating_add(rule.lingering_seconds);
            sources.push(Source { own, reach: Window { until, ..within } });
        }
    }
}

/// Notes whoever was met there; gives how many records were looked at.
#[inline]
fn meet_at(index: &VisitIndex, rules: &UnitRules, source: &Source, met: &mut Met) -> u64 {
    let Some(rule) = rules.of(source.own.unit) else { return 0 };
    index.each_in_unit(source.own.unit, source.reach, |theirs| {
        let Some(shared) = rule.capped(theirs.window).overlap(source.reach) else { return };
        if shared.seconds() < rule.minimum_seconds || theirs.person == source.own.person {
            return;
        }
        if let Some(rows) = rule.seat_rows
            && let (Some(own), Some(seat)) = (index.seat_row(&source.own), index.seat_row(&theirs))
            && own.abs_diff(seat) > rows
        {
            return;
        }
        met.note(theirs.person, rule, shared.from);
    })
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
                let mut tracer = Tracer::new(&index, UnitRules::of_plan(&index, &plan, setting));
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
                    prop_assert!(exposed.cases as usize <= cases.len() && exposed.cases > 0);
                }
            }
        }
    }
}
