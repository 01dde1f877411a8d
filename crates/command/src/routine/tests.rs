//! Stories of a small province: two cities, four counties, and officers who are known by numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duties::{About, ClosedBy, Duty, DutyKind};
use facts::{
    ActorId, Body, CapacityFact, CaseId, CaseReport, Channel, Commitment, Count, Draft, Fact, FactId, Hex, Item,
    Jurisdiction, LevelFact, PostFact, PostId, PostRole, Purpose, ReportFact, ResponseLevel, Shift, ShiftName, Source,
    Span, TextId, Timestamp, Turn,
};
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;

use super::*;
use crate::levels::BeforeAfter;
use crate::posts::post_id;
use crate::templates::{STANDARD, Template};

const PROVINCE: &str = "390000";
const CITY: &str = "390100";
const COUNTY: &str = "390102";
const NEXT_COUNTY: &str = "390103";
const OTHER_CITY: &str = "390200";
const OTHER_COUNTY: &str = "390202";
const PLACES: [&str; 6] = [PROVINCE, CITY, COUNTY, NEXT_COUNTY, OTHER_CITY, OTHER_COUNTY];

const LI: ActorId = ActorId::new(1);
const ZHAO: ActorId = ActorId::new(2);
const WANG: ActorId = ActorId::new(3);
const SUN: ActorId = ActorId::new(4);

fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// A time of July 2022 by the clock of the province: `"09 08:30"`.
fn time(text: &str) -> Timestamp {
    let time: DateTime = format!("2022-07-{}", text.replace(' ', "T")).parse().unwrap();
    zone().to_timestamp(time).unwrap()
}

fn span(from: &str, to: &str) -> Span {
    Span::new(time(from), time(to)).unwrap()
}

fn words() -> Commitment {
    Commitment::new(TextId::new(1), &Hex([1; 32]), "交班".as_bytes())
}

fn duty_officer(of: &str) -> PostId {
    post_id(code(of), "office", "duty-officer")
}

struct Story {
    routine: Routine,
    facts: Vec<Arc<Fact>>,
}

impl Story {
    /// Headquarters everywhere, since the first of July.
    fn begins() -> Self {
        let mut story = Self { routine: Routine::new(Templates::shipped().unwrap(), zone()), facts: Vec::new() };
        for place in PLACES {
            let digest = Template::digest(STANDARD);
            let (headquarters, template) = (code(place), "standard".to_owned());
            story.record("01 00:00", LI, Body::Post(PostFact::Established { headquarters, template, digest }));
        }
        story
    }

    fn record(&mut self, at: &str, by: ActorId, body: Body) -> FactId {
        self.correct(at, by, None, body)
    }

    fn correct(&mut self, at: &str, by: ActorId, supersedes: Option<FactId>, body: Body) -> FactId {
        let source = Source { actor: by, channel: Channel::Entry, key: None };
        let draft = Draft { occurred: time(at), source, purpose: Purpose::FollowUp, supersedes, body };
        draft.check().unwrap();
        let fact = Arc::new(draft.recorded(FactId::new(self.facts.len() as u64 + 1), time(at)));
        self.routine.apply(&fact);
        self.facts.push(fact.clone());
        fact.id
    }

    fn switch(&mut self, at: &str, place: &str, level: ResponseLevel) -> FactId {
        let (jurisdiction, signed) = (code(place), Hex([0; 32]));
        self.record(at, LI, Body::Level(LevelFact::Switched { jurisdiction, level, signed, met: vec![], reason: None }))
    }

    fn roster(&mut self, at: &str, post: PostId, from: &str, to: &str, primary: ActorId, deputy: ActorId) {
        let shifts = vec![Shift { span: span(from, to), primary, deputy }];
        self.record(at, LI, Body::Post(PostFact::Rostered { post, shifts }));
    }

    fn report(&mut self, at: &str, place: &str, day: &str, number: u64) -> FactId {
        let period = self.period(place, day);
        let said = ReportFact::Confirmed {
            report: "daily".to_owned(),
            jurisdiction: code(place),
            period: period.span,
            values: BTreeMap::from([("new-cases".to_owned(), Count::Known(number))]),
            drafted: BTreeMap::new(),
            reason: None,
        };
        self.record(at, LI, Body::Report(said))
    }

    fn period(&self, place: &str, day: &str) -> Period {
        let headquarters = self.routine.posts.headquarters(code(place), time(day)).unwrap();
        let kind = headquarters.template.report("daily").unwrap();
        self.routine.period(headquarters, kind, time(day)).unwrap()
    }

    fn duties(&self, since: &str, at: &str) -> Vec<Duty> {
        self.routine.duties(&Known::default(), time(since), time(at))
    }

    fn of_kind(&self, kind: DutyKind, since: &str, at: &str) -> Vec<Duty> {
        self.duties(since, at).into_iter().filter(|duty| duty.kind() == kind).collect()
    }

    /// The routine derived from its facts at once, which must be what it is.
    fn derived_anew(&self) -> Routine {
        Routine::from_scratch(Templates::shipped().unwrap(), zone(), &self.facts)
    }
}

fn assert_same(one: &Routine, other: &Routine) {
    assert_eq!(one.posts, other.posts);
    assert_eq!(one.rosters, other.rosters);
    assert_eq!(one.levels, other.levels);
    assert_eq!(one.reports, other.reports);
    assert_eq!(one.capacity, other.capacity);
}

#[test]
fn headquarters_report_to_the_next_above_and_flat_command_reaches_the_counties() {
    let mut story = Story::begins();
    let posts = &story.routine.posts;
    let now = time("09 08:00");
    assert_eq!(posts.above(code(COUNTY), now), Some(code(CITY)));
    assert_eq!(posts.above(code(PROVINCE), now), None);
    let orders = |flat| posts.orders_to(code(PROVINCE), flat, now).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(orders(false), [CITY, OTHER_CITY]);
    assert_eq!(orders(true), [CITY, COUNTY, NEXT_COUNTY, OTHER_CITY, OTHER_COUNTY]);
    story.record("09 09:00", LI, Body::Post(PostFact::Dissolved { headquarters: code(CITY) }));
    assert_eq!(story.routine.posts.above(code(COUNTY), time("09 10:00")), Some(code(PROVINCE)));
    assert_eq!(story.routine.posts.above(code(COUNTY), time("09 08:00")), Some(code(CITY)));
}

#[test]
fn a_template_that_is_not_here_sets_nothing_up_and_is_told() {
    let mut story = Story::begins();
    let (headquarters, template) = (code("390300"), "henan".to_owned());
    story.record("02 00:00", LI, Body::Post(PostFact::Established { headquarters, template, digest: Hex([0; 32]) }));
    assert!(story.routine.posts.headquarters(code("390300"), time("03 00:00")).is_none());
    assert_eq!(story.routine.posts.problems()[0].template, "henan");
}

#[test]
fn everything_a_switch_changes_is_listed_before_it_is_signed() {
    let mut story = Story::begins();
    let changes = story.routine.preview(code(CITY), ResponseLevel::Emergency, time("09 08:00")).unwrap();
    assert_eq!((changes.from, changes.to, changes.headquarters), (ResponseLevel::Peace, ResponseLevel::Emergency, 3));
    let investigation: Vec<_> = changes.task_forces_opened.iter().filter(|it| it.what == "investigation").collect();
    assert_eq!(investigation.len(), 3);
    assert!(changes.posts_released.is_empty() && changes.posts_unheld == changes.posts_opened.len());
    assert_eq!(changes.reports["daily"].after.unwrap().every_hours, 12);
    assert_eq!(changes.deadlines["fill-gap"], BeforeAfter { before: Some(12), after: Some(2) });
    assert_eq!(changes.flat, BeforeAfter { before: Some(false), after: Some(true) });

    // What is signed is what was shown: after an appointment it is another list.
    let post = changes.posts_opened[0].what;
    story.record("09 08:30", LI, Body::Post(PostFact::Held { post, primary: Some(LI), deputy: Some(ZHAO) }));
    let again = story.routine.preview(code(CITY), ResponseLevel::Emergency, time("09 08:31")).unwrap();
    assert_ne!(changes.digest(), again.digest());

    story.switch("09 09:00", CITY, ResponseLevel::Emergency);
    let back = story.routine.preview(code(CITY), ResponseLevel::Peace, time("09 09:01")).unwrap();
    assert_eq!(back.posts_released, changes.posts_opened);
    assert_eq!(back.task_forces_released, changes.task_forces_opened);
    assert_eq!(story.routine.level(code(OTHER_COUNTY), time("09 10:00")).level, ResponseLevel::Peace);
}

#[test]
fn a_task_force_that_was_formed_by_hand_outlives_the_level() {
    let mut story = Story::begins();
    let is_active = |story: &Story, what: &str| {
        let headquarters = story.routine.posts.headquarters(code(COUNTY), time("20 00:00")).unwrap();
        let level = story.routine.level(code(COUNTY), time("20 00:00")).level;
        headquarters.is_active(headquarters.template.department(what).unwrap(), level)
    };
    let form = |code_of: &str, formed| {
        Body::Post(PostFact::TaskForce { headquarters: code(COUNTY), task_force: code_of.to_owned(), formed })
    };
    assert!(!is_active(&story, "schools") && !is_active(&story, "transfer"));
    story.record("09 08:00", LI, form("schools", true));
    assert!(is_active(&story, "schools"));
    story.switch("09 09:00", PROVINCE, ResponseLevel::Emergency);
    assert!(is_active(&story, "transfer"));
    story.record("09 10:00", LI, form("transfer", false));
    assert!(!is_active(&story, "transfer"));
}

#[test]
fn who_has_not_reported_is_an_exception_of_one_duty_and_owes_one_of_their_own() {
    let mut story = Story::begins();
    story.report("10 09:00", COUNTY, "09 00:00", 0);
    let at = "10 10:30";
    let duties = story.of_kind(DutyKind::Report, "10 00:00", at);
    let of_city: Vec<&Duty> =
        duties.iter().filter(|duty| duty.cohort.is_some() && duty.owner.territory == code(CITY)).collect();
    let [cohort] = of_city[..] else { panic!("{} duties of the city", of_city.len()) };
    let counted = cohort.cohort.as_ref().unwrap();
    assert_eq!((counted.members, counted.open()), (2, 1));
    assert!(counted.exceptions.contains_key(&Item::Jurisdiction(code(NEXT_COUNTY))));
    let own: Vec<_> = duties.iter().filter(|duty| duty.part_of == Some(cohort.id)).collect();
    assert_eq!(own.len(), 1);
    assert_eq!((own[0].owner.territory, own[0].owed_to), (code(NEXT_COUNTY), Some(code(CITY))));
    assert!(own[0].is_overdue(time(at)));

    story.report("10 11:00", NEXT_COUNTY, "09 00:00", 2);
    let duties = story.of_kind(DutyKind::Report, "10 00:00", "10 12:00");
    let cohort = duties.iter().find(|duty| duty.id == cohort.id).unwrap();
    assert_eq!(cohort.closed.map(|closed| closed.at), Some(time("10 11:00")));
    let late = duties.iter().find(|duty| duty.owner.territory == code(NEXT_COUNTY)).unwrap();
    assert!(late.is_late(time("10 12:00")), "late stays late");
}

#[test]
fn a_report_of_a_headquarters_that_is_no_more_is_not_owed() {
    let mut story = Story::begins();
    story.record("09 15:00", LI, Body::Post(PostFact::Dissolved { headquarters: code(NEXT_COUNTY) }));
    let owes = story.of_kind(DutyKind::Report, "09 00:00", "11 12:00");
    assert!(owes.iter().all(|duty| duty.owner.territory != code(NEXT_COUNTY)));
}

#[test]
fn who_falls_ill_leaves_a_turn_to_be_filled_and_a_switch_makes_that_urgent() {
    let mut story = Story::begins();
    story.switch("09 00:00", PROVINCE, ResponseLevel::Emergency);
    let post = duty_officer(COUNTY);
    story.roster("09 01:00", post, "09 08:00", "09 20:00", LI, ZHAO);
    let leave = PostFact::Leave { officer: LI, span: span("09 10:00", "12 00:00"), planned: false };
    let ill = story.record("09 10:00", LI, Body::Post(leave));
    let vacant = |story: &Story, at| {
        let duties = story.of_kind(DutyKind::Shift, "09 09:00", at);
        duties.into_iter().find(|duty| duty.because.first() == Some(&ill)).unwrap()
    };
    let duty = vacant(&story, "09 10:30");
    assert_eq!((duty.due, duty.owner.territory), (time("09 12:00"), code(COUNTY)));
    assert_eq!(duty.owner.individual, Some(ZHAO), "the deputy answers now");
    let turn = Turn { shift: ShiftName { post, start: time("09 08:00") }, role: PostRole::Primary };
    story.record("09 11:00", ZHAO, Body::Post(PostFact::Substituted { turn, officer: WANG }));
    assert_eq!(vacant(&story, "09 11:30").closed.map(|closed| closed.by), Some(ClosedBy::Done));
}

#[test]
fn a_post_that_is_stood_day_and_night_and_has_no_roster_is_owed_one() {
    let mut story = Story::begins();
    let empty = |story: &Story, at| {
        let duties = story.of_kind(DutyKind::Shift, "01 00:00", at);
        duties.into_iter().filter(|duty| duty.owner.territory == code(COUNTY) && duty.is_open(time(at))).count()
    };
    assert_eq!(empty(&story, "02 00:00"), 1);
    story.roster("02 01:00", duty_officer(COUNTY), "02 08:00", "03 08:00", LI, ZHAO);
    assert_eq!(empty(&story, "02 09:00"), 0);
    assert_eq!(empty(&story, "03 09:00"), 1);
    story.switch("02 10:00", COUNTY, ResponseLevel::Alert);
    assert_eq!(empty(&story, "02 11:00"), 1, "the co-investigation desk is stood from alert on");
}

#[test]
fn a_note_is_written_by_who_goes_and_read_by_who_comes() {
    let mut story = Story::begins();
    let post = duty_officer(COUNTY);
    story.roster("09 01:00", post, "09 08:00", "09 20:00", LI, ZHAO);
    story.roster("09 01:00", post, "09 20:00", "10 08:00", WANG, SUN);
    let open = |story: &Story, at| -> Vec<(Option<ActorId>, Timestamp)> {
        let duties = story.duties("09 09:00", at).into_iter();
        let notes = duties.filter(|duty| matches!(&duty.about, About::Note { .. } | About::Shift { .. }));
        let notes = notes.filter(|duty| duty.owner.territory == code(COUNTY) && duty.is_open(time(at)));
        notes.map(|duty| (duty.owner.individual, duty.due)).collect()
    };
    assert_eq!(open(&story, "09 19:00"), []);
    assert_eq!(open(&story, "09 20:10"), [(Some(LI), time("09 20:30"))]);
    let shift = ShiftName { post, start: time("09 08:00") };
    let note = story.record("09 20:15", LI, Body::Post(PostFact::HandOverNote { shift, note: words() }));
    assert_eq!(open(&story, "09 20:20"), [(Some(WANG), time("09 20:45"))]);
    story.record("09 20:25", WANG, Body::Post(PostFact::NoteAcknowledged { of: note }));
    assert_eq!(open(&story, "09 20:30"), []);
}

#[test]
fn above_peace_the_level_is_looked_at_again_and_again() {
    let mut story = Story::begins();
    assert!(story.of_kind(DutyKind::LevelReview, "01 00:00", "09 00:00").is_empty());
    story.switch("09 08:00", CITY, ResponseLevel::Emergency);
    let review = story.of_kind(DutyKind::LevelReview, "01 00:00", "09 09:00");
    assert_eq!((review.len(), review[0].due), (1, time("10 08:00")));
    let (jurisdiction, level) = (code(CITY), ResponseLevel::Emergency);
    let reviewed = LevelFact::Reviewed { jurisdiction, level, met: vec![], reason: None };
    story.record("10 07:00", LI, Body::Level(reviewed));
    let reviews = story.of_kind(DutyKind::LevelReview, "01 00:00", "10 09:00");
    assert!(reviews[0].closed.is_some() && !reviews[0].is_late(time("10 09:00")));
    assert_eq!(reviews[1].due, time("11 07:00"));
    story.switch("10 12:00", CITY, ResponseLevel::Peace);
    let open = story.of_kind(DutyKind::LevelReview, "01 00:00", "12 00:00");
    assert!(open.iter().all(|duty| duty.closed.is_some()));
}

#[test]
fn help_is_owed_twice_an_answer_and_then_what_was_offered() {
    let mut story = Story::begins();
    let asked = CapacityFact::AidAsked {
        from: code(COUNTY),
        of: code(OTHER_COUNTY),
        resource: "isolation-rooms".to_owned(),
        amount: 50,
        needed_by: time("10 08:00"),
        reason: None,
    };
    let request = story.record("09 08:00", LI, Body::Capacity(asked));
    let aid = story.of_kind(DutyKind::Aid, "09 00:00", "09 09:00");
    assert_eq!((aid.len(), aid[0].owner.territory, aid[0].due), (1, code(OTHER_COUNTY), time("10 08:00")));
    story.record(
        "09 10:00",
        WANG,
        Body::Capacity(CapacityFact::AidAnswered { of: request, offered: 40, reason: None }),
    );
    story.record("10 09:00", WANG, Body::Capacity(CapacityFact::AidArrived { of: request, amount: 40 }));
    let aid = story.of_kind(DutyKind::Aid, "09 00:00", "10 10:00");
    let late: Vec<bool> = aid.iter().map(|duty| duty.is_late(time("10 10:00"))).collect();
    assert_eq!(late, [false, true]);
}

#[test]
fn too_little_of_a_resource_is_owed_and_an_unknown_is_not() {
    let mut story = Story::begins();
    let demand = Demand { amount: 30.0, change_per_hour: 0.0 };
    let known = Known {
        cases: Vec::new(),
        demand: BTreeMap::from([(code(COUNTY), BTreeMap::from([(Measure::CentralQuarantine, demand)]))]),
    };
    let short = |story: &Story| {
        let duties = story.routine.duties(&known, time("09 00:00"), time("09 12:00"));
        duties.into_iter().filter(|duty| duty.kind() == DutyKind::Shortfall).collect::<Vec<_>>()
    };
    assert!(short(&story).is_empty(), "nobody stated anything");
    let mut state = |at: &str, available| {
        let said = CapacityFact::Stated {
            jurisdiction: code(COUNTY),
            resource: "isolation-rooms".to_owned(),
            available,
            in_use: None,
            reserve: None,
            turnaround_hours: None,
        };
        story.record(at, LI, Body::Capacity(said))
    };
    let fact = state("09 08:00", 20);
    let duties = short(&story);
    assert_eq!((duties.len(), duties[0].owner.territory, duties[0].because.clone()), (1, code(COUNTY), vec![fact]));
    let mut state = |at: &str, available| {
        let said = CapacityFact::Stated {
            jurisdiction: code(COUNTY),
            resource: "isolation-rooms".to_owned(),
            available,
            in_use: None,
            reserve: None,
            turnaround_hours: None,
        };
        story.record(at, LI, Body::Capacity(said))
    };
    state("09 09:00", 60);
    assert!(short(&story).is_empty());
}

#[test]
fn a_withdrawn_leave_never_was_and_withdrawing_that_brings_it_back() {
    let mut story = Story::begins();
    let post = duty_officer(COUNTY);
    story.roster("09 01:00", post, "09 08:00", "09 20:00", LI, ZHAO);
    let leave = PostFact::Leave { officer: LI, span: span("09 10:00", "12 00:00"), planned: false };
    let leave = story.record("09 09:00", LI, Body::Post(leave));
    let acting = |story: &Story| {
        let post = story.routine.posts.post(post).unwrap();
        story.routine.on_now(&post, time("09 11:00")).acting
    };
    assert_eq!(acting(&story), Some(PostRole::Deputy));
    let withdrawn = story.correct("09 09:30", LI, Some(leave), Body::Withdrawn { reason: None });
    assert_eq!(acting(&story), Some(PostRole::Primary));
    story.correct("09 09:40", LI, Some(withdrawn), Body::Withdrawn { reason: None });
    assert_eq!(acting(&story), Some(PostRole::Deputy));
    assert_same(&story.routine, &story.derived_anew());
}

#[test]
fn four_reports_about_a_case_are_owed_by_the_county_and_verified_above() {
    let mut story = Story::begins();
    let case = CaseClock {
        case: CaseId::new(9),
        jurisdiction: code("390102001"),
        known: time("09 08:00"),
        report_hours: 2,
        core_information_hours: None,
        ended: None,
    };
    let known = Known { cases: vec![case], demand: BTreeMap::new() };
    let said = ReportFact::Case { case: case.case, report: CaseReport::CaseReport, skips_level: false };
    story.record("09 09:00", LI, Body::Report(said));
    let duties = story.routine.duties(&known, time("09 00:00"), time("09 12:00"));
    let duties: Vec<_> = duties.iter().filter(|duty| duty.kind() == DutyKind::CaseReport).collect();
    let owners: Vec<_> = duties.iter().map(|duty| (duty.owner.territory, duty.is_late(time("09 12:00")))).collect();
    assert_eq!(owners, [(code(COUNTY), false), (code(CITY), true), (code(COUNTY), false)]);
}

#[test]
fn in_a_month_with_switches_no_duty_is_without_an_owner_or_named_twice() {
    let mut story = Story::begins();
    story.switch("05 10:00", CITY, ResponseLevel::Alert);
    story.switch("08 03:00", PROVINCE, ResponseLevel::Emergency);
    story.switch("20 16:00", PROVINCE, ResponseLevel::Alert);
    story.switch("28 09:00", PROVINCE, ResponseLevel::Peace);
    let duties = story.duties("01 00:00", "31 00:00");
    let names: BTreeSet<_> = duties.iter().map(|duty| duty.id).collect();
    assert_eq!(names.len(), duties.len());
    assert!(duties.len() > 200);
    assert!(duties.iter().all(|duty| PLACES.map(code).contains(&duty.owner.territory)));
    assert!(duties.iter().all(|duty| duty.received <= duty.due || duty.due == Timestamp::MAX));
    let departments = duties.iter().filter(|duty| duty.owner.department.is_some());
    assert_eq!(departments.count(), duties.len());
}

/// Something that officers may record next.
fn event() -> impl Strategy<Value = (u8, u8, u8)> {
    (0..9u8, any::<u8>(), any::<u8>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn keeping_up_to_date_equals_deriving_from_scratch(events in proptest::collection::vec(event(), 1..40)) {
        let mut story = Story::begins();
        for (hour, (kind, one, other)) in events.into_iter().enumerate() {
            let at = format!("{:02} {:02}:00", 2 + hour / 24, hour % 24);
            let place = PLACES[usize::from(one) % PLACES.len()];
            let officer = ActorId::new(u64::from(other % 4) + 1);
            let now = time(&at);
            let ahead = |hours: i64| now.checked_add(hours.hours()).unwrap();
            let away = Span::new(now, ahead(1 + i64::from(other % 20))).unwrap();
            let earlier = FactId::new(u64::from(other) % story.facts.len() as u64 + 1);
            let body = match kind {
                0 => Body::Level(LevelFact::Switched {
                    jurisdiction: code(place), level: ResponseLevel::ALL[usize::from(other) % 3],
                    signed: Hex([0; 32]), met: vec![], reason: None,
                }),
                1 | 2 => Body::Post(PostFact::Rostered {
                    post: duty_officer(place),
                    shifts: vec![Shift { span: away, primary: officer, deputy: ActorId::new(5) }],
                }),
                3 => Body::Post(PostFact::Leave { officer, span: away, planned: one % 2 == 0 }),
                4 => Body::Post(PostFact::Substituted {
                    turn: Turn { shift: ShiftName { post: duty_officer(place), start: now }, role: PostRole::Primary },
                    officer,
                }),
                5 => Body::Post(PostFact::Held { post: duty_officer(place), primary: Some(officer), deputy: None }),
                6 => Body::Capacity(CapacityFact::Stated {
                    jurisdiction: code(place), resource: "nurses".to_owned(), available: u64::from(other),
                    in_use: None, reserve: None, turnaround_hours: None,
                }),
                7 => Body::Post(PostFact::NoteAcknowledged { of: earlier }),
                _ => Body::Withdrawn { reason: None },
            };
            let supersedes = matches!(body, Body::Withdrawn { .. }).then_some(earlier);
            story.correct(&at, officer, supersedes, body);
            assert_same(&story.routine, &story.derived_anew());
        }
    }
}
