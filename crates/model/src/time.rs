//! Moments and time ranges: UTC, integer milliseconds, half-open.

use std::fmt;
use std::str::FromStr;

const DAY_MS: i64 = 86_400_000;

/// A moment, in milliseconds since the Unix epoch, UTC.
///
/// **Invariant:** it lies in the years 1 to 9999, so that it can always be written as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text or a number is not a moment we can keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The text is no RFC 3339 time.
    #[error("{0:?} is not a time like 2026-11-02T14:00:00.000Z")]
    Malformed(String),
    /// The moment is outside the years 1 to 9999.
    #[error("{0} is outside the years 1 to 9999")]
    OutOfRange(String),
}

impl Timestamp {
    /// The earliest moment, `0001-01-01T00:00:00.000Z`.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The latest moment, `9999-12-31T23:59:59.999Z` less the day that zone offsets may need.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// The moment `ms` milliseconds after the Unix epoch.
    pub fn from_ms(ms: i64) -> Result<Self, TimestampError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(TimestampError::OutOfRange(format!("{ms} ms since 1970")))
        }
    }

    /// The moment nearest to `ms` milliseconds after the Unix epoch that can be kept.
    pub fn saturating_from_ms(ms: i64) -> Self {
        Self(ms.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_ms(self) -> i64 {
        self.0
    }

    /// The moment `duration_ms` later (earlier if negative), kept within the representable range.
    pub fn plus_ms(self, duration_ms: i64) -> Self {
        Self::saturating_from_ms(self.0.saturating_add(duration_ms))
    }

    /// The beginning of its day, UTC.
    pub fn start_of_day(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY_MS))
    }

    /// Milliseconds from `earlier` to this moment; negative if this one is the earlier.
    pub fn since_ms(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with milliseconds and `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = digits(*self);
        let text = std::str::from_utf8(&digits).map_err(|_| fmt::Error)?;
        f.write_str(text)
    }
}

/// RFC 3339 with milliseconds and `Z`. An answer may hold millions of moments, so a few divisions replace the
/// calendar here; the tests compare with one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a moment lies in the years 1 to 9999, so every part is a small number that is not negative"
)]
fn digits(moment: Timestamp) -> [u8; 24] {
    /// From 1 March of the year 0 to 1970.
    const EPOCH_DAYS: i64 = 719_468;
    let of_day = moment.0.rem_euclid(DAY_MS) as u32;
    // Years begin in March, so that the day that may be missing is the last one; four hundred of them repeat.
    let days = (moment.0.div_euclid(DAY_MS) + EPOCH_DAYS) as u32;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let is_next_year = month_from_march >= 10;
    let month = if is_next_year {
        month_from_march - 9
    } else {
        month_from_march + 3
    };
    let year = era * 400 + year_of_era + u32::from(is_next_year);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |at: usize, length: usize, mut number: u32| {
        for place in text[at..at + length].iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, of_day / 3_600_000);
    put(14, 2, of_day / 60_000 % 60);
    put(17, 2, of_day / 1_000 % 60);
    put(20, 3, of_day % 1_000);
    text
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 with any offset (`Z`, `+01:00`, also `+0000`); what is finer than a millisecond is cut.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || TimestampError::Malformed(text.to_owned());
        // A zone in brackets and other extensions of the format are no part of RFC 3339.
        if text.contains('[') || text.len() > 40 {
            return Err(malformed());
        }
        match text.parse::<jiff::Timestamp>() {
            Ok(parsed) => {
                let ms = i64::try_from(parsed.as_nanosecond().div_euclid(1_000_000));
                Self::from_ms(ms.unwrap_or(i64::MAX))
                    .map_err(|_| TimestampError::OutOfRange(text.to_owned()))
            }
            Err(_) if text.starts_with("9999-") || text.starts_with(['+', '-']) => {
                Err(TimestampError::OutOfRange(text.to_owned()))
            }
            Err(_) => Err(malformed()),
        }
    }
}

/// A time range, half-open: `from` belongs to it, `to` does not.
///
/// **Invariant:** `from < to`; an empty or reversed time range cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    from: Timestamp,
    to: Timestamp,
}

impl TimeRange {
    /// The time range `[from, to)`; `None` if that is empty.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// The millisecond that begins at `moment`; at [`Timestamp::MAX`], after which there is none, the one before.
    pub fn of_moment(moment: Timestamp) -> Self {
        let from = moment.min(Timestamp::MAX.plus_ms(-1));
        Self {
            from,
            to: from.plus_ms(1),
        }
    }

    /// The first moment of it.
    pub fn from(self) -> Timestamp {
        self.from
    }

    /// The first moment after it.
    pub fn to(self) -> Timestamp {
        self.to
    }

    /// Whether this time range and `other` have a moment in common.
    pub fn meets(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// The part before `at`; `None` where there is none.
    pub fn before(self, at: Timestamp) -> Option<Self> {
        Self::new(self.from, self.to.min(at))
    }

    /// The parts before and from `at` on; `None` where one of them is empty.
    pub fn cut(self, at: Timestamp) -> Option<(Self, Self)> {
        Some((Self::new(self.from, at)?, Self::new(at, self.to)?))
    }

    /// This time range prolonged to `to`; as it is where that is no later than its end.
    pub fn until(self, to: Timestamp) -> Self {
        Self {
            to: self.to.max(to),
            ..self
        }
    }

    /// How long it is, in milliseconds; always above zero.
    pub fn duration_ms(self) -> i64 {
        self.to.0 - self.from.0
    }

    /// Whether `moment` lies in it.
    pub fn contains(self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.to
    }

    /// The part of this time range inside `window`; `None` where they do not meet.
    pub fn clip(self, window: Self) -> Option<Self> {
        Self::new(self.from.max(window.from), self.to.min(window.to))
    }
}

impl fmt::Display for TimeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::fmt::temporal::DateTimePrinter;
    use proptest::prelude::*;

    /// As a calendar gives it.
    fn by_calendar(moment: Timestamp) -> String {
        let printer = DateTimePrinter::new().precision(Some(3));
        let timestamp = jiff::Timestamp::from_millisecond(moment.as_ms());
        printer.timestamp_to_string(&timestamp.expect("a moment is one"))
    }

    #[test]
    fn the_ends_of_years_and_of_time_are_shown() {
        for text in [
            "0001-01-01T00:00:00.000Z",
            "1600-02-29T23:59:59.999Z",
            "1900-02-28T23:59:59.999Z",
            "1900-03-01T00:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "2000-02-29T12:34:56.789Z",
            "2026-12-31T23:59:59.999Z",
            "2027-01-01T00:00:00.000Z",
        ] {
            check(text, text);
        }
        for moment in [Timestamp::MIN, Timestamp::MAX] {
            assert_eq!(moment.to_string(), by_calendar(moment));
        }
    }

    proptest! {
        #[test]
        fn moments_are_shown_as_by_a_calendar(ms in Timestamp::MIN.as_ms()..=Timestamp::MAX.as_ms()) {
            let moment = Timestamp::saturating_from_ms(ms);
            prop_assert_eq!(moment.to_string(), by_calendar(moment));
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match text.parse::<Timestamp>() {
            Ok(timestamp) => timestamp.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn reads_the_offsets_that_the_platform_sends() {
        check("2026-11-02T14:00:00Z", "2026-11-02T14:00:00.000Z");
        check("2026-11-02T15:00:00.5+01:00", "2026-11-02T14:00:00.500Z");
        check("2014-04-29T14:29:27.408+0000", "2014-04-29T14:29:27.408Z");
    }

    #[test]
    fn cuts_what_is_finer_than_a_millisecond() {
        check("2026-11-02T14:00:00.1239999Z", "2026-11-02T14:00:00.123Z");
        check("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn refuses_what_is_no_time() {
        check(
            "yesterday",
            "\"yesterday\" is not a time like 2026-11-02T14:00:00.000Z",
        );
        check(
            "2026-11-02T14:00:00",
            "\"2026-11-02T14:00:00\" is not a time like 2026-11-02T14:00:00.000Z",
        );
        check(
            "2026-02-30T14:00:00Z",
            "\"2026-02-30T14:00:00Z\" is not a time like 2026-11-02T14:00:00.000Z",
        );
        check(
            "+010000-01-01T00:00:00Z",
            "+010000-01-01T00:00:00Z is outside the years 1 to 9999",
        );
    }

    #[test]
    fn the_millisecond_of_any_moment_is_not_empty() {
        for moment in [Timestamp::MIN, Timestamp::MAX.plus_ms(-1), Timestamp::MAX] {
            let span = TimeRange::of_moment(moment);
            assert_eq!(span.duration_ms(), 1);
            assert_eq!(span.contains(moment), moment != Timestamp::MAX);
        }
    }

    #[test]
    fn a_span_is_never_empty() {
        let at = Timestamp::saturating_from_ms;
        assert_eq!(TimeRange::new(at(5), at(5)), None);
        let span = TimeRange::new(at(5), at(10)).expect("5 is before 10");
        assert_eq!(
            span.clip(TimeRange::new(at(10), at(20)).expect("not empty")),
            None
        );
        assert_eq!(
            span.clip(TimeRange::new(at(0), at(7)).expect("not empty")),
            TimeRange::new(at(5), at(7))
        );
        assert_eq!(span.before(at(5)), None);
        assert_eq!(span.before(at(6)), TimeRange::new(at(5), at(6)));
        assert_eq!(span.before(at(11)), Some(span));
    }
}
