//! What every store must refuse, and what it must find after a direct change of the database.

use presence_model::diff::{DiffError, diff};
use presence_model::ids::{Epoch, Position, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::observation::{Source, Sweep};
use presence_model::projection::{Delta, fold};
use presence_model::time::Timestamp;
use presence_recording::recorder::{FlushAt, Outcome, RecordError};
use presence_store::{Batch, Lease, RebuildMode, Store, StoreError};

use super::database::{
    ACCOUNT, Database, Spelling, after, nothing_stays_open, record_all, recorder, stories,
};
use super::expected::{Expected, assert_same_state};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

stories!(
    a_batch_against_an_older_end_is_refused,
    the_same_batch_again_does_nothing,
    a_key_with_other_content_is_refused,
    a_batch_that_breaks_the_rules_is_refused,
    a_writer_behind_the_head_is_refused,
    the_lease_goes_from_hand_to_hand,
    the_log_cannot_be_rewritten,
    a_changed_projection_is_found_and_repaired,
    a_changed_log_is_found,
    a_recorder_recognises_a_sweep,
    a_recorder_refuses_what_runs_backwards,
    a_recorder_goes_on_after_a_failure,
    a_refusal_leaves_no_open_transaction,
);

/// The batch of one sweep against what is known.
fn batch(known: &mut AccountState, sweep: &Sweep) -> Batch {
    let expected = (known.snapshot_no, known.position);
    let snapshot = diff(known, sweep).expect("the sweep follows");
    let mut delta = Delta::default();
    fold(known, &snapshot, &mut delta);
    Batch {
        account_id: ACCOUNT,
        expected,
        epoch: None,
        snapshots: vec![(snapshot, after(sweep))],
        delta,
    }
}

async fn end(store: &dyn Store) -> (SnapshotNo, Position) {
    let end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    (end.snapshot_no, end.position)
}

async fn agrees(store: &dyn Store) {
    let report = store
        .rebuild(ACCOUNT, RebuildMode::Check)
        .await
        .expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
}

async fn a_batch_against_an_older_end_is_refused(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(1, ACCOUNT).sweeps(2);
    let mut known = AccountState::new(ACCOUNT);
    store
        .append(batch(&mut known, &sweeps[0]))
        .await
        .expect("it is the first");
    let before = end(&*store).await;
    let late = batch(&mut AccountState::new(ACCOUNT), &sweeps[1]);
    let refused = store
        .append(late)
        .await
        .expect_err("it is computed against the empty log");
    assert!(
        matches!(
            refused,
            StoreError::HeadMoved {
                expected: SnapshotNo(0),
                actual: SnapshotNo(1),
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(end(&*store).await, before);
    agrees(&*store).await;
}

async fn the_same_batch_again_does_nothing(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(2, ACCOUNT).sweeps(2);
    let mut known = AccountState::new(ACCOUNT);
    let first = batch(&mut known, &sweeps[0]);
    store.append(first.clone()).await.expect("it is the first");
    store
        .append(batch(&mut known, &sweeps[1]))
        .await
        .expect("it follows");
    let before = end(&*store).await;
    store.append(first).await.expect("all of it is recorded");
    assert_eq!(end(&*store).await, before);
    let found = store
        .find(ACCOUNT, &sweeps[1].idempotency_key)
        .await
        .expect("it reads");
    let found = found.expect("it is recorded");
    assert_eq!(found.snapshot_no, SnapshotNo(2));
    assert_eq!(found.content_digest, sweeps[1].content_digest());
}

async fn a_key_with_other_content_is_refused(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(3, ACCOUNT).sweeps(2);
    let mut known = AccountState::new(ACCOUNT);
    store
        .append(batch(&mut known, &sweeps[0]))
        .await
        .expect("it is the first");
    let before = end(&*store).await;
    let mut other = sweeps[1].clone();
    other.idempotency_key.clone_from(&sweeps[0].idempotency_key);
    let refused = store
        .append(batch(&mut known, &other))
        .await
        .expect_err("the key is taken");
    assert!(
        matches!(&refused, StoreError::KeyReused { key, snapshot_no: SnapshotNo(1), .. }
            if *key == sweeps[0].idempotency_key),
        "{refused}"
    );
    assert_eq!(end(&*store).await, before);
    agrees(&*store).await;
}

async fn a_batch_that_breaks_the_rules_is_refused(database: &dyn Database) {
    let store = database.open().await;
    let sweep = Office::wild(4, ACCOUNT).sweep();
    let good = batch(&mut AccountState::new(ACCOUNT), &sweep);
    let mut gap = good.clone();
    gap.snapshots[0].0.snapshot_no = SnapshotNo(2);
    let mut hole = good.clone();
    hole.snapshots[0].0.events.remove(0);
    let mut outside = good.clone();
    outside.snapshots[0].0.events[0].observed_at = sweep.finished_at.plus_ms(1);
    let mut backwards = good.clone();
    backwards.snapshots[0].0.finished_at = sweep.started_at.plus_ms(-1);
    for wrong in [gap, hole, outside, backwards] {
        let refused = store.append(wrong).await.expect_err("it breaks a rule");
        assert!(matches!(refused, StoreError::Invalid(_)), "{refused}");
    }
    assert_eq!(store.accounts().await.expect("it reads"), []);
    store.append(good).await.expect("it keeps the rules");
}

async fn a_writer_behind_the_head_is_refused(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(5, ACCOUNT).sweeps(2);
    let now = sweeps[0].started_at;
    let first = store.acquire_lease(ACCOUNT, "first", now, 1000).await;
    assert_eq!(first.expect("it is free"), Lease::Held(Epoch(1)));
    let mut head_conflict = recorder(&store, Some(Epoch(1)), FlushAt::EVERY_SWEEP).await;
    head_conflict
        .record(sweeps[0].clone(), now)
        .await
        .expect("it holds the lease");
    let second = store
        .acquire_lease(ACCOUNT, "second", now.plus_ms(1000), 1000)
        .await;
    assert_eq!(second.expect("it has expired"), Lease::Held(Epoch(2)));
    let before = end(&*store).await;
    let refused = head_conflict.record(sweeps[1].clone(), now).await;
    let refused = refused.expect_err("another has taken over");
    assert!(
        matches!(
            refused,
            RecordError::Store(StoreError::LeaseLost {
                ours: Epoch(1),
                actual: Epoch(2),
                ..
            })
        ),
        "{refused}"
    );
    assert_eq!(end(&*store).await, before);
    let mut second = recorder(&store, Some(Epoch(2)), FlushAt::EVERY_SWEEP).await;
    second
        .record(sweeps[1].clone(), now)
        .await
        .expect("it holds the lease");
    store
        .release_lease(ACCOUNT, Epoch(2))
        .await
        .expect("it is ours");
    let third = Office::wild(5, ACCOUNT).sweeps(3).remove(2);
    let refused = second
        .record(third, now)
        .await
        .expect_err("it was given up");
    assert!(
        matches!(refused, RecordError::Store(StoreError::LeaseLost { .. })),
        "{refused}"
    );
}

async fn the_lease_goes_from_hand_to_hand(database: &dyn Database) {
    let store = database.open().await;
    let at = Timestamp::saturating_from_ms;
    let acquire = async |holder: &str, now: i64| {
        let lease = store.acquire_lease(ACCOUNT, holder, at(now), 100).await;
        lease.expect("it can be asked for")
    };
    assert_eq!(acquire("one", 0).await, Lease::Held(Epoch(1)));
    assert_eq!(acquire("one", 50).await, Lease::Held(Epoch(1)));
    let taken = Lease::Taken {
        holder: "one".to_owned(),
        expires_at: at(150),
    };
    assert_eq!(acquire("two", 149).await, taken);
    assert_eq!(acquire("two", 150).await, Lease::Held(Epoch(2)));
    store
        .release_lease(ACCOUNT, Epoch(1))
        .await
        .expect("not ours any more: nothing happens");
    assert!(matches!(acquire("one", 160).await, Lease::Taken { .. }));
    store
        .release_lease(ACCOUNT, Epoch(2))
        .await
        .expect("it is ours");
    assert_eq!(acquire("two", 170).await, Lease::Held(Epoch(3)));
}

async fn the_log_cannot_be_rewritten(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(6, ACCOUNT).sweeps(20);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    for table in ["snapshot", "event", "state", "message", "profile"] {
        let column = match table {
            "snapshot" | "event" => "account_id",
            "state" | "profile" | "message" => "content_hash",
            _ => unreachable!(),
        };
        for statement in [
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            match database.spelling() {
                Spelling::Sqlite => {
                    format!("insert or replace into {table} select * from {table}")
                }
                Spelling::Postgres => format!("truncate {table}"),
            },
        ] {
            let refused = database.execute(&statement).await.expect_err(&statement);
            assert!(
                refused.contains("the log is append-only"),
                "{statement}: {refused}"
            );
        }
    }
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, Expected::of(&sweeps).replay.state());
}

async fn a_changed_projection_is_found_and_repaired(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(7, ACCOUNT).sweeps(40);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let moment = |ms| database.spelling().moment(ms);
    let not_before = format!("update existence_interval set not_before = {}", moment(1));
    let segment = format!(
        "insert into coverage values (37439510, 0, {}, {}, 7)",
        moment(5),
        moment(6)
    );
    let changes = [
        (
            "presence_interval",
            "update presence_interval set state_id = 1 + state_id % 3 where position = 5",
        ),
        (
            "presence_interval",
            "delete from presence_interval where position = 7",
        ),
        ("existence_interval", &not_before),
        (
            "profile_interval",
            "update profile_interval set until = null",
        ),
        ("coverage", &segment),
        ("extension", "update extension set missing = 1 - missing"),
        ("head", "update head set position = position + 1"),
    ];
    for (table, change) in changes {
        database
            .execute(change)
            .await
            .expect("projections can be changed");
        let found = store
            .rebuild(ACCOUNT, RebuildMode::Check)
            .await
            .expect("it compares");
        assert_eq!(
            found.differences.len(),
            1,
            "{change}: {:?}",
            found.differences
        );
        assert!(
            found.differences[0].starts_with(table),
            "{change}: {:?}",
            found.differences
        );
        let again = store
            .rebuild(ACCOUNT, RebuildMode::Check)
            .await
            .expect("it compares");
        assert_eq!(again, found, "a check repairs nothing");
        let replaced = store
            .rebuild(ACCOUNT, RebuildMode::Replace)
            .await
            .expect("it repairs");
        assert_eq!(replaced, found);
        agrees(&*store).await;
    }
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, Expected::of(&sweeps).replay.state());
    let extensions = store
        .reading()
        .await
        .extensions(ACCOUNT)
        .await
        .expect("it reads");
    assert!(!extensions.is_empty());
}

async fn a_changed_log_is_found(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(8, ACCOUNT).sweeps(40);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let unlock = database.spelling().unlock_log();
    let corrupted = format!(
        "update snapshot set unseen = {} where snapshot_no = 3",
        database.spelling().bytes("80")
    );
    let earlier = format!(
        "update snapshot set started_at = {} where snapshot_no = 30",
        database.spelling().moment(0)
    );
    database
        .execute(unlock)
        .await
        .expect("the owner of the database can do that");
    // The second statement undoes the first.
    let changes = [
        (
            "update event set kind = 3 where position = 4",
            "update event set kind = 0 where position = 4",
        ),
        (
            "update event set version = 9 where position = 4",
            "update event set version = 1 where position = 4",
        ),
        (
            "update event set snapshot_no = 9 where position = 4",
            "update event set snapshot_no = 1 where position = 4",
        ),
        (
            &corrupted,
            "update snapshot set unseen = null where snapshot_no = 3",
        ),
        (&earlier, ""),
        ("update snapshot set status = 7 where snapshot_no = 20", ""),
        ("delete from event where position = 6", ""),
        ("delete from snapshot where snapshot_no = 5", ""),
    ];
    for (change, undo) in changes {
        database
            .execute(change)
            .await
            .expect("the triggers are gone");
        let found = store.rebuild(ACCOUNT, RebuildMode::Check).await;
        let found = found.expect_err(change);
        assert!(
            matches!(found, StoreError::Inconsistent { .. }),
            "{change}: {found}"
        );
        database.execute(undo).await.expect("the triggers are gone");
    }
}

async fn a_recorder_recognises_a_sweep(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(9, ACCOUNT).sweeps(6);
    let mut recorder = recorder(&store, None, FlushAt::MANY_SWEEPS).await;
    for sweep in &sweeps {
        recorder
            .record(sweep.clone(), after(sweep))
            .await
            .expect("it follows");
    }
    let already = |number| Outcome::AlreadyRecorded {
        snapshot_no: SnapshotNo(number),
    };
    // Pending, then flushed, then by a new recorder.
    let again = recorder.record(sweeps[2].clone(), after(&sweeps[5])).await;
    assert_eq!(again.expect("it is known"), already(3));
    let flushed = recorder
        .flush(after(&sweeps[5]))
        .await
        .expect("the store takes it");
    assert_eq!(flushed.len(), 6);
    let again = recorder.record(sweeps[2].clone(), after(&sweeps[5])).await;
    assert_eq!(again.expect("it is known"), already(3));
    let mut newcomer = super::database::recorder(&store, None, FlushAt::EVERY_SWEEP).await;
    let again = newcomer.record(sweeps[5].clone(), after(&sweeps[5])).await;
    assert_eq!(again.expect("it is known"), already(6));
    let mut other = sweeps[5].clone();
    other.valid_for_ms += 1;
    let refused = newcomer
        .record(other, after(&sweeps[5]))
        .await
        .expect_err("it differs");
    assert!(
        matches!(
            refused,
            RecordError::Store(StoreError::KeyReused {
                snapshot_no: SnapshotNo(6),
                ..
            })
        ),
        "{refused}"
    );
    assert_eq!(end(&*store).await.0, SnapshotNo(6));
}

async fn a_recorder_refuses_what_runs_backwards(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::calm(10, ACCOUNT, 5, 0.3).sweeps(3);
    let mut recorder = recorder(&store, None, FlushAt::MANY_SWEEPS).await;
    recorder
        .record(sweeps[0].clone(), after(&sweeps[0]))
        .await
        .expect("it follows");
    recorder
        .record(sweeps[2].clone(), after(&sweeps[2]))
        .await
        .expect("it follows");
    let refused = recorder.record(sweeps[1].clone(), after(&sweeps[2])).await;
    let refused = refused.expect_err("it is earlier than the last");
    assert!(
        matches!(
            refused,
            RecordError::Order {
                cause: DiffError::RunsBackwards { .. },
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(recorder.pending_count(), 2);
    recorder
        .flush(after(&sweeps[2]))
        .await
        .expect("what was pending is kept");
    assert_eq!(end(&*store).await.0, SnapshotNo(2));
    agrees(&*store).await;
}

async fn a_recorder_goes_on_after_a_failure(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::calm(11, ACCOUNT, 5, 0.3).sweeps(3);
    let mut recorder = recorder(&store, None, FlushAt::MANY_SWEEPS).await;
    // An imported sweep is not looked up beforehand, so only the append finds that its key is taken.
    let imported = sweeps.iter().cloned().map(|sweep| Sweep {
        source: Source::Import,
        ..sweep
    });
    let mut imported: Vec<Sweep> = imported.collect();
    let key = imported[0].idempotency_key.clone();
    imported[1].idempotency_key = key;
    let now = after(&sweeps[2]);
    recorder
        .record(imported[0].clone(), now)
        .await
        .expect("it follows");
    recorder.flush(now).await.expect("the store takes it");
    let before = end(&*store).await;
    recorder
        .record(imported[1].clone(), now)
        .await
        .expect("nothing is checked yet");
    let refused = recorder.flush(now).await.expect_err("the key is taken");
    assert!(
        matches!(refused, RecordError::Store(StoreError::KeyReused { .. })),
        "{refused}"
    );
    assert_eq!(end(&*store).await, before);
    assert_eq!(recorder.pending_count(), 0);
    recorder
        .record(imported[2].clone(), now)
        .await
        .expect("it follows the first");
    recorder.flush(now).await.expect("the store takes it");
    let known = recorder.known().expect("nothing has failed since");
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(known, &loaded);
    assert_eq!(end(&*store).await.0, SnapshotNo(2));
    agrees(&*store).await;
}

async fn a_refusal_leaves_no_open_transaction(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(88, ACCOUNT).sweeps(3);
    record_all(&store, &sweeps[..1], FlushAt::EVERY_SWEEP).await;
    // An open one is found.
    let mut reading = store.read().await.expect("it can be read");
    let extensions = reading.extensions(ACCOUNT).await;
    assert!(!extensions.expect("it reads").is_empty());
    assert!(database.left_open().await.is_some());
    drop(reading);
    nothing_stays_open(database, "after a question").await;

    let lost = Some(Epoch(7));
    let mut recorder = recorder(&store, lost, FlushAt::EVERY_SWEEP).await;
    let refused = recorder.record(sweeps[1].clone(), after(&sweeps[1])).await;
    let refused = refused.expect_err("it is no lease of ours").to_string();
    assert!(refused.contains("taken over"), "{refused}");
    nothing_stays_open(database, "after an append without the lease").await;

    let mut known = AccountState::new(ACCOUNT);
    let stale = batch(&mut known, &sweeps[2]);
    let refused = store.append(stale).await;
    let refused = refused.expect_err("the log has gone on").to_string();
    assert!(refused.contains("ends"), "{refused}");
    nothing_stays_open(database, "after an append behind the log's end").await;
    store.close().await;
    nothing_stays_open(database, "with the store closed").await;
}
