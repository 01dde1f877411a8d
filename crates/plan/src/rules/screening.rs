//! A space that is only worth a look makes nobody a contact.

use facts::Setting;

use crate::check::Finding;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in &plan.screening_rules {
        let path = format!("screening_rules.{}", rule.id);
        if rule.settings.is_empty() {
            findings.push(Finding::error(
                format!("{path}.settings"),
                "it applies nowhere",
                "list settings, or remove it",
            ));
        }
        if rule.minimum_minutes.value == 0 {
            findings.push(Finding::error(
                format!("{path}.minimum_minutes"),
                "it flags whoever passes by",
                "give the shortest time together that is worth a look",
            ));
        }
    }
    for &setting in Setting::ALL {
        let Some(flagging) = plan.screening_rule(setting) else { continue };
        let name = setting.name();
        if let Some(contact) = plan.contact_rule(setting) {
            findings.push(Finding::error(
                format!("screening_rules.{}.settings", flagging.id),
                format!("{name:?} also makes contacts, by {:?}", contact.id),
                "a flag is for spaces too wide to meet in: keep the setting in one of them",
            ));
        }
        if plan.settings_without_rule.contains(&setting) {
            findings.push(Finding::error(
                "settings_without_rule",
                format!("{name:?} is left out and flagged by {:?}", flagging.id),
                "take it out of one of them",
            ));
        }
    }
    // Nothing but a wide area may be flagged only: a room that people share is a matter of contact rules.
    for rule in &plan.screening_rules {
        for setting in rule.settings.iter().filter(|&&setting| setting != Setting::Area) {
            findings.push(Finding::warning(
                format!("screening_rules.{}.settings", rule.id),
                format!("people meet in {:?}, and this rule makes no contacts of them", setting.name()),
                "decide it by a contact rule",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn an_area_that_makes_contacts_as_well_is_refused() {
        let findings = after(rule, |plan| plan.contact_rules[0].settings.push(Setting::Area));
        one(&findings, &["screening_rules.same-area.settings", "\"area\"", "same-household"]);
    }

    #[test]
    fn an_area_left_out_and_flagged_is_refused() {
        one(&after(rule, |plan| plan.settings_without_rule.push(Setting::Area)), &["settings_without_rule"]);
    }

    #[test]
    fn whoever_passes_by_is_not_flagged() {
        let findings = after(rule, |plan| plan.screening_rules[0].minimum_minutes.value = 0);
        one(&findings, &["screening_rules.same-area.minimum_minutes"]);
    }

    #[test]
    fn a_room_that_is_only_flagged_is_pointed_out() {
        let findings = after(rule, |plan| {
            plan.contact_rules.retain(|rule| rule.id != "lift");
            plan.screening_rules[0].settings.push(Setting::Lift);
        });
        one(&findings, &["warning", "\"lift\""]);
    }
}
