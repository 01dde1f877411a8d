//! The province put together: divisions, people, homes and the places of their days.

use facts::{Jurisdiction, Level, PersonId, ResidentRow, Setting, UnitId, UnitRow};
use plan::Words;

use crate::land::{Land, Shape, land};
use crate::names::{self, Name};
use crate::people::{HOUSEHOLD_SHARES, Household, Person, Role, apportion, members, role};
use crate::stream::{Numbering, Stream, Streams};
use crate::units::{Builder, Errand, Venue};

/// The year that ages are counted back from.
pub(crate) const YEAR: i16 = 2026;

/// The province's division code. GB/T 2260 gives 39 to nobody.
const PROVINCE: u64 = 39;

/// Up to this many people the province has four cities and twenty counties, so that no county is a hamlet.
const SMALL_PEOPLE: u32 = 100_000;

/// How large a province is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many people live in it; at least a thousand, so that every county has some.
    pub people: u32,
    /// How many days of visits are meant to be taken from it; visits exist for every day, and cost only when asked for.
    pub days: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { people: 1_000_000, days: 14 }
    }
}

/// One division of the province.
#[derive(Debug, Clone, PartialEq)]
pub struct JurisdictionRow {
    /// Its code.
    pub code: Jurisdiction,
    /// The division it belongs to; none for the province.
    pub parent: Option<Jurisdiction>,
    /// Its level.
    pub level: Level,
    /// What it is called.
    pub name: Words,
    /// How many people live in it.
    pub population: u64,
    /// Its seat: longitude and latitude in degrees, WGS 84.
    pub centre: (f64, f64),
}

/// A generated province. Everyone and everything in it is fictional.
#[derive(Debug)]
pub struct Province {
    /// The divisions, each after the one it belongs to.
    pub jurisdictions: Vec<JurisdictionRow>,
    /// A GeoJSON FeatureCollection (RFC 7946) of cities and counties with the properties `code` and `level`.
    pub boundaries: String,
    /// Everything that people can be in.
    pub units: Vec<UnitRow>,
    /// Everyone, households together; [`Province::identity`] takes the index of a row.
    pub residents: Vec<ResidentRow>,
    /// How large it is.
    pub size: Size,
    pub(crate) streams: Streams,
    pub(crate) people: Vec<Person>,
    pub(crate) households: Vec<Household>,
    pub(crate) cities: Vec<City>,
    pub(crate) counties: Vec<County>,
    pub(crate) townships: Vec<Township>,
    person_ids: Numbering,
    unit_ids: Numbering,
}

#[derive(Debug)]
pub(crate) struct City {
    pub(crate) code: Jurisdiction,
    pub(crate) name: Name,
    pub(crate) counties: Vec<u16>,
    /// To the capital, and from it.
    pub(crate) trains: [Vec<Venue>; 2],
}

#[derive(Debug)]
pub(crate) struct County {
    pub(crate) city: u16,
    pub(crate) code: Jurisdiction,
    pub(crate) name: Name,
    pub(crate) district: bool,
    /// The seat first.
    pub(crate) townships: Vec<u16>,
    pub(crate) buses: Vec<u32>,
    pub(crate) halls: Vec<u32>,
    /// Its people, by index.
    pub(crate) people: std::ops::Range<usize>,
    /// Classes and wards that need staff, by index of unit, and how many.
    staffed: Vec<(u32, usize)>,
}

#[derive(Debug)]
pub(crate) struct Township {
    pub(crate) county: u16,
    pub(crate) code: Jurisdiction,
    pub(crate) name: Name,
    pub(crate) kind: Words,
    pub(crate) population: u32,
    pub(crate) venues: [Vec<Venue>; Errand::COUNT],
}

/// Generates the province of a seed.
pub fn province(seed: u64, size: Size) -> Province {
    let streams = Streams(seed);
    let shape = if size.people <= SMALL_PEOPLE {
        Shape { cities: 4, counties: 20, townships_per_county: 3 }
    } else {
        Shape { cities: 17, counties: 150, townships_per_county: 6 }
    };
    let land = land(streams, shape);
    let (mut cities, mut counties, mut townships) = divisions(streams, &land);
    settle(&mut streams.named("population"), size.people, &cities, &counties, &mut townships);

    let (person_ids, unit_ids) = (Numbering::new(streams, "person ids"), Numbering::new(streams, "unit ids"));
    let mut builder = Builder {
        land: &land,
        units: Vec::new(),
        townships: Vec::new(),
        unit_ids,
        place_ids: Numbering::new(streams, "place ids"),
        places: 0,
    };
    let (mut people, households) = homes(streams, &mut builder, &mut counties, &townships);
    let venues = &mut streams.named("venues");
    for county in &mut counties {
        let mut staffed = Vec::new();
        for (place, &index) in county.townships.iter().enumerate() {
            let township = &townships[usize::from(index)];
            let built = builder.venues(index, township, township.population, place == 0, venues.at(u64::from(index)));
            let clinics = built[Errand::Clinic as usize].iter();
            staffed.extend(clinics.flat_map(|venue| (0..venue.units).map(|unit| (venue.first + unit, 2))));
            townships[usize::from(index)].venues = built;
        }
        county.staffed = staffed;
    }
    let public = &mut streams.named("public places");
    for (index, county) in counties.iter_mut().enumerate() {
        builder.public(county, &townships, county.people.len() as u32, public.at(index as u64));
        let classes = builder.schools(county, &townships, &mut people, county.people.clone(), public);
        county.staffed.extend(classes.into_iter().map(|class| (class, 2)));
    }
    let workers = workers(&mut streams.named("commuters"), &people, &cities, &counties);
    let work = &mut streams.named("workplaces");
    for (index, county) in counties.iter().enumerate() {
        builder.workplaces(county, &townships, &mut people, &workers[index], &county.staffed, work.at(index as u64));
    }
    let rails = &mut streams.named("trains");
    for (index, city) in cities.iter_mut().enumerate().skip(1) {
        let population = city.counties.iter().map(|&county| counties[usize::from(county)].people.len() as u32).sum();
        let seat = counties[usize::from(city.counties[0])].townships[0];
        builder.trains(city, index, (seat, &townships[usize::from(seat)]), population, rails.at(index as u64));
    }

    let units = builder.units;
    let residents = households
        .iter()
        .flat_map(|household| household.people().map(move |index| (index, household)))
        .map(|(index, household)| ResidentRow {
            person: PersonId::new(person_ids.number(index)),
            home: Some(units[household.home as usize].unit),
            jurisdiction: townships[usize::from(household.township)].code,
            birth_year: Some(YEAR - i16::from(people[index].age)),
        })
        .collect();
    Province {
        jurisdictions: rows(size.people, &land, &cities, &counties, &townships),
        boundaries: geojson(&land, &cities, &counties),
        units,
        residents,
        size,
        streams,
        people,
        households,
        cities,
        counties,
        townships,
        person_ids,
        unit_ids,
    }
}

impl Province {
    /// The index of a person among the residents; none for who does not live here.
    pub fn index_of(&self, person: PersonId) -> Option<usize> {
        let index = self.person_ids.index(person.number());
        (index < self.people.len() as u64).then_some(index as usize)
    }

    /// The index of a unit; none for one of elsewhere.
    pub fn index_of_unit(&self, unit: UnitId) -> Option<usize> {
        let index = self.unit_ids.index(unit.number());
        (index < self.units.len() as u64).then_some(index as usize)
    }

    /// The household of a person, by index.
    pub(crate) fn household_of(&self, person: usize) -> usize {
        self.households.partition_point(|household| household.first as usize <= person) - 1
    }
}

fn code(number: u64, digits: usize) -> Jurisdiction {
    let text = format!("{number:0digits$}");
    text.parse().expect("the codes built here start with 39 and have 6 or 9 digits")
}

/// Names and codes of everything on the land.
fn divisions(streams: Streams, land: &Land) -> (Vec<City>, Vec<County>, Vec<Township>) {
    let stream = &mut streams.named("names");
    let (county_names, township_names) = (names::counties(stream), names::townships(stream));
    let mut township_names = township_names.into_iter();
    let mut cities: Vec<City> = names::CITIES[..land.cities.len()]
        .iter()
        .enumerate()
        .map(|(index, (zh, en))| City {
            code: code((PROVINCE * 100 + index as u64 + 1) * 100, 6),
            name: Name { zh: (*zh).to_owned(), en: (*en).to_owned() },
            counties: Vec::new(),
            trains: Default::default(),
        })
        .collect();
    // Districts are numbered from 2, counties from 21, as divisions are.
    let mut numbers = vec![(2, 21); cities.len()];
    let mut counties = Vec::new();
    let mut townships: Vec<Township> = Vec::new();
    let mut slots: Vec<Option<Township>> = Vec::new();
    // 云阳 goes to the first county that is no district.
    let first_rural = land.counties.iter().position(|county| !county.district).unwrap_or(0);
    for (index, ground) in land.counties.iter().enumerate() {
        let (districts, rural) = &mut numbers[ground.city];
        let number = if ground.district { districts } else { rural };
        let county_code = (PROVINCE * 100 + ground.city as u64 + 1) * 100 + *number;
        *number += 1;
        let name = &county_names[if index == first_rural { 0 } else { index + 1 }];
        for (place, &township) in ground.townships.iter().enumerate() {
            let name = township_names.next().unwrap_or_else(|| Name {
                // More townships than names: the rest take the county's with a number.
                zh: format!("{}{}", name.zh, names::numeral(place + 1)),
                en: format!("{} {}", name.en, place + 1),
            });
            let (base, zh, en) = match (ground.district, place) {
                (true, _) => (1, "街道", "Subdistrict"),
                (false, 0) => (100, "镇", "Town"),
                (false, _) if stream.chance(0.55) => (101, "镇", "Town"),
                (false, _) => (200, "乡", "Township"),
            };
            if slots.len() <= township {
                slots.resize_with(township + 1, || None);
            }
            slots[township] = Some(Township {
                county: index as u16,
                code: code(county_code * 1_000 + base + place as u64, 9),
                name,
                kind: Words { zh: zh.to_owned(), en: en.to_owned() },
                population: 0,
                venues: Default::default(),
            });
        }
        cities[ground.city].counties.push(index as u16);
        counties.push(County {
            city: ground.city as u16,
            code: code(county_code, 6),
            name: name.clone(),
            district: ground.district,
            townships: ground.townships.iter().map(|&township| township as u16).collect(),
            buses: Vec::new(),
            halls: Vec::new(),
            people: 0..0,
            staffed: Vec::new(),
        });
    }
    townships.extend(slots.into_iter().flatten());
    (cities, counties, townships)
}

/// How many people live where: few large cities and many small ones, at every level.
fn settle(stream: &mut Stream, people: u32, cities: &[City], counties: &[County], townships: &mut [Township]) {
    let city_weights: Vec<f64> = (0..cities.len()).map(|rank| 1.0 / (rank as f64 + 1.5)).collect();
    for (city, population) in cities.iter().zip(apportion(people, &city_weights)) {
        let weights: Vec<f64> = city
            .counties
            .iter()
            .map(|&county| if counties[usize::from(county)].district { 1.6 } else { 1.0 } / (stream.share() + 0.35))
            .collect();
        for (&county, population) in city.counties.iter().zip(apportion(population, &weights)) {
            let within = &counties[usize::from(county)].townships;
            let weights: Vec<f64> =
                (0..within.len()).map(|place| if place == 0 { 3.0 } else { 1.0 } / (stream.share() + 0.5)).collect();
            for (&township, population) in within.iter().zip(apportion(population, &weights)) {
                townships[usize::from(township)].population = population;
            }
        }
    }
}

/// Households, their people and their homes, county by county.
fn homes(
    streams: Streams,
    builder: &mut Builder<'_>,
    counties: &mut [County],
    townships: &[Township],
) -> (Vec<Person>, Vec<Household>) {
    const HOMES_OF_A_COMPOUND: usize = 40;
    let stream = &mut streams.named("households");
    let (mut people, mut households) = (Vec::new(), Vec::new());
    for county in counties {
        let start = people.len();
        for &index in &county.townships {
            let township = &townships[usize::from(index)];
            stream.at(u64::from(index));
            let mut left = township.population as usize;
            let mut built = 0;
            let mut compound = None;
            while left > 0 {
                let size = (1 + stream.weighted(&HOUSEHOLD_SHARES)).min(left);
                left -= size;
                if built % HOMES_OF_A_COMPOUND == 0 {
                    compound = None;
                }
                built += 1;
                let site = *compound.get_or_insert_with(|| builder.site(index, township, stream));
                let home = builder.unit(site, Setting::Home, None);
                households.push(Household { first: people.len() as u32, size: size as u8, home, township: index });
                for (age, woman) in members(size, stream) {
                    let role = role(age, stream);
                    people.push(Person { age, woman, role, daily: None, daily_township: index });
                }
            }
        }
        county.people = start..people.len();
    }
    (people, households)
}

/// The workers of each county, by where they work: most in their own, some in another of their city.
fn workers(stream: &mut Stream, people: &[Person], cities: &[City], counties: &[County]) -> Vec<Vec<usize>> {
    const COMMUTERS: f64 = 0.12;
    let mut workers = vec![Vec::new(); counties.len()];
    for (index, county) in counties.iter().enumerate() {
        let others = &cities[usize::from(county.city)].counties;
        for person in county.people.clone().filter(|&person| people[person].role == Role::Worker) {
            let at = if stream.chance(COMMUTERS) { usize::from(*stream.pick(others)) } else { index };
            workers[at].push(person);
        }
    }
    for group in &mut workers {
        stream.shuffle(group);
    }
    workers
}

fn rows(
    people: u32,
    land: &Land,
    cities: &[City],
    counties: &[County],
    townships: &[Township],
) -> Vec<JurisdictionRow> {
    let centre = |county: u16| land.township(usize::from(counties[usize::from(county)].townships[0]));
    let row = |code: Jurisdiction, name, population, centre| JurisdictionRow {
        code,
        parent: code.parent(),
        level: code.level(),
        name,
        population,
        centre,
    };
    let name = Words { zh: "金河省".to_owned(), en: "Jinhe Province".to_owned() };
    let mut rows = vec![row(code(PROVINCE * 10_000, 6), name, u64::from(people), centre(cities[0].counties[0]))];
    for city in cities {
        let population = city.counties.iter().map(|&county| counties[usize::from(county)].people.len() as u64).sum();
        rows.push(row(city.code, city.name.with("市", "City"), population, centre(city.counties[0])));
        for &index in &city.counties {
            let county = &counties[usize::from(index)];
            let name =
                if county.district { county.name.with("区", "District") } else { county.name.with("县", "County") };
            rows.push(row(county.code, name, county.people.len() as u64, centre(index)));
            for &index in &county.townships {
                let township = &townships[usize::from(index)];
                let name = township.name.with(&township.kind.zh, &township.kind.en);
                rows.push(row(township.code, name, u64::from(township.population), land.township(usize::from(index))));
            }
        }
    }
    rows
}

fn geojson(land: &Land, cities: &[City], counties: &[County]) -> String {
    let feature = |code: Jurisdiction, level: &str, rings: &[Vec<(i32, i32)>]| {
        let rings: Vec<String> = rings
            .iter()
            .map(|ring| {
                let points: Vec<String> =
                    ring.iter().map(|(x, y)| format!("[{},{}]", degrees(*x), degrees(*y))).collect();
                format!("[{}]", points.join(","))
            })
            .collect();
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}","level":"{level}"}},"geometry":{{"type":"Polygon","coordinates":[{}]}}}}"#,
            rings.join(",")
        )
    };
    let cities = cities.iter().zip(&land.cities).map(|(city, rings)| feature(city.code, "city", rings));
    let counties =
        counties.iter().zip(&land.counties).map(|(county, ground)| feature(county.code, "county", &ground.rings));
    let features: Vec<String> = cities.chain(counties).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",\n"))
}

/// Ten-thousandths of a degree as decimal degrees; the province lies north and east.
fn degrees(ten_thousandths: i32) -> String {
    format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000)
}
