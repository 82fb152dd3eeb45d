//! The store: one story for every database, and what is each one's own.

mod alterations;
mod auditing;
mod connecting;
mod copy;
mod crash;
pub(crate) mod database;
mod everybody;
mod examine;
pub(crate) mod expected;
mod files;
mod handover;
mod many;
mod months;
mod not_yet;
mod packing;
mod plans;
mod planted;
mod postgres;
mod refusals;
mod roles;
mod same_answers;
mod same_numbers;
mod site_zones;
mod size;
mod story;
mod together;
mod views;
