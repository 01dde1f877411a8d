//! Who may do what: every route of the interface, every role, every place relative to what is asked for, as
//! `tests/authorization.table` says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use server::accounts::Role;
use server::accounts::Role::{Desk, Investigator};

use crate::harness::{CITY, COUNTY, LIU, OFFICE, OTHER_COUNTY, Officer, Story, TOWNSHIP, WANG};

/// The place of what is asked for and its parent see it; its child and another place do not.
const PLACES: [(&str, bool); 4] = [(COUNTY, true), (CITY, true), (TOWNSHIP, false), (OTHER_COUNTY, false)];

/// Whom a route answers, of those whose role may use it.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    Public,
    Everywhere,
    Scoped,
    Entered,
    Uploader,
    Absent,
}

/// A line of the table: a route, who may use it, whom it answers, with which status, and how it is asked.
struct Row {
    route: String,
    roles: Vec<Role>,
    reach: Reach,
    usual: u16,
    path: String,
    body: Option<String>,
}

impl Row {
    fn method(&self) -> &str {
        self.route.split_once(' ').unwrap().0
    }

    /// The request, with what its names stand for.
    fn asked(&self, names: &BTreeMap<&str, String>) -> (String, Option<Value>) {
        let filled = |text: &str| names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        let body = self.body.as_deref().map(|body| {
            let body = filled(body);
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{}: {error} in {body}", self.route))
        });
        (filled(&self.path), body)
    }
}

/// The table, as it is written.
fn table() -> Vec<Row> {
    let text = include_str!("../authorization.table");
    let mut groups: BTreeMap<String, Vec<Role>> = BTreeMap::new();
    let mut rows = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let of = |groups: &BTreeMap<String, Vec<Role>>, names: &str| -> Vec<Role> {
            let one = |name: &str| match (groups.get(name), Role::named(name)) {
                (Some(group), _) => group.clone(),
                (None, Some(role)) => vec![role],
                (None, None) => panic!("{name} is neither a role nor a group: {line}"),
            };
            names.split_whitespace().flat_map(one).collect()
        };
        if let Some((name, members)) = line.strip_prefix("group ").and_then(|rest| rest.split_once('=')) {
            let members = of(&groups, members);
            groups.insert(name.trim().to_owned(), members);
            continue;
        }
        let columns: Vec<&str> = line.splitn(6, '|').map(str::trim).collect();
        let [route, roles, reach, usual, path, body @ ..] = columns.as_slice() else {
            panic!("a line has five columns, or six with a body: {line}");
        };
        let reach = match *reach {
            "public" => Reach::Public,
            "everywhere" => Reach::Everywhere,
            "scoped" => Reach::Scoped,
            "entered" => Reach::Entered,
            "uploader" => Reach::Uploader,
            "absent" => Reach::Absent,
            other => panic!("{other} is no reach: {line}"),
        };
        rows.push(Row {
            route: (*route).to_owned(),
            roles: of(&groups, roles),
            reach,
            usual: usual.parse().unwrap(),
            path: (*path).to_owned(),
            body: body.first().map(|body| (*body).to_owned()),
        });
    }
    rows
}

/// Every route of the description, as the table writes them.
fn described() -> BTreeSet<String> {
    let (_, description) = server::api::routes();
    let description = serde_json::to_value(&description).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routes.insert(format!("{} {}", method.to_uppercase(), path.trim_start_matches("/api/v1")));
        }
    }
    routes
}

#[test]
fn the_table_has_every_route_and_no_other() {
    let rows = table();
    let listed: BTreeSet<String> = rows.iter().map(|row| row.route.clone()).collect();
    let described = described();
    let missing: Vec<&String> = described.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&described).collect();
    assert!(missing.is_empty(), "add a line for each to crates/server/tests/authorization.table: {missing:#?}");
    assert!(gone.is_empty(), "these are in the table and are no route: {gone:#?}");
    assert_eq!(listed.len(), rows.len(), "a route stands in the table twice");
}

const FILE: &[u8] = b"case_id,onset\n1,2022-07-08\n2,no day\n";

/// The status and body of a request; a body that never ends is not read.
async fn answer(story: &Story, officer: &Officer, row: &Row, path: &str, body: Option<Value>) -> (u16, String) {
    let answer = match row.route.as_str() {
        "GET /events" => return (story.open(officer, path).await.status().as_u16(), String::new()),
        "POST /imports" => story.upload(officer, "line-list", "a.csv", FILE).await,
        _ => story.ask(Some(officer), row.method(), path, body).await,
    };
    (answer.status, answer.text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_at_every_place_may_do_what_the_table_says() {
    let (story, recorder, recorded) = Story::with_a_case().await;
    let uploader = story.officer(Investigator, COUNTY).await;
    let uploaded = story.upload(&uploader, "line-list", "a.csv", FILE).await.ok();
    let spare = story.officer(Desk, COUNTY).await;
    let duty = story.duty(&recorder, WANG).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut there: BTreeMap<&str, String> = BTreeMap::from([
        ("$person", WANG.to_string()),
        ("$with", LIU.to_string()),
        ("$case", text(&recorded["case"])),
        ("$duty", text(&duty["id"])),
        ("$fact", text(&recorded["recorded"])),
        ("$unit", OFFICE.to_string()),
        ("$import", text(&uploaded["import"])),
        ("$jurisdiction", COUNTY.to_owned()),
        ("$account", spare.name.clone()),
    ]);
    // The same requests about what is not there.
    let not_there: BTreeMap<&str, String> = BTreeMap::from([
        ("$person", facts::PersonId::new(999).to_string()),
        ("$with", facts::PersonId::new(998).to_string()),
        ("$case", facts::CaseId::new(999).to_string()),
        ("$duty", facts::DutyId::new(999).to_string()),
        ("$fact", facts::FactId::new(999).to_string()),
        ("$unit", facts::UnitId::new(999).to_string()),
        ("$import", "0".repeat(32)),
        ("$jurisdiction", "460000".to_owned()),
        ("$account", "nobody".to_owned()),
        ("$newcomer", String::new()),
    ]);
    let mut officers = vec![(uploader.clone(), true)];
    for (place, covers) in PLACES {
        for role in Role::ALL {
            officers.push((story.officer(role, place).await, covers));
        }
    }
    let mut wrong = Vec::new();
    for row in table() {
        there.insert("$newcomer", "newcomer".to_owned());
        let (path, body) = row.asked(&there);
        let nobody = story.ask(None, row.method(), &path, body).await;
        let expected = if row.reach == Reach::Public { row.usual } else { 401 };
        if nobody.status != expected {
            wrong.push(format!("{} without a session: {} and not {expected}", row.route, nobody.status));
        }
        for (officer, covers) in officers.iter().filter(|_| row.reach != Reach::Public) {
            there.insert("$newcomer", format!("invited by {}", officer.name));
            let (path, body) = row.asked(&there);
            let (status, text) = answer(&story, officer, &row, &path, body).await;
            let expected = match row.reach {
                _ if !row.roles.contains(&officer.role) => 403,
                Reach::Scoped if !covers => 404,
                Reach::Entered if !covers => 422,
                Reach::Uploader if officer.name != uploader.name => 404,
                _ => row.usual,
            };
            let whom = format!("{} for {} of {}", row.route, officer.role.name(), officer.jurisdiction);
            if status != expected {
                wrong.push(format!("{whom}: {status} and not {expected}: {text}"));
            } else if status == 404 {
                let (path, body) = row.asked(&not_there);
                let absent = answer(&story, officer, &row, &path, body).await;
                if (404, text) != absent {
                    wrong.push(format!("{whom}: what is out of scope looks unlike what is not there"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers are not those of the table:\n{}", wrong.len(), wrong.join("\n"));
}

/// Words that would state a conclusion; no request may carry one.
const CONCLUSIONS: &[&str] = &[
    "colour",
    "color",
    "status",
    "requirement",
    "requirements",
    "phase",
    "phases",
    "class",
    "ring",
    "restricted",
    "quarantine",
    "health_code",
    "contact",
    "contacts",
    "duties",
    "score",
    "provisional",
    "recorded",
    "until",
];

/// Where such a name states nothing about a person.
const STATING_NOTHING: &[(&str, &str)] = &[
    // Until when a duty recurs or is paused: it binds those who owe it.
    ("/api/v1/board", "until"),
    ("/api/v1/board/act", "until"),
    // Which of the people found are shown.
    ("/api/v1/traces", "class"),
    ("/api/v1/traces", "ring"),
];

/// The names of all properties of a schema, however deep.
fn properties(schema: &Value, whole: &Value, names: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str()
        && seen.insert(reference.to_owned())
    {
        properties(whole.pointer(reference.trim_start_matches('#')).unwrap(), whole, names, seen);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        // What a filter names it selects, and does not state.
        if name == "filter" {
            continue;
        }
        names.insert(name.clone());
        properties(property, whole, names, seen);
    }
    for part in ["items", "additionalProperties"] {
        properties_of(&schema[part], whole, names, seen);
    }
    for list in ["oneOf", "anyOf", "allOf"] {
        for part in schema[list].as_array().into_iter().flatten() {
            properties(part, whole, names, seen);
        }
    }
}

fn properties_of(schema: &Value, whole: &Value, names: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
    if schema.is_object() {
        properties(schema, whole, names, seen);
    }
}

#[test]
fn no_request_can_state_a_conclusion() {
    let (_, description) = server::api::routes();
    let whole = serde_json::to_value(&description).unwrap();
    let mut requests = 0;
    for (path, methods) in whole["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let mut names = BTreeSet::new();
            for content in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                requests += 1;
                properties(&content.1["schema"], &whole, &mut names, &mut BTreeSet::new());
            }
            let reads = method == "get";
            let parameters = operation["parameters"].as_array().into_iter().flatten().filter(|_| !reads);
            names.extend(parameters.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)));
            let states = |name: &str| CONCLUSIONS.contains(&name) && !STATING_NOTHING.contains(&(path.as_str(), name));
            let stated: Vec<&String> = names.iter().filter(|name| states(name)).collect();
            assert!(stated.is_empty(), "{method} {path} takes {stated:?}");
        }
    }
    assert!(requests > 15, "only {requests} requests have a body: the walk misses some");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colour_that_is_sent_anyway_changes_nothing() {
    let (story, officer, _) = Story::with_a_case().await;
    let result = json!({
        "person": LIU, "disease": "covid-19", "result": "negative", "collected": "2022-07-10T01:00:00Z",
        "colour": "green", "status": "green", "key": "k",
    });
    story.post(&officer, "/test-results", result).await.ok();
    assert_eq!(story.colour(LIU), "red");
}
