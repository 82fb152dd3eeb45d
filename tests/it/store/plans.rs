//! How a store grows: no question and no append reads the whole log, or everybody's intervals.

use std::sync::Arc;

use presence_history::model::ids::{ExtensionId, Position, SnapshotNo};
use presence_history::model::time::{Span, Timestamp};
use presence_history::store::recorder::FlushAt;
use presence_history::store::{ChangesQuery, Messages, Store};
use sqlx::{AssertSqlSafe, Connection, Row, raw_sql};

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use crate::support::sweeps::{Office, START_MS};

/// Tables that grow with time, the small one last: as long as it is short, reading it whole is right.
const GROWING: [&str; 3] = ["event", "presence_interval", "snapshot"];

/// What may not be read whole, as the planner chooses, and where it would do anything rather than that.
const PLANNERS: [(&str, &[&str]); 2] = [("on", &[GROWING[0], GROWING[1]]), ("off", &GROWING)];

/// Sets how the planner of a database takes to reading whole tables.
async fn set_planner(database: &PostgresDatabase, whole_tables: &str) {
    let statement = format!(
        "do $$ begin execute format('alter database %I set enable_seqscan to {whole_tables}', current_database()); end $$"
    );
    database.execute(&statement).await.expect("the owner may");
}

/// How often Postgres has gone through all of a table, partitions included.
async fn scans(database: &PostgresDatabase, table: &str) -> i64 {
    let sql = format!(
        "select sum(seq_scan)::bigint as scans from pg_stat_user_tables \
         where relname = '{table}' or relname like '{table}\\_%'"
    );
    let rows = database.rows(&sql).await;
    rows[0].int("scans").expect("the table is there")
}

fn window(from_minute: i64, to_minute: i64) -> Span {
    let moment = |minute: i64| Timestamp::saturating_from_ms(START_MS + minute * 60_000);
    Span::new(moment(from_minute), moment(to_minute)).expect("it runs forward")
}

async fn ask_everything(store: &Arc<dyn Store>, everybody: &[ExtensionId]) {
    let hour = window(200, 260);
    let load = store.load(ACCOUNT).await.expect("it loads");
    assert!(load.position > Position(10_000), "{}", load.position);
    store.log_end(ACCOUNT).await.expect("it reads");
    store.coverage(ACCOUNT, hour).await.expect("it reads");
    store.dictionary(Messages::Needed).await.expect("it reads");
    for people in [everybody, &everybody[..2]] {
        let histories = store.histories(ACCOUNT, people, hour).await;
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
        let changes = store.changes(&asked).await.expect("it reads");
        assert!(!changes.is_empty());
    }
    let looks = store.looks_before(ACCOUNT, hour.from(), 3).await;
    assert_eq!(looks.expect("it reads").len(), 3);
    let snapshots = store.snapshots(ACCOUNT, SnapshotNo(100), 5).await;
    assert_eq!(snapshots.expect("it reads").len(), 5);
    let found = store.find(ACCOUNT, "look 100").await.expect("it reads");
    assert!(found.is_some());
}

#[tokio::test]
async fn postgres_finds_what_is_asked_for() {
    let database = PostgresDatabase::new();
    let mut office = Office::calm(95, ACCOUNT, 120, 0.3);
    let first = office.sweeps(400);
    let everybody: Vec<ExtensionId> = first[0]
        .observations
        .iter()
        .map(|seen| seen.extension_id)
        .collect();
    let store = database.open().await;
    record_all(&store, &first, FlushAt::MANY_SWEEPS).await;
    store.close().await;
    database.execute("analyze").await.expect("the owner may");
    for (whole_tables, tables) in PLANNERS {
        set_planner(&database, whole_tables).await;
        let mut before = Vec::new();
        for table in tables {
            before.push(scans(&database, table).await);
        }
        let store = database.open().await;
        record_all(&store, &office.sweeps(20), FlushAt::EVERY_SWEEP).await;
        ask_everything(&store, &everybody).await;
        // The counts of a connection arrive when it ends.
        store.close().await;
        for (table, before) in tables.iter().zip(before) {
            assert_eq!(scans(&database, table).await, before, "{table}");
        }
    }
}

/// The tables of what is packed grow by a row an extension and month.
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
        before.push(scans(&database, table).await);
    }
    let store = database.open().await;
    for people in [&everybody[..], &everybody[..2]] {
        for window in [window(10, 20), window(0, 60 * 24 * 200)] {
            let histories = store.histories(ACCOUNT, people, window).await;
            assert_eq!(histories.expect("it reads").len(), people.len());
        }
    }
    store.close().await;
    for (table, before) in tables.iter().zip(before) {
        assert_eq!(scans(&database, table).await, before, "{table}");
    }
}

/// The views as analysts ask them, with the words for a moment and the time columns in each database.
fn questions(moment: impl Fn(i64) -> String, column: &str, person: i64) -> Vec<String> {
    let (from, to) = (moment(START_MS + 12_000_000), moment(START_MS + 15_600_000));
    vec![
        format!(
            "select * from presence_changes where account_id = {ACCOUNT} and extension_id = {person} \
             and position between 100 and 900"
        ),
        format!(
            "select * from presence_changes where account_id = {ACCOUNT} and position > ( \
                select position - event_count from presence_looks \
                where account_id = {ACCOUNT} and finished_{column} >= {from} order by finished_{column} limit 1) \
             and position <= ( \
                select position from presence_looks \
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
        format!("select * from presence_looks where account_id = {ACCOUNT} and snapshot_no > 390"),
        format!("select * from extension_history where account_id = {ACCOUNT}"),
    ]
}

#[tokio::test]
async fn postgres_finds_what_analysts_ask_for() {
    let database = PostgresDatabase::new();
    let sweeps = Office::calm(96, ACCOUNT, 120, 0.3).sweeps(400);
    let person = sweeps[0].observations[0].extension_id.0;
    record_all(&database.open().await, &sweeps, FlushAt::MANY_SWEEPS).await;
    database.execute("analyze").await.expect("the owner may");
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
                let whole = format!("Seq Scan on {table}");
                let reads_it = plan.iter().any(|step| step.contains(&whole));
                assert!(!reads_it, "{question}\n{}", plan.join("\n"));
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
        // In the views: the events, the intervals, the looks.
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
