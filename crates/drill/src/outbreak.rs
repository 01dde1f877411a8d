//! An outbreak that has just begun: who infected whom, and what headquarters has recorded of it so far.

use std::collections::{BTreeMap, BTreeSet};

use facts::{
    ActorId, Body, Channel, Disease, Draft, Jurisdiction, Level, NotFound, PersonId, Purpose, Setting, Source,
    SpecimenId, Step, TestOutcome, Timestamp, VisitRow,
};
use jiff::SignedDuration;

use crate::meetings::{Meeting, meetings};
use crate::people::Role;
use crate::province::Province;
use crate::stream::{Numbering, Stream, Streams};
use crate::visits::{local_day, midnight};

/// Quantiles in steps of 5 %: incubation of Omicron BA.2 in days, gamma with mean 3.61 and sd 1.82.
const INCUBATION_DAYS: [f64; 21] = [
    0.38, 1.22, 1.56, 1.83, 2.06, 2.28, 2.48, 2.69, 2.89, 3.10, 3.31, 3.53, 3.77, 4.02, 4.30, 4.62, 4.99, 5.44, 6.05,
    7.03, 11.88,
];

/// The same of the generation time: gamma with mean 3.0 (BA.1 as a proxy) and sd 2 (an assumption).
const GENERATION_DAYS: [f64; 21] = [
    0.10, 0.61, 0.89, 1.12, 1.33, 1.53, 1.73, 1.93, 2.13, 2.35, 2.57, 2.81, 3.06, 3.34, 3.65, 4.01, 4.43, 4.96, 5.68,
    6.86, 13.00,
];

/// One infection, as nobody at headquarters knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Infection {
    /// Who.
    pub person: PersonId,
    /// By whom; none for the index case.
    pub by: Option<PersonId>,
    /// When.
    pub infected: Timestamp,
    /// When they fell, or will fall, ill.
    pub onset: Timestamp,
}

/// An outbreak and what has been recorded of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outbreak {
    /// What was recorded when, in that order.
    pub facts: Vec<(Timestamp, Draft)>,
    /// Someone infected and not yet tested, whose positive is good to record live: ill since yesterday, with a
    /// job, a household and a lively week.
    pub next_positive: PersonId,
    /// The truth: who infected whom.
    pub infections: Vec<Infection>,
    /// Since when people are under care or in isolation and go nowhere.
    pub confined: BTreeMap<PersonId, Timestamp>,
    now: Timestamp,
}

/// The divisions that sign-ins of a demo should act for: those that answer for the next positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoJurisdictions {
    /// The province.
    pub province: Jurisdiction,
    /// Its city.
    pub city: Jurisdiction,
    /// Its county.
    pub county: Jurisdiction,
    /// Its township.
    pub township: Jurisdiction,
}

/// The divisions of the next positive's home.
pub fn jurisdictions_for_demo_accounts(province: &Province, outbreak: &Outbreak) -> DemoJurisdictions {
    let row = province.index_of(outbreak.next_positive).map(|index| province.residents[index].jurisdiction);
    let township = row.unwrap_or(province.jurisdictions[0].code);
    DemoJurisdictions {
        province: township.at(Level::Province),
        city: township.at(Level::City),
        county: township.at(Level::County),
        township,
    }
}

impl Outbreak {
    /// Whether a visit still takes place: before the present, and not by someone who is confined by then.
    pub fn keeps(&self, visit: &VisitRow) -> bool {
        visit.start < self.now && self.confined.get(&visit.person).is_none_or(|&since| visit.start < since)
    }
}

/// An infection by index of person.
#[derive(Debug, Clone, Copy)]
struct Link {
    person: usize,
    by: Option<usize>,
    infected: Timestamp,
    onset: Timestamp,
}

/// Someone found positive.
#[derive(Debug, Clone, Copy)]
struct Detected {
    person: usize,
    onset: Timestamp,
    collected: Timestamp,
    result: Timestamp,
}

fn hours(hours: f64) -> SignedDuration {
    SignedDuration::from_secs((hours * 3600.0) as i64)
}

/// Draws an outbreak that began about nine days before `now` and came to light in the last 36 hours.
pub fn outbreak(province: &Province, seed: u64, now: Timestamp) -> Outbreak {
    const ATTEMPTS: u64 = 400;
    let streams = Streams(seed);
    let people = People::new(province);
    let index = people.index_case(&mut streams.named("index case"));
    let infected = now - hours(216.0 + 6.0 * streams.named("index time").share());
    let companions = meetings(province, &[index], now - hours(7.5 * 24.0), now - hours(72.0));
    let companions: Vec<Meeting> =
        companions.into_values().flatten().filter(|meeting| meeting.setting == Setting::Meal).collect();
    let (mut tree, mut detected) = (Vec::new(), Vec::new());
    let stream = &mut streams.named("transmission");
    for attempt in 0..ATTEMPTS {
        tree = people.transmission(stream.at(attempt), (index, infected), &companions, now);
        detected = detection(stream, &tree, now);
        let counties: BTreeSet<Jurisdiction> = detected.iter().map(|case| people.county(case.person)).collect();
        if (3..=6).contains(&detected.len()) && (2..=3).contains(&counties.len()) {
            break;
        }
    }

    let mut record = Record::new(streams, now);
    for case in &detected {
        record.case(&people, case, &mut streams.named("case follow-up"));
    }
    let close = people.contacts(&detected, now);
    record.contacts(&people, &detected, &close, &mut streams.named("contact follow-up"));

    let next = people.next_positive(&tree, &detected, &close, &mut streams.named("next positive"), now);
    let next = match tree.iter().find(|link| link.person == next) {
        Some(&link) => link,
        None => {
            let yesterday = midnight(local_day(now - hours(24.0)));
            let infected = yesterday - hours(66.0);
            let by = Some(people.likely_source(next, &tree, infected));
            let link = Link { person: next, by, infected, onset: yesterday + hours(8.0) };
            tree.push(link);
            link
        }
    };
    record.illness(&people, next.person, next.onset, now - hours(2.0));

    let id = |person: usize| province.residents[person].person;
    record.facts.sort_by_key(|(recorded, _)| *recorded);
    Outbreak {
        facts: record.facts,
        next_positive: id(next.person),
        infections: tree
            .iter()
            .map(|link| Infection {
                person: id(link.person),
                by: link.by.map(id),
                infected: link.infected,
                onset: link.onset,
            })
            .collect(),
        confined: record.confined,
        now,
    }
}

/// The province's people by household and by class or work.
struct People<'a> {
    province: &'a Province,
    /// Unit and person, by index, in order.
    daily: Vec<(u32, usize)>,
}

impl<'a> People<'a> {
    fn new(province: &'a Province) -> Self {
        let people = province.people.iter().enumerate();
        let mut daily: Vec<(u32, usize)> = people.filter_map(|(index, who)| Some((who.daily?, index))).collect();
        daily.sort_unstable();
        Self { province, daily }
    }

    fn household(&self, person: usize) -> std::ops::Range<usize> {
        self.province.households[self.province.household_of(person)].people()
    }

    /// Who learns or works in the same room, themselves included.
    fn mates(&self, person: usize) -> impl Iterator<Item = usize> + '_ {
        let unit = self.province.people[person].daily;
        let start = unit.map_or(self.daily.len(), |unit| self.daily.partition_point(|pair| pair.0 < unit));
        self.daily[start..].iter().take_while(move |pair| Some(pair.0) == unit).map(|pair| pair.1)
    }

    fn county(&self, person: usize) -> Jurisdiction {
        self.province.residents[person].jurisdiction.at(Level::County)
    }

    fn setting(&self, person: usize) -> Option<Setting> {
        self.province.people[person].daily.map(|unit| self.province.units[unit as usize].setting)
    }

    fn works_in_company(&self, person: usize) -> bool {
        self.province.people[person].role == Role::Worker && self.setting(person) == Some(Setting::Office)
    }

    /// Someone with a family who works in another county than they live in.
    fn index_case(&self, stream: &mut Stream) -> usize {
        const TRIES: usize = 20_000;
        let fits = |person: usize| {
            let who = self.province.people[person];
            let works_at = self.province.townships[usize::from(who.daily_township)].code;
            self.works_in_company(person)
                && !self.county(person).contains(works_at)
                && self.household(person).len() >= 3
                && (6..=40).contains(&self.mates(person).count())
        };
        let people = self.province.people.len();
        let mut last = 0;
        for _ in 0..TRIES {
            last = stream.below(people);
            if fits(last) {
                break;
            }
        }
        last
    }

    fn transmission(
        &self,
        stream: &mut Stream,
        index: (usize, Timestamp),
        companions: &[Meeting],
        now: Timestamp,
    ) -> Vec<Link> {
        /// Chances that a case infects someone over its whole course, by where they meet. Assumptions.
        const AT_HOME: f64 = 0.4;
        const AT_WORK: f64 = 0.14;
        const IN_CLASS: f64 = 0.05;
        const AT_TABLE: f64 = 0.12;
        const ENOUGH: usize = 30;
        let incubation = |stream: &mut Stream| hours(24.0 * stream.quantile(&INCUBATION_DAYS));
        let onset = index.1 + incubation(stream);
        let mut tree = vec![Link { person: index.0, by: None, infected: index.1, onset }];
        let mut done = 0;
        while done < tree.len() && tree.len() < ENOUGH {
            let from = tree[done];
            done += 1;
            let mut infect = |stream: &mut Stream, person: usize, at: Timestamp| {
                let known = tree.iter().any(|link| link.person == person);
                if !known && at > from.infected + hours(12.0) && at < now - hours(24.0) {
                    tree.push(Link { person, by: Some(from.person), infected: at, onset: at + incubation(stream) });
                }
            };
            for person in self.household(from.person) {
                if stream.chance(AT_HOME) {
                    let day = local_day(from.infected + hours(24.0 * stream.quantile(&GENERATION_DAYS)));
                    infect(stream, person, midnight(day) + hours(19.5));
                }
            }
            let at_daily = if self.setting(from.person) == Some(Setting::Classroom) { IN_CLASS } else { AT_WORK };
            for person in self.mates(from.person) {
                if stream.chance(at_daily) {
                    let day = local_day(from.infected + hours(24.0 * stream.quantile(&GENERATION_DAYS)));
                    if day.weekday().to_monday_zero_offset() < 5 {
                        infect(stream, person, midnight(day) + hours(10.0));
                    }
                }
            }
            if from.by.is_none() {
                for meeting in companions {
                    if stream.chance(AT_TABLE) {
                        infect(stream, meeting.with, meeting.start);
                    }
                }
            }
        }
        tree
    }

    /// Whom each case met in a way that plans call close, while infectious and before the result was known.
    fn contacts(&self, detected: &[Detected], now: Timestamp) -> BTreeMap<usize, BTreeSet<usize>> {
        let Some(first) = detected.iter().map(|case| case.infectious_from()).min() else { return BTreeMap::new() };
        let cases: Vec<usize> = detected.iter().map(|case| case.person).collect();
        let met = meetings(self.province, &cases, first, now);
        detected
            .iter()
            .map(|case| {
                let window = case.infectious_from()..case.result;
                let close = met[&case.person]
                    .iter()
                    .filter(|meeting| window.contains(&meeting.start) && is_close(meeting.setting))
                    .map(|meeting| meeting.with)
                    .chain(self.household(case.person))
                    .filter(|person| !cases.contains(person))
                    .collect();
                (case.person, close)
            })
            .collect()
    }

    fn next_positive(
        &self,
        tree: &[Link],
        detected: &[Detected],
        close: &BTreeMap<usize, BTreeSet<usize>>,
        stream: &mut Stream,
        now: Timestamp,
    ) -> usize {
        const FEWEST: usize = 60;
        const MOST: usize = 400;
        const CANDIDATES: usize = 80;
        let yesterday = local_day(now - hours(24.0));
        // Whom headquarters knows of, and the infected who fell ill on another day.
        let listed = |person: usize| {
            close.values().any(|contacts| contacts.contains(&person))
                || detected.iter().any(|case| case.person == person)
                || tree.iter().any(|link| link.person == person && local_day(link.onset) != yesterday)
        };
        let fits =
            |&person: &usize| !listed(person) && self.works_in_company(person) && self.household(person).len() >= 2;
        // First who is infected, then who works with someone infected, then anyone who works around there.
        let mut candidates: Vec<usize> = tree.iter().map(|link| link.person).filter(fits).collect();
        candidates.extend(
            tree.iter().flat_map(|link| self.mates(link.person).chain(self.household(link.person))).filter(fits),
        );
        let home = self.province.people[tree[0].person].daily_township;
        let county = &self.province.counties[usize::from(self.province.townships[usize::from(home)].county)];
        for _ in 0..CANDIDATES * 20 {
            if candidates.len() >= CANDIDATES {
                break;
            }
            candidates.extend(Some(county.people.start + stream.below(county.people.len())).filter(fits));
        }
        let from = midnight(local_day(now - hours(72.0)));
        let met = meetings(self.province, &candidates, from, now);
        let reach = |person: usize| {
            let others: BTreeSet<usize> =
                met[&person].iter().map(|meeting| meeting.with).chain(self.household(person)).collect();
            others.len() - 1
        };
        let lively = candidates.iter().copied().find(|&person| (FEWEST..=MOST).contains(&reach(person)));
        let outside = |person: usize| reach(person).saturating_sub(MOST) + FEWEST.saturating_sub(reach(person));
        lively.or_else(|| candidates.into_iter().min_by_key(|&person| outside(person))).unwrap_or(tree[0].person)
    }

    /// Who of those infected before an instant lives or works with someone; else the index case.
    fn likely_source(&self, person: usize, tree: &[Link], before: Timestamp) -> usize {
        let near: BTreeSet<usize> = self.household(person).chain(self.mates(person)).collect();
        let source = tree.iter().find(|link| near.contains(&link.person) && link.infected < before);
        source.unwrap_or(&tree[0]).person
    }
}

impl Detected {
    /// Two days before the onset, or before the specimen of who was not ill by then.
    fn infectious_from(&self) -> Timestamp {
        midnight(local_day(self.onset.min(self.collected))) - hours(48.0)
    }
}

/// Settings in which plans call a meeting close; markets and shops are not among them.
fn is_close(setting: Setting) -> bool {
    !matches!(setting, Setting::Market | Setting::Shop | Setting::Other)
}

/// Who has been found so far: someone who felt ill, and then people around them one after the other.
fn detection(stream: &mut Stream, tree: &[Link], now: Timestamp) -> Vec<Detected> {
    const MOST: usize = 6;
    let first_result = now - hours(33.0 + 2.0 * stream.share());
    let seeks_help = |link: &&Link| {
        link.by.is_some() && link.onset > first_result - hours(96.0) && link.onset < first_result - hours(12.0)
    };
    let Some(first) = tree.iter().find(seeks_help) else { return Vec::new() };
    let mut found = vec![first.person];
    let mut detected = Vec::new();
    let mut add = |link: &Link, result: Timestamp, stream: &mut Stream| {
        let collected = result - hours(5.0 + 3.0 * stream.share());
        detected.push(Detected { person: link.person, onset: link.onset, collected, result });
    };
    add(first, first_result, stream);
    // Outwards along the chains, as questioning and testing go.
    let mut result = first_result + hours(7.0);
    while found.len() < MOST && result < now - hours(1.5) {
        let next = tree.iter().find(|link| {
            let linked = tree.iter().any(|other| {
                found.contains(&other.person) && (link.by == Some(other.person) || other.by == Some(link.person))
            });
            linked && !found.contains(&link.person) && link.infected < result - hours(60.0)
        });
        let Some(next) = next else { break };
        found.push(next.person);
        add(next, result, stream);
        result += hours(3.0 + 4.0 * stream.share());
    }
    detected
}

/// What has been recorded so far.
struct Record {
    facts: Vec<(Timestamp, Draft)>,
    confined: BTreeMap<PersonId, Timestamp>,
    now: Timestamp,
    actors: Numbering,
    specimens: Numbering,
    tested: usize,
}

impl Record {
    /// The index of the laboratory among actors; counties follow by the number of their code.
    const LABORATORY: usize = 0;

    fn new(streams: Streams, now: Timestamp) -> Self {
        Self {
            facts: Vec::new(),
            confined: BTreeMap::new(),
            now,
            actors: Numbering::new(streams, "actor ids"),
            specimens: Numbering::new(streams, "specimen ids"),
            tested: 0,
        }
    }

    /// Notes a fact, unless it would be recorded only after the present.
    fn note(&mut self, occurred: Timestamp, recorded: Timestamp, actor: usize, purpose: Purpose, body: Body) {
        if recorded > self.now {
            return;
        }
        if let Body::FollowUp { person, step: Step::Control, .. } = body {
            self.confined.insert(person, occurred);
        }
        let actor = ActorId::new(self.actors.number(actor));
        let source = Source { actor, channel: Channel::Simulation, key: None };
        self.facts.push((recorded, Draft { occurred, source, purpose, supersedes: None, body }));
    }

    fn test(&mut self, person: PersonId, collected: Timestamp, result: Timestamp, outcome: TestOutcome) {
        self.tested += 1;
        let specimen = Some(SpecimenId::new(self.specimens.number(self.tested)));
        let body = Body::TestResult { person, disease: disease(), specimen, collected, result: outcome };
        self.note(result, result + hours(0.15), Self::LABORATORY, Purpose::Investigation, body);
    }

    fn illness(&mut self, people: &People<'_>, person: usize, onset: Timestamp, recorded: Timestamp) {
        let body = Body::Symptoms {
            person: people.province.residents[person].person,
            disease: disease(),
            onset: local_day(onset),
            signs: ["fever", "cough"].map(str::to_owned).into(),
        };
        self.note(onset, recorded, office(people.county(person)), Purpose::Investigation, body);
    }

    fn step(&mut self, people: &People<'_>, person: usize, step: Step, at: Timestamp) {
        let body = Body::FollowUp { person: people.province.residents[person].person, disease: disease(), step };
        self.note(at, at + hours(0.1), office(people.county(person)), Purpose::FollowUp, body);
    }

    /// A positive, the interview about its onset, and the way to hospital.
    fn case(&mut self, people: &People<'_>, case: &Detected, stream: &mut Stream) {
        let stream = stream.at(case.person as u64);
        self.test(people.province.residents[case.person].person, case.collected, case.result, TestOutcome::Positive);
        let interview = case.result + hours(1.0 + stream.share());
        if case.onset < interview {
            self.illness(people, case.person, case.onset, interview);
        }
        let mut at = case.result;
        for (step, delay) in [(Step::Identity, 0.3), (Step::Location, 0.5), (Step::Control, 1.2)] {
            at += hours(delay * (0.6 + stream.share()));
            self.step(people, case.person, step, at);
        }
    }

    /// What was done about the contacts of the cases found early: most of it for two thirds of them.
    fn contacts(
        &mut self,
        people: &People<'_>,
        detected: &[Detected],
        close: &BTreeMap<usize, BTreeSet<usize>>,
        stream: &mut Stream,
    ) {
        const EARLY_HOURS: f64 = 9.0;
        const REACHED: f64 = 0.67;
        const GETS_ON: f64 = 0.88;
        const TESTED: f64 = 0.5;
        let early = self.now - hours(EARLY_HOURS);
        let mut first_case: BTreeMap<usize, &Detected> = BTreeMap::new();
        for case in detected.iter().filter(|case| case.result < early) {
            for &contact in close.get(&case.person).into_iter().flatten() {
                first_case.entry(contact).or_insert(case);
            }
        }
        let elsewhere = |contact: &usize, case: &Detected| people.county(*contact) != people.county(case.person);
        let handed = first_case.iter().find(|(contact, case)| elsewhere(contact, case));
        let handed = handed.or(first_case.first_key_value()).map(|(&contact, &case)| (contact, case));
        if let Some((contact, case)) = handed {
            self.hand_over(people, contact, case);
        }
        let mut untouched = None;
        for (&contact, &case) in
            first_case.iter().filter(|(contact, _)| handed.is_none_or(|(other, _)| other != **contact))
        {
            stream.at(contact as u64);
            if !stream.chance(REACHED) {
                untouched = untouched.or(Some((contact, case)));
                continue;
            }
            let mut at = case.result + hours(0.8 + 3.0 * stream.share());
            let mut controlled = None;
            for (step, delay) in [(Step::Identity, 0.0), (Step::Location, 1.5), (Step::Control, 3.0)] {
                at += hours(delay * (0.4 + 1.2 * stream.share()));
                if !stream.chance(GETS_ON) {
                    break;
                }
                self.step(people, contact, step, at);
                controlled = (step == Step::Control).then_some(at);
            }
            if let Some(at) = controlled
                && stream.chance(TESTED)
            {
                let collected = at + hours(0.5 + 2.0 * stream.share());
                let result = collected + hours(4.0 + 3.0 * stream.share());
                self.test(people.province.residents[contact].person, collected, result, TestOutcome::Negative);
            }
        }
        // Somebody does not answer the telephone.
        if let Some((contact, case)) = untouched {
            let at = case.result + hours(4.0);
            let person = people.province.residents[contact].person;
            let body = Body::NotFound { person, disease: disease(), outcome: NotFound::Unreachable, to: None };
            self.note(at, at + hours(0.1), office(people.county(contact)), Purpose::Locating, body);
        }
    }

    /// Asks a contact's own county to take them over; who is at home in the case's county stays in another now.
    fn hand_over(&mut self, people: &People<'_>, contact: usize, case: &Detected) {
        let from = people.county(case.person);
        let at_home = people.county(contact);
        let counties = people.province.counties.iter().map(|county| county.code);
        let Some(to) = std::iter::once(at_home).chain(counties).find(|&county| county != from) else { return };
        let at = case.result + hours(5.0);
        let person = people.province.residents[contact].person;
        let body = Body::HandOver { person, disease: disease(), from, to, reason: None };
        self.note(at, at + hours(0.1), office(from), Purpose::Locating, body);
    }
}

fn disease() -> Disease {
    Disease::named("covid-19")
}

/// The index of a county's disease control office among actors.
fn office(county: Jurisdiction) -> usize {
    county.number() as usize
}
