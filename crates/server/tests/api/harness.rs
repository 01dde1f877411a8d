//! A small deployment and the people of its story.
//!
//! Wang lives with Liu in county 390102 and works in one office with Chen, who lives in county 390202 and had
//! dinner with Zhao, of county 390103, after a day at that office. Sun lives in county 390202 and met nobody.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use facts::{
    ActorId, Channel, Jurisdiction, Level, PersonId, PlaceId, Purpose, ResidentRow, Scope, Setting, Source, Timestamp,
    UnitId, UnitRow, VisitRow,
};
use jiff::ToSpan;
use journal::Rows;
use plan::Words;
use registry::{Identity, NewPerson, Secret};
use serde_json::{Value, json};
use server::accounts::{Account, Role};
use server::session::COOKIE;
use server::{Deployment, Division, Gate, GateSettings, Geography, Location};
use tempfile::TempDir;
use tower::ServiceExt;

pub const PROVINCE: &str = "390000";
pub const CITY: &str = "390100";
pub const COUNTY: &str = "390102";
pub const NEXT_COUNTY: &str = "390103";
pub const TOWNSHIP: &str = "390102001";
pub const OTHER_CITY: &str = "390200";
pub const OTHER_COUNTY: &str = "390202";

pub const SETUP_CODE: &str = "KMRT7Q2X4P";
pub const PASSWORD: &str = "correct horse battery";

pub const WANG: PersonId = PersonId::new(101);
pub const LIU: PersonId = PersonId::new(102);
pub const CHEN: PersonId = PersonId::new(103);
pub const ZHAO: PersonId = PersonId::new(104);
pub const SUN: PersonId = PersonId::new(105);
pub const OFFICE: UnitId = UnitId::new(11);
pub const TABLE: UnitId = UnitId::new(12);

/// Who lives where: person, home, jurisdiction, name, telephone.
pub const PEOPLE: [(PersonId, u64, &str, &str, &str); 5] = [
    (WANG, 1, COUNTY, "王晓明", "13800000101"),
    (LIU, 1, COUNTY, "刘芳华", "13800000102"),
    (CHEN, 2, OTHER_COUNTY, "陈建国", "13800000103"),
    (ZHAO, 3, NEXT_COUNTY, "赵丽颖", "13800000104"),
    (SUN, 4, OTHER_COUNTY, "孙大圣", "13800000105"),
];

thread_local! {
    /// The present. Each test runs on a thread of its own, and its requests with it.
    static NOW: Cell<Timestamp> = const { Cell::new(Timestamp::UNIX_EPOCH) };
}

fn clock() -> Timestamp {
    NOW.with(Cell::get)
}

pub fn code(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

/// A deployment and the site in front of it.
pub struct Story {
    pub deployment: Arc<Deployment>,
    site: Router,
    folder: TempDir,
}

/// Someone who is signed in.
#[derive(Clone)]
pub struct Officer {
    pub name: String,
    pub role: Role,
    pub jurisdiction: &'static str,
    pub actor: ActorId,
    token: String,
}

impl Officer {
    /// What their cookie holds.
    pub fn token(&self) -> &str {
        &self.token
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Answer {
    /// The body of a request that must have gone well.
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.body
    }

    /// The status, code and field of a refusal.
    pub fn refused(&self) -> (u16, &str, Option<&str>) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.text);
        (self.status, self.body["code"].as_str().unwrap(), self.body["field"].as_str())
    }
}

impl Story {
    /// A folder without a deployment, opened: nobody may sign in.
    pub async fn unfounded() -> Self {
        NOW.with(|now| now.set("2022-07-10T01:00:00Z".parse().unwrap()));
        let folder = TempDir::new().unwrap();
        let deployment = Deployment::open(Location::folder(folder.path()), false, clock).await.unwrap();
        let deployment = Arc::new(deployment);
        let app = server::app(deployment.clone(), SETUP_CODE);
        Self { site: server::site(app), deployment, folder }
    }

    /// The story before anyone fell ill. It is 10:00 in the province on 10 July 2022.
    pub async fn begins() -> Self {
        let story = Self::unfounded().await;
        let deployment = &story.deployment;
        deployment.set_geography(geography()).unwrap();
        let actor: ActorId = deployment.chance.id();
        let name = Words { zh: "金河省防指".into(), en: "Jinhe Province Command".into() };
        deployment.found(name, code(PROVINCE), actor).await.unwrap();

        let source = Source { actor, channel: Channel::Feed, key: None };
        let units =
            [unit(OFFICE, Setting::Office, COUNTY, "河畔办公室"), unit(TABLE, Setting::Meal, OTHER_COUNTY, "五号桌")];
        let residents: Vec<ResidentRow> = PEOPLE
            .iter()
            .map(|&(person, home, place, ..)| ResidentRow {
                person,
                home: Some(UnitId::new(home)),
                jurisdiction: code(place),
                birth_year: None,
            })
            .collect();
        let visits = [
            visit(WANG, OFFICE, "2022-07-09T01:00:00Z", "2022-07-09T09:00:00Z"),
            visit(CHEN, OFFICE, "2022-07-09T02:00:00Z", "2022-07-09T09:00:00Z"),
            visit(CHEN, TABLE, "2022-07-09T10:00:00Z", "2022-07-09T11:00:00Z"),
            visit(ZHAO, TABLE, "2022-07-09T10:00:00Z", "2022-07-09T11:00:00Z"),
        ];
        for rows in [Rows::Units(&units), Rows::Residents(&residents), Rows::Visits(&visits)] {
            deployment.record_batch(rows, source, Purpose::Investigation, None).await.unwrap();
        }
        let people = PEOPLE
            .iter()
            .map(|&(person, _, place, name, phone)| NewPerson {
                person,
                identity: Identity {
                    name: Some(Secret::new(name.to_owned())),
                    phone: Some(Secret::new(phone.to_owned())),
                    id_number: Some(Secret::new(format!("ID-{}", person.number()))),
                    address: Some(Secret::new(format!("金河路{}号", person.number()))),
                },
                jurisdiction: code(place),
                external: None,
            })
            .collect();
        let scope = Scope { actor, jurisdiction: code(PROVINCE) };
        deployment.registry.register(&scope, Purpose::Import, people, deployment.now()).await.unwrap();
        story.wait(60);
        story
    }

    /// The same story behind another gate.
    pub fn behind(self, settings: GateSettings) -> Self {
        let app = server::app(self.deployment.clone(), SETUP_CODE).behind(Gate::new(settings).unwrap());
        Self { site: server::site(app), ..self }
    }

    /// The story once Wang's positive, with its specimen, was recorded.
    pub async fn with_a_case() -> (Self, Officer, Value) {
        let story = Self::begins().await;
        let officer = story.officer(Role::Investigator, COUNTY).await;
        let recorded = story.post(&officer, "/test-results", positive(WANG)).await.ok();
        story.wait(1);
        (story, officer, recorded)
    }

    /// Lets minutes pass.
    pub fn wait(&self, minutes: i64) {
        NOW.with(|now| now.set(now.get().checked_add(minutes.minutes()).unwrap()));
    }

    pub fn now(&self) -> Timestamp {
        clock()
    }

    /// Someone new who signs in.
    pub async fn officer(&self, role: Role, jurisdiction: &'static str) -> Officer {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let chance = &self.deployment.chance;
        let name = format!("officer-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let account = Account { name: name.clone(), actor: chance.id(), role, jurisdiction: code(jurisdiction) };
        assert!(self.deployment.accounts.add(&account, PASSWORD, chance.bytes()).await.unwrap());
        let token = format!("token-of-{name}");
        let signed_in = self.deployment.accounts.sign_in(&name, PASSWORD, &token, "", self.now()).await.unwrap();
        assert!(signed_in.is_some());
        Officer { name, role, jurisdiction, actor: account.actor, token }
    }

    /// The same person, in another session.
    pub async fn signed_in_again(&self, officer: &Officer) -> Officer {
        let token = format!("token-of-{}-at-{}", officer.name, self.now());
        let signed_in =
            self.deployment.accounts.sign_in(&officer.name, PASSWORD, &token, "", self.now()).await.unwrap();
        assert!(signed_in.is_some());
        Officer { token, ..officer.clone() }
    }

    pub async fn get(&self, officer: &Officer, path: &str) -> Answer {
        self.ask(Some(officer), "GET", path, None).await
    }

    pub async fn post(&self, officer: &Officer, path: &str, body: Value) -> Answer {
        self.ask(Some(officer), "POST", path, Some(body)).await
    }

    /// A request as the web app makes it; `path` is below `/api/v1`.
    pub async fn ask(&self, officer: Option<&Officer>, method: &str, path: &str, body: Option<Value>) -> Answer {
        let token = officer.map(|officer| officer.token.as_str());
        let content = body.map(|body| ("application/json", body.to_string().into_bytes()));
        self.send(request(token, method, path, content)).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.site.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 24).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, body }
    }

    /// The answer of a route that never ends, with its body not read.
    pub async fn open(&self, officer: &Officer, path: &str) -> axum::response::Response {
        self.site.clone().oneshot(request(Some(&officer.token), "GET", path, None)).await.unwrap()
    }

    /// Uploads a file for import.
    pub async fn upload(&self, officer: &Officer, kind: &str, file_name: &str, file: &[u8]) -> Answer {
        let mut body = format!(
            "--seam\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend(file);
        body.extend(b"\r\n--seam--\r\n");
        let content = Some(("multipart/form-data; boundary=seam", body));
        self.send(request(Some(&officer.token), "POST", &format!("/imports?kind={kind}"), content)).await
    }

    /// Another server on the same deployment.
    pub async fn follower(&self) -> Deployment {
        Deployment::open(Location::folder(self.folder.path()), false, clock).await.unwrap()
    }

    /// Everything that is concluded, to compare.
    pub fn conclusions(&self) -> String {
        self.deployment.situation().derived().conclusions()
    }

    /// How many facts there are.
    pub async fn facts(&self) -> u64 {
        self.deployment.journal.head().await.unwrap().size
    }

    /// The duty about someone as its owner sees it, the latest leg.
    pub async fn duty(&self, officer: &Officer, person: PersonId) -> Value {
        let view = self.get(officer, &format!("/people/{person}")).await.ok();
        view["duties"].as_array().unwrap().last().unwrap().clone()
    }

    /// The colour that someone is shown.
    pub fn colour(&self, person: PersonId) -> String {
        let situation = self.deployment.situation();
        let known = situation.derived().people.get(&person).cloned().unwrap_or_default();
        serde_json::to_value(known.colour(self.now())).unwrap().as_str().unwrap().to_owned()
    }
}

/// A request with the header that only our own pages send.
pub fn request(token: Option<&str>, method: &str, path: &str, content: Option<(&str, Vec<u8>)>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("x-firebreak", "1");
    if let Some(token) = token {
        request = request.header(header::COOKIE, format!("{COOKIE}={token}"));
    }
    match content {
        Some((kind, body)) => request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap(),
        None => request.body(Body::empty()).unwrap(),
    }
}

/// A positive with its specimen, taken at 9:00 on 10 July.
pub fn positive(person: PersonId) -> Value {
    json!({
        "person": person, "disease": "covid-19", "result": "positive", "collected": "2022-07-10T01:00:00Z",
        "specimen": format!("S{}", person.number()), "key": format!("positive of {person}"),
    })
}

/// A body with one more field.
pub fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

fn unit(unit: UnitId, setting: Setting, jurisdiction: &str, name: &str) -> UnitRow {
    let place = PlaceId::new(unit.number());
    UnitRow {
        unit,
        place,
        setting,
        jurisdiction: code(jurisdiction),
        position: None,
        ventilation: None,
        name: Some(name.to_owned()),
    }
}

fn visit(person: PersonId, unit: UnitId, start: &str, end: &str) -> VisitRow {
    VisitRow { person, unit, start: start.parse().unwrap(), end: Some(end.parse().unwrap()), seat_row: None }
}

fn geography() -> Geography {
    let codes = [PROVINCE, CITY, OTHER_CITY, COUNTY, NEXT_COUNTY, OTHER_COUNTY, TOWNSHIP];
    let divisions = codes.iter().map(|text| {
        let division = code(text);
        Division {
            code: division,
            parent: division.parent().filter(|_| division.level() != Level::Province),
            level: division.level(),
            name: Words { zh: format!("辖区{text}"), en: format!("Division {text}") },
            population: Some(1_000),
            centre: None,
        }
    });
    Geography::new(divisions.collect(), None)
}
