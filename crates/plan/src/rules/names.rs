//! Names can stand in a path and in a file name, and no two rules share one.

use std::collections::BTreeSet;

use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut see = |path: &str, name: &str| {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            findings.push(Finding::error(
                path,
                format!("{name:?} cannot stand in a path"),
                "use lower-case letters, digits and hyphens",
            ));
        }
    };
    see("id", &plan.id);
    see("disease", &plan.disease.0);
    plan.case_definitions.iter().for_each(|definition| see("case_definitions", &definition.id));
    plan.contact_rules.iter().for_each(|rule| see("contact_rules", &rule.id));
    plan.screening_rules.iter().for_each(|rule| see("screening_rules", &rule.id));
    plan.carried.keys().for_each(|name| see("carried", name));
    plan.sources.keys().for_each(|name| see("sources", name));

    twice("case_definitions", plan.case_definitions.iter().map(|definition| &definition.id), &mut findings);
    twice("contact_rules", plan.contact_rules.iter().map(|rule| &rule.id), &mut findings);
    twice("screening_rules", plan.screening_rules.iter().map(|rule| &rule.id), &mut findings);
    findings
}

fn twice<'a>(section: &str, names: impl Iterator<Item = &'a String>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            findings.push(Finding::error(
                format!("{section}.{name}"),
                format!("{name:?} stands there twice"),
                "give each its own id",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_name_with_a_dot_is_refused() {
        let findings = after(rule, |plan| plan.contact_rules[0].id = "same.household".to_owned());
        one(&findings, &["contact_rules", "same.household", "hyphens"]);
    }

    #[test]
    fn a_name_used_twice_is_refused() {
        let findings = after(rule, |plan| plan.contact_rules[1].id = plan.contact_rules[0].id.clone());
        one(&findings, &["contact_rules.same-household", "twice"]);
    }
}
