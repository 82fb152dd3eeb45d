//! How the cost of a store grows: no question and no append reads the whole log, or everybody's intervals.

use std::sync::Arc;

use presence_model::ids::{ExtensionId, Position, SnapshotNo};
use presence_model::time::{TimeRange, Timestamp};
use presence_recording::recorder::FlushAt;
use presence_store::{ChangesQuery, Messages, Store};
use sqlx::{AssertSqlSafe, Connection, Row, raw_sql};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::{MONTH_MS, Office, START_MS};

/// Tables that grow with time, the small one last: while it is small, reading all of it is right.
const GROWING: [&str; 3] = ["event", "presence_interval", "snapshot"];

/// What may not be read whole: with the planner's own choice, and if it avoids reading whole tables.
const PLANNERS: [(&str, &[&str]); 2] = [("on", &[GROWING[0], GROWING[1]]), ("off", &GROWING)];

/// Sets whether the planner of a database may read whole tables.
async fn set_planner(database: &PostgresDatabase, whole_tables: &str) {
    let statement = format!(
        "do $$ begin execute format('alter database %I set enable_seqscan to {whole_tables}', current_database()); end $$"
    );
    database.execute(&statement).await.expect("the owner may");
}

/// The storage of a table: itself or its months, except empty months, which may be read whole.
async fn parts(database: &PostgresDatabase, table: &str) -> Vec<String> {
    let sql = format!(
        "select relname::text as name from pg_class \
         where (oid = '{table}'::regclass or oid in (select relid from pg_partition_tree('{table}'))) \
             and pg_relation_size(oid) > 0"
    );
    let rows = database.rows(&sql).await;
    let names = rows.iter().filter_map(|row| row.text("name"));
    names.map(str::to_owned).collect()
}

/// How often Postgres has read all of one of these.
async fn scans(database: &PostgresDatabase, parts: &[String]) -> i64 {
    let sql = format!(
        "select sum(seq_scan)::bigint as scans from pg_stat_user_tables where relname in ('{}')",
        parts.join("', '")
    );
    let rows = database.rows(&sql).await;
    rows[0].int("scans").expect("the table is there")
}

/// Analyzes every table, as the server does by itself: each month, but not all of them together.
async fn analyze(database: &PostgresDatabase) {
    let statement = "\
        do $$ declare one regclass; begin \
            for one in select oid from pg_class where relnamespace = 'history'::regnamespace and relkind = 'r' \
            loop execute format('analyze %s', one); end loop; \
        end $$";
    database.execute(statement).await.expect("the owner may");
}

/// How many months of the log hold events.
const MONTHS: usize = 3;

/// Records most of the history in one month, and some in the next ones.
async fn record_months(store: &Arc<dyn Store>, office: &mut Office) -> Vec<ExtensionId> {
    let first = office.sweeps(400);
    record_all(store, &first, FlushAt::MANY_SWEEPS).await;
    for _ in 1..MONTHS {
        office.pause(MONTH_MS);
        record_all(store, &office.sweeps(100), FlushAt::MANY_SWEEPS).await;
    }
    let seen = first[0].observations.iter();
    seen.map(|seen| seen.extension_id).collect()
}

fn window(from_minute: i64, to_minute: i64) -> TimeRange {
    let moment = |minute: i64| Timestamp::saturating_from_ms(START_MS + minute * 60_000);
    TimeRange::new(moment(from_minute), moment(to_minute)).expect("it runs forward")
}

async fn ask_everything(store: &Arc<dyn Store>, everybody: &[ExtensionId]) {
    let hour = window(200, 260);
    let load = store.load(ACCOUNT).await.expect("it loads");
    assert!(load.position > Position(10_000), "{}", load.position);
    store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    store
        .reading()
        .await
        .coverage(ACCOUNT, hour)
        .await
        .expect("it reads");
    store
        .reading()
        .await
        .dictionary(Messages::Needed)
        .await
        .expect("it reads");
    for people in [everybody, &everybody[..2]] {
        let histories = store.reading().await.histories(ACCOUNT, people, hour).await;
        assert_eq!(histories.expect("it reads").len(), people.len());
    }
    for extensions in [None, Some(everybody[..2].to_vec())] {
        let asked = ChangesQuery {
            account_id: ACCOUNT,
            after: Position(0),
            up_to: None,
            window: hour,
            extensions,
            limit: 1000,
        };
        let changes = store
            .reading()
            .await
            .changes(&asked)
            .await
            .expect("it reads");
        assert!(!changes.is_empty());
    }
    let drawn_sweeps = store
        .reading()
        .await
        .sweeps_before(ACCOUNT, hour.from(), 3)
        .await;
    assert_eq!(drawn_sweeps.expect("it reads").len(), 3);
    let snapshots = store
        .reading()
        .await
        .snapshots(ACCOUNT, SnapshotNo(100), 5)
        .await;
    assert_eq!(snapshots.expect("it reads").len(), 5);
    let found = store.find(ACCOUNT, "look 100").await.expect("it reads");
    assert!(found.is_some());
}

#[tokio::test]
async fn postgres_finds_what_is_asked_for() {
    let database = PostgresDatabase::new();
    let mut office = Office::calm(95, ACCOUNT, 120, 0.3);
    let store = database.open().await;
    // The server reads some pages of a month to summarize them, at times of its choice, and counts that as a scan.
    let by_hand = "drop index event_time; \
                   create index event_time on event using brin (observed_at) with (pages_per_range = 32)";
    database.execute(by_hand).await.expect("the owner may");
    let everybody = record_months(&store, &mut office).await;
    store.close().await;
    analyze(&database).await;
    assert_eq!(parts(&database, "event").await.len(), MONTHS);
    for (whole_tables, tables) in PLANNERS {
        set_planner(&database, whole_tables).await;
        let mut before = Vec::new();
        for table in tables {
            let parts = parts(&database, table).await;
            let count = scans(&database, &parts).await;
            before.push((parts, count));
        }
        let store = database.open().await;
        record_all(&store, &office.sweeps(20), FlushAt::EVERY_SWEEP).await;
        ask_everything(&store, &everybody).await;
        // The statistics of a connection arrive when it ends.
        store.close().await;
        for (parts, before) in before {
            assert_eq!(scans(&database, &parts).await, before, "{parts:?}");
        }
    }
}

/// The tables of packed history grow by a row per extension and month.
#[tokio::test]
async fn postgres_finds_what_is_packed() {
    let database = PostgresDatabase::new();
    let mut office = Office::calm(98, ACCOUNT, 40, 0.3);
    let mut sweeps = office.sweeps(60);
    for start in ["2026-12-10", "2027-01-10", "2027-02-10", "2027-03-10"] {
        let start = format!("{start}T08:00:00Z");
        office.sleep_until(start.parse().expect("it is a time"));
        sweeps.extend(office.sweeps(10));
    }
    let everybody: Vec<ExtensionId> = sweeps[0]
        .observations
        .iter()
        .map(|seen| seen.extension_id)
        .collect();
    let store = database.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    let mut block_count = 0;
    loop {
        let step = store.pack(ACCOUNT, 100).await.expect("it packs");
        if step.extension_count == 0 {
            break;
        }
        block_count += step.block_count;
    }
    assert!(block_count > 100, "{block_count}");
    store.close().await;
    database.execute("analyze").await.expect("the owner may");
    set_planner(&database, "off").await;
    let tables = ["history_block", "history_sealed", "presence_interval"];
    let mut before = Vec::new();
    for table in tables {
        before.push(scans(&database, &[table.to_owned()]).await);
    }
    let store = database.open().await;
    for people in [&everybody[..], &everybody[..2]] {
        for window in [window(10, 20), window(0, 60 * 24 * 200)] {
            let histories = store
                .reading()
                .await
                .histories(ACCOUNT, people, window)
                .await;
            assert_eq!(histories.expect("it reads").len(), people.len());
        }
    }
    store.close().await;
    for (table, before) in tables.iter().zip(before) {
        let count = scans(&database, &[(*table).to_owned()]).await;
        assert_eq!(count, before, "{table}");
    }
}

/// The views as analysts use them, with each database's form of moments and of time columns.
fn questions(moment: impl Fn(i64) -> String, column: &str, person: i64) -> Vec<String> {
    let (from, to) = (moment(START_MS + 12_000_000), moment(START_MS + 15_600_000));
    vec![
        format!(
            "select * from presence_changes where account_id = {ACCOUNT} and extension_id = {person} \
             and position between 100 and 900"
        ),
        format!(
            "select * from presence_changes where account_id = {ACCOUNT} and position > ( \
                select position - event_count from presence_snapshots \
                where account_id = {ACCOUNT} and finished_{column} >= {from} order by finished_{column} limit 1) \
             and position <= ( \
                select position from presence_snapshots \
                where account_id = {ACCOUNT} and finished_{column} >= {to} order by finished_{column} limit 1) \
             and observed_{column} >= {from} and observed_{column} < {to}"
        ),
        format!(
            "select * from presence_intervals where account_id = {ACCOUNT} and extension_id = {person}"
        ),
        format!("select * from presence_now where account_id = {ACCOUNT}"),
        format!(
            "select * from presence_now where account_id = {ACCOUNT} and extension_id = {person}"
        ),
        format!("select * from presence_coverage where account_id = {ACCOUNT}"),
        format!(
            "select * from presence_snapshots where account_id = {ACCOUNT} and snapshot_no > 390"
        ),
        format!("select * from extension_history where account_id = {ACCOUNT}"),
    ]
}

#[tokio::test]
async fn postgres_finds_what_analysts_ask_for() {
    let database = PostgresDatabase::new();
    let mut office = Office::calm(96, ACCOUNT, 120, 0.3);
    let everybody = record_months(&database.open().await, &mut office).await;
    let person = everybody[0].0;
    analyze(&database).await;
    let moment = |ms: i64| database.spelling().moment(ms);
    let mut asked = questions(moment, "at", person);
    asked.push(format!(
        "select * from presence_changes where account_id = {ACCOUNT} and observed_at >= {} and observed_at < {}",
        moment(START_MS + 12_000_000),
        moment(START_MS + 15_600_000)
    ));
    for (whole_tables, tables) in PLANNERS {
        set_planner(&database, whole_tables).await;
        let mut connection = database.connect().await;
        for question in &asked {
            let explain = format!("explain (costs off) {question}");
            let rows = raw_sql(AssertSqlSafe(explain))
                .fetch_all(&mut connection)
                .await;
            let rows = rows.expect(question);
            let plan: Vec<String> = rows.iter().map(|row| row.get_unchecked(0)).collect();
            for table in tables {
                for part in parts(&database, table).await {
                    let whole = format!("Seq Scan on {part} ");
                    let reads_it = plan.iter().any(|step| format!("{step} ").contains(&whole));
                    assert!(!reads_it, "{question}\n{}", plan.join("\n"));
                }
            }
        }
        connection.close().await.expect("it closes");
    }
}

#[tokio::test]
async fn sqlite_finds_what_analysts_ask_for() {
    let file = SqliteFile::new();
    let sweeps = Office::calm(97, ACCOUNT, 20, 0.3).sweeps(40);
    let person = sweeps[0].observations[0].extension_id.0;
    let store = file.open().await;
    record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    for question in questions(|ms| ms.to_string(), "ms", person) {
        let rows = file.rows(&format!("explain query plan {question}")).await;
        let steps: Vec<&str> = rows.iter().filter_map(|row| row.text("detail")).collect();
        // In the views: the events, the intervals, the sweeps.
        for whole in [
            "SCAN e",
            "SCAN i",
            "SCAN s",
            "SCAN event",
            "SCAN presence_interval",
            "SCAN snapshot",
        ] {
            let reads_it = steps
                .iter()
                .any(|step| step == &whole || step.starts_with(&format!("{whole} ")));
            assert!(!reads_it, "{question}\n{}", steps.join("\n"));
        }
    }
}
