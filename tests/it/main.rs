//! The integration tests: one binary, one module a subject.

mod import;
mod laws;
mod simulator;
mod support;
