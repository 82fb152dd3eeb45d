//! What is kept of queues: their sweeps, what these showed, and what follows from it.

use std::collections::BTreeSet;

use presence_model::cause::Cause;
use presence_model::event::{EventKind, Snapshot};
use presence_model::ids::{Position, SnapshotNo};
use presence_model::known::Existence;
use presence_model::observation::Sweep;
use presence_model::queue::{QueueOutcome, QueueSweepOutcome};
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::copy::{CopyTarget, copy_account};
use presence_store::{ChangesQuery, RebuildMode, Store};

use super::database::{
    ACCOUNT, BEFORE_QUEUES, Database, DatabaseRow, Spelling, SqliteFile, record_all, stories,
};
use super::expected::{Expected, assert_same_state};
use crate::support::queues::STRANGER;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

stories!(
    rows_are_what_is_folded,
    a_rebuild_makes_them_again,
    the_log_of_queues_refuses_to_be_rewritten,
    an_older_store_knows_nothing_of_queues_and_goes_on,
    a_copy_has_them,
    a_failed_sweep_says_why,
    changes_leave_queues_out,
    a_member_whom_only_a_queue_names_has_no_presence,
);

fn sweeps(seed: u64) -> Vec<Sweep> {
    Office::wild(seed, ACCOUNT).sweeps(50)
}

async fn rebuilt(store: &dyn Store, mode: RebuildMode) -> Vec<String> {
    let report = store.rebuild(ACCOUNT, mode).await;
    report.expect("it can be compared").differences
}

async fn log(store: &dyn Store) -> Vec<Snapshot> {
    let mut reading = store.reading().await;
    let log = reading.snapshots(ACCOUNT, SnapshotNo(0), 100).await;
    let log = log.expect("it reads").into_iter();
    log.map(|(snapshot, _)| snapshot).collect()
}

fn number(row: &DatabaseRow, column: &str) -> i64 {
    row.int(column).expect("it is never null")
}

/// The rows of both projections, as numbers.
async fn kept(database: &dyn Database) -> (Vec<Vec<Option<i64>>>, Vec<Vec<Option<i64>>>) {
    let moment = |column: &str| match database.spelling() {
        Spelling::Sqlite => format!("{column} as {}_ms", column.trim_matches('"')),
        Spelling::Postgres => format!(
            "(extract(epoch from {column}) * 1000)::bigint as {}_ms",
            column.trim_matches('"')
        ),
    };
    let of = async |table: &str, key: &[&str], moments: &[&str], rest: &[&str]| {
        let columns = [
            key.iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
            moments.iter().map(|name| moment(name)).collect(),
            rest.iter()
                .map(|name| format!("cast({name} as bigint) as {name}"))
                .collect(),
        ];
        let sql = format!(
            "select {} from {table} where account_id = {ACCOUNT} order by {}, \"from\"",
            columns.concat().join(", "),
            key.join(", ")
        );
        let rows = database.rows(&sql).await;
        let names: Vec<String> = [
            key.iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>(),
            moments
                .iter()
                .map(|name| format!("{}_ms", name.trim_matches('"')))
                .collect(),
            rest.iter().map(|name| (*name).to_owned()).collect(),
        ]
        .concat();
        let rows = rows.iter().map(|row| {
            let cells = names.iter().map(|name| row.int(name));
            cells.collect::<Vec<_>>()
        });
        rows.collect::<Vec<_>>()
    };
    (
        of(
            "queue_interval",
            &["queue_id", "extension_id"],
            &["\"from\"", "not_before", "certain_until", "until"],
            &["accepts", "position"],
        )
        .await,
        of(
            "queue_coverage",
            &["queue_id"],
            &["\"from\"", "until", "answered_at"],
            &["valid_for_ms"],
        )
        .await,
    )
}

async fn rows_are_what_is_folded(database: &dyn Database) {
    let sweeps = sweeps(121);
    for (flush_at, is_first) in [(FlushAt::EVERY_SWEEP, true), (FlushAt::MANY_SWEEPS, false)] {
        let other = SqliteFile::new();
        let database: &dyn Database = if is_first { database } else { &other };
        let store = database.open().await;
        record_all(&store, &sweeps, flush_at).await;
        let expected = Expected::of(&sweeps);
        let log = log(&*store).await;
        assert_eq!(log, expected.snapshots);
        let carried: usize = log.iter().map(|one| one.queue_sweeps.len()).sum();
        assert!(carried > 60, "{carried}");
        let before = log.iter().filter(|snapshot| {
            let mut events = snapshot.events.iter();
            events.any(|event| event.observed_at < snapshot.started_at)
        });
        assert!(before.count() > 5, "some were seen before the sweep began");
        let state = store.load(ACCOUNT).await.expect("it reads");
        assert_same_state(&state, expected.replay.state());

        let ms = |moment: Option<Timestamp>| moment.map(Timestamp::as_ms);
        let code = |accepts| match accepts {
            presence_model::queue::Accepts::SignedOut => 0,
            presence_model::queue::Accepts::SignedIn => 1,
            presence_model::queue::Accepts::NotSaid => 2,
        };
        let folded = expected.replay.rows();
        let intervals = folded.queue_intervals.iter();
        let intervals: Vec<_> = intervals
            .map(|((queue, member, _), row)| {
                vec![
                    Some(queue.0),
                    Some(member.0),
                    ms(Some(row.from)),
                    ms(row.not_before),
                    ms(row.certain_until),
                    ms(row.until),
                    Some(code(row.accepts)),
                    Some(row.position.0),
                ]
            })
            .collect();
        let coverage = folded.queue_coverage.iter();
        let coverage: Vec<_> = coverage
            .map(|((queue, _), segment)| {
                vec![
                    Some(queue.0),
                    ms(Some(segment.from)),
                    ms(Some(segment.until)),
                    ms(Some(segment.answered_at)),
                    Some(segment.valid_for_ms),
                ]
            })
            .collect();
        assert!(intervals.len() > 40 && coverage.len() > 5);
        assert_eq!(kept(database).await, (intervals, coverage));
    }
}

async fn a_rebuild_makes_them_again(database: &dyn Database) {
    let store = database.open().await;
    record_all(&store, &sweeps(122), FlushAt::MANY_SWEEPS).await;
    assert_eq!(rebuilt(&*store, RebuildMode::Check).await, [""; 0]);
    let before = kept(database).await;
    let alterations = [
        (
            "queue_interval",
            "update queue_interval set accepts = 1 - accepts % 2",
        ),
        (
            "queue_interval",
            "delete from queue_interval where until is not null",
        ),
        (
            "queue_coverage",
            "update queue_coverage set valid_for_ms = valid_for_ms + 1",
        ),
        ("queue_coverage", "delete from queue_coverage"),
    ];
    for (table, alteration) in alterations {
        database.execute(alteration).await.expect("it is no log");
        let found = rebuilt(&*store, RebuildMode::Check).await;
        assert!(
            matches!(&found[..], [one] if one.starts_with(table)),
            "{alteration}: {found:?}"
        );
        rebuilt(&*store, RebuildMode::Replace).await;
        assert_eq!(kept(database).await, before, "{alteration}");
        assert_eq!(rebuilt(&*store, RebuildMode::Check).await, [""; 0]);
    }
}

async fn the_log_of_queues_refuses_to_be_rewritten(database: &dyn Database) {
    let store = database.open().await;
    record_all(&store, &sweeps(123), FlushAt::MANY_SWEEPS).await;
    for table in ["queue_sweep", "queue_change"] {
        let count = async || {
            let count = format!("select count(*) as number from {table}");
            number(&database.rows(&count).await[0], "number")
        };
        let before = count().await;
        assert!(before > 0);
        let mut attempts = vec![
            format!("update {table} set queue_id = 1"),
            format!("delete from {table}"),
        ];
        match database.spelling() {
            Spelling::Sqlite => attempts.push(format!(
                "insert or replace into {table} select * from {table}"
            )),
            Spelling::Postgres => attempts.push(format!("truncate {table}")),
        }
        for attempt in attempts {
            let refused = database.execute(&attempt).await;
            let refused = refused.expect_err(&attempt);
            assert!(refused.contains("append-only"), "{attempt}: {refused}");
        }
        assert_eq!(count().await, before);
    }
    assert_eq!(rebuilt(&*store, RebuildMode::Check).await, [""; 0]);
}

async fn an_older_store_knows_nothing_of_queues_and_goes_on(database: &dyn Database) {
    let mut sweeps = sweeps(124);
    let later = sweeps.split_off(25);
    for sweep in &mut sweeps {
        sweep.queue_sweeps.clear();
    }
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    let version = match database.spelling() {
        Spelling::Sqlite => "pragma user_version = 12",
        Spelling::Postgres => "update presence_history set schema_version = 12",
    };
    let older = format!("{BEFORE_QUEUES}; {version}");
    database.execute(&older).await.expect("it is taken back");

    let store = database.open().await;
    let known = store.load(ACCOUNT).await.expect("it reads");
    assert!(known.queues.is_empty());
    assert_eq!(kept(database).await, (vec![], vec![]));
    assert_eq!(rebuilt(&*store, RebuildMode::Check).await, [""; 0]);
    record_all(&store, &later, FlushAt::EVERY_SWEEP).await;
    sweeps.extend(later);
    let state = store.load(ACCOUNT).await.expect("it reads");
    assert_same_state(&state, Expected::of(&sweeps).replay.state());
    assert!(!state.queues.is_empty());
    assert_eq!(rebuilt(&*store, RebuildMode::Check).await, [""; 0]);
}

async fn a_copy_has_them(database: &dyn Database) {
    let store = database.open().await;
    record_all(&store, &sweeps(125), FlushAt::MANY_SWEEPS).await;
    let file = SqliteFile::new();
    let target = file.open().await;
    let account = store.accounts().await.expect("it reads").remove(0);
    let copied = copy_account(&*store, CopyTarget::of(&*target), &account, &mut |_| {}).await;
    copied.expect("it is copied");
    assert_eq!(kept(&file).await, kept(database).await);
    assert_eq!(log(&*target).await, log(&*store).await);
}

async fn a_failed_sweep_says_why(database: &dyn Database) {
    let mut sweeps = sweeps(126);
    for queue in sweeps.iter_mut().flat_map(|sweep| &mut sweep.queue_sweeps) {
        queue.outcome = QueueOutcome::Failed {
            cause: Cause::Permission,
            sentence: "line\nbreak 🦀".to_owned(),
        };
    }
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let log = log(&*store).await;
    let rows = log.iter().flat_map(|snapshot| &snapshot.queue_sweeps);
    let outcomes: Vec<_> = rows.map(|row| &row.outcome).collect();
    assert!(outcomes.len() > 20);
    let expected = QueueSweepOutcome::Failed {
        cause: Cause::Permission,
        detail: "line\nbreak 🦀".to_owned(),
    };
    assert!(outcomes.iter().all(|outcome| **outcome == expected));
    assert_eq!(kept(database).await, (vec![], vec![]));
    assert_eq!(rebuilt(&*store, RebuildMode::Check).await, [""; 0]);
}

async fn changes_leave_queues_out(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = sweeps(127);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let expected = Expected::of(&sweeps);
    let of_queues = expected
        .events()
        .filter(|(_, event)| event.kind == EventKind::QueueChanged);
    let of_queues: BTreeSet<i64> = of_queues.map(|(_, event)| event.position.0).collect();
    assert!(of_queues.len() > 40);
    for extensions in [None, Some(expected.extension_ids())] {
        let query = ChangesQuery {
            account_id: ACCOUNT,
            after: Position(0),
            up_to: None,
            window: TimeRange::new(Timestamp::MIN, Timestamp::MAX).expect("it is all time"),
            extensions,
            limit: 10_000,
        };
        let found = store.reading().await.changes(&query).await;
        let found: BTreeSet<i64> = found
            .expect("it reads")
            .iter()
            .map(|logged| logged.event.position.0)
            .collect();
        let all: BTreeSet<i64> = expected
            .events()
            .map(|(_, event)| event.position.0)
            .collect();
        assert_eq!(found, &all - &of_queues);
    }
    let shown = database
        .rows("select distinct position from presence_changes")
        .await;
    let mut shown = shown.iter().map(|row| number(row, "position"));
    assert!(shown.all(|position| !of_queues.contains(&position)));
}

async fn a_member_whom_only_a_queue_names_has_no_presence(database: &dyn Database) {
    let store = database.open().await;
    record_all(&store, &sweeps(128), FlushAt::MANY_SWEEPS).await;
    let state = store.load(ACCOUNT).await.expect("it reads");
    let stranger = &state.extensions[&STRANGER];
    assert_eq!(stranger.existence, Existence::Listed);
    assert_eq!(stranger.profile, None);
    assert!(stranger.version.0 > 1);
    let of_stranger = format!("where account_id = {ACCOUNT} and extension_id = {STRANGER}");
    let count = async |table: &str| {
        let count = format!("select count(*) as number from {table} {of_stranger}");
        number(&database.rows(&count).await[0], "number")
    };
    for table in [
        "existence_interval",
        "profile_interval",
        "extension_key",
        "presence_intervals",
    ] {
        assert_eq!(count(table).await, 0, "{table}");
    }
    assert_eq!(count("presence_now").await, 1);
    assert!(count("presence_queue_intervals").await > 0);
    let row = database
        .rows(&format!(
            "select status, name from presence_now {of_stranger}"
        ))
        .await;
    assert_eq!(
        (row[0].text("status"), row[0].text("name")),
        (Some("listed"), None)
    );
}
