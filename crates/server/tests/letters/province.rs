//! Deployments with people in them, a clock that they share, and the line between them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use facts::{
    ActorId, Channel, Disease, Draft, Jurisdiction, Level, PersonId, PlaceId, Purpose, ResidentRow, Scope, Setting,
    Source, TestOutcome, Timestamp, UnitId, UnitRow, VisitRow,
};
use journal::Rows;
use plan::Words;
use registry::{Identity, NewPerson, Secret};
use serde_json::{Value, json};
use server::accounts::{Account, Role};
use server::session::COOKIE;
use server::{Deployment, Division, Geography, Location};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use tower::ServiceExt;

pub const NORTH: &str = "390000";
pub const NORTH_COUNTY: &str = "390102";
pub const SOUTH: &str = "410000";
pub const SOUTH_COUNTY: &str = "410102";
pub const WEST: &str = "420000";

pub const WANG: PersonId = PersonId::new(1);
/// How many tables there are at the market.
const TABLES: u64 = 20;
const PASSWORD: &str = "correct horse battery";

/// Noon of 10 July 2022 in China.
const NOON: i64 = 1_657_425_600;
static NOW: AtomicI64 = AtomicI64::new(NOON);
/// One story at a time, since they share the clock.
static STORY: Mutex<()> = Mutex::const_new(());

fn clock() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::SeqCst)).unwrap()
}

/// The present of a story. It ends with the story.
pub struct Time {
    _story: MutexGuard<'static, ()>,
}

impl Time {
    pub async fn begins() -> Self {
        let story = STORY.lock().await;
        NOW.store(NOON, Ordering::SeqCst);
        Self { _story: story }
    }

    pub fn wait(&self, minutes: i64) {
        NOW.fetch_add(minutes * 60, Ordering::SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        clock()
    }
}

pub fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

/// The id number of the traveller of that number.
pub fn id_number(traveller: u64) -> String {
    format!("3901021990010{traveller:05}")
}

pub fn traveller(number: u64) -> PersonId {
    PersonId::new(1_000 + number)
}

/// One deployment and the line to it.
pub struct Province {
    pub deployment: Arc<Deployment>,
    site: Router,
    address: Option<SocketAddr>,
    line: Option<JoinHandle<()>>,
    jurisdiction: &'static str,
    folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
    pub body: Value,
}

impl Answer {
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    /// The status and code of a refusal.
    pub fn refused(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_else(|| panic!("{}", self.text)))
    }
}

fn divisions(province: &str) -> Geography {
    let city = format!("{}0100", &province[..2]);
    let county = format!("{}0102", &province[..2]);
    let codes = [province.to_owned(), city, county];
    let division = |text: &String| {
        let division = code(text);
        Division {
            code: division,
            parent: division.parent().filter(|_| division.level() != Level::Province),
            level: division.level(),
            name: Words { zh: format!("辖区{text}"), en: format!("Division {text}") },
            population: None,
            centre: None,
        }
    };
    Geography::new(codes.iter().map(division).collect(), None)
}

impl Province {
    /// A province that nobody is known to live in.
    pub async fn empty(jurisdiction: &'static str, exercise: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let deployment = Deployment::open(Location::folder(folder.path()), exercise, clock).await.unwrap();
        let deployment = Arc::new(deployment);
        deployment.set_geography(divisions(jurisdiction)).unwrap();
        let name = Words { zh: format!("{jurisdiction}防指"), en: format!("Command of {jurisdiction}") };
        deployment.found(name, code(jurisdiction), deployment.chance.id()).await.unwrap();
        let site = server::site(server::app(deployment.clone(), "KMRT7Q2X4P"));
        Self { deployment, site, address: None, line: None, jurisdiction, folder }
    }

    /// Wang spent yesterday evening at a market with so many travellers, who stay at an inn in the south today.
    pub async fn with_travellers(number: u64) -> Self {
        let province = Self::empty(NORTH, false).await;
        let deployment = &province.deployment;
        let actor: ActorId = deployment.chance.id();
        let source = Source { actor, channel: Channel::Feed, key: None };
        let people: Vec<PersonId> = (0..number).map(traveller).chain([WANG]).collect();
        let unit = |unit: UnitId, setting, jurisdiction, name: &str| UnitRow {
            unit,
            place: PlaceId::new(unit.number()),
            setting,
            jurisdiction: code(jurisdiction),
            position: None,
            ventilation: None,
            name: Some(name.to_owned()),
        };
        let table = |number: u64| UnitId::new(100 + number);
        let room = |number: u64| UnitId::new(10_000 + number);
        let units: Vec<UnitRow> = (0..TABLES)
            .map(|number| unit(table(number), Setting::Meal, NORTH_COUNTY, "河畔大排档"))
            .chain((0..number).map(|number| unit(room(number), Setting::Other, SOUTH_COUNTY, "云阳客栈")))
            .collect();
        let resident = |&person: &PersonId| ResidentRow {
            person,
            home: Some(UnitId::new(100_000 + person.number())),
            jurisdiction: code(NORTH_COUNTY),
            birth_year: None,
        };
        let residents: Vec<ResidentRow> = people.iter().map(resident).collect();
        let at = |minutes: i64| Timestamp::from_second(NOON + minutes * 60).unwrap();
        let visit =
            |person, unit, from, to| VisitRow { person, unit, start: at(from), end: Some(at(to)), seat_row: None };
        // Wang walks from table to table, ten minutes at each.
        let dined = |number: u64| -22 * 60 + 10 * (number % TABLES) as i64;
        let visits: Vec<VisitRow> = (0..TABLES)
            .map(|number| visit(WANG, table(number), dined(number), dined(number) + 10))
            .chain(
                (0..number)
                    .map(|number| visit(traveller(number), table(number % TABLES), dined(number), dined(number) + 10)),
            )
            .chain((0..number).map(|number| visit(traveller(number), room(number), -4 * 60, -3 * 60)))
            .collect();
        for rows in [Rows::Units(&units), Rows::Residents(&residents), Rows::Visits(&visits)] {
            deployment.record_batch(rows, source, Purpose::Investigation, None).await.unwrap();
        }
        let new = |&person: &PersonId| NewPerson {
            person,
            identity: identity(person.number().saturating_sub(1_000), person == WANG),
            jurisdiction: code(NORTH_COUNTY),
            external: None,
        };
        let scope = Scope { actor, jurisdiction: code(NORTH) };
        let new = people.iter().map(new).collect();
        deployment.registry.register(&scope, Purpose::Import, new, deployment.now()).await.unwrap();
        province
    }

    /// Registers travellers whom the province knew before, under pseudonyms of its own.
    pub async fn knows(&self, travellers: impl Iterator<Item = u64>) -> Vec<PersonId> {
        let scope = Scope { actor: ActorId::new(9), jurisdiction: code(self.jurisdiction) };
        let new: Vec<NewPerson> = travellers
            .map(|number| NewPerson {
                person: PersonId::new(700_000 + number),
                identity: identity(number, false),
                jurisdiction: code(self.jurisdiction),
                external: None,
            })
            .collect();
        let people = new.iter().map(|new| new.person).collect();
        self.deployment.registry.register(&scope, Purpose::Import, new, self.deployment.now()).await.unwrap();
        people
    }

    /// Opens the line to this deployment, at the address it had before.
    pub async fn line_opens(&mut self) -> SocketAddr {
        let address = self.address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = loop {
            match tokio::net::TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        };
        let address = listener.local_addr().unwrap();
        let site = self.site.clone().into_make_service_with_connect_info::<SocketAddr>();
        self.address = Some(address);
        self.line = Some(tokio::spawn(async move { axum::serve(listener, site).await.unwrap() }));
        address
    }

    /// Cuts the line to this deployment.
    pub async fn line_is_cut(&mut self) {
        if let Some(line) = self.line.take() {
            line.abort();
            let _ = line.await;
        }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address.unwrap())
    }

    /// Someone new who signs in.
    pub async fn officer(&self, role: Role) -> Officer {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let chance = &self.deployment.chance;
        let name = format!("officer-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let account = Account { name: name.clone(), actor: chance.id(), role, jurisdiction: code(self.jurisdiction) };
        assert!(self.deployment.accounts.add(&account, PASSWORD, chance.bytes()).await.unwrap());
        let token = format!("token-of-{name}");
        let accounts = &self.deployment.accounts;
        assert!(accounts.sign_in(&name, PASSWORD, &token, "", self.deployment.now()).await.unwrap().is_some());
        Officer { token }
    }

    pub async fn get(&self, officer: &Officer, path: &str) -> Answer {
        self.ask(Some(officer), "GET", path, None).await
    }

    pub async fn post(&self, officer: &Officer, path: &str, body: Value) -> Answer {
        self.ask(Some(officer), "POST", path, Some(("application/json", body.to_string()))).await
    }

    /// A file, or a part of another deployment's.
    pub async fn hand(&self, officer: Option<&Officer>, path: &str, text: &str) -> Answer {
        self.ask(officer, "POST", path, Some(("text/plain", text.to_owned()))).await
    }

    async fn ask(&self, officer: Option<&Officer>, method: &str, path: &str, body: Option<(&str, String)>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("x-firebreak", "1");
        if let Some(officer) = officer {
            request = request.header(header::COOKIE, format!("{COOKIE}={}", officer.token));
        }
        let request = match body {
            Some((kind, body)) => request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap(),
            None => request.body(Body::empty()).unwrap(),
        };
        let response = self.site.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 26).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, text, body }
    }

    /// The secret keys that letters are signed with here.
    pub fn keys(&self) -> letters::Keys {
        let keys = registry::Keys::load(&self.folder.path().join("keys")).unwrap();
        letters::Keys::from_seeds(&keys.derived("signing letters"), &keys.derived("sealing letters"))
    }

    pub fn fingerprint(&self) -> String {
        self.deployment.letters.own().fingerprint().to_string()
    }

    /// Trusts another province, under an address or by files alone.
    pub async fn trusts(&self, other: &Province, address: Option<String>) {
        let admin = self.officer(Role::Admin).await;
        let reader = other.officer(Role::Desk).await;
        let own = other.get(&reader, "/deployments/own").await.ok();
        let given =
            json!({ "card": own["card"], "fingerprint": own["fingerprint"], "address": address, "key": "trust" });
        self.post(&admin, "/deployments", given).await.ok();
    }

    /// Says and sends what is due, as the background does.
    pub async fn looks(&self) -> usize {
        self.deployment.look_at_letters().await.unwrap();
        self.deployment.send_letters().await.unwrap()
    }

    /// Wang is found positive.
    pub async fn finds_wang(&self) -> Value {
        let investigator = self.officer(Role::Investigator).await;
        let given = json!({
            "person": WANG, "disease": "covid-19", "result": "positive", "specimen": "S1", "key": "positive",
            "collected": Timestamp::from_second(NOON - 7200).unwrap(),
        });
        self.post(&investigator, "/test-results", given).await.ok()
    }

    /// Someone who lives here is found positive, by a laboratory's own record.
    pub async fn finds(&self, person: PersonId) {
        let home = code(&format!("{}0102", &self.jurisdiction[..2]));
        let collected = Timestamp::from_second(NOON - 7200).unwrap();
        let disease = Disease::named("covid-19");
        let result = TestOutcome::Positive;
        let bodies = [
            facts::Body::Residence { person, home: None, jurisdiction: home },
            facts::Body::TestResult { person, disease, specimen: None, collected, result },
        ];
        let draft = |body| Draft {
            occurred: self.deployment.now(),
            source: Source { actor: ActorId::new(5), channel: Channel::Feed, key: None },
            purpose: Purpose::Investigation,
            supersedes: None,
            body,
        };
        self.deployment.record(bodies.into_iter().map(draft).collect()).await.unwrap();
    }

    /// Asks another province for people.
    pub async fn asks(&self, other: &Province, people: &[PersonId]) -> Answer {
        let desk = self.officer(Role::Desk).await;
        let key = format!("letter {people:?}");
        let given = json!({ "deployment": other.fingerprint(), "people": people, "disease": "covid-19", "key": key });
        self.post(&desk, "/letters", given).await
    }

    /// The letters of a direction, each whole.
    pub async fn letters(&self, direction: &str) -> Vec<Value> {
        let desk = self.officer(Role::Desk).await;
        let list = self.get(&desk, &format!("/letters?direction={direction}")).await.ok();
        let mut letters = Vec::new();
        for row in list["rows"].as_array().unwrap() {
            let id = row["id"].as_str().unwrap();
            letters.push(self.get(&desk, &format!("/letters/{id}?limit=1000")).await.ok());
        }
        letters
    }

    /// The only letter, as an officer sees it.
    pub async fn letter(&self) -> Value {
        let desk = self.officer(Role::Desk).await;
        let list = self.get(&desk, "/letters").await.ok();
        assert_eq!(list["total"], 1, "{list}");
        let id = list["rows"][0]["id"].as_str().unwrap().to_owned();
        self.get(&desk, &format!("/letters/{id}?limit=1000")).await.ok()
    }

    /// How many facts of a kind there are.
    pub fn facts_of(&self, kind: &str) -> usize {
        let situation = self.deployment.situation();
        situation.world().ledger.all().filter(|fact| fact.body().kind() == kind).count()
    }
}

/// Someone who is signed in.
pub struct Officer {
    token: String,
}

fn identity(number: u64, is_wang: bool) -> Identity {
    let secret = |text: String| Some(Secret::new(text));
    if is_wang {
        return Identity { name: secret("王小明".into()), ..Identity::default() };
    }
    Identity {
        name: secret(format!("赵{number}")),
        id_number: secret(id_number(number)),
        phone: secret(format!("138{number:08}")),
        address: secret(format!("金河路{number}号")),
    }
}

/// Both provinces say and send until nothing is left to say.
pub async fn settle(provinces: &[&Province]) {
    for _ in 0..12 {
        let mut arrived = 0;
        for province in provinces {
            arrived += province.looks().await;
        }
        if arrived == 0 {
            return;
        }
    }
    panic!("letters never come to an end");
}

/// What both sides must agree about, of a letter's people: by what they call them, without pseudonyms.
pub fn shared(letter: &Value) -> Vec<Value> {
    let mut people: Vec<Value> = letter["people"].as_array().unwrap().clone();
    for person in &mut people {
        let person = person.as_object_mut().unwrap();
        for own in ["person", "masked_name", "duty", "place", "seen", "setting"] {
            person.remove(own);
        }
    }
    people.sort_by_key(|person| person["key"].as_str().unwrap().to_owned());
    people
}

/// The rest that they must agree about.
pub fn agreed(letter: &Value) -> Value {
    let fields = [
        "id",
        "disease",
        "from",
        "to",
        "written",
        "received",
        "reconciled",
        "hours",
        "digest",
        "ledger",
        "letters",
        "to_find",
        "located",
        "isolated",
        "closed",
        "overdue",
        "withdrawn",
        "sent_back",
        "handed_on",
        "next_due",
        "next_stage",
        "rung",
        "levels",
        "crossing",
    ];
    fields.iter().map(|field| ((*field).to_owned(), letter[*field].clone())).collect::<serde_json::Map<_, _>>().into()
}
