//! What every store must do, whatever the database.

use std::sync::Arc;

use presence_history::model::history::Replay;
use presence_history::model::ids::{AccountId, SnapshotNo};
use presence_history::model::known::{AccountState, Existence};
use presence_history::model::observation::Sweep;
use presence_history::model::time::Timestamp;
use presence_history::store::recorder::{FlushAt, Outcome, Recorder};
use presence_history::store::{Durability, OpenMode, SqliteStore, Store};

use crate::support::sweeps::Office;

const ACCOUNT: AccountId = AccountId(37_439_510);

fn later(sweep: &Sweep) -> Timestamp {
    sweep.finished_at.plus_ms(40)
}

async fn record_all(store: &Arc<dyn Store>, sweeps: Vec<Sweep>, flush_at: FlushAt) {
    let mut recorder = Recorder::open(Arc::clone(store), ACCOUNT, None, flush_at)
        .await
        .expect("the store can be loaded");
    let mut now = Timestamp::MIN;
    for sweep in sweeps {
        now = later(&sweep);
        let outcome = recorder
            .record(sweep, now)
            .await
            .expect("the sweep follows");
        assert!(matches!(outcome, Outcome::Recorded { .. }));
    }
    recorder.flush(now).await.expect("the store takes it");
}

/// What is known, without what only a running writer remembers.
fn without_requests(state: &AccountState) -> AccountState {
    let mut state = state.clone();
    for extension in state.extensions.values_mut() {
        if let Existence::Present(present) = &mut extension.existence {
            present.requested_at = None;
        }
        if let Some(profile) = &mut extension.profile {
            profile.checked_at = profile.since;
        }
    }
    state
}

#[track_caller]
fn assert_same_state(kept: &AccountState, folded: &AccountState) {
    let (kept, folded) = (without_requests(kept), without_requests(folded));
    assert_eq!(kept.extensions, folded.extensions);
    assert_eq!(
        (
            kept.account_id,
            kept.position,
            kept.snapshot_no,
            kept.finished_at
        ),
        (
            folded.account_id,
            folded.position,
            folded.snapshot_no,
            folded.finished_at
        )
    );
    assert_eq!(
        (kept.observed, kept.complete),
        (folded.observed, folded.complete)
    );
    assert_eq!(
        (kept.present_count, &kept.lagging),
        (folded.present_count, &folded.lagging)
    );
}

async fn replay(store: &dyn Store) -> Replay {
    let mut replay = Replay::new(ACCOUNT);
    loop {
        let after = replay.state().snapshot_no;
        let snapshots = store
            .snapshots(ACCOUNT, after, 7)
            .await
            .expect("the log is whole");
        if snapshots.is_empty() {
            return replay;
        }
        for (snapshot, _) in &snapshots {
            replay.fold(snapshot);
        }
    }
}

async fn what_is_loaded_is_what_the_log_amounts_to(store: Arc<dyn Store>, seed: u64) {
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(60);
    let flush_at = if seed.is_multiple_of(2) {
        FlushAt::EVERY_SWEEP
    } else {
        FlushAt::MANY_SWEEPS
    };
    record_all(&store, sweeps, flush_at).await;
    let replay = replay(&*store).await;
    assert_eq!(replay.state().snapshot_no, SnapshotNo(60));
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, replay.state());
    assert_eq!(
        store.log_end(ACCOUNT).await.expect("it reads"),
        replay.log_end()
    );
}

#[tokio::test]
async fn sqlite_loads_what_the_log_amounts_to() {
    for seed in 0..20 {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("presence.db");
        let location = path.to_str().expect("it is text");
        let store = SqliteStore::open(location, OpenMode::Create, Durability::Relaxed).await;
        let store: Arc<dyn Store> = Arc::new(store.expect("it opens"));
        what_is_loaded_is_what_the_log_amounts_to(Arc::clone(&store), seed).await;
        store.close().await;
    }
}
