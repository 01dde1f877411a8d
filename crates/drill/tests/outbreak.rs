//! The outbreak as headquarters sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use drill::{Outbreak, Province, Size, jurisdictions_for_demo_accounts, outbreak, province};
use facts::{Body, Channel, Jurisdiction, Level, PersonId, Setting, Step, TestOutcome, Timestamp};
use jiff::SignedDuration;

static PROVINCE: LazyLock<Province> = LazyLock::new(|| province(1, Size { people: 40_000, days: 14 }));
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 6];

fn now() -> Timestamp {
    "2026-03-19T06:20:00Z".parse().unwrap()
}

fn outbreaks() -> impl Iterator<Item = (u64, Outbreak)> {
    SEEDS.into_iter().map(|seed| (seed, outbreak(&PROVINCE, seed, now())))
}

fn positives(outbreak: &Outbreak) -> Vec<(Timestamp, PersonId)> {
    let positive = |(recorded, draft): &(Timestamp, facts::Draft)| match draft.body {
        Body::TestResult { person, result: TestOutcome::Positive, .. } => Some((*recorded, person)),
        _ => None,
    };
    outbreak.facts.iter().filter_map(positive).collect()
}

fn county(person: PersonId) -> Jurisdiction {
    PROVINCE.residents[PROVINCE.index_of(person).unwrap()].jurisdiction.at(Level::County)
}

#[test]
fn facts_are_sound_in_order_and_of_the_past() {
    for (seed, outbreak) in outbreaks() {
        assert!(outbreak.facts.is_sorted_by_key(|(recorded, _)| *recorded));
        for (recorded, draft) in &outbreak.facts {
            draft.check().unwrap();
            assert!(draft.occurred <= *recorded && *recorded <= now(), "seed {seed}: {draft:?}");
            assert_eq!(draft.source.channel, Channel::Simulation);
            assert!(draft.body.people().iter().all(|&person| PROVINCE.index_of(person).is_some()));
        }
    }
}

#[test]
fn the_same_seed_draws_the_same_outbreak() {
    assert_eq!(outbreak(&PROVINCE, 1, now()), outbreak(&PROVINCE, 1, now()));
    assert_ne!(outbreak(&PROVINCE, 1, now()).facts, outbreak(&PROVINCE, 2, now()).facts);
}

#[test]
fn a_few_cases_in_two_or_three_counties_came_to_light_within_36_hours() {
    for (seed, outbreak) in outbreaks() {
        let positives = positives(&outbreak);
        assert!((3..=6).contains(&positives.len()), "seed {seed}: {} cases", positives.len());
        let counties: BTreeSet<_> = positives.iter().map(|(_, person)| county(*person)).collect();
        assert!((2..=3).contains(&counties.len()), "seed {seed}: {counties:?}");
        assert!(positives.iter().all(|(recorded, _)| *recorded > now() - SignedDuration::from_hours(36)));
    }
}

#[test]
fn only_the_infected_are_positive_and_infections_have_a_source() {
    for (seed, outbreak) in outbreaks() {
        let infected: BTreeMap<_, _> = outbreak.infections.iter().map(|link| (link.person, link)).collect();
        assert_eq!(infected.len(), outbreak.infections.len(), "seed {seed}: someone is infected twice");
        assert!(positives(&outbreak).iter().all(|(_, person)| infected.contains_key(person)));
        assert_eq!(outbreak.infections.iter().filter(|link| link.by.is_none()).count(), 1);
        for link in &outbreak.infections {
            assert!(link.onset > link.infected);
            if let Some(by) = link.by {
                assert!(infected[&by].infected < link.infected, "seed {seed}: infected before their source");
            }
        }
    }
}

#[test]
fn the_work_is_half_done() {
    for (seed, outbreak) in outbreaks() {
        let count = |kind: &str| outbreak.facts.iter().filter(|(_, draft)| draft.body.kind() == kind).count();
        assert_eq!((count("hand-over"), count("not-found")), (1, 1), "seed {seed}");
        let mut steps: BTreeMap<PersonId, Vec<Step>> = BTreeMap::new();
        for (_, draft) in &outbreak.facts {
            if let Body::FollowUp { person, step, .. } = draft.body {
                steps.entry(person).or_default().push(step);
            }
        }
        let in_order = [Step::Identity, Step::Location, Step::Control];
        assert!(steps.values().all(|steps| in_order.starts_with(steps)), "seed {seed}: steps out of order");
        let finished = steps.values().filter(|steps| steps.len() == 3).count();
        assert!(finished > 10 && finished < steps.len(), "seed {seed}: {finished} of {}", steps.len());
        let negative =
            |draft: &facts::Draft| matches!(draft.body, Body::TestResult { result: TestOutcome::Negative, .. });
        assert!(outbreak.facts.iter().filter(|(_, draft)| negative(draft)).count() >= 3);
        println!(
            "seed {seed}: {} facts, {} positives, {} people followed up, {finished} of them to the end",
            outbreak.facts.len(),
            positives(&outbreak).len(),
            steps.len()
        );
    }
}

#[test]
fn who_is_under_control_goes_nowhere() {
    let outbreak = outbreak(&PROVINCE, 1, now());
    let (&person, &since) = outbreak.confined.iter().next().unwrap();
    let today = PROVINCE.visits("2026-03-19".parse().unwrap());
    let mut visit = today[0];
    (visit.person, visit.start) = (person, since - SignedDuration::from_mins(1));
    assert!(outbreak.keeps(&visit));
    visit.start = since;
    assert!(!outbreak.keeps(&visit));
    assert!(today.iter().filter(|visit| outbreak.keeps(visit)).all(|visit| visit.start < now()));
}

#[test]
fn the_next_positive_is_ill_unknown_and_has_met_many() {
    for (seed, outbreak) in outbreaks() {
        let next = outbreak.next_positive;
        let theirs: Vec<_> = outbreak.facts.iter().filter(|(_, draft)| draft.body.people().contains(&next)).collect();
        let [(_, symptoms)] = theirs.as_slice() else { panic!("seed {seed}: more is known of them than symptoms") };
        assert!(matches!(symptoms.body, Body::Symptoms { onset, .. } if onset == "2026-03-18".parse().unwrap()));
        assert!(outbreak.infections.iter().any(|link| link.person == next && link.onset < now()));

        // The plain definition of a first ring: the same unit at the same time, an hour where no exit is scanned.
        let mut met: BTreeSet<PersonId> = BTreeSet::new();
        let mut settings = BTreeSet::new();
        for day in ["2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19"] {
            let mut visits = PROVINCE.visits(day.parse().unwrap());
            visits.retain(|visit| outbreak.keeps(visit));
            let end = |visit: &facts::VisitRow| visit.end.unwrap_or(visit.start + SignedDuration::from_hours(1));
            for own in visits.iter().filter(|visit| visit.person == next) {
                settings.insert(PROVINCE.units[PROVINCE.index_of_unit(own.unit).unwrap()].setting);
                let with = visits.iter().filter(|other| {
                    other.unit == own.unit && other.start < end(own) && end(other) > own.start && other.person != next
                });
                met.extend(with.map(|other| other.person));
            }
        }
        println!("seed {seed}: the next positive met {} people in {settings:?}", met.len());
        assert!((55..=400).contains(&met.len()), "seed {seed}: {} people", met.len());
        assert!(settings.contains(&Setting::Office));
        let home = jurisdictions_for_demo_accounts(&PROVINCE, &outbreak);
        assert_eq!(home.county, county(next));
        assert_eq!(home.township.level(), Level::Township);
    }
}
