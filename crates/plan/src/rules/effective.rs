//! A plan ends on or after the day on which it begins.

use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let from = plan.effective.from;
    plan.effective
        .to
        .filter(|to| *to < from)
        .map(|to| {
            Finding::error(
                "effective.to",
                format!("it ends on {to}, before it begins on {from}"),
                "give the last day in force, or leave it out while the plan stands",
            )
        })
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_plan_that_ends_before_it_begins_is_refused() {
        let findings = after(rule, |plan| plan.effective.to = Some("2022-06-01".parse().unwrap()));
        one(&findings, &["effective.to", "2022-06-01", "2022-06-28"]);
    }

    #[test]
    fn a_plan_may_stand_for_one_day() {
        assert!(after(rule, |plan| plan.effective.to = Some(plan.effective.from)).is_empty());
    }
}
