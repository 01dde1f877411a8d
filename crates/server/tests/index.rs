//! The visit index is a cache: kept over a restart, and built again from the batches where it is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use facts::{ActorId, Channel, PersonId, Purpose, Source, Timestamp, UnitId, VisitRow};
use journal::Rows;
use server::{Deployment, Location};
use visits::{Stay, Window};

fn now() -> Timestamp {
    "2022-07-20T00:00:00Z".parse().unwrap()
}

async fn open(folder: &Path) -> Deployment {
    Deployment::open(Location::folder(folder), false, now).await.unwrap()
}

async fn import(deployment: &Deployment, first: u64) {
    let at = |second: u64| Timestamp::from_second(1_657_000_000 + second as i64).unwrap();
    let row = |n: u64| VisitRow {
        person: PersonId::new(n % 500),
        unit: UnitId::new(n % 60),
        start: at(n * 11 % 500_000),
        end: Some(at(n * 11 % 500_000 + 1_200)),
        seat_row: None,
    };
    let rows: Vec<VisitRow> = (first..first + 20_000).map(row).collect();
    let source = Source { actor: ActorId::new(1), channel: Channel::Import, key: None };
    deployment.record_batch(Rows::Visits(&rows), source, Purpose::Import, None).await.unwrap();
}

fn stays(deployment: &Deployment) -> Vec<Stay> {
    let situation = deployment.situation();
    (0..60).flat_map(|unit| situation.world().visits.present_in(UnitId::new(unit), Window::ALWAYS)).collect()
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder.join("index")).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "segment"));
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_maps_the_index_and_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = open(folder.path()).await;
    import(&deployment, 0).await;
    deployment.save_index().await.unwrap();
    // Recorded after the index was kept: read from its batch.
    import(&deployment, 5).await;
    let before = stays(&deployment);
    assert_eq!(before.len(), 40_000);
    drop(deployment);
    let kept = segments(folder.path()).len();
    assert!(kept > 0);
    let again = open(folder.path()).await;
    assert_eq!(stays(&again), before);
    assert!(segments(folder.path()).len() > kept, "the start kept what it had to read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_built_again_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = open(folder.path()).await;
    import(&deployment, 0).await;
    deployment.save_index().await.unwrap();
    let before = stays(&deployment);
    drop(deployment);
    let file = segments(folder.path()).swap_remove(0);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(stays(&open(folder.path()).await), before);
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    assert_eq!(stays(&open(folder.path()).await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_journal_brings_nothing_in() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = open(folder.path()).await;
    import(&deployment, 0).await;
    deployment.save_index().await.unwrap();
    drop(deployment);
    let other = tempfile::tempdir().unwrap();
    drop(open(other.path()).await);
    let _ = fs::remove_dir_all(other.path().join("index"));
    fs::create_dir(other.path().join("index")).unwrap();
    for file in fs::read_dir(folder.path().join("index")).unwrap() {
        let file = file.unwrap().path();
        fs::copy(&file, other.path().join("index").join(file.file_name().unwrap())).unwrap();
    }
    assert!(stays(&open(other.path()).await).is_empty());
}
