//! The database's statistics after many rows were written at once: they decide how it answers.

use std::fmt::Write as _;
use std::process::Command;

use presence_recording::recorder::FlushAt;
use serde_json::{Value, json};

use super::database::{ACCOUNT, Database, Spelling, record_all, stories};
use crate::support::sweeps::Office;

stories!(
    a_large_import_leaves_statistics,
    a_rebuild_leaves_statistics,
    a_history_written_at_once_leaves_statistics,
);

/// The tables that grow with the history.
pub(super) const LARGE_TABLES: [&str; 3] = ["event", "presence_interval", "snapshot"];

/// In these tests, each of them has more rows than this.
const ROWS: usize = 70;

/// The large tables whose row counts the database knows.
pub(super) async fn known_tables(database: &dyn Database) -> Vec<String> {
    let large = "('event', 'presence_interval', 'snapshot')";
    let sql = match database.spelling() {
        Spelling::Sqlite => {
            let there = "select name from sqlite_master where name = 'sqlite_stat1'";
            if database.rows(there).await.is_empty() {
                return Vec::new();
            }
            format!("select distinct tbl as name from sqlite_stat1 where tbl in {large} order by 1")
        }
        // `event` is partitioned: nothing analyzes all of it unless it is requested.
        Spelling::Postgres => format!(
            "select relname::text as name from pg_class \
             where relname in {large} and relnamespace = 'history'::regnamespace and reltuples >= {ROWS} order by 1"
        ),
    };
    let rows = database.rows(&sql).await;
    let names = rows.iter().filter_map(|row| row.text("name"));
    names.map(str::to_owned).collect()
}

/// Runs the program on a store.
async fn run(database: &dyn Database, words: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence"));
    let ended = command.env_clear().args(words).output();
    let ended = ended.expect("the program can be run");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{words:?}: {told}");
    assert_eq!(known_tables(database).await, LARGE_TABLES, "{words:?}");
}

/// A sweep a minute of sixteen people, all of whom change in each.
fn sweeps(count: usize) -> String {
    let mut lines = String::new();
    for minute in 0..count {
        let status = ["Available", "Busy"][minute % 2];
        let record = |id: usize| {
            json!({
                "extension": {"id": 1000 + id, "extensionNumber": (100 + id).to_string()},
                "presenceStatus": status,
            })
        };
        let line = json!({
            "account_id": ACCOUNT.0.to_string(),
            "observed_at": format!("2026-11-02T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60),
            "records": (0..16).map(record).collect::<Vec<Value>>(),
        });
        // Writing to a text in memory does not fail.
        let _ = writeln!(lines, "{line}");
    }
    lines
}

async fn a_large_import_leaves_statistics(database: &dyn Database) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("sweeps.ndjson");
    std::fs::write(&file, sweeps(ROWS)).expect("it can be written");
    let file = file.to_str().expect("its name is text");
    run(
        database,
        &["import", file, "--store", &database.url().await],
    )
    .await;
}

async fn a_rebuild_leaves_statistics(database: &dyn Database) {
    let store = database.open().await;
    let sweeps = Office::wild(95, ACCOUNT).sweeps(ROWS);
    record_all(&store, &sweeps, FlushAt::EVERY_SWEEP).await;
    store.close().await;
    if database.spelling() == Spelling::Sqlite {
        // Closing a store analyzes it, too.
        let forget = database.execute("delete from sqlite_stat1").await;
        forget.expect("it can be written to");
    }
    let before = known_tables(database).await;
    assert!(!before.contains(&"event".to_owned()), "{before:?}");
    run(database, &["rebuild", "--store", &database.url().await]).await;
}

async fn a_history_written_at_once_leaves_statistics(database: &dyn Database) {
    let url = database.url().await;
    let words = ["simulate", "--into", &url, "--extensions", "30"];
    let days = ["--days", "1", "--from", "2026-11-02", "--seed", "7"];
    run(database, &[&words[..], &days].concat()).await;
}
