//! People: their status and why, who they are (for a purpose), and whether two are one.

use std::collections::BTreeSet;

use access::Field;
use axum::Json;
use axum::extract::{Path, Query, State};
use facts::{Body, Draft, Jurisdiction, PersonId, Purpose, Scope, UnitId};
use registry::{By, Identity, NewPerson, Secret};
use serde::{Deserialize, Serialize};
use situation::Situation;
use utoipa::{IntoParams, ToSchema};

use super::recording::{draft, visible};
use crate::accounts::{Action, Role};
use crate::refusal::Refusal;
use crate::session::{App, SignedIn};
use crate::views::{Consequence, Masked, PersonView, is_theirs, sees_person, with_names};

/// A person: what is required of them, why, until when, and how it ends.
#[utoipa::path(get, path = "/people/{id}", params(("id" = String, Path)), responses((status = 200, body = PersonView)))]
pub async fn person(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<PersonId>,
) -> Result<Json<PersonView>, Refusal> {
    let scope = asking.may(Action::SeePerson)?;
    let deployment = &app.deployment;
    let view = {
        let situation = deployment.situation();
        if !sees_person(&situation, &scope, id) {
            return Err(Refusal::NotFound);
        }
        PersonView::of(&situation, &deployment.geography(), &scope, id, deployment.now())
    };
    Ok(Json(with_names(view, deployment).await?))
}

/// Who someone is.
#[derive(Default, Serialize, ToSchema)]
pub struct IdentityView {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl IdentityView {
    /// What a role is shown of an identity, by the policies.
    fn to(role: Role, identity: Identity) -> Self {
        let open =
            |field: Field, value: Option<Secret<String>>| value.filter(|_| role.sees(field)).map(Secret::into_exposed);
        Self {
            name: open(Field::Name, identity.name),
            id_number: open(Field::IdNumber, identity.id_number),
            phone: open(Field::Phone, identity.phone),
            address: open(Field::Address, identity.address),
        }
    }
}

/// Refuses the purposes that belong to other doors: imports, appeals, audits.
pub fn officers(purpose: Purpose) -> Result<Purpose, Refusal> {
    match purpose {
        Purpose::Investigation | Purpose::Locating | Purpose::FollowUp => Ok(purpose),
        _ => Err(Refusal::invalid("purpose", "expected investigation, locating or follow-up")),
    }
}

/// Whether someone of the registry is theirs to see: by the situation, or where it knows no residence, by
/// the registry, which was asked within their scope.
fn seen(situation: &Situation, scope: &Scope, person: PersonId) -> bool {
    situation.residence(person).is_none() || sees_person(situation, scope, person)
}

/// The identity of someone visible. A duty about them reaches beyond where they live; the look is recorded.
async fn revealed(app: &App, asking: &SignedIn, person: PersonId, purpose: Purpose) -> Result<Identity, Refusal> {
    let scope = asking.may(Action::RevealIdentity)?;
    let purpose = officers(purpose)?;
    visible(app, &scope, person)?;
    let deployment = &app.deployment;
    let all = deployment.profile().jurisdiction.unwrap_or(scope.jurisdiction);
    let lent = Scope { jurisdiction: all, ..scope };
    let ids = deployment.situation().world().aliases.all(person);
    for id in ids {
        if let Some(identity) = deployment.registry.reveal(&lent, purpose, id, deployment.now()).await? {
            return Ok(identity);
        }
    }
    Ok(Identity::default())
}

/// What someone looks for.
#[derive(Deserialize, ToSchema)]
pub struct Why {
    #[schema(value_type = String)]
    purpose: Purpose,
}

/// See who someone is. The purpose is recorded.
#[utoipa::path(post, path = "/people/{id}/reveal", params(("id" = String, Path)),
    responses((status = 200, body = IdentityView)))]
pub async fn reveal(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<PersonId>,
    Json(why): Json<Why>,
) -> Result<Json<IdentityView>, Refusal> {
    let identity = revealed(&app, &asking, id, why.purpose).await?;
    Ok(Json(IdentityView::to(asking.account.role, identity)))
}

/// Why contact details are looked at.
#[derive(Deserialize, IntoParams)]
pub struct WhyQuery {
    #[param(value_type = String)]
    purpose: Purpose,
}

/// Whom to call and where to go, for whoever owes an open duty about the person.
#[utoipa::path(get, path = "/people/{id}/contact-details", params(("id" = String, Path), WhyQuery),
    responses((status = 200, body = IdentityView)))]
pub async fn contact_details(
    State(app): State<App>,
    asking: SignedIn,
    Path(id): Path<PersonId>,
    Query(why): Query<WhyQuery>,
) -> Result<Json<IdentityView>, Refusal> {
    let scope = asking.may(Action::FulfilDuty)?;
    let owes = {
        let situation = app.deployment.situation();
        let known = situation.derived().people.get(&situation.world().aliases.of(id));
        let now = app.deployment.now();
        known.is_some_and(|known| known.duties.iter().any(|duty| duty.is_open(now) && is_theirs(duty, &scope)))
    };
    if !owes {
        return Err(Refusal::NotFound);
    }
    let identity = IdentityView::to(asking.account.role, revealed(&app, &asking, id, why.purpose).await?);
    Ok(Json(IdentityView { id_number: None, ..identity }))
}

/// What to look for.
#[derive(Deserialize, ToSchema)]
pub struct Search {
    /// `id-number`, `phone` or `name`.
    by: String,
    value: String,
    #[schema(value_type = String)]
    purpose: Purpose,
}

/// Someone who was found.
#[derive(Serialize, ToSchema)]
pub struct FoundView {
    #[schema(value_type = String)]
    person: PersonId,
    masked_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    jurisdiction: Option<Jurisdiction>,
}

impl Masked for FoundView {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        put(self.person, &mut self.masked_name);
    }
}

/// Find people by an exact value. Each who is found is recorded as looked up.
#[utoipa::path(post, path = "/people/search", responses((status = 200, body = Vec<FoundView>)))]
pub async fn search(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<Search>,
) -> Result<Json<Vec<FoundView>>, Refusal> {
    let scope = asking.may(Action::RevealIdentity)?;
    let value = Secret::new(given.value.trim().to_owned());
    let by = match given.by.as_str() {
        "id-number" => By::IdNumber(value),
        "phone" => By::Phone(value),
        "name" => By::Name(value),
        _ => return Err(Refusal::invalid("by", "expected id-number, phone or name")),
    };
    let deployment = &app.deployment;
    let found = crate::importing::find(deployment, &scope, officers(given.purpose)?, by).await?;
    let people = {
        let situation = deployment.situation();
        let mut shown = BTreeSet::new();
        let mut people = Vec::new();
        for found in found {
            let person = situation.world().aliases.of(found.person);
            if seen(&situation, &scope, person) && shown.insert(person) {
                let jurisdiction = situation.residence(person).or(Some(found.jurisdiction));
                people.push(FoundView { person, masked_name: String::new(), jurisdiction });
            }
        }
        people
    };
    Ok(Json(with_names(people, deployment).await?))
}

/// Someone new.
#[derive(Deserialize, ToSchema)]
pub struct NewcomerGiven {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    id_number: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[schema(value_type = String)]
    jurisdiction: Jurisdiction,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    home: Option<UnitId>,
}

/// Someone who is registered now.
#[derive(Serialize, ToSchema)]
pub struct Newcomer {
    #[schema(value_type = String)]
    person: PersonId,
}

/// Register someone who is not known yet.
#[utoipa::path(post, path = "/people", responses((status = 200, body = Newcomer)))]
pub async fn register(
    State(app): State<App>,
    asking: SignedIn,
    Json(given): Json<NewcomerGiven>,
) -> Result<Json<Newcomer>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    let deployment = &app.deployment;
    if !scope.covers(given.jurisdiction) {
        return Err(Refusal::invalid("jurisdiction", "lies outside your own"));
    }
    let filled = |value: Option<String>| {
        value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).map(Secret::new)
    };
    let identity = Identity {
        name: filled(given.name),
        id_number: filled(given.id_number),
        phone: filled(given.phone),
        address: filled(given.address),
    };
    if let Some(number) = &identity.id_number {
        check_id_number(&app, number.expose())?;
    }
    let person: PersonId = deployment.chance.id();
    let new = NewPerson { person, identity, jurisdiction: given.jurisdiction, external: None };
    deployment.registry.register(&scope, Purpose::Investigation, vec![new], deployment.now()).await?;
    let body = Body::Residence { person, home: given.home, jurisdiction: given.jurisdiction };
    deployment.record(vec![draft(&app, &asking, None, Purpose::Investigation, body)]).await?;
    Ok(Json(Newcomer { person }))
}

/// Refuses a resident id number that GB 11643 does not allow. The message never repeats the number.
fn check_id_number(app: &App, number: &str) -> Result<(), Refusal> {
    let today = crate::deployment::zone().to_datetime(app.deployment.now()).date();
    registry::id_number::check(number, today, None)
        .map(|_| ())
        .map_err(|error| Refusal::invalid("id_number", error.to_string()))
}

/// Two ids.
#[derive(Deserialize, ToSchema)]
pub struct Pair {
    #[schema(value_type = String)]
    person: PersonId,
    #[schema(value_type = String)]
    with: PersonId,
    #[serde(default)]
    preview: bool,
}

async fn decide(app: &App, asking: &SignedIn, pair: &Pair, body: Body) -> Result<Json<Consequence>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    visible(app, &scope, pair.person)?;
    visible(app, &scope, pair.with)?;
    let draft: Draft = draft(app, asking, None, Purpose::Investigation, body);
    super::recording::record_or_preview(app, vec![draft], pair.preview).await
}

/// Two ids are one person.
#[utoipa::path(post, path = "/people/merge", responses((status = 200, body = Consequence)))]
pub async fn merge(
    State(app): State<App>,
    asking: SignedIn,
    Json(pair): Json<Pair>,
) -> Result<Json<Consequence>, Refusal> {
    let body = Body::SamePerson { person: pair.person, with: pair.with };
    decide(&app, &asking, &pair, body).await
}

/// Two ids are two people.
#[utoipa::path(post, path = "/people/split", responses((status = 200, body = Consequence)))]
pub async fn split(
    State(app): State<App>,
    asking: SignedIn,
    Json(pair): Json<Pair>,
) -> Result<Json<Consequence>, Refusal> {
    let body = Body::NotSamePerson { person: pair.person, with: pair.with };
    decide(&app, &asking, &pair, body).await
}

/// Two people who may be one.
#[derive(Serialize, ToSchema)]
pub struct Duplicate {
    a: FoundView,
    b: FoundView,
    reasons: Vec<&'static str>,
    score: f64,
}

impl Masked for Duplicate {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        self.a.each_name(put);
        self.b.each_name(put);
    }
}

/// People who share an id number or a phone, and of whom nobody has said yet whether they are one.
#[utoipa::path(get, path = "/duplicates", responses((status = 200, body = Vec<Duplicate>)))]
pub async fn duplicates(State(app): State<App>, asking: SignedIn) -> Result<Json<Vec<Duplicate>>, Refusal> {
    let scope = asking.may(Action::Investigate)?;
    let deployment = &app.deployment;
    let pairs = deployment.registry.likely_duplicates(&scope).await?;
    let view = {
        let situation = deployment.situation();
        let aliases = &situation.world().aliases;
        let found = |person: PersonId| FoundView {
            person,
            masked_name: String::new(),
            jurisdiction: situation.residence(person),
        };
        pairs
            .into_iter()
            .filter(|pair| !aliases.is_decided(pair.a, pair.b))
            // A family shares its phone; that makes nobody the same person.
            .filter(|pair| pair.same_id_number || !situation.world().live_together(pair.a, pair.b))
            .filter(|pair| [pair.a, pair.b].into_iter().all(|person| seen(&situation, &scope, person)))
            .map(|pair| Duplicate {
                a: found(pair.a),
                b: found(pair.b),
                reasons: vec![if pair.same_id_number { "same-id-number" } else { "same-phone" }],
                score: if pair.same_id_number { 1.0 } else { 0.5 },
            })
            .collect::<Vec<_>>()
    };
    Ok(Json(with_names(view, deployment).await?))
}
