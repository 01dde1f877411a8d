//! Posts: the living units of the headquarters (防指) and who holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::Done;
use facts::{
    ActorId, Commitment, Fact, FactId, Jurisdiction, Level, PostFact, PostId, PostRole, ResponseLevel, Timestamp,
};
use sha2::{Digest, Sha256};

use crate::templates::{Department, HEADQUARTERS_LEVELS, PostKind, Template, Templates};

/// The headquarters of one jurisdiction.
#[derive(Debug, Clone, PartialEq)]
pub struct Headquarters {
    /// Whose.
    pub jurisdiction: Jurisdiction,
    /// By which template it works.
    pub template: Arc<Template>,
    /// When it was set up.
    pub established: Timestamp,
    /// What set it up.
    pub set_up: Done,
    /// When it was dissolved.
    pub dissolved: Option<Timestamp>,
    /// Task forces that were formed or dissolved by hand: when, and which of the two.
    formed: BTreeMap<String, (Timestamp, bool)>,
}

/// A post within its headquarters.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// Its name: the same for the same headquarters, department and post, however often it is derived.
    pub id: PostId,
    /// The headquarters it belongs to.
    pub headquarters: &'a Headquarters,
    /// The department it belongs to.
    pub department: &'a Department,
    /// What it is.
    pub kind: &'a PostKind,
}

impl Post<'_> {
    /// Whether it is to be filled at a response level.
    pub fn is_active(&self, level: ResponseLevel) -> bool {
        self.headquarters.is_active(self.department, level) && self.kind.active_from.is_none_or(|from| from <= level)
    }
}

impl Headquarters {
    /// Whether a department works at a response level.
    pub fn is_active(&self, department: &Department, level: ResponseLevel) -> bool {
        let by_level = department.active_from.is_some_and(|from| from <= level);
        match self.formed.get(&department.code) {
            // One that was dissolved by hand stays dissolved, whatever the level.
            Some((_, formed)) if department.kind.is_task_force() => *formed,
            _ => by_level,
        }
    }

    /// When a task force was formed by hand, while it is.
    pub fn formed(&self, code: &str) -> Option<Timestamp> {
        self.formed.get(code).filter(|(_, formed)| *formed).map(|(at, _)| *at)
    }

    /// The departments that a headquarters of this level has.
    pub fn departments(&self) -> impl Iterator<Item = &Department> {
        let level = self.jurisdiction.level();
        self.template.departments.iter().filter(move |department| department.levels.contains(&level))
    }

    /// Its posts, whether or not they are to be filled now.
    pub fn posts(&self) -> impl Iterator<Item = Post<'_>> {
        self.departments().flat_map(move |department| {
            department.posts.iter().map(move |kind| Post {
                id: post_id(self.jurisdiction, &department.code, &kind.code),
                headquarters: self,
                department,
                kind,
            })
        })
    }
}

/// Who holds a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holders {
    /// Since when.
    pub since: Timestamp,
    /// A角
    pub primary: Option<ActorId>,
    /// B角
    pub deputy: Option<ActorId>,
}

impl Holders {
    /// Who holds it in a role.
    pub fn officer(&self, role: PostRole) -> Option<ActorId> {
        match role {
            PostRole::Primary => self.primary,
            PostRole::Deputy => self.deputy,
        }
    }
}

/// A headquarters that could not be set up, because its template is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTemplate {
    /// Whose headquarters.
    pub headquarters: Jurisdiction,
    /// The template's name.
    pub template: String,
    /// The fact.
    pub fact: FactId,
}

/// Every headquarters and its posts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Posts {
    headquarters: BTreeMap<Jurisdiction, Headquarters>,
    whose: BTreeMap<PostId, Jurisdiction>,
    holders: BTreeMap<PostId, Vec<Holders>>,
    reach: BTreeMap<ActorId, Commitment>,
    problems: Vec<UnknownTemplate>,
}

/// The name of a post.
pub fn post_id(headquarters: Jurisdiction, department: &str, post: &str) -> PostId {
    let digest = Sha256::new()
        .chain_update(b"post")
        .chain_update(headquarters.number().to_be_bytes())
        .chain_update(department.as_bytes())
        .chain_update([0])
        .chain_update(post.as_bytes())
        .finalize();
    let mut number = [0; 8];
    number.copy_from_slice(&digest[..8]);
    PostId::new(u64::from_be_bytes(number))
}

impl Posts {
    pub(crate) fn apply(&mut self, fact: &Fact, said: &PostFact, templates: &Templates) {
        match said {
            PostFact::Established { headquarters, template, digest } => {
                let known = templates.get(template).ok().filter(|(known, _)| known == digest);
                let Some((_, template)) = known else {
                    let (headquarters, template) = (*headquarters, template.clone());
                    self.problems.push(UnknownTemplate { headquarters, template, fact: fact.id });
                    return;
                };
                let earlier = self.headquarters.remove(headquarters).filter(|it| it.dissolved.is_none());
                self.whose.retain(|_, whose| whose != headquarters);
                let established = Headquarters {
                    jurisdiction: *headquarters,
                    template: template.clone(),
                    // Another template is another tree of posts and the same headquarters.
                    established: earlier.as_ref().map_or(fact.recorded, |earlier| earlier.established),
                    set_up: Done::of(fact),
                    dissolved: None,
                    formed: earlier.map(|earlier| earlier.formed).unwrap_or_default(),
                };
                self.whose.extend(established.posts().map(|post| (post.id, *headquarters)));
                self.headquarters.insert(*headquarters, established);
            }
            PostFact::Dissolved { headquarters } => {
                if let Some(known) = self.headquarters.get_mut(headquarters) {
                    known.dissolved.get_or_insert(fact.recorded);
                }
            }
            PostFact::TaskForce { headquarters, task_force, formed } => {
                if let Some(known) = self.headquarters.get_mut(headquarters) {
                    known.formed.insert(task_force.clone(), (fact.recorded, *formed));
                }
            }
            PostFact::Held { post, primary, deputy } => {
                let held = Holders { since: fact.recorded, primary: *primary, deputy: *deputy };
                self.holders.entry(*post).or_default().push(held);
            }
            PostFact::Reachable { officer, by } => {
                self.reach.insert(*officer, *by);
            }
            _ => {}
        }
    }

    /// The headquarters of a jurisdiction, unless it was dissolved by then.
    pub fn headquarters(&self, of: Jurisdiction, at: Timestamp) -> Option<&Headquarters> {
        self.headquarters.get(&of).filter(|known| stands(known, at))
    }

    /// Every headquarters at or within a jurisdiction that stood at a time, by code.
    pub fn within(&self, of: Jurisdiction, at: Timestamp) -> impl Iterator<Item = &Headquarters> {
        self.headquarters.values().filter(move |known| of.contains(known.jurisdiction) && stands(known, at))
    }

    /// The headquarters that a headquarters reports to: the next above that there is.
    pub fn above(&self, of: Jurisdiction, at: Timestamp) -> Option<Jurisdiction> {
        std::iter::successors(of.parent(), |above| above.parent())
            .chain([Jurisdiction::NATION])
            .find(|&above| above != of && self.headquarters(above, at).is_some())
    }

    /// The headquarters that report to a headquarters directly.
    pub fn below(&self, of: Jurisdiction, at: Timestamp) -> impl Iterator<Item = &Headquarters> {
        self.within(of, at)
            .filter(move |known| known.jurisdiction != of && self.above(known.jurisdiction, at) == Some(of))
    }

    /// Whom a headquarters gives orders to: the next level; where command is flat, every county at once as well.
    pub fn orders_to(&self, of: Jurisdiction, flat: bool, at: Timestamp) -> BTreeSet<Jurisdiction> {
        let next = self.below(of, at).map(|known| known.jurisdiction);
        let counties = self.within(of, at).map(|known| known.jurisdiction);
        let counties = counties.filter(|county| flat && *county != of && county.level() == Level::County);
        next.chain(counties).collect()
    }

    /// A post by its name.
    pub fn post(&self, id: PostId) -> Option<Post<'_>> {
        self.headquarters.get(self.whose.get(&id)?)?.posts().find(|post| post.id == id)
    }

    /// Who holds a post at a time.
    pub fn holders(&self, post: PostId, at: Timestamp) -> Option<Holders> {
        let held = self.holders.get(&post)?;
        let before = held.partition_point(|held| held.since <= at);
        before.checked_sub(1).map(|last| held[last])
    }

    /// How an officer is reached, as far as they said.
    pub fn reach(&self, officer: ActorId) -> Option<Commitment> {
        self.reach.get(&officer).copied()
    }

    /// Headquarters that could not be set up.
    pub fn problems(&self) -> &[UnknownTemplate] {
        &self.problems
    }
}

fn stands(known: &Headquarters, at: Timestamp) -> bool {
    known.established <= at && known.dissolved.is_none_or(|dissolved| at < dissolved)
}

/// Whether a jurisdiction may have a headquarters of its own.
pub fn may_have_headquarters(jurisdiction: Jurisdiction) -> bool {
    HEADQUARTERS_LEVELS.contains(&jurisdiction.level()) || jurisdiction == Jurisdiction::NATION
}
