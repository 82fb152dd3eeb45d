//! The platform's payloads, and sweeps from files.

mod line;
mod record;
mod support;
mod wire;
