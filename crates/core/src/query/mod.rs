//! Questions asked of recorded history. Pure: intervals come in sorted, answers go out as values.
//!
//! [`track`] turns one extension's intervals into a gapless account of a window: known, unknown or absent at every
//! moment, with the segments that could also have been something else. Every answer is read from a track.

pub mod absence;
pub mod as_of;
pub mod calendar;
pub mod calendar_days;
pub mod calendars;
pub mod changes;
pub mod classed;
pub mod classes;
mod correction;
pub mod coverage;
pub mod daily;
pub mod earlier;
pub mod episodes;
pub mod explain;
pub mod figures;
pub mod group;
pub mod group_filter;
pub mod holidays;
pub mod hours;
pub mod length;
pub mod local_time;
pub mod meet;
mod membership;
pub mod occupancy;
pub mod period;
pub mod platform_hours;
pub mod policy;
pub mod queues;
pub mod report;
pub mod route;
pub mod schedule_slots;
pub mod staffing;
pub mod steps;
pub mod suggestion;
pub mod suppression;
mod tally;
pub mod time_expression;
pub mod timeline;
pub mod track;
pub mod wanted;
pub mod zone;
