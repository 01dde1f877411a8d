//! A requirement has phases, and what restricts someone ends.

use super::ground_name;
use crate::check::Finding;
use crate::plan::{PhaseColour, PhasePlace, Plan};

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (&ground, requirement) in &plan.requirements {
        let path = format!("requirements.{}.phases", ground_name(ground));
        if requirement.phases.is_empty() {
            findings.push(Finding::error(&path, "there is none", "add a phase, or remove the requirement"));
        }
        for (position, phase) in requirement.phases.iter().enumerate() {
            let path = format!("{path}.{}", position + 1);
            let shown = phase.colour != PhaseColour::Green;
            if shown && phase.days.value == 0 {
                findings.push(Finding::error(
                    format!("{path}.days"),
                    "a phase that is shown yellow or red lasts no day",
                    "give the days after which it ends; a restriction without an end is none",
                ));
            }
            if shown && phase.place == PhasePlace::SelfMonitoring {
                findings.push(Finding::error(
                    format!("{path}.colour"),
                    "self-monitoring restricts nobody and is shown as a restriction",
                    "show it green, or say home-monitoring when that is meant",
                ));
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

    #[test]
    fn a_restriction_without_an_end_is_refused() {
        let findings =
            after(rule, |plan| plan.requirements.get_mut(&GroundKind::Case).unwrap().phases[0].days.value = 0);
        one(&findings, &["requirements.case.phases.1.days", "lasts no day"]);
    }

    #[test]
    fn a_requirement_without_phases_is_refused() {
        let findings = after(rule, |plan| plan.requirements.get_mut(&GroundKind::Case).unwrap().phases.clear());
        one(&findings, &["requirements.case.phases", "there is none"]);
    }

    #[test]
    fn self_monitoring_is_green() {
        let findings = after(rule, |plan| {
            let close = plan.requirements.get_mut(&GroundKind::CloseContact).unwrap();
            close.phases[1].place = PhasePlace::SelfMonitoring;
        });
        one(&findings, &["requirements.close-contact.phases.2.colour", "home-monitoring"]);
    }
}
