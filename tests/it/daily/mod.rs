//! The daily table: it says what reports say, and what it calls final stays.

mod keeping;
mod table;
pub(crate) mod world;
