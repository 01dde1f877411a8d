//! Reports: daily and zero reports (日报告零报告), and the four about each case.
//!
//! A report is drafted from the facts and holds only what a person confirmed. A report that is missing is
//! missing: it is chased, it is never a zero, and a sum says of how many it is made.

use std::collections::BTreeMap;

use facts::{ActorId, CaseId, CaseReport, Commitment, Count, Fact, FactId, Jurisdiction, ReportFact, Span, Timestamp};
use jiff::ToSpan;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::levels::Levels;
use crate::templates::{CaseClocks, ReportKind, WEEK_HOURS};

/// Which report of whom, and of which period by its start.
type Name = (Jurisdiction, String, Timestamp);

/// What a person vouched for at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The fact.
    pub fact: FactId,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// Of which period.
    pub period: Span,
    /// What was reported, by item.
    pub values: BTreeMap<String, Count>,
    /// What had been drafted, by item.
    pub drafted: BTreeMap<String, u64>,
    /// Why an earlier version was amended.
    pub reason: Option<Commitment>,
}

/// A report was asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chased {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
    /// The fact.
    pub fact: FactId,
}

/// A report about a case that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseReported {
    /// When it was recorded.
    pub at: Timestamp,
    /// By whom.
    pub by: ActorId,
    /// The fact.
    pub fact: FactId,
    /// Whether it went over the head of the next level.
    pub skips_level: bool,
}

/// Every report that was confirmed, amended or chased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reports {
    versions: BTreeMap<Name, Vec<Version>>,
    chased: BTreeMap<Name, Vec<Chased>>,
    by_fact: BTreeMap<FactId, Name>,
    cases: BTreeMap<(CaseId, CaseReport), CaseReported>,
}

/// A period of a report and when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// From when to when.
    pub span: Span,
    /// By when the report is due.
    pub due: Timestamp,
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its period is not over.
    NotDue,
    /// It can be made, and there is time left.
    Due,
    /// It is overdue, and nobody made it. Not a zero.
    Missing,
    /// A person vouches for it.
    Confirmed,
}

impl Reports {
    pub(crate) fn apply(&mut self, fact: &Fact, said: &ReportFact) {
        let (at, by) = (fact.recorded, fact.draft.source.actor);
        match said {
            ReportFact::Confirmed { report, jurisdiction, period, values, drafted, reason } => {
                let name = (*jurisdiction, report.clone(), period.start());
                let version = Version {
                    fact: fact.id,
                    at,
                    by,
                    period: *period,
                    values: values.clone(),
                    drafted: drafted.clone(),
                    reason: *reason,
                };
                self.by_fact.insert(fact.id, name.clone());
                self.versions.entry(name).or_default().push(version);
            }
            ReportFact::Chased { report, jurisdiction, period } => {
                let name = (*jurisdiction, report.clone(), period.start());
                self.chased.entry(name).or_default().push(Chased { at, by, fact: fact.id });
            }
            ReportFact::Case { case, report, skips_level } => {
                let reported = CaseReported { at, by, fact: fact.id, skips_level: *skips_level };
                self.cases.entry((*case, *report)).or_insert(reported);
            }
        }
    }

    /// Every version of a report, first to last; empty while it is missing.
    pub fn versions(&self, of: Jurisdiction, report: &str, start: Timestamp) -> &[Version] {
        self.versions.get(&(of, report.to_owned(), start)).map_or(&[], Vec::as_slice)
    }

    /// The report that a fact confirmed: whose, which, and of which period by its start.
    pub fn by_fact(&self, fact: FactId) -> Option<(Jurisdiction, &str, Timestamp)> {
        self.by_fact.get(&fact).map(|(of, report, start)| (*of, report.as_str(), *start))
    }

    /// How often a report was asked for.
    pub fn chased(&self, of: Jurisdiction, report: &str, start: Timestamp) -> &[Chased] {
        self.chased.get(&(of, report.to_owned(), start)).map_or(&[], Vec::as_slice)
    }

    /// A report about a case, when it was made.
    pub fn about_case(&self, case: CaseId, report: CaseReport) -> Option<&CaseReported> {
        self.cases.get(&(case, report))
    }

    /// Where the report of a period stands.
    pub fn state(&self, of: Jurisdiction, report: &str, period: &Period, at: Timestamp) -> State {
        let made = self.versions(of, report, period.span.start()).first().is_some_and(|first| first.at <= at);
        if made {
            State::Confirmed
        } else if at < period.span.end() {
            State::NotDue
        } else if at <= period.due {
            State::Due
        } else {
            State::Missing
        }
    }

    /// Whether the report of a period came, or still has to come, after it was due.
    pub fn is_late(&self, of: Jurisdiction, report: &str, period: &Period, at: Timestamp) -> bool {
        let made = self.versions(of, report, period.span.start()).first().map(|first| first.at);
        made.unwrap_or(at) > period.due
    }

    /// The sum of one item over those who owe a report.
    pub fn total(
        &self,
        who: impl IntoIterator<Item = Jurisdiction>,
        report: &str,
        start: Timestamp,
        item: &str,
    ) -> Total {
        let mut total = Total::default();
        for of in who {
            total.of += 1;
            let last = self.versions(of, report, start).last();
            match last.and_then(|version| version.values.get(item)) {
                Some(Count::Known(number)) => {
                    total.reported += 1;
                    total.sum = Some(total.sum.unwrap_or_default().saturating_add(*number));
                }
                Some(Count::NotKnown) => {
                    total.reported += 1;
                    total.not_known.push(of);
                }
                None => total.missing.push(of),
            }
        }
        total
    }

    /// The four reports about a case, with their clocks.
    pub fn about(&self, case: &CaseClock, clocks: &CaseClocks) -> [CaseReportOwed; 4] {
        let after = |from: Timestamp, hours: u32| from.checked_add(i64::from(hours).hours()).unwrap_or(Timestamp::MAX);
        let made = |report| self.about_case(case.case, report).copied();
        let owed = |report, opened: Option<Timestamp>, hours| CaseReportOwed {
            report,
            opened,
            due: opened.map(|opened| after(opened, hours)),
            made: made(report),
        };
        [
            owed(CaseReport::CaseReport, Some(case.known), case.report_hours),
            owed(
                CaseReport::Verification,
                made(CaseReport::CaseReport).map(|made| made.at),
                clocks.verification_hours.value,
            ),
            owed(
                CaseReport::CoreInformation,
                Some(case.known),
                case.core_information_hours.unwrap_or(clocks.core_information_hours.value),
            ),
            owed(CaseReport::Closing, case.ended, clocks.closing_hours.value),
        ]
    }
}

/// A sum that says of how many it is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// The sum of what is known; none when nothing is.
    pub sum: Option<u64>,
    /// How many reported, be it that the number is not known.
    pub reported: usize,
    /// How many owe it.
    pub of: usize,
    /// Those who reported that the number is not known.
    pub not_known: Vec<Jurisdiction>,
    /// Those whose report is missing.
    pub missing: Vec<Jurisdiction>,
}

/// A case and the times that its reports are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseClock {
    /// The case.
    pub case: CaseId,
    /// Who answers for it.
    pub jurisdiction: Jurisdiction,
    /// When the first of its grounds was recorded.
    pub known: Timestamp,
    /// The plan's hours for reporting a case.
    pub report_hours: u32,
    /// The plan's hours for core information, when it has any.
    pub core_information_hours: Option<u32>,
    /// When nothing was required because of it any more.
    pub ended: Option<Timestamp>,
}

/// One of the reports about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseReportOwed {
    /// Which.
    pub report: CaseReport,
    /// When it could be made first; not yet, where there is none.
    pub opened: Option<Timestamp>,
    /// By when it is due.
    pub due: Option<Timestamp>,
    /// That it was made.
    pub made: Option<CaseReported>,
}

/// The begin of the period of a rhythm that a time of the clock lies in. Weeks begin on Monday.
fn floor(every_hours: u32, time: DateTime) -> DateTime {
    let midnight = time.date().at(0, 0, 0, 0);
    if every_hours == WEEK_HOURS {
        let since_monday = i64::from(time.date().weekday().since(Weekday::Monday));
        return midnight.checked_sub(since_monday.days()).unwrap_or(midnight);
    }
    let begun = i64::from(time.hour()) / i64::from(every_hours) * i64::from(every_hours);
    midnight.checked_add(begun.hours()).unwrap_or(midnight)
}

/// The grid of periods in one zone.
struct Grid<'a>(&'a TimeZone);

impl Grid<'_> {
    fn stamp(&self, time: DateTime) -> Option<Timestamp> {
        self.0.to_timestamp(time).ok()
    }

    /// The begin of the period that a time lies in.
    fn before(&self, every_hours: u32, at: Timestamp) -> Option<Timestamp> {
        self.stamp(floor(every_hours, self.0.to_datetime(at)))
    }

    /// The begin of the period after the one that a time lies in.
    fn after(&self, every_hours: u32, at: Timestamp) -> Option<Timestamp> {
        let begun = floor(every_hours, self.0.to_datetime(at));
        self.stamp(begun.checked_add(i64::from(every_hours).hours()).ok()?)
    }

    /// The first begin of a period that is not before a time.
    fn not_before(&self, every_hours: u32, at: Timestamp) -> Option<Timestamp> {
        let before = self.before(every_hours, at)?;
        if before == at { Some(at) } else { self.after(every_hours, at) }
    }
}

/// The periods of a report that a jurisdiction owes and that touch a span, in order.
///
/// The rhythm is that of the level: periods begin with the day (or the Monday), and a period that runs when the
/// level changes ends where the first period of the new rhythm begins. A level without a rhythm owes nothing:
/// a period that ends under it is not owed.
pub fn periods(
    kind: &ReportKind,
    place: Jurisdiction,
    levels: &Levels,
    zone: &TimeZone,
    owed_since: Timestamp,
    within: Span,
) -> Vec<Period> {
    let grid = Grid(zone);
    let cadence = |at: Timestamp| kind.cadence.at(levels.at(place, at).level);
    let mut periods = Vec::new();
    // The begin of a week is the begin of a period in every rhythm.
    let Some(mut from) = grid.before(WEEK_HOURS, within.start()) else { return periods };
    while from < within.end() {
        let Some(running) = cadence(from) else {
            // Nothing is owed until the level changes to one that has a rhythm; the first period begins with it.
            let begun = levels.changes(place, from, within.end()).into_iter().find(|&change| cadence(change).is_some());
            let Some(begun) = begun else { break };
            from = begun;
            continue;
        };
        let Some(mut end) = grid.after(running.every_hours, from) else { break };
        for change in levels.changes(place, from, end) {
            let cut = cadence(change).and_then(|rhythm| grid.not_before(rhythm.every_hours, change));
            end = cut.filter(|cut| from < *cut).map_or(end, |cut| cut.min(end));
        }
        if let (Some(rhythm), Ok(span)) = (cadence(end), Span::new(from, end))
            && end > owed_since
            && end > within.start()
        {
            let due = end.checked_add(i64::from(rhythm.due_after_hours).hours()).unwrap_or(Timestamp::MAX);
            periods.push(Period { span, due });
        }
        from = end;
    }
    periods
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::{STANDARD, Template};
    use facts::{Body, Channel, Draft, Hex, LevelFact, Purpose, ResponseLevel, Source};
    use jiff::tz::Offset;

    const COUNTY: &str = "390102";

    fn code(text: &str) -> Jurisdiction {
        text.parse().unwrap()
    }

    fn zone() -> TimeZone {
        TimeZone::fixed(Offset::constant(8))
    }

    /// A time by the clock of the province.
    fn time(text: &str) -> Timestamp {
        let time: DateTime = text.parse().unwrap();
        zone().to_timestamp(time).unwrap()
    }

    fn within(from: &str, to: &str) -> Span {
        Span::new(time(from), time(to)).unwrap()
    }

    fn kind(code: &str) -> ReportKind {
        Template::from_toml(STANDARD).unwrap().report(code).unwrap().clone()
    }

    /// What officers record, in order.
    #[derive(Default)]
    struct Story {
        levels: Levels,
        reports: Reports,
        facts: u64,
    }

    impl Story {
        fn fact(&mut self, at: &str, body: Body) -> Fact {
            self.facts += 1;
            let source = Source { actor: ActorId::new(7), channel: Channel::Entry, key: None };
            let draft = Draft { occurred: time(at), source, purpose: Purpose::FollowUp, supersedes: None, body };
            draft.recorded(FactId::new(self.facts), time(at))
        }

        fn switch(&mut self, at: &str, place: &str, level: ResponseLevel) {
            let jurisdiction = code(place);
            let said = LevelFact::Switched { jurisdiction, level, signed: Hex([0; 32]), met: vec![], reason: None };
            let fact = self.fact(at, Body::Level(said.clone()));
            self.levels.apply(&fact, &said);
        }

        fn confirm(&mut self, at: &str, place: &str, period: &Period, number: Count) -> FactId {
            let said = ReportFact::Confirmed {
                report: "daily".to_owned(),
                jurisdiction: code(place),
                period: period.span,
                values: BTreeMap::from([("new-cases".to_owned(), number)]),
                drafted: BTreeMap::new(),
                reason: None,
            };
            let fact = self.fact(at, Body::Report(said.clone()));
            self.reports.apply(&fact, &said);
            fact.id
        }

        fn periods(&self, report: &str, from: &str, to: &str) -> Vec<(String, String)> {
            let since = time("2022-07-01T00:00");
            let periods = periods(&kind(report), code(COUNTY), &self.levels, &zone(), since, within(from, to));
            let local = |at: Timestamp| zone().to_datetime(at).strftime("%d %H:%M").to_string();
            periods.iter().map(|it| (local(it.span.start()), local(it.due))).collect()
        }

        fn first_period(&self, from: &str) -> Period {
            let since = time("2022-07-01T00:00");
            let day = Span::new(time(from), time(from).checked_add(1.hours()).unwrap()).unwrap();
            periods(&kind("daily"), code(COUNTY), &self.levels, &zone(), since, day)[0]
        }
    }

    fn text(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(start, due)| (start.to_string(), due.to_string())).collect()
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_province_and_is_due_the_next_morning() {
        let story = Story::default();
        let days = story.periods("daily", "2022-07-09T00:00", "2022-07-11T00:00");
        assert_eq!(days, text(&[("09 00:00", "10 10:00"), ("10 00:00", "11 10:00")]));
    }

    #[test]
    fn an_emergency_cuts_the_running_day_and_doubles_the_rhythm_at_once() {
        let mut story = Story::default();
        story.switch("2022-07-09T03:00", "390000", ResponseLevel::Emergency);
        let halves = story.periods("daily", "2022-07-09T00:00", "2022-07-10T12:00");
        assert_eq!(halves, text(&[("09 00:00", "09 14:00"), ("09 12:00", "10 02:00"), ("10 00:00", "10 14:00")]));
        story.switch("2022-07-10T13:00", "390000", ResponseLevel::Peace);
        let back = story.periods("daily", "2022-07-10T12:00", "2022-07-12T00:00");
        assert_eq!(back, text(&[("10 12:00", "11 10:00"), ("11 00:00", "12 10:00")]));
    }

    #[test]
    fn a_report_that_peace_does_not_have_begins_with_the_level_and_ends_with_it() {
        let mut story = Story::default();
        assert_eq!(story.periods("capacity", "2022-07-09T00:00", "2022-07-16T00:00"), text(&[]));
        story.switch("2022-07-09T03:00", "390100", ResponseLevel::Emergency);
        story.switch("2022-07-11T15:00", "390100", ResponseLevel::Peace);
        let days = story.periods("capacity", "2022-07-08T00:00", "2022-07-16T00:00");
        assert_eq!(days, text(&[("09 03:00", "10 10:00"), ("10 00:00", "11 10:00")]));
    }

    #[test]
    fn what_a_higher_level_declared_holds_below_and_a_county_cannot_go_under_it() {
        let mut story = Story::default();
        story.switch("2022-07-09T03:00", "390000", ResponseLevel::Emergency);
        story.switch("2022-07-09T04:00", COUNTY, ResponseLevel::Alert);
        assert_eq!(story.levels.at(code(COUNTY), time("2022-07-09T05:00")).level, ResponseLevel::Emergency);
        assert_eq!(story.levels.at(code("390202"), time("2022-07-09T05:00")).level, ResponseLevel::Emergency);
        story.switch("2022-07-10T03:00", "390000", ResponseLevel::Peace);
        assert_eq!(story.levels.at(code(COUNTY), time("2022-07-10T05:00")).level, ResponseLevel::Alert);
        assert_eq!(story.levels.at(code("390202"), time("2022-07-10T05:00")).level, ResponseLevel::Peace);
    }

    #[test]
    fn a_missing_report_is_missing_and_a_zero_is_a_report() {
        let mut story = Story::default();
        let period = story.first_period("2022-07-09T00:00");
        let state = |story: &Story, at| story.reports.state(code(COUNTY), "daily", &period, time(at));
        assert_eq!(state(&story, "2022-07-09T12:00"), State::NotDue);
        assert_eq!(state(&story, "2022-07-10T09:00"), State::Due);
        assert_eq!(state(&story, "2022-07-10T10:01"), State::Missing);
        story.confirm("2022-07-10T11:00", COUNTY, &period, Count::Known(0));
        assert_eq!(state(&story, "2022-07-10T12:00"), State::Confirmed);
        assert!(story.reports.is_late(code(COUNTY), "daily", &period, time("2022-07-10T12:00")));
    }

    #[test]
    fn a_sum_says_of_how_many_it_is_made() {
        let mut story = Story::default();
        let period = story.first_period("2022-07-09T00:00");
        let counties = ["390102", "390103", "390104", "390105"].map(code);
        let total = |story: &Story| story.reports.total(counties, "daily", period.span.start(), "new-cases");
        assert_eq!((total(&story).sum, total(&story).reported), (None, 0));
        story.confirm("2022-07-10T09:00", "390102", &period, Count::Known(3));
        story.confirm("2022-07-10T09:00", "390103", &period, Count::Known(0));
        story.confirm("2022-07-10T09:00", "390104", &period, Count::NotKnown);
        let sum = total(&story);
        assert_eq!((sum.sum, sum.reported, sum.of), (Some(3), 3, 4));
        assert_eq!((sum.not_known, sum.missing), (vec![code("390104")], vec![code("390105")]));
    }

    #[test]
    fn an_amended_report_keeps_what_was_said_first_and_when() {
        let mut story = Story::default();
        let period = story.first_period("2022-07-09T00:00");
        story.confirm("2022-07-10T09:00", COUNTY, &period, Count::Known(3));
        story.confirm("2022-07-10T15:00", COUNTY, &period, Count::Known(4));
        let versions = story.reports.versions(code(COUNTY), "daily", period.span.start());
        let numbers: Vec<_> = versions.iter().map(|version| version.values["new-cases"]).collect();
        assert_eq!(numbers, [Count::Known(3), Count::Known(4)]);
        assert!(!story.reports.is_late(code(COUNTY), "daily", &period, time("2022-07-11T00:00")));
    }

    #[test]
    fn the_clocks_of_a_case_run_from_the_plan_and_verification_from_the_report() {
        let mut story = Story::default();
        let clocks = Template::from_toml(STANDARD).unwrap().case_reports;
        let case = CaseClock {
            case: CaseId::new(1),
            jurisdiction: code(COUNTY),
            known: time("2022-07-09T08:00"),
            report_hours: 2,
            core_information_hours: Some(4),
            ended: None,
        };
        let [report, verification, core, closing] = story.reports.about(&case, &clocks);
        assert_eq!((report.due, core.due), (Some(time("2022-07-09T10:00")), Some(time("2022-07-09T12:00"))));
        assert_eq!((verification.opened, closing.opened), (None, None));
        let said = ReportFact::Case { case: case.case, report: CaseReport::CaseReport, skips_level: true };
        let fact = story.fact("2022-07-09T09:00", Body::Report(said.clone()));
        story.reports.apply(&fact, &said);
        let [report, verification, ..] = story.reports.about(&case, &clocks);
        assert!(report.made.is_some_and(|made| made.skips_level));
        assert_eq!(verification.due, Some(time("2022-07-09T11:00")));
    }
}
