//! Nothing is required of general contacts but care for themselves.

use crate::check::Finding;
use crate::plan::{GroundKind, PhaseColour, Plan};

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(requirement) = plan.requirement(GroundKind::GeneralContact) else { return findings };
    for (position, phase) in requirement.phases.iter().enumerate() {
        if phase.colour != PhaseColour::Green {
            findings.push(Finding::error(
                format!("requirements.general-contact.phases.{}.colour", position + 1),
                "a general contact is shown as restricted",
                "show the phase green; who must be restricted is a close contact by a rule",
            ));
        }
    }
    if requirement.locate {
        findings.push(Finding::error(
            "requirements.general-contact.locate",
            "general contacts are told, not sought out and controlled",
            "set it to false",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_yellow_general_contact_is_refused() {
        let findings = after(rule, |plan| {
            plan.requirements.get_mut(&GroundKind::GeneralContact).unwrap().phases[0].colour = PhaseColour::Yellow;
        });
        one(&findings, &["requirements.general-contact.phases.1.colour"]);
    }

    #[test]
    fn a_general_contact_is_not_sought() {
        let findings =
            after(rule, |plan| plan.requirements.get_mut(&GroundKind::GeneralContact).unwrap().locate = true);
        one(&findings, &["requirements.general-contact.locate"]);
    }
}
