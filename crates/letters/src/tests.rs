//! Letters between two deployments whose link loses, repeats and reorders.

use std::collections::{BTreeMap, BTreeSet};

use facts::letter::{DoneAt, Passed, SoughtAs, Stage, StageHours, Way};
use facts::{
    ActorId, Body, Channel, DeploymentKey, Disease, Draft, FactId, Hex, LetterId, PersonId, PersonKey, Purpose, Source,
    Step, Timestamp,
};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};

use crate::*;

const NORTH: DeploymentKey = Hex([1; 16]);
const SOUTH: DeploymentKey = Hex([2; 16]);

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_660_000_000 + minute * 60).unwrap()
}

fn key(number: u8) -> PersonKey {
    Hex([number; 16])
}

fn wanted(number: u8, minute: i64) -> Wanted {
    Wanted {
        key: key(number),
        identity: Identity { name: Some(Private("王小明".into())), ..Identity::default() },
        ground: SoughtAs::CloseContact,
        since: at(minute - 600),
        last: at(minute - 300),
        minutes: Some(40),
        setting: None,
        one_word: false,
        positive_recorded: at(minute - 30),
        last_known: None,
    }
}

fn letter(number: u8, people: impl IntoIterator<Item = u8>, minute: i64) -> Letter {
    Letter {
        letter: LetterId(Hex([number; 16])),
        disease: Disease::named("covid-19"),
        from: "390000".parse().unwrap(),
        to: "410000".parse().unwrap(),
        plan: "covid19-cn-9".into(),
        hours: StageHours { locate: 2, isolate: 8, close: 24 },
        origin: None,
        via: Vec::new(),
        people: people.into_iter().map(|number| wanted(number, minute)).collect(),
    }
}

/// A part on its way.
#[derive(Clone)]
struct InFlight {
    number: u64,
    written: Timestamp,
    part: Part,
}

/// One deployment: its book, what it wrote that is not acknowledged, and what came too early.
struct Side {
    own: DeploymentKey,
    with: DeploymentKey,
    book: Book,
    facts: u64,
    written: u64,
    unacknowledged: BTreeMap<u64, InFlight>,
    taken: u64,
    digests: BTreeMap<u64, Hex<32>>,
    waiting: BTreeMap<u64, InFlight>,
    pseudonyms: BTreeMap<PersonKey, PersonId>,
}

impl Side {
    fn new(own: DeploymentKey, with: DeploymentKey) -> Self {
        Self {
            own,
            with,
            book: Book::default(),
            facts: 0,
            written: 0,
            unacknowledged: BTreeMap::new(),
            taken: 0,
            digests: BTreeMap::new(),
            waiting: BTreeMap::new(),
            pseudonyms: BTreeMap::new(),
        }
    }

    fn record(&mut self, way: Way, said: &InFlight, now: Timestamp) {
        for key in said.part.people() {
            let fresh = PersonId::new(u64::from(self.own.0[0]) * 1000 + self.pseudonyms.len() as u64);
            self.pseudonyms.entry(key).or_insert(fresh);
        }
        let passed = Passed { with: self.with, way, number: said.number, written: said.written, digest: digest(said) };
        let fact = said.part.fact(passed, |key| self.pseudonyms.get(&key).copied());
        self.facts += 1;
        let draft = Draft {
            occurred: now,
            source: Source { actor: ActorId::new(1), channel: Channel::Letter, key: None },
            purpose: Purpose::Locating,
            supersedes: None,
            body: Body::Letter(fact),
        };
        self.book.apply(&draft.recorded(FactId::new(self.facts), now));
    }

    fn write(&mut self, part: Part, now: Timestamp) {
        self.written += 1;
        let said = InFlight { number: self.written, written: now, part };
        self.record(Way::Out, &said, now);
        self.unacknowledged.insert(said.number, said);
    }

    /// Takes what came, and whatever waited for it; says up to where parts were taken.
    fn take(&mut self, came: InFlight, now: Timestamp) -> u64 {
        let kept = self.digests.get(&came.number).copied();
        match place(came.number, digest(&came), self.taken, kept).unwrap() {
            Place::Known => return self.taken,
            Place::Next | Place::Waits => {
                self.digests.insert(came.number, digest(&came));
                self.waiting.insert(came.number, came);
            }
        }
        while let Some(next) = self.waiting.remove(&(self.taken + 1)) {
            self.taken += 1;
            self.record(Way::In, &next, now);
            if let Part::Letter(letter) = &next.part {
                self.write(Part::Receipt { letter: letter.letter, received: now }, now);
            }
        }
        self.taken
    }

    fn acknowledged(&mut self, taken: u64) {
        self.unacknowledged.retain(|number, _| *number > taken);
    }

    fn letter(&self, way: Way, nth: u8) -> Option<&Correspondence> {
        let letters: Vec<_> = self.book.letters().filter(|letter| letter.way == way).collect();
        letters.get(usize::from(nth) % letters.len().max(1)).copied()
    }

    /// What both sides must agree about, without the pseudonyms of either.
    fn agreed(&self, now: Timestamp) -> Vec<String> {
        let asker = |way| if way == Way::Out { self.own } else { self.with };
        let row = |letter: &Correspondence| {
            let people: Vec<String> = self
                .book
                .people(letter)
                .map(|(item, standing)| {
                    let rung = letter.rung(item, &standing, now);
                    let Item { sought, withdrawn, sent_back, handed_on } = item;
                    format!("{} {withdrawn:?} {sent_back:?} {handed_on:?} {standing:?} {rung:?}", sought.key)
                })
                .collect();
            let said =
                letter.parts.iter().map(|part| (asker(part.passed.way), part.passed.number)).collect::<BTreeSet<_>>();
            let Correspondence { received, reconciled, escalated, .. } = letter;
            let ledger = self.book.ledger(letter, now);
            format!(
                "{} by {} {received:?} {reconciled:?} {escalated:?} {ledger:?} {said:?} {people:?}",
                letter.letter,
                asker(letter.way)
            )
        };
        self.book.letters().map(row).collect()
    }
}

fn digest(said: &InFlight) -> Hex<32> {
    let inside = serde_json::to_string(&said.part).unwrap();
    Hex(Sha256::digest(format!("{} {} {inside}", said.number, said.written)).into())
}

/// Something that happens on one side, or on the link.
#[derive(Debug, Clone)]
enum Event {
    Write {
        north: bool,
        people: Vec<u8>,
    },
    Answer {
        north: bool,
        letter: u8,
        person: u8,
        step: Step,
        counted: Option<u8>,
    },
    HandOn {
        north: bool,
        letter: u8,
        person: u8,
    },
    SendBack {
        north: bool,
        letter: u8,
        person: u8,
    },
    Withdraw {
        north: bool,
        letter: u8,
        person: u8,
    },
    Escalate {
        north: bool,
    },
    /// One part of those that are not acknowledged arrives, and perhaps its acknowledgement is lost.
    Arrive {
        to_north: bool,
        nth: u8,
        acknowledged: bool,
    },
    Wait {
        minutes: u16,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let step = prop_oneof![Just(Step::Identity), Just(Step::Location), Just(Step::Control)];
    prop_oneof![
        2 => (any::<bool>(), proptest::collection::btree_set(0u8..6, 1..4))
            .prop_map(|(north, people)| Event::Write { north, people: people.into_iter().collect() }),
        4 => (any::<bool>(), any::<u8>(), any::<u8>(), step, proptest::option::of(0u8..6)).prop_map(
            |(north, letter, person, step, counted)| Event::Answer { north, letter, person, step, counted }),
        1 => (any::<bool>(), any::<u8>(), any::<u8>())
            .prop_map(|(north, letter, person)| Event::HandOn { north, letter, person }),
        1 => (any::<bool>(), any::<u8>(), any::<u8>())
            .prop_map(|(north, letter, person)| Event::SendBack { north, letter, person }),
        1 => (any::<bool>(), any::<u8>(), any::<u8>())
            .prop_map(|(north, letter, person)| Event::Withdraw { north, letter, person }),
        1 => any::<bool>().prop_map(|north| Event::Escalate { north }),
        8 => (any::<bool>(), any::<u8>(), any::<bool>())
            .prop_map(|(to_north, nth, acknowledged)| Event::Arrive { to_north, nth, acknowledged }),
        2 => (1u16..600).prop_map(|minutes| Event::Wait { minutes }),
    ]
}

struct World {
    north: Side,
    south: Side,
    now: i64,
    letters: u8,
}

impl World {
    fn side(&mut self, north: bool) -> &mut Side {
        if north { &mut self.north } else { &mut self.south }
    }

    fn arrive(&mut self, to_north: bool, nth: usize, acknowledged: bool) {
        let now = at(self.now);
        let writer = self.side(!to_north);
        let Some(part) = writer.unacknowledged.values().nth(nth % writer.unacknowledged.len().max(1)).cloned() else {
            return;
        };
        let taken = self.side(to_north).take(part, now);
        if acknowledged {
            self.side(!to_north).acknowledged(taken);
        }
    }

    fn happen(&mut self, event: Event) {
        self.now += 1;
        let (now, minute) = (at(self.now), self.now);
        let one = |letter: Option<&Correspondence>, person: u8| {
            let letter = letter?;
            let keys: Vec<PersonKey> = letter.people.keys().copied().collect();
            Some((letter.letter, keys[usize::from(person) % keys.len()]))
        };
        match event {
            Event::Write { north, people } => {
                self.letters += 1;
                let letter = letter(self.letters, people, minute);
                self.side(north).write(Part::Letter(letter), now);
            }
            Event::Answer { north, letter, person, step, counted } => {
                let side = self.side(north);
                let Some((letter, key)) = one(side.letter(Way::In, letter), person) else { return };
                let done = DoneAt { recorded: now, occurred: at(minute - 5) };
                let answers = vec![Answer { key, steps: [(step, done)].into(), deceased: None }];
                side.write(Part::Answer { letter, reconciled: counted.map(u32::from), answers }, now);
            }
            Event::HandOn { north, letter, person } => {
                let side = self.side(north);
                let Some((letter, key)) = one(side.letter(Way::In, letter), person) else { return };
                let to = "420000".parse().unwrap();
                side.write(Part::HandOn { letter, people: vec![key], deployment: Hex([3; 16]), to }, now);
            }
            Event::SendBack { north, letter, person } => {
                let side = self.side(north);
                let Some((letter, key)) = one(side.letter(Way::In, letter), person) else { return };
                side.write(Part::SendBack { letter, people: vec![NotHereAny { key, last_seen: None }] }, now);
            }
            Event::Withdraw { north, letter, person } => {
                let side = self.side(north);
                let Some((letter, key)) = one(side.letter(Way::Out, letter), person) else { return };
                side.write(Part::Withdrawal { letter, people: vec![key] }, now);
            }
            Event::Escalate { north } => {
                let side = self.side(north);
                let new: Vec<Part> =
                    side.book.letters().flat_map(|letter| side.book.unescalated(letter, now)).collect();
                new.into_iter().for_each(|part| side.write(part, now));
            }
            Event::Arrive { to_north, nth, acknowledged } => self.arrive(to_north, usize::from(nth), acknowledged),
            Event::Wait { minutes } => self.now += i64::from(minutes),
        }
    }

    /// The link works again, and what is not acknowledged is sent until it is, the last first.
    fn settle(&mut self) {
        while !(self.north.unacknowledged.is_empty() && self.south.unacknowledged.is_empty()) {
            for to_north in [true, false] {
                let waiting = self.side(!to_north).unacknowledged.len();
                (0..waiting).rev().for_each(|nth| self.arrive(to_north, nth, nth % 2 == 0));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_link_does_both_sides_end_with_the_same(events in proptest::collection::vec(event(), 0..60)) {
        let mut world =
            World { north: Side::new(NORTH, SOUTH), south: Side::new(SOUTH, NORTH), now: 1_000, letters: 0 };
        events.into_iter().for_each(|event| world.happen(event));
        world.settle();
        let now = at(world.now + 1_000);
        prop_assert_eq!(world.north.taken, world.south.written);
        prop_assert_eq!(world.south.taken, world.north.written);
        prop_assert_eq!(world.north.agreed(now), world.south.agreed(now));
    }
}

/// A side that wrote one letter, and one that took it at minute 60.
fn one_letter(people: std::ops::Range<u8>) -> World {
    let mut world = World { north: Side::new(NORTH, SOUTH), south: Side::new(SOUTH, NORTH), now: 1_000, letters: 0 };
    world.north.write(Part::Letter(letter(1, people, 1_000)), at(1_000));
    world.now = 1_060;
    world.settle();
    world
}

fn answer(world: &mut World, number: u8, step: Step, minute: i64) {
    let done = DoneAt { recorded: at(minute), occurred: at(minute) };
    let answers = vec![Answer { key: key(number), steps: [(step, done)].into(), deceased: None }];
    let part = Part::Answer { letter: LetterId(Hex([1; 16])), reconciled: None, answers };
    world.now = minute;
    world.south.write(part, at(minute));
    world.settle();
}

#[test]
fn two_clocks_run_and_each_has_its_own_deadline() {
    let world = one_letter(0..1);
    let letter = world.south.book.letters().next().unwrap();
    let item = letter.people.values().next().unwrap();
    assert_eq!(letter.received, Some(at(1_060)));
    assert_eq!(letter.due(item, Stage::Locate, Clock::Positive), Some(at(970 + 120)));
    assert_eq!(letter.due(item, Stage::Locate, Clock::Receipt), Some(at(1_060 + 120)));
    assert_eq!(letter.due(item, Stage::Close, Clock::Receipt), Some(at(1_060 + 24 * 60)));
}

#[test]
fn who_is_overdue_climbs_the_ladder_and_each_rung_is_said_once() {
    let mut world = one_letter(0..2);
    answer(&mut world, 0, Step::Control, 1_100);
    let rungs = |world: &World, minute| {
        let letter = world.north.book.letters().next().unwrap();
        world
            .north
            .book
            .people(letter)
            .map(|(item, stands)| letter.rung_of(item, &stands, Stage::Locate, at(minute)))
            .collect::<Vec<_>>()
    };
    let due = 1_060 + 120;
    assert_eq!(rungs(&world, due - 31), [Rung::None, Rung::None]);
    assert_eq!(rungs(&world, due - 30), [Rung::None, Rung::Reminder]);
    assert_eq!(rungs(&world, due + 1), [Rung::None, Rung::Overdue]);
    assert_eq!(rungs(&world, due + 61), [Rung::None, Rung::Raised(1)]);
    let said = |world: &World, minute| {
        let letter = world.north.book.letters().next().unwrap();
        world.north.book.unescalated(letter, at(minute))
    };
    let expected = Part::Escalation { letter: LetterId(Hex([1; 16])), stage: Stage::Locate, levels: 0, people: 1 };
    assert_eq!(said(&world, due + 1), std::slice::from_ref(&expected));
    world.now = due + 1;
    world.north.write(expected, at(due + 1));
    world.settle();
    assert_eq!(said(&world, due + 2), []);
    assert_eq!(world.south.book.letters().next().unwrap().escalated.len(), 1);
}

#[test]
fn what_is_found_for_one_letter_is_found_for_the_letter_that_crossed_it() {
    let mut world = World { north: Side::new(NORTH, SOUTH), south: Side::new(SOUTH, NORTH), now: 1_000, letters: 0 };
    world.north.write(Part::Letter(letter(1, 0..2, 1_000)), at(1_000));
    world.south.write(Part::Letter(letter(2, 1..3, 1_000)), at(1_001));
    world.settle();
    for step in [Step::Identity, Step::Location, Step::Control] {
        answer(&mut world, 1, step, 1_030);
    }
    for side in [&world.north, &world.south] {
        let states: Vec<(LetterId, Vec<(State, bool)>)> = side
            .book
            .letters()
            .map(|letter| (letter.letter, side.book.people(letter).map(|(_, s)| (s.state, s.crossing)).collect()))
            .collect();
        let first = (LetterId(Hex([1; 16])), vec![(State::ToFind, false), (State::Closed, true)]);
        let second = (LetterId(Hex([2; 16])), vec![(State::Closed, true), (State::ToFind, false)]);
        assert_eq!(states, [first, second]);
    }
}

#[test]
fn a_step_of_an_earlier_exposure_says_nothing_about_this_one() {
    let mut world = one_letter(0..1);
    let before = DoneAt { recorded: at(1_070), occurred: at(300) };
    let answers = vec![Answer { key: key(0), steps: [(Step::Control, before)].into(), deceased: None }];
    world.south.write(Part::Answer { letter: LetterId(Hex([1; 16])), reconciled: None, answers }, at(1_070));
    world.settle();
    let letter = world.north.book.letters().next().unwrap();
    assert!(world.north.book.people(letter).all(|(_, standing)| standing.state == State::ToFind));
}

#[test]
fn the_ledger_counts_on_time_late_and_open() {
    let mut world = one_letter(0..4);
    answer(&mut world, 0, Step::Location, 1_060 + 30);
    answer(&mut world, 1, Step::Location, 1_060 + 90);
    answer(&mut world, 2, Step::Location, 1_060 + 200);
    for side in [&world.north, &world.south] {
        let ledger = side.book.ledger(side.book.letters().next().unwrap(), at(1_060 + 240));
        let located = |counts: &BTreeMap<Stage, usize>| counts.get(&Stage::Locate).copied().unwrap_or(0);
        let counted = [&ledger.on_time, &ledger.late, &ledger.open, &ledger.overdue_now].map(located);
        assert_eq!((ledger.people, counted), (4, [2, 1, 1, 1]));
        assert_eq!((ledger.median_minutes[&Stage::Locate], ledger.p90_minutes[&Stage::Locate]), (90, 200));
    }
}

// ---- the envelope ----

fn keys(seed: u64) -> Keys {
    Keys::from_seeds(&Hex([seed as u8; 32]), &Hex([seed as u8 + 100; 32]))
}

fn head(from: &Keys, to: &Keys, number: u64) -> Head {
    Head {
        from: from.public().fingerprint(),
        to: to.public().fingerprint(),
        number,
        taken: 4,
        written: at(1_000),
        exercise: false,
    }
}

fn sealed(from: &Keys, to: &Keys) -> String {
    let part = Part::Letter(letter(1, 0..3, 1_000));
    let mut random = ChaCha20Rng::seed_from_u64(9);
    Envelope::seal(head(from, to, 7), &part, from, &to.public(), &mut random).unwrap().to_text()
}

#[test]
fn a_letter_is_opened_by_its_reader_and_says_nothing_to_anybody_else() {
    let (north, south) = (keys(1), keys(2));
    let text = sealed(&north, &south);
    assert!(!text.contains("covid") && !text.contains('王'), "{text}");
    let envelope = Envelope::read(&text).unwrap();
    assert_eq!(envelope.to_text(), text);
    let verified = envelope.verify(&north.public(), south.public().fingerprint(), false).unwrap();
    assert_eq!(verified.open(&south).unwrap(), Some(Part::Letter(letter(1, 0..3, 1_000))));
    assert!(matches!(verified.open(&north), Err(LettersError::Altered { number: 7, .. })));
    let debug = format!("{:?}", verified.open(&south).unwrap());
    assert!(!debug.contains('王'), "{debug}");
}

#[test]
fn every_changed_character_is_noticed() {
    let (north, south) = (keys(1), keys(2));
    let text = sealed(&north, &south);
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
        let changed = String::from_utf8(bytes).unwrap();
        let taken = Envelope::read(&changed).and_then(|envelope| {
            envelope.verify(&north.public(), south.public().fingerprint(), false)?.open(&south).map(drop)
        });
        assert!(taken.is_err(), "character {place} of {changed}");
    }
    for cut in [0, 1, text.len() / 2, text.len() - 1] {
        assert!(Envelope::read(&text[..cut]).is_err(), "cut after {cut}");
    }
    assert!(Envelope::read(&format!("{text}\n")).is_err());
}

#[test]
fn a_letter_that_someone_else_signed_is_forged() {
    let (north, south, other) = (keys(1), keys(2), keys(3));
    let own = south.public().fingerprint();
    // Signed by another in north's name.
    let part = Part::Letter(letter(1, 0..3, 1_000));
    let mut random = ChaCha20Rng::seed_from_u64(9);
    let forged = Envelope::seal(head(&north, &south, 7), &part, &other, &south.public(), &mut random).unwrap();
    assert_eq!(
        forged.verify(&north.public(), own, false).err(),
        Some(LettersError::Forged(north.public().fingerprint()))
    );
    // What north sealed, put into an envelope of another's own: the seal is bound to who wrote it.
    let stolen = sealed(&north, &south)
        .replace(&format!("from {}", north.public().fingerprint()), &format!("from {}", other.public().fingerprint()));
    let unsigned = stolen.split("signature").next().unwrap();
    let resigned = format!("{unsigned}signature {}\n", Hex(other.sign(unsigned.as_bytes())));
    let envelope = Envelope::read(&resigned).unwrap();
    let verified = envelope.verify(&other.public(), own, false).unwrap();
    assert!(matches!(verified.open(&south), Err(LettersError::Altered { .. })));
}

#[test]
fn a_letter_to_someone_else_says_for_whom_it_is() {
    let (north, south, other) = (keys(1), keys(2), keys(3));
    let text = sealed(&north, &other);
    let own = south.public().fingerprint();
    let refused = Envelope::read(&text).unwrap().verify(&north.public(), own, false).err();
    assert_eq!(refused, Some(LettersError::WrongReceiver { to: other.public().fingerprint(), own }));
}

#[test]
fn nothing_passes_between_an_exercise_and_the_real_thing() {
    let (north, south) = (keys(1), keys(2));
    let drill = Envelope::acknowledge(Head { exercise: true, ..head(&north, &south, 0) }, &north);
    let own = south.public().fingerprint();
    assert!(drill.verify(&north.public(), own, true).is_ok());
    assert_eq!(drill.verify(&north.public(), own, false).err(), Some(LettersError::Exercise { exercise: true }));
}

#[test]
fn a_later_version_is_named_and_not_guessed_at() {
    let text = sealed(&keys(1), &keys(2)).replacen("firebreak-letter 1", "firebreak-letter 2", 1);
    assert_eq!(Envelope::read(&text), Err(LettersError::Version("2".into())));
}

#[test]
fn a_file_may_hold_several() {
    let (north, south) = (keys(1), keys(2));
    let acknowledgement = Envelope::acknowledge(head(&north, &south, 3), &north);
    assert_eq!(acknowledgement.head.number, 0);
    let file = format!("{}{}", sealed(&north, &south), acknowledgement.to_text());
    let envelopes: Vec<Envelope> =
        Envelope::split(&file).unwrap().into_iter().map(|text| Envelope::read(text).unwrap()).collect();
    assert_eq!(envelopes.iter().map(|envelope| envelope.head.number).collect::<Vec<_>>(), [7, 0]);
    let verified = envelopes[1].verify(&north.public(), south.public().fingerprint(), false).unwrap();
    assert_eq!(verified.open(&south), Ok(None));
    assert!(Envelope::split("hello").is_err());
}

#[test]
fn what_no_letter_says_is_not_taken_even_when_it_is_signed() {
    let (north, south) = (keys(1), keys(2));
    let taken = |letter: Letter| {
        let mut random = ChaCha20Rng::seed_from_u64(9);
        let part = Part::Letter(letter);
        let envelope = Envelope::seal(head(&north, &south, 1), &part, &north, &south.public(), &mut random).unwrap();
        envelope.verify(&north.public(), south.public().fingerprint(), false).unwrap().open(&south).map(drop)
    };
    assert_eq!(taken(letter(1, 0..2, 1_000)), Ok(()));
    assert!(taken(letter(1, 0..0, 1_000)).is_err());
    assert!(taken(letter(1, [4, 4], 1_000)).is_err());
    assert!(taken(letter(1, 0..2, 2_000)).is_err(), "exposed in the future");
    let never_due = StageHours { locate: 2, isolate: 8, close: 9_999 };
    assert!(taken(Letter { hours: never_due, ..letter(1, 0..2, 1_000) }).is_err());
    let shrinking = StageHours { locate: 8, isolate: 2, close: 24 };
    assert!(taken(Letter { hours: shrinking, ..letter(1, 0..2, 1_000) }).is_err());
}

#[test]
fn a_number_is_taken_once_and_keeps_its_content() {
    let (one, other) = (Hex([1; 32]), Hex([2; 32]));
    assert_eq!(place(4, one, 3, None), Ok(Place::Next));
    assert_eq!(place(6, one, 3, None), Ok(Place::Waits));
    assert_eq!(place(2, one, 3, Some(one)), Ok(Place::Known));
    assert_eq!(place(2, other, 3, Some(one)), Err(LettersError::NumberUsed { number: 2, taken: 3 }));
    assert_eq!(place(6, other, 3, Some(one)), Err(LettersError::NumberUsed { number: 6, taken: 3 }));
}

#[test]
fn both_deployments_call_someone_the_same_and_a_third_cannot() {
    let (north, south, other) = (keys(1), keys(2), keys(3));
    let someone = |number: &str| Identity { id_number: Some(Private(number.into())), ..Identity::default() };
    let known = north.pair(&south.public()).person_key(&someone("39010219900307123x"));
    assert!(known.is_some());
    assert_eq!(known, south.pair(&north.public()).person_key(&someone(" 390102 19900307 123X")));
    assert_ne!(known, other.pair(&north.public()).person_key(&someone("39010219900307123x")));
    assert_ne!(known, north.pair(&south.public()).person_key(&someone("390102199003071231")));
    let named = Identity { name: Some(Private("王小明".into())), ..Identity::default() };
    assert_eq!(north.pair(&south.public()).person_key(&named), None, "namesakes are not one person");
}

#[test]
fn a_card_is_whole_or_refused() {
    let keys = keys(1);
    let card = Card {
        name_zh: "金河省防指".into(),
        name_en: "Jinhe Province Command".into(),
        jurisdiction: "390000".parse().unwrap(),
        keys: keys.public(),
        exercise: false,
        address: Some("http://127.0.0.1:8080".into()),
    };
    let text = card.write(&keys);
    assert_eq!(Card::read(&text), Ok(card.clone()));
    assert_eq!(Card::read(&text.replace("390000", "410000")), Err(LettersError::Forged(keys.public().fingerprint())));
    assert!(Card::read("firebreak-deployment 1\n").is_err());
    let without = Card { address: None, ..card };
    assert_eq!(Card::read(&without.write(&keys)), Ok(without));
}
