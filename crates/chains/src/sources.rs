//! The possible sources of each case, and how likely each is.

use std::collections::BTreeMap;

use facts::Date;
use plan::Delays;

use crate::case::{CaseInfo, Link, Period, Position};
use crate::error::ChainsError;
use crate::evidence::Evidence;
use crate::lags::Lags;
use crate::options::Options;

/// Beyond any outbreak, in days: an end that is open.
const OPEN_DAYS: i32 = 10_000_000;
/// Who is less likely than this is counted among the others and not listed.
const LISTED_FROM: f64 = 5e-3;
/// An onset known no better than this is not known.
const ONSET_WITHIN_DAYS: i32 = 60;
/// An exposure that the incubation gives less than this is a slip of the pen, and not used.
const IMPOSSIBLE: f64 = 1e-6;

/// Where an infection came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source<K> {
    /// Another case.
    Case(K),
    /// Elsewhere: an import channel.
    Imported,
    /// Someone who is on no list.
    Unknown,
}

/// Something that connects a case and a candidate on days that fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// What it is.
    pub evidence: Evidence,
    /// How strong, from 0 to 1.
    pub strength: f64,
}

/// Someone who may have infected a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<K> {
    /// Who.
    pub infector: K,
    /// How likely, of all sources of the case.
    pub probability: f64,
    /// Days from the candidate's onset to the case's; none when one of the two is not known to the day.
    pub lag_days: Option<i32>,
    /// How well the days fit, apart from what connects the two: 1 for a typical pair, above it for a better.
    pub timing: f64,
    /// What connects them, strongest first; empty when nothing known does.
    pub reasons: Vec<Reason>,
}

/// All possible sources of one case. The probabilities of the candidates, `others`, `imported` and `unknown` sum
/// to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources<K> {
    /// The case.
    pub case: K,
    /// The candidates, likeliest first; equally likely ones by their ids.
    pub candidates: Vec<Candidate<K>>,
    /// How likely it was one of the further cases, each of whom is less likely than one in two hundred.
    pub others: f64,
    /// How likely it was infected elsewhere.
    pub imported: f64,
    /// How likely it was infected by someone on no list. 1 for a case without any date, of which nothing can be
    /// said.
    pub unknown: f64,
    /// How open the question is, in bits: 0 when one source is certain, 1 when two are even.
    pub entropy_bits: f64,
}

impl<K: Clone + PartialEq> Sources<K> {
    /// The likeliest source and how likely it is.
    pub fn best(&self) -> (Source<K>, f64) {
        let elsewhere = if self.imported > self.unknown { Source::Imported } else { Source::Unknown };
        let elsewhere = (elsewhere, self.imported.max(self.unknown));
        match self.candidates.first() {
            Some(candidate) if candidate.probability > elsewhere.1 => {
                (Source::Case(candidate.infector.clone()), candidate.probability)
            }
            _ => elsewhere,
        }
    }

    /// Whether someone unknown is likelier than everyone listed and infection elsewhere together. A case that
    /// several listed could explain alike is not unexplained: its source is open, and `entropy_bits` says how
    /// much.
    pub fn is_unexplained(&self) -> bool {
        self.unknown > 0.5
    }
}

/// The possible sources of every case, in the order of `cases`.
///
/// A candidate weighs the serial interval at the days between the two onsets, times the chance that at least
/// one of the things that connect them led to infection on a day on which the case was exposed and the
/// candidate could infect; that day is an incubation before the onset. Someone unknown weighs
/// [`Options::unknown`] at the typical value of the serial interval, infection elsewhere
/// [`Options::imported`] times the chance that the incubation reaches back to it. The weights are then
/// divided by their sum.
///
/// Only pairs whose onsets the serial interval allows are looked at.
pub fn candidates<K: Ord + Clone>(
    cases: &[CaseInfo<K>],
    links: &[Link<K>],
    delays: &Delays,
    options: &Options,
) -> Result<Vec<Sources<K>>, ChainsError> {
    options.check()?;
    let disease = Disease::of(delays, options)?;
    let linked = linked(cases, links)?;
    let known: Vec<Option<Known>> =
        cases.iter().zip(linked).map(|(case, links)| Known::of(case, links, &disease)).collect();
    // By first possible onset, so that whoever fits in time stands together.
    let dated = known.iter().enumerate().filter_map(|(at, known)| Some((at, known.as_ref()?)));
    let mut by_onset: Vec<(i32, usize, &Known)> = dated.map(|(at, known)| (known.onset.first, at, known)).collect();
    by_onset.sort_by_key(|&(first, at, _)| (first, at));
    let widest = known.iter().flatten().map(|known| known.onset.last - known.onset.first).max().unwrap_or(0);

    let mut pairs: Vec<(usize, &Known, Pair)> = Vec::new();
    let mut found = Vec::with_capacity(cases.len());
    for (at, case) in cases.iter().enumerate() {
        let Some(infectee) = &known[at] else {
            found.push(Sources::undated(case.id.clone()));
            continue;
        };
        let earliest = infectee.onset.first - disease.interval.longest() - widest;
        let latest = infectee.onset.last - disease.interval.shortest();
        let start = by_onset.partition_point(|&(first, ..)| first < earliest);
        let end = by_onset.partition_point(|&(first, ..)| first <= latest);
        for &(_, other, infector) in by_onset[start..end].iter().filter(|&&(_, other, _)| other != at) {
            let pair = disease.weigh(infector, infectee, other);
            if pair.weight > 0.0 {
                pairs.push((other, infector, pair));
            }
        }
        let unknown = options.unknown * disease.typical;
        let imported = options.imported * disease.typical * disease.elsewhere(infectee);
        let total = pairs.iter().map(|(.., pair)| pair.weight).sum::<f64>() + imported + unknown;
        let mut sources = Sources::undated(case.id.clone());
        (sources.imported, sources.unknown) = (imported / total, unknown / total);
        for (other, infector, pair) in pairs.drain(..) {
            let probability = pair.weight / total;
            if probability < LISTED_FROM {
                sources.others += probability;
            } else {
                sources.candidates.push(Candidate {
                    infector: cases[other].id.clone(),
                    probability,
                    lag_days: infectee.lag_days(infector),
                    timing: pair.timing / disease.typical,
                    reasons: pair.reasons(),
                });
            }
            sources.entropy_bits += bits(probability);
        }
        sources.entropy_bits += bits(sources.imported) + bits(sources.unknown);
        sources
            .candidates
            .sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.infector.cmp(&b.infector)));
        found.push(sources);
    }
    Ok(found)
}

/// What a possibility adds to the entropy.
fn bits(probability: f64) -> f64 {
    if probability > 0.0 { -probability * probability.log2() } else { 0.0 }
}

impl<K> Sources<K> {
    /// Of a case without a date: nothing can be said.
    fn undated(case: K) -> Self {
        Self { case, candidates: Vec::new(), others: 0.0, imported: 0.0, unknown: 1.0, entropy_bits: 0.0 }
    }
}

/// Days as numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Days {
    first: i32,
    last: i32,
}

impl Days {
    fn of(period: Period) -> Self {
        Self { first: period.from.map_or(-OPEN_DAYS, number), last: period.until.map_or(OPEN_DAYS, number) }
    }

    fn and(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }

    /// How many; for an end that is open, no meaning.
    fn count(self) -> i32 {
        self.last - self.first + 1
    }

    fn each(self) -> std::ops::RangeInclusive<i32> {
        self.first..=self.last
    }
}

fn number(day: Date) -> i32 {
    const EPOCH: Date = Date::constant(1970, 1, 1);
    // Both are midnights without a zone, so that hours divide evenly; no date is beyond ±10,000 years.
    (day.duration_since(EPOCH).as_hours() / 24) as i32
}

/// A case in numbers.
struct Known {
    onset: Days,
    /// Open unless known and possible.
    exposed: Days,
    /// How likely infection within `exposed` is, for each day of `onset`.
    exposed_share: Vec<f64>,
    infectious_until: i32,
    import: Option<Days>,
    shared: Vec<(Evidence, u64)>,
    position: Option<Position>,
    /// The other, what it is, how strong, when; by the other.
    links: Vec<Linked>,
}

struct Linked {
    other: usize,
    evidence: Evidence,
    strength: f64,
    days: Days,
}

fn linked<K: Ord + Clone>(cases: &[CaseInfo<K>], links: &[Link<K>]) -> Result<Vec<Vec<Linked>>, ChainsError> {
    let mut places: BTreeMap<&K, usize> = BTreeMap::new();
    for (second, case) in cases.iter().enumerate() {
        if let Some(first) = places.insert(&case.id, second) {
            return Err(ChainsError::SameCase { first, second });
        }
    }
    let mut linked: Vec<Vec<Linked>> = cases.iter().map(|_| Vec::new()).collect();
    for (at, link) in links.iter().enumerate() {
        let place = |id: &K| places.get(id).copied().ok_or(ChainsError::Stranger { link: at });
        let (a, b) = (place(&link.a)?, place(&link.b)?);
        if !(0.0..=1.0).contains(&link.strength) {
            return Err(ChainsError::Strength { link: at, strength: link.strength });
        }
        let (evidence, strength, days) = (link.evidence, link.strength, Days::of(link.period));
        for (one, other) in [(a, b), (b, a)] {
            linked[one].push(Linked { other, evidence, strength, days });
        }
    }
    for links in &mut linked {
        links.sort_by_key(|link| link.other);
    }
    Ok(linked)
}

impl Known {
    /// None when the case has no date at all.
    fn of<K>(case: &CaseInfo<K>, links: Vec<Linked>, disease: &Disease<'_>) -> Option<Self> {
        let stated = case.onset.and_then(|onset| {
            // One end alone is the day itself.
            let (from, until) = (onset.from.or(onset.until)?, onset.until.or(onset.from)?);
            Some(Days { first: number(from.min(until)), last: number(until.max(from)) })
        });
        let before_found = case.found.map(number).map(|last| {
            let first = last - i32::from(disease.options.onset_before_found_days);
            Days { first, last }
        });
        let onset = stated.filter(|days| days.count() <= ONSET_WITHIN_DAYS).or(before_found)?;
        let exposed = case.exposed.map_or(Days::of(Period::default()), Days::of);
        let shares = |exposed| onset.each().map(|day| disease.infected_within(day, exposed)).collect::<Vec<f64>>();
        let (mut exposed, mut exposed_share) = (exposed, shares(exposed));
        if exposed_share.iter().all(|share| *share <= IMPOSSIBLE) {
            exposed = Days::of(Period::default());
            exposed_share = shares(exposed);
        }
        let mut shared = case.shared.clone();
        shared.sort_unstable();
        Some(Self {
            onset,
            exposed,
            exposed_share,
            infectious_until: case.infectious_until.map_or(OPEN_DAYS, number),
            import: case.import.map(Days::of),
            shared,
            position: case.position,
            links,
        })
    }

    /// Days since the onset of another; none when one of the two is not known to the day.
    fn lag_days(&self, other: &Self) -> Option<i32> {
        let to_the_day = self.onset.first == self.onset.last && other.onset.first == other.onset.last;
        to_the_day.then_some(self.onset.first - other.onset.first)
    }
}

/// What a pair of a candidate and a case comes to.
struct Pair {
    weight: f64,
    timing: f64,
    connections: Vec<Connection>,
}

/// What connects two cases.
struct Connection {
    evidence: Evidence,
    strength: f64,
    /// When they were together, where that is known.
    days: Option<Days>,
    /// Whether infection was possible then.
    fits: bool,
}

impl Pair {
    fn reasons(self) -> Vec<Reason> {
        let fitting = self.connections.into_iter().filter(|connection| connection.fits);
        let mut reasons: Vec<Reason> =
            fitting.map(|connection| Reason { evidence: connection.evidence, strength: connection.strength }).collect();
        reasons.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.evidence.cmp(&b.evidence)));
        reasons
    }
}

/// How the disease moves, ready for use.
struct Disease<'a> {
    options: &'a Options,
    interval: Lags,
    incubation: Lags,
    /// The serial interval of a true pair, on average.
    typical: f64,
    /// How many days before onset a case can infect.
    before_onset_days: i32,
}

impl<'a> Disease<'a> {
    fn of(delays: &Delays, options: &'a Options) -> Result<Self, ChainsError> {
        let interval = Lags::onset_to_onset(delays)?;
        let incubation = Lags::of(&delays.incubation, "incubation")?;
        let mut before_onset_days = i32::from(options.infectious_from_days);
        if interval.shortest() < 0 {
            // Where the infected can fall ill first, infection before onset is more than the days for which a
            // plan traces contacts; it is not before the candidate was infected, on average.
            before_onset_days = before_onset_days.max(incubation.mean().ceil() as i32);
        }
        let typical = interval.typical();
        Ok(Self { options, interval, incubation, typical, before_onset_days })
    }

    /// How likely it is that who fell ill on that day was infected on one of these.
    fn infected_within(&self, onset: i32, days: Days) -> f64 {
        self.incubation.between(onset - days.last, onset - days.first)
    }

    /// Of the days on which a case can have been infected, the share that lies within these; by incubation.
    fn share_within(&self, infectee: &Known, onset: i32, days: Days) -> f64 {
        let whole = usize::try_from(onset - infectee.onset.first).ok().and_then(|at| infectee.exposed_share.get(at));
        let whole = whole.copied().unwrap_or(0.0);
        if whole <= 0.0 { 0.0 } else { self.infected_within(onset, infectee.exposed.and(days)) / whole }
    }

    /// How likely the incubation reaches back to where the case could be infected from outside.
    fn elsewhere(&self, infectee: &Known) -> f64 {
        let Some(days) = infectee.import else { return 0.0 };
        let shares = infectee.onset.each().map(|onset| self.share_within(infectee, onset, days));
        shares.sum::<f64>() / f64::from(infectee.onset.count())
    }

    /// When a case with that onset can infect.
    fn infectious(&self, infector: &Known, onset: i32) -> Days {
        let last = self.options.infectious_until_days.map_or(OPEN_DAYS, |days| onset + i32::from(days));
        Days { first: onset - self.before_onset_days, last: last.min(infector.infectious_until) }
    }

    fn weigh(&self, infector: &Known, infectee: &Known, other: usize) -> Pair {
        let mut connections = self.connections(infector, infectee, other);
        let (mut weight, mut timing) = (0.0, 0.0);
        for own_onset in infector.onset.each() {
            let infectious = self.infectious(infector, own_onset);
            for onset in infectee.onset.each() {
                let interval = self.interval.on(onset - own_onset);
                if interval <= 0.0 {
                    continue;
                }
                let share = self.share_within(infectee, onset, infectious);
                if share <= 0.0 {
                    continue;
                }
                timing += interval * share;
                let mut escaped = 1.0 - self.options.background * share;
                for connection in &mut connections {
                    let share = match connection.days {
                        Some(days) => self.share_within(infectee, onset, infectious.and(days)),
                        None => share,
                    };
                    connection.fits |= share > IMPOSSIBLE;
                    escaped *= 1.0 - connection.strength * share;
                }
                weight += interval * (1.0 - escaped);
            }
        }
        let pairs = f64::from(infector.onset.count() * infectee.onset.count());
        Pair { weight: weight / pairs, timing: timing / pairs, connections }
    }

    fn connections(&self, infector: &Known, infectee: &Known, other: usize) -> Vec<Connection> {
        let mut connections = Vec::new();
        let from = infectee.links.partition_point(|link| link.other < other);
        for link in infectee.links[from..].iter().take_while(|link| link.other == other) {
            let (evidence, strength) = (link.evidence, link.strength);
            connections.push(Connection { evidence, strength, days: Some(link.days), fits: false });
        }
        for (evidence, unit) in &infectee.shared {
            if infector.shared.binary_search(&(*evidence, *unit)).is_ok() {
                connections.push(Connection {
                    evidence: *evidence,
                    strength: evidence.strength(),
                    days: None,
                    fits: false,
                });
            }
        }
        if let (Some(a), Some(b)) = (infector.position, infectee.position) {
            let metres = (a.east_metres - b.east_metres).hypot(a.north_metres - b.north_metres);
            let strength = self.options.nearby * (-metres / self.options.nearby_metres).exp();
            // Less than what weighs between strangers says nothing.
            if strength > self.options.background {
                connections.push(Connection { evidence: Evidence::Nearby, strength, days: None, fits: false });
            }
        }
        connections
    }
}
