//! The integration tests: one binary, one module a subject.

mod cli;
mod import;
mod laws;
mod layers;
mod ringcentral;
mod simulator;
mod support;
