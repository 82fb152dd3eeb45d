//! The integration tests: one binary, one module a subject.

mod accuracy;
mod cli;
mod collector;
mod daily;
mod edges;
mod generate;
mod import;
mod laws;
mod layers;
mod operations;
mod questions;
mod ringcentral;
mod serve;
mod simulation;
mod simulator;
mod spool;
mod sql;
mod store;
mod support;
mod whole_job;
