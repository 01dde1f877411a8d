//! Delays have a mean and a spread, and only serial intervals may be negative.

use crate::check::Finding;
use crate::delay::{Delay, Family};
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let delays = &plan.delays;
    let mut findings = Vec::new();
    look("incubation", Some(&delays.incubation), false, &mut findings);
    look("serial_interval", delays.serial_interval.as_ref(), true, &mut findings);
    look("generation_time", delays.generation_time.as_ref(), false, &mut findings);
    findings
}

fn look(name: &str, delay: Option<&Delay>, may_be_negative: bool, findings: &mut Vec<Finding>) {
    let Some(delay) = delay else { return };
    let path = format!("delays.{name}");
    for (field, days) in [("mean_days", delay.mean_days), ("sd_days", delay.sd_days)] {
        if !(days.is_finite() && days > 0.0) {
            findings.push(Finding::error(format!("{path}.{field}"), format!("it is {days}"), "give days above 0"));
        }
    }
    if let Some(maximum) = delay.maximum_days
        && (maximum.is_nan() || maximum <= delay.mean_days)
    {
        findings.push(Finding::error(
            format!("{path}.maximum_days"),
            format!("it is {maximum}, not above the mean of {}", delay.mean_days),
            "give the longest delay that is taken to occur, or leave it out",
        ));
    }
    if delay.family == Family::Normal && !may_be_negative {
        findings.push(Finding::error(
            format!("{path}.family"),
            "a normal distribution allows negative delays, and this delay has none",
            "use gamma, lognormal or weibull",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_spread_of_zero_is_refused() {
        one(&after(rule, |plan| plan.delays.incubation.sd_days = 0.0), &["delays.incubation.sd_days", "above 0"]);
    }

    #[test]
    fn a_mean_that_is_no_number_is_refused() {
        one(&after(rule, |plan| plan.delays.incubation.mean_days = f64::NAN), &["delays.incubation.mean_days"]);
    }

    #[test]
    fn a_maximum_below_the_mean_is_refused() {
        one(&after(rule, |plan| plan.delays.incubation.maximum_days = Some(1.0)), &["delays.incubation.maximum_days"]);
    }

    #[test]
    fn an_incubation_that_may_be_negative_is_refused() {
        one(&after(rule, |plan| plan.delays.incubation.family = Family::Normal), &["delays.incubation.family"]);
    }

    #[test]
    fn a_serial_interval_may_be_negative() {
        let serial = crate::shipped("covid19-cn-9").unwrap().delays.serial_interval.unwrap();
        assert_eq!(serial.family, Family::Normal);
    }
}
