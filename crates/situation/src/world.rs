//! Everything that shows that two people met: visits, homes, statements, seen through aliases.

#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
use std::collections::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contacts::{Evidence, Meeting, Presence, Rules};
use facts::{Body, Channel, Fact, FactId, Masked, PersonId, Setting, Timestamp, UnitId, UnitRow};
use visits::{Origin, Seconds, Stay, VisitIndex, Window};

use crate::aliases::Aliases;
use crate::homes::Homes;
use crate::ledger::Ledger;

/// The records of who was where, and what those places are.
#[derive(Clone, Default)]
#[allow(clippy::disallowed_types)] // only ever looked up in; its order is never seen
pub struct World {
    /// The facts.
    pub ledger: Ledger,
    /// Which ids are one person.
    pub aliases: Aliases,
    /// Who lives where.
    pub homes: Homes,
    /// Who was where.
    pub visits: VisitIndex,
    /// What the units are.
    pub units: Arc<HashMap<UnitId, UnitRow>>,
    /// What passed between deployments, in journal order.
    pub letters: Vec<FactId>,
    /// When each intake that is not yet batched was received.
    pub intake: BTreeMap<u64, Timestamp>,
}

impl World {
    /// What a unit is.
    pub fn unit(&self, unit: UnitId) -> Option<&UnitRow> {
        self.units.get(&unit)
    }

    /// Whether two people share a home.
    pub fn live_together(&self, a: PersonId, b: PersonId) -> bool {
        let home = |person| self.homes.of(person, &self.ledger).and_then(|residence| residence.home);
        home(a).is_some_and(|own| home(b) == Some(own))
    }

    /// Every stay of a person under any of their ids, by start.
    pub fn stays_of(&self, person: PersonId, window: Window) -> Vec<Stay> {
        let ids = self.aliases.all(person);
        let mut stays: Vec<Stay> = ids.into_iter().flat_map(|id| self.visits.stays_of(id, window)).collect();
        stays.sort_unstable_by_key(|stay| (stay.window, stay.unit, stay.origin));
        stays
    }

    /// When a stay was recorded.
    pub fn recorded(&self, origin: Origin) -> Timestamp {
        match origin {
            Origin::Fact(fact) => self.ledger.get(fact).map(|fact| fact.recorded),
            Origin::Batch(fact, row) => self.ledger.get(fact).map(|fact| fact.row_known(u64::from(row))),
            Origin::Intake(intake, _) => self.intake.get(&intake).copied(),
        }
        .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The fact behind a stay, when one person's word is all there is to it.
    fn asserted(&self, origin: Origin) -> Option<FactId> {
        let Origin::Fact(id) = origin else { return None };
        let typed_in = self.ledger.get(id)?.draft.source.channel == Channel::Entry;
        (typed_in && !self.ledger.is_confirmed(id)).then_some(id)
    }

    /// In what kind of space a unit's visitors are together.
    pub fn setting(&self, unit: UnitId) -> Setting {
        self.unit(unit).map_or(Setting::Other, |unit| unit.setting)
    }

    fn at_home(&self, person: PersonId, window: Window, meetings: &mut Vec<Meeting>) {
        if window.from >= window.until {
            return;
        }
        let mut met = BTreeSet::new();
        for id in self.aliases.all(person) {
            let Some(own) = self.homes.of(id, &self.ledger) else { continue };
            let Some(home) = own.home else { continue };
            let residents = self.homes.residents(home, &self.ledger);
            let everyone: BTreeSet<PersonId> = residents.iter().map(|(who, _)| self.aliases.of(*who)).collect();
            let others = everyone.iter().filter(|&&who| who != person).count() as f64;
            for (resident, theirs) in residents {
                let with = self.aliases.of(resident);
                if with != person && met.insert((with, home)) {
                    meetings.push(Meeting {
                        of: person,
                        with,
                        window,
                        setting: Setting::Home,
                        masked: None,
                        ventilation: None,
                        others: Some(others),
                        evidence: Evidence::SameHousehold { unit: home, own: own.said_by, theirs: theirs.said_by },
                        known: own.recorded.max(theirs.recorded),
                        through_one_word: false,
                    });
                }
            }
        }
    }

    fn stated(&self, person: PersonId, window: Window, meetings: &mut Vec<Meeting>) {
        let about = self.ledger.about(&self.aliases.all(person));
        let statements: Vec<(&Fact, PersonId, Window, Setting, Option<Masked>)> = about
            .iter()
            .filter_map(|fact| match fact.body() {
                Body::ContactStated { person: one, with: other, span, setting, masked, .. } => {
                    let (one, other) = (self.aliases.of(*one), self.aliases.of(*other));
                    let with = if one == person { other } else { one };
                    let told = Window { from: span.start().as_second(), until: span.end().as_second() };
                    Some((*fact, with, told, *setting, *masked)).filter(|_| with != person)
                }
                _ => None,
            })
            .collect();
        for &(fact, with, told, setting, masked) in &statements {
            let Some(window) = told.overlap(window) else { continue };
            let actor = fact.draft.source.actor;
            let agreed = statements.iter().any(|(other, whom, ..)| *whom == with && other.draft.source.actor != actor);
            meetings.push(Meeting {
                of: person,
                with,
                window,
                setting,
                masked,
                ventilation: None,
                others: None,
                evidence: Evidence::Stated {
                    fact: fact.id,
                    by: actor,
                    confirmed: agreed || self.ledger.is_confirmed(fact.id),
                },
                known: fact.recorded,
                through_one_word: false,
            });
        }
    }

    /// The world as one case's tracing sees it: households count until the case was found, stays as long as
    /// the rules let them.
    pub fn around<'a, R: Rules>(&'a self, household_until: Seconds, rules: &'a R) -> Around<'a, R> {
        Around { world: self, household_until, rules, wide: false }
    }
}

/// A world, the rules that stays count by, and until when living together counts as meeting.
///
/// Visits end with a record. Living together has none, so it is taken to last until the case was found and
/// no longer: what we do not know must not prolong anyone's restriction.
pub struct Around<'a, R> {
    world: &'a World,
    household_until: Seconds,
    rules: &'a R,
    wide: bool,
}

impl<R: Rules> Around<'_, R> {
    /// With the spaces that are too wide to meet in, which screening looks at.
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    fn at_units(&self, person: PersonId, window: Window, meetings: &mut Vec<Meeting>) {
        let Self { world, rules, .. } = self;
        for mut own in world.stays_of(person, window) {
            let setting = world.setting(own.unit);
            if !self.wide && !rules.decides(setting) {
                continue;
            }
            let Some(within) = rules.capped(setting, own.window).overlap(window) else { continue };
            own.window = rules.with_lingering(setting, within);
            own.person = person;
            let ventilation = world.unit(own.unit).and_then(|unit| unit.ventilation);
            let mut present = world.visits.present_in(own.unit, own.window);
            for theirs in &mut present {
                theirs.window = rules.capped(setting, theirs.window);
                theirs.person = world.aliases.of(theirs.person);
            }
            let others = others_present(&own, &present);
            for theirs in present {
                let known = world.recorded(own.origin).max(world.recorded(theirs.origin));
                let Some(mut meeting) = Meeting::of_stays(&own, &theirs, setting, known) else { continue };
                if let Evidence::SameUnit { asserted, .. } = &mut meeting.evidence {
                    *asserted = world.asserted(own.origin).or_else(|| world.asserted(theirs.origin));
                }
                meeting.ventilation = ventilation;
                meeting.others = Some(others);
                meetings.push(meeting);
            }
        }
    }
}

/// How many others were there on average during a stay.
fn others_present(own: &Stay, present: &[Stay]) -> f64 {
    let shared = present.iter().filter(|theirs| theirs.person != own.person);
    let seconds: i64 = shared.filter_map(|theirs| theirs.window.overlap(own.window)).map(Window::seconds).sum();
    seconds as f64 / own.window.seconds().max(1) as f64
}

impl<R: Rules> Presence for Around<'_, R> {
    fn meetings(&self, person: PersonId, window: Window) -> Vec<Meeting> {
        let mut meetings = Vec::new();
        self.at_units(person, window, &mut meetings);
        let together = Window { from: window.from, until: window.until.min(self.household_until) };
        self.world.at_home(person, together, &mut meetings);
        self.world.stated(person, window, &mut meetings);
        meetings
    }
}
