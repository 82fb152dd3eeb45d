//! What the story runs on: a database that several programs may open.

use std::path::PathBuf;
use std::sync::Arc;

use presence_history::model::ids::{AccountId, Epoch};
use presence_history::model::observation::Sweep;
use presence_history::model::time::Timestamp;
use presence_history::store::recorder::{FlushAt, Outcome, Recorder};
use presence_history::store::{Durability, OpenMode, SqliteStore, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};

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

    /// Asks the file past the store.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<SqliteRow> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.connect().await.expect("it opens");
        let rows = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection);
        let rows = rows.await.expect("it can be asked");
        connection.close().await.expect("it closes");
        rows
    }
}

#[async_trait::async_trait]
impl Database for SqliteFile {
    async fn open(&self) -> Arc<dyn Store> {
        let location = self.location();
        let store = SqliteStore::open(&location, OpenMode::Create, Durability::Relaxed);
        Arc::new(store.await.expect("it opens"))
    }

    async fn execute(&self, sql: &str) -> Result<(), String> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.connect().await.expect("it opens");
        let done = raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection);
        let done = done.await.map(drop).map_err(|error| error.to_string());
        connection.close().await.expect("it closes");
        done
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
