//! The command routine of the demo: headquarters, officers on duty, daily reports with one county missing, a level.

use std::collections::BTreeMap;

use access::Code;
use anyhow::Context;
use command::rosters::rotate;
use drill::Province;
use facts::{
    ActorId, Body, CapacityFact, Channel, Count, Date, Draft, Jurisdiction, Level, LevelFact, PostFact, Purpose,
    ReportFact, ResponseLevel, Source, Timestamp,
};
use jiff::ToSpan;
use server::Deployment;
use server::accounts::{Account, Role};
use server::measuring::Measured;

/// The template that headquarters of the demo are set up by.
const TEMPLATE: &str = "standard";
/// Officers of each headquarters, besides those who can sign in: two for each post that is stood day and night.
const TEAM: usize = 4;
/// For how many days rosters are published ahead.
const ROSTER_DAYS: u16 = 9;
/// At which hour of the day shifts change.
const SHIFT_HOUR: u8 = 8;

/// What capacity the demo states: a resource, and of how many people one of it is there.
const CAPACITY: [(&str, u64); 4] =
    [("isolation-rooms", 900), ("nurses", 700), ("laboratory-tests", 40), ("investigators", 4_000)];

/// The officers of the demo's headquarters.
pub struct DemoRoutine {
    teams: BTreeMap<Jurisdiction, Vec<ActorId>>,
    population: BTreeMap<Jurisdiction, u64>,
    /// The county whose report of yesterday is missing, and whose rooms nobody stated.
    silent: Option<Jurisdiction>,
}

fn draft(by: ActorId, at: Timestamp, body: Body) -> Draft {
    let source = Source { actor: by, channel: Channel::Simulation, key: None };
    Draft { occurred: at, source, purpose: Purpose::Command, supersedes: None, body }
}

impl DemoRoutine {
    /// Sets headquarters up on the first day, with officers and rosters into next week. `known` are the accounts that
    /// can sign in; they stand the first shifts of their own headquarters.
    pub async fn begin(
        deployment: &Deployment,
        province: &Province,
        known: &[Account],
        at: Timestamp,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let rows = province.jurisdictions.iter().filter(|row| row.level <= Level::County);
        let population: BTreeMap<Jurisdiction, u64> = rows.map(|row| (row.code, row.population)).collect();
        let mut teams: BTreeMap<Jurisdiction, Vec<ActorId>> = BTreeMap::new();
        for &place in population.keys() {
            let signs_in = known.iter().filter(|account| account.jurisdiction == place && account.role != Role::Admin);
            let mut team: Vec<ActorId> = signs_in.map(|account| account.actor).collect();
            for number in team.len() + 1..=TEAM {
                let (name, actor) = (format!("duty-{place}-{number}"), deployment.chance.id());
                let account = Account { name, actor, role: Role::Desk, jurisdiction: place };
                let code = Code::new(deployment.chance.bytes());
                deployment
                    .accounts
                    .invite(&account, &code, now)
                    .await?
                    .context("an officer of the demo is there twice")?;
                team.push(actor);
            }
            teams.insert(place, team);
        }
        let home = known.iter().map(|account| account.jurisdiction).find(|place| place.level() == Level::County);
        let silent = home.and_then(|home| {
            let city = home.at(Level::City);
            population
                .keys()
                .copied()
                .find(|&place| place.level() == Level::County && place != home && city.contains(place))
        });
        let routine = Self { teams, population, silent };
        routine.establish(deployment, at).await?;
        routine.roster(deployment, at, now).await?;
        Ok(routine)
    }

    async fn establish(&self, deployment: &Deployment, at: Timestamp) -> anyhow::Result<()> {
        let digest = deployment.commanding().command.routine.templates().get(TEMPLATE)?.0;
        let established = self.teams.iter().map(|(&headquarters, team)| {
            let template = TEMPLATE.to_owned();
            draft(team[0], at, Body::Post(PostFact::Established { headquarters, template, digest }))
        });
        deployment.record_in_exercise(established.collect(), at).await?;
        Ok(())
    }

    /// Who holds each post, and who stands those that are stood day and night, in turns of a day.
    async fn roster(&self, deployment: &Deployment, at: Timestamp, now: Timestamp) -> anyhow::Result<()> {
        let zone = server::deployment::zone();
        let local = zone.to_datetime(now);
        let started = if local.hour() < i8::try_from(SHIFT_HOUR)? { local.date().yesterday()? } else { local.date() };
        let mut drafts = Vec::new();
        {
            let commanding = deployment.commanding();
            for headquarters in commanding.command.routine.posts.within(Jurisdiction::NATION, at) {
                let Some(team) = self.teams.get(&headquarters.jurisdiction) else { continue };
                let mut stood = 0;
                for (number, post) in headquarters.posts().enumerate() {
                    let (primary, deputy) = (team[number % TEAM], team[(number + 1) % TEAM]);
                    let held = PostFact::Held { post: post.id, primary: Some(primary), deputy: Some(deputy) };
                    drafts.push(draft(team[0], at, Body::Post(held)));
                    // Two posts are stood day and night up to the level of the demo.
                    if post.kind.around_the_clock && post.is_active(ResponseLevel::Alert) && stood < 2 {
                        let pair = [team[stood * 2], team[stood * 2 + 1]];
                        stood += 1;
                        let shifts = rotate(&pair, started, ROSTER_DAYS, 24, SHIFT_HOUR, &zone)?;
                        drafts.push(draft(team[0], at, Body::Post(PostFact::Rostered { post: post.id, shifts })));
                    }
                }
            }
        }
        deployment.record_in_exercise(drafts, at).await?;
        Ok(())
    }

    /// Everyone reports a day that is over, but the silent county does not report yesterday.
    pub async fn report(&self, deployment: &Deployment, day: Date, at: Timestamp, last: bool) -> anyhow::Result<()> {
        let start = server::deployment::zone().to_timestamp(day.at(0, 0, 0, 0))?;
        let drafts: Vec<Draft> = {
            let situation = deployment.situation();
            let commanding = deployment.commanding();
            let routine = &commanding.command.routine;
            let measured = Measured::of(&situation, routine, at);
            let owing = self.teams.iter().filter(|(place, _)| !(last && Some(**place) == self.silent));
            let report = |(&place, team): (&Jurisdiction, &Vec<ActorId>)| {
                let headquarters = routine.posts.headquarters(place, at)?;
                let kind = headquarters.template.reports.first()?;
                let period = routine.period(headquarters, kind, start).filter(|period| period.span.end() <= at)?;
                let measures = measured.for_report(&situation, place, period.span);
                let (mut values, mut drafted) = (BTreeMap::new(), BTreeMap::new());
                for (number, item) in kind.items.iter().enumerate() {
                    let found = item.measure.and_then(|measure| measures.get(&measure)).map(|found| *found as u64);
                    drafted.extend(found.map(|found| (item.code.clone(), found)));
                    let counted = (place.number() / 1_000_000 * 31 + number as u64 * 17 + day.day() as u64 * 7) % 90;
                    values.insert(item.code.clone(), Count::Known(found.unwrap_or(counted)));
                }
                let (report, reason) = (kind.code.clone(), None);
                let confirmed =
                    ReportFact::Confirmed { report, jurisdiction: place, period: period.span, values, drafted, reason };
                Some(draft(team[0], at, Body::Report(confirmed)))
            };
            owing.filter_map(report).collect()
        };
        deployment.record_in_exercise(drafts, at).await?;
        Ok(())
    }

    /// The province goes on alert.
    pub async fn alert(&self, deployment: &Deployment, at: Timestamp) -> anyhow::Result<()> {
        let Some((&province, team)) = self.teams.first_key_value() else { return Ok(()) };
        let changes = deployment.commanding().command.routine.preview(province, ResponseLevel::Alert, at);
        let Some(changes) = changes else { return Ok(()) };
        let switched = LevelFact::Switched {
            jurisdiction: province,
            level: ResponseLevel::Alert,
            signed: changes.digest(),
            met: vec!["any-case".to_owned()],
            reason: None,
        };
        deployment.record_in_exercise(vec![draft(team[0], at, Body::Level(switched))], at).await?;
        Ok(())
    }

    /// What everyone has, the silent county's rooms left out, and one county that asks another for help.
    pub async fn capacity(&self, deployment: &Deployment, at: Timestamp) -> anyhow::Result<()> {
        let mut drafts = Vec::new();
        let counties = || self.teams.iter().filter(|(place, _)| place.level() == Level::County);
        for (&place, team) in counties() {
            let people = self.population.get(&place).copied().unwrap_or_default();
            for (resource, people_each) in CAPACITY {
                if Some(place) == self.silent && resource == "isolation-rooms" {
                    continue;
                }
                let stated = CapacityFact::Stated {
                    jurisdiction: place,
                    resource: resource.to_owned(),
                    available: people / people_each + 2,
                    in_use: None,
                    reserve: None,
                    turnaround_hours: (resource == "laboratory-tests").then_some(8),
                };
                drafts.push(draft(team[0], at, Body::Capacity(stated)));
            }
        }
        let two: Vec<_> = counties().take(2).collect();
        if let [(&of, _), (&from, team)] = two[..] {
            let needed_by = at.checked_add(24.hours())?;
            let resource = "isolation-rooms".to_owned();
            let asked = CapacityFact::AidAsked { from, of, resource, amount: 40, needed_by, reason: None };
            drafts.push(draft(team[0], at, Body::Capacity(asked)));
        }
        deployment.record_in_exercise(drafts, at).await?;
        Ok(())
    }
}
