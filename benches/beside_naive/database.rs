//! One database of either kind: the store in it, and SQL past the store.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use presence_store::{self as store, Durability, OpenMode, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, SqliteConnection, query_as, raw_sql};

use super::postgres;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Both.
pub(crate) const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// A new, empty database.
pub(crate) struct Database {
    pub(crate) kind: Kind,
    location: String,
    path: PathBuf,
}

/// A row of any question here: an extension, a text and a number.
pub(crate) type Row = (i64, Option<String>, i64);

impl Database {
    pub(crate) async fn new(kind: Kind, folder: &Path, name: &str) -> Self {
        let path = folder.join(format!("{name}.db"));
        let location = match kind {
            Kind::Sqlite => format!("sqlite:{}", path.display()),
            Kind::Postgres => postgres::new_database().await,
        };
        Self {
            kind,
            location,
            path,
        }
    }

    /// The store, made if it is not there.
    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        store::open(&self.location, OpenMode::Create, Durability::PowerLoss)
            .await
            .expect("a store can be made in a new database")
    }

    pub(crate) async fn connect(&self) -> Connection {
        match self.kind {
            Kind::Sqlite => {
                let options = SqliteConnectOptions::new().filename(&self.path);
                let connection = options.connect().await;
                Connection::Sqlite(connection.expect("the file is a database"))
            }
            Kind::Postgres => Connection::Postgres(postgres::connect(&self.location).await),
        }
    }

    /// How large it is, in bytes; of Postgres, the tables of the schema with their indexes.
    pub(crate) async fn bytes(&self) -> u64 {
        let mut connection = self.connect().await;
        if self.kind == Kind::Sqlite {
            connection.execute("pragma wal_checkpoint(truncate)").await;
            return fs::metadata(&self.path).expect("it is there").len();
        }
        connection.execute("vacuum (freeze, analyze)").await;
        let rows = connection
            .rows(
                "select 0::bigint, null::text, sum(pg_total_relation_size(c.oid))::bigint \
                 from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema') and c.relkind in ('r', 'm')",
            )
            .await;
        u64::try_from(rows[0].2).expect("sizes are not negative")
    }
}

/// Past the store.
pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connection {
    pub(crate) async fn execute(&mut self, sql: &str) {
        let text = AssertSqlSafe(sql.to_owned());
        let done = match self {
            Self::Sqlite(connection) => raw_sql(text).execute(connection).await.map(drop),
            Self::Postgres(connection) => raw_sql(text).execute(connection).await.map(drop),
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(crate) async fn rows(&mut self, sql: &str) -> Vec<Row> {
        let text = AssertSqlSafe(sql.to_owned());
        let rows = match self {
            Self::Sqlite(connection) => query_as(text).fetch_all(connection).await,
            Self::Postgres(connection) => query_as(text).fetch_all(connection).await,
        };
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}
