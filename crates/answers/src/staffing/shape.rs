//! `staffing`: how many people were in a value at once, step by step.

use schemars::JsonSchema;
use serde::Serialize;

use presence_core::query::staffing::{Met, Point, Shortfall};
use presence_model::time::TimeRange;

use crate::report::shape::{RowKeys, written_as};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Text, Time};
use crate::shapes::so_far::SoFar;

/// The answer to `staffing`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Staffing {
    /// What the value is of.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The value that is counted; `""` is the absence of the facet.
    pub value: String,
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// How much of it is still to come.
    #[serde(flatten)]
    pub so_far: SoFar,
    /// How long a step is, in milliseconds; of days, where clocks do not change.
    pub step_ms: i64,
    /// How many local days a step is; left out where it is none of days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_days: Option<i32>,
    /// The zone of these days; left out as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_zone: Option<String>,
    /// The zone of the hours; `null`: each extension's own.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// The hours that count; `null`: all.
    pub hours: Option<String>,
    /// The calendar that the hours are of, or `own`: each extension's own; left out where hours are of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The groups that points are told apart by.
    pub by: Vec<&'static str>,
    /// The steps of each group, by group and time; steps in which nobody is scheduled are left out.
    pub points: Vec<StaffingPoint>,
    /// How many were required when, for pictures; the answer has the stretches in which these were not there.
    #[serde(skip)]
    #[schemars(skip)]
    pub required: Vec<(TimeRange, i32)>,
    /// When fewer were certainly in the value than required, by group and time; `null`: nothing was required.
    pub shortfalls: Option<Vec<StaffingShortfall>>,
    /// For how long each group had as many as required, as far as that was judged; left out where nothing was required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<Vec<StaffingMet>>,
    /// The last complete sweep, up to which that was judged, or the end of the window if that is earlier; `null` if there
    /// was none. Left out where nothing was required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_until: Option<Option<Time>>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// One step of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffingPoint {
    /// The group.
    pub keys: RowKeys,
    /// What is told of it.
    pub point: Point,
}

/// A stretch in which there were too few, may have been, or it is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffingShortfall {
    /// The group.
    pub keys: RowKeys,
    /// When, and how few.
    pub shortfall: Shortfall,
}

/// For how long a group had as many as required.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffingMet {
    /// The group.
    pub keys: RowKeys,
    /// For how long.
    pub met: Met,
}

/// An average number of people, in thousandths: rounded half away from zero, so that it is written the same anywhere.
pub(crate) fn thousandths(sum_ms: i64, length_ms: i64) -> f64 {
    if length_ms <= 0 {
        return 0.0;
    }
    let rounded = (i128::from(sum_ms) * 2_000 / i128::from(length_ms) + 1) / 2;
    let part =
        |number: i128| f64::from(i32::try_from(number).expect("people are counted in 31 bits"));
    // Both parts and their sum are whole numbers that a float holds.
    (part(rounded / 1_000) * 1_000.0 + part(rounded % 1_000)) / 1_000.0
}

impl StaffingPoint {
    /// The average number known to be in the value while the step counts.
    pub fn average(&self) -> f64 {
        thousandths(self.point.ms, self.point.counted_ms)
    }
}

/// A step as it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Point")]
struct WrittenPoint<'a> {
    #[serde(flatten)]
    keys: &'a RowKeys,
    /// The first moment of the step.
    from: Time,
    /// The first moment after it.
    to: Time,
    /// How much of it counts, in milliseconds.
    counted_ms: i64,
    /// The lowest number known to be in the value.
    min: i32,
    /// The highest number known to be in it.
    max: i32,
    /// The average number known to be in it.
    avg: f64,
    /// How long they were in it, over all of them, in milliseconds.
    ms: i64,
    /// The lowest number certainly in it.
    guaranteed: i32,
    /// The highest number possibly in it.
    possible: i32,
    /// The most of whom nothing was known at once.
    unknown_max: i32,
}

impl<'a> From<&'a StaffingPoint> for WrittenPoint<'a> {
    fn from(one: &'a StaffingPoint) -> Self {
        let point = &one.point;
        Self {
            keys: &one.keys,
            from: Text(point.span.from()),
            to: Text(point.span.to()),
            counted_ms: point.counted_ms,
            min: point.min,
            max: point.max,
            avg: one.average(),
            ms: point.ms,
            guaranteed: point.guaranteed,
            possible: point.possible,
            unknown_max: point.unknown_max,
        }
    }
}

/// A stretch with too few people as it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Shortfall")]
struct WrittenShortfall<'a> {
    #[serde(flatten)]
    keys: &'a RowKeys,
    /// Its first moment.
    from: Time,
    /// The first moment after it.
    to: Time,
    /// Whether there were too few.
    #[schemars(extend("enum" = ["certain", "possible", "unknown"]))]
    kind: &'static str,
    /// How many were required.
    required: i32,
    /// The lowest number certainly in the value.
    guaranteed: i32,
    /// The lowest number known to be in it.
    known: i32,
    /// The lowest number possibly in it.
    possible: i32,
}

impl<'a> From<&'a StaffingShortfall> for WrittenShortfall<'a> {
    fn from(one: &'a StaffingShortfall) -> Self {
        let shortfall = &one.shortfall;
        Self {
            keys: &one.keys,
            from: Text(shortfall.span.from()),
            to: Text(shortfall.span.to()),
            kind: shortfall.kind.name(),
            required: shortfall.required,
            guaranteed: shortfall.guaranteed,
            known: shortfall.known,
            possible: shortfall.possible,
        }
    }
}

/// For how long a group had as many as required, as it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Met")]
struct WrittenMet<'a> {
    #[serde(flatten)]
    keys: &'a RowKeys,
    /// How long anything was required, as far as it was judged, in milliseconds.
    required_ms: i64,
    /// There certainly were enough, in milliseconds.
    met_ms: i64,
    /// There certainly were too few.
    short_ms: i64,
    /// There may have been too few.
    possibly_short_ms: i64,
    /// It is not known.
    unknown_ms: i64,
}

impl<'a> From<&'a StaffingMet> for WrittenMet<'a> {
    fn from(one: &'a StaffingMet) -> Self {
        let met = &one.met;
        Self {
            keys: &one.keys,
            required_ms: met.required_ms,
            met_ms: met.met_ms,
            short_ms: met.short_ms,
            possibly_short_ms: met.possibly_short_ms,
            unknown_ms: met.unknown_ms,
        }
    }
}

written_as! {
    StaffingMet: WrittenMet,
    StaffingPoint: WrittenPoint,
    StaffingShortfall: WrittenShortfall,
}
