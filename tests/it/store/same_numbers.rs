//! The same history makes the same rows in every store, including the numbers of its states, messages, profiles and
//! extensions, and the same file.

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use presence_clock::VirtualClock;
use presence_model::time::Timestamp;
use presence_recording::import::{ImportProgress, Importer, Input};
use presence_recording::recorder::FlushAt;

use super::database::{
    ACCOUNT, Database, DatabaseRow, PostgresDatabase, Spelling, SqliteFile, record_all, stories,
};
use crate::cli::support::history;
use crate::support::sweeps::Office;

stories! {
    batches_do_not_matter,
    an_import_is_the_same_again,
}

/// Every row of every table, as text.
async fn dump(database: &dyn Database) -> Vec<String> {
    let tables = match database.spelling() {
        Spelling::Sqlite => {
            "select name, group_concat('quote(\"' || c || '\")', ' || '','' || ') as columns from ( \
             select t.name, c.name as c from sqlite_master t join pragma_table_info(t.name) c \
             where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.cid \
             ) group by name order by name"
        }
        Spelling::Postgres => {
            "select c.relname::text as name, 't::text' as columns \
             from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'history' and c.relkind = 'r' order by c.relname"
        }
    };
    let mut dump = Vec::new();
    for table in database.rows(tables).await {
        let name = table.text("name").expect("a table has a name");
        let columns = table.text("columns").expect("a table has columns");
        let rows = format!("select {columns} as line from {name} t order by 1");
        for row in database.rows(&rows).await {
            let line = row.text("line").expect("it is not null");
            dump.push(format!("{name}: {line}"));
        }
    }
    dump
}

#[track_caller]
fn assert_same(one: &[String], other: &[String]) {
    let differs = one.iter().zip(other).find(|(one, other)| one != other);
    assert_eq!(differs, None);
    assert_eq!(one.len(), other.len());
    for table in ["event", "extension_key", "message", "profile", "state"] {
        let count = one.iter().filter(|line| line.starts_with(table)).count();
        assert!(count > 1, "{count} of {table}");
    }
}

/// A store of the same kind.
fn another(database: &dyn Database) -> Box<dyn Database> {
    match database.spelling() {
        Spelling::Sqlite => Box::new(SqliteFile::new()),
        Spelling::Postgres => Box::new(PostgresDatabase::new()),
    }
}

async fn batches_do_not_matter(database: &dyn Database) {
    let sweeps = Office::wild(62, ACCOUNT).sweeps(60);
    let mut dumps = Vec::new();
    for flush_at in [FlushAt::EVERY_SWEEP, FlushAt::MANY_SWEEPS] {
        let database = another(database);
        let store = database.open().await;
        // Otherwise it is first seen when the first batch is recorded.
        let now = Timestamp::saturating_from_ms(0);
        let made = store.ensure_account(ACCOUNT, None, now).await;
        made.expect("the store takes it");
        record_all(&store, &sweeps, flush_at).await;
        store.close().await;
        let mut dump = dump(&*database).await;
        // Snapshots contain the time at which their batch was recorded.
        dump.retain(|line| !line.starts_with("snapshot:"));
        dumps.push(dump);
    }
    assert_same(&dumps[0], &dumps[1]);
}

/// Imports the small history, always at the same moment.
async fn import(database: &dyn Database) {
    let store = database.open().await;
    let now: Timestamp = "2026-11-02T09:00:00Z".parse().expect("it is a time");
    let clock = Arc::new(VirtualClock::new(now.as_ms()));
    let input = Input {
        name: "sweeps.ndjson".to_owned(),
        reader: Cursor::new(history().into_bytes()),
        byte_count: None,
    };
    let mut importer = Importer::new(store.clone(), clock);
    let outcome = importer.import(input, &mut |_: ImportProgress| {}).await;
    outcome.expect("it can be imported");
    store.close().await;
}

async fn an_import_is_the_same_again(database: &dyn Database) {
    let mut dumps = Vec::new();
    for _ in 0..3 {
        let database = another(database);
        import(&*database).await;
        dumps.push(dump(&*database).await);
    }
    assert_same(&dumps[0], &dumps[1]);
    assert_same(&dumps[0], &dumps[2]);
}

#[tokio::test]
async fn both_databases_give_the_same_numbers() {
    const DICTIONARIES: [&str; 4] = [
        "select state_id, presence_status, user_status, telephony_status, dnd_status, meeting_status from state order by state_id",
        "select message_id, text from message order by message_id",
        "select profile_id, extension_number, name, department, site, time_zone from profile order by profile_id",
        "select extension_key, account_id, extension_id from extension_key order by extension_key",
    ];
    let sweeps = Office::wild(63, ACCOUNT).sweeps(60);
    let databases: [Box<dyn Database>; 2] = [
        Box::new(SqliteFile::new()),
        Box::new(PostgresDatabase::new()),
    ];
    let mut dictionaries: Vec<Vec<Vec<DatabaseRow>>> = Vec::new();
    for database in databases {
        let store = database.open().await;
        record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
        store.close().await;
        let mut rows = Vec::new();
        for statement in DICTIONARIES {
            rows.push(database.rows(statement).await);
        }
        assert!(rows.iter().all(|rows| rows.len() > 3), "{rows:#?}");
        dictionaries.push(rows);
    }
    assert_eq!(dictionaries[0], dictionaries[1]);
}

#[tokio::test]
async fn a_file_is_the_same_byte_for_byte() {
    let sweeps = Office::calm(64, ACCOUNT, 100, 0.2).sweeps(50);
    let mut files = Vec::new();
    for _ in 0..3 {
        let file = SqliteFile::new();
        let store = file.open().await;
        record_all(&store, &sweeps, FlushAt::MANY_SWEEPS).await;
        store.close().await;
        files.push(fs::read(file.path()).expect("it is there"));
    }
    let differing = |other: &[u8]| {
        let bytes = files[0].iter().zip(other).enumerate();
        let differing = bytes.filter(|(_, (one, other))| one != other);
        differing.map(|(offset, _)| offset).collect::<Vec<_>>()
    };
    for other in &files[1..] {
        assert_eq!(differing(other), [0; 0]);
        assert_eq!(files[0].len(), other.len());
    }
}
