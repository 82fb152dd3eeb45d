//! Sweeps from files: one line a sweep (see [`line`]), recorded like those of the collector.
//!
//! Two stages with a short queue between them: a thread reads and decodes, and the caller's task records, many sweeps
//! a transaction. A line is stored whole or not at all; lines before a bad one stay, and the rest is not read. Lines
//! that the store has already are recognised and skipped, so an import that was cut off is simply run again.

mod decode;
mod error;
pub mod line;
mod lines;

pub use error::{FUTURE_MS_MAX, ImportError, ImportErrorReason};
pub use lines::LINE_BYTES_MAX;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Lines that held a sweep that is in the store now.
    pub line_count: u64,
    /// Those that were stored by this import.
    pub stored_count: u64,
    /// Those that the store had already.
    pub skipped_count: u64,
    /// The change events that the stored ones showed.
    pub event_count: u64,
}
