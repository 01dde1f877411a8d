//! No plan exceeds the ceilings of the plans above it (层层加码), or its own.

use crate::check::Finding;
use crate::entry::unit_name;
use crate::plan::Plan;

/// The plans above, nearest first, as far as they were given.
pub(super) fn ancestors<'a>(plan: &'a Plan, parents: &'a [Plan]) -> Vec<&'a Plan> {
    let mut above: Vec<&Plan> = Vec::new();
    let mut next = plan.overlay_of.as_ref();
    while let Some(parent) = next.and_then(|id| parents.iter().find(|parent| parent.id == *id)) {
        // A plan that is its own ancestor ends the walk; the rule on overlays reports it.
        if parent.id == plan.id || above.iter().any(|seen| seen.id == parent.id) {
            break;
        }
        above.push(parent);
        next = parent.overlay_of.as_ref();
    }
    above
}

pub(crate) fn rule(plan: &Plan, parents: &[Plan]) -> Vec<Finding> {
    let mut findings = own(plan);
    for parent in ancestors(plan, parents) {
        for (path, ceiling) in &parent.ceilings {
            // Where the lower plan has nothing, nothing is required and nothing exceeded.
            let Some((value, unit)) = plan.number_at(path) else { continue };
            if unit != ceiling.unit {
                findings.push(Finding::error(
                    path,
                    format!(
                        "it is in {}, and the ceiling of {} is in {}",
                        unit_name(unit),
                        parent.id,
                        unit_name(ceiling.unit)
                    ),
                    "give it in the unit of the ceiling",
                ));
            } else if exceeds(value, ceiling.value) {
                findings.push(Finding::error(
                    path,
                    format!("it is {value} {}, and {} allows at most {}", unit_name(unit), parent.id, ceiling.value),
                    "come down to the ceiling; only the plan above can raise it",
                ));
            }
        }
    }
    findings
}

/// A plan's own ceilings lead somewhere and it keeps them itself.
fn own(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, ceiling) in &plan.ceilings {
        let at = format!("ceilings.{path}");
        match plan.number_at(path) {
            None => findings.push(Finding::error(
                at,
                "no number of the plan stands at that path",
                "name a parameter, or days_total, days_restricted or days_away_from_home of a requirement",
            )),
            Some((_, unit)) if unit != ceiling.unit => findings.push(Finding::error(
                at,
                format!("it is in {}, and what it limits is in {}", unit_name(ceiling.unit), unit_name(unit)),
                "give both in one unit",
            )),
            Some((value, _)) if exceeds(value, ceiling.value) => findings.push(Finding::error(
                at,
                format!("the plan itself has {value} there, above its ceiling of {}", ceiling.value),
                "lower the value or raise the ceiling",
            )),
            Some(_) => {}
        }
    }
    findings
}

/// Above the ceiling, or not comparable with it: what is no number holds nothing.
fn exceeds(value: f64, ceiling: f64) -> bool {
    value.partial_cmp(&ceiling).is_none_or(std::cmp::Ordering::is_gt)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;
    use crate::plan::{GroundKind, PhasePlace};

    /// What the 9th edition says to a city's plan that differs from it by `change`.
    fn city(change: impl FnOnce(&mut Plan)) -> Vec<String> {
        let national = crate::shipped("covid19-cn-9").unwrap();
        let mut plan = national.clone();
        plan.id = "covid19-city".to_owned();
        plan.overlay_of = Some(national.id.clone());
        plan.ceilings.clear();
        change(&mut plan);
        rule(&plan, &[national]).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_city_that_changes_nothing_or_asks_for_less_keeps_the_ceilings() {
        assert!(city(|_| {}).is_empty());
        let less = city(|plan| {
            plan.requirements.remove(&GroundKind::SecondaryContact);
            plan.requirements.get_mut(&GroundKind::CloseContact).unwrap().phases.truncate(1);
        });
        assert!(less.is_empty(), "{less:?}");
    }

    #[test]
    fn a_city_that_isolates_for_longer_is_refused() {
        let findings =
            city(|plan| plan.requirements.get_mut(&GroundKind::CloseContact).unwrap().phases[1].days.value = 7);
        assert!(
            findings[0].starts_with(
                "error at requirements.close-contact.days_restricted: it is 14 days, and covid19-cn-9 allows at most 10"
            ),
            "{findings:#?}"
        );
    }

    #[test]
    fn a_city_that_turns_days_at_home_into_days_away_is_refused() {
        let findings = city(|plan| {
            let close = plan.requirements.get_mut(&GroundKind::CloseContact).unwrap();
            close.phases[1].place = PhasePlace::CentralQuarantine;
        });
        one(&findings, &["requirements.close-contact.days_away_from_home", "10 days", "at most 7"]);
    }

    #[test]
    fn a_city_that_looks_back_further_is_refused() {
        let findings = city(|plan| plan.infectious.from_days_before_onset.value = 4);
        one(&findings, &["infectious.from_days_before_onset", "4 days", "at most 2"]);
    }

    #[test]
    fn the_ceilings_of_the_plan_above_the_plan_above_hold_too() {
        let national = crate::shipped("covid19-cn-9").unwrap();
        let mut province = national.clone();
        province.id = "covid19-province".to_owned();
        province.overlay_of = Some(national.id.clone());
        province.ceilings.clear();
        let mut county = province.clone();
        county.id = "covid19-county".to_owned();
        county.overlay_of = Some(province.id.clone());
        county.infectious.from_days_before_onset.value = 4;
        let findings: Vec<_> = rule(&county, &[province, national]).iter().map(Finding::to_string).collect();
        one(&findings, &["covid19-cn-9 allows at most 2"]);
    }

    #[test]
    fn a_ceiling_on_nothing_is_refused() {
        let findings = after(rule, |plan| {
            let ceiling = plan.ceilings.values().next().unwrap().clone();
            plan.ceilings.insert("requirements.close-contact.weeks".to_owned(), ceiling);
        });
        one(&findings, &["ceilings.requirements.close-contact.weeks", "no number"]);
    }

    #[test]
    fn a_plan_above_its_own_ceiling_is_refused() {
        let findings = after(rule, |plan| plan.infectious.from_days_before_onset.value = 3);
        one(&findings, &["ceilings.infectious.from_days_before_onset", "the plan itself"]);
    }

    #[test]
    fn a_ceiling_in_another_unit_is_refused() {
        let findings = after(rule, |plan| {
            plan.ceilings.get_mut("infectious.from_days_before_onset").unwrap().unit = crate::Unit::Hours;
        });
        one(&findings, &["ceilings.infectious.from_days_before_onset", "one unit"]);
    }
}
