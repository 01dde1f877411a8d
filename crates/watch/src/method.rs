//! A detector chosen by name, with its parameters and the steps of time that it judges.

use crate::detectors::{
    Detector, bayes, cusum, ears, event_rules, farrington, farrington_flexible, glr_nb, glr_pois, moving_percentile,
    rki,
};
use crate::error::WatchError;
use crate::outcome::{Outcome, Silence};
use crate::parameters::Parameters;
use crate::series::Series;

type Make = fn(&mut Parameters) -> Result<Box<dyn Detector>, WatchError>;

/// Every method, by name.
pub const METHODS: &[(&str, Make)] = &[
    ("ears-c1", |given| Ok(Box::new(ears::Ears::from_parameters(ears::Variant::C1, given)?))),
    ("ears-c2", |given| Ok(Box::new(ears::Ears::from_parameters(ears::Variant::C2, given)?))),
    ("ears-c3", |given| Ok(Box::new(ears::Ears::from_parameters(ears::Variant::C3, given)?))),
    ("cusum", |given| Ok(Box::new(cusum::Cusum::from_parameters(given)?))),
    ("farrington", |given| Ok(Box::new(farrington::Farrington::from_parameters(given)?))),
    ("farrington-flexible", |given| Ok(Box::new(farrington_flexible::FarringtonFlexible::from_parameters(given)?))),
    ("bayes", |given| Ok(Box::new(bayes::Bayes::from_parameters(bayes::Bayes::ONE, given)?))),
    ("bayes1", |given| Ok(Box::new(bayes::Bayes::from_parameters(bayes::Bayes::ONE, given)?))),
    ("bayes2", |given| Ok(Box::new(bayes::Bayes::from_parameters(bayes::Bayes::TWO, given)?))),
    ("bayes3", |given| Ok(Box::new(bayes::Bayes::from_parameters(bayes::Bayes::THREE, given)?))),
    ("rki", |given| Ok(Box::new(rki::Rki::from_parameters(rki::Rki::THREE, given)?))),
    ("rki1", |given| Ok(Box::new(rki::Rki::from_parameters(rki::Rki::ONE, given)?))),
    ("rki2", |given| Ok(Box::new(rki::Rki::from_parameters(rki::Rki::TWO, given)?))),
    ("rki3", |given| Ok(Box::new(rki::Rki::from_parameters(rki::Rki::THREE, given)?))),
    ("glr-pois", |given| Ok(Box::new(glr_pois::GlrPoisson::from_parameters(given)?))),
    ("glr-nb", |given| Ok(Box::new(glr_nb::GlrNegativeBinomial::from_parameters(given)?))),
    ("moving-percentile", |given| Ok(Box::new(moving_percentile::MovingPercentile::from_parameters(given)?))),
    ("event-rule", |given| Ok(Box::new(event_rules::Threshold::from_parameters(given)?))),
];

/// A detector, and the steps that it judges.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    detector: Box<dyn Detector>,
    /// The first step, from 1, and the last.
    range: Option<(usize, Option<usize>)>,
}

/// What was found at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The step, from 0.
    pub at: usize,
    /// Its outcome.
    pub outcome: Outcome,
}

impl Method {
    /// The method of a name, with its parameters. Hyphens and capitals do not matter, so that the reference's
    /// own names (`farringtonFlexible`, `earsC1`) are understood. `range` is a parameter of every method.
    pub fn named(name: &str, mut given: Parameters) -> Result<Self, WatchError> {
        let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
        let Some((name, make)) = METHODS.iter().find(|(known, _)| plain(known) == plain(name)) else {
            let known: Vec<&str> = METHODS.iter().map(|(name, _)| *name).collect();
            return Err(WatchError::Method { name: name.to_owned(), known: known.join(", ") });
        };
        let range = given.range()?;
        let detector = make(&mut given)?;
        given.finish(name)?;
        Ok(Self { name, detector, range })
    }

    /// How many counts must come before one that is judged, in a series with so many counts a year.
    pub fn needs(&self, freq: usize) -> usize {
        self.detector.needs(freq)
    }

    /// The outcome of the last step alone; none for a series or range without steps. What does not depend on
    /// earlier steps is not computed for them.
    pub fn latest(&self, series: &Series) -> Option<Point> {
        let last = self.range.and_then(|(_, last)| last).unwrap_or(usize::MAX).min(series.len()).checked_sub(1)?;
        let first = self.range.map_or(0, |(first, _)| first - 1);
        if self.detector.remembers() || last < first || last < self.detector.needs(series.freq()) {
            return self.run(series).pop();
        }
        let outcome = self.detector.judge(series, last..last + 1).pop()?;
        Some(Point { at: last, outcome })
    }

    /// One outcome a step: of the range if one was given, else of the whole series, of which the first steps
    /// have not enough history.
    pub fn run(&self, series: &Series) -> Vec<Point> {
        let needs = self.detector.needs(series.freq());
        let (asked, end) = match self.range {
            Some((first, last)) => (Some(first - 1), last.unwrap_or(usize::MAX).min(series.len())),
            None => (None, series.len()),
        };
        let first = asked.unwrap_or_else(|| self.detector.starts(series.freq())).max(needs).min(end);
        let early = (asked.unwrap_or(0)..first).map(|at| {
            let needs = needs.max(if asked.is_none() { self.detector.starts(series.freq()) } else { 0 });
            Point { at, outcome: Outcome::Silent(Silence::NotEnoughHistory { needs, has: at }) }
        });
        let judged = self.detector.judge(series, first..end);
        early.chain((first..end).zip(judged).map(|(at, outcome)| Point { at, outcome })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_as_the_reference_writes_them() {
        for name in ["farrington-flexible", "farringtonFlexible", "earsC3", "rki2", "glrpois"] {
            assert!(Method::named(name, Parameters::default()).is_ok(), "{name}");
        }
        let message = Method::named("magic", Parameters::default()).unwrap_err().to_string();
        assert!(message.contains("\"magic\"") && message.contains("ears-c1"), "{message}");
        let message = Method::named("ears-c1", Parameters::new([("b", "5")])).unwrap_err().to_string();
        assert!(message.contains("baseline"), "{message}");
    }

    #[test]
    fn who_has_too_little_history_says_so_at_every_step() {
        let series = Series::new(52, vec![Some(3); 60]).unwrap();
        for (name, _) in METHODS {
            let method = Method::named(name, Parameters::default()).unwrap();
            let points = method.run(&series);
            assert_eq!(points.len(), 60, "{name}");
            let needs = method.needs(52);
            for point in points.iter().take(needs) {
                let silent = matches!(point.outcome, Outcome::Silent(Silence::NotEnoughHistory { .. }));
                assert!(silent, "{name} at {}: {:?}", point.at, point.outcome);
            }
            assert!(method.run(&Series::new(52, vec![]).unwrap()).is_empty());
        }
    }

    #[test]
    fn the_latest_is_the_last_of_all() {
        let counts: Vec<Option<u32>> = (0..420).map(|at| Some(6 + (at * 7919) % 7)).collect();
        for length in [0, 1, 30, 300, 420] {
            let series = Series::new(52, counts[..length].to_vec()).unwrap();
            for (name, _) in METHODS {
                let method = Method::named(name, Parameters::default()).unwrap();
                assert_eq!(method.latest(&series), method.run(&series).pop(), "{name} of {length}");
            }
        }
        let part = Method::named("ears-c1", Parameters::new([("range", "20:30")])).unwrap();
        let series = Series::new(52, counts).unwrap();
        assert_eq!((part.latest(&series), part.run(&series).len()), (part.run(&series).pop(), 11));
    }

    #[test]
    fn a_count_that_is_missing_is_never_judged_and_never_zero() {
        let mut counts: Vec<Option<u32>> = (0..400).map(|at| Some(20 + (at * 7919) % 5)).collect();
        counts[399] = None;
        let series = Series::new(52, counts).unwrap();
        for (name, _) in METHODS {
            let points = Method::named(name, Parameters::default()).unwrap().run(&series);
            assert_eq!(points[399].outcome, Outcome::Silent(Silence::Missing), "{name}");
        }
    }
}
