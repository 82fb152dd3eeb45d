//! A store in memory, for tests of its writers; it can be set to fail.

use std::sync::{Mutex, MutexGuard};

use presence_model::diff::diff;
use presence_model::event::Snapshot;
use presence_model::history::Replay;
use presence_model::ids::{AccountId, Epoch};
use presence_model::known::AccountState;
use presence_model::observation::Sweep;
use presence_model::time::Timestamp;
use presence_store::{AppendStore, Batch, Lease, Recorded, StoreError};

/// The log of one account, and its lease.
pub(crate) struct MemoryStore {
    inner: Mutex<Inner>,
}

struct Inner {
    replay: Replay,
    log: Vec<Snapshot>,
    name: Option<String>,
    lease: Option<(String, Timestamp)>,
    epoch: i64,
    appends_left: Option<usize>,
    is_away: bool,
    away_calls: usize,
    loses_answers: bool,
    lapses: usize,
}

impl MemoryStore {
    pub(crate) fn new(account_id: AccountId) -> Self {
        Self {
            inner: Mutex::new(Inner {
                replay: Replay::new(account_id),
                log: Vec::new(),
                name: None,
                lease: None,
                epoch: 0,
                appends_left: None,
                is_away: false,
                away_calls: 0,
                loses_answers: false,
                lapses: 0,
            }),
        }
    }

    /// Lets it fail after this many more appends.
    pub(crate) fn fail_after(&self, appends: usize) {
        self.inner().appends_left = Some(appends);
    }

    /// Makes it unavailable, or available again.
    pub(crate) fn be_away(&self, is_away: bool) {
        self.inner().is_away = is_away;
    }

    /// Makes it unavailable for this many calls.
    pub(crate) fn be_away_for(&self, calls: usize) {
        self.inner().away_calls = calls;
    }

    /// Lets it append, and then become unavailable before it answers.
    pub(crate) fn lose_answers(&self) {
        self.inner().loses_answers = true;
    }

    /// Another holder takes the lease until `expires_at`.
    pub(crate) fn lend_to(&self, holder: &str, expires_at: Timestamp) {
        let mut inner = self.inner();
        inner.epoch += 1;
        inner.lease = Some((holder.to_owned(), expires_at));
    }

    /// Appends a sweep as another program would, without a lease.
    pub(crate) fn import(&self, sweep: &Sweep) {
        let mut inner = self.inner();
        let snapshot = diff(inner.replay.state(), sweep).expect("it follows");
        inner.replay.fold(&snapshot);
        inner.log.push(snapshot);
    }

    pub(crate) fn log(&self) -> Vec<Snapshot> {
        self.inner().log.clone()
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.inner().name.clone()
    }

    pub(crate) fn is_leased(&self) -> bool {
        self.inner().lease.is_some()
    }

    /// How often a holder renewed a lease that had expired.
    pub(crate) fn lapses(&self) -> usize {
        self.inner().lapses
    }

    pub(crate) fn replay(&self) -> Replay {
        self.inner().replay.clone()
    }

    /// The content, unless the store is unavailable.
    fn reached(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let mut inner = self.inner();
        if inner.away_calls > 0 {
            inner.away_calls -= 1;
            return Err(StoreError::Away("the store is away".to_owned()));
        }
        if inner.is_away {
            return Err(StoreError::Away("the store is away".to_owned()));
        }
        Ok(inner)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test panics inside the store")
    }
}

#[async_trait::async_trait]
impl AppendStore for MemoryStore {
    async fn ensure_account(
        &self,
        _: AccountId,
        name: Option<&str>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        self.reached()?.name = name.map(str::to_owned);
        Ok(())
    }

    async fn load(&self, _: AccountId) -> Result<AccountState, StoreError> {
        Ok(self.reached()?.replay.state().clone())
    }

    async fn find(&self, _: AccountId, key: &str) -> Result<Option<Recorded>, StoreError> {
        let inner = self.reached()?;
        let found = inner.log.iter().find(|row| row.idempotency_key == key);
        Ok(found.map(|row| Recorded {
            snapshot_no: row.snapshot_no,
            content_digest: row.content_digest,
        }))
    }

    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        let mut inner = self.reached()?;
        if let Some(left) = &mut inner.appends_left {
            if *left == 0 {
                return Err(StoreError::Unusable("the disk is full".to_owned()));
            }
            *left -= 1;
        }
        if let Some(ours) = batch.epoch
            && ours.0 != inner.epoch
        {
            return Err(StoreError::LeaseLost {
                account_id: batch.account_id,
                ours,
                actual: Epoch(inner.epoch),
            });
        }
        let state = inner.replay.state();
        if batch.expected != (state.snapshot_no, state.position) {
            return Err(StoreError::HeadMoved {
                account_id: batch.account_id,
                expected: batch.expected.0,
                actual: state.snapshot_no,
            });
        }
        for (snapshot, _) in batch.snapshots {
            assert!(snapshot.finished_at >= snapshot.started_at);
            for event in &snapshot.events {
                let swept = snapshot.started_at..=snapshot.finished_at;
                assert!(
                    swept.contains(&event.observed_at),
                    "{event:?} outside {swept:?}"
                );
            }
            inner.replay.fold(&snapshot);
            inner.log.push(snapshot);
        }
        if inner.loses_answers {
            inner.loses_answers = false;
            inner.is_away = true;
            return Err(StoreError::Away("the answer was lost".to_owned()));
        }
        Ok(())
    }

    async fn acquire_lease(
        &self,
        _: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError> {
        let mut inner = self.reached()?;
        match inner.lease.clone() {
            Some((other, expires_at)) if other != holder && now < expires_at => {
                return Ok(Lease::Taken {
                    holder: other,
                    expires_at,
                });
            }
            Some((_, expires_at)) if now < expires_at => {}
            Some((other, _)) if other == holder => inner.lapses += 1,
            _ => inner.epoch += 1,
        }
        inner.lease = Some((holder.to_owned(), now.plus_ms(ttl_ms)));
        Ok(Lease::Held(Epoch(inner.epoch)))
    }

    async fn release_lease(&self, _: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        let mut inner = self.reached()?;
        if inner.epoch == epoch.0 {
            inner.lease = None;
        }
        Ok(())
    }
}
