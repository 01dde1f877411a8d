//! Who may do what: every route of the interface, every role, every place relative to what is asked for.

use std::collections::BTreeSet;

use facts::{CaseId, DutyId, FactId, PersonId, UnitId};
use serde_json::{Value, json};
use server::accounts::Role;
use server::accounts::Role::{Admin, Command, Community, Desk, Feed, Investigator};

use crate::harness::{
    CITY, COUNTY, LIU, NEXT_COUNTY, OFFICE, OTHER_COUNTY, Officer, PASSWORD, Story, TOWNSHIP, WANG, positive, with,
};

const EVERY_ROLE: [Role; 6] = [Command, Investigator, Desk, Community, Admin, Feed];
/// The place of what is asked for and its parent see it; its child and another place do not.
const PLACES: [(&str, bool); 4] = [(COUNTY, true), (CITY, true), (TOWNSHIP, false), (OTHER_COUNTY, false)];

const SIGNED_IN: &[Role] = &EVERY_ROLE;
const SEE: &[Role] = &[Command, Investigator, Desk, Community];
const REVEAL: &[Role] = &[Investigator, Desk, Community];
const ASSIGN: &[Role] = &[Command, Investigator, Desk];
const FULFIL: &[Role] = &[Investigator, Desk, Community];
const INVESTIGATE: &[Role] = &[Investigator];
const IMPORT: &[Role] = &[Investigator, Desk];
const ADMINISTER: &[Role] = &[Admin];
const SEND_VISITS: &[Role] = &[Admin, Feed];
const SEE_INDEX: &[Role] = &[Admin, Command];

/// Whom a route answers, of those whose role may use it.
#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// Anyone at all, signed in or not.
    Public,
    /// Everyone; what they are shown is their own.
    Everywhere,
    /// Whose jurisdiction covers it; to the others it does not exist.
    Scoped,
    /// Whose jurisdiction covers what they enter; from the others it is not taken.
    Entered,
    /// Whoever uploaded the file.
    Uploader,
}
use Reach::{Entered, Everywhere, Public, Scoped, Uploader};

/// What requests name: things that are there, or things that are not.
struct Names {
    person: PersonId,
    with: PersonId,
    case: CaseId,
    duty: DutyId,
    fact: FactId,
    unit: UnitId,
    import: String,
    jurisdiction: &'static str,
    newcomer: String,
}

type Request = fn(&Names) -> (String, Option<Value>);

/// A route, who may use it, whom it answers, and with which status.
struct Row(&'static str, &'static [Role], Reach, u16, Request);

/// The table. A route that is missing here fails the test.
const TABLE: &[Row] = &[
    Row("GET /session", SIGNED_IN, Public, 200, |_| ("/session".into(), None)),
    Row("POST /session", SIGNED_IN, Public, 422, |_| {
        ("/session".into(), Some(json!({ "name": "nobody", "password": "nothing" })))
    }),
    Row("DELETE /session", SIGNED_IN, Public, 204, |_| ("/session".into(), None)),
    Row("POST /setup", SIGNED_IN, Public, 409, |_| {
        let words = json!({ "zh": "甲", "en": "A" });
        let given =
            json!({ "code": "", "name": "a", "password": PASSWORD, "deployment": words, "jurisdiction": COUNTY });
        ("/setup".into(), Some(given))
    }),
    Row("GET /accounts", ADMINISTER, Everywhere, 200, |_| ("/accounts".into(), None)),
    Row("POST /accounts", ADMINISTER, Entered, 200, |names| {
        let given = json!({ "name": names.newcomer, "password": PASSWORD, "role": "desk", "jurisdiction": COUNTY });
        ("/accounts".into(), Some(given))
    }),
    Row("GET /jurisdictions", SIGNED_IN, Everywhere, 200, |_| ("/jurisdictions".into(), None)),
    Row("GET /boundaries", SIGNED_IN, Everywhere, 200, |_| ("/boundaries".into(), None)),
    Row("GET /events", SIGNED_IN, Everywhere, 200, |_| ("/events".into(), None)),
    Row("GET /plans/{id}", SIGNED_IN, Everywhere, 200, |_| ("/plans/covid19-cn-9".into(), None)),
    Row("GET /plans/{id}/rule", SIGNED_IN, Everywhere, 200, |_| {
        ("/plans/covid19-cn-9/rule?path=contact_rules.same-household".into(), None)
    }),
    Row("GET /places", SEE, Everywhere, 200, |_| ("/places?q=五".into(), None)),
    Row("GET /situation", SEE, Scoped, 200, |names| (format!("/situation?jurisdiction={}", names.jurisdiction), None)),
    Row("GET /cases", SEE, Scoped, 200, |names| (format!("/cases?jurisdiction={}", names.jurisdiction), None)),
    Row("GET /cases/{id}", SEE, Scoped, 200, |names| (format!("/cases/{}", names.case), None)),
    Row("GET /cases/{id}/contacts", SEE, Scoped, 200, |names| (format!("/cases/{}/contacts", names.case), None)),
    Row("GET /cases/{id}/contacts.csv", SEE, Scoped, 200, |names| {
        (format!("/cases/{}/contacts.csv", names.case), None)
    }),
    Row("GET /cases/{id}/graph", SEE, Scoped, 200, |names| (format!("/cases/{}/graph", names.case), None)),
    Row("GET /cases/{id}/spillover", SEE, Scoped, 200, |names| (format!("/cases/{}/spillover", names.case), None)),
    Row("GET /cases/{id}/spillover.csv", SEE, Scoped, 200, |names| {
        (format!("/cases/{}/spillover.csv", names.case), None)
    }),
    Row("GET /diseases/{disease}/spillover", SEE, Scoped, 200, |names| {
        (format!("/diseases/covid-19/spillover?jurisdiction={}", names.jurisdiction), None)
    }),
    Row("GET /diseases/{disease}/spillover.csv", SEE, Scoped, 200, |names| {
        (format!("/diseases/covid-19/spillover.csv?jurisdiction={}", names.jurisdiction), None)
    }),
    Row("GET /diseases/{disease}/tree", SEE, Scoped, 200, |names| {
        (format!("/diseases/covid-19/tree?jurisdiction={}", names.jurisdiction), None)
    }),
    Row("GET /diseases/{disease}/tree.csv", SEE, Scoped, 200, |names| {
        (format!("/diseases/covid-19/tree.csv?jurisdiction={}", names.jurisdiction), None)
    }),
    Row("GET /paths", SEE, Scoped, 200, |names| {
        let (from, to) = (names.person, names.with);
        (format!("/paths?from={from}&to={to}&disease=covid-19&purpose=investigation"), None)
    }),
    Row("GET /units/{id}", SEE, Scoped, 200, |names| (format!("/units/{}", names.unit), None)),
    Row("GET /units/{id}/present", SEE, Scoped, 200, |names| {
        (format!("/units/{}/present?purpose=investigation", names.unit), None)
    }),
    Row("GET /units/{id}/present.csv", SEE, Scoped, 200, |names| {
        (format!("/units/{}/present.csv?purpose=investigation", names.unit), None)
    }),
    Row("GET /accounts/assignable", ASSIGN, Scoped, 200, |names| {
        (format!("/accounts/assignable?jurisdiction={}", names.jurisdiction), None)
    }),
    Row("POST /duties/assign", ASSIGN, Scoped, 200, |names| {
        let given = json!({ "case": names.case, "to": null, "preview": true, "key": "assign" });
        ("/duties/assign".into(), Some(given))
    }),
    Row("POST /cases/{id}/lists", FULFIL, Scoped, 200, |names| {
        let given = json!({ "jurisdiction": COUNTY, "number": 2, "key": "count" });
        (format!("/cases/{}/lists", names.case), Some(given))
    }),
    Row("POST /people", INVESTIGATE, Entered, 200, |_| ("/people".into(), Some(json!({ "jurisdiction": COUNTY })))),
    Row("POST /people/search", REVEAL, Everywhere, 200, |_| {
        let given = json!({ "by": "phone", "value": "13800000101", "purpose": "locating" });
        ("/people/search".into(), Some(given))
    }),
    Row("GET /people/{id}", SEE, Scoped, 200, |names| (format!("/people/{}", names.person), None)),
    Row("POST /people/{id}/reveal", REVEAL, Scoped, 200, |names| {
        (format!("/people/{}/reveal", names.person), Some(json!({ "purpose": "locating" })))
    }),
    Row("GET /people/{id}/contact-details", FULFIL, Scoped, 200, |names| {
        (format!("/people/{}/contact-details?purpose=locating", names.person), None)
    }),
    Row("POST /people/merge", INVESTIGATE, Scoped, 200, |names| {
        ("/people/merge".into(), Some(json!({ "person": names.person, "with": names.with, "preview": true })))
    }),
    Row("POST /people/split", INVESTIGATE, Scoped, 200, |names| {
        ("/people/split".into(), Some(json!({ "person": names.person, "with": names.with, "preview": true })))
    }),
    Row("GET /duplicates", INVESTIGATE, Everywhere, 200, |_| ("/duplicates".into(), None)),
    Row("GET /duties", SEE, Scoped, 200, |names| (format!("/duties?jurisdiction={}", names.jurisdiction), None)),
    Row("GET /duties/mine", FULFIL, Everywhere, 200, |_| ("/duties/mine".into(), None)),
    Row("POST /duties/{id}/steps", FULFIL, Scoped, 200, |names| {
        (format!("/duties/{}/steps", names.duty), Some(json!({ "steps": ["identity"], "key": "step" })))
    }),
    Row("POST /duties/{id}/outcome", FULFIL, Scoped, 200, |names| {
        (format!("/duties/{}/outcome", names.duty), Some(json!({ "outcome": "unreachable", "key": "outcome" })))
    }),
    Row("POST /duties/{id}/hand-over/answer", FULFIL, Scoped, 409, |names| {
        let given = json!({ "accepted": false, "reason": "不是我们的", "key": "answer" });
        (format!("/duties/{}/hand-over/answer", names.duty), Some(given))
    }),
    Row("POST /duties/{id}/hand-over", FULFIL, Scoped, 200, |names| {
        (format!("/duties/{}/hand-over", names.duty), Some(json!({ "to": NEXT_COUNTY, "key": "hand over" })))
    }),
    Row("POST /test-results", INVESTIGATE, Scoped, 200, |names| {
        ("/test-results".into(), Some(with(positive(names.person), "preview", true)))
    }),
    Row("POST /stays", INVESTIGATE, Scoped, 200, |names| {
        let (start, end) = ("2022-07-09T02:00:00Z", "2022-07-09T03:00:00Z");
        let given = json!({ "person": names.person, "unit": OFFICE, "start": start, "end": end, "preview": true });
        ("/stays".into(), Some(given))
    }),
    Row("POST /contacts-stated", INVESTIGATE, Scoped, 200, |names| {
        let given = json!({
            "person": names.person, "with": names.with, "start": "2022-07-09T02:00:00Z",
            "end": "2022-07-09T03:00:00Z", "setting": "meal", "preview": true,
        });
        ("/contacts-stated".into(), Some(given))
    }),
    Row("POST /facts/{id}/confirm", INVESTIGATE, Scoped, 200, |names| {
        (format!("/facts/{}/confirm", names.fact), Some(json!({ "preview": true })))
    }),
    Row("POST /facts/{id}/withdraw", INVESTIGATE, Scoped, 200, |names| {
        (format!("/facts/{}/withdraw", names.fact), Some(json!({ "preview": true })))
    }),
    Row("GET /facts/{id}", SEE, Scoped, 200, |names| (format!("/facts/{}", names.fact), None)),
    Row("POST /visits", SEND_VISITS, Everywhere, 200, |_| {
        let visit = json!({ "person": LIU, "unit": OFFICE, "start": "2022-07-09T02:00:00Z" });
        ("/visits".into(), Some(json!({ "visits": [visit] })))
    }),
    Row("GET /index", SEE_INDEX, Everywhere, 200, |_| ("/index".into(), None)),
    Row("POST /imports", IMPORT, Everywhere, 200, |_| ("/imports?kind=line-list".into(), None)),
    Row("POST /imports/{import}/check", IMPORT, Uploader, 200, |names| {
        let mapping = json!({ "external_id": "case_id", "onset": "onset" });
        (format!("/imports/{}/check", names.import), Some(json!({ "mapping": mapping })))
    }),
    Row("POST /imports/{import}/run", IMPORT, Uploader, 200, |names| {
        let mapping = json!({ "external_id": "case_id", "onset": "onset" });
        (format!("/imports/{}/run", names.import), Some(json!({ "mapping": mapping })))
    }),
    Row("GET /imports/{import}/errors.csv", IMPORT, Uploader, 200, |names| {
        (format!("/imports/{}/errors.csv", names.import), None)
    }),
];

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
    let table: BTreeSet<String> = TABLE.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(table, described());
    assert_eq!(table.len(), TABLE.len(), "a route stands in the table twice");
}

const FILE: &[u8] = b"case_id,onset\n1,2022-07-08\n2,no day\n";

/// The status and body of a request; a body that never ends is not read.
async fn answer(story: &Story, officer: &Officer, route: &str, path: &str, body: Option<Value>) -> (u16, String) {
    if route == "GET /events" {
        return (story.open(officer, path).await.status().as_u16(), String::new());
    }
    let (method, _) = route.split_once(' ').unwrap();
    let answer = if route == "POST /imports" {
        story.upload(officer, "line-list", "a.csv", FILE).await
    } else {
        story.ask(Some(officer), method, path, body).await
    };
    (answer.status, answer.text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_at_every_place_may_do_what_the_table_says() {
    let (story, recorder, recorded) = Story::with_a_case().await;
    let uploader = story.officer(Investigator, COUNTY).await;
    let uploaded = story.upload(&uploader, "line-list", "a.csv", FILE).await.ok();
    let duty = story.duty(&recorder, WANG).await;
    let there = |newcomer: String| Names {
        person: WANG,
        with: LIU,
        case: recorded["case"].as_str().unwrap().parse().unwrap(),
        duty: duty["id"].as_str().unwrap().parse().unwrap(),
        fact: recorded["recorded"].as_str().unwrap().parse().unwrap(),
        unit: OFFICE,
        import: uploaded["import"].as_str().unwrap().to_owned(),
        jurisdiction: COUNTY,
        newcomer,
    };
    let not_there = Names {
        person: PersonId::new(999),
        with: PersonId::new(998),
        case: CaseId::new(999),
        duty: DutyId::new(999),
        fact: FactId::new(999),
        unit: UnitId::new(999),
        import: "0".repeat(32),
        jurisdiction: "460000",
        newcomer: String::new(),
    };
    let mut officers = vec![(uploader.clone(), true)];
    for (place, covers) in PLACES {
        for role in EVERY_ROLE {
            officers.push((story.officer(role, place).await, covers));
        }
    }
    for Row(route, roles, reach, usual, request) in TABLE {
        let method = route.split_once(' ').unwrap().0;
        if *reach == Public {
            let (path, body) = request(&there(String::new()));
            assert_eq!(story.ask(None, method, &path, body).await.status, *usual, "{route}");
            continue;
        }
        let (path, body) = request(&there(String::new()));
        let nobody = story.ask(None, method, &path, body).await;
        assert_eq!(nobody.refused(), (401, "signed-out", None), "{route} without a session");
        for (officer, covers) in &officers {
            let whom = format!("{route} for {:?} of {}", officer.role, officer.jurisdiction);
            let (path, body) = request(&there(format!("invited by {}", officer.name)));
            let (status, text) = answer(&story, officer, route, &path, body).await;
            let expected = match reach {
                _ if !roles.contains(&officer.role) => 403,
                Scoped if !covers => 404,
                Entered if !covers => 422,
                Uploader if officer.name != uploader.name => 404,
                _ => *usual,
            };
            assert_eq!(status, expected, "{whom}: {text}");
            if status == 404 {
                let (path, body) = request(&not_there);
                let absent = answer(&story, officer, route, &path, body).await;
                assert_eq!((404, text), absent, "{whom}: what is out of scope looks unlike what is not there");
            }
        }
    }
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
            let stated: Vec<&String> = names.iter().filter(|name| CONCLUSIONS.contains(&name.as_str())).collect();
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
