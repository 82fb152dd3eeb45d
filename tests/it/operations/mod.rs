//! What a running program tells whoever operates it.

mod alerts;
mod metrics;
