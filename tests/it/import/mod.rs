//! The platform's payloads, and sweeps from files.

mod line;
mod support;
mod wire;
