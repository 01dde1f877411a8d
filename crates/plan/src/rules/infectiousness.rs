//! Infectiousness by day is relative to its highest day, and no day has none.

use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let Some(by_day) = &plan.infectious.by_day else { return Vec::new() };
    let path = "infectious.by_day.relative";
    let values = &by_day.relative.value;
    let problem = if values.is_empty() {
        "it has no values".to_owned()
    } else if let Some(value) = values.iter().find(|value| !(**value > 0.0 && **value <= 1.0)) {
        format!("{value} is no share of the highest day; who could infect others is decided by the window")
    } else if values.iter().all(|&value| value < 1.0) {
        "no day is the highest".to_owned()
    } else {
        return Vec::new();
    };
    vec![Finding::error(path, problem, "give values above 0, the highest of them 1, or leave by_day out")]
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    fn with(values: Vec<f64>) -> Vec<String> {
        after(rule, |plan| plan.infectious.by_day.as_mut().unwrap().relative.value = values)
    }

    #[test]
    fn a_day_without_infectiousness_is_refused() {
        one(&with(vec![0.5, 1.0, 0.0]), &["infectious.by_day.relative", "0 is no share"]);
    }

    #[test]
    fn values_without_a_highest_day_are_refused() {
        one(&with(vec![0.5, 0.9]), &["no day is the highest"]);
        one(&with(Vec::new()), &["no values"]);
    }

    #[test]
    fn days_beyond_the_table_have_the_value_nearest_to_them() {
        let by_day = crate::shipped("covid19-cn-9").unwrap().infectious.by_day.unwrap();
        let values = &by_day.relative.value;
        assert_eq!(by_day.on_day(0), 1.0, "the highest day is that of onset");
        assert_eq!(by_day.on_day(-100), values[0]);
        assert_eq!(by_day.on_day(100), *values.last().unwrap());
    }
}
