//! A question to a store, in its own transaction.

use presence_store::{ReadStore, Reading};

/// Begins transactions that must succeed.
pub(crate) trait ReadAtOnce {
    /// A transaction that has begun.
    async fn reading(&self) -> Box<dyn Reading>;
}

impl<S: ReadStore + ?Sized> ReadAtOnce for S {
    async fn reading(&self) -> Box<dyn Reading> {
        self.read().await.expect("it can be read")
    }
}
