//! The public JSON shapes: a promise to scripts. Fields may be added, never renamed: those that were, before the
//! first release, are under both names for one release (`renamed`).
//!
//! Ids are strings, since many programs cannot read 64-bit numbers; counters and milliseconds are numbers; times are
//! RFC 3339 with milliseconds and `Z`.

pub mod access;
pub mod as_of;
pub mod calendar;
pub mod checks;
pub mod common;
pub mod daily;
pub mod import;
pub mod provenance;
pub(crate) mod renamed;
pub mod set;
pub mod settings;
pub mod so_far;
