//! A store that need not be there yet, and the handles to it.

use std::sync::Arc;

use tokio::sync::OnceCell;

use super::open::{Durability, OpenMode, open};
use super::{Store, StoreError};

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

/// What may be done with a store, such as `dyn AppendStore`: of one that is open, or of one that need not be there yet.
pub enum StoreHandle<S: ?Sized> {
    /// It is open.
    Open(Arc<S>),
    /// It is opened when it is first used.
    Awaited {
        /// The store.
        store: Arc<AwaitedStore>,
        /// Which part of it this is.
        part: fn(Arc<dyn Store>) -> Arc<S>,
    },
}

impl<S: ?Sized> StoreHandle<S> {
    /// The store, opened now if it was not.
    pub async fn get(&self) -> Result<Arc<S>, StoreError> {
        match self {
            Self::Open(store) => Ok(Arc::clone(store)),
            Self::Awaited { store, part } => Ok(part(Arc::clone(store.opened().await?))),
        }
    }
}

impl StoreHandle<dyn Store> {
    /// A store that is opened when it is first used.
    pub fn awaited(store: AwaitedStore) -> Self {
        Self::Awaited {
            store: Arc::new(store),
            part: |store| store,
        }
    }

    /// A part of the same store, for those who need no more: `store.part::<dyn ReadStore>(|store| store)`.
    pub fn part<S: ?Sized>(&self, part: fn(Arc<dyn Store>) -> Arc<S>) -> StoreHandle<S> {
        match self {
            Self::Open(store) => StoreHandle::Open(part(Arc::clone(store))),
            Self::Awaited { store, .. } => StoreHandle::Awaited {
                store: Arc::clone(store),
                part,
            },
        }
    }

    /// Closes the store, if it was ever opened.
    pub async fn close(&self) {
        let opened = match self {
            Self::Open(store) => Some(store),
            Self::Awaited { store, .. } => store.opened.get(),
        };
        if let Some(store) = opened {
            store.close().await;
        }
    }
}

impl<S: ?Sized> Clone for StoreHandle<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Open(store) => Self::Open(Arc::clone(store)),
            Self::Awaited { store, part } => Self::Awaited {
                store: Arc::clone(store),
                part: *part,
            },
        }
    }
}

impl<S: ?Sized> From<Arc<S>> for StoreHandle<S> {
    fn from(store: Arc<S>) -> Self {
        Self::Open(store)
    }
}
