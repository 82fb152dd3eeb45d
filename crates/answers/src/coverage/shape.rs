//! `coverage`: when the account was observed.

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::coverage::{CoverageAnswer, Explained};
use presence_core::query::zone::zone_data_version;
use presence_model::time::{TimeRange, Timestamp};

use crate::shapes::as_of::AsOf;
use crate::shapes::common::{Text, Time};
use crate::shapes::renamed;
use crate::shapes::so_far::SoFar;

/// The answer to `coverage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Coverage {
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// How much of it is still to come.
    #[serde(flatten)]
    pub so_far: SoFar,
    /// The zone in which the question's times were read; `null`: UTC.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// How long the account was observed, in milliseconds.
    pub observed_ms: i64,
    /// How long it was not, in milliseconds.
    pub gap_ms: i64,
    /// Stretches of uninterrupted looks, by time.
    pub segments: Vec<CoverageRange>,
    /// The rest of the window, by time.
    pub gaps: Vec<Gap>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// A range without data, `[from, to)`, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// What most of it is due to: the word of a cause, `unexplained` for looks that failed without one, or
    /// `not_collected` where there is no look at all, not even one that failed.
    pub cause: &'static str,
    /// How much of it is due to what, the most first; together they are as long as the gap.
    pub causes: Vec<GapCause>,
}

/// How much of a gap is due to a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GapCause {
    /// See [`Gap::cause`].
    pub cause: &'static str,
    /// How long, in milliseconds.
    pub ms: i64,
    /// How many sweeps failed, or were not made, for it.
    #[serde(flatten, serialize_with = "renamed::cause_sweeps")]
    #[schemars(!flatten)]
    pub sweeps: i64,
    /// What the first of these says of itself, for people.
    pub detail: Option<String>,
}

/// A stretch of time, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Stretch")]
pub struct CoverageRange {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
}

impl From<TimeRange> for CoverageRange {
    fn from(span: TimeRange) -> Self {
        Self {
            from: Text(span.from()),
            to: Text(span.to()),
        }
    }
}

impl From<&Explained> for Gap {
    fn from(gap: &Explained) -> Self {
        let causes: Vec<GapCause> = gap
            .reasons
            .iter()
            .map(|reason| GapCause {
                cause: reason.why.name(),
                ms: reason.ms,
                sweeps: reason.looks,
                detail: reason.detail.clone(),
            })
            .collect();
        Self {
            from: Text(gap.span.from()),
            to: Text(gap.span.to()),
            cause: causes.first().map_or("not_collected", |first| first.cause),
            causes,
        }
    }
}

impl Coverage {
    /// The shape of an answer about `window` at `now` that rests on a part of the log.
    pub fn of(answer: &CoverageAnswer, window: TimeRange, now: Timestamp, as_of: AsOf) -> Self {
        Self {
            from: Text(window.from()),
            to: Text(window.to()),
            so_far: SoFar::of(window, now),
            observed_ms: answer.observed_ms,
            gap_ms: answer.gap_ms,
            segments: answer.segments.iter().map(|&span| span.into()).collect(),
            gaps: answer.gaps.iter().map(Gap::from).collect(),
            zone: None,
            zone_data: zone_data_version(),
            as_of,
        }
    }
}
