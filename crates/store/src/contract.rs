//! What a store can do, whichever database it is in: three handles to it, of which a caller takes what it needs.
//!
//! [`ReadStore`] answers questions, [`AppendStore`] takes what was observed, and [`MaintainStore`] packs, checks and
//! rebuilds. [`Store`] is all three; who opens a store has it, and passes on a part.

use presence_model::daily::{DailyAmount, DailyBatch, DailySeries, LocalDate, LocalDay};
use presence_model::event::Snapshot;
use presence_model::facet::Facet;
use presence_model::history::{Coverage, Dictionary, ExtensionHistory, LogEnd};
use presence_model::ids::{AccountId, Epoch, ExtensionId, QueueId, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::packed::PackedHistory;
use presence_model::time::{TimeRange, Timestamp};

use super::error::StoreError;
use super::inspect::LeaseRow;
use super::queues::{QueueMembers, QueueRows};
use super::rows::{
    AccountRow, Audit, Batch, ChangesQuery, ExtensionSummary, FailedSweepRow, LatestInterval,
    Lease, LoggedEvent, Messages, PackCheck, PackStep, PastSweep, RebuildMode, RebuildReport,
    Recorded, SiteZone, SweepRow,
};
use super::views::{TakeRows, ViewQuery};

/// What is read in one transaction: every answer is of the same moment.
#[async_trait::async_trait]
pub trait Reading: Send {
    /// The accounts in the store, by id.
    async fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError>;

    /// Where the account's log ends.
    async fn log_end(&mut self, account_id: AccountId) -> Result<LogEnd, StoreError>;

    /// When the account was swept: all segments that touch `window`, and the one before and after it.
    async fn coverage(
        &mut self,
        account_id: AccountId,
        window: TimeRange,
    ) -> Result<Coverage, StoreError>;

    /// When a call queue was swept, and what its members accepted: what began before the end of `window`, or may have.
    async fn queue_rows(
        &mut self,
        account_id: AccountId,
        queue_id: QueueId,
        members: QueueMembers<'_>,
        window: TimeRange,
    ) -> Result<QueueRows, StoreError>;

    /// Every extension ever seen or listed, by id.
    async fn extensions(
        &mut self,
        account_id: AccountId,
    ) -> Result<Vec<ExtensionSummary>, StoreError>;

    /// The time zones of sites that were ever noted, by site and time.
    async fn site_zones(&mut self, account_id: AccountId) -> Result<Vec<SiteZone>, StoreError>;

    /// Those whose id, or latest extension number, is exactly `word`, by id.
    async fn extensions_named(
        &mut self,
        account_id: AccountId,
        word: &str,
    ) -> Result<Vec<ExtensionId>, StoreError>;

    /// The histories of these extensions (ascending, each once), each as far as `window` needs it:
    /// see [`ExtensionHistory::intervals`]. Those that are not known are left out. However long the history, no more than
    /// the window's part is read.
    async fn histories(
        &mut self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        window: TimeRange,
    ) -> Result<Vec<ExtensionHistory>, StoreError> {
        let packed = self
            .packed_histories(account_id, extensions, window)
            .await?;
        let unpacked = packed.into_iter().map(PackedHistory::into_history);
        Ok(unpacked.collect::<Result<_, _>>()?)
    }

    /// The same histories with their intervals as they are kept: unpacking them takes no store, and any thread can.
    async fn packed_histories(
        &mut self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        window: TimeRange,
    ) -> Result<Vec<PackedHistory>, StoreError>;

    /// The latest interval of each extension ever observed that began at or before `moment`, in no order: an index finds each,
    /// however long the histories are.
    async fn latest_intervals(
        &mut self,
        account_id: AccountId,
        moment: Timestamp,
    ) -> Result<Vec<LatestInterval>, StoreError>;

    /// What the numbers in histories stand for.
    async fn dictionary(&mut self, messages: Messages) -> Result<Dictionary, StoreError>;

    /// The same for questions about a few extensions: others' profiles may be left out.
    async fn dictionary_of(
        &mut self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        messages: Messages,
    ) -> Result<Dictionary, StoreError>;

    /// Change events, by position.
    async fn changes(&mut self, query: &ChangesQuery) -> Result<Vec<LoggedEvent>, StoreError>;

    /// The next snapshots of the log after `after`, with their events and `recorded_at`, at most `limit`.
    async fn snapshots(
        &mut self,
        account_id: AccountId,
        after: SnapshotNo,
        limit: u32,
    ) -> Result<Vec<(Snapshot, Timestamp)>, StoreError>;

    /// The latest sweeps that saw anything and began at or before `moment`, the latest first, at most `limit`.
    async fn sweeps_before(
        &mut self,
        account_id: AccountId,
        moment: Timestamp,
        limit: u32,
    ) -> Result<Vec<PastSweep>, StoreError>;

    /// The last sweep, whatever it saw.
    async fn last_sweep(&mut self, account_id: AccountId) -> Result<Option<SweepRow>, StoreError>;

    /// Who may write; `None` if no collector ever could.
    async fn lease(&mut self, account_id: AccountId) -> Result<Option<LeaseRow>, StoreError>;

    /// The sweeps that saw no one and ended in `window` or at its end, in their order.
    async fn failed_sweeps(
        &mut self,
        account_id: AccountId,
        window: TimeRange,
    ) -> Result<Vec<FailedSweepRow>, StoreError>;

    /// The facets that the daily table holds anything of, by column.
    async fn daily_facets(&mut self, account_id: AccountId) -> Result<Vec<Facet>, StoreError>;

    /// How far the daily table is, by extension.
    async fn daily_series(
        &mut self,
        account_id: AccountId,
        facet: Facet,
    ) -> Result<Vec<DailySeries>, StoreError>;

    /// What the daily table holds of the dates from `from` on and before `before`: by extension and date, values in
    /// their order, then unknown, then absent time.
    async fn daily_amounts(
        &mut self,
        account_id: AccountId,
        facet: Facet,
        from: LocalDate,
        before: LocalDate,
    ) -> Result<Vec<DailyAmount>, StoreError>;

    /// Passes on the rows of a view that analysts read, some at once, in their order. However many there are, few are
    /// in memory.
    async fn view_rows(
        &mut self,
        query: &ViewQuery,
        take: &mut TakeRows<'_>,
    ) -> Result<(), StoreError>;

    /// The days of a zone that the daily table was computed with, by date.
    async fn local_days(
        &mut self,
        zone: &str,
        zone_data: &str,
    ) -> Result<Vec<LocalDay>, StoreError>;
}

/// Reads the event log and what follows from it.
#[async_trait::async_trait]
pub trait ReadStore: Send + Sync {
    /// The accounts in the store, by id. Unlike [`Reading::accounts`] it reads nothing else, so it also answers where
    /// the dictionary of states is damaged.
    async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError>;

    /// Begins to read: everything read through the result is of the same moment, whatever is appended meanwhile.
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError>;
}

/// Appends to the event log. Every method is one transaction.
#[async_trait::async_trait]
pub trait AppendStore: Send + Sync {
    /// Makes sure that the account exists; a name that is given replaces none or another one.
    async fn ensure_account(
        &self,
        account_id: AccountId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes the time zones of sites that differ from what was noted of them before. A store that only takes the log may
    /// leave them out.
    async fn put_site_zones(
        &self,
        _account_id: AccountId,
        _zones: Vec<SiteZone>,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// What is known at the end of the account's log; of an account that is not there, nothing.
    async fn load(&self, account_id: AccountId) -> Result<AccountState, StoreError>;

    /// What is recorded under an idempotency key.
    async fn find(&self, account_id: AccountId, key: &str) -> Result<Option<Recorded>, StoreError>;

    /// Appends a batch whole or not at all; when it returns, it is on disk. Creates the account if it is not there.
    ///
    /// A batch whose very snapshots are the next ones of the log already (whenever they were recorded) is a success
    /// without effect: so a caller that does not know the outcome of an append may repeat it. An event must lie between its
    /// snapshot's start and end; one of a queue at the end of a complete sweep of that queue, which may be earlier.
    async fn append(&self, batch: Batch) -> Result<(), StoreError>;

    /// Takes or renews the account's lease for `ttl_ms` from `now`; takes over one that has expired, with the next epoch.
    async fn acquire_lease(
        &self,
        account_id: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError>;

    /// Releases the lease, if it is still ours.
    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError>;

    /// Updates the statistics by which the database plans queries, after much was appended. Answers are the
    /// same without it, and may take long. A store without statistics, or without the right to update them, does nothing.
    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Checks, rebuilds and packs what follows from the event log. Every method is one transaction.
#[async_trait::async_trait]
pub trait MaintainStore: ReadStore {
    /// Checks the whole store for what breaks its rules, in addition to what [`MaintainStore::rebuild`] compares of each
    /// account; nothing is written.
    async fn audit(&self) -> Result<Audit, StoreError>;

    /// Folds the log again and compares the result with the kept projections, or replaces them by it.
    async fn rebuild(
        &self,
        account_id: AccountId,
        mode: RebuildMode,
    ) -> Result<RebuildReport, StoreError>;

    /// Packs the next month of at most `at_most` extensions as far as its days are over (UTC), so that questions about it
    /// are answered many times faster. What is packed already stays; to pack everything, repeat it until there is nothing
    /// left.
    async fn pack(&self, account_id: AccountId, at_most: u32) -> Result<PackStep, StoreError>;

    /// Compares what is packed with the intervals that it was made from.
    async fn check_packed(&self, account_id: AccountId) -> Result<PackCheck, StoreError>;

    /// Unpacks an extension's history from the month of `from` on, so that it is read from its rows and
    /// packed again later.
    async fn unpack(
        &self,
        account_id: AccountId,
        extension_id: ExtensionId,
        from: Timestamp,
    ) -> Result<(), StoreError>;

    /// Replaces what the daily table holds of some extensions, from one day on.
    ///
    /// It was computed from the history as it was then; nothing here compares it with the history. The days
    /// before those that are replaced stay, so they must be there as expected: else nothing is written.
    async fn put_daily(&self, batch: DailyBatch) -> Result<(), StoreError>;

    /// Empties the daily table of one facet of an account.
    async fn clear_daily(&self, account_id: AccountId, facet: Facet) -> Result<(), StoreError>;
}

/// An open store: all that can be done with it.
#[async_trait::async_trait]
pub trait Store: AppendStore + MaintainStore {
    /// Closes the store: everything is written and nothing of it stays open.
    async fn close(&self);
}

/// The same as [`AppendStore::refresh_statistics`], after something that is done whether or not this succeeds.
pub async fn refresh_statistics(store: &dyn AppendStore) {
    if let Err(error) = store.refresh_statistics().await {
        tracing::warn!(
            "the database's statistics were not updated, so questions may take long: {error}"
        );
    }
}
