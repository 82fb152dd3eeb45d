//! The embedded store: one SQLite file.
//!
//! One connection writes and a few others read; with the write-ahead log neither waits for the other. A file that is
//! not ours, newer than this program, damaged or read-only is refused with a sentence that says what to do, and is
//! left as it is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Sqlite, Transaction, query};
use tokio::sync::{OwnedMappedMutexGuard, OwnedMutexGuard};

use super::append::{self, Writer};
use super::dialect::{BEGIN_READ, BEGIN_WRITE};
use super::dictionary::Entries;
use super::{
    AccountRow, Batch, ChangesQuery, ExtensionSummary, Lease, LoggedEvent, Messages, PastLook,
    Reading, RebuildMode, RebuildReport, Recorded, Store, StoreError, changes, dictionary, lease,
    log, open, read, rebuild, sql,
};
use crate::model::event::Snapshot;
use crate::model::history::{Coverage, Dictionary, ExtensionHistory, LogEnd};
use crate::model::ids::{AccountId, Epoch, ExtensionId, SnapshotNo};
use crate::model::known::AccountState;
use crate::model::time::{Span, Timestamp};

/// What to do with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Read and write; make a new store if there is none.
    Create,
    /// Read and write a store that must be there.
    Existing,
    /// Read a store that must be there, also while a collector writes to it, also on a medium that cannot be written.
    ReadOnly,
}

/// What a successful append survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// The loss of power: each append is synchronised to the medium (`synchronous=full`).
    #[default]
    PowerLoss,
    /// The death of the program, but the last appends may be missing after a loss of power. For data that can be made
    /// again, such as a demonstration's.
    Relaxed,
}

/// An event log with its projections in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    /// `None`: opened to read only, or closed.
    writer: Arc<tokio::sync::Mutex<Option<Writer>>>,
    readers: SqlitePool,
    entries: Mutex<Arc<Entries>>,
}

impl SqliteStore {
    /// Opens the store that `location` names: a path, or `sqlite:` (also `sqlite://`) before a path.
    pub async fn open(
        location: &str,
        mode: OpenMode,
        durability: Durability,
    ) -> Result<Self, StoreError> {
        let path = open::path_of(location)?;
        open::check_file(&path, mode)?;
        let opened = match mode {
            OpenMode::ReadOnly => {
                let readers = open::open_to_read(&path).await;
                readers.map(|readers| (None, readers))
            }
            OpenMode::Create | OpenMode::Existing => {
                let opened = open::open_to_write(&path, mode, durability).await;
                opened.map(|(connection, readers)| (Some(Writer::new(connection)), readers))
            }
        };
        let (writer, readers) = opened.map_err(|error| open::explain(&path, error))?;
        Ok(Self {
            path,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers,
            entries: Mutex::default(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The writer, when nobody else of this program uses it.
    async fn writer(&self) -> Result<OwnedMappedMutexGuard<Option<Writer>, Writer>, StoreError> {
        let guard = Arc::clone(&self.writer).lock_owned().await;
        OwnedMutexGuard::try_map(guard, Option::as_mut).map_err(|_| {
            StoreError::Unusable(format!(
                "{} was opened to read only, or is closed; nothing can be written to it",
                self.path.display()
            ))
        })
    }

    fn explain<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.map_err(|error| open::explain(&self.path, error))
    }

    async fn reader(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.readers.begin_with(BEGIN_READ).await?)
    }

    /// The states and profiles as of `connection`'s transaction.
    async fn entries(&self, connection: &mut SqliteConnection) -> Result<Arc<Entries>, StoreError> {
        let known = Arc::clone(&self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        let entries = Entries::refreshed(connection, known).await?;
        *self.entries.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&entries);
        Ok(entries)
    }
}

/// Runs `work` in a task of its own and waits for its end: a caller that stops waiting leaves no transaction half-way.
async fn in_own_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(sqlx::Error::WorkerCrashed.into()),
        },
    }
}

#[async_trait::async_trait]
impl Store for SqliteStore {
    async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.reader().await?;
                read::accounts(&mut transaction).await
            }
            .await,
        )
    }

    async fn ensure_account(
        &self,
        account_id: AccountId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let name = name.map(str::to_owned);
        let work = in_own_task(async move {
            let mut transaction = writer.connection.begin_with(BEGIN_WRITE).await?;
            append::create_account(&mut transaction, account_id, now).await?;
            if let Some(name) = name {
                let statement = query(sql::NAME_ACCOUNT).bind(account_id.0).bind(name);
                statement.execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        });
        self.explain(work.await)
    }

    async fn load(&self, account_id: AccountId) -> Result<AccountState, StoreError> {
        self.explain(
            async {
                let mut transaction = self.reader().await?;
                let entries = self.entries(&mut transaction).await?;
                read::load(&mut transaction, &entries, account_id).await
            }
            .await,
        )
    }

    async fn find(&self, account_id: AccountId, key: &str) -> Result<Option<Recorded>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.reader().await?;
                append::find(&mut transaction, account_id, key).await
            }
            .await,
        )
    }

    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let work = in_own_task(async move { append::append(&mut writer, &batch).await });
        self.explain(work.await)
    }

    async fn acquire_lease(
        &self,
        account_id: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError> {
        let mut writer = self.writer().await?;
        let holder = holder.to_owned();
        let work = in_own_task(async move {
            lease::acquire(&mut writer.connection, account_id, &holder, now, ttl_ms).await
        });
        self.explain(work.await)
    }

    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let work =
            in_own_task(
                async move { lease::release(&mut writer.connection, account_id, epoch).await },
            );
        self.explain(work.await)
    }

    async fn read(&self) -> Result<Box<dyn Reading>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.reader().await?;
                let entries = self.entries(&mut transaction).await?;
                let reading: Box<dyn Reading> = Box::new(SqliteReading {
                    path: self.path.clone(),
                    transaction,
                    entries,
                });
                Ok(reading)
            }
            .await,
        )
    }

    async fn rebuild(
        &self,
        account_id: AccountId,
        mode: RebuildMode,
    ) -> Result<RebuildReport, StoreError> {
        match mode {
            RebuildMode::Check => self.explain(
                async {
                    let mut transaction = self.reader().await?;
                    let entries = self.entries(&mut transaction).await?;
                    rebuild::check(&mut transaction, &entries, account_id).await
                }
                .await,
            ),
            RebuildMode::Replace => {
                let mut writer = self.writer().await?;
                let work =
                    in_own_task(async move { rebuild::replace(&mut writer, account_id).await });
                self.explain(work.await)
            }
        }
    }

    async fn close(&self) {
        // The readers first: the last connection to close writes what is left of the log into the file.
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take()
            && let Err(error) = writer.connection.close().await
        {
            tracing::warn!(store = %self.path.display(), %error, "closing the store failed");
        }
    }
}

/// A transaction that reads. It began with the dictionary, so that it knows every number it meets.
struct SqliteReading {
    path: PathBuf,
    transaction: Transaction<'static, Sqlite>,
    entries: Arc<Entries>,
}

impl SqliteReading {
    fn explain<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.map_err(|error| open::explain(&self.path, error))
    }
}

#[async_trait::async_trait]
impl Reading for SqliteReading {
    async fn log_end(&mut self, account_id: AccountId) -> Result<LogEnd, StoreError> {
        let end = read::log_end(&mut self.transaction, account_id).await;
        self.explain(end)
    }

    async fn coverage(
        &mut self,
        account_id: AccountId,
        window: Span,
    ) -> Result<Coverage, StoreError> {
        let coverage = read::coverage(&mut self.transaction, account_id, window).await;
        self.explain(coverage)
    }

    async fn extensions(
        &mut self,
        account_id: AccountId,
    ) -> Result<Vec<ExtensionSummary>, StoreError> {
        let extensions = read::extensions(&mut self.transaction, &self.entries, account_id).await;
        self.explain(extensions)
    }

    async fn histories(
        &mut self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        window: Span,
    ) -> Result<Vec<ExtensionHistory>, StoreError> {
        let histories =
            read::histories(&mut self.transaction, account_id, extensions, window).await;
        self.explain(histories)
    }

    async fn dictionary(&mut self, messages: Messages) -> Result<Dictionary, StoreError> {
        let mut dictionary = self.entries.to_dictionary();
        if messages == Messages::Needed {
            let messages = dictionary::read_messages(&mut self.transaction).await;
            dictionary.messages = self.explain(messages)?;
        }
        Ok(dictionary)
    }

    async fn changes(&mut self, query: &ChangesQuery) -> Result<Vec<LoggedEvent>, StoreError> {
        let changes = changes::changes(&mut self.transaction, &self.entries, query).await;
        self.explain(changes)
    }

    async fn snapshots(
        &mut self,
        account_id: AccountId,
        after: SnapshotNo,
        limit: u32,
    ) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
        let transaction = &mut self.transaction;
        let snapshots = log::snapshots(transaction, &self.entries, account_id, after, limit).await;
        self.explain(snapshots)
    }

    async fn looks_before(
        &mut self,
        account_id: AccountId,
        moment: Timestamp,
        limit: u32,
    ) -> Result<Vec<PastLook>, StoreError> {
        let looks = log::looks_before(&mut self.transaction, account_id, moment, limit).await;
        self.explain(looks)
    }
}
