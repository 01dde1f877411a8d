//! The command routine: headquarters and posts, rosters, levels, reports and capacity, kept up to date together,
//! and what is owed because of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::{About, Calendar, Closed, ClosedBy, Cohort, Done, Duty, DutyKind, Exception, later, name};
use facts::{
    Body, CaseReport, Department, Fact, FactId, Item, Jurisdiction, Ladder, Level, Parties, PostRole, ShiftName, Span,
    Timestamp,
};
use jiff::ToSpan;
use jiff::tz::TimeZone;

use crate::capacity::{Available, Capacity, Demand, Saturation, saturation};
use crate::levels::{Changes, Effective, Levels, preview};
use crate::posts::{Headquarters, Post, Posts};
use crate::reports::{CaseClock, Period, Reports, State, periods};
use crate::rosters::{OnNow, Rosters};
use crate::templates::{Measure, ReportKind, Resource, Template, Templates, WEEK_HOURS};

/// The department that answers where no other does.
const OFFICE: &str = "office";

/// What follows from the situation and not from the routine's own facts.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every case, with the times that its reports are counted from.
    pub cases: Vec<CaseClock>,
    /// What is asked of resources, by jurisdiction and measure.
    pub demand: BTreeMap<Jurisdiction, BTreeMap<Measure, Demand>>,
}

/// The routine as of the last fact.
#[derive(Debug, Clone)]
pub struct Routine {
    templates: Templates,
    zone: TimeZone,
    facts: Vec<Arc<Fact>>,
    /// Headquarters and posts.
    pub posts: Posts,
    /// Shifts, leave, notes.
    pub rosters: Rosters,
    /// Levels.
    pub levels: Levels,
    /// Reports.
    pub reports: Reports,
    /// Capacity and aid.
    pub capacity: Capacity,
}

/// A period of reports, and who confirmed theirs.
type Confirmed = (Period, Vec<(Jurisdiction, Done)>);

impl Routine {
    /// Before any fact. Days begin by the clock of a zone.
    pub fn new(templates: Templates, zone: TimeZone) -> Self {
        Self {
            templates,
            zone,
            facts: Vec::new(),
            posts: Posts::default(),
            rosters: Rosters::default(),
            levels: Levels::default(),
            reports: Reports::default(),
            capacity: Capacity::default(),
        }
    }

    /// From facts in journal order.
    pub fn from_scratch<'a>(
        templates: Templates,
        zone: TimeZone,
        facts: impl IntoIterator<Item = &'a Arc<Fact>>,
    ) -> Self {
        let mut routine = Self::new(templates, zone);
        let mut kept: BTreeSet<FactId> = BTreeSet::new();
        for fact in facts {
            if is_own(fact) || fact.draft.supersedes.is_some_and(|of| kept.contains(&of)) {
                kept.insert(fact.id);
                routine.facts.push(fact.clone());
            }
        }
        routine.derive();
        routine
    }

    /// Takes in one more fact. Facts about anything else change nothing.
    pub fn apply(&mut self, fact: &Arc<Fact>) {
        let supersedes = fact.draft.supersedes;
        let superseded = supersedes.and_then(|of| self.facts.iter().find(|known| known.id == of));
        if !is_own(fact) && superseded.is_none() {
            return;
        }
        let amends = superseded.is_some_and(|superseded| is_amendment(fact, superseded));
        self.facts.push(fact.clone());
        if supersedes.is_none() || amends {
            self.take(fact);
        } else {
            // These facts are few, and corrections among them fewer.
            self.derive();
        }
    }

    /// Derives everything again from the facts that stand.
    fn derive(&mut self) {
        let (templates, zone) = (std::mem::take(&mut self.templates), self.zone.clone());
        let facts = std::mem::take(&mut self.facts);
        *self = Self { facts, ..Self::new(templates, zone) };
        for fact in standing(&self.facts) {
            self.take(&fact);
        }
    }

    fn take(&mut self, fact: &Fact) {
        match fact.body() {
            Body::Post(said) => {
                self.posts.apply(fact, said, &self.templates);
                self.rosters.apply(fact, said);
            }
            Body::Level(said) => self.levels.apply(fact, said),
            Body::Report(said) => self.reports.apply(fact, said),
            Body::Capacity(said) => self.capacity.apply(fact, said),
            _ => {}
        }
    }

    /// The templates that headquarters can be set up by.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// By whose clock days begin.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The level that holds somewhere.
    pub fn level(&self, place: Jurisdiction, at: Timestamp) -> Effective<'_> {
        self.levels.at(place, at)
    }

    /// Whether command is flat for a headquarters.
    pub fn is_flat(&self, headquarters: &Headquarters, at: Timestamp) -> bool {
        self.level(headquarters.jurisdiction, at).level >= headquarters.template.flat_from
    }

    /// The template of the headquarters that answers for a place: its own, or the next one above.
    pub fn template(&self, place: Jurisdiction, at: Timestamp) -> Option<&Arc<Template>> {
        let own = self.posts.headquarters(place, at);
        let above = || self.posts.above(place, at).and_then(|above| self.posts.headquarters(above, at));
        own.or_else(above).map(|headquarters| &headquarters.template)
    }

    /// What declaring a level somewhere would change.
    pub fn preview(&self, jurisdiction: Jurisdiction, level: facts::ResponseLevel, at: Timestamp) -> Option<Changes> {
        preview(&self.levels, &self.posts, jurisdiction, level, at)
    }

    /// Who answers for a post.
    pub fn on_now(&self, post: &Post<'_>, at: Timestamp) -> OnNow {
        let held = self.posts.holders(post.id, at);
        let held = PostRole::BOTH.map(|role| held.and_then(|held| held.officer(role)));
        self.rosters.on_now(post.id, post.kind.around_the_clock, held, at)
    }

    /// The periods of a report that a headquarters owes and that touch a span.
    pub fn periods(&self, headquarters: &Headquarters, kind: &ReportKind, within: Span) -> Vec<Period> {
        let place = headquarters.jurisdiction;
        if !kind.levels.contains(&place.level()) {
            return Vec::new();
        }
        let mut owed = periods(kind, place, &self.levels, &self.zone, headquarters.established, within);
        owed.retain(|period| headquarters.dissolved.is_none_or(|dissolved| period.span.end() <= dissolved));
        owed
    }

    /// The period of a report that begins at a time, when the headquarters owes it.
    pub fn period(&self, headquarters: &Headquarters, kind: &ReportKind, start: Timestamp) -> Option<Period> {
        let moment = Span::new(start, start.checked_add(1.second()).ok()?).ok()?;
        self.periods(headquarters, kind, moment).into_iter().find(|period| period.span.start() == start)
    }

    /// Those who should state what they have, within a jurisdiction: its lowest headquarters and whoever did.
    pub fn stating(&self, within: Jurisdiction, resource: &str, at: Timestamp) -> BTreeSet<Jurisdiction> {
        let all = self.posts.within(within, at).map(|headquarters| headquarters.jurisdiction);
        let lowest = all.filter(|&place| {
            self.posts.below(place, at).next().is_none() || !self.capacity.statements(place, resource).is_empty()
        });
        lowest.collect()
    }

    /// What a jurisdiction has of a resource, what is asked of it, and for how long it lasts.
    pub fn resource(
        &self,
        within: Jurisdiction,
        template: &Template,
        resource: &Resource,
        known: &Known,
        at: Timestamp,
    ) -> (Available, Option<Demand>, Saturation) {
        let who = self.stating(within, &resource.code, at);
        let available = self.capacity.available(who, &resource.code, &template.capacity, at);
        let asked = known.demand.get(&within).and_then(|measures| measures.get(&resource.demand));
        let demand = asked.map(|asked| Demand {
            amount: asked.amount * resource.per_demand.value,
            change_per_hour: asked.change_per_hour * resource.per_demand.value,
        });
        // A sum of a part is no sum: what is missing might be a shortfall, and might be plenty.
        let sum = available.sum.filter(|_| available.missing.is_empty());
        let saturation = saturation(resource, sum, demand);
        (available, demand, saturation)
    }

    /// Everything that the routine owes or owed since a time, as of another.
    pub fn duties(&self, known: &Known, since: Timestamp, at: Timestamp) -> Vec<Duty> {
        let mut duties = Vec::new();
        self.report_duties(since, at, &mut duties);
        self.case_duties(known, at, &mut duties);
        self.shift_duties(since, at, &mut duties);
        self.note_duties(since, at, &mut duties);
        self.review_duties(since, at, &mut duties);
        self.aid_duties(since, at, &mut duties);
        self.shortfall_duties(known, at, &mut duties);
        duties
    }

    /// When a duty makes itself heard that is owed somewhere: by the template there, or the one that comes with the
    /// program where no headquarters was set up.
    pub fn ladder(&self, place: Jurisdiction, at: Timestamp) -> Ladder {
        let level = self.level(place, at).level;
        let shipped = || self.templates.get("standard").ok().map(|(_, template)| template);
        let template = self.template(place, at).or_else(shipped);
        let ladder = template.and_then(|template| template.ladder.at(level)).unwrap_or_default();
        Ladder { flat: template.is_some_and(|template| level >= template.flat_from), ..ladder }
    }

    /// The hours of a deadline somewhere: by the template there, or the one that comes with the program where no
    /// headquarters was set up; none where it has none at the level that holds.
    pub fn hours(&self, deadline: &str, place: Jurisdiction, at: Timestamp) -> Option<u32> {
        let shipped = || self.templates.get("standard").ok().map(|(_, template)| template);
        self.template(place, at).or_else(shipped)?.hours(deadline, self.level(place, at).level)
    }

    /// The working hours somewhere, when the template there has any, or the one that comes with the program where no
    /// headquarters was set up.
    pub fn calendar(&self, place: Jurisdiction, at: Timestamp) -> Option<Calendar> {
        let shipped = || self.templates.get("standard").ok().map(|(_, template)| template);
        let template = self.template(place, at).or_else(shipped)?;
        template.working_hours.as_ref().map(|hours| hours.calendar(self.zone.clone()))
    }

    /// When a deadline of the routine is up that began to run at a time; the end of time where it has none.
    fn due(&self, deadline: &str, place: Jurisdiction, from: Timestamp) -> Timestamp {
        let level = self.level(place, from).level;
        let hours = self.template(place, from).and_then(|template| template.hours(deadline, level));
        hours.map_or(Timestamp::MAX, |hours| later(from, hours.saturating_mul(60)))
    }

    /// One duty for all who owe a report to the same headquarters, with those who are late as its exceptions, and
    /// one for each of those who has not made it or made it late.
    fn report_duties(&self, since: Timestamp, at: Timestamp, duties: &mut Vec<Duty>) {
        // What ended earlier may have been due since.
        let earlier = since.checked_sub(i64::from(WEEK_HOURS).hours()).unwrap_or(Timestamp::MIN);
        let Ok(within) = Span::new(earlier, at) else { return };
        let mut cohorts: BTreeMap<(Jurisdiction, Level, &str, Timestamp), Confirmed> = BTreeMap::new();
        for headquarters in self.posts.within(Jurisdiction::NATION, at) {
            let place = headquarters.jurisdiction;
            let to = self.posts.above(place, at).unwrap_or(place);
            for kind in &headquarters.template.reports {
                for period in self.periods(headquarters, kind, within) {
                    if period.span.end() <= at && period.due >= since {
                        let key = (to, place.level(), kind.code.as_str(), period.span.start());
                        cohorts.entry(key).or_insert((period, Vec::new())).1.push((place, headquarters.set_up));
                    }
                }
            }
        }
        for ((to, level, report, start), (period, members)) in cohorts {
            let about = || About::Report { report: report.to_owned(), period: period.span };
            let parts = |whose: Jurisdiction| {
                name(
                    DutyKind::Report,
                    &[&whose.number().to_be_bytes(), report.as_bytes(), &start.as_second().to_be_bytes()],
                )
            };
            let cohort_id = name(
                DutyKind::Report,
                &[
                    b"cohort",
                    &to.number().to_be_bytes(),
                    &[level as u8],
                    report.as_bytes(),
                    &start.as_second().to_be_bytes(),
                ],
            );
            let mut cohort = Cohort { members: members.len() as u64, exceptions: BTreeMap::new() };
            let mut all_made: Option<Timestamp> = Some(period.span.end());
            let mut because = Vec::new();
            for (place, set_up) in members {
                let first = self.reports.versions(place, report, start).first().filter(|first| first.at <= at);
                all_made = all_made.zip(first).map(|(made, first)| made.max(first.at));
                because.extend(first.map(|first| first.fact));
                let state = self.reports.state(place, report, &period, at);
                let late = self.reports.is_late(place, report, &period, at);
                if state == State::Confirmed && !late {
                    continue;
                }
                if late {
                    let missed = Done { occurred: period.due, recorded: period.due, ..set_up };
                    let resolved = first.map(|first| Done {
                        occurred: first.at,
                        recorded: first.at,
                        fact: first.fact,
                        by: first.by,
                    });
                    let exception = Exception { since: missed, resolved, words: None };
                    cohort.exceptions.insert(Item::Jurisdiction(place), exception);
                }
                let owner = self.office(place, at);
                let ladder = self.ladder(place, period.span.end());
                let mut duty = Duty::new(parts(place), about(), owner, period.span.end(), period.due, ladder);
                duty.owed_to = Some(to);
                duty.part_of = Some(cohort_id);
                duty.because = first.map(|first| first.fact).into_iter().collect();
                duty.closed = first.map(|first| Closed { at: first.at, by: ClosedBy::Done });
                duties.push(duty);
            }
            let ladder = self.ladder(to, period.span.end());
            let mut duty = Duty::new(cohort_id, about(), self.office(to, at), period.span.end(), period.due, ladder);
            duty.owed_to = self.posts.above(to, at);
            duty.because = because;
            duty.cohort = Some(cohort);
            duty.closed = all_made.map(|at| Closed { at, by: ClosedBy::Done });
            duties.push(duty);
        }
    }

    fn case_duties(&self, known: &Known, at: Timestamp, duties: &mut Vec<Duty>) {
        for case in &known.cases {
            let place = case.jurisdiction.at(Level::County);
            let Some(template) = self.template(place, at) else { continue };
            for owed in self.reports.about(case, &template.case_reports) {
                let (Some(opened), Some(due)) = (owed.opened, owed.due) else { continue };
                let id =
                    name(DutyKind::CaseReport, &[&case.case.number().to_be_bytes(), owed.report.code().as_bytes()]);
                let about = About::CaseReport { case: case.case, report: owed.report };
                // Verification is another's than the report that it verifies.
                let owner = match owed.report {
                    CaseReport::Verification => self.posts.above(place, at).unwrap_or(place),
                    _ => place,
                };
                let owner = self.department(owner, "surveillance", at);
                let mut duty = Duty::new(id, about, owner, opened, due, self.ladder(place, opened));
                duty.owed_to = self.posts.above(place, at);
                if let Some(made) = owed.made {
                    duty.because.push(made.fact);
                    duty.closed = Some(Closed { at: made.at.max(opened), by: ClosedBy::Done });
                }
                duties.push(duty);
            }
        }
    }

    /// Turns that somebody fell ill for, and posts that nobody stands although they are stood day and night.
    fn shift_duties(&self, since: Timestamp, at: Timestamp, duties: &mut Vec<Duty>) {
        for vacancy in self.rosters.vacancies().filter(|vacancy| vacancy.span.end() > since && vacancy.since <= at) {
            let Some(post) = self.posts.post(vacancy.turn.shift.post) else { continue };
            let place = post.headquarters.jurisdiction;
            let id = name(
                DutyKind::Shift,
                &[
                    &vacancy.leave.number().to_be_bytes(),
                    &post.id.number().to_be_bytes(),
                    &vacancy.turn.shift.start.as_second().to_be_bytes(),
                    &[vacancy.turn.role as u8],
                ],
            );
            let about = About::Shift { post: post.id, span: vacancy.span };
            let due = self.due("fill-gap", place, vacancy.since);
            let ladder = self.ladder(place, vacancy.since);
            let mut duty = Duty::new(id, about, self.department(place, OFFICE, at), vacancy.since, due, ladder);
            duty.because = vec![vacancy.leave];
            duty.because.extend(vacancy.filled.map(|(fact, _)| fact));
            duty.lapses = vacancy.span.end();
            duty.closed = vacancy.filled.map(|(_, at)| Closed { at, by: ClosedBy::Done });
            duties.push(duty);
        }
        for headquarters in self.posts.within(Jurisdiction::NATION, at) {
            let place = headquarters.jurisdiction;
            let level = self.level(place, at);
            for post in headquarters.posts().filter(|post| post.kind.around_the_clock && post.is_active(level.level)) {
                if self.rosters.running(post.id, at).is_some() {
                    continue;
                }
                // Since the last shift ended, or since the post is there and to be filled.
                let ended = self.rosters.last_end(post.id, at);
                let begun = level.declared.map_or(headquarters.established, |(_, switch)| switch.at);
                let opened = ended.unwrap_or(Timestamp::MIN).max(begun.max(headquarters.established));
                let next = self.rosters.next(ShiftName { post: post.id, start: at });
                let lapses = next.map_or(Timestamp::MAX, |next| next.shift.span.start());
                let Ok(span) = Span::new(opened, lapses.max(later(at, 1))) else { continue };
                let id = name(
                    DutyKind::Shift,
                    &[b"empty", &post.id.number().to_be_bytes(), &opened.as_second().to_be_bytes()],
                );
                let about = About::Shift { post: post.id, span };
                let due = self.due("fill-gap", place, opened);
                let ladder = self.ladder(place, opened);
                let mut duty = Duty::new(id, about, self.department(place, OFFICE, at), opened, due, ladder);
                duty.because = vec![headquarters.set_up.fact];
                duty.lapses = lapses;
                duties.push(duty);
            }
        }
    }

    /// Notes that the next shift has to read, and notes that a shift that ended has yet to leave.
    fn note_duties(&self, since: Timestamp, at: Timestamp, duties: &mut Vec<Duty>) {
        let Ok(within) = Span::new(since, at) else { return };
        for headquarters in self.posts.within(Jurisdiction::NATION, at) {
            let place = headquarters.jurisdiction;
            let minutes = headquarters.template.roster.note_minutes.value;
            for post in headquarters.posts().filter(|post| post.kind.around_the_clock) {
                for rostered in self.rosters.shifts(post.id, within) {
                    let span = rostered.shift.span;
                    let shift = ShiftName { post: post.id, start: span.start() };
                    let Some(next) = self.rosters.next(shift).filter(|_| span.end() <= at) else { continue };
                    let note = self.rosters.note(shift);
                    let parties = |individual| Parties {
                        individual: Some(individual),
                        ..self.department(place, &post.department.code, at)
                    };
                    let key = [post.id.number().to_be_bytes(), span.start().as_second().to_be_bytes()].concat();
                    let ladder = self.ladder(place, span.end());
                    let about = About::Shift { post: post.id, span };
                    let id = name(DutyKind::Note, &[b"write", &key]);
                    let due = later(span.end(), minutes);
                    let mut write = Duty::new(id, about, parties(rostered.shift.primary), span.end(), due, ladder);
                    write.because = rostered.because.clone();
                    write.closed = note.map(|note| Closed { at: note.at.max(span.end()), by: ClosedBy::Done });
                    duties.push(write);
                    let Some(note) = note else { continue };
                    let received = note.at.max(next.shift.span.start());
                    let id = name(DutyKind::Note, &[b"read", &key]);
                    let about = About::Note { note: note.fact };
                    let due = later(received, minutes);
                    let mut read = Duty::new(id, about, parties(next.shift.primary), received, due, ladder);
                    read.because = vec![note.fact];
                    read.closed =
                        note.acknowledged.map(|(_, read, _)| Closed { at: read.max(received), by: ClosedBy::Done });
                    duties.push(read);
                }
            }
        }
    }

    /// Above peace, a level is looked at again and again, by who declared it.
    fn review_duties(&self, since: Timestamp, at: Timestamp, duties: &mut Vec<Duty>) {
        for place in self.levels.declared() {
            let looks = self.levels.looks(place);
            for (number, &(looked, fact)) in looks.iter().enumerate() {
                let next = looks.get(number + 1);
                if next.is_some_and(|(next, _)| *next < since) {
                    continue;
                }
                let due = self.due("level-review", place, looked);
                let own = self.levels.own(place, looked).map(|switch| switch.level);
                if due == Timestamp::MAX || own == Some(facts::ResponseLevel::Peace) {
                    continue;
                }
                let id = name(DutyKind::LevelReview, &[&fact.number().to_be_bytes()]);
                let owner = self.department(place, OFFICE, at);
                let mut duty = Duty::new(id, About::LevelReview, owner, looked, due, self.ladder(place, looked));
                duty.because = vec![fact];
                if let Some((next, by)) = next {
                    duty.because.push(*by);
                    duty.closed = Some(Closed { at: *next, by: ClosedBy::Done });
                }
                duties.push(duty);
            }
        }
    }

    /// A request for help is answered, and what was offered arrives.
    fn aid_duties(&self, since: Timestamp, at: Timestamp, duties: &mut Vec<Duty>) {
        for aid in self.capacity.all_aid().filter(|aid| aid.ended.is_none_or(|(ended, _)| ended >= since)) {
            let about = || About::Aid { request: aid.fact };
            let owner = || self.department(aid.of, "supplies", at);
            let ladder = self.ladder(aid.of, aid.asked);
            let ended = aid.ended.map_or(Timestamp::MAX, |(ended, _)| ended);
            let id = name(DutyKind::Aid, &[b"answer", &aid.fact.number().to_be_bytes()]);
            let due = self.due("answer-aid", aid.of, aid.asked);
            let mut answer = Duty::new(id, about(), owner(), aid.asked, due, ladder);
            answer.owed_to = Some(aid.from);
            answer.because = vec![aid.fact];
            answer.lapses = ended;
            let Some((offered, answered, fact)) = aid.answered else {
                duties.push(answer);
                continue;
            };
            answer.because.push(fact);
            answer.closed = Some(Closed { at: answered, by: ClosedBy::Done });
            duties.push(answer);
            if offered == 0 {
                continue;
            }
            let id = name(DutyKind::Aid, &[b"arrive", &aid.fact.number().to_be_bytes()]);
            let mut arrive = Duty::new(id, about(), owner(), answered, aid.needed_by.max(answered), ladder);
            arrive.owed_to = Some(aid.from);
            arrive.opened = aid.asked;
            arrive.because = vec![aid.fact, fact];
            arrive.lapses = ended;
            if let Some((complete, fact)) = aid.complete {
                arrive.because.push(fact);
                arrive.closed = Some(Closed { at: complete, by: ClosedBy::Done });
            }
            duties.push(arrive);
        }
    }

    /// What there is too little of is to be made up for, since the last number behind it was recorded.
    fn shortfall_duties(&self, known: &Known, at: Timestamp, duties: &mut Vec<Duty>) {
        for headquarters in self.posts.within(Jurisdiction::NATION, at) {
            let (place, template) = (headquarters.jurisdiction, &headquarters.template);
            for resource in &template.resources {
                let (available, _, saturation) = self.resource(place, template, resource, known, at);
                if !saturation.is_shortfall(&template.capacity) {
                    continue;
                }
                let stated = self.stating(place, &resource.code, at).into_iter();
                let stated = stated.filter_map(|of| self.capacity.last(of, &resource.code)).map(|last| last.recorded);
                let Some(opened) = stated.max() else { continue };
                let id = name(
                    DutyKind::Shortfall,
                    &[&place.number().to_be_bytes(), resource.code.as_bytes(), &opened.as_second().to_be_bytes()],
                );
                let about = About::Shortfall { resource: resource.code.clone() };
                let due = self.due("resolve-shortfall", place, opened);
                let owner = self.department(place, "supplies", at);
                let mut duty = Duty::new(id, about, owner, opened, due, self.ladder(place, opened));
                duty.owed_to = self.posts.above(place, at);
                duty.because = available.because;
                duties.push(duty);
            }
        }
    }

    fn office(&self, place: Jurisdiction, at: Timestamp) -> Parties {
        self.department(place, OFFICE, at)
    }

    /// A department of a headquarters and whoever answers for its first post; its office where it does not work now.
    fn department(&self, place: Jurisdiction, code: &str, at: Timestamp) -> Parties {
        let mut parties = Parties::of(place);
        let Some(headquarters) = self.posts.headquarters(place, at) else { return parties };
        let level = self.level(place, at).level;
        let works = |code: &str| {
            headquarters.departments().find(|it| it.code == code).filter(|it| headquarters.is_active(it, level))
        };
        let Some(department) = works(code).or_else(|| works(OFFICE)) else { return parties };
        parties.department = Department::named(&department.code).ok();
        let mut posts = headquarters.posts().filter(|post| post.department.code == department.code);
        parties.individual = posts.find_map(|post| {
            let on = self.on_now(&post, at);
            match on.acting? {
                PostRole::Primary => on.primary,
                PostRole::Deputy => on.deputy,
            }
        });
        parties
    }
}

/// Whether a fact is of the routine.
fn is_own(fact: &Fact) -> bool {
    matches!(fact.body(), Body::Post(_) | Body::Level(_) | Body::Report(_) | Body::Capacity(_))
}

/// Whether a fact is a later version of a report, beside which the earlier one stays visible.
fn is_amendment(fact: &Fact, of: &Fact) -> bool {
    let confirms = |fact: &Fact| matches!(fact.body(), Body::Report(facts::ReportFact::Confirmed { .. }));
    confirms(fact) && confirms(of)
}

/// The facts that are neither corrected nor withdrawn, in order.
fn standing(facts: &[Arc<Fact>]) -> Vec<Arc<Fact>> {
    let by_id: BTreeMap<FactId, &Arc<Fact>> = facts.iter().map(|fact| (fact.id, fact)).collect();
    let mut undone: BTreeSet<FactId> = BTreeSet::new();
    let mut superseded: BTreeSet<FactId> = BTreeSet::new();
    // From the last to the first, so that whatever undoes a fact was looked at before it.
    for fact in facts.iter().rev() {
        let Some(of) = fact.draft.supersedes.filter(|_| !undone.contains(&fact.id)) else { continue };
        if matches!(fact.body(), Body::Withdrawn { .. }) {
            undone.insert(of);
            superseded.insert(of);
        } else if !by_id.get(&of).is_some_and(|of| is_amendment(fact, of)) {
            superseded.insert(of);
        }
    }
    facts.iter().filter(|fact| !superseded.contains(&fact.id)).cloned().collect()
}

#[cfg(test)]
mod tests;
