//! What is recorded, the rules of time, and the questions asked of it. Pure: no database, network, file, clock or
//! randomness, so that every rule can be tested by hand.
//!
//! - [`model`]: what is recorded and the laws it obeys: times, facets, states, sweeps, the diff, projections.
//! - [`query`]: questions asked of recorded history: as-of, timeline, bounds, calendars, policies, reports.
//! - [`escape`]: text from outside, made harmless for a terminal.

pub mod escape;
pub mod model;
pub mod query;
