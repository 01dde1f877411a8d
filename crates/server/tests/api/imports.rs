//! Files on their way in, by the interface.

use serde_json::{Value, json};
use server::accounts::Role;

use crate::harness::{COUNTY, OTHER_COUNTY, Officer, PROVINCE, Story};

const LINE_LIST: &str = "case_id,name,onset,reported\n1,吴用,2022-07-08,2022-07-09\n2,林冲,2022-07-07,2022-07-09\n";

async fn upload(story: &Story, officer: &Officer, file: &str) -> Value {
    story.upload(officer, "line-list", "cases.csv", file.as_bytes()).await.ok()
}

/// What running an upload with its guessed mapping comes to.
async fn run(story: &Story, officer: &Officer, uploaded: &Value) -> Value {
    let path = format!("/imports/{}/run", uploaded["import"].as_str().unwrap());
    story.post(officer, &path, json!({ "mapping": uploaded["mapping"] })).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_list_is_understood_checked_and_imported() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let uploaded = upload(&story, &officer, LINE_LIST).await;
    assert_eq!((&uploaded["rows"], &uploaded["columns"][1]["samples"][0]), (&json!(2), &json!("吴用")));
    let facts = story.facts().await;
    let check = format!("/imports/{}/check", uploaded["import"].as_str().unwrap());
    let checked = story.post(&officer, &check, json!({ "mapping": uploaded["mapping"] })).await.ok();
    assert_eq!((&checked["accepted"], &checked["rejected"]), (&json!(2), &json!(0)), "{checked}");
    assert_eq!(story.facts().await, facts, "checking records nothing");
    let imported = run(&story, &officer, &uploaded).await;
    assert_eq!((&imported["accepted"], &imported["superseded"]), (&json!(2), &json!(0)), "{imported}");
    assert_eq!(imported["consequence"]["cases_opened"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_mapping_is_proposed_for_the_next_file_that_looks_the_same() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let odd = "no,who,when\n1,吴用,2022-07-08\n";
    let uploaded = upload(&story, &officer, odd).await;
    assert_eq!(uploaded["saved_mapping"], Value::Null);
    let mapping = json!({ "external_id": "no", "name": "who", "onset": "when" });
    let path = format!("/imports/{}/run", uploaded["import"].as_str().unwrap());
    let saved = json!({ "mapping": mapping, "save_as": "../first hospital" });
    story.post(&officer, &path, saved).await.ok();
    let next = upload(&story, &officer, &odd.replace("吴用", "林冲")).await;
    assert_eq!((&next["saved_mapping"], &next["mapping"]), (&json!("---first-hospital"), &mapping), "{next}");
    let other = upload(&story, &officer, LINE_LIST).await;
    assert_eq!(other["saved_mapping"], Value::Null, "it has other columns");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_division_that_the_province_does_not_have_is_refused_with_its_row() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let file = format!(
        "case_id,onset,division_code\n1,2022-07-08,{COUNTY}\n2,2022-07-08,{}99\n3,2022-07-08,110105\n",
        &PROVINCE[..4]
    );
    let uploaded = upload(&story, &officer, &file).await;
    let check = format!("/imports/{}/check", uploaded["import"].as_str().unwrap());
    let checked = story.post(&officer, &check, json!({ "mapping": uploaded["mapping"] })).await.ok();
    assert_eq!((&checked["accepted"], &checked["rejected"]), (&json!(2), &json!(1)), "{checked}");
    let refused = &checked["errors"][0];
    assert_eq!((&refused["row"], &refused["code"]), (&json!(3), &json!("unknown-division")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_changes_nothing_and_a_corrected_row_takes_the_place_of_the_old() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let uploaded = upload(&story, &officer, LINE_LIST).await;
    run(&story, &officer, &uploaded).await;
    let facts = story.facts().await;
    story.wait(60);
    let uploaded = upload(&story, &officer, LINE_LIST).await;
    let again = run(&story, &officer, &uploaded).await;
    assert_eq!((story.facts().await, &again["superseded"]), (facts, &json!(0)), "{again}");
    let uploaded = upload(&story, &officer, &LINE_LIST.replace("2022-07-08", "2022-07-06")).await;
    let corrected = run(&story, &officer, &uploaded).await;
    assert_eq!((story.facts().await, &corrected["superseded"]), (facts + 1, &json!(1)), "{corrected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_offices_number_their_own_people() {
    let story = Story::begins().await;
    let one = story.officer(Role::Desk, COUNTY).await;
    let other = story.officer(Role::Desk, OTHER_COUNTY).await;
    let uploaded = upload(&story, &one, LINE_LIST).await;
    run(&story, &one, &uploaded).await;
    let before = story.conclusions();
    let uploaded = upload(&story, &other, &LINE_LIST.replace("吴用", "史进").replace("2022-07-08", "2022-07-05")).await;
    let imported = run(&story, &other, &uploaded).await;
    assert_eq!((&imported["unchanged"], &imported["superseded"]), (&json!(0), &json!(0)), "{imported}");
    assert_eq!(story.deployment.situation().derived().cases.len(), 4);
    assert_ne!(story.conclusions(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_its_uploaders_alone() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let colleague = story.officer(Role::Desk, COUNTY).await;
    let uploaded = upload(&story, &officer, LINE_LIST).await;
    let import = uploaded["import"].as_str().unwrap();
    let mapping = json!({ "mapping": uploaded["mapping"] });
    assert_eq!(story.post(&colleague, &format!("/imports/{import}/check"), mapping.clone()).await.status, 404);
    assert_eq!(story.post(&colleague, &format!("/imports/{import}/run"), mapping).await.status, 404);
    assert_eq!(story.get(&colleague, &format!("/imports/{import}/errors.csv")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_taken_come_back_for_correction() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let uploaded = upload(&story, &officer, &format!("{LINE_LIST}3,武松,not a day,2022-07-09\n")).await;
    let imported = run(&story, &officer, &uploaded).await;
    let waiting = imported["rejected"].as_u64().unwrap() + imported["queued"].as_u64().unwrap();
    assert_eq!((&imported["accepted"], waiting), (&json!(2), 1), "{imported}");
    let errors = imported["errors_file"].as_str().unwrap().trim_start_matches("/api/v1").to_owned();
    let file = story.get(&officer, &errors).await;
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(
        file.text.contains("武松") && file.text.contains("not a day") && !file.text.contains("吴用"),
        "{}",
        file.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_from_the_ends_of_time_harm_nothing() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    for (kind, file) in [
        ("line-list", "case_id,onset,sampled\n1,0001-01-01,0001-01-01\n2,9999-12-31,9999-12-31\n3,,9999-12-31 23:59\n"),
        ("lab-results", "person_id,collected,result\n1,0001-01-01,positive\n2,9999-12-31,positive\n"),
        ("visits", "person_id,unit,start,end\n1,u,0001-01-01 00:00,9999-12-31 23:59\n2,u,2022-07-09 10:00,\n"),
        ("contacts", "from,to,start,end\n1,2,0001-01-01,9999-12-31\n2,3,9999-12-31,0001-01-01\n"),
    ] {
        let uploaded = story.upload(&officer, kind, "odd.csv", file.as_bytes()).await.ok();
        let path = format!("/imports/{}/run", uploaded["import"].as_str().unwrap());
        let answer = story.post(&officer, &path, json!({ "mapping": uploaded["mapping"] })).await;
        assert!(answer.status == 200, "{kind}: {}", answer.text);
    }
    let live = story.conclusions();
    story.deployment.rebuild().await.unwrap();
    assert_eq!(story.conclusions(), live);
    for path in ["/situation", "/cases", "/duties?state=all"] {
        story.get(&officer, path).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_table_is_refused_and_the_server_goes_on() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Desk, COUNTY).await;
    let mut broken: Vec<(&str, Vec<u8>)> = vec![
        ("empty.csv", Vec::new()),
        ("old.xls", vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
        ("cut.xlsx", b"PK\x03\x04".to_vec()),
        ("cut.parquet", b"PAR1".to_vec()),
        ("zeroes.parquet", [b"PAR1".to_vec(), vec![0; 64], b"PAR1".to_vec()].concat()),
    ];
    broken
        .push(("noise.xlsx", [b"PK\x03\x04".to_vec(), (0..4096u32).map(|n| (n * 31 % 251) as u8).collect()].concat()));
    for (name, file) in broken {
        let answer = story.upload(&officer, "line-list", name, &file).await;
        assert_eq!(answer.refused(), (422, "invalid", Some("file")), "{name}");
    }
    let kind = story.upload(&officer, "horoscopes", "a.csv", b"a,b\n1,2\n").await;
    assert_eq!(kind.refused(), (422, "invalid", Some("kind")));
    upload(&story, &officer, LINE_LIST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_names_a_disease_that_a_plan_is_in_force_for() {
    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, PROVINCE).await;
    let uploaded = upload(&story, &officer, LINE_LIST).await;
    let given = json!({ "mapping": uploaded["mapping"], "disease": "the-plague" });
    for act in ["check", "run"] {
        let path = format!("/imports/{}/{act}", uploaded["import"].as_str().unwrap());
        assert_eq!(story.post(&officer, &path, given.clone()).await.refused(), (422, "invalid", Some("disease")));
    }
}
