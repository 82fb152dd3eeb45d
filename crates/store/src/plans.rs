//! How SQLite executes the statements: none of them reads the whole log, or the intervals of every extension.
//!
//! For Postgres, `tests/it/store/query_plans.rs` counts what was read.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, Sqlite, SqliteConnection, query};

use super::dialect::Dialect;
use super::{Durability, OpenMode, SqliteStore, Store, sql};

/// Tables that grow with time.
const GROWING: [&str; 7] = [
    "event",
    "history_block",
    "presence_interval",
    "queue_change",
    "queue_interval",
    "queue_sweep",
    "snapshot",
];

/// The steps of the plan of a statement.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = format!("explain query plan {statement}");
    let rows = query(AssertSqlSafe(explain)).fetch_all(connection).await;
    let rows = rows.expect(statement);
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Checks that no step of the plan goes through a whole table that grows, known by its name or `aliases`, and that
/// each is found by the columns of a key or index.
async fn check(connection: &mut SqliteConnection, statement: &str, aliases: &[&str]) {
    for step in plan(connection, statement).await {
        let mut words = step.split(' ');
        let (verb, table) = (words.next(), words.next().unwrap_or_default());
        let grows = GROWING.contains(&table) || aliases.contains(&table);
        assert!(
            !(verb == Some("SCAN") && grows),
            "{step} in the plan of\n{statement}"
        );
    }
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("presence.db");
    let location = format!("sqlite:{}", path.display());
    let store = SqliteStore::open(&location, OpenMode::Create, Durability::Relaxed).await;
    store.expect("it is made").close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = options.connect().await.expect("it opens");
    for (statement, aliases) in [
        (sql::FIND_KEY.text, &[][..]),
        (sql::COVERAGE.text, &["coverage"]),
        (sql::LATEST_COVERAGE.text, &["coverage"]),
        (sql::SNAPSHOTS_AFTER.text, &[]),
        (sql::EVENTS_BETWEEN.text, &["e", "m", "p"]),
        (sql::POSITION_BEFORE.text, &[]),
        (sql::POSITION_UNTIL.text, &[]),
        (sql::FAILED_SWEEPS.text, &[]),
        (sql::SWEEPS_BEFORE.text, &[]),
        (sql::LAST_SWEEP.text, &[]),
        (sql::CHANGES.text, &["e", "s", "m", "p", "i"]),
        (sql::EXTENSION_STATES.text, &["m"]),
        (<Sqlite as Dialect>::INTERVALS_OF, &["i", "c"]),
        (<Sqlite as Dialect>::BLOCKS_OF, &["b", "c"]),
        (
            <Sqlite as Dialect>::CHANGES_OF,
            &["e", "s", "m", "p", "i", "n", "c"],
        ),
    ] {
        check(&mut connection, statement, aliases).await;
    }
    for (tuples, aliases) in [
        (<Sqlite as Dialect>::LAST_SEEN_OF, &["x"][..]),
        (
            <Sqlite as Dialect>::LATEST_INTERVALS,
            &["k", "i", "c", "m", "p", "j"],
        ),
        (<Sqlite as Dialect>::PACKED_OF, &["s"]),
        (<Sqlite as Dialect>::EXISTENCE_OF, &["i"]),
        (<Sqlite as Dialect>::PROFILES_OF, &["i"]),
    ] {
        check(&mut connection, &tuples.text::<Sqlite>(), aliases).await;
    }
    connection.close().await.expect("it closes");
}
