//! Moments as people write them on a command line.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};

use super::zone::{HOUR_MS, LocalTimeError, Zone};
use crate::model::time::{Timestamp, TimestampError};

/// Why a text is not a moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// It has none of the forms.
    #[error(
        "{0:?} is not a time: write 2026-11-20, 2026-11-20T14:05, 2026-11-20T14:05:00Z, now, today, yesterday, -7d or -2h"
    )]
    Malformed(String),
    /// It has the form of a date and time, but there is none such.
    #[error("{0:?} is not a time: there is no such day or hour")]
    Impossible(String),
    /// It is outside the years 1 to 9999.
    #[error("{0:?} is outside the years 1 to 9999")]
    OutOfRange(String),
    /// The clocks of the zone skip it or show it twice.
    #[error(transparent)]
    Local(#[from] LocalTimeError),
}

/// The moment that `text` means in `zone`, seen from `now`.
///
/// | form | means |
/// | --- | --- |
/// | `2026-11-20T14:05:00Z`, `…+01:00` | RFC 3339: that instant, also as tables write it, `2026-10-25 02:30:00+01:00` |
/// | `2026-11-20T14:05`, with or without seconds and fractions | that time on the zone's clocks |
/// | `2026-11-20` | the first instant of that day in the zone |
/// | `now` | `now` |
/// | `today`, `yesterday`, `tomorrow` | the first instant of that day in the zone |
/// | `-90s`, `-30m`, `-2h`, `+2h` | so much time before or after `now` |
/// | `-7d`, `-2w`, `+1d` | the same time of day so many days or weeks of the calendar away |
///
/// A day of the calendar is not 24 hours where clocks change: at 09:00 on the Monday after, `-1d` is 09:00 on Sunday and
/// `-24h` may be 10:00. If the clocks skip that time of day, the moment is that of the change; if they show it twice, the
/// first of the two: a relative time is never refused for it, a written one is ([`LocalTimeError`]).
/// A `T` may be a space; what is finer than a millisecond is cut.
pub fn parse_moment(text: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, MomentError> {
    let text = text.trim();
    let days_from_now = match text.to_ascii_lowercase().as_str() {
        "now" => return Ok(now),
        "today" => 0,
        "yesterday" => -1,
        "tomorrow" => 1,
        _ => return written_moment(text, zone, now),
    };
    let today = zone.local(now).date();
    let date = today.checked_add(jiff::Span::new().days(days_from_now));
    day_start(date.map_err(|_| out_of_range(text))?, zone, text)
}

fn written_moment(text: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, MomentError> {
    if let Some(offset) = relative(text) {
        return offset.from(now, zone).ok_or_else(|| out_of_range(text));
    }
    match shape(text) {
        Some(Shape::Date) => day_start(text.parse().map_err(|_| impossible(text))?, zone, text),
        Some(Shape::Local) => local_time(text, zone),
        Some(Shape::Instant) => with_plus(text).parse().map_err(|error| match error {
            TimestampError::Malformed(_) => impossible(text),
            TimestampError::OutOfRange(_) => out_of_range(text),
        }),
        None => Err(MomentError::Malformed(text.to_owned())),
    }
}

fn impossible(text: &str) -> MomentError {
    MomentError::Impossible(text.to_owned())
}

fn out_of_range(text: &str) -> MomentError {
    MomentError::OutOfRange(text.to_owned())
}

/// The forms of a date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Date,
    Local,
    Instant,
}

/// What a text looks like, whether or not there is such a time.
fn shape(text: &str) -> Option<Shape> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    if !fits(date, "0000-00-00") {
        return None;
    }
    let Some(time) = time else {
        return Some(Shape::Date);
    };
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

/// Whether a text has digits where the pattern has them, and is the same elsewhere.
fn fits(text: &str, pattern: &str) -> bool {
    let alike = |(c, wanted): (u8, u8)| {
        if wanted == b'0' {
            c.is_ascii_digit()
        } else {
            c == wanted
        }
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(alike)
}

fn day_start(date: Date, zone: &Zone, text: &str) -> Result<Timestamp, MomentError> {
    in_range(zone.day_start(date), date, zone).ok_or_else(|| out_of_range(text))
}

fn local_time(text: &str, zone: &Zone) -> Result<Timestamp, MomentError> {
    let civil: DateTime = text.parse().map_err(|_| impossible(text))?;
    // Cut, not rounded, also before 1970.
    let whole_ms = civil.subsec_nanosecond() / 1_000_000 * 1_000_000;
    let civil = civil
        .with()
        .subsec_nanosecond(whole_ms)
        .build()
        .map_err(|_| impossible(text))?;
    let at = zone.instant(civil)?;
    in_range(at, civil.date(), zone).ok_or_else(|| out_of_range(text))
}

/// The instant, unless it was moved to an end of time because the date lies beyond it.
fn in_range(at: Timestamp, date: Date, zone: &Zone) -> Option<Timestamp> {
    let is_an_end = at == Timestamp::MIN || at == Timestamp::MAX;
    (!is_an_end || zone.local(at).date() == date).then_some(at)
}

/// A distance from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offset {
    Exact { ms: i64 },
    Calendar { days: i64 },
}

/// `-7d`, `+2h`; `None` if the text is of another form.
fn relative(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => return None,
    };
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = rest.split_at(digits);
    // Nine digits of weeks still fit into an i64 of milliseconds.
    if count.len() > 9 {
        return None;
    }
    let count = sign * count.parse::<i64>().ok()?;
    Some(match unit {
        "s" => Offset::Exact { ms: count * 1000 },
        "m" | "min" => Offset::Exact { ms: count * 60_000 },
        "h" => Offset::Exact {
            ms: count * HOUR_MS,
        },
        "d" => Offset::Calendar { days: count },
        "w" => Offset::Calendar { days: count * 7 },
        _ => return None,
    })
}

impl Offset {
    fn from(self, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Exact { ms } => Timestamp::from_ms(now.as_ms().checked_add(ms)?).ok(),
            Self::Calendar { days: 0 } => Some(now),
            Self::Calendar { days } => {
                let span = jiff::Span::new().try_days(days).ok()?;
                let civil = zone.local(now).checked_add(span).ok()?;
                in_range(zone.first_instant(civil), civil.date(), zone)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read in Berlin at noon of Monday, 2026-11-02.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_at("Europe/Berlin", "2026-11-02T11:00:00Z", text, expected);
    }

    #[track_caller]
    fn check_at(zone: &str, now: &str, text: &str, expected: &str) {
        let zone = Zone::named(zone).expect("a zone");
        let shown = match parse_moment(text, &zone, now.parse().expect("a moment")) {
            Ok(at) => at.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_instant_is_itself_in_every_zone() {
        check("2026-11-20T14:05:00Z", "2026-11-20T14:05:00.000Z");
        check("2026-11-20T14:05:00.5+05:30", "2026-11-20T08:35:00.500Z");
        check("2026-11-20 14:05:00-0500", "2026-11-20T19:05:00.000Z");
        check("2026-11-20T14:05Z", "2026-11-20T14:05:00.000Z");
        check("2026-10-25 02:30:00+01:00", "2026-10-25T01:30:00.000Z");
        check("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.000Z");
        check("2026-10-25 02:30+02:00", "2026-10-25T00:30:00.000Z");
        check("1971-06-01T00:00:00-00:44:30", "1971-06-01T00:44:30.000Z");
        // As an address has it, whose plus has become a space.
        check("2026-10-25T02:30:00 01:00", "2026-10-25T01:30:00.000Z");
        check("2026-10-25 02:30:00 01:00", "2026-10-25T01:30:00.000Z");
    }

    #[test]
    fn a_local_time_is_that_of_the_zone() {
        check("2026-11-20T14:05", "2026-11-20T13:05:00.000Z");
        check(" 2026-07-20 14:05:06 ", "2026-07-20T12:05:06.000Z");
        check("2026-11-20T14:05:06.1239", "2026-11-20T13:05:06.123Z");
        check("1969-12-31T00:59:59.9999", "1969-12-30T23:59:59.999Z");
    }

    #[test]
    fn a_day_is_its_first_instant() {
        check("2026-11-20", "2026-11-19T23:00:00.000Z");
        check("today", "2026-11-01T23:00:00.000Z");
        check("Yesterday", "2026-10-31T23:00:00.000Z");
        check("tomorrow", "2026-11-02T23:00:00.000Z");
        check("now", "2026-11-02T11:00:00.000Z");
        check_at(
            "Asia/Beirut",
            "2026-03-29T10:00:00Z",
            "today",
            "2026-03-28T22:00:00.000Z",
        );
    }

    #[test]
    fn hours_are_time_and_days_are_of_the_calendar() {
        check("-2h", "2026-11-02T09:00:00.000Z");
        check("+30m", "2026-11-02T11:30:00.000Z");
        check("-90s", "2026-11-02T10:58:30.000Z");
        // Clocks were set back on 25 October: nine days earlier noon was at 10:00 UTC.
        check("-9d", "2026-10-24T10:00:00.000Z");
        check("-216h", "2026-10-24T11:00:00.000Z");
        check("-2w", "2026-10-19T10:00:00.000Z");
        check("-0d", "2026-11-02T11:00:00.000Z");
    }

    #[test]
    fn a_relative_day_is_never_refused_for_a_change_of_clocks() {
        let berlin = "Europe/Berlin";
        // 02:30 was skipped the day before: the moment of the change; it came twice: the first.
        check_at(
            berlin,
            "2026-03-30T00:30:00Z",
            "-1d",
            "2026-03-29T01:00:00.000Z",
        );
        check_at(
            berlin,
            "2026-10-26T01:30:00Z",
            "-1d",
            "2026-10-25T00:30:00.000Z",
        );
    }

    #[test]
    fn a_local_time_that_is_skipped_or_comes_twice_is_refused() {
        check(
            "2026-03-29T02:30",
            "2026-03-29T02:30:00 does not exist in Europe/Berlin, whose clocks skip it: \
             write 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00",
        );
        check(
            "2026-10-25T02:30",
            "2026-10-25T02:30:00 comes twice in Europe/Berlin: \
             write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00",
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let forms = "write 2026-11-20, 2026-11-20T14:05, 2026-11-20T14:05:00Z, now, today, yesterday, -7d or -2h";
        for text in [
            "",
            "soon",
            "-7",
            "-7y",
            "7d",
            "--7d",
            "2026-11",
            "2026-11-20T14",
            "20.11.2026",
            "-9999999999d",
            "1762092000000",
            "2026-11-20T14:05:00+01:00[Europe/Berlin]",
            "2026-11-20T14:05:00.",
            "２026-11-20",
            "-é",
        ] {
            check(text, &format!("{text:?} is not a time: {forms}"));
        }
        for text in [
            "2026-02-30",
            "2026-13-01",
            "2026-11-20T25:00",
            "2026-02-30T10:00:00Z",
            "2026-11-20T24:00",
        ] {
            check(
                text,
                &format!("{text:?} is not a time: there is no such day or hour"),
            );
        }
    }

    #[test]
    fn what_is_beyond_the_ends_of_time_is_refused() {
        for text in [
            "0000-06-01",
            "0000-06-01T10:00",
            "9999-12-31",
            "9999-12-31T23:59:59Z",
            "-999999999d",
            "+999999999w",
            "-999999999h",
        ] {
            check(text, &format!("{text:?} is outside the years 1 to 9999"));
        }
        check_at(
            "UTC",
            "2026-11-02T11:00:00Z",
            "0001-01-01",
            "0001-01-01T00:00:00.000Z",
        );
    }
}
