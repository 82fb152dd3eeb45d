//! What is specific to Postgres: schemas that cannot be used, connections that break, several writers, and a pooler.

use std::sync::Arc;
use std::time::Duration;

use presence_model::ids::{AccountId, Epoch};
use presence_model::time::Timestamp;
use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::{Durability, Lease, Messages, OpenMode, RebuildMode, Store, StoreError, open};

use super::database::{
    ACCOUNT, BEFORE_QUEUES, Database, PostgresDatabase, after, nothing_stays_open, record_all,
};
use super::expected::{Expected, assert_same_state};
use crate::support::postgres::Pooler;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

const ALL: [OpenMode; 3] = [OpenMode::Create, OpenMode::Existing, OpenMode::ReadOnly];

/// Checks that a location is refused in each mode with one sentence that contains `expected`, and no password.
async fn check_refused(location: &str, modes: &[OpenMode], expected: &str) {
    for mode in modes {
        let opened = open(location, *mode, Durability::Relaxed).await;
        let Err(refused) = opened else {
            panic!("{mode:?}: {location} was opened");
        };
        let sentence = refused.to_string();
        // Temporary failures have another kind of error than what must be repaired.
        match refused {
            StoreError::Away(_) => assert!(sentence.contains("cannot be reached"), "{sentence}"),
            StoreError::NotYet(_) => {
                assert!(
                    sentence.contains("holds no presence history yet"),
                    "{sentence}"
                );
            }
            StoreError::Unusable(_) => {
                assert!(!sentence.contains("cannot be reached"), "{sentence}");
                assert!(!sentence.contains("history yet"), "{sentence}");
            }
            other => panic!("{mode:?}: {other:?}"),
        }
        assert!(sentence.contains(expected), "{mode:?}: {sentence}");
        assert!(!sentence.contains("secret"), "{mode:?}: {sentence}");
        assert!(!sentence.contains('\n'), "{mode:?}: {sentence}");
    }
}

async fn agrees(store: &dyn Store, account_id: AccountId) {
    let report = store.rebuild(account_id, RebuildMode::Check).await;
    assert_eq!(
        report.expect("it compares").differences,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn what_cannot_be_used_is_refused() {
    let database = PostgresDatabase::new();
    let address = database.address().await.to_owned();
    let missing = format!("{address}_missing?schema=history");
    check_refused(&missing, &ALL, "a database that is not there").await;
    let empty = format!("{address}?schema=nothing");
    check_refused(&empty, &ALL[1..], "holds no presence history yet").await;
    let nobody = "postgres://me:secret@localhost:1/db?sslmode=disable";
    check_refused(
        nobody,
        &ALL,
        "postgres://me:***@localhost:1/db?sslmode=disable cannot be reached",
    )
    .await;
    database
        .execute("create schema history; create table history.notes (text text)")
        .await
        .expect("it is made");
    check_refused(
        &database.location().await,
        &ALL,
        "belongs to another program",
    )
    .await;
    let tables = "select table_name::text from information_schema.tables where table_schema in ('history', 'nothing')";
    assert_eq!(database.rows(tables).await.len(), 1, "nothing was made");
}

#[tokio::test]
async fn what_an_extension_of_the_database_made_does_not_count() {
    let database = PostgresDatabase::new();
    let extend = "create schema history; create extension pg_stat_statements schema history";
    let extended = database.execute(extend).await;
    extended.expect("it comes with the server");
    database.open().await.close().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_an_older_one_brought_up_to_date_by_a_writer() {
    let database = PostgresDatabase::new();
    database.open().await.close().await;
    let location = database.location().await;
    let version = |number: i32| format!("update presence_history set schema_version = {number}");
    database.execute(&version(99)).await.expect("it is set");
    check_refused(&location, &ALL, "was written by a newer version").await;
    let older = format!(
        "{BEFORE_QUEUES}; drop table site_zone, access_token, access_log, history_block, history_sealed; \
         drop view presence_daily; drop table local_day, daily_series, daily_amount; \
         drop view presence_now, presence_intervals, last_seen, presence_changes, presence_coverage, presence_looks, presence_snapshots, extension_history; \
         alter table extension drop column told_before_ms; alter table head drop column rules; {}",
        version(2)
    );
    database.execute(&older).await.expect("it is set");
    check_refused(&location, &ALL[2..], "was written by an older version").await;
    let store = open(&location, OpenMode::Existing, Durability::Relaxed).await;
    store.expect("it opens").close().await;
    assert_eq!(database.rows("select * from presence_now").await.len(), 0);
    let store = open(&location, OpenMode::ReadOnly, Durability::Relaxed).await;
    let store = store.expect("it opens");
    let refused = store.ensure_account(ACCOUNT, None, Timestamp::MIN).await;
    let refused = refused.expect_err("it was opened to read only").to_string();
    assert!(refused.contains("was opened to read only"), "{refused}");
}

#[tokio::test]
async fn many_can_make_the_same_store_at_once() {
    let database = PostgresDatabase::new();
    let location = database.location().await;
    let opened = (0..6).map(|_| {
        let location = location.clone();
        tokio::spawn(async move {
            open(&location, OpenMode::Create, Durability::Relaxed)
                .await
                .map(drop)
        })
    });
    for task in opened.collect::<Vec<_>>() {
        task.await.expect("nobody panics").expect("it opens");
    }
}

/// Ends every connection to the database but this one, as a restart of the server does.
async fn break_connections(database: &PostgresDatabase) -> usize {
    let ended = database
        .rows(
            "select pid from pg_stat_activity \
             where case when datname = current_database() and pid <> pg_backend_pid() \
             then pg_terminate_backend(pid) else false end",
        )
        .await;
    ended.len()
}

#[tokio::test]
async fn broken_connections_are_replaced() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    let sweeps = Office::wild(81, ACCOUNT).sweeps(12);
    let mut recorder =
        super::database::recorder(&store, Some(Epoch(1)), FlushAt::EVERY_SWEEP).await;
    for (number, sweep) in sweeps.iter().enumerate() {
        let now = after(sweep);
        assert!(
            break_connections(&database).await > 0,
            "there is a writer at least"
        );
        let lease = store.acquire_lease(ACCOUNT, "one", now, 3_600_000).await;
        assert_eq!(lease.expect("it is ours"), Lease::Held(Epoch(1)));
        break_connections(&database).await;
        recorder
            .record(sweep.clone(), now)
            .await
            .expect("it follows");
        break_connections(&database).await;
        let end = store
            .reading()
            .await
            .log_end(ACCOUNT)
            .await
            .expect("it reads");
        assert_eq!(
            end.snapshot_no.0,
            i64::try_from(number).expect("it is a count") + 1
        );
    }
    agrees(&*store, ACCOUNT).await;
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, Expected::of(&sweeps).replay.state());
}

/// Breaks the connection of the `number`th commit that moves an account's end, once.
async fn break_commit(database: &PostgresDatabase, number: u32) {
    let statements = format!(
        "create sequence commit_no; \
         create function break_commit() returns trigger language plpgsql as $$ \
         begin \
             if nextval('history.commit_no') = {number} then perform pg_terminate_backend(pg_backend_pid()); end if; \
             return null; \
         end $$; \
         create constraint trigger break_commit after update on head deferrable initially deferred \
         for each row execute function break_commit()"
    );
    database.execute(&statements).await.expect("it is made");
}

#[tokio::test]
async fn an_append_whose_commit_breaks_is_done_once() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    break_commit(&database, 3).await;
    let sweeps = Office::wild(82, ACCOUNT).sweeps(6);
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    let commits = database.rows("select last_value from commit_no").await;
    assert_eq!(
        commits[0].int("last_value"),
        Some(7),
        "one of six was tried again"
    );
    agrees(&*store, ACCOUNT).await;
    let loaded = store.load(ACCOUNT).await.expect("it loads");
    assert_same_state(&loaded, Expected::of(&sweeps).replay.state());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_several_accounts_share_the_dictionaries() {
    let database = PostgresDatabase::new();
    let accounts: Vec<AccountId> = (1..=6).map(AccountId).collect();
    let mut tasks = Vec::new();
    for account_id in accounts.clone() {
        let store = database.open().await;
        // The same seed: all of them see the same new states at the same time.
        let sweeps = Office::wild(83, account_id).sweeps(40);
        tasks.push(tokio::spawn(async move {
            let mut recorder =
                Recorder::open(store.clone(), account_id, None, FlushAt::EVERY_SWEEP)
                    .await
                    .expect("a new account is empty");
            for sweep in sweeps {
                let now = after(&sweep);
                recorder
                    .record(sweep, now)
                    .await
                    .expect("nobody else writes to it");
            }
            store.close().await;
        }));
    }
    for task in tasks {
        task.await.expect("nobody panics");
    }
    let store = database.open().await;
    for account_id in accounts {
        agrees(&*store, account_id).await;
        assert_eq!(
            store
                .reading()
                .await
                .log_end(account_id)
                .await
                .expect("it reads")
                .snapshot_no
                .0,
            40
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_gets_the_lease() {
    let database = PostgresDatabase::new();
    for round in 0..5 {
        let mut tasks = Vec::new();
        for number in 0..6 {
            let store = database.open().await;
            let now = Timestamp::saturating_from_ms(round * 1000);
            tasks.push(tokio::spawn(async move {
                let holder = format!("holder {number} of round {round}");
                let lease = store.acquire_lease(ACCOUNT, &holder, now, 1000).await;
                store.close().await;
                lease.expect("it can be asked for")
            }));
        }
        let mut held = Vec::new();
        for task in tasks {
            if let Lease::Held(epoch) = task.await.expect("nobody panics") {
                held.push(epoch);
            }
        }
        assert_eq!(held, [Epoch(round + 1)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn abandoned_calls_leave_no_open_transaction() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    let sweeps = Office::wild(84, ACCOUNT).sweeps(30);
    for (number, sweep) in sweeps.iter().enumerate() {
        let wait = Duration::from_micros(u64::try_from(number).expect("it is a count") * 150);
        let reading = store.load(ACCOUNT);
        let _ = tokio::time::timeout(wait, reading).await;
        let mut recorder = super::database::recorder(&store, None, FlushAt::EVERY_SWEEP).await;
        let _ = tokio::time::timeout(wait, recorder.record(sweep.clone(), after(sweep))).await;
    }
    // Questions too, abandoned at every moment from the beginning of the transaction on.
    let mut askers = Vec::new();
    for number in 0..200_u64 {
        let store = Arc::clone(&store);
        askers.push(tokio::spawn(async move {
            let question = async {
                let mut reading = store.read().await?;
                reading.extensions(ACCOUNT).await?;
                reading.dictionary(Messages::Needed).await
            };
            let wait = Duration::from_micros(number * 40);
            let _ = tokio::time::timeout(wait, question).await;
        }));
    }
    for asker in askers {
        asker.await.expect("nobody panics");
    }
    nothing_stays_open(&database, "with the store open").await;
    agrees(&*store, ACCOUNT).await;
    store.load(ACCOUNT).await.expect("it loads");
    store.close().await;
    nothing_stays_open(&database, "with the store closed").await;
}

#[tokio::test]
async fn a_store_works_behind_a_pooler() {
    let database = PostgresDatabase::new();
    let pooler = Pooler::start(database.address().await);
    let location = format!("{}?schema=history", pooler.address);
    let open_it = async || {
        let store = open(&location, OpenMode::Create, Durability::PowerLoss).await;
        store.expect("it opens")
    };
    let (one, two) = (open_it().await, open_it().await);
    let sweeps = Office::wild(85, ACCOUNT).sweeps(40);
    let (early, late) = sweeps.split_at(20);
    record_all(&one, early, FlushAt::EVERY_SWEEP).await;
    let now = Timestamp::saturating_from_ms(0);
    let lease = one.acquire_lease(ACCOUNT, "one", now, 1000).await;
    assert_eq!(lease.expect("it is free"), Lease::Held(Epoch(1)));
    let lease = two.acquire_lease(ACCOUNT, "two", now, 1000).await;
    assert!(matches!(
        lease.expect("it can be asked for"),
        Lease::Taken { .. }
    ));
    record_all(&two, late, FlushAt::MANY_SWEEPS).await;
    let expected = Expected::of(&sweeps);
    for store in [&one, &two] {
        agrees(&**store, ACCOUNT).await;
        let loaded = store.load(ACCOUNT).await.expect("it loads");
        assert_same_state(&loaded, expected.replay.state());
        let ids = expected.extension_ids();
        let histories = store
            .reading()
            .await
            .histories(ACCOUNT, &ids, expected.whole())
            .await;
        assert_eq!(histories.expect("it reads").len(), ids.len());
        store.close().await;
    }
}

#[tokio::test]
async fn the_views_have_the_same_columns_as_in_sqlite() {
    let (file, database) = (super::database::SqliteFile::new(), PostgresDatabase::new());
    let sweeps = Office::wild(86, ACCOUNT).sweeps(30);
    for place in [&file as &dyn Database, &database] {
        record_all(&place.open().await, &sweeps, FlushAt::MANY_SWEEPS).await;
    }
    for view in [
        "presence_changes",
        "presence_intervals",
        "presence_now",
        "presence_coverage",
        "presence_looks",
        "presence_snapshots",
        "extension_history",
        "last_seen",
    ] {
        let question = format!("select * from {view} limit 1");
        let of_file = file.rows(&question).await;
        let of_database = database.rows(&question).await;
        assert_eq!(of_file[0].columns(), of_database[0].columns(), "{view}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let port = silent.local_addr().expect("it listens").port();
    let location = format!("postgres://presence:secret@127.0.0.1:{port}/office?sslmode=disable");
    check_refused(&location, &ALL, "no connection within 10 s").await;
}
