//! What the story runs on: a database that several programs may open.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use presence_history::model::ids::{AccountId, Epoch};
use presence_history::model::observation::Sweep;
use presence_history::model::time::Timestamp;
use presence_history::store::recorder::{FlushAt, Outcome, Recorder};
use presence_history::store::{self, Durability, OpenMode, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row, TypeInfo, ValueRef, raw_sql};
use tokio::sync::OnceCell;

use crate::support::postgres;

/// The account of the story.
pub(crate) const ACCOUNT: AccountId = AccountId(37_439_510);

/// A database of its own for one test, gone when it is dropped.
#[async_trait::async_trait]
pub(crate) trait Database: Send + Sync {
    /// Opens it as one more program would.
    async fn open(&self) -> Arc<dyn Store>;

    /// Executes SQL past the store, as somebody with the right to write to the database could; the message if that is
    /// refused.
    async fn execute(&self, sql: &str) -> Result<(), String>;

    /// Asks it past the store.
    async fn rows(&self, sql: &str) -> Vec<Cells>;

    /// How its SQL is written.
    fn spelling(&self) -> Spelling;
}

/// Where the SQL of the tests differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Sqlite,
    Postgres,
}

impl Spelling {
    /// A moment, so many milliseconds after 1970.
    pub(crate) fn moment(self, ms: i64) -> String {
        match self {
            Self::Sqlite => ms.to_string(),
            Self::Postgres => format!("(timestamptz 'epoch' + {ms} * interval '1 millisecond')"),
        }
    }

    /// Bytes, as hexadecimal digits.
    pub(crate) fn bytes(self, digits: &str) -> String {
        match self {
            Self::Sqlite => format!("x'{digits}'"),
            Self::Postgres => format!("'\\x{digits}'"),
        }
    }
}

/// The columns of a row, by name; those that are null are left out. Times of Postgres are given as the text that SQLite
/// has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cells {
    cells: BTreeMap<String, Cell>,
    nulls: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Int(i64),
    Text(String),
}

impl Cells {
    fn cell(&self, column: &str) -> Option<&Cell> {
        let cell = self.cells.get(column);
        assert!(
            cell.is_some() || self.nulls.iter().any(|null| null == column),
            "there is no column {column}"
        );
        cell
    }

    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        self.cell(column).map(|cell| match cell {
            Cell::Int(value) => *value,
            Cell::Text(text) => panic!("{column} is a text: {text}"),
        })
    }

    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        self.cell(column).map(|cell| match cell {
            Cell::Text(text) => text.as_str(),
            Cell::Int(value) => panic!("{column} is a number: {value}"),
        })
    }

    /// The names of all columns.
    pub(crate) fn columns(&self) -> Vec<&str> {
        let nulls = self.nulls.iter().map(String::as_str);
        let mut names: Vec<&str> = self.cells.keys().map(String::as_str).chain(nulls).collect();
        names.sort_unstable();
        names
    }

    fn of<R: Row>(row: &R, read: impl Fn(&R, usize) -> Option<Cell>) -> Self {
        let mut cells = Self::default();
        for (index, column) in row.columns().iter().enumerate() {
            match read(row, index) {
                Some(cell) => {
                    cells.cells.insert(column.name().to_owned(), cell);
                }
                None => cells.nulls.push(column.name().to_owned()),
            }
        }
        cells
    }
}

fn sqlite_cell(row: &SqliteRow, index: usize) -> Option<Cell> {
    let value = row.try_get_raw(index).expect("the column is there");
    if value.is_null() {
        return None;
    }
    let is_text = value.type_info().name() == "TEXT";
    Some(if is_text {
        Cell::Text(row.get(index))
    } else {
        Cell::Int(row.get(index))
    })
}

fn postgres_cell(row: &sqlx::postgres::PgRow, index: usize) -> Option<Cell> {
    let value = row.try_get_raw(index).expect("the column is there");
    if value.is_null() {
        return None;
    }
    Some(match value.type_info().name() {
        "INT2" => Cell::Int(row.get::<i16, _>(index).into()),
        "INT4" => Cell::Int(row.get::<i32, _>(index).into()),
        "INT8" => Cell::Int(row.get(index)),
        "TEXT" => Cell::Text(row.get(index)),
        "TIMESTAMPTZ" => {
            let bytes = value.as_bytes().expect("it is not null");
            let microseconds = i64::from_be_bytes(bytes.try_into().expect("it has 8 bytes"));
            assert_eq!(microseconds % 1000, 0, "times are whole milliseconds");
            let since_2000 = Timestamp::saturating_from_ms(microseconds / 1000);
            Cell::Text(since_2000.plus_ms(946_684_800_000).to_string())
        }
        other => panic!("no view has a column of type {other}"),
    })
}

/// Makes of each story a test on each database.
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

    async fn rows(&self, sql: &str) -> Vec<Cells> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.connect().await.expect("it opens");
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection);
        let rows = rows.await.expect("it can be asked");
        connection.close().await.expect("it closes");
        let rows = rows.iter().map(|row| Cells::of(row, sqlite_cell));
        rows.collect()
    }

    fn spelling(&self) -> Spelling {
        Spelling::Sqlite
    }
}

/// A database of a Postgres server, in a schema of its own.
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

    /// The store in it.
    pub(crate) async fn location(&self) -> String {
        format!("{}?schema={}", self.address().await, Self::SCHEMA)
    }

    /// A connection past the store that sees the store's tables first.
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

    async fn rows(&self, sql: &str) -> Vec<Cells> {
        let mut connection = self.connect().await;
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection);
        let rows = rows.await.expect("it can be asked");
        connection.close().await.expect("it closes");
        let rows = rows.iter().map(|row| Cells::of(row, postgres_cell));
        rows.collect()
    }

    fn spelling(&self) -> Spelling {
        Spelling::Postgres
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
    Recorder::open(Arc::clone(store), ACCOUNT, epoch, flush_at)
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
