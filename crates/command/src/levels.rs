//! Levels (平急转换): peace, alert, emergency, and the signed switches between them.
//!
//! A level declared for a jurisdiction holds for everything within it: the level somewhere is the highest that
//! was declared there or above.

use std::collections::{BTreeMap, BTreeSet};

use facts::{ActorId, Fact, FactId, Hex, Jurisdiction, LevelFact, PostId, ResponseLevel, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::posts::Posts;
use crate::templates::{Cadence, Criterion, Measure, Side, Template};

/// One signed switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The level from then on.
    pub level: ResponseLevel,
    /// When it was recorded, which is when it came into force.
    pub at: Timestamp,
    /// Who signed.
    pub by: ActorId,
    /// The fact.
    pub fact: FactId,
    /// The criteria that were met, by code.
    pub met: Vec<String>,
}

/// The level somewhere at a time, and who declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effective<'a> {
    /// The level.
    pub level: ResponseLevel,
    /// Where it was declared and by what; nowhere in a peace that nobody declared.
    pub declared: Option<(Jurisdiction, &'a Switch)>,
}

/// Every switch and review, by jurisdiction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    switches: BTreeMap<Jurisdiction, Vec<Switch>>,
    reviewed: BTreeMap<Jurisdiction, Vec<(Timestamp, FactId)>>,
}

/// A jurisdiction and all that contain it.
fn upwards(from: Jurisdiction) -> impl Iterator<Item = Jurisdiction> {
    let nation = Some(Jurisdiction::NATION).filter(|nation| *nation != from);
    std::iter::successors(Some(from), |above| above.parent()).chain(nation)
}

impl Levels {
    pub(crate) fn apply(&mut self, fact: &Fact, said: &LevelFact) {
        match said {
            LevelFact::Switched { jurisdiction, level, met, .. } => {
                let switch = Switch {
                    level: *level,
                    at: fact.recorded,
                    by: fact.draft.source.actor,
                    fact: fact.id,
                    met: met.clone(),
                };
                self.switches.entry(*jurisdiction).or_default().push(switch);
                self.reviewed.entry(*jurisdiction).or_default().push((fact.recorded, fact.id));
            }
            LevelFact::Reviewed { jurisdiction, .. } => {
                self.reviewed.entry(*jurisdiction).or_default().push((fact.recorded, fact.id));
            }
        }
    }

    /// The last switch of a jurisdiction itself.
    pub fn own(&self, of: Jurisdiction, at: Timestamp) -> Option<&Switch> {
        let switches = self.switches.get(&of)?;
        let before = switches.partition_point(|switch| switch.at <= at);
        before.checked_sub(1).map(|last| &switches[last])
    }

    /// The level that holds somewhere: the highest declared there or above, the nearest where they are equal.
    pub fn at(&self, place: Jurisdiction, at: Timestamp) -> Effective<'_> {
        let mut effective = Effective { level: ResponseLevel::Peace, declared: None };
        for above in upwards(place) {
            if let Some(switch) = self.own(above, at)
                && (switch.level > effective.level || effective.declared.is_none())
            {
                effective = Effective { level: switch.level, declared: Some((above, switch)) };
            }
        }
        effective
    }

    /// When the level that holds somewhere may have changed, between two times, in order.
    pub fn changes(&self, place: Jurisdiction, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let switches = upwards(place).filter_map(|above| self.switches.get(&above)).flatten();
        let times: BTreeSet<Timestamp> = switches.map(|switch| switch.at).filter(|at| from < *at && *at < to).collect();
        times.into_iter().collect()
    }

    /// Every switch of a jurisdiction, first to last.
    pub fn history(&self, of: Jurisdiction) -> &[Switch] {
        self.switches.get(&of).map_or(&[], Vec::as_slice)
    }

    /// Every jurisdiction that ever declared a level.
    pub fn declared(&self) -> impl Iterator<Item = Jurisdiction> {
        self.switches.keys().copied()
    }

    /// When a jurisdiction's own level was last looked at, and the look after it, for each look.
    pub fn looks(&self, of: Jurisdiction) -> &[(Timestamp, FactId)] {
        self.reviewed.get(&of).map_or(&[], Vec::as_slice)
    }

    /// As these would be with one more switch.
    fn with(&self, jurisdiction: Jurisdiction, level: ResponseLevel, at: Timestamp) -> Self {
        let mut levels = self.clone();
        let (by, fact, met) = (ActorId::new(0), FactId::new(0), Vec::new());
        levels.switches.entry(jurisdiction).or_default().push(Switch { level, at, by, fact, met });
        levels
    }
}

/// A criterion and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged<'a> {
    /// The criterion.
    pub criterion: &'a Criterion,
    /// The value, when it is known.
    pub value: Option<f64>,
    /// Whether it is met; not known when the value is not.
    pub met: Option<bool>,
}

/// What is measured, as far as it is known.
pub type Measures = BTreeMap<Measure, f64>;

/// Every criterion of a template held against what is measured.
pub fn judge<'a>(template: &'a Template, measures: &Measures) -> Vec<Judged<'a>> {
    let judged = template.criteria.iter().map(|criterion| {
        let value = measures.get(&criterion.measure).copied();
        Judged { criterion, value, met: criterion.is_met(value) }
    });
    judged.collect()
}

/// The level that the criteria advise, and the codes of those that say so. It switches nothing.
///
/// Up as soon as one entry criterion is met; down, one level at a time, only when all exit criteria are met, none
/// of them being unknown, and no entry criterion of the present level is.
pub fn advise(judged: &[Judged<'_>], present: ResponseLevel) -> (ResponseLevel, Vec<String>) {
    let of = |level, side| judged.iter().filter(move |it| it.criterion.level == level && it.criterion.side == side);
    let codes = |met: Vec<&Judged<'_>>| met.into_iter().map(|it| it.criterion.code.clone()).collect::<Vec<_>>();
    let entered = |level| of(level, Side::Entry).filter(|it| it.met == Some(true)).collect::<Vec<_>>();
    for level in ResponseLevel::ALL.into_iter().rev().filter(|&level| level > present) {
        let met = entered(level);
        if !met.is_empty() {
            return (level, codes(met));
        }
    }
    let exit: Vec<_> = of(present, Side::Exit).collect();
    let below = ResponseLevel::ALL.into_iter().rev().find(|&level| level < present);
    match below {
        Some(below)
            if !exit.is_empty() && exit.iter().all(|it| it.met == Some(true)) && entered(present).is_empty() =>
        {
            (below, codes(exit))
        }
        _ => (present, codes(entered(present))),
    }
}

/// A post or a task force of a headquarters, by code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Placed<T> {
    /// Whose.
    pub headquarters: Jurisdiction,
    /// What.
    pub what: T,
}

/// A value before a switch and after it; absent where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BeforeAfter<T> {
    /// Before.
    pub before: Option<T>,
    /// After.
    pub after: Option<T>,
}

/// All that a switch changes, listed before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Where.
    pub jurisdiction: Jurisdiction,
    /// The level that holds there now.
    pub from: ResponseLevel,
    /// The level that would hold. Not the one declared, where a higher one holds above.
    pub to: ResponseLevel,
    /// The level that would be declared.
    pub declared: ResponseLevel,
    /// How many headquarters come under another level.
    pub headquarters: usize,
    /// Posts that are to be filled from then on.
    pub posts_opened: Vec<Placed<PostId>>,
    /// Posts that need nobody any more.
    pub posts_released: Vec<Placed<PostId>>,
    /// Of the opened posts, how many nobody holds.
    pub posts_unheld: usize,
    /// Task forces that come to life.
    pub task_forces_opened: Vec<Placed<String>>,
    /// Task forces that are released.
    pub task_forces_released: Vec<Placed<String>>,
    /// Reports whose rhythm changes, by code.
    pub reports: BTreeMap<String, BeforeAfter<Cadence>>,
    /// Deadlines that change, in hours, by code.
    pub deadlines: BTreeMap<String, BeforeAfter<u32>>,
    /// Whether command is flat.
    pub flat: BeforeAfter<bool>,
}

impl Changes {
    /// SHA-256 of the list, which whoever signs sends back: what is signed is what was shown.
    pub fn digest(&self) -> Hex<32> {
        let text = serde_json::to_vec(self).expect("a list of changes has only string keys and whole numbers");
        Hex(Sha256::digest(text).into())
    }
}

/// What declaring a level somewhere would change; nothing where nobody set up a headquarters there.
pub fn preview(
    levels: &Levels,
    posts: &Posts,
    jurisdiction: Jurisdiction,
    declared: ResponseLevel,
    at: Timestamp,
) -> Option<Changes> {
    let template = posts.headquarters(jurisdiction, at)?.template.clone();
    let then = levels.with(jurisdiction, declared, at);
    let (from, to) = (levels.at(jurisdiction, at).level, then.at(jurisdiction, at).level);
    let mut changes = Changes {
        jurisdiction,
        from,
        to,
        declared,
        headquarters: 0,
        posts_opened: Vec::new(),
        posts_released: Vec::new(),
        posts_unheld: 0,
        task_forces_opened: Vec::new(),
        task_forces_released: Vec::new(),
        reports: BTreeMap::new(),
        deadlines: BTreeMap::new(),
        flat: BeforeAfter { before: Some(from >= template.flat_from), after: Some(to >= template.flat_from) },
    };
    for headquarters in posts.within(jurisdiction, at) {
        let place = headquarters.jurisdiction;
        let (before, after) = (levels.at(place, at).level, then.at(place, at).level);
        if before == after {
            continue;
        }
        changes.headquarters += 1;
        for department in headquarters.departments().filter(|department| department.kind.is_task_force()) {
            let what = || Placed { headquarters: place, what: department.code.clone() };
            match (headquarters.is_active(department, before), headquarters.is_active(department, after)) {
                (false, true) => changes.task_forces_opened.push(what()),
                (true, false) => changes.task_forces_released.push(what()),
                _ => {}
            }
        }
        for post in headquarters.posts() {
            let what = Placed { headquarters: place, what: post.id };
            match (post.is_active(before), post.is_active(after)) {
                (false, true) => {
                    let held = posts.holders(post.id, at).is_some_and(|held| held.primary.is_some());
                    changes.posts_unheld += usize::from(!held);
                    changes.posts_opened.push(what);
                }
                (true, false) => changes.posts_released.push(what),
                _ => {}
            }
        }
    }
    for report in &template.reports {
        let (before, after) = (report.cadence.at(from), report.cadence.at(to));
        if before != after {
            changes.reports.insert(report.code.clone(), BeforeAfter { before, after });
        }
    }
    for (code, deadline) in &template.deadlines {
        let (before, after) = (deadline.hours.at(from), deadline.hours.at(to));
        if before != after {
            changes.deadlines.insert(code.clone(), BeforeAfter { before, after });
        }
    }
    Some(changes)
}
