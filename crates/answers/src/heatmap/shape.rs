//! `heatmap`: a value over the hours of the week.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::shape::{Amount, RowKeys, written_as};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Time};
use crate::shapes::so_far::SoFar;
use crate::staffing::shape::thousandths;

/// The answer to `heatmap`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Heatmap {
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
    /// The zone of the hours of the week; `null`: each extension's own.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// The hours that count; `null`: all.
    pub hours: Option<String>,
    /// The calendar that the hours are of, or `own`: each extension's own; left out where hours are of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The groups that cells are told apart by.
    pub by: Vec<&'static str>,
    /// The hours of the week that have scheduled time, by group and time.
    pub cells: Vec<HeatmapCell>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// An hour of the week, over all weeks of the window.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatmapCell {
    /// The group.
    pub keys: RowKeys,
    /// The day of the week: 1 is Monday, 7 is Sunday.
    pub weekday: u8,
    /// The hour of the local clock, 0 to 23.
    pub hour: u8,
    /// How much of it was scheduled, over all extensions and weeks, in milliseconds: the size of the sample.
    pub scheduled_ms: i64,
    /// How much of that has no data.
    pub unknown_ms: i64,
    /// How much of that they did not exist.
    pub absent_ms: i64,
    /// How long the value held.
    pub amount: Amount,
    /// How much time it has over all weeks of the window, in milliseconds.
    pub elapsed_ms: i64,
}

impl HeatmapCell {
    /// How much of it something is known of, over all extensions and weeks, in milliseconds.
    pub fn known_ms(&self) -> i64 {
        self.scheduled_ms - self.unknown_ms - self.absent_ms
    }

    /// The part of the time in which something is known that the value held, from 0 to 1; `None` if nothing is known.
    /// To three places, but 0 only for nothing, and 1 only for all of it.
    pub fn share(&self) -> Option<f64> {
        let known_ms = self.known_ms();
        (known_ms > 0).then(|| match thousandths(self.amount.ms, known_ms) {
            share if share <= 0.0 && self.amount.ms > 0 => 0.001,
            share if share >= 1.0 && self.amount.ms < known_ms => 0.999,
            share => share,
        })
    }

    /// The average number of people in the value: by the estimate, certainly, and possibly, with everyone who is unknown
    /// included.
    pub fn averages(&self) -> [f64; 3] {
        let possible_ms = self.amount.max_ms + self.unknown_ms;
        [self.amount.ms, self.amount.min_ms, possible_ms].map(|ms| thousandths(ms, self.elapsed_ms))
    }
}

/// A cell as it is written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cell")]
struct WrittenCell<'a> {
    #[serde(flatten)]
    keys: &'a RowKeys,
    /// The day of the week, 1 for Monday.
    weekday: u8,
    /// The hour of the day.
    hour: u8,
    /// Which part of the known time it held; `null` where nothing is known.
    share: Option<f64>,
    /// The average number of people in it.
    avg: f64,
    /// The lowest that is certain.
    avg_min: f64,
    /// The highest that is possible.
    avg_max: f64,
    /// How much time has passed in this hour of the week, in milliseconds.
    elapsed_ms: i64,
    /// Scheduled time over all extensions, in milliseconds.
    scheduled_ms: i64,
    /// How much of it is unknown.
    unknown_ms: i64,
    /// How much of it they did not exist.
    absent_ms: i64,
    /// How long it held.
    ms: i64,
    /// How long it certainly held.
    min_ms: i64,
    /// How long it possibly held.
    max_ms: i64,
}

impl<'a> From<&'a HeatmapCell> for WrittenCell<'a> {
    fn from(cell: &'a HeatmapCell) -> Self {
        let [avg, avg_min, avg_max] = cell.averages();
        Self {
            keys: &cell.keys,
            weekday: cell.weekday,
            hour: cell.hour,
            share: cell.share(),
            avg,
            avg_min,
            avg_max,
            elapsed_ms: cell.elapsed_ms,
            scheduled_ms: cell.scheduled_ms,
            unknown_ms: cell.unknown_ms,
            absent_ms: cell.absent_ms,
            ms: cell.amount.ms,
            min_ms: cell.amount.min_ms,
            max_ms: cell.amount.max_ms,
        }
    }
}

written_as! {
    HeatmapCell: WrittenCell,
}
