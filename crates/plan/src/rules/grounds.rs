//! Where the plan makes cases and close contacts, it says what follows for them.

use super::ground_name;
use crate::check::Finding;
use crate::plan::{ContactClass, GroundKind, Plan};

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let close = plan.contact_rules.iter().any(|rule| rule.class == ContactClass::Close);
    [(GroundKind::Case, !plan.case_definitions.is_empty()), (GroundKind::CloseContact, close)]
        .into_iter()
        .filter(|(ground, made)| *made && plan.requirement(*ground).is_none())
        .map(|(ground, _)| {
            Finding::error(
                format!("requirements.{}", ground_name(ground)),
                "such people are found, and nothing says what follows for them",
                "add the requirement; self-monitoring shown green requires nothing of them",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn close_contacts_without_a_requirement_are_refused() {
        let findings = after(rule, |plan| {
            plan.requirements.remove(&GroundKind::CloseContact);
        });
        one(&findings, &["requirements.close-contact", "nothing says what follows"]);
    }

    #[test]
    fn general_contacts_need_none() {
        let findings = after(rule, |plan| {
            plan.requirements.remove(&GroundKind::GeneralContact);
        });
        assert!(findings.is_empty(), "{findings:?}");
    }
}
