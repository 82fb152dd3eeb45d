//! `report`: how long each value held, in groups and buckets of time.

use std::borrow::Cow;
use std::ops::Index;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, json};

use presence_core::query::absence::AbsenceMode;
use presence_core::query::calendar::Bucket;
use presence_core::query::classes::Classes;
use presence_core::query::report::{ClassRow, Moment, Row};

use crate::report::metrics_shape::{ReportParts, RowMetrics, Suppression, ratio};
use crate::report::restatement_shape::Restatement;
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Person, Text, Time};
use crate::shapes::provenance::Answered;
use crate::shapes::renamed;
use crate::shapes::so_far::SoFar;

/// What `report` answers with.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged, inline)]
pub enum ReportAnswer<'a> {
    /// How long each value held.
    Report(Answered<'a, Report>),
    /// Compared with what was known before: what differs.
    Restatement(Answered<'a, Restatement>),
}

/// The answer to `report`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// What the values are of.
    #[serde(flatten)]
    pub criterion: CriterionShape,
    /// The first moment of the window.
    pub from: Time,
    /// The first moment after the window.
    pub to: Time,
    /// How much of it is still to come.
    #[serde(flatten)]
    pub so_far: SoFar,
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
    /// The further figures that were asked for.
    #[serde(flatten)]
    pub asked: ReportParts,
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
    pub person: Option<Arc<Person>>,
    /// What stands for the extension where it is not named.
    pub pseudonym: Option<Arc<str>>,
    /// The department of the time.
    pub department: Option<Option<Arc<str>>>,
    /// The site of the time.
    pub site: Option<Option<Arc<str>>>,
    /// The call queue of the time.
    pub queue: Option<Option<Arc<str>>>,
    /// The kind of bucket (`day`, …) and its label.
    pub bucket: Option<(&'static str, Arc<str>)>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportRow {
    /// What the row is about.
    pub keys: RowKeys,
    /// Scheduled time over all extensions of the row, in milliseconds.
    pub scheduled_ms: i64,
    /// How much more would be scheduled but for planned absence; only where that is shown apart.
    pub planned_absent_ms: Option<i64>,
    /// How much of it has no data.
    pub unknown_ms: i64,
    /// How much of it they did not exist.
    pub absent_ms: i64,
    /// How long each value held, or may have held; `""` is the absence of the facet.
    pub values: ByValue<Amount>,
    /// How often the value was seen to have changed.
    pub transitions: i64,
    /// The first moment at which each value held.
    pub first: ByValue<MomentShape>,
    /// The last moment until which each value held.
    pub last: ByValue<MomentShape>,
    /// The further figures that were asked for.
    pub told: RowMetrics,
}

/// What is told of some values, by value. There are seldom more than five, and of rows there may be many: a list is
/// smaller than a map and found through as fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByValue<T>(Vec<(Arc<str>, T)>);

/// How long a value held, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Amount {
    /// The estimate.
    pub ms: i64,
    /// What is certain.
    pub min_ms: i64,
    /// What is possible.
    pub max_ms: i64,
}

/// A moment, and the earliest that it can have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Moment")]
pub struct MomentShape {
    /// The estimate.
    pub at: Time,
    /// The earliest possible; `null` where there is no data before.
    pub earliest: Option<Time>,
}

impl ReportRow {
    /// The shape of a row.
    pub fn of(keys: RowKeys, row: &Row, names: &Names, absence: Option<AbsenceMode>) -> Self {
        Self {
            keys,
            scheduled_ms: row.scheduled_ms,
            planned_absent_ms: (absence == Some(AbsenceMode::Apart))
                .then_some(row.planned_absent_ms),
            unknown_ms: row.unknown_ms,
            absent_ms: row.absent_ms,
            values: names.by_value(row, |class| {
                Some(Amount {
                    ms: class.amount.ms,
                    min_ms: class.amount.min_ms,
                    max_ms: class.amount.max_ms,
                })
            }),
            transitions: row.transitions,
            first: names.by_value(row, |class| class.first().map(moment)),
            last: names.by_value(row, |class| class.last().map(moment)),
            told: RowMetrics::default(),
        }
    }

    /// How much of the scheduled time is known, in milliseconds.
    pub fn known_ms(&self) -> i64 {
        self.scheduled_ms - self.unknown_ms - self.absent_ms
    }

    /// The values that something is told of, in their order: those of the row, and those that only the earlier period
    /// beside it has. What is withheld has none.
    pub fn value_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.values.keys().collect();
        if let Some(then) = self.told.shown_earlier() {
            names.extend(then.values.keys());
            names.sort_unstable();
            names.dedup();
        }
        names
    }

    /// Which part of the time in which someone was there to be seen is known; `None` where nobody was.
    pub fn evidence(&self) -> Option<f64> {
        ratio(self.known_ms(), self.scheduled_ms - self.absent_ms)
    }
}

fn moment(moment: Moment) -> MomentShape {
    MomentShape {
        at: Text(moment.at),
        earliest: moment.earliest.map(Text),
    }
}

/// What the classes of a question are called.
#[derive(Clone, Debug)]
pub struct Names(Vec<Arc<str>>);

impl Names {
    /// The names of these classes.
    pub fn of(classes: &Classes) -> Self {
        Self(
            classes
                .ids()
                .map(|class| Arc::from(classes.value(class).unwrap_or_default()))
                .collect(),
        )
    }

    pub(crate) fn by_value<T>(
        &self,
        row: &Row,
        told: impl Fn(&ClassRow) -> Option<T>,
    ) -> ByValue<T> {
        let told = row.classes.iter().filter_map(|class| {
            let name = &self.0[class.class.index()];
            Some((Arc::clone(name), told(class)?))
        });
        told.collect()
    }
}

impl<T> FromIterator<(Arc<str>, T)> for ByValue<T> {
    /// Each value comes once.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, T)>>(told: I) -> Self {
        let mut told: Vec<(Arc<str>, T)> = told.into_iter().collect();
        told.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Self(told)
    }
}

impl<T> Default for ByValue<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByValue<T> {
    /// What is told of a value.
    pub fn get(&self, value: &str) -> Option<&T> {
        let mut told = self.0.iter();
        told.find_map(|(known, told)| (**known == *value).then_some(told))
    }

    /// What is told, by value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(value, told)| (&**value, told))
    }

    /// The values that something is told of, in their order, to be kept.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter().map(|(value, _)| value)
    }

    /// The values that something is told of, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(value, _)| value)
    }

    /// What is told, in the order of the values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, told)| told)
    }

    /// Whether nothing is told of any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Index<&str> for ByValue<T> {
    type Output = T;

    fn index(&self, value: &str) -> &T {
        self.get(value).expect("something is told of the value")
    }
}

impl<T: Serialize> Serialize for ByValue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<T: JsonSchema> JsonSchema for ByValue<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}ByValue", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": values })
    }
}

/// A row as it is written: what is suppressed is left out.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportRow")]
struct WrittenRow<'a> {
    #[serde(flatten)]
    keys: &'a RowKeys,
    /// Why figures are left out.
    #[serde(
        flatten,
        serialize_with = "renamed::row_suppressed",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(!flatten)]
    suppressed: Option<Suppression>,
    /// Scheduled time over all extensions of the row, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_ms: Option<i64>,
    /// How much more would be scheduled but for planned absence.
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_absent_ms: Option<i64>,
    /// How much of it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_ms: Option<i64>,
    /// How much of it they did not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent_ms: Option<i64>,
    /// How much of it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    known_ms: Option<i64>,
    /// Which part of the time in which they existed is known; `null` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "left out, `null`, or a number")]
    evidence: Option<Option<f64>>,
    /// How long each value held; `""` is the absence of the facet.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a ByValue<Amount>>,
    /// How often the value changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    transitions: Option<i64>,
    /// The first moment at which each value held.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'a ByValue<MomentShape>>,
    /// The last moment until which each value held.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<&'a ByValue<MomentShape>>,
    #[serde(flatten)]
    metrics: Option<&'a RowMetrics>,
}

impl<'a> From<&'a ReportRow> for WrittenRow<'a> {
    fn from(row: &'a ReportRow) -> Self {
        let suppressed = row.told.withheld;
        let is_shown = suppressed.is_none();
        let is_sized = suppressed != Some(Suppression::Group);
        Self {
            keys: &row.keys,
            suppressed,
            scheduled_ms: is_sized.then_some(row.scheduled_ms),
            planned_absent_ms: row.planned_absent_ms.filter(|_| is_shown),
            unknown_ms: is_sized.then_some(row.unknown_ms),
            absent_ms: is_sized.then_some(row.absent_ms),
            known_ms: is_shown.then(|| row.known_ms()),
            evidence: is_sized.then(|| row.evidence()),
            values: is_shown.then_some(&row.values),
            transitions: is_shown.then_some(row.transitions),
            first: is_shown.then_some(&row.first),
            last: is_shown.then_some(&row.last),
            metrics: is_shown.then_some(&row.told),
        }
    }
}

/// A type is serialized, and described, as the shape in which it is written.
macro_rules! written_as {
    ($($type:ty: $shape:ident,)+) => {
        $(
            impl serde::Serialize for $type {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serde::Serialize::serialize(&$shape::from(self), serializer)
                }
            }

            impl schemars::JsonSchema for $type {
                fn schema_name() -> std::borrow::Cow<'static, str> {
                    <$shape<'static> as schemars::JsonSchema>::schema_name()
                }

                fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    <$shape<'static> as schemars::JsonSchema>::json_schema(generator)
                }
            }
        )+
    };
}

pub(crate) use written_as;

written_as! {
    ReportRow: WrittenRow,
}

impl Serialize for RowKeys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

impl JsonSchema for RowKeys {
    fn schema_name() -> Cow<'static, str> {
        "RowKeys".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let buckets = [
            Bucket::Hour,
            Bucket::WeekHour,
            Bucket::Day,
            Bucket::Week,
            Bucket::Month,
        ];
        let buckets = buckets.into_iter().filter_map(bucket_name);
        let texts = ["extension_id", "pseudonym"].into_iter().chain(buckets);
        let texts = texts.map(|name| (name.to_owned(), json!({ "type": "string" })));
        let groups = ["extension_number", "name", "department", "site", "queue"].into_iter();
        let groups = groups.map(|name| (name.to_owned(), json!({ "type": ["string", "null"] })));
        json_schema!({ "type": "object", "properties": texts.chain(groups).collect::<Map<_, _>>() })
    }
}

impl RowKeys {
    /// What distinguishes this row from others, whatever people are called in it.
    pub(crate) fn identity(&self) -> String {
        let id = self.person.as_ref().map(|person| person.extension_id.0);
        let groups = (&self.department, &self.site, &self.queue);
        format!("{:?}", (id, &self.pseudonym, groups, &self.bucket))
    }

    /// Writes the keys that there are into an object.
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let Some(person) = &self.person {
            map.serialize_entry("extension_id", &person.extension_id)?;
            map.serialize_entry("extension_number", &person.extension_number)?;
            map.serialize_entry("name", &person.name)?;
        }
        if let Some(pseudonym) = &self.pseudonym {
            map.serialize_entry("pseudonym", &**pseudonym)?;
        }
        let groups = [
            ("department", &self.department),
            ("site", &self.site),
            ("queue", &self.queue),
        ];
        for (name, group) in groups {
            if let Some(value) = group {
                map.serialize_entry(name, &value.as_deref())?;
            }
        }
        if let Some((name, label)) = &self.bucket {
            map.serialize_entry(name, &**label)?;
        }
        Ok(())
    }
}

/// The name of a kind of bucket as a key of rows; `None` for the whole window.
pub fn bucket_name(bucket: Bucket) -> Option<&'static str> {
    match bucket {
        Bucket::Range => None,
        Bucket::Hour => Some("hour"),
        Bucket::WeekHour => Some("week_hour"),
        Bucket::Day => Some("day"),
        Bucket::Week => Some("week"),
        Bucket::Month => Some("month"),
    }
}
