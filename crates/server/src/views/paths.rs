//! From a case to someone else: the shortest chain of meetings by which the disease can have gone.

use std::collections::{BTreeMap, BTreeSet};

use contacts::{Evidence, Meeting, Presence, Rules};
use facts::{PersonId, Step, Timestamp, UnitId};
use plan::Plan;
use serde::Serialize;
use situation::Situation;
use status::Case;
use utoipa::ToSchema;
use visits::{Seconds, Window};

use super::Masked;
use super::evidence::{EvidenceView, of_meeting};
use super::overview::{index_version, traced_up_to};

/// The longest chain that is looked for, in meetings.
const HOPS_MAX: usize = 4;
/// Whose meetings are looked at before the search stops, in people...
const PEOPLE_MAX: usize = 2_000;
/// ...and in meetings: a hall of thousands counts for what it costs.
const MEETINGS_MAX: usize = 100_000;
/// How much of that may go into finding from whom the one who is sought can be reached.
const BACKWARD_MEETINGS_MAX: usize = 40_000;

/// A chain of meetings, or none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PathView {
    /// Whether there is one.
    pub found: bool,
    /// Whether everything within four meetings was looked at, so that no chain found means that there is none.
    pub complete: bool,
    /// Whose meetings were looked at.
    pub people: usize,
    /// The meetings, in order.
    pub hops: Vec<Hop>,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// Which state of the visit index this is of.
    pub index_version: String,
}

/// One meeting of a chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hop {
    /// Who could pass it on.
    #[schema(value_type = String)]
    pub from: PersonId,
    /// To whom.
    #[schema(value_type = String)]
    pub to: PersonId,
    /// The one's masked name.
    pub masked_from: String,
    /// The other's.
    pub masked_to: String,
    /// Where and when.
    pub meeting: MeetingView,
    /// What shows it.
    pub evidence: Vec<EvidenceView>,
}

/// A meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeetingView {
    /// In what kind of space.
    pub setting: &'static str,
    /// In which unit; homes have one that nobody else is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// From when.
    #[schema(value_type = Option<String>)]
    pub start: Option<Timestamp>,
    /// Until when.
    #[schema(value_type = Option<String>)]
    pub end: Option<Timestamp>,
    /// How long, in minutes.
    pub minutes: i64,
}

/// How someone was reached: through whom, in which round, and when first.
struct Reached {
    since: Seconds,
    meeting: Option<Meeting>,
}

/// From whom the one who is sought can be reached, and until when at the latest they must have been reached.
type Layer = BTreeMap<PersonId, Seconds>;

/// Who met whom, as a search asks it.
trait Acquaintance {
    /// The meetings of someone in a window that count.
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting>;

    /// When someone could pass it on at all: a case while it could infect, everyone until under control.
    fn bounds(&self, person: PersonId) -> Window;

    /// Whether whoever met someone was also met by them. Not so where the air of a room counts after they left.
    fn is_mutual(&self) -> bool;
}

struct Known<'a> {
    situation: &'a Situation,
    plan: &'a Plan,
    case: &'a Case,
}

impl Acquaintance for Known<'_> {
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
        let around = self.situation.world().around(self.case.found.as_second(), self.plan);
        around.meetings(person, window)
    }

    fn bounds(&self, person: PersonId) -> Window {
        let derived = self.situation.derived();
        let disease = &self.plan.disease;
        let own = derived.cases_of(person).find(|case| &case.disease == disease).map(|case| case.infectious);
        let duties = derived.people.get(&person).into_iter().flat_map(|known| &known.duties);
        let from = self.case.infectious.from;
        let controlled = duties.filter(|duty| &duty.about.disease == disease).filter_map(|duty| {
            let at = duty.about.steps.get(&Step::Control)?.occurred.as_second();
            (at >= from).then_some(at)
        });
        let free = Window { from, until: controlled.min().unwrap_or(i64::MAX) };
        let never = Window { from, until: from };
        own.map_or(free, |own| own.overlap(free).unwrap_or(never))
    }

    fn is_mutual(&self) -> bool {
        self.plan.contact_rules.iter().all(|rule| rule.lingering_minutes.is_none())
    }
}

/// The search, and what it has cost.
struct Search<'a, A> {
    met: &'a A,
    judge: &'a dyn Fn(&Meeting) -> bool,
    people: usize,
    meetings: usize,
}

impl<A: Acquaintance> Search<'_, A> {
    /// The meetings of someone that count, by when they began.
    fn meetings(&mut self, person: PersonId, window: Window) -> Vec<Meeting> {
        if window.from >= window.until {
            return Vec::new();
        }
        self.people += 1;
        let mut met = self.met.meetings(person, window);
        self.meetings += met.len();
        met.retain(|meeting| (self.judge)(meeting));
        met.sort_by_key(|meeting| (meeting.window, meeting.with));
        met
    }

    fn may_go_on(&self, meetings: usize) -> bool {
        self.people < PEOPLE_MAX && self.meetings < meetings
    }

    /// Layer by layer, from whom someone can be reached, in one meeting, in up to two, and so on; as many
    /// layers as may be afforded. Nobody is left out of a layer who could reach them.
    fn backward(&mut self, to: PersonId, from: Seconds) -> Vec<Layer> {
        let mut layers: Vec<Layer> = Vec::new();
        let mut last = Layer::from([(to, Seconds::MAX)]);
        while self.met.is_mutual() && layers.len() < HOPS_MAX {
            let mut layer = layers.last().cloned().unwrap_or_default();
            for (&person, &latest) in &last {
                if !self.may_go_on(BACKWARD_MEETINGS_MAX) {
                    return layers;
                }
                for meeting in self.meetings(person, Window { from, until: Seconds::MAX }) {
                    let could = meeting.window.overlap(self.met.bounds(meeting.with));
                    // Reached too late, they lead nowhere any more.
                    let Some(could) = could.filter(|could| could.from < latest) else { continue };
                    let known = layer.entry(meeting.with).or_insert(Seconds::MIN);
                    *known = could.until.min(latest).max(*known);
                }
            }
            // Only who is new, or may be reached later than before, leads to anyone new.
            let before = layers.last();
            let changed = |(person, latest): &(&PersonId, &Seconds)| {
                before.and_then(|before| before.get(*person)).is_none_or(|known| known < *latest)
            };
            last = layer.iter().filter(changed).map(|(&person, &latest)| (person, latest)).collect();
            layers.push(layer);
        }
        layers
    }

    /// The chain with the fewest meetings, and whether everything was looked at.
    ///
    /// Round by round. Someone reached again is looked at again only when that was earlier, for then they
    /// could have met more people since. Whoever is too far from the one who is sought is not looked at.
    fn run(&mut self, person: PersonId, from: Seconds, to: PersonId) -> (Option<Vec<Meeting>>, bool) {
        let layers = self.backward(to, from);
        // Layer `n` has who is at most so many meetings away; none is known where it was too much.
        let layer = |meetings: usize| layers.get(meetings.saturating_sub(1));
        let near = |meetings: usize, person: PersonId, since: Seconds| {
            layer(meetings).is_none_or(|layer| layer.get(&person).is_some_and(|&latest| since < latest))
        };
        let mut rounds = vec![BTreeMap::from([(person, Reached { since: from, meeting: None })])];
        let mut earliest = BTreeMap::from([(person, from)]);
        let mut complete = true;
        for round in 0..HOPS_MAX {
            let left = HOPS_MAX - round;
            let reached = rounds[round].iter().map(|(&person, reached)| (reached.since, person));
            let mut order: Vec<(usize, Seconds, PersonId)> = reached
                .filter(|&(since, person)| near(left, person, since))
                // The nearest first, so that the chain is found before the search stops.
                .map(|(since, person)| {
                    let away = (1..left).find(|&n| layer(n).is_some() && near(n, person, since));
                    (away.unwrap_or(left), since, person)
                })
                .collect();
            order.sort_unstable();
            let mut next: BTreeMap<PersonId, Reached> = BTreeMap::new();
            for (_, since, person) in order {
                if next.contains_key(&to) {
                    break;
                }
                if !self.may_go_on(MEETINGS_MAX) {
                    complete = false;
                    break;
                }
                let bounds = self.met.bounds(person);
                for meeting in self.meetings(person, Window { from: bounds.from.max(since), ..bounds }) {
                    let (with, at) = (meeting.with, meeting.window.from);
                    if earliest.get(&with).is_none_or(|&known| at < known) {
                        earliest.insert(with, at);
                        next.insert(with, Reached { since: at, meeting: Some(meeting) });
                    }
                }
            }
            let found = next.contains_key(&to);
            rounds.push(next);
            if found {
                return (Some(chain(&mut rounds, to)), true);
            }
            if !complete {
                break;
            }
        }
        (None, complete)
    }
}

/// The meetings that lead to someone reached in the last round.
fn chain(rounds: &mut [BTreeMap<PersonId, Reached>], to: PersonId) -> Vec<Meeting> {
    let mut hops = Vec::new();
    let mut person = to;
    for round in rounds.iter_mut().rev() {
        if let Some(meeting) = round.remove(&person).and_then(|reached| reached.meeting) {
            person = meeting.of;
            hops.push(meeting);
        }
    }
    hops.reverse();
    hops
}

impl PathView {
    /// The shortest chain from a case to someone.
    pub fn of(situation: &Situation, plan: &Plan, case: &Case, to: PersonId) -> Self {
        let known = Known { situation, plan, case };
        let judge = |meeting: &Meeting| plan.judge(meeting).is_some();
        let mut search = Search { met: &known, judge: &judge, people: 0, meetings: 0 };
        let to = situation.world().aliases.of(to);
        let (found, complete) = if to == case.person {
            (Some(Vec::new()), true)
        } else {
            search.run(case.person, case.infectious.from, to)
        };
        Self {
            found: found.is_some(),
            complete,
            people: search.people,
            hops: found.unwrap_or_default().iter().map(|meeting| hop(situation, meeting)).collect(),
            traced_up_to: traced_up_to(situation),
            index_version: index_version(situation),
        }
    }

    /// Everyone on the chain, each once.
    pub fn everyone(&self) -> BTreeSet<PersonId> {
        self.hops.iter().flat_map(|hop| [hop.from, hop.to]).collect()
    }
}

fn hop(situation: &Situation, meeting: &Meeting) -> Hop {
    let unit = match meeting.evidence {
        Evidence::SameUnit { unit, .. } => Some(unit),
        _ => None,
    };
    Hop {
        from: meeting.of,
        to: meeting.with,
        masked_from: String::new(),
        masked_to: String::new(),
        meeting: MeetingView {
            setting: meeting.setting.name(),
            unit,
            place_name: unit.and_then(|unit| situation.world().unit(unit)?.name.clone()),
            start: Timestamp::from_second(meeting.window.from).ok(),
            end: Timestamp::from_second(meeting.window.until).ok(),
            minutes: meeting.minutes(),
        },
        evidence: vec![of_meeting(situation, meeting)],
    }
}

impl Masked for PathView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for hop in &mut self.hops {
            put(hop.from, &mut hop.masked_from);
            put(hop.to, &mut hop.masked_to);
            hop.evidence.each_name(put);
        }
    }
}

#[cfg(test)]
mod tests {
    use contacts::Evidence;
    use facts::{ActorId, FactId, Setting};
    use proptest::prelude::*;

    use super::*;

    /// Everyone's meetings in a list, each said of both.
    #[derive(Debug)]
    struct World {
        meetings: Vec<Meeting>,
        bounds: Vec<Window>,
        mutual: bool,
    }

    impl Acquaintance for World {
        fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
            let own = self.meetings.iter().filter(|meeting| meeting.of == person);
            own.filter_map(|met| Some(Meeting { window: met.window.overlap(window)?, ..met.clone() })).collect()
        }

        fn bounds(&self, person: PersonId) -> Window {
            self.bounds[person.number() as usize]
        }

        fn is_mutual(&self) -> bool {
            self.mutual
        }
    }

    fn meeting(of: u64, with: u64, window: Window) -> Meeting {
        let fact = FactId::new(1);
        Meeting {
            of: PersonId::new(of),
            with: PersonId::new(with),
            window,
            setting: Setting::Other,
            masked: None,
            ventilation: None,
            others: None,
            evidence: Evidence::Stated { fact, by: ActorId::new(1), confirmed: true },
            known: Timestamp::UNIX_EPOCH,
            through_one_word: false,
        }
    }

    const PEOPLE: u64 = 9;
    /// Meetings count from so many seconds on, after the first part of them is cut off.
    const LEAST: i64 = 2;

    fn counts(meeting: &Meeting) -> bool {
        meeting.window.seconds() >= LEAST
    }

    fn worlds() -> impl Strategy<Value = World> {
        let met = (0..PEOPLE, 1..PEOPLE, 0..60i64, 1..12i64);
        let met =
            met.prop_map(|(of, apart, from, long)| (of, (of + apart) % PEOPLE, Window { from, until: from + long }));
        let bound = prop_oneof![3 => Just(Window { from: 0, until: i64::MAX }), 1 => (0..40i64, 1..40i64)
            .prop_map(|(from, long)| Window { from, until: from + long })];
        (prop::collection::vec(met, 0..22), prop::collection::vec(bound, PEOPLE as usize), any::<bool>()).prop_map(
            |(met, bounds, mutual)| {
                let both =
                    |(of, with, window): (u64, u64, Window)| [meeting(of, with, window), meeting(with, of, window)];
                World { meetings: met.into_iter().flat_map(both).collect(), bounds, mutual }
            },
        )
    }

    /// The fewest meetings by trying every chain.
    fn fewest(world: &World, person: PersonId, since: Seconds, to: PersonId, left: usize) -> Option<usize> {
        if person == to {
            return Some(0);
        }
        if left == 0 {
            return None;
        }
        let bounds = world.bounds(person);
        let window = Window { from: bounds.from.max(since), ..bounds };
        let met = if window.from < window.until { world.meetings(person, window) } else { Vec::new() };
        let on = met.iter().filter(|met| counts(met));
        on.filter_map(|met| fewest(world, met.with, met.window.from, to, left - 1)).min().map(|more| more + 1)
    }

    proptest! {
        #[test]
        fn the_chain_is_the_shortest_that_trying_every_chain_finds(world in worlds(), to in 1..PEOPLE) {
            let (person, to) = (PersonId::new(0), PersonId::new(to));
            let mut search = Search { met: &world, judge: &counts, people: 0, meetings: 0 };
            let (found, complete) = search.run(person, 0, to);
            prop_assert!(complete);
            prop_assert_eq!(found.as_ref().map(Vec::len), fewest(&world, person, 0, to, HOPS_MAX));
            let chain = found.unwrap_or_default();
            prop_assert!(chain.iter().all(counts));
            prop_assert!(chain.first().is_none_or(|first| first.of == person));
            prop_assert!(chain.last().is_none_or(|last| last.with == to));
            prop_assert!(chain.windows(2).all(|two| two[0].with == two[1].of && two[0].window.from < two[1].window.until));
        }
    }

    #[test]
    fn whom_nobody_can_have_reached_is_told_without_looking_at_the_crowd() {
        let hour = Window { from: 0, until: 3_600 };
        let crowd = (1..2_000).flat_map(|other| [meeting(0, other, hour), meeting(other, 0, hour)]);
        let world = World { meetings: crowd.collect(), bounds: vec![hour; 2_001], mutual: true };
        let mut search = Search { met: &world, judge: &counts, people: 0, meetings: 0 };
        let (found, complete) = search.run(PersonId::new(0), 0, PersonId::new(2_000));
        assert!(found.is_none() && complete);
        assert!(search.people <= 2, "{} people were looked at", search.people);
    }
}
