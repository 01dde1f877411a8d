//! A plan (防控方案): versioned rules as data.

use std::collections::BTreeMap;

use facts::letter::StageHours;
use facts::{Date, Disease, Jurisdiction, Ladder, Setting};
use serde::{Deserialize, Serialize};

use crate::delay::Delays;
use crate::parameter::{Parameter, Words};

/// A plan file, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name, as file names and facts have it, for instance `covid19-cn-9`.
    pub id: String,
    /// Its edition, for instance `9`.
    pub edition: String,
    /// What it is called.
    pub name: Words,
    /// For which disease.
    pub disease: Disease,
    /// Who issued it.
    pub issuer: Words,
    /// When it is, or was, in force.
    pub effective: Effective,
    /// The plan above whose ceilings this one keeps; absent for a plan of the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay_of: Option<String>,
    /// Where an overlay applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_in: Option<Jurisdiction>,
    /// What a lower plan may not exceed, by the path of the parameter, for instance
    /// `requirements.close-contact.days_total`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ceilings: BTreeMap<String, Parameter<f64>>,
    /// When a case can infect others.
    pub infectious: Infectious,
    /// What makes a case, most certain first.
    pub case_definitions: Vec<CaseDefinition>,
    /// What makes a contact; the first rule that fits decides.
    pub contact_rules: Vec<ContactRule>,
    /// What is worth a look and makes nobody a contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub screening_rules: Vec<ScreeningRule>,
    /// Settings that no rule decides, on purpose: sharing one makes nobody a contact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings_without_rule: Vec<Setting>,
    /// What the score of a contact is made of, besides weights and infectiousness by day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// How far rings go.
    pub rings: Rings,
    /// What follows for a person, by ground.
    pub requirements: BTreeMap<GroundKind, Requirement>,
    /// By when things are due.
    pub deadlines: Deadlines,
    /// When a search makes itself heard; without it, only when it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<LadderNumbers>,
    /// When the outbreak is over.
    pub end_of_outbreak: EndOfOutbreak,
    /// How long things take, in the disease and not in the office.
    pub delays: Delays,
    /// Numbers that are carried and not yet acted upon: zones, screening, thresholds, prophylaxis.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub carried: BTreeMap<String, Parameter<f64>>,
    /// What the source keys stand for: author, title, place, date.
    pub sources: BTreeMap<String, String>,
}

/// When a plan is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effective {
    /// The first day.
    pub from: Date,
    /// The last day; absent while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// When a case can infect others. Days before onset or sampling, counted back from the start of that day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Infectious {
    /// Days before onset.
    pub from_days_before_onset: Parameter<u16>,
    /// Days before the first positive specimen, for a case without symptoms.
    pub from_days_before_sampling: Parameter<u16>,
    /// For a case found by repeated testing: from its last negative specimen on, instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_last_negative: Option<Parameter<bool>>,
    /// Days after onset, when the disease ends of itself; without it, until control or recovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_days_after_onset: Option<Parameter<u16>>,
    /// How infectious a case is day by day; without it, every day counts the same. Orders lists and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_day: Option<InfectiousnessByDay>,
}

/// How infectious a case is on each day, relative to the day on which it is most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfectiousnessByDay {
    /// The day of the first value; onset is day 0.
    pub first_day: i16,
    /// One value a day, above 0, the highest 1. Days before the first and after the last have the value
    /// nearest to them.
    pub relative: Parameter<Vec<f64>>,
}

impl InfectiousnessByDay {
    /// The value of a day, onset being day 0; 1 when there are no values.
    pub fn on_day(&self, day: i64) -> f64 {
        let values = &self.relative.value;
        let last = values.len().saturating_sub(1) as i64;
        values.get((day - i64::from(self.first_day)).clamp(0, last) as usize).copied().unwrap_or(1.0)
    }
}

/// How certain a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseClass {
    /// 确诊
    Confirmed,
    /// 无症状感染者
    Asymptomatic,
    /// 临床诊断
    Probable,
    /// 疑似
    Suspected,
}

/// What a case definition asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criterion {
    /// A positive laboratory result that stands.
    LaboratoryPositive,
    /// Symptoms of the disease were recorded.
    Symptoms,
    /// A clinician diagnosed it.
    ClinicalDiagnosis,
    /// An investigator recorded an exposure.
    EpidemiologicalLink,
}

/// One case definition: a class and what it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseDefinition {
    /// The rule's name.
    pub id: String,
    /// The class it gives.
    pub class: CaseClass,
    /// What must be there.
    pub all: Vec<Criterion>,
    /// What must not be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none: Vec<Criterion>,
    /// Whether contacts of such a case are traced.
    pub traced: bool,
    /// Where the definition comes from.
    pub source: Vec<String>,
    /// How sure that is.
    pub confidence: crate::parameter::Confidence,
}

/// What a co-presence makes of someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactClass {
    /// 密切接触者
    Close,
    /// 一般接触者; kept on the list, and nothing is required of them but care for themselves.
    General,
}

/// What sharing a kind of unit means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactRule {
    /// The rule's name, for instance `same-household`.
    pub id: String,
    /// What it is called.
    pub name: Words,
    /// In which kinds of unit it applies.
    pub settings: Vec<Setting>,
    /// What it makes of someone.
    pub class: ContactClass,
    /// The shortest single co-presence that counts; 0 takes any that is positive.
    pub minimum_minutes: Parameter<u32>,
    /// In vehicles with known seats: how many rows before and behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_rows: Option<Parameter<u16>>,
    /// How long the air still counts after someone who could infect others left. It prolongs their stay, and
    /// nobody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lingering_minutes: Option<Parameter<u32>>,
    /// For how long from its start a stay counts at most: a longer one is a forgotten check-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap_minutes: Option<Parameter<u32>>,
    /// Whether contacts of such a contact are sought (the 9th edition: only for higher-risk contacts).
    pub leads_to_second_ring: bool,
    /// How likely an hour there with one other person passes the disease on, relative to an hour in a
    /// household; orders the list and nothing else.
    pub weight: Parameter<f64>,
}

/// What sharing a space too wide to meet in is worth: a flag that says whom a screening might begin with.
///
/// A type of its own, and not a class of contact: it has no class, no weight and no second ring, and nothing
/// that requires, owes or colours anything takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningRule {
    /// The rule's name, for instance `same-area`.
    pub id: String,
    /// What it is called.
    pub name: Words,
    /// In which kinds of unit it applies; no contact rule may name them.
    pub settings: Vec<Setting>,
    /// The shortest single co-presence that is flagged.
    pub minimum_minutes: Parameter<u32>,
}

/// What the score of a contact is made of, besides weights and infectiousness by day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The chance that a day in one household with one other person passes the disease on, on the most
    /// infectious day. It sets how much further days and further meetings add.
    pub household_day: Parameter<f64>,
    /// By which power of the number of others in the room the chance of each of them falls: 0 not at all, 1 in
    /// proportion; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crowding: Option<Parameter<f64>>,
    /// How evenly cases infect: the shape of a gamma distribution, the smaller the more a few infect most. It
    /// sets how much cases in a room raise the score of the others who were in it; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispersion: Option<Parameter<f64>>,
    /// How much seats matter where both are known; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<SeatFactors>,
    /// By how much masks lower the score, when it is known who wore one; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masks: Option<MaskFactors>,
    /// By how much air lowers it, when it is known; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub air: Option<AirFactors>,
}

/// How likely a passenger is infected by where they sat, relative to one whose seat is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatFactors {
    /// In the row of the case.
    pub same_row: Parameter<f64>,
    /// In any other row.
    pub another_row: Parameter<f64>,
}

/// What is left of a score when masks are worn, relative to none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskFactors {
    /// Both wore one.
    pub both: Parameter<f64>,
    /// One of them did, or at times.
    pub one: Parameter<f64>,
}

/// What is left of a score in better air, relative to a badly aired room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirFactors {
    /// In the open air.
    pub open: Parameter<f64>,
    /// In a well aired room.
    pub good: Parameter<f64>,
}

/// How far rings go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rings {
    /// 1: contacts; 2: contacts of contacts as well.
    pub depth: Parameter<u8>,
}

/// What can follow for a person, and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroundKind {
    /// They are a case.
    Case,
    /// They are a close contact.
    CloseContact,
    /// They are a contact of a close contact (密接的密接).
    SecondaryContact,
    /// They are a general contact.
    GeneralContact,
}

/// What is required of a person on one ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Whether such a person must be located and controlled, or only told.
    pub locate: bool,
    /// One after the other, counted from the last exposure (day 0), or for a case from its first ground.
    pub phases: Vec<Phase>,
    /// How it ends, in words.
    pub release: Words,
}

/// One phase of a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Where it is spent.
    pub place: PhasePlace,
    /// How many days it lasts.
    pub days: Parameter<u16>,
    /// On which of its days a test is due; missing one is a reminder and never lengthens anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_days: Option<Parameter<Vec<u16>>>,
    /// How it is shown.
    pub colour: PhaseColour,
}

/// Where a phase is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhasePlace {
    /// In hospital.
    Hospital,
    /// 集中隔离
    CentralQuarantine,
    /// 居家隔离
    HomeQuarantine,
    /// 居家健康监测
    HomeMonitoring,
    /// 自我健康监测, without any restriction.
    SelfMonitoring,
}

/// How a phase is shown. Data of the plan: issuers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseColour {
    /// No restriction shown.
    Green,
    /// 黄
    Yellow,
    /// 红
    Red,
}

/// By when things are due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// A case is reported, from its ground.
    pub report_hours: Parameter<u32>,
    /// A person is located, from when the duty was received.
    pub locate_hours: Parameter<u32>,
    /// A person is located and controlled, from when the duty was received.
    pub control_hours: Parameter<u32>,
    /// A ground that one person's word alone supports lapses after this, unless something confirms it.
    pub provisional_hours: Parameter<u32>,
    /// What another deployment is given when we ask it to find people; without it, what we give ourselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letters: Option<LetterDeadlines>,
}

/// By when people of a letter (协查函) are found, stage by stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterDeadlines {
    /// They are located, from when the letter was received.
    pub locate_hours: Parameter<u32>,
    /// They are under control.
    pub isolate_hours: Parameter<u32>,
    /// Identity, location and control of each are clear and answered.
    pub close_hours: Parameter<u32>,
}

/// When a search makes itself heard, and how far up it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderNumbers {
    /// A reminder so long before it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_before_minutes: Option<Parameter<u32>>,
    /// Overdue, one level further up each time so long has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_every_minutes: Option<Parameter<u32>>,
}

/// When the outbreak is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndOfOutbreak {
    /// Days without a new case.
    pub days_without_case: Parameter<u16>,
}

impl Plan {
    /// The first rule that fits a setting.
    pub fn contact_rule(&self, setting: Setting) -> Option<&ContactRule> {
        self.contact_rules.iter().find(|rule| rule.settings.contains(&setting))
    }

    /// The first screening rule that fits a setting.
    pub fn screening_rule(&self, setting: Setting) -> Option<&ScreeningRule> {
        self.screening_rules.iter().find(|rule| rule.settings.contains(&setting))
    }

    /// When a search makes itself heard.
    pub fn search_ladder(&self) -> Ladder {
        let minutes = |of: fn(&LadderNumbers) -> &Option<Parameter<u32>>| {
            self.ladder.as_ref().and_then(|numbers| of(numbers).as_ref()).map(|minutes| minutes.value)
        };
        Ladder {
            remind_before_minutes: minutes(|numbers| &numbers.remind_before_minutes),
            escalate_every_minutes: minutes(|numbers| &numbers.escalate_every_minutes),
            ..Ladder::default()
        }
    }

    /// By when another deployment is asked to find people: to locate, to isolate, to close, in hours.
    pub fn letter_hours(&self) -> StageHours {
        let ours = &self.deadlines;
        match &ours.letters {
            Some(theirs) => StageHours {
                locate: theirs.locate_hours.value,
                isolate: theirs.isolate_hours.value,
                close: theirs.close_hours.value,
            },
            None => StageHours {
                locate: ours.locate_hours.value,
                isolate: ours.control_hours.value,
                close: ours.control_hours.value,
            },
        }
    }

    /// What follows from a ground, when the plan requires anything.
    pub fn requirement(&self, ground: GroundKind) -> Option<&Requirement> {
        self.requirements.get(&ground)
    }
}

impl Requirement {
    /// The days of all phases together.
    pub fn days_total(&self) -> u16 {
        self.days_where(|_| true)
    }

    /// The days of the phases that are shown yellow or red.
    pub fn days_restricted(&self) -> u16 {
        self.days_where(|phase| phase.colour != PhaseColour::Green)
    }

    /// The days of the phases that are spent in hospital or in central quarantine.
    pub fn days_away_from_home(&self) -> u16 {
        self.days_where(|phase| matches!(phase.place, PhasePlace::Hospital | PhasePlace::CentralQuarantine))
    }

    fn days_where(&self, counts: impl Fn(&Phase) -> bool) -> u16 {
        let days = self.phases.iter().filter(|phase| counts(phase)).map(|phase| phase.days.value);
        // Saturating: a plan with absurd days is refused by its ceilings and not by a crash.
        days.fold(0, u16::saturating_add)
    }
}
