//! What differs between two plans.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::entry::{Entry, Kind, entries, readable, section};
use crate::plan::Plan;

/// One difference. A parameter or a delay is one unit of `value`, `unit`, `source` and `confidence`;
/// quotations and notes are not compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub path: String,
    /// What stood there; absent when nothing did.
    pub before: Option<Value>,
    /// What stands there now; absent when nothing does.
    pub after: Option<Value>,
}

impl Change {
    /// Whether the rule itself changed, and not only its sources or how sure it is.
    pub fn changes_the_rule(&self) -> bool {
        let rule = |side: &Option<Value>| {
            side.as_ref().map(|side| if is_stated(side) { json!([side["value"], side["unit"]]) } else { side.clone() })
        };
        !self.path.starts_with("sources.") && rule(&self.before) != rule(&self.after)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<Value>| match side {
            None => "–".to_owned(),
            Some(stated) if is_stated(stated) => {
                format!(
                    "{} {} ({})",
                    readable(&stated["value"]),
                    readable(&stated["unit"]),
                    readable(&stated["confidence"])
                )
            }
            Some(plain) => readable(plain),
        };
        write!(f, "{}: {} → {}", self.path, side(&self.before), side(&self.after))
    }
}

fn is_stated(side: &Value) -> bool {
    side.get("confidence").is_some()
}

/// What differs between two plans, in the order in which plans are read.
pub fn diff(a: &Plan, b: &Plan) -> Vec<Change> {
    let (before, after) = (sides(a), sides(b));
    let at = |sides: &[(String, Value)]| sides.iter().cloned().collect::<BTreeMap<_, _>>();
    let (before_at, after_at) = (at(&before), at(&after));
    let added = after.iter().filter(|(path, _)| !before_at.contains_key(path));
    let mut paths: Vec<&String> = before.iter().chain(added).map(|(path, _)| path).collect();
    // Stable: within a section what was there comes first, then what was added.
    paths.sort_by_key(|path| section(path));
    paths
        .into_iter()
        .map(|path| Change {
            path: path.clone(),
            before: before_at.get(path).cloned(),
            after: after_at.get(path).cloned(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn sides(plan: &Plan) -> Vec<(String, Value)> {
    let order = |ids: Vec<&String>| json!(ids);
    // The first rule that fits decides, so their order is part of the plan.
    let definitions = order(plan.case_definitions.iter().map(|definition| &definition.id).collect());
    let rules = order(plan.contact_rules.iter().map(|rule| &rule.id).collect());
    let flags = order(plan.screening_rules.iter().map(|rule| &rule.id).collect());
    [("case_definitions", definitions), ("contact_rules", rules), ("screening_rules", flags)]
        .into_iter()
        // A plan without rules of a kind differs from one with some by these alone.
        .filter(|(_, ids)| ids.as_array().is_some_and(|ids| !ids.is_empty()))
        .map(|(section, ids)| (section.to_owned(), ids))
        .chain(entries(plan).into_iter().map(|entry| {
            let side = side(&entry);
            (entry.path, side)
        }))
        .collect()
}

fn side(entry: &Entry) -> Value {
    match entry.kind {
        Kind::Parameter | Kind::Delay => json!({
            "value": entry.value, "unit": entry.unit, "source": entry.source, "confidence": entry.confidence,
        }),
        Kind::Sourced | Kind::Plain => entry.value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped;

    fn rule_changes(a: &Plan, b: &Plan) -> Vec<String> {
        diff(a, b).iter().filter(|change| change.changes_the_rule()).map(Change::to_string).collect()
    }

    #[test]
    fn a_plan_does_not_differ_from_itself() {
        let plan = shipped("measles").unwrap();
        assert_eq!(diff(&plan, &plan), []);
    }

    #[test]
    fn from_the_8th_to_the_9th_edition_the_known_changes_show() {
        let changes = rule_changes(&shipped("covid19-cn-8").unwrap(), &shipped("covid19-cn-9").unwrap());
        for known in [
            "infectious.from_last_negative: – → yes yes-no (medium)",
            "contact_rules.lift.leads_to_second_ring: yes → no",
            "requirements.close-contact.phases.1.days: 14 days (high) → 7 days (high)",
            "requirements.close-contact.phases.1.test_days: \
             1, 4, 7, 14 day-numbers (high) → 1, 2, 3, 5, 7 day-numbers (high)",
            "requirements.close-contact.phases.2.days: 7 days (high) → 3 days (high)",
            "requirements.secondary-contact.phases.1.place: central-quarantine → home-quarantine",
            "requirements.secondary-contact.phases.1.colour: red → yellow",
        ] {
            assert!(changes.iter().any(|change| change == known), "{known}\nis not among\n{}", changes.join("\n"));
        }
        let same = "requirements.secondary-contact.phases.1.days";
        assert!(!changes.iter().any(|change| change.starts_with(same)), "7 days stayed 7 days");
    }

    #[test]
    fn from_the_8th_to_the_9th_edition_nothing_else_changes_unseen() {
        let changes = rule_changes(&shipped("covid19-cn-8").unwrap(), &shipped("covid19-cn-9").unwrap());
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diff-covid19-cn-8-9.txt");
        let found = changes.join("\n") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(file, &found).unwrap();
        }
        let golden = std::fs::read_to_string(file).unwrap();
        assert_eq!(found, golden, "if this is meant: UPDATE_GOLDEN=1 cargo test --release -p plan");
    }

    #[test]
    fn what_only_one_plan_has_is_absent_in_the_other() {
        let a = shipped("covid19-cn-8").unwrap();
        let mut b = a.clone();
        b.carried.remove("henan-locate-hours");
        let changes = diff(&a, &b);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].path, "carried.henan-locate-hours");
        assert!(changes[0].before.is_some() && changes[0].after.is_none());
        assert_eq!(diff(&b, &a)[0].to_string(), "carried.henan-locate-hours: – → 6 hours (medium)");
    }

    #[test]
    fn better_evidence_is_a_difference_and_no_change_of_the_rule() {
        let a = shipped("mers").unwrap();
        let mut b = a.clone();
        b.deadlines.report_hours.confidence = crate::Confidence::High;
        let changes = diff(&a, &b);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(!changes[0].changes_the_rule());
    }

    #[test]
    fn rules_in_another_order_are_a_difference() {
        let a = shipped("mers").unwrap();
        let mut b = a.clone();
        b.contact_rules.swap(0, 1);
        let changes = diff(&a, &b);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].path, "contact_rules");
    }
}
