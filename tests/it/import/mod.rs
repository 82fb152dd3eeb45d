//! The platform's payloads, and sweeps from files.

mod wire;
