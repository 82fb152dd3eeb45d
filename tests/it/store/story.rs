//! What every store must hold and answer, on any database.

use std::sync::Arc;

use presence_model::event::{EventKind, Snapshot};
use presence_model::ids::{AccountId, ExtensionId, Position, SnapshotNo};
use presence_model::known::Existence;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::{
    AccountRow, ChangesQuery, ExtensionSummary, LoggedEvent, Messages, RebuildMode, Store,
};

use super::database::{ACCOUNT, Database, after, record_all, stories};
use super::expected::{Expected, assert_same_histories, assert_same_state, coverage_in, in_window};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

stories!(
    the_log_comes_back_as_it_was_appended,
    what_is_loaded_is_what_the_log_amounts_to,
    histories_are_what_the_log_amounts_to,
    a_window_gets_what_it_needs_and_no_more,
    changes_are_found_by_time_extension_and_position,
    accounts_do_not_mix,
    an_account_that_is_not_there_is_empty,
    a_name_is_kept_until_another_is_given,
);

/// A filled store, with what it should hold.
async fn filled(database: &dyn Database, seed: u64) -> (Arc<dyn Store>, Expected) {
    let sweeps = Office::wild(seed, ACCOUNT).sweeps(70);
    let store = database.open().await;
    let flush_at = if seed.is_multiple_of(2) {
        FlushAt::EVERY_SWEEP
    } else {
        FlushAt::MANY_SWEEPS
    };
    record_all(&store, &sweeps, flush_at).await;
    (store, Expected::of(&sweeps))
}

/// Windows that begin and end at, before and after all kinds of moments.
fn windows(expected: &Expected) -> Vec<TimeRange> {
    let mut moments: Vec<Timestamp> = Vec::new();
    for snapshot in expected.snapshots.iter().step_by(9) {
        moments.extend([snapshot.started_at, snapshot.finished_at.plus_ms(1)]);
        moments.extend(
            snapshot
                .events
                .iter()
                .take(2)
                .map(|event| event.observed_at),
        );
    }
    moments.extend([Timestamp::MIN, Timestamp::MAX]);
    let pairs = moments
        .iter()
        .flat_map(|from| moments.iter().map(move |to| (*from, *to)));
    let spans: Vec<TimeRange> = pairs
        .filter_map(|(from, to)| TimeRange::new(from, to))
        .collect();
    spans.into_iter().step_by(5).collect()
}

async fn the_log_comes_back_as_it_was_appended(database: &dyn Database) {
    let (store, expected) = filled(database, 1).await;
    let mut read: Vec<(Snapshot, Timestamp)> = Vec::new();
    loop {
        let last = read
            .last()
            .map_or(SnapshotNo(0), |(last, _)| last.snapshot_no);
        let next = store
            .reading()
            .await
            .snapshots(ACCOUNT, last, 8)
            .await
            .expect("it reads");
        if next.is_empty() {
            break;
        }
        assert!(next.len() <= 8);
        read.extend(next);
    }
    assert_eq!(read.len(), expected.snapshots.len());
    for ((kept, _), appended) in read.iter().zip(&expected.snapshots) {
        assert_eq!(kept, appended);
    }
    // The first batch was flushed at the time of its last sweep.
    assert_eq!(read[0].1, expected.snapshots[63].finished_at.plus_ms(40));
}

async fn what_is_loaded_is_what_the_log_amounts_to(database: &dyn Database) {
    let (store, expected) = filled(database, 2).await;
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, expected.replay.state());
    let log_end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    assert_eq!(log_end, expected.replay.log_end());
    let summaries = store
        .reading()
        .await
        .extensions(ACCOUNT)
        .await
        .expect("it reads");
    let state = expected.replay.state();
    let expected_summaries = expected.extension_ids().into_iter().map(|extension_id| {
        let known = &state.extensions[&extension_id];
        ExtensionSummary {
            extension_id,
            profile: known.profile.as_ref().map(|known| Arc::clone(&known.value)),
            was_observed: known.existence != Existence::Listed,
            assumed_zone: None,
        }
    });
    assert_eq!(summaries, expected_summaries.collect::<Vec<_>>());
    let report = store
        .rebuild(ACCOUNT, RebuildMode::Check)
        .await
        .expect("it compares");
    assert_eq!(report.differences, Vec::<String>::new());
    assert_eq!(report.snapshot_count, 70);
    assert_eq!(report.event_count, log_end.position.0);
}

async fn histories_are_what_the_log_amounts_to(database: &dyn Database) {
    let (store, expected) = filled(database, 3).await;
    let mut ids = expected.extension_ids();
    ids.insert(0, ExtensionId(1)); // not known: left out
    let whole = expected.whole();
    let kept = store
        .reading()
        .await
        .histories(ACCOUNT, &ids, whole)
        .await
        .expect("it reads");
    let dictionary = store
        .reading()
        .await
        .dictionary(Messages::Needed)
        .await
        .expect("it reads");
    let (histories, numbers) = expected.replay.histories();
    assert_same_histories((&kept, &dictionary), (&histories, &numbers));
    let without = store
        .reading()
        .await
        .dictionary(Messages::NotNeeded)
        .await
        .expect("it reads");
    assert!(without.messages.is_empty() && !dictionary.messages.is_empty());
    assert_eq!(without.states, dictionary.states);
    let coverage = store
        .reading()
        .await
        .coverage(ACCOUNT, whole)
        .await
        .expect("it reads");
    assert_eq!(coverage, expected.replay.coverage());
}

async fn a_window_gets_what_it_needs_and_no_more(database: &dyn Database) {
    let (store, expected) = filled(database, 4).await;
    let ids = expected.extension_ids();
    let dictionary = store
        .reading()
        .await
        .dictionary(Messages::Needed)
        .await
        .expect("it reads");
    let (histories, numbers) = expected.replay.histories();
    for window in windows(&expected) {
        let kept = store
            .reading()
            .await
            .histories(ACCOUNT, &ids, window)
            .await
            .expect("it reads");
        let needed: Vec<_> = histories
            .iter()
            .map(|history| in_window(history, window))
            .collect();
        assert_same_histories((&kept, &dictionary), (&needed, &numbers));
        let coverage = store
            .reading()
            .await
            .coverage(ACCOUNT, window)
            .await
            .expect("it reads");
        assert_eq!(
            coverage,
            coverage_in(&expected.replay.coverage(), window),
            "{window}"
        );
    }
}

async fn changes_are_found_by_time_extension_and_position(database: &dyn Database) {
    let (store, expected) = filled(database, 5).await;
    let ids = expected.extension_ids();
    let some = vec![ids[1], ids[4], ExtensionId(1)];
    let end = expected.replay.state().position;
    for (number, window) in windows(&expected).into_iter().enumerate() {
        let query = ChangesQuery {
            account_id: ACCOUNT,
            after: Position(if number.is_multiple_of(3) {
                end.0 / 3
            } else {
                0
            }),
            up_to: number.is_multiple_of(4).then_some(Position(end.0 / 2)),
            window,
            extensions: number.is_multiple_of(2).then(|| some.clone()),
            limit: if number.is_multiple_of(5) {
                10
            } else {
                100_000
            },
        };
        let found = store
            .reading()
            .await
            .changes(&query)
            .await
            .expect("it reads");
        assert_eq!(found, changes_by_hand(&expected, &query), "{query:?}");
    }
}

fn changes_by_hand(expected: &Expected, query: &ChangesQuery) -> Vec<LoggedEvent> {
    let asked = expected.events().filter(|(_, event)| {
        event.position > query.after
            && query.up_to.is_none_or(|end| event.position <= end)
            && query.window.contains(event.observed_at)
            && event.kind != EventKind::QueueChanged
            && query
                .extensions
                .as_ref()
                .is_none_or(|ids| ids.contains(&event.extension_id))
    });
    let logged = asked.map(|(snapshot, event)| LoggedEvent {
        event: event.clone(),
        snapshot_no: snapshot.snapshot_no,
        source: snapshot.source,
        profile_then: expected.profile_then(event),
    });
    logged.take(query.limit as usize).collect()
}

async fn accounts_do_not_mix(database: &dyn Database) {
    let (store, expected) = filled(database, 6).await;
    let other = AccountId(-5);
    let sweep = Office::wild(7, other).sweep();
    let mut recorder = presence_recording::recorder::Recorder::open(
        store.clone(),
        other,
        None,
        FlushAt::EVERY_SWEEP,
    )
    .await
    .expect("a new account is empty");
    recorder
        .record(sweep.clone(), after(&sweep))
        .await
        .expect("it follows");
    let log_end = store
        .reading()
        .await
        .log_end(other)
        .await
        .expect("it reads");
    assert_eq!(log_end.snapshot_no, SnapshotNo(1));
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, expected.replay.state());
    let accounts = store.accounts().await.expect("it reads");
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.account_id).collect();
    assert_eq!(ids, [other, ACCOUNT]);
}

async fn an_account_that_is_not_there_is_empty(database: &dyn Database) {
    let store = database.open().await;
    let expected = Expected::of(&[]);
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, expected.replay.state());
    let log_end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    assert_eq!(log_end, expected.replay.log_end());
    let window = TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("time runs forward");
    let histories = store
        .reading()
        .await
        .histories(ACCOUNT, &[ExtensionId(1)], window)
        .await;
    assert_eq!(histories.expect("it reads"), []);
    assert_eq!(store.accounts().await.expect("it reads"), []);
    assert_eq!(store.find(ACCOUNT, "look 0").await.expect("it reads"), None);
    let report = store
        .rebuild(ACCOUNT, RebuildMode::Replace)
        .await
        .expect("nothing to do");
    assert_eq!((report.snapshot_count, report.differences.len()), (0, 0));
    assert_eq!(store.accounts().await.expect("it reads"), []);
}

async fn a_name_is_kept_until_another_is_given(database: &dyn Database) {
    let store = database.open().await;
    let now = Timestamp::saturating_from_ms(5000);
    for (name, expected) in [
        (None, None),
        (Some("One"), Some("One")),
        (None, Some("One")),
        (Some("Two"), Some("Two")),
    ] {
        store
            .ensure_account(ACCOUNT, name, now)
            .await
            .expect("it is written");
        let accounts = store.accounts().await.expect("it reads");
        let row = AccountRow {
            account_id: ACCOUNT,
            name: expected.map(str::to_owned),
            first_seen_at: now,
        };
        assert_eq!(accounts, [row]);
    }
}
