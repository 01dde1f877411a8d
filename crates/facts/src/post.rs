//! Facts about the headquarters' posts: who holds them, who stands which shift, and what is handed over.

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::bytes::Hex;
use crate::commitment::Commitment;
use crate::error::FactsError;
use crate::id::{ActorId, FactId, PostId};
use crate::jurisdiction::{Jurisdiction, Level};
use crate::span::Span;

/// The most shifts that one fact rosters.
pub const SHIFTS_AT_ONCE_MAX: usize = 400;
/// The longest shift that a journal holds, in hours; what rosters allow is in their template.
const SHIFT_HOURS_MAX: i64 = 48;

/// Which of the two who hold a post or stand a shift (AB角).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PostRole {
    /// A角: answers for the post.
    Primary,
    /// B角: answers whenever the primary is away.
    Deputy,
}

impl PostRole {
    /// Both, the primary first.
    pub const BOTH: [Self; 2] = [Self::Primary, Self::Deputy];

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Primary => Self::Deputy,
            Self::Deputy => Self::Primary,
        }
    }
}

/// One shift of a post: from when to when, and the two who stand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// From when to when; may cross midnight.
    pub span: Span,
    /// Who answers.
    pub primary: ActorId,
    /// Who answers when they cannot.
    pub deputy: ActorId,
}

impl Shift {
    /// Who stands it in a role.
    pub fn officer(&self, role: PostRole) -> ActorId {
        match role {
            PostRole::Primary => self.primary,
            PostRole::Deputy => self.deputy,
        }
    }

    /// The role that someone stands it in.
    pub fn role_of(&self, officer: ActorId) -> Option<PostRole> {
        PostRole::BOTH.into_iter().find(|&role| self.officer(role) == officer)
    }
}

/// The name of a shift: no two shifts of a post begin at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftName {
    /// The post.
    pub post: PostId,
    /// When it begins.
    pub start: Timestamp,
}

/// One officer's part of a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The shift.
    pub shift: ShiftName,
    /// As which of the two.
    pub role: PostRole,
}

/// What happened to a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PostFact {
    /// The headquarters (防指) of a jurisdiction works by a template: its office, departments and posts.
    Established {
        /// Whose headquarters.
        headquarters: Jurisdiction,
        /// The template's name, for instance `standard`.
        template: String,
        /// SHA-256 of the template file.
        digest: Hex<32>,
    },
    /// A headquarters is no more, for instance because its county was merged into another.
    Dissolved {
        /// Whose headquarters.
        headquarters: Jurisdiction,
    },
    /// A task force (专班) that the template knows was formed or dissolved.
    TaskForce {
        /// Whose.
        headquarters: Jurisdiction,
        /// Its code in the template.
        task_force: String,
        /// Formed, or dissolved.
        formed: bool,
    },
    /// Who holds a post from now on; absent is nobody.
    Held {
        /// The post.
        post: PostId,
        /// A角
        #[serde(default, skip_serializing_if = "Option::is_none")]
        primary: Option<ActorId>,
        /// B角
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deputy: Option<ActorId>,
    },
    /// Shifts of a post were rostered, in order and without overlap.
    Rostered {
        /// The post.
        post: PostId,
        /// The shifts.
        shifts: Vec<Shift>,
    },
    /// Somebody else stands a turn than was rostered.
    Substituted {
        /// Which turn.
        turn: Turn,
        /// Who stands it.
        officer: ActorId,
    },
    /// An officer is away.
    Leave {
        /// Who.
        officer: ActorId,
        /// From when to when.
        span: Span,
        /// Whether it was arranged beforehand; falling ill is not.
        planned: bool,
    },
    /// One officer asks another to exchange turns.
    SwapAsked {
        /// The asker's turn.
        mine: Turn,
        /// The turn asked for.
        theirs: Turn,
    },
    /// The answer to a swap.
    SwapAnswered {
        /// The request.
        of: FactId,
        /// Whether they exchange.
        accepted: bool,
    },
    /// What those who stood a shift leave to those who follow (交班).
    HandOverNote {
        /// The shift that ends.
        shift: ShiftName,
        /// The note, erasable.
        note: Commitment,
    },
    /// Those who follow have read the note (接班).
    NoteAcknowledged {
        /// The note.
        of: FactId,
    },
    /// How an officer is reached on duty.
    Reachable {
        /// Who.
        officer: ActorId,
        /// The telephone number, erasable.
        by: Commitment,
    },
    /// An officer opened a calendar of their shifts to whoever has a token; an earlier one is closed by it.
    CalendarOpened {
        /// Who.
        officer: ActorId,
        /// SHA-256 of the token, which is shown once and kept nowhere.
        token: Hex<32>,
    },
    /// The calendar is open to nobody any more.
    CalendarClosed {
        /// Whose.
        officer: ActorId,
    },
}

impl PostFact {
    /// The headquarters that it names; rosters and leave name posts and officers only.
    pub fn headquarters(&self) -> Option<Jurisdiction> {
        match self {
            Self::Established { headquarters, .. }
            | Self::Dissolved { headquarters }
            | Self::TaskForce { headquarters, .. } => Some(*headquarters),
            _ => None,
        }
    }

    /// Refuses what no journal may hold, whatever the rosters say.
    pub(crate) fn check(&self) -> Result<(), FactsError> {
        let problem = |field, problem: &str| Err(FactsError::Draft { field, problem: problem.to_owned() });
        match self {
            Self::Established { headquarters, .. } if headquarters.level() > Level::County => {
                problem("headquarters", "lies below the county; headquarters are set up down to the county")
            }
            Self::Held { primary: Some(primary), deputy: Some(deputy), .. } if primary == deputy => {
                problem("deputy", "is the primary; a post needs two people")
            }
            Self::Rostered { shifts, .. } if shifts.is_empty() || shifts.len() > SHIFTS_AT_ONCE_MAX => {
                problem("shifts", "must be one shift at least, and 400 at most at once")
            }
            Self::Rostered { shifts, .. } if shifts.iter().any(|shift| shift.primary == shift.deputy) => {
                problem("deputy", "is the primary; a shift needs two people")
            }
            Self::Rostered { shifts, .. }
                if shifts.iter().any(|shift| {
                    let longest = shift.span.start().checked_add(SHIFT_HOURS_MAX.hours());
                    longest.is_ok_and(|longest| shift.span.end() > longest)
                }) =>
            {
                problem("shifts", "one is longer than 48 hours; nobody stands that")
            }
            Self::Rostered { shifts, .. } if shifts.windows(2).any(|two| two[0].span.end() > two[1].span.start()) => {
                problem("shifts", "overlap or are not in order of time")
            }
            Self::SwapAsked { mine, theirs } if mine == theirs => {
                problem("theirs", "is the turn that is offered; two different turns are needed")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn shift(start: i64, end: i64, primary: u64, deputy: u64) -> Shift {
        let span = Span::new(hour(start), hour(end)).unwrap();
        Shift { span, primary: ActorId::new(primary), deputy: ActorId::new(deputy) }
    }

    fn rostered(shifts: Vec<Shift>) -> PostFact {
        PostFact::Rostered { post: PostId::new(1), shifts }
    }

    #[test]
    fn a_roster_has_two_people_a_shift_and_no_overlap() {
        assert!(rostered(vec![shift(0, 8, 1, 2), shift(8, 16, 2, 1)]).check().is_ok());
        for wrong in [
            vec![],
            vec![shift(0, 8, 1, 1)],
            vec![shift(0, 8, 1, 2), shift(7, 16, 2, 1)],
            vec![shift(8, 16, 1, 2), shift(0, 8, 2, 1)],
            vec![shift(0, 49, 1, 2)],
        ] {
            assert!(rostered(wrong.clone()).check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_township_has_no_headquarters_of_its_own() {
        let established = |code: &str| PostFact::Established {
            headquarters: code.parse().unwrap(),
            template: "standard".to_owned(),
            digest: Hex([0; 32]),
        };
        assert!(established("390102").check().is_ok());
        assert!(established("390102001").check().is_err());
    }
}
