//! High confidence rests on the source's words, or on a source that is official, peer-reviewed, or reposted
//! by several who agree.

use crate::check::Finding;
use crate::entry::{Kind, entries};
use crate::parameter::Confidence;
use crate::plan::Plan;

/// How the text of a source says that it is as good as a quotation.
const MARKS: [&str; 3] = ["(official)", "(peer-reviewed)", "(agreeing reposts)"];

pub(crate) fn rule(plan: &Plan, _: &[Plan]) -> Vec<Finding> {
    let marked = |key: &String| plan.sources.get(key).is_some_and(|text| MARKS.iter().any(|mark| text.ends_with(mark)));
    entries(plan)
        .into_iter()
        .filter(|entry| matches!(entry.kind, Kind::Parameter | Kind::Delay))
        .filter(|entry| entry.confidence == Some(Confidence::High))
        .filter(|entry| entry.quotation.is_none() && !entry.source.iter().any(marked))
        .map(|entry| {
            Finding::warning(
                entry.path,
                "its confidence is high, without a quotation or an official source",
                format!(
                    "quote the source, end its text in {} where that is true, or lower the confidence",
                    MARKS.join(", ")
                ),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{after, one};
    use super::*;

    #[test]
    fn high_confidence_without_the_words_is_pointed_out() {
        let findings = after(rule, |plan| {
            plan.carried.get_mut("post-direct-test-interval-days").unwrap().quotation = None;
        });
        one(&findings, &["warning at carried.post-direct-test-interval-days", "quote the source"]);
    }

    #[test]
    fn a_peer_reviewed_source_is_enough_for_a_delay() {
        let plan = crate::shipped("ebola").unwrap();
        assert_eq!(plan.delays.incubation.confidence, Confidence::High);
        assert_eq!(rule(&plan, &[]), []);
    }
}
