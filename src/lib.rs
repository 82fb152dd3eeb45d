//! An event-sourced presence history store for RingCentral.
//!
//! Decide in pure functions, act in a thin shell. The code map:
//!
//! - [`model`] (pure): what is recorded and the laws it obeys: times, facets, states, sweeps, the diff, projections.
//! - [`query`] (pure): questions asked of recorded history: as-of, timeline, bounds, calendars, reports.
//! - [`shapes`] and [`render`] (pure): the public JSON shapes, and those as table, JSON, NDJSON or CSV text.
//! - [`picture`], [`page`] (pure): the same shapes as SVG, and as a page that needs nothing else.
//! - [`ringcentral`]: the platform's client; decoding its payloads is pure.
//! - [`collector`]: one sweep, the schedule, the loop.
//! - [`spool`]: where looks wait while the store cannot be reached.
//! - [`store`]: the event log and its projections in a database.
//! - [`simulator`]: a local platform with an office behind it, for demonstrations and tests.
//! - [`generate`]: plausible histories of a simulated office, written straight into a store.
//! - [`ask`]: loads what a question needs from the store, and asks it.
//! - [`answers`]: questions as typed requests, and their answers in every form: what the command line and the server share.
//! - [`import`]: sweeps from files.
//! - [`operations`]: what a running collector tells whoever operates it: health, metrics, the service manager.
//! - [`import`]: sweeps from files. [`export`]: tables for analysis.
//! - [`serve`]: the questions over HTTP, and who may ask them.
//! - [`cli`]: the command line.
//! - [`logging`]: the log.
//! - [`private`]: files that others must not read. [`files`]: text files that other programs wrote.
//! - [`clock`], [`config`]: the only places that read the time and the environment.

pub mod answers;
pub mod ask;
pub mod cli;
pub mod clock;
pub mod collector;
pub mod config;
pub mod export;
pub mod files;
pub mod generate;
pub mod import;
pub mod logging;
pub mod model;
pub mod operations;
pub mod page;
pub mod picture;
pub mod private;
pub mod query;
pub mod render;
pub mod ringcentral;
pub mod serve;
pub mod shapes;
pub mod simulator;
pub mod spool;
pub mod store;
