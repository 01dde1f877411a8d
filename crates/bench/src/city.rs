//! A city's visits, made from a seed: day by day, in the order in which Firebreak seals a batch.
//!
//! Nothing is stored but the sizes of the units. Who sits in which slot of a unit is a permutation that is
//! computed, so that each unit's visitors of a day come out at once and rows need no sorting between units.
//!
//! What the city is like (shares and times are chosen, not measured; household sizes follow the census of
//! China of 2020, mean 2.6):
//!
//! | layer | unit | who | how often | size of a unit |
//! |---|---|---|---|---|
//! | home | dwelling | everyone | 97 % of nights, and some early afternoons | 1 to 6, mean 2.6 |
//! | office | room | half of all people | weekdays, 95 %, before and after lunch | 3 to 80, Pareto 1.3 |
//! | classroom | class | pupils, a fifth | weekdays, 97 % | 32 to 48 |
//! | vehicle | carriage, coach | everyone | 0.26 mornings, 0.26 evenings | 26 to 70 riders in 90 minutes; half have known seats |
//! | meal | table | everyone | lunch 0.24, dinner 0.1 | 2 to 8 |
//! | shop | shop | everyone, and staff | 0.4 | 15 to 1,500 a day, Pareto 1.1 |
//! | market | hall | everyone, and staff | 0.05 | 300 to 8,000 a day, Pareto 1.0 |
//! | leisure | room | everyone | 0.05 | 4 to 40 |
//! | clinic, ward | waiting room, room | those at home by day | weekdays, few | 5 to 60, 3 to 8 |
//! | gathering | hall | everyone | weekends, 0.06 | 20 to 150 |
//! | lift | lift | everyone | 0.19 | 4 to 20 in four minutes |
//! | other | park pavilion and the like | everyone | 0.06 | 10 to 500 a day, Pareto 1.2 |
//! | area, which is for screening only | coarse cell | everyone | 0.06 | 200 to 20,000 a day, Pareto 1.0 |
//!
//! Density hardly changes with scale (half of all people meet at most 188, 225 and 240 others at 10^5, 10^6
//! and 10^7 visits): people are proportional to visits (one for 49 in 14 days) and sizes of units are drawn
//! from the same distributions, by the golden ratio's sequence, so that the few units of a small city are as
//! spread out as the many of a large one. Shops, tables, lifts and the like draw people of one district of
//! 25,000; offices, vehicles, halls and gatherings draw from the whole city. Each activity has hours of its
//! own, so that nobody is in two units at once.

use std::ops::Range;

use facts::Setting;

use crate::chance::{Shuffle, below, draw, mix};

/// Changes whenever the same seed would give other rows.
pub const VERSION: u32 = 1;
/// How many days a city has.
pub const DAYS: u32 = 14;
/// Midnight of the first day, a Monday, 2022-03-07 UTC, in minutes since 1970-01-01T00:00Z.
pub const FIRST_MINUTE: i64 = 27_443_520;
/// Minutes of a day.
pub const DAY_MINUTES: i64 = 1_440;
/// No visit is longer.
pub const LONGEST_MINUTES: u32 = 640;
/// About how many visits one person makes in all days.
pub const VISITS_PER_PERSON: f64 = 49.2;

/// Households of a block of twenty, by size and by what their members do; fifty-two people.
const BLOCK: &[&[u8]] = &[
    b"WW", b"WWP", b"W", b"WWPO", b"OO", b"W", b"WSP", b"WO", b"WWPOO", b"O", b"WW", b"WSPP", b"WWO", b"W", b"OO",
    b"WWPPOO", b"O", b"WW", b"WWP", b"WWOP",
];
const BLOCK_PEOPLE: u32 = 52;
/// People of one district.
const DISTRICT: u32 = 25_000;
/// Of so many who work in shops and halls, one works in a hall.
const STAFF_PER_HALL_WORKER: u32 = 16;

/// What a person does by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Worker,
    Staff,
    Pupil,
    /// At home by day: retired, small children, carers.
    Home,
}

/// The visits that start on one day, as columns of one length, by unit, then start, then person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayVisits {
    /// Who, from 0 to the city's number of people; the numbers say nothing about households.
    pub person: Vec<u32>,
    /// Where, from 0 to the city's number of units.
    pub unit: Vec<u32>,
    /// From when, in whole minutes since 1970-01-01T00:00Z.
    pub start_minute: Vec<i64>,
    /// How long, in minutes; 1 to [`LONGEST_MINUTES`].
    pub minutes: Vec<u32>,
    /// The row of seats, from 1; 0 where none is known.
    pub seat_row: Vec<u16>,
}

impl DayVisits {
    /// How many visits.
    pub fn len(&self) -> usize {
        self.person.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.person.is_empty()
    }

    /// Some of the visits, in the order of the given rows.
    pub fn rows(&self, rows: &[usize]) -> Self {
        Self {
            person: rows.iter().map(|&row| self.person[row]).collect(),
            unit: rows.iter().map(|&row| self.unit[row]).collect(),
            start_minute: rows.iter().map(|&row| self.start_minute[row]).collect(),
            minutes: rows.iter().map(|&row| self.minutes[row]).collect(),
            seat_row: rows.iter().map(|&row| self.seat_row[row]).collect(),
        }
    }

    /// Drops all visits and keeps the memory.
    pub fn clear(&mut self) {
        self.person.clear();
        self.unit.clear();
        self.start_minute.clear();
        self.minutes.clear();
        self.seat_row.clear();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Home,
    Office,
    Classroom,
    Vehicle,
    Table,
    Shop,
    Hall,
    Leisure,
    Clinic,
    Ward,
    Gathering,
    Lift,
    Pavilion,
    /// Last, so that one comparison of numbers tells units that make no contacts from the others.
    Cell,
}

/// How the sizes of a layer's units are distributed, in slots a day.
#[derive(Clone, Copy)]
enum Sizes {
    Even { least: u32, most: u32 },
    Pareto { least: u32, most: u32, exponent: f64 },
}

impl Sizes {
    fn of(self, quantile: f64) -> u32 {
        match self {
            Self::Even { least, most } => least + (quantile * f64::from(most - least + 1)) as u32,
            Self::Pareto { least, most, exponent } => {
                ((f64::from(least) * (1.0 - quantile).powf(-1.0 / exponent)) as u32).min(most)
            }
        }
    }
}

/// Some of the people, by number.
#[derive(Clone)]
struct Group {
    /// Places within a block of 52.
    places: Vec<u8>,
    count: u32,
}

impl Group {
    fn new(people: u32, takes: impl Fn(Role) -> bool) -> Self {
        let places: Vec<u8> = (0..BLOCK_PEOPLE as u8).filter(|&place| takes(role(u32::from(place)))).collect();
        let count = people / BLOCK_PEOPLE * places.len() as u32;
        Self { places, count }
    }

    fn person(&self, member: u32) -> u32 {
        let per_block = self.places.len() as u32;
        member / per_block * BLOCK_PEOPLE + u32::from(self.places[(member % per_block) as usize])
    }
}

struct Layer {
    kind: Kind,
    setting: Setting,
    first_unit: u32,
    /// Slots of all units up to and including each.
    ends: Vec<u32>,
    group: Group,
    /// Members of one district.
    district: u32,
    /// Slots of one district.
    district_slots: u32,
    key: u64,
}

impl Layer {
    fn slots(&self, unit: u32) -> Range<u32> {
        let from = if unit == 0 { 0 } else { self.ends[unit as usize - 1] };
        from..self.ends[unit as usize]
    }

    /// Calls `each` with the person in each slot, drawn by the salt.
    fn each_person(&self, slots: Range<u32>, salt: u64, mut each: impl FnMut(u32)) {
        let mut slot = slots.start;
        while slot < slots.end {
            let district = slot / self.district_slots;
            let first_member = district * self.district;
            let members = self.district.min(self.group.count - first_member);
            let shuffle = Shuffle::new(draw(self.key, salt, u64::from(district)), members);
            let end = slots.end.min((district + 1) * self.district_slots);
            for slot in slot..end {
                each(self.group.person(first_member + shuffle.at(slot - district * self.district_slots)));
            }
            slot = end;
        }
    }
}

/// A city, ready to give its visits.
pub struct City {
    seed: u64,
    people: u32,
    units: u32,
    households: Layer,
    layers: Vec<Layer>,
    shop_staff: Group,
    ids: Shuffle,
}

fn role(person: u32) -> Role {
    const ROLES: [Role; BLOCK_PEOPLE as usize] = {
        let mut roles = [Role::Home; BLOCK_PEOPLE as usize];
        let (mut place, mut household) = (0, 0);
        while household < BLOCK.len() {
            let mut member = 0;
            while member < BLOCK[household].len() {
                roles[place] = match BLOCK[household][member] {
                    b'W' => Role::Worker,
                    b'S' => Role::Staff,
                    b'P' => Role::Pupil,
                    _ => Role::Home,
                };
                place += 1;
                member += 1;
            }
            household += 1;
        }
        roles
    };
    ROLES[(person % BLOCK_PEOPLE) as usize]
}

/// One visit of a unit in one number, so that sorting is by start, then person.
fn pack(start: u32, person: u32, minutes: u32, seat_row: u32) -> u64 {
    u64::from(start) << 49 | u64::from(person) << 17 | u64::from(minutes) << 6 | u64::from(seat_row)
}

/// A start that leaves `minutes` before the band's end.
fn start_within(bits: u64, from: u32, until: u32, minutes: u32) -> u32 {
    from + below(bits, 3, until - from - minutes + 1)
}

/// A length that is short more often than long: `least` plus up to `more`, by the fourth power of chance.
fn skewed(bits: u64, least: u32, more: u32) -> u32 {
    let chance = below(bits, 2, 1 << 12);
    let squared = (chance * chance) >> 12;
    least + ((((squared * squared) >> 12) * (more + 1)) >> 12)
}

impl City {
    /// The city of that seed with about so many visits in all days; at least one block of 52 people.
    ///
    /// # Panics
    /// Beyond 4·10⁹ visits, which slots of 32 bits do not number.
    pub fn new(seed: u64, visits: u64) -> Self {
        assert!(visits <= 4_000_000_000, "a city has at most 4,000,000,000 visits");
        let blocks = ((visits as f64 / VISITS_PER_PERSON / f64::from(BLOCK_PEOPLE)).round() as u32).max(1);
        let people = blocks * BLOCK_PEOPLE;
        let everyone = || Group::new(people, |_| true);
        let only = |wanted: Role| Group::new(people, move |role| role == wanted);
        let mut first_unit = blocks * BLOCK.len() as u32;
        let households = Layer {
            kind: Kind::Home,
            setting: Setting::Home,
            first_unit: 0,
            ends: Vec::new(),
            group: everyone(),
            district: people,
            district_slots: people,
            key: mix(seed ^ 0xA0),
        };
        use Sizes::{Even, Pareto};
        let plan = [
            (
                Kind::Office,
                Setting::Office,
                only(Role::Worker),
                1.0,
                true,
                Pareto { least: 3, most: 80, exponent: 1.3 },
            ),
            (Kind::Classroom, Setting::Classroom, only(Role::Pupil), 1.0, false, Even { least: 32, most: 48 }),
            (Kind::Vehicle, Setting::Vehicle, everyone(), 0.26, true, Even { least: 26, most: 70 }),
            (Kind::Table, Setting::Meal, everyone(), 0.24, false, Even { least: 2, most: 8 }),
            (Kind::Shop, Setting::Shop, everyone(), 0.42, false, Pareto { least: 15, most: 1_500, exponent: 1.1 }),
            // A coin decides who may go on a day, so that twice the slots are needed.
            (Kind::Hall, Setting::Market, everyone(), 0.1, true, Pareto { least: 600, most: 16_000, exponent: 1.0 }),
            (Kind::Leisure, Setting::Leisure, everyone(), 0.05, false, Even { least: 4, most: 40 }),
            (Kind::Clinic, Setting::Clinic, only(Role::Home), 0.04, false, Even { least: 5, most: 60 }),
            (Kind::Ward, Setting::Ward, only(Role::Home), 0.01, false, Even { least: 3, most: 8 }),
            (Kind::Gathering, Setting::Gathering, everyone(), 0.06, true, Even { least: 20, most: 150 }),
            (Kind::Lift, Setting::Lift, everyone(), 0.19, false, Even { least: 4, most: 20 }),
            (Kind::Pavilion, Setting::Other, everyone(), 0.12, false, Pareto { least: 20, most: 1_000, exponent: 1.2 }),
            (Kind::Cell, Setting::Area, everyone(), 0.12, false, Pareto { least: 400, most: 40_000, exponent: 1.0 }),
        ];
        let mut layers = Vec::new();
        for (number, (kind, setting, group, per_member, whole_city, sizes)) in plan.into_iter().enumerate() {
            let district = if whole_city { group.count } else { group.count.min(DISTRICT) };
            let slots_of = |members: u32| (f64::from(members) * per_member) as u32;
            let slots = group.count / district * slots_of(district) + slots_of(group.count % district);
            let mut ends: Vec<u32> = Vec::new();
            let mut end = 0;
            while end < slots {
                // The fractional parts of multiples of the golden ratio fill the unit interval evenly.
                let quantile = ((ends.len() + 1) as f64 * 0.618_033_988_749_894_9).fract();
                end = slots.min(end + sizes.of(quantile));
                ends.push(end);
            }
            let key = mix(seed ^ (0xB0 + number as u64));
            let district_slots = slots_of(district).max(1);
            let units = ends.len() as u32;
            layers.push(Layer { kind, setting, first_unit, ends, group, district, district_slots, key });
            first_unit += units;
        }
        Self {
            seed,
            people,
            units: first_unit,
            households,
            layers,
            shop_staff: only(Role::Staff),
            ids: Shuffle::new(mix(seed ^ 0xC0), people),
        }
    }

    /// The seed that it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many people, numbered from 0.
    pub fn people(&self) -> u32 {
        self.people
    }

    /// How many units, numbered from 0.
    pub fn units(&self) -> u32 {
        self.units
    }

    /// What kind of space a unit is.
    pub fn setting(&self, unit: u32) -> Setting {
        self.layer_of(unit).unwrap_or(&self.households).setting
    }

    /// Kinds of space by number of their first unit, in order; each reaches to the next.
    pub fn settings(&self) -> Vec<(u32, Setting)> {
        let layers = self.layers.iter().map(|layer| (layer.first_unit, layer.setting));
        std::iter::once((0, Setting::Home)).chain(layers).collect()
    }

    /// Ranges of units, in order, that have about so many visits a day each and are all units together.
    pub fn parts(&self, visits: u32) -> Vec<Range<u32>> {
        let mut parts = Vec::new();
        let mut from = 0;
        let mut within = 0;
        for unit in 0..self.units {
            within += match self.layer_of(unit) {
                None => 3,
                Some(layer) => layer.slots(unit - layer.first_unit).len() as u32,
            };
            if within >= visits {
                parts.push(from..unit + 1);
                (from, within) = (unit + 1, 0);
            }
        }
        if from < self.units {
            parts.push(from..self.units);
        }
        parts
    }

    fn layer_of(&self, unit: u32) -> Option<&Layer> {
        self.layers.iter().rev().find(|layer| layer.first_unit <= unit)
    }

    /// All visits that start on a day, from 0.
    pub fn day(&self, day: u32) -> DayVisits {
        let mut visits = DayVisits::default();
        self.fill(day, 0..self.units, &mut visits);
        visits
    }

    /// Appends the visits of some units that start on a day.
    pub fn fill(&self, day: u32, units: Range<u32>, into: &mut DayVisits) {
        let midnight = FIRST_MINUTE + i64::from(day) * DAY_MINUTES;
        let mut rows: Vec<u64> = Vec::new();
        let all = std::iter::once(&self.households).chain(&self.layers);
        let ends = self.layers.iter().map(|layer| layer.first_unit).chain([self.units]);
        for (layer, end) in all.zip(ends) {
            for unit in units.start.max(layer.first_unit)..units.end.min(end) {
                rows.clear();
                self.unit_day(layer, unit - layer.first_unit, day, &mut rows);
                rows.sort_unstable();
                for &row in &rows {
                    into.person.push((row >> 17) as u32);
                    into.unit.push(unit);
                    into.start_minute.push(midnight + (row >> 49) as i64);
                    into.minutes.push((row >> 6) as u32 & 0x7FF);
                    into.seat_row.push(row as u16 & 0x3F);
                }
            }
        }
    }

    /// The visits of one unit on one day, packed and not yet sorted.
    fn unit_day(&self, layer: &Layer, unit: u32, day: u32, rows: &mut Vec<u64>) {
        let weekend = day % 7 >= 5;
        let by_day = u64::from(day) + 1;
        // A draw of this person on this day; other layers, days and times of day have other keys.
        let bits = |person: u32, time: u64| draw(layer.key, u64::from(person), by_day << 8 | time);
        // Whoever works in a shop or hall has no time for other things by day.
        let at_leisure = |person: u32| match role(person) {
            Role::Home => true,
            Role::Staff => false,
            Role::Worker | Role::Pupil => weekend,
        };
        let is_staff = |person: u32| role(person) == Role::Staff;
        let coin = |person: u32| draw(self.seed, u64::from(person), by_day) & 1 == 0;
        let mut add = |person: u32, start: u32, minutes: u32, seat_row: u32| {
            rows.push(pack(start, self.ids.at(person), minutes, seat_row));
        };
        match layer.kind {
            Kind::Home => {
                let (first, members) = household(unit);
                for person in first..first + members {
                    let bits = bits(person, 0);
                    if below(bits, 0, 100) < 97 {
                        let start = 1_305 + below(bits, 1, 75);
                        add(person, start, 1_440 + 360 + below(bits, 2, 46) - start, 0);
                    }
                    if below(bits, 3, 100) < 30 && at_leisure(person) {
                        add(person, 785 + below(bits, 1, 15), 50, 0);
                    }
                }
            }
            Kind::Office if !weekend => layer.each_person(layer.slots(unit), 0, |person| {
                let bits = bits(person, 0);
                if below(bits, 0, 100) < 95 {
                    let start = 505 + below(bits, 1, 45);
                    add(person, start, 720 - below(bits, 2, 10) - start, 0);
                    let start = 780 + below(bits, 3, 15);
                    add(person, start, 1_045 - below(bits.rotate_left(8), 0, 45) - start, 0);
                }
            }),
            Kind::Classroom if !weekend => layer.each_person(layer.slots(unit), 0, |person| {
                let bits = bits(person, 0);
                if below(bits, 0, 100) < 97 {
                    let start = 500 + below(bits, 1, 10);
                    add(person, start, 1_000 - below(bits, 2, 10) - start, 0);
                }
            }),
            Kind::Office | Kind::Classroom => {}
            Kind::Vehicle => {
                let seats_known = unit.is_multiple_of(2);
                for (time, from, spread) in [(1, 410, 50), (2, 1_050, 25)] {
                    layer.each_person(layer.slots(unit), by_day << 8 | time, |person| {
                        if time == 2 && is_staff(person) {
                            return;
                        }
                        let bits = bits(person, time);
                        let minutes = 6 + below(bits, 0, 20) + below(bits, 1, 15);
                        let seat_row = if seats_known { 1 + below(bits, 2, 20) } else { 0 };
                        add(person, from + below(bits, 3, spread), minutes, seat_row);
                    });
                }
            }
            Kind::Table => {
                let group = draw(layer.key ^ 1, u64::from(unit), by_day);
                let lunch = (725 + below(group, 0, 15), 15 + below(group, 1, 18));
                layer.each_person(layer.slots(unit), by_day << 8 | 1, |person| {
                    let in_class = role(person) == Role::Pupil && !weekend;
                    if !is_staff(person) && !in_class {
                        let late = below(bits(person, 1), 0, 3);
                        add(person, lunch.0 + late, lunch.1 - late, 0);
                    }
                });
                if below(group, 2, 100) < 42 {
                    layer.each_person(layer.slots(unit), by_day << 8 | 2, |person| {
                        if !is_staff(person) {
                            add(person, 1_210 + below(bits(person, 2), 0, 5), 25 + below(group, 3, 16), 0);
                        }
                    });
                }
            }
            Kind::Shop | Kind::Hall => {
                let is_hall = layer.kind == Kind::Hall;
                layer.each_person(layer.slots(unit), by_day, |person| {
                    if is_staff(person) || (is_hall && !coin(person)) {
                        return;
                    }
                    let bits = bits(person, 0);
                    let (from, until, more) = match (is_hall, at_leisure(person)) {
                        (true, true) => (870, 1_045, 55),
                        (true, false) => (1_165, 1_205, 26),
                        (false, true) => (505, 600, 35),
                        (false, false) => (1_120, 1_160, 24),
                    };
                    let minutes = skewed(bits, if is_hall { 5 } else { 3 }, more);
                    add(person, start_within(bits, from, until, minutes), minutes, 0);
                });
                self.each_staff(layer, unit, is_hall, |person| {
                    let bits = bits(person, 0);
                    if below(bits, 0, 7) < 5 {
                        let start = 585 + below(bits, 1, 15);
                        add(person, start, 1_200 + below(bits, 2, 15) - start, 0);
                    }
                });
            }
            Kind::Leisure => layer.each_person(layer.slots(unit), by_day, |person| {
                if !is_staff(person) {
                    let bits = bits(person, 0);
                    let minutes = 20 + below(bits, 0, 20);
                    add(person, start_within(bits, 1_260, 1_300, minutes), minutes, 0);
                }
            }),
            Kind::Clinic | Kind::Ward if !weekend => layer.each_person(layer.slots(unit), by_day, |person| {
                // Both draw from the same people in the same hours.
                if coin(person) == (layer.kind == Kind::Clinic) {
                    let bits = bits(person, 0);
                    let minutes = if layer.kind == Kind::Clinic { 10 } else { 30 } + below(bits, 0, 51);
                    add(person, start_within(bits, 605, 715, minutes), minutes, 0);
                }
            }),
            Kind::Gathering if weekend => layer.each_person(layer.slots(unit), by_day, |person| {
                if !is_staff(person) {
                    let bits = bits(person, 0);
                    let minutes = 60 + below(bits, 0, 46);
                    add(person, start_within(bits, 605, 715, minutes), minutes, 0);
                }
            }),
            Kind::Clinic | Kind::Ward | Kind::Gathering => {}
            Kind::Lift => layer.each_person(layer.slots(unit), by_day, |person| {
                if !is_staff(person) {
                    let bits = bits(person, 0);
                    let minutes = 1 + below(bits, 0, 3);
                    add(person, start_within(bits, 1_116, 1_120, minutes), minutes, 0);
                }
            }),
            Kind::Pavilion | Kind::Cell => layer.each_person(layer.slots(unit), by_day, |person| {
                // Tails of the coin; heads may be in a hall. The cells share them with the pavilions.
                let here = (draw(self.seed, u64::from(person), by_day) & 2 == 0) == (layer.kind == Kind::Cell);
                if !is_staff(person) && !coin(person) && here {
                    let bits = bits(person, 0);
                    let minutes = skewed(bits, 5, 34);
                    add(person, start_within(bits, 1_165, 1_205, minutes), minutes, 0);
                }
            }),
        }
    }

    /// Calls `each` with everyone who works in a shop or hall; staff are as many as visitors are.
    fn each_staff(&self, layer: &Layer, unit: u32, is_hall: bool, mut each: impl FnMut(u32)) {
        let in_halls = self.shop_staff.count.div_ceil(STAFF_PER_HALL_WORKER);
        let count = if is_hall { in_halls } else { self.shop_staff.count - in_halls };
        if count == 0 {
            return;
        }
        let slots = layer.slots(unit);
        let all_slots = u64::from(layer.ends.last().copied().unwrap_or(1));
        let share = |slot: u32| (u64::from(slot) * u64::from(count) / all_slots) as u32;
        let shuffle = Shuffle::new(layer.key ^ 2, count);
        for number in share(slots.start)..share(slots.end) {
            let at = shuffle.at(number);
            let others = STAFF_PER_HALL_WORKER - 1;
            let member = if is_hall { at * STAFF_PER_HALL_WORKER } else { at + at / others + 1 };
            each(self.shop_staff.person(member));
        }
    }

    /// So many ordinary people: they work in an office, go to school or stay at home, in no order.
    pub fn ordinary_people(&self, count: usize, salt: u64) -> Vec<u32> {
        let shuffle = Shuffle::new(mix(self.seed ^ salt ^ 0xD0), self.people);
        let people = (0..self.people).map(|at| shuffle.at(at)).filter(|&person| role(person) != Role::Staff);
        people.take(count).map(|person| self.ids.at(person)).collect()
    }

    /// Up to so many people who work in market halls with about 2,000 to 5,000 visitors a day, in no order.
    pub fn hall_workers(&self, count: usize, salt: u64) -> Vec<u32> {
        let mut workers = Vec::new();
        for layer in self.layers.iter().filter(|layer| layer.kind == Kind::Hall) {
            for unit in 0..layer.ends.len() as u32 {
                if (4_000..10_000).contains(&layer.slots(unit).len()) {
                    self.each_staff(layer, unit, true, |person| workers.push(self.ids.at(person)));
                }
            }
        }
        workers.sort_unstable_by_key(|&person| (draw(self.seed, salt, u64::from(person)), person));
        workers.truncate(count);
        workers
    }
}

/// The first member of a household, and how many members it has.
fn household(number: u32) -> (u32, u32) {
    let in_block = number as usize % BLOCK.len();
    let before: usize = BLOCK[..in_block].iter().map(|members| members.len()).sum();
    (number / BLOCK.len() as u32 * BLOCK_PEOPLE + before as u32, BLOCK[in_block].len() as u32)
}
