//! Stories of a command: facts recorded at minutes, and what is owed then.
#![allow(dead_code)] // not every test tells every kind of story

use std::collections::BTreeSet;
use std::sync::Arc;

use command::templates::Templates;
use command::{Board, Command};
use duties::Duty;
use facts::{
    Act, ActorId, Body, Channel, Commitment, Draft, DutyFact, DutyId, Fact, FactId, Hex, Jurisdiction, Ladder, Parties,
    Purpose, Reason, Recurrence, Source, TextId, Timestamp,
};
use jiff::tz::{Offset, TimeZone};

pub fn minute(minute: i64) -> Timestamp {
    // The beginning of 2022-11-01 in China.
    Timestamp::from_second(1_667_232_000 + minute * 60).unwrap()
}

pub fn hour(hours: i64) -> Timestamp {
    minute(hours * 60)
}

pub fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

pub fn words(number: u64) -> Commitment {
    Commitment::new(TextId::new(number), &Hex([0; 32]), b"words")
}

pub fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

pub const LADDER: Ladder = Ladder {
    remind_before_minutes: Some(60),
    acknowledge_within_minutes: Some(120),
    escalate_every_minutes: Some(120),
    flat: false,
};

pub const ALICE: u64 = 1;
pub const BOB: u64 = 2;
pub const CAROL: u64 = 3;

/// A command and the facts that made it.
pub struct Story {
    pub command: Command,
    pub facts: Vec<Arc<Fact>>,
}

impl Default for Story {
    fn default() -> Self {
        Self { command: Command::new(Templates::default(), zone()), facts: Vec::new() }
    }
}

impl Story {
    /// A story with the templates that come with the program.
    pub fn with_templates() -> Self {
        Self { command: Command::new(Templates::shipped().unwrap(), zone()), facts: Vec::new() }
    }

    /// Someone records something at a time.
    pub fn record(&mut self, actor: u64, at: Timestamp, body: Body) -> FactId {
        self.correct(actor, at, body, None)
    }

    /// Someone records something in place of something else.
    pub fn correct(&mut self, actor: u64, at: Timestamp, body: Body, supersedes: Option<FactId>) -> FactId {
        let source = Source { actor: ActorId::new(actor), channel: Channel::Entry, key: None };
        let draft = Draft { occurred: at, source, purpose: Purpose::FollowUp, supersedes, body };
        draft.check().unwrap();
        let fact = Arc::new(draft.recorded(FactId::new(self.facts.len() as u64 + 1), at));
        self.command.apply(&fact);
        self.facts.push(fact.clone());
        fact.id
    }

    /// The city gives a county a task.
    pub fn task(&mut self, at: Timestamp, territory: &str, due: Timestamp) -> DutyId {
        let given = self.record(ALICE, at, Task::to(&[territory], due).body());
        command::tasks::task_id(given, 0, 0)
    }

    pub fn act(&mut self, actor: u64, at: Timestamp, duty: DutyId, act: Act) -> FactId {
        let duties = BTreeSet::from([duty]);
        self.record(actor, at, Body::Duty(DutyFact::Acted { duties, act }))
    }

    pub fn board(&self) -> &Board {
        self.command.board()
    }

    pub fn duty(&self, duty: DutyId) -> &Duty {
        self.board().last(duty).unwrap()
    }

    /// The same facts taken in from the beginning.
    pub fn again(&self) -> Command {
        let mut again = Command::from_scratch(Templates::default(), zone(), &self.facts);
        again.advance(self.command.now());
        again
    }

    /// Fails unless what is known now is what the facts alone say.
    #[track_caller]
    pub fn check(&self) {
        let again = self.again();
        assert_eq!(self.command.board(), again.board());
        assert_eq!(self.command.queue(), again.queue());
        assert_eq!(self.command.orders(), again.orders());
        assert_eq!(self.command.inspections(), again.inspections());
    }
}

/// A task from the city 390100, as it is given unless a story says otherwise.
pub struct Task {
    pub to: Vec<String>,
    pub due: Timestamp,
    pub part_of: Option<DutyId>,
    pub order: Option<FactId>,
    pub members: Option<u64>,
    pub recurs: Option<Recurrence>,
}

impl Task {
    pub fn to(to: &[&str], due: Timestamp) -> Self {
        let to = to.iter().map(|&to| to.to_owned()).collect();
        Self { to, due, part_of: None, order: None, members: None, recurs: None }
    }

    pub fn body(self) -> Body {
        Body::Duty(DutyFact::Given {
            parties: self.to.iter().map(|to| Parties::of(code(to))).collect(),
            owed_to: code("390100"),
            text: Some(words(1)),
            due: self.due,
            ladder: LADDER,
            part_of: self.part_of,
            order: self.order,
            members: self.members,
            recurs: self.recurs,
            evidence_required: false,
        })
    }
}

pub const DONE: Act = Act::Complete { evidence: None };

pub fn shown(number: u64) -> Act {
    Act::Complete { evidence: Some(words(number)) }
}

pub fn hand_over(to: &str) -> Act {
    Act::HandOver { to: code(to), reason: Reason::NotHere, words: None }
}

pub const ACCEPT: Act = Act::Answer { accepted: true, words: None };
