//! The questions asked of recorded history (what is recorded is [`presence_model`]). Pure: no database, network, file, clock or
//! randomness, so that every rule can be tested by hand.
//!
//! - [`query`]: questions asked of recorded history: as-of, timeline, bounds, calendars, policies, reports.
//! - [`escape`]: text from outside, made harmless for a terminal.

pub mod escape;
pub mod query;
