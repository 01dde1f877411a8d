//! Taking files in: rows that were read and checked become people, facts and batches.
//!
//! Every row has a source key made of the file's own id, so that the same file twice changes nothing and a
//! corrected row supersedes. People are found by the source's id for them, or registered.

#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use exchange::{
    ContactRow, ErrorsFile, ExchangeError, Fate, Kind, LabRow, LineListRow, Mapping, Options, Read, Report, RosterRow,
    Source as File, Stamp, TrajectoryRow, VisitRowText,
};
use facts::{
    Body, Channel, Disease, Draft, Jurisdiction, PersonId, PlaceId, Purpose, Scope, Setting, Source, Span, SpecimenId,
    TestOutcome, Timestamp, UnitId, UnitRow, VisitRow,
};
use journal::Rows;
use registry::{By, Identity, NewPerson, Secret};
use situation::Changes;

use crate::deployment::Deployment;
use crate::error::ServerError;

/// Rows that are registered and recorded in one transaction.
const CHUNK_ROWS: usize = 2_000;
/// Visits that make one batch.
const BATCH_ROWS: usize = 1_000_000;

/// What an import needs to know beside the file.
#[derive(Clone)]
pub struct Terms {
    /// Who imports.
    pub scope: Scope,
    /// Whose ids the file uses: files of one source name the same people by the same ids.
    pub source: String,
    /// Of which disease, for line lists, contacts and results that do not say.
    pub disease: Disease,
    /// How long a stay without an end is assumed to last, in minutes.
    pub assumed_dwell_minutes: u32,
    /// What kind of space the places of a file of visits are.
    pub setting: Setting,
    /// How dates and codes are read.
    pub options: Options,
}

/// What an import did.
pub struct Imported {
    /// What became of the rows.
    pub report: Report,
    /// Facts that are new.
    pub facts_new: u64,
    /// Of which take the place of earlier ones.
    pub facts_superseding: u64,
    /// Facts that were there already.
    pub facts_unchanged: u64,
    /// Accepted rows that say nothing a fact could say, such as where someone was without a place.
    pub rows_without_fact: u64,
    /// What followed.
    pub changes: Vec<Changes>,
}

/// A failure that stops an import. What was recorded before it stays, and importing again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    File(#[from] ExchangeError),
    /// The deployment.
    #[error(transparent)]
    Deployment(#[from] ServerError),
    /// A kind that is read by another command.
    #[error("{0} files are traced directly and not imported: firebreak trace --encounters FILE")]
    NotImported(Kind),
}

impl From<journal::JournalError> for ImportError {
    fn from(error: journal::JournalError) -> Self {
        Self::Deployment(error.into())
    }
}

impl From<registry::RegistryError> for ImportError {
    fn from(error: registry::RegistryError) -> Self {
        Self::Deployment(error.into())
    }
}

/// Whether a number in an id column may stand: a resident id number must fit GB 11643, any other document passes.
pub fn id_number_may_stand(number: &str) -> bool {
    number.trim().chars().count() != 18 || registry::id_number::check(number, jiff::civil::Date::MAX, None).is_ok()
}

/// Imports a file. `rejected` takes the rows that could not be, for correction.
pub async fn import(
    deployment: &Deployment,
    terms: &Terms,
    file: &File,
    mapping: &Mapping,
    rejected: impl Write + Send,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Imported, ImportError> {
    let run = Run {
        deployment,
        terms,
        facts_new: 0,
        facts_superseding: 0,
        facts_unchanged: 0,
        rows_without_fact: 0,
        began: deployment.now(),
        changes: Vec::new(),
        people: Default::default(),
        drafts: Vec::new(),
        visits: Vec::new(),
        units: Default::default(),
        new_units: Vec::new(),
        file: file.name().to_owned(),
        batches: 0,
        progress,
    };
    match mapping.kind {
        Kind::LineList => run.all(exchange::line_list::read(file, mapping, &terms.options)?, rejected).await,
        Kind::Contacts => run.all(exchange::contacts::read(file, mapping, &terms.options)?, rejected).await,
        Kind::Visits => run.all(exchange::visits::read(file, mapping, &terms.options)?, rejected).await,
        Kind::LabResults => run.all(exchange::lab_results::read(file, mapping, &terms.options)?, rejected).await,
        Kind::Roster => run.all(exchange::roster::read(file, mapping, &terms.options)?, rejected).await,
        Kind::Trajectories => run.all(exchange::trajectories::read(file, mapping, &terms.options)?, rejected).await,
        Kind::Encounters => Err(ImportError::NotImported(mapping.kind)),
    }
}

/// Reads a file without importing anything.
pub fn check(terms: &Terms, file: &File, mapping: &Mapping) -> Result<Report, ImportError> {
    fn all<R: exchange::records::Record>(mut records: exchange::Records<R>) -> Result<Report, ImportError> {
        Report::of::<R, ImportError>(&mut records, None, |_| Ok(()))
    }
    match mapping.kind {
        Kind::LineList => all(exchange::line_list::read(file, mapping, &terms.options)?),
        Kind::Contacts => all(exchange::contacts::read(file, mapping, &terms.options)?),
        Kind::Visits => all(exchange::visits::read(file, mapping, &terms.options)?),
        Kind::LabResults => all(exchange::lab_results::read(file, mapping, &terms.options)?),
        Kind::Roster => all(exchange::roster::read(file, mapping, &terms.options)?),
        Kind::Trajectories => all(exchange::trajectories::read(file, mapping, &terms.options)?),
        Kind::Encounters => Err(ImportError::NotImported(mapping.kind)),
    }
}

struct Run<'a> {
    deployment: &'a Deployment,
    terms: &'a Terms,
    facts_new: u64,
    facts_superseding: u64,
    facts_unchanged: u64,
    rows_without_fact: u64,
    began: Timestamp,
    changes: Vec<Changes>,
    #[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
    people: HashMap<String, PersonId>,
    drafts: Vec<Draft>,
    visits: Vec<VisitRow>,
    #[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
    units: HashMap<String, UnitId>,
    new_units: Vec<UnitRow>,
    file: String,
    batches: u32,
    progress: &'a mut (dyn FnMut(u64) + Send),
}

/// Someone whom a row names.
struct Named {
    id: String,
    identity: Identity,
    jurisdiction: Option<Jurisdiction>,
}

/// A kind of row that can be taken in.
trait Importable: exchange::records::Record {
    /// Whom the row names, to be found or registered before it is taken in.
    fn names(&self) -> Vec<Named>;
    /// What the row says, once everyone has an id.
    fn say(self, run: &mut Run<'_>, people: &[PersonId]);
}

type Text = Option<exchange::Private>;

fn identity(name: &Text, id_number: &Text, phone: &Text, address: &Text) -> Identity {
    let secret = |value: &Text| value.as_ref().map(|value| Secret::new(value.0.clone()));
    Identity { name: secret(name), id_number: secret(id_number), phone: secret(phone), address: secret(address) }
}

/// What stands for the id of someone whose row has none. A name alone is shared by namesakes and a phone by a
/// family, so it takes both to mean the same person again; else the row is somebody of their own.
fn without_id(name: &Text, phone: &Text, this_row: &str) -> String {
    let text = |value: &Text| value.as_ref().map_or_else(String::new, |value| value.0.clone());
    match (name, phone) {
        (Some(_), Some(_)) => format!("{} {}", text(name), text(phone)),
        _ => format!("{} {} {this_row}", text(name), text(phone)),
    }
}

fn by_id(id: &str) -> Named {
    Named { id: id.to_owned(), identity: Identity::default(), jurisdiction: None }
}

impl Run<'_> {
    async fn all<R: Importable>(
        mut self,
        mut records: exchange::Records<R>,
        rejected: impl Write + Send,
    ) -> Result<Imported, ImportError> {
        let mut errors = ErrorsFile::new(rejected, records.columns())?;
        let mut report = Report {
            file: records.file().to_owned(),
            encoding: records.encoding().map(str::to_owned),
            notices: records.notices().to_vec(),
            ..Report::default()
        };
        let mut chunk = Vec::with_capacity(CHUNK_ROWS);
        for read in records.by_ref() {
            let read: Read<R> = read?;
            report.count(&read);
            match read.fate {
                Fate::Accepted(record) => chunk.push(record),
                // A duplicate waits in the file of corrections; it holds up nobody else.
                Fate::Rejected | Fate::Queued { .. } => errors.write(read.row_number, &read.cells, &read.problems)?,
                Fate::Merged { .. } => {}
            }
            if chunk.len() == CHUNK_ROWS {
                self.take(std::mem::take(&mut chunk)).await?;
                (self.progress)(report.rows);
            }
        }
        self.take(chunk).await?;
        self.seal().await?;
        report.blank = records.blank_rows();
        errors.finish()?;
        (self.progress)(report.rows);
        Ok(Imported {
            report,
            facts_new: self.facts_new,
            facts_superseding: self.facts_superseding,
            facts_unchanged: self.facts_unchanged,
            rows_without_fact: self.rows_without_fact,
            changes: self.changes,
        })
    }

    async fn take<R: Importable>(&mut self, records: Vec<R>) -> Result<(), ImportError> {
        let named: Vec<Vec<Named>> = records.iter().map(Importable::names).collect();
        let ids: Vec<Vec<String>> =
            named.iter().map(|of_row| of_row.iter().map(|named| named.id.clone()).collect()).collect();
        self.register(named.into_iter().flatten()).await?;
        for (record, ids) in records.into_iter().zip(ids) {
            let people: Vec<PersonId> = ids.iter().filter_map(|id| self.people.get(id).copied()).collect();
            let said = self.drafts.len() + self.visits.len();
            record.say(self, &people);
            self.rows_without_fact += u64::from(self.drafts.len() + self.visits.len() == said);
        }
        if !self.drafts.is_empty() {
            let drafts = std::mem::take(&mut self.drafts);
            let count = drafts.len() as u64;
            let position = self.deployment.situation().position();
            let recorded = self.deployment.record(drafts).await?;
            {
                let situation = self.deployment.situation();
                let ledger = &situation.world().ledger;
                let new = recorded.facts.iter().filter(|&&fact| ledger.position(fact) > Some(position));
                let corrects = |fact| ledger.get(fact).is_some_and(|fact| fact.draft.supersedes.is_some());
                self.facts_superseding += new.filter(|&&fact| corrects(fact)).count() as u64;
            }
            // Each new fact made one set of changes.
            let new = (recorded.changes.len() as u64).min(count);
            self.facts_new += new;
            self.facts_unchanged += count - new;
            self.changes.extend(recorded.changes);
        }
        if self.visits.len() >= BATCH_ROWS {
            self.seal().await?;
        }
        Ok(())
    }

    /// Finds or registers everyone that a chunk names.
    async fn register(&mut self, named: impl Iterator<Item = Named>) -> Result<(), ImportError> {
        let mut new = Vec::new();
        let mut ids = Vec::new();
        for Named { id, identity, jurisdiction } in named {
            if self.people.contains_key(&id) {
                continue;
            }
            let person = self.deployment.chance.id();
            self.people.insert(id.clone(), person);
            new.push(NewPerson {
                person,
                identity,
                jurisdiction: jurisdiction.unwrap_or(self.terms.scope.jurisdiction),
                external: Some((self.terms.source.clone(), Secret::new(id.clone()))),
            });
            ids.push(id);
        }
        if new.is_empty() {
            return Ok(());
        }
        let registry = &self.deployment.registry;
        let known = registry.register(&self.terms.scope, Purpose::Import, new, self.deployment.now()).await?;
        for (id, registered) in ids.into_iter().zip(known) {
            self.people.insert(id, registered.person());
        }
        Ok(())
    }

    /// Drafts what a row says. What it does not date counts from when we were first told; the epoch would
    /// claim to know, and another time at each import would be another fact.
    fn draft(&mut self, key: &str, occurred: impl Into<Option<Timestamp>>, body: Body) {
        let name = format!("{} {} {key}", self.terms.source, body.kind());
        let key = Some(self.deployment.registry.secret_source_key(&name));
        let source = Source { actor: self.terms.scope.actor, channel: Channel::Import, key };
        let occurred = occurred.into().unwrap_or_else(|| {
            let situation = self.deployment.situation();
            let known = situation.world().ledger.about(&body.people());
            known.iter().find(|fact| fact.draft.source.key == key).map_or(self.began, |fact| fact.occurred())
        });
        self.drafts.push(Draft { occurred, source, purpose: Purpose::Import, supersedes: None, body });
    }

    /// A unit by the name that a file gives it.
    fn unit(&mut self, name: &str, place: Option<&str>) -> UnitId {
        if let Some(unit) = self.units.get(name) {
            return *unit;
        }
        let number = self.number(&format!("unit {name}"));
        let unit = UnitId::new(number);
        self.units.insert(name.to_owned(), unit);
        self.new_units.push(UnitRow {
            unit,
            place: PlaceId::new(place.map_or(number, |place| self.number(&format!("place {place}")))),
            setting: self.terms.setting,
            jurisdiction: self.terms.scope.jurisdiction,
            position: None,
            ventilation: None,
            name: Some(place.unwrap_or(name).to_owned()),
        });
        unit
    }

    fn number(&self, name: &str) -> u64 {
        let digest = self.deployment.registry.secret_source_key(&format!("{} {name}", self.terms.source));
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest.0[..8]);
        u64::from_be_bytes(bytes)
    }

    /// Seals the visits so far into a batch.
    async fn seal(&mut self) -> Result<(), ImportError> {
        if self.visits.is_empty() && self.new_units.is_empty() {
            return Ok(());
        }
        self.batches += 1;
        let source = |run: &Self, what: &str| Source {
            actor: run.terms.scope.actor,
            channel: Channel::Import,
            key: Some(
                run.deployment
                    .registry
                    .secret_source_key(&format!("{} {what} {} {}", run.terms.source, run.file, run.batches)),
            ),
        };
        let units = std::mem::take(&mut self.new_units);
        if !units.is_empty() {
            let from = source(self, "units");
            let sealed = self.deployment.record_batch(Rows::Units(&units), from, Purpose::Import, None).await?;
            self.changes.extend(sealed.1);
        }
        if self.visits.is_empty() {
            return Ok(());
        }
        let visits = std::mem::take(&mut self.visits);
        let dwell = visits.iter().any(|visit| visit.end.is_none()).then_some(self.terms.assumed_dwell_minutes);
        let from = source(self, "visits");
        let (_, changes) = self.deployment.record_batch(Rows::Visits(&visits), from, Purpose::Import, dwell).await?;
        if changes.is_empty() {
            self.facts_unchanged += 1
        } else {
            self.facts_new += 1
        }
        self.changes.extend(changes);
        Ok(())
    }
}

impl Importable for LineListRow {
    fn names(&self) -> Vec<Named> {
        let identity = identity(&self.name, &self.id_number, &self.phone, &self.address);
        vec![Named { id: self.external_id.0.clone(), identity, jurisdiction: self.jurisdiction }]
    }

    /// A line list lists cases: each row says at least that someone diagnosed one.
    fn say(self, run: &mut Run<'_>, people: &[PersonId]) {
        let Some(&person) = people.first() else { return };
        let zone = run.terms.options.zone;
        let start = |stamp: Stamp| stamp.earliest(zone);
        let day = |date| Stamp { date, time: None }.earliest(zone);
        let key = self.external_id.0.clone();
        let disease = run.terms.disease.clone();
        let onset = self.onset.map(day);
        let result = test_result(&self);
        let found = self.diagnosed.map(start).or(self.reported.map(start));
        let found = found.or(self.hospitalised.map(start)).or(onset);
        if let Some(jurisdiction) = self.jurisdiction {
            run.draft(&key, found, Body::Residence { person, home: None, jurisdiction });
        }
        if let (Some(date), Some(at)) = (self.onset, onset) {
            let body = Body::Symptoms { person, disease: disease.clone(), onset: date, signs: Default::default() };
            run.draft(&key, at, body);
        }
        match self.sampled.map(start) {
            // A specimen without a result is no result; only a column that gives one makes it so.
            Some(collected) if result.is_some() => {
                let result = result.unwrap_or(TestOutcome::Inconclusive);
                let body = Body::TestResult { person, disease: disease.clone(), specimen: None, collected, result };
                run.draft(&key, found.map_or(collected, |found| found.max(collected)), body);
            }
            _ => {}
        }
        if result != Some(TestOutcome::Negative) {
            run.draft(&key, found, Body::Diagnosis { person, disease: disease.clone() });
        }
        match (self.died, self.outcome, self.ended) {
            (Some(died), ..) => run.draft(&key, day(died), Body::Death { person }),
            (None, Some(exchange::values::Outcome::Died), ended) => {
                run.draft(&key, ended.map(day), Body::Death { person });
            }
            (None, Some(exchange::values::Outcome::Recovered), ended) => {
                run.draft(&key, ended.map(day), Body::Recovery { person, disease });
            }
            _ => {}
        }
    }
}

/// What a column of test results says, in a line list that has one.
fn test_result(row: &LineListRow) -> Option<TestOutcome> {
    let of_results = |column: &&String| {
        let name = column.to_lowercase();
        ["result", "结果", "检测", "pcr", "核酸"].iter().any(|word| name.contains(word))
    };
    let columns = row.other.keys().filter(of_results);
    columns.filter_map(|column| exchange::values::test_result(row.other.get(column)?)).next()
}

impl Importable for ContactRow {
    fn names(&self) -> Vec<Named> {
        vec![by_id(&self.from), by_id(&self.to)]
    }

    /// With times it is a contact that someone stated; without, only a link.
    fn say(self, run: &mut Run<'_>, people: &[PersonId]) {
        let &[from, to] = people else { return };
        let zone = run.terms.options.zone;
        // Quoted, because an id may hold spaces.
        let key = format!("{:?} {:?} {:?}", self.from.0, self.to.0, self.start);
        let together = self.start.and_then(|start| {
            let end = self.end.unwrap_or(start).latest(zone);
            Span::new(start.earliest(zone), end).ok()
        });
        match together {
            Some(span) => {
                let setting = self.setting.unwrap_or(Setting::Other);
                let body = Body::ContactStated { person: from, with: to, span, setting, masked: None, statement: None };
                run.draft(&key, span.start(), body);
            }
            None => {
                let body = Body::EpidemiologicalLink { person: to, disease: run.terms.disease.clone(), to: Some(from) };
                run.draft(&key, None, body);
            }
        }
    }
}

impl Importable for VisitRowText {
    fn names(&self) -> Vec<Named> {
        vec![by_id(&self.person)]
    }

    fn say(self, run: &mut Run<'_>, people: &[PersonId]) {
        let Some(&person) = people.first() else { return };
        let unit = run.unit(&self.unit, self.place.as_deref());
        run.visits.push(VisitRow { person, unit, start: self.start, end: self.end, seat_row: self.seat_row });
    }
}

impl Importable for LabRow {
    fn names(&self) -> Vec<Named> {
        let identity = identity(&self.name, &self.id_number, &self.phone, &None);
        let own = self.person.as_ref().or(self.id_number.as_ref());
        let this_row = || format!("{:?} {:?}", self.specimen, self.collected);
        let id = own.map_or_else(|| without_id(&self.name, &self.phone, &this_row()), |id| id.0.clone());
        vec![Named { id, identity, jurisdiction: None }]
    }

    fn say(self, run: &mut Run<'_>, people: &[PersonId]) {
        let Some(&person) = people.first() else { return };
        let zone = run.terms.options.zone;
        let disease = self.disease.as_deref().map_or_else(|| run.terms.disease.clone(), Disease::named);
        let collected = self.collected.earliest(zone);
        // One specimen may be tested for several diseases.
        let key = match &self.specimen {
            Some(specimen) => format!("{specimen:?} {disease}"),
            None => format!("{person} {collected} {disease}"),
        };
        let specimen = self.specimen.as_ref().map(|name| SpecimenId::new(run.number(&format!("specimen {name}"))));
        let occurred = self.resulted.map_or(collected, |resulted| resulted.earliest(zone)).max(collected);
        let body = Body::TestResult { person, disease, specimen, collected, result: self.result };
        run.draft(&key, occurred, body);
    }
}

impl Importable for RosterRow {
    fn names(&self) -> Vec<Named> {
        let identity = identity(&self.name, &self.id_number, &self.phone, &self.address);
        let own = self.external_id.as_ref().or(self.id_number.as_ref());
        let id = own.map_or_else(|| without_id(&self.name, &self.phone, &self.unit), |id| id.0.clone());
        vec![Named { id, identity, jurisdiction: self.jurisdiction }]
    }

    fn say(self, run: &mut Run<'_>, people: &[PersonId]) {
        let (Some(&person), Some(jurisdiction)) = (people.first(), self.jurisdiction) else { return };
        let zone = run.terms.options.zone;
        let since = self.since.map(|date| Stamp { date, time: None }.earliest(zone));
        run.draft(&format!("{person}"), since, Body::Residence { person, home: None, jurisdiction });
    }
}

impl Importable for TrajectoryRow {
    fn names(&self) -> Vec<Named> {
        vec![by_id(&self.person)]
    }

    /// A published trajectory names places in words. The same words need not be the same place, so each
    /// person has units of their own: nobody becomes a contact because two homes are both called home.
    fn say(self, run: &mut Run<'_>, people: &[PersonId]) {
        let Some(&person) = people.first() else { return };
        let Some(place) = self.place.map(|place| place.0) else { return };
        let zone = run.terms.options.zone;
        let end = self.end.unwrap_or(self.start).latest(zone);
        let start = self.start.earliest(zone);
        // A time of day without an end is an arrival.
        let dwell = jiff::SignedDuration::from_mins(i64::from(run.terms.assumed_dwell_minutes));
        let end = if end > start { end } else { start.checked_add(dwell).unwrap_or(end) };
        let Ok(span) = Span::new(start, end) else { return };
        // Quoted, because an id and a place may hold spaces.
        let unit = run.unit(&format!("{:?} {place:?}", self.person.0), Some(&place));
        run.draft(
            &format!("{:?} {place:?} {start}", self.person.0),
            start,
            Body::Visit { person, unit, span, seat_row: None },
        );
    }
}

/// Finds people by an identity that someone typed in.
pub async fn find(
    deployment: &Deployment,
    scope: &Scope,
    purpose: Purpose,
    by: By,
) -> Result<Vec<registry::Found>, ServerError> {
    Ok(deployment.registry.find(scope, purpose, by, deployment.now()).await?)
}

/// A file that was uploaded and not yet imported.
#[derive(Clone)]
pub struct Uploaded {
    /// Who uploaded it; nobody else may import it.
    pub actor: facts::ActorId,
    /// Of what kind.
    pub kind: Kind,
    /// The file.
    pub file: File,
    /// How large it is, in bytes.
    pub size: usize,
    /// The rejected rows of the last run.
    pub rejected: Arc<[u8]>,
}

/// Files on their way in. They are forgotten when the server stops; nothing of them was acknowledged.
#[derive(Default)]
pub struct Desk(Mutex<Vec<(String, Uploaded)>>);

/// How many uploads are kept; the oldest makes room.
const UPLOADS_KEPT: usize = 32;
/// How many bytes of uploads are kept.
const UPLOAD_BYTES_KEPT: usize = 1 << 30;

impl Desk {
    /// Keeps an upload under a random name.
    pub fn put(&self, name: String, upload: Uploaded) {
        let mut uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.retain(|(known, _)| *known != name);
        uploads.push((name, upload));
        let bytes = |uploads: &[(String, Uploaded)]| uploads.iter().map(|(_, upload)| upload.size).sum::<usize>();
        while uploads.len() > UPLOADS_KEPT || (uploads.len() > 1 && bytes(&uploads) > UPLOAD_BYTES_KEPT) {
            uploads.remove(0);
        }
    }

    /// The upload of that name, if it is theirs.
    pub fn get(&self, name: &str, actor: facts::ActorId) -> Option<Uploaded> {
        let uploads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut named = uploads.iter().filter(|(known, upload)| known == name && upload.actor == actor);
        named.next().map(|(_, upload)| upload.clone())
    }
}
