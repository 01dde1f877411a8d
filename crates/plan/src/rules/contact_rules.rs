//! Every setting is decided once, or left out on purpose.

use facts::Setting;

use crate::check::Finding;
use crate::plan::{ContactClass, Plan};

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &setting in Setting::ALL {
        let name = setting.name();
        let mut deciding = plan.contact_rules.iter().filter(|rule| rule.settings.contains(&setting));
        let first = deciding.next();
        match (first, plan.settings_without_rule.contains(&setting)) {
            (None, false) => findings.push(Finding::warning(
                "contact_rules",
                format!("no rule decides {name:?}, so sharing one makes nobody a contact"),
                "add it to a rule, or to settings_without_rule when that is meant",
            )),
            (Some(rule), true) => findings.push(Finding::error(
                "settings_without_rule",
                format!("{name:?} is left out and decided by {:?}", rule.id),
                "take it out of one of them",
            )),
            _ => {}
        }
        for later in deciding {
            findings.push(Finding::error(
                format!("contact_rules.{}.settings", later.id),
                format!("{name:?} is already decided by {:?}", first.map_or("", |rule| &rule.id)),
                "the first rule decides and this one is never reached: keep the setting in one of them",
            ));
        }
    }
    for rule in &plan.contact_rules {
        let path = format!("contact_rules.{}", rule.id);
        if rule.settings.is_empty() {
            findings.push(Finding::error(
                format!("{path}.settings"),
                "it applies nowhere",
                "list settings, or remove it",
            ));
        }
        if rule.seat_rows.is_some() && !rule.settings.contains(&Setting::Vehicle) {
            findings.push(Finding::error(
                format!("{path}.seat_rows"),
                "only vehicles have rows of seats",
                "remove it, or add \"vehicle\" to the settings",
            ));
        }
        if rule.class == ContactClass::General && rule.leads_to_second_ring {
            findings.push(Finding::error(
                format!("{path}.leads_to_second_ring"),
                "contacts of a general contact are not sought",
                "set it to false, or make the class close",
            ));
        }
        if !(rule.weight.value > 0.0 && rule.weight.value <= 1.0) {
            findings.push(Finding::error(
                format!("{path}.weight"),
                format!("{} is no weight relative to a household", rule.weight.value),
                "give a number above 0 and up to 1",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    fn position(plan: &Plan, id: &str) -> usize {
        plan.contact_rules.iter().position(|rule| rule.id == id).unwrap()
    }

    #[test]
    fn a_setting_without_rule_is_pointed_out() {
        let findings = after(rule, |plan| {
            plan.contact_rules.remove(position(plan, "lift"));
        });
        one(&findings, &["warning", "\"lift\"", "settings_without_rule"]);
    }

    #[test]
    fn a_setting_left_out_on_purpose_is_not() {
        let findings = after(rule, |plan| {
            plan.contact_rules.remove(position(plan, "lift"));
            plan.settings_without_rule.push(Setting::Lift);
        });
        assert!(findings.is_empty(), "{findings:?}");
    }

    #[test]
    fn a_setting_left_out_and_decided_is_refused() {
        let findings = after(rule, |plan| plan.settings_without_rule.push(Setting::Lift));
        one(&findings, &["settings_without_rule", "decided by \"lift\""]);
    }

    #[test]
    fn a_setting_decided_again_by_a_later_rule_is_refused() {
        let findings = after(rule, |plan| {
            let lift = position(plan, "lift");
            plan.contact_rules[lift].settings.push(Setting::Home);
        });
        one(&findings, &["contact_rules.lift.settings", "\"home\"", "same-household"]);
    }

    #[test]
    fn rows_of_seats_outside_vehicles_are_refused() {
        let findings = after(rule, |plan| {
            plan.contact_rules[0].seat_rows = plan.contact_rules[position(plan, "vehicle-seats")].seat_rows.clone();
        });
        one(&findings, &["contact_rules.same-household.seat_rows"]);
    }

    #[test]
    fn general_contacts_lead_no_further() {
        let findings = after(rule, |plan| {
            let market = position(plan, "market");
            plan.contact_rules[market].leads_to_second_ring = true;
        });
        one(&findings, &["contact_rules.market.leads_to_second_ring"]);
    }

    #[test]
    fn a_weight_above_a_households_is_refused() {
        let findings = after(rule, |plan| plan.contact_rules[1].weight.value = 1.5);
        one(&findings, &["weight", "1.5"]);
    }

    #[test]
    fn a_rule_that_applies_nowhere_is_refused() {
        let findings = after(rule, |plan| {
            let lift = position(plan, "lift");
            plan.contact_rules[lift].settings.clear();
            plan.settings_without_rule.push(Setting::Lift);
        });
        one(&findings, &["contact_rules.lift.settings", "nowhere"]);
    }
}
