//! What the situation says in numbers, for criteria, drafts of reports and the demand on resources.

use std::collections::BTreeMap;

use command::capacity::Demand;
use command::levels::Measures;
use command::reports::CaseClock;
use command::routine::{Known, Routine};
use command::templates::Measure;
use duties::{ClosedBy, State};
use facts::{Jurisdiction, Level, Span, Timestamp};
use jiff::ToSpan;
use plan::PhasePlace;
use situation::Situation;
use status::Requirement;

use crate::views::case::home_of;

const DAY_SECONDS: i64 = 86_400;
/// Over how many hours the change of a demand is measured.
const TREND_HOURS: i64 = 24;
/// The plan's own hours for core information, where it carries them.
const CORE_INFORMATION: &str = "core-information-hours";

/// Numbers now, for every jurisdiction that has any and all that contain it.
#[derive(Default)]
pub struct Measured {
    /// By jurisdiction: what is so now.
    now: BTreeMap<Jurisdiction, Measures>,
    /// What follows from the situation for the routine.
    pub known: Known,
}

/// The divisions that a number of one place counts in.
fn counts_in(place: Jurisdiction) -> impl Iterator<Item = Jurisdiction> {
    let levels = [Level::County, Level::City, Level::Province].map(|level| place.at(level));
    let mut seen = Vec::new();
    levels.into_iter().chain([Jurisdiction::NATION]).filter(move |&place| {
        let new = !seen.contains(&place);
        seen.push(place);
        new
    })
}

/// Where someone should be at a time, by the requirements about them; the strictest place counts.
fn place_of(requirements: &[Requirement], at: Timestamp) -> Option<Measure> {
    let phases = requirements.iter().filter(|it| it.in_force(at)).flat_map(|it| &it.phases);
    let running = phases.filter(|phase| phase.from <= at && at < phase.until);
    running
        .filter_map(|phase| match phase.place {
            PhasePlace::Hospital => Some(Measure::Hospital),
            PhasePlace::CentralQuarantine => Some(Measure::CentralQuarantine),
            PhasePlace::HomeQuarantine => Some(Measure::HomeQuarantine),
            PhasePlace::HomeMonitoring | PhasePlace::SelfMonitoring => None,
        })
        .min()
}

impl Measured {
    /// Measures the situation at a time.
    pub fn of(situation: &Situation, routine: &Routine, at: Timestamp) -> Self {
        let mut measured = Self::default();
        let before = at.checked_sub(TREND_HOURS.hours()).unwrap_or(at);
        let zone = &situation.settings().zone;
        let today = zone.to_datetime(at).date();
        let yesterday = today.yesterday().unwrap_or(today);
        let mut demand: BTreeMap<Jurisdiction, BTreeMap<Measure, (f64, f64)>> = BTreeMap::new();
        let mut ask = |place: Jurisdiction, measure: Measure, now: usize, then: usize| {
            for place in counts_in(place) {
                let asked = demand.entry(place).or_default().entry(measure).or_default();
                *asked = (asked.0 + now as f64, asked.1 + then as f64);
            }
        };
        for headquarters in routine.posts.within(Jurisdiction::NATION, at) {
            // Nobody asks for anything is a number, once somebody looks.
            let all = [
                Measure::ToFind,
                Measure::Hospital,
                Measure::CentralQuarantine,
                Measure::HomeQuarantine,
                Measure::TestsADay,
            ];
            all.into_iter().for_each(|measure| ask(headquarters.jurisdiction, measure, 0, 0));
            let measures = measured.now.entry(headquarters.jurisdiction).or_default();
            for measure in [Measure::ToFind, Measure::Overdue, Measure::Cases7Days, Measure::Cases14Days] {
                measures.insert(measure, 0.0);
            }
            measures.insert(Measure::CountiesWithCases7Days, 0.0);
            let since = headquarters.established;
            measures.insert(Measure::DaysWithoutCase, ((at.as_second() - since.as_second()) / DAY_SECONDS) as f64);
        }
        for (person, known) in &situation.derived().people {
            let home = home_of(situation, *person);
            let (now, then) = (place_of(&known.requirements, at), place_of(&known.requirements, before));
            for measure in now.into_iter().chain(then.filter(|then| now != Some(*then))) {
                ask(home, measure, usize::from(now == Some(measure)), usize::from(then == Some(measure)));
            }
            let tests = |day| {
                let phases = known.requirements.iter().flat_map(|it| &it.phases);
                phases.filter(|phase| phase.test_dates.contains(&day)).count().min(1)
            };
            ask(home, Measure::TestsADay, tests(today), tests(yesterday));
            for duty in &known.duties {
                let to_find = |when| {
                    usize::from(duty.received <= when && duty.is_open(when) && duty.state(when) == State::ToFind)
                };
                let territory = duty.owner.territory;
                ask(territory, Measure::ToFind, to_find(at), to_find(before));
                measured.add(territory, Measure::ToFind, to_find(at));
                measured.add(territory, Measure::Overdue, usize::from(duty.is_open(at) && duty.is_overdue(at)));
            }
        }
        measured.cases(situation, at);
        let change =
            |(now, then): (f64, f64)| Demand { amount: now, change_per_hour: (now - then) / TREND_HOURS as f64 };
        measured.known.demand = demand
            .into_iter()
            .map(|(place, asked)| (place, asked.into_iter().map(|(measure, both)| (measure, change(both))).collect()))
            .collect();
        measured
    }

    fn cases(&mut self, situation: &Situation, at: Timestamp) {
        let mut counties: BTreeMap<Jurisdiction, Timestamp> = BTreeMap::new();
        for case in situation.derived().cases.values() {
            let home = home_of(situation, case.person);
            let age_days = (at.as_second() - case.known.as_second()) / DAY_SECONDS;
            self.add(home, Measure::Cases7Days, usize::from(age_days < 7));
            self.add(home, Measure::Cases14Days, usize::from(age_days < 14));
            let last = counties.entry(home.at(Level::County)).or_insert(case.known);
            *last = (*last).max(case.known);
            let plan = situation.plan(&case.disease);
            let Some(plan) = plan else { continue };
            let required = situation.derived().people.get(&case.person);
            let ends = required.into_iter().flat_map(|known| &known.requirements).filter(|it| it.case == case.id);
            self.known.cases.push(CaseClock {
                case: case.id,
                jurisdiction: home,
                known: case.known,
                report_hours: plan.deadlines.report_hours.value,
                core_information_hours: plan.carried.get(CORE_INFORMATION).map(|hours| hours.value as u32),
                ended: ends.map(|it| it.until).max().filter(|&ended| ended <= at),
            });
        }
        for (county, last) in counties {
            let days = (at.as_second() - last.as_second()) / DAY_SECONDS;
            self.add(county, Measure::CountiesWithCases7Days, usize::from(days < 7));
            for place in counts_in(county) {
                let days = days as f64;
                let without = self.now.entry(place).or_default().entry(Measure::DaysWithoutCase).or_insert(days);
                *without = without.min(days);
            }
        }
    }

    fn add(&mut self, place: Jurisdiction, measure: Measure, number: usize) {
        for place in counts_in(place) {
            *self.now.entry(place).or_default().entry(measure).or_default() += number as f64;
        }
    }

    /// What is so in a jurisdiction; empty where nobody looks.
    pub fn in_place(&self, place: Jurisdiction) -> Measures {
        self.now.get(&place).cloned().unwrap_or_default()
    }

    /// What happened in a jurisdiction within a period, and what is so there now: what a report is drafted from.
    pub fn for_report(&self, situation: &Situation, place: Jurisdiction, period: Span) -> Measures {
        let mut measures = self.in_place(place);
        let within = |at: Timestamp| period.start() <= at && at < period.end();
        let cases = situation.derived().cases.values();
        let new = cases.filter(|case| within(case.known) && place.contains(home_of(situation, case.person))).count();
        measures.insert(Measure::NewCases, new as f64);
        let duties = situation.derived().people.values().flat_map(|known| &known.duties);
        let controlled = duties.filter(|duty| {
            place.contains(duty.owner.territory)
                && duty.closed.is_some_and(|closed| closed.by == ClosedBy::Controlled && within(closed.at))
        });
        measures.insert(Measure::NewlyControlled, controlled.count() as f64);
        measures
    }
}
