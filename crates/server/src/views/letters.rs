//! Letters and deployments, as screens show them.

use std::collections::BTreeMap;

use facts::letter::{DoneAt, Stage, Way};
use facts::{DeploymentKey, DutyId, FactId, Hex, Jurisdiction, LetterId, PersonId, Scope, Step, Timestamp};
use letters::{Book, Clock, Correspondence, Item, LastKnown, Ledger, Letter, Passing, Rung, Standing, State, Trust};
use serde::Serialize;
use situation::Situation;
use utoipa::ToSchema;

use super::{Masked, WordsView, sees_person};
use crate::letters::mailbox::{Correspondent, SendError};

/// What another deployment is, and how far the two have come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeploymentView {
    /// Its name between deployments.
    #[schema(value_type = String)]
    pub fingerprint: DeploymentKey,
    /// What it is called.
    pub name: WordsView,
    /// The jurisdiction that it serves.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// Where it listens; absent when letters are carried as files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Since when it is trusted.
    #[schema(value_type = String)]
    pub trusted_since: Timestamp,
    /// When that was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub revoked: Option<Timestamp>,
    /// What goes to it.
    pub outgoing: OutgoingView,
    /// What comes from it.
    pub incoming: IncomingView,
}

/// What goes to another deployment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutgoingView {
    /// Parts written.
    pub written: u64,
    /// Of these, acknowledged.
    pub acknowledged: u64,
    /// Of these, not.
    pub waiting: u64,
    /// When the oldest that waits was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub oldest_waiting: Option<Timestamp>,
    /// When a part arrived last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub last_sent: Option<Timestamp>,
    /// Why sending fails, while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<ErrorView>,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next_try: Option<Timestamp>,
}

/// What comes from another deployment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncomingView {
    /// Parts taken.
    pub taken: u64,
    /// The numbers of parts that wait for an earlier one.
    pub waiting: Vec<u64>,
    /// When a part came last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub last_received: Option<Timestamp>,
}

/// Why something did not arrive, or nothing followed from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorView {
    /// A stable code.
    pub code: String,
    /// What it was and what to do, in English.
    pub detail: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
}

impl From<SendError> for ErrorView {
    fn from(error: SendError) -> Self {
        Self { code: error.code, detail: error.detail, at: Some(error.at) }
    }
}

impl DeploymentView {
    /// Another deployment, with the times of what waits for it and the numbers of what waits of it.
    pub fn of(
        fingerprint: DeploymentKey,
        trust: &Trust,
        correspondent: Correspondent,
        oldest_waiting: Option<Timestamp>,
        waiting: Vec<u64>,
    ) -> Self {
        Self {
            fingerprint,
            name: WordsView { zh: correspondent.name_zh, en: correspondent.name_en },
            jurisdiction: trust.jurisdiction,
            address: correspondent.address,
            trusted_since: trust.since,
            revoked: trust.revoked,
            outgoing: OutgoingView {
                written: correspondent.written,
                acknowledged: correspondent.acknowledged,
                waiting: correspondent.written.saturating_sub(correspondent.acknowledged),
                oldest_waiting,
                last_sent: correspondent.last_sent,
                last_error: correspondent.error.map(ErrorView::from),
                next_try: correspondent.next_try,
            },
            incoming: IncomingView { taken: correspondent.taken, waiting, last_received: correspondent.last_received },
        }
    }
}

/// How many people of letters stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LetterCounts {
    /// Letters.
    pub letters: usize,
    /// People; absent where they are listed themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<usize>,
    /// Nobody has found them.
    pub to_find: usize,
    /// They are located.
    pub located: usize,
    /// They are under control.
    pub isolated: usize,
    /// All is clear and answered.
    pub closed: usize,
    /// A stage is overdue.
    pub overdue: usize,
    /// Taken back.
    pub withdrawn: usize,
    /// Not there.
    pub sent_back: usize,
    /// Another was asked.
    pub handed_on: usize,
}

impl LetterCounts {
    fn add(&mut self, standing: &Standing, overdue: bool) {
        self.people = Some(self.people.unwrap_or_default() + 1);
        self.overdue += usize::from(overdue);
        *match standing.state {
            State::ToFind => &mut self.to_find,
            State::HandedOn => &mut self.handed_on,
            State::Located => &mut self.located,
            State::Isolated => &mut self.isolated,
            State::SentBack => &mut self.sent_back,
            State::Closed => &mut self.closed,
            State::Withdrawn => &mut self.withdrawn,
        } += 1;
    }

    /// Adds the counts of one letter.
    pub fn include(&mut self, other: &Self) {
        self.people = Some(self.people.unwrap_or_default() + other.people.unwrap_or_default());
        for (own, theirs) in [
            (&mut self.letters, other.letters),
            (&mut self.to_find, other.to_find),
            (&mut self.located, other.located),
            (&mut self.isolated, other.isolated),
            (&mut self.closed, other.closed),
            (&mut self.overdue, other.overdue),
            (&mut self.withdrawn, other.withdrawn),
            (&mut self.sent_back, other.sent_back),
            (&mut self.handed_on, other.handed_on),
        ] {
            *own += theirs;
        }
    }
}

/// Hours by stage.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct HoursView {
    /// To locate.
    pub locate: u32,
    /// To isolate.
    pub isolate: u32,
    /// To close.
    pub close: u32,
}

/// A letter in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LetterRow {
    /// Its name, the same on both sides.
    #[schema(value_type = String)]
    pub id: LetterId,
    /// `out` or `in`.
    pub direction: &'static str,
    /// The other deployment.
    #[schema(value_type = String)]
    pub deployment: DeploymentKey,
    /// What it is called.
    pub deployment_name: WordsView,
    /// Because of which disease.
    pub disease: String,
    /// Who asks.
    #[schema(value_type = String)]
    pub from: Jurisdiction,
    /// Who is asked.
    #[schema(value_type = String)]
    pub to: Jurisdiction,
    /// When it was written.
    #[schema(value_type = String)]
    pub written: Timestamp,
    /// When it was received, by the receiver's clock; absent while that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub received: Option<Timestamp>,
    /// How many people the receiver counts on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconciled: Option<u32>,
    /// The letter that it hands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub origin: Option<LetterId>,
    /// By when.
    pub hours: HoursView,
    /// Who stands where.
    #[serde(flatten)]
    pub counts: LetterCounts,
    /// When the next stage of anyone is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next_due: Option<Timestamp>,
    /// Which stage that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_stage: Option<&'static str>,
    /// The highest rung that anyone of it has climbed: `none`, `reminder`, `overdue` or `raised`.
    pub rung: &'static str,
    /// So many levels up are told.
    pub levels: u8,
    /// People about whom both sides wrote.
    pub crossing: usize,
    /// SHA-256 of its file.
    #[schema(value_type = String)]
    pub digest: Hex<32>,
}

fn direction(way: Way) -> &'static str {
    match way {
        Way::Out => "out",
        Way::In => "in",
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Locate => "locate",
        Stage::Isolate => "isolate",
        Stage::Close => "close",
    }
}

fn rung_name(rung: Rung) -> (&'static str, u8) {
    match rung {
        Rung::None => ("none", 0),
        Rung::Reminder => ("reminder", 0),
        Rung::Overdue => ("overdue", 0),
        Rung::Raised(levels) => ("raised", levels),
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::ToFind => "to-find",
        State::HandedOn => "handed-on",
        State::Located => "located",
        State::Isolated => "isolated",
        State::SentBack => "sent-back",
        State::Closed => "closed",
        State::Withdrawn => "withdrawn",
    }
}

impl LetterRow {
    /// A letter, as it stands at a time.
    pub fn of(book: &Book, letter: &Correspondence, name: WordsView, at: Timestamp) -> Self {
        let mut counts = LetterCounts { letters: 1, ..LetterCounts::default() };
        let (mut next, mut rung, mut crossing) = (None, Rung::None, 0);
        for (item, standing) in book.people(letter) {
            counts.add(&standing, !letter.overdue(item, &standing, at).is_empty());
            let due = letter.next_stage(item, &standing).map(|(stage, due)| (due, stage));
            next = next.into_iter().chain(due).min();
            rung = rung.max(letter.rung(item, &standing, at));
            crossing += usize::from(standing.crossing);
        }
        let (rung, levels) = rung_name(rung);
        Self {
            id: letter.letter,
            direction: direction(letter.way),
            deployment: letter.with,
            deployment_name: name,
            disease: letter.disease.0.clone(),
            from: letter.from,
            to: letter.to,
            written: letter.written,
            received: letter.received,
            reconciled: letter.reconciled,
            origin: letter.origin,
            hours: HoursView { locate: letter.hours.locate, isolate: letter.hours.isolate, close: letter.hours.close },
            counts,
            next_due: next.map(|(due, _)| due),
            next_stage: next.map(|(_, stage)| stage_name(stage)),
            rung,
            levels,
            crossing,
            digest: letter.digest,
        }
    }

    /// Whether anyone of it is still to be found, isolated or answered for.
    pub fn is_open(&self) -> bool {
        let LetterCounts { people, closed, withdrawn, sent_back, .. } = self.counts;
        closed + withdrawn + sent_back < people.unwrap_or_default()
    }
}

/// Letters, least time left first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LettersView {
    /// How many there are.
    pub total: usize,
    /// Who stands where, in all of them.
    pub counts: LetterCounts,
    /// The letters.
    pub rows: Vec<LetterRow>,
}

/// Who was late, by stage, by the receipt's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerView {
    /// People who were neither withdrawn nor sent back.
    pub people: usize,
    /// Done within the hours.
    #[schema(value_type = Object)]
    pub on_time: BTreeMap<&'static str, usize>,
    /// Done later.
    #[schema(value_type = Object)]
    pub late: BTreeMap<&'static str, usize>,
    /// Not done yet.
    #[schema(value_type = Object)]
    pub open: BTreeMap<&'static str, usize>,
    /// Of these, past their hours.
    #[schema(value_type = Object)]
    pub overdue_now: BTreeMap<&'static str, usize>,
    /// Minutes from receipt to done, the median.
    #[schema(value_type = Object)]
    pub median_minutes: BTreeMap<&'static str, i64>,
    /// The ninetieth percentile.
    #[schema(value_type = Object)]
    pub p90_minutes: BTreeMap<&'static str, i64>,
}

impl From<Ledger> for LedgerView {
    fn from(ledger: Ledger) -> Self {
        fn named<T>(counts: BTreeMap<Stage, T>) -> BTreeMap<&'static str, T> {
            counts.into_iter().map(|(stage, count)| (stage_name(stage), count)).collect()
        }
        Self {
            people: ledger.people,
            on_time: named(ledger.on_time),
            late: named(ledger.late),
            open: named(ledger.open),
            overdue_now: named(ledger.overdue_now),
            median_minutes: named(ledger.median_minutes),
            p90_minutes: named(ledger.p90_minutes),
        }
    }
}

/// A letter, whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LetterDetail {
    /// The letter.
    #[serde(flatten)]
    pub row: LetterRow,
    /// Who was late; the same on both sides.
    pub ledger: LedgerView,
    /// How many of its people are theirs to see.
    pub total: usize,
    /// These people.
    pub people: Vec<LetterPerson>,
    /// Everything that passed about it, in the order in which it was recorded here.
    pub parts: Vec<PartView>,
}

/// A time by stage.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct DueView {
    /// By when to locate.
    #[schema(value_type = Option<String>)]
    pub locate: Option<Timestamp>,
    /// By when to isolate.
    #[schema(value_type = Option<String>)]
    pub isolate: Option<Timestamp>,
    /// By when to close.
    #[schema(value_type = Option<String>)]
    pub close: Option<Timestamp>,
}

/// Deadlines by both clocks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DuesView {
    /// Counted from the positive.
    pub by_positive: DueView,
    /// Counted from the receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_receipt: Option<DueView>,
}

/// Times in the world.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct SpanView {
    /// From when.
    #[schema(value_type = String)]
    pub first: Timestamp,
    /// Until when.
    #[schema(value_type = String)]
    pub last: Timestamp,
}

/// A step that was done, by the clock of whoever did it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct StepView {
    /// When, in the world.
    #[schema(value_type = String)]
    pub occurred: Timestamp,
    /// When it was recorded.
    #[schema(value_type = String)]
    pub recorded: Timestamp,
}

/// The three steps.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct LetterSteps {
    /// It is them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<StepView>,
    /// They are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<StepView>,
    /// They are under control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<StepView>,
}

/// Where someone was seen last.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeenView {
    /// The jurisdiction.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at: Option<Timestamp>,
}

/// Whom somebody else was asked about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandedOnView {
    /// Where.
    #[schema(value_type = String)]
    pub jurisdiction: Jurisdiction,
    /// Which deployment.
    #[schema(value_type = String)]
    pub deployment: DeploymentKey,
}

/// Someone of a letter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LetterPerson {
    /// Who, here.
    #[schema(value_type = String)]
    pub person: PersonId,
    /// Their masked name.
    pub masked_name: String,
    /// Who, on both sides.
    #[schema(value_type = String)]
    pub key: facts::PersonKey,
    /// On what ground.
    pub ground: &'static str,
    /// When they were exposed.
    pub exposed: SpanView,
    /// In what kind of space, as the letter says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<&'static str>,
    /// Where they were seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub jurisdiction: Option<Jurisdiction>,
    /// In which place, as the letter says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub seen: Option<Timestamp>,
    /// The first clock.
    #[schema(value_type = String)]
    pub positive_recorded: Timestamp,
    /// The second clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub received: Option<Timestamp>,
    /// By when, by both.
    pub due: DuesView,
    /// What was done.
    pub steps: LetterSteps,
    /// Where they stand.
    pub state: &'static str,
    /// Stages that are overdue.
    pub overdue: Vec<&'static str>,
    /// The rung: `none`, `reminder`, `overdue` or `raised`.
    pub rung: &'static str,
    /// So many levels up are told.
    pub levels: u8,
    /// Whether both sides wrote about them.
    pub crossing: bool,
    /// Where they were seen last, when they were sent back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<SeenView>,
    /// Who was asked in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handed_on_to: Option<HandedOnView>,
    /// The duty here to find them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub duty: Option<DutyId>,
}

/// A part that passed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartView {
    /// `out` or `in`.
    pub direction: &'static str,
    /// Its number among its writer's.
    pub sequence: u64,
    /// What it is.
    pub part: &'static str,
    /// When it was written.
    #[schema(value_type = String)]
    pub written: Timestamp,
    /// When it was recorded here.
    #[schema(value_type = String)]
    pub recorded: Timestamp,
    /// How many people it is about.
    pub people: usize,
    /// Whether the other side has it.
    pub acknowledged: bool,
    /// The fact.
    #[schema(value_type = String)]
    pub fact: FactId,
}

fn dues(letter: &Correspondence, item: &Item, clock: Clock) -> DueView {
    let due = |stage| letter.due(item, stage, clock);
    DueView { locate: due(Stage::Locate), isolate: due(Stage::Isolate), close: due(Stage::Close) }
}

fn steps(standing: &Standing) -> LetterSteps {
    let view = |step: Step| {
        let DoneAt { recorded, occurred } = *standing.steps.get(&step)?;
        Some(StepView { occurred, recorded })
    };
    LetterSteps { identity: view(Step::Identity), location: view(Step::Location), control: view(Step::Control) }
}

/// What a letter view needs besides the book.
pub struct Beside<'a> {
    /// The situation, for duties and who may be seen.
    pub situation: &'a Situation,
    /// Who looks.
    pub scope: &'a Scope,
    /// Whether their role sees people.
    pub sees_people: bool,
    /// The letter as its writer wrote it, when we can open it.
    pub inside: Option<&'a Letter>,
    /// They have our parts up to this number.
    pub acknowledged: u64,
    /// When.
    pub at: Timestamp,
}

impl LetterDetail {
    /// A letter and those of its people whom the asker may see.
    pub fn of(
        book: &Book,
        letter: &Correspondence,
        name: WordsView,
        beside: &Beside<'_>,
        (offset, limit): (usize, usize),
    ) -> Self {
        let at = beside.at;
        // Whoever the letter is addressed to, or written by, goes on seeing whom it was about when nothing is left
        // to be done about them; below that, whoever answers for them does.
        let is_theirs = beside.scope.covers(letter.ours());
        let seen =
            |person: PersonId| beside.sees_people && (is_theirs || sees_person(beside.situation, beside.scope, person));
        let mut people: Vec<(&Item, Standing)> =
            book.people(letter).filter(|(item, _)| seen(item.sought.person)).collect();
        people.sort_by_key(|(item, standing)| {
            let next = letter.next_stage(item, standing).map(|(_, due)| due);
            (next.is_none(), next, item.sought.key)
        });
        let total = people.len();
        let mut row = LetterRow::of(book, letter, name, at);
        row.counts.people = None;
        let rows = people.into_iter().skip(offset).take(limit);
        Self {
            row,
            ledger: book.ledger(letter, at).into(),
            total,
            people: rows.map(|(item, standing)| person(letter, item, &standing, beside)).collect(),
            parts: letter.parts.iter().map(|passing| part(passing, beside.acknowledged)).collect(),
        }
    }
}

fn part(passing: &Passing, acknowledged: u64) -> PartView {
    let Passing { passed, part, people, recorded, fact } = *passing;
    PartView {
        direction: direction(passed.way),
        sequence: passed.number,
        part,
        written: passed.written,
        recorded,
        people,
        acknowledged: passed.way == Way::In || passed.number <= acknowledged,
        fact,
    }
}

fn person(letter: &Correspondence, item: &Item, standing: &Standing, beside: &Beside<'_>) -> LetterPerson {
    let (sought, at) = (&item.sought, beside.at);
    let inside = beside.inside.and_then(|inside| inside.people.iter().find(|wanted| wanted.key == sought.key));
    let last: Option<&LastKnown> = inside.and_then(|wanted| wanted.last_known.as_ref());
    let (rung, levels) = rung_name(letter.rung(item, standing, at));
    let world = beside.situation.world();
    let known = beside.situation.derived().people.get(&world.aliases.of(sought.person));
    let duty = known.and_then(|known| known.duties.iter().rfind(|duty| duty.about.disease == letter.disease));
    LetterPerson {
        person: sought.person,
        masked_name: String::new(),
        key: sought.key,
        ground: sought.ground.name(),
        exposed: SpanView { first: sought.since, last: sought.last },
        setting: inside.and_then(|wanted| wanted.setting).map(|setting| setting.name()),
        jurisdiction: sought.last_known,
        place: last.and_then(|last| last.place.as_ref()).map(|place| place.0.clone()),
        seen: last.and_then(|last| last.at),
        positive_recorded: sought.positive_recorded,
        received: letter.received,
        due: DuesView {
            by_positive: dues(letter, item, Clock::Positive),
            by_receipt: letter.received.map(|_| dues(letter, item, Clock::Receipt)),
        },
        steps: steps(standing),
        state: state_name(standing.state),
        overdue: letter.overdue(item, standing, at).into_iter().map(stage_name).collect(),
        rung,
        levels,
        crossing: standing.crossing,
        last_seen: item.sent_back.map(|(_, jurisdiction, at)| SeenView { jurisdiction, at }),
        handed_on_to: item.handed_on.map(|(_, deployment, jurisdiction)| HandedOnView { jurisdiction, deployment }),
        duty: duty.map(|duty| duty.id),
    }
}

impl Masked for LetterDetail {
    fn each_name(&mut self, put: &mut dyn FnMut(PersonId, &mut String)) {
        for person in &mut self.people {
            put(person.person, &mut person.masked_name);
        }
    }
}
