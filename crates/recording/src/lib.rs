//! Sweeps into the store.
//!
//! - [`recorder`]: compares each sweep with what is known, and appends what it shows.
//! - [`spool`]: where sweeps wait while the store cannot be reached.
//! - [`import`]: sweeps from files.

pub mod import;
pub mod recorder;
pub mod spool;
