//! Answers as tables: the columns and cells of their CSV, with kinds.

use crate::csv::Cell;

use super::{Column, ColumnKind, Value};

/// Columns that hold moments. In the list of changes `from` and `to` are values instead.
const MOMENTS: [&str; 12] = [
    "from",
    "to",
    "earliest_from",
    "observed_at",
    "not_before",
    "first_at",
    "first_earliest",
    "last_at",
    "last_earliest",
    "earlier_from",
    "earlier_to",
    "recorded_at",
];

/// Columns that hold whole numbers, in addition to those that end in `_ms`.
const INTEGERS: [&str; 15] = [
    "account_id",
    "changes",
    "episode_count",
    "episode_cut",
    "extension_id",
    "guaranteed",
    "known",
    "max",
    "min",
    "ms",
    "position",
    "possible",
    "required",
    "snapshot_no",
    "transitions",
];

/// Columns that hold other numbers.
const REALS: [&str; 13] = [
    "adherence",
    "adherence_max",
    "adherence_min",
    "avg",
    "changes_expected",
    "conformance",
    "conformance_max",
    "conformance_min",
    "deviation_ms",
    "difference_share",
    "evidence",
    "share",
    "share_seen",
];

/// A column of CSV; `texts` are those that hold text although others of the same name do not.
pub fn column(name: &str, texts: &[&str]) -> Column {
    let kind = if texts.contains(&name) {
        ColumnKind::Text
    } else if MOMENTS.contains(&name) {
        ColumnKind::Moment
    } else if REALS.contains(&name) {
        ColumnKind::Real
    } else if name.ends_with("_ms")
        || ["unknown_max", "version"].contains(&name)
        || INTEGERS.contains(&name)
    {
        ColumnKind::Integer
    } else if name == "presumed" {
        ColumnKind::Flag
    } else {
        ColumnKind::Text
    };
    Column {
        name: name.to_owned(),
        kind,
    }
}

/// The columns of CSV.
pub fn columns(names: &[&str], texts: &[&str]) -> Vec<Column> {
    names.iter().map(|name| column(name, texts)).collect()
}

/// A row of CSV in these columns. A cell that is not of its column's kind stays text, which the table then refuses.
pub fn row(columns: &[Column], cells: &[Cell]) -> Vec<Value> {
    let values = columns.iter().zip(cells).map(|(column, cell)| {
        let Some(content) = cell.content() else {
            return Value::Null;
        };
        let read = match column.kind {
            ColumnKind::Integer => content.parse().ok().map(Value::Integer),
            ColumnKind::Real => content.parse().ok().map(Value::Real),
            ColumnKind::Flag => content.parse().ok().map(Value::Flag),
            ColumnKind::Moment => content.parse().ok().map(Value::Moment),
            ColumnKind::Date | ColumnKind::Text => None,
        };
        read.unwrap_or_else(|| Value::Text(content.to_owned()))
    });
    values.collect()
}
