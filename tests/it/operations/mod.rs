//! What a running program tells whoever operates it.

mod alerts;
pub(crate) mod metrics;
