//! Does the rank of contacts earn its place? Outbreaks with known infections, traced by the production rules
//! and ordered in several ways.
//!
//! How infection spreads here is deliberately not what the score assumes, and in three ways ([`Spread`]): by
//! the published attack rate of the setting, by the hour alike everywhere, by the share of the air. Rates are
//! drawn anew for each outbreak; risk grows with a power of time; infectiousness follows another curve,
//! displaced and stretched; cases differ in infectivity by far; how near two people sat is never recorded. And
//! tracing does not see the truth: records are missing, late, without an end or with a forgotten one, onsets are a day or two off,
//! masks and air are rarely known and sometimes wrong. `docs/methods/contact-score.md` has the numbers.
//!
//! Unlike the province this uses logarithms and powers, so that other machines may differ in last digits.

use std::collections::{BTreeMap, BTreeSet};

use contacts::{Evidence, Exposure, Infectious, Meeting, Presence, rings, scores_with_clusters};
use facts::{FactId, Masked, PersonId, Setting, Timestamp, UnitId, Ventilation};
use plan::Plan;
use visits::{Origin, Window};

use crate::stream::{Stream, Streams};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
const DAYS: i64 = 26;
const PEOPLE: usize = 3_000;
/// Fewer secondary infections than this tell nothing about an order.
const LEAST_INFECTIONS: usize = 20;
/// Enough cases for one outbreak.
const MOST_INFECTIONS: usize = 120;

/// What kinds of place people of a trial go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Homes, offices, classrooms, tables, shops, buses: where people spend long together, they are close.
    Plain,
    /// Besides these, railway carriages and halls of many stalls: long together, and far apart.
    Wide,
}

/// By what rule infection spreads in the town. None of them is the score's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// By the attack rate that was published for the setting, whoever else is in the room.
    Settings,
    /// By the hour, and by the hour alone: alike for all pairs in all settings.
    Hours,
    /// By the share of the air: alike in all settings, and in inverse proportion to the people in the room,
    /// as rooms are built for as many as are in them.
    Air,
}

/// A way to order the contacts of an outbreak. All of them order the same people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// As lists are shown: by the score.
    Score,
    /// Close before general, then by the score.
    ScoreInClass,
    /// Close before general, then by the time together.
    OverlapInClass,
    /// By the time together alone.
    Overlap,
    /// By chance: no rank.
    None,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Score, Self::ScoreInClass, Self::OverlapInClass, Self::Overlap, Self::None];
}

/// What came of one outbreak.
#[derive(Debug, Clone, PartialEq)]
pub struct RankTrial {
    /// People whom the rules made contacts of a case.
    pub contacts: usize,
    /// How many of them were infected.
    pub infected: usize,
    /// How many people were traced: the workload, or all contacts where they were fewer.
    pub traced: usize,
    /// How many of those traced were infected, by order.
    pub found: BTreeMap<Order, usize>,
}

impl RankTrial {
    /// Infections found among 100 people traced.
    pub fn found_per_100(&self, order: Order) -> f64 {
        100.0 * self.found[&order] as f64 / self.traced.max(1) as f64
    }
}

/// Draws one outbreak, traces every detected case by the plan, and counts for each workload whom each order
/// finds among so many people.
pub fn rank_trial(plan: &Plan, scene: Scene, spread: Spread, seed: u64, workloads: &[usize]) -> Vec<RankTrial> {
    let mut attempt = 0;
    let town = loop {
        let town = Town::drawn(scene, spread, Streams(seed.wrapping_mul(1_000).wrapping_add(attempt)));
        attempt += 1;
        if town.ill.len() >= LEAST_INFECTIONS || attempt == 200 {
            break town;
        }
    };
    town.traced(plan, workloads, &mut Streams(seed).named("no rank"))
}

/// The kinds of space of the town, with what is true of each and what of it gets recorded.
struct Kind {
    setting: Setting,
    /// Share of those met over a whole course who are infected.
    attack: f64,
    /// Over how many meetings of how many hours that share was seen.
    meetings: f64,
    hours: f64,
    /// Chance that someone wears a mask there.
    masked: f64,
    /// Chance that a stay is recorded.
    recorded: f64,
    /// Whether only entries are.
    entry_only: bool,
}

#[rustfmt::skip] // a table
const KINDS: [Kind; 11] = [
    Kind { setting: Setting::Home, attack: 0.211, meetings: 5.0, hours: 10.0, masked: 0.0, recorded: 0.95, entry_only: false },
    Kind { setting: Setting::Meal, attack: 0.059, meetings: 1.0, hours: 1.5, masked: 0.0, recorded: 0.7, entry_only: false },
    Kind { setting: Setting::Leisure, attack: 0.059, meetings: 1.0, hours: 1.5, masked: 0.05, recorded: 0.7, entry_only: true },
    Kind { setting: Setting::Gathering, attack: 0.03, meetings: 1.0, hours: 2.0, masked: 0.1, recorded: 0.6, entry_only: false },
    Kind { setting: Setting::Office, attack: 0.019, meetings: 2.5, hours: 8.0, masked: 0.25, recorded: 0.9, entry_only: false },
    Kind { setting: Setting::Classroom, attack: 0.019, meetings: 2.5, hours: 6.5, masked: 0.3, recorded: 0.9, entry_only: false },
    Kind { setting: Setting::Vehicle, attack: 0.02, meetings: 2.0, hours: 0.6, masked: 0.7, recorded: 0.6, entry_only: false },
    Kind { setting: Setting::Carriage, attack: 0.0032, meetings: 1.0, hours: 3.0, masked: 0.6, recorded: 0.9, entry_only: false },
    Kind { setting: Setting::Market, attack: 0.012, meetings: 2.5, hours: 9.0, masked: 0.4, recorded: 0.8, entry_only: false },
    Kind { setting: Setting::Clinic, attack: 0.007, meetings: 1.0, hours: 0.6, masked: 0.9, recorded: 0.95, entry_only: false },
    Kind { setting: Setting::Shop, attack: 0.012, meetings: 1.0, hours: 0.3, masked: 0.6, recorded: 0.8, entry_only: true },
];

fn kind(setting: Setting) -> &'static Kind {
    KINDS.iter().find(|kind| kind.setting == setting).unwrap_or(&KINDS[KINDS.len() - 1])
}

/// One person in one unit, as it was.
#[derive(Clone, Copy)]
struct Stay {
    person: usize,
    unit: u64,
    setting: Setting,
    window: Window,
    seat_row: Option<u16>,
    masked: bool,
}

/// The same, as it was recorded.
#[derive(Clone, Copy)]
struct Record {
    stay: Stay,
    assumed_end: bool,
    mask_known: bool,
}

/// Risk of an hour by [`Spread`], chosen so that outbreaks of each grow to about the same size.
const HOURLY_RISK: [f64; 3] = [0.0, 0.005, 0.04];

/// What is true of one outbreak and no other.
struct Truth {
    by: Spread,
    /// Risk of one typical meeting, by kind.
    risk: [f64; KINDS.len()],
    /// Risk of an hour, where it is alike everywhere.
    hourly: f64,
    /// The power of time by which risk grows.
    growth: f64,
    /// The curve of infectiousness: its highest day relative to onset, and how it falls to both sides.
    peak_day: f64,
    rise_days: f64,
    fall_days: f64,
    /// What one mask leaves.
    mask: f64,
    good_air: f64,
    open_air: f64,
}

impl Truth {
    fn drawn(by: Spread, stream: &mut Stream) -> Self {
        let risk = KINDS.map(|kind| {
            let typical = -(1.0 - kind.attack).ln() / kind.meetings;
            // Twice the published rates, so that outbreaks grow.
            2.0 * typical * (0.5 * normal(stream)).exp()
        });
        Self {
            by,
            risk,
            hourly: HOURLY_RISK[by as usize] * (0.5 * normal(stream)).exp(),
            growth: uniform(stream, 0.4, 1.0),
            peak_day: uniform(stream, -1.5, 0.5),
            rise_days: uniform(stream, 1.0, 2.5),
            fall_days: uniform(stream, 2.0, 4.0),
            mask: uniform(stream, 0.5, 1.0),
            good_air: uniform(stream, 0.4, 1.0),
            open_air: uniform(stream, 0.05, 0.4),
        }
    }

    /// The risk that one stay is to another that shares so many hours with it among so many people.
    fn meeting(&self, own: &Stay, theirs: &Stay, hours: f64, people: usize) -> f64 {
        match self.by {
            Spread::Settings => {
                let kind = KINDS.iter().position(|kind| kind.setting == own.setting).unwrap_or(0);
                self.risk[kind] * (hours / KINDS[kind].hours).powf(self.growth) * near_seats(own, theirs)
            }
            Spread::Hours => self.hourly * hours.powf(self.growth),
            Spread::Air => self.hourly * hours.powf(self.growth) / people.max(2) as f64,
        }
    }

    fn infectiousness(&self, days: f64) -> f64 {
        let from_peak = days - self.peak_day;
        let scale = if from_peak < 0.0 { self.rise_days } else { self.fall_days };
        (-from_peak.abs() / scale).exp()
    }

    fn air(&self, ventilation: Ventilation) -> f64 {
        match ventilation {
            Ventilation::Open => self.open_air,
            Ventilation::Good => self.good_air,
            Ventilation::Poor => 1.0,
        }
    }
}

/// Someone infected.
#[derive(Clone, Copy)]
struct Ill {
    person: usize,
    /// When they were infected.
    infected: i64,
    /// When they fell ill, or when they would have.
    onset: i64,
    has_symptoms: bool,
    infectivity: f64,
    /// When they were found and kept away from others; never for those whom nobody found.
    found: Option<i64>,
}

/// An outbreak in a town: what happened, and what was recorded of it.
struct Town {
    households: Vec<usize>,
    ill: Vec<Ill>,
    records: BTreeMap<u64, Vec<Record>>,
    /// The unit-records of each case, so that looking for them takes no scan.
    of_person: BTreeMap<usize, Vec<(u64, usize)>>,
    homes_known: Vec<bool>,
    air_known: BTreeMap<u64, Ventilation>,
    /// What the onsets of cases were recorded to be.
    onset_recorded: BTreeMap<usize, i64>,
}

impl Town {
    fn drawn(scene: Scene, by: Spread, streams: Streams) -> Self {
        let lives = Lives::drawn(scene, &mut streams.named("lives"));
        let truth = Truth::drawn(by, &mut streams.named("truth"));
        let (days, spread, noise) =
            (&mut streams.named("days"), &mut streams.named("spread"), &mut streams.named("records"));
        let mut town = Self {
            ill: Vec::new(),
            records: BTreeMap::new(),
            of_person: BTreeMap::new(),
            homes_known: (0..PEOPLE).map(|_| noise.chance(kind(Setting::Home).recorded)).collect(),
            air_known: BTreeMap::new(),
            onset_recorded: BTreeMap::new(),
            households: lives.household.clone(),
        };
        let susceptibility: Vec<f64> = (0..PEOPLE).map(|_| (0.5 * normal(spread)).exp()).collect();
        let mut infected: BTreeSet<usize> = BTreeSet::new();
        for _ in 0..3 {
            let person = spread.below(PEOPLE);
            if infected.insert(person) {
                town.ill.push(falls_ill(person, 0, spread));
            }
        }
        let mut air: BTreeMap<u64, Ventilation> = BTreeMap::new();
        for day in 0..DAYS {
            let stays = lives.day(day, &town.ill, days);
            let mut in_unit: BTreeMap<u64, Vec<Stay>> = BTreeMap::new();
            for stay in stays {
                in_unit.entry(stay.unit).or_default().push(stay);
            }
            let spreading = town.ill.clone();
            for (&unit, stays) in &in_unit {
                let of_kind = stays[0].setting;
                let air = *air.entry(unit).or_insert_with(|| {
                    [Ventilation::Open, Ventilation::Good, Ventilation::Poor][spread.weighted(&[0.05, 0.35, 0.6])]
                });
                for case in &spreading {
                    for own in stays.iter().filter(|stay| stay.person == case.person) {
                        for theirs in stays.iter().filter(|stay| stay.person != case.person) {
                            let Some(together) = own.window.overlap(theirs.window) else { continue };
                            let middle = (together.from + together.until) / 2;
                            let hours = together.seconds() as f64 / HOUR as f64;
                            let risk = truth.meeting(own, theirs, hours, stays.len())
                                * truth.infectiousness((middle - case.onset) as f64 / DAY as f64)
                                * if of_kind == Setting::Home { 1.0 } else { truth.air(air) }
                                * truth.mask.powi(i32::from(own.masked) + i32::from(theirs.masked));
                            // Counted for the infected too, as long as they are out: overlap counts it as well.
                            if infected.contains(&theirs.person) || town.ill.len() >= MOST_INFECTIONS {
                                continue;
                            }
                            // And what no record could tell: who spreads, who catches, how near they were.
                            let person = case.infectivity * susceptibility[theirs.person];
                            let dose = risk * person * (0.8 * normal(spread)).exp();
                            if spread.chance(1.0 - (-dose).exp()) {
                                infected.insert(theirs.person);
                                town.ill.push(falls_ill(theirs.person, middle, spread));
                            }
                        }
                    }
                }
            }
            for stay in in_unit.into_values().flatten().filter(|stay| stay.setting != Setting::Home) {
                town.record(stay, noise);
            }
        }
        for (unit, air) in air {
            if noise.chance(0.3) {
                let mistaken = noise.chance(0.1);
                town.air_known.insert(unit, if mistaken { Ventilation::Good } else { air });
            }
        }
        for case in town.ill.clone() {
            let off = if noise.chance(0.25) { noise.between(-2, 2) } else { 0 };
            town.onset_recorded.insert(case.person, case.onset.div_euclid(DAY) * DAY + off * DAY);
        }
        town
    }

    fn record(&mut self, mut stay: Stay, noise: &mut Stream) {
        let kind = kind(stay.setting);
        if !noise.chance(kind.recorded) {
            return;
        }
        stay.window.from += noise.between(-3, 3) * MINUTE;
        if kind.entry_only {
            stay.window.until = stay.window.from + HOUR;
        } else if noise.chance(0.03) {
            stay.window.until = stay.window.from + noise.between(6, 20) * HOUR;
        }
        if !noise.chance(0.7) {
            stay.seat_row = None;
        }
        if stay.window.until > stay.window.from {
            let records = self.records.entry(stay.unit).or_default();
            self.of_person.entry(stay.person).or_default().push((stay.unit, records.len()));
            records.push(Record { stay, assumed_end: kind.entry_only, mask_known: noise.chance(0.4) });
        }
    }

    /// Every case found by one evening, traced; everyone's exposures, ordered; the first of each order, counted.
    fn traced(&self, plan: &Plan, workloads: &[usize], chance: &mut Stream) -> Vec<RankTrial> {
        let mut found: Vec<&Ill> = self.ill.iter().filter(|case| case.found.is_some()).collect();
        found.sort_by_key(|case| (case.found, case.person));
        // One evening, when half of them have been found: whom to send for, of all who met any of these?
        found.truncate(found.len().div_ceil(2));
        let evening = found.last().and_then(|case| case.found).unwrap_or(0);
        let infected: BTreeSet<usize> =
            self.ill.iter().filter(|case| case.infected < evening).map(|case| case.person).collect();
        let known: BTreeSet<PersonId> = found.iter().map(|case| id(case.person)).collect();
        let mut exposures: BTreeMap<usize, Vec<Exposure>> = BTreeMap::new();
        for case in found {
            let Some(until) = case.found else { continue };
            let sampled = until.div_euclid(DAY) * DAY;
            let first_day = if case.has_symptoms { self.onset_recorded[&case.person] } else { sampled };
            let from = first_day - i64::from(plan.infectious.from_days_before_onset.value) * DAY;
            let index = Infectious { person: id(case.person), window: Window { from, until }, onset: Some(first_day) };
            let first = rings(self, plan, index, 1, |_| None).first;
            let dispersion = plan.score.as_ref().and_then(|score| score.dispersion.as_ref());
            let raised = dispersion.map(|k| scores_with_clusters(first.values(), k.value, |who| known.contains(&who)));
            for (contact, mut exposure) in first {
                // Who is a case by then need not be traced any more.
                if !known.contains(&contact) {
                    exposure.score = raised.as_ref().map_or(exposure.score, |raised| raised[&contact]);
                    exposures.entry(contact.number() as usize).or_default().push(exposure);
                }
            }
        }
        let ordered = |order: Order, chance: &mut Stream| {
            let mut people: Vec<(usize, &Vec<Exposure>)> = exposures.iter().map(|(who, how)| (*who, how)).collect();
            // Whom no order tells apart come as chance has it, not by their number.
            chance.shuffle(&mut people);
            let overlap = |how: &[Exposure]| how.iter().map(|exposure| -exposure.seconds).sum::<i64>();
            // Exposures to several cases add up as those to one do.
            let escape = |how: &[Exposure]| (how.iter().map(|of| 1.0 - of.score).product::<f64>() * 1e9) as u64;
            match order {
                Order::Score => people.sort_by_cached_key(|(_, how)| escape(how)),
                Order::ScoreInClass => {
                    people
                        .sort_by_cached_key(|(_, how)| (how.iter().map(|exposure| exposure.class).min(), escape(how)));
                }
                Order::OverlapInClass => {
                    people.sort_by_key(|(_, how)| (how.iter().map(|exposure| exposure.class).min(), overlap(how)));
                }
                Order::Overlap => people.sort_by_key(|(_, how)| overlap(how)),
                Order::None => {}
            }
            people.into_iter().map(|(who, _)| infected.contains(&who)).collect::<Vec<bool>>()
        };
        let orders: Vec<(Order, Vec<bool>)> =
            Order::ALL.into_iter().map(|order| (order, ordered(order, chance))).collect();
        let trial = |&workload: &usize| {
            let traced = workload.min(exposures.len());
            let found = |hits: &[bool]| hits.iter().take(traced).filter(|&&hit| hit).count();
            RankTrial {
                contacts: exposures.len(),
                infected: exposures.keys().filter(|who| infected.contains(who)).count(),
                traced,
                found: orders.iter().map(|(order, hits)| (*order, found(hits))).collect(),
            }
        };
        workloads.iter().map(trial).collect()
    }
}

impl Presence for Town {
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
        let who = person.number() as usize;
        let mut meetings = Vec::new();
        let blank = |with: usize, window: Window, setting: Setting, evidence: Evidence| Meeting {
            of: person,
            with: id(with),
            window,
            setting,
            masked: None,
            ventilation: None,
            others: None,
            evidence,
            known: Timestamp::UNIX_EPOCH,
            through_one_word: false,
        };
        if self.homes_known[who] {
            let housemates = (0..PEOPLE).filter(|&with| with != who && self.households[with] == self.households[who]);
            let housemates: Vec<usize> = housemates.filter(|&with| self.homes_known[with]).collect();
            for &with in &housemates {
                let (said, unit) = (FactId::new(0), UnitId::new(self.households[who] as u64));
                let evidence = Evidence::SameHousehold { unit, own: said, theirs: said };
                let bare = blank(with, window, Setting::Home, evidence);
                meetings.push(Meeting { others: Some(housemates.len() as f64), ..bare });
            }
        }
        for &(unit, place) in self.of_person.get(&who).into_iter().flatten() {
            let records = &self.records[&unit];
            let own = records[place];
            let present = records.iter().filter(|theirs| theirs.stay.person != who);
            let shared = present.filter_map(|theirs| theirs.stay.window.overlap(own.stay.window));
            let others = shared.map(Window::seconds).sum::<i64>() as f64 / own.stay.window.seconds().max(1) as f64;
            for theirs in records.iter().filter(|theirs| theirs.stay.person != who) {
                let together = own.stay.window.overlap(theirs.stay.window).and_then(|both| both.overlap(window));
                let Some(together) = together else { continue };
                let evidence = Evidence::SameUnit {
                    unit: UnitId::new(unit),
                    own: Origin::Intake(who as u64, 0),
                    theirs: Origin::Intake(theirs.stay.person as u64, 0),
                    assumed_end: own.assumed_end || theirs.assumed_end,
                    rows_apart: own.stay.seat_row.zip(theirs.stay.seat_row).map(|(a, b)| a.abs_diff(b)),
                    asserted: None,
                };
                let masked =
                    (own.mask_known && theirs.mask_known).then_some(match (own.stay.masked, theirs.stay.masked) {
                        (true, true) => Masked::Both,
                        (false, false) => Masked::Neither,
                        _ => Masked::One,
                    });
                let ventilation = self.air_known.get(&unit).copied();
                let bare = blank(theirs.stay.person, together, own.stay.setting, evidence);
                meetings.push(Meeting { masked, ventilation, others: Some(others), ..bare });
            }
        }
        meetings
    }
}

/// Where people live, learn, work and whom they eat with.
struct Lives {
    household: Vec<usize>,
    /// The room in which someone spends the day, and whether it is a classroom.
    daily: Vec<Option<(u64, bool)>>,
    circle: Vec<u64>,
    takes_bus: Vec<bool>,
    scene: Scene,
    /// The hall in which someone has a stall.
    hall: Vec<Option<u64>>,
}

impl Lives {
    fn drawn(scene: Scene, stream: &mut Stream) -> Self {
        let mut household = Vec::with_capacity(PEOPLE);
        while household.len() < PEOPLE {
            let number = household.len();
            household.resize(number + 1 + stream.weighted(&[0.2, 0.3, 0.27, 0.15, 0.08]), number);
        }
        household.truncate(PEOPLE);
        let mut order: Vec<usize> = (0..PEOPLE).collect();
        stream.shuffle(&mut order);
        let mut daily = vec![None; PEOPLE];
        let (mut next, mut unit) = (0, 1_000_000);
        while next < PEOPLE * 7 / 10 {
            let is_class = stream.chance(0.12);
            let size = if is_class { stream.between(28, 40) } else { stream.between(4, 24) } as usize;
            for &person in order.iter().skip(next).take(size) {
                daily[person] = Some((unit, is_class));
            }
            next += size;
            unit += 1;
        }
        stream.shuffle(&mut order);
        let mut circle = vec![0; PEOPLE];
        for (place, &person) in order.iter().enumerate() {
            circle[person] = (place / 7) as u64;
        }
        let takes_bus = (0..PEOPLE).map(|_| stream.chance(0.3)).collect();
        let has_stall = |person: usize| scene == Scene::Wide && daily[person].is_none();
        let mut in_hall =
            |person| (has_stall(person) && stream.chance(0.4)).then(|| 8_000_000 + stream.below(4) as u64);
        let hall = (0..PEOPLE).map(&mut in_hall).collect();
        Self { household, daily, circle, takes_bus, scene, hall }
    }

    /// Everyone's stays of a day. Who was found goes nowhere.
    fn day(&self, day: i64, ill: &[Ill], stream: &mut Stream) -> Vec<Stay> {
        let mut stays = Vec::new();
        let midnight = day * DAY;
        let is_free = matches!(day % 7, 5 | 6);
        let found: BTreeMap<usize, i64> =
            ill.iter().filter_map(|case| Some((case.person, case.found?))).filter(|(_, at)| *at < midnight).collect();
        let ill_since: BTreeMap<usize, i64> =
            ill.iter().filter(|case| case.has_symptoms).map(|case| (case.person, case.onset)).collect();
        let circles: BTreeSet<u64> = (0..PEOPLE as u64 / 7).filter(|_| stream.chance(0.06)).collect();
        let wedding: BTreeSet<u64> = (0..4).map(|_| stream.below(PEOPLE / 7) as u64).collect();
        for person in (0..PEOPLE).filter(|person| !found.contains_key(person)) {
            let mut stay = |unit: u64, setting: Setting, from: i64, minutes: i64, row, stream: &mut Stream| {
                let from = midnight + from * MINUTE;
                let window = Window { from, until: from + minutes * MINUTE };
                let masked = stream.chance(kind(setting).masked);
                stays.push(Stay { person, unit, setting, window, seat_row: row, masked });
            };
            let hours_at_home = stream.between(480, 720);
            stay(self.household[person] as u64, Setting::Home, 0, hours_at_home, None, stream);
            if ill_since.get(&person).is_some_and(|&onset| (0..=DAY).contains(&(midnight - onset)))
                && stream.chance(0.4)
            {
                let from = stream.between(500, 900);
                stay(2_000_000 + stream.below(3) as u64, Setting::Clinic, from, stream.between(20, 60), None, stream);
            }
            match self.daily[person] {
                Some((unit, is_class)) if !is_free && stream.chance(0.92) => {
                    let (setting, until) = if is_class { (Setting::Classroom, 960) } else { (Setting::Office, 1_050) };
                    let from = stream.between(480, 560);
                    stay(unit, setting, from, until - from, None, stream);
                    if self.takes_bus[person] {
                        let bus = 3_000_000 + day as u64 * 1_000 + (unit % 15) * 4 + stream.below(3) as u64;
                        let row = Some(stream.between(1, 12) as u16);
                        stay(bus, Setting::Vehicle, 440, stream.between(15, 45), row, stream);
                    }
                }
                _ if stream.chance(0.01) => {
                    let from = stream.between(500, 900);
                    stay(2_000_000 + stream.below(3) as u64, Setting::Clinic, from, 40, None, stream);
                }
                _ => {}
            }
            if self.scene == Scene::Wide && stream.chance(0.012) {
                let minutes = stream.between(120, 300);
                let row = Some(stream.between(1, 20) as u16);
                stay(9_000_000 + day as u64, Setting::Carriage, 600, minutes, row, stream);
                continue;
            }
            if let Some(hall) = self.hall[person].filter(|_| stream.chance(0.85)) {
                let from = stream.between(360, 480);
                stay(hall, Setting::Market, from, stream.between(420, 600), None, stream);
            }
            if stream.chance(0.4) {
                let (shop, from) = (4_000_000 + stream.below(30) as u64, stream.between(540, 1_200));
                stay(shop, Setting::Shop, from, stream.between(4, 30), None, stream);
            }
            let circle = self.circle[person];
            if circles.contains(&circle) && stream.chance(0.8) {
                let table = 5_000_000 + day as u64 * 1_000 + circle;
                let from = 1_080 + stream.between(0, 15);
                stay(table, Setting::Meal, from, stream.between(50, 130), None, stream);
            } else if is_free && wedding.contains(&circle) {
                let from = 690 + stream.between(0, 20);
                stay(6_000_000 + day as u64, Setting::Gathering, from, stream.between(60, 150), None, stream);
            } else if stream.chance(0.06) {
                let (room, from) = (7_000_000 + stream.below(25) as u64, stream.between(1_100, 1_260));
                stay(room, Setting::Leisure, from, stream.between(40, 150), None, stream);
            }
        }
        stays
    }
}

fn falls_ill(person: usize, infected: i64, stream: &mut Stream) -> Ill {
    let onset = infected + ((1.2 + 0.45 * normal(stream)).exp() * DAY as f64) as i64;
    let has_symptoms = stream.chance(0.7);
    // A few infect many: of each case's own, whatever its contacts.
    let infectivity = (1.1 * normal(stream) - 0.6).exp() * if has_symptoms { 1.0 } else { 0.4 };
    let delay = (uniform(stream, 0.3, 4.5) * DAY as f64) as i64;
    let found = stream.chance(0.85).then_some(onset + delay);
    Ill { person, infected, onset, has_symptoms, infectivity, found }
}

/// Within a vehicle the near seats take most of it.
fn near_seats(own: &Stay, theirs: &Stay) -> f64 {
    own.seat_row.zip(theirs.seat_row).map_or(1.0, |(a, b)| 2.0 * (-f64::from(a.abs_diff(b)) / 2.0).exp())
}

fn id(person: usize) -> PersonId {
    PersonId::new(person as u64)
}

fn uniform(stream: &mut Stream, low: f64, high: f64) -> f64 {
    low + (high - low) * stream.share()
}

/// A standard normal draw.
fn normal(stream: &mut Stream) -> f64 {
    let (radius, angle) = (1.0 - stream.share(), std::f64::consts::TAU * stream.share());
    (-2.0 * radius.ln()).sqrt() * angle.cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_finds_far_more_than_no_rank_and_keeps_up_with_overlap_alone() {
        let plan = plan::shipped("covid19-cn-9").unwrap();
        let trials: Vec<RankTrial> =
            (0..10).map(|seed| rank_trial(&plan, Scene::Wide, Spread::Settings, seed, &[50]).remove(0)).collect();
        let mean = |order| trials.iter().map(|trial| trial.found_per_100(order)).sum::<f64>() / 10.0;
        let (score, overlap, none) = (mean(Order::Score), mean(Order::Overlap), mean(Order::None));
        // By how much it is ahead, and where it is not, takes a hundred outbreaks: `firebreak bench rank`.
        let keeps_up = score > 0.85 * overlap;
        assert!(score > 2.0 * none && keeps_up, "score {score}, overlap {overlap}, no rank {none}");
    }

    #[test]
    fn every_order_traces_as_many_and_none_finds_more_than_there_are() {
        let plan = plan::shipped("covid19-cn-9").unwrap();
        let trial = rank_trial(&plan, Scene::Plain, Spread::Settings, 1, &[usize::MAX]).remove(0);
        assert_eq!(trial.traced, trial.contacts);
        assert!(Order::ALL.into_iter().all(|order| trial.found[&order] == trial.infected), "{trial:?}");
        assert_eq!(
            [trial].as_slice(),
            rank_trial(&plan, Scene::Plain, Spread::Settings, 1, &[usize::MAX]),
            "the same seed, the same outbreak"
        );
    }
}
