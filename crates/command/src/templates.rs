//! Templates of headquarters: departments, posts, reports, criteria, resources. Data, as plans are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::Calendar;
use facts::{Date, Hex, Ladder, Level, ResponseLevel};
use jiff::tz::TimeZone;
use plan::{Confidence, Parameter, Words};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::CommandError;

/// The template that comes with the program.
pub const STANDARD: &str = include_str!("../templates/standard.toml");

/// A template, whole.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name, as facts have it.
    pub id: String,
    /// What it is called.
    pub name: Words,
    /// From which level on orders go from the province to the counties in one step (扁平化).
    pub flat_from: ResponseLevel,
    /// The office, the departments and the task forces.
    pub departments: Vec<Department>,
    /// What rosters are held to.
    pub roster: RosterRules,
    /// When what is owed makes itself heard, by level.
    pub ladder: ByLevel<Ladder>,
    /// When people are at work, for what is due within working hours; without it nothing is.
    #[serde(default)]
    pub working_hours: Option<WorkingHours>,
    /// By when things are due, by level.
    pub deadlines: BTreeMap<String, Deadline>,
    /// The clocks of a case that the plan has no number for.
    pub case_reports: CaseClocks,
    /// The periodic reports.
    pub reports: Vec<ReportKind>,
    /// When to enter a level and when to leave it.
    pub criteria: Vec<Criterion>,
    /// What capacity is stated of.
    pub resources: Vec<Resource>,
    /// What statements of capacity are held to.
    pub capacity: CapacityRules,
    /// What the source keys stand for.
    pub sources: BTreeMap<String, String>,
}

/// What kind of unit a department is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DepartmentKind {
    /// 办公室
    Office,
    /// 部
    Department,
    /// 专班
    TaskForce,
    /// 行业专班
    IndustryTaskForce,
}

impl DepartmentKind {
    /// Whether it is formed and dissolved, by a level or by hand.
    pub fn is_task_force(self) -> bool {
        matches!(self, Self::TaskForce | Self::IndustryTaskForce)
    }
}

/// An office, a department or a task force.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Its code.
    pub code: String,
    /// What kind of unit it is.
    pub kind: DepartmentKind,
    /// What it is called.
    pub name: Words,
    /// At which levels of the hierarchy there is one; all unless given.
    #[serde(default = "every_level")]
    pub levels: BTreeSet<Level>,
    /// From which response level on it works; absent for a task force that is formed by hand only.
    #[serde(default)]
    pub active_from: Option<ResponseLevel>,
    /// Its posts.
    pub posts: Vec<PostKind>,
}

/// The levels that have a headquarters.
pub const HEADQUARTERS_LEVELS: [Level; 3] = [Level::Province, Level::City, Level::County];

fn every_level() -> BTreeSet<Level> {
    BTreeSet::from(HEADQUARTERS_LEVELS)
}

/// A post as the template has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostKind {
    /// Its code within the department.
    pub code: String,
    /// What it is called.
    pub name: Words,
    /// Whether it is stood in shifts day and night.
    #[serde(default)]
    pub around_the_clock: bool,
    /// From which response level on; that of its department unless given.
    #[serde(default)]
    pub active_from: Option<ResponseLevel>,
}

/// What rosters are held to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterRules {
    /// The longest shift, in hours.
    pub shift_hours_max: Parameter<u32>,
    /// The shortest time between two shifts that someone is primary of, in hours.
    pub rest_hours_min: Parameter<u32>,
    /// How long after a shift the note is due, and after the note its acknowledgement, in minutes.
    pub note_minutes: Parameter<u32>,
}

/// One value for each level; absent where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByLevel<T> {
    /// In peace.
    #[serde(default = "none")]
    pub peace: Option<T>,
    /// In alert.
    #[serde(default = "none")]
    pub alert: Option<T>,
    /// In an emergency.
    #[serde(default = "none")]
    pub emergency: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T: Copy> ByLevel<T> {
    /// The value at a level.
    pub fn at(&self, level: ResponseLevel) -> Option<T> {
        match level {
            ResponseLevel::Peace => self.peace,
            ResponseLevel::Alert => self.alert,
            ResponseLevel::Emergency => self.emergency,
        }
    }

    fn values(&self) -> impl Iterator<Item = T> {
        ResponseLevel::ALL.into_iter().filter_map(|level| self.at(level))
    }
}

/// When people are at work.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// From which hour of the day.
    pub from_hour: i8,
    /// Until which hour of the day.
    pub to_hour: i8,
    /// On which days of the week, Monday being 1.
    pub days: BTreeSet<i8>,
    /// Days that are free all the same; the operator enters those of the year.
    #[serde(default)]
    pub holidays: BTreeSet<Date>,
    /// Days that are worked all the same (调休).
    #[serde(default)]
    pub make_up_days: BTreeSet<Date>,
    /// Where the hours come from.
    pub source: Vec<String>,
    /// How sure they are.
    pub confidence: Confidence,
}

impl WorkingHours {
    /// A clock that runs in these hours, by the days of a zone.
    pub fn calendar(&self, zone: TimeZone) -> Calendar {
        Calendar {
            zone,
            hours: (self.from_hour, self.to_hour),
            days: self.days.clone(),
            holidays: self.holidays.clone(),
            make_up_days: self.make_up_days.clone(),
        }
    }
}

/// A deadline of the command routine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// What it is called.
    pub name: Words,
    /// Hours, by level.
    pub hours: ByLevel<u32>,
    /// Where the hours come from.
    pub source: Vec<String>,
    /// How sure they are.
    pub confidence: Confidence,
}

/// The clocks of a case that the plan has no number for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseClocks {
    /// The report is verified, from when it was made.
    pub verification_hours: Parameter<u32>,
    /// Core information, from when the case became known.
    pub core_information_hours: Parameter<u32>,
    /// The closing report, from when nothing was required because of the case any more.
    pub closing_hours: Parameter<u32>,
}

/// A periodic report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportKind {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: Words,
    /// Who owes it.
    pub levels: BTreeSet<Level>,
    /// How often and by when; absent at a level where it is not owed.
    pub cadence: ByLevel<Cadence>,
    /// What it has.
    pub items: Vec<ReportItem>,
    /// Where it comes from.
    pub source: Vec<String>,
    /// How sure that is.
    pub confidence: Confidence,
}

/// How often a report is owed, and by when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cadence {
    /// The length of a period in hours: a divisor of 24, or a week.
    pub every_hours: u32,
    /// When it is due after the period's end, in hours.
    pub due_after_hours: u32,
}

/// A week, in hours; the one cadence that is longer than a day.
pub const WEEK_HOURS: u32 = 168;

/// One number of a report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportItem {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: Words,
    /// In what it is counted.
    pub unit: Words,
    /// What it is drafted from; absent where only a person can say.
    #[serde(default)]
    pub measure: Option<Measure>,
}

/// A number that follows from the situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Cases that became known within a period.
    NewCases,
    /// People who came under control within a period.
    NewlyControlled,
    /// People to be found, now.
    ToFind,
    /// Duties past their deadline, now.
    Overdue,
    /// Cases of the last 7 days.
    #[serde(rename = "cases-7-days")]
    Cases7Days,
    /// Cases of the last 14 days.
    #[serde(rename = "cases-14-days")]
    Cases14Days,
    /// Counties with a case in the last 7 days.
    #[serde(rename = "counties-with-cases-7-days")]
    CountiesWithCases7Days,
    /// Whole days since the last case became known; unknown when there never was one and records are young.
    DaysWithoutCase,
    /// People who should be in hospital, now.
    Hospital,
    /// People who should be in central quarantine, now.
    CentralQuarantine,
    /// People who should be in quarantine at home, now.
    HomeQuarantine,
    /// Tests that are due today.
    TestsADay,
}

/// Into a level, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// One that is met is enough to enter.
    Entry,
    /// All must be met to leave.
    Exit,
}

/// How a value is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The threshold, or more.
    AtLeast,
    /// The threshold, or less.
    AtMost,
}

/// One criterion of a level.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: Words,
    /// Of which level.
    pub level: ResponseLevel,
    /// To enter or to leave.
    pub side: Side,
    /// What is measured.
    pub measure: Measure,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub threshold: Parameter<f64>,
}

impl Criterion {
    /// Whether it is met; not known when the value is not.
    pub fn is_met(&self, value: Option<f64>) -> Option<bool> {
        value.map(|value| match self.comparison {
            Comparison::AtLeast => value >= self.threshold.value,
            Comparison::AtMost => value <= self.threshold.value,
        })
    }
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceGroup {
    /// People, by skill.
    Staff,
    /// Laboratories.
    Laboratory,
    /// Rooms and beds.
    Isolation,
    /// Vehicles.
    Transport,
    /// Stocks.
    Supplies,
}

/// Something that a response uses.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its code.
    pub code: String,
    /// What it is.
    pub group: ResourceGroup,
    /// What it is called.
    pub name: Words,
    /// In what it is counted.
    pub unit: Words,
    /// Whether a day's demand uses it up; otherwise demand occupies it and gives it back.
    #[serde(default)]
    pub used_up: bool,
    /// What asks for it.
    pub demand: Measure,
    /// How much of it one of these takes.
    pub per_demand: Parameter<f64>,
}

/// What statements of capacity are held to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityRules {
    /// After so many hours a statement says nothing about the present any more.
    pub stale_after_hours: Parameter<u32>,
    /// A resource that will be exhausted within so many hours is a shortfall.
    pub warn_within_hours: Parameter<u32>,
}

impl Template {
    /// Reads a template and refuses one that contradicts itself.
    pub fn from_toml(text: &str) -> Result<Self, CommandError> {
        let template: Self = toml::from_str(text).map_err(|error| CommandError::Template(error.to_string()))?;
        template.check()?;
        Ok(template)
    }

    /// SHA-256 of a template file, as facts have it.
    pub fn digest(text: &str) -> Hex<32> {
        Hex(Sha256::digest(text.as_bytes()).into())
    }

    /// A department by its code.
    pub fn department(&self, code: &str) -> Option<&Department> {
        self.departments.iter().find(|department| department.code == code)
    }

    /// A report by its code.
    pub fn report(&self, code: &str) -> Option<&ReportKind> {
        self.reports.iter().find(|report| report.code == code)
    }

    /// A resource by its code.
    pub fn resource(&self, code: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.code == code)
    }

    /// The hours of a deadline at a level, when it has any.
    pub fn hours(&self, deadline: &str, level: ResponseLevel) -> Option<u32> {
        self.deadlines.get(deadline).and_then(|deadline| deadline.hours.at(level))
    }

    fn check(&self) -> Result<(), CommandError> {
        let wrong = |at: String, problem: &str| {
            Err(CommandError::TemplateRule { template: self.id.clone(), at, problem: problem.to_owned() })
        };
        let twice = |codes: Vec<&str>| {
            let mut seen = BTreeSet::new();
            codes.into_iter().find(|code| !seen.insert(*code)).map(str::to_owned)
        };
        let lists: [(&str, Vec<&str>); 4] = [
            ("departments", self.departments.iter().map(|it| it.code.as_str()).collect()),
            ("reports", self.reports.iter().map(|it| it.code.as_str()).collect()),
            ("criteria", self.criteria.iter().map(|it| it.code.as_str()).collect()),
            ("resources", self.resources.iter().map(|it| it.code.as_str()).collect()),
        ];
        for (list, codes) in lists {
            if let Some(code) = twice(codes) {
                return wrong(format!("{list}.{code}"), "stands there twice; give each a code of its own");
            }
        }
        for department in &self.departments {
            let at = || format!("departments.{}", department.code);
            if !department.kind.is_task_force() && department.active_from.is_none() {
                return wrong(at(), "has no active_from; only task forces are formed by hand");
            }
            if department.posts.is_empty() {
                return wrong(at(), "has no post; nobody would answer for it");
            }
            if let Some(code) = twice(department.posts.iter().map(|post| post.code.as_str()).collect()) {
                return wrong(format!("{}.posts.{code}", at()), "stands there twice; give each a code of its own");
            }
        }
        for report in &self.reports {
            let whole = |hours: u32| hours > 0 && (24 % hours == 0 || hours == WEEK_HOURS);
            if report.cadence.values().any(|cadence| !whole(cadence.every_hours)) {
                return wrong(
                    format!("reports.{}.cadence", report.code),
                    "every_hours must divide a day, or be a week (168), so that periods begin with the day",
                );
            }
            if report.items.is_empty() {
                return wrong(format!("reports.{}", report.code), "asks for nothing; give it items or leave it out");
            }
            if let Some(code) = twice(report.items.iter().map(|item| item.code.as_str()).collect()) {
                return wrong(format!("reports.{}.items.{code}", report.code), "stands there twice");
            }
        }
        if let Some(criterion) = self.criteria.iter().find(|criterion| criterion.level == ResponseLevel::Peace) {
            return wrong(format!("criteria.{}", criterion.code), "is of peace, which is where nothing else holds");
        }
        if self.roster.shift_hours_max.value == 0 || self.roster.shift_hours_max.value > 48 {
            return wrong("roster.shift_hours_max".to_owned(), "must be between 1 and 48 hours");
        }
        if let Some(hours) = &self.working_hours
            && !(0 <= hours.from_hour && hours.from_hour < hours.to_hour && hours.to_hour <= 23)
        {
            return wrong("working_hours".to_owned(), "must begin before they end, both between 0 and 23");
        }
        let used = (self.deadlines.values().flat_map(|it| &it.source))
            .chain(self.reports.iter().flat_map(|it| &it.source))
            .chain(self.working_hours.iter().flat_map(|it| &it.source))
            .chain(self.criteria.iter().flat_map(|it| &it.threshold.source))
            .chain(self.resources.iter().flat_map(|it| &it.per_demand.source));
        for source in used {
            if !self.sources.contains_key(source) {
                return wrong(format!("sources.{source}"), "is cited and not there; say what it stands for");
            }
        }
        Ok(())
    }
}

/// The templates that a deployment knows, by name: those that come with the program and its own.
#[derive(Debug, Clone, Default)]
pub struct Templates(BTreeMap<String, (Hex<32>, Arc<Template>)>);

impl Templates {
    /// Those that come with the program.
    pub fn shipped() -> Result<Self, CommandError> {
        Self::default().with(STANDARD)
    }

    /// These and one more; a template of a known name takes its place.
    pub fn with(mut self, text: &str) -> Result<Self, CommandError> {
        let template = Template::from_toml(text)?;
        self.0.insert(template.id.clone(), (Template::digest(text), Arc::new(template)));
        Ok(self)
    }

    /// The template of a name, with the digest of its text.
    pub fn get(&self, id: &str) -> Result<&(Hex<32>, Arc<Template>), CommandError> {
        self.0.get(id).ok_or_else(|| CommandError::UnknownTemplate {
            id: id.to_owned(),
            known: self.0.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Template>> {
        self.0.values().map(|(_, template)| template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(from: &str, to: &str) -> String {
        assert!(STANDARD.contains(from), "{from} is not in the template");
        Template::from_toml(&STANDARD.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_template_has_one_office_and_five_departments() {
        let template = Template::from_toml(STANDARD).unwrap();
        let of = |kind| template.departments.iter().filter(|it| it.kind == kind).count();
        assert_eq!((of(DepartmentKind::Office), of(DepartmentKind::Department)), (1, 5));
        assert!(of(DepartmentKind::TaskForce) >= 4 && of(DepartmentKind::IndustryTaskForce) >= 4);
    }

    #[test]
    fn a_level_without_a_number_has_no_deadline() {
        let template = Template::from_toml(STANDARD).unwrap();
        assert_eq!(template.hours("level-review", ResponseLevel::Peace), None);
        assert_eq!(template.hours("level-review", ResponseLevel::Emergency), Some(24));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_do() {
        let message = refused("every_hours = 12,", "every_hours = 7,");
        assert!(message.contains("reports.daily.cadence") && message.contains("168"), "{message}");
        let message = refused("code = \"medical\"", "code = \"office\"");
        assert!(message.contains("departments.office") && message.contains("twice"), "{message}");
        let message = refused("code = \"any-case\"", "code = \"any-case\"\ncolour = \"red\"");
        assert!(message.contains("colour"), "{message}");
        let message = refused("source = [\"own-levels\"]", "source = [\"nowhere\"]");
        assert!(message.contains("sources.nowhere"), "{message}");
    }

    #[test]
    fn what_is_not_known_is_neither_met_nor_not() {
        let template = Template::from_toml(STANDARD).unwrap();
        let criterion = template.criteria.iter().find(|it| it.code == "no-case-14-days").unwrap();
        assert_eq!(criterion.is_met(Some(14.0)), Some(true));
        assert_eq!(criterion.is_met(Some(13.0)), Some(false));
        assert_eq!(criterion.is_met(None), None);
    }

    #[test]
    fn a_template_that_is_not_there_is_refused_with_the_names_there_are() {
        let message = Templates::shipped().unwrap().get("henan").unwrap_err().to_string();
        assert!(message.contains("henan") && message.contains("standard"), "{message}");
    }
}
