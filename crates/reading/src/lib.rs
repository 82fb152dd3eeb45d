//! Reads from a store what questions need, on behalf of someone who may see all of it or a part.
//!
//! - [`context`]: one consistent view of an account's history, cut down to what the asker may see ([`veil`], [`as_of_view`]).
//! - [`names`], [`person`], [`team`], [`types`], [`zones`], [`free`]: the people and names that a question means.
//! - `queues`: the call queues that policies ask.
//! - [`parallel`]: counting histories on all cores, a part at a time.
//! - [`daily`]: keeps the table of daily amounts; [`export`]: rows of the views; [`health`]: where the history ends.

pub mod as_of_view;
pub mod context;
pub mod daily;
pub mod error;
pub mod export;
pub mod free;
pub mod health;
pub mod names;
pub mod parallel;
pub mod person;
mod queues;
pub mod team;
pub mod types;
pub mod veil;
pub mod zones;
