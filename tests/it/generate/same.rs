//! Comparing only the extensions that may have changed gives the same log and projections as comparing all of them.

use std::sync::Arc;

use presence_generate::{GenerateError, HistoryConfig, Summary, Sweeps, generate};
use presence_model::digest::LogDigest;
use presence_model::event::Snapshot;
use presence_model::ids::{ExtensionId, SnapshotNo};
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::{Messages, RebuildMode, Store};

use super::history;
use crate::store::database::{ACCOUNT, Database, SqliteFile, record_all};
use crate::store::expected::assert_same_histories;
use crate::support::reading::ReadAtOnce;

/// Every sweep of a history, as a collector would deliver it.
fn sweeps(config: HistoryConfig) -> Vec<Sweep> {
    let mut upcoming = Sweeps::new(config);
    let mut sweeps = Vec::new();
    while let Some(next) = upcoming.next_sweep() {
        sweeps.push(next.sweep.clone());
    }
    sweeps
}

async fn written(store: &Arc<dyn Store>, config: HistoryConfig) -> Summary {
    let summary = generate(&**store, config, &mut |_| {}).await;
    summary.expect("the store takes it")
}

async fn log(store: &Arc<dyn Store>) -> Vec<Snapshot> {
    let rows = store
        .reading()
        .await
        .snapshots(ACCOUNT, SnapshotNo(0), u32::MAX)
        .await;
    let rows = rows.expect("it reads");
    rows.into_iter().map(|(snapshot, _)| snapshot).collect()
}

fn digest(log: &[Snapshot]) -> [u8; 32] {
    let mut digest = LogDigest::default();
    for snapshot in log {
        digest.add(snapshot, snapshot.finished_at);
    }
    digest.finish()
}

/// Compares every projection of two stores. Their dictionaries may number the same states differently.
async fn check_projections(one: &Arc<dyn Store>, other: &Arc<dyn Store>) {
    let whole = TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("it is not empty");
    let mut read = Vec::new();
    for store in [one, other] {
        let extensions = store
            .reading()
            .await
            .extensions(ACCOUNT)
            .await
            .expect("it reads");
        let ids: Vec<ExtensionId> = extensions.iter().map(|one| one.extension_id).collect();
        let histories = store.reading().await.histories(ACCOUNT, &ids, whole).await;
        let histories = histories.expect("it reads");
        assert_eq!(histories.len(), ids.len());
        let dictionary = store
            .reading()
            .await
            .dictionary(Messages::Needed)
            .await
            .expect("it reads");
        let coverage = store
            .reading()
            .await
            .coverage(ACCOUNT, whole)
            .await
            .expect("it reads");
        read.push((extensions, format!("{coverage:?}"), histories, dictionary));
    }
    let [one, other] = [&read[0], &read[1]];
    assert_eq!((&one.0, &one.1), (&other.0, &other.1));
    assert_same_histories((&one.2, &one.3), (&other.2, &other.3));
}

async fn check_same(config: HistoryConfig) -> Vec<Sweep> {
    let sweeps = sweeps(config);
    let files = [SqliteFile::new(), SqliteFile::new()];
    let (quick, slow) = (files[0].open().await, files[1].open().await);
    written(&quick, config).await;
    record_all(&slow, &sweeps, FlushAt::MANY_SWEEPS).await;
    let logs = [log(&quick).await, log(&slow).await];
    for (one, other) in logs[0].iter().zip(&logs[1]) {
        assert_eq!(one, other);
    }
    assert_eq!(logs[0].len(), sweeps.len());
    assert_eq!(digest(&logs[0]), digest(&logs[1]));
    check_projections(&quick, &slow).await;
    let rebuilt = quick.rebuild(ACCOUNT, RebuildMode::Check).await;
    let differences = rebuilt.expect("it can be read").differences;
    assert!(differences.is_empty(), "{differences:?}");
    quick.close().await;
    slow.close().await;
    sweeps
}

#[tokio::test]
async fn a_small_office() {
    let sweeps = check_same(history(7, 40, 3, 60_000)).await;
    assert!(sweeps.iter().any(|one| one.status == SweepStatus::Failed));
}

#[tokio::test]
async fn pages_that_do_not_come_and_people_who_come_and_go() {
    let sweeps = check_same(history(3, 1_030, 1, 150_000)).await;
    assert!(sweeps.iter().any(|one| one.status == SweepStatus::Partial));
    let counts: Vec<usize> = sweeps.iter().map(|one| one.observations.len()).collect();
    assert!(counts.windows(2).any(|pair| pair[0] < pair[1]));
    assert!(counts.windows(2).any(|pair| pair[0] > pair[1]));
}

/// A history that was interrupted and continued is the same as one that was not.
#[tokio::test]
async fn a_history_goes_on_where_it_was_interrupted() {
    let config = history(5, 30, 2, 60_000);
    let file = SqliteFile::new();
    let store = file.open().await;
    let sweeps = sweeps(config);
    record_all(&store, &sweeps[..1_000], FlushAt::MANY_SWEEPS).await;
    let summary = written(&store, config).await;
    assert_eq!(summary.already_count, 1_000);
    assert_eq!(summary.look_count, sweeps.len() as u64);
    let other = SqliteFile::new();
    let whole = other.open().await;
    written(&whole, config).await;
    assert_eq!(log(&store).await, log(&whole).await);
    check_projections(&store, &whole).await;
    assert_eq!(
        written(&store, config).await.already_count,
        sweeps.len() as u64
    );
}

#[tokio::test]
async fn another_history_is_not_written_over() {
    let file = SqliteFile::new();
    let store = file.open().await;
    let config = history(5, 30, 1, 60_000);
    written(&store, config).await;
    let before = log(&store).await;
    for (other, first_different) in [
        (history(6, 30, 1, 60_000), 1),
        (history(5, 30, 1, 120_000), 1),
        (history(5, 31, 1, 60_000), 1),
    ] {
        let refused = generate(&*store, other, &mut |_| {}).await;
        let Err(GenerateError::OtherHistory { snapshot_no, .. }) = refused else {
            panic!("{other:?} was not refused: {refused:?}");
        };
        assert_eq!(snapshot_no, SnapshotNo(first_different));
    }
    assert_eq!(log(&store).await, before);
}
