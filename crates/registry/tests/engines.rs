//! What a registry promises, on SQLite and on PostgreSQL.
#![allow(missing_docs)]

use facts::{
    ActorId, Body, Channel, Draft, FactId, Jurisdiction, PersonId, Purpose, Scope, Setting, Source, Span, TextId,
    Timestamp,
};
use journal::{Journal, Marker};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use registry::{By, Identity, Keys, NewPerson, Registered, Registry, RegistryError, Secret};
use testkit::Fresh;

testkit::on_both_engines! {
    who_was_registered_is_revealed,
    people_are_found_by_exact_values_however_written,
    out_of_scope_is_the_same_as_absent,
    whoever_looks_is_recorded,
    several_are_revealed_at_once_and_each_look_is_recorded,
    the_record_of_looks_is_for_whoever_watches_over_its_officers_or_its_people,
    masked_names_show_one_character_and_are_not_recorded,
    a_source_that_names_someone_again_means_the_same_person,
    people_who_share_a_number_are_proposed_to_who_answers_for_both,
    a_call_registers_all_or_none,
    many_people_are_registered_at_once,
    who_moves_is_seen_where_they_live,
    who_is_erased_leaves_a_receipt_and_nothing_else,
    a_journal_verifies_when_the_text_it_commits_to_is_erased,
    texts_hold_to_their_commitments_until_erased,
    nothing_is_stored_in_the_clear,
    a_field_moved_to_someone_else_does_not_open,
    other_keys_are_refused,
    a_source_key_depends_on_the_keys,
    a_journals_database_is_refused,
}

const ZHENG: u64 = 1;
const LI: u64 = 2;
const SMITH: u64 = 3;

fn noon() -> Timestamp {
    "2022-11-01T04:00:00Z".parse().unwrap()
}

fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

fn scope(jurisdiction: &str) -> Scope {
    Scope { actor: ActorId::new(5), jurisdiction: code(jurisdiction) }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn keys(seed: u64) -> Keys {
    Keys::generate(&mut ChaCha20Rng::seed_from_u64(seed))
}

async fn open(fresh: &Fresh) -> Registry {
    Registry::open(fresh.url(), &keys(1), Box::new(ChaCha20Rng::seed_from_u64(2))).await.unwrap()
}

fn zheng() -> NewPerson {
    NewPerson {
        person: PersonId::new(ZHENG),
        identity: Identity {
            name: Some(secret("郑小明")),
            id_number: Some(secret("11010519491231002X")),
            phone: Some(secret("138 0013 8000")),
            address: Some(secret("中原区桐柏路 1 号")),
        },
        jurisdiction: code("410102001"),
        external: Some(("cdc".to_owned(), secret("A-17"))),
    }
}

fn li() -> NewPerson {
    let identity =
        Identity { name: Some(secret("李 四")), phone: Some(secret("13900139000")), ..Identity::default() };
    NewPerson { person: PersonId::new(LI), identity, jurisdiction: code("410200"), external: None }
}

fn smith() -> NewPerson {
    let identity = Identity { name: Some(secret(" Smith")), ..Identity::default() };
    NewPerson { person: PersonId::new(SMITH), identity, jurisdiction: code("410102"), external: None }
}

async fn three_people(fresh: &Fresh) -> Registry {
    let registry = open(fresh).await;
    let people = vec![zheng(), li(), smith()];
    let registered = registry.register(&scope("410000"), Purpose::Import, people, noon()).await.unwrap();
    assert!(registered.iter().all(|registered| matches!(registered, Registered::New(_))));
    registry
}

async fn reveal(registry: &Registry, jurisdiction: &str, person: u64) -> Option<Identity> {
    registry.reveal(&scope(jurisdiction), Purpose::Investigation, PersonId::new(person), noon()).await.unwrap()
}

async fn find(registry: &Registry, jurisdiction: &str, by: By) -> Vec<u64> {
    let found = registry.find(&scope(jurisdiction), Purpose::Locating, by, noon()).await.unwrap();
    found.into_iter().map(|found| found.person.number()).collect()
}

async fn who_was_registered_is_revealed(fresh: Fresh) {
    three_people(&fresh).await.close().await;
    let registry = open(&fresh).await;
    assert_eq!(reveal(&registry, "410100", ZHENG).await, Some(zheng().identity));
    assert_eq!(reveal(&registry, "410200", LI).await, Some(li().identity));
    assert_eq!(reveal(&registry, "410000", 99).await, None);
}

async fn people_are_found_by_exact_values_however_written(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let everywhere = "410000";
    for by in [
        By::IdNumber(secret("11010519491231002x")),
        By::Phone(secret("+8613800138000")),
        By::Name(secret("郑 小 明")),
        By::External("cdc".to_owned(), secret("A-17")),
    ] {
        assert_eq!(find(&registry, everywhere, by.clone()).await, [ZHENG], "{by:?}");
    }
    for by in [
        By::Name(secret("郑小")),
        By::Phone(secret("1380013800")),
        By::IdNumber(secret("郑小明")),
        By::External("hospital".to_owned(), secret("A-17")),
        By::External("cdcA".to_owned(), secret("-17")),
    ] {
        assert!(find(&registry, everywhere, by).await.is_empty());
    }
}

async fn out_of_scope_is_the_same_as_absent(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    assert_eq!(reveal(&registry, "410100", LI).await, None);
    assert!(find(&registry, "410100", By::Phone(secret("13900139000"))).await.is_empty());
    assert_eq!(find(&registry, "410200", By::Phone(secret("13900139000"))).await, [LI]);
    let elsewhere = scope("410200");
    let person = PersonId::new(ZHENG);
    assert!(registry.masked_names(&elsewhere, &[person]).await.unwrap().is_empty());
    assert!(registry.residences(&elsewhere, &[person]).await.unwrap().is_empty());
    assert!(!registry.move_to(&elsewhere, person, code("410200")).await.unwrap());
    assert!(registry.erase(&elsewhere, Purpose::Subject, person, noon()).await.unwrap().is_none());
    assert!(registry.accesses(&elsewhere, person).await.unwrap().is_empty());
    assert!(reveal(&registry, "410100", ZHENG).await.is_some());
}

async fn whoever_looks_is_recorded(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    find(&registry, "410000", By::Name(secret("郑小明"))).await;
    reveal(&registry, "410100", ZHENG).await;
    reveal(&registry, "410200", ZHENG).await;
    let accesses = registry.accesses(&scope("410100"), PersonId::new(ZHENG)).await.unwrap();
    let told: Vec<_> = accesses.iter().map(|access| (access.purpose, access.columns.as_str())).collect();
    let all = "name id_number phone address";
    assert_eq!(told, [(Purpose::Locating, "by-name"), (Purpose::Investigation, all)]);
    assert!(accesses.iter().all(|access| access.actor == ActorId::new(5) && access.looked == noon()));
}

async fn several_are_revealed_at_once_and_each_look_is_recorded(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let people = [ZHENG, LI, SMITH, 99].map(PersonId::new);
    let shown = registry.reveal_all(&scope("410100"), Purpose::Locating, &people, noon()).await.unwrap();
    assert_eq!(shown.get(&PersonId::new(ZHENG)), reveal(&registry, "410100", ZHENG).await.as_ref());
    for person in people {
        let alone = registry.reveal(&scope("410100"), Purpose::Audit, person, noon()).await.unwrap();
        assert_eq!(shown.get(&person), alone.as_ref(), "who is out of scope is not there either");
        let accesses = registry.accesses(&scope("410000"), person).await.unwrap();
        let looks = accesses.iter().filter(|access| access.purpose == Purpose::Locating).count();
        assert_eq!(looks, usize::from(alone.is_some()));
    }
}

async fn the_record_of_looks_is_for_whoever_watches_over_its_officers_or_its_people(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let second = |second: i64| Timestamp::from_second(noon().as_second() + second).unwrap();
    let half = Timestamp::from_millisecond(noon().as_millisecond() + 500).unwrap();
    let looker = |actor: u64, place: &str| Scope { actor: ActorId::new(actor), jurisdiction: code(place) };
    for (actor, person, looked) in [(5, ZHENG, noon()), (5, ZHENG, half), (6, LI, second(1)), (6, ZHENG, second(2))] {
        let shown = registry.reveal(&looker(actor, "410000"), Purpose::Locating, PersonId::new(person), looked).await;
        assert!(shown.unwrap().is_some());
    }
    let told = async |place: &str, officers: &[u64], from: Timestamp, until: Timestamp| -> Vec<(u64, Timestamp)> {
        let officers = officers.iter().map(|&officer| ActorId::new(officer)).collect();
        let looks = registry.looks(&scope(place), &officers, from, until).await.unwrap();
        looks.into_iter().map(|look| (look.actor.number(), look.looked)).collect()
    };
    let all = [(5, noon()), (5, half), (6, second(1)), (6, second(2))];
    assert_eq!(told("410000", &[], noon(), second(3)).await, all);
    assert_eq!(told("420000", &[5, 6], noon(), second(3)).await, all, "their officers, whomever they looked at");
    assert_eq!(told("420000", &[], noon(), second(3)).await, []);
    assert_eq!(told("410100", &[], noon(), second(3)).await, [all[0], all[1], all[3]], "their people, whoever looked");
    assert_eq!(told("410000", &[], half, second(2)).await, all[1..3], "from a moment until before another");
}

async fn masked_names_show_one_character_and_are_not_recorded(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let people = [ZHENG, LI, SMITH, 99].map(PersonId::new);
    let names = registry.masked_names(&scope("410000"), &people).await.unwrap();
    assert_eq!(names.into_values().collect::<Vec<_>>(), ["郑*", "李*", "S*"]);
    assert!(registry.accesses(&scope("410000"), people[0]).await.unwrap().is_empty());
}

async fn a_source_that_names_someone_again_means_the_same_person(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let moved = |phone: &str, person| NewPerson {
        person: PersonId::new(person),
        identity: Identity { phone: Some(secret(phone)), ..Identity::default() },
        ..zheng()
    };
    let again = vec![moved("13700137000", 50), moved("13700137000", 51)];
    let registered = registry.register(&scope("410100"), Purpose::Import, again, noon()).await.unwrap();
    assert_eq!(registered, [Registered::Known(PersonId::new(ZHENG)); 2]);
    assert_eq!(find(&registry, "410000", By::Phone(secret("13700137000"))).await, [ZHENG]);
    assert!(find(&registry, "410000", By::Phone(secret("13800138000"))).await.is_empty());
    assert_eq!(reveal(&registry, "410000", ZHENG).await.unwrap().name, zheng().identity.name);

    // From elsewhere it is the same person, and nothing of theirs is changed.
    let elsewhere = vec![moved("13600136000", 52)];
    let registered = registry.register(&scope("410200"), Purpose::Import, elsewhere, noon()).await.unwrap();
    assert_eq!(registered[0].person(), PersonId::new(ZHENG));
    assert_eq!(find(&registry, "410000", By::Phone(secret("13700137000"))).await, [ZHENG]);
}

async fn a_call_registers_all_or_none(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let new = NewPerson { person: PersonId::new(60), ..smith() };
    let refused = registry.register(&scope("410000"), Purpose::Import, vec![new, li()], noon()).await;
    assert!(matches!(refused, Err(RegistryError::PersonTaken)), "{refused:?}");
    assert_eq!(reveal(&registry, "410000", 60).await, None);
}

async fn many_people_are_registered_at_once(fresh: Fresh) {
    let registry = open(&fresh).await;
    let people = (1..=1_300).map(|number| NewPerson {
        person: PersonId::new(number),
        identity: Identity { phone: Some(secret(&format!("{:011}", 13_000_000_000 + number))), ..Identity::default() },
        external: Some(("list".to_owned(), secret(&number.to_string()))),
        ..smith()
    });
    let people: Vec<_> = people.collect();
    registry.register(&scope("410000"), Purpose::Import, people.clone(), noon()).await.unwrap();
    for number in [1, 512, 513, 1_024, 1_300] {
        assert_eq!(
            find(&registry, "410000", By::Phone(secret(&format!("{}", 13_000_000_000 + number)))).await,
            [number]
        );
    }
    let again = registry.register(&scope("410000"), Purpose::Import, people, noon()).await.unwrap();
    assert!(again.iter().zip(1..).all(|(again, number)| *again == Registered::Known(PersonId::new(number))));
}

async fn who_moves_is_seen_where_they_live(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let person = PersonId::new(ZHENG);
    assert!(registry.move_to(&scope("410100"), person, code("410200")).await.unwrap());
    assert!(reveal(&registry, "410200", ZHENG).await.is_some());
    assert!(reveal(&registry, "410100", ZHENG).await.is_none());
    let residences = registry.residences(&scope("410000"), &[person]).await.unwrap();
    assert_eq!(residences.into_values().collect::<Vec<_>>(), [code("410200")]);
}

async fn who_is_erased_leaves_a_receipt_and_nothing_else(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let (here, person, text) = (scope("410100"), PersonId::new(ZHENG), TextId::new(1));
    registry.put_text(&here, text, Some(person), &secret("与李四同桌")).await.unwrap();
    reveal(&registry, "410100", ZHENG).await;
    let receipt = registry.erase(&here, Purpose::Subject, person, noon()).await.unwrap().unwrap();
    assert_eq!(reveal(&registry, "410100", ZHENG).await, None);
    for by in [By::Name(secret("郑小明")), By::External("cdc".to_owned(), secret("A-17"))] {
        assert!(find(&registry, "410000", by).await.is_empty());
    }
    assert!(registry.text(&here, Purpose::Appeal, text, noon()).await.unwrap().is_none());
    assert_eq!(registry.receipts(&here, &person.to_string()).await.unwrap(), [receipt]);
    assert_eq!(registry.accesses(&here, person).await.unwrap().len(), 1, "who looked is still known");
    assert!(registry.erase(&here, Purpose::Subject, person, noon()).await.unwrap().is_none());
    assert_eq!(reveal(&registry, "410200", LI).await, Some(li().identity));
}

async fn a_journal_verifies_when_the_text_it_commits_to_is_erased(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let journal_database = Fresh::sqlite();
    let marker = Marker { deployment: 1, exercise: false };
    let journal = Journal::open(journal_database.url(), journal_database.folder(), marker).await.unwrap();
    let (here, person) = (scope("410100"), PersonId::new(ZHENG));
    let statement = registry.put_text(&here, TextId::new(1), Some(person), &secret("与李四同桌")).await.unwrap();
    let hour = |hour: i64| Timestamp::from_second(1_667_000_000 + hour * 3_600).unwrap();
    let body = Body::ContactStated {
        person,
        with: PersonId::new(LI),
        span: Span::new(hour(0), hour(1)).unwrap(),
        setting: Setting::Meal,
        masked: None,
        statement: Some(statement),
    };
    let source = Source { actor: here.actor, channel: Channel::Entry, key: None };
    let purpose = Purpose::Investigation;
    let draft = Draft { occurred: hour(0), source, purpose, supersedes: None, body };
    journal.append(vec![(FactId::new(1), draft)], noon()).await.unwrap();
    registry.erase(&here, Purpose::Subject, person, noon()).await.unwrap().unwrap();
    assert!(registry.text(&here, Purpose::Appeal, TextId::new(1), noon()).await.unwrap().is_none());
    assert!(journal.verify().await.unwrap().problems.is_empty());
    assert_eq!(journal.read(1, 10).await.unwrap().len(), 1);
}

async fn texts_hold_to_their_commitments_until_erased(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let (here, elsewhere, content) = (scope("410100"), scope("410200"), secret("与李四同桌"));
    let (about, general) = (TextId::new(1), TextId::new(2));
    let commitment = registry.put_text(&here, about, Some(PersonId::new(ZHENG)), &content).await.unwrap();
    registry.put_text(&here, general, None, &content).await.unwrap();
    let refused = registry.put_text(&elsewhere, TextId::new(3), Some(PersonId::new(ZHENG)), &content).await;
    assert!(matches!(refused, Err(RegistryError::NoPerson(_))), "{refused:?}");
    let taken = registry.put_text(&here, about, None, &content).await;
    assert!(matches!(taken, Err(RegistryError::TextTaken)), "{taken:?}");

    let (salt, read) = registry.text(&here, Purpose::Appeal, about, noon()).await.unwrap().unwrap();
    assert!(commitment.holds(&salt, read.expose().as_bytes()));
    assert_eq!(registry.accesses(&here, PersonId::new(ZHENG)).await.unwrap()[0].columns, about.to_string());
    for text in [about, general] {
        assert!(registry.text(&elsewhere, Purpose::Appeal, text, noon()).await.unwrap().is_none());
        assert!(registry.erase_text(&elsewhere, Purpose::Subject, text, noon()).await.unwrap().is_none());
        let receipt = registry.erase_text(&here, Purpose::Subject, text, noon()).await.unwrap().unwrap();
        assert!(registry.text(&here, Purpose::Appeal, text, noon()).await.unwrap().is_none());
        assert_eq!(registry.receipts(&here, &text.to_string()).await.unwrap(), [receipt]);
    }
}

async fn nothing_is_stored_in_the_clear(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    registry.put_text(&scope("410100"), TextId::new(1), None, &secret("与李四同桌")).await.unwrap();
    find(&registry, "410000", By::Phone(secret("13800138000"))).await;
    registry.close().await;
    // On PostgreSQL the folder is empty and the statements are the same.
    for entry in std::fs::read_dir(fresh.folder()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for text in ["郑小明", "11010519491231002X", "13800138000", "桐柏路", "A-17", "与李四同桌"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text} is readable");
        }
    }
}

async fn people_who_share_a_number_are_proposed_to_who_answers_for_both(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let again = |person: u64, jurisdiction: &str, identity: Identity| NewPerson {
        person: PersonId::new(person),
        identity,
        jurisdiction: code(jurisdiction),
        external: None,
    };
    let same_number = Identity { id_number: Some(secret("11010519491231002x")), ..Identity::default() };
    let same_phone = Identity { phone: Some(secret("139-0013-9000")), ..Identity::default() };
    let people = vec![again(10, "410103", same_number), again(11, "410300", same_phone)];
    registry.register(&scope("410000"), Purpose::Import, people, noon()).await.unwrap();
    let pairs = async |within: &str| {
        let found = registry.likely_duplicates(&scope(within)).await.unwrap();
        found.iter().map(|pair| (pair.a.number(), pair.b.number(), pair.same_id_number)).collect::<Vec<_>>()
    };
    assert_eq!(pairs("410000").await, [(ZHENG, 10, true), (LI, 11, false)]);
    assert_eq!(pairs("410100").await, [(ZHENG, 10, true)], "both live in the city");
    assert_eq!(pairs("410200").await, [], "the other lives elsewhere, and whose ids those are is not theirs to learn");
}

async fn a_field_moved_to_someone_else_does_not_open(fresh: Fresh) {
    let registry = three_people(&fresh).await;
    let pool = sqlx::AnyPool::connect(fresh.url()).await.unwrap();
    let swap = "UPDATE people SET name = (SELECT name FROM people WHERE person = 1) WHERE person = 2";
    sqlx::query(swap).execute(&pool).await.unwrap();
    let refused = registry.reveal(&scope("410200"), Purpose::Investigation, PersonId::new(LI), noon()).await;
    assert!(matches!(refused, Err(RegistryError::Sealed { column: "name", .. })), "{refused:?}");
}

async fn other_keys_are_refused(fresh: Fresh) {
    three_people(&fresh).await.close().await;
    let refused = Registry::open(fresh.url(), &keys(9), Box::new(ChaCha20Rng::seed_from_u64(2))).await;
    assert!(matches!(refused.err(), Some(RegistryError::OtherKeys)));
}

async fn a_source_key_depends_on_the_keys(fresh: Fresh) {
    let registry = open(&fresh).await;
    let key = registry.secret_source_key("lab 7, specimen 12");
    assert_eq!(key, registry.secret_source_key("lab 7, specimen 12"));
    assert_ne!(key, registry.secret_source_key("lab 7, specimen 13"));
}

async fn a_journals_database_is_refused(fresh: Fresh) {
    let marker = Marker { deployment: 1, exercise: false };
    Journal::open(fresh.url(), fresh.folder(), marker).await.unwrap().close().await;
    let refused = Registry::open(fresh.url(), &keys(1), Box::new(ChaCha20Rng::seed_from_u64(2))).await.err().unwrap();
    assert!(refused.to_string().contains("holds a journal and not a registry"), "{refused}");
}
