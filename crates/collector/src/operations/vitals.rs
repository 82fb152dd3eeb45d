//! What a collector has told of itself so far. Pure: the time is handed in.

use std::collections::BTreeMap;

use crate::progress::{Progress, Tick};
use presence_model::ids::{Epoch, QueueId};
use presence_model::observation::SweepStatus;
use presence_model::queue::{QueueOutcome, QueueSweep};
use presence_model::time::Timestamp;

/// A sign of progress is expected at least so often, in milliseconds. The longest pause that the loop makes without
/// one is five minutes: while it waits for a clock that was set back.
const SILENCE_MS_MAX: i64 = 360_000;
/// A sweep that gave up asking may take so much longer to be recorded, in milliseconds.
const RECORD_MS_MAX: i64 = 120_000;

/// The statuses of sweeps, in the order in which they are told.
pub const STATUSES: [SweepStatus; 4] = [
    SweepStatus::Complete,
    SweepStatus::Partial,
    SweepStatus::Failed,
    SweepStatus::Skipped,
];

/// What a collector is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has not reached the platform yet.
    Starting,
    /// Another collector has the account; it waits for that one to end.
    Standby {
        /// Who has it.
        holder: String,
    },
    /// It looks, again and again.
    Collecting,
}

impl Phase {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Standby { .. } => "standby",
            Self::Collecting => "collecting",
        }
    }
}

/// Sweeps that wait on this computer until the store takes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpoolStanding {
    /// How many.
    pub sweep_count: u64,
    /// When the oldest of them began; `None`: there are none, or it is not known.
    pub oldest_at: Option<Timestamp>,
}

/// What came of asking queues who takes their calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueVitals {
    /// How often all members were seen.
    pub complete_count: u64,
    /// How often nothing was.
    pub failed_count: u64,
    /// When the members of each were last seen; `None`: never so far.
    pub seen_at: BTreeMap<QueueId, Option<Timestamp>>,
}

impl QueueVitals {
    fn record(&mut self, sweep: &QueueSweep) {
        let seen_at = self.seen_at.entry(sweep.queue_id).or_default();
        match sweep.outcome {
            QueueOutcome::Read(_) => {
                self.complete_count += 1;
                *seen_at = Some(sweep.received_at);
            }
            QueueOutcome::Failed { .. } => self.failed_count += 1,
        }
    }
}

/// What a collector has told of itself so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vitals {
    /// When it began.
    pub started_at: Timestamp,
    /// What it is about.
    pub phase: Phase,
    /// From one sweep to the next, in milliseconds; `None` until it is known.
    pub interval_ms: Option<i64>,
    /// Under which epoch it holds the lease, and until when unless renewed.
    pub lease: Option<(Epoch, Timestamp)>,
    /// How many sweeps ended so, in the order of [`STATUSES`].
    pub sweep_counts: [u64; 4],
    /// How many changes they showed.
    pub change_count: u64,
    /// How many warnings it gave.
    pub warning_count: u64,
    /// The last warning.
    pub last_warning: Option<String>,
    /// The last sweep that was recorded.
    pub last_sweep: Option<Tick>,
    /// When the last complete sweep ended.
    pub last_complete_at: Option<Timestamp>,
    /// The platform's clock minus ours, in milliseconds, as it was last compared.
    pub clock_skew_ms: Option<i64>,
    /// What came of asking queues who takes their calls.
    pub queues: QueueVitals,
    /// Sweeps that wait on this computer until the store takes them; `None` while that is not known.
    pub spool: Option<SpoolStanding>,
    /// By when the next sign of progress is expected.
    pub progress_expected_by: Timestamp,
}

impl Vitals {
    /// A collector that begins now.
    pub fn new(now: Timestamp) -> Self {
        Self {
            started_at: now,
            phase: Phase::Starting,
            interval_ms: None,
            lease: None,
            sweep_counts: [0; 4],
            change_count: 0,
            warning_count: 0,
            last_warning: None,
            last_sweep: None,
            last_complete_at: None,
            clock_skew_ms: None,
            queues: QueueVitals::default(),
            spool: None,
            progress_expected_by: now.plus_ms(SILENCE_MS_MAX),
        }
    }

    /// Takes in what the collector reports.
    pub fn record(&mut self, progress: &Progress<'_>, now: Timestamp) {
        self.progress_expected_by = now.plus_ms(SILENCE_MS_MAX);
        match progress {
            Progress::Started { interval_ms, .. } => {
                self.phase = Phase::Collecting;
                self.interval_ms = Some(*interval_ms);
            }
            Progress::LeaseTaken { holder, .. } => {
                self.phase = Phase::Standby {
                    holder: (*holder).to_owned(),
                };
                self.lease = None;
            }
            Progress::LeaseHeld { epoch, until } => self.lease = Some((*epoch, *until)),
            Progress::Sweeping { until } => {
                let recorded_by = until.plus_ms(RECORD_MS_MAX);
                self.progress_expected_by = self.progress_expected_by.max(recorded_by);
            }
            Progress::ClockCompared { skew_ms } => self.clock_skew_ms = Some(*skew_ms),
            Progress::Ticked(tick) => {
                self.record_of(tick);
                self.spool = Some(SpoolStanding::default());
            }
            Progress::Kept { tick, waiting } => {
                if self.phase == Phase::Starting {
                    // The store is away, but the collector does its work.
                    self.phase = Phase::Collecting;
                }
                self.record_of(tick);
                let known = self.spool.and_then(|spool| spool.oldest_at);
                let is_first = *waiting == 1;
                self.spool = Some(SpoolStanding {
                    sweep_count: *waiting as u64,
                    oldest_at: if is_first {
                        Some(tick.started_at)
                    } else {
                        known
                    },
                });
            }
            Progress::CaughtUp { .. } => self.spool = Some(SpoolStanding::default()),
            Progress::Skipped { missed } => {
                self.count(
                    SweepStatus::Skipped,
                    u64::try_from(missed.count).unwrap_or(0),
                );
            }
            Progress::Warning(text) => {
                self.warning_count += 1;
                self.last_warning = Some((*text).to_owned());
            }
            Progress::QueueSwept(sweep) => self.queues.record(sweep),
            Progress::Waiting { .. } | Progress::Plan(_) => {}
        }
    }

    fn record_of(&mut self, tick: &Tick) {
        self.count(tick.status, 1);
        self.change_count += tick.event_count as u64;
        if tick.status == SweepStatus::Complete {
            self.last_complete_at = Some(tick.finished_at);
        }
        self.last_sweep = Some(tick.clone());
    }

    fn count(&mut self, status: SweepStatus, count: u64) {
        for (counted, total) in STATUSES.iter().zip(&mut self.sweep_counts) {
            if *counted == status {
                *total += count;
            }
        }
    }

    /// Whether the loop makes progress.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now <= self.progress_expected_by
    }

    /// Whether the lease is held, as far as known.
    pub fn holds_lease(&self, now: Timestamp) -> bool {
        self.lease.is_some_and(|(_, until)| now < until)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::schedule::{Missed, Slot};
    use presence_model::ids::AccountId;

    pub(crate) fn at(ms: i64) -> Timestamp {
        Timestamp::saturating_from_ms(ms)
    }

    pub(crate) fn tick(status: SweepStatus, slot_ms: i64) -> Tick {
        Tick {
            account_id: AccountId(7),
            slot: Slot { start_ms: slot_ms },
            status,
            started_at: at(slot_ms + 250),
            finished_at: at(slot_ms + 1_250),
            expected_count: Some(12),
            observed_count: 12,
            event_count: 3,
            detail: None,
        }
    }

    #[test]
    fn sweeps_are_counted_by_status() {
        let mut vitals = Vitals::new(at(0));
        for (status, slot_ms) in [
            (SweepStatus::Complete, 0),
            (SweepStatus::Failed, 60_000),
            (SweepStatus::Partial, 120_000),
            (SweepStatus::Complete, 180_000),
            (SweepStatus::Failed, 240_000),
        ] {
            let told = tick(status, slot_ms);
            vitals.record(&Progress::Ticked(&told), told.finished_at);
        }
        let missed = Missed {
            first: Slot { start_ms: 300_000 },
            count: 4,
        };
        vitals.record(&Progress::Skipped { missed }, at(540_000));
        assert_eq!(vitals.sweep_counts, [2, 1, 2, 4]);
        assert_eq!(vitals.change_count, 15);
        assert_eq!(vitals.last_complete_at, Some(at(181_250)));
    }

    #[test]
    fn sweeps_that_wait_are_counted_until_the_store_is_back() {
        let mut vitals = Vitals::new(at(0));
        assert_eq!(vitals.spool, None);
        assert_eq!(vitals.phase, Phase::Starting);
        for (waiting, slot_ms) in [(1, 0), (2, 60_000)] {
            let told = tick(SweepStatus::Complete, slot_ms);
            let kept = Progress::Kept {
                tick: &told,
                waiting,
            };
            vitals.record(&kept, told.finished_at);
        }
        let waiting = SpoolStanding {
            sweep_count: 2,
            oldest_at: Some(at(250)),
        };
        assert_eq!(vitals.spool, Some(waiting));
        assert_eq!(vitals.sweep_counts, [2, 0, 0, 0]);
        assert_eq!(vitals.phase, Phase::Collecting);
        vitals.record(&Progress::CaughtUp { count: 2 }, at(130_000));
        assert_eq!(vitals.spool, Some(SpoolStanding::default()));
    }

    #[test]
    fn silence_longer_than_anything_takes_is_no_life() {
        let mut vitals = Vitals::new(at(0));
        assert!(vitals.is_alive(at(SILENCE_MS_MAX)));
        assert!(!vitals.is_alive(at(SILENCE_MS_MAX + 1)));
        let until = at(3_600_000);
        vitals.record(&Progress::Sweeping { until }, at(0));
        assert!(vitals.is_alive(at(3_600_000 + RECORD_MS_MAX)));
        assert!(!vitals.is_alive(at(3_600_001 + RECORD_MS_MAX)));
        vitals.record(&Progress::Waiting { until }, at(10));
        assert!(!vitals.is_alive(at(11 + SILENCE_MS_MAX)));
    }

    #[test]
    fn the_lease_is_held_until_it_ends_or_is_taken() {
        let mut vitals = Vitals::new(at(0));
        assert!(!vitals.holds_lease(at(0)));
        let held = Progress::LeaseHeld {
            epoch: Epoch(4),
            until: at(100),
        };
        vitals.record(&held, at(0));
        assert!(vitals.holds_lease(at(99)));
        assert!(!vitals.holds_lease(at(100)));
        let taken = Progress::LeaseTaken {
            holder: "process 1",
            expires_at: at(500),
        };
        vitals.record(&taken, at(50));
        assert!(!vitals.holds_lease(at(60)));
        assert_eq!(vitals.phase.name(), "standby");
    }
}
