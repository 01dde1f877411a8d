//! Where people spend their days: classes, workplaces, restaurants, markets, buses and the rest.

use facts::{Jurisdiction, PlaceId, Setting, UnitId, UnitRow};

use crate::land::Land;
use crate::names;
use crate::people::{Person, Role};
use crate::province::{City, County, Township};
use crate::stream::{Numbering, Stream};

/// Units of one place that follow each other, by index: tables of a restaurant, halls of a market.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Venue {
    /// The first unit.
    pub(crate) first: u32,
    /// How many.
    pub(crate) units: u32,
}

impl Venue {
    /// One of its units.
    pub(crate) fn unit(&self, stream: &mut Stream) -> u32 {
        self.first + stream.below(self.units as usize) as u32
    }
}

/// What people go to a venue for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    Meal,
    Market,
    Shop,
    Leisure,
    Clinic,
}

impl Errand {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 5;
}

/// Puts up units and gives them their ids.
pub(crate) struct Builder<'a> {
    pub(crate) land: &'a Land,
    pub(crate) units: Vec<UnitRow>,
    /// The township of each unit, by index.
    pub(crate) townships: Vec<u16>,
    pub(crate) unit_ids: Numbering,
    pub(crate) place_ids: Numbering,
    pub(crate) places: usize,
}

/// A place that is being put up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    place: PlaceId,
    township: u16,
    code: Jurisdiction,
    position: Option<(f64, f64)>,
}

impl Builder<'_> {
    /// A new place in a township.
    pub(crate) fn site(&mut self, index: u16, township: &Township, stream: &mut Stream) -> Site {
        const REACH_DEGREES: f64 = 0.045;
        self.places += 1;
        let position = self.land.near(usize::from(index), usize::from(township.county), REACH_DEGREES, stream);
        Site {
            place: PlaceId::new(self.place_ids.number(self.places)),
            township: index,
            code: township.code,
            position: Some(position),
        }
    }

    /// A new unit of a place.
    pub(crate) fn unit(&mut self, site: Site, setting: Setting, name: Option<String>) -> u32 {
        let index = self.units.len();
        self.units.push(UnitRow {
            unit: UnitId::new(self.unit_ids.number(index)),
            place: site.place,
            setting,
            jurisdiction: site.code,
            position: site.position,
            ventilation: None,
            name,
        });
        self.townships.push(site.township);
        index as u32
    }

    fn venue(&mut self, site: Site, setting: Setting, names: impl Iterator<Item = String>) -> Venue {
        let first = self.units.len() as u32;
        for name in names {
            self.unit(site, setting, Some(name));
        }
        Venue { first, units: self.units.len() as u32 - first }
    }

    /// Restaurants, markets, shops, leisure places and a health centre for a township's people.
    pub(crate) fn venues(
        &mut self,
        index: u16,
        township: &Township,
        people: u32,
        seat: bool,
        stream: &mut Stream,
    ) -> [Vec<Venue>; Errand::COUNT] {
        let name = &township.name.zh;
        let one_per = |of: u32| (people / of).max(1);
        let mut venues: [Vec<Venue>; Errand::COUNT] = Default::default();
        // Who is more popular has more tables and rooms: see `Stream::popular`, which draws among venues.
        let popularity = |rank: u32, of: u32| {
            let (rank, of) = (f64::from(rank), f64::from(of));
            of.sqrt() * ((rank + 1.0).sqrt() - rank.sqrt())
        };
        for rank in 0..one_per(280) {
            let site = self.site(index, township, stream);
            let restaurant = *stream.pick(names::RESTAURANTS);
            let tables = ((5 + stream.below(6)) as f64 * popularity(rank, one_per(280))) as usize + 2;
            let names = (1..=tables).map(|table| format!("{name}{restaurant} {table}号桌"));
            venues[Errand::Meal as usize].push(self.venue(site, Setting::Meal, names));
        }
        for market in 1..=one_per(1_800) as usize {
            let site = self.site(index, township, stream);
            let ordinal = if market == 1 { "中心".to_owned() } else { format!("第{}", names::numeral(market)) };
            let halls = ["蔬菜厅", "肉禽水产厅", "干货厅"];
            let names = halls.iter().map(|hall| format!("{name}{ordinal}农贸市场 {hall}"));
            venues[Errand::Market as usize].push(self.venue(site, Setting::Market, names));
        }
        for _ in 0..one_per(160) {
            let site = self.site(index, township, stream);
            let shop = format!("{name}{}{}", stream.pick(names::FIRMS), stream.pick(names::SHOPS));
            venues[Errand::Shop as usize].push(self.venue(site, Setting::Shop, std::iter::once(shop)));
        }
        for rank in 0..one_per(900) {
            let site = self.site(index, township, stream);
            let firm = *stream.pick(names::FIRMS);
            let (kind, room) = *stream.pick(names::LEISURE);
            let rooms = ((2 + stream.below(6)) as f64 * popularity(rank, one_per(900))) as usize + 1;
            let names = (1..=rooms).map(|number| format!("{name}{firm}{kind} {number}{room}"));
            venues[Errand::Leisure as usize].push(self.venue(site, Setting::Leisure, names));
        }
        let site = self.site(index, township, stream);
        let clinic = ["候诊区", "一诊室", "二诊室"].iter().map(|room| format!("{name}卫生院 {room}"));
        venues[Errand::Clinic as usize].push(self.venue(site, Setting::Clinic, clinic));
        if seat {
            let site = self.site(index, township, stream);
            let wards = (1..=one_per(2_500)).map(|ward| format!("{name}人民医院 {ward}病区"));
            venues[Errand::Clinic as usize].push(self.venue(site, Setting::Ward, wards));
        }
        venues
    }

    /// Buses of a county and its banquet halls.
    pub(crate) fn public(&mut self, county: &mut County, townships: &[Township], people: u32, stream: &mut Stream) {
        const BUSES_PER_LINE: u32 = 3;
        let seat = county.townships[0];
        for line in 1..=(people / 4_000).max(1) {
            let site = self.site(seat, &townships[usize::from(seat)], stream);
            for bus in 1..=BUSES_PER_LINE {
                let name = format!("{}公交{line}路 {bus}号车", county.name.zh);
                let site = Site { position: None, ..site };
                county.buses.push(self.unit(site, Setting::Vehicle, Some(name)));
            }
        }
        for hall in 1..=(people / 5_000).max(1) as usize {
            let township = county.townships[hall % county.townships.len()];
            let site = self.site(township, &townships[usize::from(township)], stream);
            let name = format!("{}{}号宴会厅", county.name.zh, names::numeral(hall));
            county.halls.push(self.unit(site, Setting::Gathering, Some(name)));
        }
    }

    /// Two trains a day between a city and the capital, in each direction.
    pub(crate) fn trains(
        &mut self,
        city: &mut City,
        number: usize,
        seat: (u16, &Township),
        people: u32,
        stream: &mut Stream,
    ) {
        for (direction, trains) in city.trains.iter_mut().enumerate() {
            for train in 0..2 {
                let site = Site { position: None, ..self.site(seat.0, seat.1, stream) };
                let name = 3900 + number * 10 + train * 2 + direction;
                let carriages = (people / 25_000).clamp(1, 8);
                let names = (1..=carriages).map(|carriage| format!("城际{name}次 {carriage}车"));
                trains.push(self.venue(site, Setting::Vehicle, names));
            }
        }
    }

    /// Puts the pupils of a county into classes of about forty, and returns the classes.
    pub(crate) fn schools(
        &mut self,
        county: &County,
        townships: &[Township],
        people: &mut [Person],
        of_county: std::ops::Range<usize>,
        stream: &mut Stream,
    ) -> Vec<u32> {
        const CLASS: usize = 40;
        const LEAST: usize = 25;
        const CLASSES_OF_A_GRADE: usize = 3;
        let mut classes = Vec::new();
        for (kind, first_age, grades) in SCHOOLS {
            let mut sites: Vec<Site> = Vec::new();
            // Grades too small for a class of their own are taught together.
            let mut groups: Vec<(Vec<&str>, Vec<usize>)> = Vec::new();
            for (grade, name) in grades.iter().enumerate() {
                let age = first_age + grade as u8;
                let pupils = of_county.clone().filter(|&p| people[p].role == Role::Pupil && people[p].age == age);
                match groups.last_mut() {
                    Some((names, members)) if members.len() < LEAST => {
                        names.push(name);
                        members.extend(pupils);
                    }
                    _ => groups.push((vec![name], pupils.collect())),
                }
            }
            if groups.len() > 1 && groups.last().is_some_and(|(_, members)| members.len() < LEAST) {
                let (names, members) = groups.pop().unwrap_or_default();
                if let Some(last) = groups.last_mut() {
                    last.0.extend(names);
                    last.1.extend(members);
                }
            }
            for (names, members) in groups {
                let count = ((members.len() + CLASS / 2) / CLASS).max(1);
                for class in 0..count {
                    let part = &members[members.len() * class / count..members.len() * (class + 1) / count];
                    if part.is_empty() {
                        continue;
                    }
                    let school = class / CLASSES_OF_A_GRADE;
                    while sites.len() <= school {
                        let township = county.townships[sites.len() % county.townships.len()];
                        sites.push(self.site(township, &townships[usize::from(township)], stream));
                    }
                    let (ordinal, number) = (names::numeral(school + 1), class % CLASSES_OF_A_GRADE + 1);
                    let class_name = match names.as_slice() {
                        [grade] => format!("{grade}{number}班"),
                        [first, .., last] => format!("{first}至{last}{number}班"),
                        [] => continue,
                    };
                    let name = format!("{}第{ordinal}{kind} {class_name}", county.name.zh);
                    let unit = self.unit(sites[school], Setting::Classroom, Some(name));
                    for &pupil in part {
                        people[pupil].daily = Some(unit);
                        people[pupil].daily_township = sites[school].township;
                    }
                    classes.push(unit);
                }
            }
        }
        classes
    }

    /// Gives the workers of a county their rooms: classes and clinics first, firms of all sizes for the rest.
    pub(crate) fn workplaces(
        &mut self,
        county: &County,
        townships: &[Township],
        people: &mut [Person],
        workers: &[usize],
        staffed: &[(u32, usize)],
        stream: &mut Stream,
    ) {
        let mut workers = workers.iter().copied();
        let mut employ = |count: usize, unit: u32, township: u16| {
            let mut employed = false;
            for worker in workers.by_ref().take(count) {
                people[worker].daily = Some(unit);
                people[worker].daily_township = township;
                employed = true;
            }
            employed
        };
        for &(unit, staff) in staffed {
            employ(staff, unit, self.townships[unit as usize]);
        }
        loop {
            let township = county.townships[stream.popular(county.townships.len())];
            let site = self.site(township, &townships[usize::from(township)], stream);
            // Heavy-tailed: half have up to nine people, one in thirty more than a hundred.
            let mut places = (5.0 / (stream.share() + 0.015)) as usize;
            let factory = places > 40 && stream.chance(0.6);
            let office = *stream.pick(names::OFFICES);
            let firm = *stream.pick(names::FIRMS);
            let trade = *stream.pick(if factory { names::FACTORIES } else { names::TRADES });
            let public = !factory && stream.chance(0.2);
            let called = if public { office.to_owned() } else { format!("{firm}{trade}") };
            let mut room = 0;
            while places > 0 {
                let size = if factory { 15 + stream.below(26) } else { 5 + stream.below(10) }.min(places);
                places -= size;
                room += 1;
                let room =
                    if factory { format!("{room}车间") } else { format!("{}{:02}室", room / 20 + 1, room % 20) };
                let name = format!("{}{called} {room}", county.name.zh);
                let unit = self.unit(site, Setting::Office, Some(name));
                if !employ(size, unit, township) {
                    // Nobody was left to work there.
                    self.units.pop();
                    self.townships.pop();
                    return;
                }
            }
        }
    }
}

/// Kinds of school, the age of the first grade, and the grades.
const SCHOOLS: [(&str, u8, &[&str]); 4] = [
    ("幼儿园", 3, &["小班", "中班", "大班"]),
    ("小学", 6, &["一年级", "二年级", "三年级", "四年级", "五年级", "六年级"]),
    ("初级中学", 12, &["七年级", "八年级", "九年级"]),
    ("高级中学", 15, &["高一", "高二", "高三"]),
];
