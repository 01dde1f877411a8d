//! Nothing that identifies anyone is logged, whatever happens, or repeated in a refusal.

use std::io;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use server::accounts::Role;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{COUNTY, Story, WANG};

/// Values that no other test uses, so that finding one says who let it out.
const NAME: &str = "欧阳慕容";
const PHONE: &str = "13777770001";
const ID_NUMBER: &str = "11010519491231002X";
const ADDRESS: &str = "无名巷九百九十九号";
const STATEMENT: &str = "他昨晚在我家吃饭";
const FILE_NAME: &str = "上官婉儿";
const PASSWORD_GUESS: &str = "hunter2-hunter2";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Everything;

impl io::Write for Everything {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Everything {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_reach_neither_the_log_nor_a_refusal() {
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    subscriber.with_writer(Everything).init();
    tracing::trace!("listening");

    let story = Story::begins().await;
    let officer = story.officer(Role::Investigator, COUNTY).await;
    let mut answers = Vec::new();
    let given = json!({
        "name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "address": ADDRESS, "jurisdiction": COUNTY,
    });
    let newcomer = story.post(&officer, "/people", given.clone()).await.ok()["person"].clone();
    let person = newcomer.as_str().unwrap();
    for (by, value) in [("name", NAME), ("phone", PHONE), ("id-number", ID_NUMBER), ("address", ADDRESS)] {
        let search = json!({ "by": by, "value": value, "purpose": "investigation" });
        answers.push(story.post(&officer, "/people/search", search).await);
    }
    let revealed =
        story.post(&officer, &format!("/people/{person}/reveal"), json!({ "purpose": "investigation" })).await;
    assert!(revealed.text.contains(NAME), "the test looks for what is there");
    let mut slip = given.clone();
    slip["id_number"] = json!(ID_NUMBER.replace('X', "1"));
    answers.push(story.post(&officer, "/people", slip).await);
    let mut elsewhere = given;
    elsewhere["jurisdiction"] = json!("460000");
    answers.push(story.post(&officer, "/people", elsewhere).await);
    let stated = json!({
        "person": WANG, "with": newcomer, "start": "2022-07-09T12:00:00Z", "end": "2022-07-09T13:00:00Z",
        "setting": "home", "statement": STATEMENT,
    });
    let stated = story.post(&officer, "/contacts-stated", stated).await.ok();
    let fact = stated["recorded"].as_str().unwrap();
    answers.push(story.get(&officer, &format!("/facts/{fact}")).await);
    answers.push(story.post(&officer, &format!("/facts/{fact}/withdraw"), json!({ "reason": STATEMENT })).await);
    answers.push(story.post(&officer, &format!("/facts/{fact}/withdraw"), json!({ "reason": STATEMENT })).await);
    answers.push(story.ask(None, "POST", "/session", Some(json!({ "name": NAME, "password": PASSWORD_GUESS }))).await);

    let file = format!("case_id,name,phone,onset\n1,{FILE_NAME},{PHONE},2022-07-08\n2,{FILE_NAME},{PHONE},no day\n");
    let uploaded = story.upload(&officer, "line-list", "cases.csv", file.as_bytes()).await.ok();
    let run = format!("/imports/{}/run", uploaded["import"].as_str().unwrap());
    story.post(&officer, &run, json!({ "mapping": uploaded["mapping"] })).await.ok();

    let log = String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    assert!(log.contains("listening"), "nothing was captured");
    for secret in [NAME, PHONE, ID_NUMBER, &ID_NUMBER[..17], ADDRESS, STATEMENT, FILE_NAME, PASSWORD_GUESS] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "the log repeats {secret}");
        for answer in &answers {
            assert!(!answer.text.contains(secret), "{} repeats {secret}", answer.text);
        }
    }
}
