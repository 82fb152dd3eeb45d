//! Plausible histories, written straight into a store: for sizing, benchmarks and tests.
//!
//! The office is the simulator's ([`presence_simulator::World`]), its people's days as well. What a collector would have
//! seen of it is made here look by look ([`Sweeps`], pure): page times, sweeps that lack a page or fail, hours and
//! weekends without any. Every sweep goes through the same comparison, the same projections and the same append as a
//! collected one; but since it is known who may have changed, only these are compared ([`diff_of_changed`]), and a test
//! shows that this makes no difference.
//!
//! What it deliberately leaves out: HTTP, the rate limit, pushes, and the requests by which a collector confirms that
//! someone is gone (the next complete sweep confirms it).
//!
//! [`diff_of_changed`]: presence_model::diff::diff_among

mod days;
mod outages;
mod roster;
mod sweeps;
mod write;

pub use outages::Outages;
pub use sweeps::{NextSweep, Sweeps};
pub use write::{GenerateError, Progress, Summary, generate};

use presence_simulator::OfficeConfig;

/// What a generated history is of. Equal ones give equal histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryConfig {
    /// The office, and with `start_ms` and `days` the time that is recorded. The history's seed is the office's.
    pub office: OfficeConfig,
    /// From one sweep to the next, in milliseconds; at least 1.
    pub interval_ms: i64,
}

impl HistoryConfig {
    /// A sweep a minute at an office.
    pub fn new(office: OfficeConfig) -> Self {
        Self {
            office,
            interval_ms: 60_000,
        }
    }

    /// The first moment that is not recorded any more (UTC, milliseconds since the epoch).
    pub fn end_ms(&self) -> i64 {
        let days = i64::from(self.office.days.max(1));
        self.office.start_ms.saturating_add(days * DAY_MS)
    }

    /// See [`presence_model::observation::Sweep::valid_for_ms`]: as a collector has it, three times the interval.
    pub fn valid_for_ms(&self) -> i64 {
        self.interval_ms.saturating_mul(3)
    }
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// So much fuller than the simulator's days are those of a generated history: at a sweep a minute, two in five changes
/// are over before anyone looks (a telephone that rings, a call on hold), and 25 to 50 a day are to be seen.
const CHANGES_PERCENT: u16 = 160;
