//! How many bytes a change takes on disk, everything included. `--nocapture` shows them by table.

use std::fmt::Write;
use std::fs;

use presence_recording::recorder::FlushAt;

use super::database::{ACCOUNT, Database, PostgresDatabase, SqliteFile, record_all};
use crate::support::reading::ReadAtOnce;
use crate::support::sweeps::Office;

#[expect(
    clippy::print_stdout,
    reason = "the person who runs the test may want the figures"
)]
fn show(text: &str) {
    println!("{text}");
}

/// Records this many sweeps of this many people, of whom a fifth changes each time; returns the number of events.
async fn record(database: &dyn Database, people: i64, sweep_count: usize) -> i64 {
    let store = database.open().await;
    let mut office = Office::calm(61, ACCOUNT, people, 0.2);
    let mut left = sweep_count;
    while left > 0 {
        let count = left.min(100);
        record_all(&store, &office.sweeps(count), FlushAt::MANY_SWEEPS).await;
        left -= count;
    }
    let end = store
        .reading()
        .await
        .log_end(ACCOUNT)
        .await
        .expect("it reads");
    store.close().await;
    end.position.0
}

/// Bytes of each table and index, the largest first, as text: in total and per event.
async fn split(database: &dyn Database, statement: &str, event_count: i64) -> String {
    let mut text = String::new();
    for row in database.rows(statement).await {
        let bytes = row.int("bytes").expect("everything has a size");
        let tenths = bytes * 10 / event_count;
        writeln!(
            text,
            "{:40} {bytes:>12} bytes {:>5}.{} an event",
            row.text("name").expect("everything has a name"),
            tenths / 10,
            tenths % 10
        )
        .expect("a text takes anything");
    }
    text
}

const IN_SQLITE: &str =
    "select name, sum(pgsize) as bytes from dbstat group by name order by bytes desc";

/// Pages of the tables that are not part of the history: tokens, the access log, and their sequences; those of queues, which
/// are empty here; and the text of the schema.
const BESIDE_IN_SQLITE: &str = "\
    select coalesce(sum(pgsize), 0) as bytes from dbstat \
    where name like '%access_token%' or name like '%access_log%' or name like 'queue_%' \
    or name in ('sqlite_schema', 'sqlite_sequence')";

const IN_POSTGRES: &str = "\
    select c.relname::text as name, pg_relation_size(c.oid) as bytes \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    where n.nspname = 'history' and c.relkind in ('r', 'i') and pg_relation_size(c.oid) > 0 \
    order by bytes desc";

/// Bytes of all tables with rows, and of their indexes, with the maps of free and visible pages. Months are made ahead, how many
/// depends on the date; they are empty, as the tables of queues are.
const OF_POSTGRES: &str = "\
    select sum(pg_total_relation_size(c.oid))::bigint as bytes \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    where n.nspname = 'history' and c.relkind = 'r' and pg_relation_size(c.oid) > 0";

/// Bytes of the file per change event: the log, its projections, dictionaries and free space.
///
/// The dictionaries and the tables of people are a fixed part, here some 15 bytes an event; a long history takes less
/// than 100.
#[tokio::test]
async fn a_change_takes_few_bytes() {
    let file = SqliteFile::new();
    let event_count = record(&file, 500, 200).await;
    show(&split(&file, IN_SQLITE, event_count).await);
    let bytes_each = async || {
        let bytes = fs::metadata(file.path()).expect("it is there").len();
        let rows = file.rows(BESIDE_IN_SQLITE).await;
        let beside = rows[0].int("bytes").expect("it has a size");
        (i64::try_from(bytes).expect("it is small") - beside) / event_count
    };
    let grown = bytes_each().await;
    let length = fs::metadata(file.path()).expect("it is there").len();
    show(&format!("{event_count} events, {length} bytes as it grew"));
    assert!(grown <= 108, "{grown} bytes an event as it grew");
    file.execute("vacuum").await.expect("it is done");
    let packed = bytes_each().await;
    show(&format!(
        "{grown} bytes an event as it grew, {packed} when packed"
    ));
    assert!(packed <= 99, "{packed} bytes an event when packed");
}

/// The same in Postgres, whose rows also hold the transactions that may see them.
#[tokio::test]
async fn a_change_takes_not_too_many_bytes_in_postgres() {
    let database = PostgresDatabase::new();
    let event_count = record(&database, 500, 200).await;
    show(&split(&database, IN_POSTGRES, event_count).await);
    let rows = database.rows(OF_POSTGRES).await;
    let bytes = rows[0].int("bytes").expect("everything has a size");
    let grown = bytes / event_count;
    show(&format!("{grown} bytes an event"));
    assert!(grown <= 345, "{grown} bytes an event");
}

/// The bytes per event of a long history, in which the fixed part no longer counts.
#[tokio::test]
async fn a_long_history_takes_few_bytes() {
    let file = SqliteFile::new();
    let event_count = record(&file, 1000, 720).await;
    let bytes = fs::metadata(file.path()).expect("it is there").len();
    show(&split(&file, IN_SQLITE, event_count).await);
    show(&format!("{event_count} events, {bytes} bytes"));
    let each = i64::try_from(bytes).expect("it is a size") / event_count;
    assert!(each <= 100, "{each} bytes an event in a file");
    let database = PostgresDatabase::new();
    let event_count = record(&database, 1000, 720).await;
    show(&split(&database, IN_POSTGRES, event_count).await);
    let rows = database.rows(OF_POSTGRES).await;
    let each = rows[0].int("bytes").expect("everything has a size") / event_count;
    assert!(each <= 300, "{each} bytes an event in Postgres");
}
