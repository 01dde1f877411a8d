//! The command routine: headquarters and who is on now, rosters, reports, levels, capacity.

use facts::ResponseLevel;
use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{CITY, COUNTY, NEXT_COUNTY, OTHER_COUNTY, Officer, PROVINCE, Story, with};

/// Headquarters everywhere since 10:00 in the province on 10 July, a Sunday.
async fn story() -> (Story, Officer) {
    let story = Story::begins().await;
    let province = story.officer(Role::Command, PROVINCE).await;
    let all = json!([PROVINCE, CITY, COUNTY, NEXT_COUNTY, "390200", OTHER_COUNTY]);
    let given = json!({ "jurisdictions": all, "template": "standard", "key": "establish" });
    let done = story.post(&province, "/headquarters", given).await.ok();
    assert_eq!(done["established"].as_array().unwrap().len(), 6);
    (story, province)
}

/// The post of the officer in charge of the day of the county.
async fn duty_post(story: &Story, officer: &Officer) -> String {
    let view = story.get(officer, &format!("/headquarters/{COUNTY}")).await.ok();
    view["departments"][0]["posts"][0]["post"].as_str().unwrap().to_owned()
}

fn shift(start: &str, end: &str, primary: &Officer, deputy: &Officer) -> Value {
    json!({ "start": start, "end": end, "primary": primary.name, "deputy": deputy.name })
}

fn codes(refused: &Value) -> Vec<&str> {
    refused.as_array().unwrap().iter().map(|clash| clash["code"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_now_and_how_they_are_reached() {
    let (story, _) = story().await;
    let desk = story.officer(Role::Desk, COUNTY).await;
    let (li, zhao) = (story.officer(Role::Investigator, COUNTY).await, story.officer(Role::Community, COUNTY).await);
    let post = duty_post(&story, &desk).await;
    let on = story.get(&desk, "/posts/on-now").await.ok();
    let of =
        |on: &Value| on["rows"].as_array().unwrap().iter().find(|row| row["post"] == post.as_str()).unwrap().clone();
    assert_eq!(of(&on)["gap_now"], true);

    let shifts = [shift("2022-07-10T00:00:00Z", "2022-07-10T12:00:00Z", &li, &zhao)];
    let done = story.post(&desk, "/rosters", json!({ "post": post, "shifts": shifts, "key": "r" })).await.ok();
    assert_eq!((&done["accepted"], codes(&done["refused"]).len()), (&json!(1), 0));
    let telephone = json!({ "telephone": "0371-65500101", "key": "t" });
    assert_eq!(story.ask(Some(&li), "PUT", "/officers/me/reach", Some(telephone)).await.status, 204);
    let row = of(&story.get(&desk, "/posts/on-now").await.ok());
    assert_eq!(row["on_now"]["acting"], "primary");
    assert_eq!(row["on_now"]["primary"]["name"], li.name.as_str());
    assert_eq!(row["on_now"]["reach"], "0371-65500101");

    // Falling ill is taken, the deputy answers, and the gap is shown.
    let leave = json!({ "start": "2022-07-10T02:00:00Z", "end": "2022-07-12T00:00:00Z", "planned": false, "key": "l" });
    let taken = story.post(&li, "/leave", leave).await.ok();
    assert_eq!((&taken["accepted"], taken["gaps"].as_array().unwrap().len()), (&json!(true), 1));
    let row = of(&story.get(&desk, "/posts/on-now").await.ok());
    assert_eq!(row["on_now"]["acting"], "deputy");
    let week = story.get(&desk, &format!("/rosters?headquarters={COUNTY}")).await.ok();
    let roster = week["posts"].as_array().unwrap().iter().find(|row| row["post"] == post.as_str()).unwrap();
    assert_eq!(roster["shifts"][0]["away"], json!(["primary"]));
    assert!(
        !story
            .deployment
            .journal
            .read(1, 1_000)
            .await
            .unwrap()
            .iter()
            .any(|recorded| { String::from_utf8(recorded.fact.to_json()).unwrap().contains("65500101") })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_moved_to_another_county_in_the_middle_of_a_shift_answers_there_no_more() {
    let (story, _) = story().await;
    let desk = story.officer(Role::Desk, COUNTY).await;
    let (li, zhao) = (story.officer(Role::Desk, COUNTY).await, story.officer(Role::Desk, COUNTY).await);
    let post = duty_post(&story, &desk).await;
    let shifts = [shift("2022-07-10T00:00:00Z", "2022-07-10T12:00:00Z", &li, &zhao)];
    story.post(&desk, "/rosters", json!({ "post": post, "shifts": shifts, "key": "r" })).await.ok();
    story.deployment.accounts.move_to(&li.name, OTHER_COUNTY.parse().unwrap(), Role::Desk).await.unwrap();
    let on = story.get(&desk, "/posts/on-now").await.ok();
    let row = on["rows"].as_array().unwrap().iter().find(|row| row["post"] == post.as_str()).unwrap();
    assert_eq!(row["on_now"]["acting"], "deputy");
    let night = [shift("2022-07-10T12:00:00Z", "2022-07-11T00:00:00Z", &li, &zhao)];
    let again = json!({ "post": post, "shifts": night, "key": "s" });
    assert_eq!(story.post(&desk, "/rosters", again).await.refused(), (422, "invalid", Some("shifts")));
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_and_double_bookings_are_refused_with_the_reason_and_a_request_sent_twice_is_one() {
    let (story, _) = story().await;
    let desk = story.officer(Role::Desk, COUNTY).await;
    let (li, zhao) = (story.officer(Role::Investigator, COUNTY).await, story.officer(Role::Community, COUNTY).await);
    let post = duty_post(&story, &desk).await;
    let given = |start: &str, end: &str, key: &str| {
        let shifts = [shift(start, end, &li, &zhao)];
        json!({ "post": post, "shifts": shifts, "key": key })
    };
    story.post(&desk, "/rosters", given("2022-07-11T00:00:00Z", "2022-07-11T12:00:00Z", "a")).await.ok();
    let facts = story.facts().await;
    let again = story.post(&desk, "/rosters", given("2022-07-11T00:00:00Z", "2022-07-11T12:00:00Z", "a")).await.ok();
    assert_eq!((&again["accepted"], story.facts().await), (&json!(1), facts));
    let hole = story.post(&desk, "/rosters", given("2022-07-12T00:00:00Z", "2022-07-12T12:00:00Z", "b")).await.ok();
    assert_eq!((&hole["accepted"], codes(&hole["refused"])), (&json!(0), vec!["leaves-a-gap"]));
    assert_eq!(hole["refused"][0]["with"]["start"], "2022-07-11T12:00:00Z");
    let twice = story.post(&desk, "/rosters", given("2022-07-11T06:00:00Z", "2022-07-11T18:00:00Z", "c")).await.ok();
    assert!(codes(&twice["refused"]).contains(&"overlaps"), "{twice}");
    assert!(codes(&twice["refused"]).contains(&"double-booked"), "{twice}");
    assert_eq!(story.facts().await, facts);

    // Planned leave needs somebody who stands in.
    let leave = json!({ "start": "2022-07-11T00:00:00Z", "end": "2022-07-12T00:00:00Z", "planned": true, "key": "d" });
    let refused = story.post(&li, "/leave", leave.clone()).await.ok();
    assert_eq!((&refused["accepted"], codes(&refused["refused"])), (&json!(false), vec!["leaves-a-gap"]));
    let turn = json!({ "post": post, "start": "2022-07-11T00:00:00Z", "role": "primary", "officer": desk.name });
    let taken = story.post(&li, "/leave", with(leave, "substitutes", json!([turn]))).await.ok();
    assert_eq!(taken["accepted"], true, "{taken}");
    let free = format!("/rosters/free?post={post}&start=2022-07-11T12:00:00Z&end=2022-07-12T00:00:00Z");
    let free = story.get(&desk, &free).await.ok();
    let names: Vec<_> = free.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(!names.contains(&li.name.as_str()) && names.contains(&zhao.name.as_str()), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_roster_the_same_officer_at_once_do_not_both_succeed() {
    let (story, _) = story().await;
    let desk = story.officer(Role::Desk, COUNTY).await;
    let (li, zhao) = (story.officer(Role::Investigator, COUNTY).await, story.officer(Role::Community, COUNTY).await);
    let post = duty_post(&story, &desk).await;
    let other =
        story.get(&desk, &format!("/headquarters/{COUNTY}")).await.ok()["departments"][0]["posts"][1]["post"].clone();
    let shifts = json!([shift("2022-07-11T00:00:00Z", "2022-07-11T12:00:00Z", &li, &zhao)]);
    let one = story.post(&desk, "/rosters", json!({ "post": post, "shifts": shifts, "key": "a" }));
    let two = story.post(&desk, "/rosters", json!({ "post": other, "shifts": shifts, "key": "b" }));
    let (one, two) = tokio::join!(one, two);
    let accepted = [one.ok(), two.ok()].iter().filter(|answer| answer["accepted"] == 1).count();
    assert_eq!(accepted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_goes_from_one_shift_to_the_next_and_a_swap_needs_both() {
    let (story, _) = story().await;
    let desk = story.officer(Role::Desk, COUNTY).await;
    let (li, zhao) = (story.officer(Role::Investigator, COUNTY).await, story.officer(Role::Community, COUNTY).await);
    let (wang, sun) = (story.officer(Role::Community, COUNTY).await, story.officer(Role::Community, COUNTY).await);
    let post = duty_post(&story, &desk).await;
    let team = json!([li.name, zhao.name, wang.name, sun.name]);
    let rotation = json!({
        "post": post, "from": "2022-07-10", "days": 2, "team": team, "shift_hours": 12, "first_hour": 8, "key": "r",
    });
    let done = story.post(&desk, "/rosters/rotate", rotation).await.ok();
    assert_eq!((&done["accepted"], done["shifts"].as_array().unwrap().len()), (&json!(4), 4), "{done}");
    story.wait(10 * 60);

    // It is 20:00: Li goes, Zhao comes.
    let note = json!({ "post": post, "start": "2022-07-10T00:00:00Z", "note": "两人未找到,明早再去", "key": "n" });
    assert_eq!(story.post(&sun, "/rosters/notes", note.clone()).await.status, 404);
    let written = story.post(&li, "/rosters/notes", note).await.ok();
    let fact = written["fact"].as_str().unwrap();
    let waiting = story.get(&zhao, "/shifts/mine").await.ok();
    assert_eq!(waiting["notes_to_acknowledge"][0]["note"]["fact"], fact);
    let text = story.get(&zhao, &format!("/rosters/notes/{fact}")).await.ok();
    assert_eq!(text["text"], "两人未找到,明早再去");
    let key = json!({ "key": "k" });
    assert_eq!(story.post(&li, &format!("/rosters/notes/{fact}/acknowledge"), key.clone()).await.status, 409);
    let read = story.post(&zhao, &format!("/rosters/notes/{fact}/acknowledge"), key).await.ok();
    assert_eq!(read["acknowledged_by"]["name"], zhao.name.as_str());

    // Wang gives Li the morning for Li's night as deputy.
    let turn = |start: &str, role: &str| json!({ "post": post, "start": start, "role": role });
    let (morning, night) = (turn("2022-07-11T00:00:00Z", "primary"), turn("2022-07-11T12:00:00Z", "deputy"));
    let swap = json!({ "mine": morning, "theirs": night, "key": "s" });
    assert_eq!(story.post(&sun, "/rosters/swaps", swap.clone()).await.refused(), (422, "invalid", Some("mine")));
    let with_sun = json!({ "mine": morning, "theirs": turn("2022-07-11T12:00:00Z", "primary"), "key": "t" });
    let refused = story.post(&wang, "/rosters/swaps", with_sun).await.ok();
    assert_eq!(codes(&refused["refused"]), ["same-person"], "Sun is the deputy of that morning");
    let asked = story.post(&wang, "/rosters/swaps", swap).await.ok();
    let swap = asked["fact"].as_str().unwrap_or_else(|| panic!("{asked}")).to_owned();
    let answer = json!({ "accepted": true, "key": "y" });
    assert_eq!(story.post(&sun, &format!("/rosters/swaps/{swap}/answer"), answer.clone()).await.status, 404);
    let mine = story.get(&li, "/shifts/mine").await.ok();
    assert_eq!(mine["swaps"][0]["fact"], swap.as_str());
    assert_eq!(story.post(&li, &format!("/rosters/swaps/{swap}/answer"), answer).await.ok()["accepted"], true);
    let week = story.get(&desk, &format!("/rosters?headquarters={COUNTY}&from=2022-07-11&days=1")).await.ok();
    let roster = week["posts"].as_array().unwrap().iter().find(|row| row["post"] == post.as_str()).unwrap();
    let shifts = roster["shifts"].as_array().unwrap();
    let morning = shifts.iter().find(|row| row["start"] == "2022-07-11T00:00:00Z").unwrap();
    assert_eq!(morning["primary"]["name"], li.name.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_opens_by_its_token_until_it_is_revoked_or_its_owner_leaves() {
    let (story, _) = story().await;
    let desk = story.officer(Role::Desk, COUNTY).await;
    let (li, zhao) = (story.officer(Role::Investigator, COUNTY).await, story.officer(Role::Community, COUNTY).await);
    let post = duty_post(&story, &desk).await;
    let shifts = [shift("2022-07-11T12:00:00Z", "2022-07-12T00:00:00Z", &li, &zhao)];
    story.post(&desk, "/rosters", json!({ "post": post, "shifts": shifts, "key": "r" })).await.ok();
    let open = |path: String| {
        let story = &story;
        async move { story.ask(None, "GET", path.trim_start_matches("/api/v1"), None).await }
    };
    let path = story.post(&li, "/calendar", json!({})).await.ok()["path"].as_str().unwrap().to_owned();
    let feed = open(path.clone()).await;
    assert_eq!(feed.status, 200, "{}", feed.text);
    assert!(feed.headers["content-type"].to_str().unwrap().starts_with("text/calendar"));
    assert!(
        feed.text.starts_with("BEGIN:VCALENDAR") && feed.text.contains("DTSTART:20220711T120000Z"),
        "{}",
        feed.text
    );
    assert!(feed.text.contains("DTEND:20220712T000000Z") && feed.text.contains("值班长"), "{}", feed.text);

    let another = story.post(&li, "/calendar", json!({})).await.ok()["path"].as_str().unwrap().to_owned();
    assert_eq!((open(path).await.status, open(another.clone()).await.status), (404, 200));
    // Whoever may not sign in any more has no calendar either.
    story.deployment.accounts.set_disabled(&li.name, Some(story.now())).await.unwrap();
    assert_eq!(open(another).await.status, 404);

    let path = story.post(&zhao, "/calendar", json!({})).await.ok()["path"].as_str().unwrap().to_owned();
    assert_eq!(open(path.clone()).await.status, 200);
    assert_eq!(story.ask(Some(&zhao), "DELETE", "/calendar", None).await.status, 204);
    assert_eq!(open(path).await.status, 404);
    assert_eq!(story.get(&zhao, "/calendar").await.ok(), json!({ "active": false }));
}

/// Numbers for every item of the daily report.
fn daily(start: &str, place: &str, new_cases: Value, key: &str) -> Value {
    let rest = ["to-find", "controlled", "overdue", "fever-visits", "tests-done"];
    let mut values = vec![json!({ "item": "new-cases", "number": new_cases })];
    values.extend(rest.map(|item| json!({ "item": item, "number": 0 })));
    json!({ "kind": "daily", "jurisdiction": place, "start": start, "values": values, "key": key })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_report_is_missing_and_no_zero_in_any_sum() {
    let (story, _) = story().await;
    let here = story.officer(Role::Desk, COUNTY).await;
    const DAY: &str = "2022-07-09T16:00:00Z";
    let early = story.post(&here, "/reports", daily(DAY, COUNTY, json!(0), "early")).await;
    assert_eq!(early.status, 409, "the day is not over");
    story.wait(16 * 60);

    // It is 2:00 on 11 July, and others are on duty.
    let (here, next) = (story.officer(Role::Desk, COUNTY).await, story.officer(Role::Desk, NEXT_COUNTY).await);
    let city = story.officer(Role::Desk, CITY).await;
    let draft = story.get(&here, &format!("/reports/draft?jurisdiction={COUNTY}&kind=daily&start={DAY}")).await.ok();
    assert_eq!(draft["items"][0]["drafted"], 0);
    assert!(draft["items"][4].get("drafted").is_none(), "only a person knows how many came to a fever clinic");
    let mut incomplete = daily(DAY, COUNTY, json!(0), "k");
    incomplete["values"].as_array_mut().unwrap().pop();
    let refused = story.post(&here, "/reports", incomplete).await;
    assert_eq!(refused.refused(), (422, "invalid", Some("values")));
    let confirmed = story.post(&here, "/reports", daily(DAY, COUNTY, Value::Null, "k")).await.ok();
    assert_eq!((&confirmed["state"], &confirmed["values"][0]["number"]), (&json!("confirmed"), &Value::Null));
    assert_eq!(story.post(&here, "/reports", daily(DAY, COUNTY, json!(5), "other")).await.status, 409);

    let sums = format!("/reports/roll-up?jurisdiction={CITY}&kind=daily&start={DAY}");
    let sum = story.get(&city, &sums).await.ok();
    let total = &sum["totals"][0];
    assert_eq!((&total["total"], &total["reported"], &total["of"]), (&Value::Null, &json!(1), &json!(2)));
    assert_eq!((&total["unknown"], &total["missing"]), (&json!(1), &json!([NEXT_COUNTY])));

    story.wait(9 * 60);
    // It is 11:00: the next county is late, is chased, and reports.
    let list = story.get(&city, "/reports?kind=daily&from=2022-07-10&to=2022-07-10").await.ok();
    let of = |list: &Value, place: &str| {
        list["rows"].as_array().unwrap().iter().find(|row| row["jurisdiction"] == place).unwrap()["state"].clone()
    };
    assert_eq!((of(&list, COUNTY), of(&list, NEXT_COUNTY)), (json!("confirmed"), json!("missing")));
    let chase = json!({ "kind": "daily", "jurisdiction": NEXT_COUNTY, "start": DAY, "key": "c" });
    let chased = story.post(&city, "/reports/chase", chase).await.ok();
    assert_eq!(chased["chased"][0]["by"]["name"], city.name.as_str());
    let late = story.post(&next, "/reports", daily(DAY, NEXT_COUNTY, json!(3), "n")).await.ok();
    assert_eq!((&late["state"], &late["late"]), (&json!("late"), &json!(true)));

    // The first county knows better now; both versions stay.
    let fact = confirmed["fact"].as_str().unwrap();
    let amendment = json!({ "values": daily(DAY, COUNTY, json!(2), "")["values"], "reason": "实验室补报", "key": "a" });
    let amended = story.post(&here, &format!("/reports/{fact}/amend"), amendment).await.ok();
    assert_eq!((&amended["state"], amended["versions"].as_array().unwrap().len()), (&json!("amended"), 2));
    assert_eq!(amended["versions"][1]["reason"], "实验室补报");
    assert_eq!(amended["versions"][0]["values"][0]["number"], Value::Null);
    let sum = story.get(&city, &sums).await.ok();
    assert_eq!((&sum["totals"][0]["total"], &sum["late"][0]["code"]), (&json!(5), &json!(NEXT_COUNTY)));
    let csv = story.get(&city, &sums.replace("roll-up?", "roll-up.csv?")).await.text;
    assert!(csv.lines().count() == 3 && csv.contains(",late,"), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_reported_verified_and_investigated_by_the_clock() {
    let (story, officer, recorded) = Story::with_a_case().await;
    let province = story.officer(Role::Command, PROVINCE).await;
    let given = json!({ "jurisdictions": [PROVINCE, CITY, COUNTY], "template": "standard", "key": "e" });
    story.post(&province, "/headquarters", given).await.ok();
    let all = story.get(&officer, "/reports/cases?state=all").await.ok();
    let states: Vec<_> =
        all["rows"].as_array().unwrap().iter().map(|row| (row["kind"].clone(), row["state"].clone())).collect();
    assert!(states.contains(&(json!("case-report"), json!("open"))), "{states:?}");
    assert!(states.contains(&(json!("verification"), json!("not-yet"))), "{states:?}");
    let case = recorded["case"].as_str().unwrap();
    let given = |kind: &str| json!({ "case": case, "kind": kind, "skips_level": true, "key": kind });
    assert_eq!(story.post(&officer, "/reports/cases", given("verification")).await.status, 409);
    let done = story.post(&officer, "/reports/cases", given("case-report")).await.ok();
    assert_eq!((&done["state"], &done["skips_level"]), (&json!("done"), &json!(true)));
    story.wait(3 * 60);
    let overdue = story.get(&officer, "/reports/cases?state=overdue").await.ok();
    assert_eq!(overdue["rows"][0]["kind"], "verification");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_is_signed_as_it_was_shown_and_taken_back() {
    let (story, province) = story().await;
    let city = story.officer(Role::Command, CITY).await;
    let preview = format!("/levels/preview?jurisdiction={CITY}&level=emergency");
    let shown = story.get(&city, &preview).await.ok();
    assert_eq!(
        (&shown["from"], &shown["to"], &shown["headquarters"]),
        (&json!("peace"), &json!("emergency"), &json!(3))
    );
    assert!(shown["unfilled_posts"].as_u64().unwrap() > 0 && shown["flat"]["after"] == true);
    let sign = |digest: &Value, level: ResponseLevel, key: &str| {
        let reason = "两县同时出现病例";
        json!({ "jurisdiction": CITY, "level": level, "digest": digest, "reason": reason, "key": key })
    };
    // Somebody is appointed meanwhile: what was shown is not what would happen.
    let post = shown["posts_opened"][0]["post"].as_str().unwrap();
    let holders = json!({ "primary": city.name, "deputy": null, "key": "h" });
    story.post(&province, &format!("/posts/{post}/holders"), holders).await.ok();
    let stale = story.post(&city, "/levels", sign(&shown["digest"], ResponseLevel::Emergency, "s")).await;
    assert_eq!(stale.status, 409);
    let shown = story.get(&city, &preview).await.ok();
    let given = sign(&shown["digest"], ResponseLevel::Emergency, "s");
    let signed = story.post(&city, "/levels", given.clone()).await.ok();
    assert_eq!(signed["current"]["level"], "emergency");
    assert_eq!(signed["current"]["signed_by"]["name"], city.name.as_str());
    let facts = story.facts().await;
    assert_eq!(story.post(&city, "/levels", given).await.ok()["current"]["level"], "emergency");
    assert_eq!(story.facts().await, facts, "sent again, it is the same switch");

    let county = story.get(&city, &format!("/levels?jurisdiction={COUNTY}")).await.ok();
    assert_eq!(county["current"]["inherited_from"], CITY);
    let elsewhere = story.get(&province, &format!("/levels?jurisdiction={OTHER_COUNTY}")).await.ok();
    assert_eq!(elsewhere["current"]["level"], "peace");
    let kinds = story.get(&city, "/reports?from=2022-07-10&to=2022-07-10&kind=capacity").await.ok();
    assert!(!kinds["rows"].as_array().unwrap().is_empty(), "a report that peace does not have");
    let on = story.get(&city, "/posts/on-now").await.ok()["rows"].as_array().unwrap().len();

    story.wait(60);
    let shown = story.get(&city, &preview.replace("emergency", "peace")).await.ok();
    assert!(!shown["posts_released"].as_array().unwrap().is_empty());
    let back = story.post(&city, "/levels", sign(&shown["digest"], ResponseLevel::Peace, "b")).await.ok();
    assert_eq!((&back["current"]["level"], back["history"].as_array().unwrap().len()), (&json!("peace"), 2));
    assert!(story.get(&city, "/posts/on-now").await.ok()["rows"].as_array().unwrap().len() < on);
    let council = story.officer(Role::Command, COUNTY).await;
    let above = json!({ "jurisdiction": CITY, "level": "alert", "digest": "", "key": "x" });
    assert_eq!(story.post(&council, "/levels", above).await.status, 404, "nobody switches the level above");
}

#[tokio::test(flavor = "multi_thread")]
async fn criteria_are_shown_with_their_values_and_what_they_advise() {
    let (story, officer, _) = Story::with_a_case().await;
    let province = story.officer(Role::Command, PROVINCE).await;
    let given = json!({ "jurisdictions": [PROVINCE, COUNTY], "template": "standard", "key": "e" });
    story.post(&province, "/headquarters", given).await.ok();
    let level = story.get(&officer, &format!("/levels?jurisdiction={COUNTY}")).await.ok();
    assert_eq!((&level["advised"]["level"], &level["advised"]["because"]), (&json!("alert"), &json!(["any-case"])));
    let criterion = level["criteria"].as_array().unwrap().iter().find(|it| it["code"] == "any-case").unwrap();
    assert_eq!(
        (&criterion["value"], &criterion["met"], &criterion["confidence"]),
        (&json!(1.0), &json!(true), &json!("assumption"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_stated_is_unknown_and_a_shortfall_asks_for_help_with_a_clock() {
    let (story, officer, _) = Story::with_a_case().await;
    let province = story.officer(Role::Command, PROVINCE).await;
    let all = json!([PROVINCE, CITY, COUNTY, OTHER_COUNTY]);
    story
        .post(&province, "/headquarters", json!({ "jurisdictions": all, "template": "standard", "key": "e" }))
        .await
        .ok();
    let (desk, other) = (story.officer(Role::Desk, COUNTY).await, story.officer(Role::Desk, OTHER_COUNTY).await);
    let rooms = |view: &Value| {
        view["rows"].as_array().unwrap().iter().find(|row| row["code"] == "isolation-rooms").unwrap().clone()
    };
    let capacity = format!("/capacity?jurisdiction={COUNTY}");
    let unknown = rooms(&story.get(&officer, &capacity).await.ok());
    assert_eq!(
        (&unknown["saturation"]["state"], &unknown["saturation"]["lacking"]),
        (&json!("unknown"), &json!("available"))
    );
    assert!(unknown.get("available").is_none());
    assert_eq!(story.get(&desk, "/capacity/shortfalls").await.ok(), json!([]));

    let given = json!({ "jurisdiction": COUNTY, "resource": "isolation-rooms", "available": 0, "key": "s" });
    let stated = story.post(&desk, "/capacity", given).await.ok();
    assert_eq!((&stated["available"], &stated["saturation"]["state"]), (&json!(0), &json!("over")), "{stated}");
    let short = story.get(&desk, "/capacity/shortfalls").await.ok();
    assert_eq!(short[0]["resource"], "isolation-rooms");

    let aid = json!({ "from": COUNTY, "of": OTHER_COUNTY, "resource": "isolation-rooms", "amount": 20,
        "needed_by": "2022-07-11T00:00:00Z", "reason": "隔离房间已满", "key": "a" });
    let asked = story.post(&desk, "/aid", aid).await.ok();
    let path = format!("/aid/{}", asked["aid"].as_str().unwrap());
    assert_eq!(asked["answer_due"], "2022-07-11T02:01:00Z");
    assert_eq!(story.get(&desk, "/capacity/shortfalls").await.ok()[0]["aid"], asked["aid"]);
    assert_eq!(story.post(&desk, &format!("{path}/answer"), json!({ "offered": 20, "key": "x" })).await.status, 404);
    let refused = story.post(&other, &format!("{path}/answer"), json!({ "offered": 0, "key": "y" })).await;
    assert_eq!(refused.refused(), (422, "invalid", Some("reason")));
    story.post(&other, &format!("{path}/answer"), json!({ "offered": 15, "key": "y" })).await.ok();
    story.wait(24 * 60);
    let desk = story.officer(Role::Desk, COUNTY).await;
    let late = story.get(&desk, "/aid").await.ok();
    assert_eq!((&late["rows"][0]["state"], &late["rows"][0]["overdue"]), (&json!("offered"), &json!(true)));
    let arrived = story.post(&desk, &format!("{path}/arrived"), json!({ "amount": 15, "key": "z" })).await.ok();
    assert_eq!((&arrived["state"], &arrived["arrived"]), (&json!("arrived"), &json!(15)));
    let closed = story.post(&desk, &format!("{path}/returned"), json!({ "key": "w" })).await.ok();
    assert_eq!(closed["state"], "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_change_and_a_bad_table_of_them_stops_the_start_with_its_line() {
    let (story, province) = story().await;
    let folder = story.deployment.folder().join("geography");
    let table = "code,name_zh,name_en,parent,from,to,successors\n390000,金河省,Jinhe,,,,\n390100,金河市,Jinhe City,,,,\n\
                 390121,云阳县,Yunyang County,,,2022-03-18,390122\n390122,云阳区,Yunyang District,,2022-03-18,,\n";
    std::fs::write(folder.join("divisions.csv"), table).unwrap();
    let geography = story.follower().await.geography();
    let codes = |day: Option<&str>| -> Vec<String> {
        geography.on(day.map(|day| day.parse().unwrap())).iter().map(|row| row.division.code.to_string()).collect()
    };
    assert!(codes(None).contains(&"390122".to_owned()) && !codes(None).contains(&"390121".to_owned()));
    assert!(codes(Some("2022-03-17")).contains(&"390121".to_owned()));
    assert_eq!(
        geography.answering("390121".parse().unwrap(), "2022-07-10".parse().unwrap()),
        ["390122".parse().unwrap()]
    );
    assert_eq!(geography.name("390121".parse().unwrap()).zh, "云阳县", "what is no more keeps its name");
    assert!(codes(None).contains(&COUNTY.to_owned()), "the table says nothing of it");
    let listed = story.get(&province, "/jurisdictions?on=2022-03-17").await.ok();
    assert!(listed.as_array().unwrap().iter().any(|row| row["code"] == COUNTY));

    std::fs::write(folder.join("divisions.csv"), table.replace("2022-03-18,,", "18 March,,")).unwrap();
    let refused = server::Geography::load(&folder, "2022-07-10".parse().unwrap()).err().unwrap().to_string();
    assert!(refused.contains("divisions.csv") && refused.contains("line 5"), "{refused}");
}
