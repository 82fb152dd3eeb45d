//! What a calendar says day by day, and why: its hours, the rules that decide, the holidays.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Span as DateSpan;
use jiff::civil::Date;

use super::calendar::{Bucket, schedule};
use super::calendars::Calendar;
use super::holidays::Holiday;
use super::zone::Zone;
use presence_model::time::TimeRange;

/// A local day of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarDay {
    /// The day.
    pub date: Date,
    /// What begins on it, in minutes after its midnight by the clock, half-open; up to 48:00.
    pub open: Vec<Range<i16>>,
    /// How long that is, in milliseconds, in days that may have 23 or 25 hours; without what a shift of the day before
    /// has already.
    pub scheduled_ms: i64,
    /// The rules of the hours that decide, as they are written.
    pub rules: Vec<String>,
    /// The holidays that it is.
    pub holidays: Vec<Holiday>,
}

/// The days of a calendar from one date up to another, half-open, in a zone.
pub fn calendar_days(calendar: &Calendar, zone: &Zone, from: Date, to: Date) -> Vec<CalendarDay> {
    // A shift of the last night ends on the day after.
    let end = to.saturating_add(DateSpan::new().days(1));
    let mut scheduled: HashMap<String, i64> = HashMap::new();
    if let Some(window) = TimeRange::new(zone.day_start(from), zone.day_start(end)) {
        let schedule = schedule(window, zone, Some(&calendar.hours), Bucket::Day);
        for slice in &schedule.slices {
            let label = schedule.labels.get(slice.bucket as usize);
            let label = label.cloned().unwrap_or_default();
            *scheduled.entry(label).or_default() += slice.span.duration_ms();
        }
    }
    let days = from.series(DateSpan::new().days(1));
    days.take_while(|date| *date < to)
        .map(|date| CalendarDay {
            date,
            open: calendar.hours.minutes_of(date).ranges().to_vec(),
            scheduled_ms: scheduled.get(&date.to_string()).copied().unwrap_or(0),
            rules: calendar
                .hours
                .deciding(date)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            holidays: calendar.holidays.of(date).cloned().collect(),
        })
        .collect()
}
