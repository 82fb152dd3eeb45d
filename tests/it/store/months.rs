//! The months of the log in Postgres: each event is stored in its month, and a month is protected like the whole log.

use std::sync::Arc;

use presence_model::ids::{AccountId, Position};
use presence_model::observation::Sweep;
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::{FlushAt, Recorder};
use presence_store::copy::{CopyTarget, copy_account};
use presence_store::{ChangesQuery, Durability, OpenMode, RebuildMode, Store, open};
use sqlx::{Connection, Row, raw_sql};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, after, record_all};
use super::roles::{Company, attempt, refused};
use crate::support::postgres::Pooler;
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::{MONTH_MS, Office, START_MS};

const DAY_MS: i64 = 86_400_000;

/// A few sweeps in each of this many months, from November 2026 on.
fn months_of(office: &mut Office, count: usize) -> Vec<Sweep> {
    let mut sweeps = Vec::new();
    for _ in 0..count {
        sweeps.extend(office.sweeps(12));
        office.pause(MONTH_MS);
    }
    sweeps
}

/// Sweeps from just before midnight, UTC, of the last day of November until after it.
fn over_the_end_of_november(office: &mut Office) -> Vec<Sweep> {
    // The first sweep begins a minute after the start, at eight in the morning.
    office.pause(28 * DAY_MS + 15 * 3_600_000 + 56 * 60_000);
    office.sweeps(8)
}

/// The parts of the log that hold events, each with the months of its events.
async fn parts(database: &PostgresDatabase) -> Vec<(String, String)> {
    let sql = "select tableoid::regclass::text as part, \
                   string_agg(distinct to_char(observed_at at time zone 'UTC', 'YYYY_MM'), ' ') as months \
               from event group by tableoid order by 1";
    let rows = database.rows(sql).await;
    let text = |text: Option<&str>| text.expect("each has one").to_owned();
    let parts = rows
        .iter()
        .map(|row| (text(row.text("part")), text(row.text("months"))));
    parts.collect()
}

fn each_in_its_own(months: &[&str]) -> Vec<(String, String)> {
    let parts = months
        .iter()
        .map(|month| (format!("event_{month}"), (*month).to_owned()));
    parts.collect()
}

/// The months that exist, with or without events.
async fn months_made(database: &PostgresDatabase) -> Vec<String> {
    let sql = "select inhrelid::regclass::text as part from pg_inherits where inhparent = 'event'::regclass \
               order by 1";
    let rows = database.rows(sql).await;
    let parts = rows.iter().filter_map(|row| row.text("part"));
    parts.map(str::to_owned).collect()
}

/// Makes November 2026 the only month, and gives an account its own part in later ones. Which months exist at first
/// depends on today's date.
async fn divide_after_november(database: &PostgresDatabase, account_id: AccountId) {
    let statements = format!(
        "do $$ declare month regclass; begin \
            for month in select inhrelid from pg_inherits where inhparent = 'event'::regclass \
            loop execute format('drop table %s', month); end loop; \
        end $$; \
        select make_event_month('2026-11-30 23:59:59.999Z'); \
        insert into event_account values ({account_id})"
    );
    database.execute(&statements).await.expect("the owner may");
}

async fn agrees(store: &dyn Store, account_id: AccountId) {
    let report = store.rebuild(account_id, RebuildMode::Check).await;
    let differences = report.expect("it compares").differences;
    assert_eq!(differences, Vec::<String>::new());
}

fn everything() -> ChangesQuery {
    let from = Timestamp::saturating_from_ms(START_MS);
    let window = TimeRange::new(from, from.plus_ms(400 * DAY_MS));
    ChangesQuery {
        account_id: ACCOUNT,
        after: Position(0),
        up_to: None,
        window: window.expect("it runs forward"),
        extensions: None,
        limit: 100_000,
    }
}

#[tokio::test]
async fn each_event_is_kept_in_its_month() {
    let (database, file) = (PostgresDatabase::new(), SqliteFile::new());
    let sweeps = months_of(&mut Office::wild(101, ACCOUNT), 5);
    for flush_at in [FlushAt::EVERY_SWEEP, FlushAt::MANY_SWEEPS] {
        let database = PostgresDatabase::new();
        record_all(&database.open().await, &sweeps, flush_at).await;
        let months = ["2026_11", "2026_12", "2027_01", "2027_02", "2027_03"];
        assert_eq!(parts(&database).await, each_in_its_own(&months));
        let made = months_made(&database).await;
        assert!(made.contains(&"event_2027_04".to_owned()), "{made:?}");
    }
    // A copy makes the months that it needs, and is read across all of them.
    record_all(&file.open().await, &sweeps, FlushAt::MANY_SWEEPS).await;
    let (source, target) = (file.open().await, database.open().await);
    let account = source.accounts().await.expect("it reads").remove(0);
    copy_account(&*source, CopyTarget::of(&*target), &account, &mut |_| {})
        .await
        .expect("it is the same");
    agrees(&*target, ACCOUNT).await;
    let report = target.rebuild(ACCOUNT, RebuildMode::Replace).await;
    assert!(report.expect("it rebuilds").differences.is_empty());
    let (mut asked, ids) = (everything(), sweeps[0].observations.iter());
    let ids: Vec<_> = ids.map(|seen| seen.extension_id).collect();
    for extensions in [None, Some(ids)] {
        asked.extensions = extensions;
        let kept = source
            .reading()
            .await
            .changes(&asked)
            .await
            .expect("it reads");
        assert_eq!(
            target
                .reading()
                .await
                .changes(&asked)
                .await
                .expect("it reads"),
            kept
        );
        assert!(kept.len() > 50, "{}", kept.len());
    }
}

#[tokio::test]
async fn a_month_long_ago_is_made_when_it_is_imported() {
    let database = PostgresDatabase::new();
    let mut office = Office::wild(102, ACCOUNT);
    office.pause(-3650 * DAY_MS);
    record_all(
        &database.open().await,
        &office.sweeps(10),
        FlushAt::MANY_SWEEPS,
    )
    .await;
    assert_eq!(parts(&database).await, each_in_its_own(&["2016_11"]));
    let made = months_made(&database).await;
    assert!(made.contains(&"event_2016_12".to_owned()), "{made:?}");
    assert!(!made.contains(&"event_2017_01".to_owned()), "{made:?}");
}

#[tokio::test]
async fn a_writer_appends_over_the_end_of_a_month() {
    for by_account in [false, true] {
        let company = Company::new(by_account).await;
        company.apply().await;
        // Without these months, the writer has to make them.
        let dropped = "drop table if exists event_2026_12, event_2027_01";
        company
            .database
            .execute(dropped)
            .await
            .expect("they are empty");
        let mut office = Office::wild(91, ACCOUNT);
        office.sweeps(20);
        let store = company.writer().await;
        let sweeps = over_the_end_of_november(&mut office);
        record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
        agrees(&*store, ACCOUNT).await;
        store.close().await;
        let months = each_in_its_own(&["2026_11", "2026_12"]);
        assert_eq!(parts(&company.database).await, months);
        for role in [&company.roles.writer, &company.roles.analyst] {
            let mut connection = company.connect(role).await;
            for month in ["event_2026_11", "event_2026_12", "event_2027_01"] {
                for statement in [
                    format!("select 1 from history.{month}"),
                    format!("update {month} set account_id = account_id"),
                    format!("delete from {month}"),
                    format!("truncate {month}"),
                    format!("drop trigger event_no_rewriting on {month}"),
                    format!("alter table {month} disable trigger all"),
                    format!("alter table {month} disable row level security"),
                    format!("alter table event detach partition {month}"),
                    format!("drop table {month}"),
                ] {
                    refused(attempt(&mut connection, &statement).await, &statement);
                }
            }
        }
        let mut connection = company.connect(&company.roles.analyst).await;
        let make = "select history.make_event_month('2030-01-01Z')";
        refused(attempt(&mut connection, make).await, make);
        let mut connection = company.connect(&company.roles.writer).await;
        let divide = "insert into event_account values (1)";
        refused(attempt(&mut connection, divide).await, divide);
    }
}

#[tokio::test]
async fn a_users_own_table_is_not_taken_for_the_log() {
    let company = Company::new(false).await;
    company.apply().await;
    let mut connection = company.connect(&company.roles.writer).await;
    let shadows = "create temporary table event (account_id bigint, observed_at timestamptz); \
                   create temporary table event_account (account_id bigint); \
                   insert into pg_temp.event_account values (1); \
                   set search_path to pg_temp, history; \
                   select history.make_event_month('2026-12-31 23:59:59.999Z')";
    let dropped = "drop table if exists event_2026_12";
    company
        .database
        .execute(dropped)
        .await
        .expect("it is empty");
    attempt(&mut connection, shadows).await.expect("it may");
    let made = months_made(&company.database).await;
    assert!(made.contains(&"event_2026_12".to_owned()), "{made:?}");
}

#[tokio::test]
async fn a_month_of_the_log_cannot_be_rewritten_directly() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    divide_after_november(&database, AccountId(41)).await;
    let sweeps = months_of(&mut Office::wild(103, ACCOUNT), 6);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    for part in [
        "event_2026_11",
        "event_2027_03",
        "event_2027_03_41",
        "event_2027_03_others",
    ] {
        for statement in [
            format!("update {part} set version = version"),
            format!("delete from {part} where false"),
            format!("truncate {part}"),
            format!(
                "insert into {part} select * from event where false on conflict (account_id, position) \
                 do update set version = 1"
            ),
        ] {
            let message = database.execute(&statement).await.expect_err(&statement);
            assert!(
                message.contains("the log is append-only"),
                "{statement}: {message}"
            );
        }
    }
    database
        .execute("truncate event")
        .await
        .expect_err("it is the log");
    agrees(&*store, ACCOUNT).await;
}

#[tokio::test]
async fn later_months_are_divided_by_account() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    divide_after_november(&database, ACCOUNT).await;
    for (account, seed) in [(ACCOUNT, 104), (AccountId(41), 105)] {
        let sweeps = months_of(&mut Office::wild(seed, account), 6);
        let mut recorder = Recorder::open(store.clone(), account, None, FlushAt::EVERY_SWEEP)
            .await
            .expect("it is empty");
        for sweep in sweeps {
            let now = after(&sweep);
            recorder.record(sweep, now).await.expect("it follows");
        }
        agrees(&*store, account).await;
    }
    let parts: Vec<String> = parts(&database)
        .await
        .into_iter()
        .map(|(part, _)| part)
        .collect();
    let (own, others) = (
        format!("event_2027_04_{ACCOUNT}"),
        "event_2027_04_others".to_owned(),
    );
    assert!(parts.contains(&own) && parts.contains(&others), "{parts:?}");
    let strangers = format!("select 1 as one from {own} where account_id <> {ACCOUNT}");
    assert_eq!(database.rows(&strangers).await.len(), 0);
    assert!(parts.contains(&"event_2026_11".to_owned()), "{parts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_make_the_same_month_at_once() {
    let database = PostgresDatabase::new();
    let mut stores = Vec::new();
    let accounts: Vec<AccountId> = (1..=6).map(AccountId).collect();
    for account_id in &accounts {
        let store = database.open().await;
        // The same seed: all of them reach each month at the same time, and see the same new states.
        let sweeps = months_of(&mut Office::wild(106, *account_id), 8);
        stores.push((store, *account_id, sweeps));
    }
    let barrier = Arc::new(tokio::sync::Barrier::new(stores.len()));
    let tasks = stores.into_iter().map(|(store, account_id, sweeps)| {
        let barrier = Arc::clone(&barrier);
        tokio::spawn(async move {
            let opened = Recorder::open(store.clone(), account_id, None, FlushAt::EVERY_SWEEP);
            let mut recorder = opened.await.expect("a new account is empty");
            for (number, sweep) in sweeps.into_iter().enumerate() {
                if number % 12 == 0 {
                    barrier.wait().await;
                }
                let now = after(&sweep);
                recorder
                    .record(sweep, now)
                    .await
                    .expect("nobody else writes to it");
            }
            store.close().await;
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("nobody panics");
    }
    let store = database.open().await;
    for account_id in accounts {
        agrees(&*store, account_id).await;
    }
    assert_eq!(parts(&database).await.len(), 8);
}

#[tokio::test]
async fn a_month_is_made_while_others_read_and_append() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    let mut office = Office::wild(107, ACCOUNT);
    record_all(&store, &office.sweeps(10), FlushAt::MANY_SWEEPS).await;
    let mut reading = database.connect().await;
    let mut appending = database.connect().await;
    for (connection, statement) in [
        (&mut reading, "begin; select count(*) from event"),
        (
            &mut appending,
            "begin; insert into event select * from event where false",
        ),
    ] {
        let begun = raw_sql(statement).execute(connection).await;
        begun.expect("it may");
    }
    // Both transactions stay open. A writer that waited for them would give up after ten seconds.
    office.pause(100 * DAY_MS);
    record_all(&store, &office.sweeps(10), FlushAt::MANY_SWEEPS).await;
    let months = each_in_its_own(&["2026_11", "2027_02"]);
    assert_eq!(parts(&database).await, months);
    for connection in [reading, appending] {
        connection.close().await.expect("it closes");
    }
}

#[tokio::test]
async fn months_are_made_behind_a_pooler() {
    let database = PostgresDatabase::new();
    let pooler = Pooler::start(database.address().await);
    let location = format!("{}?schema=history", pooler.address);
    let mut office = Office::wild(108, ACCOUNT);
    for (first, months) in [(0, 3), (3, 3)] {
        let opened = open(&location, OpenMode::Create, Durability::PowerLoss).await;
        let store = opened.expect("it opens");
        record_all(
            &store,
            &months_of(&mut office, months),
            FlushAt::EVERY_SWEEP,
        )
        .await;
        agrees(&*store, ACCOUNT).await;
        store.close().await;
        assert_eq!(parts(&database).await.len(), first + months);
    }
}

#[tokio::test]
async fn a_duplicate_position_is_found() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    let sweeps = months_of(&mut Office::wild(109, ACCOUNT), 2);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let again = |later: &str| {
        format!(
            "insert into event select account_id, position, snapshot_no, extension_id, version, kind, \
                 observed_at + interval '{later}', ambiguous_ms, state_id, message_id, previous_state_id, \
                 previous_message_id, profile_id, previous_profile_id \
             from event where position = 7"
        )
    };
    let message = database.execute(&again("0")).await;
    let message = message.expect_err("a month has a key");
    assert!(message.contains("event_2026_11_pkey"), "{message}");
    // In the current month of the log, and in one without sweeps.
    for later in ["30 days", "61 days"] {
        let inserted = database.execute(&again(later)).await;
        inserted.expect("the keys of two months do not know each other");
        for mode in [RebuildMode::Check, RebuildMode::Replace] {
            let found = store.rebuild(ACCOUNT, mode).await;
            let found = found.expect_err("it is there twice").to_string();
            // The finding names the duplicate, or the event at whose position it is.
            let places = [7, 8].map(|position| format!("position of {ACCOUNT}, {position};"));
            assert!(places.iter().any(|place| found.contains(place)), "{found}");
        }
        let undo = "alter table event disable trigger event_no_rewriting; \
                    delete from event e using snapshot s \
                    where s.account_id = e.account_id and s.snapshot_no = e.snapshot_no \
                        and e.observed_at > s.finished_at; \
                    alter table event enable trigger event_no_rewriting";
        database.execute(undo).await.expect("the owner may");
        agrees(&*store, ACCOUNT).await;
    }
}

#[tokio::test]
async fn a_month_that_was_detached_is_missed_and_can_come_back() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    let mut office = Office::wild(110, ACCOUNT);
    let sweeps = months_of(&mut office, 3);
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let all = store
        .reading()
        .await
        .changes(&everything())
        .await
        .expect("it reads")
        .len();
    let detach = "alter table event detach partition event_2026_11";
    database.execute(detach).await.expect("the owner may");
    let found = store.rebuild(ACCOUNT, RebuildMode::Check).await;
    let found = found.expect_err("the log has a gap").to_string();
    assert!(
        found.contains("event") && found.contains("position"),
        "{found}"
    );
    let left = store
        .reading()
        .await
        .changes(&everything())
        .await
        .expect("it reads")
        .len();
    assert!(0 < left && left < all, "{left} of {all}");
    record_all(&store, &office.sweeps(5), FlushAt::EVERY_SWEEP).await;
    let attach = "alter table event attach partition event_2026_11 \
                  for values from ('2026-11-01Z') to ('2026-12-01Z')";
    database.execute(attach).await.expect("the owner may");
    agrees(&*store, ACCOUNT).await;

    let other = AccountId(41);
    let refused_first = database.open().await;
    database.execute(detach).await.expect("the owner may");
    let opened = Recorder::open(refused_first.clone(), other, None, FlushAt::EVERY_SWEEP);
    let mut late = opened.await.expect("it is empty");
    let sweep = Office::calm(111, other, 3, 0.5).sweep();
    let now = after(&sweep);
    let refused = late
        .record(sweep.clone(), now)
        .await
        .expect_err("it has no place");
    let sentence = format!("{refused:?} {refused}");
    assert!(
        sentence.contains("event_2026_11 was detached from the log; attach it again"),
        "{sentence}"
    );
    database.execute(attach).await.expect("the owner may");
    late.flush(now).await.expect("it has a place again");
    agrees(&*refused_first, other).await;
}

#[tokio::test]
async fn a_question_about_one_month_reads_that_month() {
    let database = PostgresDatabase::new();
    let store = database.open().await;
    let mut office = Office::calm(112, ACCOUNT, 40, 0.3);
    record_all(&store, &months_of(&mut office, 4), FlushAt::MANY_SWEEPS).await;
    let mut connection = database.connect().await;
    let question = "explain (costs off) select * from presence_changes \
                    where observed_at >= '2026-12-01Z' and observed_at < '2027-01-01Z'";
    let rows = raw_sql(question).fetch_all(&mut connection).await;
    let rows = rows.expect("it is asked");
    let plan: Vec<String> = rows.iter().map(|row| row.get_unchecked(0)).collect();
    let read = plan.iter().filter(|step| step.contains(" on event_20"));
    let read: Vec<&String> = read.collect();
    assert!(!read.is_empty(), "{}", plan.join("\n"));
    for step in read {
        assert!(step.contains("event_2026_12"), "{}", plan.join("\n"));
    }
    connection.close().await.expect("it closes");
}
