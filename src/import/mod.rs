//! Sweeps from files.

pub mod line;
mod lines;
