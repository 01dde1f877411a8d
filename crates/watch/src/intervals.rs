//! How quickly an outbreak was noticed and answered: 7-1-7, and the four earlies by case.

use jiff::Timestamp;

/// A target: so many days, and the interval that it is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// How long it took, in days; none while it has not ended, or when an end is not known.
    pub days: Option<f64>,
    /// How it stands.
    pub standing: Standing,
}

/// How an interval stands against its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Within the target.
    Met,
    /// Longer than the target.
    Missed,
    /// Not ended; the target can still be met.
    Running,
    /// Not ended, and the target is past.
    Overdue,
    /// Its beginning is not known, or its end lies before it.
    Unknown,
}

/// When an outbreak came to be known and answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Milestones {
    /// When it began: the first onset that is known.
    pub emergence: Option<Timestamp>,
    /// When somebody first noticed it.
    pub detection: Option<Timestamp>,
    /// When the authority was told.
    pub notification: Option<Timestamp>,
    /// When the last of the seven early actions was completed.
    pub response: Option<Timestamp>,
}

impl Milestones {
    /// Detection within 7 days, notification within 1, early response within 7, as they stand at a time.
    pub fn seven_one_seven(&self, at: Timestamp) -> [Interval; 3] {
        [
            interval(self.emergence, self.detection, 7.0, at),
            interval(self.detection, self.notification, 1.0, at),
            interval(self.notification, self.response, 7.0, at),
        ]
    }
}

/// When one case was found and cared for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaseTimes {
    /// The first symptoms.
    pub onset: Option<Timestamp>,
    /// The first look at the case by somebody who could find it.
    pub detected: Option<Timestamp>,
    /// The report.
    pub reported: Option<Timestamp>,
    /// The isolation.
    pub isolated: Option<Timestamp>,
    /// The beginning of treatment.
    pub treated: Option<Timestamp>,
}

/// How long the four earlies took, in days from the one before or from onset; none where an end is not known or
/// lies before its beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FourEarlies {
    /// From onset to detection.
    pub detect_days: Option<f64>,
    /// From detection to report.
    pub report_days: Option<f64>,
    /// From detection to isolation.
    pub isolate_days: Option<f64>,
    /// From onset to treatment.
    pub treat_days: Option<f64>,
}

impl CaseTimes {
    /// The four intervals.
    pub fn four_earlies(&self) -> FourEarlies {
        FourEarlies {
            detect_days: days(self.onset, self.detected),
            report_days: days(self.detected, self.reported),
            isolate_days: days(self.detected, self.isolated),
            treat_days: days(self.onset, self.treated),
        }
    }
}

fn days(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<f64> {
    let days = to?.duration_since(from?).as_secs_f64() / 86_400.0;
    (days >= 0.0).then_some(days)
}

fn interval(from: Option<Timestamp>, to: Option<Timestamp>, target_days: f64, at: Timestamp) -> Interval {
    let running = days(from, Some(at));
    let (days, standing) = match (days(from, to), to) {
        (Some(days), _) => (Some(days), if days <= target_days { Standing::Met } else { Standing::Missed }),
        // An end without a beginning before it is a mistake somewhere, not a time of zero.
        (None, Some(_)) => (None, Standing::Unknown),
        (None, None) => (
            None,
            match running {
                Some(days) if days > target_days => Standing::Overdue,
                Some(_) => Standing::Running,
                None => Standing::Unknown,
            },
        ),
    };
    Interval { days, standing }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(days: f64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs((days * 86_400.0) as i64)
    }

    #[test]
    fn an_outbreak_is_held_to_7_1_7() {
        let milestones = Milestones {
            emergence: Some(at(0.0)),
            detection: Some(at(6.5)),
            notification: Some(at(8.0)),
            response: None,
        };
        let standings = |now: f64| milestones.seven_one_seven(at(now)).map(|interval| interval.standing);
        assert_eq!(standings(10.0), [Standing::Met, Standing::Missed, Standing::Running]);
        assert_eq!(standings(15.5)[2], Standing::Overdue);
        assert_eq!(milestones.seven_one_seven(at(10.0))[0].days, Some(6.5));
    }

    #[test]
    fn a_time_that_is_not_known_is_not_zero() {
        let milestones = Milestones { detection: Some(at(3.0)), ..Milestones::default() };
        let found = milestones.seven_one_seven(at(3.5));
        assert_eq!(found[0], Interval { days: None, standing: Standing::Unknown });
        let backwards = CaseTimes { onset: Some(at(5.0)), detected: Some(at(3.0)), ..CaseTimes::default() };
        assert_eq!(backwards.four_earlies().detect_days, None);
        let case = CaseTimes { onset: Some(at(1.0)), detected: Some(at(3.0)), treated: Some(at(4.5)), ..backwards };
        let FourEarlies { detect_days, report_days, treat_days, .. } = case.four_earlies();
        assert_eq!((detect_days, report_days, treat_days), (Some(2.0), None, Some(3.5)));
    }
}
