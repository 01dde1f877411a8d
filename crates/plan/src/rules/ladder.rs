//! A search is heard before it is due, and goes up often enough to matter.

use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let Some(ladder) = &plan.ladder else { return Vec::new() };
    let control_minutes = plan.deadlines.control_hours.value.saturating_mul(60);
    let mut findings = Vec::new();
    if let Some(remind) = &ladder.remind_before_minutes
        && (remind.value == 0 || remind.value >= control_minutes)
    {
        findings.push(Finding::error(
            "ladder.remind_before_minutes",
            format!(
                "a reminder {} minutes before a deadline of {control_minutes} minutes reminds nobody",
                remind.value
            ),
            "give more than 0 and less than the time there is",
        ));
    }
    if let Some(every) = &ladder.escalate_every_minutes
        && every.value == 0
    {
        findings.push(Finding::error(
            "ladder.escalate_every_minutes",
            "every level would hear of it at once",
            "give 1 or more minutes",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_reminder_comes_after_the_beginning_and_before_the_end() {
        for minutes in [0, 24 * 60] {
            let findings = after(rule, |plan| {
                plan.ladder.as_mut().unwrap().remind_before_minutes.as_mut().unwrap().value = minutes;
            });
            one(&findings, &["ladder.remind_before_minutes", "1440"]);
        }
    }

    #[test]
    fn levels_hear_of_it_one_after_the_other() {
        let findings = after(rule, |plan| {
            plan.ladder.as_mut().unwrap().escalate_every_minutes.as_mut().unwrap().value = 0;
        });
        one(&findings, &["ladder.escalate_every_minutes", "at once"]);
    }

    #[test]
    fn a_plan_without_a_ladder_is_sound() {
        assert!(after(rule, |plan| plan.ladder = None).is_empty());
    }
}
