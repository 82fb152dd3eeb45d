//! Reading from a database: one transaction, written over [`Dialect`].

use std::sync::Arc;

use sqlx::Transaction;

use super::dialect::Dialect;
use super::entries::{self, Entries};
use super::sql_store::{KeptEntries, kept};
use super::{
    AccountRow, BlindLook, ChangesQuery, ExtensionSummary, LatestInterval, LeaseRow, LoggedEvent,
    LookRow, Messages, PastLook, Reading, SiteZone, StoreError, TakeRows, ViewQuery, changes,
    daily, histories, lease, log, read, site_zones, views,
};
use presence_core::model::daily::{DailyAmount, DailySeries, LocalDate, LocalDay};
use presence_core::model::event::Snapshot;
use presence_core::model::facet::Facet;
use presence_core::model::history::{Coverage, Dictionary, LogEnd};
use presence_core::model::ids::{AccountId, ExtensionId, SnapshotNo};
use presence_core::model::packed::PackedHistory;
use presence_core::model::time::{Span, Timestamp};

/// A transaction that reads. It began with the states, so that it knows every number of one it meets.
pub(super) struct SqlReading<DB: Dialect> {
    pub(super) shown: Arc<str>,
    pub(super) transaction: Transaction<'static, DB>,
    pub(super) entries: Arc<Entries>,
    /// Whether `entries` has all profiles.
    pub(super) has_profiles: bool,
    pub(super) kept: KeptEntries,
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
