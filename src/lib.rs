//! The `presence` program: the command line and the log. What lies below is in crates of its own (`crates/`);
//! docs/architecture.md draws them.

pub mod cli;
pub mod logging;
