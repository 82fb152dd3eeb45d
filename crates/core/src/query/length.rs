//! Lengths of time as people write them: `60s`, `1.5m`, `1h30m`, `2 hours`, `90` (seconds).
//!
//! Intervals, ages and steps are such lengths, and so is the distance of a moment from now ([`super::moment`]).

/// Why a text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// It has none of the forms, or is not above zero.
    #[error(
        "{0:?} is no length of time: write it like 60s, 1.5m, 1h30m or 2d; a number alone is seconds"
    )]
    Malformed(String),
    /// Months and years are not all equally long.
    #[error("{0:?} has no fixed length: write days, like 30d or 365d")]
    Calendar(String),
    /// It is finer than anything here is measured.
    #[error("{0:?} is not a whole number of milliseconds: write it like 1500ms or 1.5s")]
    TooFine(String),
    /// Nothing here lasts so long.
    #[error("{0:?} is longer than a century: {LENGTH_MAX} at most")]
    TooLong(String),
}

/// A century, and how it is written.
const LENGTH_MS_MAX: i64 = 36_525 * 86_400_000;
const LENGTH_MAX: &str = "36525d";

/// Reads a length, in milliseconds: above zero, and a century at most. A number alone is seconds; a day is 24 hours.
pub fn parse_length_ms(text: &str) -> Result<i64, LengthError> {
    let malformed = || LengthError::Malformed(text.to_owned());
    let parts = match number_alone(text) {
        Some(seconds) => vec![seconds],
        None => parts(text).ok_or_else(malformed)?,
    };
    let mut total_ms: i128 = 0;
    for part in parts {
        let unit_ms = part
            .unit
            .ms()
            .ok_or_else(|| LengthError::Calendar(text.to_owned()))?;
        let ms = part.times(unit_ms);
        total_ms += ms.ok_or_else(|| LengthError::TooFine(text.to_owned()))?;
    }
    match i64::try_from(total_ms) {
        Ok(..=0) => Err(malformed()),
        Ok(total_ms @ 1..=LENGTH_MS_MAX) => Ok(total_ms),
        _ => Err(LengthError::TooLong(text.to_owned())),
    }
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// The words of each unit. `m` is a minute; a month has two letters at least.
const WORDS: [(Unit, &[&str]); 8] = [
    (
        Unit::Millisecond,
        &["ms", "msec", "msecs", "millisecond", "milliseconds"],
    ),
    (Unit::Second, &["s", "sec", "secs", "second", "seconds"]),
    (Unit::Minute, &["m", "min", "mins", "minute", "minutes"]),
    (Unit::Hour, &["h", "hr", "hrs", "hour", "hours"]),
    (Unit::Day, &["d", "day", "days"]),
    (Unit::Week, &["w", "wk", "wks", "week", "weeks"]),
    (Unit::Month, &["mo", "month", "months"]),
    (Unit::Year, &["y", "yr", "yrs", "year", "years"]),
];

impl Unit {
    /// The unit that a word means. The case of a single letter matters: `M` may be a minute or a month.
    fn of(word: &str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        let word = if word.len() > 1 { &lower } else { word };
        let mut units = WORDS.iter();
        let found = units.find(|(_, words)| words.contains(&word));
        found.map(|(unit, _)| *unit)
    }

    /// How long it is, in milliseconds, a day being 24 hours; `None` for months and years.
    pub(super) fn ms(self) -> Option<i64> {
        Some(match self {
            Self::Millisecond => 1,
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 24 * 3_600_000,
            Self::Week => 7 * 24 * 3_600_000,
            Self::Month | Self::Year => return None,
        })
    }
}

/// So many of a unit: `mantissa` / 10^`decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    mantissa: i64,
    decimals: u32,
    pub(super) unit: Unit,
}

impl Part {
    /// So many times `factor`; `None` if that is no whole number.
    pub(super) fn times(self, factor: i64) -> Option<i128> {
        let product = i128::from(self.mantissa) * i128::from(factor);
        let divisor = 10_i128.pow(self.decimals);
        (product % divisor == 0).then(|| product / divisor)
    }
}

/// So many digits has a number at most: then no product with a unit runs over.
const DIGITS_MAX: usize = 15;

/// A number, and what follows it.
fn number(text: &str) -> Option<((i64, u32), &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let has_point = digits.contains('.');
    if whole.is_empty() || (has_point && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    if whole.len() + fraction.len() > DIGITS_MAX {
        return None;
    }
    let mantissa = format!("{whole}{fraction}").parse().ok()?;
    Some(((mantissa, u32::try_from(fraction.len()).ok()?), rest))
}

/// A number without a unit: seconds.
fn number_alone(text: &str) -> Option<Part> {
    let ((mantissa, decimals), rest) = number(text.trim())?;
    rest.is_empty().then_some(Part {
        mantissa,
        decimals,
        unit: Unit::Second,
    })
}

/// Numbers with their units, such as `1h30m`, `1 h 30 min`; `None` for anything else, also for none at all.
pub(super) fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let ((mantissa, decimals), after) = number(rest)?;
        let after = after.trim_start();
        let end = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (word, after) = after.split_at(end);
        parts.push(Part {
            mantissa,
            decimals,
            unit: Unit::of(word)?,
        });
        rest = after.trim_start();
    }
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected_ms: i64) {
        assert_eq!(parse_length_ms(text), Ok(expected_ms), "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = parse_length_ms(text).expect_err("it is no length");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn lengths_have_units() {
        check("60s", 60_000);
        check("60sec", 60_000);
        check("1h30m", 5_400_000);
        check("1500ms", 1_500);
        check("1.5m", 90_000);
        check("0.25h", 900_000);
        check("2 hours", 7_200_000);
        check("1 h 30 min", 5_400_000);
        check("5 m", 300_000);
        check("1d", 86_400_000);
        check("1 Week", 7 * 86_400_000);
        check("36525d", 36_525 * 86_400_000);
    }

    #[test]
    fn a_number_alone_is_seconds() {
        check("60", 60_000);
        check(" 90 ", 90_000);
        check("0.5", 500);
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in [
            "", "s", "0s", "0", "-5s", "+5s", "5µs", "5M", "1h30", "1..5s", ".5s", "5.s", "5s,",
            "1:30", "PT5M", "９s", "soon",
        ] {
            check_refused(
                text,
                &format!(
                    "{text:?} is no length of time: write it like 60s, 1.5m, 1h30m or 2d; a number alone is seconds"
                ),
            );
        }
        check_refused(
            "1mo",
            "\"1mo\" has no fixed length: write days, like 30d or 365d",
        );
        check_refused(
            "0.0001s",
            "\"0.0001s\" is not a whole number of milliseconds: write it like 1500ms or 1.5s",
        );
        for text in ["36526d", "100000w", "999999999999999d", "4000000000"] {
            check_refused(
                text,
                &format!("{text:?} is longer than a century: 36525d at most"),
            );
        }
        assert!(parse_length_ms("99999999999999999d").is_err());
        assert!(parse_length_ms(&"1s".repeat(100_000)).is_ok_and(|ms| ms == 100_000_000));
    }
}
