//! `firebreak bench chains`: are the sources that are ranked first those that investigators named?
//!
//! Four published outbreaks. What is put in is what someone could know who does not know who infected whom; the
//! weights are the same for all and fitted to none. Beside it stands the plainest rule there is, the nearest
//! earlier onset, with what it would get on average where several share that day.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use chains::{CaseInfo, Evidence, Options, Period, Position, Sources, candidates};
use facts::{Date, Setting};
use plan::{Confidence, Delay, Delays, Family};

/// One outbreak with known sources.
struct Outbreak {
    name: &'static str,
    delays: Delays,
    options: Options,
    cases: Vec<CaseInfo<usize>>,
    /// Whom investigators named as the source, any of several, by case.
    named: BTreeMap<usize, BTreeSet<usize>>,
    /// What was put in, first of dates alone, then of all that is fair.
    inputs: [&'static str; 2],
}

/// The table of results, in Markdown; of the outbreaks whose files are in the folder.
pub fn run(data: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "| outbreak | cases with a named source | put in | first | as likely as it says | among three | nearest earlier \
         onset: first | among three | unexplained |\n|---|---:|---|---:|---:|---:|---:|---:|---:|"
    )?;
    for result in results(data)? {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            result.outbreak,
            result.named,
            result.put_in,
            percent(result.first),
            percent(result.given),
            percent(result.among_three),
            percent(result.plain_first),
            percent(result.plain_among_three),
            percent(result.unexplained),
        )?;
    }
    Ok(text)
}

/// How the ranking of one outbreak came out. Shares are of the cases with a named source.
#[derive(Debug, Clone)]
struct Outcome {
    outbreak: &'static str,
    put_in: &'static str,
    named: usize,
    first: f64,
    /// How likely, on average, the derivation itself takes whom it ranks first to be.
    given: f64,
    among_three: f64,
    plain_first: f64,
    plain_among_three: f64,
    /// Cases that were called unexplained although investigators named a source.
    unexplained: f64,
}

fn results(data: &Path) -> anyhow::Result<Vec<Outcome>> {
    let mut results = Vec::new();
    for outbreak in [mers(data)?, hagelloch(data)?, singapore(data)?, tianjin(data)?] {
        let dates_only: Vec<CaseInfo<usize>> = outbreak.cases.iter().map(only_dates).collect();
        for (put_in, cases) in outbreak.inputs.into_iter().zip([&dates_only, &outbreak.cases]) {
            if !put_in.is_empty() {
                results.push(outcome(&outbreak, put_in, cases)?);
            }
        }
    }
    Ok(results)
}

/// A case of which only onset, finding and end are known.
fn only_dates(case: &CaseInfo<usize>) -> CaseInfo<usize> {
    CaseInfo { onset: case.onset, found: case.found, infectious_until: case.infectious_until, ..CaseInfo::new(case.id) }
}

fn outcome(outbreak: &Outbreak, put_in: &'static str, cases: &[CaseInfo<usize>]) -> anyhow::Result<Outcome> {
    let sources = candidates(cases, &[], &outbreak.delays, &outbreak.options)?;
    let plain = nearest_earlier(cases);
    let number = outbreak.named.len() as f64;
    let share = |of: &dyn Fn(usize, &BTreeSet<usize>) -> f64| {
        outbreak.named.iter().map(|(&case, named)| of(case, named)).sum::<f64>() / number
    };
    Ok(Outcome {
        outbreak: outbreak.name,
        put_in,
        named: outbreak.named.len(),
        first: share(&|case, named| among(&ranked(&sources[case]), named, 1)),
        given: share(&|case, _| sources[case].candidates.first().map_or(0.0, |first| first.probability)),
        among_three: share(&|case, named| among(&ranked(&sources[case]), named, 3)),
        plain_first: share(&|case, named| among(&plain[case], named, 1)),
        plain_among_three: share(&|case, named| among(&plain[case], named, 3)),
        unexplained: share(&|case, _| f64::from(u8::from(sources[case].is_unexplained()))),
    })
}

/// The candidates of a case, those equally likely together.
fn ranked(sources: &Sources<usize>) -> Vec<Vec<usize>> {
    let even = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a;
    let groups = sources.candidates.chunk_by(|a, b| even(a.probability, b.probability));
    groups.map(|group| group.iter().map(|candidate| candidate.infector).collect()).collect()
}

/// Of each case the others by how shortly before it they fell ill, those of one day together.
fn nearest_earlier(cases: &[CaseInfo<usize>]) -> Vec<Vec<Vec<usize>>> {
    let date = |case: &CaseInfo<usize>| case.onset.and_then(|onset| onset.from).or(case.found);
    let mut by_day: BTreeMap<Date, Vec<usize>> = BTreeMap::new();
    for case in cases {
        by_day.entry(date(case).unwrap_or(Date::MAX)).or_default().push(case.id);
    }
    by_day.remove(&Date::MAX);
    let before = |case: &CaseInfo<usize>| match date(case) {
        Some(day) => by_day.range(..day).rev().map(|(_, of_day)| of_day.clone()).collect(),
        None => Vec::new(),
    };
    cases.iter().map(before).collect()
}

/// How likely one of the named is among the first so many, where those in one group come in any order.
fn among(groups: &[Vec<usize>], named: &BTreeSet<usize>, places: usize) -> f64 {
    let (mut missed, mut left) = (1.0, places);
    for group in groups {
        let wrong = group.iter().filter(|id| !named.contains(id)).count();
        let drawn = left.min(group.len());
        // Each place in turn goes to one who is not named.
        missed *= (0..drawn).map(|at| wrong.saturating_sub(at) as f64 / (group.len() - at) as f64).product::<f64>();
        left -= drawn;
        if left == 0 {
            break;
        }
    }
    1.0 - missed
}

/// A file as rows of cells by column.
struct File {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl File {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let table = exchange::Source::path(path).table()?;
        Ok(Self { columns: table.columns, rows: table.rows.into_iter().map(|row| row.cells).collect() })
    }

    fn at(&self, column: &str) -> anyhow::Result<usize> {
        self.columns.iter().position(|name| name == column).with_context(|| format!("no column {column:?}"))
    }

    fn texts(&self, column: &str) -> anyhow::Result<Vec<&str>> {
        let at = self.at(column)?;
        Ok(self.rows.iter().map(|row| row[at].trim()).collect())
    }

    fn dates(&self, column: &str) -> anyhow::Result<Vec<Option<Date>>> {
        let date = |text: &str| match text {
            "" => Ok(None),
            text => text.parse::<Date>().map(Some).with_context(|| format!("{column}: {text:?} is no date")),
        };
        self.texts(column)?.into_iter().map(date).collect()
    }

    /// The place of each id in the file.
    fn places(&self, column: &str) -> anyhow::Result<BTreeMap<&str, usize>> {
        Ok(self.texts(column)?.into_iter().enumerate().map(|(at, id)| (id, at)).collect())
    }
}

/// Numbers for the distinct texts of a column; none for an empty one.
fn units(texts: &[&str]) -> Vec<Option<u64>> {
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    let mut units = Vec::with_capacity(texts.len());
    for &text in texts {
        let next = numbers.len() as u64;
        units.push((!text.is_empty()).then(|| *numbers.entry(text).or_insert(next)));
    }
    units
}

fn earliest(days: impl IntoIterator<Item = Option<Date>>) -> Option<Date> {
    days.into_iter().flatten().min()
}

/// MERS in Korea, 2015. Known without knowing who infected whom: where a case was infected or treated, the days
/// on which it was there, onset, report, confirmation, death, travel to the Middle East. Not used: the list of
/// pairs, which is what is to be found.
fn mers(data: &Path) -> anyhow::Result<Outbreak> {
    let file = File::read(&data.join("outbreaks/mers_korea_2015_linelist.csv"))?;
    let plan = plan::shipped("mers")?;
    let (onset, reported, diagnosed) = (file.dates("dt_onset")?, file.dates("dt_report")?, file.dates("dt_diag")?);
    let (exposed_from, exposed_until) = (file.dates("dt_start_exp")?, file.dates("dt_end_exp")?);
    let (died, place) = (file.dates("dt_death")?, file.texts("place_infect")?);
    let hospital = units(&file.texts("loc_hosp")?);
    let cases = (0..file.rows.len()).map(|at| {
        let exposed = Period::new(exposed_from[at], exposed_until[at]);
        CaseInfo {
            onset: onset[at].map(Period::day),
            found: earliest([diagnosed[at], reported[at]]),
            exposed: (!exposed.is_open()).then_some(exposed),
            // Confirmed cases were isolated.
            infectious_until: earliest([diagnosed[at], died[at]]),
            import: (place[at] == "Middle East").then(Period::default),
            shared: hospital[at].map(|unit| (Evidence::Institution, unit)).into_iter().collect(),
            ..CaseInfo::new(at)
        }
    });
    let pairs = File::read(&data.join("outbreaks/mers_korea_2015_contacts.csv"))?;
    let places = file.places("id")?;
    let mut named: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (from, to) in pairs.texts("from")?.into_iter().zip(pairs.texts("to")?) {
        if let (Some(&from), Some(&to)) = (places.get(from), places.get(to)) {
            named.entry(to).or_default().insert(from);
        }
    }
    Ok(Outbreak {
        name: "MERS, Korea 2015",
        delays: plan.delays.clone(),
        options: Options::of(&plan),
        cases: cases.collect(),
        named,
        inputs: ["dt_onset, dt_report, dt_diag, dt_death", "and dt_start_exp, dt_end_exp, loc_hosp, place_infect"],
    })
}

/// Measles in Hagelloch, 1861. Known without knowing who infected whom: rash (the plan's day zero), death, household,
/// school class, where the house stands. Not used: the infector, nor the file that has Oesterle's reconstruction.
fn hagelloch(data: &Path) -> anyhow::Result<Outbreak> {
    let file = File::read(&data.join("outbreaks/measles_hagelloch_1861.csv"))?;
    let plan = plan::shipped("measles")?;
    let (rash, died) = (file.dates("date_of_rash")?, file.dates("date_of_death")?);
    let (household, class) = (units(&file.texts("family_ID")?), file.texts("class")?);
    let (east, north) = (file.texts("x_loc")?, file.texts("y_loc")?);
    let cases = (0..file.rows.len()).map(|at| {
        // Class 0 are those too young for school.
        let class = class[at].parse::<u64>().ok().filter(|&class| class > 0);
        let shared = household[at].map(|unit| (Evidence::Setting(Setting::Home), unit)).into_iter();
        let shared = shared.chain(class.map(|unit| (Evidence::Setting(Setting::Classroom), unit)));
        let position = east[at].parse().ok().zip(north[at].parse().ok());
        CaseInfo {
            onset: rash[at].map(Period::day),
            infectious_until: died[at],
            shared: shared.collect(),
            position: position.map(|(east_metres, north_metres)| Position { east_metres, north_metres }),
            ..CaseInfo::new(at)
        }
    });
    let places = file.places("case_ID")?;
    let infectors = file.texts("infector")?;
    let named = infectors.iter().enumerate().filter_map(|(at, id)| Some((at, BTreeSet::from([*places.get(id)?]))));
    Ok(Outbreak {
        name: "measles, Hagelloch 1861",
        delays: plan.delays.clone(),
        options: Options::of(&plan),
        named: named.collect(),
        cases: cases.collect(),
        inputs: ["date_of_rash, date_of_death", "and family_ID, class, x_loc, y_loc"],
    })
}

/// COVID-19 of early 2020, before any plan that is shipped. Incubation: epiparameterDB @0abe211; serial interval:
/// normal, mean 4.6, sd 4.4 days (Lau 2021, PMC8499762).
fn covid_2020() -> (Delays, Options) {
    let delay = |family, mean_days, sd_days| Delay {
        family,
        mean_days,
        sd_days,
        maximum_days: None,
        source: Vec::new(),
        confidence: Confidence::High,
        note: None,
    };
    let delays = Delays {
        incubation: delay(Family::Lognormal, 5.52, 2.41),
        serial_interval: Some(delay(Family::Normal, 4.6, 4.4)),
        generation_time: None,
    };
    (delays, Options { infectious_from_days: 2, ..Options::default() })
}

/// COVID-19 in Singapore, 2020. Known without knowing who infected whom: onset, quarantine, admission, confirmation,
/// travel from Wuhan, the cluster (a church, a hotel, a shop). Not used: related cases, notes, and the presumed days
/// of infection, several of which are another case's onset. The ministry linked cases in pairs without saying who
/// came first; named are those of a case's links who fell ill no later than it. Cases from Wuhan have no source here.
fn singapore(data: &Path) -> anyhow::Result<Outbreak> {
    let file = File::read(&data.join("singapore_tianjin_covid_2020/singapore_linelist.csv"))?;
    let onset = file.dates("date_onset_symptoms")?;
    let (quarantined, admitted) = (file.dates("date_quarantine")?, file.dates("date_hospital")?);
    let (confirmed, travel) = (file.dates("date_confirmation")?, file.texts("travel_history")?);
    let clusters = file.texts("cluster")?;
    let is_from_wuhan = |at: usize| travel[at] == "Wuhan";
    let mut names: Vec<&str> = clusters.iter().flat_map(|of| of.split(',')).map(str::trim).collect();
    names.sort_unstable();
    names.dedup();
    // Wuhan is where they came from and not where they met.
    let number = |name: &str| names.iter().position(|known| *known == name && !["", "Wuhan"].contains(known));
    let cases: Vec<CaseInfo<usize>> = (0..file.rows.len())
        .map(|at| {
            let clusters = clusters[at].split(',').filter_map(|name| number(name.trim()));
            CaseInfo {
                onset: onset[at].map(Period::day),
                found: earliest([admitted[at], confirmed[at]]),
                infectious_until: earliest([quarantined[at], admitted[at], confirmed[at]]),
                import: is_from_wuhan(at).then(Period::default),
                shared: clusters.map(|number| (Evidence::Cluster, number as u64)).collect(),
                ..CaseInfo::new(at)
            }
        })
        .collect();
    let places = file.places("CaseID")?;
    let mut named: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let mut name = |case: usize, source: usize| {
        if case != source && !is_from_wuhan(case) && onset[source].zip(onset[case]).is_some_and(|(a, b)| a <= b) {
            named.entry(case).or_default().insert(source);
        }
    };
    for (at, related) in file.texts("Related cases")?.into_iter().enumerate() {
        for &other in related.split(',').filter_map(|id| places.get(id.trim())) {
            name(at, other);
            name(other, at);
        }
    }
    let (delays, options) = covid_2020();
    Ok(Outbreak {
        name: "COVID-19, Singapore 2020",
        delays,
        options,
        cases,
        named,
        inputs: [
            "date_onset_symptoms, date_quarantine, date_hospital, date_confirmation",
            "and cluster, travel_history",
        ],
    })
}

/// COVID-19 in Tianjin, 2020. Onset and confirmation only: all else in the file was written knowing who infected
/// whom (the days of exposure are often the source's confirmation, families are named by their source).
fn tianjin(data: &Path) -> anyhow::Result<Outbreak> {
    let folder = data.join("singapore_tianjin_covid_2020");
    let file = File::read(&folder.join("tianjin_linelist.csv"))?;
    let (onset, confirmed) = (file.dates("symptom_onset")?, file.dates("confirm_date")?);
    let cases = (0..file.rows.len()).map(|at| CaseInfo {
        onset: onset[at].map(Period::day),
        found: confirmed[at],
        infectious_until: confirmed[at],
        ..CaseInfo::new(at)
    });
    let places = file.places("case_id")?;
    let edges = File::read(&folder.join("tianjin_infection_source_edges.csv"))?;
    let mut named: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for column in ["edge1", "edge2", "edge3", "edge4"] {
        for (case, source) in edges.texts("case_id")?.into_iter().zip(edges.texts(column)?) {
            if let (Some(&case), Some(&source)) = (places.get(case), places.get(source)) {
                named.entry(case).or_default().insert(source);
            }
        }
    }
    let (delays, options) = covid_2020();
    Ok(Outbreak {
        name: "COVID-19, Tianjin 2020",
        delays,
        options,
        cases: cases.collect(),
        named,
        inputs: ["symptom_onset, confirm_date", ""],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outbreak_is_ranked_better_than_by_the_nearest_earlier_onset() {
        let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
        if !data.exists() {
            eprintln!("SKIPPED: {} is not present; this test reads published data", data.display());
            return;
        }
        let results = results(data).unwrap();
        assert_eq!(results.len(), 7);
        for result in &results {
            assert!(result.named >= 30, "{result:?}");
            assert!(result.first > result.plain_first, "{result:?}");
            assert!(result.among_three > result.plain_among_three, "{result:?}");
        }
    }

    #[test]
    fn those_of_one_day_share_the_places() {
        let named = BTreeSet::from([4]);
        assert_eq!(among(&[vec![1, 4], vec![2]], &named, 1), 0.5);
        assert_eq!(among(&[vec![1], vec![2, 3, 4, 5]], &named, 3), 0.5);
        assert_eq!(among(&[vec![1, 2], vec![3], vec![4]], &named, 3), 0.0);
        assert_eq!(among(&[vec![4], vec![3]], &named, 1), 1.0);
        assert_eq!(among(&[], &named, 3), 0.0);
    }
}
