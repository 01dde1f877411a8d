//! A lower plan makes nobody a contact whom the plans above leave alone: the ceiling on whom rules reach.

use facts::Setting;

use super::ceilings::ancestors;
use crate::check::Finding;
use crate::plan::{ContactClass, ContactRule, Plan};

pub(crate) fn rule(plan: &Plan, parents: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for parent in ancestors(plan, parents) {
        for &setting in Setting::ALL {
            let Some(lower) = plan.contact_rule(setting) else { continue };
            for (field, what) in wider(lower, parent.contact_rule(setting)) {
                findings.push(Finding::error(
                    format!("contact_rules.{}.{field}", lower.id),
                    format!("in {:?} it {what} than {} allows", setting.name(), parent.id),
                    "come back to the rule of the plan above; only that plan can widen it",
                ));
            }
        }
        for &setting in Setting::ALL {
            let Some(lower) = plan.screening_rule(setting) else { continue };
            let upper = parent.screening_rule(setting);
            if upper.is_none_or(|upper| lower.minimum_minutes.value < upper.minimum_minutes.value) {
                findings.push(Finding::error(
                    format!("screening_rules.{}", lower.id),
                    format!("in {:?} it flags people whom {} does not", setting.name(), parent.id),
                    "come back to the rule of the plan above; only that plan can widen it",
                ));
            }
        }
    }
    findings
}

/// In what respects `lower` reaches more people, or restricts them more, than `upper` does.
fn wider(lower: &ContactRule, upper: Option<&ContactRule>) -> Vec<(&'static str, &'static str)> {
    let class =
        |rule: Option<&ContactRule>| rule.map_or(0, |rule| if rule.class == ContactClass::Close { 2 } else { 1 });
    if class(Some(lower)) != class(upper) {
        let more = class(Some(lower)) > class(upper);
        return if more { vec![("class", "makes closer contacts")] } else { Vec::new() };
    }
    let Some(upper) = upper else { return Vec::new() };
    let minutes = |minutes: &Option<crate::Parameter<u32>>, without| minutes.as_ref().map_or(without, |m| m.value);
    let rows = |rule: &ContactRule| rule.seat_rows.as_ref().map_or(u16::MAX, |rows| rows.value);
    [
        ("minimum_minutes", "takes shorter meetings", lower.minimum_minutes.value < upper.minimum_minutes.value),
        ("seat_rows", "takes more rows", rows(lower) > rows(upper)),
        (
            "lingering_minutes",
            "takes air for infectious for longer",
            minutes(&lower.lingering_minutes, 0) > minutes(&upper.lingering_minutes, 0),
        ),
        (
            "cap_minutes",
            "takes longer stays as they stand",
            minutes(&lower.cap_minutes, u32::MAX) > minutes(&upper.cap_minutes, u32::MAX),
        ),
        ("leads_to_second_ring", "goes further", lower.leads_to_second_ring && !upper.leads_to_second_ring),
    ]
    .into_iter()
    .filter(|(_, _, wider)| *wider)
    .map(|(field, what, _)| (field, what))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::one;
    use super::*;

    /// What the 9th edition says to a city's plan that differs from it by `change` of the rule `id`.
    fn city(id: &str, change: impl FnOnce(&mut ContactRule)) -> Vec<String> {
        let national = crate::shipped("covid19-cn-9").unwrap();
        let mut plan = national.clone();
        plan.id = "covid19-city".to_owned();
        plan.overlay_of = Some(national.id.clone());
        change(plan.contact_rules.iter_mut().find(|rule| rule.id == id).unwrap());
        rule(&plan, &[national]).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_city_that_makes_close_contacts_of_general_ones_is_refused() {
        let findings = city("market", |rule| rule.class = ContactClass::Close);
        one(&findings, &["contact_rules.market.class", "\"market\"", "covid19-cn-9"]);
    }

    #[test]
    fn a_city_that_takes_shorter_meetings_is_refused() {
        one(&city("same-office", |rule| rule.minimum_minutes.value = 5), &["same-office.minimum_minutes", "shorter"]);
    }

    #[test]
    fn a_city_that_takes_more_rows_or_the_whole_vehicle_is_refused() {
        let four = city("vehicle-seats", |rule| rule.seat_rows.as_mut().unwrap().value = 4);
        let whole = city("vehicle-seats", |rule| rule.seat_rows = None);
        for findings in [four, whole] {
            assert_eq!(findings.len(), 2, "coaches and aeroplanes: {findings:#?}");
            assert!(findings.iter().all(|finding| finding.contains("vehicle-seats.seat_rows")), "{findings:#?}");
        }
    }

    #[test]
    fn a_city_that_seeks_contacts_of_more_contacts_is_refused() {
        one(&city("lift", |rule| rule.leads_to_second_ring = true), &["lift.leads_to_second_ring", "goes further"]);
    }

    #[test]
    fn a_city_that_takes_air_for_infectious_for_longer_is_refused() {
        let findings = city("same-office", |rule| {
            rule.lingering_minutes = Some(crate::Parameter { value: 30, ..rule.minimum_minutes.clone() });
        });
        one(&findings, &["same-office.lingering_minutes", "longer"]);
    }

    #[test]
    fn a_city_that_lifts_a_cap_is_refused() {
        one(&city("same-office", |rule| rule.cap_minutes = None), &["same-office.cap_minutes", "longer stays"]);
    }

    #[test]
    fn a_city_that_flags_more_people_is_refused() {
        let national = crate::shipped("covid19-cn-9").unwrap();
        let mut plan = national.clone();
        plan.id = "covid19-city".to_owned();
        plan.overlay_of = Some(national.id.clone());
        plan.screening_rules[0].minimum_minutes.value = 1;
        let findings: Vec<_> = rule(&plan, &[national]).iter().map(Finding::to_string).collect();
        one(&findings, &["screening_rules.same-area", "\"area\"", "covid19-cn-9"]);
    }

    #[test]
    fn a_city_may_reach_fewer() {
        assert!(city("lift", |rule| rule.class = ContactClass::General).is_empty());
        assert!(city("same-office", |rule| rule.minimum_minutes.value = 60).is_empty());
        assert!(city("same-meal", |rule| rule.leads_to_second_ring = false).is_empty());
    }
}
