//! Whether a plan makes sense: what its form alone cannot say. One rule a file, in `rules/`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::rules;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Someone should look at it.
    Warning,
    /// The plan must not come into force.
    Error,
}

/// What a rule found in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule, by the name of its file with hyphens.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where, in the form that [`Plan::number_at`] takes.
    pub path: String,
    /// What stands there and why it cannot stay.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    pub(crate) fn error(path: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            rule: String::new(),
            severity: Severity::Error,
            path: path.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn warning(path: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, problem, remedy) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity} at {}: {}; {}", self.path, self.problem, self.remedy)
    }
}

/// Everything that is wrong with a plan, rule by rule. `parents` are the plans that an overlay names, and
/// those that these name in turn; for a plan of the top there are none.
pub fn check(plan: &Plan, parents: &[Plan]) -> Vec<Finding> {
    rules::ALL
        .iter()
        .flat_map(|(name, rule)| {
            rule(plan, parents).into_iter().map(|finding| Finding { rule: name.to_string(), ..finding })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{library, shipped};

    #[test]
    fn nothing_is_wrong_with_the_shipped_plans() {
        for (id, _) in library() {
            let findings = check(&shipped(id).unwrap(), &[]);
            let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
            assert!(findings.is_empty(), "{id}:\n{}", lines.join("\n"));
        }
    }

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        let mut plan = shipped("mers").unwrap();
        plan.rings.depth.value = 3;
        let findings = check(&plan, &[]);
        assert_eq!(findings[0].rule, "rings");
        assert_eq!(
            findings[0].to_string(),
            "error at rings.depth: the depth is 3; give 1 for contacts, or 2 for contacts of contacts as well"
        );
    }
}
