//! What came of sweeps that were sent.

use schemars::JsonSchema;
use serde::Serialize;

/// The answer to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Imported {
    /// Lines that held a sweep that is in the store now.
    pub line_count: u64,
    /// Those that were stored by this import.
    pub stored_count: u64,
    /// Those that the store had already.
    pub skipped_count: u64,
    /// Changes that were stored.
    pub event_count: u64,
}
