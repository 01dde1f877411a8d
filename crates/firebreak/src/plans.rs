//! `firebreak plan`: plan files checked and compared.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use plan::{Plan, Severity, check, diff, shipped};

use crate::output::say;

/// Plan files.
#[derive(Subcommand)]
pub enum Plans {
    /// The plans that come with the program.
    List,
    /// Whether a plan holds together: sources, units, reachable rules, ceilings of the plan above.
    Check {
        /// A file, or the name of a shipped plan.
        plan: String,
        /// The plan above, whose ceilings an overlay keeps; the file's own `overlay_of` unless given.
        #[arg(long)]
        above: Vec<String>,
    },
    /// What differs between two plans.
    Diff {
        /// A file, or the name of a shipped plan.
        before: String,
        /// A file, or the name of a shipped plan.
        after: String,
    },
}

/// A plan by file or by name.
pub fn open(name: &str) -> anyhow::Result<Plan> {
    let path = PathBuf::from(name);
    if path.exists() {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        return Plan::from_toml(&text).with_context(|| name.to_owned());
    }
    Ok(shipped(name)?)
}

impl Plans {
    /// Checks or compares.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List => {
                for (id, text) in plan::library() {
                    let plan = Plan::from_toml(text)?;
                    say(&format!("{id:16} {:10} {} / {}", plan.disease, plan.name.zh, plan.name.en))?;
                }
            }
            Self::Check { plan, above } => {
                let checked = open(&plan)?;
                let mut names = above;
                names.extend(checked.overlay_of.clone());
                names.dedup();
                let parents = names.iter().map(|name| open(name)).collect::<anyhow::Result<Vec<_>>>()?;
                let findings = check(&checked, &parents);
                for finding in &findings {
                    say(&finding.to_string())?;
                }
                let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
                if errors > 0 {
                    bail!("{plan}: {errors} errors; this plan cannot be put in force");
                }
                say(&format!("{plan}: holds together ({} warnings)", findings.len()))?;
            }
            Self::Diff { before, after } => {
                for change in diff(&open(&before)?, &open(&after)?) {
                    say(&change.to_string())?;
                }
            }
        }
        Ok(())
    }
}
