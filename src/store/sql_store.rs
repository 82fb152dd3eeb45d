//! The store over a database: one connection writes, and a few others read.
//!
//! All of it is written over [`Dialect`]; opening is each database's own.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::{Connection, Pool, SqlStr, Transaction};
use tokio::sync::{OwnedMappedMutexGuard, OwnedMutexGuard};

use super::append::{self, Writer};
use super::dialect::{Begins, Dialect};
use super::entries::{self, Entries};
use super::{
    AccountRow, Audit, Batch, BlindLook, ChangesQuery, ExtensionSummary, LatestInterval, Lease,
    LeaseRow, LoggedEvent, LookRow, Messages, PackCheck, PackStep, PastLook, Reading, RebuildMode,
    RebuildReport, Recorded, SiteZone, Store, StoreError, TakeRows, TellDerived, ViewQuery, audit,
    changes, daily, derive, histories, lease, log, packing, read, rebuild, site_zones, views,
};
use crate::model::daily::{DailyAmount, DailyBatch, DailySeries, LocalDate, LocalDay};
use crate::model::event::Snapshot;
use crate::model::facet::Facet;
use crate::model::history::{Coverage, Dictionary, LogEnd};
use crate::model::ids::{AccountId, Epoch, ExtensionId, SnapshotNo};
use crate::model::known::AccountState;
use crate::model::packed::PackedHistory;
use crate::model::time::{Span, Timestamp};

/// An event log with its projections in a database.
pub struct SqlStore<DB: Dialect> {
    /// The database as it is named in messages: without a password.
    shown: Arc<str>,
    /// `None`: opened to read only, or closed.
    writer: Arc<tokio::sync::Mutex<Option<Writer<DB>>>>,
    readers: Pool<DB>,
    begins: Begins,
    entries: KeptEntries,
}

/// What has been read of the dictionary, for the next question.
type KeptEntries = Arc<Mutex<Arc<Entries>>>;

fn kept(entries: &KeptEntries) -> MutexGuard<'_, Arc<Entries>> {
    entries.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<DB: Dialect> SqlStore<DB> {
    pub(super) fn new(
        shown: &str,
        writer: Option<Writer<DB>>,
        readers: Pool<DB>,
        begins: Begins,
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

    /// The writer, when nobody else of this program uses it.
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
        let settled = writer.settle().await;
        self.explain(settled)?;
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
    /// Beginning is a task of its own: whoever stops waiting for it leaves no connection with an open transaction.
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
    ) -> Result<(Transaction<'static, DB>, Arc<Entries>), StoreError> {
        let mut transaction = self.begin(how).await?;
        let known = Arc::clone(&kept(&self.entries));
        let entries = Entries::refreshed(&mut transaction, known).await?;
        *kept(&self.entries) = Arc::clone(&entries);
        Ok((transaction, entries))
    }

    /// The same without profiles: [`SqlReading`] reads them when a question needs them.
    async fn reading_states(&self) -> Result<(Transaction<'static, DB>, Arc<Entries>), StoreError> {
        let mut transaction = self.begin(&self.begins.read).await?;
        let known = Arc::clone(&kept(&self.entries));
        let entries = Entries::with_states(&mut transaction, known).await?;
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
            match work(&mut writer).await {
                Err(StoreError::Database(error)) if DB::may_pass(&error) => {
                    writer.recover(&error).await?;
                    work(&mut writer).await
                }
                done => done,
            }
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
impl<DB: Dialect> Store for SqlStore<DB> {
    async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        self.explain(
            async {
                let mut transaction = self.begin(&self.begins.read).await?;
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
        let name = name.map(str::to_owned);
        self.write(move |writer| {
            let name = name.clone();
            Box::pin(async move {
                let ensure = async |writer: &mut Writer<DB>| {
                    append::ensure_account(writer, account_id, name.as_deref(), now).await
                };
                writer.in_time(ensure).await
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
            writer.in_time(append).await
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
                writer.in_time(acquire).await
            })
        })
        .await
    }

    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        self.write(move |writer| Box::pin(lease::release(writer, account_id, epoch)))
            .await
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

/// A transaction that reads. It began with the states, so that it knows every number of one it meets.
struct SqlReading<DB: Dialect> {
    shown: Arc<str>,
    transaction: Transaction<'static, DB>,
    entries: Arc<Entries>,
    /// Whether `entries` has all profiles.
    has_profiles: bool,
    kept: KeptEntries,
}

impl<DB: Dialect> SqlReading<DB> {
    fn explain<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.map_err(|error| DB::explain(&self.shown, error))
    }

    /// Reads the profiles, unless they were read before.
    async fn need_profiles(&mut self) -> Result<(), StoreError> {
        if self.has_profiles {
            return Ok(());
        }
        let known = Arc::clone(&self.entries);
        let entries = Entries::with_profiles(&mut self.transaction, known).await;
        self.entries = self.explain(entries)?;
        self.has_profiles = true;
        *kept(&self.kept) = Arc::clone(&self.entries);
        Ok(())
    }

    /// The states, the profiles as far as they were read, and the messages if they are needed.
    async fn read_dictionary(&mut self, messages: Messages) -> Result<Dictionary, StoreError> {
        let mut dictionary = self.entries.to_dictionary();
        if messages == Messages::Needed {
            let messages = entries::read_messages(&mut self.transaction).await;
            dictionary.messages = self.explain(messages)?;
        }
        Ok(dictionary)
    }
}

/// For so many extensions at most, only their own profiles are read.
const FEW_EXTENSIONS: usize = 32;

#[async_trait::async_trait]
impl<DB: Dialect> Reading for SqlReading<DB> {
    async fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError> {
        let accounts = read::accounts(&mut self.transaction).await;
        self.explain(accounts)
    }

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
        self.need_profiles().await?;
        let extensions = read::extensions(&mut self.transaction, &self.entries, account_id).await;
        self.explain(extensions)
    }

    async fn site_zones(&mut self, account_id: AccountId) -> Result<Vec<SiteZone>, StoreError> {
        let zones = site_zones::read(&mut self.transaction, account_id).await;
        self.explain(zones)
    }

    async fn extensions_named(
        &mut self,
        account_id: AccountId,
        word: &str,
    ) -> Result<Vec<ExtensionId>, StoreError> {
        let named = read::extensions_named(&mut self.transaction, account_id, word).await;
        self.explain(named)
    }

    async fn packed_histories(
        &mut self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        window: Span,
    ) -> Result<Vec<PackedHistory>, StoreError> {
        let histories =
            histories::packed_histories(&mut self.transaction, account_id, extensions, window)
                .await;
        self.explain(histories)
    }

    async fn latest_intervals(
        &mut self,
        account_id: AccountId,
        moment: Timestamp,
    ) -> Result<Vec<LatestInterval>, StoreError> {
        let latest = histories::latest_intervals(&mut self.transaction, account_id, moment).await;
        self.explain(latest)
    }

    async fn view_rows(
        &mut self,
        query: &ViewQuery,
        take: &mut TakeRows<'_>,
    ) -> Result<(), StoreError> {
        let read = views::rows(&mut self.transaction, query, take).await;
        self.explain(read)
    }

    async fn dictionary(&mut self, messages: Messages) -> Result<Dictionary, StoreError> {
        self.need_profiles().await?;
        self.read_dictionary(messages).await
    }

    async fn dictionary_of(
        &mut self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        messages: Messages,
    ) -> Result<Dictionary, StoreError> {
        if self.has_profiles || extensions.len() > FEW_EXTENSIONS {
            return self.dictionary(messages).await;
        }
        if !extensions.is_empty() {
            let (transaction, known) = (&mut self.transaction, Arc::clone(&self.entries));
            let entries = async {
                let ids = read::profile_ids(transaction, account_id, extensions).await?;
                Entries::with_numbered(transaction, known, &ids).await
            };
            let entries = entries.await;
            self.entries = self.explain(entries)?;
        }
        self.read_dictionary(messages).await
    }

    async fn changes(&mut self, query: &ChangesQuery) -> Result<Vec<LoggedEvent>, StoreError> {
        let changes = changes::changes(&mut self.transaction, &mut self.entries, query).await;
        self.explain(changes)
    }

    async fn snapshots(
        &mut self,
        account_id: AccountId,
        after: SnapshotNo,
        limit: u32,
    ) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
        self.need_profiles().await?;
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

    async fn last_look(&mut self, account_id: AccountId) -> Result<Option<LookRow>, StoreError> {
        let look = log::last_look(&mut self.transaction, account_id).await;
        self.explain(look)
    }

    async fn lease(&mut self, account_id: AccountId) -> Result<Option<LeaseRow>, StoreError> {
        let lease = lease::told(&mut self.transaction, account_id).await;
        self.explain(lease)
    }

    async fn blind_looks(
        &mut self,
        account_id: AccountId,
        window: Span,
    ) -> Result<Vec<BlindLook>, StoreError> {
        let looks = log::blind_looks(&mut self.transaction, account_id, window).await;
        self.explain(looks)
    }

    async fn daily_facets(&mut self, account_id: AccountId) -> Result<Vec<Facet>, StoreError> {
        let facets = daily::facets(&mut self.transaction, account_id).await;
        self.explain(facets)
    }

    async fn daily_series(
        &mut self,
        account_id: AccountId,
        facet: Facet,
    ) -> Result<Vec<DailySeries>, StoreError> {
        let series = daily::series(&mut self.transaction, account_id, facet).await;
        self.explain(series)
    }

    async fn daily_amounts(
        &mut self,
        account_id: AccountId,
        facet: Facet,
        from: LocalDate,
        before: LocalDate,
    ) -> Result<Vec<DailyAmount>, StoreError> {
        let transaction = &mut self.transaction;
        let amounts = daily::amounts(transaction, account_id, facet, (from, before)).await;
        self.explain(amounts)
    }

    async fn local_days(
        &mut self,
        zone: &str,
        zone_data: &str,
    ) -> Result<Vec<LocalDay>, StoreError> {
        let days = daily::local_days(&mut self.transaction, zone, zone_data).await;
        self.explain(days)
    }
}
