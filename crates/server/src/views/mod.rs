//! What screens are told, made from the situation. Nothing is concluded here.

pub mod board;
pub mod case;
pub mod contacts;
pub mod duty;
pub mod evidence;
pub mod graph;
pub mod headquarters;
pub mod hypothetical;
pub mod inspections;
pub mod letters;
pub mod orders;
pub mod overview;
pub mod paths;
pub mod person;
pub mod reports;
pub mod rosters;
pub mod screening;
pub mod spillover;
pub mod tree;
pub mod venue;
pub mod wave;

use std::collections::BTreeMap;

use facts::{ActorId, Body, CapacityFact, Fact, PersonId, ReportFact, Scope};
use plan::Words;
use serde::Serialize;
use situation::{Changes, Situation};
use utoipa::ToSchema;

pub use case::{CaseDetail, CaseRow};
pub use contacts::Contacts;
pub use duty::{Duties, DutyRow};
pub use evidence::{EvidenceView, RuleRef};
pub use overview::Overview;
pub use person::PersonView;

/// Words in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WordsView {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<Words> for WordsView {
    fn from(words: Words) -> Self {
        Self { zh: words.zh, en: words.en }
    }
}

/// A view that shows people by masked names and officers by their own, which come from the registry and the
/// accounts after the rest is made.
pub trait Masked {
    /// Calls `put` for each person shown, with the place for the name.
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String));

    /// Calls `put` for each officer shown, with the place for the name.
    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        let _ = put;
    }
}

impl<T: Masked> Masked for Vec<T> {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.iter_mut().for_each(|item| item.each_name(put));
    }

    fn each_officer(&mut self, put: &mut dyn FnMut(ActorId, &mut Option<String>)) {
        self.iter_mut().for_each(|item| item.each_officer(put));
    }
}

/// What stands where a person has no name in the registry, or an officer no account.
pub const NO_NAME: &str = "—";

/// Fills in the names of a view.
pub async fn with_names<T: Masked>(
    mut view: T,
    deployment: &crate::deployment::Deployment,
) -> Result<T, crate::refusal::Refusal> {
    let mut people = Vec::new();
    view.each_name(&mut |person, _| people.push(person));
    people.sort();
    people.dedup();
    let names: BTreeMap<PersonId, String> = deployment.masked_names(&people).await?;
    view.each_name(&mut |person, place| *place = names.get(&person).cloned().unwrap_or_else(|| NO_NAME.to_owned()));
    let mut officers = false;
    view.each_officer(&mut |_, _| officers = true);
    if officers {
        let accounts = deployment.accounts.all().await?;
        let names: BTreeMap<ActorId, &String> = accounts.iter().map(|account| (account.actor, &account.name)).collect();
        view.each_officer(&mut |officer, place| {
            *place = Some(names.get(&officer).map_or_else(|| NO_NAME.to_owned(), |name| (*name).clone()));
        });
    }
    Ok(view)
}

/// Whether a fact is theirs to open: one of those it concerns is theirs to see, or it concerns nobody.
pub fn sees_fact(situation: &Situation, scope: &Scope, fact: &Fact) -> bool {
    let ledger = &situation.world().ledger;
    let sees_any = |people: Vec<PersonId>| people.into_iter().any(|person| sees_person(situation, scope, person));
    let mut of = fact;
    loop {
        // What is said about a fact concerns whom the fact concerns.
        let said_about = match of.body() {
            Body::Confirmation { of } | Body::HandOverAnswer { of, .. } => Some(*of),
            Body::Withdrawn { .. } => of.draft.supersedes,
            Body::ListReconciled { case, jurisdiction, .. } => {
                let case = situation.derived().case(*case);
                return scope.covers(*jurisdiction) || case.is_some_and(|case| sees_any(vec![case.person]));
            }
            Body::Letter(said) if said.people().is_empty() => return true,
            Body::Post(said) => return said.headquarters().is_none_or(|whose| scope.covers(whose)),
            Body::Level(said) => return scope.covers(said.jurisdiction()),
            Body::Report(ReportFact::Confirmed { jurisdiction, .. } | ReportFact::Chased { jurisdiction, .. }) => {
                return scope.covers(*jurisdiction);
            }
            Body::Report(ReportFact::Case { case, .. }) => {
                let case = situation.derived().case(*case);
                return case.is_some_and(|case| sees_any(vec![case.person]));
            }
            Body::Capacity(said) => match said {
                CapacityFact::Stated { jurisdiction, .. } => return scope.covers(*jurisdiction),
                CapacityFact::AidAsked { from, of, .. } => return scope.covers(*from) || scope.covers(*of),
                CapacityFact::AidAnswered { of, .. }
                | CapacityFact::AidArrived { of, .. }
                | CapacityFact::AidEnded { of } => Some(*of),
            },
            Body::Batch { .. }
            | Body::VisitsWithdrawn { .. }
            | Body::Deleted { .. }
            | Body::PlanInForce { .. }
            | Body::SamePlace { .. }
            | Body::NotSamePlace { .. } => return true,
            body => return sees_any(body.people()),
        };
        match said_about.and_then(|id| ledger.get(id)) {
            Some(next) => of = next,
            None => return false,
        }
    }
}

/// What recording something caused, or would cause.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Consequence {
    /// The fact, once it is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub recorded: Option<facts::FactId>,
    /// Whether this is only what would follow.
    pub preview: bool,
    /// Duties that open.
    pub duties_opened: usize,
    /// Duties whose clock stops or that are taken back.
    pub duties_closed: usize,
    /// Counties that the opened duties fall to.
    pub jurisdictions: usize,
    /// People who become restricted.
    pub people_restricted: usize,
    /// People who stop being restricted.
    pub people_released: usize,
    /// Cases that open.
    pub cases_opened: usize,
    /// Cases that are taken back.
    pub cases_closed: usize,
    /// How long it took to derive, in milliseconds.
    pub elapsed_ms: u64,
    /// The case that the recorded fact made, when it made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub case: Option<facts::CaseId>,
}

impl Consequence {
    /// Sums up changes as they stand at a time.
    pub fn of(changes: &[Changes], at: facts::Timestamp) -> Self {
        let mut sum = Self::default();
        let mut counties = std::collections::BTreeSet::new();
        for change in changes {
            sum.cases_opened += change.cases_opened.len();
            sum.cases_closed += change.cases_closed.len();
            sum.case = change.cases_opened.first().copied().or(sum.case);
            for situation::Change { before, after, .. } in &change.people {
                let open = |it: &Option<std::sync::Arc<situation::PersonSituation>>| {
                    it.iter()
                        .flat_map(|person| person.duties.iter())
                        .filter(|duty| duty.is_open(at))
                        .map(|duty| (duty.id, duty.owner.territory))
                        .collect::<BTreeMap<_, _>>()
                };
                let (was, is) = (open(before), open(after));
                let opened = is.iter().filter(|(id, _)| !was.contains_key(id));
                counties.extend(opened.clone().map(|(_, territory)| territory.at(facts::Level::County)));
                sum.duties_opened += opened.count();
                sum.duties_closed += was.keys().filter(|id| !is.contains_key(id)).count();
                let restricted = |it: &Option<std::sync::Arc<situation::PersonSituation>>| {
                    it.as_ref().is_some_and(|person| person.colour(at).shown() != plan::PhaseColour::Green)
                };
                sum.people_restricted += usize::from(!restricted(before) && restricted(after));
                sum.people_released += usize::from(restricted(before) && !restricted(after));
            }
        }
        sum.jurisdictions = counties.len();
        sum
    }
}

/// Whether they are asked to take a duty over, and have not answered.
pub fn is_offered_to<A>(duty: &duties::Duty<A>, scope: &Scope) -> bool {
    duty.hand_over.is_some_and(|asked| asked.answer.is_none() && scope.covers(asked.to))
}

/// Whether a duty is theirs to do: owed by their jurisdiction, or given to them in person.
pub fn is_theirs<A>(duty: &duties::Duty<A>, scope: &Scope) -> bool {
    scope.covers(duty.owner.territory) || duty.owner.individual == Some(scope.actor)
}

/// Whether someone is theirs to see: they live within the scope, or a duty about them is owed there, or was
/// given to them in person.
pub fn sees_person(situation: &Situation, scope: &Scope, person: PersonId) -> bool {
    let canonical = situation.world().aliases.of(person);
    let lives_there = situation.residence(person).is_some_and(|jurisdiction| scope.covers(jurisdiction));
    let owed_there = || {
        let known = situation.derived().people.get(&canonical);
        known
            .into_iter()
            .flat_map(|known| &known.duties)
            .any(|duty| is_theirs(duty, scope) || is_offered_to(duty, scope))
    };
    lives_there || owed_there()
}
