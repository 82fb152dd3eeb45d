//! The store: one story for every database, and what is SQLite's own.

mod copy;
mod crash;
pub(crate) mod database;
mod expected;
mod files;
mod refusals;
mod size;
mod story;
mod together;
mod views;
