//! The integration tests: one binary, one module a subject.

mod laws;
mod simulator;
mod support;
