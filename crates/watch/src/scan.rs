//! The prospective space-time permutation scan (Kulldorff 2005): where, lately, are more cases together than the
//! case numbers of each place and of each day lead one to expect? It needs no population.

use crate::chance::Chance;
use crate::error::WatchError;

/// A place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// To the east, in kilometres.
    pub east_km: f64,
    /// To the north, in kilometres.
    pub north_km: f64,
}

/// What is scanned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The largest circle, in kilometres.
    pub radius_km: f64,
    /// The longest cluster, in steps before and with the last.
    pub steps: usize,
    /// The largest share of all cases in one circle, up to a half.
    pub share: f64,
    /// How many random orders the finding is held against, such as 999.
    pub replicates: usize,
    /// Decides the random orders.
    pub seed: u64,
}

/// A circle over the last steps with more cases than expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The site in its middle.
    pub centre: usize,
    /// Its radius, in kilometres.
    pub radius_km: f64,
    /// The sites within, the nearest first.
    pub sites: Vec<usize>,
    /// Its first step; the last is the last of all.
    pub first_step: usize,
    /// Cases within.
    pub cases: u32,
    /// Cases to be expected.
    pub expected: f64,
    /// How much likelier it makes what was seen, as a logarithm.
    pub log_likelihood_ratio: f64,
    /// How often chance alone finds as much anywhere.
    pub p_value: f64,
}

/// Circles around one site: sites in order of distance, and after how many of them a circle ends.
struct Rings {
    order: Vec<usize>,
    ends: Vec<usize>,
}

/// Scans cases, each at a site and in a step from 0 to `steps` − 1, of which the last is now. Gives all clusters
/// that do not overlap, the most surprising first, with p values of at most `p_at_most`.
pub fn prospective(
    sites: &[Site],
    cases: &[(usize, usize)],
    steps: usize,
    options: &Options,
    p_at_most: f64,
) -> Result<Vec<Cluster>, WatchError> {
    let refused = |why: String, remedy| WatchError::Estimate { what: "a scan", why, remedy };
    if let Some((site, step)) = cases.iter().find(|(site, step)| *site >= sites.len() || *step >= steps) {
        let why = format!("a case has site {site} of {} and step {step} of {steps}", sites.len());
        return Err(refused(why, "number sites and steps from 0, within what is given"));
    }
    if options.steps == 0 || options.steps >= steps {
        let why = format!("clusters of up to {} steps are sought in {steps}", options.steps);
        return Err(refused(why, "give more steps than a cluster may last"));
    }
    if !(options.share > 0.0 && options.share <= 0.5 && options.radius_km >= 0.0) {
        let why = format!("the largest share is {}, the largest radius {}", options.share, options.radius_km);
        return Err(refused(why, "give a share above 0 and up to 0.5, and a radius of 0 or more"));
    }
    let scan = Scan::new(sites, cases, steps, options);
    if scan.total == 0.0 {
        return Ok(Vec::new());
    }
    // By chance: the steps of all cases in another order.
    let mut chance = Chance::new(options.seed, 0);
    let mut shuffled: Vec<usize> = cases.iter().map(|case| case.1).collect();
    let mut by_chance: Vec<f64> = (0..options.replicates)
        .map(|_| {
            chance.shuffle(&mut shuffled);
            let recent = scan.recent(cases.iter().zip(&shuffled).map(|((site, _), step)| (*site, *step)));
            scan.greatest(&recent)
        })
        .collect();
    by_chance.sort_by(f64::total_cmp);
    let p_value = |ratio: f64| {
        let as_great = by_chance.len() - by_chance.partition_point(|other| *other < ratio);
        (as_great + 1) as f64 / (by_chance.len() + 1) as f64
    };
    let recent = scan.recent(cases.iter().copied());
    let mut found = scan.all(&recent);
    found.sort_by(|a, b| b.ratio.total_cmp(&a.ratio).then(a.centre.cmp(&b.centre)).then(a.sites.cmp(&b.sites)));
    let mut taken = vec![false; sites.len()];
    let mut clusters = Vec::new();
    for window in found {
        let within = &scan.rings[window.centre].order[..window.sites];
        if within.iter().any(|site| taken[*site]) {
            continue;
        }
        let p_value = p_value(window.ratio);
        if p_value > p_at_most {
            break;
        }
        within.iter().for_each(|site| taken[*site] = true);
        clusters.push(Cluster {
            centre: window.centre,
            radius_km: within.iter().map(|site| distance(sites[window.centre], sites[*site])).fold(0.0, f64::max),
            sites: within.to_vec(),
            first_step: steps - window.length,
            cases: window.cases as u32,
            expected: window.expected,
            log_likelihood_ratio: window.ratio,
            p_value,
        });
    }
    Ok(clusters)
}

fn distance(a: Site, b: Site) -> f64 {
    (a.east_km - b.east_km).hypot(a.north_km - b.north_km)
}

struct Window {
    centre: usize,
    sites: usize,
    length: usize,
    cases: f64,
    expected: f64,
    ratio: f64,
}

struct Scan {
    rings: Vec<Rings>,
    /// All cases of each site.
    by_site: Vec<f64>,
    /// All cases of the last 1, 2, 3… steps.
    by_length: Vec<f64>,
    total: f64,
    steps: usize,
    longest: usize,
}

impl Scan {
    fn new(sites: &[Site], cases: &[(usize, usize)], steps: usize, options: &Options) -> Self {
        let mut by_site = vec![0.0; sites.len()];
        let mut by_length = vec![0.0; options.steps];
        for (site, step) in cases {
            by_site[*site] += 1.0;
            by_length.iter_mut().skip(steps - 1 - step).for_each(|count| *count += 1.0);
        }
        let total = cases.len() as f64;
        let rings = (0..sites.len()).map(|centre| Rings::around(centre, sites, &by_site, total, options)).collect();
        Self { rings, by_site, by_length, total, steps, longest: options.steps }
    }

    /// Of each site the cases of the last 1, 2, 3… steps.
    fn recent(&self, cases: impl Iterator<Item = (usize, usize)>) -> Vec<u32> {
        let mut recent = vec![0_u32; self.by_site.len() * self.longest];
        for (site, step) in cases {
            let ago = self.steps - 1 - step;
            if ago < self.longest {
                recent[site * self.longest + ago] += 1;
            }
        }
        for site in recent.chunks_mut(self.longest) {
            for length in 1..site.len() {
                site[length] += site[length - 1];
            }
        }
        recent
    }

    /// Calls `judge` for each window that has more cases than expected.
    fn each(&self, recent: &[u32], mut judge: impl FnMut(usize, usize, usize, f64, f64)) {
        let mut within = vec![0_u32; self.longest];
        for (centre, rings) in self.rings.iter().enumerate() {
            within.fill(0);
            let (mut of_sites, mut start) = (0.0, 0);
            for &end in &rings.ends {
                for &site in &rings.order[start..end] {
                    of_sites += self.by_site[site];
                    let counts = &recent[site * self.longest..(site + 1) * self.longest];
                    within.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                }
                start = end;
                let share = of_sites / self.total;
                for (ago, (count, of_steps)) in within.iter().zip(&self.by_length).enumerate() {
                    let (cases, expected) = (f64::from(*count), share * of_steps);
                    if cases > expected {
                        judge(centre, end, ago + 1, cases, expected);
                    }
                }
            }
        }
    }

    fn greatest(&self, recent: &[u32]) -> f64 {
        let mut greatest = 0.0;
        self.each(recent, |_, _, _, cases, expected| greatest = f64::max(greatest, self.ratio(cases, expected)));
        greatest
    }

    /// The best window of each circle.
    fn all(&self, recent: &[u32]) -> Vec<Window> {
        let mut found: Vec<Window> = Vec::new();
        self.each(recent, |centre, sites, length, cases, expected| {
            let ratio = self.ratio(cases, expected);
            let window = Window { centre, sites, length, cases, expected, ratio };
            match found.last_mut() {
                Some(last) if (last.centre, last.sites) == (centre, sites) => {
                    if ratio > last.ratio {
                        *last = window;
                    }
                }
                _ => found.push(window),
            }
        });
        found
    }

    fn ratio(&self, cases: f64, expected: f64) -> f64 {
        let outside = self.total - cases;
        let beyond = if outside > 0.0 { outside * (outside / (self.total - expected)).ln() } else { 0.0 };
        cases * (cases / expected).ln() + beyond
    }
}

impl Rings {
    fn around(centre: usize, sites: &[Site], by_site: &[f64], total: f64, options: &Options) -> Self {
        let mut near: Vec<(f64, usize)> = sites
            .iter()
            .enumerate()
            .map(|(site, place)| (distance(sites[centre], *place), site))
            .filter(|(km, _)| *km <= options.radius_km)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut order, mut ends, mut cases) = (Vec::new(), Vec::new(), 0.0);
        for (at, (km, site)) in near.iter().enumerate() {
            cases += by_site[*site];
            if cases > options.share * total {
                break;
            }
            order.push(*site);
            // Sites at one distance come into a circle together; one without cases makes no other circle.
            let last_at_distance = near.get(at + 1).is_none_or(|(next, _)| next > km);
            if last_at_distance && cases > 0.0 {
                ends.push(order.len());
            }
        }
        // A circle whose last ring was cut short is none.
        order.truncate(ends.last().copied().unwrap_or(0));
        Self { order, ends }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid of five by five sites, two kilometres apart.
    fn grid() -> Vec<Site> {
        (0..25).map(|at| Site { east_km: f64::from(at % 5) * 2.0, north_km: f64::from(at / 5) * 2.0 }).collect()
    }

    fn options() -> Options {
        Options { radius_km: 5.0, steps: 7, share: 0.5, replicates: 199, seed: 1 }
    }

    /// Cases everywhere and always alike.
    fn quiet(seed: u64, count: usize) -> Vec<(usize, usize)> {
        let mut chance = Chance::new(seed, 9);
        (0..count).map(|_| (chance.below(25), chance.below(60))).collect()
    }

    #[test]
    fn a_cluster_is_found_where_and_when_it_is() {
        let mut cases = quiet(1, 300);
        cases.extend([(6, 57), (6, 58), (7, 58), (6, 59), (7, 59), (7, 59), (6, 59), (11, 59)].repeat(2));
        let found = prospective(&grid(), &cases, 60, &options(), 0.05).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        let first = &found[0];
        assert!(first.sites.contains(&6) && first.sites.contains(&7) && first.first_step >= 54, "{first:?}");
        assert!(
            first.p_value <= 0.01 && first.cases >= 12 && 2.0 * first.expected < f64::from(first.cases),
            "{first:?}"
        );
        assert_eq!(found, prospective(&grid(), &cases, 60, &options(), 0.05).unwrap());
    }

    #[test]
    fn a_day_or_a_place_that_is_busy_everywhere_or_always_is_no_cluster() {
        let mut cases = quiet(2, 300);
        cases.extend((0..60).map(|step| (12, step)));
        cases.extend((0..25).map(|site| (site, 59)));
        assert_eq!(prospective(&grid(), &cases, 60, &options(), 0.01).unwrap(), []);
    }

    #[test]
    fn chance_alone_is_significant_as_often_as_it_says() {
        let significant = (0..60)
            .filter(|seed| {
                let options = Options { replicates: 99, seed: *seed, ..options() };
                !prospective(&grid(), &quiet(100 + seed, 150), 60, &options, 0.1).unwrap().is_empty()
            })
            .count();
        assert!((1..=13).contains(&significant), "{significant} of 60 at 10 %");
    }

    #[test]
    fn the_greatest_window_is_that_of_trying_all() {
        let cases = quiet(5, 80);
        let (sites, options) = (grid(), options());
        let scan = Scan::new(&sites, &cases, 60, &options);
        let found = scan.greatest(&scan.recent(cases.iter().copied()));
        let mut best = 0.0_f64;
        for centre in &sites {
            for edge in &sites {
                let radius = distance(*centre, *edge);
                for length in 1..=7 {
                    let near = |site: usize| distance(*centre, sites[site]) <= radius;
                    let count =
                        |of: &dyn Fn(&(usize, usize)) -> bool| cases.iter().filter(|case| of(case)).count() as f64;
                    let here = count(&|case| near(case.0));
                    let both = count(&|case| near(case.0) && case.1 >= 60 - length);
                    let expected = here * count(&|case| case.1 >= 60 - length) / 80.0;
                    if radius <= 5.0 && here <= 40.0 && both > expected {
                        best = best.max(scan.ratio(both, expected));
                    }
                }
            }
        }
        assert!((found - best).abs() < 1e-12, "{found} and not {best}");
    }

    #[test]
    fn what_cannot_be_scanned_is_refused() {
        let sites = grid();
        assert!(prospective(&sites, &[(25, 0)], 60, &options(), 1.0).is_err());
        assert!(prospective(&sites, &[(1, 0)], 5, &options(), 1.0).is_err());
        assert!(prospective(&sites, &[(1, 0)], 60, &Options { share: 0.9, ..options() }, 1.0).is_err());
        assert_eq!(prospective(&sites, &[], 60, &options(), 1.0), Ok(vec![]));
    }
}
