//! `firebreak letters`: letters between deployments, where no line connects them.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use facts::Hex;
use server::letters::sending::Handed;

use crate::serve::Data;

/// Letters between deployments, carried as files. Who is trusted is decided in the web app.
#[derive(Subcommand)]
pub enum Letters {
    /// This deployment's card, for another one to add, and the fingerprint to read out.
    Card(Card),
    /// Everything that another deployment has not acknowledged, and our acknowledgement.
    Export(Export),
    /// Take in a file that was carried here.
    Import(Import),
}

/// Print the card.
#[derive(Args)]
pub struct Card {
    #[command(flatten)]
    data: Data,
    /// Where others reach this deployment, for instance https://fang.example.
    #[arg(long)]
    address: Option<String>,
}

/// Write a file to carry.
#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    data: Data,
    /// For which deployment, by its fingerprint.
    deployment: String,
    /// Where to; standard output unless given.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Take a file in.
#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    data: Data,
    /// The file; - for standard input.
    file: PathBuf,
}

impl Letters {
    /// Does what was asked.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Card(verb) => verb.run().await,
            Self::Export(verb) => verb.run().await,
            Self::Import(verb) => verb.run().await,
        }
    }
}

impl Card {
    async fn run(self) -> anyhow::Result<()> {
        let deployment = self.data.open(false).await?;
        let fingerprint = deployment.letters.own().fingerprint().to_string();
        let groups: Vec<&str> = (0..8).map(|group| &fingerprint[group * 4..group * 4 + 4]).collect();
        print!("{}", deployment.card(self.address.as_deref())?);
        eprintln!("fingerprint: {}", groups.join(" "));
        Ok(())
    }
}

impl Export {
    async fn run(self) -> anyhow::Result<()> {
        let digits: String = self.deployment.split_whitespace().collect();
        let with = Hex::parse(&digits.to_lowercase()).context("a fingerprint has 32 hexadecimal digits")?;
        let deployment = self.data.open(false).await?;
        // What follows by itself is written first, so that the file has it.
        deployment.look_at_letters().await?;
        let file = deployment.mail_for(with).await?;
        match self.out {
            Some(path) => std::fs::write(&path, file).with_context(|| format!("cannot write {}", path.display())),
            None => {
                print!("{file}");
                Ok(())
            }
        }
    }
}

impl Import {
    async fn run(self) -> anyhow::Result<()> {
        let file = if self.file.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?
        } else {
            std::fs::read_to_string(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?
        };
        let deployment = self.data.open(false).await?;
        let mut refused = 0;
        for Handed { head, fate } in deployment.take_file(&file).await? {
            let number = head.map_or_else(|| "?".to_owned(), |head| head.number.to_string());
            match fate {
                Ok(fate) => println!("part {number}: {}", fate.name()),
                Err(error) => {
                    refused += 1;
                    println!("part {number}: refused: {error}");
                }
            }
        }
        deployment.look_at_letters().await?;
        if refused > 0 {
            bail!("{refused} parts were refused; nothing of them was taken in");
        }
        Ok(())
    }
}
