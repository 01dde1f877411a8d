//! Thirty days of a province: orders, tasks, hand-overs, rosters, reports and switches of level, by a seed.
//!
//! What must hold whatever happens: no duty is lost, none is owed by nobody, every escalation comes at its
//! minute, and a report that is missing is never a zero.
#![allow(missing_docs)]

mod helpers;

use std::collections::{BTreeMap, BTreeSet};

use command::Crossing;
use command::routine::Known;
use command::templates::{STANDARD, Template};
use duties::{About, ClosedBy, DutyKind, Rung, ladder::above};
use facts::{
    Act, ActorId, Body, Count, DutyId, Hex, Jurisdiction, LevelFact, OrderFact, PostFact, Reason, ReportFact,
    ResponseLevel, Shift, Span, Subject, Timestamp,
};
use facts::{InspectionFact, Parties};
use helpers::*;
use jiff::ToSpan;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const DAYS: i64 = 30;
const DAY: i64 = 24 * 60;
const PROVINCE: &str = "390000";
const CITIES: i64 = 3;
const COUNTIES_EACH: i64 = 5;

fn cities() -> Vec<String> {
    (1..=CITIES).map(|city| format!("39{city:02}00")).collect()
}

fn counties() -> Vec<String> {
    (1..=CITIES).flat_map(|city| (2..2 + COUNTIES_EACH).map(move |county| format!("39{city:02}{county:02}"))).collect()
}

/// What was reported: by report, place and the begin of the period, the number of one item.
type Reported = BTreeMap<(Jurisdiction, Timestamp), Option<u64>>;

struct Province {
    story: Story,
    random: ChaCha8Rng,
    given: BTreeSet<DutyId>,
    reported: Reported,
    /// What a province that looked every minute heard.
    expected: BTreeSet<(Timestamp, DutyId, Rung)>,
}

impl Province {
    fn begins(seed: u64) -> Self {
        let mut story = Story::with_templates();
        for place in std::iter::once(PROVINCE.to_owned()).chain(cities()).chain(counties()) {
            let (headquarters, template) = (code(&place), "standard".to_owned());
            let digest = Template::digest(STANDARD);
            story.record(ALICE, minute(0), Body::Post(PostFact::Established { headquarters, template, digest }));
        }
        let random = ChaCha8Rng::seed_from_u64(seed);
        let (given, reported, expected) = Default::default();
        Self { story, random, given, reported, expected }
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.random).unwrap().clone()
    }

    fn chance(&mut self, share: f64) -> bool {
        self.random.random_bool(share)
    }

    /// The minutes at which something happens on a day.
    fn minutes(&mut self, number: usize) -> Vec<i64> {
        let mut minutes: Vec<i64> = (0..number).map(|_| self.random.random_range(1..DAY)).collect();
        minutes.sort();
        minutes
    }

    fn day(&mut self, day: i64) {
        let begins = day * DAY;
        let things = 60 + self.random.random_range(0..40);
        let mut happens: Vec<(i64, bool)> = self.minutes(things).into_iter().map(|at| (at, false)).collect();
        let reports = self.minutes((CITIES * (1 + COUNTIES_EACH)) as usize * 2);
        happens.extend(reports.into_iter().map(|at| (at, true)));
        happens.sort();
        let mut passed = begins;
        for (at, is_report) in happens {
            let now = begins + at;
            self.pass(passed, now);
            passed = now;
            if is_report { self.report(now) } else { self.something(now) }
        }
        self.pass(passed, begins + DAY);
    }

    /// Minute by minute, the definition of who is heard of when.
    fn pass(&mut self, from: i64, to: i64) {
        let board = self.story.command.board();
        let open: Vec<_> = board.all().filter(|duty| duty.closed.is_none()).collect();
        for passing in from + 1..=to {
            let now = minute(passing);
            for duty in &open {
                let late = now.duration_since(duty.deadline()).as_mins();
                if late == 0 && duty.received < now {
                    self.expected.insert((now, duty.id, Rung::Due));
                }
                let Some(every) = duty.ladder.escalate_every_minutes.map(i64::from) else { continue };
                let levels = above(duty.owner.territory, duty.ladder.flat).count() as i64;
                if late > 0 && late % every == 0 && late / every <= levels {
                    self.expected.insert((now, duty.id, Rung::Escalation((late / every) as u8)));
                }
            }
        }
        // The machine is off now and then, for hours.
        if to / 180 % 3 != 0 {
            self.story.command.advance(minute(to));
        }
    }

    fn something(&mut self, now: i64) {
        let at = minute(now);
        let open: Vec<DutyId> = self.story.board().all().filter(|duty| duty.is_open(at)).map(|duty| duty.id).collect();
        match self.random.random_range(0..20) {
            0 => self.order(now),
            1..=7 => {
                let (county, due) = (self.pick(&counties()), minute(now + self.random.random_range(30..3 * DAY)));
                let task = self.story.task(at, &county, due);
                self.given.insert(task);
            }
            8 => self.finding(now),
            _ if open.is_empty() => {}
            kind => {
                let duty = self.pick(&open);
                self.act(kind, now, duty);
            }
        }
    }

    fn act(&mut self, kind: i32, now: i64, duty: DutyId) {
        let at = minute(now);
        let owner = self.story.board().get(duty).unwrap();
        let finding = self.story.command.inspections().findings().find(|it| it.recheck == Some(duty)).map(|it| it.fact);
        let is_waiting = owner.waiting().is_some();
        let act = match kind {
            9 => Act::Acknowledge,
            10 => hand_over(&self.pick(&counties())),
            11 if is_waiting => Act::Answer { accepted: self.chance(0.7), words: None },
            11 => Act::Refuse { reason: Reason::NoCapacity, words: None },
            12 => Act::Pause { until: minute(now + 300), reason: Reason::Weather, words: None },
            13 => Act::HandBack { reason: Reason::NotHere, words: None },
            14 => Act::Assign { to: Some(ActorId::new(self.random.random_range(1..50))) },
            15 => {
                let done = self.story.board().all().find(|duty| duty.closed.is_some_and(|it| it.by == ClosedBy::Done));
                let Some(done) = done.map(|duty| duty.id) else { return };
                let due = minute(now + 2 * DAY);
                let reopen = Act::Reopen { due, reason: Reason::NotDone, words: None };
                self.story.act(ALICE, at, done, reopen);
                return;
            }
            _ => shown(9),
        };
        if let Some(finding) = finding {
            let held = self.chance(0.7);
            let due = (!held).then(|| minute(now + DAY));
            let body = InspectionFact::Rechecked { finding, held, due, text: None, photo: None };
            self.story.record(CAROL, at, Body::Inspection(body));
            return;
        }
        self.story.act(BOB, at, duty, act);
    }

    fn order(&mut self, now: i64) {
        let to: BTreeSet<Jurisdiction> = cities().iter().chain(&counties()).map(|to| code(to)).collect();
        let ladder = self.story.command.routine.ladder(code(PROVINCE), minute(now));
        let body = OrderFact::Given {
            from: code(PROVINCE),
            to,
            department: None,
            text: words(1),
            due: minute(now + self.random.random_range(60..2 * DAY)),
            ladder,
            evidence_required: true,
            meeting: None,
            decision: None,
        };
        let order = self.story.record(ALICE, minute(now), Body::Order(body));
        self.given.extend(self.story.command.orders().order(order).unwrap().duties.values());
    }

    fn finding(&mut self, now: i64) {
        let body = InspectionFact::Finding {
            by: code(PROVINCE),
            parties: Parties::of(code(&self.pick(&counties()))),
            subject: Subject::Rosters,
            text: words(2),
            photo: None,
            due: minute(now + DAY),
            ladder: LADDER,
            recheck_within_minutes: 600,
        };
        let finding = self.story.record(ALICE, minute(now), Body::Inspection(body));
        self.given.insert(self.story.command.inspections().finding(finding).unwrap().duty);
    }

    /// Somebody reports on the last period that ended; now and then nobody does, or does not know the number.
    fn report(&mut self, now: i64) {
        let at = minute(now);
        let places: Vec<String> = cities().into_iter().chain(counties()).collect();
        let place = code(&self.pick(&places));
        let routine = &self.story.command.routine;
        let headquarters = routine.posts.headquarters(place, at).unwrap();
        let kind = headquarters.template.report("daily").unwrap();
        let Ok(lately) = Span::new(at.checked_sub(48.hours()).unwrap(), at) else { return };
        let periods = routine.periods(headquarters, kind, lately);
        let Some(period) = periods.into_iter().rfind(|period| period.span.end() <= at) else { return };
        if self.reported.contains_key(&(place, period.span.start())) {
            return;
        }
        let number = if self.chance(0.1) { None } else { Some(self.random.random_range(0..3)) };
        let said = ReportFact::Confirmed {
            report: "daily".to_owned(),
            jurisdiction: place,
            period: period.span,
            values: BTreeMap::from([("new-cases".to_owned(), Count::from(number))]),
            drafted: BTreeMap::new(),
            reason: None,
        };
        self.story.record(BOB, at, Body::Report(said));
        self.reported.insert((place, period.span.start()), number);
    }

    fn switch(&mut self, day: i64, level: ResponseLevel) {
        let (jurisdiction, signed) = (code(PROVINCE), Hex([0; 32]));
        let body = LevelFact::Switched { jurisdiction, level, signed, met: vec![], reason: None };
        self.story.record(ALICE, minute(day * DAY), Body::Level(body));
    }

    /// A week's shifts for the province's duty officer.
    fn roster(&mut self, day: i64) {
        let post = command::posts::post_id(code(PROVINCE), "office", "duty-officer");
        let shift = |number: i64| {
            let begins = (day + 1) * DAY + number * 12 * 60;
            let span = Span::new(minute(begins), minute(begins + 12 * 60)).unwrap();
            let officer = |of: i64| ActorId::new((of % 4 + 60) as u64);
            Shift { span, primary: officer(number), deputy: officer(number + 1) }
        };
        let shifts = (0..14).map(shift).collect();
        self.story.record(ALICE, minute(day * DAY + 1), Body::Post(PostFact::Rostered { post, shifts }));
    }

    /// No duty is lost, and none is owed by nobody.
    fn check_board(&self, at: Timestamp) {
        let board = self.story.board();
        for &duty in &self.given {
            let legs = board.legs(duty);
            assert!(!legs.is_empty(), "{duty} was given and is gone");
            let open = legs.iter().filter(|leg| leg.is_open(at)).count();
            assert!(open <= 1, "{duty} is owed twice");
            let last = legs.last().unwrap();
            let handed = matches!(last.closed.map(|it| it.by), Some(ClosedBy::HandedOver | ClosedBy::HandedBack));
            assert!(!handed, "{duty} was handed on to nobody");
            assert!(code(PROVINCE).contains(last.owner.territory), "{duty} is owed by nobody here");
            for pair in legs.windows(2) {
                assert_eq!(pair[0].closed.unwrap().at, pair[1].received, "{duty} lay between two owners");
            }
        }
    }

    /// A report that is missing is missing, and a number that nobody knows is not known.
    fn check_reports(&self, at: Timestamp) {
        let routine = &self.story.command.routine;
        let all: BTreeSet<Timestamp> = self.reported.keys().map(|(_, start)| *start).collect();
        for start in all {
            for city in cities() {
                let who: Vec<Jurisdiction> = routine.posts.below(code(&city), at).map(|it| it.jurisdiction).collect();
                let total = routine.reports.total(who.iter().copied(), "daily", start, "new-cases");
                let said = who.iter().filter_map(|&place| self.reported.get(&(place, start)));
                let known: Vec<u64> = said.clone().filter_map(|number| *number).collect();
                assert_eq!(total.of, COUNTIES_EACH as usize);
                assert_eq!(total.reported, said.count());
                assert_eq!(total.missing.len(), total.of - total.reported, "who did not report is named");
                assert_eq!(total.sum, (!known.is_empty()).then(|| known.iter().sum()), "and adds nothing");
            }
        }
    }
}

fn thirty_days(seed: u64) -> Province {
    let mut province = Province::begins(seed);
    for day in 0..DAYS {
        match day {
            8 => province.switch(day, ResponseLevel::Alert),
            12 => province.switch(day, ResponseLevel::Emergency),
            22 => province.switch(day, ResponseLevel::Peace),
            _ => {}
        }
        if day % 8 == 0 {
            province.roster(day);
        }
        province.day(day);
        province.check_board(minute((day + 1) * DAY));
    }
    province.story.command.advance(minute(DAYS * DAY));
    province
}

fn log(province: &Province) -> &BTreeSet<Crossing> {
    province.story.command.queue().log()
}

#[test]
fn thirty_days_lose_nothing_and_every_escalation_comes_at_its_minute() {
    let province = thirty_days(2022);
    let end = minute(DAYS * DAY);
    province.check_reports(end);
    let heard: BTreeSet<_> = log(&province)
        .iter()
        .filter(|crossing| matches!(crossing.rung, Rung::Due | Rung::Escalation(_)))
        .map(|crossing| (crossing.at, crossing.duty, crossing.rung))
        .collect();
    let missed: Vec<_> = province.expected.difference(&heard).take(3).collect();
    let unexpected: Vec<_> = heard.difference(&province.expected).take(3).collect();
    assert!(missed.is_empty() && unexpected.is_empty(), "missed {missed:?}, unexpected {unexpected:?}");
    assert!(
        heard.iter().any(|(.., rung)| *rung == Rung::Escalation(2)),
        "a story in which nothing goes up shows nothing"
    );
    assert!(province.given.len() > 500, "{} duties", province.given.len());
    province.story.check();
}

#[test]
fn a_missing_report_is_owed_and_goes_up() {
    let province = thirty_days(7);
    let end = minute(DAYS * DAY);
    let owed = province.story.command.routine_duties(&Known::default(), minute(0), end);
    let is_daily = |duty: &&duties::Duty| matches!(&duty.about, About::Report { report, .. } if report == "daily");
    let reports: Vec<_> = owed.iter().filter(|duty| is_daily(duty) && duty.cohort.is_none()).collect();
    let open = reports.iter().filter(|duty| duty.is_open(end)).count();
    assert!(open > 50, "{open} are missing");
    for duty in reports.iter().filter(|duty| duty.is_open(end)) {
        let About::Report { period, .. } = &duty.about else { unreachable!("only reports were kept") };
        assert!(!province.reported.contains_key(&(duty.owner.territory, period.start())), "it was reported");
    }
    let shifts = owed.iter().filter(|duty| matches!(duty.kind(), DutyKind::Shift | DutyKind::Note)).count();
    assert!(shifts > 0, "a roster leaves notes to write and gaps to fill");
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let (one, same, other) = (thirty_days(5), thirty_days(5), thirty_days(6));
    assert_eq!(one.story.facts, same.story.facts);
    assert_eq!(log(&one), log(&same));
    assert_ne!(log(&one), log(&other));
}
