//! The situation at a glance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::{ClosedBy, Search, State};
use facts::{ActorId, Date, Jurisdiction, PersonId, Scope, Timestamp};
use jiff::ToSpan;
use serde::Serialize;
use situation::{Problem, Situation};
use status::Case;
use utoipa::ToSchema;

use super::Masked;
use super::case::{PlanName, home_of};
use super::duty::{Counts, DutyRow};
use crate::geography::Geography;

/// The last days of a curve by onset are not all in yet: cases are found a few days after they fall ill.
const INCOMPLETE_DAYS: i64 = 3;
/// How many days the curve shows at most.
const CURVE_DAYS: i64 = 42;
/// How many duties the queue on the first screen shows.
const QUEUE_ROWS: usize = 5;

/// The situation at a glance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Overview {
    /// As of when.
    #[schema(value_type = String)]
    pub as_of: Timestamp,
    /// As of which position of the journal.
    pub position: u64,
    /// Until when visits were taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub traced_up_to: Option<Timestamp>,
    /// The numbers.
    pub numbers: Numbers,
    /// One row a disease.
    pub outbreaks: Vec<Outbreak>,
    /// One row for each jurisdiction a level down.
    pub by_jurisdiction: Vec<JurisdictionRow>,
    /// Cases by day.
    pub curve: Vec<CurveDay>,
    /// The duties with the least time left.
    pub queue: Vec<DutyRow>,
    /// What could not be derived. It is shown; it reassures nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Underived>,
    /// Whole days since the last case was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_without_case: Option<i64>,
}

/// Something that could not be derived.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Underived {
    /// What kind; the screens have a sentence for each.
    pub code: &'static str,
    /// The disease or the plan that it is about.
    pub about: String,
}

impl From<Problem> for Underived {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::NoPlan { disease } => Self { code: "no-plan", about: disease.0 },
            Problem::PlanNotAtHand { plan } => Self { code: "plan-not-at-hand", about: plan },
        }
    }
}

/// The numbers of a jurisdiction.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Numbers {
    /// Cases.
    pub cases: usize,
    /// Of which recorded within a day.
    pub cases_last_day: usize,
    /// People who are close contacts now.
    pub close_contacts: usize,
    /// People who are contacts of close contacts now.
    pub secondary_contacts: usize,
    /// Duties about people not found.
    pub to_find: usize,
    /// Duties about people found and not controlled.
    pub found: usize,
    /// Duties about people under control.
    pub controlled: usize,
    /// Open duties past their deadline.
    pub overdue: usize,
}

/// An outbreak: all cases of one disease here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Outbreak {
    /// Of what.
    pub disease: String,
    /// Under which plan.
    pub plan: PlanName,
    /// How many cases.
    pub cases: usize,
    /// When the first was recorded.
    #[schema(value_type = String)]
    pub first_recorded: Timestamp,
    /// When the last was recorded.
    #[schema(value_type = String)]
    pub last_recorded: Timestamp,
    /// People to find.
    pub to_find: usize,
    /// Of which overdue.
    pub overdue: usize,
}

/// One jurisdiction of a table or map.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JurisdictionRow {
    /// Its code.
    #[schema(value_type = String)]
    pub code: Jurisdiction,
    /// Cases that live there.
    pub cases: usize,
    /// People to find there.
    pub to_find: usize,
    /// People controlled there.
    pub controlled: usize,
    /// Overdue there.
    pub overdue: usize,
}

/// Cases of one day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CurveDay {
    /// The day.
    #[schema(value_type = String)]
    pub date: Date,
    /// Whether by onset or by sampling.
    pub by: &'static str,
    /// How many.
    pub cases: usize,
    /// Whether more may still come in for this day.
    pub incomplete: bool,
}

impl Overview {
    /// The situation of the part of a jurisdiction that someone may see.
    pub fn of(situation: &Situation, geography: &Geography, within: Jurisdiction, at: Timestamp) -> Self {
        let derived = situation.derived();
        let scope = Scope { actor: facts::ActorId::new(0), jurisdiction: within };
        let cases: Vec<&Arc<Case>> =
            derived.cases.values().filter(|case| scope.covers(home_of(situation, case.person))).collect();
        let duties: Vec<&Search> = derived
            .people
            .values()
            .flat_map(|person| &person.duties)
            .filter(|duty| scope.covers(duty.owner.territory))
            .collect();
        let mut counts = Counts::default();
        duties.iter().for_each(|duty| counts.add(duty, at));
        let a_day_ago = at.checked_sub(24.hours()).unwrap_or(at);
        let last_case = cases.iter().map(|case| case.known).max();
        let mut numbers = Numbers {
            cases: cases.len(),
            cases_last_day: cases.iter().filter(|case| case.known > a_day_ago).count(),
            to_find: counts.to_find,
            found: counts.located,
            controlled: counts.controlled,
            overdue: counts.overdue,
            ..Numbers::default()
        };
        count_contacts(situation, &scope, at, &mut numbers);
        let mut open: Vec<&Search> = duties.iter().copied().filter(|duty| duty.is_open(at)).collect();
        open.sort_by_key(|duty| (duty.due, duty.id));
        Self {
            as_of: at,
            position: situation.position(),
            traced_up_to: traced_up_to(situation),
            numbers,
            outbreaks: outbreaks(situation, &cases, &duties, at),
            by_jurisdiction: by_jurisdiction(situation, geography, within, &cases, &duties, at),
            curve: curve(situation, &cases, at),
            queue: open.iter().take(QUEUE_ROWS).map(|duty| DutyRow::of(situation, geography, duty, at)).collect(),
            problems: situation.problems().into_iter().map(Underived::from).collect(),
            days_without_case: last_case.map(|last| (at.as_second() - last.as_second()) / 86_400),
        }
    }
}

/// Which state of the visit index an answer is of: another one whenever visits came in or changed. As text,
/// since a browser's numbers are not that long.
pub fn index_version(situation: &Situation) -> String {
    format!("{:016x}", situation.world().visits.version())
}

/// When the last visits were received.
pub fn traced_up_to(situation: &Situation) -> Option<Timestamp> {
    situation.world().intake.values().copied().chain(sealed_up_to(situation)).max()
}

/// When the last visits were received that a batch holds.
pub fn sealed_up_to(situation: &Situation) -> Option<Timestamp> {
    let batches = situation.world().ledger.all().filter_map(|fact| match fact.body() {
        facts::Body::Batch { rows_are: facts::BatchKind::Visits, .. } => Some(fact.row_known(u64::MAX)),
        _ => None,
    });
    batches.max()
}

fn count_contacts(situation: &Situation, scope: &Scope, at: Timestamp, numbers: &mut Numbers) {
    let mut close: BTreeSet<PersonId> = BTreeSet::new();
    let mut secondary: BTreeSet<PersonId> = BTreeSet::new();
    for (person, known) in &situation.derived().people {
        if !scope.covers(home_of(situation, *person)) {
            continue;
        }
        for requirement in known.in_force(at) {
            match requirement.ground {
                plan::GroundKind::CloseContact => drop(close.insert(*person)),
                plan::GroundKind::SecondaryContact => drop(secondary.insert(*person)),
                _ => {}
            }
        }
    }
    numbers.secondary_contacts = secondary.difference(&close).count();
    numbers.close_contacts = close.len();
}

fn outbreaks(situation: &Situation, cases: &[&Arc<Case>], duties: &[&Search], at: Timestamp) -> Vec<Outbreak> {
    let diseases: BTreeSet<&facts::Disease> = cases.iter().map(|case| &case.disease).collect();
    diseases
        .into_iter()
        .filter_map(|disease| {
            let plan = situation.plan(disease)?;
            let of_it: Vec<_> = cases.iter().filter(|case| &case.disease == disease).collect();
            let mut counts = Counts::default();
            duties.iter().filter(|duty| &duty.about.disease == disease).for_each(|duty| counts.add(duty, at));
            Some(Outbreak {
                disease: disease.0.clone(),
                plan: PlanName::of(plan),
                cases: of_it.len(),
                first_recorded: of_it.iter().map(|case| case.known).min()?,
                last_recorded: of_it.iter().map(|case| case.known).max()?,
                to_find: counts.to_find,
                overdue: counts.overdue,
            })
        })
        .collect()
}

fn by_jurisdiction(
    situation: &Situation,
    geography: &Geography,
    within: Jurisdiction,
    cases: &[&Arc<Case>],
    duties: &[&Search],
    at: Timestamp,
) -> Vec<JurisdictionRow> {
    let mut rows: BTreeMap<Jurisdiction, JurisdictionRow> = geography
        .children(within)
        .map(|division| {
            let code = division.code;
            (code, JurisdictionRow { code, cases: 0, to_find: 0, controlled: 0, overdue: 0 })
        })
        .collect();
    let Some(level) = rows.keys().next().map(|code| code.level()) else { return Vec::new() };
    for case in cases {
        if let Some(row) = rows.get_mut(&home_of(situation, case.person).at(level)) {
            row.cases += 1;
        }
    }
    for duty in duties {
        if let Some(row) = rows.get_mut(&duty.owner.territory.at(level)) {
            row.to_find += usize::from(duty.state(at) == State::ToFind);
            row.controlled += usize::from(duty.closed.is_some_and(|closed| closed.by == ClosedBy::Controlled));
            row.overdue += usize::from(duty.is_open(at) && duty.is_overdue(at));
        }
    }
    rows.into_values().collect()
}

fn curve(situation: &Situation, cases: &[&Arc<Case>], at: Timestamp) -> Vec<CurveDay> {
    let zone = &situation.settings().zone;
    let today = zone.to_datetime(at).date();
    let day_of = |case: &Case| match (case.onset, case.first_positive) {
        (Some(onset), _) => (onset, "onset"),
        (None, Some(sampled)) => (zone.to_datetime(sampled).date(), "sampling"),
        (None, None) => (zone.to_datetime(case.found).date(), "sampling"),
    };
    let mut days: BTreeMap<(Date, &'static str), usize> = BTreeMap::new();
    for case in cases {
        *days.entry(day_of(case)).or_default() += 1;
    }
    let Some(first) = days.keys().map(|(date, _)| *date).min() else { return Vec::new() };
    let oldest = today.checked_sub(CURVE_DAYS.days()).unwrap_or(first);
    let incomplete_from = today.checked_sub(INCOMPLETE_DAYS.days()).unwrap_or(today);
    let mut date = first.max(oldest).min(today);
    let mut curve = Vec::new();
    // Every day is there, so that a day without a case is seen to be one.
    while date <= today {
        for by in ["onset", "sampling"] {
            let cases = days.get(&(date, by)).copied().unwrap_or(0);
            if cases > 0 || by == "onset" {
                curve.push(CurveDay { date, by, cases, incomplete: date > incomplete_from });
            }
        }
        let Ok(next) = date.checked_add(1.day()) else { break };
        date = next;
    }
    curve
}

impl Masked for Overview {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.queue.each_name(put);
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.queue.each_officer(put);
    }
}
