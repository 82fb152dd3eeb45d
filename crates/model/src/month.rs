//! Months of the calendar, UTC: how packed history is cut.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

use super::time::{TimeRange, Timestamp};

/// A month, UTC.
///
/// **Invariant:** it lies in the years 1 to 10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month that `moment` lies in.
    pub fn of(moment: Timestamp) -> Self {
        let exact = jiff::Timestamp::from_millisecond(moment.as_ms())
            .expect("the years 1 to 9999 can be represented");
        let date = Offset::UTC.to_datetime(exact).date();
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// Its number: 202611 is November 2026.
    pub fn number(self) -> i64 {
        i64::from(self.year) * 100 + i64::from(self.month)
    }

    /// The month of that number; `None` if there is none.
    pub fn from_number(number: i64) -> Option<Self> {
        let year = i16::try_from(number.div_euclid(100)).ok()?;
        let month = i8::try_from(number.rem_euclid(100)).ok()?;
        let exists = (1..=10_000).contains(&year) && (1..=12).contains(&month);
        exists.then_some(Self { year, month })
    }

    /// The month after.
    pub fn next(self) -> Self {
        match self.month {
            12 if self.year < 10_000 => Self {
                year: self.year + 1,
                month: 1,
            },
            12 => self,
            month => Self {
                month: month + 1,
                ..self
            },
        }
    }

    /// How many months it is after `earlier`; negative if it is before.
    pub fn since(self, earlier: Self) -> i64 {
        let count = |month: Self| i64::from(month.year) * 12 + i64::from(month.month);
        count(self) - count(earlier)
    }

    /// Its first moment; the latest moment there is for a month that begins later.
    pub fn start(self) -> Timestamp {
        let midnight = Date::new(self.year, self.month, 1)
            .and_then(|date| Offset::UTC.to_timestamp(date.to_datetime(Time::midnight())))
            .map(jiff::Timestamp::as_millisecond);
        midnight.map_or(Timestamp::MAX, Timestamp::saturating_from_ms)
    }

    /// From its first moment to the first one of the next month; `None` for a month that begins after the latest moment
    /// there is.
    pub fn span(self) -> Option<TimeRange> {
        TimeRange::new(self.start(), self.next().start())
    }
}

impl fmt::Display for Month {
    /// Like `2026-11`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(moment: &str, expected: &str) {
        let moment: Timestamp = moment.parse().expect("it is a time");
        let month = Month::of(moment);
        let span = month.span().expect("it is before the end of time");
        assert!(span.contains(moment));
        assert_eq!(Month::from_number(month.number()), Some(month));
        assert_eq!(Month::of(span.to()), month.next());
        let shown = format!("{month} {} {} {}", month.number(), span, month.next());
        assert_eq!(shown, expected);
    }

    #[test]
    fn months_follow_one_another() {
        check(
            "2026-11-30T23:59:59.999Z",
            "2026-11 202611 [2026-11-01T00:00:00.000Z, 2026-12-01T00:00:00.000Z) 2026-12",
        );
        check(
            "2026-12-01T00:00:00Z",
            "2026-12 202612 [2026-12-01T00:00:00.000Z, 2027-01-01T00:00:00.000Z) 2027-01",
        );
        check(
            "0001-01-01T00:00:00Z",
            "0001-01 101 [0001-01-01T00:00:00.000Z, 0001-02-01T00:00:00.000Z) 0001-02",
        );
    }

    #[test]
    fn time_ends_with_the_last_month() {
        let last = Month::of(Timestamp::MAX);
        assert_eq!(last.number(), 999_912);
        assert_eq!(last.next().start(), Timestamp::MAX);
        assert_eq!(last.next().span(), None);
        assert_eq!(last.next().since(last), 1);
    }

    #[test]
    fn numbers_that_are_no_month_are_refused() {
        for number in [0, 202_600, 202_613, -1, i64::MIN, i64::MAX] {
            assert_eq!(Month::from_number(number), None, "{number}");
        }
    }
}
