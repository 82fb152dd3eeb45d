//! Moments as people write them, on a command line, in an address or in a file.

mod relative;
mod words;
mod written;

use super::zone::{LocalTimeError, Zone};
use presence_model::time::Timestamp;

/// Why a text is not a moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeExpressionError {
    /// It has none of the forms.
    #[error("{0:?} is not a time: write {FORMS}")]
    Malformed(String),
    /// It has the form of a date and time, but there is none such.
    #[error("{0:?} is not a time: there is no such day or hour")]
    Impossible(String),
    /// It is a length, and may lie before or after now.
    #[error(
        "{0:?} is a length and not a time: write \"-{0}\" or \"{0} ago\", or \"+{0}\" for what is to come"
    )]
    Unsigned(String),
    /// It is a number, which may be many things.
    #[error(
        "{text:?} is not a time: write a day like 2026-11-20, or Unix time with its unit, like {suggestion}"
    )]
    NumberAlone {
        /// What was given.
        text: String,
        /// As Unix time it would be this.
        suggestion: String,
    },
    /// It is outside the years 1 to 9999.
    #[error("{0:?} is outside the years 1 to 9999")]
    OutOfRange(String),
    /// The clocks of the zone skip it or show it twice.
    #[error(transparent)]
    Local(#[from] LocalTimeError),
}

/// What can be written.
const FORMS: &str = "2026-11-20, 2026-11-20T14:05, 2026-11-20T14:05:00Z, 2026-11, 2026-W45, now, today, yesterday, monday, \
                     14:05, yesterday 15:00, -7d, -2h or 1762092000s";

/// The moment that `text` means in `zone`, seen from `now`.
///
/// | form | means |
/// | --- | --- |
/// | `2026-11-20T14:05:00Z`, `…+01:00` | RFC 3339: that instant, also as tables write it, `2026-10-25 02:30:00+01:00` |
/// | `2026-11-20T14:05`, with or without seconds and fractions | that time on the zone's clocks |
/// | `2026-11-20`, `2026-W45`, `2026-11`, `2026-Q4`, `2026` | the first instant of that day, ISO week, month, quarter or year in the zone |
/// | `now` | `now` |
/// | `today`, `yesterday`, `tomorrow` | the first instant of that day in the zone |
/// | `monday`, `mon` | the first instant of the latest such day, today included |
/// | `last monday`, `next monday` | the latest before today, the first after today |
/// | `yesterday 15:00`, `last monday 14:05` | that time on the zone's clocks on that day; `monday 14:05` is the latest that has passed |
/// | `14:05`, `14:05:30` | the latest time at which the zone's clocks showed it |
/// | `-90s`, `-30m`, `-1.5h`, `+2h` | so much time before or after `now` |
/// | `-7d`, `-2w`, `-1mo`, `-1y`, `+1d` | the same time of day so many days, weeks, months or years of the calendar away |
/// | `now-6h`, `2h ago`, `3 days ago`, `-1h30m` | the same as `-6h`, `-2h`, `-3d`, and 90 minutes before |
/// | `today-7d`, `yesterday+9h` | from the first instant of that day |
/// | `1762092000s`, `1762092000000ms` | Unix time, in nine digits or more (twelve, in milliseconds) |
///
/// A day of the calendar is not 24 hours where clocks change: at 09:00 on the Monday after, `-1d` is 09:00 on Sunday and
/// `-24h` may be 10:00. If the clocks skip that time of day, the moment is that of the change; if they show it twice, the
/// first of the two: a distance is never refused for it, a time of day that is written is ([`LocalTimeError`]). A month
/// that is too short for the day ends on its last one: a month before 31 March is 28 or 29 February.
/// The case of letters and further spaces make no difference; a `T` may be a space; what is finer than a millisecond is
/// cut.
pub fn parse_time_expression(
    text: &str,
    zone: &Zone,
    now: Timestamp,
) -> Result<Timestamp, TimeExpressionError> {
    let text = text.trim();
    let asked = Input { text, zone, now };
    let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(found) = asked.written(&spaced) {
        return found;
    }
    let lower = spaced.to_ascii_lowercase();
    if let Some(found) = asked.relative(&lower).or_else(|| asked.words(&lower)) {
        return found;
    }
    Err(asked.refused(&lower))
}

/// Why `text` is no moment in any zone and at any time; what depends on those is left to [`parse_time_expression`].
pub fn check_moment(text: &str) -> Result<(), TimeExpressionError> {
    match parse_time_expression(text, &Zone::utc(), Timestamp::saturating_from_ms(0)) {
        Ok(_) | Err(TimeExpressionError::OutOfRange(_) | TimeExpressionError::Local(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A text that is read: where, and seen from when.
#[derive(Clone, Copy)]
struct Input<'a> {
    /// As it was given.
    text: &'a str,
    zone: &'a Zone,
    now: Timestamp,
}

impl Input<'_> {
    fn impossible(self) -> TimeExpressionError {
        TimeExpressionError::Impossible(self.text.to_owned())
    }

    fn out_of_range(self) -> TimeExpressionError {
        TimeExpressionError::OutOfRange(self.text.to_owned())
    }

    /// What is wrong with a text that has none of the forms.
    fn refused(self, spaced: &str) -> TimeExpressionError {
        let text = self.text.to_owned();
        if !spaced.is_empty() && spaced.bytes().all(|byte| byte.is_ascii_digit()) {
            let suggestion = match spaced.len() {
                written::UNIX_SECOND_DIGITS_MIN..written::UNIX_MS_DIGITS_MIN => {
                    format!("{spaced}s")
                }
                written::UNIX_MS_DIGITS_MIN..=15 => format!("{spaced}ms"),
                _ => "1762092000s".to_owned(),
            };
            return TimeExpressionError::NumberAlone { text, suggestion };
        }
        match relative::Distance::of(spaced) {
            Some(_) => TimeExpressionError::Unsigned(spaced.to_owned()),
            None => TimeExpressionError::Malformed(text),
        }
    }
}

#[cfg(test)]
mod tests;
