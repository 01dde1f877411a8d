//! Rosters: shifts, gaps, notes, swaps, and why something is refused.

use command::posts::Post;
use command::rosters::{Clash, Note, Rostered, Swap};
use command::routine::Routine;
use facts::{ActorId, FactId, PostId, PostRole, ShiftName, Span, Timestamp, Turn};
use jiff::ToSpan;
use serde::Serialize;
use utoipa::ToSchema;

use super::WordsView;
use super::board::OfficerView;
use crate::officers::Officers;

/// A note from one shift to the next.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoteRow {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When it was written.
    #[schema(value_type = String)]
    pub written: Timestamp,
    /// By whom.
    pub by: OfficerView,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub acknowledged: Option<Timestamp>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<OfficerView>,
    /// Whether it should have been read by now.
    pub overdue: bool,
    /// The note, to whoever opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl NoteRow {
    /// A note; `late_after_minutes` is the time that the next shift has.
    pub fn of(officers: &Officers, note: &Note, late_after_minutes: u32, at: Timestamp) -> Self {
        let late = note.at.checked_add(i64::from(late_after_minutes).minutes()).unwrap_or(Timestamp::MAX);
        Self {
            fact: note.fact,
            written: note.at,
            by: officers.view(note.by),
            acknowledged: note.acknowledged.map(|(_, read, _)| read),
            acknowledged_by: note.acknowledged.map(|(by, ..)| officers.view(by)),
            overdue: note.acknowledged.is_none() && at > late,
            text: None,
        }
    }
}

/// A shift.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShiftRow {
    /// Of which post.
    #[schema(value_type = String)]
    pub post: PostId,
    /// What the post is called.
    pub post_name: WordsView,
    /// Of which headquarters.
    #[schema(value_type = String)]
    pub headquarters: facts::Jurisdiction,
    /// From when.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// To when.
    #[schema(value_type = String)]
    pub end: Timestamp,
    /// A角
    pub primary: OfficerView,
    /// B角
    pub deputy: OfficerView,
    /// Which of them are on leave, or were moved elsewhere.
    #[schema(value_type = Vec<String>)]
    pub away: Vec<PostRole>,
    /// What it left to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteRow>,
    /// As which of the two whoever asks stands it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub mine: Option<PostRole>,
}

impl ShiftRow {
    /// A shift as it stands.
    pub fn of(
        routine: &Routine,
        officers: &Officers,
        post: &Post<'_>,
        rostered: &Rostered,
        asking: ActorId,
        at: Timestamp,
    ) -> Self {
        let shift = rostered.shift;
        let whose = post.headquarters.jurisdiction;
        let away = |role: &PostRole| {
            let officer = shift.officer(*role);
            routine.rosters.leave(officer, shift.span).next().is_some() || !officers.serves(officer, whose)
        };
        let minutes = post.headquarters.template.roster.note_minutes.value;
        let note = routine.rosters.note(ShiftName { post: post.id, start: shift.span.start() });
        Self {
            post: post.id,
            post_name: post.kind.name.clone().into(),
            headquarters: whose,
            start: shift.span.start(),
            end: shift.span.end(),
            primary: officers.view(shift.primary),
            deputy: officers.view(shift.deputy),
            away: PostRole::BOTH.into_iter().filter(away).collect(),
            note: note.map(|note| NoteRow::of(officers, note, minutes, at)),
            mine: shift.role_of(asking),
        }
    }
}

/// A time in which nobody stands a post in a role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapRow {
    /// Of which post.
    #[schema(value_type = String)]
    pub post: PostId,
    /// From when.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// To when.
    #[schema(value_type = String)]
    pub end: Timestamp,
    /// In which role.
    #[schema(value_type = String)]
    pub role: PostRole,
}

impl GapRow {
    /// The gaps of a post within a span.
    pub fn of(routine: &Routine, post: PostId, within: Span) -> Vec<Self> {
        let gaps = routine.rosters.gaps(post, within).into_iter();
        gaps.map(|(role, gap)| Self { post, start: gap.start(), end: gap.end(), role }).collect()
    }
}

/// What something clashes with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WithView {
    /// The post of the other shift; none for leave and for a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub post: Option<PostId>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_name: Option<WordsView>,
    /// From when.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// To when.
    #[schema(value_type = String)]
    pub end: Timestamp,
}

/// Why a shift or a turn is refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClashView {
    /// Of which post.
    #[schema(value_type = String)]
    pub post: PostId,
    /// When what was wanted begins.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// In which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub role: Option<PostRole>,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<OfficerView>,
    /// `double-booked`, `on-leave`, `same-person`, `overlaps`, `too-long`, `too-little-rest`, `in-the-past`,
    /// `leaves-a-gap`, `no-shift` or `lapsed`; the screens have a sentence for each.
    pub code: &'static str,
    /// With what it clashes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<WithView>,
}

impl ClashView {
    /// A refusal as screens show it.
    pub fn of(routine: &Routine, officers: &Officers, clash: &Clash) -> Self {
        let name = |post: PostId| routine.posts.post(post).map(|post| post.kind.name.clone().into());
        Self {
            post: clash.post,
            start: clash.start,
            role: clash.role,
            officer: clash.officer.map(|officer| officers.view(officer)),
            code: clash.why.name(),
            with: clash.with.map(|(post, span)| WithView {
                post,
                post_name: post.and_then(name),
                start: span.start(),
                end: span.end(),
            }),
        }
    }

    /// All of them.
    pub fn all(routine: &Routine, officers: &Officers, clashes: &[Clash]) -> Vec<Self> {
        clashes.iter().map(|clash| Self::of(routine, officers, clash)).collect()
    }
}

/// One officer's part of a shift.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TurnView {
    /// The post.
    #[schema(value_type = String)]
    pub post: PostId,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_name: Option<WordsView>,
    /// When the shift begins.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub end: Option<Timestamp>,
    /// As which of the two.
    #[schema(value_type = String)]
    pub role: PostRole,
}

impl TurnView {
    fn of(routine: &Routine, turn: Turn) -> Self {
        Self {
            post: turn.shift.post,
            post_name: routine.posts.post(turn.shift.post).map(|post| post.kind.name.clone().into()),
            start: turn.shift.start,
            end: routine.rosters.shift(turn.shift).map(|rostered| rostered.shift.span.end()),
            role: turn.role,
        }
    }
}

/// A request to exchange turns.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SwapRow {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// When it was asked.
    #[schema(value_type = String)]
    pub asked: Timestamp,
    /// Who asks.
    pub from: OfficerView,
    /// Who is asked.
    pub to: OfficerView,
    /// What is offered.
    pub mine: TurnView,
    /// What is wanted.
    pub theirs: TurnView,
    /// `accepted`, `refused` or `lapsed`; nothing while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<&'static str>,
}

impl SwapRow {
    /// A swap as it stands.
    pub fn of(routine: &Routine, officers: &Officers, fact: FactId, swap: &Swap, at: Timestamp) -> Self {
        let begun = swap.mine.shift.start.min(swap.theirs.shift.start) <= at;
        Self {
            fact,
            asked: swap.at,
            from: officers.view(swap.asker),
            to: officers.view(swap.asked),
            mine: TurnView::of(routine, swap.mine),
            theirs: TurnView::of(routine, swap.theirs),
            answer: match swap.answer {
                Some(true) => Some("accepted"),
                Some(false) => Some("refused"),
                None if begun => Some("lapsed"),
                None => None,
            },
        }
    }
}

/// Leave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LeaveRow {
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
    /// Who is away.
    pub officer: OfficerView,
    /// From when.
    #[schema(value_type = String)]
    pub start: Timestamp,
    /// To when.
    #[schema(value_type = String)]
    pub end: Timestamp,
    /// Whether it was arranged beforehand.
    pub planned: bool,
}
