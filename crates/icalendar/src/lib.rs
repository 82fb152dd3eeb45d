//! Whole days from iCalendar files (RFC 5545): holidays and planned absence.
//!
//! Only whole days are read: events of dates, and events from midnight to midnight. What decides on which days an event is
//! (its recurrences, what was moved, what was cancelled) is read as the standard has it, or the event is refused by its
//! name; nothing is guessed and nothing is left out silently. Which properties are read, and which do not matter, stands in
//! `properties`.
//!
//! A file comes from elsewhere, so its depth, its days and the work that it asks for are bounded.

mod component;
mod event;
mod line;
mod occurrences;
mod properties;
mod recurrence;
mod series;
mod when;

use std::ops::Range;

use jiff::civil::Date;

/// An event: one stretch of days or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayEvent {
    /// What it is called; `""` if it has no name.
    pub summary: String,
    /// The line of the file on which it begins, from 1.
    pub line: usize,
    /// Its days, half-open, ascending, without overlaps.
    pub days: Vec<Range<Date>>,
}

impl DayEvent {
    /// Each of its days, ascending.
    pub fn dates(&self) -> impl Iterator<Item = Date> + '_ {
        self.days.iter().flat_map(|days| {
            let end = days.end;
            let each = days.start.series(jiff::Span::new().days(1));
            each.take_while(move |day| *day < end)
        })
    }
}

/// What the events of a file are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Days on which nobody works: every event counts, whether or not it says that its time is free.
    Holidays,
    /// Days on which a person is away: an event that says that its time is free is none.
    Absence,
}

/// Why a file gives no days.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IcalendarError {
    /// A line, or the file as a whole, is not what it should be.
    #[error("{what}")]
    Malformed {
        /// The line, from 1; `None` for the whole file.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// An event cannot be used.
    #[error("the event {summary:?} {what}")]
    Event {
        /// Where it begins, from 1.
        line: usize,
        /// What it is called.
        summary: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// There is more in it than can be meant.
    #[error(
        "its events have more than {DAYS_MAX} days together, or recur more often than can be counted"
    )]
    TooMany,
}

impl IcalendarError {
    /// The line of the file, from 1; `None` where it is about the whole file.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Malformed { line, .. } => *line,
            Self::Event { line, .. } => Some(*line),
            Self::TooMany => None,
        }
    }

    fn at(line: usize, what: impl Into<String>) -> Self {
        Self::Malformed {
            line: Some(line),
            what: what.into(),
        }
    }
}

/// So many days all events of a file may have together.
const DAYS_MAX: usize = 200_000;

/// So many days are searched for those on which events recur.
const STEPS_MAX: usize = 5_000_000;

/// Up to this year events that recur are written out.
pub const LAST_YEAR: i16 = 2100;

/// What may still be done for a file.
#[derive(Debug)]
struct Budget {
    days: usize,
    steps: usize,
}

impl Budget {
    fn step(&mut self, count: usize) -> Result<(), IcalendarError> {
        self.steps = self
            .steps
            .checked_sub(count)
            .ok_or(IcalendarError::TooMany)?;
        Ok(())
    }

    fn days(&mut self, count: usize) -> Result<(), IcalendarError> {
        self.days = self
            .days
            .checked_sub(count)
            .ok_or(IcalendarError::TooMany)?;
        Ok(())
    }
}

/// The events of a file, given as the bytes of UTF-8 text without a byte order mark. Cancelled ones are left out.
pub fn day_events(bytes: &[u8], purpose: Purpose) -> Result<Vec<DayEvent>, IcalendarError> {
    let calendars = component::calendars(&line::lines(bytes)?)?;
    let mut events = Vec::new();
    for calendar in calendars {
        events.extend(event::events(calendar, purpose)?);
    }
    let mut budget = Budget {
        days: DAYS_MAX,
        steps: STEPS_MAX,
    };
    series::days(&events, purpose, &mut budget)
}

#[cfg(test)]
mod tests;
