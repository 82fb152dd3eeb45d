//! `report --compare-as-of`: the same report from two parts of the log, side by side.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::shape::{Amount, ByValue, Report, ReportRow, RowKeys, written_as};
use crate::shapes::as_of::AsOf;
use crate::shapes::common::{CriterionShape, Time};
use crate::shapes::renamed;
use crate::shapes::so_far::SoFar;

/// The same report from two parts of the log: only what differs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Restatement {
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
    /// The hours that count; `null`: all.
    pub hours: Option<String>,
    /// What the rows are told apart by.
    pub by: Vec<&'static str>,
    /// The rows that differ.
    pub rows: Vec<RestatedRow>,
    /// How many rows are the same.
    pub unchanged_count: usize,
    /// What was recorded between the two parts and can touch the window, by source and status.
    pub recorded_between: Vec<RecordedBetween>,
    /// The part of the log that is compared with.
    pub before: AsOf,
    /// The part of the log that the report rests on.
    pub after: AsOf,
}

/// Snapshots of one source and status that were recorded between two parts of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordedBetween {
    /// `poll`, `push` or `import`.
    #[schemars(extend("enum" = ["poll", "push", "import"]))]
    pub source: &'static str,
    /// `complete`, `partial`, `failed` or `skipped`.
    #[schemars(extend("enum" = ["complete", "partial", "failed", "skipped"]))]
    pub status: &'static str,
    /// How many there are.
    pub snapshot_count: usize,
    /// How many changes they showed.
    pub event_count: usize,
    /// When the first of these began.
    #[serde(flatten, serialize_with = "renamed::between_from")]
    #[schemars(!flatten)]
    pub observed_from: Time,
    /// When the last of them ended.
    #[serde(flatten, serialize_with = "renamed::between_to")]
    #[schemars(!flatten)]
    pub observed_to: Time,
    /// When the first of them was recorded.
    pub recorded_from: Time,
    /// When the last of them was recorded.
    pub recorded_to: Time,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct RestatedRow {
    /// What the row is about.
    pub keys: RowKeys,
    /// How it differs.
    pub change: RowChange,
    /// Why it may differ, from what differs: see [`Reason`].
    pub reasons: Vec<Reason>,
    /// Scheduled time, in milliseconds.
    pub scheduled_ms: BeforeAfter,
    /// How much of it is unknown.
    pub unknown_ms: BeforeAfter,
    /// How much of it they did not exist.
    pub absent_ms: BeforeAfter,
    /// The values of which any figure differs.
    pub values: ByValue<RestatedValue>,
}

/// How a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowChange {
    /// Its figures are others.
    Changed,
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is suppressed in one of the two, so nothing of it is shown.
    #[serde(rename = "suppressed")]
    Suppression,
}

impl RowChange {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Suppression => "suppressed",
        }
    }
}

/// What a difference shows of its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Time that was unknown is known: later sweeps bracket it.
    UnknownBecameKnown,
    /// Time that was presumed is unknown: no sweep came in time.
    PresumedBecameUnknown,
    /// The same estimate has narrower bounds: what was presumed or in doubt is certain.
    BecameMoreCertain,
    /// The same time counts as another value: a change was seen later.
    ValueChanged,
    /// People came into the row, or left it: who counts where is told by later profiles.
    PeopleChanged,
}

impl Reason {
    /// Its name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownBecameKnown => "unknown_became_known",
            Self::PresumedBecameUnknown => "presumed_became_unknown",
            Self::BecameMoreCertain => "became_more_certain",
            Self::ValueChanged => "value_changed",
            Self::PeopleChanged => "people_changed",
        }
    }
}

/// Milliseconds before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BeforeAfter {
    /// Before.
    pub before: i64,
    /// After.
    pub after: i64,
}

impl BeforeAfter {
    /// How much more it is after.
    pub fn difference(self) -> i64 {
        self.after - self.before
    }
}

/// A value before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RestatedValue {
    /// Before.
    pub before: Amount,
    /// After.
    pub after: Amount,
    /// By how much the estimate differs, in milliseconds.
    pub difference_ms: i64,
}

impl Restatement {
    /// What differs between two reports that answer the same question.
    pub fn of(before: Report, after: Report, recorded_between: Vec<RecordedBetween>) -> Self {
        let earlier = before.rows.into_iter();
        let mut earlier: BTreeMap<String, ReportRow> =
            earlier.map(|row| (row.keys.identity(), row)).collect();
        let row_count = after.rows.len();
        let mut rows = Vec::new();
        for row in after.rows {
            let then = earlier.remove(&row.keys.identity());
            rows.extend(RestatedRow::of(then.as_ref(), Some(&row)));
        }
        let unchanged_count = row_count - rows.len();
        let removed = earlier.values();
        rows.extend(removed.filter_map(|row| RestatedRow::of(Some(row), None)));
        Self {
            criterion: after.criterion,
            from: after.from,
            to: after.to,
            so_far: after.so_far,
            zone: after.zone,
            hours: after.hours,
            by: after.by,
            rows,
            unchanged_count,
            recorded_between,
            before: before.as_of,
            after: after.as_of,
        }
    }
}

impl RestatedRow {
    /// How a row differs; `None` if it does not.
    fn of(before: Option<&ReportRow>, after: Option<&ReportRow>) -> Option<Self> {
        let nothing = ReportRow::default();
        let (then, now) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
        let change = match (before, after) {
            _ if then.told.withheld.is_some() || now.told.withheld.is_some() => {
                RowChange::Suppression
            }
            (None, _) => RowChange::Added,
            (_, None) => RowChange::Removed,
            _ => RowChange::Changed,
        };
        let keys = after.or(before)?.keys.clone();
        if change == RowChange::Suppression {
            return (then.told.withheld != now.told.withheld).then(|| Self {
                keys,
                change,
                reasons: Vec::new(),
                scheduled_ms: BeforeAfter::default(),
                unknown_ms: BeforeAfter::default(),
                absent_ms: BeforeAfter::default(),
                values: ByValue::default(),
            });
        }
        let pair = |figure: fn(&ReportRow) -> i64| BeforeAfter {
            before: figure(then),
            after: figure(now),
        };
        let row = Self {
            keys,
            change,
            reasons: Vec::new(),
            scheduled_ms: pair(|row| row.scheduled_ms),
            unknown_ms: pair(|row| row.unknown_ms),
            absent_ms: pair(|row| row.absent_ms),
            values: values(then, now),
        };
        let pairs = [row.scheduled_ms, row.unknown_ms, row.absent_ms];
        let is_same = change == RowChange::Changed
            && row.values.is_empty()
            && pairs.iter().all(|pair| pair.difference() == 0);
        (!is_same).then(|| Self {
            reasons: row.found_reasons(),
            ..row
        })
    }

    fn found_reasons(&self) -> Vec<Reason> {
        let unknown_ms = self.unknown_ms.difference();
        let moved = |value: &RestatedValue| value.difference_ms;
        let is_less = self.values.values().any(|value| moved(value) < 0);
        let is_moved = self.values.values().any(|value| moved(value) != 0);
        let is_same_estimate = !is_moved && unknown_ms == 0 && !self.values.is_empty();
        let has_others = self.scheduled_ms.difference() != 0 || self.change != RowChange::Changed;
        let found = [
            (unknown_ms < 0 && !has_others, Reason::UnknownBecameKnown),
            (unknown_ms > 0 && !has_others, Reason::PresumedBecameUnknown),
            (is_same_estimate, Reason::BecameMoreCertain),
            (
                is_less && unknown_ms <= 0 && !has_others,
                Reason::ValueChanged,
            ),
            (has_others, Reason::PeopleChanged),
        ];
        let found = found.into_iter().filter(|(is_so, _)| *is_so);
        found.map(|(_, reason)| reason).collect()
    }
}

fn values(then: &ReportRow, now: &ReportRow) -> ByValue<RestatedValue> {
    let mut names: Vec<_> = then.values.names().chain(now.values.names()).collect();
    names.sort_unstable();
    names.dedup();
    let amount = |row: &ReportRow, value: &str| row.values.get(value).copied().unwrap_or_default();
    let told = names.into_iter().filter_map(|name| {
        let (before, after) = (amount(then, name), amount(now, name));
        let restated = RestatedValue {
            before,
            after,
            difference_ms: after.ms - before.ms,
        };
        (before != after).then(|| (name.clone(), restated))
    });
    told.collect()
}

/// A row as it is written: where it is suppressed in one of the two, no figures.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RestatedRow")]
struct WrittenRow<'a> {
    #[serde(flatten)]
    keys: &'a RowKeys,
    /// How it differs.
    change: RowChange,
    /// Why it may differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<&'a [Reason]>,
    /// Scheduled time, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_ms: Option<BeforeAfter>,
    /// How much of it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_ms: Option<BeforeAfter>,
    /// How much of it they did not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent_ms: Option<BeforeAfter>,
    /// The values of which any figure differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a ByValue<RestatedValue>>,
}

impl<'a> From<&'a RestatedRow> for WrittenRow<'a> {
    fn from(row: &'a RestatedRow) -> Self {
        let is_shown = row.change != RowChange::Suppression;
        Self {
            keys: &row.keys,
            change: row.change,
            reasons: is_shown.then_some(&row.reasons),
            scheduled_ms: is_shown.then_some(row.scheduled_ms),
            unknown_ms: is_shown.then_some(row.unknown_ms),
            absent_ms: is_shown.then_some(row.absent_ms),
            values: is_shown.then_some(&row.values),
        }
    }
}

written_as! {
    RestatedRow: WrittenRow,
}
