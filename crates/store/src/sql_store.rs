//! The store over a database: one connection writes, and a few others read.
//!
//! All of it is written over [`Dialect`]; opening is each database's own.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::{Connection, Pool, SqlStr, Transaction};
use tokio::sync::{OwnedMappedMutexGuard, OwnedMutexGuard};

use super::append;
use super::dialect::{BeginStatements, Dialect};
use super::dictionary_cache::DictionaryCache;
use super::reading::SqlReading;
use super::writer::Writer;
use super::{
    AccountRow, AppendStore, Audit, Batch, Lease, MaintainStore, PackCheck, PackStep, ReadStore,
    Reading, RebuildMode, RebuildReport, Recorded, SiteZone, Store, StoreError, TellDerived, audit,
    daily, derive, lease, packing, read, rebuild, site_zones, statistics,
};
use presence_model::daily::DailyBatch;
use presence_model::facet::Facet;
use presence_model::ids::{AccountId, Epoch, ExtensionId};
use presence_model::known::AccountState;
use presence_model::time::Timestamp;

/// An event log with its projections in a database.
pub struct SqlStore<DB: Dialect> {
    /// The database as it is named in messages: without a password.
    shown: Arc<str>,
    /// `None`: opened to read only, or closed.
    writer: Arc<tokio::sync::Mutex<Option<Writer<DB>>>>,
    readers: Pool<DB>,
    begins: BeginStatements,
    entries: SharedDictionaryCache,
}

/// What has been read of the dictionary, for the next question.
pub(super) type SharedDictionaryCache = Arc<Mutex<Arc<DictionaryCache>>>;

pub(super) fn kept(entries: &SharedDictionaryCache) -> MutexGuard<'_, Arc<DictionaryCache>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<DB: Dialect> SqlStore<DB> {
    pub(super) fn new(
        shown: &str,
        writer: Option<Writer<DB>>,
        readers: Pool<DB>,
        begins: BeginStatements,
    ) -> Self {
        Self {
            shown: shown.into(),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            readers,
            begins,
            entries: Arc::default(),
        }
    }

    /// Derives again what follows from the log by older rules than this program's. A store opened to read only is
    /// checked when it is opened: see [`derive::refusal`].
    pub(super) async fn bring_up_to_date(&self, tell: TellDerived) -> Result<(), StoreError> {
        if self.writer.lock().await.is_none() {
            return Ok(());
        }
        let outdated = self
            .write(move |writer| Box::pin(derive::outdated_of(writer)))
            .await?;
        if let Some(error) = derive::newer(&self.shown, &outdated) {
            return Err(error);
        }
        for (account, _) in outdated {
            let tell = Arc::clone(&tell);
            let derived = self.write(move |writer| {
                let tell = Arc::clone(&tell);
                Box::pin(async move { derive::derive(writer, account, &tell).await })
            });
            derived
                .await
                .map_err(|error| derive::not_derived(error, account))?;
        }
        Ok(())
    }

    /// The writer, as soon as nothing else in this program uses it.
    async fn writer(
        &self,
    ) -> Result<OwnedMappedMutexGuard<Option<Writer<DB>>, Writer<DB>>, StoreError> {
        let guard = Arc::clone(&self.writer).lock_owned().await;
        let guard = OwnedMutexGuard::try_map(guard, Option::as_mut);
        let mut writer = guard.map_err(|_| {
            StoreError::Unusable(format!(
                "{} was opened to read only, or is closed; nothing can be written to it",
                self.shown
            ))
        })?;
        let finished = writer.finish().await;
        self.explain(finished)?;
        Ok(writer)
    }

    pub(super) fn explain<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.map_err(|error| DB::explain(&self.shown, error))
    }

    /// Begins to read what is no history.
    pub(super) async fn begin_to_read(&self) -> Result<Transaction<'static, DB>, StoreError> {
        self.begin(&self.begins.read).await
    }

    /// Begins to read. A connection that turns out to be gone is replaced once.
    ///
    /// Beginning runs in a task of its own: a caller that stops waiting leaves no connection with an open transaction.
    async fn begin(&self, how: &SqlStr) -> Result<Transaction<'static, DB>, StoreError> {
        match self.begin_once(how).await {
            Err(StoreError::Database(error)) if DB::is_lost(&error) => {
                // Who answers now may not have all that the one before had.
                *kept(&self.entries) = Arc::default();
                self.begin_once(how).await
            }
            begun => begun,
        }
    }

    async fn begin_once(&self, how: &SqlStr) -> Result<Transaction<'static, DB>, StoreError> {
        let (readers, how) = (self.readers.clone(), how.clone());
        in_own_task(async move { Ok(readers.begin_with(how).await?) }).await
    }

    /// Begins to read with the states and profiles as of the transaction.
    async fn reading(
        &self,
        how: &SqlStr,
    ) -> Result<(Transaction<'static, DB>, Arc<DictionaryCache>), StoreError> {
        let mut transaction = self.begin(how).await?;
        let known = Arc::clone(&kept(&self.entries));
        let entries = DictionaryCache::refreshed(&mut transaction, known).await?;
        *kept(&self.entries) = Arc::clone(&entries);
        Ok((transaction, entries))
    }

    /// The same without profiles: [`SqlReading`] reads them when a question needs them.
    async fn reading_states(
        &self,
    ) -> Result<(Transaction<'static, DB>, Arc<DictionaryCache>), StoreError> {
        let mut transaction = self.begin(&self.begins.read).await?;
        let known = Arc::clone(&kept(&self.entries));
        let entries = DictionaryCache::with_states(&mut transaction, known).await?;
        *kept(&self.entries) = Arc::clone(&entries);
        Ok((transaction, entries))
    }

    /// Executes `work` with the writer in a task of its own. What fails because the connection is gone, or because of
    /// what others did at the same time, is tried once more.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl for<'w> Fn(&'w mut Writer<DB>) -> Pending<'w, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut writer = self.writer().await?;
        let done = in_own_task(async move {
            let mut done = work(&mut writer).await;
            if let Err(StoreError::Database(error)) = &done
                && DB::may_pass(error)
            {
                writer.recover(error).await?;
                done = work(&mut writer).await;
            }
            if done.is_err() {
                writer.end_dropped().await;
            }
            done
        });
        self.explain(done.await)
    }
}

/// Something being done with the writer.
pub(super) type Pending<'w, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'w>>;

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
impl<DB: Dialect> ReadStore for SqlStore<DB> {
    async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin(&self.begins.read).await?;
                read::accounts(&mut transaction).await
            }
            .await,
        )
    }

    async fn read(&self) -> Result<Box<dyn Reading>, StoreError> {
        let (transaction, entries) = self.explain(self.reading_states().await)?;
        Ok(Box::new(SqlReading {
            shown: Arc::clone(&self.shown),
            transaction,
            entries,
            has_profiles: false,
            kept: Arc::clone(&self.entries),
        }))
    }
}

#[async_trait::async_trait]
impl<DB: Dialect> AppendStore for SqlStore<DB> {
    async fn ensure_account(
        &self,
        account_id: AccountId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let name = name.map(str::to_owned);
        self.write(move |writer| {
            let name = name.clone();
            Box::pin(async move {
                let ensure = async |writer: &mut Writer<DB>| {
                    append::ensure_account(writer, account_id, name.as_deref(), now).await
                };
                writer.with_timeout(ensure).await
            })
        })
        .await
    }

    async fn put_site_zones(
        &self,
        account_id: AccountId,
        zones: Vec<SiteZone>,
    ) -> Result<(), StoreError> {
        let zones = Arc::new(zones);
        self.write(move |writer| {
            let zones = Arc::clone(&zones);
            Box::pin(async move { site_zones::put(writer, account_id, &zones).await })
        })
        .await
    }

    async fn load(&self, account_id: AccountId) -> Result<AccountState, StoreError> {
        self.explain(
            async {
                let (mut transaction, entries) = self.reading(&self.begins.read).await?;
                read::load(&mut transaction, &entries, account_id).await
            }
            .await,
        )
    }

    async fn find(&self, account_id: AccountId, key: &str) -> Result<Option<Recorded>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin(&self.begins.read).await?;
                append::find(&mut transaction, account_id, key).await
            }
            .await,
        )
    }

    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let work = in_own_task(async move {
            let append = async |writer: &mut Writer<DB>| append::append(writer, &batch).await;
            let done = writer.with_timeout(append).await;
            if done.is_err() {
                writer.end_dropped().await;
            }
            done
        });
        self.explain(work.await)
    }

    async fn acquire_lease(
        &self,
        account_id: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError> {
        let holder = holder.to_owned();
        self.write(move |writer| {
            let holder = holder.clone();
            Box::pin(async move {
                let acquire = async |writer: &mut Writer<DB>| {
                    lease::acquire(writer, account_id, &holder, now, ttl_ms).await
                };
                writer.with_timeout(acquire).await
            })
        })
        .await
    }

    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        self.write(move |writer| Box::pin(lease::release(writer, account_id, epoch)))
            .await
    }

    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        self.write(|writer| Box::pin(statistics::refresh(writer)))
            .await
    }
}

#[async_trait::async_trait]
impl<DB: Dialect> MaintainStore for SqlStore<DB> {
    async fn audit(&self) -> Result<Audit, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin(&self.begins.check).await?;
                audit::audit(&mut transaction).await
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
                    let (mut transaction, entries) = self.reading(&self.begins.check).await?;
                    rebuild::check(&mut transaction, &entries, account_id).await
                }
                .await,
            ),
            RebuildMode::Replace => {
                self.write(move |writer| Box::pin(rebuild::replace(writer, account_id)))
                    .await
            }
        }
    }

    async fn pack(&self, account_id: AccountId, at_most: u32) -> Result<PackStep, StoreError> {
        self.write(move |writer| Box::pin(packing::pack(writer, account_id, at_most)))
            .await
    }

    async fn check_packed(&self, account_id: AccountId) -> Result<PackCheck, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin(&self.begins.check).await?;
                packing::check(&mut transaction, account_id).await
            }
            .await,
        )
    }

    async fn unpack(
        &self,
        account_id: AccountId,
        extension_id: ExtensionId,
        from: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |writer| Box::pin(packing::unpack(writer, account_id, extension_id, from)))
            .await
    }

    async fn put_daily(&self, batch: DailyBatch) -> Result<(), StoreError> {
        let batch = Arc::new(batch);
        self.write(move |writer| {
            let batch = Arc::clone(&batch);
            Box::pin(async move { daily::put(writer, &batch).await })
        })
        .await
    }

    async fn clear_daily(&self, account_id: AccountId, facet: Facet) -> Result<(), StoreError> {
        self.write(move |writer| Box::pin(daily::clear(writer, account_id, facet)))
            .await
    }
}

#[async_trait::async_trait]
impl<DB: Dialect> Store for SqlStore<DB> {
    async fn close(&self) {
        // The readers first: the last connection to close a SQLite file writes what is left of the log into it.
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take()
            && let Err(error) = writer.connection.close().await
        {
            tracing::warn!(store = %self.shown, %error, "closing the store failed");
        }
    }
}
