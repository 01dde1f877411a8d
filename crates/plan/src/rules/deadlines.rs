//! People are located before they are controlled, and one person's word holds for a day at most.

use crate::check::Finding;
use crate::plan::Plan;

/// No plan may let one person's word restrict someone for longer.
const MOST_ON_ONE_WORD_HOURS: u32 = 24;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let deadlines = &plan.deadlines;
    let (locate, control) = (deadlines.locate_hours.value, deadlines.control_hours.value);
    let mut findings = Vec::new();
    if locate > control {
        findings.push(Finding::error(
            "deadlines.locate_hours",
            format!("people are to be controlled after {control} hours and located only after {locate}"),
            "give no more hours to locating than to control",
        ));
    }
    if deadlines.provisional_hours.value > MOST_ON_ONE_WORD_HOURS {
        findings.push(Finding::error(
            "deadlines.provisional_hours",
            format!("one person's word would restrict someone for {} hours", deadlines.provisional_hours.value),
            format!("give at most {MOST_ON_ONE_WORD_HOURS} hours"),
        ));
    }
    for (name, hours) in [
        ("report_hours", &deadlines.report_hours),
        ("locate_hours", &deadlines.locate_hours),
        ("control_hours", &deadlines.control_hours),
        ("provisional_hours", &deadlines.provisional_hours),
    ] {
        if hours.value == 0 {
            findings.push(Finding::error(format!("deadlines.{name}"), "nobody can do it in no time", "give 1 or more"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn control_before_location_is_refused() {
        one(&after(rule, |plan| plan.deadlines.locate_hours.value = 48), &["deadlines.locate_hours", "24", "48"]);
    }

    #[test]
    fn more_than_a_day_on_one_word_is_refused() {
        one(&after(rule, |plan| plan.deadlines.provisional_hours.value = 25), &["deadlines.provisional_hours", "25"]);
    }

    #[test]
    fn a_deadline_of_no_hours_is_refused() {
        one(&after(rule, |plan| plan.deadlines.report_hours.value = 0), &["deadlines.report_hours", "no time"]);
    }
}
