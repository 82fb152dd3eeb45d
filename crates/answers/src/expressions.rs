//! Expressions: values of fields that mean something only with a zone, the present moment or the configuration. They are
//! read, and refused, without any of these; what they mean is settled with the request.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::str::FromStr;

use crate::ask::AsOfPosition;
use presence_core::query::calendars::OWN;
use presence_core::query::hours::Hours;
use presence_core::query::staffing::Required;
use presence_core::query::time_expression::check_moment;
use presence_model::time::Timestamp;

/// Why a text is no value of a field: a sentence that each front end puts behind the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Reason(String);

impl Reason {
    /// The reason that an error gives.
    pub fn of(error: impl Display) -> Self {
        Self(error.to_string())
    }
}

/// A time as people write it: `-7d`, `last monday 14:05`, RFC 3339. What it means depends on the present moment and the
/// zone, so it is settled with the request; that it has one of the forms is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeExpression(String);

impl TimeExpression {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Timestamp> for TimeExpression {
    fn from(at: Timestamp) -> Self {
        Self(at.to_string())
    }
}

impl FromStr for TimeExpression {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        check_moment(text).map_err(Reason::of)?;
        Ok(Self(text.to_owned()))
    }
}

impl Display for TimeExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of the log: by the numbers of its end, or by the moment at which it was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPartExpression {
    /// Up to this position.
    UpTo(AsOfPosition),
    /// What was known at this moment.
    KnownAt(TimeExpression),
}

impl FromStr for LogPartExpression {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        if AsOfPosition::is_meant(text) {
            return text
                .parse()
                .map(Self::UpTo)
                .map_err(|error: String| Reason::of(error));
        }
        text.parse().map(Self::KnownAt)
    }
}

impl Display for LogPartExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpTo(position) => position.fmt(f),
            Self::KnownAt(time) => time.fmt(f),
        }
    }
}

/// An earlier period: `previous`, or `FROM..TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeriodExpression {
    /// The one just before, of the same length.
    Previous,
    /// From one moment until another.
    Between(TimeExpression, TimeExpression),
}

impl FromStr for PeriodExpression {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        if text == "previous" {
            return Ok(Self::Previous);
        }
        let Some((from, to)) = text.split_once("..") else {
            return Err(Reason(format!(
                "{text:?} is no period: write previous, or FROM..TO like 2026-10-01..2026-11-01"
            )));
        };
        Ok(Self::Between(from.parse()?, to.parse()?))
    }
}

/// The name of a calendar of the configuration, or `own` for each extension's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarName(String);

impl CalendarName {
    /// The name; `None` for each extension's own.
    pub fn named(&self) -> Option<&str> {
        (self.0 != OWN).then_some(&self.0)
    }
}

impl FromStr for CalendarName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Hours that count: written in the `OpenStreetMap` notation, or those of a calendar, as `@NAME`.
#[derive(Clone, Debug)]
pub enum HoursExpression {
    /// These.
    Written(Hours),
    /// Those of a calendar.
    Calendar(CalendarName),
}

impl FromStr for HoursExpression {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        if let Some(name) = text.strip_prefix('@') {
            return Ok(Self::Calendar(CalendarName(name.to_owned())));
        }
        Hours::parse(text).map(Self::Written).map_err(Reason::of)
    }
}

/// How many people are needed when: `HOURS=N`.
#[derive(Clone, Debug)]
pub struct Requirement {
    text: String,
    /// What it means.
    pub required: Required,
}

impl FromStr for Requirement {
    type Err = Reason;

    fn from_str(text: &str) -> Result<Self, Reason> {
        Ok(Self {
            required: Required::parse(text).map_err(Reason::of)?,
            text: text.to_owned(),
        })
    }
}

impl Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_has_one_of_the_forms() {
        for text in ["-7d", "last monday 14:05", "2026-10-25T02:30"] {
            assert!(text.parse::<TimeExpression>().is_ok(), "{text:?}");
        }
        for wrong in ["noon", "7d", "2026-11-31", "1762092000", ""] {
            assert!(wrong.parse::<TimeExpression>().is_err(), "{wrong:?}");
            assert!(format!("{wrong}..now").parse::<PeriodExpression>().is_err());
        }
        let part = |text: &str| {
            text.parse::<LogPartExpression>()
                .map(|part| part.to_string())
        };
        assert_eq!(part("12:34"), Ok("12:34".to_owned()));
        assert_eq!(part("-1h"), Ok("-1h".to_owned()));
        assert!(part("1:2:3").is_err() && part("noon").is_err());
        assert_eq!("previous".parse(), Ok(PeriodExpression::Previous));
        let hours = |text: &str| text.parse::<HoursExpression>();
        assert!(
            matches!(hours("@own"), Ok(HoursExpression::Calendar(name)) if name.named().is_none())
        );
        assert!(
            matches!(hours("@desk"), Ok(HoursExpression::Calendar(name)) if name.named() == Some("desk"))
        );
        assert!(matches!(
            hours("Mo-Fr 09:00-17:00"),
            Ok(HoursExpression::Written(_))
        ));
        assert!(hours("Mo-Fr 9-17").is_err() && hours("").is_err());
        let needed = "Mo-Fr  09:00-17:00=5"
            .parse::<Requirement>()
            .expect("a requirement");
        assert_eq!(
            (needed.required.number, needed.to_string().as_str()),
            (5, "Mo-Fr  09:00-17:00=5")
        );
        assert!("Mo-Fr 09:00-17:00".parse::<Requirement>().is_err());
    }
}
