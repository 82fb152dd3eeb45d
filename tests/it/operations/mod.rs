//! What a running program shows its operator.

mod alerts;
pub(crate) mod metrics;
