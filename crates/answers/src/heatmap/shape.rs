//! `heatmap`: a value over the hours of the week.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::report::shape::{Amount, RowKeys};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Time};
use crate::shapes::so_far::SoFar;
use crate::staffing::shape::thousandths;

/// The answer to `heatmap`.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// How much of that nobody looked at.
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

    /// The average number of people in the value: by the estimate, certainly, and possibly, whoever is unknown
    /// included.
    pub fn averages(&self) -> [f64; 3] {
        let possible_ms = self.amount.max_ms + self.unknown_ms;
        [self.amount.ms, self.amount.min_ms, possible_ms].map(|ms| thousandths(ms, self.elapsed_ms))
    }
}

impl Serialize for HeatmapCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let [average, min, max] = self.averages();
        self.keys.entries(&mut map)?;
        map.serialize_entry("weekday", &self.weekday)?;
        map.serialize_entry("hour", &self.hour)?;
        map.serialize_entry("share", &self.share())?;
        map.serialize_entry("avg", &average)?;
        map.serialize_entry("avg_min", &min)?;
        map.serialize_entry("avg_max", &max)?;
        map.serialize_entry("elapsed_ms", &self.elapsed_ms)?;
        map.serialize_entry("scheduled_ms", &self.scheduled_ms)?;
        map.serialize_entry("unknown_ms", &self.unknown_ms)?;
        map.serialize_entry("absent_ms", &self.absent_ms)?;
        map.serialize_entry("ms", &self.amount.ms)?;
        map.serialize_entry("min_ms", &self.amount.min_ms)?;
        map.serialize_entry("max_ms", &self.amount.max_ms)?;
        map.end()
    }
}
