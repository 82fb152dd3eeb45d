//! Writes a generated history into a store, many looks at a time.

use super::{HistoryConfig, NextSweep, Sweeps};
use presence_model::diff::diff_of_changed;
use presence_model::event::Snapshot;
use presence_model::ids::{AccountId, Position, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::projection::{Delta, fold};
use presence_model::time::Timestamp;
use presence_store::{AppendStore, Batch, Recorded, StoreError, refresh_statistics};

/// An append has so many events,
const BATCH_EVENTS: usize = 50_000;
/// or so many sweeps, whatever comes first.
const BATCH_LOOKS: usize = 1_000;
/// How long after its end a sweep is recorded, in milliseconds.
const RECORDING_MS: i64 = 15;

/// What the account is called in the store.
const ACCOUNT_NAME: &str = "Simulated office";

/// How far a history has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many slots there are.
    pub slot_count: u64,
    /// How many of them have passed.
    pub slots_passed: u64,
    /// What is done so far.
    pub summary: Summary,
}

/// What a history amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Sweeps in the history.
    pub look_count: u64,
    /// Change events in the history.
    pub event_count: u64,
    /// Sweeps that the store had already, of those.
    pub already_count: u64,
}

/// Why a history was not written, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The account is there with a history that is not the beginning of this one.
    #[error(
        "account {account_id} already has another history (snapshot {snapshot_no} differs): choose another store or another account; nothing was written"
    )]
    OtherHistory {
        /// Which account.
        account_id: AccountId,
        /// The first sweep that was found to differ.
        snapshot_no: SnapshotNo,
    },
    /// The store refused or failed.
    #[error(
        "{cause}; the first {written} sweeps are stored; the same command continues from there"
    )]
    Store {
        /// Why.
        cause: StoreError,
        /// How many sweeps are in the store.
        written: i64,
    },
}

/// Writes a history into a store that does not have it, or only its beginning.
///
/// Memory does not grow with its length. Every append is whole or not at all; after an interruption the same
/// configuration goes on where the store ends, and the result is the same as without one.
pub async fn generate(
    store: &dyn AppendStore,
    config: HistoryConfig,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary, GenerateError> {
    let mut sweeps = Sweeps::new(config);
    let mut writer = Writer::open(store, AccountId(config.office.account_id)).await?;
    while let Some(next) = sweeps.next_sweep() {
        let is_full = writer.take(&next).await?;
        if is_full {
            writer.flush().await?;
            on_progress(progress(&sweeps, writer.summary));
        }
    }
    writer.flush().await?;
    writer.check_end()?;
    refresh_statistics(store).await;
    on_progress(progress(&sweeps, writer.summary));
    Ok(writer.summary)
}

fn progress(sweeps: &Sweeps, summary: Summary) -> Progress {
    Progress {
        slot_count: sweeps.slot_count(),
        slots_passed: sweeps.slots_passed(),
        summary,
    }
}

/// Writes what is not there yet; what is there is compared.
struct Writer<'a> {
    store: &'a dyn AppendStore,
    known: AccountState,
    /// Where the store's own history ended at the beginning.
    stored: (SnapshotNo, Position),
    expected: (SnapshotNo, Position),
    snapshots: Vec<(Snapshot, Timestamp)>,
    event_count: usize,
    delta: Delta,
    summary: Summary,
}

impl<'a> Writer<'a> {
    async fn open(
        store: &'a dyn AppendStore,
        account_id: AccountId,
    ) -> Result<Self, GenerateError> {
        let failed = |cause| GenerateError::Store { cause, written: 0 };
        let stored = store.load(account_id).await.map_err(failed)?;
        let known = AccountState::new(account_id);
        Ok(Self {
            store,
            stored: (stored.snapshot_no, stored.position),
            expected: (known.snapshot_no, known.position),
            known,
            snapshots: Vec::new(),
            event_count: 0,
            delta: Delta::default(),
            summary: Summary::default(),
        })
    }

    /// Adds a sweep to what is to be written; returns whether that is enough for an append.
    async fn take(&mut self, next: &NextSweep<'_>) -> Result<bool, GenerateError> {
        for (extension_id, requested_at) in next.last_requests {
            self.known.remember_request(*extension_id, *requested_at);
        }
        let snapshot = diff_of_changed(&self.known, next.sweep, next.differing)
            .expect("the sweeps of a history run forward in time");
        fold(&mut self.known, &snapshot, &mut self.delta);
        self.known.remember_directory(next.sweep);
        self.summary.look_count += 1;
        self.summary.event_count += snapshot.events.len() as u64;
        if snapshot.snapshot_no <= self.stored.0 {
            self.summary.already_count += 1;
            self.compare(&snapshot).await?;
            self.delta = Delta::default();
            self.expected = (self.known.snapshot_no, self.known.position);
            return Ok(false);
        }
        self.event_count += snapshot.events.len();
        let recorded_at = snapshot.finished_at.plus_ms(RECORDING_MS);
        self.snapshots.push((snapshot, recorded_at));
        Ok(self.event_count >= BATCH_EVENTS || self.snapshots.len() >= BATCH_LOOKS)
    }

    /// Compares a sweep with what the store has in its place. A sweep's digest covers all that was seen in it, so the
    /// first one and the last, with the end of the log, speak for those between.
    async fn compare(&self, snapshot: &Snapshot) -> Result<(), GenerateError> {
        let is_last = snapshot.snapshot_no == self.stored.0;
        if snapshot.snapshot_no != SnapshotNo(1) && !is_last {
            return Ok(());
        }
        let account_id = self.known.account_id;
        let found = self.store.find(account_id, &snapshot.idempotency_key).await;
        let found = found.map_err(|cause| self.failed(cause))?;
        let same = Recorded {
            snapshot_no: snapshot.snapshot_no,
            content_digest: snapshot.content_digest,
        };
        if found == Some(same) && (!is_last || self.known.position == self.stored.1) {
            return Ok(());
        }
        Err(GenerateError::OtherHistory {
            account_id,
            snapshot_no: snapshot.snapshot_no,
        })
    }

    /// The store's history must not go on where this one ends.
    fn check_end(&self) -> Result<(), GenerateError> {
        if self.known.snapshot_no >= self.stored.0 {
            return Ok(());
        }
        Err(GenerateError::OtherHistory {
            account_id: self.known.account_id,
            snapshot_no: self.known.snapshot_no.next(),
        })
    }

    async fn flush(&mut self) -> Result<(), GenerateError> {
        let Some((first, _)) = self.snapshots.first() else {
            return Ok(());
        };
        if first.snapshot_no == SnapshotNo(1) {
            let (account_id, at) = (first.account_id, first.started_at);
            let named = self
                .store
                .ensure_account(account_id, Some(ACCOUNT_NAME), at);
            named.await.map_err(|cause| self.failed(cause))?;
        }
        let batch = Batch {
            account_id: self.known.account_id,
            expected: self.expected,
            epoch: None,
            snapshots: std::mem::take(&mut self.snapshots),
            delta: std::mem::take(&mut self.delta),
        };
        let appended = self.store.append(batch).await;
        appended.map_err(|cause| self.failed(cause))?;
        self.expected = (self.known.snapshot_no, self.known.position);
        self.event_count = 0;
        Ok(())
    }

    fn failed(&self, cause: StoreError) -> GenerateError {
        GenerateError::Store {
            cause,
            written: self.expected.0.0,
        }
    }
}
