//! A deployment: its journal, its registry and the situation derived from them.
//!
//! Whatever becomes known goes through [`Deployment::record`]: appended first, derived second. Nothing
//! else changes the situation.

pub mod checked;
pub mod commanding;
pub mod intake;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as Lock, PoisonError, RwLock, RwLockReadGuard};

use command::Command;
use facts::{
    ActorId, BatchId, BatchKind, Body, Channel, Draft, Fact, FactId, Jurisdiction, PersonId, Purpose, Scope, Source,
    Timestamp,
};
use jiff::tz::{Offset, TimeZone};
use journal::{Intake, Journal, JournalError, Marker, Outcome, Recorded, Rows, Standing};
use plan::{Plan, Words};
use registry::{Keys, Registry};
use segments::{Check, Fault, Folder};
use serde::{Deserialize, Serialize};
use situation::{Bulk, Changes, Entry, Settings, Situation, SituationError};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Mutex, broadcast};

use visits::VisitIndex;

use commanding::Commanding;

use crate::accounts::Accounts;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::error::ServerError;
use crate::geography::Geography;
use crate::letters::Letters;

/// Facts read from the journal at a time.
const CHUNK: u64 = 10_000;
/// How many pieces of news a slow listener may miss before it is told to look again.
const NEWS_KEPT: usize = 64;

/// What a deployment is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Its number, random.
    pub deployment: u64,
    /// Whether everything in it is an exercise. Fixed when it is created.
    pub exercise: bool,
    /// What it is called.
    pub name: Words,
    /// The jurisdiction that it serves; none until the first-run ceremony.
    pub jurisdiction: Option<Jurisdiction>,
}

impl Profile {
    /// Replaces the file as a whole: who is cut short leaves the old one.
    fn save(&self, path: &Path) -> Result<(), ServerError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| ServerError::Malformed { path: path.to_owned(), problem: error.to_string() })?;
        let part = path.with_extension("part");
        let written = File::create(&part).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&part, path)
        });
        written.map_err(|source| ServerError::File { path: path.to_owned(), source })
    }
}

/// Where a deployment keeps its data.
#[derive(Debug, Clone)]
pub struct Location {
    /// The folder of everything that is a file.
    pub folder: PathBuf,
    /// Where the journal is; SQLite in the folder unless given.
    pub journal_url: Option<String>,
    /// Where the registry and the accounts are; SQLite in the folder unless given.
    pub registry_url: Option<String>,
}

impl Location {
    /// Everything in one folder.
    pub fn folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), journal_url: None, registry_url: None }
    }

    fn url(&self, given: &Option<String>, file: &str) -> String {
        given.clone().unwrap_or_else(|| format!("sqlite://{}", self.folder.join(file).display()))
    }

    fn profile(&self) -> PathBuf {
        self.folder.join("deployment.json")
    }

    /// The folder of divisions and boundaries.
    pub fn geography(&self) -> PathBuf {
        self.folder.join("geography")
    }
}

/// An open deployment.
pub struct Deployment {
    location: Location,
    profile: RwLock<Profile>,
    /// The sole truth.
    pub journal: Journal,
    /// Identities, apart from facts.
    pub registry: Registry,
    /// Who may sign in.
    pub accounts: Accounts,
    /// Letters between this deployment and others.
    pub letters: Letters,
    /// Random numbers.
    pub chance: Chance,
    geography: RwLock<Arc<Geography>>,
    situation: RwLock<Situation>,
    commanding: RwLock<Commanding>,
    writing: Mutex<()>,
    /// How far the journal was taken in; moved under the turn to write, together with the situation.
    seen: Lock<Standing>,
    /// The segments of the visit index that are on disk.
    saved_index: Mutex<Vec<u64>>,
    /// Messages that wait to be taken in.
    waiting: Lock<Vec<intake::Waiting>>,
    clock: Clock,
    news: broadcast::Sender<u64>,
}

/// What recording some drafts came to.
pub struct RecordedNow {
    /// The facts, in the order of the drafts; what was known already is the fact that stood.
    pub facts: Vec<FactId>,
    /// What each new fact changed.
    pub changes: Vec<Changes>,
}

impl Deployment {
    /// The folder of a deployment that is there.
    pub fn is_at(location: &Location) -> bool {
        location.profile().exists()
    }

    /// Whether the deployment of a folder is an exercise, without opening it.
    pub fn profile_at(location: &Location) -> Result<Profile, ServerError> {
        let path = location.profile();
        let text = std::fs::read_to_string(&path).map_err(|source| ServerError::File { path: path.clone(), source })?;
        serde_json::from_str(&text).map_err(|error| ServerError::Malformed { path, problem: error.to_string() })
    }

    /// Opens a deployment, or creates one: real, or an exercise for ever.
    pub async fn open(location: Location, exercise: bool, clock: Clock) -> Result<Self, ServerError> {
        let folder = &location.folder;
        std::fs::create_dir_all(folder).map_err(|source| ServerError::File { path: folder.clone(), source })?;
        let chance = Chance::from_system();
        let profile = if Self::is_at(&location) {
            Self::profile_at(&location)?
        } else {
            let profile = Profile {
                deployment: chance.id::<facts::id::Batch>().number(),
                exercise,
                name: Words { zh: "防线".into(), en: "Firebreak".into() },
                jurisdiction: None,
            };
            // Before anything bears its number: a start that is cut short goes on as the same deployment.
            profile.save(&location.profile())?;
            profile
        };
        let marker = Marker { deployment: profile.deployment, exercise };
        let journal_url = location.url(&location.journal_url, "journal.sqlite");
        let registry_url = location.url(&location.registry_url, "registry.sqlite");
        let accounts_url = location.url(&None, "accounts.sqlite");
        let letters_url = location.url(&None, "letters.sqlite");
        let keys_path = folder.join("keys");
        let keys = if keys_path.exists() {
            Keys::load(&keys_path)?
        } else {
            let keys = chance.with(|rng| Keys::generate(rng));
            keys.save(&keys_path)?;
            keys
        };
        let random = Box::new(chance.fork());
        let journal = Journal::open(&journal_url, &folder.join("store"), marker).await?;
        let deployment = Self {
            situation: RwLock::new(Situation::new(settings(folder, profile.jurisdiction)?)),
            commanding: RwLock::new(Commanding::empty()?),
            geography: RwLock::new(Arc::new(Geography::load(
                &location.geography(),
                zone().to_datetime(clock()).date(),
            )?)),
            profile: RwLock::new(profile),
            journal,
            registry: Registry::open(&registry_url, &keys, random).await?,
            accounts: Accounts::open(&accounts_url, &keys.derived("accounts")).await?,
            letters: Letters::open(&letters_url, &keys).await?,
            chance,
            location,
            writing: Mutex::new(()),
            seen: Lock::default(),
            saved_index: Mutex::default(),
            waiting: Lock::default(),
            clock,
            news: broadcast::channel(NEWS_KEPT).0,
        };
        deployment.rebuild().await?;
        Ok(deployment)
    }

    /// Names the deployment and the jurisdiction it serves, and puts the shipped plans in force.
    pub async fn found(&self, name: Words, jurisdiction: Jurisdiction, actor: ActorId) -> Result<(), ServerError> {
        self.rename(name, jurisdiction)?;
        self.rebuild().await?;
        // Founding that was cut short may be done again.
        if self.journal.head().await?.size == 0 {
            self.record(plans_in_force(actor, self.now())).await?;
        }
        Ok(())
    }

    /// Names the deployment and the jurisdiction it serves.
    pub fn rename(&self, name: Words, jurisdiction: Jurisdiction) -> Result<(), ServerError> {
        {
            let mut profile = self.profile.write().unwrap_or_else(PoisonError::into_inner);
            profile.name = name;
            profile.jurisdiction = Some(jurisdiction);
        }
        self.profile().save(&self.location.profile())
    }

    /// The folder of everything that is a file.
    pub fn folder(&self) -> &Path {
        &self.location.folder
    }

    /// What this deployment is.
    pub fn profile(&self) -> Profile {
        self.profile.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its jurisdictions.
    pub fn geography(&self) -> Arc<Geography> {
        self.geography.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces its jurisdictions and keeps them.
    pub fn set_geography(&self, geography: Geography) -> Result<(), ServerError> {
        geography.save(&self.location.geography())?;
        *self.geography.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(geography);
        Ok(())
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Masked names for display, of people whom the asker was found to be allowed to see.
    pub async fn masked_names(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, String>, ServerError> {
        let Some(jurisdiction) = self.profile().jurisdiction else { return Ok(BTreeMap::new()) };
        // A contact may live in another county than who traces them; the registry's own people do not see that.
        let everywhere = Scope { actor: ActorId::new(0), jurisdiction };
        Ok(self.registry.masked_names(&everywhere, people).await?)
    }

    /// The situation as of the last fact.
    pub fn situation(&self) -> RwLockReadGuard<'_, Situation> {
        self.situation.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// News of positions, as facts are derived.
    pub fn news(&self) -> broadcast::Receiver<u64> {
        self.news.subscribe()
    }

    /// Derives the situation from the journal and the intake log, from scratch.
    pub async fn rebuild(&self) -> Result<(), ServerError> {
        let _turn = self.writing.lock().await;
        self.start_again().await
    }

    async fn start_again(&self) -> Result<(), ServerError> {
        let (index, faults) = off_the_reactor(|| self.index_folder().open(Check::Everything));
        for Fault { file, problem } in faults {
            tracing::warn!(file = %file.display(), problem, "the visit index is built again from its batches");
        }
        let (fresh, command, standing) = self.derive_up_to_now(None, None, index).await?;
        let commanding = Commanding::of(command, &fresh, self.now());
        *self.situation.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        *self.commanding.write().unwrap_or_else(PoisonError::into_inner) = commanding;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = standing;
        self.save_index().await
    }

    fn index_folder(&self) -> Folder {
        Folder::at(self.location.folder.join("index"))
    }

    /// Keeps the visit index on disk, so that the next start maps it instead of reading every batch. Does
    /// nothing while its segments are those that were kept last.
    pub async fn save_index(&self) -> Result<(), ServerError> {
        let mut saved = self.saved_index.lock().await;
        let index = self.situation().world().visits.clone();
        let segments: Vec<u64> = index.segments().iter().map(|segment| segment.digest()).collect();
        if *saved == segments {
            return Ok(());
        }
        let mapped = off_the_reactor(|| self.index_folder().save(&index))?;
        drop(index);
        let mut situation = self.situation.write().unwrap_or_else(PoisonError::into_inner);
        mapped.into_iter().for_each(|(segment, elsewhere)| situation.relocate(&segment, elsewhere));
        *saved = segments;
        Ok(())
    }

    /// The situation that the facts known by some time make, from scratch, by another plan if one is given.
    pub async fn derive_from_scratch(
        &self,
        known_by: Option<Timestamp>,
        instead: Option<Arc<Plan>>,
    ) -> Result<Situation, ServerError> {
        Ok(self.derive_up_to_now(known_by, instead, VisitIndex::default()).await?.0)
    }

    /// The same, and how far the journal was read. Of batches that the index has, the rows are not read.
    async fn derive_up_to_now(
        &self,
        known_by: Option<Timestamp>,
        instead: Option<Arc<Plan>>,
        index: VisitIndex,
    ) -> Result<(Situation, Command, Standing), ServerError> {
        // The log first, and the facts up to that moment: what is sealed meanwhile is in one of them only.
        let log = self.journal.log(0).await?;
        let mut settings = settings(&self.location.folder, self.profile().jurisdiction)?;
        settings.instead = instead.into_iter().map(|plan| (plan.disease.clone(), plan)).collect();
        let indexed: BTreeSet<FactId> = index.batches().collect();
        let mut situation = Situation::with_visits(settings, index);
        let mut command = commanding::empty()?;
        let mut from = 1;
        'reading: loop {
            let chunk = self.journal.read(from, CHUNK.min(log.standing.size + 1 - from)).await?;
            let Some(last) = chunk.last() else { break };
            from = last.position + 1;
            for recorded in chunk {
                if known_by.is_some_and(|time| recorded.fact.recorded > time) {
                    break 'reading;
                }
                let is_indexed = indexed.contains(&recorded.fact.id);
                let bulk = if is_indexed { Bulk::Indexed } else { self.bulk(&recorded.fact).await? };
                command.apply(&recorded.fact);
                situation.load(&Entry { position: recorded.position, fact: recorded.fact }, bulk)?;
            }
        }
        situation.forget_unknown_batches();
        situation.derive_everything();
        for intake in log.read {
            if known_by.is_none_or(|time| intake.received <= time) {
                situation.apply_intake(intake.id.0, &intake.visits, intake.assumed_dwell_minutes, intake.known());
            }
        }
        Ok((situation, command, log.standing))
    }

    /// The situation kept up to date fact by fact from the first on, as a server that never stopped has it.
    pub async fn derive_step_by_step(&self) -> Result<Situation, ServerError> {
        let mut situation = Situation::new(settings(&self.location.folder, self.profile().jurisdiction)?);
        let mut from = 1;
        loop {
            let chunk = self.journal.read(from, CHUNK).await?;
            let Some(last) = chunk.last() else { break };
            from = last.position + 1;
            for recorded in chunk {
                let bulk = self.bulk(&recorded.fact).await?;
                situation.apply(&Entry { position: recorded.position, fact: recorded.fact }, bulk)?;
            }
        }
        for intake in self.journal.intake().await? {
            situation.apply_intake(intake.id.0, &intake.visits, intake.assumed_dwell_minutes, intake.known());
        }
        Ok(situation)
    }

    async fn bulk(&self, fact: &Fact) -> Result<Bulk, ServerError> {
        let (batch, rows_are) = match fact.body() {
            Body::Batch { batch, rows_are, .. } => (batch, rows_are),
            Body::VisitsWithdrawn { of, message } => {
                return Ok(Bulk::Withdrawn(self.journal.visits_of_message(*of, *message).await?));
            }
            _ => return Ok(Bulk::None),
        };
        Ok(match rows_are {
            BatchKind::Visits => match self.journal.visits(*batch).await {
                // Its receipt is further on in the journal.
                Err(JournalError::Deleted(_)) => Bulk::Visits(Vec::new()),
                rows => Bulk::Visits(rows?),
            },
            BatchKind::Residents => Bulk::Residents(self.journal.residents(*batch).await?),
            BatchKind::Units => Bulk::Units(self.journal.units(*batch).await?),
        })
    }

    /// Records drafts, all or none, and derives what follows.
    pub async fn record(&self, drafts: Vec<Draft>) -> Result<RecordedNow, ServerError> {
        self.append(drafts, self.now()).await
    }

    /// Records drafts at a time of the exercise's own, which a real deployment refuses: there the server's
    /// clock says when something was recorded, and nobody else.
    pub async fn record_in_exercise(&self, drafts: Vec<Draft>, at: Timestamp) -> Result<RecordedNow, ServerError> {
        self.append(drafts, self.exercise_time(at)?).await
    }

    fn exercise_time(&self, at: Timestamp) -> Result<Timestamp, ServerError> {
        if self.profile().exercise { Ok(at) } else { Err(ServerError::NotAnExercise) }
    }

    async fn append(&self, drafts: Vec<Draft>, recorded: Timestamp) -> Result<RecordedNow, ServerError> {
        let _turn = self.writing.lock().await;
        self.append_in_turn(drafts, recorded).await
    }

    /// Records while one has the turn to write.
    async fn append_in_turn(&self, drafts: Vec<Draft>, recorded: Timestamp) -> Result<RecordedNow, ServerError> {
        let mut facts = Vec::with_capacity(drafts.len());
        let mut new = Vec::new();
        for draft in drafts {
            let made = self.made_before(&draft)?;
            facts.push(made);
            if made.is_none() {
                new.push((request_fact(&draft.source).unwrap_or_else(|| self.chance.id()), draft));
            }
        }
        let mut outcomes = self.journal.append(new, recorded).await?.into_iter().map(|outcome| match outcome {
            Outcome::Appended(recorded) => recorded.fact.id,
            Outcome::Unchanged(fact) => fact,
        });
        let facts = facts.into_iter().filter_map(|made| made.or_else(|| outcomes.next())).collect();
        Ok(RecordedNow { facts, changes: self.catch_up().await? })
    }

    /// The fact that a request made when it first came: sent again, however much later, it makes no other.
    fn made_before(&self, draft: &Draft) -> Result<Option<FactId>, ServerError> {
        let situation = self.situation();
        let made = request_fact(&draft.source).and_then(|id| situation.world().ledger.get(id));
        let Some(made) = made else { return Ok(None) };
        let same = made.body().kind() == draft.body.kind()
            && made.body().people() == draft.body.people()
            && made.draft.supersedes == draft.supersedes;
        if same { Ok(Some(made.id)) } else { Err(ServerError::KeyUsed) }
    }

    /// Seals rows into a batch, records it, and derives what follows.
    pub async fn record_batch(
        &self,
        rows: Rows<'_>,
        source: Source,
        purpose: Purpose,
        assumed_dwell_minutes: Option<u32>,
    ) -> Result<(Recorded, Vec<Changes>), ServerError> {
        self.append_batch(rows, source, purpose, assumed_dwell_minutes, self.now()).await
    }

    /// Seals rows into a batch at a time of the exercise's own.
    pub async fn record_batch_in_exercise(
        &self,
        rows: Rows<'_>,
        source: Source,
        assumed_dwell_minutes: Option<u32>,
        at: Timestamp,
    ) -> Result<(), ServerError> {
        let at = self.exercise_time(at)?;
        self.append_batch(rows, source, Purpose::Investigation, assumed_dwell_minutes, at).await.map(drop)
    }

    async fn append_batch(
        &self,
        rows: Rows<'_>,
        source: Source,
        purpose: Purpose,
        assumed_dwell_minutes: Option<u32>,
        recorded: Timestamp,
    ) -> Result<(Recorded, Vec<Changes>), ServerError> {
        let _turn = self.writing.lock().await;
        let (batch, fact): (BatchId, FactId) = (self.chance.id(), self.chance.id());
        let dwell = assumed_dwell_minutes;
        let recorded = self.journal.append_batch(rows, batch, fact, source, purpose, dwell, recorded).await?;
        Ok((recorded, self.catch_up().await?))
    }

    /// Takes in what other processes recorded in the same journal: an import, another server.
    pub async fn follow(&self) -> Result<(), ServerError> {
        if self.journal.standing().await? != self.seen() {
            let _turn = self.writing.lock().await;
            self.catch_up().await?;
        }
        self.go_on();
        Ok(())
    }

    /// Takes in every fact of the journal that the situation does not have yet.
    async fn catch_up(&self) -> Result<Vec<Changes>, ServerError> {
        Ok(self.catch_up_with(Vec::new()).await?.facts)
    }

    /// Takes in every fact and every entry of the intake log that the situation does not have yet. `own` are
    /// entries that were written just now and need not be read.
    async fn catch_up_with(&self, own: Vec<Intake>) -> Result<intake::CaughtUp, ServerError> {
        let mut caught_up = intake::CaughtUp::default();
        let mut own = Some(own);
        let mut sealed = false;
        loop {
            let seen = self.seen();
            let standing = self.journal.standing().await?;
            if standing == seen {
                break;
            }
            // The log is looked at first and the facts are read up to that moment, so that no visit is missed
            // and none is counted twice when it is sealed meanwhile.
            let (standing, entries, gone) = match own.take() {
                Some(own) if follows(seen, standing, &own) => (standing, own, BTreeSet::new()),
                _ => {
                    let log = self.journal.log(seen.intake).await?;
                    let situation = self.situation();
                    let held = situation.world().intake.keys().copied();
                    let gone = held.filter(|entry| !log.entries.contains(entry)).collect();
                    (log.standing, log.read, gone)
                }
            };
            let new = self.journal.read(seen.size + 1, CHUNK.min(standing.size - seen.size)).await?;
            let size = seen.size + new.len() as u64;
            let mut with_bulk = Vec::with_capacity(new.len());
            for recorded in new {
                let bulk = self.bulk(&recorded.fact).await?;
                with_bulk.push((Entry { position: recorded.position, fact: recorded.fact }, bulk));
            }
            let applied = off_the_reactor(|| {
                let mut situation = self.situation.write().unwrap_or_else(PoisonError::into_inner);
                let mut commanding = self.commanding.write().unwrap_or_else(PoisonError::into_inner);
                let mut deleted = false;
                let mut steps: Vec<Entry> = Vec::new();
                for (entry, bulk) in with_bulk {
                    commanding.take_in(&entry.fact);
                    // Steps towards many people come together, and are concluded from together.
                    if matches!(entry.fact.body(), Body::FollowUp { .. }) {
                        steps.push(entry);
                        continue;
                    }
                    caught_up.facts.extend(conclude_steps(&mut situation, &mut commanding, &mut steps)?);
                    match entry.fact.body() {
                        // Its visits were live, and are concluded from once they no longer are.
                        Body::Batch { received, .. } if !received.is_empty() => {
                            situation.load_sealed(&entry, bulk)?;
                            sealed = true;
                        }
                        Body::Deleted { .. } => {
                            situation.load(&entry, bulk)?;
                            deleted = true;
                        }
                        _ => {
                            let changes = situation.apply(&entry, bulk)?;
                            commanding.follow(&changes);
                            caught_up.facts.push(changes);
                        }
                    }
                }
                caught_up.facts.extend(conclude_steps(&mut situation, &mut commanding, &mut steps)?);
                if deleted {
                    let changes = situation.derive_everything();
                    commanding.follow(&changes);
                    caught_up.facts.push(changes);
                }
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                if size < standing.size {
                    *seen = Standing { size, ..*seen };
                    return Ok(());
                }
                if std::mem::take(&mut sealed) || !gone.is_empty() {
                    let changes = situation.intake_sealed(&gone);
                    commanding.follow(&changes);
                    caught_up.facts.push(changes);
                }
                for entry in entries {
                    let dwell = entry.assumed_dwell_minutes;
                    let changes = situation.apply_intake(entry.id.0, &entry.visits, dwell, entry.known());
                    commanding.follow(&changes);
                    caught_up.contacts_new.insert(entry.id.0, intake::newly_required(&changes));
                }
                *seen = standing;
                Ok(())
            });
            match applied {
                // A batch that stands again has to be read again.
                Err(SituationError::Rebuild(_)) => self.start_again().await?,
                other => other?,
            }
        }
        // Nobody listening is no failure.
        let _ = self.news.send(self.situation().position());
        Ok(caught_up)
    }

    /// What would follow from each of some drafts, one after the other, without recording any.
    pub fn preview(&self, drafts: Vec<Draft>) -> Result<Vec<Changes>, ServerError> {
        let now = self.now();
        off_the_reactor(|| {
            let mut situation = self.situation().clone();
            let mut changes = Vec::with_capacity(drafts.len());
            for draft in drafts {
                draft.check()?;
                let fact = Arc::new(draft.recorded(self.chance.id(), now));
                changes.push(situation.apply(&Entry { position: situation.position() + 1, fact }, Bulk::None)?);
            }
            Ok(changes)
        })
    }
}

/// Concludes from steps that wait for it; what changed is told of the last of them.
fn conclude_steps(
    situation: &mut Situation,
    commanding: &mut Commanding,
    steps: &mut Vec<Entry>,
) -> Result<Vec<Changes>, SituationError> {
    let steps = std::mem::take(steps);
    let Some(others) = steps.len().checked_sub(1) else { return Ok(Vec::new()) };
    let changes = situation.apply_together(&steps)?;
    commanding.follow(&changes);
    Ok(std::iter::repeat_with(Changes::default).take(others).chain([changes]).collect())
}

/// Whether entries are everything that happened to the intake log since `seen`.
fn follows(seen: Standing, standing: Standing, entries: &[Intake]) -> bool {
    let numbers = entries.iter().map(|entry| entry.id.0);
    standing.removed == seen.removed && numbers.eq(seen.intake + 1..=standing.intake)
}

/// Derives without keeping other requests waiting, where the runtime allows.
pub fn off_the_reactor<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// The fact that a request with this key makes; none for what has no key, or one that an import corrects by.
pub fn request_fact(source: &Source) -> Option<FactId> {
    let key = source.key.filter(|_| source.channel == Channel::Entry)?;
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&key.0[..8]);
    Some(FactId::new(u64::from_be_bytes(bytes)))
}

/// Where days begin: all of China keeps one time.
pub fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// Puts the latest shipped plan of each disease in force from a time on.
pub fn plans_in_force(actor: ActorId, from: Timestamp) -> Vec<Draft> {
    let latest = ["covid19-cn-9", "measles", "ebola", "mers"];
    plan::library()
        .into_iter()
        .filter(|(id, _)| latest.contains(id))
        .filter_map(|(id, text)| {
            let disease = Plan::from_toml(text).ok()?.disease;
            let body = Body::PlanInForce { disease, plan: id.to_owned(), digest: Plan::digest(text) };
            let source = Source { actor, channel: Channel::Entry, key: None };
            Some(Draft { occurred: from, source, purpose: Purpose::Investigation, supersedes: None, body })
        })
        .collect()
}

/// The shipped plans, and those that the operator keeps in the folder `plans`.
fn settings(folder: &Path, jurisdiction: Option<Jurisdiction>) -> Result<Settings, ServerError> {
    let mut texts: Vec<String> = plan::library().into_iter().map(|(_, text)| text.to_owned()).collect();
    if let Ok(files) = std::fs::read_dir(folder.join("plans")) {
        let mut paths: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
            texts.push(std::fs::read_to_string(&path).map_err(|source| ServerError::File { path, source })?);
        }
    }
    let mut plans = BTreeMap::new();
    for text in texts {
        let plan = Plan::from_toml(&text)?;
        plans.insert(plan.id.clone(), (Plan::digest(&text), Arc::new(plan)));
    }
    let fallback = jurisdiction.unwrap_or(Jurisdiction::NATION);
    Ok(Settings { zone: zone(), plans, instead: BTreeMap::new(), fallback })
}
