//! One store for all nodes: sometimes it is unavailable, slow, or loses answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use presence_model::event::Snapshot;
use presence_model::history::Replay;
use presence_model::ids::{AccountId, Epoch};
use presence_model::known::AccountState;
use presence_model::time::Timestamp;
use presence_store::{AppendStore, Batch, Lease, Recorded, StoreError};

use super::node::ACCOUNT;
use super::world::World;

/// See the module.
pub(super) struct SharedStore {
    world: Arc<World>,
    inner: Mutex<Inner>,
}

struct Inner {
    replay: Replay,
    log: Vec<Snapshot>,
    keys: HashMap<String, usize>,
    /// The epoch of each row.
    epochs: Vec<i64>,
    holder: Option<(String, Timestamp)>,
    epoch: i64,
}

impl SharedStore {
    pub(super) fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            inner: Mutex::new(Inner {
                replay: Replay::new(ACCOUNT),
                log: Vec::new(),
                keys: HashMap::new(),
                epochs: Vec::new(),
                holder: None,
                epoch: 0,
            }),
        })
    }

    pub(super) fn log(&self) -> Vec<Snapshot> {
        self.inner().log.clone()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.inner().keys.contains_key(key)
    }

    pub(super) fn handovers(&self) -> i64 {
        self.inner().epoch - 1
    }

    /// Checks that no row was written with an epoch that was over.
    pub(super) fn check_epochs(&self) {
        let inner = self.inner();
        assert!(inner.epochs.is_sorted(), "{:?}", inner.epochs);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no node panics in it")
    }

    /// The content, after a while, unless the store is unavailable.
    async fn reached(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        self.world.pass(0, 40).await;
        if self.world.is_store_away() || self.world.once_in(500) {
            return Err(away());
        }
        Ok(self.inner())
    }

    /// The answer comes after a while, or is lost.
    async fn answered<T>(&self, answer: T) -> Result<T, StoreError> {
        self.world.pass(0, 40).await;
        if self.world.once_in(200) {
            return Err(away());
        }
        Ok(answer)
    }
}

fn away() -> StoreError {
    StoreError::Away("the store is away".to_owned())
}

#[async_trait::async_trait]
impl AppendStore for SharedStore {
    async fn ensure_account(
        &self,
        _: AccountId,
        _: Option<&str>,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        drop(self.reached().await?);
        Ok(())
    }

    async fn load(&self, _: AccountId) -> Result<AccountState, StoreError> {
        let state = self.reached().await?.replay.state().clone();
        self.answered(state).await
    }

    async fn find(&self, _: AccountId, key: &str) -> Result<Option<Recorded>, StoreError> {
        let found = {
            let inner = self.reached().await?;
            inner.keys.get(key).map(|index| {
                let row = &inner.log[*index];
                Recorded {
                    snapshot_no: row.snapshot_no,
                    content_digest: row.content_digest,
                }
            })
        };
        self.answered(found).await
    }

    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        let appended = {
            let mut inner = self.reached().await?;
            let ours = batch.epoch.expect("collectors have a lease");
            if ours.0 != inner.epoch || inner.holder.is_none() {
                return Err(StoreError::LeaseLost {
                    account_id: ACCOUNT,
                    ours,
                    actual: Epoch(inner.epoch),
                });
            }
            let state = inner.replay.state();
            if batch.expected != (state.snapshot_no, state.position) {
                return Err(StoreError::HeadMoved {
                    account_id: ACCOUNT,
                    expected: batch.expected.0,
                    actual: state.snapshot_no,
                });
            }
            for (snapshot, _) in batch.snapshots {
                let index = inner.log.len();
                let key = snapshot.idempotency_key.clone();
                assert!(inner.keys.insert(key, index).is_none(), "a key comes twice");
                inner.replay.fold(&snapshot);
                inner.log.push(snapshot);
                inner.epochs.push(ours.0);
            }
        };
        self.answered(appended).await
    }

    async fn acquire_lease(
        &self,
        _: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError> {
        let lease = {
            let mut inner = self.reached().await?;
            match inner.holder.clone() {
                Some((other, expires_at)) if other != holder && now < expires_at => Lease::Taken {
                    holder: other,
                    expires_at,
                },
                current => {
                    if current.is_none_or(|(other, _)| other != holder) {
                        inner.epoch += 1;
                    }
                    inner.holder = Some((holder.to_owned(), now.plus_ms(ttl_ms)));
                    Lease::Held(Epoch(inner.epoch))
                }
            }
        };
        self.answered(lease).await
    }

    async fn release_lease(&self, _: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        let mut inner = self.reached().await?;
        if inner.epoch == epoch.0 {
            inner.holder = None;
        }
        Ok(())
    }
}
