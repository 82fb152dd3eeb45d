//! The integration tests: one binary, with a module for each subject.

mod accuracy;
mod cli;
mod collector;
mod corpus;
mod daily;
mod documents;
mod edges;
mod generate;
mod icalendar;
mod import;
mod laws;
mod layers;
mod operations;
mod queue_accuracy;
mod renamed;
mod ringcentral;
mod serve;
mod simulation;
mod simulator;
mod spool;
mod sql;
mod store;
mod support;
mod times;
mod whole_job;
mod words;
