//! The integration tests: one binary, one module a subject.

mod simulator;
mod store;
mod support;
