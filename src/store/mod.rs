//! The event log and its projections in a database.
//!
//! The log is append-only; the projections are brought up to date in the same transaction and can be rebuilt from the
//! log. Nothing here decides what a change is: [`crate::model`] does, and the store keeps what it is given, whole or
//! not at all.

mod access;
mod append;
mod awaited;
mod changes;
mod codec;
pub mod copy;
mod daily;
mod dialect;
mod dictionary;
mod examine;
mod histories;
mod intervals;
mod lease;
mod log;
mod months;
mod open;
mod packed;
mod packing;
mod patience;
#[cfg(test)]
mod plans;
mod postgres;
mod read;
mod rebuild;
pub mod recorder;
mod sql;
mod sql_store;
mod sqlite;
mod tables;
mod tuples;
mod views;

use std::sync::Arc;

pub use access::{
    Access, AccessQuery, AccessRow, AccessStore, Digest, NewToken, TokenKind, TokenRow,
};
pub use awaited::AwaitedStore;
pub use dialect::{Bound, Dialect, Driven, Parameters, TakeRow};
pub use examine::{Examination, LeaseRow, examine};
pub use open::{Durability, OpenMode, Opened, file_of, is_postgres, open, open_all};
pub use postgres::{AccountReader, PostgresStore, RoleName, Roles, redacted};
pub use sql_store::SqlStore;
pub use sqlite::SqliteStore;
pub use tuples::{TupleForm, Tuples};
pub use views::{Column, Kind, TakeRows, View, ViewQuery, ViewValue};

use crate::model::coverage::Look;
use crate::model::daily::{DailyAmount, DailyBatch, DailySeries, LocalDate, LocalDay};
use crate::model::event::{ChangeEvent, Snapshot};
use crate::model::facet::Facet;
use crate::model::history::{Coverage, Dictionary, ExtensionHistory, Interval, LogEnd};
use crate::model::ids::{AccountId, Epoch, ExtensionId, Position, SnapshotNo};
use crate::model::known::AccountState;
use crate::model::observation::{Source, SweepStatus};
use crate::model::packed::{BlockError, PackedHistory};
use crate::model::profile::Profile;
use crate::model::projection::Delta;
use crate::model::state::ContentHash;
use crate::model::time::{Span, Timestamp};

/// An account in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Which.
    pub account_id: AccountId,
    /// Its name, if it was ever told.
    pub name: Option<String>,
    /// When it was first recorded.
    pub first_seen_at: Timestamp,
}

/// Where an extension stands at the end of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtensionSummary {
    /// Which.
    pub extension_id: ExtensionId,
    /// Its latest profile; `None` if nothing was ever told.
    pub profile: Option<Arc<Profile>>,
    /// Whether its presence was ever observed; `false` for one that only the directory named.
    pub was_observed: bool,
}

/// One append: snapshots that follow one another, and the rows of the projections that change by them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Whose history.
    pub account_id: AccountId,
    /// The end of the log that the first snapshot was computed against.
    pub expected: (SnapshotNo, Position),
    /// The lease under which the writer writes, if it holds one.
    pub epoch: Option<Epoch>,
    /// The snapshots, in order, each with its events, and when each is recorded: the moment of the append, or in a copy
    /// of a history the moment at which the original was recorded.
    pub snapshots: Vec<(Snapshot, Timestamp)>,
    /// What [`crate::model::projection::fold`] gave for them.
    pub delta: Delta,
}

/// What the log holds under an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The snapshot.
    pub snapshot_no: SnapshotNo,
    /// Its content.
    pub content_digest: ContentHash,
}

/// Who may write to an account's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lease {
    /// We may, under this epoch.
    Held(Epoch),
    /// Somebody else may.
    Taken {
        /// Who.
        holder: String,
        /// Unless renewed, until then.
        expires_at: Timestamp,
    },
}

/// Which change events are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangesQuery {
    /// Whose history.
    pub account_id: AccountId,
    /// Only events after this position.
    pub after: Position,
    /// Only events up to and including this position; `None`: to the end of the log.
    pub up_to: Option<Position>,
    /// Only events observed in here.
    pub window: Span,
    /// Only these extensions; `None`: all.
    pub extensions: Option<Vec<ExtensionId>>,
    /// At most so many, the earliest positions first.
    pub limit: u32,
}

/// An event with what its snapshot says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    /// The event.
    pub event: ChangeEvent,
    /// The snapshot that showed it.
    pub snapshot_no: SnapshotNo,
    /// Who looked.
    pub source: Source,
    /// The extension's profile at the time of the event (after it, if it changes the profile): names are as of then.
    pub profile_then: Option<Arc<Profile>>,
}

/// A look that saw anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastLook {
    /// When it began.
    pub started_at: Timestamp,
    /// Who existed but was not seen, ascending.
    pub unseen: Vec<ExtensionId>,
}

/// A look at the account, without what it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRow {
    /// Its number in the account's history.
    pub snapshot_no: SnapshotNo,
    /// Who looked.
    pub source: Source,
    /// How much was seen.
    pub status: SweepStatus,
    /// When the first request was sent.
    pub started_at: Timestamp,
    /// When the last response had been received.
    pub finished_at: Timestamp,
    /// How many extensions the platform said there are.
    pub expected_count: Option<i64>,
    /// How many extensions were observed.
    pub observed_count: i64,
    /// Why it is not complete, for people.
    pub detail: Option<String>,
}

/// A look that saw nobody: one that failed, or was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindLook {
    /// When it began, or should have.
    pub started_at: Timestamp,
    /// See [`crate::model::event::Snapshot::valid_for_ms`].
    pub valid_for_ms: i64,
    /// See [`crate::model::event::Snapshot::detail`].
    pub detail: Option<String>,
}

/// One extension's latest interval as of a moment, and what names it: that is all which `at` needs of nearly everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestInterval {
    /// Whose.
    pub extension_id: ExtensionId,
    /// When it was last seen, if it exists: how far the open interval is known.
    pub last_seen: Option<Look>,
    /// The last interval that began at or before the moment; it may have ended before. `None` if none had begun.
    pub interval: Option<Interval>,
    /// The interval's status message, if there is one.
    pub message: Option<Arc<str>>,
    /// The extension's number at the moment.
    pub extension_number: Option<String>,
    /// Its name at the moment.
    pub name: Option<String>,
}

/// Whether status messages are needed: there may be very many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// Load them.
    Needed,
    /// Leave them out of the dictionary.
    NotNeeded,
}

/// What a rebuild does with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildMode {
    /// Replace the kept projections.
    Replace,
    /// Only compare: nothing is written.
    Check,
}

/// What a rebuild found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildReport {
    /// Snapshots folded.
    pub snapshot_count: i64,
    /// Events folded.
    pub event_count: i64,
    /// The projections, and the first key in each, where the kept rows differ from the rebuilt ones; empty if they agree.
    pub differences: Vec<String>,
}

/// What one step of packing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackStep {
    /// How many extensions' month it packed; 0: there is nothing to pack.
    pub extension_count: i64,
    /// How many of these had anything that ended in the month.
    pub block_count: i64,
    /// How many intervals that were.
    pub interval_count: i64,
    /// How many bytes they take now.
    pub byte_count: i64,
    /// How many months of extensions are left to pack.
    pub left_count: i64,
}

/// What a comparison of what is packed found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackCheck {
    /// Months of extensions that are packed.
    pub block_count: i64,
    /// How many intervals they hold.
    pub interval_count: i64,
    /// How many bytes they take.
    pub byte_count: i64,
    /// For each extension of which what is packed is not what its rows amount to: the first such month.
    pub differences: Vec<String>,
}

/// What can go wrong, by what a caller does about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else appended in the meantime: load again, compare again, append again.
    #[error(
        "the history of account {account_id} has grown since it was read (it ends with snapshot {actual}, not {expected})"
    )]
    HeadMoved {
        /// Whose history.
        account_id: AccountId,
        /// The snapshot that it should have ended with.
        expected: SnapshotNo,
        /// The snapshot that it ends with.
        actual: SnapshotNo,
    },
    /// Another collector has taken over: stop writing.
    #[error(
        "another collector has taken over account {account_id} (lease epoch {actual}, ours was {ours})"
    )]
    LeaseLost {
        /// Whose history.
        account_id: AccountId,
        /// The epoch we wrote under.
        ours: Epoch,
        /// The epoch in force.
        actual: Epoch,
    },
    /// Somebody else has written the same part of the daily table in the meantime: compute it again.
    #[error(
        "another program is bringing the daily table of account {account_id}, {facet}, up to date; try again when it is through"
    )]
    DailyMoved {
        /// Whose history.
        account_id: AccountId,
        /// The facet's name.
        facet: &'static str,
    },
    /// The same key with other content.
    #[error(
        "account {account_id} already has other content under the key {key:?} (snapshot {snapshot_no}); nothing was overwritten"
    )]
    KeyReused {
        /// Whose history.
        account_id: AccountId,
        /// The idempotency key.
        key: String,
        /// What is recorded under it.
        snapshot_no: SnapshotNo,
    },
    /// The store cannot be used: not ours, too new, read-only, corrupt, or not there. The text says which and what to do.
    #[error("{0}")]
    Unusable(String),
    /// The store cannot be used for the moment: it cannot be reached, has no room, or is in use. The text says which. The
    /// same may well succeed a little later, with nothing lost.
    #[error("{0}")]
    Away(String),
    /// The writer's own mistake, found just before it would have been written.
    #[error(
        "a batch that breaks the rules of the log was refused, and nothing of it was stored: {0}"
    )]
    Invalid(String),
    /// A row breaks our own rules.
    #[error(
        "the store contradicts itself in {table}, {column} of {key}; run `presence rebuild --check` and keep a copy of the store"
    )]
    Inconsistent {
        /// In which table.
        table: &'static str,
        /// In which column.
        column: &'static str,
        /// In which row.
        key: String,
    },
    /// Packed history cannot be read.
    #[error(transparent)]
    Packed(#[from] BlockError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether the same may well succeed a little later, with nothing lost.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

/// What is read in one transaction: every answer is of the same moment.
#[async_trait::async_trait]
pub trait Reading: Send {
    /// The accounts in the store, by id.
    async fn accounts(&mut self) -> Result<Vec<AccountRow>, StoreError>;

    /// Where the account's log ends.
    async fn log_end(&mut self, account_id: AccountId) -> Result<LogEnd, StoreError>;

    /// When the account was looked at: all segments that touch `window`, and the one before and after it.
    async fn coverage(
        &mut self,
        account_id: AccountId,
        window: Span,
    ) -> Result<Coverage, StoreError>;

    /// Everybody ever seen or listed, by id.
    async fn extensions(
        &mut self,
        account_id: AccountId,
    ) -> Result<Vec<ExtensionSummary>, StoreError>;

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
        window: Span,
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
        window: Span,
    ) -> Result<Vec<PackedHistory>, StoreError>;

    /// The latest interval of everybody ever observed that began at or before `moment`, in no order: an index tells each,
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

    /// The latest looks that saw anything and began at or before `moment`, the latest first, at most `limit`.
    async fn looks_before(
        &mut self,
        account_id: AccountId,
        moment: Timestamp,
        limit: u32,
    ) -> Result<Vec<PastLook>, StoreError>;

    /// The last look, whatever it saw.
    async fn last_look(&mut self, account_id: AccountId) -> Result<Option<LookRow>, StoreError>;

    /// Who may write; `None` if no collector ever could.
    async fn lease(&mut self, account_id: AccountId) -> Result<Option<LeaseRow>, StoreError>;
    /// The looks that saw nobody and ended in `window` or at its end, in their order.
    async fn blind_looks(
        &mut self,
        account_id: AccountId,
        window: Span,
    ) -> Result<Vec<BlindLook>, StoreError>;

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

    /// Hands over the rows of a view that analysts read, some at once, in their order. However many there are, few are
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

/// The event log and its projections. Every method is one transaction.
#[async_trait::async_trait]
pub trait Store: Send + Sync {
    /// The accounts in the store, by id.
    async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError>;

    /// Makes sure that the account exists; a name that is given replaces none or another one.
    async fn ensure_account(
        &self,
        account_id: AccountId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// What is known at the end of the account's log; of an account that is not there, nothing.
    async fn load(&self, account_id: AccountId) -> Result<AccountState, StoreError>;

    /// What is recorded under an idempotency key.
    async fn find(&self, account_id: AccountId, key: &str) -> Result<Option<Recorded>, StoreError>;

    /// Appends a batch whole or not at all; when it returns, it is on disk. Creates the account if it is not there.
    ///
    /// A batch whose very snapshots are the next ones of the log already (whenever they were recorded) is a success
    /// without effect: so whoever does not know what became of an append may repeat it. An event must lie between its
    /// snapshot's start and end.
    async fn append(&self, batch: Batch) -> Result<(), StoreError>;

    /// Takes or renews the account's lease for `ttl_ms` from `now`; takes over one that has expired, with the next epoch.
    async fn acquire_lease(
        &self,
        account_id: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError>;

    /// Gives the lease up, if it is still ours.
    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError>;

    /// Begins to read: everything read through the result is of the same moment, whatever is appended meanwhile.
    async fn read(&self) -> Result<Box<dyn Reading>, StoreError>;

    /// See [`Reading::log_end`].
    async fn log_end(&self, account_id: AccountId) -> Result<LogEnd, StoreError> {
        self.read().await?.log_end(account_id).await
    }

    /// See [`Reading::coverage`].
    async fn coverage(&self, account_id: AccountId, window: Span) -> Result<Coverage, StoreError> {
        self.read().await?.coverage(account_id, window).await
    }

    /// See [`Reading::extensions`].
    async fn extensions(&self, account_id: AccountId) -> Result<Vec<ExtensionSummary>, StoreError> {
        self.read().await?.extensions(account_id).await
    }

    /// See [`Reading::histories`].
    async fn histories(
        &self,
        account_id: AccountId,
        extensions: &[ExtensionId],
        window: Span,
    ) -> Result<Vec<ExtensionHistory>, StoreError> {
        let mut reading = self.read().await?;
        reading.histories(account_id, extensions, window).await
    }

    /// See [`Reading::dictionary`].
    async fn dictionary(&self, messages: Messages) -> Result<Dictionary, StoreError> {
        self.read().await?.dictionary(messages).await
    }

    /// See [`Reading::changes`].
    async fn changes(&self, query: &ChangesQuery) -> Result<Vec<LoggedEvent>, StoreError> {
        self.read().await?.changes(query).await
    }

    /// See [`Reading::snapshots`].
    async fn snapshots(
        &self,
        account_id: AccountId,
        after: SnapshotNo,
        limit: u32,
    ) -> Result<Vec<(Snapshot, Timestamp)>, StoreError> {
        let mut reading = self.read().await?;
        reading.snapshots(account_id, after, limit).await
    }

    /// See [`Reading::looks_before`].
    async fn looks_before(
        &self,
        account_id: AccountId,
        moment: Timestamp,
        limit: u32,
    ) -> Result<Vec<PastLook>, StoreError> {
        let mut reading = self.read().await?;
        reading.looks_before(account_id, moment, limit).await
    }

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

    /// Takes apart what is packed of an extension from the month of `from` on, so that it is read from its rows and
    /// packed again later.
    async fn unpack(
        &self,
        account_id: AccountId,
        extension_id: ExtensionId,
        from: Timestamp,
    ) -> Result<(), StoreError>;

    /// Replaces what the daily table holds of some extensions, from one day on.
    ///
    /// Whoever computed it did so from the history as it was then; nothing here compares it with the history. The days
    /// before those that are replaced stay, so they must be there as expected: else nothing is written.
    async fn put_daily(&self, batch: DailyBatch) -> Result<(), StoreError>;

    /// Empties the daily table of one facet of an account.
    async fn clear_daily(&self, account_id: AccountId, facet: Facet) -> Result<(), StoreError>;

    /// Closes the store: everything is written and nothing of it stays open.
    async fn close(&self);
}
