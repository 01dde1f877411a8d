//! Whatever can have a source has one, every source key resolves, and every source is used.

use std::collections::BTreeSet;

use crate::check::Finding;
use crate::entry::{Entry, Kind, entries};
use crate::plan::Plan;

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let entries = entries(plan);
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for Entry { path, source, kind, .. } in &entries {
        // The members of a sourced thing repeat its sources: one finding for it is enough.
        let owner = if *kind == Kind::Sourced { path.rsplit_once('.').map_or("", |(owner, _)| owner) } else { path };
        if *kind == Kind::Plain || !seen.insert(owner) {
            continue;
        }
        if source.is_empty() {
            findings.push(Finding::error(
                owner,
                "it names no source",
                "name a key of [sources]; own choices have one too",
            ));
        }
        for key in source.iter().filter(|key| !plan.sources.contains_key(*key)) {
            findings.push(Finding::error(
                owner,
                format!("source {key:?} is not among [sources]"),
                "add it there with issuer, title, date and address, or correct the key",
            ));
        }
    }
    let used: BTreeSet<&String> = entries.iter().flat_map(|entry| &entry.source).collect();
    for key in plan.sources.keys().filter(|key| !used.contains(key)) {
        findings.push(Finding::warning(format!("sources.{key}"), "nothing refers to it", "cite it or remove it"));
    }
    for (key, _) in plan.sources.iter().filter(|(_, text)| text.trim().is_empty()) {
        findings.push(Finding::error(format!("sources.{key}"), "it is empty", "say issuer, title, date and address"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn a_source_that_does_not_resolve_is_refused() {
        let findings = after(rule, |plan| plan.rings.depth.source.push("hearsay".to_owned()));
        one(&findings, &["error at rings.depth", "hearsay"]);
    }

    #[test]
    fn a_case_definition_without_source_is_refused_once() {
        let findings = after(rule, |plan| plan.case_definitions[0].source.clear());
        one(&findings, &["error at case_definitions.confirmed", "names no source"]);
    }

    #[test]
    fn a_delay_needs_a_source_too() {
        let findings = after(rule, |plan| plan.delays.incubation.source = vec!["hearsay".to_owned()]);
        assert!(findings[0].contains("error at delays.incubation"), "{findings:?}");
    }

    #[test]
    fn an_unused_source_is_pointed_out() {
        let findings = after(rule, |plan| {
            plan.sources.insert("old".to_owned(), "A notice".to_owned());
        });
        one(&findings, &["warning at sources.old"]);
    }
}
