//! Reading from a database: one transaction, written over [`Dialect`].

use std::sync::Arc;

use sqlx::Transaction;

use super::dialect::Dialect;
use super::dictionary_cache::{self, DictionaryCache};
use super::sql_store::{SharedDictionaryCache, kept};
use super::{
    AccountRow, ChangesQuery, ExtensionSummary, FailedSweepRow, LatestInterval, LeaseRow,
    LoggedEvent, Messages, PastSweep, QueueMembers, QueueRows, Reading, SiteZone, StoreError,
    SweepRow, TakeRows, ViewQuery, changes, daily, histories, lease, log, queues, read, site_zones,
    views,
};
use presence_model::daily::{DailyAmount, DailySeries, LocalDate, LocalDay};
use presence_model::event::Snapshot;
use presence_model::facet::Facet;
use presence_model::history::{Coverage, Dictionary, LogEnd};
use presence_model::ids::{AccountId, ExtensionId, QueueId, SnapshotNo};
use presence_model::packed::PackedHistory;
use presence_model::time::{TimeRange, Timestamp};

/// A transaction that reads. It began with the states, so that it knows every number of one it meets.
pub(super) struct SqlReading<DB: Dialect> {
    pub(super) shown: Arc<str>,
    pub(super) transaction: Transaction<'static, DB>,
    pub(super) entries: Arc<DictionaryCache>,
    /// Whether `entries` has all profiles.
    pub(super) has_profiles: bool,
    pub(super) kept: SharedDictionaryCache,
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
        let entries = DictionaryCache::with_profiles(&mut self.transaction, known).await;
        self.entries = self.explain(entries)?;
        self.has_profiles = true;
        *kept(&self.kept) = Arc::clone(&self.entries);
        Ok(())
    }

    /// The states, the profiles as far as they were read, and the messages if they are needed.
    async fn read_dictionary(&mut self, messages: Messages) -> Result<Dictionary, StoreError> {
        let mut dictionary = self.entries.to_dictionary();
        if messages == Messages::Needed {
            let messages = dictionary_cache::read_messages(&mut self.transaction).await;
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
        window: TimeRange,
    ) -> Result<Coverage, StoreError> {
        let coverage = read::coverage(&mut self.transaction, account_id, window).await;
        self.explain(coverage)
    }

    async fn queue_rows(
        &mut self,
        account_id: AccountId,
        queue_id: QueueId,
        members: QueueMembers<'_>,
        window: TimeRange,
    ) -> Result<QueueRows, StoreError> {
        let queue = (account_id, queue_id);
        let rows = queues::read_rows(&mut self.transaction, queue, members, window).await;
        self.explain(rows)
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
        window: TimeRange,
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
                DictionaryCache::with_numbered(transaction, known, &ids).await
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

    async fn sweeps_before(
        &mut self,
        account_id: AccountId,
        moment: Timestamp,
        limit: u32,
    ) -> Result<Vec<PastSweep>, StoreError> {
        let sweeps = log::sweeps_before(&mut self.transaction, account_id, moment, limit).await;
        self.explain(sweeps)
    }

    async fn last_sweep(&mut self, account_id: AccountId) -> Result<Option<SweepRow>, StoreError> {
        let look = log::last_sweep(&mut self.transaction, account_id).await;
        self.explain(look)
    }

    async fn lease(&mut self, account_id: AccountId) -> Result<Option<LeaseRow>, StoreError> {
        let lease = lease::told(&mut self.transaction, account_id).await;
        self.explain(lease)
    }

    async fn failed_sweeps(
        &mut self,
        account_id: AccountId,
        window: TimeRange,
    ) -> Result<Vec<FailedSweepRow>, StoreError> {
        let sweeps = log::failed_sweeps(&mut self.transaction, account_id, window).await;
        self.explain(sweeps)
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
