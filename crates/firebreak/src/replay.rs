//! `firebreak replay`: what was known at a time, and what another plan would have said.

use std::sync::Arc;

use clap::Args;
use duties::State;
use facts::Timestamp;

use crate::output::{Cell, Output};
use crate::plans;
use crate::serve::Data;

/// What was known at a time.
#[derive(Args)]
pub struct Replay {
    #[command(flatten)]
    data: Data,
    /// As of when.
    #[arg(long)]
    at: Timestamp,
    /// By what was recorded until when; the same time unless given.
    #[arg(long)]
    known_by: Option<Timestamp>,
    /// By another plan: a file, or the name of a shipped one.
    #[arg(long)]
    plan: Option<String>,
    #[command(flatten)]
    output: Output,
}

const COLUMNS: [&str; 11] =
    ["person", "ground", "case", "disease", "plan", "from", "until", "provisional", "colour", "duty", "due"];

impl Replay {
    /// Derives and writes one row for each requirement in force.
    pub async fn run(self) -> anyhow::Result<()> {
        let deployment = self.data.open(false).await?;
        let instead = self.plan.as_deref().map(plans::open).transpose()?.map(Arc::new);
        let known_by = self.known_by.unwrap_or(self.at);
        let situation = deployment.derive_from_scratch(Some(known_by), instead).await?;
        let mut rows = Vec::new();
        for (person, known) in &situation.derived().people {
            for requirement in known.in_force(self.at) {
                let duty = known.duties.iter().rev().find(|duty| duty.about.disease == requirement.disease);
                rows.push(vec![
                    person.to_string().into(),
                    server::views::evidence::ground_name(requirement.ground).into(),
                    requirement.case.to_string().into(),
                    requirement.disease.to_string().into(),
                    requirement.plan.clone().into(),
                    requirement.from.to_string().into(),
                    requirement.until.to_string().into(),
                    Cell::Whole(i64::from(requirement.provisional)),
                    format!("{:?}", known.colour(self.at).shown()).to_lowercase().into(),
                    duty.map(|duty| match duty.state(self.at) {
                        State::ToFind => "to-find",
                        State::Located => "located",
                        State::Closed => "closed",
                        State::Ended => "ended",
                    })
                    .into(),
                    duty.map(|duty| duty.due.to_string()).into(),
                ]);
            }
        }
        eprintln!("{} cases, {} requirements in force", situation.derived().cases.len(), rows.len());
        self.output.write(&COLUMNS, &rows)
    }
}
