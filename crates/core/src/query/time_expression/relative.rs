//! Moments by their distance from now: `-7d`, `now-6h`, `2h ago`.

use super::written::in_range;
use super::{Input, TimeExpressionError};
use crate::query::length::{self, Unit};
use crate::query::zone::Zone;
use presence_model::time::Timestamp;

/// So many days, weeks, months or years of the calendar are written at most; as weeks they fit into milliseconds.
const CALENDAR_COUNT_MAX: i128 = 999_999_999;

/// How far a moment is from another: months first, then days, both of the calendar, then time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Distance {
    months: i64,
    days: i64,
    ms: i64,
}

impl Distance {
    /// What a length such as `7d` or `1h30m` is as a distance into the future; `None` if it is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut distance = Self::default();
        for part in length::parts(text)? {
            let (sum, factor) = match part.unit {
                Unit::Year => (&mut distance.months, 12),
                Unit::Month => (&mut distance.months, 1),
                Unit::Week => (&mut distance.days, 7),
                Unit::Day => (&mut distance.days, 1),
                unit => (&mut distance.ms, unit.ms()?),
            };
            let is_of_calendar =
                matches!(part.unit, Unit::Year | Unit::Month | Unit::Week | Unit::Day);
            // Half a day of the calendar is none.
            let count = part.times(1).filter(|count| *count <= CALENDAR_COUNT_MAX);
            if is_of_calendar && count.is_none() {
                return None;
            }
            let more = i64::try_from(part.times(factor)?).ok()?;
            *sum = sum.checked_add(more)?;
        }
        Some(distance)
    }

    fn negated(self) -> Self {
        // Sums of positive numbers: none is the lowest.
        Self {
            months: -self.months,
            days: -self.days,
            ms: -self.ms,
        }
    }

    /// `-7d`, `+2h`, `- 6h`; `None` without a sign.
    pub(super) fn signed(text: &str) -> Option<Self> {
        match text.split_at_checked(1)? {
            ("-", rest) => Self::of(rest).map(Self::negated),
            ("+", rest) => Self::of(rest),
            _ => None,
        }
    }

    /// The moment so far from another one, `None` beyond the ends of time.
    pub(super) fn after(self, base: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let exact = |at: Timestamp| Timestamp::from_ms(at.as_ms().checked_add(self.ms)?).ok();
        if (self.months, self.days) == (0, 0) {
            return exact(base);
        }
        let span = jiff::Span::new().try_months(self.months).ok()?;
        let span = span.try_days(self.days).ok()?;
        let civil = zone.local(base).checked_add(span).ok()?;
        exact(in_range(zone.first_instant(civil), civil.date(), zone)?)
    }

    /// The moment so far from the first instant of a day; of days of the calendar, again the first instant of one.
    pub(super) fn after_day(self, date: jiff::civil::Date, zone: &Zone) -> Option<Timestamp> {
        let span = jiff::Span::new().try_months(self.months).ok()?;
        let date = date.checked_add(span.try_days(self.days).ok()?).ok()?;
        let start = in_range(zone.day_start(date), date, zone)?;
        Timestamp::from_ms(start.as_ms().checked_add(self.ms)?).ok()
    }
}

impl Input<'_> {
    /// The moment that a text in small letters means by its distance from now; `None` if it is of another form.
    pub(super) fn relative(self, text: &str) -> Option<Result<Timestamp, TimeExpressionError>> {
        let after_now = text.strip_prefix("now").map(str::trim_start);
        let distance = match (after_now, text.strip_suffix(" ago")) {
            (Some(""), _) => return Some(Ok(self.now)),
            (Some(rest), _) => Distance::signed(rest)?,
            (None, Some(length)) => Distance::of(length)?.negated(),
            (None, None) => Distance::signed(text)?,
        };
        let at = distance.after(self.now, self.zone);
        Some(at.ok_or_else(|| self.out_of_range()))
    }
}
