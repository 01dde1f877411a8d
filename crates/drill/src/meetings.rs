//! Who was in one unit at one time: the plain definition, for the few people that an outbreak is about.

use std::collections::BTreeMap;

use facts::{Setting, Timestamp, UnitId, VisitRow};
use jiff::SignedDuration;

use crate::province::Province;
use crate::visits::{Day, local_day};

/// How long a stay without an end is taken to last, in minutes.
const ASSUMED_DWELL_MINUTES: i64 = 60;

/// One person's stay together with someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meeting {
    /// The other, by index.
    pub(crate) with: usize,
    /// In what kind of unit.
    pub(crate) setting: Setting,
    /// From when.
    pub(crate) start: Timestamp,
}

fn end(row: &VisitRow) -> Timestamp {
    row.end.unwrap_or(row.start + SignedDuration::from_mins(ASSUMED_DWELL_MINUTES))
}

/// Everyone whom each of `people` (by index) met in a unit between two instants, households not included.
pub(crate) fn meetings(
    province: &Province,
    people: &[usize],
    from: Timestamp,
    to: Timestamp,
) -> BTreeMap<usize, Vec<Meeting>> {
    let mut met: BTreeMap<usize, Vec<Meeting>> = people.iter().map(|&person| (person, Vec::new())).collect();
    let mut date = local_day(from);
    let mut rows = Vec::new();
    while date <= local_day(to) {
        let mut day = Day::new(province, date);
        let mut stays: BTreeMap<UnitId, Vec<(Timestamp, Timestamp, usize)>> = BTreeMap::new();
        for &person in met.keys() {
            rows.clear();
            province.household_visits(province.household_of(person), &mut day, &mut rows);
            let id = province.residents[person].person;
            for row in rows.iter().filter(|row| row.person == id && row.start < to && end(row) > from) {
                stays.entry(row.unit).or_default().push((row.start.max(from), end(row).min(to), person));
            }
        }
        for household in 0..province.households.len() {
            rows.clear();
            province.household_visits(household, &mut day, &mut rows);
            for row in &rows {
                let Some(stays) = stays.get(&row.unit) else { continue };
                let (Some(with), Some(unit)) = (province.index_of(row.person), province.index_of_unit(row.unit)) else {
                    continue;
                };
                for &(start, until, person) in stays {
                    if person != with && row.start < until && end(row) > start {
                        let setting = province.units[unit].setting;
                        let meeting = Meeting { with, setting, start: row.start.max(start) };
                        met.entry(person).or_default().push(meeting);
                    }
                }
            }
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    met
}
