//! A store that need not be there yet.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::open::{Durability, OpenMode, open};
use super::{
    AccountRow, Audit, Batch, Lease, PackCheck, PackStep, Reading, RebuildMode, RebuildReport,
    Recorded, SiteZone, Store, StoreError,
};
use presence_core::model::daily::DailyBatch;
use presence_core::model::facet::Facet;
use presence_core::model::ids::{AccountId, Epoch, ExtensionId};
use presence_core::model::known::AccountState;
use presence_core::model::time::Timestamp;

/// A store that is opened when it is first used; until that succeeds, each use tries it again and fails with the reason.
pub struct AwaitedStore {
    location: String,
    mode: OpenMode,
    durability: Durability,
    opened: OnceCell<Arc<dyn Store>>,
}

impl AwaitedStore {
    /// The store that `location` names, as [`open`] understands it. Nothing is tried yet.
    pub fn new(location: impl Into<String>, mode: OpenMode, durability: Durability) -> Self {
        Self {
            location: location.into(),
            mode,
            durability,
            opened: OnceCell::new(),
        }
    }

    /// The store itself, opened now if it was not.
    pub async fn opened(&self) -> Result<&Arc<dyn Store>, StoreError> {
        let open = || open(&self.location, self.mode, self.durability);
        self.opened.get_or_try_init(open).await
    }
}

#[async_trait::async_trait]
impl Store for AwaitedStore {
    async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        self.opened().await?.accounts().await
    }

    async fn ensure_account(
        &self,
        account_id: AccountId,
        name: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let store = self.opened().await?;
        store.ensure_account(account_id, name, now).await
    }

    async fn put_site_zones(
        &self,
        account_id: AccountId,
        zones: Vec<SiteZone>,
    ) -> Result<(), StoreError> {
        self.opened().await?.put_site_zones(account_id, zones).await
    }

    async fn load(&self, account_id: AccountId) -> Result<AccountState, StoreError> {
        self.opened().await?.load(account_id).await
    }

    async fn find(&self, account_id: AccountId, key: &str) -> Result<Option<Recorded>, StoreError> {
        self.opened().await?.find(account_id, key).await
    }

    async fn append(&self, batch: Batch) -> Result<(), StoreError> {
        self.opened().await?.append(batch).await
    }

    async fn acquire_lease(
        &self,
        account_id: AccountId,
        holder: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Lease, StoreError> {
        let store = self.opened().await?;
        store.acquire_lease(account_id, holder, now, ttl_ms).await
    }

    async fn release_lease(&self, account_id: AccountId, epoch: Epoch) -> Result<(), StoreError> {
        self.opened().await?.release_lease(account_id, epoch).await
    }

    async fn read(&self) -> Result<Box<dyn Reading>, StoreError> {
        self.opened().await?.read().await
    }

    async fn audit(&self) -> Result<Audit, StoreError> {
        self.opened().await?.audit().await
    }

    async fn rebuild(
        &self,
        account_id: AccountId,
        mode: RebuildMode,
    ) -> Result<RebuildReport, StoreError> {
        self.opened().await?.rebuild(account_id, mode).await
    }

    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        self.opened().await?.refresh_statistics().await
    }

    async fn pack(&self, account_id: AccountId, at_most: u32) -> Result<PackStep, StoreError> {
        self.opened().await?.pack(account_id, at_most).await
    }

    async fn check_packed(&self, account_id: AccountId) -> Result<PackCheck, StoreError> {
        self.opened().await?.check_packed(account_id).await
    }

    async fn unpack(
        &self,
        account_id: AccountId,
        extension_id: ExtensionId,
        from: Timestamp,
    ) -> Result<(), StoreError> {
        let store = self.opened().await?;
        store.unpack(account_id, extension_id, from).await
    }

    async fn put_daily(&self, batch: DailyBatch) -> Result<(), StoreError> {
        self.opened().await?.put_daily(batch).await
    }

    async fn clear_daily(&self, account_id: AccountId, facet: Facet) -> Result<(), StoreError> {
        self.opened().await?.clear_daily(account_id, facet).await
    }

    async fn close(&self) {
        if let Some(store) = self.opened.get() {
            store.close().await;
        }
    }
}
