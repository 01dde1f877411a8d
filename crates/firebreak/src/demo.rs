//! `firebreak demo`: a fictional province with an outbreak in progress, everything marked as an exercise.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use drill::{Outbreak, Province, Size};
use facts::{ActorId, Body, Channel, Draft, Jurisdiction, Purpose, Scope, Source, Step, Timestamp};
use jiff::ToSpan;
use journal::Rows;
use plan::Words;
use registry::{Identity, NewPerson, Secret};
use serde_json::json;
use server::accounts::{Account, Role};
use server::deployment::plans_in_force;
use server::{Deployment, Division, Geography, Location};

use crate::demo_routine::DemoRoutine;
use crate::progress;
use crate::serve::spoken_code;

/// An embedded deployment with a simulated province and an outbreak in progress.
#[derive(Args)]
pub struct Demo {
    /// How many people live in the province.
    #[arg(long, default_value_t = 1_000_000)]
    people: u32,
    /// How many days of visits.
    #[arg(long, default_value_t = 14)]
    days: u16,
    /// Another seed, another province.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: SocketAddr,
    /// The folder of the demo. A demo that is there already is made anew.
    #[arg(long, default_value = ".demo")]
    data: PathBuf,
    /// The password of every demo account; random unless given.
    #[arg(long)]
    password: Option<String>,
    /// A file to write the address and the accounts to, as JSON, once the demo is up.
    #[arg(long)]
    ready_file: Option<PathBuf>,
}

/// People registered in one transaction.
const PEOPLE_AT_ONCE: usize = 20_000;

impl Demo {
    /// Makes the province and serves it.
    pub async fn run(self) -> anyhow::Result<()> {
        let began = server::clock::machine();
        let location = Location::folder(&self.data);
        make_room(&location, &self.data)?;
        let deployment = Deployment::open(location, true, server::clock::machine).await?;
        let now = deployment.now();
        let bar = progress::bar(3, "drawing the province");
        let size = Size { people: self.people, days: self.days };
        let province = drill::province(self.seed, size);
        bar.inc(1);
        let outbreak = drill::outbreak(&province, self.seed, now);
        bar.inc(1);
        let places = drill::jurisdictions_for_demo_accounts(&province, &outbreak);
        let name = Words { zh: "金河省防指(演练)".into(), en: "Jinhe Province Command (Exercise)".into() };
        deployment.set_geography(geography(&province))?;
        deployment.rename(name, places.province)?;
        bar.finish_and_clear();

        let password = self.password.clone().unwrap_or_else(|| spoken_code(&deployment, 12));
        let accounts = invite(
            &deployment,
            &password,
            [
                ("command", Role::Command, places.province),
                ("investigator", Role::Investigator, places.city),
                ("desk", Role::Desk, places.city),
                ("community", Role::Community, places.county),
                ("admin", Role::Admin, places.province),
            ],
        )
        .await?;

        let actor: ActorId = deployment.chance.id();
        // Facts and identities never meet, so they are written side by side.
        tokio::try_join!(
            self.record(&deployment, &province, &outbreak, &accounts, actor, now),
            register(&deployment, &province, Scope { actor, jurisdiction: places.province }, now),
        )?;
        // Nothing of the generator is needed any more, and it is large.
        let next_positive = outbreak.next_positive;
        drop((province, outbreak));

        let deployment = Arc::new(deployment);
        let code = spoken_code(&deployment, 10);
        let seconds = server::clock::machine().duration_since(began).as_secs();
        let ready_file = self.ready_file.clone();
        let people = self.people;
        // An exercise keeps its visits: its days are not ours.
        tokio::spawn(server::sealing::run(deployment.clone(), server::Sealing::default()));
        server::serve(server::app(deployment, &code), self.address, |address| {
            println!("演练 EXERCISE — a fictional province of {people} people, ready after {seconds} s");
            println!("Open http://{address} and sign in with the password {password} as one of:");
            for account in &accounts {
                println!("  {:14} {:?} of {}", account.name, account.role, account.jurisdiction);
            }
            if let Some(path) = ready_file {
                let accounts: Vec<_> = accounts
                    .iter()
                    .map(|account| {
                        json!({ "name": account.name, "password": password, "role": account.role,
                                "jurisdiction": account.jurisdiction })
                    })
                    .collect();
                let ready = json!({ "address": format!("http://{address}"), "accounts": accounts,
                                    "next_positive": next_positive, "seconds": seconds });
                if let Err(error) = std::fs::write(&path, ready.to_string()) {
                    eprintln!("cannot write {}: {error}", path.display());
                }
            }
        })
        .await?;
        Ok(())
    }

    /// Lives through the last days: scans day by day, the outbreak's facts, and officers who find people.
    async fn record(
        &self,
        deployment: &Deployment,
        province: &Province,
        outbreak: &Outbreak,
        accounts: &[Account],
        actor: ActorId,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let source = Source { actor, channel: Channel::Simulation, key: None };
        let start = now.checked_sub((i64::from(self.days) * 24 + 48).hours())?;
        deployment.record_in_exercise(plans_in_force(actor, start), start).await?;
        for rows in [Rows::Units(&province.units), Rows::Residents(&province.residents)] {
            deployment.record_batch_in_exercise(rows, source, None, start).await?;
        }
        let zone = server::deployment::zone();
        let today = zone.to_datetime(now).date();
        let bar = progress::bar(u64::from(self.days), "days of visits");
        let mut facts = outbreak.facts.iter().peekable();
        let first = zone.to_timestamp(today.checked_sub((i64::from(self.days) - 1).max(0).days())?.at(0, 0, 0, 0))?;
        let routine = DemoRoutine::begin(deployment, province, accounts, first.min(now), now).await?;
        for back in (0..i64::from(self.days)).rev() {
            let day = today.checked_sub(back.days())?;
            // A day's scans arrive the next morning; today's as they happen.
            let arrives = zone.to_timestamp(day.tomorrow()?.at(1, 0, 0, 0))?.min(now);
            while let Some((recorded, draft)) = facts.next_if(|(recorded, _)| *recorded < arrives) {
                officers(deployment, source, *recorded).await?;
                deployment.record_in_exercise(vec![draft.clone()], *recorded).await?;
            }
            officers(deployment, source, arrives).await?;
            let mut visits = province.visits(day);
            visits.retain(|visit| outbreak.keeps(visit));
            if !visits.is_empty() {
                deployment.record_batch_in_exercise(Rows::Visits(&visits), source, Some(60), arrives).await?;
            }
            if back > 0 {
                routine.report(deployment, day, arrives, back == 1).await?;
            }
            match back {
                2 => routine.alert(deployment, arrives).await?,
                1 => routine.capacity(deployment, arrives).await?,
                _ => {}
            }
            bar.inc(1);
        }
        for (recorded, draft) in facts {
            deployment.record_in_exercise(vec![draft.clone()], *recorded).await?;
        }
        officers(deployment, source, now).await?;
        bar.finish_and_clear();
        Ok(())
    }
}

/// What the demo's officers have done by a time: most people are found within hours, a few not in a day.
async fn officers(deployment: &Deployment, source: Source, by: Timestamp) -> anyhow::Result<()> {
    let mut done: Vec<(Timestamp, Draft)> = Vec::new();
    {
        let situation = deployment.situation();
        for duty in situation.derived().people.values().flat_map(|person| &person.duties) {
            if !duty.is_open(by) || duty.hand_over.is_some() || duty.about.last_outcome.is_some() {
                continue;
            }
            // The person decides how long it takes, so that the demo is the same each time.
            let luck = duty.about.person.number() % 100;
            let hours = match luck {
                0..55 => 2 + (luck as i64) / 8,
                55..90 => 9 + (luck as i64 - 55) / 3,
                90..97 => 22 + (luck as i64 - 90) / 4,
                _ => 48,
            };
            for (step, share) in [(Step::Identity, 40), (Step::Location, 75), (Step::Control, 100)] {
                let at = duty.received.checked_add((hours * 60 * share / 100).minutes())?;
                if at <= by && !duty.about.steps.contains_key(&step) {
                    let body = Body::FollowUp { person: duty.about.person, disease: duty.about.disease.clone(), step };
                    let (occurred, purpose) = (at, Purpose::Locating);
                    done.push((at, Draft { occurred, source, purpose, supersedes: None, body }));
                }
            }
        }
    }
    done.sort_by_key(|(at, _)| *at);
    for (at, draft) in done {
        deployment.record_in_exercise(vec![draft], at).await?;
    }
    Ok(())
}

/// A folder for the demo: one that is empty, or an older demo, which goes.
fn make_room(location: &Location, folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    if !Deployment::is_at(location) {
        if std::fs::read_dir(folder)?.next().is_none() {
            return Ok(());
        }
        bail!("{} holds something that is no demo; name another folder with --data", folder.display());
    }
    if !Deployment::profile_at(location)?.exercise {
        bail!("{} holds a real deployment; a demo never touches one", folder.display());
    }
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))
}

fn geography(province: &Province) -> Geography {
    let divisions = province.jurisdictions.iter().map(|row| Division {
        code: row.code,
        parent: row.parent,
        level: row.level,
        name: row.name.clone(),
        population: Some(row.population),
        centre: Some(row.centre),
    });
    Geography::new(divisions.collect(), Some(province.boundaries.clone()))
}

/// Everyone's fictional identity, into the registry.
async fn register(deployment: &Deployment, province: &Province, scope: Scope, now: Timestamp) -> anyhow::Result<()> {
    let bar = progress::bar(province.residents.len() as u64, "registering people");
    for first in (0..province.residents.len()).step_by(PEOPLE_AT_ONCE) {
        let last = (first + PEOPLE_AT_ONCE).min(province.residents.len());
        let people = (first..last)
            .map(|index| {
                let drawn = province.identity(index);
                let secret = |text: String| Some(Secret::new(text));
                let identity = Identity {
                    name: secret(drawn.name),
                    id_number: secret(drawn.id_number),
                    phone: secret(drawn.phone),
                    address: secret(drawn.address),
                };
                let resident = &province.residents[index];
                NewPerson { person: resident.person, identity, jurisdiction: resident.jurisdiction, external: None }
            })
            .collect();
        deployment.registry.register(&scope, Purpose::Import, people, now).await?;
        bar.inc((last - first) as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn invite(
    deployment: &Deployment,
    password: &str,
    whom: [(&str, Role, Jurisdiction); 5],
) -> anyhow::Result<Vec<Account>> {
    let mut accounts = Vec::new();
    for (name, role, jurisdiction) in whom {
        let account = Account { name: name.to_owned(), actor: deployment.chance.id(), role, jurisdiction };
        if !deployment.accounts.add(&account, password, deployment.chance.bytes()).await? {
            bail!("the account {name} is there already");
        }
        accounts.push(account);
    }
    Ok(accounts)
}
