//! People are located before they are controlled, here and by letter, and one person's word holds for a day at
//! most.

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
    if let Some(letters) = &deadlines.letters {
        let stages = [&letters.locate_hours, &letters.isolate_hours, &letters.close_hours].map(|hours| hours.value);
        if stages[0] == 0 || !stages.is_sorted() {
            let [locate, isolate, close] = stages;
            findings.push(Finding::error(
                "deadlines.letters",
                format!(
                    "people are located within {locate} hours, isolated within {isolate} and closed within {close}"
                ),
                "give 1 hour or more, and no stage fewer than the one before it",
            ));
        }
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
    fn stages_of_letters_that_do_not_grow_are_refused() {
        let stages = |[locate, isolate, close]: [u32; 3]| {
            after(rule, |plan| {
                if let Some(letters) = &mut plan.deadlines.letters {
                    (letters.locate_hours.value, letters.isolate_hours.value) = (locate, isolate);
                    letters.close_hours.value = close;
                }
            })
        };
        one(&stages([8, 2, 24]), &["deadlines.letters", "8", "2"]);
        one(&stages([0, 8, 24]), &["deadlines.letters", "0"]);
        assert!(stages([2, 8, 24]).is_empty());
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
