//! The kinds of fact. Each is something that happened, or a decision that a named person took.
//!
//! Absent on purpose: any kind that states a conclusion. There is no fact that says someone *is* a
//! contact, has a colour or owes a duty; those are derived.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::bytes::Hex;
use crate::capacity::CapacityFact;
use crate::circumstance::Masked;
use crate::commitment::Commitment;
use crate::disease::Disease;
use crate::duty_fact::DutyFact;
use crate::id::{ActorId, BatchId, CaseId, FactId, PersonId, PlaceId, SpecimenId, UnitId};
use crate::inspection::InspectionFact;
use crate::jurisdiction::Jurisdiction;
use crate::letter::LetterFact;
use crate::level::LevelFact;
use crate::order::OrderFact;
use crate::post::PostFact;
use crate::report::ReportFact;
use crate::setting::Setting;
use crate::span::Span;

/// What a fact says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Body {
    /// Where a person lives, and with whom: everyone of the same home unit is a household.
    Residence {
        /// Who.
        person: PersonId,
        /// Their home; absent when only the jurisdiction is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        home: Option<UnitId>,
        /// The community, township or county that answers for them.
        jurisdiction: Jurisdiction,
    },
    /// A laboratory's result on one specimen.
    TestResult {
        /// Whose specimen.
        person: PersonId,
        /// For what.
        disease: Disease,
        /// The specimen, when the laboratory named it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        specimen: Option<SpecimenId>,
        /// When the specimen was taken.
        collected: Timestamp,
        /// What was found.
        result: TestOutcome,
    },
    /// When someone fell ill, and with what signs.
    Symptoms {
        /// Who.
        person: PersonId,
        /// The disease that is suspected.
        disease: Disease,
        /// The day of onset; for measles, of the rash.
        onset: Date,
        /// Signs by their short names, for instance `fever`.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        signs: BTreeSet<String>,
    },
    /// A clinician's diagnosis without, or before, a laboratory's result.
    Diagnosis {
        /// Who.
        person: PersonId,
        /// With what.
        disease: Disease,
    },
    /// An investigator's finding that a person was exposed to a case or a source.
    EpidemiologicalLink {
        /// Who was exposed.
        person: PersonId,
        /// To what.
        disease: Disease,
        /// To whom, when that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<PersonId>,
    },
    /// A person died, of whatever cause.
    Death {
        /// Who.
        person: PersonId,
    },
    /// A case ended: discharged or recovered.
    Recovery {
        /// Who.
        person: PersonId,
        /// Of what.
        disease: Disease,
    },
    /// A person was in a unit: one record by interview, ticket or correction; scans come in batches.
    Visit {
        /// Who.
        person: PersonId,
        /// Where.
        unit: UnitId,
        /// From when to when.
        span: Span,
        /// The row of seats, in a vehicle.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat_row: Option<u16>,
    },
    /// Someone stated that two people were together.
    ContactStated {
        /// One of them.
        person: PersonId,
        /// The other.
        with: PersonId,
        /// From when to when.
        span: Span,
        /// In what kind of space.
        setting: Setting,
        /// Who wore a mask, when it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        masked: Option<Masked>,
        /// What was said, erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        statement: Option<Commitment>,
    },
    /// A second officer vouches for a fact that one person asserted.
    Confirmation {
        /// The fact.
        of: FactId,
    },
    /// Two ids belong to one human being.
    SamePerson {
        /// One id.
        person: PersonId,
        /// The other.
        with: PersonId,
    },
    /// Two ids belong to two human beings, whatever was said before.
    NotSamePerson {
        /// One id.
        person: PersonId,
        /// The other.
        with: PersonId,
    },
    /// Two ids name one place.
    SamePlace {
        /// One id.
        place: PlaceId,
        /// The other.
        with: PlaceId,
    },
    /// Two ids name two places, whatever was said before.
    NotSamePlace {
        /// One id.
        place: PlaceId,
        /// The other.
        with: PlaceId,
    },
    /// A step towards someone being found and cared for was done.
    FollowUp {
        /// Who was sought.
        person: PersonId,
        /// Because of what disease.
        disease: Disease,
        /// The step.
        step: Step,
    },
    /// Someone who was sought was not found as expected.
    NotFound {
        /// Who was sought.
        person: PersonId,
        /// Because of what disease.
        disease: Disease,
        /// What turned out.
        outcome: NotFound,
        /// Where they went, when they moved on and it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Jurisdiction>,
    },
    /// One jurisdiction asks another to take someone over.
    HandOver {
        /// Who is sought.
        person: PersonId,
        /// Because of what disease.
        disease: Disease,
        /// Who hands over.
        from: Jurisdiction,
        /// Who is asked to take over.
        to: Jurisdiction,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// The answer to a hand-over.
    HandOverAnswer {
        /// The hand-over.
        of: FactId,
        /// Whether it was accepted.
        accepted: bool,
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// A jurisdiction counted the people on its list for a case: the first of the four clears (四清).
    ListReconciled {
        /// The case.
        case: CaseId,
        /// Who counted.
        jurisdiction: Jurisdiction,
        /// How many people they hold on the list.
        number: u32,
    },
    /// A plan applies from when the fact occurred.
    PlanInForce {
        /// For which disease.
        disease: Disease,
        /// The plan's name, for instance `covid19-cn-9`.
        plan: String,
        /// SHA-256 of the plan file.
        digest: Hex<32>,
    },
    /// A file of bulk facts was sealed.
    Batch {
        /// Its name.
        batch: BatchId,
        /// What its rows are.
        rows_are: BatchKind,
        /// How many rows it has.
        rows: u64,
        /// From the earliest start to the latest end, when the rows have times.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<Span>,
        /// SHA-256 of the file.
        digest: Hex<32>,
        /// How long a stay without an end is assumed to last, in minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assumed_dwell_minutes: Option<u32>,
        /// When its rows were received, in runs by row, where that was before the batch was sealed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        received: Vec<Run>,
    },
    /// The visits that came in one message, since sealed into a batch, are withdrawn: the source corrected it.
    VisitsWithdrawn {
        /// The fact that vouches for the batch.
        of: FactId,
        /// The number of the message, as the batch's rows bear it.
        message: u64,
    },
    /// The receipt of a deletion: the superseded batch had been kept for as long as it may be, and its file is
    /// gone for good. What the batch's fact says of it (digest, rows, span) stays.
    Deleted {
        /// The batch.
        batch: BatchId,
        /// For how many days such records are kept.
        kept_days: u32,
    },
    /// The superseded fact was wrong, and nothing takes its place.
    Withdrawn {
        /// Why, in words; erasable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Commitment>,
    },
    /// Finding someone and seeing to them was given to one officer, or taken back from whoever had it.
    Assigned {
        /// Who is sought.
        person: PersonId,
        /// Because of what disease.
        disease: Disease,
        /// Who is to do it; absent when it is given to nobody in particular.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<ActorId>,
    },
    /// Something was given to be done, or done about duties.
    Duty(DutyFact),
    /// A meeting, what it decided, and what was ordered.
    Order(OrderFact),
    /// What was inspected, and who answers for it.
    Inspection(InspectionFact),
    /// Something about the headquarters' posts: who holds them, shifts, leave, hand-over.
    Post(PostFact),
    /// Something about the level of a jurisdiction: a switch, a review.
    Level(LevelFact),
    /// Something was reported, or asked for.
    Report(ReportFact),
    /// What a jurisdiction has, or asks of another.
    Capacity(CapacityFact),
    /// What another deployment and we decided or said to each other.
    Letter(LetterFact),
}

/// What a laboratory found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    /// The agent was found.
    Positive,
    /// It was not found.
    Negative,
    /// Neither; to be repeated.
    Inconclusive,
}

/// The steps of finding someone, in order; only the last stops the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It is them.
    Identity,
    /// They are here.
    Location,
    /// They are under care: transferred, isolated or at home as the plan has it.
    Control,
}

/// What turned out when someone could not be found as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotFound {
    /// Nobody answers; the search goes on.
    Unreachable,
    /// The contact details belong to someone else; the search goes on.
    WrongIdentity,
    /// They left; to be handed over.
    MovedOn,
}

/// Rows of a batch that were received within one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The first row of the run, from 0; it ends where the next begins.
    pub row: u64,
    /// The minute, by its beginning.
    pub received: Timestamp,
}

/// What the rows of a batch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchKind {
    /// [`crate::rows::VisitRow`]
    Visits,
    /// [`crate::rows::ResidentRow`]
    Residents,
    /// [`crate::rows::UnitRow`]
    Units,
}

impl Body {
    /// The name of the kind, as the JSON form has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Residence { .. } => "residence",
            Self::TestResult { .. } => "test-result",
            Self::Symptoms { .. } => "symptoms",
            Self::Diagnosis { .. } => "diagnosis",
            Self::EpidemiologicalLink { .. } => "epidemiological-link",
            Self::Death { .. } => "death",
            Self::Recovery { .. } => "recovery",
            Self::Visit { .. } => "visit",
            Self::ContactStated { .. } => "contact-stated",
            Self::Confirmation { .. } => "confirmation",
            Self::SamePerson { .. } => "same-person",
            Self::NotSamePerson { .. } => "not-same-person",
            Self::SamePlace { .. } => "same-place",
            Self::NotSamePlace { .. } => "not-same-place",
            Self::FollowUp { .. } => "follow-up",
            Self::NotFound { .. } => "not-found",
            Self::HandOver { .. } => "hand-over",
            Self::HandOverAnswer { .. } => "hand-over-answer",
            Self::ListReconciled { .. } => "list-reconciled",
            Self::PlanInForce { .. } => "plan-in-force",
            Self::Batch { .. } => "batch",
            Self::VisitsWithdrawn { .. } => "visits-withdrawn",
            Self::Deleted { .. } => "deleted",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Assigned { .. } => "assigned",
            Self::Letter(_) => "letter",
            Self::Duty(_) => "duty",
            Self::Order(_) => "order",
            Self::Inspection(_) => "inspection",
            Self::Post(_) => "post",
            Self::Level(_) => "level",
            Self::Report(_) => "report",
            Self::Capacity(_) => "capacity",
        }
    }

    /// The people that the fact names, one or two.
    pub fn people(&self) -> Vec<PersonId> {
        match *self {
            Self::Letter(ref letter) => letter.people(),
            Self::Duty(ref duty) => duty.people(),
            Self::Residence { person, .. }
            | Self::TestResult { person, .. }
            | Self::Symptoms { person, .. }
            | Self::Diagnosis { person, .. }
            | Self::Death { person }
            | Self::Recovery { person, .. }
            | Self::Visit { person, .. }
            | Self::FollowUp { person, .. }
            | Self::NotFound { person, .. }
            | Self::HandOver { person, .. }
            | Self::Assigned { person, .. } => vec![person],
            Self::EpidemiologicalLink { person, to, .. } => [Some(person), to].into_iter().flatten().collect(),
            Self::ContactStated { person, with, .. }
            | Self::SamePerson { person, with }
            | Self::NotSamePerson { person, with } => vec![person, with],
            Self::Confirmation { .. }
            | Self::SamePlace { .. }
            | Self::NotSamePlace { .. }
            | Self::HandOverAnswer { .. }
            | Self::ListReconciled { .. }
            | Self::PlanInForce { .. }
            | Self::Batch { .. }
            | Self::VisitsWithdrawn { .. }
            | Self::Deleted { .. }
            | Self::Withdrawn { .. }
            | Self::Order(_)
            | Self::Inspection(_)
            | Self::Post(_)
            | Self::Level(_)
            | Self::Report(_)
            | Self::Capacity(_) => Vec::new(),
        }
    }
}
