//! The unit is the one that the parameter's name promises, and the value fits it.

use crate::check::Finding;
use crate::entry::{Kind, entries, readable, unit_name};
use crate::parameter::Unit;
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in entries(plan).into_iter().filter(|entry| entry.kind == Kind::Parameter) {
        let Some(unit) = entry.unit else { continue };
        // The keys of ceilings are paths; the unit of a ceiling is the affair of the rule on ceilings.
        let name = match entry.path.strip_prefix("ceilings.") {
            Some(_) => "",
            None => entry.path.rsplit('.').next().unwrap_or_default(),
        };
        if let Some(promised) = promised(name)
            && promised != unit
        {
            findings.push(Finding::error(
                &entry.path,
                format!("its unit is {:?} and its name promises {:?}", unit_name(unit), unit_name(promised)),
                "give the value in the promised unit, or correct the name",
            ));
        }
        let fits = match (unit, entry.value.as_f64()) {
            // Lists of days and yes or no are held by their types.
            (_, None) => !entry.value.is_null(),
            (Unit::Share, Some(value)) => (0.0..=1.0).contains(&value),
            (Unit::YesNo, Some(value)) => value == 0.0 || value == 1.0,
            (_, Some(value)) => value >= 0.0,
        };
        if !fits {
            findings.push(Finding::error(
                &entry.path,
                format!("{} is not a number of {}", readable(&entry.value), unit_name(unit)),
                "give a finite number that is not negative, a share between 0 and 1, or 0 or 1 for yes or no",
            ));
        }
    }
    findings
}

/// The unit that the last word of a name promises, units standing last in names.
fn promised(name: &str) -> Option<Unit> {
    Some(match name {
        "test_days" => Unit::DayNumbers,
        "from_last_negative" => Unit::YesNo,
        "weight" | "depth" | "crowding" | "dispersion" | "same_row" | "another_row" => Unit::Number,
        "relative" | "household_day" | "both" | "one" | "open" | "good" => Unit::Share,
        "from_days_before_onset" | "from_days_before_sampling" | "until_days_after_onset" | "days_without_case" => {
            Unit::Days
        }
        _ => match name.rsplit(['-', '_']).next()? {
            "days" => Unit::Days,
            "day" => Unit::DayNumbers,
            "hours" => Unit::Hours,
            "minutes" => Unit::Minutes,
            "metres" => Unit::Metres,
            "rows" => Unit::Rows,
            "people" => Unit::People,
            "share" => Unit::Share,
            "cycles" => Unit::Cycles,
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn hours_given_in_days_are_refused() {
        let findings = after(rule, |plan| plan.deadlines.locate_hours.unit = Unit::Days);
        one(&findings, &["deadlines.locate_hours", "\"days\"", "\"hours\""]);
    }

    #[test]
    fn test_days_are_day_numbers() {
        let findings = after(rule, |plan| {
            let close = plan.requirements.get_mut(&crate::GroundKind::CloseContact).unwrap();
            close.phases[0].test_days.as_mut().unwrap().unit = Unit::Days;
        });
        one(&findings, &["requirements.close-contact.phases.1.test_days", "\"day-numbers\""]);
    }

    #[test]
    fn a_share_above_one_is_refused() {
        let findings = after(rule, |plan| plan.carried.get_mut("screening-school-share").unwrap().value = 20.0);
        one(&findings, &["carried.screening-school-share", "20"]);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        let findings = after(rule, |plan| plan.carried.get_mut("zone-high-lift-days").unwrap().value = f64::NAN);
        one(&findings, &["carried.zone-high-lift-days", "nothing"]);
    }
}
