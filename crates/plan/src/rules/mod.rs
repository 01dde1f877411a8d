//! The rules that a plan is held to. Each looks at the whole plan and says what is wrong and what to do.

mod assumptions;
mod case_definitions;
mod ceilings;
mod confidence;
mod contact_rules;
mod deadlines;
mod delays;
mod effective;
mod general_contacts;
mod grounds;
mod infectiousness;
mod ladder;
mod names;
mod overlay;
mod phases;
mod rings;
mod scope;
mod score;
mod screening;
mod sources;
mod test_days;
mod units;

use crate::check::Finding;
use crate::plan::Plan;

/// A rule: the plan and the plans above it, to what is wrong.
pub(crate) type Rule = fn(&Plan, &[Plan]) -> Vec<Finding>;

/// Every rule, in the order in which findings are listed.
pub(crate) const ALL: &[(&str, Rule)] = &[
    ("names", names::rule),
    ("sources", sources::rule),
    ("units", units::rule),
    ("confidence", confidence::rule),
    ("assumptions", assumptions::rule),
    ("effective", effective::rule),
    ("case-definitions", case_definitions::rule),
    ("contact-rules", contact_rules::rule),
    ("screening", screening::rule),
    ("infectiousness", infectiousness::rule),
    ("score", score::rule),
    ("rings", rings::rule),
    ("grounds", grounds::rule),
    ("phases", phases::rule),
    ("test-days", test_days::rule),
    ("general-contacts", general_contacts::rule),
    ("deadlines", deadlines::rule),
    ("ladder", ladder::rule),
    ("delays", delays::rule),
    ("overlay", overlay::rule),
    ("ceilings", ceilings::rule),
    ("scope", scope::rule),
];

/// A ground as paths write it.
fn ground_name(ground: crate::plan::GroundKind) -> &'static str {
    use crate::plan::GroundKind::*;
    match ground {
        Case => "case",
        CloseContact => "close-contact",
        SecondaryContact => "secondary-contact",
        GeneralContact => "general-contact",
    }
}

/// Shared by the rules' tests: a sound plan, and what one rule says after a change to it.
#[cfg(test)]
mod testing {
    use super::*;

    /// The errors and warnings of `rule` on the 9th edition after `change`, as lines.
    pub fn after(rule: Rule, change: impl FnOnce(&mut Plan)) -> Vec<String> {
        let mut plan = crate::shipped("covid19-cn-9").unwrap();
        assert_eq!(rule(&plan, &[]), [], "the plan is at fault before the change");
        change(&mut plan);
        rule(&plan, &[]).iter().map(Finding::to_string).collect()
    }

    /// Fails unless there is exactly one finding and it contains every one of `parts`.
    #[track_caller]
    pub fn one(findings: &[String], parts: &[&str]) {
        assert_eq!(findings.len(), 1, "{findings:#?}");
        for part in parts {
            assert!(findings[0].contains(part), "{part:?} is not in {:?}", findings[0]);
        }
    }
}
