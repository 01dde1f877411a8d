//! What the policies permit: read and evaluated once, looked up from then on.

use std::collections::BTreeSet;
#[allow(clippy::disallowed_types)] // Cedar's own interface asks for it; nothing here shows its order
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::action::Action;
use crate::error::AccessError;
use crate::role::Role;

/// The policies, as they are shipped.
const TEXTS: [(&str, &str); 4] = [
    ("roles.cedar", include_str!("../policies/roles.cedar")),
    ("break-glass.cedar", include_str!("../policies/break-glass.cedar")),
    ("limits.cedar", include_str!("../policies/limits.cedar")),
    ("fields.cedar", include_str!("../policies/fields.cedar")),
];

/// A field of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The name.
    Name,
    /// The number of a document.
    IdNumber,
    /// The telephone number.
    Phone,
    /// The address.
    Address,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 4] = [Self::Name, Self::IdNumber, Self::Phone, Self::Address];

    /// The name that policies and the registry use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::IdNumber => "id_number",
            Self::Phone => "phone",
            Self::Address => "address",
        }
    }
}

/// Every question that has one answer for all of a role, answered.
struct Decisions {
    may: BTreeSet<(Role, Action)>,
    beyond: BTreeSet<(Role, Action)>,
    sees: BTreeSet<(Role, Field)>,
}

static DECISIONS: LazyLock<Decisions> = LazyLock::new(|| {
    // The texts are part of the program, and the tests of this file read and evaluate every one of them.
    Decisions::of(&TEXTS).expect("the shipped policies can be read")
});

impl Role {
    /// Whether the role allows it; jurisdiction is a second question.
    pub fn may(self, action: Action) -> bool {
        DECISIONS.may.contains(&(self, action))
    }

    /// Whether the role allows it in the whole deployment while its holder has broken the glass.
    pub fn may_beyond(self, action: Action) -> bool {
        DECISIONS.beyond.contains(&(self, action))
    }

    /// Whether the role is shown a field of an identity that it may see.
    pub fn sees(self, field: Field) -> bool {
        DECISIONS.sees.contains(&(self, field))
    }
}

/// What policies speak of. The actions are those of the program, so that a policy cannot name another.
fn schema() -> Result<Schema, AccessError> {
    let actions: Vec<String> = Action::ALL.iter().map(|action| format!("\"{}\"", action.name())).collect();
    let text = format!(
        "entity Jurisdiction in [Jurisdiction];
         entity Role;
         entity Officer in [Role] {{ jurisdiction: Jurisdiction }};
         entity Field;
         action {} appliesTo {{ principal: Officer, resource: Jurisdiction, context: {{ glass: Bool }} }};
         action \"see-field\" appliesTo {{ principal: Officer, resource: Field }};",
        actions.join(", ")
    );
    let (schema, _) = Schema::from_cedarschema_str(&text).map_err(|error| AccessError::policy("the schema", error))?;
    Ok(schema)
}

fn policies(texts: &[(&'static str, &str)], schema: &Schema) -> Result<PolicySet, AccessError> {
    let mut whole = PolicySet::new();
    for (file, text) in texts {
        let set: PolicySet = text.parse().map_err(|error| AccessError::policy(file, error))?;
        let checked = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        if let Some(error) = checked.validation_errors().next() {
            return Err(AccessError::policy(file, error));
        }
        whole.merge(&set, true).map_err(|error| AccessError::policy(file, error))?;
    }
    Ok(whole)
}

fn uid(kind: &str, name: &str) -> Result<EntityUid, AccessError> {
    let kind: EntityTypeName = kind.parse().map_err(|error| AccessError::policy("an entity", error))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

/// Someone of a role, whose jurisdiction is `here`, in a world of jurisdictions with their parents.
#[allow(clippy::disallowed_types)]
fn world(role: Role, here: &str, places: &[(&str, Option<&str>)]) -> Result<(EntityUid, Entities), AccessError> {
    let officer = uid("Officer", "someone")?;
    let role = uid("Role", role.name())?;
    let jurisdiction = RestrictedExpression::new_entity_uid(uid("Jurisdiction", here)?);
    let attributes = HashMap::from([("jurisdiction".to_owned(), jurisdiction)]);
    let someone = Entity::new(officer.clone(), attributes, HashSet::from([role.clone()]));
    let someone = someone.map_err(|error| AccessError::policy("an entity", error))?;
    let mut entities = vec![someone, Entity::new_no_attrs(role, HashSet::new())];
    for (place, parent) in places {
        let parents = parent.map(|parent| uid("Jurisdiction", parent)).transpose()?;
        entities.push(Entity::new_no_attrs(uid("Jurisdiction", place)?, parents.into_iter().collect()));
    }
    let entities = Entities::from_entities(entities, None).map_err(|error| AccessError::policy("an entity", error))?;
    Ok((officer, entities))
}

/// The policies, ready to answer.
struct Judge {
    policies: PolicySet,
    schema: Schema,
}

impl Judge {
    fn new(texts: &[(&'static str, &str)]) -> Result<Self, AccessError> {
        let schema = schema()?;
        Ok(Self { policies: policies(texts, &schema)?, schema })
    }

    fn allows(
        &self,
        (officer, entities): &(EntityUid, Entities),
        action: &str,
        resource: EntityUid,
        glass: Option<bool>,
    ) -> Result<bool, AccessError> {
        let pairs = glass.map(|glass| ("glass".to_owned(), RestrictedExpression::new_bool(glass)));
        let failed = |error: &dyn std::fmt::Display| AccessError::policy("a request", error);
        let context = Context::from_pairs(pairs).map_err(|error| failed(&error))?;
        let action = uid("Action", action)?;
        let request = Request::new(officer.clone(), action, resource, context, Some(&self.schema));
        let request = request.map_err(|error| failed(&error))?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, entities);
        // A policy that cannot be evaluated would be passed over; that it forbids may be the point of it.
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(failed(error));
        }
        Ok(response.decision() == Decision::Allow)
    }
}

impl Decisions {
    fn of(texts: &[(&'static str, &str)]) -> Result<Self, AccessError> {
        let judge = Judge::new(texts)?;
        let mut decisions = Self { may: BTreeSet::new(), beyond: BTreeSet::new(), sees: BTreeSet::new() };
        for role in Role::ALL {
            let places = [("deployment", None), ("here", Some("deployment")), ("elsewhere", Some("deployment"))];
            let world = world(role, "here", &places)?;
            for &action in Action::ALL {
                if judge.allows(&world, action.name(), uid("Jurisdiction", "here")?, Some(false))? {
                    decisions.may.insert((role, action));
                }
                if judge.allows(&world, action.name(), uid("Jurisdiction", "elsewhere")?, Some(true))? {
                    decisions.beyond.insert((role, action));
                }
            }
            for field in Field::ALL {
                if judge.allows(&world, "see-field", uid("Field", field.name())?, None)? {
                    decisions.sees.insert((role, field));
                }
            }
        }
        Ok(decisions)
    }
}

#[cfg(test)]
mod tests;
