//! The daily table: its totals are those of reports, and a final day never changes.

mod keeping;
mod table;
pub(crate) mod world;
