//! The situation (态势): a pure function of facts and plans, kept up to date fact by fact.
//!
//! Stages run one way: cases, exposures, requirements, duties. The unit of derivation is one subject: a
//! fact touches people and cases, and only those are derived again. [`Situation::from_scratch`] is the
//! definition; [`Situation::apply`] must equal it after every fact.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contacts::{Evidence, Exposure, Infectious, Rings, Rules, ScreeningFlag, rings, screening_flags};
use duties::{Basis, Search, locate_and_control};
use facts::{Body, CaseId, Disease, Fact, FactId, Jurisdiction, PersonId, Step, Timestamp, VisitRow};
use jiff::tz::TimeZone;
use plan::{ContactClass, Plan};
use status::{Case, Known, Requirement, case, of_case, of_contact, of_letters};
use visits::{Origin, Seconds, Segment, Stay, VisitIndex, Window};

use crate::bulk::Bulk;
use crate::derived::{Derived, Members, PersonSituation};
use crate::error::{Problem, SituationError};
use crate::world::World;

/// How long a stay without an end lasts when its batch does not say, in minutes.
const ASSUMED_DWELL_MINUTES: u32 = 60;

/// What does not change while a deployment runs.
#[derive(Clone)]
pub struct Settings {
    /// Where days begin.
    pub zone: TimeZone,
    /// The plans at hand, by name, each with the digest of its text.
    pub plans: BTreeMap<String, (facts::Hex<32>, Arc<Plan>)>,
    /// Plans to derive by instead of those in force, to see what they would have said.
    pub instead: BTreeMap<Disease, Arc<Plan>>,
    /// Who answers for people of whom nothing else is known.
    pub fallback: Jurisdiction,
}

/// A fact and where in the journal it is.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its position, from 1.
    pub position: u64,
    /// The fact.
    pub fact: Arc<Fact>,
}

/// Conclusions about one person before and after a fact; absent where there were or are none.
pub struct Change {
    /// About whom.
    pub person: PersonId,
    /// Before.
    pub before: Option<Arc<PersonSituation>>,
    /// After.
    pub after: Option<Arc<PersonSituation>>,
}

/// What one fact changed.
#[derive(Default)]
pub struct Changes {
    /// Conclusions before and after, only where they differ.
    pub people: Vec<Change>,
    /// Cases that there were not before.
    pub cases_opened: BTreeSet<CaseId>,
    /// Cases that there are no more.
    pub cases_closed: BTreeSet<CaseId>,
}

/// What another plan or another time would have made of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// When it could have infected others; absent where it would be no case whose contacts are traced.
    pub infectious: Option<Window>,
    /// Its contacts.
    pub rings: Rings,
}

/// What a fact asks to derive again.
#[derive(Clone, Default)]
struct Touched {
    everything: bool,
    people: BTreeSet<PersonId>,
    /// Cases whose rings have to be traced again; whose exposure stays the same is left alone.
    cases: BTreeSet<CaseId>,
    /// Of these, the cases that may themselves be another: everyone in their rings is concluded again.
    cases_changed: BTreeSet<CaseId>,
}

impl Touched {
    fn join(&mut self, other: Self) {
        self.everything |= other.everything;
        self.people.extend(other.people);
        self.cases.extend(other.cases);
        self.cases_changed.extend(other.cases_changed);
    }
}

/// The situation at the end of the journal.
#[derive(Clone)]
pub struct Situation {
    settings: Arc<Settings>,
    world: World,
    plans_said: BTreeMap<Disease, Vec<FactId>>,
    derived: Derived,
    position: u64,
    /// Whom batches touch whose visits are still in the intake log.
    sealing: Touched,
}

impl Situation {
    /// A situation without facts.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            world: World::default(),
            plans_said: BTreeMap::new(),
            derived: Derived::default(),
            position: 0,
            sealing: Touched::default(),
        }
    }

    /// A situation without facts, whose index holds the visits of batches that are still to be loaded as
    /// [`Bulk::Indexed`]. Of batches that no fact vouches for, [`Situation::forget_unknown_batches`] lets go.
    pub fn with_visits(settings: Settings, visits: VisitIndex) -> Self {
        let mut situation = Self::new(settings);
        situation.world.visits = visits;
        situation
    }

    /// Takes visits of batches out of the index that no fact which stands has brought.
    pub fn forget_unknown_batches(&mut self) {
        let ledger = &self.world.ledger;
        let unknown = |&batch: &FactId| ledger.get(batch).is_none() || !ledger.stands(batch);
        let unknown: Vec<FactId> = self.world.visits.batches().filter(unknown).collect();
        unknown.into_iter().for_each(|batch| self.world.visits.remove_batch(batch));
        self.world.visits.purge();
    }

    /// Leaves no byte in the index of visits that were deleted or superseded.
    pub fn purge_visits(&mut self) {
        self.world.visits.purge();
    }

    /// Goes on with the same segment elsewhere, for instance mapped from the file that it was written to.
    pub fn relocate(&mut self, segment: &Arc<Segment>, elsewhere: Segment) {
        self.world.visits.relocate(segment, elsewhere);
    }

    /// The definition: everything taken in, then everything derived.
    pub fn from_scratch(
        settings: Settings,
        entries: impl IntoIterator<Item = (Entry, Bulk)>,
    ) -> Result<Self, SituationError> {
        let mut situation = Self::new(settings);
        for (entry, bulk) in entries {
            situation.load(&entry, bulk)?;
        }
        situation.derive_everything();
        Ok(situation)
    }

    /// Takes in a fact and derives nothing yet: for reading a journal from its beginning, which
    /// [`Situation::derive_everything`] ends.
    pub fn load(&mut self, entry: &Entry, bulk: Bulk) -> Result<(), SituationError> {
        self.take_in(entry, bulk).map(drop)
    }

    /// Takes in a batch that the intake log was sealed into, whose visits count once they are no longer in the
    /// log; [`Situation::intake_sealed`] then derives what it touches.
    pub fn load_sealed(&mut self, entry: &Entry, bulk: Bulk) -> Result<(), SituationError> {
        let touched = self.take_in(entry, bulk)?;
        self.sealing.join(touched);
        Ok(())
    }

    /// Takes in one more fact and derives again what it touches.
    pub fn apply(&mut self, entry: &Entry, bulk: Bulk) -> Result<Changes, SituationError> {
        let touched = self.take_in(entry, bulk)?;
        Ok(self.derive(touched))
    }

    /// Takes in facts without rows, one after the other, and derives once what all of them touch: as
    /// [`Situation::apply`] of each, where only the end counts. Ten thousand contacts of one case are controlled
    /// together without tracing the case ten thousand times.
    pub fn apply_together(&mut self, entries: &[Entry]) -> Result<Changes, SituationError> {
        let mut touched = Touched::default();
        for entry in entries {
            touched.join(self.take_in(entry, Bulk::None)?);
        }
        Ok(self.derive(touched))
    }

    /// Takes in visits that are acknowledged and not yet batched. They are traceable at once.
    pub fn apply_intake(
        &mut self,
        intake: u64,
        rows: &[VisitRow],
        assumed_dwell_minutes: Option<u32>,
        received: Timestamp,
    ) -> Changes {
        self.world.intake.insert(intake, received);
        let dwell = assumed_dwell_minutes.unwrap_or(ASSUMED_DWELL_MINUTES);
        let mut touched = Touched::default();
        for (number, row) in rows.iter().enumerate() {
            let stay = Stay::of_row(row, dwell, Origin::Intake(intake, number as u32));
            self.world.visits.add_live(stay);
            self.touch_stay(&stay, &mut touched);
        }
        self.derive(touched)
    }

    /// Forgets visits of the intake log that a batch, taken in by [`Situation::load_sealed`], now holds, or that
    /// were corrected before they were sealed.
    pub fn intake_sealed(&mut self, intakes: &BTreeSet<u64>) -> Changes {
        let sealed = |origin| matches!(origin, Origin::Intake(intake, _) if intakes.contains(&intake));
        // Evidence moves from the log to the batch, whose visits may never have been live here: another server
        // can take in and seal between two looks. So both ends count: what goes, and what the batches brought.
        let mut touched = std::mem::take(&mut self.sealing);
        if !self.derived.cases.is_empty() {
            for stay in self.world.visits.live_stays(sealed) {
                self.touch_stay(&stay, &mut touched);
            }
        }
        self.world.visits.remove_live(sealed);
        self.world.intake.retain(|intake, _| !intakes.contains(intake));
        self.derive(touched)
    }

    /// What would follow if this fact were recorded now, without recording it.
    pub fn preview(&self, fact: Fact) -> Result<Changes, SituationError> {
        let entry = Entry { position: self.position + 1, fact: Arc::new(fact) };
        self.clone().apply(&entry, Bulk::None)
    }

    /// Conclusions.
    pub fn derived(&self) -> &Derived {
        &self.derived
    }

    /// Records.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What could not be read.
    pub fn problems(&self) -> BTreeSet<Problem> {
        let said = self.plans_said.iter().filter_map(|(disease, said)| Some((disease, self.last_standing(said)?)));
        let not_at_hand = said.filter_map(|(disease, fact)| match fact.body() {
            Body::PlanInForce { plan, .. } if self.plan(disease).is_none() => {
                Some(Problem::PlanNotAtHand { plan: plan.clone() })
            }
            _ => None,
        });
        let without_plan = self.world.ledger.all().filter_map(|fact| match fact.body() {
            Body::TestResult { disease, .. } | Body::Symptoms { disease, .. } | Body::Diagnosis { disease, .. }
                if !self.plans_said.contains_key(disease) =>
            {
                Some(Problem::NoPlan { disease: disease.clone() })
            }
            _ => None,
        });
        not_at_hand.chain(without_plan).collect()
    }

    fn last_standing(&self, said: &[FactId]) -> Option<&Arc<Fact>> {
        let ledger = &self.world.ledger;
        said.iter().rev().filter(|&&id| ledger.stands(id)).find_map(|&id| ledger.get(id))
    }

    /// The last position of the journal that is taken in.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The plan in force for a disease: the last word that stands.
    pub fn plan(&self, disease: &Disease) -> Option<&Arc<Plan>> {
        if let Some(plan) = self.settings.instead.get(disease) {
            return Some(plan);
        }
        let fact = self.last_standing(self.plans_said.get(disease)?)?;
        let Body::PlanInForce { plan, digest, .. } = fact.body() else { return None };
        self.settings.plans.get(plan).filter(|(at_hand, _)| at_hand == digest).map(|(_, plan)| plan)
    }

    /// Who answers for a person, before any hand-over.
    pub fn residence(&self, person: PersonId) -> Option<Jurisdiction> {
        let ids = self.world.aliases.all(person);
        ids.into_iter()
            .find_map(|id| self.world.homes.of(id, &self.world.ledger))
            .map(|residence| residence.jurisdiction)
    }

    // ---- taking in ----

    fn take_in(&mut self, entry: &Entry, bulk: Bulk) -> Result<Touched, SituationError> {
        let mut touched = Touched::default();
        // Who is touched before the fact counts (old homes, old groups, old footprints) and after.
        if let Some(superseded) = entry.fact.draft.supersedes {
            self.touch(superseded, &mut touched);
        }
        let changed = self.world.ledger.add(entry.position, entry.fact.clone());
        self.position = entry.position;
        for &id in &changed[1..] {
            self.follow_standing(id)?;
        }
        self.note(&entry.fact, bulk, &mut touched)?;
        for id in changed {
            self.touch(id, &mut touched);
        }
        Ok(touched)
    }

    /// Brings the world in line with a fact that no longer stands, or stands again.
    fn follow_standing(&mut self, id: FactId) -> Result<(), SituationError> {
        let Some(fact) = self.world.ledger.get(id).cloned() else { return Ok(()) };
        let stands = self.world.ledger.stands(id);
        match fact.body() {
            Body::Visit { .. } => {
                self.world.visits.remove_live(|origin| origin == Origin::Fact(id));
                if stands {
                    self.add_visit(&fact);
                }
            }
            Body::Batch { .. } if stands => return Err(SituationError::Rebuild(id)),
            Body::Batch { rows_are: facts::BatchKind::Visits, .. } => self.world.visits.remove_batch(id),
            Body::Batch { .. } => return Err(SituationError::Rebuild(id)),
            Body::SamePerson { .. } | Body::NotSamePerson { .. } => self.world.aliases.regroup(&self.world.ledger),
            _ => {}
        }
        Ok(())
    }

    /// Puts a new fact where later questions find it.
    fn note(&mut self, fact: &Arc<Fact>, bulk: Bulk, touched: &mut Touched) -> Result<(), SituationError> {
        match (fact.body(), bulk) {
            (Body::Visit { .. }, _) => self.add_visit(fact),
            (Body::Letter(_), _) => self.world.letters.push(fact.id),
            (Body::Residence { person, home, .. }, _) => self.world.homes.note(*person, *home, fact.id),
            (Body::SamePerson { person, with } | Body::NotSamePerson { person, with }, _) => {
                self.touch(fact.id, touched);
                self.world.aliases.note(*person, *with, fact.id);
                self.world.aliases.regroup(&self.world.ledger);
            }
            (Body::PlanInForce { disease, .. }, _) => {
                self.plans_said.entry(disease.clone()).or_default().push(fact.id);
            }
            (Body::Batch { assumed_dwell_minutes, .. }, Bulk::Visits(rows)) => {
                let dwell = assumed_dwell_minutes.unwrap_or(ASSUMED_DWELL_MINUTES);
                self.world.visits.add_batch(fact.id, &rows, dwell)?;
                // Footprints of open cases are joined to every batch as it arrives.
                if !self.derived.cases.is_empty() {
                    for (number, row) in rows.iter().enumerate() {
                        let origin = Origin::Batch(fact.id, number as u32);
                        self.touch_stay(&Stay::of_row(row, dwell, origin), touched);
                    }
                }
            }
            (Body::VisitsWithdrawn { of, .. }, Bulk::Withdrawn(rows)) => {
                let dwell = match self.world.ledger.get(*of).map(|batch| batch.body()) {
                    Some(Body::Batch { assumed_dwell_minutes: Some(minutes), .. }) => *minutes,
                    _ => ASSUMED_DWELL_MINUTES,
                };
                for &(number, row) in &rows {
                    self.touch_stay(&Stay::of_row(&row, dwell, Origin::Batch(*of, number)), touched);
                }
                self.world.visits.withdraw(*of, rows.iter().map(|&(number, _)| number));
            }
            (Body::Batch { .. }, Bulk::Residents(rows)) => {
                self.world.homes.add_roster(fact.id, &rows, fact.recorded);
                touched.everything = true;
            }
            (Body::Batch { .. }, Bulk::Units(rows)) => {
                Arc::make_mut(&mut self.world.units).extend(rows.into_iter().map(|row| (row.unit, row)));
                touched.everything = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn add_visit(&mut self, fact: &Fact) {
        if let Body::Visit { person, unit, span, seat_row } = fact.body() {
            let window = Window { from: span.start().as_second(), until: span.end().as_second() };
            self.world.visits.add_live(Stay {
                person: *person,
                unit: *unit,
                window,
                assumed_end: false,
                seat_row: *seat_row,
                origin: Origin::Fact(fact.id),
            });
        }
    }

    // ---- who is touched ----

    fn touch(&self, id: FactId, touched: &mut Touched) {
        let Some(fact) = self.world.ledger.get(id) else { return };
        for person in fact.body().people() {
            touched.people.insert(person);
            touched.people.insert(self.world.aliases.of(person));
        }
        match fact.body() {
            // The end of someone's infectious window, or of their own ring.
            Body::FollowUp { person, step: Step::Control, .. } | Body::Death { person } => {
                self.touch_cases_led_by(*person, touched);
            }
            Body::ContactStated { person, with, .. } => {
                self.touch_cases_around(*person, touched);
                self.touch_cases_around(*with, touched);
            }
            Body::Visit { person, unit, span, .. } => {
                let window = Window { from: span.start().as_second(), until: span.end().as_second() };
                self.touch_cases_around(*person, touched);
                touched.cases.extend(self.derived.footprints_in(*unit, window));
            }
            Body::Residence { person, home, .. } => {
                let before = self.world.homes.of(*person, &self.world.ledger).and_then(|residence| residence.home);
                for home in home.iter().copied().chain(before) {
                    for (resident, _) in self.world.homes.residents(home, &self.world.ledger) {
                        self.touch_cases_around(resident, touched);
                    }
                }
                self.touch_cases_around(*person, touched);
                touched.cases_changed.extend(self.derived.cases_of(self.world.aliases.of(*person)).map(|case| case.id));
            }
            Body::SamePerson { person, with } | Body::NotSamePerson { person, with } => {
                for id in self.world.aliases.all(*person).into_iter().chain(self.world.aliases.all(*with)) {
                    touched.people.insert(id);
                    self.touch_cases_around(id, touched);
                    touched.cases_changed.extend(self.derived.cases_of(id).map(|case| case.id));
                }
            }
            Body::Confirmation { of } => self.touch(*of, touched),
            Body::HandOverAnswer { of, .. } => self.touch(*of, touched),
            Body::PlanInForce { .. } => touched.everything = true,
            Body::Batch { .. } if !self.world.ledger.stands(id) => touched.everything = true,
            _ => {}
        }
    }

    fn touch_stay(&self, stay: &Stay, touched: &mut Touched) {
        self.touch_cases_around(stay.person, touched);
        touched.cases.extend(self.derived.footprints_in(stay.unit, stay.window));
    }

    /// Every case that a person is, or whose second ring they lead to.
    fn touch_cases_led_by(&self, person: PersonId, touched: &mut Touched) {
        let person = self.world.aliases.of(person);
        touched.cases.extend(self.derived.cases_of(person).map(|case| case.id));
        let leads = |id: &CaseId| self.derived.rings.get(id).is_some_and(|rings| rings.first.contains_key(&person));
        touched.cases.extend(self.derived.cases_exposing(person).filter(leads));
    }

    /// Every case that a person is or is a contact of, by their own id and by the one that stands for them.
    fn touch_cases_around(&self, person: PersonId, touched: &mut Touched) {
        for id in [person, self.world.aliases.of(person)] {
            touched.cases.extend(self.derived.cases_of(id).map(|case| case.id));
            touched.cases.extend(self.derived.cases_exposing(id));
        }
    }

    // ---- deriving ----

    /// Derives every conclusion anew.
    pub fn derive_everything(&mut self) -> Changes {
        self.derive(Touched { everything: true, ..Touched::default() })
    }

    fn derive(&mut self, mut touched: Touched) -> Changes {
        if touched.everything {
            touched.people.extend(self.world.ledger.people());
            touched.people.extend(self.derived.people.keys());
            touched.cases.extend(self.derived.rings.keys());
        }
        // Whoever is merged or split is derived under every id they had or have.
        let mut changes = Changes::default();
        let people: BTreeSet<PersonId> =
            touched.people.iter().flat_map(|&person| [person, self.world.aliases.of(person)]).collect();
        for &person in &people {
            self.derive_cases(person, &mut touched.cases_changed, &mut changes);
        }
        let mut affected = people;
        for &case in touched.cases.union(&touched.cases_changed) {
            let members = self.derive_rings(case);
            let is_another = touched.everything || touched.cases_changed.contains(&case);
            affected.extend(if is_another { members.all } else { members.changed });
        }
        for person in affected {
            self.derive_person(person, &mut changes);
        }
        changes
    }

    /// Derives the cases of one id, and lists every case that is another than before.
    fn derive_cases(&mut self, person: PersonId, changed: &mut BTreeSet<CaseId>, changes: &mut Changes) {
        let stands_for_itself = self.world.aliases.of(person) == person;
        let diseases: BTreeSet<Disease> = self
            .plans_said
            .keys()
            .cloned()
            .chain(self.derived.cases_of(person).map(|case| case.disease.clone()))
            .collect();
        let about = self.world.ledger.about(&self.world.aliases.all(person));
        let confirmed = |id| self.world.ledger.is_confirmed(id);
        let known = Known { person, facts: &about, confirmed: &confirmed };
        let mut now: Vec<(Disease, Option<Case>)> = Vec::new();
        for disease in diseases {
            let found = self
                .plan(&disease)
                .filter(|_| stands_for_itself)
                .and_then(|plan| case(&known, plan, &self.settings.zone));
            now.push((disease, found));
        }
        for (disease, found) in now {
            let key = (person, disease);
            let before = self.derived.cases.get(&key);
            if before.map(|case| case.as_ref()) == found.as_ref() {
                continue;
            }
            let ids = (before.map(|case| case.id), found.as_ref().map(|case| case.id));
            self.derived.set_case(key, found.map(Arc::new));
            changed.extend(ids.0.into_iter().chain(ids.1));
            if ids.0 != ids.1 {
                changes.cases_closed.extend(ids.0);
                changes.cases_opened.extend(ids.1);
            }
        }
    }

    /// Derives the rings of one case.
    fn derive_rings(&mut self, id: CaseId) -> Members {
        let Some(case) = self.derived.case(id).filter(|case| case.traced).cloned() else {
            return self.derived.set_rings(id, None, Vec::new());
        };
        let Some(plan) = self.plan(&case.disease).cloned() else {
            return self.derived.set_rings(id, None, Vec::new());
        };
        let ends = |exposure: &Exposure| self.controlled_since(exposure.contact, exposure.first, &case.disease);
        let found = self.trace(&case, &plan, case.infectious);
        let mut prints = Vec::new();
        let mut print = |person: PersonId, window: Window| {
            for stay in self.world.stays_of(person, window) {
                // What lingers reaches whoever comes later, and a record of them may come later still.
                prints.push((stay.unit, plan.with_lingering(self.world.setting(stay.unit), stay.window)));
            }
        };
        print(case.person, case.infectious);
        if plan.rings.depth.value >= 2 {
            let leading = found.first.values().filter(|e| e.class == ContactClass::Close && e.leads_on);
            for exposure in leading {
                let until = ends(exposure).unwrap_or(Seconds::MAX);
                print(exposure.contact, Window { from: exposure.first, until });
            }
        }
        self.derived.set_rings(id, Some(found), prints)
    }

    /// Both rings of a case by a plan, in a window.
    fn trace(&self, case: &Case, plan: &Plan, window: Window) -> Rings {
        let around = self.world.around(case.found.as_second(), plan);
        let onset = case.first_day_began(&self.settings.zone);
        let ends = |exposure: &Exposure| self.controlled_since(exposure.contact, exposure.first, &case.disease);
        rings(&around, plan, Infectious { person: case.person, window, onset }, plan.rings.depth.value, ends)
    }

    /// When a case could have infected others by a plan; none where that would trace nobody.
    pub fn window_by(&self, id: CaseId, plan: &Plan) -> Option<Window> {
        self.case_by(id, plan).map(|case| case.infectious)
    }

    fn case_by(&self, id: CaseId, plan: &Plan) -> Option<Case> {
        let person = self.derived.case(id)?.person;
        let about = self.world.ledger.about(&self.world.aliases.all(person));
        let confirmed = |fact| self.world.ledger.is_confirmed(fact);
        let known = Known { person, facts: &about, confirmed: &confirmed };
        case(&known, plan, &self.settings.zone).filter(|case| case.traced)
    }

    /// What another plan, or the same one in another window, would have made of a case. Nothing follows from it.
    pub fn hypothesis(&self, id: CaseId, plan: &Plan, from: Option<Seconds>, until: Option<Seconds>) -> Hypothesis {
        let none = Hypothesis { infectious: None, rings: Rings::default() };
        let Some(by_plan) = self.case_by(id, plan) else { return none };
        let own = by_plan.infectious;
        let window = Window { from: from.unwrap_or(own.from), until: until.unwrap_or(own.until) };
        if window.from >= window.until {
            return none;
        }
        Hypothesis { infectious: Some(window), rings: self.trace(&by_plan, plan, window) }
    }

    /// Who shared a space too wide to meet in with a case, by the plan's screening rules. Nothing follows from it.
    pub fn screening_flags(&self, id: CaseId) -> BTreeMap<PersonId, ScreeningFlag> {
        let Some(case) = self.derived.case(id).filter(|case| case.traced) else { return BTreeMap::new() };
        let Some(plan) = self.plan(&case.disease) else { return BTreeMap::new() };
        let around = self.world.around(case.found.as_second(), plan.as_ref()).wide();
        let onset = case.first_day_began(&self.settings.zone);
        screening_flags(&around, plan, Infectious { person: case.person, window: case.infectious, onset })
    }

    /// When someone was put under control for a disease, or died, first since a time.
    fn controlled_since(&self, person: PersonId, since: Seconds, disease: &Disease) -> Option<Seconds> {
        let about = self.world.ledger.about(&self.world.aliases.all(person));
        about
            .iter()
            .filter(|fact| match fact.body() {
                Body::FollowUp { disease: of, step: Step::Control, .. } => of == disease,
                Body::Death { .. } => true,
                _ => false,
            })
            .map(|fact| fact.occurred().as_second())
            .filter(|&at| at >= since)
            .min()
    }

    fn derive_person(&mut self, person: PersonId, changes: &mut Changes) {
        let now =
            if self.world.aliases.of(person) == person { self.conclude(person) } else { PersonSituation::default() };
        let before = self.derived.people.get(&person).cloned();
        if before.as_deref().unwrap_or(&PersonSituation::default()) == &now {
            return;
        }
        let before = self.derived.set_person(person, now);
        changes.people.push(Change { person, before, after: self.derived.people.get(&person).cloned() });
    }

    fn conclude(&self, person: PersonId) -> PersonSituation {
        let about = self.world.ledger.about(&self.world.aliases.all(person));
        let died = about.iter().find(|fact| matches!(fact.body(), Body::Death { .. })).map(|fact| fact.occurred());
        let zone = &self.settings.zone;
        let mut requirements: Vec<Requirement> = Vec::new();
        for case in self.derived.cases_of(person) {
            requirements.extend(self.plan(&case.disease).and_then(|plan| of_case(case, plan, zone)));
        }
        for case in self.derived.cases_exposing(person).filter_map(|id| self.derived.case(id)) {
            let exposure = self.derived.rings.get(&case.id).and_then(|rings| rings.exposure_of(person));
            let plan = self.plan(&case.disease);
            requirements.extend(exposure.zip(plan).and_then(|(exposure, plan)| of_contact(case, exposure, plan, zone)));
        }
        let ids = self.world.aliases.all(person);
        let plan = |disease: &Disease| self.plan(disease).map(|plan| plan.as_ref());
        requirements.extend(of_letters(|id| ids.contains(&id), &about, plan, zone).into_iter().map(|requirement| {
            // Whichever of their ids the letter was given, it asks for one human being.
            Requirement { person, ..requirement }
        }));
        if let Some(died) = died {
            requirements = requirements.into_iter().filter_map(|requirement| requirement.ending_by(died)).collect();
        }
        requirements.sort_by_key(|requirement| (requirement.from, requirement.ground, requirement.case));
        PersonSituation { duties: self.duties(person, &requirements, &about), requirements }
    }

    fn duties(&self, person: PersonId, requirements: &[Requirement], about: &[&Fact]) -> Vec<Search> {
        let diseases: BTreeSet<&Disease> = requirements.iter().map(|requirement| &requirement.disease).collect();
        let mut duties = Vec::new();
        for disease in diseases {
            let Some(plan) = self.plan(disease) else { continue };
            let of_disease: Vec<&Requirement> = requirements.iter().filter(|r| &r.disease == disease).collect();
            duties.extend(locate_and_control(&Basis {
                person,
                disease,
                requirements: &of_disease,
                facts: about,
                residence: self.residence(person).unwrap_or_else(|| self.last_seen_in(person, &of_disease)),
                deadlines: &plan.deadlines,
                ladder: plan.search_ladder(),
            }));
        }
        duties
    }

    /// Where to start looking for someone whose residence nobody knows: where a letter says, else where they
    /// were exposed, else where the case lives.
    fn last_seen_in(&self, person: PersonId, requirements: &[&Requirement]) -> Jurisdiction {
        let asked_to = requirements.iter().find_map(|requirement| requirement.by_letter.map(|letter| letter.to));
        let exposed_in = requirements.iter().find_map(|requirement| {
            let exposure = self.derived.rings.get(&requirement.case)?.exposure_of(person)?;
            exposure.meetings.iter().find_map(|meeting| match meeting.evidence {
                Evidence::SameUnit { unit, .. } => self.world.unit(unit).map(|unit| unit.jurisdiction),
                _ => None,
            })
        });
        let case_lives_in =
            || requirements.iter().find_map(|requirement| self.residence(self.derived.case(requirement.case)?.person));
        asked_to.or(exposed_in).or_else(case_lives_in).unwrap_or(self.settings.fallback)
    }
}
