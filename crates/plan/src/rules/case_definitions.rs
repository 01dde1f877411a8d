//! Every case definition can be met, and none is hidden by an earlier one.

use std::collections::BTreeSet;

use crate::check::Finding;
use crate::plan::{CaseDefinition, Plan};

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if plan.case_definitions.is_empty() {
        findings.push(Finding::error("case_definitions", "there is none", "say what makes a case"));
    }
    for (position, definition) in plan.case_definitions.iter().enumerate() {
        let path = format!("case_definitions.{}", definition.id);
        if definition.all.is_empty() {
            findings.push(Finding::error(
                &path,
                "it asks for nothing, so everyone meets it",
                "list what it takes in all",
            ));
        }
        if definition.all.iter().any(|criterion| definition.none.contains(criterion)) {
            findings.push(Finding::error(
                &path,
                "it asks for something to be there and not to be there",
                "remove it from all or from none",
            ));
        }
        if let Some(earlier) = plan.case_definitions[..position].iter().find(|earlier| hides(earlier, definition)) {
            findings.push(Finding::error(
                &path,
                format!("whoever meets it already meets {:?} above it", earlier.id),
                "move it up, ask for less, or remove it",
            ));
        }
    }
    findings
}

/// Whether whoever meets `later` meets `earlier`.
fn hides(earlier: &CaseDefinition, later: &CaseDefinition) -> bool {
    let within = |a: &[_], b: &[_]| a.iter().collect::<BTreeSet<_>>().is_subset(&b.iter().collect());
    within(&earlier.all, &later.all) && within(&earlier.none, &later.none)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;
    use crate::plan::Criterion;

    #[test]
    fn a_definition_behind_a_wider_one_is_refused() {
        let findings = after(rule, |plan| plan.case_definitions[0].all = vec![Criterion::LaboratoryPositive]);
        one(&findings, &["case_definitions.asymptomatic", "already meets \"confirmed\""]);
    }

    #[test]
    fn a_definition_that_asks_for_nothing_is_refused() {
        let findings = after(rule, |plan| plan.case_definitions.last_mut().unwrap().all.clear());
        one(&findings, &["case_definitions", "everyone meets it"]);
    }

    #[test]
    fn a_definition_that_contradicts_itself_is_refused() {
        let findings = after(rule, |plan| plan.case_definitions[1].none = vec![Criterion::LaboratoryPositive]);
        one(&findings, &["case_definitions.asymptomatic", "not to be there"]);
    }

    #[test]
    fn a_plan_without_cases_is_refused() {
        one(&after(rule, |plan| plan.case_definitions.clear()), &["case_definitions", "what makes a case"]);
    }
}
