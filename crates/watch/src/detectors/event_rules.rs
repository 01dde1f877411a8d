//! Event rules: so many cases of a disease in one class, school, village or county within so many days. They need
//! no history, and are the quickest of all detectors.

use std::collections::BTreeMap;
use std::ops::Range;

use facts::{Date, Disease};
use serde::{Deserialize, Serialize};

use super::Detector;
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

/// What a rule adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// Cases.
    #[default]
    Cases,
    /// Admissions to hospital.
    Admissions,
    /// Deaths.
    Deaths,
}

/// Where cases are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A class or dormitory.
    Class,
    /// A school, kindergarten or other unit.
    School,
    /// A village or compound.
    Village,
    /// A county.
    County,
}

/// How serious it is when a rule is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// A cluster to be looked into.
    Cluster,
    /// An emergency to be reported.
    Event,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of which disease or syndrome.
    pub disease: Disease,
    /// How serious.
    pub tier: Tier,
    /// Where.
    pub place: Place,
    /// What is counted.
    #[serde(default)]
    pub counts: Counted,
    /// How many.
    pub at_least: u32,
    /// Within how many days, the last included.
    pub within_days: u16,
    /// Whether imported cases do not count.
    #[serde(default)]
    pub local_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rule: Vec<Rule>,
}

/// The shipped rules; the file beside the code names their sources.
pub fn shipped() -> Result<Vec<Rule>, WatchError> {
    read(include_str!("../../rules/events.toml"))
}

/// Rules from text.
pub fn read(text: &str) -> Result<Vec<Rule>, WatchError> {
    let refused = |what: String| WatchError::Series { what, remedy: "correct the file of event rules" };
    let rules: Rules = toml::from_str(text).map_err(|error| refused(format!("event rules: {}", error.message())))?;
    if let Some(rule) = rules.rule.iter().find(|rule| rule.at_least == 0 || rule.within_days == 0) {
        return Err(refused(format!("a rule for {} has at_least or within_days 0", rule.disease)));
    }
    Ok(rules.rule)
}

/// One case as the rules see it. Places are numbers, so that no name comes near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The disease or syndrome.
    pub disease: Disease,
    /// On which day.
    pub day: Date,
    /// Where it counts: of each kind of place the number.
    pub places: BTreeMap<Place, u64>,
    /// Whether it was imported.
    pub imported: bool,
    /// Whether the person was admitted.
    pub admitted: bool,
    /// Whether the person died.
    pub died: bool,
}

/// A rule that is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Which rule, by its place in the list.
    pub rule: usize,
    /// In which place of the rule's kind.
    pub place: u64,
    /// The day on which it was met.
    pub on: Date,
    /// Which cases, by their places in what was given: all from the first that counted to the last that joined.
    pub cases: Vec<usize>,
}

/// Every rule that is met somewhere, each stretch of days in which it stays met once, in order of the day.
pub fn met(rules: &[Rule], happened: &[Happened]) -> Vec<Met> {
    let mut found = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let mut by_place: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (at, case) in happened.iter().enumerate().filter(|(_, case)| rule.counts(case)) {
            if let Some(place) = case.places.get(&rule.place) {
                by_place.entry(*place).or_default().push(at);
            }
        }
        for (place, mut cases) in by_place {
            cases.sort_by_key(|at| happened[*at].day);
            rule.follow(number, place, &cases, happened, &mut found);
        }
    }
    found.sort_by_key(|met| (met.on, met.rule, met.place));
    found
}

impl Rule {
    fn counts(&self, case: &Happened) -> bool {
        let kind = match self.counts {
            Counted::Cases => true,
            Counted::Admissions => case.admitted,
            Counted::Deaths => case.died,
        };
        kind && case.disease == self.disease && !(self.local_only && case.imported)
    }

    fn follow(&self, rule: usize, place: u64, cases: &[usize], happened: &[Happened], found: &mut Vec<Met>) {
        let day = |at: usize| happened[cases[at]].day;
        let (mut first, mut running) = (0, None::<Met>);
        for last in 0..cases.len() {
            while day(last).duration_since(day(first)).as_hours() >= 24 * i64::from(self.within_days) {
                first += 1;
            }
            let enough = last + 1 - first >= self.at_least as usize;
            match (&mut running, enough) {
                (Some(met), true) => met.cases.push(cases[last]),
                (None, true) => {
                    running = Some(Met { rule, place, on: day(last), cases: cases[first..=last].to_vec() });
                }
                (_, false) => found.extend(running.take()),
            }
        }
        found.extend(running);
    }
}

/// A rule on a series of daily counts: `at_least` within `within` days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    at_least: usize,
    within: usize,
}

impl Threshold {
    /// Reads `at_least` and `within` in steps of the series; or `disease`, `place` and `tier` of a shipped rule.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        let (mut at_least, mut within) = (5, 7);
        if let Some(disease) = given.text("disease") {
            let place = given.choice(
                "place",
                &[
                    ("school", Place::School),
                    ("class", Place::Class),
                    ("village", Place::Village),
                    ("county", Place::County),
                ],
            )?;
            let tier = given.choice("tier", &[("cluster", Tier::Cluster), ("event", Tier::Event)])?;
            let rules = shipped()?;
            let fits = |rule: &&Rule| {
                rule.disease.0 == disease && rule.place == place && rule.tier == tier && rule.counts == Counted::Cases
            };
            let Some(rule) = rules.iter().find(fits) else {
                let mut known: Vec<&str> = rules.iter().map(|rule| rule.disease.0.as_str()).collect();
                known.sort_unstable();
                known.dedup();
                let expected = format!("a disease with a rule for that place and tier, of {}", known.join(", "));
                return Err(WatchError::Parameter { name: "disease".to_owned(), value: disease, expected });
            };
            (at_least, within) = (rule.at_least as usize, usize::from(rule.within_days));
        }
        Ok(Self {
            at_least: given.whole("at_least", at_least, 1..=1_000_000_000)?,
            within: given.whole("within", within, 1..=10_000)?,
        })
    }
}

impl Detector for Threshold {
    fn needs(&self, _: usize) -> usize {
        0
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        let judge = |at: usize| {
            let Some(observed) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
            let before = (at + 1).saturating_sub(self.within)..at;
            let known: f64 = before.clone().filter_map(|at| series.count(at)).sum();
            let alarm = known + observed >= self.at_least as f64;
            // Counts that are missing cannot undo an alarm, but they can hide one.
            if !alarm && series.whole(before).is_none() {
                return Outcome::Silent(Silence::MissingBaseline);
            }
            Outcome::judged(None, (self.at_least as f64 - 1.0 - known).max(0.0), alarm)
        };
        stretch.map(judge).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn case(disease: &str, day: i8, class: u64) -> Happened {
        Happened {
            disease: Disease::named(disease),
            day: date(2026, 3, day),
            places: [(Place::Class, class), (Place::School, class / 10)].into(),
            imported: false,
            admitted: false,
            died: false,
        }
    }

    fn rule(text: &str) -> Vec<Rule> {
        read(&format!("[[rule]]\ndisease = \"measles\"\ntier = \"cluster\"\n{text}")).unwrap()
    }

    #[test]
    fn the_shipped_rules_are_read() {
        let rules = shipped().unwrap();
        let measles = |rule: &&Rule| rule.disease.0 == "measles" && rule.tier == Tier::Cluster;
        let measles = rules.iter().find(measles).unwrap();
        assert_eq!((measles.at_least, measles.within_days, measles.place), (2, 10, Place::School));
        assert!(read("[[rule]]\ndisease = \"x\"").unwrap_err().to_string().contains("correct the file"));
    }

    #[test]
    fn two_in_one_school_within_ten_days_are_a_cluster_and_two_in_two_schools_are_none() {
        let rules = rule("place = \"school\"\nat_least = 2\nwithin_days = 10");
        let found = met(&rules, &[case("measles", 1, 11), case("measles", 10, 12), case("measles", 10, 21)]);
        assert_eq!(found, [Met { rule: 0, place: 1, on: date(2026, 3, 10), cases: vec![0, 1] }]);
        assert_eq!(met(&rules, &[case("measles", 1, 11), case("measles", 11, 12)]), []);
        assert_eq!(met(&rules, &[case("mumps", 1, 11), case("mumps", 2, 12)]), []);
    }

    #[test]
    fn a_rule_that_stays_met_is_met_once() {
        let rules = rule("place = \"school\"\nat_least = 2\nwithin_days = 3");
        let days = [1, 2, 4, 12, 13];
        let cases: Vec<Happened> = days.iter().map(|day| case("measles", *day, 11)).collect();
        let found: Vec<(Date, Vec<usize>)> = met(&rules, &cases).into_iter().map(|met| (met.on, met.cases)).collect();
        assert_eq!(found, [(date(2026, 3, 2), vec![0, 1, 2]), (date(2026, 3, 13), vec![3, 4])]);
    }

    #[test]
    fn imported_cases_and_deaths_count_where_the_rule_says() {
        let local = rule("place = \"class\"\nat_least = 1\nwithin_days = 1\nlocal_only = true");
        let imported = Happened { imported: true, ..case("measles", 1, 1) };
        assert_eq!(met(&local, std::slice::from_ref(&imported)), []);
        let deaths = rule("place = \"class\"\nat_least = 1\nwithin_days = 1\ncounts = \"deaths\"");
        assert_eq!(met(&deaths, std::slice::from_ref(&imported)), []);
        assert_eq!(met(&deaths, &[Happened { died: true, ..imported }]).len(), 1);
    }

    #[test]
    fn on_a_series_missing_days_can_hide_an_alarm_and_never_undo_one() {
        let series = Series::new(365, vec![Some(3), None, Some(1), Some(2)]).unwrap();
        let given = &mut Parameters::new([("at_least", "5"), ("within", "4")]);
        let found = Threshold::from_parameters(given).unwrap().judge(&series, 0..4);
        assert_eq!(found[0], Outcome::judged(None, 4.0, false));
        assert_eq!(found[1], Outcome::Silent(Silence::Missing));
        assert_eq!(found[2], Outcome::Silent(Silence::MissingBaseline));
        assert_eq!(found[3], Outcome::judged(None, 0.0, true));
    }
}
