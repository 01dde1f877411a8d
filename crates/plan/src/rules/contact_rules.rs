//! Every setting is decided once, or left out on purpose.

use facts::Setting;

use crate::check::Finding;
use crate::plan::{ContactClass, Plan};

/// A day: whatever is still there then is on surfaces and not in the air.
/// No setting was measured to be so much riskier, by the hour, than living together.
const GREATEST_WEIGHT: f64 = 100.0;
const LONGEST_LINGERING_MINUTES: u32 = 24 * 60;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &setting in Setting::ALL {
        let name = setting.name();
        let mut deciding = plan.contact_rules.iter().filter(|rule| rule.settings.contains(&setting));
        let first = deciding.next();
        let flagged = plan.screening_rule(setting).is_some();
        match (first, plan.settings_without_rule.contains(&setting)) {
            // A screening rule decides it, and makes nobody a contact; see the rule on screening.
            (None, false) if flagged => {}
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
        let seated = [Setting::Vehicle, Setting::Carriage, Setting::Aircraft];
        if rule.seat_rows.is_some() && !rule.settings.iter().all(|setting| seated.contains(setting)) {
            findings.push(Finding::error(
                format!("{path}.seat_rows"),
                "only vehicles have rows of seats",
                "remove it, or leave \"vehicle\", \"carriage\" and \"aircraft\" alone in the settings",
            ));
        }
        if let Some(lingering) = &rule.lingering_minutes
            && lingering.value > LONGEST_LINGERING_MINUTES
        {
            findings.push(Finding::error(
                format!("{path}.lingering_minutes"),
                format!("air does not stay infectious for {} minutes", lingering.value),
                format!("give at most {LONGEST_LINGERING_MINUTES}, or leave it out"),
            ));
        }
        if let Some(cap) = &rule.cap_minutes
            && cap.value <= rule.minimum_minutes.value
        {
            findings.push(Finding::error(
                format!("{path}.cap_minutes"),
                format!("no stay of at most {} minutes lasts longer than the shortest that counts", cap.value),
                "give more than minimum_minutes, or leave it out",
            ));
        }
        if rule.class == ContactClass::General && rule.leads_to_second_ring {
            findings.push(Finding::error(
                format!("{path}.leads_to_second_ring"),
                "contacts of a general contact are not sought",
                "set it to false, or make the class close",
            ));
        }
        if !(rule.weight.value > 0.0 && rule.weight.value <= GREATEST_WEIGHT) {
            findings.push(Finding::error(
                format!("{path}.weight"),
                format!("{} is no weight relative to an hour in a household", rule.weight.value),
                format!("give a number above 0 and up to {GREATEST_WEIGHT}"),
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
    fn air_that_stays_infectious_for_days_is_refused() {
        let findings = after(rule, |plan| {
            let minutes = plan.contact_rules[0].minimum_minutes.clone();
            plan.contact_rules[0].lingering_minutes = Some(crate::Parameter { value: 3 * 24 * 60, ..minutes });
        });
        one(&findings, &["contact_rules.same-household.lingering_minutes", "4320"]);
    }

    #[test]
    fn a_cap_below_the_shortest_meeting_is_refused() {
        let findings = after(rule, |plan| {
            let office = position(plan, "same-office");
            let minutes = plan.contact_rules[office].minimum_minutes.clone();
            plan.contact_rules[office].cap_minutes = Some(crate::Parameter { value: 15, ..minutes });
        });
        one(&findings, &["contact_rules.same-office.cap_minutes", "15"]);
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
    fn a_weight_beyond_any_measured_is_refused() {
        let findings = after(rule, |plan| plan.contact_rules[1].weight.value = 150.0);
        one(&findings, &["weight", "150"]);
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
