//! Moments that are written out: instants, local times, periods of the calendar, Unix time.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};

use super::{Input, TimeExpressionError};
use crate::query::length::{self, Unit};
use crate::query::period::{first_day, fits, kind_of};
use crate::query::zone::Zone;
use presence_model::time::{Timestamp, TimestampError};

/// Unix time in seconds has so many digits at least: fewer are a length, such as `90s`.
pub(super) const UNIX_SECOND_DIGITS_MIN: usize = 9;

/// Unix time in milliseconds has so many digits at least.
pub(super) const UNIX_MS_DIGITS_MIN: usize = 12;

type Found = Option<Result<Timestamp, TimeExpressionError>>;

impl Input<'_> {
    /// The moment that a text writes out; `None` if it is of another form.
    pub(super) fn written(self, text: &str) -> Found {
        if kind_of(text).is_some() {
            let first = first_day(text).ok_or_else(|| self.impossible());
            return Some(first.and_then(|date| self.day_start(date)));
        }
        match shape(text) {
            Some(Shape::Local) => Some(self.local_time(text)),
            Some(Shape::Instant) => Some(self.instant(text)),
            None => self.unix(text),
        }
    }

    /// The first instant of a day.
    pub(super) fn day_start(self, date: Date) -> Result<Timestamp, TimeExpressionError> {
        in_range(self.zone.day_start(date), date, self.zone).ok_or_else(|| self.out_of_range())
    }

    /// The first instant at which it is that time, however often: `text` is a local time or an instant.
    pub(super) fn first_of(self, text: &str) -> Result<Timestamp, TimeExpressionError> {
        if shape(text) == Some(Shape::Instant) {
            return self.instant(text);
        }
        Ok(self.zone.first_instant(self.civil(text)?))
    }

    fn instant(self, text: &str) -> Result<Timestamp, TimeExpressionError> {
        with_plus(text).parse().map_err(|error| match error {
            TimestampError::Malformed(_) => self.impossible(),
            TimestampError::OutOfRange(_) => self.out_of_range(),
        })
    }

    fn local_time(self, text: &str) -> Result<Timestamp, TimeExpressionError> {
        let civil = self.civil(text)?;
        let at = self.zone.instant(civil)?;
        in_range(at, civil.date(), self.zone).ok_or_else(|| self.out_of_range())
    }

    /// A local time, cut to milliseconds.
    fn civil(self, text: &str) -> Result<DateTime, TimeExpressionError> {
        let civil: DateTime = text.parse().map_err(|_| self.impossible())?;
        // Cut, not rounded, also before 1970.
        let whole_ms = civil.subsec_nanosecond() / 1_000_000 * 1_000_000;
        let cut = civil.with().subsec_nanosecond(whole_ms).build();
        cut.map_err(|_| self.impossible())
    }

    /// Unix time with its unit.
    fn unix(self, text: &str) -> Found {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let parts = length::parts(text)?;
        let [part] = parts.as_slice() else {
            return None;
        };
        let least = match part.unit {
            Unit::Second => UNIX_SECOND_DIGITS_MIN,
            Unit::Millisecond => UNIX_MS_DIGITS_MIN,
            _ => return None,
        };
        if digits < least {
            return None;
        }
        let at = part.times(part.unit.ms()?).and_then(|ms| {
            let ms = i64::try_from(ms).ok()?;
            Timestamp::from_ms(ms).ok()
        });
        Some(at.ok_or_else(|| self.out_of_range()))
    }
}

/// The forms of a date with a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Local,
    Instant,
}

/// The form of a text, whether or not there is such a time.
pub(super) fn shape(text: &str) -> Option<Shape> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    if !fits(date, "0000-00-00") {
        return None;
    }
    let (clock, offset) = match time.find(OFFSET_BEGINS) {
        Some(place) => time.split_at(place),
        None => (time, ""),
    };
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let has_fraction = clock.contains('.');
    let is_clock = fits(whole, "00:00:00") || (fits(whole, "00:00") && !has_fraction);
    let is_fraction =
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|c| c.is_ascii_digit());
    let is_offset = match offset.split_at_checked(1) {
        None => true,
        Some(("Z" | "z", rest)) => rest.is_empty(),
        Some((_, rest)) => ["00:00", "0000", "00:00:00"]
            .into_iter()
            .any(|pattern| fits(rest, pattern)),
    };
    if !(is_clock && is_fraction && is_offset) {
        return None;
    }
    Some(if offset.is_empty() {
        Shape::Local
    } else {
        Shape::Instant
    })
}

/// What an offset begins with. In an address, a `+` that was not written `%2B` has become a space.
const OFFSET_BEGINS: [char; 5] = ['Z', 'z', '+', '-', ' '];

/// An instant whose offset begins with a space, with the plus that was there.
fn with_plus(text: &str) -> Cow<'_, str> {
    match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains(':') => Cow::Owned(format!("{time}+{offset}")),
        _ => Cow::Borrowed(text),
    }
}

/// The instant, unless it was moved to an end of time because the date lies beyond it.
pub(super) fn in_range(at: Timestamp, date: Date, zone: &Zone) -> Option<Timestamp> {
    let is_an_end = at == Timestamp::MIN || at == Timestamp::MAX;
    (!is_an_end || zone.local(at).date() == date).then_some(at)
}
