//! The `presence` program: questions, their answers, and the ways to ask them. What lies below is in crates of its own
//! (`crates/`); docs/architecture.md draws them.
//!
//! - [`shapes`] and [`render`] (pure): the public JSON shapes, and those as table, JSON, NDJSON or CSV text.
//! - [`picture`], [`page`] (pure): the same shapes as SVG, and as a page that needs nothing else.
//! - [`ask`]: loads what a question needs from the store, and asks it.
//! - [`answers`]: questions as typed requests, and their answers in every form: what the command line and the server share.
//! - [`export`]: tables for analysis.
//! - [`serve`]: the questions over HTTP, and who may ask them.
//! - [`cli`]: the command line.
//! - [`logging`]: the log.
//! - [`config`]: the only place that reads the environment.

pub mod answers;
pub mod ask;
pub mod cli;
pub mod config;
pub mod export;
pub mod logging;
pub mod page;
pub mod picture;
pub mod render;
pub mod serve;
pub mod shapes;
