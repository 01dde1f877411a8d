//! The rule behind a conclusion, opened: everything that stands under its path.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::entry::{Entry, entries};
use crate::parameter::{Confidence, Unit, Words};
use crate::plan::Plan;

/// One value under a rule, with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// Its path under the rule, for instance `phases.1.days`.
    pub name: String,
    /// The value, in `unit`.
    pub value: Value,
    /// The unit; absent for what is not a number, such as a colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// What the source keys stand for; empty where none is given.
    pub sources: Vec<String>,
    /// How sure it is; absent where no source is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// What the source says, word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotation: Option<String>,
    /// What to know before relying on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
}

/// Everything that stands at or under a path such as `contact_rules.same-household` or
/// `requirements.close-contact`, in the order of the plan; empty when nothing does.
pub fn parameter_at(plan: &Plan, path: &str) -> Vec<Stated> {
    entries(plan)
        .into_iter()
        .filter_map(|entry| {
            let name = match entry.path.strip_prefix(path)? {
                "" => path.rsplit('.').next()?.to_owned(),
                rest => rest.strip_prefix('.')?.to_owned(),
            };
            Some(stated(plan, name, entry))
        })
        .collect()
}

fn stated(plan: &Plan, name: String, entry: Entry) -> Stated {
    // A key that does not resolve is shown as it is: the rule on sources refuses such a plan.
    let sources = entry.source.into_iter().map(|key| plan.sources.get(&key).cloned().unwrap_or(key)).collect();
    Stated {
        name,
        value: entry.value,
        unit: entry.unit,
        sources,
        confidence: entry.confidence,
        quotation: entry.quotation,
        note: entry.note,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shipped;

    fn names(found: &[Stated]) -> Vec<&str> {
        found.iter().map(|stated| stated.name.as_str()).collect()
    }

    #[test]
    fn a_contact_rule_opens_with_all_its_values() {
        let plan = shipped("covid19-cn-9").unwrap();
        let found = parameter_at(&plan, "contact_rules.vehicle-seats");
        assert_eq!(
            names(&found),
            ["class", "id", "leads_to_second_ring", "minimum_minutes", "name", "seat_rows", "settings", "weight"]
        );
        let rows = &found[5];
        assert_eq!((&rows.value, rows.unit, rows.confidence), (&json!(3), Some(Unit::Rows), Some(Confidence::Medium)));
        assert_eq!(rows.quotation.as_deref(), Some("同排和前后各三排座位的全部旅客"));
        assert!(rows.sources[0].contains("yzzsnet.com"), "{:?}", rows.sources);
    }

    #[test]
    fn a_requirement_opens_phase_by_phase() {
        let plan = shipped("covid19-cn-8").unwrap();
        let found = parameter_at(&plan, "requirements.close-contact");
        let days: Vec<_> = found.iter().filter(|stated| stated.name.ends_with(".days")).collect();
        assert_eq!(days.iter().map(|stated| &stated.value).collect::<Vec<_>>(), [&json!(14), &json!(7)]);
        assert!(days.iter().all(|stated| !stated.sources.is_empty()));
        let colour = found.iter().find(|stated| stated.name == "phases.2.colour").unwrap();
        assert_eq!((&colour.value, colour.unit, colour.sources.len()), (&json!("yellow"), None, 0));
    }

    #[test]
    fn one_parameter_opens_by_its_own_path() {
        let plan = shipped("covid19-cn-9").unwrap();
        let found = parameter_at(&plan, "deadlines.locate_hours");
        assert_eq!(names(&found), ["locate_hours"]);
        assert_eq!(found[0].value, json!(24));
    }

    #[test]
    fn a_case_definition_carries_its_sources_to_each_member() {
        let plan = shipped("measles").unwrap();
        let found = parameter_at(&plan, "case_definitions.confirmed");
        assert_eq!(names(&found), ["all", "class", "id", "traced"]);
        assert!(found.iter().all(|stated| !stated.sources.is_empty() && stated.confidence.is_some()));
    }

    #[test]
    fn a_path_that_only_begins_alike_is_not_under_it() {
        let plan = shipped("covid19-cn-9").unwrap();
        assert_eq!(parameter_at(&plan, "contact_rules.same"), []);
        assert_eq!(parameter_at(&plan, "nothing.here"), []);
    }
}
