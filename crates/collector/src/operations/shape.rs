//! Whether a service is fit for its work, as `/healthz` and `/readyz` answer.

use presence_model::time::Timestamp;
use serde::{Serialize, Serializer};

/// A moment as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Whether the program is alive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// `alive` or `stuck`.
    pub status: &'static str,
    /// By when its next sign of progress was or is expected; `null` for a program that does nothing by itself.
    pub progress_expected_by: Option<Time>,
}

/// Whether the history is being kept up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// `ready` or `not_ready`.
    pub status: &'static str,
    /// Why not, a sentence each; empty when ready.
    pub reasons: Vec<String>,
    /// Whether the store answered.
    pub store_reachable: bool,
    /// `starting`, `standby` (another collector has the account) or `collecting`; `null` without a collector.
    pub collector: Option<&'static str>,
    /// When the last complete sweep ended; `null` if there was none yet.
    pub last_complete_sweep_at: Option<Time>,
    /// How long ago that was, in milliseconds.
    pub last_complete_sweep_age_ms: Option<i64>,
    /// How old it may be, in milliseconds; `null` while no interval is known.
    pub last_complete_sweep_age_ms_max: Option<i64>,
}
