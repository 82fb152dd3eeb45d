//! Which part of the log an answer rests on: the same question against the same part gives the same bytes.

use schemars::JsonSchema;
use serde::Serialize;

use presence_model::history::LogEnd;
use presence_model::time::Timestamp;

use super::common::{Text, Time};

/// Which part of the log an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AsOf {
    /// The last event.
    pub position: i64,
    /// The last snapshot.
    pub snapshot_no: i64,
    /// The last sweep that saw anything; `null` if there was none.
    pub observed_until: Option<Time>,
    /// The present moment, where the answer depends on it: the window reaches past the last sweep, or past this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Time>,
}

impl AsOf {
    /// The end of the log, and the present moment if a window up to `to` depends on it.
    pub fn of(end: LogEnd, to: Timestamp, now: Timestamp) -> Self {
        let depends_on_now = to > now || end.observed_until.is_none_or(|until| to > until);
        Self {
            position: end.position.0,
            snapshot_no: end.snapshot_no.0,
            observed_until: end.observed_until.map(Text),
            now: depends_on_now.then_some(Text(now)),
        }
    }
}
