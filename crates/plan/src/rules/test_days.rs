//! Test days lie within their phase, in order.

use super::ground_name;
use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (&ground, requirement) in &plan.requirements {
        for (position, phase) in requirement.phases.iter().enumerate() {
            let Some(tests) = &phase.test_days else { continue };
            let path = format!("requirements.{}.phases.{}.test_days", ground_name(ground), position + 1);
            if tests.value.is_empty() {
                findings.push(Finding::error(&path, "the list is empty", "leave it out when no test is due"));
            }
            for day in tests.value.iter().filter(|day| !(1..=phase.days.value).contains(*day)) {
                findings.push(Finding::error(
                    &path,
                    format!("day {day} does not lie within the phase of {} days", phase.days.value),
                    "count the days within the phase, from 1",
                ));
            }
            if !tests.value.is_sorted_by(|a, b| a < b) {
                findings.push(Finding::error(&path, "the days are not in order", "list each day once, ascending"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;
    use crate::plan::GroundKind;

    fn with_home_tests(days: &[u16]) -> Vec<String> {
        after(rule, |plan| {
            let close = plan.requirements.get_mut(&GroundKind::CloseContact).unwrap();
            close.phases[1].test_days.as_mut().unwrap().value = days.to_vec();
        })
    }

    #[test]
    fn a_test_after_the_phase_is_refused() {
        one(&with_home_tests(&[10]), &["requirements.close-contact.phases.2.test_days", "day 10", "3 days"]);
    }

    #[test]
    fn a_test_on_day_0_is_refused() {
        one(&with_home_tests(&[0, 3]), &["day 0"]);
    }

    #[test]
    fn test_days_out_of_order_are_refused() {
        one(&with_home_tests(&[3, 1]), &["not in order"]);
        one(&with_home_tests(&[2, 2]), &["not in order"]);
    }

    #[test]
    fn an_empty_list_is_refused() {
        one(&with_home_tests(&[]), &["the list is empty"]);
    }
}
