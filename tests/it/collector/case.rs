//! A collector whose platform follows a script, on a clock that the tests move, and what it reports.

use std::sync::{Arc, Mutex};

use presence_clock::{Clock, VirtualClock};
use presence_collector::progress::{Observer, Progress, Totals};
use presence_collector::run::{CollectError, Collector, Settings};
use presence_model::event::Snapshot;
use presence_recording::recorder::FlushAt;
use presence_store::StoreHandle;
use tokio_util::sync::CancellationToken;

use super::scripted::Platform;
use super::{ACCOUNT, MINUTE_MS, START_MS, at};
use crate::support::memory_store::MemoryStore;

/// Remembers what is reported, a line each.
#[derive(Default)]
pub(super) struct SweepListener(Mutex<Vec<String>>);

impl Observer for SweepListener {
    fn notice(&self, progress: Progress<'_>) {
        let line = match progress {
            Progress::Started { interval_ms, .. } => format!("started {interval_ms}"),
            Progress::LeaseTaken { holder, .. } => format!("lease {holder}"),
            Progress::Waiting { .. }
            | Progress::Sweeping { .. }
            | Progress::LeaseHeld { .. }
            | Progress::QueueSwept(_)
            | Progress::ClockCompared { .. } => return,
            Progress::Ticked(tick) => format!("tick {} {}", tick.status.name(), tick.event_count),
            Progress::Plan(sentence) => format!("plan {sentence}"),
            Progress::Kept { tick, waiting } => format!("kept {} {waiting}", tick.status.name()),
            Progress::CaughtUp { count } => format!("caught up {count}"),
            Progress::Skipped { missed } => format!("skipped {}", missed.count),
            Progress::Warning(text) => format!("warning {text}"),
        };
        self.0.lock().expect("no test panics in it").push(line);
    }
}

pub(super) struct Case {
    pub(super) clock: Arc<VirtualClock>,
    pub(super) platform: Arc<Platform>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) listener: Arc<SweepListener>,
    pub(super) settings: Settings,
}

impl Case {
    pub(super) fn of(people: i64) -> Self {
        let clock = Arc::new(VirtualClock::new(START_MS));
        Self {
            platform: Arc::new(Platform::new(&clock, people)),
            clock,
            store: Arc::new(MemoryStore::new(ACCOUNT)),
            listener: Arc::default(),
            settings: Settings {
                interval_ms: MINUTE_MS,
                valid_for_ms: None,
                holder: "this one".to_owned(),
                stop_at: Some(at(START_MS + 5 * MINUTE_MS)),
                flush_at: FlushAt::EVERY_SWEEP,
                spool: None,
                guard: None,
                queues: None,
            },
        }
    }

    pub(super) fn collector(&self) -> Collector {
        self.collector_on(Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    pub(super) fn collector_on(&self, clock: Arc<dyn Clock>) -> Collector {
        Collector {
            source: Arc::clone(&self.platform) as _,
            store: StoreHandle::Open(self.store.clone()),
            packing: None,
            clock,
            settings: self.settings.clone(),
            observer: Arc::clone(&self.listener) as _,
        }
    }

    pub(super) async fn run(&self) -> Result<Totals, CollectError> {
        self.collector().run(&CancellationToken::new()).await
    }

    pub(super) fn heard(&self) -> Vec<String> {
        self.listener
            .0
            .lock()
            .expect("no test panics in it")
            .clone()
    }

    pub(super) fn statuses(&self) -> Vec<&'static str> {
        self.store
            .log()
            .iter()
            .map(|row| row.status.name())
            .collect()
    }
}

pub(super) fn slot_ms(row: &Snapshot) -> i64 {
    let slot = row
        .idempotency_key
        .strip_prefix("poll:")
        .expect("a slot's key");
    slot.parse().expect("a moment")
}
