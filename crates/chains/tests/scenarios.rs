//! Small outbreaks of which everyone can say by eye who infected whom.

use chains::{
    CaseInfo, ChainsError, Evidence, Link, Options, Period, Position, Source, Sources, Tree, candidates, tree,
};
use facts::{Date, Setting};
use plan::{Confidence, Delay, Delays, Family};

fn delay(family: Family, mean_days: f64, sd_days: f64) -> Delay {
    Delay {
        family,
        mean_days,
        sd_days,
        maximum_days: None,
        source: Vec::new(),
        confidence: Confidence::Assumption,
        note: None,
    }
}

/// A disease with eleven days from onset to onset, as measles has.
fn slow() -> Delays {
    Delays {
        incubation: delay(Family::Lognormal, 12.8, 2.7),
        serial_interval: Some(delay(Family::Gamma, 11.7, 2.7)),
        generation_time: None,
    }
}

/// A disease of which the infected may fall ill first, as COVID-19.
fn quick() -> Delays {
    Delays {
        incubation: delay(Family::Gamma, 4.43, 2.19),
        serial_interval: Some(delay(Family::Normal, 3.78, 4.4)),
        generation_time: None,
    }
}

fn options() -> Options {
    Options { infectious_from_days: 4, ..Options::default() }
}

/// A day of March, or of the months after it.
fn day(number: i16) -> Date {
    Date::constant(2026, 3, 1).checked_add(std::time::Duration::from_secs(86_400 * (number as u64 - 1))).unwrap()
}

fn case(id: u32, onset: i16) -> CaseInfo<u32> {
    CaseInfo::new(id).with_onset(day(onset))
}

fn link(a: u32, b: u32, evidence: Evidence) -> Link<u32> {
    Link { a, b, evidence, strength: evidence.strength(), period: Period::default() }
}

const HOME: Evidence = Evidence::Setting(Setting::Home);

fn sources(cases: &[CaseInfo<u32>], links: &[Link<u32>], delays: &Delays) -> Vec<Sources<u32>> {
    candidates(cases, links, delays, &options()).unwrap()
}

/// The sources of the last case.
fn last(cases: &[CaseInfo<u32>], links: &[Link<u32>], delays: &Delays) -> Sources<u32> {
    sources(cases, links, delays).pop().unwrap()
}

fn ranking(of: &Sources<u32>) -> Vec<u32> {
    of.candidates.iter().map(|candidate| candidate.infector).collect()
}

fn source_in(tree: &Tree<u32>, case: u32) -> Source<u32> {
    tree.edges.iter().find(|edge| edge.case == case).unwrap().source
}

#[test]
fn of_two_candidates_the_one_nearer_the_serial_interval_comes_first() {
    // Eleven days before, and six: the later onset is nearer, and less likely.
    let of = last(&[case(1, 1), case(2, 6), case(3, 12)], &[], &slow());
    assert_eq!(ranking(&of), [1, 2]);
    assert_eq!(of.candidates[0].lag_days, Some(11));
    assert!(of.candidates[0].timing > of.candidates[1].timing);
    assert_eq!(of.candidates[0].reasons, []);
}

#[test]
fn a_household_beats_a_better_onset() {
    let cases = [case(1, 1), case(2, 4), case(3, 12)];
    let of = last(&cases, &[link(2, 3, HOME)], &slow());
    assert_eq!(ranking(&of), [2, 1]);
    assert_eq!((of.candidates[0].reasons[0].evidence, of.best().0), (HOME, Source::Case(2)));
    assert!(of.candidates[0].probability > 0.5, "{of:?}");
}

#[test]
fn what_is_shared_counts_like_a_link() {
    let shared = |id, onset| CaseInfo { shared: vec![(HOME, 7)], ..case(id, onset) };
    let by_household = last(&[case(1, 1), shared(2, 4), shared(3, 12)], &[], &slow());
    let by_link = last(&[case(1, 1), case(2, 4), case(3, 12)], &[link(3, 2, HOME)], &slow());
    assert_eq!(by_household, by_link);
}

#[test]
fn neighbours_come_before_those_who_live_far_away() {
    let at = |id, onset, east_metres| CaseInfo {
        position: Some(Position { east_metres, north_metres: 0.0 }),
        ..case(id, onset)
    };
    let of = last(&[at(1, 1, 900.0), at(2, 1, 20.0), at(3, 12, 0.0)], &[], &slow());
    assert_eq!(ranking(&of), [2, 1]);
    assert_eq!(of.candidates[0].reasons[0].evidence, Evidence::Nearby);
    assert_eq!(of.candidates[1].reasons, []);
}

#[test]
fn someone_isolated_before_they_could_infect_is_no_candidate() {
    let isolated = CaseInfo { infectious_until: Some(day(1)), ..case(1, 10) };
    let of = last(&[isolated, case(2, 8), case(3, 21)], &[link(1, 3, HOME)], &slow());
    assert_eq!(ranking(&of), [2]);
}

#[test]
fn a_meeting_counts_on_its_days_only() {
    let cases = [case(1, 1), case(2, 2), case(3, 13)];
    // Case 2 was met two days ago: nobody falls ill of measles so fast.
    let met_late = Link { period: Period::day(day(11)), ..link(2, 3, HOME) };
    let of = last(&cases, &[met_late], &slow());
    assert!(of.candidates.iter().all(|candidate| candidate.reasons.is_empty()), "{of:?}");
    let met_in_time = Link { period: Period::day(day(2)), ..link(2, 3, HOME) };
    assert_eq!(last(&cases, &[met_in_time], &slow()).best().0, Source::Case(2));
}

#[test]
fn a_known_exposure_leaves_those_who_could_infect_then() {
    // Exposed on 2 March only: case 2 was not infectious until four days before 12 March.
    let exposed = CaseInfo { exposed: Some(Period::day(day(2))), ..case(3, 16) };
    let of = last(&[case(1, 3), case(2, 12), exposed], &[link(2, 3, HOME)], &slow());
    assert_eq!(ranking(&of), [1]);
}

#[test]
fn an_exposure_that_no_incubation_allows_is_not_used() {
    let slip = CaseInfo { exposed: Some(Period::day(day(40))), ..case(2, 12) };
    assert_eq!(last(&[case(1, 1), slip], &[], &slow()), last(&[case(1, 1), case(2, 12)], &[], &slow()));
}

#[test]
fn a_traveller_whom_nobody_fits_is_imported() {
    let traveller = CaseInfo { import: Some(Period::new(None, Some(day(30)))), ..case(2, 38) };
    let of = last(&[case(1, 36), traveller.clone()], &[], &slow());
    assert_eq!(of.best().0, Source::Imported);
    assert!(!of.is_unexplained());
    let too_long_ago = CaseInfo { import: Some(Period::new(None, Some(day(1)))), ..traveller };
    assert!(last(&[case(1, 36), too_long_ago], &[], &slow()).is_unexplained());
}

#[test]
fn a_travel_history_without_dates_is_one_too() {
    let traveller = CaseInfo { import: Some(Period::default()), ..case(1, 10) };
    assert_eq!(last(&[traveller], &[], &slow()).best().0, Source::Imported);
}

#[test]
fn a_case_whom_nobody_fits_is_unexplained_and_given_no_poor_infector() {
    let of = last(&[case(1, 1), case(2, 3), case(3, 60)], &[link(1, 3, HOME)], &slow());
    assert_eq!((of.candidates.as_slice(), of.unknown, of.entropy_bits), (&[][..], 1.0, 0.0));
    assert!(of.is_unexplained());
    // Three days are possible, barely: whom nothing connects stays less likely than someone unknown.
    let barely = last(&[case(1, 1), case(2, 4)], &[], &slow());
    assert!(barely.is_unexplained() && barely.unknown > 0.9, "{barely:?}");
}

#[test]
fn the_infected_may_fall_ill_first_where_the_plan_says_so() {
    let cases = [case(1, 10), case(2, 9)];
    let first = |delays: &Delays| sources(&cases, &[link(1, 2, HOME)], delays)[1].clone();
    assert_eq!((first(&quick()).best().0, first(&quick()).candidates[0].lag_days), (Source::Case(1), Some(-1)));
    assert_eq!(first(&slow()).candidates, []);
}

#[test]
fn two_who_may_have_infected_each_other_make_no_circle() {
    let cases = [case(1, 10), case(2, 10)];
    let found = sources(&cases, &[link(1, 2, HOME)], &quick());
    assert_eq!((found[0].best().0, found[1].best().0), (Source::Case(2), Source::Case(1)));
    let tree = tree(&found);
    assert_eq!(tree.chains(), 1);
    let mut generations: Vec<u32> = tree.edges.iter().map(|edge| edge.generation).collect();
    generations.sort();
    assert_eq!(generations, [0, 1]);
}

#[test]
fn a_chain_of_three_generations_is_found_link_by_link() {
    let cases = [case(1, 1), case(2, 12), case(3, 24), case(4, 36)];
    let links = [link(1, 2, HOME), link(2, 3, HOME), link(3, 4, HOME)];
    let tree = tree(&sources(&cases, &links, &slow()));
    let infectors: Vec<Source<u32>> = (1..=4).map(|case| source_in(&tree, case)).collect();
    assert_eq!(infectors, [Source::Unknown, Source::Case(1), Source::Case(2), Source::Case(3)]);
    assert_eq!(tree.edges.iter().map(|edge| edge.generation).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn a_case_without_onset_counts_from_when_it_was_found() {
    let silent = CaseInfo { found: Some(day(14)), ..CaseInfo::new(2) };
    let of = last(&[case(1, 1), silent], &[link(1, 2, HOME)], &slow());
    assert_eq!((of.best().0, of.candidates[0].lag_days), (Source::Case(1), None));
    let undated = last(&[case(1, 1), CaseInfo::new(2)], &[link(1, 2, HOME)], &slow());
    assert!(undated.is_unexplained() && undated.candidates.is_empty());
}

#[test]
fn an_onset_somewhere_in_a_year_is_none() {
    let year = Some(Period::new(Some(day(1)), Some(day(365))));
    let of = last(&[case(1, 1), CaseInfo { onset: year, ..CaseInfo::new(2) }], &[link(1, 2, HOME)], &slow());
    assert!(of.candidates.is_empty() && of.is_unexplained());
    let days = Some(Period::new(Some(day(11)), Some(day(13))));
    let of = last(&[case(1, 1), CaseInfo { onset: days, ..CaseInfo::new(2) }], &[link(1, 2, HOME)], &slow());
    assert_eq!((of.best().0, of.candidates[0].lag_days), (Source::Case(1), None));
}

#[test]
fn an_even_question_is_one_bit_and_a_settled_one_none() {
    let cases = [case(1, 1), case(2, 1), case(3, 12)];
    let even = last(&cases, &[link(1, 3, HOME), link(2, 3, HOME)], &slow());
    assert!((even.entropy_bits - 1.0).abs() < 0.2, "{even:?}");
    let settled = last(&cases[1..], &[link(2, 3, HOME)], &slow());
    assert!(settled.entropy_bits < 0.2, "{settled:?}");
}

#[test]
fn a_case_that_many_may_have_infected_alike_is_open_and_not_unexplained() {
    let mut cases: Vec<_> = (1..=40).map(|id| case(id, 1)).collect();
    cases.push(case(41, 12));
    let of = last(&cases, &[], &slow());
    assert!(!of.is_unexplained() && of.entropy_bits > 4.0, "{of:?}");
    // And yet the tree does not pick one of forty.
    assert_eq!(of.best().0, Source::Unknown);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let cases = [case(1, 1), case(2, 12)];
    let refused = |cases: &[CaseInfo<u32>], links: &[Link<u32>], options: &Options| {
        candidates(cases, links, &slow(), options).unwrap_err()
    };
    assert_eq!(refused(&[case(1, 1), case(1, 2)], &[], &options()), ChainsError::SameCase { first: 0, second: 1 });
    assert_eq!(refused(&cases, &[link(1, 9, HOME)], &options()), ChainsError::Stranger { link: 0 });
    let strong = Link { strength: 1.5, ..link(1, 2, HOME) };
    assert_eq!(refused(&cases, &[strong], &options()), ChainsError::Strength { link: 0, strength: 1.5 });
    let nobody_unknown = Options { unknown: 0.0, ..options() };
    assert!(refused(&cases, &[], &nobody_unknown).to_string().contains("unknown"));
}
