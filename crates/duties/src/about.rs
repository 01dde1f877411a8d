//! What a duty is about: one variant a kind of thing that is owed.

use std::collections::BTreeMap;

use facts::{CaseId, CaseReport, Disease, DutyId, FactId, LetterId, NotFound, PersonId, PostId, Span, Step, Timestamp};
use plan::GroundKind;

use crate::duty::Done;

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutyKind {
    /// Find someone and see that they are under care (定位管控).
    LocateAndControl,
    /// Do what was given by hand, alone or as a part of something larger (交办).
    Task,
    /// Carry out an order (落实部署).
    Order,
    /// Put right what an inspection found (整改).
    Finding,
    /// Look again whether it was put right (复查).
    Recheck,
    /// Verify a closed duty that was drawn at random (抽查).
    Verification,
    /// Conclude a case of accountability (问责).
    Accountability,
    /// File the report of a period (日报告零报告).
    Report,
    /// Report about a case (病例报告).
    CaseReport,
    /// See that a shift is stood (值守).
    Shift,
    /// Read what the shift before left (接班).
    Note,
    /// Answer a letter (协查函).
    Letter,
    /// Look again whether a level still fits (平急转换).
    LevelReview,
    /// Answer a request for aid (支援).
    Aid,
    /// Put right what there is too little of (补短板).
    Shortfall,
    /// Verify an alarm (预警核实).
    Alarm,
}

impl DutyKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::LocateAndControl,
        Self::Task,
        Self::Order,
        Self::Finding,
        Self::Recheck,
        Self::Verification,
        Self::Accountability,
        Self::Report,
        Self::CaseReport,
        Self::Shift,
        Self::Note,
        Self::Letter,
        Self::LevelReview,
        Self::Aid,
        Self::Shortfall,
        Self::Alarm,
    ];

    /// The name that the interface uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LocateAndControl => "locate-and-control",
            Self::Task => "task",
            Self::Order => "order",
            Self::Finding => "finding",
            Self::Recheck => "recheck",
            Self::Verification => "verification",
            Self::Accountability => "accountability",
            Self::Report => "report",
            Self::CaseReport => "case-report",
            Self::Shift => "shift",
            Self::Note => "note",
            Self::Letter => "letter",
            Self::LevelReview => "level-review",
            Self::Aid => "aid",
            Self::Shortfall => "shortfall",
            Self::Alarm => "alarm",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that a duty can be about.
pub trait Subject {
    /// What is owed.
    fn kind(&self) -> DutyKind;
}

/// Someone who has to be found and cared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// Who.
    pub person: PersonId,
    /// Because of which disease.
    pub disease: Disease,
    /// On the strictest of which grounds.
    pub ground: GroundKind,
    /// Because of which cases.
    pub cases: Vec<CaseId>,
    /// By when they must be located.
    pub locate_due: Timestamp,
    /// What has been done.
    pub steps: BTreeMap<Step, Done>,
    /// The last attempt that failed.
    pub last_outcome: Option<NotFound>,
}

/// What a duty is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Someone to be found.
    Sought(Sought),
    /// What a fact gave to be done; the how-manieth time, when it recurs.
    Task {
        /// The fact.
        given: FactId,
        /// Which of the parties that it was given to, from 0.
        party: u32,
        /// From 0.
        occurrence: u32,
    },
    /// An order.
    Order {
        /// Its fact.
        order: FactId,
    },
    /// A finding.
    Finding {
        /// Its fact.
        finding: FactId,
    },
    /// A finding that was put right.
    Recheck {
        /// Its fact.
        finding: FactId,
    },
    /// A duty that was drawn.
    Verification {
        /// The fact of the sample.
        sample: FactId,
        /// The duty.
        duty: DutyId,
    },
    /// A case of accountability.
    Accountability {
        /// Its fact.
        case: FactId,
    },
    /// The report of a period, by its code in the template.
    Report {
        /// Which.
        report: String,
        /// Of which period.
        period: Span,
    },
    /// A report about a case.
    CaseReport {
        /// The case.
        case: CaseId,
        /// Which report.
        report: CaseReport,
    },
    /// A shift that wants people.
    Shift {
        /// Of which post.
        post: PostId,
        /// From when to when.
        span: Span,
    },
    /// What a shift left to the next.
    Note {
        /// Its fact.
        note: FactId,
    },
    /// A letter from another deployment.
    Letter {
        /// Which.
        letter: LetterId,
    },
    /// The level of whoever owes it.
    LevelReview,
    /// A request for aid.
    Aid {
        /// Its fact.
        request: FactId,
    },
    /// Too little of a resource, by its code in the template.
    Shortfall {
        /// Of which.
        resource: String,
    },
    /// An alarm.
    Alarm {
        /// Its fact.
        alarm: FactId,
    },
}

impl Subject for Sought {
    fn kind(&self) -> DutyKind {
        DutyKind::LocateAndControl
    }
}

impl Subject for About {
    fn kind(&self) -> DutyKind {
        match self {
            Self::Sought(_) => DutyKind::LocateAndControl,
            Self::Task { .. } => DutyKind::Task,
            Self::Order { .. } => DutyKind::Order,
            Self::Finding { .. } => DutyKind::Finding,
            Self::Recheck { .. } => DutyKind::Recheck,
            Self::Verification { .. } => DutyKind::Verification,
            Self::Accountability { .. } => DutyKind::Accountability,
            Self::Report { .. } => DutyKind::Report,
            Self::CaseReport { .. } => DutyKind::CaseReport,
            Self::Shift { .. } => DutyKind::Shift,
            Self::Note { .. } => DutyKind::Note,
            Self::Letter { .. } => DutyKind::Letter,
            Self::LevelReview => DutyKind::LevelReview,
            Self::Aid { .. } => DutyKind::Aid,
            Self::Shortfall { .. } => DutyKind::Shortfall,
            Self::Alarm { .. } => DutyKind::Alarm,
        }
    }
}

impl From<Sought> for About {
    fn from(sought: Sought) -> Self {
        Self::Sought(sought)
    }
}
