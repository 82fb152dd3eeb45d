//! Three collectors take the lease from one another, a thousand times: nobody writes after losing it, and no slot
//! occurs twice.

use std::sync::Arc;

use presence_model::cause::Cause;
use presence_model::ids::{Epoch, SnapshotNo};
use presence_model::observation::{Source, Sweep, SweepStatus};
use presence_model::time::Timestamp;
use presence_recording::recorder::{FlushAt, Outcome, RecordError, Recorder};
use presence_store::{Lease, RebuildMode, Store, StoreError};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile};
use crate::support::reading::ReadAtOnce;

const START_MS: i64 = 1_793_606_400_000;
const LEASE_MS: i64 = 60_000;
const SLOT_MS: i64 = 30_000;

/// A collector: the lease that it believes to have, and what it knows.
struct Collector {
    name: String,
    store: Arc<dyn Store>,
    held: Option<(Epoch, Recorder)>,
}

#[tokio::test]
async fn a_thousand_handovers_on_sqlite() {
    handovers(&SqliteFile::new(), 1_000).await;
}

#[tokio::test]
async fn handovers_on_postgres() {
    handovers(&PostgresDatabase::new(), 150).await;
}

async fn handovers(database: &dyn Database, wanted: i64) {
    let mut rng = ChaCha8Rng::seed_from_u64(81);
    let mut collectors = Vec::new();
    for index in 0..3 {
        collectors.push(Collector {
            name: format!("collector {index}"),
            store: database.open().await,
            held: None,
        });
    }
    let mut now_ms = START_MS;
    let mut latest = Epoch(0);
    let (mut written, mut refused, mut starts) = (0, 0, 0);
    while latest.0 <= wanted {
        // Some are paused for longer than their lease, and do not know it when they continue.
        now_ms += rng.random_range(1_000..40_000);
        let now = Timestamp::from_ms(now_ms).expect("a moment of this century");
        let one = &mut collectors[rng.random_range(0..3)];
        if rng.random_ratio(1, 12) {
            // Killed, and started again under another name.
            starts += 1;
            one.name = format!(
                "{} again {starts}",
                one.name.split(' ').next().unwrap_or("it")
            );
            one.held = None;
        }
        if one.held.is_none() || rng.random_ratio(1, 3) {
            let lease = one
                .store
                .acquire_lease(ACCOUNT, &one.name, now, LEASE_MS)
                .await;
            match lease.expect("the store answers") {
                Lease::Held(epoch) => {
                    assert!(epoch >= latest, "epochs never fall");
                    latest = epoch;
                    if one.held.as_ref().is_none_or(|(held, _)| *held != epoch) {
                        let store = Arc::clone(&one.store);
                        let every = FlushAt::EVERY_SWEEP;
                        let recorder = Recorder::open(store, ACCOUNT, Some(epoch), every).await;
                        one.held = Some((epoch, recorder.expect("it loads")));
                    }
                }
                Lease::Taken { expires_at, .. } => {
                    assert!(now < expires_at);
                    continue;
                }
            }
        }
        let Some((epoch, recorder)) = &mut one.held else {
            continue;
        };
        let epoch = *epoch;
        match recorder.record(sweep(now, &one.name), now).await {
            Ok(Outcome::Recorded { .. }) => {
                assert_eq!(
                    epoch, latest,
                    "a collector that lost its lease does not write"
                );
                written += 1;
            }
            Err(RecordError::Store(StoreError::LeaseLost { ours, actual, .. })) => {
                assert_eq!((ours, actual), (epoch, latest));
                refused += 1;
                one.held = None;
            }
            // Another collector has filled the slot.
            Ok(Outcome::AlreadyRecorded { .. })
            | Err(RecordError::Store(StoreError::KeyReused { .. }) | RecordError::Order { .. }) => {
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(written > wanted, "{written}");
    assert!(refused > wanted / 20, "{refused}");
    check(&*collectors[0].store, written).await;
}

/// A sweep of the present slot; each collector's has other content.
fn sweep(now: Timestamp, name: &str) -> Sweep {
    Sweep {
        account_id: ACCOUNT,
        source: Source::Poll,
        status: SweepStatus::Failed,
        started_at: now,
        finished_at: now,
        valid_for_ms: 3 * SLOT_MS,
        expected_count: None,
        observations: Vec::new(),
        not_found: Vec::new(),
        withheld: Vec::new(),
        directory: Vec::new(),
        queue_sweeps: Vec::new(),
        clock_skew_ms: None,
        idempotency_key: format!("poll:{}", now.as_ms() / SLOT_MS),
        detail: Some(Cause::Unavailable.detail(name)),
    }
}

async fn check(store: &dyn Store, written: i64) {
    let end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    assert_eq!(
        end.snapshot_no.0, written,
        "everything that was acknowledged is there"
    );
    let mut keys = std::collections::HashSet::new();
    let mut after = SnapshotNo(0);
    loop {
        let rows = store
            .reading()
            .await
            .snapshots(ACCOUNT, after, 500)
            .await
            .expect("it reads");
        let Some((last, _)) = rows.last() else { break };
        after = last.snapshot_no;
        for (row, _) in rows {
            assert!(
                keys.insert(row.idempotency_key.clone()),
                "{}",
                row.idempotency_key
            );
        }
    }
    let report = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    assert_eq!(
        report.expect("it compares").differences,
        Vec::<String>::new()
    );
}
