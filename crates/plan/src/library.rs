//! The plans that come with the program, so that it needs no files.

use crate::error::PlanError;
use crate::plan::Plan;

/// The shipped plans: name and text.
pub fn library() -> Vec<(&'static str, &'static str)> {
    vec![
        ("covid19-cn-8", include_str!("../../../plans/covid19-cn-8.toml")),
        ("covid19-cn-9", include_str!("../../../plans/covid19-cn-9.toml")),
        ("covid19-cn-20", include_str!("../../../plans/covid19-cn-20.toml")),
        ("measles", include_str!("../../../plans/measles.toml")),
        ("ebola", include_str!("../../../plans/ebola.toml")),
        ("mers", include_str!("../../../plans/mers.toml")),
    ]
}

/// The shipped plan of that name.
pub fn shipped(id: &str) -> Result<Plan, PlanError> {
    let plans = library();
    match plans.iter().find(|(name, _)| *name == id) {
        Some((_, text)) => Plan::from_toml(text),
        None => {
            let names: Vec<_> = plans.iter().map(|(name, _)| *name).collect();
            Err(PlanError::Unknown { id: id.to_owned(), known: names.join(", ") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_plan_reads_and_has_the_name_it_is_shipped_under() {
        for (id, text) in library() {
            let plan = Plan::from_toml(text).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(plan.id, id);
        }
    }

    #[test]
    fn every_plan_file_is_shipped() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plans");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .collect();
        files.sort();
        let mut shipped: Vec<_> = library().iter().map(|(id, _)| id.to_string()).collect();
        shipped.sort();
        assert_eq!(files, shipped);
    }

    #[test]
    fn a_plan_that_is_not_shipped_is_refused_with_the_names_there_are() {
        let message = shipped("covid19-cn-10").unwrap_err().to_string();
        assert!(message.contains("covid19-cn-10") && message.contains("measles"), "{message}");
    }

    #[test]
    fn a_plan_survives_being_written_and_read_again() {
        for (id, text) in library() {
            let plan = Plan::from_toml(text).unwrap();
            let json = serde_json::to_string(&plan).unwrap();
            assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan, "{id}");
        }
    }
}
