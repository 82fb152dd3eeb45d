//! Records sweeps: compares each with what is known, and appends what it shows, several sweeps at a time if wanted.

use std::sync::Arc;

use presence_model::diff::{DiffError, diff};
use presence_model::event::Snapshot;
use presence_model::ids::{AccountId, Epoch, Position, SnapshotNo};
use presence_model::known::AccountState;
use presence_model::observation::{Source, Sweep};
use presence_model::projection::{Delta, fold};
use presence_model::time::Timestamp;
use presence_store::{AppendStore, Batch, StoreError};

/// How often a flush computes its sweeps again because another writer has appended.
const RETRIES: usize = 2;

/// When pending sweeps are appended without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushAt {
    /// When so many sweeps are pending.
    pub sweeps: usize,
    /// When so many events are pending.
    pub events: usize,
}

impl FlushAt {
    /// Every sweep at once: what a collector needs.
    pub const EVERY_SWEEP: Self = Self {
        sweeps: 1,
        events: 0,
    };
    /// What an import needs.
    pub const MANY_SWEEPS: Self = Self {
        sweeps: 64,
        events: 20_000,
    };
}

/// What became of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a snapshot of the log (as soon as it is flushed).
    Recorded {
        /// Which.
        snapshot_no: SnapshotNo,
        /// How many change events it has.
        event_count: usize,
    },
    /// The same sweep had been recorded before; nothing was done.
    AlreadyRecorded {
        /// As which snapshot.
        snapshot_no: SnapshotNo,
    },
}

/// Why a sweep could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It cannot follow what is known.
    #[error("the sweep of account {account_id} was not recorded: {cause}")]
    Order {
        /// Whose sweep.
        account_id: AccountId,
        /// Why not.
        cause: DiffError,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the history of one account.
///
/// Sweeps are compared at once and appended when [`FlushAt`] says so, or by [`Recorder::flush`]. A flush that fails
/// gives up what was pending: the error says so, and what is known is the store's again.
pub struct Recorder {
    store: Arc<dyn AppendStore>,
    account_id: AccountId,
    epoch: Option<Epoch>,
    flush_at: FlushAt,
    /// `None` after a failure, until it is read again.
    known: Option<AccountState>,
    /// What was known before a failure, with what could not be appended; `None` while `known` is there.
    stale: Option<AccountState>,
    /// What the last attempt to record could not.
    unrecorded: Vec<Sweep>,
    pending: Pending,
}

/// Sweeps that have been folded into what is known, but are not in the store yet.
struct Pending {
    /// The end of the log in the store.
    expected: (SnapshotNo, Position),
    sweeps: Vec<Sweep>,
    snapshots: Vec<Snapshot>,
    event_count: usize,
    delta: Delta,
}

impl Pending {
    fn after(known: &AccountState) -> Self {
        Self {
            expected: (known.snapshot_no, known.position),
            sweeps: Vec::new(),
            snapshots: Vec::new(),
            event_count: 0,
            delta: Delta::default(),
        }
    }
}

impl Recorder {
    /// A recorder for an account, which may be new; `epoch` is the lease under which it writes, if it holds one.
    pub async fn open(
        store: Arc<dyn AppendStore>,
        account_id: AccountId,
        epoch: Option<Epoch>,
        flush_at: FlushAt,
    ) -> Result<Self, StoreError> {
        let known = store.load(account_id).await?;
        Ok(Self {
            store,
            account_id,
            epoch,
            flush_at,
            pending: Pending::after(&known),
            known: Some(known),
            stale: None,
            unrecorded: Vec::new(),
        })
    }

    /// What is known, with what is pending; `None` after a failure, until the next sweep is recorded.
    pub fn known(&self) -> Option<&AccountState> {
        self.known.as_ref()
    }

    /// What was known last, be it before a failure; for plans, not for conclusions.
    pub fn last_known(&self) -> Option<&AccountState> {
        self.known.as_ref().or(self.stale.as_ref())
    }

    /// After a failure: what is not in the store and not pending any more.
    pub fn take_unrecorded(&mut self) -> Vec<Sweep> {
        std::mem::take(&mut self.unrecorded)
    }

    /// How many sweeps are not in the store yet.
    pub fn pending_count(&self) -> usize {
        self.pending.sweeps.len()
    }

    /// Compares a sweep with what is known, and appends it if [`FlushAt`] says so.
    ///
    /// A sweep that cannot follow, or whose key is taken by another, changes nothing; what was pending stays pending.
    ///
    /// # Panics
    /// If the sweep is of another account.
    pub async fn record(&mut self, sweep: Sweep, now: Timestamp) -> Result<Outcome, RecordError> {
        assert_eq!(
            sweep.account_id, self.account_id,
            "a recorder records the sweeps of its account"
        );
        self.unrecorded.clear();
        let outcome = self.take(sweep).await?;
        let is_full = self.pending.sweeps.len() >= self.flush_at.sweeps
            || self.pending.event_count >= self.flush_at.events;
        if is_full && !self.pending.sweeps.is_empty() {
            let flushed = self.flush(now).await?;
            if let (Outcome::Recorded { .. }, Some(last)) = (outcome, flushed.last()) {
                return Ok(*last);
            }
        }
        Ok(outcome)
    }

    /// Appends what is pending; what became of each sweep, in order. If another writer has appended meanwhile, the
    /// sweeps are compared again with what is known now.
    pub async fn flush(&mut self, now: Timestamp) -> Result<Vec<Outcome>, RecordError> {
        let mut outcomes = None;
        for _ in 0..RETRIES {
            match self.append(now).await {
                Ok(recorded) => return Ok(outcomes.unwrap_or(recorded)),
                Err(StoreError::HeadMoved { .. }) => {
                    let sweeps = std::mem::take(&mut self.pending.sweeps);
                    self.forget();
                    outcomes = Some(self.take_again(sweeps).await?);
                }
                Err(error) => {
                    self.forget();
                    return Err(error.into());
                }
            }
        }
        match self.append(now).await {
            Ok(recorded) => Ok(outcomes.unwrap_or(recorded)),
            Err(error) => {
                self.forget();
                Err(error.into())
            }
        }
    }

    /// What is pending is given up, and what is known must be read again.
    fn forget(&mut self) {
        if let Some(known) = self.known.take() {
            self.stale = Some(known);
        }
        self.unrecorded.append(&mut self.pending.sweeps);
    }

    async fn take_again(&mut self, sweeps: Vec<Sweep>) -> Result<Vec<Outcome>, RecordError> {
        let mut outcomes = Vec::with_capacity(sweeps.len());
        let mut sweeps = sweeps.into_iter();
        while let Some(sweep) = sweeps.next() {
            match self.take(sweep).await {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => {
                    self.unrecorded.extend(sweeps);
                    self.forget();
                    return Err(error);
                }
            }
        }
        Ok(outcomes)
    }

    /// Folds a sweep into what is known, unless it is recorded already.
    async fn take(&mut self, sweep: Sweep) -> Result<Outcome, RecordError> {
        match self.compare(&sweep).await {
            Ok(outcome @ Outcome::AlreadyRecorded { .. }) => Ok(outcome),
            Ok(outcome) => {
                self.pending.sweeps.push(sweep);
                Ok(outcome)
            }
            Err(error) => {
                self.unrecorded.push(sweep);
                Err(error)
            }
        }
    }

    async fn compare(&mut self, sweep: &Sweep) -> Result<Outcome, RecordError> {
        if self.known.is_none() {
            let known = self.store.load(self.account_id).await?;
            self.pending = Pending::after(&known);
            self.known = Some(known);
            self.stale = None;
        }
        if let Some(snapshot_no) = self.recorded_as(sweep).await? {
            return Ok(Outcome::AlreadyRecorded { snapshot_no });
        }
        let known = self.known.as_mut().expect("it was read above");
        let snapshot = diff(known, sweep).map_err(|cause| RecordError::Order {
            account_id: sweep.account_id,
            cause,
        })?;
        fold(known, &snapshot, &mut self.pending.delta);
        known.remember_requests(sweep);
        let outcome = Outcome::Recorded {
            snapshot_no: snapshot.snapshot_no,
            event_count: snapshot.events.len(),
        };
        self.pending.event_count += snapshot.events.len();
        self.pending.snapshots.push(snapshot);
        Ok(outcome)
    }

    /// The snapshot that the same sweep is recorded as. The key of an imported sweep contains its time, so one that
    /// starts after all that is known is new.
    async fn recorded_as(&self, sweep: &Sweep) -> Result<Option<SnapshotNo>, StoreError> {
        let known = self.known.as_ref().and_then(|known| known.finished_at);
        if sweep.source == Source::Import && Some(sweep.started_at) > known {
            return Ok(None);
        }
        let key = &sweep.idempotency_key;
        let same_key = |snapshot: &&Snapshot| snapshot.idempotency_key == *key;
        let pending = self.pending.snapshots.iter().find(same_key);
        let found = if let Some(snapshot) = pending {
            Some((snapshot.snapshot_no, snapshot.content_digest))
        } else {
            let recorded = self.store.find(self.account_id, key).await?;
            recorded.map(|recorded| (recorded.snapshot_no, recorded.content_digest))
        };
        match found {
            None => Ok(None),
            Some((snapshot_no, digest)) if digest == sweep.content_digest() => {
                Ok(Some(snapshot_no))
            }
            Some((snapshot_no, _)) => Err(StoreError::KeyReused {
                account_id: self.account_id,
                key: key.clone(),
                snapshot_no,
            }),
        }
    }

    async fn append(&mut self, now: Timestamp) -> Result<Vec<Outcome>, StoreError> {
        let outcomes = self
            .pending
            .snapshots
            .iter()
            .map(|snapshot| Outcome::Recorded {
                snapshot_no: snapshot.snapshot_no,
                event_count: snapshot.events.len(),
            });
        let outcomes = outcomes.collect();
        if self.pending.snapshots.is_empty() {
            return Ok(outcomes);
        }
        // A caller that stops waiting here leaves nothing known, so that it is read again.
        let known = self
            .known
            .take()
            .expect("what is pending was folded into it");
        let snapshots = std::mem::take(&mut self.pending.snapshots);
        let batch = Batch {
            account_id: self.account_id,
            expected: self.pending.expected,
            epoch: self.epoch,
            snapshots: snapshots.into_iter().map(|one| (one, now)).collect(),
            delta: std::mem::take(&mut self.pending.delta),
        };
        let appended = self.store.append(batch).await;
        if let Err(error) = appended {
            self.stale = Some(known);
            return Err(error);
        }
        self.pending = Pending::after(&known);
        self.known = Some(known);
        Ok(outcomes)
    }
}
