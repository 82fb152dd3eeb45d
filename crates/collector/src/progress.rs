//! What the collector says of itself.

use presence_model::ids::{AccountId, Epoch};
use presence_model::observation::{Sweep, SweepStatus};
use presence_model::queue::QueueSweep;
use presence_model::time::Timestamp;
use presence_ringcentral_wire::Account;

use super::schedule::{Missed, Slot};

/// One sweep, as it went into the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Whose history.
    pub account_id: AccountId,
    /// When it was due.
    pub slot: Slot,
    /// How much was seen.
    pub status: SweepStatus,
    /// When the first request was sent.
    pub started_at: Timestamp,
    /// When the last response had been received.
    pub finished_at: Timestamp,
    /// How many extensions the platform said there are.
    pub expected_count: Option<i64>,
    /// How many extensions were seen; one that came twice counts once.
    pub observed_count: usize,
    /// How many changes it showed.
    pub event_count: usize,
    /// Why it is not complete, for people.
    pub detail: Option<String>,
}

impl Tick {
    /// A sweep of a slot that is not in the history yet.
    pub(super) fn of(slot: Slot, sweep: &Sweep) -> Self {
        Self {
            account_id: sweep.account_id,
            slot,
            status: sweep.status,
            started_at: sweep.started_at,
            finished_at: sweep.finished_at,
            expected_count: sweep.expected_count,
            observed_count: sweep.observed_count(),
            event_count: 0,
            detail: sweep.detail.clone(),
        }
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sweeps that saw everyone.
    pub complete_count: i64,
    /// Sweeps that saw some.
    pub partial_count: i64,
    /// Sweeps that saw no one.
    pub failed_count: i64,
    /// Slots that were not used.
    pub skipped_count: i64,
    /// Changes.
    pub event_count: usize,
}

impl Totals {
    pub(super) fn add(&mut self, status: SweepStatus, event_count: usize) {
        let count = match status {
            SweepStatus::Complete => &mut self.complete_count,
            SweepStatus::Partial => &mut self.partial_count,
            SweepStatus::Failed => &mut self.failed_count,
            SweepStatus::Skipped => &mut self.skipped_count,
        };
        *count += 1;
        self.event_count += event_count;
    }
}

/// What the collector says of itself while it runs.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// It may write the account's history, and begins.
    Started {
        /// The account.
        account: &'a Account,
        /// From one sweep to the next, in milliseconds.
        interval_ms: i64,
    },
    /// Another collector has the account; it waits.
    LeaseTaken {
        /// Who.
        holder: &'a str,
        /// Unless renewed, until then.
        expires_at: Timestamp,
    },
    /// The account is ours to write, and stays so for a while.
    LeaseHeld {
        /// Under which epoch.
        epoch: Epoch,
        /// Unless renewed, until then.
        until: Timestamp,
    },
    /// It waits for the next slot; told again each minute, so that anyone who watches sees it alive.
    Waiting {
        /// When that begins.
        until: Timestamp,
    },
    /// A sweep begins.
    Sweeping {
        /// When it gives up what it has not got by then.
        until: Timestamp,
    },
    /// A sweep showed how far the clocks differ.
    ClockCompared {
        /// The platform's clock minus ours, in milliseconds.
        skew_ms: i64,
    },
    /// How the account will be looked at, in a sentence: at first, and whenever that changes.
    Plan(&'a str),
    /// A queue was asked who takes its calls; the answer becomes part of the next sweep's snapshot.
    QueueSwept(&'a QueueSweep),
    /// A sweep is part of the history.
    Ticked(&'a Tick),
    /// The store cannot be used, and a sweep waits in the spool.
    Kept {
        /// The sweep.
        tick: &'a Tick,
        /// How many wait now.
        waiting: usize,
    },
    /// The store can be used again, and what had waited is part of the history.
    CaughtUp {
        /// How many sweeps that were.
        count: usize,
    },
    /// Slots had passed and were skipped.
    Skipped {
        /// Which.
        missed: Missed,
    },
    /// Something an operator may want to look at.
    Warning(&'a str),
}

/// Hears of the collector's progress. It must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn notice(&self, progress: Progress<'_>);
}

/// No one listens.
impl Observer for () {
    fn notice(&self, _: Progress<'_>) {}
}
