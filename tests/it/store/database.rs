//! The databases of the stories: several programs may open each of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use presence_model::ids::{AccountId, Epoch};
use presence_model::observation::Sweep;
use presence_model::time::Timestamp;
use presence_recording::recorder::{FlushAt, Outcome, Recorder};
use presence_store::{self as store, Durability, OpenMode, Store};
use sqlx::postgres::PgRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Executor, Row, SqlSafeStr, Statement,
    TypeInfo, ValueRef, raw_sql,
};
use tokio::sync::OnceCell;

use crate::support::postgres;

/// Takes back what the migration about queues made, in either database.
pub(crate) const BEFORE_QUEUES: &str = "\
    drop view presence_queue_intervals; drop view presence_queue_coverage; \
    drop table queue_interval; drop table queue_coverage; drop table queue_change; drop table queue_sweep; \
    alter table snapshot drop column queue_sweep_count";

/// The account of the stories.
pub(crate) const ACCOUNT: AccountId = AccountId(37_439_510);

/// A database for one test, which is removed when this is dropped.
#[async_trait::async_trait]
pub(crate) trait Database: Send + Sync {
    /// Opens the store as another program would.
    async fn open(&self) -> Arc<dyn Store>;

    /// The location of the store, as for `--store`.
    async fn url(&self) -> String;

    /// Executes SQL directly, as a user who may write to the database could; if it is refused, returns the message.
    async fn execute(&self, sql: &str) -> Result<(), String>;

    /// Queries the database directly.
    async fn rows(&self, sql: &str) -> Vec<DatabaseRow>;

    /// The names of the columns that a statement would return, without executing it; if it is wrong, the message.
    async fn columns(&self, sql: &str) -> Result<Vec<String>, String>;

    /// The database's dialect of SQL.
    fn spelling(&self) -> Spelling;

    /// The last statement of an open transaction that is idle; `None` if there is no such transaction.
    async fn left_open(&self) -> Option<String>;
}

/// Checks that no connection has an idle open transaction, or soon has none.
pub(crate) async fn nothing_stays_open(database: &dyn Database, when: &str) {
    let mut tries = 0;
    while let Some(last) = database.left_open().await {
        tries += 1;
        assert!(
            tries < 3_000,
            "{when}, a transaction stays open after {last}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The dialects of SQL that the tests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Sqlite,
    Postgres,
}

impl Spelling {
    /// A moment, as milliseconds after 1970.
    pub(crate) fn moment(self, ms: i64) -> String {
        match self {
            Self::Sqlite => ms.to_string(),
            Self::Postgres => format!("(timestamptz 'epoch' + {ms} * interval '1 millisecond')"),
        }
    }

    /// Lets the log be rewritten, as the owner of the database can.
    pub(crate) fn unlock_log(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "drop trigger event_no_update; drop trigger event_no_delete; \
                 drop trigger snapshot_no_update; drop trigger snapshot_no_delete"
            }
            Self::Postgres => {
                "drop trigger event_no_rewriting on event; \
                 drop trigger snapshot_no_rewriting on snapshot"
            }
        }
    }

    /// Bytes, given as hexadecimal digits.
    pub(crate) fn bytes(self, digits: &str) -> String {
        match self {
            Self::Sqlite => format!("x'{digits}'"),
            Self::Postgres => format!("'\\x{digits}'"),
        }
    }
}

/// A value in a row. Times of Postgres are text as in SQLite.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Fraction(f64),
    Text(String),
}

/// The values of a row, by column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DatabaseRow(Vec<(String, Cell)>);

impl DatabaseRow {
    #[track_caller]
    pub(crate) fn cell(&self, column: &str) -> &Cell {
        let found = self.0.iter().find(|(name, _)| name == column);
        let (_, cell) = found.unwrap_or_else(|| panic!("there is no {column} in {self:?}"));
        cell
    }

    /// The number in a column; `None` where it is null.
    #[track_caller]
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.cell(column) {
            Cell::Null => None,
            Cell::Number(number) => Some(*number),
            other => panic!("{column} is {other:?}"),
        }
    }

    /// The text in a column; `None` where it is null.
    #[track_caller]
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        match self.cell(column) {
            Cell::Null => None,
            Cell::Text(text) => Some(text),
            other => panic!("{column} is {other:?}"),
        }
    }

    /// The names of all columns, in order.
    pub(crate) fn columns(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn of<R: Row>(row: &R, read: impl Fn(&R, usize) -> Cell) -> Self {
        let columns = row.columns().iter().enumerate();
        let cells = columns.map(|(index, column)| (column.name().to_owned(), read(row, index)));
        Self(cells.collect())
    }
}

fn sqlite_cell(row: &SqliteRow, index: usize) -> Cell {
    let value = row.try_get_raw(index).expect("the column is there");
    match value.type_info().name() {
        _ if value.is_null() => Cell::Null,
        "INTEGER" => Cell::Number(row.get(index)),
        "REAL" => Cell::Fraction(row.get(index)),
        _ => Cell::Text(row.get(index)),
    }
}

/// Reads a value that the server has sent as text.
fn postgres_cell(row: &PgRow, index: usize) -> Cell {
    let value = row.try_get_raw(index).expect("the column is there");
    if value.is_null() {
        return Cell::Null;
    }
    let text = value
        .as_str()
        .expect("statements without parameters give text");
    match value.type_info().name() {
        "INT2" | "INT4" | "INT8" => Cell::Number(text.parse().expect("it is a number")),
        // The sum of integers has this type, too.
        "NUMERIC" | "FLOAT8" => match text.parse() {
            Ok(number) => Cell::Number(number),
            Err(_) => Cell::Fraction(text.parse().expect("it is a number")),
        },
        "BOOL" => Cell::Number(i64::from(text == "t")),
        "TIMESTAMPTZ" => {
            let moment = format!("{}:00", text.replace(' ', "T"));
            let moment: Timestamp = moment.parse().expect("it is a time in UTC");
            Cell::Text(moment.to_string())
        }
        _ => Cell::Text(text.to_owned()),
    }
}

/// Makes a test of each story on each database.
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&crate::store::database::SqliteFile::new()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(&crate::store::database::PostgresDatabase::new()).await;
                }
            )+
        }
    };
}

pub(crate) use stories;

/// Implements [`Database::columns`] with a connection.
async fn columns<C>(mut connection: C, sql: &str) -> Result<Vec<String>, String>
where
    C: Connection,
    for<'c> &'c mut C: Executor<'c, Database = C::Database>,
{
    let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
    let prepared = connection.prepare(sql).await;
    let columns = prepared.map(|statement| {
        let columns = statement.columns().iter();
        columns.map(|column| column.name().to_owned()).collect()
    });
    connection.close().await.expect("it closes");
    columns.map_err(|error| error.to_string())
}

/// A SQLite file.
pub(crate) struct SqliteFile {
    folder: tempfile::TempDir,
}

impl SqliteFile {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder can be made"),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("presence.db")
    }

    pub(crate) fn location(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }
}

#[async_trait::async_trait]
impl Database for SqliteFile {
    async fn open(&self) -> Arc<dyn Store> {
        let location = self.location();
        let store = store::open(&location, OpenMode::Create, Durability::Relaxed);
        store.await.expect("it opens")
    }

    async fn execute(&self, sql: &str) -> Result<(), String> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.connect().await.expect("it opens");
        let done = raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection);
        let done = done.await.map(drop).map_err(|error| error.to_string());
        connection.close().await.expect("it closes");
        done
    }

    async fn rows(&self, sql: &str) -> Vec<DatabaseRow> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.connect().await.expect("it opens");
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection);
        let rows = rows.await.expect("it can be asked");
        connection.close().await.expect("it closes");
        let rows = rows.iter().map(|row| DatabaseRow::of(row, sqlite_cell));
        rows.collect()
    }

    async fn columns(&self, sql: &str) -> Result<Vec<String>, String> {
        let options = SqliteConnectOptions::new().filename(self.path());
        columns(options.connect().await.expect("it opens"), sql).await
    }

    fn spelling(&self) -> Spelling {
        Spelling::Sqlite
    }

    async fn url(&self) -> String {
        self.location()
    }

    /// As another process sees it: a writer holds the lock, and a reader keeps the write-ahead log from being emptied.
    async fn left_open(&self) -> Option<String> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let options = options.busy_timeout(Duration::ZERO);
        let mut connection = options.connect().await.expect("it opens");
        let write = raw_sql("begin immediate; rollback").execute(&mut connection);
        let written = write.await;
        let empty = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&mut connection);
        let is_busy: i64 = empty.await.expect("it can be asked").get(0);
        connection.close().await.expect("it closes");
        match (written, is_busy) {
            (Err(error), _) => Some(format!("a write: {error}")),
            (Ok(_), 0) => None,
            (Ok(_), _) => Some("a reading".to_owned()),
        }
    }
}

/// A database of a Postgres server, with the store in a schema.
pub(crate) struct PostgresDatabase {
    address: OnceCell<String>,
}

impl PostgresDatabase {
    const SCHEMA: &str = "history";

    pub(crate) fn new() -> Self {
        Self {
            address: OnceCell::new(),
        }
    }

    /// The database's address.
    pub(crate) async fn address(&self) -> &str {
        self.address.get_or_init(postgres::new_database).await
    }

    /// The location of the store.
    pub(crate) async fn location(&self) -> String {
        format!("{}?schema={}", self.address().await, Self::SCHEMA)
    }

    /// A direct connection that finds the store's tables first.
    pub(crate) async fn connect(&self) -> sqlx::PgConnection {
        let mut connection = postgres::connect(self.address().await).await;
        let statement = format!("set search_path to {}", Self::SCHEMA);
        let set = raw_sql(AssertSqlSafe(statement)).execute(&mut connection);
        set.await.expect("it is set");
        connection
    }
}

#[async_trait::async_trait]
impl Database for PostgresDatabase {
    async fn open(&self) -> Arc<dyn Store> {
        let location = self.location().await;
        let store = store::open(&location, OpenMode::Create, Durability::Relaxed);
        store.await.expect("it opens")
    }

    async fn execute(&self, sql: &str) -> Result<(), String> {
        let mut connection = self.connect().await;
        let done = raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection);
        let done = done.await.map(drop).map_err(|error| error.to_string());
        connection.close().await.expect("it closes");
        done
    }

    async fn rows(&self, sql: &str) -> Vec<DatabaseRow> {
        let mut connection = self.connect().await;
        let rows = raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection);
        let rows = rows.await.expect("it can be asked");
        connection.close().await.expect("it closes");
        let rows = rows.iter().map(|row| DatabaseRow::of(row, postgres_cell));
        rows.collect()
    }

    async fn columns(&self, sql: &str) -> Result<Vec<String>, String> {
        columns(self.connect().await, sql).await
    }

    fn spelling(&self) -> Spelling {
        Spelling::Postgres
    }

    async fn url(&self) -> String {
        self.location().await
    }

    async fn left_open(&self) -> Option<String> {
        let left = "select query::text as query from pg_stat_activity \
            where datname = current_database() and state like 'idle in transaction%'";
        let rows = self.rows(left).await;
        let row = rows.first()?;
        Some(row.text("query").unwrap_or_default().to_owned())
    }
}

/// Some time after the sweep has ended.
pub(crate) fn after(sweep: &Sweep) -> Timestamp {
    sweep.finished_at.plus_ms(40)
}

/// Opens a recorder of the story's account.
pub(crate) async fn recorder(
    store: &Arc<dyn Store>,
    epoch: Option<Epoch>,
    flush_at: FlushAt,
) -> Recorder {
    Recorder::open(store.clone(), ACCOUNT, epoch, flush_at)
        .await
        .expect("the store can be loaded")
}

/// Records sweeps that follow one another.
pub(crate) async fn record_all(store: &Arc<dyn Store>, sweeps: &[Sweep], flush_at: FlushAt) {
    let mut recorder = recorder(store, None, flush_at).await;
    let mut now = Timestamp::MIN;
    for sweep in sweeps {
        now = after(sweep);
        let outcome = recorder.record(sweep.clone(), now).await;
        let outcome = outcome.expect("the sweep follows");
        assert!(matches!(outcome, Outcome::Recorded { .. }), "{outcome:?}");
    }
    recorder.flush(now).await.expect("the store takes it");
    assert_eq!(recorder.pending_count(), 0);
}
