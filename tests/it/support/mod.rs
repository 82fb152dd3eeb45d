//! What several tests share.

pub(crate) mod drawn;
pub(crate) mod memory_store;
pub(crate) mod own_server;
pub(crate) mod parquet;
pub(crate) mod postgres;
pub(crate) mod sweeps;
