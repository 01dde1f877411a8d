//! Rings go one or two deep, and the second has a rule that leads to it and a requirement.

use crate::check::Finding;
use crate::plan::{GroundKind, Plan};

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let second = plan.requirement(GroundKind::SecondaryContact).is_some();
    let leading = plan.contact_rules.iter().find(|rule| rule.leads_to_second_ring);
    let mut findings = Vec::new();
    match plan.rings.depth.value {
        1 => {
            if second {
                findings.push(Finding::error(
                    "requirements.secondary-contact",
                    "contacts of contacts are not sought, and something is required of them",
                    "remove the requirement, or set rings.depth to 2",
                ));
            }
            if let Some(rule) = leading {
                findings.push(Finding::error(
                    format!("contact_rules.{}.leads_to_second_ring", rule.id),
                    "rings are one deep, and the rule leads to a second",
                    "set it to false, or rings.depth to 2",
                ));
            }
        }
        2 => {
            if !second {
                findings.push(Finding::error(
                    "requirements.secondary-contact",
                    "contacts of contacts are sought, and nothing says what follows for them",
                    "add the requirement, or set rings.depth to 1",
                ));
            }
            if leading.is_none() {
                findings.push(Finding::error(
                    "rings.depth",
                    "no contact rule leads to a second ring",
                    "set leads_to_second_ring where contacts of such a contact are sought, or rings.depth to 1",
                ));
            }
        }
        depth => findings.push(Finding::error(
            "rings.depth",
            format!("the depth is {depth}"),
            "give 1 for contacts, or 2 for contacts of contacts as well",
        )),
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_third_ring_is_refused() {
        one(&after(rule, |plan| plan.rings.depth.value = 3), &["rings.depth", "the depth is 3"]);
    }

    #[test]
    fn one_ring_with_a_requirement_on_the_second_is_refused() {
        let findings = after(rule, |plan| plan.rings.depth.value = 1);
        assert_eq!(findings.len(), 2);
        assert!(findings[0].contains("requirements.secondary-contact"), "{findings:?}");
        assert!(findings[1].contains("leads_to_second_ring"), "{findings:?}");
    }

    #[test]
    fn two_rings_without_a_requirement_on_the_second_are_refused() {
        let findings = after(rule, |plan| {
            plan.requirements.remove(&GroundKind::SecondaryContact);
        });
        one(&findings, &["requirements.secondary-contact", "nothing says what follows"]);
    }

    #[test]
    fn two_rings_without_a_way_to_the_second_are_refused() {
        let findings =
            after(rule, |plan| plan.contact_rules.iter_mut().for_each(|rule| rule.leads_to_second_ring = false));
        one(&findings, &["rings.depth", "no contact rule leads"]);
    }
}
