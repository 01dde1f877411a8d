//! Where everyone goes on a day, household by household.
//!
//! Each household of each day has a random stream of its own, so that a day can be asked for alone, in
//! any order and for some people only, and always is the same.

use facts::{Date, Setting, Timestamp, VisitRow};
use jiff::SignedDuration;
use jiff::civil::Weekday;

use crate::people::Role;
use crate::province::Province;
use crate::stream::Stream;
use crate::units::Errand;

/// How far local time is ahead of UTC.
pub(crate) const UTC_OFFSET_HOURS: i64 = 8;

/// A local day and its stream.
pub(crate) struct Day {
    midnight: Timestamp,
    weekend: Weekend,
    stream: Stream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weekend {
    No,
    Saturday,
    Sunday,
}

/// The instant at which a local day begins.
pub(crate) fn midnight(day: Date) -> Timestamp {
    let since_epoch = day.duration_since(Date::constant(1970, 1, 1));
    Timestamp::UNIX_EPOCH + since_epoch - SignedDuration::from_hours(UTC_OFFSET_HOURS)
}

/// The local day of an instant.
pub(crate) fn local_day(at: Timestamp) -> Date {
    let days = (at.as_second() + UTC_OFFSET_HOURS * 3600).div_euclid(86_400);
    Date::constant(1970, 1, 1) + SignedDuration::from_hours(24 * days)
}

/// Whether entries to such units are scanned and exits are not.
pub fn is_entry_only(setting: Setting) -> bool {
    matches!(setting, Setting::Market | Setting::Shop | Setting::Leisure)
}

/// Minutes after midnight.
type Minute = i64;

/// The visits of one household that are being written down.
struct Diary<'a> {
    province: &'a Province,
    midnight: Timestamp,
    rows: &'a mut Vec<VisitRow>,
}

impl Diary<'_> {
    fn stay(&mut self, person: usize, unit: u32, start: Minute, minutes: Minute, seat_row: Option<u16>) {
        let unit = &self.province.units[unit as usize];
        // Scans do not happen on the minute: a person's number spreads them over it.
        let start = self.midnight + SignedDuration::from_secs(start * 60 + (person % 60) as i64);
        let end = (!is_entry_only(unit.setting)).then(|| start + SignedDuration::from_secs(minutes * 60));
        self.rows.push(VisitRow {
            person: self.province.residents[person].person,
            unit: unit.unit,
            start,
            end,
            seat_row,
        });
    }
}

impl Province {
    /// Everyone's visits of a local day (UTC+8), in no particular order.
    pub fn visits(&self, day: Date) -> Vec<VisitRow> {
        let mut rows = Vec::with_capacity(self.people.len() * 5 / 2);
        let mut day = Day::new(self, day);
        for household in 0..self.households.len() {
            self.household_visits(household, &mut day, &mut rows);
        }
        rows
    }

    /// Adds the visits of one household on a day.
    pub(crate) fn household_visits(&self, index: usize, day: &mut Day, rows: &mut Vec<VisitRow>) {
        let household = self.households[index];
        let stream = day.stream.at(index as u64);
        let township = household.township;
        let county = &self.counties[usize::from(self.townships[usize::from(township)].county)];
        let free = day.weekend != Weekend::No;
        let mut diary = Diary { province: self, midnight: day.midnight, rows };

        let dines_out = stream.chance(if free { 0.2 } else { 0.08 });
        let banquet = free && stream.chance(0.012);
        let outing = free && stream.chance(0.1);
        let away = stream.chance(0.004).then(|| stream.below(usize::from(household.size)));
        let table = self.venue(Errand::Meal, township, stream);
        let hall = *stream.pick(&county.halls);
        // An outing may lead to another county of the city.
        let elsewhere = if stream.chance(0.3) {
            *stream.pick(&self.cities[usize::from(county.city)].counties)
        } else {
            self.townships[usize::from(township)].county
        };
        let there = self.counties[usize::from(elsewhere)].townships[0];
        let resort = self.venue(Errand::Leisure, there, stream);
        let (dinner, dinner_minutes) = (stream.between(1_095, 1_170), stream.between(40, 90));

        for (place, person) in household.people().enumerate() {
            let who = self.people[person];
            if away == Some(place) && who.age >= 18 {
                self.journey(person, usize::from(county.city), stream, &mut diary);
                continue;
            }
            let attends = match (who.role, day.weekend) {
                (Role::Worker, Weekend::No) => 0.94,
                (Role::Worker, Weekend::Saturday) => 0.28,
                (Role::Worker, Weekend::Sunday) => 0.12,
                (Role::Pupil, Weekend::No) => 0.97,
                _ => 0.0,
            };
            let busy = match who.daily {
                Some(unit) if stream.chance(attends) => {
                    self.working_day(person, unit, &county.buses, stream, &mut diary);
                    true
                }
                _ => false,
            };
            if who.age >= 6 {
                self.errands(person, township, busy, &county.buses, stream, &mut diary);
            }
            if banquet {
                diary.stay(person, hall, 690 + stream.between(0, 20), stream.between(70, 130), None);
            } else if outing {
                diary.stay(person, resort, 840 + stream.between(0, 8), 60, None);
            }
            if dines_out {
                diary.stay(person, table, dinner + stream.between(0, 4), dinner_minutes, None);
            }
        }
    }

    /// A venue of an errand: mostly of the township, else of the county; a few are much more popular.
    fn venue(&self, errand: Errand, township: u16, stream: &mut Stream) -> u32 {
        const NEAR: f64 = 0.7;
        let home = &self.townships[usize::from(township)];
        let township = if stream.chance(NEAR) {
            home
        } else {
            let within = &self.counties[usize::from(home.county)].townships;
            &self.townships[usize::from(within[stream.popular(within.len())])]
        };
        let venues = &township.venues[errand as usize];
        venues[stream.popular(venues.len())].unit(stream)
    }

    fn working_day(&self, person: usize, unit: u32, buses: &[u32], stream: &mut Stream, diary: &mut Diary<'_>) {
        let who = self.people[person];
        let (start, end) = match who.role {
            Role::Pupil => (455 + stream.between(0, 20), 985 + stream.between(0, 25)),
            _ => (480 + stream.between(0, 70), 1_020 + stream.between(0, 70)),
        };
        let by_bus = stream.chance(0.17);
        if by_bus {
            ride(person, buses, start - 45, stream, diary);
        }
        if who.role == Role::Worker && stream.chance(0.25) {
            let (leaves, minutes) = (705 + stream.between(0, 50), stream.between(25, 50));
            diary.stay(person, unit, start, leaves - start, None);
            diary.stay(person, self.venue(Errand::Meal, who.daily_township, stream), leaves + 6, minutes, None);
            let back = leaves + minutes + 12;
            diary.stay(person, unit, back, end - back, None);
        } else {
            diary.stay(person, unit, start, end - start, None);
        }
        if by_bus {
            ride(person, buses, end + 8, stream, diary);
        }
    }

    fn errands(
        &self,
        person: usize,
        township: u16,
        busy: bool,
        buses: &[u32],
        stream: &mut Stream,
        diary: &mut Diary<'_>,
    ) {
        let age = self.people[person].age;
        // Who works or learns goes in the early evening; who is free goes when they like.
        let hour = |stream: &mut Stream, morning: Minute, evening: Minute| {
            let from = if busy { evening } else { morning };
            from + stream.between(0, if busy { 55 } else { 170 })
        };
        let (market, shop, leisure) = match age {
            ..18 => (0.1, 0.45, 0.08),
            18..60 => (0.45, 0.6, 0.16),
            _ => (0.75, 0.45, 0.22),
        };
        if !busy && stream.chance(0.12) {
            ride(person, buses, 430 + stream.between(0, 90), stream, diary);
        }
        if stream.chance(market) {
            let start = hour(stream, 450, 1_030);
            diary.stay(person, self.venue(Errand::Market, township, stream), start, 25, None);
        }
        if stream.chance(shop) {
            let start = hour(stream, 630, 1_035);
            diary.stay(person, self.venue(Errand::Shop, township, stream), start, 15, None);
        }
        if !busy && stream.chance(0.025) {
            let start = 500 + stream.between(0, 150);
            diary.stay(person, self.venue(Errand::Clinic, township, stream), start, stream.between(20, 70), None);
        }
        if stream.chance(leisure) {
            let start = hour(stream, 850, 1_185);
            diary.stay(person, self.venue(Errand::Leisure, township, stream), start, 60, None);
        }
    }

    /// A day in another city: there by the morning train, back by the evening's.
    fn journey(&self, person: usize, city: usize, stream: &mut Stream, diary: &mut Diary<'_>) {
        let other = if city == 0 { 1 + stream.below(self.cities.len() - 1) } else { 0 };
        let trains = &self.cities[city.max(other)].trains;
        let outbound = usize::from(city == 0);
        let ride_minutes = 60 + 5 * city.max(other) as i64;
        for (direction, first) in [(outbound, 425), (1 - outbound, 1_110)] {
            let train = stream.below(trains[direction].len());
            let carriage = trains[direction][train].unit(stream);
            let row = 1 + stream.below(17) as u16;
            diary.stay(person, carriage, first + 70 * train as i64, ride_minutes, Some(row));
        }
        let county = *stream.pick(&self.cities[other].counties);
        let township = self.counties[usize::from(county)].townships[0];
        diary.stay(person, self.venue(Errand::Shop, township, stream), 690 + stream.between(0, 20), 15, None);
        diary.stay(person, self.venue(Errand::Meal, township, stream), 725 + stream.between(0, 30), 45, None);
    }
}

fn ride(person: usize, buses: &[u32], start: Minute, stream: &mut Stream, diary: &mut Diary<'_>) {
    let bus = *stream.pick(buses);
    let row = 1 + stream.below(11) as u16;
    diary.stay(person, bus, start, stream.between(10, 35), Some(row));
}

impl Day {
    /// A local day of a province.
    pub(crate) fn new(province: &Province, day: Date) -> Self {
        Self {
            midnight: midnight(day),
            weekend: match day.weekday() {
                Weekday::Saturday => Weekend::Saturday,
                Weekday::Sunday => Weekend::Sunday,
                _ => Weekend::No,
            },
            stream: province.streams.named(&format!("visits {day}")),
        }
    }
}
