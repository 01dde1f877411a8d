//! Screening flags (时空伴随): who shared a space too wide to meet in, with a case that could infect.
//!
//! A flag says whom a screening might begin with, and nothing else. It is no exposure: it has no class, no
//! rank and no score, rings do not hold it, and what makes requirements, duties and colours takes exposures.

use std::collections::BTreeMap;

use facts::{PersonId, UnitId};
use plan::Plan;
use visits::Seconds;

use crate::meeting::Evidence;
use crate::rings::{Infectious, Presence};

/// That someone shared a wide space with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreeningFlag {
    /// Who.
    pub person: PersonId,
    /// The rule, by its place in the plan's list of screening rules.
    pub rule: usize,
    /// When the first time together began.
    pub first: Seconds,
    /// When the last time together ended.
    pub last: Seconds,
    /// The longest time together, in seconds.
    pub longest_seconds: i64,
    /// How many times.
    pub times: usize,
    /// Where the longest of them was.
    pub unit: UnitId,
}

/// Whom the plan's screening rules flag around a case, contacts included.
pub fn screening_flags(presence: &impl Presence, plan: &Plan, case: Infectious) -> BTreeMap<PersonId, ScreeningFlag> {
    let mut flags: BTreeMap<PersonId, ScreeningFlag> = BTreeMap::new();
    if plan.screening_rules.is_empty() {
        return flags;
    }
    for meeting in presence.meetings(case.person, case.window) {
        let fits = |rule: &plan::ScreeningRule| rule.settings.contains(&meeting.setting);
        let Some(number) = plan.screening_rules.iter().position(fits) else { continue };
        // Only records of one space show a space shared.
        let Evidence::SameUnit { unit, .. } = meeting.evidence else { continue };
        let seconds = meeting.window.seconds();
        if seconds < i64::from(plan.screening_rules[number].minimum_minutes.value) * 60 {
            continue;
        }
        let flag = flags.entry(meeting.with).or_insert(ScreeningFlag {
            person: meeting.with,
            rule: number,
            first: meeting.window.from,
            last: meeting.window.until,
            longest_seconds: 0,
            times: 0,
            unit,
        });
        flag.rule = flag.rule.min(number);
        flag.first = flag.first.min(meeting.window.from);
        flag.last = flag.last.max(meeting.window.until);
        if seconds > flag.longest_seconds {
            (flag.longest_seconds, flag.unit) = (seconds, unit);
        }
        flag.times += 1;
    }
    flags
}

#[cfg(test)]
mod tests {
    use facts::Setting;

    use super::*;
    use crate::rings::rings;
    use crate::testing::{MINUTE, met, plan};

    fn flagged(meetings: &Vec<crate::Meeting>) -> Vec<u64> {
        let case = Infectious { person: PersonId::new(1), window: visits::Window::ALWAYS, onset: None };
        screening_flags(meetings, &plan("covid19-cn-8"), case).into_keys().map(|person| person.number()).collect()
    }

    #[test]
    fn sharing_an_area_for_ten_minutes_is_a_flag_and_for_less_is_none() {
        let meetings = vec![met(2, Setting::Area, 0, 10 * MINUTE), met(3, Setting::Area, 0, 10 * MINUTE - 1)];
        assert_eq!(flagged(&meetings), [2]);
    }

    #[test]
    fn a_flag_is_never_a_contact_of_any_kind_in_any_plan() {
        let meetings: Vec<_> = (0..30).map(|day| met(2, Setting::Area, day * 1_440 * MINUTE, 600 * MINUTE)).collect();
        let case = Infectious { person: PersonId::new(1), window: visits::Window::ALWAYS, onset: None };
        assert_eq!(flagged(&meetings), [2], "whoever shared the area every day is flagged");
        for (id, _) in plan::library() {
            let rings = rings(&meetings, &plan(id), case, 2, |_| None);
            assert_eq!(rings.members().count(), 0, "{id}: neither a close nor a general contact");
        }
    }

    #[test]
    fn a_room_that_makes_contacts_makes_no_flag() {
        assert!(flagged(&vec![met(2, Setting::Meal, 0, 60 * MINUTE)]).is_empty());
    }

    #[test]
    fn a_plan_without_screening_rules_flags_nobody() {
        let case = Infectious { person: PersonId::new(1), window: visits::Window::ALWAYS, onset: None };
        let meetings = vec![met(2, Setting::Area, 0, 600 * MINUTE)];
        assert!(screening_flags(&meetings, &plan("measles"), case).is_empty());
    }
}
