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
const MEETINGS_MAX: usize = 500_000;

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

/// The search, and what it has cost.
struct Search<'a> {
    situation: &'a Situation,
    plan: &'a Plan,
    case: &'a Case,
    people: usize,
    meetings: usize,
}

impl Search<'_> {
    /// When someone could pass it on, once reached: a case while it could infect, everyone until under control.
    fn window(&self, person: PersonId, since: Seconds) -> Option<Window> {
        let derived = self.situation.derived();
        let disease = &self.plan.disease;
        let own = derived.cases_of(person).find(|case| &case.disease == disease).map(|case| case.infectious);
        let duties = derived.people.get(&person).into_iter().flat_map(|known| &known.duties);
        let controlled = duties.filter(|duty| &duty.disease == disease).filter_map(|duty| {
            let at = duty.steps.get(&Step::Control)?.occurred.as_second();
            (at >= since).then_some(at)
        });
        let after = Window { from: since, until: controlled.min().unwrap_or(i64::MAX) };
        own.map_or(Some(after), |own| own.overlap(after)).filter(|window| window.from < window.until)
    }

    /// The meetings of someone that count, by when they began.
    fn meetings(&mut self, person: PersonId, window: Window) -> Vec<Meeting> {
        self.people += 1;
        let around = self.situation.world().around(self.case.found.as_second(), self.plan);
        let mut met = around.meetings(person, window);
        self.meetings += met.len();
        met.retain(|meeting| self.plan.judge(meeting).is_some());
        met.sort_by_key(|meeting| (meeting.window, meeting.with));
        met
    }

    fn may_go_on(&self) -> bool {
        self.people < PEOPLE_MAX && self.meetings < MEETINGS_MAX
    }

    /// The chain with the fewest meetings, and whether everything was looked at.
    ///
    /// Round by round. Someone reached again is looked at again only when that was earlier, for then they
    /// could have met more people since.
    fn run(&mut self, to: PersonId) -> (Option<Vec<Meeting>>, bool) {
        let start = Reached { since: self.case.infectious.from, meeting: None };
        let mut rounds: Vec<BTreeMap<PersonId, Reached>> = vec![BTreeMap::from([(self.case.person, start)])];
        let mut earliest = BTreeMap::from([(self.case.person, self.case.infectious.from)]);
        // Whoever ends the chain met somebody; in the last round only those need be looked at.
        let ever = Window { from: self.case.infectious.from, until: i64::MAX };
        let ends: BTreeSet<PersonId> = self.meetings(to, ever).into_iter().map(|meeting| meeting.with).collect();
        let mut complete = true;
        for round in 0..HOPS_MAX {
            let last = round + 1 == HOPS_MAX;
            let mut order: Vec<(Seconds, PersonId)> =
                rounds[round].iter().map(|(&person, reached)| (reached.since, person)).collect();
            // Who met the one who is sought comes first, so that the chain is found before the search stops.
            order.sort_by_key(|&(since, person)| (!ends.contains(&person), since, person));
            let mut next: BTreeMap<PersonId, Reached> = BTreeMap::new();
            for (since, person) in order {
                if (last || next.contains_key(&to)) && !ends.contains(&person) {
                    break;
                }
                if !self.may_go_on() {
                    complete = false;
                    break;
                }
                let Some(window) = self.window(person, since) else { continue };
                for meeting in self.meetings(person, window) {
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
        let mut search = Search { situation, plan, case, people: 0, meetings: 0 };
        let to = situation.world().aliases.of(to);
        let (found, complete) = if to == case.person { (Some(Vec::new()), true) } else { search.run(to) };
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
