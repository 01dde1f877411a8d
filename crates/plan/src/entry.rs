//! A plan as a list of entries, each at its path.
//!
//! A path names the keys from the top, joined by dots. What has an `id` is named by it, and other members
//! of a list by their position counted from 1: `contact_rules.lift.weight`,
//! `requirements.close-contact.phases.1.days`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::parameter::{Confidence, Unit, Words};
use crate::plan::Plan;

/// One thing that a plan states: a parameter, a delay, or a plain value such as a colour.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub path: String,
    /// Of a parameter its `value`, of a delay its family and its days, otherwise what stands there.
    pub value: Value,
    pub unit: Option<Unit>,
    pub source: Vec<String>,
    pub confidence: Option<Confidence>,
    pub quotation: Option<String>,
    pub note: Option<Words>,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value with a unit.
    Parameter,
    /// A delay distribution, in days.
    Delay,
    /// A member of a thing that has sources as a whole, such as a case definition.
    Sourced,
    /// Anything else.
    Plain,
}

/// What stands beside a value; absent fields are absent in the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Beside {
    #[serde(default)]
    unit: Option<Unit>,
    #[serde(default)]
    source: Vec<String>,
    #[serde(default)]
    confidence: Option<Confidence>,
    #[serde(default)]
    quotation: Option<String>,
    #[serde(default)]
    note: Option<Words>,
}

/// The order in which people read a plan.
const SECTIONS: [&str; 22] = [
    "id",
    "edition",
    "name",
    "disease",
    "issuer",
    "effective",
    "overlay_of",
    "applies_in",
    "ceilings",
    "infectious",
    "case_definitions",
    "contact_rules",
    "screening_rules",
    "settings_without_rule",
    "score",
    "rings",
    "requirements",
    "deadlines",
    "ladder",
    "end_of_outbreak",
    "delays",
    "carried",
];

/// Where the section of a path stands among the sections; the sources come last.
pub(crate) fn section(path: &str) -> usize {
    let name = path.split('.').next().unwrap_or_default();
    SECTIONS.iter().position(|section| *section == name).unwrap_or(SECTIONS.len())
}

/// Everything that the plan states, section by section.
pub(crate) fn entries(plan: &Plan) -> Vec<Entry> {
    let mut found = Vec::new();
    // A plan is made of maps with text keys, lists and scalars: it always has a JSON form.
    let tree = serde_json::to_value(plan).unwrap_or_default();
    walk(&tree, "", &Beside::default(), &mut found);
    // Stable: within a section the order of the walk stays.
    found.sort_by_key(|entry| section(&entry.path));
    found
}

fn walk(value: &Value, path: &str, around: &Beside, found: &mut Vec<Entry>) {
    match value {
        Value::Object(object) if object.contains_key("value") && object.contains_key("confidence") => {
            found.push(entry(path, object["value"].clone(), beside(object), Kind::Parameter));
        }
        Value::Object(object) if object.contains_key("family") => {
            let mut distribution = object.clone();
            distribution.retain(|key, _| matches!(key.as_str(), "family" | "mean_days" | "sd_days" | "maximum_days"));
            let beside = Beside { unit: Some(Unit::Days), ..beside(object) };
            found.push(entry(path, Value::Object(distribution), beside, Kind::Delay));
        }
        Value::Object(object) if !is_words(object) => {
            let sourced = object.contains_key("source") && object.contains_key("confidence");
            let own = if sourced { beside(object) } else { around.clone() };
            // Sorted, because the order of a JSON map depends on how serde_json was built.
            let mut keys: Vec<_> = object.keys().filter(|key| !sourced || !is_evidence(key)).collect();
            keys.sort();
            for key in keys {
                walk(&object[key], &join(path, key), &own, found);
            }
        }
        Value::Array(array) if array.iter().any(Value::is_object) => {
            for (position, element) in array.iter().enumerate() {
                let id = element.get("id").and_then(Value::as_str);
                let name = id.map_or_else(|| (position + 1).to_string(), str::to_owned);
                walk(element, &join(path, &name), around, found);
            }
        }
        plain => {
            let kind = if around.confidence.is_some() { Kind::Sourced } else { Kind::Plain };
            found.push(entry(path, plain.clone(), around.clone(), kind));
        }
    }
}

fn entry(path: &str, value: Value, beside: Beside, kind: Kind) -> Entry {
    let Beside { unit, source, confidence, quotation, note } = beside;
    Entry { path: path.to_owned(), value, unit, source, confidence, quotation, note, kind }
}

fn beside(object: &Map<String, Value>) -> Beside {
    // Written by the types that this reads.
    serde_json::from_value(Value::Object(object.clone())).unwrap_or_default()
}

fn is_words(object: &Map<String, Value>) -> bool {
    object.len() == 2 && object.contains_key("zh") && object.contains_key("en")
}

fn is_evidence(key: &str) -> bool {
    matches!(key, "source" | "confidence")
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A value for people: text bare, lists with commas, words in English.
pub(crate) fn readable(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(readable).collect::<Vec<_>>().join(", "),
        Value::Object(object) if is_words(object) => readable(&object["en"]),
        Value::Object(object) if object.contains_key("family") => {
            let maximum = object.get("maximum_days").map(|days| format!(", at most {}", readable(days)));
            let [family, mean, sd] = ["family", "mean_days", "sd_days"].map(|key| readable(&object[key]));
            format!("{family}, mean {mean}, sd {sd}{}", maximum.unwrap_or_default())
        }
        // Six is six, whether the file says 6 or 6.0.
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string()),
        Value::Object(_) => value.to_string(),
    }
}

/// A unit as the file writes it.
pub(crate) fn unit_name(unit: Unit) -> String {
    readable(&serde_json::to_value(unit).unwrap_or_default())
}

impl Plan {
    /// The number at a path, in the unit of the parameter there; none when nothing stands there or it is
    /// not a number. Beside parameters there are `days_total`, `days_restricted` and
    /// `days_away_from_home` of every requirement, which its phases add up to.
    pub fn number_at(&self, path: &str) -> Option<(f64, Unit)> {
        if let Some((ground, sum)) = path.strip_prefix("requirements.").and_then(|rest| rest.split_once('.')) {
            let ground = serde_json::from_value(Value::String(ground.to_owned())).ok()?;
            let requirement = self.requirement(ground)?;
            let days = match sum {
                "days_total" => Some(requirement.days_total()),
                "days_restricted" => Some(requirement.days_restricted()),
                "days_away_from_home" => Some(requirement.days_away_from_home()),
                _ => None,
            };
            if let Some(days) = days {
                return Some((f64::from(days), Unit::Days));
            }
        }
        let entry = entries(self).into_iter().find(|entry| entry.path == path)?;
        Some((entry.value.as_f64()?, entry.unit?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{library, shipped};

    #[test]
    fn every_section_of_the_shipped_plans_has_its_place() {
        for (id, _) in library() {
            for entry in entries(&shipped(id).unwrap()) {
                let known = section(&entry.path) < SECTIONS.len() || entry.path.starts_with("sources.");
                assert!(known, "{id}: {} has no place among the sections", entry.path);
            }
        }
    }

    #[test]
    fn numbers_are_found_by_their_path() {
        let plan = shipped("covid19-cn-9").unwrap();
        assert_eq!(plan.number_at("requirements.close-contact.phases.1.days"), Some((7.0, Unit::Days)));
        assert_eq!(plan.number_at("requirements.close-contact.days_total"), Some((10.0, Unit::Days)));
        assert_eq!(plan.number_at("requirements.close-contact.days_away_from_home"), Some((7.0, Unit::Days)));
        assert_eq!(plan.number_at("requirements.general-contact.days_restricted"), Some((0.0, Unit::Days)));
        assert_eq!(plan.number_at("requirements.close-contact.phases.1.test_days"), None);
        assert_eq!(plan.number_at("requirements.nobody.days_total"), None);
    }
}
