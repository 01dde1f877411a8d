//! The shape of the province: townships grow together to counties, counties to cities.
//!
//! Township seats are scattered with a spacing that varies; counties take the townships next to their
//! seats; fractal noise bends the plane before each point asks for its nearest township. So borders
//! wander as real ones do, and polygons nest because the larger are made of the smaller.

use std::collections::BTreeMap;

use crate::borders::{Borders, OUTSIDE, Raster};
use crate::noise::fractal;
use crate::stream::{Stream, Streams};

/// Degrees of latitude per raster cell.
const CELL: f64 = 0.008;

/// The middle of the province, longitude and latitude in degrees.
const MIDDLE: (f64, f64) = (113.0, 33.5);

/// How much shorter a degree of longitude is than one of latitude there: the cosine of 33.5°.
const LONGITUDE_SHRINK: f64 = 0.834;

/// Half-axes of the full-sized province, in degrees of latitude.
const HALF_AXES: (f64, f64) = (2.15, 1.95);

/// The counties of the full-sized province, to whose number the area is proportional.
const FULL_COUNTIES: usize = 150;

/// A point of the plane, in degrees of latitude from the middle: east and north.
type Point = (f64, f64);

/// A point in ten-thousandths of a degree: longitude and latitude.
pub(crate) type Degrees = (i32, i32);

/// How many divisions the province has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) cities: usize,
    pub(crate) counties: usize,
    pub(crate) townships_per_county: usize,
}

/// A county on the ground.
#[derive(Debug)]
pub(crate) struct CountyLand {
    /// Its city.
    pub(crate) city: usize,
    /// Whether it is a district of its city's town.
    pub(crate) district: bool,
    /// The townships within it, its seat first.
    pub(crate) townships: Vec<usize>,
    /// Its outer ring, closed and counter-clockwise, then holes.
    pub(crate) rings: Vec<Vec<Degrees>>,
}

/// The province on the ground.
#[derive(Debug)]
pub(crate) struct Land {
    /// The rings of each city, the capital first; a city is governed from the county of its number.
    pub(crate) cities: Vec<Vec<Vec<Degrees>>>,
    pub(crate) counties: Vec<CountyLand>,
    /// The middle of each township, on the raster.
    townships: Vec<Point>,
    raster: Raster,
    half: Point,
}

struct Seats {
    sites: Vec<Point>,
    inside: Vec<usize>,
    /// Site, city and whether it is a district, by county.
    counties: Vec<(usize, usize, bool)>,
}

/// Draws the land.
pub(crate) fn land(streams: Streams, shape: Shape) -> Land {
    let stream = &mut streams.named("land");
    let key = stream.bits();
    let scale = (shape.counties as f64 / FULL_COUNTIES as f64).sqrt();
    let axes = (HALF_AXES.0 * scale, HALF_AXES.1 * scale);
    let half = (axes.0 * 1.35, axes.1 * 1.35);
    let area = std::f64::consts::PI * axes.0 * axes.1;
    // A scatter that keeps a distance d apart holds about 0.7 points per d squared.
    let apart = (0.7 * area / (shape.counties * shape.townships_per_county) as f64).sqrt();
    let sites = scatter(stream, key, half, apart);
    let (width, height) = ((2.0 * half.0 / CELL) as usize, (2.0 * half.1 / CELL) as usize);
    let nearest = Nearest::new(&sites, half);
    let cells = (0..width * height).map(|cell| (cell % width, cell / width));
    let site_at: Vec<usize> =
        cells.clone().map(|(column, row)| nearest.to(bent(key ^ 2, middle_of(column, row, half)))).collect();
    let is_frame = |(x, y): (usize, usize)| x < 2 || y < 2 || x + 2 >= width || y + 2 >= height;
    let label = |of_site: &dyn Fn(usize) -> u16| {
        let labels = cells.clone().zip(&site_at);
        let cells = labels.map(|(cell, &site)| if is_frame(cell) { OUTSIDE } else { of_site(site) }).collect();
        let mut raster = Raster { width, cells };
        raster.tidy();
        raster
    };
    // The province is one piece of land without holes.
    let whole = label(&|site| if is_inside(key ^ 1, axes, sites[site]) { 0 } else { OUTSIDE });
    let mut inside = vec![false; sites.len()];
    site_at.iter().zip(&whole.cells).filter(|(_, label)| **label != OUTSIDE).for_each(|(&site, _)| inside[site] = true);
    let seats = seats(stream, shape, sites, &inside, 2.0 * apart);
    let county_of = counties_of_sites(stream, &seats);
    let raster = label(&|site| county_of[site]);

    let mut city_of: Vec<usize> = seats.counties.iter().map(|county| county.1).collect();
    join_cities(&mut city_of, shape.cities, &raster);
    let borders = Borders::trace(&raster);
    let degrees = |rings: Vec<Vec<Point>>| -> Vec<Vec<Degrees>> {
        rings.into_iter().map(|ring| to_degrees(&ring, half)).filter(|ring| ring.len() >= 4).collect()
    };
    let mut counties: Vec<CountyLand> = (0..seats.counties.len())
        .map(|county| CountyLand {
            city: city_of[county],
            district: seats.counties[county].2,
            townships: Vec::new(),
            rings: degrees(borders.rings(|label| usize::from(label) == county)),
        })
        .collect();
    let townships = settle_townships(&raster, &site_at, &seats, half, &mut counties);
    let cities = (0..shape.cities)
        .map(|city| {
            let within = |label: u16| city_of.get(usize::from(label)) == Some(&city);
            degrees(borders.rings(within))
        })
        .collect();
    Land { cities, counties, townships, raster, half }
}

impl Land {
    /// The middle of a township, longitude and latitude in degrees.
    pub(crate) fn township(&self, township: usize) -> (f64, f64) {
        to_longitude_latitude(self.townships[township])
    }

    /// Somewhere in a township's county, most likely near its middle.
    pub(crate) fn near(&self, township: usize, county: usize, reach: f64, stream: &mut Stream) -> (f64, f64) {
        let (x, y) = self.townships[township];
        let offset = |stream: &mut Stream| (stream.share() + stream.share() - 1.0) * reach;
        let there = (x + offset(stream), y + offset(stream));
        let (column, row) = ((there.0 + self.half.0) / CELL, (there.1 + self.half.1) / CELL);
        let label = self.raster.at(column as usize, row as usize);
        to_longitude_latitude(if usize::from(label) == county { there } else { (x, y) })
    }
}

/// Points at least a distance apart that varies from place to place.
fn scatter(stream: &mut Stream, key: u64, half: Point, apart: f64) -> Vec<Point> {
    const DARTS_PER_SITE: f64 = 25.0;
    let darts = (DARTS_PER_SITE * 4.0 * half.0 * half.1 / (apart * apart)) as usize;
    let mut sites: Vec<(Point, f64)> = Vec::new();
    for _ in 0..darts {
        let point = ((2.0 * stream.share() - 1.0) * half.0, (2.0 * stream.share() - 1.0) * half.1);
        let apart = apart * (1.0 + 0.35 * fractal(key ^ 3, point.0 * 2.0, point.1 * 2.0, 2, 0.5));
        if sites.iter().all(|(other, theirs)| distance_squared(*other, point) > (apart * theirs).max(1e-6)) {
            sites.push((point, apart));
        }
    }
    sites.into_iter().map(|(point, _)| point).collect()
}

/// Whether a township belongs to the province: a bent ellipse.
fn is_inside(key: u64, axes: Point, (x, y): Point) -> bool {
    let (x, y) = (x / axes.0, y / axes.1);
    x * x + y * y + 0.54 * fractal(key, x * 1.6 + 5.0, y * 1.6 + 5.0, 4, 0.55) < 1.0
}

/// The candidate that is furthest from what is there already, of a few: spread out, and not regular.
fn spread(stream: &mut Stream, seats: &[usize], sites: &[Point], inside: &[usize], candidates: usize) -> usize {
    let gap = |site: usize| {
        seats.iter().map(|&seat| distance_squared(sites[seat], sites[site])).fold(f64::INFINITY, f64::min)
    };
    let mut best = inside[0];
    let mut best_gap = -1.0;
    for _ in 0..candidates {
        let site = *stream.pick(inside);
        if gap(site) > best_gap {
            (best, best_gap) = (site, gap(site));
        }
    }
    best
}

/// Seats of counties and cities; cities lie at least `depth` from the outline.
fn seats(stream: &mut Stream, shape: Shape, sites: Vec<Point>, inside: &[bool], depth: f64) -> Seats {
    const CITY_CANDIDATES: usize = 18;
    const COUNTY_CANDIDATES: usize = 9;
    let (inside, outside): (Vec<usize>, Vec<usize>) = (0..sites.len()).partition(|&site| inside[site]);
    let is_deep =
        |site: &usize| outside.iter().all(|&other| distance_squared(sites[*site], sites[other]) > depth * depth);
    let mut deep: Vec<usize> = inside.iter().copied().filter(is_deep).collect();
    if deep.len() < 3 * shape.cities {
        deep = inside.clone();
    }
    let mut centres: Vec<usize> = Vec::new();
    for _ in 0..shape.cities {
        let site = spread(stream, &centres, &sites, &deep, CITY_CANDIDATES);
        centres.push(site);
    }
    // The capital lies where the province is widest around it; the others rank by chance.
    centres.sort_by(|&a, &b| distance_squared(sites[a], (0.0, 0.0)).total_cmp(&distance_squared(sites[b], (0.0, 0.0))));
    stream.shuffle(&mut centres[1..]);
    let mut taken = centres.clone();
    let mut counties: Vec<(usize, usize, bool)> =
        centres.iter().enumerate().map(|(city, &site)| (site, city, true)).collect();
    for (city, &centre) in centres.iter().enumerate() {
        let more = if shape.cities < 10 { 1 } else { [4, 2, 2, 1, 1, 1][city.min(5)] };
        let mut near: Vec<usize> = inside.iter().copied().filter(|site| !taken.contains(site)).collect();
        near.sort_by(|&a, &b| {
            distance_squared(sites[a], sites[centre]).total_cmp(&distance_squared(sites[b], sites[centre]))
        });
        // The next but one, so that districts are more than one township large.
        for site in near.into_iter().skip(1).step_by(3).take(more) {
            taken.push(site);
            counties.push((site, city, true));
        }
    }
    let pull: Vec<f64> = centres.iter().map(|_| 0.8 + 0.4 * stream.share()).collect();
    while counties.len() < shape.counties {
        let site = spread(stream, &taken, &sites, &inside, COUNTY_CANDIDATES);
        let city = nearest_of(&centres, &pull, &sites, sites[site]);
        taken.push(site);
        counties.push((site, city, false));
    }
    Seats { sites, inside, counties }
}

/// The index of the centre that is nearest, each distance squared divided by the centre's pull.
fn nearest_of(centres: &[usize], pull: &[f64], sites: &[Point], point: Point) -> usize {
    let cost = |index: usize| distance_squared(sites[centres[index]], point) / pull[index];
    (1..centres.len()).fold(0, |best, index| if cost(index) < cost(best) { index } else { best })
}

/// The county of each site, or outside.
fn counties_of_sites(stream: &mut Stream, seats: &Seats) -> Vec<u16> {
    let centres: Vec<usize> = seats.counties.iter().map(|county| county.0).collect();
    let pull: Vec<f64> =
        seats.counties.iter().map(|county| if county.2 { 0.5 } else { 0.6 + 0.9 * stream.share() }).collect();
    let mut counties = vec![OUTSIDE; seats.sites.len()];
    for &site in &seats.inside {
        counties[site] = nearest_of(&centres, &pull, &seats.sites, seats.sites[site]) as u16;
    }
    counties
}

/// Where a point asks for its nearest township: itself, moved by noise.
fn bent(key: u64, (x, y): Point) -> Point {
    const REACH: f64 = 0.075;
    const WAVES_PER_DEGREE: f64 = 3.6;
    let (u, v) = (x * WAVES_PER_DEGREE, y * WAVES_PER_DEGREE);
    (x + REACH * fractal(key, u, v, 5, 0.56), y + REACH * fractal(key ^ 0xff00, u, v, 5, 0.56))
}

/// Exact nearest-site look-up by buckets of candidates.
struct Nearest<'a> {
    sites: &'a [Point],
    buckets: Vec<Vec<usize>>,
    columns: usize,
    rows: usize,
    half: Point,
}

impl<'a> Nearest<'a> {
    const BUCKET: f64 = 0.12;

    fn new(sites: &'a [Point], half: Point) -> Self {
        let columns = (2.0 * half.0 / Self::BUCKET) as usize + 1;
        let rows = (2.0 * half.1 / Self::BUCKET) as usize + 1;
        let bucket = |index: usize| {
            let (column, row) = ((index % columns) as f64, (index / columns) as f64);
            let centre = ((column + 0.5) * Self::BUCKET - half.0, (row + 0.5) * Self::BUCKET - half.1);
            let closest = sites.iter().map(|&site| distance_squared(site, centre)).fold(f64::INFINITY, f64::min).sqrt();
            // A point of the bucket is at most 0.71 of its width from the centre, and so is the nearest site's gain.
            let reach = closest + 1.42 * Self::BUCKET;
            (0..sites.len()).filter(|&site| distance_squared(sites[site], centre) <= reach * reach).collect()
        };
        Self { sites, buckets: (0..columns * rows).map(bucket).collect(), columns, rows, half }
    }

    fn to(&self, point: Point) -> usize {
        let point = (point.0.clamp(-self.half.0, self.half.0), point.1.clamp(-self.half.1, self.half.1));
        let column = (((point.0 + self.half.0) / Self::BUCKET) as usize).min(self.columns - 1);
        let row = (((point.1 + self.half.1) / Self::BUCKET) as usize).min(self.rows - 1);
        let mut best = (f64::INFINITY, 0);
        for &site in &self.buckets[row * self.columns + column] {
            let distance = distance_squared(self.sites[site], point);
            if distance < best.0 {
                best = (distance, site);
            }
        }
        best.1
    }
}

/// Gives counties that are cut off from their city to the city that they border on most.
fn join_cities(city_of: &mut [usize], cities: usize, raster: &Raster) {
    let shared = raster.shared_edges();
    for _ in 0..city_of.len() {
        let mut joined: Vec<bool> = (0..city_of.len()).map(|county| county < cities).collect();
        loop {
            let next = shared.keys().find(|&&(a, b)| {
                b != OUTSIDE && a != OUTSIDE && {
                    let (a, b) = (usize::from(a), usize::from(b));
                    joined[a] && !joined[b] && city_of[a] == city_of[b]
                }
            });
            let Some(&(_, county)) = next else { break };
            joined[usize::from(county)] = true;
        }
        // The longest border of a lost county with one that is joined.
        let onward = shared
            .iter()
            .filter(|((a, b), _)| *a != OUTSIDE && *b != OUTSIDE && !joined[usize::from(*a)] && joined[usize::from(*b)])
            .max_by_key(|(_, length)| **length);
        let Some((&(lost, neighbour), _)) = onward else { return };
        city_of[usize::from(lost)] = city_of[usize::from(neighbour)];
    }
}

/// Gives every township that has land in its county a middle there, and lists it with the county.
fn settle_townships(
    raster: &Raster,
    site_at: &[usize],
    seats: &Seats,
    half: Point,
    counties: &mut [CountyLand],
) -> Vec<Point> {
    let mut land: BTreeMap<(u16, usize), Vec<Point>> = BTreeMap::new();
    for (cell, (&label, &site)) in raster.cells.iter().zip(site_at).enumerate() {
        if label != OUTSIDE {
            land.entry((label, site)).or_default().push(middle_of(cell % raster.width, cell / raster.width, half));
        }
    }
    // Slivers that a border's tidying left are no township; the seat is one whatever its size.
    const LEAST_CELLS: usize = 25;
    let mut townships = Vec::new();
    for ((label, site), points) in &land {
        let county = usize::from(*label);
        let seat = seats.counties[county].0 == *site;
        if points.len() < LEAST_CELLS && !seat {
            continue;
        }
        let count = points.len() as f64;
        let mean = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
        let middle = points.iter().copied().fold(points[0], |best, point| {
            if distance_squared(point, mean) < distance_squared(best, mean) { point } else { best }
        });
        let place = if seat { 0 } else { counties[county].townships.len() };
        counties[county].townships.insert(place, townships.len());
        townships.push(middle);
    }
    townships
}

fn middle_of(column: usize, row: usize, half: Point) -> Point {
    ((column as f64 + 0.5) * CELL - half.0, (row as f64 + 0.5) * CELL - half.1)
}

fn to_longitude_latitude((x, y): Point) -> (f64, f64) {
    let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
    (rounded(MIDDLE.0 + x / LONGITUDE_SHRINK), rounded(MIDDLE.1 + y))
}

fn to_degrees(ring: &[Point], half: Point) -> Vec<Degrees> {
    let mut points: Vec<Degrees> = ring
        .iter()
        .map(|(x, y)| to_longitude_latitude((x * CELL - half.0, y * CELL - half.1)))
        .map(|(longitude, latitude)| ((longitude * 1e4).round() as i32, (latitude * 1e4).round() as i32))
        .collect();
    points.dedup();
    points
}

fn distance_squared(a: Point, b: Point) -> f64 {
    (a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)
}
