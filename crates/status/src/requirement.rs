//! Requirements: what a plan asks of a person on one ground, from when until when.
//!
//! Every requirement has an end when it begins. A missing record never moves that end.

use contacts::{Exposure, Ring};
use facts::{CaseId, Date, Disease, PersonId, Timestamp};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use plan::{ContactClass, GroundKind, PhaseColour, PhasePlace, Plan};

use crate::case::Case;
use crate::letter::ByLetter;

/// What is required of one person, on one ground, because of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Of whom.
    pub person: PersonId,
    /// On what ground.
    pub ground: GroundKind,
    /// Because of which case; where a letter asks, the name that its fact would give one.
    pub case: CaseId,
    /// And which disease.
    pub disease: Disease,
    /// By which plan.
    pub plan: String,
    /// When what is behind it began: the first exposure, or the start of being infectious.
    pub behind_since: Timestamp,
    /// When the case became known.
    pub case_known: Timestamp,
    /// From when: when the ground became known.
    pub from: Timestamp,
    /// Until when, at the latest.
    pub until: Timestamp,
    /// Until when they are looked for: later than `until` where a letter asks for them, whose word restricts
    /// nobody for long and whose question stays.
    pub sought_until: Timestamp,
    /// The letter of another deployment that it rests on, and no case of ours.
    pub by_letter: Option<ByLetter>,
    /// Whether it lapses because one person's word alone supports it.
    pub provisional: bool,
    /// Whether the person must be located and controlled.
    pub locate: bool,
    /// One after the other, up to `until`.
    pub phases: Vec<DatedPhase>,
}

/// A phase of a requirement in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedPhase {
    /// Where it is spent.
    pub place: PhasePlace,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How it is shown.
    pub colour: PhaseColour,
    /// The days on which a test is due.
    pub test_dates: Vec<Date>,
}

/// What the disease requires of its case.
pub fn of_case(case: &Case, plan: &Plan, zone: &TimeZone) -> Option<Requirement> {
    let day_zero = case.first_positive.map_or_else(
        || case.onset.unwrap_or_else(|| zone.to_datetime(case.found).date()),
        |collected| zone.to_datetime(collected).date(),
    );
    let provisional = case.one_word.then_some(case.known);
    let behind_since = Timestamp::from_second(case.infectious.from).unwrap_or(case.known);
    let of = (case.id, case.known);
    let mut requirement = dated(case.person, GroundKind::Case, of, day_zero, case.known, provisional, plan, zone)?;
    requirement.behind_since = behind_since;
    let ends = case.ends_of_itself.into_iter().chain(case.recovered);
    ends.min().map_or(Some(requirement.clone()), |end| requirement.ending_by(end))
}

/// What an exposure to a case requires of a contact.
pub fn of_contact(case: &Case, exposure: &Exposure, plan: &Plan, zone: &TimeZone) -> Option<Requirement> {
    let ground = match (exposure.ring, exposure.class) {
        (_, ContactClass::General) => GroundKind::GeneralContact,
        (Ring::First, ContactClass::Close) => GroundKind::CloseContact,
        (Ring::Second, ContactClass::Close) => GroundKind::SecondaryContact,
    };
    let last = Timestamp::from_second(exposure.last).ok()?;
    // The last second of an exposure that ends at midnight lies on the day before.
    let day_zero = zone.to_datetime(last.checked_sub(1.second()).unwrap_or(last)).date();
    let known = case.known.max(exposure.known);
    let one_word = case.one_word || exposure.confirmed.is_none();
    let of = (case.id, case.known);
    let mut requirement = dated(exposure.contact, ground, of, day_zero, known, one_word.then_some(known), plan, zone)?;
    requirement.behind_since = Timestamp::from_second(exposure.first).unwrap_or(known);
    Some(requirement)
}

#[allow(clippy::too_many_arguments)] // one function that the grounds share, and nobody else
pub(crate) fn dated(
    person: PersonId,
    ground: GroundKind,
    (case, case_known): (CaseId, Timestamp),
    day_zero: Date,
    from: Timestamp,
    one_word_since: Option<Timestamp>,
    plan: &Plan,
    zone: &TimeZone,
) -> Option<Requirement> {
    let rule = plan.requirement(ground)?;
    let end_of_day = |number: u16| {
        let day_after = day_zero.checked_add((i64::from(number) + 1).days()).ok()?;
        zone.to_timestamp(day_after.at(0, 0, 0, 0)).ok()
    };
    let mut phases = Vec::new();
    let mut days_before = 0;
    let mut phase_from = from;
    for phase in &rule.phases {
        let until = end_of_day(days_before + phase.days.value)?;
        let test_dates = phase
            .test_days
            .iter()
            .flat_map(|days| &days.value)
            .filter_map(|day| day_zero.checked_add(i64::from(days_before + day).days()).ok());
        if until > phase_from {
            phases.push(DatedPhase {
                place: phase.place,
                from: phase_from,
                until,
                colour: phase.colour,
                test_dates: test_dates.collect(),
            });
            phase_from = until;
        }
        days_before += phase.days.value;
    }
    let until = phases.last()?.until;
    let requirement = Requirement {
        person,
        ground,
        case,
        disease: plan.disease.clone(),
        plan: plan.id.clone(),
        behind_since: from,
        case_known,
        from,
        until,
        sought_until: until,
        by_letter: None,
        provisional: one_word_since.is_some(),
        locate: rule.locate,
        phases,
    };
    match one_word_since {
        Some(since) => {
            let lapses = since.checked_add(i64::from(plan.deadlines.provisional_hours.value).hours()).ok()?;
            requirement.ending_by(lapses)
        }
        None => Some(requirement),
    }
}

impl Requirement {
    /// The same requirement, over by `end` at the latest; none when that leaves nothing of it.
    pub fn ending_by(mut self, end: Timestamp) -> Option<Self> {
        if end <= self.from {
            return None;
        }
        self.until = self.until.min(end);
        self.sought_until = self.sought_until.min(end);
        self.phases.retain(|phase| phase.from < end);
        for phase in &mut self.phases {
            phase.until = phase.until.min(end);
        }
        Some(self)
    }

    /// Whether it is in force.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// The phase that is running.
    pub fn phase(&self, at: Timestamp) -> Option<&DatedPhase> {
        self.phases.iter().find(|phase| phase.from <= at && at < phase.until)
    }
}
