//! `report`: how long each value held, in groups and buckets of time.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::query::absence::AbsenceMode;
use crate::query::calendar::Bucket;
use crate::query::classes::{ClassId, Classes};
use crate::query::report::{ByClass, Moment, Row};

use super::as_of::AsOf;
use super::common::{CriterionShape, Person, Text, Time};

/// The answer to `report`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the values are of.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// The zone of local days and hours; `null`: each extension's own.
    pub zone: Option<String>,
    /// Which release of the time zone database local time was computed with.
    pub zone_data: &'static str,
    /// The hours that count; `null`: all.
    pub hours: Option<String>,
    /// The calendar that the hours are of, or `own`: each extension's own; left out where hours are of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// What became of planned absence: `exclude`, `apart` or `ignore`; left out where none is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_absence: Option<&'static str>,
    /// What the rows are told apart by.
    pub by: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<ReportRow>,
    /// Which part of the log the answer rests on.
    pub as_of: AsOf,
}

/// Which keys of a row are shown. The outer `None` says that rows are not told apart by it, the inner one (`null`)
/// that it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowKeys {
    /// The extension, under its latest name.
    pub person: Option<Person>,
    /// The department of the time.
    pub department: Option<Option<String>>,
    /// The site of the time.
    pub site: Option<Option<String>>,
    /// The call queue of the time.
    pub queue: Option<Option<String>>,
    /// The kind of bucket (`day`, …) and its label.
    pub bucket: Option<(&'static str, String)>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// What the row is about.
    pub keys: RowKeys,
    /// Scheduled time over all extensions of the row, in milliseconds.
    pub scheduled_ms: i64,
    /// How much more would be scheduled but for planned absence; only where that is shown apart.
    pub planned_absent_ms: Option<i64>,
    /// How much of it nobody looked at.
    pub unknown_ms: i64,
    /// How much of it they did not exist.
    pub absent_ms: i64,
    /// How long each value held, or may have held; `""` is the absence of the facet.
    pub values: BTreeMap<String, Amount>,
    /// How often the value was seen to have changed.
    pub transitions: i64,
    /// The first moment at which each value held.
    pub first: BTreeMap<String, MomentShape>,
    /// The last moment until which each value held.
    pub last: BTreeMap<String, MomentShape>,
}

/// How long a value held, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The estimate.
    pub ms: i64,
    /// What is certain.
    pub min_ms: i64,
    /// What is possible.
    pub max_ms: i64,
}

/// A moment, and the earliest that it can have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MomentShape {
    /// The estimate.
    pub at: Time,
    /// The earliest possible; `null` where nobody looked before.
    pub earliest: Option<Time>,
}

impl ReportRow {
    /// The shape of a row.
    pub fn of(keys: RowKeys, row: &Row, classes: &Classes, absence: Option<AbsenceMode>) -> Self {
        Self {
            keys,
            scheduled_ms: row.scheduled_ms,
            planned_absent_ms: (absence == Some(AbsenceMode::Apart))
                .then_some(row.planned_absent_ms),
            unknown_ms: row.unknown_ms,
            absent_ms: row.absent_ms,
            values: by_value(&row.amounts, classes, |amount| Amount {
                ms: amount.ms,
                min_ms: amount.min_ms,
                max_ms: amount.max_ms,
            }),
            transitions: row.transitions,
            first: by_value(&row.first, classes, moment),
            last: by_value(&row.last, classes, moment),
        }
    }
}

fn moment(moment: Moment) -> MomentShape {
    MomentShape {
        at: Text(moment.at),
        earliest: moment.earliest.map(Text),
    }
}

fn by_value<T: Copy, S>(
    values: &ByClass<T>,
    classes: &Classes,
    shape: impl Fn(T) -> S,
) -> BTreeMap<String, S> {
    let name = |class: ClassId| classes.value(class).unwrap_or_default().to_owned();
    values
        .iter()
        .map(|(class, value)| (name(class), shape(value)))
        .collect()
}

impl Serialize for ReportRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(person) = &self.keys.person {
            map.serialize_entry("extension_id", &person.extension_id)?;
            map.serialize_entry("extension_number", &person.extension_number)?;
            map.serialize_entry("name", &person.name)?;
        }
        let groups = [
            ("department", &self.keys.department),
            ("site", &self.keys.site),
            ("queue", &self.keys.queue),
        ];
        for (name, group) in groups {
            if let Some(value) = group {
                map.serialize_entry(name, value)?;
            }
        }
        if let Some((name, label)) = &self.keys.bucket {
            map.serialize_entry(name, label)?;
        }
        map.serialize_entry("scheduled_ms", &self.scheduled_ms)?;
        if let Some(planned_absent_ms) = &self.planned_absent_ms {
            map.serialize_entry("planned_absent_ms", planned_absent_ms)?;
        }
        map.serialize_entry("unknown_ms", &self.unknown_ms)?;
        map.serialize_entry("absent_ms", &self.absent_ms)?;
        map.serialize_entry("values", &self.values)?;
        map.serialize_entry("transitions", &self.transitions)?;
        map.serialize_entry("first", &self.first)?;
        map.serialize_entry("last", &self.last)?;
        map.end()
    }
}

/// The name of a kind of bucket as a key of rows; `None` for the whole window.
pub fn bucket_name(bucket: Bucket) -> Option<&'static str> {
    match bucket {
        Bucket::Range => None,
        Bucket::Hour => Some("hour"),
        Bucket::Day => Some("day"),
        Bucket::Week => Some("week"),
        Bucket::Month => Some("month"),
    }
}
