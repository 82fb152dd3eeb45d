//! The platform's answers, and sweeps from files.

mod line;
mod record;
mod support;
mod wire;
