//! The public JSON shapes: a promise to scripts. Fields may be added, never renamed: those that were, before the
//! first release, are under both names for one release (`renamed`).
//!
//! Ids are strings, since many programs cannot read 64-bit numbers; counters and milliseconds are numbers; times are
//! RFC 3339 with milliseconds and `Z`.

pub mod access;
pub mod as_of;
pub mod at;
pub mod calendar;
pub mod changes;
pub mod checks;
pub mod common;
pub mod coverage;
pub mod daily;
pub mod explain;
pub mod heatmap;
pub mod import;
pub mod live;
pub mod meet;
pub mod people;
pub mod policy;
pub mod provenance;
mod renamed;
pub mod report;
pub mod report_options;
pub mod restatement;
pub mod route;
pub mod set;
pub mod settings;
pub mod so_far;
pub mod staffing;
pub mod timeline;
