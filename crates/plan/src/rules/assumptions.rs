//! What we chose says so, and says why.

use crate::check::Finding;
use crate::entry::{Kind, entries};
use crate::parameter::Confidence;
use crate::plan::Plan;

/// How the text of a source says that it is our own choice and gives the reason.
const MARK: &str = "(assumption)";

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let ours = |key: &String| plan.sources.get(key).is_some_and(|text| text.ends_with(MARK));
    let mut findings = Vec::new();
    for entry in entries(plan).into_iter().filter(|entry| matches!(entry.kind, Kind::Parameter | Kind::Delay)) {
        let assumed = entry.confidence == Some(Confidence::Assumption);
        if assumed && entry.note.is_none() && !entry.source.iter().any(ours) {
            findings.push(Finding::warning(
                entry.path,
                "it is an assumption and does not say why",
                "add a note, or a source whose text gives the reason and ends in (assumption)",
            ));
        } else if !assumed && !entry.source.is_empty() && entry.source.iter().all(ours) {
            findings.push(Finding::error(
                entry.path,
                "its only source is our own choice, and its confidence claims more",
                "set the confidence to assumption, or cite what it rests on",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn an_assumption_without_a_reason_is_pointed_out() {
        let findings = after(rule, |plan| plan.rings.depth.confidence = Confidence::Assumption);
        one(&findings, &["warning at rings.depth", "does not say why"]);
    }

    #[test]
    fn our_own_choice_cannot_claim_more() {
        let findings = after(rule, |plan| plan.contact_rules[0].weight.confidence = Confidence::High);
        one(&findings, &["error at contact_rules.same-household.weight", "claims more"]);
    }
}
