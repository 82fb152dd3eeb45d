//! Several programs on one store.

use std::sync::Arc;

use presence_model::history::Replay;
use presence_model::ids::SnapshotNo;
use presence_model::observation::Sweep;
use presence_recording::recorder::{FlushAt, Outcome, RecordError};
use presence_store::{RebuildMode, Store};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, after, recorder};
use super::expected::{Expected, assert_same_state};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_writers_of_the_same_sweeps_make_one_history_on_sqlite() {
    two_writers_of_the_same_sweeps_make_one_history(&SqliteFile::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_writers_of_the_same_sweeps_make_one_history_on_postgres() {
    two_writers_of_the_same_sweeps_make_one_history(&PostgresDatabase::new()).await;
}

async fn two_writers_of_the_same_sweeps_make_one_history(database: &dyn Database) {
    let sweeps = Office::wild(21, ACCOUNT).sweeps(60);
    let (one, two) = (database.open().await, database.open().await);
    let tasks = [
        tokio::spawn(bring(
            Arc::clone(&one),
            sweeps.clone(),
            FlushAt::EVERY_SWEEP,
        )),
        tokio::spawn(bring(
            Arc::clone(&two),
            sweeps.clone(),
            FlushAt::EVERY_SWEEP,
        )),
    ];
    let mut recorded = Vec::new();
    for task in tasks {
        recorded.extend(task.await.expect("nobody panics"));
    }
    // Both may report the same snapshot: an append that finds that it is already done has succeeded.
    recorded.sort_unstable();
    recorded.dedup();
    let all: Vec<SnapshotNo> = (1..=60).map(SnapshotNo).collect();
    assert_eq!(recorded, all);
    check(&*one, &sweeps).await;
}

/// Records all sweeps; returns those that this recorder recorded. A sweep that the other one has recorded is
/// recognised.
async fn bring(store: Arc<dyn Store>, sweeps: Vec<Sweep>, flush_at: FlushAt) -> Vec<SnapshotNo> {
    let mut numbers = Vec::new();
    let mut recorder = recorder(&store, None, flush_at).await;
    for sweep in sweeps {
        // After two head conflicts in a row a recorder gives up; its user tries again.
        let outcome = loop {
            match recorder.record(sweep.clone(), after(&sweep)).await {
                Err(RecordError::Store(presence_store::StoreError::HeadMoved { .. })) => {}
                Err(RecordError::Order { .. }) => {
                    // The recorder's knowledge is out of date: the other one is ahead.
                    recorder = super::database::recorder(&store, None, flush_at).await;
                }
                other => break other.expect("nothing else is refused"),
            }
        };
        if let Outcome::Recorded { snapshot_no, .. } = outcome {
            numbers.push(snapshot_no);
        }
    }
    numbers
}

async fn check(store: &dyn Store, sweeps: &[Sweep]) {
    let report = store
        .rebuild(ACCOUNT, RebuildMode::Check)
        .await
        .expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
    let expected = Expected::of(sweeps);
    let log_end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    assert_eq!(log_end.snapshot_no, expected.replay.log_end().snapshot_no);
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    let extensions = expected.replay.state().extensions.keys();
    for id in extensions {
        assert!(loaded.extensions.contains_key(id));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_whole_snapshots_while_another_writes_to_sqlite() {
    a_reader_sees_whole_snapshots_while_another_writes(&SqliteFile::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_whole_snapshots_while_another_writes_to_postgres() {
    a_reader_sees_whole_snapshots_while_another_writes(&PostgresDatabase::new()).await;
}

async fn a_reader_sees_whole_snapshots_while_another_writes(database: &dyn Database) {
    let sweeps = Office::wild(22, ACCOUNT).sweeps(80);
    let expected = Expected::of(&sweeps);
    let (writing, reading) = (database.open().await, database.open().await);
    let writer = tokio::spawn(bring(
        writing,
        sweeps,
        FlushAt {
            sweeps: 3,
            events: 1000,
        },
    ));
    let mut replay = Replay::new(ACCOUNT);
    let mut distinct = 0;
    while !writer.is_finished() {
        let loaded = reading.load(ACCOUNT).await.expect("it loads");
        if loaded.snapshot_no > replay.state().snapshot_no {
            distinct += 1;
        }
        while replay.state().snapshot_no < loaded.snapshot_no {
            let folded = usize::try_from(replay.state().snapshot_no.0).expect("it is a count");
            replay.fold(&expected.snapshots[folded]);
        }
        assert_same_state(&loaded, replay.state());
    }
    assert!(distinct > 0, "the reader saw the history grow");
    writer.await.expect("nobody panics");
}
