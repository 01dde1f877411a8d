//! Letters written from what is concluded here: whom to find elsewhere, why, and where to begin.

use std::collections::{BTreeMap, BTreeSet};

use facts::letter::SoughtAs;
use facts::{ActorId, DeploymentKey, Disease, Jurisdiction, LetterId, PersonId, PersonKey, Purpose, Scope, Timestamp};
use letters::{Correspondence, Identity, LastKnown, Letter, LettersError, Part, Private, Wanted};
use plan::GroundKind;
use registry::Secret;
use situation::Situation;
use status::Requirement;
use visits::Window;

use super::LettersTurn;
use crate::deployment::Deployment;
use crate::error::ServerError;

/// A letter to be written.
pub struct Asking<'a> {
    /// Whom to ask.
    pub with: DeploymentKey,
    /// Who asks.
    pub scope: Scope,
    /// Who is asked.
    pub to: Jurisdiction,
    /// Because of which disease.
    pub disease: &'a Disease,
    /// Whom to find.
    pub people: &'a [PersonId],
    /// The letter that is handed on.
    pub origin: Option<&'a Correspondence>,
}

/// What a letter came to, or would come to.
#[derive(Debug, Default)]
pub struct Asked {
    /// The letter, once it is written.
    pub letter: Option<LetterId>,
    /// How many people it is about.
    pub people: usize,
    /// How many were asked for before, and are still sought.
    pub already: usize,
    /// How many of them the registry knows nothing of.
    pub nobody_to_name: usize,
    /// Of whom nothing is required.
    pub nothing_required: Vec<PersonId>,
}

impl Deployment {
    /// Writes a letter, or with `preview` only says what it would hold. Whoever asks was found to be allowed to see
    /// everyone of it. A request that came before answers with the letter that it made.
    pub async fn ask_by_letter(
        &self,
        asking: &Asking<'_>,
        request: Option<&str>,
        preview: bool,
    ) -> Result<Asked, ServerError> {
        let turn = self.letters_turn().await;
        self.ask_in_turn(&turn, asking, request, preview).await
    }

    pub(crate) async fn ask_in_turn(
        &self,
        turn: &LettersTurn<'_>,
        asking: &Asking<'_>,
        request: Option<&str>,
        preview: bool,
    ) -> Result<Asked, ServerError> {
        let reader = self.trusted(asking.with)?;
        if let Some(request) = request.filter(|_| !preview)
            && let Some(letter) = self.letters.mailbox.of_request(request).await?
        {
            let people = self.book(|book| book.letter(letter).map_or(0, |letter| letter.people.len()));
            return Ok(Asked { letter: Some(letter), people, ..Asked::default() });
        }
        let own = self.letters.own().fingerprint();
        let via: Vec<DeploymentKey> =
            asking.origin.map(|origin| [origin.via.as_slice(), &[origin.with]].concat()).unwrap_or_default();
        if via.contains(&asking.with) || asking.with == own {
            return Err(LettersError::Circle(asking.with).into());
        }
        let mut asked = Asked::default();
        let now = self.now();
        let (mut found, plan, hours) = {
            let situation = self.situation();
            let world = situation.world();
            let people: BTreeSet<PersonId> = asking.people.iter().map(|&person| world.aliases.of(person)).collect();
            let mut found: Vec<(PersonId, Wanted)> = Vec::new();
            for person in people {
                match wanted(&situation, person, asking, now) {
                    Some(wanted) => found.push((person, wanted)),
                    None => asked.nothing_required.push(person),
                }
            }
            let plan = situation.plan(asking.disease).ok_or_else(|| ServerError::NoPlan(asking.disease.clone()))?;
            (found, plan.id.clone(), plan.letter_hours())
        };
        self.book(|book| {
            found.retain(|(person, _)| {
                let open = book.is_asked(asking.with, *person, asking.disease);
                asked.already += usize::from(open);
                !open
            });
        });
        asked.people = found.len();
        if found.len() > letters::part::PEOPLE_MAX {
            let (what, size, limit) = ("the list of people", found.len(), letters::part::PEOPLE_MAX);
            return Err(LettersError::TooLarge { what, size, limit }.into());
        }
        if preview || found.is_empty() {
            return Ok(asked);
        }
        self.name(&mut found, asking, &reader, now, &mut asked).await?;
        let keys: BTreeMap<PersonKey, PersonId> = found.iter().map(|(person, wanted)| (wanted.key, *person)).collect();
        let letter = LetterId(facts::Hex(self.chance.bytes()));
        let part = Part::Letter(Letter {
            letter,
            disease: asking.disease.clone(),
            from: asking.scope.jurisdiction,
            to: asking.to,
            plan,
            hours: asking.origin.map_or(hours, |origin| origin.hours),
            origin: asking.origin.map(|origin| origin.letter),
            via,
            people: found.into_iter().map(|(_, wanted)| wanted).collect(),
        });
        let actor: ActorId = asking.scope.actor;
        self.write_part(turn, asking.with, &part, (actor, request), |key| keys.get(&key).copied()).await?;
        asked.letter = Some(letter);
        Ok(asked)
    }

    /// Puts names to those whom the registry knows, and keys to all.
    async fn name(
        &self,
        found: &mut [(PersonId, Wanted)],
        asking: &Asking<'_>,
        reader: &letters::PublicKeys,
        now: Timestamp,
        asked: &mut Asked,
    ) -> Result<(), ServerError> {
        let people: Vec<PersonId> = found.iter().map(|(person, _)| *person).collect();
        // Who is sought elsewhere may live elsewhere; that they may be seen was decided before.
        let lent = Scope { jurisdiction: Jurisdiction::NATION, ..asking.scope };
        let identities = self.registry.reveal_all(&lent, Purpose::Locating, &people, now).await?;
        let pair = self.letters.keys.pair(reader);
        let mut given: BTreeSet<PersonKey> = BTreeSet::new();
        for (person, wanted) in found {
            match identities.get(person) {
                Some(identity) => wanted.identity = sent(identity),
                None => asked.nobody_to_name += 1,
            }
            let key = self.book(|book| book.key_of(asking.with, *person));
            let key = key.or_else(|| pair.person_key(&wanted.identity)).filter(|key| !given.contains(key));
            wanted.key = key.unwrap_or_else(|| self.chance.with(|random| letters::part::random_key(random)));
            given.insert(wanted.key);
        }
        Ok(())
    }
}

fn sent(identity: &registry::Identity) -> Identity {
    let private = |value: &Option<Secret<String>>| value.as_ref().map(|value| Private(value.expose().clone()));
    Identity {
        name: private(&identity.name),
        id_number: private(&identity.id_number),
        phone: private(&identity.phone),
        address: private(&identity.address),
    }
}

/// Why someone is sought and where to begin, without who they are. None when nothing is required of them, or only
/// what whom we would ask said themselves.
fn wanted(situation: &Situation, person: PersonId, asking: &Asking<'_>, now: Timestamp) -> Option<Wanted> {
    let world = situation.world();
    let known = situation.derived().people.get(&person)?;
    let by_them = |requirement: &Requirement| {
        let fact = requirement.by_letter.and_then(|by| world.ledger.get(by.fact));
        fact.is_some_and(|fact| super::taking::is_said_by(fact, asking.with))
    };
    let of_disease = known.requirements.iter().filter(|it| &it.disease == asking.disease && !by_them(it));
    let requirement = of_disease.clone().min_by_key(|requirement| (requirement.ground, requirement.from))?;
    let positive_recorded = of_disease.map(|requirement| requirement.case_known).min()?;
    let derived = situation.derived();
    let exposure = derived.rings.get(&requirement.case).and_then(|rings| rings.exposure_of(person));
    let case = derived.case(requirement.case);
    let by_letter = requirement.by_letter.and_then(|by| match world.ledger.get(by.fact)?.body() {
        facts::Body::Letter(facts::LetterFact::Received { asked, .. }) => {
            let ids = world.aliases.all(person);
            asked.people.iter().find(|sought| ids.contains(&sought.person)).map(|sought| sought.last)
        }
        _ => None,
    });
    let last = exposure
        .and_then(|exposure| Timestamp::from_second(exposure.last).ok())
        .or(by_letter)
        .or_else(|| case.map(|case| case.found))
        .unwrap_or(requirement.from)
        .max(requirement.behind_since)
        .min(now);
    Some(Wanted {
        key: facts::Hex([0; 16]),
        identity: Identity::default(),
        ground: match requirement.ground {
            GroundKind::Case => SoughtAs::Case,
            GroundKind::CloseContact => SoughtAs::CloseContact,
            GroundKind::SecondaryContact => SoughtAs::SecondaryContact,
            GroundKind::GeneralContact => SoughtAs::GeneralContact,
        },
        since: requirement.behind_since.min(last),
        last,
        minutes: exposure.and_then(|exposure| u32::try_from(exposure.seconds / 60).ok()),
        setting: exposure.and_then(|exposure| exposure.meetings.first()).map(|meeting| meeting.setting),
        one_word: requirement.provisional,
        positive_recorded,
        last_known: last_known(situation, person, now),
    })
}

/// Where someone was recorded last, or else where they live.
fn last_known(situation: &Situation, person: PersonId, now: Timestamp) -> Option<LastKnown> {
    let world = situation.world();
    let until_now = Window { from: 0, until: now.as_second() };
    let seen = world.stays_of(person, until_now).into_iter().rev().find_map(|stay| {
        let unit = world.unit(stay.unit)?;
        Some(LastKnown {
            jurisdiction: Some(unit.jurisdiction),
            place: unit.name.clone().map(Private),
            at: Timestamp::from_second(stay.window.from).ok(),
        })
    });
    let lives =
        || situation.residence(person).map(|place| LastKnown { jurisdiction: Some(place), place: None, at: None });
    seen.or_else(lives)
}
