//! A local plan says whose it is and where it applies.

use super::ceilings::ancestors;
use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, parents: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (&plan.overlay_of, plan.applies_in) {
        (Some(_), None) => findings.push(Finding::error(
            "applies_in",
            "a local plan does not say where it applies",
            "give the division code",
        )),
        (None, Some(_)) => findings.push(Finding::error(
            "overlay_of",
            "a plan for one place names no plan above it",
            "name the plan whose ceilings it keeps, or remove applies_in",
        )),
        _ => {}
    }
    let above = ancestors(plan, parents);
    let unresolved = std::iter::once(plan).chain(above.iter().copied()).last().and_then(|top| top.overlay_of.as_ref());
    if let Some(missing) = unresolved {
        findings.push(Finding::error(
            "overlay_of",
            format!("the plan {missing:?} was not given, or is an overlay of itself, so that ceilings cannot be held"),
            "give every plan above together with this one",
        ));
    }
    for parent in above {
        if parent.disease != plan.disease {
            findings.push(Finding::error(
                "disease",
                format!("it is {}, and the plan above is for {}", plan.disease, parent.disease),
                "a local plan is for the disease of the plan above it",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    fn local() -> Plan {
        let mut plan = crate::shipped("covid19-cn-9").unwrap();
        plan.id = "covid19-local".to_owned();
        plan.overlay_of = Some("covid19-cn-9".to_owned());
        plan.applies_in = Some("410100".parse().unwrap());
        plan
    }

    fn lines(plan: &Plan, parents: &[Plan]) -> Vec<String> {
        rule(plan, parents).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_local_plan_with_its_parent_is_sound() {
        assert_eq!(rule(&local(), &[crate::shipped("covid19-cn-9").unwrap()]), []);
    }

    #[test]
    fn a_local_plan_without_its_parent_cannot_be_checked() {
        one(&lines(&local(), &[]), &["overlay_of", "\"covid19-cn-9\"", "was not given"]);
    }

    #[test]
    fn a_plan_above_itself_is_refused() {
        let mut plan = local();
        plan.overlay_of = Some(plan.id.clone());
        one(&lines(&plan, &[plan.clone()]), &["overlay_of", "overlay of itself"]);
    }

    #[test]
    fn a_local_plan_that_applies_nowhere_is_refused() {
        let plan = Plan { applies_in: None, ..local() };
        one(&lines(&plan, &[crate::shipped("covid19-cn-9").unwrap()]), &["applies_in"]);
    }

    #[test]
    fn a_plan_for_a_place_without_a_plan_above_is_refused() {
        let findings = after(rule, |plan| plan.applies_in = Some("410100".parse().unwrap()));
        one(&findings, &["overlay_of", "names no plan above"]);
    }

    #[test]
    fn a_local_plan_for_another_disease_is_refused() {
        let plan = Plan { overlay_of: Some("measles".to_owned()), ..local() };
        one(&lines(&plan, &[crate::shipped("measles").unwrap()]), &["disease", "covid-19", "measles"]);
    }
}
