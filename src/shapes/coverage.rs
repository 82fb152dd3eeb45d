//! `coverage`: when the account was looked at.

use serde::Serialize;

use crate::model::time::Span;
use crate::query::coverage::CoverageAnswer;
use crate::query::zone::zone_data_version;

use super::as_of::AsOf;
use super::common::{Text, Time};

/// The answer to `coverage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// The zone in which the question's times were read; `null`: UTC.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// How long the account was looked at, in milliseconds.
    pub observed_ms: i64,
    /// How long it was not, in milliseconds.
    pub gap_ms: i64,
    /// Stretches of uninterrupted looks, by time.
    pub segments: Vec<Stretch>,
    /// The rest of the window, by time.
    pub gaps: Vec<Stretch>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// A stretch of time, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
}

impl From<Span> for Stretch {
    fn from(span: Span) -> Self {
        Self {
            from: Text(span.from()),
            to: Text(span.to()),
        }
    }
}

impl Coverage {
    /// The shape of an answer about `window` that rests on a part of the log.
    pub fn of(answer: &CoverageAnswer, window: Span, as_of: AsOf) -> Self {
        let stretches = |spans: &[Span]| spans.iter().map(|&span| span.into()).collect();
        Self {
            from: Text(window.from()),
            to: Text(window.to()),
            observed_ms: answer.observed_ms,
            gap_ms: answer.gap_ms,
            segments: stretches(&answer.segments),
            gaps: stretches(&answer.gaps),
            zone: None,
            zone_data: zone_data_version(),
            as_of,
        }
    }
}
