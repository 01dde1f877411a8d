//! Cases: whether a person's facts fit a definition of the plan, and when they could infect others.

use std::collections::BTreeSet;

use facts::{ActorId, Body, CaseId, Channel, Date, Disease, Fact, FactId, PersonId, Step, TestOutcome, Timestamp};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use plan::{CaseClass, Criterion, GroundKind, Plan};
use visits::{Seconds, Window};

/// One episode of one disease in one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Named after the fact that opened it.
    pub id: CaseId,
    /// Who.
    pub person: PersonId,
    /// Of what.
    pub disease: Disease,
    /// How certain.
    pub class: CaseClass,
    /// The definition that decided, by its place in the plan's list.
    pub definition: usize,
    /// Whether contacts are traced.
    pub traced: bool,
    /// The day of onset, when it is known.
    pub onset: Option<Date>,
    /// When the first positive specimen was taken.
    pub first_positive: Option<Timestamp>,
    /// When the case was found in the world: the result, the diagnosis.
    pub found: Timestamp,
    /// When we came to know it: from here our clocks run.
    pub known: Timestamp,
    /// Whether it rests on one person's word alone.
    pub one_word: bool,
    /// The facts behind it, in the order in which they were recorded.
    pub grounds: Vec<FactId>,
    /// When they could infect others; empty when they were under control by then.
    pub infectious: Window,
    /// What the start of that window is counted from.
    pub infectious_from: WindowStart,
    /// When the disease ends of itself, where the plan says that it does.
    pub ends_of_itself: Option<Timestamp>,
    /// The recovery that ended it.
    pub recovered: Option<Timestamp>,
}

/// What the start of the infectious window is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowStart {
    /// So many days before onset.
    Onset,
    /// So many days before the first positive specimen.
    Sampling,
    /// The last negative specimen.
    LastNegative,
    /// So many days before it was found, for want of anything better.
    Found,
}

/// The facts of one person that stand, with those who vouch for them.
pub struct Known<'a> {
    /// The person, by the id that stands for all of theirs.
    pub person: PersonId,
    /// Facts that stand, in journal order.
    pub facts: &'a [&'a Fact],
    /// Who confirmed a fact, other than who recorded it.
    pub confirmed: &'a dyn Fn(FactId) -> bool,
}

impl Case {
    /// When the local day of onset began, or that of the first positive specimen, for want of it.
    pub fn first_day_began(&self, zone: &TimeZone) -> Option<Seconds> {
        let sampled = || self.first_positive.map(|collected| day_of(collected, zone));
        self.onset.or_else(sampled).map(|day| midnight(day, zone))
    }
}

/// The start of a local day as a second.
fn midnight(date: Date, zone: &TimeZone) -> i64 {
    zone.to_timestamp(date.at(0, 0, 0, 0)).map_or(i64::MIN, |midnight| midnight.as_second())
}

fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

fn days_before(date: Date, days: u16) -> Date {
    date.checked_sub(i64::from(days).days()).unwrap_or(Date::MIN)
}

/// The case that the facts of a person make under a plan, if they make one.
pub fn case(known: &Known<'_>, plan: &Plan, zone: &TimeZone) -> Option<Case> {
    let disease = &plan.disease;
    let fits = |fact: &Fact, criterion: Criterion| match (criterion, fact.body()) {
        (Criterion::LaboratoryPositive, Body::TestResult { disease: of, result, .. }) => {
            of == disease && *result == TestOutcome::Positive
        }
        (Criterion::Symptoms, Body::Symptoms { disease: of, .. })
        | (Criterion::ClinicalDiagnosis, Body::Diagnosis { disease: of, .. })
        | (Criterion::EpidemiologicalLink, Body::EpidemiologicalLink { disease: of, .. }) => of == disease,
        _ => false,
    };
    let facts_for = |criterion| known.facts.iter().copied().filter(move |fact| fits(fact, criterion));
    let met = |criterion| facts_for(criterion).next().is_some();
    let holds = |all: &[Criterion], none: &[Criterion]| all.iter().all(|&c| met(c)) && !none.iter().any(|&c| met(c));
    let (number, definition) =
        plan.case_definitions.iter().enumerate().find(|(_, rule)| holds(&rule.all, &rule.none))?;

    // When the first definition came to hold: the last of its criteria to be met, for the earliest such definition.
    let first_held = |time: &dyn Fn(&Fact) -> Timestamp| {
        let of_definition = |all: &[Criterion]| {
            all.iter()
                .map(|&criterion| facts_for(criterion).map(time).min())
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .max()
        };
        plan.case_definitions.iter().filter_map(|rule| of_definition(&rule.all)).min()
    };
    let known_at = first_held(&|fact| fact.recorded)?;
    let found = first_held(&|fact| fact.occurred())?;

    let grounds: Vec<&Fact> = known
        .facts
        .iter()
        .copied()
        .filter(|fact| definition.all.iter().any(|&criterion| fits(fact, criterion)))
        .collect();
    let onset = known
        .facts
        .iter()
        .filter_map(|fact| match fact.body() {
            Body::Symptoms { disease: of, onset, .. } if of == disease => Some(*onset),
            _ => None,
        })
        .min();
    let specimens = |wanted: TestOutcome| {
        known.facts.iter().filter_map(move |fact| match fact.body() {
            Body::TestResult { disease: of, collected, result, .. } if of == disease && *result == wanted => {
                Some(*collected)
            }
            _ => None,
        })
    };
    let first_positive = specimens(TestOutcome::Positive).min();
    let last_negative =
        first_positive.and_then(|positive| specimens(TestOutcome::Negative).filter(|&at| at < positive).max());

    let (from, infectious_from) = window_start(plan, zone, onset, first_positive, last_negative, found);
    let recovered = known.facts.iter().find_map(|fact| match fact.body() {
        Body::Recovery { disease: of, .. } if of == disease => Some(fact.occurred()),
        _ => None,
    });
    let ends_of_itself = end_of_itself(plan, zone, onset);
    let until = window_end(known, plan, ends_of_itself, from);
    Some(Case {
        id: grounds.first()?.opens_case(),
        person: known.person,
        disease: disease.clone(),
        class: definition.class,
        definition: number,
        traced: definition.traced,
        onset,
        first_positive,
        found,
        known: known_at,
        one_word: is_one_word(&grounds, known.confirmed),
        grounds: grounds.iter().map(|fact| fact.id).collect(),
        infectious: Window { from, until: until.max(from) },
        infectious_from,
        ends_of_itself,
        recovered,
    })
}

fn window_start(
    plan: &Plan,
    zone: &TimeZone,
    onset: Option<Date>,
    first_positive: Option<Timestamp>,
    last_negative: Option<Timestamp>,
    found: Timestamp,
) -> (i64, WindowStart) {
    let rule = &plan.infectious;
    if let Some(onset) = onset {
        return (midnight(days_before(onset, rule.from_days_before_onset.value), zone), WindowStart::Onset);
    }
    let (sampled, start) = match first_positive {
        Some(positive) => (positive, WindowStart::Sampling),
        None => (found, WindowStart::Found),
    };
    let by_days = midnight(days_before(day_of(sampled, zone), rule.from_days_before_sampling.value), zone);
    // A negative so old that an infection since then would have shown by now says nothing.
    let oldest_telling = days_before(day_of(sampled, zone), longest_incubation_days(plan));
    match last_negative {
        Some(negative)
            if rule.from_last_negative.as_ref().is_some_and(|rule| rule.value)
                && day_of(negative, zone) >= oldest_telling =>
        {
            (negative.as_second(), WindowStart::LastNegative)
        }
        _ => (by_days, start),
    }
}

/// The longest incubation of the plan, or its mean and three standard deviations.
fn longest_incubation_days(plan: &Plan) -> u16 {
    let delay = &plan.delays.incubation;
    delay.maximum_days.unwrap_or(delay.mean_days + 3.0 * delay.sd_days).ceil() as u16
}

/// When the disease ends of itself, so many days after onset.
fn end_of_itself(plan: &Plan, zone: &TimeZone, onset: Option<Date>) -> Option<Timestamp> {
    let days = plan.infectious.until_days_after_onset.as_ref()?;
    let day_after = onset?.checked_add((i64::from(days.value) + 1).days()).ok()?;
    Timestamp::from_second(midnight(day_after, zone)).ok()
}

/// When they stopped meeting people, or the disease ended of itself.
fn window_end(known: &Known<'_>, plan: &Plan, ends_of_itself: Option<Timestamp>, from: i64) -> i64 {
    let disease = &plan.disease;
    // Someone quarantined as a contact before they became infectious met nobody: a control counts for as
    // long as the plan keeps contacts.
    let quarantine_days = plan.requirement(GroundKind::CloseContact).map_or(0, plan::Requirement::days_total);
    let oldest_control = from.saturating_sub(i64::from(quarantine_days) * 86_400);
    let ended = known.facts.iter().filter_map(|fact| match fact.body() {
        Body::FollowUp { disease: of, step: Step::Control, .. } if of == disease => {
            Some(fact.occurred().as_second()).filter(|&at| at >= oldest_control)
        }
        Body::Recovery { disease: of, .. } if of == disease => Some(fact.occurred().as_second()),
        Body::Death { .. } => Some(fact.occurred().as_second()),
        _ => None,
    });
    ended.chain(ends_of_itself.map(Timestamp::as_second)).min().unwrap_or(i64::MAX)
}

/// Nobody is restricted for long on one person's word: it takes a specimen, a machine's record, a second
/// officer, or two people who say so independently.
fn is_one_word(grounds: &[&Fact], confirmed: &dyn Fn(FactId) -> bool) -> bool {
    let actors: BTreeSet<ActorId> = grounds.iter().map(|fact| fact.draft.source.actor).collect();
    let vouched = |fact: &&&Fact| {
        matches!(fact.body(), Body::TestResult { specimen: Some(_), .. })
            || matches!(fact.draft.source.channel, Channel::Feed | Channel::Simulation)
            || confirmed(fact.id)
    };
    actors.len() < 2 && grounds.iter().find(vouched).is_none()
}
