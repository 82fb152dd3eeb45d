//! The views that analysts read, row by row, for exports: the same columns in both databases.
//!
//! A moment is read as its integer milliseconds; the writer makes the other column of the pair from them.

use std::ops::ControlFlow;

use sqlx::{AssertSqlSafe, SqlSafeStr, Transaction};

use super::StoreError;
use super::dialect::{Dialect, Statement};
use presence_model::ids::AccountId;
use presence_model::renamed::SNAPSHOTS_VIEW;
use presence_model::time::TimeRange;

use self::Kind::{Date, Integer, Moment, Text};

/// What a column of a view holds; each value may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Integer,
    /// Text.
    Text,
    /// A local date.
    Date,
    /// A moment: two columns of the view, whose names end in `_at` and `_ms`.
    Moment,
}

/// A column of a view; of a moment, the name without its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// A value of a view, in the order of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewValue {
    /// Nothing.
    Null,
    /// A whole number; a moment in milliseconds, a date in days since 1970.
    Integer(i64),
    /// Text.
    Text(String),
}

/// Which rows of a view to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewQuery {
    /// Whose history.
    pub account_id: AccountId,
    /// The view.
    pub view: View,
    /// Only what happened in here, or lasted into it; of `presence_now`, all.
    pub window: Option<TimeRange>,
}

/// Takes the rows, some at once, in their order, until it has enough.
pub type TakeRows<'a> = dyn FnMut(Vec<Vec<ViewValue>>) -> ControlFlow<()> + Send + 'a;

/// The views of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// A row per facet that changed.
    Changes,
    /// A row per time range of constant state.
    Intervals,
    /// A row per extension, as it was last seen.
    Now,
    /// A row per time range of uninterrupted sweeps.
    Coverage,
    /// A row per snapshot.
    Sweeps,
    /// A row per time range in which what a member of a queue accepted was constant.
    QueueIntervals,
    /// A row per time range of uninterrupted sweeps of a queue.
    QueueCoverage,
    /// A row per local day, extension and value.
    Daily,
    /// A row per time range of constant profile.
    ExtensionHistory,
}

const fn integer(name: &'static str) -> Column {
    Column {
        name,
        kind: Integer,
    }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Text }
}

const fn moment(name: &'static str) -> Column {
    Column { name, kind: Moment }
}

const CHANGES: &[Column] = &[
    integer("account_id"),
    integer("position"),
    integer("snapshot_no"),
    text("source"),
    integer("extension_id"),
    text("extension_number"),
    text("name"),
    integer("version"),
    text("kind"),
    text("facet"),
    text("from_value"),
    text("to_value"),
    moment("observed"),
    moment("not_before"),
    moment("recorded"),
];

const INTERVALS: &[Column] = &[
    integer("account_id"),
    integer("extension_id"),
    text("extension_number"),
    text("name"),
    moment("from"),
    moment("not_before"),
    moment("certain_until"),
    moment("until"),
    text("begun_by"),
    text("ended_by"),
    integer("is_open"),
    integer("duration_ms"),
    text("presence_status"),
    text("user_status"),
    text("telephony_status"),
    text("dnd_status"),
    text("meeting_status"),
    text("dnd_status_personal"),
    text("accept_call_queue_calls"),
    text("allow_see_my_presence"),
    text("caller_id_visibility"),
    text("ring_on_monitored_call"),
    text("pick_up_calls_on_hold"),
    text("cx_telephony_status"),
    text("aggregated_telephony_status"),
    text("message"),
    integer("position"),
];

const NOW: &[Column] = &[
    integer("account_id"),
    integer("extension_id"),
    text("extension_number"),
    text("name"),
    text("type"),
    integer("is_person"),
    text("department"),
    text("site"),
    text("time_zone"),
    text("queues"),
    text("status"),
    moment("since"),
    moment("not_before"),
    moment("last_seen"),
    moment("presumed_until"),
    text("presence_status"),
    text("user_status"),
    text("telephony_status"),
    text("dnd_status"),
    text("meeting_status"),
    text("dnd_status_personal"),
    text("accept_call_queue_calls"),
    text("allow_see_my_presence"),
    text("caller_id_visibility"),
    text("ring_on_monitored_call"),
    text("pick_up_calls_on_hold"),
    text("cx_telephony_status"),
    text("aggregated_telephony_status"),
    text("message"),
    integer("version"),
    integer("position"),
];

const COVERAGE: &[Column] = &[
    integer("account_id"),
    text("kind"),
    moment("from"),
    moment("until"),
    integer("duration_ms"),
    integer("valid_for_ms"),
];

const QUEUE_INTERVALS: &[Column] = &[
    integer("account_id"),
    integer("queue_id"),
    text("queue_number"),
    text("queue_name"),
    integer("extension_id"),
    text("extension_number"),
    text("name"),
    text("accepts"),
    moment("from"),
    moment("not_before"),
    moment("certain_until"),
    moment("until"),
    text("begun_by"),
    text("ended_by"),
    integer("is_open"),
    integer("duration_ms"),
    moment("presumed_until"),
    integer("position"),
];

const QUEUE_COVERAGE: &[Column] = &[
    integer("account_id"),
    integer("queue_id"),
    text("queue_number"),
    text("queue_name"),
    moment("from"),
    moment("until"),
    integer("duration_ms"),
    integer("valid_for_ms"),
];

const SWEEPS: &[Column] = &[
    integer("account_id"),
    integer("snapshot_no"),
    text("source"),
    text("status"),
    moment("started"),
    moment("finished"),
    moment("recorded"),
    integer("valid_for_ms"),
    integer("expected_count"),
    integer("observed_count"),
    integer("event_count"),
    integer("position"),
    integer("clock_skew_ms"),
    text("detail"),
];

const DAILY: &[Column] = &[
    integer("account_id"),
    integer("extension_id"),
    text("extension_number"),
    text("name"),
    integer("is_person"),
    text("facet"),
    Column {
        name: "local_date",
        kind: Date,
    },
    moment("from"),
    moment("until"),
    text("kind"),
    text("value"),
    integer("ms"),
    integer("min_ms"),
    integer("max_ms"),
    integer("is_final"),
    text("zone"),
    text("zone_data"),
];

const EXTENSION_HISTORY: &[Column] = &[
    integer("account_id"),
    integer("extension_id"),
    moment("from"),
    moment("until"),
    text("extension_number"),
    text("name"),
    text("type"),
    text("status"),
    text("department"),
    text("site"),
    text("time_zone"),
    text("queues"),
];

impl View {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Changes,
        Self::Intervals,
        Self::Now,
        Self::Coverage,
        Self::Sweeps,
        Self::QueueIntervals,
        Self::QueueCoverage,
        Self::Daily,
        Self::ExtensionHistory,
    ];

    /// Its name in both databases.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changes => "presence_changes",
            Self::Intervals => "presence_intervals",
            Self::Now => "presence_now",
            Self::Coverage => "presence_coverage",
            Self::Sweeps => SNAPSHOTS_VIEW.new,
            Self::QueueIntervals => "presence_queue_intervals",
            Self::QueueCoverage => "presence_queue_coverage",
            Self::Daily => "presence_daily",
            Self::ExtensionHistory => "extension_history",
        }
    }

    /// Its columns, in their order; a moment stands for two.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Changes => CHANGES,
            Self::Intervals => INTERVALS,
            Self::Now => NOW,
            Self::Coverage => COVERAGE,
            Self::Sweeps => SWEEPS,
            Self::QueueIntervals => QUEUE_INTERVALS,
            Self::QueueCoverage => QUEUE_COVERAGE,
            Self::Daily => DAILY,
            Self::ExtensionHistory => EXTENSION_HISTORY,
        }
    }

    /// In which order its rows are read: nothing is left open, so that the same history gives the same bytes.
    fn order(self) -> &'static str {
        match self {
            Self::Changes => "position, facet",
            Self::Intervals => "extension_id, from_ms, position",
            Self::Now => "extension_id",
            Self::Coverage => "kind, from_ms",
            Self::Sweeps => "snapshot_no",
            Self::QueueIntervals => "queue_id, extension_id, from_ms",
            Self::QueueCoverage => "queue_id, from_ms",
            Self::Daily => "extension_id, facet, from_ms, kind desc, coalesce(value, '')",
            Self::ExtensionHistory => "extension_id, from_ms",
        }
    }

    /// Which rows belong to the window from `$2` to `$3`, in milliseconds.
    fn is_in_window(self) -> Option<&'static str> {
        match self {
            Self::Now => None,
            Self::Changes => Some("observed_ms >= $2 and observed_ms < $3"),
            Self::Sweeps => Some("started_ms >= $2 and started_ms < $3"),
            // A time range may have no length.
            Self::Intervals | Self::Coverage | Self::QueueIntervals | Self::QueueCoverage => {
                Some("until_ms >= $2 and from_ms < $3")
            }
            Self::Daily => Some("until_ms > $2 and from_ms < $3"),
            Self::ExtensionHistory => Some("(until_ms is null or until_ms > $2) and from_ms < $3"),
        }
    }

    fn statement(self, has_window: bool) -> String {
        let columns = self.columns().iter().map(|column| match column.kind {
            Integer => format!("cast({} as bigint)", column.name),
            Text => format!("cast({} as text)", column.name),
            Date => column.name.to_owned(),
            Moment => format!("cast({}_ms as bigint)", column.name),
        });
        let columns: Vec<String> = columns.collect();
        let window = self.is_in_window().filter(|_| has_window);
        format!(
            "select {} from {} where account_id = $1{} order by {}",
            columns.join(", "),
            self.name(),
            window
                .map(|window| format!(" and {window}"))
                .unwrap_or_default(),
            self.order()
        )
    }
}

/// So many rows are handed over at once.
const ROWS_AT_ONCE: usize = 1_000;

/// Reads the rows of a view as they come.
pub(super) async fn rows<DB: Dialect>(
    transaction: &mut Transaction<'_, DB>,
    asked: &ViewQuery,
    take: &mut TakeRows<'_>,
) -> Result<(), StoreError> {
    let window = asked.window.filter(|_| asked.view.is_in_window().is_some());
    let text = asked.view.statement(window.is_some());
    let mut bound =
        Statement::<DB>::assembled(AssertSqlSafe(text).into_sql_str()).int(asked.account_id.0);
    if let Some(window) = window {
        bound = bound.int(window.from().as_ms()).int(window.to().as_ms());
    }
    let columns = asked.view.columns();
    let mut rows = Vec::with_capacity(ROWS_AT_ONCE);
    let mut has_enough = false;
    let mut each = |row: &DB::Row| {
        let mut values = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            values.push(match column.kind {
                Integer | Moment => {
                    DB::int(row, index)?.map_or(ViewValue::Null, ViewValue::Integer)
                }
                Date => DB::date(row, index)?.map_or(ViewValue::Null, ViewValue::Integer),
                Text => DB::text(row, index)?
                    .map_or(ViewValue::Null, |text| ViewValue::Text(text.to_owned())),
            });
        }
        rows.push(values);
        if rows.len() < ROWS_AT_ONCE {
            return Ok(ControlFlow::Continue(()));
        }
        let full = std::mem::replace(&mut rows, Vec::with_capacity(ROWS_AT_ONCE));
        let flow = take(full);
        has_enough = flow.is_break();
        Ok(flow)
    };
    bound.for_each_raw(transaction, &mut each).await?;
    if !rows.is_empty() && !has_enough {
        // Nothing comes after it, whether that was enough or not.
        let _ = take(rows);
    }
    Ok(())
}
