//! The simplest structure that answers: stays by unit and start, and for each person where theirs lie.
//!
//! Uncompressed, in memory, one core: what a careful programmer has after an afternoon, and the yardstick
//! between the database systems and Firebreak's index.

use std::ops::Range;

use plan::ContactClass;

use crate::city::{City, DAYS, DayVisits, FIRST_MINUTE};
use crate::engine::{Case, Engine, Found, Tracer};
use crate::error::BenchError;
use crate::rules::{RuleTable, SettingRule};

/// All visits of a city in memory.
pub struct Arrays {
    settings: Vec<(u32, facts::Setting)>,
    /// Where each unit's run ends.
    unit_ends: Vec<u32>,
    longest_minutes: Vec<u16>,
    start: Vec<u32>,
    minutes: Vec<u16>,
    person: Vec<u32>,
    unit: Vec<u32>,
    seat_row: Vec<u8>,
    person_ends: Vec<u32>,
    by_person: Vec<u32>,
}

fn run(ends: &[u32], number: u32) -> Range<usize> {
    let number = number as usize;
    let from = if number == 0 { 0 } else { ends[number - 1] };
    from as usize..ends[number] as usize
}

/// Turns counts into the ends of runs.
fn add_up(counts: &mut [u32]) {
    let mut end = 0;
    for count in counts {
        end += *count;
        *count = end;
    }
}

impl Arrays {
    /// Sorts all visits of a city; fewer than 2³² of them.
    pub fn build(city: &City) -> Self {
        let mut unit_ends = vec![0; city.units() as usize];
        let mut person_ends = vec![0; city.people() as usize];
        let mut visits = DayVisits::default();
        let parts = city.parts(1 << 20);
        let days = || (0..DAYS).flat_map(|day| parts.iter().map(move |part| (day, part.clone())));
        for (day, part) in days() {
            visits.clear();
            city.fill(day, part, &mut visits);
            visits.unit.iter().for_each(|&unit| unit_ends[unit as usize] += 1);
            visits.person.iter().for_each(|&person| person_ends[person as usize] += 1);
        }
        add_up(&mut unit_ends);
        add_up(&mut person_ends);
        let count = unit_ends.last().copied().unwrap_or(0) as usize;
        let mut arrays = Self {
            settings: city.settings(),
            longest_minutes: vec![0; city.units() as usize],
            start: vec![0; count],
            minutes: vec![0; count],
            person: vec![0; count],
            unit: vec![0; count],
            seat_row: vec![0; count],
            by_person: vec![0; count],
            unit_ends,
            person_ends,
        };
        let mut next: Vec<u32> = (0..city.units()).map(|unit| run(&arrays.unit_ends, unit).start as u32).collect();
        for (day, part) in days() {
            visits.clear();
            city.fill(day, part, &mut visits);
            for row in 0..visits.len() {
                let unit = visits.unit[row];
                let at = next[unit as usize] as usize;
                next[unit as usize] += 1;
                arrays.start[at] = (visits.start_minute[row] - FIRST_MINUTE) as u32;
                arrays.minutes[at] = visits.minutes[row] as u16;
                arrays.person[at] = visits.person[row];
                arrays.unit[at] = unit;
                arrays.seat_row[at] = visits.seat_row[row] as u8;
                let longest = &mut arrays.longest_minutes[unit as usize];
                *longest = (*longest).max(visits.minutes[row] as u16);
            }
        }
        let mut next: Vec<u32> =
            (0..city.people()).map(|person| run(&arrays.person_ends, person).start as u32).collect();
        for (at, &person) in arrays.person.iter().enumerate() {
            arrays.by_person[next[person as usize] as usize] = at as u32;
            next[person as usize] += 1;
        }
        arrays
    }
}

impl Engine for Arrays {
    fn name(&self) -> String {
        "two sorted arrays, in memory".to_owned()
    }

    fn visits(&self) -> u64 {
        self.start.len() as u64
    }

    fn bytes(&self) -> u64 {
        let per_unit = self.unit_ends.len() * 6;
        (self.start.len() * (4 + 2 + 4 + 4 + 1 + 4) + per_unit + self.person_ends.len() * 4) as u64
    }

    fn tracer<'a>(&'a self, rules: &RuleTable) -> Result<Box<dyn Tracer + 'a>, BenchError> {
        let mut by_unit = vec![None; self.unit_ends.len()];
        for (number, &(first_unit, setting)) in self.settings.iter().enumerate() {
            let end = self.settings.get(number + 1).map_or(by_unit.len(), |next| next.0 as usize);
            by_unit[first_unit as usize..end].fill(rules.of(setting));
        }
        let people = self.person_ends.len();
        Ok(Box::new(ArraysTracer {
            arrays: self,
            by_unit,
            first: vec![Mark::NONE; people],
            second: vec![0; people],
            trace: 0,
        }))
    }
}

/// What is known of one person in the trace of that number.
#[derive(Clone, Copy)]
struct Mark {
    trace: u32,
    first_minute: u32,
    close: bool,
    leads_on: bool,
}

impl Mark {
    const NONE: Self = Self { trace: 0, first_minute: 0, close: false, leads_on: false };
}

struct ArraysTracer<'a> {
    arrays: &'a Arrays,
    by_unit: Vec<Option<SettingRule>>,
    first: Vec<Mark>,
    second: Vec<u32>,
    trace: u32,
}

impl ArraysTracer<'_> {
    /// Calls `each` with every meeting: whom, by which rule, from which minute. Minutes count from the city's first.
    fn meetings(
        &self,
        person: u32,
        from: u32,
        until: u32,
        touched: &mut u64,
        mut each: impl FnMut(u32, SettingRule, u32),
    ) {
        let arrays = self.arrays;
        for &own in &arrays.by_person[run(&arrays.person_ends, person)] {
            let own = own as usize;
            let unit = arrays.unit[own];
            let Some(rule) = self.by_unit[unit as usize] else { continue };
            let cap = rule.cap_minutes.unwrap_or(u32::MAX);
            let end_of = |at: usize| arrays.start[at] + u32::from(arrays.minutes[at]).min(cap);
            let own_start = arrays.start[own].max(from);
            let own_end = end_of(own).min(until);
            if own_start >= own_end {
                continue;
            }
            let own_end = own_end + rule.tail_minutes;
            let own_seat = arrays.seat_row[own];
            let range = run(&arrays.unit_ends, unit);
            let earliest = own_start.saturating_sub(u32::from(arrays.longest_minutes[unit as usize]));
            let first = range.start + arrays.start[range.clone()].partition_point(|&start| start < earliest);
            for theirs in first..range.end {
                if arrays.start[theirs] >= own_end {
                    break;
                }
                *touched += 1;
                let start = own_start.max(arrays.start[theirs]);
                let end = own_end.min(end_of(theirs));
                if end < start + rule.minimum_minutes.max(1) || arrays.person[theirs] == person {
                    continue;
                }
                let seat = arrays.seat_row[theirs];
                let too_far = |rows| own_seat > 0 && seat > 0 && u16::from(own_seat.abs_diff(seat)) > rows;
                if !rule.seat_rows.is_some_and(too_far) {
                    each(arrays.person[theirs], rule, start);
                }
            }
        }
    }

    fn trace(&mut self, case: Case, second_ring: bool) -> Found {
        self.trace += 1;
        let trace = self.trace;
        let relative = |minute: i64| u32::try_from(minute - FIRST_MINUTE).unwrap_or(0);
        let until = relative(case.until_minute);
        let mut found = Found::default();
        let mut first = std::mem::take(&mut self.first);
        self.meetings(case.person, relative(case.from_minute), until, &mut found.touched, |person, rule, start| {
            let close = rule.class == ContactClass::Close;
            let met = Mark { trace, first_minute: start, close, leads_on: rule.leads_on };
            let mark = &mut first[person as usize];
            if mark.trace != trace {
                found.first.push(person);
                *mark = met;
            } else if close && !mark.close {
                *mark = met;
            } else if close == mark.close {
                mark.leads_on |= met.leads_on;
                mark.first_minute = mark.first_minute.min(start);
            }
        });
        if second_ring {
            let mut second = std::mem::take(&mut self.second);
            for &contact in &found.first {
                let mark = first[contact as usize];
                if mark.close && mark.leads_on && mark.first_minute < until {
                    self.meetings(contact, mark.first_minute, until, &mut found.touched, |person, rule, _| {
                        let known = &first[person as usize];
                        let is_close = rule.class == ContactClass::Close;
                        let is_known = person == case.person || (known.trace == trace && known.close);
                        if is_close && !is_known && second[person as usize] != trace {
                            second[person as usize] = trace;
                            found.second.push(person);
                        }
                    });
                }
            }
            self.second = second;
        }
        self.first = first;
        found
    }
}

impl Tracer for ArraysTracer<'_> {
    fn first_ring(&mut self, case: Case) -> Found {
        self.trace(case, false)
    }

    fn both_rings(&mut self, case: Case) -> Found {
        self.trace(case, true)
    }
}
