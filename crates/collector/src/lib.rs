//! Watches one account: one sweep a slot, and what names people in the time between.
//!
//! [`schedule`] decides when to look (pure), [`sweep`] looks once, [`directory`] keeps names, groups and time zones
//! known, [`queues`] asks who takes the calls of queues, and [`run`] is the loop. While the store cannot be used, sweeps wait in a spool (`backlog`; `early` where it could
//! not be used from the start). It knows the platform, the store and the clock by their traits alone, and it never
//! prints: the program that runs it follows its progress through [`progress::Observer`]. [`operations`] is what a running
//! collector shows to operators: health, metrics, the service manager.

mod backlog;
mod clocks;
pub mod directory;
pub mod operations;
mod packing;
pub mod progress;
pub mod queues;
mod recording;
pub mod run;
pub mod schedule;
mod session;
mod startup;
pub mod sweep;
