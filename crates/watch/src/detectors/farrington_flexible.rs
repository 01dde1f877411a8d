//! The improved Farrington detector (Noufaily 2013): all weeks of earlier years by season, the last half year
//! left out, and a negative binomial bound.

use std::ops::Range;

use super::Detector;
use super::farrington::{Power, Weighed, enough_cases, weighed};
use super::reference::{Step, same_weekday, years_before};
use crate::distributions::{negative_binomial_quantile, normal_quantile, poisson_quantile, student_two_sided};
use crate::error::WatchError;
use crate::outcome::{Judgement, Outcome, Silence};
use crate::parameters::Parameters;
use crate::regression::Row;
use crate::series::Series;

/// Where the bound comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Threshold {
    /// A transformed count is taken for normal.
    Delta,
    /// The negative binomial of the estimated mean.
    NegativeBinomial,
    /// The negative binomial of an upper limit of the mean.
    Muan,
}

/// The detector.
#[derive(Debug, Clone, PartialEq)]
pub struct FarringtonFlexible {
    /// `b`: how many earlier years.
    years: usize,
    /// `w`: how many steps to either side belong to the same season as now.
    half: usize,
    /// `reweight` and `weightsThreshold`: above which residual past outbreaks count less.
    reweight: Option<f64>,
    /// `alpha`.
    alpha: f64,
    /// `trend`.
    trend: bool,
    /// `pThresholdTrend`: a trend less sure than this is left out.
    p_of_trend: f64,
    /// `limit54`.
    least: (usize, usize),
    /// `powertrans`.
    power: Power,
    /// `noPeriods`: into how many seasons a year is cut.
    seasons: usize,
    /// `pastWeeksNotIncluded`: how many steps before now are left out.
    left_out: usize,
    /// `thresholdMethod`.
    threshold: Threshold,
}

/// The rows that are fitted, and the time of now on their scale.
struct Reference {
    rows: Vec<Row>,
    now: f64,
    /// How many seasons have counts, and which of them is that of now.
    seasons: usize,
    own: usize,
}

impl FarringtonFlexible {
    /// Reads `b`, `w`, `reweight`, `weightsThreshold`, `alpha`, `trend`, `pThresholdTrend`, `limit54`,
    /// `powertrans`, `noPeriods`, `pastWeeksNotIncluded` and `thresholdMethod`.
    pub fn from_parameters(given: &mut Parameters) -> Result<Self, WatchError> {
        let half = given.whole("w", 3, 0..=100)?;
        let threshold = given.number("weightsThreshold", 2.58, 0.0..=1e6)?;
        Ok(Self {
            years: given.whole("b", 5, 1..=50)?,
            half,
            reweight: given.flag("reweight", true)?.then_some(threshold),
            alpha: given.probability("alpha", 0.05)?,
            trend: given.flag("trend", true)?,
            p_of_trend: given.number("pThresholdTrend", 0.05, 0.0..=1.0)?,
            least: given.pair("limit54", (5, 4))?,
            power: given.choice("powertrans", Power::CHOICES)?,
            seasons: given.whole("noPeriods", 1, 1..=400)?,
            left_out: given.whole("pastWeeksNotIncluded", half, 0..=10_000)?,
            threshold: given.choice(
                "thresholdMethod",
                &[("delta", Threshold::Delta), ("nbPlugin", Threshold::NegativeBinomial), ("muan", Threshold::Muan)],
            )?,
        })
    }

    /// The same time of each earlier year, the latest first; none when the series does not reach so far.
    fn same_times(&self, series: &Series, at: usize) -> Option<Vec<usize>> {
        let years = 1..=self.years;
        match (Step::of(series), series.dates()) {
            (Some(step), Some(dates)) => {
                let place = |year: usize| {
                    let day = years_before(dates[at], year as i64)?;
                    let day = if step == Step::Week { same_weekday(day, dates[at])? } else { day };
                    dates.binary_search(&day).ok()
                };
                years.map(place).collect()
            }
            _ => years.map(|year| at.checked_sub(year * series.freq())).collect(),
        }
    }

    fn reference(&self, series: &Series, at: usize) -> Result<Reference, Silence> {
        let too_short = Silence::NotEnoughHistory { needs: self.needs(series.freq()).max(at + 1), has: at };
        let times = self.same_times(series, at).ok_or(too_short)?;
        // The season of now is the last group; the others follow it in order through the year.
        let own = self.seasons - 1;
        let mut groups: Vec<Option<usize>> = vec![None; at];
        groups[at - self.half..].fill(Some(own));
        let mut next = at;
        for &time in &times {
            let first = time.checked_sub(self.half).ok_or(too_short)?;
            groups[first..=time + self.half].fill(Some(own));
            if own > 0 {
                let between = (next.saturating_sub(self.half)).saturating_sub(time + self.half + 1);
                if between < own {
                    return Err(Silence::NotFitted);
                }
                let (length, rest) = (between / own, between % own);
                let mut start = time + self.half + 1;
                for group in 0..own {
                    let end = start + length + usize::from(group < rest);
                    groups[start..end].fill(Some(group));
                    start = end;
                }
            }
            next = time;
        }
        let end = at.saturating_sub(self.left_out);
        let used: Vec<(usize, usize)> = (0..end).filter_map(|place| Some((place, groups[place]?))).collect();
        let &(earliest, _) = used.first().ok_or(Silence::MissingBaseline)?;
        let time = |place: usize| match (Step::of(series), series.dates()) {
            (Some(_), Some(dates)) => days_between(dates[earliest], dates[place]) / days_between(dates[0], dates[1]),
            _ => (place + 1) as f64,
        };
        let row = |(place, group)| Some(Row { response: series.count(place)?, time: time(place), group });
        let mut rows: Vec<Row> = used.into_iter().filter_map(row).collect();
        // A season that lies wholly in what is left out or missing has no level.
        let mut level: Vec<Option<usize>> = vec![None; self.seasons];
        rows.iter().for_each(|row| level[row.group] = Some(0));
        let mut seasons = 0;
        for level in level.iter_mut().flatten() {
            *level = seasons;
            seasons += 1;
        }
        for row in &mut rows {
            row.group = level[row.group].unwrap_or(own);
        }
        let own = level[own].ok_or(Silence::MissingBaseline)?;
        Ok(Reference { rows, now: time(at), seasons, own })
    }

    fn at(&self, series: &Series, at: usize) -> Outcome {
        let Some(observed) = series.count(at) else { return Outcome::Silent(Silence::Missing) };
        let Reference { rows, now, seasons, own } = match self.reference(series, at) {
            Ok(reference) => reference,
            Err(silence) => return Outcome::Silent(silence),
        };
        let Some(mut model) = weighed(&rows, seasons, self.trend, self.reweight) else {
            return Outcome::Silent(Silence::NotFitted);
        };
        // The reference takes the weights of past outbreaks for those of the fit when it says how sure it is.
        let spread_of =
            |model: &Weighed| model.fit.dispersion(&rows, model.weights.as_ref().unwrap_or(&model.fit.weights));
        if let Some((_, t)) = model.fit.slope(spread_of(&model)) {
            let sure = student_two_sided(t, model.fit.degrees) < self.p_of_trend;
            let most = rows.iter().map(|row| row.response).fold(0.0, f64::max);
            if !(self.years >= 3 && sure && model.fit.log_mean(own, now).exp() <= most) {
                match weighed(&rows, seasons, false, self.reweight) {
                    Some(without) => model = without,
                    None => return Outcome::Silent(Silence::NotFitted),
                }
            }
        }
        let log_mean = model.fit.log_mean(own, now);
        let mean = log_mean.exp();
        let error_of_log = (spread_of(&model) * model.fit.variance(own, now)).sqrt();
        let bound = match self.threshold {
            Threshold::Delta => {
                let z = normal_quantile(1.0 - self.alpha);
                self.power.upper_bound(mean, error_of_log * mean, model.dispersion, z)
            }
            Threshold::NegativeBinomial => self.count_bound(mean, model.dispersion),
            Threshold::Muan => {
                let upper = log_mean + normal_quantile(1.0 - self.alpha) * error_of_log;
                self.count_bound(upper.exp(), model.dispersion)
            }
        };
        if !bound.is_finite() {
            return Outcome::Silent(Silence::NotFitted);
        }
        // The reference measures from the mean, for negative binomial bounds from its logarithm.
        let from = if self.threshold == Threshold::Delta { mean } else { log_mean };
        let above = (observed - from) / (bound - from) > 1.0 && observed > 0.0;
        match enough_cases(series, at, self.least) {
            Some(true) => Outcome::judged(Some(mean), bound, above),
            Some(false) => {
                Outcome::Judged(Judgement { expected: Some(mean), upper_bound: None, alarm: false, too_few: true })
            }
            None => Outcome::Silent(Silence::MissingBaseline),
        }
    }

    fn count_bound(&self, mean: f64, dispersion: f64) -> f64 {
        if !mean.is_finite() {
            return f64::INFINITY;
        }
        if dispersion > 1.0 {
            negative_binomial_quantile(1.0 - self.alpha, mean / (dispersion - 1.0), 1.0 / dispersion)
        } else {
            poisson_quantile(1.0 - self.alpha, mean)
        }
    }
}

fn days_between(from: facts::Date, to: facts::Date) -> f64 {
    to.duration_since(from).as_hours() as f64 / 24.0
}

impl Detector for FarringtonFlexible {
    fn needs(&self, freq: usize) -> usize {
        self.years * freq + self.half
    }

    fn judge(&self, series: &Series, stretch: Range<usize>) -> Vec<Outcome> {
        stretch.map(|at| self.at(series, at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use facts::Date;
    use jiff::{SignedDuration, civil::date};

    use super::*;

    /// Counts that both sides of a comparison can write down: a wave, some scatter, and two outbreaks.
    fn counts(steps: usize, freq: usize) -> Vec<Option<u32>> {
        let count = |at: usize| {
            let wave = if at % freq < freq / 4 { 9 } else { 3 };
            let outbreak = if (70..74).contains(&at) || (200..203).contains(&at) { 25 } else { 0 };
            Some((wave + (at * 7) % 11 / 2 + at / 60 + outbreak) as u32)
        };
        (0..steps).map(count).collect()
    }

    fn weekly() -> Series {
        let dates: Vec<Date> =
            (0..330).map(|week| date(2015, 1, 5) + SignedDuration::from_hours(24 * 7 * week)).collect();
        Series::new(52, counts(330, 52)).unwrap().with_dates(dates).unwrap()
    }

    fn monthly() -> Series {
        let dates: Vec<Date> = (0..110).map(|month| date(2010 + month / 12, (month % 12 + 1) as i8, 1)).collect();
        Series::new(12, counts(110, 12)).unwrap().with_dates(dates).unwrap()
    }

    fn bounds(detector: &dyn Detector, series: &Series) -> Vec<f64> {
        let judged = detector.judge(series, series.len() - 3..series.len());
        judged.iter().map(|outcome| outcome.judgement().unwrap().upper_bound.unwrap()).collect()
    }

    fn close(found: &[f64], expected: [f64; 3], what: &str) {
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1e-9 * expected);
        assert!(near, "{what}: {found:?} and not {expected:?}");
    }

    #[test]
    fn dated_series_go_by_the_calendar_as_in_the_reference() {
        // R surveillance 1.20.3, farringtonFlexible and farrington on the same counts.
        let reference = [
            ("delta", "1", [19.2758515674845, 18.6794499501805, 18.8636707024341]),
            ("delta", "10", [19.7297050393191, 19.0000410883825, 17.6504794233660]),
            ("nbPlugin", "10", [20.0, 19.0, 17.0]),
            ("muan", "10", [20.0, 19.0, 18.0]),
            ("muan", "1", [21.0, 20.0, 20.0]),
        ];
        let by_month = [
            ("delta", "1", [38.4187276531624, 40.3293396821687, 37.9820485724050]),
            ("delta", "4", [25.7968718488210, 31.0540178207516, 26.5269249706500]),
            ("nbPlugin", "4", [26.0, 32.0, 28.0]),
            ("muan", "4", [29.0, 35.0, 31.0]),
            ("muan", "1", [51.0, 52.0, 47.0]),
        ];
        let (weekly, monthly) = (weekly(), monthly());
        let weeks = reference.map(|expected| (expected, "3", &weekly));
        let months = by_month.map(|expected| (expected, "1", &monthly));
        for ((threshold, seasons, expected), half, series) in weeks.into_iter().chain(months) {
            let given = [
                ("b", "4"),
                ("w", half),
                ("noPeriods", seasons),
                ("thresholdMethod", threshold),
                ("pThresholdTrend", "1"),
                ("alpha", "0.01"),
                ("weightsThreshold", "2.58"),
            ];
            let flexible = FarringtonFlexible::from_parameters(&mut Parameters::new(given)).unwrap();
            close(&bounds(&flexible, series), expected, threshold);
        }
        let original = |w| {
            let given = &mut Parameters::new([("b", "4"), ("w", w)]);
            super::super::farrington::Farrington::from_parameters(given).unwrap()
        };
        close(
            &bounds(&original("3"), &weekly),
            [19.3895068829300, 18.9682841386017, 18.3229094516704],
            "original, weeks",
        );
        close(
            &bounds(&original("1"), &monthly),
            [35.5430653424126, 36.9379526352437, 28.0975363844397],
            "original, months",
        );
    }

    #[test]
    fn a_calendar_that_does_not_reach_back_says_so() {
        let flexible = FarringtonFlexible::from_parameters(&mut Parameters::new([("b", "4")])).unwrap();
        // Four years are 209 weeks by the calendar, one more than by counting to 52.
        let outcome = flexible.judge(&weekly(), 211..214);
        let silent = |outcome: &Outcome| matches!(outcome, Outcome::Silent(Silence::NotEnoughHistory { .. }));
        assert!(silent(&outcome[0]) && !silent(&outcome[2]), "{outcome:?}");
    }

    #[test]
    fn more_seasons_than_a_year_has_steps_fit_nothing() {
        let flexible = FarringtonFlexible::from_parameters(&mut Parameters::new([("noPeriods", "60")])).unwrap();
        assert_eq!(flexible.judge(&weekly(), 329..330), [Outcome::Silent(Silence::NotFitted)]);
    }
}
