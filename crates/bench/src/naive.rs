//! The definition of contacts, word for word and without any index: what engines and SQL are held to.

use std::collections::{BTreeMap, BTreeSet};

use plan::ContactClass;

use crate::city::DayVisits;
use crate::engine::Case;
use crate::rules::SettingRule;

/// One contact of someone: the best class, whether any meeting of it leads on, and the earliest start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Contact {
    class: ContactClass,
    leads_on: bool,
    first_minute: i64,
}

fn meetings_of(visits: &DayVisits, rules: &[Option<SettingRule>], case: Case) -> BTreeMap<u32, Contact> {
    let mut contacts: BTreeMap<u32, Contact> = BTreeMap::new();
    for own in (0..visits.len()).filter(|&row| visits.person[row] == case.person) {
        let Some(rule) = rules[visits.unit[own] as usize] else { continue };
        let end_of = |row: usize| {
            let minutes = visits.minutes[row].min(rule.cap_minutes.unwrap_or(u32::MAX));
            visits.start_minute[row] + i64::from(minutes)
        };
        let own_start = visits.start_minute[own].max(case.from_minute);
        let own_end = end_of(own).min(case.until_minute);
        if own_start >= own_end {
            continue;
        }
        let own_end = own_end + i64::from(rule.tail_minutes);
        for theirs in 0..visits.len() {
            if visits.unit[theirs] != visits.unit[own] || visits.person[theirs] == case.person {
                continue;
            }
            let start = own_start.max(visits.start_minute[theirs]);
            let overlap = own_end.min(end_of(theirs)) - start;
            if overlap <= 0 || overlap < i64::from(rule.minimum_minutes) {
                continue;
            }
            let seats = (visits.seat_row[own], visits.seat_row[theirs]);
            if rule.seat_rows.is_some_and(|rows| seats.0 > 0 && seats.1 > 0 && seats.0.abs_diff(seats.1) > rows) {
                continue;
            }
            let met = Contact { class: rule.class, leads_on: rule.leads_on, first_minute: start };
            contacts
                .entry(visits.person[theirs])
                .and_modify(|known| match known.class.cmp(&met.class) {
                    std::cmp::Ordering::Less => {}
                    std::cmp::Ordering::Greater => *known = met,
                    std::cmp::Ordering::Equal => {
                        known.leads_on |= met.leads_on;
                        known.first_minute = known.first_minute.min(met.first_minute);
                    }
                })
                .or_insert(met);
        }
    }
    contacts
}

/// Both rings of a case, each in order, among all visits, by the rule of each unit.
pub fn both_rings(visits: &DayVisits, rules: &[Option<SettingRule>], case: Case) -> (Vec<u32>, Vec<u32>) {
    let first = meetings_of(visits, rules, case);
    let close = |contacts: &BTreeMap<u32, Contact>| -> BTreeSet<u32> {
        contacts.iter().filter(|(_, contact)| contact.class == ContactClass::Close).map(|(&person, _)| person).collect()
    };
    let known = close(&first);
    let mut second = BTreeSet::new();
    for (&person, contact) in first.iter().filter(|(person, contact)| known.contains(person) && contact.leads_on) {
        let source = Case { person, from_minute: contact.first_minute, until_minute: case.until_minute };
        if source.from_minute < source.until_minute {
            second.extend(close(&meetings_of(visits, rules, source)));
        }
    }
    second.remove(&case.person);
    let second = second.difference(&known).copied().collect();
    (first.into_keys().collect(), second)
}
