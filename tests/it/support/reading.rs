//! A question to a store, in a transaction of its own.

use presence_store::{ReadStore, Reading};

/// Reads what must be readable.
pub(crate) trait ReadAtOnce {
    /// A transaction that has begun.
    async fn reading(&self) -> Box<dyn Reading>;
}

impl<S: ReadStore + ?Sized> ReadAtOnce for S {
    async fn reading(&self) -> Box<dyn Reading> {
        self.read().await.expect("it can be read")
    }
}
