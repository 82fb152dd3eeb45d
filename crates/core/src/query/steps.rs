//! How time is cut into steps: of so many milliseconds, or of local days.

use std::fmt;

use super::length::{self, LengthError, Unit, parse_length_ms};
use super::zone::Zone;
use presence_model::time::{TimeRange, Timestamp};

const DAY_MS: i64 = 24 * 3_600_000;

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepLength {
    /// So many milliseconds, at least 1, whatever the clocks show.
    Exact {
        /// How many.
        ms: i64,
    },
    /// So many local days, at least 1, be they 23, 24 or 25 hours long.
    LocalDays {
        /// How many.
        count: i32,
    },
}

/// Why a text is no length of a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// It is none of time.
    #[error(transparent)]
    Length(#[from] LengthError),
    /// So many days are none.
    #[error("{0:?} is no step: write 1d to {max}d", max = StepLength::DAYS_MAX)]
    Days(String),
    /// Days and time together, or a part of a day: a local day is no number of hours.
    #[error(
        "{0:?} is no step: write whole days like 1d or 2w, or a length without days like 15m, 1h or 36h"
    )]
    PartOfDays(String),
}

impl StepLength {
    /// Reads a length of time such as `15m` or `1h30m`, or local days such as `1d`, `2 days` or `1w`.
    pub fn parse(text: &str) -> Result<Self, StepError> {
        let parts = length::parts(text).unwrap_or_default();
        let days_of = |unit| match unit {
            Unit::Day => Some(1),
            Unit::Week => Some(7),
            _ => None,
        };
        if parts.iter().all(|part| days_of(part.unit).is_none()) {
            let ms = parse_length_ms(text)?;
            return Ok(Self::Exact { ms });
        }
        let days = match parts.as_slice() {
            [part] => days_of(part.unit).and_then(|days| Some((part.times(1)?, days))),
            _ => None,
        };
        let (count, days) = days.ok_or_else(|| StepError::PartOfDays(text.to_owned()))?;
        let count = i32::try_from(count * days).ok();
        match count.filter(|count| (1..=Self::DAYS_MAX).contains(count)) {
            Some(count) => Ok(Self::LocalDays { count }),
            None => Err(StepError::Days(text.to_owned())),
        }
    }

    /// So many days, whatever they are long, are a step at most: a century.
    pub const DAYS_MAX: i32 = 36_525;

    /// How long it is where clocks do not change, in milliseconds.
    pub fn usual_ms(self) -> i64 {
        match self {
            Self::Exact { ms } => ms.max(1),
            Self::LocalDays { count } => i64::from(count.max(1)) * DAY_MS,
        }
    }

    /// How many local days it is; `None` if it is none of days.
    pub fn days(self) -> Option<i32> {
        match self {
            Self::Exact { .. } => None,
            Self::LocalDays { count } => Some(count),
        }
    }
}

impl std::str::FromStr for StepLength {
    type Err = StepError;

    fn from_str(text: &str) -> Result<Self, StepError> {
        Self::parse(text)
    }
}

impl fmt::Display for StepLength {
    /// As it can be asked for: `900000ms`, `1d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { ms } => write!(f, "{ms}ms"),
            Self::LocalDays { count } => write!(f, "{count}d"),
        }
    }
}

/// The steps of a window, numbered from 0.
#[derive(Clone, Debug)]
pub(super) enum StepGrid {
    /// Each as long as the others, from the window's start on.
    Even { window: TimeRange, step_ms: i64 },
    /// Between these moments, which ascend.
    Between(Vec<Timestamp>),
}

impl StepGrid {
    /// The steps of a window; those of days by the clocks of `zone`. The first begins with the window, and the last ends
    /// with it; what ends a step of days is a local midnight, the first where it comes twice.
    pub(super) fn new(window: TimeRange, length: StepLength, zone: &Zone) -> Self {
        let count = match length {
            StepLength::Exact { ms } => {
                let step_ms = ms.max(1);
                return Self::Even { window, step_ms };
            }
            StepLength::LocalDays { count } => count.max(1),
        };
        let mut between = vec![window.from()];
        let mut date = zone.local(window.from()).date();
        while let Ok(next) = date.checked_add(jiff::Span::new().days(count)) {
            let at = zone.day_start(next);
            if at >= window.to() {
                break;
            }
            // A day that the zone skips is no step.
            if between.last().is_none_or(|last| *last < at) {
                between.push(at);
            }
            date = next;
        }
        between.push(window.to());
        Self::Between(between)
    }

    /// The number of the step that a moment of the window lies in.
    pub(super) fn number_at(&self, at: Timestamp) -> usize {
        match self {
            Self::Even { window, step_ms } => {
                usize::try_from(at.since_ms(window.from()) / step_ms).unwrap_or(0)
            }
            Self::Between(between) => between.partition_point(|start| *start <= at) - 1,
        }
    }

    /// The step of that number, cut to the window; `None` beyond it.
    pub(super) fn step(&self, number: usize) -> Option<TimeRange> {
        match self {
            Self::Even { window, step_ms } => {
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                let from = window.from().plus_ms(number.saturating_mul(*step_ms));
                TimeRange::new(from, from.plus_ms(*step_ms))?.clip(*window)
            }
            Self::Between(between) => {
                TimeRange::new(*between.get(number)?, *between.get(number + 1)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where steps of days begin, without seconds, and how many hours each has.
    #[track_caller]
    fn check(zone: &str, (from, to): (&str, &str), count: i32, expected: &[(&str, i64)]) {
        let zone = Zone::named(zone).expect("a zone");
        let at = |text: &str| text.parse().expect("a moment");
        let window = TimeRange::new(at(from), at(to)).expect("it has a length");
        let grid = StepGrid::new(window, StepLength::LocalDays { count }, &zone);
        let steps = (0..).map_while(|number| grid.step(number));
        let shown: Vec<(String, i64)> = steps
            .map(|step| {
                let from = step.from().to_string().replace(":00.000Z", "");
                (from, step.duration_ms() / 3_600_000)
            })
            .collect();
        let expected: Vec<(String, i64)> = expected
            .iter()
            .map(|(from, hours)| ((*from).to_owned(), *hours))
            .collect();
        assert_eq!(shown, expected);
        for (number, (from, _)) in shown.iter().enumerate() {
            let from: Timestamp = format!("{from}:00Z").parse().expect("a moment");
            assert_eq!(grid.number_at(from), number);
            assert_eq!(grid.number_at(from.plus_ms(3_599_999)), number);
        }
    }

    #[test]
    fn a_step_is_a_length_of_time_or_local_days() {
        let exact = |ms| Ok(StepLength::Exact { ms });
        let days = |count| Ok(StepLength::LocalDays { count });
        let parse = StepLength::parse;
        assert_eq!(parse("15m"), exact(900_000));
        assert_eq!(parse("24h"), exact(86_400_000));
        assert_eq!(parse("1.5h"), exact(5_400_000));
        assert_eq!(parse("900"), exact(900_000));
        assert_eq!(parse("1d"), days(1));
        assert_eq!(parse("2w"), days(14));
        assert_eq!(parse("2 days"), days(2));
        for wrong in [
            "",
            "0d",
            "-1d",
            "+1d",
            "1d12h",
            "1.5d",
            "d",
            "99999999999d",
            "600000000w",
            "0",
            "1y",
            "36526d",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?} was accepted");
        }
        assert_eq!(parse(&days(3).expect("days").to_string()), days(3));
        assert_eq!(parse(&exact(1).expect("exact").to_string()), exact(1));
    }

    #[test]
    fn a_step_of_a_day_begins_at_local_midnight() {
        check(
            "Europe/Berlin",
            ("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z"),
            1,
            &[
                ("2026-10-23T22:00", 24),
                ("2026-10-24T22:00", 25),
                ("2026-10-25T23:00", 24),
            ],
        );
        check(
            "Europe/Berlin",
            ("2026-03-28T11:00:00Z", "2026-03-30T12:00:00Z"),
            1,
            &[
                ("2026-03-28T11:00", 12),
                ("2026-03-28T23:00", 23),
                ("2026-03-29T22:00", 14),
            ],
        );
    }

    #[test]
    fn days_without_a_midnight_or_with_two_and_days_that_are_no_days() {
        check(
            "Asia/Beirut",
            ("2026-03-27T22:00:00Z", "2026-03-29T21:00:00Z"),
            1,
            &[("2026-03-27T22:00", 24), ("2026-03-28T22:00", 23)],
        );
        check(
            "America/Havana",
            ("2025-11-01T04:00:00Z", "2025-11-03T05:00:00Z"),
            1,
            &[("2025-11-01T04:00", 24), ("2025-11-02T04:00", 25)],
        );
        // Samoa had no 30 December 2011.
        check(
            "Pacific/Apia",
            ("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"),
            1,
            &[("2011-12-29T10:00", 24), ("2011-12-30T10:00", 24)],
        );
    }

    #[test]
    fn several_days_are_counted_from_the_first() {
        check(
            "Europe/Berlin",
            ("2026-10-19T10:00:00Z", "2026-11-03T23:00:00Z"),
            7,
            &[
                ("2026-10-19T10:00", 6 * 24 + 13),
                ("2026-10-25T23:00", 7 * 24),
                ("2026-11-01T23:00", 48),
            ],
        );
    }
}
