//! Headquarters, their departments and posts, and who answers for each.

use command::posts::{Headquarters, Post};
use command::routine::Routine;
use command::templates::{Department, DepartmentKind};
use facts::{ActorId, Jurisdiction, Level, PostId, PostRole, ResponseLevel, Span, Timestamp};
use jiff::ToSpan;
use serde::Serialize;
use utoipa::ToSchema;

use super::WordsView;
use super::board::OfficerView;
use crate::geography::Geography;
use crate::officers::Officers;

/// How far ahead gaps are counted, in days.
const GAPS_DAYS: i64 = 7;

/// The level that holds somewhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResponseView {
    /// `peace`, `alert` or `emergency`.
    #[schema(value_type = String)]
    pub level: ResponseLevel,
    /// Where it was declared; nowhere in a peace that nobody declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub declared_by: Option<Jurisdiction>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub since: Option<Timestamp>,
}

impl ResponseView {
    /// The level that holds at a place.
    pub fn of(routine: &Routine, place: Jurisdiction, at: Timestamp) -> Self {
        let effective = routine.level(place, at);
        Self {
            level: effective.level,
            declared_by: effective.declared.map(|(place, _)| place),
            since: effective.declared.map(|(_, switch)| switch.at),
        }
    }
}

/// A headquarters in a list, or a division without one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeadquartersRow {
    /// Whose.
    #[schema(value_type = String)]
    pub code: Jurisdiction,
    /// What the division is called.
    pub name: WordsView,
    /// Its level in the hierarchy.
    #[schema(value_type = String)]
    pub level: Level,
    /// The division it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub parent: Option<Jurisdiction>,
    /// When the headquarters was set up; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub established: Option<Timestamp>,
    /// By which template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The level that holds there.
    pub response: ResponseView,
    /// Whether command is flat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flat: Option<bool>,
    /// Posts to be filled now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts: Option<usize>,
    /// Of which somebody answers for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staffed: Option<usize>,
    /// Gaps in the rosters of the next seven days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gaps_7_days: Option<usize>,
    /// Hand-over notes that nobody has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes_waiting: Option<usize>,
}

/// Who answers for a post now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OnNowView {
    /// When the shift began, where there are shifts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub shift_start: Option<Timestamp>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub shift_end: Option<Timestamp>,
    /// A角
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<OfficerView>,
    /// B角
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deputy: Option<OfficerView>,
    /// Which of the two answers; neither is a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub acting: Option<PostRole>,
    /// How whoever answers is reached, as far as they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reach: Option<String>,
    /// Whoever answers; to find how they are reached.
    #[serde(skip)]
    pub answers: Option<ActorId>,
}

impl OnNowView {
    /// Who answers for a post: whoever is on, there, and still of this headquarters.
    pub fn of(routine: &Routine, officers: &Officers, post: &Post<'_>, at: Timestamp) -> Self {
        let on = routine.on_now(post, at);
        let whose = post.headquarters.jurisdiction;
        let by_role = |role| if role == PostRole::Primary { on.primary } else { on.deputy };
        let answers = |role: &PostRole| {
            by_role(*role).is_some_and(|officer| {
                routine.rosters.leave_at(officer, at).is_none() && officers.serves(officer, whose)
            })
        };
        let acting = PostRole::BOTH.into_iter().find(answers);
        Self {
            shift_start: on.shift.map(|shift| shift.span.start()),
            shift_end: on.shift.map(|shift| shift.span.end()),
            primary: on.primary.map(|officer| officers.view(officer)),
            deputy: on.deputy.map(|officer| officers.view(officer)),
            acting,
            reach: None,
            answers: acting.and_then(by_role),
        }
    }
}

/// A post.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PostRow {
    /// Its name in facts.
    #[schema(value_type = String)]
    pub post: PostId,
    /// Its code in the template.
    pub code: String,
    /// What it is called.
    pub name: WordsView,
    /// The code of its department.
    pub department: String,
    /// Whether it is stood in shifts day and night.
    pub around_the_clock: bool,
    /// Whether it is to be filled now.
    pub active: bool,
    /// Who holds it as A角.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<OfficerView>,
    /// Who holds it as B角.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deputy: Option<OfficerView>,
    /// Who answers for it now.
    pub on_now: OnNowView,
    /// Whether nobody does although it is to be filled.
    pub gap_now: bool,
}

impl PostRow {
    /// A post as it stands.
    pub fn of(routine: &Routine, officers: &Officers, post: &Post<'_>, at: Timestamp) -> Self {
        let active = post.is_active(routine.level(post.headquarters.jurisdiction, at).level);
        let held = routine.posts.holders(post.id, at);
        let holder = |role| held.and_then(|held| held.officer(role)).map(|officer| officers.view(officer));
        let on_now = OnNowView::of(routine, officers, post, at);
        Self {
            post: post.id,
            code: post.kind.code.clone(),
            name: post.kind.name.clone().into(),
            department: post.department.code.clone(),
            around_the_clock: post.kind.around_the_clock,
            active,
            primary: holder(PostRole::Primary),
            deputy: holder(PostRole::Deputy),
            gap_now: active && on_now.acting.is_none(),
            on_now,
        }
    }
}

/// An office, a department or a task force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DepartmentView {
    /// Its code.
    pub code: String,
    /// `office`, `department`, `task-force` or `industry-task-force`.
    #[schema(value_type = String)]
    pub kind: DepartmentKind,
    /// What it is called.
    pub name: WordsView,
    /// Whether it works now.
    pub active: bool,
    /// From which level on; absent for what is formed by hand only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub active_from: Option<ResponseLevel>,
    /// When it was formed by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub formed: Option<Timestamp>,
    /// Its posts.
    pub posts: Vec<PostRow>,
}

/// A headquarters, whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeadquartersView {
    /// Whose.
    #[schema(value_type = String)]
    pub code: Jurisdiction,
    /// What the division is called.
    pub name: WordsView,
    /// When it was set up.
    #[schema(value_type = String)]
    pub established: Timestamp,
    /// By which template.
    pub template: String,
    /// What the template is called.
    pub template_name: WordsView,
    /// The level that holds there.
    pub response: ResponseView,
    /// Whether command is flat.
    pub flat: bool,
    /// The headquarters that it reports to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reports_to: Option<Jurisdiction>,
    /// Those that it gives orders to.
    #[schema(value_type = Vec<String>)]
    pub orders_to: Vec<Jurisdiction>,
    /// Office, departments, task forces.
    pub departments: Vec<DepartmentView>,
}

impl HeadquartersView {
    /// A headquarters as it stands.
    pub fn of(
        routine: &Routine,
        geography: &Geography,
        officers: &Officers,
        headquarters: &Headquarters,
        at: Timestamp,
    ) -> Self {
        let code = headquarters.jurisdiction;
        let level = routine.level(code, at).level;
        let flat = routine.is_flat(headquarters, at);
        let posts: Vec<Post<'_>> = headquarters.posts().collect();
        let department = |department: &Department| DepartmentView {
            code: department.code.clone(),
            kind: department.kind,
            name: department.name.clone().into(),
            active: headquarters.is_active(department, level),
            active_from: department.active_from,
            formed: headquarters.formed(&department.code),
            posts: posts
                .iter()
                .filter(|post| post.department.code == department.code)
                .map(|post| PostRow::of(routine, officers, post, at))
                .collect(),
        };
        Self {
            code,
            name: geography.name(code).into(),
            established: headquarters.established,
            template: headquarters.template.id.clone(),
            template_name: headquarters.template.name.clone().into(),
            response: ResponseView::of(routine, code, at),
            flat,
            reports_to: routine.posts.above(code, at),
            orders_to: routine.posts.orders_to(code, flat, at).into_iter().collect(),
            departments: headquarters.departments().map(department).collect(),
        }
    }

    /// The posts, to fill in how those who answer are reached.
    pub fn posts_mut(&mut self) -> impl Iterator<Item = &mut PostRow> {
        self.departments.iter_mut().flat_map(|department| &mut department.posts)
    }
}

impl HeadquartersRow {
    /// A division, with its headquarters where it has one.
    pub fn of(
        routine: &Routine,
        geography: &Geography,
        officers: &Officers,
        code: Jurisdiction,
        at: Timestamp,
    ) -> Self {
        let mut row = Self {
            code,
            name: geography.name(code).into(),
            level: code.level(),
            parent: geography.parent(code),
            established: None,
            template: None,
            response: ResponseView::of(routine, code, at),
            flat: None,
            posts: None,
            staffed: None,
            gaps_7_days: None,
            notes_waiting: None,
        };
        let Some(headquarters) = routine.posts.headquarters(code, at) else { return row };
        let level = routine.level(code, at).level;
        let active: Vec<Post<'_>> = headquarters.posts().filter(|post| post.is_active(level)).collect();
        let staffed = active.iter().filter(|post| OnNowView::of(routine, officers, post, at).acting.is_some());
        let ahead = at.checked_add((GAPS_DAYS * 24).hours()).ok().and_then(|end| Span::new(at, end).ok());
        let behind = at.checked_sub((GAPS_DAYS * 24).hours()).ok().and_then(|start| Span::new(start, at).ok());
        let shifts = active.iter().filter(|post| post.kind.around_the_clock);
        let gaps = shifts.clone().flat_map(|post| ahead.map(|ahead| routine.rosters.gaps(post.id, ahead).len()));
        let notes = shifts.flat_map(|post| {
            let post = post.id;
            let shifts = behind.into_iter().flat_map(move |behind| routine.rosters.shifts(post, behind));
            shifts.filter_map(move |shift| {
                routine.rosters.note(facts::ShiftName { post, start: shift.shift.span.start() })
            })
        });
        row.established = Some(headquarters.established);
        row.template = Some(headquarters.template.id.clone());
        row.flat = Some(routine.is_flat(headquarters, at));
        row.staffed = Some(staffed.count());
        row.gaps_7_days = Some(gaps.sum());
        row.notes_waiting = Some(notes.filter(|note| note.acknowledged.is_none()).count());
        row.posts = Some(active.len());
        row
    }
}
